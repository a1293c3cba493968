"""How a run ended, and the judgement that says so, row by row.

Meeting a tolerance is not yet arriving: a flat far corner meets it, and so does a lucky jump. The judgement looks at the
curvature where the run stopped. It changes nothing; `descent` runs.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from thalweg.rules import Rule

Data = tuple[Tensor, Tensor, bool]  # Inputs, targets, and whether they have the rows as leading axis.

CEILING = 1e8  # A loss so many times its start (or 1, if that is larger) has diverged.
GAIN = 0.01  # Or what is left to gain by such a step is at most this share of the loss.
NEAR = 0.1  # A Newton step from the stop to the minimum is at most this share of the parameters.
ROWS = 4096  # Rows that are judged at once, so that memory does not grow with the runs.
FEW_PARAMETERS = 50  # Up to so many, a stop is judged by the whole Hessian.
PROBE_STEPS = 64  # Plain steps that tell a run that still falls from one that jumps about.


class Outcome(Enum):
    """How a run ended; its value is the sentence that the reader sees."""

    converged = "converged: it stopped on the tolerance, near a minimum that this learning rate holds"
    out_of_steps = "out of steps: it was still on its way when the steps ran out"
    diverged = "diverged: the loss or a parameter left all bounds"
    oscillating = "oscillating: it jumps to and fro, and its loss no longer falls"
    false_stop = "false stop: its gradient met the tolerance where the loss is flat, far from any minimum"
    stopped_by_chance = "stopped by chance: it met the tolerance while jumping about a minimum that it cannot hold"

    @property
    def words(self) -> str:
        """The name in plain words, as tables and JSON have it."""
        return self.name.replace("_", " ")


def gradients(
    value: Callable[..., Tensor], w: Float[Tensor, "b d"], X: Tensor, y: Tensor, rows: bool
) -> tuple[Float[Tensor, " b"], Float[Tensor, "b d"]]:
    """Loss and gradient of every row at once, by one backward pass through the sum of the rows' losses.

    Args:
        value: The loss of one row's parameters on X and y.
        w: One row a run.
        X: Inputs, shared by all rows, or with the rows as leading axis.
        y: Targets, likewise.
        rows: Whether X and y have the leading axis.

    Returns:
        Losses and gradients, detached.

    Example:
        >>> gradients(lambda w, X, y: (w**2).sum(), torch.tensor([[1.0], [3.0]]), torch.ones(1), torch.ones(1), False)
        (tensor([1., 9.]), tensor([[2.],
                [6.]]))
    """
    if len(w) > ROWS:
        parts = [
            gradients(value, w[i : i + ROWS], *_some((X, y, rows), slice(i, i + ROWS))) for i in range(0, len(w), ROWS)
        ]
        return torch.cat([loss for loss, _ in parts]), torch.cat([gradient for _, gradient in parts])
    w = w.detach().requires_grad_()
    loss = losses(value, w, X, y, rows)
    (gradient,) = torch.autograd.grad(loss.sum(), w, materialize_grads=True)
    return loss.detach(), gradient


def ceilings(first: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch"]:
    """The loss over which a row that began with this one has diverged.

    Example:
        >>> ceilings(torch.tensor([1e-3, -5.0]))
        tensor([1.0000e+08, 5.0000e+08])
    """
    return CEILING * first.abs().clamp(min=1.0)


@dataclass(frozen=True)
class Bounds:
    """What a run was held to.

    Attributes:
        tolerance: It stops where the loss, or every entry of the gradient, is below.
        rule: The update rule.
        ceiling: Losses over which each row has diverged.
        lower: The parameters' lower bound.
    """

    tolerance: float
    rule: Rule
    ceiling: Float[Tensor, " b"]
    lower: float


def judge(
    value: Callable[..., Tensor],
    data: Data,
    w: Float[Tensor, "b d"],
    lr: Float[Tensor, " b"],
    stopped: Bool[Tensor, " b"],
    moved: Float[Tensor, " b"],
    bounds: Bounds,
) -> list[Outcome]:
    r"""The outcome of every row, from where it ended.

    A row that stopped has *converged* if the loss curves upwards along its gradient (and, with few parameters, downwards
    in no direction), the minimum that this curvature $\kappa$ promises is near ($|g|/\kappa$ is small beside the
    parameters, or leaves little to gain), and a step of its learning rate there would not be thrown out again
    ($\eta\kappa$ under the rule's limit).

    Args:
        value: The loss of one row's parameters on X and y.
        data: X, y, and whether they have the rows as leading axis.
        w: Where each row ended.
        lr: The learning rates.
        stopped: Whether the row's stopping rule held, of whatever kind.
        moved: How far each row is from its start.
        bounds: What the run was held to.

    Returns:
        One outcome a row.

    Example:
        >>> def value(w, X, y):
        ...     return (w**2).sum()
        >>> from thalweg import rules
        >>> X, one = torch.ones(1), torch.ones(1)
        >>> bounds = Bounds(1e-6, rules.gd(), torch.tensor([1e8]), -math.inf)
        >>> judge(value, (X, X, False), torch.tensor([[1e-7]]), 0.1 * one, one > 0, one, bounds)[0].words
        'converged'
    """
    if len(w) > ROWS:
        return _judge_in_parts(value, data, w, lr, stopped, moved, bounds)
    loss, g, curvature = _curvature_along(value, w, *data)
    lost = ~(loss <= bounds.ceiling) | (w <= bounds.lower).any(1) | ~w.isfinite().all(1)
    met = (loss < bounds.tolerance) | (g.abs() < bounds.tolerance).all(1)
    size, reach = g.norm(dim=1), NEAR * torch.maximum(w.norm(dim=1), moved)
    little = size.square() <= 2 * curvature * GAIN * loss.abs()
    near = (curvature > 0) & ((size <= curvature * reach) | little) & (size > 0)
    newton = torch.where(near.unsqueeze(1), w - g / curvature.unsqueeze(1), w)
    held = _curvature_along(value, newton, *data, along=g)[2]
    jumpy = (lr * held > bounds.rule.limit) & (moved > 0) & (size > 0)
    arrived = _in_bowl(value, data, w, near, (size == 0) & (curvature > 0)) | (size == 0) & (loss < bounds.tolerance)
    going = ~stopped & ~lost
    falls = torch.ones_like(stopped)
    if going.any():
        falls[going] = _still_falls(value, _some(data, going), w[going], lr[going], bounds.rule)
    kinds = [
        (lost, Outcome.diverged),
        (going & falls, Outcome.out_of_steps),
        (going, Outcome.oscillating),
        (~met | jumpy, Outcome.stopped_by_chance),
        (arrived, Outcome.converged),
    ]
    return [next((kind for mask, kind in kinds if mask[row]), Outcome.false_stop) for row in range(len(w))]


def losses(
    value: Callable[..., Tensor], w: Float[Tensor, "b d"], X: Tensor, y: Tensor, rows: bool
) -> Float[Tensor, " b"]:
    """The loss of every row; the arguments are those of `gradients`.

    Example:
        >>> losses(lambda w, X, y: (w**2).sum(), torch.tensor([[1.0], [3.0]]), torch.ones(1), torch.ones(1), False)
        tensor([1., 9.])
    """
    if len(w) == 1:
        return (value(w[0], X[0], y[0]) if rows else value(w[0], X, y)).unsqueeze(0)
    axis = 0 if rows else None
    return torch.func.vmap(value, in_dims=(0, axis, axis))(w, X, y)


def _judge_in_parts(
    value: Callable[..., Tensor], data: Data, w: Tensor, lr: Tensor, stopped: Tensor, moved: Tensor, bounds: Bounds
) -> list[Outcome]:
    """A few rows at a time, so that memory does not grow with the runs."""
    outcomes = []
    for first in range(0, len(w), ROWS):
        rows = slice(first, first + ROWS)
        part = replace(bounds, ceiling=bounds.ceiling[rows])
        outcomes += judge(value, _some(data, rows), w[rows], lr[rows], stopped[rows], moved[rows], part)
    return outcomes


def _some(data: Data, rows: slice | Tensor) -> Data:
    X, y, per_row = data
    return (X[rows], y[rows], True) if per_row else data


def _in_bowl(value: Callable[..., Tensor], data: Data, w: Tensor, near: Tensor, still: Tensor) -> Tensor:
    """Rows near a minimum along their gradient, or without any, where the Hessian turns down in no direction.

    With many parameters, the direction of the gradient alone decides.
    """
    if w.shape[1] == 1 or w.shape[1] > FEW_PARAMETERS:
        return near | still
    X, y, per_row = data
    axis = 0 if per_row else None
    H = torch.func.vmap(torch.func.jacrev(torch.func.grad(value)), in_dims=(0, axis, axis), chunk_size=64)(w, X, y)
    values = torch.linalg.eigvalsh(H.nan_to_num())
    bowl = (values[:, -1] > 0) & (values[:, 0] >= -1e-6 * values[:, -1])
    flat = (torch.func.vmap(torch.func.grad(value), in_dims=(0, axis, axis))(w, X, y) == 0).all(1)
    return bowl & (near | still | flat)


def _curvature_along(
    value: Callable[..., Tensor], w: Tensor, X: Tensor, y: Tensor, rows: bool, along: Tensor | None = None
) -> tuple[Tensor, Tensor, Tensor]:
    """Loss, gradient g and v'Hv of every row, where v is the direction of g or of `along`; of ones where that is zero."""
    w = w.detach().requires_grad_()
    loss = losses(value, w, X, y, rows)
    (g,) = torch.autograd.grad(loss.sum(), w, create_graph=True, materialize_grads=True)
    v = (g if along is None else along).detach()
    v = torch.where((v != 0).any(1, keepdim=True), v, 1.0)
    v = v / v.norm(dim=1, keepdim=True)
    if not g.requires_grad:
        return loss.detach(), g.detach(), torch.zeros_like(loss)
    (Hv,) = torch.autograd.grad((g * v).sum(), w, materialize_grads=True)
    return loss.detach(), g.detach(), (v * Hv).sum(1)


def _still_falls(value: Callable[..., Tensor], data: Data, w: Tensor, lr: Tensor, rule: Rule) -> Tensor:
    """Whether steps of the rule from here, its memory empty, still lower the loss: the worst of the last is below the first."""
    history, turns, memory = [], torch.zeros_like(lr), torch.zeros_like(w)
    before = torch.zeros_like(w)
    for _ in range(PROBE_STEPS):
        loss, gradient = gradients(value, w, *data)
        history.append(loss)
        after, memory = rule.step(w, gradient, memory, lr.unsqueeze(1))
        step, w = after - w, after
        turns = turns + ((step * before).sum(1) < 0)
        before = step
    history = torch.stack(history)
    half = PROBE_STEPS // 2
    worse = ~(history[half:].amax(0) < 0.99 * history[:half].amax(0))
    moving = before.norm(dim=1) > 1e-9 * w.norm(dim=1)
    return ~(worse & moving & (turns >= 2))
