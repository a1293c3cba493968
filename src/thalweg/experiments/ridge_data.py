"""Ridge on real data: the diabetes study, and a polynomial through noisy points, with the errors on points held out."""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from thalweg.comparison import Comparison, Quantity, at_most, within
from thalweg.descent import run
from thalweg.direct import ridge_path
from thalweg.experiments.linear_settings import Patients, Polynomial
from thalweg.experiments.linear_setup import real
from thalweg.experiments.result import Finding, Picture
from thalweg.filters import degrees_of_freedom, early_stopping_factors, ridge_factors
from thalweg.linearization import linearize
from thalweg.modes import linear_path
from thalweg.progress import Report
from thalweg.spectrum import Spectrum, decompose
from thalweg.subjects import least_squares, tables
from thalweg.subjects import ridge as doors

STRENGTHS = 200
EPS = torch.finfo(torch.float64).eps
STEPS = 3000  # Of the descent that is stopped early.


@dataclass(frozen=True)
class Fit:
    """A ridge path on training points with its errors there and on points held out."""

    X: Float[Tensor, "n d"]
    y: Float[Tensor, " n"]
    X_held: Float[Tensor, "m d"]
    y_held: Float[Tensor, " m"]
    parts: Spectrum
    lam: Float[Tensor, " b"]
    w: Float[Tensor, "b d"]
    chosen: float

    def error(self, w: Tensor, held: bool) -> Tensor:
        """The root of the mean squared error of weights, one row each."""
        X, y = (self.X_held, self.y_held) if held else (self.X, self.y)
        return (w @ X.T - y).square().mean(-1).sqrt()


@dataclass(frozen=True)
class Descent:
    """The error on the points held out along descent: by its modes, and in the run."""

    lr: float
    t: Int[Tensor, " t"]
    theory: Float[Tensor, " t"]
    measured: Float[Tensor, " t"]


def diabetes(settings: Patients, report: Report) -> Finding:
    """442 patients, ten measurements."""
    table = tables.diabetes(settings.held_out, settings.seed)
    fit = _fit(table.X, table.y, table.X_held, table.y_held, settings.lam)
    test = fit.error(fit.w, held=True)
    why = (
        "Some measurements say nearly the same, so that some singular values are small and their modes mostly noise; ridge "
        f"holds those back. On the patients held out lam = {float(fit.lam[test.argmin()]):.3g} lowers the error from "
        f"{float(test[0]):.4g} to {float(test.min()):.4g}; it was chosen on these very patients, which flatters it."
    )
    return _finding(fit, table.names, why, "disease progression", (), report)


def polynomial(settings: Polynomial, report: Report) -> Finding:
    """A polynomial of a high degree through few noisy points of a sine."""
    curve = tables.sine(settings.points, noise_std=settings.noise_std, seed=settings.seed)
    X, X_held = tables.powers(curve.x, settings.degree), tables.powers(curve.x_held, settings.degree)
    fit = _fit(X, curve.y, X_held, curve.y_held, settings.lam)
    why = (
        "Powers of x are nearly dependent: the singular values fall over many decades, and without a ridge the weak ones "
        "fit the noise with huge weights. A little ridge removes those modes; a lot of it flattens the curve."
    )
    grid = torch.linspace(-1, 1, 300, dtype=torch.float64)
    shown = {f"lam = {float(lam):.1e}": tables.powers(grid, settings.degree) @ ridge_path(X, curve.y, lam.reshape(1))[0]
             for lam in (fit.lam[0], torch.tensor(fit.chosen, dtype=torch.float64), fit.lam[-1])}  # fmt: skip
    names = [f"x^{k}" for k in range(1, settings.degree + 1)]
    return _finding(fit, names, why, "y", (_fits_picture(curve, grid, shown),), report)


def _fit(X: Tensor, y: Tensor, X_held: Tensor, y_held: Tensor, lam: float | None) -> Fit:
    """Strengths from far below the least singular value that stands out from rounding to far over the largest."""
    parts = decompose(X)
    low = max(float(parts.sigma[-1]), 1e-7 * float(parts.sigma[0])) ** 2
    strengths = torch.logspace(
        math.log10(low) - 1, math.log10(float(parts.sigma[0]) ** 2) + 1, STRENGTHS, dtype=torch.float64
    )
    w = ridge_path(X, y, strengths)
    fit = Fit(X, y, X_held, y_held, parts, strengths, w, lam or 1.0)
    best = float(strengths[fit.error(w, held=True).argmin()])
    return Fit(X, y, X_held, y_held, parts, strengths, w, lam or best)


def _finding(fit: Fit, names: list[str], why: str, unit: str, pictures: tuple[Picture, ...], report: Report) -> Finding:
    """The comparison that both share: the chosen strength, the whole ridge path, and descent that is stopped early instead."""
    w = ridge_path(fit.X, fit.y, real(fit.chosen))[0]
    train, test = fit.error(fit.w, held=False), fit.error(fit.w, held=True)
    descent = _descend(fit, report)
    freedom, stop = _freedom(fit), _best_stop(descent)
    rows = (*_against_others(fit, fit.chosen, w), freedom, _training_error(train), _along(descent), stop)
    predicted = {
        "w": dict(zip(names, w.tolist(), strict=True)),
        "degrees_of_freedom": freedom.predicted,
        "best_stop": stop.predicted,
    }
    found = {
        "held_out_error": float(fit.error(w, held=True)),
        "training_error": float(fit.error(w, held=False)),
        "smallest_lam_held_out_error": float(test[0]),
        "without_features": float(fit.error(torch.zeros_like(w), held=True)),
        "best_stop": stop.measured,
        "best_stop_held_out_error": float(descent.measured.min()),
    }
    own = _paths_picture(fit, names), _errors_picture(fit, train, test, unit), _stopping_picture(fit, descent, unit)
    return Finding(Comparison(rows), predicted, found, why, (*pictures, *own), {"lam": fit.chosen})


def _descend(fit: Fit, report: Report) -> Descent:
    """Descent on the training points, held against the others at every step."""
    lr = 1 / float(fit.parts.sigma[0]) ** 2
    problem = least_squares.make_problem(fit.X, fit.y)
    result = run(problem, lr=lr, steps=STEPS, keep=STEPS + 2, choice="eager", report=report)
    theory = fit.error(linear_path(linearize(problem), lr, result.t), held=True)
    return Descent(lr, result.t, theory, fit.error(result.w[:, 0], held=True))


def _freedom(fit: Fit) -> Quantity:
    """The degrees of freedom that the chosen strength leaves."""
    lam, sigma = fit.chosen, fit.parts.sigma
    predicted = float(degrees_of_freedom(ridge_factors(sigma, real(lam)[0])))
    room = 1e-9 + 100 * EPS * float(sigma[0]) / math.sqrt(lam)
    reason = "sum of phi, against a trace by QR"
    return within("effective degrees of freedom", "", predicted, _trace(fit, lam), room, reason)


def _training_error(error: Tensor) -> Quantity:
    """How much the training error ever falls as lam grows."""
    title = "training error at a smaller lam beside a larger, at most"
    return at_most(title, "", 1.0, float((error[:-1] / error[1:]).max()), "a larger penalty leaves less to the fit")


def _along(descent: Descent) -> Quantity:
    """The held-out error of the run against its forecast, at every step."""
    off = ((descent.theory - descent.measured) / descent.theory).abs().max()
    return Quantity("held-out error along descent", "of its size", 0.0, float(off), 1e-8, "the whole path by its modes")


def _best_stop(descent: Descent) -> Quantity:
    """When to stop descent: where the error on the points held out is least."""
    predicted, found = (_first_least(descent.t, error) for error in (descent.theory, descent.measured))
    reason = "where the forecast's held-out error is least"
    return Quantity("best step to stop at", "", predicted, found, 0, reason)


def _first_least(t: Tensor, error: Tensor) -> int:
    """The first step whose error is the least, but for rounding."""
    return int(t[(error <= error.min() * (1 + 1e-9)).nonzero()[0, 0]])


def _against_others(fit: Fit, lam: float, w: Tensor) -> list[Quantity]:
    """Held against a door of another kind, and against scikit-learn."""
    from sklearn.linear_model import Ridge

    theirs = torch.from_numpy(
        Ridge(alpha=lam, fit_intercept=False, solver="svd").fit(fit.X.numpy(), fit.y.numpy()).coef_
    )
    data = doors.fake_data(fit.X, fit.y, lam)
    size = w.norm()
    kappa = float((fit.parts.sigma[0] ** 2 + lam) / (fit.parts.sigma[-1] ** 2 + lam)) ** 0.5
    room = 1e-12 * max(1.0, kappa) + 100 * EPS * math.sqrt(lam) / float(fit.parts.sigma[0])
    return [
        Quantity(
            "from scikit-learn's Ridge",
            "",
            0.0,
            float((w - theirs).norm() / size),
            room,
            "one estimator; rounding times kappa",
        ),
        Quantity("from least squares with fake data", "", 0.0, float((w - data).norm() / size), room, "one estimator"),
    ]


def _trace(fit: Fit, lam: float) -> float:
    """The trace of the matrix that makes fitted values from targets: what a QR of the fake data leaves to the true ones."""
    d = fit.X.shape[1]
    Q = torch.linalg.qr(torch.cat([fit.X, math.sqrt(lam) * torch.eye(d, dtype=fit.X.dtype)])).Q
    return float(Q[: len(fit.X)].square().sum())


def _paths_picture(fit: Fit, names: list[str]) -> Picture:
    from thalweg.draw import coefficients as draw

    phi = ridge_factors(fit.parts.sigma, fit.lam)
    return Picture(
        "Ridge path and filter factors",
        "Above, the weight of every feature over the strength; below, what is kept of every mode, from the strongest to the "
        "weakest, and their sum, the effective degrees of freedom.",
        lambda: draw.ridge_paths(fit.lam, fit.w, names, phi, degrees_of_freedom(phi), {"lam": fit.chosen}),
    )


def _errors_picture(fit: Fit, train: Tensor, test: Tensor, unit: str) -> Picture:
    from thalweg.draw import shrinkage as draw

    return Picture(
        "Errors over the strength",
        "On the training points the error can only grow with lam; on points held out it is usually least in between.",
        lambda: draw.errors_over_strength(
            fit.lam, train, test, {"lam": fit.chosen}, f"RMS error ({unit})", "ridge strength lam"
        ),
    )


def _stopping_picture(fit: Fit, descent: Descent, unit: str) -> Picture:
    from thalweg.draw import course as draw

    t = descent.t
    freedom = float(degrees_of_freedom(early_stopping_factors(fit.parts.sigma, descent.lr, t[-1:]))[0])
    caption = (
        "The error on points held out over the steps of descent, forecast wide and dashed, run thin. Stopping early does "
        f"roughly what a ridge of 1 / (lr t) does; after {int(t[-1])} steps {freedom:.3g} degrees of freedom are in use."
    )
    return Picture(
        "Stopping early instead",
        caption,
        lambda: draw.value_over_steps(t, descent.theory, descent.measured, f"held-out error ({unit})"),
    )


def _fits_picture(curve: tables.Curve, grid: Tensor, shown: dict[str, Tensor]) -> Picture:
    from thalweg.draw import shrinkage as draw

    return Picture(
        "The fitted curves",
        "Hardly any ridge follows the noise, the chosen strength the curve, a huge one nothing.",
        lambda: draw.fits(curve.x, curve.y, grid, shown, curve.x_held, curve.y_held),
    )
