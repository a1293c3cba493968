"""How a run ended, and the judgement that says so, row by row.

Meeting a tolerance is not yet arriving: a flat far corner meets it, and so does a lucky jump. The judgement looks at the
curvature where the run stopped. It changes nothing; `descent` runs.
"""

from collections.abc import Callable
from enum import Enum

import torch
from jaxtyping import Bool, Float
from torch import Tensor

NEAR = 0.1  # A Newton step from the stop to the minimum is at most this share of the parameters.
ROWS = 4096  # Rows that are judged at once, so that memory does not grow with the runs.
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
        parts = [gradients(value, *part) for part in _parts(w, X, y, rows)]
        return torch.cat([loss for loss, _ in parts]), torch.cat([gradient for _, gradient in parts])
    w = w.detach().requires_grad_()
    loss = losses(value, w, X, y, rows)
    (gradient,) = torch.autograd.grad(loss.sum(), w, materialize_grads=True)
    return loss.detach(), gradient


def judge(
    value: Callable[..., Tensor],
    data: tuple[Tensor, Tensor, bool],
    w: Float[Tensor, "b d"],
    lr: Float[Tensor, " b"],
    stopped: Bool[Tensor, " b"],
    moved: Float[Tensor, " b"],
    bounds: tuple[float, float, Float[Tensor, " b"], float],
) -> list[Outcome]:
    r"""The outcome of every row, from where it ended.

    A row that stopped has *converged* if the loss curves upwards along its gradient, the minimum that this curvature
    $\kappa$ promises is near ($|g|/\kappa$ is small beside the parameters), and a step of its learning rate there would
    not be thrown out again ($\eta\kappa$ under the rule's limit).

    Args:
        value: The loss of one row's parameters on X and y.
        data: X, y, and whether they have the rows as leading axis.
        w: Where each row ended.
        lr: The learning rates.
        stopped: Whether the row's stopping rule held, of whatever kind.
        moved: How far each row is from its start.
        bounds: The tolerance, the rule's limit, the ceilings over which a loss has diverged, the parameters' lower bound.

    Returns:
        One outcome a row.

    Example:
        >>> def value(w, X, y):
        ...     return (w**2).sum()
        >>> X, one = torch.ones(1), torch.ones(1)
        >>> bounds = (1e-6, 2.0, torch.tensor([1e8]), -math.inf)
        >>> judge(value, (X, X, False), torch.tensor([[1e-7]]), 0.1 * one, one > 0, one, bounds)[0].words
        'converged'
    """
    tolerance, limit, ceiling, lower = bounds
    if len(w) > ROWS:
        rows = zip(lr.split(ROWS), stopped.split(ROWS), moved.split(ROWS), ceiling.split(ROWS), strict=True)
        judged = [
            judge(value, part[1:], part[0], r, s, m, (tolerance, limit, c, lower))
            for part, (r, s, m, c) in zip(_parts(w, *data), rows, strict=True)
        ]
        return [outcome for part in judged for outcome in part]
    loss, gradient, curvature = _curvature_along_gradient(value, w, *data)
    size = gradient.norm(dim=1)
    met = (loss < tolerance) | (gradient.abs() < tolerance).all(1)
    lost = ~loss.isfinite() | (loss > ceiling) | (w <= lower).any(1) | ~w.isfinite().all(1)
    reach = NEAR * torch.maximum(w.norm(dim=1), moved)
    near = (curvature > 0) & (size <= curvature * reach)
    arrived = near | (size == 0) & (loss < tolerance)
    newton = torch.where((near & (size > 0)).unsqueeze(1), w - gradient / curvature.unsqueeze(1), w)
    held = _curvature_along_gradient(value, newton, *data, along=gradient)[2]
    jumpy = (lr * held > limit) & (moved > 0) & (size > 0)
    falling = torch.ones_like(stopped)
    going = ~stopped & ~lost
    if going.any():
        X, y, rows = data
        part = (X[going], y[going], True) if rows else data
        falling[going] = _still_falls(value, part, w[going], lr[going])
    outcomes = []
    for row in range(len(w)):
        if lost[row]:
            outcomes.append(Outcome.diverged)
        elif not stopped[row]:
            outcomes.append(Outcome.out_of_steps if falling[row] else Outcome.oscillating)
        elif not met[row] or jumpy[row]:
            outcomes.append(Outcome.stopped_by_chance)
        else:
            outcomes.append(Outcome.converged if arrived[row] else Outcome.false_stop)
    return outcomes


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


def _parts(w: Tensor, X: Tensor, y: Tensor, rows: bool) -> list[tuple[Tensor, Tensor, Tensor, bool]]:
    """A few rows at a time, with their data."""
    if not rows:
        return [(part, X, y, False) for part in w.split(ROWS)]
    return [(*part, True) for part in zip(w.split(ROWS), X.split(ROWS), y.split(ROWS), strict=True)]


def _curvature_along_gradient(
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


def _still_falls(value: Callable[..., Tensor], data: tuple[Tensor, Tensor, bool], w: Tensor, lr: Tensor) -> Tensor:
    """Whether plain steps from here still lower the loss: the worst of the last is below the worst of the first."""
    history, turns = [], torch.zeros_like(lr)
    before = torch.zeros_like(w)
    for _ in range(PROBE_STEPS):
        loss, gradient = gradients(value, w, *data)
        history.append(loss)
        step = -lr.unsqueeze(1) * gradient
        turns = turns + ((step * before).sum(1) < 0)
        w, before = w + step, step
    losses = torch.stack(history)
    half = PROBE_STEPS // 2
    worse = ~(losses[half:].amax(0) < 0.99 * losses[:half].amax(0))
    moving = before.norm(dim=1) > 1e-9 * w.norm(dim=1)
    return ~(worse & moving & (turns >= 2))
