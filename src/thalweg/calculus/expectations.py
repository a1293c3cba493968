"""Expectations of polynomials in independent Gaussians: every term is a sum over the ways to pair its random factors.

A product of zero-mean Gaussians has as its mean the sum, over all ways to pair them, of the products of the covariances of
the pairs (Isserlis' theorem); with an odd number of factors it is 0.
"""

from collections.abc import Mapping

from thalweg.calculus.algebra import is_zero, plus
from thalweg.calculus.forms import COLUMN, DELTA, ROW, Atom, Form, Term, form, renamed, travelling, within
from thalweg.calculus.indices import index_form
from thalweg.calculus.nodes import CalculusError, Expr, Shape, Symbol, substituted, symbol
from thalweg.calculus.sizes import ONE
from thalweg.calculus.stack import stacked

MOST_RANDOM = 8


def expectation(expr: Expr, randoms: Mapping[Expr, tuple[Expr, Expr]]) -> Expr:
    """The expectation of an expression that is a polynomial in Gaussian names.

    Args:
        expr: The expression.
        randoms: Each Gaussian name with its mean and covariance: the covariance matrix of a vector, the variance of every
            (independent) entry of a matrix, the variance of a scalar. Different names are independent.

    Returns:
        The expectation.

    Raises:
        CalculusError: If a Gaussian stands inside a function, an inverse or a root, or if more than 8 are multiplied.

    Example:
        >>> from thalweg.calculus.meaning import Scope, understand
        >>> from thalweg.calculus.show import text
        >>> scope = Scope(is_open=True)
        >>> f, variance = (understand(written, scope).expr for written in ("||N w||^2", "sigma^2"))
        >>> N = scope.names["N"]
        >>> text(expectation(f, {N: (Expr("zeros", (), N.shape), variance)}))
        "n sigma^2 (w' w)"
    """
    centred = {node: _centred(node) for node in randoms}
    moved = {
        node: centred[node] if is_zero(mean) else plus([mean, centred[node]], node.shape)
        for node, (mean, _) in randoms.items()
    }
    whole = index_form(substituted(expr, moved))
    known = {centred[node].value.name: (node, covariance) for node, (_, covariance) in randoms.items()}
    terms = [part for term in whole.terms for part in _mean(term, known)]
    return stacked(form(terms), expr.shape)


def _centred(node: Expr) -> Expr:
    """The name of a Gaussian less its mean; no typed name ends so."""
    assert isinstance(node.value, Symbol)
    return symbol(f"{node.value.name}~", node.shape)


def _mean(term: Term, known: Mapping[str, tuple[Expr, Expr]]) -> list[Term]:
    """The expectation of a term."""
    drawn = [(a.name, p) for a, p in term.factors if _is_random(a, known)]
    for atom, power in term.scalars:
        if _is_random(atom, known):
            if power.denominator != 1 or power < 0:
                raise CalculusError(f"E[...] needs a polynomial in {atom.name[:-1]}, got its power {power}")
            drawn += [(atom.name, ())] * int(power)
    if len(drawn) > MOST_RANDOM:
        raise CalculusError(f"E[...] needs at most {MOST_RANDOM} random factors in a product, got {len(drawn)}")
    rest = Term(
        term.count,
        tuple(pair for pair in term.scalars if not _is_random(pair[0], known)),
        tuple(factor for factor in term.factors if not _is_random(factor[0], known)),
        term.sizes,
    )
    for atom in (*(atom for atom, _ in rest.scalars), *(atom for atom, _ in rest.factors)):
        if any(f"symbol:{name}" in inner.key for inner in atom.inner for name in known):
            raise CalculusError(
                f"E[...] needs a polynomial in the random names; one stands inside {atom.name or atom.kind}"
            )
    return _paired(rest, drawn, known)


def _is_random(atom: Atom, known: Mapping[str, object]) -> bool:
    return atom.kind == "symbol" and atom.name in known


_Drawn = list[tuple[str, tuple[int, ...]]]


def _paired(rest: Term, drawn: _Drawn, known: Mapping[str, tuple[Expr, Expr]]) -> list[Term]:
    """The sum over all pairings of the random factors."""
    if not drawn:
        return [rest]
    (name, places), *others = drawn
    result: list[Term] = []
    for place, (other, there) in enumerate(others):
        if other == name:
            for part in _paired(rest, others[:place] + others[place + 1 :], known):
                result += within([part], _covariance(known[name], places, there))
    return result


def _covariance(of: tuple[Expr, Expr], here: tuple[int, ...], there: tuple[int, ...]) -> list[Term]:
    """The covariance of two entries of a name."""
    node, covariance = of
    inner: Form = index_form(covariance)
    if covariance.is_scalar:
        deltas = tuple((DELTA, (travelling(i), travelling(j))) for i, j in zip(here, there, strict=True))
        return [Term(term.count, term.scalars, (*term.factors, *deltas), term.sizes) for term in inner.terms]
    if covariance.shape != Shape(node.shape.rows, node.shape.rows) or node.shape.columns != ONE:
        raise CalculusError("a covariance needs a matrix of the vector's size, or one number for all entries")
    return [renamed(term, {ROW: travelling(here[0]), COLUMN: travelling(there[0])}) for term in inner.terms]
