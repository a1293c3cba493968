"""Homework 0 of fall 2025, question 4 (b): ridge, early stopping and truncation as filters of the modes."""

import math

import torch
from torch import Tensor

from thalweg.comparison import Comparison, Quantity, within
from thalweg.descent import run
from thalweg.direct import ridge_path
from thalweg.experiments.linear_settings import Ridge
from thalweg.experiments.linear_setup import real
from thalweg.experiments.result import Finding, Picture
from thalweg.experiments.ridge_setup import make_case, path_picture, trace
from thalweg.filters import degrees_of_freedom, early_stopping_factors, ridge_factors, truncation_factors
from thalweg.progress import Report
from thalweg.subjects import least_squares

MOST_STEPS = 20_000


def filters(settings: Ridge, report: Report) -> Finding:
    """Filter factors: ridge against stopping descent early against dropping modes, and the degrees of freedom of each."""
    case = make_case(settings)
    lam, sigma = settings.lam, case.parts.sigma
    phi = ridge_factors(sigma, real(lam)[0])
    freedom = float(degrees_of_freedom(phi))
    lr = 0.5 / float(sigma[0]) ** 2
    t = min(_steps_of_freedom(sigma, lr, freedom), MOST_STEPS)
    stopped = early_stopping_factors(sigma, lr, torch.tensor(t))
    result = run(least_squares.make_problem(case.X, case.y), lr=lr, steps=t, keep=2, choice="eager", report=report)
    coefficients = case.parts.U.T @ case.y / sigma
    by_ridge = ridge_path(case.X, case.y, real(lam))[0]
    ridge_seen, seen = (w @ case.parts.Vh.T / coefficients for w in (by_ridge, result.final[0]))
    used, of_run = float(degrees_of_freedom(stopped)), float(seen.sum())
    traced = trace(case, lam)
    rows = (
        *_kept("ridge", sigma, phi, ridge_seen, "sigma^2 / (sigma^2 + lam)"),
        *_kept(f"descent stopped after {t} steps", sigma, stopped, seen, "1 - (1 - lr sigma^2)^t"),
        within("degrees of freedom of ridge", "", freedom, traced, 1e-8, "the trace of X (X'X + lam I)^-1 X'"),
        within("degrees of freedom of the stopped run", "", used, of_run, 1e-8, "the sum of what it kept"),
    )
    predicted = {"phi_ridge": phi, "phi_stopped": stopped, "degrees_of_freedom": freedom, "steps": t}
    found = {"phi_ridge": ridge_seen, "phi_stopped": seen, "degrees_of_freedom": of_run, "steps": t}
    shown = (_filters_picture(sigma, lam, lr, t, freedom), path_picture(case, lam))
    return Finding(Comparison(rows), predicted, found, _why(phi, stopped, lr * t), shown, {})


def _why(phi: Tensor, stopped: Tensor, time: float) -> str:
    """What ridge's factors and those of descent that stopped after a time lr t have in common."""
    bound = torch.maximum(stopped / phi, phi / stopped.clamp(min=1e-300)).max()
    freedom, used = float(degrees_of_freedom(phi)), float(degrees_of_freedom(stopped))
    return (
        "Both let strong modes through and hold weak ones back; with "
        f"{used:.3g} and {freedom:.3g} degrees of freedom their factors differ at most {float(bound):.3g} times. Stopping is "
        f"the sharper filter: 1 / (lr t) is but roughly a lam, here {1 / time:.3g}. Truncation keeps or drops a mode whole."
    )


def _steps_of_freedom(sigma: Tensor, lr: float, freedom: float) -> int:
    """The first step after which descent from zero has used so many degrees of freedom."""
    low, high = 0, 1
    while float(degrees_of_freedom(early_stopping_factors(sigma, lr, torch.tensor(high)))) < freedom:
        high *= 2
    while high - low > 1:
        middle = (low + high) // 2
        used = float(degrees_of_freedom(early_stopping_factors(sigma, lr, torch.tensor(middle))))
        low, high = (middle, high) if used < freedom else (low, middle)
    return high


def _kept(what: str, sigma: Tensor, theory: Tensor, measured: Tensor, reason: str) -> list[Quantity]:
    """What is kept of the strongest, the middle and the weakest mode, and the largest difference over all."""
    far = float((theory - measured).abs().max())
    shown = sorted({0, len(sigma) // 2, len(sigma) - 1})
    return [
        *(
            within(
                f"phi of {what}, sigma = {float(sigma[i]):.4g}", "", float(theory[i]), float(measured[i]), 1e-8, reason
            )
            for i in shown
        ),
        Quantity(f"phi of {what}, largest difference of all modes", "", 0.0, far, 1e-8, reason),
    ]


def _filters_picture(sigma: Tensor, lam: float, lr: float, t: int, freedom: float) -> Picture:
    from thalweg.draw import shrinkage as draw

    # Early stopping is a filter for curvatures that descent can take, up to 2 / lr.
    fine = torch.logspace(
        math.log10(float(sigma[-1]) / 10), math.log10(float(sigma[0]) * 1.5), 300, dtype=torch.float64
    )
    rank = round(freedom)
    curves = {
        f"ridge, lam = {lam:.3g}": ridge_factors(fine, real(lam)[0]),
        f"descent stopped after {t} steps": early_stopping_factors(fine, lr, torch.tensor(t)),
    }
    points = {
        "ridge": (sigma, ridge_factors(sigma, real(lam)[0])),
        f"truncated to {rank} modes": (sigma, truncation_factors(sigma, torch.tensor(rank))),
    }
    return Picture(
        "Three filters with as many degrees of freedom",
        "What is kept of a mode, over its singular value: by ridge, by descent that stops early, and by truncation.",
        lambda: draw.filter_curves(fine, curves, points, {"sqrt(lam)": math.sqrt(lam)}),
    )
