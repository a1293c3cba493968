"""Scalar expressions as ratios of two polynomials, and back. What is no polynomial becomes an atom.

`b^t` is an atom and `b^(t + 1)` is b times it; `sqrt(s)` is an atom whose square is s, `|s|` one whose square is s^2. Two
expressions whose ratios are equal agree wherever both are defined; the converse does not hold (`sqrt(x^2)` and `|x|` are two
atoms). Common factors are divided out, so where an expression is defined is not to be read off its ratio.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from thalweg.calculus import algebra
from thalweg.calculus.nodes import SCALAR, Expr, number
from thalweg.calculus.show import text
from thalweg.calculus.sizes import size_of
from thalweg.claims.rational import polynomials
from thalweg.claims.rational.polynomials import MOST_DEGREE, Monomial, Polynomial, TooLarge
from thalweg.claims.rational.writing import written

HALF = Fraction(1, 2)


@dataclass(frozen=True)
class Ratio:
    """One polynomial over another, which is not zero; free of common factors if `divided` made it.

    Attributes:
        over: The numerator.
        under: The denominator.
    """

    over: Polynomial
    under: Polynomial

    def __add__(self, other: "Ratio | Fraction | int") -> "Ratio":
        """The sum."""
        other = whole(other)
        return divided(self.over * other.under + other.over * self.under, self.under * other.under)

    def __neg__(self) -> "Ratio":
        """Minus it."""
        return Ratio(-self.over, self.under)

    def __sub__(self, other: "Ratio | Fraction | int") -> "Ratio":
        """The difference."""
        return self + -whole(other)

    def __mul__(self, other: "Ratio | Fraction | int") -> "Ratio":
        """The product; arrays multiply themselves."""
        if not isinstance(other, Ratio | Fraction | int):
            return NotImplemented
        other = whole(other)
        return divided(self.over * other.over, self.under * other.under)

    def __truediv__(self, other: "Ratio") -> "Ratio":
        """The quotient; ZeroDivisionError by zero."""
        return divided(self.over * other.under, self.under * other.over)

    def __pow__(self, exponent: int) -> "Ratio":
        """A whole power, also negative; ZeroDivisionError if that divides by zero."""
        base = self if exponent >= 0 else whole(1) / self
        return _reduced(
            Ratio(polynomials.power(base.over, abs(exponent)), polynomials.power(base.under, abs(exponent)))
        )

    __radd__ = __add__
    __rmul__ = __mul__

    @property
    def is_zero(self) -> bool:
        """Whether it is 0 wherever it is defined."""
        return self.over.is_zero

    @property
    def constant(self) -> Fraction | None:
        """Its value if it is a number."""
        over, under = self.over.constant, self.under.constant
        return None if over is None or not under else over / under

    @property
    def atoms(self) -> list[Expr]:
        """The atoms in it, in the order of their text."""
        return sorted({*self.over.atoms, *self.under.atoms}, key=text)


def whole(value: Ratio | Fraction | int) -> Ratio:
    """A number as a ratio."""
    return value if isinstance(value, Ratio) else Ratio(polynomials.constant(value), polynomials.constant(1))


def divided(over: Polynomial, under: Polynomial) -> Ratio:
    """One polynomial over another: squares of roots put in, common factors divided out, the denominator primitive.

    Raises:
        ZeroDivisionError: If the denominator is the zero polynomial.
        TooLarge: If it grows beyond all measure.
    """
    if under.is_zero:
        raise ZeroDivisionError("divided: need a denominator that is not 0")
    if not over.is_zero and under.constant is None:
        over, under = _without_common(over, under)
    if over.is_zero:
        return whole(0)
    scale = polynomials.constant(1 / polynomials.content(under))
    return _reduced(Ratio(over * scale, under * scale))


def _without_common(over: Polynomial, under: Polynomial) -> tuple[Polynomial, Polynomial]:
    """Both with the common divisor divided out; of long polynomials only if one divides the other."""
    try:
        shared = polynomials.common(over, under)
    except TooLarge:
        one, other = polynomials.quotient(over, under), polynomials.quotient(under, over)
        shared = under if one is not None else over if other is not None else polynomials.constant(1)
    return polynomials.quotient(over, shared) or over, polynomials.quotient(under, shared) or under


def _reduced(ratio: Ratio) -> Ratio:
    """Even powers of roots replaced by what they are."""
    if not any(_is_high(monomial) for part in (ratio.over, ratio.under) for monomial in part.terms):
        return ratio
    over, under = (_without_squares(part) for part in (ratio.over, ratio.under))
    return over / under


def _is_high(monomial: Monomial) -> bool:
    return any(exponent > 1 and _square(atom) is not None for atom, exponent in monomial)


def _square(atom: Expr) -> Expr | None:
    """What the square of an atom is, if it is known."""
    if atom.op == "power" and atom.args[1] == number(HALF):
        return atom.args[0]
    if atom.op == "map" and atom.value == "abs":
        return algebra.powered(atom.args[0], 2)
    return None


def _without_squares(polynomial: Polynomial) -> Ratio:
    """A polynomial in which no root has a power above 1."""
    result = whole(0)
    for monomial, part in polynomial.terms.items():
        term = whole(part)
        for atom, exponent in monomial:
            square = _square(atom)
            twice, once = divmod(exponent, 2) if square is not None else (0, exponent)
            term = term * Ratio(polynomials.variable(atom, once), polynomials.constant(1))
            term = term * ratio(square) ** twice if square is not None and twice else term
        result = result + term
    return result


# From expressions


@lru_cache(maxsize=2048)
def ratio(expr: Expr) -> Ratio:
    """A scalar expression as a ratio.

    Raises:
        TooLarge: If it has too many terms.
        ZeroDivisionError: If it divides by something that is always 0.

    Example:
        >>> from thalweg.calculus.meaning import Scope, understand
        >>> e = understand("-beta/omega + (beta - lam)/(omega - lam xi)", Scope(is_open=True)).expr
        >>> text(expression(ratio(e)))
        'lam (-beta xi + omega) / (omega (lam xi - omega))'
    """
    assert expr.is_scalar
    reader = _READERS.get(expr.op)
    return reader(expr) if reader else _atom(expr)


def same(left: Expr, right: Expr) -> bool:
    """Whether two scalar expressions have equal ratios: then they agree wherever both are defined."""
    try:
        return (ratio(left) - ratio(right)).is_zero
    except (TooLarge, ZeroDivisionError):
        return False


def _atom(expr: Expr) -> Ratio:
    """An expression that is not taken apart; its scalar arguments are written in one way."""
    args = tuple(
        expression(ratio(arg)) if arg.is_scalar and arg.op not in ("compare", "and", "or", "not") else arg
        for arg in expr.args
    )
    if expr.op in ("symbol", "size", "deriv", "limit", "argmin", "where"):
        args = expr.args
    return Ratio(polynomials.variable(expr.with_args(args)), polynomials.constant(1))


def _size(expr: Expr) -> Ratio:
    """A size used as a number: its names are atoms."""
    result = whole(expr.value.constant)
    for name, count in expr.value.terms:
        atom = Expr("size", (), SCALAR, size_of(name))
        result = result + whole(count) * Ratio(polynomials.variable(atom), polynomials.constant(1))
    return result


def _sum(expr: Expr) -> Ratio:
    result = whole(0)
    for arg in expr.args:
        result = result + ratio(arg)
    return result


def _product(expr: Expr) -> Ratio:
    """The scalar factors multiplied; what is left is an atom such as `x' y`, written with numbers in front."""
    scalars, chain = algebra.split(expr.args)
    result = whole(1)
    for scalar in scalars:
        result = result * ratio(scalar)
    if not chain:
        return result
    tidy = algebra.times(chain)
    count, rest = algebra.coefficient(tidy)
    return result * whole(count) * (ratio(rest) if rest.op != "product" else _atom(rest))


def _same(expr: Expr) -> Ratio:
    """Of a scalar, its transpose, trace, sum, determinant and entry are itself."""
    return ratio(expr.args[0]) if expr.args[0].is_scalar else _atom(expr)


def _norm(expr: Expr) -> Ratio:
    return _absolute(expr.args[0]) if expr.args[0].is_scalar else _atom(expr)


def _map(expr: Expr) -> Ratio:
    return _absolute(expr.args[0]) if expr.value == "abs" else _atom(expr)


def _absolute(inside: Expr) -> Ratio:
    value = ratio(inside)
    if value.constant is not None:
        return whole(abs(value.constant))
    scale = polynomials.content(value.over)  # |x - y| and |2 y - 2 x| have one atom
    atom = Expr("map", (expression(value * whole(1 / scale)),), SCALAR, "abs")
    return whole(abs(scale)) * Ratio(polynomials.variable(atom), polynomials.constant(1))


def _power(expr: Expr) -> Ratio:
    base, exponent = expr.args
    if not base.is_scalar:
        return _atom(expr)
    raised = ratio(exponent)
    if raised.constant is not None:
        return _to_number(base, raised.constant)
    if raised.under.constant != 1:
        return _symbolic(base, raised)
    result = whole(1)
    for monomial, part in raised.over.terms.items():
        whole_part = part if part.denominator == 1 else Fraction(1)
        rest = Ratio(Polynomial({monomial: part / whole_part}), polynomials.constant(1))
        result = result * (_to_number(base, part) if not monomial else _symbolic(base, rest) ** _small(whole_part))
    return result


def _symbolic(base: Expr, exponent: Ratio) -> Ratio:
    """`b^t` as an atom; powers of 1 are 1."""
    value = ratio(base)
    if value.constant == 1:
        return whole(1)
    power = Expr("power", (expression(value), expression(exponent)), SCALAR)
    return Ratio(polynomials.variable(power), polynomials.constant(1))


def _to_number(base: Expr, exponent: Fraction) -> Ratio:
    """A power with a number as exponent: whole powers multiply, half ones are roots, others are atoms."""
    if exponent.denominator == 1:
        return ratio(base) ** _small(exponent)
    value = ratio(base)
    if exponent.denominator > 2:
        return _symbolic(base, whole(exponent))
    root = Ratio(polynomials.variable(algebra.powered(expression(value), HALF)), polynomials.constant(1))
    known = _root(value.constant)
    return (whole(known) if known is not None else root) ** _small(exponent * 2)


def _root(value: Fraction | None) -> Fraction | None:
    """The square root of a number that is a square of a fraction."""
    if value is None or value < 0:
        return None
    parts = [round(part**0.5) if part < 2**52 else -1 for part in (value.numerator, value.denominator)]
    root = Fraction(parts[0], parts[1])
    return root if root >= 0 and root**2 == value else None


def _small(exponent: Fraction) -> int:
    """A whole exponent that is not too large to multiply out."""
    if abs(exponent) > MOST_DEGREE:
        raise TooLarge("a power is too high")
    return int(exponent)


_READERS: dict[str, Callable[[Expr], Ratio]] = {
    "number": lambda expr: whole(expr.value),
    "size": _size,
    "add": _sum,
    "product": _product,
    "hadamard": lambda expr: ratio(expr.args[0]) * ratio(expr.args[1]),
    "raised": lambda expr: _to_number(expr.args[0], expr.value),
    "norm": _norm,
    "map": _map,
    "power": _power,
    **dict.fromkeys(("transpose", "trace", "total", "det", "entry", "diag", "diagonal"), _same),
    **dict.fromkeys(("identity", "ones"), lambda _expr: whole(1)),
    "zeros": lambda _expr: whole(0),
}


# Values and back to expressions


def substituted(polynomial: Polynomial, values: Mapping[Expr, Ratio]) -> Ratio:
    """A polynomial with ratios put in the place of atoms."""
    result = whole(0)
    for monomial, part in polynomial.terms.items():
        term = whole(part)
        for atom, exponent in monomial:
            value = values.get(atom, Ratio(polynomials.variable(atom), polynomials.constant(1)))
            term = term * value**exponent
        result = result + term
    return result


def evaluated(value: Ratio, values: Mapping[Expr, Fraction]) -> Fraction:
    """The number that a ratio is where its atoms have these values; ZeroDivisionError if it is not defined there."""
    over, under = (_number_of(part, values) for part in (value.over, value.under))
    return over / under


def _number_of(polynomial: Polynomial, values: Mapping[Expr, Fraction]) -> Fraction:
    total = Fraction(0)
    for monomial, part in polynomial.terms.items():
        term = part
        for atom, exponent in monomial:
            term *= values[atom] ** exponent
        total += term
    return total


def expression(value: Ratio) -> Expr:
    """A ratio as an expression, common factors of each side's terms written once."""
    over, under = written(value.over), written(value.under)
    return algebra.times([over, algebra.powered(under, -1)]) if value.under.constant != 1 else over
