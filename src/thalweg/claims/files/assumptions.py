"""What the lines `given`, `let` and `run` put into a frame: assumptions, abbreviations and experiments."""

import re

from thalweg.calculus.nodes import STATEMENTS, CalculusError, Expr, SyntaxProblem
from thalweg.calculus.tokens import Token
from thalweg.claims.files.equal_sizes import relate
from thalweg.claims.files.markdown import Line
from thalweg.claims.files.scopes import Frame, Run, declare
from thalweg.claims.files.understanding import (
    DEEPEST,
    MOST_NODES,
    certain,
    certain_statement,
    conjuncts,
    nodes,
    tokens_of,
)

MOST_GIVENS = 100
MOST_RUNS = 20
MOST_SETTINGS = 20
_RUN = re.compile(r"\s*(?P<name>[\w/.-]+)(?P<settings>(?:\s+\w+=\S+)*)\s+as\s+(?P<label>\w+)\s*$")


def given(frame: Frame, line: Line, start: int) -> None:
    """`given STATEMENT`."""
    take_given(frame, line, tokens_of(line, start, known=frame.known))


def take_given(frame: Frame, line: Line, tokens: list[Token]) -> None:
    """Take what tokens say as given.

    Raises:
        CalculusError: If it is about the state of a sequence.
    """
    statement = certain_statement(line, tokens, frame)
    states = {recurrence.sequence.state for recurrence in frame.recurrences.values()}
    if any(node in states for node in statement.walk()):
        raise CalculusError("a given cannot speak of every w[t]; say with `from` where it begins", tokens[0].column)
    assume(frame, list(conjuncts(statement)), tokens[0].column)


def assume(frame: Frame, statements: list[Expr], column: int) -> None:
    """Take statements as given; those about sizes apart.

    Raises:
        CalculusError: If there are too many.
    """
    for statement in statements:
        if not relate(frame, statement, column):
            frame.givens.append(statement)
    if len(frame.givens) + len(frame.size_givens) > MOST_GIVENS:
        raise CalculusError(f"need at most {MOST_GIVENS} givens", column)


def let(frame: Frame, line: Line, start: int) -> None:
    """`let P = X' X + lam I`.

    Raises:
        SyntaxProblem: If it is no definition, or too large a one; a `CalculusError` if its name is taken.
    """
    tokens = tokens_of(line, start, known=frame.known)
    if tokens[0].kind != "name" or tokens[1].text != "=":
        raise SyntaxProblem("need `let NAME = EXPRESSION`", start + 1)
    expr = certain(line, tokens[2:], frame)
    if expr.op in STATEMENTS:
        raise SyntaxProblem("need an expression after `let NAME =`, got a statement", tokens[2].column)
    if nodes(expr) > MOST_NODES // 5 or deepness(expr) > DEEPEST // 2:
        raise SyntaxProblem("need a smaller definition: with those in it put in, it is too large", tokens[2].column)
    declare(tokens[0].text, tokens[0].column, line, frame)
    frame.names[tokens[0].text] = expr


def deepness(expr: Expr, known: dict[int, int] | None = None) -> int:
    """How many nodes stand above each other in an expression."""
    known = {} if known is None else known
    if id(expr) not in known:
        known[id(expr)] = 1 + max((deepness(arg, known) for arg in expr.args), default=0)
    return known[id(expr)]


def run(frame: Frame, line: Line, start: int) -> None:
    """`run organ/binary data=class as R`.

    Raises:
        SyntaxProblem: If it cannot be read.
        CalculusError: If its name is taken, or if there are too many.
    """
    found = _RUN.match(line.text, start)
    if found is None:
        raise SyntaxProblem("need `run EXPERIMENT as NAME` or `run EXPERIMENT key=value as NAME`", start + 1)
    pairs = [tuple(pair.split("=", 1)) for pair in found["settings"].split()]
    settings = tuple((key, value) for key, value in pairs)
    if len(settings) > MOST_SETTINGS or len({key for key, _ in settings}) < len(settings):
        raise SyntaxProblem(f"need at most {MOST_SETTINGS} settings, each of them once", found.start("settings") + 1)
    if len(frame.runs) >= MOST_RUNS:
        raise CalculusError(f"need at most {MOST_RUNS} experiments", start + 1)
    declare(found["label"], found.start("label") + 1, line, frame)
    frame.runs[found["label"]] = Run(found["name"], settings, line.number, found.start("name") + 1)
