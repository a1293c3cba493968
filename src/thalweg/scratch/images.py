"""CIFAR-10 from its own files, read safely, and images split and centred for training.

The files are Python pickles, which could run anything when they are read. The reader here knows arrays, dicts, lists, texts
and numbers, and nothing that could be called.
"""

import io
import pickle
import pickletools
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray

TRAINING_FILES = tuple(f"data_batch_{i}" for i in range(1, 6))
TEST_FILE = "test_batch"
PIXELS, CLASSES = 3 * 32 * 32, 10
PLAIN = ("b1", "u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f4", "f8")
NESTING = (  # What a batch is written with, by either Python: first what may nest, of which it has little.
    "EMPTY_TUPLE", "TUPLE", "TUPLE1", "TUPLE2", "TUPLE3", "EMPTY_LIST", "LIST", "EMPTY_DICT", "DICT", "GLOBAL", "STACK_GLOBAL",
    "REDUCE", "BUILD",
)  # fmt: skip
FLAT = (
    "STOP", "PROTO", "FRAME", "MARK", "NONE", "NEWTRUE", "NEWFALSE", "INT", "BININT", "BININT1", "BININT2", "BINFLOAT",
    "STRING", "BINSTRING", "SHORT_BINSTRING", "UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINBYTES", "SHORT_BINBYTES",
    "APPEND", "APPENDS", "SETITEM", "SETITEMS", "MEMOIZE",
)  # fmt: skip
REMEMBERED = ("PUT", "BINPUT", "LONG_BINPUT", "GET", "BINGET", "LONG_BINGET")
MOST_OPERATIONS, MOST_NESTED = 10**6, 100
MOST_BYTES = 64 * 2**20  # A file of 10 000 images has 31 million bytes.


class Images(NamedTuple):
    """Images and labels to train on, to choose by, and to test with; the training images' mean is taken off all of them."""

    X_train: Array
    y_train: Array
    X_val: Array
    y_val: Array
    X_test: Array
    y_test: Array


def load_cifar10(
    folder: str | Path, training: int = 49_000, validation: int = 1000, test: int = 1000, dtype: type = np.float32
) -> Images:
    """CIFAR-10, split and centred as the course does: 49 000 images to train, 1000 to choose by, 1000 to test.

    Args:
        folder: Where the six files of the python version lie.
        training: How many of the first training images to train on.
        validation: How many of the next ones to choose by.
        test: How many of the first test images to test with.
        dtype: The type of the pixels.

    Returns:
        Images (n, 3, 32, 32), less the mean image of those to train on, and labels.

    Raises:
        ValueError: If a file is missing, too large, damaged or none of CIFAR-10's, or there are fewer images than asked for.
    """
    folder = Path(folder)
    parts = [read_batch(folder / name) for name in TRAINING_FILES]
    X, y = (np.concatenate(each) for each in zip(*parts, strict=True))
    X_test, y_test = read_batch(folder / TEST_FILE)
    if min(training, validation, test) < 1 or training + validation > len(X) or test > len(X_test):
        raise ValueError(
            f"load_cifar10: need at least 1 image of each kind, {len(X)} to train and choose by and {len(X_test)} to test at "
            f"most, got {training}, {validation} and {test}"
        )
    last = training + validation
    return centred(
        (X[:training], X[training:last], X_test[:test]), (y[:training], y[training:last], y_test[:test]), dtype
    )


def centred(images: tuple[Array, Array, Array], labels: tuple[Array, Array, Array], dtype: type) -> Images:
    """Images to train, to choose by and to test, less the mean image of the first.

    Example:
        >>> one = np.ones((2, 1, 1, 1), np.uint8)
        >>> found = centred((one, 3 * one, one), (np.zeros(2, int),) * 3, np.float64)
        >>> found.X_train.max(), found.X_val.max()
        (np.float64(0.0), np.float64(2.0))
    """
    mean = images[0].mean(axis=0, dtype=np.float64)
    X = [(part - mean).astype(dtype) for part in images]
    return Images(X[0], labels[0], X[1], labels[1], X[2], labels[2])


def read_batch(path: Path) -> tuple[Array, Array]:
    """Images (n, 3, 32, 32) of bytes and labels (n,) of one of CIFAR-10's files.

    Args:
        path: The file.

    Returns:
        Images and labels.

    Raises:
        ValueError: If it is missing, too large, damaged, or something else.
    """
    found = read_pickle(path)
    data, labels = (found.get(key, found.get(key.decode())) for key in (b"data", b"labels"))
    if not isinstance(data, Array) or data.dtype != np.uint8 or data.ndim != 2 or data.shape[1] != PIXELS:
        raise ValueError(f"read_batch: need bytes of shape (n, {PIXELS}) as data in {path.name}, got {_kind(data)}")
    if not isinstance(labels, list) or not all(type(label) is int and 0 <= label < CLASSES for label in labels):
        raise ValueError(f"read_batch: need a list of labels from 0 to 9 in {path.name}, got {_kind(labels)}")
    if len(labels) != len(data) or not labels:
        raise ValueError(
            f"read_batch: need one label for every image in {path.name}, got {len(labels)} for {len(data)}"
        )
    return data.reshape(-1, 3, 32, 32), np.array(labels)


def read_pickle(path: Path) -> dict[Any, Any]:
    """What a pickled dict of arrays, lists, texts and numbers holds; nothing in it is executed.

    Args:
        path: The file.

    Returns:
        Its content; texts of Python 2 become bytes.

    Raises:
        ValueError: If it is missing, too large or damaged, or asks for anything else.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ValueError(f"it has more than {MOST_BYTES} bytes")
        raw = path.read_bytes()
        _check_operations(raw)
        found = _Reader(io.BytesIO(raw), encoding="bytes").load()
        return {key: value.value if isinstance(value, _Array) else value for key, value in found.items()}
    except OSError as error:
        raise ValueError(f"read_pickle: need a file to read, got {str(path)!r} ({error.strerror})") from error
    except Exception as error:  # A damaged pickle may raise almost anything.
        raise ValueError(f"read_pickle: need a whole pickle of plain arrays, got {path.name} ({error})") from error


def _check_operations(raw: bytes) -> None:
    """Refuse what no batch has: odd operations, which could nest, copy or remember without bounds.

    Raises:
        ValueError: If it does.
    """
    counts = Counter()
    for number, (operation, argument, _) in enumerate(pickletools.genops(raw)):
        counts[operation.name] += 1
        if operation.name not in (*NESTING, *FLAT, *REMEMBERED) or number > MOST_OPERATIONS:
            raise ValueError(f"operation {operation.name} at {number}, which is refused")
        if operation.name in REMEMBERED and not 0 <= int(argument or 0) <= number:
            raise ValueError(f"it remembers something as number {argument}, which is refused")
    if any(counts[name] > MOST_NESTED for name in NESTING):
        raise ValueError("it nests too much, which is refused")


class _Call:
    """A function that a pickle may call, and can do nothing else with."""

    __slots__ = ("function",)

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function

    def __call__(self, *arguments: object) -> object:
        return self.function(*arguments)

    def __setstate__(self, state: object) -> None:
        raise ValueError("a function with a state, which is refused")


class _Array:
    """What stands for an array until its bytes have been read; numpy itself reads nothing of the pickle."""

    value: Array = np.empty(0, np.uint8)

    def __setstate__(self, state: tuple[int, tuple[int, ...], "_Type", bool, bytes]) -> None:
        _, shape, kind, fortran, data = state
        if not (isinstance(shape, tuple) and all(type(size) is int and size >= 0 for size in shape)):
            raise ValueError(f"an array of shape {shape!r}")
        self.value = np.frombuffer(data, kind.dtype).reshape(shape, order="F" if fortran else "C")


class _Type:
    """What stands for a type of plain numbers; its state says no more than the order of the bytes."""

    def __init__(self, dtype: np.dtype) -> None:
        self.dtype = dtype

    def __setstate__(self, state: tuple) -> None:
        order = state[1].decode() if isinstance(state[1], bytes) else state[1]
        self.dtype = self.dtype.newbyteorder(order)


class _Reader(pickle.Unpickler):
    """An unpickler that can make arrays and nothing else; the library has no other door than a subclass."""

    def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401
        known = {
            ("numpy.core.multiarray", "_reconstruct"): _Call(_empty),
            ("numpy._core.multiarray", "_reconstruct"): _Call(_empty),
            ("numpy", "ndarray"): "ndarray",
            ("numpy", "dtype"): _Call(_plain_type),
            ("_codecs", "encode"): _Call(_latin1),
        }
        if (module, name) not in known:
            raise ValueError(f"it asks for {module}.{name}, which is refused")
        return known[module, name]


def _empty(kind: object, *_: object) -> _Array:
    """What an array's pickle begins with; its bytes follow."""
    if kind != "ndarray":
        raise ValueError(f"an array of kind {kind!r}, which is refused")
    return _Array()


def _plain_type(code: object, *_: object) -> _Type:
    """A type of plain numbers, by its code."""
    code = code.decode() if isinstance(code, bytes) else code
    if code not in PLAIN:
        raise ValueError(f"an array of type {code!r}, which is refused")
    return _Type(np.dtype(code))


def _latin1(text: object, encoding: object) -> bytes:
    """How Python 3 writes bytes in an old pickle."""
    if not isinstance(text, str) or encoding not in ("latin1", b"latin1"):
        raise ValueError("bytes that are not latin1, which are refused")
    return text.encode("latin1")


def _kind(value: object) -> str:
    if isinstance(value, Array):
        return f"{value.dtype} {value.shape}"
    return "nothing" if value is None else type(value).__name__
