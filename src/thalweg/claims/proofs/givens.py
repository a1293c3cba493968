"""Givens put to use in proofs: `A = A'` is a trait, `y = X w` is put in for y, `inv(S) = G' G` for the inverse of S.

The claim that comes out implies the one that went in: traits of a name that was put in are forgotten. It serves proofs;
searches for counterexamples use the givens as they stand.
"""

from dataclasses import replace

from thalweg.calculus.algebra import transposed
from thalweg.calculus.nodes import Expr, Symbol, holds, substituted, symbol, symbols
from thalweg.claims.nouns import Claim


def absorbed(claim: Claim) -> Claim:
    """A claim with fewer givens, which implies the claim.

    Example:
        >>> from thalweg.calculus.meaning import Scope, understand
        >>> scope = Scope(is_open=True)
        >>> statement = understand("x' A x = x' A y", scope).expr
        >>> given = understand("y = A x", scope).expr
        >>> absorbed(Claim(statement, (given,))).givens
        ()
    """
    for place, given in enumerate(claim.givens):
        change = _trait(given) or _definition(given)
        if change is not None:
            others = claim.givens[:place] + claim.givens[place + 1 :]
            return absorbed(_changed(replace(claim, givens=others), *change))
    return claim


def _changed(claim: Claim, old: Expr, new: Expr) -> Claim:
    """A claim with one expression put for another."""
    table = {old: new}
    if isinstance(old.value, Symbol) and isinstance(new.value, Symbol) and old.value.name == new.value.name:
        names = {**claim.symbols, new.value.name: new}
    else:
        names = {name: node for name, node in claim.symbols.items() if node != old}
    return replace(
        claim,
        statement=substituted(claim.statement, table),
        givens=tuple(substituted(given, table) for given in claim.givens),
        symbols=names,
    )


def _trait(given: Expr) -> tuple[Expr, Expr] | None:
    """`A = A'` and `Q' Q = I` as a name with one more trait."""
    if given.op != "compare" or given.value != "=":
        return None
    left, right = given.args
    for node in symbols(given).values():
        if node.shape.rows != node.shape.columns or node.is_scalar or not isinstance(node.value, Symbol):
            continue
        if {left, right} == {node, transposed(node)}:
            return node, symbol(node.value.name, node.shape, node.value.traits | {"symmetric"})
        square = [Expr("product", pair, node.shape) for pair in ((transposed(node), node), (node, transposed(node)))]
        if any(side in square for side in (left, right)) and "identity" in (left.op, right.op):
            return node, symbol(node.value.name, node.shape, node.value.traits | {"orthogonal"})
    return None


def _definition(given: Expr) -> tuple[Expr, Expr] | None:
    """A name (or its inverse or transpose) that stands alone on one side and nowhere on the other."""
    if given.op != "compare" or given.value != "=":
        return None
    for one, other in (given.args, given.args[::-1]):
        inside = one.args[0] if one.op in ("inverse", "transpose") else one
        if isinstance(inside.value, Symbol) and not holds(other, inside):
            if one.op == "transpose":
                return inside, transposed(other)
            if one.op == "inverse":
                return inside, Expr("inverse", (other,), inside.shape)
            return inside, other
    return None
