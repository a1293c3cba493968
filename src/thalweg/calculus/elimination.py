"""Linear algebra over any field of `fields`: elimination without fractions, and what follows from it. No floats here.

All of it rests on one loop, the fraction-free elimination of Gauss, Jordan and Bareiss: whole numbers stay whole, so that
matrices of fractions are inverted with ints, once their common denominator is cleared.
"""

from dataclasses import dataclass

import numpy as np

from thalweg.calculus.fields import Element, Field, Inexact, Undefined

Matrix = np.ndarray  # of dtype object, with two axes: rows of elements of one field

MOST_ROWS = 16


@dataclass(frozen=True)
class Reduced:
    """What elimination makes of a matrix.

    Attributes:
        rows: Row by row; every pivot is the same number, and stands alone in its column.
        columns: Where the pivots are.
        pivot: That number; 1 if there is none.
        sign: -1 if rows were exchanged an odd number of times, else 1.
        factor: By what the matrix was multiplied beforehand.
    """

    rows: Matrix
    columns: tuple[int, ...]
    pivot: Element
    sign: int
    factor: Element


def eliminated(matrix: Matrix, field: Field, beside: Matrix | None = None) -> Reduced:
    """A matrix after elimination, and what became of another one beside it.

    Args:
        matrix: The matrix, of at most 16 rows and columns.
        field: Where its entries come from.
        beside: A matrix with as many rows; every row operation is done to it too. It is whole.

    Returns:
        The reduced rows; those of `beside` come last.

    Raises:
        Inexact: If the matrix or its numbers are too large, or if it cannot be told whether a pivot is 0.
    """
    height, width = matrix.shape
    if max(matrix.shape) > MOST_ROWS:
        raise Inexact(f"elimination of a {height} x {width} matrix")
    rows, factor = field.cleared(matrix)
    field.guard(max((entry for row in rows for entry in row), key=_length), min(matrix.shape))
    rows = rows if beside is None else [a + b for a, b in zip(rows, beside.tolist(), strict=True)]
    columns, pivot, sign = [], field.number(1), 1
    for column in range(width):
        done = len(columns)
        at = _pivot(rows, done, column, field)
        if at is not None:
            rows[done], rows[at], sign = rows[at], rows[done], sign if at == done else -sign
            rows, pivot = _cleared(rows, done, column, pivot, field), rows[done][column]
            columns.append(column)
    return Reduced(np.array(rows, object), tuple(columns), pivot, sign, factor)


def _length(entry: Element) -> int:
    """How long a whole number is; intervals are never too long."""
    return entry.bit_length() if isinstance(entry, int) else 0


def _pivot(rows: list[list], done: int, column: int, field: Field) -> int | None:
    """The row, of those not done, whose entry in a column is the furthest from 0; None if all are 0."""
    distances = [field.least(row[column]) for row in rows[done:]]
    furthest = max(distances, default=0)
    if furthest > 0:
        return done + distances.index(furthest)
    if not all(field.compare("=", row[column], field.number(0)) for row in rows[done:]):
        raise Inexact("whether a pivot is 0")
    return None


def _cleared(rows: list[list], done: int, column: int, before: Element, field: Field) -> list[list]:
    """The rows with a column cleared but for its pivot, which the earlier ones become too."""
    chosen = rows[done]
    pivot = chosen[column]
    return [row if row is chosen else field.crossed(row, chosen, pivot, row[column], before) for row in rows]


def identity(size: int, field: Field) -> Matrix:
    """Ones on the diagonal."""
    result = np.full((size, size), field.number(0), object)
    np.fill_diagonal(result, field.number(1))
    return result


def inverse(matrix: Matrix, field: Field) -> Matrix:
    """The inverse of a square matrix.

    Args:
        matrix: The matrix.
        field: Where its entries come from.

    Returns:
        The inverse.

    Raises:
        Undefined: If the matrix is singular.

    Example:
        >>> from thalweg.calculus.fields import RATIONALS
        >>> inverse(np.array([[2, 1], [1, 1]], object), RATIONALS).tolist()
        [[1, -1], [-1, 2]]
    """
    size = len(matrix)
    reduced = eliminated(matrix, field, identity(size, field))
    if len(reduced.columns) < size:
        raise Undefined("the inverse of a singular matrix")
    share = field.invert(reduced.pivot)
    return numbers(field.reduced(reduced.rows[:, size:] * field.reduced(reduced.factor * share)), field)


def numbers(matrix: Matrix, field: Field) -> Matrix:
    """An array with every entry made an element of the field."""
    return np.frompyfunc(field.number, 1, 1)(matrix)


def determinant(matrix: Matrix, field: Field) -> Element:
    """The determinant of a square matrix."""
    reduced = eliminated(matrix, field)
    if len(reduced.columns) < len(matrix):
        return field.number(0)
    scale = field.power(field.invert(field.number(reduced.factor)), len(matrix))
    return field.number(field.reduced(reduced.sign * reduced.pivot * scale))


def rank(matrix: Matrix, field: Field) -> int:
    """How many rows are linearly independent."""
    return len(eliminated(matrix, field).columns)


def pinv(matrix: Matrix, field: Field) -> Matrix:
    r"""The pseudo-inverse of Moore and Penrose.

    With $A = CF$, the columns of $C$ and the rows of $F$ independent, it is $F^\top (C^\top A F^\top)^{-1} C^\top$, which
    a factor of $C$ or of $F$ does not change.
    """
    reduced = eliminated(matrix, field)
    if not reduced.columns:
        return np.full(matrix.shape[::-1], field.number(0), object)
    C, F = matrix[:, list(reduced.columns)], reduced.rows[: len(reduced.columns)]
    middle = inverse(field.reduced(C.T @ matrix @ F.T), field)
    return numbers(field.reduced(field.reduced(F.T @ middle) @ C.T), field)
