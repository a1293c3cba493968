"""Expressions and statements worked out exactly: in fractions, modulo a prime, or in intervals. Floats are `numeric`'s.

A value is a `Matrix`: an object array with two axes, of elements of one field. What the operations do is in `operations`.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from fractions import Fraction

import numpy as np

from thalweg.calculus.elimination import Matrix, identity, inverse
from thalweg.calculus.fields import RATIONALS, Element, Exponent, Field, Inexact, Undefined
from thalweg.calculus.fields import modulo as modulo
from thalweg.calculus.intervals import INTERVALS as INTERVALS
from thalweg.calculus.nodes import Expr, symbols
from thalweg.calculus.operations import HALF, OPERATIONS, Case, each, is_entrywise, one, squares

MOST_POWER = 64  # to which a matrix is raised


def evaluate(expr: Expr, values: Mapping[str, Matrix | Sequence], sizes: Mapping[str, int], field: Field) -> Matrix:
    """The value of an expression.

    Args:
        expr: The expression.
        values: The value of each name in it, row by row: ints, fractions or elements of the field.
        sizes: The value of each size in it.
        field: What to compute in: `RATIONALS`, `modulo(p)` or `INTERVALS`.

    Returns:
        An object array of the shape of the expression, with elements of the field.

    Raises:
        Undefined: If it has no value, such as `1/0`.
        Inexact: If this field cannot tell the value, or if it is too large to work out; so for operations that are
            worked out before anything is evaluated, such as `deriv` and `limit`.
        ValueError: If the value of a name or a size is missing or has another shape.

    Example:
        >>> from thalweg.calculus.meaning import Scope, understand
        >>> expr = understand("x' x / 2", Scope(is_open=True)).expr
        >>> print(evaluate(expr, {"x": [[1], [2]]}, {"n": 2}, RATIONALS)[0, 0])
        5/2
    """
    try:
        return _value(expr, Case(values, sizes, field))
    except KeyError as missing:
        raise ValueError(f"evaluate: need a value of {missing}, got {[*values, *sizes]}") from None


def holds(
    statement: Expr, values: Mapping[str, Matrix | Sequence], sizes: Mapping[str, int], field: Field
) -> bool | None:
    """Whether a statement holds.

    Every part of it is worked out, also where others decide: if one is undefined, so is the statement.

    Args:
        statement: The statement. Between matrices `=`, `<` and `<=` hold if they hold for all entries.
        values: The value of each name in it, row by row.
        sizes: The value of each size in it.
        field: What to compute in.

    Returns:
        Whether it holds; None if that cannot be told, as of intervals that overlap, of `forall`, or of a value that the
        field cannot hold.

    Raises:
        Undefined: If some part has no value.
        ValueError: If the value of a name or a size is missing or has another shape.

    Example:
        >>> from thalweg.calculus.meaning import Scope, understand
        >>> statement = understand("x' x >= 5 and x != 0", Scope(is_open=True)).expr
        >>> holds(statement, {"x": [[1], [2]]}, {"n": 2}, RATIONALS)
        True
    """
    try:
        return _truth(statement, Case(values, sizes, field))
    except KeyError as missing:
        raise ValueError(f"holds: need a value of {missing}, got {[*values, *sizes]}") from None


def _value(node: Expr, case: Case) -> Matrix:
    """The value of a node; equal nodes are worked out once."""
    found = case.known.get(node)
    if found is None:
        if node.op in _CHOOSING:
            found = _CHOOSING[node.op](node, case)
        elif node.op in OPERATIONS:
            found = OPERATIONS[node.op](case, node, *[_value(arg, case) for arg in node.args])
        else:
            raise Inexact(f"{node.op} is worked out before anything is evaluated")
        case.known[node] = found
    return found


def _power(node: Expr, case: Case) -> Matrix:
    """A number or a square matrix to a power."""
    base, exponent = node.args[0], _exponent(node.args[1], case)
    if not isinstance(exponent, Exponent):
        return one(case.field.power(_single(base, case), exponent))
    if base.is_scalar:
        return one(case.field.power(*_radicand(base, exponent, case)))
    return _matrix_power(_value(base, case), exponent, case.field)


def _single(expr: Expr, case: Case) -> Element:
    """The value of a number."""
    if not expr.is_scalar:
        raise Inexact("a matrix to a power that is no rational number")
    return _value(expr, case)[0, 0]


def _exponent(expr: Expr, case: Case) -> Exponent | Element:
    """An exponent, in fractions if that can be: always if there are no names in it."""
    if isinstance(expr.value, Fraction):
        return expr.value
    if case.field is not RATIONALS and not symbols(expr):
        with suppress(Inexact):
            return _value(expr, Case({}, case.sizes, RATIONALS))[0, 0]
    return case.field.exponent(_single(expr, case))


def _radicand(base: Expr, exponent: Exponent, case: Case) -> tuple[Element, Exponent]:
    """What is raised, and to what: the square of a root is worked out without the root, so that `||x||^2` is exact."""
    root = _root(base)
    if root is None or not exponent or (root * exponent).denominator > 1:
        return _single(base, case), exponent
    inside = _value(base.args[0], case)
    under = squares(case, inside) if base.op == "norm" else _not_negative(inside[0, 0], case.field)
    return under, root * exponent


def _root(expr: Expr) -> Fraction | None:
    """The exponent of an expression that is a root; a norm is the root of a sum of squares."""
    if expr.op == "norm":
        return HALF if is_entrywise(expr) else None
    exponent = expr.args[1].value if expr.op == "power" else None
    return exponent if isinstance(exponent, Fraction) and exponent.denominator > 1 else None


def _not_negative(element: Element, field: Field) -> Element:
    """What stands under a root."""
    holds = field.compare(">=", element, field.number(0))
    if holds is None:
        raise Inexact("whether a number under a root is negative")
    if not holds:
        raise Undefined("a root of a negative number")
    return element


def _matrix_power(base: Matrix, exponent: Exponent, field: Field) -> Matrix:
    """A square matrix to a whole power, by squaring."""
    if exponent.denominator != 1:
        raise Undefined("a matrix to a power that is not whole")
    if abs(exponent) > MOST_POWER:
        raise Inexact("a matrix to a power that is too large")
    base, times = (base if exponent >= 0 else inverse(base, field)), abs(int(exponent))
    for entry in base.flat:
        field.guard(entry, times)
    result = identity(len(base), field)
    while times:
        result = field.reduced(result.dot(base)) if times % 2 else result
        base, times = (field.reduced(base.dot(base)) if times > 1 else base), times // 2
    return result


def _where(node: Expr, case: Case) -> Matrix:
    """One of two matrices, entry by entry; one of which nothing is taken is not worked out."""
    condition = _truths(node.args[0], case)
    if None in condition:
        raise Inexact("which case of where applies")
    if condition.all() or not condition.any():
        return _value(node.args[1 if condition.all() else 2], case)
    left, right = (_value(arg, case) for arg in node.args[1:])
    return np.where(condition.astype(bool), left, right)


_CHOOSING: dict[str, Callable[[Expr, Case], Matrix]] = {"power": _power, "where": _where}  # not all parts are needed

# Statements: true, false, or None where neither can be told (Kleene's logic of three values)


def _both(*parts: bool | None) -> bool | None:
    """Whether all hold."""
    return False if False in parts else None if None in parts else True


def _not(part: bool | None) -> bool | None:
    """Whether it does not hold."""
    return None if part is None else not part


_JOINED: dict[str, Callable[..., bool | None]] = {
    "and": _both,
    "or": lambda *parts: _not(_both(*map(_not, parts))),
    "not": _not,
    "implies": lambda a, b: _not(_both(a, _not(b))),
    "iff": lambda a, b: None if None in (a, b) else a == b,
}


def _truths(node: Expr, case: Case) -> Matrix:
    """Whether a statement holds, entry by entry."""
    if node.op == "compare":
        left, right = (_value(arg, case) for arg in node.args)
        return each(lambda a, b: case.field.compare(str(node.value), a, b), left, right)
    if node.op in _JOINED:
        return each(_JOINED[node.op], *[_truths(arg, case) for arg in node.args])
    return one(None)


def _truth(node: Expr, case: Case) -> bool | None:
    """Whether a statement holds."""
    if node.op in _JOINED:
        return _JOINED[node.op](*[_truth(arg, case) for arg in node.args])
    try:
        entries = _truths(node, case).ravel().tolist()
    except Inexact:
        return None
    return _JOINED["or"](*entries) if node.value == "!=" else _both(*entries)
