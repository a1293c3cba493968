r"""Where the functions of small ReLU networks bend, exactly, and how many directions their features can have.

Between two bends a network, and every feature of it, is straight. The networks themselves are `networks`'.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from thalweg.problem import unflatten
from thalweg.subjects.elbows import elbow
from thalweg.subjects.networks import shapes


class Kinks(NamedTuple):
    """Where a network's function bends, ascending; one entry a kink.

    Attributes:
        x: Its place.
        layer: The hidden layer, 1 or 2, whose unit bends there.
        unit: Which unit of that layer.
        change: By how much the function's slope grows there.
    """

    x: Float[Tensor, " k"]
    layer: Int[Tensor, " k"]
    unit: Int[Tensor, " k"]
    change: Float[Tensor, " k"]


def kinks(w: Float[Tensor, " d"], widths: tuple[int, ...], low: float = 0.0, high: float = 1.0) -> Kinks:
    r"""The places between two ends where a network's function bends, exactly.

    A unit of the first layer bends at its elbow, once. What a unit of the second layer sees is straight between these
    elbows, so it bends wherever that crosses 0: in each piece at most once.

    Args:
        w: The parameters.
        widths: Units in the hidden layers.
        low: Where to begin; a bend there does not count.
        high: Where to end.

    Returns:
        The kinks in ascending order. With one hidden layer the slope grows by $a_i |w_i|$ at the elbow of unit i.

    Example:
        >>> kinks(torch.tensor([2.0, -1.0, 3.0, 0.5]), (1,))
        Kinks(x=tensor([0.5000]), layer=tensor([1]), unit=tensor([0]), change=tensor([6.]))
    """
    p = unflatten(w, shapes(widths))
    places, units = elbow(p["w1"], p["b1"]), torch.arange(widths[0])
    inside = (places > low) & (places < high)
    x, layer, unit = places[inside], torch.ones_like(units[inside]), units[inside]
    if len(widths) == 2:
        knots = torch.cat([w.new_tensor([low, high]), x]).sort().values
        more, whose = _crossings(knots, _second_inputs(p, knots))
        x, unit = torch.cat([x, more]), torch.cat([unit, whose])
        layer = torch.cat([layer, torch.full_like(whose, 2)])
    order = x.argsort()
    x, layer, unit = x[order], layer[order], unit[order]
    return Kinks(x, layer, unit, _changes(p, x, layer, unit))


def rank_of_one_layer(w: Float[Tensor, " d"], x: Float[Tensor, " n"], width: int) -> int:
    r"""The rank that the features of a network with one hidden layer have at these points, by counting.

    The elbows cut the points into cells. Steps and the constant reach every function that is constant in each cell: as many
    as there are cells. Ramps add slopes in cells of two points or more: as many as the patterns of cells in which a unit
    is on are independent there. The hinges add nothing. So 3h + 1 parameters have at most 2h + 1 directions.

    Args:
        w: The parameters; no unit that is on anywhere may have an output weight of 0.
        x: The points.
        width: The units.

    Returns:
        The rank in exact arithmetic.

    Example:
        >>> from thalweg.subjects.networks import start
        >>> rank_of_one_layer(start((4,)), torch.linspace(0, 1, 500, dtype=torch.float64), 4)
        9
    """
    p = unflatten(w, shapes((width,)))
    on = (x.unique().unsqueeze(1) * p["w1"] + p["b1"] > 0).to(torch.float64)
    on = on[:, p["a"] != 0]
    patterns, cell = on.unique(dim=0, return_inverse=True)
    counts = cell.bincount()
    slopes = patterns[counts >= 2]
    return len(patterns) + (int(torch.linalg.matrix_rank(slopes)) if slopes.numel() else 0)


def most_rank(bends: Float[Tensor, " k"], x: Float[Tensor, " n"]) -> int:
    """The largest rank that functions can have which are straight between these bends: two a piece, or its points if fewer.

    Args:
        bends: Where they bend or jump.
        x: The points at which they are looked at.

    Returns:
        The bound.

    Example:
        >>> most_rank(torch.tensor([0.5]), torch.tensor([0.1, 0.2, 0.3, 0.9]))
        3
    """
    counts = torch.searchsorted(bends.sort().values, x.unique()).bincount()
    return int(counts.clamp(max=2).sum())


def _second_inputs(p: dict[str, Tensor], x: Tensor) -> Float[Tensor, "k h"]:
    """What the units of the second layer see before they cut it off."""
    return (x.unsqueeze(1) * p["w1"] + p["b1"]).relu() @ p["w2"].T + p["b2"]


def _crossings(knots: Tensor, z: Float[Tensor, "k h"]) -> tuple[Tensor, Tensor]:
    """Where functions that are straight between knots cross 0, and which function it is."""
    piece, unit = ((z[1:] > 0) != (z[:-1] > 0)).nonzero(as_tuple=True)
    before, after = z[piece, unit], z[piece + 1, unit]
    part = before / (before - after)
    return knots[piece] + part * (knots[piece + 1] - knots[piece]), unit


def _changes(p: dict[str, Tensor], x: Tensor, layer: Tensor, unit: Tensor) -> Tensor:
    """By how much the slope grows at every kink: the unit's weight in the output times the size of its slope there."""
    if "w2" not in p:
        return p["a"][unit] * p["w1"][unit].abs()
    on1 = (x.unsqueeze(1) * p["w1"] + p["b1"] > 0).to(x.dtype)
    back = p["a"] * (_second_inputs(p, x) > 0)
    first = (back @ p["w2"]).gather(1, unit.clamp(max=len(p["w1"]) - 1).unsqueeze(1)).squeeze(1)
    slope2 = (on1 * p["w1"]) @ p["w2"].T
    place = unit.clamp(max=len(p["a"]) - 1)
    second = p["a"][place] * slope2.gather(1, place.unsqueeze(1)).squeeze(1).abs()
    return torch.where(layer == 1, first * p["w1"][unit.clamp(max=len(p["w1"]) - 1)].abs(), second)
