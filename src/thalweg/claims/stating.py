"""Claims stated in Python: `claim("x' A x = ...", shapes={"x": "n", "A": "n x n"})`."""

from collections.abc import Mapping, Sequence

from thalweg.calculus.meaning import Scope, understand
from thalweg.calculus.nodes import STATEMENTS, CalculusError, Expr, SyntaxProblem, symbols
from thalweg.calculus.parse import WORDS
from thalweg.calculus.tokens import tokens
from thalweg.claims.files.assumptions import given as give
from thalweg.claims.files.declarations import TRAIT_WORDS, names
from thalweg.claims.files.markdown import Line
from thalweg.claims.files.scopes import Frame, declare
from thalweg.claims.files.understanding import MOST_FORKS, by_sizes, split, tokens_of, understood
from thalweg.claims.nouns import Claim


def claim(statement: str, given: Sequence[str] = (), shapes: Mapping[str, str] | None = None) -> Claim:
    """A claim, ready to be checked.

    Args:
        statement: What is claimed.
        given: What is assumed.
        shapes: What each name is, as after the colon in a file: `"n x d full column rank"`, `"scalar > 0"`. Sizes need no
            declaration. Without it, capital letters are matrices, small ones vectors, Greek ones scalars.

    Returns:
        The claim.

    Raises:
        CalculusError: If it cannot be read, if its shapes do not fit, or if something is no text.

    Example:
        >>> found = claim("x' A x = x' A' x", shapes={"x": "n", "A": "n x n"})
        >>> found.sizes, sorted(found.symbols)
        (('n',), ['A', 'x'])
    """
    _refuse("a text", [statement], statement)
    _refuse("a list of texts as given", [None] if isinstance(given, str) else given, given)
    if shapes is None:
        return _open(statement, given)
    pairs = shapes.items() if isinstance(shapes, Mapping) else [None]
    _refuse("names and texts as shapes", [part for pair in pairs for part in pair or [None]], shapes)
    frame = Frame()
    for name, shape in shapes.items():
        line = Line(0, f"{name} : {shape}")
        _sizes(line, len(name) + 2, frame)
        names(frame, line, 0)
    for text in given:
        give(frame, Line(0, text), 0)
    line = Line(0, statement)
    expr, readings = understood(statement, tokens_of(line, known=frame.known), frame)
    return frame.claim(_stated(expr), line, 0, "", readings)


def _refuse(need: str, texts: object, got: object) -> None:
    """Refuse what should be a text, or some, and is not."""
    if not isinstance(texts, Sequence) or any(not isinstance(part, str) for part in texts):
        raise CalculusError(f"claim: need {need}, got {got!r:.60}")


def _sizes(line: Line, start: int, frame: Frame) -> None:
    """Declare the names of sizes in a shape."""
    known = {word for words in TRAIT_WORDS for word in words} | WORDS | {"scalar", "x"}
    for token in split(tokens_of(line, start), ",")[0]:
        if token.kind not in ("name", "number", "+", "*"):
            return
        if token.kind == "name" and token.text not in known | {*frame.sizes}:
            declare(token.text, token.column, line, frame)
            frame.sizes.append(token.text)


def _open(statement: str, given: Sequence[str]) -> Claim:
    """A claim whose names mean what their spelling says."""
    scope = Scope(is_open=True)
    givens = [_stated(understand(text, scope).expr) for text in given]
    meaning = understand(statement, scope)
    readings = []
    known = by_sizes(tokens(statement), scope.sizes)
    for fork in [fork for fork in meaning.forks if fork not in known][:MOST_FORKS]:
        try:
            readings.append(understand(statement, scope, (fork,)).expr)
        except CalculusError:
            continue
    found = {name: node for expr in (*givens, meaning.expr) for name, node in symbols(expr).items()}
    others = tuple(reading for reading in dict.fromkeys(readings) if reading != meaning.expr)
    sizes = tuple(
        sorted({name for node in found.values() for name in (*node.shape.rows.names, *node.shape.columns.names)})
    )
    return Claim(_stated(meaning.expr), tuple(givens), found, sizes, text=statement, readings=others)


def _stated(expr: Expr) -> Expr:
    """An expression that must be a statement."""
    if expr.op not in STATEMENTS:
        raise SyntaxProblem("need a statement such as a = b, got an expression", 1)
    return expr
