"""The loss as a landscape: over one resistor as a curve, over two as contours, with the descents on it."""

import plotly.graph_objects as go
from jaxtyping import Float
from torch import Tensor

from thalweg.draw import style

POINTS = 300  # Points that a drawn line keeps.
CELLS = 160  # Cells that a drawn surface keeps on either side.


def loss_curve(
    ohm: Float[Tensor, " m"],
    loss: Float[Tensor, " m"],
    path_ohm: Float[Tensor, " t"],
    path_loss: Float[Tensor, " t"],
    marks: dict[str, float],
) -> go.Figure:
    """The loss over one resistor, the descent as points on it, and vertical marks.

    Args:
        ohm: Resistances, ascending, positive.
        loss: The loss there.
        path_ohm: Where descent was.
        path_loss: The loss there.
        marks: Resistances to mark, by name.

    Returns:
        The figure: the loss, the path, its start, one line a mark.

    Example:
        >>> R = torch.tensor([1.0, 2.0, 3.0])
        >>> [t.name for t in loss_curve(R, (R - 2) ** 2, R[:2], (R[:2] - 2) ** 2, {"desired": 2.0}).data]
        ['loss', 'descent', 'start', 'desired: 2 ohm']
    """
    figure = style.plain()
    keep, moments = style.thin(len(ohm), 2 * POINTS), style.thin(len(path_ohm), POINTS)
    grey = {"color": style.GREY, "width": 3}
    figure.add_scatter(x=style.numbers(ohm[keep]), y=style.numbers(loss[keep]), mode="lines", name="loss", line=grey)
    x, y = style.numbers(path_ohm[moments]), style.numbers(path_loss[moments])
    figure.add_scatter(x=x, y=y, mode="markers", name="descent", marker={"color": style.RUN, "size": 7, "opacity": 0.6})
    start = {"color": style.RUN, "size": 13, "symbol": "diamond"}
    figure.add_scatter(x=x[:1], y=y[:1], mode="markers", name="start", marker=start)
    figure.update_traces(hovertemplate="%{x:.5g} ohm, loss %{y:.4g}")
    style.upright(figure, marks, (float(loss.min()), float(loss.max())), "ohm")
    figure.update_layout(xaxis=style.log_axis("resistance (ohm)", ohm), yaxis={"title": {"text": "loss"}})
    return figure


def loss_surface(
    x_ohm: Float[Tensor, " n"],
    y_ohm: Float[Tensor, " m"],
    loss: Float[Tensor, "m n"],
    paths: dict[str, Float[Tensor, "_ 2"]],
    minimum: tuple[float, float],
    names: tuple[str, str],
) -> go.Figure:
    """Heights of the loss over two resistors, with paths, their starts, and the minimum.

    Args:
        x_ohm: Resistances along x, ascending, positive.
        y_ohm: Resistances along y, likewise.
        loss: The loss, one row for each of `y_ohm`, positive or zero.
        paths: Descents by name, each (x, y) a moment.
        minimum: Where the minimum is.
        names: What the two resistors are called.

    Returns:
        The figure: the contours, then path and start of every descent, then the minimum.

    Example:
        >>> R = torch.tensor([1.0, 2.0, 4.0])
        >>> drawn = loss_surface(R, R, torch.ones(3, 3), {"run": torch.ones(4, 2)}, (2.0, 2.0), ("low", "high"))
        >>> [trace.name for trace in drawn.data]
        ['loss', 'run', 'start', 'minimum']
    """
    figure = style.plain(560)
    columns, rows = style.thin(len(x_ohm), CELLS), style.thin(len(y_ohm), CELLS)
    positive = loss[loss > 0]
    floor = float(positive.min()) if len(positive) else 1.0
    height = loss[rows][:, columns].clamp(min=floor).log10()
    figure.add_contour(
        x=style.numbers(x_ohm[columns]), y=style.numbers(y_ohm[rows]), z=style.numbers(height).astype("float32"),
        name="loss", colorscale="Greys", ncontours=24, line={"width": 0.5, "color": "#FFFFFF"},
        colorbar={"title": {"text": "log<sub>10</sub> loss"}, "thickness": 14},
        hovertemplate="%{x:.4g} ohm, %{y:.4g} ohm<br>log10 loss %{z:.3f}<extra></extra>",
    )  # fmt: skip
    _paths(figure, paths)
    star = {"color": style.YELLOW, "size": 17, "symbol": "star", "line": {"color": "#000000", "width": 1.5}}
    figure.add_scatter(x=[minimum[0]], y=[minimum[1]], mode="markers", name="minimum", marker=star)
    axes = [style.log_axis(f"{name} (ohm)", ohm) for name, ohm in zip(names, (x_ohm, y_ohm), strict=True)]
    figure.update_layout(xaxis=axes[0], yaxis=axes[1])
    return figure


def _paths(figure: go.Figure, paths: dict[str, Tensor]) -> None:
    """Every descent as a line from its start, a diamond."""
    for number, (name, path) in enumerate(paths.items()):
        colour = (style.RUN, *style.OTHERS[1:])[number % len(style.OTHERS)]
        moments = style.thin(len(path), POINTS)
        x, y = style.numbers(path[moments, 0]), style.numbers(path[moments, 1])
        figure.add_scatter(x=x, y=y, mode="lines", name=name, line={"color": colour, "width": 4})
        marker = {"color": colour, "size": 12, "symbol": "diamond", "line": {"color": "#FFFFFF", "width": 1.5}}
        figure.add_scatter(x=x[:1], y=y[:1], mode="markers", name="start", marker=marker, showlegend=number == 0)
