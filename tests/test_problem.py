import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from jaxtyping import TypeCheckError

from thalweg import losses
from thalweg.problem import Problem, entry_names, flatten, from_module, objective, unflatten


def linear(w, X):
    return X @ w


def make(X=None, y=None, start=None, model=linear, loss=None, **more):
    X = torch.ones(3, 2) if X is None else X
    y = torch.zeros(3) if y is None else y
    start = torch.zeros(2) if start is None else start
    return Problem(model, X, y, start, loss or losses.squared(), **more)


@pytest.mark.parametrize("shape", [(7, 3), (3, 7), (4, 4)], ids=str)
def test_objective_is_the_sum_over_points(shape):
    X, y, w = torch.randn(shape), torch.randn(shape[0]), torch.randn(shape[1])
    reference = sum(0.3 * (float(x @ w) - float(t)) ** 2 / 2 for x, t in zip(X, y, strict=True))
    assert float(objective(make(X, y, w, loss=losses.squared(0.3)))(w)) == pytest.approx(reference)


def test_objective_of_parts_is_unbiased():
    X, y, w = torch.randn(6, 2), torch.randn(6), torch.randn(2)
    value = objective(make(X, y, w, loss=losses.squared(2 / 6)))
    parts = [value(w, X[list(i)], y[list(i)]) for i in ([0, 1], [2, 3], [4, 5])]
    torch.testing.assert_close(sum(parts) / 3, value(w))


def test_objective_reads_the_model_at_other_inputs():
    X, y, w = torch.randn(6, 2), torch.randn(6), torch.randn(2)
    others, targets = torch.randn(4, 2), torch.randn(4)
    value = objective(make(X, y, w, loss=losses.squared(2 / 6)))
    torch.testing.assert_close(value(w, others, targets), torch.nn.MSELoss()(others @ w, targets))


shapes = st.dictionaries(
    st.text("abcdefg", min_size=1, max_size=3),
    st.lists(st.integers(1, 3), max_size=3).map(tuple),
    min_size=1,
    max_size=4,
)


@given(shapes=shapes, batch=st.lists(st.integers(1, 3), max_size=2).map(tuple))
def test_unflatten_then_flatten_is_nothing(shapes, batch):
    d = sum(math.prod(shape) for shape in shapes.values())
    w = torch.arange(math.prod(batch) * d, dtype=torch.float64).reshape(*batch, d)
    params = unflatten(w, shapes)
    assert {name: tuple(value.shape) for name, value in params.items()} == {k: batch + s for k, s in shapes.items()}
    for row in range(math.prod(batch)):
        single = {name: params[name].reshape(-1, *shape)[row] for name, shape in shapes.items()}
        torch.testing.assert_close(flatten(single), w.reshape(-1, d)[row], rtol=0, atol=0)


@given(shapes=shapes)
def test_entry_names_find_their_entries(shapes):
    w = torch.arange(float(sum(math.prod(shape) for shape in shapes.values())))
    params = unflatten(w.unsqueeze(0), shapes)
    for name, value in zip(entry_names(shapes), w, strict=True):
        head, _, index = name.partition("[")
        place = tuple(int(i) for i in index.rstrip("]").split(",")) if index else ()
        assert params[head][0][place] == value


def small_net():
    return torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 2))


def test_from_module_is_the_module():
    module, X, y = small_net(), torch.randn(5, 3), torch.randn(5, 2)
    problem = from_module(module, X, y, losses.squared(2 / 10))
    w = torch.randn(len(problem.start))
    other = small_net()
    other.load_state_dict(unflatten(w, problem.shapes))
    torch.testing.assert_close(problem.outputs(w), other(X))
    torch.nn.MSELoss()(other(X), y).backward()
    by_backward = torch.cat([p.grad.reshape(-1) for p in other.parameters()])
    torch.testing.assert_close(torch.func.grad(objective(problem))(w), by_backward)


def test_from_module_starts_where_the_module_is_and_leaves_it_alone():
    module, X = small_net(), torch.randn(5, 3)
    before, outputs = flatten(dict(module.named_parameters())).clone(), module(X)
    problem = from_module(module, X, torch.randn(5, 2), losses.squared())
    torch.testing.assert_close(problem.outputs(problem.start), outputs)
    objective(problem)(torch.randn_like(problem.start))
    problem.start.zero_()
    torch.testing.assert_close(flatten(dict(module.named_parameters())), before, rtol=0, atol=0)
    assert all(p.grad is None for p in module.parameters())


def test_from_module_ties_what_is_tied():
    module = torch.nn.Sequential(torch.nn.Linear(3, 3), torch.nn.Linear(3, 3))
    module[1].weight = module[0].weight
    problem = from_module(module, torch.randn(5, 3), torch.randn(5, 3), losses.squared())
    assert len(problem.start) == 9 + 3 + 3
    w = torch.randn(15)
    parts = unflatten(w, problem.shapes)
    A, b, c = (parts[name] for name in ("0.weight", "0.bias", "1.bias"))
    torch.testing.assert_close(problem.outputs(w), (problem.X @ A.T + b) @ A.T + c)


def test_from_module_takes_dropout_that_sleeps():
    module = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Dropout(), torch.nn.BatchNorm1d(4)).eval()
    problem = from_module(module, torch.randn(5, 3), torch.randn(5, 4), losses.squared())
    torch.testing.assert_close(problem.outputs(problem.start), module(problem.X))


NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"X": torch.ones(0, 2), "y": torch.ones(0)}, "need at least one point, got X \\(0, 2\\)"),
        ({"y": torch.ones(4)}, "need one target row for every input row, got 3 and 4"),
        ({"X": torch.tensor([[1.0, NAN]] * 3)}, "need finite X, got 3 NaN"),
        ({"y": torch.tensor([1.0, INF, 0.0])}, "need finite y, got 1 NaN or infinite"),
        ({"start": torch.zeros(0)}, "at least one"),
        ({"shapes": {"a": (3,)}}, "need 3 parameters .* got 2"),
        ({"start": torch.tensor([0.0, INF])}, "need a finite start"),
        ({"start": torch.tensor([1.0, 0.0]), "lower": 0.0}, "need a start above 0, got 0"),
        ({"model": lambda w, X: X}, "need outputs that squared can hold against targets \\(3,\\), got \\(3, 2\\)"),
        (
            {"model": lambda w, X: (X @ w).unsqueeze(1)},
            "need one cost for every target.*\\(3, 1\\) against targets \\(3,\\)",
        ),
        (
            {"model": lambda w, X: (X @ w)[:2]},
            "need outputs that squared can hold against targets \\(3,\\), got \\(2,\\)",
        ),
    ],
)
def test_problem_refuses(given, message):
    with pytest.raises(ValueError, match=message):
        make(**given)


def test_unflatten_refuses():
    with pytest.raises(ValueError, match="unflatten: need 4 parameters for .* got 3"):
        unflatten(torch.ones(3), {"a": (2, 2)})


@pytest.mark.parametrize(
    ("module", "message"),
    [
        (torch.nn.Tanh(), "need a module with parameters that require a gradient, got Tanh"),
        (torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Dropout(0.5)), "got Dropout '1' in training mode"),
        (torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.BatchNorm1d(2)), "got BatchNorm1d '1' in training"),
    ],
    ids=["no parameters", "dropout", "batch norm"],
)
def test_from_module_refuses(module, message):
    with pytest.raises(ValueError, match=message):
        from_module(module, torch.ones(3, 2), torch.ones(3, 2), losses.squared())


def test_parameters_that_require_no_gradient_stay_fixed():
    module = torch.nn.Linear(2, 1)
    module.bias.requires_grad_(False)
    problem = from_module(module, torch.eye(2), torch.zeros(2, 1), losses.squared())
    assert list(problem.shapes) == ["weight"]
    torch.testing.assert_close(problem.outputs(problem.start), module(torch.eye(2)).detach())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"X": [[1.0]]}, "need a torch tensor for X, got list"),
        ({"start": torch.zeros(1, 1)}, "need a start of one axis and a floating-point type, got \\(1, 1\\)"),
        ({"start": torch.zeros(1, dtype=torch.int64)}, "need a start of one axis and a floating-point type"),
        ({"start": torch.zeros(3)}, "need a model that takes parameters \\(3,\\)"),
        ({"loss": torch.nn.MSELoss()}, "need a thalweg Loss, got MSELoss"),
    ],
    ids=["list", "two axes", "whole numbers", "too many parameters", "torch's loss"],
)
def test_problem_refuses_what_cannot_fit(change, message):
    parts = {"X": torch.ones(2, 1), "y": torch.ones(2), "start": torch.zeros(1), "loss": losses.squared()}
    expected = (ValueError, TypeCheckError)  # the hook, which is on in tests only, may speak first
    with pytest.raises(expected, match=f"{message}|Type-check error"):
        Problem(lambda w, X: X @ w, **{**parts, **change})


@pytest.mark.parametrize("lam", [-1.0, math.inf, math.nan])
def test_problem_refuses_a_ridge_that_is_none(lam):
    with pytest.raises(ValueError, match="need a finite ridge strength lam >= 0"):
        Problem(lambda w, X: X @ w, torch.eye(2), torch.ones(2), torch.zeros(2), losses.squared(), lam=lam)


def test_a_ridge_is_weight_decay():
    net, X, y = torch.nn.Linear(3, 2), torch.randn(5, 3), torch.randn(5, 2)
    problem = from_module(net, X, y, losses.squared(2 / 10), lam=0.7)
    decay = torch.optim.SGD(net.parameters(), lr=0.1, weight_decay=problem.loss.c * problem.lam)
    torch.nn.MSELoss()(net(X), y).backward()
    decay.step()
    step = problem.start - 0.1 * torch.func.grad(objective(problem))(problem.start)
    torch.testing.assert_close(flatten({k: v.detach() for k, v in net.named_parameters()}), step)


def test_a_minibatch_bears_the_whole_ridge():
    problem = from_module(torch.nn.Linear(3, 1), torch.randn(6, 3), torch.randn(6, 1), losses.squared(), lam=0.7)
    value, w = objective(problem), torch.randn(4)
    parts = [value(w, problem.X[i : i + 2], problem.y[i : i + 2]) for i in (0, 2, 4)]
    torch.testing.assert_close(sum(parts) / 3, value(w))
