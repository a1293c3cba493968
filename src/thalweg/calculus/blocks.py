"""Block matrices multiplied out: `[X; G]' [y; 0]` is `X' y`. What conforms block by block is worked out, the rest stays."""

from collections.abc import Callable
from fractions import Fraction

from thalweg.calculus.algebra import plus, times, transposed, zero
from thalweg.calculus.nodes import SCALAR, Expr, Shape, number
from thalweg.calculus.sizes import ONE, Size


def pushed(expr: Expr) -> Expr:
    """An expression with its blocks multiplied out as far as they conform.

    Example:
        >>> from thalweg.calculus.meaning import Scope, understand
        >>> from thalweg.calculus.nodes import symbol
        >>> from thalweg.calculus.show import text
        >>> from thalweg.calculus.sizes import ONE, size_of
        >>> n, k, d = (size_of(name) for name in "nkd")
        >>> names = {"X": Shape(n, d), "G": Shape(k, d), "y": Shape(n, ONE)}
        >>> scope = Scope({name: symbol(name, shape) for name, shape in names.items()}, {"n", "k", "d"})
        >>> text(pushed(understand("[X; G]' [y; zeros(k)]", scope).expr))
        "X' y"
    """
    if not any(node.op == "block" for node in expr.walk()):
        return expr
    expr = expr.with_args(tuple(pushed(arg) for arg in expr.args))
    if expr.op == "transpose" and expr.args[0].op == "product":
        return pushed(transposed(expr.args[0]))
    if expr.op == "product":
        expr = times(expr.args)  # `Q' Q` goes before blocks come between
    if expr.op == "block":
        return _flat(expr)
    return _PUSHES[expr.op](expr) if expr.op in _PUSHES and any(arg.op == "block" for arg in expr.args) else expr


def _grid(expr: Expr) -> list[list[Expr]]:
    """The blocks, row by row; what is no block is one."""
    if expr.op != "block":
        return [[expr]]
    rows, columns = expr.value
    return [list(expr.args[row * columns : (row + 1) * columns]) for row in range(rows)]


def _block(grid: list[list[Expr]]) -> Expr:
    """Blocks put together; one alone is itself."""
    if len(grid) == len(grid[0]) == 1:
        return grid[0][0]
    rows = [row[0].shape.rows for row in grid]
    columns = [part.shape.columns for part in grid[0]]
    shape = Shape(sum(rows[1:], rows[0]), sum(columns[1:], columns[0]))
    return Expr("block", tuple(part for row in grid for part in row), shape, (len(rows), len(columns)))


def _flat(expr: Expr) -> Expr:
    """Blocks of blocks as one, where a row or a column of them is cut in one way."""
    grid = _grid(expr)
    if len(grid[0]) == 1:
        parts = [_grid(row[0]) for row in grid]
        if len({len(part[0]) for part in parts}) == 1 and len({tuple(_widths(part)) for part in parts}) == 1:
            return _block([row for part in parts for row in part])
    if len(grid) == 1:
        parts = [_grid(part) for part in grid[0]]
        if len({tuple(_heights(part)) for part in parts}) == 1:
            return _block([[b for part in parts for b in part[i]] for i in range(len(parts[0]))])
    return expr


def _heights(grid: list[list[Expr]]) -> list[Size]:
    return [row[0].shape.rows for row in grid]


def _widths(grid: list[list[Expr]]) -> list[Size]:
    return [part.shape.columns for part in grid[0]]


def _cut(expr: Expr, heights: list[Size], widths: list[Size]) -> list[list[Expr]] | None:
    """A constant matrix or a block cut in a given way; None if that cannot be said."""
    grid = _grid(expr)
    if _heights(grid) == heights and _widths(grid) == widths:
        return grid
    if expr.op in ("zeros", "ones"):
        return [[Expr(expr.op, (), Shape(h, w)) for w in widths] for h in heights]
    if expr.op == "identity" and heights == widths:
        return [
            [Expr("identity", (), Shape(h, h)) if i == j else zero(Shape(h, w)) for j, w in enumerate(widths)]
            for i, h in enumerate(heights)
        ]
    if {*heights, *widths} == {ONE} and expr.op in ("symbol", "transpose"):
        return [[Expr("entry", (expr,), SCALAR, (i, j)) for j in range(len(widths))] for i in range(len(heights))]
    if expr.op == "product" and all(factor.is_scalar for factor in expr.args[:-1]):
        inside = _cut(expr.args[-1], heights, widths)
        return inside and [[times([*expr.args[:-1], part]) for part in row] for row in inside]
    return None


def _add(expr: Expr) -> Expr:
    shaped = next(arg for arg in expr.args if arg.op == "block")
    heights, widths = _heights(_grid(shaped)), _widths(_grid(shaped))
    grids = [_cut(arg, heights, widths) for arg in expr.args]
    if any(grid is None for grid in grids):
        return expr
    cells = [[[grid[i][j] for grid in grids if grid] for j in range(len(widths))] for i in range(len(heights))]
    return _block([[plus(parts, parts[0].shape) for parts in row] for row in cells])


def _product(expr: Expr) -> Expr:
    result = expr.args[0]
    for factor in expr.args[1:]:
        joined = _scaled(result, factor) if result.is_scalar or factor.is_scalar else _multiplied(result, factor)
        if joined is None:
            return expr
        result = joined
    return result


def _scaled(left: Expr, right: Expr) -> Expr:
    scalar, other = (left, right) if left.is_scalar else (right, left)
    return _block([[times([scalar, part]) for part in row] for row in _grid(other)])


def _multiplied(left: Expr, right: Expr) -> Expr | None:
    """The product of two matrices by blocks."""
    a, b = _grid(left), _grid(right)
    if _widths(a) != _heights(b):
        if left.op == "block" and (cut := _cut(right, _widths(a), _widths(b))) is not None:
            b = cut
        elif right.op == "block" and (cut := _cut(left, _heights(a), _heights(b))) is not None:
            a = cut
        else:
            return None
    columns = list(zip(*b, strict=True))
    shape = [[Shape(row[0].shape.rows, column[0].shape.columns) for column in columns] for row in a]
    return _block([
        [
            plus([times([x, y]) for x, y in zip(row, column, strict=True)], shape[i][j])
            for j, column in enumerate(columns)
        ]
        for i, row in enumerate(a)
    ])


def _transpose(expr: Expr) -> Expr:
    return _block([[transposed(part) for part in column] for column in zip(*_grid(expr.args[0]), strict=True)])


def _entrywise(expr: Expr) -> Expr:
    return _block([[Expr(expr.op, (part,), part.shape, expr.value) for part in row] for row in _grid(expr.args[0])])


def _hadamard(expr: Expr) -> Expr:
    shaped = next(arg for arg in expr.args if arg.op == "block")
    a, b = (_cut(arg, _heights(_grid(shaped)), _widths(_grid(shaped))) for arg in expr.args)
    if a is None or b is None:
        return expr
    return _block([
        [Expr("hadamard", (x, y), x.shape) for x, y in zip(left, right, strict=True)]
        for left, right in zip(a, b, strict=True)
    ])


def _norm(expr: Expr) -> Expr:
    """The norm of blocks is the root of the sum of their squared norms."""
    if expr.value != "F" and Size(1) not in (expr.args[0].shape.rows, expr.args[0].shape.columns):
        return expr
    parts = [part for row in _grid(expr.args[0]) for part in row]
    squares = [Expr("power", (Expr("norm", (part,), SCALAR, "F"), number(2)), SCALAR) for part in parts]
    return Expr("power", (plus(squares, SCALAR), number(Fraction(1, 2))), SCALAR)


def _total(expr: Expr) -> Expr:
    return plus([Expr("total", (part,), SCALAR) for row in _grid(expr.args[0]) for part in row], SCALAR)


def _trace(expr: Expr) -> Expr:
    grid = _grid(expr.args[0])
    if _heights(grid) != _widths(grid):
        return expr
    return plus([Expr("trace", (grid[i][i],), SCALAR) for i in range(len(grid))], SCALAR)


def _inverse(expr: Expr) -> Expr:
    """The inverse of a block diagonal matrix."""
    grid = _grid(expr.args[0])
    is_diagonal = all(part.op == "zeros" for i, row in enumerate(grid) for j, part in enumerate(row) if i != j)
    if not is_diagonal or _heights(grid) != _widths(grid):
        return expr
    return _block([
        [Expr("inverse", (part,), part.shape) if i == j else part for j, part in enumerate(row)]
        for i, row in enumerate(grid)
    ])


_PUSHES: dict[str, Callable[[Expr], Expr]] = {
    "add": _add,
    "product": _product,
    "transpose": _transpose,
    "map": _entrywise,
    "raised": _entrywise,
    "hadamard": _hadamard,
    "norm": _norm,
    "total": _total,
    "trace": _trace,
    "inverse": _inverse,
}
