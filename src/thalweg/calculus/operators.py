"""What operators, names and brackets mean: sums, products, powers, norms, blocks."""

import difflib
from collections.abc import Callable, Collection, Iterable, Mapping
from fractions import Fraction

from thalweg.calculus.nodes import (
    SCALAR,
    SQUARE,
    Expr,
    Shape,
    ShapeProblem,
    SyntaxProblem,
    UnknownName,
    constant,
    number,
    symbol,
)
from thalweg.calculus.raw import is_zero, negative, product, raised, turned
from thalweg.calculus.reader import Reader
from thalweg.calculus.scope import GREEK, spellings
from thalweg.calculus.sizes import ONE, Size, size_of
from thalweg.calculus.syntax import FUNCTIONS, Syntax
from thalweg.calculus.tokens import exact


def _number(reader: Reader, syntax: Syntax) -> Expr:
    return number(exact(syntax.text, syntax.column))


def _zeros(reader: Reader, syntax: Syntax) -> Expr:
    digit, name = syntax.text.split("_", 1)
    return constant(
        "zeros" if digit == "0" else "ones", reader.size(Syntax("name", (), name, syntax.column, syntax.end)), ONE
    )


def _name(reader: Reader, syntax: Syntax) -> Expr:
    name = _declared(reader, syntax.text)
    if name in reader.scope.names:
        return reader.scope.names[name]
    if name in reader.met:
        return reader.met[name]
    if name in reader.scope.sizes:
        return Expr("size", (), SCALAR, size_of(name))
    if name == "I" or name.startswith("I_"):
        of = Syntax("name", (), name[2:], syntax.column, syntax.end)
        size = reader.solver.unknown() if name == "I" else reader.size(of)
        return constant("identity", size, size)
    if name == "inf":
        return Expr("infinity", (), SCALAR)
    if name in FUNCTIONS - {"E"} and name not in reader.scope.kinds:
        raise SyntaxProblem(f"{name} needs brackets right behind it: {name}(...)", syntax.column)
    if name in ("pi", "π") and name not in reader.scope.kinds:
        return Expr("pi", (), SCALAR)
    if not reader.scope.is_open:
        raise UnknownName(_unknown(reader, name), syntax.column)
    shape, traits = _by_spelling(reader, name), reader.scope.traits.get(name, frozenset())
    if traits & SQUARE:
        reader.solver.equate(shape.rows, shape.columns)
    reader.met[name] = symbol(name, shape, traits)
    return reader.met[name]


def _declared(reader: Reader, name: str) -> str:
    """The name; if only another spelling of it is declared, as `sigma` is of `σ`, that one."""
    is_open = reader.scope.is_open  # where nothing is declared, `lam` and `lambda` may be two names
    others = (other for other in spellings(name) if not (is_open and (name + other).isascii()))
    for spelling in (name, *others):
        if spelling in reader.scope.names or spelling in reader.met or spelling in reader.scope.sizes:
            return spelling
    return name


def _unknown(reader: Reader, name: str) -> str:
    if name in reader.scope.unread:
        return f"{name} is not declared: line {reader.scope.unread[name]}, which declares it, could not be read"
    known = [*reader.scope.names, *reader.scope.sizes]
    factors = " ".join(_factors(name, [*known, *(other for one in known for other in spellings(one))]))
    close = [] if len(factors) == 2 * len(name) - 1 else difflib.get_close_matches(name, known, 1)
    said = [f"is it {one}?" for one in close] + [f"write {factors} (with a space) for the product"] * bool(factors)
    others = f"declared are {', '.join(known)}" if known else "there are no names here"
    return f"{name} is not declared; {' '.join(said) or others}"


def _factors(name: str, known: Collection[str]) -> list[str]:
    """The names that a name is made of, one behind the other; none if it is not."""
    made: dict[int, list[str]] = {0: []}
    for end in range(1, len(name) + 1):
        for one in known:
            start = end - len(one)
            if start in made and name.startswith(one, start) and end not in made:
                made[end] = [*made[start], one]
    return made.get(len(name), [])


def _by_spelling(reader: Reader, name: str) -> Shape:
    stem = name.split("_")[0].rstrip("0123456789")
    is_greek = (stem.lower() in GREEK and not stem[0].isupper()) or "α" <= stem[0] <= "ω"
    kind = "scalar" if is_greek else "matrix" if name[0].isupper() else "vector"
    kind = reader.scope.kinds.get(name, kind)
    if kind == "scalar":
        return SCALAR
    return Shape(reader.solver.unknown(), reader.solver.unknown() if kind == "matrix" else ONE)


def _add(reader: Reader, syntax: Syntax) -> Expr:
    """A sum, term by term: long ones are no deeper than short ones."""
    steps = []
    while syntax.op in ("add", "sub"):
        steps.append(syntax)
        syntax = syntax.args[0]
    result = reader.value(syntax)
    for step in reversed(steps):
        left, right = reader.matched(result, reader.value(step.args[1]), step, "add")
        right = right if step.op == "add" else negative(right)
        result = Expr("add", (*(left.args if left.op == "add" else (left,)), right), left.shape)
    return result


def _neg(reader: Reader, syntax: Syntax) -> Expr:
    return negative(reader.value(syntax.args[0]))


def _mul(reader: Reader, syntax: Syntax) -> Expr:
    parts = _chain(syntax)
    return multiplied(reader, [reader.value(part) for part in parts], parts)


def multiplied(reader: Reader, factors: list[Expr], parts: list[Syntax]) -> Expr:
    """A chain of factors; `A x' y`, where only `x' y` can be meant first, is read so."""
    kept: list[Expr] = []
    shape = SCALAR
    place = 0
    while place < len(factors):
        factor = factors[place]
        is_row = reader.solver.solved(factor.shape.rows) == ONE and not reader.scalar(factor)
        if shape.is_scalar or reader.scalar(factor):
            shape = factor.shape if shape.is_scalar else shape
        elif is_row and reader.solver.solved(shape.columns) != ONE:
            factor, place = _inner(reader, factors, parts, place)
        elif reader.solver.equate(shape.columns, factor.shape.rows):
            shape = Shape(shape.rows, factor.shape.columns)
        else:
            raise _misfit(reader, shape, factor, parts, place)
        shape = Shape(reader.solver.solved(shape.rows), reader.solver.solved(shape.columns))
        kept.append(factor)
        place += 1
    return product(kept, shape)


def _inner(reader: Reader, factors: list[Expr], parts: list[Syntax], place: int) -> tuple[Expr, int]:
    """The scalar that begins with a row at this place, and where it ends."""
    for end in range(place + 2, len(factors) + 1):
        group = factors[place:end]
        if reader.solver.solved(group[-1].shape.columns) == ONE and not reader.scalar(group[-1]):
            inner = multiplied(reader, group, parts[place:end])
            if reader.scalar(inner):
                return inner, end - 1
    left = multiplied(reader, factors[:place], parts[:place])
    raise _misfit(reader, left.shape, factors[place], parts, place)


def _misfit(reader: Reader, shape: Shape, factor: Expr, parts: list[Syntax], place: int) -> ShapeProblem:
    left = Syntax("mul", (), "", parts[0].column, parts[place - 1].end)
    hint = f": {reader.shown(shape).split(' x ')[-1]} columns against {reader.shown(factor.shape).split(' x ')[0]} rows"
    if reader.same(shape, factor.shape) and reader.solver.solved(shape.columns) == ONE:
        hint += f"; {reader.source(left)}' {reader.source(parts[place])} is their inner product, .* goes entry by entry"
    return reader.refuse(
        f"cannot multiply {reader.source(left)} ({reader.shown(shape)}) by {reader.said(factor, parts[place])}{hint}",
        parts[place],
    )


def _div(reader: Reader, syntax: Syntax) -> Expr:
    left, right = (reader.value(part) for part in syntax.args)
    if not reader.scalar(right):
        remedy = (
            "write ./ to divide entry by entry" if reader.solver.solved(right.shape.columns) == ONE else "use inv(...)"
        )
        raise reader.refuse(
            f"cannot divide by {reader.said(right, syntax.args[1])}: need a scalar; {remedy}", syntax.args[1]
        )
    if is_zero(right):
        raise reader.refuse("cannot divide by 0", syntax.args[1])
    if right.op == "number":
        return product([number(1 / Fraction(right.value)), left], left.shape)
    return product([left, Expr("power", (right, number(-1)), SCALAR)], left.shape)


def _hadamard(reader: Reader, syntax: Syntax) -> Expr:
    left, right = reader.alike(syntax, "multiply entry by entry")
    return Expr("hadamard", (left, right), left.shape)


def _divide_entries(reader: Reader, syntax: Syntax) -> Expr:
    left, right = reader.alike(syntax, "divide entry by entry")
    return Expr("hadamard", (left, Expr("raised", (right,), right.shape, Fraction(-1))), left.shape)


def _power(reader: Reader, syntax: Syntax) -> Expr:
    base, exponent = (reader.value(part) for part in syntax.args)
    if not reader.scalar(exponent):
        raise reader.refuse(f"need a scalar as exponent, got {reader.said(exponent, syntax.args[1])}", syntax.args[1])
    if reader.scalar(base):
        return raised(base, exponent)
    if reader.solver.solved(base.shape.columns) == ONE:
        said = reader.said(base, syntax.args[0])
        raise reader.refuse(
            f"cannot raise the vector {said} to a power; .^ goes entry by entry, ||x||^2 is x' x", syntax
        )
    reader.square(base, syntax.args[0], "a power")
    if exponent == number(-1):
        return Expr("inverse", (base,), base.shape)
    if exponent.op == "number" and (exponent.value.denominator != 1 or exponent.value < 0):
        raise reader.refuse("need a whole exponent of a matrix, not below -1", syntax.args[1])
    return Expr("power", (base, exponent), base.shape)


def _power_entries(reader: Reader, syntax: Syntax) -> Expr:
    base, exponent = (reader.value(part) for part in syntax.args)
    if exponent.op != "number":
        raise reader.refuse("need a number after .^", syntax.args[1])
    return Expr("raised", (base,), base.shape, exponent.value)


def _transpose(reader: Reader, syntax: Syntax) -> Expr:
    return turned(reader.value(syntax.args[0]))


def norm(reader: Reader, syntax: Syntax) -> Expr:
    """The meaning of `||x||`; of a matrix it has two readings."""
    inside = reader.value(syntax.args[0])
    kind = syntax.text
    if ONE in (reader.solver.solved(inside.shape.rows), reader.solver.solved(inside.shape.columns)):
        kind = "2"
    elif not kind:
        reader.forks.append(syntax.column)
        kind = "2" if syntax.column in reader.flipped else "F"
    return Expr("norm", (inside,), SCALAR, kind)


def _bars(reader: Reader, syntax: Syntax) -> Expr:
    inside = reader.value(syntax.args[0])
    if not reader.scalar(inside):
        said = reader.said(inside, syntax.args[0])
        raise reader.refuse(f"|...| needs a scalar, got {said}; write norm(...), det(...) or abs(...)", syntax)
    return Expr("map", (inside,), SCALAR, "abs")


def _index(reader: Reader, syntax: Syntax) -> Expr:
    key = _spelled(syntax)
    if key in reader.scope.names:
        return reader.scope.names[key]
    base, *places = (reader.value(part) for part in syntax.args)
    if reader.scalar(base) and syntax.args[0].op not in ("name", "index"):
        return product([base, _row(places)], _row(places).shape)
    if any(place.op != "number" or place.value.denominator != 1 or place.value < 1 for place in places):
        raise reader.refuse(f"need whole numbers from 1 as indices, got {reader.source(syntax)}", syntax)
    rows, columns = (reader.solver.solved(size) for size in (base.shape.rows, base.shape.columns))
    if (len(places) == 1 and ONE not in (rows, columns)) or len(places) > 2:
        raise reader.refuse(f"need one index of a vector or two of a matrix, got {reader.source(syntax)}", syntax)
    found = [int(place.value) - 1 for place in places]
    if len(found) == 1:
        found = [*found, 0] if columns == ONE else [0, *found]
    for place, size in zip(found, (rows, columns), strict=True):
        if not size.terms and place >= size.constant:
            said = reader.said(base, syntax.args[0])
            raise reader.refuse(f"there is no entry {reader.source(syntax)} of {said}", syntax)
    return Expr("entry", (base,), SCALAR, tuple(found))


def _row(parts: list[Expr]) -> Expr:
    """Numbers beside each other: what stands behind a scalar in brackets is no index."""
    return Expr("block", tuple(parts), Shape(ONE, Size(len(parts))), (1, len(parts)))


def _spelled(syntax: Syntax) -> str:
    """An indexed name as plain text without spaces, however it was typed: `w[t+1]`."""
    if syntax.op == "index":
        base, *places = (_spelled(part) for part in syntax.args)
        return f"{base}[{','.join(places)}]"
    sign = {"add": "+", "sub": "-"}.get(syntax.op, "")
    return sign.join(_spelled(part) for part in syntax.args) if sign else syntax.text


def _block(reader: Reader, syntax: Syntax) -> Expr:
    rows, columns = (int(part) for part in syntax.text.split())
    parts = [reader.value(part) for part in syntax.args]
    grid = [parts[row * columns : (row + 1) * columns] for row in range(rows)]
    if all(reader.scalar(part) for part in parts):
        return Expr("block", tuple(parts), Shape(Size(rows), Size(columns)), (rows, columns))
    heights = [_common(reader, row, lambda part: part.shape.rows) for row in grid]
    widths = [_common(reader, part, lambda part: part.shape.columns) for part in zip(*grid, strict=True)]
    args = tuple(
        Expr("zeros", (), Shape(height, width)) if is_zero(part) and not height == width == ONE else part
        for row, height in zip(grid, heights, strict=True)
        for part, width in zip(row, widths, strict=True)
    )
    for place, (part, expr) in enumerate(zip(syntax.args, args, strict=True)):
        need = Shape(heights[place // columns], widths[place % columns])
        if not reader.same(expr.shape, need):
            raise reader.refuse(
                f"the block {reader.said(expr, part)} does not fit beside the others: need {reader.shown(need)}", part
            )
    shape = Shape(sum(heights[1:], heights[0]), sum(widths[1:], widths[0]))
    return Expr("block", args, shape, (rows, columns))


def _common(reader: Reader, parts: Iterable[Expr], length: Callable[[Expr], Size]) -> Size:
    """The height of a row of blocks, or the width of a column; a written 0 takes any."""
    for part in parts:
        if not is_zero(part):
            return reader.solver.solved(length(part))
    return reader.solver.unknown()


def _chain(syntax: Syntax) -> list[Syntax]:
    """The factors of a product, from left to right."""
    parts, waiting = [], [syntax]
    while waiting:
        part = waiting.pop()
        if part.op == "mul":
            waiting += part.args
        else:
            parts.append(part)
    return parts[::-1]


OPERATORS: Mapping[str, Callable[[Reader, Syntax], Expr]] = {
    "number": _number,
    "zeros": _zeros,
    "name": _name,
    "add": _add,
    "sub": _add,
    "neg": _neg,
    "mul": _mul,
    "div": _div,
    "hadamard": _hadamard,
    "divide_entries": _divide_entries,
    "power": _power,
    "power_entries": _power_entries,
    "transpose": _transpose,
    "norm": norm,
    "bars": _bars,
    "index": _index,
    "block": _block,
}
