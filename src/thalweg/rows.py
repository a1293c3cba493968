"""What the rows of a run begin with: starts, learning rates, data of their own, and where their chance comes from.

Everything here is checked at the door of `run` and `predict`; the loop looks at no value twice.
"""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from thalweg.engine import Fixed, Noise, rows_of
from thalweg.problem import Problem
from thalweg.rules import minibatches

MOST_KEPT = 2**27  # Numbers that a history, or the noise of a step, may hold: 1 GiB in float64.
BLOCK = 2**23  # Point numbers that are drawn at once, at most.


def starts_and_rates(
    function: str, problems: tuple[Problem, ...], lr: float | Tensor, starts: Tensor | None
) -> tuple[Float[Tensor, "b d"], Float[Tensor, " b"]]:
    """Starts and learning rates of every row, each repeated where there is one for all.

    Args:
        function: Who asks, for the refusals.
        problems: One for all rows, or one for each.
        lr: One for all rows, or one for each.
        starts: One for all rows, or one for each; the problems' own if it is not given.

    Returns:
        As many starts as learning rates.

    Raises:
        ValueError: If a number is out of its range, or their counts do not match.

    Example:
        >>> from thalweg import losses
        >>> problem = Problem(lambda w, X: X @ w, torch.eye(1), torch.ones(1), torch.zeros(1), losses.squared())
        >>> starts_and_rates("run", (problem,), torch.tensor([0.5, 1.0]), None)
        (tensor([[0.],
                [0.]]), tensor([0.5000, 1.0000]))
    """
    own = torch.stack([p.start for p in problems])
    starts = own if starts is None else starts
    if starts.shape[1] != own.shape[1] or not starts.isfinite().all():
        raise ValueError(
            f"{function}: need finite starts of {own.shape[1]} parameters, got shape {tuple(starts.shape)}"
        )
    rates = torch.as_tensor(lr, dtype=starts.dtype, device=starts.device).reshape(-1)
    if rates.numel() == 0 or not ((rates > 0) & rates.isfinite()).all():
        raise ValueError(f"{function}: need positive, finite learning rates, got {rates.tolist()[:5]}")
    sizes = {len(problems), len(starts), len(rates)} - {1}
    if len(sizes) > 1:
        raise ValueError(f"{function}: need as many starts as learning rates and problems, got {sorted(sizes)}")
    if (starts <= problems[0].lower).any():
        raise ValueError(f"{function}: need starts above {problems[0].lower:g}, got {starts.min():g}")
    b = max(sizes, default=1)
    return starts.expand(b, -1).contiguous(), rates.expand(b).contiguous()


def stacked_data(problems: tuple[Problem, ...]) -> tuple[Tensor, Tensor, bool]:
    """Inputs and targets, with the rows as leading axis where every row has its own, and whether that is so.

    Raises:
        ValueError: If problems differ in more than the numbers of their data.

    Example:
        >>> from thalweg import losses
        >>> problem = Problem(lambda w, X: X @ w, torch.eye(1), torch.ones(1), torch.zeros(1), losses.squared())
        >>> stacked_data((problem, problem))
        (tensor([[[1.]],
                [[1.]]]), tensor([[1.],
                [1.]]), True)
    """
    first = problems[0]
    if len(problems) == 1:
        return first.X, first.y, False
    for other in problems[1:]:
        if other.model is not first.model or other.loss != first.loss or other.lam != first.lam:
            raise ValueError(
                "run: need problems that share their model, loss and ridge, got two that differ; run them apart"
            )
        if other.X.shape != first.X.shape or other.y.shape != first.y.shape:
            raise ValueError(f"run: need data of one shape, got {tuple(first.X.shape)} and {tuple(other.X.shape)}")
    return torch.stack([p.X for p in problems]), torch.stack([p.y for p in problems]), True


def seeds_of_rows(seed: int | Sequence[int], rows: int, batch: int | None, noise_std: float) -> tuple[int, ...]:
    """Where chance begins: one seed for all rows together, or one for each.

    Args:
        seed: The seed, or the seeds in the order of the rows.
        rows: How many rows there are.
        batch: Points in a minibatch, if there are minibatches.
        noise_std: Standard deviation of the noise on the inputs.

    Returns:
        One seed or as many as rows.

    Raises:
        ValueError: If there are not as many seeds as rows, or several with noise; if the minibatches of one step have
            no point, or too many to keep.

    Example:
        >>> seeds_of_rows(7, 3, None, 0.0), seeds_of_rows(range(3), 3, None, 0.0)
        ((7,), (0, 1, 2))
    """
    seeds = (seed,) if isinstance(seed, int) else tuple(int(one) for one in seed)
    if not isinstance(seed, int) and len(seeds) != rows:
        raise ValueError(f"run: need one seed, or one for each of {rows} rows, got {len(seeds)}")
    if len(seeds) > 1 and noise_std > 0:
        raise ValueError(f"run: need one seed with noise, which is drawn anew for every row anyway, got {len(seeds)}")
    if batch is not None and batch < 1:
        raise ValueError(f"run: need at least one point in a minibatch, got {batch}")
    if len(seeds) * (batch or 0) > MOST_KEPT:
        raise ValueError(f"run: need at most {MOST_KEPT:.0e} points at a step, got {len(seeds)} times {batch}")
    return seeds


def minibatch_blocks(n: int, batch: int | None, steps: int, seeds: Sequence[int]) -> Iterator[Int[Tensor, "b t h"]]:
    """Minibatches of many steps at a time, so that memory does not grow with the steps.

    Args:
        n: How many points there are.
        batch: How many of them each step looks at; all if it is not given.
        steps: How many steps there are in all; what follows them is 0.
        seeds: Where chance begins: one for all rows, or one for each.

    Yields:
        The points of the next steps, one entry of the first axis a seed; of no steps where every step looks at all
        points. All blocks have one shape, which depends neither on `n` nor on `steps`.

    Example:
        >>> next(minibatch_blocks(10, 4, 5, [0, 1])).shape, next(minibatch_blocks(10, None, 5, [0])).shape
        (torch.Size([2, 1048576, 4]), torch.Size([1, 0, 1]))
    """
    size = batch or 1
    length = 0 if batch is None else max(1, BLOCK // (size * len(seeds)))
    sources = [torch.Generator().manual_seed(seed) for seed in seeds]
    while True:
        drawn = min(length, steps)
        block = torch.from_numpy(np.zeros((len(seeds), length, size), np.int32))  # NumPy's zeros take no time to make.
        for own, source in zip(block, sources, strict=True):
            own[:drawn] = minibatches(n, size, drawn, source)
        steps -= drawn
        yield block


def input_noise(std: float, seed: int, X: Tensor, rows: int) -> Noise | None:
    """What draws the noise on the inputs of all rows, if there is any.

    Args:
        std: Its standard deviation, not negative.
        seed: Where its chance begins.
        X: The inputs of one row.
        rows: How many rows there are.

    Returns:
        A function from inputs to noise of their shape; None without noise.

    Raises:
        ValueError: If the standard deviation is out of its range, or the noise of one step too much to keep.

    Example:
        >>> input_noise(0.0, 0, torch.ones(1), rows=1) is None
        True
        >>> input_noise(2.0, 0, torch.ones(1), rows=1)(torch.ones(3, 1)).shape
        torch.Size([3, 1])
    """
    if not 0 <= std < math.inf:
        raise ValueError(f"run: need a finite noise_std >= 0, got {std}")
    if std == 0:
        return None
    if not X.is_floating_point():
        raise ValueError(f"run: need floating-point inputs for noise, got {X.dtype}; X.double() makes them so")
    if rows * X.numel() > MOST_KEPT:
        raise ValueError(
            f"run: need at most {MOST_KEPT:.0e} noisy inputs at a step, got {rows * X.numel()}; take fewer rows at once"
        )
    generator = torch.Generator(X.device).manual_seed(seed)
    return lambda X: std * torch.randn(X.shape, generator=generator, dtype=X.dtype, device=X.device)


class Part(NamedTuple):
    """Some rows of a run: where they begin, what their steps read, and where their chance begins."""

    starts: Float[Tensor, "b d"]
    fixed: Fixed
    seeds: tuple[int, ...]


def gathered(
    problems: tuple[Problem, ...],
    starts: Float[Tensor, "b d"],
    rates: Float[Tensor, " b"],
    tolerance: float,
    seeds: tuple[int, ...],
) -> tuple[Part, bool]:
    """All rows of a run, and whether each has data of its own.

    Args:
        problems: One for all rows, or one for each.
        starts: Where each row begins.
        rates: Its learning rate.
        tolerance: Rows stop where the loss, or every entry of the gradient, is below.
        seeds: Where chance begins: one for all rows, or one for each.

    Returns:
        The rows, with no ceilings and no minibatches yet, and whether their data have the rows as leading axis.

    Raises:
        ValueError: If problems differ in more than the numbers of their data.
    """
    X, y, per_row = stacked_data(problems)
    fixed = Fixed(
        lr=rates.unsqueeze(1),
        X=X,
        y=y,
        tolerance=starts.new_tensor(tolerance),
        ceiling=torch.full_like(rates, math.inf),
        lower=starts.new_tensor(problems[0].lower),
        batches=torch.zeros((1, 0, 1), dtype=torch.int64),
    )
    return Part(starts, fixed, seeds), per_row


def some(part: Part, rows: Int[Tensor, " k"], per_row: bool) -> Part:
    """Some of the rows, with the seeds of these where each has its own."""
    seeds = part.seeds if len(part.seeds) == 1 else tuple(part.seeds[row] for row in rows.tolist())
    return Part(part.starts[rows], rows_of(part.fixed, rows, per_row), seeds)
