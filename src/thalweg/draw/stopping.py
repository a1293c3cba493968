"""Descent on an ill-conditioned problem in figures: its error under the bound, its first steps, what of each mode it has.

What is forecast is orange, wide and dashed, what was run is blue, what inversion gives is vermilion, and the bound is purple,
in all of them. Nothing is forecast or run here.
"""

import plotly.graph_objects as go
import torch
from jaxtyping import Float, Real
from torch import Tensor

from thalweg.draw import strokes, style
from thalweg.draw.wording import said

Course = tuple[Real[Tensor, " _"], Float[Tensor, " _"]]
FAINT = "rgba(204,121,167,0.2)"  # The bound's colour as a filling.
ROOM = 30  # The picture ends this many times above all that is not the bound.


def growth(
    bound: Course,
    levels: dict[str, float],
    y_title: str,
    run: Course | None = None,
    forecast: Course | None = None,
    now: float | int | None = None,
    least: tuple[float, float] | None = None,
) -> go.Figure:
    """A norm over the steps under its bound, both axes logarithmic.

    Args:
        bound: Numbers of steps, ascending, and what the norm cannot exceed then; the region above is shaded. Step 0 has no
            place on the axis, and is left out here and below.
        levels: Values to mark, by name.
        y_title: What is drawn, with its unit.
        run: Numbers of steps, and the norm in a run; a zero leaves a gap.
        forecast: The same as it was predicted.
        now: A number of steps to mark.
        least: The step at which the norm is least, and the norm then, to mark.

    Returns:
        The figure: the bound, the ceiling of the shade, the forecast, the run, the levels, then the marks. The bound may
        leave it, nothing else does.

    Example:
        >>> t = torch.tensor([0, 1, 10])
        >>> drawn = growth((t, t.float()), {}, "norm of w", run=(t, torch.tensor([0.0, 1.0, 3.0])))
        >>> drawn.data[0].x, drawn.data[0].y
        (array([ 1., 10.]), array([ 1., 10.]))
    """
    figure, (x, y) = strokes.blank(), _drawable(bound)
    x, y = x[y.isfinite()], y[y.isfinite()]
    ends = _ends(torch.cat([_drawable(each)[1] for each in (forecast, run) if each]), y, [*levels.values()])
    strokes.line(figure, x, y, "bound", style.PURPLE, 3.0, "dashdot")
    ceiling = strokes.line(figure, x, torch.full_like(y, ends[1]), "beyond the bound: impossible", style.PURPLE, 0.0)
    ceiling.update(fill="tonexty", fillcolor=FAINT, hoverinfo="skip")
    if forecast:
        strokes.forecast(figure, *_drawable(forecast))
    if run:
        strokes.line(figure, *_drawable(run), "run", style.RUN)
    figure.update_traces(hovertemplate="step %{x:.5g}: %{y:.4g}")
    strokes.level_lines(figure, levels, x[[0, -1]], (style.VERMILION, *strokes.LEVELS))
    _marks(figure, now, least, ends)
    y_axis = strokes.power_axis(y_title, torch.tensor(ends)) | {"range": strokes.logs(ends)}
    return figure.update_layout(xaxis=strokes.power_axis("step", x), yaxis=y_axis)


def first_steps(
    t: Real[Tensor, " t"],
    measured: Float[Tensor, " t"],
    predicted: Float[Tensor, " t"],
    levels: dict[str, float],
    y_title: str,
) -> go.Figure:
    """A norm over its first steps, from 0 up: all of it is in the picture.

    Args:
        t: Numbers of steps, ascending.
        measured: The norm in a run.
        predicted: What was forecast.
        levels: Values to mark, by name.
        y_title: What is drawn, with its unit.

    Returns:
        The figure: the forecast, the run, the levels.

    Example:
        >>> t, norm = torch.arange(2), torch.tensor([4.0, 2.0])
        >>> drawn = first_steps(t, norm, norm, {"least": 2.0}, "norm")
        >>> [trace.name for trace in drawn.data], drawn.layout.yaxis.range[1] > 4
        (['forecast', 'run', 'least: 2'], True)
    """
    figure = strokes.blank()
    strokes.forecast(figure, t, predicted)
    strokes.line(figure, t, measured, "run", style.RUN, 2.0)
    figure.update_traces(hovertemplate="step %{x:.5g}: %{y:.4g}")
    strokes.level_lines(figure, levels, t[[0, -1]])
    top = max(float(measured.max()), float(predicted.max()), *levels.values(), 1e-300)
    return figure.update_layout(xaxis_title_text="step", yaxis={"title": {"text": y_title}, "range": [0, 1.08 * top]})


def learned_shares(
    sigma: Float[Tensor, " k"],
    predicted: Float[Tensor, " k"],
    modes: Float[Tensor, " r"],
    kept: Float[Tensor, " r"],
    name: str,
) -> go.Figure:
    """What share of each mode descent has learned, over the singular value; inversion has all of each.

    Args:
        sigma: Singular values, ascending, positive.
        predicted: The share at each of them by the formula.
        modes: The problem's own singular values, descending.
        kept: The share of each of these modes that was found; each mode has its colour, as in `modes.mode_errors`.
        name: Where the shares of the modes come from.

    Returns:
        The figure: inversion, the formula, the modes.

    Example:
        >>> sigma = torch.tensor([1.0, 2.0])
        >>> drawn = learned_shares(sigma, sigma / 2, sigma, sigma / 2, "modes in the run")
        >>> [trace.name for trace in drawn.data]
        ['inversion: all', 'forecast φ', 'modes in the run']
    """
    figure = strokes.blank()
    strokes.line(figure, sigma[[0, -1]], torch.ones(2), "inversion: all", style.VERMILION, 2.0, "dot")
    strokes.forecast(figure, sigma, predicted, "forecast φ")
    dots = {"color": strokes.shades(len(modes)), "size": 11, "line": {"color": "#FFFFFF", "width": 1}}
    figure.add_scatter(x=style.numbers(modes), y=style.numbers(kept), mode="markers", name=name, marker=dots)
    figure.update_traces(hovertemplate="σ = %{x:.3g}: share %{y:.4f}")
    top = 1.05 * max(1.0, float(predicted.max()), float(kept.max()))
    y_axis = {"title": {"text": "share learned, φ"}, "range": [min(-0.05, 1.05 * float(kept.min())), top]}
    return figure.update_layout(xaxis=strokes.power_axis("singular value σ", sigma), yaxis=y_axis)


def _drawable(course: Course) -> Course:
    """What of a course a logarithmic axis can show, in few points."""
    t, values = course[0][course[0] > 0], course[1][course[0] > 0]
    places = strokes.steps(t, True)[0]
    return t[places], strokes.positive(values)[places]


def _ends(seen: Tensor, bound: Tensor, levels: list[float]) -> tuple[float, float]:
    """What the picture shows: all that is not the bound, with the bound as far as there is room; two powers of ten at least."""
    there = torch.cat([seen, torch.tensor(levels).to(seen)])
    there = there[there > 0]
    if not len(there):
        there = bound
    low, high = float(there.min()) / 2, min(ROOM * float(there.max()), 4 * max(float(there.max()), float(bound.max())))
    return low, max(high, 100 * low)


def _marks(
    figure: go.Figure, now: float | int | None, least: tuple[float, float] | None, ends: tuple[float, float]
) -> None:
    """An upright line at a step, and a star where the norm is least."""
    if now is not None:
        look = {"color": style.INK, "width": 2.5}
        figure.add_scatter(x=[now, now], y=list(ends), mode="lines", name=f"t = {said(now)}", line=look)
        figure.data[-1].hovertemplate = f"step {said(now)}"
    if least:
        name = f"least: {said(least[1])} at step {said(least[0])}"
        strokes.points_marked(figure, {name: (max(1.0, least[0]), least[1])}, 0)
        figure.data[-1].hovertemplate = f"{name}<extra></extra>"
