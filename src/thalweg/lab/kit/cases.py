"""Cases in which a typed answer is wrong, in plain words: what it gives there, and what it should be. Found elsewhere."""

from collections.abc import Iterable, Mapping
from fractions import Fraction

from thalweg.calculus.exact import INTERVALS, evaluate
from thalweg.calculus.fields import RATIONALS, Inexact, Undefined
from thalweg.calculus.nodes import CalculusError, Expr, symbols
from thalweg.calculus.raw import negative
from thalweg.claims.nouns import Counterexample, Value
from thalweg.draw.wording import said

_UNTOLD = (CalculusError, KeyError, Undefined, Inexact, ValueError)
_LONGEST = 15  # signs of a fraction that is written as one
Values = Mapping[str, Value]


def compared(typed: Expr, right: Expr, case: Counterexample, declared: Iterable[str]) -> str:
    """What an answer gives in a case, and what a right one does; nothing if that cannot be told, or says it all.

    Args:
        typed: The answer.
        right: A right one.
        case: The case.
        declared: The names that are no sizes.
    """
    used = {**symbols(typed), **symbols(right)}
    try:
        values = {name: case.values[name] for name in used}
        sizes = _given_sizes(case, declared) | _sizes(used, values)
        gives, should = (_value(side, values, sizes) for side in (typed, right))
        off = _off(typed, right, values, sizes) if gives == should else ""
    except _UNTOLD:
        return ""
    if not values and gives:
        return off or f"It is not {gives}."
    if not values or (gives == should and not off):
        return ""
    if off:
        return f"For {_listed(values)}: {off[0].lower()}{off[1:]}"
    return f"For {_listed(values)} your answer {f'gives {gives}' if gives else 'has no value'}, it should be {should}."


def without_value(typed: Expr, right: Expr, case: Counterexample, declared: Iterable[str]) -> str:
    """That an answer has no value in a case and a right one has; nothing if that is not so, or cannot be told.

    Names of which the case does not speak may have any value; they are said only if the right answer depends on them.

    Args:
        typed: The answer.
        right: A right one.
        case: The case; it may speak of some names only.
        declared: The names that are no sizes.
    """
    used = {**symbols(typed), **symbols(right)}
    values = {name: value for name, value in case.values.items() if name in used}
    sizes = _given_sizes(case, declared) | _sizes(used, values)
    sizes |= {name: 1 for node in used.values() for name in _size_names(node) if name not in sizes}
    full, other = ({name: values.get(name) or _filled(node, sizes, by) for name, node in used.items()} for by in (1, 2))
    try:
        should = _value(right, full, sizes)
        if _value(typed, full, sizes) or not should:
            return ""
        said = values if values and should == _value(right, other, sizes) else full
    except _UNTOLD:
        return ""
    return f"For {_listed(said)} your answer has no value, it should be {should}."


def _given_sizes(case: Counterexample, declared: Iterable[str]) -> dict[str, int]:
    """The sizes of which a case speaks."""
    return {name: int(value.rows[0][0]) for name, value in case.values.items() if name not in [*declared]}


def _size_names(node: Expr) -> tuple[str, ...]:
    return (*node.shape.rows.names, *node.shape.columns.names)


def _filled(node: Expr, sizes: Mapping[str, int], by: int) -> Value:
    """A plain value: a number, or the identity times it, as far as it reaches."""
    rows, columns = node.shape.rows.at(sizes), node.shape.columns.at(sizes)
    return Value(tuple(tuple(Fraction(by * (i == j)) for j in range(columns)) for i in range(rows)))


def _sizes(used: Mapping[str, Expr], values: Values) -> dict[str, int]:
    """The sizes that values have."""
    found: dict[str, int] = {}
    for name, value in values.items():
        shape = used[name].shape
        for size, count in ((shape.rows, len(value.rows)), (shape.columns, len(value.rows[0]))):
            if len(size.names) == 1:
                found[size.names[0]] = (count - size.constant) // size.terms[0][1]
    return found


def _value(side: Expr, values: Values, sizes: Mapping[str, int]) -> str:
    """The value of an expression, in fractions or in digits; nothing if it has none."""
    try:
        rows = _evaluated(side, values, sizes)
    except Undefined:
        return ""
    return _typeset(
        Value(tuple(tuple(part if isinstance(part, Fraction) else f"{part:.6g}" for part in row) for row in rows))
    )


def _evaluated(side: Expr, values: Values, sizes: Mapping[str, int]) -> list[list[Fraction | float]]:
    """The entries of an expression, exact ones if they are rational.

    Raises:
        Undefined: If it has no value.
    """
    entries = {name: [[Fraction(part) for part in row] for row in value.rows] for name, value in values.items()}
    try:
        return [[Fraction(part) for part in row] for row in evaluate(side, entries, sizes, RATIONALS)]
    except Inexact:
        return [[float(part.mid) for part in row] for row in evaluate(side, entries, sizes, INTERVALS)]


def _off(typed: Expr, right: Expr, values: Values, sizes: Mapping[str, int]) -> str:
    """By how much a number is off that looks right in the digits that are shown; nothing if it is no number."""
    if not typed.is_scalar:
        return ""
    difference = Expr("add", (typed, negative(right)), typed.shape)
    return f"Your answer is off by about {said(abs(float(_evaluated(difference, values, sizes)[0][0])), 1)}."


def _typeset(value: Value) -> str:
    """A value with a minus that is one, and long fractions in digits."""
    rows = tuple(
        tuple(part if len(str(part)) <= _LONGEST else f"{float(part):.6g}" for part in row) for row in value.rows
    )
    return str(Value(rows)).replace("-", "−")


def _listed(values: Values) -> str:
    """`b = 1, eta = 1 and w = 2`."""
    *first, last = [f"{name} = {_typeset(value)}" for name, value in values.items()]
    return f"{', '.join(first)} and {last}" if first else last
