"""What a claim about the members of a sequence amounts to: induction, or the first members one by one.

The state `w[t]` stands for any value wherever that is enough. Where it is not, a claim P about it is proved by induction, and
refuted by one of the first members, since a value that no member has refutes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from thalweg.calculus.nodes import SCALAR, CalculusError, Expr, SyntaxProblem, number, symbols
from thalweg.claims.files.scopes import Frame, Recurrence
from thalweg.claims.files.sequences import FURTHEST, first_members, instead, next_members, together
from thalweg.claims.files.totality import is_total
from thalweg.claims.files.understanding import MOST_NODES, nodes
from thalweg.claims.nouns import Claim

WHOLE = ("converges", "tends_to")
OF_NUMBERS, MOST_BITS = 40, 2000  # so many members of a sequence of numbers are tried, unless they grow longer


@dataclass(frozen=True)
class Sequenced:
    """A claim P about every member of a sequence, in parts.

    Attributes:
        whole: P for any t and any value of the state, which is more than is claimed.
        start: P of the first member.
        step: That P of a member implies P of the next; None where P has cases that are none, which no step may skip.
        members: P of the first members, each with the values of all members put in.
    """

    whole: Claim
    start: Claim
    step: Claim | None
    members: tuple[Claim, ...]


@dataclass(frozen=True)
class Prepared:
    """A claim as it is to be checked.

    Attributes:
        content: What is to be checked.
        note: How it was prepared.
    """

    content: Claim | Sequenced
    note: str = ""


def prepared(frame: Frame, claim: Claim) -> Prepared:
    """A claim as it is to be checked.

    Args:
        frame: Where it is made.
        claim: The claim as it was read.

    Returns:
        The claim itself where no member of a sequence is mentioned, or where any value of the state will do; the start and the
        step of an induction, of `w[t] = ...`; and else the parts that prove or refute it.

    Raises:
        SyntaxProblem: If it can be read in two ways.
        CalculusError: If two indices count in it.
    """
    started, *others = (_with_starts(frame, reading) for reading in (claim.statement, *claim.readings))
    claim = replace(claim, statement=started, readings=tuple(others))
    free = set(_free(claim.statement))
    about = [each for each in frame.recurrences.values() if each.sequence.state in free]
    if not about:
        return Prepared(claim)
    if claim.readings:
        raise SyntaxProblem(
            "can be read in two ways; a claim about all members of a sequence needs brackets that decide"
        )
    index = about[0].index
    if any(each.index != index for each in about):
        raise CalculusError("need one index in a claim about sequences, got two")
    if index not in free and not any(each.has_start or each.start in free for each in about):
        return Prepared(claim)
    if closed := _by_induction(frame, claim, about[0]):
        return Prepared(closed, "by induction, that is, the start and the step from t to t + 1: ")
    return Prepared(_parts(frame, claim, index))


def _free(expr: Expr) -> list[Expr]:
    """The symbols in an expression, without those that stand for a whole sequence only."""
    if expr.op in WHOLE:
        return []
    return [expr] if expr.op == "symbol" else [node for arg in expr.args for node in _free(arg)]


# Members


def _by_induction(frame: Frame, claim: Claim, about: Recurrence) -> Claim | None:
    """Of `w[t] = e(t)`: that `w[0] = e(0)`, and that the step takes e(t) to e(t + 1). The two are equivalent to the claim."""
    state, step = about.sequence.state, about.sequence.step
    if claim.statement.op != "compare" or claim.statement.value != "=" or state not in claim.statement.args:
        return None
    left, right = claim.statement.args
    closed = right if left == state else left
    later = Expr("add", (about.index, number(1)), SCALAR)
    stepped = instead(step, {state: closed})
    states = {each.sequence.state for each in together(frame, about.index)}
    may_step = is_total(closed, [about.index]) and is_total(step, [state, about.index])
    if not may_step or states & {*_free(closed), *_free(stepped)}:
        return None
    start = Expr("compare", (about.start, instead(closed, {about.index: number(0)})), SCALAR, "=")
    follows = Expr("compare", (stepped, instead(closed, {about.index: later})), SCALAR, "=")
    return replace(claim, statement=Expr("and", (start, follows), SCALAR))


def _parts(frame: Frame, claim: Claim, index: Expr) -> Sequenced:
    """The parts of a claim about all members."""
    said = claim.statement
    later = Expr("add", (index, number(1)), SCALAR)
    states: Mapping[Expr, Expr] = {each.sequence.state: each.sequence.state for each in together(frame, index)}
    follows = instead(said, {**next_members(frame, dict(states), index, index), index: later})
    found: list[Claim] = []
    member = first_members(frame, index)
    for k in range(OF_NUMBERS + 1):
        here = replace(claim, statement=instead(said, {**member, index: number(k)}))
        is_too_large = max(nodes(part) for part in member.values()) > MOST_NODES // 5
        if k and (is_too_large or (k > FURTHEST and symbols(here.statement))):
            break
        found.append(here)
        member = _worked_out(next_members(frame, member, index, number(k)))
        if any(
            part.op == "number" and max(map(int.bit_length, part.value.as_integer_ratio())) > MOST_BITS
            for part in member.values()
        ):
            break
    step = replace(claim, statement=Expr("implies", (said, follows), SCALAR))
    may_step = is_total(step.statement, [index, *states])
    return Sequenced(claim, found[0], step if may_step else None, tuple(found))


def _worked_out(member: Mapping[Expr, Expr]) -> dict[Expr, Expr]:
    """Members in which a sequence of numbers stands as a number."""
    return {state: _as_number(part) if part.is_scalar and not symbols(part) else part for state, part in member.items()}


def _as_number(expr: Expr) -> Expr:
    """What an expression without names is worth, if that is a fraction."""
    from thalweg.calculus.exact import evaluate  # here, since numpy comes with them
    from thalweg.calculus.fields import RATIONALS, Inexact, Undefined

    try:
        return number(Fraction(evaluate(expr, {}, {}, RATIONALS)[0, 0]))
    except (Undefined, Inexact, CalculusError):
        return expr


# Whole sequences with a start


def _with_starts(frame: Frame, expr: Expr) -> Expr:
    """A statement in which `converges` and `->` know where their sequence starts, if it was given."""
    starts = {each.sequence.state: each.start for each in frame.recurrences.values() if each.has_start}
    if expr.op in WHOLE:
        return expr.with_args((*expr.args, starts[expr.args[0]])) if expr.args[0] in starts else expr
    return expr.with_args(tuple(_with_starts(frame, arg) for arg in expr.args))
