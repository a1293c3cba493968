"""The reader that gives syntax its meaning: what is asked and said of shapes, and the sizes that are found on the way."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field

from thalweg.calculus.nodes import STATEMENTS, CalculusError, Expr, Shape, ShapeProblem
from thalweg.calculus.raw import is_zero, turned
from thalweg.calculus.scope import Scope, Sequence
from thalweg.calculus.sizes import ONE, Size, Solver, size_of
from thalweg.calculus.syntax import Syntax
from thalweg.calculus.tokens import exact

_SIZE_NAMES = ("n", "m", "d", "k", "h", "p", "q", "r", "s")


@dataclass
class Reader:
    """Gives syntax its meaning.

    Attributes:
        text: What is read, for messages.
        scope: What its names mean.
        flipped: Columns of forks that are to be read in the other way.
        table: What each kind of syntax means.
        solver: What was found of sizes.
        forks: Columns at which it could be read otherwise.
        met: In an open scope: the names met on the way.
        letters: What unknown sizes are called in messages.
    """

    text: str
    scope: Scope
    flipped: Collection[int]
    table: Mapping[str, Callable[["Reader", Syntax], Expr]]
    solver: Solver = field(default_factory=Solver)
    forks: list[int] = field(default_factory=list)
    met: dict[str, Expr] = field(default_factory=dict)
    letters: dict[str, str] = field(default_factory=dict)

    def source(self, syntax: Syntax) -> str:
        """The text of a piece of syntax."""
        return self.text[syntax.column - 1 : syntax.end - 1].strip()

    def said(self, expr: Expr, syntax: Syntax) -> str:
        """`X w (n x 1)`."""
        return f"{self.source(syntax)} ({self.shown(expr.shape)})"

    def shown(self, shape: Shape) -> str:
        """A shape, as far as it is known: a size that is not known yet gets a letter."""
        return str(Shape(self._lettered(shape.rows), self._lettered(shape.columns)))

    def _lettered(self, size: Size) -> Size:
        """A size with letters that mean nothing yet in the place of unknowns, the same ones every time."""
        size = self.solver.solved(size)
        for name in self._open(size):
            if name not in self.letters:
                self.letters[name] = next(self._free({*self.letters.values()}))
        counts = [Size(0, ((self.letters.get(name, name), count),)) for name, count in size.terms]
        return sum(counts, Size(size.constant))

    def _free(self, more: Collection[str] = ()) -> Iterator[str]:
        """Names for sizes that mean nothing yet."""
        taken = {*self.scope.names, *self.met, *self.scope.sizes, *more}
        return (name for name in [*_SIZE_NAMES, *(f"n{i}" for i in range(1, 200))] if name not in taken)

    def refuse(self, message: str, syntax: Syntax) -> ShapeProblem:
        """The error that says so, with its column."""
        return ShapeProblem(message, syntax.column)

    def scalar(self, expr: Expr) -> bool:
        """Whether an expression is known to be 1 by 1."""
        return self.solver.solved(expr.shape.rows) == ONE and self.solver.solved(expr.shape.columns) == ONE

    def same(self, a: Shape, b: Shape) -> bool:
        """Whether two shapes can be one; if so, unknown sizes are solved for."""
        before = dict(self.solver.found)
        can_be_one = self.solver.equate(a.rows, b.rows) and self.solver.equate(a.columns, b.columns)
        self.solver.found = self.solver.found if can_be_one else before
        return can_be_one

    def column(self, expr: Expr, syntax: Syntax, what: str) -> Expr:
        """A vector, as a column; a row is turned."""
        if self.solver.solved(expr.shape.columns) == ONE:
            return expr
        if self.solver.solved(expr.shape.rows) == ONE:
            return turned(expr)
        raise self.refuse(f"{what} needs a vector, got {self.said(expr, syntax)}", syntax)

    def square(self, expr: Expr, syntax: Syntax, what: str) -> Expr:
        """An expression that must be square."""
        if not self.solver.equate(expr.shape.rows, expr.shape.columns):
            raise self.refuse(f"{what} needs a square matrix, got {self.said(expr, syntax)}", syntax)
        return expr

    def read(self, syntax: Syntax) -> Expr:
        """The meaning of an expression or a statement."""
        return self.table[syntax.op](self, syntax)

    def value(self, syntax: Syntax) -> Expr:
        """The meaning of something that must be no statement."""
        expr = self.read(syntax)
        if expr.op in STATEMENTS:
            raise self.refuse(f"need an expression here, got the statement {self.source(syntax)}", syntax)
        return expr

    def truth(self, syntax: Syntax) -> Expr:
        """The meaning of something that must be a statement."""
        expr = self.read(syntax)
        if expr.op not in STATEMENTS:
            raise self.refuse(f"need a statement such as a = b here, got the expression {self.source(syntax)}", syntax)
        return expr

    def alike(self, syntax: Syntax, word: str) -> tuple[Expr, Expr]:
        """The meanings of both parts, which must have one shape; 0 takes any."""
        left, right = (self.value(part) for part in syntax.args)
        return self.matched(left, right, syntax, word)

    def matched(self, left: Expr, right: Expr, syntax: Syntax, word: str) -> tuple[Expr, Expr]:
        """Both parts of something, which must have one shape."""
        if is_zero(left) and not self.scalar(right):
            left = Expr("zeros", (), right.shape)
        if is_zero(right) and not self.scalar(left):
            right = Expr("zeros", (), left.shape)
        if not self.same(left.shape, right.shape):
            hint = ""
            if self.scalar(left) != self.scalar(right):
                hint = "; a number and a matrix do not add: multiply it by I or by ones(n)"
            elif self.same(left.shape, right.shape.turned):
                hint = "; is a transpose missing?"
            what = f"{self.said(left, syntax.args[0])} and {self.said(right, syntax.args[1])}"
            raise self.refuse(f"cannot {word} {what}: the shapes differ{hint}", syntax)
        return left, right

    def size(self, syntax: Syntax) -> Size:
        """A size that is written: a name, a number, or a sum of such."""
        if syntax.op == "add":
            return self.size(syntax.args[0]) + self.size(syntax.args[1])
        if syntax.op == "number" and exact(syntax.text, syntax.column) in range(1, 65):
            return Size(int(syntax.text))
        if syntax.op == "name" and (syntax.text in self.scope.sizes or self.scope.is_open):
            self.scope.sizes.add(syntax.text)
            return size_of(syntax.text)
        raise CalculusError(
            f"need a size (a declared name, a number from 1 to 64, or a sum), got {self.source(syntax)}", syntax.column
        )

    def sequence(self, syntax: Syntax) -> "Sequence":
        """The recurrence whose name stands here."""
        if syntax.op == "name" and syntax.text in self.scope.sequences:
            return self.scope.sequences[syntax.text]
        known = ", ".join(self.scope.sequences) or "none is declared"
        raise self.refuse(f"need the name of a recurrence ({known}), got {self.source(syntax)}", syntax)

    def finished(self, expr: Expr) -> Expr:
        """The expression with all sizes put in; an open scope gives names to those that nothing determines."""
        left = dict.fromkeys(
            name for node in [*expr.walk()] for name in (*self._open(node.shape.rows), *self._open(node.shape.columns))
        )
        if left and not self.scope.is_open:
            raise ShapeProblem("cannot tell the size of I or 0 here; write eye(n), zeros(n) or I_n", 0)
        free = iter([*self._free()])
        for name in left:
            self.solver.found[name] = size_of(chosen := next(free))
            self.scope.sizes.add(chosen)
        self.scope.names.update({name: self._resolved(node) for name, node in self.met.items()})
        return self._resolved(expr)

    def _open(self, size: Size) -> list[str]:
        return [name for name in self.solver.solved(size).names if name.startswith("?")]

    def _resolved(self, expr: Expr) -> Expr:
        shape = Shape(self.solver.solved(expr.shape.rows), self.solver.solved(expr.shape.columns))
        value = self.solver.solved(expr.value) if isinstance(expr.value, Size) else expr.value
        return Expr(expr.op, tuple(self._resolved(arg) for arg in expr.args), shape, value)
