"""A descent over its steps: parameters against their forecast, gradients, and which samples pull which way.

Steps stand on a logarithmic axis as `step + 1`, so that the start is shown and both early and late can be seen.
"""

import math
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from thalweg.draw import strokes, style
from thalweg.draw.wording import counted, said

STEPS = "step + 1"
FREQUENCIES, MOMENTS = 180, 200  # Cells that a map keeps.
POINTS = 300  # Points that a drawn line keeps.
PULLS = (*style.DIVERGING[:2], (0.5, "rgba(150,150,150,0)"), *style.DIVERGING[3:])
"""From larger to smaller; where nobody pulls, the page is seen."""


def tug_of_war(
    hz: Float[Tensor, " n"],
    t: Int[Tensor, " k"],
    pulls: Float[Tensor, "k n"],
    on: Bool[Tensor, " n"] | None,
    parameter: str,
    unit: str = "",
) -> go.Figure:
    """Who pulls at a resistance: the derivative of every sample's own cost in it, over frequency and steps.

    Args:
        hz: Frequencies, ascending, positive.
        t: Numbers of steps, ascending from 0 or later.
        pulls: The derivatives, one row a moment; a positive one makes the resistance smaller, a negative one larger.
        on: Where the lamp should be on; lines then show where that changes.
        parameter: What the resistance is called.
        unit: The unit of the derivatives.

    Returns:
        The figure: the map, which shows the page where nobody pulls, then the summed pulls to smaller and to larger
        resistance, and their net.

    Example:
        >>> pulls = torch.tensor([[1.0, -3.0], [1.0, -1.0]])
        >>> drawn = tug_of_war(torch.tensor([1.0, 9.0]), torch.tensor([0, 5]), pulls, None, "R")
        >>> [trace.y.tolist() for trace in drawn.data[1:]]
        [[1.0, 1.0], [-3.0, -1.0], [-2.0, 0.0]]
    """
    figure = style.plain(640)
    moments, places = style.thin(len(t), MOMENTS), style.thin(len(hz), FREQUENCIES)
    x = style.numbers(t[moments] + 1)
    of = f"<br>({unit})" if unit else ""
    _map(figure, x, hz[places], pulls[moments][:, places].T, f"d cost /<br>d {parameter}{of}")
    _sums(figure, x, pulls[moments], parameter)
    if on is not None:
        _switches(figure, x, hz, on)
    sums = {"title": {"text": f"sum of all{of}<br>+: {parameter} smaller"}, "exponentformat": "power"}
    return figure.update_layout(
        xaxis=style.log_axis(STEPS) | {"range": [math.log10(x[0]), math.log10(x[-1])], "anchor": "y2"},
        yaxis=style.log_axis("frequency (Hz)", hz) | {"domain": [0.39, 1]},
        yaxis2=sums | {"domain": [0, 0.33]},
    )


def gradient_over_steps(
    t: Int[Tensor, " k"],
    gradient: Float[Tensor, "k d"],
    names: list[str],
    tolerance: float,
    title: str = "|d loss / d parameter|",
    colours: Sequence[str] = style.OTHERS,
) -> go.Figure:
    """The size of each parameter's gradient over the steps, and the tolerance under which descent stops.

    Args:
        t: Numbers of steps, ascending.
        gradient: The gradient, one row a moment.
        names: What the parameters are called.
        tolerance: Where descent stops; 0 draws no line.
        title: What stands at the axis, with its unit.
        colours: The parameters' colours, in turn.

    Returns:
        The figure: one line a parameter, with a gap where a gradient is zero, then the tolerance.

    Example:
        >>> drawn = gradient_over_steps(torch.tensor([0, 9]), torch.tensor([[-2.0], [1.0]]), ["R"], 1e-6)
        >>> drawn.data[0].x, drawn.data[0].y
        (array([ 1., 10.]), array([2., 1.]))
    """
    figure = style.plain()
    keep = style.thin(len(t), POINTS)
    x, sizes = t[keep] + 1, strokes.positive(gradient[keep].abs())
    for number, name in enumerate(names):
        strokes.line(figure, x, sizes[:, number], name, colours[number % len(colours)])
    y = style.log_axis(title, gradient.abs().flatten().clamp(min=tolerance or 1e-300))
    y |= {"exponentformat": "power", "minor": {}}
    if tolerance > 0:  # What is far below the tolerance is of no interest.
        level = torch.full((2,), tolerance, dtype=torch.float64)
        strokes.line(figure, x[[0, -1]], level, f"tolerance {said(tolerance)}", style.INK, 2.0, "dash")
        y["range"] = [math.log10(tolerance) - 1.5, math.log10(max(2 * tolerance, float(gradient.abs().max()))) + 0.3]
    figure.update_traces(hovertemplate="step + 1 = %{x:.5g}: %{y:.3g}")
    return figure.update_layout(xaxis=style.log_axis(STEPS), yaxis=y)


def parameters_over_steps(
    t: Int[Tensor, " t"],
    w: Float[Tensor, "t d"],
    forecast_t: Int[Tensor, " k"] | Float[Tensor, " k"],
    forecast_w: Float[Tensor, "k d"],
    desired: dict[str, float],
    names: list[str],
    unit: str,
    what: str = "parameter",
    palette: Sequence[str] = style.OTHERS,
) -> go.Figure:
    """Parameters over the steps: the run, its forecast dashed and wide behind it, what is desired dotted.

    Args:
        t: Numbers of steps of the run, ascending.
        w: Its parameters, one row a moment.
        forecast_t: Numbers of steps of the forecast.
        forecast_w: Its parameters.
        desired: The desired values by name; a parameter's own name gives the line that parameter's colour.
        names: What the parameters are called.
        unit: Their unit.
        what: What they are, for the axis.
        palette: Their colours, in turn, if there are several.

    Returns:
        The figure: forecasts, then runs, then desired values; with several parameters each has its colour.

    Example:
        >>> t, w = torch.tensor([0, 1]), torch.tensor([[5.0], [2.0]])
        >>> [trace.name for trace in parameters_over_steps(t, w, t, w, {"R": 2.0}, ["R"], "ohm").data]
        ['forecast', 'R', 'desired: 2 ohm']
    """
    one, keep = len(names) == 1, style.thin(len(t), POINTS)
    figure, kept = style.plain(420 if one else 520), style.thin(len(forecast_t), POINTS)
    colours = {name: style.RUN if one else palette[i % len(palette)] for i, name in enumerate(names)}
    for name, y in zip(names, forecast_w[kept].T, strict=True):
        look = ("forecast", style.FORECAST) if one else (f"{name}, forecast", colours[name])
        strokes.forecast(figure, forecast_t[kept] + 1, y, *look).showlegend = one
    for name, y in zip(names, w[keep].T, strict=True):
        label = f"{name} (desired {said(desired[name], 4)} {unit})" if name in desired and not one else name
        strokes.line(figure, t[keep] + 1, y, label, colours[name], 2.5)
    wanted = {"desired" if one and name in names else name: value for name, value in desired.items()}
    _desired(figure, wanted, unit, max(float(t[-1]), float(forecast_t[-1])) + 1, {} if one else colours)
    figure.update_traces(hovertemplate=f"step + 1 = %{{x:.5g}}: %{{y:.5g}} {unit}")
    title = f"{what} ({unit})" if unit else "w"
    return figure.update_layout(xaxis=style.log_axis(STEPS), yaxis={"title": {"text": title}})


def value_over_steps(
    t: Int[Tensor, " t"], theory: Float[Tensor, " t"], measured: Float[Tensor, " t"], title: str
) -> go.Figure:
    """One number over the steps of a run, with its forecast wide and dashed behind it, and a dot where the run's is least.

    Args:
        t: Numbers of steps, ascending from 0.
        theory: The forecast.
        measured: The run.
        title: What it is, with its unit.

    Returns:
        The figure: forecast, run, least.

    Example:
        >>> drawn = value_over_steps(torch.arange(3), torch.ones(3), torch.tensor([3.0, 1.0, 2.0]), "error")
        >>> drawn.data[2].x, drawn.data[2].y
        (array([2.]), array([1.]))
    """
    figure = style.plain()
    ends = math.log10(len(t)) if len(t) > 1 else 0.0
    keep = (torch.logspace(0, ends, POINTS, dtype=torch.float64).round().long() - 1).clamp(0, len(t) - 1).unique()
    x, least = t + 1, int(measured.argmin())
    strokes.forecast(figure, x[keep], theory[keep])
    strokes.line(figure, x[keep], measured[keep], "run", style.RUN, 2.5)
    at, marker = f"least after {counted(int(t[least]), 'step')}", {"color": style.RUN, "size": 11}
    dot = style.numbers(x[[least]]), style.numbers(measured[[least]])
    figure.add_scatter(x=dot[0], y=dot[1], mode="markers", name=at, marker=marker)
    figure.update_traces(hovertemplate="step + 1 = %{x:.5g}: %{y:.5g}")
    figure.update_layout(xaxis=style.log_axis(STEPS), yaxis={"title": {"text": title}})
    return figure


def _desired(figure: go.Figure, desired: dict[str, float], unit: str, end: float, colours: dict[str, str]) -> None:
    """Dotted lines at what is desired; if parameters have colours, so have these, and the legend says what lines mean."""
    ends = torch.tensor([1.0, end], dtype=torch.float64)
    for name, value in desired.items():
        label, colour = f"{name}: {said(value, 4)} {unit}".strip(), colours.get(name, style.DESIRED)
        drawn = strokes.line(figure, ends, torch.full_like(ends, value), label, colour, 2.0, "dot")
        drawn.showlegend = name not in colours
    if colours:
        strokes.forecast_key(figure, style.GREY)
        dotted = {"color": style.GREY, "dash": "dot", "width": 2}
        figure.add_scatter(x=[None], y=[None], mode="lines", name="desired", line=dotted, hoverinfo="skip")


def _map(figure: go.Figure, x: np.ndarray, hz: Tensor, cells: Tensor, title: str) -> None:
    """The map of pulls, in the upper panel; its bar is lettered at round numbers near its ends."""
    limit = float(cells.abs().flatten().quantile(0.995)) or 1.0
    power = 10.0 ** math.floor(math.log10(limit))
    end = power * math.floor(limit / power)
    bar = {"title": {"text": title}, "thickness": 14, "len": 0.65, "y": 1, "yanchor": "top"}
    ticks = {"tickvals": [-end, 0, end], "ticktext": [said(-end), "0", said(end)]}
    figure.add_heatmap(
        x=x, y=style.numbers(hz), z=style.numbers(cells).astype("float32"), name="pull",
        zmin=-limit, zmax=limit, colorscale=PULLS, colorbar=bar | ticks,
        hovertemplate="step + 1 = %{x:.5g}, %{y:.4s}Hz<br>pull %{z:.3g}<extra></extra>",
    )  # fmt: skip


def _sums(figure: go.Figure, x: np.ndarray, pulls: Tensor, parameter: str) -> None:
    """The summed pulls either way, and their net, in the lower panel."""
    smaller, larger = pulls.clamp(min=0).sum(1), pulls.clamp(max=0).sum(1)
    for name, value, colour, width in (
        (f"pulls that make {parameter} smaller (+)", smaller, style.VERMILION, 2),
        (f"pulls that make {parameter} larger (−)", larger, style.BLUE, 2),
        ("net", smaller + larger, style.GREY, 4),
    ):
        line = {"color": colour, "width": width}
        figure.add_scatter(x=x, y=style.numbers(value), mode="lines", name=name, line=line, yaxis="y2")
        figure.data[-1].hovertemplate = "step + 1 = %{x:.5g}: %{y:.4g}"


def _switches(figure: go.Figure, x: np.ndarray, hz: Tensor, on: Tensor) -> None:
    """Lines where the desired lamp changes between on and off."""
    borders = (hz[1:] * hz[:-1]).sqrt()[on[1:] != on[:-1]]
    for number, f in enumerate(borders.tolist()):
        figure.add_scatter(
            x=x[[0, -1]], y=[f, f], mode="lines", name="lamp switches", showlegend=number == 0,
            line={"color": style.INK, "dash": "dash", "width": 2}, hovertemplate="lamp switches at %{y:.4s}Hz",
        )  # fmt: skip
