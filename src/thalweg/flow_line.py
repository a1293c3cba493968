r"""Flows along a line: problems with one parameter, where the time between two points is an integral.

The flow is that of `flow`, which goes from steps to flow and back, and follows it in several parameters.
"""

import math
from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Float
from scipy.optimize import brentq
from torch import Tensor

from thalweg.outcome import Outcome, gradients
from thalweg.problem import Problem, objective

LONG = 0.25  # A step that changes its own gradient by more than this share is too long for a flow.
END = 1e-3  # How far beyond its stop a flow integral aims, as a share of its way, so that panels shorten towards it.
CHUNK = 64  # Points that are worked on at once, so that they stay in the processor's cache.
PANELS = 100  # Pieces of a flow integral, each by four Gauss-Legendre nodes.

Piece = tuple[Tensor, Tensor, Outcome | None]
"""A part of a course: moments from 0, parameters then, and how it ended if it did."""


def flow_integral(problem: Problem, start: float, stop: float, lr: float, *, corrected: bool = True) -> float:
    r"""Steps that plain descent takes from one point to another, for a problem with one parameter.

    $$ T = \int \frac{dw}{\eta \, |g| \, (1 + \eta h / 2)}, $$

    with the gradient $g = L'$ and the curvature $h = L''$. The factor $1 + \eta h/2$ corrects for the length of the
    steps. The rate at the minimum alone gives $\ln(\dots)/\ln(1 - \eta h)$, which is wrong where $h$ changes on the way.

    Args:
        problem: A problem with one parameter.
        start: Where descent begins.
        stop: A point on its way, on the same side of every minimum.
        lr: The learning rate, small enough for no step to jump over the stop.
        corrected: Whether the length of the steps is corrected for; without it the time is exactly as 1 over `lr`.

    Returns:
        The time, in steps.

    Raises:
        ValueError: If the loss does not fall all the way.

    Example:
        >>> from thalweg import losses
        >>> problem = Problem(lambda w, X: X * w, torch.ones(1), torch.zeros(1), torch.ones(1), losses.squared())
        >>> T = flow_integral(problem, 1.0, 0.5, lr=0.01)
        >>> round(T, 2), round(math.log(0.5) / math.log(1 - 0.01), 2)
        (68.97, 68.97)
    """
    if start == stop:
        return 0.0
    place, speed = _towards(start, stop + (stop - start) * END)
    times, _ = _times(problem, lr, place, speed, math.log((1 + END) / END), corrected)
    return float(times[-1])


def valley(problem: Problem, w0: Float[Tensor, " d"]) -> Float[Tensor, " d"] | None:
    """Where a problem with one parameter has the bottom of the valley that a point lies in, whatever the learning rate.

    Example:
        >>> from thalweg import losses
        >>> problem = Problem(lambda w, X: X * w, torch.ones(1), torch.ones(1), torch.zeros(1), losses.squared())
        >>> valley(problem, problem.start)
        tensor([1.])
    """
    place, _, narrows = _downhill(problem, float(w0))
    return place(w0.new_tensor([100.0])) if narrows else None


def slide(problem: Problem, w0: Float[Tensor, " 1"], lr: float, steps: int, tolerance: float) -> Piece:
    """The flow integral from a point to where the stopping rule first holds, or steps become too long.

    Args:
        problem: A problem with one parameter.
        w0: Where it begins.
        lr: The learning rate.
        steps: The most steps; an integral is over sooner than it could count them.
        tolerance: Descent stops where the loss, or the gradient, is below.

    Returns:
        The piece; it has no end if steps become too long for a flow.
    """
    place, speed, narrows = _downhill(problem, float(w0))
    grid = torch.linspace(0.0, 30.0, 121, dtype=w0.dtype)
    loss, g, h = _curve(problem, place(grid))
    stops, steep = torch.minimum(loss, g.abs()) < tolerance, (lr * h).abs() > LONG
    leaps = (lr * g.abs() > speed(grid).abs()) & torch.tensor(narrows)  # At a corner g stays while the way shrinks.
    ends = (stops | steep | leaps).nonzero()
    if len(ends) == 0 or int(ends[0]) == 0:
        return torch.zeros(1, dtype=w0.dtype), w0.unsqueeze(0), Outcome.out_of_steps if len(ends) == 0 else None
    first = int(ends[0])
    arrives, bends = bool(stops[first]), bool(steep[first])

    def excess(s: float) -> float:
        at = torch.tensor([s], dtype=w0.dtype)
        loss, g, h = (float(v) for v in _curve(problem, place(at)))
        if arrives:
            return min(loss, abs(g)) / tolerance - 1
        return LONG - lr * abs(h) if bends else float(speed(at).abs()) - lr * abs(g)

    t, s = _times(problem, lr, place, speed, brentq(excess, float(grid[first - 1]), float(grid[first]), xtol=1e-12))
    w = place(s).unsqueeze(1)
    if arrives:
        return t, w, kind_of_end(problem, w[-1], tolerance)
    return t, w, Outcome.oscillating if not bends and _is_corner(problem, place) else None


def kind_of_end(problem: Problem, w: Float[Tensor, " d"], tolerance: float) -> Outcome:
    """How a course ends where its stopping rule holds: at a minimum, or in a flat corner."""
    loss, g, Hg = loss_gradient_and_turn(problem, w)
    return Outcome.converged if g @ Hg > 0 or loss < tolerance else Outcome.false_stop


def loss_gradient_and_turn(problem: Problem, w: Float[Tensor, " d"]) -> tuple[Tensor, Tensor, Tensor]:
    """Loss, gradient g, and Hg: how the gradient turns along itself."""
    w = w.detach().requires_grad_()
    loss = objective(problem)(w)
    (g,) = torch.autograd.grad(loss, w, create_graph=True)
    (Hg,) = torch.autograd.grad((g * g.detach()).sum(), w)
    return loss.detach(), g.detach(), Hg


def _is_corner(problem: Problem, place: Callable) -> bool:
    """Whether the slope stays towards the bottom of a valley; at a smooth one it shrinks with the distance."""
    _, (far, near), _ = _curve(problem, place(problem.start.new_tensor([12.0, 18.0])))
    return abs(float(near)) > 0.5 * abs(float(far))


def _downhill(problem: Problem, x0: float) -> tuple[Callable, Callable, bool]:
    r"""A way downhill as $x(s)$ and $x'(s)$: towards a minimum as $e^{-s}$ (True) or, where there is none, away as $e^s$."""
    like, low = problem.start, problem.lower

    def slope(x: float) -> float:
        return float(gradients(objective(problem), like.new_tensor([[x]]), problem.X, problem.y, False)[1])

    g0 = slope(x0)
    away, scale = -math.copysign(1.0, g0), 1e-3 * max(abs(x0), 1e-3)
    before = x0
    for k in range(60):
        x = x0 + away * scale * 2**k
        if x <= low:
            x = low + (before - low) / 2
        if slope(x) * g0 < 0:
            return *_towards(x0, float(brentq(slope, before, x, xtol=1e-14, rtol=1e-14))), True
        before = x
    return (lambda s: x0 + away * scale * s.expm1()), (lambda s: away * scale * s.exp()), False


def _towards(x0: float, goal: float) -> tuple[Callable, Callable]:
    return (lambda s: goal + (x0 - goal) * (-s).exp()), (lambda s: -(x0 - goal) * (-s).exp())


def _times(
    problem: Problem, lr: float, place: Callable, speed: Callable, end: float, corrected: bool = True
) -> tuple[Tensor, Tensor]:
    """Time at the end of every panel of the way from s = 0 to `end`, and those s."""
    dtype = problem.start.dtype
    nodes, weights = (torch.tensor(v, dtype=dtype) for v in np.polynomial.legendre.leggauss(4))
    edges = torch.linspace(0.0, end, PANELS + 1, dtype=dtype)
    half = (edges[1:] - edges[:-1]) / 2
    s = (edges[:-1] + half).unsqueeze(1) + half.unsqueeze(1) * nodes
    _, g, h = _curve(problem, place(s.reshape(-1)))
    pace = lr * g * (1 + lr * h / 2) if corrected else lr * g
    rate = (-speed(s.reshape(-1)) / pace).reshape(s.shape)
    if not (rate > 0).all():
        raise ValueError("flow_integral: need a loss that falls from start to stop, got one that rises on the way")
    pieces = (rate * weights).sum(1) * half
    return torch.cat([torch.zeros(1, dtype=dtype), pieces.cumsum(0)]), edges


def _curve(problem: Problem, x: Float[Tensor, " m"]) -> tuple[Tensor, Tensor, Tensor]:
    """Loss, slope and curvature of a problem with one parameter, at many points, a few at a time."""
    parts = [_few(problem, part) for part in x.split(CHUNK)]
    loss, g, h = (torch.cat(column) for column in zip(*parts, strict=True))
    return loss, g, h


def _few(problem: Problem, x: Float[Tensor, " m"]) -> tuple[Tensor, Tensor, Tensor]:
    """The same by two backward passes through the sum: points do not feel each other."""
    x = x.detach().requires_grad_()
    loss = torch.func.vmap(objective(problem))(x.unsqueeze(1))
    (g,) = torch.autograd.grad(loss.sum(), x, create_graph=True)
    (h,) = torch.autograd.grad(g.sum(), x, materialize_grads=True) if g.requires_grad else (torch.zeros_like(g),)
    return loss.detach(), g.detach(), h
