r"""Gradient checking: the gradient by hand against central differences, parameter by parameter.

$\big(f(x + h) - f(x - h)\big) / 2h$ is right to order $h^2$; in float64 with $h = 10^{-5}$ it has about ten digits.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray
SMALL = 1e-7  # Gradients smaller than this are compared as if they had this size: differences have no digits there.


@dataclass(frozen=True)
class Check:
    """One parameter's gradient, checked.

    Attributes:
        name: The parameter.
        shape: Its shape.
        error: The largest relative error of the entries that were checked.
        where: The entry with that error.
        by_hand: The gradient by hand there.
        numeric: The gradient by differences there.
        count: How many entries were checked.
        corners: How many of them stand so near a corner of a ReLU that differences say nothing; they are left out.
    """

    name: str
    shape: tuple[int, ...]
    error: float
    where: tuple[int, ...]
    by_hand: float
    numeric: float
    count: int
    corners: int = 0


def numeric_gradient(f: Callable[[Array], float | Array], x: Array, df: float | Array = 1.0, h: float = 1e-5) -> Array:
    """The gradient of `(f(x) * df).sum()` in x by central differences, entry by entry.

    Args:
        f: A function of x; it is called with x itself, one entry of which is changed for the time.
        x: Where; of a floating-point type.
        df: The gradient in f's output; 1 for a function whose value is one number.
        h: The difference.

    Returns:
        The gradient, in the shape of x.

    Raises:
        ValueError: If x is not in float64, where differences have digits, or h not positive.

    Example:
        >>> numeric_gradient(lambda x: x[0] ** 2 * x[1], np.array([3.0, 5.0])).round(6)
        array([30.,  9.])
    """
    if x.dtype != np.float64 or not h > 0:
        raise ValueError(f"numeric_gradient: need x in float64 and h > 0, got {x.dtype} and {h}")
    gradient = np.zeros_like(x)
    for place in np.ndindex(x.shape):
        gradient[place] = _difference(lambda: np.sum(f(x) * df), x, place, h)
    return gradient


def check_gradients(
    net: Any,  # noqa: ANN401 - any network with params and loss
    X: Array,
    y: Array,
    entries: int = 50,
    h: float = 1e-5,
    seed: int = 0,
) -> list[Check]:
    """Check a network's gradients in some entries of every parameter.

    At a corner differences see something of each side's slope. So they are taken twice, the second time over a tenth of the
    distance, and entries where the two disagree are counted as corners.

    Args:
        net: A network with `params` and `loss(X, y)`, in float64.
        X: Inputs.
        y: Labels.
        entries: How many entries of each parameter, drawn at random; all if it has no more.
        h: The difference.
        seed: Where the chance of the entries begins.

    Returns:
        One check a parameter; `report` makes a table of them.

    Raises:
        ValueError: If the network is not in float64 (differences have no digits in float32), a gradient has another shape
            than its parameter, or there is nothing to check.

    Example:
        >>> from thalweg.scratch import TwoLayerNet
        >>> net = TwoLayerNet(input_dim=4, hidden_dim=5, num_classes=3, weight_scale=0.5)
        >>> X, y = np.random.default_rng(0).standard_normal((6, 4)), np.array([0, 1, 2, 0, 1, 2])
        >>> all(check.error < 1e-6 for check in check_gradients(net, X, y))
        True
    """
    wrong = {value.dtype for value in net.params.values()} - {np.dtype(np.float64)}
    if wrong:
        raise ValueError(
            f"check_gradients: need parameters in float64, got {wrong.pop()}; dtype=np.float64 makes them so"
        )
    if entries < 1 or not h > 0:
        raise ValueError(f"check_gradients: need entries from 1 on and h > 0, got {entries} and {h}")
    chance = np.random.default_rng(seed)
    _, grads = net.loss(X, y)
    for name, value in net.params.items():
        if grads[name].shape != value.shape:
            raise ValueError(f"check_gradients: need a gradient {value.shape} for {name}, got {grads[name].shape}")
    return [_check(net, X, y, name, grads[name], entries, h, chance) for name in sorted(net.params)]


def report(checks: list[Check]) -> str:
    """The checks as a table, the worst entry of every parameter.

    Example:
        >>> print(report([Check("W1", (2, 3), 1e-9, (0, 1), 0.25, 0.25, 6)]))
        parameter  shape   checked  corners  largest error  at      by hand  numeric
        W1         (2, 3)  6        0        1.0e-09        (0, 1)  0.25     0.25
    """
    heads = ("parameter", "shape", "checked", "corners", "largest error", "at", "by hand", "numeric")
    rows = [heads] + [
        (
            c.name,
            str(c.shape),
            str(c.count),
            str(c.corners),
            f"{c.error:.1e}",
            str(c.where),
            f"{c.by_hand:.6g}",
            f"{c.numeric:.6g}",
        )
        for c in checks
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join(lines)


def _check(
    net: Any,  # noqa: ANN401
    X: Array,
    y: Array,
    name: str,
    gradient: Array,
    entries: int,
    h: float,
    chance: np.random.Generator,
) -> Check:
    value = net.params[name]
    drawn = chance.permutation(value.size)[:entries]
    places = [tuple(int(i) for i in np.unravel_index(flat, value.shape)) for flat in drawn]
    numeric, finer = (
        np.array([_difference(lambda: net.loss(X, y)[0], value, place, step) for place in places])
        for step in (h, h / 10)
    )
    by_hand = np.array([gradient[place] for place in places])
    corner = np.abs(numeric - finer) > 1e-3 * (np.abs(numeric) + np.abs(finer)) + SMALL
    errors = np.where(corner, 0.0, np.abs(by_hand - numeric) / np.maximum(SMALL, np.abs(by_hand) + np.abs(numeric)))
    worst = int(errors.argmax())
    return Check(
        name, value.shape, float(errors[worst]), places[worst], float(by_hand[worst]), float(numeric[worst]), len(places),
        int(corner.sum()),
    )  # fmt: skip


def _difference(f: Callable[[], float], x: Array, place: tuple[int, ...], h: float) -> float:
    """The central difference of a function that reads x, in one entry of x, which is put back."""
    kept = x[place]
    try:
        x[place] = kept + h
        above = f()
        x[place] = kept - h
        below = f()
    finally:
        x[place] = kept
    return float(above - below) / (2 * h)
