"""One ReLU unit, one point and one step, dragged: where the elbow goes, at every learning rate."""

import anywidget
import traitlets

from thalweg.draw.explorables.source import script

SENTENCE = "@media (max-width: 640px) { .explorable .said { min-height: 5.9em; } }"  # Up to four lines.


class Elbow(anywidget.AnyWidget):
    """The unit before and after a step, its elbow over the learning rate, and the regions of the exact conditions.

    Attributes:
        w: The unit's slope, never 0.
        b: Its bias.
        x: The training point's input.
        y: Its target.
        lr: The learning rate.
        home: All of these as they are at the start, to which there is a way back.

    Example:
        >>> Elbow(w=-2.0, b=4.0).x
        1.0
    """

    _esm = script("plane.js", "elbow.js")
    _css = script("plane.css") + SENTENCE
    w = traitlets.Float(1.5).tag(sync=True)
    b = traitlets.Float(0.5).tag(sync=True)
    x = traitlets.Float(1.0).tag(sync=True)
    y = traitlets.Float(1.2).tag(sync=True)
    lr = traitlets.Float(0.3).tag(sync=True)
    home = traitlets.Dict({"w": 1.5, "b": 0.5, "x": 1.0, "y": 1.2, "lr": 0.3}).tag(sync=True)
