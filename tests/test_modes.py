import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from problems import least_squares, tanh_net
from thalweg import losses
from thalweg.descent import run
from thalweg.filters import learned
from thalweg.linearization import linearize
from thalweg.modes import (
    best_lr,
    curvatures,
    is_linear,
    largest_stable_lr,
    linear_path,
    nearest_minimum,
    step_factors,
    steps_to,
)
from thalweg.problem import Problem, objective
from thalweg.rules import momentum, nesterov

SHAPES = [((7, 3), [3.0, 2.0, 0.5]), ((3, 7), [2.0, 1.0, 0.7]), ((4, 4), [2.0, 1.5, 1.0, 0.5]), ((6, 4), [3.0, 1.0])]
shaped = pytest.mark.parametrize(("shape", "sigma"), SHAPES, ids=str)


@shaped
def test_step_factors_are_eigenvalues_of_a_step(shape, sigma):
    problem, lr = least_squares(shape, sigma, c=0.7)(), 0.11
    X = problem.X
    step = torch.eye(shape[1]) - lr * 0.7 * X.T @ X
    rho = step_factors(0.7 * torch.tensor(sigma).square(), torch.tensor(lr))
    still = torch.ones(shape[1] - len(sigma))
    torch.testing.assert_close(torch.cat([rho, still]).sort().values, torch.linalg.eigvalsh(step))


@shaped
@pytest.mark.parametrize("lr", [0.05, 0.3])
def test_linear_path_is_powers_of_a_matrix(shape, sigma, lr):
    problem = least_squares(shape, sigma, c=0.7)()
    X, y, w0 = problem.X, problem.y, torch.randn(shape[1])
    step, push = torch.eye(shape[1]) - lr * 0.7 * X.T @ X, lr * 0.7 * X.T @ y
    w, path = w0, [w0]
    for _ in range(12):
        w = step @ w + push
        path.append(w)
    torch.testing.assert_close(linear_path(linearize(problem), lr, torch.arange(13), w0), torch.stack(path))


@shaped
def test_linear_path_leaves_alone_what_no_point_sees(shape, sigma):
    problem = least_squares(shape, sigma)()
    null = torch.linalg.svd(problem.X).Vh[len(sigma) :]
    path = linear_path(linearize(problem), 0.1, torch.tensor([0, 7, 10**5]))
    torch.testing.assert_close(path @ null.T, (problem.start @ null.T).expand(3, -1))


@pytest.mark.parametrize("rule", [None, momentum(0.5), nesterov(0.5)])
def test_largest_stable_lr_is_where_runs_begin_to_diverge(rule):
    problem = least_squares((7, 3), [3.0, 2.0, 0.5], c=0.7)()
    limit = largest_stable_lr(torch.tensor([6.3, 2.8, 0.175]), rule)
    result = run(problem, lr=torch.tensor([0.95, 1.05]) * limit, steps=120, rule=rule)
    assert result.loss[-1, 0] < result.loss[0, 0] < result.loss[-1, 1]


@given(values=st.lists(st.floats(0.01, 100), min_size=1, max_size=5))
def test_best_lr_is_best(values):
    curvature = torch.tensor(values)
    lr = best_lr(curvature)

    def slowest(rate):
        return float(step_factors(curvature, torch.tensor(rate)).abs().max())

    found = minimize_scalar(slowest, bounds=(0, 2 / max(values)), method="bounded", options={"xatol": 1e-12})
    assert slowest(lr) <= found.fun + 1e-9
    kappa = max(values) / min(values)
    assert slowest(lr) == pytest.approx((kappa - 1) / (kappa + 1), abs=1e-12)
    assert lr < largest_stable_lr(curvature) + 1e-15 or len(set(values)) == 1


@given(rho=st.floats(-0.98, 0.98), factor=st.floats(1e-6, 0.99))
def test_steps_to_counts(rho, factor):
    count, error = 0, 1.0
    while count == 0 or error > factor * (1 + 1e-9):
        count, error = count + 1, error * abs(rho)
    assert abs(int(steps_to(torch.tensor(rho), factor)) - count) <= (abs(error - factor) < 1e-6 * factor)


def test_steps_to_never_ends_where_nothing_shrinks():
    assert steps_to(torch.tensor([1.0, -1.0, 1.5, -3.0]), 0.1).tolist() == [math.inf] * 4


@shaped
def test_curvatures_of_a_linear_problem_are_squares_of_singular_values(shape, sigma):
    problem = least_squares(shape, sigma, c=0.7)()
    reference = torch.cat([0.7 * torch.tensor(sigma).square(), torch.zeros(shape[1] - len(sigma))])
    torch.testing.assert_close(curvatures(problem, problem.start), reference, rtol=1e-6, atol=1e-10)


def test_curvatures_never_turn_down_for_a_squared_loss():
    problem = tanh_net()
    for _ in range(5):
        w = torch.randn(5)
        hessian = torch.linalg.eigvalsh(torch.func.hessian(objective(problem))(w)).flip(0)
        found = curvatures(problem, w)
        assert found[-1] > -1e-9
        if hessian[-1] >= 0:
            torch.testing.assert_close(found, hessian)


@pytest.mark.parametrize(
    ("model", "loss", "answer"),
    [
        (lambda w, X: X @ w, losses.squared(), True),
        (lambda w, X: X @ w + X[:, 0], losses.shifted(0.3), True),
        (lambda w, X: X @ w, losses.logistic(), False),
        (lambda w, X: X @ w.exp(), losses.squared(), False),
        (lambda w, X: X @ (w * w.sum()), losses.squared(), False),
        (lambda w, X: (X @ w).tanh(), losses.squared(), False),
    ],
)
def test_is_linear(model, loss, answer):
    problem = Problem(model, torch.randn(5, 3), torch.ones(5), torch.randn(3), loss)
    assert is_linear(problem) is answer


ONES = torch.ones(1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: largest_stable_lr(-ONES), "largest_stable_lr: need a positive curvature, got at most -1"),
        (lambda: best_lr(torch.tensor([1.0, 0.0])), "best_lr: need positive curvatures, got 0"),
        (lambda: steps_to(ONES, 1.0), "steps_to: need a factor between 0 and 1, got 1.0"),
        (lambda: steps_to(ONES, 0.0), "steps_to: need a factor between 0 and 1, got 0.0"),
    ],
)
def test_modes_refuse(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@shaped
@pytest.mark.parametrize("lr", [0.05, 0.3])
def test_linear_path_with_a_ridge_is_powers_of_a_matrix(shape, sigma, lr):
    problem = least_squares(shape, sigma, c=0.7, lam=0.4)()
    X, y, w0 = problem.X, problem.y, torch.randn(shape[1])
    step = torch.eye(shape[1]) - lr * 0.7 * (X.T @ X + 0.4 * torch.eye(shape[1]))
    w, path = w0, [w0]
    for _ in range(12):
        w = step @ w + lr * 0.7 * X.T @ y
        path.append(w)
    torch.testing.assert_close(linear_path(linearize(problem), lr, torch.arange(13), w0), torch.stack(path))


@shaped
@pytest.mark.parametrize("lam", [0.0, 0.3])
def test_nearest_minimum_is_the_path_at_infinity(shape, sigma, lam):
    problem = least_squares(shape, sigma, lam=lam)()
    w0 = torch.randn(shape[1])
    path = linear_path(linearize(problem), 0.1, torch.tensor([10**6]), w0)
    torch.testing.assert_close(nearest_minimum(linearize(problem), w0), path[0])


@given(x=st.floats(0, 3), t=st.integers(0, 40))
def test_learned_is_one_less_a_power(x, t):
    share = float(learned(torch.tensor([x]), torch.tensor(t)))
    assert share == pytest.approx(1 - (1 - x) ** t, rel=1e-9, abs=1e-13)


def test_learned_keeps_the_digits_of_a_mode_that_hardly_moves():
    share = learned(torch.tensor([1e-20, 3e-17]), torch.tensor([10**6]))
    torch.testing.assert_close(share, torch.tensor([[1e-14, 3e-11]]), rtol=1e-9, atol=0)


@pytest.mark.parametrize(("lr", "t"), [(0.1, -1), (0.0, 1), (math.inf, 1)])
def test_linear_path_refuses(lr, t):
    lin = linearize(least_squares((4, 2), [2.0, 1.0])())
    with pytest.raises(ValueError, match="linear_path: need t >= 0 and a positive, finite lr"):
        linear_path(lin, lr, torch.tensor([t]))
