"""What the page on the colour organ learns, and says of it: its descents, their numbers in words, a visitor's own lamps.

The experiments themselves are in the catalogue; nothing is drawn here.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from thalweg import losses
from thalweg.draw.wording import counted, said
from thalweg.experiments.organ_finding import numbers, peaks_told, rests
from thalweg.experiments.organ_settings import Settings
from thalweg.experiments.organ_setup import PLAIN, Lesson, from_gains, from_lamps, largest_stable_lr, learn, minimum
from thalweg.linearization import pulls
from thalweg.outcome import Outcome
from thalweg.problem import Problem
from thalweg.progress import silent
from thalweg.solvers import gauss_newton
from thalweg.subjects import organ, organ_theory
from thalweg.subjects.organ import COLOUR_ORGAN, LOW_PASS

STEPS = 300  # The most steps of a descent that answers a slider.
POINTS = 250  # And its frequencies: the lamps change between the same two cells as on the grid of a thousand.
STILL = 1.7e-4  # A sum of pulls that turns nothing.
OWN_HZ = (1.0, 1e6)
"""The frequencies that a visitor's own lamps may have."""


@dataclass(frozen=True)
class Choice:
    """A lesson that a visitor may choose.

    Attributes:
        experiment: Its name in the catalogue.
        parts: Which of the four resistors it learns.
        lamps: Whether it learns from lamps, where off ones demand a gain.
    """

    experiment: str
    parts: tuple[int, ...]
    lamps: bool


LESSONS = {
    "all four, from their lamps": Choice("organ", (0, 1, 2, 3), lamps=True),
    "low pass, from its gains": Choice("organ/low-pass", (0,), lamps=False),
    "low pass, from its lamps": Choice("organ/cure", (0,), lamps=True),
    "high pass, from its lamps": Choice("organ/high-pass", (3,), lamps=True),
    "band pass, from its lamps, with the loss surface": Choice("organ/band-pass", (1, 2), lamps=True),
    "band pass, as Bode lines in decibels": Choice("organ/bode", (1, 2), lamps=False),
}
"""What can be learned with all steps, by name."""
WAYS = {"in ln R: a handful of steps": "log", "in R, as the homework does: thousands of steps": "ohm"}
"""In what descent steps, in words and as the setting."""


def chosen(choice: Choice, ohm: Sequence[float], demand: float, parameter: str) -> dict[str, str]:
    """The settings of a lesson that begins at a visitor's resistors.

    Example:
        >>> chosen(Choice("organ/high-pass", (3,), True), [500.0, 20.0, 400.0, 100.0], 0.3, "log")
        {'start': '100', 'parameter': 'log', 'off_target': '0.3'}
    """
    start = ",".join(f"{ohm[part]:.4g}" for part in choice.parts)
    return {"start": start, "parameter": parameter} | ({"off_target": f"{demand:.4g}"} if choice.lamps else {})


def all_four(demand: float) -> Problem:
    """The problem of all four resistors in ln R, from their lamps, where off ones demand a gain."""
    return from_lamps(COLOUR_ORGAN, Settings(start=(200.0,), parameter="log", off_target=demand))


@lru_cache(200)
def settled(demand: float) -> Float[Tensor, " 4"]:
    """The resistances where all pulls balance, at once: by Gauss and Newton, not by descent."""
    return gauss_newton(all_four(demand)).w.exp()


@lru_cache(64)
def low_pass(start: float, rate: float, demand: float | None) -> Lesson:
    """The low pass, learned from its gains or, where off lamps demand a gain, from its lamps; quick enough for a slider.

    Args:
        start: The resistance to begin with, in ohm.
        rate: The learning rate.
        demand: What off lamps demand; None learns from the gain curve.

    Returns:
        The lesson.
    """
    settings, hz = (
        Settings(start=(start,), lr=rate, steps=STEPS, off_target=demand or 0.0),
        organ.reference_grid(POINTS),
    )
    problem = (from_gains if demand is None else from_lamps)(LOW_PASS, settings, hz)
    return learn(LOW_PASS, settings, problem, rate, silent)


def told(lesson: Lesson) -> str:
    """What a lesson with one resistance came to, in Markdown: forecast, limit and run."""
    theory, measured = numbers(lesson)
    limit, bottom, rate = largest_stable_lr(lesson), float(lesson.ohm(minimum(lesson))), lesson.lr
    side = "more than" if math.isfinite(limit) and rate > limit else "within"
    looks = lesson.forecast.outcome[0] is not Outcome.out_of_steps  # The look that ends it is no step.
    steps = "endless steps" if theory["steps"] is None else counted(theory["steps"] - looks, "step")
    foreseen, at = f"there is no resting place to foresee, *{theory['outcome']}*", "it happens to be at "
    if rests(lesson):
        foreseen, at = f"**{said(theory['ohm'], 5)} ohm** after {steps}, *{theory['outcome']}*", ""
    return (
        f"The minimum is at {said(bottom, 5)} ohm, and rates up to **{said(limit)}** hold it; {said(rate)} is {side} that. "
        f"Forecast: {foreseen}. Run: {at}**{said(measured['ohm'], 5)} ohm** after "
        f"{counted(int(lesson.result.updates[0]), 'step')}, "
        f"*{measured['outcome']}*."
    )


def by_hand(ohm: Sequence[float], demand: float, everything: bool) -> str:
    """What is to be said of resistors that were set by hand: their cut-offs, and which way all pulls would turn them."""
    problem = all_four(demand)
    net = pulls(problem, torch.tensor(ohm, dtype=torch.float64).log()).sum(0)
    parts = [
        f"{name} {said(organ.cutoff_ohm(R), 4)} Hz ({_way(float(pull))})"
        for name, R, pull in zip(PLAIN.values(), ohm, net, strict=True)
    ]
    cutoffs = "; ".join(parts if everything else parts[:1])
    words = f"Your cut-offs, and what all pulls together would make of each R: {cutoffs}."
    return f"{words} {peaks_told(*ohm[1:3], 'Your')}" if everything else words


def _way(pull: float) -> str:
    return "at rest" if abs(pull) < STILL else "smaller" if pull > 0 else "larger"


def revealed(learned: Float[Tensor, " 4"], demand: float, everything: bool) -> str:
    """What theory says of the low pass by hand, what descent would learn, and what of it shops sell, in Markdown."""
    tones, desired = torch.tensor(organ.TONES_HZ, dtype=torch.float64), float(organ.desired_ohm(LOW_PASS))
    low, high = organ_theory.ohm_interval(tones, organ.lamps(LOW_PASS, tones))
    ratio, gain = (
        organ_theory.crossing_ratio(losses.shifted(demand)),
        organ_theory.crossing_gain(losses.shifted(demand)),
    )
    found = [f"{said(float(R), 4)} ohm for the {name}" for name, R in zip(PLAIN.values(), learned, strict=True)]
    return (
        f"Every R of the low pass from **{said(low, 5)}** to **{said(high, 5)}** ohm lights its seven lamps. The theory: pulls "
        rf"balance at the gain $h = 1/(2(1 - a))$, here {said(gain, 4)}, so at $\sqrt{{1/h^2 - 1}} = {ratio:.4g}$ times the "
        f"resistance that the lamps were made with, {said(ratio * desired, 5)} ohm. The minimum over a thousand lamps: "
        f"**{', '.join(found if everything else found[:1])}**.\n\n{to_build(learned.tolist())}"
    )


def to_build(ohm: Sequence[float]) -> str:
    """What to buy for all four resistances, whether the lamps stay right with it, and what the buffer is for.

    Example:
        >>> print(to_build([198.9, 39.8, 159.2, 31.8]).split(". ")[1])
        With these, 0 of 21 lamps are wrong at the seven tones, and 5 of 3 000 at the thousand frequencies
    """
    sold = [organ.nearest_e24(R) for R in ohm]
    named = ", ".join(f"{said(R)} ohm for the {name}" for name, R in zip(PLAIN.values(), sold, strict=True))
    tones, grid = torch.tensor(organ.TONES_HZ, dtype=torch.float64), organ.reference_grid()
    return (
        f"To build all three filters, the nearest resistances in the shops (E24) are {named}. With these, "
        f"{wrong_lamps(sold, tones)} of {said(3 * len(tones))} lamps are wrong at the seven tones, and "
        f"{wrong_lamps(sold, grid)} of {said(3 * len(grid))} at the thousand frequencies. "
        f"{peaks_told(*ohm[1:3], 'The learned')}"
    )


def wrong_lamps(ohm: Sequence[float], hz: Float[Tensor, " n"]) -> int:
    """How many of the three filters' lamps these four resistances light, or do not, against what is desired.

    Example:
        >>> wrong_lamps(organ.desired_ohm(COLOUR_ORGAN).tolist(), organ.reference_grid())
        0
    """
    given = torch.tensor(ohm, dtype=hz.dtype)
    return int(((organ.gain(COLOUR_ORGAN, given, hz) > organ.ON) != organ.lamps(COLOUR_ORGAN, hz)).sum())


def own_lamps(table: Float[Tensor, "n 2"]) -> tuple[Float[Tensor, " n"], Bool[Tensor, " n"], tuple[float, float]]:
    """A visitor's own lamps for a low pass, and the resistances that light exactly them.

    Args:
        table: A frequency in Hz and 1 (on) or 0 (off) a row.

    Returns:
        Frequencies, lamps, and the ends of the range in ohm: 0 if every lamp is on, infinity if every one is off.

    Raises:
        ValueError: If a lamp is neither on nor off, a frequency out of range or out of order, or if no resistance does it.

    Example:
        >>> _, _, (low, high) = own_lamps(torch.tensor([[100.0, 1.0], [1000.0, 1.0]]))
        >>> low, round(high, 3)
        (0.0, 159.155)
    """
    hz, on = table[:, 0], table[:, 1] == 1
    if not (on | (table[:, 1] == 0)).all():
        raise ValueError("need a frequency and 0 or 1 in every line")
    if not ((hz >= OWN_HZ[0]) & (hz <= OWN_HZ[1])).all():
        raise ValueError(f"need frequencies from 1 Hz to 1 MHz, got {float(hz.min()):.9g} to {float(hz.max()):.9g} Hz")
    organ.check_hz(hz)
    if on.all():
        return hz, on, (0.0, organ.cutoff_ohm(float(hz[-1])))
    if not on.any():
        return hz, on, (organ.cutoff_ohm(float(hz[0])), math.inf)
    return hz, on, organ_theory.ohm_interval(hz, on)


def own_rows(
    hz: Float[Tensor, " n"], on: Bool[Tensor, " n"], ends: tuple[float, float]
) -> tuple[str, dict[str, Bool[Tensor, " n"]]]:
    """Which resistances light a visitor's lamps, in Markdown; and the lamps below, inside and above that range."""
    low, high = ends
    if low == 0:
        words, tried = f"Every R below **{said(high, 5)}** ohm", (high / 1.2, high * 1.2)
    elif high == math.inf:
        words, tried = f"Every R from **{said(low, 5)}** ohm on", (low / 1.2, low * 1.2)
    else:
        words, tried = (
            f"Every R from **{said(low, 5)}** to **{said(high, 5)}** ohm",
            (low / 1.2, (low * high) ** 0.5, high * 1.2),
        )
    lit = {f"{said(R, 4)} ohm": organ.low_pass(hz.new_tensor(R), hz) > organ.ON for R in tried}
    return f"{words} lights exactly these lamps.", {"desired": on, **lit}
