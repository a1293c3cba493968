"""Homework 0 of fall 2025, question 4 (b): ridge, early stopping and truncation as filters of the modes."""

import math

import torch
from torch import Tensor

from thalweg.comparison import Comparison, within
from thalweg.descent import run
from thalweg.direct import ridge_path
from thalweg.experiments.linear_settings import Ridge
from thalweg.experiments.linear_setup import numbered, real
from thalweg.experiments.result import Finding, Picture
from thalweg.experiments.ridge_setup import make_case, path_picture, trace
from thalweg.filters import degrees_of_freedom, early_stopping_factors, ridge_factors, truncation_factors
from thalweg.progress import Report
from thalweg.subjects import least_squares


def filters(settings: Ridge, report: Report) -> Finding:
    """Filter factors: ridge against stopping descent early against dropping modes, and the degrees of freedom of each."""
    case = make_case(settings)
    lam, sigma = settings.lam, case.parts.sigma
    phi = ridge_factors(sigma, real(lam)[0])
    freedom = float(degrees_of_freedom(phi))
    lr = 0.1 / float(sigma[0]) ** 2
    t = _steps_of_freedom(sigma, lr, freedom)
    stopped = early_stopping_factors(sigma, lr, torch.tensor(t))
    result = run(least_squares.make_problem(case.X, case.y), lr=lr, steps=max(1, t), keep=max(2, t + 2), choice="eager")
    coefficients = case.parts.U.T @ case.y / sigma
    seen = result.w[min(t, len(result.w) - 1), 0] @ case.parts.Vh.T / coefficients
    ridge_seen = ridge_path(case.X, case.y, real(lam))[0] @ case.parts.Vh.T / coefficients
    bound = torch.maximum(stopped / phi, phi / stopped.clamp(min=1e-300)).max()
    quantities = (
        *(
            within(f"phi of ridge, {name}", "", float(p), float(m), 1e-8, "sigma^2 / (sigma^2 + lam)")
            for name, p, m in zip(numbered(sigma), phi, ridge_seen, strict=True)
        ),
        *(
            within(
                f"phi of descent stopped after {t} steps, {name}",
                "",
                float(p),
                float(m),
                1e-8,
                "1 - (1 - lr sigma^2)^t",
            )
            for name, p, m in zip(numbered(sigma), stopped, seen, strict=True)
        ),
        within(
            "degrees of freedom of ridge", "", freedom, trace(case, lam), 1e-8, "the trace of X (X'X + lam I)^-1 X'"
        ),
        within(
            "degrees of freedom of the stopped run",
            "",
            freedom,
            float(degrees_of_freedom(stopped)),
            _step_of_freedom(sigma, lr, t) / freedom,
            "the step was chosen for it; it comes in whole steps",
        ),
    )
    why = (
        f"Both let strong modes through and hold weak ones back; with as many degrees of freedom their factors differ at most "
        f"{float(bound):.3g} times. Stopping is the sharper filter: 1 / (lr t) is only roughly a lam, here {1 / (lr * t):.3g}. "
        "Truncation keeps or drops a mode whole."
    )
    predicted = {"phi_ridge": phi, "phi_stopped": stopped, "degrees_of_freedom": freedom, "steps": t}
    found = {
        "phi_ridge": ridge_seen,
        "phi_stopped": seen,
        "degrees_of_freedom": float(degrees_of_freedom(stopped)),
        "steps": t,
    }
    shown = (_filters_picture(sigma, lam, lr, t, freedom), path_picture(case, lam))
    return Finding(Comparison(quantities), predicted, found, why, shown, {})


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


def _step_of_freedom(sigma: Tensor, lr: float, t: int) -> float:
    """The degrees of freedom that the last step added."""
    before, after = degrees_of_freedom(early_stopping_factors(sigma, lr, torch.tensor([t - 1, t])))
    return float(after - before)


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
