"""Where scalar expressions tend to, case by case: of ratios by the lowest powers, of `b^t` by the size of b.

What a limit is depends on which coefficients are 0, so the answer is a list of cases that exclude each other. Statements with
limits in them are rewritten into statements without (`without_limits`); that is an equivalence wherever the expression under
the limit is defined near the target, which is said by `definedness`. Deciding is for `limits`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from thalweg.calculus.algebra import is_number, powered, times
from thalweg.calculus.functions import of
from thalweg.calculus.nodes import SCALAR, Expr, Symbol, holds, number, substituted, symbol
from thalweg.claims.analysis.approaches import Approach, approach, is_infinite
from thalweg.claims.rational import logic, polynomials, ratios, writing
from thalweg.claims.rational.logic import compared, every, some
from thalweg.claims.rational.polynomials import Polynomial, TooLarge, coefficients
from thalweg.claims.rational.ratios import Ratio, ratio, whole
from thalweg.claims.rational.writing import written

ZERO, ONE = number(0), number(1)
MOST_CASES = 40
_U = symbol("\0u", SCALAR)  # tends to 0 from above; no typed name begins so
_SMALL = Ratio(polynomials.variable(_U), polynomials.constant(1))


_NOTHING, _UNIT = polynomials.constant(0), polynomials.constant(1)


@dataclass(frozen=True)
class Case:
    """What a limit is where some conditions hold.

    Attributes:
        conditions: Statements; those of all cases cover everything that is defined.
        kind: "finite", "infinite" or "none".
        over: The limit, if finite, is `over / under`; if infinite, it has the sign of `over` (of either, if that is zero).
        under: Not 0 under the conditions.
    """

    conditions: tuple[Expr, ...]
    kind: str
    over: Polynomial
    under: Polynomial = _UNIT


def cases(limit: Expr) -> list[Case] | None:
    """What the limit of a scalar is, case by case; None if that cannot be said.

    Example:
        >>> from thalweg.calculus.meaning import Scope, understand
        >>> [case.kind for case in cases(understand("lim(1/lam, lam -> 0)", Scope(is_open=True)).expr)]
        ['none']
    """
    f, v, target = limit.args
    try:
        value = ratio(f)
        moving = [atom for atom in value.atoms if atom != v and holds(atom, v)]
        if holds(target, v):
            return None
        return _limited(_known_cases(value, v, moving, approach(limit)))
    except (TooLarge, ZeroDivisionError):
        return None


def _limited(found: list[Case] | None) -> list[Case] | None:
    """The cases that are not plainly impossible, unless there are too many."""
    if found is None:
        return None
    kept = [case for case in found if logic.FALSE not in case.conditions]
    return kept if len(kept) <= MOST_CASES else None


def _known_cases(value: Ratio, v: Expr, moving: list[Expr], near: Approach) -> list[Case] | None:
    """The cases of a ratio in which these atoms depend on the variable."""
    if not moving:
        return _at_zero(_near(value, {v: near.at(_SMALL)}), near.both)
    if moving == [powered(v, ratios.HALF)]:
        if near.both or near.sign < 0 or (near.target is not None and not near.target.is_zero):
            return None
        root = near.at(_SMALL)
        return _at_zero(_near(value, {v: root**2, moving[0]: root}), False)
    if len(moving) == 1 and moving[0].op == "power" and moving[0].args[1] == v and not holds(moving[0].args[0], v):
        return _of_power(value, v, moving[0], near) if near.target is None and near.sign > 0 else None
    return None


def _near(value: Ratio, close: dict[Expr, Ratio]) -> Ratio:
    return ratios.substituted(value.over, close) / ratios.substituted(value.under, close)


_Place = tuple[tuple[Expr, ...], int, Polynomial]


def _first_terms(parts: Mapping[int, Polynomial], places: Iterable[int], t: Expr | None = None) -> Iterator[_Place]:
    """Which coefficient is the first that is not 0, case by case: the conditions, its place, and itself.

    The coefficients may be polynomials in t, which are 0 if each of their own coefficients is.
    """
    passed: tuple[Expr, ...] = ()
    for place in places:
        inner = [parts[place]] if t is None else [*coefficients(parts[place], t).values()]
        yield (*passed, some(_is_not_zero(part) for part in inner)), place, parts[place]
        passed = (*passed, every(_is_zero(part) for part in inner))
        if logic.FALSE in passed:
            return


def _none_of(parts: Mapping[int, Polynomial], places: Iterable[int], t: Expr | None = None) -> tuple[Expr, ...]:
    """That none of these coefficients is there."""
    inner = [[parts[place]] if t is None else [*coefficients(parts[place], t).values()] for place in places]
    return tuple(_is_zero(part) for group in inner for part in group)


def _is_zero(polynomial: Polynomial) -> Expr:
    """That a polynomial is 0: one of its factors is."""
    return some(compared(factor, "=", ZERO) for factor in writing.factors(polynomial))


def _is_not_zero(polynomial: Polynomial) -> Expr:
    return every(compared(factor, "!=", ZERO) for factor in writing.factors(polynomial))


def _at_zero(value: Ratio, both: bool) -> list[Case]:
    """The cases of a ratio as u tends to 0, by the lowest powers that it has above and below."""
    result = []
    over, under = (coefficients(part, _U) for part in (value.over, value.under))
    for below, j, lead in _first_terms(under, sorted(under)):
        larger = [i for i in sorted(over) if i < j]
        result.append(Case((*below, *_none_of(over, larger)), "finite", over.get(j, _NOTHING), lead))
        for above, i, part in _first_terms(over, larger):
            result.append(Case((*below, *above), "none" if both and (j - i) % 2 else "infinite", part * lead))
    return result


# Powers with the variable in the exponent


def _of_power(value: Ratio, t: Expr, power: Expr, near: Approach) -> list[Case] | None:
    """The cases of a ratio in t and b^t as t grows: b^t goes to 0, dominates, or stays."""
    base = power.args[0]
    size = of("abs", base) if not is_number(base) else number(abs(base.value))
    result = []
    for relation, downwards in (("<", False), (">", True)):
        condition = compared(size, relation, ONE)
        if condition != logic.FALSE:
            result += [_with(condition, case) for case in _dominated(value, t, power, downwards, near)]
    one, minus = (_with_fixed(value, t, power, at, near) for at in (1, -1))
    result += [_with(compared(base, "=", ONE), case) for case in one]
    if not is_whole(t):
        return result  # a base below 0 is no case
    return [*result, *_alternating(one, minus, compared(base, "=", number(-1)))]


def _with_fixed(value: Ratio, t: Expr, power: Expr, at: int, near: Approach) -> list[Case]:
    """The cases where b^t stays 1, or -1; none if the ratio is never defined there."""
    fixed = {power: whole(at), t: near.at(_SMALL)}
    if ratios.substituted(value.under, fixed).is_zero:
        return []
    return _at_zero(_near(value, fixed), False)


def is_whole(name: Expr) -> bool:
    """Whether a name stands for whole numbers: a size, or an integer."""
    return name.op == "size" or (isinstance(name.value, Symbol) and "integer" in name.value.traits)


def _with(condition: Expr, case: Case) -> Case:
    return replace(case, conditions=tuple(part for part in (condition, *case.conditions) if part != logic.TRUE))


def _dominated(value: Ratio, t: Expr, power: Expr, downwards: bool, near: Approach) -> Iterator[Case]:
    """The cases when a power of b^t is larger than all others: the lowest if b^t tends to 0, the highest if it grows."""
    close = {t: near.at(_SMALL)}
    nonzero = () if downwards else (compared(power.args[0], "!=", ZERO),)  # else 0/0, when t is large
    over, under = (coefficients(part, power) for part in (value.over, value.under))
    for below, j, lead in _first_terms(under, sorted(under, reverse=downwards), t):
        defined = nonzero if j else ()
        larger = [i for i in sorted(over, reverse=downwards) if (i > j) == downwards and i != j]
        for case in _at_zero(_near(Ratio(over.get(j, _NOTHING), lead), close), False):
            yield replace(case, conditions=(*below, *defined, *_none_of(over, larger, t), *case.conditions))
        for above, _, _part in _first_terms(over, larger, t):
            yield Case((*below, *defined, *above), "infinite", _NOTHING)


def _alternating(even: list[Case], odd: list[Case], condition: Expr) -> Iterator[Case]:
    """The cases when b is -1: a limit is there if that of the even steps is that of the odd ones."""
    for a in even:
        for b in odd:
            conditions = (condition, *a.conditions, *b.conditions)
            if a.kind != "finite" or b.kind != "finite":
                yield Case(conditions, "none", _NOTHING)
                continue
            gap = compared(written(a.over * b.under - b.over * a.under), "=", ZERO)
            yield Case((*conditions, gap), "finite", a.over, a.under)
            yield Case((*conditions, logic.opposite(gap)), "none", _NOTHING)


# Statements


def without_limits(statement: Expr) -> Expr | None:
    """A statement that says the same and has no limits in it; None if that cannot be found.

    Example:
        >>> from thalweg.calculus.meaning import Scope, understand
        >>> from thalweg.calculus.show import text
        >>> text(without_limits(understand("lim(sigma/(sigma^2 + lam), lam -> 0+) = 1/sigma", Scope(is_open=True)).expr))
        'sigma != 0 and sigma^2 = sigma^2'
    """
    if not has_limits(statement):
        return statement
    if statement.op == "compare":
        return _comparison(statement)
    if statement.op not in ("and", "or", "not", "implies", "iff"):
        return None
    parts = [without_limits(part) for part in statement.args]
    if any(part is None for part in parts):
        return None
    return Expr(statement.op, tuple(part for part in parts if part is not None), SCALAR)


def has_limits(expr: Expr) -> bool:
    """Whether a limit stands in an expression or statement."""
    return any(node.op == "limit" for node in expr.walk())


def _comparison(statement: Expr) -> Expr | None:
    """A comparison with limits on one side or on both."""
    left, right = statement.args
    relation = str(statement.value)
    if not left.is_scalar or relation == "!=":
        return None
    if left.op != "limit":
        left, right, relation = right, left, logic.TURNED[relation]
    if left.op != "limit" or (right.op != "limit" and has_limits(right)):
        return _inlined(statement)
    try:
        found, others = cases(left), cases(right) if right.op == "limit" else [_plain(right)]
    except (TooLarge, ZeroDivisionError):
        return None
    if found is None or others is None:
        return None
    return some(every([*a.conditions, *b.conditions, _related(a, relation, b)]) for a in found for b in others)


def _plain(expr: Expr) -> Case:
    """A side without limits, as the one case that it has."""
    if is_infinite(expr):
        return Case((), "infinite", polynomials.constant(is_infinite(expr)))
    value = ratio(expr)
    return Case((), "finite", value.over, value.under)


def _related(a: Case, relation: str, b: Case) -> Expr:
    """The comparison of two limits, each in one of its cases."""
    if "none" in (a.kind, b.kind):
        return logic.FALSE
    if a.kind == b.kind == "finite":
        left, right = a.over * b.under, b.over * a.under
        if relation != "=":  # multiply by squares, which have no sign
            left, right = (part * a.under * b.under for part in (left, right))
        return compared(written(left), relation, written(right))
    if a.kind == b.kind:
        same = compared(written(a.over * b.over), ">", ZERO)
        return same if relation in ("=", "<=", ">=") else logic.FALSE
    if relation == "=":
        return logic.FALSE
    larger, case = (a, relation) if a.kind == "infinite" else (b, logic.TURNED[relation])
    return compared(written(larger.over), case.rstrip("="), ZERO)


def _inlined(statement: Expr) -> Expr | None:
    """A comparison in which every limit is one number, whatever holds."""
    replaced = {}
    for node in statement.walk():
        if node.op == "limit" and node.is_scalar:
            found = cases(node)
            if found is None or len(found) != 1 or found[0].kind != "finite":
                return None
            replaced[node] = times([written(found[0].over), powered(written(found[0].under), -1)])
    result = substituted(statement, replaced)
    return None if has_limits(result) else result


def definedness(statement: Expr) -> list[Expr]:
    """That a statement is defined, as far as divisions go: under its limits only near their targets."""
    return list(dict.fromkeys(part for part in _defined(statement, None) if part != logic.TRUE))


def _defined(expr: Expr, v: Expr | None) -> Iterator[Expr]:
    """What must hold if v is only near its target."""
    inside = expr.args[1] if expr.op == "limit" else v
    for arg in expr.args[: 1 if expr.op == "where" else None]:  # a branch need not be worked out
        yield from _defined(arg, inside)
    if expr.op != "power" or not expr.is_scalar:
        return
    base, exponent = expr.args
    if is_number(exponent) and exponent.value < 0:
        over = ratio(base).over
        yield some(_is_not_zero(part) for part in ([over] if v is None else coefficients(over, v).values()))
    if exponent == v and not is_whole(exponent):
        yield compared(base, ">=", ZERO)
