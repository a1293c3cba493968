"""The numbers that exact evaluation computes with: fractions, remainders modulo a prime, intervals. No expressions here.

Elements add, subtract and multiply by Python's own operators, and so do whole arrays of them (of dtype object, which
were measured to be two to three times as fast as tuples of tuples); `Field.reduced` brings what comes out back into the
field. Everything else that a field can do is a function in it. Two errors say that there is no value: `Undefined` (there
is none at all, as of 1/0) and `Inexact` (there may be one, but this field cannot hold it, as sqrt(2) in fractions).
"""

import operator
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache, partial
from math import isqrt, lcm
from typing import Any

import numpy as np

Element = Any  # what a field computes with: int or Fraction, int, interval; only its field looks inside
Exponent = int | Fraction

MOST_BITS = 2**13  # no power of a fraction gets longer, nor the numbers of an elimination
LARGEST = 2**20  # intervals beyond it, or exponents, are not computed with


class Undefined(ArithmeticError):
    """There is no value: a division by 0, a root or logarithm of a negative number, an inverse of a singular matrix."""


class Inexact(ArithmeticError):
    """There may be a value, but this field cannot tell it: it is irrational, or too long, or an interval is too wide."""


@dataclass(frozen=True)
class Field:
    """What can be done with its numbers. Every function may raise `Undefined` or `Inexact`.

    Attributes:
        name: What it is called.
        number: An int, a Fraction or an element, as an element.
        reduced: What `+`, `-` and `*` made of elements (or of arrays of them), as elements.
        invert: One over an element.
        exponent: An element as `power` takes it: as a rational number if it is one for certain, else as it is.
        power: An element to a power; `0^0` is 1, and a root of a negative number is undefined.
        apply: A function of `functions.MAPS`, by its name, of an element.
        larger: The larger of two elements.
        compare: Whether a relation (`=`, `!=`, `<`, ...) holds between two; None if that cannot be told.
        least: 0 for an element that may be 0, else something positive: an interval's distance from 0, else 1.
        cleared: The rows of a matrix times a factor that makes them whole, and that factor.
        crossed: Of whole rows a and b and numbers p, q and r: `(p a - q b) / r`, where it is known that r divides.
        guard: Refuses, with `Inexact`, to multiply this many factors as long as this element.
    """

    name: str
    number: Callable[[Element], Element]
    reduced: Callable[[Element], Element]
    invert: Callable[[Element], Element]
    exponent: Callable[[Element], Exponent | Element]
    power: Callable[[Element, Exponent | Element], Element]
    apply: Callable[[str, Element], Element]
    larger: Callable[[Element, Element], Element]
    compare: Callable[[str, Element, Element], bool | None]
    least: Callable[[Element], Element]
    cleared: Callable[[np.ndarray], tuple[list[list], Element]]
    crossed: Callable[[list, list, Element, Element, Element], list]
    guard: Callable[[Element, int], None]


def crossed_by(invert: Callable[[Element], Element]) -> Callable[[list, list, Element, Element, Element], list]:
    """`Field.crossed` where it pays to divide once for whole rows."""

    def crossed(a: list, b: list, p: Element, q: Element, r: Element) -> list:
        share = invert(r)
        return [(p * x - q * y) * share for x, y in zip(a, b, strict=True)]

    return crossed


def same(value: Element) -> Element:
    """Nothing is done to it."""
    return value


def uncleared(matrix: np.ndarray) -> tuple[list[list], int]:
    """Where every element divides every other, nothing need be cleared."""
    return matrix.tolist(), 1


# Fractions

_RELATIONS: dict[str, Callable[[Element, Element], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_RATIONAL_MAPS: dict[str, Callable[[Exponent], Exponent]] = {
    "relu": lambda x: x if x > 0 else 0,
    "abs": abs,
    "sign": lambda x: (x > 0) - (x < 0),
    "step": lambda x: int(x > 0),
}
_RATIONAL_VALUES: dict[tuple[str, int], Exponent] = {  # at no other rational number are these functions rational
    ("exp", 0): 1,
    ("log", 1): 0,
    ("sin", 0): 0,
    ("cos", 0): 1,
    ("tan", 0): 0,
    ("tanh", 0): 0,
    ("sigmoid", 0): Fraction(1, 2),
}


def _rational(value: Exponent) -> Exponent:
    """A fraction, as an int if it is whole: ints are many times faster."""
    return int(value.numerator) if value.denominator == 1 else value


def _rational_inverse(value: Exponent) -> Exponent:
    """One over a fraction."""
    if not value:
        raise Undefined("division by 0")
    return _rational(Fraction(value.denominator, value.numerator))


def _rational_power(base: Exponent, exponent: Exponent) -> Exponent:
    """A fraction to a rational power, if that is rational."""
    if not base and exponent:
        return 0 if exponent > 0 else _rational_inverse(0)
    if exponent.denominator != 1:
        if base < 0:
            raise Undefined("a root of a negative number")
        _rational_guard(base, 1)
        base = Fraction(_root(base.numerator, exponent.denominator), _root(base.denominator, exponent.denominator))
    times = exponent.numerator
    _rational_guard(base, times)
    return _rational(base**times if times >= 0 else Fraction(base) ** times)


def _root(value: int, degree: int) -> int:
    """The whole number whose power a whole number is."""
    if degree > value.bit_length() > 1:
        raise Inexact("an irrational root")
    low = isqrt(value) if degree == 2 else 0
    high = low if degree == 2 else 1 << (value.bit_length() // degree + 1)
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if middle**degree < value else (low, middle)
    if low**degree != value:
        raise Inexact("an irrational root")
    return low


def _rational_map(name: str, value: Exponent) -> Exponent:
    """A function of a fraction, where that is rational."""
    if name in _RATIONAL_MAPS:
        return _RATIONAL_MAPS[name](value)
    if name == "log" and value <= 0:
        raise Undefined("the logarithm of a number that is not positive")
    found = _RATIONAL_VALUES.get((name, value))
    if found is None:
        raise Inexact(f"an irrational value of {name}")
    return found


def _rational_cleared(matrix: np.ndarray) -> tuple[list[list[int]], int]:
    """A matrix of fractions times their common denominator."""
    rows = matrix.tolist()
    factor = lcm(*[entry.denominator for row in rows for entry in row])
    return [[entry.numerator * (factor // entry.denominator) for entry in row] for row in rows], factor


def _rational_guard(value: Exponent, times: int) -> None:
    """A power of a fraction may have no more than so many bits."""
    bits = max(abs(value.numerator) - 1, value.denominator - 1).bit_length()
    if bits * abs(times) > MOST_BITS:
        raise Inexact("a number that is too long")


RATIONALS = Field(
    name="fractions",
    number=_rational,
    reduced=same,
    invert=_rational_inverse,
    exponent=same,
    power=_rational_power,
    apply=_rational_map,
    larger=max,
    compare=lambda relation, a, b: _RELATIONS[relation](a, b),
    least=bool,
    cleared=_rational_cleared,
    crossed=lambda a, b, p, q, r: [(p * x - q * y) // r for x, y in zip(a, b, strict=True)],
    guard=_rational_guard,
)

# Remainders modulo a prime


@lru_cache
def modulo(prime: int) -> Field:
    """Whole numbers modulo a prime. They have no order; a square root, `exp` and the like are inexact but at 0 or 1.

    Args:
        prime: The prime, such as `2**61 - 1`.

    Returns:
        The field.

    Raises:
        ValueError: If `prime` is no odd prime (as far as Fermat's test can tell).

    Example:
        >>> modulo(7).invert(3)
        5
    """
    if prime < 3 or pow(2, prime - 1, prime) != 1:
        raise ValueError(f"modulo: need an odd prime, got {prime}")
    return Field(
        name=f"whole numbers modulo {prime}",
        number=partial(_remainder, prime),
        reduced=lambda value: value % prime,
        invert=lambda value: _remainder_power(prime, value, -1),
        exponent=partial(_unknown, "an exponent"),
        power=partial(_remainder_power, prime),
        apply=partial(_remainder_map, prime),
        larger=partial(_unknown, "the larger of two numbers"),
        compare=_remainders_compared,
        least=bool,
        cleared=uncleared,
        crossed=partial(_remainders_crossed, prime),
        guard=lambda value, times: None,
    )


def _unknown(what: str, *_values: Element) -> None:
    """What cannot be told of remainders."""
    raise Inexact(f"{what}, modulo a prime")


def _remainder(prime: int, value: Exponent) -> int:
    """A fraction modulo a prime."""
    if value.denominator % prime == 0:
        raise Inexact("a fraction with the prime below")
    return value.numerator * pow(value.denominator, -1, prime) % prime


def _remainder_power(prime: int, base: int, exponent: Exponent) -> int:
    """A remainder to a whole power; of other powers only those of 0 and 1."""
    if not base and exponent < 0:
        raise Undefined("division by 0")
    if exponent.denominator == 1:
        return pow(base, exponent.numerator, prime)
    if base not in (0, 1):
        raise Inexact("a root, modulo a prime")
    return base


def _remainder_map(prime: int, name: str, value: int) -> int:
    """A function of a remainder: only where it is rational at 0 or 1."""
    if (name, value) in _RATIONAL_VALUES:
        return _remainder(prime, _RATIONAL_VALUES[name, value])
    if value or name not in _RATIONAL_MAPS:
        raise Inexact(f"{name}, modulo a prime")
    return 0


def _remainders_crossed(prime: int, a: list[int], b: list[int], p: int, q: int, r: int) -> list[int]:
    """Two rows made one."""
    share = pow(r, -1, prime)
    return [(p * x - q * y) * share % prime for x, y in zip(a, b, strict=True)]


def _remainders_compared(relation: str, a: int, b: int) -> bool:
    """Whether two remainders are equal, or not."""
    if relation not in ("=", "!="):
        raise Inexact(f"{relation}, modulo a prime")
    return _RELATIONS[relation](a, b)
