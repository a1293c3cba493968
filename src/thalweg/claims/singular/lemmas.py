"""Which statements about single modes are enough for a comparison of functions of one matrix. Proving them is for `modes`.

A comparison may have several lists of lemmas; one list that holds proves it. A lemma is a statement about numbers that must
hold in every mode of a kind.
"""

from collections.abc import Callable, Iterator

from thalweg.calculus.nodes import SCALAR, Expr, symbols
from thalweg.claims.rational.tidy import absolute, compared
from thalweg.claims.singular.lengths import by_product, by_squares, by_triangle
from thalweg.claims.singular.reduction import PAIRED, Reduction, ends_of_base, equal, scalar, worth
from thalweg.claims.singular.spaces import SINGLE, Irreducible, Typed
from thalweg.claims.singular.sums import Lemma, by_sums

_TURNED = {">": "<", ">=": "<="}


def lemmas(about: Reduction, comparison: Typed) -> Iterator[list[Lemma]]:
    """Lists of lemmas, each enough for a comparison.

    Args:
        about: The claim.
        comparison: The comparison, with its types.

    Yields:
        Lemmas, each with the kind of modes in which it must hold.
    """
    left, right = comparison.args
    relation = str(comparison.expr.value)
    if relation in _TURNED:
        left, right, relation = right, left, _TURNED[relation]
    if relation == "!=":
        return
    if not left.is_scalar:
        if relation == "=":
            yield [(kind, lemma) for kind in about.kinds if (lemma := equal(about, left, right, kind)) is not None]
        return
    for way in _WAYS:
        try:
            found = way(about, relation, left, right)
        except Irreducible:
            continue
        if found is not None:
            yield found


# Extreme singular values and eigenvalues


def _extreme(about: Reduction, relation: str, left: Typed, right: Typed) -> list[Lemma] | None:
    """A largest value below a number, or a smallest above: every mode is."""
    for side, other, ends in ((left, right, _LARGEST), (right, left, _SMALLEST)):
        if relation != "=" and _end(side) in ends:
            bound, lies = scalar(about, other), ends[_end(side)]
            return [(kind, lies(relation, part, bound)) for kind, part in _parts(about, side.args[0])]
    return None


def _end(side: Typed) -> str:
    """Which extreme value of a matrix a number is; nothing if it is none."""
    if side.expr.op == "norm":
        return "smax" if side.expr.value == "2" else ""
    return side.expr.op


def _equal_extreme(about: Reduction, relation: str, left: Typed, right: Typed) -> list[Lemma] | None:
    """An extreme value that is a number: every mode lies on one side, and the mode at an end of X reaches it."""
    for side, other in ((left, right), (right, left)):
        if relation == "=" and _end(side) in _ENDS and side.args[0].expr != about.typing.base:
            bound, lies = scalar(about, other), _ENDS[_end(side)]
            every = [(kind, lies("<=", part, bound)) for kind, part in _parts(about, side.args[0])]
            at = worth(about, side.args[0], PAIRED)
            for name in ends_of_base(about):
                if at is not None and name in symbols(bound).values():
                    return [*every, (PAIRED, _implied(compared("=", about.value, name), lies("=", at, bound)))]
    return None


def _implied(condition: Expr, statement: Expr) -> Expr:
    """That a condition is enough for a statement."""
    return Expr("implies", (condition, statement), SCALAR)


_LARGEST: dict[str, Callable[[str, Expr, Expr], Expr]] = {
    "smax": lambda relation, part, bound: compared(relation, absolute(part), bound),
    "emax": compared,
}
_SMALLEST: dict[str, Callable[[str, Expr, Expr], Expr]] = {
    "smin": lambda relation, part, bound: compared(relation, bound, absolute(part)),
    "emin": lambda relation, part, bound: compared(relation, bound, part),
}
_ENDS = {**_LARGEST, **_SMALLEST}


def _parts(about: Reduction, matrix: Typed) -> list[tuple[str, Expr]]:
    """What a matrix is worth in each kind of mode."""
    if SINGLE in (matrix.left, matrix.right):
        raise Irreducible("a vector has one singular value")
    return [(kind, part) for kind in about.kinds if (part := worth(about, matrix, kind)) is not None]


def _plain(about: Reduction, relation: str, left: Typed, right: Typed) -> list[Lemma] | None:
    """Numbers that hang on all modes, by what they say of any one."""
    return [(PAIRED, compared(relation, scalar(about, left), scalar(about, right)))]


_WAYS = (_extreme, _equal_extreme, by_triangle, by_squares, by_sums, by_product, _plain)
