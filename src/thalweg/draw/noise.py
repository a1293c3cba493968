"""Noise in figures: a weight over many noisy runs, its mean and spread over the steps, and three kinds of stability.

Nothing is simulated or forecast here; what comes is drawn.
"""

import math

import plotly.graph_objects as go
import torch
from jaxtyping import Float, Real
from torch import Tensor

from thalweg.draw import strokes, style
from thalweg.draw.wording import said

FAR = 8.0  # What is farther out than this many spreads is counted, not drawn.
FEW = 12  # As many single runs are drawn.


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
    figure, height, width = strokes.blank(), count / (len(values) * edges.diff()), edges.diff()
    figure.add_bar(
        x=style.numbers((edges[1:] + edges[:-1]) / 2), y=style.numbers(height), width=style.numbers(width),
        name=f"{len(values)} runs", marker={"color": style.RUN, "opacity": 0.6},
    )  # fmt: skip
    x = torch.linspace(low, high, strokes.POINTS, dtype=torch.float64)
    density = (-((x - centre) / spread).square() / 2).exp() / (spread * math.sqrt(2 * math.pi))
    strokes.line(figure, x, density, f"forecast: {said(centre)} ± {said(spread, 2)}", style.FORECAST, 4.0)
    figure.update_traces(hovertemplate="%{x:.4g}: density %{y:.4g}")
    style.upright(figure, marks, (0.0, 1.08 * max(float(height.max()), float(density.max()))), "")
    if len(near) < len(values):
        _note(figure, f"{len(values) - len(near)} of {len(values)}<br>beyond<br>{FAR:g} spreads")
    return figure.update_layout(xaxis_title_text=x_title, yaxis_title_text="density", bargap=0)


def middle(values: Float[Tensor, "t b"]) -> Float[Tensor, "2"]:
    """What holds the middle 90 % of many runs at every step, their start included; a little more on either side.

    Example:
        >>> middle(torch.arange(101.0).expand(3, -1))
        tensor([ -4., 104.])
    """
    ends = values.nan_to_num().quantile(torch.tensor([0.05, 0.95]).to(values), dim=1)
    low, high = ends[0].min(), ends[1].max()
    return torch.stack([low - 0.1 * (high - low), high + 0.1 * (high - low)])


def spread_out(values: Float[Tensor, " b"], marks: dict[str, float], x_title: str) -> go.Figure:
    """A weight over many runs where no forecast has a density: the middle of them as bars, the others counted.

    Args:
        values: The weight, one a run, at least ten; what is not finite counts as far out.
        marks: Values to mark, by name.
        x_title: What the weight is called.

    Returns:
        The figure: bars over the middle 90 % of the runs and the marks, one line a mark; a note counts the runs beyond.

    Raises:
        ValueError: If there are fewer than ten values.

    Example:
        >>> drawn = spread_out(torch.cat([torch.arange(99.0), torch.tensor([1e9])]), {}, "w")
        >>> float(sum(drawn.data[0].y)), drawn.layout.annotations[0].text
        (90.0, '10 of 100<br>beyond')
    """
    if len(values) < 10:
        raise ValueError(f"spread_out: need at least ten values, got {len(values)}")
    ends = values.nan_to_num(nan=math.inf).sort().values[[len(values) // 20, -1 - len(values) // 20]]
    low, high = min(float(ends[0]), *marks.values(), math.inf), max(float(ends[1]), *marks.values(), -math.inf)
    near = values[(values >= ends[0]) & (values <= ends[1])].detach().cpu()
    count, edges = torch.histogram(near, round(min(60, max(12, math.sqrt(len(values))))), range=(low, high))
    figure = strokes.blank()
    figure.add_bar(
        x=style.numbers((edges[1:] + edges[:-1]) / 2), y=style.numbers(count), width=style.numbers(edges.diff()),
        name=f"{len(values)} runs", marker={"color": style.RUN, "opacity": 0.6}, hovertemplate="%{x:.4g}: %{y} runs",
    )  # fmt: skip
    style.upright(figure, marks, (0.0, 1.08 * float(count.max())), "")
    _note(figure, f"{len(values) - len(near)} of {len(values)}<br>beyond")
    return figure.update_layout(xaxis_title_text=x_title, yaxis_title_text="runs", bargap=0)


def _note(figure: go.Figure, text: str) -> None:
    """Words in the upper right corner."""
    corner = {"x": 1, "y": 1, "xref": "x domain", "yref": "y domain", "xanchor": "right", "yanchor": "top"}
    figure.add_annotation(text=text, showarrow=False, align="right", font={"size": 12}, **corner)


def moments(
    t: Real[Tensor, " t"],
    mean: Float[Tensor, " t"],
    std: Float[Tensor, " t"],
    measured_mean: Float[Tensor, " t"],
    measured_std: Float[Tensor, " t"],
    levels: dict[str, float],
    y_title: str,
    window: tuple[float, float] | None = None,
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
        window: The part of the upright axis that is shown, where the spread grows out of sight; all if it is not given.

    Returns:
        The figure: lower and upper edge of the band, its mean, the measured three, then the levels.

    Example:
        >>> t, one = torch.arange(2), torch.ones(2)
        >>> drawn = moments(t, 3 * one, one, 3 * one, one, {}, "w")
        >>> [float(trace.y[0]) for trace in drawn.data]
        [2.0, 4.0, 3.0, 2.0, 4.0, 3.0]
    """
    figure = strokes.blank()
    places, x, axis = strokes.steps(t, float(t.max()) > strokes.LONG)
    for word, centre, spread, colour, dash, width in (
        ("forecast", mean[places], std[places], style.FORECAST, "dash", 4.0),
        ("measured", measured_mean[places], measured_std[places], style.RUN, "solid", 2.5),
    ):
        strokes.line(figure, x, centre - spread, f"{word} − std", colour, width / 2, dash).update(showlegend=False)
        strokes.line(figure, x, centre + spread, f"{word} ± std", colour, width / 2, dash)
        strokes.line(figure, x, centre, f"{word} mean", colour, width, dash)
    figure.data[1].update(fill="tonexty", fillcolor=strokes.FAINT)
    figure.update_traces(hovertemplate=f"{axis['title']['text']} %{{x:.5g}}: %{{y:.4g}}")
    strokes.level_lines(figure, levels, x[[0, -1]])
    return figure.update_layout(xaxis=axis, yaxis={"title": {"text": y_title}, "range": window})


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
    figure = strokes.blank()
    places = style.thin(len(lr), strokes.POINTS)
    for number, (name, factor) in enumerate(curves.items()):
        strokes.line(figure, lr[places], factor[places], name, style.look(name, number)[0])
    strokes.line(figure, lr[[0, -1]], torch.ones(2), "1", style.INK, 2.5, "dot").update(showlegend=False)
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
    figure = strokes.blank()
    places, x, axis = strokes.steps(t, False)
    shown, mean = runs[places][:, style.thin(runs.shape[1], FEW)], mean[places]
    if logarithmic:
        shown, mean = strokes.positive(shown.abs()), strokes.positive(mean.abs())
    strokes.sheaf(figure, x, shown, f"{shown.shape[1]} single runs", style.SKY).update(opacity=0.6)
    strokes.line(figure, x, mean, "forecast mean", style.FORECAST, 4.0, "dash")
    figure.update_traces(hovertemplate="step %{x:.5g}: %{y:.4g}")
    strokes.level_lines(figure, levels, x[[0, -1]])
    y = strokes.power_axis(y_title) if logarithmic else {"title": {"text": y_title}}
    return figure.update_layout(xaxis=axis, yaxis=y)
