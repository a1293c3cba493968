"""Trees to formulas of z3 over the real numbers: scalars, and matrices of fixed size entry by entry.

A formula says what a tree says wherever the tree has a value; what that takes is collected beside it (`Reader.needs`): under
`forall` it belongs to the quantifier, in a branch of `where` to the branch. What has no polynomial form becomes a variable,
and `Reader.is_exact` false: from then on only that something cannot be satisfied means anything. Solving is for `solver`.
"""

from collections.abc import Callable
from fractions import Fraction
from functools import reduce
from itertools import product

from thalweg.calculus.nodes import SCALAR, Expr, Symbol, number
from thalweg.calculus.sizes import Size
from thalweg.claims.numbers import elementary, quotients
from thalweg.claims.numbers.elementary import FUNCTIONS, MOST_POWER
from thalweg.claims.numbers.facts import facts
from thalweg.claims.numbers.propositions import where
from thalweg.claims.numbers.quotients import Quotient, Rows, Term
from thalweg.claims.numbers.reading import (
    Frame,
    Operation,
    Reader,
    Unsupported,
    determinant,
    each,
    entries,
    filled,
    length,
    reciprocal,
    single,
    times,
    total,
    transposed,
    without,
    z3,
)

_SIGNS = {"positive": ">", "nonnegative": ">=", "nonzero": "!="}
_SHAPED = frozenset({"symmetric", "diagonal", "integer", "random"})  # traits that the variables themselves have


def reader_in(context: Term) -> Reader:
    """A reader for one context of z3."""
    return Reader(context, _OPERATIONS)


def axioms(reader: Reader) -> list[Term]:
    """What is known of all variables so far."""
    count = len(reader.applications)
    if reader.told[0] != count:
        reader.told = (count, facts(reader))
    return [*reader.frames[0].axioms, *reader.told[1]]


# Names


def _symbol(reader: Reader, expr: Expr) -> Rows:
    """The variables of a name; its traits tie them to each other."""
    assert isinstance(expr.value, Symbol)
    name, traits = expr.value.name, expr.value.traits
    frame = reader.frames[reader.depth(expr)]
    if "integer" in traits:
        _whole(reader, frame, name)

    def entry(row: int, column: int) -> Quotient:
        if row != column and "diagonal" in traits:
            return quotients.constant(0)
        if row > column and expr.value.is_symmetric:
            row, column = column, row
        return _variable(reader, frame, (name, row, column))

    rows = filled(expr, entry)
    for trait in sorted(traits):
        frame.axioms += _said_by(reader, trait, rows)
    return rows


def _variable(reader: Reader, frame: Frame, place: tuple[str, int, int]) -> Quotient:
    """The variable of an entry."""
    if place not in reader.variables:
        reader.variables[place] = z3().Real(f"v{len(reader.variables)}", reader.context)
        frame.variables.append(reader.variables[place])
    return Quotient(reader.variables[place])


def _whole(reader: Reader, frame: Frame, name: str) -> None:
    """Note that a name stands for whole numbers; no quantifier does."""
    if frame.names:
        raise Unsupported("whole numbers under forall")
    reader.wholes.add(name)


def _said_by(reader: Reader, trait: str, rows: Rows) -> list[Term]:
    """What a trait says of the entries of a name."""
    if trait in _SIGNS:
        return [reader.related(_SIGNS[trait], entry, 0) for row in rows for entry in row]
    if trait == "orthogonal":
        square = times(transposed(rows), rows)
        return [reader.related("=", entry, int(i == j)) for i, row in enumerate(square) for j, entry in enumerate(row)]
    if trait == "invertible":
        return [reader.related("!=", determinant(rows), 0)]
    if trait in ("psd", "pd"):
        kept = [[i for i, is_in in enumerate(choice) if is_in] for choice in product((False, True), repeat=len(rows))]
        minors = [determinant(tuple(tuple(rows[i][j] for j in part) for i in part)) for part in kept if part]
        return [reader.related(">=" if trait == "psd" else ">", minor, 0) for minor in minors]
    reader.is_exact = reader.is_exact and trait in _SHAPED
    return []


def _size(reader: Reader, expr: Expr) -> Rows:
    """A size as a number: its names are whole numbers from 1."""
    assert isinstance(expr.value, Size)
    parts = [quotients.constant(expr.value.constant)]
    for name, often in expr.value.terms:
        if name not in reader.wholes:
            reader.wholes.add(name)
            reader.frames[0].axioms.append(_variable(reader, reader.frames[0], (name, -1, -1)).over >= 1)
        parts.append(quotients.multiplied(quotients.constant(often), Quotient(reader.variables[name, -1, -1])))
    return ((total(parts),),)


# Operations


def _inverse(reader: Reader, expr: Expr) -> Rows:
    """The adjugate over the determinant."""
    rows = entries(reader, expr.args[0])
    scale = reciprocal(reader, expr, determinant(rows), Expr("det", expr.args, SCALAR))

    def entry(row: int, column: int) -> Quotient:
        minor = determinant(without(rows, column, row)) if len(rows) > 1 else quotients.constant(1)
        return quotients.multiplied(scale, quotients.multiplied(quotients.constant((-1) ** (row + column)), minor))

    return filled(expr, entry)


def _power(reader: Reader, expr: Expr) -> Rows:
    """A scalar or a square matrix to a power."""
    base, power = expr.args[0], single(reader, expr.args[1])
    if not isinstance(power.over, Fraction) or power.under:
        if not expr.is_scalar:
            raise Unsupported("a matrix to a power that is no number")
        return ((elementary.symbolic_power(reader, expr),),)
    if expr.is_scalar and not power.over:
        return ((quotients.constant(1),),)
    if expr.is_scalar:
        return ((elementary.rational_power(reader, base, single(reader, base), power.over),),)
    if power.over.denominator > 1 or not 0 <= power.over <= MOST_POWER:
        raise Unsupported("this power of a matrix")
    unit = filled(expr, lambda row, column: quotients.constant(int(row == column)))
    return reduce(times, [entries(reader, base)] * int(power.over), unit)


def _entry(expr: Expr, row: int, column: int) -> Expr:
    """An entry as an expression."""
    return expr if expr.is_scalar else Expr("entry", (expr,), SCALAR, (row, column))


def _places(expr: Expr) -> list[list[Expr]]:
    """All entries as expressions."""
    return [[_entry(expr, i, j) for j in range(length(expr.shape.columns))] for i in range(length(expr.shape.rows))]


def _entrywise(reader: Reader, expr: Expr, function: Callable[[Reader, Expr, Quotient], Quotient]) -> Rows:
    """A function of every entry of the only argument."""
    inside = expr.args[0]
    return tuple(
        tuple(function(reader, part, value) for part, value in zip(*row, strict=True))
        for row in zip(_places(inside), entries(reader, inside), strict=True)
    )


def _raised(reader: Reader, expr: Expr) -> Rows:
    """Every entry to a constant power."""
    power = Fraction(expr.value)
    return _entrywise(reader, expr, lambda reader, part, value: elementary.rational_power(reader, part, value, power))


def _larger(reader: Reader, a: Quotient, b: Quotient) -> Quotient:
    """The larger of two."""
    return quotients.chosen(reader.related(">", a, b), a, b)


def _norm(reader: Reader, expr: Expr) -> Rows:
    """The root of the sum of squares; of a matrix only that of Frobenius."""
    rows = entries(reader, expr.args[0])
    flat = [entry for row in rows for entry in row]
    if len(flat) == 1:
        return ((elementary.magnitude(reader, expr, flat[0]),),)
    if expr.value != "F" and 1 not in (len(rows), len(rows[0])):
        raise Unsupported("the spectral norm")
    return ((elementary.root(reader, expr, total([quotients.to_power(entry, 2) for entry in flat]), 2),),)


def _of_one(function: Callable[[Reader, Expr, Quotient], Quotient]) -> Operation:
    """Something that is plain of one number, and of more is not translated."""

    def worked(reader: Reader, expr: Expr) -> Rows:
        rows = entries(reader, expr.args[0])
        if len(rows) * len(rows[0]) > 1:
            raise Unsupported(expr.op)
        return ((function(reader, expr, rows[0][0]),),)

    return worked


def _not_zero(reader: Reader, yes: Quotient, value: Quotient) -> Quotient:
    """Something where a value is not 0, else 0."""
    return quotients.chosen(reader.related("!=", value, 0), yes, quotients.constant(0))


def _pinv(reader: Reader, _expr: Expr, value: Quotient) -> Quotient:
    """One over a number, 0 for 0."""
    if isinstance(value.over, Fraction):
        return quotients.inverted(value) if value.over else value
    return _not_zero(reader, quotients.inverted(value), value)


def _block(reader: Reader, expr: Expr) -> Rows:
    """Blocks side by side and below each other."""
    _, columns = expr.value
    parts = [entries(reader, arg) for arg in expr.args]
    bands = [parts[start : start + columns] for start in range(0, len(parts), columns)]
    return tuple(sum(rows, ()) for band in bands for rows in zip(*band, strict=True))


def _taken(reader: Reader, expr: Expr) -> Rows:
    """One entry of a matrix."""
    row, column = expr.value
    rows = entries(reader, expr.args[0])
    if row >= len(rows) or column >= len(rows[0]):
        raise Unsupported("an entry that is not there")
    return ((rows[row][column],),)


def _rewritten(make: Callable[[list[Expr], Expr], Expr]) -> Operation:
    """An operation on a vector that is said by others on its entries."""

    def worked(reader: Reader, expr: Expr) -> Rows:
        return entries(reader, make([part for row in _places(expr.args[0]) for part in row], expr))

    return worked


def _exponentials(parts: list[Expr]) -> list[Expr]:
    """The exponentials of scalars."""
    return [Expr("map", (part,), SCALAR, "exp") for part in parts]


def _sum_of(parts: list[Expr]) -> Expr:
    """The sum of scalars."""
    return Expr("add", tuple(parts), SCALAR) if len(parts) > 1 else parts[0]


def _logsumexp(parts: list[Expr], _expr: Expr) -> Expr:
    """The logarithm of the sum of exponentials."""
    return Expr("map", (_sum_of(_exponentials(parts)),), SCALAR, "log")


def _softmax(parts: list[Expr], expr: Expr) -> Expr:
    """Each exponential over the sum of all."""
    terms = _exponentials(parts)
    share = Expr("power", (_sum_of(terms), number(-1)), SCALAR)
    return Expr("block", tuple(Expr("product", (term, share), SCALAR) for term in terms), expr.shape, (len(terms), 1))


def _logdet(reader: Reader, expr: Expr) -> Rows:
    """The logarithm of the determinant."""
    return (
        (elementary.logarithm(reader, Expr("det", expr.args, SCALAR), determinant(entries(reader, expr.args[0]))),),
    )


def _filled_with(entry: Callable[[int, int], int]) -> Operation:
    """A constant matrix."""
    return lambda _reader, expr: filled(expr, lambda row, column: quotients.constant(entry(row, column)))


def _args(reader: Reader, expr: Expr) -> list[Rows]:
    """The entries of all arguments."""
    return [entries(reader, arg) for arg in expr.args]


def _diagonal(rows: Rows) -> list[Quotient]:
    """The entries on the diagonal."""
    return [rows[i][i] for i in range(len(rows))]


_OPERATIONS: dict[str, Operation] = {
    "symbol": _symbol,
    "number": lambda _reader, expr: ((quotients.constant(expr.value),),),
    "size": _size,
    "pi": lambda reader, expr: ((elementary.circle_constant(reader, expr),),),
    "identity": _filled_with(lambda row, column: int(row == column)),
    "zeros": _filled_with(lambda _row, _column: 0),
    "ones": _filled_with(lambda _row, _column: 1),
    "add": lambda reader, expr: reduce(lambda a, b: each(quotients.added, a, b), _args(reader, expr)),
    "product": lambda reader, expr: reduce(times, _args(reader, expr)),
    "hadamard": lambda reader, expr: each(quotients.multiplied, *_args(reader, expr)),
    "transpose": lambda reader, expr: transposed(entries(reader, expr.args[0])),
    "inverse": _inverse,
    "pinv": _of_one(_pinv),
    "power": _power,
    "map": lambda reader, expr: _entrywise(reader, expr, FUNCTIONS[str(expr.value)]),
    "raised": _raised,
    "max": lambda reader, expr: each(lambda a, b: _larger(reader, a, b), *_args(reader, expr)),
    "min": lambda reader, expr: each(
        lambda a, b: quotients.chosen(reader.related("<", a, b), a, b), *_args(reader, expr)
    ),
    "where": where,
    "softmax": _rewritten(_softmax),
    "logsumexp": _rewritten(_logsumexp),
    "trace": lambda reader, expr: ((total(_diagonal(entries(reader, expr.args[0]))),),),
    "det": lambda reader, expr: ((determinant(entries(reader, expr.args[0])),),),
    "logdet": _logdet,
    "total": lambda reader, expr: ((total([entry for row in entries(reader, expr.args[0]) for entry in row]),),),
    "norm": _norm,
    "diag": lambda reader, expr: filled(
        expr, lambda i, j: entries(reader, expr.args[0])[i][0] if i == j else quotients.constant(0)
    ),
    "diagonal": lambda reader, expr: tuple((entry,) for entry in _diagonal(entries(reader, expr.args[0]))),
    "block": _block,
    "entry": _taken,
    "smax": _of_one(elementary.magnitude),
    "smin": _of_one(elementary.magnitude),
    "emax": _of_one(lambda _reader, _expr, value: value),
    "emin": _of_one(lambda _reader, _expr, value: value),
    "rank": _of_one(lambda reader, _expr, value: _not_zero(reader, quotients.constant(1), value)),
}
