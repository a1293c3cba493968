"""Principal features and singular values of a network's features, at the start and after training.

Nothing is decomposed here, and no share of the target is computed; what comes is drawn. The features themselves stand in
`features`.
"""

import math
from typing import Any

import numpy as np
import plotly.graph_objects as go
import torch
from jaxtyping import Float, Int
from plotly.subplots import make_subplots
from torch import Tensor

from thalweg.draw import features, strokes, style
from thalweg.draw.wording import said

DEPTH = 1e-14  # What is smaller than this part of the largest is rounding, and not shown.
MOMENTS = (
    (style.GREY, "dash"), (style.BLUE, "solid"), (style.VERMILION, "dot"), (style.PURPLE, "dashdot"),
    (style.GREEN, "longdash"), (style.SKY, "longdashdot"),
)  # fmt: skip
NAMES = ("at the start", "after training")
HEIGHT = (-1.35, 1.2)  # Of features whose largest value is 1, with room for the training points.
LEAST = 1e-6  # The smallest share of the target that is shown.
MOST_MODES = 60  # Frames that the slider has.
DRAWN = (1, 2, 3, 5, 10, 20, 40, 80, 160)  # Numbers of the modes that are drawn over training.


def singular_values(sigma: dict[str, Float[Tensor, " _"]], ranks: dict[str, int]) -> go.Figure:
    """Singular values over their number at several moments, and where they end if counting is right.

    Args:
        sigma: The singular values by moment, descending.
        ranks: The rank that was predicted, by the same names; none for a moment that is left out.

    Returns:
        The figure: the lines of all moments, then their ranks. The axis holds what is above 1e-14 of the largest value; lines
        of smaller ones are seen to leave it.

    Example:
        >>> line, rank = singular_values({"start": torch.tensor([2.0, 1.0, 0.0])}, {"start": 2}).data
        >>> line.y, rank.name, rank.x
        (array([ 2.,  1., nan]), 'start: rank by counting 2', (2, 2))
    """
    figure, largest = strokes.blank(460), max(float(values.max()) for values in sigma.values())
    seen = [int((values > DEPTH * largest).sum()) for values in sigma.values()]
    for (name, values), (colour, _) in zip(sigma.items(), MOMENTS, strict=False):
        number = torch.arange(1, len(values) + 1)
        drawn = strokes.line(figure, number, strokes.positive(values), name, colour, 2.0)
        drawn.update(mode="lines+markers", marker={"size": 4}, hovertemplate="σ<sub>%{x}</sub> = %{y:.4g}")
    y = _above(torch.cat([values[values > DEPTH * largest] for values in sigma.values()]))
    for name, (colour, _) in zip(sigma, MOMENTS, strict=False):
        if name in ranks:
            x, label = [ranks[name]] * 2, f"{name}: rank by counting {ranks[name]}"
            line = {"color": colour, "width": 2.5, "dash": "dot"}
            figure.add_scatter(
                x=x, y=[10**end for end in y["range"]], mode="lines", name=label, line=line, hovertemplate=label
            )
    x = {"title": {"text": "number of the mode"}, "range": [0, 1.04 * max(*seen, *ranks.values(), 1) + 1]}
    return figure.update_layout(xaxis=x, yaxis=y)


def principal(
    x: Float[Tensor, " m"],
    before: Float[Tensor, "m r"],
    after: Float[Tensor, "m r"],
    sigma_before: Float[Tensor, " r"],
    sigma_after: Float[Tensor, " r"],
    share_before: Float[Tensor, " r"],
    share_after: Float[Tensor, " r"],
    points: Float[Tensor, " n"],
    count: int = 12,
) -> go.Figure:
    """The strongest principal features in the order of their singular values, at the start and after training.

    Each is scaled to its own largest value at the training points; what exceeds that by far in between is cut off. Signs
    are arbitrary: a feature after training has this largest value above 0, and that at the start is turned to overlap it.

    Args:
        x: Inputs, ascending; see `features.places` for jumps that stand upright.
        before: Principal features at the start, one column a mode.
        after: Principal features after training.
        sigma_before: Singular values at the start, descending.
        sigma_after: Singular values after training.
        share_before: The part of the target's square that lies along every mode at the start, from 0 to 1.
        share_after: That part after training.
        points: The training points, to be marked.
        count: How many to draw.

    Returns:
        The figure: for every mode its feature at the start, after training, and the points. A mode whose singular value is
        at or below 1e-14 of the first has no feature.

    Example:
        >>> x, one = torch.tensor([0.0, 1.0]), torch.ones(1)
        >>> drawn = principal(x, x[:, None], -2 * x[:, None], one, 2 * one, one / 2, one, x)
        >>> [trace.y.tolist() for trace in drawn.data[:2]], drawn.layout.annotations[0].text
        ([[0.0, 1.0], [0.0, 1.0]], '1: σ 1 → 2<br>share 50 → 100 %')
    """
    sigma, share = torch.stack([sigma_before, sigma_after], 1), torch.stack([share_before, share_after], 1)
    seen = sigma > DEPTH * sigma[0]
    count = min(count, int(seen.any(1).sum()))
    sizes, parts = torch.where(seen, sigma, 0.0), torch.where(seen, share, 0.0)
    titles = [_title(i, sizes[i].tolist(), parts[i].tolist()) for i in range(count)]
    figure = features.panels(titles, "", (3, 2), 185, 16)
    for i in range(count):
        where = {"xaxis": f"x{i + 1}", "yaxis": f"y{i + 1}", "showlegend": i == 0}
        for number, y in enumerate(turned(x, before[:, i], after[:, i], points)):
            if seen[i, number]:
                figure.add_scatter(**feature(features.corners(x, y), NAMES[number], *MOMENTS[number]), **where)
        figure.add_scatter(**rug(points), **where)
    figure.update_xaxes(range=[float(x[0]), float(x[-1])], nticks=3)
    return figure.update_yaxes(range=HEIGHT, showticklabels=False, ticks="", nticks=3)


def choose_mode(
    x: Float[Tensor, " m"],
    phi: Float[Tensor, "m r"],
    sigma: Float[Tensor, " r"],
    share: Float[Tensor, " r"],
    points: Float[Tensor, " n"],
) -> go.Figure:
    """One principal feature, chosen by a slider, over the share of the target that lies along each mode.

    Args:
        x: Inputs, ascending; see `features.places` for jumps that stand upright.
        phi: Principal features there, one column a mode; each is scaled to its own largest value at the points.
        sigma: Singular values, descending; modes at or below 1e-14 of the first are left out.
        share: The part of the target's square that lies along every mode, from 0 to 1.
        points: The training points, to be marked.

    Returns:
        The figure: the feature, the points, the stems of the shares, their dots, the chosen one's; a frame for each of at
        most 60 modes.

    Example:
        >>> x = torch.tensor([0.0, 0.5, 1.0])
        >>> drawn = choose_mode(x, torch.eye(3)[:, :2], torch.tensor([5.0, 2.0]), torch.tensor([0.2, 0.7]), x)
        >>> [frame.name for frame in drawn.frames]
        ['mode 1 of 2: σ = 5, share 20 %', 'mode 2 of 2: σ = 2, share 70 %']
    """
    count = min(MOST_MODES, int((sigma > DEPTH * sigma[0]).sum()))
    figure = make_subplots(2, 1, row_heights=[0.58, 0.42], vertical_spacing=0.17)
    figure.update_layout(strokes.blank(580).layout)
    lines = [features.corners(x, _upright(x, phi[:, i], points)) for i in range(count)]
    figure.add_scatter(**feature(lines[0], "principal feature", style.BLUE, "solid")).add_scatter(**rug(points))
    stems = [_stem(i + 1, float(share[i])) for i in range(count)]
    _stems(figure, share[:count], stems)
    names = [_mode(i + 1, count, float(sigma[i]), float(share[i])) for i in range(count)]
    figure.frames = [
        go.Frame(name=name, traces=[0, len(figure.data) - 1], data=[go.Scatter(x=x, y=y) for x, y in both])
        for name, both in zip(names, zip(lines, stems, strict=True), strict=True)
    ]
    figure.update_layout(xaxis={"title": {"text": "x"}, "range": [float(x[0]), float(x[-1])]}, meta={"frame": 0})
    figure.update_layout(yaxis={"title": {"text": "feature / its largest"}, "range": HEIGHT})
    figure.update_layout(xaxis2={"title": {"text": "number of the mode"}, "range": [0.3, count + 0.7]})
    y = {"type": "log", "title": {"text": "share of the target"}, "range": [math.log10(LEAST), 0.2], "dtick": 1}
    return figure.update_layout(yaxis2=y | {"tickformat": "~%"})


def shares(share: dict[str, Float[Tensor, " _"]]) -> go.Figure:
    """How much of the target the strongest modes hold together, over their number.

    Args:
        share: The part of the target's square that lies along every mode by moment, from 0 to 1, in their order.

    Returns:
        The figure: one line of steps a moment, each step as wide as to the next mode, the last one's too.

    Example:
        >>> drawn = shares({"start": torch.tensor([0.5, 0.25])})
        >>> drawn.data[0].x, drawn.data[0].y
        (array([1., 2., 3.]), array([0.5 , 0.75, 0.75]))
    """
    figure = strokes.blank()
    for (name, part), (colour, _) in zip(share.items(), MOMENTS, strict=False):
        held = torch.cat([part, part.new_zeros(1)]).cumsum(0)
        drawn = strokes.line(figure, torch.arange(1, len(held) + 1), held, name, colour, 3.0)
        drawn.update(line_shape="hv", hovertemplate="the first %{x}: %{y:.2%}")
    many = torch.tensor([1.0, 1.0 + max(len(part) for part in share.values())])
    x = strokes.power_axis("number of the strongest modes", many) | {"range": [0, math.log10(float(many[1]))]}
    y = {"title": {"text": "share of the target"}, "range": [0, 1.02], "tickformat": ".0%"}
    return figure.update_layout(xaxis=x, yaxis=y)


def over_training(
    t: Int[Tensor, " t"],
    sigma: Float[Tensor, "t r"],
    alignment: Float[Tensor, " t"],
    rank: Int[Tensor, " t"] | None = None,
) -> go.Figure:
    """How singular values change while a network trains, and how much of the first feature kernel is left.

    Args:
        t: Numbers of steps, ascending.
        sigma: The singular values then, descending, one row a moment.
        alignment: The cosine between the feature kernel and that at the start, 1 if it is the same but for its scale.
        rank: How many singular values stand out from rounding: the others are not drawn then; a panel more if it is given.

    Returns:
        The figure: the singular values of number 1, 2, 3, 5, 10, 20 and so on, then the alignment, and the rank.

    Example:
        >>> t = torch.tensor([0, 9])
        >>> drawn = over_training(t, torch.tensor([[2.0, 1.0], [4.0, 0.0]]), torch.tensor([1.0, 0.8]))
        >>> [trace.name for trace in drawn.data], drawn.data[1].y
        (['σ<sub>1</sub>', 'σ<sub>2</sub>', 'alignment'], array([ 1., nan]))
    """
    below = 1 if rank is None else 2
    figure = _stack([0.6, *[0.4 / below] * below], 460 + 100 * below)
    places, x, axis = strokes.steps(t, True)
    seen, floor = strokes.positive(sigma[places]), DEPTH * float(sigma.max())
    if rank is not None:  # Modes that come and go between the ends are left out.
        there = torch.arange(sigma.shape[1]) < torch.minimum(rank, rank[[0, -1]].max())[places, None]
        seen = torch.where(there, seen, torch.nan)
    numbers = [k for k in DRAWN if k <= sigma.shape[1] and float(seen[:, k - 1].nan_to_num(0.0).max()) > floor]
    shown = seen[:, [k - 1 for k in numbers]]
    for k, y, colour in zip(numbers, shown.T, strokes.shades(len(numbers)), strict=True):
        strokes.line(figure, x, y, f"σ<sub>{k}</sub>", colour, 2.5)
    _below(figure, x, alignment[places], "alignment", 2)
    if rank is not None:
        _below(figure, x, rank[places].double(), "rank", 3)
    figure.update_traces(hovertemplate="step + 1 = %{x:.5g}: %{y:.4g}")
    figure.update_xaxes(axis | {"title": {"text": ""}, "range": [0, math.log10(float(x[-1]))]})
    figure.update_xaxes(title_text=axis["title"]["text"], row=1 + below, col=1)
    return figure.update_layout(yaxis=_above(shown[shown > floor]))


def feature(line: tuple[np.ndarray, np.ndarray], name: str, colour: str, dash: str) -> dict[str, Any]:
    """A principal feature as a line of few points, as plotly takes it."""
    look = {"color": colour, "dash": dash, "width": 2.5, "simplify": False}
    told = "x = %{x:.3f}: %{y:.3f}"
    return {"x": line[0], "y": line[1], "mode": "lines", "name": name, "line": look, "hovertemplate": told}


def rug(points: Float[Tensor, " n"]) -> dict[str, Any]:
    """The training points as short strokes at the bottom, as plotly takes them."""
    stroke = torch.tensor([HEIGHT[0], HEIGHT[0] + 0.12, torch.nan]).repeat(len(points))
    x, y = (style.numbers(each).astype("float32") for each in (points.repeat_interleave(3), stroke))
    look = {"line": {"color": style.INK, "width": 1, "simplify": False}, "hoverinfo": "skip", "opacity": 0.6}
    return {"x": x, "y": y, "mode": "lines", "name": "training points"} | look


def turned(
    x: Float[Tensor, " m"], before: Float[Tensor, " m"], after: Float[Tensor, " m"], points: Float[Tensor, " n"]
) -> tuple[Float[Tensor, " m"], Float[Tensor, " m"]]:
    """A principal feature at the start and after training, over its largest value at the points each.

    That after training has this value above 0, and that at the start is turned to overlap it.
    """
    late, early = _upright(x, after, points), _upright(x, before, points)
    return (early if torch.trapezoid(early * late, x) >= 0 else -early), late


def _above(values: Tensor) -> dict:
    """A logarithmic axis of singular values that ends below these: lines of smaller ones are seen to leave it."""
    ends = [math.log10(float(values.min())) - 0.4, math.log10(float(values.max())) + 0.4]
    return strokes.power_axis("singular value", values) | {"range": ends}


def _stack(heights: list[float], height: int) -> go.Figure:
    """An empty figure of panels below each other, of these parts of its height, over the same steps."""
    figure = make_subplots(len(heights), 1, shared_xaxes=True, vertical_spacing=0.05, row_heights=heights)
    return figure.update_layout(strokes.blank(height).layout)


def _title(i: int, sigma: list[float], share: list[float]) -> str:
    """What changes of a mode from the start to the end of training, in two short lines."""
    return f"{i + 1}: σ {said(sigma[0])} → {said(sigma[1])}<br>share {_percent(share[0])} → {_percent(share[1])} %"


def _mode(number: int, count: int, sigma: float, share: float) -> str:
    """What a mode is called on the slider."""
    return f"mode {number} of {count}: σ = {said(sigma)}, share {_percent(share)} %"


def _percent(share: float) -> str:
    """A share in percent, in two digits."""
    return f"{float(f'{100 * share:.2g}'):g}" if share > 1e-5 else "0"


def _stem(number: int, share: float) -> tuple[list[float], list[float]]:
    """An upright line to a share from below the axis."""
    return [float(number)] * 2, [1e-3 * LEAST, max(LEAST, share)]


def _stems(figure: go.Figure, share: Tensor, stems: list[tuple[list[float], list[float]]]) -> None:
    """The shares of all modes as dots on thin stems, and the first one's on a thick one."""
    where = {"xaxis": "x2", "yaxis": "y2", "hovertemplate": "mode %{x}: %{y:.3%}<extra></extra>"}
    x, y = (np.array([part for stem in stems for part in (*stem[axis], np.nan)], "float32") for axis in (0, 1))
    figure.add_scatter(x=x, y=y, mode="lines", line={"color": style.GREY, "width": 1.5}, showlegend=False, **where)
    figure.data[-1].update(hoverinfo="skip", hovertemplate=None)
    there, number = share > LEAST, torch.arange(1, len(share) + 1)
    x, y, marker = style.numbers(number[there]), style.numbers(share[there]), {"color": style.GREY, "size": 7}
    figure.add_scatter(x=x, y=y, mode="markers", name="share of each mode", marker=marker, **where)
    x, y = stems[0]
    look = {"line": {"color": style.BLUE, "width": 4}, "marker": {"size": 12}}
    figure.add_scatter(x=x, y=y, mode="lines+markers", name="of this one", **look, **where)


def _upright(x: Tensor, y: Tensor, points: Tensor) -> Tensor:
    """A feature over its largest value at the training points, turned so that this is above 0."""
    after = torch.searchsorted(x, points).clamp(1, len(x) - 1)
    part = ((points - x[after - 1]) / (x[after] - x[after - 1])).clamp(0, 1)
    seen = torch.lerp(y[after - 1], y[after], part)
    largest = seen[seen.abs().argmax()]
    return y / torch.where(largest == 0, 1.0, largest)


def _below(figure: go.Figure, x: Tensor, y: Tensor, name: str, row: int) -> None:
    """A line in a panel of its own."""
    strokes.line(figure, x, y, name, style.INK, 2.5).update(xaxis=f"x{row}", yaxis=f"y{row}", showlegend=False)
    figure.update_yaxes(title_text=name, rangemode="tozero", row=row, col=1)
