r"""A feature matrix taken apart: $F = U\,\mathrm{diag}(\sigma)\,V^\top$, and what follows from that alone.

No learning rate and no time here; `filters` and `forecast` add those.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor


@dataclass(frozen=True)
class Spectrum:
    r"""The singular value decomposition of a feature matrix.

    Attributes:
        U: Left singular vectors, one column a mode: directions of the outputs.
        sigma: Singular values, descending, non-negative.
        Vh: Right singular vectors, one row a mode: directions of the parameters.
    """

    U: Float[Tensor, "n r"]
    sigma: Float[Tensor, " r"]
    Vh: Float[Tensor, "r d"]

    @property
    def rank(self) -> int:
        r"""How many singular values stand out from rounding: $\sigma_i > \sigma_1 \max(n, d)\,\epsilon$."""
        floor = max(len(self.U), self.Vh.shape[1]) * torch.finfo(self.sigma.dtype).eps
        return int((self.sigma > floor * self.sigma[0]).sum()) if self.sigma[0] > 0 else 0

    @property
    def kappa(self) -> float:
        r"""The condition number $\sigma_1 / \sigma_r$ of F; infinite without full rank. The Hessian's is its square."""
        return float(self.sigma[0] / self.sigma[-1]) if self.rank == len(self.sigma) else float("inf")


def decompose(F: Float[Tensor, "n d"]) -> Spectrum:
    r"""The thin singular value decomposition $F = U\,\mathrm{diag}(\sigma)\,V^\top$.

    Args:
        F: A feature matrix, tall, wide or square.

    Returns:
        The spectrum, with $r = \min(n, d)$ modes, the strongest first.

    Raises:
        ValueError: If F is empty or holds NaN or infinities.

    Example:
        >>> spectrum = decompose(torch.tensor([[0.0, 3.0], [1.0, 0.0]]))
        >>> spectrum.sigma, spectrum.rank, round(spectrum.kappa, 12)
        (tensor([3., 1.]), 2, 3.0)
        >>> F = torch.randn(5, 3)
        >>> parts = decompose(F)
        >>> torch.testing.assert_close(parts.U @ parts.sigma.diag() @ parts.Vh, F)
    """
    if F.numel() == 0 or not F.isfinite().all():
        raise ValueError(f"decompose: need a finite, non-empty matrix, got shape {tuple(F.shape)}")
    return Spectrum(*torch.linalg.svd(F, full_matrices=False))


def gram(F: Float[Tensor, "n d"]) -> Float[Tensor, "d d"]:
    r"""How features overlap, $F^\top F$; its eigenvalues are $\sigma^2$ and, times c, the curvatures of a squared loss.

    Example:
        >>> gram(torch.tensor([[1.0, 1.0], [0.0, 1.0]]))
        tensor([[1., 1.],
                [1., 2.]])
    """
    return F.T @ F


def ntk(F: Float[Tensor, "n d"]) -> Float[Tensor, "n n"]:
    r"""How points pull each other along, $F F^\top$: the neural tangent kernel where F is a Jacobian.

    Example:
        >>> ntk(torch.tensor([[1.0, 1.0], [0.0, 1.0]]))
        tensor([[2., 1.],
                [1., 1.]])
    """
    return F @ F.T


def principal_features(F: Float[Tensor, "m d"], spectrum: Spectrum) -> Float[Tensor, "m r"]:
    r"""The principal features $F(x) v_j$ at any points, those that were not trained on too.

    Args:
        F: The feature matrix at the points of interest.
        spectrum: The decomposition of the feature matrix at the training points.

    Returns:
        One column a mode; at the training points it is $\sigma_j u_j$.

    Example:
        >>> F = torch.randn(5, 3)
        >>> spectrum = decompose(F)
        >>> torch.testing.assert_close(principal_features(F, spectrum), spectrum.U * spectrum.sigma)
    """
    return F @ spectrum.Vh.T
