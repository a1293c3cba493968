"""Settings of experiments: read from text, checked, with the near ones named when one is unknown. Imports nothing heavy."""

import difflib
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

DATA = ("grid", "class", "tones")
LOSSES = ("squared", "cross-entropy", "logistic", "exponential", "hinge")
PARAMETERS = ("ohm", "log")
MOST_STEPS = 10_000_000


@dataclass(frozen=True)
class Settings:
    """What can be set of every experiment on the colour organ.

    Attributes:
        start: Resistors to begin with, in ohm: one for all, or one for each.
        lr: The learning rate; None takes the notebook's in ohm, and the best one in log R.
        steps: The most steps.
        tolerance: Descent stops where the loss, or every entry of the gradient, is below.
        data: `grid` is the reference grid, `class` draws as each student's notebook did, `tones` are the seven of part (b).
        seed: Which class draw.
        off_target: What an off lamp demands of the gain, a.
        loss: Which loss; `squared` against the demands, the others against lamps.
        parameter: `ohm` descends in R, `log` in log R.
    """

    start: tuple[float, ...] = (500.0,)
    lr: float | None = None
    steps: int = 100_000
    tolerance: float = 1e-6
    data: str = "grid"
    seed: int = 0
    off_target: float = 0.0
    loss: str = "squared"
    parameter: str = "ohm"


def from_pairs(pairs: Iterable[str]) -> dict[str, str]:
    """Settings from `key=value` texts; of one key given twice, the last.

    Raises:
        ValueError: If a text is not of that form.

    Example:
        >>> from_pairs(["data=class", "seed=447"])
        {'data': 'class', 'seed': '447'}
    """
    found = {}
    for pair in pairs:
        key, sign, value = pair.partition("=")
        if not sign or not key or not value:
            raise ValueError(f"settings: need key=value, got {pair!r}")
        found[key.strip()] = value.strip()
    return found


def resolve(defaults: Mapping[str, Any], given: Mapping[str, Any]) -> Settings:
    """An experiment's own defaults with what was given put over them.

    Args:
        defaults: The experiment's own values, where they differ from the common ones.
        given: Values, or texts of values, by key.

    Returns:
        The settings, checked.

    Raises:
        ValueError: If a key is unknown or a value out of range; it names the near keys, or what must hold.

    Example:
        >>> resolve({"steps": 10}, {"start": "900,100", "steps": "1e4"}).start
        (900.0, 100.0)
    """
    known = [f.name for f in fields(Settings)]
    for key in given:
        if key not in known:
            raise ValueError(f"settings: {unknown(key, known, 'setting')}")
    read = {key: _READERS[key](value) for key, value in given.items()}
    settings = Settings(**{**defaults, **read})
    if settings.loss != "squared":
        if read.get("off_target"):
            raise ValueError(
                f"settings: need loss=squared with off_target, got loss={settings.loss}; leave one of them out"
            )
        settings = replace(settings, off_target=0.0)
    return settings


def unknown(word: str, known: Iterable[str], kind: str) -> str:
    """What to say of a word that is not known: the near ones, or else all.

    Example:
        >>> unknown("toleranz", ["tolerance", "steps"], "setting")
        "unknown setting 'toleranz'; did you mean tolerance?"
    """
    known = list(known)
    near = difflib.get_close_matches(word, known, n=4, cutoff=0.5) or [k for k in known if word.lower() in k.lower()]
    if near:
        return f"unknown {kind} {word!r}; did you mean {' or '.join(near)}?"
    return f"unknown {kind} {word!r}; there are: {', '.join(known)}"


def _positive(key: str, most: float = math.inf) -> Callable[[Any], float]:
    def read(value: Any) -> float:  # noqa: ANN401
        number = _number(key, value)
        if not 0 < number < most:
            raise ValueError(f"settings: need a positive, finite {key}, got {value}")
        return number

    return read


def _number(key: str, value: Any) -> float:  # noqa: ANN401
    try:
        return float(value)
    except (TypeError, ValueError):
        raise ValueError(f"settings: need a number for {key}, got {value!r}") from None


def _whole(key: str, least: int, most: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:  # noqa: ANN401
        number = _number(key, value)
        if not least <= number <= most or number != int(number):
            raise ValueError(f"settings: need a whole {key} from {least} to {most}, got {value}")
        return int(number)

    return read


def _one_of(key: str, words: tuple[str, ...]) -> Callable[[Any], str]:
    def read(value: Any) -> str:  # noqa: ANN401
        if value not in words:
            raise ValueError(f"settings: {unknown(str(value), words, key)}")
        return str(value)

    return read


def _starts(value: Any) -> tuple[float, ...]:  # noqa: ANN401
    parts = value.split(",") if isinstance(value, str) else value if isinstance(value, tuple | list) else [value]
    if not 1 <= len(parts) <= 4:
        raise ValueError(f"settings: need one start, or one for each resistor, got {value}")
    return tuple(_positive("start")(part) for part in parts)


def _share(value: Any) -> float:  # noqa: ANN401
    number = _number("off_target", value)
    if not 0 <= number < 0.5:
        raise ValueError(
            f"settings: need 0 <= off_target < 0.5, got {value}; from 1/2 on, off lamps pull no less than on lamps at any "
            "gain, and R runs away"
        )
    return number


_READERS: dict[str, Callable[[Any], Any]] = {
    "start": _starts,
    "lr": _positive("lr"),
    "steps": _whole("steps", 1, MOST_STEPS),
    "tolerance": _positive("tolerance"),
    "data": _one_of("data", DATA),
    "seed": _whole("seed", 0, 2**32 - 1),
    "off_target": _share,
    "loss": _one_of("loss", LOSSES),
    "parameter": _one_of("parameter", PARAMETERS),
}
