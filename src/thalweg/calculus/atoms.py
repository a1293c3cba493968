"""Inverses, powers, logarithms and corners in index form: which atoms stand for them, and what comes out of them.

Numbers, scalars and square factors come out of an inverse; whole powers go to factors; the logarithm of a product is a sum;
`relu` is written through `step`. What an expression is in index form says `indices`.
"""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from thalweg.calculus.forms import (
    COLUMN,
    DELTA,
    ROW,
    Atom,
    Factor,
    Form,
    Term,
    chain_of,
    form,
    multiplied,
    renamed,
    total,
    travelling,
    within,
)
from thalweg.calculus.forms import whole_power as expanded_power
from thalweg.calculus.nodes import CalculusError, Expr, Shape
from thalweg.calculus.raw import whole_power
from thalweg.calculus.sizes import ONE, Size

ONE_TERM = Term(Fraction(1))
_BETWEEN = -90  # the passing name of an index


def opened(one: Form) -> Form:
    """A form in which every `relu` is written through `step`."""
    if "map:relu" not in one.key:
        return one
    result: list[Term] = []
    for term in one.terms:
        scalars = tuple((_opened_atom(atom), power) for atom, power in term.scalars if atom.name != "relu")
        factors = tuple((_opened_atom(atom), places) for atom, places in term.factors if atom.name != "relu")
        product = [Term(term.count, scalars, factors, term.sizes)]
        for atom, power in term.scalars:
            if atom.name == "relu":
                product = multiplied(product, power_terms(form(_ramp(atom, ())), power))
        for atom, places in term.factors:
            if atom.name == "relu":
                product = within(product, _ramp(atom, tuple(travelling(i) for i in places)))
        result += product
    return form(result)


def _opened_atom(atom: Atom) -> Atom:
    inner = tuple(opened(one) for one in atom.inner)
    return atom if inner == atom.inner else replace(atom, inner=inner)


def _ramp(atom: Atom, places: tuple[int, ...]) -> list[Term]:
    """U step(u); as u - u step(-u) if u begins with a minus, which is the same, at 0 too."""
    inner = opened(atom.inner[0])
    if inner.is_zero:
        return []
    sign = 1 if inner.terms[0].count > 0 else -1
    above = total([inner], [sign])
    there = dict(zip((ROW, COLUMN), places, strict=False))
    entry = [renamed(term, there) for term in above.terms]
    ramp = multiplied(entry, [renamed(term, there) for term in step_terms(Shape(*atom.shape), above)])
    return ramp if sign > 0 else [*(renamed(term, there) for term in inner.terms), *ramp]


def free(shape: Shape) -> tuple[int, ...]:
    """The free indices that an expression of a shape has."""
    return tuple(i for i, size in ((ROW, shape.rows), (COLUMN, shape.columns)) if size != ONE)


def scalar(atom: Atom, power: Fraction | int = 1) -> list[Term]:
    """A power of a scalar atom."""
    return [Term(Fraction(1), ((atom, Fraction(power)),))]


def entries(expr: Expr, atom: Atom) -> list[Term]:
    """An atom at the free indices of an expression, or as a scalar."""
    places = free(expr.shape)
    return [Term(Fraction(1), (), ((atom, places),))] if places else scalar(atom)


def entrywise(shape: Shape, kind: str, name: str, inner: Form) -> list[Term]:
    """A function of every entry, of a shape: at the free row and column, or as a scalar."""
    if shape.is_scalar:
        return scalar(Atom(kind, name, (inner,), shape=(ONE, ONE)))
    if shape.turned.is_column:
        inner, shape = turned(inner), shape.turned
        return [Term(Fraction(1), (), (_placed(kind, name, inner, (COLUMN,), shape),))]
    return [Term(Fraction(1), (), (_placed(kind, name, inner, free(shape), shape),))]


def _placed(kind: str, name: str, inner: Form, places: tuple[int, ...], shape: Shape) -> Factor:
    """A function of the entries of a form, at some indices; a matrix and its transpose share one atom."""
    if len(places) == 1:
        return Atom(kind, name, (inner,), shape=(shape.rows, ONE)), places
    other = turned(inner)
    if other.key < inner.key:
        inner, other, places, shape = other, inner, places[::-1], shape.turned
    return Atom(kind, name, (inner,), inner == other, shape=(shape.rows, shape.columns)), places


def raised_terms(shape: Shape, inner: Form, power: Fraction) -> list[Term]:
    """Every entry to a constant power: small whole powers are multiplied out, others of a product go to its factors."""
    if power.denominator == 1 and 0 < power <= 8:
        result = [ONE_TERM]
        for _ in range(int(power)):
            result = multiplied(result, inner.terms)
        return result
    single = inner.single
    is_product = single is not None and (single.count != 1 or len(single.factors) + len(single.scalars) > 1)
    count = whole_power(single.count, power) if single is not None and is_product and not single.sizes else None
    if single is None or count is None:
        return entrywise(shape, "raised", str(power), inner)
    scalars = tuple((atom, p * power) for atom, p in single.scalars)
    factors = tuple(_of_factor("raised", str(power), factor, shape) for factor in single.factors)
    return [Term(count, scalars, factors)]


def _of_factor(kind: str, name: str, factor: Factor, shape: Shape) -> Factor:
    """A function of one factor of a product of a shape, at the indices that it has."""
    atom, places = factor
    order = tuple(dict.fromkeys(places))
    own = form([Term(Fraction(1), (), ((atom, tuple((ROW, COLUMN)[order.index(i)] for i in places)),))])
    lengths = {ROW: shape.rows, COLUMN: shape.columns}
    sizes = (*(lengths[i] for i in order), ONE)
    return _placed(kind, name, own, order, Shape(*sizes[:2]))


def joined(left: Sequence[Term], right: Sequence[Term], size: Size) -> list[Term]:
    """The product of two matrices over an index of a size; of a column and a row there is none."""
    if size == ONE:
        return multiplied(left, right)
    left = [renamed(term, {COLUMN: _BETWEEN}) for term in left]
    right = [renamed(term, {ROW: _BETWEEN}) for term in right]
    return [summed(term, _BETWEEN, size) for term in multiplied(left, right)]


def summed(term: Term, index: int, size: Size) -> Term:
    """A term summed over one of its free indices."""
    new = 1 + max((i for i, _ in term.sizes), default=-1)
    return Term(term.count, term.scalars, renamed(term, {index: new}).factors, (*term.sizes, (new, size)))


def turned(one: Form) -> Form:
    """A form with row and column exchanged."""
    return form(renamed(term, {ROW: COLUMN, COLUMN: ROW}) for term in one.terms)


def inverse_terms(inner: Form, size: Size) -> list[Term]:
    """The inverse of a matrix of a size: numbers, scalars and square factors come out; of two transposes the first is kept."""
    if inner.is_zero:
        raise CalculusError("0 has no inverse")
    single = inner.single
    if single is not None and (single.scalars or len(single.factors) != 1 or single.count != 1):
        bare = [Term(Fraction(1), (), single.factors, single.sizes)]
        scalars = tuple((atom, -power) for atom, power in single.scalars)
        parts = _square_chain(single)
        if parts is not None or scalars or single.count != 1:
            inverses = inverse_terms(form(bare), size) if parts is None else parts
            return multiplied([Term(1 / single.count, scalars)], inverses)
    if all((DELTA, (COLUMN, ROW)) in term.factors for term in inner.terms):
        return _diagonal_inverse(inner, size)
    alone = single is not None and len(single.factors) == 1
    if single is not None and alone and single.factors[0][0].kind == "inverse":
        atom, places = single.factors[0]
        return [
            renamed(term, {} if places == (ROW, COLUMN) else {ROW: COLUMN, COLUMN: ROW}) for term in atom.inner[0].terms
        ]
    if single is not None and alone and "orthogonal" in single.factors[0][0].traits:
        return list(turned(inner).terms)
    count = inner.terms[0].count
    inner = total([inner], [1 / count])
    other = turned(inner)
    places = (ROW, COLUMN) if inner.key <= other.key else (COLUMN, ROW)
    first = inner if inner.key <= other.key else other
    atom = Atom("inverse", "", (first,), inner == other, shape=(size, size))
    return [Term(1 / count, (), ((atom, places),))]


def _diagonal_inverse(inner: Form, size: Size) -> list[Term]:
    """The inverse of a diagonal matrix: its entries, which stand at the row, each inverted."""
    bare = [Term(t.count, t.scalars, tuple(f for f in t.factors if f[0] != DELTA), t.sizes) for t in inner.terms]
    on_diagonal = [Term(Fraction(1), (), ((DELTA, (COLUMN, ROW)),))]
    if all(not term.factors for term in bare):
        return multiplied(power_terms(form(bare), Fraction(-1)), on_diagonal)
    return multiplied(raised_terms(Shape(size, ONE), form(bare), Fraction(-1)), on_diagonal)


def _square_chain(single: Term) -> list[Term] | None:
    """The inverse of a chain that begins or ends with square matrices: these inverted, in reverse; None if none does."""
    chain = chain_of(single)
    if chain is None or len(chain) < 2:
        return None
    square = [len(set(atom.shape)) == 1 for atom, _ in chain]
    first = square.index(False) if False in square else len(chain)
    last = len(chain) - square[::-1].index(False) if False in square else first
    parts = (
        [[link] for link in chain[:first]] + [chain[first:last]] * (first < last) + [[link] for link in chain[last:]]
    )
    if len(parts) < 2:
        return None
    size = chain[0][0].shape[1 if chain[0][1] else 0]
    result = inverse_terms(form(_multiplied_out(parts[-1])), size)
    for part in reversed(parts[:-1]):
        result = joined(result, inverse_terms(form(_multiplied_out(part)), size), size)
    return result


def _multiplied_out(chain: list[tuple[Atom, bool]]) -> list[Term]:
    """The product of a chain of matrices, of which some are turned."""
    result: list[Term] = []
    for atom, is_turned in chain:
        entry = [Term(Fraction(1), (), ((atom, (COLUMN, ROW) if is_turned else (ROW, COLUMN)),))]
        result = joined(result, entry, atom.shape[1 if is_turned else 0]) if result else entry
    return result


def power_terms(base: Form, power: Fraction) -> list[Term]:
    """A scalar sum to a constant power; whole powers of single terms go to their factors."""
    if power == 0:
        return [ONE_TERM]
    if base.is_zero:
        if power < 0:
            raise CalculusError("division by 0")
        return []
    if power.denominator == 1 and 0 < power <= 8:
        return list(expanded_power(base, int(power)))
    single = base.single
    count = whole_power(single.count, power) if single is not None else None
    if single is not None and count is not None:
        scalars = tuple((atom, p * power) for atom, p in single.scalars)
        bare = form([Term(Fraction(1), (), single.factors, single.sizes)])
        grouped = ((Atom("group", "", (bare,)), power),) if single.factors else ()
        return [Term(count, (*scalars, *grouped))]
    if single is not None and _is_positive(single):
        root = _root(single.count, power)
        if root is not None:
            return [Term(root, tuple((atom, p * power) for atom, p in single.scalars))]
    count = abs(base.terms[0].count) if power.denominator != 1 else base.terms[0].count
    root = _root(count, power)
    if root is None:
        return scalar(Atom("group", "", (base,)), power)
    return multiplied([Term(root)], scalar(Atom("group", "", (total([base], [1 / count]),)), power))


def _is_positive(term: Term) -> bool:
    """Whether a term is a positive number times powers of names that are not negative."""
    return (
        term.count > 0
        and not term.factors
        and all(a.traits & {"positive", "nonnegative"} or a.kind == "size" for a, _ in term.scalars)
    )


def _root(count: Fraction, power: Fraction) -> Fraction | None:
    """A positive number to a power, if that is rational."""
    if power.denominator == 1:
        return whole_power(count, power)
    if max(count.numerator, count.denominator, power.denominator**9) > 10**12:
        return None
    parts = [round(part ** (1 / power.denominator)) for part in (count.numerator, count.denominator)]
    if [part**power.denominator for part in parts] != [count.numerator, count.denominator]:
        return None
    return whole_power(Fraction(*parts), Fraction(power.numerator))


def log_terms(shape: Shape, single: Term) -> list[Term]:
    """The logarithm of a product: the sum of logarithms. Each is that of the absolute value, so that all of them exist."""
    result = scalar(Atom("map", "log", (form([Term(single.count)]),))) if single.count != 1 else []
    for atom, power in single.scalars:
        inside = atom.inner[0] if atom.kind == "group" else form(scalar(atom))
        is_exponential = atom.kind == "map" and atom.name == "exp"
        log = list(atom.inner[0].terms) if is_exponential else scalar(Atom("map", "log", (inside,)))
        result += multiplied([Term(power)], log)
    if single.sizes:
        return [*result, *scalar(Atom("map", "log", (form([Term(Fraction(1), (), single.factors, single.sizes)]),)))]
    return [*result, *(term for factor in single.factors for term in _factor_log(factor, shape))]


def _factor_log(factor: Factor, shape: Shape) -> list[Term]:
    """The logarithm of one factor; of an exponential it is what stands in it."""
    atom, places = factor
    if atom.kind == "map" and atom.name == "exp":
        there = dict(zip((ROW, COLUMN), places, strict=False))
        return [renamed(term, there) for term in atom.inner[0].terms]
    return [Term(Fraction(1), (), (_of_factor("map", "log", factor, shape),))]


def exp_terms(shape: Shape, inner: Form) -> list[Term]:
    """The exponential of a sum: what is the same for all entries comes out, and the exponential of numbers is a product."""
    apart = [
        term for term in inner.terms if shape.is_scalar or all(i >= 0 for _, places in term.factors for i in places)
    ]
    rest = [term for term in inner.terms if term not in apart]
    result = entrywise(shape, "map", "exp", form(rest)) if rest else [ONE_TERM]
    for term in apart:
        one = form([Term(Fraction(1), term.scalars, term.factors, term.sizes)])
        result = multiplied(result, scalar(Atom("map", "exp", (one,)), term.count))
    return result


def step_terms(shape: Shape, inner: Form) -> list[Term]:
    """1 where a form is above 0; a positive number in front of it changes nothing."""
    if inner.is_zero:
        return []
    single = inner.single
    if single is not None and not single.scalars and not single.factors:
        return [ONE_TERM] if single.count > 0 else []
    scaled = total([inner], [1 / abs(inner.terms[0].count)])
    return entrywise(shape, "map", "step", scaled)
