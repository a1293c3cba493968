"""Whether the powers of a matrix of fractions tend to 0, or stay where they are, decided exactly from its eigenvalues."""

from fractions import Fraction

import numpy as np

from thalweg.calculus.elimination import inverse, rank
from thalweg.calculus.fields import RATIONALS


def characteristic(A: np.ndarray) -> list[Fraction]:
    """The characteristic polynomial of a matrix of fractions, highest power first, by Faddeev and LeVerrier.

    Example:
        >>> [str(part) for part in characteristic(np.array([[2, 1], [0, 3]], object))]
        ['1', '-5', '6']
    """
    result, M = [Fraction(1)], np.zeros(A.shape, int).astype(object)
    for place in range(1, len(A) + 1):
        M = A.dot(M) + result[-1] * np.eye(len(A), dtype=int).astype(object)
        result.append(-Fraction(A.dot(M).trace()) / place)
    return result


def is_inside(parts: list[Fraction]) -> bool:
    """Whether all roots of a polynomial lie inside the unit circle, by Schur and Cohn; highest power first.

    Example:
        >>> is_inside([Fraction(2), Fraction(1)]), is_inside([Fraction(1), Fraction(1)])
        (True, False)
    """
    while len(parts) > 1:
        first, last = parts[0], parts[-1]
        if abs(last) >= abs(first):
            return False
        parts = [first * a - last * b for a, b in zip(parts, reversed(parts), strict=True)][:-1]
    return True


def is_stable(A: np.ndarray) -> bool:
    """Whether all eigenvalues of a matrix of fractions are smaller than 1 in absolute value."""
    return is_inside(characteristic(A))


def is_stable_but_for_ones(A: np.ndarray, rank_of_rest: int) -> bool:
    """Whether all eigenvalues are inside the unit circle or are 1, with as many eigenvectors as ones.

    Args:
        A: The matrix.
        rank_of_rest: The rank of I - A.

    Returns:
        Whether it is so.
    """
    parts = characteristic(A)
    ones = 0
    while len(parts) > 1 and not sum(parts):
        quotient = [parts[0]]
        for part in parts[1:-1]:
            quotient.append(quotient[-1] + part)
        parts, ones = quotient, ones + 1
    return len(A) - rank_of_rest == ones and is_inside(parts)


def dies_out(A: np.ndarray, z: np.ndarray) -> bool:
    """Whether $A^t z$ tends to 0: whether A is stable on the span of z, A z, A^2 z, ... .

    Example:
        >>> A, z = np.array([[2, 0], [0, Fraction(1, 2)]], object), np.array([[0], [1]], object)
        >>> is_stable(A), dies_out(A, z)
        (False, True)
    """
    if not z.any():
        return True
    span = z
    while rank(more := np.concatenate([span, A.dot(span[:, -1:])], 1), RATIONALS) == more.shape[1]:
        span = more
    turned = inverse(span.T.dot(span), RATIONALS).dot(span.T)
    return is_stable(turned.dot(A).dot(span))
