"""What the experiments on learning rates share: a problem in its modes, run with several rates, and its pictures."""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from thalweg.descent import Run, path, run
from thalweg.experiments.linear_settings import Modes, Pair, Scalar
from thalweg.experiments.linear_setup import (
    numbered,
    real,
    scale,
)
from thalweg.experiments.result import Picture
from thalweg.linearization import linearize
from thalweg.modes import best_lr, largest_stable_lr, linear_path, nearest_minimum, step_factors, steps_to
from thalweg.problem import Problem, objective
from thalweg.progress import Report
from thalweg.spectrum import Spectrum, decompose
from thalweg.subjects import least_squares

SHARES = {
    "slow": 0.1,
    "nearly too large": 0.95,
    "too large": 1.02,
}  # Of the limit, beside the chosen and the best rate.
MOST_STEPS = 20_000
SWEEP, MOST_SWEPT = 24, 1000  # Learning rates of the sweep, and steps that a run of it may take, unless all take long.


@dataclass(frozen=True)
class Study:
    """A least-squares problem in its modes, with runs at several learning rates, one a row, by name."""

    problem: Problem
    parts: Spectrum
    curvature: Float[Tensor, " r"]
    minimum: Float[Tensor, " d"]
    rates: dict[str, float]
    factor: float
    result: Run

    def errors(self, w: Tensor) -> Tensor:
        """What is left to go in every mode."""
        return (w - self.minimum) @ self.parts.Vh.T

    def row(self, name: str) -> int:
        """The row of a learning rate."""
        return list(self.rates).index(name)

    def predicted(self, name: str, t: Tensor) -> Tensor:
        """Where descent with a learning rate should be after t steps."""
        return linear_path(linearize(self.problem), self.rates[name], t)


def unmixed(sigma: tuple[float, ...], y: tuple[float, ...], word: str, n: int | None = None) -> Problem:
    """Unknowns that do not mix, each with its own sigma; the last target for all that follow; a mean is over n."""
    targets = real(*y, *[y[-1]] * (len(sigma) - len(y)))
    return least_squares.make_problem(real(*sigma).diag(), targets, scale(word, n or len(sigma)))


def make_study(problem: Problem, settings: Scalar | Pair | Modes, share: float | None, report: Report) -> Study:
    """Take a problem apart and run it: with the chosen rate, else a share of the limit or the best one, and with others."""
    parts = decompose(problem.X)
    kept = parts.rank
    parts = Spectrum(parts.U[:, :kept], parts.sigma[:kept], parts.Vh[:kept])
    curvature = problem.loss.c * parts.sigma.square()
    limit, best = largest_stable_lr(curvature), best_lr(curvature)
    chosen = settings.lr or (best if share is None else share * limit)
    rates = {"chosen": chosen, "best": best} | {name: part * limit for name, part in SHARES.items()} | {"limit": limit}
    lr = torch.tensor(list(rates.values()), dtype=torch.float64)
    needed = steps_to(step_factors(curvature, lr[:2]), settings.factor)
    slowest = float(needed[needed.isfinite()].max()) if needed.isfinite().any() else 60.0
    steps = settings.steps or int(min(max(60.0, 1.2 * slowest), MOST_STEPS))
    result = run(problem, lr=lr, steps=steps, keep=steps + 2, choice="eager", report=report)
    return Study(problem, parts, curvature, nearest_minimum(linearize(problem)), rates, settings.factor, result)


def rates_picture(study: Study) -> Picture:
    """Every mode's |rho| over the learning rate."""
    from thalweg.draw import modes as draw

    return Picture(
        "Convergence rate of every singular value",
        "What one step leaves of each mode's error, |rho|, over the learning rate. Below 1 it shrinks. The largest singular "
        "value is the first to cross 1, the smallest is the slowest at small rates; the best rate is where the two cross.",
        lambda: draw.convergence_rates(study.curvature, numbered(study.parts.sigma), _marks(study)),
    )


def errors_picture(study: Study) -> Picture:
    """Every mode's error over the steps."""
    from thalweg.draw import modes as draw

    t, w = path(study.result, study.row("chosen"))
    theory = study.errors(study.predicted("chosen", t))
    return Picture(
        "Mode by mode",
        "The error of every mode over the steps: the forecast wide and dashed, the run thin upon it. Each mode shrinks by its "
        "own rho a step, whatever the others do.",
        lambda: draw.mode_errors(t, study.errors(w), t, theory, numbered(study.parts.sigma)),
    )


def values_picture(study: Study) -> Picture:
    """The one weight over the steps, with several learning rates."""
    from thalweg.draw import modes as draw

    t = study.result.t[: min(len(study.result.t), 25)]
    names = [f"{name}, lr {rate:.3g}" for name, rate in study.rates.items() if name != "limit"]
    rows = [study.row(name) for name in study.rates if name != "limit"]
    measured = {name: study.result.w[: len(t), row, 0] for name, row in zip(names, rows, strict=True)}
    theory = {
        name: study.predicted(key, t)[:, 0]
        for name, key in zip(names, (key for key in study.rates if key != "limit"), strict=True)
    }
    return Picture(
        "The weight, step by step",
        "From 0 to the solution with several learning rates: from one side where rho > 0, to and fro where rho < 0, and away "
        "from it just over the limit.",
        lambda: draw.paths_over_steps(t, measured, theory, {"w*": float(study.minimum[0])}, "w"),
    )


def contours_picture(study: Study) -> Picture:
    """The same descents in the plane of two weights."""
    from thalweg.draw import modes as draw

    paths = {
        name: path(study.result, row)[1] for row, name in enumerate(study.rates) if name in ("chosen", "best", "slow")
    }
    paths["nearly too large"] = path(study.result, study.row("nearly too large"))[1]
    value = torch.func.vmap(objective(study.problem))
    marks = {"w*": (float(study.minimum[0]), float(study.minimum[1]))}
    return Picture(
        "Paths on the loss's contour lines",
        "The same descents in the plane of both weights. Small rates crawl along the valley, large ones jump across it.",
        lambda: draw.contours(value, paths, marks, ("w[0]", "w[1]")),
    )


def sweep_picture(study: Study) -> Picture:
    """Steps to the factor over learning rates: the formula, and a run for each dot."""
    from thalweg.draw import modes as draw

    limit, title = study.rates["limit"], f"steps to {study.factor:g} of the error"
    fine = limit * torch.linspace(0.02, 1.1, 400, dtype=torch.float64)
    theory = steps_to(step_factors(study.curvature, fine), study.factor).amax(1)

    def figure() -> object:
        rates = fine[(theory <= min(max(MOST_SWEPT, 2 * float(theory.min())), MOST_STEPS)) & (fine < limit)]
        if len(rates) == 0:  # Even the best rate takes too long to run.
            return draw.steps_over_rate(fine, theory, rates, rates, _marks(study), title)
        rates = rates[torch.linspace(0, len(rates) - 1, SWEEP).long().unique()]
        most = int(1.1 * float(steps_to(step_factors(study.curvature, rates), study.factor).max()) + 2)
        left = study.errors(run(study.problem, lr=rates, steps=most, keep=most + 2, choice="eager").w).abs()
        small = (left <= study.factor * left[0] * (1 + 1e-9)).all(2)
        first = torch.where(small.any(0), small.long().argmax(0).double(), math.inf)
        return draw.steps_over_rate(
            fine, theory, rates, first, _marks(study), f"steps to {study.factor:g} of the error"
        )

    return Picture(
        "Steps over the learning rate",
        "How many steps until every mode's error is down to the factor: the formula as a line, a run for every dot. It falls "
        "slowly up to the best rate and rises steeply from there to the limit.",
        figure,
    )


def _marks(study: Study) -> dict[str, float]:
    return {"chosen": study.rates["chosen"], "best": study.rates["best"], "limit": study.rates["limit"]}
