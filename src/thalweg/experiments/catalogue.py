"""The catalogue of experiments, by name; an experiment's code, and torch with it, is imported when it is run."""

import importlib
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from thalweg.experiments.settings import resolve, unknown
from thalweg.progress import Report, silent

if TYPE_CHECKING:
    from thalweg.experiments.result import Result

SEED = "Homework 0, spring 2023, question 7"


@dataclass(frozen=True)
class Entry:
    """One experiment.

    Attributes:
        name: What to call it by.
        title: What it is, in a few words.
        question: What it asks, in our words.
        seed_reference: The homework's question that it answers.
        where: Its function, as `module:function`.
        official: What the homework's official answer says, in our words.
        defaults: Its own values of the settings.
    """

    name: str
    title: str
    question: str
    seed_reference: str
    where: str
    official: str = ""
    defaults: Mapping[str, Any] = field(default_factory=dict)


_ENTRIES = (
    Entry(
        "organ",
        "All four resistors of the colour organ",
        "Learn the low pass, both stages of the band pass and the high pass at once, from three rows of lamps.",
        f"{SEED} (i)",
        "organ_all:organ_all",
        "The same values as one filter at a time, in more steps.",
        {"start": (200.0,), "off_target": 0.3},
    ),
    Entry(
        "organ/by-hand",
        "A resistor found by hand",
        "Which resistor gives a low pass with 1 uF its cut-off at 800 Hz?",
        f"{SEED} (a)",
        "organ_hand:by_hand",
        "About 200 ohm; the curve was made with 199.",
    ),
    Entry(
        "organ/lamps",
        "The resistors that light the right lamps",
        "Seven tones, the first three with their lamp on: for which resistors are all seven right?",
        f"{SEED} (b)",
        "organ_hand:lamps",
        "Any resistor from 180 to 228 ohm.",
        {"data": "tones"},
    ),
    Entry(
        "organ/low-pass",
        "A resistor learned from the transfer function",
        "Descend on the mean squared error between gains: which resistor, after how many steps, from which start?",
        f"{SEED} (c)",
        "organ_one:low_pass",
        "200 ohm in 45 000 to 50 000 iterations from 500; within 20 000 from below, within 100 000 from above.",
    ),
    Entry(
        "organ/learning-rates",
        "What diverges, what oscillates, what converges quickly",
        "The map of start and learning rate, with its borders predicted.",
        f"{SEED} (c)",
        "organ_rates:learning_rates",
        "1e5 takes about 200 iterations from a start over 5; beyond 2e6 it diverges or oscillates.",
    ),
    Entry(
        "organ/binary",
        "A resistor learned from on and off alone",
        "The lamps instead of the gains, with the same loss: why does another resistor come out?",
        f"{SEED} (d)",
        "organ_one:binary",
        "About 330 ohm, not 200.",
    ),
    Entry(
        "organ/cure",
        "What an off lamp should demand",
        "Which demand of the off lamps, or which loss, makes lamps alone give the right resistor?",
        f"{SEED} (e)",
        "organ_one:cure",
        "200 ohm, with off lamps that demand more than 0.",
        {"off_target": 0.3},
    ),
    Entry(
        "organ/high-pass",
        "The high pass, learned from lamps",
        "The same with a high pass of 5000 Hz.",
        f"{SEED} (f)",
        "organ_one:high_pass",
        "33 ohm.",
        {"off_target": 0.3},
    ),
    Entry(
        "organ/band-pass",
        "Two resistors at once, and a far corner",
        "Both stages of the band pass; and what happens from 900 ohm each, where the loss is flat?",
        f"{SEED} (g)",
        "organ_all:band_pass",
        "40 and 160 ohm; from far away it takes longer, because the loss is flatter there.",
        {"start": (200.0,), "off_target": 0.3},
    ),
    Entry(
        "organ/bode",
        "Bode lines fitted to a transfer function",
        "Two straight lines in dB: do their learned corners lie at the cut-offs?",
        f"{SEED} (h)",
        "organ_bode:bode",
        "Very close to 1000 and 4000 Hz.",
    ),
    Entry(
        "organ/graph",
        "The computation graph of each filter",
        "Which operation of PyTorch's graph is which part of the formula?",
        f"{SEED} (i), last part",
        "organ_graph:graph",
    ),
)


def entries() -> tuple[Entry, ...]:
    """All experiments, in the order of the homework.

    Example:
        >>> [entry.name for entry in entries()][:2]
        ['organ', 'organ/by-hand']
    """
    return _ENTRIES


def find(name: str) -> Entry:
    """The experiment of that name.

    Raises:
        ValueError: If there is none; it names the near ones.

    Example:
        >>> find("organ/binary").title
        'A resistor learned from on and off alone'
    """
    for entry in _ENTRIES:
        if entry.name == name:
            return entry
    raise ValueError(f"experiments: {unknown(name, [entry.name for entry in _ENTRIES], 'experiment')}")


def run_experiment(name: str, given: Mapping[str, Any] | None = None, report: Report = silent) -> "Result":
    """Run an experiment: predict, run, compare.

    Args:
        name: Its name in the catalogue.
        given: Settings that differ from its own, as values or texts.
        report: Called with the share that is done, for a progress bar.

    Returns:
        What was predicted and measured, whether they agree, and why; with pictures that are drawn on demand.

    Example:
        >>> result = run_experiment("organ/lamps")
        >>> result.verdict, [round(ohm, 2) for ohm in result.measured["ohm"]]
        ('agrees', [176.84, 227.36])
    """
    from thalweg.experiments.result import Result

    entry = find(name)
    settings = resolve(entry.defaults, given or {})
    module, function = entry.where.split(":")
    began = time.perf_counter()
    finding = getattr(importlib.import_module(f"thalweg.experiments.{module}"), function)(settings, report)
    return Result(
        entry.name,
        entry.title,
        entry.question,
        entry.seed_reference,
        entry.official,
        asdict(settings) | finding.settings,
        finding.comparison,
        finding.predicted,
        finding.measured,
        finding.why,
        finding.pictures,
        time.perf_counter() - began,
    )
