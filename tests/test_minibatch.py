import itertools
import math

import pytest
import torch

from thalweg.descent import run
from thalweg.linearization import linearize
from thalweg.minibatch import expected_loss, minibatch_moments
from thalweg.modes import linear_path
from thalweg.problem import objective
from thalweg.subjects import least_squares

LR = 0.2


def problem(n=5, d=3, lam=0.3):
    return least_squares.make_problem(torch.randn(n, d), torch.randn(n), 1 / n, lam, torch.randn(d))


def every_outcome(problem, batch, steps):
    """All weights that chance can lead to, each as likely as the others: every minibatch at every step."""
    n, ways = len(problem.y), [problem.start]
    gradient = torch.func.grad(objective(problem))
    for _ in range(steps):
        drawn = [list(points) for points in itertools.product(range(n), repeat=batch)]
        ways = [w - LR * gradient(w, problem.X[points], problem.y[points]) for w in ways for points in drawn]
    return torch.stack(ways)


@pytest.mark.parametrize(("shape", "batch", "steps"), [((4, 2), 2, 2), ((2, 3), 1, 4), ((3, 3), 2, 2)], ids=str)
@pytest.mark.parametrize("lam", [0.0, 0.3])
def test_moments_are_those_of_every_minibatch_that_can_be_drawn(shape, batch, steps, lam):
    p = problem(*shape, lam)
    found = minibatch_moments(linearize(p), LR, batch, torch.tensor([0, steps]))
    w = every_outcome(p, batch, steps)
    torch.testing.assert_close(found.mean[1], w.mean(0))
    torch.testing.assert_close(found.covariance[1], torch.cov(w.T, correction=0))
    torch.testing.assert_close(found.mean[0], p.start)
    torch.testing.assert_close(found.covariance[0], torch.zeros(shape[1], shape[1]), atol=1e-12, rtol=0)
    loss = torch.func.vmap(objective(p))(w)
    torch.testing.assert_close(expected_loss(linearize(p), found)[1], loss.mean())


def test_the_mean_is_descent_on_all_points_at_any_moment():
    lin, t = linearize(problem()), torch.tensor([0, 1, 7, 100, 12345])
    torch.testing.assert_close(minibatch_moments(lin, LR, 2, t).mean, linear_path(lin, LR, t))


def test_moments_are_additive_in_time():
    lin = linearize(problem())
    all_at_once = minibatch_moments(lin, LR, 2, torch.tensor([37]))
    step_by_step = minibatch_moments(lin, LR, 2, torch.arange(38))
    torch.testing.assert_close(all_at_once.covariance[0], step_by_step.covariance[-1])


def test_many_runs_scatter_as_foreseen():
    p, rows = problem(20, 3, lam=0.0), 400
    seeds = list(range(rows))
    result = run(p, lr=LR, steps=30, batch=4, starts=p.start.expand(rows, -1), seed=seeds, keep=5)
    theory = minibatch_moments(linearize(p), LR, 4, result.t)
    off = (result.w.mean(1) - theory.mean)[1:] / theory.std[1:] * math.sqrt(rows)
    assert off.abs().max() < 5
    ratio = result.w[-1].var(0) / theory.std[-1].square()
    assert (ratio - 1).abs().max() < 5 * math.sqrt(2 / rows) * 1.5  # A little more than normal tails.


@pytest.mark.parametrize("lr", [1e-3, 1e-6, 1e-9])
def test_small_steps_keep_the_covariances_digits(lr):
    p = problem()
    n = len(p.y)
    found = minibatch_moments(linearize(p), lr, 2, torch.tensor([1]))
    each = torch.stack([torch.func.grad(objective(p))(p.start, p.X[[i]], p.y[[i]]) for i in range(n)])
    torch.testing.assert_close(found.covariance[0], lr**2 * torch.cov(each.T, correction=0) / 2, atol=0, rtol=1e-6)


def test_larger_batches_scatter_less():
    lin = linearize(problem())
    small, large = (minibatch_moments(lin, 0.01, m, torch.tensor([1])).std for m in (1, 4))
    torch.testing.assert_close(small, 2 * large)


def test_the_scatter_along_features_is_that_of_the_outputs():
    lin = linearize(problem())
    found = minibatch_moments(lin, LR, 2, torch.tensor([3]))
    S = lin.F @ found.covariance[0] @ lin.F.T
    torch.testing.assert_close(found.along(lin.F)[0], S.diagonal().sqrt())


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"lr": 0.0}, "need a positive, finite lr"),
        ({"lr": math.nan}, "need a positive, finite lr"),
        ({"batch": 0}, "batch >= 1"),
        ({"t": torch.tensor([-1, 2])}, "ascending numbers of steps from 0"),
        ({"t": torch.tensor([3, 2])}, "ascending numbers of steps from 0"),
    ],
)
def test_moments_refuse(given, message):
    with pytest.raises(ValueError, match=message):
        minibatch_moments(linearize(problem()), **({"lr": LR, "batch": 2, "t": torch.tensor([1])} | given))


def test_moments_refuse_too_many_parameters():
    with pytest.raises(ValueError, match="need at most 64 modes, got 70"):
        minibatch_moments(linearize(problem(80, 70)), LR, 2, torch.tensor([1]))
