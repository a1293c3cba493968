"""The one matrix of a claim, and which kinds of modes it has: paired, left only, right only. Traits and sizes say that."""

from thalweg.calculus.nodes import INVERTIBLE, Expr, Symbol, symbols
from thalweg.calculus.sizes import ONE, Size
from thalweg.claims.rational.tidy import UNIT, ZERO, compared, power
from thalweg.claims.singular.spaces import LEFT, RIGHT, SINGLE, Irreducible

PAIRED = "paired"
KINDS: dict[str, frozenset[str]] = {
    PAIRED: frozenset({LEFT, RIGHT, SINGLE}),
    LEFT: frozenset({LEFT, SINGLE}),
    RIGHT: frozenset({RIGHT, SINGLE}),
}


def base_of(parts: list[Expr]) -> Expr | None:
    """The only matrix of the first part that has one."""
    for part in parts:
        found = {node for node in symbols(part).values() if not node.shape.is_column}
        if len(found) > 1 or any(node.shape.rows == ONE for node in found):
            raise Irreducible("two matrices, or a row")
        if found:
            return found.pop()
    return None


def is_said_symmetric(base: Expr, parts: list[Expr]) -> bool:
    """Whether it is given that a matrix is its own transpose."""
    turned = Expr("transpose", (base,), base.shape.turned)
    return any(part.op == "compare" and part.value == "=" and {*part.args} == {base, turned} for part in parts[1:])


def said_by_traits(value: Symbol, sigma: Expr, is_symmetric: bool) -> list[Expr]:
    """What the traits of the matrix say of the value of a mode."""
    traits, facts = value.traits, []
    if not is_symmetric or "psd" in traits:
        facts.append(compared(">=", sigma, ZERO))
    if "pd" in traits:
        facts.append(compared(">", sigma, ZERO))
    if traits & INVERTIBLE or {"full column rank", "full row rank"} & traits:
        facts.append(compared("!=" if is_symmetric else ">", sigma, ZERO))
    if "orthogonal" in traits:
        facts.append(compared("=", power(sigma, 2), UNIT))
    return facts


def kinds_of(
    base: Expr | None, is_symmetric: bool, sizes: list[tuple[Size, Size]]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The kinds of modes that may occur, and those that must."""
    if base is None or is_symmetric:
        return (PAIRED,), (PAIRED,)
    (n, d), traits = (base.shape.rows, base.shape.columns), base.value.traits
    sizes = [
        *sizes,
        *([(n, d)] if "full column rank" in traits else []),
        *([(d, n)] if "full row rank" in traits else []),
    ]
    one = Size(1)
    may = {LEFT: not _at_least(d, n, sizes), RIGHT: not _at_least(n, d, sizes)}
    must = {LEFT: _at_least(n, d + one, sizes), RIGHT: _at_least(d, n + one, sizes)}
    return (PAIRED, *(k for k in may if may[k])), (PAIRED, *(k for k in must if must[k]))


def _at_least(large: Size, small: Size, sizes: list[tuple[Size, Size]]) -> bool:
    """Whether one size is plainly at least another: by itself, or by one or two of the pairs that are given."""
    differences = [Size(), *(a - b for a, b in sizes)]
    return any(_is_nonnegative(large - small - one - other) for one in differences for other in differences)


def _is_nonnegative(size: Size) -> bool:
    """Whether a difference of sizes is 0 or more, as all names are at least 1."""
    return all(count > 0 for _, count in size.terms) and size.constant + sum(count for _, count in size.terms) >= 0
