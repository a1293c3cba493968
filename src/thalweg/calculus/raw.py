"""Expressions as they are typed: nothing is simplified but a product of numbers and a transpose turned twice."""

from fractions import Fraction

from thalweg.calculus.nodes import SCALAR, Expr, Shape, number
from thalweg.calculus.sizes import ONE

MOST_BITS = 4096  # of a number that is raised to a power


def is_zero(expr: Expr) -> bool:
    """Whether an expression is the number 0."""
    return expr.op == "number" and expr.value == 0


def negative(expr: Expr) -> Expr:
    """Minus an expression."""
    if expr.op == "number":
        return number(-expr.value)
    return product([number(-1), expr], expr.shape)


def product(factors: list[Expr], shape: Shape) -> Expr:
    """A product, flat where the first factor is one."""
    if len(factors) == 1:
        return factors[0]
    first = factors[0].args if factors[0].op == "product" else (factors[0],)
    if factors[0].op == factors[1].op == "number" and len(factors) == 2:
        return number(factors[0].value * factors[1].value)
    return Expr("product", (*first, *factors[1:]), shape)


def raised(base: Expr, exponent: Expr) -> Expr:
    """A scalar to a power."""
    if base.op == exponent.op == "number":
        value = whole_power(base.value, exponent.value)
        if value is not None:
            return number(value)
    return Expr("power", (base, exponent), SCALAR)


def whole_power(base: Fraction, power: Fraction) -> Fraction | None:
    """A number to a whole power; None if the power is not whole, if there is no such number, or if it is a long one.

    Example:
        >>> whole_power(Fraction(2, 3), Fraction(-2))
        Fraction(9, 4)
    """
    bits = max(base.numerator.bit_length(), base.denominator.bit_length())
    if power.denominator != 1 or (power < 0 and not base) or (bits > 1 and bits * abs(power) > MOST_BITS):
        return None
    return base ** int(power)


def turned(expr: Expr) -> Expr:
    """The transpose; turning twice changes nothing."""
    if expr.op == "transpose":
        return expr.args[0]
    return expr if expr.shape.is_scalar else Expr("transpose", (expr,), expr.shape.turned)


def bounded(value: Expr, low: Expr, high: Expr, brackets: str) -> tuple[Expr, ...]:
    """That a value lies in an interval, as comparisons."""
    parts = []
    if low.op != "infinity" and not _is_minus_infinity(low):
        parts.append(Expr("compare", (low, value), SCALAR, "<=" if brackets[0] == "[" else "<"))
    if high.op != "infinity":
        parts.append(Expr("compare", (value, high), SCALAR, "<=" if brackets[1] == "]" else "<"))
    return tuple(parts)


def _is_minus_infinity(expr: Expr) -> bool:
    """Whether an expression is -inf."""
    return expr.op == "product" and expr.args[-1].op == "infinity"


def differentiated(value: Expr, variable: Expr) -> Expr | None:
    """That a derivative is asked for, with its shape in the row convention; None if it has more than two indices."""
    if variable.is_scalar:
        return Expr("deriv", (value, variable), value.shape)
    if value.is_scalar:
        return Expr("deriv", (value, variable), variable.shape.turned)
    if not variable.shape.is_column or ONE not in (value.shape.rows, value.shape.columns):
        return None
    outputs = value.shape.rows if value.shape.is_column else value.shape.columns
    return Expr("deriv", (value, variable), Shape(outputs, variable.shape.rows))
