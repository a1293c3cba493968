"""Conditions that may make a false claim about numbers true: signs of names, and on which side of its boundaries one stands.

A comparison changes where numerator or denominator of its difference is 0. Where a factor of these is linear in a name, the
boundary can be solved for it: `lam < 2 w / x`. Which candidates are right is for `remedies`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations, permutations

from thalweg.calculus.algebra import ZERO, minus, times
from thalweg.calculus.functions import of
from thalweg.calculus.nodes import SCALAR, Expr, Symbol, holds, symbols
from thalweg.calculus.show import text
from thalweg.claims.rational import polynomials, ratios
from thalweg.claims.rational.logic import compared
from thalweg.claims.rational.polynomials import (
    Polynomial,
    TooLarge,
    coefficients,
    common,
    degree,
    primitive,
    quotient,
    rebuilt,
)
from thalweg.claims.rational.ratios import Ratio, expression, ratio, substituted, whole
from thalweg.claims.rational.writing import written

RELATIONS = ("<", "<=", ">", ">=", "=", "!=")
MOST_FACTORS, MOST_BOUNDARIES = 8, 16


@dataclass(frozen=True)
class Boundary:
    """Where a factor is 0: a name, and what it is there."""

    name: Expr
    value: Ratio

    @property
    def beyond(self) -> Expr:
        """The name less its value at the boundary."""
        return minus(self.name, expression(self.value))


def factors(statement: Expr) -> list[Polynomial]:
    """What changes its sign where a comparison in a statement may change."""
    found: list[Polynomial] = []
    for node in statement.walk():
        for difference in _differences(node) if node.is_scalar else ():
            for part in (difference.over, difference.under):
                found += _split(part)
    return list({text(written(part)): part for part in found}.values())[:MOST_FACTORS]


_KINKS = frozenset({"relu", "abs", "sign", "step"})


def _differences(node: Expr) -> Iterator[Ratio]:
    """The difference of what is compared, with either sign of absolute values, and where a function has its kink."""
    try:
        if node.op == "map" and node.value in _KINKS:
            yield ratio(node.args[0])
        if node.op in ("max", "min", "compare") and node.args[0].is_scalar:
            yield from _with_signs(ratio(minus(*node.args)))
    except (TooLarge, ZeroDivisionError):
        return


def _with_signs(difference: Ratio) -> Iterator[Ratio]:
    """A difference; if there are absolute values in it, with either sign of theirs."""
    absolute = [atom for atom in difference.atoms if atom.op == "map" and atom.value == "abs"]
    if not absolute:
        yield difference
    for sign in (1, -1) if absolute else ():
        inside = {atom: ratio(atom.args[0]) * whole(sign) for atom in absolute}
        yield substituted(difference.over, inside) / substituted(difference.under, inside)


def _split(polynomial: Polynomial) -> list[Polynomial]:
    """Factors of a polynomial: atoms that all terms share, and what the coefficients of an atom share."""
    if polynomial.constant is not None:
        return []
    result: list[Polynomial] = []
    for atom in polynomial.atoms:
        while (rest := quotient(polynomial, polynomials.variable(atom))) is not None:
            polynomial = rest
            result.append(polynomials.variable(atom))
    for atom in polynomial.atoms:
        shared = polynomials.constant(0)
        for part in coefficients(polynomial, atom).values():
            shared = common(shared, part)
        shared = shared if shared.constant is None else common(polynomial, _slope(polynomial, atom))
        rest = quotient(polynomial, shared) if shared.constant is None else None
        if rest is not None:
            return [*result, *_split(shared), *_split(rest)]
    return [*result, primitive(polynomial)] if polynomial.constant is None else result


def _slope(polynomial: Polynomial, atom: Expr) -> Polynomial:
    """The derivative by an atom: what it shares with the polynomial stands there more than once."""
    parts = coefficients(polynomial, atom).items()
    return rebuilt({power - 1: part * polynomials.constant(power) for power, part in parts if power}, atom)


def boundaries(parts: Iterable[Polynomial]) -> list[Boundary]:
    """Each factor solved for each name in which it is linear."""
    result = []
    for part in parts:
        for atom in part.atoms:
            if isinstance(atom.value, Symbol) and atom.is_scalar and degree(part, atom) == 1 and not _hides(part, atom):
                slope = coefficients(part, atom)
                value = ratios.divided(-slope.get(0, polynomials.constant(0)), slope[1])
                result.append(Boundary(atom, value))
    return sorted(result, key=lambda each: len(text(expression(each.value))))[:MOST_BOUNDARIES]


def _hides(part: Polynomial, name: Expr) -> bool:
    """Whether a name also stands inside another atom."""
    return any(name in symbols(atom).values() for atom in part.atoms if atom != name)


def single(statement: Expr) -> list[Expr]:
    """Conditions with one comparison: first those that are solved for a name, then others; short ones before long ones."""
    names = [node for node in symbols(statement).values() if node.is_scalar and "positive" not in node.value.traits]
    found = factors(statement)
    solved = [(name, ZERO) for name in names] + [(each.name, expression(each.value)) for each in boundaries(found)]
    solved += [(of("abs", one.name), expression(other.value)) for one, other in _mirrored(found)]
    apart = [_apart(part) for part in found if len(part.terms) > 1 and all(_is_plain(atom) for atom in part.atoms)]
    result: list[Expr] = []
    for sides in (solved, apart):
        kept = [pair for pair in dict.fromkeys(sides) if pair[0] != pair[1] and _is_free(pair, statement)]
        result += sorted((compared(one, relation, other) for one, other in kept for relation in RELATIONS), key=_length)
    return list(dict.fromkeys(result))


def _mirrored(found: list[Polynomial]) -> Iterator[tuple[Boundary, Boundary]]:
    """Pairs of boundaries of one name, at minus a value and at the value."""
    for one, other in permutations(boundaries(found), 2):
        if (
            one.name == other.name
            and (one.value + other.value).is_zero
            and not text(expression(other.value)).startswith("-")
        ):
            yield one, other


def _is_plain(atom: Expr) -> bool:
    """Whether an atom is a name or a power of one."""
    return atom.op in ("symbol", "size", "power")


def _is_free(sides: tuple[Expr, Expr], statement: Expr) -> bool:
    """Whether a condition is not one on names that are bound in the statement, nor on numbers alone."""
    bound = {name for node in statement.walk() if node.op == "forall" for name in node.value[0]}
    return sides[0].op != "number" and not any(holds(side, name) for side in sides for name in bound)


def _length(condition: Expr) -> tuple[int, str]:
    """By which the shorter of two conditions comes first."""
    said = text(condition)
    return len(said), said


def _apart(part: Polynomial) -> tuple[Expr, Expr]:
    """The terms with a positive coefficient, and the others on the other side."""
    above = Polynomial({monomial: count for monomial, count in part.terms.items() if count > 0})
    below = Polynomial({monomial: -count for monomial, count in part.terms.items() if count < 0})
    one, other = written(above), written(below)
    return (other, one) if one.op == "number" else (one, other)


def signs(statement: Expr) -> list[Expr]:
    """Conditions that two factors have the same sign, or not: `a b >= 0`, `(b - w/x) (lam - w/x) > 0`.

    Factors that have a common boundary, each for another name, are written with it; others as they are.
    """
    found = [part for part in factors(statement) if not _is_positive(part)]
    products = []
    for one, other in combinations(found, 2):
        shared = [(a, b) for a in boundaries([one]) for b in boundaries([other]) if _is_common(a, b)]
        products += [times([a.beyond, b.beyond]) for a, b in shared[:1]]
        products.append(times([written(one), written(other)]))
    return [
        Expr("compare", (part, ZERO), SCALAR, relation)
        for part in dict.fromkeys(products)
        for relation in ("<", "<=", ">", ">=")
        if _is_free((part, ZERO), statement)
    ]


def _is_positive(part: Polynomial) -> bool:
    """Whether a factor is a name that is positive anyway."""
    atoms = part.atoms
    return len(part.terms) == 1 and isinstance(atoms[0].value, Symbol) and "positive" in atoms[0].value.traits


def _is_common(one: Boundary, other: Boundary) -> bool:
    """Whether two names have the same boundary."""
    return one.name != other.name and not one.value.is_zero and (one.value - other.value).is_zero
