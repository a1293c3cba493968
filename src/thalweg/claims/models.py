"""From a model of z3 to a counterexample in small exact numbers, evaluated again without z3."""

import time
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import numpy as np

from thalweg.calculus.elimination import Matrix
from thalweg.calculus.fields import Element, Inexact, Undefined
from thalweg.calculus.intervals import between, interval
from thalweg.calculus.nodes import SCALAR, Expr, symbols
from thalweg.calculus.show import text
from thalweg.claims.certify import Case, refutation, told
from thalweg.claims.claim import Counterexample, name_of
from thalweg.claims.counterexamples import counterexample
from thalweg.claims.logic import FALSE, TRUE
from thalweg.claims.plans import Free, Plan
from thalweg.claims.posed import Posed, posed
from thalweg.claims.prepared import Question
from thalweg.claims.quotients import Term
from thalweg.claims.reading import Unsupported, z3
from thalweg.claims.samples import Exact
from thalweg.claims.solver import context

_SMALL = [
    Fraction(part)
    for part in ["0", "1", "-1", "2", "-2", "1/2", "-1/2", "3", "-3", "1/3", "-1/3", "3/2", "-3/2", "4", "-4"]
]
_DENOMINATORS = (1, 2, 3, 4, 6, 10, 100, 10_000)
_MOST_TRIES = 80
Place = tuple[str, int, int]


def small_values(
    asked: Posed, formulas: list[Term], model: Term, deadline: float
) -> tuple[dict[Place, Fraction | None], Term]:
    """Values of all names for which the formulas hold, small rational ones wherever that is possible.

    Args:
        asked: Where the formulas come from.
        formulas: What must hold.
        model: A model of them.
        deadline: When to stop looking for smaller ones.

    Returns:
        A value for each variable, None for one that got no rational value; and a model with these values.
    """
    free = {place: variable for place, variable in asked.reader.variables.items() if "!" not in place[0]}
    kept, values, tries = list(formulas), {}, 0
    for place, variable in free.items():
        values[place] = value = _rational(model.eval(variable, model_completion=True))
        is_small = value in _SMALL[:7]
        for candidate in [] if is_small else _candidates(model, variable, place[0] in asked.reader.wholes):
            tries += 1
            if tries > _MOST_TRIES or time.monotonic() > deadline:
                break
            found = asked.asked([*kept, variable == z3().RealVal(str(candidate), kept[0].ctx)], deadline)
            if found.satisfiable:
                model, values[place] = found.model, candidate
                break
        if values[place] is not None:
            kept.append(variable == z3().RealVal(str(values[place]), kept[0].ctx))
    return values, model


def _candidates(model: Term, variable: Term, is_whole: bool) -> Iterator[Fraction]:
    """Small numbers, then numbers near the model's with growing denominators."""
    near = _near(model.eval(variable, model_completion=True))
    tried = [*_SMALL, *(near.limit_denominator(most) for most in _DENOMINATORS), near + 1, near - 1]
    yield from (part for part in dict.fromkeys(tried) if not is_whole or part.denominator == 1)


def _rational(value: Term) -> Fraction | None:
    """A value as a fraction, if it is one."""
    if not z3().is_rational_value(value):
        return None
    return Fraction(value.numerator_as_long(), value.denominator_as_long())


def _near(value: Term, digits: int = 20) -> Fraction:
    """A fraction close to a value."""
    exact = _rational(value)
    if exact is None and z3().is_algebraic_value(value):
        exact = _rational(value.approx(digits))
    return exact or Fraction(0)


def enclosed(asked: Posed, about: Question, values: dict[Place, Fraction | None], model: Term) -> Counterexample | None:
    """The counterexample that a model with irrational values is: intervals around them certainly break the statement.

    That the givens hold is told by intervals too, or by z3, which computes with roots of polynomials exactly.

    Args:
        asked: Where the model comes from.
        about: The claim.
        values: A value for each entry of a name, None if it is not rational.
        model: The model.

    Returns:
        It, or None.
    """
    around: dict[str, Matrix] = {}
    for name in about.names:
        rows, columns = (size.at({}) for size in (name.shape.rows, name.shape.columns))
        variables = [[asked.reader.variables.get(_place(name, i, j)) for j in range(columns)] for i in range(rows)]
        if any(variable is None for row in variables for variable in row) or "diagonal" in name.value.traits:
            return None
        around[name_of(name)] = np.array([[_interval(model, variable) for variable in row] for row in variables])
    exact = {name_of(name): _rows(name, values) for name in about.names}
    rational = {name: np.array(rows, dtype=object) for name, rows in exact.items() if rows is not None}
    sizes = {name: int(values.get((name, -1, -1)) or 1) for name in about.sizes}
    case = Case(about.plan, {}, sizes, rational, around)
    try:
        is_broken = told(about.statement, case) is False
        is_case = all(told(given, case) or _is_in(model, parts) for given, parts in asked.givens)
    except (Undefined, Inexact, OverflowError):
        return None
    return counterexample(about, case) if is_broken and is_case else None


def _is_in(model: Term, parts: list[Term]) -> bool:
    """Whether z3 finds formulas true in a model."""
    return all(z3().is_true(model.eval(part, model_completion=True)) for part in parts)


def _interval(model: Term, variable: Term) -> Element:
    """An interval around the value of a variable."""
    value = model.eval(variable, model_completion=True)
    exact = _rational(value)
    if exact is not None:
        return interval(exact)
    near, gap = _near(value, 60), Fraction(1, 10**58)
    return between(interval(near - gap), interval(near + gap))


def certified(about: Question, values: dict[Place, Fraction | None], deadline: float) -> Counterexample | None:
    """The counterexample that the values are, if exact evaluation confirms it.

    Args:
        about: The claim.
        values: A value for each entry of a name, None if it is not rational.
        deadline: When to stop.

    Returns:
        It, with both sides, or None.
    """
    sizes = {name: int(values.get((name, -1, -1)) or 1) for name in about.sizes}
    exact = {name_of(name): _rows(name, values) for name in about.names}
    settled = _settled(about, exact, deadline)
    everything = Plan(tuple(map(Free, about.names)), ())
    for plan in (everything, about.plan):
        free = {name_of(part.node): exact.get(name_of(part.node)) for part in plan.free}
        kept: Exact = {name: rows for name, rows in free.items() if rows is not None}
        case = refutation(settled, plan, kept, sizes) if len(kept) == len(free) else None
        if case is not None:
            found = counterexample(settled, case)
            return (
                found
                if settled == about
                else replace(found, left=None, right=None, relation=_phrase(about, settled, case))
            )
    return None


def _rows(name: Expr, values: dict[Place, Fraction | None]) -> tuple[tuple[Fraction, ...], ...] | None:
    """The value of a name; None if it is not rational."""
    rows, columns = (size.at({}) for size in (name.shape.rows, name.shape.columns))
    result = []
    for i in range(rows):
        row = [values.get(_place(name, i, j), Fraction(0)) for j in range(columns)]
        if "diagonal" in name.value.traits:
            row = [entry if i == j else Fraction(0) for j, entry in enumerate(row)]
        exact = tuple(entry for entry in row if entry is not None)
        if len(exact) < columns:
            return None
        result.append(exact)
    return tuple(result)


def _place(name: Expr, i: int, j: int) -> Place:
    """The variable that an entry of a name is."""
    row, column = sorted((i, j)) if name.value.is_symmetric else (i, j)
    return name_of(name), row, column


def _settled(about: Question, exact: dict, deadline: float) -> Question:
    """The claim with every `forall` decided by z3 for these values."""
    foralls = {node for part in (about.statement, *about.givens) for node in part.walk() if node.op == "forall"}
    if not foralls or any(rows is None for rows in exact.values()):
        return about
    known = [
        Expr("compare", (name, Expr("number", (), SCALAR, exact[name_of(name)][0][0])), SCALAR, "=")
        for name in about.names
        if name.is_scalar
    ]
    decided = {node: _decided(node, known, deadline) for node in foralls}
    return replace(
        about,
        statement=_replaced(about.statement, decided),
        givens=tuple(_replaced(given, decided) for given in about.givens),
    )


def _replaced(expr: Expr, decided: dict[Expr, Expr]) -> Expr:
    """A statement with parts of it replaced."""
    if expr in decided:
        return decided[expr]
    return expr.with_args(tuple(_replaced(arg, decided) for arg in expr.args))


def _decided(node: Expr, known: list[Expr], deadline: float) -> Expr:
    """Whether a statement holds where all its names are known; itself if that stays open."""
    with context(deadline) as made:
        asked = posed(made, [*known], names=list(symbols(node).values()))
        try:
            said, needs = asked.read(node)
        except Unsupported:
            return node
        known_ = [*asked.known, *(need.formula for need in needs)]
        if not asked.is_exact:
            return node
        if asked.asked([*known_, z3().Not(said)], deadline).satisfiable is False:
            return TRUE
        return FALSE if asked.asked([*known_, said], deadline).satisfiable is False else node


def _phrase(about: Question, settled: Question, case: Case) -> str:
    """What breaks a statement that holds a `forall`."""
    if about.statement.op != "iff":
        return f"{text(about.statement)} does not hold"
    is_left = told(settled.statement.args[0], case) is True
    holding, failing = about.statement.args if is_left else about.statement.args[::-1]
    return f"{text(holding)} holds, {text(failing)} does not"
