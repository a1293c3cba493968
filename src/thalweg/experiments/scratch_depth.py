"""Homework 0, fall 2025, question 6: the map of weight scale and learning rate for three layers and for five, and why."""

import math

import numpy as np
import torch
from torch import Tensor

from thalweg.comparison import Comparison, Quantity
from thalweg.experiments.result import Finding
from thalweg.experiments.scratch_forecast import foresee, grid
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
    scales = grid(settings.least_scale, settings.most_scale, settings.scales)
    rates = grid(settings.least_lr, settings.most_lr, settings.rates)
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


def _map(layers: int, scales: Tensor, rates: Tensor, task: Task, report: Report) -> Map:
    """What is foreseen, then every training."""
    foreseen = foresee(layers, scales, rates, task, lambda share: report(share / 4))
    rows, stable = [], []
    for number, scale in enumerate(scales.tolist(), 1):
        histories = [task.train(layers, scale, rate) for rate in rates.tolist()]
        rows.append(rates.new_tensor([max(history.train_accuracy, default=0.0) for history in histories]))
        stable.append(_largest_stable_lr(task.net(layers, scale), task))
        report((1 + 3 * number / len(scales)) / 4)
    return Map(torch.stack(rows), foreseen.good, rates.new_tensor(stable), foreseen.breaking)


def _largest_stable_lr(net: FullyConnectedNet, task: Task) -> float:
    """2 / the largest curvature of the linearization at the start; saturated scores have none."""
    curvature = classifiers.largest_curvature(classifiers.linearized_problem(tensors(net.params), task.X, task.y))
    return 2 / curvature if curvature > 1e-6 else math.inf


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
        return []  # `_why` says so.
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
                 "a rule of thumb: no more than twice it, and in deep networks a good part less"),
    ]  # fmt: skip


def _signals(name: str, task: Task) -> Quantity:
    """The square of the signal in the layer in which it is the most standard errors off."""
    found = task.squares[name, HE]
    error = found.signals.std(0) / math.sqrt(len(found.signals))
    mean, expected = found.signals.mean(0), found.expected_signals
    layer = int(((mean - expected) / error).abs().argmax())
    title = f"{name}, scale of He: square of layer {layer + 1}'s signal, the farthest off"
    why = f"a ReLU keeps half of a symmetric square; {STANDARD_ERRORS} standard errors over {len(found.signals)} starts"
    return Quantity(title, "", float(expected[layer]), float(mean[layer]), STANDARD_ERRORS * float(error[layer]), why)


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
    few = [f"{name} in {int(found.good.sum())} cells" for name, found in maps.items() if found.good.sum() < FEW]
    if few:
        cells = " and by ".join(few)
        return f"Every image is learned by {cells} of the map: too few to say more. Train longer, or widen the map."
    spread = {name: _factor(span["measured"]) for name, span in spans.items()}
    return (
        f"All images are learned in {parts[three]} of the map by {three} and in {parts[five]} by {five}; at a fixed learning "
        f"rate, {spread[three]} for {three}, {spread[five]} for {five}. Signals and gradients are products over the layers: "
        "the gradient of a weight goes as the scale to the number of all other layers. So the learning rate at which a step "
        "breaks a layer falls as the inverse of the scale with three layers, but as its inverse cube with five, and whoever "
        "gets the scale wrong by 2 must change the learning rate by 2, or by 8."
    )


def _factor(span: float) -> str:
    """How far good weight scales reach, in words."""
    return "a single weight scale of the map does" if span == 1 else f"weight scales within a factor of {span:.2g} do"
