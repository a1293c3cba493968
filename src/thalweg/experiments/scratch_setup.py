"""What three layers against five shares: the images, networks from scratch, their trainings, and signals layer by layer."""

import itertools
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from thalweg.experiments.scratch_settings import Depth
from thalweg.scratch import Data, FullyConnectedNet, History, Recipe, train
from thalweg.scratch.images import TRAINING_FILES, read_batch
from thalweg.scratch.starts import spread
from thalweg.subjects import classifiers, tables

NETS = {"three layers": 2, "five layers": 4}  # Hidden layers.
MOST_ROWS, MOST_FEATURES = 60, 64  # Of a person's own points.
DRAWS = 30  # Starts over which signals are averaged.
SMALL, HE, LARGE = SCALES = (0.05, "he", 0.5)  # At which signals are looked at layer by layer.


@dataclass(frozen=True)
class Map:
    """One network over weight scales and learning rates: what training reached, and what was foreseen."""

    accuracy: Float[Tensor, "s l"]
    predicted: Bool[Tensor, "s l"]
    stable: Float[Tensor, " s"]
    breaking: Float[Tensor, " s"]

    @property
    def good(self) -> Bool[Tensor, "s l"]:
        """Where every image was learned."""
        return self.accuracy == 1


@dataclass(frozen=True)
class Squares:
    """The squares of signals and gradients after every layer, averaged over the images: of many starts, and expected."""

    signals: Float[Tensor, "b h"]
    gradients: Float[Tensor, "b h"]
    expected_signals: Float[Tensor, " h"]
    expected_gradients: Float[Tensor, " h"]


@dataclass(frozen=True)
class Task:
    """What every network is to learn, and how."""

    data: Data
    settings: Depth

    @property
    def X(self) -> Float[Tensor, "n _"]:
        """The images."""
        return torch.from_numpy(self.data.X_train)

    @property
    def y(self) -> Int[Tensor, " n"]:
        """Their labels."""
        return torch.from_numpy(self.data.y_train)

    @cached_property
    def squares(self) -> dict[tuple[str, float | str], Squares]:
        """Signals and gradients of both networks at every scale that is looked at."""
        return {(name, scale): self._squares(layers, scale) for name, layers in NETS.items() for scale in SCALES}

    def net(self, layers: int, scale: float | str, seed: int = 0) -> FullyConnectedNet:
        """A network at its start."""
        hidden, inputs = [self.settings.hidden] * layers, self.X.shape[1]
        return FullyConnectedNet(
            hidden, inputs, 10, weight_scale=scale, dtype=np.float64, seed=self.settings.seed + seed
        )

    def train(self, layers: int, scale: float, lr: float) -> History:
        """What becomes of a network."""
        settings = self.settings
        recipe = Recipe(lr=lr, batch_size=settings.batch, epochs=settings.epochs, seed=settings.seed)
        return train(self.net(layers, scale), self.data, recipe)

    def _squares(self, layers: int, scale: float | str) -> Squares:
        starts = (tensors(self.net(layers, scale, seed + 1).params) for seed in range(DRAWS))
        drawn = [classifiers.squares(params, self.X, self.y) for params in starts]
        signals, gradients = (torch.stack(part) for part in zip(*drawn, strict=True))
        sizes = [self.X.shape[1], *[self.settings.hidden] * layers, 10]
        spreads = [spread(*pair, scale) for pair in itertools.pairwise(sizes)]
        size, top = float(self.X.square().sum(1).mean()), float(gradients[:, -1].mean())
        expected = (
            classifiers.signal_sizes(sizes[1:], spreads, size),
            classifiers.gradient_sizes(sizes[:-1], spreads, top),
        )
        return Squares(signals, gradients, *expected)


def make_task(settings: Depth) -> Task:
    """The images to overfit, a few of those that there are; they are also what the best parameters are chosen by.

    Raises:
        ValueError: If there are fewer than are asked for.
    """
    chance = np.random.default_rng(settings.seed)
    if settings.cifar is None:
        X, y = (part.numpy() for part in tables.digits())
    else:
        X, y = read_batch(Path(settings.cifar) / TRAINING_FILES[0])
        X = X.reshape(len(X), -1)
    if len(X) < settings.images:
        raise ValueError(f"settings: need at most {len(X)} images, as many as there are, got {settings.images}")
    drawn = chance.permutation(len(X))[: settings.images]
    X = (X[drawn] - X.mean(axis=0)) / (1 if settings.cifar is None else 255)
    return Task(Data(X, y[drawn], X, y[drawn]), settings)


def own_task(rows: Float[Tensor, "n d"], settings: Depth) -> Task:
    """A person's own points to overfit, each a row with its label last; every feature is centred, the largest size made 1.

    Args:
        rows: The points.
        settings: How to train; the number of images is the number of rows.

    Returns:
        The task.

    Raises:
        ValueError: If there is no feature, a label is none of 0 to 9, all are the same, all points are, or there are too many.

    Example:
        >>> own_task(torch.tensor([[1.0, 0.0], [3.0, 1.0]]), Depth()).data.X_train
        array([[-1.],
               [ 1.]])
    """
    X, y = rows[:, :-1].double(), rows[:, -1]
    if not X.shape[1] or X.shape[1] > MOST_FEATURES or len(X) > MOST_ROWS:
        got = f"{len(X)} rows with {X.shape[1]} features"
        raise ValueError(f"need 1 to {MOST_FEATURES} features and a label in at most {MOST_ROWS} rows, got {got}")
    if not ((y == y.round()) & (y >= 0) & (y <= 9)).all():
        wrong = next(float(label) for label in y if label not in range(10))
        raise ValueError(f"need labels that are whole numbers from 0 to 9, last in each row, got {wrong:g}")
    if len(y.unique()) < 2:
        raise ValueError(f"need at least two different labels, got {int(y[0])} only")
    X = X - X.mean(0)
    if not X.abs().max() > 0:
        raise ValueError("need rows whose features differ: as they are, nothing tells the labels apart")
    points, labels = (X / X.abs().max()).numpy(), y.long().numpy()
    return Task(Data(points, labels, points, labels), replace(settings, images=len(y)))


def tensors(arrays: dict[str, np.ndarray]) -> dict[str, Tensor]:
    """Parameters as torch has them."""
    return {name: torch.from_numpy(value) for name, value in arrays.items()}
