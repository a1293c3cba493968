"""One mode of a network's features: its principal feature before and after training, and its share of the target.

All modes beside each other stand in `principal`. A slider moves this figure, so it is made of plain data at once.
"""

import math
from typing import Any

import plotly.graph_objects as go
import torch
from jaxtyping import Float
from torch import Tensor

from thalweg.draw import features, principal, strokes, style
from thalweg.draw.wording import said

ASIDE = (-0.13, 0.13)  # What stands for the two moments at one mode, so that neither hides the other.
Pair = tuple[Float[Tensor, " r"], Float[Tensor, " r"]]


def one_mode(
    x: Float[Tensor, " m"],
    before: Float[Tensor, "m r"],
    after: Float[Tensor, "m r"],
    sigma: Pair,
    share: Pair,
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
        ([0.0, 1.0], 'at the start: σ 1, share 25 %', (1e-09, 0.25))
    """
    sizes, count = [_sizes(each) for each in sigma], modes(sigma)
    if not 1 <= number <= count:
        raise ValueError(f"one_mode: need a mode from 1 to {count}, got {number}")
    both = principal.turned(x, before[:, number - 1], after[:, number - 1], points)
    traces = [
        principal.feature(features.corners(x, y), name, *look) | {"showlegend": False}
        for y, name, look, size in zip(both, principal.NAMES, principal.MOMENTS, sizes, strict=False)
        if size[number - 1] > 0
    ]
    traces.append(principal.rug(points))
    for moment, (values, shares) in enumerate(zip(sizes, share, strict=True)):
        traces += [_shares(shares, moment), _stem(number, values, shares, moment)]
    last = max(*map(_last, share), number)
    empty = strokes.blank(560).update_layout(_axes([float(x[0]), float(x[-1])], last))
    return go.Figure(data=traces, layout=empty.layout)


def modes(sigma: Pair) -> int:
    """How many modes have a principal feature at the start or after training.

    Example:
        >>> modes((torch.tensor([1.0, 1e-16]), torch.tensor([2.0, 1.0])))
        2
    """
    return max(int((_sizes(each) > 0).sum()) for each in sigma)


def told(sigma: Pair, share: Pair, number: int) -> str:
    """What `one_mode` shows, for those who cannot see it.

    Example:
        >>> two = torch.tensor([2.0, 1.0])
        >>> told((two, two), (two / 4, two / 3), 2)
        'principal feature 2 over x. At the start: σ 1, share 25 %; after training: σ 1, share 33.3 %'
    """
    parts = [_named(moment, number, sigma[moment], share[moment]) for moment in (0, 1)]
    return f"principal feature {number} over x. {parts[0][0].upper()}{parts[0][1:]}; {parts[1]}"


def _sizes(sigma: Tensor) -> Tensor:
    """Singular values, with 0 for what is rounding."""
    return torch.where(sigma > principal.DEPTH * sigma[0], sigma, 0.0)


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


def _named(moment: int, number: int, sigma: Tensor, share: Tensor) -> str:
    """What there is to know of a mode at a moment."""
    return (
        f"{principal.NAMES[moment]}: σ {said(float(sigma[number - 1]))}, share {said(100 * float(share[number - 1]))} %"
    )


def _shares(share: Tensor, moment: int) -> dict[str, Any]:
    """A small dot for the share of every mode."""
    there, number = share > principal.LEAST, torch.arange(1, len(share) + 1)
    x, y = style.numbers(number[there]), style.numbers(share[there])
    marker = {"color": principal.MOMENTS[moment][0], "size": 6}
    return {
        "x": x + ASIDE[moment], "y": y, "customdata": x, "mode": "markers", "marker": marker, "xaxis": "x2", "yaxis": "y2",
        "showlegend": False, "hovertemplate": "mode %{customdata}: %{y:.3%}<extra></extra>",
    }  # fmt: skip


def _stem(number: int, sigma: Tensor, share: Tensor, moment: int) -> dict[str, Any]:
    """A stem to the share of one mode, with a large dot; its name says what there is to know of the mode."""
    name, (colour, dash) = _named(moment, number, sigma, share), principal.MOMENTS[moment]
    ends = 1e-3 * principal.LEAST, max(principal.LEAST, float(share[number - 1]))
    return {
        "x": [number + ASIDE[moment]] * 2, "y": ends, "mode": "lines+markers", "name": name, "marker": {"size": 12},
        "line": {"color": colour, "width": 4, "dash": dash}, "xaxis": "x2", "yaxis": "y2",
        "hovertemplate": name + "<extra></extra>",
    }  # fmt: skip
