"""Expressions worked out in float64, many cases at once, differentiable by autograd. Exact values are `exact`'s.

The table `_OPERATIONS` has a line for each operation, in the order of `nodes` and of `exact`. What is undefined is nan, so
that it stays nan whatever is done to it: a 0 to a negative power, the logarithm of 0, the inverse of a matrix that float64
cannot tell from a singular one. Nothing here inspects values, so all of it goes into `torch.func` too.
"""

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from thalweg.calculus.nodes import CalculusError, Expr, Symbol
from thalweg.calculus.sizes import ONE

Batch = Float[Tensor, "*batch n d"]
Numbers = Float[Tensor, "*batch 1 1"]
MOST_POWER = 64  # of a matrix, if the exponent is not constant
SINGULAR = 1e-14  # a matrix is singular if one over its condition number is smaller
RELATIVE = 1e-10  # singular values that are smaller, relative to the largest, count as 0; so do asymmetries


class _Case(NamedTuple):
    """What the names mean, and what has been worked out."""

    values: Mapping[str, Tensor]
    sizes: Mapping[str, int]
    known: dict[Expr, Tensor]


def evaluate(
    expr: Expr, values: Mapping[str, Float[Tensor, "..."]], sizes: Mapping[str, int]
) -> Float[Tensor, "*batch n d"]:
    """The values of an expression in many cases.

    Args:
        expr: The expression.
        values: The values of each name, in float64; the last two axes are rows and columns, those before are any batch.
            The batches broadcast against each other.
        sizes: The value of each size.

    Returns:
        The values, with the common batch of all that was given. Where something is undefined or overflows they are nan
        or infinite. A rank has no gradient, nor has the condition of `where`. Do not write into the values: they may
        share memory with constants and with what was given.

    Raises:
        CalculusError: If the value of a name or a size is missing or has another shape, or if an operation is worked out
            before anything is evaluated, such as `deriv` and `limit`.

    Example:
        >>> from thalweg.calculus.meaning import Scope, understand
        >>> expr = understand("x' x / 2", Scope(is_open=True)).expr
        >>> evaluate(expr, {"x": torch.tensor([[[1.0], [2.0]], [[3.0], [4.0]]])}, {"n": 2}).flatten()
        tensor([ 2.5000, 12.5000])
    """
    try:
        result = _value(expr, _Case(values, sizes, {}))
    except KeyError as missing:
        raise CalculusError(f"evaluate: need a value of {missing}, got {[*values, *sizes]}") from None
    return result.expand(*_batch(*values.values(), result), *result.shape[-2:])


def _value(node: Expr, case: _Case) -> Batch:
    """The value of a node; equal nodes are worked out once."""
    found = case.known.get(node)
    if found is None:
        if node.op == "where":
            found = _where(node, case)
        elif node.op in _OPERATIONS:
            found = _OPERATIONS[node.op](case, node, *[_value(arg, case) for arg in node.args])
        else:
            raise CalculusError(f"evaluate: need an expression without {node.op}, which is worked out before")
        case.known[node] = found
    return found


def _batch(*tensors: Tensor) -> tuple[int, ...]:
    """The batch that several have in common."""
    batches = {tensor.shape[:-2] for tensor in tensors}
    return batches.pop() if len(batches) == 1 else np.broadcast_shapes(*batches)  # torch's would import SymPy


def _shape(case: _Case, node: Expr) -> tuple[int, int]:
    """The rows and columns of a node."""
    return node.shape.rows.at(case.sizes), node.shape.columns.at(case.sizes)


def _symbol(case: _Case, node: Expr) -> Batch:
    """The values of a name."""
    assert isinstance(node.value, Symbol)
    value, shape = case.values[node.value.name], _shape(case, node)
    if value.shape[-2:] != shape:
        raise CalculusError(f"evaluate: need values of shape {shape} for {node.value.name}, got {tuple(value.shape)}")
    return value


@lru_cache(maxsize=1024)
def _number(value: Fraction | int) -> Float[Tensor, "1 1"]:
    """A constant; too large a one is infinite."""
    try:
        return torch.tensor([[float(value)]], dtype=torch.float64)
    except OverflowError:
        return torch.tensor([[torch.inf if value > 0 else -torch.inf]], dtype=torch.float64)


@lru_cache(maxsize=1024)
def _constant(op: str, shape: tuple[int, int]) -> Float[Tensor, "n d"]:
    """The identity, zeros or ones of a shape."""
    return {"identity": torch.eye, "zeros": torch.zeros, "ones": torch.ones}[op](*shape, dtype=torch.float64)


def _defined(x: Batch) -> Batch:
    """The same, but nan where it is infinite: infinity times 0 is nan."""
    return torch.add(x, x, alpha=0)


def _one(x: Float[Tensor, "*batch"]) -> Numbers:
    """Numbers as matrices of one entry."""
    return x[..., None, None]


def _is_one(x: Batch) -> bool:
    """Whether the matrices have one entry."""
    return x.shape[-2] == x.shape[-1] == 1


def _add(_case: _Case, _node: Expr, *terms: Tensor) -> Batch:
    """A sum."""
    result = terms[0]
    for term in terms[1:]:
        result = result + term
    return result


def _product(_case: _Case, _node: Expr, *factors: Tensor) -> Batch:
    """A product, from left to right; a factor of one entry scales."""
    result = factors[0]
    for factor in factors[1:]:
        result = result * factor if _is_one(result) or _is_one(factor) else result @ factor
    return result


def _inverse(a: Batch) -> Batch:
    """Inverses; nan for singular matrices."""
    if _is_one(a):
        return _defined(a.reciprocal())
    inverse = torch.linalg.inv_ex(a).inverse
    condition = _frobenius(a) * _frobenius(inverse)
    return inverse.masked_fill(~(condition < 1 / SINGULAR), torch.nan)


def _power(_case: _Case, node: Expr, base: Tensor, exponent: Tensor) -> Batch:
    """Numbers or square matrices to a power."""
    constant = node.args[1].value
    if not isinstance(constant, Fraction):
        return _defined(base**exponent) if node.is_scalar else _matrix_power(base, exponent)
    if node.is_scalar:
        return _raised(base, constant)
    if constant.denominator != 1 or abs(constant) > MOST_POWER:
        return base * torch.nan
    return torch.linalg.matrix_power(base if constant >= 0 else _inverse(base), abs(int(constant)))


def _raised(x: Batch, exponent: Fraction) -> Batch:
    """Every entry to a constant power."""
    if exponent == -1:
        return _defined(x.reciprocal())
    power = x ** _number(exponent).item()
    return power if exponent >= 0 else _defined(power)


def _matrix_power(
    base: Float[Tensor, "*#batch n n"], exponent: Float[Tensor, "*#batch 1 1"]
) -> Float[Tensor, "... n n"]:
    """Square matrices to whole powers of up to 64, by squaring; nan for other powers."""
    times, square = exponent.abs(), torch.where(exponent < 0, _inverse(base), base)
    result = torch.eye(base.shape[-1], dtype=base.dtype)
    for _ in range(MOST_POWER.bit_length()):
        result = torch.where(times % 2 == 1, result @ square, result)
        times, square = (times / 2).floor(), square @ square
    impossible = (exponent.abs() > MOST_POWER) | (exponent != exponent.round())
    return result.masked_fill(impossible, torch.nan)


def _relu(x: Batch) -> Batch:
    """The positive part; nan stays nan."""
    return torch.where(x <= 0, 0.0, x)


def _sign(x: Batch) -> Batch:
    """The sign; nan stays nan, which `torch.sign` makes 0."""
    return torch.where(x.isnan(), x, x.sign())


_MAPS: dict[str, Callable[[Tensor], Tensor]] = {  # the derivative at a kink or a jump is 0
    "relu": _relu,
    "exp": torch.exp,
    "log": lambda x: _defined(x.log()),
    "abs": torch.abs,
    "sin": torch.sin,
    "cos": torch.cos,
    "tan": torch.tan,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "sign": _sign,
    "step": lambda x: _sign(_relu(x)),
    "softplus": lambda x: torch.logaddexp(x, x.new_zeros(())),
}


def _where(node: Expr, case: _Case) -> Batch:
    """One of two, entry by entry; nan where the condition is undefined."""
    condition, left, right = node.args
    truth, undefined = _truth(condition, case)
    return torch.where(truth, _value(left, case), _value(right, case)).masked_fill(undefined, torch.nan)


def _truth(node: Expr, case: _Case) -> tuple[Bool[Tensor, "*batch n d"], Bool[Tensor, "*batch n d"]]:
    """Whether a condition holds, and whether it is undefined, entry by entry."""
    if node.op == "compare":
        left, right = (_value(arg, case) for arg in node.args)
        return _RELATIONS[str(node.value)](left, right), left.isnan() | right.isnan()
    if node.op not in _JOINED:
        raise CalculusError(f"evaluate: need a condition without {node.op}")
    parts = [_truth(arg, case) for arg in node.args]
    truth, undefined = parts[0] if node.op != "not" else (~parts[0][0], parts[0][1])
    for other, other_undefined in parts[1:]:
        truth, undefined = _JOINED[node.op](truth, other), undefined | other_undefined
    return truth, undefined


_RELATIONS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "=": torch.eq,
    "!=": torch.ne,
    "<": torch.lt,
    "<=": torch.le,
    ">": torch.gt,
    ">=": torch.ge,
}
_JOINED: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "and": torch.logical_and,
    "or": torch.logical_or,
    "not": torch.logical_and,
    "implies": lambda a, b: ~a | b,
    "iff": torch.eq,
}


def _logdet(a: Batch) -> Numbers:
    """The logarithm of a determinant; nan unless it is positive."""
    sign, logarithm = torch.linalg.slogdet(a)
    return _one(logarithm.masked_fill(sign <= 0, torch.nan))


def _frobenius(a: Batch) -> Numbers:
    """The root of the sum of squares."""
    return torch.linalg.vector_norm(a, dim=(-2, -1), keepdim=True)


def _norm(_case: _Case, node: Expr, a: Tensor) -> Numbers:
    """The Frobenius norm, or the largest singular value."""
    inside = node.args[0].shape
    return _frobenius(a) if node.value == "F" or ONE in (inside.rows, inside.columns) else _singular(a, 0)


def _decomposed(function: Callable[[Tensor], Tensor], a: Batch) -> Float[Tensor, "*batch _ _"]:
    """What a function makes of finite matrices, for which alone there are decompositions; nan for the others."""
    impossible = ~a.isfinite().all(-1, keepdim=True).all(-2, keepdim=True)
    return function(a.masked_fill(impossible, 0.0)).masked_fill(impossible, torch.nan)


def _singular(a: Batch, place: int) -> Numbers:
    """The largest singular value (0), or the smallest (-1)."""
    return _decomposed(lambda a: _one(torch.linalg.svdvals(a)[..., place]), a)


def _eigenvalue(a: Batch, place: int) -> Numbers:
    """The smallest eigenvalue (0), or the largest (-1); nan for matrices that are not symmetric."""
    eigenvalue = _decomposed(lambda a: _one(torch.linalg.eigvalsh(a)[..., place]), a)
    return eigenvalue.masked_fill(_frobenius(a - a.mT) > RELATIVE * _frobenius(a), torch.nan)


def _block(_case: _Case, node: Expr, *parts: Tensor) -> Batch:
    """Matrices beside and below each other."""
    rows, columns = node.value
    batch = _batch(*parts)
    parts = tuple(part.expand(*batch, *part.shape[-2:]) for part in parts)
    return torch.cat([torch.cat(parts[row * columns : (row + 1) * columns], -1) for row in range(rows)], -2)


def _entry(_case: _Case, node: Expr, a: Tensor) -> Numbers:
    """One entry; nan if the matrix is not as large as that."""
    row, column = node.value
    entry = a[..., row : row + 1, column : column + 1]
    return entry if _is_one(entry) else a[..., :1, :1] * torch.nan


_OPERATIONS: dict[str, Callable[..., Tensor]] = {
    "symbol": _symbol,
    "number": lambda _case, node: _number(node.value),
    "size": lambda case, node: _number(node.value.at(case.sizes)),
    "pi": lambda _case, _: _number(Fraction(math.pi)),
    "identity": lambda case, node: _constant("identity", _shape(case, node)),
    "zeros": lambda case, node: _constant("zeros", _shape(case, node)),
    "ones": lambda case, node: _constant("ones", _shape(case, node)),
    "add": _add,
    "product": _product,
    "hadamard": lambda _case, _, a, b: a * b,
    "transpose": lambda _case, _, a: a.mT,
    "inverse": lambda _case, _, a: _inverse(a),
    "pinv": lambda _case, _, a: _decomposed(lambda a: torch.linalg.pinv(a, rtol=RELATIVE), a),
    "power": _power,
    "map": lambda _case, node, a: _MAPS[node.value](a),
    "raised": lambda _case, node, a: _raised(a, node.value),
    "max": lambda _case, _, a, b: torch.maximum(a, b),
    "min": lambda _case, _, a, b: torch.minimum(a, b),
    "softmax": lambda _case, _, x: torch.softmax(x, -2),
    "logsumexp": lambda _case, _, x: torch.logsumexp(x, -2, keepdim=True),
    "trace": lambda _case, _, a: _one(a.diagonal(dim1=-2, dim2=-1).sum(-1)),
    "det": lambda _case, _, a: _one(torch.linalg.det(a)),
    "logdet": lambda _case, _, a: _logdet(a),
    "total": lambda _case, _, a: a.sum((-2, -1), keepdim=True),
    "norm": _norm,
    "diag": lambda _case, _, x: torch.diag_embed(x[..., 0]),
    "diagonal": lambda _case, _, a: a.diagonal(dim1=-2, dim2=-1)[..., None],
    "block": _block,
    "entry": _entry,
    "smax": lambda _case, _, a: _singular(a, 0),
    "smin": lambda _case, _, a: _singular(a, -1),
    "emax": lambda _case, _, a: _eigenvalue(a, -1),
    "emin": lambda _case, _, a: _eigenvalue(a, 0),
    "rank": lambda _case, _, a: _decomposed(lambda a: _one(torch.linalg.matrix_rank(a, rtol=RELATIVE).to(a.dtype)), a),
}
