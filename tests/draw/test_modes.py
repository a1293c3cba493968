import math
from functools import partial

import numpy as np
import pytest
import torch

from figures import complete, legend, named
from thalweg.draw import modes, style
from thalweg.draw.modes import contours, convergence_rates, mode_errors, paths_over_steps, steps_over_rate
from thalweg.draw.wording import said


def names(count):
    return [f"mode {i + 1}" for i in range(count)]


def descend(H, end, start, lr, steps):
    """Descent on a quadratic, step by step."""
    w = [torch.tensor(start)]
    for _ in range(steps):
        w.append(w[-1] - lr * H @ (w[-1] - end))
    return torch.stack(w)


@pytest.mark.parametrize("count", [1, 2, 5, 60])
def test_rates_are_one_step_of_descent(count):
    curvature = torch.logspace(0.5, -2, count)
    best = 2 / float(curvature.max() + curvature.min())
    figure = convergence_rates(curvature, names(count), {"best": best})
    drawn = named(figure)
    assert sum(name.startswith("mode") for name in drawn) == min(count, 8)
    for name in (f"mode {i}" for i in (1, count)):
        error = torch.ones(len(drawn[name].x))
        after = error - torch.tensor(drawn[name].x) * curvature[int(name.split()[1]) - 1] * error
        np.testing.assert_allclose(drawn[name].y, after.abs(), atol=1e-14)
    slowest = drawn["slowest"]
    assert slowest.x[slowest.y.argmin()] == pytest.approx(best, rel=0.02)
    limit = 2 / float(curvature.max())
    assert (slowest.y[(slowest.x > 0) & (slowest.x < limit)] < 1).all()
    assert (slowest.y[slowest.x > 1.001 * limit] > 1).all()
    assert figure.layout.xaxis.range == pytest.approx((0, 1.25 * limit))
    assert set(drawn["1"].y) == {1.0}
    assert drawn["1"].x.tolist() == [0, slowest.x[-1]]
    assert legend(figure) == ["slowest", *(name for name in drawn if "mode" in name), f"best: {said(best, 4)}"]
    assert complete(figure)
    assert drawn[f"best: {said(best, 4)}"].x == (best, best)


def test_each_coloured_mode_touches_zero_but_a_flat_one_which_is_not_the_slowest():
    slowest, steep, other, flat, _ = convergence_rates(torch.tensor([2.0, 1.3, 0.0]), names(3), {}).data
    assert max(steep.y.min(), other.y.min()) < 1e-15
    np.testing.assert_allclose(slowest.y, np.maximum(steep.y, other.y))
    assert set(flat.y) == {1.0}


@pytest.mark.parametrize(("curvature", "count"), [([0.0, 0.0], 2), ([1.0, -1.0], 2), ([1.0, 2.0], 1), ([math.nan], 1)])
def test_rates_refuse(curvature, count):
    with pytest.raises(
        ValueError, match="convergence_rates: need curvatures >= 0, one > 0, and a name for each, got"
    ) as told:
        convergence_rates(torch.tensor(curvature), names(count), {})
    assert f"{count} names for {len(curvature)}" in str(told.value)


@pytest.mark.parametrize("count", [1, 2, 5, 60])
@pytest.mark.parametrize("steps", [40, 3000])
def test_errors_of_modes_lie_on_their_forecast(count, steps):
    curvature, t = torch.logspace(0, -2, count), torch.arange(steps + 1)
    start = torch.randn(count)
    run = descend(torch.diag(curvature), torch.zeros(count), start.tolist(), 1.5, steps)
    theory = start * (1 - 1.5 * curvature) ** t[:, None]
    figure = mode_errors(t, run, t, theory, names(count))
    coloured = min(count, 8)
    forecasts, runs = figure.data[:coloured], figure.data[-coloured - 1 : -1]
    for forecast, ran in zip(forecasts, runs, strict=True):
        assert (forecast.name, forecast.line.width > ran.line.width) == (ran.name, True)
        both = np.isfinite(forecast.y) & np.isfinite(ran.y)
        np.testing.assert_allclose(forecast.y[both], ran.y[both], rtol=1e-9)
        assert (ran.y[both] > 0).all()
        assert count == 1 or forecast.line.color == ran.line.color
    assert len(figure.data) == 2 * coloured + 1 + (count > 8)
    assert legend(figure) == [*(ran.name for ran in runs), "forecast"]
    assert complete(figure)
    assert (figure.layout.xaxis.type == "log", runs[0].x[0]) == (steps > 200, float(steps > 200))


def test_modes_take_the_colours_that_they_are_given():
    t, error = torch.arange(3), torch.tensor([[1.0, 2.0], [0.5, 1.0], [0.25, 0.5]])
    drawn = mode_errors(t, error, t, error, names(2), [style.BLUE, style.PURPLE]).data
    assert [trace.line.color for trace in drawn[:4]] == 2 * [style.BLUE, style.PURPLE]
    alone = mode_errors(t, error[:, :1], t, error[:, :1], names(1), [style.PURPLE]).data
    assert [trace.line.color for trace in alone] == [style.PURPLE, style.PURPLE, style.GREY]


@pytest.mark.parametrize("size", [1e-60, 1e-30, 1e30, 1e60])
def test_rates_of_any_size_are_drawn_to_the_end_of_the_axis(size, monkeypatch):
    """Also those beyond float32, which is the default on a page."""
    monkeypatch.setattr(modes.torch, "linspace", partial(torch.linspace, dtype=torch.float32))
    curvature = size * torch.tensor([4.0, 1.0], dtype=torch.float64)
    steep = convergence_rates(curvature, names(2), {}).data[1]
    assert steep.x[[0, -1]] == pytest.approx([0, 2.5 / 4 / size])
    assert len(set(steep.x.tolist())) > 200
    assert (float(steep.y[-1]), float(steep.y.min())) == pytest.approx((1.5, 0), abs=1e-9)


def test_one_alone_has_the_colours_of_run_and_forecast():
    t, error = torch.arange(3), torch.tensor([1.0, 0.5, 0.25])
    for figure in (
        mode_errors(t, error[:, None], t, error[:, None], ["w"]),
        paths_over_steps(t, {"w": error}, {"w": error}, {}, "w"),
    ):
        assert [trace.line.color for trace in figure.data] == [style.FORECAST, style.RUN, style.FORECAST]


@pytest.mark.parametrize(("steps", "ahead"), [(9, 900), (900, 9)])
def test_run_and_forecast_may_have_other_moments(steps, ahead):
    t, forecast_t = torch.arange(steps), 0.5 * torch.arange(2 * ahead)
    figure = mode_errors(t, 0.99 ** t[:, None], forecast_t, 0.99 ** forecast_t[:, None], ["w"])
    assert figure.layout.xaxis.type == "log"
    for trace in figure.data[:2]:
        np.testing.assert_allclose(trace.y, 0.99 ** (trace.x - 1))
    assert [trace.x[-1] for trace in figure.data[:2]] == [ahead + 0.5, steps]


@pytest.mark.parametrize(("first", "second"), [(-1e9, 1e-9), (1e-9, -1e9)])
@pytest.mark.parametrize("run", [0.0, 1.0])
def test_rounding_is_told_from_the_largest_error_at_the_start(first, second, run):
    error = torch.tensor([[first, second], [1e-6, 1e-8]])
    drawn = mode_errors(torch.arange(2), run * error, torch.arange(2), (1 - run) * error, names(2)).data
    np.testing.assert_array_equal([trace.y[1] for trace in drawn[2 * int(run) :][:2]], [1e-6, np.nan])


@pytest.mark.parametrize(("end", "letters"), [(0.05, None), (1e-5, 1), (1e-12, 2)])
def test_errors_are_lettered_by_how_far_they_fall(end, letters):
    error = torch.tensor([[1.0], [end]])
    assert mode_errors(torch.arange(2), error, torch.arange(2), error, ["w"]).layout.yaxis.dtick == letters


def test_zeros_rounding_and_what_ran_away_leave_gaps():
    error = torch.tensor([[2.0, -1.0], [1e-15, 0.0], [1e-17, 1e20], [torch.nan, torch.inf]])
    first, second = mode_errors(torch.arange(4), error, torch.arange(4), error, names(2)).data[2:4]
    np.testing.assert_array_equal(first.y, [2.0, 1e-15, np.nan, np.nan])
    np.testing.assert_array_equal(second.y, [1.0, np.nan, np.nan, np.nan])
    grown = torch.tensor([[0.0], [1.2e-16]])
    assert np.isfinite(mode_errors(torch.arange(2), grown, torch.arange(2), grown, ["w"]).data[1].y[1])
    still = torch.zeros(3, 1)
    assert np.isnan(mode_errors(torch.arange(3), still, torch.arange(3), still, ["w"]).data[1].y).all()


def test_contours_carry_descents_marks_and_lines():
    H, end = torch.tensor([[1.0, 0.3], [0.3, 0.4]]), torch.tensor([1.0, -0.5])
    paths = {f"lr {lr}": descend(H, end, [-1.5, 1.0], lr, 400) for lr in (0.5, 2.5)}
    marks, lines = {"minimum": (1.0, -0.5), "ridge": (0.6, -0.1)}, {"ridge": torch.randn(4, 2)}
    figure = contours(lambda w: (((w - end) @ H) * (w - end)).sum(1), paths, marks, ("a", "b"), lines)
    loss, line, calm, wild, starts, minimum, ridge = figure.data
    assert loss.type == "contour"
    assert np.unravel_index(loss.z.argmin(), loss.z.shape) == (abs(loss.y + 0.5).argmin(), abs(loss.x - 1).argmin())
    np.testing.assert_allclose(line.x, lines["ridge"][:, 0])
    np.testing.assert_allclose([calm.x[-1], calm.y[-1]], end, atol=1e-6)
    assert max(abs(wild.x).max(), abs(wild.y).max()) < 10 < float(paths["lr 2.5"].abs().max())
    assert set(zip(starts.x, starts.y, strict=True)) == {(-1.5, 1.0)}
    assert ((minimum.x[0], minimum.y[0]), (ridge.x[0], ridge.y[0])) == ((1.0, -0.5), (0.6, -0.1))
    assert -4 < figure.layout.xaxis.range[0] < -1.5 < 1 < figure.layout.xaxis.range[1] < 4
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == ("a", "b")
    assert len(style.as_json(figure)) < 300_000


def test_contours_need_no_descent():
    figure = contours(lambda w: w.square().sum(1), {}, {"least": (0.0, 0.0), "other": (1.0, 1.0)}, ("a", "b"))
    assert legend(figure) == ["loss", "least", "other"]


@pytest.mark.parametrize("first", [0.0, 1e-3])
def test_steps_have_gaps_where_there_are_none_or_infinitely_many(first):
    lr = torch.linspace(first, 2.2, 12)
    rho = torch.maximum((1 - lr).abs(), (1 - 0.1 * lr).abs())
    steps = torch.where(rho < 1, math.log(100) / -rho.log(), torch.inf)
    tried = torch.tensor([0.5, 1.0, 1.9, 2.1])
    counts = torch.tensor([90, 44, 0, 7])
    figure = steps_over_rate(lr, steps, tried, counts, {"limit": 2.0}, "steps to 1 %")
    forecast, run, mark = figure.data
    np.testing.assert_allclose(forecast.y, torch.where(steps.isfinite(), steps, torch.nan))
    assert np.isnan(forecast.y[-1])
    assert (run.x.tolist(), run.y.tolist()) == ([0.5, 1.0, 2.1], [90, 44, 7])
    assert 1 < mark.y[0] < 7 < np.nanmax(forecast.y) < mark.y[1]
    assert (forecast.line.color, run.marker.color) == (style.FORECAST, style.RUN)
    assert complete(figure)
    assert figure.layout.yaxis.type == "log"
    assert (figure.layout.xaxis.type == "log") == (first > 0)


def test_many_rates_are_thinned():
    lr = torch.linspace(0.1, 2, 5000)
    forecast, _, mark = steps_over_rate(lr, 1 / lr, lr[:2], 1 / lr[:2], {"limit": 2.0}, "steps").data
    assert 300 < len(forecast.x) <= 600
    np.testing.assert_allclose(forecast.y, 1 / forecast.x)
    assert 0.1 < mark.y[0] < 0.5 < 10 < mark.y[1] < 30


@pytest.mark.parametrize(("last", "kind"), [(0.4, None), (0.6, "log")])
def test_rates_that_span_much_stand_on_a_logarithmic_axis(last, kind):
    lr = torch.tensor([0.01, last / 50, last])
    assert steps_over_rate(lr, lr, lr, lr, {}, "steps").layout.xaxis.type == kind


def test_no_steps_at_all_can_be_drawn():
    never = torch.full((3,), torch.inf)
    figure = steps_over_rate(torch.ones(3), never, torch.ones(3), never, {"limit": 2.0}, "steps")
    assert np.isnan(figure.data[0].y).all()
    assert len(figure.data[1].x) == 0


def swings(lr, steps):
    return 1 + 2 * (1 - lr) ** torch.arange(steps + 1)


def test_paths_and_forecasts_of_one_rate_have_one_colour():
    runs = {f"lr {lr}": swings(lr, 30) for lr in (0.1, 0.5, 1.5)}
    figure = paths_over_steps(torch.arange(31), runs, {name: w + 1e-3 for name, w in runs.items()}, {"end": 1.0}, "w")
    forecasts, ran = figure.data[:3], figure.data[3:6]
    for forecast, run in zip(forecasts, ran, strict=True):
        assert (forecast.name, forecast.line.color) == (run.name, run.line.color)
        np.testing.assert_allclose(run.y, runs[run.name])
        np.testing.assert_allclose(forecast.y, run.y + 1e-3)
    assert legend(figure) == [*runs, "end: 1", "forecast"]
    assert named(figure)["end: 1"].x.tolist() == [0, 30]
    assert complete(figure)
    assert legend(paths_over_steps(torch.arange(31), {}, runs, {}, "w")) == [*runs, "forecast"]


@pytest.mark.parametrize(("count", "steps"), [(1, 30), (5, 30), (9, 100)])
def test_any_number_of_paths_has_its_colours(count, steps):
    runs = {f"lr {i}": swings(0.1 * i, steps) for i in range(count)}
    figure = paths_over_steps(torch.arange(steps + 1), runs, {}, {}, "w")
    assert len({trace.line.color for trace in figure.data}) == count == len(figure.data)
    assert {trace.mode for trace in figure.data} == {"lines+markers" if steps == 30 else "lines"}


def test_a_path_that_runs_away_is_cut_and_does_not_blow_up_the_window():
    runs = {"calm": swings(0.5, 2000), "wild": swings(2.1, 2000), "burst": swings(0.5, 2000)}
    runs["burst"][3:] = torch.inf
    figure = paths_over_steps(torch.arange(2001), runs, {}, {"end": 1.0}, "w")
    low, high = figure.layout.yaxis.range
    assert -4 < low < 1 < 3 < high < 8
    drawn = named(figure)
    assert 3 < len(drawn["wild"].y) < 25
    assert [low <= y <= high for y in drawn["wild"].y[-2:]] == [True, False]
    assert np.isfinite(drawn["calm"].y).all()
    assert drawn["burst"].x[np.isfinite(drawn["burst"].y)].max() < 3


def test_a_path_that_comes_back_is_drawn_whole():
    run = {"a": torch.tensor([1.0, 0.5, 90.0, 0.1]), "b": torch.tensor([0.5] * 4)}
    figure = paths_over_steps(torch.arange(4), run, {}, {"end": -1.0}, "w")
    assert figure.data[0].y.tolist() == [1.0, 0.5, 90.0, 0.1]
    assert figure.layout.yaxis.range == pytest.approx((-1.24, 5.24))  # Twice the way from 1 to -1 above, and room.
    still = {"a": torch.ones(4)}
    assert paths_over_steps(torch.arange(4), still, still, {}, "w").layout.yaxis.range == (0.0, 2.0)


def plane():
    """One equation for two weights: its line of solutions, the nearest of them, descents from three starts."""
    X, y = torch.tensor([[2.0, 1.0]]), torch.tensor([2.0])
    nearest = torch.linalg.pinv(X) @ y
    solutions = nearest + torch.linspace(-1, 1, 5)[:, None] * torch.tensor([-1.0, 2.0])
    starts = {"0": [0.0, 0.0], "a": [-1.2, 1.1], "b": [1.4, 1.2]}
    paths = {name: descend(X.T @ X, nearest, start, 0.1, 60) for name, start in starts.items()}
    return X, y, nearest, modes.smallest_norm(solutions, nearest, paths, ("a", "b"))


def test_the_ball_touches_the_line_at_the_smallest_solution():
    _, _, nearest, figure = plane()
    drawn = named(figure)
    ball, line, point = drawn["touching ball"], drawn["all solutions"], drawn["smallest norm"]
    radius = float(nearest.norm())
    np.testing.assert_allclose(np.hypot(ball.x, ball.y), radius)
    ends = [ball.x.min(), ball.x.max(), ball.y.min(), ball.y.max()]
    assert ends == pytest.approx([-radius, radius, -radius, radius])
    np.testing.assert_allclose(2 * line.x + line.y, [2.0, 2.0])
    along = np.linspace(0, 1, 10001)
    distance = np.hypot(line.x[0] + along * np.diff(line.x), line.y[0] + along * np.diff(line.y))
    assert distance.min() == pytest.approx(radius, rel=1e-5)
    assert (point.x[0], point.y[0]) == pytest.approx(tuple(nearest.tolist()))
    inner = [np.hypot(trace.x, trace.y)[0] for trace in figure.data if trace.name == "ball"]
    assert legend(figure)[:3] == ["touching ball", "all solutions", f"radius: {said(radius, 4)}"]
    assert figure.layout.xaxis.range[0] < -radius < radius < figure.layout.yaxis.range[1]
    assert inner == pytest.approx([0.75 * radius, 0.5 * radius, 0.25 * radius])
    assert figure.layout.yaxis.scaleanchor == "x"


def test_the_radius_meets_the_line_at_a_right_angle():
    _, _, nearest, figure = plane()
    radius = next(trace for trace in figure.data if trace.name.startswith("radius"))
    points = np.stack([radius.x, radius.y], 1)
    np.testing.assert_allclose(points[:2], [[0, 0], nearest.tolist()])
    square = points[3:]
    sides = np.stack([square[0] - points[1], square[1] - square[0], square[2] - square[1], points[1] - square[2]])
    np.testing.assert_allclose(np.hypot(*sides.T), np.hypot(*sides.T)[0])
    np.testing.assert_allclose((sides * np.roll(sides, 1, 0)).sum(1), 0, atol=1e-12)
    assert sides[1] @ [2.0, 1.0] == pytest.approx(0, abs=1e-12)
    assert sides[0] @ nearest.numpy() < 0


def test_descents_move_perpendicular_to_the_line_and_end_on_it():
    X, y, _, figure = plane()
    for name in ("0", "a", "b"):
        trace = named(figure)[name]
        way = np.stack([np.diff(trace.x), np.diff(trace.y)], 1)
        assert abs(way @ np.array([-1.0, 2.0])).max() < 1e-12
        assert X[0].numpy() @ [trace.x[-1], trace.y[-1]] == pytest.approx(float(y))


def test_a_ball_of_no_size_can_be_drawn():
    line = torch.tensor([[-1.0, 1.0], [1.0, -1.0]])
    figure = modes.smallest_norm(line, torch.zeros(2), {"run": torch.tensor([[1.0, 1.0], [0.0, 0.0]])}, ("a", "b"))
    assert set(named(figure)["touching ball"].x) == {0.0}


@pytest.mark.parametrize("size", [0.01, 100.0])
def test_the_picture_grows_with_the_ball_whatever_points_of_the_line_are_given(size):
    nearest, along = size * torch.tensor([0.6, 0.8]), torch.tensor([-0.8, 0.6])
    figure = modes.smallest_norm(nearest + torch.tensor([[-7.0], [0.0], [2.0]]) * along, nearest, {}, ("a", "b"))
    for axis in (figure.layout.xaxis, figure.layout.yaxis):
        assert axis.range == pytest.approx((-1.24 * size, 1.24 * size))
    line, radius = named(figure)["all solutions"], figure.data[5]
    assert abs(np.diff(line.x)[0]) == pytest.approx(0.8 * 6 * 2.48 * math.sqrt(2) * size)
    assert np.hypot(*np.subtract([radius.x[5], radius.y[5]], nearest.tolist())) == pytest.approx(0.15 * size)
