"""Cases on the boundary of a comparison and just beyond it, where errors of measure zero hide: `<` for `<=`, a bound too small.

A comparison is solved for a name where `solving` can; otherwise one entry is moved along a line until both sides agree.
"""

from collections.abc import Iterator

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from thalweg.calculus import numeric
from thalweg.calculus.algebra import plus
from thalweg.calculus.nodes import Expr, symbols
from thalweg.claims.hunt.plans import CONTINUOUS, FIXED, Plan, planned
from thalweg.claims.hunt.prepared import Question
from thalweg.claims.hunt.samples import Values, completed
from thalweg.claims.hunt.solving import auxiliary, occurrences, solutions
from thalweg.claims.nouns import name_of

_STEPS = 6
_MOST_PLANS = 2  # for one comparison
_SHAPED = FIXED | {"symmetric", "psd", "pd"}  # traits that a solution of an equation has not


def boundary_plans(question: Question) -> Iterator[Plan]:
    """Plans whose cases lie on a boundary or beyond it, solved for one name or another.

    Args:
        question: The claim.

    Yields:
        Up to two plans for each inequality of the statement and for each given `<=`.
    """
    for part in comparisons(question.statement):
        if part.value != "=":
            yield from _plans_on(part, question, is_beyond=part.value != "!=")
    for given in question.givens:
        if given.op == "compare" and given.value in ("<=", ">="):
            yield from _plans_on(given, question, is_beyond=False)


def comparisons(statement: Expr) -> Iterator[Expr]:
    """The comparisons that a statement is made of, but for those under `forall`."""
    if statement.op == "compare":
        yield statement
    elif statement.op != "forall":
        for arg in statement.args:
            yield from comparisons(arg)


def _plans_on(part: Expr, question: Question, is_beyond: bool) -> Iterator[Plan]:
    """Plans that make both sides of a comparison equal, or the one that should be smaller larger by a gap."""
    small, large = part.args if part.value in ("<", "<=", "!=") else part.args[::-1]
    made = {name for name, _ in question.plan.defined}
    count = 0
    for name in question.names:
        is_bound = not is_beyond and name in made and name in part.args
        if count == _MOST_PLANS or not occurrences(part, name) or is_bound or name.value.traits & _SHAPED:
            continue
        gap = auxiliary(name, "gap" if part.value in ("<=", ">=") else "beyond", small.shape)
        target = plus([large, gap], large.shape) if is_beyond else large
        for found in solutions(small, target, name):
            if name not in symbols(found.expr).values():
                count += 1
                yield planned(question.names, question.givens, {name: found.expr})


def has_edges(statement: Expr) -> bool:
    """Whether something in a statement can fail where two sides agree and nowhere else."""
    if statement.op in ("iff", "not", "implies"):
        return True
    return any(part.value in ("<", ">", "!=") for part in comparisons(statement))


def moved_onto(
    part: Expr, plan: Plan, values: Values, sizes: dict[str, int], rng: np.random.Generator
) -> Values | None:
    """Cases in which one entry of one name was moved, by the secant method, until both sides of a comparison agree.

    Args:
        part: The comparison, of scalars.
        plan: How cases are made.
        values: Cases as they were drawn.
        sizes: The sizes.
        rng: Which entry is moved is random.

    Returns:
        The cases; those for which the method did not converge are anywhere. None if nothing can be moved.
    """
    free = [name_of(one.node) for one in plan.free if one.pattern in CONTINUOUS and "integer" not in one.numbers]
    if not free:
        return None
    name = free[int(rng.integers(0, len(free)))]
    rows, columns = values[name].shape[-2:]
    place = int(rng.integers(0, rows)), int(rng.integers(0, columns))

    def off(entry: Float[Tensor, " b"]) -> Float[Tensor, " b"]:
        """The difference of both sides with this entry."""
        array = values[name].clone()
        array[:, place[0], place[1]] = entry
        made = completed(plan, {**values, name: array}, sizes)
        left, right = (numeric.evaluate(side, made, sizes) for side in part.args)
        return (left - right)[..., 0, 0].expand(len(entry))

    before = values[name][:, place[0], place[1]]
    here = before + 0.5
    old, new = off(before), off(here)
    for _ in range(_STEPS):
        step = (new * (here - before) / (new - old)).nan_to_num(0.0, 0.0, 0.0)
        before, here, old = here, here - step, new
        new = off(here)
    array = values[name].clone()
    array[:, place[0], place[1]] = torch.where(here.abs() < 1e6, here, before)
    return {**values, name: array}


def rounded(values: Values) -> Values:
    """Cases with entries that are nearly whole multiples of small fractions made exactly so."""
    result = {}
    for name, value in values.items():
        twelfths = (value * 2520).round() / 2520
        result[name] = torch.where((value - twelfths).abs() < 1e-7, twelfths, value)
    return result
