from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from thalweg.calculus.nodes import SCALAR, symbol
from thalweg.claims.rational.polynomials import (
    MOST_DEGREE,
    Polynomial,
    TooLarge,
    coefficients,
    common,
    constant,
    degree,
    power,
    primitive,
    quotient,
    rebuilt,
    variable,
)

sympy = pytest.importorskip("sympy")
ATOMS = [symbol(name, SCALAR) for name in "xyz"]
NAMES = sympy.symbols("x y z")


def polynomials(most: int = 4, highest: int = 2):
    term = st.tuples(st.integers(-3, 3), *[st.integers(0, highest)] * 3)
    return st.lists(term, min_size=1, max_size=most)


def made(terms) -> Polynomial:
    total = constant(0)
    for count, *exponents in terms:
        product = constant(count)
        for atom, exponent in zip(ATOMS, exponents, strict=True):
            product = product * variable(atom, exponent)
        total = total + product
    return total


def outside(polynomial: Polynomial):
    """The polynomial as sympy knows it."""
    names = dict(zip(ATOMS, NAMES, strict=True))
    return sum(
        (
            sympy.Rational(part) * sympy.prod([names[atom] ** k for atom, k in monomial])
            for monomial, part in polynomial.terms.items()
        ),
        sympy.Integer(0),
    )


def is_same(polynomial: Polynomial, expected) -> bool:
    return sympy.expand(outside(polynomial) - expected) == 0


@given(polynomials(), polynomials())
def test_arithmetic_is_that_of_sympy(a, b):
    a, b = made(a), made(b)
    assert is_same(a + b, outside(a) + outside(b))
    assert is_same(a - b, outside(a) - outside(b))
    assert is_same(a * b, outside(a) * outside(b))
    assert is_same(power(a, 3), outside(a) ** 3)


@given(polynomials(), polynomials(), polynomials(2))
def test_common_divisors_are_those_of_sympy(a, b, c):
    a, b, c = made(a), made(b), made(c)
    found = common(a * c, b * c)
    expected = sympy.gcd(outside(a * c), outside(b * c))
    ratio = sympy.simplify(outside(found) / expected) if expected != 0 else sympy.Integer(1 if found.is_zero else 0)
    assert ratio.is_number
    assert ratio != 0


@given(polynomials(), polynomials())
def test_exact_quotients_are_found_and_others_refused(a, b):
    a, b = made(a), made(b)
    assume(not b.is_zero)
    found = quotient(a * b, b)
    assert found is not None
    assert is_same(found, outside(a))
    rest = sympy.reduced(outside(a), [outside(b)], *NAMES)[1]
    assert (quotient(a, b) is None) == (rest != 0)


@given(polynomials())
def test_coefficients_make_the_polynomial_again(a):
    a = made(a)
    x = ATOMS[0]
    assert rebuilt(coefficients(a, x), x) == a
    expected = sympy.degree(outside(a), NAMES[0]) if not a.is_zero else -1
    assert degree(a, x) == expected


def test_primitive_has_coprime_whole_coefficients_and_a_positive_first_one():
    x, y, _ = (variable(atom) for atom in ATOMS)
    expected = constant(3) * x - constant(2) * y
    assert primitive(constant(Fraction(-2, 3)) * x + constant(Fraction(4, 9)) * y) == expected
    assert primitive(constant(Fraction(3, 5)) * x - constant(Fraction(2, 5)) * y) == expected


def test_what_grows_too_large_is_refused():
    x, y, z = (variable(atom) for atom in ATOMS)
    with pytest.raises(TooLarge):
        power(x + y + z + constant(1), 40)
    with pytest.raises(TooLarge):
        power(x, MOST_DEGREE + 1)
    with pytest.raises(TooLarge):
        variable(ATOMS[0], MOST_DEGREE) * x
    with pytest.raises(TooLarge):
        constant(2**5000)
    with pytest.raises(ZeroDivisionError):
        quotient(x, constant(0))
