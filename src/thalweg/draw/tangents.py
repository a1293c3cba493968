"""A function along a line and its tangent, and how far differences are from its slope, in figures. What comes is drawn."""

import plotly.graph_objects as go
import torch
from jaxtyping import Float
from torch import Tensor

from thalweg.draw import strokes, style
from thalweg.draw.wording import said

LOOKS = ((style.BLUE, "circle"), (style.VERMILION, "square"))
NONE = 1e-15  # What is predicted to be smaller is nothing but rounding.
FLOOR = 1e-17  # Errors that are smaller, and 0, stand at the bottom.


def tangent(
    t: Float[Tensor, " b"], g: Float[Tensor, " b"], value: float, slope: float, mark: tuple[float, float]
) -> go.Figure:
    """A function of one number, the tangent at 0 that a derivative predicts, and how far the two are apart at one place.

    Args:
        t: Places, ascending, on both sides of 0.
        g: The values there; NaN leaves a gap.
        value: The value at 0.
        slope: What the derivative says.
        mark: A place, and the value there.

    Returns:
        The figure: the tangent wide and dashed, the function over it, the gap between them at the place, and the point at 0.

    Example:
        >>> t = torch.tensor([-1.0, 0.0, 1.0])
        >>> drawn = tangent(t, t**2 + t, 0.0, 1.0, (0.5, 0.75))
        >>> drawn.data[0].y, drawn.data[2].y
        (array([-1.,  0.,  1.]), (0.5, 0.75))
    """
    figure, (place, there) = strokes.blank(400), mark
    strokes.forecast(figure, t, value + slope * t, "predicted: the tangent")
    strokes.line(figure, t, g, "f along the line", style.RUN)
    gap = {"color": style.PURPLE, "width": 3}
    figure.add_scatter(x=[place, place], y=[value + slope * place, there], mode="lines+markers", name="apart at h",
                       line=gap, marker={"size": 9, "color": style.PURPLE})  # fmt: skip
    figure.add_scatter(x=[0.0], y=[value], mode="markers", name="the point", marker={"size": 11, "color": style.INK})
    known = torch.cat([g[g.isfinite()], g.new_tensor([value, there])])
    low, high = float(known.min()), float(known.max())
    room = 0.12 * (high - low) or 1.0
    figure.update_yaxes({"title": {"text": "f"}, "range": [low - room, high + room], "exponentformat": "power"})
    return figure.update_xaxes({"title": {"text": "t, along the line from the point"}})


def difference_lines(
    h: Float[Tensor, " k"],
    measured: dict[str, Float[Tensor, " k"]],
    predicted: dict[str, Float[Tensor, " k"]],
    chosen: float,
) -> go.Figure:
    """How far differences are from a slope, over their step, and what theory says of it.

    Args:
        h: Steps, ascending, positive.
        measured: The errors by name; 0 stands at the bottom.
        predicted: What theory says, by the same names; rounding alone is left out.
        chosen: A step to be marked.

    Returns:
        The figure: by name the forecast, wide, dashed and half transparent, under what was measured; then the mark.

    Example:
        >>> h = torch.tensor([0.1, 1.0])
        >>> drawn = difference_lines(h, {"central": h**2}, {"central": h**2}, 0.1)
        >>> [trace.name for trace in drawn.data]
        ['predicted: central', 'central', 'h = 0.1']
    """
    figure = strokes.blank(400)
    for (name, errors), (colour, symbol) in zip(measured.items(), LOOKS, strict=False):
        if float(predicted[name].max()) > NONE:
            strokes.forecast(figure, h, predicted[name], f"predicted: {name}", colour)
        drawn = strokes.line(figure, h, errors.clamp(min=FLOOR), name, colour, 2.0)
        drawn.update(mode="lines+markers", marker={"size": 6, "symbol": symbol})
    shown = torch.cat([errors.clamp(min=FLOOR) for errors in measured.values()])
    ends = strokes.span(shown, 2.0)
    style.upright(figure, {"h": chosen}, ends, "")
    figure.data[-1].update(name=f"h = {said(chosen, 4)}", line={"color": style.PURPLE})
    y = strokes.power_axis("distance from the slope", torch.tensor(ends)) | {"range": strokes.logs(ends)}
    return figure.update_layout(xaxis=strokes.power_axis("step h of the difference", h), yaxis=y)
