"""Matrices of a few rows, worked out entry by entry as ratios of polynomials. Sizes must be numbers.

`RATIOS` is a field for `calculus.exact`. Where a division by zero or a singular matrix cannot be told from the generic case it
is taken to be generic: what comes out holds wherever the expression that it was made from is defined.
"""

from fractions import Fraction

import numpy as np

from thalweg.calculus import exact
from thalweg.calculus.fields import Field, Inexact, Undefined, crossed_by, uncleared
from thalweg.calculus.nodes import SCALAR, Expr, Symbol, number, symbol, symbols
from thalweg.claims.rational import polynomials, ratios
from thalweg.claims.rational.polynomials import TooLarge
from thalweg.claims.rational.ratios import Ratio, whole

MOST_ENTRIES = 12

_Grid = list[list[Ratio]]


def _inverted(value: Ratio) -> Ratio:
    if value.is_zero:
        raise Undefined("division by 0")
    return whole(1) / value


def _exponent(value: Ratio) -> Ratio | Fraction:
    """An exponent that is a number, as a number."""
    return value if value.constant is None else value.constant


def _power(base: Ratio, exponent: Ratio | Fraction | int) -> Ratio:
    if base.is_zero and isinstance(exponent, Fraction | int) and exponent < 0:
        raise Undefined("division by 0")
    raised = ratios.expression(exponent) if isinstance(exponent, Ratio) else number(exponent)
    return ratios.ratio(Expr("power", (ratios.expression(base), raised), SCALAR))


def _applied(name: str, value: Ratio) -> Ratio:
    return ratios.ratio(Expr("map", (ratios.expression(value),), SCALAR, name))


def _larger(left: Ratio, right: Ratio) -> Ratio:
    return ratios.ratio(Expr("max", (ratios.expression(left), ratios.expression(right)), SCALAR))


def _compared(relation: str, left: Ratio, right: Ratio) -> bool | None:
    """What differs as a ratio is taken to differ."""
    if relation in ("=", "!="):
        return ((left - right).is_zero) == (relation == "=")
    return None


def _unguarded(_value: Ratio, _count: int) -> None:
    """Polynomials refuse what grows too large themselves."""


RATIOS = Field(
    name="ratios of polynomials",
    number=whole,
    reduced=lambda value: value,
    invert=_inverted,
    exponent=_exponent,
    power=_power,
    apply=_applied,
    larger=_larger,
    compare=_compared,
    least=lambda value: int(not value.is_zero),
    cleared=uncleared,
    crossed=crossed_by(_inverted),
    guard=_unguarded,
)


def entry_name(name: Expr, row: int, column: int) -> Expr:
    """The scalar that stands for one entry of a matrix: `w[1]`, `A[1,2]`."""
    assert isinstance(name.value, Symbol)
    if name.shape.is_scalar:
        return name
    place = f"{row + 1}" if name.shape.is_column else f"{row + 1},{column + 1}"
    return symbol(f"{name.value.name}[{place}]", SCALAR)


def spelled(name: Expr) -> list[list[Expr]]:
    """The entries of a name, row by row; traits that tie or fix entries are not served.

    Raises:
        Inexact: If its size is no number, or if it is too large.
    """
    assert isinstance(name.value, Symbol)
    shape = name.shape
    if shape.rows.names or shape.columns.names or shape.rows.constant * shape.columns.constant > MOST_ENTRIES:
        raise Inexact("a matrix whose size is no small number")
    if not name.is_scalar and name.value.traits - {"positive", "nonnegative", "nonzero", "integer"}:
        raise Inexact("a matrix with traits")
    return [[entry_name(name, i, j) for j in range(shape.columns.constant)] for i in range(shape.rows.constant)]


def explicit(expr: Expr) -> np.ndarray:
    """The entries of an expression as ratios.

    Raises:
        Inexact: If a size is no small number, or if an operation cannot be written in ratios.
        Undefined: If it is defined nowhere.

    Example:
        >>> from thalweg.calculus.meaning import Scope, understand
        >>> e = understand("inv([sigma, 0; 0, tau]) [1; beta]", Scope(is_open=True)).expr
        >>> [str(ratios.text(ratios.expression(entry))) for entry in explicit(e).flat]
        ['1 / sigma', 'beta / tau']
    """
    values = {name: _values(node) for name, node in symbols(expr).items()}
    try:
        return exact.evaluate(expr, values, {}, RATIOS)
    except (TooLarge, ZeroDivisionError, ValueError) as problem:
        raise Inexact(str(problem)) from problem


def _values(name: Expr) -> _Grid:
    return [[Ratio(polynomials.variable(entry), polynomials.constant(1)) for entry in row] for row in spelled(name)]
