"""Claims about limits: proved by rewriting them without limits, refuted at points where the limit is worked out exactly.

At a point the expression is evaluated in `germs`: with lam = u^2, 1/u^2 or a + u^2 every entry is a ratio of polynomials in u,
so its limit is exact. What depends on the variable through `b^t` is left to the case distinction of `tending`.
"""

from fractions import Fraction

import numpy as np

from thalweg.calculus.elimination import Matrix
from thalweg.calculus.exact import evaluate, holds
from thalweg.calculus.fields import RATIONALS, Inexact, Undefined
from thalweg.calculus.nodes import Expr, number, substituted, symbol, symbols
from thalweg.claims import clock
from thalweg.claims.analysis.approaches import is_infinite, is_one_sided
from thalweg.claims.analysis.germs import GERMS, Germ, U, germ
from thalweg.claims.analysis.points import LONGEST, Hunt, Point, hunt, shown
from thalweg.claims.analysis.tending import cases, has_limits
from thalweg.claims.nouns import Claim, Value, name_of
from thalweg.claims.rational import logic

_UP, _DOWN, _NONE = "infinity", "-infinity", "without limit"


def hunted(claim: Claim, deadline: float) -> Hunt:
    """Look for a point at which a claim about limits does not hold, for a moment."""
    return hunt(claim, lambda point: truth_at(claim.statement, point), min(deadline, clock.now() + LONGEST))


def limit_at(limit: Expr, point: Point) -> Matrix | str:
    """What a limit is at a point.

    Args:
        limit: The limit.
        point: The values of all other names.

    Returns:
        Its entries in fractions; words, if there is no limit.

    Raises:
        Undefined: If what stands under the limit is not defined near the target.
        Inexact: If it cannot be worked out exactly.
    """
    f, v, target = limit.args
    if any(node.op == "power" and _holds(node.args[1], v) for node in f.walk()) or v.op == "size":
        return _by_cases(limit, point)
    name = name_of(v)
    approaches = _approaches(limit, point)
    found = [evaluate(f, _lifted(point, name, near), point.sizes, GERMS) for near in approaches]
    limits = [_limits(matrix) for matrix in found]
    if len(limits) > 1 and not _agree(*limits):
        return _NONE
    del target
    return limits[0]


def _agree(one: Matrix | str, other: Matrix | str) -> bool:
    """Whether the limits from both sides are the same."""
    if isinstance(one, str) or isinstance(other, str):
        return isinstance(one, str) and isinstance(other, str) and one == other
    return bool((one == other).all())


def _holds(expr: Expr, name: Expr) -> bool:
    return any(node == name for node in expr.walk())


def _lifted(point: Point, name: str, near: Germ) -> dict[str, Matrix]:
    """The values of a point with the variable close to its target."""
    value = np.empty((1, 1), object)
    value[0, 0] = near
    return {**point.values, name: value}


def _approaches(limit: Expr, point: Point) -> list[Germ]:
    """The variable near its target, from one side or from both."""
    _, _, target = limit.args
    square = U * U
    if is_infinite(target):
        return [GERMS.invert(square) * is_infinite(target)]
    at = germ(Fraction(evaluate(target, point.values, point.sizes, RATIONALS)[0, 0]))
    side = is_one_sided(limit)
    return [at + square, at - square] if not side else [at + square * side]


def _limits(matrix: Matrix) -> Matrix | str:
    """The limits of all entries."""
    limits = [germ(entry).limit for entry in matrix.flat]
    if None not in limits:
        return np.array(limits, object).reshape(matrix.shape)
    if matrix.size > 1:
        return _NONE
    return _UP if germ(matrix[0, 0]).sign > 0 else _DOWN


def _by_cases(limit: Expr, point: Point) -> Matrix | str:
    """The limit of a scalar by the distinction of cases, all other names being numbers."""
    f, v, _ = limit.args
    if not limit.is_scalar or any(not node.is_scalar for node in symbols(f).values()):
        raise Inexact("a limit of a matrix that depends on the variable in an exponent")
    replaced = _numbers(limit, v, point)
    found = cases(substituted(limit, replaced))
    if found is None:
        raise Inexact("a limit that the distinction of cases does not know")
    fit = [case for case in found if not [part for part in case.conditions if part != logic.TRUE]]
    if len(fit) != 1:
        raise Undefined("a limit of something that is not defined near the target")
    _check_defined(f, v, replaced, point)
    if fit[0].kind != "finite":
        sign = fit[0].over.constant or 0
        return _NONE if fit[0].kind == "none" or not sign else _UP if sign > 0 else _DOWN
    over, under = fit[0].over.constant, fit[0].under.constant
    if over is None or not under:
        raise Inexact("a limit with names left in it")
    return np.array([[over / under]], object)


def _numbers(limit: Expr, v: Expr, point: Point) -> dict[Expr, Expr]:
    """Names and sizes with their values, the variable left out."""
    result = {}
    for node in limit.walk():
        if node.op == "symbol" and node != v:
            result[node] = number(Fraction(point.values[name_of(node)][0, 0]))
        if node.op == "size" and node != v:
            if set(node.value.names) & set(v.value.names if v.op == "size" else ()):
                raise Inexact("a size that depends on the variable")
            result[node] = number(node.value.at(point.sizes))
    return result


def _check_defined(f: Expr, v: Expr, replaced: dict[Expr, Expr], point: Point) -> None:
    """Refuse, unless the expression has a value at one place at least: then it has one near the target."""
    expr = substituted(f, replaced)
    for place in (7, 11, 16, 25):
        try:
            if v.op == "size":
                name = v.value.names[0]
                evaluate(expr, {}, {**point.sizes, name: place}, RATIONALS)
            else:
                evaluate(expr, {name_of(v): [[Fraction(place)]]}, point.sizes, RATIONALS)
        except (Undefined, Inexact):
            continue
        return
    raise Undefined("what stands under a limit has no value")


def truth_at(statement: Expr, point: Point) -> bool | None:
    """Whether a statement with limits holds at a point; None if that cannot be told, or if it is no case."""
    try:
        return holds(*_settled(statement, point), point.sizes, RATIONALS)
    except (Undefined, Inexact):
        return None


def _settled(statement: Expr, point: Point) -> tuple[Expr, dict[str, Matrix]]:
    """A statement with names for its limits, and the values of all names."""
    values = dict(point.values)
    if not has_limits(statement):
        return statement, values
    if statement.op != "compare":
        parts = []
        for arg in statement.args:
            part, more = _settled(arg, point)
            parts.append(part)
            values |= more
        if statement.op not in ("and", "or", "not", "implies", "iff"):
            raise Inexact("a limit in such a statement")
        return statement.with_args(tuple(parts)), values
    return _settled_comparison(statement, point, values)


def _settled_comparison(statement: Expr, point: Point, values: dict[str, Matrix]) -> tuple[Expr, dict[str, Matrix]]:
    """A comparison with names for its limits; one whose limit does not exist is false."""
    replaced: dict[Expr, Expr] = {}
    for node in statement.walk():
        if node.op == "limit" and node not in replaced:
            found = limit_at(node, point)
            if isinstance(found, str):
                _check_sides(statement, point)
                return logic.plainly(_is_infinite_as_said(statement, node, found)), values
            replaced[node] = symbol(f"\0limit {hash(node)}", node.shape)
            values[name_of(replaced[node])] = found
    if any(is_infinite(side) for side in statement.args):
        return logic.FALSE, values
    return substituted(statement, replaced), values


def _check_sides(statement: Expr, point: Point) -> None:
    """Refuse, with Undefined, if a side without limits has no value."""
    for side in statement.args:
        if not has_limits(side) and not is_infinite(side):
            evaluate(side, point.values, point.sizes, RATIONALS)


def _is_infinite_as_said(statement: Expr, limit: Expr, found: str) -> bool:
    """Whether a limit that is not finite is what it is compared with."""
    sides = [side for side in statement.args if side != limit]
    sign = is_infinite(sides[0]) if len(sides) == 1 else 0
    if statement.value != "=" or not sign or found == _NONE:
        if statement.value != "=":
            raise Inexact("an inequality with a limit that is not finite")
        return False
    return (found == _UP) == (sign > 0)


def sides_at(statement: Expr, point: Point) -> tuple[Value | None, Value | None]:
    """Both sides of a comparison at a point, a limit that does not exist in words."""
    left, right = (_side(side, point) for side in statement.args)
    return left, right


def _side(expr: Expr, point: Point) -> Value | None:
    replaced: dict[Expr, Expr] = {}
    values = dict(point.values)
    for node in expr.walk():
        if node.op == "limit":
            found = limit_at(node, point)
            if isinstance(found, str):
                return Value(((found,),))
            replaced[node] = symbol(f"\0limit {hash(node)}", node.shape)
            values[name_of(replaced[node])] = found
    if is_infinite(expr):
        return Value((("infinity" if is_infinite(expr) > 0 else "-infinity",),))
    matrix = evaluate(substituted(expr, replaced), values, point.sizes, RATIONALS)
    return shown(matrix)
