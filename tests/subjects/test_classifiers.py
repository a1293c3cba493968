import math

import pytest
import torch

from thalweg import losses
from thalweg.descent import run
from thalweg.linearization import hessian
from thalweg.problem import Problem, flatten, objective, unflatten
from thalweg.spectrum import ntk
from thalweg.subjects import classifiers, tables


def network(sizes, scale=0.7):
    params = {}
    for i, (a, b) in enumerate(zip(sizes, sizes[1:], strict=False), 1):
        params[f"W{i}"], params[f"b{i}"] = scale * torch.randn(a, b), 0.1 * torch.randn(b)
    return params


def as_problem(params, X, y):
    shapes = {name: tuple(value.shape) for name, value in params.items()}

    def model(w, X):
        return classifiers.scores(unflatten(w, shapes), X)

    return Problem(model, X, y, flatten(params), losses.softmax_cross_entropy(1 / len(y)), shapes)


SIZES = [(4, 3), (4, 5, 3), (3, 6, 5, 4, 2)]
sized = pytest.mark.parametrize("sizes", SIZES, ids=str)


def given(sizes, n=6):
    params = network(sizes)
    return params, torch.randn(n, sizes[0]), torch.randint(sizes[-1], (n,))


@sized
def test_scores_are_those_of_torchs_layers(sizes):
    params, X, _ = given(sizes)
    out = X
    for i in range(1, len(sizes)):
        layer = torch.nn.Linear(sizes[i - 1], sizes[i])
        layer.load_state_dict({"weight": params[f"W{i}"].T, "bias": params[f"b{i}"]})
        out = layer(out) if i == len(sizes) - 1 else layer(out).relu()
    torch.testing.assert_close(classifiers.scores(params, X), out)


@sized
def test_the_kernel_by_layers_is_that_of_all_features(sizes):
    params, X, y = given(sizes)
    F = linearize_outputs(as_problem(params, X, y))
    torch.testing.assert_close(classifiers.kernel(params, X), ntk(F))


def linearize_outputs(problem):
    jacobian = torch.func.jacrev(problem.outputs)(problem.start)
    return jacobian.reshape(-1, len(problem.start))


@sized
def test_the_linearized_problem_descends_as_the_network_does_at_first(sizes):
    params, X, y = given(sizes)
    whole, small = as_problem(params, X, y), classifiers.linearized_problem(params, X, y)
    torch.testing.assert_close(objective(small)(small.start), objective(whole)(whole.start))
    lr = 1e-6
    ends = [run(p, lr=lr, steps=1, keep=2).final[0] for p in (whole, small)]
    moved = [p.outputs(w) - p.outputs(p.start) for p, w in zip((whole, small), ends, strict=True)]
    torch.testing.assert_close(*moved, rtol=1e-3, atol=1e-9)


def test_many_steps_of_it_are_those_of_the_linear_model():
    params, X, y = given((4, 5, 3))
    whole, small = as_problem(params, X, y), classifiers.linearized_problem(params, X, y)
    F, f = linearize_outputs(whole), whole.outputs(whole.start).detach()
    linear = Problem(lambda w, X: f + (F @ w).reshape(f.shape), X, y, torch.zeros(F.shape[1]), whole.loss)
    ends = [p.outputs(run(p, lr=0.3, steps=20, keep=2).final[0]) for p in (linear, small)]
    torch.testing.assert_close(*ends)


@sized
def test_the_largest_curvature_is_that_of_gauss_newton(sizes):
    params, X, y = given(sizes)
    small = classifiers.linearized_problem(params, X, y)
    top = float(torch.linalg.eigvalsh(hessian(small, small.start))[-1])
    assert classifiers.largest_curvature(small) == pytest.approx(top)


def test_signals_and_gradients_have_their_expected_squares():
    sizes, scale, draws = [20, 60, 50, 4], [0.2, 0.15, 0.3], 400
    X, y = torch.randn(5, 20), torch.randint(4, (5,))
    found = []
    for _ in range(draws):
        params = {f"W{i + 1}": scale[i] * torch.randn(sizes[i], sizes[i + 1]) for i in range(3)}
        params |= {f"b{i + 1}": torch.zeros(sizes[i + 1]) for i in range(3)}
        found.append(classifiers.squares(params, X, y))
    signals, gradients = (torch.stack(part) for part in zip(*found, strict=True))
    expected = classifiers.signal_sizes(sizes[1:], scale, float(X.square().sum(1).mean()))
    off = (signals.mean(0) - expected) / (signals.std(0) / math.sqrt(draws))
    assert off.abs().max() < 5
    expected = classifiers.gradient_sizes(sizes[:-1], scale, float(gradients[:, -1].mean()))
    torch.testing.assert_close(gradients.mean(0), expected, rtol=0.1, atol=0)


@sized
def test_squares_are_those_of_autograd(sizes):
    params, X, y = given(sizes)
    signals, gradients = classifiers.squares(params, X, y)
    inner, out = [], X
    for i in range(1, len(sizes)):
        out = (out @ params[f"W{i}"] + params[f"b{i}"]).requires_grad_()
        out.retain_grad()
        inner.append(out)
        out = out if i == len(sizes) - 1 else out.relu()
    torch.nn.CrossEntropyLoss(reduction="sum")(out, y).backward()
    torch.testing.assert_close(gradients, torch.stack([z.grad.square().sum(1).mean() for z in inner]))
    passed = [z.detach() if i == len(inner) - 1 else z.detach().relu() for i, z in enumerate(inner)]
    torch.testing.assert_close(signals, torch.stack([h.square().sum(1).mean() for h in passed]))


def test_the_breaking_rate_changes_a_layer_by_its_own_size():
    params, grads = network((4, 5, 3)), network((4, 5, 3))
    lr = classifiers.breaking_lr(params, grads)
    ratios = [
        torch.linalg.svdvals(lr * grads[name])[0] / torch.linalg.svdvals(params[name])[0] for name in ("W1", "W2")
    ]
    assert float(max(ratios)) == pytest.approx(1)


def test_the_digits_are_there():
    X, y = tables.digits()
    assert X.shape == (1797, 64)
    assert (X.min(), X.max()) == (0, 1)
    assert torch.equal(y.unique(), torch.arange(10))
