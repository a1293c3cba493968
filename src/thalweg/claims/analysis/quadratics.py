r"""Quadratic functions of one name and linear conditions on it: their derivatives, and their minima at points, exactly.

At a point the minimisers of $\frac12 w^\top H w + g^\top w$ subject to $L w = r$ solve one system of linear equations.
Proofs for all points are for `minima`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from thalweg.calculus.algebra import minus, plus, times, transposed
from thalweg.calculus.differentials import derivative
from thalweg.calculus.elimination import Matrix, pinv, rank
from thalweg.calculus.exact import evaluate
from thalweg.calculus.fields import RATIONALS
from thalweg.calculus.nodes import CalculusError, Expr, Symbol, holds
from thalweg.claims.analysis.points import Point
from thalweg.claims.nouns import name_of
from thalweg.claims.rational.degrees import degree


@dataclass(frozen=True)
class Quadratic:
    """What is to be made small.

    Attributes:
        f: The function.
        w: The name that varies, a scalar or a column.
        row: Its derivative, as it was found.
        gradient: Its derivative, as a column.
        hessian: Its second derivative, in which the name does not stand.
        conditions: Pairs (residual, derivative of it) of the conditions residual = 0.
    """

    f: Expr
    w: Expr
    row: Expr
    gradient: Expr
    hessian: Expr
    conditions: tuple[tuple[Expr, Expr], ...]


def quadratic(argmin: Expr) -> Quadratic | None:
    """A question for a minimum as derivatives; None if it is not quadratic with linear equations as conditions."""
    f, w, *conditions = argmin.args
    assert isinstance(w.value, Symbol)
    if not w.shape.is_column or degree(f, w) > 2 or w.value.traits:
        return None  # a trait may be meant as a condition
    try:
        row = derivative(f, w)
        gradient = turned(row)
        hessian = derivative(gradient, w)
        linear = [_linear(condition, w) for condition in conditions]
    except CalculusError:
        return None
    if holds(hessian, w) or any(part is None for part in linear):
        return None
    return Quadratic(f, w, row, gradient, hessian, tuple(part for part in linear if part is not None))


def turned(row: Expr) -> Expr:
    """A row as a column, term by term."""
    if row.op != "add":
        return transposed(row)
    return plus([transposed(term) for term in row.args], row.shape.turned)


def tidied(expr: Expr) -> Expr:
    """An expression whose sums, products and transposes are built anew, so that what is zero goes."""
    args = tuple(tidied(arg) for arg in expr.args)
    if expr.op == "add":
        return plus(args, expr.shape)
    if expr.op == "product":
        return times(args)
    return transposed(args[0]) if expr.op == "transpose" else expr.with_args(args)


def _linear(condition: Expr, w: Expr) -> tuple[Expr, Expr] | None:
    """A condition as a residual and its derivative, if it is a linear equation between columns."""
    if condition.op != "compare" or condition.value != "=":
        return None
    residual = minus(*condition.args)
    residual = residual if residual.shape.is_column else transposed(residual)
    if not residual.shape.is_column or degree(residual, w) > 1:
        return None
    slope = derivative(residual, w)
    return None if holds(slope, w) else (residual, slope)


@dataclass(frozen=True)
class Minimum:
    """What the minimisers are at a point.

    Attributes:
        one: One of them; the only one if `is_unique`.
        is_unique: Whether there is no other.
        value: How small the function gets.
    """

    one: Matrix
    is_unique: bool
    value: Fraction


def minimum_at(about: Quadratic, point: Point) -> Minimum | None:
    """The minimisers at a point; None if there are none: no w meets the conditions, or the function has no minimum.

    Raises:
        Undefined: If the function has no value.
        Inexact: If it cannot be worked out in fractions.
    """
    size = about.w.shape.rows.at(point.sizes)
    start = {**point.values, name_of(about.w): np.zeros((size, 1), int).astype(object)}
    hessian, gradient = (evaluate(part, start, point.sizes, RATIONALS) for part in (about.hessian, about.gradient))
    L = _stacked([evaluate(slope, start, point.sizes, RATIONALS) for _, slope in about.conditions], size)
    r = _stacked([evaluate(rest, start, point.sizes, RATIONALS) for rest, _ in about.conditions], 1)
    if not is_semidefinite(_on_kernel(hessian, L)):
        return None
    zero = np.zeros((len(L), len(L)), int).astype(object)
    system = np.block([[hessian, L.T], [L, zero]])
    right = -np.concatenate([gradient, r])
    found = pinv(system, RATIONALS).dot(right)
    if (system.dot(found) - right).any():
        return None
    is_unique = rank(np.concatenate([hessian, L]), RATIONALS) == size
    one = found[:size]
    return Minimum(one, is_unique, _value(about, one, point))


def _stacked(parts: Sequence[Matrix], width: int) -> Matrix:
    """Matrices below each other; none at all make one without rows."""
    return np.concatenate([np.zeros((0, width), int).astype(object), *parts])


def _value(about: Quadratic, w: Matrix, point: Point) -> Fraction:
    return Fraction(evaluate(about.f, {**point.values, name_of(about.w): w}, point.sizes, RATIONALS)[0, 0])


def _on_kernel(hessian: Matrix, L: Matrix) -> Matrix:
    """The second derivative along what the conditions leave free."""
    if not len(L):
        return hessian
    free = np.eye(len(hessian), dtype=int).astype(object) - pinv(L, RATIONALS).dot(L)
    return free.T.dot(hessian).dot(free)


def is_semidefinite(matrix: Matrix) -> bool:
    """Whether a symmetric matrix of fractions is positive semidefinite, by elimination."""
    rest = matrix
    while len(rest):
        pivot = rest[0, 0]
        if pivot < 0 or (not pivot and rest[0].any()):
            return False
        outer = np.outer(rest[1:, 0], rest[0, 1:]) if pivot else 0
        rest = rest[1:, 1:] - outer * (Fraction(1, 1) / pivot if pivot else 0)
    return True


def is_minimiser(about: Quadratic, w: Matrix, minimum: Minimum, point: Point) -> bool:
    """Whether a value meets the conditions and makes the function as small as it gets."""
    values = {**point.values, name_of(about.w): w}
    if any(evaluate(rest, values, point.sizes, RATIONALS).any() for rest, _ in about.conditions):
        return False
    return _value(about, w, point) == minimum.value
