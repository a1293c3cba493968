"""The modes of a linear problem in figures: how fast each dies out, where two weights go, how long it takes.

Nothing is decomposed, forecast or run here; what comes is drawn. What ridge does stands in `shrinkage`, noise in `noise`.
"""

import math
from collections.abc import Sequence

import plotly.graph_objects as go
import torch
from jaxtyping import Float, Real
from torch import Tensor

from thalweg.draw import strokes, style
from thalweg.draw.wording import said

DEPTH = 1e-16  # What is smaller than this part of the largest is rounding, and not drawn.


def convergence_rates(curvature: Float[Tensor, " r"], names: list[str], marks: dict[str, float]) -> go.Figure:
    r"""How much of each mode's error one step leaves, over the learning rate.

    $$ |\rho_i| = |1 - \eta\,c_i|, $$

    drawn from 0 to 1.25 times the limit $2/\max_i c_i$, and the slowest of all modes as a wide faint line.

    Args:
        curvature: The curvatures $c_i$, non-negative, in any order; the slowest is sought among the positive ones.
        names: What the modes are called; of more than eight, eight are drawn in colour and the others in grey.
        marks: Learning rates $\eta$ to mark, by name.

    Returns:
        The figure: the slowest, the modes, the line at 1 above which a mode diverges, one line a mark.

    Raises:
        ValueError: If no curvature is positive, one is negative, or there are not as many names.

    Example:
        >>> mode = convergence_rates(torch.tensor([2.0]), ["steep"], {"best": 0.5}).data[1]
        >>> float(mode.y.min()), float(mode.x[mode.y.argmin()]), float(mode.x[-1])
        (0.0, 0.5, 1.25)
    """
    low, high = float(curvature.min()), float(curvature.max())
    if not (low >= 0 and high > 0) or len(names) != len(curvature):
        found = f"{low:g} to {high:g} and {len(names)} names for {len(curvature)}"
        raise ValueError(f"convergence_rates: need curvatures >= 0, one > 0, and a name for each, got {found}")
    end = 2.5 / high
    kinks = (1 / curvature)[style.thin(len(names), strokes.SHOWN)]
    lr = torch.cat([torch.linspace(0, 1, strokes.POINTS).to(curvature) * end, kinks[kinks < end]]).sort().values
    rho = (1 - lr[:, None] * curvature).abs()
    figure = strokes.blank(460)
    strokes.line(figure, lr, rho[:, curvature > 0].amax(1), "slowest", style.GREY, 12.0).update(opacity=0.4)
    strokes.in_colour(figure, lr, rho, names)
    strokes.line(figure, lr[[0, -1]], torch.ones(2), "1", style.INK, 2.5, "dot").update(showlegend=False)
    figure.update_traces(hovertemplate="learning rate %{x:.4g}: |ρ| = %{y:.4f}")
    style.upright(figure, marks, (0.0, 1.55), "")
    x_axis = {"title": {"text": "learning rate"}, "range": [0, end]}
    return figure.update_layout(xaxis=x_axis, yaxis={"title": {"text": "|ρ|, factor per step"}, "range": [0, 1.55]})


def mode_errors(
    t: Real[Tensor, " t"],
    measured: Float[Tensor, "t r"],
    forecast_t: Real[Tensor, " k"],
    predicted: Float[Tensor, "k r"],
    names: list[str],
    colours: Sequence[str] = (),
) -> go.Figure:
    """The error that is left in each mode over the steps: the run, and its forecast dashed and wide behind it.

    Args:
        t: Numbers of steps of the run, ascending; more than 200 stand on a logarithmic axis.
        measured: The error of each mode then, of either sign.
        forecast_t: Numbers of steps of the forecast.
        predicted: The errors that it predicts.
        names: What the modes are called; of more than eight, eight are drawn in colour and the others in grey.
        colours: One for each mode that is drawn in colour; graded ones if they are not given.

    Returns:
        The figure: forecasts, runs. Zeros, and what is not within 1e-16 and 1e16 of the largest start, leave gaps.

    Example:
        >>> t, error = torch.arange(3), torch.tensor([[-4.0], [2.0], [0.0]])
        >>> mode_errors(t, error, t, error, ["steep"]).data[1].y
        array([ 4.,  2., nan])
    """
    figure, alone = strokes.blank(460), len(names) == 1 and not colours
    logarithmic = max(float(t.max()), float(forecast_t.max())) > strokes.LONG
    largest = max(float(measured[0].abs().max()), float(predicted[0].abs().max())) or 1.0
    places, x, axis = strokes.steps(forecast_t, logarithmic)
    shown = style.thin(len(names), strokes.SHOWN)
    behind = [style.FORECAST] if alone else colours or strokes.shades(len(shown))
    for colour, i in zip(behind, shown.tolist(), strict=True):
        drawn = strokes.forecast(figure, x, _seen(predicted[places, i], largest), names[i], colour)
        drawn.showlegend = False
    places, x, _ = strokes.steps(t, logarithmic)
    strokes.in_colour(figure, x, _seen(measured[places], largest), names, [style.RUN] if alone else colours)
    figure.update_traces(hovertemplate=f"{axis['title']['text']} %{{x:.5g}}: %{{y:.3g}}")
    strokes.forecast_key(figure, style.FORECAST if alone else style.GREY)
    sizes = _seen(torch.cat([predicted.flatten(), measured.flatten()]), largest)
    over = sizes[sizes > 0] if (sizes > 0).any() else None
    return figure.update_layout(xaxis=axis, yaxis=strokes.power_axis("|error| of the mode", over))


def contours(
    value: strokes.Values,
    paths: dict[str, Float[Tensor, "_ 2"]],
    marks: dict[str, tuple[float, float]],
    names: tuple[str, str],
    lines: dict[str, Float[Tensor, "_ 2"]] | None = None,
) -> go.Figure:
    """A loss of two weights as a few quiet contour lines, with descents on it.

    Args:
        value: The losses at many points, one a row.
        paths: Descents by name, one point a moment; one that leaves the window by far is cut there.
        marks: Points to mark, by name; they and the starts of the descents decide on the window.
        names: What the two weights are called.
        lines: Other lines by name, of no weight for the window.

    Returns:
        The figure: the contour lines, the other lines, the descents, their starts, then the marks. Both axes have one
        scale, unless one range is five times the other or more.

    Example:
        >>> drawn = contours(lambda w: w.square().sum(1), {"run": torch.ones(3, 2)}, {"least": (0.0, 0.0)}, ("a", "b"))
        >>> [trace.name for trace in drawn.data]
        ['loss', 'run', 'start', 'least']
    """
    starts = [path[0] for path in paths.values()]
    dtype = starts[0].dtype if starts else torch.float64
    corners = torch.stack([*starts, *(torch.tensor(mark, dtype=dtype) for mark in marks.values())])
    figure = strokes.blank(540)
    window = strokes.window(figure, corners, names, [*paths.values()])
    strokes.family(figure, value, "loss", style.INK, corners)
    for number, (name, points) in enumerate((lines or {}).items(), len(paths)):
        strokes.line(figure, points[:, 0], points[:, 1], name, style.look(name, number)[0], 2.5, "dash")
    strokes.descents(figure, paths, window)
    strokes.points_marked(figure, marks, len(paths))
    return figure


def steps_over_rate(
    lr: Float[Tensor, " k"],
    predicted: Real[Tensor, " k"],
    measured_lr: Float[Tensor, " m"],
    measured: Real[Tensor, " m"],
    marks: dict[str, float],
    y_title: str,
) -> go.Figure:
    """How many steps it takes, over the learning rate: the forecast as a line, measured ones as dots.

    Args:
        lr: Learning rates of the forecast, ascending; they stand on a logarithmic axis if they span a factor of 50.
        predicted: Steps that it predicts; none or infinitely many leave a gap.
        measured_lr: Learning rates that were tried.
        measured: Steps that they took; none or infinitely many are not drawn.
        marks: Learning rates to mark, by name.
        y_title: What the steps lead to, such as `steps to 1 % of the error`.

    Returns:
        The figure: forecast, dots, one line a mark.

    Example:
        >>> lr = torch.tensor([0.0, 1.0, 2.0])
        >>> drawn = steps_over_rate(lr, torch.tensor([torch.inf, 8.0, 4.0]), lr, torch.tensor([0, 9, 4]), {}, "steps")
        >>> drawn.data[0].y, drawn.data[1].y
        (array([nan,  8.,  4.]), array([9., 4.]))
    """
    figure = strokes.blank()
    places = style.thin(len(lr), 2 * strokes.POINTS)
    forecast, run = strokes.positive(predicted[places].double()), strokes.positive(measured.double())
    there = run.isfinite()
    strokes.line(figure, lr[places], forecast, "forecast", style.FORECAST, 4.0, "dash")
    x, y = style.numbers(measured_lr[there]), style.numbers(run[there])
    figure.add_scatter(x=x, y=y, mode="markers", name="run", marker={"color": style.RUN, "size": 8})
    figure.update_traces(hovertemplate="learning rate %{x:.4g}: %{y:.5g} steps")
    seen = torch.cat([forecast, run])
    seen = seen[seen.isfinite()] if seen.isfinite().any() else torch.ones(1)
    style.upright(figure, marks, (0.7 * float(seen.min()), 1.4 * float(seen.max())), "")
    wide = float(lr[0]) > 0 and float(lr[-1]) > 50 * float(lr[0])
    x_axis = strokes.power_axis("learning rate", lr) if wide else {"title": {"text": "learning rate"}}
    return figure.update_layout(xaxis=x_axis, yaxis=strokes.power_axis(y_title, seen))


def paths_over_steps(
    t: Real[Tensor, " t"],
    measured: dict[str, Float[Tensor, " t"]],
    predicted: dict[str, Float[Tensor, " t"]],
    levels: dict[str, float],
    y_title: str,
) -> go.Figure:
    """A value over the steps for several learning rates: each its colour, the forecast dashed and wide behind the run.

    Args:
        t: Numbers of steps, ascending.
        measured: Values of the runs, by the name of each.
        predicted: Values of the forecasts, by the same names.
        levels: Values to mark, by name.
        y_title: What is drawn, with its unit.

    Returns:
        The figure: forecasts, runs, levels. What diverges is cut where it leaves the window of starts and levels.

    Example:
        >>> t, w = torch.arange(2), torch.tensor([4.0, 2.0])
        >>> [trace.name for trace in paths_over_steps(t, {"lr 0.1": w}, {"lr 0.1": w}, {"end": 0.0}, "w").data]
        ['lr 0.1', 'lr 0.1', 'end: 0', 'forecast']
    """
    figure = strokes.blank()
    keys = list(dict.fromkeys([*measured, *predicted]))
    palette = style.OTHERS if len(keys) <= len(style.OTHERS) else strokes.shades(len(keys))
    ends = _calm(torch.stack([*measured.values(), *predicted.values()], 1), [*levels.values()])
    behind = style.FORECAST if len(keys) == 1 else style.GREY
    for name, value in predicted.items():
        colour = behind if len(keys) == 1 else palette[keys.index(name)]
        drawn = strokes.forecast(figure, *_within(t, value, ends), name, colour)
        drawn.showlegend = name not in measured
    mode = "lines+markers" if len(t) <= 40 else "lines"
    for name, value in measured.items():
        drawn = strokes.line(figure, *_within(t, value, ends), name, palette[keys.index(name)], 2.0)
        drawn.update(mode=mode, marker={"size": 5})
    figure.update_traces(hovertemplate="step %{x:.5g}: %{y:.5g}")
    strokes.level_lines(figure, levels, t[[0, -1]])
    if predicted:
        strokes.forecast_key(figure, behind)
    return figure.update_layout(xaxis_title_text="step", yaxis={"title": {"text": y_title}, "range": ends})


def smallest_norm(
    solutions: Float[Tensor, "k 2"],
    nearest: Float[Tensor, " 2"],
    paths: dict[str, Float[Tensor, "_ 2"]],
    names: tuple[str, str],
) -> go.Figure:
    """The ball around 0, blown up until it touches the line of all solutions: it does so at the one of smallest norm.

    Args:
        solutions: Points of the line of all solutions, at least two different ones.
        nearest: The solution of smallest norm.
        paths: Descents by name, one point a moment.
        names: What the two weights are called.

    Returns:
        The figure: the ball, smaller ones, the line, the radius to the point of touch with its right angle, the
        descents, their starts, then the point. Both axes have one scale.

    Example:
        >>> line = torch.tensor([[2.0, 0.0], [0.0, 2.0]])
        >>> ball = smallest_norm(line, torch.tensor([1.0, 1.0]), {}, ("a", "b")).data[0]
        >>> ball.name, bool((abs(ball.x**2 + ball.y**2 - 2) < 1e-5).all())
        ('touching ball', True)
    """
    figure, radius = strokes.blank(540), float(nearest.norm())
    corners = radius * torch.tensor([[-1.0, -1.0], [1.0, 1.0]]).to(nearest)
    points = torch.cat([corners, *(path[:1] for path in paths.values())])
    window = strokes.window(figure, points, names, [*paths.values()])
    angle = torch.linspace(0, 2 * math.pi, 121, dtype=torch.float64)
    x, y = radius * angle.cos(), radius * angle.sin()
    strokes.line(figure, x, y, "touching ball", style.PURPLE)
    for part in (0.75, 0.5, 0.25):
        ball = strokes.line(figure, part * x, part * y, "ball", style.PURPLE, 1.0)
        ball.update(opacity=0.6, showlegend=False, hoverinfo="skip")
    along = (solutions[-1] - solutions[0]) / (solutions[-1] - solutions[0]).norm()
    reach = 3 * (window[1] - window[0]).norm() * along
    x, y = torch.stack([nearest - reach, nearest + reach], 1)
    strokes.line(figure, x, y, "all solutions", style.GREEN, 4.0)
    _right_angle(figure, nearest, 0.15 * radius * along)
    strokes.descents(figure, paths, window)
    strokes.points_marked(figure, {"smallest norm": (float(nearest[0]), float(nearest[1]))}, 0)
    return figure


def _seen(error: Tensor, largest: float) -> Tensor:
    """The size of errors that are neither rounding nor far beyond where they started; gaps for the rest."""
    size = error.abs()
    return torch.where((size > DEPTH * largest) & (size < largest / DEPTH), size, torch.nan)


def _calm(values: Tensor, levels: list[float]) -> list[float]:
    """A range that shows all values, but of those that run away no more than twice the way from start to levels."""
    about = torch.cat([values[0], torch.tensor(levels).to(values)])
    seen = torch.cat([values[values.isfinite()], about])
    low, high = float(about.min()), float(about.max())
    reach = 2 * (high - low) or math.inf
    bottom, top = max(float(seen.min()), low - reach), min(float(seen.max()), high + reach)
    room = 0.04 * (top - bottom) or 1.0
    return [bottom - room, top + room]


def _within(t: Tensor, value: Tensor, ends: list[float]) -> tuple[Tensor, Tensor]:
    """A value over some of its steps, up to where it first leaves a range, if it does not come back to stay."""
    outside = ~((value >= ends[0]) & (value <= ends[1]))
    last = int(outside.long().argmax()) + 1 if outside[-1] else len(value)
    places, x, _ = strokes.steps(t[:last], False)
    return x, value[places]


def _right_angle(figure: go.Figure, point: Tensor, aside: Tensor) -> None:
    """The radius to a point of a line, and the little square that says that they are at right angles."""
    inward = -aside.norm() * point / point.norm().clamp(min=1e-300)
    around = [torch.zeros_like(point), point, torch.nan * point, point + inward, point + inward + aside, point + aside]
    x, y = torch.stack(around, 1)
    strokes.line(figure, x, y, f"radius: {said(float(point.norm()), 4)}", style.INK, 2.0)
