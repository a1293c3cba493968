"""Small exact cases of claims that ask for something: a limit, a minimum, whether a sequence converges.

`search` cannot evaluate such statements, so whoever can hands a test in: whether the statement holds at a point. Points are
drawn as `search` draws its exact cases; givens and traits hold at each of them exactly.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from thalweg.calculus.elimination import Matrix
from thalweg.calculus.exact import evaluate, holds
from thalweg.calculus.fields import RATIONALS, Inexact, Undefined
from thalweg.calculus.nodes import SCALAR, Expr, symbols
from thalweg.claims import clock
from thalweg.claims.hunt.prepared import Question, question
from thalweg.claims.hunt.samples import Exact, drawn, picked, size_choices
from thalweg.claims.hunt.traits import has_traits
from thalweg.claims.nouns import Claim, Counterexample, Value, name_of
from thalweg.claims.rational.logic import TRUE, every

LARGEST_SIZE, BATCH, LONGEST = 3, 24, 2.0
_PLAIN = tuple(Fraction(part) for part in ["0", "1", "-1", "2", "-2", "1/2", "3"])
_MOST_STEPS = 150


@dataclass(frozen=True)
class Point:
    """One case: givens and traits hold at it.

    Attributes:
        values: The value of every name, in fractions.
        sizes: The value of every size.
        free: The values that were drawn; the others follow from them.
    """

    values: Mapping[str, Matrix]
    sizes: Mapping[str, int]
    free: Exact


Test = Callable[[Point], "bool | None"]


@dataclass(frozen=True)
class Hunt:
    """What came of trying.

    Attributes:
        found: The smallest point at which the statement does not hold, if there is one.
        count: At how many points it was tried and could be told.
    """

    found: Point | None
    count: int


def carried(claim: Claim, names: Iterable[Expr] | None = None) -> Question | None:
    """The claim as `search` knows it, with a statement that says nothing of all its names."""
    givens = tuple(claim.givens)
    used = {name: node for part in (claim.statement, *givens) for name, node in symbols(part).items()}
    sizes = {name for part in (claim.statement, *givens) for node in part.walk() for name in _sizes(node)}
    said = [Expr("compare", (node, node), SCALAR, "=") for node in (used.values() if names is None else names)]
    said += [Expr("compare", (node, node), SCALAR, "=") for node in (Expr("size", (), SCALAR, size) for size in sizes)]
    return question(replace(claim, statement=every(said) if said else TRUE))


def _sizes(node: Expr) -> list:
    """The sizes in the shape of a node, and its value if it is one."""
    return [size for size in (node.shape.rows, node.shape.columns) if size.names] + (
        [node.value] if node.op == "size" else []
    )


def completed(about: Question, free: Exact, sizes: Mapping[str, int]) -> Point | None:
    """The point that follows from what was drawn, if givens and traits hold at it."""
    values: dict[str, Matrix] = {name: np.array(rows, object) for name, rows in free.items()}
    try:
        for name, expr in about.plan.defined:
            values[name_of(name)] = evaluate(expr, values, sizes, RATIONALS)
        is_fit = all(has_traits(name, values[name_of(name)], RATIONALS) for name in about.names)
        if not is_fit or not all(holds(given, values, sizes, RATIONALS) is True for given in about.givens):
            return None
    except (Undefined, Inexact):
        return None
    return Point(values, dict(sizes), free)


def points(about: Question, deadline: float) -> Iterator[Point]:
    """Points of a claim, small sizes first, the same ones in every run.

    Args:
        about: The claim.
        deadline: When to stop, as `clock.now` counts.

    Yields:
        Points at which givens and traits hold.
    """
    rng = np.random.default_rng(0)
    choices = size_choices(about, LARGEST_SIZE)
    for sizes in [*choices[:1] * 2, *choices, *choices, *(choices * 4 if len(choices) == 1 else [])]:
        batch = drawn(about.plan, sizes, BATCH, rng, is_exact=True)
        for place in range(BATCH):
            if clock.now() > deadline:
                return
            point = completed(about, picked(batch, place, batch), sizes)
            if point is not None:
                yield point


def hunt(claim: Claim, test: Test, deadline: float, most: int = 120) -> Hunt:
    """Look for a point at which a statement does not hold.

    Args:
        claim: The claim.
        test: Whether its statement holds at a point; None if that cannot be told there.
        deadline: When to stop, as `clock.now` counts.
        most: At how many points to look.

    Returns:
        The smallest point found, and how many were tried.
    """
    about = carried(claim)
    if about is None:
        return Hunt(None, 0)
    count = 0
    for point in points(about, deadline):
        held = test(point)
        count += held is not None
        if held is False:
            return Hunt(_smaller(about, point, test, deadline), count)
        if count >= most:
            break
    return Hunt(None, count)


def _smaller(about: Question, point: Point, test: Test, deadline: float) -> Point:
    """A point with plainer numbers at which the statement does not hold either."""
    steps, is_changed = 0, True
    while is_changed:
        is_changed = False
        for free in _plainer(point.free):
            steps += 1
            if steps > _MOST_STEPS or clock.now() > deadline:
                return point
            tried = completed(about, free, point.sizes)
            if tried is not None and test(tried) is False:
                point, is_changed = tried, True
                break
    return point


def _plainer(free: Exact) -> Iterator[Exact]:
    """The same values with one entry plainer."""
    for name, rows in free.items():
        for i, row in enumerate(rows):
            for j, entry in enumerate(row):
                for other in _PLAIN:
                    if _cost(other) >= _cost(entry):
                        break
                    changed = (*row[:j], other, *row[j + 1 :])
                    yield {**free, name: (*rows[:i], changed, *rows[i + 1 :])}


def _cost(entry: Fraction) -> int:
    """How far from plain a number is."""
    if entry in _PLAIN:
        return _PLAIN.index(entry)
    return len(_PLAIN) + abs(entry.numerator) + entry.denominator


def shown(value: Matrix) -> Value:
    """A matrix of fractions, to be printed."""
    return Value(tuple(tuple(Fraction(entry) for entry in row) for row in value))


def shown_values(claim: Claim, point: Point) -> dict[str, Value]:
    """The values of the names that a claim speaks of, and of sizes that it uses as numbers."""
    parts = (claim.statement, *claim.givens)
    names = sorted({name for part in parts for name in symbols(part)} & set(point.values))
    sizes = {name for part in parts for node in part.walk() if node.op == "size" for name in node.value.names}
    return {
        **{name: Value(((Fraction(point.sizes[name]),),)) for name in sorted(sizes) if name in point.sizes},
        **{name: shown(point.values[name]) for name in names},
    }


def counterexample(
    claim: Claim, point: Point, left: Value | None, right: Value | None, relation: str, bound: Expr | None = None
) -> Counterexample:
    """A point as a counterexample; a name that is bound in the statement is left out."""
    names = set(bound.value.names if bound.op == "size" else [name_of(bound)]) if bound is not None else set()
    values = {name: value for name, value in shown_values(claim, point).items() if name not in names}
    return Counterexample(values, left, right, relation, "exactly")
