import math

import pytest
import torch

from problems import least_squares, nearest_solution, organ_problem
from thalweg import losses
from thalweg.descent import run
from thalweg.forecast import predict
from thalweg.modes import is_linear
from thalweg.outcome import Outcome
from thalweg.problem import Problem, from_module
from thalweg.subjects import organ

SHAPES = [((7, 3), [3.0, 2.0, 0.5]), ((3, 7), [2.0, 1.0, 0.7]), ((4, 4), [2.0, 1.5, 1.0, 0.5]), ((6, 4), [3.0, 1.0])]
shaped = pytest.mark.parametrize(("shape", "sigma"), SHAPES, ids=str)


@shaped
def test_predict_knows_limit_minimum_and_curvatures_of_least_squares(shape, sigma):
    problem = least_squares(shape, sigma, c=0.7)()
    forecast = predict(problem, lr=torch.tensor([0.01, 0.1]), steps=100, tolerance=1e-9)
    top = float(torch.linalg.matrix_norm(problem.X, 2))
    torch.testing.assert_close(forecast.largest_stable_lr, torch.tensor([2 / (0.7 * top**2)] * 2))
    torch.testing.assert_close(forecast.minimum, nearest_solution(problem).expand(2, -1))


@pytest.mark.parametrize(
    ("share", "steps", "outcome"),
    [(0.5, 5000, Outcome.converged), (0.5, 20, Outcome.out_of_steps), (1.1, 5000, Outcome.diverged)],
)
def test_predict_foresees_the_outcome_of_least_squares(share, steps, outcome):
    problem = least_squares((7, 3), [3.0, 2.0, 0.5])()
    settings = {"lr": share * 2 / 9, "steps": steps, "tolerance": 1e-6}
    assert predict(problem, **settings).outcome == run(problem, **settings).outcome == [outcome]


def test_predict_counts_steps_to_the_last():
    """One step more or less decides between converged and out of steps, for forecast and run alike."""
    problem = least_squares((7, 3), [3.0, 2.0, 0.5])()
    settings = {"lr": 0.1, "tolerance": 1e-6}
    count = int(predict(problem, steps=5000, **settings).steps)
    for steps, outcome in ((count - 1, Outcome.out_of_steps), (count, Outcome.converged)):
        assert predict(problem, steps=steps, **settings).outcome == [outcome]
        assert run(problem, steps=steps, **settings).outcome == [outcome]


def test_predict_takes_one_start_and_many_rates_and_the_other_way_round():
    problem, rates, starts = least_squares((7, 3), [3.0, 2.0, 0.5])(), torch.tensor([0.05, 0.1]), torch.randn(2, 3)
    settings = {"steps": 500, "tolerance": 1e-6}
    one = predict(problem, lr=rates, starts=starts[:1], **settings)
    torch.testing.assert_close(one.stop[1], predict(problem, lr=0.1, starts=starts[:1], **settings).stop[0])
    other = predict(problem, lr=0.1, starts=starts, **settings)
    torch.testing.assert_close(other.stop[1], predict(problem, lr=0.1, starts=starts[1:], **settings).stop[0])


@pytest.mark.parametrize(
    ("start", "lr", "ohm", "steps"),
    [(500.0, 200.0, 200.43, 44_528), (6.0, 1e5, 200.38, 210)],
)
def test_predict_gives_the_colour_organs_figures(start, lr, ohm, steps):
    hz = organ.reference_grid()
    targets = organ.gain(organ.LOW_PASS, organ.desired_ohm(organ.LOW_PASS), hz)
    problem = organ.make_problem(organ.LOW_PASS, hz, targets, torch.tensor([start]), losses.squared(2 / 1000))
    forecast = predict(problem, lr=lr, steps=100_000, tolerance=1e-6)
    assert float(forecast.stop) == pytest.approx(ohm, abs=0.3 if lr > 1e4 else 0.005)
    assert float(forecast.steps) == pytest.approx(steps, abs=1 + steps * 2e-5)
    assert float(forecast.largest_stable_lr) == pytest.approx(2.187e6, rel=1e-3)
    assert float(forecast.minimum) == pytest.approx(198.944, abs=1e-3)


def test_a_forecast_away_from_any_minimum_has_none():
    forecast = predict(organ_problem(organ.LOW_PASS, [5.0])(), lr=1e8, steps=100, tolerance=1e-6)
    assert forecast.outcome == [Outcome.false_stop]
    assert forecast.minimum.isnan().all()
    assert forecast.largest_stable_lr.isnan().all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"lr": 0.0}, "predict: need positive, finite learning rates, got \\[0.0\\]"),
        ({"lr": math.inf}, "predict: need positive, finite learning rates, got \\[inf\\]"),
        ({"tolerance": 0.0}, "predict: need at least one step and a positive, finite tolerance, got 9 and 0.0"),
        ({"lr": torch.tensor([0.1, 0.2]), "starts": torch.zeros(3, 3)}, "predict: need"),
        ({"starts": torch.zeros(1, 2)}, "predict: need"),
        ({"steps": 0}, "predict: need"),
    ],
    ids=["lr 0", "lr inf", "tolerance 0", "rows", "starts", "steps 0"],
)
def test_predict_refuses(change, message):
    problem = least_squares((7, 3), [3.0, 2.0, 0.5])()
    with pytest.raises(ValueError, match=message):
        predict(problem, **({"lr": 0.1, "steps": 9, "tolerance": 1e-6} | change))


def overflowing_net(dtype):
    torch.manual_seed(0)
    module = torch.nn.Sequential(torch.nn.Linear(1, 5), torch.nn.Tanh(), torch.nn.Linear(5, 1)).to(dtype)
    X = torch.linspace(-1, 1, 20, dtype=dtype)[:, None]
    return from_module(module, X, X**2, losses.squared())


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_net_that_overflows_is_foreseen_to_diverge(dtype):
    problem = overflowing_net(dtype)
    forecast = predict(problem, lr=0.1, steps=2000, tolerance=1e-4)
    assert forecast.outcome == run(problem, lr=0.1, steps=2000, tolerance=1e-4).outcome == [Outcome.diverged]


def test_an_elbow_beyond_the_start_is_not_linear():
    """From 1 it looks linear upwards, but descent goes down, over the elbow, to where the gradient dies."""
    problem = Problem(lambda w, X: (X * w).relu(), torch.ones(1), -torch.ones(1), torch.ones(1), losses.squared())
    result = run(problem, lr=0.8, steps=100, tolerance=1e-6)
    forecast = predict(problem, lr=0.8, steps=100, tolerance=1e-6)
    assert not is_linear(problem)
    torch.testing.assert_close(forecast.stop, result.final)
    assert forecast.outcome == result.outcome == [Outcome.false_stop]


def test_a_saddle_is_forecast_as_a_false_stop():
    model, one = (lambda w, X: X[:, 0] * w[0] * w[1]), torch.ones(1, 1)
    problem = Problem(model, one, one[0], torch.tensor([1.0, -1.0]), losses.squared())
    assert predict(problem, lr=0.1, steps=1000, tolerance=1e-4).outcome == [Outcome.false_stop]


@pytest.mark.parametrize("share", [1.0, 1.0001, 1.03])
def test_at_and_over_the_limit_a_linear_forecast_ends_as_its_run(share):
    X, y = torch.tensor([[1.0], [2.0]]), torch.tensor([1.0, 2.0])
    problem = Problem(lambda w, X: X @ w, X, y, torch.zeros(1), losses.squared())
    forecast = predict(problem, lr=0.4 * share, steps=2000, tolerance=1e-4)
    assert forecast.outcome == run(problem, lr=0.4 * share, steps=2000, tolerance=1e-4).outcome


@pytest.mark.parametrize("lr", [2e6, 1.5e6, 8e5])
def test_long_steps_near_the_limit_are_counted(lr):
    problem = organ_problem(organ.LOW_PASS, [500.0])()
    starts = torch.tensor([[10.0], [50.0], [500.0]])
    settings = {"lr": lr, "starts": starts, "steps": 5000, "tolerance": 1e-6}
    steps = run(problem, **settings).steps
    torch.testing.assert_close(
        predict(problem, **settings).steps, steps.double(), rtol=5e-3, atol=2
    )  # exact to second order


def test_at_any_learning_rate_the_valley_has_its_minimum():
    problem = organ_problem(organ.LOW_PASS, [500.0])()
    forecast = predict(problem, lr=2.3e6, steps=3000, tolerance=1e-6)
    assert forecast.outcome == [Outcome.oscillating]
    assert float(forecast.minimum) == pytest.approx(organ.cutoff_ohm(800.0))
