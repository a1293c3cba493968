"""What names mean where a text is read: symbols, definitions, sizes and recurrences."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from thalweg.calculus.nodes import Expr

_GREEK = """alpha beta gamma delta epsilon zeta eta theta iota kappa lam lambda mu nu xi rho sigma tau upsilon phi chi psi
omega eps"""
GREEK = frozenset(_GREEK.split())
_LETTERS = """α alpha β beta γ gamma δ delta ζ zeta η eta θ theta ι iota κ kappa μ mu ν nu ξ xi π pi ρ rho σ sigma τ tau
υ upsilon φ phi χ chi ψ psi ω omega λ lam λ lambda ε epsilon ε eps ϵ epsilon ϵ eps ϕ phi
Γ Gamma Δ Delta Θ Theta Λ Lambda Ξ Xi Π Pi Σ Sigma Φ Phi Ψ Psi Ω Omega"""
_PAIRED = _LETTERS.split()
_SPELLED = [*zip(_PAIRED[::2], _PAIRED[1::2], strict=True)]


@dataclass(frozen=True)
class Sequence:
    """A recurrence.

    Attributes:
        state: The symbol `w[t]`.
        step: What `w[t+1]` is.
        start: What `w[0]` is, if that is said.
    """

    state: Expr
    step: Expr
    start: Expr | None = None


@dataclass
class Scope:
    """What the names mean.

    Attributes:
        names: Symbols and definitions; also indexed names, such as `w[t]`, written without spaces.
        sizes: The names of sizes.
        is_open: Whether a name that is not declared gets a meaning by its spelling.
        sequences: The names of recurrences.
        kinds: In an open scope: the names that are not of the kind that their spelling says; "scalar", "vector", "matrix".
        traits: In an open scope: the traits of names.
        unread: Names that are not declared since that could not be read, with the line.
        has_one: Whether a declared size is known to be 1, so that one that is to be found may be 1 too.
    """

    names: dict[str, Expr] = field(default_factory=dict)
    sizes: set[str] = field(default_factory=set)
    is_open: bool = False
    sequences: dict[str, Sequence] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    traits: dict[str, frozenset[str]] = field(default_factory=dict)
    unread: dict[str, int] = field(default_factory=dict)
    has_one: bool = False


def spellings(name: str) -> Iterator[str]:
    """Other ways to write a name that is a Greek letter, maybe with a number or a subscript: `σ_1` for `sigma_1`.

    Example:
        >>> [*spellings("λ1")], [*spellings("lambda")]
        (['lam1', 'lambda1'], ['λ', 'lam'])
    """
    stem = re.match(r"[^\W\d_]*", name)
    head = stem[0] if stem else ""
    letters = {letter for letter, word in _SPELLED if head in (letter, word)}
    found = dict.fromkeys(part for pair in _SPELLED if pair[0] in letters for part in pair if part != head)
    return iter(part + name[len(head) :] for part in found)
