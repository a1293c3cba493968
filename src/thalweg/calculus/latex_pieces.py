r"""Pieces of LaTeX: letters, digits, signs, commands and brackets, one after the other. What belongs together: `latex_tree`."""

import re
from dataclasses import dataclass, field, replace

from thalweg.calculus.nodes import SyntaxProblem

_IGNORED = re.compile(
    r"""(?:\s|~|\\(?:[,;:!>\s/]|(?:quad|qquad|enspace|thinspace|displaystyle|textstyle|scriptstyle|limits|nolimits|bf|rm|it|strut)
    (?![A-Za-z])|[hv]space\*?\{[^{}]*\}))+""",
    re.VERBOSE,
)
_PIECE = re.compile(
    r"""(?P<command>\\(?:operatorname\*?|begin|end|[A-Za-z]+|.))
    |(?P<number>\d+(?:\.\d+)?)
    |(?P<letter>[^\W\d_²³])
    |(?P<sign><=>|=>|->|<=|>=|!=|==|\|\||.)""",
    re.VERBOSE | re.DOTALL,
)
_DELIMITERS = {
    "(": "(", ")": ")", "[": "[", "]": "]", "lbrack": "[", "rbrack": "]", "langle": "<", "rangle": ">",
    "{": r"\{", "}": r"\}", "lbrace": r"\{", "rbrace": r"\}", "|": "||", "Vert": "||", "vert": "|",
    "lvert": "|", "rvert": "|", "lVert": "||", "rVert": "||",
}  # fmt: skip
OPERATORS = {
    "cdot": "*", "times": "*", "ast": "*", "div": "/", "odot": ".*", "circ": ".*", "oslash": "./", "in": "in",
    "le": "<=", "leq": "<=", "leqslant": "<=", "leqq": "<=", "ge": ">=", "geq": ">=", "geqslant": ">=", "geqq": ">=",
    "lt": "<", "gt": ">", "ne": "!=", "neq": "!=", "to": "->", "rightarrow": "->", "longrightarrow": "->",
    "implies": "=>", "Rightarrow": "=>", "Longrightarrow": "=>", "impliedby": "if", "Leftarrow": "if",
    "iff": "<=>", "Leftrightarrow": "<=>", "Longleftrightarrow": "<=>", "forall": "forall", "colon": ":",
    "land": "and", "wedge": "and", "lor": "or", "vee": "or", "lnot": "not", "neg": "not",
}  # fmt: skip
_OPENING = re.compile(r"left|[bB]igg?l")
_CLOSING = re.compile(r"right|[bB]igg?r")
_NEUTRAL = re.compile(r"[bB]igg?")


@dataclass(frozen=True, slots=True)
class Piece:
    """What stands next: its side is "open", "close" or "bar" for brackets, and "" for the rest."""

    kind: str
    text: str
    start: int
    end: int
    glued: bool
    side: str = ""


@dataclass
class Source:
    """A text that is read from left to right.

    Attributes:
        text: All of it.
        place: Where the next piece begins, from 0.
        stop: Where the last one ends.
        depth: How many brackets are open.
        bars: What was opened and is not closed yet.
    """

    text: str
    place: int
    stop: int
    depth: int = 0
    bars: list[str] = field(default_factory=list)


def peek(source: Source) -> Piece:
    """The next piece; sizes of brackets are taken off."""
    space = _IGNORED.match(source.text, source.place, source.stop)
    start = space.end() if space else source.place
    if start >= source.stop:
        return Piece("end", "", source.stop, source.stop, False)
    piece = _plain(source, start, start == source.place)
    if piece.kind == "command":
        for pattern, side in ((_OPENING, "open"), (_CLOSING, "close"), (_NEUTRAL, "")):
            if pattern.fullmatch(piece.text):
                return _sized(source, piece, side)
    return piece


def _plain(source: Source, start: int, glued: bool) -> Piece:
    """The piece that begins at a place."""
    match = _PIECE.match(source.text, start, source.stop)
    if match is None:
        raise SyntaxProblem(f"cannot read {source.text[start]!r} here", start + 1)
    kind, shown, end = str(match.lastgroup), match.group(), match.end()
    if shown == "||" and source.bars[-1:] == ["|"]:
        shown, end = "|", start + 1
    name = shown[1:] if kind == "command" else shown
    if kind == "command" and name in _DELIMITERS and name not in "()[]":
        return Piece("sign", _DELIMITERS[name], start, end, glued, _side(name))
    if kind == "sign" and shown in ("(", ")", "[", "]", "|", "||"):
        return Piece(kind, shown, start, end, glued, _side(shown))
    return Piece(kind, name, start, end, glued)


def _side(name: str) -> str:
    """Which side a bracket is of: bars are told apart by what stands around them."""
    if name in ("(", "[", "{") or name.startswith("l"):
        return "open"
    return "close" if name in (")", "]", "}") or name.startswith("r") else "bar"


def _sized(source: Source, size: Piece, side: str) -> Piece:
    r"""The bracket after \left, \big or the like."""
    space = _IGNORED.match(source.text, size.end, source.stop)
    start = space.end() if space else size.end
    piece = _plain(source, start, True) if start < source.stop else size
    if not piece.side or piece.side not in ("bar", side or piece.side):
        raise SyntaxProblem(f"need a bracket that fits after \\{size.text}, as in \\left( x \\right)", size.start + 1)
    return replace(piece, start=size.start, glued=size.glued, side=side or piece.side)
