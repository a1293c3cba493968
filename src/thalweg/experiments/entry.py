"""What the catalogue says of one experiment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from thalweg.experiments.settings import Check, resolve


@dataclass(frozen=True)
class Entry:
    """One experiment.

    Attributes:
        name: What to call it by.
        title: What it is, in a few words.
        question: What it asks, in our words.
        seed_reference: The homework's question that it answers.
        where: Its function, as `module:function`.
        settings: What can be set.
        official: What the homework's official answer says, in our words.
        defaults: Its own values of the settings.
        check: What must hold of several settings at once.
    """

    name: str
    title: str
    question: str
    seed_reference: str
    where: str
    settings: type
    official: str = ""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    check: Check | None = None


def settle(entry: Entry, given: Mapping[str, Any]) -> Any:  # noqa: ANN401
    """An experiment's settings, with what was given put over its own and checked; see `resolve`."""
    return resolve(entry.settings, entry.defaults, given, entry.check)
