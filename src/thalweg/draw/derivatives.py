"""How far derivatives by differences are from exact ones, in a figure. Nothing is differentiated here; what comes is drawn."""

import plotly.graph_objects as go
import torch
from jaxtyping import Float
from torch import Tensor

from thalweg.draw import strokes, style
from thalweg.draw.wording import said

_COLOURS = (style.BLUE, style.VERMILION, style.PURPLE)


def difference_errors(
    h: Float[Tensor, " k"], measured: dict[str, Float[Tensor, " k"]], predicted: Float[Tensor, " k"], exact: float
) -> go.Figure:
    """Errors of differences over their step, what theory says of the one-sided ones, and what autograd leaves.

    Args:
        h: Steps, ascending, positive.
        measured: The largest error over all entries, by name; 0 leaves a gap.
        predicted: What the one-sided difference is off by.
        exact: How far autograd is from the derived formula; drawn at the least error that the axis can show if it is 0.

    Returns:
        The figure: the predicted line, each measured one over it, and autograd's level.

    Example:
        >>> h = torch.tensor([0.1, 1.0])
        >>> drawn = difference_errors(h, {"one-sided": h}, h, 0.0)
        >>> [trace.name for trace in drawn.data]
        ['predicted: h max |A_kk|', 'one-sided', 'autograd: 0']
    """
    figure = strokes.blank(440)
    strokes.forecast(figure, h, predicted, "predicted: h max |A_kk|")
    for (name, errors), colour in zip(measured.items(), _COLOURS, strict=False):
        strokes.line(figure, h, strokes.positive(errors), name, colour)
    level = torch.full_like(h, max(exact, torch.finfo(h.dtype).eps))
    strokes.line(figure, h, level, f"autograd: {said(exact, 1)}", style.GREEN, 3.0, "dot")
    x_axis, y_axis = strokes.power_axis("step h of the difference", h), strokes.power_axis("largest error of an entry")
    return figure.update_layout(xaxis=x_axis, yaxis=y_axis)
