"""One learning rate for all modes, on a page: the forecast, a short run upon it, and both in pictures and in words.

The explorable that asks for them stands in `draw.explorables.rates`; the homework's own question in `learning_rate`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Real
from torch import Tensor

from thalweg import modes
from thalweg.descent import path, run
from thalweg.draw import modes as draw
from thalweg.draw import style
from thalweg.draw.wording import said
from thalweg.experiments.linear_setup import lasting, listed, named
from thalweg.experiments.result import Shown
from thalweg.linearization import linearize
from thalweg.spectrum import Spectrum, decompose
from thalweg.subjects import least_squares

STEPS = 60
SLOWEST = 1e-12  # What stands for no learning rate at all, beside the one that solves the first mode at once.


@dataclass(frozen=True)
class Course:
    """Descent on modes that do not mix: as it was forecast, and as it ran.

    Attributes:
        lr: The learning rate; 0 moves nothing.
        c: The scale of the loss.
        sigma: The singular values, descending.
        t: The steps.
        run: The error of every mode then.
        forecast: What it was forecast to be.
        apart: How far the two are from each other at most, beside the largest weight.
    """

    lr: float
    c: float
    sigma: Float[Tensor, " r"]
    t: Real[Tensor, " t"]
    run: Float[Tensor, "t r"]
    forecast: Float[Tensor, "t r"]
    apart: float

    @property
    def curvature(self) -> Float[Tensor, " r"]:
        """The curvature of every mode."""
        return self.c * self.sigma.square()

    @property
    def left(self) -> Float[Tensor, " r"]:
        """What a step leaves of the error of every mode, in size."""
        return modes.step_factors(self.curvature, self.sigma.new_tensor(self.lr)).abs()


def course(lr: float, c: float, sigma: Sequence[float], start: Sequence[float]) -> Course:
    r"""Forecast and run modes that begin with given errors.

    The loss is $\frac c2 \|Xw - y\|^2$ with $X = \mathrm{diag}(\sigma)$; descent is from $w = 0$, and $y$ is such that the
    errors there are those of the start.

    Args:
        lr: The learning rate, not negative.
        c: The scale of the loss, positive.
        sigma: The singular values, descending, the largest positive.
        start: The error of every mode at the start.

    Returns:
        The course; one of no learning rate is run at so small a one that nothing can be seen to move.

    Raises:
        ValueError: If the scale, the rate or the number of modes is refused.

    Example:
        A step leaves $1 - \eta c \sigma^2$ of an error.

        >>> found = course(0.25, 1.0, (2.0, 1.0), (-1.0, 1.0))
        >>> found.run[1]
        tensor([0.0000, 0.7500])
        >>> torch.testing.assert_close(found.run, found.forecast)
    """
    if len(sigma) != len(start):
        raise ValueError(f"course: need an error for every mode, got {len(start)} for {len(sigma)}")
    values, away = torch.tensor(sigma, dtype=torch.float64), -torch.tensor(start, dtype=torch.float64)
    problem = least_squares.make_problem(values.diag(), values * away, c)
    rate = max(lr, SLOWEST / sigma[0] ** 2)
    result = run(problem, lr=rate, steps=STEPS, keep=STEPS + 2, choice="eager")
    t, w = path(result)
    theory = modes.linear_path(linearize(problem), rate, t)
    apart = float((w - theory).abs().max() / w.abs().max().clamp(min=1e-300))
    return Course(lr, c, values, t, w - away, theory - away, apart)


def errors(found: Course) -> Shown:
    """The error of every mode over the steps, run upon forecast, and what that picture shows."""
    names = named(found.sigma)
    left = ", ".join(f"{said(each, 4)} of {name}" for each, name in zip(found.left, names, strict=True))
    figure = draw.mode_errors(found.t, found.run, found.t, found.forecast, names, style.OTHERS[: len(names)])
    words = f"errors of {len(names)} modes over {int(found.t[-1])} steps at lr {said(found.lr)}: a step leaves {left}"
    return figure, f"{words}; {_same(found)}"


def told(found: Course) -> str:
    """The largest stable rate and the best one, what the chosen one does, and how the run ended; in Markdown."""
    loss = "half the sum of squares" if found.c == 1 else "the sum of squares"
    moves = lasting(float(found.left.max()), int(found.t[-1])) if found.lr else "nothing moves"
    return (
        f"Largest stable rate **{said(modes.largest_stable_lr(found.curvature), 4)}**, best rate "
        f"**{said(modes.best_lr(found.curvature), 4)}**, both for $c = {found.c:g}$ ({loss}); chosen "
        f"{said(found.lr, 4)}: {moves}. {_same(found).capitalize()}."
    )


def _same(found: Course) -> str:
    return f"forecast and run differ by at most {said(found.apart, 1)} of the largest weight"


@dataclass(frozen=True)
class Own:
    """A visitor's own matrix.

    Attributes:
        parts: The matrix, taken apart.
        best: The learning rate whose slowest mode is fastest, with c = 1.
        limit: The largest stable one.
    """

    parts: Spectrum
    best: float
    limit: float

    @property
    def sigma(self) -> Float[Tensor, " r"]:
        """The singular values that are not 0."""
        return self.parts.sigma[self.parts.seen]


def own(X: Float[Tensor, "n d"]) -> Own:
    """The learning rates of a matrix that is not 0, with c = 1.

    Example:
        >>> found = own(torch.tensor([[1.0, 0.0], [0.0, 3.0]]))
        >>> round(found.best, 12), round(found.limit, 12)
        (0.2, 0.222222222222)
    """
    parts = decompose(X)
    curvature = parts.sigma[parts.seen].square()
    return Own(parts, modes.best_lr(curvature), modes.largest_stable_lr(curvature))


def own_factors(found: Own) -> Shown:
    """What a step leaves of every mode of a visitor's matrix over the learning rate, and what that picture shows."""
    names, marks = named(found.sigma), {"best": found.best, "limit": found.limit}
    figure = draw.convergence_rates(found.sigma.square(), names, marks)
    return figure, f"what a step leaves of each of {len(names)} errors, over the learning rate: {_both(found)}"


def own_told(found: Own) -> str:
    """Rank, singular values and learning rates of a visitor's matrix, in Markdown."""
    return (
        f"Rank {found.parts.rank}; singular values {listed(found.sigma)}. With $c = 1$, {_both(found)}; with $c = 2$ at half "
        "of these rates."
    )


def _both(found: Own) -> str:
    limit, best = said(found.limit, 4), said(found.best, 4)
    return f"below lr {limit} descent converges, fastest {f'at {best}' if best != limit else 'just below it'}"
