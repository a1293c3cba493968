"""Extreme eigenvalues and singular values over a field: in closed form if small, as intervals that hold them if not.

Of a symmetric matrix of up to two rows, or a diagonal one, there are formulas; of larger ones only intervals tell.
"""

from fractions import Fraction

import numpy as np
from mpmath.ctx_mp import MPContext

from thalweg.calculus.elimination import Matrix, inverse
from thalweg.calculus.fields import Element, Field, Inexact, Undefined
from thalweg.calculus.intervals import INTERVALS, between, middle, point

_HALF = Fraction(1, 2)
_CONTEXT = MPContext()
_CONTEXT.dps = 60


def largest(matrix: Matrix, field: Field) -> Element:
    """The largest eigenvalue of a symmetric matrix.

    Args:
        matrix: The matrix. Intervals that overlap count as equal here.
        field: Where its entries come from.

    Returns:
        The eigenvalue.

    Raises:
        Undefined: If the matrix is not symmetric.
        Inexact: If it has three rows or more and is not diagonal, and the field is not that of the intervals.
    """
    size = len(matrix)
    above = [(matrix[i, j], matrix[j, i]) for i in range(size) for j in range(i)]
    if any(field.compare("=", a, b) is False for a, b in above):
        raise Undefined("eigenvalues of a matrix that is not symmetric")
    if all(field.compare("=", part, field.number(0)) for pair in above for part in pair):
        result = matrix[0, 0]
        for entry in np.diagonal(matrix)[1:]:
            result = field.larger(result, entry)
        return result
    if size > 2 and field is not INTERVALS:
        raise Inexact("eigenvalues of a matrix of three rows or more")
    return _of_two(matrix, field) if size == 2 else _enclosed(matrix)


def _of_two(matrix: Matrix, field: Field) -> Element:
    """The larger solution of the quadratic equation of a symmetric matrix of two rows."""
    (a, b), (_, d) = matrix
    distance = field.reduced(field.power(field.reduced(a - d), 2) + 4 * field.power(b, 2))
    return field.number(field.reduced((a + d + field.power(distance, _HALF)) * field.number(_HALF)))


def _enclosed(matrix: Matrix) -> Element:
    """An interval that holds the largest eigenvalue, by Rayleigh's quotient from below and Gershgorin's discs from above.

    Both are taken in the basis of eigenvectors found in floating point, which need not be exact.
    """
    guess = _CONTEXT.matrix([[_CONTEXT.make_mpf(middle(entry)) for entry in row] for row in matrix])
    Q = np.array([[point(entry._mpf_) for entry in row] for row in _CONTEXT.eigsy(guess)[1].tolist()], object)
    D = inverse(Q, INTERVALS) @ matrix @ Q
    discs = [row[place] + sum(map(abs, np.delete(row, place))) for place, row in enumerate(D)]
    quotients = [(q @ matrix @ q) / (q @ q) for q in Q.T]
    return between(max(quotient.a for quotient in quotients), max(disc.b for disc in discs))
