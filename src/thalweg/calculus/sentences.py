"""What statements mean: comparisons and what joins them, intervals, `forall`, and what is said of sequences."""

from collections.abc import Callable, Mapping

from thalweg.calculus.nodes import SCALAR, Expr, symbol
from thalweg.calculus.raw import bounded, is_zero
from thalweg.calculus.reader import Reader
from thalweg.calculus.sizes import ONE
from thalweg.calculus.syntax import Syntax


def _compare(reader: Reader, syntax: Syntax) -> Expr:
    relations = syntax.text.split()
    pairs = []
    for relation, first, second in zip(relations, syntax.args, syntax.args[1:], strict=False):
        left, right = reader.alike(Syntax("compare", (first, second), "", first.column, second.end), "compare")
        if (
            relation not in ("=", "!=")
            and not reader.scalar(left)
            and not reader.scope.is_open
            and not _is_entrywise(reader, left)
        ):
            said = f"{reader.said(left, first)} {relation} {reader.said(right, second)}"
            raise reader.refuse(f"need scalars on both sides of {relation}, got {said}", first)
        pairs.append(Expr("compare", (left, right), SCALAR, relation))
    return pairs[0] if len(pairs) == 1 else Expr("and", tuple(pairs), SCALAR)


def _is_entrywise(reader: Reader, expr: Expr) -> bool:
    """Whether `a < b` may be meant entry by entry: of vectors it is."""
    return reader.solver.solved(expr.shape.columns) == ONE


def _converges(reader: Reader, syntax: Syntax) -> Expr:
    sequence = reader.sequence(syntax.args[0])
    return Expr("converges", (sequence.state, sequence.step), SCALAR)


def _tends(reader: Reader, syntax: Syntax) -> Expr:
    sequence, target = reader.sequence(syntax.args[0]), reader.value(syntax.args[1])
    target = Expr("zeros", (), sequence.state.shape) if is_zero(target) and not sequence.state.is_scalar else target
    if not reader.same(sequence.state.shape, target.shape):
        raise reader.refuse(f"cannot tend to {reader.said(target, syntax.args[1])}: the shapes differ", syntax)
    return Expr("tends_to", (sequence.state, sequence.step, target), SCALAR)


def _joined(reader: Reader, syntax: Syntax) -> Expr:
    return Expr(syntax.op, tuple(reader.truth(part) for part in syntax.args), SCALAR)


def _inside(reader: Reader, syntax: Syntax) -> Expr:
    value = reader.value(syntax.args[0])
    low, high = (reader.value(part) for part in syntax.args[1].args)
    if not (reader.scalar(value) and reader.scalar(low) and reader.scalar(high)):
        raise reader.refuse("need scalars in an interval", syntax)
    return Expr("and", (*bounded(value, low, high, syntax.args[1].text),), SCALAR)


def _forall(reader: Reader, syntax: Syntax) -> Expr:
    body, *rest = syntax.args
    domain = rest[0] if syntax.text == "1" else None
    names = rest[1:] if domain else rest
    limits = tuple(reader.value(part) for part in domain.args) if domain else ()
    kept = dict(reader.scope.names)
    for name in names:
        if name.text not in reader.scope.names or domain:
            reader.scope.names[name.text] = symbol(name.text, SCALAR)
    bound = tuple(reader.scope.names[name.text] for name in names)
    inside = reader.truth(body)
    reader.scope.names.clear()
    reader.scope.names.update(kept)
    return Expr("forall", (inside, *limits), SCALAR, (bound, domain.text if domain else ""))


SENTENCES: Mapping[str, Callable[[Reader, Syntax], Expr]] = {
    **dict.fromkeys(("and", "or", "not", "implies", "iff"), _joined),
    "compare": _compare,
    "converges": _converges,
    "tends": _tends,
    "in": _inside,
    "forall": _forall,
}
