"""What becomes of a network from scratch, foreseen before it is trained: its linearization, on the very same minibatches.

The linearization is descended in its outputs: a step changes the scores by the kernel times the gradient in the scores. No
network is trained here.
"""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from thalweg.experiments.scratch_setup import Task, tensors
from thalweg.progress import Report, silent
from thalweg.scratch import FullyConnectedNet
from thalweg.subjects import classifiers

Fate = Literal["learns", "breaks", "overshoots", "too slow"]


@dataclass(frozen=True)
class Foreseen:
    """One network over weight scales and learning rates, before training.

    Attributes:
        loss: The linearization's loss of every step's minibatch, before the step.
        accuracy: Its share of right images after every epoch.
        breaking: By scale, the learning rate at which one step changes a layer by its own size.
        rates: The learning rates.
    """

    loss: Float[Tensor, "s l t"]
    accuracy: Float[Tensor, "s l e"]
    breaking: Float[Tensor, " s"]
    rates: Float[Tensor, " l"]

    @property
    def best(self) -> Float[Tensor, "s l"]:
        """The best accuracy of any epoch; NaN where a step breaks a layer, of which the linearization knows nothing."""
        return torch.where(self.rates <= self.breaking.unsqueeze(1), self.accuracy.amax(-1), torch.nan)

    @property
    def good(self) -> Bool[Tensor, "s l"]:
        """Where every image is learned and no step breaks a layer."""
        return self.best == 1

    def fate(self, scale: int, rate: int) -> Fate:
        """What is to become of one cell, by its places."""
        if self.rates[rate] > self.breaking[scale]:
            return "breaks"
        if self.good[scale, rate]:
            return "learns"
        return "overshoots" if self.good[scale, :rate].any() else "too slow"


def foresee(
    layers: int, scales: Float[Tensor, " s"], rates: Float[Tensor, " l"], task: Task, report: Report = silent
) -> Foreseen:
    """What becomes of a network at every weight scale and learning rate, without training it.

    Args:
        layers: Its hidden layers.
        scales: Weight scales.
        rates: Learning rates.
        task: What is to be learned, and how.
        report: Called with the share that is done.

    Returns:
        What is foreseen.
    """
    rows = []
    for number, scale in enumerate(scales.tolist(), 1):
        rows.append(_row(task.net(layers, scale), rates, task))
        report(number / len(scales))
    loss, accuracy, breaking = (torch.stack(part) for part in zip(*rows, strict=True))
    return Foreseen(loss, accuracy, breaking, rates)


def _row(net: FullyConnectedNet, rates: Tensor, task: Task) -> tuple[Tensor, Tensor, Tensor]:
    """Loss and accuracy of a network's linearization at every rate, and the rate at which a step breaks a layer."""
    params = tensors(net.params)
    _, grads = net.loss(task.data.X_train, task.data.y_train)
    K, start = classifiers.kernel(params, task.X), classifiers.scores(params, task.X)
    loss, accuracy = descended(K, start, task.y, rates, minibatches(task))
    return loss, accuracy, rates.new_tensor(classifiers.breaking_lr(params, tensors(grads)))


def minibatches(task: Task) -> list[list[Int[Tensor, " _"]]]:
    """The minibatches of every epoch, as `scratch.train` draws them."""
    settings, n = task.settings, len(task.y)
    chance = np.random.default_rng(settings.seed)
    ends = [*range(0, n, settings.batch), n]
    orders = [torch.from_numpy(chance.permutation(n)) for _ in range(settings.epochs)]
    return [[order[first:last] for first, last in pairwise(ends)] for order in orders]


def descended(
    K: Float[Tensor, "r r"],
    start: Float[Tensor, "n k"],
    y: Int[Tensor, " n"],
    rates: Float[Tensor, " l"],
    epochs: list[list[Int[Tensor, " _"]]],
) -> tuple[Float[Tensor, "l t"], Float[Tensor, "l e"]]:
    r"""Descent of a linearized classifier under softmax cross entropy, in its scores: $f \leftarrow f - \eta\, K g$.

    Args:
        K: The kernel of all scores, point by point.
        start: The scores at the start.
        y: The labels.
        rates: Learning rates, all descended at once.
        epochs: For every epoch the points of its minibatches.

    Returns:
        The loss of every step's minibatch before the step, and the accuracy after every epoch, by learning rate.

    Example:
        >>> K, start, y = torch.eye(2), torch.zeros(1, 2), torch.tensor([1])
        >>> loss, accuracy = descended(K, start, y, torch.tensor([1.0]), [[torch.tensor([0])]] * 2)
        >>> loss, accuracy
        (tensor([[0.6931, 0.3133]]), tensor([[1., 1.]]))
    """
    n, k = start.shape
    rows, wanted = K.reshape(n, k, n * k), (y.unsqueeze(1) == torch.arange(k)).to(start.dtype)
    f, losses, right = start.expand(len(rates), n, k), [], []
    for batches in epochs:
        for points in batches:
            logs = f[:, points].log_softmax(-1)
            losses.append(-(logs * wanted[points]).sum(-1).mean(-1))
            g = (logs.exp() - wanted[points]).flatten(1) / len(points)
            f = f - rates.view(-1, 1, 1) * (g @ rows[points].flatten(0, 1)).view(-1, n, k)  # K is symmetric.
        right.append((f.argmax(-1) == y).to(start.dtype).mean(-1))
    return torch.stack(losses, 1), torch.stack(right, 1)


def grid(least: float, most: float, count: int) -> Float[Tensor, " _"]:
    """So many numbers from one to another, each the same multiple of the one before."""
    return torch.logspace(math.log10(least), math.log10(most), count, dtype=torch.float64)
