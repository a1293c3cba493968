"""Whether an exact value has the traits of its name: positive, symmetric, orthogonal, of full rank, ..."""

from collections.abc import Callable
from fractions import Fraction

import numpy as np

from thalweg.calculus.elimination import Matrix, determinant, identity, rank
from thalweg.calculus.fields import RATIONALS, Field
from thalweg.calculus.nodes import Expr


def has_traits(name: Expr, value: Matrix, field: Field) -> bool:
    """Whether a value certainly has the traits of its name."""
    return all(test(value, field) for trait, test in _HAS.items() if trait in name.value.traits)


def _entries_are(relation: str) -> Callable[[Matrix, Field], bool]:
    """The test that every entry compares so with 0."""
    return lambda value, field: all(field.compare(relation, entry, field.number(0)) for entry in value.flat)


def _same(one: Matrix, other: Matrix, field: Field) -> bool:
    """Whether two matrices are certainly the same."""
    return all(field.compare("=", a, b) for a, b in zip(one.flat, other.flat, strict=True))


def _is_whole(value: Matrix, field: Field) -> bool:
    """Whether the entries are whole numbers, which only fractions can tell."""
    return field is RATIONALS and all(Fraction(entry).denominator == 1 for entry in value.flat)


def _is_diagonal(value: Matrix, field: Field) -> bool:
    """Whether everything beside the diagonal is 0."""
    return all(field.compare("=", entry, field.number(0)) for (i, j), entry in np.ndenumerate(value) if i != j)


def _is_definite(value: Matrix, field: Field, relation: str) -> bool:
    """Whether a symmetric matrix is positive definite (">"), or semidefinite (">="), by elimination."""
    if not _same(value, value.T, field):
        return False
    zero, rest = field.number(0), value
    while len(rest):
        pivot = rest[0, 0]
        if not field.compare(relation, pivot, zero):
            return False
        if field.compare("=", pivot, zero):
            if not all(field.compare("=", entry, zero) for entry in rest[0]):
                return False
            rest = rest[1:, 1:]
        else:
            rest = rest[1:, 1:] - np.outer(rest[1:, 0], rest[0, 1:]) * field.invert(pivot)
    return True


_HAS: dict[str, Callable[[Matrix, Field], bool]] = {
    "positive": _entries_are(">"),
    "nonnegative": _entries_are(">="),
    "nonzero": _entries_are("!="),
    "integer": _is_whole,
    "symmetric": lambda value, field: _same(value, value.T, field),
    "orthogonal": lambda value, field: _same(value.T.dot(value), identity(len(value), field), field),
    "diagonal": _is_diagonal,
    "invertible": lambda value, field: field.compare("!=", determinant(value, field), field.number(0)) is True,
    "psd": lambda value, field: _is_definite(value, field, ">="),
    "pd": lambda value, field: _is_definite(value, field, ">"),
    "full column rank": lambda value, field: rank(value, field) == value.shape[1],
    "full row rank": lambda value, field: rank(value, field) == len(value),
}
