"""Homework 0 of fall 2025, question 4, and homework 1, question 3: ridge regression through every door."""

import math

import torch
from torch import Tensor

from thalweg.comparison import Comparison, Quantity, within
from thalweg.direct import ridge_path
from thalweg.experiments.linear_settings import Ridge
from thalweg.experiments.linear_setup import Descent, agreement, apart, descend, largest_difference, numbered, off, real
from thalweg.experiments.result import Finding, Picture
from thalweg.experiments.ridge_setup import Case, make_case, path_picture, trace
from thalweg.filters import degrees_of_freedom, ridge_factors
from thalweg.progress import Report
from thalweg.subjects import ridge as doors

BY_POINTS = (
    "conditional mean",
    "fake features",
    "kernel form",
    "pseudo-inverse",
)  # Doors that solve n equations, one a point.
WHY = (
    "Every door minimizes the same sum: fake points and fake features only write lam |w|^2 in other words, a normal prior "
    "is its exponential, and the kernel form is the same matrix pushed through. A singular value is kept where its square "
    "exceeds lam: the homework's text says sigma >> lam, which is wrong wherever sigma and sigma^2 disagree."
)


def ridge(settings: Ridge, report: Report) -> Finding:
    """Every door, and a run of descent with weight decay, against the optimum; and which of sigma and sigma^2 lam meets."""
    case, lam = make_case(settings), settings.lam
    answers = {name: door(case.X, case.y, lam) for name, door in doors.DOORS.items()}
    answers["all strengths at once"] = ridge_path(case.X, case.y, real(lam))[0]
    optimum, decay = answers["shifted singular values"], _descend(case, lam, report)
    phi = ridge_factors(case.parts.sigma, real(lam)[0])
    freedom, traced = float(degrees_of_freedom(phi)), trace(case, lam)
    rows = (
        *_doors_agree(case, lam, answers),
        *_descent_arrives(decay, optimum),
        _gradient_vanishes(case, lam, optimum),
        within("effective degrees of freedom", "", freedom, traced, 1e-9, "sum of phi = trace"),
        *_squared(),
    )
    predicted = {"w": optimum, "degrees_of_freedom": freedom, "phi": phi}
    worst, _ = largest_difference(answers, optimum)
    found = {"w": decay.w[-1], "degrees_of_freedom": traced, "worst_door": worst}
    shown = (
        _doors_picture(answers),
        _factors_picture(case, lam),
        path_picture(case, lam),
        _decay_picture(case, decay, optimum),
    )
    return Finding(Comparison(rows), predicted, found, WHY, shown, {})


def _doors_agree(case: Case, lam: float, answers: dict[str, Tensor]) -> list[Quantity]:
    """Every door's answer against the SVD's."""
    others = dict(answers)
    optimum = others.pop("shifted singular values")
    return [
        Quantity(f"{name}, from the SVD's answer", "", 0.0, apart(w, optimum), _room(case, lam, name), "one estimator")
        for name, w in others.items()
    ]


def _descent_arrives(decay: Descent, optimum: Tensor) -> list[Quantity]:
    """The end of descent against the optimum, and its path against its forecast."""
    t, w, theory = decay.t, decay.w, decay.theory
    far, room = apart(w[-1], optimum), 1e-9 + 1.1 * apart(theory[-1], optimum)
    reason = f"its only minimum is ridge's; as near as {int(t[-1])} steps bring it"
    return [
        Quantity("run of descent with weight decay", "", 0.0, far, room, reason),
        Quantity("path of that run", "of its size", 0.0, off(w, theory), 1e-9, "by modes"),
    ]


def _gradient_vanishes(case: Case, lam: float, optimum: Tensor) -> Quantity:
    """The gradient at the optimum, beside that at 0."""
    gradient = case.X.T @ (case.X @ optimum - case.y) + lam * optimum
    left = float(gradient.norm() / (case.X.T @ case.y).norm())
    return Quantity("X'(Xw - y) + lam w, beside X'y", "", 0.0, left, 1e-9, "it vanishes")


def _room(case: Case, lam: float, name: str) -> float:
    """The rounding that a door may bring: that of the numbers times the condition number of the system that it solves."""
    n, d = case.X.shape
    top, lowest = float(case.parts.sigma[0]) ** 2, float(case.parts.sigma[-1]) ** 2
    least = 0.0 if (name in BY_POINTS and n > d) or (name not in BY_POINTS and n < d) else lowest
    stretch = math.sqrt(lam / top) if name in ("fake data", "fake features") else 0.0  # The fakes outweigh the data.
    return 100 * torch.finfo(case.X.dtype).eps * ((top + lam) / (least + lam) + stretch)


def _descend(case: Case, lam: float, report: Report) -> Descent:
    """Descent with weight decay, until rounding is all that is left."""
    curvature = case.parts.sigma.square() + lam
    curvature = torch.cat([curvature, real(lam)]) if case.X.shape[1] > len(curvature) else curvature
    return descend(doors.weight_decay_problem(case.X, case.y, lam), curvature, 1e-12, report)


def _squared() -> list[Quantity]:
    """A singular value between lam and its root, on either side of 1, where the text's comparison goes wrong."""
    rows = []
    for strength, sigma, says in ((100.0, 30.0, "dropped, as sigma << lam"), (0.01, 0.05, "kept, as sigma >> lam")):
        w = doors.optimum(real(sigma).reshape(1, 1), real(sigma), strength)
        phi = sigma**2 / (sigma**2 + strength)
        title = f"kept of sigma = {sigma:g} with lam = {strength:g}"
        rows.append(within(title, "", phi, float(w[0]), 1e-12, f"the text says {says}"))
    return rows


def _doors_picture(answers: dict[str, Tensor]) -> Picture:
    from thalweg.draw import shrinkage as draw

    return Picture(
        "Every door, the same estimator",
        "How far each door's answer is from each other's, beside their size, in powers of ten: nothing but rounding.",
        lambda: draw.agreement(list(answers), agreement(answers)),
    )


def _factors_picture(case: Case, lam: float) -> Picture:
    from thalweg.draw import shrinkage as draw

    sigma = torch.logspace(-1, 1, 300, dtype=torch.float64) * math.sqrt(lam)
    curves = {
        "sigma^2 / (sigma^2 + lam)": ridge_factors(sigma, real(lam)[0]),
        "if sigma met lam": sigma / (sigma + lam),
    }
    points = {"modes of the data": (case.parts.sigma, ridge_factors(case.parts.sigma, real(lam)[0]))}
    return Picture(
        "It is sigma squared that lam competes with",
        "What ridge keeps of a mode, over its singular value. It is half where sigma is the square root of lam; the other "
        "curve is what the homework's comparison of sigma with lam itself would mean.",
        lambda: draw.filter_curves(sigma, curves, points, {"sqrt(lam)": math.sqrt(lam), "lam": lam}),
    )


def _decay_picture(case: Case, decay: Descent, goal: Tensor) -> Picture:
    from thalweg.draw import modes as draw

    t, V = decay.t, case.parts.Vh.T
    return Picture(
        "Descent with weight decay, mode by mode",
        "The distance of every mode from ridge's answer over the steps, forecast wide and dashed, run thin. The decay adds lam "
        "to every curvature: the weak modes, which limited the speed, profit most.",
        lambda: draw.mode_errors(t, (decay.w - goal) @ V, t, (decay.theory - goal) @ V, numbered(case.parts.sigma)),
    )
