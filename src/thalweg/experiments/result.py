"""What experiments return: what was predicted, what was measured, whether they agree, and why; and pictures with words."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from thalweg.comparison import Comparison

Shown = tuple[Any, str]
"""A plotly figure, and what it shows, in words."""


@dataclass(frozen=True)
class Picture:
    """A picture that is drawn when somebody wants to see it.

    Attributes:
        title: What it shows, in a few words.
        caption: What to look for, in a sentence or two; also its text for those who cannot see it.
        draw: Makes a plotly figure, or an SVG as text.
    """

    title: str
    caption: str
    draw: Callable[[], Any]


@dataclass(frozen=True)
class Result:
    """The result of an experiment.

    Attributes:
        experiment: Its name in the catalogue.
        title: Its title there.
        question: What it asks, in our words.
        seed_reference: The homework's question that it answers.
        official: What the homework's official answer says, in our words; empty if there is none.
        settings: The settings in force.
        comparison: Forecast against run, quantity by quantity.
        predicted: The forecast's numbers, for programs.
        measured: The run's numbers, for programs.
        why: A sentence that says why the numbers are what they are.
        pictures: What there is to see.
        seconds: How long it took.
    """

    experiment: str
    title: str
    question: str
    seed_reference: str
    official: str
    settings: dict[str, Any]
    comparison: Comparison
    predicted: dict[str, Any]
    measured: dict[str, Any]
    why: str
    pictures: tuple[Picture, ...]
    seconds: float

    @property
    def verdict(self) -> str:
        """Whether forecast and run agree."""
        return self.comparison.verdict

    @property
    def reason(self) -> str:
        """Why they agree, or what differs."""
        return self.why if self.verdict == "agrees" else f"{self.comparison.reason} {self.why}"


@dataclass(frozen=True)
class Finding:
    """What an experiment's own function returns; the catalogue makes a `Result` of it.

    Attributes:
        comparison: Forecast against run.
        predicted: The forecast's numbers, for programs.
        measured: The run's numbers, for programs.
        why: A sentence that says why the numbers are what they are.
        pictures: What there is to see.
        settings: Settings that were worked out on the way, such as the learning rate.
    """

    comparison: Comparison
    predicted: dict[str, Any]
    measured: dict[str, Any]
    why: str
    pictures: tuple[Picture, ...]
    settings: dict[str, Any]
