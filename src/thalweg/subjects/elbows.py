r"""Where ReLU units have their elbows, and where one step of descent moves them: closed forms.

One unit is $\phi(x) = \max(0, wx + b)$; it is off on one side of its elbow $e = -b/w$. The derivative of a ReLU at 0 is 0,
as torch has it. Networks, whole trainings and pictures are elsewhere.
"""

import math
from dataclasses import dataclass
from typing import Literal, NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from thalweg import losses
from thalweg.problem import Problem

Move = Literal["right", "left", "stays", "gone"]
Slope = Literal[
    "shallower", "steeper", "unchanged", "flat",
    "turned over and shallower", "turned over and as steep", "turned over and steeper"
]  # fmt: skip
Fall = Literal["falls", "rises", "stays"]

SAME = 1e-12  # Differences of decimals that are smaller, beside the numbers that they are made of, are rounding.


@dataclass(frozen=True)
class Unit:
    r"""One ReLU unit, $\phi(x) = \max(0, wx + b)$, and one training point, under the loss $\frac12(\phi(x) - y)^2$.

    Attributes:
        w: The slope where the unit is on; not 0, or there is no elbow.
        b: The bias.
        x: The point's input.
        y: Its target.

    Raises:
        ValueError: If a number is not finite, or the slope is 0.

    Example:
        >>> unit = Unit(w=-2.0, b=4.0, x=1.0, y=1.0)
        >>> unit.elbow, unit.output, unit.residual, unit.gradient
        (2.0, 2.0, 1.0, (1.0, 1.0))
    """

    w: float
    b: float
    x: float
    y: float

    def __post_init__(self) -> None:
        if not all(math.isfinite(value) for value in (self.w, self.b, self.x, self.y)):
            raise ValueError(f"Unit: need finite w, b, x and y, got {self.w}, {self.b}, {self.x} and {self.y}")
        if self.w == 0:
            raise ValueError("Unit: need a slope w other than 0, got 0: a flat unit has no elbow")

    @property
    def elbow(self) -> float:
        r"""Where the unit changes between off and on, $e = -b/w$."""
        return -self.b / self.w

    @property
    def output(self) -> float:
        r"""$\phi(x)$ at the training point."""
        return max(0.0, _difference(self.w * self.x, -self.b))

    @property
    def residual(self) -> float:
        r"""The derivative of the loss in the output, $\phi(x) - y$: positive where the unit is too high."""
        return _difference(self.output, self.y, self.w * self.x, self.b)

    @property
    def gradient(self) -> tuple[float, float]:
        r"""The derivatives of the loss in w and b: $(\phi(x) - y)\,x$ and $\phi(x) - y$, both 0 where the unit is off."""
        return (self.residual * self.x, self.residual) if self.output > 0 else (0.0, 0.0)


CASES = {  # The homework's four, as slope, bias and input; its second goes either way, or neither.
    "(i) unit off": (1.0, -2.0, 1.0),
    "(ii) w, x > 0, b < w/x": (2.0, 1.0, 1.0),
    "(ii) w, x > 0, b > w/x": (1.0, 2.0, 1.0),
    "(ii) w, x > 0, b = w/x": (2.0, 2.0, 1.0),
    "(iii) w > 0, x < 0": (1.0, 2.5, -1.0),
    "(iv) w < 0, x > 0": (-2.0, 4.0, 1.0),
}


def case(name: str, residual: float) -> Unit:
    """A unit of one of the homework's cases, with the target that gives it this residual.

    Example:
        >>> case("(iv) w < 0, x > 0", 1.0)
        Unit(w=-2.0, b=4.0, x=1.0, y=1.0)
    """
    w, b, x = CASES[name]
    return Unit(w, b, x, max(0.0, w * x + b) - residual)


def unit_problem(unit: Unit) -> Problem:
    """The unit and its point as a problem of two parameters, w and b, which descent can run.

    Example:
        >>> from thalweg.problem import objective
        >>> problem = unit_problem(Unit(w=-2.0, b=4.0, x=1.0, y=1.0))
        >>> objective(problem)(problem.start), torch.func.grad(objective(problem))(problem.start).tolist()
        (tensor(0.5000), [1.0, 1.0])
    """
    X, y, start = (torch.tensor(v, dtype=torch.float64) for v in ([unit.x], [unit.y], [unit.w, unit.b]))
    return Problem(_unit_model, X, y, start, losses.squared(), {"w": (), "b": ()})


class Rates(NamedTuple):
    r"""The learning rates at which something changes; infinite where it never does.

    Attributes:
        turn: The slope becomes 0: below it the elbow moves one way, at it there is none, beyond it the slope has turned over.
        steep: Here the slope that has turned over is as steep as before, and beyond it steeper.
        off: From here on the step switches the unit off at the training point.
        fall: Up to here the loss falls.
    """

    turn: float
    steep: float
    off: float
    fall: float


def rates(unit: Unit) -> Rates:
    r"""The learning rates at which a step changes its character.

    With $z = wx + b > 0$ and $r = z - y$, a step takes $\eta r x$ from w, $\eta r$ from b and $\eta r (1 + x^2)$ from z. So
    the slope is 0 at $\eta = w / (rx)$ and as steep as before at twice that, and the unit is off at $x$ from
    $\eta = z / (r(1 + x^2))$ on, each if positive.
    What is left of the residual is $r(1 - \eta(1 + x^2))$ while the unit stays on: the loss falls for
    $\eta < 2 / (1 + x^2)$. Beyond that it still falls if the step switches off a unit with $z < 2r$, since then its
    distance $|y| = |z - r|$ from the target is below r: a unit whose target is below half of its output is hurt by no step.

    Args:
        unit: The unit and its point.

    Returns:
        The learning rates.

    Example:
        >>> rates(Unit(w=2.0, b=1.0, x=1.0, y=2.0))
        Rates(turn=2.0, steep=4.0, off=1.5, fall=1.0)
        >>> rates(Unit(w=-2.0, b=4.0, x=1.0, y=3.0))
        Rates(turn=2.0, steep=4.0, off=inf, fall=1.0)
        >>> rates(Unit(w=1.0, b=0.0, x=1.0, y=0.0))
        Rates(turn=1.0, steep=2.0, off=0.5, fall=inf)
    """
    z, r, lift = unit.output, unit.residual, 1 + unit.x**2
    if z == 0 or r == 0:
        return Rates(*[math.inf] * 4)
    turn = unit.w / (r * unit.x) if unit.x else math.inf
    turn = turn if turn > 0 else math.inf
    safe = r > 0 and _difference(z, 2 * r, unit.b, unit.y) < 0
    return Rates(turn, 2 * turn, z / (r * lift) if r > 0 else math.inf, math.inf if safe else 2 / lift)


class Effect(NamedTuple):
    """What one step does: to the elbow, to the slope and to the loss, each in a word."""

    elbow: Move
    slope: Slope
    loss: Fall


def effect(unit: Unit, lr: float) -> Effect:
    r"""What a step of this learning rate does, from its conditions and without taking it.

    $$ e' - e = \eta r \, \frac{w - bx}{w \, w'}, \qquad w' = w - \eta r x, $$

    so the elbow goes right where $r(w - bx)$ is positive, as long as the slope keeps its sign, and left once it has turned
    over; it stays where the gradient is 0 or $w = bx$, that is where the elbow is at $-1/x$. For $r = 1$ and $w, x > 0$
    that is the official condition: right if and only if $(b - w/x)(\eta - w/x) > 0$.

    Args:
        unit: The unit and its point.
        lr: The learning rate, positive.

    Returns:
        The effect.

    Raises:
        ValueError: If the learning rate is not positive and finite.

    Example:
        >>> unit = Unit(w=-2.0, b=4.0, x=1.0, y=1.0)
        >>> effect(unit, 0.1)
        Effect(elbow='left', slope='steeper', loss='falls')
        >>> [effect(Unit(w=2.0, b=1.0, x=1.0, y=2.0), lr).elbow for lr in (1.0, 2.0, 3.0)]
        ['right', 'gone', 'left']
    """
    if not 0 < lr < math.inf:
        raise ValueError(f"effect: need a positive, finite lr, got {lr}")
    r = unit.residual if unit.output > 0 else 0.0
    if r == 0:
        return Effect("stays", "unchanged", "stays")
    turn, steep, _, fall = rates(unit)
    side = r * _difference(unit.w, unit.b * unit.x) * (1 if lr < turn else -1)
    move: Move = "gone" if lr == turn else "right" if side > 0 else "left" if side < 0 else "stays"
    return Effect(move, _slope(unit, lr, turn, steep), _fall(unit, lr, fall))


def stepped(unit: Unit, lr: float) -> tuple[float, float]:
    r"""Slope and bias after one step, $w - \eta r x$ and $b - \eta r$ where the unit is on.

    Example:
        >>> w, b = stepped(Unit(w=-2.0, b=4.0, x=1.0, y=1.0), 0.1)
        >>> round(w, 12), round(b, 12), round(-b / w, 4)
        (-2.1, 3.9, 1.8571)
    """
    to_w, to_b = unit.gradient
    return unit.w - lr * to_w, unit.b - lr * to_b


def course(unit: Unit, lr: float, t: Int[Tensor, " t"]) -> Float[Tensor, "t 2"]:
    r"""Slope and bias after any numbers of steps on the one point, exactly.

    As long as the unit is on at x, a step leaves $\rho = 1 - \eta(1 + x^2)$ of the residual, so that

    $$ z_t = y + \rho^t r, \qquad (w_t, b_t) = (w, b) + \frac{z_t - z}{1 + x^2} \, (x, 1). $$

    From the first $z_t \le 0$ on the unit is off at x, and nothing moves any more.

    Args:
        unit: The unit and its point.
        lr: The learning rate, positive.
        t: Numbers of steps, non-negative, in any order.

    Returns:
        Slope and bias, one row per number of steps.

    Raises:
        ValueError: If the learning rate is not positive and finite, or a number of steps negative.

    Example:
        >>> unit = Unit(w=-2.0, b=4.0, x=1.0, y=1.0)
        >>> course(unit, 0.25, torch.tensor([0, 1, 2])).tolist()
        [[-2.0, 4.0], [-2.25, 3.75], [-2.375, 3.625]]
        >>> course(Unit(w=2.0, b=1.0, x=1.0, y=2.0), 1.5, torch.tensor([1, 9])).tolist()
        [[0.5, -0.5], [0.5, -0.5]]
    """
    if (t < 0).any() or not 0 < lr < math.inf:
        raise ValueError(f"course: need t >= 0 and a positive, finite lr, got t from {int(t.min())} and lr = {lr}")
    z, lift = unit.output, 1 + unit.x**2
    moments = torch.arange(int(t.max()) + 1, dtype=torch.float64)
    outputs = unit.y + unit.residual * (1 - lr * lift) ** moments
    off = (outputs <= 0).nonzero()
    last = 0 if z == 0 else int(off[0]) if len(off) else len(moments)
    way = (outputs[t.clamp(max=last)] - z) / lift if z else torch.zeros(len(t), dtype=torch.float64)
    return torch.stack([unit.w + way * unit.x, unit.b + way], 1)


def elbow(w: Float[Tensor, "*batch"], b: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch"]:
    """Elbows of many units, -b/w; NaN where the slope is 0 and there is none.

    Example:
        >>> elbow(torch.tensor([2.0, -1.0, 0.0]), torch.tensor([-1.0, 0.5, 1.0]))
        tensor([0.5000, 0.5000,    nan])
    """
    return torch.where(w == 0, math.nan, -b / w)


def elbows_after_step(
    w: Float[Tensor, " h"],
    b: Float[Tensor, " h"],
    a: Float[Tensor, " h"],
    x: Float[Tensor, " n"],
    slope: Float[Tensor, " n"],
    lr: float,
) -> Float[Tensor, " h"]:
    r"""The elbows of a hidden layer after one step of a network $f(x) = \sum_i a_i \max(0, w_i x + b_i)$, plus a constant.

    $$ e_i' = -\frac{b_i - \eta \sum_j s_j a_i 1_{ij}}{w_i - \eta \sum_j s_j a_i 1_{ij} x_j},
       \qquad 1_{ij} = [w_i x_j + b_i > 0], $$

    with $s_j$ the loss's slope in the output at point j: the residual $f(x_j) - y_j$ for half a square. A unit that is off
    at every point keeps its elbow. That all other parameters move too does not matter to a first step.

    Args:
        w: Slopes of the units.
        b: Their biases.
        a: Their weights in the output.
        x: The points that the step looks at.
        slope: The derivative of the loss in the output at each of them.
        lr: The learning rate.

    Returns:
        The elbows; NaN where a slope is 0 then.

    Example:
        >>> one, x = torch.ones(1), torch.tensor([1.0])
        >>> elbows_after_step(-2 * one, 4 * one, one, x, slope=one, lr=0.1)
        tensor([1.8571])
    """
    on = (w.unsqueeze(1) * x + b.unsqueeze(1) > 0).to(w.dtype)
    pull = a.unsqueeze(1) * on * slope
    return elbow(w - lr * (pull @ x), b - lr * pull.sum(1))


def _difference(a: float, b: float, *of: float) -> float:
    """The difference, and 0 where that is no more than rounding beside the two and what they were made of."""
    return 0.0 if abs(a - b) <= SAME * max(abs(value) for value in (a, b, *of)) else a - b


def _unit_model(w: Tensor, X: Tensor) -> Tensor:
    return (w[0] * X + w[1]).relu()


def _slope(unit: Unit, lr: float, turn: float, steep: float) -> Slope:
    towards_zero = unit.residual * unit.x * unit.w
    if towards_zero == 0:
        return "unchanged"
    if towards_zero < 0:
        return "steeper"
    if lr <= turn:
        return "flat" if lr == turn else "shallower"
    beyond = _difference(lr, steep)
    if beyond == 0:
        return "turned over and as steep"
    return "turned over and steeper" if beyond > 0 else "turned over and shallower"


def _fall(unit: Unit, lr: float, fall: float) -> Fall:
    """On the border itself, and where a unit at exactly twice its residual is switched off, the loss stays."""
    even = unit.residual > 0 and _difference(unit.output, 2 * unit.residual, unit.b, unit.y) == 0
    return "falls" if lr < fall else "stays" if lr == fall or even else "rises"
