"""The laws, on every problem of the table. What is special to one function stands in the test of its own file."""

import functools
import math

import pytest
import torch

from problems import LINEAR, PROBLEMS, Known
from thalweg import forecast as forecasting
from thalweg import modes
from thalweg.comparison import compare
from thalweg.descent import run
from thalweg.forecast import predict
from thalweg.linearization import linearize
from thalweg.outcome import Outcome, gradients
from thalweg.problem import flatten, objective, unflatten
from thalweg.rules import momentum

every_problem = pytest.mark.parametrize("known", PROBLEMS, ids=lambda known: known.name)
linear_problems = pytest.mark.parametrize("known", LINEAR, ids=lambda known: known.name)


def settings(known: Known, problem) -> dict:
    return {"lr": known.lr(problem), "steps": known.steps, "tolerance": known.tolerance}


@functools.cache
def solved(known: Known):
    """A problem, its forecast and its run: several laws hold the same three together."""
    problem = known.make()
    return problem, predict(problem, **settings(known, problem)), run(problem, **settings(known, problem))


def finite_difference(value, w):
    """Central differences; their error is about eps^(2/3)."""
    steps = torch.diag(6e-6 * w.abs().clamp(min=1.0))
    return torch.stack([(value(w + h) - value(w - h)) / (2 * h.sum()) for h in steps])


@every_problem
def test_gradient_is_finite_difference(known):
    problem = known.make()
    value, w = objective(problem), problem.start
    reference = finite_difference(value, w)
    close = {"rtol": 1e-6, "atol": 1e-8}  # of the finite difference
    lin = linearize(problem)
    torch.testing.assert_close(lin.gradient, reference, **close)
    two_rows = torch.stack([w, w])
    torch.testing.assert_close(gradients(value, two_rows, problem.X, problem.y, False)[1][1], reference, **close)
    torch.testing.assert_close(run(problem, lr=1e-9, steps=1).gradient[0, 0], reference, **close)


@every_problem
def test_begins_at_the_start(known):
    problem, forecast, result = solved(known)
    torch.testing.assert_close(forecast.w[0, 0], problem.start, rtol=0, atol=0)
    torch.testing.assert_close(result.w[0, 0], problem.start, rtol=0, atol=0)


@pytest.mark.parametrize("known", [k for k in PROBLEMS if k.minimum], ids=lambda known: known.name)
def test_heads_for_the_known_minimum(known):
    problem, forecast, _ = solved(known)
    torch.testing.assert_close(forecast.minimum[0], known.minimum(problem), rtol=1e-7, atol=1e-8)  # of the references


@linear_problems
def test_at_infinity_is_the_nearest_solution(known):
    problem = known.make()
    result = run(problem, lr=known.lr(problem), steps=800, keep=3)
    torch.testing.assert_close(result.final[0], known.minimum(problem))
    path = modes.linear_path(linearize(problem), known.lr(problem), torch.tensor([10**6]))
    torch.testing.assert_close(path[0], known.minimum(problem))


@every_problem
def test_run_arrives_as_near_as_its_tolerance_says(known):
    problem, forecast, result = solved(known)
    assert result.outcome == [Outcome.converged]
    met = result.loss[-1] < known.tolerance or (result.gradient[-1].abs() < known.tolerance).all()
    assert met, "it stopped before its stopping rule held"
    before = run(problem, lr=known.lr(problem), steps=int(result.updates) - 1, keep=10**6)
    assert int(result.steps) == len(before.t) + 1
    loss, gradient = gradients(objective(problem), before.w[:, 0], problem.X, problem.y, False)
    assert not (loss < known.tolerance).any(), "it went on although the loss had met the tolerance"
    assert not (gradient.abs() < known.tolerance).all(1).any(), "it went on although its gradient had"
    assert forecast.outcome == [Outcome.converged]


@every_problem
def test_forecast_is_run(known):
    problem, forecast, result = solved(known)
    comparison = compare(forecast, result)
    assert all(q.agrees for q in comparison.quantities if q.name in ("steps", "outcome", "path")), comparison.reason
    count = int(result.steps)
    exact = 0 if known.linear else 2 + 2e-3 * count
    assert abs(float(forecast.steps) - count) <= exact
    size = float(result.w.abs().max())
    share = 1e-10 if known.linear else 0.01  # the flow's error is of second order in the step
    torch.testing.assert_close(forecasting.at_run(forecast, result), result.w, rtol=0, atol=share * size)
    step = 0.0 if known.linear else 2 * known.lr(problem) * known.tolerance  # it stops up to a step late
    torch.testing.assert_close(forecast.stop, result.final, rtol=1e-8 if known.linear else 1e-3, atol=1e-10 + step)


@linear_problems
@pytest.mark.parametrize("share", [0.1, 0.5, 0.97, 1.01])
def test_linear_forecast_is_run_at_any_learning_rate(known, share):
    problem = known.make()
    lr = share * known.lr(problem) / known.share
    result = run(problem, lr=lr, steps=60, keep=100)
    path = modes.linear_path(linearize(problem), lr, result.t)
    torch.testing.assert_close(path, result.w[:, 0], rtol=1e-6, atol=1e-9)  # rounding grows with the rate


@every_problem
def test_time_is_additive(known):
    problem = known.make()
    lr = known.lr(problem)
    whole = run(problem, lr=lr, steps=10)
    first = run(problem, lr=lr, steps=4)
    rest = run(problem, lr=lr, steps=6, starts=first.final)
    torch.testing.assert_close(rest.final, whole.final)


@linear_problems
def test_forecast_time_is_additive(known):
    problem, t = known.make(), torch.tensor([12, 18, 30])
    lin, lr = linearize(problem), known.lr(problem)
    first, _, whole = modes.linear_path(lin, lr, t)
    torch.testing.assert_close(modes.linear_path(lin, lr, t, first)[1], whole)


@every_problem
def test_stable_below_the_limit_and_not_above(known):
    problem, forecast, _ = solved(known)
    minimum, limit = forecast.minimum[0], float(forecast.largest_stable_lr[0])
    top = torch.linalg.eigh(torch.func.hessian(objective(problem))(minimum)).eigenvectors[:, -1]
    off = minimum + 1e-5 * minimum.norm() * top
    rates = torch.tensor([0.97, 1.03]) * limit
    result = run(problem, lr=rates, steps=60, starts=off.expand(2, -1), keep=3)
    below, above = ((result.final - minimum) @ top).abs() / (1e-5 * minimum.norm())
    torch.testing.assert_close(below, torch.tensor(0.94**60), rtol=0.2, atol=0)  # the loss is not quite a parabola
    torch.testing.assert_close(above, torch.tensor(1.06**60), rtol=0.2, atol=0)


@every_problem
def test_rows_together_are_rows_alone(known):
    problem = known.make()
    starts = problem.start * (1 + 0.05 * torch.rand(3, len(problem.start)))
    rates = known.lr(problem) * torch.tensor([1.0, 0.3, 0.6])
    together = run(problem, lr=rates, starts=starts, steps=20, tolerance=known.tolerance, rule=momentum(0.3))
    for row in (0, 2):
        alone = run(
            problem,
            lr=float(rates[row]),
            starts=starts[row : row + 1],
            steps=20,
            tolerance=known.tolerance,
            rule=momentum(0.3),
        )
        torch.testing.assert_close(together.final[row], alone.final[0])
        assert together.updates[row] == alone.updates[0]
        assert together.outcome[row] is alone.outcome[0]


@every_problem
def test_frozen_rows_stay_frozen(known):
    problem = known.make()
    rates = known.lr(problem) * torch.tensor([1.0, 0.01])
    alone = run(problem, lr=float(rates[0]), steps=known.steps, tolerance=known.tolerance, keep=40)
    both = run(problem, lr=rates, steps=int(alone.updates) + 20, tolerance=known.tolerance, keep=10**5)
    rested = both.w[both.t >= both.updates[0], 0]
    assert both.updates[0] < both.updates[1]
    assert len(rested) >= 20
    torch.testing.assert_close(rested, both.final[0].expand_as(rested), rtol=0, atol=0)
    torch.testing.assert_close(both.final[0], alone.final[0])


@every_problem
def test_named_parameters_go_in_and_come_out(known):
    problem = known.make()
    named = unflatten(problem.start, problem.shapes)
    torch.testing.assert_close(flatten(named), problem.start, rtol=0, atol=0)
    result = run(problem, lr=known.lr(problem) * torch.ones(2), steps=3)
    assert {name: tuple(value.shape) for name, value in result.params.items()} == {
        name: (2, *shape) for name, shape in problem.shapes.items()
    }
    torch.testing.assert_close(flatten({k: v[1] for k, v in result.params.items()}), result.final[1], rtol=0, atol=0)


@every_problem
def test_result_does_not_depend_on_what_is_kept(known):
    problem = known.make()
    lr = known.lr(problem)
    runs = [run(problem, lr=lr, steps=20, tolerance=known.tolerance, keep=keep) for keep in (3, 10, 100)]
    for other in runs[:2]:
        torch.testing.assert_close(other.final, runs[2].final, rtol=0, atol=0)
        torch.testing.assert_close(other.w[:, 0], runs[2].w[other.t, 0], rtol=0, atol=0)
        assert torch.equal(other.updates, runs[2].updates)


@every_problem
def test_minibatches_come_again_with_their_seed(known):
    problem = known.make()
    settings = {"lr": 0.1 * known.lr(problem), "steps": 10, "batch": 2}
    one, again, other = (run(problem, seed=seed, **settings).final for seed in (1, 1, 2))
    torch.testing.assert_close(one, again, rtol=0, atol=0)
    assert (one != other).any()
    assert math.isfinite(float(one.norm()))
