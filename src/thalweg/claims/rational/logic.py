"""Statements put together: what is plainly true or false goes. Nothing here decides anything that needs a thought."""

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction

from thalweg.calculus.algebra import ZERO
from thalweg.calculus.nodes import SCALAR, Expr, number
from thalweg.claims.nouns import Claim

TRUE = Expr("compare", (ZERO, ZERO), SCALAR, "=")
FALSE = Expr("compare", (ZERO, number(1)), SCALAR, "=")
OPPOSITE = {"=": "!=", "!=": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
TURNED = {"=": "=", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}
_SIGNS = {"=": (0,), "!=": (-1, 1), "<": (-1,), "<=": (-1, 0), ">": (1,), ">=": (0, 1)}


def compared(left: Expr, relation: str, right: Expr) -> Expr:
    """A comparison of scalars; of numbers it is plainly true or false."""
    if left.op == right.op == "number":
        return plainly(agrees(left.value - right.value, relation))
    return Expr("compare", (left, right), SCALAR, relation)


def plainly(is_true: bool) -> Expr:
    """The statement that is always true, or always false."""
    return TRUE if is_true else FALSE


def agrees(difference: Fraction, relation: str) -> bool:
    """Whether a relation holds between two numbers with this difference."""
    return (difference > 0) - (difference < 0) in _SIGNS[relation]


def every(parts: Iterable[Expr]) -> Expr:
    """That all statements hold."""
    kept = list(dict.fromkeys(part for part in parts if part != TRUE))
    if FALSE in kept:
        return FALSE
    return _joined("and", kept, TRUE)


def some(parts: Iterable[Expr]) -> Expr:
    """That one of the statements holds."""
    kept = list(dict.fromkeys(part for part in parts if part != FALSE))
    if TRUE in kept:
        return TRUE
    return _joined("or", kept, FALSE)


def _joined(op: str, parts: list[Expr], empty: Expr) -> Expr:
    if not parts:
        return empty
    return parts[0] if len(parts) == 1 else Expr(op, tuple(parts), SCALAR)


def opposite(statement: Expr) -> Expr:
    """That a statement does not hold."""
    if statement.op == "compare" and statement.args[0].is_scalar:
        left, right = statement.args
        return compared(left, OPPOSITE[str(statement.value)], right)
    return statement.args[0] if statement.op == "not" else Expr("not", (statement,), SCALAR)


def both_ways(left: Expr, right: Expr) -> Expr:
    """That two statements are true together or false together."""
    return Expr("iff", (left, right), SCALAR)


def implied_by(condition: Expr, statement: Expr) -> Expr:
    """That a condition is enough for a statement."""
    return Expr("implies", (condition, statement), SCALAR)


def restated(claim: Claim, statement: Expr, *givens: Expr) -> Claim:
    """The claim with another statement, and with more givens."""
    return replace(claim, statement=statement, givens=(*claim.givens, *givens), readings=())
