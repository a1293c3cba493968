"""What the experiments on the colour organ share: data, losses, and a lesson: forecast and run.

What is found of a lesson is in `organ_finding`, what there is to see of it in `organ_pictures`.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from thalweg import flow_line, losses
from thalweg.comparison import path_distance
from thalweg.descent import Run, run
from thalweg.experiments.organ_settings import Settings
from thalweg.forecast import Forecast, predict
from thalweg.linearization import hessian
from thalweg.losses import Loss
from thalweg.modes import best_lr, curvatures
from thalweg.outcome import Outcome
from thalweg.problem import Problem
from thalweg.progress import Report
from thalweg.solvers import gauss_newton
from thalweg.subjects import organ, organ_theory
from thalweg.subjects.organ import Circuit

PLAIN = {
    "low_pass": "low pass",
    "band_pass_low": "band's low pass",
    "band_pass_high": "band's high pass",
    "high_pass": "high pass",
}
"""What people call the resistors."""
ROUNDING = 1e-9  # Paths that differ by a smaller share are the same numbers, worked out alike.


@dataclass(frozen=True)
class Lesson:
    """One circuit, learned once: what was predicted and what was run. Row 0 is the one that the settings ask for."""

    circuit: Circuit
    settings: Settings
    problem: Problem
    forecast: Forecast
    result: Run

    @property
    def lr(self) -> float:
        """The learning rate of row 0."""
        return float(self.result.lr[0])

    def ohm(self, w: Tensor) -> Tensor:
        """Parameters as resistances."""
        return w.exp() if self.settings.parameter == "log" else w

    @property
    def names(self) -> list[str]:
        """What people call its resistances."""
        several = len(self.circuit.resistors) > 1
        return [PLAIN[name] if several else "R" for name in self.circuit.resistors]


def frequencies(settings: Settings) -> Float[Tensor, " n"]:
    """The frequencies that the settings ask for: the reference grid, a class draw, or the seven tones."""
    if settings.data == "tones":
        return torch.tensor(organ.TONES_HZ, dtype=torch.float64)
    if settings.data == "class":
        return class_draw(settings.seed)
    return organ.reference_grid()


def class_draw(seed: int) -> Float[Tensor, " n"]:
    """1000 frequencies as a student's notebook draws them, even in log f from 1 Hz to 1 MHz, in order."""
    return torch.from_numpy(np.sort(10 ** (6 * np.random.RandomState(seed).random_sample(1000))))


def loss_for(settings: Settings, size: int) -> Loss:
    """The mean loss that the settings ask for, over so many targets."""
    makers: dict[str, Callable[[], Loss]] = {
        "squared": lambda: (
            losses.shifted(settings.off_target, 2 / size) if settings.off_target else losses.squared(2 / size)
        ),
        "cross-entropy": lambda: losses.cross_entropy(1 / size),
        "logistic": lambda: losses.logistic(organ.ON, 1.0, 1 / size),
        "exponential": lambda: losses.exponential(organ.ON, 1 / size),
        "hinge": lambda: losses.hinge(organ.ON, 0.2, 1 / size),
    }
    return makers[settings.loss]()


def make_problem(circuit: Circuit, settings: Settings, targets: Tensor, hz: Tensor) -> Problem:
    """The problem of learning a circuit from gains or lamps, with the start and loss of the settings."""
    d = len(circuit.resistors)
    if len(settings.start) not in (1, d):
        raise ValueError(
            f"settings: need one start or {d}, for {', '.join(circuit.resistors)}, got {len(settings.start)}"
        )
    start = torch.tensor(settings.start, dtype=torch.float64).expand(d).clone()
    loss = loss_for(settings, targets.numel())
    return organ.make_problem(circuit, hz, targets, start, loss, logarithmic=settings.parameter == "log")


def from_lamps(circuit: Circuit, settings: Settings, hz: Float[Tensor, " n"] | None = None) -> Problem:
    """The problem of learning a circuit from its lamps alone, at the frequencies of the settings or at others."""
    hz = frequencies(settings) if hz is None else hz
    return make_problem(circuit, settings, organ.lamps(circuit, hz).double(), hz)


def from_gains(circuit: Circuit, settings: Settings, hz: Float[Tensor, " n"] | None = None) -> Problem:
    """The problem of learning a circuit from its gains, at the frequencies of the settings or at others."""
    hz = frequencies(settings) if hz is None else hz
    return make_problem(circuit, settings, organ.gain(circuit, organ.desired_ohm(circuit), hz), hz)


def learn(
    circuit: Circuit, settings: Settings, problem: Problem, lr: float, report: Report, others: Tensor | None = None
) -> Lesson:
    """Predict and run: the start of the settings in row 0, other starts below.

    Args:
        circuit: What is learned.
        settings: The settings in force.
        problem: Its problem.
        lr: The notebook's learning rate in ohm; in log R the best one is taken, unless the settings give one.
        report: For a progress bar.
        others: More starts, in ohm.

    Returns:
        The lesson.
    """
    starts = problem.start.unsqueeze(0)
    if others is not None:
        starts = torch.cat([starts, others.log() if settings.parameter == "log" else others])
    near = replace(problem, start=organ.desired_ohm(circuit).log())  # From far away its minimum may not be found.
    rate = settings.lr or (log_rate(near) if settings.parameter == "log" else lr)
    steps, tolerance = settings.steps, settings.tolerance
    forecast = predict(problem, lr=rate, starts=starts, steps=steps, tolerance=tolerance)
    most = float(forecast.steps.max())
    expect = most if math.isfinite(most) else None
    result = run(problem, lr=rate, starts=starts, steps=steps, tolerance=tolerance, expect=expect, report=report)
    return Lesson(circuit, settings, problem, forecast, result)


def log_rate(problem: Problem) -> float:
    """A learning rate for log R: the one whose slowest mode is fastest at the minimum; for one parameter, Newton's step.

    Squared losses tell it by their minimum; for others the crossing rule does, with a margin for losses with corners.
    """
    if problem.loss.demand is not None:
        return rounded(best_lr(curvatures(problem, gauss_newton(problem).w)))
    return rounded(0.2 / organ_theory.crossing_curvature(problem.loss, problem.y.numel()))


def rounded(value: float, digits: int = 4) -> float:
    """A number that people can type again.

    Example:
        >>> rounded(87.87319582529528)
        87.87
    """
    return float(f"{value:.{digits}g}")


def step_by_step(lesson: Lesson, row: int = 0) -> bool:
    """Whether a row's forecast took the run's own steps, one by one: then it is descent itself, and no test of it."""
    return is_same(lesson.forecast, lesson.result, row)


def is_same(forecast: Forecast, result: Run, row: int = 0) -> bool:
    """Whether a forecast's path is the run's, to rounding, as it is where steps are too long for any flow."""
    far, size = path_distance(forecast, result, row)
    return far <= ROUNDING * size


def minimum(lesson: Lesson) -> Float[Tensor, " d"]:
    """The minimum that row 0 heads for; if a single resistance does not settle, that of the valley which it begins in.

    Returns:
        The parameters there; NaN where there is no minimum.
    """
    found = lesson.forecast.minimum[0]
    if len(found) > 1 or lesson.forecast.outcome[0] is Outcome.converged:
        return found
    bottom = flow_line.valley(lesson.problem, lesson.problem.start)
    return torch.full_like(found, math.nan) if bottom is None else bottom


def largest_stable_lr(lesson: Lesson) -> float:
    """The learning rate over which descent cannot hold that minimum; NaN if there is none, or if it is a corner."""
    known = float(lesson.forecast.largest_stable_lr[0])
    bottom = minimum(lesson)
    if math.isfinite(known) or len(bottom) > 1 or lesson.settings.loss == "hinge" or not bottom.isfinite().all():
        return known
    return 2 / float(hessian(lesson.problem, bottom))
