r"""PREDICT: what descent will do, before it runs. Learning rates, step factors, steps, whole paths.

Linear least squares is exact at any step; everything else follows the flow (`flow`) to the minimum and takes the
curvature there. Nothing here takes a step of descent, save the first few that are too long for a flow.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from jaxtyping import Float, Int
from torch import Tensor

from thalweg import flow
from thalweg.descent import Run, kept_moments
from thalweg.linearize import Linearization, gauss_newton, hessian, linearize
from thalweg.outcome import CEILING, Bounds, Outcome, judge
from thalweg.problem import Problem, objective
from thalweg.rules import Rule, gd
from thalweg.spectrum import decompose


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
        ValueError: If the tolerance or a learning rate is not positive and finite.

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
    starts, rates = _rows(problem, lr, steps, tolerance, starts)
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


def step_factors(curvature: Float[Tensor, " r"], lr: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch r"]:
    r"""What one step of plain descent leaves of the error in each mode, $\rho_i = 1 - \eta\lambda_i$.

    Args:
        curvature: Curvatures $\lambda_i$ of the loss: $c(\sigma_i^2 + \lambda)$ for least squares with a ridge.
        lr: Learning rates $\eta$, any batch shape.

    Returns:
        The factors, one row per learning rate. Below -1 a mode diverges; below 0 it crosses the minimum at every step.

    Example:
        >>> step_factors(torch.tensor([4.0, 1.0]), torch.tensor(0.5))
        tensor([-1.0000,  0.5000])
    """
    return 1 - lr.unsqueeze(-1) * curvature


def largest_stable_lr(curvature: Float[Tensor, " r"], rule: Rule | None = None) -> float:
    r"""The learning rate over which descent leaves a quadratic bowl, $2/\lambda_1$ for plain descent.

    Args:
        curvature: Curvatures of the loss; the largest must be positive.
        rule: The update rule; plain gradient descent if it is not given.

    Returns:
        The rule's limit over the largest curvature.

    Raises:
        ValueError: If no curvature is positive.

    Example:
        >>> largest_stable_lr(torch.tensor([4.0, 1.0]))
        0.5
    """
    top = float(curvature.max())
    if not top > 0:
        raise ValueError(f"largest_stable_lr: need a positive curvature, got at most {top:g}; there is no bowl here")
    return (rule or gd()).limit / top


def best_lr(curvature: Float[Tensor, " r"]) -> float:
    r"""The learning rate whose slowest mode is fastest, $2/(\lambda_1 + \lambda_r)$: both ends shrink alike.

    Args:
        curvature: Positive curvatures of the loss, in any order.

    Returns:
        The learning rate; its factors at both ends are $\pm(\kappa^2 - 1)/(\kappa^2 + 1)$.

    Raises:
        ValueError: If some curvature is not positive.

    Example:
        >>> best_lr(torch.tensor([4.0, 1.0]))
        0.4
        >>> step_factors(torch.tensor([4.0, 1.0]), torch.tensor(0.4))
        tensor([-0.6000,  0.6000])
    """
    if not (curvature > 0).all():
        raise ValueError(f"best_lr: need positive curvatures, got {curvature.min():g}; leave flat modes out")
    return 2 / float(curvature.max() + curvature.min())


def steps_to(rho: Float[Tensor, "*batch"], factor: float) -> Float[Tensor, "*batch"]:
    r"""Steps until a mode's error is at most `factor` times its start, $\lceil \ln f / \ln|\rho| \rceil$.

    Args:
        rho: Step factors.
        factor: The share of the error that may be left, between 0 and 1.

    Returns:
        Whole numbers of steps; infinite where the error never shrinks, 1 where one step removes it.

    Raises:
        ValueError: If the factor is not between 0 and 1.

    Example:
        >>> steps_to(torch.tensor([0.5, -0.5, 0.0, 1.0, -2.0]), 0.125)
        tensor([3., 3., 1., inf, inf])
    """
    if not 0 < factor < 1:
        raise ValueError(f"steps_to: need a factor between 0 and 1, got {factor}")
    exact = math.log(factor) / rho.abs().log()
    whole = (exact - 1e-9).ceil().clamp(min=1)
    return torch.where(rho.abs() < 1, whole, math.inf)


def linear_path(
    lin: Linearization, lr: float, t: Int[Tensor, " t"], w0: Float[Tensor, " d"] | None = None
) -> Float[Tensor, "t d"]:
    r"""Where plain descent on a linearized squared loss is after any numbers of steps, exactly.

    $$ w_t = w_0 - \sum_i \frac{1 - \rho_i^t}{\sigma_i} \, (u_i^\top r_0) \, v_i, \qquad \rho_i = 1 - \eta c \sigma_i^2. $$

    Args:
        lin: The linearization; for a linear model, taken anywhere, it is the model itself.
        lr: The learning rate; any positive one, also where it diverges.
        t: Numbers of steps, non-negative.
        w0: Where descent begins; the linearization's own point if it is not given.

    Returns:
        One row per number of steps. What no data point sees (the null space of F) never moves.

    Example:
        >>> from thalweg import losses
        >>> problem = Problem(lambda w, X: X @ w, torch.eye(1), torch.ones(1), torch.zeros(1), losses.squared())
        >>> linear_path(linearize(problem), lr=0.5, t=torch.tensor([0, 1, 2]))
        tensor([[0.0000],
                [0.5000],
                [0.7500]])
    """
    w0 = lin.w if w0 is None else w0
    parts = decompose(lin.F)
    r0 = lin.r + lin.F @ (w0 - lin.w)
    rho = step_factors(lin.c * parts.sigma.square(), torch.as_tensor(lr, dtype=w0.dtype))
    learned = 1 - rho ** t.unsqueeze(1)
    seen = parts.sigma > parts.sigma[0] * torch.finfo(w0.dtype).eps
    weight = torch.where(seen, learned / parts.sigma, 0.0)
    return w0 - (weight * (parts.U.T @ r0)) @ parts.Vh


def curvatures(problem: Problem, w: Float[Tensor, " d"]) -> Float[Tensor, " d"]:
    r"""The loss's curvatures at a point, descending: what limits the learning rate there.

    At a minimum they are the eigenvalues of the Hessian. Elsewhere the Hessian of a squared loss may turn down in some
    direction; then its Gauss-Newton part $c F^\top F$ stands for it.

    Example:
        >>> from thalweg import losses
        >>> problem = Problem(lambda w, X: X @ w, torch.diag(torch.tensor([1.0, 3.0])), torch.ones(2), torch.zeros(2),
        ...                   losses.squared())
        >>> curvatures(problem, problem.start)
        tensor([9., 1.])
    """
    values = torch.linalg.eigvalsh(hessian(problem, w)).flip(0)
    if problem.loss.demand is not None and values[-1] < -1e-9 * values[0].abs():
        values = torch.linalg.eigvalsh(gauss_newton(problem, w)).flip(0)
    return values


def is_linear(problem: Problem) -> bool:
    """Whether the outputs are linear in the parameters, plus a constant, and the loss is squared.

    It compares the outputs at random points, near and far on either side, with those of the linearization at the start.

    Example:
        >>> from thalweg import losses
        >>> data = (torch.eye(2), torch.ones(2), torch.zeros(2), losses.squared())
        >>> is_linear(Problem(lambda w, X: X @ w + 1, *data)), is_linear(Problem(lambda w, X: X @ w.exp(), *data))
        (True, False)
    """
    if problem.loss.demand is None:
        return False
    start, generator = problem.start, torch.Generator().manual_seed(0)
    base, F = problem.outputs(start).reshape(-1), linearize(problem).F
    for size in (0.1, -0.1, 1.0, -1.0, 10.0, -10.0):
        noise = torch.randn(start.shape, generator=generator, dtype=start.dtype).to(start.device)
        step = size * (1 + start.abs()) * noise
        linear = base + F @ step
        if not torch.isclose(problem.outputs(start + step).reshape(-1), linear, rtol=1e-6, atol=1e-9).all():
            return False
    return True


def _rows(
    problem: Problem, lr: float | Tensor, steps: int, tolerance: float, starts: Tensor | None
) -> tuple[Tensor, Tensor]:
    """Starts (b, d) and learning rates (b,), each repeated where there is one for all rows."""
    starts = problem.start.unsqueeze(0) if starts is None else starts
    rates = torch.as_tensor(lr, dtype=starts.dtype).reshape(-1)
    if not (rates > 0).all() or not rates.isfinite().all() or not 0 < tolerance < math.inf:
        raise ValueError(f"predict: need positive, finite lr and tolerance, got {rates.tolist()[:5]} and {tolerance}")
    if steps < 1:
        raise ValueError(f"predict: need at least one step, got {steps}")
    d, sizes = problem.start.numel(), {len(starts), len(rates)} - {1}
    if starts.shape[1] != d or len(sizes) > 1:
        raise ValueError(
            f"predict: need starts of {d} parameters, one for all learning rates or one for each, "
            f"got {tuple(starts.shape)} and {len(rates)} learning rates"
        )
    b = max(sizes, default=1)
    return starts.expand(b, -1), rates.expand(b)


def _linear_row(
    problem: Problem, w0: Tensor, lr: float, steps: int, tolerance: float
) -> tuple[Callable[[Tensor], Tensor], Tensor, float, Tensor, Tensor, Outcome]:
    """Course, stop, steps, minimum, curvatures and outcome of a linear problem, from its eigenbasis."""
    lin = linearize(problem, w0)
    values = curvatures(problem, w0)
    minimum = w0 - torch.linalg.pinv(lin.F) @ lin.r
    stable = lr * float(values[0]) < 2
    value = objective(problem)

    def stops(count: int) -> bool:
        w = linear_path(lin, lr, torch.tensor([count]))[0]
        small = lin.c * (lin.F.T @ (lin.r + lin.F @ (w - w0))).abs().max() < tolerance
        return bool(small or value(w) < tolerance)

    found = _first(stops, 100 * steps) if stable else None
    last = steps if found is None else min(found, steps)
    stop = linear_path(lin, lr, torch.tensor([last]))[0]
    if not stable:
        ceiling = CEILING * max(1.0, abs(float(value(w0))))
        outcome = Outcome.oscillating if value(stop) <= ceiling else Outcome.diverged
    else:
        arrived = found is not None and found < steps
        outcome = _judged(problem, w0, stop, lr, tolerance, Outcome.converged) if arrived else Outcome.out_of_steps
    return (
        lambda t: linear_path(lin, lr, t.clamp(max=last)),
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
        bottom = flow.valley(problem, w0)
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
