"""What can be a covariance: a matrix that is positive semidefinite, or a variance that is never negative, by its form.

Nothing is searched and no time is spent: what is not seen at once must be declared.
"""

from collections.abc import Collection, Sequence
from fractions import Fraction

from thalweg.calculus.algebra import is_zero, split, transposed
from thalweg.calculus.nodes import Expr, Symbol
from thalweg.claims.files.totality import is_nonnegative

_BELOW = {"<": ((0, 1),), "<=": ((0, 1),), ">": ((1, 0),), ">=": ((1, 0),), "=": ((0, 1), (1, 0))}


def is_semidefinite(expr: Expr, givens: Collection[Expr] = ()) -> bool:
    """Whether a matrix is certainly positive semidefinite, and so symmetric; of a number, whether it is not negative.

    Args:
        expr: The matrix, or the number.
        givens: What is assumed.

    Returns:
        Whether its form says so: squares, declared traits, and what is made of such. False says nothing.

    Example:
        >>> from thalweg.calculus.meaning import Scope, understand
        >>> scope = Scope(is_open=True)
        >>> [is_semidefinite(understand(text, scope).expr) for text in ("X X' + sigma^2 I", "X X' - I", "lam I")]
        [True, False, False]
    """
    if expr.is_scalar and (is_nonnegative(expr) or _is_bounded(expr, givens)):
        return True
    if isinstance(expr.value, Symbol):
        return bool(expr.value.traits & {"psd", "pd"})
    if expr.op == "product":
        scalars, chain = split(expr.args)
        odd = [scalar for scalar in scalars if scalars.count(scalar) % 2]
        return all(is_semidefinite(scalar, givens) for scalar in odd) and _is_square(chain, givens)
    if expr.op in ("add", "inverse", "pinv", "transpose", "hadamard"):
        return all(is_semidefinite(arg, givens) for arg in expr.args)
    if expr.op == "power":
        return is_semidefinite(expr.args[0], givens)
    if expr.op == "diag":
        return is_nonnegative(expr.args[0]) or _is_bounded(expr.args[0], givens)
    if expr.op == "block":
        return _is_definite_block(expr, givens)
    return expr.op in ("identity", "zeros", "ones") and expr.shape.rows == expr.shape.columns


def _is_bounded(expr: Expr, givens: Collection[Expr]) -> bool:
    """Whether a given says that nothing in an expression is below something that is not negative."""
    for given in givens:
        for low, high in _BELOW.get(given.value, ()) if given.op == "compare" else ():
            least = given.args[low]
            if given.args[high] == expr and (is_zero(least) or (least.is_scalar and is_nonnegative(least))):
                return True
    return False


def _is_square(chain: Sequence[Expr], givens: Collection[Expr]) -> bool:
    """Whether a chain of factors is `A' M A` with a semidefinite M, or nothing."""
    half = len(chain) // 2
    left, middle, right = chain[:half], chain[half : len(chain) - half], chain[len(chain) - half :]
    is_mirrored = all(part == transposed(other) for part, other in zip(left, reversed(right), strict=True))
    return is_mirrored and all(is_semidefinite(part, givens) for part in middle)


def _is_definite_block(expr: Expr, givens: Collection[Expr]) -> bool:
    """Whether a matrix of blocks is diagonal with semidefinite blocks, or made of numbers and semidefinite."""
    rows, columns = expr.value
    grid = [expr.args[row * columns : (row + 1) * columns] for row in range(rows)]
    if rows != columns:
        return False
    if all(part.op == "number" for part in expr.args):
        return _eliminates([[part.value for part in row] for row in grid])
    beside = (part for i, row in enumerate(grid) for j, part in enumerate(row) if i != j)
    return all(is_zero(part) for part in beside) and all(is_semidefinite(grid[i][i], givens) for i in range(rows))


def _eliminates(matrix: list[list[Fraction]]) -> bool:
    """Whether a symmetric matrix of numbers is semidefinite: no pivot is negative, and beside a pivot 0 there is nothing."""
    if any(matrix[i][j] != matrix[j][i] for i in range(len(matrix)) for j in range(i)):
        return False
    while matrix:
        (pivot, *beside), *below = matrix
        if pivot < 0 or (not pivot and any(beside)):
            return False
        matrix = [
            [entry - (row[0] * b / pivot if pivot else 0) for entry, b in zip(row[1:], beside, strict=True)]
            for row in below
        ]
    return True
