"""What is claimed, and what came of it. Reading a file is `document`'s, deciding is `check`'s."""

import enum
from dataclasses import dataclass, field
from fractions import Fraction

from thalweg.calculus.nodes import Expr, Symbol
from thalweg.calculus.sizes import Size


class Verdict(enum.Enum):
    """What a check may answer; its value is the sentence that explains it."""

    PROVED = "holds in every case that the givens allow"
    PASSED = "held in every case that was tried; that is no proof"
    FALSE = "does not hold: here is a case"
    ILL_TYPED = "has no meaning: shapes do not fit"
    VACUOUS = "says nothing: no case satisfies the givens"
    AMBIGUOUS = "can be read in two ways that differ"
    UNDECIDED = "could not be decided within the limits"

    @property
    def word(self) -> str:
        """The verdict as it is printed."""
        return self.name.replace("_", "-")


@dataclass(frozen=True)
class Random:
    """A Gaussian name: a vector or scalar with a covariance matrix, or a matrix of independent entries.

    Attributes:
        symbol: The name.
        mean: Its mean, of its shape.
        covariance: The covariance matrix of a vector; the variance of each entry of a matrix.
    """

    symbol: Expr
    mean: Expr
    covariance: Expr


@dataclass(frozen=True)
class Claim:
    """Something that is said to hold for all values of its names that satisfy the givens.

    Attributes:
        statement: What is said.
        givens: What is assumed.
        symbols: Every declared name that it may use, with shape and traits.
        sizes: The names of sizes; each is a whole number from 1.
        size_givens: Pairs (a, b) of sizes with a >= b.
        randoms: Gaussian names, independent of each other.
        label: What it is called in reports.
        text: As it was typed.
        line: Its line in the file, from 1; 0 if it has none.
        readings: Other ways to read the same text.
    """

    statement: Expr
    givens: tuple[Expr, ...] = ()
    symbols: dict[str, Expr] = field(default_factory=dict)
    sizes: tuple[str, ...] = ()
    size_givens: tuple[tuple[Size, Size], ...] = ()
    randoms: tuple[Random, ...] = ()
    label: str = ""
    text: str = ""
    line: int = 0
    readings: tuple[Expr, ...] = ()


@dataclass(frozen=True)
class Value:
    """An exact value of a name or of a side: rational entries, row by row.

    Attributes:
        rows: The entries. An entry that is not rational is the text of its digits.
    """

    rows: tuple[tuple[Fraction | str, ...], ...]

    def __str__(self) -> str:
        """`2`, `(1, -1/2)` for a column, `[1 0; 0 1]` for a matrix."""
        if len(self.rows) == len(self.rows[0]) == 1:
            return str(self.rows[0][0])
        if len(self.rows[0]) == 1:
            return f"({', '.join(str(row[0]) for row in self.rows)})"
        return f"[{'; '.join(' '.join(str(part) for part in row) for row in self.rows)}]"


@dataclass(frozen=True)
class Counterexample:
    """A case in which all givens hold and the claim does not.

    Attributes:
        values: The names with their values.
        left: What the left side of the broken comparison is there.
        right: What the right side is.
        relation: What was claimed between them.
        certified: How it was checked: "exactly", or "in interval arithmetic to 40 digits".
    """

    values: dict[str, Value]
    left: Value | None
    right: Value | None
    relation: str
    certified: str

    def __str__(self) -> str:
        """As it is printed."""
        names = ", ".join(f"{name} = {value}" for name, value in self.values.items()) or "always"
        if self.left is None or self.right is None:
            return f"{names}: {self.relation}"
        return f"{names}: the left side is {self.left}, the right side {self.right}"


@dataclass(frozen=True)
class Answer:
    """What came of checking one claim.

    Attributes:
        verdict: The verdict.
        how: In which way it was reached, in a sentence.
        echo: How the claim was read, in one line.
        counterexample: The smallest case found, of a false claim.
        condition: What would make a false claim true, if it was found: "true iff lam < 2 w/x".
        samples: In how many cases it was tried.
        seconds: How long it took.
    """

    verdict: Verdict
    how: str
    echo: str = ""
    counterexample: Counterexample | None = None
    condition: str = ""
    samples: int = 0
    seconds: float = 0.0


def name_of(expr: Expr) -> str:
    """The name of a symbol."""
    assert isinstance(expr.value, Symbol)
    return expr.value.name
