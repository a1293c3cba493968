"""What there is to see of a lesson on the colour organ; each caption says what its picture shows, with the numbers."""

import functools
import math
from typing import Any

import torch
from torch import Tensor

from thalweg.descent import path
from thalweg.draw.wording import counted, said
from thalweg.experiments.organ_setup import Lesson, minimum, step_by_step
from thalweg.experiments.result import Picture
from thalweg.linearization import pulls
from thalweg.problem import objective
from thalweg.subjects import organ
from thalweg.subjects.organ import BAND_PASS, HIGH_PASS, Circuit

SNAPSHOTS = 7  # Moments of a run that a picture shows at once.


def standard_pictures(lesson: Lesson) -> tuple[Picture, ...]:
    """The pictures of a circuit with one resistor and one lamp."""
    return (
        parameters_picture(lesson),
        gain_picture(lesson, 0, lesson.circuit.name, "Transfer function as it is learned"),
        lamps_picture(lesson),
        loss_picture(lesson),
        war_picture(lesson),
        gradient_picture(lesson),
    )


def kind(circuit: Circuit) -> str:
    """Whose colours a circuit with one lamp has: low, band or high."""
    return {HIGH_PASS.name: "high", BAND_PASS.name: "band"}.get(circuit.name, "low")


def parameters_picture(lesson: Lesson) -> Picture:
    """Resistances over steps, with the forecast behind them."""
    from thalweg.draw import organ as draw

    t, w = path(lesson.result)
    last = int(min(float(lesson.forecast.steps[0]), float(lesson.forecast.t[-1])))
    moments = lesson.forecast.t[lesson.forecast.t <= last]
    theory = lesson.forecast.w[: len(moments), 0]
    names, R = lesson.names, lesson.ohm(w)
    desired = dict(zip(names, organ.desired_ohm(lesson.circuit).tolist(), strict=True))
    how = (
        "took these long steps one by one as well, and so is descent itself"
        if step_by_step(lesson)
        else "was computed beforehand, from the flow where steps are short"
    )
    ends = "; ".join(
        f"{name} from {said(float(a))} to {said(float(b), 4)} ohm"
        for name, a, b in zip(names, R[0], R[-1], strict=True)
    )
    return Picture(
        "Resistance over steps",
        f"The run over its forecast (wide, dashed), which {how}; dotted, the resistances that the data were made with. "
        f"In {counted(int(t[-1]), 'step')}: {ends}.",
        lambda: draw.parameters_over_steps(
            t, R, moments, lesson.ohm(theory), desired, names, "ohm", "resistance", _colours(lesson)
        ),
    )


def gain_picture(lesson: Lesson, column: int, name: str, title: str = "") -> Picture:
    """One filter's gain as it is learned: curves from the start to the end."""
    from thalweg.draw import organ as draw

    t, w = path(lesson.result)
    hz, circuit, R = lesson.problem.X, lesson.circuit, lesson.ohm(w)

    def gain(ohm: Tensor) -> Tensor:
        return circuit.gain(ohm, hz, organ.FARAD).reshape(len(hz), -1)[:, column]

    shown = torch.linspace(0, len(t) - 1, SNAPSHOTS).round().long().unique().tolist()
    on = organ.lamps(circuit, hz).reshape(len(hz), -1)[:, column]
    curves, wanted = [(int(t[i]), gain(R[i])) for i in shown], gain(organ.desired_ohm(circuit))
    before, after = ((gain(R[i]) - wanted).abs().max() for i in (0, -1))
    return Picture(
        title or f"The {name} as it is learned",
        f"Gain over frequency at {counted(len(shown), 'moment')} of the way, from light to dark; dotted, the desired one. It "
        f"is off by up to {said(float(before), 2)} at the start and by {said(float(after), 2)} in the end.",
        lambda: draw.gain_learned(hz, wanted, curves, on, "step", name.split()[0]),
    )


def lamps_picture(lesson: Lesson) -> Picture:
    """Lamps, desired and learned."""
    from thalweg.draw import organ as draw

    hz, circuit = lesson.problem.X, lesson.circuit
    desired = organ.lamps(circuit, hz).reshape(len(hz), -1)
    learned = (circuit.gain(lesson.ohm(lesson.result.final[0]), hz, organ.FARAD) > organ.ON).reshape(len(hz), -1)
    names = ["low, ", "band, ", "high, "] if desired.shape[1] == 3 else [""]
    rows = {}
    for i, name in enumerate(names):
        rows |= {f"{name}desired": desired[:, i], f"{name}learned": learned[:, i]}
    wrong = int((desired != learned).sum())
    return Picture(
        "Lamps",
        f"Filled is on, hollow is off: what was asked for and what was learned; {wrong} of {desired.numel()} lamps differ.",
        lambda: draw.lamp_bars(hz, rows, kind(circuit)),
    )


def loss_picture(lesson: Lesson) -> Picture:
    """The loss over one resistance, with the run's path on it."""
    from thalweg.draw import organ as draw

    t, w = path(lesson.result)
    R, bottom = lesson.ohm(w)[:, 0], float(lesson.ohm(minimum(lesson)))
    inside = R[(R > 0) & R.isfinite()]
    marks = {"desired": float(organ.desired_ohm(lesson.circuit))} | ({"minimum": bottom} if bottom > 0 else {})
    low, high = min(float(inside.min()), *marks.values()) / 4, max(float(inside.max()), *marks.values()) * 4
    ohm = torch.logspace(math.log10(low), math.log10(high), 200, dtype=torch.float64)
    axis = ohm.log() if lesson.settings.parameter == "log" else ohm
    value = torch.func.vmap(objective(lesson.problem))
    losses = lesson.result.loss[: len(t), 0]
    rests = f"The minimum is at {said(bottom, 4)} ohm" if bottom > 0 else "There is no minimum"
    return Picture(
        "Loss surface with the path on it",
        f"The loss over the resistance: far above the minimum an ohm changes little, so that large starts take long. "
        f"{rests}; descent comes from {said(float(losses[0]))} at {said(float(R[0]))} ohm to {said(float(losses[-1]))} at "
        f"{said(float(R[-1]), 4)} ohm.",
        lambda: draw.loss_curve(ohm, value(axis.unsqueeze(1)), R, losses, marks),
    )


def gradient_picture(lesson: Lesson) -> Picture:
    """The total gradient over steps."""
    from thalweg.draw import organ as draw

    t, _ = path(lesson.result)
    gradient, tolerance = lesson.result.gradient[: len(t), 0], lesson.settings.tolerance
    title, unit = (
        ("|d loss / d ln R|", "") if lesson.settings.parameter == "log" else ("|d loss / d R| (1/ohm)", " per ohm")
    )
    return Picture(
        "Total gradient",
        f"The size of the total gradient over the steps, from {said(float(gradient[0].abs().max()))} to "
        f"{said(float(gradient[-1].abs().max()))}{unit} where it is largest; below the dashed tolerance (or a loss below it) "
        "descent stops.",
        lambda: draw.gradient_over_steps(t, gradient, lesson.names, tolerance, title, _colours(lesson)),
    )


def _colours(lesson: Lesson) -> tuple[str, ...]:
    from thalweg.draw import lamps, style

    if lesson.circuit is BAND_PASS:
        return lamps.RESISTORS[1:3]
    return lamps.RESISTORS if len(lesson.circuit.resistors) > 1 else (style.RUN,)


def war_picture(lesson: Lesson) -> Picture:
    """Who pulls at the resistance, step by step."""
    t, w = path(lesson.result)
    last = float(lesson.result.gradient[len(t) - 1, 0, 0])
    way = "balanced" if abs(last) < lesson.settings.tolerance else f"towards {'smaller' if last > 0 else 'larger'} R"
    return Picture(
        "Tug of war",
        "The derivative of each lamp's own cost in the resistance, step by step: a positive one makes R smaller. Below, all "
        f"positive and all negative pulls added up; descent rests where the two sides balance. In the end they are {way}.",
        functools.partial(_tug_of_war, lesson, t, w),
    )


def _tug_of_war(lesson: Lesson, t: Tensor, w: Tensor) -> Any:  # noqa: ANN401
    from thalweg.draw import organ as draw

    kept = torch.linspace(0, len(t) - 1, 120).round().long().unique()
    name, unit = ("ln R", "") if lesson.settings.parameter == "log" else ("R", "1/ohm")
    hz = lesson.problem.X
    on = organ.lamps(lesson.circuit, hz)
    return draw.tug_of_war(hz, t[kept], pulls(lesson.problem, w[kept])[..., 0], on, name, unit)
