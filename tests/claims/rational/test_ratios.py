import time
from contextlib import suppress
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questioned import expr, names_of
from thalweg.calculus.exact import evaluate
from thalweg.calculus.fields import RATIONALS, Undefined
from thalweg.calculus.nodes import symbols
from thalweg.calculus.show import text
from thalweg.claims.rational.polynomials import TooLarge
from thalweg.claims.rational.ratios import evaluated, expression, ratio, same, substituted, whole

RATIONAL = [
    "alpha + beta/gamma",
    "(alpha + beta)^3/(alpha - gamma)^2",
    "1/(1/alpha + 1/beta)",
    "alpha^-2 beta/(beta + 1) - gamma/3",
    "-(alpha - beta)/(beta - alpha)",
    "(alpha^2 - beta^2)/(alpha - beta) gamma",
    "2 (alpha beta - 3) - alpha/(2 gamma)",
    "|alpha - beta|^2 + |2 gamma|",
]


@pytest.mark.parametrize("said", RATIONAL)
@given(st.lists(st.fractions(-4, 4, max_denominator=5), min_size=3, max_size=3))
def test_ratios_have_the_values_of_their_expressions(said, numbers):
    made = expr(said)
    values = {
        name: [[value]]
        for name, value in zip(["alpha", "beta", "gamma"], numbers, strict=True)
        if name in names_of(made)
    }
    try:
        expected = evaluate(made, values, {}, RATIONALS)[0, 0]
    except Undefined:
        return
    again = evaluate(expression(ratio(made)), values, {}, RATIONALS)[0, 0]
    assert again == expected
    found = ratio(made)
    if all(atom.op == "symbol" for atom in found.atoms):
        assert evaluated(found, {node: values[name][0][0] for name, node in symbols(made).items()}) == expected


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("(alpha + 1)^2 - (alpha - 1)^2", "4 alpha"),
        ("beta^(tau + 2)", "beta^2 beta^tau"),
        ("beta^(2 tau)", "(beta^tau)^2"),
        ("sqrt(lam)^3", "lam sqrt(lam)"),
        ("sqrt(lam/eta)^2 eta", "lam"),
        ("1/sqrt(lam)", "sqrt(lam)/lam"),
        ("|alpha - beta|", "|beta - alpha|"),
        ("exp(alpha + beta)", "exp(beta + alpha)"),
        ("x' (2 y)/2", "x' y"),
        ("2 x' A y - x' A y", "x' A y"),
        ("1/(1/alpha - 1/beta)", "alpha beta/(beta - alpha)"),
        ("sqrt(4/9)", "2/3"),
    ],
)
def test_equal_ratios_are_seen(left, right):
    assert same(expr(left), expr(right))


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("beta^(tau + 1)", "beta^tau"),
        ("sqrt(alpha^2)", "alpha"),
        ("|alpha|", "alpha"),
        ("x' y", "y' x + 1"),
        ("x' A y", "y' A x"),
        ("alpha^beta", "beta^alpha"),
        ("(alpha + beta)^(1/3)", "alpha^(1/3) + beta^(1/3)"),
        ("exp(2 alpha)", "2 exp(alpha)"),
    ],
)
def test_different_ratios_are_not_called_equal(left, right):
    assert not same(expr(left), expr(right))


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("-beta/omega + (beta - lam)/(omega - lam xi)", "lam (-beta xi + omega) / (omega (lam xi - omega))"),
        ("2 eta sigma alpha/(2 eta sigma^2)", "alpha / sigma"),
        ("(alpha^2 - beta^2)/(alpha - beta)", "alpha + beta"),
        ("-(lam/2)/3", "-1/6 lam"),
    ],
)
def test_ratios_are_written_tidily(said, shown):
    assert same(expr(shown), expr(said))
    assert len(text(expression(ratio(expr(said))))) <= len(shown)


def test_substituting_puts_ratios_in():
    found = ratio(expr("alpha^2 + beta"))
    alpha = next(atom for atom in found.atoms if text(atom) == "alpha")
    put = substituted(found.over, {alpha: ratio(expr("1/beta"))})
    assert same(expression(put), expr("1/beta^2 + beta"))


def test_what_is_defined_nowhere_or_too_large_is_refused():
    with pytest.raises(ZeroDivisionError):
        ratio(expr("1/(alpha - alpha)"))
    with pytest.raises(TooLarge):
        ratio(expr("(alpha + beta + gamma + delta + 1)^60"))
    with pytest.raises(TooLarge):
        ratio(expr("alpha^10000"))
    assert not same(expr("1/(alpha - alpha)"), expr("1"))
    assert whole(Fraction(1, 2)).constant == Fraction(1, 2)


@pytest.mark.parametrize(
    "said",
    [
        "(alpha + beta + gamma + delta)^40",
        "(alpha + beta)^70/(alpha - beta)^60",
        "(alpha + beta + gamma)^10/(alpha + beta + gamma + 1)^10",
        "(alpha/beta + beta/gamma + gamma/delta + delta/alpha)^12",
        "1/(alpha + 1/(beta + 1/(gamma + 1/(delta + 1/(eta + 1/(lam + 1/sigma))))))",
        "sqrt(alpha + sqrt(beta + sqrt(gamma)))^40",
    ],
)
def test_strangers_cannot_make_it_work_for_long(said):
    begun = time.monotonic()
    with suppress(TooLarge):
        ratio(expr(said))
    assert time.monotonic() - begun < 10.0, "a second without the checks of tests"
