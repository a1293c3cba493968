"""The features of a network at one moment of its training: taken apart, counted, and looked at elsewhere."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from thalweg.problem import Problem, unflatten
from thalweg.spectrum import Spectrum, decompose, principal_features, shares
from thalweg.subjects import networks
from thalweg.subjects.kinks import kinks, most_rank, rank_of_one_layer


@dataclass(frozen=True)
class Point:
    """The features of a network at one moment of its training.

    Attributes:
        title: When that is.
        w: The parameters.
        groups: The features at the training points, one matrix for every group of parameters.
        parts: All of them together, taken apart.
        share: The share of the target along each mode.
    """

    title: str
    w: Float[Tensor, " d"]
    groups: dict[str, Tensor]
    parts: Spectrum
    share: Float[Tensor, " r"]

    @property
    def F(self) -> Float[Tensor, "n d"]:
        """All features at the training points."""
        return torch.cat(list(self.groups.values()), 1)

    @property
    def sigma(self) -> Float[Tensor, " r"]:
        """The singular values, with 0 for those that are rounding."""
        return torch.where(self.parts.seen, self.parts.sigma, 0.0)


def point(title: str, w: Float[Tensor, " d"], problem: Problem, widths: tuple[int, ...]) -> Point:
    """The features of a network with these parameters at the points of a problem, taken apart.

    Example:
        >>> x = torch.tensor([0.0, 0.5, 1.0], dtype=torch.float64)
        >>> w = torch.tensor([2.0, -1.0, 3.0, 0.5], dtype=torch.float64)  # w1, b1, a, a0
        >>> here = point("here", w, networks.make_problem(x, x, (1,), w), (1,))
        >>> here.F[2].tolist(), here.parts.rank
        ([3.0, 3.0, 1.0, 1.0], 2)
    """
    groups = networks.features(w, problem.X, widths)
    parts = decompose(torch.cat(list(groups.values()), 1))
    return Point(title, w, groups, parts, shares(parts, problem.y))


def counted_rank(point: Point, x: Float[Tensor, " n"], widths: tuple[int, ...]) -> int:
    """The rank of the features at these points by counting: exactly with one hidden layer, from above with two."""
    if len(widths) == 1:
        return rank_of_one_layer(point.w, x, widths[0])
    return most_rank(kinks(point.w, widths).x, x)


def principal_at(point: Point, places: Float[Tensor, " m"], widths: tuple[int, ...]) -> Float[Tensor, "m r"]:
    r"""The principal features $F(x)\, v_j$ at other places, one column a mode."""
    return principal_features(joined(point.w, places, widths), point.parts)


def units_off(w: Float[Tensor, " d"], x: Float[Tensor, " n"], widths: tuple[int, ...]) -> int:
    """How many units of all hidden layers are off at every point: no gradient reaches their weights any more.

    Example:
        >>> w = torch.tensor([1.0, 1.0, -0.5, -2.0, 3.0, 3.0, 0.5])  # elbows at 0.5 and at 2
        >>> units_off(w, torch.tensor([0.0, 1.0]), (2,))
        1
    """
    p = unflatten(w, networks.shapes(widths))
    layers = [x.unsqueeze(1) * p["w1"] + p["b1"]]
    if len(widths) == 2:
        layers.append(layers[0].relu() @ p["w2"].mT + p["b2"])
    return sum(int((each <= 0).all(0).sum()) for each in layers)


def joined(w: Float[Tensor, " d"], x: Float[Tensor, " m"], widths: tuple[int, ...]) -> Float[Tensor, "m d"]:
    """The features of all groups at some places, one column a parameter."""
    return torch.cat(list(networks.features(w, x, widths).values()), 1)
