"""How large ranks can be, read off how expressions are built; and so at which sizes what is inverted can have an inverse.

`X' X` with X : n x d has at most the rank n, and no inverse if n < d. Only bounds from above are known here, so that a matrix
that "can be regular" need not be so; one that cannot is singular for certain.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

import numpy as np

from thalweg.calculus.exact import holds
from thalweg.calculus.fields import RATIONALS, Inexact, Undefined
from thalweg.calculus.nodes import INVERTIBLE, Expr, Symbol, number, symbols
from thalweg.calculus.sizes import Size
from thalweg.claims.hunt.prepared import conjuncts
from thalweg.claims.nouns import Claim
from thalweg.claims.rational.logic import TURNED

Sizes = dict[str, int]
_LARGEST = {0: 1, 1: 6, 2: 6, 3: 4}  # size that is looked at, by how many names there are; 3 of more names
_MOST_CHOICES = 4000
_FULL = frozenset({"full column rank", "full row rank"}) | INVERTIBLE


@dataclass(frozen=True)
class Ranks:
    """What is known of ranks at some sizes.

    Attributes:
        sizes: The sizes.
        said: Ranks that the givens bound from above.
    """

    sizes: Mapping[str, int]
    said: dict[Expr, int] = field(default_factory=dict)

    def full(self, expr: Expr) -> int:
        """The largest rank that a matrix of this shape has."""
        return min(expr.shape.rows.at(self.sizes), expr.shape.columns.at(self.sizes))

    def most(self, expr: Expr) -> int:
        """The largest rank that an expression can have."""
        full = min(self.full(expr), self.said.get(expr, self.full(expr)))
        if expr.op == "number":
            return int(expr.value != 0)
        if expr.op == "zeros":
            return 0
        if expr.op == "ones" or expr.is_scalar:
            return min(full, 1)
        args = [self.most(arg) for arg in expr.args]
        if expr.op in ("product", "transpose", "inverse", "pinv"):
            return min([full, *(part for part, arg in zip(args, expr.args, strict=True) if not _is_free(arg))])
        if expr.op in ("add", "block"):
            return min(full, sum(args))
        return min(full, args[0] * args[1]) if expr.op == "hadamard" else full

    def least(self, expr: Expr) -> int:
        """The smallest rank that an expression can have, as far as its traits say."""
        is_full = expr.op == "identity" or (isinstance(expr.value, Symbol) and bool(expr.value.traits & _FULL))
        return self.full(expr) if is_full and not expr.is_scalar else 0


def _is_free(expr: Expr) -> bool:
    """Whether a factor is a number that need not be 0."""
    return expr.is_scalar and expr != number(0)


def ranks_at(sizes: Mapping[str, int], givens: Sequence[Expr]) -> Ranks | None:
    """What the givens say of ranks at some sizes; None if they exclude these sizes.

    Args:
        sizes: The sizes.
        givens: What is assumed, taken apart at `and`.
    """
    ranks = Ranks(sizes)
    for given in givens:
        for inside, relation, bound in _bounds(given, sizes):
            least, most = _between(relation, bound)
            ranks.said[inside] = min(most, ranks.said.get(inside, most))
            if ranks.most(inside) < least:
                return None
    for given in givens:
        if _is_equation(given):
            left, right = given.args
            for name, other in ((left, right), (right, left)):
                if isinstance(name.value, Symbol) and name not in symbols(other).values():
                    ranks.said[name] = min(ranks.most(name), ranks.most(other))
                if ranks.least(name) > ranks.most(other):
                    return None
    return ranks if all(_may_hold(given, sizes) for given in givens) else None


def _is_equation(given: Expr) -> bool:
    """Whether a given says that two matrices are the same."""
    return given.op == "compare" and given.value == "=" and not given.args[0].is_scalar


def _bounds(given: Expr, sizes: Mapping[str, int]) -> Iterator[tuple[Expr, str, int]]:
    """What a given compares the rank of a matrix with: `rank(A) = 2`, or `det(A) = 0`."""
    if given.op != "compare":
        return
    left, right = given.args
    for one, other, relation in ((left, right, str(given.value)), (right, left, TURNED[str(given.value)])):
        if one.op == "rank" and other.op in ("number", "size"):
            value = other.value.at(sizes) if isinstance(other.value, Size) else other.value
            if value == int(value):
                yield one.args[0], relation, int(value)
        if one.op == "det" and relation in ("=", "!=") and other == number(0):
            full = one.args[0].shape.rows.at(sizes)
            yield one.args[0], "<" if relation == "=" else "=", full


_ENDLESS = 10**9


def _between(relation: str, bound: int) -> tuple[int, int]:
    """The smallest and the largest whole number that compare so with another."""
    low = {"=": bound, ">=": bound, ">": bound + 1}.get(relation, 0)
    return low, {"=": bound, "<=": bound, "<": bound - 1}.get(relation, _ENDLESS)


def _may_hold(given: Expr, sizes: Mapping[str, int]) -> bool:
    """Whether a statement about sizes alone holds; any other one may."""
    if any(node.op not in ("size", "number", "add", "product", "compare", "power") for node in given.walk()):
        return True
    try:
        return holds(given, {}, sizes, RATIONALS) is not False
    except (Undefined, Inexact):
        return False


@dataclass(frozen=True)
class Seen:
    """Small sizes that the givens allow.

    Attributes:
        regular: Those at which all that is inverted can have an inverse.
        singular: The others, the smallest first, each with what has no inverse there, and its largest rank.
    """

    regular: list[Sizes]
    singular: list[tuple[Sizes, Expr, int]]

    @property
    def is_thin(self) -> bool:
        """Whether inverses exist only where an equation holds between sizes that nothing else says."""
        return _dimension(self.regular) < _dimension([*self.regular, *(sizes for sizes, _, _ in self.singular)])


def _dimension(choices: Sequence[Sizes]) -> int:
    """How many sizes can be chosen independently of each other: -1 if there is no choice at all."""
    if not choices:
        return -1
    points = np.array([[*sizes.values(), 1] for sizes in choices])
    return int(np.linalg.matrix_rank(points)) - 1


def seen(claim: Claim, inverted: Sequence[Expr], givens: Iterable[Expr]) -> Seen:
    """At which small sizes what is inverted can have an inverse.

    Args:
        claim: What says which sizes are at least others.
        inverted: What is inverted.
        givens: What is assumed.

    Returns:
        The sizes. Those that bound each other are looked at together.

    Example:
        >>> from thalweg.calculus.meaning import Scope, understand
        >>> square = understand("X' X", Scope(is_open=True)).expr
        >>> found = seen(Claim(square), [square], [])
        >>> found.singular[0][0], found.is_thin
        ({'n': 1, 'm': 2}, False)
    """
    givens = [part for given in givens for part in conjuncts(given)]
    result = Seen([], [])
    for sizes in _choices(claim, [*inverted, *givens]):
        ranks = ranks_at(sizes, givens)
        if ranks is None:
            continue
        low = next((part for part in inverted if ranks.most(part) < part.shape.rows.at(sizes)), None)
        if low is None:
            result.regular.append(sizes)
        else:
            result.singular.append((sizes, low, ranks.most(low)))
    return result


def _choices(claim: Claim, parts: Sequence[Expr]) -> list[Sizes]:
    """Small sizes that fit what is given of them, the smallest first."""
    sizes = [size for part in parts for node in part.walk() for size in _sizes_in(node)]
    sizes += [size for pair in claim.size_givens for size in pair]
    names = [*dict.fromkeys(name for size in sizes for name in size.names)]
    names.sort(key=lambda name: claim.sizes.index(name) if name in claim.sizes else -1)
    constants = {size.constant + step for size in sizes if size.constant > 1 for step in (-1, 0, 1)}
    values = sorted({*range(1, _LARGEST.get(len(names), 3) + 1), *constants})
    while len(values) ** len(names) > _MOST_CHOICES and len(values) > 2:
        values = values[:-1]
    found = (dict(zip(names, choice, strict=True)) for choice in product(values, repeat=len(names)))
    fit = [one for one in found if all(a.at(one) >= b.at(one) for a, b in claim.size_givens)]
    return sorted(fit, key=lambda one: (max(one.values(), default=0), sum(one.values())))


def _sizes_in(node: Expr) -> Iterator[Size]:
    """The sizes of a node's shape, and of its value."""
    yield from (node.shape.rows, node.shape.columns)
    if isinstance(node.value, Size):
        yield node.value
