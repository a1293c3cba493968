"""Claims about limits, sequences and minima, made for the tests of `claims`."""

from thalweg.calculus.meaning import understand
from thalweg.calculus.nodes import SCALAR, Expr, Shape, symbol, symbols
from thalweg.calculus.scope import Scope, Sequence
from thalweg.calculus.sizes import ONE, size_of
from thalweg.claims import clock
from thalweg.claims.nouns import Claim
from thalweg.claims.stating import claim as stated

RIDGE = {"X": "n x d", "y": "n", "w": "d", "lam": "scalar > 0"}
TALL = {**RIDGE, "X": "n x d full column rank"}
WIDE = {**RIDGE, "X": "n x d full row rank"}
NUMBERS = {
    **dict.fromkeys(["a", "b", "c", "y", "sigma", "lam"], "scalar"),
    "t": "scalar integer >= 0",
    "p": "scalar > 0",
    "q": "scalar > 0",
}
SQUARE = {"A": "n x n", "B": "n x n", "x": "n", "y": "n", "lam": "scalar"}


def soon(seconds: float = 20.0) -> float:
    """A deadline that no test should meet."""
    return clock.now() + seconds


def claimed(text: str, shapes: dict[str, str], *givens: str) -> Claim:
    """A claim in words."""
    return stated(text, givens, shapes)


def shaped(*parts: str | int) -> Shape:
    """A shape by its sizes."""
    rows, columns = (*(size_of(part) for part in parts), ONE, ONE)[:2]
    return Shape(rows, columns)


def sequenced(
    step: str, said: str, shapes: dict[str, Shape], *givens: str, state: Shape = SCALAR, **traits: str
) -> Claim:
    """A claim about the recurrence w[t+1] = step."""
    w = symbol("w[t]", state)
    names = {
        name: symbol(name, shape, frozenset(filter(None, traits.get(name, "").split(", "))))
        for name, shape in shapes.items()
    }
    sizes = {size for shape in [*shapes.values(), state] for size in (*shape.rows.names, *shape.columns.names)}
    scope = Scope({**names, "w[t]": w}, sizes)
    made = understand(step, scope).expr
    scope.sequences["w"] = Sequence(w, made)
    statement = understand(said, scope).expr
    return Claim(
        statement, tuple(understand(given, scope).expr for given in givens), {**names, "w[t]": w}, tuple(sorted(sizes))
    )


def expr(text: str) -> Expr:
    """An expression in Greek letters."""
    return understand(text, Scope(is_open=True)).expr


def names_of(expr: Expr) -> list[str]:
    """The names in an expression."""
    return sorted(symbols(expr))
