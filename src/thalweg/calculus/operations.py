"""What each operation of an expression does to exact matrices, one after the other. Walking the tree is `exact`'s.

The table `OPERATIONS` has a line for each operation, in the order of `nodes` and of `numeric`. Those of which not all parts
need be worked out (`power`, `where`) are in `exact`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from thalweg.calculus.elimination import Matrix, determinant, identity, inverse, numbers, pinv, rank
from thalweg.calculus.fields import Element, Field, Undefined
from thalweg.calculus.nodes import Expr, Symbol
from thalweg.calculus.sizes import ONE
from thalweg.calculus.spectra import largest

HALF = Fraction(1, 2)


@dataclass(frozen=True)
class Case:
    """What the names mean.

    Attributes:
        values: The value of each name.
        sizes: The value of each size.
        field: What to compute in.
        known: What has been worked out: equal parts are worked out once.
    """

    values: Mapping[str, Matrix | Sequence]
    sizes: Mapping[str, int]
    field: Field
    known: dict[Expr, Matrix] = field(default_factory=dict)


def one(element: Element) -> Matrix:
    """A matrix of one entry."""
    result = np.empty((1, 1), object)
    result[0, 0] = element
    return result


def each(function: Callable, *matrices: Matrix) -> Matrix:
    """A function of every entry."""
    return np.frompyfunc(function, len(matrices), 1)(*matrices)


def _shape(case: Case, node: Expr) -> tuple[int, int]:
    """The rows and columns of a node."""
    return node.shape.rows.at(case.sizes), node.shape.columns.at(case.sizes)


def _filled(case: Case, node: Expr, value: int) -> Matrix:
    """A constant matrix of the shape of a node."""
    return np.full(_shape(case, node), case.field.number(value), object)


def _symbol(case: Case, node: Expr) -> Matrix:
    """The value of a name."""
    assert isinstance(node.value, Symbol)
    value, shape = np.asarray(case.values[node.value.name], object), _shape(case, node)
    if value.shape != shape:
        raise ValueError(f"evaluate: need a value of shape {shape} for {node.value.name}, got {value.shape}")
    return numbers(value, case.field)


def _product(case: Case, _node: Expr, *factors: Matrix) -> Matrix:
    """A product, from left to right."""
    result = factors[0]
    for factor in factors[1:]:
        scales = result.size == 1 or factor.size == 1
        result = case.field.reduced(result * factor if scales else result.dot(factor))
    return result


def _inverse(case: Case, _node: Expr, a: Matrix) -> Matrix:
    """The inverse of a matrix, or of a number."""
    return one(case.field.invert(a[0, 0])) if a.size == 1 else inverse(a, case.field)


def _smaller(field: Field) -> Callable[[Element, Element], Element]:
    """The function that gives the smaller of two elements."""
    return lambda a, b: -field.larger(-a, -b)


def _softmax(case: Case, _node: Expr, x: Matrix) -> Matrix:
    """Exponentials over their sum; what all entries have in common is taken away first."""
    exponentials = _map(case, "exp", case.field.reduced(x - x[0, 0]))
    return case.field.reduced(exponentials * case.field.invert(case.field.reduced(exponentials.sum())))


def _logsumexp(case: Case, _node: Expr, x: Matrix) -> Matrix:
    """The logarithm of a sum of exponentials, of which the first is taken out."""
    total = case.field.reduced(_map(case, "exp", case.field.reduced(x - x[0, 0])).sum())
    return one(case.field.reduced(x[0, 0] + case.field.apply("log", total)))


def _map(case: Case, name: str, a: Matrix) -> Matrix:
    """A function of every entry."""
    return each(lambda entry: case.field.apply(name, entry), a)


def _logdet(case: Case, _node: Expr, a: Matrix) -> Matrix:
    """The logarithm of a determinant that is positive."""
    return one(case.field.apply("log", determinant(a, case.field)))


def is_entrywise(node: Expr) -> bool:
    """Whether a norm is the root of a sum of squares."""
    inside = node.args[0].shape
    return node.value == "F" or ONE in (inside.rows, inside.columns)


def squares(case: Case, a: Matrix) -> Element:
    """The sum of the squares of all entries."""
    return case.field.reduced((a**2).sum())


def _norm(case: Case, node: Expr, a: Matrix) -> Matrix:
    """A norm: the root of the sum of squares, or the largest singular value."""
    if 1 in a.shape or is_entrywise(node):
        return one(case.field.power(squares(case, a), HALF))
    return _singular(case, a, 1)


def _singular(case: Case, a: Matrix, sign: int) -> Matrix:
    """The largest singular value, or with -1 the smallest: the root of an eigenvalue of the smaller of A'A and AA'."""
    square = case.field.reduced(a.dot(a.T) if len(a) <= a.shape[1] else a.T.dot(a))
    eigenvalue = _extreme(case, square, sign)
    return one(case.field.power(case.field.larger(eigenvalue, case.field.number(0)), HALF))


def _extreme(case: Case, a: Matrix, sign: int) -> Element:
    """The largest eigenvalue of a symmetric matrix, or with -1 the smallest."""
    return case.field.reduced(sign * largest(case.field.reduced(sign * a), case.field))


def _diag(case: Case, node: Expr, x: Matrix) -> Matrix:
    """A diagonal matrix."""
    result = _filled(case, node, 0)
    np.fill_diagonal(result, x[:, 0])
    return result


def _block(_case: Case, node: Expr, *parts: Matrix) -> Matrix:
    """Matrices beside and below each other."""
    rows, columns = node.value
    lines = [np.concatenate(parts[row * columns : (row + 1) * columns], 1) for row in range(rows)]
    return np.concatenate(lines)


def _entry(_case: Case, node: Expr, a: Matrix) -> Matrix:
    """One entry, if the matrix is as large as that."""
    row, column = node.value
    if row >= len(a) or column >= a.shape[1]:
        raise Undefined(f"the entry {row + 1}, {column + 1} of a {len(a)} x {a.shape[1]} matrix")
    return one(a[row, column])


OPERATIONS: dict[str, Callable[..., Matrix]] = {
    "symbol": _symbol,
    "number": lambda case, node: one(case.field.number(node.value)),
    "size": lambda case, node: one(case.field.number(node.value.at(case.sizes))),
    "pi": lambda case, _: one(case.field.apply("pi", case.field.number(1))),
    "identity": lambda case, node: identity(node.shape.rows.at(case.sizes), case.field),
    "zeros": lambda case, node: _filled(case, node, 0),
    "ones": lambda case, node: _filled(case, node, 1),
    "add": lambda case, _, *terms: case.field.reduced(sum(terms[1:], terms[0])),
    "product": _product,
    "hadamard": lambda case, _, a, b: case.field.reduced(a * b),
    "transpose": lambda _case, _, a: a.T,
    "inverse": _inverse,
    "pinv": lambda case, _, a: pinv(a, case.field),
    "map": lambda case, node, a: _map(case, node.value, a),
    "raised": lambda case, node, a: each(lambda entry: case.field.power(entry, node.value), a),
    "max": lambda case, _, a, b: each(case.field.larger, a, b),
    "min": lambda case, _, a, b: each(_smaller(case.field), a, b),
    "softmax": _softmax,
    "logsumexp": _logsumexp,
    "trace": lambda case, _, a: one(case.field.reduced(a.trace())),
    "det": lambda case, _, a: one(determinant(a, case.field)),
    "logdet": _logdet,
    "total": lambda case, _, a: one(case.field.reduced(a.sum())),
    "norm": _norm,
    "diag": _diag,
    "diagonal": lambda _case, _, a: a.diagonal()[:, None],
    "block": _block,
    "entry": _entry,
    "smax": lambda case, _, a: _singular(case, a, 1),
    "smin": lambda case, _, a: _singular(case, a, -1),
    "emax": lambda case, _, a: one(_extreme(case, a, 1)),
    "emin": lambda case, _, a: one(_extreme(case, a, -1)),
    "rank": lambda case, _, a: one(case.field.number(rank(a, case.field))),
}
