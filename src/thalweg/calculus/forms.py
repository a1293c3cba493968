r"""Index form: sums of products of entries, written so that what is equal looks equal.

`x' A x` is the one term $\sum_{ij} A_{ij} x_i x_j$. Indices that are summed over have no name of their own; `canonical` gives
them numbers that depend on nothing but the term's structure, so that `tr(A B)` and `tr(B A)` are one and the same object. Two
polynomials in entries of matrices of any size are equal if and only if their forms are; inverses, functions of entries and
roots are atoms, with the rules that always hold (`inv(A) A = I`, `Q' Q = I`). What a tree is in index form says `indices`.
"""

import itertools
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction

from thalweg.calculus.nodes import MOST_BITS, CalculusError
from thalweg.calculus.numbering import canonical
from thalweg.calculus.sizes import Size
from thalweg.calculus.terms import COLUMN, DELTA, ROW, Atom, Factor, Form, Scalars, Term

MOST_TERMS = 600
MOST_FACTORS = 40
MOST_POWER = 64


def form(terms: Iterable[Term]) -> Form:
    """The sum of terms, each in canonical form, like ones collected.

    Raises:
        CalculusError: If there are too many.
    """
    found: dict[str, Term] = {}
    waiting = list(terms)
    while waiting:
        term = waiting.pop()
        term = Term(term.count, _gathered(term.scalars), *_rest(term)[1:])
        simpler = _expanded(term)
        if simpler is not None:
            waiting += simpler
            continue
        named = canonical(term)
        same = found.get(named.key)
        found[named.key] = named if same is None else Term(same.count + named.count, *_rest(named))
        if len(found) + len(waiting) > MOST_TERMS:
            raise CalculusError(f"need at most {MOST_TERMS} terms when everything is multiplied out")
    return Form(tuple(found[key] for key in sorted(found) if found[key].count))


def _rest(term: Term) -> tuple[Scalars, tuple[Factor, ...], tuple[tuple[int, Size], ...]]:
    return term.scalars, term.factors, term.sizes


def total(forms: Sequence[Form], counts: Sequence[Fraction | int] = ()) -> Form:
    """The sum of forms, each times a number."""
    counts = counts or [1] * len(forms)
    return form(
        Term(term.count * count, *_rest(term)) for one, count in zip(forms, counts, strict=True) for term in one.terms
    )


def multiplied(left: Iterable[Term], right: Sequence[Term]) -> list[Term]:
    """All products of two sums; indices that are summed over are kept apart."""
    result = []
    for a, b in itertools.product(left, right):
        shift = 1 + max((index for index, _ in a.sizes), default=-1)
        moved = {index: index + shift for index, _ in b.sizes}
        factors = tuple((atom, tuple(moved.get(i, i) for i in places)) for atom, places in b.factors)
        sizes = tuple((index + shift, size) for index, size in b.sizes)
        count = a.count * b.count
        result.append(Term(count, a.scalars + b.scalars, a.factors + factors, a.sizes + sizes))
        is_long = max(count.numerator.bit_length(), count.denominator.bit_length()) > MOST_BITS
        if is_long or len(result) > 4 * MOST_TERMS or len(a.factors) + len(factors) > MOST_FACTORS:
            raise CalculusError(
                f"need at most {MOST_TERMS} terms of {MOST_FACTORS} factors and short numbers when everything is multiplied out"
            )
    return result


_TRAVEL = 1000


def travelling(index: int) -> int:
    """The name under which an index of one term goes through another, where it counts as free."""
    return index if index < 0 else -_TRAVEL - index


def within(left: Iterable[Term], right: Sequence[Term]) -> list[Term]:
    """All products of two sums of which the second uses indices of the first, under their travelling names."""
    result = []
    for term in multiplied(left, right):
        factors = tuple(
            (atom, tuple(-_TRAVEL - i if i <= -_TRAVEL else i for i in places)) for atom, places in term.factors
        )
        result.append(Term(term.count, term.scalars, factors, term.sizes))
    return result


def renamed(term: Term, new: dict[int, int]) -> Term:
    """A term with other free indices."""
    factors = tuple((atom, tuple(new.get(i, i) if i < 0 else i for i in places)) for atom, places in term.factors)
    return Term(term.count, term.scalars, factors, term.sizes)


def chain_of(term: Term) -> list[tuple[Atom, bool]] | None:
    """The matrices that a term multiplies from row to column, each with whether it is turned; None if it is no such chain."""
    met = Counter(index for _, places in term.factors for index in places)
    if any(len(places) != 2 for _, places in term.factors) or any(met[i] != (1 if i < 0 else 2) for i in met):
        return None
    chain, here, left = list[tuple[Atom, bool]](), ROW, list(term.factors)
    while left:
        found = next((factor for factor in left if here in factor[1]), None)
        if found is None:
            return None
        left.remove(found)
        atom, (row, column) = found
        chain.append((atom, row != here))
        here = column if row == here else row
    return chain if here == COLUMN else None


def whole_power(one: Form, power: int) -> Sequence[Term]:
    """A scalar form to a whole power from 0, like terms collected at every step.

    Raises:
        CalculusError: If it becomes too long.
    """
    if power > MOST_POWER:
        raise CalculusError(f"need powers up to {MOST_POWER} when everything is multiplied out, got {power}")
    result: Sequence[Term] = (Term(Fraction(1)),)
    for _ in range(power):
        result = form(multiplied(result, one.terms)).terms
    return result


def divided_out(one: Form) -> Form:
    """A form times the sums that it is divided by: it is zero if and only if the form is, wherever that has a value.

    Raises:
        CalculusError: If it becomes too long.
    """
    while True:
        found = next((atom for term in one.terms for atom, p in term.scalars if atom.kind == "group" and p < 0), None)
        if found is None:
            return one
        lowest = min(power for term in one.terms for atom, power in term.scalars if atom == found)
        one = form(multiplied(one.terms, [Term(Fraction(1), ((found, -lowest),))]))


# One term


def _expanded(term: Term) -> list[Term] | None:
    """The term with one more rule applied, as a sum; None if no rule is left."""
    for place, (atom, power) in enumerate(term.scalars):
        if atom.kind == "group" and power >= 1:
            scalars = (*term.scalars[:place], *term.scalars[place + 1 :], (atom, power % 1))
            return multiplied([Term(term.count, scalars, *_rest(term)[1:])], whole_power(atom.inner[0], int(power)))
    for place, (atom, places) in enumerate(term.factors):
        if atom.kind == "delta":
            less = Term(term.count, term.scalars, (*term.factors[:place], *term.factors[place + 1 :]), term.sizes)
            merged = _merged(less, *places) or _one_name(less, places)
            if merged is not None:
                return [merged]
    return _contracted(term) or _unused(term)


def _gathered(scalars: Scalars) -> Scalars:
    """Powers of the same scalar put together; a step is its own square."""
    powers: dict[Atom, Fraction] = {}
    for atom, power in scalars:
        powers[atom] = powers.get(atom, Fraction(0)) + power
    for atom in powers:
        if atom.kind == "map" and atom.name == "step" and powers[atom] > 0:
            powers[atom] = Fraction(1)
    return tuple(sorted(((a, p) for a, p in powers.items() if p), key=lambda pair: pair[0].key))


def _merged(term: Term, a: int, b: int) -> Term | None:
    """A term in which two indices are the same; None if both are free."""
    gone, kept = (a, b) if a >= 0 else (b, a)
    if gone == kept:
        return term
    if gone < 0:
        return None
    factors = tuple((atom, tuple(kept if i == gone else i for i in places)) for atom, places in term.factors)
    return Term(term.count, term.scalars, factors, tuple(pair for pair in term.sizes if pair[0] != gone))


def _one_name(term: Term, places: tuple[int, ...]) -> Term | None:
    """Beside a delta of two free indices only the first of them is used; None if that is so already."""
    kept, gone = max(places), min(places)
    if all(gone not in others for _, others in term.factors):
        return None
    factors = tuple((atom, tuple(kept if i == gone else i for i in others)) for atom, others in term.factors)
    return Term(term.count, term.scalars, (*factors, (DELTA, (kept, gone))), term.sizes)


def _contracted(term: Term) -> list[Term] | None:
    """`Q' Q = I` and `inv(A) A = I` where two factors share an index that nothing else has."""
    holders: dict[int, list[int]] = {}
    for place, (_, places) in enumerate(term.factors):
        for index in places:
            holders.setdefault(index, []).append(place)
    for index, places in holders.items():
        if index < 0 or len(places) != 2 or places[0] == places[1]:
            continue
        found = _pair(term.factors[places[0]], term.factors[places[1]], index)
        if found is not None:
            count, ends = found
            others = tuple(factor for place, factor in enumerate(term.factors) if place not in places)
            sizes = tuple(pair for pair in term.sizes if pair[0] != index)
            return [Term(term.count * count, term.scalars, (*others, (DELTA, ends)), sizes)]
    return _same_power(term) or _same_step(term)


def _pair(one: Factor, other: Factor, index: int) -> tuple[Fraction, tuple[int, int]] | None:
    """The identity that two matrices make over an index, as a number and the indices of the delta."""
    (a, i), (b, j) = one, other
    if len(i) != 2 or len(j) != 2:
        return None
    ends = (i[0] if i[1] == index else i[1], j[0] if j[1] == index else j[1])
    if a == b and "orthogonal" in a.traits and i.index(index) == j.index(index):
        return Fraction(1), ends
    for inverse, at, plain, there in ((a, i, b, j), (b, j, a, i)):
        if inverse.kind == "inverse":
            inside = inverse.inner[0].single
            if inside and not inside.scalars and len(inside.factors) == 1 and inside.factors[0][0] == plain:
                is_turned = inside.factors[0][1] == (COLUMN, ROW)
                follows = (at.index(index) != there.index(index)) != is_turned
                if follows or plain.is_symmetric:
                    return 1 / inside.count, ends
    return None


def _same_power(term: Term) -> list[Term] | None:
    """Powers of the same entries at the same place put together: x and 1/x are 1."""
    for place, (atom, places) in enumerate(term.factors):
        if atom.kind != "raised":
            continue
        for other, factor in enumerate(term.factors):
            more = _power_of(factor, atom, places) if other != place else None
            if more is not None:
                others = tuple(factor for i, factor in enumerate(term.factors) if i not in (place, other))
                rest = Term(term.count, term.scalars, others, term.sizes)
                return _raised(rest, atom, places, Fraction(atom.name) + more)
    return None


def _power_of(factor: Factor, atom: Atom, places: tuple[int, ...]) -> Fraction | None:
    """The power of the entries in a raised atom that a factor is at the same place; None if it is something else."""
    if factor[0].kind == "raised" and factor[0].inner == atom.inner:
        return Fraction(factor[0].name) if factor[1] == places else None
    inside = atom.inner[0].single
    if inside is None or inside.count != 1 or inside.scalars or inside.sizes or len(inside.factors) != 1:
        return None
    there = dict(zip((ROW, COLUMN), places, strict=False))
    plain = (inside.factors[0][0], tuple(there[i] for i in inside.factors[0][1]))
    return Fraction(1) if factor == plain else None


def _raised(rest: Term, atom: Atom, places: tuple[int, ...], power: Fraction) -> list[Term]:
    """A term times a power of the entries in a raised atom; a small whole power is multiplied out."""
    if power.denominator != 1 or not 0 <= power <= 8:
        return [Term(rest.count, rest.scalars, (*rest.factors, (replace(atom, name=str(power)), places)), rest.sizes)]
    there = {index: travelling(place) for index, place in zip((ROW, COLUMN), places, strict=False)}
    inner = [renamed(term, there) for term in atom.inner[0].terms]
    result = [rest]
    for _ in range(int(power)):
        result = within(result, inner)
    return result


def _same_step(term: Term) -> list[Term] | None:
    """A step at the same place twice is one step."""
    seen: set[Factor] = set()
    for place, factor in enumerate(term.factors):
        if factor[0].kind == "map" and factor[0].name == "step":
            if factor in seen:
                return [Term(term.count, term.scalars, (*term.factors[:place], *term.factors[place + 1 :]), term.sizes)]
            seen.add(factor)
    return None


def _unused(term: Term) -> list[Term] | None:
    """A sum over an index that nothing has is a size."""
    used = {index for _, places in term.factors for index in places}
    for pair in term.sizes:
        if pair[0] not in used:
            sizes = tuple(other for other in term.sizes if other != pair)
            less = Term(term.count, term.scalars, term.factors, sizes)
            return multiplied([less], size_terms(pair[1]))
    return None


def size_terms(size: Size) -> list[Term]:
    """A size as a sum of terms."""
    named = [Term(Fraction(count), ((Atom("size", name), Fraction(1)),)) for name, count in size.terms]
    return [*named, *([Term(Fraction(size.constant))] if size.constant else [])]
