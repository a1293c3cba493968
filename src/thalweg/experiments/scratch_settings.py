"""What can be set of the experiments on networks from scratch."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from thalweg.experiments.settings import MOST_SEED, from_to, setting, whole

MOST_WORK = 2e11  # Multiplications of all trainings: a few minutes.
MOST_KEPT = 1e8  # Numbers of a forecast.


def _folder(key: str, value: Any) -> str:  # noqa: ANN401
    read = str(value)
    if not read or "\0" in read:
        raise ValueError(f"settings: need a folder for {key}, got {value!r}")
    return read


@dataclass(frozen=True)
class Depth:
    """Three layers against five."""

    images: int = setting(50, whole(10, 200), "how many images to overfit")
    hidden: int = setting(100, whole(20, 500), "units of every hidden layer")
    epochs: int = setting(20, whole(1, 200), "how many times every image is seen")
    batch: int = setting(25, whole(1, 500), "images in a minibatch")
    scales: int = setting(16, whole(2, 40), "how many weight scales the map has")
    least_scale: float = setting(0.02, from_to(1e-5, 10.0), "the least of them")
    most_scale: float = setting(2.0, from_to(1e-5, 10.0), "the largest")
    rates: int = setting(21, whole(2, 60), "how many learning rates the map has")
    least_lr: float = setting(1e-4, from_to(1e-12, 1e3), "the least of them")
    most_lr: float = setting(10.0, from_to(1e-12, 1e3), "the largest")
    cifar: str | None = setting(
        None, _folder, "a folder with CIFAR-10's python files; if not given, scikit-learn's digits"
    )
    seed: int = setting(0, whole(0, MOST_SEED), "where chance begins: images, starts and minibatches")


def check_depth(settings: Depth, given: Mapping[str, Any]) -> Depth:
    """A window that is one, and no more work than a few minutes'."""
    for low, high, what in (
        (settings.least_scale, settings.most_scale, "scale"),
        (settings.least_lr, settings.most_lr, "lr"),
    ):
        if not low < high:
            raise ValueError(f"settings: need least_{what} < most_{what}, got {low:g} and {high:g}")
    inputs = 64 if settings.cifar is None else 3072
    work = (
        settings.scales
        * settings.rates
        * settings.epochs
        * settings.images
        * settings.hidden
        * (settings.hidden + inputs)
    )
    if work > MOST_WORK:
        raise ValueError(
            f"settings: need at most {MOST_WORK:.0e} multiplications in all, got {work:.1e}; ask for a smaller map"
        )
    kept = settings.epochs * math.ceil(settings.images / settings.batch) * settings.rates * 10 * settings.images
    if kept > MOST_KEPT:
        raise ValueError(
            f"settings: need steps x rates x images x 10 at most {MOST_KEPT:.0e}, got {kept:.1e}; ask for fewer rates"
        )
    return settings
