"""One case, worked out exactly: whether it satisfies the givens and breaks the statement. Finding cases is for `search`.

Fractions come first; where a value leaves them, intervals. A statement counts as broken only if that is certain. The body
of a `forall` that could not be taken off is tried at a small grid: one point at which it certainly fails makes it false,
and nothing makes it true.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from itertools import islice, pairwise, product

import numpy as np

from thalweg.calculus.elimination import Matrix
from thalweg.calculus.exact import evaluate, holds
from thalweg.calculus.fields import RATIONALS, Element, Field, Inexact, Undefined
from thalweg.calculus.indices import same
from thalweg.calculus.intervals import INTERVALS
from thalweg.calculus.nodes import Expr, substituted, symbols
from thalweg.calculus.raw import bounded
from thalweg.claims.hunt.plans import Plan
from thalweg.claims.hunt.prepared import Question
from thalweg.claims.hunt.samples import Exact, shape_at
from thalweg.claims.hunt.traits import has_traits
from thalweg.claims.nouns import name_of
from thalweg.claims.rational.logic import FALSE

_INNER = 64  # points at which the body of a `forall` is tried
_FEWER = 4  # so many times fewer for one within another
_PLACES = [Fraction(part) for part in ("0", "1", "1/2", "1/3", "2/3", "1/10", "9/10", "1/4", "3/4")]
_NUMBERS = [Fraction(part) for part in ("0", "1", "-1", "1000", "-1000", "2", "-2", "1/2", "-1/2", "3")]


@dataclass(frozen=True)
class Case:
    """Values of all names of a claim.

    Attributes:
        plan: How they are made.
        free: The values that were drawn.
        sizes: The sizes.
        rational: The values of the names that have rational ones.
        enclosed: The values of all names as intervals; empty if all are rational and none was needed.
    """

    plan: Plan
    free: Exact
    sizes: dict[str, int]
    rational: dict[str, Matrix]
    enclosed: dict[str, Matrix] = field(default_factory=dict)


def refutation(question: Question, plan: Plan, free: Exact, sizes: Mapping[str, int]) -> Case | None:
    """What a case says against a claim.

    Args:
        question: The claim.
        plan: How cases are made.
        free: The values that are drawn.
        sizes: The sizes.

    Returns:
        The case, if it certainly satisfies the givens and the traits and certainly breaks the statement; otherwise None.
    """
    if not all(a.at(sizes) >= b.at(sizes) for a, b in question.size_givens):
        return None
    try:
        case = _worked_out(plan, free, dict(sizes))
        return case if _is_refuted(question, case) else None
    except (Undefined, Inexact, OverflowError):
        return None


def is_unclear(
    question: Question, plan: Plan, free: Exact, sizes: Mapping[str, int], is_exact: bool, is_gross: bool
) -> bool:
    """Whether a case that breaks a statement in floats can neither be cleared nor certified.

    Args:
        question: The claim.
        plan: How cases are made.
        free: The values that are drawn.
        sizes: The sizes.
        is_exact: Whether these are the values that were tried, not fractions near them, at which equations may fail.
        is_gross: Whether the floats break it by more than rounding. Otherwise only a `forall` is unclear that was
            worked out in fractions; of one that was not, grids say too little.

    Returns:
        False if the statement holds there, or has no value, or if the case is none.
    """
    try:
        case = _worked_out(plan, free, dict(sizes))
        if told(question.statement, case) is True or not _has_all_traits(question, case):
            return False
        has_forall = any(node.op == "forall" for node in question.statement.walk())
        if (has_forall and not is_exact) or (not is_gross and (case.enclosed or not has_forall)):
            return False
        excluding = [given for given in question.givens if is_exact or given.value != "="]
        return not any(told(given, case) is False for given in excluding)
    except Undefined:
        return False
    except (Inexact, OverflowError):
        return is_gross


def _worked_out(plan: Plan, free: Exact, sizes: dict[str, int]) -> Case:
    """The values of all names, in fractions as far as that goes."""
    values = {name: matrix(rows, RATIONALS) for name, rows in free.items()}
    enclosed: dict[str, Matrix] = {}
    for name, expr in plan.defined:
        try:
            values[name_of(name)] = evaluate(expr, values, sizes, RATIONALS)
        except (Inexact, ValueError):
            enclosed = enclosed or dict(values)
            enclosed[name_of(name)] = evaluate(expr, {**enclosed, **values}, sizes, INTERVALS)
    return Case(plan, free, sizes, values, {**enclosed, **values} if enclosed else {})


def _is_refuted(question: Question, case: Case) -> bool:
    """Whether everything that is assumed holds for certain, and the statement for certain does not."""
    if told(question.statement, case) is not False:
        return False
    if not _has_all_traits(question, case):
        return False
    return all(_is_definition(given, case) or told(given, case) is True for given in question.givens)


def _has_all_traits(question: Question, case: Case) -> bool:
    """Whether all names certainly have their traits."""
    return all(has_traits(name, *value_of(name, case)) for name in question.names if name.value.traits)


def value_of(name: Expr, case: Case) -> tuple[Matrix, Field]:
    """The value of a name, and what it is computed in."""
    key = name_of(name)
    return (case.rational[key], RATIONALS) if key in case.rational else (case.enclosed[key], INTERVALS)


def _is_definition(given: Expr, case: Case) -> bool:
    """Whether a given follows from how irrational names were made: it holds, though intervals cannot tell."""
    if not case.enclosed or given.value != "=":
        return False
    return _is_identity(given, case.plan.defined)


@lru_cache(maxsize=256)
def _is_identity(equation: Expr, defined: tuple[tuple[Expr, Expr], ...]) -> bool:
    """Whether an equation holds by how names were made, wherever these have values: `pi x = 1` with `x = 1 / pi`."""
    if equation.args in defined or equation.args[::-1] in defined:
        return True
    left, right = equation.args
    for name, made in reversed(defined):
        left, right = (substituted(side, {name: made}) for side in (left, right))
    return left.is_scalar and same(left, right)


def told(statement: Expr, case: Case) -> bool | None:
    """Whether a statement holds in a case; None if that is not certain."""
    if not case.enclosed or symbols(statement).keys() <= case.rational.keys():
        told_exactly = truth(statement, case.rational, case.sizes, RATIONALS)
        if told_exactly is not None:
            return told_exactly
    return truth(statement, case.enclosed or case.rational, case.sizes, INTERVALS)


def matrix(rows: Sequence[Sequence[Element]], field: Field) -> Matrix:
    """Numbers, row by row, as a matrix over a field."""
    result = np.empty((len(rows), len(rows[0])), object)
    for i, row in enumerate(rows):
        for j, entry in enumerate(row):
            result[i, j] = field.number(entry)
    return result


def truth(
    statement: Expr, values: Mapping[str, Matrix], sizes: Mapping[str, int], field: Field, most: int = _INNER
) -> bool | None:
    """Whether a statement holds; None if that is not certain.

    Args:
        statement: The statement, which may have `forall` in it.
        values: The value of each name.
        sizes: The value of each size.
        field: What the values are elements of.
        most: At how many points the body of a `forall` is tried.

    Returns:
        The truth, if it can be told. A `forall` is never told to be true.
    """
    return holds(_without_failing(statement, values, sizes, field, most), values, sizes, field)


def _without_failing(
    statement: Expr, values: Mapping[str, Matrix], sizes: Mapping[str, int], field: Field, most: int
) -> Expr:
    """The statement with FALSE in place of every `forall` that fails somewhere."""
    if statement.op == "forall":
        return FALSE if failing_point(statement, values, sizes, field, most) is not None else statement
    if statement.op == "compare":
        return statement
    return statement.with_args(tuple(_without_failing(arg, values, sizes, field, most) for arg in statement.args))


def failing_point(
    statement: Expr, values: Mapping[str, Matrix], sizes: Mapping[str, int], field: Field, most: int = _INNER
) -> dict[str, Matrix] | None:
    """Values of the bound names at which the body of a `forall` certainly fails, if such were found among so many."""
    body, *limits = statement.args
    names, brackets = statement.value
    inside = bounded(names[0], limits[0], limits[1], brackets) if limits else ()
    choices = [_places(limits, values, sizes, field)] if limits else [grid(name, sizes) for name in names]
    for point in islice(product(*choices), most):
        bound = {name_of(name): matrix(rows, field) for name, rows in zip(names, point, strict=True)}
        at = {**values, **bound}
        try:
            if (
                all(has_traits(name, bound[name_of(name)], field) for name in names)
                and all(holds(limit, at, sizes, field) for limit in inside)
                and truth(body, at, sizes, field, most // _FEWER) is False
            ):
                return bound
        except (Undefined, Inexact):
            continue
    return None


def _places(
    limits: Sequence[Expr], values: Mapping[str, Matrix], sizes: Mapping[str, int], field: Field
) -> list[tuple[tuple[Element, ...], ...]]:
    """Points of an interval: its ends and some between; of an unbounded one some near its end."""
    ends = [
        None if node.op != "number" and is_infinite(node) else evaluate(node, values, sizes, field)[0, 0]
        for node in limits
    ]
    low, high = ends
    if low is not None and high is not None:
        return [(((high - low) * field.number(part) + low,),) for part in _PLACES]
    if low is None and high is None:
        return [((part,),) for part in _NUMBERS]
    start, sign = (low, 1) if low is not None else (high, -1)
    return [((start + field.number(sign * abs(part) * 3),),) for part in _NUMBERS]


def is_infinite(node: Expr) -> bool:
    """Whether infinity stands in an expression."""
    return any(part.op == "infinity" for part in node.walk())


def grid(name: Expr, sizes: Mapping[str, int]) -> list[tuple[tuple[Fraction, ...], ...]]:
    """A few plain values of a name: numbers; or units, ones, sums and differences of two units."""
    rows, columns = shape_at(name.shape, sizes)
    if rows == columns == 1:
        return [((part,),) for part in _NUMBERS]
    units = np.eye(rows * columns, dtype=int)
    made = [units[0] * 0 + 1, *units, -units[0], units[0] * 1000, *(a + b for a, b in pairwise(units))]
    made += [a - b for a, b in pairwise(units)]
    made += [np.arange(1, rows * columns + 1), units[0] * 0, *_scattered(rows * columns)]
    return [tuple(tuple(Fraction(int(part)) for part in row) for row in flat.reshape(rows, columns)) for flat in made]


@lru_cache
def _scattered(count: int) -> tuple[np.ndarray, ...]:
    """Rows of whole numbers from -9 to 9, the same in every run."""
    return tuple(np.random.default_rng(count).integers(-9, 10, (20, count)))


def replanned(case: Case, plan: Plan) -> Exact | None:
    """The same case for another plan: what was defined and now is free keeps its value; None if that is irrational."""
    nodes = [part.node for part in plan.free]
    if any(name_of(node) not in case.rational for node in nodes):
        return None
    return {
        name_of(node): tuple(tuple(Fraction(entry) for entry in row) for row in case.rational[name_of(node)])
        for node in nodes
    }
