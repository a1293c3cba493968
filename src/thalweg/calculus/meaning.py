"""Syntax to expressions: what the names mean, and whether the shapes fit. Errors name the parts, their shapes and the column.

In an open scope names need no declaration: capital letters are matrices, small Latin ones column vectors, Greek ones and
the usual names of scalars (`lam`, `eta`, ...) scalars, and sizes are found from how the names are used.
"""

from collections.abc import Collection
from dataclasses import dataclass

from thalweg.calculus.calls import call
from thalweg.calculus.nodes import Expr
from thalweg.calculus.operators import OPERATORS
from thalweg.calculus.parse import parse
from thalweg.calculus.reader import Reader
from thalweg.calculus.scope import Scope
from thalweg.calculus.sentences import SENTENCES
from thalweg.calculus.sizes import Solver
from thalweg.calculus.tokens import Token

_TABLE = {**OPERATORS, **SENTENCES, "call": call}


@dataclass(frozen=True)
class Meaning:
    """What a text means.

    Attributes:
        expr: The expression or statement.
        forks: Columns at which the text could be read otherwise.
    """

    expr: Expr
    forks: tuple[int, ...] = ()


def understand(text: str, scope: Scope, flipped: Collection[int] = (), tokens: list[Token] | None = None) -> Meaning:
    """What a text means.

    Args:
        text: An expression or a statement.
        scope: What its names mean. An open scope learns the names that it meets.
        flipped: Columns of forks that are to be read in the other way.
        tokens: Its tokens, if it is not plain text.

    Returns:
        The expression, every size of it known, and the forks.

    Raises:
        CalculusError: If it cannot be read or its shapes do not fit; it knows the column.

    Example:
        >>> understand("x' A x", Scope(is_open=True)).expr.shape.is_scalar
        True
    """
    reading = parse(tokens or text, flipped)
    reader = Reader(text, scope, flipped, _TABLE, Solver(scope.has_one))
    expr = reader.finished(reader.read(reading.syntax))
    return Meaning(expr, (*reading.forks, *reader.forks))
