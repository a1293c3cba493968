"""What is declared under a heading: names, sizes, givens, sequences, experiments. Text is understood in `understanding`."""

import re
from dataclasses import dataclass, field

from thalweg.calculus.nodes import CalculusError, Expr, SyntaxProblem
from thalweg.calculus.parse import FUNCTIONS, WORDS
from thalweg.calculus.scope import Scope, Sequence
from thalweg.calculus.sizes import ONE, Size
from thalweg.calculus.tokens import NAME
from thalweg.claims.files.markdown import Line
from thalweg.claims.nouns import Claim, Random

MOST_NAMES = 400
MOST_IN_NAME = 40


@dataclass(frozen=True)
class Run:
    """An experiment that a file asks for.

    Attributes:
        experiment: Its name in the catalogue.
        settings: What is set of it.
        line: Where it is asked for.
        column: Where on the line.
    """

    experiment: str
    settings: tuple[tuple[str, str], ...]
    line: int
    column: int


@dataclass(frozen=True)
class Recurrence:
    """A sequence.

    Attributes:
        sequence: Its state `w[t]`, the next one, and the first one (a symbol `w[0]` if nothing is said of it).
        index: The symbol `t`.
        has_start: Whether the first one was given.
    """

    sequence: Sequence
    index: Expr
    has_start: bool

    @property
    def start(self) -> Expr:
        """What `w[0]` is."""
        assert self.sequence.start is not None
        return self.sequence.start


@dataclass
class Frame:
    """What is declared under a heading and above it.

    Attributes:
        names: Symbols and definitions.
        lines: The line at which each name was declared.
        symbols: The names that stand for any value, those of sequences among them.
        sizes: Names of sizes, in the order of their declaration.
        equal: Sizes that are known to be others.
        givens: What is assumed.
        size_givens: Pairs (a, b) with a >= b.
        randoms: Gaussian names.
        recurrences: Sequences.
        runs: Experiments.
        doubt: Why what is found here may be wrong: a line above could not be read.
        unread: Names that such lines would have declared, with the line.
    """

    names: dict[str, Expr] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    symbols: dict[str, Expr] = field(default_factory=dict)
    sizes: list[str] = field(default_factory=list)
    equal: dict[str, Size] = field(default_factory=dict)
    givens: list[Expr] = field(default_factory=list)
    size_givens: list[tuple[Size, Size]] = field(default_factory=list)
    randoms: list[Random] = field(default_factory=list)
    recurrences: dict[str, Recurrence] = field(default_factory=dict)
    runs: dict[str, Run] = field(default_factory=dict)
    doubt: str = ""
    unread: dict[str, int] = field(default_factory=dict)

    def copy(self) -> "Frame":
        """The frame of a heading below: it begins with everything that is declared here."""
        return Frame(
            dict(self.names),
            dict(self.lines),
            dict(self.symbols),
            list(self.sizes),
            dict(self.equal),
            list(self.givens),
            list(self.size_givens),
            list(self.randoms),
            dict(self.recurrences),
            dict(self.runs),
            self.doubt,
            dict(self.unread),
        )

    @property
    def known(self) -> frozenset[str]:
        """Every name that means something here."""
        return frozenset((*self.names, *self.sizes))

    def scope(self) -> Scope:
        """What `meaning` needs to know."""
        sequences = {name: recurrence.sequence for name, recurrence in self.recurrences.items()}
        has_one = ONE in self.equal.values()
        return Scope(dict(self.names), set(self.sizes), False, sequences, unread=self.unread, has_one=has_one)

    def claim(self, statement: Expr, line: Line, start: int, label: str, readings: tuple[Expr, ...] = ()) -> Claim:
        """A claim that is made here."""
        return Claim(
            statement,
            tuple(self.givens),
            dict(self.symbols),
            tuple(name for name in self.sizes if name not in self.equal),
            tuple(self.size_givens),
            tuple(self.randoms),
            label,
            line.text[start:].strip(),
            line.number,
            readings,
        )


_OF_FILES = """sizes random given let claim chain recurrence run as within from scatter scalar normal I inf"""
RESERVED = WORDS | {*_OF_FILES.split()}
_NAME = re.compile(rf"{NAME}$")


def declare(name: str, column: int, line: Line, frame: Frame) -> None:
    """Take a name.

    Raises:
        SyntaxProblem: If it is no name.
        CalculusError: If it is taken, or if there are too many.
    """
    if not _NAME.match(name) or len(name) > MOST_IN_NAME:
        raise SyntaxProblem(
            f"need a name of at most {MOST_IN_NAME} letters and digits, got {name[:MOST_IN_NAME]!r}", column
        )
    if name in RESERVED:
        raise SyntaxProblem(f"{name} is a word of the language; take another name", column)
    if name in FUNCTIONS - {"E"}:
        raise SyntaxProblem(f"{name} is a function; take another name", column)
    if name in frame.lines:
        message = f"{name} is declared in line {frame.lines[name]} already; take another name, or begin a new heading"
        raise CalculusError(message, column)
    if len(frame.lines) >= MOST_NAMES:
        raise CalculusError(f"need at most {MOST_NAMES} names", column)
    frame.lines[name] = line.number
