"""The pictures of descent on noisy points."""

import math

import torch
from torch import Tensor

from thalweg.descent import run
from thalweg.experiments.linear_settings import Noise
from thalweg.experiments.linear_setup import real
from thalweg.experiments.result import Picture
from thalweg.subjects import least_squares
from thalweg.subjects import noise as subject
from thalweg.subjects import ridge as doors


def moments_picture(
    t: Tensor, theory: subject.Moments, w: Tensor, levels: dict[str, float], name: str = "w"
) -> Picture:
    """Mean and standard deviation of one weight over the steps, predicted and over the runs."""
    from thalweg.draw import noise as draw

    return Picture(
        "Mean and spread over the steps",
        "The mean of all noisy runs, with one standard deviation to either side: predicted as a band, measured as lines. They "
        "settle around ridge's answer, not around the one without noise, and never come to rest.",
        lambda: draw.moments(t, theory.mean[:, 0], theory.std[:, 0], w.mean(1), w.std(1), levels, name),
    )


def histogram_picture(theory: subject.Moments, w: Tensor, marks: dict[str, float], name: str = "w") -> Picture:
    """Where one weight ended in every run, against what theory predicts."""
    from thalweg.draw import noise as draw

    return Picture(
        "The weight after the last step, over all runs",
        "Where the noisy runs ended, against a normal curve with the mean and the standard deviation that theory predicts. "
        "Both are exact; the shape is not: products of random factors have a longer tail.",
        lambda: draw.histogram(w[-1], float(theory.mean[-1, 0]), float(theory.std[-1, 0]), marks, name),
    )


def stability_picture(settings: Noise, c: float, limits: dict[str, float], lr: float) -> Picture:
    """What a step does to the mean, the mean square and the typical size, over the learning rate."""
    from thalweg.draw import noise as draw

    rates = torch.linspace(0.01, 1.15, 240, dtype=torch.float64) * max(limits.values())
    curves = subject.step_factors(settings.x, settings.noise_std, rates, c)
    return Picture(
        "Three ways to be stable",
        "By how much a step multiplies the mean of the error, its root mean square, and its typical size, over the learning "
        "rate. Each is stable as long as it stays below 1: the mean square first loses hold, the single run last.",
        lambda: draw.stability(rates, curves, {**limits, "chosen": lr}),
    )


def runs_picture(settings: Noise, c: float, limits: dict[str, float]) -> Picture:
    """Single runs with a learning rate between the limits of the variance and of the mean."""
    from thalweg.draw import noise as draw

    X, y, steps = real(settings.x).reshape(1, 1), real(settings.y), 300
    lr = (limits["variance"] + limits["mean"]) / 2
    optimum = float(doors.optimum(X, y, subject.ridge_strength(1, settings.noise_std)))

    def figure() -> object:
        problem, starts, s = least_squares.make_problem(X, y, c), X.new_zeros(12, 1), settings.noise_std
        result = run(problem, lr=lr, starts=starts, steps=steps, noise_std=s, seed=settings.seed + 6, keep=steps + 2)
        mean = subject.moments(X, y, s, lr, steps, c).mean[:, 0]
        left = torch.where((mean - optimum).abs() > 1e-3, mean - optimum, math.nan)  # What would only stretch the axis.
        return draw.several_runs(result.t, result.w[:, :, 0] - optimum, left, {}, "|w - ridge's w|", True)

    return Picture(
        "Between the limits",
        f"A dozen runs with lr = {lr:.3g}, over the variance's limit and under the mean's: the mean settles, the single runs "
        "burst out again and again, and fall back.",
        figure,
    )
