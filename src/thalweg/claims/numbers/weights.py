"""How heavy a claim is as polynomials: z3 cannot be interrupted everywhere, so what has too high degrees stays out."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from thalweg.calculus.nodes import STATEMENTS, Expr

MOST_DEGREE, MOST_BITS = 24, 200


@dataclass(frozen=True)
class Weight:
    """Bounds for a quotient of polynomials.

    Attributes:
        over: The degree of the numerator.
        under: The degree of the denominator.
        bits: Binary digits of the coefficients.
    """

    over: int = 0
    under: int = 0
    bits: int = 1

    @property
    def degree(self) -> int:
        """Of both together."""
        return self.over + self.under


def is_light(exprs: Iterable[Expr]) -> bool:
    """Whether no comparison, and nothing within, has too high a degree or too long coefficients.

    Example:
        >>> from thalweg.calculus.meaning import Scope, understand
        >>> is_light([understand(f"(alpha + 1)^{power} > 0", Scope(is_open=True)).expr for power in (9, 99)])
        False
    """
    known: dict[Expr, Weight] = {}
    return all(_is_light(_weight(node, known)) for expr in exprs for node in expr.walk())


def _is_light(weight: Weight) -> bool:
    """Whether it is within both limits."""
    return weight.degree <= MOST_DEGREE and weight.bits <= MOST_BITS


def _weight(expr: Expr, known: dict[Expr, Weight]) -> Weight:
    """The weight of a node, worked out once."""
    if expr not in known:
        known[expr] = _worked_out(expr, [_weight(arg, known) for arg in expr.args])
    return known[expr]


def _worked_out(expr: Expr, parts: list[Weight]) -> Weight:
    """The weight of a node from those of its arguments."""
    if isinstance(expr.value, Fraction) and expr.op == "number":
        return Weight(bits=max(expr.value.numerator.bit_length(), expr.value.denominator.bit_length()))
    if expr.op in ("symbol", "size", "pi"):
        return Weight(1)
    if expr.op in STATEMENTS - {"compare"}:
        return Weight()
    if expr.op in ("product", "hadamard"):
        return _product(parts)
    if expr.op == "power" and expr.args[1].op == "number":
        return _power(parts[0], Fraction(expr.args[1].value))
    if expr.op == "raised":
        return _power(parts[0], Fraction(expr.value))
    if expr.op in ("inverse", "det", "logdet"):
        return _product(parts * expr.args[0].shape.rows.constant)
    return _sum(parts)


def _product(parts: list[Weight]) -> Weight:
    """What a product weighs."""
    return Weight(*(sum(getattr(part, name) for part in parts) for name in ("over", "under", "bits")))


def _power(base: Weight, exponent: Fraction) -> Weight:
    """A power; a root is a variable, whose equation weighs as much as what it is the root of."""
    if exponent.denominator > 1:
        return Weight(max(base.degree, abs(exponent.numerator), exponent.denominator), 0, base.bits)
    times = abs(exponent.numerator)
    over, under = (base.over, base.under) if exponent >= 0 else (base.under, base.over)
    return Weight(over * times, under * times, base.bits * max(times, 1))


def _sum(parts: list[Weight]) -> Weight:
    """A sum over a common denominator, and whatever puts parts beside each other."""
    under = sum(part.under for part in parts)
    over = max((part.over + under - part.under for part in parts), default=1)
    bits = sum(part.bits for part in parts) if under else max((part.bits for part in parts), default=1) + len(parts)
    return Weight(over, under, bits)
