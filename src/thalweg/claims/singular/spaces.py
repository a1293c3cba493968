"""Which space every part of an expression comes from and goes to, when one matrix X is seen through its singular values.

With $X = U S V'$ there are two spaces: that of the left singular vectors, of X's rows, and that of the right ones. X goes
from right to left, X' from left to right, I from either to itself; a vector lies in one of them. Where X is square the two
have the same size and still differ, so that `X + I` has no type. A symmetric matrix has one space, that of its
eigenvectors. What each part is worth in one mode is for `reduction`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from thalweg.calculus.nodes import SCALAR, STATEMENTS, Expr, Symbol
from thalweg.calculus.sizes import ONE, Size

Space = str | int  # "left", "right", "one" (of scalars), or the number of a space that is not known yet
LEFT, RIGHT, SINGLE = "left", "right", "one"


class Irreducible(ArithmeticError):
    """An expression that is no function of the singular values of one matrix."""


@dataclass(frozen=True)
class Typed:
    """A part of an expression, with the space that it leads to and the one that it takes.

    A factor of a product that is a scalar is typed as such; `args` of a product of more than two factors are its factors.
    """

    expr: Expr
    left: Space
    right: Space
    args: tuple["Typed", ...] = ()

    @property
    def is_scalar(self) -> bool:
        """Whether it is a number."""
        return self.left == self.right == SINGLE


@dataclass
class Typing:
    """Finds types; what is found out of one occurrence of a name holds for all.

    Attributes:
        base: The matrix, if there is one.
        is_symmetric: Whether it is symmetric.
        found: Spaces that were found.
        names: The types of vectors.
        size: The only size of vectors, if there is no matrix.
    """

    base: Expr | None
    is_symmetric: bool
    found: dict[int, Space] = field(default_factory=dict)
    names: dict[Expr, Space] = field(default_factory=dict)
    size: Size | None = None
    count: int = 0

    def space(self, size: Size) -> Space:
        """The space of a size, or a new unknown one if there are two of this size."""
        if size == ONE:
            return SINGLE
        if self.base is None:
            self.size = self.size or size
            if size != self.size:
                raise Irreducible("vectors of two sizes")
            return LEFT
        fits = [space for space, own in ((LEFT, self.base.shape.rows), (RIGHT, self.base.shape.columns)) if own == size]
        if not fits:
            raise Irreducible(f"size {size}")
        if len(fits) == 1 or self.is_symmetric:
            return fits[0]
        self.count += 1
        return self.count

    def solved(self, space: Space) -> Space:
        """What is known of a space."""
        while isinstance(space, int) and space in self.found:
            space = self.found[space]
        return space

    def final(self, space: Space) -> Space:
        """A space when all has been typed: what nothing ties down may lie left."""
        space = self.solved(space)
        return LEFT if isinstance(space, int) else space

    def equate(self, a: Space, b: Space) -> None:
        """Note that two spaces are the same."""
        a, b = self.solved(a), self.solved(b)
        if a == b:
            return
        if isinstance(a, int):
            self.found[a] = b
        elif isinstance(b, int):
            self.found[b] = a
        else:
            raise Irreducible("what lies left and what lies right of the matrix are mixed")


def typed(typing: Typing, expr: Expr) -> Typed:
    """An expression or a comparison with the types of all its parts.

    Raises:
        Irreducible: If it has no type.
    """
    if expr.op in ("product", "symbol", "identity", "zeros", "ones"):
        return _RULES[expr.op](typing, expr)
    args = tuple(typed(typing, arg) for arg in expr.args)
    if expr.op in STATEMENTS or expr.is_scalar:
        return _scalar(typing, expr, args)
    if expr.op not in _SHAPED:
        raise Irreducible(expr.op)
    return _SHAPED[expr.op](typing, expr, args)


def _scalar(typing: Typing, expr: Expr, args: tuple[Typed, ...]) -> Typed:
    """A number made from anything: of what must be square, both spaces are the same; of what is compared too."""
    if expr.op not in _SCALARS and not all(arg.is_scalar for arg in args):
        raise Irreducible(expr.op)
    if expr.op in ("trace", "emax", "emin", "det"):
        typing.equate(args[0].left, args[0].right)
    if expr.op in ("compare", "add"):
        for arg in args[1:]:
            _alike(typing, args[0], arg)
    return Typed(expr, SINGLE, SINGLE, args)


_SCALARS = frozenset({"trace", "norm", "smax", "smin", "emax", "emin", "rank", "det", "compare", "limit"})


def _alike(typing: Typing, a: Typed, b: Typed) -> None:
    """Note that two parts have one type."""
    typing.equate(a.left, b.left)
    typing.equate(a.right, b.right)


def _symbol(typing: Typing, expr: Expr) -> Typed:
    """A scalar, the matrix itself, or a vector."""
    if expr.is_scalar:
        return Typed(expr, SINGLE, SINGLE)
    if typing.base is not None and isinstance(expr.value, Symbol) and expr.value == typing.base.value:
        return Typed(expr, LEFT, LEFT if typing.is_symmetric else RIGHT)
    if not expr.shape.is_column:
        raise Irreducible("a second matrix")
    if expr not in typing.names:
        typing.names[expr] = typing.space(expr.shape.rows)
    return Typed(expr, typing.names[expr], SINGLE)


def _constant(typing: Typing, expr: Expr) -> Typed:
    """The identity, zeros, or a vector of ones; every occurrence has a type of its own."""
    left, right = typing.space(expr.shape.rows), typing.space(expr.shape.columns)
    if expr.op == "ones" and not expr.is_scalar:
        raise Irreducible("ones")
    if expr.op == "identity":
        typing.equate(left, right)
    return Typed(expr, left, right)


def _product(typing: Typing, expr: Expr) -> Typed:
    """Factors from left to right; scalars anywhere; a row after a column must make a number with what follows."""
    factors = [typed(typing, arg) for arg in expr.args]
    scalars, chain = _chained(typing, factors)
    if not chain:
        return Typed(expr, SINGLE, SINGLE, tuple(scalars))
    return Typed(expr, chain[0].left, chain[-1].right, (*scalars, *chain))


def _chained(typing: Typing, factors: list[Typed]) -> tuple[list[Typed], list[Typed]]:
    """The scalar factors, among them numbers that a row and a column make, and the matrix factors."""
    scalars: list[Typed] = []
    chain: list[Typed] = []
    for place, factor in enumerate(factors):
        if factor.is_scalar:
            scalars.append(factor)
            continue
        if chain and chain[-1].right == SINGLE:
            more, rest = _chained(typing, factors[place:])
            if rest:
                raise Irreducible("a column times a row")
            return [*scalars, *more], chain
        if chain:
            typing.equate(chain[-1].right, factor.left)
        chain.append(factor)
        if chain[0].left == SINGLE and factor.right == SINGLE:
            scalars.append(_inner(chain))
            chain = []
    return scalars, chain


def _inner(chain: list[Typed]) -> Typed:
    """The number that a row and what follows make."""
    expr = Expr("product", tuple(part.expr for part in chain), SCALAR)
    return Typed(expr, SINGLE, SINGLE, tuple(chain))


def _sum(typing: Typing, expr: Expr, args: tuple[Typed, ...]) -> Typed:
    """Terms of one type."""
    for arg in args[1:]:
        _alike(typing, args[0], arg)
    return Typed(expr, args[0].left, args[0].right, args)


def _turned(_typing: Typing, expr: Expr, args: tuple[Typed, ...]) -> Typed:
    """The other way round."""
    return Typed(expr, args[0].right, args[0].left, args)


def _power(typing: Typing, expr: Expr, args: tuple[Typed, ...]) -> Typed:
    """A power: from a space to itself."""
    typing.equate(args[0].left, args[0].right)
    return Typed(expr, args[0].left, args[0].right, args)


def _limit(_typing: Typing, expr: Expr, args: tuple[Typed, ...]) -> Typed:
    """The limit has the type of what tends to it."""
    return Typed(expr, args[0].left, args[0].right, args)


_RULES: dict[str, Callable[[Typing, Expr], Typed]] = {
    "product": _product,
    "symbol": _symbol,
    "identity": _constant,
    "zeros": _constant,
    "ones": _constant,
}
_SHAPED: dict[str, Callable[[Typing, Expr, tuple[Typed, ...]], Typed]] = {
    "add": _sum,
    "transpose": _turned,
    "inverse": _turned,
    "pinv": _turned,
    "power": _power,
    "limit": _limit,
}
