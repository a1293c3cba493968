"""The resistors of the colour organ, found by hand: drag the cut-offs until the lamps are right, then see what is learned."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import anywidget
import traitlets

from thalweg.draw.explorables.source import constants, script

START = {"R": 500.0, "R_band_low": 20.0, "R_band_high": 400.0, "R_high": 100.0}
"""What the resistors are called in an address, and what they are at first, in ohm."""
LOW, HIGH, DEMAND, MOST_DEMAND = 5.0, 2000.0, 0.3, 0.45
"""Ends of the resistors, and what an off lamp demands at first and at most."""
ALL_HZ = (100.0, 300.0, 600.0, 900.0, 1200.0, 1800.0, 2500.0, 3400.0, 4300.0, 5500.0, 8000.0, 12000.0)
"""The tones whose lamps are shown while all four resistors are turned."""


class Lamps(anywidget.AnyWidget):
    """Gain curves whose cut-offs are dragged, lamps that answer, and who pulls at the resistor.

    Attributes:
        ohm: The resistors that the visitor has set: low pass, the band pass's low-pass and high-pass stage, high pass.
        desired: The resistors that the lamps are made with, in the same order.
        farad: Every capacitor.
        tones: The tones in Hz whose lamps are shown while only the low pass is turned.
        tones_all: The tones that are shown when all four are.
        demand: The gain that an off lamp demands, while it is dragged.
        rest: The same, when it was let go: for what takes long.
        all: Whether all four resistors are turned.
        revealed: Whether what descent learns is shown.

    Example:
        >>> Lamps(ohm=[500.0] * 4, desired=[198.94, 39.79, 159.15, 31.83]).revealed
        False
    """

    _esm = constants({"LOW": LOW, "HIGH": HIGH, "MOST_DEMAND": MOST_DEMAND}) + script(
        "plane.js", "organ.js", "lamps.js"
    )
    _css = script("plane.css", "lamps.css")
    ohm = traitlets.List(traitlets.Float(), list(START.values())).tag(sync=True)
    desired = traitlets.List(traitlets.Float(), [200.0] * 4).tag(sync=True)
    farad = traitlets.Float(1e-6).tag(sync=True)
    tones = traitlets.List(traitlets.Float(), [300.0, 1500.0]).tag(sync=True)
    tones_all = traitlets.List(traitlets.Float(), [100.0, 2000.0, 10000.0]).tag(sync=True)
    demand = traitlets.Float(DEMAND).tag(sync=True)
    rest = traitlets.Float(DEMAND).tag(sync=True)
    all = traitlets.Bool(False).tag(sync=True)
    revealed = traitlets.Bool(False).tag(sync=True)


def opened(remembered: Callable[..., float], desired: Sequence[float], tones: Sequence[float], farad: float) -> Lamps:
    """The explorable as an address remembers it.

    Args:
        remembered: A number by name, with its default, the least and the largest that is good.
        desired: The resistors that the lamps are made with.
        tones: The tones of the low pass alone.
        farad: Every capacitor.

    Returns:
        The explorable.

    Example:
        >>> opened(lambda name, default, *ends: default, [200.0] * 4, [300.0], 1e-6).ohm
        [500.0, 20.0, 400.0, 100.0]
    """
    demand = remembered("demand", DEMAND, 0.0, MOST_DEMAND)
    return Lamps(
        ohm=[remembered(name, ohm, LOW, HIGH) for name, ohm in START.items()],
        desired=list(desired),
        farad=farad,
        tones=list(tones),
        tones_all=list(ALL_HZ),
        demand=demand,
        rest=demand,
        all=remembered("all", 0.0) == 1.0,
        revealed=remembered("revealed", 0.0) == 1.0,
    )


def address(values: Mapping[str, Any]) -> dict[str, float]:
    """What an address keeps of the explorable's values.

    Example:
        >>> address({"ohm": [1.0, 2.0, 3.0, 4.0], "rest": 0.3, "all": True, "revealed": False})["R_high"]
        4.0
    """
    flags = {name: int(values[name]) for name in ("all", "revealed")}
    return {**dict(zip(START, values["ohm"], strict=True)), "demand": values["rest"], **flags}
