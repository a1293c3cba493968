"""Whether what a claim inverts has an inverse: a proof says so, and what can have none is not proved.

Cases in which a side has no value are no cases, so that `inv(X' X) X' = pinv(X)` speaks of the X with independent columns: the
proof adds "where X' X is invertible". But if inverses exist only at an edge of the sizes, as that of `X' X` with X of full row
rank, where n = d, the claim is false at the smallest sizes beside the edge.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from thalweg.calculus.algebra import ZERO, split
from thalweg.calculus.nodes import INVERTIBLE, SCALAR, CalculusError, Expr, Symbol
from thalweg.calculus.nodes import holds as stands_in
from thalweg.calculus.show import text
from thalweg.claims.analysis.definiteness import PD, Known, definite
from thalweg.claims.hunt.prepared import conjuncts, question, with_rank_limits
from thalweg.claims.hunt.samples import drawn, size_choices
from thalweg.claims.hunt.trials import Batch, Hunt, examined
from thalweg.claims.nouns import Answer, Claim, Counterexample, Value, Verdict
from thalweg.claims.rational.logic import FALSE, compared, restated, some
from thalweg.claims.singular import modes
from thalweg.claims.singular.ranks import Seen, seen

_DRAWN, _MOST_SIZES = 24, 10
_ENOUGH = 24  # cases without an inverse after which it is doubted that there are any with one


@dataclass(frozen=True)
class Inverted:
    """What stands in an `inv`.

    Attributes:
        inside: The matrix.
        is_bound: Whether the variable of a limit or a minimum stands in it, so that it is not one matrix.
    """

    inside: Expr
    is_bound: bool


def inverted(expr: Expr, bound: tuple[Expr, ...] = ()) -> Iterator[Inverted]:
    """All that must have an inverse: what stands in a branch of `where` need not."""
    if expr.op == "inverse":
        yield Inverted(expr.args[0], any(stands_in(expr.args[0], name) for name in bound))
    if expr.op in ("limit", "argmin"):
        bound = (*bound, expr.args[1])
    for arg in expr.args[:1] if expr.op == "where" else expr.args:
        yield from inverted(arg, bound)


def never_regular(claim: Claim) -> Answer | None:
    """What is wrong with a claim in which something is inverted that cannot have an inverse.

    Args:
        claim: The claim.

    Returns:
        FALSE with the smallest sizes, if there are inverses only where an equation holds between sizes that nothing says;
        VACUOUS, if there are none at all; otherwise None.

    Example:
        >>> from thalweg.calculus.meaning import Scope, understand
        >>> outer = understand("inv(u v') u v' = I", Scope(is_open=True)).expr
        >>> str(never_regular(Claim(outer)).counterexample)
        "n = 2: u v' is 2 x 2 and its rank is at most 1, so it has no inverse"
    """
    claim = with_rank_limits(claim)
    for statement, givens in _parts(claim.statement, claim.givens):
        parts = [*dict.fromkeys(one.inside for part in (statement, *givens) for one in inverted(part))]
        found = seen(claim, parts, givens) if parts else Seen([], [])
        if found.singular and not found.regular:
            return Answer(Verdict.VACUOUS, f"it has no value in any case: {text(found.singular[0][1])} has no inverse")
        if found.singular and found.is_thin:
            return _false(found)
    return None


def _parts(statement: Expr, givens: Sequence[Expr]) -> Iterator[tuple[Expr, tuple[Expr, ...]]]:
    """The parts of a statement, each with what is assumed of it."""
    if statement.op == "and":
        for arg in statement.args:
            yield from _parts(arg, givens)
    elif statement.op == "implies":
        yield from _parts(statement.args[1], (*givens, *conjuncts(statement.args[0])))
    elif statement.op == "forall":
        yield from _parts(statement.args[0], givens)
    else:
        yield statement, tuple(givens)


def _false(found: Seen) -> Answer:
    """The smallest sizes at which something has no inverse."""
    sizes, inside, rank = found.singular[0]
    names = {name for node in inside.walk() for size in (node.shape.rows, node.shape.columns) for name in size.names}
    values = {name: Value(((Fraction(size),),)) for name, size in sizes.items() if name in names}
    side = inside.shape.rows.at(sizes)
    words = f"{text(inside)} is {side} x {side} and its rank is at most {rank}, so it has no inverse"
    case = Counterexample(values, None, None, words, "exactly")
    return Answer(
        Verdict.FALSE, f"{text(inside)} has no inverse at some sizes that the givens allow", counterexample=case
    )


def conditioned(claim: Claim, answer: Answer, deadline: float) -> Answer:
    """A proof that says which inverses it takes for granted, or that is none since there are no such cases.

    Args:
        claim: The claim.
        answer: Its proof.
        deadline: When to stop, as `clock.now` counts.

    Returns:
        The answer, with "where X' X is invertible" at the end where that is not certain; VACUOUS or UNDECIDED, if no case was
        found in which all inverses exist.
    """
    free = [one.inside for part in (claim.statement, *claim.givens) for one in inverted(part) if not one.is_bound]
    open_ = [inside for inside in dict.fromkeys(free) if not is_regular(inside, claim, deadline)]
    if not open_:
        return answer
    *first, last = [text(inside) for inside in open_]
    said = f"{', '.join(first)} and {last}" if first else last
    invertible = f"{said} {'are' if first else 'is'} invertible"
    if _has_case(claim, open_, deadline) is False:
        if _is_excluded(claim, open_, deadline):
            return Answer(Verdict.VACUOUS, f"it has no value in any case: in none {invertible}")
        return Answer(Verdict.UNDECIDED, f"no case was found in which {invertible}")
    return replace(answer, how=f"{answer.how}, where {invertible}")


def is_regular(expr: Expr, claim: Claim, deadline: float) -> bool:
    """Whether a matrix certainly has an inverse, as far as it can be read off how it is built."""
    if isinstance(expr.value, Symbol) and expr.value.traits & INVERTIBLE:
        return True
    if compared(_det(expr), "!=", ZERO) in claim.givens or expr.op in ("identity", "inverse"):
        return True
    if expr.op == "transpose":
        return is_regular(expr.args[0], claim, deadline)
    facts = Known(claim, deadline)
    if definite(expr, facts) == PD:
        return True
    scalars, chain = split(expr.args) if expr.op == "product" else ([], [])
    are_positive = all(definite(scalar, facts) == PD for scalar in scalars)
    return bool(chain) and are_positive and all(is_regular(factor, claim, deadline) for factor in chain)


def _det(inside: Expr) -> Expr:
    return Expr("det", (inside,), SCALAR)


def _has_case(claim: Claim, insides: Sequence[Expr], deadline: float) -> bool | None:
    """Whether some case satisfies the givens and has all inverses; False if many do the one and none the other."""
    singular = some(compared(_det(inside), "=", ZERO) for inside in insides)
    try:
        about = question(restated(claim, singular))
    except CalculusError:
        return None
    if about is None:
        return None
    hunt = Hunt(about, deadline)
    for sizes in size_choices(about, 3)[:_MOST_SIZES]:
        values = drawn(about.plan, sizes, _DRAWN, hunt.rng, is_exact=True)
        if examined(hunt, Batch(about.plan, sizes, values, is_exact=True)) is not None:
            return True
        if hunt.is_over:
            return None
    return None if hunt.unclear or hunt.counted < _ENOUGH else False


def _is_excluded(claim: Claim, insides: Iterable[Expr], deadline: float) -> bool:
    """Whether it is certain that no case has all inverses."""
    exist = tuple(compared(_det(inside), "!=", ZERO) for inside in insides)
    answer = modes.prove(replace(claim, statement=FALSE, givens=(*claim.givens, *exist)), deadline)
    return answer is not None and answer.verdict in (Verdict.PROVED, Verdict.VACUOUS)
