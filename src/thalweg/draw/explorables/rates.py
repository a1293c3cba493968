"""One learning rate dragged under the curves of all singular values; paths of modes and of a point answer."""

import anywidget
import traitlets

from thalweg.draw.explorables.source import script


class Rates(anywidget.AnyWidget):
    """Curves of |rho| over the learning rate, paths of the modes, and the point among contour lines.

    Attributes:
        lr: The learning rate; dragging changes it.
        sigma: The singular values, descending; sliders change the ends.
        c: The scale of the loss.
        start: The errors of the modes at the start.
        steps: The most steps that can be shown.
        shown: The steps that are shown.

    Example:
        >>> Rates(lr=0.1, sigma=[3.0, 1.0], start=[1.0, 2.0]).c
        1.0
    """

    _esm = script("plane.js", "rates.js")
    _css = script("plane.css")
    lr = traitlets.Float(0.1).tag(sync=True)
    sigma = traitlets.List(traitlets.Float(), [2.0, 1.0]).tag(sync=True)
    c = traitlets.Float(1.0).tag(sync=True)
    start = traitlets.List(traitlets.Float(), [1.0, 1.0]).tag(sync=True)
    steps = traitlets.Int(60).tag(sync=True)
    shown = traitlets.Int(20).tag(sync=True)
