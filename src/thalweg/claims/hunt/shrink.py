"""Counterexamples made small: fewer rows and columns, then zeros and ones, then small numbers, while they stay certain."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from thalweg.calculus.nodes import Shape
from thalweg.calculus.sizes import Size
from thalweg.claims import clock
from thalweg.claims.hunt.certify import Case, refutation, replanned, value_of
from thalweg.claims.hunt.plans import Free, loosened
from thalweg.claims.hunt.prepared import Question
from thalweg.claims.hunt.samples import Exact
from thalweg.claims.nouns import name_of

Rows = tuple[tuple[Fraction, ...], ...]
MOST_TRIES = 400
_WHOLE = ("signs", "frame", "bits", "diagonal signs")
_IRRATIONAL = 50.0
_PARTS = (Fraction(1, 10), Fraction(1, 2), Fraction(3, 4), Fraction(7, 8), Fraction(15, 16))


@dataclass
class _Budget:
    """How many cases may still be tried, and until when."""

    tries: int
    deadline: float

    def is_left(self) -> bool:
        """Whether one more may be tried; it is counted."""
        self.tries -= 1
        return self.tries >= 0 and clock.now() < self.deadline


def shrink(question: Question, case: Case, deadline: float) -> Case:
    """A smaller counterexample.

    Args:
        question: The claim.
        case: A counterexample.
        deadline: When to stop, by `clock.now`.

    Returns:
        The smallest counterexample found on the way down from the given one; every one on the way was certified.
    """
    budget = _Budget(MOST_TRIES, deadline)
    case = _freed(question, case)
    case = _without_denominators(question, _with_fewer_rows(question, case, budget), budget)
    before = None
    while before is not case and budget.tries > 0:
        before = case
        case = _with_fewer_rows(question, case, budget)
        for part in case.plan.free:
            case = _with_simpler(question, case, part, budget)
    return case


def _freed(question: Question, case: Case) -> Case:
    """The same case with all names free that no equation defines."""
    plan = loosened(case.plan, question.givens)
    free = replanned(case, plan)
    found = None if free is None else refutation(question, plan, free, case.sizes)
    return case if found is None else found


def cost(question: Question, case: Case) -> float:
    """How complicated the values of a case are: 0 costs nothing, 1 little, long fractions most."""
    return sum(
        _entry_cost(entry) if name_of(name) in case.rational else _IRRATIONAL
        for name in question.names
        for entry in value_of(name, case)[0].flat
    )


def _entry_cost(entry: Fraction | int) -> float:
    """How complicated a fraction is."""
    return abs(entry.numerator) + 2.0 * (entry.denominator - 1) + 0.5 * (entry < 0)


# Sizes


def _with_fewer_rows(question: Question, case: Case, budget: _Budget) -> Case:
    """A case with sizes as small as leaving out single rows and columns makes them."""
    for size in case.sizes:
        place = 0
        while case.sizes[size] > 1 and place < case.sizes[size]:
            if not budget.is_left():
                return case
            sizes = {**case.sizes, size: case.sizes[size] - 1}
            free = {name_of(part.node): _cut(part, case, size, place, sizes) for part in case.plan.free}
            found = refutation(question, case.plan, free, sizes)
            case, place = (found, 0) if found is not None else (case, place + 1)
    return case


def _cut(part: Free, case: Case, size: str, place: int, sizes: dict[str, int]) -> Rows:
    """The value of a name without one row and column."""
    rows = case.free[name_of(part.node)]
    shape: Shape = part.node.shape
    kept_rows = _kept(shape.rows, case, size, place, sizes)
    kept_columns = _kept(shape.columns, case, size, place, sizes)
    if part.pattern == "signs" and len(kept_rows) < len(rows):  # what is left of a permutation must be one
        kept_columns = [j for j in range(len(rows)) if any(rows[i][j] for i in kept_rows)]
    return tuple(tuple(rows[i][j] for j in kept_columns) for i in kept_rows)


def _kept(length: Size, case: Case, size: str, place: int, sizes: dict[str, int]) -> list[int]:
    """Which rows stay: all but one where the length is the size itself, the first ones where it is a sum."""
    everything = list(range(length.at(case.sizes)))
    if length.terms == ((size, 1),) and length.constant == 0:
        return everything[:place] + everything[place + 1 :]
    return everything[: length.at(sizes)]


# Entries


def _without_denominators(question: Question, case: Case, budget: _Budget) -> Case:
    """The case with everything multiplied by one number that makes it whole."""
    factor = lcm(*(entry.denominator for rows in case.free.values() for row in rows for entry in row))
    if not 1 < factor < 100 or not budget.is_left():
        return case
    free = {name: tuple(tuple(entry * factor for entry in row) for row in rows) for name, rows in case.free.items()}
    found = refutation(question, case.plan, free, case.sizes)
    return found if found is not None and cost(question, found) < cost(question, case) else case


def _with_simpler(question: Question, case: Case, part: Free, budget: _Budget) -> Case:
    """A case in which one name has simpler entries."""
    best = cost(question, case)
    place = 0
    while True:
        candidates = _candidates(case.free[name_of(part.node)], part.pattern, place)
        if candidates is None:
            return case
        for rows in candidates:
            if not budget.is_left():
                return case
            free: Exact = {**case.free, name_of(part.node): rows}
            found = refutation(question, case.plan, free, case.sizes)
            if found is not None and (less := cost(question, found)) < best:
                case, best = found, less
                break
        place += 1


def _candidates(rows: Rows, pattern: str, place: int) -> list[Rows] | None:
    """Simpler values for a name: at place 0 all of it at once, then entry by entry; None when all have been visited."""
    height, width = len(rows), len(rows[0])
    if place == 0:
        return [other for other in _plain(height, width, pattern) if other != rows] if height * width > 1 else []
    if pattern in _WHOLE or place > height * width:
        return None
    i, j = divmod(place - 1, width)
    if (
        (pattern in ("symmetric", "skew") and j > i)
        or (pattern == "diagonal" and i != j)
        or (pattern == "skew" and i == j)
    ):
        return []
    return [_changed(rows, i, j, value, pattern) for value in _simpler(rows[i][j])]


def _plain(height: int, width: int, pattern: str) -> Iterator[Rows]:
    """Zeros, the identity, ones; only the identity where entries are bound to be signs."""
    one, zero = Fraction(1), Fraction(0)
    if pattern not in _WHOLE[:2] and pattern != "diagonal signs":
        yield tuple(tuple(zero for _ in range(width)) for _ in range(height))
    if pattern != "skew":
        yield tuple(tuple(one if i == j else zero for j in range(width)) for i in range(height))
    if pattern == "any":
        yield tuple(tuple(one for _ in range(width)) for _ in range(height))


def _changed(rows: Rows, i: int, j: int, value: Fraction, pattern: str) -> Rows:
    """The rows with one entry changed, and the one that is tied to it."""
    new = [list(row) for row in rows]
    new[i][j] = value
    if i != j and pattern in ("symmetric", "skew"):
        new[j][i] = value if pattern == "symmetric" else -value
    return tuple(tuple(row) for row in new)


def _simpler(value: Fraction) -> list[Fraction]:
    """Simpler numbers than this one, the simplest first."""
    near = [Fraction(round(value)), *(value.limit_denominator(most) for most in (2, 3, 10, 100))]
    plain = [Fraction(0), Fraction(1), Fraction(-1), Fraction(2), Fraction(-2), Fraction(1, 2), abs(value), *near]
    if abs(value) > 3:
        plain += [Fraction(3), Fraction(-3), *(Fraction(int(value * part)) for part in _PARTS)]
        plain.append(Fraction(int(value)) - (1 if value > 0 else -1))
    own = _entry_cost(value)
    return [other for other in dict.fromkeys(plain) if _entry_cost(other) < own]
