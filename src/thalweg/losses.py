"""Per-sample losses: what one output costs against its target, and how that changes with the output.

Every loss is `c` times a sum over samples, so that a mean is `c = 1/n` and a minibatch is an unbiased share of the sum.
No data and no parameters here: a problem holds those.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor


@dataclass(frozen=True)
class Loss:
    r"""A loss $c \sum_i \ell(f_i, y_i)$ of outputs $f$ against targets $y$.

    Attributes:
        name: How tables and legends call it.
        sample: The cost of each sample, $\ell(f, y)$, in the shape of the targets. Yours may be any torch function.
        c: The scale: 1 for a sum, `1/n` for a mean over n targets. For squared losses the sample cost is *half* a
            square, so `c = 2/n` is `torch.nn.MSELoss`.
        demand: For squared losses, what a target asks of its output; `None` for every other loss.
    """

    name: str
    sample: Callable[[Tensor, Tensor], Tensor]
    c: float
    demand: Callable[[Tensor], Tensor] | None = None

    def __post_init__(self) -> None:
        if not (self.c > 0 and math.isfinite(self.c)):
            raise ValueError(f"Loss: need a positive, finite scale c, got {self.c}")


def total(loss: Loss, outputs: Tensor, targets: Tensor) -> Float[Tensor, ""]:
    r"""The loss of all samples together, $c \sum_i \ell(f_i, y_i)$.

    Example:
        >>> f, y = torch.tensor([3.0, 1.0]), torch.tensor([1.0, 1.0])
        >>> total(squared(c=1.0), f, y), total(squared(c=2 / 2), f, y) == ((f - y) ** 2).mean()
        (tensor(2.), tensor(True))
    """
    return loss.c * loss.sample(outputs, targets).sum()


def slope(loss: Loss, outputs: Float[Tensor, "*batch"], targets: Tensor) -> Float[Tensor, "*batch"]:
    r"""The derivative of every sample's cost in its output, $\ell'(f_i, y_i)$; for a squared loss the residual.

    It makes the gradient of any loss `c * F.T @ slope`, with `F` the feature matrix.

    Example:
        >>> slope(squared(), torch.tensor([3.0, 1.0]), torch.tensor([1.0, 1.0]))
        tensor([2., 0.])
    """
    return torch.func.grad(lambda f: loss.sample(f, targets).sum())(outputs)


def squared(c: float = 1.0) -> Loss:
    r"""Half a square, $\ell = \frac12 (f - y)^2$: `c=1` half sum, `2` sum, `1/n` half mean, `2/n` mean.

    Args:
        c: The scale, positive.

    Returns:
        The loss, whose demand is the target itself.

    Example:
        >>> squared().sample(torch.tensor(3.0), torch.tensor(1.0))
        tensor(2.)
    """
    return Loss("squared", _half_square, c, demand=_itself)


def shifted(a: float, c: float = 1.0) -> Loss:
    r"""Half a square against the shifted target $a + (1-a) y$: what is off demands `a` instead of 0.

    Args:
        a: What a target of 0 demands; a target of 1 demands 1 whatever `a` is. Below 1.
        c: The scale, positive.

    Returns:
        The loss, whose demand is the shifted target.

    Raises:
        ValueError: If `a` is not a finite number below 1.

    Example:
        >>> shifted(0.3).sample(torch.tensor([0.3, 1.0]), torch.tensor([0.0, 1.0]))
        tensor([0., 0.])
    """
    if not (math.isfinite(a) and a < 1):
        raise ValueError(f"shifted: need a finite a < 1, got {a}; with a = 1 on and off demand the same")

    def demand(y: Tensor) -> Tensor:
        return a + (1 - a) * y

    return Loss(f"squared, off demands {a:.4g}", lambda f, y: (f - demand(y)).square() / 2, c, demand)


def cross_entropy(c: float = 1.0) -> Loss:
    r"""Minus the log of the probability of what was seen; the output is the probability of a 1.

    $\ell = -\log(y f + (1-y)(1-f))$ for targets 0 and 1 and outputs strictly between.

    Example:
        >>> cross_entropy().sample(torch.tensor([0.5, 0.25]), torch.tensor([1.0, 0.0])).exp()
        tensor([2.0000, 1.3333])
    """
    return Loss("cross entropy", lambda f, y: -(y * f + (1 - y) * (1 - f)).log(), c)


def logistic(threshold: float = 0.0, steepness: float = 1.0, c: float = 1.0) -> Loss:
    r"""Cross entropy of a logit: $\ell = \log(1 + e^{-m})$ with the margin $m = k (2y-1)(f-\theta)$.

    Args:
        threshold: The output $\theta$ at which both answers are equally likely.
        steepness: The factor $k$ from output to logit, positive.
        c: The scale, positive.

    Returns:
        The loss, for targets 0 and 1 and any real output.

    Raises:
        ValueError: If the steepness is not positive and finite.

    Example:
        >>> logistic().sample(torch.tensor(0.0), torch.tensor(1.0)) == math.log(2)
        tensor(True)
    """
    _need_positive("logistic", "steepness", steepness)
    return Loss("logistic", lambda f, y: torch.nn.Softplus()(-steepness * _margin(f, y, threshold)), c)


def exponential(threshold: float = 0.0, c: float = 1.0) -> Loss:
    r"""Boosting's loss, $\ell = e^{-m}$ with the margin $m = (2y-1)(f-\theta)$.

    Example:
        >>> exponential().sample(torch.tensor(0.0), torch.tensor(1.0))
        tensor(1.)
    """
    return Loss("exponential", lambda f, y: (-_margin(f, y, threshold)).exp(), c)


def hinge(threshold: float = 0.0, margin: float = 1.0, c: float = 1.0) -> Loss:
    r"""What is missing of a wanted margin, $\ell = \max(0, M - m)$ with $m = (2y-1)(f-\theta)$.

    Args:
        threshold: The output $\theta$ that separates the two answers.
        margin: The margin $M$ that costs nothing, positive.
        c: The scale, positive.

    Returns:
        The loss, for targets 0 and 1 and any real output.

    Raises:
        ValueError: If the margin is not positive and finite.

    Example:
        >>> hinge().sample(torch.tensor([2.0, 0.25]), torch.tensor([1.0, 1.0]))
        tensor([0.0000, 0.7500])
    """
    _need_positive("hinge", "margin", margin)
    return Loss("hinge", lambda f, y: (margin - _margin(f, y, threshold)).relu(), c)


def softmax_cross_entropy(c: float = 1.0) -> Loss:
    r"""Cross entropy of k logits, $\ell = \log\sum_j e^{f_j} - f_y$, for a class number `y` in 0..k-1.

    Example:
        >>> softmax_cross_entropy().sample(torch.zeros(1, 4), torch.tensor([2])).exp()
        tensor([4.])
    """
    return Loss("softmax cross entropy", _softmax_sample, c)


def _itself(y: Tensor) -> Tensor:
    return y


def _half_square(f: Tensor, y: Tensor) -> Tensor:
    return (f - y).square() / 2


def _softmax_sample(f: Tensor, y: Tensor) -> Tensor:
    return f.logsumexp(-1) - f.gather(-1, y.unsqueeze(-1)).squeeze(-1)


def _margin(f: Tensor, y: Tensor, threshold: float) -> Tensor:
    return (2 * y - 1) * (f - threshold)


def _need_positive(function: str, name: str, value: float) -> None:
    if not (value > 0 and math.isfinite(value)):
        raise ValueError(f"{function}: need a positive, finite {name}, got {value}")
