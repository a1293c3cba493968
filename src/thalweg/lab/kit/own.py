"""What a visitor brings: numbers, expressions, claims; bounded, and read as data."""

import html
from collections.abc import Callable, Sequence
from typing import Any

import marimo as mo
import torch
from jaxtyping import Float
from torch import Tensor

from thalweg.calculus import told
from thalweg.claims.files import report as report_of_claims
from thalweg.claims.files.marking import check_text
from thalweg.lab.kit.address import MOST_CHARACTERS, remember, text
from thalweg.lab.kit.results import refused
from thalweg.lab.kit.turns import MOST_TYPED, SECONDS

SECONDS_FOR_ALL = 20.0
"""The longest time that is spent on all claims of a text."""


def bounded(typed: str, most: int) -> str:
    """A text that is not too long; the browser's own bound binds nobody.

    Raises:
        ValueError: If it is longer.
    """
    if len(typed) > most:
        raise ValueError(f"need at most {most} characters, got {len(typed)}")
    return typed


def own(name: str, default: str, label: str) -> mo.ui.text_area:
    """A field for a visitor's own numbers.

    Args:
        name: What it is called in the address.
        default: Its first text.
        label: What to type, with units.

    Returns:
        The field.
    """
    return mo.ui.text_area(value=text(name, default), label=label, rows=6, max_length=MOST_CHARACTERS)


def shown(name: str, field: mo.ui.text_area, show: Callable[[Tensor], Any], columns: int = 0) -> Any:  # noqa: ANN401
    """What a visitor's own numbers give; the address keeps them.

    Args:
        name: What the field is called in the address.
        field: The field, from `own`.
        show: What to show of the numbers; a `ValueError` of it is told.
        columns: How many numbers a row must have; any if 0.

    Returns:
        What `show` gives, or why there is nothing.
    """
    try:
        rows = matrix(field.value, columns)
        remember({name: field.value})
        return show(rows)
    except ValueError as problem:
        return refused(problem)


def matrix(typed: str, columns: int = 0) -> Float[Tensor, "n d"]:
    """Numbers that a visitor typed or pasted: a row a line, with spaces, commas, semicolons or tabs between them.

    Args:
        typed: The text.
        columns: How many numbers a row must have; any if 0.

    Returns:
        The matrix, in float64.

    Raises:
        ValueError: If it is too long, ragged or empty, if it has another number of columns, or numbers that are not finite or
            larger than 1e100, or zeros only.

    Example:
        >>> matrix("1 0, 2")
        tensor([[1., 0., 2.]])
    """
    bounded(typed, MOST_CHARACTERS)
    rows = [line.replace(",", " ").replace(";", " ").split() for line in typed.splitlines() if line.strip()]
    widths = sorted({len(row) for row in rows})
    if not rows or len(widths) > 1:
        raise ValueError(f"need as many numbers in every row, got rows of {', '.join(map(str, widths)) or 'nothing'}")
    if columns and widths != [columns]:
        raise ValueError(f"need {columns} numbers in every row, got {widths[0]}")
    try:
        found = torch.tensor([[float(cell) for cell in row] for row in rows], dtype=torch.float64)
    except ValueError as problem:
        raise ValueError(f"need numbers, got {str(problem).split(': ')[-1]}") from None
    if not found.isfinite().all() or not found.any() or float(found.abs().max()) > 1e100:
        raise ValueError("need finite numbers of at most 1e100, and one that is not 0")
    return found


def derivation(f: str, by: str, symmetric: Sequence[str], second: bool = False) -> mo.Html:
    """The story of a derivative, its formulas typeset; or why there is none."""
    try:
        bounded(f + by, MOST_TYPED)
        found = told.answered(told.Question(f, by.strip(), traits=dict.fromkeys(symmetric, "symmetric"), second=second))
    except ValueError as problem:
        return refused(problem)
    stories = [found, *([found.second] if found.second else [])]
    rows = [f"| {step.title} | {_typeset(step.text, step.latex)} |" for story in stories for step in story.steps]
    checked = told.confirmed(found)
    return mo.md("| | |\n|---|---|\n" + "\n".join(rows) + f"\n| confirmed | {html.escape(checked)} |")


def _typeset(words: str, latex: str) -> str:
    return f"${latex}$" if latex else html.escape(words).replace("|", "&#124;")


def claimed(typed: str) -> mo.Html:
    """What is to be said of claims that a visitor typed, line by line, as `thalweg check` says it."""
    lines = sum(bool(line.strip()) for line in typed.splitlines())
    try:
        bounded(typed, MOST_CHARACTERS)
        marked = check_text(f"```claim\n{typed}\n```\n", seconds=min(SECONDS, SECONDS_FOR_ALL / max(1, lines)))
    except ValueError as problem:
        return refused(problem)
    rows = [str(problem) for problem in marked.document.problems]
    for item, answer in zip(marked.document.items, marked.answers, strict=True):
        why = "\n".join(f"    {line}" for line in report_of_claims.explained(item, answer))
        rows.append(f"{report_of_claims.word(answer)}  {item.label}: {report_of_claims.echo(item, answer)}\n{why}")
    return mo.Html(f'<div class="results"><pre>{html.escape(chr(10).join(rows))}</pre></div>')
