"""Homework 0, fall 2025, question 6: the map of weight scale and learning rate for three layers and for five, and why."""

import math

import numpy as np
import torch
from torch import Tensor

from thalweg.comparison import Comparison, Quantity
from thalweg.descent import run
from thalweg.experiments.result import Finding
from thalweg.experiments.scratch_pictures import pictures
from thalweg.experiments.scratch_settings import Depth
from thalweg.experiments.scratch_setup import HE, NETS, SMALL, Map, Task, make_task, tensors
from thalweg.progress import Report
from thalweg.scratch import FullyConnectedNet
from thalweg.scratch.starts import spread
from thalweg.subjects import classifiers

FEW = 10  # Good cells below which a map is too small to compare.
STANDARD_ERRORS = 5


def three_against_five(settings: Depth, report: Report) -> Finding:
    """The map of both networks by scratch, foreseen on the spine; signals layer by layer; and the answer."""
    task = make_task(settings)
    scales = torch.logspace(*_ends(settings.least_scale, settings.most_scale), settings.scales, dtype=torch.float64)
    rates = torch.logspace(*_ends(settings.least_lr, settings.most_lr), settings.rates, dtype=torch.float64)
    maps = {}
    for number, (name, layers) in enumerate(NETS.items()):
        maps[name] = _map(layers, scales, rates, task, lambda share, number=number: report((number + share) / 2.1))
    spans = {name: _spans(found, scales) for name, found in maps.items()}
    quantities = [
        *_narrower(spans),
        *(row for name, found in maps.items() for row in _rows(name, found, scales, rates, task)),
    ]
    predicted = {
        "good_share": {name: float(found.predicted.double().mean()) for name, found in maps.items()},
        "largest_stable_lr": {name: found.stable for name, found in maps.items()},
        "breaking_lr": {name: found.breaking for name, found in maps.items()},
        "predicted_good": {name: found.predicted for name, found in maps.items()},
    }
    measured = {
        "good_share": {name: float(found.good.double().mean()) for name, found in maps.items()},
        "scales": scales,
        "rates": rates,
        "train_accuracy": {name: found.accuracy for name, found in maps.items()},
        "median_factor_of_good_scales_at_a_rate": spans,
    }
    report(1.0)
    shown = pictures(maps, scales, rates, task)
    return Finding(Comparison(tuple(quantities)), predicted, measured, _why(maps, spans), shown, {})


def _ends(low: float, high: float) -> tuple[float, float]:
    return math.log10(low), math.log10(high)


def _map(layers: int, scales: Tensor, rates: Tensor, task: Task, report: Report) -> Map:
    rows = []
    for number, scale in enumerate(scales.tolist()):
        histories = [task.train(layers, scale, rate) for rate in rates.tolist()]
        best = rates.new_tensor([max(history.train_accuracy, default=0.0) for history in histories])
        rows.append((best, *_foreseen(task.net(layers, scale), rates, task)))
        report((number + 1) / len(scales))
    return Map(*(torch.stack(column) for column in zip(*rows, strict=True)))


def _foreseen(net: FullyConnectedNet, rates: Tensor, task: Task) -> tuple[Tensor, Tensor, Tensor]:
    """Before training: where the linearization learns every image and no step breaks a layer; and both learning rates.

    The linearization is descended on the spine, by as many steps on minibatches of the same size.
    """
    params, settings = tensors(net.params), task.settings
    _, grads = net.loss(task.data.X_train, task.data.y_train)
    problem = classifiers.linearized_problem(params, task.X, task.y)
    breaking = classifiers.breaking_lr(params, tensors(grads))
    curvature = classifiers.largest_curvature(problem)
    steps = settings.epochs * math.ceil(settings.images / settings.batch)
    starts = problem.start.expand(len(rates), -1)
    result = run(
        problem, lr=rates, starts=starts, steps=steps, batch=settings.batch, seed=settings.seed, keep=steps + 2, choice="eager"
    )  # fmt: skip
    outputs = torch.einsum("nkd,tbd->tbnk", problem.X[..., :-1], result.w) + problem.X[..., -1]
    learned = (outputs.argmax(-1) == task.y).all(-1)[1:].any(0)
    limit = 2 / curvature if curvature > 1e-6 else math.inf  # Saturated scores have none.
    return learned & (rates <= breaking), rates.new_tensor(limit), rates.new_tensor(breaking)


def _spans(found: Map, scales: Tensor) -> dict[str, float]:
    """At a fixed learning rate, the largest good weight scale over the least: the median over learning rates that have any."""
    spans = {}
    for what, good in (("measured", found.good), ("predicted", found.predicted)):
        factors = [float(scales[column].max() / scales[column].min()) for column in good.T if column.any()]
        spans[what] = float(np.median(factors)) if factors else math.nan
    return spans


def _rows(name: str, found: Map, scales: Tensor, rates: Tensor, task: Task) -> list[Quantity]:
    """What theory says of one network, and what training it from scratch gave."""
    return [
        *_overlap(name, found),
        *_upper_border(name, found, scales, rates, task.settings.hidden),
        _signals(name, task),
        _gradients(name, task),
        _checked(name, task),
    ]


def _overlap(name: str, found: Map) -> list[Quantity]:
    """How far the good region is the one that was foreseen; nothing is said of very small ones."""
    either, both = int((found.good | found.predicted).sum()), int((found.good & found.predicted).sum())
    count = int(found.good.sum())
    if count < FEW:
        return [Quantity(f"{name}: good cells", "", None, count, 0, "too few to compare")]
    title = f"{name}: good cells in both, measured and foreseen, beside those in either"
    return [Quantity(title, "", 1.0, both / either, 0.4 + 1 / math.sqrt(count), "borders are right to about a cell")]


def _narrower(spans: dict[str, dict[str, float]]) -> list[Quantity]:
    """The question itself: for how large a range of weight scales a learning rate does, for five layers beside three."""
    three, five = (spans[name] for name in NETS)
    if not all(math.isfinite(span["measured"]) for span in (three, five)):
        return []
    words = "fewer" if five["measured"] < three["measured"] else "as many or more"
    return [Quantity("weight scales that do at a fixed learning rate: five layers beside three", "", "fewer", words, 0,
                     "their band falls as a higher power of the scale")]  # fmt: skip


def _upper_border(name: str, found: Map, scales: Tensor, rates: Tensor, hidden: int) -> list[Quantity]:
    """How the largest good learning rate falls with the weight scale, where signals grow: as gradients beside weights do."""
    top = torch.where(found.good, rates, 0.0).amax(1)
    inside = (top > 0) & (top < rates[-1]) & (scales > 1.5 * spread(hidden, hidden, HE))
    if inside.sum() < 4:
        return []
    slope = float(np.polyfit(scales[inside].log().numpy(), top[inside].log().numpy(), 1)[0])
    off = float((top[inside].log() - found.breaking[inside].log()).exp().median())
    return [
        Quantity(f"{name}: power of the scale with which the largest good lr falls", "", float(1 - NETS[name]), slope, 0.5,
                 "weights grow as s, their gradients as s to the number of other layers"),
        Quantity(f"{name}: largest good lr, beside that at which a step breaks a layer", "times", 1.0, off, 1.0,
                 "a rule of thumb: right to a factor of 2"),
    ]  # fmt: skip


def _signals(name: str, task: Task) -> Quantity:
    found = task.squares[name, HE]
    error = found.signals.std(0) / math.sqrt(len(found.signals))
    off = ((found.signals.mean(0) - found.expected_signals) / error).abs().max()
    return Quantity(f"{name}: squares of signals, layer by layer", "standard errors off", 0.0, float(off), STANDARD_ERRORS,
                    "a ReLU keeps half of a symmetric square")  # fmt: skip


def _gradients(name: str, task: Task) -> Quantity:
    found = task.squares[name, SMALL]
    first, last = found.gradients.mean(0)[[0, -1]].tolist()
    expected = float(found.expected_gradients[0] / found.expected_gradients[-1])
    return Quantity(f"{name}, scale {SMALL}: square of the first layer's gradient beside the scores'", "", expected,
                    first / last, 0.3 * expected, f"chance over {len(found.gradients)} starts; order 1 / width")  # fmt: skip


def _checked(name: str, task: Task) -> Quantity:
    """The gradients by hand against torch's."""
    net = task.net(NETS[name], HE)
    _, grads = net.loss(task.data.X_train, task.data.y_train)
    params = {parameter: value.requires_grad_() for parameter, value in tensors(net.params).items()}
    loss = torch.nn.CrossEntropyLoss()(classifiers.scores(params, task.X), task.y)
    theirs = dict(zip(params, torch.autograd.grad(loss, list(params.values())), strict=True))
    far = [float((ours - theirs[key]).abs().max() / theirs[key].abs().max()) for key, ours in tensors(grads).items()]
    return Quantity(f"{name}: gradients by hand, from torch's", "of their size", 0.0, max(far), 1e-12, "rounding")


def _why(maps: dict[str, Map], spans: dict[str, dict[str, float]]) -> str:
    parts = {name: f"{float(found.good.double().mean()):.0%}" for name, found in maps.items()}
    three, five = NETS
    if not all(found.good.any() for found in maps.values()):
        return f"All images are learned in {parts[three]} of the map by {three}, in {parts[five]} by {five}: too little to say."
    spread = {name: f"{span['measured']:.2g}" for name, span in spans.items()}
    return (
        f"All images are learned in {parts[three]} of the map by {three} and in {parts[five]} by {five}; at a fixed learning "
        f"rate, weight scales within a factor of {spread[three]} do for {three}, of {spread[five]} for {five}. Signals and "
        "gradients are products over the layers: the gradient of a weight goes as the scale to the number of all other layers. "
        "So the learning rate at which a step breaks a layer falls as the inverse of the scale with three layers, but as its "
        "inverse cube with five, and whoever gets the scale wrong by 2 must change the learning rate by 2, or by 8."
    )
