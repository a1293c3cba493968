"""Trees to index form: what the entries of an expression are.

Functions with a corner are written through `step`, so that a claim about them meets its own derivative: relu(u) is u step(u),
max(a, b) is b + (a - b) step(a - b). Roots, reciprocals and functions of sums are atoms.
"""

from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache

from thalweg.calculus.atoms import (
    ONE_TERM,
    entries,
    entrywise,
    exp_terms,
    free,
    inverse_terms,
    joined,
    log_terms,
    opened,
    power_terms,
    raised_terms,
    scalar,
    step_terms,
    summed,
    turned,
)
from thalweg.calculus.blocks import pushed
from thalweg.calculus.forms import COLUMN, DELTA, ROW, Atom, Form, Term, form, multiplied, renamed, size_terms, total
from thalweg.calculus.functions import logged, of
from thalweg.calculus.nodes import SCALAR, CalculusError, Expr, Shape, Symbol
from thalweg.calculus.sizes import ONE


def index_form(expr: Expr) -> Form:
    """The entry of an expression at a free row and column, in canonical form.

    Args:
        expr: An expression without statements in it.

    Returns:
        Its form, in which the row is index -1 and the column -2; a side of length 1 has no index.

    Raises:
        CalculusError: If an operation has no index form, or if it becomes too long.

    Example:
        >>> from thalweg.calculus.meaning import Scope, understand
        >>> scope = Scope(is_open=True)
        >>> understand("tr(A B) + tr(C)", scope) and None
        >>> index_form(understand("tr(A B)", scope).expr) == index_form(understand("tr(B A)", scope).expr)
        True
    """
    return opened(plain_form(expr))


def plain_form(expr: Expr) -> Form:
    """The entry of an expression with its `relu` left as they are: for people to read, not to compare."""
    return _form(pushed(expr))


@lru_cache(maxsize=2048)  # forms of equal parts are asked for again and again
def _form(expr: Expr) -> Form:
    return form(_terms(expr))


def _terms(expr: Expr) -> list[Term]:
    """The terms of an expression, not yet in canonical form."""
    if expr.op not in _RULES:
        raise CalculusError(f"{expr.op} has no index form")
    return _RULES[expr.op](expr)


def _symbol(expr: Expr) -> list[Term]:
    value = expr.value
    assert isinstance(value, Symbol)
    sizes = (expr.shape.rows, expr.shape.columns)
    atom = Atom("symbol", value.name, (), value.is_symmetric, value.traits, sizes, expr)
    if "diagonal" in value.traits and not expr.is_scalar:
        return [Term(Fraction(1), (), ((atom, (ROW,)), (DELTA, (ROW, COLUMN))))]
    return entries(expr, atom)


def _number(expr: Expr) -> list[Term]:
    return [Term(expr.value)] if expr.value else []


def _identity(expr: Expr) -> list[Term]:
    return [Term(Fraction(1), (), ((DELTA, (ROW, COLUMN)),))] if free(expr.shape) else [ONE_TERM]


def _product(expr: Expr) -> list[Term]:
    result, shape = _terms(expr.args[0]), expr.args[0].shape
    for factor in expr.args[1:]:
        if shape.is_scalar or factor.is_scalar:
            result = multiplied(result, _terms(factor))
            shape = factor.shape if shape.is_scalar else shape
        else:
            result = joined(result, _terms(factor), shape.columns)
            shape = Shape(shape.rows, factor.shape.columns)
    return result


def _hadamard(expr: Expr) -> list[Term]:
    return multiplied(_terms(expr.args[0]), _terms(expr.args[1]))


def _transpose(expr: Expr) -> list[Term]:
    return [renamed(term, {ROW: COLUMN, COLUMN: ROW}) for term in _terms(expr.args[0])]


def _inverse(expr: Expr) -> list[Term]:
    inner = expr.args[0]
    if inner.is_scalar:
        return power_terms(_form(inner), Fraction(-1))
    return inverse_terms(_form(inner), inner.shape.rows)


def _power(expr: Expr) -> list[Term]:
    base, exponent = expr.args
    if exponent.op == "number":
        power: Fraction = exponent.value
        while base.is_scalar and power.denominator == 1 and base.op == "power" and base.args[1].op == "number":
            base, power = base.args[0], power * base.args[1].value  # (b^p)^q, where b^p exists
        return power_terms(_form(base), power) if base.is_scalar else _matrix_power(base, int(power))
    bases, exponents = _form(base), _form(exponent)
    whole = next((term.count for term in exponents.terms if not term.scalars and not term.factors), Fraction(0))
    rest = total([exponents, form([Term(whole)])], [1, -1])
    if whole.denominator != 1 or rest.is_zero or abs(whole) > 8:
        whole, rest = Fraction(0), exponents
    if base.is_scalar:
        atom = Atom("power", "", (bases, rest), source=expr)
        return multiplied(scalar(atom), power_terms(bases, whole))
    if whole < 0:
        raise CalculusError("need an exponent t or t + a whole number of a matrix")
    atom = Atom("matrix power", "", (bases, rest), bases == turned(bases), frozenset(), (base.shape.rows,) * 2, expr)
    entry = [Term(Fraction(1), (), ((atom, (ROW, COLUMN)),))]
    for _ in range(int(whole)):
        entry = joined(entry, list(bases.terms), base.shape.rows)
    return entry


def _matrix_power(base: Expr, power: int) -> list[Term]:
    if not 0 <= power <= 16:
        raise CalculusError("need an exponent from 0 to 16 of a matrix")
    if power == 0:
        return [Term(Fraction(1), (), ((DELTA, (ROW, COLUMN)),))]
    result = once = list(_form(base).terms)
    for _ in range(power - 1):
        result = list(form(joined(result, once, base.shape.rows)).terms)
    return result


def _map(expr: Expr) -> list[Term]:
    name, inner = str(expr.value), _form(expr.args[0])
    if name == "step":
        return step_terms(expr.shape, inner)
    if name == "abs" and expr.is_scalar:
        return power_terms(form(multiplied(list(inner.terms), inner.terms)), Fraction(1, 2))
    if name == "exp" and (inside := logged(expr.args[0])) is not None:
        return _terms(inside)  # log(x^2) is 2 log(x) in index form, which would not do here
    single = inner.single
    if name == "log" and single and single.count > 0 and (expr.is_scalar or not single.sizes):
        return log_terms(expr.shape, single)
    if name == "exp":
        return exp_terms(expr.shape, inner)
    if inner.is_zero and name in ("sin", "tan", "tanh", "abs", "sign", "cos"):
        return [ONE_TERM] if name == "cos" else []
    return entrywise(expr.shape, "map", name, inner)


def _relu(expr: Expr, inner: Form) -> list[Term]:
    """Relu as an atom of its own; `opened` writes it through `step`."""
    return [] if inner.is_zero else entrywise(expr.shape, "map", "relu", inner)


def _raised(expr: Expr) -> list[Term]:
    power: Fraction = expr.value
    inner = _form(expr.args[0])
    return power_terms(inner, power) if expr.is_scalar else raised_terms(expr.shape, inner, power)


def _chosen(expr: Expr, above: Form, a: Expr, b: Expr) -> list[Term]:
    """A where a form is above 0, else b: b + (a - b) step."""
    difference = total([_form(a), _form(b)], [1, -1])
    return [*_form(b).terms, *multiplied(list(difference.terms), step_terms(expr.shape, above))]


def _max(expr: Expr) -> list[Term]:
    """B + relu(a - b)."""
    a, b = (_form(arg) for arg in expr.args)
    return [*b.terms, *_relu(expr, total([a, b], [1, -1]))]


def _min(expr: Expr) -> list[Term]:
    """A - relu(a - b)."""
    a, b = (_form(arg) for arg in expr.args)
    ramp = _relu(expr, total([a, b], [1, -1]))
    return [*a.terms, *multiplied([Term(Fraction(-1))], ramp)]


def _where(expr: Expr) -> list[Term]:
    condition, a, b = expr.args
    if condition.op != "compare" or condition.value not in ("<", ">", "<=", ">="):
        raise CalculusError("where has an index form for one comparison by <, <=, > or >=")
    left, right = (_form(side) for side in condition.args)
    above = total([left, right], [1, -1] if condition.value in (">", "<=") else [-1, 1])
    return _chosen(expr, above, *((a, b) if condition.value in ("<", ">") else (b, a)))


def _trace(expr: Expr) -> list[Term]:
    if expr.args[0].is_scalar:
        return _terms(expr.args[0])
    terms = [renamed(term, {COLUMN: ROW}) for term in _terms(expr.args[0])]
    return [summed(term, ROW, expr.args[0].shape.rows) for term in terms]


def _total(expr: Expr) -> list[Term]:
    return _summed(_terms(expr.args[0]), expr.args[0].shape)


def _summed(terms: list[Term], shape: Shape) -> list[Term]:
    """The sum of all entries of a shape."""
    for index, size in ((ROW, shape.rows), (COLUMN, shape.columns)):
        if size != ONE:
            terms = [summed(term, index, size) for term in terms]
    return terms


def _norm(expr: Expr) -> list[Term]:
    inside = expr.args[0]
    if expr.value != "F" and ONE not in (inside.shape.rows, inside.shape.columns):
        return _opaque(expr)
    entries_squared = multiplied(_form(inside).terms, _form(inside).terms)
    return power_terms(form(_summed(entries_squared, inside.shape)), Fraction(1, 2))


def _det(expr: Expr) -> list[Term]:
    """Determinants: of the transpose the same, of a product the product."""
    inner = _form(expr.args[0])
    if expr.args[0].is_scalar:
        return list(inner.terms)
    if expr.args[0].op == "product" and all(_is_square(arg) and not arg.is_scalar for arg in expr.args[0].args):
        result = [ONE_TERM]
        for arg in expr.args[0].args:
            result = multiplied(result, _det(Expr("det", (arg,), expr.shape)))
        return result
    if expr.args[0].op == "inverse":
        return power_terms(form(_det(Expr("det", expr.args[0].args, expr.shape))), Fraction(-1))
    if inner == form([Term(Fraction(1), (), ((DELTA, (ROW, COLUMN)),))]):
        return [ONE_TERM]
    inside = min(inner, turned(inner), key=lambda one: one.key)
    return scalar(Atom("det", f"of {expr.args[0].shape}", (inside,), source=expr))


def _is_square(expr: Expr) -> bool:
    return expr.shape.rows == expr.shape.columns


def _logdet(expr: Expr) -> list[Term]:
    return _map(Expr("map", (Expr("det", expr.args, expr.shape),), expr.shape, "log"))


def _diag(expr: Expr) -> list[Term]:
    return multiplied(_terms(expr.args[0]), [Term(Fraction(1), (), ((DELTA, (ROW, COLUMN)),))])


def _diagonal(expr: Expr) -> list[Term]:
    return [renamed(term, {COLUMN: ROW}) for term in _terms(expr.args[0])]


def _softmax(expr: Expr) -> list[Term]:
    exponential = of("exp", expr.args[0])
    return multiplied(_form(exponential).terms, power_terms(_form(Expr("total", (exponential,), SCALAR)), Fraction(-1)))


def _logsumexp(expr: Expr) -> list[Term]:
    return _map(Expr("map", (Expr("total", (of("exp", expr.args[0]),), SCALAR),), expr.shape, "log"))


def _opaque(expr: Expr) -> list[Term]:
    """Something of which nothing more is known than what it is made of, and of which shape: the form of ones has none."""
    (inside,) = expr.args
    inner, shape = _form(inside), inside.shape
    if expr.op not in ("entry", "pinv"):  # the others are the same of the transpose
        ways = [(inner, shape), (turned(inner), shape.turned)]
        inner, shape = min(ways, key=lambda way: (way[0].key, str(way[1])))
    return entries(expr, Atom(expr.op, f"{expr.value or ''} of {shape}", (inner,), source=expr))


def _entry(expr: Expr) -> list[Term]:
    """One entry: known of symbols only."""
    (inside,) = expr.args
    if inside.op == "transpose":
        i, j = expr.value
        return _entry(Expr("entry", inside.args, expr.shape, (j, i)))
    if isinstance(inside.value, Symbol) and "diagonal" not in inside.value.traits:
        places = sorted(expr.value) if inside.value.is_symmetric else expr.value
        return _opaque(Expr("entry", expr.args, SCALAR, tuple(places)))
    raise CalculusError("an entry of an expression has no index form")


_RULES: dict[str, Callable[[Expr], list[Term]]] = {
    "symbol": _symbol,
    "number": _number,
    "size": lambda expr: size_terms(expr.value),
    "pi": lambda expr: scalar(Atom("pi", traits=frozenset({"positive"}), shape=(ONE, ONE), source=expr)),
    "identity": _identity,
    "zeros": lambda _: [],
    "ones": lambda _: [ONE_TERM],
    "add": lambda expr: [term for arg in expr.args for term in _terms(arg)],
    "product": _product,
    "hadamard": _hadamard,
    "transpose": _transpose,
    "inverse": _inverse,
    "power": _power,
    "map": _map,
    "raised": _raised,
    "max": _max,
    "min": _min,
    "where": _where,
    "trace": _trace,
    "total": _total,
    "norm": _norm,
    "det": _det,
    "logdet": _logdet,
    "diag": _diag,
    "diagonal": _diagonal,
    "softmax": _softmax,
    "logsumexp": _logsumexp,
    "entry": _entry,
    **dict.fromkeys(("pinv", "smax", "smin", "emax", "emin", "rank"), _opaque),
}


def same(left: Expr, right: Expr) -> bool:
    """Whether two expressions are equal by their index forms; False says only that the forms differ.

    Example:
        >>> from thalweg.calculus.meaning import Scope, understand
        >>> scope = Scope(is_open=True)
        >>> left = understand("(x + y)' A (x + y)", scope).expr
        >>> same(left, understand("x' A x + x' (A + A') y + y' A y", scope).expr)
        True
    """
    try:
        return left.shape == right.shape and index_form(left) == index_form(right)
    except CalculusError:
        return False
