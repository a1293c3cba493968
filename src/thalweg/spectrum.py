r"""A feature matrix taken apart: $F = U\,\mathrm{diag}(\sigma)\,V^\top$, and what follows from that alone.

No learning rate and no time here; `filters` and `forecast` add those.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
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
    def seen(self) -> Bool[Tensor, " r"]:
        """Which modes stand out from rounding: as many of the first as the rank."""
        return torch.arange(len(self.sigma), device=self.sigma.device) < self.rank

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


def shares(spectrum: Spectrum, y: Float[Tensor, " n"]) -> Float[Tensor, " r"]:
    r"""The share $(u_j^\top y)^2 / \|y\|^2$ of a target's square that lies along each mode.

    Args:
        spectrum: The decomposition of a feature matrix.
        y: Targets, or what is left of them, at its points; not all 0.

    Returns:
        The shares, in the order of the modes, and 0 beyond the rank, where modes are rounding; together 1, or less where the
        features do not reach the whole target.

    Raises:
        ValueError: If the target is 0.

    Example:
        >>> shares(decompose(torch.diag(torch.tensor([3.0, 1.0]))), torch.tensor([1.0, 2.0]))
        tensor([0.2000, 0.8000])
    """
    size = y.square().sum()
    if not size > 0:
        raise ValueError("shares: need a target that is not 0, got 0 at every point")
    return torch.where(spectrum.seen, (spectrum.U.T @ y).square() / size, 0.0)


def alignment(F: Float[Tensor, "n d"], G: Float[Tensor, "n k"]) -> float:
    r"""How alike two sets of features are to descent: the cosine between their kernels, from 0 to 1.

    $$ \frac{\langle F F^\top, G G^\top \rangle}{\|F F^\top\| \, \|G G^\top\|} $$

    It is 1 if all points pull each other along in the same way, but for one common factor.

    Args:
        F: Features at some points.
        G: Others at the same points, as many or not.

    Returns:
        The cosine.

    Raises:
        ValueError: If either is 0.

    Reference:
        Cristianini, Shawe-Taylor, Elisseeff and Kandola, On kernel-target alignment, NIPS 2001.

    Example:
        >>> F = torch.randn(5, 3)
        >>> round(alignment(F, 2 * F), 12), alignment(torch.tensor([[1.0], [0.0]]), torch.tensor([[0.0], [1.0]]))
        (1.0, 0.0)
    """
    K, L = ntk(F), ntk(G)
    size = float(K.norm() * L.norm())
    if not size > 0:
        raise ValueError("alignment: need features that are not 0, got 0 at every point")
    return float((K * L).sum()) / size
