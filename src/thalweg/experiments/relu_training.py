"""Spring 2025, question 5's discussion: a ReLU network on the line, its output layer trained alone, all layers, or by ridge."""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from thalweg.comparison import Comparison, Quantity, at_most
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
    linearized_error,
    make_net,
    output_runs,
    whole_runs,
)
from thalweg.experiments.result import Finding
from thalweg.linearize import Linearization, linearize
from thalweg.minibatch import MOST_PARAMETERS, Moments, expected_loss, minibatch_moments
from thalweg.modes import largest_stable_lr, linear_path, nearest_minimum
from thalweg.problem import objective
from thalweg.progress import Report
from thalweg.spectrum import decompose
from thalweg.subjects import networks
from thalweg.subjects import ridge as doors

STANDARD_ERRORS = 5  # How many a measured mean may be off: one in two million is, by chance.
STRENGTHS = torch.logspace(-8, 2, 101, dtype=torch.float64)  # Of the ridge.
PLACES = 50  # At which mean functions are compared.


@dataclass(frozen=True)
class Theory:
    """What is known of one width beforehand, and the ridge."""

    moments: Moments | None
    lam: float
    ridge: Float[Tensor, " k"]


def training(settings: Training, report: Report) -> Finding:
    """Three ways, several widths, several runs each."""
    x, y = networks.noisy_points(settings.points, settings.noise_std, settings.data_seed)
    nets = [make_net(x, y, width, settings.seed) for width in settings.widths]
    output = output_runs(nets, settings, lambda share: report(0.4 * share))
    whole = whole_runs(nets, settings, lambda share: report(0.4 + 0.5 * share))
    theory = {net.width: _theory(net, settings, output) for net in nets}
    errors = _errors(nets, output, whole, theory)
    quantities = [row for net in nets for row in _rows(net, theory[net.width], output, settings)]
    holds = {str(net.width): _holds(net, whole, settings.lr_all) for net in nets}
    predicted = {
        "expected_train_error_output": {str(net.width): _expected(net, theory[net.width]) for net in nets},
        "least_train_error_output": {str(net.width): net.least for net in nets},
        "largest_stable_lr_output": {str(net.width): _limit(net.lin) for net in nets},
        "largest_stable_lr_all_layers_at_the_start": {str(net.width): _limit(linearize(net.whole)) for net in nets},
    }
    measured = {
        "train_error": {way: {str(width): pair[0] for width, pair in found.items()} for way, found in errors.items()},
        "test_error": {way: {str(width): pair[1] for width, pair in found.items()} for way, found in errors.items()},
        "seconds": {OUTPUT: output.seconds, ALL: whole.seconds},
        "lam": {str(width): known.lam for width, known in theory.items()},
        "linear_forecast_of_all_layers_holds_for_steps": holds,
    }
    moments, lam = theory[nets[-1].width].moments, theory[nets[-1].width].lam
    shown = pictures(nets[-1], output, whole, moments, lam, STRENGTHS, errors, settings)
    why = _why(nets[-1], errors, output, whole, settings, holds)
    report(1.0)
    return Finding(Comparison(tuple(quantities)), predicted, measured, why, shown, {})


def _theory(net: Net, settings: Training, output: Descents) -> Theory:
    """The moments of the output weights, exactly, unless they are too many; and ridge, its strength chosen or given."""
    few = net.width < MOST_PARAMETERS
    moments = minibatch_moments(net.lin, settings.lr_output, settings.batch, output.t) if few else None
    chosen = STRENGTHS[doors.left_out_error(net.last.X, net.last.y, STRENGTHS).argmin()]
    lam = settings.lam or float(chosen)
    return Theory(moments, lam, ridge_path(net.last.X, net.last.y, STRENGTHS.new_tensor([lam]))[0])


def _limit(lin: Linearization) -> float:
    return largest_stable_lr(lin.c * decompose(lin.F).sigma.square())


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
        at_most(f"{title}: least train error on these hidden units, at most the output layer's", "", float(losses[-1].min()),
                net.least, "least squares fits best"),
        Quantity(f"{title}, ridge {theory.lam:.3g}: error on points left out in turn", "", left_out, _left_out(net, theory.lam),
                 1e-6 * left_out, "one decomposition against as many fits as points"),
    ]  # fmt: skip


def _against_moments(
    net: Net, moments: Moments, w: Float[Tensor, "t b k"], losses: Float[Tensor, "t b"], late: Bool[Tensor, " t"]
) -> list[Quantity]:
    """The mean function all the way; the training error and the scatter of the runs over the last half of their steps.

    The tolerance is that of a single moment: a few late ones are averaged, since excursions are not normal.
    """
    title, runs = f"{net.width} units, {OUTPUT}", losses.shape[1]
    F = net.lin.F[:: max(1, len(net.lin.F) // PLACES)]
    far, error = (w.mean(1) - moments.mean)[1:] @ F.T, moments.along(F)[1:] / math.sqrt(runs)
    off = (far.abs() / (error + 1e-9 * (1 + far.abs().max()))).max()
    S = net.lin.F @ moments.covariance[-1] @ net.lin.F.T
    freedom = float(S.trace()) ** 2 / float(S.square().sum())
    variance = float(moments.along(net.lin.F)[late].square().mean())
    measured = float((w[late] @ net.lin.F.T).var(1).mean())
    expected = float(expected_loss(net.lin, moments)[late].mean())
    spread = _loss_spread(net, moments) / math.sqrt(runs)
    reason = f"chance: {STANDARD_ERRORS} standard errors"
    return [
        Quantity(f"{title}: mean function, at every moment", "standard errors off", 0.0, float(off), STANDARD_ERRORS + 1,
                 "the mean of the runs is descent on all points"),
        Quantity(f"{title}: train error, late", "", expected, float(losses[late].mean()), STANDARD_ERRORS * spread, reason),
        Quantity(f"{title}: variance over the runs, late", "", variance, measured,
                 STANDARD_ERRORS * variance * math.sqrt(2 / ((runs - 1) * freedom)), reason),
    ]  # fmt: skip


def _mean_only(net: Net, w: Float[Tensor, "t b k"], output: Descents, settings: Training) -> Quantity:
    """With many units: the training error of the mean of the runs, which is descent on all points, and their scatter."""
    path = linear_path(net.lin, settings.lr_output, output.t[-1:])
    value = objective(net.last)
    losses = torch.func.vmap(value)(w[-1])
    scatter = float(losses.mean() - value(w[-1].mean(0)))
    return Quantity(f"{net.width} units, {OUTPUT}: train error of the mean of the runs", "", float(value(path[0])),
                    float(value(w[-1].mean(0))), STANDARD_ERRORS * scatter, "chance, from the runs' own scatter")  # fmt: skip


def _loss_spread(net: Net, moments: Moments) -> float:
    """The standard deviation of one run's training error in the end, if its weights are normal."""
    HC = net.lin.c * net.lin.F.T @ net.lin.F @ moments.covariance[-1]
    slope = net.lin.c * net.lin.F.T @ (net.lin.F @ (moments.mean[-1] - nearest_minimum(net.lin)))
    return math.sqrt(max(0.0, float((HC @ HC).trace() / 2 + slope @ moments.covariance[-1] @ slope)))


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


def _holds(net: Net, whole: Descents, lr: float) -> int:
    """For how many steps the linearization at the start has the training error right to 10 %."""
    measured = networks.error(whole.w[net.width], (net.width,), net.whole.X, net.whole.y).mean(1)
    wrong = (linearized_error(net, lr, whole.t) - measured).abs() > 0.1 * measured
    return int(whole.t[int(wrong.long().argmax()) - 1 if wrong.any() else -1])


def _why(net: Net, errors: Errors, output: Descents, whole: Descents, settings: Training, holds: dict[str, int]) -> str:
    ended = {(way, width): pair[1] for way, found in errors.items() for width, pair in found.items()}
    way, width = min(ended, key=lambda key: ended[key])
    each = ", ".join(f"{name} {found[net.width][1]:.3g}" for name, found in errors.items())
    count = settings.runs * len(settings.widths)
    return (
        f"Best against the true function: {way}, {width} units, with an error of {ended[way, width]:.3g} ({net.width} units: "
        f"{each}). Ridge costs one linear solve. The output layer alone is a linear problem, so that its whole path and its "
        f"scatter are known beforehand: after {settings.steps} steps its train error is {errors[OUTPUT][net.width][0]:.3g}, "
        f"where its hidden units could reach {net.least:.3g}, since the weakest modes need far more steps; {count} runs took "
        f"{output.seconds:.2g} s. All layers can move their elbows to where the target bends; {count} runs took "
        f"{whole.seconds:.2g} s, and only their first {holds[str(net.width)]} steps follow the linearization at the start."
    )
