"""Cases by the dozen, drawn so that errors show: small whole numbers, structure, many scales. What they show is `search`'s.

Everything is drawn in floats. An exact draw takes its entries from tables of small rational numbers, so that `exactly`
gets them back from the floats without loss.
"""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import product

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from thalweg.calculus import numeric
from thalweg.calculus.nodes import Expr, Shape
from thalweg.claims.hunt.plans import Free, Plan
from thalweg.claims.hunt.prepared import Question
from thalweg.claims.nouns import name_of

Values = dict[str, Float[Tensor, "..."]]  # batches of matrices; names differ in their shapes
Exact = dict[str, tuple[tuple[Fraction, ...], ...]]
_TABLE_WIDTH = 12
_MOST_DENOMINATOR = 10_000
_MOST_CHOICES = 512
_MOST_SIZE = 16
_LARGEST_WHOLE, _WIDEST_WHOLE = 100.0, 1000.0
_FRAMED = ("signs", "frame", "bits", "diagonal signs")  # patterns whose entries are 0 and signs
_MOST_NUMBERS = 60_000  # in all, of one draw


def _table(*rows: str) -> np.ndarray:
    """Rows of numbers to draw from, each repeated to one width."""
    return np.array([np.resize([float(Fraction(part)) for part in row.split()], _TABLE_WIDTH) for row in rows])


_ENTRIES = _table(
    "0 1 -1",
    "0 1 -1 2",
    "1",
    "0 0 0 1 0 -1",
    "1 2 1 3",
    "1 -1 2 -2",
    "0 1 -1 2 -2 3 -3",
    "1/2 -1/2 1 2 -1 1/3",
    "-1 -2 -1 -1/2 -3 -1",
    "2 -2 1/2 -1/2 1/3 2/3 -3/2 3",
    "10 1/10 -10 5 100 -1/10 1 -100 1/100 1 2 -1",
    "0",
)
_PARTS = np.array([
    float(Fraction(part)) for part in ("0", "1", "1/2", "1/3", "2/3", "1/4", "3/4", "1/2", "1/10", "9/10", "0", "1")
])


def size_choices(question: Question, largest: int) -> list[dict[str, int]]:
    """The sizes up to the largest one that the givens allow, small ones first.

    Args:
        question: The claim.
        largest: The largest size, from 1; it is doubled, up to 16, until a choice is found.

    Returns:
        Sizes by name, at most some hundreds of choices; one empty choice if there are no names of sizes; none if no sizes
        up to 16 are allowed.
    """
    fit: list[dict[str, int]] = []
    while not fit and largest <= _MOST_SIZE:
        most = max(size for size in range(1, largest + 1) if size == 1 or size ** len(question.sizes) <= _MOST_CHOICES)
        values = product(range(1, most + 1), repeat=len(question.sizes))
        choices = [dict(zip(question.sizes, choice, strict=True)) for choice in values]
        fit = [sizes for sizes in choices if all(a.at(sizes) >= b.at(sizes) for a, b in question.size_givens)]
        largest *= 2
    return sorted(fit, key=lambda sizes: (max(sizes.values(), default=0), sum(sizes.values())))


def drawn(plan: Plan, sizes: Mapping[str, int], count: int, rng: np.random.Generator, is_exact: bool) -> Values:
    """Values of everything that a plan draws.

    Args:
        plan: How cases are made.
        sizes: The value of each size.
        count: How many cases; fewer are drawn of large matrices.
        rng: Where randomness comes from.
        is_exact: Whether entries are small rational numbers; otherwise they are floats of many scales.

    Returns:
        A batch of values for each free name.
    """
    values: dict[str, np.ndarray] = {}
    count = (
        max(4, min(count, _MOST_NUMBERS // sum(entries([part.node], sizes) for part in plan.free)))
        if plan.free
        else count
    )
    for part in plan.free:
        shape = (part.node.shape.rows.at(sizes), part.node.shape.columns.at(sizes))
        array = _patterned(part, shape, count, rng, is_exact)
        if part.pattern == "any" and array.shape[1] * array.shape[2] > 1:
            _copied(array, [other for other in values.values() if other.shape == array.shape], rng)
        values[name_of(part.node)] = array
    return {name: torch.from_numpy(array) for name, array in values.items()}


def wide(plan: Plan, count: int, rng: np.random.Generator) -> Values:
    """Numbers of very different sizes, and near 1, of a plan that draws nothing but numbers.

    Args:
        plan: How cases are made.
        count: How many cases.
        rng: Where randomness comes from.

    Returns:
        A batch of values for each free name: from 1e-5 to 1e5, or as near to 1, of either sign where that is free.
    """
    values: dict[str, np.ndarray] = {}
    for part in plan.free:
        small, kind = 10.0 ** rng.uniform(-5, 0, (count, 1, 1)), rng.integers(0, 8, (count, 1, 1))
        array = np.where(kind % 2 == 0, small, 1 - small)
        if part.pattern != "part":
            array = np.where(kind < 3, 1 / small, np.where(kind == 3, 1 + small, array))
            array = limited(np.where(rng.random(array.shape) < 0.25, -array, array), part.numbers, _WIDEST_WHOLE)
        values[name_of(part.node)] = array
    return {name: torch.from_numpy(array) for name, array in values.items()}


def plain(plan: Plan, sizes: Mapping[str, int]) -> Values:
    """The plainest values of everything that a plan draws, in five cases: ones, identities, both, signs by turns, zeros."""
    values: dict[str, np.ndarray] = {}
    for part in plan.free:
        rows, columns = shape_at(part.node.shape, sizes)
        ones, unit = np.ones((rows, columns)), np.eye(rows, columns)
        turns = ones * np.resize([1.0, -1.0], (max(rows, columns), 1))[:rows]
        cases = [ones, unit, ones if 1 in (rows, columns) else unit, turns, 0.0 * ones]
        if part.pattern in _FRAMED:
            cases = [unit] * len(cases)
        elif part.pattern in ("skew", "part"):
            cases = [ones * (0.0 if part.pattern == "skew" else 0.5)] * len(cases)
        values[name_of(part.node)] = limited(tied(np.array(cases), part.pattern), part.numbers)
    return {name: torch.from_numpy(array) for name, array in values.items()}


def completed(plan: Plan, values: Values, sizes: Mapping[str, int]) -> Values:
    """Values of all names, those that are defined by others too."""
    result = dict(values)
    count = max((len(value) for value in values.values()), default=1)
    for name, expr in plan.defined:
        made = numeric.evaluate(expr, result, sizes)
        result[name_of(name)] = made.expand(count, *made.shape[-2:])
    return result


def _patterned(part: Free, shape: tuple[int, int], count: int, rng: np.random.Generator, is_exact: bool) -> np.ndarray:
    """A batch of values of one name."""
    if part.pattern == "part":
        return _PARTS[rng.integers(0, len(_PARTS), (count, 1, 1))] if is_exact else rng.random((count, 1, 1))
    if part.pattern in _FRAMED:
        return _framed(part.pattern, shape, count, rng)
    array = _entries(shape, count, rng) if is_exact else _floats(shape, count, rng)
    if part.pattern == "any" and min(shape) > 0 and shape != (1, 1):
        _structured(array, rng, is_exact)
    return limited(tied(array, part.pattern), part.numbers)


def tied(array: np.ndarray, pattern: str) -> np.ndarray:
    """A batch of matrices with the pattern put on them: what is below the diagonal decides."""
    if pattern == "diagonal":
        return array * np.eye(array.shape[-1])
    if pattern in ("symmetric", "skew"):
        below = np.tril(array, -1)
        turned = below.swapaxes(-1, -2)
        return below + turned + array * np.eye(array.shape[-1]) if pattern == "symmetric" else below - turned
    return array


def limited(array: np.ndarray, numbers: frozenset[str], most: float = _LARGEST_WHOLE) -> np.ndarray:
    """A batch with its entries made positive, nonnegative, nonzero or whole."""
    if "integer" in numbers:
        array = np.sign(array) * np.minimum(np.ceil(np.abs(array)), most)
    if numbers & {"positive", "nonnegative"}:
        array = np.abs(array)
    if numbers & {"positive", "nonzero"}:
        array = np.where(array == 0, 1.0, array)
    return array


def _entries(shape: tuple[int, int], count: int, rng: np.random.Generator) -> np.ndarray:
    """Small rational numbers, from one row of the table in each case."""
    style = rng.integers(0, len(_ENTRIES), (count, 1, 1))
    return _ENTRIES[style, rng.integers(0, _TABLE_WIDTH, (count, *shape))]


def _floats(shape: tuple[int, int], count: int, rng: np.random.Generator) -> np.ndarray:
    """Normal numbers; half of the cases at scales from a thousandth to a thousand, some sparse, some negative."""
    array = rng.standard_normal((count, *shape))
    scale = 10.0 ** rng.uniform(-3, 3, (count, 1, 1))
    kind = rng.integers(0, 8, (count, 1, 1))
    array = np.where(kind < 4, array, array * scale)
    array = np.where(kind == 1, array * (rng.random(array.shape) < 0.5), array)
    return np.where(kind == 2, -np.abs(array), np.where(kind == 5, np.abs(array), array))


def _structured(array: np.ndarray, rng: np.random.Generator, is_exact: bool) -> None:
    """Give most of the matrices in a batch a structure, in place: equal entries, rank one, nilpotent, skew, identity, ..."""
    count, rows, columns = array.shape
    kind = rng.integers(0, 16, count)
    if (some := kind == 0).any():
        array[some] = array[some, :1, :1]
    if (some := kind == 1).any():
        array[some] = (
            np.eye(rows, columns)[:, :]
            if rows > 1 and columns > 1
            else _framed("frame", (rows, columns), count, rng)[some]
        )
    if (some := kind == 2).any():
        array[some] = _orthonormal(rows, columns)[rng.integers(0, len(_orthonormal(rows, columns)), some.sum())]
    if rows > 1 and columns > 1:
        _structured_matrices(array, kind, rng, is_exact)


def _structured_matrices(array: np.ndarray, kind: np.ndarray, rng: np.random.Generator, is_exact: bool) -> None:
    """Give those of the kinds 3 to 10 what only a matrix has, in place."""
    _, rows, columns = array.shape
    if (some := kind == 3).any():
        array[some] = array[some, :, :1] * array[some, :1, :]
    if (some := (kind == 4) | (kind == 5)).any():
        array[some] *= np.eye(rows, columns)
    if (some := kind == 6).any():
        array[some] = np.sign(array[some]) * np.eye(rows, columns) + np.triu(array[some], 1)
    if (some := kind == 8).any():
        array[some] = 0.0
        places = np.flatnonzero(some)
        array[places, rng.integers(0, rows, len(places)), rng.integers(0, columns, len(places))] = 1.0
    if (some := kind == 9).any():
        array[some] = np.triu(array[some], 1)
    if (some := kind == 10).any() and rows == columns:
        array[some] = tied(array[some], "skew")
    if (some := kind == 7).any() and not is_exact:
        array[some] = array[some, :, :1] * array[some, :1, :] + 1e-4 * array[some]


def _copied(array: np.ndarray, others: Sequence[np.ndarray], rng: np.random.Generator) -> None:
    """Let a name be the same as an earlier one, or minus it, or twice it, in an eighth of the cases."""
    if not others:
        return
    some = np.flatnonzero(rng.random(len(array)) < 0.125)
    other = others[int(rng.integers(0, len(others)))]
    array[some] = other[some] * np.array([1.0, 1.0, -1.0, 2.0])[rng.integers(0, 4, (len(some), 1, 1))]


def _framed(pattern: str, shape: tuple[int, int], count: int, rng: np.random.Generator) -> np.ndarray:
    """Signed permutations, columns or rows of them, signs or bits on a diagonal. A third of the cases is plain."""
    size = max(shape)
    if pattern == "bits":
        return np.eye(size) * rng.integers(0, 2, (count, size, 1))
    signs = np.where(rng.random((count, size, 1)) < 0.5, -1.0, 1.0)
    signs[rng.random(count) < 0.3] = 1.0
    if pattern == "diagonal signs":
        return np.eye(size) * signs
    order = np.argsort(rng.random((count, size)), 1)
    order[rng.random(count) < 0.3] = np.arange(size)
    return (np.eye(size)[order] * signs)[:, : shape[0], : shape[1]]


@lru_cache
def _orthonormal(rows: int, columns: int) -> np.ndarray:
    """Rational matrices with orthonormal columns, or rows: parts of products of 3-4-5 rotations."""
    size = max(rows, columns)
    found = []
    for first in range(max(1, size - 1)):
        turn = np.eye(size)
        if size > 1:
            turn[first : first + 2, first : first + 2] = [[0.6, -0.8], [0.8, 0.6]]
        found += [turn, turn[::-1]]
    if size == 3:
        found.append(np.array([[1.0, -2.0, 2.0], [2.0, -1.0, -2.0], [2.0, 2.0, 1.0]]) / 3)
    return np.array(found)[:, :rows, :columns]


def exactly(value: float, largest: int = _MOST_DENOMINATOR) -> Fraction:
    """The fraction with a small denominator that a float is nearest to.

    Example:
        >>> exactly(1 / 3), exactly(-2.0)
        (Fraction(1, 3), Fraction(-2, 1))
    """
    return Fraction(int(value)) if value % 1 == 0 else Fraction(value).limit_denominator(largest)


def picked(values: Values, place: int, names: Iterable[str], largest: int = _MOST_DENOMINATOR) -> Exact:
    """One case of a batch, in fractions.

    Args:
        values: The batch.
        place: Which case.
        names: Which names.
        largest: The largest denominator.

    Returns:
        The value of each name, row by row.
    """
    return {
        name: tuple(tuple(exactly(entry, largest) for entry in row) for row in values[name][place].tolist())
        for name in names
    }


def shape_at(shape: Shape, sizes: Mapping[str, int]) -> tuple[int, int]:
    """A shape in numbers."""
    return shape.rows.at(sizes), shape.columns.at(sizes)


def entries(nodes: Iterable[Expr], sizes: Mapping[str, int]) -> int:
    """How many entries the largest of these names has."""
    return max((node.shape.rows.at(sizes) * node.shape.columns.at(sizes) for node in nodes), default=1)
