import math

import numpy as np
import pytest
import torch

from thalweg.draw.depth_lines import by_layer, histories, look, spectra

THREE, FIVE, HE = ("three layers", "scale 0.2"), ("five layers", "scale 0.2"), ("five layers", "scale of He")
SIZES = {THREE: torch.logspace(0, -4, 3), FIVE: torch.logspace(0, -8, 5)}
STD = {key: sizes * torch.linspace(0.1, 2, len(sizes)) for key, sizes in SIZES.items()}


def test_a_network_has_one_colour_and_a_scale_one_dash():
    keys = [
        (network, f"scale {scale}")
        for network in ("three layers", "five layers")
        for scale in ("0.05", "of He", "0.5", "7")
    ]
    looks = [look(key) for key in keys]
    assert len({colour for colour, _ in looks[:4]}) == len({colour for colour, _ in looks[4:]}) == 1
    assert looks[0][0] != looks[4][0]
    assert [dash for _, dash in looks[:4]] == [dash for _, dash in looks[4:]]
    assert len(set(looks)) == 8


def test_the_same_key_looks_the_same_in_every_picture():
    ones = torch.ones(4)
    figures = (
        by_layer(SIZES, SIZES, STD, ""),
        spectra(SIZES),
        histories(dict.fromkeys(SIZES, ones), dict.fromkeys(SIZES, ones), 1),
    )
    for key in SIZES:
        drawn = [trace for figure in figures for trace in figure.data if trace.name == ", ".join(key)]
        assert {(trace.line.color, trace.line.dash) for trace in drawn if trace.line.width < 8} == {look(key)}
        assert len({(trace.line.color, trace.line.dash) for trace in drawn if trace.line.width == 8}) == 1
        assert {trace.marker.size for trace in drawn if trace.marker.size} == {7}


def test_sizes_are_measured_over_predicted():
    found = {key: 1.1 * sizes for key, sizes in SIZES.items()}
    figure = by_layer({**SIZES, HE: SIZES[FIVE]}, found, STD, "output", 300)
    forecasts, measured = figure.data[:3], figure.data[3:5]
    for before, drawn, (key, sizes) in zip(forecasts, measured, SIZES.items(), strict=False):
        assert before.name == drawn.name == ", ".join(key)
        assert before.x.tolist() == drawn.x.tolist() == list(range(1, len(sizes) + 1))
        np.testing.assert_allclose(before.y, sizes)
        np.testing.assert_allclose(drawn.y, found[key])
        np.testing.assert_allclose(drawn.error_y.array, STD[key])
        assert before.line.width > 2 * drawn.line.width
        assert before.opacity < drawn.opacity
        assert (before.showlegend, drawn.showlegend) == (False, None)
    assert forecasts[2].showlegend, "what is only predicted is in the legend"
    assert [trace.name for trace in figure.data[5:]] == ["predicted", "measured"]
    assert (figure.layout.xaxis.dtick, figure.layout.yaxis.type, figure.layout.yaxis.title.text) == (1, "log", "output")
    assert figure.layout.xaxis.range[1] < 6
    assert figure.layout.height == 300


def test_the_axis_of_sizes_shows_all_but_bars_that_reach_0():
    std = {key: sizes * torch.linspace(9, 0.7, len(sizes)) for key, sizes in SIZES.items()}
    low, high = by_layer(SIZES, SIZES, std, "").layout.yaxis.range
    assert math.log10(0.3e-8) > low > -10
    assert math.log10(10) < high < 2
    sizes = {HE: torch.tensor([1.0, 0.0, math.nan])}
    figure = by_layer(SIZES | sizes, SIZES | sizes, STD | {HE: sizes[HE] * (1 - 1e-14)}, "")
    assert -10 < figure.layout.yaxis.range[0] < -8.3
    assert np.isnan(figure.data[5].y).tolist() == [False, True, True]


def test_spectra_are_numbered_thinned_and_cut_at_0():
    figure = spectra({THREE: torch.linspace(5, 1, 2000), FIVE: torch.tensor([10.0, 0.1, 0.0])})
    long, short = figure.data
    assert (long.x[0], long.x[-1]) == (1, 2000)
    assert len(long.x) <= 300
    np.testing.assert_allclose(short.y, [10.0, 0.1, np.nan])
    low, high = figure.layout.yaxis.range
    assert low < -1
    assert 1 < high < 2


LOSS = {THREE: torch.linspace(3, 1, 40), FIVE: torch.logspace(1, -2, 40)}
RIGHT = {THREE: torch.linspace(0, 0.5, 20), FIVE: torch.linspace(0.1, 1, 20)}


def test_losses_and_accuracies_stand_over_the_same_epochs():
    figure = histories(LOSS, RIGHT, 2)
    losses, accuracies = figure.data[:2], figure.data[2:]
    for above, below, key in zip(losses, accuracies, LOSS, strict=True):
        assert above.name == below.name == ", ".join(key)
        np.testing.assert_allclose(above.x, np.arange(40) / 2)
        np.testing.assert_allclose(above.y, LOSS[key])
        assert above.customdata.tolist() == list(range(1, 41))
        assert below.x.tolist() == list(range(1, 21))
        np.testing.assert_allclose(below.y, 100 * RIGHT[key])
        assert (below.xaxis, below.yaxis, below.showlegend) == ("x2", "y2", False)
    layout = figure.layout
    assert layout.xaxis.range == layout.xaxis2.range == (0, 20)
    assert layout.yaxis.domain[0] > layout.yaxis2.domain[1]
    assert layout.yaxis.range[0] < -2 < 1 < layout.yaxis.range[1] < 1.5
    assert layout.yaxis2.range[1] > 100


def test_what_was_foreseen_lies_wide_and_light_below_the_runs():
    loss, right = ({key: values / 2 for key, values in part.items()} for part in (LOSS, RIGHT))
    figure = histories(LOSS, RIGHT, 2, (loss, right))
    wide, thin = figure.data[:4], figure.data[4:8]
    for before, after in zip(wide, thin, strict=True):
        np.testing.assert_allclose(before.y, after.y / 2)
        assert (before.name, before.line.dash, before.yaxis) == (after.name, after.line.dash, after.yaxis)
        assert before.line.color != after.line.color
        assert before.line.width > 2 * after.line.width
        assert before.opacity < after.opacity
        assert before.showlegend is False
    assert [trace.name for trace in figure.data[8:]] == ["predicted", "measured"]


def test_a_training_that_ended_early_is_not_stretched():
    figure = histories({**LOSS, FIVE: torch.tensor([2.0, 1e9])}, {**RIGHT, FIVE: torch.zeros(0)}, 2)
    assert figure.data[1].x.tolist() == [0, 0.5]
    assert figure.data[3].x.tolist() == []
    assert figure.layout.xaxis.range == (0, 20)


def test_what_diverges_or_is_all_but_0_leaves_the_window():
    wild = {
        ("up", ""): torch.tensor([5.0, math.inf, math.nan, 7e30]),
        ("down", ""): torch.tensor([2.0, 1e-20, 0.0, 1.0]),
    }
    figure = histories(LOSS | wild, RIGHT | dict.fromkeys(wild, torch.tensor([0.1, 1.0])), 2)
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
    bad = RIGHT | {FIVE: torch.tensor([0.0, wrong])}
    with pytest.raises(ValueError, match=f"histories: need accuracies from 0 to 1, got {came}"):
        histories(LOSS, bad, 2)
    with pytest.raises(ValueError, match="histories: need accuracies from 0 to 1"):
        histories(LOSS, RIGHT, 2, (LOSS, bad))
