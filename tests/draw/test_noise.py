import math

import numpy as np
import pytest
import torch

from figures import complete, legend
from thalweg.draw import noise, style


def test_a_histogram_is_a_density_under_the_forecast():
    values = 2 + 0.5 * torch.randn(4000)
    figure = noise.histogram(values, 2.0, 0.5, {"least squares": 2.2}, "w[0]")
    bars, forecast, mark = figure.data
    assert legend(figure) == ["4000 runs", "forecast: 2 ± 0.5", "least squares: 2.2"]
    assert complete(figure)
    assert bars.marker.color == style.RUN
    np.testing.assert_allclose(bars.x[1:] - bars.x[:-1], bars.width[0])
    assert forecast.x[[0, -1]] == pytest.approx([min(float(values.min()), 0.25), max(float(values.max()), 3.75)])
    assert len(bars.x) == 60
    assert 1 < mark.y[1] / max(bars.y.max(), forecast.y.max()) < 1.2
    assert sum(bars.y * bars.width) == pytest.approx(1.0)
    assert (bars.x * bars.y * bars.width).sum() == pytest.approx(float(values.mean()), abs=0.05)
    assert forecast.line.color == style.FORECAST
    assert max(forecast.y) == pytest.approx(1 / (0.5 * math.sqrt(2 * math.pi)), rel=1e-3)
    assert np.trapezoid(forecast.y, forecast.x) == pytest.approx(1.0, abs=1e-3)
    middle = abs(bars.x - 2) < 0.3
    near = np.interp(bars.x[middle], forecast.x, forecast.y)
    np.testing.assert_allclose(bars.y[middle], near, rtol=0.25)  # 4000 draws in bins of about 100
    assert mark.x == (2.2, 2.2)


def test_far_values_are_counted_and_not_drawn():
    values = torch.cat([torch.randn(96), torch.tensor([9.0, -1e300, torch.inf, torch.nan])])
    figure = noise.histogram(values, 0.0, 1.0, {}, "w")
    bars = figure.data[0]
    assert figure.layout.annotations[0].text == "4 of 100<br>beyond<br>8 spreads"
    assert sum(bars.y * bars.width) == pytest.approx(0.96)
    assert abs(bars.x).max() < 8
    assert figure.layout.annotations[0].showarrow is False
    narrow = noise.histogram(values / 50, 0.0, 0.02, {"a": 0.0}, "w")
    assert narrow.layout.annotations[0].text.startswith("4 of 100")
    assert narrow.data[-1].y[1] == pytest.approx(50 * noise.histogram(values, 0.0, 1.0, {"a": 0.0}, "w").data[-1].y[1])
    assert not noise.histogram(values[:96], 0.0, 1.0, {}, "w").layout.annotations
    assert set(noise.histogram(torch.full((3,), 99.0), 0.0, 1.0, {}, "w").data[0].y) == {0.0}


@pytest.mark.parametrize(("count", "spread"), [(1, 1.0), (5, 0.0), (5, math.nan)])
def test_a_histogram_needs_values_and_a_spread(count, spread):
    with pytest.raises(ValueError, match="histogram: need two values and a positive spread, got"):
        noise.histogram(torch.randn(count), 0.0, spread, {}, "w")


@pytest.mark.parametrize(("steps", "first"), [(100, 0.0), (2000, 1.0)])
def test_moments_show_a_band_and_what_was_measured(steps, first):
    t = torch.arange(steps + 1)
    mean, std = 1 + 2 * 0.9**t, 1 - 0.5**t
    figure = noise.moments(t, mean, std, mean + 0.1, 2 * std, {"end": 1.0}, "w")
    low, high, middle, measured_low, measured_high, measured, level = figure.data
    np.testing.assert_allclose(high.y - low.y, 2 * (middle.y - low.y), atol=1e-12)
    np.testing.assert_allclose(measured_high.y - measured_low.y, 2 * (high.y - low.y), atol=1e-12)
    np.testing.assert_allclose(measured.y, middle.y + 0.1)
    places = (middle.x - first).astype(int)
    np.testing.assert_allclose(middle.y, mean[places])
    assert (middle.x[0], middle.x[-1]) == (first, steps + first)
    assert high.fill == "tonexty"
    assert (figure.layout.xaxis.type == "log") == (steps > 200)
    assert (middle.line.color, measured.line.color) == (style.FORECAST, style.RUN)
    assert legend(figure) == [f"{word} {what}" for word in ("forecast", "measured") for what in ("± std", "mean")] + [
        "end: 1"
    ]
    assert (level.x.tolist(), level.y.tolist()) == ([first, steps + first], [1.0, 1.0])
    assert {low.line.dash, high.line.dash, middle.line.dash} == {"dash"}
    assert {measured.line.dash, measured_low.line.dash} == {"solid"}
    assert middle.line.width > measured.line.width > measured_low.line.width == measured_high.line.width
    assert complete(figure)


def test_stability_marks_where_each_curve_crosses_one():
    lr = torch.linspace(0, 3, 400)
    curves = {"mean": (1 - lr).abs(), "mean square": (1 - 2 * lr + 3 * lr**2).sqrt(), "burst": 1 / (lr - lr[7]).abs()}
    figure = noise.stability(lr, curves, {"limit of the mean": 2.0, "limit of the square": 2 / 3})
    mean, square, burst, one, first, second = figure.data
    for curve, mark in ((mean, first), (square, second)):
        assert np.interp(mark.x[0], curve.x, curve.y) == pytest.approx(1.0, abs=0.01)
        assert curve.line.color == mark.line.color
    assert np.isnan(burst.y).sum() == 1
    assert (one.x.tolist(), one.y.tolist()) == ([0, 3], [1, 1])
    assert legend(figure) == [*curves, "limit of the mean: 2", "limit of the square: 0.6667"]
    assert figure.layout.yaxis.range == (0.0, 2.0)
    assert mean.line.dash == "solid"
    assert complete(figure)
    assert noise.stability(lr, {"low": 0.5 + 0 * lr}, {}).layout.yaxis.range == pytest.approx((0, 1.133))
    assert noise.stability(lr, {"mean": lr / 2}, {}).layout.yaxis.range == pytest.approx((0, 1.545))


@pytest.mark.parametrize(("runs", "drawn"), [(3, 3), (50, 12)])
def test_a_dozen_single_runs_are_drawn(runs, drawn):
    t = torch.arange(9)
    w = torch.arange(runs) * 1.0 + torch.zeros(9, 1)
    figure = noise.several_runs(t, w, 2.0 - t / 4, {"end": 0.0}, "w", False)
    single, mean, level = figure.data
    assert legend(figure) == [f"{drawn} single runs", "forecast mean", "end: 0"]
    assert (figure.layout.yaxis.type, single.opacity < 1, mean.line.color) == (None, True, style.FORECAST)
    assert complete(figure)
    assert single.name == f"{drawn} single runs"
    assert np.isnan(single.y).sum() == drawn
    assert {single.y[0], single.y[-2]} == {0.0, runs - 1.0}
    np.testing.assert_allclose(mean.y, 2.0 - t / 4)
    assert mean.line.dash == "dash"
    assert (level.x.tolist(), level.y.tolist()) == ([0.0, 8.0], [0.0, 0.0])


def test_many_steps_of_several_runs_are_thinned():
    t = torch.arange(2000)
    runs = (torch.arange(4) + t[:, None]).double()
    single, mean = noise.several_runs(t, runs, t.double(), {}, "w", False).data
    np.testing.assert_array_equal(mean.x, mean.y)
    assert len(single.x) == 4 * (len(mean.x) + 1) <= 1208
    np.testing.assert_array_equal(single.y[: len(mean.x)], mean.x)


def test_a_logarithmic_axis_shows_sizes_and_gaps_for_zeros():
    t, w = torch.arange(4), torch.tensor([[1.0], [0.0], [-2.0], [torch.inf]])
    figure = noise.several_runs(t, w, torch.tensor([1.0, -0.1, 1e-99, 0.0]), {}, "|w|", True)
    np.testing.assert_array_equal(figure.data[0].y, [1.0, np.nan, 2.0, np.nan, np.nan])
    np.testing.assert_array_equal(figure.data[1].y, [1.0, 0.1, 1e-99, np.nan])
    assert figure.layout.yaxis.type == "log"
    signed = noise.several_runs(t, w, w[:, 0], {}, "w", False).data[0].y
    np.testing.assert_array_equal(signed, [1.0, 0.0, -2.0, np.nan, np.nan])


def test_runs_that_no_density_foresees_are_counted_in_their_middle():
    values = torch.cat([torch.randn(380), 1e12 * torch.randn(20)])
    figure = noise.spread_out(values, {"ridge": 0.5}, "w")
    bars, mark = figure.data
    assert sum(bars.y) == 360
    np.testing.assert_allclose(bars.x[1:] - bars.x[:-1], bars.width[0])
    assert bars.x[-1] < 1e3
    assert mark.name == "ridge: 0.5"
    assert figure.layout.annotations[0].text == "40 of 400<br>beyond"
    with pytest.raises(ValueError, match="at least ten"):
        noise.spread_out(values[:9], {}, "w")


def test_a_window_keeps_what_grows_out_of_sight():
    t, one = torch.arange(3), torch.ones(3)
    far = torch.tensor([1.0, 10.0, 1e9])
    shown = noise.moments(t, one, far, one, one, {}, "w", (-2.0, 3.0)).layout.yaxis
    assert (*shown.range, shown.title.text) == (-2, 3, "w")
    assert noise.moments(t, one, far, one, one, {}, "w").layout.yaxis.range is None
