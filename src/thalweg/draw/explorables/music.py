"""Sound through the filters of the colour organ: three lamps in time with a tune, a tone, or a visitor's own file."""

import anywidget
import traitlets

from thalweg.draw.explorables.source import script


class Music(anywidget.AnyWidget):
    """A player with three lamps. All sound is made, read and filtered in the browser: no file leaves the visitor's machine.

    Attributes:
        ohm: The resistors: low pass, the band pass's low-pass and high-pass stage, high pass.
        farad: Every capacitor.

    Example:
        >>> Music(ohm=[195.0, 40.0, 160.0, 32.7]).farad
        1e-06
    """

    _esm = script("plane.js", "music.js")
    _css = script("plane.css")
    ohm = traitlets.List(traitlets.Float(), [200.0, 40.0, 160.0, 32.0]).tag(sync=True)
    farad = traitlets.Float(1e-6).tag(sync=True)
