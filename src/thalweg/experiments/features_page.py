"""Features on a page: a network at its start and after a training, and what is seen and said of both."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from thalweg.descent import Run, kept_moments, path
from thalweg.draw import features as curves
from thalweg.draw import one_mode, style
from thalweg.draw import principal as draw
from thalweg.draw.explorables.training import MOMENTS as KEPT
from thalweg.draw.wording import counted, said
from thalweg.experiments.features_pictures import course
from thalweg.experiments.features_points import Point, counted_rank, point, principal_at, units_off
from thalweg.experiments.relu_page import Lacking, descend, pictured
from thalweg.experiments.relu_setup import follows, linearized_error
from thalweg.experiments.result import Shown
from thalweg.once import Once
from thalweg.problem import Problem
from thalweg.progress import Report, silent
from thalweg.spectrum import alignment
from thalweg.subjects import networks
from thalweg.subjects.kinks import kinks

SOME = 6  # The strongest modes, which are shown beside each other.
MOMENTS = 20  # Of the training, over which singular values are drawn.
RATE, STEPS = 0.1, 1000
"""The learning rate and the steps that a page begins with."""


@dataclass(frozen=True, eq=False)
class Task:
    """A network on points; two are the same only if they are one.

    Attributes:
        problem: Its problem.
        widths: The units of every hidden layer.
        start: Its features at the start.
    """

    problem: Problem
    widths: tuple[int, ...]
    start: Point

    @property
    def x(self) -> Float[Tensor, " n"]:
        """The points' inputs."""
        return self.problem.X


def task(layers: Literal["one", "two"] = "one", width: int = 10, points: int = 100, seed: int = 0) -> Task:
    """A network with one or two hidden layers, on noisy points; by default the one that a page begins with.

    Example:
        >>> task() is task("one", 10)
        True
    """
    return _task((width,) * (1 if layers == "one" else 2), points, seed)


@lru_cache(32)
def _task(widths: tuple[int, ...], points: int, seed: int) -> Task:
    problem = networks.make_problem(*networks.noisy_points(points), widths, networks.start(widths, seed))
    return Task(problem, widths, point("at the start", problem.start, problem, widths))


def own_point(task: Task, rows: Float[Tensor, "n 2"]) -> Point:
    """The features of a task's network at its start, at a visitor's own points.

    Raises:
        ValueError: If an input is not between 0 and 1.
    """
    w = task.start.w
    return point("your points", w, networks.make_problem(rows[:, 0], rows[:, 1], task.widths, w), task.widths)


@dataclass(frozen=True)
class Trained:
    """A task, trained.

    Attributes:
        task: The task.
        result: The run of all layers on all points.
        kept: How many of its moments are a network; what a divergence leaves is none.
        end: The features at the last of them.
    """

    task: Task
    result: Run
    kept: int
    end: Point


_TRAINED = Once[Trained](16)


def train(task: Task, lr: float = RATE, steps: int = STEPS, report: Report = silent) -> Trained:
    """Descend on all points, with all layers; once, for everybody who asks the same of a task."""
    return _TRAINED.get((task, lr, steps), lambda: _trained(task, lr, steps, report))


def _trained(task: Task, lr: float, steps: int, report: Report) -> Trained:
    result = descend(task.problem, lr, steps, report)
    kept = int(result.w[:, 0].isfinite().all(1).sum())
    return Trained(task, result, kept, point("after training", result.w[kept - 1, 0], task.problem, task.widths))


# What is foreseen of the training


def foreseen(task: Task, lr: float = RATE, steps: int = STEPS) -> Lacking:
    """What will be lacking along every mode if features stay as they are at the start.

    Example:
        >>> found, t = foreseen(task("one", 3, 5)), torch.tensor([0, 1])
        >>> left = found.at(t)[:, 0]
        >>> bool((left[1] / left[0]).isclose(1 - 0.1 * found.c * found.sigma[0] ** 2)), found.c
        (True, 0.4)
    """
    sigma = task.start.parts.sigma[task.start.parts.seen]
    first = _lacking(task, task.start.w.unsqueeze(0))[0]
    return Lacking(task.problem.loss.c, lr, kept_moments(steps, KEPT), first, sigma)


def _lacking(task: Task, w: Float[Tensor, "t d"]) -> Float[Tensor, "t r"]:
    """What is lacking with some parameters along the modes of the start, in units of the output."""
    parts = task.start.parts
    return (torch.stack([task.problem.outputs(each) for each in w]) - task.problem.y) @ parts.U[:, parts.seen]


def learned(expected: Lacking, trained: Trained) -> Shown:
    """The run over what was foreseen, mode by mode, and what that picture shows."""
    t, w = path(trained.result)
    return pictured(expected, t, _lacking(trained.task, w))


def learned_told(trained: Trained) -> str:
    """For how long the features of the start foresee the error, in Markdown."""
    result = trained.result
    error = linearized_error(trained.task.problem, float(result.lr[0]), result.t)
    held = follows(error, result.loss[:, 0], result.t)
    return f"The training error that the features of the start foresee is right to 10 % for {held}."


def told(trained: Trained) -> str:
    """What became of the error, of the kernel and of the units, in Markdown."""
    task, last = trained.task, trained.kept - 1
    before, after = (units_off(each.w, task.x, task.widths) for each in (task.start, trained.end))
    errors = " to ".join(said(trained.result.loss[each, 0]) for each in (0, last))
    words = (
        f"*{counted(int(trained.result.t[last]), 'step')} of all layers on all points: {trained.result.outcome[0].words}; the "
        f"error at the points goes from {errors}. The kernel of the features is aligned with that of the start by "
        f"{said(alignment(task.start.F, trained.end.F), 4)}; in a linear model it stays 1.*"
    )
    if not after:
        return words
    return (
        f"{words} **{after} of {counted(sum(task.widths), 'unit')} {'is' if after == 1 else 'are'} off at every point**, "
        f"{before} at the start: their features are 0 there, and they learn no more."
    )


def curves_of(point: Point, widths: tuple[int, ...]) -> Shown:
    """The features of every group over x."""
    places = curves.places(kinks(point.w, widths).x)
    groups = networks.features(point.w, places, widths)
    return curves.groups(places, groups), curves.told(groups, point.title)


def singular_values(points: tuple[Point, ...], x: Float[Tensor, " n"], widths: tuple[int, ...]) -> Shown:
    """The singular values of features at some moments, with the ranks that counting foresees, and both in Markdown."""
    ranks = {each.title: counted_rank(each, x, widths) for each in points}
    bound = "" if len(widths) == 1 else "at most "
    words = " ".join(
        f"{each.title.capitalize()}: rank by counting {bound}{ranks[each.title]}, decomposed {each.parts.rank}; largest σ "
        f"{said(each.parts.sigma[0], 4)}."
        for each in points
    )
    figure = draw.singular_values({each.title: each.parts.sigma for each in points}, ranks)
    return figure, f"{counted(points[0].F.shape[1], 'parameter')}, {counted(len(x), 'point')}. {words}"


@dataclass(frozen=True, eq=False)
class Principal:
    """Principal features of a training over x, one column a mode.

    Attributes:
        trained: The training.
        places: Where they are; jumps stand upright.
        before: They at the start.
        after: They after training.
    """

    trained: Trained
    places: Float[Tensor, " m"]
    before: Float[Tensor, "m r"]
    after: Float[Tensor, "m r"]

    @property
    def moments(self) -> tuple[Point, Point]:
        """The features at the points, at the start and after training."""
        return self.trained.task.start, self.trained.end

    @property
    def sigma(self) -> one_mode.Pair:
        """The singular values at both moments."""
        start, end = self.moments
        return start.sigma, end.sigma

    @property
    def share(self) -> one_mode.Pair:
        """The part of the target's square along every mode at both moments."""
        start, end = self.moments
        return start.share, end.share

    @property
    def count(self) -> int:
        """How many modes there are at either moment."""
        return one_mode.modes(self.sigma)


def principal(trained: Trained) -> Principal:
    """The principal features of a training, at places where all that bends or jumps is seen."""
    widths, moments = trained.task.widths, (trained.task.start, trained.end)
    places = curves.places(torch.cat([kinks(each.w, widths).x for each in moments]))
    before, after = (principal_at(each, places, widths) for each in moments)
    return Principal(trained, places, before, after)


def mode(found: Principal, number: int) -> Shown:
    """One principal feature before and after training, over the shares of all of them."""
    figure = one_mode.one_mode(
        found.places, found.before, found.after, found.sigma, found.share, found.trained.task.x, number
    )
    return figure, one_mode.told(found.sigma, found.share, number)


def mode_told(found: Principal, number: int) -> str:
    """The share of the target that lies along a mode at both moments, in Markdown."""
    first, then = (said(100 * float(each[number - 1])) for each in found.share)
    none = "".join(f" There is no such mode {each.title}." for each in found.moments if not each.sigma[number - 1])
    return (
        f"Of the target's square **{first} %** lie along mode {number} at first and **{then} %** after training; what has no "
        f"share has no dot.{none}"
    )


def strongest(found: Principal) -> Shown:
    """The six strongest principal features before and after training."""
    figure = draw.principal(
        found.places, found.before, found.after, *found.sigma, *found.share, found.trained.task.x, SOME
    )
    return (
        figure,
        f"the {_some(found)} strongest principal features over x, at the start and after training; they {_held(found)}",
    )


def shares(found: Principal) -> Shown:
    """The share of the target that the first modes hold together, over their number."""
    figure = draw.shares({each.title: each.share[: each.parts.rank] for each in found.moments})
    return (
        figure,
        f"the share that the first modes hold together, over their number: the first {_some(found)} {_held(found)}",
    )


def _some(found: Principal) -> int:
    """How many of the strongest modes are shown beside each other."""
    return min(SOME, found.count)


def _held(found: Principal) -> str:
    first, then = (said(100 * float(each[:SOME].sum())) for each in found.share)
    return f"hold {first} % of the target's square at the start and {then} % after training"


def over_training(trained: Trained) -> Shown:
    """Singular values, alignment and rank over the steps."""
    at = style.thin(trained.kept, MOMENTS)
    sigma, alike, rank = course(trained.result.w[at, 0], trained.task.x, trained.task.widths)
    t = trained.result.t[at]
    return draw.over_training(t, sigma, alike, rank), (
        f"over {counted(int(t[-1]), 'step')} the largest singular value goes from {said(sigma[0, 0])} to "
        f"{said(sigma[-1, 0])}, the alignment with the start from 1 to {said(alike[-1])}, the rank from {int(rank[0])} to "
        f"{int(rank[-1])}"
    )


def shares_of(point: Point) -> str:
    """The shares of the target's square that the first modes hold, in words."""
    return ", ".join(f"{said(100 * each)} %" for each in point.share[: min(SOME, point.parts.rank)].tolist())
