"""The index engine: its derivative of a form has the values of finite differences of the form's own values."""

from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thalweg.calculus.entries import entry
from thalweg.calculus.forms import COLUMN, Form
from thalweg.calculus.index_derivatives import arranged, index_derivative
from thalweg.calculus.indices import index_form, plain_form
from thalweg.calculus.nodes import CalculusError, Expr, substituted, symbol, symbols
from trees import SMOOTH, cases, form_value, read, tree


def found(text: str, name: str) -> tuple[Form, Expr, Expr]:
    f, x = read(text), read(name)
    return arranged(index_derivative(index_form(f), x), f, x), f, x


def differences(form: Form, f: Expr, x: Expr, values, sizes) -> np.ndarray:
    """The derivative by differences of second order, arranged in the row convention."""
    shape = (f.shape.rows.at(sizes), f.shape.columns.at(sizes))
    point, step = values[x.value.name], 1e-5

    def moved(i, j, by):
        shifted = point.clone()
        shifted[i, j] += by
        return form_value(form, shape, {**values, x.value.name: shifted}, sizes)

    slopes = [
        [(moved(i, j, step) - moved(i, j, -step)) / (2 * step) for j in range(point.shape[1])]
        for i in range(len(point))
    ]
    if x.is_scalar:
        return slopes[0][0]
    if f.is_scalar:
        return np.array([[slopes[i][j].item() for i in range(len(point))] for j in range(point.shape[1])])
    return np.array([slopes[i][0].flatten() for i in range(len(point))]).T


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("x' A x", "x"),
        ("x' A x", "A"),
        ("x' A", "x"),
        ("A x", "x"),
        ("A x", "a"),
        ("a^2 X", "a"),
        ("||X w - y||^2", "w"),
        ("||X w - y||^2", "X"),
        ("x' inv(A + A' A) y", "A"),
        ("tr(inv(A + 9 eye(n)) B)", "A"),
        ("det(A)", "A"),
        ("log(det(P + A A'))", "A"),
        ("det(A + x x')", "x"),
        ("exp(A x)", "x"),
        ("sin(x') A", "x"),
        ("sum(tanh(X w))", "X"),
        ("sum(log(ones(n) + x .* x))", "x"),
        ("logsumexp(A x)", "x"),
        ("softmax(x)", "x"),
        ("(x .* x + ones(n)).^(-1/2)", "x"),
        ("1 / (1 + x' x)", "x"),
        ("sqrt(1 + ||X||_F^2)", "X"),
        ("(1 + a^2)^b", "a"),
        ("(1 + a^2)^b", "b"),
        ("lam^n", "lam"),
        ("sum(diag(x) A diag(x))", "x"),
        ("tr(X' A X)", "X"),
        ("sum(exp(A) .* B)", "A"),
        ("sum(exp(A') .* B)", "A"),
        ("sum(softplus(x y'))", "x"),
        ("sum(sigmoid(x' A))", "x"),
        ("sum(tan(x / 9))", "x"),
        ("sum(relu(A x))", "x"),
        ("|a b|", "a"),
        ("smax(B) x' x", "x"),
    ],
)
def test_a_derivative_is_that_of_finite_differences(text, name):
    derivative, f, x = found(text, name)
    for sizes, values in cases(2, 3):
        expected = differences(index_form(f), f, x, values, sizes)
        value = form_value(derivative, expected.shape, values, sizes)
        # differences of second order with steps of 1e-5 keep about nine digits
        np.testing.assert_allclose(value, expected, rtol=1e-5, atol=1e-6 * max(1.0, np.abs(expected).max()))


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.sampled_from(["11", "11", "n1", "1d"]))
def test_random_trees_too(seed, shape):
    draw = Random(seed)
    f = read(tree(draw, shape, 2, SMOOTH))
    x = draw.choice([*symbols(f).values(), read("a")])
    if not x.is_scalar and not f.is_scalar and not x.shape.is_column:
        return
    x_plain = symbol(x.value.name, x.shape)  # without traits: its entries are independent
    f = substituted(f, {x: x_plain})
    form = index_form(f)
    derivative = arranged(index_derivative(form, x_plain), f, x_plain)
    for sizes, values in cases(seed, 2):
        expected = differences(form, f, x, values, sizes)
        value = form_value(derivative, expected.shape, values, sizes)
        scale = max(1.0, np.abs(expected).max(initial=0.0))
        if np.isfinite(expected).all() and scale < 1e4:
            np.testing.assert_allclose(value, expected, rtol=1e-4, atol=1e-5 * scale)


def test_what_does_not_hold_the_name_has_derivative_zero():
    for text in ("y' B y", "smax(B)", "rank(X)", "B[1,2]", "emax(S)", "||B||_2", "B^k y"):
        f = read(text)
        if f.is_scalar:
            assert index_derivative(index_form(f), read("x")).is_zero


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        ("smax(A)", "A", "there is no rule for the derivative of smax"),
        ("A[1,2]", "A", "there is no rule for the derivative of entry"),
        ("x' pinv(A) x", "A", "there is no rule for the derivative of the entries of a pinv"),
        ("sum(A^k x)", "A", "there is no rule for the derivative of the entries of a matrix power"),
    ],
)
def test_index_derivative_refuses(text, name, message):
    with pytest.raises(CalculusError, match=message):
        index_derivative(plain_form(read(text)), read(name))


# As people write entries


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("x' A x", "Σ_ij A_ij x_i x_j"),
        ("A x", "Σ_j A_ij x_j"),
        ("A'", "A_ji"),
        ("x' x", "Σ_i x_i^2"),
        ("2 x' y - 3", "2 Σ_i x_i y_i - 3"),
        ("-x", "-x_i"),
        ("1/2 x", "(1/2) x_i"),
        ("x / a", "x_i / a"),
        ("x / (a b)", "x_i / (a b)"),
        ("||x||", "sqrt(Σ_i x_i^2)"),
        ("x / ||x||^3", "x_i / (Σ_j x_j^2)^(3/2)"),
        ("eye(n)", "δ_ij"),
        ("inv(A) x", "Σ_j inv(A)_ij x_j"),
        ("exp(A x)", "exp(Σ_j A_ij x_j)"),
        ("relu(x)", "relu(x_i)"),
        ("x.^-1", "(x_i)^-1"),
        ("tr(A B)", "Σ_ij A_ij B_ji"),
        ("x - x", "0"),
        ("n a", "n a"),
        ("exp(x')", "exp(x_j)"),
    ],
)
def test_entries_are_written_as_people_write_them(text, shown):
    assert entry(plain_form(read(text))) == shown


def test_entries_in_latex():
    assert entry(plain_form(read("x' A x")), True) == r"\sum_{i,j} A_{ij} x_{i} x_{j}"
    assert entry(plain_form(read("x / a")), True) == r"\frac{x_{i}}{a}"
    assert entry(plain_form(read("inv(A)")), True) == r"\left(A\right)^{-1}_{ij}"
    assert entry(plain_form(read("1/2 ||x||")), True) == r"\frac{1}{2} \sqrt{(\sum_{i} x_{i}^{2})}"
    assert entry(plain_form(read("exp(x)")), True) == r"\operatorname{exp}\left(x_{i}\right)"


def test_a_derivative_by_a_name_of_other_letters():
    derivative, _, _ = found("x' y", "x")
    assert entry(derivative) == "y_j"
    assert entry(derivative, free={COLUMN: "s"}) == "y_s"
