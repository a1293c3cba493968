import math

import pytest
import torch

from problems import organ_problem
from thalweg import losses
from thalweg.descent import run
from thalweg.outcome import Bounds, Outcome, gradients, judge
from thalweg.problem import Problem
from thalweg.rules import gd, momentum, nesterov
from thalweg.subjects import organ


def problem_of(F, y, start, model=None):
    F, y, start = (torch.as_tensor(v, dtype=torch.float64) for v in (F, y, start))
    return Problem(model or (lambda w, X: X @ w), F, y, start, losses.squared())


BOWL = ([[1.0, 0.0], [0.0, 0.2]], [1.0, 1.0], [0.0, 0.0])  # curvatures 1 and 0.04: stable below lr = 2
low_pass = organ_problem(organ.LOW_PASS, [500.0])
LIMIT = 2.187e6  # its largest stable learning rate
OHM = 198.94


@pytest.mark.parametrize(
    ("lr", "steps", "outcome"),
    [
        (1.0, 1000, Outcome.converged),
        (1.95, 1000, Outcome.converged),
        (1.0, 30, Outcome.out_of_steps),
        (1.95, 30, Outcome.out_of_steps),
        (2.05, 1000, Outcome.diverged),
        (2.0, 100, Outcome.oscillating),
    ],
)
def test_outcomes_of_a_bowl(lr, steps, outcome):
    result = run(problem_of(*BOWL), lr=lr, steps=steps, tolerance=1e-6)
    assert result.outcome == [outcome]
    assert bool(result.stopped) == (outcome not in (Outcome.out_of_steps, Outcome.oscillating))


def test_out_of_steps_although_momentum_is_stable_where_plain_descent_is_not():
    settings = {"lr": 3.0, "tolerance": 1e-6, "rule": momentum(0.9)}
    short, long = (run(problem_of(*BOWL), steps=steps, **settings) for steps in (60, 2000))
    assert long.outcome == [Outcome.converged]
    assert short.loss[-1] < 0.1 * short.loss[0]
    assert short.outcome == [Outcome.out_of_steps]


def test_nesterov_diverges_where_plain_descent_is_stable():
    settings = {"lr": 1.9, "steps": 2000, "tolerance": 1e-6}
    assert run(problem_of(*BOWL), **settings).outcome == [Outcome.converged]
    assert run(problem_of(*BOWL), rule=nesterov(0.9), **settings).outcome == [Outcome.diverged]


@pytest.mark.parametrize("lr", [1e8, 1e10])
def test_a_resistor_below_zero_has_diverged(lr):
    result = run(low_pass(), lr=lr, steps=100, tolerance=1e-6)
    assert float(result.final) <= 0
    assert result.outcome == [Outcome.diverged]


def test_not_a_number_has_diverged():
    problem = problem_of([[1.0]], [-9.0], [1.0], model=lambda w, X: X[:, 0] * w.log().squeeze())
    assert run(problem, lr=1.0, steps=100, tolerance=1e-9).outcome == [Outcome.diverged]


def test_a_loss_over_the_ceiling_stops_its_row():
    result = run(problem_of(*BOWL), lr=torch.tensor([1.0, 100.0]), steps=1000, tolerance=1e-6)
    assert result.outcome == [Outcome.converged, Outcome.diverged]
    assert result.updates[1] < 5


def test_just_above_the_limit_it_oscillates():
    result = run(low_pass(), lr=1.02 * LIMIT, steps=150, tolerance=1e-9, starts=torch.tensor([[190.0]]))
    assert result.outcome == [Outcome.oscillating]


def test_just_below_the_limit_it_converges():
    result = run(low_pass(), lr=0.97 * LIMIT, steps=300, tolerance=1e-7, starts=torch.tensor([[190.0]]))
    assert result.outcome == [Outcome.converged]
    assert float(result.final) == pytest.approx(OHM, abs=1)


@pytest.mark.parametrize("start", [1.0, 5.0])
@pytest.mark.parametrize("lr", [1e7, 1e8])
def test_thrown_to_the_flat_far_region_is_a_false_stop(start, lr):
    result = run(low_pass(), lr=lr, steps=1000, tolerance=1e-6, starts=torch.tensor([[start]]))
    assert result.outcome == [Outcome.false_stop]
    assert float(result.final) > 70_000


def test_luck_above_the_limit_is_not_convergence():
    rates = torch.linspace(1.005 * LIMIT, 5e6, 64)
    result = run(low_pass(), lr=rates, steps=120, tolerance=1e-6, choice="eager")
    assert result.outcome.count(Outcome.stopped_by_chance) > 5, "some meet the tolerance by luck"
    assert Outcome.converged not in result.outcome


def test_what_converged_is_near_the_minimum():
    rates, starts = 10 ** (4.5 + 3.5 * torch.rand(64)), 10 ** (3.5 * torch.rand(64, 1))
    result = run(low_pass(), lr=rates, starts=starts, steps=120, tolerance=1e-7, choice="eager")
    arrived = torch.tensor([o is Outcome.converged for o in result.outcome])
    assert 5 < arrived.sum() < 64
    assert (result.final[arrived] - OHM).abs().max() < 2
    assert (rates[arrived] < LIMIT).all()


def test_a_dead_relu_is_a_false_stop():
    problem = problem_of([[1.0], [2.0]], [1.0, 2.0], [-1.0], model=lambda w, X: (X @ w).relu())
    result = run(problem, lr=0.1, steps=100, tolerance=1e-6)
    assert int(result.updates) == 0
    assert float(result.gradient.abs().max()) == 0
    assert result.outcome == [Outcome.false_stop]


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_saddle_where_it_starts_is_a_false_stop(sign):
    """The loss of w1 w2 = 1 falls along one diagonal and rises along the other."""
    problem = problem_of([[1.0]], [sign], [0.0, 0.0], model=lambda w, X: X[:, 0] * w[0] * w[1])
    assert run(problem, lr=0.1, steps=100, tolerance=1e-6).outcome == [Outcome.false_stop]


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_saddle_that_it_falls_into_is_a_false_stop(sign):
    problem = problem_of([[1.0]], [sign], [1.0, -sign], model=lambda w, X: X[:, 0] * w[0] * w[1])
    result = run(problem, lr=0.1, steps=1000, tolerance=1e-6)
    assert float(result.loss[-1]) == pytest.approx(0.5)
    assert result.outcome == [Outcome.false_stop]


@pytest.mark.parametrize("F", [[[1.0, 0.0], [1.0, 0.0]], [[1.0, -1.0], [1.0, -1.0]], [[1.0, 1.0], [1.0, 1.0]]])
def test_a_minimum_where_it_starts_is_convergence(F):
    """No fit is better than 0, and some direction is flat."""
    assert run(problem_of(F, [1.0, -1.0], [0.0, 0.0]), lr=0.1, steps=9, tolerance=1e-6).outcome == [Outcome.converged]


def test_a_minibatch_that_fits_is_luck():
    problem = problem_of([[0.0], [1.0]], [0.0, 1.0], [9.0])
    assert run(problem, lr=0.1, steps=100, tolerance=1e-6, batch=1).outcome == [Outcome.stopped_by_chance]


def test_judge_has_an_answer_for_every_row_in_order():
    F, y = torch.tensor([[1.0]]), torch.tensor([0.0])
    w = torch.tensor([[1e-7], [1.0], [math.nan], [1e9], [1.0]])
    stopped = torch.tensor([True, False, True, True, True])
    bounds = Bounds(1e-6, gd(), torch.full((5,), 1e8), -math.inf)
    rates = torch.full((5,), 0.1)
    answers = judge(
        lambda w, X, y: ((X @ w - y) ** 2).sum() / 2, (F, y, False), w, rates, stopped, 0 * rates + 1, bounds
    )
    assert [o.words for o in answers] == ["converged", "out of steps", "diverged", "diverged", "stopped by chance"]


@pytest.mark.parametrize("b", [1, 3])
def test_gradients_of_rows_with_their_own_data(b):
    X, y, w = torch.randn(b, 5, 2), torch.randn(b, 5), torch.randn(b, 2)
    loss, gradient = gradients(lambda w, X, y: ((X @ w - y) ** 2).sum(), w, X, y, True)
    for row in range(b):
        r = X[row] @ w[row] - y[row]
        torch.testing.assert_close(loss[row], r @ r)
        torch.testing.assert_close(gradient[row], 2 * X[row].T @ r)
    assert not gradient.requires_grad


def test_every_outcome_is_a_sentence_that_begins_with_its_words():
    assert all(o.value.startswith(o.words + ": ") for o in Outcome)
