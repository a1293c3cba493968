r"""The flow that descent follows: its path in continuous time, and the steps that it needs, far from the minimum too.

A discrete descent of learning rate $\eta$ follows the flow of the loss $L + \frac\eta4\|\nabla L\|^2$ to second order, so
one unit of time is one step of

$$ \dot w = -\eta \left(g + \tfrac\eta2 H g\right). $$

In one parameter the time between two points is an integral; in several, the flow is integrated as a differential
equation. Steps that are too long for any flow are taken one by one. Learning rates and tables are `forecast`'s business.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from scipy.integrate import LSODA
from scipy.optimize import brentq
from torch import Tensor

from thalweg.flow_line import LONG, Piece, kind_of_end, loss_gradient_and_turn, slide
from thalweg.linearization import hessian
from thalweg.outcome import Outcome, ceilings
from thalweg.problem import Problem, objective

SHORT = 0.2  # A step that changes its own gradient by a smaller share than this is short enough for a flow.
BRIEF = 1000  # A flow of fewer steps than this is not worth one if it ends where steps are long.
LATE_PIECES = 100  # Of them, after the run's own steps are over.
MOST_PIECES = 4000  # Steps of the solver along a flow in several parameters, before the forecast gives up.
MOST_TURNS = 12  # Changes between steps and flow.
REPEATS = 64  # Jumps whose mean is about the minimum that they jump about.
MOST_JUMPS = 2000  # Long steps that are taken one by one before the forecast gives up.


@dataclass(frozen=True)
class Course:
    """A path in continuous time.

    Attributes:
        t: Moments, ascending; whole numbers while steps are long, any afterwards.
        w: Parameters then.
        steps: Iterations until the stopping rule holds, the look that finds it included; infinite if it never does.
        outcome: How the run will end.
        corner: Whether it ends by jumping about a corner of the loss, where there is no curvature.
    """

    t: Float[Tensor, " t"]
    w: Float[Tensor, "t d"]
    steps: float
    outcome: Outcome
    corner: bool = False

    @property
    def stop(self) -> Float[Tensor, " d"]:
        """Where it ends."""
        return self.w[-1]


def follow(problem: Problem, w0: Float[Tensor, " d"], lr: float, steps: int, tolerance: float) -> Course:
    """The course of plain descent from a point until its stopping rule holds.

    Args:
        problem: The problem.
        w0: Where descent begins.
        lr: The learning rate, positive.
        steps: The most steps that the run will take; a course that needs more ends "out of steps" all the same.
        tolerance: Descent stops where the loss, or every entry of the gradient, is below; positive.

    Returns:
        The course: exact steps while they are long, then the flow.

    Example:
        >>> from thalweg import losses
        >>> problem = Problem(lambda w, X: X * w.exp(), torch.ones(1), torch.ones(1), torch.ones(1), losses.squared())
        >>> course = follow(problem, torch.ones(1), 0.01, steps=10_000, tolerance=1e-9)
        >>> course.outcome.words, round(float(course.stop), 4)
        ('converged', 0.0)
    """
    flows = slide if len(w0) == 1 else _several_parameters
    times, points, here, clock, ended = [torch.zeros(1, dtype=w0.dtype)], [w0.unsqueeze(0)], w0, 0.0, None
    for turn in range(MOST_TURNS):
        left = steps - int(clock) if clock < steps else steps
        t, w, ended = (flows if turn % 2 else _jump)(problem, here, lr, left, tolerance)
        corner = ended is Outcome.oscillating and turn % 2 == 1
        if turn % 2 and ended is None and float(t[-1]) < BRIEF:  # So short a flow hides where single steps would land.
            t, w, ended = _jump(problem, here, lr, left, tolerance, least=BRIEF)
        times.append(t[1:] + clock)
        points.append(w[1:])
        here = w[-1]
        clock += float(t[-1])
        if ended is not None:
            break
    arrived = ended not in (None, Outcome.out_of_steps, Outcome.oscillating)
    total = math.ceil(clock - 1e-9) + 1.0 if arrived else math.inf
    late = clock + arrived > steps
    outcome = Outcome.out_of_steps if late or ended is None else ended
    return Course(torch.cat(times), torch.cat(points), total, outcome, corner)


def at(course: Course, t: Int[Tensor, " t"]) -> Float[Tensor, "t d"]:
    """Where a course is at the given moments; after its end it rests.

    Example:
        >>> course = Course(torch.tensor([0.0, 2.0]), torch.tensor([[0.0], [1.0]]), 3.0, Outcome.converged)
        >>> at(course, torch.tensor([1, 5])).squeeze(1)
        tensor([0.5000, 1.0000])
    """
    columns = [np.interp(t.numpy(), course.t.numpy(), column.numpy()) for column in course.w.T]
    return course.w.new_tensor(np.stack(columns, axis=1))


def minimum_near(problem: Problem, w: Float[Tensor, " d"]) -> Float[Tensor, " d"] | None:
    """The minimum beside a point, by Newton's method, or None if there is none nearby.

    Args:
        problem: The problem, smooth near the point.
        w: A point so close that Newton's method converges.

    Returns:
        A point of vanishing gradient where the loss curves upwards in every direction that it feels.

    Example:
        >>> from thalweg import losses
        >>> problem = Problem(lambda w, X: X * w.exp(), torch.ones(1), torch.ones(1), torch.ones(1), losses.squared())
        >>> minimum_near(problem, torch.tensor([0.1])).abs() < 1e-9
        tensor([True])
    """
    value = objective(problem)
    reach = 0.5 * (w.norm() + 1.0)
    point = w
    for _ in range(30):
        H, g = hessian(problem, point), torch.func.grad(value)(point)
        if not (H.isfinite().all() and g.isfinite().all()):
            return None
        step = torch.linalg.lstsq(H, g.unsqueeze(1), driver="gelsd").solution.squeeze(1)
        point = point - step
        if not point.isfinite().all() or (point - w).norm() > reach or (point <= problem.lower).any():
            return None
        if step.norm() <= 1e-12 * (1 + point.norm()):
            break
    else:
        return None
    values = torch.linalg.eigvalsh(hessian(problem, point))
    return point if values[-1] > 0 and values[0] > -1e-9 * values[-1] else None


def _jump(problem: Problem, w0: Tensor, lr: float, steps: int, tolerance: float, least: int = 0) -> Piece:
    """Exact steps, while they are too long for a flow."""
    w, path = w0, [w0]
    ceiling = ceilings(objective(problem)(w0).detach())
    while True:
        loss, g, Hg = loss_gradient_and_turn(problem, w)
        ended = _end(problem, w, loss, g, Hg, lr, tolerance)
        ended = ended if loss <= ceiling else Outcome.diverged
        if ended is None and len(path) > min(steps, MOST_JUMPS):
            ended = _unfinished(problem, torch.stack(path[-REPEATS:]).mean(0), lr)
        if ended is not None or (lr * Hg.norm() <= SHORT * g.norm() and len(path) > least):
            return torch.arange(len(path), dtype=w0.dtype), torch.stack(path), ended
        w = w - lr * g
        path.append(w)


def _unfinished(problem: Problem, w: Tensor, lr: float) -> Outcome:
    """What a run is doing that has jumped all the time: on its way if it can hold the minimum nearby."""
    minimum = minimum_near(problem, w)
    held = minimum is not None and lr * float(torch.linalg.eigvalsh(hessian(problem, minimum))[-1]) < 2
    return Outcome.out_of_steps if held else Outcome.oscillating


def _end(
    problem: Problem, w: Tensor, loss: Tensor, g: Tensor, Hg: Tensor, lr: float, tolerance: float
) -> Outcome | None:
    """How a run ends at this very point, if it does."""
    if not loss.isfinite() or (w <= problem.lower).any():
        return Outcome.diverged
    if not (loss < tolerance or (g.abs() < tolerance).all()):
        return None
    curvature = float(g @ Hg / (g @ g)) if g.any() else 0.0
    if lr * curvature > 2:
        return Outcome.stopped_by_chance
    return Outcome.converged if curvature > 0 or loss < tolerance else Outcome.false_stop


def _several_parameters(problem: Problem, w0: Tensor, lr: float, steps: int, tolerance: float) -> Piece:
    """The flow as a differential equation, until the stopping rule holds, or steps become too long."""

    def room(w: np.ndarray) -> tuple[float, float]:
        """How far it is from stopping, and from steps that are too long; what is not positive has come."""
        loss, g, Hg = loss_gradient_and_turn(problem, w0.new_tensor(w))
        return min(float(loss), float(g.abs().max())) / tolerance - 1, LONG - lr * float(Hg.norm() / g.norm())

    solver, late, ended = _solver(problem, w0, lr, 100.0 * steps), 0, Outcome.out_of_steps
    times, points = [np.zeros(1)], [solver.y[None]]
    while solver.status == "running" and len(times) < MOST_PIECES and late < LATE_PIECES:
        solver.step()
        late += solver.t > steps
        if not np.isfinite(solver.y).all():
            break
        course, before, last = solver.dense_output(), float(solver.t_old or 0.0), float(solver.t)
        arrives, bends = room(solver.y)
        if min(arrives, bends) <= 0:
            last = brentq(lambda t, course=course: min(room(course(t))), before, last, xtol=1e-9 * last)
        inner = np.linspace(before, last, 5)[1:]
        times.append(inner)
        points.append(course(inner).T)
        if min(arrives, bends) <= 0:
            ended = kind_of_end(problem, w0.new_tensor(points[-1][-1]), tolerance) if arrives <= 0 else None
            break
    return w0.new_tensor(np.concatenate(times)), w0.new_tensor(np.concatenate(points)), ended


def _solver(problem: Problem, w0: Tensor, lr: float, end: float) -> LSODA:
    """What carries the flow from a point to a time."""

    def rate(_: float, w: np.ndarray) -> np.ndarray:
        _loss, g, Hg = loss_gradient_and_turn(problem, w0.new_tensor(w))
        return (-lr * (g + lr / 2 * Hg)).double().numpy()

    fine = max(1e-6, 30 * torch.finfo(w0.dtype).eps)
    scale = 0.1 * fine * (1e-3 + float(w0.abs().max()))
    return LSODA(rate, 0.0, w0.double().numpy(), end, rtol=fine, atol=scale)
