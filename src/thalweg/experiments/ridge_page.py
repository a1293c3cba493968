"""Ridge on a page: small data, tall or wide; what one strength keeps of them, where it leads, and descent that comes to it.

The doors to the same answer stand in `subjects.ridge`; the homework's own questions in `ridge` and `ridge_limits`.
"""

from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float, Real
from torch import Tensor

from thalweg import modes
from thalweg.descent import path, run
from thalweg.direct import ridge_path
from thalweg.draw import coefficients, shrinkage, strokes
from thalweg.draw import modes as draw_modes
from thalweg.draw.wording import said
from thalweg.experiments.linear_setup import agreement, chance, lasting, listed, named, normal, real
from thalweg.experiments.result import Shown
from thalweg.experiments.ridge_setup import STRENGTHS, Case
from thalweg.filters import degrees_of_freedom, ridge_factors
from thalweg.linearization import linearize
from thalweg.spectrum import decompose
from thalweg.subjects import least_squares, ridge

SHAPES = {"tall": (12, 5), "wide": (5, 12)}
"""Points and features, by the name of the shape."""
SIGMA, NOISE, SEED = (3.0, 1.5, 0.7, 0.3, 0.1), 0.2, 3
STEPS, SHARE = 100, 0.95  # Of descent, at this share of its best learning rate.
LABELLED = 8  # Of more modes a visitor's picture has no names.
CHOSEN = "chosen"


# Data, and ridge of one strength on them


@dataclass(frozen=True)
class Study:
    """Data, and where ridge tends to on them as its strength falls to 0.

    Attributes:
        case: Inputs, targets, and the inputs taken apart.
        at_zero: The limit: the shortest of all least-squares weights.
        without_ridge: Where descent from 0 on plain least squares ends, as it is forecast.
    """

    case: Case
    at_zero: Float[Tensor, " d"]
    without_ridge: Float[Tensor, " d"]

    @property
    def names(self) -> list[str]:
        """What the modes are called."""
        return named(self.case.parts.sigma)

    @property
    def weights(self) -> list[str]:
        """What the weights are called."""
        return [f"w[{i}]" for i in range(self.case.X.shape[1])]

    @property
    def colours(self) -> dict[str, str]:
        """The colour of every mode, by its name."""
        return dict(zip(self.names, strokes.shades(len(self.names)), strict=True))


def study(shape: str) -> Study:
    """Seeded data with known singular values, and noise on their targets.

    Args:
        shape: `"tall"` or `"wide"`.

    Returns:
        The data.

    Raises:
        ValueError: If the shape is another.

    Example:
        >>> found = study("wide")
        >>> found.case.X.shape, found.names[0]
        (torch.Size([5, 12]), 'σ = 3')
        >>> torch.testing.assert_close(found.without_ridge, found.at_zero)
    """
    if shape not in SHAPES:
        raise ValueError(f"study: need one of {', '.join(SHAPES)}, got {shape!r}")
    generator = chance(SEED)
    X = least_squares.from_spectrum(*SHAPES[shape], real(*SIGMA), generator)
    y = X @ normal(generator, X.shape[1])
    y = y + NOISE * normal(generator, len(y))
    return _study(X, y)


def _study(X: Float[Tensor, "n d"], y: Float[Tensor, " n"]) -> Study:
    plain = modes.nearest_minimum(linearize(least_squares.make_problem(X, y)))
    return Study(Case(X, y, decompose(X)), ridge.at_zero(X, y), plain)


@dataclass(frozen=True)
class Answer:
    """Ridge of one strength.

    Attributes:
        lam: The strength.
        phi: What it keeps of every mode.
        w: Its weights.
    """

    lam: float
    phi: Float[Tensor, " r"]
    w: Float[Tensor, " d"]


def answer(found: Study, log_lam: float) -> Answer:
    r"""Ridge of a strength $\lambda$, given by its logarithm to base 10: it keeps $\sigma^2 / (\sigma^2 + \lambda)$ of a mode.

    Example:
        >>> round(float(answer(study("tall"), 0.0).phi[0]), 12)
        0.9
    """
    lam, case = 10.0**log_lam, found.case
    phi = ridge_factors(case.parts.sigma, real(lam)[0])
    return Answer(lam, phi, ridge.shifted_singular_values(case.X, case.y, lam))


# What it keeps


def kept(found: Study, now: Answer) -> Shown:
    """What ridge keeps over the singular value, with the modes of the data as dots, and what that picture shows."""
    sigma, parts = torch.logspace(-2.5, 1.5, 200, dtype=torch.float64), found.case.parts
    points = {name: (parts.sigma[i : i + 1], now.phi[i : i + 1]) for i, name in enumerate(found.names)}
    half = now.lam**0.5
    curve = {"ridge": ridge_factors(sigma, real(now.lam)[0])}
    figure = shrinkage.filter_curves(sigma, curve, points, {"√λ": half}, found.colours)
    return figure, (
        f"what ridge keeps of a mode, over its singular value, at λ = {said(now.lam)}: half of it at σ = √λ = {said(half)}; "
        f"of the data {_shares(found, now)}"
    )


def kept_told(found: Study, now: Answer) -> str:
    """What ridge keeps of every mode and of the degrees of freedom, in Markdown."""
    freedom = float(degrees_of_freedom(now.phi))
    return (
        f"$\\lambda$ = **{said(now.lam, 4)}** keeps {_shares(found, now)}: {freedom:.2f} effective degrees of freedom of "
        f"{len(now.phi)}."
    )


def _shares(found: Study, now: Answer) -> str:
    return ", ".join(f"{float(part):.2f} of {name}" for part, name in zip(now.phi, found.names, strict=True))


# Where it leads


def paths(found: Study) -> Any:  # noqa: ANN401
    """The weights over all strengths, with a mark that `paths_at` moves."""
    lam, case = torch.logspace(-4, 3, STRENGTHS, dtype=torch.float64), found.case
    phi = ridge_factors(case.parts.sigma, lam)
    w, freedom = ridge_path(case.X, case.y, lam), degrees_of_freedom(phi)
    return coefficients.ridge_paths(lam, w, found.weights, phi, freedom, {CHOSEN: 1.0}, found.names, found.at_zero)


def paths_at(figure: Any, found: Study, now: Answer) -> Shown:  # noqa: ANN401
    """That picture with its mark at a strength, and what it shows."""
    coefficients.move_mark(figure, CHOSEN, now.lam)
    each = ", ".join(f"{name} = {said(w)}" for name, w in zip(found.weights, now.w, strict=True))
    return figure, (
        f"{len(now.w)} weights over λ, from X⁺y at the left to 0 at the right; at λ = {said(now.lam)} {each}; below, the "
        f"parts of the modes that are kept, {said(now.phi[0])} of the strongest and {said(now.phi[-1])} of the weakest"
    )


def limits_told(found: Study, now: Answer) -> str:
    """How far the weights are from their limits, and that descent without ridge ends at one of them; in Markdown."""
    far, size, most = (float(each.norm()) for each in (now.w - found.at_zero, now.w, found.at_zero))
    same = float((found.without_ridge - found.at_zero).norm()) / most
    return (
        f"Now $\\|w - X^+ y\\|$ = **{said(far)}** and $\\|w\\|$ = **{said(size)}**. As $\\lambda \\to 0$ they tend to 0 and "
        f"to $\\|X^+ y\\|$ = {said(most)}, as $\\lambda \\to \\infty$ to {said(most)} and to 0. Descent from 0 without ridge "
        f"ends at $X^+ y$ as well: its forecast is there to {said(same, 1)} of its size."
    )


def doors(found: Study, lam: float) -> tuple[dict[str, Float[Tensor, " d"]], float]:
    """The answer of every door, by its name; and how far those two are apart that differ most, beside its size."""
    answers = {name: door(found.case.X, found.case.y, lam) for name, door in ridge.DOORS.items()}
    return answers, float(agreement(answers).max())


# Descent that comes to it


@dataclass(frozen=True)
class Descent:
    """Descent with weight decay: as it was forecast, and as it ran.

    Attributes:
        lr: The learning rate.
        left: What a step leaves of the distance of every mode, in size.
        t: The steps.
        run: How far every mode was from ridge's answer then.
        forecast: How far it was forecast to be.
        apart: How far the weights of the two are from each other at most.
    """

    lr: float
    left: Float[Tensor, " r"]
    t: Real[Tensor, " t"]
    run: Float[Tensor, "t r"]
    forecast: Float[Tensor, "t r"]
    apart: float


def descent(found: Study, now: Answer) -> Descent:
    r"""Forecast and run 100 steps with weight decay from 0, a little under the best learning rate.

    A step leaves $|1 - \eta (\sigma^2 + \lambda)|$ of a mode's distance from ridge's answer.

    Example:
        >>> data = study("tall")
        >>> seen = descent(data, answer(data, 0.0))
        >>> torch.testing.assert_close(seen.run, seen.forecast)
        >>> round(float(seen.left[0]), 3), round(0.95 * 2 / (10 + 1.01) * 10 - 1, 3)
        (0.726, 0.726)
    """
    case = found.case
    problem, curvature = ridge.weight_decay_problem(case.X, case.y, now.lam), case.parts.sigma.square() + now.lam
    lr = SHARE * modes.best_lr(curvature)
    result = run(problem, lr=lr, steps=STEPS, keep=60, choice="eager")
    t, w = path(result)
    theory, Vh = modes.linear_path(linearize(problem), lr, t), case.parts.Vh
    left, apart = modes.step_factors(curvature, real(lr)[0]).abs(), float((w - theory).abs().max())
    return Descent(lr, left, t, (w - now.w) @ Vh.T, (theory - now.w) @ Vh.T, apart)


def descent_shown(found: Study, seen: Descent) -> Shown:
    """The distance of every mode over the steps, run upon forecast, and what that picture shows."""
    names = found.names
    left = ", ".join(f"{said(part)} of {name}" for part, name in zip(seen.left, names, strict=True))
    figure = draw_modes.mode_errors(seen.t, seen.run, seen.t, seen.forecast, names, [*found.colours.values()])
    return figure, (
        f"distance of {len(names)} modes from ridge's answer over {int(seen.t[-1])} steps at lr {said(seen.lr)}: a step "
        f"leaves {left}; {_same(seen)}"
    )


def descent_told(seen: Descent) -> str:
    """The learning rate and what is left of the slowest mode, in Markdown."""
    return (
        f"A little under the best rate, at {said(seen.lr, 4)}, {lasting(float(seen.left.max()), STEPS, 'distance')}; "
        f"{_same(seen)}."
    )


def _same(seen: Descent) -> str:
    return f"forecast and run differ by at most {said(seen.apart, 1)}"


# A visitor's own data


def own(rows: Float[Tensor, "n d"]) -> Study:
    """A visitor's rows of inputs with the target last.

    Raises:
        ValueError: If there are no inputs, or all of them are 0.

    Example:
        >>> own(torch.tensor([[1.0, 2.0], [0.0, 5.0]])).at_zero
        tensor([2.])
    """
    if rows.shape[1] < 2 or not rows[:, :-1].any():
        raise ValueError("need the target last in every line and a feature before it that is not always 0")
    return _study(rows[:, :-1], rows[:, -1])


def own_paths(found: Study) -> Shown:
    """The weights of a visitor's data over strengths from far below to far over the first mode's, and what that shows."""
    case = found.case
    lam = float(case.parts.sigma[0]) ** 2 * torch.logspace(-6, 2, STRENGTHS, dtype=torch.float64)
    w, phi = ridge_path(case.X, case.y, lam), ridge_factors(case.parts.sigma, lam)
    names = found.names if len(found.names) <= LABELLED else ()
    figure = coefficients.ridge_paths(
        lam, w, found.weights, phi, degrees_of_freedom(phi), {}, names, found.at_zero
    )  # fmt: skip
    return figure, (
        f"{w.shape[1]} weights over λ from {said(lam[0])} to {said(lam[-1])}: their norm falls from {said(w[0].norm())} to "
        f"{said(w[-1].norm())}; below, what is kept of {len(found.names)} modes"
    )


def own_told(found: Study) -> str:
    """Singular values, rank and least norm of a visitor's data, in Markdown."""
    parts = found.case.parts
    return f"Singular values {listed(parts.sigma)}; rank {parts.rank}; $X^+ y$ has the norm {said(found.at_zero.norm(), 4)}."
