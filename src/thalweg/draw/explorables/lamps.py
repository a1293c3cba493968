"""The resistors of the colour organ, found by hand: drag the cut-offs until the lamps are right, then see what is learned."""

import anywidget
import traitlets

from thalweg.draw.explorables.source import script


class Lamps(anywidget.AnyWidget):
    """Gain curves whose cut-offs are dragged, lamps that answer, and who pulls at the resistor.

    Attributes:
        ohm: The resistors that the visitor has set: low pass, the band pass's low-pass and high-pass stage, high pass.
        desired: The resistors that the lamps are made with, in the same order.
        farad: Every capacitor.
        tones: The tones in Hz whose lamps are shown while only the low pass is turned.
        tones_all: The tones that are shown when all four are.
        demand: The gain that an off lamp demands.
        all: Whether all four resistors are turned.
        revealed: Whether what descent learns is shown.

    Example:
        >>> Lamps(ohm=[500.0] * 4, desired=[198.94, 39.79, 159.15, 31.83]).revealed
        False
    """

    _esm = script("plane.js", "lamps.js")
    _css = script("plane.css")
    ohm = traitlets.List(traitlets.Float(), [500.0] * 4).tag(sync=True)
    desired = traitlets.List(traitlets.Float(), [200.0] * 4).tag(sync=True)
    farad = traitlets.Float(1e-6).tag(sync=True)
    tones = traitlets.List(traitlets.Float(), [300.0, 1500.0]).tag(sync=True)
    tones_all = traitlets.List(traitlets.Float(), [100.0, 2000.0, 10000.0]).tag(sync=True)
    demand = traitlets.Float(0.3).tag(sync=True)
    all = traitlets.Bool(False).tag(sync=True)
    revealed = traitlets.Bool(False).tag(sync=True)
