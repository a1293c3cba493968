"""What is asked for inside a claim, worked out: derivatives and expectations become expressions."""

from collections.abc import Sequence
from dataclasses import replace

from thalweg.calculus.differentials import derivative
from thalweg.calculus.expectations import expectation
from thalweg.calculus.index_derivatives import arranged, index_derivative
from thalweg.calculus.indices import index_form
from thalweg.calculus.nodes import SQUARE, CalculusError, Expr, Symbol, holds, substituted, symbol
from thalweg.calculus.stack import stacked
from thalweg.claims.nouns import Claim, Random


def expanded(claim: Claim) -> Claim:
    """The claim with its derivatives and expectations worked out.

    Raises:
        CalculusError: If one has no rule.
    """
    statement = worked_out(claim.statement, claim.randoms)
    givens = tuple(worked_out(given, claim.randoms) for given in claim.givens)
    readings = tuple(worked_out(reading, claim.randoms) for reading in claim.readings)
    return replace(claim, statement=statement, givens=givens, readings=readings)


def worked_out(expr: Expr, randoms: Sequence[Random] = ()) -> Expr:
    """An expression or statement with its derivatives and expectations worked out, the inner ones first.

    Raises:
        CalculusError: If one has no rule.

    Example:
        >>> from thalweg.calculus.meaning import Scope, understand
        >>> from thalweg.calculus.show import text
        >>> text(worked_out(understand("deriv(x' A x, x)", Scope(is_open=True)).expr))
        "x' (A + A')"
    """
    expr = expr.with_args(tuple(worked_out(arg, randoms) for arg in expr.args))
    if expr.op == "deriv":
        return _derivative(*expr.args)
    if expr.op == "expectation":
        return expectation(expr.args[0], {random.symbol: (random.mean, random.covariance) for random in randoms})
    return expr


def _derivative(f: Expr, x: Expr) -> Expr:
    """The derivative by the tree; by entries where the tree has no rule. Entries of a symmetric name are independent."""
    assert isinstance(x.value, Symbol)
    plain = symbol(x.value.name, x.shape, x.value.traits - SQUARE)
    f = substituted(f, {x: plain})
    if not holds(f, plain):
        return derivative(f, plain)
    try:
        result = derivative(f, plain)
    except CalculusError:
        entries = index_derivative(index_form(f), plain)
        from thalweg.calculus.raw import differentiated

        shape = differentiated(f, plain)
        assert shape is not None
        result = stacked(arranged(entries, f, plain), shape.shape)
    return substituted(result, {plain: x})
