"""Sums, products and transposes that come out tidy: what is plainly the same is written once, what is plainly 1 or 0 goes.

These constructors keep the structure of what they are given: `(X w - y)' X` stays a product. What is equal for deeper
reasons is found by `forms`.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from fractions import Fraction

from thalweg.calculus.nodes import INVERTIBLE, SCALAR, Expr, Shape, Symbol, constant, number
from thalweg.calculus.raw import whole_power
from thalweg.calculus.sizes import ONE

ZERO, UNIT = number(0), number(1)


def is_number(expr: Expr, value: int | None = None) -> bool:
    """Whether an expression is a number, or this number."""
    return expr.op == "number" and (value is None or expr.value == value)


def is_zero(expr: Expr) -> bool:
    """Whether an expression is plainly zero."""
    return expr.op == "zeros" or is_number(expr, 0)


def zero(shape: Shape) -> Expr:
    """Zero of a shape."""
    return ZERO if shape.is_scalar else Expr("zeros", (), shape)


def coefficient(expr: Expr) -> tuple[Fraction, Expr]:
    """An expression as a number times the rest."""
    if expr.op == "number":
        return expr.value, UNIT
    if expr.op == "product" and expr.args[0].op == "number":
        rest = expr.args[1:]
        return expr.args[0].value, rest[0] if len(rest) == 1 else Expr("product", rest, expr.shape)
    return Fraction(1), expr


def plus(terms: Iterable[Expr], shape: Shape) -> Expr:
    """A sum, like terms collected.

    Example:
        >>> from thalweg.calculus.nodes import symbol
        >>> from thalweg.calculus.show import text
        >>> a = symbol("a", SCALAR)
        >>> text(plus([a, number(2), a], SCALAR))
        '2 a + 2'
    """
    counts: dict[Expr, Fraction] = {}
    for term in terms:
        for part in term.args if term.op == "add" else (term,):
            factor, rest = coefficient(part)
            if not is_zero(part):
                counts[rest] = counts.get(rest, Fraction(0)) + factor
    kept = [times([number(count), rest]) for rest, count in counts.items() if count]
    if not kept:
        return zero(shape)
    return kept[0] if len(kept) == 1 else Expr("add", tuple(kept), shape)


def minus(left: Expr, right: Expr) -> Expr:
    """A difference."""
    return plus([left, times([number(-1), right])], left.shape)


def split(factors: Sequence[Expr]) -> tuple[list[Expr], list[Expr]]:
    """The factors of a product as scalars and a chain of matrices whose dimensions follow on from each other."""
    scalars: list[Expr] = []
    chain: list[Expr] = []
    for place, factor in enumerate(factors):
        if factor.is_scalar:
            inner = split(factor.args) if factor.op == "product" else None
            scalars += [*inner[0], *([_chained(inner[1])] if inner[1] else [])] if inner else [factor]
            continue
        if factor.op == "product":
            inner_scalars, inner_chain = split(factor.args)
            scalars += inner_scalars
            chain += inner_chain
        else:
            chain.append(factor)
        is_inner = chain[0].shape.rows == ONE and chain[-1].shape.columns == ONE
        if is_inner and any(not later.is_scalar for later in factors[place + 1 :]):
            scalars.append(_chained(chain))
            chain = []
    return scalars, chain


def _chained(chain: list[Expr]) -> Expr:
    """A chain as one expression."""
    if len(chain) == 1:
        return chain[0]
    return Expr("product", tuple(chain), Shape(chain[0].shape.rows, chain[-1].shape.columns))


def times(factors: Sequence[Expr]) -> Expr:
    """A product: numbers in front, then scalars, then the chain of matrices with what cancels left out.

    Example:
        >>> from thalweg.calculus.nodes import symbol
        >>> from thalweg.calculus.show import text
        >>> from thalweg.calculus.sizes import size_of
        >>> n, a = size_of("n"), symbol("a", SCALAR)
        >>> x = symbol("x", Shape(n, ONE))
        >>> text(times([x, a, number(2), constant("identity", ONE, ONE)]))
        '2 a x'
    """
    scalars, chain = split(factors)
    shape = Shape(chain[0].shape.rows, chain[-1].shape.columns) if chain else SCALAR
    count, powers = _collected(scalars)
    chain = _cancelled(chain)
    if count == 0 or any(is_zero(part) for part in chain):
        return zero(shape)
    extra, chain = _numbers_out(chain)
    count *= extra
    if not chain and not shape.is_scalar:
        chain = [constant("identity", shape.rows, shape.columns)]
    front = [*([number(count)] if count != 1 else []), *(powered(base, power) for base, power in powers.items())]
    parts = [*[part for part in front if not is_number(part, 1)], *chain]
    if not parts:
        return UNIT
    if len(parts) == 2 and is_number(parts[0]) and parts[1].op == "add" and count == -1:
        return plus([times([parts[0], term]) for term in parts[1].args], shape)
    return parts[0] if len(parts) == 1 else Expr("product", tuple(parts), shape)


def _collected(scalars: list[Expr]) -> tuple[Fraction, dict[Expr, Fraction]]:
    """Scalars as a number and bases with their exponents."""
    count, powers = Fraction(1), dict[Expr, Fraction]()
    for scalar in scalars:
        base, power = scalar, Fraction(1)
        if scalar.op == "power" and is_number(scalar.args[1]):
            base, power = scalar.args[0], scalar.args[1].value
        if is_number(base) and (value := whole_power(base.value, power)) is not None:
            count *= value
        elif base.op in ("identity", "ones"):
            continue  # 1 by 1
        elif base.op == "zeros":
            count *= 0
        else:
            powers[base] = powers.get(base, Fraction(0)) + power
    return count, {base: power for base, power in powers.items() if power}


def _numbers_out(chain: list[Expr]) -> tuple[Fraction, list[Expr]]:
    """Numbers that stand in front of sums with one term come out of a chain; products in it are flattened by `split`."""
    count, kept = Fraction(1), []
    for part in chain:
        factor, rest = coefficient(part)
        count *= factor
        kept.append(rest)
    return count, kept


def _cancelled(chain: list[Expr]) -> list[Expr]:
    """A chain without identities, without `inv(A) A`, without `Q' Q`; `1' diag(v)` is v'."""
    kept: list[Expr] = []
    for part in chain:
        if part.op == "identity":
            continue
        before = kept[-1] if kept else None
        if before is not None and _cancel(before, part):
            kept.pop()
        elif before is not None and before.op == "ones" and before.shape.rows == ONE and part.op == "diag":
            kept[-1] = transposed(part.args[0])
        elif before is not None and before.op == "diag" and part.op == "ones" and part.shape.is_column:
            kept[-1] = before.args[0]
        elif before is not None and before.op == "diag" and _reciprocal(before.args[0], part):
            kept[-1] = Expr("ones", (), part.shape)
        elif before is not None and before.op == part.op == "diag":
            kept[-1] = diag(hadamard(before.args[0], part.args[0]))
            if kept[-1].op == "identity":
                kept.pop()
        else:
            kept.append(part)
    return kept


def _cancel(left: Expr, right: Expr) -> bool:
    """Whether two neighbours make an identity."""
    if left == inverted(right) or right == inverted(left):
        return True
    for one, other in ((left, right), (right, left)):
        if isinstance(one.value, Symbol) and "orthogonal" in one.value.traits and other == transposed(one):
            return True
    return False


def powered(base: Expr, power: Fraction | int) -> Expr:
    """A scalar to a power that is a number."""
    power = Fraction(power)
    if power == 1:
        return base
    if power == 0:
        return UNIT
    if is_number(base) and (value := whole_power(base.value, power)) is not None:
        return number(value)
    if base.op == "power" and is_number(base.args[1]) and power.denominator == 1:
        return powered(base.args[0], base.args[1].value * power)
    return Expr("power", (base, number(power)), SCALAR)


def transposed(expr: Expr) -> Expr:
    """The transpose; products turn around, what is symmetric stays."""
    if expr.is_scalar or is_symmetric(expr):
        return expr
    if expr.op == "transpose":
        return expr.args[0]
    if expr.op == "product":
        scalars, chain = split(expr.args)
        return times([*scalars, *(transposed(factor) for factor in reversed(chain))])
    if expr.op in ("zeros", "ones", "identity"):
        return Expr(expr.op, (), expr.shape.turned)
    if expr.op == "inverse":
        return inverted(transposed(expr.args[0]))
    return Expr("transpose", (expr,), expr.shape.turned)


def inverted(expr: Expr) -> Expr:
    """The inverse of a square matrix, or 1 over a scalar."""
    if expr.is_scalar:
        return powered(expr, -1)
    if expr.op == "inverse":
        return expr.args[0]
    if expr.op == "identity":
        return expr
    if isinstance(expr.value, Symbol) and "orthogonal" in expr.value.traits:
        return transposed(expr)
    return Expr("inverse", (expr,), expr.shape)


def is_symmetric(expr: Expr) -> bool:
    """Whether an expression is its own transpose by the way it is built."""
    if expr.is_scalar:
        return True
    if expr.shape.rows != expr.shape.columns:
        return False
    if isinstance(expr.value, Symbol):
        return expr.value.is_symmetric
    if expr.op in ("identity", "zeros", "ones", "diag"):
        return True
    if expr.op in ("inverse", "map", "raised", "pinv", "hadamard", "transpose"):
        return all(is_symmetric(arg) for arg in expr.args)
    if expr.op == "power":
        return is_symmetric(expr.args[0])
    if expr.op == "add":
        terms = Counter(expr.args)
        return all(is_symmetric(term) or terms[transposed(term)] == count for term, count in terms.items())
    return expr.op == "product" and _reads_the_same(split(expr.args)[1])


def _reads_the_same(chain: list[Expr]) -> bool:
    """Whether a chain is its own transpose read backwards: `X' A X` with a symmetric A."""
    half = len(chain) // 2
    if len(chain) % 2 and not is_symmetric(chain[half]):
        return False
    return all(chain[-1 - place] == transposed(chain[place]) for place in range(half))


def is_invertible(expr: Expr) -> bool:
    """Whether a trait says that a matrix has an inverse."""
    return isinstance(expr.value, Symbol) and bool(expr.value.traits & INVERTIBLE)


def trace(expr: Expr) -> Expr:
    """The trace; of a column times a row it is the row times the column."""
    if expr.is_scalar:
        return expr
    if expr.op == "add":
        return plus([trace(term) for term in expr.args], SCALAR)
    if expr.op == "identity":
        return Expr("size", (), SCALAR, expr.shape.rows)
    if expr.op == "zeros":
        return ZERO
    scalars, chain = split(expr.args if expr.op == "product" else (expr,))
    for place in range(1, len(chain)):
        if chain[place].shape.rows == ONE:
            return times([*scalars, *chain[place:], *chain[:place]])
    return times([*scalars, Expr("trace", (_chained(chain),), SCALAR)])


def hadamard(left: Expr, right: Expr) -> Expr:
    """The product entry by entry."""
    if left.is_scalar:
        return times([left, right])
    if is_zero(left) or is_zero(right):
        return zero(left.shape)
    if left.op == "ones":
        return right
    if right.op == "ones":
        return left
    (a, left), (b, right) = coefficient(left), coefficient(right)
    if _reciprocal(left, right) or _reciprocal(right, left):
        return times([number(a * b), Expr("ones", (), left.shape)])
    return times([number(a * b), Expr("hadamard", (left, right), left.shape)])


def _reciprocal(one: Expr, other: Expr) -> bool:
    """Whether one expression is 1 over the other, entry by entry."""
    return one.op == "raised" and one.value == -1 and one.args[0] == other


def diag(vector: Expr) -> Expr:
    """A diagonal matrix."""
    shape = Shape(vector.shape.rows, vector.shape.rows)
    if vector.op == "ones":
        return constant("identity", shape.rows, shape.rows)
    count, rest = coefficient(vector)
    return zero(shape) if is_zero(vector) else times([number(count), Expr("diag", (rest,), shape)])


def _turns(expr: Expr) -> int:
    """How many transposes stand in an expression: `A + A'` reads better than `A' + A`."""
    return sum(node.op == "transpose" for node in expr.walk())


def factored(expr: Expr) -> Expr:
    """A sum whose terms begin or end with the same matrices, with these written once: `x' A + x' A'` is `x' (A + A')`."""
    if expr.op != "add":
        return expr
    parts = [split(term.args if term.op == "product" else (term,)) for term in expr.args]
    for from_left in (True, False):
        chains = [chain if from_left else chain[::-1] for _, chain in parts]
        common = 0
        while all(len(chain) > common + 1 for chain in chains) and len({chain[common] for chain in chains}) == 1:
            common += 1
        if not common:
            continue
        shared = chains[0][:common] if from_left else chains[0][:common][::-1]
        rests = [times([*s, *(c[common:] if from_left else c[: len(c) - common])]) for s, c in parts]
        inside = plus(sorted(rests, key=_turns), rests[0].shape)
        return times([*shared, inside] if from_left else [inside, *shared])
    return expr
