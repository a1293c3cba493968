"""What functions mean: `inv(A)`, `sum(x)`, `where(a > b, u, v)`, and the questions `deriv`, `argmin`, `lim` and `E`."""

from collections.abc import Callable, Mapping
from fractions import Fraction

from thalweg.calculus import functions
from thalweg.calculus.nodes import SCALAR, CalculusError, Expr, Shape, constant, number
from thalweg.calculus.operators import norm
from thalweg.calculus.raw import differentiated, product, raised, turned
from thalweg.calculus.reader import Reader
from thalweg.calculus.sizes import ONE
from thalweg.calculus.syntax import Syntax


def _counted(reader: Reader, syntax: Syntax, args: tuple[Syntax, ...]) -> tuple[Syntax, ...]:
    least, most = _ARGUMENTS.get(syntax.text, (1, 1))
    if not least <= len(args) <= most:
        need = str(least) if least == most else f"{least} to {most}"
        raise CalculusError(f"{syntax.text} needs {need} arguments, got {len(args)}", syntax.column)
    return args


def _only(reader: Reader, syntax: Syntax) -> Syntax:
    return _counted(reader, syntax, syntax.args)[0]


def _squared(reader: Reader, syntax: Syntax, part: Syntax) -> Expr:
    inside = reader.value(part)
    return raised(inside, number(2)) if reader.scalar(inside) else Expr("raised", (inside,), inside.shape, Fraction(2))


def _sqrt(reader: Reader, _syntax: Syntax, part: Syntax) -> Expr:
    inside = reader.value(part)
    half = Fraction(1, 2)
    return raised(inside, number(half)) if reader.scalar(inside) else Expr("raised", (inside,), inside.shape, half)


def _of_square(reader: Reader, op: str, syntax: Syntax, part: Syntax) -> Expr:
    inside = reader.square(reader.value(part), part, syntax.text)
    return Expr(op, (inside,), inside.shape if op == "inverse" else SCALAR)


def _trace(reader: Reader, syntax: Syntax, part: Syntax) -> Expr:
    return _of_square(reader, "trace", syntax, part)


def _det(reader: Reader, syntax: Syntax, part: Syntax) -> Expr:
    return _of_square(reader, "det", syntax, part)


def _logdet(reader: Reader, syntax: Syntax, part: Syntax) -> Expr:
    return _of_square(reader, "logdet", syntax, part)


def _inv(reader: Reader, syntax: Syntax, part: Syntax) -> Expr:
    inside = _of_square(reader, "inverse", syntax, part)
    return Expr("power", (inside.args[0], number(-1)), SCALAR) if reader.scalar(inside) else inside


def _emax(reader: Reader, syntax: Syntax, part: Syntax) -> Expr:
    return _of_square(reader, "emax", syntax, part)


def _emin(reader: Reader, syntax: Syntax, part: Syntax) -> Expr:
    return _of_square(reader, "emin", syntax, part)


def _of_any(reader: Reader, op: str, part: Syntax) -> Expr:
    return Expr(op, (reader.value(part),), SCALAR)


def _total(reader: Reader, _syntax: Syntax, part: Syntax) -> Expr:
    return _of_any(reader, "total", part)


def _smax(reader: Reader, _syntax: Syntax, part: Syntax) -> Expr:
    return _of_any(reader, "smax", part)


def _smin(reader: Reader, _syntax: Syntax, part: Syntax) -> Expr:
    return _of_any(reader, "smin", part)


def _rank(reader: Reader, _syntax: Syntax, part: Syntax) -> Expr:
    return _of_any(reader, "rank", part)


def _mean(reader: Reader, _syntax: Syntax, part: Syntax) -> Expr:
    inside = reader.value(part)
    sizes = [size for size in (inside.shape.rows, inside.shape.columns) if reader.solver.solved(size) != ONE]
    shares = [raised(Expr("size", (), SCALAR, size), number(-1)) for size in sizes]
    return product([*shares, Expr("total", (inside,), SCALAR)], SCALAR)


def _pinv(reader: Reader, _syntax: Syntax, part: Syntax) -> Expr:
    inside = reader.value(part)
    return Expr("pinv", (inside,), inside.shape.turned)


def _transpose(reader: Reader, _syntax: Syntax, part: Syntax) -> Expr:
    return turned(reader.value(part))


def _diag(reader: Reader, _syntax: Syntax, part: Syntax) -> Expr:
    inside = reader.value(part)
    if ONE in (reader.solver.solved(inside.shape.rows), reader.solver.solved(inside.shape.columns)):
        inside = reader.column(inside, part, "diag")
        return Expr("diag", (inside,), Shape(inside.shape.rows, inside.shape.rows))
    inside = reader.square(inside, part, "diag")
    return Expr("diagonal", (inside,), Shape(inside.shape.rows, ONE))


def _norm_of(reader: Reader, syntax: Syntax, part: Syntax) -> Expr:
    return norm(reader, Syntax("norm", (part,), "", syntax.column, syntax.end))


def _frobenius(reader: Reader, syntax: Syntax, part: Syntax) -> Expr:
    return norm(reader, Syntax("norm", (part,), "F", syntax.column, syntax.end))


def _spectral(reader: Reader, syntax: Syntax, part: Syntax) -> Expr:
    return norm(reader, Syntax("norm", (part,), "2", syntax.column, syntax.end))


def _dot(reader: Reader, syntax: Syntax, first: Syntax, second: Syntax) -> Expr:
    left, right = (reader.column(reader.value(part), part, "dot") for part in (first, second))
    if not reader.solver.equate(left.shape.rows, right.shape.rows):
        raise reader.refuse(
            f"dot needs vectors of one size, got {reader.said(left, first)} and {reader.said(right, second)}", syntax
        )
    return product([turned(left), right], SCALAR)


def _of_vector(reader: Reader, op: str, part: Syntax) -> Expr:
    inside = reader.column(reader.value(part), part, op)
    return Expr(op, (inside,), SCALAR if op == "logsumexp" else inside.shape)


def _softmax(reader: Reader, _syntax: Syntax, part: Syntax) -> Expr:
    return _of_vector(reader, "softmax", part)


def _logsumexp(reader: Reader, _syntax: Syntax, part: Syntax) -> Expr:
    return _of_vector(reader, "logsumexp", part)


def _extreme(reader: Reader, syntax: Syntax, *_parts: Syntax) -> Expr:
    left, right = reader.alike(syntax, f"take the {syntax.text} of")
    return Expr(syntax.text, (left, right), left.shape)


def _where(reader: Reader, syntax: Syntax, condition: Syntax, *parts: Syntax) -> Expr:
    left, right = reader.alike(Syntax("where", parts, "", syntax.column, syntax.end), "choose between")
    return Expr("where", (_entrywise(reader, condition, left.shape), left, right), left.shape)


def _entrywise(reader: Reader, syntax: Syntax, shape: Shape) -> Expr:
    """A statement about entries: its sides have the shape of the rest, or are numbers."""
    expr = reader.truth(syntax)
    for node in expr.walk():
        if node.op == "compare" and not (reader.scalar(node.args[0]) or reader.same(node.args[0].shape, shape)):
            raise reader.refuse(f"where needs a condition of shape {reader.shown(shape)} or of scalars", syntax)
    return expr


def _eye(reader: Reader, _syntax: Syntax, part: Syntax) -> Expr:
    size = reader.size(part)
    return constant("identity", size, size)


def _zeros(reader: Reader, syntax: Syntax, rows: Syntax, columns: Syntax | None = None) -> Expr:
    return constant(syntax.text, reader.size(rows), reader.size(columns) if columns else ONE)


def _deriv(reader: Reader, syntax: Syntax, part: Syntax, name: Syntax) -> Expr:
    value, variable = reader.value(part), reader.value(name)
    if variable.op != "symbol":
        raise reader.refuse(f"deriv needs a name to differentiate with respect to, got {reader.source(name)}", name)
    derivative = differentiated(value, variable)
    if derivative is None:
        said = f"{reader.said(value, part)} by {reader.said(variable, name)}"
        raise reader.refuse(f"the derivative of {said} has more than two indices; ask for one entry of it", syntax)
    return derivative


def _hessian(reader: Reader, syntax: Syntax, part: Syntax, name: Syntax) -> Expr:
    first = _deriv(reader, syntax, part, name)
    variable = reader.value(name)
    second = differentiated(first, variable) if reader.scalar(reader.value(part)) else None
    if second is None:
        raise reader.refuse("hessian needs a scalar, and a scalar or vector to differentiate by", syntax)
    return second


def _argmin(reader: Reader, _syntax: Syntax, part: Syntax, name: Syntax, *conditions: Syntax) -> Expr:
    value, variable = reader.value(part), reader.value(name)
    if not reader.scalar(value):
        raise reader.refuse(f"argmin needs a scalar to make small, got {reader.said(value, part)}", part)
    if variable.op != "symbol":
        raise reader.refuse(f"argmin needs a name to vary, got {reader.source(name)}", name)
    return Expr("argmin", (value, variable, *(reader.truth(condition) for condition in conditions)), variable.shape)


def _limit(reader: Reader, _syntax: Syntax, part: Syntax, tends: Syntax) -> Expr:
    value = reader.value(part)
    if tends.op != "tends":
        raise reader.refuse("lim needs where a name goes, such as lam -> 0+ or t -> inf", tends)
    variable, target = (reader.value(side) for side in tends.args)
    if variable.op not in ("symbol", "size") or not reader.scalar(variable) or not reader.scalar(target):
        raise reader.refuse(f"lim needs a scalar name and a scalar, got {reader.source(tends)}", tends)
    return Expr("limit", (value, variable, target), value.shape, tends.text)


def _expectation(reader: Reader, _syntax: Syntax, part: Syntax) -> Expr:
    inside = reader.value(part)
    return Expr("expectation", (inside,), inside.shape)


def call(reader: Reader, syntax: Syntax) -> Expr:
    """The meaning of a function of its arguments."""
    name, args = syntax.text, syntax.args
    if name in functions.MAPS:
        inside = reader.value(_only(reader, syntax))
        return Expr("map", (inside,), inside.shape, name)
    return _CALLS[name](reader, syntax, *_counted(reader, syntax, args))


_CALLS: Mapping[str, Callable[..., Expr]] = {
    "square": _squared,
    "sqrt": _sqrt,
    "trace": _trace,
    "det": _det,
    "logdet": _logdet,
    "inv": _inv,
    "emax": _emax,
    "emin": _emin,
    "total": _total,
    "smax": _smax,
    "smin": _smin,
    "rank": _rank,
    "mean": _mean,
    "pinv": _pinv,
    "transpose": _transpose,
    "diag": _diag,
    "norm": _norm_of,
    "frobenius": _frobenius,
    "spectral": _spectral,
    "dot": _dot,
    "softmax": _softmax,
    "logsumexp": _logsumexp,
    "max": _extreme,
    "where": _where,
    "eye": _eye,
    "zeros": _zeros,
    "deriv": _deriv,
    "hessian": _hessian,
    "argmin": _argmin,
    "lim": _limit,
    "E": _expectation,
    "tr": _trace,
    "sum": _total,
    "min": _extreme,
    "ones": _zeros,
}
QUESTIONS = ("deriv", "argmin", "lim", "E")
"""Functions that ask what their argument gives; an answer has none of them."""
_ARGUMENTS: Mapping[str, tuple[int, int]] = {
    "dot": (2, 2),
    "max": (2, 2),
    "min": (2, 2),
    "where": (3, 3),
    "zeros": (1, 2),
    "ones": (1, 2),
    "deriv": (2, 2),
    "hessian": (2, 2),
    "lim": (2, 2),
    "argmin": (2, 5),
}
