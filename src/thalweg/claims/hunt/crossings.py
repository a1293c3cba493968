"""Where two sides that are said to differ cross: on a line from a case where one is larger to a case where the other is.

A side that is continuous along the line must meet the other one in between. The line is halved until both ends are close;
then intervals around the piece that is left tell that everything has a value there, and that traits and givens hold.
"""

from fractions import Fraction

import numpy as np
import torch

from thalweg.calculus import numeric
from thalweg.calculus.algebra import minus
from thalweg.calculus.elimination import Matrix
from thalweg.calculus.exact import evaluate
from thalweg.calculus.fields import Element, Inexact, Undefined
from thalweg.calculus.intervals import INTERVALS, between, interval
from thalweg.calculus.nodes import Expr
from thalweg.claims.hunt.certify import Case, matrix, told
from thalweg.claims.hunt.plans import Plan
from thalweg.claims.hunt.samples import Exact, completed, drawn, picked, size_choices
from thalweg.claims.hunt.traits import has_traits
from thalweg.claims.hunt.trials import Hunt
from thalweg.claims.nouns import name_of

_CASES, _PAIRS, _HALVINGS = 48, 3, 70
_ALGEBRA = (
    "symbol",
    "number",
    "size",
    "pi",
    "identity",
    "zeros",
    "ones",
    "add",
    "product",
    "hadamard",
    "transpose",
    "inverse",
)
_FUNCTIONS = (
    "power",
    "raised",
    "map",
    "max",
    "min",
    "norm",
    "trace",
    "det",
    "total",
    "diag",
    "diagonal",
    "block",
    "entry",
)
_CONTINUOUS = frozenset({*_ALGEBRA, *_FUNCTIONS})
_JUMPING = frozenset({"sign", "step"})


def crossing(hunt: Hunt) -> Case | None:
    """A case, in intervals, in which two numbers are equal that are said to differ.

    Args:
        hunt: The search.

    Returns:
        The case; None if the statement is no `!=` of numbers, or if the sides were not seen to cross.
    """
    about = hunt.question
    is_apart = about.statement.op == "compare" and about.statement.value == "!=" and about.statement.args[0].is_scalar
    if not is_apart or any(given.value == "=" for given in about.givens) or not _is_continuous(about.statement):
        return None
    difference = minus(*about.statement.args)
    for sizes in size_choices(about, 2)[:2]:
        values = drawn(about.plan, sizes, _CASES, hunt.rng, is_exact=True)
        made = numeric.evaluate(difference, completed(about.plan, values, sizes), sizes)
        flat = torch.atleast_1d(made.flatten()).tolist() if made.numel() == _CASES else []
        below = [place for place, value in enumerate(flat) if -np.inf < value < 0]
        above = [place for place, value in enumerate(flat) if 0 < value < np.inf]
        for pair in [(low, high) for low in below[:_PAIRS] for high in above[:_PAIRS]]:
            ends = [picked(values, place, values) for place in pair]
            found = None if hunt.is_over else _between(hunt, difference, sizes, ends)
            if found is not None:
                return found
    return None


def _is_continuous(statement: Expr) -> bool:
    """Whether both sides are continuous wherever they have a value."""
    return all(
        node.op in _CONTINUOUS and not (node.op == "map" and node.value in _JUMPING)
        for side in statement.args
        for node in side.walk()
    )


def _between(hunt: Hunt, difference: Expr, sizes: dict[str, int], ends: list[Exact]) -> Case | None:
    """The piece of a line in which a difference is 0 somewhere, as a case."""
    plan, low, high = hunt.question.plan, Fraction(0), Fraction(1)
    try:
        for place in (low, high):
            if _sign(plan, difference, sizes, _box(ends, place, place)) != (1 if place else -1):
                return None
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            sign = _sign(plan, difference, sizes, _box(ends, middle, middle))
            if sign is None or hunt.is_over:
                return None
            low, high = (middle, high) if sign < 0 else (low, middle)
        return _certified(hunt, difference, sizes, _box(ends, low, high))
    except (Undefined, Inexact, OverflowError):
        return None


def _box(ends: list[Exact], low: Fraction, high: Fraction) -> dict[str, Matrix]:
    """Intervals around a piece of the line, for everything that is drawn."""

    def entry(start: Fraction, end: Fraction) -> Element:
        parts = [interval(start + place * (end - start)) for place in (low, high)]
        small, large = parts if start <= end else parts[::-1]
        return between(small, large)

    first, last = ends
    return {
        name: matrix(
            [[entry(*pair) for pair in zip(*rows, strict=True)] for rows in zip(first[name], last[name], strict=True)],
            INTERVALS,
        )
        for name in first
    }


def _all(plan: Plan, sizes: dict[str, int], box: dict[str, Matrix]) -> dict[str, Matrix]:
    """Values of all names in intervals, those that are defined by others too."""
    values = dict(box)
    for name, expr in plan.defined:
        values[name_of(name)] = evaluate(expr, values, sizes, INTERVALS)
    return values


def _sign(plan: Plan, difference: Expr, sizes: dict[str, int], box: dict[str, Matrix]) -> int | None:
    """The sign of a difference where that is certain."""
    value = evaluate(difference, _all(plan, sizes, box), sizes, INTERVALS)[0, 0]
    return -1 if value.b < 0 else 1 if value.a > 0 else None


def _certified(hunt: Hunt, difference: Expr, sizes: dict[str, int], box: dict[str, Matrix]) -> Case | None:
    """A piece of a line as a case, if everything has a value all along it, and traits and givens hold."""
    values = _all(hunt.question.plan, sizes, box)
    evaluate(difference, values, sizes, INTERVALS)
    case = Case(hunt.question.plan, {}, sizes, {}, values)
    names = [name for name in hunt.question.names if name.value.traits]
    fits = all(has_traits(name, values[name_of(name)], INTERVALS) for name in names)
    return case if fits and all(told(given, case) is True for given in hunt.question.givens) else None
