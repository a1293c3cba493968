"""Homework 0, the ReLU elbow, (a) and (b): one unit, one training point, one step, at every learning rate."""

import itertools
import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from thalweg.comparison import Comparison, Quantity
from thalweg.descent import run
from thalweg.experiments.relu_settings import OneUnit
from thalweg.experiments.result import Finding, Picture
from thalweg.problem import Problem, objective
from thalweg.progress import Report
from thalweg.subjects import elbows
from thalweg.subjects.elbows import Unit

ASPECTS = ("elbow", "slope", "loss")
SAME = 1e-11  # What differs by less, beside its size, has not moved.
DECADES, A_DECADE = 3, 20  # How far around the learning rates that theory names runs look, and how closely.
ROUNDING = "rounding"

Bands = list[tuple[float, str]]  # Words, each with the learning rate from which it holds.


def one_unit(settings: OneUnit, report: Report) -> Finding:
    """The unit that is asked for, then the homework's cases, too high and too low."""
    unit = Unit(settings.w, settings.b, settings.x, settings.y)
    if unit.output == 0 < settings.w * settings.x + settings.b:
        raise ValueError(
            "settings: need a point off the elbow, or exactly on it, got w x + b = 0 but for rounding; change b"
        )
    own, predicted, measured = _own(unit, settings.lr)
    cases = {f"{name}, r = {r:+g}": elbows.case(name, r) for r in (1.0, -1.0) for name in elbows.CASES}
    rows = []
    for number, (name, case) in enumerate(cases.items()):
        rows.append(_at_every_rate(name, case))
        report((number + 1) / len(cases))
    predicted["at_every_lr"] = {row.name: row.predicted for row in rows}
    measured["at_every_lr"] = {row.name: row.measured for row in rows}
    comparison = Comparison((*own, *_critical(unit), *rows))
    return Finding(comparison, predicted, measured, _why(unit, settings.lr), _pictures(unit, settings.lr, cases), {})


def _own(unit: Unit, lr: float) -> tuple[list[Quantity], dict, dict]:
    """Elbow, slope and derivatives of one unit, and what one step makes of them: by formula, and by torch."""
    problem = elbows.unit_problem(unit)
    w, b = elbows.stepped(unit, lr)
    after = problem.start.new_tensor([w, b])
    torch_after = run(problem, lr=lr, steps=1, keep=2).final[0]
    to_output = torch.func.grad(lambda f: problem.loss.sample(f, problem.y).sum())(problem.outputs(problem.start))
    to_w, to_b = torch.func.grad(objective(problem))(problem.start).tolist()
    slope, place = _seen(problem, problem.start, unit)
    slope_after, place_after = _seen(problem, torch_after, unit)
    named = {
        "elbow": (unit.elbow, place),
        "slope": (unit.w, slope),
        "d loss / d phi": (unit.residual, float(to_output)),
        "d loss / d w": (unit.gradient[0], to_w),
        "d loss / d b": (unit.gradient[1], to_b),
        "elbow after the step": (float(elbows.elbow(after[0], after[1])), place_after),
        "slope after the step": (w, slope_after),
        "loss": (unit.residual**2 / 2, float(objective(problem)(problem.start))),
        "loss after the step": ((max(0.0, w * unit.x + b) - unit.y) ** 2 / 2, float(objective(problem)(torch_after))),
    }
    size = 1 + max(abs(value) for value in (unit.w, unit.b, unit.x, unit.y, w, b))
    rows = [Quantity(name, "", *_known(*pair), 1e-9 * size, ROUNDING) for name, pair in named.items()]
    effect = elbows.effect(unit, lr)
    words = [", ".join(found) for found in (effect, _effects(unit, [lr])[0])]
    rows.append(Quantity("what the step does: elbow, slope, loss", "", words[0], words[1], 0, "the conditions on lr"))
    return rows, {name: pair[0] for name, pair in named.items()}, {name: pair[1] for name, pair in named.items()}


def _known(predicted: float, measured: float) -> tuple[float | str, float | str]:
    """Two numbers, in words where there is none."""
    return ("none" if math.isnan(predicted) else predicted), ("none" if math.isnan(measured) else measured)


def _seen(problem: Problem, w: Tensor, unit: Unit) -> tuple[float, float]:
    """Slope and elbow as the function itself shows them: from two values on the side where it is on."""
    if w[0] == 0:
        return 0.0, math.nan
    far = float(torch.sign(w[0])) * (1 + 2 * float((w[1] / w[0]).abs()) + abs(unit.x))
    at = w.new_tensor([far, 2 * far])
    low, high = problem.model(w, at).tolist()
    slope = (high - low) / far
    return slope, far - low / slope


def _effects(unit: Unit, rates: Sequence[float]) -> list[tuple[str, str, str]]:
    """What one step of every learning rate does to elbow, slope and loss, by running it."""
    problem = elbows.unit_problem(unit)
    start = problem.start.expand(len(rates), -1)
    result = run(problem, lr=problem.start.new_tensor(rates), starts=start, steps=1, keep=2, choice="eager")
    w, b = result.final.T
    before, after = result.loss[0], result.loss[-1]
    least = (SAME * (abs(unit.w * unit.x) + abs(unit.b) + abs(unit.y))) ** 2
    found = zip(w.tolist(), elbows.elbow(w, b).tolist(), after.tolist(), before.tolist(), strict=True)
    return [
        (
            "gone" if slope == 0 else _change(unit.elbow, place, "right", "left", "stays"),
            _slope_word(slope, unit.w),
            _change(old, new, "rises", "falls", "stays", least),
        )
        for slope, place, new, old in found
    ]


def _change(before: float, after: float, more: str, less: str, neither: str, least: float = 0.0) -> str:
    if abs(after - before) <= max(SAME * (abs(before) + abs(after)), least):
        return neither
    return more if after > before else less


def _slope_word(after: float, before: float) -> str:
    if after == 0:
        return "flat"
    turned = after * before < 0
    word = _change(abs(before), abs(after), "steeper", "shallower", "as steep" if turned else "unchanged")
    return f"turned over and {word}" if turned else word


def _span(unit: Unit) -> tuple[float, float]:
    """The learning rates that matter: those at which something changes, and three decades around them."""
    known = [rate for rate in (*elbows.rates(unit), 2 / (1 + unit.x**2)) if math.isfinite(rate)]
    return min(known) / 10**DECADES, max(known) * 10**DECADES


def _by_runs(unit: Unit) -> list[Bands]:
    """The words that hold from each learning rate on, for every aspect: a fine scale, and each change narrowed down."""
    low, high = _span(unit)
    count = int(A_DECADE * math.log10(high / low)) + 2
    scale = torch.logspace(math.log10(low), math.log10(high), count, dtype=torch.float64).tolist()
    effects = _effects(unit, scale)
    return [_bands(unit, aspect, scale, [effect[aspect] for effect in effects]) for aspect in range(len(ASPECTS))]


def _bands(unit: Unit, aspect: int, scale: list[float], words: list[str]) -> Bands:
    pairs = zip(itertools.pairwise(scale), itertools.pairwise(words), strict=True)
    changes = [(_border(unit, aspect, *ends, old), new) for ends, (old, new) in pairs if old != new]
    return [(0.0, words[0]), *changes]


def _border(unit: Unit, aspect: int, low: float, high: float, old: str) -> float:
    """Where a word that holds at the lower of two learning rates ceases to hold: the last such place."""
    for _ in range(3):
        between = torch.linspace(low, high, 257, dtype=torch.float64).tolist()
        seen = [effect[aspect] for effect in _effects(unit, between[:-1])]
        last = max(place for place, word in enumerate(seen) if word == old)
        low, high = between[last], between[last + 1]
    return (low + high) / 2


def _by_conditions(unit: Unit, aspect: int) -> Bands:
    """The same from the exact conditions: the word that holds between the learning rates at which something changes."""
    borders = [0.0, *sorted({rate for rate in elbows.rates(unit) if math.isfinite(rate)})]
    ends = [*borders[1:], 2 * borders[-1] + 2]
    words = [elbows.effect(unit, (low + high) / 2)[aspect] for low, high in zip(borders, ends, strict=True)]
    return [next(same) for _, same in itertools.groupby(zip(borders, words, strict=True), lambda pair: pair[1])]


def _sentence(found: Bands, at: Callable[[float], str]) -> str:
    """The words with the learning rates from which they hold, and what holds at such a rate itself if that is neither."""
    text = found[0][1]
    for (_, old), (rate, new) in itertools.pairwise(found):
        border = float(f"{rate:.6g}")
        text += f", at {border:.4g} {at(border)}" if at(border) not in (old, new) else ""
        text += f", over {border:.4g} {new}"
    return text


def _at_every_rate(name: str, unit: Unit) -> Quantity:
    """One case at every learning rate: where the elbow goes, what the slope does, whether the loss falls."""
    theory, seen = [], []
    for aspect, (word, bands) in enumerate(zip(ASPECTS, _by_runs(unit), strict=True)):
        known = _by_conditions(unit, aspect)
        theory.append(f"{word} {_sentence(known, lambda rate, aspect=aspect: elbows.effect(unit, rate)[aspect])}")
        seen.append(f"{word} {_sentence(bands, lambda rate, aspect=aspect: _effects(unit, [rate])[0][aspect])}")
    return Quantity(
        name, "", "; ".join(theory), "; ".join(seen), 0, "the conditions are exact; runs find them to 4 digits"
    )


def _critical(unit: Unit) -> list[Quantity]:
    """The learning rates at which something changes for the unit that was asked for, or what holds at every one."""
    by_runs, rows = _by_runs(unit), []
    for aspect, number, name in (
        (1, 1, "lr over which the slope has turned over"),
        (1, 2, "lr over which it has turned over and is steeper than before"),
        (2, 1, "lr up to which the loss falls"),
    ):
        predicted, measured = (_change_at(bands, number) for bands in (_by_conditions(unit, aspect), by_runs[aspect]))
        within = 0 if isinstance(predicted, str) else 1e-6 * predicted
        rows.append(Quantity(name, "", predicted, measured, within, "runs narrow it down"))
    return rows


def _change_at(bands: Bands, number: int) -> float | str:
    """The learning rate of the first or the second change, or what holds at every one."""
    return bands[number][0] if len(bands) > number else f"{bands[0][1]} at every lr"


def _why(unit: Unit, lr: float) -> str:
    if unit.output == 0:
        return "The unit is off at the training point, so every derivative is 0 and no step changes anything."
    if unit.residual == 0:
        return "The prediction is right, so every derivative is 0 and no step changes anything."
    effect, (turn, _, off, _) = elbows.effect(unit, lr), elbows.rates(unit)
    moved = {"right": "moves right", "left": "moves left", "stays": "stays", "gone": "ceases to exist"}[effect.elbow]
    output = "the unit is switched off at x" if lr >= off else "the output at x moves by lr r (1 + x^2)"
    slope = effect.slope.replace("turned over and", "turns over and is") if lr > turn else f"is {effect.slope}"
    beyond = (
        f"at lr = w / (r x) = {turn:.4g} there is no elbow, beyond it goes the other way, and from twice that on the slope "
        "that has turned over is steeper than before"
        if math.isfinite(turn)
        else "no learning rate turns this slope over"
    )
    return (
        f"The step takes lr r x from the slope and lr r from the bias: the slope {slope}, the elbow {moved}, and the loss "
        f"{effect.loss}, since {output}, whatever slope and elbow do. The elbow goes right where r (w - b x) > 0, as long "
        f"as the slope keeps its sign; {beyond}."
    )


def _pictures(unit: Unit, lr: float, cases: dict[str, Unit]) -> tuple[Picture, ...]:
    from thalweg.draw import elbows as draw

    high, low = (
        {name.removesuffix(end): case for name, case in cases.items() if name.endswith(end)}
        for end in (", r = +1", ", r = -1")
    )
    return (
        Picture(
            "The unit before and after the step",
            "The training point pulls the unit towards itself. Slope and bias both answer, and the elbow goes where the two "
            "together send it.",
            lambda: draw.one_step(unit, lr),
        ),
        *_case_pictures(high, low, lr),
        *_rate_pictures(high, low),
    )


def _case_pictures(high: dict[str, Unit], low: dict[str, Unit], lr: float) -> tuple[Picture, ...]:
    """The homework's cases before and after the step."""
    from thalweg.draw import elbows as draw

    return (
        Picture(
            "The homework's cases, 1 too high",
            f"Every case before and after a step of lr = {lr:g}; the prediction is 1 above the target.",
            lambda: draw.cases(high, lr),
        ),
        Picture(
            "The homework's cases, 1 too low",
            "The same units with a target 1 above their prediction: every move is the opposite one, as long as lr is small.",
            lambda: draw.cases(low, lr),
        ),
    )


def _rate_pictures(high: dict[str, Unit], low: dict[str, Unit]) -> tuple[Picture, ...]:
    """The same cases over the learning rate."""
    from thalweg.draw.rate_bands import rate_bands

    return (
        Picture(
            "At every learning rate, 1 too high",
            "Over the learning rate, case by case: where the elbow goes, what becomes of the slope, whether the loss falls.",
            lambda: rate_bands(high, 1e-2, 1e2),
        ),
        Picture(
            "At every learning rate, 1 too low",
            "The same with the target 1 above. A unit that is pulled up never switches off, so its loss falls up to "
            "lr = 2 / (1 + x^2) only.",
            lambda: rate_bands(low, 1e-2, 1e2),
        ),
    )
