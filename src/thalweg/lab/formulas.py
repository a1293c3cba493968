"""Derivatives and claims on a page: stories as tables, known ones as links, claims without a file, what slopes predict."""

import html
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

import marimo as mo

from thalweg.calculus import show, told
from thalweg.calculus.along import Along, along
from thalweg.calculus.derive import Derivation
from thalweg.calculus.identities import IDENTITIES, Identity
from thalweg.calculus.meaning import Scope, understand
from thalweg.calculus.nodes import CalculusError, Expr, symbol
from thalweg.calculus.raw import differentiated
from thalweg.claims.files.document import Document
from thalweg.claims.files.markdown import lines_of
from thalweg.claims.files.report import pointed
from thalweg.claims.files.scopes import Frame
from thalweg.claims.files.statements import read_block
from thalweg.draw import strokes, tangents
from thalweg.draw.wording import said

NO_CLAIMS = "No claim yet. A line each, such as:\n\nsizes n\nx, y : n\nclaim ||x + y|| <= ||x|| + ||y||"
CLAIMS = """sizes n d
X : n x d
lam : scalar > 0
claim push: X inv(X' X + lam I) = inv(X X' + lam I) X
x, y : n
claim square: ||x + y||^2 = ||x||^2 + ||y||^2"""
NOTHING = (
    "There is nothing to draw: f has no derivative that is a number, a row or a matrix, or no value at random points."
)
MOST_IN_ALL = 400
"""The most characters of a question with all that is said of its names."""
_PROSE = "markdown prose dark:prose-invert"
_TABLE = f'<div class="{_PROSE}" style="max-width: none; overflow-x: auto"><table>{{}}</table></div>'
_STORY = (
    f'<div class="{_PROSE}" style="max-width: none"><table style="display: table; table-layout: fixed; width: 100%">'
    '<colgroup><col style="width: 6.5rem"><col></colgroup>{}</table></div>'
)


def asked(
    f: str, by: str, numbers: str = "", symmetric: str = "", shapes: str = "", second: bool = False
) -> told.Question:
    """A question as its fields say it.

    Args:
        f: The expression.
        by: The name by which it is differentiated.
        numbers: Names that are numbers, with spaces between them; those that do not occur are passed over.
        symmetric: Names of symmetric matrices, likewise.
        shapes: Shapes of names, with semicolons between them.
        second: Whether to differentiate once more.

    Returns:
        The question.

    Raises:
        ValueError: If it is too long.

    Example:
        >>> asked("t^2 A", "t", "t", shapes="A: n x m; t: scalar").shapes
        ('A: n x m', 't: scalar')
    """
    length = sum(map(len, (f, by, numbers, symmetric, shapes)))
    if length > MOST_IN_ALL:
        raise ValueError(f"need at most {MOST_IN_ALL} characters in all, got {length}")
    occur = re.findall(r"[^\W\d]\w*", f)
    kinds, traits = (
        {name: kind for name in re.split(r"[\s,]+", names.strip()) if name in occur}
        for names, kind in ((numbers, "scalar"), (symmetric, "symmetric"))
    )
    given = tuple(part.strip() for part in shapes.split(";") if part.strip())
    return told.Question(f, by.strip(), given, kinds, traits, second)


def choices(f: str, numbers: str = "", symmetric: str = "", shapes: str = "") -> list[str]:
    """The names by which an expression can be differentiated; none if it cannot be read.

    Example:
        >>> choices("||X w - y||^2"), choices("||X w -")
        (['X', 'w', 'y'], [])
    """
    try:
        return list(told.names(asked(f, "", numbers, symmetric, shapes)))
    except ValueError:
        return []


def first_choice(names: Sequence[str], wanted: str) -> str:
    """The name that was wanted, if it is there; else `w` or `x`, else the first small letter, else the first.

    Example:
        >>> first_choice(["X", "w", "y"], "z"), first_choice(["X", "y"], "y"), first_choice(["A"], "x")
        ('w', 'y', 'A')
    """
    for name in (wanted, "w", "x", *(name for name in names if name.islower())):
        if name in names:
            return name
    return names[0] if names else wanted


def table(rows: Iterable[Sequence[str]], head: Sequence[str]) -> mo.Html:
    """Rows of Markdown under a head, as a table that scrolls in its box if it is wide."""
    titles = "".join(f"<th>{html.escape(title)}</th>" for title in head)
    body = "".join(f"<tr>{''.join(f'<td>{mo.md(cell).text}</td>' for cell in row)}</tr>" for row in rows)
    return mo.Html(_TABLE.format(f"<thead><tr>{titles}</tr></thead><tbody>{body}</tbody>"))


def story(found: Derivation) -> mo.Html:
    """How a derivative was found, and below it that of the derivative, if it was asked for."""
    if found.second is None:
        return _story(found)
    x = show.latex(found.x)
    form = "as a column" if found.x.shape.is_column else "transposed"
    of = f", the derivative of the first {form}" if found.f.is_scalar and not found.x.is_scalar else ""
    first, second = (
        mo.md(rf"### $\partial{power} f / \partial {x}{power}${words}") for power, words in (("", ""), ("^2", of))
    )
    return mo.vstack([first, _story(found), second, _story(found.second)])


def _story(found: Derivation) -> mo.Html:
    """The steps, each line of which scrolls on its own if it is a long formula."""
    steps = [told.in_markdown(found, step) for step in told.story(found)]
    cells = [(mo.md(title).text, mo.md(line).text) for title, line in (*steps, ("confirmed", told.confirmed(found)))]
    rows = [f'<tr><td>{title}</td><td><div style="overflow-x: auto">{line}</div></td></tr>' for title, line in cells]
    return mo.Html(_STORY.format(f"<tbody>{''.join(rows)}</tbody>"))


@lru_cache(1)
def known() -> dict[str, mo.Html]:
    """The derivatives that are known, by kind, each with a link that puts it into the fields."""
    groups: dict[str, list[tuple[str, ...]]] = {}
    for each in IDENTITIES:
        groups.setdefault(each.group, []).append(_known(each))
    return {name: table(rows, ("f", "by", "derivative", "")) for name, rows in groups.items()}


def _known(each: Identity) -> tuple[str, ...]:
    symmetric, numbers = " ".join(each.traits), " ".join(each.kinds)
    question = {
        "f": each.text,
        "by": each.wrt,
        "numbers": numbers,
        "symmetric": symmetric,
        "shapes": "; ".join(each.shapes),
    }
    link = html.escape("?" + urlencode({name: value for name, value in question.items() if value}))
    note = f" ({symmetric.replace(' ', ', ')} symmetric)" if symmetric else ""
    f, derivative, x = _read(each)
    typeset = [f"${show.latex(part)}$" for part in (f, x, derivative)]
    return f"{typeset[0]}{note}", *typeset[1:], f'<a href="{link}" target="_self">derive it</a>'


def _read(each: Identity) -> tuple[Expr, Expr, Expr]:
    """A known expression, its derivative and the name: the derivative's shape says the size of an identity in it."""
    f, scope = told.read(told.Question(each.text, each.wrt, each.shapes, each.kinds, each.traits))
    x = scope.names[each.wrt]
    raw = differentiated(f, x)
    assert raw is not None
    sizes = {name for node in f.walk() for side in (node.shape.rows, node.shape.columns) for name in side.names}
    closed = Scope({**scope.names, "D": symbol("D", raw.shape)}, sizes | {"n"})
    return f, understand(f"D = {each.derivative}", closed).expr.args[1], x


def document(typed: str) -> Document:
    r"""Claims without a fence around them, so that their lines count from where they are typed; fences are passed over.

    Example:
        >>> [str(problem) for problem in document("x : 3 x\nclaim x = x").problems][0].partition(",")[0]
        'line 1'
    """
    plain = [
        replace(line, text="" if line.text.lstrip().startswith(("```", "~~~")) else line.text)
        for line in lines_of(typed)
    ]
    items, problems = read_block(tuple(plain), Frame())
    return Document({}, "", tuple(items), tuple(problems), typed)


def problem_told(problem: CalculusError, typed: str) -> str:
    """What could not be read, above its line and a mark below the place."""
    return "\n    ".join([str(problem), *pointed(typed, problem.line, problem.column)])


def line_through(fields: Mapping[str, Any], seed: int) -> Along | None:
    """An expression along a random line; None if it has no derivative that is a matrix, or no value.

    Args:
        fields: What `asked` takes.
        seed: Where chance begins.

    Returns:
        The line.
    """
    try:
        return along(told.answered(asked(**fields)), seed)
    except ValueError:
        return None


def tangent(line: Along | None, h: float) -> tuple[Any, str]:
    """The expression along its line under the tangent that its derivative predicts, and what the picture says."""
    if line is None:
        return strokes.nothing(), NOTHING
    there = line.at(h)
    figure = tangents.tangent(line.t, line.g, line.value, line.slope, (h, there))
    return figure, f"f along a random line through a random point under its tangent. {compared(line, h)}"


def differences(line: Along | None, h: float) -> tuple[Any, str]:
    """How far differences are from the predicted slope, over their step, and what the picture says."""
    if line is None:
        return strokes.nothing(), NOTHING
    second, third = (abs(bend) for bend in line.bends)
    seen = line.central[line.central.isfinite()]  # One half of a line may lie where f has no value.
    predicted = {"one-sided": second * line.h / 2, "central": third * line.h**2 / 6}
    figure = tangents.difference_lines(line.h, {"one-sided": line.one_sided, "central": line.central}, predicted, h)
    return figure, (
        f"distances of differences from the predicted slope {said(line.slope, 4)} over their step, from 10⁻⁸ to 1. One-sided "
        f"ones are predicted to be {said(second / 2)} h away, central ones {said(third / 6)} h²; the nearest central one is "
        f"{said(seen.min(), 2)} away, where rounding takes over"
    )


def compared(line: Along | None, h: float) -> str:
    """What the derivative predicts along a line, and what differences measure."""
    if line is None:
        return NOTHING
    predicted, there, back = line.value + h * line.slope, line.at(h), line.at(-h)
    slope = f"Predicted slope {said(line.slope, 5)}; "
    if math.isnan(there) or math.isnan(back):
        where = " and ".join(f"{sign}h" for sign, value in (("", there), ("−", back)) if math.isnan(value))
        return f"{slope}at {where}, with h = {said(h)}, f has no value: choose a smaller step."
    return (
        f"{slope}at h = {said(h)} the central difference measures {said((there - back) / (2 * h), 5)}. There the tangent gives "
        f"{said(predicted, 5)} and f is {said(there, 5)}, {said(abs(there - predicted), 2)} apart."
    )
