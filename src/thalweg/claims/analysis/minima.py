"""Claims about what makes a function smallest: `argmin(f, w) = e`, also with linear equations as conditions.

A quadratic function whose second derivative is positive definite has one minimiser: where the derivative is 0. That it is
0 at e is an identity, which other stages prove. With conditions X w = y the derivative at e must be a combination of the rows
of X. If the second derivative is only semidefinite there may be other minimisers, and the claim stays undecided.
"""

from dataclasses import dataclass

from thalweg.calculus.algebra import ZERO, coefficient, inverted, minus, powered, split, times, transposed, zero
from thalweg.calculus.blocks import pushed
from thalweg.calculus.exact import evaluate, holds
from thalweg.calculus.fields import RATIONALS, Inexact, Undefined
from thalweg.calculus.nodes import SCALAR, Expr, constant, number, substituted, symbol
from thalweg.calculus.nodes import holds as stands_in
from thalweg.calculus.show import text
from thalweg.claims import clock
from thalweg.claims.analysis import provers
from thalweg.claims.analysis.definiteness import PD, PSD, definite, known
from thalweg.claims.analysis.points import LONGEST, Hunt, Point, hunt, shown
from thalweg.claims.analysis.quadratics import Quadratic, is_minimiser, minimum_at, quadratic, tidied
from thalweg.claims.analysis.tending import definedness
from thalweg.claims.nouns import Answer, Claim, Value, Verdict, name_of
from thalweg.claims.rational.logic import compared, restated


@dataclass(frozen=True)
class Finding:
    """What a proof came to.

    Attributes:
        answer: The proof, if there is one.
        doubt: Why there is none, if that is known: the minimiser need not be the only one.
    """

    answer: Answer | None = None
    doubt: str = ""


def proved(claim: Claim, deadline: float) -> Finding:
    """A proof of a claim about minima."""
    left, right = claim.statement.args
    if left.op != "argmin":
        left, right = right, left
    if right.op == "argmin":
        return _same_minima(claim, left, right, deadline)
    if left.op != "argmin" or _asks(right):
        return _replaced(claim, deadline)
    about = quadratic(left)
    if about is None or stands_in(right, left.args[1]):
        return Finding()
    return _conditioned(claim, about, right, deadline) if about.conditions else _free(claim, about, right, deadline)


def _asks(expr: Expr) -> bool:
    return any(node.op == "argmin" for node in expr.walk())


def _identity(claim: Claim, expr: Expr, deadline: float) -> Answer | None:
    """A proof that an expression is zero."""
    statement = Expr("compare", (expr, zero(expr.shape)), SCALAR, "=")
    return provers.proved(restated(claim, statement), deadline)


def _at(expr: Expr, w: Expr, e: Expr) -> Expr:
    """An expression with e in the place of w."""
    return substituted(expr, {w: e})


def _free(claim: Claim, about: Quadratic, e: Expr, deadline: float) -> Finding:
    """Without conditions: the derivative is 0 at e, and the second derivative is positive definite."""
    kind = _kind(claim, about, deadline)
    if kind is None:
        return Finding()
    found = _identity(claim, _at(about.gradient, about.w, e), deadline)
    if found is None:
        return Finding()
    return _concluded(about, kind, f"its derivative {text(about.row)} is 0 there ({found.how})")


def _kind(claim: Claim, about: Quadratic, deadline: float) -> str | None:
    """Whether the second derivative is positive definite, or semidefinite; the inverses in the claim exist."""
    facts = known(restated(claim, claim.statement, *definedness(claim.statement)), deadline)
    kind = definite(about.hessian, facts)
    same = [part for part in facts.invertible if part.shape == about.hessian.shape] if kind == PSD else []
    if any(_is_multiple(claim, about.hessian, part, deadline) for part in same):
        return PD
    return kind


def _is_multiple(claim: Claim, one: Expr, other: Expr, deadline: float) -> bool:
    """Whether a matrix is once or twice another."""
    return any(_identity(claim, minus(one, times([number(many), other])), deadline) is not None for many in (2, 1))


def _concluded(about: Quadratic, kind: str, why: str) -> Finding:
    """The proof if the minimiser is unique, else the doubt."""
    second = text(about.hessian)
    if kind != PD:
        return Finding(
            doubt=f"it is a minimiser: {why}; but it need not be the only one, since {second} may be singular"
        )
    return Finding(Answer(Verdict.PROVED, f"{why}, and its second derivative {second} is positive definite"))


def _conditioned(claim: Claim, about: Quadratic, e: Expr, deadline: float) -> Finding:
    """With conditions: e meets them, and the derivative at e is a combination of the rows of the conditions."""
    if len(about.conditions) > 1:
        return Finding()
    residual, slope = about.conditions[0]
    kind = _kind(claim, about, deadline)
    if kind is None or _identity(claim, _at(residual, about.w, e), deadline) is None:
        return Finding()
    gradient = _at(about.gradient, about.w, e)
    if not _is_combination(gradient, slope) and not _vanishes_beside(claim, gradient, slope, deadline):
        return Finding()
    return _concluded(
        about, kind, f"it meets the condition, and the derivative there is a combination of the rows of {text(slope)}"
    )


def _is_combination(gradient: Expr, slope: Expr) -> bool:
    """Whether a column is plainly the transpose of a matrix times something."""
    turned = transposed(coefficient(slope)[1])
    starts = (turned, pushed(turned))
    tidy = tidied(gradient)
    for term in tidy.args if tidy.op == "add" else (tidy,):
        chain = split(term.args if term.op == "product" else (term,))[1]
        if term.op == "zeros" or (chain and (chain[0] in starts or pushed(chain[0]) in starts)):
            continue
        return False
    return True


def _vanishes_beside(claim: Claim, gradient: Expr, slope: Expr, deadline: float) -> bool:
    """Whether the part of a column that no combination of the rows of a matrix reaches is zero."""
    size = gradient.shape.rows
    across = times([Expr("pinv", (slope,), slope.shape.turned), slope])
    beside = minus(constant("identity", size, size), across)
    return _identity(claim, times([beside, gradient]), deadline) is not None


def _same_minima(claim: Claim, left: Expr, right: Expr, deadline: float) -> Finding:
    """Two functions have the same minimisers if one is a positive multiple of the other, but for what does not vary."""
    first, second = quadratic(left), quadratic(right)
    if first is None or second is None or left.args[2:] != right.args[2:] or first.w.shape != second.w.shape:
        return Finding()
    gradient = _at(second.gradient, second.w, first.w)
    for factor in _factors(first.gradient, gradient):
        is_same = _identity(claim, minus(first.gradient, times([factor, gradient])), deadline) is not None
        if is_same and (factor == number(1) or provers.implied(claim, compared(factor, ">", ZERO), deadline)):
            many = "" if factor == number(1) else f"{text(factor)} times "
            return Finding(Answer(Verdict.PROVED, f"the derivative of the first is {many}that of the second"))
    return _both_solved(claim, first, second, deadline)


def _factors(first: Expr, second: Expr) -> list[Expr]:
    """Numbers by which one derivative may be a multiple of another: quotients of what stands before equal chains."""
    found = [number(1)]
    for a in _terms(first):
        for b in _terms(second):
            if a[1] == b[1]:
                found.append(times([*a[0], *(powered(factor, -1) for factor in b[0])]))
    return list(dict.fromkeys(found))[:4]


def _terms(expr: Expr) -> list[tuple[list[Expr], tuple[Expr, ...]]]:
    """The terms of a sum as scalars and a chain."""
    parts = [
        split(term.args if term.op == "product" else (term,)) for term in (expr.args if expr.op == "add" else (expr,))
    ]
    return [(scalars, tuple(chain)) for scalars, chain in parts]


def _both_solved(claim: Claim, first: Quadratic, second: Quadratic, deadline: float) -> Finding:
    """Both minimisers written out, and proved to be the same."""
    one, other = (_solution(claim, about, deadline) for about in (first, second))
    found = None if one is None or other is None else _identity(claim, minus(one, other), deadline)
    if one is None or found is None:
        return Finding()
    return Finding(Answer(Verdict.PROVED, f"both are {text(one)} ({found.how})"))


def _solution(claim: Claim, about: Quadratic, deadline: float) -> Expr | None:
    """The only minimiser without conditions, written with an inverse."""
    if about.conditions or _kind(claim, about, deadline) != PD:
        return None
    start = tidied(_at(about.gradient, about.w, zero(about.w.shape)))
    count, rest = coefficient(tidied(about.hessian))
    return times([number(-1 / count), inverted(rest), start])


def _replaced(claim: Claim, deadline: float) -> Finding:
    """A minimiser somewhere in an expression, written out."""
    solved: dict[Expr, Expr] = {}
    for node in claim.statement.walk():
        if node.op == "argmin":
            about = quadratic(node)
            solution = None if about is None else _solution(claim, about, deadline)
            if solution is None:
                return Finding()
            solved[node] = solution
    found = provers.proved(restated(claim, substituted(claim.statement, solved)), deadline)
    said = " and ".join(text(solution) for solution in solved.values())
    return Finding() if found is None else Finding(Answer(Verdict.PROVED, f"the minimiser is {said}; {found.how}"))


# At points


@dataclass
class Seen:
    """What was seen on the way.

    Attributes:
        several: A point at which there is more than one minimiser.
        none: A point at which there is none.
    """

    several: Point | None = None
    none: Point | None = None


def hunted(claim: Claim, seen: Seen, deadline: float) -> Hunt:
    """Look for a point at which a claim about minima does not hold, for a moment.

    Args:
        claim: The claim.
        seen: Learns what was seen on the way.
        deadline: When to stop, as `clock.now` counts.

    Returns:
        What came of it.
    """
    abouts = {node: quadratic(node) for node in claim.statement.walk() if node.op == "argmin"}
    known_ = {node: about for node, about in abouts.items() if about is not None}
    if len(known_) < len(abouts):
        return Hunt(None, 0)
    return hunt(
        claim, lambda point: truth_at(claim.statement, known_, point, seen), min(deadline, clock.now() + LONGEST)
    )


def truth_at(statement: Expr, abouts: dict[Expr, Quadratic], point: Point, seen: Seen) -> bool | None:
    """Whether a comparison with minimisers in it holds at a point; None if there are none, or more than one."""
    try:
        return _truth(statement, abouts, point, seen)
    except (Undefined, Inexact):
        return None


def _truth(statement: Expr, abouts: dict[Expr, Quadratic], point: Point, seen: Seen) -> bool | None:
    """One that is not among several minimisers is wrong; one that is may be what was meant."""
    for side in statement.args:
        if not _asks(side):
            evaluate(side, point.values, point.sizes, RATIONALS)  # if it has no value, this is no case
    values, replaced = dict(point.values), {}
    for node, about in abouts.items():
        found = minimum_at(about, point)
        if found is None:
            seen.none = seen.none or point
            return None
        if not found.is_unique:
            seen.several = seen.several or point
            return _among(statement, node, about, point)
        replaced[node] = symbol(f"\0minimiser {hash(node)}", node.shape)
        values[name_of(replaced[node])] = found.one
    return holds(substituted(statement, replaced), values, point.sizes, RATIONALS)


def _among(statement: Expr, node: Expr, about: Quadratic, point: Point) -> bool | None:
    """False if the other side is none of the minimisers."""
    others = [side for side in statement.args if side != node]
    found = minimum_at(about, point)
    if statement.op != "compare" or statement.value != "=" or len(others) != 1 or _asks(others[0]) or found is None:
        return None
    value = evaluate(others[0], point.values, point.sizes, RATIONALS)
    return None if is_minimiser(about, value, found, point) else False


def sides_at(statement: Expr, point: Point) -> tuple[Value, Value]:
    """Both sides of a comparison at a point, one of several minimisers standing for all."""
    left, right = (_side(side, point) for side in statement.args)
    return left, right


def _side(expr: Expr, point: Point) -> Value:
    values, replaced = dict(point.values), {}
    for node in expr.walk():
        about = quadratic(node) if node.op == "argmin" else None
        found = minimum_at(about, point) if about is not None else None
        if found is not None:
            replaced[node] = symbol(f"\0minimiser {hash(node)}", node.shape)
            values[name_of(replaced[node])] = found.one
    return shown(evaluate(substituted(expr, replaced), values, point.sizes, RATIONALS))


def comparison_at(statement: Expr, point: Point) -> str:
    """How much smaller the function is at the minimiser than at what was claimed, where that can be said."""
    left, right = statement.args if statement.args[0].op == "argmin" else statement.args[::-1]
    about = quadratic(left) if left.op == "argmin" and not _asks(right) else None
    found = minimum_at(about, point) if about is not None else None
    if about is None or found is None:
        return ""
    values = {**point.values, name_of(about.w): evaluate(right, point.values, point.sizes, RATIONALS)}
    if any(evaluate(rest, values, point.sizes, RATIONALS).any() for rest, _ in about.conditions):
        return "what was claimed does not meet the condition"
    claimed = evaluate(about.f, values, point.sizes, RATIONALS)[0, 0]
    return f"{text(about.f)} is {claimed} at what was claimed, and {found.value} at the minimiser"
