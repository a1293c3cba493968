"""Parts (g) and (i) of the colour organ: several resistors at once."""

import math
from dataclasses import replace

import torch

from thalweg.comparison import Quantity, within
from thalweg.descent import path
from thalweg.experiments.organ_finding import finding, peaks_told
from thalweg.experiments.organ_pictures import gain_picture, gradient_picture, lamps_picture, parameters_picture
from thalweg.experiments.organ_settings import Settings
from thalweg.experiments.organ_setup import PLAIN, Lesson, from_lamps, learn, step_by_step
from thalweg.experiments.result import Finding, Picture
from thalweg.forecast import predict
from thalweg.linearization import gauss_newton
from thalweg.outcome import Outcome
from thalweg.problem import objective
from thalweg.progress import Report
from thalweg.subjects.organ import BAND_PASS, COLOUR_ORGAN, HIGH_PASS, LOW_PASS

FAR_OHM = 900.0
LOW_STAGE, HIGH_STAGE = (f"R of the {PLAIN[name]}" for name in BAND_PASS.resistors)
ROWS = {"low pass": 0, "band pass": 1, "high pass": 2}


def band_pass(settings: Settings, report: Report) -> Finding:
    """Part (g): both stages from the settings' start, and from the flat far corner."""
    problem = from_lamps(BAND_PASS, settings)
    far = torch.full((1, 2), FAR_OHM, dtype=torch.float64)
    lesson = learn(BAND_PASS, settings, problem, 1000.0, report, far)
    more = _far_rows(lesson)
    why = (
        f"Off lamps demand {settings.off_target:g}; with 0.3 the two boundaries balance near the desired cut-offs. Far away "
        "the loss is flat: its gradient in R falls as 1/R or faster, so that in R the same distance costs many times the steps."
        f"{_buffered(lesson, (0, 1))}"
    )
    pictures = (
        parameters_picture(lesson),
        gain_picture(lesson, 0, "band pass"),
        lamps_picture(lesson),
        _surface_picture(lesson),
        gradient_picture(lesson),
    )
    return finding(lesson, why, more, pictures)


def organ_all(settings: Settings, report: Report) -> Finding:
    """Part (i): all four, and why that is the three parts at a third of the learning rate."""
    problem = from_lamps(COLOUR_ORGAN, settings)
    lesson = learn(COLOUR_ORGAN, settings, problem, 500.0, report)
    more = (*_parts_rows(lesson), *_separate_rows(lesson))
    why = (
        "The mean runs over three rows of lamps, so each filter descends as if alone, at a third of the learning rate and "
        "with three times the tolerance: the same values, in more steps; the slowest filter decides."
        f"{_buffered(lesson, (1, 2))}"
    )
    pictures = (
        parameters_picture(lesson),
        *(gain_picture(lesson, column, name) for name, column in ROWS.items()),
        lamps_picture(lesson),
        gradient_picture(lesson),
    )
    return finding(lesson, why, more, pictures)


def _buffered(lesson: Lesson, places: tuple[int, int]) -> str:
    """What whoever builds the band pass must know, of the resistances that were learned."""
    if lesson.result.outcome[0] is not Outcome.converged:
        return ""
    low, high = lesson.ohm(lesson.result.final[0]).tolist()[places[0] : places[1] + 1]
    return f" Whoever builds it needs a buffer, an operational amplifier as a follower. {peaks_told(low, high)}"


def _far_rows(lesson: Lesson) -> tuple[Quantity, ...]:
    """The far corner: steps, and how flat the loss is there."""
    theory, result = lesson.forecast, lesson.result
    predicted, measured = float(theory.steps[1]), int(result.steps[1])
    if not (result.stopped[1] and predicted <= lesson.settings.steps):
        ends = theory.outcome[1].words, result.outcome[1].words
        return (Quantity(f"outcome from {FAR_OHM:g} ohm", "", *ends, 0, "the flow's course"),)
    near, far = result.gradient[0, 0].abs().max(), result.gradient[0, 1].abs().max()
    name = f"gradient at {FAR_OHM:g} ohm over that at the start"
    flat = Quantity(name, "", None, float(far / near), 0, "how flat it is")
    if step_by_step(lesson, 1):
        return (flat,)
    reason = "the flow, integrated"
    return (Quantity(f"steps from {FAR_OHM:g} ohm", "", predicted, measured, 2 + 2e-3 * predicted, reason), flat)


def _parts_rows(lesson: Lesson) -> tuple[Quantity, ...]:
    """(i) is each part at a third of the rate and three times the tolerance: forecast that, and compare the ends."""
    settings, rows = lesson.settings, []
    if lesson.result.outcome[0] is not Outcome.converged:
        return ()
    ended = dict(zip(COLOUR_ORGAN.resistors, lesson.ohm(lesson.result.final[0]).tolist(), strict=True))
    starts = dict(zip(COLOUR_ORGAN.resistors, lesson.ohm(lesson.problem.start).tolist(), strict=True))
    for circuit in (LOW_PASS, BAND_PASS, HIGH_PASS):
        part = replace(settings, start=tuple(starts[name] for name in circuit.resistors))
        problem = from_lamps(circuit, part)
        minimum = predict(
            problem, lr=lesson.lr / 3, steps=10 * settings.steps, tolerance=3 * settings.tolerance
        ).minimum[0]
        for name, w in zip(circuit.resistors, minimum, strict=True):
            alone = float(lesson.ohm(w))
            reason = "the minimum of its own part; the run stops a little before it"
            rows.append(within(f"{PLAIN[name]} by itself", "ohm", alone, ended[name], 0.03, reason))
    return tuple(rows)


def _separate_rows(lesson: Lesson) -> tuple[Quantity, ...]:
    """The three filters do not feel each other: the curvature has no entries between them."""
    H = gauss_newton(lesson.problem, lesson.forecast.minimum[0])
    between = torch.ones(4, 4, dtype=torch.bool)
    for block in ((0, 1), (1, 3), (3, 4)):
        between[block[0] : block[1], block[0] : block[1]] = False
    largest = float(H[between].abs().max() / H.abs().max())
    return (
        Quantity("curvature between filters", "of the largest", 0.0, largest, 1e-12, "each row has its own resistors"),
    )


def _surface_picture(lesson: Lesson) -> Picture:
    """The loss over both resistors of the band pass, with both paths."""
    from thalweg.draw import organ as draw

    x = torch.logspace(math.log10(5), math.log10(2000), 70, dtype=torch.float64)
    points = torch.cartesian_prod(x, x).flip(1)
    axis = points.log() if lesson.settings.parameter == "log" else points
    loss = torch.func.vmap(objective(lesson.problem), chunk_size=512)(axis).reshape(70, 70)
    start = lesson.ohm(lesson.problem.start)
    paths = {f"from {start[0]:.4g}, {start[1]:.4g} ohm": lesson.ohm(path(lesson.result, 0)[1])}
    paths[f"from {FAR_OHM:g}, {FAR_OHM:g} ohm"] = lesson.ohm(path(lesson.result, 1)[1])
    low, high = lesson.ohm(lesson.forecast.minimum[0]).tolist()
    return Picture(
        "Loss surface with both paths",
        "The loss over both resistances, on logarithmic axes. Upper right is the flat far corner, where descent crawls; the "
        f"minimum is at {low:.4g} and {high:.4g} ohm.",
        lambda: draw.loss_surface(x, x, loss, paths, (low, high), (LOW_STAGE, HIGH_STAGE)),
    )
