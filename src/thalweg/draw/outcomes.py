"""How descents ended, over their starts and learning rates, with the borders that theory draws beforehand."""

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float, Int
from torch import Tensor

from thalweg.draw import style

CELLS = 90  # Cells that a map keeps on either side, each with its words.


def outcome_map(
    starts: Float[Tensor, " n"],
    lrs: Float[Tensor, " m"],
    outcomes: list[list[str]],
    borders: dict[str, tuple[Float[Tensor, " _"], Float[Tensor, " _"]]],
    steps: Int[Tensor, "m n"] | Float[Tensor, "m n"] | None = None,
) -> go.Figure:
    """How every descent ended, one colour an outcome, with predicted borders drawn over it.

    Args:
        starts: Starts, ascending, positive.
        lrs: Learning rates, likewise.
        outcomes: Outcomes in words, one row a learning rate.
        borders: Predicted borders by name, each as starts and learning rates.
        steps: How many steps each descent took, for whoever points at it.

    Returns:
        The figure: the map, one legend entry an outcome that occurs, then the borders.

    Raises:
        ValueError: If the map has another shape, or a word that is no outcome.

    Example:
        >>> drawn = outcome_map(torch.tensor([1.0, 10.0]), torch.tensor([1.0]), [["converged", "diverged"]], {})
        >>> drawn.data[0].z, [trace.name for trace in drawn.data[1:]]
        (array([[0, 2]], dtype=int8), ['converged', 'diverged'])
    """
    codes = _codes(outcomes, len(lrs), len(starts))
    rows, columns = style.thin(len(lrs), CELLS), style.thin(len(starts), CELLS)
    drawn = codes[rows.numpy()][:, columns.numpy()]
    words = list(style.OUTCOMES)
    text = [
        [_words(words[drawn[i, j]], None if steps is None else steps[row, column]) for j, column in enumerate(columns)]
        for i, row in enumerate(rows)
    ]
    figure = style.plain(560)
    figure.add_heatmap(
        x=style.numbers(starts[columns]), y=style.numbers(lrs[rows]), z=drawn, text=text, showscale=False,
        zmin=-0.5, zmax=len(words) - 0.5, colorscale=_bands(list(style.OUTCOMES.values())), name="outcome",
        hovertemplate="start %{x:.4g} ohm, learning rate %{y:.4g}<br>%{text}<extra></extra>",
    )  # fmt: skip
    _keys(figure, [word for number, word in enumerate(words) if (codes == number).any()])
    _borders(figure, borders)
    x, y = style.log_axis("start (ohm)", starts), style.log_axis("learning rate", lrs) | {"exponentformat": "power"}
    return figure.update_layout(xaxis=x | {"range": _span(starts)}, yaxis=y | {"range": _span(lrs)})


def _codes(outcomes: list[list[str]], m: int, n: int) -> np.ndarray:
    """Every outcome's place in the list of outcomes."""
    words = list(style.OUTCOMES)
    unknown = {word for row in outcomes for word in row} - set(words)
    if unknown:
        raise ValueError(f"outcome_map: need outcomes among {words}, got {sorted(unknown)}")
    if len(outcomes) != m or any(len(row) != n for row in outcomes):
        raise ValueError(f"outcome_map: need {m} rows of {n} outcomes, got {[len(row) for row in outcomes][:5]}")
    return np.array([[words.index(word) for word in row] for row in outcomes], dtype=np.int8)


def _words(word: str, steps: Tensor | None) -> str:
    return word if steps is None else f"{word}, {float(steps):.0f} steps"


def _bands(colours: list[str]) -> list[tuple[float, str]]:
    """A scale of flat bands, one a colour."""
    share = 1 / len(colours)
    return [(edge, c) for i, c in enumerate(colours) for edge in (i * share, (i + 1) * share)]


def _span(values: Tensor) -> list[float]:
    """The range of a logarithmic axis that shows every cell whole."""
    logs = values.log10()
    half = float(logs[-1] - logs[0]) / max(1, len(logs) - 1) / 2 or 0.1
    return [float(logs[0]) - half, float(logs[-1]) + half]


def _keys(figure: go.Figure, words: list[str]) -> None:
    """A square in the legend for every outcome."""
    for word in words:
        square = {"color": style.OUTCOMES[word], "size": 13, "symbol": "square"}
        figure.add_scatter(x=[None], y=[None], mode="markers", name=word, marker=square)


def _borders(figure: go.Figure, borders: dict[str, tuple[Tensor, Tensor]]) -> None:
    """Borders in the forecast's colour on a black edge, which shows on every outcome's colour."""
    for number, (name, (x, y)) in enumerate(borders.items()):
        known = x.isfinite() & y.isfinite()
        points = {"x": style.numbers(x[known]), "y": style.numbers(y[known]), "mode": "lines", "legendgroup": name}
        edge = {"color": "#000000", "width": 6}
        figure.add_scatter(**points, name=name, line=edge, showlegend=False, hoverinfo="skip")
        line = {"color": style.FORECAST, "width": 3, "dash": ("solid", "dash", "dot", "dashdot")[number % 4]}
        figure.add_scatter(**points, name=name, line=line, hovertemplate="%{x:.4g} ohm, %{y:.4g}")
