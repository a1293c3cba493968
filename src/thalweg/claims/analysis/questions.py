"""Claims that ask for something: for limits, for what recurrences come to, for minima. Each kind has its own file.

What is asked is worked out, and the claim that remains is proved by the other stages; or it is refuted at a point where the
answer is known exactly. What held at all points that were tried is PASSED, which is no proof.
"""

from collections.abc import Callable
from functools import partial

from thalweg.calculus.nodes import Expr
from thalweg.calculus.nodes import holds as stands_in
from thalweg.calculus.show import text
from thalweg.claims.analysis import approaches, limits, minima, points, provers, recurrences, tending, vectors
from thalweg.claims.analysis.points import Hunt
from thalweg.claims.nouns import Answer, Claim, Value, Verdict, name_of
from thalweg.claims.numbers import scalars
from thalweg.claims.rational.logic import FALSE, restated

_ASKING = frozenset({"limit", "argmin"}) | recurrences.SEQUENCES


def decide(claim: Claim, deadline: float) -> Answer | None:
    """The answer to a claim with limits, sequences or minima in it.

    Args:
        claim: The claim.
        deadline: When to stop, as `clock.now` counts.

    Returns:
        PROVED, FALSE with an exact counterexample, PASSED, VACUOUS, or UNDECIDED where the minimiser is not the only one; None
        if nothing can be said, or if nothing of the kind is asked.

    Example:
        >>> from thalweg.claims import clock
        >>> from thalweg.calculus.meaning import Scope, understand
        >>> claim = Claim(understand("lim(lam/(1 + lam), lam -> inf) = 1", Scope(is_open=True)).expr)
        >>> decide(claim, clock.now() + 5).verdict.word
        'PROVED'
    """
    if not asks(claim.statement) or any(asks(given) for given in claim.givens):
        return None
    claim = restated(claim, approaches.with_sides(claim.statement, claim.givens))
    if claim.statement.op == "and":
        return _every_part(claim, deadline)
    if claim.statement.op == "forall" and len(claim.statement.args) == 1:
        return decide(restated(claim, claim.statement.args[0]), deadline)
    if claim.statement.op == "implies" and not asks(claim.statement.args[0]):
        condition, conclusion = claim.statement.args
        return decide(restated(claim, conclusion, condition), deadline)
    if any(stands_in(given, name) for given in claim.givens for name in _varied(claim.statement)):
        return None  # whether it is meant of what varies too is not clear
    asked = {node.op for node in claim.statement.walk()} & _ASKING
    if asked == {"limit"}:
        return _of_limits(claim, deadline)
    if asked == {"argmin"}:
        return _of_minima(claim, deadline)
    return _of_sequences(claim, deadline) if asked <= recurrences.SEQUENCES else None


def _varied(statement: Expr) -> set[Expr]:
    """The names that minima vary."""
    return {node.args[1] for node in statement.walk() if node.op == "argmin"}


def proved(claim: Claim, deadline: float) -> Answer | None:
    """A proof of a claim with one question in it, without a look at points; None if there is none."""
    asked = {node.op for node in claim.statement.walk()} & _ASKING
    if any(asks(given) for given in claim.givens):
        return None
    if asked == {"limit"}:
        plain = _rewritten(claim, tending.without_limits(claim.statement), deadline)
        return plain or vectors.limits(claim, deadline)
    if asked == {"argmin"}:
        return minima.proved(claim, deadline).answer if claim.statement.op == "compare" else None
    plain = _rewritten(claim, recurrences.without_sequences(claim.statement), deadline)
    return plain or vectors.sequences(claim, deadline)


def asks(statement: Expr) -> bool:
    """Whether a limit, a sequence or a minimum stands in a statement."""
    return any(node.op in _ASKING for node in statement.walk())


def _every_part(claim: Claim, deadline: float) -> Answer | None:
    """Parts joined by `and`: one that is false decides, and else the least certain one."""
    answers = []
    for part in claim.statement.args:
        smaller = restated(claim, part)
        answers.append(decide(smaller, deadline) or provers.proved(smaller, deadline))
        if answers[-1] is not None and answers[-1].verdict in (Verdict.FALSE, Verdict.VACUOUS):
            return answers[-1]
    known = [answer for answer in answers if answer is not None]
    if len(known) < len(answers):
        return None
    order = [Verdict.UNDECIDED, Verdict.PASSED, Verdict.PROVED]
    worst = min(known, key=lambda answer: order.index(answer.verdict))
    return Answer(worst.verdict, "; ".join(dict.fromkeys(answer.how for answer in known)), samples=worst.samples)


def _rewritten(claim: Claim, statement: Expr | None, deadline: float) -> Answer | None:
    """A proof of what a claim comes to, or that no case satisfies the givens."""
    needs = tending.definedness(claim.statement)
    if FALSE in needs:
        return Answer(Verdict.VACUOUS, "it has no value in any case")
    if statement is None:
        return None
    plain = restated(claim, statement, *needs)
    if provers.is_scalar(plain):
        answer = scalars.decide(plain, deadline)
        if answer is not None and answer.verdict is Verdict.VACUOUS:
            return answer
    else:
        answer = provers.proved(plain, deadline)
    if answer is None or answer.verdict is not Verdict.PROVED:
        return None
    return Answer(Verdict.PROVED, f"it comes to {_short(statement)}; {answer.how}")


def _short(statement: Expr, most: int = 160) -> str:
    said = text(statement)
    return said if len(said) <= most else "a statement about numbers"


def _of_limits(claim: Claim, deadline: float) -> Answer | None:
    answer = _rewritten(claim, tending.without_limits(claim.statement), deadline) or vectors.limits(claim, deadline)
    if answer is not None:
        return answer
    hunt = limits.hunted(claim, deadline)
    if hunt.found is None:
        return _passed(hunt, "the limit was worked out exactly")
    bound = next(node.args[1] for node in claim.statement.walk() if node.op == "limit")
    is_plain = claim.statement.op == "compare"
    left, right = limits.sides_at(claim.statement, hunt.found) if is_plain else (None, None)
    told = partial(limits.truth_at, point=hunt.found)
    return _refuted(
        claim, hunt, (left, right, _phrase(claim.statement, told)), "the limit was worked out exactly", bound
    )


def _of_sequences(claim: Claim, deadline: float) -> Answer | None:
    answer = _rewritten(claim, recurrences.without_sequences(claim.statement), deadline)
    answer = answer or vectors.sequences(claim, deadline)
    if answer is not None:
        return answer
    hunt = recurrences.hunted(claim, deadline)
    if hunt.found is None:
        return _passed(hunt, "exact conditions on eigenvalues")
    state = next(node.args[0] for node in claim.statement.walk() if node.op in recurrences.SEQUENCES)
    how = recurrences.said_at(claim.statement, hunt.found)
    told = partial(recurrences.truth_at, point=hunt.found)
    return _refuted(claim, hunt, (None, None, _phrase(claim.statement, told)), how, state)


def _of_minima(claim: Claim, deadline: float) -> Answer | None:
    if claim.statement.op != "compare":
        return None
    found = minima.proved(claim, deadline)
    if found.answer is not None:
        return found.answer
    seen = minima.Seen()
    hunt = minima.hunted(claim, seen, deadline)
    if hunt.found is None:
        doubt = found.doubt or _doubt(claim, seen, hunt)
        passed = _passed(hunt, "the minimiser was worked out exactly")
        return Answer(Verdict.UNDECIDED, doubt, samples=hunt.count) if doubt else passed
    left, right = minima.sides_at(claim.statement, hunt.found)
    bound = next(node.args[1] for node in claim.statement.walk() if node.op == "argmin")
    how = minima.comparison_at(claim.statement, hunt.found) or "the minimiser was worked out exactly"
    return _refuted(claim, hunt, (left, right, ""), how, bound)


def _doubt(claim: Claim, seen: minima.Seen, hunt: Hunt) -> str:
    """Why a claim about minima is neither true nor false as it stands."""
    if seen.several is not None:
        return f"there is more than one minimiser{_case(claim, seen.several)}; what was claimed is one of them"
    if seen.none is not None and not hunt.count:
        return f"there is no minimiser{_case(claim, seen.none)}, nor in any other case that was tried"
    return ""


def _case(claim: Claim, point: points.Point) -> str:
    names = {
        name: value for name, value in points.shown_values(claim, point).items() if name not in _bound_names(claim)
    }
    return f" where {', '.join(f'{name} = {value}' for name, value in names.items())}" if names else ""


def _bound_names(claim: Claim) -> set[str]:
    return {name_of(node.args[1]) for node in claim.statement.walk() if node.op == "argmin"}


def _passed(hunt: Hunt, how: str) -> Answer | None:
    if not hunt.count:
        return None
    return Answer(Verdict.PASSED, f"held in {hunt.count} small cases in which {how}", samples=hunt.count)


_Broken = tuple[Value | None, Value | None, str]  # both sides of a comparison, or words


def _refuted(claim: Claim, hunt: Hunt, broken: _Broken, how: str, bound: Expr) -> Answer:
    assert hunt.found is not None
    left, right, words = broken
    relation = str(claim.statement.value) if claim.statement.op == "compare" else words
    case = points.counterexample(claim, hunt.found, left, right, relation, bound)
    return Answer(Verdict.FALSE, how, counterexample=case, samples=hunt.count)


def _phrase(statement: Expr, told: Callable[[Expr], bool | None]) -> str:
    """What is wrong at a point, in words: which part of a statement holds there and which does not."""
    if statement.op in ("iff", "implies"):
        left, right = statement.args
        holding, failing = (left, right) if told(left) else (right, left)
        return f"{_shown(holding)} holds, {_shown(failing)} does not"
    if statement.op == "not":
        return f"{_shown(statement.args[0])} holds"
    return f"{_shown(statement)} does not hold"


def _shown(statement: Expr) -> str:
    if statement.op in recurrences.SEQUENCES:
        start = recurrences.whole_of(statement).start
        return f"{text(recurrences.readable(statement))} from {'every start' if start is None else text(start)}"
    return text(recurrences.readable(statement))
