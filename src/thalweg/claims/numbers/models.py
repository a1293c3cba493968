"""From values that z3 found to a counterexample, which is evaluated again without z3: exactly, or in intervals."""

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

import numpy as np

from thalweg.calculus.fields import Element, Inexact, Undefined
from thalweg.calculus.intervals import between, interval
from thalweg.calculus.nodes import SCALAR, Expr, number, symbols
from thalweg.calculus.show import text
from thalweg.claims.hunt.certify import Case, refutation, told, value_of
from thalweg.claims.hunt.counterexamples import counterexample
from thalweg.claims.hunt.plans import Free, Plan
from thalweg.claims.hunt.prepared import Question
from thalweg.claims.hunt.traits import has_traits
from thalweg.claims.nouns import Counterexample, name_of
from thalweg.claims.numbers.posed import Place, posed
from thalweg.claims.numbers.reading import Unsupported, z3
from thalweg.claims.rational.logic import FALSE, TRUE

Values = dict[Place, Fraction]


def certified(about: Question, values: Values, deadline: float) -> Counterexample | None:
    """The counterexample that rational values are, if exact evaluation confirms it.

    Args:
        about: The claim.
        values: A value for each entry of a name.
        deadline: When to stop.

    Returns:
        It, with both sides, or None.
    """
    if not _is_whole(about, values):
        return None
    exact = {name_of(name): _rows(name, values) for name in about.names}
    settled = _settled(about, values, deadline)
    everything = Plan(tuple(map(Free, about.names)), ())
    for plan in (everything, about.plan):
        names = [name_of(part.node) for part in plan.free]
        if all(name in exact for name in names):
            case = refutation(settled, plan, {name: exact[name] for name in names}, _sizes(about, values))
            if case is not None:
                return _shown(about, settled, case)
    return None


def enclosed(about: Question, values: Values, near: set[Place]) -> Counterexample | None:
    """The counterexample that irrational values are: intervals around them certainly break the statement.

    That an equation holds at irrational values no interval can tell: it is taken from z3, which computes with roots of
    polynomials exactly. What intervals can tell is told again: whole numbers, traits, and that no given certainly fails.

    Args:
        about: The claim.
        values: A value for each entry of a name.
        near: Those that are irrational, and only near their value.

    Returns:
        It, or None.
    """
    irrational = {place[0] for place in near}
    if not _is_whole(about, values) or irrational & _wholes(about):
        return None
    exact = {name_of(name): _rows(name, values) for name in about.names if name_of(name) not in irrational}
    intervals = {place: _about(value) if place in near else interval(value) for place, value in values.items()}
    around = {name_of(name): np.array(_rows(name, intervals), dtype=object) for name in about.names}
    rational = {name: np.array(rows, dtype=object) for name, rows in exact.items()}
    case = Case(about.plan, {}, _sizes(about, values), rational, around)
    try:
        is_case = _is_possible(about, case) and told(about.statement, case) is False
        return counterexample(about, case) if is_case else None
    except (Undefined, Inexact, OverflowError):
        return None


def _is_possible(about: Question, case: Case) -> bool:
    """Whether sizes are as they must be, rational names have their traits, and no given certainly fails."""
    names = [name for name in about.names if name_of(name) in case.rational]
    return (
        all(a.at(case.sizes) >= b.at(case.sizes) for a, b in about.size_givens)
        and all(has_traits(name, *value_of(name, case)) for name in names)
        and not any(told(given, case) is False for given in about.givens)
    )


def _wholes(about: Question) -> set[str]:
    """The names that stand for whole numbers: sizes, and what is declared so."""
    return {*about.sizes, *(name_of(name) for name in about.names if "integer" in name.value.traits)}


def _is_whole(about: Question, values: Values) -> bool:
    """Whether what stands for whole numbers has whole values; a size is at least 1."""
    wholes = _wholes(about)
    return all(
        value.denominator == 1 and (value >= 1 or name not in about.sizes)
        for (name, _, _), value in values.items()
        if name in wholes
    )


def _about(value: Fraction) -> Element:
    """An interval around a value that is known to 60 digits."""
    gap = Fraction(1, 10**58)
    return between(interval(value - gap), interval(value + gap))


def _sizes(about: Question, values: Values) -> dict[str, int]:
    """The values of sizes; 1 of those that the claim does not speak of."""
    return {name: int(values.get((name, -1, -1), 1)) for name in about.sizes}


def _rows(name: Expr, values: Mapping[Place, Element]) -> tuple[tuple[Element, ...], ...]:
    """The value of a name; 0 where no variable stands."""
    rows, columns = (size.at({}) for size in (name.shape.rows, name.shape.columns))

    def entry(i: int, j: int) -> Element:
        """An entry, which in a symmetric matrix stands above the diagonal."""
        row, column = (min(i, j), max(i, j)) if name.value.is_symmetric else (i, j)
        return values.get((name_of(name), row, column), Fraction(0))

    return tuple(tuple(entry(i, j) for j in range(columns)) for i in range(rows))


# What stands under `forall`


def _settled(about: Question, values: Values, deadline: float) -> Question:
    """The claim with every `forall` decided by z3 where all names have these values."""
    foralls = {node for part in (about.statement, *about.givens) for node in part.walk() if node.op == "forall"}
    if not foralls:
        return about
    known = [
        Expr("compare", (name, number(values[name_of(name), 0, 0])), SCALAR, "=")
        for name in about.names
        if (name_of(name), 0, 0) in values and name.is_scalar
    ]
    decided = {node: _decided(node, known, deadline) for node in foralls}
    givens = tuple(_replaced(given, decided) for given in about.givens)
    return replace(about, statement=_replaced(about.statement, decided), givens=givens)


def _replaced(expr: Expr, decided: dict[Expr, Expr]) -> Expr:
    """A statement with parts of it replaced."""
    if expr in decided:
        return decided[expr]
    return expr.with_args(tuple(_replaced(arg, decided) for arg in expr.args))


def _decided(node: Expr, known: list[Expr], deadline: float) -> Expr:
    """Whether a statement holds where all its names are known; itself if that stays open."""
    asked = posed(known, names=list(symbols(node).values()))
    try:
        said, needs = asked.read(node)
    except Unsupported:
        return node
    formulas = [*asked.known, *(need.formula for need in needs)]
    if not asked.is_exact:
        return node
    if asked.asked([*formulas, z3().Not(said)], deadline).satisfiable is False:
        return TRUE
    return FALSE if asked.asked([*formulas, said], deadline).satisfiable is False else node


def _shown(about: Question, settled: Question, case: Case) -> Counterexample:
    """The counterexample; what breaks a statement with `forall` in it is said in words."""
    found = counterexample(settled, case)
    if settled.statement == about.statement:
        return found
    words = f"{text(about.statement)} does not hold"
    if about.statement.op == "iff":
        is_left = told(settled.statement.args[0], case) is True
        holding, failing = about.statement.args if is_left else about.statement.args[::-1]
        words = f"{text(holding)} holds, {text(failing)} does not"
    return replace(found, left=None, right=None, relation=words)
