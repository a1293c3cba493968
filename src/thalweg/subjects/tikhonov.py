r"""Tikhonov's regularization, $\min_x \|W_1(Ax - b)\|^2 + \|W_2(x - c)\|^2$: by hand, as stacked least squares, by a prior.

$W_1$ weighs the residuals, $W_2$ and c say which x are thought likely. Ridge is $W_1 = I$, $W_2 = \sqrt\lambda I$, $c = 0$.
"""

import math
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from thalweg.problem import Problem
from thalweg.spectrum import Spectrum, decompose
from thalweg.subjects import least_squares

MOST_KAPPA = 1e7  # By hand its square counts, and two digits are left.


@dataclass(frozen=True)
class Tikhonov:
    """One such problem.

    Attributes:
        A: The data.
        b: What `A x` should be.
        W1: Weights of the residuals; any number of rows.
        W2: Weights of the parameters; any number of rows.
        c: What x should be.

    Raises:
        ValueError: If shapes do not match or a number is not finite.

    Example:
        >>> eye = torch.eye(1)
        >>> by_hand(Tikhonov(eye, torch.tensor([4.0]), eye, eye, torch.tensor([2.0])))
        tensor([3.])
    """

    A: Float[Tensor, "n d"]
    b: Float[Tensor, " n"]
    W1: Float[Tensor, "k n"]
    W2: Float[Tensor, "h d"]
    c: Float[Tensor, " d"]

    def __post_init__(self) -> None:
        if self.A.ndim != 2:
            raise ValueError(f"Tikhonov: need A of two axes, got shape {tuple(self.A.shape)}")
        n, d = self.A.shape
        shapes = {"b": (n,), "W1": (len(self.W1), n), "W2": (len(self.W2), d), "c": (d,)}
        for name, wanted in shapes.items():
            came = tuple(getattr(self, name).shape)
            if came != wanted:
                raise ValueError(f"Tikhonov: need {name} of shape {wanted} to go with A {(n, d)}, got {came}")
        for name in ("A", "b", "W1", "W2", "c"):
            if not getattr(self, name).isfinite().all():
                raise ValueError(f"Tikhonov: need finite numbers, got NaN or infinity in {name}")


def by_hand(problem: Tikhonov) -> Float[Tensor, " d"]:
    r"""Where the gradient vanishes: $(A^\top W_1^\top W_1 A + W_2^\top W_2)\, x = A^\top W_1^\top W_1 b + W_2^\top W_2 c$.

    Raises:
        ValueError: If the answer is not unique, or so nearly not that this door, which squares the condition number, loses it.

    Example:
        >>> A, b = torch.tensor([[1.0], [1.0]]), torch.tensor([0.0, 3.0])
        >>> by_hand(Tikhonov(A, b, torch.diag(torch.tensor([1.0, 2.0])), torch.eye(1), torch.zeros(1)))
        tensor([2.])
    """
    kappa = check_unique(problem).kappa
    if kappa > MOST_KAPPA:
        raise ValueError(
            f"by_hand: need a condition number up to {MOST_KAPPA:g}, got {kappa:.2g}; by_stacking bears it"
        )
    A, b, P, Q = problem.A, problem.b, problem.W1.T @ problem.W1, problem.W2.T @ problem.W2
    return torch.linalg.solve(A.T @ P @ A + Q, A.T @ P @ b + Q @ problem.c)


def stacked(problem: Tikhonov) -> tuple[Float[Tensor, "k_h d"], Float[Tensor, " k_h"]]:
    r"""The same as plain least squares $\|Cx - d\|^2$ on $C = [W_1 A;\, W_2]$ and $d = [W_1 b;\, W_2 c]$.

    Example:
        >>> C, d = stacked(Tikhonov(torch.eye(1), torch.ones(1), 2 * torch.eye(1), 3 * torch.eye(1), torch.ones(1)))
        >>> C, d
        (tensor([[2.],
                [3.]]), tensor([2., 3.]))
    """
    C = torch.cat([problem.W1 @ problem.A, problem.W2])
    return C, torch.cat([problem.W1 @ problem.b, problem.W2 @ problem.c])


def by_stacking(problem: Tikhonov) -> Float[Tensor, " d"]:
    """Plain least squares on the stacked data, by their SVD: it never squares the condition number.

    Raises:
        ValueError: If the answer is not unique.

    Example:
        >>> eye = torch.eye(1)
        >>> by_stacking(Tikhonov(eye, torch.tensor([4.0]), eye, eye, torch.tensor([2.0])))
        tensor([3.0000])
    """
    parts = check_unique(problem)
    _, d = stacked(problem)
    return (parts.U.T @ d / parts.sigma) @ parts.Vh


def from_prior(
    A: Float[Tensor, "n d"], b: Float[Tensor, " n"], covariance: Float[Tensor, "d d"], noise_std: float = 1.0
) -> Tikhonov:
    r"""The problem whose answer is the likeliest x, for $x \sim N(0, \Sigma)$ and $b = Ax + N(0, s^2)$.

    Its weight is any $\Gamma$ with $\Gamma^\top\Gamma = \Sigma^{-1}$. With $\Sigma = LL^\top$ it is $\Gamma = L^{-1}$; another
    differs by a rotation, which no norm sees.

    Args:
        A: The data.
        b: What was observed.
        covariance: What x was drawn from; symmetric and positive definite.
        noise_std: Standard deviation of the noise on each observation, positive.

    Returns:
        The problem, with $W_1 = I/s$, $W_2 = \Gamma$ and $c = 0$.

    Raises:
        ValueError: If the covariance is not finite, symmetric and positive definite, or there is no noise.

    Example:
        >>> by_hand(from_prior(torch.tensor([[2.0]]), torch.tensor([5.0]), torch.tensor([[4.0]]), 4.0))
        tensor([1.2500])
    """
    if not noise_std > 0:
        raise ValueError(f"from_prior: need noise_std > 0, got {noise_std}")
    d = A.shape[1]
    if covariance.shape != (d, d) or not covariance.isfinite().all():
        raise ValueError(f"from_prior: need a finite covariance of shape {(d, d)}, got {tuple(covariance.shape)}")
    lower, failed = torch.linalg.cholesky_ex(covariance)
    if failed or (covariance - covariance.T).abs().max() > 1e-10 * covariance.abs().max():
        least = torch.linalg.eigvalsh((covariance + covariance.T) / 2)[0]
        raise ValueError(
            f"from_prior: need a symmetric, positive definite covariance, got one whose least eigenvalue is {least:.3g}"
        )
    eye = torch.eye(len(covariance), dtype=A.dtype, device=A.device)
    gamma = torch.linalg.solve_triangular(lower, eye, upper=False)
    W1 = torch.eye(len(A), dtype=A.dtype, device=A.device) / noise_std
    return Tikhonov(A, b, W1, gamma, A.new_zeros(A.shape[1]))


def ellipse(along: float, across: float, degrees: float) -> Float[Tensor, "2 2"]:
    r"""The covariance of a prior on two weights, $R\,\mathrm{diag}(a^2, b^2) R^\top$ with the rotation R.

    Args:
        along: Its standard deviation along its axis, positive.
        across: Its standard deviation across it, positive.
        degrees: How far its axis is turned from the first weight's, anticlockwise.

    Returns:
        The covariance.

    Raises:
        ValueError: If a standard deviation is not positive.

    Example:
        >>> ellipse(2.0, 1.0, 90.0).round(decimals=12) + 0.0
        tensor([[1., 0.],
                [0., 4.]])
    """
    if not (along > 0 and across > 0):
        raise ValueError(f"ellipse: need positive standard deviations, got {along} and {across}")
    turn = math.radians(degrees)
    R = torch.tensor([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]], dtype=torch.float64)
    return R * torch.tensor([along**2, across**2], dtype=torch.float64) @ R.T


def heavier(problem: Tikhonov, weights: Float[Tensor, " k"]) -> Float[Tensor, "k d"]:
    """The answers as the second term is given more weight: $W_2$ times each of these factors.

    Args:
        problem: The problem.
        weights: The factors, positive.

    Returns:
        The answers, one a row: from those that follow the data to those that follow the centre.

    Example:
        >>> eye = torch.eye(1)
        >>> heavier(Tikhonov(eye, torch.tensor([4.0]), eye, eye, torch.tensor([2.0])), torch.tensor([0.1, 1.0, 10.0])).T
        tensor([[3.9802, 3.0000, 2.0198]])
    """
    return torch.stack([by_hand(replace(problem, W2=weight * problem.W2)) for weight in weights])


def posterior_mean(
    A: Float[Tensor, "n d"], b: Float[Tensor, " n"], covariance: Float[Tensor, "d d"], noise_std: float = 1.0
) -> Float[Tensor, " d"]:
    r"""The same answer without any weight: $\Sigma A^\top (A \Sigma A^\top + s^2 I)^{-1} b$, the mean of x given b.

    Example:
        >>> posterior_mean(torch.tensor([[2.0]]), torch.tensor([5.0]), torch.tensor([[4.0]]), 4.0)
        tensor([1.2500])
    """
    noise = noise_std**2 * torch.eye(len(A), dtype=A.dtype, device=A.device)
    return covariance @ A.T @ torch.linalg.solve(A @ covariance @ A.T + noise, b)


def ridge(A: Float[Tensor, "n d"], b: Float[Tensor, " n"], lam: float) -> Tikhonov:
    r"""Ridge regression as a special case: $W_1 = I$, $W_2 = \sqrt\lambda I$, $c = 0$.

    Example:
        >>> by_hand(ridge(torch.tensor([[2.0]]), torch.tensor([5.0]), 1.0))
        tensor([2.])
    """
    n, d = (torch.eye(size, dtype=A.dtype, device=A.device) for size in A.shape)
    return Tikhonov(A, b, n, lam**0.5 * d, A.new_zeros(A.shape[1]))


def descent_problem(problem: Tikhonov) -> Problem:
    """The stacked least squares as a problem for descent, from zero.

    Example:
        >>> eye = torch.eye(1)
        >>> descent_problem(Tikhonov(eye, torch.ones(1), eye, eye, torch.ones(1))).y
        tensor([1., 1.])
    """
    return least_squares.make_problem(*stacked(problem))


def check_unique(problem: Tikhonov) -> Spectrum:
    r"""The stacked matrix taken apart, if the answer is unique: if no direction is missed by both $W_1 A$ and $W_2$.

    Raises:
        ValueError: If some direction changes neither term; it names one.

    Example:
        >>> A, eye, zero = torch.tensor([[1.0, 0.0]]), torch.eye(1), torch.zeros(1, 2)
        >>> check_unique(Tikhonov(A, torch.ones(1), eye, zero, torch.zeros(2)))
        Traceback (most recent call last):
        ValueError: Tikhonov: need W1 A and W2 to see every direction, got 1 that both miss, such as (0, 1); ...
    """
    C, _ = stacked(problem)
    if len(C) < C.shape[1]:
        C = torch.cat([C, C.new_zeros(C.shape[1] - len(C), C.shape[1])])
    parts = decompose(C)
    missed = len(parts.sigma) - parts.rank
    if missed:
        direction = parts.Vh[-1] * (parts.Vh[-1].sum().sign() + (parts.Vh[-1].sum() == 0))
        shown = ", ".join(f"{float(entry):.3g}" for entry in (direction + 0.0).round(decimals=12)[:6])
        more = ", ..." if len(direction) > 6 else ""
        raise ValueError(
            f"Tikhonov: need W1 A and W2 to see every direction, got {missed} that both miss, such as ({shown}{more}); "
            "give W2 weight there"
        )
    return parts
