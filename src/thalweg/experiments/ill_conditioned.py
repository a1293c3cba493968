"""Homework 0, on ill-conditioning: an inverse is off by 1e10, descent keeps under a line."""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int, Real
from torch import Tensor

from thalweg.comparison import Comparison, Quantity, at_most, within
from thalweg.descent import path, run
from thalweg.experiments.linear_settings import IllConditioned
from thalweg.experiments.linear_setup import chance, normal, off
from thalweg.experiments.result import Finding, Picture
from thalweg.filters import learned
from thalweg.linearization import linearize
from thalweg.modes import linear_course, linear_path
from thalweg.problem import Problem
from thalweg.progress import Report
from thalweg.spectrum import Spectrum
from thalweg.subjects import least_squares

OVER = 1.02  # A learning rate over the condition, beside the largest stable one.
LEAST = 1e-13  # Beside the largest; the inverse then is off by a few per cent from rounding alone.
FINE = 0.01  # One so small that the tight case stays near its bound.
WHY = (
    "Inversion divides the noise of every mode by its sigma; descent adds at most lr alpha |y| a step, since no step can "
    "lengthen w by itself. A mode with a tiny sigma needs about 1/sigma^2 steps to go wrong, and never gets that far."
)


@dataclass(frozen=True)
class Case:
    """Noisy targets of a nearly singular matrix: the true weights, the parts of the matrix, the problem, and the noise."""

    truth: Float[Tensor, " d"]
    noise: Float[Tensor, " n"]
    parts: Spectrum
    problem: Problem
    lr: float


@dataclass(frozen=True)
class Way:
    """Descent on the noisy data: where it was and where it should be, how far from the truth, and the bound on that."""

    t: Int[Tensor, " t"]
    w: Float[Tensor, "t d"]
    theory: Float[Tensor, "t d"]
    error: Float[Tensor, " t"]
    allowed: Float[Tensor, " t"]


def ill_conditioned(settings: IllConditioned, report: Report) -> Finding:
    """Inversion and descent on the same noisy data; the bound, its tight case, its edge, and what lies beyond."""
    case, limit = make_case(settings), 2 / settings.alpha**2
    way = _descend(settings, case, report)
    inversion, (smallest, soonest) = _inversion(settings, case), _early_stop(case, way)
    rows = (
        inversion,
        *_on_the_way(settings, case, way),
        smallest,
        soonest,
        *_tight(settings, case, limit),
        *_at_the_limit(case, limit),
        _beyond(settings, case, limit),
    )
    told = {"inverse_error": inversion, "smallest_error": smallest, "steps_to_smallest_error": soonest}
    predicted = {name: row.predicted for name, row in told.items()}
    measured = {name: row.measured for name, row in told.items()}
    levels = {"error of the inverse": _inverse_error(case)}
    shown = (_bound_picture(way, levels), _ahead_picture(settings, case, levels), _modes_picture(case, way))
    return Finding(Comparison(rows), predicted, measured, WHY, shown, {})


def make_case(settings: IllConditioned) -> Case:
    """A square matrix from alpha down, its last singular value so small that the noise there costs the wanted error."""
    generator, n = chance(settings.seed), settings.size
    U, V = (torch.linalg.qr(normal(generator, n, n)).Q for _ in range(2))
    truth, noise = normal(generator, n), settings.noise_std * normal(generator, n)
    truth = truth / truth.norm()
    noise = noise + (settings.noise_std - U[:, -1] @ noise) * U[:, -1]  # Neither more nor less there than it should be.
    smallest = min(settings.noise_std / settings.error, settings.alpha / 100)
    if smallest < LEAST * settings.alpha:
        raise ValueError(
            f"settings: need a smallest singular value over {LEAST:g} alpha, where rounding is not all there is, got "
            f"{smallest / settings.alpha:.2g} alpha; ask for a smaller error, or more noise_std beside alpha"
        )
    sigma = settings.alpha * torch.logspace(0, -2, n, dtype=torch.float64)
    sigma[-1] = smallest
    F = (U * sigma) @ V.T
    problem = least_squares.make_problem(F, F @ truth + noise)
    return Case(truth, noise, Spectrum(U, sigma, V.T), problem, settings.share * 2 / settings.alpha**2)


def bound(
    problem: Problem, lr: float, alpha: float | Tensor, t: Real[Tensor, "*batch"], away: float | Tensor = 0.0
) -> Float[Tensor, "*batch"]:
    r"""How far descent from 0 can be after any number of steps: $\|w^*\| + t \eta \alpha \|y\|$.

    Args:
        problem: The problem, whose targets count.
        lr: The learning rate, at most 2 / alpha^2.
        alpha: The largest singular value of the inputs.
        t: Numbers of steps.
        away: How far 0 is from where distances are measured from; 0 for the norm of the weights themselves.

    Returns:
        The bound at each number of steps.

    Example:
        >>> problem = least_squares.make_problem(torch.eye(1), torch.tensor([3.0]))
        >>> bound(problem, 0.5, 1.0, torch.tensor([0, 2]), away=1.0)
        tensor([1., 4.])
    """
    return away + t.to(problem.y.dtype) * lr * alpha * problem.y.norm()


def _descend(settings: IllConditioned, case: Case, report: Report) -> Way:
    """Descent from 0, beside its forecast and its bound."""
    result = run(case.problem, lr=case.lr, steps=settings.steps, keep=settings.steps + 2, choice="eager", report=report)
    t, w = path(result)
    allowed = bound(case.problem, case.lr, settings.alpha, t, case.truth.norm())
    return Way(t, w, linear_path(linearize(case.problem), case.lr, t), (w - case.truth).norm(dim=1), allowed)


def _inverse_error(case: Case) -> float:
    """The noise divided by the singular value of each mode."""
    return float(((case.parts.U.T @ case.noise) / case.parts.sigma).norm())


def _inversion(settings: IllConditioned, case: Case) -> Quantity:
    """The inverse's error against the noise that it amplifies."""
    inverse = torch.linalg.solve(case.problem.X, case.problem.y)
    room = 1e-6 + 100 * torch.finfo(inverse.dtype).eps * settings.alpha / float(case.parts.sigma[-1])
    reason = "the noise over sigma, mode by mode; rounding itself is amplified by kappa"
    return within("error of the inverse", "", _inverse_error(case), float((inverse - case.truth).norm()), room, reason)


def _on_the_way(settings: IllConditioned, case: Case, way: Way) -> list[Quantity]:
    """The bound on the error, the bound on a step, and the path."""
    used = float((way.error / way.allowed)[1:].max())
    grown = way.w.norm(dim=1).diff() / bound(case.problem, case.lr, settings.alpha, torch.tensor(1))
    step = "growth of |w_t| in a step beside lr alpha |y|, at most"
    return [
        at_most("|w_t - w*| beside its bound, at most", "", 1.0, used, "k lr alpha |y| + |w*|"),
        at_most(step, "", 1.0, float(grown.max()), "|I - lr F'F| <= 1"),
        Quantity("path of the error", "of its size", 0.0, off(way.w, way.theory), 1e-9, "every mode by its own rho"),
    ]


def _error_at(case: Case, t: Tensor) -> Tensor:
    """The error after t steps, from the noise and the true weights alone: what is not yet learned, and the noise that is."""
    share = learned(case.lr * case.parts.sigma.square(), t)
    missing, brought = (
        (1 - share) * (case.parts.Vh @ case.truth),
        share * (case.parts.U.T @ case.noise) / case.parts.sigma,
    )
    return (brought - missing).norm(dim=1)


def _early_stop(case: Case, way: Way) -> tuple[Quantity, Quantity]:
    """The smallest error on the way, and the first step that has it."""
    theory = _error_at(case, way.t)
    best, found = float(theory.min()), float(way.error.min())
    first, seen = (_first(way.t, error <= error.min() * (1 + 1e-9)) for error in (theory, way.error))
    reason = "large sigmas are learned before small ones bring noise"
    return (
        within("smallest error on the way", "", best, found, 1e-9, "every mode by its own rho"),
        Quantity("steps to the smallest error", "", first, seen, 0, reason),
    )


def _tight(settings: IllConditioned, case: Case, limit: float) -> list[Quantity]:
    """Targets along u_1: the first step uses up the bound, and with a small rate the later ones nearly do."""
    y = case.parts.U[:, 0] * case.problem.y.norm()
    problem = least_squares.make_problem(case.problem.X, y)
    lr, steps = FINE * limit, 20
    result = run(problem, lr=lr, steps=steps, keep=steps + 2, choice="eager")
    used = result.w[1:, 0].norm(dim=1) / bound(problem, lr, settings.alpha, result.t[1:])
    x = lr * settings.alpha**2
    later = (1 - (1 - x) ** steps) / (steps * x)
    reason = "y along u_1 and a start of 0: |w_t| = (1 - (1 - x)^t) |y| / alpha with x = lr alpha^2"
    return [
        within("tight case: share of the bound after 1 step", "", 1.0, float(used[0]), 1e-9, reason),
        within(f"tight case: share of the bound after {steps} steps", "", later, float(used[-1]), 1e-9, reason),
    ]


def _at_the_limit(case: Case, limit: float) -> list[Quantity]:
    """At exactly 2 / alpha^2 the first mode jumps to and fro between its start and its mirror image, for ever."""
    steps = 51
    result = run(case.problem, lr=limit, steps=steps, keep=steps + 2, choice="eager")
    first = result.w[:, 0] @ case.parts.Vh[0]
    goal = float(case.parts.U[:, 0] @ case.problem.y / case.parts.sigma[0])
    reason = "rho = -1 exactly: w_t = w* + (-1)^t (w_0 - w*)"
    return [
        within("at lr = 2/alpha^2: first mode after an odd step", "", 2 * goal, float(first[-1]), 1e-9, reason),
        Quantity(
            "at lr = 2/alpha^2: first mode after an even step", "", 0.0, float(first[-2]), 1e-9 * abs(goal), reason
        ),
    ]


def _beyond(settings: IllConditioned, case: Case, limit: float) -> Quantity:
    """Without the condition the first mode grows like |rho|^t and breaks the bound, at a step that can be foretold."""
    lr = OVER * limit
    course = linear_course(linearize(case.problem), lr)
    moments, away = torch.arange(600, dtype=torch.float64), case.truth.norm()
    over = (course(moments.long()) - case.truth).norm(dim=1) > bound(case.problem, lr, settings.alpha, moments, away)
    result = run(case.problem, lr=lr, steps=int(moments[-1]), keep=len(moments) + 1, choice="eager")
    t, w = path(result)
    broken = (w - case.truth).norm(dim=1) > bound(case.problem, lr, settings.alpha, t, away)
    title = f"lr {OVER:g} times too large: step that breaks the bound"
    reason = f"rho = {1 - OVER * 2:.3g}: growth by a factor overtakes any line"
    return Quantity(title, "", _first(moments, over), _first(t, broken), 0, reason)


def _first(t: Tensor, holds: Tensor) -> float:
    return float(t[holds.nonzero()[0, 0]]) if holds.any() else math.inf


def _bound_picture(way: Way, levels: dict[str, float]) -> Picture:
    from thalweg.draw import stopping

    return Picture(
        "The error of descent under its bound",
        "The distance from the true weights over the steps of the run, under the line that it cannot cross; the error of "
        "the inverse lies far above.",
        lambda: stopping.growth((way.t, way.allowed), levels, "|w_t - w*|", run=(way.t, way.error)),
    )


def _ahead_picture(settings: IllConditioned, case: Case, levels: dict[str, float]) -> Picture:
    from thalweg.draw import stopping

    needed = 3 / (case.lr * float(case.parts.sigma[-1]) ** 2)
    moments = torch.logspace(0, math.ceil(math.log10(needed)), 400, dtype=torch.float64).round().unique()
    far = bound(case.problem, case.lr, settings.alpha, moments, case.truth.norm())
    ahead = (linear_course(linearize(case.problem), case.lr)(moments) - case.truth).norm(dim=1)
    return Picture(
        "For ever and a day",
        "The forecast of the same error until even the weakest mode is learned: it falls, rises with each weak mode, "
        "and only in the end, after more steps than anybody can take, jumps to the inverse's error. Stopping early is "
        "all the regularization that descent needs.",
        lambda: stopping.growth((moments, far), levels, "|w_t - w*|", forecast=(moments, ahead)),
    )


def _modes_picture(case: Case, way: Way) -> Picture:
    from thalweg.draw import modes as draw

    size = len(case.parts.sigma)
    shown = [i for i in (0, 1, size // 2, size - 1) if i < size]
    measured, theory = (((w - case.truth) @ case.parts.Vh.T)[:, shown] for w in (way.w, way.theory))
    names = [f"sigma = {float(case.parts.sigma[i]):.3g}" for i in shown]
    return Picture(
        "Mode by mode",
        "How far some modes are from the truth: strong modes settle soon, on their share of the noise; the weakest, which "
        "ruins the inverse, hardly moves.",
        lambda: draw.mode_errors(way.t, measured, way.t, theory, names),
    )
