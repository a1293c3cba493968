"""Homework 0, the ReLU elbow, (c) and (d): every elbow of a hidden layer before and after one step."""

import math
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from thalweg.comparison import Comparison, Quantity
from thalweg.descent import run
from thalweg.draw.wording import counted, said
from thalweg.experiments.relu_settings import OneStep
from thalweg.experiments.result import Finding, Picture
from thalweg.problem import Problem, unflatten
from thalweg.progress import Report
from thalweg.subjects import elbows, networks

SHOWN = 12  # Elbows that the table and the words name.
INPUTS = (-0.1, 1.1)  # The window of a network of the homework's, whose elbows begin between 0 and 1.
NEAR = 10  # An elbow that is farther than this from the point is outside the window.


@dataclass(frozen=True)
class Step:
    """One step of a network on its point: parameters after it; elbows before, as foretold, and after; output less target."""

    ended: Float[Tensor, " d"]
    before: Float[Tensor, " h"]
    foretold: Float[Tensor, " h"]
    after: Float[Tensor, " h"]
    residual: float

    @property
    def moved(self) -> Bool[Tensor, " h"]:
        """Which elbows the step has moved; one that there is neither before nor after has not."""
        return _differ(self.before, self.after)

    @property
    def to_move(self) -> Bool[Tensor, " h"]:
        """Which elbows were foretold to move."""
        return _differ(self.before, self.foretold)

    @property
    def apart(self) -> float:
        """How far foretold elbows are from those found, at most, beside 1 and their size."""
        return float(((self.foretold - self.after) / (1 + self.after.abs())).abs().nan_to_num(0.0).max())


def _differ(old: Tensor, new: Tensor) -> Tensor:
    return (old != new) & ~(old.isnan() & new.isnan())


def network(settings: OneStep, report: Report) -> Finding:
    """Elbows by the formula, and as one step of torch leaves them."""
    problem = one_point(settings)
    taken, p = step(problem, settings.lr), unflatten(problem.start, problem.shapes)
    on = int((p["w1"] * settings.x + p["b1"] > 0).sum())
    seen_on = int((networks.output_features(problem.start, problem.X, settings.width)[0, :-1] > 0).sum())
    to_move, moved = int(taken.to_move.sum()), int(taken.moved.sum())
    rows = (
        Quantity("elbows that move", "", to_move, moved, 0, "units that are off keep theirs"),
        Quantity("units that are on at x", "", on, seen_on, 0, "w x + b > 0"),
        Quantity("largest difference of all elbows", "of 1 + their size", 0.0, taken.apart, 1e-10, "rounding"),
        *_elbows(taken),
        _output(problem, taken, settings.lr),
    )
    predicted = {"elbows": taken.foretold, "residual": taken.residual}
    measured = {"elbows": taken.after, "elbows_before": taken.before, "output_after": rows[-1].measured}
    why = (
        "A step takes lr r a_i x from the slope of unit i and lr r a_i from its bias if the unit is on at x, and nothing if it "
        f"is off; r = f(x) - y = {taken.residual:.4g}, and {on} of {settings.width} units are on. Slope, bias, "
        "output weight and residual say where its elbow goes; the other units matter only through the residual."
    )
    report(1.0)
    return Finding(Comparison(rows), predicted, measured, why, (_picture(problem, taken),), {})


def _elbows(taken: Step) -> list[Quantity]:
    """Where the first elbows go."""
    reason = "the formula is exact"
    pairs = zip(*(each[:SHOWN].tolist() for each in (taken.before, taken.foretold, taken.after)), strict=True)
    return [
        Quantity(f"elbow {i + 1}, from {old:.4g} to", "", foretold, new, 1e-9 * (1 + abs(new)), reason)
        for i, (old, foretold, new) in enumerate(pairs)
    ]


def _output(problem: Problem, taken: Step, lr: float) -> Quantity:
    """The network at its point after the step."""
    by_hand, measured = float(_stepped_output(problem, lr)), float(problem.model(taken.ended, problem.X))
    room, reason = 1e-9 * (1 + abs(taken.residual)), "every parameter's step by hand"
    return Quantity("function at x after the step", "", by_hand, measured, room, reason)


def one_point(settings: OneStep) -> Problem:
    """A network with one hidden layer at its start, and one training point under half the squared error."""
    return on_point(networks.start((settings.width,), settings.seed), settings.width, settings.x, settings.y)


def on_point(start: Float[Tensor, " d"], width: int, x: float, y: float) -> Problem:
    """A network with one hidden layer, whatever its parameters, and one training point under half the squared error."""
    from thalweg import losses

    X, target = (torch.tensor([value], dtype=torch.float64) for value in (x, y))
    return Problem(networks.model((width,)), X, target, start, losses.squared(), networks.shapes((width,)))


def own_layer(rows: Float[Tensor, "h 3"], x: float, y: float) -> Problem:
    """A network whose units are given by slope, bias and output weight, one a row, without an output bias."""
    return on_point(torch.cat([rows.T.flatten(), rows.new_zeros(1)]), len(rows), x, y)


def step(problem: Problem, lr: float) -> Step:
    """Take one step, and foretell its elbows before.

    Args:
        problem: A network with one hidden layer.
        lr: The learning rate.

    Returns:
        The step.

    Raises:
        ValueError: If the learning rate is refused.

    Example:
        >>> taken = step(own_layer(torch.tensor([[-2.0, 4.0, 1.0]]), 1.0, 1.0), 0.1)
        >>> taken.residual, taken.before, taken.after, taken.apart < 1e-15
        (1.0, tensor([2.]), tensor([1.8571]), True)
    """
    p, residual = unflatten(problem.start, problem.shapes), (problem.outputs(problem.start) - problem.y).detach()
    foretold = elbows.elbows_after_step(p["w1"], p["b1"], p["a"], problem.X, residual, lr)
    ended = run(problem, lr=lr, steps=1, keep=2, choice="eager").final[0]
    return Step(ended, places(problem, problem.start), foretold, places(problem, ended), float(residual))


def places(problem: Problem, w: Tensor) -> Tensor:
    """The elbows of all units."""
    params = unflatten(w, problem.shapes)
    return elbows.elbow(params["w1"], params["b1"])


def _stepped_output(problem: Problem, lr: float) -> Tensor:
    """The network at x after a step, from the features by hand: every parameter moves by -lr r times its own."""
    width = problem.shapes["w1"][0]
    F = torch.cat(list(networks.features(problem.start, problem.X, (width,)).values()), 1)
    r = problem.outputs(problem.start) - problem.y
    return problem.model(problem.start - lr * (F.T @ r), problem.X)


def _picture(problem: Problem, taken: Step) -> Picture:
    return Picture(
        "The function and its elbows before and after the step",
        "One training point moves the whole function: it bends at new places, wherever a unit was on at the point. Elbows of "
        "units that were off there stay.",
        lambda: pictured(problem, taken, INPUTS),
    )


def pictured(problem: Problem, taken: Step, window: tuple[float, float] | None = None) -> Any:  # noqa: ANN401
    """A network and its elbows before and after a step, as a figure; if no window is given, over one that shows them."""
    from thalweg.draw import elbows as draw

    x = torch.linspace(*(window or _window(problem, taken)), 401, dtype=torch.float64)
    old, new = (problem.model(w, x).detach() for w in (problem.start, taken.ended))
    return draw.network_step(x, old, new, taken.before, taken.after, (float(problem.X), float(problem.y)))


def _window(problem: Problem, taken: Step) -> tuple[float, float]:
    """From where to where the point is seen and every elbow that is not far from it."""
    seen = torch.cat([taken.before, taken.after, problem.X])
    seen = seen[seen.isfinite() & ((seen - problem.X).abs() < NEAR)]
    room = 0.3 * float(seen.max() - seen.min()) + 0.5
    return float(seen.min()) - room, float(seen.max()) + room


def in_words(problem: Problem, taken: Step) -> str:
    """What the picture of a step shows."""
    old, new = (float(problem.model(w, problem.X)) for w in (problem.start, taken.ended))
    count, some = int(taken.moved.sum()), ways(taken)[:SHOWN]
    more = ", and more" if count > SHOWN else ""
    moved = f": {', '.join(some)}{more}" if some else ""
    return (
        f"a network of {counted(len(taken.moved), 'unit')} before and after one step on the point ({said(float(problem.X))}, "
        f"{said(float(problem.y))}): its output there goes from {said(old)} to {said(new)}; of its "
        f"elbows {_verb(len(taken.moved) - count, 'stay')}, {_verb(count, 'move')}{moved}"
    )


def _verb(count: int, one: str) -> str:
    """How many do something: "1 stays", "2 stay"."""
    return f"{count} {one}{'s' * (count == 1)}"


def told(taken: Step) -> str:
    """How many elbows were foretold to move, and how many did."""
    return (
        f"Residual {said(taken.residual, 4)}. {int(taken.to_move.sum())} of {len(taken.before)} elbows were foretold to move, "
        f"{int(taken.moved.sum())} moved. Forecast and run differ by at most {said(taken.apart, 1)} of 1 + an elbow's size."
    )


def ways(taken: Step) -> list[str]:
    """From where to where each elbow that moves goes, in words."""
    pairs = zip(taken.before[taken.moved].tolist(), taken.after[taken.moved].tolist(), strict=True)
    return [" → ".join("no elbow" if math.isnan(place) else said(place) for place in pair) for pair in pairs]
