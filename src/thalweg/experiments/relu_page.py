"""One network learns on a page: its two trainings, what is foreseen of them, and the pictures with their words.

A training is made once, and is there at once for everybody who asks the same.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

from thalweg.descent import Run, kept_moments, path, run
from thalweg.direct import ridge_path
from thalweg.draw import training as draw
from thalweg.draw.explorables.training import MOMENTS, Way, ended, film
from thalweg.draw.wording import counted, said
from thalweg.experiments.relu_setup import ALL, OUTPUT, RIDGE, Net, follows, linearized_error, make_net
from thalweg.experiments.result import Shown
from thalweg.linearization import linearize
from thalweg.modes import largest_stable_lr, step_factors
from thalweg.once import Once
from thalweg.outcome import Outcome
from thalweg.problem import Problem
from thalweg.progress import Report, silent
from thalweg.spectrum import decompose
from thalweg.subjects import networks, ridge

QUICK = 3000  # More steps than this may be worth a compiled loop.
RATES = {OUTPUT: 0.7, ALL: 0.05}
"""The learning rates that a page begins with, by what is trained."""
LONG = 30_000  # With fewer steps all layers show little more than the broad shape.
STRENGTHS = torch.logspace(2, -8, 61, dtype=torch.float64)
"""The strengths of the ridge, from the largest down."""
ERROR = "error of all layers, at the points"
_TRAINED = Once[Run](32)


@dataclass(frozen=True)
class Asked:
    """A training on noisy points, as a visitor asks for it; by default the one that a page begins with.

    Attributes:
        way: What is trained: `OUTPUT` or `ALL`.
        lr: The learning rate.
        width: The hidden units.
        points: The points that it learns from.
        seed: Where the chance of its start begins.
        steps: How many steps it takes.
    """

    way: str
    lr: float
    width: int = 40
    points: int = 100
    seed: int = 6
    steps: int = QUICK


@lru_cache(32)
def net(width: int, points: int, seed: int) -> Net:
    """A network at its start, with noisy points."""
    return make_net(*networks.noisy_points(points), width, seed)


def trained(asked: Asked, report: Report = silent) -> Run:
    """A training on all points.

    Args:
        asked: What is asked for.
        report: For a progress bar.

    Returns:
        The run; the very same object for everybody who asks the same.

    Example:
        >>> asked = Asked(OUTPUT, lr=0.5, width=3, points=5, steps=10)
        >>> trained(asked) is trained(asked)
        True
    """
    made = net(asked.width, asked.points, asked.seed)
    problem = made.last if asked.way == OUTPUT else made.whole
    return _TRAINED.get(asked, lambda: descend(problem, asked.lr, asked.steps, report))


def descend(problem: Problem, lr: float, steps: int, report: Report = silent) -> Run:
    """Descent on all points of a problem, at as many moments as a page sends."""
    choice = "auto" if steps > QUICK else "eager"
    return run(problem, lr=lr, steps=steps, keep=MOMENTS, choice=choice, report=report)


def announced(name: str, steps: int) -> str:
    """What a bar says of a training."""
    wait = ", which may be compiled first, for 10 to 30 seconds" if steps > QUICK else ""
    return f"{name}: {counted(steps, 'step')}{wait}"


def told(way: str, training: Run) -> str:
    """How a training ended, in Markdown."""
    outcome, steps = training.outcome[0].words, int(training.t[-1])
    more = ""
    if outcome == "out of steps" and way == ALL and steps < LONG:
        more = " Little more than the broad shape is there yet: choose more steps."
    elif outcome == "oscillating":
        more = " The error jumps from step to step: a smaller learning rate settles."
    return f"*{way.capitalize()}, lr {said(training.lr[0])}: {outcome} after {counted(steps, 'step')}.*{more}"


# Mode by mode


@dataclass(frozen=True)
class Lacking:
    r"""What is lacking along each mode of features that stay: a step leaves $1 - \eta c \sigma^2$ of it.

    Attributes:
        c: The scale of the loss.
        lr: The learning rate.
        t: The steps at which it is shown.
        first: What is lacking at the start, in units of the output.
        sigma: The singular values of the modes.
    """

    c: float
    lr: float
    t: Int[Tensor, " t"]
    first: Float[Tensor, " r"]
    sigma: Float[Tensor, " r"]

    def at(self, t: Int[Tensor, " k"]) -> Float[Tensor, "k r"]:
        """What is lacking at some steps."""
        rho = step_factors(self.c * self.sigma.square(), self.first.new_tensor(self.lr))
        return self.first * rho ** t.unsqueeze(1)


def apart(foreseen: Lacking, t: Int[Tensor, " k"], ran: Float[Tensor, "k r"]) -> float:
    """How far forecast and run are from each other at most, beside the largest error; as long as both are numbers."""
    left = foreseen.at(t)
    known = (ran.isfinite() & left.isfinite()).all(1)
    return float((ran - left)[known].abs().max() / left[known].abs().max())


def pictured(foreseen: Lacking, t: Int[Tensor, " k"] | None = None, ran: Float[Tensor, "k r"] | None = None) -> Shown:
    """The forecast of the modes, and a run over it if there is one, with what that picture shows."""
    left, sigma = foreseen.at(foreseen.t), foreseen.sigma
    steps, count = counted(int(foreseen.t[-1]), "step"), counted(len(sigma), "mode")
    what = f"what is lacking along {len(draw.some_modes(len(sigma)))} of {count} over {steps} at lr {said(foreseen.lr)}"
    if t is None or ran is None:
        words = f"foreseen is {_course(left, 0)} along the strongest, {_course(left, -1)} along the weakest"
        return draw.output_modes(foreseen.t[:1], left[:1], foreseen.t, left, sigma), f"{what}: {words}"
    return draw.output_modes(t, ran, foreseen.t, left, sigma), (
        f"{what}, run upon forecast: the run goes {_course(ran, 0)} along the strongest, {_course(ran, -1)} along the "
        f"weakest; they differ by at most {said(apart(foreseen, t, ran), 1)} of the largest error"
    )


def _course(left: Float[Tensor, "t r"], mode: int) -> str:
    """From where to where what a mode lacks goes, in size; as far down as it is drawn."""
    first, last = left[[0, -1], mode].abs().tolist()
    low = draw.ROUNDING * float(left[0].abs().max())
    return f"from {said(first)} to {said(last) if last > low else f'less than {said(low, 1)}'}"


def lacking(net: Net, lr: float, steps: int) -> Lacking:
    """Foresee the output layer's descent on all points."""
    sigma = net.parts.sigma[net.parts.seen]
    return Lacking(net.lin.c, lr, kept_moments(steps, MOMENTS), net.left(net.last.start[None])[0], sigma)


def modes_picture(net: Net, foreseen: Lacking, training: Run) -> Shown:
    """The output layer's modes: the forecast, and the run over it."""
    t, w = path(training)
    return pictured(foreseen, t, net.left(w))


def modes_told(net: Net, foreseen: Lacking, training: Run) -> str:
    """Limit, least error and distance of forecast and run, in Markdown."""
    limit, (t, w) = largest_stable_lr(foreseen.c * foreseen.sigma.square()), path(training)
    return (
        f"Largest stable rate of the output layer **{said(limit)}**, chosen {said(foreseen.lr)}. On these hidden units no "
        f"output layer goes below a training error of **{said(net.least)}**. Forecast and run differ by at most "
        f"{said(apart(foreseen, t, net.left(w)), 1)} of the largest error."
    )


# All ways to the network


def linear_ways(net: Net, training: Run) -> list[Way]:
    """The ways of the output layer alone: descent, and the ridge at the strength that is best for points left out in turn."""
    X, y = net.last.X, net.last.y
    best = int(ridge.left_out_error(X, y, STRENGTHS).argmin())
    foreseen = linearized_error(net.last, float(training.lr[0]), training.t)
    return [
        Way(OUTPUT, "steps", training.t.double(), net.with_output(training.w[:, 0]), foreseen),
        Way(RIDGE, "ridge", STRENGTHS, net.with_output(ridge_path(X, y, STRENGTHS)), first=best),
    ]


def whole_way(net: Net, training: Run) -> Way:
    """The way of all layers, with what the linearization at the start foresees of it."""
    foreseen = linearized_error(net.whole, float(training.lr[0]), training.t)
    along, w = training.t.double(), training.w[:, 0]
    return Way(ALL, "steps", along, w, foreseen, foreseen="forecast, linearized at the start")


def film_of(net: Net, ways: list[Way]) -> dict[str, Any]:
    """All moments of some ways, for a browser."""
    return film(net.whole.X, net.whole.y, net.width, ways)


def own_film(net: Net, output: Run, whole: Run) -> dict[str, Any]:
    """The moments of two trainings on a visitor's own points, of which nobody knows the true function."""
    ways = [
        Way(OUTPUT, "steps", output.t.double(), net.with_output(output.w[:, 0])),
        Way(ALL, "steps", whole.t.double(), whole.w[:, 0]),
    ]
    return film(net.whole.X, net.whole.y, net.width, ways, None)


def ends(shown: dict[str, Any], ways: list[Way]) -> str:
    """Where all ways of a film end, and the ridge's strength, in Markdown."""
    best = next(float(way.along[way.first]) for way in ways if way.first is not None)
    return (
        "Mean of squares in the end:\n\n"
        + "\n".join(f"- {ended(each)}" for each in shown["ways"])
        + f"\n\nThe ridge has the strength {said(best, 2)}, which is best for points that are left out in turn; the noise on "
        "the points has the variance 0.01."
    )


# All layers


def whole_foreseen(net: Net, lr: float, steps: int) -> Shown:
    """The error of all layers as the start foresees it."""
    t = kept_moments(steps, MOMENTS)
    foreseen = linearized_error(net.whole, lr, t)
    words = (
        f"training error of all layers over {counted(int(t[-1]), 'step')} as the start foresees it: from "
        f"{said(foreseen[0])} to {said(foreseen[-1])}"
    )
    return draw.foreseen_error(t, foreseen, torch.full_like(foreseen, torch.nan), ERROR), words


def whole_picture(net: Net, training: Run) -> Shown:
    """The error of all layers as the start foresees it, and the run over it."""
    t, loss = training.t, training.loss[:, 0]
    foreseen = linearized_error(net.whole, float(training.lr[0]), t)
    words = (
        f"training error of all layers: the run goes from {said(loss[0])} to {said(loss[-1])}, what the start foresees to "
        f"{said(foreseen[-1])}; that is right to 10 % for {follows(foreseen, loss, t)}"
    )
    return draw.foreseen_error(t, foreseen, loss, ERROR), words


def whole_told(net: Net, training: Run) -> str:
    """For how long what the start foresees of all layers is right, and the largest stable rate there, in Markdown."""
    lr = float(training.lr[0])
    held = follows(linearized_error(net.whole, lr, training.t), training.loss[:, 0], training.t)
    before, after = (_limit(replace(net.whole, start=w)) for w in (net.start, training.final[0]))
    then = "" if training.outcome[0] is Outcome.diverged else f" and {said(after)} at the end, for features change"
    return (
        f"All layers together are no longer linear: what the start foresees is right to 10 % for {held}. The largest stable "
        f"rate is {said(before)} at the start{then}; chosen is {said(lr)}."
    )


def _limit(problem: Problem) -> float:
    """The largest stable rate of the linearization at a problem's start."""
    lin = linearize(problem)
    return largest_stable_lr(lin.c * decompose(lin.F).sigma.square()) if lin.F.isfinite().all() else 0.0
