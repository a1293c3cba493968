"""Homework 1, question 2, and homework 0 of 2023, question 2: Tikhonov's regularization in general."""

from collections.abc import Mapping
from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor

from thalweg.comparison import Comparison, Quantity
from thalweg.experiments.linear_settings import Tikhonov
from thalweg.experiments.linear_setup import (
    Descent,
    agreement,
    apart,
    chance,
    descend,
    normal,
    numbered,
    off,
    real,
    refused,
)
from thalweg.experiments.result import Finding, Picture
from thalweg.linearization import linearize
from thalweg.modes import nearest_minimum
from thalweg.problem import Problem
from thalweg.progress import Report
from thalweg.spectrum import Spectrum, decompose
from thalweg.subjects import ridge as doors
from thalweg.subjects import tikhonov as subject

ROUNDING = 1e-9
WHY = (
    "Both terms are squares of something linear in x, so stacked they are one least squares; its normal equation is the "
    "one found by hand. The answer is unique just if no direction is missed by both W1 A and W2. A normal prior is W2 "
    "with W2'W2 = Sigma^-1, and a prior equally wide in all directions is ridge."
)


def tikhonov(settings: Tikhonov, report: Report) -> Finding:
    """By hand, stacked, by descent; with a prior, by its covariance; reduced to ridge; and where there is no one answer."""
    problem = make_problem(settings)
    stacked = subject.descent_problem(problem)
    parts = decompose(stacked.X)
    descent = descend(stacked, parts.sigma.square(), 1e-13, report)
    answers = {"by hand": subject.by_hand(problem), "stacked": subject.by_stacking(problem), "descent": descent.w[-1]}
    told = refused(lambda: subject.by_hand(_blind(settings)))
    rows = (
        *_answers_agree(problem, answers, descent),
        *_priors(settings, problem),
        _as_ridge(problem, settings.lam),
        Quantity("both blind to a direction", "", "refused", "refused" if told else "answered", 0, told or "no error"),
    )
    predicted = {"x": answers["stacked"], "steps": descent.steps, "singular_values": parts.sigma}
    found = {"x": descent.w[-1], "refusal": told}
    shown = (
        tug_picture(two_weights(subject.ellipse(1.6, 0.6, 115.0)), {}),
        _doors_picture(answers),
        _errors_picture(stacked, parts, descent),
    )
    return Finding(Comparison(rows), predicted, found, WHY, shown, {})


def _answers_agree(problem: subject.Tikhonov, answers: dict[str, Tensor], descent: Descent) -> list[Quantity]:
    """The normal equation, the stacked least squares and descent, and the gradient where they end."""
    x, theory, answer = descent.w, descent.theory, answers["stacked"]
    A, b, W1, W2, c = problem.A, problem.b, problem.W1, problem.W2, problem.c
    gradient = A.T @ W1.T @ W1 @ (A @ answer - b) + W2.T @ W2 @ (answer - c)
    room = max(ROUNDING, 1.1 * apart(theory[-1], answer))
    end = "their only minimum, or what steps were left"
    modes = "w* + V rho^t V'(w_0 - w*) with the stacked matrix's modes"
    return [
        _apart("by hand, from the stacked least squares", answers["by hand"], answer, "one normal equation"),
        Quantity("end of descent on the stacked data", "", 0.0, apart(x[-1], answer), room, end),
        Quantity("path of that descent", "of its size", 0.0, off(x, theory), 1e-9, modes),
        Quantity("gradient at the answer", "", 0.0, float(gradient.abs().max() / b.norm()), ROUNDING, "it vanishes"),
    ]


def _priors(settings: Tikhonov, problem: subject.Tikhonov) -> list[Quantity]:
    """A normal prior as W2 = Gamma, against the conditional mean; and with Gamma turned."""
    covariance, noise_std = _prior(settings)
    prior = subject.from_prior(problem.A, problem.b, covariance, noise_std)
    by_gamma, mean = subject.by_stacking(prior), subject.posterior_mean(problem.A, problem.b, covariance, noise_std)
    rotation = torch.linalg.qr(normal(chance(7), settings.features, settings.features)).Q
    turned = subject.by_hand(replace(prior, W2=rotation @ prior.W2))
    return [
        _apart("prior by Gamma = L^-1, from the conditional mean", by_gamma, mean, "Gamma'Gamma = Sigma^-1"),
        _apart("prior with Gamma turned", turned, by_gamma, "a rotation of Gamma changes no norm"),
    ]


def _as_ridge(problem: subject.Tikhonov, lam: float) -> Quantity:
    """Ridge is the case without weights and with its centre at 0."""
    found = subject.by_hand(subject.ridge(problem.A, problem.b, lam))
    return _apart("W1 = I, W2 = sqrt(lam) I, c = 0", found, doors.optimum(problem.A, problem.b, lam), "they are")


def make_problem(settings: Tikhonov) -> subject.Tikhonov:
    """Random data with weights that mix everything: W1 and W2 are full matrices, W2 blind to some parameters if asked."""
    generator = chance(settings.seed)
    n, d = settings.points, settings.features
    seen = d if settings.seen is None else settings.seen
    A, b, c = normal(generator, n, d), normal(generator, n), normal(generator, d)
    W1 = torch.eye(n, dtype=A.dtype) + 0.3 * normal(generator, n, n)
    W2 = normal(generator, seen, d)
    return subject.Tikhonov(A, b, W1, W2, c)


def _prior(settings: Tikhonov) -> tuple[Float[Tensor, "d d"], float]:
    """A covariance with correlations, and the noise of the observations."""
    root = normal(chance(settings.seed + 1), settings.features, settings.features)
    return root @ root.T + 0.1 * torch.eye(settings.features, dtype=root.dtype), 0.5


def _blind(settings: Tikhonov) -> subject.Tikhonov:
    """A problem in which the last parameter changes neither term."""
    problem = make_problem(settings)
    A, W2 = problem.A.clone(), problem.W2.clone()
    A[:, -1] = 0
    W2[:, -1] = 0
    return subject.Tikhonov(A, problem.b, problem.W1, W2, problem.c)


def _apart(name: str, w: Tensor, reference: Tensor, reason: str) -> Quantity:
    return Quantity(name, "", 0.0, apart(w, reference), ROUNDING, reason)


def two_weights(covariance: Float[Tensor, "2 2"]) -> subject.Tikhonov:
    """Three points, two weights and a prior whose centre is elsewhere, so that both terms can be seen."""
    A, b = real(1.0, 0.6, 0.2, 0.9, -0.4, 0.8).reshape(3, 2), real(2.0, 1.2, 0.1)
    return replace(subject.from_prior(A, b, covariance), c=real(-1.0, 1.5))


def tug_picture(problem: subject.Tikhonov, more: Mapping[str, Float[Tensor, "2"]]) -> Picture:
    """Both terms of a problem with two weights, the answers between them, and more points to mark, by name."""
    from thalweg.draw import shrinkage as draw

    A, b, W2, c = problem.A, problem.b, problem.W2, problem.c
    path = subject.heavier(problem, torch.logspace(-2, 1.5, 40, dtype=A.dtype))
    free = torch.linalg.lstsq(A, b.unsqueeze(1)).solution.squeeze(1)
    marks = {"data alone": free, "prior's centre c": c, **more}
    return Picture(
        "Between the data and the prior",
        "Contour lines of the data's term and of the prior's, and the answer as W2 is given more weight: it leads from the "
        "weights of least error to c, along the points where the two families of ellipses touch.",
        lambda: draw.tug(
            (free, A.T @ A),
            (c, W2.T @ W2),
            path,
            {name: (float(x[0]), float(x[1])) for name, x in marks.items()},
            ("x[0]", "x[1]"),
        ),
    )


def _doors_picture(answers: dict[str, Tensor]) -> Picture:
    from thalweg.draw import shrinkage as draw

    return Picture(
        "Three ways, one answer",
        "How far the answers are apart, beside their size, in powers of ten.",
        lambda: draw.agreement(list(answers), agreement(answers)),
    )


def _errors_picture(stacked: Problem, parts: Spectrum, descent: Descent) -> Picture:
    from thalweg.draw import modes as draw

    t, V, goal = descent.t, parts.Vh.T, nearest_minimum(linearize(stacked))
    measured, theory = ((x - goal) @ V for x in (descent.w, descent.theory))
    return Picture(
        "Descent on the stacked data, mode by mode",
        "The distance of every mode of the stacked matrix from the answer, forecast wide and dashed, run thin.",
        lambda: draw.mode_errors(t, measured, t, theory, numbered(parts.sigma)),
    )
