"""A batch of cases put to the test: floats point to suspects, the simplest suspects are worked out exactly.

Which batches are worth trying is for `search`; where exactness comes from, `certify`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from thalweg.claims import clock
from thalweg.claims.hunt.certify import Case, is_unclear, refutation
from thalweg.claims.hunt.looks import doubt, excess, fitting, look
from thalweg.claims.hunt.plans import Plan
from thalweg.claims.hunt.prepared import Question
from thalweg.claims.hunt.samples import Exact, Values, completed, entries, picked
from thalweg.claims.nouns import name_of

_MOST_SUSPECTS = 8
_FEW_SUSPECTS = 3  # where a name has more than a hundred entries, or where they are not broken in floats
_LARGE = 100
_LONGEST = 300  # letters of a case that is printed
_LADDER = (1, 2, 6, 20, 1000, 10**6)
_SMALL_DENOMINATOR = 10_000
_GROSS = 1e-3  # relative to the sides: more than rounding


@dataclass
class Hunt:
    """A search that is under way.

    Attributes:
        question: The claim.
        deadline: When to stop, by `clock.now`.
        rng: Where randomness comes from.
        counted: In how many cases the statement held.
        largest: The largest size among them.
        unclear: A case in which the statement fails in floats, but not for certain; empty if there was none.
    """

    question: Question
    deadline: float
    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(0))
    counted: int = 0
    largest: int = 1
    unclear: str = ""

    @property
    def is_over(self) -> bool:
        """Whether time is up."""
        return clock.now() > self.deadline


@dataclass(frozen=True)
class Batch:
    """Cases that are tried together.

    Attributes:
        plan: How they are made.
        sizes: Their sizes.
        values: What was drawn.
        is_exact: Whether that are small rational numbers.
        near: How far from broken a case may be in floats to be looked at exactly; 0 for none but broken ones.
    """

    plan: Plan
    sizes: dict[str, int]
    values: Values
    is_exact: bool
    near: float = 0.0


def examined(hunt: Hunt, batch: Batch) -> Case | None:
    """A counterexample among a batch of cases.

    Args:
        hunt: The search; the cases in which the statement held are counted in it.
        batch: The cases.

    Returns:
        The simplest counterexample that was certified, if there was one.
    """
    try:
        everything = completed(batch.plan, batch.values, batch.sizes)
        fit, broken = _seen(hunt.question, everything, batch)
    except torch.linalg.LinAlgError:  # a decomposition that did not converge
        return None
    held = int((fit & ~broken).sum())
    hunt.counted += held
    if held:
        hunt.largest = max(hunt.largest, *batch.sizes.values(), 1)
    suspects = torch.atleast_1d(fit & broken).nonzero().flatten().tolist()
    return _certified(hunt, batch, everything, suspects) if suspects else None


def _seen(question: Question, values: Values, batch: Batch) -> tuple[Bool[Tensor, "..."], Bool[Tensor, "..."]]:
    """Which cases may satisfy what is assumed, and in which of them the statement may be broken."""
    doubted = doubt(values, batch.is_exact)
    seen = look(question.statement, values, batch.sizes, doubted)
    fit, broken = seen.defined, seen.broken
    strictly = doubt(values, batch.is_exact, degree=1)  # what hardly satisfies a given is no case
    traits = fitting(question.names, values)
    fit = fit if traits is None else fit & traits
    for given in question.givens:
        assumed = look(given, values, batch.sizes, strictly)
        fit = fit & assumed.kept & assumed.defined
    gain = excess(question.statement, values, batch.sizes) if batch.near else None
    return fit, broken if gain is None else broken | (gain > -batch.near)


def _certified(hunt: Hunt, batch: Batch, everything: Values, suspects: Sequence[int]) -> Case | None:
    """The first of the suspects, the simplest first, that is a counterexample for certain."""
    names = [name_of(name) for name in hunt.question.names]
    costs = sum((_costs(everything[name]) for name in names), np.zeros(1))
    ordered = sorted(suspects, key=lambda place: costs[place if len(costs) > 1 else 0])
    is_small = entries(hunt.question.names, batch.sizes) <= _LARGE and not batch.near
    few = _MOST_SUSPECTS if is_small else _FEW_SUSPECTS
    for place in ordered[:few]:
        tried: list[Exact] = []
        for free in _as_fractions(batch, place):
            tried.append(free)
            if hunt.is_over:
                hunt.unclear = hunt.unclear or _shown(hunt.question, everything, place)
                return None
            found = refutation(hunt.question, batch.plan, free, batch.sizes)
            if found is not None:
                return found
        if not hunt.unclear and tried and _is_unclear(hunt.question, batch, tried[-2:], everything, place):
            hunt.unclear = _shown(hunt.question, everything, place)
    return None


def _as_fractions(batch: Batch, place: int) -> Iterator[Exact]:
    """A case in fractions: as it is if it is exact, otherwise with larger and larger denominators."""
    values = {name: value[place : place + 1] for name, value in batch.values.items()}
    if all(bool(value.isfinite().all()) for value in values.values()):
        for largest in (_SMALL_DENOMINATOR,) if batch.is_exact else _LADDER:
            yield picked(values, 0, values, largest)


def _costs(values: Float[Tensor, "..."]) -> np.ndarray:
    """How complicated a name's values are, case by case."""
    array = np.minimum(np.abs(values.nan_to_num().numpy()), 1e9)
    return (np.where(array > 1, 1 + array, array) + 3.0 * (array % 1 != 0)).sum((-2, -1))


def _is_unclear(question: Question, batch: Batch, tried: Sequence[Exact], everything: Values, place: int) -> bool:
    """Whether a suspect breaks the statement by far in floats, and no exact look at fractions near it could clear it."""
    case = {name: value[place : place + 1] for name, value in everything.items()}
    by_far = look(question.statement, case, batch.sizes, doubt(case, batch.is_exact, _GROSS))
    is_gross = bool((by_far.broken & by_far.defined).any())
    return all(is_unclear(question, batch.plan, free, batch.sizes, batch.is_exact, is_gross) for free in tried)


def _shown(question: Question, values: Values, place: int) -> str:
    """A case of a batch, as it is printed, cut off where it is long."""
    names = [name_of(name) for name in question.names]
    said = ", ".join(f"{name} = {_floats_shown(values[name][place])}" for name in names)
    return said if len(said) <= _LONGEST else f"{said[:_LONGEST]} ..."


def _floats_shown(value: Float[Tensor, "r c"]) -> str:
    """A matrix of floats as it is printed."""
    rows = [" ".join(f"{entry + 0.0:.6g}" for entry in row) for row in value.tolist()]
    return rows[0] if value.numel() == 1 else f"[{'; '.join(rows)}]"
