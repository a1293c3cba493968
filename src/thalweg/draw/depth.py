"""Maps of weight scale and learning rate: where training succeeds, around it where theory says so, and a chosen cell.

Nothing is trained, measured or forecast here; what comes is drawn. Signals and single trainings are in `depth_lines`.
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
from thalweg.draw.depth_lines import check_shares
from thalweg.draw.wording import said

BLACK, WHITE, CHOSEN = "#000000", "#FFFFFF", "chosen"
GOOD, AROUND_GOOD = "predicted: reaches 100 %", (style.FORECAST, 4.5, "solid")
LIMITS = ((style.SKY, 3.0, "solid"), (style.PURPLE, 3.0, "9px,4px"), (style.VERMILION, 3.0, "3px,3px"))
ALL, TOP = 106.0, 112.0  # Where on the scale of colours the flat band for 100 % stands: its middle, and its end.
SOME = sample_colorscale("Cividis", [0.62 * i / 8 for i in range(9)])  # From nothing right to all but one.
BANDS = [*((i / 8 * 100 / TOP, colour) for i, colour in enumerate(SOME)), (100 / TOP, "#FEE838"), (1.0, "#FEE838")]
HIGH, LOW, TITLE, AROUND = 360, 290, 28, 115  # Pixels: a panel, a narrow page's, its title, legend and axis together.


def good_region(
    scale: Float[Tensor, " s"],
    lr: Float[Tensor, " l"],
    accuracy: dict[str, Float[Tensor, "s l"]],
    predicted: dict[str, Bool[Tensor, "s l"]],
    limits: dict[str, dict[str, Float[Tensor, " s"]]],
    chosen: tuple[float, float] | None = None,
    what: str = "training accuracy (%)",
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
        chosen: A weight scale and a learning rate that are marked in every panel.
        what: What the colours show.

    Returns:
        The figure: in every panel the map, the outline of the predicted region as one path, then the limits and the mark. A
        path that has several parts has gaps. The colour for 100 % is met by nothing else.

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
    check_shares("good_region", accuracy)
    entries = 1 + len({name for named in limits.values() for name in named}) + (chosen is not None)
    figure, edges = _panels(list(accuracy), entries), (_edges(scale), _edges(lr))
    for number, (network, values) in enumerate(accuracy.items(), 1):
        where = {"xaxis": f"x{_axis(number)}", "yaxis": f"y{_axis(number)}"}
        _map(figure, (scale, lr), values, (network, what), where)
        _edged(figure, *_outline(predicted[network], edges), GOOD, AROUND_GOOD, where)
        _limits(figure, scale, limits[network], edges[1], where)
        if chosen is not None:
            _marked(figure, chosen, number == 1, where)
    x, y = (_axis_over(*pair) for pair in zip((scale, lr), edges, strict=True))
    return figure.update_xaxes(x).update_yaxes(y)


def mark(figure: go.Figure, chosen: tuple[float, float]) -> go.Figure:
    """A map whose mark is moved to another weight scale and learning rate, in place: that is all that changes.

    Args:
        figure: From `good_region`, with a mark.
        chosen: Where it is to be.

    Returns:
        The same figure.
    """
    return figure.update_traces({"x": [chosen[0]], "y": [chosen[1]]}, selector={"name": CHOSEN})


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
    figure: go.Figure,
    along: tuple[Tensor, Tensor],
    accuracy: Float[Tensor, "s l"],
    names: tuple[str, str],
    where: dict[str, str],
) -> None:
    """The accuracy as cells between exact borders, every cell with its words; the first map has the bar of colours."""
    x, y = (style.numbers(_edges(values)) for values in along)
    scales, lrs = ([said(value, 4) for value in values.tolist()] for values in along)
    z = torch.where(accuracy == 1, ALL, 100 * accuracy).T
    words = [
        [f"weight scale {s}, learning rate {lr}<br>{value:.3g} % right" for s, value in zip(scales, row, strict=True)]
        for lr, row in zip(lrs, (100 * accuracy.T).tolist(), strict=True)
    ]
    bar = {"title": {"text": names[1], "side": "right"}, "thickness": 14, "outlinewidth": 0, "x": 1.01,
           "len": HIGH / (HIGH + TITLE), "y": 0, "yanchor": "bottom", "tickvals": [0, 25, 50, 75, ALL],
           "ticktext": ["0", "25", "50", "75", "100"]}  # fmt: skip
    figure.add_heatmap(
        x=x, y=y, z=style.numbers(z), text=words, name=names[0], zmin=0, zmax=TOP, colorscale=BANDS, colorbar=bar,
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


def _marked(figure: go.Figure, chosen: tuple[float, float], first: bool, where: dict[str, str]) -> None:
    """A cross on a black edge at the chosen cell, in the legend once."""
    for size, width, colour in ((17, 6, BLACK), (15, 3, WHITE)):
        figure.add_scatter(
            x=[chosen[0]], y=[chosen[1]], mode="markers", name=CHOSEN, showlegend=False, hoverinfo="skip",
            marker={"symbol": "cross-thin", "size": size, "line": {"width": width, "color": colour}}, **where,
        )  # fmt: skip
    if first:  # White is not seen beside a light page: in the legend the mark is grey.
        grey = {"symbol": "cross-thin", "size": 13, "line": {"width": 3, "color": style.INK}}
        figure.add_scatter(x=[None], y=[None], mode="markers", name="chosen cell", marker=grey, showlegend=True)
