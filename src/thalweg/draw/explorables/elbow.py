"""One ReLU unit, one point and one step, dragged: where the elbow goes, at every learning rate."""

from collections.abc import Callable, Mapping
from typing import Any

import anywidget
import traitlets

from thalweg.draw.explorables.source import constants, script

FAR = 1e3  # Steps may lead slope and bias beyond their sliders, as far as this.
ENDS = {
    "w": (1.5, -FAR, FAR),
    "b": (0.5, -FAR, FAR),
    "x": (1.0, -3.0, 3.0),
    "y": (1.2, -1.0, 4.0),
    "lr": (0.3, 0.01, 10.0),
}
"""Where each number starts, to which there is a way back; and its ends."""


class Elbow(anywidget.AnyWidget):
    """The unit before and after a step, its elbow over the learning rate, and the regions of the exact conditions.

    Attributes:
        w: The unit's slope, never 0.
        b: Its bias.
        x: The training point's input.
        y: Its target.
        lr: The learning rate.

    Example:
        >>> Elbow(w=-2.0, b=4.0).x
        1.0
    """

    _esm = constants({"ENDS": ENDS}) + script("plane.js", "elbow.js")
    _css = script("plane.css")
    w = traitlets.Float(ENDS["w"][0]).tag(sync=True)
    b = traitlets.Float(ENDS["b"][0]).tag(sync=True)
    x = traitlets.Float(ENDS["x"][0]).tag(sync=True)
    y = traitlets.Float(ENDS["y"][0]).tag(sync=True)
    lr = traitlets.Float(ENDS["lr"][0]).tag(sync=True)


def opened(remembered: Callable[..., float]) -> Elbow:
    """The explorable as an address remembers it; a unit that is flat there begins with the slope of the start.

    Args:
        remembered: A number by name, with its default, the least and the largest that is good.

    Returns:
        The explorable.

    Example:
        >>> opened(lambda name, default, *ends: {"w": 0.0, "x": 2.0}.get(name, default)).w
        1.5
    """
    numbers = {name: remembered(name, *ends) for name, ends in ENDS.items()}
    return Elbow(**numbers | {"w": numbers["w"] or ENDS["w"][0]})


def address(value: Mapping[str, Any]) -> dict[str, float]:
    """What an address keeps of the explorable's values.

    Example:
        >>> address(Elbow(b=4.0).trait_values())
        {'w': 1.5, 'b': 4.0, 'x': 1.0, 'y': 1.2, 'lr': 0.3}
    """
    return {name: float(value[name]) for name in ENDS}
