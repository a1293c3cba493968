"""The pictures of a ReLU network that learns in three ways."""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from thalweg.direct import ridge_path
from thalweg.experiments.relu_settings import Training
from thalweg.experiments.relu_setup import ALL, GRID, OUTPUT, Descents, Net, linearized_error
from thalweg.experiments.result import Picture
from thalweg.minibatch import Moments
from thalweg.subjects import networks
from thalweg.subjects.kinks import kinks

Errors = dict[str, dict[int, tuple[float, float]]]  # Of every way and width: on the training points, against the truth.

SHOWN = 60  # Moments that a picture can be scrubbed through.
PLACE = 0.5  # Where the scatter of the runs is shown.


def pictures(
    net: Net,
    output: Descents,
    whole: Descents,
    moments: Moments | None,
    lam: float,
    strengths: Float[Tensor, " s"],
    errors: Errors,
    settings: Training,
) -> tuple[Picture, ...]:
    """Which way is best; each way moment by moment; and what was known beforehand.

    Args:
        net: The widest network.
        output: Runs of the output layer alone.
        whole: Runs of all layers.
        moments: What is known of the output layer's weights, if they are not too many.
        lam: The ridge's strength.
        strengths: Strengths to scrub through.
        errors: Of every way and width.
        settings: The settings.

    Returns:
        The pictures, drawn on demand.
    """
    units = f"{net.width} units"
    return (
        _ways(errors, settings),
        _over_steps(
            f"All layers learn, {units}",
            "Move the slider through training: the elbows wander towards where a bend helps; some leave [0, 1] for good.",
            net,
            whole,
        ),
        _over_steps(
            f"The {OUTPUT} learns, {units}",
            "The elbows stay; only the change of slope at each is learned, the broad shape first and the fine one very late.",
            net,
            output,
        ),
        _over_strengths(net, lam, strengths),
        *((_scatter(net, moments, output),) if moments else ()),
        _linearized(net, whole, settings),
    )


def _ways(errors: Errors, settings: Training) -> Picture:
    from thalweg.draw import training as draw

    named = {way: {f"{width} units": pair for width, pair in found.items()} for way, found in errors.items()}
    return Picture(
        "Which way is best",
        "Mean squared error of every way and width, on the training points, which are noisy, and against the true function. On "
        "fixed elbows the fit is limited by where they happen to be; training all layers moves them, sometimes for the worse.",
        lambda: draw.ways(named, settings.noise_std**2 or None),
    )


def _over_steps(title: str, caption: str, net: Net, runs: Descents) -> Picture:
    """Function, elbows, slopes and errors of the first run, moment by moment."""
    from thalweg.draw import style

    kept = style.thin(len(runs.t), SHOWN)
    w, t = runs.w[net.width][kept, 0], runs.t[kept]
    return _fit(title, caption, net, w, [f"step {moment}" for moment in t.tolist()], (t + 1).to(w), "step + 1")


def _over_strengths(net: Net, lam: float, strengths: Float[Tensor, " s"]) -> Picture:
    falling = strengths.flip(0)
    w = net.with_output(ridge_path(net.last.X, net.last.y, falling))
    used = int((falling.log() - math.log(lam)).abs().argmin())
    return _fit(
        f"Ridge on the output layer, {net.width} units",
        f"From a strong ridge to hardly any: the function at once, without a step. The strength in use is lam = {lam:.2g}.",
        net,
        w,
        [f"lam {strength:.2g}" for strength in falling.tolist()],
        falling,
        "ridge strength lam",
        used,
    )


def _fit(
    title: str,
    caption: str,
    net: Net,
    w: Float[Tensor, "t d"],
    labels: list[str],
    along: Tensor,
    axis: str,
    first: int | None = None,
) -> Picture:
    from thalweg.draw import training as draw

    def figure() -> object:
        truth, widths = networks.target(GRID), (net.width,)
        outputs = torch.stack([networks.model(widths)(one, GRID) for one in w])
        bends = [(found.x, found.change) for found in (kinks(one, widths) for one in w)]
        train = networks.error(w, widths, net.whole.X, net.whole.y)
        test = networks.error(w, widths, GRID, truth)
        points = (net.whole.X, net.whole.y)
        drawn = draw.fit_over_moments(GRID, truth, points, labels, outputs, bends, along, axis, train, test)
        return drawn if first is None else drawn.update_layout(meta={**(drawn.layout.meta or {}), "frame": first})

    return Picture(title, caption, figure)


def _scatter(net: Net, moments: Moments, output: Descents) -> Picture:
    from thalweg.draw import training as draw

    row = networks.output_features(net.start, GRID.new_tensor([PLACE]), net.width)
    runs = (output.w[net.width][..., -net.width - 1 :] @ row.T).squeeze(-1)
    mean, std = (moments.mean @ row.T).squeeze(1), moments.along(row).squeeze(1)
    return Picture(
        f"The {OUTPUT}: path and scatter, {net.width} units",
        f"The function at x = {PLACE}: runs that differ in their minibatches, and the mean and the standard deviation that the "
        "linear problem has by exact recurrence.",
        lambda: draw.expected_and_run(output.t, mean, std, runs, f"f({PLACE})"),
    )


def _linearized(net: Net, whole: Descents, settings: Training) -> Picture:
    from thalweg.draw import course

    def figure() -> object:
        measured = networks.error(whole.w[net.width], (net.width,), net.whole.X, net.whole.y).mean(1)
        theory = linearized_error(net.whole, settings.lr_all, whole.t)
        return course.value_over_steps(whole.t, theory, measured, "train error, mean of squares")

    return Picture(
        f"{ALL.capitalize()}: the linearization's forecast, {net.width} units",
        "The training error of all layers, and what the linearization at the start foresees: right at first, until the "
        "features themselves change.",
        figure,
    )
