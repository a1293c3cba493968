import math
from itertools import pairwise

import numpy as np
import pytest
import torch

from thalweg.draw import style
from thalweg.draw.depth import good_region, mark

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


def test_a_chosen_cell_is_marked_in_every_panel_and_moves():
    figure = good_region(SCALE, LR, dict.fromkeys(NAMES, CELLS), dict.fromkeys(NAMES, CELLS > 0.5),
                         {name: {} for name in NAMES}, (0.1, 1e-3), "foreseen (%)")  # fmt: skip
    marks = [trace for trace in figure.data if trace.name == "chosen"]
    assert [trace.xaxis for trace in marks] == ["x", "x", "x2", "x2"]
    assert [trace.marker.line.color for trace in marks] == ["#000000", "#FFFFFF"] * 2
    assert [trace.name for trace in figure.data if trace.showlegend] == [OUTLINE, "chosen cell"]
    assert maps(figure)[0].colorbar.title.text == "foreseen (%)"
    others = [trace.to_plotly_json() for trace in figure.data if trace.name != "chosen"]
    assert mark(figure, (0.2, 5.0)) is figure
    assert all((trace.x, trace.y) == ((0.2,), (5.0,)) for trace in marks)
    np.testing.assert_equal([trace.to_plotly_json() for trace in figure.data if trace.name != "chosen"], others)


def test_nothing_is_marked_unless_it_is_asked_for():
    assert not [trace for trace in region().data if trace.name in ("chosen", "chosen cell")]
    assert maps(region())[0].colorbar.title.text == "training accuracy (%)"


@pytest.mark.parametrize(("wrong", "came"), [(50.0, "0 to 50"), (-0.5, "-0.5 to 0")])
def test_accuracies_are_shares(wrong, came):
    accuracy = torch.zeros(S, L)
    accuracy[1, 2] = wrong
    with pytest.raises(ValueError, match=f"good_region: need accuracies from 0 to 1, got {came}"):
        region(accuracy)
