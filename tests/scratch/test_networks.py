import math

import numpy as np
import pytest
import torch

from thalweg.scratch import FullyConnectedNet, TwoLayerNet, check_gradients, report
from thalweg.scratch.starts import weights

CHANCE = np.random.default_rng(0)
X, Y = CHANCE.standard_normal((6, 2, 4)), CHANCE.integers(0, 3, 6)


def two(reg=0.0, scale=0.5):
    return TwoLayerNet(input_dim=8, hidden_dim=5, num_classes=3, weight_scale=scale, reg=reg, seed=1)


def deep(hidden, reg=0.0, dtype=np.float64):
    return FullyConnectedNet(hidden, input_dim=8, num_classes=3, reg=reg, weight_scale=0.5, dtype=dtype, seed=1)


def biased(net):
    """With biases other than 0: a unit whose inputs are all 0 would stand at its corner, where differences see half a slope."""
    for name, value in net.params.items():
        if name.startswith("b"):
            value += np.random.default_rng(3).uniform(0.1, 0.3, value.shape)
    return net


NETS = {
    "two": two,
    "one hidden": lambda reg=0.0: deep([5], reg),
    "four hidden": lambda reg=0.0: deep([5, 4, 6, 3], reg),
}
every = pytest.mark.parametrize("make", NETS.values(), ids=NETS)


def by_torch(net):
    """Scores, loss and gradients of the same network as torch has it."""
    params = {name: torch.tensor(value, requires_grad=True) for name, value in net.params.items()}
    out, depth = torch.tensor(X).flatten(1), len(params) // 2
    for i in range(1, depth + 1):
        out = out @ params[f"W{i}"] + params[f"b{i}"]
        out = out.relu() if i < depth else out
    penalty = sum(value.square().sum() for name, value in params.items() if name.startswith("W"))
    loss = torch.nn.CrossEntropyLoss()(out, torch.tensor(Y)) + 0.5 * net.reg * penalty
    loss.backward()
    return out.detach().numpy(), loss.item(), {name: value.grad.numpy() for name, value in params.items()}


@every
@pytest.mark.parametrize("reg", [0.0, 0.7])
def test_networks_are_torchs(make, reg):
    net = make(reg)
    scores, loss, grads = by_torch(net)
    np.testing.assert_allclose(net.loss(X), scores, atol=1e-12)
    ours, found = net.loss(X, Y)
    assert ours == pytest.approx(loss)
    assert found.keys() == grads.keys() == net.params.keys()
    for name, grad in grads.items():
        np.testing.assert_allclose(found[name], grad, atol=1e-12)


@every
def test_gradients_are_checked_by_differences(make):
    checks = check_gradients(biased(make(0.3)), X, Y)
    assert all(check.error < 1e-6 for check in checks), report(checks)
    assert report(checks).count("\n") == len(checks)


@pytest.mark.parametrize("seed", range(4))
def test_corners_are_counted_and_left_out(seed):
    network = FullyConnectedNet([20] * 3, 8, 3, weight_scale=0.03, dtype=np.float64, seed=seed)  # Units near corners.
    checks = check_gradients(network, X, Y)
    assert all(check.error < 1e-3 for check in checks), report(checks)
    assert 0 < sum(check.corners for check in checks) < sum(check.count for check in checks) / 2


def test_a_wrong_gradient_is_found(monkeypatch):
    net = two()
    right = net.loss

    def wrong(X, y):
        loss, grads = right(X, y)
        grads["W2"][1, 2] += 0.01
        return loss, grads

    monkeypatch.setattr(net, "loss", wrong)
    worst = max(check_gradients(net, X, Y), key=lambda check: check.error)
    assert (worst.name, worst.where) == ("W2", (1, 2))
    assert worst.error > 1e-2


def test_two_layers_are_the_deep_networks_two():
    small, large = two(0.1), deep([5], 0.1)
    large.params = small.params
    for ours, theirs in zip(small.loss(X, Y)[1].values(), large.loss(X, Y)[1].values(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_float32_stays_float32():
    net = deep([5, 4], 0.1, np.float32)
    loss, grads = net.loss(X, Y)
    assert {grad.dtype for grad in grads.values()} == {np.dtype(np.float32)}
    assert loss == pytest.approx(deep([5, 4], 0.1).loss(X, Y)[0], rel=1e-5)


@pytest.mark.parametrize(("scale", "std"), [(0.01, 0.01), ("he", math.sqrt(2 / 300)), ("glorot", math.sqrt(2 / 500))])
def test_weights_have_their_spread(scale, std):
    w = weights(300, 200, scale, np.random.default_rng(0))
    assert w.shape == (300, 200)
    assert w.std() == pytest.approx(std, rel=0.02)
    assert abs(w.mean()) < 3 * std / math.sqrt(w.size)


def test_he_keeps_a_signals_size_through_many_layers():
    net = FullyConnectedNet([400] * 6, input_dim=400, weight_scale="he", dtype=np.float64, seed=0)
    out = np.random.default_rng(1).standard_normal((20, 400))
    sizes = []
    for i in range(1, 7):
        out = np.maximum(0, out @ net.params[f"W{i}"])
        sizes.append((out**2).mean())
    assert 0.7 < sizes[-1] / sizes[0] < 1.4


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: FullyConnectedNet([]), "need at least one hidden layer, got none"),
        (lambda: FullyConnectedNet([100, 0]), "need positive whole sizes"),
        (lambda: FullyConnectedNet([10**6, 10**6]), "need at most 1e\\+08 weights"),
        (lambda: TwoLayerNet(input_dim=0), "need positive whole sizes"),
        (lambda: TwoLayerNet(reg=-1.0), "need a finite reg >= 0"),
        (lambda: TwoLayerNet(weight_scale="hey"), 'need a scale >= 0, "he" or "glorot"'),
        (lambda: TwoLayerNet(weight_scale=math.nan), "need a scale >= 0"),
    ],
)
def test_networks_that_are_none_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@every
@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        (np.zeros((2, 7)), None, r"layer 1: need inputs of 8 numbers for W1 \(8, 5\), got \(2, 7\)"),
        (np.zeros((0, 8)), None, "layer 1: need inputs of 8 numbers"),
        (np.full((1, 8), np.nan), None, "need finite inputs, got 8"),
        (np.full((1, 8), np.inf), np.array([0]), "need finite inputs, got 8"),
        (np.zeros((1, 8)), np.array([3]), "need labels from 0 to 2, got 3"),
    ],
)
def test_inputs_that_do_not_fit_are_refused(make, X, y, message):
    with pytest.raises(ValueError, match=message):
        make().loss(X, y)


@every
def test_layers_that_do_not_fit_each_other_are_named(make):
    network = make()
    last = len(network.params) // 2
    right = network.params[f"W{last}"]
    network.params[f"W{last}"] = np.ones((len(right) + 1, right.shape[1]))
    with pytest.raises(ValueError, match=rf"layer {last}: need inputs of {len(right) + 1} numbers for W{last} "):
        network.loss(X, Y)
    network.params[f"W{last}"], network.params["b1"] = right, np.ones(9)
    with pytest.raises(ValueError, match=r"layer 1: need b1 \(5,\) for W1 \(8, 5\), got \(9,\)"):
        network.loss(X)


def test_a_gradient_of_another_shape_is_found(monkeypatch):
    network = two()
    right = network.loss
    monkeypatch.setattr(network, "loss", lambda X, y: (right(X, y)[0], right(X, y)[1] | {"b1": np.ones(6)}))
    with pytest.raises(ValueError, match=r"need a gradient \(5,\) for b1, got \(6,\)"):
        check_gradients(network, X, Y)


def test_checking_needs_float64():
    with pytest.raises(ValueError, match="need parameters in float64, got float32"):
        check_gradients(deep([4], dtype=np.float32), X, Y)
