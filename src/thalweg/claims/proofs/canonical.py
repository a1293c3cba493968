"""Identities proved by canonical form: both sides are multiplied out, and inverses are cleared away.

A difference that is zero in index form is zero for all sizes and values. If inverses stand in the way, three moves that lose
nothing are made until nothing changes: `inv(M) L` with L the longest part of M becomes `I - inv(M) (M - L)`; a side that
begins (or ends) with `inv(M)` is multiplied by M, which is invertible wherever the claim has a meaning; a scalar divisor is
multiplied away. `P X' = X' Q` with P = inv(X' X + lam I) and Q = inv(X X' + lam I) falls at the second.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction

from thalweg.calculus.algebra import minus
from thalweg.calculus.atoms import summed
from thalweg.calculus.blocks import pushed
from thalweg.calculus.confirm import random_cases
from thalweg.calculus.forms import (
    COLUMN,
    DELTA,
    ROW,
    Atom,
    Factor,
    Form,
    Term,
    chain_of,
    form,
    multiplied,
    renamed,
    travelling,
    within,
)
from thalweg.calculus.indices import index_form
from thalweg.calculus.nodes import CalculusError, Expr
from thalweg.calculus.numeric import evaluate
from thalweg.claims import clock
from thalweg.claims.nouns import Answer, Claim, Verdict
from thalweg.claims.proofs.quantifiers import same_condition

_MOVES = 40


def prove(claim: Claim, deadline: float) -> Answer | None:
    """PROVED, if the statement is an identity (or `<=` of equal sides) that canonical forms settle.

    Example:
        >>> from thalweg.calculus.meaning import Scope, understand
        >>> scope = Scope(is_open=True)
        >>> statement = understand("inv(X' X + lam I) X' = X' inv(X X' + lam I)", scope).expr
        >>> prove(Claim(statement), clock.now() + 5).verdict
        <Verdict.PROVED: 'holds in every case that the givens allow'>
    """
    statement = claim.statement
    if statement.op != "compare" or statement.value not in ("=", "<=", ">="):
        return None
    if any(same_condition(statement, given) for given in claim.givens):
        return Answer(Verdict.PROVED, "it is a given in other words")
    try:
        difference = pushed(minus(*statement.args))
        parts = difference.args if difference.op == "block" else (difference,)
        how = [_vanishes(part, deadline) for part in parts]
        if None in how or not _has_cases(statement):
            return None
    except CalculusError:
        return None
    cleared = any(how)
    said = "both sides are the same once inverses are cleared" if cleared else "both sides have the same canonical form"
    return Answer(Verdict.PROVED, said)


def _has_cases(statement: Expr) -> bool:
    """Whether both sides have a value somewhere: what never has one is not proved."""
    for sizes, values in random_cases(list(statement.args), 0):
        if all(evaluate(side, values, sizes).isfinite().all() for side in statement.args):
            return True
    return False


def _vanishes(expr: Expr, deadline: float) -> bool | None:
    """Whether an expression is zero: False if plainly, True if after inverses were cleared, None if it is not known."""
    whole = index_form(expr)
    if whole.is_zero:
        return False
    if any(node.op == "where" for node in expr.walk()):
        return None  # what is divided by in a case that is not taken may be 0
    for _ in range(_MOVES):
        if clock.now() > deadline:
            return None
        moved = _moved(whole)
        if moved is None:
            return None
        whole = moved
        if whole.is_zero:
            return True
    return None


def is_zero(whole: Form, deadline: float) -> bool:
    """Whether a form is zero once inverses are cleared."""
    for _ in range(_MOVES):
        if whole.is_zero:
            return True
        moved = _moved(whole) if clock.now() < deadline else None
        if moved is None:
            return False
        whole = moved
    return False


def _moved(whole: Form) -> Form | None:
    """The form after one more move that loses nothing; None if there is none."""
    for term in whole.terms:
        for place, (atom, _) in enumerate(term.factors):
            move = {"inverse": _rewritten, "raised": _entries_rewritten}.get(atom.kind)
            rewritten = move(term, place) if move else None
            if rewritten is not None:
                others = [other for other in whole.terms if other is not term]
                return form([*others, *rewritten])
    return _side_cleared(whole) or _divisor_cleared(whole)


# inv(M) L


def _longest(inner: Form) -> Term | None:
    """The term of M with the longest chain, among those that are chains of matrices and nothing else."""
    chains = [term for term in inner.terms if (chain := chain_of(term)) and all(atom != DELTA for atom, _ in chain)]
    return max(chains, key=lambda term: (len(term.factors), term.key), default=None)


def _rewritten(term: Term, place: int) -> list[Term] | None:
    """A term in which `inv(M) L` or `L inv(M)` was found at an inverse."""
    atom, (i, j) = term.factors[place]
    longest = _longest(atom.inner[0])
    if longest is None:
        return None
    for start, end, first, last in ((j, i, ROW, COLUMN), (i, j, COLUMN, ROW)):
        found = _followed(term, place, longest, first, last, start)
        if found is not None:
            used, reached = found
            return _replaced(term, place, atom, longest, used, (start, end, reached, first))
    return None


def _followed(term: Term, place: int, longest: Term, first: int, last: int, start: int) -> tuple[list[int], int] | None:
    """The factors that spell out L from an index on, and the index that is reached."""
    used, here, at = [place], start, first
    left = list(longest.factors)
    while left:
        atom, places = next((atom, p) for atom, p in left if at in p)
        left.remove((atom, places))
        entry = places.index(at)
        onward = places[1 - entry]
        step = _next(term, used, here, atom, entry)
        if step is None:
            return None
        used, here, at = [*used, step[0]], step[1], onward
    return (used, here) if at == last else None


def _next(term: Term, used: list[int], here: int, atom: Atom, entry: int) -> tuple[int, int] | None:
    """The factor after an index, if it is this atom from this side and nothing else shares the index."""
    holders = [place for place, (_, places) in enumerate(term.factors) if here in places]
    if here < 0 or len(holders) != 2:
        return None
    place = next((p for p in holders if p not in used), None)
    if place is None or term.factors[place][0] != atom:
        return None
    places = term.factors[place][1]
    if places[0] == places[1] or (not atom.is_symmetric and places[entry] != here):
        return None
    return place, places[1] if places[0] == here else places[0]


def _replaced(
    term: Term, place: int, atom: Atom, longest: Term, used: list[int], ends: tuple[int, int, int, int]
) -> list[Term]:
    """inv(M) L as (I - inv(M) (M - L)) over the number and scalars in front of L."""
    start, end, reached, first = ends
    inside = {index for p in used for index in term.factors[p][1]} - {start, end, reached}
    others = tuple(factor for p, factor in enumerate(term.factors) if p not in used)
    scalars = (*term.scalars, *((a, -power) for a, power in longest.scalars))
    sizes = tuple(pair for pair in term.sizes if pair[0] not in inside)
    base = Term(term.count / longest.count, scalars, others, sizes)
    inverse: Factor = term.factors[place]
    one = Term(
        base.count, base.scalars, (*others, (DELTA, (end, reached))), tuple(pair for pair in sizes if pair[0] != start)
    )
    with_inverse = Term(-base.count, base.scalars, (*others, inverse), sizes)
    last = COLUMN if first == ROW else ROW
    rest = [part for part in atom.inner[0].terms if part is not longest]
    there = [renamed(part, {first: travelling(start), last: travelling(reached)}) for part in rest]
    return [one, *within([with_inverse], there)]


# L over f, entry by entry


def _entries_rewritten(term: Term, place: int) -> list[Term] | None:
    """A term in which entries L / f^p were found, L the longest part of f: (1 - (f - L) / f) / f^(p - 1)."""
    atom, places = term.factors[place]
    there = dict(zip((ROW, COLUMN), places, strict=False))
    parts = [part for part in atom.inner[0].terms if part.factors and not part.sizes]
    if not atom.name.startswith("-") or "/" in atom.name or not parts or len(atom.inner[0].terms) < 2:
        return None
    longest = max(parts, key=lambda part: (len(part.factors), part.key))
    wanted = Counter((a, tuple(there[i] for i in p)) for a, p in longest.factors)
    if wanted - Counter(term.factors):
        return None
    others = Counter(term.factors) - wanted
    scalars = (*term.scalars, *((a, -power) for a, power in longest.scalars))
    second = Term(-term.count / longest.count, scalars, tuple(others.elements()), term.sizes)
    others[(atom, places)] -= 1
    power = int(atom.name) + 1
    fewer = [(replace(atom, name=str(power)), places)] if power else []
    first = Term(term.count / longest.count, scalars, (*others.elements(), *fewer), term.sizes)
    away = {index: travelling(at) for index, at in there.items()}
    rest = [renamed(part, away) for part in atom.inner[0].terms if part is not longest]
    return [first, *within([second], rest)]


# Sides that begin with an inverse, and divisors


def _side_cleared(whole: Form) -> Form | None:
    """The form multiplied by M at a free index at which a term has `inv(M)`; of several the one with the longest M."""
    found = [
        (atom, places, side)
        for term in whole.terms
        for atom, places in term.factors
        for side in (ROW, COLUMN)
        if atom.kind == "inverse" and side in places and places[0] != places[1]
    ]
    if not found:
        return None
    atom, places, side = max(found, key=lambda each: (len(each[0].inner[0].terms), len(each[0].key)))
    is_first = places[0] == side
    result: list[Term] = []
    for term in whole.terms:
        match = next((p for p in _same_place(term, atom, side, is_first)), None)
        if match is not None:
            other = term.factors[match][1][1 if term.factors[match][1][0] == side else 0]
            others = (*term.factors[:match], *term.factors[match + 1 :])
            result.append(Term(term.count, term.scalars, (*others, (DELTA, (side, other))), term.sizes))
        else:
            result += _times_inner(term, atom, side, is_first)
    return form(result)


def _same_place(term: Term, atom: Atom, side: int, is_first: bool) -> Iterable[int]:
    """Where a term has an inverse at a free index, from the same side."""
    for place, (other, places) in enumerate(term.factors):
        is_same = other == atom and side in places and (atom.is_symmetric or places[0 if is_first else 1] == side)
        is_alone = not any(side in q for p, (_, q) in enumerate(term.factors) if p != place)
        if is_same and is_alone and places[0] != places[1]:
            yield place


_AWAY = -70


def _times_inner(term: Term, atom: Atom, side: int, is_first: bool) -> list[Term]:
    """A term multiplied by M at a free index: sum over k of M_side,k T_k, or T_k M_k,side."""
    moved = renamed(term, {side: _AWAY})
    new = {ROW: side, COLUMN: _AWAY} if is_first else {ROW: _AWAY, COLUMN: side}
    inner = [renamed(part, new) for part in atom.inner[0].terms]
    return [summed(part, _AWAY, atom.shape[0]) for part in multiplied([moved], inner)]


def _divisor_cleared(whole: Form) -> Form | None:
    """The form multiplied by a sum that some term is divided by."""
    found = next(((a, p) for term in whole.terms for a, p in term.scalars if a.kind == "group" and p < 0), None)
    if found is None:
        return None
    atom, _ = found
    lowest = min((p for term in whole.terms for a, p in term.scalars if a == atom), default=Fraction(0))
    factor = Term(Fraction(1), ((atom, -lowest),))
    return form(multiplied(list(whole.terms), [factor]))
