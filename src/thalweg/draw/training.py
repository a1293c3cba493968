"""Trainings in figures: a network's function from moment to moment, which way of training is best, a forecast under runs.

Nothing is trained, measured or forecast here; what comes is drawn.
"""

import math

import numpy as np
import plotly.graph_objects as go
import torch
from jaxtyping import Float, Int
from torch import Tensor

from thalweg.draw import modes, noise, strokes, style
from thalweg.draw.wording import counted, said

DEEP, TALL = (
    100.0,
    100.0,
)  # Errors this far below the least test error, or above the typical one, stand at the axis' edge.
ROOM = 0.5  # A function that is far off at the start widens the window by at most this many heights of the data.
CHANGING = [2, 3, 4, 7]  # The traces that a moment changes: function, elbows, bars, mark.
ROUNDING, WIDE, FAR = (
    1e-10,
    1e3,
    1e9,
)  # Beside the largest; over so much an axis is logarithmic; beyond it nothing is drawn.
SIGNS = ("circle", "square", "diamond", "pentagon", "star")


def fit_over_moments(
    x: Float[Tensor, " m"],
    truth: Float[Tensor, " m"],
    points: tuple[Float[Tensor, " n"], Float[Tensor, " n"]],
    labels: list[str],
    outputs: Float[Tensor, "t m"],
    bends: list[tuple[Tensor, Tensor]],
    along: Float[Tensor, " t"],
    along_title: str,
    train: Float[Tensor, " t"],
    test: Float[Tensor, " t"],
) -> go.Figure:
    r"""A network's function at one moment after the other: a frame each, which the page shows with a slider.

    Args:
        x: Inputs, ascending; they are the window.
        truth: The function to be learned there.
        points: Inputs and targets of the training points.
        labels: What the moments are called, each of them once; the frames have these names.
        outputs: The network's function, one row a moment; what is not finite leaves a gap.
        bends: At every moment the places where it bends, and by how much its slope grows there.
        along: Where the moments stand on the lowest axis, positive: steps + 1, or ridge strengths.
        along_title: The title of that axis.
        train: The error at the training points at every moment.
        test: The error against new points.

    Returns:
        The figure at the last moment: points, truth, the function and its elbows; a bar at every elbow as high as the slope
        changes there; both errors and a mark at this moment. A frame holds what changes: function, elbows, bars and mark.

    Raises:
        ValueError: If there is no moment, a label comes twice, or labels or bends do not have one entry a moment.

    Example:
        >>> x, one = torch.tensor([0.0, 0.5, 1.0]), torch.ones(2)
        >>> outputs = torch.tensor([[0.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
        >>> bends = [(torch.zeros(0), torch.zeros(0)), (torch.tensor([0.5]), torch.tensor([2.0]))]
        >>> drawn = fit_over_moments(x, x, (x, x), ["start", "end"], outputs, bends, one, "step + 1", one, one)
        >>> [frame.name for frame in drawn.frames], drawn.data[2].y, drawn.frames[0].data[0].y
        (['start', 'end'], array([0., 0., 1.], dtype=float32), array([0., 0., 0.], dtype=float32))
    """
    if not len(labels) == len(set(labels)) == len(bends) == len(outputs) > 0:
        counts = f"{len(labels)} labels ({len(set(labels))} different), {len(bends)} bends and {len(outputs)} outputs"
        raise ValueError(f"fit_over_moments: need one label and one set of bends a moment, got {counts}")
    figure, ends = strokes.blank(740), strokes.span(torch.cat([train, test]))
    now = [_moment(x, outputs[i], bends[i], (along[i], train[i], test[i]), ends) for i in range(len(labels))]
    _scene(figure, x, truth, points, now[-1])
    for name, error, colour in (("train error", train, style.RUN), ("test error", test, style.VERMILION)):
        strokes.line(figure, along, strokes.positive(error), name, colour, 2.5).update(xaxis="x3", yaxis="y3")
    _mark(figure, now[-1][-1])
    figure.frames = _frames(figure, labels, now)
    _axes(figure, x, (points[1], truth, outputs), bends, (along, along_title), ends)
    return figure


def ways(errors: dict[str, dict[str, tuple[float, float]]], floor: float | None) -> go.Figure:
    r"""Which way of training is best: test and train error of every way, side by side for every width.

    Args:
        errors: By way and by width, train and test error, both means of squares.
        floor: The noise's variance, which the truth itself would leave as an error at noisy points; None draws no line.

    Returns:
        The figure: for every way a line from train to test error, test errors as filled marks and train errors as hollow
        ones; then the floor. An error so small or so large that it would press all others together is at the axis' edge.

    Example:
        >>> drawn = ways({"all layers": {"10 units": (0.1, 0.2)}, "last layer": {"10 units": (0.3, 0.4)}}, 0.01)
        >>> [float(mark.y[0]) for mark in drawn.data if mark.name == "last layer" and mark.mode == "markers+text"]
        [0.4, 0.3]
    """
    figure, widths = strokes.blank(460), list(dict.fromkeys(width for way in errors.values() for width in way))
    values = torch.tensor([pair for way in errors.values() for pair in way.values()], dtype=torch.float64)
    test = strokes.positive(values[:, 1])
    low = max(float(strokes.positive(values).nan_to_num(math.inf).min()), float(test.nan_to_num(math.inf).min()) / DEEP)
    high = min(float(strokes.positive(values).nan_to_num(0.0).max()), float(test.nanmedian()) * TALL)
    ends = min(low, floor or low) / 1.6, max(high, floor or high) * 1.6
    for number, (way, found) in enumerate(errors.items()):
        at = [widths.index(width) + (number - (len(errors) - 1) / 2) * 0.8 / len(errors) for width in found]
        _way(figure, way, number, at, list(found.values()), ends)
    for name, symbol in (("test", "circle"), ("train", "circle-open")):
        marker = {"color": style.INK, "symbol": symbol, "size": 11, "line": {"width": 2 * (name == "train")}}
        figure.add_scatter(x=[None], y=[None], mode="markers", name=name, marker=marker)
    edges = torch.tensor([-0.5, len(widths) - 0.5])
    if floor is not None:
        strokes.level_lines(figure, {"noise variance": floor}, edges)
    y = strokes.power_axis("mean of squared errors", torch.tensor(ends)) | {"range": strokes.logs(ends)}
    x = {
        "tickvals": list(range(len(widths))),
        "ticktext": widths,
        "range": edges.tolist(),
        "showgrid": False,
        "ticks": "",
    }
    return figure.update_layout(xaxis=x, yaxis=y)


def expected_and_run(
    t: Int[Tensor, " t"], mean: Float[Tensor, " t"], std: Float[Tensor, " t"], runs: Float[Tensor, "t b"], title: str
) -> go.Figure:
    """A forecast and its spread, and single runs with their mean; both axes logarithmic if both means are positive throughout.

    Args:
        t: Numbers of steps, ascending from 0 or later.
        mean: The forecast.
        std: The standard deviation of a single run that it predicts; where it exceeds the mean the band is open below.
        runs: The runs, one a column; of more than a dozen a dozen is drawn, but all are in the mean.
        title: What is drawn, with its unit.

    Returns:
        The figure: lower and upper edge of the band, the single runs as one line with gaps, their mean, the forecast.

    Example:
        >>> t, one = torch.arange(2), torch.ones(2)
        >>> drawn = expected_and_run(t, 4 * one, one, torch.ones(2, 30), "error")
        >>> [(trace.name, float(trace.y[0])) for trace in drawn.data if trace.showlegend is not False]
        [('forecast ± std', 5.0), ('12 of 30 runs', 1.0), ('mean of 30 runs', 1.0), ('forecast mean', 4.0)]
    """
    figure = strokes.blank()
    places, x, axis = strokes.steps(t, True)
    mean, std, runs = mean[places], std[places], runs[places]
    shown, average = runs[:, style.thin(runs.shape[1], noise.FEW)], runs.mean(1)
    logarithmic, count = bool((mean > 0).all()) and bool((average > 0).all()), runs.shape[1]
    ends = strokes.span(torch.cat([mean, average, shown.flatten()]))
    low = (mean - std).clamp(min=ends[0] / 10) if logarithmic else mean - std
    strokes.line(figure, x, low, "forecast − std", style.FORECAST, 1.0).update(showlegend=False)
    strokes.line(figure, x, mean + std, "forecast ± std", style.FORECAST, 1.0)
    figure.data[1].update(fill="tonexty", fillcolor=strokes.FAINT)
    name = f"{shown.shape[1]} of {count} runs" if shown.shape[1] < count else f"{count} single runs"
    singles = strokes.positive(shown) if logarithmic else shown
    strokes.sheaf(figure, x, singles, name, style.SKY).update(opacity=0.45)
    strokes.line(figure, x, average, f"mean of {count} runs", style.RUN)
    strokes.line(figure, x, mean, "forecast mean", style.FORECAST, 4.0, "dash")
    figure.update_traces(hovertemplate="step + 1 = %{x:.5g}: %{y:.4g}")
    y = (
        strokes.power_axis(title, torch.tensor(ends)) | {"range": strokes.logs(ends)}
        if logarithmic
        else {"title": {"text": title}}
    )
    return figure.update_layout(xaxis=axis, yaxis=y)


def some_modes(count: int) -> Int[Tensor, " k"]:
    """Which of so many modes are shown: eight at most, more of the strong ones.

    Example:
        >>> some_modes(40), some_modes(3)
        (tensor([ 0,  1,  2,  4,  7, 13, 23, 39]), tensor([0, 1, 2]))
    """
    return torch.logspace(0, math.log10(count), strokes.SHOWN).round().long().unique() - 1


def output_modes(
    t: Int[Tensor, " t"],
    measured: Float[Tensor, "t r"],
    forecast_t: Int[Tensor, " k"],
    predicted: Float[Tensor, "k r"],
    sigma: Float[Tensor, " r"],
) -> go.Figure:
    """What an output layer still lacks along its modes over the steps: run and forecast of eight, more of the strong ones.

    Args:
        t: Numbers of steps of the run, ascending.
        measured: What is lacking along each mode then, of either sign, in units of the output.
        forecast_t: Numbers of steps of the forecast.
        predicted: What it says of that.
        sigma: The singular values of the modes, which name them.

    Returns:
        The figure: the forecasts, wide and dashed, and the runs. What is below 1e-10 of the largest start is rounding: a gap.

    Example:
        >>> t, left = torch.tensor([0, 9]), torch.tensor([[-4.0], [1e-12]])
        >>> drawn = output_modes(t, left, t, left, torch.tensor([2.0]))
        >>> drawn.data[1].name, drawn.data[1].y
        ('σ = 2', array([ 4., nan]))
    """
    shown = some_modes(len(sigma))
    floor = ROUNDING * max(float(each[0].abs().max()) for each in (measured, predicted))
    seen = [torch.where(each.abs() > floor, each, 0.0)[:, shown] for each in (measured, predicted)]
    names = [f"σ = {said(each)}" for each in sigma[shown].tolist()]
    figure = modes.mode_errors(t, seen[0], forecast_t, seen[1], names)
    figure.update_traces(
        line_width=2, selector={"line_dash": "solid"}
    )  # Flat lines would hide what is dashed beneath them.
    return figure.update_layout(yaxis_title_text="|output still lacking|")


def foreseen_error(
    t: Int[Tensor, " t"], foreseen: Float[Tensor, " t"], measured: Float[Tensor, " t"], title: str
) -> go.Figure:
    """An error over the steps of one run, with its forecast wide and dashed behind it, and a dot where the run's is least.

    Args:
        t: Numbers of steps, ascending from 0.
        foreseen: The forecast, positive; what is not finite, or above a thousand million times the first, is left out.
        measured: The run, likewise.
        title: What it is, with its unit.

    Returns:
        The figure: forecast, run, least, which is left out at the start. The error has a logarithmic axis where it reaches
        over more than three powers of ten.

    Example:
        >>> t, one = torch.tensor([0, 9, 99]), torch.ones(3)
        >>> drawn = foreseen_error(t, one, torch.tensor([3.0, 1.0, 2e4]), "error")
        >>> drawn.data[2].name, drawn.layout.yaxis.type
        ('least after 9 steps', 'log')
    """
    figure, (places, x, axis) = strokes.blank(), strokes.steps(t, True)
    foreseen, measured = (torch.where(each < FAR * foreseen[0], each, torch.nan) for each in (foreseen, measured))
    strokes.forecast(figure, x, foreseen[places])
    strokes.line(figure, x, measured[places], "run", style.RUN, 2.5)
    least = int(measured.nan_to_num(math.inf).argmin())
    if least:
        name, marker = f"least after {counted(int(t[least]), 'step')}", {"color": style.RUN, "size": 11}
        dot = style.numbers(t[[least]] + 1), style.numbers(measured[[least]])
        figure.add_scatter(x=dot[0], y=dot[1], mode="markers", name=name, marker=marker)
    figure.update_traces(hovertemplate="step + 1 = %{x:.5g}: %{y:.4g}")
    values = torch.cat([foreseen, measured])
    sizes, ends = strokes.positive(values), strokes.span(values)
    wide = bool(sizes.nan_to_num(0.0).max() > WIDE * sizes.nan_to_num(math.inf).min())
    plain = {"title": {"text": title}, "rangemode": "tozero", "exponentformat": "power"}
    far = strokes.power_axis(title, torch.tensor(ends)) | {"range": strokes.logs(ends)}
    return figure.update_layout(xaxis=axis, yaxis=far if wide else plain)


def _scene(figure: go.Figure, x: Tensor, truth: Tensor, points: tuple[Tensor, Tensor], now: list[dict]) -> None:
    """The two upper panels: points, truth, the network's function and its elbows; a bar at each of these."""
    grey, dots = {"color": style.GREY, "size": 5, "opacity": 0.55}, {"color": style.RUN, "size": 7}
    a, b = (style.numbers(values) for values in points)
    figure.add_scatter(x=a, y=b, mode="markers", name="training points", marker=grey)
    colour, dash = style.look("true")
    strokes.line(figure, x, truth, "truth", colour, 2.5, dash)
    strokes.line(figure, x, truth, "network", style.RUN).update(now[0])
    figure.update_traces(hovertemplate="x = %{x:.4g}: %{y:.4g}")
    figure.add_scatter(**now[1], mode="markers", name="elbows", marker=dots | {"line": {"color": "white", "width": 1}})
    figure.data[-1].hovertemplate = "elbow %{x:.4g}"
    figure.add_bar(
        **now[2], name="change of slope", width=0.004 * float(x[-1] - x[0]), marker={"color": style.RUN, "line": {"width": 0}},
        xaxis="x2", yaxis="y2", showlegend=False, hovertemplate="elbow %{x:.4g}: slope grows by %{y:.4g}<extra></extra>",
    )  # fmt: skip


def _moment(
    x: Tensor, output: Tensor, bends: tuple[Tensor, Tensor], errors: tuple[Tensor, ...], ends: tuple[float, float]
) -> list[dict]:
    """What changes from moment to moment, in as few bytes as can be seen: function, elbows, bars and mark."""
    inside = (bends[0] >= x[0]) & (bends[0] <= x[-1])
    places, changes = (style.numbers(values[inside]).astype("float32") for values in bends)
    y = style.numbers(torch.where(output.isfinite(), output, torch.nan)).astype("float32")
    on_curve = np.interp(places, style.numbers(x), y).astype("float32")
    at, train, test = (float(value) for value in errors)
    mark = {
        "x": [at] * 4,
        "y": [ends[0], *(value if 0 < value < math.inf else None for value in (train, test)), ends[1]],
    }
    return [{"y": y}, {"x": places, "y": on_curve}, {"x": places, "y": changes}, mark]


def _frames(figure: go.Figure, labels: list[str], moments: list[list[dict]]) -> list[go.Frame]:
    """What changes in a figure from moment to moment, as plotly takes it."""
    kinds = [figure.data[place].type for place in CHANGING]
    return [
        go.Frame(name=label, traces=CHANGING, data=[{"type": k, **new} for k, new in zip(kinds, moment, strict=True)])
        for label, moment in zip(labels, moments, strict=True)
    ]


def _mark(figure: go.Figure, place: dict) -> None:
    """The moment in the lowest panel: a vertical line, and a dot on either error."""
    none, line = "rgba(0,0,0,0)", {"color": style.INK, "width": 1.5}
    dots = {"color": [none, style.RUN, style.VERMILION, none], "size": 10, "opacity": 1}
    figure.add_scatter(**place, mode="lines+markers", name="now", marker=dots, line=line, showlegend=False)
    figure.data[-1].update(xaxis="x3", yaxis="y3")
    figure.update_traces(hovertemplate="%{x:.4g}: %{y:.4g}", selector={"xaxis": "x3"})


def _axes(
    figure: go.Figure, x: Tensor, heights: tuple[Tensor, Tensor, Tensor], bends: list[tuple[Tensor, Tensor]],
    along: tuple[Tensor, str], ends: tuple[float, float],
) -> None:  # fmt: skip
    """Axes that stay as they are whatever the moment."""
    y, truth, outputs = heights
    sure = torch.cat([y, truth, outputs[-1]])
    sure, others = sure[sure.isfinite()], outputs[outputs.isfinite()].flatten()
    low, high = float(sure.min()), float(sure.max())
    room = ROOM * ((high - low) or 1.0)
    low, high = max(low - room, min(low, float(others.min()))), min(high + room, max(high, float(others.max())))
    edge, span = 0.05 * (high - low), [float(x[0]), float(x[-1])]
    steepest = torch.stack([change.abs().max() if len(change) else change.new_zeros(()) for _, change in bends])
    most = 1.1 * float(steepest[steepest.isfinite()].quantile(0.9)) or 1.0
    letters = {"size": 12}
    figure.update_layout(
        xaxis={"range": span, "anchor": "y", "matches": "x2", "showticklabels": False, "ticks": ""},
        yaxis={"range": [low - edge, high + edge], "domain": [0.49, 1], "title": {"text": "f(x)"}, "tickfont": letters},
        xaxis2={"range": span, "anchor": "y2", "title": {"text": "x", "standoff": 2}, "tickfont": letters},
        yaxis2={"range": [-most, most], "domain": [0.33, 0.46], "title": {"text": "change<br>of slope"}, "nticks": 4,
                "tickfont": letters, "zeroline": True, "zerolinecolor": style.GRID},
        xaxis3=strokes.power_axis(along[1], along[0]) | {"range": strokes.logs(strokes.span(along[0])), "anchor": "y3"},
        yaxis3=strokes.power_axis("error", torch.tensor(ends)) | {"range": strokes.logs(ends), "domain": [0, 0.22]},
    )  # fmt: skip


def _way(
    figure: go.Figure,
    name: str,
    number: int,
    at: list[float],
    pairs: list[tuple[float, float]],
    ends: tuple[float, float],
) -> None:
    """One way of training: thin lines, filled marks and hollow ones; a triangle where a value is beyond the axis."""
    colour, symbol = (*style.OTHERS[:4], style.ORANGE, style.GREEN)[number % 6], SIGNS[number % len(SIGNS)]
    test, train = (torch.tensor([pair[which] for pair in pairs], dtype=torch.float64) for which in (1, 0))
    inner = ends[0] * 1.1, ends[1] / 1.1
    x, gap = torch.tensor(at, dtype=torch.float64), torch.full((len(at),), torch.nan, dtype=torch.float64)
    both = torch.stack([train.clamp(*inner), test.clamp(*inner), gap], 1).flatten()
    strokes.line(figure, x.repeat_interleave(3), both, name, colour, 1.5).update(showlegend=False, hoverinfo="skip")
    for word, values, hollow in (("test", test, ""), ("train", train, "-open")):
        beyond = ["triangle-down" if e < inner[0] else "triangle-up" if e > inner[1] else "" for e in values.tolist()]
        line, signs = {"width": 2 if hollow else 0}, [(sign or symbol) + hollow for sign in beyond]
        figure.add_scatter(
            x=style.numbers(x), y=style.numbers(values.clamp(*inner)), mode="markers+text", name=name, showlegend=not hollow,
            text=[said(e, 4) * bool(sign) for e, sign in zip(values.tolist(), beyond, strict=True)], cliponaxis=False,
            textposition="middle right", textfont={"size": 12}, customdata=style.numbers(values),
            marker={"color": colour, "symbol": signs, "size": 11, "line": line},
            hovertemplate=f"{word} error %{{customdata:.4g}}",
        )  # fmt: skip
