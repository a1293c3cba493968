"""Quotients of terms of z3, so that z3 itself never divides: comparisons of them become comparisons of polynomials.

A denominator is kept as a product of factors, which are shared where two quotients meet. That no factor is 0 is a condition
for whoever compares; it is collected in `reals`. A number is a Fraction until it meets a term.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

Term = Any  # a term or formula of z3, or a Fraction where a number is enough
MOST_BITS = 4000
Factors = dict[int, tuple[Term, int]]  # factors that are terms, by their identity, each with an exponent from 1


@dataclass(frozen=True)
class Quotient:
    """What stands over a product of factors.

    Attributes:
        over: The numerator.
        under: The factors of the denominator.
    """

    over: Term
    under: Factors = field(default_factory=dict)


Rows = tuple[tuple[Quotient, ...], ...]


class Unsupported(ArithmeticError):
    """Something that has no translation, or too much of it."""


def bounded(value: Term) -> Term:
    """A number, if it is not too long to be written down.

    Raises:
        Unsupported: If it is.
    """
    if isinstance(value, Fraction) and max(value.numerator.bit_length(), value.denominator.bit_length()) > MOST_BITS:
        raise Unsupported("a number of so many digits")
    return value


def constant(value: Fraction | int) -> Quotient:
    """A number."""
    return Quotient(bounded(Fraction(value)))


def is_number(term: Term, value: int | None = None) -> bool:
    """Whether a term is a number, or is this one."""
    return isinstance(term, Fraction) and (value is None or term == value)


def plus(a: Term, b: Term) -> Term:
    """The sum of two terms."""
    if is_number(a, 0):
        return b
    return a if is_number(b, 0) else bounded(a + b)


def times(a: Term, b: Term) -> Term:
    """The product of two terms."""
    if is_number(a, 0) or is_number(b, 0):
        return Fraction(0)
    if is_number(a, 1):
        return b
    return a if is_number(b, 1) else bounded(a * b)


def raised(term: Term, exponent: int) -> Term:
    """A term to a whole power, from 0."""
    if exponent > 4:
        return bounded(bounded(term) ** exponent)
    result: Term = Fraction(1)
    for _ in range(exponent):
        result = times(result, term)
    return result


def _same(one: Factors, other: Factors) -> bool:
    """Whether two denominators have the same factors."""
    return {code: part[1] for code, part in one.items()} == {code: part[1] for code, part in other.items()}


def expanded(factors: Factors, lacking: Factors | None = None) -> Term:
    """The product of factors, without those of another product."""
    result: Term = Fraction(1)
    for code, (term, exponent) in factors.items():
        have = lacking[code][1] if lacking and code in lacking else 0
        result = times(result, raised(term, exponent - have))
    return result


def added(a: Quotient, b: Quotient) -> Quotient:
    """The sum, over the least common denominator."""
    a, b = alike(a, b)
    return Quotient(plus(a.over, b.over), a.under)


def alike(a: Quotient, b: Quotient) -> tuple[Quotient, Quotient]:
    """Both over their least common denominator."""
    if _same(a.under, b.under):
        return a, b
    common = dict(a.under)
    for code, (term, exponent) in b.under.items():
        common[code] = (term, max(exponent, common.get(code, (term, 0))[1]))
    over = (times(part.over, expanded(common, part.under)) for part in (a, b))
    return Quotient(next(over), common), Quotient(next(over), common)


def multiplied(a: Quotient, b: Quotient) -> Quotient:
    """The product."""
    over = times(a.over, b.over)
    if is_number(over, 0):
        return Quotient(over)
    under = dict(a.under)
    for code, (term, exponent) in b.under.items():
        under[code] = (term, exponent + under.get(code, (term, 0))[1])
    return Quotient(over, under)


def negated(a: Quotient) -> Quotient:
    """Minus it."""
    return Quotient(times(Fraction(-1), a.over), a.under)


def inverted(a: Quotient) -> Quotient:
    """One over it; that it is not 0 is for the caller to demand.

    Raises:
        ZeroDivisionError: If it is the number 0.
    """
    over = expanded(a.under)
    if isinstance(a.over, Fraction):
        return Quotient(times(1 / a.over, over))
    return Quotient(over, {a.over.get_id(): (a.over, 1)})


def to_power(a: Quotient, exponent: int) -> Quotient:
    """A whole power, from 0."""
    under = {code: (term, old * exponent) for code, (term, old) in a.under.items()} if exponent else {}
    return Quotient(raised(a.over, exponent), under)


_RELATIONS: dict[str, Callable[[Term, Term], Term]] = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def related(relation: str, a: Quotient, b: Quotient) -> Term:
    """A comparison as a formula without division, or as a bool where both sides are numbers.

    The signs of factors with odd exponents are multiplied in, so nothing is said of the sign of a denominator. Sides are
    kept apart where nothing divides.

    Args:
        relation: `=`, `!=`, `<`, `<=`, `>` or `>=`.
        a: The left side.
        b: The right side.
    """
    left, right = alike(a, b)
    if relation not in ("=", "!="):
        odd = expanded({code: (term, 1) for code, (term, exponent) in left.under.items() if exponent % 2})
        left, right = Quotient(times(left.over, odd)), Quotient(times(right.over, odd))
    return _RELATIONS[relation](left.over, right.over)


def chosen(condition: Term, a: Quotient, b: Quotient) -> Quotient:
    """One where a condition holds, else the other; each needs its own denominator only where it is chosen."""
    z3 = importlib.import_module("z3")
    if isinstance(condition, bool):
        return a if condition else b
    context = condition.ctx

    def term(value: Term) -> Term:
        """A number as a term."""
        return z3.RealVal(str(value), context) if isinstance(value, Fraction) else value

    def either(left: Term, right: Term) -> Term:
        """What the condition chooses."""
        if is_number(left) and is_number(right) and left == right:
            return left
        return z3.If(condition, term(left), term(right))

    if _same(a.under, b.under):
        return Quotient(either(a.over, b.over), a.under)
    under = either(expanded(a.under), expanded(b.under))
    return Quotient(either(a.over, b.over), {under.get_id(): (under, 1)})
