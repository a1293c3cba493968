"""Norms of functions of one matrix, compared by their squares, or by the inequalities of the triangle and of Cauchy."""

from dataclasses import dataclass

from thalweg.calculus.nodes import Expr
from thalweg.claims.rational.tidy import UNIT, ZERO, absolute, compared, plus, power, times
from thalweg.claims.singular.reduction import PAIRED, Reduction, scalar, worth
from thalweg.claims.singular.spaces import SINGLE, Irreducible, Typed
from thalweg.claims.singular.sums import Lemma, Sum, mode_by_mode, square


@dataclass(frozen=True)
class _Length:
    """A factor times the norm of something."""

    factor: Expr
    inside: Typed
    kind: str


def _lengths(about: Reduction, part: Typed) -> tuple[Expr, list[_Length]]:
    """A number as one without norms, plus norms with factors."""
    if part.expr.op == "add":
        found = [_lengths(about, arg) for arg in part.args]
        return plus([rest for rest, _ in found]), [length for _, lengths in found for length in lengths]
    if (
        part.expr.op == "norm"
        and not part.args[0].is_scalar
        and (SINGLE in (part.args[0].left, part.args[0].right) or part.expr.value == "F")
    ):
        return ZERO, [_Length(UNIT, part.args[0], str(part.expr.value))]
    if part.expr.op == "product" and all(arg.is_scalar for arg in part.args):
        found = [_lengths(about, arg) for arg in part.args]
        having = [place for place, (_, lengths) in enumerate(found) if lengths]
        if len(having) == 1 and found[having[0]][0] == ZERO:
            factor = times([rest for place, (rest, _) in enumerate(found) if place != having[0]])
            return ZERO, [_Length(times([factor, one.factor]), one.inside, one.kind) for one in found[having[0]][1]]
    return scalar(about, part), []


def by_squares(about: Reduction, relation: str, left: Typed, right: Typed) -> list[Lemma] | None:
    """One norm against another, by their squares."""
    (rest, one), (more, other) = _lengths(about, left), _lengths(about, right)
    if rest != ZERO or more != ZERO or len(one) != 1 or len(other) != 1:
        return None
    a, b = (_squared(about, side[0]) for side in (one, other))
    signs = [other[0].factor, *([one[0].factor] if relation == "=" else [])]
    return [*((PAIRED, compared(">=", sign, ZERO)) for sign in signs), *mode_by_mode(about, relation, a, b)]


def _squared(about: Reduction, length: _Length) -> Sum:
    """The square of a factor times a norm, as a sum over modes."""
    terms = square(about, length.inside, length.kind).terms
    return Sum(ZERO, tuple((power(length.factor, 2), worth_in) for _, worth_in in terms))


def by_triangle(about: Reduction, relation: str, left: Typed, right: Typed) -> list[Lemma] | None:
    """`f ||sum of M v||` below a sum of `c ||P v||`: for each v the size of `f M` against the sum of those of `c P`."""
    (rest, small), (more, large) = _lengths(about, left), _lengths(about, right)
    if relation == "=" or len(small) != 1 or not large:
        return None
    bounds: dict[Expr, list[tuple[Expr, _Effect]]] = {}
    for length in large:
        vector, effect = _single(length.inside)
        bounds.setdefault(vector, []).append((length.factor, effect))
    result = [(PAIRED, compared(relation, rest, more)), *((PAIRED, compared(">=", one.factor, ZERO)) for one in large)]
    for vector, effects in _linear(small[0].inside).items():
        if vector not in bounds:
            return None
        result += _bounded(about, small[0].factor, effects, bounds[vector])
    return result


def _bounded(
    about: Reduction, factor: Expr, effects: list["_Effect"], bounds: list[tuple[Expr, "_Effect"]]
) -> list[Lemma]:
    """That what is done to a vector is no larger in any mode than what bounds it."""
    result = []
    for kind in about.kinds:
        own = [value for effect in effects if (value := _effect(about, effect, kind)) is not None]
        limits = [(scale, value) for scale, effect in bounds if (value := _effect(about, effect, kind)) is not None]
        if own:
            bound = plus([times([scale, absolute(value)]) for scale, value in limits])
            result.append((kind, compared("<=", absolute(times([factor, plus(own)])), bound)))
    return result


@dataclass(frozen=True)
class _Effect:
    """What is done to a vector: factors from left to right."""

    factors: tuple[Typed, ...]


def _effect(about: Reduction, effect: _Effect, kind: str) -> Expr | None:
    """What that is worth in a mode: nothing if it leads to a space that the mode lacks, 0 if it passes through one."""
    factors = [worth(about, factor, kind) for factor in effect.factors]
    present = [factor for factor in factors if factor is not None]
    return times(present) if len(present) == len(factors) else None


def _single(part: Typed) -> tuple[Expr, _Effect]:
    """The only vector in a side, and what is done to it."""
    found = _linear(part)
    if len(found) != 1:
        raise Irreducible("more than one vector")
    [(vector, parts)] = found.items()
    if len(parts) != 1:
        raise Irreducible("a vector that stands twice")
    return vector, parts[0]


def _linear(part: Typed) -> dict[Expr, list[_Effect]]:
    """A vector as a sum of what is done to the vectors in it, each by its name."""
    if SINGLE not in (part.left, part.right):
        raise Irreducible("a matrix is no vector")
    if part.expr.op == "symbol":
        return {part.expr: [_Effect(())]}
    if part.expr.op == "zeros":
        return {}
    if part.expr.op == "transpose":
        return _linear(part.args[0])
    if part.expr.op == "add":
        result: dict[Expr, list[_Effect]] = {}
        for arg in part.args:
            for vector, effects in _linear(arg).items():
                result.setdefault(vector, []).extend(effects)
        return result
    if part.expr.op != "product":
        raise Irreducible(part.expr.op)
    vectors = [arg for arg in part.args if (arg.left == SINGLE) != (arg.right == SINGLE)]
    others = tuple(arg for arg in part.args if arg is not vectors[0])
    return {
        vector: [_Effect((*others, *effect.factors)) for effect in effects]
        for vector, effects in _linear(vectors[0]).items()
    }


def by_product(about: Reduction, relation: str, left: Typed, right: Typed) -> list[Lemma] | None:
    """`|x' M y|` or `x' M y` below `c ||P x|| ||Q y||`, after Cauchy and Schwarz."""
    if relation != "<=" or right.expr.op != "product":
        return None
    inner = left.args[0] if left.expr.op == "map" and left.expr.value == "abs" else left
    factors, chains = _split(about, inner)
    norms = [arg for arg in right.args if arg.expr.op == "norm" and SINGLE in (arg.args[0].left, arg.args[0].right)]
    others = [scalar(about, arg) for arg in right.args if arg not in norms]
    if len(chains) != 1 or len(norms) != 2:
        return None
    ends = [_single(norm.args[0]) for norm in norms]
    rows = [_single(chains[0].args[0]), _single(chains[0].args[-1])]
    if {vector for vector, _ in rows} != {vector for vector, _ in ends}:
        return None
    middle = _Effect((*rows[0][1].factors, *chains[0].args[1:-1], *rows[1][1].factors))
    result = [(PAIRED, compared(">=", times(others), ZERO))]
    for kind in about.kinds:
        own = _effect(about, middle, kind)
        limits = [_effect(about, effect, kind) for _, effect in ends]
        if own is not None:
            bound = times([*others, *(ZERO if limit is None else absolute(limit) for limit in limits)])
            result.append((kind, compared("<=", absolute(times([*factors, own])), bound)))
    return result


def _split(about: Reduction, part: Typed) -> tuple[list[Expr], list[Typed]]:
    """A product of numbers as those that hang on no mode and those that are a row times a column."""
    if part.expr.op != "product":
        return [scalar(about, part)], []
    if not all(arg.is_scalar for arg in part.args):
        return [], [part]
    found = [_split(about, arg) for arg in part.args]
    return [one for factors, _ in found for one in factors], [chain for _, chains in found for chain in chains]
