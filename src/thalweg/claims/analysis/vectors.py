"""Limits and recurrences of vectors that are functions of one matrix: each of its modes asks a question about numbers.

The typing of expressions and what they are worth in a mode come from `reduction`. A limit of a matrix or vector is what every
mode tends to. A recurrence converges if it does in every mode; that it converges says something of every mode that there
must be, such as the one with the largest singular value. So `w converges iff eta < 2 / smax(F)^2` is proved in two directions.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from thalweg.calculus.algebra import is_number, zero
from thalweg.calculus.nodes import SCALAR, Expr, substituted, symbols
from thalweg.calculus.show import text
from thalweg.claims.analysis.recurrences import SEQUENCES, has_sequences, is_steady, without_sequences
from thalweg.claims.analysis.tending import definedness, without_limits
from thalweg.claims.nouns import Answer, Claim, Verdict
from thalweg.claims.numbers import scalars
from thalweg.claims.rational import logic
from thalweg.claims.singular.reduction import (
    PAIRED,
    Reduction,
    assume,
    ends_of_base,
    equal,
    known,
    reduction,
    scalar,
    worth,
)
from thalweg.claims.singular.spaces import Irreducible, Typed, typed


def limits(claim: Claim, deadline: float) -> Answer | None:
    """A proof of an equation of vectors or matrices with limits in it, mode by mode."""
    statement = _of_vectors(claim.statement)
    if statement.op != "compare" or statement.value != "=" or statement.args[0].is_scalar:
        return None
    try:
        about = _set_up(claim, [statement])
        sides = typed(about.typing, statement).args
        _assume_all(about, claim)
        modes = [(kind, equal(about, *sides, kind)) for kind in about.kinds]
        found = [(kind, _of_numbers(said)) for kind, said in modes if said is not None]
        if not all(_is_proved(about, kind, said, without_limits(said), (), deadline) for kind, said in found):
            return None
    except Irreducible:
        return None
    said = next((text(said) for kind, said in found if kind == PAIRED), "nothing is left")
    return Answer(Verdict.PROVED, f"through the singular values: in every mode {said}")


def _of_vectors(statement: Expr) -> Expr:
    """That a norm tends to 0 says that what is inside does."""
    if statement.op == "compare" and statement.value == "=" and is_number(statement.args[1], 0):
        limit = statement.args[0]
        inside = limit.args[0] if limit.op == "limit" else limit
        inside = inside.args[0] if inside.op == "power" and is_number(inside.args[1], 2) else inside
        if limit.op == "limit" and inside.op == "norm" and not inside.args[0].is_scalar:
            shape = inside.args[0].shape
            moved = Expr("limit", (inside.args[0], *limit.args[1:]), shape, limit.value)
            return Expr("compare", (moved, zero(shape)), SCALAR, "=")
    return statement


def _of_numbers(expr: Expr) -> Expr:
    """What a limit is worth in a mode is the limit of a number."""
    args = tuple(_of_numbers(arg) for arg in expr.args)
    return Expr("limit", args, SCALAR, expr.value) if expr.op == "limit" else expr.with_args(args)


def _set_up(claim: Claim, parts: list[Expr]) -> Reduction:
    names = {name for part in (claim.statement, *claim.givens) for name in symbols(part)}
    return reduction([*parts, *claim.givens], names, claim.size_givens)


def _assume_all(about: Reduction, claim: Claim) -> None:
    for given in claim.givens:
        assume(about, given)


def _is_proved(
    about: Reduction, kind: str, raw: Expr, statement: Expr | None, more: tuple[Expr, ...], deadline: float
) -> bool:
    """Whether a statement holds in every mode of a kind, or whether there is no such mode."""
    if logic.FALSE in definedness(raw):
        return kind != PAIRED  # an inverse does not exist if there is such a mode
    if statement is None:
        return False
    claim = Claim(statement, (*known(about, kind), *definedness(raw), *more))
    answer = scalars.decide(claim, deadline)
    if answer is None:
        return False
    return answer.verdict is Verdict.PROVED or (answer.verdict is Verdict.VACUOUS and kind != PAIRED)


# Recurrences


@dataclass(frozen=True)
class _Said:
    """A statement about one sequence, and what is said of it.

    Attributes:
        node: `converges` or `tends_to`.
        other: A statement about numbers, if there is one.
        forwards: Whether it is claimed that the sequence does so only if the other statement holds.
        backwards: Whether it is claimed that it does so if the other statement holds.
    """

    node: Expr
    other: Expr | None
    forwards: bool
    backwards: bool


def _said(statement: Expr) -> _Said | None:
    """What is said of a sequence, in one of the forms that are served."""
    if statement.op in SEQUENCES:
        return _Said(statement, None, False, True)
    if statement.op not in ("iff", "implies"):
        return None
    left, right = statement.args
    both = statement.op == "iff"
    if left.op in SEQUENCES and not has_sequences(right):
        return _Said(left, right, True, both)
    if right.op in SEQUENCES and not has_sequences(left):
        return _Said(right, left, both, True)
    return None


def sequences(claim: Claim, deadline: float) -> Answer | None:
    """A proof of a statement about a recurrence of vectors, mode by mode."""
    said = _said(claim.statement)
    if said is None or not is_steady(said.node):
        return None
    try:
        about = _set_up(claim, [*said.node.args[1:], *([said.other] if said.other else [])])
        parts = [typed(about.typing, arg) for arg in said.node.args]
        for part in parts[1:]:
            about.typing.equate(parts[0].left, part.left)
        other = scalar(about, typed(about.typing, said.other)) if said.other else None
        _assume_all(about, claim)
        modes = list(_modes(about, said.node.op, parts))
    except Irreducible:
        return None
    if said.backwards and not _every_mode(about, modes, other, deadline):
        return None
    if said.forwards and (other is None or not _follows(about, modes, other, deadline)):
        return None
    shown = next((text(raw.args[1]) for kind, raw, _ in modes if kind == PAIRED), "")
    return Answer(
        Verdict.PROVED, f"through the singular values: in every mode a step makes {shown} of {text(said.node.args[0])}"
    )


def _modes(about: Reduction, op: str, parts: list[Typed]) -> Iterator[tuple[str, Expr, Expr | None]]:
    """Every kind of modes with what is said of it: as a sequence of numbers, and without sequences."""
    for kind in about.kinds:
        worths = [worth(about, part, kind) for part in parts]
        if worths[0] is not None:
            raw = Expr(op, tuple(part for part in worths if part is not None), SCALAR)
            yield kind, raw, without_sequences(raw)


def _every_mode(
    about: Reduction, modes: list[tuple[str, Expr, Expr | None]], other: Expr | None, deadline: float
) -> bool:
    """Whether every mode does what is claimed, if the other statement holds."""
    more = () if other is None else (other,)
    return all(_is_proved(about, kind, raw, statement, more, deadline) for kind, raw, statement in modes)


def _follows(about: Reduction, modes: list[tuple[str, Expr, Expr | None]], other: Expr, deadline: float) -> bool:
    """Whether the other statement follows from what the modes do that there must be."""
    assumed: list[Expr] = []
    for place, (kind, raw, statement) in enumerate(modes):
        if statement is None:
            continue
        facts = [*known(about, kind), *definedness(raw), statement]
        if kind == PAIRED:
            for number, name in enumerate(dict.fromkeys(ends_of_base(about))):
                assumed += _apart(
                    about, [substituted(fact, {about.value: name}) for fact in facts], f"{place}.{number}"
                )
        elif kind in about.forced:
            assumed += _apart(about, facts, str(place))
    if not assumed:
        return False
    assumed += _apart(about, known(about, PAIRED), "some")
    answer = scalars.decide(Claim(other, tuple(dict.fromkeys(assumed))), deadline)
    return answer is not None and answer.verdict is Verdict.PROVED


def _apart(about: Reduction, facts: list[Expr], mark: str) -> list[Expr]:
    """Facts of one mode with names of their own for its coefficients: those of another mode differ."""
    vectors = [about.globals[key] for key in about.typing.names if key in about.globals]
    named = {name: about.named(f"{name.value.name} {mark}", name.value.traits) for name in (*vectors, about.value)}
    return [substituted(fact, named) for fact in facts if fact != logic.TRUE]
