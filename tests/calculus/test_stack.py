from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thalweg.calculus.indices import index_form, plain_form
from thalweg.calculus.nodes import CalculusError
from thalweg.calculus.show import text
from thalweg.calculus.stack import stacked
from trees import CORNERS, SMOOTH, difference, read, tree


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("tr(x x' A)", "x' A x"),
        ("tr(A B)", "tr(A' B')"),
        ("tr(A B C)", "tr(A B C)"),
        ("sum(A .* B)", "tr(A' B)"),
        ("sum(A .* B .* C)", "tr((A .* B)' C)"),
        ("sum((A x) .* (B y) .* (C z))", "y' B' diag(A x) C z"),
        ("diag(A x) B", "diag(A x) B"),
        ("(A .* (x y')) diag(C z)", "diag(x) A diag(y .* (C z))"),
        ("A B x", "A B x"),
        ("(A B)'", "B' A'"),
        ("x y'", "x y'"),
        ("x' y A", "(x' y) A"),
        ("diag(x) y", "x .* y"),
        ("diag(x) A", "diag(x) A"),
        ("A diag(x)", "A diag(x)"),
        ("diag(A) .* x", "diag(A) .* x"),
        ("A .* B", "A .* B"),
        ("x y' .* A", "diag(x) A diag(y)"),
        ("sum(x)", "sum(x)"),
        ("sum(A)", "ones(n)' A ones(n)"),
        ("sum(x .* y .* z)", "x' (y .* z)"),
        ("eye(n)", "I"),
        ("a eye(n)", "a I"),
        ("diag(x)", "diag(x)"),
        ("ones(n, d)", "ones(n) ones(d)'"),
        ("inv(A + lam I_n)", "inv(A + lam I)"),
        ("exp(A x)", "exp(A x)"),
        ("relu(x)", "step(x) .* x"),
        ("1 / ||x||", "1 / sqrt(x' x)"),
        ("D x", "diag(D) .* x"),
        ("n a", "n a"),
    ],
)
def test_products_come_back(typed, shown):
    expr = read(typed)
    found = stacked(index_form(expr), expr.shape)
    assert text(found) == shown
    assert difference(expr, found) < 1e-9


@settings(max_examples=35)
@given(st.integers(0, 10**6), st.sampled_from(["11", "n1", "1d", "nd", "nn"]), st.booleans())
def test_what_comes_back_has_the_same_value(seed, shape, is_open):
    expr = read(tree(Random(seed), shape, 3, SMOOTH + CORNERS))
    form = index_form(expr) if is_open else plain_form(expr)
    try:
        found = stacked(form, expr.shape)
    except CalculusError:
        return
    worst = difference(expr, found, 3, seed)
    assert worst is None or worst < 1e-7
    assert found.shape == expr.shape


CIRCLES = ["sum((A B) .* (B A) .* (A A) .* C)", "sum((A B) .* (C S) .* (B C) .* (P A))"]


@pytest.mark.parametrize("typed", CIRCLES)
def test_matrices_that_meet_in_circles_are_no_product(typed):
    with pytest.raises(CalculusError, match="three matrices share an index: the result is no product of matrices"):
        stacked(index_form(read(typed)), read("a").shape)
