"""The pictures of three layers against five."""

import itertools
import math
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from thalweg.draw.wording import said
from thalweg.experiments.result import Picture
from thalweg.experiments.scratch_setup import DRAWS, NETS, SCALES, Map, Task, tensors
from thalweg.subjects import classifiers


def pictures(
    maps: dict[str, Map], scales: Float[Tensor, " s"], rates: Float[Tensor, " l"], task: Task
) -> tuple[Picture, ...]:
    """The maps; spectra, signals and gradients at the start; and a training from the middle of each good region.

    Args:
        maps: Of every network.
        scales: Their weight scales.
        rates: Their learning rates.
        task: What was learned, and how.

    Returns:
        The pictures, drawn on demand.
    """
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
        _spectrum(task),
        _by_layer(task, "signal", "what a layer passes on"),
        _by_layer(task, "gradient", "the loss's gradient in what a layer adds up"),
        *((_histories(maps, scales, rates, task),) if any(found.good.any() for found in maps.values()) else ()),
    )


def _spectrum(task: Task) -> Picture:
    from thalweg.draw import depth_lines as draw

    def figure() -> object:
        sigma = {}
        for name, scale in itertools.product(NETS, SCALES):
            K = classifiers.kernel(tensors(task.net(NETS[name], scale).params), task.X)
            sigma[key_of(name, scale)] = torch.linalg.eigvalsh(K).flip(0).clamp(min=0).sqrt()
        return draw.spectra(sigma)

    return Picture(
        "Singular values of the linearized networks at the start",
        "How fast descent learns along each mode: its speed is the square. The first ten are the classes' own. The scale moves "
        "all of them, and with five layers farther than with three.",
        figure,
    )


def key_of(name: str, scale: float | str) -> tuple[str, str]:
    """A network and its weight scale in words, as the figures tell them apart."""
    return name, "scale of He" if isinstance(scale, str) else f"scale {said(scale)}"


def _by_layer(task: Task, kind: Literal["signal", "gradient"], what: str) -> Picture:
    from thalweg.draw import depth_lines as draw

    def figure() -> object:
        expected, mean, std = {}, {}, {}
        for key, found in task.squares.items():
            sizes = getattr(found, f"{kind}s").sqrt()
            expected[key_of(*key)] = getattr(found, f"expected_{kind}s").sqrt()
            mean[key_of(*key)], std[key_of(*key)] = sizes.mean(0), sizes.std(0)
        return draw.by_layer(expected, mean, std, f"size of the {kind}")

    return Picture(
        f"{kind.capitalize()}s, layer by layer",
        f"The size of {what} at the start, averaged over the images: expected, and as it is over {DRAWS} starts. A hidden "
        "layer of n units multiplies it by scale x sqrt(n / 2), which is 1 at He's scale.",
        figure,
    )


def _histories(maps: dict[str, Map], scales: Tensor, rates: Tensor, task: Task) -> Picture:
    from thalweg.draw import depth_lines as draw

    def figure() -> object:
        loss, accuracy = {}, {}
        for name, layers in NETS.items():
            cell = _middle(maps[name])
            if cell is None:
                continue
            scale, lr = float(scales[cell[0]]), float(rates[cell[1]])
            history = task.train(layers, scale, lr)
            key = (name, f"scale {said(scale, 2)}, lr {said(lr, 2)}")
            loss[key], accuracy[key] = (scales.new_tensor(part) for part in (history.loss, history.train_accuracy))
        return draw.histories(loss, accuracy, math.ceil(len(task.y) / task.settings.batch))

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
