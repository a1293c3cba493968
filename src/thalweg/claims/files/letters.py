"""Letters that are written together, as people do: `πRC` for a product of three names, `X^TX` for a transpose and a name."""

from collections.abc import Iterator

from thalweg.calculus.nodes import SyntaxProblem
from thalweg.calculus.parse import FUNCTIONS, WORDS
from thalweg.calculus.scope import spellings
from thalweg.calculus.tokens import Token
from thalweg.claims.files.scopes import Frame


def apart(tokens: list[Token], frame: Frame) -> list[Token]:
    """The tokens with `πRC` as the product of what its letters name, if it is no name itself.

    Raises:
        SyntaxProblem: If such a product stands under a root without brackets.
    """
    found: list[Token] = []
    for token in _turned(tokens, frame):
        if not _is_product(token, frame):
            found.append(token)
            continue
        if found and found[-1].kind == "(" and found[-1].column == token.column:
            raise SyntaxProblem("need brackets that say how far the root reaches: √(...)", token.column)
        for place, letter in enumerate(token.text, token.column):
            found.append(Token("name", letter, place, place + 1, token.glued or place > token.column))
    return found


def _turned(tokens: list[Token], frame: Frame) -> Iterator[Token]:
    """The tokens with `X^TX` as `X^T X`, if `TX` is no name."""
    known = {*frame.names, *frame.sizes, *frame.unread, *frame.runs}
    for before, token in zip(["", *(each.kind for each in tokens)], tokens, strict=False):
        rest = Token(token.kind, token.text[1:], token.column + 1, token.end, True)
        is_joined = before == "^" and token.kind == "name" and token.text[:1] == "T"
        if is_joined and token.text not in known and (rest.text in known or _is_product(rest, frame)):
            yield Token("name", "T", token.column, token.column + 1, True)
            yield rest
        else:
            yield token


def _is_product(token: Token, frame: Frame) -> bool:
    """Whether a run of letters is no name itself, all its letters are names, and no number comes twice."""
    known = {*frame.names, *frame.sizes, *frame.recurrences}
    taken = {*known, *frame.unread, *frame.runs, *WORDS, *FUNCTIONS, "pi", "inf"}
    letters = token.text
    if token.kind != "name" or len(letters) < 2 or not taken.isdisjoint((letters, *spellings(letters))):
        return False
    if any(one not in "Iπ" and known.isdisjoint((one, *spellings(one))) for one in letters):
        return False
    twice = [one for one in letters if letters.count(one) > 1]
    return all(one in frame.names and not frame.names[one].is_scalar for one in twice)
