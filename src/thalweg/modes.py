r"""PREDICT, mode by mode: what plain descent does in a quadratic bowl. Step factors, learning rates, steps, exact paths.

A linear model under a squared loss, with or without a ridge, is such a bowl everywhere; any smooth loss is one near its
minimum. Whole forecasts, of any problem, are `forecast`'s.
"""

import math
from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from torch import Tensor

from thalweg.filters import learned
from thalweg.linearization import Linearization, gauss_newton, hessian, linearize
from thalweg.problem import Problem
from thalweg.rules import Rule, gd
from thalweg.spectrum import decompose


def step_factors(curvature: Float[Tensor, " r"], lr: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch r"]:
    r"""What one step of plain descent leaves of the error in each mode, $\rho_i = 1 - \eta\lambda_i$.

    Args:
        curvature: Curvatures $\lambda_i$ of the loss: $c(\sigma_i^2 + \lambda)$ for least squares with a ridge.
        lr: Learning rates $\eta$, any batch shape.

    Returns:
        The factors, one row per learning rate. Below -1 a mode diverges; below 0 it crosses the minimum at every step.

    Example:
        >>> step_factors(torch.tensor([4.0, 1.0]), torch.tensor(0.5))
        tensor([-1.0000,  0.5000])
    """
    return 1 - lr.unsqueeze(-1) * curvature


def largest_stable_lr(curvature: Float[Tensor, " r"], rule: Rule | None = None) -> float:
    r"""The learning rate over which descent leaves a quadratic bowl, $2/\lambda_1$ for plain descent.

    Args:
        curvature: Curvatures of the loss; the largest must be positive.
        rule: The update rule; plain gradient descent if it is not given.

    Returns:
        The rule's limit over the largest curvature.

    Raises:
        ValueError: If no curvature is positive.

    Example:
        >>> largest_stable_lr(torch.tensor([4.0, 1.0]))
        0.5
    """
    top = float(curvature.max())
    if not top > 0:
        raise ValueError(f"largest_stable_lr: need a positive curvature, got at most {top:g}; there is no bowl here")
    return (rule or gd()).limit / top


def best_lr(curvature: Float[Tensor, " r"]) -> float:
    r"""The learning rate whose slowest mode is fastest, $2/(\lambda_1 + \lambda_r)$: both ends shrink alike.

    Args:
        curvature: Positive curvatures of the loss, in any order.

    Returns:
        The learning rate; its factors at both ends are $\pm(\kappa^2 - 1)/(\kappa^2 + 1)$.

    Raises:
        ValueError: If some curvature is not positive.

    Example:
        >>> best_lr(torch.tensor([4.0, 1.0]))
        0.4
        >>> step_factors(torch.tensor([4.0, 1.0]), torch.tensor(0.4))
        tensor([-0.6000,  0.6000])
    """
    if not (curvature > 0).all():
        raise ValueError(f"best_lr: need positive curvatures, got {curvature.min():g}; leave flat modes out")
    return 2 / float(curvature.max() + curvature.min())


def steps_to(rho: Float[Tensor, "*batch"], factor: float) -> Float[Tensor, "*batch"]:
    r"""Steps until a mode's error is at most `factor` times its start, $\lceil \ln f / \ln|\rho| \rceil$.

    Args:
        rho: Step factors.
        factor: The share of the error that may be left, between 0 and 1.

    Returns:
        Whole numbers of steps; infinite where the error never shrinks, 1 where one step removes it.

    Raises:
        ValueError: If the factor is not between 0 and 1.

    Example:
        >>> steps_to(torch.tensor([0.5, -0.5, 0.0, 1.0, -2.0]), 0.125)
        tensor([3., 3., 1., inf, inf])
    """
    if not 0 < factor < 1:
        raise ValueError(f"steps_to: need a factor between 0 and 1, got {factor}")
    exact = math.log(factor) / rho.abs().log()
    whole = (exact - 1e-9).ceil().clamp(min=1)
    return torch.where(rho.abs() < 1, whole, math.inf)


def linear_course(
    lin: Linearization, lr: float, w0: Float[Tensor, " d"] | None = None
) -> Callable[[Tensor], Float[Tensor, "*batch d"]]:
    r"""Where plain descent on a linearized squared loss is after any number of steps: `linear_path`, taken apart once.

    Args:
        lin: The linearization; for a linear model, taken anywhere, it is the model itself.
        lr: The learning rate; any positive one, also where it diverges.
        w0: Where descent begins; the linearization's own point if it is not given.

    Returns:
        A function from numbers of steps to parameters.

    Example:
        >>> from thalweg import losses
        >>> problem = Problem(lambda w, X: X @ w, torch.eye(1), torch.ones(1), torch.zeros(1), losses.squared())
        >>> linear_course(linearize(problem), lr=0.5)(torch.tensor(2))
        tensor([0.7500])
    """
    w0 = lin.w if w0 is None else w0
    curvature, away, Vh, blind = _ways(lin, w0)
    step = lr * lin.c

    def course(t: Tensor) -> Tensor:
        fading = learned(w0.new_tensor([step * lin.lam]), t) * blind
        return w0 - (learned(step * curvature, t) * away) @ Vh - fading

    return course


def nearest_minimum(lin: Linearization, w0: Float[Tensor, " d"] | None = None) -> Float[Tensor, " d"]:
    r"""Where plain descent on a linearized squared loss tends to: of all minima, the one nearest to its start.

    Without a ridge it is $w_0 - F^+ r_0$, which from zero is the solution of smallest norm; with one, the ridge's only minimum.

    Args:
        lin: The linearization; for a linear model, taken anywhere, it is the model itself.
        w0: Where descent begins; the linearization's own point if it is not given.

    Returns:
        The minimum.

    Example:
        >>> from thalweg import losses
        >>> F, y = torch.tensor([[1.0, 1.0]]), torch.tensor([2.0])
        >>> problem = Problem(lambda w, X: X @ w, F, y, torch.zeros(2), losses.squared())
        >>> nearest_minimum(linearize(problem)), nearest_minimum(linearize(problem), torch.tensor([1.0, 0.0]))
        (tensor([1.0000, 1.0000]), tensor([1.5000, 0.5000]))
    """
    w0 = lin.w if w0 is None else w0
    _, away, Vh, blind = _ways(lin, w0)
    return w0 - away @ Vh - blind


def linear_path(
    lin: Linearization, lr: float, t: Int[Tensor, " t"], w0: Float[Tensor, " d"] | None = None
) -> Float[Tensor, "t d"]:
    r"""Where plain descent on a linearized squared loss is after any numbers of steps, exactly.

    $$ w_t = w_0 - \sum_i (1 - \rho_i^t) \, \frac{\sigma_i u_i^\top r_0 + \lambda v_i^\top w_0}{\sigma_i^2 + \lambda} \, v_i,
       \qquad \rho_i = 1 - \eta c (\sigma_i^2 + \lambda). $$

    Args:
        lin: The linearization; for a linear model, taken anywhere, it is the model itself.
        lr: The learning rate; any positive one, also where it diverges.
        t: Numbers of steps, non-negative.
        w0: Where descent begins; the linearization's own point if it is not given.

    Returns:
        One row per number of steps. What no data point sees (the null space of F) moves only if there is a ridge.

    Raises:
        ValueError: If a number of steps is negative, or the learning rate not positive.

    Example:
        >>> from thalweg import losses
        >>> problem = Problem(lambda w, X: X @ w, torch.eye(1), torch.ones(1), torch.zeros(1), losses.squared())
        >>> linear_path(linearize(problem), lr=0.5, t=torch.tensor([0, 1, 2]))
        tensor([[0.0000],
                [0.5000],
                [0.7500]])
    """
    if (t < 0).any() or not 0 < lr < math.inf:
        raise ValueError(f"linear_path: need t >= 0 and a positive, finite lr, got t from {int(t.min())} and lr = {lr}")
    return linear_course(lin, lr, w0)(t)


def curvatures(problem: Problem, w: Float[Tensor, " d"]) -> Float[Tensor, " d"]:
    r"""The loss's curvatures at a point, descending: what limits the learning rate there.

    At a minimum they are the eigenvalues of the Hessian. Elsewhere the Hessian of a squared loss may turn down in some
    direction; then its Gauss-Newton part $c (F^\top F + \lambda I)$ stands for it.

    Example:
        >>> from thalweg import losses
        >>> problem = Problem(lambda w, X: X @ w, torch.diag(torch.tensor([1.0, 3.0])), torch.ones(2), torch.zeros(2),
        ...                   losses.squared())
        >>> curvatures(problem, problem.start)
        tensor([9., 1.])
    """
    values = torch.linalg.eigvalsh(hessian(problem, w)).flip(0)
    if problem.loss.demand is not None and values[-1] < -1e-9 * values[0].abs():
        values = torch.linalg.eigvalsh(gauss_newton(problem, w)).flip(0)
    return values


def is_linear(problem: Problem) -> bool:
    """Whether the outputs are linear in the parameters, plus a constant, and the loss is squared.

    It compares the outputs at random points, near and far on either side, with those of the linearization at the start.

    Example:
        >>> from thalweg import losses
        >>> data = (torch.eye(2), torch.ones(2), torch.zeros(2), losses.squared())
        >>> is_linear(Problem(lambda w, X: X @ w + 1, *data)), is_linear(Problem(lambda w, X: X @ w.exp(), *data))
        (True, False)
    """
    if problem.loss.demand is None:
        return False
    start, generator = problem.start, torch.Generator().manual_seed(0)
    base, F = problem.outputs(start).reshape(-1), linearize(problem).F
    for size in (0.1, -0.1, 1.0, -1.0, 10.0, -10.0):
        noise = torch.randn(start.shape, generator=generator, dtype=start.dtype).to(start.device)
        step = size * (1 + start.abs()) * noise
        linear = base + F @ step
        if not torch.isclose(problem.outputs(start + step).reshape(-1), linear, rtol=1e-6, atol=1e-9).all():
            return False
    return True


def _ways(lin: Linearization, w0: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Of every mode its curvature over c, how far it is from the minimum, and its direction; and what only a ridge moves."""
    parts = decompose(lin.F)
    r0, v0 = lin.r + lin.F @ (w0 - lin.w), parts.Vh @ w0
    curvature = parts.sigma.square() + lin.lam
    pull = parts.sigma * (parts.U.T @ r0) + lin.lam * v0
    away = torch.where(parts.seen | (lin.lam > 0), pull / curvature, 0.0)  # What is rounding would be divided by it.
    return curvature, away, parts.Vh, w0 - v0 @ parts.Vh if lin.lam else torch.zeros_like(w0)
