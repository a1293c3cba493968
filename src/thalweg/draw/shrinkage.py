"""What a ridge penalty does, in figures: filter factors, errors and norms over its strength, and the pull of a prior.

Nothing is solved here; what comes is drawn. The coefficients over the strength stand in `coefficients`, modes in `modes`.
"""

import math
from collections.abc import Mapping
from types import MappingProxyType

import plotly.graph_objects as go
import torch
from jaxtyping import Float
from torch import Tensor

from thalweg.draw import strokes, style
from thalweg.draw.coefficients import STRENGTH
from thalweg.draw.wording import said

EXACT = -17.0  # Where numbers that agree exactly stand among the powers of ten.


def errors_over_strength(
    lam: Float[Tensor, " b"],
    train: Float[Tensor, " b"],
    test: Float[Tensor, " b"],
    marks: dict[str, float],
    y_title: str,
    x_title: str,
) -> go.Figure:
    """The error on the points that were learned from and on points held out, over the ridge strength.

    Args:
        lam: Strengths, ascending, positive.
        train: Error on the points learned from.
        test: Error on the points held out.
        marks: Strengths to mark, by name.
        y_title: What the error is, with its unit; over a factor of 50 the axis is logarithmic.
        x_title: What the strength is.

    Returns:
        The figure: both errors, the least held-out error as a dot, one line a mark.

    Example:
        >>> lam = torch.tensor([1.0, 2.0, 4.0])
        >>> drawn = errors_over_strength(lam, lam, (lam - 2).square() + 1, {}, "error", "strength")
        >>> drawn.data[2].name, drawn.data[2].x
        ('least at 2', (2.0,))
    """
    figure = strokes.blank()
    places = style.thin(len(lam), strokes.POINTS)
    strokes.line(figure, lam[places], train[places], "training", style.SKY)
    strokes.line(figure, lam[places], test[places], "held out", style.BLUE, 4.0)
    least = int(torch.where(test.isfinite(), test, torch.inf).argmin())
    x, y = float(lam[least]), float(test[least])
    dot = {"color": style.BLUE, "size": 13, "line": {"color": "#FFFFFF", "width": 2}}
    figure.add_scatter(x=[x], y=[y], mode="markers", name=f"least at {said(x, 2)}", marker=dot)
    figure.update_traces(hovertemplate="%{x:.3g}: %{y:.4g}")
    both = torch.cat([train, test])
    both = both[both.isfinite()]
    wide = float(both.min()) > 0 and float(both.max()) > 50 * float(both.min())
    style.upright(figure, marks, (float(both.min()), float(both.max())), "")
    y_axis = strokes.power_axis(y_title, both) if wide else {"title": {"text": y_title}}
    return figure.update_layout(xaxis=strokes.power_axis(x_title, lam), yaxis=y_axis)


def filter_curves(
    sigma: Float[Tensor, " k"],
    curves: dict[str, Float[Tensor, " k"]],
    points: dict[str, tuple[Float[Tensor, " _"], Float[Tensor, " _"]]] | None,
    marks: dict[str, float],
    colours: Mapping[str, str] = MappingProxyType({}),
) -> go.Figure:
    """How much of a mode is kept, over its singular value: ridge, early stopping, truncation side by side.

    Args:
        sigma: Singular values, ascending, positive.
        curves: Filter factors by the name of the method.
        points: Factors that were found at single singular values; under a curve's name they take its colour.
        marks: Singular values to mark, by name.
        colours: The colours of some names; the others take turns.

    Returns:
        The figure: curves, points, one line a mark.

    Example:
        >>> sigma = torch.tensor([1.0, 2.0])
        >>> drawn = filter_curves(sigma, {"ridge": sigma / 2}, {"ridge": (sigma, sigma / 2)}, {})
        >>> [(trace.name, trace.mode) for trace in drawn.data]
        [('ridge', 'lines'), ('ridge', 'markers')]
    """
    figure = strokes.blank()
    places = style.thin(len(sigma), 2 * strokes.POINTS)
    keys = list(dict.fromkeys([*curves, *(points or {})]))
    colours = {name: colours.get(name, style.look(name, number)[0]) for number, name in enumerate(keys)}
    for name, phi in curves.items():
        strokes.line(figure, sigma[places], phi[places], name, colours[name])
    for name, (at, phi) in (points or {}).items():
        dots = {"color": colours[name], "size": 9, "line": {"color": "#FFFFFF", "width": 1}}
        x, y = style.numbers(at), style.numbers(phi)
        figure.add_scatter(x=x, y=y, mode="markers", name=name, marker=dots, showlegend=name not in curves)
    figure.update_traces(hovertemplate="σ = %{x:.3g}: kept %{y:.4f}")
    style.upright(figure, marks, (0.0, 1.0), "", len(keys))
    y_axis = {"title": {"text": "kept, φ"}, "range": [-0.03, 1.05]}
    return figure.update_layout(xaxis=strokes.power_axis("singular value σ", sigma), yaxis=y_axis)


def agreement(names: list[str], distance: Float[Tensor, "p p"]) -> go.Figure:
    """How far several ways to one answer are from each other: the power of ten of the relative distance.

    Args:
        names: What the ways are called.
        distance: Relative distances, non-negative, one row and one column a way.

    Returns:
        The figure: one cell a pair with the power of ten in it, `exact` where the answers are the same bit by bit.

    Raises:
        ValueError: If there are not as many names as ways.

    Example:
        >>> agreement(["svd", "qr"], torch.tensor([[0.0, 2e-16], [2e-16, 0.0]])).data[0].text
        (['exact', '-16'], ['-16', 'exact'])
    """
    if len(names) != len(distance):
        raise ValueError(f"agreement: need a name for each way, got {len(names)} names for {len(distance)}")
    power = torch.where(distance == 0, EXACT, distance.log10()).nan_to_num(0.0)
    text = [["exact" if d == 0 else f"{math.log10(d):.0f}".replace("-0", "0") if math.isfinite(d) else "none" for d in row]
            for row in distance.tolist()]  # fmt: skip
    figure = strokes.blank(160 + 44 * len(names))
    figure.add_heatmap(
        x=names, y=names, z=style.numbers(power), text=text, texttemplate="%{text}", zmin=EXACT, zmax=0.0, xgap=2,
        ygap=2, colorscale=style.DIVERGING, showscale=False, textfont={"size": 12 if len(names) < 8 else 10},
        hovertemplate="%{y} and %{x}: %{text}<extra></extra>",
    )  # fmt: skip
    x_axis = {"title": {"text": "log<sub>10</sub> of the relative distance"}, "showgrid": False, "tickangle": -40}
    return figure.update_layout(xaxis=x_axis, yaxis={"autorange": "reversed", "showgrid": False})


def fits(
    x: Float[Tensor, " n"],
    y: Float[Tensor, " n"],
    grid: Float[Tensor, " k"],
    curves: dict[str, Float[Tensor, " k"]],
    held_x: Float[Tensor, " m"],
    held_y: Float[Tensor, " m"],
) -> go.Figure:
    """Points and the curves that were fitted to them with several strengths.

    Args:
        x: Where the points stand that were learned from.
        y: Their targets.
        grid: Where the curves are known, ascending.
        curves: Fitted values by name.
        held_x: Where the points stand that were held out; there may be none.
        held_y: Their targets.

    Returns:
        The figure: curves, points learned from, points held out if any. The window is that of the points; a curve that
        swings out farther leaves it.

    Example:
        >>> x, none = torch.tensor([0.0, 1.0]), torch.zeros(0)
        >>> [trace.name for trace in fits(x, x, x, {"λ = 0": x}, none, none).data]
        ['λ = 0', 'training']
    """
    figure = strokes.blank()
    places = style.thin(len(grid), strokes.POINTS)
    looks = style.OTHERS if len(curves) <= len(style.OTHERS) else strokes.shades(len(curves))
    for colour, (name, curve) in zip(looks, curves.items(), strict=False):
        strokes.line(figure, grid[places], curve[places], name, colour, 2.5)
    for name, across, up, symbol in (("training", x, y, "circle"), ("held out", held_x, held_y, "circle-open")):
        if len(across):
            dots = {"color": style.INK, "size": 8, "symbol": symbol, "opacity": 0.9}
            at = {"x": style.numbers(across), "y": style.numbers(up)}
            figure.add_scatter(**at, mode="markers", name=name, marker=dots)
    figure.update_traces(hovertemplate="x = %{x:.4g}: %{y:.4g}")
    both = torch.cat([y, held_y])
    room = 0.25 * float(both.max() - both.min()) or 1.0
    y_axis = {"title": {"text": "y"}, "range": [float(both.min()) - room, float(both.max()) + room]}
    return figure.update_layout(xaxis={"title": {"text": "x"}}, yaxis=y_axis)


def shrinking(
    lam: Float[Tensor, " b"],
    w: Float[Tensor, "b d"],
    norm: Float[Tensor, " b"],
    names: list[str],
    limits: dict[str, float],
) -> go.Figure:
    """The norm of the weights falls as the strength grows; a single weight need not.

    Args:
        lam: Strengths, ascending, positive.
        w: The weights, one row a strength.
        norm: Their norm.
        names: What the weights are called.
        limits: Levels to mark, by name.

    Returns:
        The figure: the size of every weight, thin, and that one in colour which grows most on its way, if any does;
        then the norm and the limits.

    Example:
        >>> w = torch.tensor([[2.0, 0.5], [1.0, 0.75]])
        >>> drawn = shrinking(torch.tensor([1.0, 2.0]), w, w.norm(dim=1), ["a", "b"], {})
        >>> [trace.name for trace in drawn.data]
        ['single weight', '|b| grows', 'norm of w']
    """
    figure = strokes.blank()
    places = style.thin(len(lam), strokes.POINTS)
    x, size, grown = lam[places], w[places].abs(), _grown(w.abs())
    grower = int(grown.argmax()) if grown.max() > 0 else None
    others = [i for i in range(len(names)) if i != grower]
    for i in others:
        drawn = strokes.line(figure, x, size[:, i], "single weight", style.GREY, 1.3)
        drawn.update(opacity=0.8, showlegend=i == others[0], hovertemplate=f"|{names[i]}| = %{{y:.4g}}<extra></extra>")
    if grower is not None:
        strokes.line(figure, x, size[:, grower], f"|{names[grower]}| grows", style.VERMILION, 3.0)
    strokes.line(figure, x, norm[places], "norm of w", style.BLUE, 5.0)
    figure.update_traces(hovertemplate="λ = %{x:.3g}: %{y:.4g}", selector=lambda trace: trace.hovertemplate is None)
    strokes.level_lines(figure, limits, x[[0, -1]])
    return figure.update_layout(xaxis=strokes.power_axis(STRENGTH, lam), yaxis_title_text="size")


Quadratic = tuple[Float[Tensor, "2"], Float[Tensor, "2 2"]]


def tug(
    data: Quadratic,
    prior: Quadratic,
    path: Float[Tensor, "k 2"],
    marks: dict[str, tuple[float, float]],
    names: tuple[str, str],
) -> go.Figure:
    r"""Data and prior pull at two weights: contour lines of either, and the solutions as the prior grows heavier.

    Args:
        data: The data's part of the loss, $(w - c)^\top H (w - c)$ but for a constant: its centre c and H, positive definite.
        prior: The prior's part.
        path: Solutions, from those that follow the data to those that follow the prior.
        marks: Points to mark, by name, such as least squares and the prior's centre.
        names: What the two weights are called.

    Returns:
        The figure: contour lines of the data's part and of the prior's, the solutions, the marks.

    Example:
        >>> line, ends = torch.eye(2), {"least squares": (1.0, 0.0), "prior": (0.0, 1.0)}
        >>> drawn = tug((line[0], torch.eye(2)), (line[1], torch.eye(2)), line, ends, ("a", "b"))
        >>> [trace.name for trace in drawn.data]
        ['data', 'prior', 'solutions', 'least squares', 'prior']
    """
    figure = strokes.blank(540)
    corners = torch.cat([path, torch.tensor([*marks.values()], dtype=path.dtype).reshape(-1, 2)])
    strokes.window(figure, corners, names, [])
    strokes.ellipses(figure, *data, "data", style.BLUE)
    strokes.ellipses(figure, *prior, "prior", style.VERMILION)
    kept = path[style.thin(len(path), strokes.POINTS)]
    strokes.line(figure, kept[:, 0], kept[:, 1], "solutions", style.GREEN, 4.0)
    strokes.points_marked(figure, marks, 1)
    return figure


def _grown(size: Tensor) -> Tensor:
    """How far each weight grows at most above what it was before, one row a strength."""
    return (size - size.cummin(0).values).amax(0)
