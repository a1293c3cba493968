"""Where an expression is defined: an induction may not step over cases that are none."""

from collections.abc import Collection

from thalweg.calculus.nodes import Expr, Symbol

_PARTIAL = frozenset({"inverse", "logdet", "limit", "argmin", "deriv", "expectation", "converges", "tends_to"})
_NONNEGATIVE = frozenset({"norm", "smax", "smin", "rank", "size", "abs", "relu", "sigmoid", "softplus", "exp"})


def is_total(expr: Expr, varying: Collection[Expr]) -> bool:
    """Whether no value of some names decides on whether an expression has a value, as far as its form tells.

    Args:
        expr: An expression or a statement.
        varying: The names.

    Returns:
        Whether all operations that have no value somewhere are free of these names.

    Example:
        >>> from thalweg.calculus.meaning import Scope, understand
        >>> scope = Scope(is_open=True)
        >>> lam = understand("lam", scope).expr
        >>> [is_total(understand(text, scope).expr, [lam]) for text in ("lam^2", "1 / lam", "1 / exp(lam)", "lam / eta")]
        [True, False, True, True]
    """
    if _is_partial(expr) and any(node in varying for node in expr.walk()):
        return False
    return all(is_total(arg, varying) for arg in expr.args)


def _is_partial(expr: Expr) -> bool:
    """Whether an operation has no value somewhere."""
    if expr.op == "power":
        base, exponent = expr.args
        return not (_is_count(exponent) or (base.is_scalar and is_positive(base)))
    if expr.op == "raised":
        return expr.value.denominator != 1 or expr.value < 0
    return expr.op in _PARTIAL or (expr.op == "map" and expr.value in ("log", "tan"))


def _is_count(expr: Expr) -> bool:
    """Whether an expression is 0, 1, 2, ... by its form."""
    if expr.op == "number":
        return expr.value.denominator == 1 and expr.value >= 0
    if isinstance(expr.value, Symbol):
        return "integer" in expr.value.traits and bool(expr.value.traits & {"nonnegative", "positive"})
    return expr.op == "size" or (expr.op in ("add", "product") and all(_is_count(arg) for arg in expr.args))


def is_positive(expr: Expr) -> bool:
    """Whether a scalar is positive by its form."""
    if expr.op == "add":
        return any(is_positive(arg) for arg in expr.args) and all(
            is_positive(arg) or is_nonnegative(arg) for arg in expr.args
        )
    if expr.op in ("product", "power"):
        return all(is_positive(arg) for arg in expr.args[: 1 if expr.op == "power" else None])
    if isinstance(expr.value, Symbol):
        return "positive" in expr.value.traits
    return (
        expr.op in ("size", "pi")
        or (expr.op == "map" and expr.value == "exp")
        or (expr.op == "number" and expr.value > 0)
    )


def is_nonnegative(expr: Expr) -> bool:
    """Whether a scalar is not negative by its form."""
    if isinstance(expr.value, Symbol):
        return bool(expr.value.traits & {"positive", "nonnegative"})
    if expr.op in ("add", "product"):
        return all(is_positive(arg) or is_nonnegative(arg) for arg in expr.args)
    if expr.op == "power":
        base, exponent = expr.args
        is_even = exponent.op == "number" and exponent.value.denominator == 1 and exponent.value % 2 == 0
        return base.is_scalar and (is_even or is_positive(base) or is_nonnegative(base))
    name = expr.value if expr.op == "map" else expr.op
    return name in _NONNEGATIVE or _is_count(expr) or (expr.op == "number" and expr.value >= 0)
