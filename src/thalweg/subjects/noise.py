r"""Instance noise: descent on inputs to which normal noise is added anew at every step, $\tilde X = X + sN$.

On average it is ridge with $\lambda = n s^2$; around that average the weights wander, and for larger learning rates without
bound. Here are the moments of $w_t$ in closed form; the runs are `descent`'s, with `noise_std`.

Throughout, the loss is $\frac c2 \|\tilde Xw - y\|^2$, $G = X^\top X$, $h = X^\top y$ and $B = G + n s^2 I$.
"""

import math
from functools import cache

import numpy as np
import torch
from jaxtyping import Float
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.special import dawsn
from torch import Tensor

from thalweg.minibatch import Moments
from thalweg.problem import Problem
from thalweg.subjects import least_squares

EULER = 0.5772156649015329  # Euler's constant.


def ridge_strength(n: int, noise_std: float) -> float:
    r"""The ridge that noise amounts to, $\lambda = n s^2$ beside a sum of squares; the homework's is $s^2$ beside their mean.

    $$ E\|(X + sN)w - y\|^2 = \|Xw - y\|^2 + s^2 E\|Nw\|^2 = \|Xw - y\|^2 + n s^2 \|w\|^2. $$

    Example:
        >>> ridge_strength(3, 2.0)
        12.0
    """
    return n * noise_std**2


def expected_problem(X: Float[Tensor, "n d"], y: Float[Tensor, " n"], noise_std: float, c: float = 1.0) -> Problem:
    """The problem without noise whose descent is the mean of descents with it: ridge.

    Example:
        >>> expected_problem(torch.ones(2, 1), torch.ones(2), 0.5).lam
        0.5
    """
    return least_squares.make_problem(X, y, c, lam=ridge_strength(len(X), noise_std))


def next_moments(
    now: Moments, X: Float[Tensor, "n d"], y: Float[Tensor, " n"], noise_std: float, lr: float, c: float = 1.0
) -> Moments:
    r"""The moments one step later, exactly.

    Given w, the gradient $g = \tilde X^\top(\tilde Xw - y)$ has the mean $Bw - h$ and, by Isserlis's theorem, the covariance

    $$ K(w) = s^2 \|Xw-y\|^2 I + s^2 \|w\|^2 B + s^2 (r w^\top + w r^\top) + n s^4 w w^\top, \qquad r = X^\top(Xw - y). $$

    All of it is quadratic in w, so that $C' = (I - \eta cB)\, C\, (I - \eta cB) + \eta^2 c^2 E[K]$ needs no more than the
    mean and the covariance C.

    Args:
        now: The moments before the step.
        X: The data.
        y: The targets.
        noise_std: Standard deviation s of the noise on every input.
        lr: The learning rate.
        c: The loss's scale.

    Returns:
        The moments after it.

    Reference:
        L. Isserlis, On a formula for the product-moment coefficient of any order of a normal frequency distribution,
        Biometrika 12 (1918).

    Example:
        One weight, from zero: the first step is $\eta \tilde x y$, so its variance is $(\eta y s)^2$.

        >>> start = Moments(torch.zeros(1), torch.zeros(1, 1))
        >>> next_moments(start, torch.ones(1, 1), 2 * torch.ones(1), noise_std=3.0, lr=0.1).std
        tensor([0.6000])
    """
    s2, n, rate = noise_std**2, len(X), lr * c
    G, h, eye = X.T @ X, X.T @ y, torch.eye(X.shape[1], dtype=X.dtype, device=X.device)
    B, (m, C) = G + n * s2 * eye, now
    M = C + torch.outer(m, m)  # E[w w'].
    rw = G @ M - torch.outer(h, m)  # E[r w'].
    residual = (X @ m - y).square().sum() + (G * C).sum()  # E|Xw - y|^2.
    scatter = s2 * (residual * eye + M.trace() * B + rw + rw.T) + n * s2**2 * M
    step = eye - rate * B
    return Moments(m - rate * (B @ m - h), step @ C @ step + rate**2 * scatter)


def moments(
    X: Float[Tensor, "n d"], y: Float[Tensor, " n"], noise_std: float, lr: float, steps: int, c: float = 1.0
) -> Moments:
    """The moments of the weights after 0 to `steps` steps from zero.

    Args:
        X: The data.
        y: The targets.
        noise_std: Standard deviation of the noise on every input, not negative.
        lr: The learning rate.
        steps: How many steps.
        c: The loss's scale.

    Returns:
        The moments, with the steps as leading axis.

    Example:
        >>> moments(torch.ones(1, 1), torch.ones(1), noise_std=1.0, lr=0.25, steps=2).mean
        tensor([[0.0000],
                [0.2500],
                [0.3750]])
    """
    d = X.shape[1]
    path = [Moments(X.new_zeros(d), X.new_zeros(d, d))]
    for _ in range(steps):
        path.append(next_moments(path[-1], X, y, noise_std, lr, c))
    return Moments(*(torch.stack(parts) for parts in zip(*path, strict=True)))


def resting_moments(
    X: Float[Tensor, "n d"], y: Float[Tensor, " n"], noise_std: float, lr: float, c: float = 1.0
) -> Moments:
    """The moments in the long run: the mean is ridge's, and the covariance the fixed point of a map that is then affine.

    Args:
        X: The data, of few features: the map has d^2 unknowns.
        y: The targets.
        noise_std: Standard deviation of the noise on every input.
        lr: The learning rate, under `variance_limit`.
        c: The loss's scale.

    Returns:
        The moments.

    Raises:
        ValueError: If the learning rate is so large that the variance grows without bound.

    Example:
        >>> resting = resting_moments(torch.ones(1, 1), torch.ones(1), noise_std=1.0, lr=0.1)
        >>> after = moments(torch.ones(1, 1), torch.ones(1), noise_std=1.0, lr=0.1, steps=500)
        >>> torch.testing.assert_close(resting.std, after.std[-1])
    """
    limit = variance_limit(X, noise_std, c)
    if not lr < limit:
        raise ValueError(
            f"resting_moments: need lr < {limit:.4g}, got {lr:g}; from there on the variance grows for ever"
        )
    d = X.shape[1]
    B = X.T @ X + ridge_strength(len(X), noise_std) * torch.eye(d, dtype=X.dtype, device=X.device)
    mean = torch.linalg.solve(B, X.T @ y)

    def step(flat: Tensor) -> Tensor:
        return next_moments(Moments(mean, flat.reshape(d, d)), X, y, noise_std, lr, c).covariance.reshape(-1)

    zero = X.new_zeros(d * d)
    A = torch.func.jacrev(step)(zero)
    fixed = torch.linalg.solve(torch.eye(len(zero), dtype=X.dtype, device=X.device) - A, step(zero))
    return Moments(mean, fixed.reshape(d, d))


def fourth_moments(x: float, y: float, noise_std: float, lr: float, steps: int, c: float = 1.0) -> Float[Tensor, " t"]:
    r"""The fourth central moment of one weight after 0 to `steps` steps from zero: how far chance moves a measured variance.

    A step is $w' = a w + b$ with $a = 1 - \eta c\tilde x^2$ and $b = \eta c\tilde x y$, so the central moments follow
    $E[(a v + e)^k]$ with $v = w - E[w]$ and $e = (a - E[a]) E[w] + b - E[b]$; quadrature over $\tilde x$ is exact, being over
    polynomials.

    Args:
        x: The one input.
        y: Its target.
        noise_std: Standard deviation of the noise on the input.
        lr: The learning rate.
        steps: How many steps.
        c: The loss's scale.

    Returns:
        One number a step.

    Example:
        After one step w is normal, and its fourth moment three times the square of its variance.

        >>> round(float(fourth_moments(1.0, 2.0, 3.0, lr=0.1, steps=1)[1]) / 0.6**4, 9)
        3.0
    """
    seen, weights = _seen(x, noise_std)
    a, b = 1 - lr * c * seen**2, lr * c * seen * y
    mean, central = 0.0, [1.0, 0.0, 0.0, 0.0, 0.0]
    path = [0.0]
    for _ in range(steps):
        after = float((weights * (a * mean + b)).sum())
        e = a * mean + b - after
        central = [
            sum(math.comb(k, j) * float((weights * a**j * e ** (k - j)).sum()) * central[j] for j in range(k + 1))
            for k in range(5)
        ]
        mean = after
        path.append(central[4])
    return torch.tensor(path, dtype=torch.float64)


def factor_moment(x: float, noise_std: float, lr: float, power: int, c: float = 1.0) -> float:
    r"""What a step does to a moment of one weight with target 0, $E[(1 - \eta c \tilde x^2)^k]$, exactly.

    Example:
        >>> round(factor_moment(1.0, 1.0, lr=0.1, power=2), 12)
        0.7
    """
    seen, weights = _seen(x, noise_std)
    return float((weights * (1 - lr * c * seen**2) ** power).sum())


def step_factors(x: float, noise_std: float, lr: Float[Tensor, " k"], c: float = 1.0) -> dict[str, Float[Tensor, " k"]]:
    r"""By how much a step multiplies the error of one weight, in three senses, each stable where its factor is below 1.

    $\sqrt{E(1 - \eta c \tilde x^2)^2}$ for the root mean square, $|E(1 - \eta c \tilde x^2)|$ for the mean, and
    $\exp E \ln|1 - \eta c \tilde x^2|$ for almost every run.

    Args:
        x: The one input.
        noise_std: Standard deviation of the noise on it, positive.
        lr: Learning rates, positive.
        c: The loss's scale.

    Returns:
        The factors, by what they stand for, in the order in which they lose hold as the learning rate grows.

    Example:
        >>> factors = step_factors(1.0, 1.0, torch.tensor([0.1, 0.4, 1.0]))
        >>> factors["root mean square"].square(), factors["mean"]
        (tensor([0.7000, 1.0000, 7.0000]), tensor([0.8000, 0.2000, 1.0000]))
    """
    seen, weights = _seen(x, noise_std)
    left = 1 - lr[:, None] * c * seen.to(lr) ** 2
    typical = [typical_factor(x, noise_std, each, c) for each in lr.tolist()]
    return {
        "root mean square": (left.square() @ weights.to(lr)).sqrt(),
        "mean": (left @ weights.to(lr)).abs(),
        "almost every run": lr.new_tensor(typical),
    }


def mean_limit(X: Float[Tensor, "n d"], noise_std: float, c: float = 1.0) -> float:
    r"""The learning rate up to which the mean of the weights converges, $2 / (c (\sigma_1^2 + n s^2))$.

    Example:
        >>> mean_limit(torch.ones(1, 1), 1.0)
        1.0
    """
    return 2 / (c * (float(torch.linalg.matrix_norm(X, 2)) ** 2 + ridge_strength(len(X), noise_std)))


def variance_limit(X: Float[Tensor, "n d"], noise_std: float, c: float = 1.0) -> float:
    r"""The learning rate up to which the variance of the weights stays bounded: where the second moments' map has radius 1.

    In the eigenbasis of G the map keeps diagonal matrices diagonal, and none grows faster: with $\beta_i = g_i + n s^2$ it is

    $$ D = \mathrm{diag}\big((1-\eta c\beta_i)^2\big)
       + \eta^2 c^2 \big[\mathrm{diag}(2 s^2 g_i + n s^4) + s^2 (1 g^\top + g 1^\top) + n s^4 1 1^\top\big]. $$

    One point with one weight: $2 (x^2 + s^2) / (x^4 + 6 x^2 s^2 + 3 s^4)$, over c.

    Example:
        >>> variance_limit(torch.ones(1, 1), 1.0), 2 * 2 / 10
        (0.4, 0.4)
    """
    low, high = 0.0, mean_limit(X, noise_std, c)
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if second_moment_factor(X, noise_std, middle, c) < 1 else (low, middle)
    return (low + high) / 2


def second_moment_map(X: Float[Tensor, "n d"], noise_std: float, lr: float, c: float = 1.0) -> Float[Tensor, "d d"]:
    """What a step makes of the mean squares of the weights' coordinates in X's modes: `variance_limit`'s D.

    Example:
        One weight: E[(1 - lr x^2)^2].

        >>> second_moment_map(torch.ones(1, 1), 1.0, lr=0.1), 1 - 2 * 0.1 * 2 + 0.1**2 * 10
        (tensor([[0.7000]]), 0.7)
    """
    n, s2, rate = len(X), noise_std**2, lr * c
    g = torch.linalg.svdvals(X).square()
    g = torch.cat([g, g.new_zeros(X.shape[1] - len(g))])
    one = torch.ones_like(g)
    spread = s2 * (torch.outer(one, g) + torch.outer(g, one)) + n * s2**2
    return ((1 - rate * (g + n * s2)).square() + rate**2 * (2 * s2 * g + n * s2**2)).diag() + rate**2 * spread


def second_moment_factor(X: Float[Tensor, "n d"], noise_std: float, lr: float, c: float = 1.0) -> float:
    """By how much a step multiplies the second moment of what is far from rest, in the end: the radius of D.

    Example:
        >>> round(second_moment_factor(torch.ones(1, 1), 1.0, lr=0.1), 12)
        0.7
    """
    return float(torch.linalg.eigvalsh(second_moment_map(X, noise_std, lr, c))[-1])


def typical_factor(x: float, noise_std: float, lr: float, c: float = 1.0) -> float:
    r"""By how much a step multiplies the error of one weight *typically*: $\exp E \ln|1 - \eta c \tilde x^2|$.

    It is below 1 also where the variance grows: almost every run then stays near, with ever rarer and ever larger excursions.
    With $1 - \rho^2\tilde x^2 = (1 - \rho\tilde x)(1 + \rho\tilde x)$ and $\rho = \sqrt{\eta c}$ it is a sum of two terms
    $E \ln|Z + \mu|$, whose derivative in $\mu$ is Dawson's function, $\sqrt2 D(\mu/\sqrt2)$.

    Args:
        x: The one input.
        noise_std: Standard deviation of the noise on it, positive.
        lr: The learning rate.
        c: The loss's scale.

    Returns:
        The factor.

    Raises:
        ValueError: If there is no noise, or no learning rate.

    Reference:
        H. Kesten, Random difference equations and renewal theory for products of random matrices, Acta Math. 131 (1973).

    Example:
        >>> round(typical_factor(1.0, 1e-9, lr=0.5), 6)
        0.5
    """
    if not (noise_std > 0 and lr > 0):
        raise ValueError(f"typical_factor: need noise_std > 0 and lr > 0, got {noise_std} and {lr}")
    root = math.sqrt(lr * c)
    ends = ((x - 1 / root) / noise_std, (x + 1 / root) / noise_std)
    return (root * noise_std) ** 2 * math.exp(sum(map(_log_size, ends)))


def typical_limit(x: float, noise_std: float, c: float = 1.0) -> float:
    """The learning rate up to which one weight itself stays bounded in almost every run: where `typical_factor` is 1.

    Raises:
        ValueError: If there is no noise.

    Example:
        >>> limit = typical_limit(1.0, 1.0)
        >>> round(typical_factor(1.0, 1.0, limit), 9)
        1.0
    """
    if not noise_std > 0:
        raise ValueError(f"typical_limit: need noise_std > 0, got {noise_std}; without noise it is 2 / (c x^2)")
    square = x * x + noise_std**2
    whole = 1 / (
        c * square
    )  # In this unit the limit is neither small nor large, whatever x and the noise are measured in.
    return whole * float(brentq(lambda share: math.log(typical_factor(x, noise_std, share * whole, c)), 1.0, 1e3))


def _log_size(mu: float) -> float:
    """E ln|Z + mu| of a standard normal Z."""
    mu = abs(mu)
    if mu > 40:
        return math.log(mu) - 1 / (2 * mu**2)
    return quad(lambda u: math.sqrt(2) * dawsn(u / math.sqrt(2)), 0, mu)[0] - (EULER + math.log(2)) / 2


def _seen(x: float, noise_std: float) -> tuple[Tensor, Tensor]:
    """Noisy inputs and their weights, so that means of polynomials up to degree 23 in the input are exact."""
    nodes, weights = _hermite()
    return x + noise_std * nodes, weights


@cache
def _hermite() -> tuple[Tensor, Tensor]:
    nodes, weights = (torch.from_numpy(v) for v in np.polynomial.hermite_e.hermegauss(12))
    return nodes, weights / weights.sum()
