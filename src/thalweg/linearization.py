r"""A problem near a point: how its outputs answer to its parameters, to first order.

Makes the feature matrix `F` and the residual `r`, densely. What F is made of is `spectrum`'s business, what descent does
with it `forecast`'s.
"""

from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from thalweg import losses
from thalweg.problem import Problem, objective


@dataclass(frozen=True)
class Linearization:
    r"""Outputs $f(w + \delta) \approx f(w) + F\delta$ and what the loss makes of them.

    Attributes:
        w: The point.
        F: Derivative of every output entry (flattened, n) in every parameter (d).
        r: The loss's slope in every output entry; for a squared loss the residual $f - y$.
        c: The loss's scale.
        lam: The strength of its ridge.
    """

    w: Float[Tensor, " d"]
    F: Float[Tensor, "n d"]
    r: Float[Tensor, " n"]
    c: float
    lam: float = 0.0

    @property
    def gradient(self) -> Float[Tensor, " d"]:
        r"""The gradient of the loss, $c (F^\top r + \lambda w)$."""
        return self.c * (self.F.T @ self.r + self.lam * self.w)

    def moved(self, w: Float[Tensor, " d"]) -> "Linearization":
        """The same linear model, under a squared loss, at another point."""
        return replace(self, w=w, r=self.r + self.F @ (w - self.w))


def linearize(problem: Problem, w: Float[Tensor, " d"] | None = None) -> Linearization:
    r"""The feature matrix and the residual of a problem at a point.

    $$ F_{ij} = \frac{\partial f_i}{\partial w_j}, \qquad r_i = \ell'(f_i, y_i),
       \qquad \nabla L = c (F^\top r + \lambda w). $$

    Args:
        problem: The problem.
        w: The point; the problem's start if it is not given.

    Returns:
        The linearization. For a linear model `F` is the same at every point.

    Example:
        >>> problem = Problem(lambda w, X: X @ w, torch.eye(2), torch.ones(2), torch.zeros(2), losses.squared())
        >>> lin = linearize(problem)
        >>> lin.F, lin.r
        (tensor([[1., 0.],
                [0., 1.]]), tensor([-1., -1.]))
        >>> torch.testing.assert_close(lin.gradient, torch.func.grad(objective(problem))(lin.w))
    """
    w = problem.start if w is None else w
    outputs = problem.outputs(w)
    F = torch.func.jacrev(problem.outputs)(w).reshape(outputs.numel(), w.numel())
    r = losses.slope(problem.loss, outputs, problem.y).reshape(-1)
    return Linearization(w, F, r, problem.loss.c, problem.lam)


def pulls(problem: Problem, w: Float[Tensor, "*batch d"]) -> Float[Tensor, "*batch n d"]:
    r"""The derivative of each point's own cost in every parameter: who pulls where, and how hard.

    Their sum over the points is the gradient, less what a ridge adds to it. Positive pulls make the parameter smaller.

    Args:
        problem: The problem; a point with k outputs pulls with all of them together.
        w: Parameters, any batch of vectors; a recorded path, say.

    Returns:
        One row for every point.

    Example:
        >>> problem = Problem(lambda w, X: X @ w, torch.eye(2), torch.tensor([1.0, 0.0]), torch.ones(2), losses.squared())
        >>> pulls(problem, torch.tensor([0.0, 0.5]))
        tensor([[-1.0000,  0.0000],
                [ 0.0000,  0.5000]])
    """

    def costs(v: Tensor) -> Tensor:
        sample = problem.loss.sample(problem.outputs(v), problem.y)
        return problem.loss.c * sample.reshape(problem.y.shape[0], -1).sum(1)

    flat = w.reshape(-1, w.shape[-1])
    jacobian = torch.func.jacfwd if w.shape[-1] <= problem.y.shape[0] else torch.func.jacrev
    rows = torch.func.vmap(jacobian(costs), chunk_size=256)(flat)
    return rows.reshape(*w.shape[:-1], *rows.shape[1:])


def hessian(problem: Problem, w: Float[Tensor, " d"]) -> Float[Tensor, "d d"]:
    r"""The second derivative of the total loss, $\nabla^2 L(w)$, densely.

    Example:
        >>> problem = Problem(lambda w, X: X @ w, torch.eye(2), torch.ones(2), torch.zeros(2), losses.squared(c=3.0))
        >>> hessian(problem, torch.ones(2))
        tensor([[3., 0.],
                [0., 3.]])
    """
    return torch.func.jacrev(torch.func.grad(objective(problem)))(w)


def gauss_newton(problem: Problem, w: Float[Tensor, " d"]) -> Float[Tensor, "d d"]:
    r"""The curvature that the linearized model has under a squared loss, $c (F^\top F + \lambda I)$: never negative.

    It is the Hessian less the term $c \sum_i r_i \nabla^2 f_i$, which vanishes for linear models and at a perfect fit.

    Example:
        >>> problem = Problem(lambda w, X: X @ w, torch.eye(2), torch.ones(2), torch.zeros(2), losses.squared(c=3.0))
        >>> gauss_newton(problem, torch.ones(2))
        tensor([[3., 0.],
                [0., 3.]])
    """
    F = linearize(problem, w).F
    return problem.loss.c * (F.T @ F + problem.lam * torch.eye(len(w), dtype=w.dtype, device=w.device))
