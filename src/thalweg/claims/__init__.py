"""Claims: what a person wrote, checked.

The public names stand here by hand and are imported when they are first used; but `claim` at once, since a module has that
name too.
"""

import importlib
from typing import TYPE_CHECKING, Any

from thalweg.claims.stating import claim

if TYPE_CHECKING:
    from thalweg.claims.claim import Answer, Claim, Counterexample, Random, Value, Verdict
    from thalweg.claims.document import Document, read
    from thalweg.claims.marking import Marked, check_text, mark
    from thalweg.claims.statements import Item

_HOMES = {
    "claim": ("Answer", "Claim", "Counterexample", "Random", "Value", "Verdict"),
    "document": ("Document", "read"),
    "marking": ("Marked", "check_text", "mark"),
    "statements": ("Item",),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Answer",
    "Claim",
    "Counterexample",
    "Document",
    "Item",
    "Marked",
    "Random",
    "Value",
    "Verdict",
    "check_text",
    "claim",
    "mark",
    "read",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401
    if name not in _HOME:
        raise AttributeError(f"module 'thalweg.claims' has no attribute {name!r}")
    return getattr(importlib.import_module(f"thalweg.claims.{_HOME[name]}"), name)
