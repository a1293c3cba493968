"""Small pictures for the index of the laboratory, as SVG: what each page is about, computed and not painted."""

import html
from collections.abc import Callable, Iterable

import torch
from jaxtyping import Float
from torch import Tensor

from thalweg.draw.style import BLUE, GREEN, GREY, ORANGE, PURPLE, SKY, VERMILION
from thalweg.filters import early_stopping_factors, ridge_factors
from thalweg.modes import step_factors

WIDTH, HEIGHT = 240.0, 130.0


def thumbnail(name: str) -> str:
    """The picture of a topic.

    Args:
        name: The topic's name.

    Returns:
        An SVG element, with a text that says what it shows.

    Raises:
        KeyError: If there is no such topic.

    Example:
        >>> thumbnail("learning-rate").count("<path")
        5
    """
    draw, words = _PICTURES[name]
    begin = f'<svg viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img" aria-label="{words}" fill="none" stroke-width="2.5">'
    return f"{begin}{''.join(draw())}</svg>"


def _line(
    x: Float[Tensor, " n"],
    y: Float[Tensor, " n"],
    colour: str,
    window: tuple[float, float, float, float],
    more: str = "",
) -> str:
    """A curve in a window (left, right, bottom, top) of its own coordinates."""
    left, right, bottom, top = window
    px = WIDTH * (x - left) / (right - left)
    py = HEIGHT - HEIGHT * (y - bottom) / (top - bottom)
    points = " L".join(
        f"{a:.1f} {b:.1f}" for a, b in zip(px.tolist(), py.clamp(-HEIGHT, 2 * HEIGHT).tolist(), strict=True)
    )
    return f'<path d="M{points}" stroke="{colour}" {more}/>'


def _dot(x: float, y: float, more: str) -> str:
    """A circle at a share of the width and of the height."""
    return f'<circle cx="{WIDTH * x:.1f}" cy="{HEIGHT * (1 - y):.1f}" {more}/>'


def _grid(low: float, high: float, count: int = 80) -> Float[Tensor, " n"]:
    return torch.linspace(low, high, count, dtype=torch.float64)


def _rates() -> Iterable[str]:
    curvature = torch.tensor([4.0, 1.5, 0.5], dtype=torch.float64)
    lr = _grid(0.0, 0.62, 200)
    rho = step_factors(curvature, lr).abs()
    window = (0.0, 0.62, 0.0, 1.3)
    yield f'<rect x="{WIDTH * 0.5 / 0.62:.1f}" width="{WIDTH}" height="{HEIGHT}" fill="{VERMILION}" opacity="0.15"/>'
    for column, colour in zip(rho.T, (BLUE, VERMILION, PURPLE), strict=True):
        yield _line(lr, column, colour, window)
    yield _line(lr[[0, -1]], torch.ones(2), GREY, window, 'stroke-dasharray="5 4" stroke-width="1.5"')
    yield _line(torch.full((2,), 0.4), torch.tensor([0.0, 1.3]), GREY, window)


def _calm() -> Iterable[str]:
    """Norms on both axes logarithmic: descent, its bound, and the inverse."""
    t = (10 ** _grid(0.0, 5.0)).round().long()
    sigma, along = torch.tensor([1.0, 0.003], dtype=torch.float64), torch.tensor([1.0, 0.5], dtype=torch.float64)
    norm = (early_stopping_factors(sigma, 1.0, t) / sigma * along).norm(dim=1)
    x, window = t.double().log10(), (0.0, 5.0, -0.3, 2.6)
    yield _line(x, (t * along.norm()).log10(), GREY, window, 'stroke-dasharray="5 4"')
    yield _line(x, (along / sigma).norm().log10().expand_as(x), VERMILION, window)
    yield _line(x, norm.log10(), BLUE, window)


def _ridge() -> Iterable[str]:
    sigma = 10 ** _grid(-2.0, 2.0)
    for lam, colour in ((0.01, BLUE), (1.0, ORANGE), (100.0, PURPLE)):
        yield _line(
            sigma.log10(),
            ridge_factors(sigma, torch.tensor(lam, dtype=torch.float64)),
            colour,
            (-2.0, 2.0, -0.08, 1.08),
        )


def _cloud() -> Iterable[str]:
    chance = torch.Generator().manual_seed(4)
    steps = torch.randn(90, 2, generator=chance, dtype=torch.float64)
    w = torch.zeros(2, dtype=torch.float64)
    place = []
    for step in steps:
        w = 0.85 * w + 0.15 * torch.tensor([1.0, 0.6], dtype=torch.float64) + 0.13 * step
        place.append(w)
    for x, y in torch.stack(place)[8:].tolist():
        yield _dot(0.12 + 0.45 * x, 0.75 * y, f'r="3" fill="{BLUE}" opacity="0.55"')
    yield _dot(0.57, 0.45, f'r="6" stroke="{ORANGE}"')


def _elbow() -> Iterable[str]:
    x = _grid(-1.0, 3.0)
    for w, b, colour, more in ((0.7, -0.5, GREY, 'stroke-dasharray="5 4"'), (1.2, -0.3, BLUE, "")):
        yield _line(x, (w * x + b).relu(), colour, (-1.0, 3.0, -0.3, 3.0), more)
    yield _dot(0.75, 0.75, f'r="6" fill="{VERMILION}"')


def _curve() -> Iterable[str]:
    x = _grid(0.0, 4.0, 41)
    target = torch.where(x < 1, x, torch.where(x < 2, 2 - x, torch.where(x < 3, 0.6 * (x - 2), 0.6 - 0.9 * (x - 3))))
    window = (0.0, 4.0, -0.6, 1.3)
    yield _line(x, 0.35 - 0.05 * x, SKY, window)
    yield _line(x, 0.6 * target + 0.4 * (0.35 - 0.05 * x), PURPLE, window)
    yield _line(x, target, BLUE, window)


def _features() -> Iterable[str]:
    x = _grid(-1.0, 1.0)
    for elbow, colour in zip((-0.8, -0.4, 0.0, 0.4, 0.75), (BLUE, SKY, PURPLE, ORANGE, VERMILION), strict=True):
        yield _line(x, (x - elbow).relu(), colour, (-1.0, 1.0, -0.1, 1.9))


def _scales() -> Iterable[str]:
    """The logarithm of a signal after all layers over that of the weights' scale."""
    scale = _grid(-1.0, 1.0)
    for layers, colour in ((3, BLUE), (5, VERMILION)):
        yield _line(scale, layers * scale, colour, (-1.0, 1.0, -4.0, 4.0))


def _story() -> Iterable[str]:
    lines = (("f = x′ A x", 30), ("∂f/∂x = x′ (A + A′)", 72), ("1 × n", 110))
    for text, y in lines:
        yield (
            f'<text x="18" y="{y}" font-family="Georgia, serif" font-size="{20 if y < 100 else 15}" fill="currentColor" '
            f'stroke="none">{html.escape(text)}</text>'
        )


def _lamps() -> Iterable[str]:
    f = _grid(1.0, 4.6)
    ratio_low, ratio_high = 10 ** (f - 2.3), 10 ** (3.3 - f)
    window = (1.0, 4.6, -0.1, 1.75)
    low, high = 1 / (1 + ratio_low.square()).sqrt(), 1 / (1 + ratio_high.square()).sqrt()
    middle = 1 / (1 + (10 ** (f - 3.4)).square()).sqrt() / (1 + (10 ** (2.2 - f)).square()).sqrt()
    for gain, colour, x in ((low, VERMILION, 0.18), (middle, GREEN, 0.5), (high, BLUE, 0.84)):
        yield _line(f, gain, colour, window)
        yield _dot(x, 0.85, f'r="11" fill="{colour}" opacity="0.85"')


_PICTURES: dict[str, tuple[Callable[[], Iterable[str]], str]] = {
    "learning-rate": (
        _rates,
        "What a step keeps of an error over the learning rate, for three singular values; a limit.",
    ),
    "ill-conditioned": (
        _calm,
        "The norm of the weights over the steps: descent far below the inverse, and under its bound.",
    ),
    "least-squares-and-ridge": (_ridge, "How much of a mode ridge keeps over its singular value, for three strengths."),
    "noise-and-tikhonov": (_cloud, "A cloud of weights after noisy steps, around the one that is foreseen."),
    "one-elbow": (_elbow, "One unit before and after a step on one point: its elbow moves."),
    "a-network-learns": (_curve, "A line that becomes a curve with three elbows as a network learns."),
    "features": (_features, "Five hinges, each beginning at an elbow of its own."),
    "from-scratch": (
        _scales,
        "The size of a signal over the scale of the weights: steeper through five layers than three.",
    ),
    "vector-calculus": (_story, "The derivative of x' A x: the row x' (A + A')."),
    "colour-organ": (_lamps, "Three gains over the frequency, low, middle and high, and the lamp of each."),
}
