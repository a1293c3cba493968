import math

import numpy as np
import pytest
import torch

from thalweg.draw import style, training
from thalweg.draw.training import expected_and_run, fit_over_moments, ways

M, MOMENTS = 400, 60
X = torch.linspace(0, 1, M)
POINTS = torch.rand(50, generator=torch.Generator().manual_seed(1)), torch.linspace(-1, 1, 50)
ALONG = torch.logspace(0, 4, MOMENTS)
OUTPUTS = torch.stack([part * (6 * X).sin() for part in torch.linspace(0, 1, MOMENTS)])
BENDS = [(torch.linspace(-0.1, 1.1, 101), torch.linspace(-5, 5, 101) * (k + 1) / MOMENTS) for k in range(MOMENTS)]
TRAIN, TEST = 1 / ALONG, 1 / ALONG + 0.01
LABELS = [f"step {k}" for k in range(MOMENTS)]


def fit(outputs=OUTPUTS, bends=BENDS, labels=LABELS, along=ALONG, train=TRAIN, test=TEST):
    return fit_over_moments(X, (6 * X).sin(), POINTS, labels, outputs, bends, along, "step + 1", train, test)


def test_the_figure_shows_the_last_moment():
    figure = fit()
    points, truth, network, elbows, bars, train, test, now = figure.data
    np.testing.assert_allclose(points.y, POINTS[1])
    assert (truth.line.color, truth.line.dash) == style.look("true")
    np.testing.assert_allclose(network.y, OUTPUTS[-1], atol=1e-6)
    np.testing.assert_allclose(elbows.y, torch.tensor(elbows.x).mul(6).sin(), atol=1e-4)
    np.testing.assert_allclose(bars.y, BENDS[-1][1][(BENDS[-1][0] >= 0) & (BENDS[-1][0] <= 1)], rtol=1e-6)
    assert ((bars.x >= 0) & (bars.x <= 1)).all()
    np.testing.assert_allclose(train.y, TRAIN)
    np.testing.assert_allclose(test.y, TEST)
    assert set(now.x) == {ALONG[-1].item()}
    assert now.y[1:3] == pytest.approx((TRAIN[-1].item(), TEST[-1].item()))


def test_frames_hold_what_changes_and_nothing_else():
    figure = fit()
    assert [frame.name for frame in figure.frames] == LABELS
    for moment in (0, 17, MOMENTS - 1):
        network, elbows, bars, now = figure.frames[moment].data
        names = [figure.data[place].name for place in figure.frames[moment].traces]
        assert names == ["network", "elbows", "change of slope", "now"]
        assert [trace.type for trace in (network, elbows, bars, now)] == ["scatter", "scatter", "bar", "scatter"]
        np.testing.assert_allclose(network.y, OUTPUTS[moment], atol=1e-6)
        assert network.x is None
        np.testing.assert_array_equal(elbows.x, bars.x)
        np.testing.assert_allclose(elbows.y, np.interp(elbows.x, X, OUTPUTS[moment]), atol=1e-6)
        assert bars.y.max() == pytest.approx(figure.data[4].y.max() * (moment + 1) / MOMENTS, rel=1e-5)
        assert (now.x[0], now.y[2]) == pytest.approx((ALONG[moment].item(), TEST[moment].item()))
    assert len(style.as_json(figure)) < 400_000


def test_axes_are_fixed_and_not_ruled_by_a_wild_start():
    wild, bends = OUTPUTS.clone(), list(BENDS)
    wild[0], wild[1] = 1e6 * (20 * X).sin(), torch.nan
    bends[0] = (bends[0][0], bends[0][1] * 1e9)
    for figure in (fit(), fit(wild, bends)):
        layout = figure.layout
        for axis in ("xaxis", "yaxis", "xaxis2", "yaxis2", "xaxis3", "yaxis3"):
            assert len(layout[axis].range) == 2
            assert layout[axis].title.text or axis == "xaxis"
        assert -3 < layout.yaxis.range[0] < -1 < 1 < layout.yaxis.range[1] < 3
        assert layout.yaxis2.range[0] == -layout.yaxis2.range[1]
        assert 4 < layout.yaxis2.range[1] < 10
    assert math.log10(TRAIN.min()) > layout.yaxis3.range[0]
    assert layout.xaxis3.range[0] < 0 < 4 < layout.xaxis3.range[1]


def test_no_elbows_and_errors_that_cannot_be_drawn_leave_gaps():
    none = [(torch.zeros(0), torch.zeros(0))] * 2
    train, test = torch.tensor([torch.inf, 0.0]), torch.tensor([torch.nan, 1.0])
    figure = fit(OUTPUTS[:2], none, ["a", "b"], ALONG[:2], train, test)
    assert figure.frames[0].data[3].y[1:3] == (None, None)
    assert figure.data[-1].y[1:3] == (None, 1.0)
    assert np.isnan(figure.data[5].y).all()


@pytest.mark.parametrize("labels", [LABELS[:-1], ["same"] * MOMENTS])
def test_every_moment_needs_a_name_of_its_own(labels):
    with pytest.raises(ValueError, match="fit_over_moments: need one label and one set of bends a moment, got"):
        fit(labels=labels)


ERRORS = {
    "all layers": {"10 units": (0.1, 0.2), "20 units": (0.05, 0.06)},
    "last layer": {"10 units": (0.3, 0.4), "20 units": (1e-19, 850.0)},
}


def test_ways_stand_side_by_side_with_test_filled_and_train_hollow():
    figure = ways(ERRORS, 0.01)
    marks = [trace for trace in figure.data if trace.mode == "markers+text"]
    for number, (way, found) in enumerate(ERRORS.items()):
        test, train = marks[2 * number : 2 * number + 2]
        assert {test.name, train.name} == {way}
        assert test.customdata.tolist() == [pair[1] for pair in found.values()]
        assert train.customdata.tolist() == [pair[0] for pair in found.values()]
        assert (test.x == train.x).all()
        assert [round(x) for x in test.x] == [0, 1]
        assert all(symbol.endswith("-open") for symbol in train.marker.symbol)
        assert not any(symbol.endswith("-open") for symbol in test.marker.symbol)
        assert test.marker.color == train.marker.color
    assert (marks[0].x < marks[2].x).all()
    assert marks[0].marker.color != marks[2].marker.color
    assert figure.layout.xaxis.ticktext == ("10 units", "20 units")
    legend = [trace.name for trace in figure.data if trace.showlegend is not False]
    assert legend == ["all layers", "last layer", "test", "train", "noise variance: 0.01"]
    assert set(figure.data[-1].y) == {0.01}
    assert "noise" not in ways(ERRORS, None).data[-1].name


def test_extreme_errors_stand_at_the_edge_with_their_value():
    figure = ways(ERRORS, 0.01)
    low, high = (10**end for end in figure.layout.yaxis.range)
    marks = [trace for trace in figure.data if trace.mode == "markers+text"]
    for mark in marks:
        assert ((mark.y > low) & (mark.y < high)).all()
    assert [mark.text for mark in marks] == [("", ""), ("", ""), ("", "850"), ("", "10⁻¹⁹")]
    assert [mark.marker.symbol[1] for mark in marks[2:]] == ["triangle-up", "triangle-down-open"]
    assert low > 1e-5
    assert high < 100


def test_a_forecast_lies_over_the_runs():
    t = torch.arange(1001)
    mean, runs = 3 * 0.99**t + 0.1, torch.rand(1001, 30) + 0.1
    std = torch.full_like(mean, 0.2)
    figure = expected_and_run(t, mean, std, runs, "error")
    low, high, singles, average, forecast = figure.data
    places = forecast.x.astype(int) - 1
    np.testing.assert_allclose(forecast.y, mean[places])
    np.testing.assert_allclose(average.y, runs.mean(1)[places])
    np.testing.assert_allclose(high.y, (mean + std)[places])
    wide = (mean > std)[places].numpy()
    np.testing.assert_allclose(low.y[wide], (mean - std)[places][wide])
    assert (low.y[~wide] < 10 ** figure.layout.yaxis.range[0]).all()
    assert (low.y > 0).all()
    assert np.isnan(singles.y).sum() == 12
    assert high.fill == "tonexty"
    assert (forecast.line.color, forecast.line.dash, average.line.dash) == (style.FORECAST, "dash", "solid")
    assert (figure.layout.xaxis.type, figure.layout.yaxis.type) == ("log", "log")
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == ("step + 1", "error")


def test_what_is_not_positive_has_a_plain_axis():
    t = torch.arange(20)
    figure = expected_and_run(t, t - 5.0, torch.ones(20), torch.randn(20, 3), "f(x)")
    assert figure.layout.yaxis.type is None
    np.testing.assert_allclose(figure.data[0].y, t - 6.0)
    assert figure.data[2].name == "3 single runs"
    assert figure.layout.yaxis.title.text == "f(x)"


def test_modes_of_an_output_layer_are_named_and_cut_where_rounding_begins():
    sigma, t = torch.logspace(1, -3, 30, dtype=torch.float64), torch.tensor([0, 10, 30, 1000])
    left = torch.exp(-t.double()[:, None] * sigma.square() / 100)
    figure = training.output_modes(t, left * (1 + 1e-9), t, left, sigma)
    runs = [trace for trace in figure.data if trace.name.startswith("σ = ") and trace.line.dash != "dash"]
    before = [trace for trace in figure.data if trace.name.startswith("σ = ") and trace.line.dash == "dash"]
    assert runs[0].name == "σ = 10"
    assert runs[-1].name == "σ = 0.001"
    assert len(runs) == len(before) == 8
    np.testing.assert_array_equal(np.isfinite(runs[0].y), left[:, 0] > 1e-10)
    assert before[0].line.width > 3 * runs[0].line.width
    assert {trace.name for trace in figure.data} == {*(run.name for run in runs), "forecast"}


@pytest.mark.parametrize(("highest", "kind"), [(900.0, None), (2000.0, "log")])
def test_an_error_over_more_than_three_powers_of_ten_has_a_logarithmic_axis(highest, kind):
    t, foreseen = torch.tensor([0, 9, 99, 999]), torch.tensor([2.0, 1.5, 1.2, 1.1])
    measured = torch.tensor([2.0, 1.0, highest, torch.inf])
    figure = training.foreseen_error(t, foreseen, measured, "error")
    assert figure.layout.yaxis.type == kind
    assert figure.layout.yaxis.exponentformat == "power"
    np.testing.assert_array_equal(figure.data[1].y, [2, 1, highest, np.nan])
    assert (figure.data[2].name, figure.data[2].x.tolist()) == ("least after 9 steps", [10])
    wild = training.foreseen_error(t, torch.tensor([2.0, 1e200, 1e308, torch.inf]).double(), measured.double(), "error")
    assert 10 ** wild.layout.yaxis.range[1] < 1e4 if kind else wild.layout.yaxis.type is None
    never = training.foreseen_error(t, foreseen, 1 + measured.nan_to_num(posinf=1e9).cummax(0).values, "error")
    assert [trace.name for trace in never.data] == ["forecast", "run"]
