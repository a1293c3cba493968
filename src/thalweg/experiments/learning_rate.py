"""Homework 1, question 1: why learning rates cannot be too big, for one unknown, for two, and for any least squares."""

import math

import torch
from torch import Tensor

from thalweg.comparison import Comparison, Quantity, within
from thalweg.descent import path, run
from thalweg.experiments.linear_settings import Modes, Pair, Scalar
from thalweg.experiments.linear_setup import (
    chance,
    measured_best,
    measured_limit,
    normal,
    off,
    other_half,
    real,
    scale,
)
from thalweg.experiments.rates_setup import (
    Study,
    contours_picture,
    errors_picture,
    make_study,
    rates_picture,
    sweep_picture,
    unmixed,
    values_picture,
)
from thalweg.experiments.result import Finding, Picture
from thalweg.linearization import linearize
from thalweg.modes import nearest_minimum, step_factors, steps_to
from thalweg.progress import Report
from thalweg.spectrum import decompose
from thalweg.subjects import least_squares, tables

WHY_SCALAR = (
    "A step multiplies the error by rho = 1 - lr c sigma^2, so it shrinks while |rho| < 1. Where rho < 0 the weight "
    "jumps across the solution: it reaches the wanted value at the first step, long before its error is small."
)
WHY_TWO = (
    "The larger sigma limits the learning rate, lr < 2 / (c sigma_1^2). Under 2 / (c (sigma_1^2 + sigma_2^2)) the smaller "
    "one is the slower, over it the larger one, and just there both are equally slow: that is the best rate. Modes in "
    "between have at most the larger |rho| of the two, at every rate, and change nothing."
)
WHY_SVD = (
    "With X = U S V', the coordinates V'w of descent do not mix: each is the scalar problem of its singular value. So "
    "the largest one limits the learning rate, the smallest one decides how long it takes: kappa^2 / 2 ln(1 / factor) "
    "steps at best."
)


def scalar(settings: Scalar, report: Report) -> Finding:
    """Parts (a) and (b): one unknown."""
    study = make_study(unmixed((settings.sigma,), (settings.y,), settings.loss), settings, 0.25, report)
    more = [*_by_value(study, "chosen"), *_by_value(study, "nearly too large")]
    return _finding(study, settings.loss, WHY_SCALAR, more, (values_picture(study),))


def two(settings: Pair, report: Report) -> Finding:
    """Parts (c) to (f): two unknowns that do not mix, then more in between."""
    study = make_study(unmixed(settings.sigma, settings.y, settings.loss), settings, 0.25, report)
    return _finding(study, settings.loss, WHY_TWO, _crowded(study, settings), (contours_picture(study),))


def svd(settings: Modes, report: Report) -> Finding:
    """Part (g): any least squares is such scalar problems side by side, in the coordinates of its SVD."""
    X, y = _data(settings)
    study = make_study(least_squares.make_problem(X, y, scale(settings.loss, len(y))), settings, None, report)
    return _finding(study, settings.loss, WHY_SVD, _side_by_side(study), ())


def _crowded(study: Study, settings: Pair) -> list[Quantity]:
    """The limit and the best rate with more modes between the two, which should change neither."""
    crowd = unmixed((*settings.sigma, *settings.between), settings.y, settings.loss, 2)
    minimum, limit, best = nearest_minimum(linearize(crowd)), study.rates["limit"], study.rates["best"]
    stable = measured_limit(crowd, minimum, limit)
    fastest = measured_best(crowd, minimum, decompose(crowd.X).Vh, limit)
    reason = "their |rho| is at most that of one end"
    return [
        within("largest stable lr, modes in between", "", limit, stable, 1e-3, "the ends decide"),
        within("best lr, modes in between", "", best, fastest, 1e-3, reason),
    ]


def _data(settings: Modes) -> tuple[Tensor, Tensor]:
    """Inputs and targets: the diabetes study's, or random ones with the wanted singular values."""
    if settings.data == "diabetes":
        table = tables.diabetes(seed=settings.seed)
        return table.X, table.y
    generator = chance(settings.seed)
    sigma = torch.tensor(sorted(settings.sigma, reverse=True), dtype=torch.float64)
    X = least_squares.from_spectrum(settings.points, len(sigma) + 1, sigma, generator)
    return X, X @ normal(generator, X.shape[1]) + 0.1 * normal(generator, len(X))


def _side_by_side(study: Study) -> list[Quantity]:
    """Every mode of the run against its own scalar problem, and what X does not see."""
    t, w = path(study.result, study.row("chosen"))
    blind = w @ _unseen(study)
    moved = float(blind.abs().max()) if blind.numel() else 0.0
    alone = [_one_mode(study, i, t) for i in range(len(study.curvature))]
    shared = min(len(w), *map(len, alone))  # Beyond the limit each stops on its own, when it has left all bounds.
    together = study.errors(w)[:shared]
    far = off(together, torch.stack([errors[:shared] for errors in alone], dim=1))
    title, reason = "distance from one scalar problem per mode", "V'w obeys one scalar recurrence per mode"
    room = 1e-9 * float(1 + w.abs().max())
    return [
        Quantity(title, "", 0.0, far, 1e-8, reason),
        Quantity("movement where X sees nothing", "", 0.0, moved, room, "the gradient is in the rows' span"),
    ]


def _finding(study: Study, word: str, why: str, more: list[Quantity], pictures: tuple[Picture, ...]) -> Finding:
    """The comparison that all three share, with what is special to one."""
    limit, best = study.rates["limit"], study.rates["best"]
    measured = measured_limit(study.problem, study.minimum, limit)
    fastest = measured_best(study.problem, study.minimum, study.parts.Vh, 1.2 * limit)
    rho = step_factors(study.curvature, real(study.rates["chosen"]))[0]
    count, counted = _steps(study, "chosen")
    slowest = _slowest(study, rho)
    title = f"steps until the error is {study.factor:g} of its start"
    rows = (
        within("largest stable lr", "", limit, measured, 1e-3, "2 / (c sigma_1^2), against runs that shrink or grow"),
        within("best lr", "", best, fastest, 1e-3, "2 / (c (sigma_1^2 + sigma_r^2)), against runs with many rates"),
        _at_best(study),
        _limiting(study),
        slowest,
        Quantity(title, "", count, counted, 0, "ln factor / ln |rho|"),
        *_paths(study),
        _other_scale(study, word),
        *more,
    )
    theory = {"largest_stable_lr": limit, "best_lr": best, "steps": count, "rho": rho, "slowest": slowest.predicted}
    found = {"largest_stable_lr": measured, "best_lr": fastest, "steps": counted, "slowest": slowest.measured}
    shown = (rates_picture(study), errors_picture(study), *pictures, sweep_picture(study))
    return Finding(Comparison(rows), theory, found, why, shown, {"lr": study.rates["chosen"]})


def _steps(study: Study, name: str) -> tuple[float, float | None]:
    """Steps until every mode's error is the factor of its start: predicted, and counted in the run."""
    rho = step_factors(study.curvature, real(study.rates[name]))
    t, w = path(study.result, study.row(name))
    left = study.errors(w).abs()
    predicted = float(steps_to(rho, study.factor).max())
    return predicted, _first(t, (left <= study.factor * left[0] * (1 + 1e-9)).all(1), predicted)


def _first(t: Tensor, holds: Tensor, predicted: float) -> float | None:
    """The first moment at which something holds; infinite if it never does, None if the run was too short to tell."""
    if holds.any():
        return float(t[holds.nonzero()[0, 0]])
    return None if predicted < math.inf else math.inf


def _by_value(study: Study, name: str) -> list[Quantity]:
    """Steps of the scalar problem until its value is reached, and until its error is small."""
    rho = float(step_factors(study.curvature, real(study.rates[name])))
    t, w = path(study.result, study.row(name))
    by_value = 1.0 if rho <= 0 else float(steps_to(real(rho), study.factor))
    found = _first(t, w[:, 0] / study.minimum[0] >= 1 - study.factor * (1 + 1e-9), by_value)
    by_error, counted = _steps(study, name)
    label = f"lr {study.rates[name]:.4g} (rho = {rho:.3g})"
    return [
        Quantity(f"steps by value, {label}", "", by_value, found, 0, "the first w_t that is at least (1 - factor) w*"),
        Quantity(f"steps by error, {label}", "", by_error, counted, 0, "|w_t - w*| at most factor |w*|"),
    ]


def _paths(study: Study) -> list[Quantity]:
    """The largest distance of every mode's path from its forecast, also just over the limit; beside its largest error."""
    rows = []
    for name, title in (("chosen", "path of every mode"), ("too large", "path just over the limit")):
        t, w = path(study.result, study.row(name))
        theory, measured = study.errors(study.predicted(name, t)), study.errors(w)
        far = off(measured, theory)
        rows.append(Quantity(title, "of its size", 0.0, far, 1e-8, "w* + V rho^t V'(w_0 - w*), exact but for rounding"))
    return rows


def _at_best(study: Study) -> Quantity:
    """What the best rate leaves of its slowest mode a step; in the run by its last steps that are far from rounding."""
    predicted = float(step_factors(study.curvature, real(study.rates["best"])).abs().max())
    t, w = path(study.result, study.row("best"))
    left = study.errors(w).abs()
    large = left.amax(1) > 1e-9 * left[0].max()
    last = int(large.long().cumprod(0).sum()) - 1
    found = float((left[last] / left[0]).max() ** (1 / float(t[last]))) if large[1] else 0.0
    return Quantity("largest |rho| with the best lr", "", predicted, found, 1e-6, "kappa alone")


def _limiting(study: Study) -> Quantity:
    """The sigma whose mode grows most just over the limit."""
    _, w = path(study.result, study.row("too large"))
    left = study.errors(w).abs()
    sigma = _sigmas(study)
    found = sigma[int((left[-1] / left[0]).argmax())]
    return Quantity("sigma that limits", "", sigma[0], found, 0, "the one that grows just over the limit")


def _slowest(study: Study, rho: Tensor) -> Quantity:
    """The slowest sigma, also by what a run left of every mode's error while that was still far from rounding."""
    t, w = path(study.result, study.row("chosen"))
    left = study.errors(w).abs()
    good = (left > 1e-6 * left[0].max()).all(1) & (left > 0).all(1)
    last = max(1, int(good.long().cumprod(0).sum()) - 1)
    shrunk = (left[last] / left[0]) ** (1 / float(t[last]))
    predicted, found = (_largest(size, _sigmas(study)) for size in (rho.abs(), shrunk))
    return Quantity("slowest sigma", "", predicted, found, 0, "the largest |rho|")


def _sigmas(study: Study) -> list[str]:
    return [f"{sigma:.4g}" for sigma in study.parts.sigma.tolist()]


def _largest(size: Tensor, names: list[str]) -> str:
    """The mode with the largest |rho|; both ends, where they are equally slow."""
    worst = (size > size.max() - 1e-6).nonzero().squeeze(1).tolist()
    ends = [worst[0], worst[-1]] if len(worst) > 1 else worst
    return ", ".join(names[i] for i in ends)


def _other_scale(study: Study, word: str) -> Quantity:
    """The limit with the loss's half put on or taken off: predicted from this one, and measured."""
    problem, other_word = study.problem, other_half(word)
    other = least_squares.make_problem(problem.X, problem.y, scale(other_word, len(problem.y)))
    predicted = study.rates["limit"] * problem.loss.c / other.loss.c
    measured = measured_limit(other, study.minimum, predicted)
    return within(f"largest stable lr with the {other_word}", "", predicted, measured, 1e-3, "a half less doubles c")


def _unseen(study: Study) -> Tensor:
    """The directions of w that no data point sees."""
    full = torch.linalg.svd(study.problem.X).Vh
    return full[len(study.curvature) :].T


def _one_mode(study: Study, i: int, t: Tensor) -> Tensor:
    """The error of a scalar problem with one of the singular values, run by itself, at the moments t."""
    sigma, u = study.parts.sigma[i], study.parts.U[:, i]
    problem = least_squares.make_problem(sigma.reshape(1, 1), (u @ study.problem.y).reshape(1), study.problem.loss.c)
    result = run(problem, lr=study.rates["chosen"], steps=max(1, int(t[-1])), keep=int(t[-1]) + 2, choice="eager")
    return result.w[:, 0, 0] - problem.y[0] / sigma
