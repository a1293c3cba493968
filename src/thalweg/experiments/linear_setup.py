"""What the experiments on linear problems share: scales, seeded data, what runs say of limits, and answers held together."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from thalweg.descent import path, run
from thalweg.draw.wording import counted, said
from thalweg.linearization import linearize
from thalweg.modes import best_lr, linear_path, step_factors, steps_to
from thalweg.problem import Problem
from thalweg.progress import Report

MOST_STEPS = 20_000
PROBE_STEPS = 200  # Steps after which a run near the limit has clearly grown or shrunk.


def scale(word: str, n: int) -> float:
    """The loss's scale c: 1 half sum, 2 sum, 1/n half mean, 2/n mean.

    Example:
        >>> scale("mean", 4)
        0.5
    """
    return (1.0 if word.startswith("half") else 2.0) / (n if word.endswith("mean") else 1)


def other_half(word: str) -> str:
    """The same loss with its half put on, or taken off.

    Example:
        >>> other_half("half-mean"), other_half("sum")
        ('mean', 'half-sum')
    """
    return word.removeprefix("half-") if word.startswith("half-") else f"half-{word}"


def chance(seed: int) -> torch.Generator:
    """A source of chance that depends on the seed alone."""
    return torch.Generator().manual_seed(seed)


def normal(generator: torch.Generator, *shape: int) -> Tensor:
    """Standard normal numbers in float64."""
    return torch.randn(shape, generator=generator, dtype=torch.float64)


def real(*values: float) -> Float[Tensor, " n"]:
    """Numbers in float64, whatever the default is."""
    return torch.tensor(values, dtype=torch.float64)


def numbered(values: Tensor, name: str = "sigma") -> list[str]:
    """What modes are called: by their singular value.

    Example:
        >>> numbered(torch.tensor([2.0, 0.5]))
        ['sigma = 2', 'sigma = 0.5']
    """
    return [f"{name} = {float(value):.4g}" for value in values]


def named(sigma: Float[Tensor, " r"]) -> list[str]:
    """What modes are called on a page: by their singular value.

    Example:
        >>> named(torch.tensor([2.0, 1e-6]))
        ['σ = 2', 'σ = 10⁻⁶']
    """
    return [f"σ = {said(value)}" for value in sigma]


def listed(values: Float[Tensor, " n"], digits: int = 3, most: int = 12) -> str:
    """Numbers one after the other, as a sentence has them; of many the first ones.

    Args:
        values: The numbers.
        digits: How many digits of each count.
        most: How many of them are told.

    Returns:
        The words; an ellipsis stands for the others.

    Example:
        >>> listed(torch.tensor([3.0, 0.12345])), listed(torch.arange(9.0), most=2)
        ('3, 0.123', '0, 1, …')
    """
    return ", ".join(said(value, digits) for value in values[:most]) + ", …" * (len(values) > most)


def lasting(left: float, steps: int, what: str = "error") -> str:
    """What becomes of the mode that a step leaves most of, in words.

    Args:
        left: What a step leaves of it, in size.
        steps: How many steps are made.
        what: What it is that is left.

    Example:
        >>> lasting(0.5, 10)
        'the slowest mode keeps 0.5 of its error a step, 9.8×10⁻⁴ in 10 steps'
        >>> lasting(2.0, 5), lasting(1.000_02, 100)
        ('a mode grows 2 times a step, 32 times in 5 steps', 'a mode grows 1.00002 times a step, 1.002 times in 100 steps')
    """
    off = abs(left - 1)
    digits = 4 if off > 5e-4 or not off else min(12, 1 + math.ceil(-math.log10(off)))
    if off < 1e-12:
        return f"a mode keeps all of its {what}, or swings for ever"
    now, then = said(left, digits), real(left)[0] ** steps
    if left > 1:
        return f"a mode grows {now} times a step, {said(then, digits)} times in {counted(steps, 'step')}"
    return f"the slowest mode keeps {now} of its {what} a step, {said(then, 2)} in {counted(steps, 'step')}"


def measured_limit(problem: Problem, minimum: Float[Tensor, " d"], guess: float) -> float:
    """The largest learning rate that holds a minimum, by runs alone: 200 steps from beside it, gradients grow or shrink.

    Args:
        problem: The problem.
        minimum: Its minimum.
        guess: Within a factor of 2 of the answer.

    Returns:
        The learning rate, to about 1e-4 of itself.
    """
    beside = minimum + 1e-3 * (1 + minimum.norm()) * normal(chance(0), len(minimum)).to(minimum.dtype)
    low, high = guess / 2, guess * 2
    for _ in range(3):
        rates = torch.linspace(low, high, 33, dtype=minimum.dtype)
        starts = beside.expand(33, -1)
        half = run(problem, lr=rates, starts=starts, steps=PROBE_STEPS // 2, keep=2, choice="eager")
        whole = run(problem, lr=rates, starts=half.final, steps=PROBE_STEPS // 2, keep=2, choice="eager")
        first, middle, last = (g.norm(dim=1) for g in (half.gradient[0], whole.gradient[0], whole.gradient[-1]))
        stable = (last <= middle) | (last < 1e-9 * first)  # What has arrived grows and shrinks by rounding only.
        held = int(stable.long().cumprod(0).sum()) - 1
        low, high = float(rates[max(held, 0)]), float(rates[min(held + 1, 32)])
    return (low + high) / 2


def measured_best(problem: Problem, minimum: Float[Tensor, " d"], Vh: Float[Tensor, "r d"], limit: float) -> float:
    """The learning rate whose slowest mode was fastest, by runs alone: two steps with every rate of ever finer sets.

    Args:
        problem: The problem.
        minimum: Its minimum.
        Vh: Its modes, one row each.
        limit: A learning rate that is surely larger.

    Returns:
        The learning rate, to about 1e-5 of the limit.
    """
    start = (minimum + (1 + minimum.norm()) * Vh.sum(0)).unsqueeze(0)
    low, high = 0.0, limit
    for _ in range(5):
        rates = torch.linspace(low, high, 35, dtype=minimum.dtype)[1:-1]
        ended = run(problem, lr=rates, starts=start.expand(33, -1), steps=2, keep=2, choice="eager").final
        left = ((ended - minimum) @ Vh.T).abs().amax(1)
        best = float(rates[int(left.argmin())])
        width = (high - low) / 34
        low, high = best - width, best + width
    return (low + high) / 2


def apart(w: Tensor, reference: Tensor) -> float:
    """How far weights are from others, beside the size of those."""
    return float((w - reference).norm() / reference.norm())


def off(measured: Tensor, theory: Tensor) -> float:
    """How far a run is from its forecast at most, over all moments and weights, beside its largest weight."""
    return float((measured - theory).abs().max() / measured.abs().max())


@dataclass(frozen=True)
class Descent:
    """Descent on a linear problem, and where its modes should have it at the same steps."""

    steps: int
    t: Int[Tensor, " t"]
    w: Float[Tensor, "t d"]
    theory: Float[Tensor, "t d"]


def descend(problem: Problem, curvature: Float[Tensor, " r"], left: float, report: Report) -> Descent:
    """Descend at the best rate until the modes of these curvatures leave so little of their errors, if steps permit."""
    lr = best_lr(curvature)
    needed = float(steps_to(step_factors(curvature, real(lr)[0]), left).max())
    steps = int(min(max(needed, 2), MOST_STEPS))
    t, w = path(run(problem, lr=lr, steps=steps, report=report))
    return Descent(steps, t, w, linear_path(linearize(problem), lr, t))


def largest_difference(answers: dict[str, Tensor], reference: Tensor) -> tuple[str, float]:
    """Which of several answers is farthest from a reference, and how far beside its size."""
    far = {name: apart(w, reference) for name, w in answers.items()}
    worst = max(far, key=lambda name: far[name])
    return worst, far[worst]


def agreement(answers: dict[str, Tensor]) -> Float[Tensor, "p p"]:
    """How far each answer is from each other, beside their size."""
    w = torch.stack(list(answers.values()))
    return torch.cdist(w, w) / w.norm(dim=1).mean()


def refused(question: Callable[[], object]) -> str:
    """What somebody was told who asked what has no answer; empty if there was one."""
    try:
        question()
    except (ValueError, torch.linalg.LinAlgError) as error:
        return str(error)
    return ""
