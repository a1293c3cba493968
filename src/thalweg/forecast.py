r"""PREDICT: what descent will do with a whole problem, before it runs: its path, where it stops, when and how.

Linear least squares is exact at any step (`modes`); everything else follows the flow (`flow`) to the minimum and takes the
curvature there. Nothing here takes a step of descent, save the first few that are too long for a flow.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from jaxtyping import Float, Int
from torch import Tensor

from thalweg import flow, flow_line
from thalweg.descent import Run, kept_moments
from thalweg.linearization import linearize
from thalweg.modes import curvatures, is_linear, linear_course, nearest_minimum
from thalweg.outcome import Bounds, Outcome, ceilings, judge
from thalweg.problem import Problem, objective
from thalweg.rows import starts_and_rates
from thalweg.rules import gd


@dataclass(frozen=True)
class Forecast:
    r"""What descent will do, one row (axis b) a run; the axes are those of a `Run`.

    Attributes:
        problem: The problem.
        lr: The learning rates.
        t: Update counts.
        w: Parameters then.
        courses: The paths behind `w`, one a row, at any moment.
        stop: Where each row will stop.
        steps: Iterations until then, the last look included; infinite for a row that never stops.
        minimum: The minimum that each row heads for; NaN where there is none.
        curvatures: The Hessian's eigenvalues there, descending.
        outcome: How each row will end.
    """

    problem: Problem
    lr: Float[Tensor, " b"]
    t: Int[Tensor, " t"]
    w: Float[Tensor, "t b d"]
    courses: tuple[Callable[[Tensor], Tensor], ...]
    stop: Float[Tensor, "b d"]
    steps: Float[Tensor, " b"]
    minimum: Float[Tensor, "b d"]
    curvatures: Float[Tensor, "b d"]
    outcome: list[Outcome]

    @property
    def largest_stable_lr(self) -> Float[Tensor, " b"]:
        """The learning rate over which plain descent cannot hold the minimum."""
        return 2.0 / self.curvatures[:, 0]


def predict(
    problem: Problem,
    *,
    lr: float | Float[Tensor, " _"],
    steps: int,
    tolerance: float,
    starts: Float[Tensor, "_ d"] | None = None,
    keep: int = 200,
) -> Forecast:
    """Forecast plain gradient descent: where it ends, how, and after how many steps.

    A problem whose outputs are linear in the parameters, under a squared loss, is forecast exactly. Any other follows
    the flow of its loss, after exact first steps where those are too long for one.

    Args:
        problem: The problem.
        lr: The learning rate, one for all rows or one for each; positive.
        steps: The most steps a row may take.
        tolerance: Rows stop where the loss, or every entry of the gradient, is below; positive.
        starts: Where each row begins; the problem's own start if it is not given.
        keep: About how many moments of the path to keep.

    Returns:
        The forecast.

    Raises:
        ValueError: If a number is out of its range, or starts and learning rates do not match.

    Example:
        >>> from thalweg import losses
        >>> from thalweg.descent import run
        >>> problem = Problem(lambda w, X: X @ w, torch.eye(2), torch.ones(2), torch.zeros(2), losses.squared())
        >>> forecast = predict(problem, lr=0.5, steps=100, tolerance=1e-8)
        >>> forecast.largest_stable_lr, int(forecast.steps)
        (tensor([2.]), 15)
        >>> result = run(problem, lr=0.5, steps=100, tolerance=1e-8)
        >>> torch.testing.assert_close(forecast.stop, result.final)
    """
    if steps < 1 or not 0 < tolerance < math.inf:
        raise ValueError(
            f"predict: need at least one step and a positive, finite tolerance, got {steps} and {tolerance}"
        )
    starts, rates = starts_and_rates("predict", (problem,), lr, starts)
    t = kept_moments(steps, keep)
    one = _linear_row if is_linear(problem) else _flow_row
    rows = [one(problem, w, float(rate), steps, tolerance) for w, rate in zip(starts, rates, strict=True)]
    courses, stops, counts, minima, curvatures, outcomes = zip(*rows, strict=True)
    return Forecast(
        problem,
        rates,
        t,
        torch.stack([course(t) for course in courses], dim=1),
        courses,
        torch.stack(stops),
        starts.new_tensor(counts),
        torch.stack(minima),
        torch.stack(curvatures),
        list(outcomes),
    )


def at_run(forecast: Forecast, result: Run) -> Float[Tensor, "t b d"]:
    """The forecast at the very moments that a run kept, so that comparing is subtraction.

    Example:
        >>> from thalweg import losses
        >>> from thalweg.descent import run
        >>> problem = Problem(lambda w, X: X @ w, torch.eye(1), torch.ones(1), torch.zeros(1), losses.squared())
        >>> result = run(problem, lr=0.5, steps=9)
        >>> torch.testing.assert_close(at_run(predict(problem, lr=0.5, steps=9, tolerance=1e-9), result), result.w)
    """
    return torch.stack([course(result.t) for course in forecast.courses], dim=1)


def _linear_row(
    problem: Problem, w0: Tensor, lr: float, steps: int, tolerance: float
) -> tuple[Callable[[Tensor], Tensor], Tensor, float, Tensor, Tensor, Outcome]:
    """Course, stop, steps, minimum, curvatures and outcome of a linear problem, from its eigenbasis."""
    lin = linearize(problem, w0)
    values, course = curvatures(problem, w0), linear_course(lin, lr)
    minimum = nearest_minimum(lin)
    stable = lr * float(values[0]) < 2
    value = objective(problem)

    def stops(count: int) -> bool:
        w = course(torch.tensor(count))
        return bool(lin.moved(w).gradient.abs().max() < tolerance or value(w) < tolerance)

    found = _first(stops, 100 * steps) if stable else None
    last = steps if found is None else min(found, steps)
    stop = course(torch.tensor(last))
    if not stable:
        outcome = Outcome.oscillating if value(stop) <= ceilings(value(w0)) else Outcome.diverged
    else:
        arrived = found is not None and found < steps
        outcome = _judged(problem, w0, stop, lr, tolerance, Outcome.converged) if arrived else Outcome.out_of_steps
    return (
        lambda t: course(t.clamp(max=last)),
        stop,
        math.inf if found is None else found + 1.0,
        minimum,
        values,
        outcome,
    )


def _first(holds: Callable[[int], bool], most: int) -> int | None:
    """The first count from 0 at which a condition holds that holds ever after."""
    high = 1
    while not holds(high):
        high *= 2
        if high > most:
            return None
    low = 0
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low


def _flow_row(
    problem: Problem, w0: Tensor, lr: float, steps: int, tolerance: float
) -> tuple[Callable[[Tensor], Tensor], Tensor, float, Tensor, Tensor, Outcome]:
    """Course, stop, steps, minimum, curvatures and outcome of any other problem, from its flow."""
    course = flow.follow(problem, w0, lr, steps, tolerance)
    minimum, empty = flow.minimum_near(problem, course.stop), torch.full_like(w0, math.nan)
    if minimum is None and len(w0) == 1 and course.outcome is Outcome.oscillating and not course.corner:
        bottom = flow_line.valley(problem, w0)
        minimum = None if bottom is None else flow.minimum_near(problem, bottom)
    if minimum is not None:
        values = curvatures(problem, minimum)
    else:  # A corner has no curvature, and a course without end no minimum.
        minimum, values = course.stop if course.corner else empty, empty
    stop = flow.at(course, torch.tensor([steps]))[0]
    ended = _judged(problem, w0, stop, lr, tolerance, course.outcome)
    return partial(flow.at, course), stop, course.steps, minimum, values, ended


def _judged(problem: Problem, w0: Tensor, stop: Tensor, lr: float, tolerance: float, ended: Outcome) -> Outcome:
    """What a run would be called that stops there: by the same judgement as a run."""
    if ended not in (Outcome.converged, Outcome.false_stop, Outcome.stopped_by_chance):
        return ended
    one = stop.new_ones(1)
    bounds = Bounds(tolerance * (1 + 1e-6), gd(), one * math.inf, problem.lower)
    data = (problem.X, problem.y, False)
    moved = (stop - w0).norm().reshape(1)
    return judge(objective(problem), data, stop.unsqueeze(0), lr * one, one > 0, moved, bounds)[0]
