"""What a claim about the members of a sequence amounts to: induction, or the first members one by one.

The state `w[t]` stands for any value wherever that is enough. Where it is not, a claim P about it is proved by induction, and
refuted by one of the first members, since a value that no member has refutes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from thalweg.calculus.nodes import SCALAR, CalculusError, Expr, SyntaxProblem, number
from thalweg.claims.claim import Answer, Claim, Verdict
from thalweg.claims.files.scopes import Frame, Recurrence
from thalweg.claims.files.sequences import FURTHEST, first_members, instead, next_members, together
from thalweg.claims.files.totality import is_total
from thalweg.claims.files.understanding import MOST_NODES, nodes

WHOLE = ("converges", "tends_to")


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
        content: What is to be checked, or the answer if that is known.
        note: How it was prepared.
        doubt: Why a counterexample to it would prove nothing; empty if it would.
    """

    content: Claim | Sequenced | Answer
    note: str = ""
    doubt: str = ""


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
    claim, doubt, is_mixed = _from_start(frame, claim)
    if is_mixed:
        how = "whether a sequence converges from one start is decided here only for scalars with w[t+1] = a w[t] + b"
        return Prepared(Answer(Verdict.UNDECIDED, f"{how}; leave out `from`, or claim one direction only"))
    free = set(_free(claim.statement))
    about = [each for each in frame.recurrences.values() if each.sequence.state in free]
    if not about:
        return Prepared(claim, doubt=doubt)
    if claim.readings:
        raise SyntaxProblem(
            "can be read in two ways; a claim about all members of a sequence needs brackets that decide"
        )
    index = about[0].index
    if any(each.index != index for each in about):
        raise CalculusError("need one index in a claim about sequences, got two")
    if index not in free and not any(each.has_start or each.start in free for each in about):
        return Prepared(claim, doubt=doubt)
    if closed := _by_induction(frame, claim, about[0]):
        return Prepared(closed, "by induction, that is, the start and the step from t to t + 1: ", doubt)
    return Prepared(_parts(frame, claim, index), "", doubt)


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
    for k in range(FURTHEST + 1):
        if k and max(nodes(part) for part in member.values()) > MOST_NODES // 5:
            break
        found.append(replace(claim, statement=instead(said, {**member, index: number(k)})))
        member = next_members(frame, member, index, number(k))
    step = replace(claim, statement=Expr("implies", (said, follows), SCALAR))
    may_step = is_total(step.statement, [index, *states])
    return Sequenced(claim, found[0], step if may_step else None, tuple(found))


# Whole sequences with a start


def _from_start(frame: Frame, claim: Claim) -> tuple[Claim, str, bool]:
    """A claim in which `converges` from a given start is said by convergence from any start.

    A scalar w[t+1] = a w[t] + b converges from a start if it does from any, or if the start stays where it is. Of other
    sequences with a start, convergence from any start is enough for convergence from one, but not needed: a doubt; and where
    the claim says too that one does not converge, nothing is known: it is mixed.
    """
    starts = {each.sequence.state: each for each in frame.recurrences.values() if each.has_start}
    about = [starts[node.args[0]] for node in claim.statement.walk() if node.op in WHOLE and node.args[0] in starts]
    if not about:
        return claim, "", False
    if all(
        _is_affine(each.sequence.step, each.sequence.state) and each.index not in _free(each.sequence.step)
        for each in about
    ):
        new = tuple(_with_start(reading, starts) for reading in (claim.statement, *claim.readings))
        return replace(claim, statement=new[0], readings=new[1:]), "", False
    return (
        claim,
        "from other starts it does not; whether it does from this one is not decided",
        _is_mixed(claim.statement),
    )


def _with_start(expr: Expr, starts: Mapping[Expr, Recurrence]) -> Expr:
    """A statement with what a start means put in."""
    if expr.op not in WHOLE or expr.args[0] not in starts:
        return expr.with_args(tuple(_with_start(arg, starts) for arg in expr.args))
    start = starts[expr.args[0]].start
    stays = Expr("compare", (instead(expr.args[1], {expr.args[0]: start}), start), SCALAR, "=")
    if expr.op == "tends_to":
        stays = Expr("and", (stays, Expr("compare", (start, expr.args[2]), SCALAR, "=")), SCALAR)
    return Expr("or", (expr, stays), SCALAR)


def _is_affine(expr: Expr, state: Expr) -> bool:
    """Whether a scalar is a w + b of a scalar state w, as it is written."""
    if not state.is_scalar:
        return False
    if expr == state or state not in _free(expr):
        return True
    if expr.op == "add":
        return all(_is_affine(arg, state) for arg in expr.args)
    inside = [arg for arg in expr.args if state in _free(arg)]
    return expr.op == "product" and len(inside) == 1 and _is_affine(inside[0], state)


def _is_mixed(expr: Expr, is_positive: bool = True) -> bool:
    """Whether a statement denies, somewhere, that a sequence converges."""
    if expr.op in WHOLE:
        return not is_positive
    if expr.op == "iff":
        return any(_is_mixed(arg, sign) for arg in expr.args for sign in (True, False))
    if expr.op == "implies":
        return _is_mixed(expr.args[0], not is_positive) or _is_mixed(expr.args[1], is_positive)
    return any(_is_mixed(arg, is_positive != (expr.op == "not")) for arg in expr.args)
