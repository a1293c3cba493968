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
    numbered,
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


def scalar(settings: Scalar, report: Report) -> Finding:
    """Parts (a) and (b): one unknown."""
    study = make_study(unmixed((settings.sigma,), (settings.y,), settings.loss), settings, 0.25, report)
    more = [*_by_value(study, "chosen"), *_by_value(study, "nearly too large")]
    why = (
        "A step multiplies the error by rho = 1 - lr c sigma^2, so it shrinks while |rho| < 1. Where rho < 0 the weight "
        "jumps across the solution: it reaches the wanted value at the first step, long before its error is small."
    )
    return _finding(study, settings.loss, why, more, (values_picture(study),))


def two(settings: Pair, report: Report) -> Finding:
    """Parts (c) to (f): two unknowns that do not mix, then more in between."""
    study = make_study(unmixed(settings.sigma, settings.y, settings.loss), settings, 0.25, report)
    crowd = unmixed((*settings.sigma, *settings.between), settings.y, settings.loss, 2)
    parts = decompose(crowd.X)
    minimum, limit = nearest_minimum(linearize(crowd)), study.rates["limit"]
    more = [
        within(
            "largest stable lr, modes in between",
            "",
            limit,
            measured_limit(crowd, minimum, limit),
            1e-3,
            "the ends decide",
        ),
        within(
            "best lr, modes in between",
            "",
            study.rates["best"],
            measured_best(crowd, minimum, parts.Vh, limit),
            1e-3,
            "their |rho| is at most that of one end",
        ),
    ]
    why = (
        "The larger sigma limits the learning rate, lr < 2 / (c sigma_1^2). Under 2 / (c (sigma_1^2 + sigma_2^2)) the smaller "
        "one is the slower, over it the larger one, and just there both are equally slow: that is the best rate. Modes in "
        "between have at most the larger |rho| of the two, at every rate, and change nothing."
    )
    return _finding(study, settings.loss, why, more, (contours_picture(study),))


def svd(settings: Modes, report: Report) -> Finding:
    """Part (g): any least squares is such scalar problems side by side, in the coordinates of its SVD."""
    generator = chance(settings.seed)
    if settings.data == "diabetes":
        X, y = tables.diabetes(seed=settings.seed)[1:3]
        target = X.new_zeros(X.shape[1])
    else:
        sigma = torch.tensor(sorted(settings.sigma, reverse=True), dtype=torch.float64)
        X = least_squares.from_spectrum(settings.points, len(sigma) + 1, sigma, generator)
        target = normal(generator, X.shape[1])
        y = X @ target + 0.1 * normal(generator, len(X))
    problem = least_squares.make_problem(X, y, scale(settings.loss, len(y)))
    study = make_study(problem, settings, None, report)
    t, w = path(study.result, study.row("chosen"))
    blind = w @ _unseen(study)
    moved = float(blind.abs().max()) if blind.numel() else 0.0
    alone = [_one_mode(study, i, t) for i in range(len(study.curvature))]
    shared = min(len(w), *map(len, alone))  # Beyond the limit each stops on its own, when it has left all bounds.
    apart = torch.stack([errors[:shared] for errors in alone], dim=1) - study.errors(w)[:shared]
    more = [
        Quantity(
            "distance from one scalar problem per mode",
            "",
            0.0,
            float(apart.abs().max() / study.errors(w)[:shared].abs().max()),
            1e-8,
            "V'w obeys one scalar recurrence per mode",
        ),
        Quantity(
            "movement where X sees nothing",
            "",
            0.0,
            moved,
            1e-9 * float(1 + w.abs().max()),
            "the gradient is in the rows' span",
        ),
    ]
    why = (
        "With X = U S V', the coordinates V'w of descent do not mix: each is the scalar problem of its singular value. So "
        "the largest one limits the learning rate, the smallest one decides how long it takes: kappa^2 / 2 ln(1 / factor) "
        "steps at best."
    )
    return _finding(study, settings.loss, why, more, ())


def _finding(study: Study, word: str, why: str, more: list[Quantity], pictures: tuple[Picture, ...]) -> Finding:
    """The comparison that all three share, with what is special to one."""
    limit, best, names = study.rates["limit"], study.rates["best"], numbered(study.parts.sigma)
    measured = measured_limit(study.problem, study.minimum, limit)
    fastest = measured_best(study.problem, study.minimum, study.parts.Vh, 1.2 * limit)
    rho = step_factors(study.curvature, real(study.rates["chosen"], best))
    count, counted = _steps(study, "chosen")
    other = _other_scale(study, word)
    quantities = (
        within("largest stable lr", "", limit, measured, 1e-3, "2 / (c sigma_1^2), against runs that shrink or grow"),
        within("best lr", "", best, fastest, 1e-3, "2 / (c (sigma_1^2 + sigma_r^2)), against runs with many rates"),
        Quantity(
            "largest |rho| with the best lr",
            "",
            float(rho[1].abs().max()),
            _shrinkage(study, "best"),
            1e-6,
            "kappa alone",
        ),
        Quantity(
            "sigma that limits",
            "",
            names[0][8:],
            names[_growing(study)][8:],
            0,
            "the one that grows just over the limit",
        ),
        Quantity(
            "slowest sigma", "", _slowest_words(rho[0], names), _slowest(study, rho[0], names), 0, "the largest |rho|"
        ),
        Quantity(
            f"steps until the error is {study.factor:g} of its start", "", count, counted, 0, "ln factor / ln |rho|"
        ),
        *_paths(study),
        within(f"largest stable lr with the {other_half(word)}", "", other[0], other[1], 1e-3, "a half less doubles c"),
        *more,
    )
    predicted = {
        "largest_stable_lr": limit,
        "best_lr": best,
        "steps": count,
        "rho": rho[0],
        "slowest": quantities[4].predicted,
    }
    found = {"largest_stable_lr": measured, "best_lr": fastest, "steps": counted, "slowest": quantities[4].measured}
    shown = (rates_picture(study), errors_picture(study), *pictures, sweep_picture(study))
    return Finding(Comparison(quantities), predicted, found, why, shown, {"lr": study.rates["chosen"]})


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
        far = float((theory - measured).abs().max() / measured.abs().max())
        rows.append(Quantity(title, "of its size", 0.0, far, 1e-8, "w* + V rho^t V'(w_0 - w*), exact but for rounding"))
    return rows


def _growing(study: Study) -> int:
    _, w = path(study.result, study.row("too large"))
    left = study.errors(w).abs()
    return int((left[-1] / left[0]).argmax())


def _slowest_words(rho: Tensor, names: list[str]) -> str:
    """The mode with the largest |rho|; both ends, where they are equally slow."""
    size = rho.abs()
    worst = (size > size.max() - 1e-6).nonzero().squeeze(1).tolist()
    ends = [worst[0], worst[-1]] if len(worst) > 1 else worst
    return ", ".join(names[i].removeprefix("sigma = ") for i in ends)


def _slowest(study: Study, rho: Tensor, names: list[str]) -> str:
    """The same as a run shows it: by what it left of every mode's error, while that is still far from rounding."""
    t, w = path(study.result, study.row("chosen"))
    left = study.errors(w).abs()
    good = (left > 1e-6 * left[0].max()).all(1) & (left > 0).all(1)
    last = max(1, int(good.long().cumprod(0).sum()) - 1)
    return _slowest_words((left[last] / left[0]) ** (1 / float(t[last])), names)


def _shrinkage(study: Study, name: str) -> float:
    """What the last steps of a run left of its slowest mode, per step."""
    t, w = path(study.result, study.row(name))
    left = study.errors(w).abs()
    if not left[1].max() > 1e-9 * left[0].max():
        return 0.0
    good = int((left.amax(1) > 1e-9 * left[0].max()).long().cumprod(0).sum()) - 1
    return float((left[good] / left[0]).max() ** (1 / float(t[good])))


def _other_scale(study: Study, word: str) -> tuple[float, float]:
    """The limit with the loss's half put on or taken off: predicted from this one, and measured."""
    problem = study.problem
    other = least_squares.make_problem(problem.X, problem.y, scale(other_half(word), len(problem.y)))
    predicted = study.rates["limit"] * problem.loss.c / other.loss.c
    return predicted, measured_limit(other, study.minimum, predicted)


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
