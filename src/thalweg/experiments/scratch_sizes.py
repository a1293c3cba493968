"""Signals and gradients of many starts, layer by layer, at any weight scale: the starts are drawn once and multiplied."""

import itertools
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from thalweg.experiments.scratch_setup import DRAWS, Task, tensors
from thalweg.scratch.starts import spread
from thalweg.subjects import classifiers


@dataclass(frozen=True)
class Starts:
    """Weights of scale 1 and biases of many starts of a network, and what they are given.

    Attributes:
        params: Parameters by name, a start each along the first axis.
        sizes: Numbers that go into every layer, and out of the last.
        task: The points.
    """

    params: dict[str, Tensor]
    sizes: list[int]
    task: Task

    def squares(self, scale: float) -> tuple[Float[Tensor, "b h"], Float[Tensor, "b h"]]:
        """Squares of signals and gradients after every layer of every start at a scale, averaged over the points."""
        params = {name: scale * value for name, value in self.params.items()}
        return torch.func.vmap(lambda each: classifiers.squares(each, self.task.X, self.task.y))(params)

    def expected(self, scale: float | str, top: float | None = None) -> tuple[Float[Tensor, " h"], Float[Tensor, " h"]]:
        """What these squares are expected to be, from the square of the gradient in the scores: by default of scores near 0."""
        spreads = [spread(*pair, scale) for pair in itertools.pairwise(self.sizes)]
        size, top = float(self.task.X.square().sum(1).mean()), 1 - 1 / self.sizes[-1] if top is None else top
        signals = classifiers.signal_sizes(self.sizes[1:], spreads, size)
        return signals, classifiers.gradient_sizes(self.sizes[:-1], spreads, top)


def draw_starts(layers: int, task: Task, draws: int = DRAWS) -> Starts:
    """Many starts of a network, each of a seed of its own."""
    drawn = [tensors(task.net(layers, 1.0, seed + 1).params) for seed in range(draws)]
    params = {name: torch.stack([each[name] for each in drawn]) for name in drawn[0]}
    return Starts(params, [task.X.shape[1], *[task.settings.hidden] * layers, 10], task)
