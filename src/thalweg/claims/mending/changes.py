"""Small changes of claims about matrices that may make them true: a trait, a factor, a transpose, an order, a relation.

Each comes in words. Which changed claim is true is for `remedies` to ask.
"""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from thalweg.calculus.algebra import coefficient, minus, times, transposed
from thalweg.calculus.nodes import INVERTIBLE, SCALAR, SYMMETRIC, Expr, number, substituted, symbol, symbols
from thalweg.calculus.show import text
from thalweg.claims.nouns import Claim, name_of
from thalweg.claims.rational.logic import restated
from thalweg.claims.rational.polynomials import TooLarge
from thalweg.claims.rational.ratios import ratio

OTHER = {"<": "<=", ">": ">=", "<=": "<", ">=": ">"}
_FACTORS = {
    "=": ("2", "1/2", "-1", "4", "1/4", "-2"),
    **dict.fromkeys(OTHER, ("2", "1/2", "4", "1/4")),
}
_TRAITS = {
    "symmetric": "{} is symmetric",
    "orthogonal": "{} is orthogonal",
    "diagonal": "{} is diagonal",
    "invertible": "{} is invertible",
    "psd": "{} is positive semidefinite",
    "full column rank": "{} has full column rank",
    "full row rank": "{} has full row rank",
}


def changes(claim: Claim) -> Iterator[tuple[str, Claim]]:
    """Small changes of a claim, in words and carried out, plain ones first."""
    yield from _with_traits(claim)
    if claim.statement.op == "compare":
        yield from _with_relation(claim)
        yield from _with_signs(claim)
        yield from _with_factors(claim)
    yield from _with_transposes(claim)
    yield from _with_order(claim)


def _with_traits(claim: Claim) -> Iterator[tuple[str, Claim]]:
    """A matrix with one trait more."""
    names = [node for node in symbols(claim.statement).values() if not (node.shape.is_column or _is_member(node))]
    for trait, words in _TRAITS.items():
        for node in names:
            is_square = node.shape.rows == node.shape.columns
            if _has(node, trait) or (is_square == trait.startswith("full")):
                continue
            better = symbol(name_of(node), node.shape, node.value.traits | {trait})
            yield f"if {words.format(name_of(node))}", _replaced(claim, {node: better})


def _is_member(node: Expr) -> bool:
    """Whether a name is a member of a sequence, such as `w[t]`: what it is, its recurrence says."""
    return name_of(node).endswith("]")


def _has(node: Expr, trait: str) -> bool:
    """Whether a matrix is known to have a trait."""
    traits = node.value.traits
    if trait == "symmetric":
        return bool(traits & SYMMETRIC)
    return trait in traits or (trait == "invertible" and bool(traits & INVERTIBLE))


def _replaced(claim: Claim, new: dict[Expr, Expr]) -> Claim:
    """The claim with names replaced everywhere."""
    givens = tuple(substituted(given, new) for given in claim.givens)
    names = {name: substituted(node, new) for name, node in claim.symbols.items()}
    return replace(claim, statement=substituted(claim.statement, new), givens=givens, symbols=names, readings=())


def _with_relation(claim: Claim) -> Iterator[tuple[str, Claim]]:
    """`<=` in place of `<`."""
    relation = str(claim.statement.value)
    if relation in ("<", ">"):
        changed = Expr("compare", claim.statement.args, SCALAR, OTHER[relation])
        yield f"with {OTHER[relation]} in place of {relation}", restated(claim, changed)


def _with_signs(claim: Claim) -> Iterator[tuple[str, Claim]]:
    """A number that is positive, not negative, or not zero."""
    zero = number(0)
    names = [node for node in symbols(claim.statement).values() if node.is_scalar and node.op == "symbol"]
    for node in names:
        for relation in (">=", ">", "!="):
            given = Expr("compare", (node, zero), SCALAR, relation)
            if given not in claim.givens and not restates(given, claim.statement):
                yield f"if {text(given)}", restated(claim, claim.statement, given)


def restates(condition: Expr, statement: Expr | None) -> bool:
    """Whether a condition is a comparison of what the claim compares, perhaps with both sides moved or scaled."""
    if statement is None or statement.op != "compare" or not statement.args[0].is_scalar:
        return condition == statement
    try:
        return (ratio(minus(*condition.args)) / ratio(minus(*statement.args))).constant is not None
    except (TooLarge, ZeroDivisionError):
        return False


def _with_factors(claim: Claim) -> Iterator[tuple[str, Claim]]:
    """One side times a number. Of an inequality by a positive one: with a sign put in, signs alone might make it true."""
    left, right = claim.statement.args
    is_equation = claim.statement.value == "="
    if right.op == "zeros" or (right.op == "number" and not (right.value and is_equation)):
        return
    for many in _FACTORS.get(str(claim.statement.value), ()):
        changed = _scaled(many, right)
        statement = Expr("compare", (left, changed), SCALAR, claim.statement.value)
        yield f"with {text(changed)} on the right", restated(claim, statement)


def _scaled(many: str, expr: Expr) -> Expr:
    """An expression times a number, the numbers in front put together."""
    count, rest = coefficient(expr)
    return times([number(count * Fraction(many)), rest])


def _with_transposes(claim: Claim) -> Iterator[tuple[str, Claim]]:
    """A transpose put in, or taken out, at one place of one square matrix."""
    places = list(_places(claim.statement))[:12]
    for path in places:
        node = _at(claim.statement, path)
        turned = transposed(node)
        where = _side(claim.statement, path)
        yield (
            f"with {text(turned)} in place of {text(node)}{where}",
            restated(claim, _put(claim.statement, path, turned)),
        )


def _with_order(claim: Claim) -> Iterator[tuple[str, Claim]]:
    """Two neighbours of a product in the other order."""
    for node in dict.fromkeys(node for node in claim.statement.walk() if node.op == "product"):
        for place in range(len(node.args) - 1):
            one, other = node.args[place : place + 2]
            if one.shape == other.shape and not one.is_scalar and one.shape.rows == one.shape.columns and one != other:
                turned = Expr("product", (*node.args[:place], other, one, *node.args[place + 2 :]), node.shape)
                changed = substituted(claim.statement, {node: turned})
                if changed.op == "compare" and changed.args[0] == changed.args[1]:
                    continue
                yield f"with {text(turned)} in place of {text(node)}", restated(claim, changed)


_Path = tuple[int, ...]


def _places(expr: Expr, path: _Path = ()) -> Iterator[_Path]:
    """Where square matrices, or their transposes, stand."""
    inner = expr.args[0] if expr.op == "transpose" else expr
    if inner.op == "symbol" and inner.shape.rows == inner.shape.columns and not inner.is_scalar:
        if not (inner.value.is_symmetric or _is_member(inner)):
            yield path
        return
    for place, arg in enumerate(expr.args):
        yield from _places(arg, (*path, place))


def _at(expr: Expr, path: _Path) -> Expr:
    return _at(expr.args[path[0]], path[1:]) if path else expr


def _put(expr: Expr, path: _Path, new: Expr) -> Expr:
    if not path:
        return new
    args = list(expr.args)
    args[path[0]] = _put(args[path[0]], path[1:], new)
    return expr.with_args(tuple(args))


def _side(statement: Expr, path: _Path) -> str:
    """On which side of a comparison a place is."""
    if statement.op != "compare" or len(path) < 1:
        return ""
    return " on the left" if path[0] == 0 else " on the right"
