import copy
import json
import zipfile

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from thalweg.scratch import (
    Data,
    FullyConnectedNet,
    Recipe,
    TwoLayerNet,
    accuracy,
    adam,
    rmsprop,
    sgd,
    sgd_momentum,
    train,
)
from thalweg.scratch import training as training_module

CHANCE = np.random.default_rng(0)


def small_data(n=30):
    X = CHANCE.standard_normal((n, 4))
    y = (X[:, 0] > 0).astype(int) + (X[:, 1] > 0)
    return Data(X, y, X[:10], y[:10])


def net():
    return TwoLayerNet(4, 6, 3, weight_scale=0.5, seed=2)


TORCHS = {
    sgd: (lambda p: torch.optim.SGD(p, 0.1), {"learning_rate": 0.1}),
    sgd_momentum: (lambda p: torch.optim.SGD(p, 0.1, momentum=0.8), {"learning_rate": 0.1, "momentum": 0.8}),
    rmsprop: (lambda p: torch.optim.RMSprop(p, 0.1, alpha=0.9), {"learning_rate": 0.1, "decay_rate": 0.9}),
    adam: (
        lambda p: torch.optim.Adam(p, 0.1, betas=(0.8, 0.95)),
        {"learning_rate": 0.1, "beta1": 0.8, "beta2": 0.95},
    ),
}


@pytest.mark.parametrize("rule", TORCHS, ids=lambda rule: rule.__name__)
def test_rules_are_torchs(rule):
    make, config = TORCHS[rule]
    w = CHANCE.standard_normal((3, 2))
    theirs = torch.tensor(w, requires_grad=True)
    optimiser = make([theirs])
    for _ in range(6):
        dw = CHANCE.standard_normal((3, 2))
        theirs.grad = torch.tensor(dw)
        optimiser.step()
        w, config = rule(w, dw, config)
    np.testing.assert_allclose(w, theirs.detach().numpy(), rtol=1e-6)


@pytest.mark.parametrize("rule", TORCHS, ids=lambda rule: rule.__name__)
def test_rules_have_defaults(rule):
    w, config = rule(np.ones(2), np.ones(2))
    assert (w < 1).all()
    expected = {
        sgd: {"learning_rate": 1e-2},
        sgd_momentum: {"learning_rate": 1e-2, "momentum": 0.9},
        rmsprop: {"learning_rate": 1e-2, "decay_rate": 0.99, "epsilon": 1e-8},
        adam: {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "t": 1},
    }
    assert {key: value for key, value in config.items() if not isinstance(value, np.ndarray)} == expected[rule]


def test_two_layers_reach_97_percent_on_the_digits():
    digits = load_digits()
    order = np.random.default_rng(0).permutation(len(digits.target))
    X, y = digits.data[order] / 16, digits.target[order]
    X = X - X[:1497].mean(axis=0)
    network = TwoLayerNet(64, 100, 10, weight_scale="he")
    data = Data(X[:1497], y[:1497], X[1497:], y[1497:])
    history = train(network, data, Recipe(rule="momentum", lr=0.1, lr_decay=0.97, batch_size=50, epochs=15))
    assert max(history.val_accuracy) >= 0.97
    assert (
        accuracy(network, data.X_val, data.y_val)
        == max(history.val_accuracy)
        == history.val_accuracy[history.best_epoch - 1]
    )


def test_one_epoch_is_descent_by_hand_with_decay():
    data, ours, theirs = small_data(6), net(), net()
    recipe = Recipe(lr=0.2, lr_decay=0.5, batch_size=4, epochs=2, seed=5)
    history = train(ours, data, recipe)
    chance, losses = np.random.default_rng(5), []
    best, kept = -1.0, None
    for epoch in range(2):
        order = chance.permutation(6)
        for part in (order[:4], order[4:]):
            loss, grads = theirs.loss(data.X_train[part], data.y_train[part])
            losses.append(loss)
            for name in grads:
                theirs.params[name] = theirs.params[name] - 0.2 * 0.5**epoch * grads[name]
        if accuracy(theirs, data.X_val, data.y_val) > best:
            best, kept = accuracy(theirs, data.X_val, data.y_val), copy.deepcopy(theirs.params)
    assert history.loss == pytest.approx(losses)
    assert max(history.val_accuracy) == best
    for name, value in kept.items():
        np.testing.assert_allclose(ours.params[name], value)


@pytest.mark.parametrize("rule", ["sgd", "momentum", "rmsprop", "adam"])
def test_a_killed_training_goes_on_to_the_same_numbers(tmp_path, monkeypatch, rule):
    data, recipe, path = small_data(), Recipe(rule=rule, lr=0.05, batch_size=7, epochs=6), tmp_path / "state.npz"
    whole = net()
    expected = train(whole, data, recipe)

    def killed(*given):
        if len(given[3].history.val_accuracy) == 3:
            raise KeyboardInterrupt
        return epoch(*given)

    epoch = training_module._epoch
    with monkeypatch.context() as patch:
        patch.setattr(training_module, "_epoch", killed)
        with pytest.raises(KeyboardInterrupt):
            train(net(), data, recipe, path)
    assert [file.name for file in tmp_path.iterdir()] == ["state.npz"]
    resumed = net()
    history = train(resumed, data, recipe, path)
    assert vars(history) == vars(expected)
    for name, value in whole.params.items():
        np.testing.assert_array_equal(resumed.params[name], value)
    assert vars(train(net(), data, recipe, path)) == vars(expected)  # There is nothing left to do.


@pytest.mark.parametrize(
    "change",
    [
        lambda data, network: (data._replace(y_train=data.y_train[::-1]), network),
        lambda data, network: (data, TwoLayerNet(4, 6, 3, weight_scale=0.5, seed=9)),
        lambda data, network: (data, TwoLayerNet(4, 6, 3, weight_scale=0.5, seed=2, reg=0.1)),
    ],
    ids=["data", "start", "penalty"],
)
def test_another_training_does_not_go_on_from_a_checkpoint(tmp_path, change):
    data, path = small_data(), tmp_path / "state.npz"
    train(net(), data, Recipe(epochs=1), path)
    other, network = change(data, net())
    with pytest.raises(ValueError, match="it is of a training with another"):
        train(network, other, Recipe(epochs=2), path)


def test_a_kill_while_writing_leaves_the_old_checkpoint(tmp_path, monkeypatch):
    data, path = small_data(), tmp_path / "state.npz"
    train(net(), data, Recipe(epochs=1), path)
    before = path.read_bytes()
    monkeypatch.setattr("thalweg.scratch.checkpoints.os.replace", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        train(net(), data, Recipe(epochs=2), path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["state.npz"]


def test_the_start_competes_for_the_best():
    data, network = small_data(), net()
    train(network, data, Recipe(lr=0.5, epochs=30))
    best = {name: value.copy() for name, value in network.params.items()}
    history = train(network, data._replace(y_train=2 - data.y_train), Recipe(lr=0.5, epochs=20))
    assert history.best_epoch == 0
    assert history.start_accuracy > max(history.val_accuracy)
    for name, value in best.items():
        np.testing.assert_array_equal(network.params[name], value)


def test_a_rule_remembers_in_the_config_it_is_given():
    config = {"learning_rate": 0.1, "momentum": 0.9}
    w = np.array([1.0])
    for _ in range(3):
        sgd_momentum(w, np.array([1.0]), config)
    assert w[0] == pytest.approx(1 - 0.1 * (1 + 1.9 + 2.71))


def test_more_epochs_can_be_asked_of_a_checkpoint(tmp_path):
    data, path = small_data(), tmp_path / "state.npz"
    train(net(), data, Recipe(epochs=2), path)
    assert train(net(), data, Recipe(epochs=5), path).loss == train(net(), data, Recipe(epochs=5)).loss


def test_a_divergence_stops_early_and_keeps_the_best():
    data, network = small_data(), net()
    history = train(network, data, Recipe(lr=1e4, epochs=50))
    assert history.outcome == "diverged"
    assert len(history.loss) < 50
    assert all(np.isfinite(value).all() for value in network.params.values())


def test_progress_is_reported():
    seen = []
    train(net(), small_data(), Recipe(epochs=4), report=seen.append)
    assert seen == [0.25, 0.5, 0.75, 1.0]


def rewritten(path, change):
    with np.load(path) as file:
        arrays = dict(file)
    change(arrays)
    np.savez(path, **arrays)


def other_plain(key, value):
    def change(arrays):
        plain = json.loads(str(arrays["plain"]))
        plain[key] = value
        arrays["plain"] = np.array(json.dumps(plain))

    return change


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda path: path.write_bytes(path.read_bytes()[:300]), "need a whole file"),
        (lambda path: path.write_bytes(b"hello"), "need a whole file"),
        (lambda path: path.write_bytes(path.read_bytes().replace(b"W1", b"W7", 1)), "need a whole file"),
        (lambda path: rewritten(path, lambda arrays: arrays.pop("best W1")), "it is of another network"),
        (
            lambda path: rewritten(path, lambda arrays: arrays.update({"params W1": np.ones((2, 2))})),
            "params W1 is float64 .2, 2.",
        ),
        (lambda path: rewritten(path, lambda arrays: arrays.update({"params W1": np.ones((4, 6), object)})), "pickle"),
        (lambda path: rewritten(path, other_plain("format", "another")), "another format"),
        (lambda path: rewritten(path, other_plain("identity", {})), "a training with another rule"),
        (lambda path: rewritten(path, other_plain("identity", None)), "need a whole file"),
        (lambda path: rewritten(path, other_plain("chance", 5)), "need a whole file"),
        (lambda path: rewritten(path, other_plain("history", {})), "its history has other entries"),
        (
            lambda path: rewritten(path, lambda arrays: arrays.update({"best W1": np.full((4, 6), np.nan)})),
            "not finite",
        ),
        (
            lambda path: rewritten(path, lambda arrays: arrays.update({"memory W1 velocity": np.ones((4, 6))})),
            "incomplete",
        ),
        (lambda path: rewritten(path, lambda arrays: arrays.update({"hello": np.ones(2)})), "it is of another network"),
    ],
    ids=range(14),
)
def test_a_damaged_or_foreign_checkpoint_is_refused(tmp_path, damage, message):
    data, path = small_data(), tmp_path / "state.npz"
    train(net(), data, Recipe(epochs=1), path)
    damage(path)
    network = net()
    with pytest.raises(ValueError, match=f"checkpoint: .*{message}"):
        train(network, data, Recipe(epochs=2), path)
    for name, value in net().params.items():
        np.testing.assert_array_equal(network.params[name], value)


def test_a_checkpoint_that_swells_is_refused(tmp_path):
    data, path = small_data(), tmp_path / "state.npz"
    train(net(), data, Recipe(epochs=1), path)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as file:
        file.writestr("more.npy", bytes(50 * 2**20))
    with pytest.raises(ValueError, match="it holds more than such a training writes"):
        train(net(), data, Recipe(epochs=2), path)


def test_a_checkpoint_that_cannot_be_written_is_refused(tmp_path):
    with pytest.raises(ValueError, match="checkpoint: need a file to write"):
        train(net(), small_data(), Recipe(epochs=1), tmp_path / "no" / "state.npz")


def test_another_networks_checkpoint_is_refused(tmp_path):
    data, path = small_data(), tmp_path / "state.npz"
    train(net(), data, Recipe(epochs=1), path)
    with pytest.raises(ValueError, match="it is of a training with another start"):
        train(FullyConnectedNet([5, 5], 4, 3), data, Recipe(epochs=1), path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"X_train": np.zeros((0, 4))}, "need points to train on"),
        ({"y_val": np.zeros(3, int)}, "need points to choose by, one label each"),
        ({"y_val": np.full(10, -1)}, "need whole numbers from 0 on as labels to choose by"),
        ({"X_val": np.full((10, 4), np.nan)}, "need finite inputs to choose by, got 40"),
    ],
)
def test_data_that_do_not_do_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        train(net(), small_data()._replace(**change), Recipe())


@pytest.mark.parametrize(
    "given",
    [{"rule": "adamw"}, {"lr": 0.0}, {"lr": np.nan}, {"lr_decay": 1.5}, {"batch_size": 0}, {"epochs": 0}]
    + [{"config": {"learning_rate": 5.0}}, {"rule": "adam", "config": {"beta1": 1.0}}, {"seed": -1}],
)
def test_recipes_that_make_no_sense_are_refused(given):
    with pytest.raises(ValueError, match="Recipe: need"):
        Recipe(**given)
