"""Decides a claim: stage after stage, cheap ones first, until one can say. No stage calls anything true from samples.

Statements are taken apart (`and`, `implies`, `iff`, `forall`), derivatives and expectations are worked out, and then come:
canonical forms, questions (limits, sequences, minima), z3 for scalars, small exact cases, singular values, facts about norms,
residues modulo a large prime, and at last the whole search. A false claim is asked what would make it true.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import lru_cache

from thalweg.calculus.nodes import CalculusError, Expr, substituted, symbol
from thalweg.calculus.show import text
from thalweg.calculus.sizes import Size
from thalweg.claims import clock
from thalweg.claims.analysis import existence, questions
from thalweg.claims.echo import echo
from thalweg.claims.expand import expanded
from thalweg.claims.hunt import constants, modular, search
from thalweg.claims.hunt.prepared import question, with_rank_limits
from thalweg.claims.mending import remedies
from thalweg.claims.nouns import Answer, Claim, Verdict
from thalweg.claims.numbers import scalars
from thalweg.claims.proofs import canonical, inequalities
from thalweg.claims.proofs.givens import absorbed
from thalweg.claims.proofs.quantifiers import same_condition, without_vectors
from thalweg.claims.rational.logic import FALSE
from thalweg.claims.singular import modes

SECONDS = 5.0
MOST_ENTRIES = 16  # of all matrices of fixed sizes together, where z3 is asked about their entries
_GOOD = (Verdict.PROVED, Verdict.PASSED)
_QUESTIONS = frozenset({"limit", "argmin", "converges", "tends_to"})
_LIMITS = (RecursionError, OverflowError, MemoryError)

Stage = Callable[[Claim, float], Answer | None]


def check(claim: Claim, seconds: float = SECONDS) -> Answer:
    """Whether a claim holds.

    Args:
        claim: The claim.
        seconds: The longest time that it may take, without what it waits for other threads: `clock.PATIENCE` at most.

    Returns:
        The answer, with how it was reached and how the claim was read.

    Example:
        >>> from thalweg.calculus.meaning import Scope, understand
        >>> answer = check(Claim(understand("x' A x = x' A' x", Scope(is_open=True)).expr))
        >>> answer.verdict.word, answer.how
        ('PROVED', 'both sides have the same canonical form')
    """
    begun = time.monotonic()
    answer = _reading(claim, clock.restarted() + seconds / (1 + len(claim.readings)))
    for reading in claim.readings:
        other = _reading(replace(claim, statement=reading), clock.now() + seconds / (1 + len(claim.readings)))
        if (answer.verdict in _GOOD) != (other.verdict in _GOOD):
            answer = _ambiguous(claim, reading, answer, other)
            break
    return replace(answer, echo=answer.echo or echo(claim), seconds=time.monotonic() - begun)


def _ambiguous(claim: Claim, reading: Expr, answer: Answer, other: Answer) -> Answer:
    """Two readings that differ, both said."""
    how = f"read as `{text(claim.statement)}` it is {answer.verdict.word}, as `{text(reading)}` {other.verdict.word}"
    return Answer(Verdict.AMBIGUOUS, how, counterexample=answer.counterexample or other.counterexample)


def _reading(claim: Claim, deadline: float) -> Answer:
    """The answer to one reading, whatever happens on the way."""
    try:
        claim = with_rank_limits(expanded(claim))
        answer = decide(claim, deadline)
    except CalculusError as error:
        return Answer(Verdict.UNDECIDED, f"it could not be worked out: {error.message}")
    except _LIMITS:
        return Answer(Verdict.UNDECIDED, "it is too large to be worked out")
    if answer.verdict in (Verdict.PROVED, Verdict.UNDECIDED):
        answer = _impossible(claim, _soon(deadline)) or answer
    try:
        answer = _with_inverses(claim, answer, deadline)
        if answer.verdict is Verdict.FALSE and not answer.condition:
            return replace(answer, condition=remedies.condition(claim, _soon(deadline)))
    except (CalculusError, *_LIMITS):
        pass
    return answer


def _soon(deadline: float) -> float:
    """The deadline of what may take a second at most."""
    return min(deadline, clock.now() + 1.0)


def _with_inverses(claim: Claim, answer: Answer, deadline: float) -> Answer:
    """The answer, unless something is inverted that has no inverse."""
    if answer.verdict not in (*_GOOD, Verdict.UNDECIDED):
        return answer
    found = existence.never_regular(claim) or answer
    return existence.conditioned(claim, found, _soon(deadline)) if found.verdict is Verdict.PROVED else found


def decide(claim: Claim, deadline: float) -> Answer:
    """The answer to a claim in which derivatives and expectations are worked out."""
    if _contradict(claim):
        return Answer(Verdict.VACUOUS, "no case satisfies the givens: they contradict each other")
    statement = without_vectors(claim.statement)
    givens = tuple(without_vectors(given) for given in claim.givens)
    claim = replace(claim, statement=statement, givens=givens)
    if statement.op == "and":
        return _all([decide(replace(claim, statement=part), deadline) for part in statement.args])
    if any(node.op in _QUESTIONS for node in statement.walk()):
        return questions.decide(claim, deadline) or _undecided(deadline)
    if statement.op == "forall" and len(statement.args) == 1:
        return decide(_opened(claim), deadline)
    if _is_of_numbers(claim):
        return _first((_canonical, constants.decide, scalars.decide, search.search), claim, deadline)
    if statement.op == "implies":
        condition, conclusion = statement.args
        return decide(replace(claim, statement=conclusion, givens=(*claim.givens, condition)), deadline)
    if statement.op == "iff":
        return _both_ways(claim, deadline)
    is_order = statement.op == "compare" and statement.value not in ("=", "!=")
    middle = (_inequalities, _modes) if is_order else (_modes, _inequalities)
    return _first((_canonical, search.refute, *middle, _passed), claim, deadline)


def _opened(claim: Claim) -> Claim:
    """A claim without the `forall` in front; what is given of another value of the same name is told apart from it."""
    (body,), (names, _) = claim.statement.args, claim.statement.value
    others = {name: symbol(f"{name.value.name}~", name.shape, name.value.traits) for name in names}
    givens = tuple(substituted(given, others) for given in claim.givens)
    known = {node.value.name: node for node in (*names, *(others.values() if givens != claim.givens else ()))}
    return replace(claim, statement=body, givens=givens, symbols={**claim.symbols, **known})


def _is_of_numbers(claim: Claim) -> bool:
    """Whether only numbers occur, or matrices of fixed sizes with few entries."""
    nodes = [node for part in (claim.statement, *claim.givens) for node in part.walk()]
    if any(node.shape.rows.terms or node.shape.columns.terms for node in nodes):
        return False
    names = {node for node in nodes if node.op == "symbol"}
    return sum(node.shape.rows.constant * node.shape.columns.constant for node in names) <= MOST_ENTRIES


def _both_ways(claim: Claim, deadline: float) -> Answer:
    """`iff` between statements about matrices: the same condition twice, or each following from the other."""
    left, right = claim.statement.args
    if same_condition(left, right):
        return Answer(Verdict.PROVED, "both sides are the same condition")
    there = decide(replace(claim, statement=right, givens=(*claim.givens, left)), deadline)
    back = decide(replace(claim, statement=left, givens=(*claim.givens, right)), deadline)
    parts = [_told("from left to right", there), _told("from right to left", back)]
    if any(part.verdict is Verdict.VACUOUS for part in parts):
        return Answer(Verdict.UNDECIDED, "; ".join(part.how for part in parts))
    return _all(parts)


def _told(direction: str, answer: Answer) -> Answer:
    return replace(answer, how=f"{direction}: {answer.how}")


def _all(answers: list[Answer]) -> Answer:
    """The answer to several statements at once."""
    for verdict in (Verdict.FALSE, Verdict.VACUOUS, Verdict.UNDECIDED, Verdict.PASSED):
        found = [answer for answer in answers if answer.verdict is verdict]
        if found:
            samples = sum(answer.samples for answer in answers)
            return replace(found[0], samples=samples) if verdict is Verdict.PASSED else found[0]
    how = "; ".join(dict.fromkeys(answer.how for answer in answers))
    return Answer(Verdict.PROVED, how)


def _first(stages: Iterable[Stage], claim: Claim, deadline: float) -> Answer:
    """What the first stage says that can say anything."""
    for stage in stages:
        if clock.now() > deadline:
            break
        answer = stage(claim, deadline)
        if answer is not None:
            return answer
    return _undecided(deadline)


def _undecided(deadline: float) -> Answer:
    late = "time ran out" if clock.now() > deadline else "no stage could say"
    return Answer(Verdict.UNDECIDED, late)


def _with_givens(stage: Stage) -> Stage:
    """A stage that sees the givens absorbed first, and then, if that says nothing, as they stand."""

    def absorbing(claim: Claim, deadline: float) -> Answer | None:
        simpler = absorbed(claim)
        answer = stage(simpler, deadline)
        return answer if answer is not None or simpler is claim else stage(claim, deadline)

    return absorbing


_canonical = _with_givens(canonical.prove)
_modes = _with_givens(modes.prove)
_inequalities = _with_givens(inequalities.prove)


def _passed(claim: Claim, deadline: float) -> Answer | None:
    """What residues and the whole search say; a counterexample outweighs residues."""
    residues = modular.tested(claim, deadline)
    found = search.search(claim, deadline)
    if residues is None or (found is not None and found.verdict in (Verdict.FALSE, Verdict.VACUOUS)):
        return found
    return residues


def _impossible(claim: Claim, deadline: float) -> Answer | None:
    """VACUOUS, if what is known of matrices and vectors excludes all cases in which the givens hold."""
    about = question(claim)
    if about is None or all(node.is_scalar for given in about.givens for node in given.walk()):
        return None
    nothing = replace(claim, statement=FALSE, givens=about.givens)
    try:
        answer = _first((_modes, _inequalities), nothing, deadline)
    except (CalculusError, *_LIMITS):
        return None
    is_impossible = answer.verdict in (Verdict.PROVED, Verdict.VACUOUS)
    return (
        Answer(Verdict.VACUOUS, "no case satisfies the givens: they contradict each other") if is_impossible else None
    )


def _contradict(claim: Claim) -> bool:
    """Whether the givens about numbers and sizes contradict each other."""
    numbers = tuple(given for given in claim.givens if all(node.is_scalar for node in given.walk()))
    try:
        return bool(numbers or claim.size_givens) and _clash(numbers, claim.size_givens)
    except TimeoutError:
        return False


@lru_cache(maxsize=512)
def _clash(givens: tuple[Expr, ...], size_givens: tuple[tuple[Size, Size], ...]) -> bool:
    """Whether givens contradict each other, which stays.

    Raises:
        TimeoutError: If nothing was found in the time that there was; this is tried again.
    """
    deadline = clock.now() + 1.0
    found = scalars.consistent(givens, deadline, size_givens)
    if found is None and clock.now() > deadline - 0.1:
        raise TimeoutError
    return found is False
