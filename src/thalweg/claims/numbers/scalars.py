"""Claims about scalars, decided by z3 over the real numbers; also whether givens imply a statement, for whoever asks.

A case in which something has no value (a division by 0, a root of a negative number) is no case. What z3 refutes is proved;
what it satisfies is made a counterexample in small numbers and evaluated again exactly, without z3.
"""

from collections.abc import Sequence

from thalweg.calculus.nodes import SCALAR, Expr, symbols
from thalweg.calculus.show import text
from thalweg.calculus.sizes import Size
from thalweg.claims import clock
from thalweg.claims.hunt.prepared import Question, question
from thalweg.claims.nouns import Answer, Claim, Counterexample, Verdict
from thalweg.claims.numbers.models import certified, enclosed
from thalweg.claims.numbers.posed import Posed, posed
from thalweg.claims.numbers.quotients import Term
from thalweg.claims.numbers.reading import Need, Unsupported, z3
from thalweg.claims.numbers.reals import axioms
from thalweg.claims.numbers.solver import Found

_MOST_CONDITIONS = 4
_SHARE = 0.6  # of the time that is left; the rest is for whoever is asked next


def decide(claim: Claim, deadline: float) -> Answer | None:
    """What z3 says of a claim about scalars, and about matrices of fixed small size.

    Args:
        claim: The claim.
        deadline: When to stop, on the clock `clock.now`.

    Returns:
        PROVED, with the side conditions that were assumed; VACUOUS, with the givens that clash; FALSE, with a case that was
        evaluated again exactly; or None where z3 cannot say.

    Example:
        >>> from thalweg.calculus.meaning import Scope, understand
        >>> claim = Claim(understand("alpha^2 + beta^2 >= 2 alpha beta", Scope(is_open=True)).expr)
        >>> decide(claim, clock.now() + 1.0).how
        'by z3, over all real numbers'
        >>> claim = Claim(understand("alpha^2 > 0", Scope(is_open=True)).expr)
        >>> print(decide(claim, clock.now() + 1.0).counterexample)
        alpha = 0: the left side is 0, the right side 0
    """
    about = question(claim)
    if about is None or not all(_is_fixed(node) for node in about.statement.walk()):
        return None
    deadline = _part_of(deadline)
    try:
        return _decided(about, deadline)
    except (Unsupported, z3().Z3Exception):
        return None


def _part_of(deadline: float) -> float:
    """A deadline that leaves time to whoever is asked next."""
    now = clock.now()
    return now + max(0.0, deadline - now) * _SHARE


def _is_fixed(node: Expr) -> bool:
    """Whether a node has sizes that are numbers."""
    return not (node.shape.rows.terms or node.shape.columns.terms)


def _decided(about: Question, deadline: float) -> Answer | None:
    """What z3 says."""
    asked = posed(about.givens, about.size_givens, about.names)
    is_given_exactly = asked.is_exact
    formulas = asked.broken(about.statement)
    for limits in ([], asked.whole()) if asked.reader.wholes else ([],):
        found = asked.valued([*formulas, *limits], deadline)
        if found.satisfiable is False:
            return _proved(asked, about.statement, deadline)
        refuted = _refuted(about, asked, found, is_given_exactly, deadline) if found.satisfiable else None
        if refuted is not None:
            return Answer(Verdict.FALSE, "z3 found a case in which it does not hold", counterexample=refuted)
        if not found.satisfiable:
            break
    return _never(about, asked, deadline)


def _refuted(
    about: Question, asked: Posed, found: Found, is_given_exactly: bool, deadline: float
) -> Counterexample | None:
    """The counterexample that values of z3 are, if evaluating them again confirms it."""
    values = {place: found.values[str(variable)] for place, variable in asked.free.items()}
    near = {place for place, variable in asked.free.items() if str(variable) in found.near}
    return enclosed(about, values, near) if near and is_given_exactly else certified(about, values, deadline)


def _never(about: Question, asked: Posed, deadline: float) -> Answer | None:
    """FALSE, if a claim without names has a value and does not hold."""
    if about.names or about.sizes or about.givens:
        return None
    said, needs = asked.read(about.statement)
    missing = z3().Or(*(z3().Not(need.formula) for need in needs), z3().BoolVal(False, asked.reader.context))
    if any(asked.asked([*asked.known, part], deadline).satisfiable is not False for part in (missing, said)):
        return None
    shown = Counterexample({}, None, None, f"{text(about.statement)} does not hold", "by z3")
    return Answer(Verdict.FALSE, "by z3, over all real numbers", counterexample=shown)


def _proved(asked: Posed, statement: Expr, deadline: float) -> Answer:
    """The answer to a claim of which there is no counterexample: it holds, or there is no case at all."""
    _, needs = asked.read(statement)
    formulas = [*(need.formula for need in needs), *asked.whole()]
    if asked.asked([*asked.known, *formulas], deadline).satisfiable is False:
        return Answer(Verdict.VACUOUS, _clash(asked, formulas, deadline))
    return Answer(Verdict.PROVED, "by z3, over all real numbers" + _conditions(asked, needs, deadline))


def _clash(asked: Posed, formulas: list[Term], deadline: float) -> str:
    """Which givens contradict each other: none of them could be left out."""
    kept = list(asked.givens)
    rest = [*axioms(asked.reader), *formulas]
    for given in asked.givens:
        fewer = [part for part in kept if part is not given]
        if asked.asked([*rest, *(part for _, parts in fewer for part in parts)], deadline).satisfiable is False:
            kept = fewer
    said = [text(given) for given, _ in kept if given.args[0] != given.args[-1]]
    if not said:
        return "it has no value in any case"
    return f"no case satisfies the given{'s' * (len(said) > 1)} {' and '.join(said)}"


def _conditions(asked: Posed, needs: list[Need], deadline: float) -> str:
    """What was assumed so that the statement has a value, where the givens do not say it."""
    said: list[str] = []
    for need in needs:
        is_named = not any("!" in name for expr, _ in need.shown for name in symbols(expr))
        rest = [*asked.known, z3().Not(need.formula)]
        if is_named and len(said) < _MOST_CONDITIONS and asked.asked(rest, deadline).satisfiable is not False:
            said += [f"{text(expr)} {words}" for expr, words in need.shown]
    return f", where {' and '.join(dict.fromkeys(said))}" if said else ""


def implied(claim: Claim, statement: Expr, deadline: float) -> bool | None:
    """Whether the givens of a claim imply a statement about scalars, where it has a value.

    Args:
        claim: The claim; only its givens count, and those of them that speak of scalars.
        statement: The statement.
        deadline: When to stop, on the clock `clock.now`.

    Returns:
        True if they do (also if they contradict each other), False if they certainly do not, None if that stays open.
    """
    return follows(claim.givens, statement, deadline, claim)


def follows(givens: Sequence[Expr], statement: Expr, deadline: float, claim: Claim | None = None) -> bool | None:
    """Whether a statement about scalars follows from others; `claim` only says which sizes are at least others."""
    try:
        return _follows(posed(givens, claim.size_givens if claim else ()), statement, deadline)
    except (Unsupported, z3().Z3Exception):
        return None


def _follows(asked: Posed, statement: Expr, deadline: float) -> bool | None:
    """Whether a statement follows from what is assumed."""
    formulas = asked.broken(statement)
    found = asked.asked(formulas, deadline)
    if found.satisfiable and asked.reader.wholes:
        found = asked.asked([*formulas, *asked.whole()], deadline)
    if found.satisfiable is False:
        return True
    return False if found.satisfiable and asked.is_exact else None


def equivalent(claim: Claim, left: Expr, right: Expr, deadline: float) -> bool | None:
    """Whether two statements about scalars are true together wherever the givens hold and both have a value."""
    return implied(claim, Expr("iff", (left, right), SCALAR), deadline)


def consistent(givens: Sequence[Expr], deadline: float, size_givens: Sequence[tuple[Size, Size]] = ()) -> bool | None:
    """Whether statements about scalars can all hold, each with a value; None if that stays open.

    Args:
        givens: The statements.
        deadline: When to stop, on the clock `clock.now`.
        size_givens: Pairs (a, b) of sizes with a >= b.
    """
    try:
        asked = posed(givens, size_givens)
        found = asked.asked([*asked.known, *asked.whole()], deadline)
        return None if found.satisfiable and not asked.is_exact else found.satisfiable
    except (Unsupported, z3().Z3Exception):
        return None
