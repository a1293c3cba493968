r"""LaTeX as a tree: what a command takes, what brackets hold, what stands above and below. Its meaning is `latex`'s.

A node is one thing on the line with its subscript and superscript. Spaces, sizes of brackets and `\displaystyle` are gone.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from thalweg.calculus.latex_pieces import OPERATORS, Piece, Source, peek
from thalweg.calculus.nodes import SyntaxProblem
from thalweg.calculus.tokens import NAME

DEEPEST = 16
_UPRIGHT = frozenset({"mathrm", "mathit", "mathsf", "mathtt"})
_FONTS = frozenset({"mathbf", "boldsymbol", "bm", "mathcal", "mathscr", "mathfrak", "mathnormal", "vec", "underline"})
WRAPPERS = _UPRIGHT | _FONTS
ACCENTS = {
    "hat": "hat", "widehat": "hat", "tilde": "tilde", "widetilde": "tilde", "bar": "bar", "overline": "bar", "check": "check",
    "widecheck": "check",
}  # fmt: skip
_TEXTS = frozenset({"text", "textrm", "textnormal", "textbf", "textit", "textsf", "mbox", "operatorname"})
_ARGUMENTS = {
    **dict.fromkeys((*WRAPPERS, *ACCENTS, "sqrt", "mathbb", "mathds", "norm", "abs"), 1),
    **dict.fromkeys(("frac", "tfrac", "dfrac", "cfrac", "underset"), 2),
}
TABLES = frozenset(["matrix", "pmatrix", "bmatrix", "smallmatrix", "array", "cases", "dcases"])
_CLOSED_BY = {"(": ")", "[": "]", r"\{": r"\}", "<": ">", "|": "|", "||": "||"}


@dataclass(frozen=True, slots=True)
class Node:
    r"""One thing on a line of LaTeX.

    Attributes:
        kind: "letter", "number", "sign", "command", "function" (\operatorname), "words" (\text), "group" (braces), "fence"
            (brackets or bars) or "table" (a matrix or cases).
        text: The letter, the digits, the sign, the name of the command, the words; of a fence "( )" and the like.
        column: Where it begins, from 1.
        end: The column after it, scripts apart.
        parts: What it holds, part by part; of a table row by row, each cell a group.
        below: The subscript, if there is one.
        above: The superscript, if there is one.
        after: The column after it and its scripts.
        primed: Whether a prime follows.
        glued: Whether nothing stands between it and the piece before.
    """

    kind: str
    text: str
    column: int
    end: int
    parts: tuple[tuple["Node", ...], ...] = ()
    below: tuple["Node", ...] | None = None
    above: tuple["Node", ...] | None = None
    after: int = 0
    primed: bool = False
    glued: bool = False

    @property
    def is_bare(self) -> bool:
        """Whether it has no script."""
        return self.below is None and self.above is None and not self.primed


def tree(text: str, begin: int, stop: int) -> tuple[Node, ...]:
    r"""The nodes of a piece of a text.

    Args:
        text: LaTeX.
        begin: Where the piece begins, from 0.
        stop: Where it ends.

    Returns:
        The nodes in order; columns are those of the whole text.

    Raises:
        SyntaxProblem: If brackets do not close, or a command lacks what it takes.

    Example:
        >>> [(node.kind, node.text) for node in tree(r"\alpha (x + 2)", 0, 14)]
        [('command', 'alpha'), ('fence', '( )')]
    """
    source = Source(text, begin, stop)
    nodes = _nodes(source)
    piece = peek(source)
    if piece.kind != "end":
        shown = text[piece.start : piece.end]
        remedy = (
            "nothing opens it"
            if piece.text not in ("&", "\\")
            else "it belongs into a matrix or cases; write one statement"
        )
        raise SyntaxProblem(f"cannot read {shown!r} here: {remedy}", piece.start + 1)
    return nodes


# Nodes


def _nodes(source: Source, bar: str = "") -> tuple[Node, ...]:
    """The nodes up to something that closes, separates or ends."""
    nodes: list[Node] = []
    while True:
        piece = peek(source)
        ends = piece.kind == "end" or piece.side == "close" or (piece.text in ("}", "&") and piece.kind == "sign")
        ends = ends or (piece.kind == "command" and piece.text in ("\\", "end"))
        if ends or (piece.text == bar and piece.side == "bar" and nodes and not is_operator(nodes[-1])):
            return tuple(nodes)
        node = _nucleus(source, piece)
        if node.kind == "number" and node.glued and nodes and nodes[-1].kind == "letter" and nodes[-1].is_bare:
            letter = nodes.pop()
            node = replace(node, kind="letter", text=letter.text + node.text, column=letter.column, glued=letter.glued)
        nodes.append(_scripted(source, node))


def is_operator(node: Node) -> bool:
    """Whether something must follow: a sign, a relation, an arrow."""
    return node.kind == "sign" or (node.kind == "command" and node.text in OPERATORS)


def _nucleus(source: Source, piece: Piece) -> Node:
    """The node that begins with a piece, scripts apart."""
    _deeper(source, piece)
    source.place = piece.end
    if piece.side:
        node = _fence(source, piece)
    elif piece.text == "{" and piece.kind == "sign":
        inside = _group(source, piece)
        node = Node("group", "", piece.start + 1, source.place + 1, (inside,))
    elif piece.kind == "command":
        node = _command(source, piece)
    elif piece.text in ("^", "_", "'"):
        raise SyntaxProblem(f"need something before {piece.text!r}", piece.start + 1)
    elif piece.kind == "number" and re.compile(r"[eE][+-]?\d").match(source.text, piece.end, source.stop):
        raise SyntaxProblem("need 10^{...} for a power of ten, or a space before the name e", piece.end + 1)
    else:
        node = Node(piece.kind, piece.text, piece.start + 1, piece.end + 1)
    source.depth -= 1
    return replace(node, glued=piece.glued, after=node.end)


def _fence(source: Source, opened: Piece) -> Node:
    """What stands between brackets or bars."""
    is_bar = opened.text in ("|", "||")
    source.bars.append(opened.text)
    inside = _nodes(source, opened.text if is_bar else "")
    closed = peek(source)
    source.bars.pop()
    fits = closed.text in (")", "]") if opened.text in ("(", "[") else closed.text == _CLOSED_BY[opened.text]
    if closed.side not in ("close", "bar") or not fits:
        got = "the end" if closed.kind == "end" else repr(source.text[closed.start : closed.end])
        shown = source.text[opened.start : opened.end]
        message = f"need a bracket to close the {shown!r} of column {opened.start + 1}, got {got}"
        raise SyntaxProblem(message, closed.start + 1)
    source.place = closed.end
    return Node("fence", f"{opened.text} {closed.text}", opened.start + 1, closed.end + 1, (inside,))


def _group(source: Source, opened: Piece) -> tuple[Node, ...]:
    """What stands in braces."""
    outer, source.bars = source.bars, []
    source.place = opened.end
    inside = _nodes(source)
    closed = peek(source)
    if closed.text != "}" or closed.side:
        raise SyntaxProblem(f"need '}}' to close the '{{' of column {opened.start + 1}", closed.start + 1)
    source.place, source.bars = closed.end, outer
    return inside


def _scripted(source: Source, node: Node) -> Node:
    """A node with the subscript, superscript and prime that follow it."""
    while (piece := peek(source)).text in ("^", "_", "'") and piece.kind == "sign":
        source.place = piece.end
        _deeper(source, piece)
        if is_operator(node):
            raise SyntaxProblem(f"need something before {piece.text!r}", piece.start + 1)
        if (piece.text == "'" and (node.primed or node.above is not None)) or (
            piece.text == "^" and node.above is not None
        ):
            raise SyntaxProblem("need one superscript; put what is raised twice in braces", piece.start + 1)
        if piece.text == "_" and node.below is not None:
            raise SyntaxProblem("need one subscript; write x_{i,j} for two", piece.start + 1)
        if piece.text == "'":
            node = replace(node, primed=True)
        elif piece.text == "^":
            node = replace(node, above=_argument(source, _whole))
        else:
            node = replace(node, below=_argument(source, _whole))
        node = replace(node, after=source.place + 1)
        source.depth -= 1
    return node


def _deeper(source: Source, piece: Piece) -> None:
    """Count one more thing within another."""
    source.depth += 1
    if source.depth > DEEPEST:
        raise SyntaxProblem(f"need at most {DEEPEST} brackets within each other", piece.start + 1)


def _argument(source: Source, number: Callable[[Piece], Piece]) -> tuple[Node, ...]:
    """What a command or a script takes: braces, or one piece."""
    piece = peek(source)
    if piece.text == "{" and piece.kind == "sign":
        return _group(source, piece)
    if piece.kind == "end" or piece.side or piece.text in ("}", "&", "\\", "end"):
        raise SyntaxProblem("need something in braces here, as in \\frac{a}{b} or x_{i}", piece.start + 1)
    return (_nucleus(source, number(piece) if piece.kind == "number" else piece),)


def _whole(piece: Piece) -> Piece:
    """A number that is a script: TeX would take its first digit only."""
    if len(piece.text) > 1:
        raise SyntaxProblem(
            f"need braces around {piece.text}: without them only {piece.text[0]} is meant", piece.start + 1
        )
    return piece


def _digit(piece: Piece) -> Piece:
    r"""The first digit, as in \frac12."""
    return replace(piece, text=piece.text[0], end=piece.start + 1)


# Commands


def _command(source: Source, piece: Piece) -> Node:
    """A command with what it takes."""
    name = piece.text.rstrip("*") if piece.text.startswith("operatorname") else piece.text
    if name == "begin":
        return _table(source, piece)
    if name in _UPRIGHT | _TEXTS:
        words = _words(source, must=name in _TEXTS)
        if words is not None:
            kind = "function" if name == "operatorname" else "words"
            return Node(kind, words, piece.start + 1, source.place + 1)
    parts: list[tuple[Node, ...]] = []
    if name == "sqrt" and (index := peek(source)).text == "[" and index.side == "open":
        parts.append(_nucleus(source, index).parts[0])
    parts += [_argument(source, _digit) for _ in range(_ARGUMENTS.get(name, 0))]
    return Node("command", name, piece.start + 1, source.place + 1, tuple(parts))


def _words(source: Source, must: bool) -> str | None:
    r"""The words in the braces of \text or \operatorname; None if they are no word and need not be one."""
    match = re.compile(r"\s*(?:\{((?:[^{}\\]|\\[,;: _!])*)\}|([^\W\d_]))").match(source.text, source.place, source.stop)
    shown = (match.group(1) or match.group(2) or "") if match else ""
    words = " ".join(re.sub(r"\\[,;: ]|~", " ", shown).replace(r"\_", "_").replace(r"\!", "").split())
    if match and (must or re.fullmatch(rf"{NAME}(?:\[\w+(?:[+-]\d+)?\])?", words)):
        source.place = match.end()
        return words
    if must:
        raise SyntaxProblem("need plain words in braces here", source.place + 1)
    return None


def _table(source: Source, begun: Piece) -> Node:
    r"""What stands between \begin and \end."""
    name = _environment(source)
    if name not in TABLES:
        raise SyntaxProblem(f"need one of {', '.join(sorted(TABLES))} after \\begin, got {name}", begun.start + 1)
    if name == "array":
        _argument(source, _digit)
    outer, source.bars = source.bars, []
    rows = _rows(source)
    piece = peek(source)
    source.place, source.bars = piece.end, outer
    if piece.text != "end" or piece.kind != "command" or _environment(source) != name:
        raise SyntaxProblem(f"need \\end{{{name}}} for the \\begin of column {begun.start + 1}", piece.start + 1)
    return Node("table", name, begun.start + 1, source.place + 1, rows)


def _rows(source: Source) -> tuple[tuple[Node, ...], ...]:
    """The rows of a table, each a row of cells; nothing after the last end of a row is no row."""
    rows = [[_cell(source)]]
    while (piece := peek(source)).text in ("&", "\\"):
        source.place = piece.end
        if piece.text == "&":
            rows[-1].append(_cell(source))
        else:
            source.place = _after_gap(source)
            rows.append([_cell(source)])
    if len(rows) > 1 and len(rows[-1]) == 1 and not rows[-1][0].parts[0]:
        rows.pop()
    return tuple(tuple(row) for row in rows)


def _cell(source: Source) -> Node:
    """What stands up to the end of a cell, as a group."""
    start = source.place + 1
    inside = _nodes(source)
    end = source.place + 1
    return Node("group", "", inside[0].column if inside else start, end, (inside,), after=end)


def _environment(source: Source) -> str:
    r"""The name in the braces after \begin or \end."""
    match = re.compile(r"\s*\{(\w+\*?)\}").match(source.text, source.place, source.stop)
    if match is None:
        raise SyntaxProblem("need a name in braces here, as in \\begin{bmatrix}", source.place + 1)
    source.place = match.end()
    return match.group(1)


def _after_gap(source: Source) -> int:
    r"""The place after the `[2pt]` of `\\[2pt]`, if there is one."""
    match = re.compile(r"\[\s*-?[\d.]+\s*(?:pt|em|ex|mm|cm)\s*\]").match(source.text, source.place, source.stop)
    return match.end() if match else source.place
