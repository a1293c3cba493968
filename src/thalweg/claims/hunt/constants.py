"""Claims without names: both sides are worked out once, in fractions or in intervals, and that decides."""

from thalweg.calculus.exact import holds
from thalweg.calculus.fields import RATIONALS, Inexact, Undefined
from thalweg.calculus.intervals import INTERVALS
from thalweg.claims.hunt.certify import Case
from thalweg.claims.hunt.counterexamples import ENCLOSED, counterexample
from thalweg.claims.hunt.prepared import Question, question
from thalweg.claims.nouns import Answer, Claim, Verdict


def is_constant(about: Question) -> bool:
    """Whether a claim speaks of no name and of no size."""
    return not about.names and not about.sizes


def decide(claim: Claim, _deadline: float) -> Answer | None:
    """Whether a claim without names holds.

    Returns:
        PROVED or FALSE; None if names or givens occur, if a side has no value, or if it cannot be told.

    Example:
        >>> from thalweg.calculus.meaning import Scope, understand
        >>> decide(Claim(understand("exp(1) < 3", Scope(is_open=True)).expr), 0.0).how
        'both sides were worked out in interval arithmetic to 50 digits'
    """
    about = question(claim)
    if about is None or not is_constant(about) or about.givens:
        return None
    for field, certified in ((RATIONALS, "exactly"), (INTERVALS, ENCLOSED)):
        try:
            told = holds(about.statement, {}, {}, field)
        except (Undefined, Inexact, OverflowError):
            continue
        if told:
            return Answer(Verdict.PROVED, f"both sides were worked out {certified}")
        if told is False:
            shown = counterexample(about, Case(about.plan, {}, {}, {}))
            return Answer(Verdict.FALSE, f"worked out {shown.certified}", counterexample=shown)
    return None
