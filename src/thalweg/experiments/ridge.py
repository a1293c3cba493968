"""Homework 0 of fall 2025, question 4, and homework 1, question 3: ridge regression through every door, and its limits."""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from thalweg.comparison import Comparison, Quantity, at_most, within
from thalweg.descent import Run, path, run
from thalweg.direct import ridge_path
from thalweg.experiments.linear_settings import Ridge
from thalweg.experiments.linear_setup import agreement, chance, largest_difference, normal, numbered, real
from thalweg.experiments.result import Finding, Picture
from thalweg.filters import degrees_of_freedom, early_stopping_factors, ridge_factors, truncation_factors
from thalweg.linearize import linearize
from thalweg.modes import best_lr, linear_path, step_factors, steps_to
from thalweg.progress import Report
from thalweg.spectrum import Spectrum, decompose
from thalweg.subjects import least_squares
from thalweg.subjects import ridge as doors

BY_POINTS = (
    "conditional mean",
    "kernel form",
    "pseudo-inverse",
)  # Doors that solve a system of n equations, by points.
MOST_STEPS = 20_000
STRENGTHS = 120  # Strengths of a path.


@dataclass(frozen=True)
class Case:
    """Random data with known singular values."""

    X: Float[Tensor, "n d"]
    y: Float[Tensor, " n"]
    parts: Spectrum


def ridge(settings: Ridge, report: Report) -> Finding:
    """Every door, and a run of descent with weight decay, against the optimum; and which of sigma and sigma^2 lam meets."""
    case = make_case(settings)
    lam = settings.lam
    answers = {name: door(case.X, case.y, lam) for name, door in doors.DOORS.items()}
    answers["all strengths at once"] = ridge_path(case.X, case.y, real(lam))[0]
    reference = answers["shifted singular values"]
    descent = _descend(case, lam, report)
    t, w = path(descent)
    theory = linear_path(linearize(descent.problems[0]), float(descent.lr[0]), t)
    phi = ridge_factors(case.parts.sigma, real(lam)[0])
    gradient = case.X.T @ (case.X @ reference - case.y) + lam * reference
    quantities = (
        *(
            Quantity(
                f"{name}, from the SVD's answer", "", 0.0, _apart(w, reference), _room(case, lam, name), "one estimator"
            )
            for name, w in answers.items()
            if name != "shifted singular values"
        ),
        Quantity(
            "run of descent with weight decay",
            "",
            0.0,
            _apart(w[-1], reference),
            1e-9 + 1.1 * _apart(theory[-1], reference),
            f"its only minimum is ridge's; as near as {int(t[-1])} steps bring it",
        ),
        Quantity(
            "path of that run", "of its size", 0.0, float((w - theory).abs().max() / w.abs().max()), 1e-9, "by modes"
        ),
        Quantity(
            "X'(Xw - y) + lam w, beside X'y",
            "",
            0.0,
            float(gradient.norm() / (case.X.T @ case.y).norm()),
            1e-9,
            "it vanishes",
        ),
        within(
            "effective degrees of freedom",
            "",
            float(degrees_of_freedom(phi)),
            _trace(case, lam),
            1e-9,
            "sum of phi = trace",
        ),
        *_squared(lam),
    )
    why = (
        "Every door minimizes the same sum: fake points and fake features only write lam |w|^2 in other words, a normal prior "
        "is its exponential, and the kernel form is the same matrix pushed through. A singular value is kept where its square "
        "exceeds lam: the homework's text says sigma >> lam, which is wrong wherever sigma and sigma^2 disagree."
    )
    found = {
        "w": w[-1],
        "degrees_of_freedom": quantities[-3].measured,
        "worst_door": largest_difference(answers, reference)[0],
    }
    predicted = {"w": reference, "degrees_of_freedom": float(degrees_of_freedom(phi)), "phi": phi}
    shown = (
        _doors_picture(answers),
        _factors_picture(case, lam),
        _path_picture(case, lam),
        _decay_picture(case, descent, lam),
    )
    return Finding(Comparison(quantities), predicted, found, why, shown, {})


def limits(settings: Ridge, report: Report) -> Finding:
    """Questions (g) and (h): lam to 0 for tall, wide and rank-deficient data, and to infinity; what shrinks and what grows."""
    case = make_case(settings)
    n, d = case.X.shape
    generator = chance(settings.seed + 1)
    rank = max(1, min(n, d) - 1)
    shapes = {
        "tall": _spread(2 * d, d, d, settings.kappa, generator),
        "wide": _spread(d, 2 * d, d, settings.kappa, generator),
        "rank deficient": _spread(n, d, rank, settings.kappa, generator),
    }
    rows = []
    for name, X in shapes.items():
        y = normal(generator, len(X))
        rows.append(_limit_row(name, X, y))
    lam, w = _path(case, 1e-4, 1e5)
    norm = w.norm(dim=1)
    far = 1e6 * float(case.parts.sigma[0]) ** 2
    last = far * ridge_path(case.X, case.y, real(far))[0]
    crossing = _one_grows()
    quantities = (
        *rows,
        Quantity("lam w, large lam, from X'y", "", 0.0, _apart(last, doors.at_infinity(case.X, case.y)), 2e-6, "w = X'y / lam"),
        at_most("|w| at a larger lam beside |w| at a smaller one, at most", "", 1.0, float((norm[1:] / norm[:-1]).max()),
                "every phi falls with lam, so the norm does"),
        *_residuals(case, lam, w),
        *crossing,
    )  # fmt: skip
    why = (
        "As lam falls to 0 every mode with a singular value is let through and one without stays out: what is left is the "
        "pseudo-inverse, the least-squares weights of a tall matrix and the smallest solution of a wide one. As lam grows w "
        "turns towards X'y and shrinks as 1 / lam. Modes shrink one by one; a coordinate is a mixture of them, and may grow."
    )
    predicted = {"at_zero": doors.at_zero(case.X, case.y), "lam_w_at_infinity": doors.at_infinity(case.X, case.y)}
    found = {"at_zero": ridge_path(case.X, case.y, real(0.0))[0], "lam_w_at_infinity": last}
    shown = (_shrinking_picture(case, lam, w), _growing_picture(), _path_picture(case, settings.lam))
    return Finding(Comparison(quantities), predicted, found, why, shown, {})


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
            "degrees of freedom of ridge", "", freedom, _trace(case, lam), 1e-8, "the trace of X (X'X + lam I)^-1 X'"
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
    shown = (_filters_picture(sigma, lam, lr, t, freedom), _path_picture(case, lam))
    return Finding(Comparison(quantities), predicted, found, why, shown, {})


def make_case(settings: Ridge) -> Case:
    """Random data whose smallest singular value is 1 and the largest kappa, with targets that have a share in every mode."""
    generator = chance(settings.seed)
    n, d = settings.points, settings.features
    X = _spread(n, d, min(n, d), settings.kappa, generator)
    parts = decompose(X)
    y = X @ normal(generator, d) + normal(generator, n)
    return Case(X, y, parts)


def _spread(n: int, d: int, rank: int, kappa: float, generator: torch.Generator) -> Tensor:
    sigma = torch.logspace(math.log10(kappa), 0, rank, dtype=torch.float64) if rank > 1 else real(kappa)
    return least_squares.from_spectrum(n, d, sigma, generator)


def _room(case: Case, lam: float, name: str) -> float:
    """The rounding that a door may bring: that of the numbers times the condition number of the system that it solves."""
    n, d = case.X.shape
    least = (
        0.0 if (name in BY_POINTS and n > d) or (name not in BY_POINTS and n < d) else float(case.parts.sigma[-1]) ** 2
    )
    return 100 * torch.finfo(case.X.dtype).eps * (float(case.parts.sigma[0]) ** 2 + lam) / (least + lam)


def _apart(w: Tensor, reference: Tensor) -> float:
    return float((w - reference).norm() / reference.norm())


def _descend(case: Case, lam: float, report: Report) -> Run:
    """Descent with weight decay, at the best rate, until rounding is all that is left."""
    problem = doors.weight_decay_problem(case.X, case.y, lam)
    curvature = case.parts.sigma.square() + lam
    curvature = torch.cat([curvature, real(lam)]) if case.X.shape[1] > len(curvature) else curvature
    lr = best_lr(curvature)
    needed = float(steps_to(step_factors(curvature, real(lr)[0]), 1e-12).max())
    steps = int(min(max(needed, 2), MOST_STEPS))
    return run(problem, lr=lr, steps=steps, report=report)


def _trace(case: Case, lam: float) -> float:
    """The trace of the matrix that makes fitted values from targets."""
    X = case.X
    return float((X @ torch.linalg.solve(X.T @ X + lam * torch.eye(X.shape[1], dtype=X.dtype), X.T)).trace())


def _squared(lam: float) -> list[Quantity]:
    """A singular value between lam and its root, on either side of 1, where the text's comparison goes wrong."""
    rows = []
    for strength, sigma, says in ((100.0, 30.0, "dropped, as sigma << lam"), (0.01, 0.05, "kept, as sigma >> lam")):
        w = doors.optimum(real(sigma).reshape(1, 1), real(sigma), strength)
        phi = sigma**2 / (sigma**2 + strength)
        rows.append(
            within(
                f"kept of sigma = {sigma:g} with lam = {strength:g}",
                "",
                phi,
                float(w[0]),
                1e-12,
                f"the text says {says}",
            )
        )
    return rows


def _limit_row(name: str, X: Tensor, y: Tensor) -> Quantity:
    """Ridge with a tiny lam against the pseudo-inverse."""
    least = float(decompose(X).sigma[: decompose(X).rank][-1])
    tiny = 1e-6 * least**2
    away = _apart(ridge_path(X, y, real(tiny))[0], doors.at_zero(X, y))
    n, d = X.shape
    return Quantity(
        f"lam -> 0, {name} ({n} x {d}), from X+ y", "", 0.0, away, 2e-6, "every phi is within 1e-6 of 1, or 0"
    )


def _path(case: Case, low: float, high: float) -> tuple[Tensor, Tensor]:
    """Weights over strengths, around the squares of the singular values."""
    sigma = case.parts.sigma
    ends = math.log10(low * float(sigma[-1]) ** 2), math.log10(high * float(sigma[0]) ** 2)
    lam = torch.logspace(*ends, STRENGTHS, dtype=torch.float64)
    return lam, ridge_path(case.X, case.y, lam)


def _residuals(case: Case, lam: Tensor, w: Tensor) -> list[Quantity]:
    """The fit gets worse as lam grows, the price of smaller weights."""
    error = (w @ case.X.T - case.y).norm(dim=1)
    return [
        at_most("|Xw - y| at a smaller lam beside a larger one, at most", "", 1.0, float((error[:-1] / error[1:]).max()),
                "a larger penalty leaves less to the fit")
    ]  # fmt: skip


def _correlated() -> tuple[Tensor, Tensor]:
    """Two features that nearly say the same: the weaker one's weight is 0 without a ridge, and grows with one."""
    return real(1.0, 0.9, 0.9, 1.0, 0.2, -0.2).reshape(3, 2), real(1.0, 0.9, 0.2)


def _one_grows() -> list[Quantity]:
    """A coordinate that grows while the norm shrinks."""
    X, y = _correlated()
    w = ridge_path(X, y, real(1e-9, 0.1))
    before, after = _two_by_two(X, y, 1e-9), _two_by_two(X, y, 0.1)
    reason = "Cramer's rule on (X'X + lam I) w = X'y"
    return [
        Quantity("second weight without a ridge", "", before, float(w[0, 1]), 1e-6, reason),
        Quantity("second weight with lam = 0.1: it grew", "", after, float(w[1, 1]), 1e-9, reason),
        at_most(
            "|w| with lam = 0.1, at most that without", "", float(w[0].norm()), float(w[1].norm()), "the norm shrinks"
        ),
    ]


def _two_by_two(X: Tensor, y: Tensor, lam: float) -> float:
    """The second of two ridge weights, by Cramer's rule."""
    (a, b), (_, d) = (X.T @ X + lam * torch.eye(2, dtype=X.dtype)).tolist()
    p, q = (X.T @ y).tolist()
    return (a * q - b * p) / (a * d - b * b)


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


def _path_picture(case: Case, mark: float) -> Picture:
    from thalweg.draw import shrinkage as draw

    lam, w = _path(case, 1e-3, 1e3)
    phi = ridge_factors(case.parts.sigma, lam)
    names = [f"w[{i}]" for i in range(w.shape[1])]
    return Picture(
        "Ridge path and filter factors",
        "Above, every weight over the strength; below, what is kept of every mode, from the strongest (which lasts longest) to "
        "the weakest, and their sum, the effective degrees of freedom.",
        lambda: draw.ridge_paths(lam, w, names, phi, degrees_of_freedom(phi), {"lam": mark}),
    )


def _decay_picture(case: Case, descent: Run, lam: float) -> Picture:
    from thalweg.draw import modes as draw

    t, w = path(descent)
    goal = doors.shifted_singular_values(case.X, case.y, lam)
    theory = linear_path(linearize(descent.problems[0]), float(descent.lr[0]), t)
    V = case.parts.Vh.T
    return Picture(
        "Descent with weight decay, mode by mode",
        "The distance of every mode from ridge's answer over the steps, forecast wide and dashed, run thin. The decay adds lam "
        "to every curvature: the weak modes, which limited the speed, profit most.",
        lambda: draw.mode_errors(t, (w - goal) @ V, t, (theory - goal) @ V, numbered(case.parts.sigma)),
    )


def _shrinking_picture(case: Case, lam: Tensor, w: Tensor) -> Picture:
    from thalweg.draw import shrinkage as draw

    limit = float(doors.at_zero(case.X, case.y).norm())
    return Picture(
        "Shrinkage",
        "The norm of the weights falls over lam, from that of the least-squares weights to 0. Single weights may cross zero.",
        lambda: draw.shrinking(lam, w, w.norm(dim=1), [f"w[{i}]" for i in range(w.shape[1])], {"|X+ y|": limit}),
    )


def _growing_picture() -> Picture:
    from thalweg.draw import shrinkage as draw

    X, y = _correlated()
    lam = torch.logspace(-4, 3, STRENGTHS, dtype=torch.float64)
    w = ridge_path(X, y, lam)
    return Picture(
        "A weight that grows",
        "Two features that nearly say the same. Without a ridge the first does all the work; with one they share it, so "
        "that the second grows although the norm shrinks.",
        lambda: draw.shrinking(lam, w, w.norm(dim=1), ["w[0]", "w[1]"], {"|X+ y|": float(doors.at_zero(X, y).norm())}),
    )


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
