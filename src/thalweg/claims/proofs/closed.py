"""Sums over entries that have no free index, such as `x' A y`: their parts, where they can be cut in two, which are squares."""

from collections.abc import Iterator
from fractions import Fraction

from thalweg.calculus.forms import Factor, Form, Term, canonical, form

_MIRROR = 100  # indices of the second copy of a vector are its own plus this


def components(term: Term) -> Iterator[Term]:
    """The parts of a term that share no index, each a number of its own."""
    left = list(term.factors)
    while left:
        group = [left.pop(0)]
        _grow(group, left, set(group[0][1]))
        yield _closed(group, term)


def _grow(group: list[Factor], left: list[Factor], indices: set[int], cut: int | None = None) -> set[int]:
    """Move what is joined to a group from what is left; an index that is cut joins nothing."""
    while True:
        joined = [factor for factor in left if (indices - {cut}) & set(factor[1])]
        if not joined:
            return indices
        for factor in joined:
            left.remove(factor)
            group.append(factor)
            indices |= set(factor[1])


def _closed(factors: list[Factor], term: Term) -> Term:
    """The sum over all indices of some factors; copies have the sizes of their originals."""
    sizes = dict(term.sizes)
    indices = sorted({index for _, places in factors for index in places})
    bound = tuple((index, sizes[index if index in sizes else index - _MIRROR]) for index in indices)
    return Term(Fraction(1), (), tuple(factors), bound)


def is_square(part: Term) -> bool:
    """Whether a closed sum is never negative: a sum of squares, a' a for some vector a, or v' P v with a psd name P."""
    if all(part.factors.count(factor) % 2 == 0 for factor in part.factors):
        return True
    own = canonical(part).key
    for index, _ in part.sizes:
        cut = _cut(part, index)
        if cut is not None and any(canonical(_squared(side, index, part)).key == own for side in cut):
            return True
    return _is_psd_form(part)


def is_positive(part: Term) -> bool:
    """Whether a closed sum is tr(P), or the sum of all entries of P, with a pd name P."""
    if len(part.factors) != 1:
        return False
    atom, places = part.factors[0]
    return len(places) == 2 and "pd" in atom.traits and set(places) == {index for index, _ in part.sizes}


def _is_psd_form(part: Term) -> bool:
    """Whether a sum is v' P v or tr(P) with a psd name P."""
    if len(part.factors) == 1 and len(part.factors[0][1]) == 2:
        return bool(part.factors[0][0].traits & {"psd", "pd"})
    matrices = [(atom, places) for atom, places in part.factors if len(places) == 2]
    vectors = [(atom, places) for atom, places in part.factors if len(places) == 1]
    if len(matrices) != 1 or len(vectors) != 2:
        return False
    (matrix, both), ((one, here), (other, there)) = matrices[0], vectors
    return bool(matrix.traits & {"psd", "pd"}) and one == other and sorted(both) == sorted(here + there)


def _cut(part: Term, index: int) -> tuple[list[Factor], list[Factor]] | None:
    """The two sides of an index that two factors share; None if they are joined elsewhere too."""
    holders = [factor for factor in part.factors if index in factor[1]]
    if len(holders) != 2:
        return None
    left = list(part.factors)
    side = [left.pop(left.index(holders[0]))]
    reached = _grow(side, left, set(side[0][1]), index) - {index}
    return (side, left) if left and not reached & {i for _, places in left for i in places} else None


def _squared(side: list[Factor], index: int, part: Term) -> Term:
    """The inner product with itself of the vector that one side of a cut is."""
    mirrored = [(atom, tuple(i if i == index else i + _MIRROR for i in places)) for atom, places in side]
    return _closed([*side, *mirrored], part)


def halves(part: Term) -> Iterator[tuple[Form, Form]]:
    """For each cut of a sum a' b: the forms of a' a and of b' b."""
    for index, _ in part.sizes:
        cut = _cut(part, index)
        if cut is not None:
            a, b = (form([_squared(side, index, part)]) for side in cut)
            yield a, b
