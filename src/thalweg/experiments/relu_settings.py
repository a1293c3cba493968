"""What can be set of the experiments on ReLU networks, one kind for each group of questions."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from thalweg.experiments.settings import MOST_SEED, from_to, of_size, setting, several, whole

MOST_WIDTH, MOST_STEPS = 200, 2_000_000
MOST_WORK = 2e10  # Multiplications, by points and units: a few minutes.
MOST_FEATURES = 4e6  # Numbers of a feature matrix.


_slope = of_size(1e-3, 1e3, "; a flat unit has no elbow")
_place = of_size(1e-3, 1e3, zero=True)
_height = from_to(-1e3, 1e3)


def _seed(about: str = "where chance begins: the start and the minibatches") -> Any:  # noqa: ANN401
    return setting(0, whole(0, MOST_SEED), about)


def _steps() -> Any:  # noqa: ANN401
    return setting(150_000, whole(100, MOST_STEPS), "how many steps of stochastic gradient descent")


def _batch() -> Any:  # noqa: ANN401
    return setting(40, whole(1, 10_000), "points in a minibatch, drawn with replacement")


def _points() -> Any:  # noqa: ANN401
    return setting(200, whole(2, 2000), "how many points to learn from")


def _noise() -> Any:  # noqa: ANN401
    return setting(0.1, from_to(0.0, 10.0), "standard deviation of the noise on their targets")


def _data_seed() -> Any:  # noqa: ANN401
    return setting(1, whole(0, MOST_SEED), "where the chance of the data begins")


def _rate(default: float, what: str) -> Any:  # noqa: ANN401
    return setting(default, from_to(1e-6, 1e3), f"the learning rate of {what}")


@dataclass(frozen=True)
class OneUnit:
    """One ReLU unit and one training point."""

    w: float = setting(-2.0, _slope, "the unit's slope, not 0")
    b: float = setting(4.0, _height, "its bias")
    x: float = setting(1.0, _place, "the training point's input, 0 or of a size from 0.001")
    y: float = setting(1.0, _height, "its target")
    lr: float = setting(0.1, from_to(1e-6, 1e6), "the learning rate")


@dataclass(frozen=True)
class OneStep:
    """A hidden layer and one step on one training point."""

    width: int = setting(12, whole(1, 1000), "how many hidden units")
    x: float = setting(0.5, from_to(0.0, 1.0), "the training point's input, in [0, 1], where the elbows are")
    y: float = setting(1.0, from_to(-1e6, 1e6), "its target")
    lr: float = setting(0.2, from_to(1e-9, 1e6), "the learning rate")
    seed: int = _seed("where chance begins: the network")


@dataclass(frozen=True)
class Training:
    """Three ways to train a network with one hidden layer."""

    widths: tuple[int, ...] = setting(
        (10, 20, 40), several(whole(1, MOST_WIDTH), 5, f"1 to 5 widths, 1 to {MOST_WIDTH} units each"), "hidden units"
    )
    steps: int = _steps()
    batch: int = _batch()
    lr_output: float = _rate(0.2, "the output layer alone")
    lr_all: float = _rate(0.02, "all layers")
    lam: float | None = setting(
        None, from_to(1e-12, 1e6), "the ridge's strength; if it is not given, the best when points are left out in turn"
    )
    runs: int = setting(8, whole(2, 64), "how many runs of each, which differ in their minibatches")
    points: int = _points()
    noise_std: float = _noise()
    seed: int = _seed()
    data_seed: int = _data_seed()


def check_training(settings: Training, given: Mapping[str, Any]) -> Training:
    """Every width once, ascending, and no more work than a few minutes'."""
    widths = tuple(sorted(set(settings.widths)))
    work = settings.steps * settings.batch * settings.runs * len(widths) * widths[-1]
    if work > MOST_WORK:
        raise ValueError(
            f"settings: need steps x batch x runs x widths x units at most {MOST_WORK:.0e}, got {work:.1e}; "
            "ask for fewer steps or runs"
        )
    return replace(settings, widths=widths)


@dataclass(frozen=True)
class Features:
    """The features of a network's linearization, at the start and after training."""

    width: int = setting(40, whole(1, MOST_WIDTH), "units in every hidden layer")
    steps: int = _steps()
    batch: int = _batch()
    lr: float = _rate(0.02, "all layers")
    points: int = _points()
    noise_std: float = _noise()
    seed: int = _seed()
    data_seed: int = _data_seed()


def check_one_layer(settings: Features, given: Mapping[str, Any]) -> Features:
    """No more work than a few minutes', and no more features than fit into memory."""
    return _check_features(settings, settings.width, 3 * settings.width)


def check_two_layers(settings: Features, given: Mapping[str, Any]) -> Features:
    """The same with a second layer."""
    return _check_features(settings, settings.width**2, settings.width**2 + 4 * settings.width)


def _check_features(settings: Features, products: int, parameters: int) -> Features:
    work, features = settings.steps * settings.batch * products, settings.points * parameters
    if work > MOST_WORK:
        raise ValueError(
            f"settings: need steps x batch x weights at most {MOST_WORK:.0e}, got {work:.1e}; ask for fewer steps"
        )
    if features > MOST_FEATURES:
        raise ValueError(
            f"settings: need points x parameters at most {MOST_FEATURES:.0e}, got {features:.1e}; ask for fewer points"
        )
    return settings
