import math
from itertools import pairwise

import numpy as np
import pytest
import torch

from thalweg.draw import style
from thalweg.draw.depth import by_layer, good_region, histories

S, L = 5, 7
SCALE, LR = torch.logspace(-3, 0, S), torch.logspace(-6, 1, L)
CELLS = torch.arange(float(S * L)).reshape(S, L) / (S * L)
NAMES = ("three layers", "five layers")
LIMIT, OUTLINE = "2 / curvature", "predicted: reaches 100 %"


def region(accuracy=CELLS, predicted=CELLS > 0.5, limits=None):
    limits = {name: limits or {LIMIT: SCALE} for name in NAMES}
    return good_region(SCALE, LR, dict.fromkeys(NAMES, accuracy), dict.fromkeys(NAMES, predicted), limits)


def maps(figure):
    return [trace for trace in figure.data if trace.type == "heatmap"]


def lines(figure, name):
    """A panel's line of this name, without its edge, of every panel."""
    return [trace for trace in figure.data if trace.name == name and trace.line.color != "#000000"]


def test_every_cell_stands_around_its_scale_and_rate():
    for number, drawn in enumerate(maps(region())):
        assert drawn.xaxis == ("x", "x2")[number]
        np.testing.assert_allclose(drawn.z, 100 * CELLS.T)
        for edges, values in ((drawn.x, SCALE), (drawn.y, LR)):
            assert len(edges) == len(values) + 1
            np.testing.assert_allclose(np.sqrt(edges[1:] * edges[:-1]), values)
        assert drawn.text[6][1] == f"weight scale 0.005623, learning rate 10<br>{100 * float(CELLS[1, 6]):.3g} % right"
    assert [drawn.showscale for drawn in maps(region())] == [True, False]


def test_all_right_has_a_colour_of_its_own_and_unknown_none():
    accuracy = CELLS.clone()
    accuracy[0, 0], accuracy[2, 3], accuracy[4, 6] = 1.0, math.nan, 0.9999
    drawn = maps(region(accuracy))[0]
    at = [share * drawn.zmax for share, colour in drawn.colorscale if colour == drawn.colorscale[-1][1]]
    assert at[0] <= drawn.z[0, 0] <= at[-1]
    assert drawn.z[6, 4] < at[0]
    assert np.isnan(drawn.z[3, 2])
    ticks = dict(zip(drawn.colorbar.ticktext, drawn.colorbar.tickvals, strict=True))
    assert (ticks["50"], ticks["100"]) == (50, drawn.z[0, 0])


RING = [
    [1, 0, 1, 0, 0, 0, 0],
    [0, 1, 0, 0, 1, 1, 0],
    [1, 1, 1, 0, 0, 1, 1],
    [1, 0, 1, 0, 0, 0, 0],
    [1, 1, 1, 0, 0, 0, 1],
]
MASKS = [np.zeros((S, L)), np.ones((S, L)), np.eye(L)[:S], *np.random.default_rng(0).integers(0, 2, (9, S, L))]


@pytest.mark.parametrize("mask", [np.array(RING), *MASKS])
def test_the_outline_goes_around_all_good_cells_and_no_other(mask):
    figure = region(predicted=torch.tensor(mask).bool())
    cells, outline = maps(figure)[0], lines(figure, OUTLINE)[0]
    i, j = (
        [list(edges).index(x) if x > 0 else None for x in path]
        for path, edges in ((outline.x, cells.x), (outline.y, cells.y))
    )
    sides = [(*a, *b) for a, b in pairwise(zip(i, j, strict=True)) if None not in (*a, *b)]
    for s, r in np.ndindex(S, L):
        before = sum(a == c <= s and min(b, d) == r for a, b, c, d in sides)
        assert before % 2 == mask[s, r], (
            "from the left edge to a good cell the border is crossed an odd number of times"
        )
    padded = np.pad(mask, 1)
    assert len(sides) == sum(abs(np.diff(padded, axis=axis)).sum() for axis in (0, 1)), "every side is drawn once"


def test_limits_stand_in_every_panel_and_once_in_the_legend():
    figure = region(
        limits={LIMIT: SCALE, "far": SCALE * 1e9, "steep": 1e-9 / SCALE**6, "gap": SCALE / SCALE[0].sub(SCALE)}
    )
    assert [trace.name for trace in figure.data if trace.showlegend] == [OUTLINE, LIMIT, "steep"]
    for number, drawn in enumerate(lines(figure, LIMIT)):
        assert (drawn.xaxis, drawn.yaxis) == (("x", "y"), ("x2", "y2"))[number]
        np.testing.assert_allclose(drawn.x, SCALE)
        np.testing.assert_allclose(drawn.y, SCALE)
    assert len({lines(figure, name)[0].line.color for name in (OUTLINE, LIMIT, "steep")}) == 3
    assert lines(figure, OUTLINE)[0].line.color == style.FORECAST
    gaps = lines(region(limits={LIMIT: torch.tensor([0.0, 1.0, math.inf, 1.0, -1.0])}), LIMIT)[0]
    np.testing.assert_array_equal(np.isfinite(gaps.y), [False, True, False, True, False])


def test_axes_show_all_cells_and_nothing_else():
    figure = region(limits={LIMIT: SCALE**9})
    for axes, edges in ((("xaxis", "xaxis2"), maps(figure)[0].x), (("yaxis", "yaxis2"), maps(figure)[0].y)):
        for axis in axes:
            assert figure.layout[axis].type == "log"
            np.testing.assert_allclose(figure.layout[axis].range, np.log10(edges[[0, -1]]))
    assert (figure.layout.xaxis2.matches, figure.layout.yaxis2.matches) == ("x", "y")
    assert [note.text for note in figure.layout.annotations] == [f"<b>{name}</b>" for name in NAMES]


def test_panels_stand_side_by_side_or_below_each_other():
    layout = region().layout
    wide, narrow = layout.meta["wide"], layout.meta["narrow"]
    assert wide["xaxis.domain"][1] < wide["xaxis2.domain"][0]
    assert wide["yaxis.domain"] == wide["yaxis2.domain"]
    assert narrow["yaxis2.domain"][1] < narrow["yaxis.domain"][0]
    assert narrow["xaxis.domain"] == narrow["xaxis2.domain"] == [0, 1]
    assert [narrow[f"xaxis{n}.title.text"] for n in ("", "2")] == ["", "weight scale at the start"]
    assert [wide[f"yaxis{n}.title.text"] for n in ("", "2")] == ["learning rate", ""]
    assert [narrow[f"yaxis{n}.showticklabels"] for n in ("", "2")] == [True, True]
    assert list(layout.yaxis2.domain) == list(wide["yaxis2.domain"])
    assert layout.height == wide["height"] < narrow["height"]


SIZES = {"three layers": torch.logspace(0, -4, 3), "five layers": torch.logspace(0, -8, 5)}
STD = {name: sizes * torch.linspace(0.1, 2, len(sizes)) for name, sizes in SIZES.items()}


def test_sizes_are_measured_over_predicted():
    found = {name: 1.1 * sizes for name, sizes in SIZES.items()}
    figure = by_layer(SIZES, found, STD, "output")
    forecasts, measured = figure.data[:2], figure.data[2:4]
    for before, drawn, (name, sizes) in zip(forecasts, measured, SIZES.items(), strict=True):
        assert before.name == drawn.name == name
        assert before.x.tolist() == drawn.x.tolist() == list(range(1, len(sizes) + 1))
        np.testing.assert_allclose(before.y, sizes)
        np.testing.assert_allclose(drawn.y, found[name])
        np.testing.assert_allclose(drawn.error_y.array, STD[name])
        assert before.line.color == drawn.line.color
        assert before.line.width > 2 * drawn.line.width
        assert (before.line.dash, drawn.line.dash) == (figure.data[4].line.dash, "solid")
    assert measured[0].line.color != measured[1].line.color
    assert (figure.layout.xaxis.dtick, figure.layout.yaxis.type, figure.layout.yaxis.title.text) == (1, "log", "output")
    assert figure.layout.xaxis.range[1] < 6


def test_the_axis_of_sizes_shows_all_but_bars_that_reach_0():
    std = {name: sizes * torch.linspace(9, 0.7, len(sizes)) for name, sizes in SIZES.items()}
    low, high = by_layer(SIZES, SIZES, std, "").layout.yaxis.range
    assert math.log10(0.3e-8) > low > -10
    assert math.log10(10) < high < 2
    sizes = {"lost": torch.tensor([1.0, 0.0, math.nan])}
    figure = by_layer(SIZES | sizes, SIZES | sizes, STD | {"lost": sizes["lost"] * (1 - 1e-14)}, "")
    assert -10 < figure.layout.yaxis.range[0] < -8.3
    assert np.isnan(figure.data[5].y).tolist() == [False, True, True]


LOSS = {"slow": torch.linspace(3, 1, 40), "fast": torch.logspace(1, -2, 400)}
RIGHT = {"slow": torch.linspace(0, 0.5, 20), "fast": torch.linspace(0.1, 1, 20)}


def test_losses_and_accuracies_stand_over_the_same_epochs():
    figure = histories(LOSS, RIGHT)
    losses, accuracies = figure.data[:2], figure.data[2:]
    for above, below, name in zip(losses, accuracies, LOSS, strict=True):
        assert above.name == below.name == name
        assert above.line.color == below.line.color
        step = above.customdata.astype(int)
        np.testing.assert_allclose(above.x, (step - 1) * 20 / len(LOSS[name]))
        np.testing.assert_allclose(above.y, LOSS[name][step - 1])
        assert below.x.tolist() == list(range(1, 21))
        np.testing.assert_allclose(below.y, 100 * RIGHT[name])
        assert (below.xaxis, below.yaxis, below.showlegend) == ("x2", "y2", False)
    assert losses[0].customdata.tolist() == list(range(1, 41)), "few steps are all drawn"
    assert losses[0].line.color != losses[1].line.color
    layout = figure.layout
    assert layout.xaxis.range == layout.xaxis2.range == (0, 20)
    assert layout.yaxis.domain[0] > layout.yaxis2.domain[1]
    assert layout.yaxis.range[0] < -2 < 1 < layout.yaxis.range[1] < 1.5
    assert layout.yaxis2.range[1] > 100


def test_what_diverges_or_is_all_but_0_leaves_the_window():
    wild = {"up": torch.tensor([5.0, math.inf, math.nan, 7e30]), "down": torch.tensor([2.0, 1e-20, 0.0, 1.0])}
    figure = histories(LOSS | wild, RIGHT | dict.fromkeys(wild, torch.tensor([0.1, 1.0])))
    low, high = figure.layout.yaxis.range
    assert -9 < low < -5
    assert 3 < high < 4
    up, down = (np.log10(trace.y) for trace in figure.data[2:4])
    assert (up[[1, 3]] > high).all()
    assert (up < 300)[[1, 3]].all()
    assert np.isnan(up[2])
    assert (down[1:3] < low).all()


@pytest.mark.parametrize(("wrong", "came"), [(50.0, "0 to 50"), (-0.5, "-0.5 to 0")])
def test_accuracies_are_shares(wrong, came):
    accuracy = torch.zeros(S, L)
    accuracy[1, 2] = wrong
    with pytest.raises(ValueError, match=f"good_region: need accuracies from 0 to 1, got {came}"):
        region(accuracy)
    with pytest.raises(ValueError, match=f"histories: need accuracies from 0 to 1, got {came}"):
        histories(LOSS, RIGHT | {"fast": accuracy.flatten()})
