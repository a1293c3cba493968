"""Equations solved for a name: `A x = b` for x, b or A, `||x|| = 1` by rotations, `P P = P` by bases. Samples are made so.

What comes out is an expression whose values satisfy the equation where everything in it is defined; who uses it evaluates
the equation itself as well, so nothing here has to be complete, and nothing here is a proof.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from thalweg.calculus.algebra import inverted, is_number, is_zero, minus, plus, powered, split, times, transposed, zero
from thalweg.calculus.nodes import SCALAR, Expr, Shape, Symbol, constant, number, symbol, symbols
from thalweg.calculus.sizes import ONE, Size

_UNDONE = {"exp": "log", "log": "exp", "abs": "abs", "relu": "relu"}
SEPARATOR = "."  # stands in no name that a user can write


def occurrences(expr: Expr, name: Expr) -> int:
    """How often a name stands in an expression."""
    return sum(node == name for node in expr.walk())


def auxiliary(name: Expr, role: str, shape: Shape) -> Expr:
    """A name that no user can write, for a matrix that a named one is made from."""
    assert isinstance(name.value, Symbol)
    traits = {"diagonal"} if role in ("bits", "diagonal signs") else set[str]()
    return symbol(f"{name.value.name}{SEPARATOR}{role}", shape, frozenset(traits))


@dataclass(frozen=True)
class Solution:
    """What a name must be for an equation to hold.

    Attributes:
        expr: An expression without the name.
        is_whole: Whether every value that solves the equation is one of its values: nothing was divided by that could be 0.
    """

    expr: Expr
    is_whole: bool


def solutions(left: Expr, right: Expr, wanted: Expr) -> Iterator[Solution]:
    """Solutions of an equation for a name.

    Args:
        left: One side.
        right: The other side, of the same shape.
        wanted: The name to solve for.

    Yields:
        Expressions without the name. One that stands for all solutions of an equation with many has auxiliary names in it.

    Example:
        >>> from thalweg.calculus.meaning import Scope, understand
        >>> from thalweg.calculus.show import text
        >>> left, right = understand("lam x' x - 2 = 3 eta", Scope(is_open=True)).expr.args
        >>> text(next(solutions(left, right, symbol("lam", SCALAR))).expr)
        "(2 + 3 eta) / (x' x)"
    """
    special = _of_known_form(left, right, wanted) or _of_known_form(right, left, wanted)
    if special is not None:
        yield Solution(special, is_whole=True)
        return
    for one, other in ((left, right), (right, left)):
        if occurrences(other, wanted) == 0 and occurrences(one, wanted) == 1:
            alone = isolated(one, other, wanted)
            if alone is not None:
                yield alone
                return
    if wanted.shape.is_column and (left.shape.is_column or left.shape.rows == ONE):
        difference = minus(left, right)
        parts = linear(difference if left.shape.is_column else transposed(difference), wanted)
        if parts is not None and not is_zero(parts[0]):
            rest = times([number(-1), parts[1]])
            alone = wanted.is_scalar and parts[0].is_scalar
            found = times([rest, inverted(parts[0])]) if alone else _completed(parts[0], rest, None, wanted, wanted)
            yield Solution(found, is_number(parts[0]))


def isolated(expr: Expr, target: Expr, wanted: Expr) -> Solution | None:
    """What a name that stands once in an expression must be for the expression to be the target; None if that is not seen."""
    is_whole = True
    while expr != wanted:
        inside = next(arg for arg in expr.args if occurrences(arg, wanted)) if expr.args else None
        if inside is None:
            return None
        step = _peeled(expr, inside, target, wanted)
        if step is None:
            return None
        is_whole &= expr.op in ("add", "transpose", "inverse") or _is_scaled(expr) or _is_reciprocal(expr)
        expr, target = step
    return Solution(target, is_whole)


def _is_scaled(expr: Expr) -> bool:
    """Whether an expression is a product of numbers, not 0, with one thing more."""
    return expr.op == "product" and sum(not (is_number(factor) and factor.value) for factor in expr.args) == 1


def _is_reciprocal(expr: Expr) -> bool:
    """Whether an expression is one over something."""
    return expr.op == "power" and is_number(expr.args[1], -1)


def _peeled(expr: Expr, inside: Expr, target: Expr, wanted: Expr) -> tuple[Expr, Expr] | None:
    """The part of an expression that has the name, and what that part must be."""
    if expr.op == "add":
        return inside, minus(target, plus([arg for arg in expr.args if arg is not inside], expr.shape))
    if expr.op == "product":
        return _divided(expr, target, wanted)
    if expr.op == "transpose":
        return inside, transposed(target)
    if expr.op == "inverse":
        return inside, inverted(target)
    if expr.op == "power" and expr.is_scalar and is_number(expr.args[1]) and inside is expr.args[0]:
        exponent = Fraction(expr.args[1].value)
        root = powered(target, 1 / exponent)
        return inside, root if exponent.numerator % 2 else times([_sign(wanted), root])
    if expr.op == "map" and expr.value == "abs" and expr.is_scalar:
        return inside, times([_sign(wanted), target])
    if expr.op == "map" and expr.value in _UNDONE:
        return inside, Expr("map", (target,), target.shape, _UNDONE[str(expr.value)])
    if expr.op == "hadamard":
        other = expr.args[1] if inside is expr.args[0] else expr.args[0]
        return inside, Expr("hadamard", (target, Expr("raised", (other,), other.shape, Fraction(-1))), target.shape)
    if expr.op == "total" and inside.shape.is_column:
        return times([constant("ones", ONE, inside.shape.rows), inside]), target
    return None


def _sign(wanted: Expr) -> Expr:
    """A sign that is drawn: an even power has two roots."""
    return auxiliary(wanted, "diagonal signs", SCALAR)


def _divided(expr: Expr, target: Expr, wanted: Expr) -> tuple[Expr, Expr] | None:
    """A product, taken apart around the factor with the name."""
    scalars, chain = split(expr.args)
    for place, factor in enumerate(scalars):
        if occurrences(factor, wanted):
            if chain:
                return None
            return factor, times([target, *(inverted(other) for other in scalars[:place] + scalars[place + 1 :])])
    target = times([*(inverted(scalar) for scalar in scalars), target])
    place = next(place for place, factor in enumerate(chain) if occurrences(factor, wanted))
    factor, before, after = chain[place], chain[:place], chain[place + 1 :]
    left, right = times(before) if before else None, times(after) if after else None
    is_square = all(side is None or side.shape.rows == side.shape.columns for side in (left, right))
    if is_square and not (is_zero(target) and factor == wanted):
        parts = [inverted(left)] if left is not None else []
        return factor, times([*parts, target, *([inverted(right)] if right is not None else [])])
    if factor not in (wanted, transposed(wanted)):
        return None
    return factor, _completed(left, target, right, factor, wanted)


def _completed(left: Expr | None, target: Expr, right: Expr | None, factor: Expr, wanted: Expr) -> Expr:
    """All Z with `L Z R = T`, if there are any: `Z = A - pinv(L) (L A R - T) pinv(R)` for any A."""
    any_one = auxiliary(wanted, "any", factor.shape)
    made = times([part for part in (left, any_one, right) if part is not None])
    sides = [None if part is None else Expr("pinv", (part,), part.shape.turned) for part in (left, right)]
    back = times([part for part in (sides[0], minus(made, target), sides[1]) if part is not None])
    return minus(any_one, back)


def linear(expr: Expr, wanted: Expr) -> tuple[Expr, Expr] | None:
    """A column that is linear in a column or scalar name, as a coefficient and what is left; None if it is not."""
    many = Shape(expr.shape.rows, wanted.shape.rows)
    if expr == wanted:
        return (number(1) if expr.is_scalar else constant("identity", many.rows, many.rows)), zero(expr.shape)
    if not occurrences(expr, wanted):
        return zero(many), expr
    if expr.op == "add":
        parts = [part for part in (linear(arg, wanted) for arg in expr.args) if part is not None]
        if len(parts) < len(expr.args):
            return None
        return plus([part[0] for part in parts], many), plus([part[1] for part in parts], expr.shape)
    return _linear_product(expr, wanted) if expr.op == "product" else None


def _linear_product(expr: Expr, wanted: Expr) -> tuple[Expr, Expr] | None:
    """The same of a product in which one factor has the name."""
    scalars, chain = split(expr.args)
    having = [scalar for scalar in scalars if occurrences(scalar, wanted)]
    if having:
        last = having[0]
        front = [*(scalar for scalar in scalars if scalar is not last), *chain]
    else:
        if expr.is_scalar and not occurrences(chain[-1], wanted):
            chain = [transposed(factor) for factor in reversed(chain)]
        last, front = chain[-1], [*scalars, *chain[:-1]]
    if not last.shape.is_column or last == expr or any(occurrences(factor, wanted) for factor in front):
        return None
    inner = linear(last, wanted)
    return None if inner is None else (times([*front, inner[0]]), times([*front, inner[1]]))


def rotation(name: Expr, size: Size) -> Expr:
    """A rotation from a skew matrix S, `inv(I + S) (I - S)`: rational where S is."""
    skew = auxiliary(name, "skew", Shape(size, size))
    one = constant("identity", size, size)
    return times([inverted(plus([one, skew], one.shape)), minus(one, skew)])


def _of_known_form(left: Expr, right: Expr, wanted: Expr) -> Expr | None:
    """Lengths, orthonormal columns or rows, and projections, which have solutions by rotations and bases."""
    if wanted.shape.is_scalar or set(symbols(left)) != set(symbols(wanted)) or occurrences(right, wanted):
        return None
    if wanted.shape.is_column:
        length = _length(left, right, wanted)
        frame = auxiliary(wanted, "frame", wanted.shape)
        return None if length is None else times([length, rotation(wanted, wanted.shape.rows), frame])
    chain = split(left.args)[1] if left.op == "product" else [left]
    if right.op == "identity" and chain == [transposed(wanted), wanted]:
        return times([rotation(wanted, wanted.shape.rows), auxiliary(wanted, "frame", wanted.shape)])
    if right.op == "identity" and chain == [wanted, transposed(wanted)]:
        return times([auxiliary(wanted, "frame", wanted.shape), rotation(wanted, wanted.shape.columns)])
    return None


def _length(left: Expr, right: Expr, wanted: Expr) -> Expr | None:
    """What the norm of a vector must be."""
    if left == Expr("norm", (wanted,), SCALAR, "2"):
        return right
    squares = times([transposed(wanted), wanted]), powered(Expr("norm", (wanted,), SCALAR, "2"), 2)
    return powered(right, Fraction(1, 2)) if left in squares else None


def projection(left: Expr, right: Expr, wanted: Expr) -> Expr | None:
    """The matrices with `P P = P`: `B D inv(B)` with zeros and ones in D; with a rotation for B if P is symmetric."""
    chain = split(left.args)[1] if left.op == "product" else []
    is_square = left.op == "power" and left.args[0] == wanted and is_number(left.args[1], 2)
    if right != wanted or not (is_square or chain == [wanted, wanted]):
        return None
    assert isinstance(wanted.value, Symbol)
    bits = auxiliary(wanted, "bits", wanted.shape)
    if wanted.value.is_symmetric:
        basis = rotation(wanted, wanted.shape.rows)
        return times([basis, bits, transposed(basis)])
    basis = auxiliary(wanted, "any", wanted.shape)
    return times([basis, bits, inverted(basis)])
