"""A claim made ready for samples: what must hold, what is assumed, of which names and sizes, and a plan for cases.

`forall` and `implies` around the statement are taken off, and `and` in what is assumed; bound names that are left get names
that mean nothing else.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from thalweg.calculus.nodes import SCALAR, Expr, Symbol, substituted, symbol
from thalweg.calculus.raw import bounded
from thalweg.calculus.sizes import Size
from thalweg.claims.hunt.plans import Plan, planned
from thalweg.claims.nouns import Claim, name_of

_FOREIGN = frozenset({"deriv", "expectation", "limit", "argmin", "infinity", "converges", "tends_to"})


@dataclass(frozen=True)
class Question:
    """A claim made ready for samples: `forall` and `implies` around the statement are taken off.

    Attributes:
        statement: What must hold.
        givens: What is assumed, taken apart at `and`.
        names: The names that occur.
        sizes: The names of sizes that occur.
        size_givens: Pairs (a, b) of sizes with a >= b.
        plan: How to make cases.
        unsolved: How to make cases without solving equations, which leaves out where something is 0.
    """

    statement: Expr
    givens: tuple[Expr, ...]
    names: tuple[Expr, ...]
    sizes: tuple[str, ...]
    size_givens: tuple[tuple[Size, Size], ...]
    plan: Plan
    unsolved: Plan


def question(claim: Claim) -> Question | None:
    """A claim, ready for samples; None if it asks for something that has no value, such as a limit.

    Example:
        >>> from thalweg.calculus.meaning import Scope, understand
        >>> scope = Scope(is_open=True)
        >>> made = question(Claim(understand("y = X w implies ||y|| >= 0", scope).expr))
        >>> [name_of(name) for name, _ in made.plan.defined], [name_of(part.node) for part in made.plan.free]
        (['y'], ['X', 'w'])
    """
    statement, givens = _opened(claim.statement, [part for given in claim.givens for part in conjuncts(given)])
    parts = (statement, *givens)
    if any(_is_foreign(part) for part in parts):
        return None
    names = {name: node for part in parts for name, node in free_names(part).items()}
    statement, *givens = (_apart(part, names) for part in parts)
    free = tuple(node for _, node in sorted(names.items()))
    sizes = {name for part in parts for node in part.walk() for name in _size_names(node)}
    limits = [*claim.size_givens, *(pair for node in free for pair in _rank_limits(node))]
    limits += [pair for part in parts for node in part.walk() if node.op == "entry" for pair in _entry_limits(node)]
    sizes |= {name for pair in limits for size in pair for name in size.names}
    plan = planned(free, givens)
    unsolved = planned(free, [given for given in givens if given.value != "="]) if plan.defined else plan
    return Question(statement, tuple(givens), free, tuple(sorted(sizes)), tuple(limits), plan, unsolved)


def with_rank_limits(claim: Claim) -> Claim:
    """The claim with what full rank says of sizes among its givens, also of names that it does not speak of."""
    names = {
        **claim.symbols,
        **{name: node for part in (claim.statement, *claim.givens) for name, node in free_names(part).items()},
    }
    limits = [pair for node in names.values() for pair in _rank_limits(node) if pair[0] != pair[1]]
    return replace(claim, size_givens=tuple(dict.fromkeys((*claim.size_givens, *limits))))


def conjuncts(statement: Expr) -> list[Expr]:
    """A statement, taken apart at `and`."""
    return [part for arg in statement.args for part in conjuncts(arg)] if statement.op == "and" else [statement]


def free_names(expr: Expr) -> dict[str, Expr]:
    """The names that an expression speaks of, without those that a `forall` in it binds."""
    if isinstance(expr.value, Symbol):
        return {name_of(expr): expr}
    found = {name: node for arg in expr.args for name, node in free_names(arg).items()}
    if expr.op == "forall":
        limits = {name for limit in expr.args[1:] for name in free_names(limit)}
        bound = {name_of(node) for node in expr.value[0]} - limits
        found = {name: node for name, node in found.items() if name not in bound}
    return found


def _apart(expr: Expr, taken: Collection[str]) -> Expr:
    """The expression with bound names that are taken outside replaced by new ones."""
    expr = expr.with_args(tuple(_apart(arg, taken) for arg in expr.args))
    if expr.op != "forall" or not any(name_of(name) in taken for name in expr.value[0]):
        return expr
    body, *limits = expr.args
    names, brackets = expr.value
    fresh = {name: _renamed(name, taken) for name in names}
    return Expr("forall", (substituted(body, fresh), *limits), SCALAR, (tuple(fresh.values()), brackets))


def _renamed(name: Expr, taken: Collection[str]) -> Expr:
    """A name that is not taken, of the same shape and traits."""
    said = name_of(name)
    while said in taken:
        said += "_"
    return symbol(said, name.shape, name.value.traits)


def _is_foreign(expr: Expr) -> bool:
    """Whether something in an expression has no value: limits and the like; infinity only bounds a `forall`."""
    if expr.op == "forall":
        limits = [limit for limit in expr.args[1:] if not any(node.op == "infinity" for node in limit.walk())]
        return any(_is_foreign(part) for part in (expr.args[0], *limits))
    return expr.op in _FOREIGN or any(_is_foreign(arg) for arg in expr.args)


def _size_names(node: Expr) -> list[str]:
    """The names of sizes in a node's shape and value."""
    sizes = [node.shape.rows, node.shape.columns, *([node.value] if isinstance(node.value, Size) else [])]
    return [name for size in sizes for name in size.names]


def _rank_limits(node: Expr) -> Iterator[tuple[Size, Size]]:
    """What full rank says of sizes."""
    assert isinstance(node.value, Symbol)
    if "full column rank" in node.value.traits:
        yield node.shape.rows, node.shape.columns
    if "full row rank" in node.value.traits:
        yield node.shape.columns, node.shape.rows


def _entry_limits(node: Expr) -> Iterator[tuple[Size, Size]]:
    """How many rows and columns there must be for an entry to exist."""
    row, column = node.value
    yield node.args[0].shape.rows, Size(row + 1)
    yield node.args[0].shape.columns, Size(column + 1)


def _opened(statement: Expr, givens: list[Expr]) -> tuple[Expr, list[Expr]]:
    """A statement without the `forall` and `implies` that stand around it; what they assume is added to the givens."""
    while True:
        if statement.op == "forall":
            statement, limits = _unbound(statement, givens)
            givens = [*givens, *limits]
        elif statement.op == "implies":
            givens, statement = [*givens, *conjuncts(statement.args[0])], statement.args[1]
        elif statement.op == "and" and any(part.op == "forall" for part in statement.args):
            return Expr("and", _unbound_parts(statement.args, givens), SCALAR), givens
        else:
            return statement, givens


def _unbound_parts(parts: Sequence[Expr], givens: list[Expr]) -> tuple[Expr, ...]:
    """The parts of an `and` without `forall` around them; their bounds become conditions of the part."""
    result = []
    for place, part in enumerate(parts):
        body = part
        while body.op == "forall":
            body, limits = _unbound(body, [*givens, *parts[:place], *parts[place + 1 :]])
            body = Expr("implies", (Expr("and", tuple(limits), SCALAR), body), SCALAR) if limits else body
        result.append(body)
    return tuple(result)


def _unbound(statement: Expr, others: Sequence[Expr]) -> tuple[Expr, list[Expr]]:
    """The body of a `forall` and the bounds of its name; a name that means something else outside gets a new one."""
    body, *limits = statement.args
    names, brackets = statement.value
    taken = {name for other in others for name in free_names(other)}
    taken |= {name for limit in limits for name in free_names(limit)}
    fresh = {name: _renamed(name, taken) for name in names}
    limits = bounded(fresh[names[0]], limits[0], limits[1], brackets) if limits else ()
    return substituted(body, fresh), list(limits)
