"""Part (c) of the colour organ, on learning rates: what converges quickly, what oscillates, diverges, or stops falsely."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from thalweg import flow
from thalweg.comparison import Quantity, within
from thalweg.descent import Run, run
from thalweg.experiments.organ_finding import finding
from thalweg.experiments.organ_pictures import standard_pictures
from thalweg.experiments.organ_settings import Settings
from thalweg.experiments.organ_setup import Lesson, frequencies, from_gains, learn, step_by_step
from thalweg.experiments.result import Finding, Picture
from thalweg.linearization import hessian
from thalweg.modes import largest_stable_lr
from thalweg.outcome import Outcome, gradients
from thalweg.problem import Problem, objective
from thalweg.progress import Report
from thalweg.subjects import organ, organ_theory
from thalweg.subjects.organ import LOW_PASS

CELLS = 40  # Starts, and learning rates, of the map.
STARTS_OHM, RATES = (1.0, 1e4), (1e3, 1e8)
MAP_STEPS = 1000
NAMED_STARTS = (1000.0, 6.0)  # Beside the settings' own start.
UNSETTLED = (Outcome.oscillating, Outcome.stopped_by_chance)


@dataclass(frozen=True)
class Map:
    """Outcomes over starts (p) and learning rates (q): as run, and as predicted from the first steps and the curvature."""

    starts: Float[Tensor, " p"]
    rates: Float[Tensor, " q"]
    measured: list[list[Outcome]]
    predicted: list[list[Outcome]]
    steps: Tensor


def learning_rates(settings: Settings, report: Report) -> Finding:
    """The named cases, the largest stable learning rate by bisection, and the map, which is over ohm in any case."""
    in_ohm = replace(settings, parameter="ohm")
    hz = frequencies(settings)
    problem = from_gains(LOW_PASS, settings, hz)
    others = torch.tensor(NAMED_STARTS, dtype=torch.float64).unsqueeze(1)
    lesson = learn(LOW_PASS, settings, problem, 1e5, lambda share: report(share / 10), others)
    minimum = _minimum(problem)
    limit = _limit(problem, minimum)
    bisected = bisect_largest_lr(problem, minimum, limit)
    coarse = from_gains(LOW_PASS, in_ohm, organ.reference_grid(200) if settings.data == "grid" else hz)
    chart = outcome_map(coarse, lambda share: report(0.2 + 0.8 * share))
    reason = "the borders, from first steps, the curvature and the flow"
    more = (
        *_named_rows(lesson),
        within("largest stable lr", "", limit, bisected, 2e-3, "2 / curvature, against runs that shrink or grow"),
        within("share of the map as predicted", "", 1.0, _alike(chart), 0.05, reason),
        *_beyond_rows(from_gains(LOW_PASS, in_ohm, hz)),
    )
    why = (
        "Descent holds the minimum up to 2 / curvature = 4 Lam R^2. Below 2 it also depends on the start: the gradient of a "
        "small resistor is so steep that one step of a large rate lands where the loss is flat (a false stop), or below 0."
    )
    found = finding(lesson, why, more, (_map_picture(coarse, chart), *standard_pictures(lesson)))
    found.predicted["largest_stable_lr"] = limit
    found.measured["largest_stable_lr"] = bisected
    return found


def _limit(problem: Problem, minimum: float) -> float:
    return largest_stable_lr(hessian(problem, problem.start.new_tensor([minimum])).reshape(1))


def bisect_largest_lr(problem: Problem, minimum: float, guess: float) -> float:
    """The largest learning rate that holds a minimum, by runs: 400 steps from a thousandth beside it shrink or grow.

    Args:
        problem: A problem with one parameter.
        minimum: Its minimum.
        guess: Within a factor of 2 of the answer.

    Returns:
        The learning rate, to about 1e-5 of itself.
    """
    low, high, away = guess / 2, guess * 2, 1e-3 * abs(minimum)
    beside = problem.start.new_tensor([[minimum + away]])
    for _ in range(4):
        rates = torch.linspace(low, high, 33, dtype=torch.float64)
        ended = run(problem, lr=rates, starts=beside.expand(33, 1), steps=400, keep=2).final[:, 0]
        shrinks = (ended - minimum).abs() < away
        last = int(shrinks.long().cumprod(0).sum()) - 1
        low, high = float(rates[last]), float(rates[min(last + 1, 32)])
    return (low + high) / 2


def outcome_map(problem: Problem, report: Report) -> Map:
    """Run every start with every learning rate, and predict how each will end."""
    starts = _spread(STARTS_OHM)
    rates = _spread(RATES)
    pairs = torch.cartesian_prod(rates, starts)
    result = run(problem, lr=pairs[:, 0], starts=pairs[:, 1:], steps=MAP_STEPS, tolerance=1e-6, keep=2, report=report)
    rows = [result.outcome[i : i + CELLS] for i in range(0, CELLS * CELLS, CELLS)]
    return Map(starts, rates, rows, predicted_map(problem, starts, rates), result.steps.reshape(CELLS, CELLS))


def predicted_map(
    problem: Problem, starts: Float[Tensor, " p"], rates: Float[Tensor, " q"], tolerance: float = 1e-6
) -> list[list[Outcome]]:
    r"""How each start will end with each learning rate, from its first two steps, the curvature and the flow alone.

    A first or second step that leaves R > 0 diverges; one that lands where the gradient is under the tolerance stops
    falsely; beyond $2/\lambda$ nothing settles, and beyond the least $R/g$ above the minimum a run that jumps about must one
    day jump below 0; where the flow needs more than the steps, they run out.
    """
    edge = _minimum(problem)
    limit = _limit(problem, edge)
    rate, R = (pair.reshape(-1) for pair in torch.meshgrid(rates, starts, indexing="ij"))
    lost, flat = torch.zeros_like(R, dtype=torch.bool), torch.zeros_like(R, dtype=torch.bool)
    for _ in range(2):
        _, g = gradients(objective(problem), R.unsqueeze(1), problem.X, problem.y, False)
        g = g[:, 0]
        landed = R - rate * g
        flat = flat | (~lost & (g.abs() < tolerance) & (2 * edge < R))
        lost = lost | (~flat & (landed <= 0))
        long = (landed - R).abs() > 0.5 * (R - edge).abs()
        R = torch.where(long & ~lost & ~flat, landed, R)
    steps = _flow_time(problem, edge, tolerance)(R) / rate
    ends = torch.where(rate > limit, torch.where(rate > _escape_rate(problem, edge), 2, 3), 0)
    ends = torch.where(steps + 1 > MAP_STEPS, 1, ends)
    ends = torch.where(lost, 2, torch.where(flat, 4, ends))
    kinds = (Outcome.converged, Outcome.out_of_steps, Outcome.diverged, Outcome.oscillating, Outcome.false_stop)
    return [[kinds[k] for k in row] for row in ends.reshape(len(rates), len(starts)).tolist()]


def _flow_time(problem: Problem, edge: float, tolerance: float) -> Callable[[Tensor], Tensor]:
    """The flow's time from any resistor to where its tolerance stops it, for a learning rate of 1: divide by the rate."""
    reach = math.sqrt(2 * tolerance / organ_theory.matched_curvature(edge))
    ohm, time = [], []
    for start, stop in ((1e-2, edge - reach), (1e7, edge + reach)):
        R = stop + (start - stop) * torch.logspace(-6, 0, 1500, dtype=torch.float64)
        _, g = gradients(objective(problem), R.unsqueeze(1), problem.X, problem.y, False)
        t = torch.cumulative_trapezoid(1 / g[:, 0].abs(), R).abs()
        ohm.append(R[1:] if start > stop else R[1:].flip(0))
        time.append(t if start > stop else t.flip(0))
    known, taken = torch.cat(ohm).log().numpy(), torch.cat(time).numpy()
    return lambda R: torch.from_numpy(np.interp(R.clamp(min=1e-2).log().numpy(), known, taken))


def _escape_rate(problem: Problem, edge: float) -> float:
    """The least learning rate at which some resistor above the minimum is thrown below 0 in one step, min R/g."""
    R = edge * torch.logspace(0.01, 3, 600, dtype=torch.float64)
    _, g = gradients(objective(problem), R.unsqueeze(1), problem.X, problem.y, False)
    return float((R / g[:, 0]).min())


def _minimum(problem: Problem) -> float:
    """The minimum beside the desired resistor."""
    desired = organ.desired_ohm(LOW_PASS)
    near = flow.minimum_near(problem, desired if problem.lower == 0 else desired.log())
    if near is None:
        raise ValueError("learning rates: need data with a minimum near the desired resistor, got none; try other data")
    return float(near)


def _alike(chart: Map) -> float:
    """The share of cells whose outcome was predicted; oscillating and stopped by chance count as one."""

    def kind(outcome: Outcome) -> Outcome:
        return Outcome.oscillating if outcome in UNSETTLED else outcome

    pairs = [
        (kind(a), kind(b))
        for row, other in zip(chart.measured, chart.predicted, strict=True)
        for a, b in zip(row, other, strict=True)
    ]
    return sum(a == b for a, b in pairs) / len(pairs)


def _named_rows(lesson: Lesson) -> tuple[Quantity, ...]:
    """Steps from the starts that the homework names."""
    rows = []
    for row, start in enumerate(NAMED_STARTS, start=1):
        predicted, measured = float(lesson.forecast.steps[row]), int(lesson.result.steps[row])
        if not lesson.result.stopped[row] or predicted > lesson.settings.steps or step_by_step(lesson, row):
            continue
        rows.append(
            Quantity(f"steps from {start:g} ohm", "", predicted, measured, 2 + 2e-3 * predicted, "jumps, then flow")
        )
    return tuple(rows)


def _beyond_rows(problem: Problem) -> tuple[Quantity, ...]:
    """Just below and beyond the limit, and a small start thrown out: none of those may be called converged."""
    minimum = _minimum(problem)
    limit = _limit(problem, minimum)
    cases = {
        "just below the limit": (0.99 * limit, minimum * 1.05, (Outcome.converged,)),
        "just over the limit": (1.03 * limit, minimum * 1.05, UNSETTLED),
        "at twice the limit": (2 * limit, minimum * 1.05, (*UNSETTLED, Outcome.diverged)),
        "a small start thrown out": (0.9 * limit, 1.0, (Outcome.false_stop,)),
    }
    rates = torch.tensor([case[0] for case in cases.values()], dtype=torch.float64)
    starts = torch.tensor([[case[1]] for case in cases.values()], dtype=torch.float64)
    result: Run = run(problem, lr=rates, starts=starts, steps=2000, tolerance=1e-6)
    rows = []
    for (name, (_, _, expected)), ended in zip(cases.items(), result.outcome, strict=True):
        theory = ended if ended in expected else expected[0]
        rows.append(Quantity(name, "", theory.words, ended.words, 0, "the limit, and where the first step lands"))
    return tuple(rows)


def _map_picture(problem: Problem, chart: Map) -> Picture:
    from thalweg.draw import organ as draw

    words = [[outcome.words for outcome in row] for row in chart.measured]
    return Picture(
        "Start and learning rate",
        f"How {CELLS * CELLS} descents of {MAP_STEPS} steps ended, with the predicted borders drawn over them: the curvature's "
        "limit, the rates at which a first step lands on the flat far side or below zero, and the flow's 1000 steps.",
        lambda: draw.outcome_map(chart.starts, chart.rates, words, _borders(problem), chart.steps),
    )


def _borders(problem: Problem, tolerance: float = 1e-6) -> dict[str, tuple[Tensor, Tensor]]:
    """Learning rates over starts at which the kind of ending changes, by theory."""
    starts = _spread(STARTS_OHM, 160)
    _, g = gradients(objective(problem), starts.unsqueeze(1), problem.X, problem.y, False)
    edge, g = _minimum(problem), g[:, 0]
    below, above = starts < 0.98 * edge, starts > 1.02 * edge
    time = _flow_time(problem, edge, tolerance)
    times, near = time(starts), starts < 0.1 * edge
    slow = (starts / edge - 1).abs() > 0.02
    return {
        "2 / curvature": (
            torch.tensor(STARTS_OHM, dtype=torch.float64),
            torch.full((2,), _limit(problem, edge), dtype=torch.float64),
        ),
        "first step lands on the flat side": (
            starts[below],
            (_flat_ohm(problem, tolerance) - starts[below]) / g[below].abs(),
        ),
        "first step lands below 0": (starts[above], starts[above] / g[above]),
        f"{MAP_STEPS} steps of flow": (starts[slow], times[slow] / MAP_STEPS),
        f"{MAP_STEPS} steps back from the first": (starts[near], _return_rate(time, starts[near], g[near])),
    }


def _return_rate(time: Callable[[Tensor], Tensor], starts: Tensor, g: Tensor) -> Tensor:
    """The rate whose first step lands so far out that the flow back takes all the steps of the map, by bisection."""
    low, high = torch.full_like(starts, 1e3).log(), torch.full_like(starts, 1e9).log()
    for _ in range(60):
        middle = (low + high) / 2
        rate = middle.exp()
        late = time(starts - rate * g) / rate > MAP_STEPS
        out = late & (starts - rate * g > 2 * organ.cutoff_ohm(LOW_PASS.cutoff_hz[0]))
        low, high = torch.where(out, low, middle), torch.where(out, middle, high)
    return low.exp()


def _flat_ohm(problem: Problem, tolerance: float) -> float:
    """The resistor beyond which the gradient is under the tolerance, by bisection in log R."""
    low, high = math.log(1e4), math.log(1e9)
    for _ in range(80):
        middle = (low + high) / 2
        R = torch.tensor([[math.exp(middle)]], dtype=torch.float64)
        steep = float(gradients(objective(problem), R, problem.X, problem.y, False)[1].abs()) > tolerance
        low, high = (middle, high) if steep else (low, middle)
    return math.exp(low)


def _spread(ends: tuple[float, float], count: int = CELLS) -> Float[Tensor, " p"]:
    return torch.logspace(math.log10(ends[0]), math.log10(ends[1]), count, dtype=torch.float64)
