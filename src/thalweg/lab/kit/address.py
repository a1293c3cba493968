"""The state of a page, in its address."""

import math
from collections.abc import Mapping, Sequence

import marimo as mo

MOST_CHARACTERS = 2000
"""The longest text that is kept in an address, or read from it."""


def remembered(name: str, default: float | int, low: float | int = -math.inf, high: float | int = math.inf) -> float:
    """A number from the page's address, if there is a good one.

    Args:
        name: What it is called there.
        default: What it is otherwise.
        low: The least that is good.
        high: The largest that is good.

    Returns:
        The number.
    """
    given = mo.query_params().get(name)
    try:
        value = float(str(given))
    except ValueError:
        return default
    return value if low <= value <= high else default


def chosen(name: str, options: list[str], default: str) -> str:
    """One of several words from the page's address; the default if there is none of them."""
    given = mo.query_params().get(name)
    return given if isinstance(given, str) and given in options else default


def slider(name: str, label: str, steps: Sequence[float], default: float) -> mo.ui.slider:
    """A slider over some values, which begins at the one nearest to what the address remembers.

    Args:
        name: What it is called in the address.
        label: What stands beside it, with its unit.
        steps: The values, ascending.
        default: The one that it begins at otherwise.

    Returns:
        The slider; it tells its value when it is at rest.
    """
    wanted = remembered(name, default)
    nearest = min(steps, key=lambda each: abs(each - wanted))
    return mo.ui.slider(steps=list(steps), value=nearest, label=label, show_value=True, debounce=True)


def remember(values: Mapping[str, float | str]) -> None:
    """Put the state of a page into its address, where a bookmark or a link keeps it."""
    params = mo.query_params()
    for name, value in values.items():
        told = f"{value:.6g}" if isinstance(value, float) else str(value)
        if params.get(name) != told and len(told) <= MOST_CHARACTERS:
            params.set(name, told)


def text(name: str, default: str) -> str:
    """A text from the page's address, of a reasonable length; else the default."""
    given = mo.query_params().get(name)
    return given if isinstance(given, str) and len(given) <= MOST_CHARACTERS else default
