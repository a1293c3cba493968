"""Noise in figures: a weight over many noisy runs, its mean and spread over the steps, and three kinds of stability.

The strokes that every figure of a linear problem shares stand at the end: lines, levels, steps, graded colours. Nothing
is simulated or forecast here; what comes is drawn.
"""

import math
from collections.abc import Callable

import plotly.graph_objects as go
import torch
from jaxtyping import Float, Int, Real
from plotly.colors import sample_colorscale
from torch import Tensor

from thalweg.draw import style

POINTS = 300  # Points that a drawn line keeps.
LONG = 200  # More steps than this stand on a logarithmic axis.
FAR = 8.0  # What is farther out than this many spreads is counted, not drawn.
FEW = 12  # As many single runs are drawn.
SHOWN = 8  # As many of many lines are drawn in colour; these are spread over all.
GREY = 60  # As many of the others are drawn in grey.
COLUMNS, ROWS = 340, 160  # Cells of the landscape under contour lines.
FAINT = "rgba(230,159,0,0.18)"  # The forecast's colour as a filling.
LEVELS = (style.GREEN, style.INK, style.PURPLE, style.SKY)
Values = Callable[[Float[Tensor, "k 2"]], Float[Tensor, " k"]]


def histogram(
    values: Float[Tensor, " b"], centre: float, spread: float, marks: dict[str, float], x_title: str
) -> go.Figure:
    r"""A weight over many noisy runs as a density, under the normal density of the forecast.

    Args:
        values: The weight, one a run, at least two; what is not finite counts as far out.
        centre: The mean $\mu$ that theory predicts.
        spread: The standard deviation $\sigma$ that it predicts, positive.
        marks: Values to mark, by name.
        x_title: What the weight is called.

    Returns:
        The figure: bars, the predicted density, one line a mark. The area of the bars is the fraction of the runs
        within 8 spreads of the centre; a note counts the others.

    Raises:
        ValueError: If there are fewer than two values or the spread is not positive.

    Example:
        >>> drawn = histogram(torch.tensor([1.0, 2.0, 3.0, 99.0]), 2.0, 1.0, {}, "w")
        >>> round(float(sum(drawn.data[0].y * drawn.data[0].width)), 12), drawn.layout.annotations[0].text
        (0.75, '1 of 4<br>beyond<br>8 spreads')
    """
    if len(values) < 2 or not spread > 0:
        raise ValueError(f"histogram: need two values and a positive spread, got {len(values)} and {spread:g}")
    near = values[(values - centre).abs() <= FAR * spread].detach().cpu()
    low, high = (centre + sign * max([3.5 * spread, *(sign * (near - centre)).tolist()]) for sign in (-1, 1))
    count, edges = torch.histogram(near, round(min(60, max(12, math.sqrt(len(values))))), range=(low, high))
    figure, height, width = blank(), count / (len(values) * edges.diff()), edges.diff()
    figure.add_bar(
        x=style.numbers((edges[1:] + edges[:-1]) / 2), y=style.numbers(height), width=style.numbers(width),
        name=f"{len(values)} runs", marker={"color": style.RUN, "opacity": 0.6},
    )  # fmt: skip
    x = torch.linspace(low, high, POINTS, dtype=torch.float64)
    density = (-((x - centre) / spread).square() / 2).exp() / (spread * math.sqrt(2 * math.pi))
    line(figure, x, density, f"forecast: {centre:.3g} ± {spread:.2g}", style.FORECAST, 4.0)
    figure.update_traces(hovertemplate="%{x:.4g}: density %{y:.4g}")
    style.upright(figure, marks, (0.0, 1.08 * max(float(height.max()), float(density.max()))), "")
    if len(near) < len(values):
        text = f"{len(values) - len(near)} of {len(values)}<br>beyond<br>{FAR:g} spreads"
        corner = {"x": 1, "y": 1, "xref": "x domain", "yref": "y domain", "xanchor": "right", "yanchor": "top"}
        figure.add_annotation(text=text, showarrow=False, align="right", font={"size": 12}, **corner)
    return figure.update_layout(xaxis_title_text=x_title, yaxis_title_text="density", bargap=0)


def moments(
    t: Real[Tensor, " t"],
    mean: Float[Tensor, " t"],
    std: Float[Tensor, " t"],
    measured_mean: Float[Tensor, " t"],
    measured_std: Float[Tensor, " t"],
    levels: dict[str, float],
    y_title: str,
) -> go.Figure:
    """Mean and spread over the steps: the forecast as a band, what was measured over many runs as thin lines.

    Args:
        t: Numbers of steps, ascending from 0 or later; more than 200 stand on a logarithmic axis.
        mean: The mean that theory predicts.
        std: The standard deviation that it predicts.
        measured_mean: The mean over the runs.
        measured_std: Their standard deviation.
        levels: Values to mark, by name.
        y_title: What is drawn, with its unit.

    Returns:
        The figure: lower and upper edge of the band, its mean, the measured three, then the levels.

    Example:
        >>> t, one = torch.arange(2), torch.ones(2)
        >>> drawn = moments(t, 3 * one, one, 3 * one, one, {}, "w")
        >>> [float(trace.y[0]) for trace in drawn.data]
        [2.0, 4.0, 3.0, 2.0, 4.0, 3.0]
    """
    figure = blank()
    places, x, axis = steps(t, float(t.max()) > LONG)
    for word, centre, spread, colour, dash, width in (
        ("forecast", mean[places], std[places], style.FORECAST, "dash", 4.0),
        ("measured", measured_mean[places], measured_std[places], style.RUN, "solid", 2.5),
    ):
        line(figure, x, centre - spread, f"{word} − std", colour, width / 2, dash).update(showlegend=False)
        line(figure, x, centre + spread, f"{word} ± std", colour, width / 2, dash)
        line(figure, x, centre, f"{word} mean", colour, width, dash)
    figure.data[1].update(fill="tonexty", fillcolor=FAINT)
    figure.update_traces(hovertemplate=f"{axis['title']['text']} %{{x:.5g}}: %{{y:.4g}}")
    level_lines(figure, levels, x[[0, -1]])
    return figure.update_layout(xaxis=axis, yaxis_title_text=y_title)


def stability(lr: Float[Tensor, " k"], curves: dict[str, Float[Tensor, " k"]], marks: dict[str, float]) -> go.Figure:
    r"""Per-step factors over the learning rate: under 1 what they stand for dies out, above 1 it grows.

    With one weight and inputs drawn anew at each step they are $|1 - \eta\,E x^2|$ for the mean,
    $\sqrt{E(1 - \eta x^2)^2}$ for the mean square, and $\exp E\log|1 - \eta x^2|$ for the typical size.

    Args:
        lr: Learning rates, ascending.
        curves: Factors by name, all of them per step and not squared, so that they can be compared.
        marks: Learning rates to mark, by name: each takes the colour of the curve at its place.

    Returns:
        The figure: one line a curve, the line at 1, one line a mark. Factors above 2 leave the window.

    Example:
        >>> drawn = stability(torch.tensor([0.0, 1.0, 2.0]), {"mean": torch.tensor([1.0, 0.0, 1.0])}, {"limit": 2.0})
        >>> [trace.name for trace in drawn.data]
        ['mean', '1', 'limit: 2']
    """
    figure = blank()
    places = style.thin(len(lr), POINTS)
    for number, (name, factor) in enumerate(curves.items()):
        line(figure, lr[places], factor[places], name, style.look(name, number)[0])
    line(figure, lr[[0, -1]], torch.ones(2), "1", style.INK, 2.5, "dot").update(showlegend=False)
    figure.update_traces(hovertemplate="learning rate %{x:.4g}: factor %{y:.4f}")
    top = min(2.0, 1.03 * max([1.1, *(float(factor[factor.isfinite()].max()) for factor in curves.values())]))
    style.upright(figure, marks, (0.0, top), "")
    y_axis = {"title": {"text": "factor per step"}, "range": [0.0, top]}
    return figure.update_layout(xaxis_title_text="learning rate", yaxis=y_axis)


def several_runs(
    t: Real[Tensor, " t"],
    runs: Float[Tensor, "t b"],
    mean: Float[Tensor, " t"],
    levels: dict[str, float],
    y_title: str,
    logarithmic: bool,
) -> go.Figure:
    """A dozen single noisy runs, faint, and the mean that theory predicts.

    Args:
        t: Numbers of steps, ascending.
        runs: The runs, one a column; of more than a dozen a dozen is drawn.
        mean: The forecast mean.
        levels: Values to mark, by name.
        y_title: What is drawn, with its unit.
        logarithmic: Whether its size, without the sign, stands on a logarithmic axis, where a zero leaves a gap.

    Returns:
        The figure: all single runs as one line with gaps, the mean, then the levels.

    Example:
        >>> drawn = several_runs(torch.arange(2), torch.ones(2, 30), torch.ones(2), {}, "w", False)
        >>> [trace.name for trace in drawn.data]
        ['12 single runs', 'forecast mean']
    """
    figure = blank()
    places, x, axis = steps(t, False)
    shown, mean = runs[places][:, style.thin(runs.shape[1], FEW)], mean[places]
    if logarithmic:
        shown, mean = positive(shown.abs()), positive(mean.abs())
    sheaf(figure, x, shown, f"{shown.shape[1]} single runs", style.SKY).update(opacity=0.6)
    line(figure, x, mean, "forecast mean", style.FORECAST, 4.0, "dash")
    figure.update_traces(hovertemplate="step %{x:.5g}: %{y:.4g}")
    level_lines(figure, levels, x[[0, -1]])
    y = power_axis(y_title) if logarithmic else {"title": {"text": y_title}}
    return figure.update_layout(xaxis=axis, yaxis=y)


def blank(height: int = 420) -> go.Figure:
    """An empty figure whose legend is small enough for a narrow screen, in the order of drawing."""
    return style.plain(height).update_layout(legend={"font": {"size": 12}, "traceorder": "normal"})


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


def sheaf(figure: go.Figure, x: Real[Tensor, " k"], y: Float[Tensor, "k r"], name: str, colour: str) -> go.Scatter:
    """Many thin lines of one look added as one, with a gap between each and the next; it comes back."""
    gap = y.new_full((1, y.shape[1]), torch.nan)
    along = torch.cat([x.to(y.dtype), gap[0, :1]]).repeat(y.shape[1])
    return line(figure, along, torch.cat([y, gap]).T.flatten(), name, colour, 1.3)


def in_colour(figure: go.Figure, x: Real[Tensor, " k"], y: Float[Tensor, "k r"], names: list[str]) -> list[go.Scatter]:
    """Many lines added, eight that are spread over all in graded colours; the others come first, faint and grey."""
    shown = style.thin(len(names), SHOWN).tolist()
    others = torch.tensor([i for i in range(len(names)) if i not in shown], dtype=torch.long)
    if len(others):
        few, some = style.thin(len(x), 100), others[style.thin(len(others), GREY)]
        grey = sheaf(figure, x[few], y[few][:, some], "others", style.GREY)
        grey.update(x=grey.x.astype("float32"), y=grey.y.astype("float32"))
        grey.update(opacity=0.35, showlegend=False, hoverinfo="skip")
    return [line(figure, x, y[:, i], names[i], colour) for colour, i in zip(shades(len(shown)), shown, strict=True)]


def level_lines(figure: go.Figure, levels: dict[str, float], ends: Real[Tensor, "2"]) -> None:
    """Horizontal dotted lines with their values in the legend."""
    for number, (name, value) in enumerate(levels.items()):
        y = torch.full((2,), value, dtype=torch.float64)
        drawn = line(figure, ends, y, f"{name}: {style.short(value)}", LEVELS[number % len(LEVELS)], 2.0, "dot")
        drawn.update(hovertemplate=style.short(value))


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
    decades = 0.0 if over is None else math.log10(float(over.max()) / float(over.min()))
    letters = {"dtick": math.ceil(decades / 6.5)} if decades > 2 else {"dtick": "D2"} if decades > 0.5 else {}
    return style.log_axis(title) | {"exponentformat": "power", "minor": {}, "tickfont": {"size": 12}} | letters


def positive(values: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch"]:
    """What a logarithmic axis can show: all that is positive and finite, and gaps for the rest."""
    return torch.where((values > 0) & values.isfinite(), values, torch.nan)


def shades(count: int) -> list[str]:
    """Graded colours, dark to light, that stand out on a white page and on a black one."""
    return sample_colorscale("Viridis", [0.28 + 0.54 * i / max(1, count - 1) for i in range(count)])


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
