"""What the figures of linear problems share: lines, levels, steps, graded colours, windows. No figure is made here."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import plotly.graph_objects as go
import torch
from jaxtyping import Float, Int, Real
from plotly.colors import sample_colorscale
from torch import Tensor

from thalweg.draw import style
from thalweg.draw.wording import said

POINTS = 300  # Points that a drawn line keeps.
LONG = 200  # More steps than this stand on a logarithmic axis.
SHOWN = 8  # As many of many lines are drawn in colour; these are spread over all.
GREY = 60  # As many of the others are drawn in grey.
COLUMNS, ROWS = 340, 160  # Cells of the landscape under contour lines.
FAINT = "rgba(230,159,0,0.18)"  # The forecast's colour as a filling.
LEVELS = (style.GREEN, style.INK, style.PURPLE, style.SKY)
SHADES = ("#9A1366", "#6C52CB", "#028DB6", "#04AF82", "#BAAF06")
"""Even steps in hue and in lightness, dark to light, between what is faint on a white page and what is on a black one."""
Values = Callable[[Float[Tensor, "k 2"]], Float[Tensor, " k"]]


def blank(height: int = 420) -> go.Figure:
    """An empty figure whose legend is small enough for a narrow screen, in the order of drawing."""
    return style.plain(height).update_layout(legend={"font": {"size": 12}, "traceorder": "normal"})


def nothing(height: int = 60) -> go.Figure:
    """A figure without axes, for where there is nothing to draw.

    Example:
        >>> nothing().layout.height, nothing().layout.xaxis.visible
        (60, False)
    """
    return blank(height).update_xaxes(visible=False).update_yaxes(visible=False)


def line(
    figure: go.Figure,
    x: Real[Tensor, " k"],
    y: Float[Tensor, " k"],
    name: str,
    colour: str,
    width: float = 3.0,
    dash: str = "solid",
) -> go.Scatter:
    """A line added to a figure, with gaps where it is not finite; it comes back, to be changed further."""
    y = torch.where(y.isfinite(), y, torch.nan)
    look = {"color": colour, "width": width, "dash": dash, "simplify": False}
    figure.add_scatter(x=style.numbers(x), y=style.numbers(y), mode="lines", name=name, line=look)
    return figure.data[-1]


def forecast(
    figure: go.Figure,
    x: Real[Tensor, " k"],
    y: Float[Tensor, " k"],
    name: str = "forecast",
    colour: str = style.FORECAST,
) -> go.Scatter:
    """A line added that looks as forecasts do behind a run: wide, dashed, half transparent; it comes back."""
    drawn = line(figure, x, y, name, colour, 7.0, "dash")
    drawn.opacity = 0.55
    return drawn


def forecast_key(figure: go.Figure, colour: str = style.FORECAST) -> None:
    """A legend entry that says for lines of all colours that the wide, dashed ones are forecasts."""
    nowhere = torch.full((1,), torch.nan)
    forecast(figure, nowhere, nowhere, colour=colour).hoverinfo = "skip"


def sheaf(figure: go.Figure, x: Real[Tensor, " k"], y: Float[Tensor, "k r"], name: str, colour: str) -> go.Scatter:
    """Many thin lines of one look added as one, with a gap between each and the next; it comes back."""
    gap = y.new_full((1, y.shape[1]), torch.nan)
    along = torch.cat([x.to(y.dtype), gap[0, :1]]).repeat(y.shape[1])
    return line(figure, along, torch.cat([y, gap]).T.flatten(), name, colour, 1.3)


def in_colour(
    figure: go.Figure, x: Real[Tensor, " k"], y: Float[Tensor, "k r"], names: list[str], colours: Sequence[str] = ()
) -> list[go.Scatter]:
    """Many lines added, eight that are spread over all in colour, by default graded; the others come first, faint and grey."""
    shown = style.thin(len(names), SHOWN).tolist()
    others = torch.tensor([i for i in range(len(names)) if i not in shown], dtype=torch.long)
    if len(others):
        few, some = style.thin(len(x), 100), others[style.thin(len(others), GREY)]
        grey = sheaf(figure, x[few], y[few][:, some], "others", style.GREY)
        grey.update(x=grey.x.astype("float32"), y=grey.y.astype("float32"))
        grey.update(opacity=0.35, showlegend=False, hoverinfo="skip")
    return [
        line(figure, x, y[:, i], names[i], colour)
        for colour, i in zip(colours or shades(len(shown)), shown, strict=True)
    ]


def level_lines(
    figure: go.Figure, levels: dict[str, float], ends: Real[Tensor, "2"], colours: Sequence[str] = LEVELS
) -> None:
    """Horizontal dotted lines with their values in the legend, and the colours in turn."""
    for number, (name, value) in enumerate(levels.items()):
        y, words = torch.full((2,), value, dtype=torch.float64), said(value, 4)
        drawn = line(figure, ends, y, f"{name}: {words}", colours[number % len(colours)], 2.0, "dot")
        drawn.update(hovertemplate=f"{words}<extra>{name}</extra>")


def steps(t: Real[Tensor, " t"], logarithmic: bool) -> tuple[Int[Tensor, " k"], Real[Tensor, " k"], dict]:
    """Which steps to draw, where they stand along x, and that axis; on a logarithmic one they stand as step + 1.

    Of many some are kept, spread evenly, and after each the next one: what swings from step to step is seen to swing.

    Example:
        >>> steps(torch.tensor([0, 9]), True)[:2]
        (tensor([0, 1]), tensor([ 1, 10]))
    """
    places = torch.arange(len(t), device=t.device)
    if len(t) > POINTS:
        u = (t.double() + 1).log() if logarithmic else t.double()
        even = torch.linspace(float(u[0]), float(u[-1]), POINTS // 2, dtype=torch.float64, device=t.device)
        chosen = torch.searchsorted(u, even)
        places = torch.cat([places[:1], chosen, chosen + 1]).clamp(max=len(t) - 1).unique()
    if logarithmic:
        return places, t[places] + 1, power_axis("step + 1", t[places] + 1)
    return places, t[places], {"title": {"text": "step"}}


def power_axis(title: str, over: Real[Tensor, " k"] | None = None) -> dict:
    """A logarithmic axis lettered in powers of ten, as many as a narrow screen has room for."""
    low, high = (1.0, 1.0) if over is None else (float(over.min()), float(over.max()))
    decades = math.log10(high / low)
    letters: dict[str, Any] = {"dtick": math.ceil(decades / 6.5)} if decades > 2 else {}
    if 0.5 < decades <= 2:  # Plotly letters 20 as a small 2.
        powers = range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 1)
        values = [float(f"{digit}e{power}") for power in powers for digit in (1, 2, 5)]
        letters = {"tickvals": values, "ticktext": [said(value) for value in values]}
    return style.log_axis(title) | {"exponentformat": "power", "minor": {}, "tickfont": {"size": 12}} | letters


def span(values: Float[Tensor, " k"], room: float = 1.15) -> tuple[float, float]:
    """The ends of a logarithmic axis that shows all values that it can show, with so many times of room at least."""
    seen = values[(values > 0) & values.isfinite()]
    low, high = (float(seen.min()), float(seen.max())) if len(seen) else (0.5, 2.0)
    room = max(room, (high / low) ** 0.05)
    return low / room, high * room


def logs(ends: tuple[float, float]) -> list[float]:
    """The ends of a logarithmic axis as plotly wants them."""
    return [math.log10(end) for end in ends]


def positive(values: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch"]:
    """What a logarithmic axis can show: all that is positive and finite, and gaps for the rest."""
    return torch.where((values > 0) & values.isfinite(), values, torch.nan)


def shades(count: int) -> list[str]:
    """Graded colours, dark to light, that stand out on a white page and on a black one."""
    return sample_colorscale(SHADES, [i / max(1, count - 1) for i in range(count)])


def window(
    figure: go.Figure, points: Float[Tensor, "k 2"], names: tuple[str, str], paths: list[Float[Tensor, "_ 2"]]
) -> Float[Tensor, "2 2"]:
    """Give a figure axes that show some points and the nearest parts of paths; their lowest and highest corner.

    Of paths that end within the points' width around them, what is within half of it counts. Both axes have one scale,
    unless one range is five times the other or more.
    """
    low, high = points.amin(0), points.amax(0)
    span = torch.where(high > low, high - low, (high - low).max())
    home = [path for path in paths if ((path[-1] - low >= -span) & (path[-1] - high <= span)).all()]
    near = [path[((path - low >= -span / 2) & (path - high <= span / 2)).all(1)] for path in home]
    seen = torch.cat([points, *near, *(path[-1:] for path in home)])
    low, high = seen.amin(0), seen.amax(0)
    span, widest = high - low, float((high - low).max()) or 1.0
    equal = float(span.min()) * 5 > widest or not span.all()
    margin = 0.12 * (torch.full_like(span, widest) if equal else span)
    corners = torch.stack([low - margin, high + margin])
    for axis, name, ends in zip(("xaxis", "yaxis"), names, corners.T.tolist(), strict=True):
        figure.update_layout({axis: {"title": {"text": name}, "range": ends}})
    if equal:
        figure.update_yaxes(scaleanchor="x", scaleratio=1)
    return corners


def family(figure: go.Figure, value: Values, name: str, colour: str, known: Float[Tensor, "k 2"]) -> None:
    """Contour lines over a figure's window, two for each power of ten above the least value, there or where known."""
    low, high = torch.tensor([figure.layout.xaxis.range, figure.layout.yaxis.range]).to(known).T
    if figure.layout.yaxis.scaleanchor:  # With one scale a wide or a high screen shows more than the window.
        reach = (high - low).max() * torch.tensor([1.7, 0.8]).to(known)
        low, high = (low + high) / 2 - reach, (low + high) / 2 + reach
    x, y = (torch.linspace(float(low[i]), float(high[i]), cells).to(known) for i, cells in enumerate((COLUMNS, ROWS)))
    z = value(torch.stack([x.repeat(ROWS), y.repeat_interleave(COLUMNS)], 1)).detach()
    finite = torch.cat([z, value(known).detach()])
    finite = finite[finite.isfinite()]
    part = (z - finite.min()) / (float(finite.max() - finite.min()) or 1.0)
    height = 1000 * part.clamp(1e-9, 1.0).nan_to_num(1.0).log10().reshape(ROWS, COLUMNS)  # Whole numbers are short.
    figure.add_contour(
        x=style.numbers(x), y=style.numbers(y), z=style.numbers(height.round()).astype("int16"), name=name,
        contours={"coloring": "none", "start": -4250, "end": -250, "size": 500}, line={"color": colour, "width": 1.2},
        opacity=0.8, showlegend=True, hoverinfo="skip",
    )  # fmt: skip


def ellipses(
    figure: go.Figure, centre: Float[Tensor, "2"], H: Float[Tensor, "2 2"], name: str, colour: str
) -> go.Scatter:
    r"""Level lines of $(w - c)^\top H (w - c)$ over a figure's window as one line: two for each power of ten of its size.

    They are exact and of 60 points each, so that they can follow a control, where `family`'s grid is for any function.
    """
    low, high = torch.tensor([figure.layout.xaxis.range, figure.layout.yaxis.range]).to(centre).T
    corners = torch.cartesian_prod(*torch.stack([low, high], 1)) - centre
    most = ((corners @ H) * corners).sum(1).max()
    angle = torch.linspace(0, 2 * math.pi, 60).to(centre)
    circle = torch.stack([angle.cos(), angle.sin()])
    unit = torch.linalg.solve_triangular(torch.linalg.cholesky(H).T, circle, upper=True)
    sizes = (most * torch.logspace(-3.25, 0.25, 8).to(centre)).sqrt()
    lines = centre[:, None, None] + sizes[:, None] * unit[:, None, :]
    gaps = torch.cat([lines, lines.new_full((2, len(sizes), 1), torch.nan)], 2)
    x, y = gaps.flatten(1)
    drawn = line(figure, x, y, name, colour, 1.2)
    drawn.update(opacity=0.8, hoverinfo="skip")
    return drawn


def descents(figure: go.Figure, paths: dict[str, Float[Tensor, "_ 2"]], corners: Float[Tensor, "2 2"]) -> None:
    """Every descent as a line, up to where it leaves the window by far if it ends there; then all starts as diamonds."""
    around = corners + 0.75 * (corners - corners.flip(0))
    for number, (name, path) in enumerate(paths.items()):
        kept = _cut(path, around)
        kept = kept[steps(torch.arange(len(kept)), True)[0]]
        drawn = line(figure, kept[:, 0], kept[:, 1], name, style.OTHERS[number % len(style.OTHERS)], 2.0)
        drawn.update(mode="lines+markers", marker={"size": 4.5})
    if paths:
        x, y = style.numbers(torch.stack([path[0] for path in paths.values()], 1))
        marker = {"color": style.INK, "size": 12, "symbol": "diamond", "line": {"color": "#FFFFFF", "width": 1.5}}
        figure.add_scatter(x=x, y=y, mode="markers", name="start", marker=marker)


def points_marked(figure: go.Figure, marks: dict[str, tuple[float, float]], first: int) -> None:
    """Points with their names in the legend, the first a star; `first` other things have had their turn of colours."""
    for number, (name, (x, y)) in enumerate(marks.items()):
        colour, symbol = (style.look(name, number + first)[0], "circle") if number else (style.YELLOW, "star")
        marker = {"color": colour, "size": 13, "symbol": symbol, "line": {"color": "#000000", "width": 1.5}}
        figure.add_scatter(x=[x], y=[y], mode="markers", name=name, marker=marker)


def _cut(path: Tensor, corners: Tensor) -> Tensor:
    """A path, or if it ends outside a window its part up to the border where it first leaves it."""
    outside = (~((path >= corners[0]) & (path <= corners[1]))).any(1)
    first = int(outside.long().argmax())
    if not outside[-1] or not path[first].isfinite().all():
        return path[:first] if outside[-1] else path
    way = path[first] - path[first - 1]
    room = torch.where(way > 0, corners[1] - path[first - 1], path[first - 1] - corners[0])
    part = torch.where(way == 0, torch.inf, room / way.abs()).min()
    return torch.cat([path[:first], (path[first - 1] + part * way)[None]])
