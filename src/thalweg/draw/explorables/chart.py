"""A plotly figure in a notebook or a page, drawn again in its place when another is shown."""

import json

import anywidget
import plotly.graph_objects as go
import traitlets

from thalweg.draw import style
from thalweg.draw.explorables.source import script

WITHOUT_PLOTLY = script(
    "../plotting.js", "chart.js"
)  # for pages that load plotly's script themselves, once for all charts


class Chart(anywidget.AnyWidget):
    """A place for a figure.

    Attributes:
        figure: The figure, as plotly's JSON.
        words: What it shows, for those who cannot see it.

    Example:
        >>> chart = Chart()
        >>> chart.show(go.Figure(layout={"height": 300}), "an empty picture")
        >>> chart.figure["layout"]["height"], chart.words
        (300, 'an empty picture')
    """

    _esm = style.plotly_script() + WITHOUT_PLOTLY
    _css = script("../plotting.css")
    figure = traitlets.Dict().tag(sync=True)
    words = traitlets.Unicode().tag(sync=True)

    def show(self, figure: go.Figure, words: str) -> None:
        """Show a figure.

        Args:
            figure: The figure.
            words: What it shows, in a sentence.
        """
        self.words = words
        self.figure = json.loads(figure.to_json())


def drawn(figure: go.Figure, words: str) -> Chart:
    """A figure in a place of its own, for what is drawn once; what a control moves keeps its place.

    Args:
        figure: The figure.
        words: What it shows, in a sentence.

    Returns:
        The place, with the figure in it.
    """
    place = Chart()
    place.show(figure, words)
    return place
