"""Polynomials in named atoms with fractions as coefficients: sums, products, exact quotients, common divisors.

An atom is any scalar expression that is not taken apart: a name, `b^t`, `x' y`. What an expression is as a polynomial, and
ratios of two of them, are for `ratios`. All work is bounded: what grows too large raises `TooLarge`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm

from thalweg.calculus.nodes import Expr
from thalweg.calculus.show import text

Monomial = frozenset[tuple[Expr, int]]
UNIT: Monomial = frozenset()
MOST_TERMS, MOST_WORK, MOST_DEGREE, MOST_BITS = 300, 8000, 80, 4000
MOST_TO_DIVIDE = 40  # terms of polynomials whose common divisor is looked for


class TooLarge(ArithmeticError):
    """More terms, a higher degree or longer numbers than are worth the time."""


@dataclass(frozen=True)
class Polynomial:
    """A sum of monomials.

    Attributes:
        terms: The coefficient of each monomial; none is 0. A monomial is a set of atoms with exponents from 1.
    """

    terms: Mapping[Monomial, Fraction]

    def __add__(self, other: "Polynomial") -> "Polynomial":
        """The sum."""
        return gathered([*self.terms.items(), *other.terms.items()])

    def __neg__(self) -> "Polynomial":
        """Minus it."""
        return Polynomial({monomial: -part for monomial, part in self.terms.items()})

    def __sub__(self, other: "Polynomial") -> "Polynomial":
        """The difference."""
        return self + -other

    def __mul__(self, other: "Polynomial") -> "Polynomial":
        """The product."""
        if len(self.terms) * len(other.terms) > MOST_WORK:
            raise TooLarge("a product of polynomials has too many terms")
        return gathered(
            (_multiplied(first, second), a * b) for first, a in self.terms.items() for second, b in other.terms.items()
        )

    @property
    def is_zero(self) -> bool:
        """Whether every coefficient is 0."""
        return not self.terms

    @property
    def constant(self) -> Fraction | None:
        """Its value if it is a number."""
        if any(monomial for monomial in self.terms):
            return None
        return self.terms.get(UNIT, Fraction(0))

    @property
    def atoms(self) -> list[Expr]:
        """The atoms in it, in the order of their text."""
        return sorted({atom for monomial in self.terms for atom, _ in monomial}, key=text)


def gathered(terms: Iterable[tuple[Monomial, Fraction]]) -> Polynomial:
    """The polynomial with these terms, like ones put together."""
    sums: dict[Monomial, Fraction] = {}
    for monomial, part in terms:
        sums[monomial] = sums.get(monomial, Fraction(0)) + part
    kept = {monomial: part for monomial, part in sums.items() if part}
    if len(kept) > MOST_TERMS:
        raise TooLarge("a polynomial has too many terms")
    for monomial, part in kept.items():
        if sum(exponent for _, exponent in monomial) > MOST_DEGREE:
            raise TooLarge("a polynomial has too high a degree")
        if max(part.numerator.bit_length(), part.denominator.bit_length()) > MOST_BITS:
            raise TooLarge("a polynomial has too long a coefficient")
    return Polynomial(kept)


def constant(value: Fraction | int) -> Polynomial:
    """A number as a polynomial."""
    return gathered([(UNIT, Fraction(value))])


def variable(atom: Expr, exponent: int = 1) -> Polynomial:
    """An atom to a power as a polynomial."""
    return gathered([(frozenset({(atom, exponent)}) if exponent else UNIT, Fraction(1))])


def power(base: Polynomial, exponent: int) -> Polynomial:
    """A polynomial to a power from 0."""
    if exponent > MOST_DEGREE:
        raise TooLarge("a power is too high")
    result = constant(1)
    for _ in range(exponent):
        result = result * base
    return result


def degree(polynomial: Polynomial, atom: Expr) -> int:
    """The highest power of an atom; -1 of the zero polynomial."""
    return max((dict(monomial).get(atom, 0) for monomial in polynomial.terms), default=-1)


def coefficients(polynomial: Polynomial, atom: Expr) -> dict[int, Polynomial]:
    """What stands by each power of an atom; no entry is zero."""
    parts: dict[int, list[tuple[Monomial, Fraction]]] = {}
    for monomial, part in polynomial.terms.items():
        exponent = dict(monomial).get(atom, 0)
        parts.setdefault(exponent, []).append((monomial - {(atom, exponent)}, part))
    return {exponent: gathered(terms) for exponent, terms in parts.items()}


def rebuilt(parts: Mapping[int, Polynomial], atom: Expr) -> Polynomial:
    """The polynomial with these coefficients by the powers of an atom."""
    result = constant(0)
    for exponent, part in parts.items():
        result = result + part * variable(atom, exponent)
    return result


def _multiplied(first: Monomial, second: Monomial) -> Monomial:
    """The product of two monomials."""
    if not first or not second:
        return first or second
    exponents = dict(first)
    for atom, exponent in second:
        exponents[atom] = exponents.get(atom, 0) + exponent
    return frozenset(exponents.items())


# Division


def quotient(over: Polynomial, under: Polynomial) -> Polynomial | None:
    """The polynomial that times `under` is `over`; None if there is none.

    Raises:
        ZeroDivisionError: If `under` is zero.
    """
    if under.is_zero:
        raise ZeroDivisionError("quotient: need a divisor that is not 0")
    if under.constant is not None:
        return Polynomial({monomial: part / under.constant for monomial, part in over.terms.items()})
    atoms = sorted({*over.atoms, *under.atoms}, key=text)
    lead = _lead(under, atoms)
    left, found = dict(over.terms), dict[Monomial, Fraction]()
    while left:
        high = _lead(Polynomial(left), atoms)
        step = _ratio_of_monomials(high, lead)
        if step is None or len(found) > MOST_TERMS:
            return None
        found[step] = left[high] / under.terms[lead]
        for monomial, part in under.terms.items():
            _subtract(left, _multiplied(step, monomial), found[step] * part)
    return Polynomial(found)


def _subtract(terms: dict[Monomial, Fraction], monomial: Monomial, part: Fraction) -> None:
    """Take a term away, in place."""
    rest = terms.get(monomial, Fraction(0)) - part
    if rest:
        terms[monomial] = rest
    else:
        terms.pop(monomial, None)


def _lead(polynomial: Polynomial, atoms: list[Expr]) -> Monomial:
    """The first monomial in the order of the dictionary."""
    return max(polynomial.terms, key=lambda monomial: [dict(monomial).get(atom, 0) for atom in atoms])


def _ratio_of_monomials(over: Monomial, under: Monomial) -> Monomial | None:
    """The monomial that times one is the other, if there is one."""
    exponents = dict(over)
    for atom, exponent in under:
        exponents[atom] = exponents.get(atom, 0) - exponent
    if any(exponent < 0 for exponent in exponents.values()):
        return None
    return frozenset((atom, exponent) for atom, exponent in exponents.items() if exponent)


def common(first: Polynomial, second: Polynomial) -> Polynomial:
    """The greatest common divisor, primitive; of two zeros it is zero.

    Raises:
        TooLarge: If polynomials with many terms come up on the way.
    """
    if len(first.terms) + len(second.terms) > MOST_TO_DIVIDE:
        raise TooLarge("a common divisor of polynomials with many terms")
    if first.is_zero or second.is_zero:
        return primitive(second if first.is_zero else first)
    shared = [atom for atom in first.atoms if degree(second, atom) > 0]
    lone = next((atom for atom in first.atoms if atom not in shared), None)
    if lone is not None:
        return _common_of([*coefficients(first, lone).values(), second])
    lone = next((atom for atom in second.atoms if atom not in shared), None)
    if lone is not None:
        return _common_of([*coefficients(second, lone).values(), first])
    if not shared:
        return constant(1)
    return _euclid(first, second, shared[0])


def _common_of(parts: list[Polynomial]) -> Polynomial:
    """The greatest common divisor of several."""
    result = constant(0)
    for part in parts:
        result = common(result, part)
        if result.constant:
            break
    return result


def _euclid(first: Polynomial, second: Polynomial, atom: Expr) -> Polynomial:
    """Euclid's algorithm in one atom, contents apart."""
    contents = [_common_of([*coefficients(part, atom).values()]) for part in (first, second)]
    a, b = (_exact(part, content) for part, content in zip((first, second), contents, strict=True))
    if degree(a, atom) < degree(b, atom):
        a, b = b, a
    while not b.is_zero:
        rest = _remainder(a, b, atom)
        a, b = b, rest if rest.is_zero else _exact(rest, _common_of([*coefficients(rest, atom).values()]))
    kept = constant(1) if degree(a, atom) == 0 else a
    return primitive(kept * common(*contents))


def _exact(over: Polynomial, under: Polynomial) -> Polynomial:
    """A quotient that is known to exist."""
    result = quotient(over, under)
    assert result is not None
    return result


def _remainder(over: Polynomial, under: Polynomial, atom: Expr) -> Polynomial:
    """The remainder of division in one atom, without fractions of the others."""
    low = degree(under, atom)
    lead = coefficients(under, atom)[low]
    while not over.is_zero and (high := degree(over, atom)) >= low:
        if len(over.terms) > 2 * MOST_TO_DIVIDE:
            raise TooLarge("a common divisor of polynomials with many terms")
        over = over * lead - under * coefficients(over, atom)[high] * variable(atom, high - low)
    return over


def primitive(polynomial: Polynomial) -> Polynomial:
    """The polynomial times the number that makes its coefficients whole, coprime, and the first of them positive."""
    return polynomial * constant(1 / content(polynomial)) if polynomial.terms else polynomial


def content(polynomial: Polynomial) -> Fraction:
    """The number that is taken out of a polynomial to make it primitive."""
    above = gcd(*(part.numerator for part in polynomial.terms.values()))
    below = lcm(*(part.denominator for part in polynomial.terms.values()))
    sign = 1 if polynomial.terms[_lead(polynomial, polynomial.atoms)] > 0 else -1
    return Fraction(sign * above, below)
