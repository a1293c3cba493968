import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from thalweg.draw import noise, style


def named(figure):
    return {trace.name: trace for trace in figure.data}


def legend(figure):
    return [trace.name for trace in figure.data if trace.showlegend is not False]


def complete(figure):
    """Whether axes have titles, and whatever can be pointed at says its numbers."""
    axes = figure.layout.xaxis, figure.layout.yaxis
    told = all(trace.hovertemplate or trace.hoverinfo == "skip" for trace in figure.data)
    return told and all(axis.title.text for axis in axes) and figure.layout.paper_bgcolor == "rgba(0,0,0,0)"


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


@given(count=st.integers(1, 4000), first=st.integers(0, 50), logarithmic=st.booleans())
def test_steps_keep_both_ends_and_stay_few(count, first, logarithmic):
    t = torch.arange(first, first + count)
    places, x, axis = noise.steps(t, logarithmic)
    assert axis["title"]["text"] == ("step + 1" if logarithmic else "step")
    assert len(places) == count or count > 300
    assert (int(places[0]), int(places[-1])) == (0, count - 1)
    assert len(places) <= 301
    assert (places.diff() > 0).all()
    torch.testing.assert_close(x, t[places] + int(logarithmic))


def test_thinned_steps_show_swings_and_a_logarithmic_axis_keeps_the_first_ones():
    swing = (-1.0) ** torch.arange(5000)
    for logarithmic in (False, True):
        kept = swing[noise.steps(torch.arange(5000), logarithmic)[0]]
        assert (kept[1:] != kept[:-1]).double().mean() > 0.45
    assert noise.steps(torch.arange(5000), True)[0][:9].tolist() == list(range(9))


@pytest.mark.parametrize(("count", "coloured"), [(1, 1), (8, 8), (9, 8), (60, 8), (500, 8)])
def test_eight_of_many_lines_are_coloured_and_the_rest_is_grey(count, coloured):
    figure, x = style.plain(), torch.arange(500)
    y = torch.arange(count) + torch.zeros(500, 1)
    drawn = noise.in_colour(figure, x, y, [f"mode {i}" for i in range(count)])
    assert [trace.name for trace in (drawn[0], drawn[-1])] == ["mode 0", f"mode {count - 1}"]
    assert len({trace.line.color for trace in drawn}) == len(drawn) == coloured
    for trace in drawn:
        assert trace.name == f"mode {trace.y[0]:.0f}"
    grey = [trace for trace in figure.data if trace.name == "others"]
    assert len(grey) == (count > 8)
    for trace in grey:
        assert (trace.showlegend, trace.hoverinfo) == (False, "skip")
        assert trace.opacity < 0.5
        assert len(trace.x) == 101 * min(count - 8, 60)
        assert trace.x[99] == x[-1]
        assert {int(y) for y in trace.y if not np.isnan(y)}.isdisjoint(drawn[i].y[0] for i in range(8))
        assert np.isnan(trace.y).sum() == min(count - 8, 60)
    assert len(style.as_json(figure)) < 300_000


def test_a_logarithmic_axis_letters_few_powers():
    ticks = [noise.power_axis("t", torch.tensor([1.0, 10.0**k])).get("dtick") for k in (0.1, 1, 5, 12, 50)]
    assert ticks == [None, "D2", 1, 2, 8]


def test_only_the_ratio_of_a_range_matters_to_its_letters():
    for scale in (1e-9, 1.0, 1e9):
        assert noise.power_axis("t", scale * torch.tensor([1.0, 4.0]))["dtick"] == "D2"


def test_a_window_shows_points_and_the_paths_that_end_near_them():
    points = torch.tensor([[0.0, 0.0], [2.0, 1.0]])
    swing = torch.tensor([[2.0, 1.0], [2.4, -0.4], [9.0, 9.0], [0.0, 0.0]])
    wild = torch.tensor([[2.0, 1.0], [-0.9, 1.4], [1e9, 1e9]])
    figure = style.plain()
    corners = noise.window(figure, points, ("a", "b"), [swing, wild, torch.full((2, 2), torch.nan)])
    torch.testing.assert_close(corners, torch.tensor([[-0.288, -0.688], [2.688, 1.288]]))  # 12 % of 2.4 around
    assert figure.layout.xaxis.range == pytest.approx(corners[:, 0].tolist())
    assert figure.layout.yaxis.scaleanchor == "x"


@pytest.mark.parametrize("away", [-50.0, 50.0])
def test_a_window_moves_with_what_it_shows(away):
    points, path = torch.tensor([[0.0, 0.0], [2.0, 1.0]]), torch.tensor([[0.0, 0.0], [2.9, 1.4], [2.0, 1.9]])
    here = noise.window(style.plain(), points, ("a", "b"), [path])
    there = noise.window(style.plain(), points + away, ("a", "b"), [path + away])
    torch.testing.assert_close(there, here + away)


def test_a_window_takes_in_half_its_width_around_the_points():
    points = torch.tensor([[0.0, 0.0], [2.0, 1.0]])
    far = [[-1.2, 0.5], [3.2, 0.5], [1.0, -0.6], [1.0, 1.6]]
    near = [[-0.9, 0.5], [2.9, 0.5], [1.0, -0.4], [1.0, 1.4]]
    corners = noise.window(style.plain(), points, ("a", "b"), [torch.tensor([*far, *near, [1.0, 0.5]])])
    torch.testing.assert_close(
        corners, torch.tensor([[-0.9, -0.4], [2.9, 1.4]]) + 0.456 * torch.tensor([[-1.0], [1.0]])
    )


def test_points_on_a_level_line_make_room_for_paths_beside_it():
    points, path = torch.tensor([[3.0, 5.0], [5.0, 5.0]]), torch.tensor([[3.0, 5.0], [4.0, 6.0], [4.0, 5.5]])
    corners = noise.window(style.plain(), points, ("a", "b"), [path])
    torch.testing.assert_close(corners, torch.tensor([[2.76, 4.76], [5.24, 6.24]]))


@pytest.mark.parametrize(("height", "equal"), [(0.0, True), (0.1, False), (1.0, True), (40.0, False)])
def test_axes_have_one_scale_where_their_ranges_allow_it(height, equal):
    figure = style.plain()
    noise.window(figure, torch.tensor([[0.0, 0.0], [1.0, height]]), ("a", "b"), [])
    assert (figure.layout.yaxis.scaleanchor == "x") == equal
    low, high = figure.layout.yaxis.range
    assert low < 0 <= height < high


def test_one_point_has_a_window():
    corners = noise.window(style.plain(), torch.ones(1, 2), ("a", "b"), [])
    assert (corners[0] < 1).all()
    assert (corners[1] > 1).all()


@pytest.mark.parametrize("least", [0.0, 7.0])
def test_contour_lines_stand_at_half_powers_of_ten_above_the_least(least):
    figure, known = style.plain(), torch.tensor([[0.31, 0.17], [1.0, 0.9]])
    corners = noise.window(figure, known, ("a", "b"), [])

    def value(w):
        return least + (w - known[0]).square().sum(1)

    noise.family(figure, value, "loss", style.INK, known)
    (drawn,) = figure.data
    x, y = np.meshgrid(drawn.x, drawn.y)
    part = (x - 0.31) ** 2 + (y - 0.17) ** 2
    np.testing.assert_allclose(drawn.z, 1000 * np.log10(part / part.max()), atol=1)
    assert (drawn.contours.size, drawn.contours.coloring) == (500, "none")
    assert drawn.contours.start < drawn.contours.end < 0
    assert drawn.x[0] < float(corners[0, 0])
    assert drawn.y[-1] > float(corners[1, 1])


@pytest.mark.parametrize(
    ("height", "ends"), [(1.0, ([5.176, 17.824], [7.524, 13.476])), (90.0, ([9.64, 13.36], [-0.8, 110.8]))]
)
def test_contour_lines_fill_wide_and_high_screens_if_both_axes_have_one_scale(height, ends):
    figure, known = style.plain(), torch.tensor([[10.0, 10.0], [13.0, 10.0 + height]])
    noise.window(figure, known, ("a", "b"), [])
    noise.family(figure, lambda w: w.sum(1), "loss", style.INK, known)
    assert figure.data[0].x[[0, -1]] == pytest.approx(ends[0])
    assert figure.data[0].y[[0, -1]] == pytest.approx(ends[1])
    assert legend(figure) == ["loss"]


@pytest.mark.parametrize("odd", [torch.nan, torch.inf, 3.0])
def test_a_loss_that_is_flat_or_not_finite_draws_no_nonsense(odd):
    figure, known = style.plain(), torch.eye(2)
    noise.window(figure, known, ("a", "b"), [])
    noise.family(figure, lambda w: torch.where(w[:, 0] > 0.5, odd, 3.0), "loss", style.INK, known)
    assert set(np.unique(figure.data[0].z)) <= {-9000, 0}


def test_a_descent_is_cut_where_it_leaves_for_good():
    corners = torch.tensor([[0.0, 0.0], [1.0, 1.0]])
    away = torch.tensor([[0.5, 0.5], [0.5, 0.9], [4.5, 0.9], [1e300, 0.9], [torch.nan, 0.0]])
    back = torch.tensor([[0.5, 0.5], [0.5, 9.0], [0.4, 0.5]])
    burst = torch.tensor([[0.5, 0.5], [torch.inf, 0.5], [torch.nan, torch.nan]])
    figure = style.plain()
    noise.descents(figure, {"away": away, "back": back, "burst": burst}, corners)
    drawn = named(figure)
    np.testing.assert_allclose(np.stack([drawn["away"].x, drawn["away"].y], 1), [[0.5, 0.5], [0.5, 0.9], [1.75, 0.9]])
    assert drawn["back"].y.tolist() == [0.5, 9.0, 0.5]
    assert drawn["burst"].x.tolist() == [0.5]
    assert [drawn[name].line.color for name in ("away", "back")] == [*style.OTHERS[:2]]
    assert {drawn[name].mode for name in ("away", "back")} == {"lines+markers"}
    assert (drawn["start"].x.tolist(), drawn["start"].marker.symbol) == ([0.5] * 3, "diamond")


@pytest.mark.parametrize("size", [0.1, 20.0])
def test_a_descent_is_cut_some_way_beyond_the_window(size):
    figure, path = style.plain(), torch.tensor([[0.4, 0.5], [-9.0, 0.5], [-9.0, 0.5]])
    noise.descents(figure, {"run": size * path}, size * torch.tensor([[0.0, 0.0], [1.0, 2.0]]))
    assert figure.data[0].x[-1] == pytest.approx(-0.75 * size)


def test_a_long_descent_is_thinned_and_its_first_steps_are_kept():
    way = (-0.99) ** torch.arange(9000.0)
    figure = style.plain()
    noise.descents(figure, {"long": torch.stack([way, way], 1)}, torch.tensor([[-1.0, -1.0], [1.0, 1.0]]))
    assert len(figure.data[0].x) <= 301
    np.testing.assert_allclose(figure.data[0].x[:9], way[:9])


def test_the_first_point_marked_is_a_star_and_the_others_have_their_turn():
    figure = style.plain()
    noise.points_marked(figure, {"least": (1.0, 2.0), "ridge": (3.0, 4.0), "prior": (5.0, 6.0)}, 1)
    assert [(trace.x[0], trace.y[0]) for trace in figure.data] == [(1.0, 2.0), (3.0, 4.0), (5.0, 6.0)]
    assert [trace.marker.symbol for trace in figure.data] == ["star", "circle", "circle"]
    assert [trace.marker.color for trace in figure.data[1:]] == [style.look("x", 2)[0], style.look("x", 3)[0]]


def test_a_line_has_gaps_where_it_is_not_finite():
    figure = style.plain()
    drawn = noise.line(figure, torch.arange(3), torch.tensor([1.0, torch.inf, -2.0]), "w", style.BLUE)
    np.testing.assert_array_equal(drawn.y, [1.0, np.nan, -2.0])
    assert drawn is figure.data[0]


def test_shades_are_graded_and_seen_on_white_and_on_black():
    light = []
    for colour in noise.shades(8):
        parts = [int(part) / 255 for part in colour[4:-1].split(",")]
        light.append(float(torch.tensor([0.2126, 0.7152, 0.0722]) @ torch.tensor(parts) ** 2.2))
    assert (np.diff(light) > 0).all()
    assert 0.08 < light[0] < light[-1] < 0.6


def test_levels_are_dotted_and_tell_their_value():
    figure = style.plain()
    noise.level_lines(figure, {"a": 1.5, "b": -2.0}, torch.tensor([0, 9]))
    assert [trace.name for trace in figure.data] == ["a: 1.5", "b: -2"]
    assert [trace.y.tolist() for trace in figure.data] == [[1.5, 1.5], [-2.0, -2.0]]
    assert {trace.line.dash for trace in figure.data} == {"dot"}
    assert len({trace.line.color for trace in figure.data}) == 2
