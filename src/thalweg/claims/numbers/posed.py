"""A claim about scalars as formulas in one context of z3: names, givens, the statement, and what must have a value."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from thalweg.calculus.nodes import SCALAR, Expr
from thalweg.calculus.sizes import Size
from thalweg.claims.numbers.propositions import is_quantified, truth
from thalweg.claims.numbers.quotients import Term
from thalweg.claims.numbers.reading import Need, Reader, Unsupported, formula, z3
from thalweg.claims.numbers.reals import axioms, reader_in
from thalweg.claims.numbers.solver import Found, solved
from thalweg.claims.numbers.weights import is_light

Place = tuple[str, int, int]  # a name, a row, a column; -1 and -1 for a size


@dataclass
class Posed:
    """What is known, ready to be asked about.

    Attributes:
        reader: What read it.
        givens: Each given that could be read, with its formulas: what it says, and what has a value.
        is_complete: Whether all givens could be read.
        is_quantified: Whether some formula has a quantifier.
    """

    reader: Reader
    givens: list[tuple[Expr, list[Term]]] = field(default_factory=list)
    is_complete: bool = True
    is_quantified: bool = False

    @property
    def is_exact(self) -> bool:
        """Whether the formulas say all that is known."""
        return self.is_complete and self.reader.is_exact

    @property
    def known(self) -> list[Term]:
        """All that is assumed."""
        return [*axioms(self.reader), *(part for _, parts in self.givens for part in parts)]

    def read(self, statement: Expr) -> tuple[Term, list[Need]]:
        """A statement as a formula, and what must hold for it to have a value."""
        if not is_light([statement]):
            raise Unsupported("degrees and numbers of this size")
        self.is_quantified = self.is_quantified or is_quantified(statement)
        with self.reader.apart() as needs:
            said = truth(self.reader, statement)
        return said, list(needs.values())

    def broken(self, statement: Expr) -> list[Term]:
        """All that is assumed, that a statement has a value, and that it does not hold."""
        said, needs = self.read(statement)
        return [*self.known, *(need.formula for need in needs), z3().Not(said)]

    def asked(self, formulas: list[Term], deadline: float) -> Found:
        """Whether formulas can hold together."""
        return solved(self.reader.context, formulas, [], deadline, self.is_quantified)

    def valued(self, formulas: list[Term], deadline: float) -> Found:
        """Whether formulas can hold together; if they can, with small values of all free names."""
        names = [(str(variable), place[0] in self.reader.wholes) for place, variable in self.free.items()]
        return solved(self.reader.context, formulas, names, deadline, self.is_quantified)

    @property
    def free(self) -> dict[Place, Term]:
        """The variables of names that no quantifier binds."""
        return {place: variable for place, variable in self.reader.variables.items() if "!" not in place[0]}

    def whole(self) -> list[Term]:
        """That what stands for whole numbers is whole."""
        places = [place for place in self.reader.variables if place[0] in self.reader.wholes]
        return [z3().IsInt(self.reader.variables[place]) for place in places]


def posed(givens: Iterable[Expr], size_givens: Iterable[tuple[Size, Size]] = (), names: Iterable[Expr] = ()) -> Posed:
    """What is assumed, in a context of z3 of its own; a given that cannot be read is left out.

    Args:
        givens: What is assumed.
        size_givens: Pairs (a, b) of sizes with a >= b.
        names: Names of which only the traits are said.

    Returns:
        It, ready to be asked about.
    """
    result = Posed(reader_in(z3().Context()))
    for given in [*givens, *_told(names), *(_at_least(*pair) for pair in size_givens)]:
        try:
            said, needs = result.read(given)
            result.givens.append((given, [formula(result.reader, said), *(need.formula for need in needs)]))
        except Unsupported:
            result.is_complete = False
    return result


def _told(names: Iterable[Expr]) -> list[Expr]:
    """Statements that say nothing, of names."""
    return [Expr("compare", (name, name), SCALAR, "=") for name in names]


def _at_least(large: Size, small: Size) -> Expr:
    """That one size is at least another."""
    sides = tuple(Expr("size", (), SCALAR, size) for size in (large, small))
    return Expr("compare", sides, SCALAR, ">=")
