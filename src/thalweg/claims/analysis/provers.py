"""What the questions ask of the other stages: a proof of a claim without questions, and whether givens imply a statement."""

from dataclasses import replace

from thalweg.calculus.nodes import SCALAR, Expr, symbol
from thalweg.claims.nouns import Answer, Claim, Verdict
from thalweg.claims.numbers import scalars
from thalweg.claims.proofs import canonical
from thalweg.claims.singular import modes

_NEVER_NEGATIVE = frozenset({"norm", "smax", "smin", "rank"})


def proved(claim: Claim, deadline: float) -> Answer | None:
    """A proof, by the first stage that finds one; None if none does.

    Args:
        claim: A claim without limits, sequences or minima.
        deadline: When to stop, as `clock.now` counts.

    Returns:
        An answer PROVED, or None.
    """
    stages = (scalars.decide,) if is_scalar(claim) else (canonical.prove, modes.prove, _as_scalars)
    for stage in stages:
        answer = stage(claim, deadline)
        if answer is not None and answer.verdict is Verdict.PROVED:
            return answer
    return None


def is_scalar(claim: Claim) -> bool:
    """Whether all that a claim names or compares is a scalar."""
    nodes = [node for part in (claim.statement, *claim.givens) for node in part.walk()]
    sides = [side for node in nodes if node.op == "compare" for side in node.args]
    return all(node.is_scalar for node in [*sides, *(node for node in nodes if node.op == "symbol")])


def _as_scalars(claim: Claim, deadline: float) -> Answer | None:
    """A proof that takes scalars such as `x' y` for arbitrary numbers."""
    abstract = abstracted(claim)
    return None if abstract is None else scalars.decide(abstract, deadline)


def abstracted(claim: Claim) -> Claim | None:
    """A claim of scalars that implies the claim: what is made of matrices becomes an arbitrary number.

    Args:
        claim: The claim. Givens of which a part is no scalar are dropped.

    Returns:
        The stronger claim; None if the statement compares matrices.
    """
    named: dict[Expr, Expr] = {}
    statement = _named(claim.statement, named)
    givens = [_named(given, named) for given in claim.givens]
    if not _is_of_scalars(statement):
        return None
    return replace(claim, statement=statement, givens=tuple(given for given in givens if _is_of_scalars(given)))


def _named(expr: Expr, named: dict[Expr, Expr]) -> Expr:
    """An expression with a name for every smallest scalar in it that is made of matrices."""
    if expr.is_scalar and any(not arg.is_scalar for arg in expr.args) and expr.op not in ("compare", "product"):
        traits = frozenset({"nonnegative"} if expr.op in _NEVER_NEGATIVE else ())
        return named.setdefault(expr, symbol(f"number {len(named)}", SCALAR, traits))
    if expr.op == "product" and expr.is_scalar:
        return _named_product(expr, named)
    return expr.with_args(tuple(_named(arg, named) for arg in expr.args))


def _named_product(expr: Expr, named: dict[Expr, Expr]) -> Expr:
    """The scalar factors of a product, and a name for the rest: for `x' x` one that is not negative."""
    scalars_, rest = [arg for arg in expr.args if arg.is_scalar], tuple(arg for arg in expr.args if not arg.is_scalar)
    parts = [_named(arg, named) for arg in scalars_]
    if rest:
        is_square = len(rest) == 2 and rest[0].op == "transpose" and rest[0].args[0] == rest[1]
        inner = Expr("product", rest, SCALAR)
        traits = frozenset({"nonnegative"} if is_square else ())
        parts.append(named.setdefault(inner, symbol(f"number {len(named)}", SCALAR, traits)))
    return parts[0] if len(parts) == 1 else Expr("product", tuple(parts), SCALAR)


def _is_of_scalars(expr: Expr) -> bool:
    return all(node.is_scalar for node in expr.walk())


def implied(claim: Claim, statement: Expr, deadline: float) -> bool:
    """Whether the givens of a claim, and the traits of its names, certainly imply a statement about scalars."""
    abstract = abstracted(replace(claim, statement=statement))
    if abstract is None:
        return False
    return scalars.implied(abstract, abstract.statement, deadline) is True
