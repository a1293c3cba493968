"""Text to tokens, each with its column. LaTeX has a front end of its own, `latex`, that makes the same tokens."""

import re
from dataclasses import dataclass, replace
from fractions import Fraction

from thalweg.calculus.nodes import SyntaxProblem

MOST_CHARACTERS = 4000
MOST_TOKENS = 1500


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of text.

    Attributes:
        kind: "number", "name", "end", or the operator itself.
        text: What stands there (of a name or number; for an operator the operator).
        column: Where it begins, from 1.
        end: Where it ends: the column after it.
        glued: Whether nothing stands between it and the token before.
    """

    kind: str
    text: str
    column: int
    end: int
    glued: bool


_RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-", strict=True))
_SIGNS = "".join(_RAISED) + "ᵀ"
NAME = rf"[^\W\d_{_SIGNS}](?:(?![{_SIGNS}])\w)*"
_PATTERN = re.compile(
    rf"""(?P<space>\s+)
    |(?P<zeros>[01]_(?:[^\W\d_]\w*|\{{[^\W\d_]\w*\}}))
    |(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+(?!\w))?)
    |(?P<name>{NAME}(?:(?<=_)\{{\w+\}})?)
    |(?P<raised>[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)
    |(?P<stars>\*\*)
    |(?P<operator><=>|=>|->|\.\*|\./|\.\^|<=|>=|!=|==|\|\||[-+*/^'()\[\],;|<>=:_√])""",
    re.VERBOSE,
)
_SAME = {
    "≤": "<=", "≥": ">=", "≠": "!=", "⇔": "<=>", "⇒": "=>", "→": "->", "‖": "||", "∥": "||", "⊙": ".*", "∘": ".*",
    "·": "*", "⋅": "*", "×": "*", "−": "-", "ᵀ": "'", "⊤": "'", "′": "'", "’": "'", "∈": " in ", "∞": " inf ",
    "∀": " forall ", "**": "^", "@": "*", "⁺": "^+",
}  # fmt: skip

_REACHING = frozenset({"name", "number", "zeros", "(", "[", "^", ".^", "'", "|", "||", "_", "√"})


def tokens(text: str) -> list[Token]:
    """The tokens of a text, closed by one of kind "end".

    Args:
        text: An expression or a statement, of one line.

    Returns:
        The tokens, in order.

    Raises:
        SyntaxProblem: If a character means nothing here, or if there is too much of it.

    Example:
        >>> [token.text for token in tokens("x' A x")]
        ['x', "'", 'A', 'x', '']
    """
    if len(text) > MOST_CHARACTERS:
        raise SyntaxProblem(f"need at most {MOST_CHARACTERS} characters, got {len(text)}")
    result: list[Token] = []
    text = _unbraced(text)
    place, end = 0, 0
    while place < len(text):
        match = _PATTERN.match(text, place)
        said = match.group() if match else text[place]
        if same := _same(said):
            for part in tokens(same)[:-1]:
                result.append(Token(part.kind, part.text, place + 1, place + len(said) + 1, place == end))
            place += len(said)
            end = place
        elif match is None:
            raise SyntaxProblem(f"cannot read {_quoted(said)}", place + 1)
        else:
            if match.lastgroup != "space":
                kind = said if match.lastgroup == "operator" else str(match.lastgroup)
                result.append(Token(kind, re.sub("[{}]", "", said), place + 1, match.end() + 1, place == end))
                end = match.end()
            place = match.end()
        if len(result) > MOST_TOKENS:
            raise SyntaxProblem(f"need at most {MOST_TOKENS} pieces, got more", place)
    return _rooted([*result, Token("end", "", len(text) + 1, len(text) + 1, False)])


def _unbraced(text: str) -> str:
    """The text with brackets in the place of the braces behind `^`, as long as before: `X^{-1}` is `X^(-1)`.

    A script that is one sign, as in `X^{T}`, `X^{+}` and `||A||_{F}`, loses its braces.
    """
    text = re.sub(r"(?:\^|(?<=[|‖∥])_)\{\s*[TF2'ᵀ⊤′’+]\s*\}", lambda found: re.sub("[{}]", " ", found[0]), text)
    letters, opened = [*text], list[str]()
    for place, letter in enumerate(text):
        if letter == "{":
            opened.append(letter if text[:place].rstrip()[-1:] != "^" else "(")
            letters[place] = opened[-1]
        elif letter == "}" and opened:
            letters[place] = ")" if opened.pop() == "(" else letter
    return "".join(letters)


def _rooted(tokens: list[Token]) -> list[Token]:
    """The tokens with `√2`, `√x` and `√(...)` as `sqrt(...)`.

    Raises:
        SyntaxProblem: If it is not clear how far a root reaches.
    """
    result: list[Token] = []
    place = 0
    while place < len(tokens):
        token, place = tokens[place], place + 1
        if token.kind != "√":
            result.append(token)
            continue
        of, behind = tokens[place], tokens[min(place + 1, len(tokens) - 1)]
        result.append(replace(token, kind="name", text="sqrt"))
        if of.kind == "(":
            tokens[place] = replace(of, glued=True)
        elif of.kind in ("number", "name") and not (behind.glued and behind.kind in _REACHING):
            brackets = (Token(sign, sign, of.column, of.end, True) for sign in "()")
            result += [next(brackets), of, next(brackets)]
            place += 1
        else:
            raise SyntaxProblem("need brackets that say how far the root reaches: √(...)", token.column)
    return result


def _same(said: str) -> str:
    """What a sign, or a number that is raised, is in plain letters; "" if it is none."""
    if said[0] in _RAISED:
        return "^" + "".join(_RAISED[letter] for letter in said)
    return _SAME.get(said, "")


def _quoted(letter: str) -> str:
    """A letter in quotes, as it was typed."""
    if letter == "\\":
        return "'\\': LaTeX is not read here"
    return f"'{letter}'" if letter.isprintable() else repr(letter)


def exact(text: str, column: int) -> Fraction:
    """The number that a text of digits means, exactly: `0.1` is a tenth.

    Raises:
        SyntaxProblem: If it has an absurd size.
    """
    mantissa, _, exponent = text.lower().partition("e")
    if len(mantissa) > 40 or abs(int(exponent or 0)) > 300:
        raise SyntaxProblem(f"need a number of at most 40 digits and an exponent up to 300, got {text[:50]}", column)
    return Fraction(mantissa) * Fraction(10) ** int(exponent or 0)
