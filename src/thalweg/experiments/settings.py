"""Settings of experiments: declared in dataclasses, read from text, checked. Imports nothing heavy.

Each family of experiments declares its own kind (`organ_settings`, `linear_settings`); here is what all of them share.
"""

import difflib
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field, fields
from typing import Any, TypeVar

Reader = Callable[[str, Any], Any]  # From a key and what was given for it to the checked value.
MOST_STEPS = 10_000_000
MOST_SEED = 2**32 - 1


K = TypeVar("K")  # A frozen dataclass whose fields were all made by `setting`.
Check = Callable[
    [Any, Mapping[str, Any]], Any
]  # Of several settings at once, and of which were given: others, or a refusal.


def setting(default: Any, read: Reader, about: str) -> Any:  # noqa: ANN401
    """Declare one setting of a kind.

    Args:
        default: Its value if nobody gives one.
        read: What reads and checks a value or a text.
        about: What it is, in a few words, for people.

    Returns:
        A field of a dataclass.
    """
    return field(default=default, metadata={"read": read, "about": about})


def about(kind: type) -> dict[str, str]:
    """What each setting of a kind is, in a few words.

    Example:
        >>> from thalweg.experiments.organ_settings import Settings
        >>> about(Settings)["steps"]
        'the most steps'
    """
    return {f.name: f.metadata["about"] for f in fields(kind)}  # ty: ignore[invalid-argument-type]


def from_pairs(pairs: Iterable[str]) -> dict[str, str]:
    """Settings from `key=value` texts.

    Raises:
        ValueError: If a text is not of that form, or a key is given twice.

    Example:
        >>> from_pairs(["data=class", "seed=447"])
        {'data': 'class', 'seed': '447'}
    """
    found = {}
    for pair in pairs:
        key, sign, value = pair.partition("=")
        if not sign or not key or not value:
            raise ValueError(f"settings: need key=value, got {pair!r}")
        if key.strip() in found:
            raise ValueError(f"settings: need one value for {key.strip()}, got several")
        found[key.strip()] = value.strip()
    return found


def resolve(kind: type[K], defaults: Mapping[str, Any], given: Mapping[str, Any], check: Check | None = None) -> K:
    """An experiment's own defaults with what was given put over them.

    Args:
        kind: What can be set.
        defaults: The experiment's own values, where they differ from the common ones.
        given: Values, or texts of values, by key.
        check: What must hold of several settings at once; it may return others.

    Returns:
        The settings, checked.

    Raises:
        ValueError: If a key is unknown or a value out of range; it names the near keys, or what must hold.

    Example:
        >>> from thalweg.experiments.organ_settings import Settings
        >>> resolve(Settings, {"steps": 10}, {"start": "900,100", "steps": "1e4"}).start
        (900.0, 100.0)
    """
    known = {f.name: f for f in fields(kind)}  # ty: ignore[invalid-argument-type]
    for key in given:
        if key not in known:
            raise ValueError(f"settings: {unknown(key, known, 'setting')}")
    read = {key: known[key].metadata["read"](key, value) for key, value in given.items()}
    settings = kind(**{**defaults, **read})
    return settings if check is None else check(settings, read)


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


def number(key: str, value: Any) -> float:  # noqa: ANN401
    """Any finite number."""
    try:
        read = float(value)
    except (TypeError, ValueError):
        raise ValueError(f"settings: need a number for {key}, got {value!r}") from None
    if not math.isfinite(read):
        raise ValueError(f"settings: need a finite {key}, got {value}")
    return read


def positive(key: str, value: Any) -> float:  # noqa: ANN401
    """A positive, finite number."""
    read = _float(key, value)
    if not 0 < read < math.inf:
        raise ValueError(f"settings: need a positive, finite {key}, got {value}")
    return read


def from_to(low: float, high: float) -> Reader:
    """A number from low to high, the ends included."""

    def read(key: str, value: Any) -> float:  # noqa: ANN401
        found = _float(key, value)
        if not low <= found <= high:
            raise ValueError(f"settings: need {low:g} <= {key} <= {high:g}, got {value}")
        return found

    return read


def of_size(low: float, high: float, remedy: str = "", zero: bool = False) -> Reader:
    """A number of either sign whose size is from low to high; or 0, if that will do."""
    sizes = f"{' = 0 or' if zero else ''} of a size from {low:g} to {high:g}".replace("e+", "e")

    def read(key: str, value: Any) -> float:  # noqa: ANN401
        found = number(key, value)
        if not (low <= abs(found) <= high or (zero and found == 0)):
            raise ValueError(f"settings: need {key}{sizes}, got {value}{remedy}")
        return found

    return read


def whole(least: int, most: int) -> Reader:
    """A whole number from `least` to `most`."""

    def read(key: str, value: Any) -> int:  # noqa: ANN401
        found = _float(key, value)
        if not least <= found <= most or found != int(found):
            raise ValueError(f"settings: need a whole {key} from {least} to {most}, got {value}")
        return int(found)

    return read


def one_of(*words: str) -> Reader:
    """One word of a few."""

    def read(key: str, value: Any) -> str:  # noqa: ANN401
        if value not in words:
            raise ValueError(f"settings: {unknown(str(value), words, key)}")
        return str(value)

    return read


def several(read: Reader, most: int, what: str) -> Reader:
    """A list of one to `most` values, as `1,2,3` or in any sequence."""

    def read_all(key: str, value: Any) -> tuple[Any, ...]:  # noqa: ANN401
        parts = value.split(",") if isinstance(value, str) else value if isinstance(value, tuple | list) else [value]
        if not 1 <= len(parts) <= most:
            raise ValueError(f"settings: need {what}, got {value}")
        return tuple(read(key, part) for part in parts)

    return read_all


def _float(key: str, value: Any) -> float:  # noqa: ANN401
    try:
        return float(value)
    except (TypeError, ValueError):
        raise ValueError(f"settings: need a number for {key}, got {value!r}") from None
