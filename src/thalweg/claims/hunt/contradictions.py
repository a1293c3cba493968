"""Givens that no case can satisfy, where that is plain: a false one without names, bounds of a scalar with nothing between."""

from collections.abc import Iterator, Sequence
from fractions import Fraction

from thalweg.calculus.exact import evaluate, holds
from thalweg.calculus.fields import RATIONALS, Inexact, Undefined
from thalweg.calculus.nodes import Expr, symbols
from thalweg.calculus.show import text
from thalweg.claims.hunt.prepared import Question
from thalweg.claims.nouns import name_of
from thalweg.claims.rational.logic import TURNED

_TRAITS = (("positive", ">"), ("pd", ">"), ("nonnegative", ">="), ("psd", ">="))


def contradiction(question: Question) -> str:
    """Which givens no case can satisfy, as a sentence.

    Args:
        question: The claim.

    Returns:
        The sentence; it is empty if none are seen to exclude each other, which does not mean that some case satisfies them.
    """
    for given in question.givens:
        if _is_constant(given) and _is_false(given):
            return f"the given {text(given)} is never true"
    clashes = (_clash(name, question.givens) for name in question.names if name.is_scalar)
    return next((clash for clash in clashes if clash), "")


def _is_constant(expr: Expr) -> bool:
    """Whether neither names nor sizes occur."""
    return not symbols(expr) and not any(node.op in ("size", "forall") or node.shape.rows.names for node in expr.walk())


def _is_false(statement: Expr) -> bool:
    """Whether a statement without names is false."""
    try:
        return holds(statement, {}, {}, RATIONALS) is False
    except Undefined:
        return False


def _clash(name: Expr, givens: Sequence[Expr]) -> str:
    """Which two bounds of a scalar exclude each other."""
    bounds = [*_bounds_by_traits(name), *(bound for given in givens for bound in _bounds(name, given))]
    lows = [bound for bound in bounds if bound[0] in (">", ">=")]
    highs = [bound for bound in bounds if bound[0] in ("<", "<=")]
    for relation, low, why in lows:
        for other, high, reason in highs:
            if low > high or (low == high and (relation, other) != (">=", "<=")):
                return f"no {name_of(name)} has both {why} and {reason}"
    return ""


def _bounds_by_traits(name: Expr) -> Iterator[tuple[str, Fraction, str]]:
    """The bounds that the traits of a scalar are."""
    for trait, relation in _TRAITS:
        if trait in name.value.traits:
            yield relation, Fraction(0), f"{name_of(name)} {relation} 0"


def _bounds(name: Expr, given: Expr) -> Iterator[tuple[str, Fraction, str]]:
    """The numbers that a comparison says are bounds of a scalar."""
    if given.op != "compare" or given.value == "!=":
        return
    relation = str(given.value)
    for one, other, said in ((*given.args, relation), (*given.args[::-1], TURNED[relation])):
        if one == name and _is_constant(other):
            try:
                value = Fraction(evaluate(other, {}, {}, RATIONALS)[0, 0])
            except (Inexact, Undefined):
                continue
            for side in (">=", "<=") if said == "=" else (said,):
                yield side, value, text(given)
