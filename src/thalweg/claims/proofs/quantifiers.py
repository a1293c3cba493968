"""`forall x: ...` about vectors: an identity in x holds for all x if and only if its coefficients are the same."""

from fractions import Fraction

from thalweg.calculus.algebra import minus, transposed
from thalweg.calculus.forms import Form
from thalweg.calculus.index_derivatives import arranged, index_derivative
from thalweg.calculus.indices import index_form
from thalweg.calculus.nodes import SCALAR, CalculusError, Expr, Symbol
from thalweg.calculus.raw import differentiated
from thalweg.calculus.stack import stacked


def without_vectors(statement: Expr) -> Expr:
    """A statement in which `forall x: L x = 0` has become `L = 0`, and `forall x: x' M x = 0` has become `M + M' = 0`.

    Example:
        >>> from thalweg.calculus.meaning import Scope, understand
        >>> from thalweg.calculus.show import text
        >>> scope = Scope(is_open=True)
        >>> understand("x' A x", scope) and None
        >>> text(without_vectors(understand("forall x: x' (A + A') = 2 x' A", scope).expr))
        "A - A' = 0"
    """
    statement = statement.with_args(
        tuple(without_vectors(arg) if arg.op != "compare" else arg for arg in statement.args)
    )
    if statement.op != "forall" or len(statement.args) > 1:
        return statement
    (body,) = statement.args
    names, _ = statement.value
    for name in names:
        coefficient = _coefficient(body, name)
        if coefficient is None:
            return statement
        body = Expr("compare", (coefficient, Expr("zeros", (), coefficient.shape)), SCALAR, "=")
    return body


def _coefficient(body: Expr, x: Expr) -> Expr | None:
    """What must be zero for an identity to hold for all x; None if it is no identity of degree 1 or 2 in a vector x."""
    if body.op != "compare" or body.value != "=" or not x.shape.is_column:
        return None
    difference = minus(*body.args)
    try:
        whole = index_form(difference)
        degree = _degree(whole, x)
        if degree == 2 and difference.is_scalar:
            return _derivative(_derivative(difference, x), x)
        return _derivative(difference, x) if degree == 1 else None
    except CalculusError:
        return None


def _derivative(f: Expr, x: Expr) -> Expr:
    f = transposed(f) if f.shape.turned.is_column and not f.is_scalar else f
    shape = differentiated(f, x)
    if shape is None:
        raise CalculusError("more than two indices")
    return stacked(arranged(index_derivative(index_form(f), x), f, x), shape.shape)


def _degree(whole: Form, x: Expr) -> Fraction | int | None:
    """How often x stands in every term; None if that differs, or if x stands inside something."""
    assert isinstance(x.value, Symbol)
    found = set()
    for term in whole.terms:
        atoms = [atom for atom, _ in (*term.scalars, *term.factors)]
        if any(f"symbol:{x.value.name}" in inner.key for atom in atoms for inner in atom.inner):
            return None
        powers = [*term.scalars, *((atom, Fraction(1)) for atom, _ in term.factors)]
        found.add(sum(power for atom, power in powers if atom.kind == "symbol" and atom.name == x.value.name))
    return found.pop() if len(found) == 1 else None


def same_condition(left: Expr, right: Expr) -> bool:
    """Whether two identities say the same: one difference is a number times the other, or times its transpose."""
    if any(side.op != "compare" or side.value != "=" for side in (left, right)):
        return False
    try:
        one, other = minus(*left.args), minus(*right.args)
        a, b = index_form(one), index_form(other)
        if a.is_zero or b.is_zero or one.shape not in (other.shape, other.shape.turned):
            return a.is_zero and b.is_zero
        if one.shape != other.shape:
            b = index_form(transposed(other))
    except CalculusError:
        return False
    return _scaled(a, b) or (one.shape.rows == one.shape.columns and _scaled(a, index_form(transposed(other))))


def _scaled(a: Form, b: Form) -> bool:
    """Whether one form is a number times the other."""
    if len(a.terms) != len(b.terms) or any(s.key != t.key for s, t in zip(a.terms, b.terms, strict=True)):
        return False
    return len({s.count / t.count for s, t in zip(a.terms, b.terms, strict=True)}) == 1
