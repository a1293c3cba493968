"""Sound through the filters of the colour organ: three lamps in time with a tune, a tone, or a visitor's own file."""

from collections.abc import Callable, Mapping
from typing import Any

import anywidget
import traitlets

from thalweg.draw.explorables.source import constants, script

SOUNDS = ["tune", "tone"]
"""What can be played at once; a file has to be chosen."""
ENDS = {"hz": (440.0, 40.0, 12000.0), "volume": (0.3, 0.0, 1.0), "boost": (1.0, 1.0, 10.0)}
"""What an address keeps beside the sound: each number's default, and its ends."""


class Music(anywidget.AnyWidget):
    """A player with three lamps. All sound is made, read and filtered in the browser: no file leaves the visitor's machine.

    Attributes:
        ohm: The resistors: low pass, the band pass's low-pass and high-pass stage, high pass.
        farad: Every capacitor.
        sound: What is played: `tune`, `tone`, or the visitor's own `file`.
        hz: The frequency of the one tone.
        volume: How loud it is, from 0 to 1.
        boost: How many times the levels are amplified before the lamps.

    Example:
        >>> Music(ohm=[195.0, 40.0, 160.0, 32.7]).farad
        1e-06
    """

    _esm = constants({"ENDS": ENDS}) + script("plane.js", "organ.js", "sound.js", "music.js")
    _css = script("plane.css")
    ohm = traitlets.List(traitlets.Float(), [200.0, 40.0, 160.0, 32.0]).tag(sync=True)
    farad = traitlets.Float(1e-6).tag(sync=True)
    sound = traitlets.Unicode(SOUNDS[0]).tag(sync=True)
    hz = traitlets.Float(ENDS["hz"][0]).tag(sync=True)
    volume = traitlets.Float(ENDS["volume"][0]).tag(sync=True)
    boost = traitlets.Float(ENDS["boost"][0]).tag(sync=True)


def opened(remembered: Callable[..., float], chosen: Callable[[str, list[str], str], str], farad: float) -> Music:
    """The player as an address remembers it.

    Args:
        remembered: A number by name, with its default, the least and the largest that is good.
        chosen: One of some words by name, with the words and the default.
        farad: Every capacitor.

    Returns:
        The player.

    Example:
        >>> opened(lambda name, default, *ends: default, lambda name, words, default: default, 1e-6).hz
        440.0
    """
    numbers = {name: remembered(name, *ends) for name, ends in ENDS.items()}
    return Music(farad=farad, sound=chosen("sound", SOUNDS, SOUNDS[0]), **numbers)


def address(values: Mapping[str, Any]) -> dict[str, float | str]:
    """What an address keeps of the player's values.

    Example:
        >>> address({"sound": "tone", "hz": 99.0, "volume": 0.5, "boost": 2.0})
        {'sound': 'tone', 'hz': 99.0, 'volume': 0.5, 'boost': 2.0}
    """
    return {name: values[name] for name in ("sound", *ENDS)}
