"""Spring 2025, question 5's discussion: a ReLU network on the line, its output layer trained alone, all layers, or by ridge."""

import math
import time
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from thalweg.comparison import Comparison, Quantity, at_least
from thalweg.direct import ridge_path
from thalweg.experiments.relu_pictures import Errors, pictures
from thalweg.experiments.relu_settings import Training
from thalweg.experiments.relu_setup import (
    ALL,
    GRID,
    OUTPUT,
    RIDGE,
    Descents,
    Net,
    follows,
    linearized_error,
    make_net,
    output_runs,
    whole_runs,
)
from thalweg.experiments.result import Finding
from thalweg.linearization import linearize
from thalweg.minibatch import MOST_MODES, Moments, expected_loss, minibatch_moments
from thalweg.modes import largest_stable_lr, linear_path
from thalweg.progress import Report
from thalweg.spectrum import Spectrum, decompose
from thalweg.subjects import networks
from thalweg.subjects import ridge as doors
from thalweg.subjects.kinks import kinks

STANDARD_ERRORS = 5  # How many a measured mean may be off: one in two million is, by chance.
STRENGTHS = torch.logspace(-8, 2, 101, dtype=torch.float64)  # Of the ridge.
EXCURSION = 8  # And the largest of many moments and places: excursions of minibatches are not normal.
PLACES = 50  # At which mean functions are compared.


@dataclass(frozen=True)
class Theory:
    """What is known of one width beforehand, and the ridge."""

    moments: Moments | None
    lam: float
    ridge: Float[Tensor, " k"]
    seconds: float


def training(settings: Training, report: Report) -> Finding:
    """Three ways, several widths, several runs each."""
    x, y = networks.noisy_points(settings.points, settings.noise_std, settings.data_seed)
    nets = [make_net(x, y, width, settings.seed) for width in settings.widths]
    output = output_runs(nets, settings, lambda share: report(0.4 * share))
    whole = whole_runs(nets, settings, lambda share: report(0.4 + 0.5 * share))
    theory = {net.width: _theory(net, settings, output) for net in nets}
    errors = _errors(nets, output, whole, theory)
    quantities = [row for net in nets for row in _rows(net, theory[net.width], output, settings)]
    followed = {str(net.width): _follows(net, whole, settings.lr_all) for net in nets}
    ridge_seconds = sum(known.seconds for known in theory.values())
    measured = {
        "train_error": {way: {str(width): pair[0] for width, pair in found.items()} for way, found in errors.items()},
        "test_error": {way: {str(width): pair[1] for width, pair in found.items()} for way, found in errors.items()},
        "seconds": {OUTPUT: output.seconds, ALL: whole.seconds, RIDGE: ridge_seconds},
        "diverged_runs": {OUTPUT: output.diverged, ALL: whole.diverged},
        "lam": {str(width): known.lam for width, known in theory.items()},
        "linear_forecast_of_all_layers_holds_for": followed,
    }
    widest, known = nets[-1], theory[nets[-1].width]
    shown = pictures(widest, output, whole, known.moments, known.lam, STRENGTHS, errors, settings)
    why = _why(widest, known, errors, output, whole, settings, followed[str(widest.width)])
    report(1.0)
    return Finding(Comparison(tuple(quantities)), _predicted(nets, theory), measured, why, shown, {})


def _predicted(nets: list[Net], theory: dict[int, Theory]) -> dict[str, dict[str, float | None]]:
    """What is known of every width beforehand."""
    named = {str(net.width): net for net in nets}
    return {
        "expected_train_error_output": {width: _expected(net, theory[net.width]) for width, net in named.items()},
        "least_train_error_output": {width: net.least for width, net in named.items()},
        "largest_stable_lr_output": {width: _limit(net.parts, net.lin.c) for width, net in named.items()},
        "largest_stable_lr_all_layers_at_the_start": {
            width: _limit(decompose(linearize(net.whole).F), net.lin.c) for width, net in named.items()
        },
    }


def _theory(net: Net, settings: Training, output: Descents) -> Theory:
    """The moments of the output weights, exactly, unless they are too many; and ridge, its strength chosen or given."""
    few = net.parts.rank <= MOST_MODES
    moments = minibatch_moments(net.lin, settings.lr_output, settings.batch, output.t) if few else None
    began = time.perf_counter()
    chosen = STRENGTHS[doors.left_out_error(net.last.X, net.last.y, STRENGTHS).argmin()]
    lam = settings.lam or float(chosen)
    ridge = ridge_path(net.last.X, net.last.y, STRENGTHS.new_tensor([lam]))[0]
    return Theory(moments, lam, ridge, time.perf_counter() - began)


def _limit(parts: Spectrum, c: float) -> float:
    return largest_stable_lr(c * parts.sigma.square())


def _expected(net: Net, theory: Theory) -> float | None:
    """The expected training error of the output layer alone in the end."""
    return float(expected_loss(net.lin, theory.moments)[-1]) if theory.moments else None


def _rows(net: Net, theory: Theory, output: Descents, settings: Training) -> list[Quantity]:
    """What theory says of one width, and what the runs gave."""
    title, w = f"{net.width} units", output.w[net.width][..., -net.width - 1 :]
    losses = networks.error(output.w[net.width], (net.width,), net.whole.X, net.whole.y)
    if theory.moments:
        found = _against_moments(net, theory.moments, w, losses, late=output.t > output.t[-1] / 2)
    else:
        found = [_mean_only(net, w, output, settings)]
    left_out = float(doors.left_out_error(net.last.X, net.last.y, w.new_tensor([theory.lam])))
    return [
        *found,
        at_least(f"{title}, {OUTPUT}: train error of the best run, at least", "", net.least, float(losses[-1].min()),
                 "on the same hidden units least squares fits best"),
        Quantity(f"{title}, ridge {theory.lam:.3g}: error on points left out in turn", "", left_out, _left_out(net, theory.lam),
                 1e-6 * left_out, "one decomposition against as many fits as points"),
    ]  # fmt: skip


def _against_moments(
    net: Net, moments: Moments, w: Float[Tensor, "t b k"], losses: Float[Tensor, "t b"], late: Bool[Tensor, " t"]
) -> list[Quantity]:
    """The mean function all the way; the training error and the scatter of the runs over the last half of their steps.

    Late moments are so many steps apart that they count as independent; excursions are larger than normal ones.
    """
    title, runs, samples = f"{net.width} units, {OUTPUT}", losses.shape[1], int(late.sum())
    F = net.lin.F[:: max(1, len(net.lin.F) // PLACES)]
    far, error = (w.mean(1) - moments.mean)[1:] @ F.T, moments.along(F)[1:] / math.sqrt(runs)
    off = (far.abs() / (error + 1e-9 * (1 + far.abs().max()))).max()
    S = net.lin.F @ moments.covariance[-1] @ net.lin.F.T
    freedom = (runs - 1) * samples * max(1.0, float(S.trace()) ** 2 / max(float(S.square().sum()), 1e-300))
    variance = float(moments.along(net.lin.F)[late].square().mean())
    measured = float((w[late] @ net.lin.F.T).var(1).mean())
    expected = expected_loss(net.lin, moments)[late]
    spread = max(_loss_spread(net, moments, place) for place in (int(late.long().argmax()), -1)) / math.sqrt(runs)
    reason = f"chance: {STANDARD_ERRORS} standard errors, and excursions"
    return [
        Quantity(f"{title}: mean function, at every moment", "standard errors off", 0.0, float(off), EXCURSION,
                 "the mean of the runs is descent on all points"),
        Quantity(f"{title}: train error, late", "", float(expected.mean()), float(losses[late].mean()),
                 STANDARD_ERRORS * spread, reason),
        Quantity(f"{title}: standard deviation of the function over the runs, late", "times its forecast", 1.0,
                 math.sqrt(measured / variance) if variance else 1.0, STANDARD_ERRORS * math.sqrt(0.5 / freedom) + 0.05,
                 reason),
    ]  # fmt: skip


def _mean_only(net: Net, w: Float[Tensor, "t b k"], output: Descents, settings: Training) -> Quantity:
    """With many modes: the mean function at every moment, beside the runs' own scatter."""
    path = linear_path(net.lin, settings.lr_output, output.t)
    F = net.lin.F[:: max(1, len(net.lin.F) // PLACES)]
    far = (w.mean(1) - path)[1:] @ F.T
    error = (w @ F.T).var(1)[1:].mean(1, keepdim=True).sqrt() / math.sqrt(w.shape[1])
    off = float((far.abs() / (error + 1e-9 * (1 + far.abs().max()))).max())
    return Quantity(f"{net.width} units, {OUTPUT}: mean function, at every moment", "of the runs' own standard errors", 0.0,
                    off, 4 * EXCURSION, "descent on all points; few runs tell little of their scatter")  # fmt: skip


def _loss_spread(net: Net, moments: Moments, place: int) -> float:
    """The standard deviation of one run's training error at a moment, if its weights are normal."""
    C = moments.covariance[place]
    HC = net.lin.c * net.lin.F.T @ net.lin.F @ C
    slope = net.lin.c * net.lin.F.T @ (net.lin.F @ (moments.mean[place] - net.best))
    return math.sqrt(max(0.0, float((HC @ HC).trace() / 2 + slope @ C @ slope)))


def _left_out(net: Net, lam: float) -> float:
    """The error on points left out in turn, by fitting without each."""
    F, y = net.last.X, net.last.y
    others = ~torch.eye(len(y), dtype=torch.bool)
    fits = torch.stack([doors.fake_data(F[kept], y[kept], lam) for kept in others])
    return float(((F * fits).sum(1) - y).square().mean())


def _errors(nets: list[Net], output: Descents, whole: Descents, theory: dict[int, Theory]) -> Errors:
    """Train and test error in the end of every way and width, averaged over the runs; test is against the true function."""
    truth, found = networks.target(GRID), {OUTPUT: {}, ALL: {}, RIDGE: {}}
    for net in nets:
        ridge = net.with_output(theory[net.width].ridge).unsqueeze(0)
        for way, w in ((OUTPUT, output.w[net.width][-1]), (ALL, whole.w[net.width][-1]), (RIDGE, ridge)):
            pairs = ((net.whole.X, net.whole.y), (GRID, truth))
            train, test = (float(networks.error(w, (net.width,), *pair).mean()) for pair in pairs)
            found[way][net.width] = (train, test)
    return found


def _follows(net: Net, whole: Descents, lr: float) -> str:
    """For how many steps the linearization at the start has the training error of all layers right."""
    measured = networks.error(whole.w[net.width], (net.width,), net.whole.X, net.whole.y).mean(1)
    return follows(linearized_error(net.whole, lr, whole.t), measured, whole.t)


def _why(
    net: Net, theory: Theory, errors: Errors, output: Descents, whole: Descents, settings: Training, followed: str
) -> str:
    ended = {(way, width): pair[1] for way, found in errors.items() for width, pair in found.items()}
    way, width = min(ended, key=lambda key: ended[key])
    each = ", ".join(f"{name} {found[net.width][1]:.3g}" for name, found in errors.items())
    count = settings.runs * len(settings.widths)
    curvature = net.lin.c * net.parts.sigma.square()
    learned = int(((1 - settings.lr_output * curvature).abs() ** settings.steps < 0.5).sum())
    inside = len(kinks(whole.w[net.width][-1, 0], (net.width,)).x)
    known = "path and scatter are" if theory.moments else "mean path is"
    return (
        f"{_diverged(output, whole, count)}Best against the true function: {way}, {width} units, with an error of "
        f"{ended[way, width]:.3g} ({net.width} units: {each}). Ridge took {theory.seconds:.2g} s, the choice of its "
        f"strength included. The output layer alone is a linear problem, so that its {known} known beforehand: in "
        f"{settings.steps} steps {learned} of its {len(curvature)} modes go half of their way or more, to a train error of "
        f"{errors[OUTPUT][net.width][0]:.3g}; its hidden units could reach {net.least:.3g}. All layers move their elbows "
        f"too: of {net.width}, {inside} bend the function within [0, 1] after the first run, and it follows the "
        f"linearization at the start for {followed}. {count} runs took {output.seconds:.2g} s "
        f"for the output layer alone and {whole.seconds:.2g} s for all layers, compiling included."
    )


def _diverged(output: Descents, whole: Descents, count: int) -> str:
    """What to say first if runs left all bounds."""
    found = ((OUTPUT, output.diverged), (ALL, whole.diverged))
    return "".join(
        f"{number} of {count} runs of the {way} diverged and were stopped. " for way, number in found if number
    )
