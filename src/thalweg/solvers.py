r"""Solvers that are not descent: where a squared loss ends, in a handful of evaluations.

Descent is what thalweg studies; this is what it is held against, and what answers at once.
"""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from thalweg.problem import Problem

MOST_EVALUATIONS = 100


@dataclass(frozen=True)
class Solution:
    """Where a solver ended.

    Attributes:
        w: The parameters.
        evaluations: How often it asked for outputs and their derivatives.
        converged: Whether its last step was negligible.
    """

    w: Float[Tensor, " d"]
    evaluations: int
    converged: bool


def gauss_newton(problem: Problem) -> Solution:
    r"""The minimum of a squared loss by Gauss-Newton steps, $w \leftarrow w - F^{+} r$, halved where they overshoot.

    F is taken by central differences, whose error of $\epsilon^{2/3}$ does not move the minimum of a good fit, and that of
    any other by as little.

    Args:
        problem: A problem with a squared loss, of whatever scale and demand; the fewer parameters, the better.

    Returns:
        The solution; exact in one step for linear problems, quadratic in convergence near a good fit.

    Raises:
        ValueError: If the loss is not squared.

    Reference:
        Nocedal and Wright, Numerical Optimization, 2nd ed., section 10.3.

    Example:
        >>> from thalweg import losses
        >>> problem = Problem(lambda w, X: X * w.exp(), torch.ones(1), torch.ones(1), torch.ones(1), losses.squared())
        >>> solution = gauss_newton(problem)
        >>> float(solution.w.abs()) < 1e-9, solution.converged
        (True, True)
    """
    if problem.loss.demand is None:
        raise ValueError(f"gauss_newton: need a squared loss, got {problem.loss.name}; use descent")
    demand = problem.loss.demand(problem.y).reshape(-1)
    w, scale, before, step = problem.start, 1.0, None, torch.zeros_like(problem.start)
    small, ridge = torch.finfo(w.dtype).eps ** 0.75, math.sqrt(problem.lam)
    for evaluation in range(1, MOST_EVALUATIONS + 1):
        f, F = _outputs_and_features(problem, w)
        r = f - demand
        if ridge:  # As fake data: a zero demanded of every parameter.
            r, F = torch.cat([r, ridge * w]), torch.cat([F, ridge * torch.eye(len(w), dtype=w.dtype, device=w.device)])
        cost = float(r @ r)
        if before is not None and not cost <= before:
            scale /= 2
            w = w + scale * step  # Back towards the last good point, half the way.
            continue
        step, scale, before = _solve(F, r), 1.0, cost
        w = w - step
        if float(step.norm()) <= small * (1.0 + float(w.norm())):
            return Solution(w, evaluation, converged=True)
    return Solution(w, MOST_EVALUATIONS, converged=False)


def _solve(F: Tensor, r: Tensor) -> Tensor:
    if F.shape[1] == 1:
        column = F[:, 0]
        return ((column @ r) / (column @ column)).reshape(1)
    return torch.linalg.lstsq(F, r.unsqueeze(1), driver="gelsd").solution.squeeze(1)


def _outputs_and_features(problem: Problem, w: Tensor) -> tuple[Tensor, Tensor]:
    """Outputs and feature matrix, the latter by central differences: a tenth of the time of a forward derivative."""
    h = torch.finfo(w.dtype).eps ** (1 / 3) * (1.0 + w.abs())
    columns = []
    for j in range(len(w)):
        step = torch.zeros_like(w)
        step[j] = h[j]
        difference = problem.outputs(w + step) - problem.outputs(w - step)
        columns.append(difference.reshape(-1) / (2 * h[j]))
    return problem.outputs(w).reshape(-1), torch.stack(columns, dim=1)
