"""How cases of a claim are made: which names are drawn freely, and which follow from them by traits and by the givens.

A symmetric matrix is drawn with tied entries; an orthogonal one is made from a skew one by Cayley's formula, a positive
definite one is `G' G + e I`; a given such as `y = X w` makes y from the others; a scalar between two bounds is made from
its place between them, so that the ends come up. Drawing itself is for `samples`. A plan only helps to find cases: that a
case satisfies all givens and traits is evaluated again wherever it counts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from thalweg.calculus.algebra import is_symmetric, is_zero, minus, plus, times, transposed
from thalweg.calculus.nodes import SCALAR, Expr, Shape, Symbol, constant, number, symbols
from thalweg.calculus.sizes import Size
from thalweg.claims.hunt.solving import SEPARATOR, Solution, auxiliary, occurrences, projection, rotation, solutions
from thalweg.claims.nouns import name_of

NUMBERS = frozenset({"positive", "nonnegative", "nonzero", "integer"})
CONTINUOUS = frozenset({"any", "symmetric", "skew", "diagonal", "part"})  # patterns whose entries may be moved a little
FIXED = frozenset({"diagonal", "orthogonal"})


@dataclass(frozen=True)
class Free:
    """A name that is drawn.

    Attributes:
        node: The name.
        pattern: How its entries hang together: "any", "symmetric", "skew", "diagonal", "signs" (a signed permutation),
            "frame" (columns or rows of one), "bits" (0 and 1 on the diagonal), "part" (of the way from 0 to 1).
        numbers: What its entries must be.
    """

    node: Expr
    pattern: str = "any"
    numbers: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Plan:
    """How to make cases.

    Attributes:
        free: What is drawn.
        defined: Names with expressions in names that come before, in this order.
        is_whole: Whether every case that satisfies the equations among the givens can be made so.
    """

    free: tuple[Free, ...]
    defined: tuple[tuple[Expr, Expr], ...]
    is_whole: bool = True


def planned(names: Sequence[Expr], givens: Sequence[Expr], fixed: Mapping[Expr, Expr] | None = None) -> Plan:
    """How to make cases in which as many givens as possible hold.

    Args:
        names: The names that cases have.
        givens: What must hold.
        fixed: Names with what they shall be, whatever the givens say.

    Returns:
        The plan.
    """
    made = dict(fixed or {})
    tied: dict[Expr, str] = {}
    is_whole = True
    equations = [given for given in givens if given.op == "compare" and given.value == "="]
    for given in sorted(_joined(equations), key=lambda given: given.args[0] not in names):
        if not _tie(given, tied):
            found = _definition(given, names, made, tied)
            if found is not None:
                made[found[0]] = found[1].expr
                is_whole &= found[1].is_whole
    for name in names:
        between = _between(name, givens) if name not in made else None
        if between is not None and not _depends(between, name, made):
            made[name] = between
    free: list[Free] = []
    for name in names:
        if name not in made:
            free += _shaped(name, tied, made)
    known = {part.node for part in free}
    ordered = _ordered(made)
    extra = [
        node for expr in made.values() for node in symbols(expr).values() if node not in made and node not in known
    ]
    free += [_auxiliary_free(node) for node in dict.fromkeys(extra) if SEPARATOR in name_of(node)]
    return Plan(tuple(free), tuple(ordered), is_whole)


def _tie(given: Expr, tied: dict[Expr, str]) -> bool:
    """Whether a given says that a matrix is symmetric or skew; then its entries are tied."""
    difference = minus(*given.args)
    for base in symbols(given).values():
        assert isinstance(base.value, Symbol)
        is_square = base.shape.rows == base.shape.columns and not base.is_scalar
        if not is_square or base.value.traits or difference.shape != base.shape:
            continue
        for pattern, sign in (("symmetric", -1), ("skew", 1)):
            same = plus([base, times([number(sign), transposed(base)])], base.shape)
            if is_zero(minus(difference, same)) or is_zero(plus([difference, same], base.shape)):
                tied[base] = pattern
                return True
    return False


def _joined(equations: Sequence[Expr]) -> list[Expr]:
    """The equations, with those that say what one matrix makes of several columns as one: `A [u v] = [a b]`."""
    groups: dict[Expr | int, list[tuple[Expr, Expr]]] = {}
    for place, given in enumerate(equations):
        left, right = given.args
        factor = left.args[0] if left.op == "product" and len(left.args) == 2 and left.shape.is_column else None
        is_plain = factor is not None and isinstance(factor.value, Symbol) and not factor.value.traits
        is_joined = is_plain and not isinstance(right.value, Symbol)
        groups.setdefault(factor if factor is not None and is_joined else place, []).append((left, right))
    return [_beside(pairs) for pairs in groups.values()]


def _beside(pairs: Sequence[tuple[Expr, Expr]]) -> Expr:
    """Equations `A u = a` of one matrix A as one."""
    (left, right), *more = pairs
    if not more:
        return Expr("compare", (left, right), SCALAR, "=")
    columns = tuple(made.args[1] for made, _ in pairs)
    inputs = Expr("block", columns, Shape(columns[0].shape.rows, Size(len(pairs))), (1, len(pairs)))
    outputs = Expr("block", tuple(side for _, side in pairs), Shape(left.shape.rows, Size(len(pairs))), (1, len(pairs)))
    return Expr("compare", (times([left.args[0], inputs]), outputs), SCALAR, "=")


def _definition(
    given: Expr, names: Sequence[Expr], made: dict[Expr, Expr], tied: dict[Expr, str]
) -> tuple[Expr, Solution] | None:
    """A name that an equation determines, and by what. Names that stand alone come first, then later ones."""
    left, right = given.args
    alone = [side for side in (left, right) if side in names]
    others = [name for name in reversed(names) if name not in alone and occurrences(given, name)]
    for name in [*alone, *others]:
        assert isinstance(name.value, Symbol)
        if name in made or name in tied or name.value.traits & FIXED:
            continue
        bases = projection(left, right, name) or projection(right, left, name)
        for found in [Solution(bases, is_whole=True)] if bases is not None else solutions(left, right, name):
            is_fit = is_symmetric(found.expr) or not name.value.is_symmetric
            if is_fit and not _depends(found.expr, name, made):
                return name, found
    return None


def _depends(expr: Expr, name: Expr, made: dict[Expr, Expr]) -> bool:
    """Whether the value of an expression hangs on a name."""
    waiting, seen = list(symbols(expr).values()), set[Expr]()
    while waiting:
        node = waiting.pop()
        if node == name:
            return True
        if node in made and node not in seen:
            seen.add(node)
            waiting += symbols(made[node]).values()
    return False


def _between(name: Expr, givens: Sequence[Expr]) -> Expr | None:
    """A scalar as a part of the way between its bounds, or beyond the one that it has."""
    if not name.is_scalar or "integer" in name.value.traits:
        return None
    lows, highs = [], []
    for given in givens:
        low, high = _bound(given, name)
        lows += [low] if low is not None else []
        highs += [high] if high is not None else []
    if not lows and not highs:
        return None
    if not lows and name.value.traits & {"positive", "nonnegative"}:
        lows = [number(0)]
    if lows and highs:
        return plus([lows[0], times([auxiliary(name, "part", SCALAR), minus(highs[0], lows[0])])], SCALAR)
    beyond = auxiliary(name, "beyond", SCALAR)
    return plus([lows[0], beyond], SCALAR) if lows else minus(highs[0], beyond)


def _bound(given: Expr, name: Expr) -> tuple[Expr | None, Expr | None]:
    """The lower and upper bound of a name that a comparison says, if it says one."""
    if given.op != "compare" or given.value not in ("<", "<=", ">", ">="):
        return None, None
    small, large = given.args if given.value in ("<", "<=") else given.args[::-1]
    if small == name and not occurrences(large, name):
        return None, large
    if large == name and not occurrences(small, name):
        return small, None
    if small == Expr("map", (name,), SCALAR, "abs") and not occurrences(large, name):
        return times([number(-1), large]), large
    return None, None


def _shaped(name: Expr, tied: dict[Expr, str], made: dict[Expr, Expr]) -> list[Free]:
    """A name by its traits: drawn as it is, or made from others that are drawn."""
    assert isinstance(name.value, Symbol)
    traits, size = name.value.traits, name.shape.rows
    square = Shape(size, size)
    is_square = name.shape.rows == name.shape.columns
    if name.shape.is_scalar or not is_square or not traits & {"orthogonal", "psd", "pd", "symmetric", "diagonal"}:
        definite = {"positive"} if "pd" in traits else {"nonnegative"} if "psd" in traits else set()
        return [Free(name, tied.get(name, "any"), (traits & NUMBERS) | definite)]
    if "diagonal" in traits:
        definite = {"positive"} if "pd" in traits else {"nonnegative"} if "psd" in traits else set()
        return [Free(name, "diagonal signs" if "orthogonal" in traits else "diagonal", frozenset(definite))]
    if "orthogonal" in traits:
        signs = auxiliary(name, "diagonal signs" if "symmetric" in traits else "signs", square)
        basis = rotation(name, size)
        made[name] = times([basis, signs, transposed(basis)]) if "symmetric" in traits else times([signs, basis])
    elif traits & {"psd", "pd"}:
        root = auxiliary(name, "root", square)
        extra = [times([auxiliary(name, "shift", SCALAR), constant("identity", size, size)])] if "pd" in traits else []
        made[name] = plus([times([transposed(root), root]), *extra], square)
    else:
        return [Free(name, "symmetric", traits & NUMBERS)]
    return []


_ROLES = {
    "skew": ("skew", frozenset()),
    "part": ("part", frozenset()),
    "frame": ("frame", frozenset()),
    "bits": ("bits", frozenset()),
    "signs": ("signs", frozenset()),
    "diagonal signs": ("diagonal signs", frozenset()),
    "shift": ("any", frozenset({"positive"})),
    "beyond": ("any", frozenset({"nonnegative"})),
    "gap": ("any", frozenset({"positive"})),
}


def _auxiliary_free(node: Expr) -> Free:
    """How an auxiliary name is drawn: its role says so."""
    pattern, numbers = _ROLES.get(name_of(node).split(SEPARATOR)[1], ("any", frozenset[str]()))
    return Free(node, pattern, numbers)


def _ordered(made: dict[Expr, Expr]) -> list[tuple[Expr, Expr]]:
    """Definitions, each after those that it needs."""
    result: dict[Expr, Expr] = {}

    def put(name: Expr) -> None:
        if name in result or name not in made:
            return
        for node in symbols(made[name]).values():
            put(node)
        result[name] = made[name]

    for name in made:
        put(name)
    return list(result.items())


def loosened(plan: Plan, givens: Sequence[Expr]) -> Plan:
    """The plan with every name free that no equation defines: what a case is made smaller by.

    Traits and inequalities no longer hold by construction, so that every step is checked against them. An orthogonal
    matrix stays made from a skew one, since none of its entries can change alone.
    """
    equations = [given for given in givens if given.op == "compare" and given.value == "="]
    kept, names = [], []
    for name, expr in plan.defined:
        is_needed = "orthogonal" in name.value.traits or any(occurrences(given, name) for given in equations)
        kept += [(name, expr)] if is_needed else []
        names += [] if is_needed else [name]
    needed = {node for _, expr in kept for node in symbols(expr).values()}
    free = [part for part in plan.free if SEPARATOR not in name_of(part.node) or part.node in needed]
    free += [Free(name, "symmetric" if name.value.is_symmetric else "any") for name in names]
    return Plan(tuple(free), tuple(kept))
