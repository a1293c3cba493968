"""The scripts of widgets: several files joined to the one that a widget sends to the browser, and what Python tells them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


def script(*names: str) -> str:
    """Files of this folder, one after the other; what they share stands in the first ones.

    Example:
        >>> "export default" in script("plane.js", "rates.js")
        True
    """
    return "\n".join((FOLDER / name).read_text(encoding="utf-8") for name in names)


def constants(values: Mapping[str, Any]) -> str:
    """Lines before a script that tell it Python's own constants, by name, so that each stands only once.

    Example:
        >>> constants({"REACH": 1.5, "ENDS": {"hz": (440.0, 40.0, 12000.0)}}).splitlines()
        ['export const REACH = 1.5;', 'export const ENDS = {"hz": [440.0, 40.0, 12000.0]};']
    """
    return "".join(f"export const {name} = {json.dumps(value)};\n" for name, value in values.items())
