"""An expression along a line through a random point: what its derivative predicts, and what differences measure.

What has several entries is added up with random weights, so that there is one number to look at. Nothing is drawn here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from thalweg.calculus.confirm import random_cases
from thalweg.calculus.derive import Derivation
from thalweg.calculus.nodes import CalculusError, Symbol
from thalweg.calculus.numeric import evaluate

_POINTS, _STEPS = 81, 33
_REACH, _LEAST = 1.0, -8.0


@dataclass(frozen=True)
class Along:
    """A function of one number, $g(t) = f(x + t u)$ with a random direction u of length 1.

    Attributes:
        sizes: The sizes of the random case.
        t: Places along the line, from -1 to 1.
        g: The values there; NaN where there is none.
        slope: What the derivative says of $g'(0)$.
        bends: $g''(0)$ and $g'''(0)$, by autograd.
        h: Steps of differences, ascending.
        one_sided: How far $(g(h) - g(0)) / h$ is from the slope.
        central: How far $(g(h) - g(-h)) / 2h$ is.
        at: The function itself.
    """

    sizes: Mapping[str, int]
    t: Float[Tensor, " b"]
    g: Float[Tensor, " b"]
    slope: float
    bends: tuple[float, float]
    h: Float[Tensor, " k"]
    one_sided: Float[Tensor, " k"]
    central: Float[Tensor, " k"]
    at: Callable[[float], float]

    @property
    def value(self) -> float:
        """The value at the point."""
        return self.at(0.0)


def along(derivation: Derivation, seed: int = 0) -> Along | None:
    r"""An expression along a random line, its derivative's forecast beside its differences.

    $$ \frac{g(h) - g(0)}h - g'(0) = \tfrac12 h\, g''(0) + O(h^2), \qquad
       \frac{g(h) - g(-h)}{2h} - g'(0) = \tfrac16 h^2 g'''(0) + O(h^4) $$

    Args:
        derivation: What was derived.
        seed: Where chance begins.

    Returns:
        What was found; None if the derivative is no matrix, or has no value in the cases that were tried.

    Example:
        >>> from thalweg.calculus.told import Question, answered
        >>> found = along(answered(Question("x' x", "x")))
        >>> round(found.bends[0], 9), bool(found.central.max() < 1e-6)
        (2.0, True)
    """
    if derivation.result is None:
        return None
    for sizes, values in random_cases([derivation.f, derivation.x], seed):
        found = _in_case(derivation, values, sizes, torch.Generator().manual_seed(seed + 1))
        if found is not None:
            return found
    return None


def _in_case(d: Derivation, values: dict[str, Tensor], sizes: Mapping[str, int], draw: torch.Generator) -> Along | None:
    """A case; None if something has no value in it."""
    assert isinstance(d.x.value, Symbol)
    assert d.result is not None
    point = values[d.x.value.name]
    u = torch.randn(point.shape, generator=draw, dtype=point.dtype)
    u = u / u.norm()
    try:
        D, shape = evaluate(d.result, values, sizes), evaluate(d.f, values, sizes).shape
    except CalculusError:
        return None
    weights = torch.ones(shape, dtype=u.dtype) if d.f.is_scalar else torch.randn(shape, generator=draw, dtype=u.dtype)

    def g(t: Float[Tensor, ""]) -> Float[Tensor, ""]:
        return (weights * evaluate(d.f, {**values, d.x.value.name: point + t * u}, sizes)).sum()

    slope = _slope(d, D, weights, u)
    bends = _bends(g, u.new_zeros(()))
    if not all(map(torch.isfinite, (slope, *bends, g(u.new_zeros(()))))):
        return None
    return _measured(g, float(slope), (float(bends[0]), float(bends[1])), sizes)


def _slope(d: Derivation, D: Tensor, weights: Tensor, u: Tensor) -> Float[Tensor, ""]:
    """What a derivative in the row convention says of the slope."""
    if d.f.is_scalar:
        return (D * u.mT).sum()
    if d.x.is_scalar:
        return (D * weights).sum() * u.sum()
    return weights.flatten() @ D @ u.flatten()


def _bends(g: Callable[[Tensor], Tensor], zero: Float[Tensor, ""]) -> tuple[Float[Tensor, ""], Float[Tensor, ""]]:
    """The second and the third derivative at 0."""
    t = zero.clone().requires_grad_()
    found, value = [], g(t)
    for _ in range(3):
        value = torch.autograd.grad(value, t, create_graph=True)[0] if value.requires_grad else zero
        found.append(value.detach())
    return found[1], found[2]


def _measured(
    g: Callable[[Tensor], Tensor], slope: float, bends: tuple[float, float], sizes: Mapping[str, int]
) -> Along:
    """The function at places along the line, and how far its differences are from the slope."""

    def at(t: float) -> float:
        return float(g(torch.tensor(t, dtype=torch.float64)))

    def all_at(places: Tensor) -> Tensor:
        return torch.tensor([at(t) for t in places.tolist()], dtype=torch.float64)

    t = torch.linspace(-_REACH, _REACH, _POINTS, dtype=torch.float64)
    h = torch.logspace(_LEAST, 0.0, _STEPS, dtype=torch.float64)
    ahead, behind, here = all_at(h), all_at(-h), at(0.0)
    one_sided, central = (ahead - here) / h - slope, (ahead - behind) / (2 * h) - slope
    return Along(sizes, t, all_at(t), slope, bends, h, one_sided.abs(), central.abs(), at)
