"""Homework 0 of fall 2025, question 3: least squares and smallest solutions by the SVD, and where descent ends."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from thalweg.comparison import Comparison, Quantity, at_most, within
from thalweg.descent import Run, path, run
from thalweg.experiments.linear_settings import LeastSquares
from thalweg.experiments.linear_setup import agreement, chance, largest_difference, normal, real, refused
from thalweg.experiments.result import Finding, Picture
from thalweg.linearization import linearize
from thalweg.modes import best_lr, linear_path, nearest_minimum, step_factors, steps_to
from thalweg.problem import Problem, objective
from thalweg.progress import Report
from thalweg.spectrum import Spectrum, decompose
from thalweg.subjects import least_squares

ROUNDING = 1e-9  # Condition numbers here are at most 30, and no door squares them more than once.
LEFT = 1e-13  # The share of the error that descent leaves.
OTHERS = 200  # Other solutions that the smallest is held against.
WHY_TALL = (
    "The gradient X'(Xw - y) vanishes where the residual is orthogonal to the features. With X = U S V' that is V S+ U'y, "
    "one division per mode, and descent from 0 ends there because each of its modes does."
)
WHY_WIDE = (
    "All solutions differ by what X does not see. Descent moves only along the rows of X, so from 0 it arrives at the one "
    "without any such part, which is the smallest; from elsewhere it keeps what it started with, and ends at the nearest."
)


@dataclass(frozen=True)
class Case:
    """A matrix with known singular values, targets, and descents from zero and from elsewhere (rows 0 and 1)."""

    X: Float[Tensor, "n d"]
    y: Float[Tensor, " n"]
    parts: Spectrum
    problem: Problem
    start: Float[Tensor, " d"]
    result: Run
    wanted: int


def tall(settings: LeastSquares, report: Report) -> Finding:
    """Parts (a) to (c): more points than features."""
    if settings.points <= settings.features:
        raise ValueError(
            f"settings: need more points than features, got {settings.points} x {settings.features}; see least-squares/wide"
        )
    case = _make(settings, report)
    X, y = case.X, case.y
    answers = _answers(case)
    if case.parts.rank == settings.features:
        answers["normal equations"] = least_squares.normal_equations(X, y)
        answers["left inverse"] = least_squares.left_inverse(X) @ y
        rows = _left_inverse(X)
    else:
        rows = [_no_inverse("left inverse", lambda: least_squares.left_inverse(X))]
    rows += _nearest(case, answers["SVD"])
    return _finding(case, answers, rows, WHY_TALL, _one_minimum_picture())


def wide(settings: LeastSquares, report: Report) -> Finding:
    """Parts (d) to (f): more features than points."""
    if settings.points >= settings.features:
        raise ValueError(
            f"settings: need more features than points, got {settings.points} x {settings.features}; see least-squares/tall"
        )
    case = _make(settings, report)
    X, y = case.X, case.y
    answers = _answers(case)
    w = answers["SVD"]
    if case.parts.rank == settings.points:
        answers["right inverse"] = least_squares.right_inverse(X) @ y
        rows = _right_inverse(X, y, w)
    else:
        rows = [
            _no_inverse("right inverse", lambda: least_squares.right_inverse(X)),
            _zero("X'(Xw - y)", (X.T @ (X @ w - y)).abs().max(), "no w does better, though none reaches y"),
        ]
    rows += _smallest(case, w)
    return _finding(case, answers, rows, WHY_WIDE, _smallest_picture())


def _answers(case: Case) -> dict[str, Tensor]:
    """The ways that need no inverse, and so no full rank."""
    lstsq = torch.linalg.lstsq(case.X, case.y.unsqueeze(1), driver="gelsd").solution.squeeze(1)
    svd = least_squares.pseudo_inverse(case.X) @ case.y
    return {"SVD": svd, "LAPACK's lstsq": lstsq, "descent from 0": case.result.final[0]}


def _left_inverse(X: Tensor) -> list[Quantity]:
    """What makes A = (X'X)^-1 X' an inverse from the left, and X A a projection."""
    A, d = least_squares.left_inverse(X), X.shape[1]
    return [
        _zero("|A X - I|", (A @ X - torch.eye(d, dtype=X.dtype)).abs().max(), "A = (X'X)^-1 X' is a left inverse"),
        _zero("|X A X A - X A|", (X @ A @ X @ A - X @ A).abs().max(), "X A projects: doing it twice changes nothing"),
        within("trace of X A", "", float(d), float((X @ A).trace()), ROUNDING, "it keeps d dimensions"),
        _zero("A less V S+ U'", (A - least_squares.pseudo_inverse(X)).abs().max(), "the SVD put into (X'X)^-1 X'"),
    ]


def _nearest(case: Case, w: Tensor) -> list[Quantity]:
    """No weights come nearer to the targets."""
    X, y, U = case.X, case.y, case.parts.U[:, : case.parts.rank]
    missed, left = float((y - U @ (U.T @ y)).norm()), float((X @ w - y).norm())
    return [
        within("smallest |Xw - y|", "", missed, left, ROUNDING, "what U's span misses of y"),
        _zero("X'(Xw - y)", (X.T @ (X @ w - y)).abs().max(), "the residual is orthogonal to every feature"),
    ]


def _right_inverse(X: Tensor, y: Tensor, w: Tensor) -> list[Quantity]:
    """What makes B = X'(XX')^-1 an inverse from the right, and that w = B y reaches every target."""
    B = least_squares.right_inverse(X)
    return [
        _zero("|X B - I|", (X @ B - torch.eye(len(X), dtype=X.dtype)).abs().max(), "B = X'(XX')^-1"),
        _zero("|X w - y|", (X @ w - y).abs().max(), "a wide matrix of full rank reaches every y"),
        _zero("B less V S+ U'", (B - least_squares.pseudo_inverse(X)).abs().max(), "the SVD put into X'(XX')^-1"),
    ]


def _smallest(case: Case, w: Tensor) -> list[Quantity]:
    """All other solutions are larger."""
    null = torch.linalg.svd(case.X).Vh[case.parts.rank :]
    others = w + normal(chance(1), OTHERS, len(null)) @ null
    share = float(w.norm() / others.norm(dim=1).min())
    title = f"|w| beside the smallest of {OTHERS} other solutions, at most"
    return [
        at_most(title, "", 1.0, share, "any other adds something orthogonal to w"),
        _zero("part of w that X does not see", (null @ w).abs().max(), "w = X'(something) is in the rows' span"),
    ]


def _make(settings: LeastSquares, report: Report) -> Case:
    generator = chance(settings.seed)
    n, d = settings.points, settings.features
    r = settings.rank or min(n, d)
    sigma = torch.logspace(0, -1, r, dtype=torch.float64) ** torch.log10(torch.tensor(settings.kappa)).double()
    X = least_squares.from_spectrum(n, d, sigma * settings.kappa**0.5, generator)
    y, start = normal(generator, n), 2 * normal(generator, d)
    problem = least_squares.make_problem(X, y)
    curvature = decompose(X).sigma[:r].square()
    lr = best_lr(curvature)
    steps = int(min(float(steps_to(step_factors(curvature, real(lr)), LEFT).max()), 20_000))
    starts = torch.stack([torch.zeros_like(start), start])
    result = run(
        problem, lr=lr, starts=starts, steps=max(2, steps), keep=max(2, steps) + 2, choice="eager", report=report
    )
    return Case(X, y, decompose(X), problem, start, result, r)


def _finding(case: Case, answers: dict[str, Tensor], rows: list[Quantity], why: str, plane: Picture) -> Finding:
    """What both shapes share: the doors agree, and descent goes where it was forecast to go, from 0 and from elsewhere."""
    w = answers["SVD"]
    worst, far = largest_difference(answers, w)
    quantities = (
        _zero(f"largest difference between {len(answers)} ways ({worst})", real(far), "they are one estimator"),
        *rows,
        *_descents(case, w),
        Quantity("rank", "", case.wanted, case.parts.rank, 0, "the data were made so"),
    )
    predicted, measured = (
        {"w": end, "norm": float(end.norm()), "loss": float((case.X @ end - case.y).square().sum())}
        for end in (w, case.result.final[0])
    )
    shown = (_errors_picture(case), _doors_picture(answers), plane)
    return Finding(Comparison(quantities), predicted, measured, why, shown, {})


def _descents(case: Case, w: Tensor) -> list[Quantity]:
    """Descent from 0 and from elsewhere: its path, and where it ends if it began elsewhere."""
    result, lin = case.result, linearize(case.problem)
    theory = [linear_path(lin, float(result.lr[0]), result.t, start) for start in result.w[0]]
    away = (torch.stack(theory, dim=1) - result.w).abs().max()
    end = result.final[1]
    off = (end - nearest_minimum(lin, case.start)).abs().max()
    seen = case.parts.Vh[: case.parts.rank]
    unseen = case.start - seen.T @ (seen @ case.start)
    size, found = float(w @ w + unseen @ unseen), float(end @ end)
    return [
        _zero("path of descent, from 0 and from elsewhere", away, "w_t = w* + V rho^t V'(w_0 - w*)"),
        _zero("end of descent from elsewhere", off, "the solution nearest to the start"),
        within("|w|^2 there", "", size, found, 1e-8, "Pythagoras: w and what X misses"),
    ]


def _zero(name: str, measured: Tensor, reason: str) -> Quantity:
    """Something that theory says is nothing but rounding."""
    return Quantity(name, "", 0.0, float(measured), ROUNDING, reason)


def _no_inverse(kind: str, make: Callable[[], object]) -> Quantity:
    told = refused(make)
    return Quantity(
        kind, "", "none", "none" if told else "found one", 0, "without full rank there is none; the SVD has V S+ U'"
    )


def _errors_picture(case: Case) -> Picture:
    from thalweg.draw import modes as draw
    from thalweg.experiments.linear_setup import numbered

    t, w = path(case.result)
    r = case.parts.rank
    goal = nearest_minimum(linearize(case.problem), w[0])
    theory = linear_path(linearize(case.problem), float(case.result.lr[0]), t)
    V = case.parts.Vh[:r].T
    return Picture(
        "Descent from zero, mode by mode",
        "The error in every mode over the steps, forecast wide and dashed, run thin: descent with the best rate solves the "
        "same scalar problems that the SVD solves by one division each.",
        lambda: draw.mode_errors(t, (w - goal) @ V, t, (theory - goal) @ V, numbered(case.parts.sigma[:r])),
    )


def _doors_picture(answers: dict[str, Tensor]) -> Picture:
    from thalweg.draw import shrinkage as draw

    return Picture(
        "Every way to the same answer",
        "How far the answers are apart, beside their size, in powers of ten: nothing but rounding.",
        lambda: draw.agreement(list(answers), agreement(answers)),
    )


def _one_minimum_picture() -> Picture:
    """More points than weights, in a plane, where it can be seen."""
    from thalweg.draw import modes as draw

    X = torch.tensor([[1.0, 0.4], [0.8, 1.1], [-0.3, 0.6]], dtype=torch.float64)
    y = torch.tensor([1.0, 2.0, 1.0], dtype=torch.float64)
    problem, starts = least_squares.make_problem(X, y), real(0.0, 0.0, 2.2, 0.4, -0.5, 2.6).reshape(3, 2)
    w = least_squares.normal_equations(X, y)
    paths, marks = _paths(problem, starts, 60), {"(X'X)^-1 X'y": (float(w[0]), float(w[1]))}
    return Picture(
        "From anywhere to the one minimum",
        "Three points, two weights: contour lines of the squared error, and descents from several starts. With full "
        "rank there is one minimum, and every start arrives at it.",
        lambda: draw.contours(torch.func.vmap(objective(problem)), paths, marks, ("w[0]", "w[1]")),
    )


def _smallest_picture() -> Picture:
    """More weights than points, in a plane, where it can be seen."""
    from thalweg.draw import modes as draw

    X, y = torch.tensor([[1.0, 2.0]], dtype=torch.float64), torch.tensor([2.0], dtype=torch.float64)
    problem = least_squares.make_problem(X, y)
    w = least_squares.pseudo_inverse(X) @ y
    along = torch.tensor([2.0, -1.0], dtype=torch.float64) / 5**0.5
    line = w + torch.linspace(-2.2, 2.2, 60, dtype=torch.float64).unsqueeze(1) * along
    starts = torch.tensor([[0.0, 0.0], [-0.9, 0.3], [1.8, 0.9]], dtype=torch.float64)
    return Picture(
        "The smallest of all solutions",
        "One equation, two weights: every point of the line solves it. The ball around 0, blown up, first touches the line "
        "at the smallest solution. Descent moves across the line only: from 0 it arrives just there.",
        lambda: draw.smallest_norm(line, w, _paths(problem, starts, 40), ("w[0]", "w[1]")),
    )


def _paths(problem: Problem, starts: Tensor, steps: int) -> dict[str, Tensor]:
    lr = 0.3 / float(torch.linalg.matrix_norm(problem.X, 2)) ** 2
    result = run(problem, lr=lr, starts=starts, steps=steps, keep=steps + 2, choice="eager")
    names = [f"from ({float(a):g}, {float(b):g})" for a, b in starts]
    return {name: result.w[:, row] for row, name in enumerate(names)}
