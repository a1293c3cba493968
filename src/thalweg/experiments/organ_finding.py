"""What was found of a lesson on the colour organ: forecast against run in words and numbers, and what is not to be compared."""

import math
from dataclasses import replace
from typing import Any

from torch import Tensor

from thalweg.comparison import Comparison, Quantity, compare
from thalweg.draw.wording import said
from thalweg.experiments.organ_pictures import standard_pictures
from thalweg.experiments.organ_setup import PLAIN, Lesson, largest_stable_lr, step_by_step
from thalweg.experiments.result import Finding, Picture
from thalweg.outcome import Outcome
from thalweg.subjects import organ, organ_theory

LOOKED = "the last look, which finds the tolerance met, counts as one"  # In words and pictures it does not.
NEAR = 0.01  # How far from its minimum a tolerance may stop a run that took the forecast's own steps, as a share of it.


def compared(lesson: Lesson, row: int = 0) -> Comparison:
    """Forecast against run, with the resistances in ohm whatever the parameters are.

    A forecast that took the run's own steps says nothing of them; there the ends are held against the minimum, which is
    found without descent, and the steps are not compared.
    """
    quantities = compare(lesson.forecast, lesson.result, row, "ohm").quantities
    if lesson.settings.parameter == "log":
        quantities = tuple(map(_in_ohm, quantities))
    if step_by_step(lesson, row):
        quantities = (
            *_ends(lesson, row),
            *(q for q in quantities if q.name == "outcome"),
            same_steps(int(lesson.result.updates[row])),
        )
    quantities = tuple(map(looked, quantities))
    return Comparison(tuple(replace(q, name=f"R of the {PLAIN[q.name]}") if q.name in PLAIN else q for q in quantities))


def looked(quantity: Quantity) -> Quantity:
    """A count of steps that says what it counts.

    Example:
        >>> looked(Quantity("steps from 50 ohm", "", 37.0, 36, 2, "the flow")).reason
        'the flow; the last look, which finds the tolerance met, counts as one'
    """
    if quantity.name.split(" from ")[0] != "steps" or isinstance(quantity.predicted, str):
        return quantity
    return replace(quantity, reason=f"{quantity.reason}; {LOOKED}")


def same_steps(count: int) -> Quantity:
    """That so many steps are not compared, and why."""
    reason = (
        f"not compared: long steps are followed one by one, all {count} of them, so that the forecast is descent itself"
    )
    return Quantity("steps and path", "", "descent itself", None, 0, reason)


def _ends(lesson: Lesson, row: int) -> tuple[Quantity, ...]:
    """Where a run ended that converged, against the minimum by Newton's method."""
    if lesson.result.outcome[row] is not Outcome.converged:
        return ()
    theory, measured = lesson.ohm(lesson.forecast.minimum[row]), lesson.ohm(lesson.result.final[row])
    reason = "the minimum by Newton's method; the tolerance stops descent a little before it"
    return tuple(
        Quantity(name, "ohm", float(p), float(m), NEAR * float(p), reason)
        for name, p, m in zip(lesson.circuit.resistors, theory, measured, strict=True)
    )


def _in_ohm(quantity: Quantity) -> Quantity:
    if quantity.unit != "ohm" or not isinstance(quantity.predicted, float) or not isinstance(quantity.measured, float):
        return quantity
    if quantity.name == "path":
        return replace(quantity, name="path in ln R", unit="")
    predicted, measured = math.exp(quantity.predicted), math.exp(quantity.measured)
    return replace(quantity, predicted=predicted, measured=measured, within=2e-3 * predicted)


def peaks_told(low_ohm: float, high_ohm: float, whose: str = "The") -> str:
    r"""What the buffer between the stages of the band pass is for, in numbers.

    Args:
        low_ohm: The resistance of its low pass, in ohm, positive.
        high_ohm: The resistance of its high pass, in ohm, positive.
        whose: The word before it.

    Returns:
        A sentence: the peak of the band with the buffer and without, and whether the lamp lights then.

    Example:
        >>> print(peaks_told(40.0, 160.0))
        The band pass peaks at the gain 0.8; without the buffer between its stages that would be 0.667, too little for its lamp.
    """
    buffered, alone = organ_theory.band_peaks(low_ohm, high_ohm)
    ends = ", too little for its lamp", ", enough for its lamp, in a narrower band"
    first, then = ("", ends[alone > organ.ON]) if buffered > organ.ON else (ends[0], "")
    return (
        f"{whose} band pass peaks at the gain {said(buffered)}{first}; without the buffer between its stages that would be "
        f"{said(alone)}{then}."
    )


def rests(lesson: Lesson) -> bool:
    """Whether row 0 comes to any place that can be foreseen: past the largest stable rate there is none."""
    ending = lesson.forecast.outcome[0]
    corner = lesson.settings.loss == "hinge"
    return not (ending is Outcome.diverged or (ending is Outcome.oscillating and not corner))


def numbers(lesson: Lesson, row: int = 0) -> tuple[dict[str, Any], dict[str, Any]]:
    """The forecast's and the run's numbers for programs: ohm, steps, largest stable learning rate, outcome.

    Where there is no resting place to foresee, the forecast's ohm are None.
    """
    theory, measured = lesson.ohm(lesson.forecast.stop[row]), lesson.ohm(lesson.result.final[row])
    ending = lesson.forecast.outcome[row]
    settles = ending not in (Outcome.out_of_steps, Outcome.oscillating)
    steps = float(lesson.forecast.steps[row]) if settles else float(lesson.settings.steps)
    predicted = {
        "ohm": named(lesson, theory) if rests(lesson) else None,
        "steps": int(steps) if math.isfinite(steps) else None,
        "largest_stable_lr": largest_stable_lr(lesson),
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
        looked(q) for q in more if q.predicted == q.predicted and q.measured == q.measured
    )  # NaN: no minimum to compare
    quantities = (*compared(lesson).quantities, *known)
    ended = lesson.result.outcome[0]
    reason = why if ended is Outcome.converged else f"No resistor was learned: {ended.value.split(': ', 1)[1]}."
    shown = standard_pictures(lesson) if pictures is None else pictures
    return Finding(Comparison(quantities), predicted, measured, reason, shown, {"lr": lesson.lr})
