"""The catalogue of experiments, by name; an experiment's code, and torch with it, is imported when it is run."""

import importlib
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from thalweg.experiments.calculus_entries import CALCULUS
from thalweg.experiments.entry import Entry, settle
from thalweg.experiments.linear_entries import LINEAR
from thalweg.experiments.organ_entries import ORGAN
from thalweg.experiments.relu_entries import RELU
from thalweg.experiments.scratch_entries import SCRATCH
from thalweg.experiments.settings import unknown
from thalweg.progress import Report, silent

if TYPE_CHECKING:
    from thalweg.experiments.result import Finding, Result

_ENTRIES = (*LINEAR, *CALCULUS, *RELU, *SCRATCH, *ORGAN)


def entries() -> tuple[Entry, ...]:
    """All experiments, topic by topic.

    Example:
        >>> [entry.name for entry in entries()][:2]
        ['learning-rate/scalar', 'learning-rate/two']
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


def load(entry: Entry) -> "Callable[[Any, Report], Finding]":
    """The code of an experiment, which is imported with all that it needs.

    Example:
        >>> load(find("organ/lamps")).__module__
        'thalweg.experiments.organ_hand'
    """
    module, function = entry.where.split(":")
    return getattr(importlib.import_module(f"thalweg.experiments.{module}"), function)


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
    settings = settle(entry, given or {})
    began = time.perf_counter()
    finding = load(entry)(settings, report)
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
