r"""Lines of LaTeX from left to right: where sums and products end, and what superscripts do. A factor is `latex`'s matter."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from thalweg.calculus.latex_names import is_transpose
from thalweg.calculus.latex_tree import Node
from thalweg.calculus.latex_words import bracketed, call, operator, sign
from thalweg.calculus.nodes import SyntaxProblem
from thalweg.calculus.tokens import Token

PRODUCTS = frozenset(["*", "/", ".*", "./"])
SUMS = PRODUCTS | {"+", "-"}


@dataclass
class Row:
    """Nodes that are read from left to right.

    Attributes:
        nodes: What stands there.
        names: What is declared.
        column: Where it ends.
        factor: Reads the next factor of a row.
        place: Which node is next.
    """

    nodes: tuple[Node, ...]
    names: Collection[str]
    column: int
    factor: Callable[["Row"], list[Token]]
    place: int = 0

    @property
    def here(self) -> Node | None:
        """The next node, if there is one."""
        return self.nodes[self.place] if self.place < len(self.nodes) else None

    @property
    def operator(self) -> str:
        """The operator that is next; "" if a factor or nothing is."""
        return operator(self.here, self.names) if self.here else ""

    @property
    def has_factor(self) -> bool:
        """Whether a factor is next."""
        return self.here is not None and not self.operator

    @property
    def next_column(self) -> int:
        """Where the next node begins, or the row ends."""
        return self.here.column if self.here else self.column

    def step(self) -> Node:
        """The next node, which is done with then."""
        if self.here is None:
            raise SyntaxProblem("need something here, got the end", self.column)
        self.place += 1
        return self.nodes[self.place - 1]

    def again(self, node: Node) -> None:
        """Put a node into the place of the last one, to be read next."""
        self.place -= 1
        self.nodes = (*self.nodes[: self.place], node, *self.nodes[self.place + 1 :])

    def within(self, nodes: tuple[Node, ...], column: int) -> "Row":
        """Another row, of what a node holds; it ends at a column."""
        return Row(nodes, self.names, column, self.factor)


def written(row: Row) -> list[Token]:
    """The tokens of all that is left of a row."""
    result: list[Token] = []
    while row.here:
        if row.operator in ("->", "converges") and [token.text for token in result[-3:]] == ["[", "t", "]"]:
            del result[-3:]  # that w_t converges is said of w
        result += _operator(row) if row.operator else row.factor(row)
    return result


def inside(row: Row, node: Node, part: int = 0) -> list[Token]:
    """The tokens of what a node holds."""
    return written(row.within(node.parts[part], node.end - 1))


def _operator(row: Row) -> list[Token]:
    r"""An operator; after `\in` an interval too."""
    text, node = row.operator, row.step()
    if not node.is_bare:
        raise SyntaxProblem(f"need no script on {text!r}", node.column)
    made = sign(text, node.column, node.end)
    return [made, *_interval(row)] if text == "in" else [made]


def _interval(row: Row) -> list[Token]:
    """An interval with its brackets as they are."""
    node = row.here
    if (
        node is None
        or node.kind != "fence"
        or node.text not in ("( )", "( ]", "[ )", "[ ]")
        or not node.is_bare
        or len(split(node.parts[0], ",")) != 2
    ):
        message = (
            r"need an interval such as [0, 1] or (0, \infty) after \in; of what shape a name is, its declaration says"
        )
        raise SyntaxProblem(message, row.next_column)
    row.step()
    opened = sign(node.text[0], node.column, node.column + 1)
    return [opened, *inside(row, node), sign(node.text[2], node.end - 1, node.end)]


def split(nodes: tuple[Node, ...], separator: str) -> list[tuple[Node, ...]]:
    """The pieces between separators."""
    places = [place for place, node in enumerate(nodes) if operator(node) == separator]
    return [
        nodes[begin:end]
        for begin, end in zip([0, *(place + 1 for place in places)], [*places, len(nodes)], strict=True)
    ]


def extent(row: Row, operators: Collection[str]) -> list[Token]:
    """What reaches to the next operator that is none of these; a minus may stand before a factor."""
    result: list[Token] = []
    is_whole = False
    while row.has_factor or row.operator in operators or (row.operator in ("+", "-") and not is_whole):
        is_whole = row.has_factor
        result += row.factor(row) if is_whole else _operator(row)
    if not is_whole:
        raise SyntaxProblem("need something to act on here", row.next_column)
    return result


# Superscripts


def scripted(row: Row, base: list[Token], node: Node) -> list[Token]:
    """A factor that is no name, with the scripts of its node."""
    if node.below:
        raise SyntaxProblem(
            "need a name, a norm or a bracketed name before a subscript; let gives names", node.below[0].column
        )
    return raised(row, base, node, node.above or ())


def raised(row: Row, base: list[Token], node: Node, above: tuple[Node, ...]) -> list[Token]:
    r"""A factor with its power, transpose or inverse: `^2`, `^\top`, `^{-1}`, `^{-\top}`, `^\dagger`, `^{\circ 2}`."""
    turn = [sign("'", node.end, node.after)]
    base = [*base, *turn] if node.primed else base
    is_lone = len(above) == 1 or (len(above) == 2 and operator(above[0]) == "-")
    is_turned = bool(above) and is_transpose(above[-1]) and (is_lone or above[-1].kind == "command")
    rest = above[:-1] if is_turned else above
    if len(rest) == 1 and rest[0].is_bare and (rest[0].text in ("dagger", "dag") or operator(rest[0]) == "+"):
        base = call("pinv", [base], node.column, node.after)
    elif is_turned and len(rest) == 1 and operator(rest[0]) == "-":
        one = [sign("-", node.end, node.end), Token("number", "1", node.end, node.after, False)]
        base = [*base, sign("^", node.end, node.end), *bracketed(one, node.end, node.after)]
    elif rest:
        base = [*base, *_power(row, node, rest)]
    return [*base, *turn] if is_turned else base


def _power(row: Row, node: Node, above: tuple[Node, ...]) -> list[Token]:
    r"""A power; after `\circ` of every entry."""
    is_entrywise = operator(above[0]) == ".*"
    exponent = written(row.within(above[is_entrywise:], node.after))
    if not exponent or operator(above[0]) == "*" or above[0].text == "star" or operator(above[-1]):
        raise SyntaxProblem(
            r"need an exponent such as ^{-1}; the transpose is ^\top, a star is part of a name", above[0].column
        )
    sure = exponent if len(exponent) == 1 else bracketed(exponent, above[0].column, node.after)
    return [sign(".^" if is_entrywise else "^", node.end, node.end), *sure]
