"""What a step does to one ReLU unit at every learning rate, as bands.

The words, and the learning rates at which they change, are worked out in `subjects.elbows`; what comes is drawn.
"""

import itertools
import math

import plotly.graph_objects as go
import torch

from thalweg.draw import strokes, style
from thalweg.draw.wording import said
from thalweg.subjects import elbows
from thalweg.subjects.elbows import Unit

STILL = "rgba(128,128,128,0.22)"  # A band in which nothing happens.
LETTERS = {STILL: style.INK, style.BLUE: "white", style.VERMILION: "white"}  # On other bands they are dark.
OLIVE = "#B5A600"  # Yellow, turned dark.
ROW, PERIOD = 23, 6.2  # Rows of one unit: its name, borders above, three bands, borders below, a gap.
BANDS = {
    "elbow": {"right": style.BLUE, "left": style.ORANGE, "stays": STILL},
    "slope": {
        "shallower": style.SKY, "steeper": style.PURPLE, "turned over and shallower": style.YELLOW,
        "turned over and steeper": OLIVE, "unchanged": STILL,
    },
    "loss": {"falls": style.GREEN, "rises": style.VERMILION, "stays": STILL},
}  # fmt: skip


def rate_bands(units: dict[str, Unit], low: float, high: float) -> go.Figure:
    """What a step does at every learning rate: three bands a unit, for its elbow, its slope and its loss.

    Args:
        units: The units by name.
        low: The least learning rate, positive.
        high: The largest.

    Returns:
        The figure: for every word a trace of bars from border to border, then borders that the bands do not show: from
        where on the step switches the unit off. Every border within the window has its value beside it.

    Raises:
        ValueError: If not `0 < low < high`, both finite.

    Example:
        >>> drawn = rate_bands({"rising": Unit(w=2.0, b=1.0, x=1.0, y=2.0)}, 0.1, 10.0)
        >>> {bar.name: (bar.base[0], bar.base[0] + bar.x[0]) for bar in drawn.data[:2]}
        {'right': (0.1, 2.0), 'left': (2.0, 10.0)}
    """
    if not 0 < low < high < math.inf:
        raise ValueError(f"rate_bands: need 0 < low < high, both finite, got {low:g} and {high:g}")
    figure, ends = strokes.blank(), (low, high)
    placed = [(-PERIOD * number, unit) for number, unit in enumerate(units.values())]
    for band, (kind, colours) in enumerate(BANDS.items(), 2):
        found = [(top - band, *span) for top, unit in placed for span in _spans(unit, kind, ends)]
        for word, colour in colours.items():
            _bars(figure, kind, word, [bar[:3] for bar in found if bar[3] == word], colour)
    _switched_off(figure, [(top - 4.75, elbows.rates(unit).off) for top, unit in placed], ends)
    for name, (top, unit) in zip(units, placed, strict=True):
        _borders(figure, name, elbows.rates(unit), top, ends)
    x = strokes.power_axis("learning rate", torch.tensor(ends)) | {"range": [math.log10(low), math.log10(high)]}
    letters = {"tickfont": {"size": 12}, "ticklabelstandoff": 6, "ticks": "", "showline": False}
    rows = {"tickvals": [top - band for top, _ in placed for band in (2, 3, 4)], "ticktext": list(BANDS) * len(units)}
    figure.update_layout(xaxis=x, yaxis=letters | rows | {"range": [0.6 - PERIOD * len(units), 0.6]})
    figure.update_xaxes(showgrid=False).update_yaxes(showgrid=False)
    height = round(ROW * PERIOD * len(units)) + 190
    meta = {"wide": {"height": height}, "narrow": {"height": height + 60}}
    hidden = {"minsize": 12, "mode": "hide"}  # A word without room is only in the legend.
    return figure.update_layout(
        barmode="overlay", height=height, meta=meta, legend_traceorder="grouped", uniformtext=hidden
    )


def _spans(unit: Unit, kind: str, ends: tuple[float, float]) -> list[tuple[float, float, str]]:
    """From where to where a step does what, between two learning rates: the effect between one border and the next."""
    spans: list[tuple[float, float, str]] = []
    borders = sorted({*ends, *(border for border in elbows.rates(unit) if ends[0] < border < ends[1])})
    for low, high in itertools.pairwise(borders):
        word = getattr(elbows.effect(unit, math.sqrt(low * high)), kind)
        start = spans.pop()[0] if spans and spans[-1][2] == word else low
        spans.append((start, high, word))
    return spans


def _bars(figure: go.Figure, kind: str, word: str, bars: list[tuple[float, float, float]], colour: str) -> None:
    """All bars of one word, as row, start and end, each with its word where it has room."""
    if not bars:
        return
    rows, starts, stops = zip(*bars, strict=True)
    letters = {"size": 12, "color": LETTERS.get(colour, "#222222")}
    figure.add_bar(
        x=[stop - start for _, start, stop in bars], base=starts, y=rows, customdata=stops, orientation="h", width=0.92,
        name=word, legendgroup=kind, legendgrouptitle={"text": kind}, marker={"color": colour, "line": {"width": 0}},
        text=[word] * len(bars), textposition="inside", insidetextanchor="start", textangle=0, textfont=letters,
        hovertemplate=f"{kind} {word}: learning rate %{{base:.4g}} to %{{customdata:.4g}}<extra></extra>",
    )  # fmt: skip


def _switched_off(figure: go.Figure, offs: list[tuple[float, float]], ends: tuple[float, float]) -> None:
    """A mark below the bands of every unit that a step can switch off: the marks' heights, and from where on."""
    seen = [(row, off) for row, off in offs if ends[0] < off < ends[1]]
    if seen:
        y, x = zip(*seen, strict=True)
        marker = {"symbol": "triangle-up", "size": 10, "color": style.INK}
        name = "off: switched off from here on"
        figure.add_scatter(x=x, y=y, mode="markers", name=name, marker=marker, hoverinfo="skip")


def _borders(figure: go.Figure, name: str, rates: elbows.Rates, top: float, ends: tuple[float, float]) -> None:
    """A unit's name and the values of its borders: above the bands the slope's, below them the loss's and the unit's own."""
    looks = {"showarrow": False, "yanchor": "middle"}
    figure.add_annotation(text=f"<b>{name}</b>", x=0, y=top, xref="x domain", xanchor="left", font_size=13, **looks)
    turn, steep, off, fall = (value if ends[0] < value < ends[1] else None for value in rates)
    first = fall is None or off is None or fall <= off
    after, until = (
        {"xanchor": "left", "xshift": 5},
        {"xanchor": "right", "xshift": -5},
    )  # Labels lead away from each other.
    for value, word, row, side in (
        (turn, "", 1, {"xanchor": "center"} if steep is None else until),
        (steep, "", 1, {"xanchor": "center"} if turn is None else after),
        (fall, "", 5, {"xanchor": "center"} if off is None else until if first else after),
        (off, "off ", 5, after if first else until),
    ):
        if value is not None:
            place, text = {"x": math.log10(value), "y": top - row, **side}, word + said(value, 4)
            figure.add_annotation(text=text, font_size=12, **place, **looks)
