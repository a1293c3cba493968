"""The trainings that a page shows: made once, and there at once for everybody who asks the same."""

from dataclasses import dataclass, field
from functools import lru_cache

from thalweg.descent import Run, run
from thalweg.draw.explorables.training import MOMENTS
from thalweg.experiments.relu_setup import ALL, OUTPUT, Net, make_net
from thalweg.problem import Problem
from thalweg.progress import Report, silent
from thalweg.subjects import networks

QUICK = 3000  # More steps than this may be worth a compiled loop.
RATES = {OUTPUT: 0.7, ALL: 0.2}
"""The learning rates that a page begins with, by what is trained."""


@dataclass(frozen=True)
class Asked:
    """A training on noisy points, as a visitor asks for it; by default the one that a page begins with.

    Attributes:
        way: What is trained: `OUTPUT` or `ALL`.
        lr: The learning rate.
        width: The hidden units.
        points: The points that it learns from.
        seed: Where the chance of its start begins.
        steps: How many steps it takes.
        report: For a progress bar; who asks the same with another one asks the same.
    """

    way: str
    lr: float
    width: int = 40
    points: int = 100
    seed: int = 6
    steps: int = QUICK
    report: Report = field(default=silent, compare=False)


@lru_cache(32)
def net(width: int, points: int, seed: int) -> Net:
    """A network at its start, with noisy points."""
    return make_net(*networks.noisy_points(points), width, seed)


@lru_cache(32)
def trained(asked: Asked) -> Run:
    """A training on all points.

    Args:
        asked: What is asked for.

    Returns:
        The run; the very same object for everybody who asks the same.

    Example:
        >>> first = trained(Asked(OUTPUT, lr=0.5, width=3, points=5, steps=10))
        >>> trained(Asked(OUTPUT, lr=0.5, width=3, points=5, steps=10, report=print)) is first
        True
    """
    made = net(asked.width, asked.points, asked.seed)
    return descend(made.last if asked.way == OUTPUT else made.whole, asked.lr, asked.steps, asked.report)


def descend(problem: Problem, lr: float, steps: int, report: Report = silent) -> Run:
    """Descent on all points of a problem, at as many moments as a page sends."""
    choice = "auto" if steps > QUICK else "eager"
    return run(problem, lr=lr, steps=steps, keep=MOMENTS, choice=choice, report=report)
