r"""PREDICT what minibatches do to descent on linear least squares: the mean and the covariance of $w_t$, exactly.

The mean is descent on all points. Around it the weights wander, since every step looks at m points drawn with replacement:
the covariance of its gradient is known, and quadratic in w, so that mean and second moment follow a linear recurrence.
Runs are `descent`'s; noise on the inputs is a subject of its own.
"""

import math
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from thalweg.linearize import Linearization
from thalweg.modes import nearest_minimum

MOST_PARAMETERS = 64  # Then there are 2080 second moments, and their recurrence is a matrix of 35 MB.


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

    With $\delta = w - w^*$, $H = c(F^\top F + \lambda I)$, and residuals $r = r^* + F\delta$ at the minimum $w^*$, a step
    leaves on average $(I - \eta H)\,\delta$, and its gradient scatters about its mean with the covariance

    $$ \frac{c^2}{m} \Big( n \sum_i r_i^2 F_i F_i^\top - F^\top r\, r^\top F \Big). $$

    That is quadratic in $\delta$. So $E[\delta\delta^\top]$, $E[\delta]$ and 1 are multiplied by one matrix at every step,
    and $t$ steps are its power, taken by squaring.

    Args:
        lin: The linearization of a squared loss; for a linear model, taken anywhere, it is the model itself.
        lr: The learning rate.
        batch: Points in a minibatch, drawn evenly with replacement.
        t: Numbers of steps, non-negative, in ascending order.
        w0: Where descent begins; the linearization's own point if it is not given.

    Returns:
        The moments, one row per number of steps; not finite once they have grown out of the range of numbers.

    Raises:
        ValueError: If a number is out of its range, or there are more than 64 parameters.

    Example:
        One weight, targets 1 and -1 at x = 1, and one of them at each step of lr = 1/2: each step halves the variance and
        adds 1/4.

        >>> from thalweg import losses
        >>> from thalweg.linearize import linearize
        >>> from thalweg.problem import Problem
        >>> X, y = torch.ones(2, 1), torch.tensor([1.0, -1.0])
        >>> problem = Problem(lambda w, X: X @ w, X, y, torch.ones(1), losses.squared(1 / 2))
        >>> path = minibatch_moments(linearize(problem), lr=0.5, batch=1, t=torch.tensor([0, 1, 2]))
        >>> path.mean.squeeze(1), path.covariance.flatten()
        (tensor([1.0000, 0.5000, 0.2500]), tensor([0.0000, 0.2500, 0.3125]))
    """
    _check(lin, lr, batch, t)
    w0 = lin.w if w0 is None else w0
    best = nearest_minimum(lin, w0)
    rows, columns = torch.triu_indices(len(w0), len(w0), device=w0.device)
    delta = w0 - best
    state = torch.cat([torch.outer(delta, delta)[rows, columns], delta, delta.new_ones(1)])
    states = _powers_on(_recurrence(lin.moved(best), lr, batch, rows, columns), state, t)
    second, mean = states[:, : len(rows)], states[:, len(rows) : -1]
    M = w0.new_empty(len(t), len(w0), len(w0))
    M[:, rows, columns] = M[:, columns, rows] = second
    return Moments(best + mean, M - mean.unsqueeze(2) * mean.unsqueeze(1))


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


def _recurrence(lin: Linearization, lr: float, batch: int, rows: Tensor, columns: Tensor) -> Tensor:
    r"""The matrix of one step on (E[delta delta'] above its diagonal, E[delta], 1), around a minimum."""
    F, r, n = lin.F, lin.r, len(lin.F)
    d, p, scatter = F.shape[1], len(rows), (lr * lin.c) ** 2 / batch
    G, g = F.T @ F, F.T @ r
    A = torch.eye(d, dtype=F.dtype, device=F.device) * (1 - lr * lin.c * lin.lam) - lr * lin.c * G
    pairs = F[:, rows] * F[:, columns]  # The entries of every F_i F_i'.
    twice = torch.where(rows == columns, 1.0, 2.0).to(F.dtype)  # An entry off the diagonal stands for two.
    step = F.new_zeros(p + d + 1, p + d + 1)
    step[:p, :p] = _both_sides(A, rows, columns) + scatter * (
        n * pairs.T @ (pairs * twice) - _both_sides(G, rows, columns)
    )
    mixed = G[rows] * g[columns].unsqueeze(1) + G[columns] * g[rows].unsqueeze(1)
    step[:p, p:-1] = scatter * (2 * n * pairs.T @ (F * r.unsqueeze(1)) - mixed)
    step[:p, -1] = scatter * (n * pairs.T @ r.square() - g[rows] * g[columns])
    step[p:-1, p:-1] = A
    step[-1, -1] = 1
    return step


def _both_sides(A: Tensor, rows: Tensor, columns: Tensor) -> Float[Tensor, "p p"]:
    """The matrix of M -> A M A, for symmetric A and M, on the entries of M from the diagonal upwards."""
    straight = A[rows][:, rows] * A[columns][:, columns]
    crossed = A[rows][:, columns] * A[columns][:, rows]
    return straight + torch.where(rows == columns, 0.0, 1.0).to(A.dtype) * crossed


def _powers_on(step: Tensor, state: Tensor, t: Tensor) -> Float[Tensor, "t _"]:
    """A state after every number of steps, by the binary digits of the steps between them."""
    longest = int(torch.diff(t, prepend=t.new_zeros(1)).max())
    powers, states, now = [step], [], 0
    while 2 ** len(powers) <= longest:
        powers.append(powers[-1] @ powers[-1])
    for moment in t.tolist():
        gap, now = moment - now, moment
        for digit, power in enumerate(powers):
            if gap >> digit & 1:
                state = power @ state
        states.append(state)
    return torch.stack(states)


def _check(lin: Linearization, lr: float, batch: int, t: Tensor) -> None:
    if not (0 < lr < math.inf and batch >= 1):
        raise ValueError(f"minibatch_moments: need a positive, finite lr and batch >= 1, got {lr} and {batch}")
    if t.numel() == 0 or (t < 0).any() or (t.diff() < 0).any():
        raise ValueError(f"minibatch_moments: need ascending numbers of steps from 0 on, got {t.tolist()[:5]}")
    if lin.w.numel() > MOST_PARAMETERS:
        raise ValueError(
            f"minibatch_moments: need at most {MOST_PARAMETERS} parameters, got {lin.w.numel()}; linear_path gives the mean"
        )
