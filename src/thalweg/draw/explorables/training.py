"""One training of a network in a browser: all its moments are sent at once, and are scrubbed, played and stepped there.

Nothing is trained here; parameters come moment by moment, and what is drawn of them is worked out once.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import anywidget
import torch
import traitlets
from jaxtyping import Float
from torch import Tensor

from thalweg.draw import style
from thalweg.draw.explorables.source import script
from thalweg.draw.wording import said
from thalweg.problem import unflatten
from thalweg.subjects import networks
from thalweg.subjects.elbows import elbow

MOMENTS = 60  # As many of each way are sent.
GRID = torch.linspace(0, 1, 201, dtype=torch.float64)  # Where functions are drawn, and held against the true one.
DIGITS = 5  # More cannot be seen.


@dataclass(frozen=True)
class Way:
    """One way to a network, moment by moment.

    Attributes:
        name: What it is called.
        over: What its moments are: numbers of steps from 0, or strengths of a ridge from the largest down.
        along: Those numbers.
        w: The parameters of the whole network then.
        forecast: The training error that theory foresees; none if it is not given.
        foreseen: What this forecast is called.
        first: The moment that is shown at first; the last if it is not given.
    """

    name: str
    over: Literal["steps", "ridge"]
    along: Float[Tensor, " t"]
    w: Float[Tensor, "t d"]
    forecast: Float[Tensor, " t"] | None = None
    first: int | None = None
    foreseen: str = "forecast of it"


def film(
    x: Float[Tensor, " n"],
    y: Float[Tensor, " n"],
    width: int,
    ways: list[Way],
    truth: Callable[[Tensor], Tensor] | None = networks.target,
) -> dict[str, Any]:
    r"""All that a browser needs to show how a network with one hidden layer learns.

    $$ f(x) = \sum_i a_i \max(0, w_i x + b_i) + a_0 $$

    Args:
        x: Inputs of the training points, in [0, 1].
        y: Their targets.
        width: Hidden units.
        ways: The ways to train it; of each at most 60 moments are kept, the first shown among them.
        truth: The function to be learned; None if nobody knows it, and then there is no test error.

    Returns:
        The grid, the points, the truth there; and for every way its moments: functions on the grid, elbows $-b_i/w_i$ and by
        how much the slope grows there, $a_i |w_i|$, one a unit, and the errors on points and grid. Numbers have five digits;
        None stands for what is not finite.

    Example:
        >>> w = torch.tensor([[2.0, -1.0, 3.0, 0.5]], dtype=torch.float64)  # w1, b1, a, a0
        >>> x = torch.tensor([0.0, 1.0], dtype=torch.float64)
        >>> shown = film(x, x, 1, [Way("by hand", "steps", torch.zeros(1), w)], None)["ways"][0]
        >>> shown["elbows"], shown["bends"], shown["train"], shown["outputs"][0][-1]
        ([[0.5]], [[6.0]], [3.25], 3.5)
    """
    known = truth(GRID) if truth else None
    return {
        "grid": GRID.tolist(),
        "points": [_short(x), _short(y)],
        "truth": [] if known is None else _short(known),
        "ways": [_moments(way, x, y, width, known) for way in ways],
    }


def ended(way: dict[str, Any]) -> str:
    """Where one of the ways of a film ends, in Markdown: its errors, and how many elbows lie where the points are.

    Example:
        >>> w = torch.tensor([[2.0, -1.0, 3.0, 0.5]], dtype=torch.float64)  # w1, b1, a, a0
        >>> x = torch.tensor([0.0, 1.0], dtype=torch.float64)
        >>> ended(film(x, x, 1, [Way("by hand", "steps", torch.zeros(1), w)], None)["ways"][0])
        'by hand: **3.25** at the points; 1 of 1 elbows lies between 0 and 1'
    """
    at = way["first"]
    if way["train"][at] is None:
        return f"{way['name']}: it has left all bounds"
    inside = sum(each is not None and 0 < each < 1 for each in way["elbows"][at])
    test = f", **{said(way['test'][at])}** against the true function" if way["test"] else ""
    return (
        f"{way['name']}: **{said(way['train'][at])}** at the points{test}; {inside} of {len(way['elbows'][at])} elbows "
        f"{'lies' if inside == 1 else 'lie'} between 0 and 1"
    )


class Training(anywidget.AnyWidget):
    """A network's function, its errors and the paths of its elbows, at a moment that is scrubbed.

    Attributes:
        film: All moments, as `film` makes them; empty as long as there are none.
        way: Which way is shown.
        moment: Which of its moments; -1 is the one that it shows at first, as long as nobody has chosen.

    Example:
        >>> Training().film
        {}
    """

    _esm = script("plane.js", "training.js")
    _css = script("plane.css")
    film = traitlets.Dict().tag(sync=True)
    way = traitlets.Int(0).tag(sync=True)
    moment = traitlets.Int(-1).tag(sync=True)


def _moments(way: Way, x: Tensor, y: Tensor, width: int, truth: Tensor | None) -> dict[str, Any]:
    """What is drawn of one way."""
    kept = style.thin(len(way.along), MOMENTS)
    if way.first is not None:
        kept = torch.cat([kept, torch.tensor([way.first])]).unique()
    w, widths = way.w[kept], (width,)
    p = unflatten(w, networks.shapes(widths))
    outputs = torch.func.vmap(networks.model(widths), in_dims=(0, None))(w, GRID)
    first = len(kept) - 1 if way.first is None else int((kept == way.first).nonzero())
    return {
        "name": way.name,
        "over": way.over,
        "along": _short(way.along[kept]),
        "outputs": _short(outputs),
        "elbows": _short(elbow(p["w1"], p["b1"])),
        "bends": _short(p["a"] * p["w1"].abs()),
        "train": _short(networks.error(w, widths, x, y)),
        "test": [] if truth is None else _short(networks.error(w, widths, GRID, truth)),
        "forecast": [] if way.forecast is None else _short(way.forecast[kept]),
        "foreseen": way.foreseen,
        "first": first,
    }


def _short(values: Float[Tensor, "*batch"]) -> list[Any]:
    """Numbers with five digits as lists; None for what is not finite."""
    size = torch.where(values == 0, 1.0, values.double().abs()).log10().floor().clamp(-300, 300)
    unit = torch.pow(torch.tensor(10.0, dtype=torch.float64), DIGITS - 1 - size)
    rounded = torch.where(size <= DIGITS - 1, (values.double() * unit).round() / unit, values.double())
    return _without_gaps(rounded.tolist()) if not values.isfinite().all() else rounded.tolist()


def _without_gaps(values: Any) -> Any:  # noqa: ANN401
    """Nested lists with None in place of what is not finite."""
    if isinstance(values, list):
        return [_without_gaps(each) for each in values]
    return values if math.isfinite(values) else None
