"""Numbers that are sums over the modes of a matrix, such as `||v||^2`, `x' y` and `tr(X' X)`, compared mode by mode."""

from collections.abc import Callable
from dataclasses import dataclass

from thalweg.calculus.nodes import Expr, number
from thalweg.calculus.sizes import Size
from thalweg.claims.rational.tidy import UNIT, ZERO, compared, plus, power, times
from thalweg.claims.singular.reduction import PAIRED, Reduction, scalar, worth
from thalweg.claims.singular.spaces import LEFT, RIGHT, SINGLE, Irreducible, Typed

Lemma = tuple[str, Expr]  # a kind of modes, and what must hold in each of them


@dataclass(frozen=True)
class Sum:
    """A number as one that hangs on no mode plus a sum over the modes.

    Attributes:
        rest: The number that hangs on no mode.
        terms: Factors, each with what it is worth in a mode of a kind (None where it is nothing).
    """

    rest: Expr
    terms: tuple[tuple[Expr, Callable[[str], Expr | None]], ...] = ()

    def at(self, kind: str) -> Expr:
        """What a mode of a kind adds."""
        found = [(factor, worth_in(kind)) for factor, worth_in in self.terms]
        return plus([times([factor, part]) for factor, part in found if part is not None])


def summed(about: Reduction, part: Typed) -> Sum:
    """A number as a sum over modes."""
    expr = part.expr
    if expr.op == "add":
        sums = [summed(about, arg) for arg in part.args]
        return Sum(plus([one.rest for one in sums]), tuple(term for one in sums for term in one.terms))
    if expr.op == "product" and all(arg.is_scalar for arg in part.args):
        return _scaled(about, part)
    if expr.op == "product":
        return Sum(ZERO, ((UNIT, lambda kind: _inner(about, part, kind)),))
    if part.args and part.args[0].is_scalar and expr.op in ("trace", "norm"):
        raise Irreducible("the trace or norm of a number")
    if expr.op == "trace":
        return Sum(ZERO, ((UNIT, lambda kind: worth(about, part.args[0], kind)),))
    if expr.op == "power" and expr.args[0].op == "norm" and expr.args[1] == number(2):
        return square(about, part.args[0].args[0], str(expr.args[0].value))
    if expr.op == "size" and isinstance(expr.value, Size):
        return _counted(about, expr, expr.value)
    return Sum(scalar(about, part))


def _scaled(about: Reduction, part: Typed) -> Sum:
    """A product: at most one factor may be a sum over modes."""
    sums = [Sum(arg.expr) if arg.expr.op == "size" else summed(about, arg) for arg in part.args]
    if not any(one.terms for one in sums):
        sums = [summed(about, arg) for arg in part.args]  # then a size may be a number of modes
    modal = [place for place, one in enumerate(sums) if one.terms]
    if len(modal) != 1:
        return Sum(scalar(about, part))
    factor = times([one.rest for place, one in enumerate(sums) if place != modal[0]])
    one = sums[modal[0]]
    return Sum(times([factor, one.rest]), tuple((times([factor, more]), worth_in) for more, worth_in in one.terms))


def _inner(about: Reduction, part: Typed, kind: str) -> Expr:
    """What a mode adds to a row times a column."""
    factors = [worth(about, arg, kind) for arg in part.args]
    present = [factor for factor in factors if factor is not None]
    return times(present) if len(present) == len(factors) else ZERO


def square(about: Reduction, inside: Typed, kind_of_norm: str) -> Sum:
    """The square of a norm of a vector, or of Frobenius' norm."""
    if inside.is_scalar:
        raise Irreducible("the norm of a number")
    if SINGLE not in (inside.left, inside.right) and kind_of_norm != "F":
        raise Irreducible("the square of a spectral norm is no sum")

    def worth_in(kind: str) -> Expr | None:
        """The square of what the inside is worth."""
        part = worth(about, inside, kind)
        return None if part is None else power(part, 2)

    return Sum(ZERO, ((UNIT, worth_in),))


def _counted(about: Reduction, expr: Expr, size: Size) -> Sum:
    """A size that is the number of modes in which a space is present."""
    base = about.typing.base
    for side, own in ((LEFT, base.shape.rows), (RIGHT, base.shape.columns)) if base is not None else ():
        if size == own:
            return Sum(ZERO, ((UNIT, lambda kind, side=side: UNIT if kind in (PAIRED, side) else None),))
    return Sum(expr)


def by_sums(about: Reduction, relation: str, left: Typed, right: Typed) -> list[Lemma] | None:
    """Sums over modes, compared mode by mode; where one must be strict, some paired mode is."""
    a, b = summed(about, left), summed(about, right)
    if not a.terms and not b.terms:
        return None
    return mode_by_mode(about, relation, a, b)


def mode_by_mode(about: Reduction, relation: str, a: Sum, b: Sum) -> list[Lemma]:
    """Two sums, compared mode by mode."""
    weak = "<=" if relation == "<" else relation
    result = [(kind, compared(relation if kind == PAIRED else weak, a.at(kind), b.at(kind))) for kind in about.kinds]
    return [*result, (PAIRED, compared(weak, a.rest, b.rest))]
