r"""Derivatives by differentials: they keep the structure of what is differentiated.

The differential of $f$ is linear in $dX$. It is taken from the leaves upwards (`differential`). What stands at $dX$ is then
moved out of it (`pulled`): a scalar that is linear in $dX$ is $\mathrm{tr}(D \, dX)$, and $D$ is the derivative in the row
convention, of the shape of $X$ turned around. A column of outputs is asked for one by one through an arbitrary row $g^\top$ in
front: $g^\top df = g^\top J \, dx$.
"""

from collections.abc import Callable
from fractions import Fraction

from thalweg.calculus.algebra import (
    UNIT,
    ZERO,
    diag,
    factored,
    hadamard,
    inverted,
    is_zero,
    minus,
    plus,
    powered,
    times,
    trace,
    transposed,
    zero,
)
from thalweg.calculus.blocks import pushed
from thalweg.calculus.functions import DERIVATIVES, of
from thalweg.calculus.functions import raised as raised_entries
from thalweg.calculus.nodes import SCALAR, CalculusError, Expr, Shape, holds, number, symbol
from thalweg.calculus.pulling import pulled, stripped
from thalweg.calculus.sizes import ONE

_D, _G = "\0d", "\0g"  # no typed name begins so


def derivative(f: Expr, x: Expr) -> Expr:
    r"""The derivative of an expression in the row convention, its structure kept.

    Args:
        f: A scalar, a column vector (a row counts as the column of its entries) or, by a scalar, anything.
        x: The name to differentiate with respect to.

    Returns:
        By a scalar: the rate of change, of the shape of `f`. Of a scalar: $D$ with $df = \mathrm{tr}(D\,dX)$, of the shape of
        `x` turned around. Of a column by a column: the matrix with a row for each output.

    Raises:
        CalculusError: If the derivative has more than two indices, or if an operation has no rule.

    Example:
        >>> from thalweg.calculus.meaning import Scope, understand
        >>> from thalweg.calculus.show import text
        >>> scope = Scope(is_open=True)
        >>> f = understand("||X w - y||^2 + lam ||w||^2", scope).expr
        >>> text(derivative(f, scope.names["w"]))
        "2 (X w - y)' X + 2 lam w'"
    """
    if x.is_scalar:
        return factored(differential(f, x, UNIT))
    change = symbol(_D, x.shape)
    if f.is_scalar:
        return factored(pulled(differential(f, x, change), change, UNIT))
    if ONE not in (f.shape.rows, f.shape.columns) or not x.shape.is_column:
        raise CalculusError(f"a derivative of shape ({f.shape}) by ({x.shape}) has more than two indices")
    f = f if f.shape.is_column else transposed(f)
    row = transposed(symbol(_G, f.shape))
    terms = pulled(differential(f, x, change), change, row)
    shape = Shape(f.shape.rows, x.shape.rows)
    parts = terms.args if terms.op == "add" else (terms,)
    return factored(pushed(plus([stripped(part, row, shape) for part in parts], shape)))


def differential(f: Expr, x: Expr, dx: Expr) -> Expr:
    """The change of an expression when `x` changes by `dx`, to first order.

    Raises:
        CalculusError: If an operation has no rule.

    Example:
        >>> from thalweg.calculus.meaning import Scope, understand
        >>> from thalweg.calculus.show import text
        >>> scope = Scope(is_open=True)
        >>> f = understand("inv(A)", scope).expr
        >>> text(differential(f, scope.names["A"], symbol("dA", f.shape)))
        '-inv(A) dA inv(A)'
    """
    if f == x:
        return dx
    if not holds(f, x):
        return zero(f.shape)
    if f.op not in _RULES:
        raise CalculusError(f"there is no rule for the derivative of {f.op}")
    return _RULES[f.op](f, lambda part: differential(part, x, dx))


_Change = Callable[[Expr], Expr]


def _sum(f: Expr, d: _Change) -> Expr:
    return plus([d(arg) for arg in f.args], f.shape)


def _product(f: Expr, d: _Change) -> Expr:
    terms = []
    for place, factor in enumerate(f.args):
        change = d(factor)
        if not is_zero(change):
            terms.append(times(_at(f.args, place, change)))
    return plus(terms, f.shape)


def _at(factors: tuple[Expr, ...], place: int, changed: Expr) -> list[Expr]:
    """The factors with another one at a place."""
    return [*factors[:place], changed, *factors[place + 1 :]]


def _hadamard(f: Expr, d: _Change) -> Expr:
    a, b = f.args
    return plus([hadamard(d(a), b), hadamard(a, d(b))], f.shape)


def _inverse(f: Expr, d: _Change) -> Expr:
    return times([number(-1), f, d(f.args[0]), f])


def _power(f: Expr, d: _Change) -> Expr:
    base, exponent = f.args
    if not base.is_scalar:
        return _matrix_power(f, d)
    if exponent == number(2) and base.op == "norm" and _is_euclidean(base):
        return times([number(2), _inner(base.args[0], d(base.args[0]))])
    by_base = times([exponent, _lowered(base, exponent), d(base)])
    by_exponent = times([f, of("log", base), d(exponent)])
    return plus([by_base, by_exponent], SCALAR)


def _lowered(base: Expr, exponent: Expr) -> Expr:
    """A base to its exponent less one."""
    if exponent.op == "number":
        return powered(base, exponent.value - 1)
    return Expr("power", (base, minus(exponent, UNIT)), SCALAR)


def _matrix_power(f: Expr, d: _Change) -> Expr:
    base, exponent = f.args
    if exponent.op != "number" or not 0 < exponent.value <= 8:
        raise CalculusError("need a whole exponent from 1 to 8 of a matrix that is differentiated")
    return _product(Expr("product", (base,) * int(exponent.value), f.shape), d)


def _is_euclidean(norm: Expr) -> bool:
    """Whether a norm is the root of the sum of squared entries."""
    return norm.value == "F" or ONE in (norm.args[0].shape.rows, norm.args[0].shape.columns)


def _inner(u: Expr, v: Expr) -> Expr:
    """The sum of the products of the entries of two expressions of one shape."""
    if u.shape.rows == ONE:
        return times([u, transposed(v)])
    return times([transposed(u), v]) if u.shape.is_column else trace(times([transposed(u), v]))


def _norm(f: Expr, d: _Change) -> Expr:
    if not _is_euclidean(f):
        raise CalculusError("the spectral norm has no derivative that these rules know; ||A||_F has one")
    return times([powered(f, -1), _inner(f.args[0], d(f.args[0]))])


def _map(f: Expr, d: _Change) -> Expr:
    return hadamard(DERIVATIVES[str(f.value)](f.args[0]), d(f.args[0]))


def _raised(f: Expr, d: _Change) -> Expr:
    power: Fraction = f.value
    lowered = raised_entries(f.args[0], power - 1) if power != 2 else f.args[0]
    return times([number(power), hadamard(lowered, d(f.args[0]))])


def _extreme(f: Expr, d: _Change) -> Expr:
    a, b = f.args if f.op == "max" else f.args[::-1]
    return _chosen(Expr("compare", (a, b), SCALAR, ">"), d(f.args[0]), d(f.args[1]), f.shape)


def _where(f: Expr, d: _Change) -> Expr:
    condition, a, b = f.args
    return _chosen(condition, d(a), d(b), f.shape)


def _chosen(condition: Expr, a: Expr, b: Expr, shape: Shape) -> Expr:
    """One change where a condition holds, another where not: each times a mask."""
    one, none = (UNIT, ZERO) if shape.is_scalar else (Expr("ones", (), shape), zero(shape))
    masks = Expr("where", (condition, one, none), shape), Expr("where", (condition, none, one), shape)
    return plus([hadamard(mask, change) for mask, change in zip(masks, (a, b), strict=True)], shape)


def _det(f: Expr, d: _Change) -> Expr:
    return times([f, _logdet(f, d)])


def _logdet(f: Expr, d: _Change) -> Expr:
    return trace(times([inverted(f.args[0]), d(f.args[0])]))


def _softmax(f: Expr, d: _Change) -> Expr:
    change = d(f.args[0])
    return minus(hadamard(f, change), times([_inner(f, change), f]))


def _logsumexp(f: Expr, d: _Change) -> Expr:
    return times([transposed(Expr("softmax", f.args, f.args[0].shape)), d(f.args[0])])


def _linear(f: Expr, d: _Change) -> Expr:
    """Transposes, traces, sums of entries, diagonals, blocks and entries are linear in what they are made of."""
    changes = tuple(d(arg) for arg in f.args)
    if all(is_zero(change) for change in changes):
        return zero(f.shape)
    simple = {"transpose": transposed, "trace": trace, "diag": diag}
    return simple[f.op](changes[0]) if f.op in simple else f.with_args(changes)


_RULES: dict[str, Callable[[Expr, _Change], Expr]] = {
    "add": _sum,
    "product": _product,
    "hadamard": _hadamard,
    "inverse": _inverse,
    "power": _power,
    "norm": _norm,
    "map": _map,
    "raised": _raised,
    "max": _extreme,
    "min": _extreme,
    "where": _where,
    "det": _det,
    "logdet": _logdet,
    "softmax": _softmax,
    "logsumexp": _logsumexp,
    **dict.fromkeys(("transpose", "trace", "total", "diag", "diagonal", "block", "entry"), _linear),
}
