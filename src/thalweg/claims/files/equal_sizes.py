"""Relations between sizes: `n >= d` is kept, and by `n = d + 1` one size is put in the place of another everywhere."""

from thalweg.calculus.nodes import CalculusError, Expr, Shape, number
from thalweg.calculus.scope import Sequence
from thalweg.calculus.sizes import Size, size_of
from thalweg.claims.files.scopes import Frame, Recurrence
from thalweg.claims.files.understanding import LARGEST_SIZE
from thalweg.claims.nouns import Random

_LARGEST_COUNT = 10_000


def relate(frame: Frame, statement: Expr, column: int) -> bool:
    """Take a given in if it is a relation of sizes; says whether it is.

    Raises:
        CalculusError: If it makes a size too large.
    """
    if statement.op != "compare" or statement.value == "!=":
        return False
    left, right = (as_size(side) for side in statement.args)
    if left is None or right is None or not (left - right).names:
        return False
    relation = str(statement.value)
    if relation in ("<", "<="):
        left, right, relation = right, left, {"<": ">", "<=": ">="}[relation]
    if relation == "=":
        _equate(frame, left, right, column)
    else:
        _at_least(frame, left, right + size_of(1) if relation == ">" else right)
    return True


def as_size(expr: Expr) -> Size | None:
    """The size that an expression is: a sum of sizes, whole numbers, and whole multiples of sizes."""
    value = expr.value
    if isinstance(value, Size):
        return value
    if expr.op == "number":
        return Size(int(value)) if value.denominator == 1 and abs(value) <= _LARGEST_COUNT else None
    parts = [as_size(arg) for arg in expr.args] if expr.op in ("add", "product") else [None]
    if any(part is None for part in parts):
        return None
    sizes = [part for part in parts if part is not None]
    if expr.op == "add":
        return sum(sizes[1:], sizes[0])
    if len(sizes) == 2 and not sizes[0].terms:
        count = sizes[0].constant
        return Size(count * sizes[1].constant, tuple((name, count * many) for name, many in sizes[1].terms if count))
    return None


def _at_least(frame: Frame, large: Size, small: Size) -> None:
    """Keep that one size is at least another, without negative counts, unless it is so anyhow: sizes are 1 or more."""
    difference = large - small
    counts = [count for _, count in difference.terms]
    if all(count > 0 for count in counts) and difference.constant + sum(counts) >= 0:
        return
    above = Size(max(difference.constant, 0), tuple((name, count) for name, count in difference.terms if count > 0))
    frame.size_givens.append((above, above - difference))


def _equate(frame: Frame, left: Size, right: Size, column: int) -> None:
    """Put one size in the place of another, or keep both inequalities where none can be expressed by the others."""
    difference = left - right
    for name, count in sorted(difference.terms, key=lambda term: -frame.sizes.index(term[0])):
        rest = difference - Size(0, ((name, count),))
        value = rest if count < 0 else Size() - rest
        if abs(count) == 1 and value != Size() and value.constant >= 0 and all(many > 0 for _, many in value.terms):
            if value.constant > LARGEST_SIZE or any(many > LARGEST_SIZE for _, many in value.terms):
                raise CalculusError(f"need sizes up to {LARGEST_SIZE}, got {name} = {value}", column)
            replace_size(frame, name, value)
            return
    _at_least(frame, left, right)
    _at_least(frame, right, left)


def replace_size(frame: Frame, name: str, value: Size) -> None:
    """Put a size in the place of another in everything that is declared."""
    new = {name: value}
    frame.equal = {other: size_at(size, new) for other, size in frame.equal.items()} | new
    frame.names = {key: resized(expr, new) for key, expr in frame.names.items()}
    frame.symbols = {key: resized(expr, new) for key, expr in frame.symbols.items()}
    frame.givens = [resized(given, new) for given in frame.givens]
    pairs = [(size_at(large, new), size_at(small, new)) for large, small in frame.size_givens]
    frame.size_givens = []
    for large, small in pairs:
        _at_least(frame, large, small)
    frame.randoms = [Random(*(resized(part, new) for part in (r.symbol, r.mean, r.covariance))) for r in frame.randoms]
    frame.recurrences = {key: _resized_sequence(sequence, new) for key, sequence in frame.recurrences.items()}


def _resized_sequence(recurrence: Recurrence, new: dict[str, Size]) -> Recurrence:
    sequence = recurrence.sequence
    parts = (resized(part, new) for part in (sequence.state, sequence.step, recurrence.start))
    return Recurrence(Sequence(*parts), resized(recurrence.index, new), recurrence.has_start)


def size_at(size: Size, new: dict[str, Size]) -> Size:
    """A size with others put in."""
    result = Size(size.constant)
    for name, count in size.terms:
        part = new.get(name, size_of(name))
        result = result + Size(count * part.constant, tuple((other, count * many) for other, many in part.terms))
    return result


def resized(expr: Expr, new: dict[str, Size]) -> Expr:
    """An expression with sizes put in the place of others."""
    value = expr.value
    if isinstance(value, Size):
        size = size_at(value, new)
        return Expr("size", (), expr.shape, size) if size.names else number(size.constant)
    if expr.op == "forall":
        bound, brackets = value
        value = (tuple(resized(name, new) for name in bound), brackets)
    shape = Shape(size_at(expr.shape.rows, new), size_at(expr.shape.columns, new))
    return Expr(expr.op, tuple(resized(arg, new) for arg in expr.args), shape, value)
