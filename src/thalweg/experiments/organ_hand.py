"""Parts (a) and (b) of the colour organ: what a slider finds, without descent."""

import math
from collections.abc import Callable

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from thalweg.comparison import Comparison, within
from thalweg.experiments.organ_settings import Settings
from thalweg.experiments.organ_setup import frequencies, from_gains
from thalweg.experiments.result import Finding, Picture
from thalweg.progress import Report
from thalweg.solvers import gauss_newton
from thalweg.subjects import organ, organ_theory
from thalweg.subjects.organ import LOW_PASS

SCAN_OHM = (1.0, 1e5)
SCANNED = 100  # Resistors that are tried at once: what they need stays in the cache.


def by_hand(settings: Settings, report: Report) -> Finding:
    """Part (a): the cut-off formula against the best match of the two curves."""
    hz = frequencies(settings)
    wanted = organ.gain(LOW_PASS, organ.desired_ohm(LOW_PASS), hz)
    predicted = organ.cutoff_ohm(LOW_PASS.cutoff_hz[0])
    problem = from_gains(LOW_PASS, settings)
    matched = gauss_newton(problem).w
    ohm = float(matched.exp() if settings.parameter == "log" else matched.abs())
    at_cutoff = float(organ.gain(LOW_PASS, torch.tensor([predicted], dtype=torch.float64), hz.new_tensor([800.0])))
    comparison = Comparison((
        within("resistor", "ohm", predicted, ohm, 1e-6, "1/(2 pi f C) against the best match of the curves"),
        within("gain at 800 Hz", "", organ.ON, at_cutoff, 1e-12, "a cut-off is where the gain is 1/sqrt(2)"),
    ))
    why = "The gain is 1/sqrt(2) where 2 pi f R C = 1, so R = 1/(2 pi f C); the curves then match at every frequency."
    pictures = (_slider_picture(hz, wanted), _cutoff_picture())
    return Finding(comparison, {"ohm": predicted}, {"ohm": ohm}, why, pictures, {})


def lamps(settings: Settings, report: Report) -> Finding:
    """Part (b): the interval by formula, and by trying resistors."""
    hz = frequencies(settings)
    on = organ.lamps(LOW_PASS, hz)
    low, high = organ_theory.ohm_interval(hz, on)
    found_low, found_high = scan(hz, on)
    reason = (
        "the last tone that is on and the first that is off decide, against trying resistors and bisecting the ends"
    )
    comparison = Comparison((
        within("smallest resistor", "ohm", low, found_low, 1e-9, reason),
        within("largest resistor", "ohm", high, found_high, 1e-9, reason),
    ))
    why = (
        "A lamp is on while R < 1/(2 pi f C) for its tone: the highest tone that is on bounds R from above, the lowest that "
        "is off from below, and every resistor between them is right."
    )
    return Finding(
        comparison,
        {"ohm": [low, high]},
        {"ohm": [found_low, found_high]},
        why,
        (_lamps_picture(hz, on, low, high),),
        {},
    )


def scan(hz: Float[Tensor, " n"], on: Bool[Tensor, " n"]) -> tuple[float, float]:
    """The interval of resistors with the right lamps, by trying: a coarse scan, then each end bisected.

    Args:
        hz: Frequencies, ascending.
        on: Which lamps should be on.

    Returns:
        The smallest and the largest right resistor, to rounding.

    Raises:
        ValueError: If the scan meets no right resistor.
    """

    def right(ohm: Float[Tensor, "*batch"]) -> Bool[Tensor, "*batch"]:
        return ((organ.low_pass(ohm, hz) > organ.ON) == on).all(-1)

    tried = torch.logspace(math.log10(SCAN_OHM[0]), math.log10(SCAN_OHM[1]), 20_001, dtype=torch.float64).to(hz.dtype)
    good = torch.cat([right(few) for few in tried.split(SCANNED)]).nonzero().squeeze(1).tolist()
    if not good:
        raise ValueError(f"lamps: need a right resistor from {SCAN_OHM[0]:g} to {SCAN_OHM[1]:g} ohm, found none")
    ohm = tried.tolist()
    edges = ((ohm[good[0]], ohm[good[0] - 1]), (ohm[good[-1]], ohm[good[-1] + 1]))
    low, high = (_edge(lambda ohm: bool(right(hz.new_tensor(ohm))), *edge) for edge in edges)
    return low, high


def _edge(right: Callable[[float], bool], inside: float, outside: float) -> float:
    for _ in range(60):
        middle = (inside + outside) / 2
        inside, outside = (middle, outside) if right(middle) else (inside, middle)
    return inside


def _slider_picture(hz: Tensor, wanted: Tensor) -> Picture:
    from thalweg.draw import organ as draw

    shown = [(ohm, organ.low_pass(hz.new_tensor(float(ohm)), hz)) for ohm in (50, 100, 199, 400, 800)]
    return Picture(
        "Turning the knob",
        "Gain over frequency for several resistors (the legend's numbers are ohm), and the desired curve: a larger resistor "
        "slides the curve to the left.",
        lambda: draw.gain_learned(hz, wanted, shown, None, "ohm"),
    )


def _cutoff_picture() -> Picture:
    from thalweg.draw import organ as draw

    ohm = torch.logspace(0, 4, 200, dtype=torch.float64)
    cutoffs = 1 / (2 * math.pi * organ.FARAD * ohm)
    return Picture(
        "Cut-off over resistor",
        "The cut-off frequency is 1/(2 pi R C): a straight line on logarithmic axes, on which 800 Hz needs 198.94 ohm.",
        lambda: draw.cutoff_line(ohm, cutoffs, (organ.cutoff_ohm(800.0), 800.0)),
    )


def _lamps_picture(hz: Tensor, on: Tensor, low: float, high: float) -> Picture:
    from thalweg.draw import organ as draw

    rows = {"desired": on}
    for ohm in (low * 0.9, low, (low + high) / 2, high * 0.999, high * 1.1):
        rows[f"{ohm:.1f} ohm"] = organ.low_pass(hz.new_tensor(ohm), hz) > organ.ON
    return Picture(
        "Lamps for several resistors",
        "Filled is on, hollow is off. The rows inside the interval match the desired one; just outside it one lamp is wrong.",
        lambda: draw.lamp_bars(hz, rows),
    )
