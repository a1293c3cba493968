"""Part (h) of the colour organ: two Bode lines fitted to a transfer function in dB."""

import math
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from thalweg import losses
from thalweg.comparison import Comparison, Quantity, compare, within
from thalweg.descent import Run, path, run
from thalweg.draw.wording import said
from thalweg.experiments.organ_finding import looked, same_steps
from thalweg.experiments.organ_settings import Settings
from thalweg.experiments.organ_setup import frequencies, is_same, log_rate
from thalweg.experiments.result import Finding, Picture
from thalweg.forecast import Forecast, predict
from thalweg.problem import Problem
from thalweg.progress import Report
from thalweg.subjects import organ, organ_theory
from thalweg.subjects.organ import BAND_PASS

NAMES = ("band_pass_low", "band_pass_high")
PLAIN = ("corner of the low-pass stage", "corner of the high-pass stage")


def bode(settings: Settings, report: Report) -> Finding:
    """Learn both corners by descent; hold them against the condition that best corners meet."""
    problem = _problem(settings)
    rate = settings.lr or (log_rate(problem) if settings.parameter == "log" else 1000.0)
    forecast = predict(problem, lr=rate, steps=settings.steps, tolerance=settings.tolerance)
    steps = float(forecast.steps[0])
    expect = steps if math.isfinite(steps) else None
    result = run(problem, lr=rate, steps=settings.steps, tolerance=settings.tolerance, expect=expect, report=report)
    learned, stopped = _hz(settings, result.final[0]), _hz(settings, forecast.stop[0])
    rows = [*_steps_rows(settings, forecast, result), *_corner_rows(settings, forecast, result)]
    why = (
        "The lines are the asymptotes of the true curve, which lies below them around each corner; over six decades the fit "
        "trades that for a bias of 3 to 4 per cent. Only over an ever wider range do the corners reach the cut-offs."
    )
    predicted = {
        **_numbers(stopped),
        "steps": int(steps) if math.isfinite(steps) else None,
        "largest_stable_lr": float(forecast.largest_stable_lr),
        "outcome": forecast.outcome[0].words,
    }
    measured = {**_numbers(learned), "steps": int(result.steps), "outcome": result.outcome[0].words}
    pictures = _pictures(settings, problem, forecast, result, learned)
    return Finding(Comparison(tuple(rows)), predicted, measured, why, pictures, {"lr": rate})


def _steps_rows(settings: Settings, forecast: Forecast, result: Run) -> list[Quantity]:
    """Steps, outcome and path; of steps that the forecast took one by one too, only how it ended."""
    log = settings.parameter == "log"
    rows = [q for q in compare(forecast, result, unit="" if log else "rad/s").quantities if q.name not in NAMES]
    if is_same(forecast, result):
        return [*(q for q in rows if q.name == "outcome"), same_steps(int(result.updates))]
    return [replace(q, name="path in ln corner") if q.name == "path" and log else looked(q) for q in rows]


def _corner_rows(settings: Settings, forecast: Forecast, result: Run) -> list[Quantity]:
    """Both corners: against the flow where the forecast followed one, and against the best fit."""
    problem, rows = forecast.problem, []
    learned, stopped = _hz(settings, result.final[0]), _hz(settings, forecast.stop[0])
    best = organ_theory.bode_cutoffs_hz(problem.X, problem.y)
    reason = "the mean error beyond a best corner is zero; the run stops on the tolerance"
    for name, theory, stop, found in zip(PLAIN, best, stopped, learned, strict=True):
        if not is_same(forecast, result):
            rows.append(within(f"{name} at the tolerance", "Hz", stop, found, 1e-3, "the flow"))
        if settings.data != "tones":
            rows.append(within(f"{name} at the best fit", "Hz", theory, found, 2e-3, reason))
    return rows


def _problem(settings: Settings) -> Problem:
    hz = frequencies(settings)
    db = 20 * organ.gain(BAND_PASS, organ.desired_ohm(BAND_PASS), hz).log10()
    start = 1 / (organ.FARAD * torch.tensor(settings.start, dtype=torch.float64).expand(2))
    loss = losses.squared(2 / len(hz))
    shapes: dict[str, tuple[int, ...]] = dict.fromkeys(NAMES, ())
    if settings.parameter == "log":
        return Problem(_log_lines, hz, db, start.log(), loss, shapes)
    return Problem(organ.bode_db, hz, db, start.clone(), loss, shapes, lower=0.0)


def _log_lines(w: Tensor, hz: Tensor) -> Tensor:
    return organ.bode_db(w.exp(), hz)


def _hz(settings: Settings, w: Tensor) -> list[float]:
    return ((w.exp() if settings.parameter == "log" else w) / (2 * math.pi)).tolist()


def _numbers(hz: list[float]) -> dict[str, dict[str, float]]:
    """Corners, and the resistors that have them as cut-offs."""
    return {
        "hz": dict(zip(NAMES, hz, strict=True)),
        "ohm": {name: 1 / (2 * math.pi * organ.FARAD * f) for name, f in zip(NAMES, hz, strict=True)},
    }


def _pictures(
    settings: Settings, problem: Problem, forecast: Forecast, result: Run, learned: list[float]
) -> tuple[Picture, ...]:
    from thalweg.draw import organ as draw

    lines = {"lines at the start": problem.outputs(problem.start), "lines learned": problem.outputs(result.final[0])}
    cutoffs = {"low-pass stage": learned[0], "high-pass stage": learned[1]}
    found = " and ".join(f"{said(each, 4)} Hz" for each in learned)
    true = " and ".join(f"{said(each, 4)} Hz" for each in BAND_PASS.cutoff_hz)
    return (
        Picture(
            "Bode lines",
            f"The true gain in dB and the two lines at the start and after learning, whose corners are at {found}.",
            lambda: draw.bode(problem.X, problem.y, lines, cutoffs),
        ),
        Picture(
            "Corners over steps",
            f"Both corners over the steps, the forecast behind them: learned at {found}; dotted, the cut-offs at {true}.",
            lambda: _over_steps(settings, forecast, result),
        ),
        Picture(
            "Total gradient",
            "The size of the total gradient over the steps; below the dashed tolerance descent stops.",
            lambda: _gradients(settings, result),
        ),
    )


def _over_steps(settings: Settings, forecast: Forecast, result: Run) -> Any:  # noqa: ANN401
    from thalweg.draw import lamps
    from thalweg.draw import organ as draw

    t, w = path(result)
    moments = forecast.t[forecast.t <= int(t[-1])]
    corners, theory = ((v.exp() if settings.parameter == "log" else v) / (2 * math.pi) for v in (w, forecast.w[:, 0]))
    desired = dict(zip(PLAIN, BAND_PASS.cutoff_hz, strict=True))
    return draw.parameters_over_steps(
        t, corners, moments, theory[: len(moments)], desired, list(PLAIN), "Hz", "corner", lamps.RESISTORS[1:3]
    )


def _gradients(settings: Settings, result: Run) -> Any:  # noqa: ANN401
    from thalweg.draw import lamps
    from thalweg.draw import organ as draw

    t, _ = path(result)
    title = "|d loss / d ln corner|" if settings.parameter == "log" else "|d loss / d corner| (s/rad)"
    gradient = result.gradient[: len(t), 0]
    return draw.gradient_over_steps(t, gradient, list(PLAIN), settings.tolerance, title, lamps.RESISTORS[1:3])
