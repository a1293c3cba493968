r"""Least squares, $Xw \approx y$: problems whose singular values are known, and the closed forms of their solutions.

The feature matrix F of a linear model is its data matrix X itself. Ridges have a file of their own.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from thalweg import losses
from thalweg.problem import Problem
from thalweg.spectrum import decompose


def linear(w: Tensor, X: Tensor) -> Tensor:
    """The linear model, one function for all problems, so that runs can share it.

    Example:
        >>> linear(torch.tensor([1.0, 2.0]), torch.tensor([[1.0, 1.0]]))
        tensor([3.])
    """
    return X @ w


def make_problem(
    X: Float[Tensor, "n d"],
    y: Float[Tensor, " n"],
    c: float = 1.0,
    lam: float = 0.0,
    start: Float[Tensor, " d"] | None = None,
) -> Problem:
    r"""The problem of minimising $\frac c2 (\|Xw - y\|^2 + \lambda\|w\|^2)$ by descent.

    Args:
        X: The data, one row a point.
        y: The targets.
        c: The scale: 1 half sum, 2 sum, 1/n half mean, 2/n mean of squares.
        lam: The ridge's strength, not negative.
        start: Where descent begins; zero if it is not given.

    Returns:
        The problem.

    Example:
        >>> from thalweg.problem import objective
        >>> objective(make_problem(torch.eye(2), torch.ones(2), c=2.0))(torch.zeros(2))
        tensor(2.)
    """
    return Problem(linear, X, y, X.new_zeros(X.shape[1]) if start is None else start, losses.squared(c), lam=lam)


def from_spectrum(n: int, d: int, sigma: Float[Tensor, " r"], generator: torch.Generator) -> Float[Tensor, "n d"]:
    r"""A matrix with these singular values, $U \,\mathrm{diag}(\sigma)\, V^\top$, its singular vectors drawn at random.

    Args:
        n: How many rows.
        d: How many columns.
        sigma: The singular values that are not zero, at most `min(n, d)` of them.
        generator: The source of chance; the same state gives the same matrix.

    Returns:
        The matrix.

    Raises:
        ValueError: If there are more singular values than rows or columns.

    Example:
        >>> F = from_spectrum(5, 3, torch.tensor([3.0, 0.5]), torch.Generator().manual_seed(0))
        >>> torch.testing.assert_close(torch.linalg.svdvals(F), torch.tensor([3.0, 0.5, 0.0]))
    """
    r = len(sigma)
    if r > min(n, d):
        raise ValueError(f"from_spectrum: need at most min(n, d) = {min(n, d)} singular values, got {r}")
    U, V = (
        torch.linalg.qr(torch.randn(size, r, generator=generator, dtype=sigma.dtype, device=sigma.device)).Q
        for size in (n, d)
    )
    return (U * sigma) @ V.T


def normal_equations(X: Float[Tensor, "n d"], y: Float[Tensor, " n"]) -> Float[Tensor, " d"]:
    r"""The weights of least error, where the gradient is zero: $X^\top X w = X^\top y$.

    Raises:
        ValueError: If the columns of X depend on each other, so that there are many.

    Example:
        >>> normal_equations(torch.tensor([[1.0], [1.0]]), torch.tensor([1.0, 3.0]))
        tensor([2.])
    """
    return torch.linalg.solve(_full_rank("normal_equations", X.T @ X), X.T @ y)


def left_inverse(X: Float[Tensor, "n d"]) -> Float[Tensor, "d n"]:
    r"""$A = (X^\top X)^{-1} X^\top$ of a tall matrix: $AX = I$, and $XA$ projects onto what X can reach.

    Raises:
        ValueError: If the columns of X depend on each other: it has no left inverse.

    Example:
        >>> X = torch.tensor([[1.0, 0.0], [0.0, 2.0], [0.0, 0.0]])
        >>> left_inverse(X) @ X
        tensor([[1., 0.],
                [0., 1.]])
    """
    return torch.linalg.solve(_full_rank("left_inverse", X.T @ X), X.T)


def right_inverse(X: Float[Tensor, "n d"]) -> Float[Tensor, "d n"]:
    r"""$B = X^\top (X X^\top)^{-1}$ of a wide matrix: $XB = I$, and $By$ is the smallest solution of $Xw = y$.

    Raises:
        ValueError: If the rows of X depend on each other: it has no right inverse.

    Example:
        >>> X = torch.tensor([[1.0, 1.0]])
        >>> right_inverse(X) @ torch.tensor([2.0]), X @ right_inverse(X)
        (tensor([1., 1.]), tensor([[1.]]))
    """
    return torch.linalg.solve(_full_rank("right_inverse", X @ X.T), X).T


def pseudo_inverse(X: Float[Tensor, "n d"]) -> Float[Tensor, "d n"]:
    r"""$X^+ = V \Sigma^+ U^\top$ of any matrix: reciprocals of its singular values, and 0 for those that are 0.

    It is the left inverse of a tall matrix of full rank and the right inverse of a wide one. Of all weights of least error,
    $X^+ y$ has the smallest norm, which is also where descent from zero ends: it never leaves the rows' span.

    Example:
        >>> pseudo_inverse(torch.tensor([[2.0, 0.0], [0.0, 0.0]]))
        tensor([[0.5000, 0.0000],
                [0.0000, 0.0000]])
    """
    parts = decompose(X)
    kept = slice(0, parts.rank)
    return (parts.Vh[kept].T / parts.sigma[kept]) @ parts.U[:, kept].T


def _full_rank(function: str, G: Tensor) -> Tensor:
    """A Gram matrix, refused where it is singular but for rounding."""
    values = torch.linalg.eigvalsh(G)
    if not values[0] > len(G) * torch.finfo(G.dtype).eps * values[-1]:
        raise ValueError(f"{function}: need full rank, got less; pseudo_inverse takes any matrix")
    return G
