"""Gradient ascent on the violation of an inequality, from random cases; each step puts the patterns of the names on again."""

from collections.abc import Mapping, Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from thalweg.calculus.nodes import Expr
from thalweg.claims.hunt.boundaries import comparisons
from thalweg.claims.hunt.certify import Case
from thalweg.claims.hunt.looks import excess
from thalweg.claims.hunt.plans import CONTINUOUS, Free
from thalweg.claims.hunt.prepared import Question
from thalweg.claims.hunt.samples import Values, completed, drawn, limited, tied
from thalweg.claims.hunt.trials import Batch, Hunt, examined
from thalweg.claims.nouns import name_of

_STARTS, _CASES = 240, 16  # how many are drawn, and how many of them climb
_STEPS = 8
_POLISHING, _CLOSE = 8, 0.05
_RATE, _SHRINKING = 0.4, 0.7  # of the length of a step, relative to the entries, and how it goes down
_PRICE = 10.0  # of breaking a given
_NEAR = 1e-2


def ascended(hunt: Hunt, choices: Sequence[dict[str, int]]) -> Case | None:
    """A counterexample at the end of some steps uphill.

    Args:
        hunt: The search.
        choices: Sizes to choose from.

    Returns:
        The counterexample, if one was certified; None also where there is no slope to climb.
    """
    if not choices or not _has_slope(hunt.question.statement):
        return None
    sizes, plan = choices[len(choices) // 2], hunt.question.plan
    values = _best(hunt.question, drawn(plan, sizes, _STARTS, hunt.rng, is_exact=False), sizes)
    means = {name: torch.zeros_like(value) for name, value in values.items()}
    for step in range(_STEPS):
        slopes = None if hunt.is_over else _slopes(hunt.question, values, sizes)
        if slopes is None:
            break
        for part in plan.free:
            name = name_of(part.node)
            if part.pattern in CONTINUOUS and slopes.get(name) is not None:
                means[name] = 0.5 * means[name] + 0.5 * slopes[name].nan_to_num(0.0, 0.0, 0.0)
                values[name] = _stepped(values[name], means[name], _RATE * _SHRINKING**step, part)
    if not any(part.value in ("<", ">", "!=") for part in comparisons(hunt.question.statement)):
        return examined(hunt, Batch(plan, sizes, values, is_exact=False))
    values = _polished(hunt, values, sizes)
    return examined(hunt, Batch(plan, sizes, values, is_exact=False, near=_NEAR))


def _polished(hunt: Hunt, values: Values, sizes: dict[str, int]) -> Values:
    """Values after some steps of Newton's method towards where both sides agree; at a double zero each step halves."""
    for _ in range(_POLISHING):
        leaves = {name: value.detach().requires_grad_() for name, value in values.items()}
        gain = excess(hunt.question.statement, completed(hunt.question.plan, leaves, sizes), sizes)
        if gain is None or not gain.requires_grad or hunt.is_over or not (gain > -_CLOSE).any():
            break
        found = torch.autograd.grad(gain.nan_to_num().sum(), list(leaves.values()), allow_unused=True)
        slopes = {
            name: slope.nan_to_num(0.0, 0.0, 0.0)
            for name, slope in zip(leaves, found, strict=True)
            if slope is not None
        }
        steep = sum(slope.square().sum((-2, -1)) for slope in slopes.values()) + 1e-300
        for part in hunt.question.plan.free:
            name = name_of(part.node)
            if part.pattern in CONTINUOUS and name in slopes:
                moved = values[name] - (gain.detach().clamp_max(0.0) / steep)[..., None, None] * slopes[name]
                values = {**values, name: _fitted(moved, part)}
    return values


def _has_slope(statement: Expr) -> bool:
    """Whether a statement is made of inequalities only."""
    if statement.op == "compare":
        return statement.value != "="
    return statement.op in ("and", "or") and all(_has_slope(arg) for arg in statement.args)


def _best(question: Question, values: Values, sizes: Mapping[str, int]) -> Values:
    """The cases that are nearest to a counterexample."""
    gain = _gain(question, values, sizes)
    if gain is None or not values or gain.shape != (len(next(iter(values.values()))),):
        return values
    order = gain.nan_to_num(-torch.inf).argsort(descending=True)[:_CASES]
    return {name: value[order] for name, value in values.items()}


def _gain(question: Question, values: Values, sizes: Mapping[str, int]) -> Float[Tensor, "*batch"] | None:
    """What is climbed: how much the statement is broken, less what breaking the givens costs."""
    made = completed(question.plan, values, sizes)
    gain = excess(question.statement, made, sizes)
    for given in question.givens:
        price = excess(given, made, sizes)
        if gain is not None and price is not None:
            gain = gain - _PRICE * price.clamp_min(0.0)
    return gain


def _slopes(question: Question, values: Values, sizes: Mapping[str, int]) -> dict[str, Tensor] | None:
    """The derivatives of what is climbed; None where there are none."""
    leaves = {name: value.detach().requires_grad_() for name, value in values.items()}
    gain = _gain(question, leaves, sizes)
    if gain is None or not gain.requires_grad:
        return None
    found = torch.autograd.grad(gain.nan_to_num().sum(), list(leaves.values()), allow_unused=True)
    return {name: slope for name, slope in zip(leaves, found, strict=True) if slope is not None}


def _stepped(value: Float[Tensor, "b r c"], slope: Float[Tensor, "b r c"], rate: float, part: Free) -> Tensor:
    """Values after a step uphill."""
    length = slope.square().mean((-2, -1), keepdim=True).sqrt() + 1e-12
    return _fitted(value + rate * slope / length * (value.abs().mean((-2, -1), keepdim=True) + 0.3), part)


def _fitted(moved: Float[Tensor, "b r c"], part: Free) -> Tensor:
    """Values with the pattern of their name put on again."""
    if part.pattern == "part":
        return moved.clamp(0.0, 1.0)
    return torch.from_numpy(limited(tied(moved.detach().numpy(), part.pattern), part.numbers))
