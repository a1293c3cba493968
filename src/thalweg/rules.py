"""Update rules: one step each, from a gradient to new parameters. Many steps are `descent`'s business.

A rule works on all runs at once and keeps what it remembers in one array, so that a loop can be compiled around it.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

Step = Callable[[Tensor, Tensor, Tensor, Tensor], tuple[Tensor, Tensor]]


@dataclass(frozen=True)
class Rule:
    r"""One step of descent.

    Attributes:
        name: How tables and legends call it.
        step: From parameters (b, d), gradient (b, d), memory (b, d) and learning rates (b, 1) to the new parameters and
            memory.
        limit: Stable on a quadratic of curvature $\lambda$ if and only if $0 < \eta \lambda <$ `limit`.
    """

    name: str
    step: Step
    limit: float


def gd() -> Rule:
    r"""Plain gradient descent, $w \leftarrow w - \eta g$; stable up to $\eta\lambda = 2$.

    Example:
        >>> w, g, lr = torch.tensor([[1.0]]), torch.tensor([[4.0]]), torch.tensor([[0.25]])
        >>> gd().step(w, g, torch.zeros_like(w), lr)[0]
        tensor([[0.]])
    """
    return Rule("gradient descent", _gd_step, 2.0)


def momentum(beta: float) -> Rule:
    r"""Polyak's heavy ball, $m \leftarrow \beta m + g$, $w \leftarrow w - \eta m$; stable up to $\eta\lambda = 2 + 2\beta$.

    Args:
        beta: Share of the memory that a step keeps, from 0 (plain descent) to below 1.

    Returns:
        The rule, in the form of `torch.optim.SGD`.

    Raises:
        ValueError: If `beta` is outside [0, 1).

    Example:
        >>> one = torch.ones(1, 1)
        >>> momentum(0.5).step(one, one, one, one)
        (tensor([[-0.5000]]), tensor([[1.5000]]))
    """
    _need_fraction("momentum", beta)

    def step(w: Tensor, g: Tensor, memory: Tensor, lr: Tensor) -> tuple[Tensor, Tensor]:
        memory = beta * memory + g
        return w - lr * memory, memory

    return Rule(f"momentum {beta:g}", step, 2 + 2 * beta)


def nesterov(beta: float) -> Rule:
    r"""Nesterov's momentum, $m \leftarrow \beta m + g$, $w \leftarrow w - \eta (g + \beta m)$.

    It is stable up to $\eta\lambda = (2 + 2\beta) / (1 + 2\beta)$.

    Args:
        beta: Share of the memory that a step keeps, from 0 (plain descent) to below 1.

    Returns:
        The rule, in the form of `torch.optim.SGD(nesterov=True)`.

    Raises:
        ValueError: If `beta` is outside [0, 1).

    Example:
        >>> one = torch.ones(1, 1)
        >>> nesterov(0.5).step(one, one, one, one)
        (tensor([[-0.7500]]), tensor([[1.5000]]))
    """
    _need_fraction("nesterov", beta)

    def step(w: Tensor, g: Tensor, memory: Tensor, lr: Tensor) -> tuple[Tensor, Tensor]:
        memory = beta * memory + g
        return w - lr * (g + beta * memory), memory

    return Rule(f"Nesterov {beta:g}", step, (2 + 2 * beta) / (1 + 2 * beta))


def minibatches(n: int, size: int, steps: int, generator: torch.Generator) -> Int[Tensor, "t h"]:
    """Which points each step looks at: drawn evenly, with replacement.

    Args:
        n: How many points there are.
        size: How many each step looks at, positive.
        steps: How many steps.
        generator: The source of chance; the same state gives the same batches.

    Returns:
        Point numbers, one row a step.

    Raises:
        ValueError: If `size` is not positive.

    Example:
        >>> minibatches(10, 4, 3, torch.Generator().manual_seed(0)).shape
        torch.Size([3, 4])
    """
    if size < 1:
        raise ValueError(f"minibatches: need at least one point a step, got {size}")
    return torch.randint(n, (steps, size), generator=generator)


def _gd_step(w: Tensor, g: Tensor, memory: Tensor, lr: Tensor) -> tuple[Float[Tensor, "b d"], Float[Tensor, "b d"]]:
    return w - lr * g, memory


def _need_fraction(function: str, beta: float) -> None:
    if not (0 <= beta < 1 and math.isfinite(beta)):
        raise ValueError(f"{function}: need 0 <= beta < 1, got {beta}")
