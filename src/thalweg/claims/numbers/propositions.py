"""Statements as formulas of z3: comparisons, what joins them, `forall`, and `where`, which chooses by one."""

from collections.abc import Callable

from thalweg.calculus.nodes import SCALAR, Expr, Symbol, substituted, symbol
from thalweg.calculus.raw import bounded
from thalweg.claims.numbers import quotients
from thalweg.claims.numbers.quotients import Rows, Term
from thalweg.claims.numbers.reading import Frame, Need, Reader, Unsupported, entries, formula, z3

Formulas = tuple[tuple[Term, ...], ...]


def truth(reader: Reader, expr: Expr) -> Term:
    """A statement as a formula, which is right where the statement's parts have values.

    Raises:
        Unsupported: If it has no translation.
    """
    if expr.op == "forall":
        return _forall(reader, expr)
    if expr.op in _JOINED:
        return _JOINED[expr.op](*[truth(reader, arg) for arg in expr.args])
    parts = [part for row in _each(reader, expr) for part in row]
    return z3().Or(parts) if expr.value == "!=" else z3().And(parts)


def _iff(a: Term, b: Term) -> Term:
    """That two formulas are true together."""
    return a == b


_JOINED: dict[str, Callable[..., Term]] = {
    "and": lambda *parts: z3().And(*parts),
    "or": lambda *parts: z3().Or(*parts),
    "not": lambda part: z3().Not(part),
    "implies": lambda a, b: z3().Implies(a, b),
    "iff": _iff,
}


def _each(reader: Reader, expr: Expr) -> Formulas:
    """A statement entry by entry; what is one by one counts for all."""
    if expr.op == "compare":
        left, right = (entries(reader, arg) for arg in expr.args)
        return _paired(lambda a, b: reader.related(str(expr.value), a, b), left, right)
    if expr.op not in _JOINED:
        raise Unsupported(expr.op)
    return _paired(_JOINED[expr.op], *[_each(reader, arg) for arg in expr.args])


def _paired(function: Callable[..., Term], *matrices: tuple) -> Formulas:
    """A function of the entries at each place."""
    rows = max(len(matrix) for matrix in matrices)
    columns = max(len(matrix[0]) for matrix in matrices)

    def at(matrix: tuple, i: int, j: int) -> Term:
        """The entry at a place; what is one by one has one for all."""
        return matrix[i if len(matrix) > 1 else 0][j if len(matrix[0]) > 1 else 0]

    return tuple(
        tuple(function(*[at(matrix, i, j) for matrix in matrices]) for j in range(columns)) for i in range(rows)
    )


def where(reader: Reader, expr: Expr) -> Rows:
    """One value where a statement holds, another elsewhere; each must exist only if it is chosen somewhere."""
    conditions = _each(reader, expr.args[0])
    flat = [part for row in conditions for part in row]
    above = _needed(reader, expr, expr.args[1], flat)
    below = _needed(reader, expr, expr.args[2], [z3().Not(part) for part in flat])
    return _paired(quotients.chosen, conditions, above, below)


def _needed(reader: Reader, expr: Expr, branch: Expr, chosen: list[Term]) -> Rows:
    """The entries of a branch, whose needs count where it is chosen."""
    with reader.apart() as needs:
        rows = entries(reader, branch)
    if needs:
        condition = z3().Implies(z3().Or(chosen), z3().And([need.formula for need in needs.values()]))
        shown = tuple(dict.fromkeys(part for need in needs.values() for part in need.shown))
        reader.demand(Need(condition, reader.depth(expr), shown))
    return rows


def _forall(reader: Reader, expr: Expr) -> Term:
    """A formula with a quantifier over the names, the roots of terms with them, and where the body has values."""
    bound, body = renamed(reader, expr)
    frame = Frame(frozenset(part.value.name for part in bound))
    reader.frames.append(frame)
    place = len(reader.frames) - 1
    try:
        with reader.apart() as needs:
            for part in bound:
                entries(reader, part)
            inside = truth(reader, body)
    finally:
        reader.frames.pop()
    own = [need.formula for need in needs.values() if need.depth == place]
    reader.needs.update({code: need for code, need in needs.items() if need.depth < place})
    told = [*frame.axioms, *own] or [formula(reader, True)]
    return z3().ForAll(frame.variables, z3().Implies(z3().And(told), inside))


def renamed(reader: Reader, expr: Expr) -> tuple[list[Expr], Expr]:
    """The names that a `forall` binds, under new names, and its body with them, the limits as assumptions."""
    names, brackets = expr.value
    mark = next(reader.ids)
    new = {name: symbol(f"{name.value.name}!{mark}", name.shape, name.value.traits) for name in names}
    body = Expr("implies", (limits(expr, names, brackets), expr.args[0]), SCALAR) if brackets else expr.args[0]
    return [*new.values()], substituted(body, new)


def limits(expr: Expr, names: tuple[Expr, ...], brackets: str) -> Expr:
    """That every name lies between the limits of a `forall`."""
    parts = tuple(part for name in names for part in bounded(name, expr.args[1], expr.args[2], brackets))
    return Expr("and", parts, SCALAR)


def is_quantified(expr: Expr) -> bool:
    """Whether a `forall` stands in a statement."""
    return any(node.op == "forall" for node in expr.walk())


def names_of(exprs: tuple[Expr, ...]) -> set[str]:
    """All names in some trees, bound ones too."""
    return {node.value.name for expr in exprs for node in expr.walk() if isinstance(node.value, Symbol)}
