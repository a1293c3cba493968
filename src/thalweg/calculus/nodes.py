"""Expressions: what scalars, vectors and matrices of any size are built from. Nothing here reads, prints or simplifies.

An expression is one node of a tree: what is done (`op`), to what (`args`), and the shape that comes out. Everything is a
matrix: a column vector is n by 1, a scalar 1 by 1. The operations are

| op | args | value | meaning |
|---|---|---|---|
| symbol | | Symbol | a name with traits |
| number | | Fraction | |
| size | | Size | a size used as a number |
| pi | | | the number |
| identity, zeros, ones | | | constant matrices of their shape |
| add | two or more | | the sum |
| product | two or more | | matrix products; factors that are 1 by 1 scale |
| hadamard | two | | product entry by entry |
| transpose, inverse, pinv | one | | |
| power | base, exponent | | a scalar or square matrix to a scalar |
| map | one | name in `functions` | a function of every entry |
| raised | one | Fraction | every entry to a constant power |
| max, min | two | | entry by entry |
| where | statement, u, v | | u where the statement holds, else v, entry by entry |
| softmax, logsumexp | one | | of a vector |
| trace, det, logdet, total | one | | trace, determinant, its logarithm, sum of all entries |
| norm | one | "2" or "F" | Euclidean norm of a vector; spectral ("2") or Frobenius norm of a matrix |
| diag, diagonal | one | | vector to diagonal matrix; diagonal of a matrix as a column |
| block | row by row | (rows, columns) | a matrix of matrices |
| entry | one | (i, j) from 0 | one entry |
| smax, smin, emax, emin, rank | one | | extreme singular values, eigenvalues of a symmetric matrix, rank |

Statements are trees too. They are true or false:

| op | args | value | meaning |
|---|---|---|---|
| compare | two | relation | `=`, `!=`, `<`, `<=`, `>`, `>=` |
| and, or, not, implies, iff | statements | | |
| forall | body, then low and high if bounded | (names, brackets) | for all values of the names |

| converges, tends_to | state, step(, target)(, start) | | a sequence that a recurrence makes, from any start if none is said |

and four operations ask for something that is worked out before anything is evaluated: `deriv` (f, x), `expectation` (f),
`limit` (f, x, target; value: the side) and `argmin` (f, x, conditions). `infinity` stands in limits and intervals only.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from thalweg.calculus.sizes import ONE, Size

TRAITS = frozenset({
    "positive",
    "nonnegative",
    "nonzero",
    "integer",
    "symmetric",
    "orthogonal",
    "diagonal",
    "invertible",
    "psd",
    "pd",
    "full column rank",
    "full row rank",
    "random",
})
SYMMETRIC = frozenset({"symmetric", "diagonal", "psd", "pd"})  # each of these traits makes a matrix symmetric
SQUARE = SYMMETRIC | {"orthogonal", "invertible"}
INVERTIBLE = frozenset({"invertible", "orthogonal", "pd"})
MOST_NODES = 20_000
MOST_BITS = 12_000  # of a number: Python writes no longer one out


class CalculusError(ValueError):
    """Something typed that has no meaning; it knows where.

    Attributes:
        message: What is wrong, and the remedy.
        column: Where in the text, from 1; 0 if nowhere.
        line: The line of a file; 0 if there is none.
    """

    def __init__(self, message: str, column: int = 0, line: int = 0) -> None:
        self.message, self.column, self.line = message, column, line
        place = [f"line {line}"] * bool(line) + [f"column {column}"] * bool(column)
        super().__init__(f"{', '.join(place)}: {message}" if place else message)


class SyntaxProblem(CalculusError):
    """Text that cannot be read."""


class UnknownName(CalculusError):
    """Text with a name that is not declared."""


class ShapeProblem(CalculusError):
    """Text that can be read, but whose shapes do not fit."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Rows and columns."""

    rows: Size
    columns: Size

    @property
    def is_scalar(self) -> bool:
        """One by one."""
        return self.rows == ONE and self.columns == ONE

    @property
    def is_column(self) -> bool:
        """A column vector, or a scalar."""
        return self.columns == ONE

    @property
    def turned(self) -> "Shape":
        """The shape of the transpose."""
        return Shape(self.columns, self.rows)

    def __str__(self) -> str:
        """As people say it: `scalar`, `n x d`."""
        return "scalar" if self.is_scalar else f"{self.rows} x {self.columns}"


SCALAR = Shape(ONE, ONE)


@dataclass(frozen=True, slots=True)
class Symbol:
    """A name and what is known of it."""

    name: str
    traits: frozenset[str] = frozenset()

    @property
    def is_symmetric(self) -> bool:
        """Whether a trait makes it its own transpose."""
        return bool(self.traits & SYMMETRIC)


@dataclass(frozen=True, slots=True, eq=False)
class Expr:
    """A node: an operation, what it is done to, the shape that comes out, and what else the operation needs.

    Two nodes are equal if they are built in the same way; that `x + y` is `y + x` is for `forms` to say.
    """

    op: str
    args: tuple["Expr", ...]
    shape: Shape
    value: Any = None
    code: int = field(init=False, repr=False)
    weight: int = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Work the hash and the number of nodes out once: trees are compared often, and some grow too large."""
        object.__setattr__(self, "code", hash((self.op, self.args, self.shape, self.value)))
        object.__setattr__(self, "weight", 1 + sum(arg.weight for arg in self.args))
        if self.weight > MOST_NODES:
            raise CalculusError(f"need expressions of at most {MOST_NODES} pieces, got more")

    def __hash__(self) -> int:
        """Equal trees have equal codes."""
        return self.code

    def __eq__(self, other: object) -> bool:
        """Whether two trees are built in the same way."""
        if self is other:
            return True
        if not isinstance(other, Expr) or self.code != other.code:
            return False
        return (self.op, self.value, self.shape, self.args) == (other.op, other.value, other.shape, other.args)

    def walk(self) -> Iterator["Expr"]:
        """This node and all below it, itself last."""
        for arg in self.args:
            yield from arg.walk()
        yield self

    def with_args(self, args: tuple["Expr", ...]) -> "Expr":
        """The same operation, done to something else of the same shapes."""
        return self if args == self.args else Expr(self.op, args, self.shape, self.value)

    @property
    def is_scalar(self) -> bool:
        """One by one."""
        return self.shape.is_scalar


def number(value: Fraction | int) -> Expr:
    """A number.

    Raises:
        CalculusError: If it is too long to be written out.
    """
    value = Fraction(value)
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > MOST_BITS:
        raise CalculusError("need shorter numbers, got one of some thousand digits")
    return Expr("number", (), SCALAR, value)


def symbol(name: str, shape: Shape, traits: frozenset[str] = frozenset()) -> Expr:
    """A name."""
    return Expr("symbol", (), shape, Symbol(name, traits))


def constant(op: str, rows: Size, columns: Size) -> Expr:
    """The identity, zeros or ones of a shape."""
    return Expr(op, (), Shape(rows, columns))


def symbols(expr: Expr) -> dict[str, Expr]:
    """All names in an expression, with their nodes."""
    return {node.value.name: node for node in expr.walk() if isinstance(node.value, Symbol)}


def substituted(expr: Expr, replaced: dict[Expr, Expr]) -> Expr:
    """The expression with nodes put in the place of others of the same shape."""
    if expr in replaced:
        return replaced[expr]
    return expr.with_args(tuple(substituted(arg, replaced) for arg in expr.args))


STATEMENTS = frozenset({"compare", "and", "or", "not", "implies", "iff", "forall", "converges", "tends_to"})


def holds(expr: Expr, part: Expr) -> bool:
    """Whether a node stands somewhere in an expression."""
    return any(node == part for node in expr.walk())
