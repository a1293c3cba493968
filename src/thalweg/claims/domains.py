"""Where an expression has a value: what must hold for it, and whether what a claim takes for granted says so.

`check` leaves out the cases in which a side has no value. Here is asked whether there are such cases: of an answer that is
right wherever it has a value, they are what is missing.
"""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from thalweg.calculus.algebra import ZERO
from thalweg.calculus.nodes import SCALAR, CalculusError, Expr, Symbol
from thalweg.claims import clock
from thalweg.claims.analysis.existence import is_regular
from thalweg.claims.check import decide
from thalweg.claims.files.totality import is_positive
from thalweg.claims.hunt.prepared import conjuncts, with_rank_limits
from thalweg.claims.nouns import Answer, Claim, Verdict
from thalweg.claims.rational.logic import FALSE, TRUE, compared

SECONDS = 2.0
_BINDING = frozenset({"argmin", "limit", "forall"})
_EACH = 1.0  # second at most for one thing that must hold


def has_value(expr: Expr, claim: Claim, seconds: float = SECONDS) -> Answer:
    """Whether an expression has a value in every case of which a claim speaks.

    Args:
        expr: The expression.
        claim: The claim. Its cases are those that its givens, and the premise if it is an implication, allow, and in which
            its numbers have values.
        seconds: The longest time that it may take.

    Returns:
        PROVED; FALSE with a case in which it has none, as far as its parts tell; otherwise UNDECIDED.

    Example:
        >>> from thalweg.claims.stating import claim
        >>> stated = claim("x x = x^2 and y = y", shapes={"x": "scalar", "y": "scalar > 0"})
        >>> part = claim("1/y + 1/x = 0", shapes={"x": "scalar", "y": "scalar > 0"}).statement.args[0]
        >>> str(has_value(part, stated).counterexample).split(":")[0]
        'x = 0'
    """
    deadline = clock.restarted() + seconds
    claim = _granted(claim)
    result = Answer(Verdict.PROVED, "everything in it has a value")
    for demand in dict.fromkeys(part for part, _ in demands(expr)):
        answer = _met(demand, claim, min(deadline, clock.now() + _EACH))
        if answer.verdict is Verdict.FALSE and answer.counterexample:
            return answer
        if answer.verdict is not Verdict.PROVED:
            result = Answer(Verdict.UNDECIDED, "whether it has a value everywhere was not found out")
    return result


def _granted(claim: Claim) -> Claim:
    """A claim whose givens say in which cases it is meant."""
    statement, givens = claim.statement, claim.givens
    if statement.op == "implies":
        statement, givens = statement.args[1], (*givens, *conjuncts(statement.args[0]))
    own = [demand for part in (statement, *givens) for demand, is_needed in demands(part) if is_needed]
    scalars = [demand for demand in own if all(node.is_scalar for node in demand.walk())]
    return replace(claim, givens=tuple(dict.fromkeys((*givens, *scalars))), readings=())


def _met(demand: Expr, claim: Claim, deadline: float) -> Answer:
    """Whether something holds in every case."""
    if demand == FALSE:
        return Answer(Verdict.UNDECIDED, "plainly not")
    if demand == TRUE or demand in claim.givens:
        return Answer(Verdict.PROVED, "plainly")
    inside = demand.args[0].args[0] if demand.args and demand.args[0].op == "det" else None
    try:
        if inside is not None and is_regular(inside, claim, deadline):
            return Answer(Verdict.PROVED, "by its form")
        return decide(with_rank_limits(replace(claim, statement=demand)), deadline)
    except (CalculusError, RecursionError, OverflowError, MemoryError):
        return Answer(Verdict.UNDECIDED, "it could not be worked out")


def demands(expr: Expr) -> Iterator[tuple[Expr, bool]]:
    """What must hold for an expression to have a value, innermost first; not of what a limit or a minimum binds.

    Of a power whose exponent is no number more is asked for than need be, and of what is done to every entry less: the first
    entry stands for all, and a statement that is false for the others.

    Yields:
        What must hold, and whether there is certainly no value without it.
    """
    for arg in () if expr.op in _BINDING else expr.args:
        yield from demands(arg)
    inside = expr.args[0] if expr.args else expr
    if expr.op == "power":
        yield from _of_power(inside, expr.args[1])
    elif expr.op == "raised":
        yield from ((part, True) for part in _of_number(_first(inside), expr.value))
        if expr.value.denominator > 1 or expr.value < 0:
            yield from _others(inside)
    elif expr.op == "map" and expr.value in ("log", "tan"):
        of = Expr("map", (_first(inside),), SCALAR, "cos")
        yield (compared(_first(inside), ">", ZERO) if expr.value == "log" else compared(of, "!=", ZERO)), True
        yield from _others(inside)
    elif expr.op in ("inverse", "logdet"):
        yield compared(Expr("det", (inside,), SCALAR), "!=" if expr.op == "inverse" else ">", ZERO), True
    elif expr.op in ("emax", "emin"):
        yield Expr("compare", (inside, Expr("transpose", (inside,), inside.shape.turned)), SCALAR, "="), True


def _first(expr: Expr) -> Expr:
    return expr if expr.is_scalar else Expr("entry", (expr,), SCALAR, (0, 0))


def _others(expr: Expr) -> Iterator[tuple[Expr, bool]]:
    """Of the entries but the first nothing is known."""
    if not expr.is_scalar:
        yield FALSE, False


def _of_power(base: Expr, exponent: Expr) -> Iterator[tuple[Expr, bool]]:
    """What a power asks of its base."""
    if exponent.op == "number" and base.is_scalar:
        yield from ((part, True) for part in _of_number(base, exponent.value))
    elif isinstance(exponent.value, Symbol) and "integer" in exponent.value.traits:
        if not exponent.value.traits & {"positive", "nonnegative"}:
            yield compared(base if base.is_scalar else Expr("det", (base,), SCALAR), "!=", ZERO), False
    elif exponent.op not in ("number", "size"):
        yield compared(base, ">", ZERO) if base.is_scalar else FALSE, False


def _of_number(base: Expr, exponent: Fraction) -> Iterator[Expr]:
    """What a power to a number asks of its base."""
    is_root = exponent.denominator > 1
    if (is_root or exponent < 0) and not is_positive(base):
        yield compared(base, "!=" if not is_root else ">=" if exponent > 0 else ">", ZERO)
