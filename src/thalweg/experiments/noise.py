"""Homework 1, question 4: instance noise is ridge, on average; and which learning rates hold more than the average."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from thalweg.comparison import Comparison, Quantity
from thalweg.descent import run
from thalweg.experiments.linear_settings import Noise, NoisyData
from thalweg.experiments.linear_setup import chance, normal, real, scale
from thalweg.experiments.noise_pictures import histogram_picture, moments_picture, runs_picture, stability_picture
from thalweg.experiments.result import Finding, Picture
from thalweg.linearization import linearize
from thalweg.modes import linear_path
from thalweg.problem import Problem
from thalweg.progress import Report
from thalweg.subjects import least_squares
from thalweg.subjects import noise as subject
from thalweg.subjects import ridge as doors

STANDARD_ERRORS = 5  # How many a measured mean may be off: one in two million is, by chance.
STEADY, FEW_STEPS = (
    0.5,
    5,
)  # Up to half the variance's limit the fourth moment is bounded; beyond, only a few steps tell.
SLACK = 2.0  # A sample's own fourth moment is often too small.
BLOCKS = 20  # Parts that a sample is cut into, to see how far chance moves what is worked out from it.
CHANCE = f"chance: {STANDARD_ERRORS} standard errors"


@dataclass(frozen=True)
class Case:
    """Data under instance noise, the loss's scale, and the learning rate of the descents on them."""

    X: Float[Tensor, "n d"]
    y: Float[Tensor, " n"]
    noise_std: float
    c: float
    lr: float


@dataclass(frozen=True)
class Sample:
    """Many noisy descents, and the moments that theory gives them at the same steps."""

    t: Int[Tensor, " t"]
    w: Float[Tensor, "t b d"]
    theory: subject.Moments


def single(settings: Noise, report: Report) -> Finding:
    """Parts (b) to (d): one noisy point; mean, variance, and three limits of the learning rate."""
    c, s = scale(settings.loss, 1), settings.noise_std
    limits = _limits(settings, c)
    case = Case(real(settings.x).reshape(1, 1), real(settings.y), s, c, settings.lr or limits["variance"] / 4)
    sample = _many(case, settings, report)
    theory, w = sample.theory, sample.w[:, :, 0]
    optimum = float(doors.optimum(case.X, case.y, subject.ridge_strength(1, s)))
    levels = {"ridge": optimum, "without noise": settings.y / settings.x}
    rows = (
        *_one_weight(settings, case, limits["variance"], sample),
        *_one_step(settings, c, limits),
        *_between(settings, c, limits),
    )
    ended = {"mean": float(theory.mean[-1]), "std": float(theory.std[-1])}
    predicted = {**ended, "limit_of_mean": optimum, "largest_lr": dict(limits)}
    measured = {"mean": float(w[-1].mean()), "std": float(w[-1].std())}
    shown = (
        moments_picture(sample.t, theory, w, levels),
        histogram_picture(theory, w, levels),
        stability_picture(settings, c, limits, case.lr),
        runs_picture(settings, c, limits),
    )
    return Finding(Comparison(rows), predicted, measured, _why_single(levels, limits), shown, {"lr": case.lr})


def _why_single(levels: dict[str, float], limits: dict[str, float]) -> str:
    return (
        f"On average a step sees x^2 + s^2, so E[w_t] converges for lr < 2 / (c (x^2 + s^2)), to ridge's "
        f"{levels['ridge']:.4g} instead of {levels['without noise']:.4g}. The variance asks for more: it stays bounded for "
        f"lr < {limits['variance']:.4g} only. In between the mean converges while rare runs jump ever farther; up to "
        f"{limits['almost every run']:.4g} almost every single run stays near."
    )


def _one_weight(settings: Noise, case: Case, limit: float, sample: Sample) -> list[Quantity]:
    """Mean and spread of one weight over the runs, and its mean in the end if that has come to rest."""
    mean, std = sample.theory.mean[:, 0], sample.theory.std[:, 0]
    w, count = _steady(sample.w[:, :, 0], case.lr, limit)
    fourth = subject.fourth_moments(settings.x, settings.y, case.noise_std, case.lr, int(sample.t[-1]), case.c)
    rows = [
        _mean(f"E[w_t], at {count}", mean, std, w),
        _spread(f"standard deviation of w_t, at {count}", std, w, fourth[sample.t]),
    ]
    if case.lr < limit and len(w) == len(mean) and _rested(mean):
        resting = subject.resting_moments(case.X, case.y, case.noise_std, case.lr, case.c)
        rows.append(_end("mean of w in the end", float(resting.mean), w[-1]))
    return rows


def data_set(settings: NoisyData, report: Report) -> Finding:
    """Part (a): the expected loss is a ridge's; and the mean of noisy descents on a data set is descent on that ridge."""
    case, limit = _noisy_data(settings)
    sample = _many(case, settings, report)
    expected = subject.expected_problem(case.X, case.y, case.noise_std, case.c)
    optimum = doors.optimum(case.X, case.y, expected.lam)
    rows = (
        _expected_loss(case, optimum, settings),
        _mean_is_descent(expected, case.lr, sample),
        *_every_weight(case.lr, limit, sample),
        *_at_the_variance_limit(case, settings, limit),
    )
    mean_limit = subject.mean_limit(case.X, case.noise_std, case.c)
    predicted = {
        "lam": expected.lam,
        "ridge": optimum,
        "mean": sample.theory.mean[-1],
        "std": sample.theory.std[-1],
        "resting_std": subject.resting_moments(case.X, case.y, case.noise_std, case.lr, case.c).std,
        "largest_lr_mean": mean_limit,
        "largest_lr_variance": limit,
    }
    measured = {"mean": sample.w[-1].mean(0), "std": sample.w[-1].std(0)}
    why = _why_data(case.noise_std, expected.lam, mean_limit, limit)
    return Finding(Comparison(rows), predicted, measured, why, _first_weight(case, optimum, sample), {"lr": case.lr})


def _noisy_data(settings: NoisyData) -> tuple[Case, float]:
    """Random data, and the limit of the learning rate for the variance."""
    generator = chance(settings.seed)
    n, d, s = settings.points, settings.features, settings.noise_std
    X = normal(generator, n, d)
    y = X @ normal(generator, d) + 0.3 * normal(generator, n)
    c = scale(settings.loss, n)
    limit = subject.variance_limit(X, s, c)
    lr = settings.lr or limit / 4
    if lr >= limit:
        raise ValueError(f"settings: need lr < {limit:.4g}, the limit for the variance, got {lr:g}; noise goes beyond")
    return Case(X, y, s, c, lr), limit


def _mean_is_descent(expected: Problem, lr: float, sample: Sample) -> Quantity:
    """Two forecasts of the mean: by its recurrence, and as descent on the expected loss, a ridge's."""
    off = (linear_path(linearize(expected), lr, sample.t) - sample.theory.mean).abs().max()
    title, reason = (
        "recurrence of the mean, from descent with a ridge",
        "the mean of the gradient is the ridge's gradient",
    )
    return Quantity(title, "", 0.0, float(off), 1e-9, reason)


def _every_weight(lr: float, limit: float, sample: Sample) -> list[Quantity]:
    """Mean and spread of every weight over the runs."""
    mean, std = sample.theory.mean.T, sample.theory.std.T
    w, count = _steady(sample.w, lr, limit)
    every = range(len(mean))
    return [
        *(_mean(f"E[w_t[{i}]], at {count}", mean[i], std[i], w[:, :, i]) for i in every),
        *(_spread(f"standard deviation of w_t[{i}], at {count}", std[i], w[:, :, i]) for i in every),
    ]


def _why_data(s: float, lam: float, mean_limit: float, limit: float) -> str:
    return (
        f"E|(X + N) w - y|^2 = |Xw - y|^2 + n s^2 |w|^2, so noise of {s:g} is ridge with lam = {lam:.4g}, or "
        f"{s * s:.4g} beside the mean. The average of noisy descents is descent on that ridge, up to lr = {mean_limit:.4g}; "
        f"each of them keeps wandering about it, within bounds up to lr = {limit:.4g}."
    )


def _first_weight(case: Case, optimum: Tensor, sample: Sample) -> tuple[Picture, ...]:
    """The pictures of the first of several weights."""
    w = sample.w[:, :, 0]
    theory = subject.Moments(sample.theory.mean[:, :1], sample.theory.covariance[:, :1, :1])
    clean = float((least_squares.pseudo_inverse(case.X) @ case.y)[0])
    levels = {"ridge": float(optimum[0]), "without noise": clean}
    return moments_picture(sample.t, theory, w, levels, "w[0]"), histogram_picture(theory, w, levels, "w[0]")


def _limits(settings: Noise, c: float) -> dict[str, float]:
    """The learning rates up to which the variance, the mean, and almost every run stay bounded."""
    X, s = real(settings.x).reshape(1, 1), settings.noise_std
    return {
        "variance": subject.variance_limit(X, s, c),
        "mean": subject.mean_limit(X, s, c),
        "almost every run": subject.typical_limit(settings.x, s, c),
    }


def _many(case: Case, settings: Noise | NoisyData, report: Report) -> Sample:
    """Many noisy descents from 0, beside their moments."""
    X, y, s, c, lr = case.X, case.y, case.noise_std, case.c, case.lr
    starts, steps = X.new_zeros(settings.runs, X.shape[1]), settings.steps
    keep = steps + 2 if starts.numel() * steps <= 2e7 else 50
    problem = least_squares.make_problem(X, y, c)
    result = run(problem, lr=lr, starts=starts, steps=steps, noise_std=s, seed=settings.seed, keep=keep, report=report)
    t = result.t
    theory = subject.moments(X, y, s, lr, int(t[-1]), c)
    return Sample(t, result.w, subject.Moments(theory.mean[t], theory.covariance[t]))


def _steady(w: Tensor, lr: float, limit: float) -> tuple[Tensor, str]:
    """The moments at which a sample's own mean and variance can be trusted: later ones are ruled by rare runs."""
    if lr <= STEADY * limit:
        return w, "every step"
    return w[: FEW_STEPS + 1], f"the first {FEW_STEPS} steps"


def _mean(name: str, mean: Float[Tensor, " _"], std: Float[Tensor, " _"], w: Float[Tensor, "t b"]) -> Quantity:
    """The mean over the runs against its forecast: the largest distance in standard errors."""
    error = std[1 : len(w)] / math.sqrt(w.shape[1])
    far = ((w.mean(1) - mean[: len(w)])[1:] / error).abs().max()
    return Quantity(name, "standard errors off", 0.0, float(far), STANDARD_ERRORS, "its recurrence is linear in E[w_t]")


def _spread(
    name: str, std: Float[Tensor, " _"], w: Float[Tensor, "t b"], fourth: Float[Tensor, " _"] | None = None
) -> Quantity:
    """The variance over the runs against its forecast, in standard errors: by the fourth moment, the sample's if need be."""
    variance, found = std[: len(w)].square(), w.var(1)
    known = SLACK * (w - w.mean(1, keepdim=True)).pow(4).mean(1) if fourth is None else fourth[: len(w)]
    error = ((known - variance.square()).clamp(min=variance.square()) / w.shape[1]).sqrt()
    far = ((found - variance)[1:] / error[1:]).abs().max()
    return Quantity(
        name, "standard errors off", 0.0, float(far), STANDARD_ERRORS, "Isserlis's theorem gives the covariance"
    )


def _rested(mean: Tensor) -> bool:
    return bool((mean[-1] - mean[-2]).abs() < 1e-6 * mean[-1].abs())


def _end(name: str, predicted: float, w: Tensor) -> Quantity:
    error = float(w.std()) / math.sqrt(len(w))
    return Quantity(name, "", predicted, float(w.mean()), STANDARD_ERRORS * error, CHANCE)


def _one_step(settings: Noise, c: float, limits: dict[str, float]) -> list[Quantity]:
    """The limits of mean and variance as single steps show them: from w = 1 towards y = 0, w_1 = 1 - lr c x~^2."""
    rate = 1e-3
    pull = (1 - _towards_zero(settings, c, rate, steps=1, seed=1)[-1]) / rate  # c x~^2 in every run.
    parts = pull.chunk(BLOCKS)

    def worked_out(name: str, title: str, rule: Callable[[Tensor], Tensor]) -> Quantity:
        each = torch.stack([rule(part) for part in parts])
        error = float(each.std()) / math.sqrt(len(parts))
        found = float(rule(pull))
        return Quantity(title, "", limits[name], found, STANDARD_ERRORS * error + 1e-3 * found, CHANCE)

    return [
        worked_out("mean", "largest lr for the mean", lambda q: 2 / q.mean()),
        worked_out("variance", "largest lr for the variance", lambda q: 2 * q.mean() / q.square().mean()),
    ]


def _towards_zero(settings: Noise, c: float, lr: float, steps: int, seed: int) -> Float[Tensor, "t b"]:
    """Every run's weight from w = 1 towards y = 0, step by step; the seed is added to that of the settings."""
    problem = least_squares.make_problem(real(settings.x).reshape(1, 1), real(0.0), c)
    starts, s = problem.start.new_ones(settings.runs, 1), settings.noise_std
    seed += settings.seed
    return run(problem, lr=lr, starts=starts, steps=steps, noise_std=s, seed=seed, keep=steps + 2).w[:, :, 0]


def _between(settings: Noise, c: float, limits: dict[str, float]) -> list[Quantity]:
    """Between the limits: the mean still follows its recurrence, the mean square grows, and the typical size shrinks."""
    X, s = real(settings.x).reshape(1, 1), settings.noise_std
    lr = (limits["variance"] + limits["mean"]) / 2
    w = _towards_zero(settings, c, lr, steps=40, seed=2)
    mean = 1 - lr * c * (settings.x**2 + s**2)
    square = subject.second_moment_factor(X, s, lr, c)
    typical = math.log(subject.typical_factor(settings.x, s, lr, c))
    growth = torch.log(w[1:].abs()).diff(dim=0).mean(0)
    at_last = _towards_zero(settings, c, limits["almost every run"], steps=10, seed=7)
    label = f"lr {lr:.3g}, between the limits"
    return [
        _end(f"{label}: factor of the mean", mean, w[1]),
        _end(f"{label}: factor of the mean square (over 1: it grows)", square, w[1].square()),
        *_moments_between(settings, c, lr, w, label),
        _end(f"{label}: typical growth of ln |w| a step", typical, growth),
        _end("growth of ln |w| at the limit for almost every run", 0.0, at_last[-1].abs().log() / 10),
    ]


def _moments_between(settings: Noise, c: float, lr: float, w: Float[Tensor, "t b"], label: str) -> list[Quantity]:
    """The mean that shrinks and the mean square that grows, as far as so many runs can tell: errors by theory's own moments."""

    def after(power: int, steps: int) -> float:
        return subject.factor_moment(settings.x, settings.noise_std, lr, power, c) ** steps

    rows = []
    for power, steps, what in ((1, 5, "mean"), (2, 2, "mean square")):
        error = math.sqrt(max(after(2 * power, steps) - after(power, steps) ** 2, 0.0) / w.shape[1])
        title = f"{label}: {what} after {steps} steps"
        rows.append(
            Quantity(title, "", after(power, steps), float(w[steps].pow(power).mean()), STANDARD_ERRORS * error, CHANCE)
        )
    return rows


def _expected_loss(case: Case, w: Tensor, settings: NoisyData) -> Quantity:
    """The loss of noisy data, averaged over draws, against the ridge's."""
    X, y, n, s = case.X, case.y, len(case.X), case.noise_std
    generator = chance(settings.seed + 3)
    drawn = torch.stack([((X + s * normal(generator, *X.shape)) @ w - y).square().sum() for _ in range(settings.runs)])
    theory = (X @ w - y).square().sum() + subject.ridge_strength(n, s) * w.square().sum()
    return _end("E|(X + N) w - y|^2 at ridge's w", float(theory), drawn)


def _at_the_variance_limit(case: Case, settings: NoisyData, limit: float) -> list[Quantity]:
    """One step at the limit from weights whose squares are the slowest direction of the second moments: it keeps their size."""
    X, s, c = case.X, case.noise_std, case.c
    direction = torch.linalg.eigh(subject.second_moment_map(X, s, limit, c)).eigenvectors[:, -1].abs()
    signs = torch.where(normal(chance(settings.seed + 4), settings.runs, X.shape[1]) > 0, 1.0, -1.0).double()
    starts = (signs * direction.sqrt()) @ torch.linalg.svd(X).Vh
    problem = least_squares.make_problem(X, X.new_zeros(len(X)), c)
    given = {"starts": starts, "steps": 1, "noise_std": s, "keep": 2}
    rows = []
    for share in (0.9, 1.0, 1.1):
        result = run(problem, lr=share * limit, seed=settings.seed + 5, **given)  # ty: ignore[invalid-argument-type]
        left = result.final.square().sum(1) / direction.sum()
        title = f"mean square after a step at {share:g} of the variance's limit"
        after = subject.second_moment_map(X, s, share * limit, c) @ direction
        rows.append(_end(title, 1.0 if share == 1 else float(after.sum() / direction.sum()), left))
    return rows
