"""One unit on a page: steps on its one training point forecast and run, in pictures and in words.

The explorable that asks for them stands in `draw.explorables.elbow`; the homework's own question in `elbow_unit`.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Real
from torch import Tensor

from thalweg.descent import path, run
from thalweg.draw import elbows as draw
from thalweg.draw import modes as draw_modes
from thalweg.draw.wording import said
from thalweg.experiments.result import Shown
from thalweg.subjects import elbows
from thalweg.subjects.elbows import Unit

STEPS = 20


@dataclass(frozen=True)
class Course:
    """Descent of one unit: as it was forecast, and as it ran.

    Attributes:
        unit: The unit and its point.
        lr: The learning rate.
        t: The steps.
        run: Slope and bias then.
        forecast: What they were forecast to be.
        loss: The loss of the run.
    """

    unit: Unit
    lr: float
    t: Real[Tensor, " t"]
    run: Float[Tensor, "t 2"]
    forecast: Float[Tensor, "t 2"]
    loss: Float[Tensor, " t"]

    def outputs(self, w: Float[Tensor, "t 2"]) -> Float[Tensor, " t"]:
        """The outputs at the point with slopes and biases."""
        return torch.relu(w @ w.new_tensor([self.unit.x, 1.0]))


def course(unit: Unit, lr: float) -> Course:
    """Forecast the unit by its closed form, and run it.

    Args:
        unit: The unit and its point.
        lr: The learning rate.

    Returns:
        The course.

    Raises:
        ValueError: If the learning rate is not positive and finite.

    Example:
        >>> found = course(Unit(w=-2.0, b=4.0, x=1.0, y=1.0), 0.25)
        >>> found.run[:3].tolist(), found.loss[:3].tolist()
        ([[-2.0, 4.0], [-2.25, 3.75], [-2.375, 3.625]], [0.5, 0.125, 0.03125])
        >>> torch.testing.assert_close(found.run, found.forecast)
    """
    forecast = elbows.course(unit, lr, torch.arange(STEPS + 1))
    result = run(elbows.unit_problem(unit), lr=lr, steps=STEPS, keep=STEPS + 2, choice="eager")
    t, w = path(result)
    return Course(unit, lr, t, w, forecast[t], result.loss[:, 0])


def one_step(found: Course) -> Shown:
    """The unit before and after its first step, run upon forecast, and what that picture shows."""
    unit, (slope, bias) = found.unit, found.run[1].tolist()
    moved = f"{draw.where(unit.elbow)} before and {draw.where(float(elbows.elbow(*found.run[1])))} after it"
    words = (
        f"the unit and a step of lr {said(found.lr)}, run upon forecast: {moved}, its slope {said(unit.w)} and {said(slope)}; "
        f"the training point is ({said(unit.x)}, {said(unit.y)})"
    )
    return draw.one_step(unit, found.lr, run=(slope, bias)), words


def one_step_told(found: Course) -> str:
    """What the first step was foretold to do, and what it did; in Markdown."""
    effect = elbows.effect(found.unit, found.lr)
    foretold, seen = (draw.where(float(elbows.elbow(*w[1])), 6) for w in (found.forecast, found.run))
    before, after = (said(loss, 4) for loss in found.loss[:2])
    return (
        f"Foretold: elbow **{effect.elbow}**, slope **{effect.slope}**, loss **{effect.loss}**; {foretold}. "
        f"Seen: {seen}, the loss {before} before and {after} after."
    )


def many_steps(found: Course) -> Shown:
    """Elbow and output over the steps, run upon forecast, and what that picture shows."""
    measured, predicted = (
        {"elbow": elbows.elbow(*w.T), "output at x": found.outputs(w)} for w in (found.run, found.forecast)
    )
    figure = draw_modes.paths_over_steps(found.t, measured, predicted, {"target": found.unit.y}, "elbow, output")
    places, outputs = measured.values()
    words = (
        f"{int(found.t[-1])} steps on the same point, run upon forecast: {draw.where(places[0])} at first and "
        f"{draw.where(places[-1])} in the end, the output at x goes from {said(outputs[0])} to {said(outputs[-1])}; the "
        f"target is {said(found.unit.y)}"
    )
    return figure, words


def many_steps_told(found: Course) -> str:
    """Where the steps ended, and where they were forecast to; in Markdown."""
    seen, foretold = (draw.where(elbows.elbow(*w[-1]), 6) for w in (found.run, found.forecast))
    output = said(found.outputs(found.run)[-1], 4)
    return (
        f"After {int(found.t[-1])} steps {seen}; forecast: {foretold}; the output at $x$ is {output}, the target "
        f"{said(found.unit.y, 4)}."
    )
