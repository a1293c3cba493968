"""COMPARE: a forecast against a run, quantity by quantity, with a tolerance and a reason in words for each.

It judges what others worked out; it predicts nothing and runs nothing.
"""

import math
from dataclasses import dataclass
from typing import Literal

from thalweg.descent import Run
from thalweg.forecast import Forecast, at_run
from thalweg.outcome import Outcome
from thalweg.problem import entry_names

Value = float | int | str | None


@dataclass(frozen=True)
class Quantity:
    """One number, or word, that was predicted and measured.

    Attributes:
        name: What it is.
        unit: Its unit, empty if it has none.
        predicted: What theory says beforehand.
        measured: What the run gave; None if nothing was measured.
        within: The largest difference that still agrees; 0 for words and exact numbers.
        reason: Why they should agree so far and no further.
        bound: Which way the prediction is one, if it is a bound; then all that keeps it agrees.
    """

    name: str
    unit: str
    predicted: Value
    measured: Value
    within: float | int
    reason: str
    bound: Literal["", "at most", "at least"] = ""

    @property
    def difference(self) -> float | None:
        """Measured less predicted; None between words."""
        if isinstance(self.predicted, float | int) and isinstance(self.measured, float | int):
            return 0.0 if self.predicted == self.measured else float(self.measured - self.predicted)
        return None

    @property
    def agrees(self) -> bool:
        """Whether they differ by no more than the tolerance; what was not measured cannot differ."""
        if self.measured is None or self.predicted is None:
            return True
        if self.difference is None:
            return self.predicted == self.measured
        beyond = {"at most": self.difference, "at least": -self.difference}.get(self.bound, abs(self.difference))
        return beyond <= self.within


@dataclass(frozen=True)
class Comparison:
    """A forecast held against a run.

    Attributes:
        quantities: What was compared, in the order in which a reader wants to know.
    """

    quantities: tuple[Quantity, ...]

    @property
    def verdict(self) -> Literal["agrees", "differs"]:
        """Whether every quantity agrees."""
        return "agrees" if all(q.agrees for q in self.quantities) else "differs"

    @property
    def reason(self) -> str:
        """What differs and by how much, or that nothing does."""
        wrong = [q for q in self.quantities if not q.agrees]
        if not wrong:
            return f"All {len(self.quantities)} quantities agree within their tolerances."
        return " ".join(
            f"{q.name} was predicted as {show(q.predicted)} and measured as {show(q.measured)} {q.unit}".strip() + "."
            for q in wrong
        )


def within(name: str, unit: str, predicted: float, measured: float | int | None, share: float, reason: str) -> Quantity:
    """A quantity that agrees if it differs by no more than a share of what was predicted.

    Example:
        >>> within("resistor", "ohm", 200.0, 201.0, 0.01, "a per cent").agrees
        True
    """
    return Quantity(name, unit, predicted, measured, abs(share * predicted), reason)


def at_most(name: str, unit: str, bound: float, measured: float, reason: str) -> Quantity:
    """A quantity that agrees if it is no larger than was predicted, but for rounding.

    Example:
        >>> at_most("norm", "", 2.0, 0.5, "a bound").agrees, at_most("norm", "", 2.0, 2.1, "a bound").agrees
        (True, False)
    """
    return Quantity(name, unit, bound, measured, 1e-9 * abs(bound), reason, "at most")


def at_least(name: str, unit: str, bound: float, measured: float, reason: str) -> Quantity:
    """A quantity that agrees if it is no smaller than was predicted, but for rounding.

    Example:
        >>> at_least("loss", "", 2.0, 3.0, "a bound").agrees, at_least("loss", "", 2.0, 1.9, "a bound").agrees
        (True, False)
    """
    return Quantity(name, unit, bound, measured, 1e-9 * abs(bound), reason, "at least")


def compare(forecast: Forecast, result: Run, row: int = 0, unit: str = "", digits: float = 1e-3) -> Comparison:
    """Hold one row of a forecast against the same row of a run.

    Args:
        forecast: What was predicted.
        result: What was run, on the same problem with the same learning rate.
        row: Which row.
        unit: The unit of the parameters.
        digits: The share by which a parameter may differ: a run stops between two steps, and so up to one step late.

    Returns:
        Every parameter at the end, the number of steps, the outcome, and the largest distance between the two paths; steps
        and paths only of a run that should settle.

    Example:
        >>> from thalweg import losses
        >>> from thalweg.descent import run
        >>> from thalweg.forecast import predict
        >>> from thalweg.problem import Problem
        >>> problem = Problem(lambda w, X: X @ w, torch.eye(1), torch.ones(1), torch.zeros(1), losses.squared())
        >>> settings = {"lr": 0.5, "steps": 100, "tolerance": 1e-8}
        >>> comparison = compare(predict(problem, **settings), run(problem, **settings))
        >>> comparison.verdict, [q.name for q in comparison.quantities]
        ('agrees', ['w[0]', 'steps', 'outcome', 'path'])
    """
    predicted_end = forecast.outcome[row]
    ending = Quantity("outcome", "", predicted_end.words, result.outcome[row].words, 0, "curvature where it stops")
    corner = bool(forecast.curvatures[row].isnan().any() & forecast.minimum[row].isfinite().all())
    if predicted_end is Outcome.diverged or (predicted_end is Outcome.oscillating and not corner):
        return Comparison((ending,))
    far, size = path_distance(forecast, result, row)
    stride = float(result.lr[row]) * max(result.tolerance, float(result.gradient[-1, row].abs().max()))
    floor = 2 * stride + 1e-9 * size  # One step, and rounding.
    ends = [
        Quantity(name, unit, float(p), float(m), digits * abs(float(p)) + floor, "where the tolerance stops it")
        for name, p, m in zip(
            entry_names(result.problems[0].shapes), forecast.stop[row], result.final[row], strict=True
        )
    ]
    if predicted_end not in (Outcome.converged, Outcome.out_of_steps):
        return Comparison((*ends, ending))
    path = Quantity(
        "path", unit, 0.0, far, 0.02 * size + 2 * stride, "largest distance between the forecast's path and the run's"
    )
    return Comparison((*ends, _steps(forecast, result, row), ending, path))


def _steps(forecast: Forecast, result: Run, row: int) -> Quantity:
    """How many steps, or that they run out."""
    count = float(forecast.steps[row])
    if forecast.outcome[row] is Outcome.out_of_steps:
        words = forecast.outcome[row].words, result.outcome[row].words
        return Quantity("steps", "", *words, 0, "the steps run out first")
    counted = int(result.steps[row]) if result.stopped[row] else math.inf
    return Quantity("steps", "", count, counted, 2 + 2e-3 * count, "the flow is exact to second order in the step")


def path_distance(forecast: Forecast, result: Run, row: int = 0) -> tuple[float, float]:
    """The largest distance between a row's forecast path and its run, and the largest parameter on the way.

    Example:
        >>> from thalweg import losses
        >>> from thalweg.descent import run
        >>> from thalweg.forecast import predict
        >>> from thalweg.problem import Problem
        >>> problem = Problem(lambda w, X: X @ w, torch.eye(1), torch.ones(1), torch.zeros(1), losses.squared())
        >>> settings = {"lr": 0.5, "steps": 100, "tolerance": 1e-8}
        >>> path_distance(predict(problem, **settings), run(problem, **settings))[0] < 1e-15
        True
    """
    theory, measured = at_run(forecast, result)[:, row], result.w[:, row]
    return float((theory - measured).abs().max()), float(measured.abs().max())


def show(value: Value) -> str:
    """A value with sensible digits.

    Example:
        >>> show(200.4279), show(44528), show(2187196.4), show("converged"), show(None), show(9.144e-7)
        ('200.43', '44 528', '2.187e+06', 'converged', '', '9.144e-07')
    """
    if value is None or isinstance(value, str):
        return value or ""
    if math.isfinite(value) and value == int(value) and abs(value) < 1e7:
        return f"{int(value):,}".replace(",", " ")
    return f"{value:.5g}" if 1e-3 <= abs(value) < 1e5 else f"{value:.4g}"
