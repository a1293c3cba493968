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
    """Put a state back to what a file holds.

    Args:
        path: The file.
        state: The state of a training that has just begun; it changes.
        identity: What the training is.

    Raises:
        ValueError: If the file is damaged or something else, or is of a training with other settings, data or sizes.
    """
    arrays, plain = _read(path, state)
    if plain["identity"] != identity:
        other = [key for key in identity if plain["identity"].get(key) != identity[key]]
        raise ValueError(
            f"checkpoint: need the training that wrote it, got another {', '.join(other)} than {path.name} has"
        )
    for name, value in state.params.items():
        for part in ("params", "best"):
            found = arrays[f"{part} {name}"]
            if found.shape != value.shape or found.dtype != value.dtype:
                raise ValueError(
                    f"checkpoint: need {name} {value.shape} of {value.dtype}, got {found.shape} of {found.dtype} in {path.name}"
                )
    for name in state.params:
        state.params[name], state.best[name] = arrays.pop(f"params {name}"), arrays.pop(f"best {name}")
        state.configs[name] = dict(plain["configs"][name])
    for key, value in arrays.items():
        _, name, what = key.split(" ")
        state.configs[name][what] = value
    state.chance.bit_generator.state = plain["chance"]
    vars(state.history).update(plain["history"])


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
    """The arrays and the plain part of a file that has not more in it than such a training can have written."""
    most = 10 * sum(value.nbytes for value in state.params.values()) + SLACK + path.stat().st_size
    try:
        with zipfile.ZipFile(path) as whole:
            if sum(part.file_size for part in whole.infolist()) > most:
                raise ValueError("it holds more than such a training writes")
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        plain = json.loads(str(arrays.pop("plain")))
        if plain["format"] != FORMAT:
            raise ValueError("it has another format")
        expected = {f"{part} {name}" for part in ("params", "best") for name in state.params}
        if not expected <= set(arrays) or set(plain["configs"]) != set(state.params):
            raise ValueError("it is of another network")
        return arrays, plain
    except Exception as error:  # A damaged file may raise almost anything.
        raise ValueError(f"checkpoint: need a whole file of this training, got {path.name} ({error})") from error
