"""Whether matrices are positive definite, semidefinite or of full column rank, as far as it can be read off how they are built.

An inverse that occurs in a claim exists, in every case that counts: so `inv(X' X)` says that X has full column rank.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from thalweg.calculus.algebra import ZERO, is_number, split, transposed
from thalweg.calculus.nodes import INVERTIBLE, Expr, Symbol
from thalweg.claims.analysis import provers
from thalweg.claims.nouns import Claim
from thalweg.claims.rational.logic import TRUE, compared

PD, PSD = "pd", "psd"


@dataclass(frozen=True)
class Known:
    """What may be used.

    Attributes:
        claim: Its givens and traits hold.
        deadline: When to stop, as `clock.now` counts.
        independent: Matrices that have full column rank.
        invertible: Matrices that have an inverse.
    """

    claim: Claim
    deadline: float
    independent: frozenset[Expr] = frozenset()
    invertible: frozenset[Expr] = frozenset()


def known(claim: Claim, deadline: float) -> Known:
    """What a claim says by the inverses that occur in it."""
    inverses = {inside for part in (claim.statement, *claim.givens) for inside in _inverted_in(part)}
    independent = {factor for inside in inverses for factor in _independent_in(inside)}
    return Known(claim, deadline, frozenset(independent | inverses), frozenset(inverses))


def _inverted_in(expr: Expr) -> Iterator[Expr]:
    """What has an inverse in every case that counts: a branch of `where` may not be worked out."""
    if expr.op in ("where", "forall"):
        return
    if expr.op == "inverse":
        yield expr.args[0]
    for arg in expr.args:
        yield from _inverted_in(arg)


def _independent_in(inside: Expr) -> list[Expr]:
    """What must have full column rank, since a product has an inverse: its last factor, and its first one transposed."""
    chain = split(inside.args)[1] if inside.op == "product" else []
    return [chain[-1], transposed(chain[0])] if chain else []


def definite(expr: Expr, facts: Known) -> str | None:
    """Whether a symmetric matrix, or a number, is positive definite or semidefinite.

    Args:
        expr: The matrix.
        facts: What may be used.

    Returns:
        "pd", "psd", or None if neither can be seen.
    """
    if expr.is_scalar:
        return _sign(expr, facts)
    if expr.op == "add":
        kinds = [definite(term, facts) for term in expr.args]
        return None if None in kinds else PD if PD in kinds or expr in facts.invertible else PSD
    scalars, chain = split(expr.args if expr.op == "product" else (expr,))
    signs = [_sign(scalar, facts) for scalar in scalars]
    inner = _of_chain(chain, facts) if None not in signs else None
    if inner is None:
        return None
    is_regular = (
        inner == PD or (chain[0] if len(chain) == 1 else Expr("product", tuple(chain), expr.shape)) in facts.invertible
    )
    return PD if is_regular and PSD not in signs else PSD


def _sign(expr: Expr, facts: Known) -> str | None:
    """Whether a number is certainly positive ("pd"), or not negative ("psd")."""
    for relation, kind in ((">", PD), (">=", PSD)):
        statement = compared(expr, relation, ZERO)
        if statement == TRUE or (not is_number(expr) and provers.implied(facts.claim, statement, facts.deadline)):
            return kind
    return None


def _of_chain(chain: Sequence[Expr], facts: Known) -> str | None:
    """Of a product of matrices: `A' M A` is what M is, if A has full column rank, and else semidefinite."""
    if len(chain) == 1:
        return _of_factor(chain[0], facts)
    half = len(chain) // 2
    left, middle, right = chain[:half], chain[half : len(chain) - half], chain[len(chain) - half :]
    if any(part != transposed(other) for part, other in zip(left, reversed(right), strict=True)):
        return None
    inside = _of_factor(middle[0], facts) if middle else PD
    if inside is None:
        return None
    return PD if inside == PD and all(is_independent(factor, facts) for factor in right) else PSD


def _of_factor(expr: Expr, facts: Known) -> str | None:
    """Of one factor of a product."""
    if isinstance(expr.value, Symbol):
        traits = expr.value.traits
        if "pd" in traits or ("psd" in traits and (traits & INVERTIBLE or expr in facts.invertible)):
            return PD
        return PSD if "psd" in traits else None
    if expr.op == "identity":
        return PD
    if expr.op == "inverse":
        return PD if definite(expr.args[0], facts) else None
    if expr.op == "pinv":
        return PSD if definite(expr.args[0], facts) else None
    if expr.op == "diag" and isinstance(inside := expr.args[0].value, Symbol):
        return PD if "positive" in inside.traits else PSD if "nonnegative" in inside.traits else None
    if expr.op == "add":
        return definite(expr, facts)
    if expr.op == "zeros":
        return PSD
    return None


def is_independent(expr: Expr, facts: Known) -> bool:
    """Whether a matrix certainly has full column rank."""
    if expr in facts.independent or expr.op == "identity" or expr.op == "inverse":
        return True
    if isinstance(expr.value, Symbol):
        return bool(expr.value.traits & (INVERTIBLE | {"full column rank"}))
    if expr.op == "transpose":
        return _is_onto(expr.args[0])
    if expr.op == "product":
        scalars, chain = split(expr.args)
        nonzero = all(provers.implied(facts.claim, compared(scalar, "!=", ZERO), facts.deadline) for scalar in scalars)
        return nonzero and all(is_independent(factor, facts) for factor in chain)
    if expr.op == "block" and expr.value[1] == 1:
        return any(is_independent(part, facts) for part in expr.args)
    return definite(expr, facts) == PD if expr.shape.rows == expr.shape.columns else False


def _is_onto(expr: Expr) -> bool:
    """Whether a matrix certainly has full row rank."""
    return isinstance(expr.value, Symbol) and bool(expr.value.traits & (INVERTIBLE | {"full row rank"}))
