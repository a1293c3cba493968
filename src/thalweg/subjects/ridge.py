r"""Ridge regression through every door: one estimator, $\arg\min \|Xw - y\|^2 + \lambda\|w\|^2$, in nine ways of seeing it.

Each door is a function of a line or two, to be read, and none is fast: `direct.ridge_path` is. They agree to rounding; how
much rounding depends on whether a door squares the condition number. With `lam = 0` a door that solves a singular system has no
answer: `at_zero` is the limit.
"""

import math
from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from thalweg.filters import ridge_factors
from thalweg.linearization import linearize
from thalweg.modes import linear_path
from thalweg.problem import Problem
from thalweg.spectrum import decompose
from thalweg.subjects import least_squares

Door = Callable[[Float[Tensor, "n d"], Float[Tensor, " n"], float], Float[Tensor, " d"]]


def optimum(X: Float[Tensor, "n d"], y: Float[Tensor, " n"], lam: float) -> Float[Tensor, " d"]:
    r"""Where the gradient vanishes: $(X^\top X + \lambda I) w = X^\top y$.

    Example:
        >>> optimum(torch.tensor([[2.0]]), torch.tensor([5.0]), 1.0)
        tensor([2.])
    """
    _need_strength("optimum", lam)
    return torch.linalg.solve(X.T @ X + lam * _eye(X, 1), X.T @ y)


def shifted_singular_values(X: Float[Tensor, "n d"], y: Float[Tensor, " n"], lam: float) -> Float[Tensor, " d"]:
    r"""The SVD's solution with $1/\sigma_i$ put to $\sigma_i / (\sigma_i^2 + \lambda) = \phi_i / \sigma_i$.

    It is $\sigma_i^2$ that $\lambda$ competes with: the homework's text says $\sigma_i$.

    Example:
        >>> shifted_singular_values(torch.tensor([[2.0]]), torch.tensor([5.0]), 1.0)
        tensor([2.])
    """
    _need_strength("shifted_singular_values", lam)
    parts = decompose(X)
    phi = ridge_factors(parts.sigma, parts.sigma.new_tensor(lam))
    return torch.where(phi > 0, phi / parts.sigma, 0.0) * (parts.U.T @ y) @ parts.Vh


def map_estimate(X: Float[Tensor, "n d"], y: Float[Tensor, " n"], lam: float) -> Float[Tensor, " d"]:
    r"""The likeliest weights if they were drawn from N(0, I) and y from N(Xw, lam I): one Newton step up the log density.

    $\ln p(w \mid y) = -\frac1{2\lambda}\|Xw - y\|^2 - \frac12\|w\|^2$ plus a constant is quadratic, so one step arrives.

    Example:
        >>> map_estimate(torch.tensor([[2.0]]), torch.tensor([5.0]), 1.0)
        tensor([2.])
    """
    _need_strength("map_estimate", lam, positive=True)

    def log_density(w: Tensor) -> Tensor:
        return -((X @ w - y).square().sum() / lam + w.square().sum()) / 2

    zero = X.new_zeros(X.shape[1])
    return torch.linalg.solve(-torch.func.hessian(log_density)(zero), torch.func.grad(log_density)(zero))


def conditional_mean(X: Float[Tensor, "n d"], y: Float[Tensor, " n"], lam: float) -> Float[Tensor, " d"]:
    r"""The mean of W given Y = y, for jointly normal W and $Y = XW + \sqrt\lambda N$: $\Sigma_{WY} \Sigma_{YY}^{-1} y$.

    (W, Y) is a linear map of d + n standard normals; both covariances are read off its covariance.

    Example:
        >>> conditional_mean(torch.tensor([[2.0]]), torch.tensor([5.0]), 1.0)
        tensor([2.])
    """
    _need_strength("conditional_mean", lam)
    n, d = X.shape
    mixing = torch.cat([torch.cat([_eye(X, 1), X.new_zeros(d, n)], dim=1), fake_features_matrix(X, lam)])
    covariance = mixing @ mixing.T
    return covariance[:d, d:] @ torch.linalg.solve(covariance[d:, d:], y)


def fake_data(X: Float[Tensor, "n d"], y: Float[Tensor, " n"], lam: float) -> Float[Tensor, " d"]:
    r"""Ordinary least squares on d more points, $\sqrt\lambda\, I$, that ask every weight to be 0.

    Example:
        >>> fake_data(torch.tensor([[2.0]]), torch.tensor([5.0]), 1.0)
        tensor([2.])
    """
    _need_strength("fake_data", lam)
    data = torch.cat([X, lam**0.5 * _eye(X, 1)])
    return _smallest(data, torch.cat([y, y.new_zeros(X.shape[1])]))


def fake_features(X: Float[Tensor, "n d"], y: Float[Tensor, " n"], lam: float) -> Float[Tensor, " d"]:
    r"""The first d weights of the smallest solution of $[X \;\; \sqrt\lambda I]\, \eta = y$: each point has a private feature.

    Example:
        >>> fake_features(torch.tensor([[2.0]]), torch.tensor([5.0]), 1.0)
        tensor([2.])
    """
    _need_strength("fake_features", lam)
    return _smallest(fake_features_matrix(X, lam), y)[: X.shape[1]]


def fake_features_matrix(X: Float[Tensor, "n d"], lam: float) -> Float[Tensor, "n d_n"]:
    r"""The data with a private feature for each point, $[X \;\; \sqrt\lambda I]$.

    Example:
        >>> fake_features_matrix(torch.tensor([[2.0]]), 9.0)
        tensor([[2., 3.]])
    """
    return torch.cat([X, lam**0.5 * _eye(X, 0)], dim=1)


def kernel_form(X: Float[Tensor, "n d"], y: Float[Tensor, " n"], lam: float) -> Float[Tensor, " d"]:
    r"""A combination of the points, $w = X^\top \alpha$ with $(X X^\top + \lambda I) \alpha = y$.

    Example:
        >>> kernel_form(torch.tensor([[2.0]]), torch.tensor([5.0]), 1.0)
        tensor([2.])
    """
    _need_strength("kernel_form", lam)
    return X.T @ torch.linalg.solve(X @ X.T + lam * _eye(X, 0), y)


def pseudo_inverse(X: Float[Tensor, "n d"], y: Float[Tensor, " n"], lam: float) -> Float[Tensor, " d"]:
    r"""The first d weights of $A^+ y = A^\top (A A^\top)^{-1} y$ with $A = [X \;\; \sqrt\lambda I]$, by A's own right inverse.

    Example:
        >>> pseudo_inverse(torch.tensor([[2.0]]), torch.tensor([5.0]), 1.0)
        tensor([2.])
    """
    _need_strength("pseudo_inverse", lam)
    return (least_squares.right_inverse(fake_features_matrix(X, lam)) @ y)[: X.shape[1]]


def weight_decay_problem(X: Float[Tensor, "n d"], y: Float[Tensor, " n"], lam: float) -> Problem:
    r"""The problem whose descent is descent with weight decay: $w \leftarrow (1 - \eta\lambda) w - \eta X^\top (Xw - y)$.

    Example:
        >>> problem = weight_decay_problem(torch.tensor([[2.0]]), torch.tensor([5.0]), 1.0)
        >>> problem.lam, problem.start
        (1.0, tensor([0.]))
    """
    return least_squares.make_problem(X, y, lam=lam)


def weight_decay(X: Float[Tensor, "n d"], y: Float[Tensor, " n"], lam: float) -> Float[Tensor, " d"]:
    r"""Where descent with weight decay is after 10^15 steps of half the largest stable rate, by its forecast.

    Example:
        >>> weight_decay(torch.tensor([[2.0]]), torch.tensor([5.0]), 1.0)
        tensor([2.])
    """
    lin = linearize(weight_decay_problem(X, y, lam))
    rate = 1 / (float(torch.linalg.matrix_norm(X, 2)) ** 2 + lam)
    return linear_path(lin, rate, torch.tensor([10**15]))[0]


DOORS: dict[str, Door] = {
    "optimum": optimum,
    "shifted singular values": shifted_singular_values,
    "MAP estimate": map_estimate,
    "conditional mean": conditional_mean,
    "fake data": fake_data,
    "fake features": fake_features,
    "kernel form": kernel_form,
    "pseudo-inverse": pseudo_inverse,
    "descent with weight decay": weight_decay,
}


def at_zero(X: Float[Tensor, "n d"], y: Float[Tensor, " n"]) -> Float[Tensor, " d"]:
    r"""The limit of ridge as $\lambda \to 0$, $X^+ y$: least squares if X is tall, the smallest solution if it is wide.

    Example:
        >>> at_zero(torch.tensor([[1.0, 1.0]]), torch.tensor([2.0]))
        tensor([1.0000, 1.0000])
    """
    return least_squares.pseudo_inverse(X) @ y


def at_infinity(X: Float[Tensor, "n d"], y: Float[Tensor, " n"]) -> Float[Tensor, " d"]:
    r"""The limit of $\lambda w$ as $\lambda \to \infty$, $X^\top y$: w itself shrinks to 0, in the gradient's direction.

    Example:
        >>> X, y = torch.tensor([[2.0]]), torch.tensor([5.0])
        >>> at_infinity(X, y), 1e6 * optimum(X, y, 1e6)
        (tensor([10.]), tensor([10.0000]))
    """
    return X.T @ y


def left_out_error(X: Float[Tensor, "n d"], y: Float[Tensor, " n"], lam: Float[Tensor, " b"]) -> Float[Tensor, " b"]:
    r"""The mean of squares at points that were left out in turn, each predicted by ridge on all others.

    No fit is done again: leaving point i out makes its residual $r_i / (1 - H_{ii})$, where
    $H = U \,\mathrm{diag}(\phi)\, U^\top$ takes y to what is fitted.

    Args:
        X: The data.
        y: The targets.
        lam: Strengths, positive.

    Returns:
        One error a strength; the least tells a strength to choose without other data.

    Raises:
        ValueError: If a strength is not positive.

    Reference:
        Allen, The relationship between variable selection and data augmentation and a method for prediction,
        Technometrics 16 (1974).

    Example:
        Two equal points at x = 1 with targets 0 and 2, lam = 1: each is predicted by half the other's target.

        >>> left_out_error(torch.ones(2, 1), torch.tensor([0.0, 2.0]), torch.tensor([1.0]))
        tensor([2.5000])
    """
    if not (lam > 0).all():
        raise ValueError(f"left_out_error: need lam > 0, got {lam.min():g}")
    parts = decompose(X)
    left = lam.unsqueeze(1) / (parts.sigma.square() + lam.unsqueeze(1))  # 1 - phi, with all digits.
    inside, rest = left * (parts.U.T @ y) @ parts.U.T, left @ parts.U.T.square()
    if parts.rank < len(y):
        inside = inside + y - parts.U @ (parts.U.T @ y)
        rest = rest + 1 - parts.U.square().sum(1)
    return (inside / rest).square().mean(1)


def _smallest(X: Tensor, y: Tensor) -> Tensor:
    """The smallest of all weights of least error, by LAPACK's SVD."""
    tiny = torch.finfo(X.dtype).tiny
    return torch.linalg.lstsq(X, y.unsqueeze(1), rcond=tiny, driver="gelsd").solution.squeeze(1)


def _eye(X: Tensor, axis: int) -> Tensor:
    return torch.eye(X.shape[axis], dtype=X.dtype, device=X.device)


def _need_strength(function: str, lam: float, positive: bool = False) -> None:
    if not (0 <= lam < math.inf) or (positive and lam == 0):
        raise ValueError(f"{function}: need a finite lam {'>' if positive else '>='} 0, got {lam}")
