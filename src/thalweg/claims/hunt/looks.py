"""Statements in floats, for many cases at once: where they may hold, and where they may not. Certain it is for `certify`.

Floats only point to cases that are worth an exact look, so that tolerances here cost time, or miss a violation that is
smaller than rounding, but never accuse a claim.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice, product

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from thalweg.calculus import numeric
from thalweg.calculus.nodes import Expr, Symbol
from thalweg.claims.hunt.certify import grid, is_infinite
from thalweg.claims.nouns import name_of

_ROUNDING = 1e-9  # relative to the sides
_CANCELLED = 1e-13  # relative to a power of the largest entry
_DEGREE = 4
_TIE = 1e-14
_INNER = 60
_INNER_WITHIN = 12  # for a `forall` within another
_PARTS = (0.0, 1.0, 0.5, 0.25, 0.75, 0.1, 0.9, 1 / 3)
_NUMBERS = (0.0, 1.0, -1.0, 2.0, -2.0, 0.5, -0.5, 3.0)


@dataclass(frozen=True)
class Look:
    """What floats say of a statement, case by case; batches broadcast against each other.

    Attributes:
        broken: Where it may fail.
        kept: Where it may hold.
        defined: Where every part has a value.
    """

    broken: Bool[Tensor, "..."]
    kept: Bool[Tensor, "..."]
    defined: Bool[Tensor, "..."]


@dataclass(frozen=True)
class Doubt:
    """How far floats are trusted.

    Attributes:
        floor: What may be left of terms that cancel, in each case.
        margin: By how much, relative to its sides, an inequality must be kept or broken to count as either; 0 where a doubt
            is to count as both.
    """

    floor: Float[Tensor, "*batch"]
    margin: float = 0.0


def doubt(
    values: Mapping[str, Float[Tensor, "..."]], is_exact: bool, margin: float = 0.0, degree: int = _DEGREE
) -> Doubt:
    """The doubt about cases: what cancels leaves nothing of small whole numbers, but something of others.

    Args:
        values: The values of names, in batches.
        is_exact: Whether they are small rational numbers.
        margin: That of the doubt.
        degree: What cancels is taken to grow like this power of the largest entry.

    Returns:
        The doubt.
    """
    if is_exact or not values:
        return Doubt(torch.zeros(1, dtype=torch.float64), margin)
    large = torch.stack(torch.broadcast_tensors(*(value.abs().amax((-2, -1)) for value in values.values()))).amax(0)
    return Doubt(_CANCELLED * large.clamp_min(1.0) ** degree, margin)


def fitting(names: Sequence[Expr], values: Mapping[str, Float[Tensor, "..."]]) -> Bool[Tensor, "..."] | None:
    """Where names have those of their traits that are not put in when they are made; None if there are no such traits."""
    masks = []
    for name in names:
        assert isinstance(name.value, Symbol)
        for trait in name.value.traits & _TESTS.keys():
            masks.append(_TESTS[trait](values[name_of(name)]))
    return torch.stack(torch.broadcast_tensors(*masks)).all(0) if masks else None


def _has_rank(value: Tensor, rank: int) -> Tensor:
    """Where matrices have so many singular values that are not 0."""
    if rank > min(value.shape[-2:]):
        return torch.zeros(value.shape[:-2], dtype=torch.bool)
    if value.shape[-2:] == (1, 1):
        return value[..., 0, 0] != 0
    found = torch.linalg.svdvals(value.nan_to_num())
    return found[..., rank - 1] > 1e-11 * found[..., 0]


_TESTS: dict[str, Callable[[Tensor], Tensor]] = {
    "positive": lambda value: (value > 0).all(-1).all(-1),
    "nonnegative": lambda value: (value >= 0).all(-1).all(-1),
    "nonzero": lambda value: (value != 0).all(-1).all(-1),
    "integer": lambda value: (value % 1 == 0).all(-1).all(-1),
    "invertible": lambda value: _has_rank(value, value.shape[-1]),
    "full column rank": lambda value: _has_rank(value, value.shape[-1]),
    "full row rank": lambda value: _has_rank(value, value.shape[-2]),
}


def look(
    statement: Expr,
    values: Mapping[str, Float[Tensor, "..."]],
    sizes: Mapping[str, int],
    doubted: Doubt,
) -> Look:
    """What floats say of a statement.

    Args:
        statement: The statement.
        values: The values of its names, in batches.
        sizes: The value of each size.
        doubted: How far floats are trusted.

    Returns:
        Where it may be broken, where kept, and where it is defined; both of the first may be true, in doubt.
    """
    if statement.op == "compare":
        return _compared(statement, values, sizes, doubted)
    if statement.op == "forall":
        return _everywhere(statement, values, sizes, doubted)
    parts = [look(arg, values, sizes, doubted) for arg in statement.args]
    defined = torch.stack(torch.broadcast_tensors(*(part.defined for part in parts))).all(0)
    broken, kept = _joined(statement.op, parts)
    return Look(broken, kept, defined)


def _joined(op: str, parts: Sequence[Look]) -> tuple[Tensor, Tensor]:
    """Where statements that are put together may be broken, and where kept."""
    first, last = parts[0], parts[-1]
    if op == "not":
        return first.kept, first.broken
    if op == "implies":
        return first.kept & last.broken, first.broken | last.kept
    if op == "iff":
        differ = (first.kept & last.broken) | (first.broken & last.kept)
        return differ, (first.kept & last.kept) | (first.broken & last.broken)
    broken, kept = parts[0].broken, parts[0].kept
    for part in parts[1:]:
        broken = broken | part.broken if op == "and" else broken & part.broken
        kept = kept & part.kept if op == "and" else kept | part.kept
    return broken, kept


def _compared(statement: Expr, values: Mapping[str, Tensor], sizes: Mapping[str, int], doubted: Doubt) -> Look:
    """A comparison: entries that differ by no more than rounding are equal."""
    (left, left_size), (right, right_size) = (_side(side, values, sizes) for side in statement.args)
    difference = left - right
    size = torch.maximum(left_size, right_size)
    defined = size.isfinite()  # nan is not finite either
    tolerance = (_ROUNDING * size + doubted.floor)[..., None, None]
    wide = (doubted.margin * size)[..., None, None]
    if statement.value in ("=", "!="):
        differ, same = (difference.abs() > torch.maximum(tolerance, wide)), (difference.abs() <= tolerance)
        differ, same = differ.any(-1).any(-1), same.all(-1).all(-1)
        return Look(differ, same, defined) if statement.value == "=" else Look(same, differ, defined)
    beyond = difference if statement.value in ("<", "<=") else -difference
    if doubted.margin:
        return Look((beyond > wide).any(-1).any(-1), (beyond < -wide).all(-1).all(-1), defined)
    if statement.value in ("<=", ">="):
        broken = (beyond > tolerance).any(-1).any(-1)
        return Look(broken, ~broken, defined)
    tie = (_TIE * size)[..., None, None]
    return Look((beyond >= -tie).any(-1).any(-1), (beyond < tie).all(-1).all(-1), defined)


def _side(expr: Expr, values: Mapping[str, Tensor], sizes: Mapping[str, int]) -> tuple[Tensor, Float[Tensor, "*batch"]]:
    """One side of a comparison, and how large its terms are: what cancels in it is uncertain by that."""
    if expr.op != "add":
        value = numeric.evaluate(expr, values, sizes)
        return value, value.abs().amax((-2, -1))
    terms = [numeric.evaluate(term, values, sizes) for term in expr.args]
    return sum(terms[1:], terms[0]), sum(term.abs().amax((-2, -1)) for term in terms)  # ty: ignore


def _everywhere(statement: Expr, values: Mapping[str, Tensor], sizes: Mapping[str, int], doubted: Doubt) -> Look:
    """A `forall`, at a few points along a new first axis: it is broken where its body is at one of them."""
    body, *limits = statement.args
    names: Sequence[Expr] = statement.value[0]
    axes = doubted.floor.ndim
    if limits:
        bound = {name_of(names[0]): _between(limits, values, sizes, axes)}
    else:
        points = list(islice(product(*(grid(name, sizes) for name in names)), _INNER if axes == 1 else _INNER_WITHIN))
        bound = {name_of(name): _stacked([point[i] for point in points], axes) for i, name in enumerate(names)}
    inside = look(body, {**values, **bound}, sizes, Doubt(doubted.floor[None], doubted.margin))
    return Look((inside.broken & inside.defined).any(0), (inside.kept | ~inside.defined).all(0), inside.defined.any(0))


def _stacked(points: Sequence[Sequence[Sequence[Fraction]]], axes: int) -> Tensor:
    """Matrices along a first axis, with so many axes after it that the cases have."""
    array = torch.tensor([[[float(entry) for entry in row] for row in rows] for rows in points], dtype=torch.float64)
    return array.reshape(len(points), *[1] * axes, *array.shape[1:])


def _between(limits: Sequence[Expr], values: Mapping[str, Tensor], sizes: Mapping[str, int], axes: int) -> Tensor:
    """Points of an interval, along a new first axis."""
    low, high = (None if is_infinite(node) else numeric.evaluate(node, values, sizes) for node in limits)
    if low is not None and high is not None:
        return torch.stack([low + part * (high - low) for part in _PARTS])
    if low is not None:
        return torch.stack([low + 3 * abs(part) for part in _NUMBERS])
    if high is not None:
        return torch.stack([high - 3 * abs(part) for part in _NUMBERS])
    return _stacked([[[Fraction(part)]] for part in _NUMBERS], axes)


def excess(statement: Expr, values: Mapping[str, Tensor], sizes: Mapping[str, int]) -> Float[Tensor, "*batch"] | None:
    """By how much a statement is broken, relative to its sides, with derivatives; None where that has no meaning.

    Args:
        statement: The statement.
        values: The values of its names, in batches.
        sizes: The value of each size.

    Returns:
        A number for each case: positive where the statement is broken.
    """
    if statement.op == "compare":
        (left, left_size), (right, right_size) = (_side(side, values, sizes) for side in statement.args)
        scale = (left_size + right_size)[..., None, None].detach() + 1e-9
        if statement.value == "=":
            return ((left - right).abs() / scale).amax((-2, -1)) - 1e-9
        if statement.value == "!=":
            return -((left - right).abs() / scale).amax((-2, -1))
        sign = 1 if statement.value in ("<", "<=") else -1
        return (sign * (left - right) / scale).amax((-2, -1))
    if statement.op not in ("and", "or"):
        return None
    parts = [excess(arg, values, sizes) for arg in statement.args]
    if any(part is None for part in parts):
        return None
    stacked = torch.stack([part for part in parts if part is not None])
    return stacked.amax(0) if statement.op == "and" else stacked.amin(0)
