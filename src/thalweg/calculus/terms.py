"""What index forms are made of: atoms that have entries, terms, and sums of terms. What is done with them is `forms`'s."""

from dataclasses import dataclass, field
from fractions import Fraction

from thalweg.calculus.nodes import CalculusError, Expr
from thalweg.calculus.sizes import Size

MOST_CHARACTERS = 40_000
ROW, COLUMN = -1, -2  # free indices of a matrix; derivatives add -3 and -4


@dataclass(frozen=True, slots=True)
class Atom:
    """What has entries: a name, or a function, power or inverse of something.

    Attributes:
        kind: "symbol", "delta", "size", "inverse", "map", "group" (a scalar sum), "power", ...
        name: The name, or that of the function.
        inner: What it is made of.
        is_symmetric: Whether its two indices may be swapped.
        traits: What is known of a symbol.
        key: Its text, by which atoms are compared and put in order.
    """

    kind: str
    name: str = ""
    inner: tuple["Form", ...] = ()
    is_symmetric: bool = field(default=False, compare=False)
    traits: frozenset[str] = field(default=frozenset(), compare=False)
    shape: tuple[Size, ...] = field(default=(), compare=False)
    source: Expr | None = field(default=None, compare=False)
    key: str = field(init=False, default="", compare=False)

    def __post_init__(self) -> None:
        """Its text, once."""
        inner = ",".join(form.key for form in self.inner)
        object.__setattr__(self, "key", f"{self.kind}:{self.name}" + (f"({inner})" if inner else ""))
        if len(inner) > MOST_CHARACTERS:
            raise CalculusError("too many functions of functions when everything is multiplied out")

    def __hash__(self) -> int:
        """By its text."""
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        """By its text."""
        return isinstance(other, Atom) and self.key == other.key


DELTA = Atom("delta", is_symmetric=True)

Scalars = tuple[tuple[Atom, Fraction], ...]
Factor = tuple[Atom, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Term:
    """A number times powers of scalars times entries; indices from 0 are summed over."""

    count: Fraction
    scalars: Scalars = ()
    factors: tuple[Factor, ...] = ()
    sizes: tuple[tuple[int, Size], ...] = ()  # of every index that is summed over

    @property
    def key(self) -> str:
        """The text of everything but the number."""
        scalars = "".join(f"{atom.key}^{power};" for atom, power in self.scalars)
        factors = "".join(f"{atom.key}{places};" for atom, places in self.factors)
        return scalars + factors + "".join(f"{index}<{size};" for index, size in self.sizes)


@dataclass(frozen=True, slots=True)
class Form:
    """A sum of terms in canonical order."""

    terms: tuple[Term, ...]
    key: str = field(init=False, default="", compare=False)

    def __post_init__(self) -> None:
        """Its text, once."""
        object.__setattr__(self, "key", "+".join(f"{term.count}*{term.key}" for term in self.terms))

    def __hash__(self) -> int:
        """By its text."""
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        """Whether the sums are the same."""
        return isinstance(other, Form) and self.key == other.key

    @property
    def is_zero(self) -> bool:
        """No terms."""
        return not self.terms

    @property
    def single(self) -> Term | None:
        """The only term, if there is one alone."""
        return self.terms[0] if len(self.terms) == 1 else None
