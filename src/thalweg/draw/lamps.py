"""Lamps over frequency, as bars: filled is on, hollow is off, each filter in its colour. Gains are drawn in `organ`."""

import math

import plotly.graph_objects as go
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from thalweg.draw import style
from thalweg.draw.wording import said

FEW = 40  # As many lamps are drawn one by one; more are joined to bars.
FILTERS = {"low": style.VERMILION, "band": style.GREEN, "high": style.BLUE}
"""The colours of the lamps, as in the explorables: one for each filter."""
RESISTORS = (style.VERMILION, style.GREEN, style.PURPLE, style.BLUE)
"""The colours of the four resistors: those of their filters, and another for the second one of the band pass."""


def lamp_bars(hz: Float[Tensor, " n"], rows: dict[str, Bool[Tensor, " n"]], kind: str = "low") -> go.Figure:
    """Lamps over frequency, one row a table: filled is on, hollow is off; what differs from what is desired is framed.

    Args:
        hz: Frequencies, ascending.
        rows: Lamp tables by name, from top to bottom. A row is held against the last one over it whose name says
            `desired`, or else against the first. One whose name begins with low, band or high has that filter's colour.
        kind: Which filter the others are of: low, band or high.

    Returns:
        The figure: the lamps that are off, those that are on, and the frames if there are any.

    Example:
        >>> hz, on = torch.tensor([300.0, 500.0, 900.0]), torch.tensor([True, False, False])
        >>> [trace.name for trace in lamp_bars(hz, {"desired": on, "learned": ~on}).data]
        ['off', 'on', 'differs from desired']
    """
    figure = style.plain(130 + 70 * len(rows))
    hollow, frame = filled("rgba(0,0,0,0)"), {"line": {"color": style.SKY, "width": 4}, "mode": "lines"}
    off, differs = _no_shape(), _no_shape()
    on = {colour: _no_shape() for colour in FILTERS.values()}
    wanted, told = next(iter(rows.values())), next(iter(rows))
    for number, (row, table) in enumerate(rows.items()):
        if "desired" in row:
            wanted, told = table, "desired"
        colour = FILTERS[next((each for each in FILTERS if row.startswith(each)), kind)]
        for shape, lit in ((on[colour], table), (off, ~table), (differs, table != wanted)):
            _join(shape, rectangles(hz, lit, -number - 0.35, -number + 0.35))
    drawn = [("off", off, hollow), *(("on", shape, filled(colour)) for colour, shape in on.items())]
    for name, shape, looks in (*drawn, (f"differs from {told}", differs, frame)):
        if shape["x"]:
            first = name not in [trace.name for trace in figure.data]
            figure.add_scatter(**shape, name=name, hoverinfo="name", showlegend=first, **looks)
    ticks = {"tickvals": [-number for number in range(len(rows))], "ticktext": list(rows), "showgrid": False}
    figure.update_layout(xaxis=_frequencies(hz, [x for shape in (off, *on.values()) for x in shape["x"]]), yaxis=ticks)
    return figure


def filled(colour: str) -> dict:
    """How a lamp is drawn: filled, with a thin grey rim that shows on a light page and on a dark one."""
    return {"fill": "toself", "fillcolor": colour, "line": {"color": style.GREY, "width": 1}, "mode": "lines"}


def rectangles(hz: Float[Tensor, " n"], lit: Bool[Tensor, " n"], low: float, high: float) -> dict[str, list]:
    """Outlines, with gaps between them, of the stretches of frequencies that are lit; of each tone if they are few.

    Example:
        >>> rectangles(torch.tensor([10.0, 1000.0]), torch.tensor([True, False]), 0.0, 1.0)["y"]
        [0.0, 0.0, 1.0, 1.0, 0.0, None]
    """
    logs = hz.log10()
    middle = (logs[1:] + logs[:-1]) / 2
    first, last = (2 * logs[:1] - middle[:1], 2 * logs[-1:] - middle[-1:]) if len(hz) > 1 else (logs - 0.1, logs + 0.1)
    left, right = torch.cat([first, middle]), torch.cat([middle, last])
    if len(hz) <= FEW:
        left, right = logs - 0.4 * (right - left).min(), logs + 0.4 * (right - left).min()
        begins, ends = lit, lit
    else:
        begins = lit & ~torch.cat([lit.new_zeros(1), lit[:-1]])
        ends = lit & ~torch.cat([lit[1:], lit.new_zeros(1)])
    x: list = []
    for a, b in zip((10 ** left[begins]).tolist(), (10 ** right[ends]).tolist(), strict=True):
        x += [a, b, b, a, a, None]
    return {"x": x, "y": [low, low, high, high, low, None] * (len(x) // 6)}


def _no_shape() -> dict[str, list]:
    return {"x": [], "y": []}


def _join(shape: dict[str, list], more: dict[str, list]) -> None:
    for axis in ("x", "y"):
        shape[axis] += more[axis]


def _frequencies(hz: Tensor, edges: list) -> dict:
    """A logarithmic axis that shows all lamps with a little room around them; few tones are lettered each."""
    logs = [math.log10(x) for x in edges if x is not None]
    room = 0.02 * (max(logs) - min(logs))
    axis = style.log_axis("frequency (Hz)", hz) | {"range": [min(logs) - room, max(logs) + room]}
    if len(hz) > FEW:
        return axis
    told = [said(float(f), 4) for f in hz]
    return axis | {"tickvals": style.numbers(hz), "ticktext": told, "minor": {}, "autotickangles": [0, 90]}
