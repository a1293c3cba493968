"""Claims: what a person wrote, checked.

The public names stand here by hand and are imported when they are first used.
"""

from typing import TYPE_CHECKING

from thalweg.laziness import importer

if TYPE_CHECKING:
    from thalweg.claims.files.document import Document, read
    from thalweg.claims.files.marking import Marked, check_text, mark
    from thalweg.claims.files.statements import Item
    from thalweg.claims.nouns import Answer, Claim, Counterexample, Random, Value, Verdict
    from thalweg.claims.stating import claim

_HOMES = {
    "nouns": ("Answer", "Claim", "Counterexample", "Random", "Value", "Verdict"),
    "files.document": ("Document", "read"),
    "files.marking": ("Marked", "check_text", "mark"),
    "files.statements": ("Item",),
    "stating": ("claim",),
}

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


__getattr__ = importer(__name__, _HOMES)
