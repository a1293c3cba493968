r"""A change moved out of an expression that is linear in it: from tr(g f) with f linear in dX to tr(D dX)."""

from collections.abc import Callable

from thalweg.calculus.algebra import (
    UNIT,
    coefficient,
    diag,
    hadamard,
    is_zero,
    plus,
    split,
    times,
    trace,
    transposed,
    zero,
)
from thalweg.calculus.nodes import CalculusError, Expr, Shape, constant, holds, number
from thalweg.calculus.sizes import ONE, Size


def pulled(f: Expr, dx: Expr, g: Expr) -> Expr:
    """What stands at `dx` in tr(g f), where f is linear in `dx`: D with tr(g f) = tr(D dx).

    Args:
        f: An expression that is linear in `dx`.
        dx: The change.
        g: What stands in front, of the shape of `f` turned around.

    Returns:
        D, of the shape of `dx` turned around.

    Raises:
        CalculusError: If an operation has no rule.
    """
    if f == dx:
        return g
    shape = dx.shape.turned
    if not holds(f, dx):
        return zero(shape)
    if f.op == "add":
        return plus([pulled(arg, dx, g) for arg in f.args], shape)
    if f.op == "product":
        return plus(
            [_pulled_factor(f, place, dx, g) for place in range(len(f.args)) if holds(f.args[place], dx)], shape
        )
    if f.op not in _PULLS:
        raise CalculusError(f"there is no rule for a change inside {f.op}")
    parts = [(arg, front) for arg, front in _PULLS[f.op](f, dx, g) if holds(arg, dx)]
    return plus([pulled(arg, dx, front) for arg, front in parts], shape)


def _pulled_factor(f: Expr, place: int, dx: Expr, g: Expr) -> Expr:
    """One factor of a product, the others moved in front of it in a circle."""
    scalars, chain = split(f.args)
    factor = next(part for part in (*scalars, *chain) if holds(part, dx))
    if any(factor is part for part in scalars):
        others = [part for part in scalars if part is not factor]
        rest = times([*others, *chain]) if others or chain else UNIT
        return pulled(factor, dx, _paired(g, rest))
    where = next(i for i, part in enumerate(chain) if holds(part, dx))
    return pulled(chain[where], dx, times([*scalars, *_circle(chain[where + 1 :], g, chain[:where])]))


def _circle(right: list[Expr], g: Expr, left: list[Expr]) -> list[Expr]:
    """The factors `right g left`; a scalar g is left out of the chain by `times` itself."""
    return [*right, g, *left]


def _paired(g: Expr, rest: Expr) -> Expr:
    """tr(g rest), written without a trace if it can be."""
    if g.is_scalar or rest.is_scalar:
        return times([g, rest]) if g.is_scalar and rest.is_scalar else trace(times([g, rest]))
    return times([g, rest]) if g.shape.rows == ONE else trace(times([rest, g]))


def _pull_hadamard(f: Expr, dx: Expr, g: Expr) -> list[tuple[Expr, Expr]]:
    a, b = f.args
    inside, other = (a, b) if holds(a, dx) else (b, a)
    if f.shape.is_column:
        return [(inside, times([g, diag(other)]))]
    if f.shape.turned.is_column:
        return [(inside, times([diag(transposed(other)), g]))]
    return [(inside, hadamard(g, transposed(other)))]


def _pull_total(f: Expr, _dx: Expr, g: Expr) -> list[tuple[Expr, Expr]]:
    inside = f.args[0]
    return [(inside, times([g, constant("ones", inside.shape.columns, inside.shape.rows)]))]


def _pull_diag(f: Expr, _dx: Expr, g: Expr) -> list[tuple[Expr, Expr]]:
    return [(f.args[0], _diagonal_row(g))]


def _diagonal_row(matrix: Expr) -> Expr:
    """The diagonal of a matrix as a row; of a column u times a row v' it is v' diag(u)."""
    if matrix.op == "add":
        return plus([_diagonal_row(term) for term in matrix.args], Shape(ONE, matrix.shape.rows))
    scalars, chain = split(matrix.args if matrix.op == "product" else (matrix,))
    for place in range(1, len(chain)):
        if chain[place].shape.rows == ONE:
            return times([*scalars, *chain[place:], diag(times(chain[:place]))])
    inside = times(chain) if chain else matrix
    row = Expr(
        "transpose", (Expr("diagonal", (inside,), Shape(matrix.shape.rows, ONE)),), Shape(ONE, matrix.shape.rows)
    )
    return times([*scalars, row])


def _pull_block(f: Expr, _dx: Expr, g: Expr) -> list[tuple[Expr, Expr]]:
    """Every block, with the part of `g` that meets it: g times the columns of the identity where the block's rows stand."""
    _, columns = f.value
    rows_of = [row[0].shape.rows for row in _grid(f)]
    columns_of = [arg.shape.columns for arg in f.args[:columns]]
    parts = []
    for place, arg in enumerate(f.args):
        row, column = divmod(place, columns)
        chosen = times([transposed(_selector(columns_of, column)), g, _selector(rows_of, row)])
        parts.append((arg, chosen))
    return parts


def _pull_entry(f: Expr, _dx: Expr, g: Expr) -> list[tuple[Expr, Expr]]:
    """The entry at a row and a column is e' A e with columns of the identity."""
    inside, (row, column) = f.args[0], f.value
    chosen = times([g, _unit(inside.shape.columns, column), transposed(_unit(inside.shape.rows, row))])
    return [(inside, chosen)]


def _unit(size: Size, place: int) -> Expr:
    """A column of the identity of a fixed size, entry by entry."""
    if size.terms:
        raise CalculusError("need a size that is a number where an entry is differentiated")
    if size == ONE:
        return number(1)
    entries = tuple(number(int(i == place)) for i in range(size.constant))
    return Expr("block", entries, Shape(size, ONE), (size.constant, 1))


def _grid(block: Expr) -> list[tuple[Expr, ...]]:
    rows, columns = block.value
    return [block.args[row * columns : (row + 1) * columns] for row in range(rows)]


def _selector(sizes: list, place: int) -> Expr:
    """The columns of the identity that belong to one block."""
    if len(sizes) == 1:
        return constant("identity", sizes[0], sizes[0])
    parts = tuple(constant("identity" if i == place else "zeros", size, sizes[place]) for i, size in enumerate(sizes))
    return Expr("block", parts, Shape(sum(sizes[1:], sizes[0]), sizes[place]), (len(parts), 1))


_PULLS: dict[str, Callable[[Expr, Expr, Expr], list[tuple[Expr, Expr]]]] = {
    "transpose": lambda f, _dx, g: [(f.args[0], transposed(g))],
    "hadamard": _pull_hadamard,
    "trace": lambda f, _dx, g: [
        (f.args[0], times([g, constant("identity", f.args[0].shape.rows, f.args[0].shape.rows)]))
    ],
    "total": _pull_total,
    "diag": _pull_diag,
    "diagonal": lambda f, _dx, g: [(f.args[0], diag(transposed(g)))],
    "block": _pull_block,
    "entry": _pull_entry,
}


def stripped(term: Expr, row: Expr, shape: Shape) -> Expr:
    """A term g' J without its g'."""
    if is_zero(term):
        return zero(shape)
    count, rest = coefficient(term)
    scalars, chain = split(rest.args if rest.op == "product" else (rest,))
    if chain and chain[0] == row:
        left = times([number(count), *scalars, *chain[1:]]) if chain[1:] or scalars or count != 1 else None
        if not chain[1:]:
            left = times([number(count), *scalars, constant("identity", shape.rows, shape.columns)])
        return left if left is not None else constant("identity", shape.rows, shape.columns)
    for place, scalar in enumerate(scalars):
        inner_scalars, inner = split(scalar.args) if scalar.op == "product" else ([], [scalar])
        others = [number(count), *scalars[:place], *scalars[place + 1 :], *inner_scalars]
        if inner and inner[0] == row:
            return times([*others, times(inner[1:]), times(chain)])
        if inner and inner[-1] == transposed(row):
            return times([*others, transposed(times(inner[:-1])), times(chain)])
    raise CalculusError("the derivative could not be written as a matrix; ask for an entry of it")
