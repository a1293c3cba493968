"""A derivative held against autograd, in float64, at random values and sizes. It is shown to nobody before it passed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from thalweg.calculus.nodes import SYMMETRIC, CalculusError, Expr, Symbol, symbols
from thalweg.calculus.numeric import evaluate
from thalweg.calculus.sizes import Size

TOLERANCE = 1e-8
_CASES, _TRIES = 3, 60


@dataclass(frozen=True)
class Confirmation:
    """How a derivative compared with autograd.

    Attributes:
        cases: How many random cases were compared.
        sizes: The sizes of the last one.
        error: The largest difference, relative to the largest entry (or to 1).
    """

    cases: int
    sizes: Mapping[str, int]
    error: float

    @property
    def agrees(self) -> bool:
        """Whether the two are the same up to rounding."""
        return self.error <= TOLERANCE


def confirm(f: Expr, x: Expr, derivative: Expr, seed: int = 0) -> Confirmation:
    """Compare a derivative with autograd.

    Args:
        f: What was differentiated.
        x: The name with respect to which.
        derivative: The derivative in the row convention.
        seed: Where the random cases begin.

    Returns:
        How they compared, over three cases of different sizes.

    Raises:
        CalculusError: If no random case was found in which both have a value.

    Example:
        >>> from thalweg.calculus.differentials import derivative
        >>> from thalweg.calculus.meaning import Scope, understand
        >>> scope = Scope(is_open=True)
        >>> f = understand("logdet(A)", scope).expr
        >>> confirm(f, scope.names["A"], derivative(f, scope.names["A"])).agrees
        True
    """
    worst, count, sizes = 0.0, 0, dict[str, int]()
    for sizes, values in random_cases([f, x], seed):
        error = _error(f, x, derivative, values, sizes)
        if error is not None:
            worst, count = max(worst, error), count + 1
        if count == _CASES:
            return Confirmation(count, sizes, worst)
    if not count:
        raise CalculusError(
            f"no random case was found in {_TRIES} in which the expression and its derivative have a value"
        )
    return Confirmation(count, sizes, worst)


def random_cases(exprs: list[Expr], seed: int) -> Iterator[tuple[dict[str, int], dict[str, Tensor]]]:
    """Random sizes and values; later ones are positive, and sizes large in rows, for what needs that."""
    draw = torch.Generator().manual_seed(seed)
    sizes_of = [node for expr in exprs for node in expr.walk()]
    names = {name for node in sizes_of for size in _sizes(node) for name in size.names}
    nodes = {name: node for expr in exprs for name, node in symbols(expr).items()}
    for attempt in range(_TRIES):
        drawn = torch.randint(2, 6, (len(names),), generator=draw).tolist()
        sizes = dict(zip(sorted(names), drawn, strict=True))
        yield sizes, {name: _value(node, sizes, draw, attempt % 3 == 2) for name, node in nodes.items()}


def _sizes(node: Expr) -> tuple[Size, ...]:
    """The sizes that a node has or is."""
    return (node.shape.rows, node.shape.columns, *([node.value] if isinstance(node.value, Size) else []))


def _value(node: Expr, sizes: Mapping[str, int], draw: torch.Generator, is_positive: bool) -> Float[Tensor, "n d"]:
    """A random value that has the traits of a name."""
    assert isinstance(node.value, Symbol)
    traits = node.value.traits
    value = torch.randn(node.shape.rows.at(sizes), node.shape.columns.at(sizes), generator=draw, dtype=torch.float64)
    if "integer" in traits:
        return value.abs().round() + ("positive" in traits)
    if traits & {"psd", "pd"}:
        return value @ value.mT + ("pd" in traits) * torch.eye(len(value), dtype=torch.float64)
    if "orthogonal" in traits:
        return torch.linalg.qr(value).Q
    if is_positive or traits & {"positive", "nonnegative"}:
        value = value.abs() + 0.1
    if "diagonal" in traits:
        return value.diagonal().diag()
    return value + value.mT if traits & SYMMETRIC else value


def _error(f: Expr, x: Expr, derivative: Expr, values: dict[str, Tensor], sizes: Mapping[str, int]) -> float | None:
    """The difference from autograd in one case; None if something has no value there."""
    assert isinstance(x.value, Symbol)
    point = values[x.value.name].clone().requires_grad_()
    output = evaluate(f, {**values, x.value.name: point}, sizes)
    found = evaluate(derivative, values, sizes)
    if not (output.isfinite().all() and found.isfinite().all()):
        return None
    expected = _jacobian(output, point)
    if not f.is_scalar and not x.is_scalar:
        expected = expected.reshape(output.numel(), point.numel())
    elif x.is_scalar:
        expected = expected.reshape(output.shape)
    else:
        expected = expected.reshape(point.shape).mT
    if not expected.isfinite().all():
        return None
    return float((expected - found).abs().max() / expected.abs().max().clamp(min=1.0))


def _jacobian(output: Float[Tensor, "n d"], point: Float[Tensor, "m k"]) -> Float[Tensor, "b m k"]:
    """The derivative of every entry of an output, by autograd."""
    if not output.requires_grad:
        return torch.zeros(output.numel(), *point.shape, dtype=output.dtype)
    rows = [torch.autograd.grad(entry, point, retain_graph=True, allow_unused=True)[0] for entry in output.flatten()]
    return torch.stack([torch.zeros_like(point) if row is None else row for row in rows])
