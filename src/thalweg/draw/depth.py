"""Deep and shallow networks in figures: where training succeeds, how signals shrink layer by layer, and single trainings.

Nothing is trained, measured or forecast here; what comes is drawn.
"""

import math
from collections import defaultdict
from itertools import pairwise
from typing import Any

import plotly.graph_objects as go
import torch
from jaxtyping import Bool, Float
from plotly.colors import sample_colorscale
from torch import Tensor

from thalweg.draw import strokes, style

COLOURS = (*style.OTHERS[:4], style.ORANGE, style.GREEN)
SIGNS = ("circle", "square", "diamond", "pentagon", "cross", "star")
BLACK = "#000000"
GOOD, AROUND_GOOD = "predicted: reaches 100 %", (style.FORECAST, 4.5, "solid")
LIMITS = ((style.SKY, 3.0, "solid"), (style.PURPLE, 3.0, "9px,4px"), (style.VERMILION, 3.0, "3px,3px"))
WIDE, BROKEN = 8.0, "6px,5px"  # How a forecast stands behind what was measured.
ALL, TOP = 106.0, 112.0  # Where on the scale of colours the flat band for 100 % stands: its middle, and its end.
SOME = sample_colorscale("Cividis", [0.62 * i / 8 for i in range(9)])  # From nothing right to all but one.
BANDS = [*((i / 8 * 100 / TOP, colour) for i, colour in enumerate(SOME)), (100 / TOP, "#FEE838"), (1.0, "#FEE838")]
HIGH, LOW, TITLE, AROUND = 360, 290, 28, 115  # Pixels: a panel, a narrow page's, its title, legend and axis together.
SHORT = 4.0  # An error bar is shown whole if it does not go below its mean by more than this factor.
OFF = 100.0  # A loss that grows to more than this many times the largest at the start leaves the window.
DEEP = 1e7  # So does one that is less than the largest at the start by this factor.


def good_region(
    scale: Float[Tensor, " s"],
    lr: Float[Tensor, " l"],
    accuracy: dict[str, Float[Tensor, "s l"]],
    predicted: dict[str, Bool[Tensor, "s l"]],
    limits: dict[str, dict[str, Float[Tensor, " s"]]],
) -> go.Figure:
    """Training accuracy over weight scale and learning rate, a panel a network, and the predicted good region around it.

    On a narrow page the panels stand below each other: `layout.meta` says where, and the page obeys.

    Args:
        scale: Scales of the weights at the start, ascending, positive, at least two.
        lr: Learning rates, likewise.
        accuracy: The accuracy at the end by network, 0 to 1; NaN leaves a cell open.
        predicted: The cells that theory calls good, by the same names.
        limits: By network and by name, a learning rate at every scale; what is outside the window is cut off at its edge,
            and left out if all of it is.

    Returns:
        The figure: in every panel the map, the outline of the predicted region as one path, then the limits. A path that has
        several parts has gaps. The colour for 100 % is met by nothing else.

    Raises:
        ValueError: If an accuracy is outside 0 to 1.

    Example:
        >>> scale, lr = torch.tensor([0.1, 1.0]), torch.tensor([0.01, 0.1, 1.0])
        >>> good = torch.tensor([[True, False, False], [False, False, False]])
        >>> drawn = good_region(scale, lr, {"net": 1.0 * good}, {"net": good}, {"net": {"limit": scale}})
        >>> [trace.name for trace in drawn.data if trace.showlegend]
        ['predicted: reaches 100 %', 'limit']

        The outline goes around the only cell:

        >>> drawn.data[2].x.round(3), drawn.data[2].y.round(3)
        (array([0.032, 0.316, 0.316, 0.032, 0.032]), array([0.003, 0.003, 0.032, 0.032, 0.003]))
    """
    _check("good_region", accuracy)
    entries = 1 + len({name for named in limits.values() for name in named})
    figure, edges = _panels(list(accuracy), entries), (_edges(scale), _edges(lr))
    for number, (network, values) in enumerate(accuracy.items(), 1):
        where = {"xaxis": f"x{_axis(number)}", "yaxis": f"y{_axis(number)}"}
        _map(figure, (scale, lr), values, network, where)
        _edged(figure, *_outline(predicted[network], edges), GOOD, AROUND_GOOD, where)
        _limits(figure, scale, limits[network], edges[1], where)
    x, y = (_axis_over(*pair) for pair in zip((scale, lr), edges, strict=True))
    return figure.update_xaxes(x).update_yaxes(y)


def by_layer(
    predicted: dict[str, Float[Tensor, " _"]],
    mean: dict[str, Float[Tensor, " _"]],
    std: dict[str, Float[Tensor, " _"]],
    title: str,
) -> go.Figure:
    """The size of something layer by layer, measured over predicted, on a logarithmic axis.

    Args:
        predicted: By name, one size a layer from the first on, positive; networks may differ in depth.
        mean: The sizes measured, by the same names; what is not positive leaves a gap.
        std: Their standard deviations, by the same names; a bar that would reach 0 goes down to the axis.
        title: What has this size, with its unit.

    Returns:
        The figure: all forecasts as wide broken lines, over them all measured sizes as thin whole ones with error bars; in the
        legend every name, then both kinds of line.

    Example:
        >>> three = torch.tensor([1.0, 0.1, 0.01])
        >>> drawn = by_layer({"three layers": three}, {"three layers": three}, {"three layers": 0.1 * three}, "output")
        >>> [trace.name for trace in drawn.data if trace.showlegend is not False]
        ['three layers', 'predicted', 'measured']
    """
    figure = strokes.blank(440)
    for number, (name, sizes) in enumerate(predicted.items()):
        layer, colour = torch.arange(1, len(sizes) + 1), COLOURS[number % len(COLOURS)]
        drawn = strokes.line(figure, layer, strokes.positive(sizes), name, colour, WIDE, BROKEN)
        drawn.update(opacity=0.45, showlegend=False, legendgroup=name, hovertemplate="layer %{x}: predicted %{y:.3g}")
    for number, (name, sizes) in enumerate(mean.items()):
        layer, colour = torch.arange(1, len(sizes) + 1), COLOURS[number % len(COLOURS)]
        bars = {"array": style.numbers(std[name]), "color": colour, "thickness": 1.5, "width": 5}
        marker = {"size": 8 + 2 * (len(mean) - 1 - number), "symbol": SIGNS[number % len(SIGNS)]}
        drawn = strokes.line(figure, layer, strokes.positive(sizes), name, colour, 2.0)
        drawn.update(mode="lines+markers", marker=marker, error_y=bars, legendgroup=name, cliponaxis=False)
        drawn.hovertemplate = "layer %{x}: measured %{y:.3g} ± %{error_y.array:.2g}"
    for name, look in (("predicted", {"width": WIDE, "dash": BROKEN}), ("measured", {"width": 2.0})):
        figure.add_scatter(x=[None], y=[None], mode="lines", name=name, line=look | {"color": style.GREY})
    reach = [end for name, m in mean.items() for end in (m + std[name], torch.maximum(m - std[name], m / SHORT))]
    ends = strokes.span(torch.cat([*predicted.values(), *reach]), 1.3)
    deepest = max(len(sizes) for sizes in predicted.values())
    y = strokes.power_axis(title, torch.tensor(ends)) | {"title": {"text": title, "font": {"size": 14}}}
    x = {"title": {"text": "layer"}, "dtick": 1, "range": [0.8, deepest + 0.2]}
    return figure.update_layout(xaxis=x, yaxis=y | {"range": strokes.logs(ends)})


def histories(loss: dict[str, Float[Tensor, " _"]], accuracy: dict[str, Float[Tensor, " _"]]) -> go.Figure:
    """Several trainings from start to end: the loss of every step, and below it the accuracy after every epoch.

    Args:
        loss: By name, the loss of every step before it was taken; NaN leaves a gap.
        accuracy: By the same names, the training accuracy after every epoch, 0 to 1.

    Returns:
        The figure: the losses on a logarithmic axis, then the accuracies in percent, both over epochs. What grows
        far beyond the largest loss at the start, or falls far below it, leaves the window.

    Raises:
        ValueError: If an accuracy is outside 0 to 1.

    Example:
        >>> drawn = histories({"run": torch.tensor([2.0, 1.0, 0.5, 0.25])}, {"run": torch.tensor([0.5, 1.0])})
        >>> drawn.data[0].x, drawn.data[1].x, drawn.data[1].y
        (array([0. , 0.5, 1. , 1.5]), array([1., 2.]), array([ 50., 100.]))
    """
    _check("histories", accuracy)
    figure, ends = strokes.blank(600), _heights(loss)
    for number, (name, values) in enumerate(loss.items()):
        step, colour = strokes.steps(torch.arange(len(values)), False)[0], COLOURS[number % len(COLOURS)]
        epoch, seen = step * len(accuracy[name]) / len(values), values[step].clamp(ends[0] / 10, ends[1] * 10)
        drawn = strokes.line(figure, epoch, seen, name, colour, 2.0)
        drawn.update(legendgroup=name, customdata=style.numbers(step + 1))
        drawn.hovertemplate = "step %{customdata}: loss %{y:.3g}"
    for number, (name, values) in enumerate(accuracy.items()):
        colour, epoch = COLOURS[number % len(COLOURS)], torch.arange(1, len(values) + 1)
        drawn = strokes.line(figure, epoch, 100 * values, name, colour, 2.0)
        marker = {"size": 5 + 1.5 * (len(loss) - 1 - number), "symbol": SIGNS[number % len(SIGNS)]}
        drawn.update(mode="lines+markers", marker=marker, legendgroup=name, showlegend=False, xaxis="x2", yaxis="y2")
        drawn.update(cliponaxis=False, hovertemplate="epoch %{x}: %{y:.3g} %")
    epochs = max(len(values) for values in accuracy.values())
    x = {"range": [0, epochs], "zeroline": False}
    percent = {"range": [0, 104], "domain": [0, 0.4], "dtick": 25, "title": {"text": "training accuracy (%)"}}
    return figure.update_layout(
        xaxis=x | {"anchor": "y", "matches": "x2", "showticklabels": False, "ticks": ""},
        yaxis=strokes.power_axis("loss", torch.tensor(ends)) | {"range": strokes.logs(ends), "domain": [0.46, 1]},
        xaxis2=x | {"anchor": "y2", "title": {"text": "epoch"}}, yaxis2=percent,
    )  # fmt: skip


def _check(name: str, accuracy: dict[str, Tensor]) -> None:
    """Refuse accuracies in percent."""
    for values in accuracy.values():
        if ((values < 0) | (values > 1)).any():
            raise ValueError(f"{name}: need accuracies from 0 to 1, got {values.min():g} to {values.max():g}")


def _panels(titles: list[str], entries: int) -> go.Figure:
    """An empty figure of panels side by side; on a narrow page they stand below each other."""
    wide, narrow = _grid(len(titles), len(titles), HIGH), _grid(len(titles), 1, LOW)
    narrow["height"] += 20 * entries + 60  # The legend, and a bar of colours.
    figure = strokes.blank().update_layout(legend_y=1, margin={"l": 20, "r": 12, "t": 45}, hovermode="closest")
    for number, text in enumerate(titles, 1):
        x, y = f"x{_axis(number)}", f"y{_axis(number)}"
        for axis, other in (("x", y), ("y", x)):
            figure.update_layout({f"{axis}axis{number}": {"anchor": other, "matches": axis if number > 1 else None}})
        where = {"x": 0.5, "y": 1, "xref": f"{x} domain", "yref": f"{y} domain", "yanchor": "bottom"}
        figure.add_annotation(text=f"<b>{text}</b>", showarrow=False, **where)
    figure.update_layout({key.replace(".", "_"): value for key, value in wide.items()})
    return figure.update_layout(meta={"wide": wide, "narrow": narrow})


def _grid(count: int, columns: int, high: int) -> dict[str, Any]:
    """Where panels stand in so many columns, and how high the figure is then, as the page's relayout takes it."""
    rows, gap = -(-count // columns), 0.04
    width, grid = (1 - gap * (columns - 1)) / columns, dict[str, Any](height=rows * (high + TITLE) + AROUND)
    for number in range(count):
        row, column = divmod(number, columns)
        axis, left, lowest = _axis(number + 1), column * (width + gap), number + columns >= count
        grid[f"xaxis{axis}.domain"] = [left, min(1.0, left + width)]
        grid[f"yaxis{axis}.domain"] = [(rows - row - 1) / rows, (rows - row - TITLE / (high + TITLE)) / rows]
        grid[f"xaxis{axis}.showticklabels"], grid[f"yaxis{axis}.showticklabels"] = lowest, column == 0
        grid[f"xaxis{axis}.title.text"] = "weight scale at the start" if lowest else ""
        grid[f"yaxis{axis}.title.text"] = "" if column else "learning rate"
    return grid


def _axis(number: int) -> str:
    """How plotly counts axes: the first has no number."""
    return str(number) if number > 1 else ""


def _axis_over(values: Tensor, edges: Tensor) -> dict[str, Any]:
    """A logarithmic axis that shows all cells whole; its title is the panels' affair."""
    axis = strokes.power_axis("", values) | {
        "range": strokes.logs((float(edges[0]), float(edges[-1]))),
        "showgrid": False,
    }
    return {key: value for key, value in axis.items() if key != "title"}


def _edges(values: Float[Tensor, " n"]) -> Float[Tensor, " _"]:
    """The borders of cells on a logarithmic axis: half-way between neighbours, and as far out at the ends."""
    logs = values.double().log10()
    middle = (logs[1:] + logs[:-1]) / 2
    return 10 ** torch.cat([2 * logs[:1] - middle[:1], middle, 2 * logs[-1:] - middle[-1:]])


def _map(
    figure: go.Figure, along: tuple[Tensor, Tensor], accuracy: Float[Tensor, "s l"], network: str, where: dict[str, str]
) -> None:
    """The accuracy as cells between exact borders, every cell with its words; the first map has the bar of colours."""
    x, y = (style.numbers(_edges(values)) for values in along)
    scales, lrs = ([style.short(value) for value in values.tolist()] for values in along)
    z = torch.where(accuracy == 1, ALL, 100 * accuracy).T
    words = [
        [f"weight scale {s}, learning rate {lr}<br>{value:.3g} % right" for s, value in zip(scales, row, strict=True)]
        for lr, row in zip(lrs, (100 * accuracy.T).tolist(), strict=True)
    ]
    bar = {"title": {"text": "training accuracy (%)", "side": "right"}, "thickness": 14, "outlinewidth": 0, "x": 1.01,
           "len": HIGH / (HIGH + TITLE), "y": 0, "yanchor": "bottom", "tickvals": [0, 25, 50, 75, ALL],
           "ticktext": ["0", "25", "50", "75", "100"]}  # fmt: skip
    figure.add_heatmap(
        x=x, y=y, z=style.numbers(z), text=words, name=network, zmin=0, zmax=TOP, colorscale=BANDS, colorbar=bar,
        showscale=where["xaxis"] == "x", hovertemplate="%{text}", hoverongaps=False, **where,
    )  # fmt: skip


def _outline(good: Bool[Tensor, "s l"], edges: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
    """The border of some cells as one path, with gaps between its loops."""
    corners = [corner for loop in _loops(good) for corner in (*loop, None)][:-1]
    x, y = ([math.nan if c is None else float(along[c[axis]]) for c in corners] for axis, along in enumerate(edges))
    return torch.tensor(x, dtype=torch.float64), torch.tensor(y, dtype=torch.float64)


def _loops(good: Bool[Tensor, "s l"]) -> list[list[tuple[int, int]]]:
    """The corners of closed ways around some cells: along every side that has a good cell on its left alone."""
    cells, onward, loops = good.nonzero().tolist(), defaultdict(list), []
    sides = {side for i, j in cells for side in pairwise([(i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1), (i, j)])}
    for start, end in sorted(sides):
        if (end, start) not in sides:
            onward[start].append(end)
    for start in list(onward):
        loop = [start]
        while onward[loop[-1]]:
            loop.append(onward[loop[-1]].pop())
        loops += [loop] if len(loop) > 1 else []
    return loops


def _limits(figure: go.Figure, scale: Tensor, limits: dict[str, Tensor], edges: Tensor, where: dict[str, str]) -> None:
    """Limits on the learning rate as lines over the scale, those that come into the window."""
    for number, (name, lr) in enumerate(limits.items()):
        if ((lr >= edges[0]) & (lr <= edges[-1])).any():
            _edged(figure, scale, strokes.positive(lr), name, LIMITS[number % len(LIMITS)], where)


def _edged(
    figure: go.Figure, x: Tensor, y: Tensor, name: str, look: tuple[str, float, str], where: dict[str, str]
) -> None:
    """A line on a black edge, seen on every colour of the map, in the legend once; pointing at it points at the cell."""
    colour, width, dash = look
    first = all(trace.name != name for trace in figure.data)
    for drawn, shown in (((BLACK, width + 2.5, dash), False), ((colour, width, dash), first)):
        strokes.line(figure, x, y, name, *drawn).update(showlegend=shown, legendgroup=name, hoverinfo="skip", **where)


def _heights(loss: dict[str, Tensor]) -> tuple[float, float]:
    """The ends of an axis of losses: what trainings start with and all they reach, but not what is far from there."""
    start = max(float(strokes.positive(values[:1]).nan_to_num(0.0).max()) for values in loss.values()) or 1.0
    seen = torch.cat(list(loss.values()))
    seen = seen[seen.isfinite()].clamp(start / DEEP, start * OFF)
    return strokes.span(torch.cat([seen, seen.new_tensor([start])]), 1.3)
