r"""Derivatives in index form, by the product rule on entries: $\partial x_i / \partial x_k = \delta_{ik}$.

This is the other route to what `differentials` finds on the tree; `derive` holds each against the other.
"""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from thalweg.calculus.atoms import inverse_terms, power_terms, raised_terms, step_terms, summed
from thalweg.calculus.forms import (
    COLUMN,
    DELTA,
    ROW,
    Atom,
    Factor,
    Form,
    Term,
    form,
    multiplied,
    renamed,
    travelling,
    within,
)
from thalweg.calculus.nodes import CalculusError, Expr, Shape, Symbol
from thalweg.calculus.sizes import ONE

BY_ROW, BY_COLUMN = -3, -4  # the indices of the entry of x by which is differentiated
_A, _B = -50, -51  # passing names of indices


def index_derivative(f: Form, x: Expr) -> Form:
    """The derivative of an entry by an entry of a name.

    Args:
        f: The entry, in index form.
        x: The name; its entry has the free indices -3 (row) and -4 (column).

    Returns:
        The derivative, in index form.

    Raises:
        CalculusError: If an atom has no rule.
    """
    assert isinstance(x.value, Symbol)
    return form(_changes(f.terms, x))


def arranged(derivative: Form, f: Expr, x: Expr) -> Form:
    """A derivative with its entries put where the row convention wants them: row for an output, column for an input.

    Args:
        derivative: What `index_derivative` found.
        f: What was differentiated; a row counts as the column of its entries.
        x: By what.
    """
    if x.is_scalar:
        return derivative
    if f.is_scalar:
        return form(renamed(term, {BY_ROW: COLUMN, BY_COLUMN: ROW}) for term in derivative.terms)
    new = {BY_ROW: COLUMN} if f.shape.columns == ONE else {COLUMN: ROW, BY_ROW: COLUMN}
    return form(renamed(term, new) for term in derivative.terms)


def _changes(terms: tuple[Term, ...] | list[Term], x: Expr) -> list[Term]:
    """The derivative of a sum of terms."""
    result: list[Term] = []
    for term in terms:
        for place, factor in enumerate(term.factors):
            rest = Term(term.count, term.scalars, (*term.factors[:place], *term.factors[place + 1 :]), term.sizes)
            result += within([rest], _entry_change(factor, x))
        for place, (atom, power) in enumerate(term.scalars):
            others = (*term.scalars[:place], *term.scalars[place + 1 :])
            rest = Term(term.count * power, (*others, (atom, power - 1)), term.factors, term.sizes)
            result += multiplied([rest], _scalar_change(atom, x))
    return result


def _entry_change(factor: Factor, x: Expr) -> list[Term]:
    """The derivative of one entry."""
    atom, places = factor
    places = tuple(travelling(i) for i in places)
    if atom.kind == "delta" or (atom.kind == "symbol" and atom.name != x.value.name):
        return []
    if atom.kind == "symbol":
        deltas = [(DELTA, (place, by)) for place, by in zip(places, (BY_ROW, BY_COLUMN), strict=False)]
        return [Term(Fraction(1), (), tuple(deltas))]
    if atom.kind == "inverse":
        return _inverse_change(atom, places, x)
    new = dict(zip((ROW, COLUMN), places, strict=False))
    if atom.kind == "map":
        outer = _MAP_CHANGES[atom.name](atom, places)
    elif atom.kind == "raised":
        power = Fraction(atom.name)
        lowered = raised_terms(Shape(*atom.shape), atom.inner[0], power - 1)
        outer = multiplied([Term(power)], [renamed(term, new) for term in lowered])
    else:
        raise CalculusError(f"there is no rule for the derivative of the entries of a {atom.kind}")
    inner = [renamed(term, new) for term in _changes(atom.inner[0].terms, x)]
    return multiplied(outer, inner)


def _inverse_change(atom: Atom, places: tuple[int, ...], x: Expr) -> list[Term]:
    """- inv(M)_ia dM_ab inv(M)_bj."""
    i, j = places
    size = atom.shape[0]
    inner = [renamed(term, {ROW: _A, COLUMN: _B}) for term in _changes(atom.inner[0].terms, x)]
    left, right = Term(Fraction(-1), (), ((atom, (i, _A)),)), Term(Fraction(1), (), ((atom, (_B, j)),))
    whole = multiplied(multiplied([left], inner), [right])
    return [summed(summed(term, _A, size), _B, size) for term in whole]


def _scalar_change(atom: Atom, x: Expr) -> list[Term]:
    """The derivative of a scalar atom."""
    if atom.kind in ("symbol", "size"):
        same = atom.kind == "symbol" and atom.name == x.value.name
        return [Term(Fraction(1))] if same else []
    if atom.kind == "group":
        return _changes(atom.inner[0].terms, x)
    if atom.kind == "map":
        return multiplied(_MAP_CHANGES[atom.name](atom, ()), _changes(atom.inner[0].terms, x))
    if atom.kind == "det":
        return _det_change(atom, x)
    if atom.kind == "power":
        base, exponent = atom.inner
        itself = Term(Fraction(1), ((atom, Fraction(1)),))
        log = Atom("map", "log", (base,))
        by_base = multiplied(
            multiplied([itself], exponent.terms), multiplied(_reciprocal(base), _changes(base.terms, x))
        )
        by_exponent = multiplied(
            [Term(Fraction(1), ((atom, Fraction(1)), (log, Fraction(1))))], _changes(exponent.terms, x)
        )
        return [*by_base, *by_exponent]
    if all(not _changes(inner.terms, x) for inner in atom.inner) and atom.source is None:
        return []
    if atom.source is not None and not any(node == x for node in atom.source.walk()):
        return []
    raise CalculusError(f"there is no rule for the derivative of {atom.kind}")


def _det_change(atom: Atom, x: Expr) -> list[Term]:
    """det(M) inv(M)_ba dM_ab."""
    assert atom.source is not None
    source = atom.source.args[0]
    inverse = [renamed(term, {ROW: _B, COLUMN: _A}) for term in inverse_terms(atom.inner[0], source.shape.rows)]
    inner = [renamed(term, {ROW: _A, COLUMN: _B}) for term in _changes(atom.inner[0].terms, x)]
    whole = multiplied([Term(Fraction(1), ((atom, Fraction(1)),))], multiplied(inverse, inner))
    return [summed(summed(term, _A, source.shape.rows), _B, source.shape.rows) for term in whole]


def _reciprocal(base: Form) -> list[Term]:
    return power_terms(base, Fraction(-1))


def _of(name: str) -> Callable[[Atom, tuple[int, ...]], list[Term]]:
    """The function of the same entries under another name."""
    return lambda atom, places: [_at(replace(atom, name=name), places)]


def _at(atom: Atom, places: tuple[int, ...]) -> Term:
    return Term(Fraction(1), (), ((atom, places),)) if places else Term(Fraction(1), ((atom, Fraction(1)),))


def _log_change(atom: Atom, places: tuple[int, ...]) -> list[Term]:
    if not places:
        return _reciprocal(atom.inner[0])
    new = dict(zip((ROW, COLUMN), places, strict=False))
    return [renamed(term, new) for term in raised_terms(Shape(*atom.shape), atom.inner[0], Fraction(-1))]


def _relu_change(atom: Atom, places: tuple[int, ...]) -> list[Term]:
    new = dict(zip((ROW, COLUMN), places, strict=False))
    return [renamed(term, new) for term in step_terms(Shape(*atom.shape), atom.inner[0])]


def _one_and_square(sign: int) -> Callable[[Atom, tuple[int, ...]], list[Term]]:
    """1 plus or minus the function's own square."""
    return lambda atom, places: [
        Term(Fraction(1)),
        *multiplied([Term(Fraction(sign))], multiplied([_at(atom, places)], [_at(atom, places)])),
    ]


_MAP_CHANGES: dict[str, Callable[[Atom, tuple[int, ...]], list[Term]]] = {
    "exp": _of("exp"),
    "relu": _relu_change,
    "log": _log_change,
    "sin": _of("cos"),
    "cos": lambda atom, places: multiplied([Term(Fraction(-1))], _of("sin")(atom, places)),
    "tan": _one_and_square(1),
    "tanh": _one_and_square(-1),
    "sigmoid": lambda atom, places: [
        _at(atom, places),
        *multiplied([Term(Fraction(-1))], multiplied([_at(atom, places)], [_at(atom, places)])),
    ],
    "softplus": _of("sigmoid"),
    "abs": _of("sign"),
    "sign": lambda _atom, _places: [],
    "step": lambda _atom, _places: [],
}
