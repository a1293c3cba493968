"""The colour organ in pictures: gains, what the class draws, crossings and Bode lines.

Lamps are in `lamps`, pictures of a descent over its steps in `course`, of the loss in `landscape`, of how descents end in
`outcomes`; they are named here too. Nothing is computed but what the eye needs: thinned lines, histograms, the density of a
normal distribution.
"""

import math

import plotly.graph_objects as go
import torch
from jaxtyping import Bool, Float
from plotly.colors import sample_colorscale
from torch import Tensor

from thalweg.draw import style
from thalweg.draw.course import gradient_over_steps, parameters_over_steps, tug_of_war
from thalweg.draw.lamps import FILTERS, filled, lamp_bars, rectangles
from thalweg.draw.landscape import loss_curve, loss_surface
from thalweg.draw.outcomes import outcome_map
from thalweg.draw.wording import said

__all__ = [
    "bode", "crossing", "cutoff_line", "gain_learned", "gradient_over_steps", "lamp_bars", "loss_curve", "loss_surface",
    "outcome_map", "parameters_over_steps", "scatter", "tug_of_war",
]  # fmt: skip

ON = 1 / math.sqrt(2)
POINTS = 300  # Points that a drawn line keeps.


def gain_learned(
    hz: Float[Tensor, " n"],
    desired: Float[Tensor, " n"],
    snapshots: list[tuple[int, Float[Tensor, " n"]]],
    lamps_on: Bool[Tensor, " n"] | None = None,
    unit: str = "step",
    kind: str = "low",
) -> go.Figure:
    r"""The transfer function as it is learned: snapshots from light to dark, the last one bold.

    Args:
        hz: Frequencies, ascending.
        desired: The gain that is wanted.
        snapshots: Numbers of steps (or ohm, or whatever the unit says) with the gains then, in order.
        lamps_on: Where the lamp should be on; a band in the lamp's colour then shows it along the axis.
        unit: What the snapshots' numbers count: `step`, or the unit of a part that is turned.
        kind: Which filter it is: low, band or high.

    Returns:
        The figure: one line a snapshot, after the desired one.

    Example:
        >>> hz, flat = torch.tensor([1.0, 10.0]), torch.ones(2)
        >>> [trace.name for trace in gain_learned(hz, flat, [(0, flat / 2), (7, flat)]).data][:3]
        ['step 0', 'step 7', 'desired']
    """
    figure = style.plain()
    keep = style.thin(len(hz), POINTS)
    x = style.numbers(hz[keep])
    last = len(snapshots) - 1
    shades = sample_colorscale("Viridis_r", [0.15 + 0.5 * i / max(1, last) for i in range(last + 1)])
    for number, (step, gain) in enumerate(snapshots):
        line = {"color": style.RUN, "width": 4} if number == last else {"color": shades[number], "width": 2}
        figure.add_scatter(x=x, y=style.numbers(gain[keep]), mode="lines", name=_label(step, unit), line=line)
    line = {"color": style.DESIRED, "dash": "dot", "width": 3}
    figure.add_scatter(x=x, y=style.numbers(desired[keep]), mode="lines", name="desired", line=line)
    figure.update_traces(hovertemplate="%{x:.4s}Hz, gain %{y:.4f}")
    _boundary(figure, [float(hz[0]), float(hz[-1])], [ON, ON])
    if lamps_on is not None:
        bars = rectangles(hz, lamps_on, -0.05, -0.015)
        figure.add_scatter(**bars, name="lamp should be on", hoverinfo="name", **filled(FILTERS[kind]))
    figure.update_layout(xaxis=style.log_axis("frequency (Hz)", hz), yaxis={"title": {"text": "gain"}})
    return figure


def cutoff_line(ohm: Float[Tensor, " n"], cutoffs_hz: Float[Tensor, " n"], mark: tuple[float, float]) -> go.Figure:
    """The cut-off frequency over the resistor, and the one that is wanted.

    Args:
        ohm: Resistances, ascending, positive.
        cutoffs_hz: The cut-offs there.
        mark: The wanted resistor and its cut-off.

    Returns:
        The figure: the line, then the wanted point with its projections on the axes.

    Example:
        >>> R = torch.tensor([1.0, 10.0])
        >>> [trace.name for trace in cutoff_line(R, 10 / R, (2.0, 5.0)).data]
        ['cut-off', 'desired: 2 ohm, 5 Hz']
    """
    figure = style.plain()
    line = {"color": style.RUN, "width": 3}
    figure.add_scatter(x=style.numbers(ohm), y=style.numbers(cutoffs_hz), mode="lines", name="cut-off", line=line)
    name = f"desired: {said(mark[0], 4)} ohm, {said(mark[1], 4)} Hz"
    x, y = [float(ohm[0]), mark[0], mark[0]], [mark[1], mark[1], float(cutoffs_hz.min())]
    looks = {"line": {"color": style.DESIRED, "dash": "dot", "width": 2.5}, "marker": {"size": [0, 14, 0]}}
    figure.add_scatter(x=x, y=y, mode="lines+markers", name=name, **looks)
    figure.update_traces(hovertemplate="%{x:.5g} ohm, %{y:.5g} Hz")
    axes = {
        "xaxis": style.log_axis("resistance (ohm)", ohm),
        "yaxis": style.log_axis("cut-off frequency (Hz)", cutoffs_hz),
    }
    figure.update_layout(**axes)
    return figure


def scatter(
    samples: Float[Tensor, " m"], predicted_mean: float, predicted_std: float, marks: dict[str, float], unit: str
) -> go.Figure:
    r"""What many draws of the class learned, as a density, under the normal density that theory predicts.

    Args:
        samples: The learned values, one a draw, at least two.
        predicted_mean: The mean $\mu$ that theory predicts.
        predicted_std: The standard deviation $\sigma$ that it predicts, positive.
        marks: Values to mark, by name.
        unit: The unit of the values.

    Returns:
        The figure: bars whose area is 1, the predicted density, one line a mark.

    Raises:
        ValueError: If there are fewer than two samples or the standard deviation is not positive.

    Example:
        >>> drawn = scatter(torch.tensor([1.0, 2.0, 3.0]), 2.0, 1.0, {}, "ohm")
        >>> bars = drawn.data[0]
        >>> round(float(sum(bars.y * bars.width)), 12)
        1.0
    """
    if len(samples) < 2 or not predicted_std > 0:
        raise ValueError(f"scatter: need two samples and a positive std, got {len(samples)} and {predicted_std:g}")
    figure = style.plain()
    low = min(float(samples.min()), predicted_mean - 3.5 * predicted_std)
    high = max(float(samples.max()), predicted_mean + 3.5 * predicted_std)
    bins = round(min(60, max(12, 2 * math.sqrt(len(samples)))))
    height, edges = torch.histogram(samples.detach().cpu(), bins, range=(low, high), density=True)
    middle, width = (edges[1:] + edges[:-1]) / 2, edges.diff()
    figure.add_bar(
        x=style.numbers(middle), y=style.numbers(height), width=style.numbers(width), name=f"{len(samples)} draws",
        marker={"color": style.RUN, "opacity": 0.6}, hovertemplate="%{x:.4g}: density %{y:.4g}",
    )  # fmt: skip
    x = torch.linspace(low, high, POINTS, dtype=torch.float64)
    density = (-((x - predicted_mean) / predicted_std).square() / 2).exp() / (predicted_std * math.sqrt(2 * math.pi))
    name = f"predicted: {said(predicted_mean, 4)} ± {said(predicted_std, 4)} {unit}"
    line = {"color": style.FORECAST, "width": 4}
    figure.add_scatter(x=style.numbers(x), y=style.numbers(density), mode="lines", name=name, line=line)
    style.upright(figure, marks, (0.0, 1.08 * max(float(height.max()), float(density.max()))), unit)
    titles = {"xaxis": {"title": {"text": f"learned ({unit})"}}, "yaxis": {"title": {"text": f"density (per {unit})"}}}
    figure.update_layout(**titles, bargap=0)
    return figure


def crossing(
    gains: Float[Tensor, " m"], curves: dict[str, Float[Tensor, " m"]], crossings: dict[str, float]
) -> go.Figure:
    r"""Where the pulls of on and off lamps balance, for one loss or several.

    Each curve is $\ell(h,1) - \ell(h,0) - (\ell(1,1) - \ell(0,0))$ over its largest absolute value; descent puts the
    boundary between on and off at the gain h where it is zero.

    Args:
        gains: The gains h, ascending, between 0 and 1.
        curves: The curves by the name of their loss, of any size; what is not finite is left out.
        crossings: The gain at which each is zero; not every curve needs one.

    Returns:
        The figure: one line a loss, its zero, and the gain at which lamps go on.

    Example:
        >>> h = torch.tensor([0.0, 0.5, 1.0])
        >>> drawn = crossing(h, {"squared": 2 * (1 - 2 * h)}, {"squared": 0.5})
        >>> drawn.data[0].y, drawn.data[1].x
        (array([ 1.,  0., -1.]), (0.5,))
    """
    figure = style.plain()
    for number, (name, curve) in enumerate(curves.items()):
        colour = style.OTHERS[number % len(style.OTHERS)]
        dash = ("solid", "dash", "dot", "dashdot")[number % 4]
        finite = curve.isfinite()
        h, y = gains[finite], curve[finite]
        keep = style.thin(len(h), POINTS)
        y = (y / y.abs().max().clamp(min=1e-300))[keep]
        line = {"color": colour, "dash": dash, "width": 3}
        label = f"{name}: h = {crossings[name]:.4f}" if name in crossings else name
        figure.add_scatter(x=style.numbers(h[keep]), y=style.numbers(y), mode="lines", name=label, line=line)
        if name in crossings:
            dot = {"color": colour, "size": 13, "line": {"color": "#FFFFFF", "width": 2}}
            figure.add_scatter(x=[crossings[name]], y=[0.0], mode="markers", name=label, marker=dot, showlegend=False)
    figure.add_hline(y=0, line={"color": style.INK, "width": 1})
    figure.update_traces(hovertemplate="h = %{x:.4f}, %{y:.3f}")
    _boundary(figure, [ON, ON], [-1.0, 1.0])
    title = "ℓ(h,1) − ℓ(h,0) less its balance,<br>over its largest"
    figure.update_layout(xaxis={"title": {"text": "gain h at the boundary"}}, yaxis={"title": {"text": title}})
    return figure


def bode(
    hz: Float[Tensor, " n"],
    db: Float[Tensor, " n"],
    lines: dict[str, Float[Tensor, " n"]],
    cutoffs_hz: dict[str, float],
) -> go.Figure:
    """The gain in decibels and the straight Bode lines that were fitted to it.

    Args:
        hz: Frequencies, ascending, positive.
        db: The true gain.
        lines: Bode lines by name.
        cutoffs_hz: Cut-offs to mark, by name.

    Returns:
        The figure: the gain, the lines, one vertical line a cut-off.

    Example:
        >>> hz, db = torch.tensor([1.0, 10.0]), torch.tensor([0.0, -20.0])
        >>> [trace.name for trace in bode(hz, db, {"learned": db}, {"learned low": 3.0}).data]
        ['gain', 'learned', 'learned low: 3 Hz']
    """
    figure = style.plain()
    keep = style.thin(len(hz), POINTS)
    x = style.numbers(hz[keep])
    grey = {"color": style.GREY, "width": 5}
    figure.add_scatter(x=x, y=style.numbers(db[keep]), mode="lines", name="gain", line=grey)
    for number, (name, line) in enumerate(lines.items()):
        colour, dash = style.look(name, number)
        drawn = {"color": colour, "dash": dash, "width": 3}
        figure.add_scatter(x=x, y=style.numbers(line[keep]), mode="lines", name=name, line=drawn)
    figure.update_traces(hovertemplate="%{x:.4s}Hz, %{y:.2f} dB")
    style.upright(figure, cutoffs_hz, (float(db.min()), 3.0), "Hz", len(lines))
    figure.update_layout(xaxis=style.log_axis("frequency (Hz)", hz), yaxis={"title": {"text": "gain (dB)"}})
    return figure


def _label(number: int, unit: str) -> str:
    """A snapshot's name in the legend: `step 1 000` or `200 ohm`."""
    text = f"{number:,}".replace(",", " ")
    return f"step {text}" if unit == "step" else f"{text} {unit}"


def _boundary(figure: go.Figure, x: list[float], y: list[float]) -> None:
    """A line at the gain above which a lamp is on."""
    line = {"color": style.BOUNDARY, "dash": "dash", "width": 2}
    figure.add_scatter(x=x, y=y, mode="lines", name="lamp on above 1/√2", line=line, hoverinfo="name")
