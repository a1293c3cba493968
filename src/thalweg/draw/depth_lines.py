"""Networks of different depth and weight scale as lines: sizes layer by layer, singular values, single trainings.

A network has one colour, lighter for a forecast, and a weight scale one dash in all of these. Nothing is trained, measured or
forecast here.
"""

from typing import Any

import plotly.graph_objects as go
import torch
from jaxtyping import Float
from torch import Tensor

from thalweg.draw import strokes, style

Key = tuple[str, str]  # A network, and a weight scale in words.
COLOURS = {"three layers": style.BLUE, "five layers": style.VERMILION}
TINTS = {"three layers": style.SKY, "five layers": style.ORANGE}  # Of a forecast: lighter, seen on dark pages too.
SIGNS = {"three layers": "circle", "five layers": "square"}
DASHES = {"scale 0.05": "8px,4px", "scale of He": "2px,4px", "scale 0.5": "9px,4px,2px,4px"}
WIDE, FAINT, SIZE = 8.0, 0.8, 7  # How a forecast stands behind what was measured; and the size of all markers.
SHORT = 4.0  # An error bar is shown whole if it does not go below its mean by more than this factor.
OFF = 100.0  # A loss that grows to more than this many times the largest at the start leaves the window.
DEEP = 1e7  # So does one that is less than the largest at the start by this factor.


def look(key: Key) -> tuple[str, str]:
    """The colour of a network and the dash of a weight scale; one that has no dash of its own has a whole line.

    Example:
        >>> look(("three layers", "scale of He")), look(("five layers", "scale 0.2"))
        (('#0072B2', '2px,4px'), ('#D55E00', 'solid'))
    """
    return COLOURS.get(key[0], style.PURPLE), DASHES.get(key[1], "solid")


def by_layer(
    predicted: dict[Key, Float[Tensor, " _"]],
    mean: dict[Key, Float[Tensor, " _"]],
    std: dict[Key, Float[Tensor, " _"]],
    title: str,
    height: int = 440,
) -> go.Figure:
    """The size of something layer by layer, measured over predicted, on a logarithmic axis.

    Args:
        predicted: By network and weight scale, one size a layer from the first on, positive; networks may differ in depth.
        mean: The sizes measured, by the same keys or some of them; what is not positive leaves a gap.
        std: Their standard deviations; a bar that would reach 0 goes down to the axis.
        title: What has this size, with its unit.
        height: The figure's height in pixels.

    Returns:
        The figure: all forecasts as wide light lines, over them all measured sizes as thin ones with error bars; in the
        legend every key, then both kinds of line.

    Example:
        >>> three = torch.tensor([1.0, 0.1, 0.01])
        >>> key = ("three layers", "scale of He")
        >>> drawn = by_layer({key: three}, {key: three}, {key: 0.1 * three}, "output")
        >>> [trace.name for trace in drawn.data if trace.showlegend is not False]
        ['three layers, scale of He', 'predicted', 'measured']
    """
    figure = strokes.blank(height)
    for key, sizes in predicted.items():
        more = {"showlegend": key not in mean, "hovertemplate": "layer %{x}: predicted %{y:.3g}"}
        _line(figure, torch.arange(1, len(sizes) + 1), strokes.positive(sizes), key, True, more)
    for key, sizes in mean.items():
        bars = {"array": style.numbers(std[key]), "color": look(key)[0], "thickness": 1.5, "width": 5}
        more = {"mode": "lines+markers", "marker": _marker(key), "error_y": bars, "cliponaxis": False}
        more["hovertemplate"] = "layer %{x}: measured %{y:.3g} ± %{error_y.array:.2g}"
        _line(figure, torch.arange(1, len(sizes) + 1), strokes.positive(sizes), key, False, more)
    _kinds(figure)
    reach = [end for key, m in mean.items() for end in (m + std[key], torch.maximum(m - std[key], m / SHORT))]
    ends = strokes.span(torch.cat([*predicted.values(), *reach]), 1.3)
    deepest = max(len(sizes) for sizes in predicted.values())
    y = strokes.power_axis(title, torch.tensor(ends)) | {"title": {"text": title, "font": {"size": 14}}}
    x = {"title": {"text": "layer"}, "dtick": 1, "range": [0.8, deepest + 0.2]}
    return figure.update_layout(xaxis=x, yaxis=y | {"range": strokes.logs(ends)})


def spectra(sigma: dict[Key, Float[Tensor, " _"]]) -> go.Figure:
    """Singular values of several networks, falling.

    Args:
        sigma: By network and weight scale, from the largest on; 0 is left out.

    Returns:
        The figure: a line each, on a logarithmic axis.

    Example:
        >>> drawn = spectra({("three layers", "scale of He"): torch.tensor([2.0, 1.0, 0.0])})
        >>> drawn.data[0].x, drawn.data[0].y
        (array([1., 2., 3.]), array([ 2.,  1., nan]))
    """
    figure = strokes.blank()
    for key, values in sigma.items():
        kept = style.thin(len(values), strokes.POINTS)
        _line(figure, kept + 1, strokes.positive(values[kept]), key, False, {"hovertemplate": "number %{x}: %{y:.3g}"})
    ends = strokes.span(torch.cat(list(sigma.values())))
    y = strokes.power_axis("singular value σ", torch.tensor(ends)) | {"range": strokes.logs(ends)}
    return figure.update_layout(xaxis={"title": {"text": "number of the mode"}}, yaxis=y)


def histories(
    loss: dict[Key, Float[Tensor, " _"]],
    accuracy: dict[Key, Float[Tensor, " _"]],
    batches: int,
    foreseen: tuple[dict[Key, Float[Tensor, " _"]], dict[Key, Float[Tensor, " _"]]] = ({}, {}),
) -> go.Figure:
    """Several trainings from start to end: the loss of every step, and below it the accuracy after every epoch.

    Args:
        loss: By network and weight scale, the loss of every step before it was taken; NaN leaves a gap.
        accuracy: By the same keys, the training accuracy after every epoch, 0 to 1; none if it ended in the first.
        batches: Steps in an epoch.
        foreseen: The same, losses and accuracies, as they were foreseen.

    Returns:
        The figure: the losses on a logarithmic axis, then the accuracies in percent, both over epochs; what was foreseen as
        wide light lines below. What grows far beyond the largest loss at the start, or falls far below it, leaves the window.

    Raises:
        ValueError: If an accuracy is outside 0 to 1.

    Example:
        >>> key = ("three layers", "scale 0.2")
        >>> drawn = histories({key: torch.tensor([2.0, 1.0, 0.5, 0.25])}, {key: torch.tensor([0.5, 1.0])}, 2)
        >>> drawn.data[0].x, drawn.data[1].x, drawn.data[1].y
        (array([0. , 0.5, 1. , 1.5]), array([1., 2.]), array([ 50., 100.]))
    """
    check_shares("histories", {**accuracy, **{("foreseen", key[0]): values for key, values in foreseen[1].items()}})
    figure, ends = strokes.blank(600), _heights([*loss.values(), *foreseen[0].values()])
    for losses, shares, wide in ((*foreseen, True), (loss, accuracy, False)):
        for key, values in losses.items():
            _falls(figure, key, values, batches, ends, wide)
        for key, values in shares.items():
            _rises(figure, key, values, wide)
    if foreseen[0]:
        _kinds(figure)
    longest = max(len(values) / batches for values in (*loss.values(), *foreseen[0].values()))
    return _two_axes(figure, longest, ends)


def check_shares(name: str, accuracy: dict[Any, Tensor]) -> None:
    """Refuse accuracies in percent.

    Raises:
        ValueError: If one is outside 0 to 1.
    """
    for values in accuracy.values():
        if ((values < 0) | (values > 1)).any():
            raise ValueError(f"{name}: need accuracies from 0 to 1, got {values.min():g} to {values.max():g}")


def _line(figure: go.Figure, x: Tensor, y: Tensor, key: Key, wide: bool, more: dict[str, Any]) -> None:
    """A line with the colour and dash of its key, wide and light if it is a forecast; all at once, which is fast."""
    (colour, dash), name = look(key), ", ".join(key)
    colour = TINTS.get(key[0], colour) if wide else colour
    line = {"color": colour, "width": WIDE if wide else 2.0, "dash": dash, "simplify": False}
    places, values = style.numbers(x), style.numbers(torch.where(y.isfinite(), y, torch.nan))
    common = {"mode": "lines", "name": name, "legendgroup": name, "opacity": FAINT if wide else 1.0}
    figure.add_scatter(x=places, y=values, line=line, **(common | more))


def _marker(key: Key) -> dict[str, Any]:
    """The marker of a network; all are of one size."""
    return {"size": SIZE, "symbol": SIGNS.get(key[0], "diamond")}


def _kinds(figure: go.Figure) -> None:
    """The two kinds of line, in the legend."""
    for name, width, opacity in (("predicted", WIDE, FAINT), ("measured", 2.0, 1.0)):
        line = {"width": width, "color": style.INK}
        figure.add_scatter(x=[None], y=[None], mode="lines", name=name, line=line, opacity=opacity)


def _falls(figure: go.Figure, key: Key, values: Tensor, batches: int, ends: tuple[float, float], wide: bool) -> None:
    """The losses of one training, over epochs, kept near a window."""
    step = strokes.steps(torch.arange(len(values)), False)[0]
    more = {"customdata": style.numbers(step + 1), "hovertemplate": "step %{customdata}: loss %{y:.3g}"}
    _line(
        figure,
        step / batches,
        values[step].clamp(ends[0] / 10, ends[1] * 10),
        key,
        wide,
        {**more, "showlegend": not wide},
    )


def _rises(figure: go.Figure, key: Key, values: Tensor, wide: bool) -> None:
    """The accuracies of one training, below."""
    where = {"showlegend": False, "xaxis": "x2", "yaxis": "y2", "cliponaxis": False}
    marked = {} if wide else {"mode": "lines+markers", "marker": _marker(key)}
    more = {"hovertemplate": "epoch %{x}: %{y:.3g} %", **where, **marked}
    _line(figure, torch.arange(1, len(values) + 1), 100 * values, key, wide, more)


def _two_axes(figure: go.Figure, epochs: float, ends: tuple[float, float]) -> go.Figure:
    """The losses above the accuracies, over the same epochs."""
    x = {"range": [0, epochs], "zeroline": False}
    percent = {"range": [0, 104], "domain": [0, 0.4], "dtick": 25, "title": {"text": "training accuracy (%)"}}
    return figure.update_layout(
        xaxis=x | {"anchor": "y", "matches": "x2", "showticklabels": False, "ticks": ""},
        yaxis=strokes.power_axis("loss", torch.tensor(ends)) | {"range": strokes.logs(ends), "domain": [0.46, 1]},
        xaxis2=x | {"anchor": "y2", "title": {"text": "epoch"}}, yaxis2=percent,
    )  # fmt: skip


def _heights(losses: list[Tensor]) -> tuple[float, float]:
    """The ends of an axis of losses: what trainings start with and all they reach, but not what is far from there."""
    start = max(float(strokes.positive(values[:1]).nan_to_num(0.0).max()) for values in losses) or 1.0
    seen = torch.cat(losses)
    seen = seen[seen.isfinite()].clamp(start / DEEP, start * OFF)
    return strokes.span(torch.cat([seen, seen.new_tensor([start])]), 1.3)
