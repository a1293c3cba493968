"""What all figures share: colours, one for one thing; the plain template; thinning; a figure as JSON.

Backgrounds are transparent and lettering is mid-grey, so that a figure stands on a light page and on a dark one. No
figure is made here.
"""

import numpy as np
import plotly.graph_objects as go
import torch
from jaxtyping import Bool, Float, Int
from plotly.offline import get_plotlyjs
from torch import Tensor

from thalweg.draw.wording import said

# Okabe and Ito's colours, which colour-blind readers tell apart.
ORANGE, SKY, GREEN, YELLOW = "#E69F00", "#56B4E9", "#009E73", "#F0E442"
BLUE, VERMILION, PURPLE, GREY = "#0072B2", "#D55E00", "#CC79A7", "#999999"
DESIRED, RUN, FORECAST = GREEN, BLUE, ORANGE
BOUNDARY = PURPLE
OTHERS = (BLUE, VERMILION, PURPLE, SKY, GREY)  # Yellow is too faint for a line on white.
DIVERGING = ((0.0, BLUE), (0.25, SKY), (0.5, "#F2F2F2"), (0.75, ORANGE), (1.0, VERMILION))
OUTCOMES = {
    "converged": SKY,
    "out of steps": YELLOW,
    "diverged": VERMILION,
    "oscillating": PURPLE,
    "false stop": GREY,
    "stopped by chance": GREEN,
}
INK, GRID = "#7B7B7B", "rgba(128,128,128,0.25)"
KINDS = {
    ("desired", "target", "wanted", "true"): (DESIRED, "dot"),
    ("predicted", "forecast", "theory"): (FORECAST, "dash"),
    ("learned", "measured", "run", "found"): (RUN, "solid"),
}
DASHES = ("dash", "dot", "dashdot")


def look(name: str, number: int = 0) -> tuple[str, str]:
    """The colour and dash of a thing: what is desired, predicted and run always look alike, others take turns.

    Args:
        name: What it is called; its words decide.
        number: Its place among the others, from 0.

    Returns:
        Colour and dash, as plotly calls them.

    Example:
        >>> look("desired cut-off"), look("predicted stop"), look("learned")
        (('#009E73', 'dot'), ('#E69F00', 'dash'), ('#0072B2', 'solid'))
    """
    words = name.lower().replace(",", " ").split()
    for keys, (colour, dash) in KINDS.items():
        if any(key in words for key in keys):
            return colour, dash
    return OTHERS[(number + 1) % len(OTHERS)], DASHES[number % len(DASHES)]


def numbers(values: Float[Tensor, "*batch"] | Int[Tensor, "*batch"] | Bool[Tensor, "*batch"]) -> np.ndarray:
    """A tensor as an array that plotly writes compactly: whole numbers and truth values become float64 as well.

    Example:
        >>> numbers(torch.tensor([1, 2]))
        array([1., 2.])
    """
    return values.detach().cpu().to(torch.float64).numpy()


def thin(count: int, most: int) -> Int[Tensor, " n"]:
    """Places to keep of many, the first and the last included, spread evenly.

    Args:
        count: How many there are, at least 1.
        most: How many to keep, at least 2.

    Returns:
        The places in order, all of them if there are few.

    Example:
        >>> thin(5, 3), thin(3, 10)
        (tensor([0, 2, 4]), tensor([0, 1, 2]))
    """
    if count <= most:
        return torch.arange(count)
    return torch.linspace(0, count - 1, most, dtype=torch.float64).round().long()


def plain(height: int = 420) -> go.Figure:
    """An empty figure in the house's style: transparent, no title (the page has one), the legend above the data.

    Example:
        >>> plain(300).layout.height
        300
    """
    axis = {
        "gridcolor": GRID, "linecolor": INK, "ticks": "outside", "tickcolor": INK, "showline": True,
        "zeroline": False, "title": {"standoff": 8}, "ticklabeloverflow": "allow",
    }  # fmt: skip
    # Whatever else labels may push, plotly lays out and draws a second time.
    sides = {"xaxis": axis | {"automargin": "height"}, "yaxis": axis | {"automargin": "width"}}
    template = go.layout.Template(layout=sides)
    return go.Figure(
        layout={
            "template": template,
            "height": height,
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "font": {"size": 14, "color": INK, "family": "system-ui, Helvetica, Arial, sans-serif"},
            "margin": {"l": 60, "r": 20, "t": 20, "b": 50},
            "legend": {"orientation": "h", "yanchor": "bottom", "y": 1.02, "xanchor": "left", "x": 0},
            "hoverlabel": {"namelength": -1},
        }
    )


def log_axis(title: str, over: Float[Tensor, " n"] | None = None) -> dict:
    """A logarithmic axis, with lettering at every power of ten if it reaches over several of them.

    Args:
        title: Its title, with the unit.
        over: What stands along it, positive; plotly decides on the lettering if it is not given.

    Returns:
        The axis, as plotly takes it.

    Example:
        >>> log_axis("frequency (Hz)", torch.tensor([1.0, 1e6]))["dtick"]
        1
    """
    axis = {"type": "log", "title": {"text": title}, "exponentformat": "SI", "minor": {"ticks": "outside"}}
    if over is not None and float(over.max()) > 200 * float(over.min()):
        return axis | {"dtick": 1}
    return axis


def upright(figure: go.Figure, marks: dict[str, float], span: tuple[float, float], unit: str, first: int = 0) -> None:
    """Draw vertical marks with their values in the legend, where they cannot run into each other.

    Args:
        figure: The figure to draw in.
        marks: Where each mark stands.
        span: Where the lines begin and end.
        unit: The unit of the marks.
        first: How many other things have taken their turn with colours before.
    """
    looks = [(*look(name, number), name, x) for number, (name, x) in enumerate(marks.items(), first)]
    for colour, dash, name, x in sorted(
        looks, key=lambda mark: mark[1] != "solid"
    ):  # Broken lines on top of whole ones.
        figure.add_scatter(
            x=[x, x],
            y=list(span),
            mode="lines",
            name=f"{name}: {said(x, 4)} {unit}".strip(),
            line={"color": colour, "dash": dash, "width": 3},
            hovertemplate=f"{said(x, 4)} {unit}".strip(),
        )


def as_json(figure: go.Figure) -> str:
    """A figure as JSON that may stand inside a page's script element.

    Example:
        >>> "<" in as_json(go.Figure(layout={"title": "a < b"}))
        False
    """
    text = figure.to_json()
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def plotly_script() -> str:
    """The whole of plotly.js, to be written into a page that must work without a network.

    Example:
        >>> "Plotly" in plotly_script()
        True
    """
    return get_plotlyjs()
