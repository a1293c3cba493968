"""Identities of rational expressions, tried at random remainders modulo a large prime. No proof, but hardly ever wrong.

Two rational functions that differ agree at a random point of a field of $p$ elements with a chance of at most their
degree over $p$ (Schwartz and Zippel). Traits that equations describe are put in by rational formulas: a symmetric matrix
by tied entries, an orthogonal one by Cayley's. Inequalities among the givens only make a claim weaker, so that they can
be left out; equations are solved for a name where that is possible.

Reference:
    Schwartz, Fast probabilistic algorithms for verification of polynomial identities, J. ACM 27 (1980), lemma 1.
"""

import random
from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import islice, product

import numpy as np

from thalweg.calculus.elimination import Matrix
from thalweg.calculus.exact import evaluate
from thalweg.calculus.fields import RATIONALS, Field, Inexact, Undefined, modulo
from thalweg.calculus.nodes import SCALAR, Expr, number
from thalweg.claims import clock
from thalweg.claims.hunt.plans import Free, Plan, planned
from thalweg.claims.hunt.prepared import Question, conjuncts, question
from thalweg.claims.hunt.samples import shape_at, size_choices
from thalweg.claims.nouns import Answer, Claim, Verdict, name_of

PRIME = 2**61 - 1
_MOST_DEGREE = 2000  # so that the chance of error is below 1e-15
_MOST_SIZES = 3
_MOST_EXPONENT = 64
_HALF = Fraction(1, 2)
_MOST_PIECES = 64
_TRIES = 3  # at points where something is undefined, another is drawn
_ENTRYWISE = (
    "symbol",
    "number",
    "size",
    "identity",
    "zeros",
    "ones",
    "add",
    "product",
    "hadamard",
    "transpose",
    "raised",
)
_RATIONAL = frozenset({*_ENTRYWISE, "inverse", "power", "trace", "det", "total", "diag", "diagonal", "block", "entry"})


def tested(claim: Claim, deadline: float) -> Answer | None:
    """Whether a claim is an identity of rational expressions, as far as random remainders can tell.

    Args:
        claim: The claim.
        deadline: When to stop, by `clock.now`.

    Returns:
        PASSED if both sides agreed at several sizes; None if they did not, if the claim is no such identity, or if there
        was no time. That sides disagree modulo a prime is no counterexample; `search` then finds one at once.
    """
    made = question(claim)
    if made is None:
        return None
    sides = [_squared(side) for part in conjuncts(made.statement) for side in _equation(part)]
    plan = _complete_plan(made)
    if not sides or any(_degree(side) is None for side in sides) or _degrees(sides, plan) > _MOST_DEGREE:
        return None
    choices = [sizes for sizes in size_choices(made, 3) if min(sizes.values(), default=2) > 1 or len(sizes) > 3]
    chosen = (choices or size_choices(made, 3))[-_MOST_SIZES:]
    rng = random.Random(0)
    for sizes in chosen:
        if clock.now() > deadline or not _agree(plan, sides, sizes, rng, modulo(PRIME)):
            return None
    if not chosen or not _agree(plan, sides, chosen[0], rng, RATIONALS):
        return None
    return Answer(Verdict.PASSED, _how(made, chosen), samples=len(chosen) + 1)


def _complete_plan(question: Question) -> Plan:
    """A plan that leaves out no case of the givens. Without the equations a claim is stronger, so that they may be dropped."""
    plan = planned(question.names, [given for given in question.givens if given.op == "compare" and given.value == "="])
    is_rational = all(_degree(expr) is not None for _, expr in plan.defined)
    return plan if plan.is_whole and is_rational else planned(question.names, ())


def _how(question: Question, chosen: list[dict[str, int]]) -> str:
    """In which way it was tested, as a sentence."""
    said = "; ".join(", ".join(f"{name} = {value}" for name, value in sizes.items()) for sizes in chosen)
    sizes = f" at sizes {said}" if question.sizes else ""
    return f"identity modulo 2^61 - 1{sizes}: chance of error below 1e-15"


def _equation(part: Expr) -> tuple[Expr, ...]:
    """The sides of an equation; of anything else something that is not rational."""
    return part.args if part.op == "compare" and part.value == "=" else (Expr("rank", (number(0),), SCALAR),)


def _squared(expr: Expr) -> Expr:
    """The expression with even powers of norms written as sums of squares."""
    if expr.op == "power" and expr.args[0].op == "norm" and expr.args[1].op == "number":
        norm, exponent = expr.args[0], expr.args[1].value / Fraction(2)
        is_entrywise = norm.value == "F" or norm.args[0].shape.is_column or norm.args[0].shape.turned.is_column
        if exponent.denominator == 1 and is_entrywise:
            inside = _squared(norm.args[0])
            squares = Expr("total", (Expr("raised", (inside,), inside.shape, Fraction(2)),), SCALAR)
            return squares if exponent == 1 else Expr("power", (squares, number(exponent)), SCALAR)
    return expr.with_args(tuple(_squared(arg) for arg in expr.args))


def _degree(expr: Expr) -> int | None:
    """A bound on the degree of a rational expression, at sizes up to 3; None if it is not rational."""
    if expr.op not in _RATIONAL:
        return None
    below = [_degree(arg) for arg in expr.args]
    if any(degree is None for degree in below):
        return None
    known = [degree for degree in below if degree is not None]
    if expr.op == "power" or expr.op == "raised":
        exponent = expr.value if expr.op == "raised" else expr.args[1].value if expr.args[1].op == "number" else _HALF
        is_fit = exponent.denominator == 1 and abs(exponent) <= _MOST_EXPONENT
        return abs(int(exponent)) * max(known[0], 1) * _growth(expr) if is_fit else None
    if expr.op == "symbol":
        return 1
    return sum(known) * (_growth(expr) if expr.op in ("inverse", "det") else 1)


def _growth(expr: Expr) -> int:
    """By how much an elimination multiplies degrees."""
    return 1 if expr.is_scalar and expr.args[0].is_scalar else 8


def _degrees(sides: list[Expr], plan: Plan) -> int:
    """A bound on the degree of all sides, with what names are made of put in."""
    made = max((_degree(expr) or 1 for _, expr in plan.defined), default=1)
    return sum(_degree(side) or 0 for side in sides) * made ** min(len(plan.defined), 3)


def _agree(plan: Plan, sides: list[Expr], sizes: Mapping[str, int], rng: random.Random, field: Field) -> bool:
    """Whether sides agree at a random point of every piece that the values of the names fall into."""
    pieces = list(islice(product(*(_pieces(part, sizes) for part in plan.free)), _MOST_PIECES + 1))
    if len(pieces) > _MOST_PIECES:
        return False
    return all(_agree_on(plan, sides, sizes, piece, rng, field) for piece in pieces)


def _agree_on(
    plan: Plan, sides: list[Expr], sizes: Mapping[str, int], piece: Sequence, rng: random.Random, field: Field
) -> bool:
    """Whether sides agree at a random point of one piece."""
    for _ in range(_TRIES):
        try:
            values = {
                name_of(part.node): _random(part, sizes, rng, field) if fixed is None else fixed
                for part, fixed in zip(plan.free, piece, strict=True)
            }
            for name, expr in plan.defined:
                values[name_of(name)] = evaluate(expr, values, sizes, field)
            made = [evaluate(side, values, sizes, field) for side in sides]
        except Undefined:
            continue
        except Inexact:
            return False
        return all(bool((made[place] == made[place + 1]).all()) for place in range(0, len(made), 2))
    return False


def _pieces(part: Free, sizes: Mapping[str, int]) -> list[Matrix | None]:
    """The values of a discrete name that stand for all of them, one for each connected piece; None for a continuous one.

    An orthogonal matrix is a rotation, or one times a reflection; a frame is turned into any other by one of the two.
    """
    rows, columns = shape_at(part.node.shape, sizes)
    size = max(rows, columns)
    if part.pattern in ("signs", "frame"):
        choices = [(1,) * size, (1,) * (min(rows, columns) - 1) + (-1,) + (1,) * (size - min(rows, columns))]
    elif part.pattern in ("bits", "diagonal signs"):
        choices = list(product((1, 0) if part.pattern == "bits" else (1, -1), repeat=size))
    else:
        return [None]
    return [np.diag(np.array(choice, object))[:rows, :columns] for choice in choices]


def _random(part: Free, sizes: Mapping[str, int], rng: random.Random, field: Field) -> Matrix:
    """A random value of a name, with its pattern."""
    rows, columns = shape_at(part.node.shape, sizes)
    most = 9 if field is RATIONALS else PRIME - 1
    array = np.empty((rows, columns), object)
    array.ravel()[:] = [rng.randint(1, most) for _ in range(rows * columns)]
    return field.reduced(_tied(array, part.pattern))


def _tied(array: Matrix, pattern: str) -> Matrix:
    """A matrix of whole numbers with a pattern put on it."""
    below = np.tril(array, -1)
    diagonal = np.where(np.eye(*array.shape, dtype=bool), array, 0)
    if pattern == "diagonal":
        return diagonal
    if pattern in ("symmetric", "skew"):
        return below + below.T + diagonal if pattern == "symmetric" else below - below.T
    return array
