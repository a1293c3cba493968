"""Noisy inputs and priors on a page: exact moments with many runs upon them, three limits, and an answer between two terms.

The moments stand in `subjects.noise`, the homework's own questions in `noise` and `tikhonov`; figures in `draw.noise`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import torch
from jaxtyping import Float, Real
from torch import Tensor

from thalweg import modes
from thalweg.descent import run
from thalweg.draw import noise as draw
from thalweg.draw.wording import counted, said
from thalweg.experiments import tikhonov
from thalweg.experiments.linear_setup import listed, real
from thalweg.experiments.result import Shown
from thalweg.minibatch import Moments
from thalweg.spectrum import decompose
from thalweg.subjects import least_squares, noise, ridge
from thalweg.subjects import tikhonov as subject

POINT, TARGET = 1.0, 2.0
RUNS, STEPS = 300, 60
VARIANCE, MEAN, TYPICAL = "variance", "mean", "almost every run"


# One noisy point


@dataclass(frozen=True)
class Study:
    """Descent with noise on its input: its moments, and as many runs.

    Attributes:
        noise_std: The standard deviation of the noise on the input.
        lr: The learning rate.
        limit: The largest one at which the variance stays bounded.
        t: The steps.
        theory: Mean and covariance of the weights then, as they are foreseen.
        w: The weight that is shown, in every run.
        shown: Which weight that is.
        levels: What it may tend to, by name.
        fourth: What a step leaves of the fourth power of an error, on average, as far as that is known.
    """

    noise_std: float
    lr: float
    limit: float
    t: Real[Tensor, " t"]
    theory: Moments
    w: Float[Tensor, "t b"]
    shown: int
    levels: Mapping[str, float]
    fourth: float = 0.0

    @property
    def is_bounded(self) -> bool:
        """Whether the variance stays bounded."""
        return self.lr < self.limit

    @property
    def is_seen(self) -> bool:
        """Whether some hundred runs show the standard deviation: where the fourth moment grows, few carry most of it."""
        return self.is_bounded and self.fourth < 1

    @property
    def mean(self) -> Float[Tensor, " t"]:
        """The mean that is foreseen."""
        return self.theory.mean[:, self.shown]

    @property
    def std(self) -> Float[Tensor, " t"]:
        """The standard deviation that is foreseen."""
        return self.theory.std[:, self.shown]


def limits(noise_std: float) -> dict[str, float]:
    """The learning rates up to which the variance, the mean, and almost every run of one noisy point stay bounded.

    Raises:
        ValueError: If there is no noise.

    Example:
        >>> {name: round(limit, 3) for name, limit in limits(1.0).items()}
        {'variance': 0.4, 'mean': 1.0, 'almost every run': 1.177}
    """
    X = real(POINT).reshape(1, 1)
    return {
        VARIANCE: noise.variance_limit(X, noise_std),
        MEAN: noise.mean_limit(X, noise_std),
        TYPICAL: noise.typical_limit(POINT, noise_std),
    }


def limits_told(within: Mapping[str, float], lr: float) -> str:
    """The chosen learning rate and the three limits, in Markdown."""
    return (
        f"lr = **{said(lr, 4)}**. The variance stays bounded up to {said(within[VARIANCE], 4)}, the mean converges up to "
        f"{said(within[MEAN], 4)}, almost every single run stays near up to {said(within[TYPICAL], 4)}."
    )


@lru_cache(32)
def study(noise_std: float, lr: float, limit: float) -> Study:
    r"""Foresee and run descent on one point with noise on it: $\tfrac12 ((x + s N) w - y)^2$ with $x = 1$ and $y = 2$.

    Args:
        noise_std: The standard deviation s of the noise.
        lr: The learning rate.
        limit: The largest one at which the variance stays bounded, from `limits`.

    Returns:
        The moments of 60 steps, and 300 runs.

    Raises:
        ValueError: If the noise or the learning rate is refused.

    Example:
        The first step from 0 is $\eta (x + s N) y$.

        >>> found = study(0.5, 0.1, 0.6)
        >>> found.mean[1], found.std[1]
        (tensor(0.2000), tensor(0.1000))
        >>> bool((found.w.mean(1) - found.mean).abs().max() < 0.1)
        True
    """
    X, y = real(POINT).reshape(1, 1), real(TARGET)
    theory, w, t = _ran(X, y, noise_std, lr, RUNS, STEPS)
    level = float(ridge.optimum(X, y, noise.ridge_strength(1, noise_std)))
    levels, fourth = {"ridge": level, "without noise": TARGET / POINT}, noise.factor_moment(POINT, noise_std, lr, 4)
    return Study(noise_std, lr, limit, t, theory, w[:, :, 0], 0, levels, fourth)


def _ran(X: Tensor, y: Tensor, noise_std: float, lr: float, runs: int, steps: int) -> tuple[Moments, Tensor, Tensor]:
    """The moments at the steps that runs kept, the weights of these, and the steps.

    Raises:
        ValueError: If the noise or the learning rate is negative.
    """
    if noise_std < 0 or lr < 0:
        raise ValueError(f"study: need noise_std >= 0 and lr >= 0, got {noise_std:g} and {lr:g}")
    theory = noise.moments(X, y, noise_std, lr, steps)
    problem, starts = least_squares.make_problem(X, y, 1.0), X.new_zeros(runs, X.shape[1])
    result = run(problem, lr=lr, starts=starts, steps=steps, noise_std=noise_std, seed=1, keep=62, choice="eager")
    return Moments(theory.mean[result.t], theory.covariance[result.t]), result.w, result.t


def moments(found: Study) -> Shown:
    """Mean and spread of the weight over the steps, runs upon forecast, and what that picture shows."""
    window = None if found.is_bounded else tuple(draw.middle(found.w).tolist())
    name = f"w[{found.shown}]" if found.theory.mean.shape[1] > 1 else "w"
    levels = dict(found.levels)
    figure = draw.moments(found.t, found.mean, found.std, found.w.mean(1), found.w.std(1), levels, name, window)
    mean, std, seen, spread = _ends(found)
    return figure, (
        f"mean and standard deviation of the weight over {int(found.t[-1])} steps at noise {said(found.noise_std)} and lr "
        f"{said(found.lr, 4)}: forecast as a line and a band, {found.w.shape[1]} runs upon it. At the end {mean} ± {std} was "
        f"forecast and {seen} ± {spread} measured"
    )


def density(found: Study) -> Shown:
    """Where the runs are at the end, under the forecast if its variance is bounded, and what that picture shows."""
    title, levels, end = f"w after {counted(int(found.t[-1]), 'step')}", dict(found.levels), found.w[-1]
    if found.is_seen:
        figure = draw.histogram(end, float(found.mean[-1]), float(found.std[-1]), levels, title)
    else:
        figure = draw.spread_out(end, levels, title)
    normal = ", under the normal density of the mean and the standard deviation that were forecast"
    more = normal if found.is_seen else ", some of them far out"
    return figure, f"where {len(end)} runs are after {int(found.t[-1])} steps: around {said(end.median(), 4)}{more}"


def told(found: Study) -> str:
    """Mean and spread at the end, foreseen and measured, and what is to be thought of them; in Markdown."""
    mean, std, seen, spread = _ends(found)
    numbers = (
        f"After {counted(int(found.t[-1]), 'step')}: mean predicted {mean}, measured {seen}; standard deviation predicted "
        f"{std}, measured {spread}."
    )
    if found.is_seen:
        return numbers
    if found.is_bounded:
        return (
            f"{numbers}\n\nThe forecast is exact, but at this rate three hundred runs cannot show it: a step multiplies the "
            f"fourth power of an error by {said(found.fourth)} on average, so that a few rare runs carry most of the variance. "
            "What is measured stays below it nearly always."
        )
    return (
        f"{numbers}\n\nThis rate is not below {said(found.limit, 4)}, so that the variance grows without end. It is "
        "carried by ever rarer and ever larger runs: three hundred hold too few of them to show it, and their spread says "
        "nothing of the true one. The picture shows the middle of the runs."
    )


def _ends(found: Study) -> tuple[str, str, str, str]:
    """Mean and standard deviation in the end, as foreseen and as measured, in words."""
    last = found.w[-1]
    return said(found.mean[-1], 4), said(found.std[-1], 4), said(last.mean(), 4), said(last.std(), 4)


# Three limits


def factors(
    noise_std: float, within: Mapping[str, float]
) -> tuple[Float[Tensor, " k"], dict[str, Float[Tensor, " k"]]]:
    """Learning rates up to beyond all limits, and what a step leaves of an error there, in three senses.

    Example:
        >>> rates, left = factors(1.0, limits(1.0))
        >>> torch.testing.assert_close(left["mean"], (1 - 2 * rates).abs())
    """
    rates = torch.linspace(0.01, 1.35, 100, dtype=torch.float64) * max(within.values())
    return rates, noise.step_factors(POINT, noise_std, rates)


def stability(
    rates: Float[Tensor, " k"], left: Mapping[str, Float[Tensor, " k"]], within: Mapping[str, float], lr: float
) -> Shown:
    """What a step leaves of an error over the learning rate, with the chosen one, and what that picture shows."""
    marks = {f"limit of the {'typical size' if name == TYPICAL else name}": limit for name, limit in within.items()}
    return draw.stability(rates, dict(left), {**marks, "chosen": lr}), (
        "what a step leaves of an error over the learning rate. Each is below 1 up to its limit: the root mean square up to "
        f"{said(within[VARIANCE], 4)}, the mean up to {said(within[MEAN], 4)}, almost every run up to "
        f"{said(within[TYPICAL], 4)}; chosen is {said(lr, 4)}"
    )


# Between data and prior


@dataclass(frozen=True)
class Tug:
    """Three points, two weights and a normal prior.

    Attributes:
        problem: Both terms.
        answer: Their minimum, by hand.
        lr: The learning rate of descent on both terms stacked, its best one.
        steps: How many steps it took.
        end: Where it is then.
    """

    problem: subject.Tikhonov
    answer: Float[Tensor, " 2"]
    lr: float
    steps: int
    end: Float[Tensor, " 2"]


def tug(along: float, across: float, turned: float) -> Tug:
    """The answer between three points and a prior, by hand and by descent from 0.

    Args:
        along: The prior's standard deviation along its axis, positive.
        across: That across it, positive.
        turned: By how many degrees its axis is turned.

    Returns:
        Both answers.

    Example:
        >>> found = tug(1.6, 0.6, 115.0)
        >>> torch.testing.assert_close(found.end, found.answer)
    """
    problem = tikhonov.two_weights(subject.ellipse(along, across, turned))
    stacked = subject.descent_problem(problem)
    lr = modes.best_lr(decompose(stacked.X).sigma.square())
    result = run(stacked, lr=lr, steps=100, keep=3, choice="eager")
    return Tug(problem, subject.by_hand(problem), lr, int(result.t[-1]), result.w[-1, 0])


def tug_shown(found: Tug) -> Shown:
    """Both terms with the answers between them, and what that picture shows."""
    return tikhonov.tug_picture(found.problem, {"answer": found.answer, "descent": found.end}).draw(), (
        "level lines of the data's term and of the prior's, the answers between them as the prior grows heavier, and the "
        f"answer at its present weight, ({listed(found.answer, 4)})"
    )


def tug_told(found: Tug) -> str:
    """Both answers, and how far they are apart; in Markdown."""
    return (
        f"By hand x = ({listed(found.answer, 4)}); descent on both terms stacked, from 0 and at its best rate "
        f"{said(found.lr, 4)}, is after {counted(found.steps, 'step')} at a distance of "
        f"{said((found.end - found.answer).norm(), 2)}."
    )


# A visitor's own data


def own(rows: Float[Tensor, "n d"], noise_std: float) -> tuple[Study, Float[Tensor, " k"]]:
    """Noise on a visitor's inputs, at a fifth of the limit of the variance.

    Args:
        rows: A point a row, the target last.
        noise_std: The standard deviation of the noise.

    Returns:
        The weight that noise shakes most, over 200 steps and runs; and ridge's weights, which the mean tends to.

    Raises:
        ValueError: If there is no feature, or more than 8.

    Example:
        >>> found, w = own(torch.tensor([[1.0, 2.0]]), 1.0)
        >>> w, round(found.limit, 12), round(found.lr, 12)
        (tensor([1.]), 0.4, 0.08)
    """
    if not 2 <= rows.shape[1] <= 9:
        raise ValueError(f"need 1 to 8 features and the target in every line, got {rows.shape[1]} numbers")
    X, y = rows[:, :-1], rows[:, -1]
    limit = noise.variance_limit(X, noise_std)
    theory, w, t = _ran(X, y, noise_std, limit / 5, 200, 200)
    optimum, i = ridge.optimum(X, y, noise.ridge_strength(len(X), noise_std)), int(theory.std[-1].argmax())
    found = Study(noise_std, limit / 5, limit, t, theory, w[:, :, i], i, {"ridge": float(optimum[i])})
    return found, optimum


def own_moments(found: Study) -> Shown:
    """Mean and spread of the weight of a visitor's data that noise shakes most, and what that picture shows."""
    runs = found.w.shape[1]
    return moments(found)[0], f"the weight that noise shakes most: its mean and spread, forecast and over {runs} runs"


def own_told(found: Study, optimum: Float[Tensor, " k"]) -> str:
    """The limit of the variance and what the mean tends to, in Markdown."""
    return (
        f"The variance stays bounded up to lr = {said(found.limit, 4)}. The mean tends to ridge with $n s^2$: w = "
        f"{listed(optimum, 4)}."
    )
