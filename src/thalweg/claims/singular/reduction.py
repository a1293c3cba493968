"""Claims about functions of one matrix, seen mode by mode: each mode asks a question about plain numbers.

Modes are of three kinds: paired (a singular value and a direction on each side), left only and right only (a direction that
X does not reach, or sends to 0). In each kind an expression is worth a number, made from the singular value `s` and the
coefficients of the vectors, or nothing, where it lives in a space that the mode lacks; what passes through such a space
is 0. Of a matrix of full rank, or with sizes that say so, some kinds do not occur.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from thalweg.calculus.nodes import SCALAR, Expr, number, substituted, symbol, symbols
from thalweg.calculus.show import text
from thalweg.calculus.sizes import Size
from thalweg.claims.rational.tidy import UNIT, ZERO, absolute, compared, plus, power, times
from thalweg.claims.singular.kinds import KINDS, PAIRED, base_of, is_said_symmetric, kinds_of, said_by_traits
from thalweg.claims.singular.spaces import SINGLE, Irreducible, Typed, Typing, typed


@dataclass
class Reduction:
    """A claim's names, mode by mode.

    Attributes:
        typing: The types.
        kinds: The kinds of modes that may occur.
        forced: Those that must occur.
        value: The singular value, or eigenvalue.
        taken: Names in use.
        globals: Numbers that hang on all modes, such as `smax(X)`, with the names that stand for them.
        said: What each of these numbers says of a mode.
        facts: What holds in every mode of a kind.
    """

    typing: Typing
    kinds: tuple[str, ...]
    forced: tuple[str, ...]
    value: Expr
    taken: set[str]
    globals: dict[Expr, Expr] = field(default_factory=dict)
    said: list[tuple[str, Expr, Typed]] = field(default_factory=list)
    facts: dict[str, list[Expr]] = field(default_factory=dict)

    def named(self, stem: str, traits: frozenset[str] = frozenset()) -> Expr:
        """A new number with a name that nothing else has."""
        while stem in self.taken:
            stem += "_"
        self.taken.add(stem)
        return symbol(stem, SCALAR, traits)


# What a part is worth in a mode


def worth(about: Reduction, part: Typed, kind: str) -> Expr | None:
    """What a part is worth in a mode of a kind.

    Returns:
        A number in terms of the singular value and of coefficients; None if the part leads to, or comes from, a space that
        such a mode lacks.

    Raises:
        Irreducible: If it is no function of the modes.
    """
    present = KINDS[kind]
    if about.typing.final(part.left) not in present or about.typing.final(part.right) not in present:
        return None
    if part.is_scalar:
        return scalar(about, part)
    if part.expr.op == "product":
        return _product(about, part, kind)
    return _WORTH[part.expr.op](about, part, kind)


def _product(about: Reduction, part: Typed, kind: str) -> Expr:
    """The product of what the factors are worth; 0 if it passes through a space that the mode lacks."""
    factors = [worth(about, arg, kind) for arg in part.args]
    present = [factor for factor in factors if factor is not None]
    return times(present) if len(present) == len(factors) else times([ZERO])


def _inside(about: Reduction, part: Typed, kind: str) -> Expr:
    """What the argument is worth."""
    result = worth(about, part.args[0], kind)
    assert result is not None, "it has the same spaces"
    return result


def _symbol(about: Reduction, part: Typed, _kind: str) -> Expr:
    """The singular value, or the coefficient of a vector."""
    if part.right != SINGLE:
        return about.value
    return coefficient(about, part.expr)


def coefficient(about: Reduction, vector: Expr) -> Expr:
    """The coefficient of a vector in a mode: a number under the vector's own name."""
    return about.globals.setdefault(vector, symbol(vector.value.name, SCALAR))


def _pinv(about: Reduction, part: Typed, kind: str) -> Expr:
    """One over it where it is not 0."""
    inside = _inside(about, part, kind)
    if inside.op == "number":
        return number(1 / Fraction(inside.value)) if inside.value else inside
    return Expr("where", (compared("=", inside, ZERO), ZERO, power(inside, -1)), SCALAR)


def _power(about: Reduction, part: Typed, kind: str) -> Expr:
    """A power of a square matrix."""
    exponent = scalar(about, part.args[1])
    if exponent.op == "number":
        return power(_inside(about, part, kind), int(exponent.value))
    return Expr("power", (_inside(about, part, kind), exponent), SCALAR)


def _limit(about: Reduction, part: Typed, kind: str) -> Expr:
    """The limit of what is inside; nothing is said of whether it exists."""
    return part.expr.with_args((_inside(about, part, kind), *part.expr.args[1:]))


_WORTH: dict[str, Callable[[Reduction, Typed, str], Expr]] = {
    "symbol": _symbol,
    "identity": lambda _about, _part, _kind: UNIT,
    "zeros": lambda _about, _part, _kind: ZERO,
    "add": lambda about, part, kind: plus([p for arg in part.args if (p := worth(about, arg, kind)) is not None]),
    "transpose": _inside,
    "inverse": lambda about, part, kind: power(_inside(about, part, kind), -1),
    "pinv": _pinv,
    "power": _power,
    "limit": _limit,
}


# Numbers that are the same in all modes


def scalar(about: Reduction, part: Typed) -> Expr:
    """A number as an expression in numbers; what hangs on all modes gets a name."""
    expr = part.expr
    if not expr.args or all(node.is_scalar for node in expr.walk()):
        return expr
    if expr.op == "product" and all(arg.is_scalar for arg in part.args):
        return times([scalar(about, arg) for arg in part.args])
    if all(arg.is_scalar for arg in part.args):
        if expr.op not in _REBUILT or (expr.op == "power" and not _is_plain_power(expr)):
            raise Irreducible(expr.op)
        rebuilt = tuple(scalar(about, arg) for arg in part.args)
        return Expr(expr.op, rebuilt, SCALAR, expr.value)
    return _of_all_modes(about, part)


_REBUILT = frozenset({"add", "power", "map", "max", "min", "compare", "and", "or", "not", "implies", "iff"})


def _is_plain_power(expr: Expr) -> bool:
    """Whether the exponent is a number other than 0, so that the base must have a value."""
    return expr.args[1].op == "number" and expr.args[1].value != 0


def _of_all_modes(about: Reduction, part: Typed) -> Expr:
    """The name of a number that hangs on all modes; a product of a vector with itself is the square of its norm."""
    expr = part.expr
    if expr.op == "compare":
        raise Irreducible("a comparison of matrices within a statement")
    if expr.op == "product" and len(part.args) == 2 and _is_turned(*(arg.expr for arg in part.args)):
        column = part.args[1]
        norm = Typed(Expr("norm", (column.expr,), SCALAR, "2"), SINGLE, SINGLE, (column,))
        return power(_of_all_modes(about, norm), 2)
    if expr not in about.globals:
        about.globals[expr] = about.named(text(expr))
        inside = part.args[0]
        if expr.op == "norm" and SINGLE not in (inside.left, inside.right) and expr.value == "F":
            about.said.append(("frobenius", about.globals[expr], inside))
        elif expr.op in ("norm", *_EXTREMES):
            is_length = expr.op == "norm" or SINGLE in (inside.left, inside.right)
            about.said.append(("smax" if is_length else expr.op, about.globals[expr], inside))
    return about.globals[expr]


def _is_turned(row: Expr, column: Expr) -> bool:
    """Whether one is the transpose of the other."""
    return row == Expr("transpose", (column,), column.shape.turned)


_EXTREMES: dict[str, Callable[[Expr, Expr], Expr]] = {
    "smax": lambda name, value: compared("<=", absolute(value), name),
    "smin": lambda name, value: compared("<=", name, absolute(value)),
    "emax": lambda name, value: compared("<=", value, name),
    "emin": lambda name, value: compared("<=", name, value),
}


def known(about: Reduction, kind: str) -> list[Expr]:
    """All that holds in a mode of a kind: the facts, and what numbers of all modes say of this one and of extreme ones."""
    paired = [*about.facts[PAIRED], *_told(about, PAIRED)]
    own = paired if kind == PAIRED else [*about.facts[kind], *_told(about, kind)]
    vectors = {about.globals[key] for key in about.typing.names if key in about.globals}
    plain = [fact for fact in paired if vectors.isdisjoint(symbols(fact).values())]
    extreme = [substituted(fact, {about.value: name}) for name in ends_of_base(about) for fact in plain]
    return list(dict.fromkeys([*own, *extreme]))


def _told(about: Reduction, kind: str) -> list[Expr]:
    """What numbers that hang on all modes say of one."""
    result, place = [], 0
    while place < len(about.said):  # what is inside may name further ones
        op, name, inside = about.said[place]
        place += 1
        if op in ("smax", "smin", "frobenius"):
            result.append(compared(">=", name, ZERO))
        value = worth(about, inside, kind)
        if value is not None:
            result.append(_EXTREMES["smax" if op == "frobenius" else op](name, value))
    return result


def ends_of_base(about: Reduction) -> list[Expr]:
    """The names of the extreme values of the matrix itself: some paired mode has each of them."""
    ends = ("emax", "emin") if about.typing.is_symmetric else ("smax", "smin")
    return [name for op, name, inside in about.said if inside.expr == about.typing.base and op in ends]


# Setting up


def reduction(parts: Iterable[Expr], names: Iterable[str], sizes: Iterable[tuple[Size, Size]]) -> Reduction:
    """What is known before any statement is read: the matrix, the kinds of modes, the traits.

    Args:
        parts: The statement and what goes with it; the one matrix is looked for in them, in this order.
        names: All names in use.
        sizes: Pairs (a, b) of sizes with a >= b.

    Raises:
        Irreducible: If there is more than one matrix.
    """
    parts = list(parts)
    base = base_of(parts)
    is_symmetric = base is not None and (base.value.is_symmetric or is_said_symmetric(base, parts))
    kinds, forced = kinds_of(base, is_symmetric, list(sizes))
    taken = set(names)
    about = Reduction(Typing(base, is_symmetric), kinds, forced, UNIT, taken)
    about.value = about.named("s")
    about.facts = {kind: [] for kind in kinds}
    if base is not None:
        about.facts[PAIRED] += said_by_traits(base.value, about.value, is_symmetric)
    return about


def assume(about: Reduction, given: Expr) -> bool:
    """Add what a given says of each mode; what cannot be said so is left out, which only makes less provable.

    Returns:
        Whether it was added.
    """
    found, names = dict(about.typing.found), dict(about.typing.names)
    numbers, count = dict(about.globals), len(about.said)
    try:
        part = typed(about.typing, given)
        facts = [*_said(about, part), *existence(about, part)]
    except Irreducible:  # and nothing that was read with its types may stay
        about.typing.found, about.typing.names, about.globals = found, names, numbers
        del about.said[count:]
        return False
    for kind, fact in facts:
        about.facts[kind].append(fact)
    return True


def existence(about: Reduction, part: Typed) -> Iterator[tuple[str, Expr]]:
    """That the inverses in a part exist, kind by kind: what is inverted is 0 in no mode."""
    if part.expr.op == "power" and not _is_plain_power(part.expr):
        return  # what stands under a power 0 may be without value
    for arg in part.args:
        yield from existence(about, arg)
    if part.expr.op == "inverse":
        for kind in about.kinds:
            inside = worth(about, part.args[0], kind)
            if inside is not None:
                yield kind, compared("!=", inside, ZERO)


def _said(about: Reduction, given: Typed) -> list[tuple[str, Expr]]:
    """What a given says, kind by kind."""
    if given.expr.op == "compare" and not given.args[0].is_scalar:
        if given.expr.value != "=":
            raise Irreducible("an order of vectors")
        return [(kind, fact) for kind in about.kinds if (fact := equal(about, *given.args, kind)) is not None]
    if _is_regular(given.expr):
        parts = [(kind, worth(about, given.args[0].args[0], kind)) for kind in about.kinds]
        return [(kind, compared("!=", part, ZERO)) for kind, part in parts if part is not None]
    fact = scalar(about, given)
    return [(kind, fact) for kind in about.kinds]


def _is_regular(given: Expr) -> bool:
    """Whether a given says that a determinant is not 0."""
    return given.op == "compare" and given.value == "!=" and given.args[0].op == "det" and given.args[1] == ZERO


def equal(about: Reduction, left: Typed, right: Typed, kind: str) -> Expr | None:
    """That two sides are the same in a mode of a kind; None if neither is there."""
    sides = [worth(about, side, kind) for side in (left, right)]
    present = [side for side in sides if side is not None]
    return compared("=", *present) if len(present) == 2 else None
