"""Intervals that hold a real number for certain, to 50 digits: the third field of `fields`, for what is irrational."""

import operator
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from mpmath.ctx_iv import MPIntervalContext

from thalweg.calculus.fields import LARGEST, Element, Exponent, Field, Inexact, Undefined, same, uncleared

CONTEXT: Any = MPIntervalContext()  # its own: what others set in mpmath does not reach it
CONTEXT.dps = 50
Interval = CONTEXT.mpf


def interval(value: Element) -> Element:
    """A number as an interval, a point if it has few binary digits."""
    if isinstance(value, Interval):
        return value
    return (
        CONTEXT.mpf(value.numerator) / CONTEXT.mpf(value.denominator)
        if value.denominator != 1
        else CONTEXT.mpf(int(value))
    )


def point(digits: tuple) -> Element:
    """The interval that is one binary number, given as mpmath keeps it."""
    return CONTEXT.make_mpf((digits, digits))


def between(low: Element, high: Element) -> Element:
    """The interval from the one end of an interval to the other end of another."""
    return CONTEXT.mpf([low.a, high.b])


def middle(value: Element) -> tuple:
    """A binary number about the middle of an interval, as mpmath keeps it."""
    return value.mid._mpi_[0]


def _is_zero(value: Element) -> bool:
    """Whether it is 0 for certain."""
    return value.a == 0 and value.b == 0


def _inverse(value: Element) -> Element:
    """One over an interval that does not hold 0."""
    if _is_zero(value):
        raise Undefined("division by 0")
    if 0 in value:
        raise Inexact("division by an interval that holds 0")
    return 1 / value


def _small(value: Element) -> Element:
    """The interval itself, if functions of it can be computed in little time."""
    if value.a < -LARGEST or value.b > LARGEST:
        raise Inexact("a function of a number that is too large")
    return value


def _exponent(value: Element) -> Exponent | Element:
    """An exponent: a fraction if the interval is a point (of moderate size)."""
    (sign, mantissa, shift, _), upper = value._mpi_
    if value._mpi_[0] != upper or abs(shift) > LARGEST.bit_length():
        return value
    return Fraction(-mantissa if sign else mantissa) * Fraction(2) ** shift


def _power(base: Element, exponent: Exponent | Element) -> Element:
    """An interval to a power."""
    if not isinstance(exponent, Exponent):
        return CONTEXT.exp(_small(_log(base) * exponent))
    if exponent < 0:
        return _inverse(_power(base, -exponent))
    if exponent > LARGEST:
        raise Inexact("an exponent that is too large")
    if exponent.denominator == 1:
        return base**exponent.numerator
    return _root(base, exponent)


def _root(base: Element, exponent: Fraction) -> Element:
    """An interval of numbers that are not negative to a positive power that is not whole."""
    if base.b < 0:
        raise Undefined("a root of a negative number")
    if base.a < 0:
        raise Inexact("a root of an interval that holds 0")
    if exponent.denominator == 2:
        return CONTEXT.sqrt(base) ** exponent.numerator
    return base if _is_zero(base) else CONTEXT.exp(_small(_log(base) * interval(exponent)))


def _log(value: Element) -> Element:
    """The logarithm of an interval of positive numbers."""
    if value.b <= 0:
        raise Undefined("the logarithm of a number that is not positive")
    if value.a <= 0:
        raise Inexact("the logarithm of an interval that holds 0")
    return CONTEXT.log(value)


def _tan(value: Element) -> Element:
    """The tangent, away from its poles."""
    tangent = CONTEXT.tan(_small(value))
    if not -CONTEXT.inf < tangent < CONTEXT.inf:
        raise Inexact("the tangent of an interval that holds a pole")
    return tangent


def _sign(value: Element) -> Element:
    """The sign of an interval that lies on one side of 0."""
    if 0 in value and not _is_zero(value):
        raise Inexact("the sign of an interval that holds 0")
    return interval(int(value.a > 0) - int(value.b < 0))


def _larger(a: Element, b: Element) -> Element:
    """The larger of two numbers, wherever they lie in their intervals."""
    return CONTEXT.mpf([max(a.a, b.a), max(a.b, b.b)])


_ZERO = interval(0)
_MAPS: dict[str, Callable[[Element], Element]] = {
    "relu": lambda x: _larger(x, _ZERO),
    "exp": lambda x: CONTEXT.exp(_small(x)),
    "log": _log,
    "abs": abs,
    "sin": lambda x: CONTEXT.sin(_small(x)),
    "cos": lambda x: CONTEXT.cos(_small(x)),
    "tan": _tan,
    "tanh": lambda x: 1 - 2 / (1 + CONTEXT.exp(2 * _small(x))),
    "sigmoid": lambda x: 1 / (1 + CONTEXT.exp(-_small(x))),
    "sign": _sign,
    "step": lambda x: _larger(_sign(x), _ZERO),
    "softplus": lambda x: CONTEXT.log(1 + CONTEXT.exp(_small(x))),
    "pi": lambda x: CONTEXT.pi * x,
}


def _equal(a: Element, b: Element) -> bool | None:
    """Whether two numbers are equal: certain only of points, and of intervals that lie apart."""
    if a.a == a.b == b.a == b.b:
        return True
    return None if a.a <= b.b and b.a <= a.b else False


def _unequal(a: Element, b: Element) -> bool | None:
    """Whether two numbers differ."""
    equal = _equal(a, b)
    return None if equal is None else not equal


_COMPARED: dict[str, Callable[[Element, Element], bool | None]] = {
    "=": _equal,
    "!=": _unequal,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}

INTERVALS = Field(
    name="intervals",
    number=interval,
    reduced=same,
    invert=_inverse,
    exponent=_exponent,
    power=_power,
    apply=lambda name, value: _MAPS[name](value),
    larger=_larger,
    compare=lambda relation, a, b: _COMPARED[relation](a, b),
    least=lambda value: max(0, value.a, -value.b),
    cleared=uncleared,
    crossed=lambda a, b, p, q, r: [(p * x - q * y) / r for x, y in zip(a, b, strict=True)],
    guard=lambda value, times: None,
)
