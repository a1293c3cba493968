import pytest
import torch

from problems import PROBLEMS, logistic_regression, tanh_net, teacher
from thalweg import losses
from thalweg.linearization import gauss_newton, hessian, linearize, pulls
from thalweg.problem import Problem, from_module, objective

SHAPES = [(7, 3), (3, 7), (4, 4)]
every_problem = pytest.mark.parametrize("known", PROBLEMS, ids=lambda known: known.name)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_linear_model_is_its_features(shape):
    X, y, w = torch.randn(shape), torch.randn(shape[0]), torch.randn(shape[1])
    lin = linearize(Problem(lambda w, X: X @ w, X, y, torch.zeros(shape[1]), losses.squared(0.3)), w)
    torch.testing.assert_close(lin.F, X)
    torch.testing.assert_close(lin.r, X @ w - y)
    assert lin.c == 0.3


def test_gradient_is_backward():
    net = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 2))
    X, y = torch.randn(5, 3), torch.randn(5, 2)
    lin = linearize(from_module(net, X, y, losses.squared(2 / 10)))
    torch.nn.MSELoss()(net(X), y).backward()
    torch.testing.assert_close(lin.c * lin.F.T @ lin.r, torch.cat([p.grad.reshape(-1) for p in net.parameters()]))


@every_problem
def test_features_are_finite_differences(known):
    problem = known.make()
    w = problem.start
    columns = []
    for h in torch.diag(6e-6 * w.abs().clamp(min=1.0)):
        columns.append((problem.outputs(w + h) - problem.outputs(w - h)).reshape(-1) / (2 * h.sum()))
    torch.testing.assert_close(linearize(problem).F, torch.stack(columns, 1), rtol=1e-6, atol=1e-8)


@every_problem
def test_hessian_is_finite_difference_of_gradient(known):
    problem = known.make()
    w, gradient = problem.start, torch.func.grad(objective(problem))
    columns = []
    for h in torch.diag(6e-6 * w.abs().clamp(min=1.0)):
        columns.append((gradient(w + h) - gradient(w - h)) / (2 * h.sum()))
    torch.testing.assert_close(hessian(problem, w), torch.stack(columns, 1), rtol=1e-6, atol=1e-8)


def test_hessian_of_logistic_regression_is_the_textbooks():
    problem, w = logistic_regression(), torch.randn(3)
    A = torch.cat([problem.X, torch.ones(13, 1)], dim=1)
    p = (A @ w).sigmoid()
    torch.testing.assert_close(hessian(problem, w), A.T @ (p * (1 - p)).diag() @ A)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_gauss_newton_is_the_hessian_of_a_linear_model(shape):
    X, y = torch.randn(shape), torch.randn(shape[0])
    problem = Problem(lambda w, X: X @ w, X, y, torch.zeros(shape[1]), losses.shifted(0.3, 0.7))
    w = torch.randn(shape[1])
    torch.testing.assert_close(gauss_newton(problem, w), hessian(problem, w))


def test_gauss_newton_is_the_hessian_at_a_perfect_fit_only():
    problem = tanh_net()
    fit = teacher(problem)
    torch.testing.assert_close(gauss_newton(problem, fit), hessian(problem, fit))
    assert (gauss_newton(problem, problem.start) - hessian(problem, problem.start)).abs().max() > 1e-4
    assert torch.linalg.eigvalsh(gauss_newton(problem, torch.randn(5)))[0] > -1e-12


@every_problem
def test_pulls_add_up_to_the_gradient(known):
    problem = known.make()
    path = problem.start * (1 + 0.1 * torch.rand(2, 3, 1))
    rows = pulls(problem, path)
    assert rows.shape == (2, 3, len(problem.y), len(problem.start))
    gradients = [torch.func.grad(objective(problem))(w) for w in path.reshape(6, -1)]
    ridge = problem.loss.c * problem.lam * path.reshape(6, -1)  # no point's own
    torch.testing.assert_close(rows.sum(2).reshape(6, -1) + ridge, torch.stack(gradients))


def test_pulls_are_gradients_of_single_points():
    net, X, y = torch.nn.Linear(3, 2), torch.randn(5, 3), torch.randn(5, 2)
    problem = from_module(net, X, y, losses.squared())
    for i, row in enumerate(pulls(problem, problem.start)):
        net.zero_grad()
        (torch.nn.MSELoss(reduction="sum")(net(X[i]), y[i]) / 2).backward()
        torch.testing.assert_close(row, torch.cat([p.grad.reshape(-1) for p in net.parameters()]))
