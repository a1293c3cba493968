"""A place in a list of tokens: what stands there, what may be taken, what must be there."""

from dataclasses import dataclass

from thalweg.calculus.nodes import SyntaxProblem
from thalweg.calculus.syntax import Syntax
from thalweg.calculus.tokens import Token


@dataclass
class Cursor:
    """A place in a list of tokens.

    Attributes:
        tokens: The tokens, closed by one of kind "end".
        place: The place of the next one.
    """

    tokens: list[Token]
    place: int = 0

    @property
    def here(self) -> Token:
        """The token that is next."""
        return self.tokens[self.place]

    def step(self) -> Token:
        """The token that is next, which is taken; the end stays."""
        token = self.here
        self.place += token.kind != "end"
        return token

    def take(self, *texts: str) -> Token | None:
        """The token that is next, if it is one of these."""
        return self.step() if self.here.text in texts and self.here.kind != "number" else None

    def need(self, text: str, opened: Token | None = None) -> Token:
        """The token that must be next.

        Raises:
            SyntaxProblem: If another one is; it says which bracket is open.
        """
        token = self.take(text)
        if token is None:
            why = f" to close the {opened.text!r} of column {opened.column}" if opened else ""
            said = "the end" if self.here.kind == "end" else repr(self.here.text)
            raise SyntaxProblem(f"need {text!r}{why}, got {said}", self.here.column)
        return token

    def made(self, op: str, args: tuple[Syntax, ...], start: int, text: str = "") -> Syntax:
        """Syntax from a column to the place before this one."""
        return Syntax(op, args, text, start, self.tokens[self.place - 1].end)
