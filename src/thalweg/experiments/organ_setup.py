"""What the experiments on the colour organ share: data, losses, a lesson (forecast, run, comparison) and its pictures."""

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from thalweg import losses
from thalweg.comparison import Comparison, Quantity, compare
from thalweg.descent import Run, path, run
from thalweg.experiments.organ_settings import Settings
from thalweg.experiments.result import Finding, Picture
from thalweg.forecast import Forecast, predict
from thalweg.linearization import pulls
from thalweg.losses import Loss
from thalweg.modes import best_lr, curvatures
from thalweg.outcome import Outcome
from thalweg.problem import Problem, objective
from thalweg.progress import Report
from thalweg.solvers import gauss_newton
from thalweg.subjects import organ, organ_theory
from thalweg.subjects.organ import Circuit

SNAPSHOTS = 7  # Moments of a run that a picture shows at once.


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


def from_lamps(circuit: Circuit, settings: Settings) -> Problem:
    """The problem of learning a circuit from its lamps alone."""
    hz = frequencies(settings)
    return make_problem(circuit, settings, organ.lamps(circuit, hz).double(), hz)


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
    rate = settings.lr or (log_rate(problem) if settings.parameter == "log" else lr)
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
        return best_lr(curvatures(problem, gauss_newton(problem).w))
    return 0.2 / organ_theory.crossing_curvature(problem.loss, problem.y.numel())


def compared(lesson: Lesson, row: int = 0) -> Comparison:
    """Forecast against run, with the resistors in ohm whatever the parameters are."""
    quantities = compare(lesson.forecast, lesson.result, row, "ohm").quantities
    return Comparison(tuple(map(_in_ohm, quantities)) if lesson.settings.parameter == "log" else quantities)


def _in_ohm(quantity: Quantity) -> Quantity:
    if quantity.unit != "ohm" or not isinstance(quantity.predicted, float) or not isinstance(quantity.measured, float):
        return quantity
    if quantity.name == "path":
        return replace(quantity, unit="log ohm")
    predicted, measured = math.exp(quantity.predicted), math.exp(quantity.measured)
    return replace(quantity, predicted=predicted, measured=measured, within=2e-3 * predicted)


def numbers(lesson: Lesson, row: int = 0) -> tuple[dict[str, Any], dict[str, Any]]:
    """The forecast's and the run's numbers for programs: ohm, steps, largest stable learning rate, outcome."""
    theory, measured = lesson.ohm(lesson.forecast.stop[row]), lesson.ohm(lesson.result.final[row])
    ending = lesson.forecast.outcome[row]
    settles = ending not in (Outcome.out_of_steps, Outcome.oscillating)
    steps = float(lesson.forecast.steps[row]) if settles else float(lesson.settings.steps)
    predicted = {
        "ohm": named(lesson, theory),
        "steps": int(steps) if math.isfinite(steps) else None,
        "largest_stable_lr": float(lesson.forecast.largest_stable_lr[row]),
        "outcome": lesson.forecast.outcome[row].words,
    }
    run_numbers = {
        "ohm": named(lesson, measured),
        "steps": int(lesson.result.steps[row]),
        "outcome": lesson.result.outcome[row].words,
    }
    return predicted, run_numbers


def named(lesson: Lesson, ohm: Tensor) -> float | dict[str, float]:
    """Resistances for programs: a number for one, an object for several."""
    if len(ohm) == 1:
        return float(ohm)
    return dict(zip(lesson.circuit.resistors, ohm.tolist(), strict=True))


def finding(
    lesson: Lesson, why: str, more: tuple[Quantity, ...] = (), pictures: tuple[Picture, ...] | None = None
) -> Finding:
    """The finding of a lesson: its comparison with whatever else was compared, its numbers and its pictures."""
    predicted, measured = numbers(lesson)
    known = tuple(
        q for q in more if q.predicted == q.predicted and q.measured == q.measured
    )  # NaN: no minimum to compare
    quantities = (*compared(lesson).quantities, *known)
    ended = lesson.result.outcome[0]
    reason = why if ended is Outcome.converged else f"No resistor was learned: {ended.value.split(': ', 1)[1]}."
    shown = standard_pictures(lesson) if pictures is None else pictures
    return Finding(Comparison(quantities), predicted, measured, reason, shown, {"lr": lesson.lr})


def standard_pictures(lesson: Lesson) -> tuple[Picture, ...]:
    """The pictures of a circuit with one resistor and one lamp."""
    from thalweg.draw import organ as draw

    t, w = path(lesson.result)
    problem, circuit = lesson.problem, lesson.circuit
    hz, R = problem.X, lesson.ohm(w)
    wanted = organ.desired_ohm(circuit)
    on = organ.lamps(circuit, hz)
    learned = circuit.gain(R[-1], hz, organ.FARAD) > organ.ON
    shown = torch.linspace(0, len(t) - 1, SNAPSHOTS).round().long().unique()
    curves = [(int(t[i]), circuit.gain(R[i], hz, organ.FARAD)) for i in shown.tolist()]
    return (
        parameters_picture(lesson),
        Picture(
            "Transfer function as it is learned",
            "Gain over frequency at several steps, with the desired curve dotted: the cut-off slides along the axis.",
            lambda: draw.gain_learned(hz, circuit.gain(wanted, hz, organ.FARAD), curves, on),
        ),
        Picture(
            "Lamps",
            "Where the lamp should be on (red) and off (black), and where the learned filter lights it.",
            lambda: draw.lamp_bars(hz, {"desired": on, "learned": learned}),
        ),
        loss_picture(lesson),
        Picture(
            "Tug of war",
            "The derivative of each point's own cost in the resistor, step by step; below it all positive and all negative "
            "pulls added up. Descent rests where the two sides balance.",
            functools.partial(_tug_of_war, lesson, t, w, on),
        ),
        gradient_picture(lesson),
    )


def parameters_picture(lesson: Lesson) -> Picture:
    """Resistance over steps, with the forecast behind it."""
    from thalweg.draw import organ as draw

    t, w = path(lesson.result)
    last = int(min(float(lesson.forecast.steps[0]), float(lesson.forecast.t[-1])))
    moments = lesson.forecast.t[lesson.forecast.t <= last]
    theory = lesson.forecast.w[: len(moments), 0]
    desired = dict(zip(lesson.circuit.resistors, organ.desired_ohm(lesson.circuit).tolist(), strict=True))
    return Picture(
        "Resistance over steps",
        "The run drawn over its forecast (wide, dashed), which was computed beforehand from the flow; dotted, the resistor "
        "that the data were made with.",
        lambda: draw.parameters_over_steps(
            t, lesson.ohm(w), moments, lesson.ohm(theory), desired, list(lesson.circuit.resistors), "ohm"
        ),
    )


def loss_picture(lesson: Lesson) -> Picture:
    """The loss over one resistor, with the run's path on it."""
    from thalweg.draw import organ as draw

    t, w = path(lesson.result)
    R, minimum = lesson.ohm(w)[:, 0], float(lesson.ohm(lesson.forecast.minimum[0]))
    inside = R[(R > 0) & R.isfinite()]
    minimum = minimum if minimum > 0 else float(inside[0])
    low, high = min(float(inside.min()), minimum) / 4, max(float(inside.max()), minimum) * 4
    ohm = torch.logspace(math.log10(low), math.log10(high), 300, dtype=torch.float64)
    axis = ohm.log() if lesson.settings.parameter == "log" else ohm
    value = torch.func.vmap(objective(lesson.problem))
    marks = {"desired": float(organ.desired_ohm(lesson.circuit)), "minimum": minimum}
    return Picture(
        "Loss surface with the path on it",
        "The loss over the resistor. It is steep below the minimum and ever flatter above: why large starts take long.",
        lambda: draw.loss_curve(ohm, value(axis.unsqueeze(1)), R, lesson.result.loss[: len(t), 0], marks),
    )


def gradient_picture(lesson: Lesson) -> Picture:
    """The total gradient over steps."""
    from thalweg.draw import organ as draw

    t, _ = path(lesson.result)
    return Picture(
        "Total gradient",
        "The size of the total gradient over the steps; below the dashed tolerance (or a loss below it) descent stops.",
        lambda: draw.gradient_over_steps(
            t, lesson.result.gradient[: len(t), 0], list(lesson.circuit.resistors), lesson.settings.tolerance
        ),
    )


def _tug_of_war(lesson: Lesson, t: Tensor, w: Tensor, on: Tensor) -> Any:  # noqa: ANN401
    from thalweg.draw import organ as draw

    kept = torch.linspace(0, len(t) - 1, 120).round().long().unique()
    return draw.tug_of_war(lesson.problem.X, t[kept], pulls(lesson.problem, w[kept])[..., 0], on, "resistor")
