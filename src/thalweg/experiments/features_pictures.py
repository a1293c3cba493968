"""The pictures of the features of a ReLU network's linearization."""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from thalweg.descent import Run
from thalweg.experiments.features_points import Point, joined
from thalweg.experiments.result import Picture
from thalweg.spectrum import alignment, decompose, principal_features
from thalweg.subjects import networks
from thalweg.subjects.kinks import kinks

MOMENTS = 40  # Of the training, at which the features are taken apart.


def pictures(points: list[Point], result: Run, widths: tuple[int, ...], ranks: dict[str, int]) -> tuple[Picture, ...]:
    """Features by group and as maps, singular values, principal features, shares of the target, and their change.

    Args:
        points: The start and the end.
        result: The training between.
        widths: Units in the hidden layers.
        ranks: The rank at each by counting.

    Returns:
        The pictures, drawn on demand.
    """
    (start, end), x = points, result.problems[0].X
    return (
        *(_groups(point, widths) for point in points),
        *(_maps(point, widths) for point in points if widths[0] > 1),  # One feature a group makes no map.
        _singular_values(points, ranks),
        _principal(start, end, widths, x),
        *(_modes(point, widths, x) for point in points),
        _shares(points),
        _over_training(result, widths),
    )


def _at(point: Point, widths: tuple[int, ...], x: Tensor) -> dict[str, Tensor]:
    return networks.features(point.w, x, widths)


def _grid(points: list[Point], widths: tuple[int, ...]) -> Float[Tensor, " m"]:
    """Places to draw at: even ones, and both sides of every bend."""
    from thalweg.draw import features as draw

    return draw.places(torch.cat([kinks(point.w, widths).x for point in points]))


def _phi(point: Point, widths: tuple[int, ...], x: Tensor) -> Tensor:
    return principal_features(joined(point.w, x, widths), point.parts)


def course(
    w: Float[Tensor, "t d"], x: Float[Tensor, " n"], widths: tuple[int, ...]
) -> tuple[Float[Tensor, "t r"], Float[Tensor, " t"], Int[Tensor, " t"]]:
    """What becomes of the features at some points, moment by moment of a training.

    Args:
        w: The parameters, one row a moment, the first of them at the start.
        x: The points.
        widths: Units in the hidden layers.

    Returns:
        The singular values of the features, the alignment of their kernel with that at the start, and their rank.
    """
    start = joined(w[0], x, widths)
    sigma, aligned, rank = [], [], []
    for each in w:  # One after the other: they may be large.
        F = joined(each, x, widths)
        parts = decompose(F)
        sigma.append(parts.sigma)
        rank.append(parts.rank)
        aligned.append(alignment(start, F))
    return torch.stack(sigma), x.new_tensor(aligned), torch.tensor(rank)


def _groups(point: Point, widths: tuple[int, ...]) -> Picture:
    from thalweg.draw import features as draw

    def figure() -> object:
        x = _grid([point], widths)
        return draw.groups(x, _at(point, widths, x))

    shapes = (
        "weights of the first layer make ramps with a jump, biases steps, output weights hinges"
        if len(widths) == 1
        else "all are straight between the places where some unit of either layer bends"
    )
    return Picture(
        f"The features {point.title}, by group",
        "The derivative of the network in each parameter, as a function of x. The slider picks one of each group out of the "
        f"faint rest: {shapes}.",
        figure,
    )


def _maps(point: Point, widths: tuple[int, ...]) -> Picture:
    from thalweg.draw import features as draw

    def figure() -> object:
        x = _grid([point], widths)
        return draw.maps(x, _at(point, widths, x))

    return Picture(
        f"All features {point.title}, as maps",
        "One row a feature, in the order in which they switch; colour is the derivative, white is 0.",
        figure,
    )


def _singular_values(points: list[Point], ranks: dict[str, int]) -> Picture:
    from thalweg.draw import principal as draw

    return Picture(
        "Singular values of the feature matrix",
        "How fast descent learns along each mode: its speed is the square. Beyond the rank that counting the straight pieces "
        "allows there is only rounding.",
        lambda: draw.singular_values({point.title: point.parts.sigma for point in points}, ranks),
    )


def _principal(start: Point, end: Point, widths: tuple[int, ...], x: Tensor) -> Picture:
    from thalweg.draw import principal as draw

    def figure() -> object:
        grid = _grid([start, end], widths)
        return draw.principal(
            grid, _phi(start, widths, grid), _phi(end, widths, grid), start.parts.sigma, end.parts.sigma,
            start.share, end.share, x,
        )  # fmt: skip

    return Picture(
        "The strongest principal features, at the start and after training",
        "F(x) v_j in the order of their singular value, between the training points too, each to its own scale, with the share "
        "of the target's square that lies along it.",
        figure,
    )


def _modes(point: Point, widths: tuple[int, ...], x: Tensor) -> Picture:
    from thalweg.draw import principal as draw

    def figure() -> object:
        grid = _grid([point], widths)
        return draw.choose_mode(grid, _phi(point, widths, grid), point.parts.sigma, point.share, x)

    return Picture(
        f"One principal feature at a time, {point.title}",
        "The slider chooses the mode. The weaker its singular value, the later descent learns it.",
        figure,
    )


def _shares(points: list[Point]) -> Picture:
    from thalweg.draw import principal as draw

    return Picture(
        "How much of the target the strongest modes hold",
        "The share of the target's square in the first k modes: what descent learns soon.",
        lambda: draw.shares({point.title: point.share[: point.parts.rank] for point in points}),
    )


def _over_training(result: Run, widths: tuple[int, ...]) -> Picture:
    """Singular values and alignment with the start, at some of the moments that the run kept."""
    from thalweg.draw import principal as draw
    from thalweg.draw import style

    def figure() -> object:
        kept = style.thin(int(result.w[:, 0].isfinite().all(1).sum()), MOMENTS)
        return draw.over_training(result.t[kept], *course(result.w[kept, 0], result.problems[0].X, widths))

    return Picture(
        "How the features change while the network trains",
        "Singular values over the steps, and how far the kernel of the features is still aligned with that at the start: 1 for "
        "a linear model.",
        figure,
    )
