"""The scripts of widgets: several files joined to the one that a widget sends to the browser."""

from pathlib import Path

FOLDER = Path(__file__).parent


def script(*names: str) -> str:
    """Files of this folder, one after the other; what they share stands in the first ones.

    Example:
        >>> "export default" in script("plane.js", "rates.js")
        True
    """
    return "\n".join((FOLDER / name).read_text(encoding="utf-8") for name in names)
