"""Homework 0, fall 2025, question 6: the map of weight scale and learning rate for three layers and for five, and why."""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from thalweg.comparison import Comparison, Quantity
from thalweg.descent import run
from thalweg.experiments.result import Finding, Picture
from thalweg.experiments.scratch_settings import Depth
from thalweg.progress import Report
from thalweg.scratch import Data, FullyConnectedNet, History, Recipe, train
from thalweg.scratch.images import TRAINING_FILES, read_batch
from thalweg.subjects import classifiers, tables

NETS = {"three layers": 2, "five layers": 4}  # Hidden layers.
FEW = 10  # Good cells below which a map is too small to compare.
DRAWS = 30  # Starts over which signals are averaged.
STANDARD_ERRORS = 5
SCALES_SHOWN = (0.05, "he", 0.5)  # At which signals are shown layer by layer.


@dataclass(frozen=True)
class Map:
    """One network over weight scales and learning rates: what training reached, and what was foreseen."""

    accuracy: Float[Tensor, "s l"]
    predicted: Bool[Tensor, "s l"]
    stable: Float[Tensor, " s"]
    breaking: Float[Tensor, " s"]

    @property
    def good(self) -> Bool[Tensor, "s l"]:
        """Where every image was learned."""
        return self.accuracy == 1


def three_against_five(settings: Depth, report: Report) -> Finding:
    """The map of both networks by scratch, foreseen on the spine; signals layer by layer; and the answer."""
    data = _images(settings)
    scales = torch.logspace(*_ends(settings.least_scale, settings.most_scale), settings.scales, dtype=torch.float64)
    rates = torch.logspace(*_ends(settings.least_lr, settings.most_lr), settings.rates, dtype=torch.float64)
    maps = {}
    for number, (name, layers) in enumerate(NETS.items()):
        maps[name] = _map(
            layers, scales, rates, data, settings, lambda share, number=number: report((number + share) / 2.1)
        )
    spans = {name: _spans(found, scales) for name, found in maps.items()}
    quantities = [
        *_narrower(spans),
        *(row for name, found in maps.items() for row in _rows(name, found, scales, rates, data, settings)),
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
    shown = _pictures(maps, scales, rates, data, settings)
    return Finding(Comparison(tuple(quantities)), predicted, measured, _why(maps, spans), shown, {})


def _ends(low: float, high: float) -> tuple[float, float]:
    return math.log10(low), math.log10(high)


def _images(settings: Depth) -> Data:
    """The images to overfit; they are also what the best parameters are chosen by."""
    chance = np.random.default_rng(settings.seed)
    if settings.cifar is None:
        X, y = (part.numpy() for part in tables.digits())
    else:
        X, y = read_batch(Path(settings.cifar) / TRAINING_FILES[0])
        X = X.reshape(len(X), -1)
    if len(X) < settings.images:
        raise ValueError(f"settings: need at most {len(X)} images, as many as there are, got {settings.images}")
    drawn = chance.permutation(len(X))[: settings.images]
    X = (X[drawn] - X.mean(axis=0)) / (1 if settings.cifar is None else 255)
    return Data(X, y[drawn], X, y[drawn])


def _net(layers: int, scale: float | str, data: Data, settings: Depth, seed: int = 0) -> FullyConnectedNet:
    hidden = [settings.hidden] * layers
    return FullyConnectedNet(
        hidden, data.X_train.shape[1], 10, weight_scale=scale, dtype=np.float64, seed=settings.seed + seed
    )


def _map(layers: int, scales: Tensor, rates: Tensor, data: Data, settings: Depth, report: Report) -> Map:
    rows = []
    for number, scale in enumerate(scales.tolist()):
        accuracy = [_trained(_net(layers, scale, data, settings), rate, data, settings) for rate in rates.tolist()]
        best = rates.new_tensor([max(history.train_accuracy, default=0.0) for history in accuracy])
        rows.append((best, *_foreseen(_net(layers, scale, data, settings), rates, data, settings)))
        report((number + 1) / len(scales))
    return Map(*(torch.stack(column) for column in zip(*rows, strict=True)))


def _trained(net: FullyConnectedNet, lr: float, data: Data, settings: Depth) -> History:
    recipe = Recipe(lr=lr, batch_size=settings.batch, epochs=settings.epochs, seed=settings.seed)
    return train(net, data, recipe)


def _tensors(arrays: dict[str, np.ndarray]) -> dict[str, Tensor]:
    return {name: torch.from_numpy(value) for name, value in arrays.items()}


def _foreseen(net: FullyConnectedNet, rates: Tensor, data: Data, settings: Depth) -> tuple[Tensor, Tensor, Tensor]:
    """Before training: where the linearization learns every image and no step breaks a layer; and both learning rates.

    The linearization is descended on the spine, by as many steps on minibatches of the same size.
    """
    params, (X, y) = _tensors(net.params), (torch.from_numpy(data.X_train), torch.from_numpy(data.y_train))
    with np.errstate(over="ignore", invalid="ignore"):
        _, grads = net.loss(data.X_train, data.y_train)
    problem = classifiers.linearized_problem(params, X, y)
    breaking = classifiers.breaking_lr(params, _tensors(grads))
    curvature = classifiers.largest_curvature(problem)
    steps = settings.epochs * math.ceil(settings.images / settings.batch)
    starts = problem.start.expand(len(rates), -1)
    result = run(
        problem, lr=rates, starts=starts, steps=steps, batch=settings.batch, seed=settings.seed, keep=steps + 2, choice="eager"
    )  # fmt: skip
    outputs = torch.einsum("nkd,tbd->tbnk", problem.X[..., :-1], result.w) + problem.X[..., -1]
    learned = (outputs.argmax(-1) == y).all(-1)[1:].any(0)
    limit = 2 / curvature if curvature > 1e-6 else math.inf  # Saturated scores have none.
    return learned & (rates <= breaking), rates.new_tensor(limit), rates.new_tensor(breaking)


def _spans(found: Map, scales: Tensor) -> dict[str, float]:
    """At a fixed learning rate, the largest good weight scale over the least: the median over learning rates that have any."""
    spans = {}
    for what, good in (("measured", found.good), ("predicted", found.predicted)):
        factors = [float(scales[column].max() / scales[column].min()) for column in good.T if column.any()]
        spans[what] = float(np.median(factors)) if factors else math.nan
    return spans


def _rows(name: str, found: Map, scales: Tensor, rates: Tensor, data: Data, settings: Depth) -> list[Quantity]:
    """What theory says of one network, and what training it from scratch gave."""
    layers = NETS[name]
    return [
        *_overlap(name, found),
        *_upper_border(name, found, scales, rates, settings, layers),
        _signals(name, layers, data, settings),
        _gradients(name, layers, data, settings),
        _checked(name, layers, data, settings),
    ]  # fmt: skip


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


def _upper_border(name: str, found: Map, scales: Tensor, rates: Tensor, settings: Depth, layers: int) -> list[Quantity]:
    """How the largest good learning rate falls with the weight scale, where signals grow: as gradients beside weights do."""
    top = torch.where(found.good, rates, 0.0).amax(1)
    inside = (top > 0) & (top < rates[-1]) & (scales > 1.5 * math.sqrt(2 / settings.hidden))
    if inside.sum() < 4:
        return []
    slope = float(np.polyfit(scales[inside].log().numpy(), top[inside].log().numpy(), 1)[0])
    off = float((top[inside].log() - found.breaking[inside].log()).exp().median())
    return [
        Quantity(f"{name}: power of the scale with which the largest good lr falls", "", float(1 - layers), slope, 0.5,
                 "weights grow as s, their gradients as s to the number of other layers"),
        Quantity(f"{name}: largest good lr, beside that at which a step breaks a layer", "times", 1.0, off, 1.0,
                 "a rule of thumb: right to a factor of 2"),
    ]  # fmt: skip


def _draws(layers: int, scale: float | str, data: Data, settings: Depth) -> tuple[Tensor, Tensor]:
    """The squares of signals and of gradients after every layer, over starts: one row a start, averaged over the images."""
    X, y, rows = torch.from_numpy(data.X_train), torch.from_numpy(data.y_train), []
    for seed in range(DRAWS):
        params = _tensors(_net(layers, scale, data, settings, seed + 1).params)
        rows.append(classifiers.squares(params, X, y))
    signals, gradients = (torch.stack(part) for part in zip(*rows, strict=True))
    return signals, gradients


def _expected(layers: int, scale: float | str, data: Data, settings: Depth, top: float) -> tuple[Tensor, Tensor]:
    """What theory expects of them, given the square of the gradient in the scores."""
    sizes = [data.X_train.shape[1], *[settings.hidden] * layers, 10]
    spreads = [math.sqrt(2 / n) if scale == "he" else float(scale) for n in sizes[:-1]]
    size = float((data.X_train**2).sum(axis=1).mean())
    return classifiers.signal_sizes(sizes[1:], spreads, size), classifiers.gradient_sizes(sizes[:-1], spreads, top)


def _signals(name: str, layers: int, data: Data, settings: Depth) -> Quantity:
    signals, gradients = _draws(layers, "he", data, settings)
    theory, _ = _expected(layers, "he", data, settings, float(gradients[:, -1].mean()))
    off = ((signals.mean(0) - theory) / (signals.std(0) / math.sqrt(DRAWS))).abs().max()
    return Quantity(f"{name}: squares of signals, layer by layer", "standard errors off", 0.0, float(off), STANDARD_ERRORS,
                    "a ReLU keeps half of a symmetric square")  # fmt: skip


def _gradients(name: str, layers: int, data: Data, settings: Depth) -> Quantity:
    _, gradients = _draws(layers, SCALES_SHOWN[0], data, settings)
    mean = gradients.mean(0)
    _, theory = _expected(layers, SCALES_SHOWN[0], data, settings, float(mean[-1]))
    return Quantity(f"{name}, scale {SCALES_SHOWN[0]}: square of the first layer's gradient beside the scores'", "",
                    float(theory[0] / theory[-1]), float(mean[0] / mean[-1]), 0.3 * float(theory[0] / theory[-1]),
                    f"chance over {DRAWS} starts, and order 1 / width")  # fmt: skip


def _checked(name: str, layers: int, data: Data, settings: Depth) -> Quantity:
    """The gradients by hand against torch's."""
    net = _net(layers, "he", data, settings)
    X, y = torch.from_numpy(data.X_train), torch.from_numpy(data.y_train)
    _, grads = net.loss(data.X_train, data.y_train)
    params = {parameter: value.requires_grad_() for parameter, value in _tensors(net.params).items()}
    loss = torch.nn.CrossEntropyLoss()(classifiers.scores(params, X), y)
    theirs = dict(zip(params, torch.autograd.grad(loss, list(params.values())), strict=True))
    far = [float((ours - theirs[key]).abs().max() / theirs[key].abs().max()) for key, ours in _tensors(grads).items()]
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


def _pictures(maps: dict[str, Map], scales: Tensor, rates: Tensor, data: Data, settings: Depth) -> tuple[Picture, ...]:
    from thalweg.draw import depth as draw

    accuracy, predicted = (
        {name: getattr(found, what) for name, found in maps.items()} for what in ("accuracy", "predicted")
    )
    limits = {
        name: {"2 / largest curvature at the start": found.stable, "a step breaks a layer": found.breaking}
        for name, found in maps.items()
    }
    return (
        Picture(
            "Where training learns every image",
            "The best training accuracy of any epoch, over weight scale and learning rate. Outlined: what is foreseen before "
            "training. 2 / curvature is no border here: under softmax the curvature falls as the images are learned.",
            lambda: draw.good_region(scales, rates, accuracy, predicted, limits),
        ),
        _spectrum(data, settings),
        _by_layer("Signals, layer by layer", 0, data, settings),
        _by_layer("Gradients, layer by layer", 1, data, settings),
        *(
            (_histories(maps, scales, rates, data, settings),)
            if any(found.good.any() for found in maps.values())
            else ()
        ),
    )


def _spectrum(data: Data, settings: Depth) -> Picture:
    from thalweg.draw import principal as draw

    def figure() -> object:
        sigma, X = {}, torch.from_numpy(data.X_train)
        for name, layers in NETS.items():
            for scale in SCALES_SHOWN:
                params = _tensors(_net(layers, scale, data, settings).params)
                values = torch.linalg.eigvalsh(classifiers.kernel(params, X)).flip(0)
                sigma[f"{name}, scale {scale if scale != 'he' else 'of He'}"] = values.clamp(min=0).sqrt()
        return draw.singular_values(sigma, {})

    return Picture(
        "Singular values of the linearized networks at the start",
        "How fast descent learns along each mode: its speed is the square. The first ten are the classes' own. The scale moves "
        "all of them, and with five layers farther than with three.",
        figure,
    )


def _by_layer(title: str, which: int, data: Data, settings: Depth) -> Picture:
    from thalweg.draw import depth as draw

    def figure() -> object:
        theory, mean, std = {}, {}, {}
        for name, layers in NETS.items():
            for scale in SCALES_SHOWN:
                drawn = _draws(layers, scale, data, settings)
                key = f"{name}, scale {scale if scale != 'he' else 'of He'}"
                expected = _expected(layers, scale, data, settings, float(drawn[1][:, -1].mean()))[which]
                theory[key], mean[key], std[key] = (
                    expected.sqrt(),
                    drawn[which].sqrt().mean(0),
                    drawn[which].sqrt().std(0),
                )
        return draw.by_layer(theory, mean, std, "size of the signal" if which == 0 else "size of the gradient")

    what = "what a layer passes on" if which == 0 else "the loss's gradient in what a layer adds up"
    return Picture(
        title,
        f"The size of {what} at the start, averaged over the images: expected, and as it is over {DRAWS} starts. A hidden "
        "layer of n units multiplies it by scale x sqrt(n / 2), which is 1 at He's scale.",
        figure,
    )


def _histories(maps: dict[str, Map], scales: Tensor, rates: Tensor, data: Data, settings: Depth) -> Picture:
    from thalweg.draw import depth as draw

    def figure() -> object:
        loss, accuracy = {}, {}
        for name, layers in NETS.items():
            cell = _middle(maps[name])
            if cell is None:
                continue
            scale, lr = float(scales[cell[0]]), float(rates[cell[1]])
            history = _trained(_net(layers, scale, data, settings), lr, data, settings)
            key = f"{name}, scale {scale:.2g}, lr {lr:.2g}"
            loss[key], accuracy[key] = (scales.new_tensor(part) for part in (history.loss, history.train_accuracy))
        return draw.histories(loss, accuracy)

    return Picture(
        "Training in the middle of each good region",
        "Loss of every step and training accuracy after every epoch, at a weight scale and a learning rate from the middle.",
        figure,
    )


def _middle(found: Map) -> tuple[int, int] | None:
    """The good cell whose neighbours are good the farthest around."""
    if not found.good.any():
        return None
    around = torch.nn.AvgPool2d(5, stride=1, padding=2)(found.good.double()[None, None])[0, 0]
    best = int(torch.where(found.good, around, -1.0).argmax())
    return best // found.good.shape[1], best % found.good.shape[1]
