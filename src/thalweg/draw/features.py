"""The features of a small network as functions of x: all of them, one at a time, and as maps.

A feature is the derivative of the output in one parameter. They come as plain tensors, one matrix a group of parameters;
nothing is differentiated here. What their singular value decomposition says stands in `principal`.
"""

from typing import Any

import numpy as np
import plotly.graph_objects as go
import torch
from jaxtyping import Float, Int
from torch import Tensor

from thalweg.draw import strokes, style
from thalweg.draw.wording import counted, said
from thalweg.subjects import networks

APART = 1e-9  # Both sides of a jump, so close that they are drawn upright one above the other.
FLAT = 1e-6  # A bend smaller than this part of a line's height is not seen.
MOST_LINES, MOST_ROWS, MOST_COLUMNS = 60, 200, 160  # What one panel keeps.
FADING = tuple((at, "rgba(153,153,153,0.15)" if at == 0.5 else colour) for at, colour in style.DIVERGING)
LETTERS, ABOVE, BELOW = 17, 45, 50  # Pixels: a line of a title, what the legend takes above, the axis below.


def places(breaks: Float[Tensor, " k"], count: int = 201) -> Float[Tensor, " m"]:
    """Where to look at functions on [0, 1] that bend or jump at some places: evenly, and close on both sides of each.

    Args:
        breaks: Where they bend or jump; what is not inside [0, 1] counts for nothing.
        count: How many places are spread evenly, the ends included; at least 2.

    Returns:
        The places, ascending.

    Example:
        >>> places(torch.tensor([0.25, 7.0], dtype=torch.float64), 2)
        tensor([0.0000, 0.2500, 0.2500, 1.0000])
    """
    inside = breaks[(breaks > APART) & (breaks < 1 - APART)]
    return torch.cat([torch.linspace(0, 1, count).to(breaks), inside - APART, inside + APART]).sort().values


def groups(x: Float[Tensor, " m"], features: dict[str, Float[Tensor, "m _"]]) -> go.Figure:
    """The features of every group of parameters as faint lines, and one of each highlighted, chosen by a slider.

    Features are in the order of the places where they switch on or off, from left to right: the same unit of a network
    with one hidden layer comes at the same time in all its groups. Those that are 0 everywhere are left out.

    Args:
        x: Inputs, ascending; see `places` for jumps that stand upright.
        features: The features at these inputs by group, one column a parameter.

    Returns:
        The figure: for every group its lines, at most 60 of them, and the one highlighted. It has a frame for each
        feature of the group with most lines; the others are then the same share of the way through theirs. It begins in
        the middle.

    Example:
        >>> x = torch.linspace(0, 1, 5)
        >>> drawn = groups(x, {"a": (x[:, None] - torch.tensor([0.6, 0.2])).relu()})
        >>> [frame.name for frame in drawn.frames], [frame.data[0].x.tolist() for frame in drawn.frames]
        (['feature 1 of 2', 'feature 2 of 2'], [[0.0, 0.25, 1.0], [0.0, 0.5, 0.75, 1.0]])
    """
    ordered = {name: F[:, _order(F)] for name, F in features.items()}
    titles = [
        _title(name, features[name], f"{MOST_LINES} drawn" * (F.shape[1] > MOST_LINES)) for name, F in ordered.items()
    ]
    shown = [F[:, style.thin(F.shape[1], MOST_LINES)] for F in ordered.values()]
    paths = [[corners(x, y) for y in F.T] for F in shown]
    figure, frames = panels(titles, "∂f / ∂parameter", (2, 2), 240, 58), _frames(paths)
    middle = len(frames) // 2
    for number, (F, lines) in enumerate(zip(shown, paths, strict=True), 1):
        _lines(figure, lines, frames[middle].data[number - 1], number)
        figure.update_layout({f"yaxis{number}": {"range": _range(F), "nticks": 5}})
    figure.frames = frames
    figure.update_xaxes(range=[float(x[0]), float(x[-1])], nticks=4)
    return figure.update_layout(meta={**figure.layout.meta, "frame": middle})


def told(features: dict[str, Float[Tensor, "m _"]], title: str) -> str:
    """What `groups` shows, for those who cannot see it.

    Example:
        >>> told({"a": torch.eye(3)[:, :2], "a0": torch.zeros(3, 1)}, "at the start")
        '3 features at the start over x in 2 groups, faint, one of each highlighted by a slider; 1 of them is 0 everywhere'
    """
    count = sum(F.shape[1] for F in features.values())
    nothing = sum(int((F == 0).all(0).sum()) for F in features.values())
    return (
        f"{counted(count, 'feature')} {title} over x in {counted(len(features), 'group')}, faint, one of each highlighted by a "
        f"slider; {said(nothing, 6)} of them {'is' if nothing == 1 else 'are'} 0 everywhere"
    )


def maps(x: Float[Tensor, " m"], features: dict[str, Float[Tensor, "m _"]]) -> go.Figure:
    """The features of every group of parameters as a map, one row a parameter, sorted by where they switch on or off.

    Groups of one parameter, and features that are 0 everywhere, are left out.

    Args:
        x: Inputs, ascending.
        features: The features at these inputs by group, one column a parameter.

    Returns:
        The figure: one map a group, of at most 200 rows and 160 columns, each with its own scale, symmetric around 0.
        What is 0 exactly is left open.

    Example:
        >>> x = torch.linspace(0, 1, 3)
        >>> maps(x, {"a": (x[:, None] - torch.tensor([0.6, 0.0])).relu()}).data[0].z
        array([[nan, 0.5, 1. ],
               [nan, nan, 0.4]], dtype=float32)
    """
    ordered = {name: F[:, _order(F)] for name, F in features.items() if F.shape[1] > 1}
    limits = {name: _limit(F) for name, F in ordered.items()}
    titles = [_title(name, features[name], f"±{limit:.2g}") for name, limit in limits.items()]
    figure, across = panels(titles, "features, sorted", (3, 2), 250, 16, spare=60), _evenly(x)
    for number, (name, F) in enumerate(ordered.items(), 1):
        cells = F[:, style.thin(F.shape[1], MOST_ROWS)][across].T
        z = style.numbers(torch.where(cells == 0, torch.nan, cells)).astype("float32")
        figure.add_heatmap(
            x=style.numbers(x[across]).astype("float32"), z=z, name=name, xaxis=f"x{number}", yaxis=f"y{number}",
            zmin=-limits[name], zmax=limits[name], colorscale=FADING, showscale=False, hoverongaps=False,
            hovertemplate="x = %{x:.3f}, row %{y}: %{z:.3g}<extra></extra>",
        )  # fmt: skip
    _scale(figure, next(iter(limits.values())))
    figure.update_xaxes(range=[float(x[0]), float(x[-1])], nticks=4)
    figure.update_yaxes(autorange="reversed", showticklabels=False, ticks="", showgrid=False)
    return figure.update_layout(margin_t=10)


def panels(titles: list[str], y_title: str, columns: tuple[int, int], high: int, gap: int, spare: int = 0) -> go.Figure:
    """An empty figure of small panels over x, in fewer columns where the page is narrow.

    Args:
        titles: The titles of the panels, row by row, of up to two short lines.
        y_title: What stands at the left of every row.
        columns: How many panels stand in a row on a wide page and on a narrow one.
        high: Height of a panel with its title, in pixels.
        gap: What is free between two panels of a row, in pixels.
        spare: What a narrow page needs more of height, for a bar of colours.

    Returns:
        The figure; only the lowest panel of a column has numbers at its axis of x. `layout.meta` holds what the page
        changes when it is narrow and when it is wide.

    Example:
        >>> drawn = panels(["a", "b", "c"], "y", (3, 2), 100, 10)
        >>> drawn.layout.xaxis.title.text, drawn.layout.meta["narrow"]["xaxis.title.text"], drawn.layout.xaxis3.title.text
        ('x', '', 'x')
    """
    title = max(1 + text.count("<br>") for text in titles) * LETTERS + 16
    wide = _grid(len(titles), columns[0], (title, high), gap / 870, y_title)
    narrow = _grid(len(titles), columns[1], (title, high), gap / 320, y_title)
    narrow["height"] += LETTERS + spare
    figure = strokes.blank().update_layout(
        margin={"t": ABOVE, "b": BELOW, "l": 20, "r": 12}, legend_y=1, hovermode="closest"
    )
    small = {"tickfont": {"size": 12}, "title": {"font": {"size": 12}}}
    for number, text in enumerate(titles, 1):
        x, y = f"x{_axis(number)}", f"y{_axis(number)}"
        figure.update_layout({f"xaxis{number}": small | {"anchor": y}, f"yaxis{number}": small | {"anchor": x}})
        where = {"x": 0.5, "y": 1, "xref": f"{x} domain", "yref": f"{y} domain", "yanchor": "bottom"}
        figure.add_annotation(text=text, showarrow=False, font_size=12, **where)
    figure.update_layout({key.replace(".", "_"): value for key, value in wide.items()})
    return figure.update_layout(meta={"wide": wide, "narrow": narrow})


def corners(x: Float[Tensor, " m"], y: Float[Tensor, " m"]) -> tuple[np.ndarray, np.ndarray]:
    """A line drawn with as few points as it takes: its ends, and where it bends or jumps.

    Args:
        x: Where it stands, ascending.
        y: Its heights.

    Returns:
        What is kept of both, compact.

    Example:
        >>> corners(torch.tensor([0.0, 1.0, 2.0, 3.0]), torch.tensor([0.0, 0.0, 0.0, 5.0]))
        (array([0., 2., 3.], dtype=float32), array([0., 0., 5.], dtype=float32))
    """
    see = FLAT * float(y.max() - y.min())
    same = (x.diff() < 10 * APART) & (y.diff().abs() <= see)  # Both sides of a break at which this line does not jump.
    there = torch.cat([~same, same.new_ones(1)])
    x, y = x[there], y[there]
    slope = (y[2:] - y[:-2]) / (x[2:] - x[:-2])
    bend = (y[:-2] + slope * (x[1:-1] - x[:-2]) - y[1:-1]).abs() > see
    kept = torch.cat([bend.new_ones(1), bend, bend.new_ones(1)])[-len(x) :]
    return style.numbers(x[kept]).astype("float32"), style.numbers(y[kept]).astype("float32")


def _order(F: Float[Tensor, "m p"]) -> Int[Tensor, " _"]:
    """Features in the order of where they switch, what is on everywhere first; without those that are 0 everywhere.

    The first place does not count: a ramp is 0 at 0 even if its unit is on there.
    """
    on = F[1:] != 0
    switches = on[1:] != on[:-1]
    place = torch.where(switches.any(0), switches.to(torch.uint8).argmax(0) + 1, 0)
    order = place.argsort(stable=True)
    return order[on.any(0)[order]] if on.any() else order[:1]


def _title(name: str, F: Float[Tensor, "m p"], more: str) -> str:
    """What a group is called, how many features it has, how many of these are 0, and something more."""
    nothing = int((F[1:] == 0).all(0).sum())
    notes = [f"{F.shape[1]}", f"{nothing} are 0" if nothing else "", more]
    return f"{networks.GROUPS[name]}<br>({'; '.join(note for note in notes if note)})"


def _lines(figure: go.Figure, lines: list[tuple[np.ndarray, np.ndarray]], one: go.Scatter, number: int) -> None:
    """All lines of a panel as one faint trace with gaps, and one of them highlighted."""
    gap = np.array([np.nan], "float32")
    x, y = (np.concatenate([part for line in lines for part in (line[axis], gap)]) for axis in (0, 1))
    where = {"xaxis": f"x{number}", "yaxis": f"y{number}", "mode": "lines", "showlegend": number == 1}
    faint = {"color": style.GREY, "width": 1, "simplify": False}
    figure.add_scatter(x=x, y=y, name="all", line=faint, opacity=0.6, hoverinfo="skip", **where)
    line = {"color": style.BLUE, "width": 3, "simplify": False}
    told = "x = %{x:.3f}: %{y:.3g}<extra></extra>"
    figure.add_scatter(x=one.x, y=one.y, name="one of them", line=line, hovertemplate=told, **where)


def _frames(paths: list[list[tuple[np.ndarray, np.ndarray]]]) -> list[go.Frame]:
    """One frame a feature of the longest panel, with the line that every panel then highlights."""
    count = max(len(lines) for lines in paths)
    traces, frames = [*range(1, 2 * len(paths), 2)], []
    for k in range(count):
        chosen = [lines[round(k / max(1, count - 1) * (len(lines) - 1))] for lines in paths]
        data = [go.Scatter(x=x, y=y) for x, y in chosen]
        frames.append(go.Frame(name=f"feature {k + 1} of {count}", data=data, traces=traces))
    return frames


def _grid(count: int, columns: int, size: tuple[int, int], gap: float, y_title: str) -> dict[str, Any]:
    """Where small panels stand in so many columns, and how high the figure is then, as the page's relayout takes it."""
    (title, high), rows = size, -(-count // columns)
    width, grid = (1 - gap * (columns - 1)) / columns, dict[str, Any](height=rows * high + ABOVE + BELOW)
    for number in range(count):
        row, column = divmod(number, columns)
        axis, left, lowest = _axis(number + 1), column * (width + gap), number + columns >= count
        grid[f"xaxis{axis}.domain"] = [left, min(1.0, left + width)]
        grid[f"yaxis{axis}.domain"] = [(rows - row - 1) / rows, (rows - row - title / high) / rows]
        grid[f"xaxis{axis}.showticklabels"], grid[f"xaxis{axis}.title.text"] = lowest, "x" if lowest else ""
        grid[f"yaxis{axis}.title.text"] = "" if column else y_title
    return grid


def _axis(number: int) -> str:
    """How plotly counts axes: the first has no number."""
    return str(number) if number > 1 else ""


def _limit(F: Float[Tensor, "m p"]) -> float:
    """The largest size of features, except for those few that are far beyond the others."""
    largest = F.abs().amax(0)
    return min(float(largest.max()), 2.5 * float(largest.quantile(0.9))) or 1.0


def _range(F: Float[Tensor, "m p"]) -> list[float]:
    """An axis that shows features and 0, robust to a few that are far beyond the others."""
    limit = _limit(F)
    low, high = max(-limit, min(0.0, float(F.min()))), min(limit, max(0.0, float(F.max())))
    room = 0.08 * (high - low) or 1.0
    return [low - room, high + room]


def _evenly(x: Tensor) -> Int[Tensor, " k"]:
    """Some of the places, spread as evenly as they can be."""
    even = torch.linspace(float(x[0]), float(x[-1]), MOST_COLUMNS).to(x)
    return torch.searchsorted(x, even).clamp(max=len(x) - 1).unique()


def _scale(figure: go.Figure, limit: float) -> None:
    """One bar of colours for all maps: their own scales differ only in what their ends stand for."""
    bar = {"thickness": 12, "len": 0.6, "tickvals": [-limit, 0, limit], "ticktext": ["−", "0", "+"]}
    figure.data[0].update(showscale=True, colorbar=bar)
