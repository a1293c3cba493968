"""To which power a name stands in an expression, as far as its structure shows."""

from thalweg.calculus.algebra import is_number
from thalweg.calculus.nodes import Expr, holds
from thalweg.calculus.sizes import ONE

HIGH = 99  # stands for everything that is no polynomial
_LINEAR = frozenset({"transpose", "trace", "total", "diag", "diagonal", "block", "entry", "add"})


def degree(expr: Expr, name: Expr) -> int:
    """The power to which a name stands in a polynomial of it, at most; `HIGH` of what is none.

    Example:
        >>> from thalweg.calculus.meaning import Scope, understand
        >>> scope = Scope(is_open=True)
        >>> f = understand("||X w - y||^2 + lam w' w", scope).expr
        >>> degree(f, scope.names["w"]), degree(f, scope.names["y"]), degree(f, scope.names["lam"])
        (2, 2, 1)
    """
    if expr == name:
        return 1
    if not holds(expr, name):
        return 0
    if expr.op in _LINEAR:
        return max(degree(arg, name) for arg in expr.args)
    if expr.op in ("product", "hadamard"):
        return min(sum(degree(arg, name) for arg in expr.args), HIGH)
    if expr.op == "raised":
        return _raised(expr.args[0], int(expr.value), name) if expr.value in (1, 2, 3) else HIGH
    if expr.op == "power" and is_number(expr.args[1]) and expr.args[1].value in (1, 2, 3):
        return _raised(expr.args[0], int(expr.args[1].value), name)
    return HIGH


def _raised(base: Expr, exponent: int, name: Expr) -> int:
    """Of a power; the square of a Euclidean norm is a polynomial though the norm is none."""
    if base.op == "norm" and exponent == 2 and (base.value == "F" or ONE in _sizes(base.args[0])):
        base = base.args[0]
    return min(exponent * degree(base, name), HIGH)


def _sizes(expr: Expr) -> tuple:
    return expr.shape.rows, expr.shape.columns
