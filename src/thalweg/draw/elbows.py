"""Elbows in figures: one ReLU unit before and after a step, and all elbows of a network.

Where elbows go is worked out in `subjects.elbows`; what comes is drawn. Every learning rate at once is in `rate_bands`.
"""

import math
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go
import torch
from jaxtyping import Float
from torch import Tensor

from thalweg.draw import strokes, style
from thalweg.draw.wording import said
from thalweg.subjects import elbows
from thalweg.subjects.elbows import Unit

FAR = 3.0  # An elbow that is farther off than this many distances from point to elbow leaves the window.
HIGH = 6.0  # So does an output that is this many times as high as point and output were.
ROWS = 60  # More elbows than this do not get a row each.
PITCH, TITLE, PANEL = 300, 44, 200  # A small panel's whole height, that of its title and that of its axes, in pixels.


def one_step(unit: Unit, lr: float, run: tuple[float, float] | None = None) -> go.Figure:
    r"""One ReLU unit before and after one step on its training point, and where its elbow goes.

    Args:
        unit: The unit and its point.
        lr: The learning rate, positive.
        run: Slope and bias after a step that was taken; what the formulas say is then called a forecast, wide and dashed,
            and the unit of the run is laid over it.

    Returns:
        The figure: the unit before and after, the residual as a vertical line, elbows and outputs, the training point, the
        run. An elbow that the step throws far out, or removes, is said to be there, or gone, and does not widen the window.

    Example:
        >>> drawn = one_step(Unit(w=-2.0, b=4.0, x=1.0, y=1.0), 0.1)
        >>> [trace.name for trace in drawn.data if trace.showlegend is not False]
        ['before: slope −2', 'after: slope −2.1', 'training point (1, 1)']
        >>> [note.text for note in drawn.layout.annotations if note.text]
        ['elbow 2', 'elbow after 1.857']
    """
    figure, seen = strokes.blank(440), _view(unit, lr)
    _panel(figure, unit, seen, "", foretold=run is not None)
    figure.data[0].name += f": slope {said(unit.w, 4)}"
    figure.data[1].name += f": slope {said(seen.after[0], 4)}"
    figure.data[-1].name += f" ({said(unit.x, 4)}, {said(unit.y, 4)})"
    old = f"elbow {said(unit.elbow, 4)}"
    if seen.moves == "stays":
        _below(figure, seen, unit.elbow, f"{old} stays", -24)
    else:
        _below(figure, seen, unit.elbow, old, -24)
        _below(figure, seen, seen.elbow, _after(seen), -44)
    if run:
        _laid_over(figure, seen, *run)
    return figure.update_layout(xaxis_title_text="x", yaxis_title_text="φ(x)")


def cases(units: dict[str, Unit], lr: float) -> go.Figure:
    """Several units before and after one step, a small panel each, and in words what happens to them.

    On a narrow page the panels stand below each other: `layout.meta` says where, and the page obeys.

    Args:
        units: The units by name.
        lr: The learning rate, positive.

    Returns:
        The figure: five traces a panel, as in `one_step`; of the first panel alone they are in the legend.

    Example:
        >>> drawn = cases({"falling": Unit(w=-2.0, b=4.0, x=1.0, y=1.0)}, 0.1)
        >>> drawn.layout.annotations[0].text
        '<b>falling</b><br>elbow left, slope steeper, loss falls'
    """
    figure = strokes.blank()
    for number, (name, unit) in enumerate(units.items()):
        axis, seen, what = str(number + 1) if number else "", _view(unit, lr), elbows.effect(unit, lr)
        words = f"<b>{name}</b><br>elbow {what.elbow}, slope {what.slope}, loss {what.loss}"
        figure.add_annotation(
            text=words, showarrow=False, align="left", xref=f"x{axis} domain", yref=f"y{axis} domain", x=0, y=1, yshift=6,
            xanchor="left", yanchor="bottom", font={"size": 12.5},
        )  # fmt: skip
        _panel(figure, unit, seen, axis)
        _below(figure, seen, (unit.elbow + seen.elbow) / 2, _both(unit, seen), -22)
        figure.update_layout({f"xaxis{axis}": {"title": {"text": "x", "standoff": 2}, "nticks": 6}})
        figure.update_layout({f"yaxis{axis}": {"title": {"text": "φ(x)", "standoff": 2}, "nticks": 5}})
        figure.update_traces(showlegend=False, selector=lambda trace, x=f"x{axis}": trace.xaxis == x and x != "x")
    wide, narrow = _grid(len(units), min(3, len(units))), _grid(len(units), 1)
    figure.update_layout(meta={"wide": wide, "narrow": narrow})
    return figure.update_layout({key.replace(".", "_"): value for key, value in wide.items()})


def where(place: float | Float[Tensor, ""], digits: int = 4) -> str:
    """Where an elbow is, in words; NaN stands for a flat unit's.

    Args:
        place: The elbow.
        digits: How many of its digits count.

    Returns:
        The words, a whole sentence without its full stop.

    Example:
        >>> where(13 / 7), where(math.nan)
        ('the elbow is at 1.857', 'there is no elbow')
    """
    return "there is no elbow" if math.isnan(place) else f"the elbow is at {said(place, digits)}"


def network_step(
    x: Float[Tensor, " m"],
    before: Float[Tensor, " m"],
    after: Float[Tensor, " m"],
    elbows_before: Float[Tensor, " h"],
    elbows_after: Float[Tensor, " h"],
    point: tuple[float, float],
) -> go.Figure:
    """A network's function before and after one step on one training point, and below it where every elbow goes.

    Up to 60 elbows have a row each, in the order of their places before; of more, all begin on one line and end on another.

    Args:
        x: Inputs, ascending; they are the window.
        before: The function there before the step.
        after: The function after it.
        elbows_before: The units' elbows before the step; NaN where there is none.
        elbows_after: The same units' elbows after it.
        point: The training point, input and target.

    Returns:
        The figure: both functions, the point with its residual; elbows that stay, in grey; those that move, in colour, as
        lines from a tick to a dot. One outside the window stands as a triangle at its edge; one that is gone as a cross.

    Example:
        >>> x, e = torch.tensor([0.0, 1.0]), torch.tensor([0.2, 0.5])
        >>> drawn = network_step(x, x, 2 * x, e, torch.tensor([0.2, 0.75]), (1.0, 0.0))
        >>> [trace.name for trace in drawn.data if trace.showlegend is not False]
        ['before', 'after', 'training point', '1 elbow stays', '1 moves']
    """
    figure, ends = strokes.blank(600), (float(x[0]), float(x[-1]))
    strokes.line(figure, x, before, "before", style.GREY, 6.0).opacity = 0.6
    strokes.line(figure, x, after, "after", style.RUN)
    _target(figure, *point, float(np.interp(point[0], style.numbers(x), style.numbers(before))))
    _moves(figure, elbows_before, elbows_after, ends)
    upper = {"domain": [0.41, 1.0], "range": _span(before, after, point[1]), "title": {"text": "f(x)"}}
    return figure.update_layout(
        xaxis={"matches": "x2", "showticklabels": False},
        yaxis=upper,
        xaxis2={"anchor": "y2", "range": ends, "title": {"text": "x"}},
        yaxis2={"anchor": "x2", "domain": [0.0, 0.36], "showgrid": False} | _rows(len(elbows_before)),
    )


class _View(NamedTuple):
    """What of a step is seen: the window, slope and bias after the step, which way the elbow goes and how far it is seen."""

    x: tuple[float, float]
    y: tuple[float, float]
    after: tuple[float, float]
    moves: str
    place: float
    elbow: float
    output: float


def _view(unit: Unit, lr: float) -> _View:
    """The window of a step: point, elbow and outputs before and after, unless what is after is far off."""
    w, b = elbows.stepped(unit, lr)
    moves = elbows.effect(unit, lr).elbow
    place = math.nan if moves == "gone" or w == 0 else -b / w
    reach = abs(unit.x - unit.elbow) or max(1.0, abs(unit.x))
    near = abs(place - unit.elbow) <= FAR * reach
    ends = [unit.x, unit.elbow, *([place] if near else [])]
    width = max(reach, max(ends) - min(ends))
    x = min(ends) - 0.4 * width, max(ends) + 0.4 * width
    elbow = place if near else unit.elbow if math.isnan(place) else x[int(place > unit.elbow)]
    output, tall = max(0.0, w * unit.x + b), max(unit.output, abs(unit.y), 0.3 * abs(unit.w) * width)
    seen = [0.0, unit.y, unit.output, tall, *([output] if output <= HIGH * tall else [])]
    height = max(seen) - min(seen)
    y = min(min(seen) - 0.1 * height, -0.26 * height), max(seen) + 0.14 * height
    return _View(x, y, (w, b), moves, place, elbow, output)


def _panel(figure: go.Figure, unit: Unit, seen: _View, axis: str, foretold: bool = False) -> None:
    """A unit before and after a step, in one pair of axes; what is only foretold looks like a forecast."""
    first = len(figure.data)
    knots = torch.tensor([*seen.x, unit.elbow, seen.place], dtype=torch.float64)
    knots = knots[(knots >= seen.x[0]) & (knots <= seen.x[1])].unique()
    strokes.line(figure, knots, (unit.w * knots + unit.b).relu(), "before", style.GREY, 6.0).opacity = 0.6
    after = (seen.after[0] * knots + seen.after[1]).relu()
    if foretold:
        strokes.forecast(figure, knots, after)
    else:
        strokes.line(figure, knots, after, "after", style.RUN)
    figure.update_traces(hovertemplate="x = %{x:.4g}: %{y:.4g}", selector={"mode": "lines"})
    figure.add_scatter(
        x=[unit.elbow, unit.x, seen.place, unit.x], y=[0, unit.output, 0, seen.output], mode="markers", name="marks",
        text=["elbow before", "output before", "elbow after", "output after"], showlegend=False,
        marker={"color": [style.GREY] * 2 + [style.RUN] * 2, "size": [11, 9, 9, 7], "opacity": 1, "line": {"width": 0}},
        hovertemplate="%{text}: (%{x:.4g}, %{y:.4g})",
    )  # fmt: skip
    _target(figure, unit.x, unit.y, unit.output)
    for trace in figure.data[first:]:
        trace.update(xaxis=f"x{axis}", yaxis=f"y{axis}")
    baseline = {"zeroline": True, "zerolinecolor": style.GRID, "zerolinewidth": 2, "showgrid": False}
    figure.update_layout({f"xaxis{axis}": {"range": seen.x, "anchor": f"y{axis}", "showgrid": False}})
    figure.update_layout({f"yaxis{axis}": baseline | {"range": seen.y, "anchor": f"x{axis}"}})
    _arrow(figure, unit, seen, axis)


def _laid_over(figure: go.Figure, seen: _View, w: float, b: float) -> None:
    """The unit that a run ended with, thin, in the axes of the only panel."""
    knots = torch.tensor([*seen.x, -b / w if w else math.nan], dtype=torch.float64)
    knots = knots[(knots >= seen.x[0]) & (knots <= seen.x[1])].unique()
    drawn = strokes.line(figure, knots, (w * knots + b).relu(), f"run: slope {said(w, 4)}", style.RUN)
    drawn.update(hovertemplate="x = %{x:.4g}: %{y:.4g}")


def _arrow(figure: go.Figure, unit: Unit, seen: _View, axis: str) -> None:
    """The elbow's way as an arrow below the axis, and a word where the output leaves the window."""
    axes = {"xref": f"x{axis}", "yref": f"y{axis}"}
    if seen.elbow != unit.elbow:
        figure.add_annotation(
            x=seen.elbow, y=0, ax=unit.elbow, ay=0, axref=f"x{axis}", ayref=f"y{axis}", yshift=-11, text="", **axes,
            arrowhead=2, arrowsize=1.1, arrowwidth=2, arrowcolor=style.RUN,
        )  # fmt: skip
    if seen.output > seen.y[1]:
        look = {"x": unit.x, "y": seen.y[1], "yanchor": "top", "showarrow": False, "font_size": 12, **axes}
        figure.add_annotation(text=f"output after {said(seen.output, 4)} ↑", **look)


def _below(figure: go.Figure, seen: _View, place: float, text: str, shift: int) -> None:
    """A word below the axis of the panel that was drawn last, kept within the window."""
    part, last = (place - seen.x[0]) / (seen.x[1] - seen.x[0]), figure.data[-1]
    figure.add_annotation(
        x=place, y=0, xref=last.xaxis, yref=last.yaxis, yshift=shift, text=text, showarrow=False, yanchor="middle",
        xanchor="left" if part < 0.25 else "right" if part > 0.75 else "center", font={"size": 12},
    )  # fmt: skip


def _after(seen: _View) -> str:
    """What became of an elbow that moved."""
    if math.isnan(seen.place):
        return "no elbow after: the slope is 0"
    far = "" if seen.elbow == seen.place else ", far out to the " + ("right" if seen.moves == "right" else "left")
    return f"elbow after {said(seen.place, 4)}{far}"


def _both(unit: Unit, seen: _View) -> str:
    """The elbow before and after in few words."""
    old = f"elbow {said(unit.elbow, 4)}"
    if seen.moves == "stays":
        return f"{old} stays"
    return f"{old} → {'none' if math.isnan(seen.place) else said(seen.place, 4)}"


def _target(figure: go.Figure, x: float, y: float, output: float) -> None:
    """The training point, larger than anything else, and a thin vertical line from it to the output."""
    line, marker = {"color": style.DESIRED, "width": 1.5, "dash": "dot"}, {"size": 13, "symbol": "diamond"}
    text = f"output − target = {said(output - y, 4)}<extra></extra>"
    figure.add_scatter(
        x=[x, x], y=[y, output], mode="lines", name="residual", showlegend=False, line=line, hovertemplate=text
    )
    name, side = f"({said(x, 4)}, {said(y, 4)})", "bottom center" if y < output else "top center"
    figure.add_scatter(
        x=[x], y=[y], mode="markers+text", name="training point", marker=marker, marker_color=style.DESIRED, text=[name],
        textposition=side, textfont={"size": 12}, cliponaxis=False, hovertemplate="(%{x:.4g}, %{y:.4g})",
    )  # fmt: skip


def _grid(count: int, columns: int) -> dict[str, Any]:
    """Where small panels stand in so many columns, and how high the figure is then, as the page's relayout takes it."""
    rows = math.ceil(count / columns)
    width, grid = 1 / (columns + 0.3 * (columns - 1)), dict[str, Any](height=rows * PITCH + 60)
    for number in range(count):
        row, column = divmod(number, columns)
        axis, left, top = str(number + 1) if number else "", 1.3 * width * column, row * PITCH + TITLE
        grid[f"xaxis{axis}.domain"] = [left, min(1.0, left + width)]
        grid[f"yaxis{axis}.domain"] = [1 - min(1.0, (top + PANEL) / (rows * PITCH - 56)), 1 - top / (rows * PITCH - 56)]
    return grid


def _span(before: Tensor, after: Tensor, y: float) -> list[float]:
    """A range that shows a function before a step, the target, and the function after it up to one height more."""
    low, high = min(float(before.min()), y), max(float(before.max()), y)
    height = (high - low) or 1.0
    low, high = min(low, max(float(after.min()), low - height)), max(high, min(float(after.max()), high + height))
    return [low - 0.08 * height, high + 0.08 * height]


def _moves(figure: go.Figure, before: Tensor, after: Tensor, ends: tuple[float, float]) -> None:
    """Every elbow's way, in the lower panel."""
    order, few = before.nan_to_num(math.inf).argsort(), len(before) <= ROWS
    before, after, row = before[order], after[order], torch.arange(len(before), 0, -1).to(before)
    ways = torch.stack([before, after, *((row, row) if few else (row.new_ones(len(row)), row.new_zeros(len(row))))])
    stays, moves = before == after, (before != after) & ~(before.isnan() & after.isnan())
    for which, verbs, colour in (
        (stays, ("elbow stays", "elbows stay"), style.GREY),
        (moves, ("moves", "move"), style.RUN),
    ):
        if count := int(which.sum()):
            _ways(figure, ways[:, which], ends, f"{count} {verbs[count > 1]}", colour)


def _rows(count: int) -> dict[str, Any]:
    """The axis of so many elbows: a row each, or of many two lines."""
    if count <= ROWS:
        return {"range": [0, count + 1], "title": {"text": "unit"}, "tickvals": []}
    return {"range": [-0.15, 1.15], "tickvals": [0, 1], "ticktext": ["after", "before"]}


def _ways(figure: go.Figure, ways: Float[Tensor, "4 k"], ends: tuple[float, float], name: str, colour: str) -> None:
    """The ways of some elbows (before, after, and their rows): ticks where they were, thin lines, marks where they are."""
    before, after = ways[:2]
    x = torch.stack([before, torch.where(after.isnan(), before, after), after * math.nan]).clamp(*ends)
    y = torch.stack([*ways[2:], after * math.nan])
    strokes.line(figure, x.T.flatten(), y.T.flatten(), "", colour, 1.5).update(showlegend=False, hoverinfo="skip")
    signs = torch.where(after.isnan(), 3, (after < ends[0]) + 2 * (after > ends[1])).tolist()
    signs, size = (
        [("circle", "triangle-left", "triangle-right", "x")[sign] for sign in signs],
        min(13, max(5, 180 / len(after))),
    )
    tick = {"symbol": "line-ns", "size": size, "line": {"width": 2, "color": style.GREY}}
    looks = [tick] if colour == style.GREY else [tick, {"symbol": signs, "size": 0.7 * size, "color": colour}]
    for i, marker in enumerate(looks):
        a, b, true = (style.numbers(values[i]) for values in (x, y, ways))
        figure.add_scatter(
            x=a, y=b, customdata=true, mode="markers", marker=marker, name=name, showlegend=marker is looks[-1]
        )
        figure.data[-1].hovertemplate = "elbow %{customdata:.4g}"
    for trace in figure.data[-len(looks) - 1 :]:
        trace.update(xaxis="x2", yaxis="y2", cliponaxis=False)
