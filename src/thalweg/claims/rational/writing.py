"""Polynomials as expressions, tidy: what all terms share stands in front, high powers come first."""

from fractions import Fraction

from thalweg.calculus import algebra
from thalweg.calculus.nodes import SCALAR, Expr, number
from thalweg.calculus.show import text
from thalweg.claims.rational import polynomials
from thalweg.claims.rational.polynomials import Monomial, Polynomial


def written(polynomial: Polynomial) -> Expr:
    """A polynomial as an expression: first what all terms share, then the terms, high powers first."""
    shared = _shared(polynomial)
    rest = polynomials.quotient(polynomial, Polynomial({shared: Fraction(1)})) if shared else polynomial
    assert rest is not None
    ordered = sorted(rest.terms.items(), key=lambda item: _order(item[0]))
    total = algebra.plus([algebra.times([number(part), *_factors(monomial)]) for monomial, part in ordered], SCALAR)
    return algebra.times([*_factors(shared), total])


def _order(monomial: Monomial) -> tuple[int, str]:
    return -sum(exponent for _, exponent in monomial), " ".join(text(factor) for factor in _factors(monomial))


def _shared(polynomial: Polynomial) -> Monomial:
    """The largest monomial that divides every term of a polynomial of several terms."""
    if len(polynomial.terms) < 2:
        return frozenset()
    parts = [dict(monomial) for monomial in polynomial.terms]
    least = {atom: min(part.get(atom, 0) for part in parts) for atom in parts[0]}
    return frozenset((atom, exponent) for atom, exponent in least.items() if exponent)


def factors(polynomial: Polynomial) -> list[Expr]:
    """Expressions of which one is 0 where the polynomial is, and only there: atoms that all terms share, and the rest."""
    if polynomial.constant is not None:
        return [number(polynomial.constant)]
    shared = next(iter(polynomial.terms)) if len(polynomial.terms) == 1 else _shared(polynomial)
    rest = polynomials.quotient(polynomial, Polynomial({shared: Fraction(1)}))
    assert rest is not None
    atoms = sorted((atom for atom, _ in shared), key=text)
    return [*atoms, *([written(polynomials.primitive(rest))] if rest.constant is None else [])]


def _factors(monomial: Monomial) -> list[Expr]:
    """The powers in a monomial, in the order of their text."""
    return [algebra.powered(atom, exponent) for atom, exponent in sorted(monomial, key=lambda item: text(item[0]))]
