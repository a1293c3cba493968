"""One learning rate dragged under the curves of all singular values; paths of modes and of a point answer.

What an address remembers of it is read and written here, so that it can be opened again as it was.
"""

from collections.abc import Callable, Mapping
from typing import Any

import anywidget
import traitlets

from thalweg.draw.explorables.source import constants, script

SIZES, REACH, GOALS, STEPS = (0.1, 5.0), 1.5, (1e-6, 0.5), 60
"""Singular values, places of the start along an axis, goals that can be chosen, and the most steps that are shown."""
BEYOND = 1.25  # Of the largest stable learning rate; as far as one can be chosen.
Read = Callable[[str, float], float]


class Rates(anywidget.AnyWidget):
    """Curves of |rho| over the learning rate, paths of the modes, and the point among contour lines.

    Attributes:
        lr: The learning rate, from 0 to 5/4 of the limit; dragging changes it.
        sigma: The singular values, descending; sliders change them.
        c: The scale of the loss, 1 for half the sum of squares or 2 for the sum.
        start: The errors of the modes at the start; dragging in the last picture changes the first and the last.
        steps: The most steps that can be shown.
        shown: The steps that are shown; it is told when it is at rest.
        eps: The share of its error that the slowest mode is to reach.

    Example:
        >>> Rates(lr=0.1, sigma=[3.0, 1.0], start=[1.0, 2.0]).c
        1.0
    """

    _esm = constants({"SIZES": SIZES, "REACH": REACH, "GOALS": GOALS, "BEYOND": BEYOND}) + script(
        "plane.js", "rates.js"
    )
    _css = script("plane.css")
    lr = traitlets.Float(0.1).tag(sync=True)
    sigma = traitlets.List(traitlets.Float(), [2.0, 1.0]).tag(sync=True)
    c = traitlets.Float(1.0).tag(sync=True)
    start = traitlets.List(traitlets.Float(), [1.0, 1.0]).tag(sync=True)
    steps = traitlets.Int(STEPS).tag(sync=True)
    shown = traitlets.Int(20).tag(sync=True)
    eps = traitlets.Float(0.01).tag(sync=True)


def opened(read: Read) -> Rates:
    """The explorable of three singular values as an address remembers it; what is too large or too small there is put right.

    Args:
        read: What the address has of a name, or else the second argument.

    Returns:
        The explorable.

    Example:
        >>> opened(lambda name, usual: {"large": 3.0, "lr": 9.0}.get(name, usual)).lr
        0.2777777777777778
    """
    large = _between(read("large", 2.0), SIZES)
    small = _between(read("small", 0.5), (SIZES[0], large))
    middle = _between(read("middle", round((large * small) ** 0.5, 2)), (small, large))
    c = 2.0 if read("c", 1.0) == 2 else 1.0
    lr = _between(read("lr", 0.4 / (c * large**2)), (0.0, BEYOND * 2 / (c * large**2)))
    x, y = (_between(read(name, usual), (-REACH, REACH)) for name, usual in (("x", -1.0), ("y", -1.2)))
    shown, eps = round(_between(read("shown", 20.0), (1.0, STEPS))), _between(read("eps", 0.01), GOALS)
    return Rates(lr=lr, sigma=[large, middle, small], c=c, start=[x, -0.8, y], shown=shown, eps=eps)


def address(value: Mapping[str, Any]) -> dict[str, float]:
    """What is to be remembered, by its name in the address, for `opened` to read.

    Example:
        >>> address(opened(lambda name, usual: usual).trait_values())["middle"]
        1.0
    """
    (large, middle, small), (x, _, y) = value["sigma"], value["start"]
    single = {name: float(value[name]) for name in ("lr", "c", "eps", "shown")}
    return single | {"large": large, "middle": middle, "small": small, "x": x, "y": y}


def asked(value: Mapping[str, Any]) -> tuple[float, float, tuple[float, ...], tuple[float, ...]]:
    """What a run depends on: learning rate, scale of the loss, singular values and start; not how much of it is shown.

    Example:
        >>> asked(Rates(lr=0.1, shown=5).trait_values()) == asked(Rates(lr=0.1, shown=6).trait_values())
        True
    """
    sigma, start = (tuple(float(each) for each in value[name]) for name in ("sigma", "start"))
    return float(value["lr"]), float(value["c"]), sigma, start


def _between(value: float, ends: tuple[float, float]) -> float:
    return max(ends[0], min(ends[1], value))
