from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expressions import ends
from thalweg.calculus.fields import RATIONALS, Inexact, Undefined, modulo
from thalweg.calculus.functions import MAPS
from thalweg.calculus.intervals import INTERVALS, between, interval

FIELDS = [RATIONALS, modulo(2**61 - 1), INTERVALS]
NUMBERS = st.fractions(-20, 20, max_denominator=6)


@given(a=NUMBERS, b=NUMBERS, c=NUMBERS)
@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_field_laws(field, a, b, c):
    x, y, z = map(field.number, (a, b, c))

    def same(p, q):
        return field.compare("=", field.reduced(p), field.reduced(q)) in (True, None)

    assert same((x + y) * z, x * z + y * z)
    assert same((x * y) * z, x * (y * z))
    assert same(x + field.reduced(-x), field.number(0))
    assert same(field.number(a * b + c), x * y + z)
    assert field.compare("=", x, y) is not (a != b)
    assert field.compare("!=", x, y) is not (a == b)
    if b:
        assert same(field.invert(y) * y, field.number(1))
        assert same(field.power(y, -2) * y * y, field.number(1))


@given(a=NUMBERS, b=NUMBERS)
@pytest.mark.parametrize("field", [RATIONALS, INTERVALS], ids=lambda field: field.name)
@pytest.mark.parametrize("relation", ["<", "<=", ">", ">=", "=", "!="])
def test_order(field, relation, a, b):
    truth = {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b, "=": a == b, "!=": a != b}[relation]
    got = field.compare(relation, field.number(a), field.number(b))
    assert got is truth or (got is None and a == b)
    low, high = ends(field.larger(field.number(a), field.number(b)))
    assert low <= max(a, b) <= high


@given(root=st.fractions(0, 50, max_denominator=9), degree=st.integers(2, 6), times=st.integers(-3, 3))
def test_roots_of_perfect_powers_are_exact(root, degree, times):
    base = root**degree
    if root or times > 0:
        assert RATIONALS.power(base, Fraction(times, degree)) == root**times
    if base not in (0, 1) and RATIONALS.compare("!=", base + 1, root):
        with pytest.raises(Inexact):
            RATIONALS.power(base.numerator**degree + 1, Fraction(1, degree))


def test_no_root_is_looked_for_of_a_number_that_is_too_long():
    assert RATIONALS.power(10**2000, Fraction(1, 4)) == 10**500
    with pytest.raises(Inexact, match="too long"):
        RATIONALS.power(10**6000, Fraction(1, 3))


@given(x=st.fractions(-6, 6, max_denominator=8))
@pytest.mark.parametrize("name", MAPS)
def test_functions_of_fractions_lie_in_their_intervals(name, x):
    try:
        exactly = RATIONALS.apply(name, x)
    except Inexact:
        return
    except Undefined:
        with pytest.raises(Undefined):
            INTERVALS.apply(name, interval(x))
        return
    low, high = ends(INTERVALS.apply(name, interval(x)))
    assert low <= exactly <= high


@given(low=st.fractions(-3, 3, max_denominator=8), width=st.fractions(0, 1), part=st.fractions(0, 1))
@pytest.mark.parametrize("name", MAPS)
def test_functions_of_wide_intervals_hold_the_values_in_them(name, low, width, part):
    wide = between(interval(low), interval(low + width))
    try:
        outer, inner = INTERVALS.apply(name, wide), INTERVALS.apply(name, interval(low + part * width))
    except (Inexact, Undefined):
        return
    (a, b), (c, d) = ends(outer), ends(inner)
    assert a <= d, "they overlap: the rounded end of the one may lie a little beyond that of the other"
    assert c <= b


def test_wide_intervals_tell_nothing_of_what_they_straddle():
    wide, apart = between(interval(-1), interval(2)), between(interval(3), interval(4))
    for name in ("sign", "step", "log"):
        with pytest.raises(Inexact):
            INTERVALS.apply(name, wide)
    for exponent in (-1, Fraction(1, 2), Fraction(1, 3)):
        with pytest.raises(Inexact):
            INTERVALS.power(wide, exponent)
    with pytest.raises(Inexact, match="pole"):
        INTERVALS.apply("tan", between(interval(1), interval(2)))
    assert [INTERVALS.compare(r, wide, wide) for r in ("=", "!=", "<", "<=")] == [None] * 4
    assert [INTERVALS.compare(r, wide, apart) for r in ("=", "!=", "<", "<=", ">")] == [False, True, True, True, False]
    assert [*ends(INTERVALS.apply("relu", wide))] == [0, 2]
    assert [*ends(INTERVALS.apply("abs", wide))] == [0, 2]
    assert [*ends(INTERVALS.power(wide, 2))] == [0, 4]


def test_an_irrational_exponent_is_an_interval():
    third = interval(Fraction(1, 3))
    low, high = ends(INTERVALS.power(interval(8), INTERVALS.exponent(third)))
    assert low < 2 < high
    assert INTERVALS.exponent(third) is third
    assert INTERVALS.exponent(wide := between(interval(1), interval(2))) is wide
    assert INTERVALS.exponent(large := interval(2**200)) is large, "no power would be taken anyway"
    assert INTERVALS.exponent(interval(Fraction(3, 8))) == Fraction(3, 8)


@pytest.mark.parametrize("prime", [2, 1, 0, -7, 9, 2**61 + 1])
def test_modulo_refuses(prime):
    with pytest.raises(ValueError, match=f"modulo: need an odd prime, got {prime}"):
        modulo(prime)


def test_a_fraction_with_the_prime_below_is_no_remainder():
    with pytest.raises(Inexact, match="a fraction with the prime below"):
        modulo(7).number(Fraction(1, 14))
