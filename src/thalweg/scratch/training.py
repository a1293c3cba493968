"""The training loop: minibatches, learning-rate decay, the best parameters kept, checkpoints that survive a kill.

It works on any network with `params` and `loss(X, y)`. Nothing here knows what a layer is.
"""

import math
import zlib
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from thalweg.scratch import checkpoints
from thalweg.scratch.updates import DEFAULTS, RULES, Config

Array = np.ndarray
Report = Callable[[float], None]

CEILING = 1e6  # A loss so many times the first (or 1, if that is larger) has diverged.
TOGETHER = 1000  # Points whose scores are worked out at once.


class Data(NamedTuple):
    """Points to train on, and points to choose the best parameters by."""

    X_train: Array
    y_train: Array
    X_val: Array
    y_val: Array


@dataclass(frozen=True)
class Recipe:
    """How to train.

    Attributes:
        rule: The update rule: sgd, momentum, rmsprop or adam.
        config: What that rule takes, besides `learning_rate`.
        lr: The learning rate.
        lr_decay: What it is multiplied by after every epoch.
        batch_size: Points in a minibatch.
        epochs: How many times every point is seen.
        seed: Where the chance of the minibatches begins.

    Raises:
        ValueError: If a number is out of its range, or the rule unknown.
    """

    rule: str = "sgd"
    config: dict[str, float] = field(default_factory=dict)
    lr: float = 1e-2
    lr_decay: float = 1.0
    batch_size: int = 100
    epochs: int = 10
    seed: int = 0

    def __post_init__(self) -> None:
        if self.rule not in RULES:
            raise ValueError(f"Recipe: need a rule of {', '.join(RULES)}, got {self.rule!r}")
        known = DEFAULTS[self.rule].keys() - {"learning_rate"}
        if not self.config.keys() <= known or not all(0 <= value < 1 for value in self.config.values()):
            raise ValueError(
                f"Recipe: need numbers from 0 to below 1 for {sorted(known) or 'nothing'} in config, got {self.config}; "
                "the learning rate is lr"
            )
        if not (0 < self.lr < math.inf and 0 < self.lr_decay <= 1):
            raise ValueError(f"Recipe: need lr > 0 and 0 < lr_decay <= 1, got {self.lr} and {self.lr_decay}")
        if not all(
            isinstance(n, int) and n >= least for n, least in ((self.batch_size, 1), (self.epochs, 1), (self.seed, 0))
        ):
            raise ValueError(
                f"Recipe: need whole batch_size and epochs from 1 on and a seed from 0 on, got {self.batch_size}, "
                f"{self.epochs} and {self.seed}"
            )


@dataclass
class History:
    """What happened; it grows while training goes on.

    Attributes:
        loss: The loss of every step's minibatch, the penalty included.
        train_accuracy: After every epoch, on at most 1000 of the points to train on.
        val_accuracy: After every epoch, on all points to choose by.
        start_accuracy: The same before the first step.
        best_epoch: The epoch whose parameters were best, from 1; 0 for the start.
        outcome: "finished", or "diverged" if the loss left all bounds and training stopped early.
    """

    loss: list[float] = field(default_factory=list)
    train_accuracy: list[float] = field(default_factory=list)
    val_accuracy: list[float] = field(default_factory=list)
    start_accuracy: float = 0.0
    best_epoch: int = 0
    outcome: str = "finished"


@dataclass
class State:
    """All that training needs to go on: parameters, the best so far, what the rule remembers, chance, and the history."""

    params: dict[str, Array]
    best: dict[str, Array]
    configs: dict[str, Config]
    chance: np.random.Generator
    history: History


def train(
    net: Any,  # noqa: ANN401 - any network with params and loss
    data: Data,
    recipe: Recipe,
    checkpoint: str | Path | None = None,
    report: Report | None = None,
) -> History:
    """Train a network; it ends with the parameters that did best on the points to choose by.

    Args:
        net: The network; its `params` change.
        data: The points.
        recipe: How to train.
        checkpoint: A file that is written after every epoch, whole or not at all. If it is there at the beginning,
            training goes on from it, to the same numbers as if it had never stopped.
        report: Called with the share of the epochs that is done; `with thalweg.progress.bar("training") as report:` gives one
            that draws a bar.

    Returns:
        What happened.

    Raises:
        ValueError: If data are empty, not finite or do not match, or the checkpoint is damaged or of another training.

    Example:
        >>> from thalweg.scratch import TwoLayerNet
        >>> X, y = np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([0, 1])
        >>> net = TwoLayerNet(2, 8, 2, weight_scale=0.5)
        >>> train(net, Data(X, y, X, y), Recipe(lr=1.0, epochs=30)).val_accuracy[-1]
        1.0
    """
    _check(data)
    state = _begin(net, data, recipe)
    identity = _identity(net, data, recipe)
    if checkpoint is not None and Path(checkpoint).exists():
        checkpoints.restore(Path(checkpoint), state, identity)
    net.params = state.params
    while len(state.history.val_accuracy) < recipe.epochs and state.history.outcome == "finished":
        _epoch(net, data, recipe, state)
        if checkpoint is not None:
            checkpoints.save(Path(checkpoint), state, identity)
        if report:
            report(len(state.history.val_accuracy) / recipe.epochs)
    net.params = {name: value.copy() for name, value in state.best.items()}
    return state.history


def accuracy(net: Any, X: Array, y: Array) -> float:  # noqa: ANN401
    """The share of points whose highest score is that of their label.

    Args:
        net: The network.
        X: Inputs.
        y: Labels.

    Returns:
        A number from 0 to 1.

    Example:
        >>> from thalweg.scratch import TwoLayerNet
        >>> net = TwoLayerNet(2, 4, 3)
        >>> net.params["b2"] += np.array([0.0, 1.0, 0.0])
        >>> accuracy(net, np.zeros((4, 2)), np.array([1, 1, 0, 2]))
        0.5
    """
    right = [
        net.loss(X[first : first + TOGETHER]).argmax(axis=1) == y[first : first + TOGETHER]
        for first in range(0, len(X), TOGETHER)
    ]
    return float(np.concatenate(right).mean())


def _begin(net: Any, data: Data, recipe: Recipe) -> State:  # noqa: ANN401
    """Before the first step; the start is the best so far."""
    configs = {name: dict(recipe.config) for name in net.params}
    best = {name: value.copy() for name, value in net.params.items()}
    history = History(start_accuracy=accuracy(net, data.X_val, data.y_val))
    return State(dict(net.params), best, configs, np.random.default_rng(recipe.seed), history)


def _epoch(net: Any, data: Data, recipe: Recipe, state: State) -> None:  # noqa: ANN401
    """Every point once, in a new order; then a look at the accuracies."""
    history, n = state.history, len(data.X_train)
    lr = recipe.lr * recipe.lr_decay ** len(history.val_accuracy)
    order = state.chance.permutation(n)
    for first in range(0, n, recipe.batch_size):
        points = order[first : first + recipe.batch_size]
        loss, grads = net.loss(data.X_train[points], data.y_train[points])
        history.loss.append(float(loss))
        if not loss <= CEILING * max(1.0, history.loss[0]):
            history.outcome = "diverged"
            return
        _update(state, grads, recipe.rule, lr)
    history.train_accuracy.append(accuracy(net, data.X_train[:TOGETHER], data.y_train[:TOGETHER]))
    history.val_accuracy.append(accuracy(net, data.X_val, data.y_val))
    if history.val_accuracy[-1] > max([history.start_accuracy, *history.val_accuracy[:-1]]):
        history.best_epoch = len(history.val_accuracy)
        state.best = {name: value.copy() for name, value in state.params.items()}


def _update(state: State, grads: dict[str, Array], rule: str, lr: float) -> None:
    """One step of every parameter, each with its own memory."""
    for name, gradient in grads.items():
        config = state.configs[name] | {"learning_rate": lr}
        state.params[name], state.configs[name] = RULES[rule](state.params[name], gradient, config)


def _identity(net: Any, data: Data, recipe: Recipe) -> dict[str, Any]:  # noqa: ANN401
    """What a checkpoint must agree with: the recipe, but for its length, and sums over the start and the data."""
    found = asdict(recipe)
    del found["epochs"]
    arrays = {"start": [net.params[name] for name in sorted(net.params)], "data": list(data)}
    sums = {what: zlib.crc32(b"".join(part.tobytes() for part in parts)) for what, parts in arrays.items()}
    return found | sums | {"penalty": float(getattr(net, "reg", 0.0))}


def _check(data: Data) -> None:
    for what, X, y in (("train on", data.X_train, data.y_train), ("choose by", data.X_val, data.y_val)):
        if not len(X) or y.shape != X.shape[:1]:
            raise ValueError(f"train: need points to {what}, one label each, got inputs {X.shape} and labels {y.shape}")
        if not np.issubdtype(y.dtype, np.integer) or y.min() < 0:
            raise ValueError(f"train: need whole numbers from 0 on as labels to {what}, got {y.dtype} from {y.min()}")
        if not np.isfinite(X).all():
            raise ValueError(
                f"train: need finite inputs to {what}, got {(~np.isfinite(X)).sum()} NaN or infinite values"
            )
