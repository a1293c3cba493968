"""The hunt for counterexamples: small exact cases, floats of many scales, boundaries, gradient ascent; then shrinking.

Floats only point to suspects; FALSE is said of a case that `certify` worked out exactly. What was searched in vain is
PASSED, with the number of cases, and never more than that.
"""

from collections.abc import Sequence
from dataclasses import replace
from math import floor

from thalweg.claims.hunt.ascent import ascended
from thalweg.claims.hunt.boundaries import boundary_plans, comparisons, has_edges, moved_onto, rounded
from thalweg.claims.hunt.certify import Case
from thalweg.claims.hunt.constants import is_constant
from thalweg.claims.hunt.contradictions import contradiction
from thalweg.claims.hunt.counterexamples import counterexample
from thalweg.claims.hunt.crossings import crossing
from thalweg.claims.hunt.plans import Plan
from thalweg.claims.hunt.prepared import Question, question
from thalweg.claims.hunt.samples import drawn, plain, size_choices, wide
from thalweg.claims.hunt.shrink import shrink
from thalweg.claims.hunt.trials import Batch, Hunt, examined
from thalweg.claims.nouns import Answer, Claim, Verdict

_BATCH = 48
_CASES = 480  # of the first stage, in all
_RARE, _WIDE = 40 * _BATCH, 4000
_TIE = 1e-9
_MOST_EDGES = 2  # comparisons onto whose boundary cases are moved
_LARGEST_PLAIN = 40  # size of cases of ones and identities
_LARGE_SIZES = (7, 20, 100, 1000)  # of claims about numbers and sizes alone


def refute(claim: Claim, deadline: float) -> Answer | None:
    """A quick look for a counterexample among small exact cases.

    Args:
        claim: The claim.
        deadline: When to stop, by `clock.now`.

    Returns:
        FALSE with a counterexample, or None.

    Example:
        >>> from thalweg.claims import clock
        >>> from thalweg.calculus.meaning import Scope, understand
        >>> statement = understand("||x + y||^2 = ||x||^2 + ||y||^2", Scope(is_open=True)).expr
        >>> str(refute(Claim(statement), clock.now() + 1).counterexample)
        'x = 1, y = 1: the left side is 4, the right side 2'
    """
    made = question(claim)
    if made is None:
        return None
    hunt = Hunt(made, deadline)
    found = _small_cases(hunt, 2, 6)
    return None if found is None else _refuted(hunt, found)


def search(claim: Claim, deadline: float) -> Answer | None:
    """The whole hunt for a counterexample.

    Args:
        claim: The claim.
        deadline: When to stop, by `clock.now`.

    Returns:
        FALSE with the smallest counterexample found; PASSED with the number of cases in which it held; VACUOUS if givens
        contradict each other; UNDECIDED if no case was found that satisfies them, or if a case fails in floats that could
        not be certified. None if the claim asks for something that has no value, such as a limit.

    Example:
        >>> from thalweg.claims import clock
        >>> from thalweg.calculus.meaning import Scope, understand
        >>> statement = understand("||x + y|| <= ||x|| + ||y||", Scope(is_open=True)).expr
        >>> search(Claim(statement), clock.now() + 1).verdict.word
        'PASSED'
    """
    made = question(claim)
    if made is None:
        return None
    clash = contradiction(made)
    if clash:
        return Answer(Verdict.VACUOUS, clash)
    hunt = Hunt(made, deadline)
    for stage in (
        _small_exact_cases,
        _scaled_cases,
        _boundary_cases,
        _plain_cases,
        _ascended_cases,
        _wide_cases,
        _rare_cases,
    ):
        found = None if hunt.is_over else stage(hunt)
        if found is not None:
            return _refuted(hunt, found)
    met = crossing(hunt)
    if met is not None:
        words = "both sides are equal at a case that begins with these digits"
        shown = replace(counterexample(made, met), left=None, right=None, relation=words)
        return Answer(Verdict.FALSE, "the two sides cross, told in interval arithmetic", counterexample=shown)
    return _not_refuted(hunt)


def _refuted(hunt: Hunt, found: Case) -> Answer:
    """The answer that a counterexample gives, after it was made small."""
    small = shrink(hunt.question, found, hunt.deadline)
    shown = counterexample(hunt.question, small)
    return Answer(Verdict.FALSE, f"by a counterexample, worked out {shown.certified}", counterexample=shown)


def _not_refuted(hunt: Hunt) -> Answer:
    """The answer if no counterexample was found."""
    if hunt.unclear:
        return Answer(Verdict.UNDECIDED, f"seems to fail at {hunt.unclear}; that could not be certified")
    if not hunt.counted and is_constant(hunt.question):
        return Answer(Verdict.UNDECIDED, "its numbers are too large, or too near each other, to be worked out")
    if not hunt.counted:
        return Answer(Verdict.UNDECIDED, "no case was found that satisfies the givens")
    sizes = f", sizes up to {hunt.largest}" if hunt.question.sizes else ""
    return Answer(Verdict.PASSED, f"held in {hunt.counted} cases, exact and float{sizes}", samples=hunt.counted)


def _tried(
    hunt: Hunt, choices: Sequence[dict[str, int]], count: int, is_exact: bool, plan: Plan | None = None
) -> Case | None:
    """A counterexample among cases of these sizes, so many of each."""
    plan = plan or hunt.question.plan
    for sizes in choices:
        if hunt.is_over:
            return None
        values = drawn(plan, sizes, count, hunt.rng, is_exact)
        found = examined(hunt, Batch(plan, sizes, values, is_exact))
        if found is not None:
            return found
    return None


def _small_cases(hunt: Hunt, largest: int, most: int) -> Case | None:
    """A counterexample among cases of small rational numbers, small sizes first."""
    choices = size_choices(hunt.question, largest)[:most]
    return _tried(hunt, choices, max(_BATCH, _CASES // max(len(choices), 1)), is_exact=True)


def _small_exact_cases(hunt: Hunt) -> Case | None:
    """The first stage: sizes up to 3; where equations were solved, also cases that were drawn without, as `0 x = 0 y`."""
    found = _small_cases(hunt, 3, 12)
    plain = hunt.question.unsolved
    if found is None and not hunt.question.plan.is_whole:
        return _tried(hunt, size_choices(hunt.question, 2)[:3], 2 * _BATCH, is_exact=True, plan=plain)
    return found


def _scaled_cases(hunt: Hunt) -> Case | None:
    """The second stage: floats of many scales, sizes up to 5; of claims about numbers alone, large sizes too."""
    choices = size_choices(hunt.question, 5)
    chosen = [choices[place] for place in hunt.rng.permutation(len(choices))[:5]]
    if hunt.question.sizes and _is_of_numbers(hunt.question):
        large = [dict.fromkeys(hunt.question.sizes, size) for size in _LARGE_SIZES]
        chosen += [sizes for sizes in large if all(a.at(sizes) >= b.at(sizes) for a, b in hunt.question.size_givens)]
    return _tried(hunt, chosen, _BATCH, is_exact=False)


def _wide_cases(hunt: Hunt) -> Case | None:
    """Of claims about numbers alone, numbers of very different sizes; what only seems to fail there is no doubt."""
    if hunt.question.sizes or not _is_of_numbers(hunt.question):
        return None
    unclear, plan = hunt.unclear, hunt.question.plan
    found = examined(hunt, Batch(plan, {}, wide(plan, _WIDE, hunt.rng), is_exact=False))
    hunt.unclear = unclear
    return found


def _is_of_numbers(about: Question) -> bool:
    """Whether there are no matrices in it."""
    return all(node.is_scalar for part in (about.statement, *about.givens) for node in part.walk())


def _boundary_cases(hunt: Hunt) -> Case | None:
    """The third stage: cases on the boundary of the statement and of the givens."""
    choices = size_choices(hunt.question, 2)
    if not choices:
        return None
    for plan in boundary_plans(hunt.question):
        for sizes in {0: choices[0], len(choices) - 1: choices[-1]}.values():
            values = drawn(plan, sizes, _BATCH, hunt.rng, is_exact=True)
            found = None if hunt.is_over else examined(hunt, Batch(plan, sizes, values, is_exact=True, near=_TIE))
            if found is not None:
                return found
    return _moved_cases(hunt, choices[len(choices) // 2]) if has_edges(hunt.question.statement) else None


def _plain_cases(hunt: Hunt) -> Case | None:
    """Ones and identities of larger sizes: where a bound does not grow with the sizes as it should."""
    plan = hunt.question.plan
    for sizes in _larger_sizes(hunt.question):
        batch = Batch(plan, sizes, plain(plan, sizes), is_exact=True)
        found = None if hunt.is_over else examined(hunt, batch)
        if found is not None:
            return found
    return None


def _larger_sizes(about: Question) -> list[dict[str, int]]:
    """Sizes of which the largest are 6, 12, 24 and one more than a number in the claim, as the givens allow."""
    nodes = [node for part in (about.statement, *about.givens) for node in part.walk() if node.op == "number"]
    own = sorted({floor(abs(node.value)) + 1 for node in nodes} & {*range(4, _LARGEST_PLAIN + 1)})
    result = []
    for size in dict.fromkeys((6, 12, 24, *own[:2])) if about.sizes else []:
        equal = dict.fromkeys(about.sizes, size)
        choices = [equal, *({**equal, name: size + 1} for name in about.sizes)]
        fit = [sizes for sizes in choices if all(a.at(sizes) >= b.at(sizes) for a, b in about.size_givens)]
        result += fit[:1]
    return result


def _moved_cases(hunt: Hunt, sizes: dict[str, int]) -> Case | None:
    """Cases that are moved onto a boundary."""
    plan = hunt.question.plan
    edges = [part for part in comparisons(hunt.question.statement) if part.value != "=" and part.args[0].is_scalar]
    for part in edges[:_MOST_EDGES]:
        values = drawn(plan, sizes, _BATCH, hunt.rng, is_exact=True)
        moved = None if hunt.is_over else moved_onto(part, plan, values, sizes, hunt.rng)
        found = None if moved is None else examined(hunt, Batch(plan, sizes, rounded(moved), is_exact=True))
        if found is not None:
            return found
    return None


def _ascended_cases(hunt: Hunt) -> Case | None:
    """The fourth stage: from random cases uphill on the violation."""
    return ascended(hunt, size_choices(hunt.question, 3))


def _rare_cases(hunt: Hunt) -> Case | None:
    """The last stage, where few cases satisfy the givens: many more."""
    for largest in (1, 2, 3):
        if hunt.counted >= _BATCH:
            return None
        found = _tried(hunt, size_choices(hunt.question, largest)[-4:], _RARE, is_exact=True)
        if found is not None:
            return found
    return None
