"""What a visitor brings: numbers, expressions, claims; bounded, and read as data."""

import html
import re
from collections.abc import Callable
from typing import Any

import marimo as mo
import torch
from jaxtyping import Float
from torch import Tensor

from thalweg.calculus import told
from thalweg.claims.files import report as report_of_claims
from thalweg.claims.files.marking import mark
from thalweg.draw.wording import counted
from thalweg.lab import formulas
from thalweg.lab.kit.address import MOST_CHARACTERS, remember, text
from thalweg.lab.kit.results import refused
from thalweg.lab.kit.turns import MOST_TYPED, SECONDS

SMALLEST, LARGEST = 1e-30, 1e30
"""The sizes of numbers that are taken, 0 apart."""
REACH = 1e12
"""How many times the smallest of them the largest may be: beyond it rounding is larger than what is asked for."""
SECONDS_FOR_ALL = 20.0
"""The longest time that is spent on all claims of a text."""

_NO_CELL = re.compile(r"(?:^|[,;])\s*,|^\t|\t *\t|;\s*;")  # Between two separators, or before the first.
_BETWEEN_CELLS = re.compile(r"[^\s,;][ \t,]+[^\s,;]")  # Blanks or commas between two cells of a line.


def bounded(typed: str, most: int) -> str:
    """A text that is not too long; the browser's own bound binds nobody.

    Raises:
        ValueError: If it is longer.
    """
    if len(typed) > most:
        raise ValueError(f"need at most {most} characters, got {len(typed)}")
    return typed


def own(name: str, default: str, label: str) -> mo.ui.text_area:
    """A field for a visitor's own numbers; the address keeps what is typed.

    Args:
        name: What it is called in the address.
        default: Its first text.
        label: What to type, with units.

    Returns:
        The field.
    """
    return mo.ui.text_area(
        value=text(name, default),
        label=label,
        rows=6,
        max_length=MOST_CHARACTERS,
        on_change=lambda typed: remember({name: typed}),
    )


def shown(field: mo.ui.text_area, show: Callable[[Tensor], Any], columns: int = 0) -> Any:  # noqa: ANN401
    """What a visitor's own numbers give.

    Args:
        field: The field, from `own`.
        show: What to show of the numbers; a `ValueError` of it is told.
        columns: How many numbers a row must have; any if 0.

    Returns:
        What `show` gives, or why there is nothing.
    """
    try:
        rows = matrix(field.value, columns)
        return show(rows)
    except ValueError as problem:
        return refused(problem)


def matrix(typed: str, columns: int = 0) -> Float[Tensor, "n d"]:
    """Numbers that a visitor typed or pasted: a row a line, with spaces, commas, semicolons or tabs between them.

    Semicolons end rows where cells have something else between them, as in `1 2; 3 4`.

    Args:
        typed: The text.
        columns: How many numbers a row must have; any if 0.

    Returns:
        The matrix, in float64.

    Raises:
        ValueError: If it is too long, ragged or empty, if it has another number of columns, or a number that is none, not
            finite, too small or too large, or zeros only.

    Example:
        >>> matrix("1 0, 2"), matrix("1 0; 0 2")
        (tensor([[1., 0., 2.]]), tensor([[1., 0.],
                [0., 2.]]))
    """
    bounded(typed, MOST_CHARACTERS)
    semicolon = "\n" if _BETWEEN_CELLS.search(typed) else " "
    lines = [line for line in typed.replace(";", semicolon).splitlines() if line.strip(" ,;\t")]
    rows = [line.replace(",", " ").split() for line in lines]
    widths = sorted({len(row) for row in rows})
    if not rows:
        raise ValueError("need at least one row of numbers, such as: 1 0.5")
    if empty := next((line for line in typed.splitlines() if line.strip(" ,;\t") and _NO_CELL.search(line)), ""):
        raise ValueError(f"need a number in every cell, got an empty one in {empty.strip()!r}; 0 is a number")
    if len(widths) > 1:
        raise ValueError(
            f"need as many numbers in every row, got rows of {', '.join(map(str, widths))}; commas separate numbers"
        )
    if columns and widths != [columns]:
        raise ValueError(f"need {counted(columns, 'number')} in every row, got {widths[0]}")
    found = torch.tensor([[_number(cell, *place) for *place, cell in _placed(rows)]], dtype=torch.float64)
    sizes = found[found != 0].abs()
    if not len(sizes):
        raise ValueError("need a number that is not 0, got zeros only")
    if sizes.max() > REACH * sizes.min():
        raise ValueError(f"need sizes that are within 10^12 of each other, got {sizes.min():g} and {sizes.max():g}")
    return found.reshape(len(rows), -1)


def _placed(rows: list[list[str]]) -> list[tuple[int, int, str]]:
    """The cells, each with the numbers of its row and of its column."""
    return [(i, j, cell) for i, row in enumerate(rows, 1) for j, cell in enumerate(row, 1)]


def _number(cell: str, row: int, column: int) -> float:
    """A number of reasonable size.

    Raises:
        ValueError: If it is none, or one so small or large that squares of it are lost.
    """
    try:
        value = float(cell.replace("−", "-"))
    except ValueError:
        raise ValueError(f"need numbers, got {cell!r} in row {row}, place {column}") from None
    if (value or re.match(r"[^e]*[1-9]", cell, re.IGNORECASE)) and not SMALLEST <= abs(value) <= LARGEST:
        raise ValueError(f"need 0 or sizes from {SMALLEST:g} to {LARGEST:g}, got {cell!r} in row {row}, place {column}")
    return value


def derivation(
    f: str, by: str, numbers: str = "", symmetric: str = "", shapes: str = "", second: bool = False
) -> mo.Html:
    """The story of a derivative, its formulas typeset; or why there is none."""
    try:
        bounded(f + by, MOST_TYPED)
        return formulas.story(told.answered(formulas.asked(f, by, numbers, symmetric, shapes, second)))
    except ValueError as problem:
        return refused(problem)


def claimed(typed: str) -> mo.Html:
    """What is to be said of claims that a visitor typed, line by line, as `thalweg check` says it."""
    try:
        document = formulas.document(bounded(typed, MOST_CHARACTERS))
    except ValueError as problem:
        return refused(problem)
    marked = mark(document, min(SECONDS, SECONDS_FOR_ALL / max(1, len(document.items))))
    rows = [formulas.problem_told(problem, typed) for problem in document.problems]
    for item, answer in zip(marked.document.items, marked.answers, strict=True):
        why = "\n".join(f"    {line}" for line in report_of_claims.explained(item, answer, typed))
        rows.append(f"{report_of_claims.word(answer)}  {item.label}: {report_of_claims.echo(item, answer)}\n{why}")
    said = chr(10).join(rows) or formulas.NO_CLAIMS
    return mo.Html(f'<div class="results"><pre>{html.escape(said)}</pre></div>')
