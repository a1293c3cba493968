"""Claims made by chance, true by the way they are made, and false ones made from them by a single change.

True identities are random expressions beside the same expressions reworded step by step; other true claims come from
templates with random numbers and random vectors. A change counts as false only if random numbers say so, by another route
than the checker's.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import torch

from thalweg.calculus import numeric
from thalweg.calculus.differentials import derivative
from thalweg.calculus.meaning import understand
from thalweg.calculus.nodes import SCALAR, Expr, Shape, number, symbol
from thalweg.calculus.raw import product, turned
from thalweg.calculus.scope import Scope
from thalweg.calculus.sizes import ONE, size_of
from thalweg.claims.nouns import Claim

N, D = size_of("n"), size_of("d")
_SHAPES = {
    "x": Shape(N, ONE),
    "y": Shape(N, ONE),
    "w": Shape(D, ONE),
    "v": Shape(D, ONE),
    "X": Shape(N, D),
    "A": Shape(N, N),
    "B": Shape(N, N),
    "P": Shape(N, N),
    "Q": Shape(N, N),
    "a": SCALAR,
    "b": SCALAR,
    "c": SCALAR,
    "lam": SCALAR,
}
_TRAITS = {"P": {"symmetric"}, "Q": {"orthogonal"}, "lam": {"positive"}}
NAMES = {name: symbol(name, shape, frozenset(_TRAITS.get(name, ()))) for name, shape in _SHAPES.items()}


def scope() -> Scope:
    return Scope(dict(NAMES), {"n", "d"})


def made(statement: str | Expr, *givens: str, names: dict[str, Expr] | None = None) -> Claim:
    """A claim in the names of this file."""
    known = Scope({**NAMES, **(names or {})}, {"n", "d"})
    told = understand(statement, known).expr if isinstance(statement, str) else statement
    return Claim(told, tuple(understand(given, known).expr for given in givens), dict(known.names), ("n", "d"))


@dataclass(frozen=True)
class Made:
    """A true claim, and how it can be made false for certain; None where `mutated` has to find a way."""

    claim: Claim
    family: str
    false: tuple[tuple[str, Claim], ...] = ()


# Random expressions


def grown(draw: random.Random, shape: Shape, depth: int) -> Expr:
    """A random expression of a shape."""
    if depth == 0 or draw.random() < 0.15:
        return _leaf(draw, shape)
    return draw.choice(_ways(shape))(draw, shape, depth - 1)


def _leaf(draw: random.Random, shape: Shape) -> Expr:
    fitting = [node for node in NAMES.values() if node.shape == shape]
    turned_ones = [turned(node) for node in NAMES.values() if node.shape.turned == shape and not node.is_scalar]
    if shape.is_scalar and draw.random() < 0.3:
        return number(draw.choice([-2, -1, 1, 2, 3]))
    if shape.rows == shape.columns != ONE and draw.random() < 0.2:
        return Expr("identity", (), shape)
    return draw.choice([*fitting, *turned_ones]) if fitting or turned_ones else Expr("zeros", (), shape)


def _ways(shape: Shape) -> list[Callable[[random.Random, Shape, int], Expr]]:
    ways = [_sum, _product, _scaled]
    if shape.is_scalar:
        return [*ways, _inner, _norm_squared, _trace, _square]
    return [*ways, _transposed] if shape.rows != shape.columns else [*ways, _transposed, _outer]


def _sum(draw: random.Random, shape: Shape, depth: int) -> Expr:
    return Expr("add", tuple(grown(draw, shape, depth) for _ in range(draw.choice([2, 2, 3]))), shape)


def _product(draw: random.Random, shape: Shape, depth: int) -> Expr:
    middle = draw.choice([N, D]) if not shape.is_scalar else ONE
    left, right = grown(draw, Shape(shape.rows, middle), depth), grown(draw, Shape(middle, shape.columns), depth)
    return product([left, right], shape)


def _scaled(draw: random.Random, shape: Shape, depth: int) -> Expr:
    return product([grown(draw, SCALAR, min(depth, 1)), grown(draw, shape, depth)], shape)


def _inner(draw: random.Random, shape: Shape, depth: int) -> Expr:
    size = draw.choice([N, D])
    u, v = grown(draw, Shape(size, ONE), depth), grown(draw, Shape(size, ONE), depth)
    return Expr("product", (turned(u), v), shape)


def _norm_squared(draw: random.Random, shape: Shape, depth: int) -> Expr:
    u = grown(draw, Shape(draw.choice([N, D]), ONE), depth)
    return Expr("power", (Expr("norm", (u,), shape, "2"), number(2)), shape)


def _trace(draw: random.Random, shape: Shape, depth: int) -> Expr:
    return Expr("trace", (grown(draw, Shape(N, N), depth),), shape)


def _square(draw: random.Random, shape: Shape, depth: int) -> Expr:
    return Expr("power", (grown(draw, shape, depth), number(2)), shape)


def _transposed(draw: random.Random, shape: Shape, depth: int) -> Expr:
    return turned(grown(draw, shape.turned, depth))


def _outer(draw: random.Random, shape: Shape, depth: int) -> Expr:
    u, v = grown(draw, Shape(shape.rows, ONE), depth), grown(draw, Shape(shape.rows, ONE), depth)
    return Expr("product", (u, turned(v)), shape)


# The same, said otherwise


def reworded(draw: random.Random, expr: Expr, often: float = 0.5) -> Expr:
    """The same expression in other words."""
    args = tuple(reworded(draw, arg, often) for arg in expr.args)
    expr = Expr(expr.op, args, expr.shape, expr.value)
    if draw.random() > often:
        return expr
    return draw.choice(_REWORDS.get(expr.op, [_as_it_is]))(draw, expr)


def _as_it_is(_draw: random.Random, expr: Expr) -> Expr:
    return expr


def _shuffled(draw: random.Random, expr: Expr) -> Expr:
    return Expr("add", tuple(draw.sample(expr.args, len(expr.args))), expr.shape)


def _distributed(_draw: random.Random, expr: Expr) -> Expr:
    """A (B + C) as A B + A C."""
    for place, factor in enumerate(expr.args):
        if factor.op == "add" and not factor.is_scalar or (factor.op == "add" and place == 0):
            terms = [_put(expr, place, term) for term in factor.args]
            return Expr("add", tuple(terms), expr.shape)
    return expr


def _put(expr: Expr, place: int, term: Expr) -> Expr:
    return Expr("product", (*expr.args[:place], term, *expr.args[place + 1 :]), expr.shape)


def _turned_twice(_draw: random.Random, expr: Expr) -> Expr:
    """u' v as v' u, A B as (B' A')'."""
    if len(expr.args) != 2 or any(arg.is_scalar for arg in expr.args):
        return expr
    inside = Expr("product", tuple(turned(arg) for arg in reversed(expr.args)), expr.shape.turned)
    return inside if expr.is_scalar else Expr("transpose", (inside,), expr.shape)


def _entry_by_entry(_draw: random.Random, expr: Expr) -> Expr:
    """u' v as the sum of the entries of u .* v."""
    if not expr.is_scalar or len(expr.args) != 2 or any(arg.is_scalar for arg in expr.args):
        return expr
    u, v = turned(expr.args[0]), expr.args[1]
    return Expr("total", (Expr("hadamard", (u, v), v.shape),), SCALAR)


def _in_turn(_draw: random.Random, expr: Expr) -> Expr:
    """tr(A B) as tr(B A)."""
    inside = expr.args[0]
    if inside.op != "product" or len(inside.args) != 2 or any(arg.is_scalar for arg in inside.args):
        return Expr("trace", (turned(inside),), SCALAR)
    left, right = inside.args
    return Expr("trace", (Expr("product", (right, left), Shape(right.shape.rows, left.shape.columns)),), SCALAR)


def _transpose_inside(_draw: random.Random, expr: Expr) -> Expr:
    """(A + B)' as A' + B', (A B)' as B' A'."""
    inside = expr.args[0]
    if inside.op == "add":
        return Expr("add", tuple(turned(arg) for arg in inside.args), expr.shape)
    if inside.op == "product" and all(a.shape.columns == b.shape.rows for a, b in pairwise(inside.args)):
        return Expr("product", tuple(turned(arg) for arg in reversed(inside.args)), expr.shape)
    return expr


def _as_inner(_draw: random.Random, expr: Expr) -> Expr:
    """||u||^2 as u' u, s^2 as s s."""
    base, exponent = expr.args
    if exponent != number(2):
        return expr
    if base.op == "norm":
        u = base.args[0] if base.args[0].shape.is_column else turned(base.args[0])
        return Expr("product", (turned(u), u), SCALAR)
    return Expr("product", (base, base), SCALAR)


def _symbol_reworded(draw: random.Random, expr: Expr) -> Expr:
    """A name as twice itself less itself, times the identity, or by its trait."""
    ways = [Expr("add", (product([number(2), expr], expr.shape), product([number(-1), expr], expr.shape)), expr.shape)]
    if not expr.is_scalar:
        left = Expr("identity", (), Shape(expr.shape.rows, expr.shape.rows))
        ways.append(Expr("product", (left, expr), expr.shape))
    if "symmetric" in expr.value.traits:
        ways.append(Expr("transpose", (expr,), expr.shape))
    if "orthogonal" in expr.value.traits:
        ways.append(Expr("inverse", (Expr("transpose", (expr,), expr.shape),), expr.shape))
    return draw.choice(ways) if draw.random() < 0.4 else expr


_REWORDS = {
    "add": [_shuffled],
    "product": [_distributed, _turned_twice, _entry_by_entry],
    "trace": [_in_turn],
    "transpose": [_transpose_inside],
    "power": [_as_inner],
    "symbol": [_symbol_reworded],
}


# Families of true claims


def identity(draw: random.Random) -> Made:
    shape = draw.choice([SCALAR, SCALAR, Shape(N, ONE), Shape(D, ONE), Shape(N, N), Shape(N, D), Shape(D, N)])
    expr = grown(draw, shape, draw.choice([2, 3, 3]))
    left, right = reworded(draw, expr, 0.3), reworded(draw, expr, 0.7)
    return Made(made(_equal(left, right)), "identity")


def _equal(left: Expr, right: Expr) -> Expr:
    return Expr("compare", (left, right), SCALAR, "=")


def differentiated(draw: random.Random) -> Made:
    name = draw.choice(["x", "w"])
    f = next(f for f in iter(lambda: grown(draw, SCALAR, 3), None) if NAMES[name] in f.walk())
    left = Expr("deriv", (f, NAMES[name]), NAMES[name].shape.turned)
    return Made(made(_equal(left, reworded(draw, derivative(f, NAMES[name]), 0.6))), "derivative")


def _small(draw: random.Random) -> str:
    return str(draw.choice([1, 2, 3, 5]))


def _linear(draw: random.Random, names: str) -> str:
    """A random combination of names, none of them left out."""
    parts = [f"{_small(draw)} {name}" for name in names]
    return " ".join(f"{draw.choice('+-')} {part}" for part in parts).removeprefix("+ ")


def _pairs(claim: Claim, name: str, *others: str, givens: tuple[str, ...] = ()) -> tuple[tuple[str, Claim], ...]:
    """What is false of a claim, each under the kind of its change."""
    return tuple((name, made(other, *givens)) for other in others)


def scalar_inequality(draw: random.Random) -> Made:
    p, q = _linear(draw, "ab"), _linear(draw, "bc")
    k = _small(draw)
    texts = [
        (f"({p})^2 + ({q})^2 >= 2 ({p}) ({q})", f"({p})^2 + ({q})^2 > 2 ({p}) ({q})"),
        (f"{k} ({p})^2 >= 0", f"{k} ({p})^2 > 0"),
        (f"1 / (({p})^2 + {k}) <= 1/{k}", f"1 / (({p})^2 + {k}) < 1/{k}"),
        (f"|{p}| <= {p} + 2 relu(-({p}))", f"|{p}| < {p} + 2 relu(-({p}))"),
        (f"relu(({p}) + ({q})) <= relu({p}) + relu({q})", f"relu(({p}) + ({q})) < relu({p}) + relu({q})"),
        (f"max({p}, {q}) >= {q}", f"max({p}, {q}) > {q}"),
    ]
    true, false = draw.choice(texts)
    return Made(made(true), "scalar inequality", (("< for <=", made(false)),))


def norm_inequality(draw: random.Random) -> Made:
    u, v = _linear(draw, "xy"), _linear(draw, "x")
    texts = [
        (f"||{u} + {v}|| <= ||{u}|| + ||{v}||", f"||{u} + {v}|| < ||{u}|| + ||{v}||"),
        (f"(({u})' ({v}))^2 <= ||{u}||^2 ||{v}||^2", f"(({u})' ({v}))^2 < ||{u}||^2 ||{v}||^2"),
        (f"||{u}||^2 >= 0", f"||{u}||^2 > 0"),
        ("||X w|| <= smax(X) ||w||", "||X w|| < smax(X) ||w||"),
        (f"||{u} - ({v})||^2 <= 2 ||{u}||^2 + 2 ||{v}||^2", f"||{u} - ({v})||^2 < 2 ||{u}||^2 + 2 ||{v}||^2"),
    ]
    true, false = draw.choice(texts)
    return Made(made(true), "norm inequality", (("< for <=", made(false)),))


def with_givens(draw: random.Random) -> Made:
    k = _small(draw)
    p = _linear(draw, "bc")
    texts = [
        (f"a >= {k}", f"a^2 >= {k} a"),
        ("a > 0", f"a b < {k} iff b < {k} / a"),
        ("a > 0 and b > 0", "a + b > 0"),
        ("a >= 0", "w' (X' X + a I) w >= 0"),
        ("A = A'", "x' A y = y' A x"),
        ("A' A = I", f"||{k} A x|| = {k} ||x||"),
        ("A B = B A", f"(A + {k} B) (A + {k} B) = A A + {2 * int(k)} A B + {int(k) ** 2} B B"),
        ("x' y = 0", f"||x + {k} y||^2 = ||x||^2 + {int(k) ** 2} ||y||^2"),
        (f"|a| < 1 and b = {p}", "|a| |b| <= |b|"),
        ("y = X w", "x' y = w' X' x"),
    ]
    given, statement = draw.choice(texts)
    return Made(made(statement, given), "givens", (("dropped given", made(statement)),))


def inverses(draw: random.Random) -> Made:
    k = _small(draw)
    M = f"({k} X' X + lam I)"
    texts = [
        (f"inv{M} X' = X' inv({k} X X' + lam I)", f"inv{M} X' = X' inv({k} X X' - lam I)"),
        (f"X inv{M} X' = I / {k} - lam inv({k} X X' + lam I) / {k}", f"X inv{M} X' = I / {k} - inv({k} X X' + lam I) / {k}"),
        (f"inv{M} X' X w = w / {k} - lam inv{M} w / {k}", f"inv{M} X' X w = w / {k} - 2 lam inv{M} w / {k}"),
        (f"inv(A + {k} B) A = I - {k} inv(A + {k} B) B", f"inv(A + {k} B) A = I - inv(A + {k} B) B / (2 {k})"),
        ("inv(A) - inv(B) = inv(A) (B - A) inv(B)", "inv(A) - inv(B) = inv(A) (A - B) inv(B)"),
        (f"({k} A)^-1 = inv(A) / {k}", f"({k} A)^-1 = {2 * int(k)} inv(A)"),
        ("inv(A') = inv(A)'", "inv(A') = inv(A)"),
        (f"argmin(||X w - y||^2 + {k} lam ||w||^2, w) = inv(X' X + {k} lam I) X' y",
         f"argmin(||X w - y||^2 + {k} lam ||w||^2, w) = inv(X' X + {2 * int(k)} lam I) X' y"),
    ]  # fmt: skip
    true, false = draw.choice(texts)
    return Made(made(true), "inverses", (("changed", made(false)),))


def limits(draw: random.Random) -> Made:
    k, j = _small(draw), _small(draw)
    texts = [
        (f"lim({k} lam a / ({j} + lam), lam -> inf) = {k} a", f"lim({k} lam a / ({j} + lam), lam -> inf) = -{k} a"),
        (f"lim(inv(X' X + {k} lam I) X' y, lam -> inf) = 0", f"lim(lam inv(X' X + {k} lam I) X' y, lam -> inf) = 0"),
        (f"lim((1/2)^t {k} a, t -> inf) = 0", f"lim((1/2)^t {k} a, t -> inf) = {k}"),
    ]
    true, false = draw.choice(texts)
    t = {"t": symbol("t", SCALAR, frozenset({"integer", "nonnegative"}))}
    return Made(made(true, names=t), "limits", (("changed", made(false, names=t)),))


FAMILIES = (
    [identity] * 9
    + [differentiated] * 3
    + [scalar_inequality] * 2
    + [norm_inequality, with_givens, with_givens, inverses, limits]
)


def true_claims(count: int, seed: int = 0) -> Iterator[Made]:
    """True claims, of all families."""
    for place in range(count):
        draw = random.Random(f"{seed} {place}")
        yield draw.choice(FAMILIES)(draw)


# Changes


def mutated(draw: random.Random, claim: Claim) -> tuple[str, Claim] | None:
    """A claim with one sign, transpose or factor of its right side changed; None if what comes out is no change."""
    left, right = claim.statement.args
    nodes = list(dict.fromkeys(right.walk()))
    for kind in draw.sample(["sign", "transpose", "factor"], 3):
        for node in draw.sample(nodes, len(nodes)):
            changed = _changed(kind, node)
            other = replace(claim, statement=_equal(left, _with(right, node, changed))) if changed else claim
            if changed and differs(other.statement):
                return kind, other
    return None


def _changed(kind: str, node: Expr) -> Expr | None:
    if node.op in ("identity", "number", "zeros"):
        return None
    if kind == "transpose":
        is_free = node.shape.rows == node.shape.columns and not node.is_scalar
        return Expr("transpose", (node,), node.shape) if is_free else None
    return product([number(-1 if kind == "sign" else 2), node], node.shape)


def _with(expr: Expr, node: Expr, changed: Expr) -> Expr:
    """The expression with one node changed, once."""
    if expr == node:
        return changed
    for place, arg in enumerate(expr.args):
        if any(part == node for part in arg.walk()):
            return Expr(
                expr.op,
                (*expr.args[:place], _with(arg, node, changed), *expr.args[place + 1 :]),
                expr.shape,
                expr.value,
            )
    return expr


def differs(statement: Expr, tries: int = 3) -> bool:
    """Whether the sides of an identity differ plainly at random numbers; a derivative is worked out by autograd."""
    left, right = statement.args
    for seed in range(tries):
        values, sizes = _random_values(seed)
        a, b = _value(left, values, sizes), _value(right, values, sizes)
        scale = 1e-6 * (1 + a.abs().max() + b.abs().max())
        if (a - b).abs().max() > scale:
            return True
    return False


def _value(expr: Expr, values: dict[str, torch.Tensor], sizes: dict[str, int]) -> torch.Tensor:
    if expr.op != "deriv":
        return numeric.evaluate(expr, values, sizes)
    f, x = expr.args
    point = values[x.value.name].clone().requires_grad_()
    output = numeric.evaluate(f, {**values, x.value.name: point}, sizes)
    if not output.requires_grad:
        return torch.zeros(1, len(point))
    return torch.autograd.grad(output.sum(), point)[0].mT


def _random_values(seed: int) -> tuple[dict[str, torch.Tensor], dict[str, int]]:
    draw = torch.Generator().manual_seed(seed)
    sizes = {"n": 3, "d": 2}
    values = {}
    for name, node in NAMES.items():
        value = torch.randn(
            node.shape.rows.at(sizes), node.shape.columns.at(sizes), generator=draw, dtype=torch.float64
        )
        if name == "P":
            value = value + value.mT
        if name == "Q":
            value = torch.linalg.qr(value).Q
        values[name] = value.abs() + 0.1 if name == "lam" else value
    return values, sizes
