"""Spring 2025, question 5: the features of a ReLU network's linearization, at the start and after training."""

from dataclasses import dataclass

import torch

from thalweg.comparison import Comparison, Quantity, at_most, within
from thalweg.descent import Run, run
from thalweg.experiments import features_pictures
from thalweg.experiments.features_points import Point, counted_rank, point, principal_at
from thalweg.experiments.relu_settings import Features
from thalweg.experiments.relu_setup import follows, linearized_error
from thalweg.experiments.result import Finding
from thalweg.linearization import linearize
from thalweg.modes import largest_stable_lr
from thalweg.problem import Problem
from thalweg.progress import Report
from thalweg.spectrum import alignment, shares
from thalweg.subjects import networks

WEAKEST = 1e-4  # Beside the largest: by way of the kernel, weaker principal features lose half their digits, and more.
PLACES = 301  # At which principal features are compared.
STRONG, SHARE = (
    0.05,
    1e-3,
)  # Modes that one small step shows: not much weaker than the first, and with something to learn.
SMALL = 1e-6  # That step, beside the largest stable one.


def one_layer(settings: Features, report: Report) -> Finding:
    """Parts (a) and (b): one hidden layer."""
    return _features((settings.width,), settings, report)


def two_layers(settings: Features, report: Report) -> Finding:
    """Part (c): a second hidden layer of the same size."""
    return _features((settings.width, settings.width), settings, report)


@dataclass(frozen=True)
class Trained:
    """A run of training, the features at its two ends, its training errors there, and how long the linearization held."""

    result: Run
    ends: list[Point]
    errors: list[float]
    followed: str


def _features(widths: tuple[int, ...], settings: Features, report: Report) -> Finding:
    """Both parts: a network of these widths."""
    trained = _train(widths, settings, report)
    result, ends = trained.result, trained.ends
    problem = result.problems[0]
    rows = tuple(row for each in ends for row in _rows(each, problem, widths))
    ranks = {each.title: counted_rank(each, problem.X, widths) for each in ends}
    predicted = {
        "sigma": {each.title: each.parts.sigma for each in ends},
        "largest_rank": ranks,
        "largest_stable_lr": {each.title: _limit(each, problem) for each in ends},
    }
    measured = {
        "rank": {each.title: each.parts.rank for each in ends},
        "share_of_target": {each.title: each.share for each in ends},
        "alignment_with_the_start": alignment(*(each.F for each in ends)),
        "train_error": {each.title: error for each, error in zip(ends, trained.errors, strict=True)},
        "linear_forecast_holds_for": trained.followed,
        "steps": int(result.updates[0]),
        "engine": result.engine,
    }
    report(1.0)
    pictures = features_pictures.pictures(ends, result, widths, ranks)
    return Finding(Comparison(rows), predicted, measured, _why(trained, settings.steps), pictures, {})


def _train(widths: tuple[int, ...], settings: Features, report: Report) -> Trained:
    """Train a network, and take its features apart before and after."""
    x, y = networks.noisy_points(settings.points, settings.noise_std, settings.data_seed)
    problem = networks.make_problem(x, y, widths, networks.start(widths, settings.seed))
    result = run(
        problem,
        lr=settings.lr,
        steps=settings.steps,
        batch=settings.batch,
        seed=settings.seed,
        report=lambda share: report(0.8 * share),
    )
    start = point("at the start", problem.start, problem, widths)
    end = point("after training", result.final[0], problem, widths)
    errors = networks.error(result.w[[0, -1], 0], widths, x, y).tolist()
    followed = follows(linearized_error(problem, settings.lr, result.t), result.loss[:, 0], result.t)
    return Trained(result, [start, end], errors, followed)


def _limit(point: Point, problem: Problem) -> float:
    """The largest stable learning rate with these features."""
    return largest_stable_lr(problem.loss.c * point.parts.sigma.square())


def _rows(point: Point, problem: Problem, widths: tuple[int, ...]) -> list[Quantity]:
    """What theory says of the features at one moment, and what torch and descent say."""
    F, size = linearize(problem, point.w).F, float(point.parts.sigma[0])
    by_hand = Quantity(f"{point.title}: features by hand, from autograd's", "", 0.0, float((point.F - F).abs().max()),
                       1e-12 * size, "rounding")  # fmt: skip
    most, rank = counted_rank(point, problem.X, widths), int(torch.linalg.matrix_rank(F))
    if len(widths) == 1:
        ranked = Quantity(
            f"{point.title}: rank of the {F.shape[1]} features", "", most, rank, 0, "cells between elbows, counted"
        )
    else:
        ranked = at_most(f"{point.title}: rank of the {F.shape[1]} features, at most", "", float(most), float(rank),
                         "two for every straight piece, or its points if they are fewer")  # fmt: skip
    return [by_hand, ranked, _off_the_points(point, problem, widths), *_speeds(point, problem)]


def _off_the_points(point: Point, problem: Problem, widths: tuple[int, ...]) -> Quantity:
    """Principal features between the training points: F(x) v, and K(x, X) u / sigma without any parameter."""
    new = torch.linspace(0, 1, PLACES, dtype=torch.float64)
    F = torch.func.jacrev(lambda w: problem.model(w, new))(point.w)
    kept = point.parts.sigma > WEAKEST * point.parts.sigma[0]
    phi = principal_at(point, new, widths)[:, kept]
    by_kernel = F @ point.F.T @ (point.parts.U / point.parts.sigma)[:, kept]
    error = ((phi - by_kernel).abs().amax(0) / phi.abs().amax(0)).max()
    return Quantity(f"{point.title}: principal features off the training points, by the kernel", "of their size", 0.0,
                    float(error), 1e-6, "F(x) v = K(x, X) u / sigma")  # fmt: skip


def _speeds(point: Point, problem: Problem) -> list[Quantity]:
    """Singular values as descent shows them: one small step shrinks the residual along a mode by lr c sigma^2."""
    parts, c = point.parts, problem.loss.c
    before = problem.outputs(point.w) - problem.y
    lr = SMALL * 2 / (c * float(parts.sigma[0]) ** 2)
    after = problem.outputs(run(problem, lr=lr, steps=1, starts=point.w.unsqueeze(0), keep=2).final[0]) - problem.y
    left = parts.U.T @ before
    shrunk = -(parts.U.T @ (after - before)) / (lr * c * left)
    shown = (parts.sigma > STRONG * parts.sigma[0]) & (shares(parts, before) > SHARE)
    return [
        within(f"{point.title}: sigma {j + 1}, from one small step", "", float(parts.sigma[j]),
               float(shrunk[j].clamp(min=0).sqrt()), 1e-3, "the step is small, not none")
        for j in shown.nonzero().flatten().tolist()[:3]
    ]  # fmt: skip


def _why(trained: Trained, asked: int) -> str:
    (start, end), errors, result = trained.ends, trained.errors, trained.result
    problem, lr = result.problems[0], float(result.lr[0])
    first, last = (float(each.parts.sigma[0]) for each in (start, end))
    limit = _limit(end, problem)
    reason = (
        "the elbows cut the points into cells, steps and ramps reach what is straight in each, and hinges add nothing"
        if "w2" not in problem.shapes
        else "between two bends every feature is straight"
    )
    steps = int(result.updates[0])
    ended = f"Training diverged and was stopped after {steps} steps. " if steps < asked else ""
    return (
        f"{ended}The rank of the {start.F.shape[1]} features on {len(start.F)} points is {start.parts.rank} at the start and "
        f"{end.parts.rank} after training: {reason}. The largest singular value goes from {first:.3g} to {last:.3g}, so "
        f"that the largest stable learning rate ends at {limit:.3g} (lr is {lr:g}); the ten strongest modes hold "
        f"{start.share[:10].sum():.0%} of the target's square at the start and {end.share[:10].sum():.0%} after training. The "
        f"linearization at the start has the training error of this run on minibatches right to 10 % for {trained.followed}; "
        f"it goes from {errors[0]:.3g} to {errors[1]:.3g}."
    )
