"""What the training of ReLU networks shares: networks of several widths, and many runs of them at once."""

import time
from dataclasses import dataclass
from functools import cached_property

import torch
from jaxtyping import Float, Int
from torch import Tensor

from thalweg.descent import run
from thalweg.draw.wording import counted
from thalweg.experiments.relu_settings import Training
from thalweg.linearization import Linearization, linearize
from thalweg.modes import linear_path, nearest_minimum
from thalweg.problem import Problem, objective
from thalweg.progress import Report
from thalweg.spectrum import Spectrum, decompose
from thalweg.subjects import networks

OUTPUT, ALL, RIDGE = "output layer alone", "all layers", "ridge on the output layer"
GRID = torch.linspace(0, 1, 401, dtype=torch.float64)  # Where functions are drawn, and held against the true one.


@dataclass(frozen=True)
class Net:
    """A network of one width at its start, and its output layer as a linear problem."""

    width: int
    start: Float[Tensor, " d"]
    whole: Problem
    last: Problem

    @cached_property
    def lin(self) -> Linearization:
        """The output layer's linear model, which is itself."""
        return linearize(self.last)

    @cached_property
    def parts(self) -> Spectrum:
        """What the output layer's features are made of."""
        return decompose(self.lin.F)

    @cached_property
    def best(self) -> Float[Tensor, " k"]:
        """The output layer that descent tends to."""
        return nearest_minimum(self.lin)

    def left(self, w: Float[Tensor, "t k"]) -> Float[Tensor, "t r"]:
        """What an output layer still lacks along each mode, in units of the output: sigma times its error there."""
        return (w - self.best) @ self.parts.Vh[self.parts.seen].T * self.parts.sigma[self.parts.seen]

    @property
    def least(self) -> float:
        """The training error that no output layer on these hidden units can go below."""
        return float(objective(self.last)(self.best))

    def with_output(self, w: Float[Tensor, "*batch k"]) -> Float[Tensor, "*batch d"]:
        """The whole network's parameters where the hidden units are as at the start."""
        hidden = self.start[: 2 * self.width]
        return torch.cat([hidden.expand(*w.shape[:-1], -1), w], -1)


@dataclass(frozen=True)
class Descents:
    """What the runs of one way left, how long they took, compiling included, and how many of them left all bounds.

    Every width has its own rows, all as parameters of the whole network of that width.
    """

    t: Int[Tensor, " t"]
    w: dict[int, Float[Tensor, "t b d"]]
    seconds: float
    diverged: int


def make_net(x: Float[Tensor, " n"], y: Float[Tensor, " n"], width: int, seed: int) -> Net:
    """A network of that width at its start, with these data."""
    start = networks.start((width,), seed)
    whole = networks.make_problem(x, y, (width,), start)
    return Net(width, start, whole, networks.output_problem(whole, width))


def output_runs(nets: list[Net], settings: Training, report: Report) -> Descents:
    """The output layer alone: every width, several runs each with minibatches of their own, all of them at once."""
    wide = nets[-1].width
    problems = [networks.output_problem(_widened(net, wide), wide) for net in nets]
    own = [[*range(net.width), wide] for net in nets]
    found = _stochastic(nets, problems, settings.lr_output, own, settings, report)
    return Descents(
        found.t, {net.width: net.with_output(found.w[net.width]) for net in nets}, found.seconds, found.diverged
    )


def whole_runs(nets: list[Net], settings: Training, report: Report) -> Descents:
    """All layers, likewise: a narrower network is a wide one whose other units are 0 and remain so."""
    wide = nets[-1].width
    problems = [_widened(net, wide) for net in nets]
    own = [[part * wide + unit for part in range(3) for unit in range(net.width)] + [3 * wide] for net in nets]
    return _stochastic(nets, problems, settings.lr_all, own, settings, report)


def linearized_error(problem: Problem, lr: float, t: Int[Tensor, " t"]) -> Float[Tensor, " t"]:
    """The training error over the steps that the linearization at the start foresees, by descent on all points."""
    lin = linearize(problem)
    return (lin.r + (linear_path(lin, lr, t) - lin.w) @ lin.F.T).square().mean(1)


def follows(theory: Float[Tensor, " t"], measured: Float[Tensor, " t"], t: Int[Tensor, " t"]) -> str:
    """For how many steps a forecast has an error right to 10 %, in words."""
    wrong = (theory - measured).abs() > 0.1 * measured
    if not wrong.any():
        return f"all {counted(int(t[-1]), 'step')}"
    right = int(t[max(0, int(wrong.long().argmax()) - 1)])
    return "no step" if right == 0 else "the first step" if right == 1 else f"the first {counted(right, 'step')}"


def _widened(net: Net, wide: int) -> Problem:
    return networks.make_problem(net.whole.X, net.whole.y, (wide,), networks.widened(net.start, net.width, wide))


def _stochastic(
    nets: list[Net], problems: list[Problem], lr: float, own: list[list[int]], settings: Training, report: Report
) -> Descents:
    """Stochastic gradient descent, each row with minibatches of its own; of every width the parameters that it has."""
    rows = [problem for problem in problems for _ in range(settings.runs)]
    seeds = [(settings.seed + 1) * 1000 + row for row in range(len(rows))]
    began = time.perf_counter()
    result = run(rows, lr=lr, steps=settings.steps, batch=settings.batch, seed=seeds, report=report)
    seconds = time.perf_counter() - began
    parts = result.w.split(settings.runs, dim=1)
    kept = {net.width: w[:, :, entries] for net, w, entries in zip(nets, parts, own, strict=True)}
    return Descents(result.t, kept, seconds, int((result.updates < settings.steps).sum()))
