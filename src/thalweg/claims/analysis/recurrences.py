r"""Whether a recurrence converges, and where it tends to, from every start or from one.

An affine step $w \to a w + b$ converges from every start if and only if $|a| < 1$, or $a = 1$ and $b = 0$; it tends to $e$
if and only if $|a| < 1$ and $e (1 - a) = b$. With that, statements about scalar sequences, and about vectors of a few entries,
become statements without sequences (`without_sequences`). Of matrices, exact eigenvalue conditions at small cases refute.

From one start $w_0$ less is needed. A sequence $w \to A w + b$ tends to $e$ if and only if $e = A e + b$ and $A^t (w_0 - e)$
tends to 0; it converges if and only if $A^t (w_1 - w_0)$ tends to 0.
"""

from dataclasses import dataclass

import numpy as np

from thalweg.calculus.elimination import rank
from thalweg.calculus.exact import evaluate, holds
from thalweg.calculus.fields import RATIONALS, Inexact, Undefined
from thalweg.calculus.nodes import SCALAR, Expr, number, substituted, symbol, symbols
from thalweg.calculus.show import text
from thalweg.claims import clock
from thalweg.claims.analysis.points import LONGEST, Hunt, Point, hunt
from thalweg.claims.analysis.spelled import explicit, spelled
from thalweg.claims.analysis.stability import dies_out, is_stable, is_stable_but_for_ones
from thalweg.claims.nouns import Claim, name_of
from thalweg.claims.rational import degrees, logic, polynomials, ratios
from thalweg.claims.rational.logic import compared, every, some
from thalweg.claims.rational.polynomials import TooLarge, coefficients, degree
from thalweg.claims.rational.ratios import Ratio, expression, whole

ZERO, ONE = number(0), number(1)
SEQUENCES = frozenset({"converges", "tends_to"})
_Affine = tuple[list[list[Ratio]], list[Ratio]]


@dataclass(frozen=True)
class Whole:
    """What is said of a whole sequence.

    Attributes:
        state: The state `w[t]`.
        step: What it becomes.
        target: What it tends to; None if it is said to converge.
        start: Where it begins; None if every start is meant.
    """

    state: Expr
    step: Expr
    target: Expr | None
    start: Expr | None


def whole_of(node: Expr) -> Whole:
    """The parts of `converges` or `tends_to`; a start stands last, if there is one."""
    state, step, *more = node.args
    target = more.pop(0) if node.op == "tends_to" else None
    return Whole(state, step, target, more[0] if more else None)


def has_sequences(expr: Expr) -> bool:
    """Whether something is said of a sequence."""
    return any(node.op in SEQUENCES for node in expr.walk())


def is_steady(statement: Expr) -> bool:
    """Whether every step is affine, and the same at every time: it speaks neither of other sequences nor of the time."""
    for node in statement.walk():
        if node.op in SEQUENCES:
            name = name_of(node.args[0])
            time = name[name.find("[") + 1 : -1] if name.endswith("]") else ""
            others = {other for part in node.args[1:] for other in symbols(part) if other != name}
            if any(other == time or f"[{time}" in other for other in others if time) or _has_size(node, time):
                return False
            if any(name in symbols(part) for part in node.args[2:]) or degrees.degree(node.args[1], node.args[0]) > 1:
                return False
    return True


def _has_size(expr: Expr, time: str) -> bool:
    return any(node.op == "size" and time in node.value.names for node in expr.walk())


def without_sequences(statement: Expr) -> Expr | None:
    """A statement that says the same and speaks of no sequence; None if that cannot be found.

    Example:
        >>> from thalweg.calculus.nodes import symbol
        >>> from thalweg.calculus.show import text
        >>> from thalweg.calculus.algebra import plus, times
        >>> w, a, b = (symbol(name, SCALAR) for name in ("w[t]", "a", "b"))
        >>> said = Expr("converges", (w, plus([times([a, w]), b], SCALAR)), SCALAR)
        >>> text(without_sequences(said))
        '|a| < 1 or (a = 1 and b = 0)'
    """
    if not has_sequences(statement):
        return statement
    if statement.op in SEQUENCES:
        try:
            return _said(statement) if is_steady(statement) else None
        except (TooLarge, Inexact, Undefined, ZeroDivisionError):
            return None
    if statement.op not in ("and", "or", "not", "implies", "iff"):
        return None
    parts = [without_sequences(part) for part in statement.args]
    if any(part is None for part in parts):
        return None
    return Expr(statement.op, tuple(part for part in parts if part is not None), SCALAR)


def _said(statement: Expr) -> Expr | None:
    """What a statement about a sequence of numbers, or of short vectors, comes to."""
    about = whole_of(statement)
    affine = _affine(about.state, about.step) if about.state.shape.is_column else None
    if affine is None:
        return None
    a, b = affine
    target = None if about.target is None else _entries(about.target)
    moved = None if about.start is None else _moved(affine, _entries(about.start), target)
    fixed = every(_is(part, 0) for part in _steps(affine, target)) if target is not None else logic.TRUE
    if all(entry.is_zero for i, row in enumerate(a) for j, entry in enumerate(row) if i != j):
        factors = [row[place] for place, row in enumerate(a)]
        if moved is not None:
            dying = [some([compared(_size(one), "<", ONE), _is(z, 0)]) for one, z in zip(factors, moved, strict=True)]
            return every([*dying, fixed])
        if target is not None:
            return every(_tends(*part) for part in zip(factors, b, target, strict=True))
        return every(_converges(*part) for part in zip(factors, b, strict=True))
    return _of_two(a, b, target, moved) if len(b) == 2 else None


def _steps(affine: _Affine, at: list[Ratio]) -> list[Ratio]:
    """By how much a step moves what is there."""
    a, b = affine
    return [
        sum((one * x for one, x in zip(row, at, strict=True)), c) - at[i]
        for i, (row, c) in enumerate(zip(a, b, strict=True))
    ]


def _moved(affine: _Affine, start: list[Ratio], target: list[Ratio] | None) -> list[Ratio]:
    """What must die out: how far a start is from the target, or by how much the first step moves it."""
    if target is None:
        return _steps(affine, start)
    return [one - other for one, other in zip(start, target, strict=True)]


def _entries(expr: Expr) -> list[Ratio]:
    """The entries of a column; those of a longer one need sizes that are numbers."""
    return [ratios.ratio(expr)] if expr.is_scalar else [*explicit(expr).flat]


def _affine(state: Expr, step: Expr) -> _Affine | None:
    """The matrix and the vector of a step, as ratios; None if it is not affine."""
    atoms = [row[0] for row in spelled(state)]
    entries = _entries(step)
    found = [_coefficients(entry, atoms) for entry in entries]
    if any(row is None for row in found):
        return None
    return [row[:-1] for row in found if row], [row[-1] for row in found if row]


def _coefficients(entry: Ratio, atoms: list[Expr]) -> list[Ratio] | None:
    """What stands by each atom, and what by none."""
    for atom in entry.atoms:
        if atom not in atoms and any(part in atoms for part in atom.walk()):
            return None
    if any(degree(entry.under, atom) > 0 for atom in atoms):
        return None
    result, rest = [], entry.over
    for atom in atoms:
        parts = coefficients(rest, atom)
        if max(parts, default=0) > 1 or any(degree(parts.get(1, rest), other) > 0 for other in atoms if 1 in parts):
            return None
        rest = parts.get(0, polynomials.constant(0))
        result.append(ratios.divided(parts.get(1, polynomials.constant(0)), entry.under))
    return [*result, ratios.divided(rest, entry.under)]


def _size(value: Ratio) -> Expr:
    return expression(ratios.ratio(Expr("map", (expression(value),), SCALAR, "abs")))


def _is(value: Ratio, target: Ratio | int) -> Expr:
    return compared(expression(value), "=", expression(whole(target)))


def _converges(a: Ratio, b: Ratio) -> Expr:
    return some([compared(_size(a), "<", ONE), every([_is(a, 1), _is(b, 0)])])


def _tends(a: Ratio, b: Ratio, goal: Ratio) -> Expr:
    return every([compared(_size(a), "<", ONE), _is(goal * (whole(1) - a), b)])


def _of_two(a: list[list[Ratio]], b: list[Ratio], goal: list[Ratio] | None, moved: list[Ratio] | None) -> Expr:
    """Two entries that act on each other: Jury's conditions on trace and determinant."""
    one = whole(1)
    trace, det = a[0][0] + a[1][1], a[0][0] * a[1][1] - a[0][1] * a[1][0]
    inside = compared(_size(det), "<", ONE)
    small = every([inside, compared(_size(trace), "<", expression(one + det))])
    fixed = every(_is(part, 0) for part in _steps((a, b), goal)) if goal is not None else logic.TRUE
    if moved is not None:
        return every([some([small, _dies_along(a, moved), every(_is(part, 0) for part in moved)]), fixed])
    if goal is not None:
        return every([small, fixed])
    rows = [[one - a[0][0], -a[0][1], b[0]], [-a[1][0], one - a[1][1], b[1]]]
    minors = [rows[0][i] * rows[1][j] - rows[0][j] * rows[1][i] for i, j in ((0, 2), (1, 2))]
    edge = every([inside, _is(trace, one + det), *(_is(minor, 0) for minor in minors)])
    still = every(_is(part, 0) for row in rows for part in row)
    return some([small, edge, still])


def _dies_along(a: list[list[Ratio]], moved: list[Ratio]) -> Expr:
    """That a vector is an eigenvector whose eigenvalue is smaller than 1 in absolute value."""
    x, y = moved
    u, v = (row[0] * x + row[1] * y for row in a)
    length = compared(_size(x * u + y * v), "<", expression(x * x + y * y))
    return every([_is(x * v - y * u, 0), length])


# At points


def hunted(claim: Claim, deadline: float) -> Hunt:
    """Look for a point at which a claim about sequences does not hold, for a moment."""
    if not is_steady(claim.statement):
        return Hunt(None, 0)
    return hunt(claim, lambda point: truth_at(claim.statement, point), min(deadline, clock.now() + LONGEST))


def said_at(statement: Expr, point: Point) -> str:
    """By what a step multiplies the sequences of a statement at a point."""
    said = []
    for node in statement.walk():
        if node.op in SEQUENCES:
            A, _ = matrix_at(node.args[0], node.args[1], point)
            name = name_of(node.args[0]).split("[")[0]
            factor = f"{A[0, 0]}" if len(A) == 1 else "a matrix whose eigenvalues were compared with 1 exactly"
            said.append(f"a step multiplies {name} by {factor}")
    return "; ".join(dict.fromkeys(said))


def readable(statement: Expr) -> Expr:
    """A statement with words in the place of what it says of sequences, to be shown."""
    if statement.op not in SEQUENCES:
        return (
            statement.with_args(tuple(readable(arg) for arg in statement.args))
            if has_sequences(statement)
            else statement
        )
    name, about = name_of(statement.args[0]).split("[")[0], whole_of(statement)
    words = f"{name} converges" if about.target is None else f"{name} -> {text(about.target)}"
    return symbol(words, SCALAR)


def truth_at(statement: Expr, point: Point) -> bool | None:
    """Whether a statement about sequences holds at a point, in exact arithmetic; None if that cannot be told."""
    try:
        replaced = {
            node: logic.plainly(_converges_at(node, point)) for node in statement.walk() if node.op in SEQUENCES
        }
        return holds(substituted(statement, replaced), point.values, point.sizes, RATIONALS)
    except (Undefined, Inexact):
        return None


def _converges_at(statement: Expr, point: Point) -> bool:
    """Whether a sequence converges, or tends to its target, from every start, or from its own."""
    about = whole_of(statement)
    A, b = matrix_at(about.state, about.step, point)
    target, start = (
        part if part is None else evaluate(part, point.values, point.sizes, RATIONALS).reshape(len(A), 1)
        for part in (about.target, about.start)
    )
    if target is not None:
        is_fixed = not (target - A.dot(target) - b).any()
        return is_fixed and (is_stable(A) if start is None else dies_out(A, start - target))
    if start is not None:
        return dies_out(A, A.dot(start) + b - start)
    rest = np.eye(len(A), dtype=int).astype(object) - A
    if rank(np.concatenate([rest, b], 1), RATIONALS) > rank(rest, RATIONALS):
        return False
    return is_stable_but_for_ones(A, rank(rest, RATIONALS))


def matrix_at(state: Expr, step: Expr, point: Point) -> tuple[np.ndarray, np.ndarray]:
    """The matrix and the vector of an affine step, all entries of the state in one column.

    Raises:
        Inexact: If a value is no fraction.
        Undefined: If it has no value there.
    """
    shape = (state.shape.rows.at(point.sizes), state.shape.columns.at(point.sizes))
    size = shape[0] * shape[1]

    def stepped(flat: np.ndarray) -> np.ndarray:
        values = {**point.values, name_of(state): flat.reshape(shape)}
        return evaluate(step, values, point.sizes, RATIONALS).reshape(size, 1)

    units = np.eye(size, dtype=int).astype(object)
    b = stepped(units[0] * 0)
    A = np.concatenate([stepped(unit) - b for unit in units], 1)
    return A, b
