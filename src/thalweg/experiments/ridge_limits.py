"""Homework 0 of fall 2025, question 4 (g) and (h): ridge with lam to 0 and to infinity, and what shrinks on the way."""

import torch
from jaxtyping import Float
from torch import Tensor

from thalweg.comparison import Comparison, Quantity, at_most
from thalweg.direct import ridge_path
from thalweg.experiments.linear_settings import Ridge
from thalweg.experiments.linear_setup import apart, chance, normal, real
from thalweg.experiments.result import Finding, Picture
from thalweg.experiments.ridge_setup import Case, make_case, path_picture, ridge_weights, spread
from thalweg.progress import Report
from thalweg.spectrum import decompose
from thalweg.subjects import ridge as doors

WHY = (
    "As lam falls to 0 every mode with a singular value is let through and one without stays out: what is left is the "
    "pseudo-inverse, the least-squares weights of a tall matrix and the smallest solution of a wide one. As lam grows w "
    "turns towards X'y and shrinks as 1 / lam. Modes shrink one by one; a coordinate is a mixture of them, and may grow."
)


def limits(settings: Ridge, report: Report) -> Finding:
    """Questions (g) and (h): lam to 0 for tall, wide and rank-deficient data, and to infinity; what shrinks and what grows."""
    case = make_case(settings)
    lam, w = ridge_weights(case, 1e-4, 1e5)
    far = 1e6 * float(case.parts.sigma[0]) ** 2
    last, limit = far * ridge_path(case.X, case.y, real(far))[0], doors.at_infinity(case.X, case.y)
    rows = (
        *_to_zero(settings),
        Quantity("lam w, large lam, from X'y", "", 0.0, apart(last, limit), 2e-6, "w = X'y / lam"),
        *_on_the_way(case, w),
        *_one_grows(),
    )
    predicted = {"at_zero": doors.at_zero(case.X, case.y), "lam_w_at_infinity": limit}
    found = {"at_zero": ridge_path(case.X, case.y, real(0.0))[0], "lam_w_at_infinity": last}
    shown = (_shrinking_picture(case, lam, w), _growing_picture(), path_picture(case, settings.lam))
    return Finding(Comparison(rows), predicted, found, WHY, shown, {})


def _to_zero(settings: Ridge) -> list[Quantity]:
    """Ridge with a tiny lam on data of three shapes."""
    n, d, kappa, generator = settings.points, settings.features, settings.kappa, chance(settings.seed + 1)
    shapes = {
        "tall": spread(2 * d, d, d, kappa, generator),
        "wide": spread(d, 2 * d, d, kappa, generator),
        "rank deficient": spread(n, d, max(1, min(n, d) - 1), kappa, generator),
    }
    return [_limit_row(name, X, normal(generator, len(X))) for name, X in shapes.items()]


def _limit_row(name: str, X: Tensor, y: Tensor) -> Quantity:
    """Ridge with a tiny lam against the pseudo-inverse."""
    parts = decompose(X)
    top, least = float(parts.sigma[0]), float(parts.sigma[parts.rank - 1])
    tiny = 1e-6 * least**2
    room = 2e-6 + 100 * torch.finfo(X.dtype).eps * top * least / tiny  # What rounding makes of modes that are 0.
    away = apart(ridge_path(X, y, real(tiny))[0], doors.at_zero(X, y))
    n, d = X.shape
    return Quantity(
        f"lam -> 0, {name} ({n} x {d}), from X+ y", "", 0.0, away, room, "every phi is within 1e-6 of 1, or 0"
    )


def _on_the_way(case: Case, w: Float[Tensor, "b d"]) -> list[Quantity]:
    """As lam grows the weights get smaller, and the fit worse: the price of that."""
    norm, error = w.norm(dim=1), (w @ case.X.T - case.y).norm(dim=1)
    shrunk, worse = float((norm[1:] / norm[:-1]).max()), float((error[:-1] / error[1:]).max())
    smaller = "|w| at a larger lam beside |w| at a smaller one, at most"
    nearer = "|Xw - y| at a smaller lam beside a larger one, at most"
    return [
        at_most(smaller, "", 1.0, shrunk, "every phi falls with lam, so the norm does"),
        at_most(nearer, "", 1.0, worse, "a larger penalty leaves less to the fit"),
    ]


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
    lam = torch.logspace(-4, 3, 120, dtype=torch.float64)
    w = ridge_path(X, y, lam)
    return Picture(
        "A weight that grows",
        "Two features that nearly say the same. Without a ridge the first does all the work; with one they share it, so "
        "that the second grows although the norm shrinks.",
        lambda: draw.shrinking(lam, w, w.norm(dim=1), ["w[0]", "w[1]"], {"|X+ y|": float(doors.at_zero(X, y).norm())}),
    )
