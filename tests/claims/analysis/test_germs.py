from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thalweg.calculus.elimination import inverse, pinv
from thalweg.calculus.fields import RATIONALS, Inexact, Undefined
from thalweg.claims.analysis.germs import GERMS, Germ, U, germ

NUMBERS = st.lists(st.integers(-3, 3), min_size=1, max_size=3)


def polynomial(parts: list[int]) -> Germ:
    return sum((germ(part) * U**place for place, part in enumerate(parts)), germ(0))


def at(value: Germ, u: Fraction) -> Fraction:
    """A germ's value at a small u, by its coefficients."""
    over, under = (sum(part * u**place for place, part in enumerate(parts)) for parts in (value.over, value.under))
    return Fraction(u) ** value.shift * Fraction(over, under) if value.over else Fraction(0)


def germs():
    return st.tuples(NUMBERS, NUMBERS, st.integers(-2, 2))


def quotient(parts) -> Germ:
    over, under, shift = parts
    under = polynomial(under) if any(under) else germ(1)
    return polynomial(over) * GERMS.invert(under) * GERMS.power(U, shift)


@given(germs(), germs())
def test_germs_compute_as_their_values_do(a, b):
    a, b = quotient(a), quotient(b)
    u = Fraction(1, 97)
    assert at(a + b, u) == at(a, u) + at(b, u)
    assert at(a - b, u) == at(a, u) - at(b, u)
    assert at(a * b, u) == at(a, u) * at(b, u)
    if b.sign:
        assert at(GERMS.invert(b), u) == 1 / at(b, u)


@given(germs())
def test_limits_and_signs_are_those_of_ever_smaller_u(a):
    a = quotient(a)
    near, nearer = at(a, Fraction(1, 10**6)), at(a, Fraction(1, 10**7))
    assert a.sign == (nearer > 0) - (nearer < 0)
    if a.limit is None:
        assert abs(nearer) > 5 * abs(near)
    else:
        assert abs(nearer - a.limit) <= abs(near - a.limit)
        assert abs(nearer - a.limit) < Fraction(1, 1000)


@given(germs(), germs())
def test_order_is_that_of_small_u(a, b):
    a, b = quotient(a), quotient(b)
    u = Fraction(1, 10**7)
    assert (a < b) == (at(a, u) < at(b, u))
    assert (a >= b) == (at(a, u) >= at(b, u))
    assert GERMS.larger(a, b) == (a if at(a, u) >= at(b, u) else b)


@given(germs())
def test_roots_of_squares_are_exact(a):
    a = quotient(a)
    assert GERMS.power(a * a, Fraction(1, 2)) == abs(a)


def test_no_root_of_what_is_no_square():
    for value in (U, germ(2), germ(1) + U):
        with pytest.raises(Inexact):
            GERMS.power(value, Fraction(1, 2))
    with pytest.raises(Undefined):
        GERMS.power(-(U**2), Fraction(1, 2))


@given(st.lists(st.integers(-3, 3), min_size=6, max_size=6))
def test_ridge_tends_to_the_pseudoinverse(entries):
    X = np.array(entries, object).reshape(2, 3)
    lifted = np.frompyfunc(germ, 1, 1)(X)
    square = lifted.T.dot(lifted) + np.eye(3, dtype=int).astype(object) * (U * U)
    found = inverse(square, GERMS).dot(lifted.T)
    limits = [[entry.limit for entry in row] for row in found]
    assert (np.array(limits, object) == pinv(X, RATIONALS)).all()


@given(germs())
def test_functions_follow_the_sign(a):
    a = quotient(a)
    assert GERMS.apply("relu", a) == (a if a.sign > 0 else germ(0))
    assert GERMS.apply("abs", a) == abs(a)
    assert GERMS.apply("step", a) == germ(int(a.sign > 0))
    assert GERMS.apply("sign", a) == germ(a.sign)


def test_what_cannot_be_held_is_refused():
    assert GERMS.apply("exp", germ(0)) == germ(1)
    with pytest.raises(Inexact):
        GERMS.apply("exp", U)
    with pytest.raises(Undefined):
        GERMS.apply("log", -U)
    with pytest.raises(Undefined):
        GERMS.invert(germ(0))
    with pytest.raises(Inexact):
        GERMS.power(germ(2), U)
    with pytest.raises(Inexact):
        GERMS.power(germ(1) + U, 200)


@given(germs(), germs())
def test_equal_germs_are_equal_numbers(a, b):
    a, b = quotient(a), quotient(b)
    u = Fraction(1, 7**9)
    assert (a == b) == (at(a, u) == at(b, u))
    again = a * b - b * a + a
    assert again == a
    assert hash(again) == hash(a)
