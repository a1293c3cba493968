r"""PREDICT what minibatches do to descent on linear least squares: the mean and the covariance of $w_t$, exactly.

The mean is descent on all points. Around it the weights wander, since every step looks at m points drawn with replacement:
the covariance of its gradient is known, and quadratic in w, so that mean and covariance follow a linear recurrence.
Runs are `descent`'s; noise on the inputs is a subject of its own.
"""

import math
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from thalweg.linearization import Linearization
from thalweg.modes import linear_path, nearest_minimum
from thalweg.spectrum import decompose

MOST_MODES = 64  # Then there are 2080 second moments, and their recurrence is a matrix of 35 MB.


class Moments(NamedTuple):
    """Mean (d,) and covariance (d, d) of the weights; with the steps in front for a whole path."""

    mean: Tensor
    covariance: Tensor

    @property
    def std(self) -> Tensor:
        """The standard deviation of every weight."""
        return self.covariance.diagonal(dim1=-2, dim2=-1).clamp(min=0).sqrt()

    def along(self, F: Float[Tensor, "n d"]) -> Tensor:
        """The standard deviation of every combination of the weights, one a row of F: of outputs, say."""
        return torch.einsum("nd,...de,ne->...n", F, self.covariance, F).clamp(min=0).sqrt()


def minibatch_moments(
    lin: Linearization, lr: float, batch: int, t: Int[Tensor, " t"], w0: Float[Tensor, " d"] | None = None
) -> Moments:
    r"""The mean and the covariance of the weights after any numbers of steps on minibatches, exactly.

    In the modes of F let $\delta = w - w^*$ have the mean $m$ and the covariance $C$, and let $a_i = 1 - \eta\lambda_i$ be
    the step factors. With residuals $r = r^* + F\delta$ at the points, a step's gradient has about its mean the covariance

    $$ \frac{c^2}{m} \Big( n \sum_i r_i^2 F_i F_i^\top - F^\top r\, r^\top F \Big). $$

    On average that is linear in $C$, in $mm^\top$, in $m$ and in 1. So $C' = TC + G\,(mm^\top, m, 1)$, and $2k$ steps are
    $k$ steps twice: $T \leftarrow T^2$, $G \leftarrow TG + GA$, where A multiplies $m_i m_j$ by $a_i a_j$, $m_i$ by $a_i$ and 1
    by 1. The covariance is carried by itself, so that it keeps its digits where it is small beside $mm^\top$.

    Args:
        lin: The linearization of a squared loss; for a linear model, taken anywhere, it is the model itself.
        lr: The learning rate.
        batch: Points in a minibatch, drawn evenly with replacement.
        t: Numbers of steps, non-negative, in ascending order.
        w0: Where descent begins; the linearization's own point if it is not given.

    Returns:
        The moments, one row per number of steps; not finite once they have grown out of the range of numbers.

    Raises:
        ValueError: If a number is out of its range, or there are more than 64 modes.

    Example:
        One weight, targets 1 and -1 at x = 1, and one of them at each step of lr = 1/2: each step halves the variance and
        adds 1/4.

        >>> from thalweg import losses
        >>> from thalweg.linearization import linearize
        >>> from thalweg.problem import Problem
        >>> X, y = torch.ones(2, 1), torch.tensor([1.0, -1.0])
        >>> problem = Problem(lambda w, X: X @ w, X, y, torch.ones(1), losses.squared(1 / 2))
        >>> path = minibatch_moments(linearize(problem), lr=0.5, batch=1, t=torch.tensor([0, 1, 2]))
        >>> path.mean.squeeze(1), path.covariance.flatten()
        (tensor([1.0000, 0.5000, 0.2500]), tensor([0.0000, 0.2500, 0.3125]))
    """
    _check(lr, batch, t)
    w0 = lin.w if w0 is None else w0
    best, parts = nearest_minimum(lin, w0), decompose(lin.F)
    seen = slice(0, parts.rank)
    if parts.rank > MOST_MODES:
        raise ValueError(
            f"minibatch_moments: need at most {MOST_MODES} modes, got {parts.rank}; linear_path gives the mean"
        )
    V, r = parts.Vh[seen].T, lin.moved(best).r
    C = _covariances(parts.U[:, seen] * parts.sigma[seen], r, lin, lr, batch, V.T @ (w0 - best), t)
    return Moments(linear_path(lin, lr, t, w0), V @ C @ V.T)


def expected_loss(lin: Linearization, moments: Moments) -> Float[Tensor, " t"]:
    r"""The loss that weights with these moments have on average, $L(E[w]) + \frac12 \mathrm{tr}(H\,\mathrm{cov}(w))$.

    Args:
        lin: The linearization of a squared loss, with its ridge.
        moments: The moments, one row a moment.

    Returns:
        The expected losses.

    Example:
        >>> lin = Linearization(torch.zeros(1), torch.ones(1, 1), torch.zeros(1), c=2.0)
        >>> expected_loss(lin, Moments(torch.tensor([[3.0]]), torch.tensor([[[1.0]]])))
        tensor([10.])
    """
    r = lin.r + (moments.mean - lin.w) @ lin.F.T
    square = r.square().sum(1) + moments.along(lin.F).square().sum(1)
    size = moments.mean.square().sum(1) + moments.covariance.diagonal(dim1=1, dim2=2).sum(1)
    return lin.c / 2 * (square + lin.lam * size)


def _covariances(
    F: Float[Tensor, "n r"],
    residual: Tensor,
    lin: Linearization,
    lr: float,
    batch: int,
    m: Float[Tensor, " r"],
    t: Tensor,
) -> Float[Tensor, "t r r"]:
    """The covariance in the modes of F after every number of steps, by the binary digits of the steps between them."""
    d = F.shape[1]
    rows, columns = torch.triu_indices(d, d, device=F.device)
    a = 1 - lr * lin.c * (F.square().sum(0) + lin.lam)
    T, G = _one_step(F, residual, lr * lin.c, batch, a, rows, columns)
    factors = torch.cat([a[rows] * a[columns], a, a.new_ones(1)])
    longest = int(torch.diff(t, prepend=t.new_zeros(1)).max())
    doubled = [(T, G, factors)]
    while 2 ** len(doubled) <= longest:
        T, G, factors = T @ T, T @ G + G * factors, factors.square()
        doubled.append((T, G, factors))
    z, C, now, found = torch.cat([m[rows] * m[columns], m, m.new_ones(1)]), m.new_zeros(len(rows)), 0, []
    for moment in t.tolist():
        gap, now = moment - now, moment
        for digit, (T, G, factors) in enumerate(doubled):
            if gap >> digit & 1:
                C, z = T @ C + G @ z, factors * z
        found.append(C)
    whole = F.new_empty(len(t), d, d)
    whole[:, rows, columns] = whole[:, columns, rows] = torch.stack(found)
    return whole


def _one_step(
    F: Tensor, r: Tensor, rate: float, batch: int, a: Tensor, rows: Tensor, columns: Tensor
) -> tuple[Tensor, Tensor]:
    """T and G of one step: what becomes of the covariance, and what the mean and the residuals at the minimum add to it."""
    n, scatter = len(F), rate**2 / batch
    square, g = F.square().sum(0), F.T @ r
    pairs = F[:, rows] * F[:, columns]  # The entries of every F_i F_i'.
    twice = torch.where(rows == columns, 1.0, 2.0).to(F.dtype)  # An entry off the diagonal stands for two.
    spread = scatter * (n * pairs.T @ (pairs * twice) - (square[rows] * square[columns]).diag())
    mixed = torch.zeros(len(rows), F.shape[1], dtype=F.dtype, device=F.device)
    entries = torch.arange(len(rows), device=F.device)
    mixed[entries, rows] += square[rows] * g[columns]
    mixed[entries, columns] += square[columns] * g[rows]
    linear = scatter * (2 * n * pairs.T @ (F * r.unsqueeze(1)) - mixed)
    constant = scatter * (n * pairs.T @ r.square() - g[rows] * g[columns])
    return spread + (a[rows] * a[columns]).diag(), torch.cat([spread, linear, constant.unsqueeze(1)], 1)


def _check(lr: float, batch: int, t: Tensor) -> None:
    if not (0 < lr < math.inf and batch >= 1):
        raise ValueError(f"minibatch_moments: need a positive, finite lr and batch >= 1, got {lr} and {batch}")
    if t.numel() == 0 or (t < 0).any() or (t.diff() < 0).any():
        raise ValueError(f"minibatch_moments: need ascending numbers of steps from 0 on, got {t.tolist()[:5]}")
