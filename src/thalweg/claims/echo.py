"""How a claim was read, in one line: its names with shapes and traits, what is given, and the statement."""

from thalweg.calculus.nodes import Expr, Symbol, symbols
from thalweg.calculus.show import text
from thalweg.claims.nouns import Claim, Random

_SIGNS = {"positive": "> 0", "nonnegative": ">= 0", "nonzero": "!= 0"}


def echo(claim: Claim, statement: Expr | None = None) -> str:
    """The line.

    Example:
        >>> from thalweg.calculus.meaning import Scope, understand
        >>> echo(Claim(understand("x' A x >= 0", Scope(is_open=True)).expr))
        "for all x (n x 1), A (n x n): x' A x >= 0"
    """
    statement = claim.statement if statement is None else statement
    drawn = {random.symbol for random in claim.randoms}
    names: dict[str, Expr] = {}
    for expr in (statement, *claim.givens):
        names.update({name: node for name, node in symbols(expr).items() if name not in names and node not in drawn})
    parts = [f"for all {', '.join(_named(node) for node in names.values())}"] if names else []
    parts += [_random(random) for random in claim.randoms if random.symbol.value.name in symbols(statement)]
    parts += [f"{a} >= {b}" for a, b in claim.size_givens]
    if claim.givens:
        parts.append(f"given {' and '.join(text(given) for given in claim.givens)}")
    return f"{', '.join(parts)}: {text(statement)}" if parts else text(statement)


def _named(node: Expr) -> str:
    """`A (n x n, symmetric)`, `lam > 0`."""
    assert isinstance(node.value, Symbol)
    traits = sorted(node.value.traits)
    if node.is_scalar:
        return " ".join([node.value.name, *(_SIGNS.get(trait, f"({trait})") for trait in traits)])
    return f"{node.value.name} ({', '.join([str(node.shape), *traits])})"


def _random(random: Random) -> str:
    return f"{text(random.symbol)} ~ normal({text(random.mean)}, {text(random.covariance)})"
