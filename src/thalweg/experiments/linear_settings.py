"""What can be set of the experiments on linear problems, one kind for each group of questions."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from thalweg.experiments.settings import MOST_SEED, from_to, number, of_size, one_of, positive, setting, several, whole

SCALES = ("half-sum", "sum", "half-mean", "mean")
MOST_MODES, MOST_POINTS, MOST_STEPS = 60, 2000, 20_000
MOST_RATIO = 1e4  # Of singular values: the best learning rate and the limit then differ by 1e-8.

_scale = "what the squares are: half-sum, sum, half-mean or mean; the half alone moves every limit by 2"
_chance = "where chance begins"
_other_than_zero = of_size(1e-12, 1e12, "; from 0 there is no way to 0")


def _loss(word: str = "sum") -> Any:  # noqa: ANN401
    return setting(word, one_of(*SCALES), _scale)


def _seed() -> Any:  # noqa: ANN401
    return setting(0, whole(0, MOST_SEED), _chance)


def _non_negative(key: str, value: Any) -> float:  # noqa: ANN401
    read = number(key, value)
    if read < 0:
        raise ValueError(f"settings: need {key} >= 0, got {value}")
    return read


def _lr(otherwise: str) -> Any:  # noqa: ANN401
    return setting(None, positive, f"the learning rate; if it is not given, {otherwise}")


def _factor() -> Any:  # noqa: ANN401
    return setting(0.01, from_to(1e-9, 0.99), "the share of the error that may be left")


def _steps() -> Any:  # noqa: ANN401
    return setting(None, whole(1, MOST_STEPS), "how many steps; if not given, enough to reach the factor")


@dataclass(frozen=True)
class Scalar:
    """Learning rates of one unknown."""

    sigma: float = setting(2.0, from_to(1e-9, 1e9), "what the unknown is multiplied by")
    y: float = setting(1.0, _other_than_zero, "the target")
    loss: str = _loss()
    lr: float | None = _lr("a quarter of the largest stable one")
    factor: float = _factor()
    steps: int | None = _steps()


@dataclass(frozen=True)
class Pair:
    """Learning rates of two unknowns that do not mix."""

    sigma: tuple[float, ...] = setting((3.0, 1.0), several(positive, 2, "two sigmas"), "the two singular values")
    y: tuple[float, ...] = setting(
        (1.0, 1.0), several(_other_than_zero, 2, "one or two targets"), "the targets, one for both or each"
    )
    between: tuple[float, ...] = setting(
        (2.0, 1.5), several(positive, MOST_MODES, f"1 to {MOST_MODES} singular values"), "modes put in between"
    )
    loss: str = _loss()
    lr: float | None = _lr("a quarter of the largest stable one")
    factor: float = _factor()
    steps: int | None = _steps()


def check_pair(settings: Pair, given: Mapping[str, Any]) -> Pair:
    """Two different singular values, and the others between them."""
    if len(settings.sigma) != 2 or settings.sigma[0] == settings.sigma[1]:
        raise ValueError(f"settings: need two different sigmas, got {settings.sigma}; learning-rate/scalar takes one")
    low, high = sorted(settings.sigma)
    _check_ratio(low, high)
    if "between" not in given:
        return replace(settings, between=(low + 0.5 * (high - low), low + 0.25 * (high - low)))
    if not all(low <= sigma <= high for sigma in settings.between):
        raise ValueError(f"settings: need between from {low:g} to {high:g}, got {settings.between}")
    return settings


@dataclass(frozen=True)
class Modes:
    """Learning rates of any least-squares problem."""

    data: str = setting("random", one_of("random", "diabetes"), "random, made from sigma; or diabetes, 442 patients")
    sigma: tuple[float, ...] = setting(
        (5.0, 3.0, 2.0, 1.0, 0.5),
        several(positive, MOST_MODES, f"1 to {MOST_MODES} singular values"),
        "the singular values of random data",
    )
    points: int = setting(30, whole(1, MOST_POINTS), "how many points random data have")
    loss: str = _loss()
    lr: float | None = _lr("the best one")
    factor: float = _factor()
    steps: int | None = _steps()
    seed: int = _seed()


def _check_ratio(low: float, high: float) -> None:
    if high > MOST_RATIO * low:
        raise ValueError(f"settings: need singular values within a factor of {MOST_RATIO:g}, got {low:g} to {high:g}")


def check_modes(settings: Modes, given: Mapping[str, Any]) -> Modes:
    """Enough points for the modes."""
    if settings.data == "random" and settings.points < len(settings.sigma):
        raise ValueError(
            f"settings: need at least as many points as singular values, got {settings.points} for {len(settings.sigma)}"
        )
    if settings.data == "random":
        _check_ratio(min(settings.sigma), max(settings.sigma))
    return settings


@dataclass(frozen=True)
class IllConditioned:
    """A square matrix that is nearly singular."""

    size: int = setting(20, whole(2, 500), "how many points, and unknowns")
    alpha: float = setting(1.0, from_to(1e-6, 1e6), "the largest singular value")
    error: float = setting(1e10, from_to(10.0, 1e11), "how far off the inverse's answer is to be")
    noise_std: float = setting(0.02, positive, "standard deviation of the noise on the targets")
    share: float = setting(
        0.5, from_to(1e-6, 1.0), "the learning rate as a share of the largest stable one, 2 / alpha^2"
    )
    steps: int = setting(1000, whole(2, MOST_STEPS), "how many steps")
    seed: int = _seed()


@dataclass(frozen=True)
class LeastSquares:
    """A matrix whose singular values are known."""

    points: int = setting(12, whole(1, MOST_POINTS), "how many points (rows)")
    features: int = setting(4, whole(1, 200), "how many features (columns)")
    rank: int | None = setting(None, whole(1, 200), "how many singular values are not zero; if not given, all")
    kappa: float = setting(5.0, from_to(1.0, 30.0), "the largest over the smallest singular value")
    seed: int = _seed()


def check_least_squares(settings: LeastSquares, given: Mapping[str, Any]) -> LeastSquares:
    """No more rank than rows or columns."""
    most = min(settings.points, settings.features)
    if settings.rank is not None and settings.rank > most:
        raise ValueError(
            f"settings: need rank at most {most} for {settings.points} x {settings.features}, got {settings.rank}"
        )
    return settings


@dataclass(frozen=True)
class Ridge:
    """Ridge regression on random data."""

    points: int = setting(12, whole(2, MOST_POINTS), "how many points")
    features: int = setting(5, whole(2, 200), "how many features")
    kappa: float = setting(10.0, from_to(1.0, 1000.0), "the largest over the smallest singular value, which is 1")
    lam: float = setting(2.0, from_to(1e-6, 1e12), "the ridge's strength, beside a sum of squares")
    seed: int = _seed()


@dataclass(frozen=True)
class Patients:
    """Ridge regression on the diabetes data."""

    held_out: float = setting(0.8, from_to(0.05, 0.95), "the share of patients held out")
    lam: float | None = setting(
        None, from_to(1e-16, 1e12), "a strength to look at; if it is not given, the best for the held-out ones"
    )
    seed: int = setting(0, whole(0, MOST_SEED), "which patients are held out")


@dataclass(frozen=True)
class Polynomial:
    """Ridge regression of a polynomial through noisy points."""

    degree: int = setting(15, whole(1, 40), "the polynomial's degree")
    points: int = setting(20, whole(2, 200), "how many points it learns from")
    noise_std: float = setting(0.2, _non_negative, "standard deviation of the noise on the targets")
    lam: float | None = setting(
        None, from_to(1e-16, 1e12), "a strength to look at; if it is not given, the best for held-out points"
    )
    seed: int = _seed()


@dataclass(frozen=True)
class Tikhonov:
    """Tikhonov's regularization on random data."""

    points: int = setting(6, whole(1, 200), "how many points")
    features: int = setting(3, whole(2, 100), "how many parameters")
    seen: int | None = setting(None, whole(0, 100), "how many parameters W2 weighs; if not given, all")
    lam: float = setting(0.5, from_to(1e-12, 1e12), "the strength at which it is held against ridge")
    seed: int = _seed()


def check_tikhonov(settings: Tikhonov, given: Mapping[str, Any]) -> Tikhonov:
    """W2 cannot weigh more parameters than there are."""
    if settings.seen is not None and settings.seen > settings.features:
        raise ValueError(f"settings: need seen at most {settings.features}, the features, got {settings.seen}")
    return settings


@dataclass(frozen=True)
class Noise:
    """Instance noise on a single point."""

    x: float = setting(1.0, from_to(-1e6, 1e6), "the input")
    y: float = setting(1.0, from_to(-1e6, 1e6), "the target")
    noise_std: float = setting(0.5, from_to(1e-6, 1e3), "standard deviation of the noise on the input")
    loss: str = _loss("half-sum")
    lr: float | None = _lr("a quarter of the limit for the variance")
    steps: int = setting(200, whole(2, 5000), "how many steps")
    runs: int = setting(10_000, whole(100, 100_000), "how many noisy runs")
    seed: int = _seed()


def check_noise(settings: Noise, given: Mapping[str, Any]) -> Noise:
    """A point that says something."""
    if min(abs(settings.x), abs(settings.y)) < 1e-6:
        raise ValueError(f"settings: need x and y of a size of at least 1e-6, got x={settings.x:g}, y={settings.y:g}")
    return settings


@dataclass(frozen=True)
class NoisyData:
    """Instance noise on a whole data set."""

    points: int = setting(20, whole(1, 200), "how many points")
    features: int = setting(4, whole(1, 12), "how many features")
    noise_std: float = setting(0.5, from_to(1e-6, 1e3), "standard deviation of the noise on every input")
    loss: str = _loss("half-mean")
    lr: float | None = _lr("a quarter of the limit for the variance")
    steps: int = setting(200, whole(2, 2000), "how many steps")
    runs: int = setting(2000, whole(300, 20_000), "how many noisy runs")
    seed: int = _seed()


def check_noisy_data(settings: NoisyData, given: Mapping[str, Any]) -> NoisyData:
    """Not more numbers than fit into memory."""
    if settings.points * settings.features * settings.runs > 2e7:
        raise ValueError("settings: need points x features x runs at most 2e7; ask for fewer runs")
    return settings
