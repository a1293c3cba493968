"""Controls whose state the page's address keeps, and how they stand together."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import marimo as mo

MOST_CHARACTERS = 2000
"""The longest text that is kept in an address, or read from it."""
COLUMN = "31rem"  # Room for a slider, which is at most 20rem wide, for its label and for its value.


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
    wanted = min(max(remembered(name, default), steps[0]), steps[-1])
    nearest = min(steps, key=lambda each: abs(each - wanted))
    return mo.ui.slider(steps=list(steps), value=nearest, label=label, show_value=True, debounce=True)


def radio(name: str, label: str, options: Sequence[str] | Mapping[str, Any], default: object) -> mo.ui.radio:
    """Several values side by side to choose one of; it begins at the one that the address remembers.

    Args:
        name: What it is called in the address.
        label: What stands before it.
        options: The values, or what they are called and the values.
        default: The value that it begins at otherwise.

    Returns:
        The control; its value is one of the values.

    Raises:
        ValueError: If the default is none of the values.
    """
    named = _named(options)
    return mo.ui.radio(named, value=_first(name, named, default), label=label, inline=True)


def dropdown(
    name: str, label: str, options: Sequence[str] | Mapping[str, Any], default: object, full_width: bool = False
) -> mo.ui.dropdown:
    """Several values in a list that opens, to choose one of; it begins at the one that the address remembers.

    Args:
        name: What it is called in the address.
        label: What stands beside it, with its unit.
        options: The values, or what they are called and the values.
        default: The value that it begins at otherwise.
        full_width: Whether it is as wide as the page.

    Returns:
        The control; its value is one of the values.

    Raises:
        ValueError: If the default is none of the values.
    """
    named = _named(options)
    return mo.ui.dropdown(named, value=_first(name, named, default), label=label, full_width=full_width)


def _named(options: Sequence[str] | Mapping[str, Any]) -> dict[str, Any]:
    """Values by what they are called; words are called what they are."""
    return dict(options) if isinstance(options, Mapping) else {each: each for each in options}


def _first(name: str, named: Mapping[str, Any], default: object) -> str:
    """What the value is called that the address remembers, else what the default is.

    Raises:
        ValueError: If the default is none of the values.
    """
    labels = {str(value): label for label, value in named.items()}
    if str(default) not in labels:
        raise ValueError(f"{name}: need a default among {', '.join(labels)}, got {default}")
    return labels[chosen(name, [*labels], str(default))]


def controls(*elements: mo.Html) -> mo.Html:
    """Sliders and other controls that belong together, in as many columns as there is room for.

    Args:
        elements: The controls.

    Returns:
        What to show; on a narrow screen they stand one under the other.
    """
    columns = f"repeat(auto-fill,minmax(min(100%,{COLUMN}),1fr))"
    style = f"display:grid;grid-template-columns:{columns};align-items:center;gap:.75rem 1.5rem"
    cells = "".join(f"<div>{each}</div>" for each in elements)
    return mo.Html(f'<div style="{style}">{cells}</div>')


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
