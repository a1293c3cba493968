"""The coefficients over the strength of a ridge, what is kept of every mode, and a mark that moves. Nothing is solved here."""

from collections.abc import Sequence

import plotly.graph_objects as go
import torch
from jaxtyping import Float
from torch import Tensor

from thalweg.draw import strokes, style
from thalweg.draw.wording import said

STRENGTH = "ridge strength λ"
LABELS = 10  # As many coefficients are labelled; of more those that are largest.


def ridge_paths(
    lam: Float[Tensor, " b"],
    w: Float[Tensor, "b d"],
    names: list[str],
    phi: Float[Tensor, "b r"],
    freedom: Float[Tensor, " b"],
    marks: dict[str, float],
    modes: Sequence[str] = (),
    at_zero: Float[Tensor, " d"] | None = None,
) -> go.Figure:
    """The coefficients over the ridge strength, and under them how much of every mode is kept.

    Args:
        lam: Ridge strengths, ascending, positive.
        w: The coefficients, one row a strength.
        names: What the coefficients are called.
        phi: Filter factors of the modes, from 0 to 1, from the strongest mode to the weakest.
        freedom: Effective degrees of freedom, drawn against the axis on the right.
        marks: Strengths to mark, by name.
        modes: What the modes are called; if they are not given, only the strongest and the weakest are named.
        at_zero: The coefficients as the strength tends to 0; diamonds at the left end stand for them, and some at 0 at the
            right end for where the strength tends to infinity.

    Returns:
        The figure: coefficients, filter factors, degrees of freedom, the diamonds, then each mark in both panels.

    Example:
        >>> lam, phi = torch.tensor([1.0, 3.0]), torch.tensor([[0.5], [0.25]])
        >>> drawn = ridge_paths(lam, 2 * phi, ["a"], phi, phi[:, 0], {"chosen": 2.0})
        >>> [(trace.name, trace.yaxis) for trace in drawn.data]
        [('a', None), ('only mode', 'y2'), ('freedom (right)', 'y3'), ('chosen: 2', None), ('chosen: 2', 'y2')]
    """
    figure = strokes.blank(680)
    places = style.thin(len(lam), strokes.POINTS)
    x, w = lam[places], w[places]
    _coefficients(figure, x, w, names)
    _kept(figure, x, phi[places], modes)
    strokes.line(figure, x, freedom[places], "freedom (right)", style.INK, 3.0, "dash").update(yaxis="y3")
    figure.data[-1].update(hovertemplate="λ = %{x:.3g}: %{y:.2f} degrees of freedom")
    x_axis = strokes.power_axis(STRENGTH, lam) | {"anchor": "y2"}
    if at_zero is not None:
        _limits(figure, x[[0, -1]], at_zero, w)
        x_axis["range"] = strokes.logs((float(x[0]), float(x[-1])))
    _through(figure, marks, (float(w.min()), float(w.max())))
    return figure.update_layout(_panels(phi.shape[1]), xaxis=x_axis)


def move_mark(figure: go.Figure, name: str, to: float) -> None:
    """Move a mark of `ridge_paths` to another strength, in the figure itself: much sooner than drawing all of it again.

    Args:
        figure: The figure, which is changed.
        name: What the mark is called.
        to: The strength that it is to stand at.

    Example:
        >>> lam, phi = torch.tensor([1.0, 3.0]), torch.tensor([[0.5], [0.25]])
        >>> drawn = ridge_paths(lam, 2 * phi, ["a"], phi, phi[:, 0], {"chosen": 2.0})
        >>> move_mark(drawn, "chosen", 3.0)
        >>> drawn.data[-1].name, drawn.data[-1].x
        ('chosen: 3', (3.0, 3.0))
    """
    for trace in figure.data:
        if trace.name.startswith(f"{name}: "):
            trace.x, trace.name, trace.hovertemplate = [to, to], f"{name}: {said(to, 4)}", said(to, 4)


def _coefficients(figure: go.Figure, lam: Tensor, w: Tensor, names: list[str]) -> None:
    """A line a coefficient with its name at the left end; of many the largest ones, the others faint and grey."""
    order = w.abs().amax(0).argsort(descending=True)
    shown, others = order[:LABELS].sort().values, order[LABELS:]
    if len(others):
        few = style.thin(len(lam), 100)
        grey = strokes.sheaf(figure, lam[few], w[few][:, others[: strokes.GREY]], "others", style.GREY)
        grey.update(opacity=0.35, showlegend=False, hoverinfo="skip")
    places = _apart(w[0, shown], float(w.max() - w.min()) / 15)
    for number, (i, y) in enumerate(zip(shown.tolist(), places.tolist(), strict=True)):
        colour, dash = style.OTHERS[number % 5], ("solid", "dash")[number // 5 % 2]
        drawn = strokes.line(figure, lam, w[:, i], names[i], colour, 2.5, dash)
        drawn.update(hovertemplate="λ = %{x:.3g}: %{y:.4g}", showlegend=False)
        place = {"x": 0, "xref": "paper", "xanchor": "right", "xshift": -9, "y": y}
        figure.add_annotation(text=names[i], font={"color": colour, "size": 11}, showarrow=False, **place)
    figure.update_layout(margin_l=max(60, 25 + 7 * max(len(names[i]) for i in shown)))


def _kept(figure: go.Figure, lam: Tensor, phi: Float[Tensor, "b r"], names: Sequence[str]) -> None:
    """The filter factors in the lower panel; if the modes have no names, the strongest and the weakest are in the legend."""
    kept = strokes.in_colour(figure, lam, phi, [*names] or [f"mode {i + 1}" for i in range(phi.shape[1])])
    for trace in figure.data[-len(kept) - (phi.shape[1] > len(kept)) :]:
        trace.update(yaxis="y2", showlegend=False, hovertemplate="λ = %{x:.3g}: kept %{y:.3f}")
    if not names:
        kept[0].update(name="strongest mode")
        kept[-1].update(name="weakest mode" if len(kept) > 1 else "only mode")
    for trace in kept if names else (kept[0], kept[-1]):
        trace.update(showlegend=True)


def _limits(figure: go.Figure, ends: Tensor, at_zero: Tensor, w: Tensor) -> None:
    """Diamonds at both ends for what the labelled coefficients tend to, in the colours of their lines."""
    shown = w.abs().amax(0).argsort(descending=True)[:LABELS].sort().values
    left = {"color": [style.OTHERS[number % 5] for number in range(len(shown))]}
    for lam, y, name, colour in (
        (ends[0], at_zero[shown], "λ → 0: X⁺y", left),
        (ends[1], at_zero[:1] * 0, "λ → ∞: 0", {"color": style.INK}),
    ):
        look = colour | {"size": 10, "symbol": "diamond", "line": {"width": 1, "color": style.INK}}
        x = [float(lam)] * len(y)
        drawn = figure.add_scatter(x=x, y=style.numbers(y), mode="markers", name=name, marker=look, cliponaxis=False)
        drawn.data[-1].update(hovertemplate=f"{name.split(':')[0]}: %{{y:.4g}}<extra></extra>")


def _panels(mode_count: int) -> dict:
    """The upright axes of two panels: coefficients above; kept parts and degrees of freedom below."""
    right = {"overlaying": "y2", "side": "right", "showgrid": False, "range": [0, 1.03 * mode_count], "nticks": 6}
    return {
        "yaxis": {"title": {"text": "coefficient"}, "domain": [0.47, 1], "side": "right"},
        "yaxis2": {"title": {"text": "kept, φ"}, "domain": [0, 0.42], "range": [0, 1.03]},
        "yaxis3": {"title": {"text": "degrees of freedom"}} | right,
    }


def _apart(wanted: Tensor, gap: float) -> Tensor:
    """The places nearest to those wanted, in the same order, that are a gap apart or more (isotonic regression)."""
    order, count = wanted.argsort(), len(wanted)
    room = gap * torch.arange(count).to(wanted)
    sums = torch.cat([room[:1] * 0, (wanted[order] - room).cumsum(0)]).tolist()
    least = [[(sums[b + 1] - sums[a]) / (b + 1 - a) for b in range(a, count)] for a in range(count)]
    level = [max(min(least[a][i - a :]) for a in range(i + 1)) for i in range(count)]
    return torch.empty_like(wanted).scatter(0, order, torch.tensor(level).to(wanted) + room)


def _through(figure: go.Figure, marks: dict[str, float], ends: tuple[float, float]) -> None:
    """Vertical marks through both panels."""
    before = len(figure.data)
    style.upright(figure, marks, ends, "")
    for mark in figure.data[before:]:
        figure.add_trace(mark).data[-1].update(y=[0.0, 1.0], yaxis="y2", showlegend=False)
