"""What is kept while trees become terms of z3: names, quantifiers, what the terms need, functions known by facts only.

What the operations mean is said in `reals` and `elementary`; the table of both is handed to the reader.
"""

import importlib
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from functools import reduce
from itertools import count
from types import ModuleType

from thalweg.calculus.nodes import Expr, symbols
from thalweg.calculus.sizes import Size
from thalweg.claims.numbers import quotients
from thalweg.claims.numbers.quotients import Quotient, Rows, Term, Unsupported

MOST_ENTRIES, MOST_NODES, MOST_FUNCTIONS = 16, 3000, 8


@dataclass
class Frame:
    """What belongs to one quantifier, or to none.

    Attributes:
        names: The names that it binds.
        variables: The variables that stand for them, and for roots of terms with them.
        axioms: What defines those.
    """

    names: frozenset[str] = frozenset()
    variables: list[Term] = field(default_factory=list)
    axioms: list[Term] = field(default_factory=list)


@dataclass(frozen=True)
class Application:
    """A function of which only facts are known.

    Attributes:
        kind: "exp", "power", "circle" or "pi".
        args: Its arguments.
        values: Its values.
        guards: When they are meant.
        is_whole: Whether the exponent of a power is plainly a whole number.
    """

    kind: str
    args: tuple[Quotient, ...]
    values: tuple[Quotient, ...]
    guards: tuple[Term, ...] = ()
    is_whole: bool = False


@dataclass(frozen=True)
class Need:
    """Something that must hold for an expression to have a value.

    Attributes:
        formula: What.
        depth: The quantifier that it belongs to.
        shown: The same for people: of which expressions something must be true.
    """

    formula: Term
    depth: int
    shown: tuple[tuple[Expr, str], ...] = ()


Needs = dict[int, Need]  # by the identity of the formula
Operation = Callable[["Reader", Expr], Rows]


@dataclass
class Reader:
    """Reads trees into one context of z3.

    Attributes:
        context: The context.
        operations: What each operation means.
        frames: The quantifiers around what is read; the first stands for none.
        known: The entries of what has been read, and what they need.
        needs: What must hold for what is being read to have a value.
        applications: Functions of which only facts are known.
        variables: The variables of names, by name, row and column.
        wholes: Names that stand for whole numbers.
        told: The facts about so many applications.
        is_exact: Whether the formulas say all that the trees say.
    """

    context: Term
    operations: Mapping[str, Operation]
    frames: list[Frame] = field(default_factory=lambda: [Frame()])
    known: dict[Expr, tuple[Rows, Needs]] = field(default_factory=dict)
    needs: Needs = field(default_factory=dict)
    applications: dict[tuple, Application] = field(default_factory=dict)
    variables: dict[tuple[str, int, int], Term] = field(default_factory=dict)
    wholes: set[str] = field(default_factory=set)
    told: tuple[int, list[Term]] = field(default_factory=lambda: (0, []))
    is_exact: bool = True
    ids: Iterator[int] = field(default_factory=count)
    nodes: int = 0

    def depth(self, expr: Expr) -> int:
        """The innermost quantifier with a name in the expression."""
        names = symbols(expr).keys()
        return max((place for place, frame in enumerate(self.frames) if frame.names & names), default=0)

    def fresh(self, stem: str, expr: Expr | None = None) -> Term:
        """A new variable, of the quantifier that an expression depends on."""
        variable = z3().Real(f"{stem}!{next(self.ids)}", self.context)
        self.frames[self.depth(expr) if expr else 0].variables.append(variable)
        return variable

    def require(self, expr: Expr, condition: Term, words: str, shown: Expr | None = None) -> None:
        """Note what must hold for an expression to have a value."""
        self.demand(Need(formula(self, condition), self.depth(expr), ((shown or expr, words),)))

    def demand(self, need: Need) -> None:
        """Note a need."""
        self.needs[need.formula.get_id()] = need

    def related(self, relation: str, a: Quotient, b: Quotient | int) -> Term:
        """A comparison as a formula."""
        right = b if isinstance(b, Quotient) else quotients.constant(b)
        return formula(self, quotients.related(relation, a, right))

    def divides(self, *values: Quotient) -> tuple[Term, ...]:
        """That the denominators of some quotients are not 0."""
        factors = {code: term for value in values for code, (term, _) in value.under.items()}
        return tuple(formula(self, term != 0) for term in factors.values())

    @contextmanager
    def apart(self) -> Generator[Needs]:
        """Collect needs in a place of their own."""
        outer, self.needs = self.needs, {}
        try:
            yield self.needs
        finally:
            self.needs = outer


def z3() -> ModuleType:
    """The package, which is slow to import: only when it is needed."""
    return importlib.import_module("z3")


def formula(reader: Reader, value: Term) -> Term:
    """A bool as a formula."""
    return z3().BoolVal(value, reader.context) if isinstance(value, bool) else value


def entries(reader: Reader, expr: Expr) -> Rows:
    """The entries of an expression; what they need is noted in the reader.

    Raises:
        Unsupported: If it has no translation.
    """
    if expr not in reader.known:
        reader.nodes += 1
        if reader.nodes > MOST_NODES or expr.op not in reader.operations:
            raise Unsupported(expr.op)
        with reader.apart() as needs:
            reader.known[expr] = (reader.operations[expr.op](reader, expr), needs)
    rows, needs = reader.known[expr]
    reader.needs.update(needs)
    return rows


def single(reader: Reader, expr: Expr) -> Quotient:
    """The only entry of a scalar."""
    return entries(reader, expr)[0][0]


def length(size: Size) -> int:
    """A size that is a number.

    Raises:
        Unsupported: If it is not known, or too large.
    """
    if size.terms or not 1 <= size.constant <= MOST_ENTRIES:
        raise Unsupported(f"size {size}")
    return size.constant


def filled(expr: Expr, entry: Callable[[int, int], Quotient]) -> Rows:
    """A matrix of the shape of an expression.

    Raises:
        Unsupported: If it has too many entries.
    """
    rows, columns = length(expr.shape.rows), length(expr.shape.columns)
    if rows * columns > MOST_ENTRIES:
        raise Unsupported("a matrix with so many entries")
    return tuple(tuple(entry(row, column) for column in range(columns)) for row in range(rows))


def each(function: Callable[..., Quotient], *matrices: Rows) -> Rows:
    """A function of every entry."""
    return tuple(tuple(map(function, *rows)) for rows in zip(*matrices, strict=True))


def total(parts: list[Quotient]) -> Quotient:
    """The sum."""
    return reduce(quotients.added, parts, quotients.constant(0))


def transposed(rows: Rows) -> Rows:
    """The transpose."""
    return tuple(zip(*rows, strict=True))


def times(a: Rows, b: Rows) -> Rows:
    """A product; one by one scales."""
    for scale, other in ((a, b), (b, a)):
        if len(scale) == len(scale[0]) == 1:
            return each(lambda entry, by=scale[0][0]: quotients.multiplied(by, entry), other)
    columns = list(zip(*b, strict=True))
    return tuple(tuple(total([*map(quotients.multiplied, row, column)]) for column in columns) for row in a)


def determinant(rows: Rows) -> Quotient:
    """The determinant, by the first row.

    Raises:
        Unsupported: If there are more than four rows.
    """
    if len(rows) == 1:
        return rows[0][0]
    if len(rows) > 4:
        raise Unsupported("a determinant of more than four rows")
    return total([
        quotients.multiplied(
            quotients.multiplied(quotients.constant((-1) ** j), entry), determinant(without(rows, 0, j))
        )
        for j, entry in enumerate(rows[0])
        if not quotients.is_number(entry.over, 0)
    ])


def without(rows: Rows, i: int, j: int) -> Rows:
    """A matrix without one row and one column."""
    return tuple(row[:j] + row[j + 1 :] for place, row in enumerate(rows) if place != i)


def reciprocal(reader: Reader, expr: Expr, value: Quotient, shown: Expr) -> Quotient:
    """One over the value of an expression, which is noted not to be 0; `shown` is what people see."""
    if isinstance(value.over, Fraction) and value.over:
        return quotients.inverted(value)
    reader.require(expr, reader.related("!=", Quotient(value.over), 0), "is not 0", shown)
    return quotients.constant(0) if isinstance(value.over, Fraction) else quotients.inverted(value)
