from random import Random

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from thalweg.calculus.confirm import confirm
from thalweg.calculus.differentials import derivative, differential
from thalweg.calculus.nodes import CalculusError, Expr, number, substituted, symbol, symbols
from thalweg.calculus.numeric import evaluate
from thalweg.calculus.pulling import pulled, stripped
from thalweg.calculus.show import text
from trees import CORNERS, SMOOTH, cases, difference, read, tree

DIFFERENTIALS = [
    ("x' A x", "x", "dx' A x + x' A dx"),
    ("inv(A)", "A", "-inv(A) dA inv(A)"),
    ("A^2", "A", "dA A + A dA"),
    ("A^3", "A", "dA A A + A dA A + A A dA"),
    ("tr(A B)", "A", "tr(dA B)"),
    ("det(A)", "A", "det(A) tr(inv(A) dA)"),
    ("logdet(A)", "A", "tr(inv(A) dA)"),
    ("||x||^2", "x", "2 (x' dx)"),
    ("||A||_F", "A", "tr(A' dA) / ||A||_F"),
    ("exp(x)", "x", "exp(x) .* dx"),
    ("x .* y", "x", "dx .* y"),
    ("softmax(x)", "x", "softmax(x) .* dx - (softmax(x)' dx) softmax(x)"),
    ("logsumexp(x)", "x", "softmax(x)' dx"),
    ("diag(x)", "x", "diag(dx)"),
    ("diag(A)", "A", "diag(dA)"),
    ("A'", "A", "dA'"),
    ("a^3", "a", "3 a^2 da"),
    ("a^b", "b", "a^b log(a) db"),
    ("max(x, y)", "x", "where(x > y, ones(n), 0) .* dx"),
    ("where(a > 0, x, y)", "y", "where(a > 0, 0, ones(n)) .* dy"),
    ("x", "y", "0"),
    ("y' y", "x", "0"),
]


@pytest.mark.parametrize(("f", "x", "expected"), DIFFERENTIALS)
def test_differentials(f, x, expected):
    f, x = read(f), read(x)
    change = symbol(f"d{x.value.name}", x.shape)
    assert text(differential(f, x, change)) == expected


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.sampled_from(["11", "n1", "1d", "nd", "nn"]))
def test_a_differential_is_the_change_to_first_order(seed, shape):
    draw = Random(seed)
    f = read(tree(draw, shape, 3, SMOOTH))
    x = draw.choice([*symbols(f).values(), read("a")])
    plain, change = symbol(x.value.name, x.shape), symbol("change", x.shape)
    try:
        found = differential(substituted(f, {x: plain}), plain, change)
    except CalculusError:
        return
    assert found.shape == f.shape
    for sizes, values in cases(seed, 2):
        values["change"] = torch.randn(*values[x.value.name].shape)
        (value,) = (evaluate(found, values, sizes),)

        def at(point, values=values, sizes=sizes):
            return evaluate(f, {**values, x.value.name: point}, sizes)

        _, expected = torch.autograd.functional.jvp(at, values[x.value.name], values["change"])
        scale = float(expected.abs().max())
        if expected.isfinite().all() and value.isfinite().all() and scale < 1e6:
            torch.testing.assert_close(value, expected, rtol=1e-7, atol=1e-7 * max(1.0, scale))


DERIVATIVES = [
    ("A x", "x", "A"),
    ("x' A", "x", "A'"),
    ("x' A x", "x", "x' (A + A')"),
    ("||X w - y||^2", "w", "2 (X w - y)' X"),
    ("tr(X' A X)", "X", "X' (A + A')"),
    ("exp(x)", "x", "diag(exp(x))"),
    ("exp(x')", "x", "diag(exp(x')')"),
    ("x .* y", "x", "diag(y)"),
    ("x' .* y'", "x", "diag(y)"),
    ("relu(A x)", "x", "diag(step(A x)) A"),
    ("diag(x) y", "x", "diag(y)"),
    ("sum(X)", "X", "ones(d, n)"),
    ("(x' y) x", "x", "x y' + (x' y) I"),
    ("[x; A x]", "x", "[I; A]"),
    ("a X", "a", "X"),
    ("x", "x", "I"),
    ("y", "x", "0"),
    ("a", "a", "1"),
    ("-x' x", "x", "-2 x'"),
]


@pytest.mark.parametrize(("f", "x", "expected"), DERIVATIVES)
def test_derivatives_keep_the_structure_of_what_is_differentiated(f, x, expected):
    f, x = read(f), read(x)
    found = derivative(f, x)
    assert text(found) == expected
    assert confirm(f, x, found).agrees


@settings(max_examples=35)
@given(st.integers(0, 10**6), st.sampled_from(["11", "11", "11", "n1", "1d"]), st.booleans())
def test_random_derivatives_are_those_of_autograd(seed, shape, has_corners):
    draw = Random(seed)
    f = read(tree(draw, shape, draw.choice((3, 3, 4)), SMOOTH + CORNERS * has_corners))
    names = [node for node in symbols(f).values() if f.is_scalar or node.shape.is_column]
    if not names:
        return
    x = draw.choice(names)
    plain = symbol(x.value.name, x.shape)
    try:
        found = derivative(substituted(f, {x: plain}), plain)
        confirmation = confirm(f, x, found)
    except CalculusError as problem:
        if "no random case" in problem.message or "could not be written" in problem.message:
            return
        raise
    assert confirmation.error < 1e-7  # trees of depth 4 lose a digit


@pytest.mark.parametrize(
    ("f", "x", "message"),
    [
        ("smax(A)", "A", "there is no rule for the derivative of smax"),
        ("sum(pinv(A))", "A", "there is no rule for the derivative of pinv"),
        ("||A||_2", "A", "the spectral norm has no derivative that these rules know; \\|\\|A\\|\\|_F has one"),
        ("sum(A^9)", "A", "need a whole exponent from 1 to 8 of a matrix that is differentiated"),
        ("sum(A^k)", "A", "need a whole exponent from 1 to 8"),
        ("X", "x", "a derivative of shape \\(n x d\\) by \\(n x 1\\) has more than two indices"),
        ("x", "X", "a derivative of shape \\(n x 1\\) by \\(n x d\\) has more than two indices"),
        ("rank(A)", "A", "there is no rule for the derivative of rank"),
    ],
)
def test_derivative_refuses(f, x, message):
    f, x = read(f), read(x)
    if not any(node == x for node in f.walk()):
        f = Expr("add", (f, f), f.shape)
    with pytest.raises(CalculusError, match=message):
        derivative(f, x)


# What stands at a change


@pytest.mark.parametrize(
    ("f", "g", "expected"),
    [
        ("y' v", "1", "y'"),
        ("A v", "x'", "x' A"),
        ("v' A", "x", "(A x)'"),
        ("diag(v)", "A", "diag(A)'"),
        ("diag(v)", "x y'", "y' diag(x)"),
        ("sum(v)", "1", "ones(1, n)"),
        ("v .* y", "x'", "x' diag(y)"),
        ("tr(v y')", "1", "y'"),
        ("v + A v", "x'", "x' + x' A"),
    ],
)
def test_pulled(f, g, expected):
    change = read("v")
    found = pulled(read(f), change, read(g))
    assert difference(found, read(expected)) < 1e-12
    whole = (
        Expr("product", (read(g), read(f)), read("a").shape) if read(g).shape.columns == read(f).shape.rows else None
    )
    if whole is not None and read(g).is_scalar:
        at_change = Expr("product", (found, change), whole.shape)
        assert difference(whole, at_change) < 1e-9


def test_nothing_is_pulled_out_of_what_does_not_hold_the_change():
    assert text(pulled(read("y' x"), read("v"), number(1))) == "0"
    with pytest.raises(CalculusError, match="there is no rule for a change inside map"):
        pulled(read("exp(v)"), read("v"), read("x'"))


@pytest.mark.parametrize(
    ("term", "expected"),
    [("y' A", "A"), ("2 y'", "2 I"), ("y'", "I"), ("a y' A B", "a A B"), ("(y' x) v'", "x v'"), ("(x' y) v'", "x v'")],
)
def test_stripped(term, expected):
    assert text(stripped(read(term), read("y'"), read("A").shape)) == expected


def test_stripped_refuses():
    with pytest.raises(CalculusError, match="could not be written as a matrix; ask for an entry of it"):
        stripped(read("x' diag(y) A"), read("y'"), read("A").shape)
