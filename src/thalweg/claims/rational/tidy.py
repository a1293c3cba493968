"""Numbers put together as a person writes them, without losing what may have no value: `0 / x` stays, `s s` is `s^2`."""

from collections.abc import Iterable
from fractions import Fraction

from thalweg.calculus.nodes import SCALAR, Expr, number

ZERO, UNIT = number(0), number(1)


def compared(relation: str, left: Expr, right: Expr) -> Expr:
    """A comparison of two numbers."""
    return Expr("compare", (left, right), SCALAR, relation)


def times(factors: Iterable[Expr]) -> Expr:
    """A product: 0 if a factor is 0 and all have values; equal factors are gathered."""
    counts: dict[Expr, int] = {}
    scale = Fraction(1)
    for factor in factors:
        for part in factor.args if factor.op == "product" else (factor,):
            if isinstance(part.value, Fraction) and part.op == "number":
                scale *= part.value
            else:
                base, count = _as_power(part)
                counts[base] = counts.get(base, 0) + count
    if not scale and not any(_may_be_undefined(base) for base in counts):
        return ZERO
    parts = [power(base, count) for base, count in counts.items()]
    if scale != 1 or not parts:
        parts.insert(0, number(scale))
    return parts[0] if len(parts) == 1 else Expr("product", tuple(parts), SCALAR)


def _as_power(expr: Expr) -> tuple[Expr, int]:
    """A factor as a positive whole power."""
    if expr.op == "power" and expr.args[1].op == "number":
        exponent = Fraction(expr.args[1].value)
        if exponent.denominator == 1 and 0 < exponent <= 64:
            return expr.args[0], int(exponent)
    return expr, 1


def power(base: Expr, exponent: int) -> Expr:
    """A whole power; numbers are worked out where they have a value."""
    if exponent == 1:
        return base
    if exponent == 0:
        return UNIT
    if base.op == "number" and (exponent > 0 or base.value):
        return number(Fraction(base.value) ** exponent)
    inner, count = _as_power(base)
    if exponent > 0 and count * exponent <= 64:
        base, exponent = inner, count * exponent
    return Expr("power", (base, number(exponent)), SCALAR)


def _may_be_undefined(expr: Expr) -> bool:
    """Whether some part may have no value."""
    return any(node.op == "power" or (node.op == "map" and node.value in ("log", "tan")) for node in expr.walk())


def plus(terms: Iterable[Expr]) -> Expr:
    """A sum without zeros."""
    kept = [part for term in terms for part in (term.args if term.op == "add" else (term,)) if part != ZERO]
    if not kept:
        return ZERO
    return kept[0] if len(kept) == 1 else Expr("add", tuple(kept), SCALAR)


def absolute(value: Expr) -> Expr:
    """The absolute value."""
    if value.op == "number":
        return number(abs(value.value))
    return Expr("map", (value,), SCALAR, "abs")
