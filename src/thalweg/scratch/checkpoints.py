"""Checkpoints of a training: one .npz file with arrays and plain numbers, nothing in it that could be executed.

A file is written beside its place and moved there, so that a kill leaves the old one or the new one, never half of one.
"""

import json
import os
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from thalweg.scratch.training import State

FORMAT = "thalweg checkpoint 1"
SLACK = 2**20  # Bytes of a file's heads and lists beside its arrays.


def save(path: Path, state: "State", identity: dict[str, Any]) -> None:
    """Write a training's state.

    Args:
        path: The file.
        state: The state.
        identity: What the training is; `restore` asks for the same.

    Raises:
        ValueError: If the file cannot be written.
    """
    arrays = {f"params {name}": value for name, value in state.params.items()}
    arrays |= {f"best {name}": value for name, value in state.best.items()}
    plain = {"format": FORMAT, "identity": identity, "chance": state.chance.bit_generator.state, "configs": {}}
    for name, config in state.configs.items():
        memory = {key: value for key, value in config.items() if isinstance(value, np.ndarray)}
        arrays |= {f"memory {name} {key}": value for key, value in memory.items()}
        plain["configs"][name] = {key: value for key, value in config.items() if key not in memory}
    plain["history"] = vars(state.history)
    try:
        _write(path, arrays | {"plain": np.array(json.dumps(plain))})
    except OSError as error:
        raise ValueError(f"checkpoint: need a file to write, got {str(path)!r} ({error.strerror})") from error


def restore(path: Path, state: "State", identity: dict[str, Any]) -> None:
    """Put a state back to what a file holds: all of it, or nothing if something in it is wrong.

    Args:
        path: The file.
        state: The state of a training that has just begun; it changes.
        identity: What the training is.

    Raises:
        ValueError: If the file is damaged or something else, or is of a training with other settings, data or start.
    """
    try:
        arrays, plain = _read(path, state)
        _check_identity(plain["identity"], identity)
        params, best, configs = _checked(arrays, plain["configs"], state)
        history = _history(plain["history"], state)
        chance = np.random.default_rng(0)
        chance.bit_generator.state = plain["chance"]
    except Exception as error:  # A damaged file may raise almost anything.
        raise ValueError(f"checkpoint: need a whole file of this training, got {path.name} ({error})") from error
    state.params, state.best, state.configs, state.chance = params, best, configs, chance
    vars(state.history).update(history)


def _check_identity(found: dict[str, Any], wanted: dict[str, Any]) -> None:
    other = [key for key in wanted if found.get(key) != wanted[key]]
    if other or found.keys() != wanted.keys():
        raise ValueError(f"it is of a training with another {', '.join(other)}")


def _checked(
    arrays: dict[str, np.ndarray], plain: dict[str, dict[str, Any]], state: "State"
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray], dict[str, dict[str, Any]]]:
    """Parameters, best ones, and what the rule remembers, each of them like the parameter that it belongs to."""
    if plain.keys() != state.params.keys():
        raise ValueError("it is of another network")
    needed = {f"{part} {name}" for part in ("params", "best") for name in state.params}
    if {key for key in arrays if not key.startswith("memory ")} != needed:
        raise ValueError("it is of another network")
    configs = {name: dict(config) for name, config in plain.items()}
    for key, value in arrays.items():
        name, *what = key.split(" ")[1:]
        own = state.params[name]
        if value.shape != own.shape or value.dtype != own.dtype or not np.isfinite(value).all():
            raise ValueError(
                f"{key} is {value.dtype} {value.shape} or not finite, and {name} is {own.dtype} {own.shape}"
            )
        if what:
            configs[name][what[0]] = value
    remembered = {frozenset(config) for config in configs.values()}
    if len(remembered) > 1 or not all(_plausible(config) for config in configs.values()):
        raise ValueError("what the rule remembers is incomplete")
    params, best = ({name: arrays[f"{part} {name}"] for name in state.params} for part in ("params", "best"))
    return params, best, configs


def _plausible(config: dict[str, Any]) -> bool:
    """Whether its numbers are such, and Adam's count stands beside both of its averages."""
    numbers = [value for value in config.values() if not isinstance(value, np.ndarray)]
    counted = "t" not in config or {"m", "v"} <= config.keys()
    return counted and all(type(value) in (int, float) and 0 <= value < 1e12 for value in numbers)


def _history(found: dict[str, Any], state: "State") -> dict[str, Any]:
    """A history of the kinds that this one has."""
    kinds = {key: type(value) for key, value in vars(state.history).items()}
    if {key: type(value) for key, value in found.items()} != kinds:
        raise ValueError("its history has other entries")
    numbers = [value for part in found.values() if isinstance(part, list) for value in part]
    epochs = len(found["val_accuracy"])
    whole = len(found["train_accuracy"]) == epochs and 0 <= found["best_epoch"] <= epochs
    if (
        not all(type(value) is float for value in numbers)
        or not whole
        or found["outcome"] not in ("finished", "diverged")
    ):
        raise ValueError("its history makes no sense")
    return found


def _write(path: Path, arrays: dict[str, np.ndarray]) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with open(handle, "wb") as file:
            np.savez(file, **arrays)  # ty: ignore[invalid-argument-type] - its other arguments have other names
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _read(path: Path, state: "State") -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """The arrays and the plain part of a file that has not more in it than such a training can have written.

    Raises:
        ValueError: If it has more, or another format.
    """
    most = 10 * sum(value.nbytes for value in state.params.values()) + SLACK + path.stat().st_size
    with zipfile.ZipFile(path) as whole:
        if sum(part.file_size for part in whole.infolist()) > most:
            raise ValueError("it holds more than such a training writes")
    with np.load(path, allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    plain = json.loads(str(arrays.pop("plain")))
    if plain["format"] != FORMAT:
        raise ValueError("it has another format")
    return arrays, plain
