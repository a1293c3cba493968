"""Parts (c) to (f) of the colour organ: one resistor, learned from gains or from lamps."""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from thalweg import flow, losses
from thalweg.comparison import Quantity, within
from thalweg.descent import run
from thalweg.experiments.organ_finding import finding
from thalweg.experiments.organ_pictures import standard_pictures
from thalweg.experiments.organ_settings import Settings
from thalweg.experiments.organ_setup import (
    Lesson,
    class_draw,
    from_gains,
    from_lamps,
    learn,
    loss_for,
    minimum,
    step_by_step,
)
from thalweg.experiments.result import Finding, Picture
from thalweg.linearization import hessian
from thalweg.losses import Loss
from thalweg.progress import Report
from thalweg.subjects import organ, organ_theory
from thalweg.subjects.organ import HIGH_PASS, LOW_PASS

OTHER_STARTS = (1.0, 2.0, 10.0, 50.0, 100.0, 200.0, 1000.0)
DRAWS = 400


def low_pass(settings: Settings, report: Report) -> Finding:
    """Part (c): from the transfer function, from several starts."""
    problem = from_gains(LOW_PASS, settings)
    others = torch.tensor(OTHER_STARTS, dtype=torch.float64).unsqueeze(1)
    lesson = learn(LOW_PASS, settings, problem, 200.0, report, others)
    desired = float(organ.desired_ohm(LOW_PASS))
    more = (
        within("minimum", "ohm", desired, _minimum(lesson), 1e-6, "a perfect fit exists, at the desired resistor"),
        *_curvature(lesson, desired),
        *_from_starts(lesson),
    )
    why = (
        "The fit is perfect at the desired resistor, and the tolerance stops descent on the near side of it, where the "
        "loss is 1e-6; the flow integral counts the steps, because the curvature falls as R grows."
    )
    return finding(lesson, why, more)


def binary(settings: Settings, report: Report) -> Finding:
    """Part (d): from lamps with the plain squared loss."""
    lesson = learn(LOW_PASS, settings, from_lamps(LOW_PASS, settings), 200.0, report)
    rows, scatter = _scatter(lesson)
    more = (*_crossing(lesson), *rows)
    why = (
        "Off lamps pull the gain to their demand a and on lamps to 1; the two balance where the gain at the boundary is "
        "1/(2(1-a)): at 1/2 with a = 0, which takes sqrt(3) times the desired resistance."
    )
    return finding(lesson, why, more, (*standard_pictures(lesson), *scatter))


def cure(settings: Settings, report: Report) -> Finding:
    """Part (e): the demand that cures it, and other losses by the same rule."""
    lesson = learn(LOW_PASS, settings, from_lamps(LOW_PASS, settings), 200.0, report)
    size = lesson.problem.y.numel()
    exact = 1 - organ.ON
    families = {
        "squared": losses.squared(2 / size),
        f"off demands {exact:.4f}": losses.shifted(exact, 2 / size),
        "cross entropy": losses.cross_entropy(1 / size),
        "logistic": losses.logistic(organ.ON, 1.0, 1 / size),
        "logistic, steep": losses.logistic(organ.ON, 20.0, 1 / size),
        "exponential": losses.exponential(organ.ON, 1 / size),
        "hinge": losses.hinge(organ.ON, 0.2, 1 / size),
    }
    more = (*_crossing(lesson), *(_loss_row(name, loss) for name, loss in families.items()))
    why = (
        "The boundary is learned where l(h,1) - l(h,0) = l(1,1) - l(0,0). With off lamps that demand a, that is at the gain "
        "1/(2(1-a)), which is 1/sqrt(2) for a = 1 - 1/sqrt(2) = 0.2929: the exact cure. A hinge cures it as well."
    )
    return finding(lesson, why, more, (*standard_pictures(lesson), _crossing_picture(families)))


def high_pass(settings: Settings, report: Report) -> Finding:
    """Part (f): the high pass from lamps."""
    lesson = learn(HIGH_PASS, settings, from_lamps(HIGH_PASS, settings), 1000.0, report)
    more = _crossing(lesson)
    why = (
        "A high pass is a low pass with log f turned round, so the crossing rule holds with the reciprocal ratio: a demand of "
        f"0.2929 would be the exact cure, a larger one gives a larger resistance; here it is {settings.off_target:g}."
    )
    return finding(lesson, why, more)


def _minimum(lesson: Lesson) -> float:
    return float(lesson.ohm(minimum(lesson)))


def _curvature(lesson: Lesson, desired: float) -> tuple[Quantity, ...]:
    """Closed form against autograd; in log R both are R^2 times as large."""
    scale = desired**2 if lesson.settings.parameter == "log" else 1.0
    bend = float(hessian(lesson.problem, minimum(lesson)))
    predicted = scale * organ_theory.matched_curvature(desired)
    if lesson.settings.data != "grid":
        return ()
    rule = "1/(2 Lam R^2), an integral over log f, against autograd on the grid"
    return (
        within("curvature at the minimum", "", predicted, bend, 1e-3, rule),
        within("largest stable lr", "", 2 / predicted, 2 / bend, 1e-3, "4 Lam R^2 against 2 / curvature"),
    )


def _from_starts(lesson: Lesson) -> tuple[Quantity, ...]:
    """Steps from every other start, forecast against run, where the forecast did not take the same steps one by one."""
    rows = []
    for row, start in enumerate(OTHER_STARTS, start=1):
        predicted, measured = float(lesson.forecast.steps[row]), int(lesson.result.steps[row])
        if lesson.result.stopped[row] and predicted < lesson.settings.steps and not step_by_step(lesson, row):
            reason = "exact steps while they are long, then the flow integral"
            rows.append(Quantity(f"steps from {start:g} ohm", "", predicted, measured, 2 + 2e-3 * predicted, reason))
    return tuple(rows)


def _crossing(lesson: Lesson) -> tuple[Quantity, ...]:
    """The crossing rule, which knows neither grid nor gradient, against the minimum found on the data."""
    if lesson.settings.data == "tones" or not math.isfinite(_minimum(lesson)):
        return ()
    ratio = organ_theory.crossing_ratio(lesson.problem.loss)
    desired = float(organ.desired_ohm(lesson.circuit))
    predicted = desired / ratio if lesson.circuit is HIGH_PASS else desired * ratio
    share = 0.01 if lesson.settings.data == "grid" else 0.2
    reason = "the crossing rule holds for a wide, even range of log f; the data are finite"
    return (within("minimum by the crossing rule", "ohm", predicted, _minimum(lesson), share, reason),)


def _loss_row(name: str, loss: Loss) -> Quantity:
    """One loss: the crossing rule against a descent in log R on the reference grid."""
    hz = organ.reference_grid()
    desired = organ.desired_ohm(LOW_PASS)
    problem = organ.make_problem(LOW_PASS, hz, organ.lamps(LOW_PASS, hz).double(), 2 * desired, loss, logarithmic=True)
    rate = 0.5 / organ_theory.crossing_curvature(loss, len(hz))
    result = run(problem, lr=rate, steps=500, tolerance=1e-9, keep=2)
    predicted = float(desired) * organ_theory.crossing_ratio(loss)
    reason = "the crossing rule against a descent in log R on the reference grid"
    return within(f"R with {name}", "ohm", predicted, float(result.final[0].exp()), 0.01, reason)


def draws(loss: Loss, start: Float[Tensor, " d"]) -> Float[Tensor, " b"]:
    """The resistors of a low pass learned from class draws: one descent in log R for each, all at once."""
    problems = []
    for seed in range(DRAWS):
        hz = class_draw(seed)
        targets = organ.lamps(LOW_PASS, hz).double()
        problems.append(organ.make_problem(LOW_PASS, hz, targets, start, loss, logarithmic=True))
    rate = 0.5 / organ_theory.crossing_curvature(loss, len(problems[0].y))
    return run(problems, lr=rate, steps=500, tolerance=1e-9, keep=2).final.exp()[:, 0]


def _scatter(lesson: Lesson) -> tuple[tuple[Quantity, ...], tuple[Picture, ...]]:
    """How far the class's answers scatter, by the delta method and by descending on every draw."""
    from thalweg.draw import organ as draw

    if lesson.settings.loss == "hinge":  # It has corners, where the delta method has no slope to work with.
        return (), ()
    hz = organ.reference_grid()
    loss = loss_for(lesson.settings, len(hz))
    start = organ.desired_ohm(LOW_PASS) * organ_theory.crossing_ratio(loss)
    grid = organ.make_problem(LOW_PASS, hz, organ.lamps(LOW_PASS, hz).double(), start, loss)
    nearest = flow.minimum_near(grid, start)
    centre = math.nan if nearest is None else float(nearest)
    predicted, learned = organ_theory.scatter_ohm(grid, centre), draws(loss, start)
    mean, spread = float(learned.mean()), float(learned.std())
    rows = (
        within("mean over class draws", "ohm", centre, mean, 0.02, f"{DRAWS} draws of 1000 frequencies"),
        within("scatter over class draws", "ohm", predicted, spread, 0.15, "the delta method, to first order"),
    )
    marks = {"desired": float(organ.desired_ohm(lesson.circuit)), "this run": float(lesson.ohm(lesson.result.final[0]))}
    caption = (
        f"What {DRAWS} students would find, each with frequencies drawn anew, against the normal curve that theory predicts. "
        "The spread is chance, not a mistake."
    )
    shown = Picture("Scatter over class draws", caption, lambda: draw.scatter(learned, centre, predicted, marks, "ohm"))
    return rows, (shown,)


def _crossing_picture(families: dict[str, Loss]) -> Picture:
    """For each loss, what the boundary gains by moving; the zero is where it rests."""
    from thalweg.draw import organ as draw

    h = torch.linspace(0.02, 0.98, 193, dtype=torch.float64)
    one, zero = torch.ones_like(h), torch.zeros_like(h)
    curves = {
        name: loss.sample(h, one)
        - loss.sample(h, zero)
        - (loss.sample(one[:1], one[:1]) - loss.sample(zero[:1], zero[:1]))
        for name, loss in families.items()
    }
    crossings = {name: organ_theory.crossing_gain(loss) for name, loss in families.items()}
    return Picture(
        "The crossing rule",
        "The balance of pulls against the gain at the learned boundary, for several losses: the boundary is learned where a "
        "curve crosses zero, and the resistor is right where that happens at 1/sqrt(2).",
        lambda: draw.crossing(h, curves, crossings),
    )
