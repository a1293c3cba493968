"""The table of expressions with their values by direct formulas of numpy, for the tests of whatever evaluates them."""

from fractions import Fraction

import numpy as np
import torch

from thalweg.calculus.intervals import Interval
from thalweg.calculus.meaning import Scope, understand
from thalweg.calculus.nodes import SCALAR, Expr, Shape, symbol
from thalweg.calculus.sizes import ONE, size_of

SIZES = {"n": 3, "d": 2}
N, D = size_of("n"), size_of("d")
SHAPES = {
    "x": Shape(N, ONE),
    "y": Shape(N, ONE),
    "w": Shape(D, ONE),
    "X": Shape(N, D),
    "A": Shape(N, N),
    "B": Shape(N, N),
    "C": Shape(D, D),
    "lam": SCALAR,
    "mu": SCALAR,
}


def read(text: str) -> Expr:
    """The meaning of a text in which the names of `SHAPES` stand."""
    scope = Scope(names={name: symbol(name, shape) for name, shape in SHAPES.items()}, sizes={"n", "d"})
    return understand(text, scope).expr


def random_values(seed: int, sizes: dict[str, int] = SIZES, largest: int = 4) -> dict[str, list[list[int]]]:
    """Small whole numbers for every name; the scalars are positive."""
    generator = np.random.default_rng(seed)
    values = {}
    for name, shape in SHAPES.items():
        low = 1 if shape.is_scalar else -largest
        values[name] = generator.integers(low, largest + 1, (shape.rows.at(sizes), shape.columns.at(sizes))).tolist()
    return values


def floats(values: dict[str, list]) -> dict[str, torch.Tensor]:
    """The same values in float64."""
    return {name: torch.tensor([[float(entry) for entry in row] for row in rows]) for name, rows in values.items()}


def fractions(values: dict[str, list]) -> dict[str, list]:
    """The same values, divided by small numbers, as fractions."""
    return {
        name: [[Fraction(entry, 1 + (i + 2 * j) % 4) for j, entry in enumerate(row)] for i, row in enumerate(rows)]
        for name, rows in values.items()
    }


def _norm2(a):
    return np.linalg.norm(a, 2)


FORMULAS = {  # by text: the value by numpy, in which a scalar is a number
    "pi w": lambda v: np.pi * v.w,
    "7/3": lambda v: 7 / 3,
    "n lam": lambda v: 3 * v.lam,
    "A + eye(n)": lambda v: v.A + np.eye(3),
    "X + zeros(n, d)": lambda v: v.X,
    "x - 2 y + ones(n)": lambda v: v.x - 2 * v.y + 1,
    "X w": lambda v: v.X @ v.w,
    "x y' x": lambda v: v.x @ v.y.T @ v.x,
    "lam X' A X": lambda v: v.lam * v.X.T @ v.A @ v.X,
    "x .* y": lambda v: v.x * v.y,
    "x ./ (y .* y + ones(n))": lambda v: v.x / (v.y**2 + 1),
    "(A X)'": lambda v: v.X.T @ v.A.T,
    "inv(A' A + lam eye(n))": lambda v: np.linalg.inv(v.A.T @ v.A + v.lam * np.eye(3)),
    "inv(x x' + eye(n)) y": lambda v: np.linalg.solve(v.x @ v.x.T + np.eye(3), v.y),
    "pinv(X)": lambda v: np.linalg.pinv(v.X),
    "pinv(X')": lambda v: np.linalg.pinv(v.X.T),
    "pinv(x y')": lambda v: np.linalg.pinv(v.x @ v.y.T, rcond=1e-10),
    "pinv(zeros(n, d))": lambda v: np.zeros((2, 3)),
    "lam^3 + lam^-2": lambda v: v.lam**3 + v.lam**-2.0,
    "(lam^2)^(1/2)": lambda v: v.lam,
    "sqrt(lam)^3 / sqrt(mu)": lambda v: v.lam**1.5 / v.mu**0.5,
    "lam^mu": lambda v: v.lam**v.mu,
    "lam^(n - 1)": lambda v: v.lam**2,
    "A^3": lambda v: v.A @ v.A @ v.A,
    "A^0": lambda v: np.eye(3),
    "A^mu": lambda v: np.linalg.matrix_power(v.A, round(v.mu)),
    "relu(x - ones(n))": lambda v: np.maximum(v.x - 1, 0),
    "exp(x / 2)": lambda v: np.exp(v.x / 2),
    "log(x .* x + ones(n))": lambda v: np.log1p(v.x**2),
    "abs(A)": lambda v: np.abs(v.A),
    "|lam - mu|": lambda v: abs(v.lam - v.mu),
    "sin(x)": lambda v: np.sin(v.x),
    "cos(x)": lambda v: np.cos(v.x),
    "tan(x / 4)": lambda v: np.tan(v.x / 4),
    "tanh(x / 2)": lambda v: np.tanh(v.x / 2),
    "sigmoid(x)": lambda v: 1 / (1 + np.exp(-v.x)),
    "softplus(x)": lambda v: np.log1p(np.exp(v.x)),
    "sign(x)": lambda v: np.sign(v.x),
    "step(x)": lambda v: np.heaviside(v.x, 0),
    "x .^ 3": lambda v: v.x**3,
    "(x .* x) .^ (1/2)": lambda v: np.abs(v.x),
    "max(x, y)": lambda v: np.maximum(v.x, v.y),
    "min(lam, mu)": lambda v: min(v.lam, v.mu),
    "where(x > y, x, 3 y)": lambda v: np.where(v.x > v.y, v.x, 3 * v.y),
    "where(not (lam > mu) or lam = 1, x, y)": lambda v: v.x if v.lam <= v.mu or v.lam == 1 else v.y,
    "where(x >= y implies x != y, x, 2 y)": lambda v: np.where((v.x < v.y) | (v.x != v.y), v.x, 2 * v.y),
    "where(x <= y iff lam < mu and mu > lam, x, 2 y)": lambda v: np.where((v.x <= v.y) == (v.lam < v.mu), v.x, 2 * v.y),
    "softmax(x / 2)": lambda v: np.exp(v.x / 2) / np.exp(v.x / 2).sum(),
    "logsumexp(x / 2)": lambda v: np.log(np.exp(v.x / 2).sum()),
    "tr(A B)": lambda v: (v.A.T * v.B).sum(),
    "det(A)": lambda v: np.linalg.det(v.A),
    "logdet(A A' + eye(n))": lambda v: np.linalg.slogdet(v.A @ v.A.T + np.eye(3))[1],
    "sum(A)": lambda v: v.A.sum(),
    "mean(X)": lambda v: v.X.mean(),
    "||x - y||": lambda v: _norm2(v.x - v.y),
    "||x'||^2": lambda v: (v.x**2).sum(),
    "||A||_F": lambda v: np.linalg.norm(v.A),
    "||A||_F^-2": lambda v: 1 / (v.A**2).sum(),
    "||A||_2": lambda v: _norm2(v.A),
    "||X||_2^2": lambda v: _norm2(v.X) ** 2,
    "||X||_2": lambda v: _norm2(v.X),
    "diag(x)": lambda v: np.diag(v.x[:, 0]),
    "diag(A)": lambda v: np.diag(v.A)[:, None],
    "[A, x; y', lam]": lambda v: np.block([[v.A, v.x], [v.y.T, np.full((1, 1), v.lam)]]),
    "[X, x; 0, 1]": lambda v: np.block([[v.X, v.x], [np.zeros((1, 2)), np.ones((1, 1))]]),
    "A[2,3] + x[1]": lambda v: v.A[1, 2] + v.x[0, 0],
    "smax(X)": lambda v: np.linalg.svd(v.X)[1][0],
    "smin(X)": lambda v: np.linalg.svd(v.X)[1][-1],
    "smin(A A' + eye(n))": lambda v: np.linalg.svd(v.A @ v.A.T + np.eye(3))[1][-1],
    "emax(C + C')": lambda v: np.linalg.eigvalsh(v.C + v.C.T)[-1],
    "emin(C + C')": lambda v: np.linalg.eigvalsh(v.C + v.C.T)[0],
    "emax(A + A')": lambda v: np.linalg.eigvalsh(v.A + v.A.T)[-1],
    "emin(A + A')": lambda v: np.linalg.eigvalsh(v.A + v.A.T)[0],
    "emax(diag(x))": lambda v: v.x.max(),
    "rank(X X')": lambda v: np.linalg.matrix_rank(v.X, rtol=1e-10),
    "rank(x y')": lambda v: np.linalg.matrix_rank(v.x @ v.y.T, rtol=1e-10),
}


def ends(element: int | Fraction | Interval) -> tuple[Fraction, Fraction]:
    """The ends of an interval, exactly; of a fraction, itself twice."""
    if not isinstance(element, Interval):
        return Fraction(element), Fraction(element)
    low, high = (
        Fraction(-mantissa if sign else mantissa) * Fraction(2) ** exponent
        for sign, mantissa, exponent, _ in element._mpi_
    )
    return low, high


def as_tensor(matrix: np.ndarray) -> torch.Tensor:
    """A matrix of any ordered field in float64; of intervals their middles."""
    return torch.tensor([[float(sum(ends(element)) / 2) for element in row] for row in matrix])


class Values:
    """Values by attribute, of scalars as numbers, for the formulas of the table."""

    def __init__(self, values: dict[str, torch.Tensor]) -> None:
        for name, value in values.items():
            setattr(self, name, value.item() if SHAPES[name].is_scalar else value.numpy())


def by_formula(text: str, values: dict[str, torch.Tensor]) -> torch.Tensor:
    """What the formula of the table gives."""
    value = FORMULAS[text](Values(values))
    return torch.tensor(np.atleast_2d(value) if np.ndim(value) < 2 else value, dtype=torch.float64)
