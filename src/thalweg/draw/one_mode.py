"""One mode of a network's features: its principal feature before and after training, and its share of the target.

All modes beside each other stand in `principal`.
"""

import math
from typing import Any

import plotly.graph_objects as go
import torch
from jaxtyping import Float
from torch import Tensor

from thalweg.draw import principal, strokes, style

ASIDE = (-0.13, 0.13)  # What stands for the two moments at one mode, so that neither hides the other.


def one_mode(
    x: Float[Tensor, " m"],
    before: Float[Tensor, "m r"],
    after: Float[Tensor, "m r"],
    sigma: tuple[Float[Tensor, " r"], Float[Tensor, " r"]],
    share: tuple[Float[Tensor, " r"], Float[Tensor, " r"]],
    points: Float[Tensor, " n"],
    number: int,
) -> go.Figure:
    """A principal feature at the start and after training, over the shares of the target that lie along all modes then.

    Args:
        x: Inputs, ascending; see `features.places` for jumps that stand upright.
        before: Principal features at the start, one column a mode.
        after: Principal features after training.
        sigma: Singular values at the start and after training, descending.
        share: The part of the target's square along every mode then, from 0 to 1; modes of share 0 have no dot.
        points: The training points, to be marked.
        number: Which mode, from 1.

    Returns:
        The figure: the feature at the start, after training, the points; for either moment the shares of all modes, and a
        stem to that of the chosen one. A mode whose singular value is at or below 1e-14 of the first has no feature.

    Raises:
        ValueError: If there is no mode of that number, at either moment.

    Example:
        >>> x, two = torch.tensor([0.0, 1.0]), torch.tensor([2.0, 1.0])
        >>> drawn = one_mode(x, torch.eye(2), torch.eye(2), (two, two), (two / 4, two / 3), x, 2)
        >>> drawn.data[0].y.tolist(), drawn.data[4].name, drawn.data[4].y
        ([0.0, 1.0], 'mode 2: σ 1, share 25 %', (1e-09, 0.25))
    """
    early, late = (torch.where(each > principal.DEPTH * each[0], each, 0.0) for each in sigma)
    count = int(((early > 0) | (late > 0)).sum())
    if not 1 <= number <= count:
        raise ValueError(f"one_mode: need a mode from 1 to {count}, got {number}")
    one = slice(number - 1, number)
    parts = early[one], late[one], share[0][one], share[1][one]
    figure = strokes.blank(560).add_traces(principal.principal(x, before[:, one], after[:, one], *parts, points).data)
    for (colour, _), aside, values, shares in zip(principal.MOMENTS, ASIDE, (early, late), share, strict=False):
        _shares(figure, shares, colour, aside)
        _stem(figure, number, float(values[number - 1]), float(shares[number - 1]), colour, aside)
    return figure.update_layout(_axes([float(x[0]), float(x[-1])], max(*map(_last, share), number)))


def _axes(span: list[float], last: int) -> dict[str, Any]:
    """The axes of two panels, one above the other."""
    low, high = math.log10(principal.LEAST), 0.2
    return {
        "xaxis": {"title": {"text": "x"}, "range": span, "anchor": "y"},
        "yaxis": {"title": {"text": "feature / its largest"}, "range": principal.HEIGHT, "domain": [0.52, 1]},
        "xaxis2": {"title": {"text": "number of the mode"}, "range": [0.3, last + 0.7], "anchor": "y2"},
        "yaxis2": {
            "type": "log", "title": {"text": "share of the target"}, "range": [low, high], "dtick": 1, "domain": [0, 0.35],
            "tickformat": "~%",
        },
    }  # fmt: skip


def _last(share: Tensor) -> int:
    """The number of the last mode that has a share."""
    return int((share > 0).nonzero().max()) + 1 if (share > 0).any() else 1


def _shares(figure: go.Figure, share: Tensor, colour: str, aside: float) -> None:
    """A small dot for the share of every mode."""
    there, number = share > principal.LEAST, torch.arange(1, len(share) + 1)
    x, y = style.numbers(number[there]), style.numbers(share[there])
    figure.add_scatter(
        x=x + aside, y=y, customdata=x, mode="markers", marker={"color": colour, "size": 6}, xaxis="x2", yaxis="y2",
        showlegend=False, hovertemplate="mode %{customdata}: %{y:.3%}<extra></extra>",
    )  # fmt: skip


def _stem(figure: go.Figure, number: int, sigma: float, share: float, colour: str, aside: float) -> None:
    """A stem to the share of one mode, with a large dot; its name says what there is to know of the mode."""
    name = f"mode {number}: σ {style.short(sigma)}, share {100 * share:.3g} %"
    figure.add_scatter(
        x=[number + aside] * 2, y=[1e-3 * principal.LEAST, max(principal.LEAST, share)], mode="lines+markers", name=name,
        line={"color": colour, "width": 4}, marker={"size": 12}, xaxis="x2", yaxis="y2", hovertemplate=name + "<extra></extra>",
    )  # fmt: skip
