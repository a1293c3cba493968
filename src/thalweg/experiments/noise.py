"""Homework 1, question 4: instance noise is ridge, on average; and which learning rates hold more than the average."""

import math
from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from thalweg.comparison import Comparison, Quantity
from thalweg.descent import Run, run
from thalweg.experiments.linear_settings import Noise, NoisyData
from thalweg.experiments.linear_setup import chance, normal, real, scale
from thalweg.experiments.result import Finding, Picture
from thalweg.linearization import linearize
from thalweg.modes import linear_path
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


def single(settings: Noise, report: Report) -> Finding:
    """Parts (b) to (d): one noisy point; mean, variance, and three limits of the learning rate."""
    X, y, s = real(settings.x).reshape(1, 1), real(settings.y), settings.noise_std
    c = scale(settings.loss, 1)
    limits = _limits(settings, c)
    lr = settings.lr or limits["variance"] / 4
    result = _many(X, y, c, lr, settings, report)
    theory = _moments(X, y, s, lr, c, result.t)
    w = result.w[:, :, 0]
    fourth = subject.fourth_moments(settings.x, settings.y, s, lr, int(result.t[-1]), c)
    bounded = lr < limits["variance"]
    shown, count = _steady(w, lr, limits["variance"])
    resting = subject.resting_moments(X, y, s, lr, c) if bounded else None
    optimum, clean = float(doors.optimum(X, y, subject.ridge_strength(1, s))), settings.y / settings.x
    quantities = (
        _mean(f"E[w_t], at {count}", theory.mean[:, 0], theory.std[:, 0], shown),
        _spread(f"standard deviation of w_t, at {count}", theory.std[:, 0], shown, fourth[result.t]),
        *(
            [_end("mean of w in the end", float(resting.mean), w[-1])]
            if resting and len(shown) == len(w) and _rested(theory.mean[:, 0])
            else []
        ),
        *_one_step(settings, c, limits),
        *_between(settings, c, limits),
    )
    why = (
        f"On average a step sees x^2 + s^2, so E[w_t] converges for lr < 2 / (c (x^2 + s^2)), to ridge's {optimum:.4g} "
        f"instead of {clean:.4g}. The variance asks for more: it stays bounded for lr < {limits['variance']:.4g} only. In "
        f"between the mean converges while rare runs jump ever farther; up to {limits['almost every run']:.4g} almost every "
        "single run stays near."
    )
    end = w[-1]
    predicted = {
        "mean": float(theory.mean[-1]),
        "std": float(theory.std[-1]),
        "limit_of_mean": optimum,
        "largest_lr": dict(limits),
    }
    measured = {"mean": float(end.mean()), "std": float(end.std())}
    pictures = (
        _moments_picture(result.t, theory, w, {"ridge": optimum, "without noise": clean}),
        _histogram_picture(theory, w, {"ridge": optimum, "without noise": clean}),
        _stability_picture(settings, c, limits, lr),
        _runs_picture(settings, c, limits),
    )
    return Finding(Comparison(quantities), predicted, measured, why, pictures, {"lr": lr})


def data_set(settings: NoisyData, report: Report) -> Finding:
    """Part (a): the expected loss is a ridge's; and the mean of noisy descents on a data set is descent on that ridge."""
    generator = chance(settings.seed)
    n, d, s = settings.points, settings.features, settings.noise_std
    X = normal(generator, n, d)
    y = X @ normal(generator, d) + 0.3 * normal(generator, n)
    c = scale(settings.loss, n)
    limit, mean_limit = subject.variance_limit(X, s, c), subject.mean_limit(X, s, c)
    lr = settings.lr or limit / 4
    if lr >= limit:
        raise ValueError(f"settings: need lr < {limit:.4g}, the limit for the variance, got {lr:g}; noise goes beyond")
    result = _many(X, y, c, lr, settings, report)
    theory = _moments(X, y, s, lr, c, result.t)
    expected = subject.expected_problem(X, y, s, c)
    path = linear_path(linearize(expected), lr, result.t)
    optimum = doors.optimum(X, y, expected.lam)
    shown, count = _steady(result.w, lr, limit)
    resting = subject.resting_moments(X, y, s, lr, c)
    quantities = (
        _expected_loss(X, y, optimum, settings),
        Quantity("recurrence of the mean, from descent with a ridge", "", 0.0, float((path - theory.mean).abs().max()), 1e-9,
                 "the mean of the gradient is the ridge's gradient"),
        *(_mean(f"E[w_t[{i}]], at {count}", theory.mean[:, i], theory.std[:, i], shown[:, :, i]) for i in range(d)),
        *(_spread(f"standard deviation of w_t[{i}], at {count}", theory.std[:, i], shown[:, :, i]) for i in range(d)),
        *_at_the_variance_limit(X, settings, c, limit),
    )  # fmt: skip
    why = (
        f"E|(X + N) w - y|^2 = |Xw - y|^2 + n s^2 |w|^2, so noise of {s:g} is ridge with lam = {expected.lam:.4g}, or "
        f"{s * s:.4g} beside the mean. The average of noisy descents is descent on that ridge, up to lr = {mean_limit:.4g}; "
        f"each of them keeps wandering about it, within bounds up to lr = {limit:.4g}."
    )
    predicted = {"lam": expected.lam, "ridge": optimum, "mean": theory.mean[-1], "std": theory.std[-1],
                 "resting_std": resting.std, "largest_lr_mean": mean_limit, "largest_lr_variance": limit}  # fmt: skip
    measured = {"mean": result.final.mean(0), "std": result.final.std(0)}
    first = result.w[:, :, 0]
    one = subject.Moments(theory.mean[:, :1], theory.covariance[:, :1, :1])
    clean = float((least_squares.pseudo_inverse(X) @ y)[0])
    levels = {"ridge": float(optimum[0]), "without noise": clean}
    pictures = (_moments_picture(result.t, one, first, levels, "w[0]"), _histogram_picture(one, first, levels, "w[0]"))
    return Finding(Comparison(quantities), predicted, measured, why, pictures, {"lr": lr})


def _limits(settings: Noise, c: float) -> dict[str, float]:
    """The learning rates up to which the variance, the mean, and almost every run stay bounded."""
    X, s = real(settings.x).reshape(1, 1), settings.noise_std
    return {
        "variance": subject.variance_limit(X, s, c),
        "mean": subject.mean_limit(X, s, c),
        "almost every run": subject.typical_limit(settings.x, s, c),
    }


def _moments(X: Tensor, y: Tensor, s: float, lr: float, c: float, t: Tensor) -> subject.Moments:
    """The moments at the moments that a run kept."""
    path = subject.moments(X, y, s, lr, int(t[-1]), c)
    return subject.Moments(path.mean[t], path.covariance[t])


def _many(X: Tensor, y: Tensor, c: float, lr: float, settings: Noise | NoisyData, report: Report) -> Run:
    """Many noisy descents from 0."""
    problem = least_squares.make_problem(X, y, c)
    starts = X.new_zeros(settings.runs, X.shape[1])
    steps = settings.steps
    keep = steps + 2 if settings.runs * X.shape[1] * steps <= 2e7 else 50
    return run(
        problem,
        lr=lr,
        starts=starts,
        steps=steps,
        noise_std=settings.noise_std,
        seed=settings.seed,
        keep=keep,
        report=report,
    )


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
    pull = _pulls(settings, c)
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


def _pulls(settings: Noise, c: float) -> Tensor:
    """What one step of learning rate 1 takes off w = 1 with y = 0, in every run: c x~^2."""
    problem = least_squares.make_problem(real(settings.x).reshape(1, 1), real(0.0), c)
    starts = problem.start.new_ones(settings.runs, 1)
    rate = 1e-3
    result = run(problem, lr=rate, starts=starts, steps=1, noise_std=settings.noise_std, seed=settings.seed + 1, keep=2)
    return (1 - result.final[:, 0]) / rate


def _between(settings: Noise, c: float, limits: dict[str, float]) -> list[Quantity]:
    """Between the limits: the mean still follows its recurrence, the mean square grows, and the typical size shrinks."""
    X, zero = real(settings.x).reshape(1, 1), real(0.0)
    lr = (limits["variance"] + limits["mean"]) / 2
    problem = least_squares.make_problem(X, zero, c)
    starts = problem.start.new_ones(settings.runs, 1)
    steps = 40
    result = run(
        problem, lr=lr, starts=starts, steps=steps, noise_std=settings.noise_std, seed=settings.seed + 2, keep=steps + 2
    )
    w = result.w[:, :, 0]
    factor = subject.second_moment_factor(X, settings.noise_std, lr, c)
    square = w[1].square()
    growth = torch.log(w[1:].abs()).diff(dim=0)
    typical = subject.typical_factor(settings.x, settings.noise_std, lr, c)
    mean = 1 - lr * c * (settings.x**2 + settings.noise_std**2)
    label = f"lr {lr:.3g}, between the limits"
    return [
        _end(f"{label}: factor of the mean", mean, w[1]),
        _end(f"{label}: factor of the mean square (over 1: it grows)", factor, square),
        *_moments_between(settings, c, lr, w, label),
        _end(f"{label}: typical growth of ln |w| a step", math.log(typical), growth.mean(0)),
        _end(
            "growth of ln |w| at the limit for almost every run", 0.0, _growth(settings, c, limits["almost every run"])
        ),
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


def _growth(settings: Noise, c: float, lr: float) -> Tensor:
    """The mean growth of ln |w| a step in every run, from w = 1 towards y = 0."""
    problem = least_squares.make_problem(real(settings.x).reshape(1, 1), real(0.0), c)
    starts, steps = problem.start.new_ones(settings.runs, 1), 10
    result = run(
        problem, lr=lr, starts=starts, steps=steps, noise_std=settings.noise_std, seed=settings.seed + 7, keep=2
    )
    return result.final[:, 0].abs().log() / steps


def _expected_loss(X: Tensor, y: Tensor, w: Tensor, settings: NoisyData) -> Quantity:
    """The loss of noisy data, averaged over draws, against the ridge's."""
    n, s = len(X), settings.noise_std
    generator = chance(settings.seed + 3)
    drawn = torch.stack([((X + s * normal(generator, *X.shape)) @ w - y).square().sum() for _ in range(settings.runs)])
    theory = (X @ w - y).square().sum() + subject.ridge_strength(n, s) * w.square().sum()
    return _end("E|(X + N) w - y|^2 at ridge's w", float(theory), drawn)


def _at_the_variance_limit(X: Tensor, settings: NoisyData, c: float, limit: float) -> list[Quantity]:
    """One step at the limit from weights whose squares are the slowest direction of the second moments: it keeps their size."""
    parts = torch.linalg.svd(X)
    direction = torch.linalg.eigh(subject.second_moment_map(X, settings.noise_std, limit, c)).eigenvectors[:, -1].abs()
    signs = torch.where(normal(chance(settings.seed + 4), settings.runs, X.shape[1]) > 0, 1.0, -1.0).double()
    starts = (signs * direction.sqrt()) @ parts.Vh
    problem = least_squares.make_problem(X, X.new_zeros(len(X)), c)
    given = {"starts": starts, "steps": 1, "noise_std": settings.noise_std, "keep": 2}
    rows = []
    for share in (0.9, 1.0, 1.1):
        result = run(problem, lr=share * limit, seed=settings.seed + 5, **given)  # ty: ignore[invalid-argument-type]
        left = result.final.square().sum(1) / direction.sum()
        title = f"mean square after a step at {share:g} of the variance's limit"
        after = subject.second_moment_map(X, settings.noise_std, share * limit, c) @ direction
        rows.append(_end(title, 1.0 if share == 1 else float(after.sum() / direction.sum()), left))
    return rows


def _moments_picture(
    t: Tensor, theory: subject.Moments, w: Tensor, levels: dict[str, float], name: str = "w"
) -> Picture:
    from thalweg.draw import noise as draw

    return Picture(
        "Mean and spread over the steps",
        "The mean of all noisy runs, with one standard deviation to either side: predicted as a band, measured as lines. They "
        "settle around ridge's answer, not around the one without noise, and never come to rest.",
        lambda: draw.moments(t, theory.mean[:, 0], theory.std[:, 0], w.mean(1), w.std(1), levels, name),
    )


def _histogram_picture(theory: subject.Moments, w: Tensor, marks: dict[str, float], name: str = "w") -> Picture:
    from thalweg.draw import noise as draw

    return Picture(
        "The weight after the last step, over all runs",
        "Where the noisy runs ended, against a normal curve with the mean and the standard deviation that theory predicts. "
        "Both are exact; the shape is not: products of random factors have a longer tail.",
        lambda: draw.histogram(w[-1], float(theory.mean[-1, 0]), float(theory.std[-1, 0]), marks, name),
    )


def _stability_picture(settings: Noise, c: float, limits: dict[str, float], lr: float) -> Picture:
    from thalweg.draw import noise as draw

    rates = torch.linspace(0.01, 1.15, 240, dtype=torch.float64) * max(limits.values())
    curves = subject.step_factors(settings.x, settings.noise_std, rates, c)
    return Picture(
        "Three ways to be stable",
        "By how much a step multiplies the mean of the error, its root mean square, and its typical size, over the learning "
        "rate. Each is stable as long as it stays below 1: the mean square first loses hold, the single run last.",
        lambda: draw.stability(rates, curves, {**limits, "chosen": lr}),
    )


def _runs_picture(settings: Noise, c: float, limits: dict[str, float]) -> Picture:
    from thalweg.draw import noise as draw

    X, y, steps = real(settings.x).reshape(1, 1), real(settings.y), 300
    lr = (limits["variance"] + limits["mean"]) / 2
    optimum = float(doors.optimum(X, y, subject.ridge_strength(1, settings.noise_std)))

    def figure() -> object:
        starts = X.new_zeros(12, 1)
        result = run(
            least_squares.make_problem(X, y, c), lr=lr, starts=starts, steps=steps, noise_std=settings.noise_std,
            seed=settings.seed + 6, keep=steps + 2,
        )  # fmt: skip
        mean = subject.moments(X, y, settings.noise_std, lr, steps, c).mean[:, 0]
        left = torch.where((mean - optimum).abs() > 1e-3, mean - optimum, math.nan)  # What would only stretch the axis.
        return draw.several_runs(result.t, result.w[:, :, 0] - optimum, left, {}, "|w - ridge's w|", True)

    return Picture(
        "Between the limits",
        f"A dozen runs with lr = {lr:.3g}, over the variance's limit and under the mean's: the mean settles, the single runs "
        "burst out again and again, and fall back.",
        figure,
    )
