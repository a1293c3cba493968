"""Random expressions with names of every trait, random values that have the traits, and the value of an index form by sums.

The value of a form is worked out entry by entry with einsum: another route to the number than the tree takes.
"""

import string
from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from random import Random

import numpy as np
import torch

from thalweg.calculus.forms import COLUMN, ROW
from thalweg.calculus.meaning import Scope, understand
from thalweg.calculus.nodes import SCALAR, Expr, Shape, symbol
from thalweg.calculus.numeric import evaluate
from thalweg.calculus.sizes import ONE, size_of

N, D = size_of("n"), size_of("d")
_SHAPES = {
    "x y z v": Shape(N, ONE),
    "w u": Shape(D, ONE),
    "X Y": Shape(N, D),
    "A B C": Shape(N, N),
    "G": Shape(D, D),
    "a b c t": SCALAR,
}
_TRAITS = {
    "S": (Shape(N, N), "symmetric"),
    "P": (Shape(N, N), "pd"),
    "M": (Shape(N, N), "psd"),
    "Q": (Shape(N, N), "orthogonal"),
    "R": (Shape(N, N), "orthogonal"),
    "D": (Shape(N, N), "diagonal"),
    "F": (Shape(N, N), "diagonal"),
    "lam": (SCALAR, "positive"),
    "mu": (SCALAR, "nonnegative"),
}
NAMES = {
    **{name: symbol(name, shape) for names, shape in _SHAPES.items() for name in names.split()},
    **{name: symbol(name, shape, frozenset({trait})) for name, (shape, trait) in _TRAITS.items()},
}


def read(text: str) -> Expr:
    """The meaning of a text in which these names stand."""
    return understand(text, Scope(names=dict(NAMES), sizes={"n", "d", "k"})).expr


def given_values(sizes: dict[str, int], draw: torch.Generator, are_positive: bool = False) -> dict[str, torch.Tensor]:
    """A random value of every name, with its traits."""
    return {name: _value(node, sizes, draw, are_positive) for name, node in NAMES.items()}


def _value(node: Expr, sizes: dict[str, int], draw: torch.Generator, is_positive: bool) -> torch.Tensor:
    traits = node.value.traits
    value = torch.randn(node.shape.rows.at(sizes), node.shape.columns.at(sizes), generator=draw)
    if traits & {"pd", "psd"}:
        return value @ value.mT + ("pd" in traits) * torch.eye(len(value))
    if "orthogonal" in traits:
        return torch.linalg.qr(value).Q
    if is_positive or traits & {"positive", "nonnegative"}:
        value = value.abs() + 0.1
    if "diagonal" in traits:
        return value.diagonal().diag()
    return value + value.mT if "symmetric" in traits else value


def cases(seed: int, count: int) -> Iterator[tuple[dict[str, int], dict[str, torch.Tensor]]]:
    """Random sizes and values; every third has positive values, for roots and logarithms. Many seeds share their cases."""
    for number in range(count):
        sizes, values = _case(seed % 16, number)
        yield sizes, dict(values)


@lru_cache(maxsize=1024)
def _case(seed: int, number: int) -> tuple[dict[str, int], dict[str, torch.Tensor]]:
    draw = torch.Generator().manual_seed(1000 * seed + number)
    sizes = {name: int(torch.randint(1, 4, (1,), generator=draw)) for name in ("n", "d", "k")}
    return sizes, given_values(sizes, draw, number % 3 == 2)


def difference(left: Expr, right: Expr, count: int = 6, seed: int = 0, enough: float = 1e-3) -> float | None:
    """The largest difference of two expressions, relative to the largest entry; None if no case has both.

    The search ends with a case in which they differ by enough.
    """
    worst = None
    for sizes, values in cases(seed, count):
        a, b = evaluate(left, values, sizes), evaluate(right, values, sizes)
        if a.isfinite().all() and b.isfinite().all():
            found = float((a - b).abs().max() / a.abs().max().clamp(min=1.0)) if a.shape == b.shape else float("inf")
            worst = found if worst is None else max(worst, found)
            if worst > enough:
                break
    return worst


# Random expressions, as text

SMOOTH = ("exp", "sin", "cos", "tanh", "sigmoid", "softplus")
CORNERS = ("relu", "abs", "step", "sign", "log", "tan")
_ROWS = {"1": ONE, "n": N, "d": D}


def tree(draw: Random, shape: str, depth: int, maps: tuple[str, ...] = SMOOTH) -> str:
    """A random expression of a shape, such as "n1" for a column, that has a value for all values of its names or most."""
    rows, columns = shape
    if depth == 0:
        return _leaf(draw, shape)

    def part(of: str) -> str:
        return tree(draw, of, depth - 1, maps)

    kind = draw.choice(("sum", "sum", "product", "product", "scaled", "entries", "turned", "map", "other", "other"))
    if kind == "sum":
        return f"({part(shape)} {draw.choice('+-')} {part(shape)})"
    if kind == "product":
        middle = draw.choice("nd")
        return f"({part(rows + middle)} {part(middle + columns)})"
    if kind == "scaled":
        return f"(({part('11')}) ({part(shape)}))"
    if kind == "entries" and shape != "11":
        return f"(({part(shape)}) .* ({part(shape)}))"
    if kind == "turned":
        return f"(({part(columns + rows)})')"
    if kind == "map":
        return f"{draw.choice(maps)}({part(shape)})"
    return draw.choice(
        _OTHERS["11" if shape == "11" else "n1" if columns == "1" else "nn" if rows == columns else "nd"]
    )(part, rows, columns)


def _leaf(draw: Random, shape: str) -> str:
    rows, columns = shape
    wanted = Shape(_ROWS[rows], _ROWS[columns])
    names = [name for name, node in NAMES.items() if node.shape == wanted]
    turned = [f"{name}'" for name, node in NAMES.items() if node.shape == wanted.turned and shape != "11"]
    constant = draw.choice(("2", "-3", "1/2", "n")) if shape == "11" else f"ones({rows}, {columns})"
    return draw.choice([*names, *turned, constant])


_OTHERS = {
    "11": (
        lambda part, *_: f"||{part('n1')}||",
        lambda part, *_: f"||{part('nd')}||_F",
        lambda part, *_: f"sum({part('nd')})",
        lambda part, *_: f"tr({part('dd')})",
        lambda part, *_: f"det({part('nn')})",
        lambda part, *_: f"logdet(eye(d) + ({part('nd')})' ({part('nd')}) + 9 eye(d))",
        lambda part, *_: f"(({part('11')}) / (2 + ({part('11')})^2))",
        lambda part, *_: f"(({part('11')})^3)",
        lambda part, *_: f"logsumexp({part('d1')})",
        lambda part, *_: f"sqrt(1 + ({part('11')})^2)",
    ),
    "n1": (
        lambda part, rows, _: f"softmax({part(rows + '1')})",
        lambda part, rows, _: f"diag({part(rows + rows)})",
        lambda part, rows, _: f"(({part(rows + '1')}).^3)",
        lambda part, rows, _: f"(({part(rows + '1')}) / (1 + ||{part(rows + '1')}||))",
    ),
    "nn": (
        lambda part, rows, _: f"inv({part(rows + rows)} + 5 eye({rows}))",
        lambda part, rows, _: f"diag({part(rows + '1')})",
        lambda part, rows, _: f"(({part(rows + rows)})^2)",
        lambda part, rows, _: f"(({part(rows + '1')}) ({part(rows + '1')})')",
    ),
    "nd": (
        lambda part, rows, columns: f"(({part(rows + columns)}).^2)",
        lambda part, rows, columns: f"(({part(rows + '1')}) ({part(columns + '1')})')",
    ),
}


# The value of an index form

_MAPS = {
    "exp": np.exp,
    "log": lambda u: np.log(np.abs(u)),  # of a product: the sum of the logarithms of absolute values
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "tanh": np.tanh,
    "sigmoid": lambda u: 1 / (1 + np.exp(-u)),
    "softplus": lambda u: np.logaddexp(u, 0),
    "sign": np.sign,
    "abs": np.abs,
    "step": lambda u: (u > 0).astype(float),
    "relu": lambda u: np.maximum(u, 0),
}


def form_value(form, shape: tuple[int, int], values: dict[str, torch.Tensor], sizes: dict[str, int]) -> np.ndarray:
    """All entries of a form: each term summed over its indices."""
    result = np.zeros(shape)
    for term in form.terms:
        lengths = {**{index: size.at(sizes) for index, size in term.sizes}, ROW: shape[0], COLUMN: shape[1]}
        letters = dict(zip(lengths, string.ascii_letters, strict=False))
        scale = float(term.count)
        for atom, power in term.scalars:
            scale = scale * _power(_atom(atom, (1, 1), values, sizes), power).item()
        parts = [(np.ones(length), letters[index]) for index, length in lengths.items()]
        for atom, places in term.factors:
            own = (*(lengths[index] for index in places), 1)[:2]
            entries = _atom(atom, own, values, sizes).reshape([lengths[index] for index in places])
            parts.append((entries, "".join(letters[index] for index in places)))
        said = ",".join(name for _, name in parts) + "->" + letters[ROW] + letters[COLUMN]
        result = result + scale * np.einsum(said, *(entries for entries, _ in parts), optimize="greedy")
    return result


def _power(base: np.ndarray, power: Fraction) -> np.ndarray:
    with np.errstate(all="ignore"):
        return np.power(base, int(power) if power.denominator == 1 else float(power))


def _atom(atom, shape: tuple[int, int], values: dict[str, torch.Tensor], sizes: dict[str, int]) -> np.ndarray:
    """The entries of an atom of a shape."""
    if atom.kind == "symbol":
        value = values[atom.name].numpy()
        return value.diagonal().reshape(-1, 1) if "diagonal" in atom.traits else value
    if atom.kind == "delta":
        return np.eye(shape[0])
    if atom.kind == "size":
        return np.array([[float(sizes[atom.name])]])
    if atom.kind in ("map", "raised", "group", "inverse"):
        inner = form_value(atom.inner[0], shape, values, sizes)
        with np.errstate(all="ignore"):
            if atom.kind == "map":
                return _MAPS[atom.name](inner)
            if atom.kind == "inverse":
                return np.linalg.inv(inner)
            return _power(inner, Fraction(atom.name)) if atom.kind == "raised" else inner
    if atom.kind == "power":
        base, exponent = (form_value(inner, (1, 1), values, sizes) for inner in atom.inner)
        return base**exponent
    return evaluate(atom.source, values, sizes).numpy()
