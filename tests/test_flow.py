import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad, solve_ivp

from problems import PROBLEMS, logistic_minimum, logistic_regression, organ_problem
from thalweg import losses
from thalweg.descent import run
from thalweg.flow import at, follow, minimum_near
from thalweg.flow_line import flow_integral
from thalweg.outcome import Outcome
from thalweg.problem import Problem, objective
from thalweg.subjects import organ

low_pass = organ_problem(organ.LOW_PASS, [500.0])


def parabola(curvature=2.0, goal=3.0, start=0.0):
    X, y = torch.tensor([curvature**0.5]), torch.tensor([curvature**0.5 * goal])
    return Problem(lambda w, X: X * w, X, y, torch.tensor([start]), losses.squared())


@given(share=st.floats(0.001, 0.1), left=st.floats(0.01, 0.9))
@settings(max_examples=15)
def test_flow_integral_of_a_parabola_is_a_logarithm(share, left):
    """With curvature h the corrected flow is exact to second order: ln(left) / ln(1 - lr h)."""
    T = flow_integral(parabola(), 0.0, 3.0 * (1 - left), share / 2.0)
    assert pytest.approx(math.log(left) / math.log(1 - share), rel=share**2) == T
    assert pytest.approx(-math.log(left) / (share * (1 + share / 2)), rel=1e-8) == T


@pytest.mark.parametrize(("start", "stop"), [(500.0, 210.0), (20.0, 190.0), (2000.0, 300.0)])
def test_flow_integral_is_scipys(start, stop):
    problem, lr = low_pass(), 1e4
    hz = problem.X.numpy()
    targets = problem.y.numpy()

    def slope(ohm):
        u = 2e-6 * math.pi * hz * ohm
        gain = (1 + u * u) ** -0.5
        return float((2 * (gain - targets) * -u * (u / ohm) * gain**3).mean())

    def rate(ohm):
        h = 1e-3 * ohm
        return 1 / (lr * slope(ohm) * (1 + lr / 2 * (slope(ohm + h) - slope(ohm - h)) / (2 * h)))

    assert flow_integral(problem, start, stop, lr) == pytest.approx(abs(quad(rate, start, stop)[0]), rel=1e-6)


def test_flow_integral_counts_the_steps_of_a_run():
    result = run(low_pass(), lr=1e5, steps=100, keep=200)
    w = result.w[:, 0, 0].tolist()
    assert flow_integral(low_pass(), w[10], w[60], 1e5) == pytest.approx(50, abs=0.1)


@pytest.mark.parametrize("known", PROBLEMS[-3:], ids=lambda known: known.name)
def test_follow_is_the_equation_solved_by_another_method(known):
    problem = known.make()
    lr, g = known.lr(problem), torch.func.grad(objective(problem))
    hessian = torch.func.jacfwd(g)

    def rate(_, w):
        w = torch.tensor(w)
        return (-lr * (g(w) + lr / 2 * hessian(w) @ g(w))).numpy()

    t = [0, 5, 12, 20]
    reference = solve_ivp(rate, (0, 20), problem.start.numpy(), method="DOP853", t_eval=t, rtol=1e-7, atol=1e-9)
    course = follow(problem, problem.start, lr, 5000, known.tolerance)
    if course.steps < 21:
        pytest.skip("it arrives before the last moment")
    # Linear interpolation between the kept moments, and a first step or two that are exact instead.
    torch.testing.assert_close(at(course, torch.tensor(t)), torch.tensor(reference.y.T), rtol=1e-2, atol=1e-3)


def test_follow_takes_steps_that_are_too_long_one_by_one():
    """A learning rate of 1.2 times the inverse curvature jumps over the minimum at every step: no flow does."""
    course = follow(parabola(), torch.zeros(1), 0.6, steps=100, tolerance=1e-6)
    w, path = 0.0, [0.0]
    while max(abs(2 * (w - 3)), 0) >= 1e-6 and (w - 3) ** 2 >= 1e-6:
        w -= 0.6 * 2 * (w - 3)
        path.append(w)
    torch.testing.assert_close(course.w[:, 0], torch.tensor(path))
    assert course.outcome is Outcome.converged
    assert course.steps == len(path)


@pytest.mark.parametrize(
    ("start", "lr", "steps", "outcome"),
    [
        (500.0, 1e5, 1000, Outcome.converged),
        (500.0, 1e5, 50, Outcome.out_of_steps),
        (500.0, 1e9, 1000, Outcome.diverged),
        (5.0, 1e8, 1000, Outcome.false_stop),
        (198.95, 1e5, 1000, Outcome.converged),
        (190.0, 1.9e6, 1000, Outcome.converged),
        (190.0, 2.2e6, 1000, Outcome.oscillating),
    ],
)
def test_follow_foresees_the_outcome_of_the_run(start, lr, steps, outcome):
    tolerance = 1e-7
    course = follow(low_pass(), torch.tensor([start]), lr, steps, tolerance)
    result = run(low_pass(), lr=lr, steps=steps, tolerance=tolerance, starts=torch.tensor([[start]]))
    assert course.outcome is outcome
    assert result.outcome == [outcome]


@pytest.mark.parametrize(("start", "lr"), [(20.0, 4e6), (100.0, 4e6), (500.0, 4e6)])
def test_a_leap_over_a_smooth_minimum_is_no_corner(start, lr):
    """A flow that comes from far out where the loss is flat leaps over the minimum, and goes on by jumps."""
    problem = low_pass()
    course = follow(problem, torch.tensor([start]), lr, 300, 1e-6)
    result = run(problem, lr=lr, steps=300, tolerance=1e-6, starts=torch.tensor([[start]]))
    assert not course.corner
    assert result.outcome == [course.outcome]
    assert course.outcome in (Outcome.oscillating, Outcome.stopped_by_chance)
    assert float(course.t[-1]) == int(result.updates)


@pytest.mark.parametrize("start", [0.0, 1.0, 5.0])
def test_a_leap_over_a_corner_is_one(start):
    """The loss |w - 2| has the slope 1 up to its corner, which no learning rate holds."""
    problem = Problem(
        lambda w, X: X * (w - 2).abs(), torch.ones(1), torch.zeros(1), torch.tensor([start]), losses.logistic(0.0, 1.0)
    )
    course = follow(problem, problem.start, 0.03, steps=2000, tolerance=1e-9)
    assert course.corner
    assert course.outcome is Outcome.oscillating
    torch.testing.assert_close(course.stop, torch.tensor([2.0]), rtol=0, atol=0.1)


def test_follow_runs_away_where_there_is_no_minimum():
    """Logistic loss of points that a threshold separates: it falls for ever, ever more slowly."""
    problem = Problem(
        lambda w, X: X * w, torch.tensor([-1.0, 2.0]), torch.tensor([0.0, 1.0]), torch.zeros(1), losses.logistic()
    )
    course = follow(problem, problem.start, 0.1, steps=5000, tolerance=1e-2)
    result = run(problem, lr=0.1, steps=5000, tolerance=1e-2)
    assert course.steps == pytest.approx(float(result.steps), abs=2)
    torch.testing.assert_close(course.stop, result.final[0], rtol=1e-3, atol=0)


def test_at_rests_after_the_end_and_passes_through_its_moments():
    course = follow(low_pass(), torch.tensor([500.0]), 1e5, 1000, 1e-6)
    last = int(course.steps)
    torch.testing.assert_close(at(course, torch.tensor([0, last, 10 * last]))[[0, 2]], course.w[[0, -1]])
    steps = torch.arange(last - 2)
    assert (at(course, steps).diff(dim=0) < 0).all(), "it falls towards the minimum"
    reference = np.interp(17.0, course.t.numpy(), course.w[:, 0].numpy())
    assert float(at(course, torch.tensor([17]))) == pytest.approx(reference)


def test_minimum_near_is_the_known_one():
    problem = logistic_regression()
    minimum = logistic_minimum(problem)
    torch.testing.assert_close(minimum_near(problem, minimum + 0.05 * torch.randn(3)), minimum)
    found = minimum_near(low_pass(), torch.tensor([200.0]))
    torch.testing.assert_close(found, torch.tensor([1e6 / (1600 * math.pi)]))


def test_minimum_near_finds_none_on_a_slope_or_a_saddle():
    assert minimum_near(low_pass(), torch.tensor([1e5])) is None
    saddle = Problem(lambda w, X: X * w[0] * w[1], torch.ones(1), torch.ones(1), torch.zeros(2), losses.squared())
    assert minimum_near(saddle, torch.tensor([0.01, 0.01])) is None


def test_flow_integral_refuses():
    with pytest.raises(ValueError, match="flow_integral: need a loss that falls from start to stop"):
        flow_integral(low_pass(), 500.0, 100.0, 1e4)
    with pytest.raises(ValueError, match="flow_integral: need a loss that falls from start to stop"):
        flow_integral(low_pass(), 210.0, 500.0, 1e4)
