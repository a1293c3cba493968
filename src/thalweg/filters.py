r"""Filter factors: which share of each least-squares mode an estimator keeps, a number from 0 to 1 for every $\sigma_i$.

Ridge, early stopping and truncation differ in nothing else. Whatever works on data or parameters lives elsewhere.
"""

import torch
from jaxtyping import Float, Int, Real
from torch import Tensor


def ridge_factors(sigma: Float[Tensor, " r"], lam: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch r"]:
    r"""Fraction of each least-squares mode that a ridge penalty keeps.

    The minimiser of $\frac12\|Fw - y\|^2 + \frac12\lambda\|w\|^2$ is

    $$ w = \sum_i \phi_i \, \frac{u_i^\top y}{\sigma_i} \, v_i,
       \qquad \phi_i = \frac{\sigma_i^2}{\sigma_i^2 + \lambda}, $$

    with $F = U \,\mathrm{diag}(\sigma)\, V^\top$. A mode with $\sigma_i^2 \gg \lambda$
    is kept, one with $\sigma_i^2 \ll \lambda$ is dropped, and $\sum_i \phi_i$ is the
    effective number of degrees of freedom.

    Args:
        sigma: Singular values of `F`, non-negative, in any order. Unit: that of `F`.
        lam: Ridge strengths, non-negative; any batch shape, 0-d for a single one.
            Unit: that of `sigma` squared.

    Returns:
        The factors, one row per strength. A mode with `sigma == 0` gets 0, also at
        `lam == 0`, which is the minimum-norm limit.

    Raises:
        ValueError: If some singular value or some strength is negative.

    Reference:
        Hastie, Tibshirani and Friedman, The Elements of Statistical Learning, 2nd ed.,
        eq. 3.47 and 3.50. (Hansen writes $\lambda^2$ where we write $\lambda$.)

    Example:
        >>> sigma = torch.tensor([10.0, 1.0, 0.1, 0.0])
        >>> ridge_factors(sigma, torch.tensor(1.0))
        tensor([0.9901, 0.5000, 0.0099, 0.0000])

        They solve the normal equations:

        >>> F, y, lam = torch.randn(5, 3), torch.randn(5), torch.tensor(2.0)
        >>> U, sigma, Vh = torch.linalg.svd(F, full_matrices=False)
        >>> w = Vh.T @ (ridge_factors(sigma, lam) / sigma * (U.T @ y))
        >>> torch.testing.assert_close((F.T @ F + lam * torch.eye(3)) @ w, F.T @ y)
    """
    _need_non_negative("ridge_factors", "sigma", sigma)
    _need_non_negative("ridge_factors", "lam", lam)
    curvature = sigma.square()
    return torch.where(curvature > 0, curvature / (curvature + lam.unsqueeze(-1)), 0.0)


def learned(decay: Float[Tensor, " r"], t: Real[Tensor, "*batch"]) -> Float[Tensor, "*batch r"]:
    r"""The share $1 - \rho^t$ of its way that a mode has gone after t steps, with $\rho = 1 - x$.

    It keeps all digits where x is tiny, where $1 - x$ would round to 1.

    Args:
        decay: What one step takes off each mode's error, $x = \eta\lambda_i$, non-negative.
        t: Numbers of steps, non-negative; any batch shape.

    Returns:
        The shares, one row per number of steps.

    Example:
        >>> learned(torch.tensor([0.5, 1.0, 2.0, 0.0]), torch.tensor([1, 2]))
        tensor([[0.5000, 1.0000, 2.0000, 0.0000],
                [0.7500, 1.0000, 0.0000, 0.0000]])
        >>> learned(torch.tensor([1e-18]), torch.tensor(10**6))
        tensor([1.0000e-12])
    """
    t = t.unsqueeze(-1)
    precise = -torch.expm1(t * torch.log1p(-decay.clamp(max=0.5)))
    return torch.where(decay <= 0.5, precise, 1 - (1 - decay) ** t)


def early_stopping_factors(
    sigma: Float[Tensor, " r"], lr: float, t: Int[Tensor, "*batch"], c: float = 1.0
) -> Float[Tensor, "*batch r"]:
    r"""Fraction of each least-squares mode that descent from zero has learned after t steps.

    $$ \phi_i = 1 - (1 - \eta c \sigma_i^2)^t. $$

    Args:
        sigma: Singular values of `F`, non-negative, in any order.
        lr: The learning rate $\eta$, positive and at most $2 / (c \sigma_1^2)$.
        t: Numbers of steps, non-negative; any batch shape.
        c: The loss's scale.

    Returns:
        The factors, one row per number of steps; between 0 and 1 for `lr` up to $1 / (c \sigma_1^2)$, up to 2 beyond.

    Raises:
        ValueError: If a singular value or a number of steps is negative, or `lr` outside its range.

    Example:
        >>> early_stopping_factors(torch.tensor([1.0, 0.5]), lr=1.0, t=torch.tensor([0, 1, 2]))
        tensor([[0.0000, 0.0000],
                [1.0000, 0.2500],
                [1.0000, 0.4375]])
    """
    _need_non_negative("early_stopping_factors", "sigma", sigma)
    _need_non_negative("early_stopping_factors", "t", t)
    top = lr * c * float(sigma.max()) ** 2
    if not (lr > 0 and top <= 2):
        raise ValueError(f"early_stopping_factors: need 0 < lr <= 2 / (c sigma_1^2), got lr = {lr}: it diverges")
    return learned(lr * c * sigma.square(), t)


def truncation_factors(sigma: Float[Tensor, " r"], rank: Int[Tensor, "*batch"]) -> Float[Tensor, "*batch r"]:
    r"""Fraction of each mode that truncation keeps: all of the `rank` strongest, nothing of the rest.

    Args:
        sigma: Singular values, non-negative, descending.
        rank: How many modes to keep, non-negative; any batch shape.

    Returns:
        Ones and zeros, one row per rank; a mode with `sigma == 0` is never kept.

    Raises:
        ValueError: If a singular value or a rank is negative.

    Example:
        >>> truncation_factors(torch.tensor([3.0, 2.0, 0.0]), torch.tensor([1, 3]))
        tensor([[1., 0., 0.],
                [1., 1., 0.]])
    """
    _need_non_negative("truncation_factors", "sigma", sigma)
    _need_non_negative("truncation_factors", "rank", rank)
    index = torch.arange(len(sigma), device=sigma.device)
    return ((index < rank.unsqueeze(-1)) & (sigma > 0)).to(sigma.dtype)


def degrees_of_freedom(phi: Float[Tensor, "*batch r"]) -> Float[Tensor, "*batch"]:
    r"""The effective number of parameters that an estimator with these factors uses, $\sum_i \phi_i$.

    Example:
        >>> degrees_of_freedom(ridge_factors(torch.tensor([1.0, 1.0]), torch.tensor(1.0)))
        tensor(1.)
    """
    return phi.sum(-1)


def _need_non_negative(function: str, name: str, values: Tensor) -> None:
    if (values < 0).any():
        raise ValueError(f"{function}: need {name} >= 0, got {values.min().item():g}")
