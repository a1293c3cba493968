from fractions import Fraction
from random import Random

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from thalweg.calculus.algebra import (
    coefficient,
    diag,
    factored,
    hadamard,
    inverted,
    is_invertible,
    is_number,
    is_symmetric,
    is_zero,
    minus,
    plus,
    powered,
    split,
    times,
    trace,
    transposed,
    zero,
)
from thalweg.calculus.functions import DERIVATIVES, MAPS, logged, of
from thalweg.calculus.nodes import SCALAR, Expr, Shape, number
from thalweg.calculus.numeric import evaluate
from thalweg.calculus.raw import differentiated, whole_power
from thalweg.calculus.show import text
from thalweg.calculus.sizes import ONE, size_of
from trees import CORNERS, SMOOTH, difference, read, tree

N = size_of("n")


def parts(expr):
    return list(expr.args) if expr.op in ("add", "product") else [expr]


@pytest.mark.parametrize(
    ("typed", "tidy"),
    [
        ("x + x", "2 x"),
        ("x + y + x", "2 x + y"),
        ("x - x", "0"),
        ("x + 2 y + -3 y", "x - y"),
        ("1/2 x + 1/2 x", "x"),
        ("2 + a + 3", "5 + a"),
        ("(x + y) + (x - y)", "2 x"),
        ("x + zeros(n)", "x"),
        ("a - a", "0"),
    ],
)
def test_sums(typed, tidy):
    expr = read(typed)
    assert text(plus(expr.args, expr.shape)) == tidy


@pytest.mark.parametrize(
    ("typed", "tidy"),
    [
        ("2 x 3", "6 x"),
        ("x a 2 b a", "2 a^2 b x"),
        ("A eye(n) B", "A B"),
        ("A inv(A) B", "B"),
        ("inv(A) A", "I"),
        ("Q' Q x", "x"),
        ("Q Q' x", "x"),
        ("Q Q x", "Q Q x"),
        ("Q' R x", "Q' R x"),
        ("A' A x", "A' A x"),
        ("A zeros(n, d)", "0"),
        ("0 x", "0"),
        ("a / a x", "x"),
        ("sqrt(a) sqrt(a) x", "a x"),
        ("A (2 B) x", "2 A B x"),
        ("A (a B) x", "a A B x"),
        ("A (B C) x", "A B C x"),
        ("x x' y", "x x' y"),
        ("x' y x' v", "(x' y) x' v"),
        ("x' y y' x A", "(x' y) (y' x) A"),
        ("diag(x) diag(y)", "diag(x .* y)"),
        ("diag(x) diag(x.^-1)", "I"),
        ("diag(x.^-1) x", "ones(n)"),
        ("diag(x) ones(n)", "x"),
        ("ones(1, n) diag(x)", "x'"),
        ("ones(1, n) diag(x) A", "x' A"),
        ("-1 (x + y)", "-x - y"),
        ("a ones(1, 1)", "a"),
        ("a zeros(1, 1)", "0"),
    ],
)
def test_products(typed, tidy):
    assert text(times(parts(read(typed)))) == tidy


@pytest.mark.parametrize(
    ("typed", "tidy"),
    [
        ("A", "A'"),
        ("A'", "A"),
        ("S", "S"),
        ("D", "D"),
        ("a A B x", "a x' B' A'"),
        ("inv(A)", "inv(A')"),
        ("inv(S)", "inv(S)"),
        ("A + A'", "A + A'"),
        ("A + B'", "(A + B')'"),
        ("X' X", "X' X"),
        ("X' S X", "X' S X"),
        ("X' A X", "X' A' X"),
        ("ones(n, d)", "ones(d, n)"),
        ("x' y", "x' y"),
        ("diag(x)", "diag(x)"),
        ("A^2", "A^2'"),
        ("S^2", "S^2"),
    ],
)
def test_transposes(typed, tidy):
    assert text(transposed(read(typed))) == tidy


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("S", True),
        ("P", True),
        ("A", False),
        ("X", False),
        ("S + A", False),
        ("A + A'", True),
        ("A + A + A'", False),
        ("A + A' + A + A'", True),
        ("2 A + A'", False),
        ("A B + B' A'", True),
        ("A B + B A", False),
        ("S A S", False),
        ("A S A'", True),
        ("A A'", True),
        ("A A", False),
        ("inv(A + A')", True),
        ("S .* A", False),
        ("S .* P", True),
        ("exp(S)", True),
        ("exp(A)", False),
        ("pinv(S)", True),
        ("S^3", True),
        ("Q", False),
        ("A .* A'", False),
        ("a", True),
        ("ones(n, n)", True),
        ("ones(n, d)", False),
    ],
)
def test_what_is_symmetric_by_its_build(typed, answer):
    expr = read(typed)
    assert is_symmetric(expr) is answer
    if answer:
        found = difference(expr, read(f"({typed})'"))
        assert found is None or found < 1e-9


def test_nothing_else_is_called_symmetric():
    """`A .* A'` is symmetric too, but that is for the forms to find: the build does not say it."""
    assert difference(read("A .* A'"), read("(A .* A')'")) == 0


@pytest.mark.parametrize(
    ("typed", "tidy"),
    [("A", "inv(A)"), ("inv(A)", "A"), ("eye(n)", "I"), ("Q", "Q'"), ("a", "1 / a"), ("A B", "inv(A B)")],
)
def test_inverses(typed, tidy):
    assert text(inverted(read(typed))) == tidy


@pytest.mark.parametrize(
    ("base", "power", "tidy"),
    [
        ("a", 1, "a"),
        ("a", 0, "1"),
        ("a^2", 3, "a^6"),
        ("a^(1/2)", 2, "a"),
        ("a^2", Fraction(1, 2), "sqrt(a^2)"),
        ("2", -2, "1/4"),
        ("0", -1, "1 / 0"),
        ("2", 10**9, "2^1000000000"),
        ("a^b", 2, "(a^b)^2"),
    ],
)
def test_powers(base, power, tidy):
    assert text(powered(read(base), power)) == tidy


@pytest.mark.parametrize(
    ("base", "power", "value"),
    [
        (2, 10, 1024),
        (2, -1, Fraction(1, 2)),
        (2, Fraction(1, 2), None),
        (2, 10**9, None),
        (0, 3, 0),
        (0, -1, None),
        (1, 10**30, 1),
        (-1, 10**9, 1),
    ],
)
def test_whole_powers_of_numbers(base, power, value):
    assert whole_power(Fraction(base), Fraction(power)) == value


@pytest.mark.parametrize(
    ("typed", "tidy"),
    [
        ("A x y'", "y' A x"),
        ("x y'", "y' x"),
        ("a A B", "a tr(A B)"),
        ("A + B", "tr(A) + tr(B)"),
        ("eye(n)", "n"),
        ("zeros(n, n)", "0"),
        ("A", "tr(A)"),
    ],
)
def test_traces(typed, tidy):
    assert text(trace(read(typed))) == tidy


@pytest.mark.parametrize(
    ("left", "right", "tidy"),
    [
        ("x", "y", "x .* y"),
        ("2 x", "3 y", "6 (x .* y)"),
        ("ones(n)", "x", "x"),
        ("x", "zeros(n)", "0"),
        ("x", "x.^-1", "ones(n)"),
        ("2 x.^-1", "x", "2 ones(n)"),
        ("a", "b", "a b"),
        ("A", "A.^-1", "ones(n, n)"),
    ],
)
def test_products_entry_by_entry(left, right, tidy):
    assert text(hadamard(read(left), read(right))) == tidy


def test_diagonals_numbers_and_zeros():
    assert text(diag(read("2 x"))) == "2 diag(x)"
    assert text(diag(read("ones(n)"))) == "I"
    assert is_zero(diag(read("zeros(n)")))
    assert is_zero(zero(SCALAR))
    assert zero(Shape(N, ONE)).op == "zeros"
    assert coefficient(read("2 x")) == (2, read("x"))
    assert coefficient(number(3)) == (3, number(1))
    assert is_number(number(3), 3)
    assert not is_number(number(3), 2)
    assert is_invertible(read("Q"))
    assert not is_invertible(read("A"))
    assert text(minus(read("x"), read("x"))) == "0"


@pytest.mark.parametrize(
    ("typed", "scalars", "chain"),
    [
        ("a A x", ["a"], ["A", "x"]),
        ("x' y A", ["x' y"], ["A"]),
        ("A (a (b B)) x", ["a", "b"], ["A", "B", "x"]),
        ("x' y", [], ["x'", "y"]),
    ],
)
def test_scalars_come_out_of_chains(typed, scalars, chain):
    found = split(read(typed).args)
    assert [text(part) for part in found[0]] == scalars
    assert [text(part) for part in found[1]] == chain


@pytest.mark.parametrize(
    ("typed", "tidy"),
    [
        ("x' A + x' A'", "x' (A + A')"),
        ("x' A' + x' A", "x' (A + A')"),
        ("A x + B x", "(A + B) x"),
        ("A x + A y", "A (x + y)"),
        ("A x + x", "A x + x"),
        ("2 A x + 3 A y", "A (2 x + 3 y)"),
        ("A B x + A B y", "A B (x + y)"),
        ("A x", "A x"),
    ],
)
def test_what_is_common_is_written_once(typed, tidy):
    assert text(factored(read(typed))) == tidy


def rebuilt(expr: Expr) -> Expr:
    """A tree put together once more by the tidy constructors."""
    args = tuple(rebuilt(arg) for arg in expr.args)
    if expr.op == "add":
        return factored(plus(args, expr.shape))
    if expr.op == "power" and args[0].is_scalar and args[1].op == "number":
        return powered(args[0], args[1].value)
    makers = {"product": times, "transpose": lambda a: transposed(*a), "hadamard": lambda a: hadamard(*a)}
    makers |= {"diag": lambda a: diag(*a), "trace": lambda a: trace(*a), "inverse": lambda a: inverted(*a)}
    return makers[expr.op](args) if expr.op in makers else expr.with_args(args)


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.sampled_from(["11", "n1", "1d", "nd", "nn"]))
def test_tidy_trees_have_the_same_value_and_stay_as_they_are(seed, shape):
    expr = read(tree(Random(seed), shape, 3, SMOOTH + CORNERS))
    tidy = rebuilt(expr)
    assert tidy.shape == expr.shape
    found = difference(expr, tidy, 3, seed)
    assert found is None or found < 1e-8
    again = difference(tidy, rebuilt(tidy), 2, seed)
    assert again is None or again < 1e-8


@pytest.mark.parametrize("name", MAPS)
def test_functions_have_derivatives(name):
    derivative = DERIVATIVES[name](read("a"))
    step = 1e-6  # a difference of second order has about ten digits
    for value in (0.3, 1.7):
        ahead, behind, here = ({"a": [[value + s]]} for s in (step, -step, 0.0))
        of_name = of(name, read("a"))
        f = [evaluate(of_name, {"a": torch.tensor(at["a"])}, {}).item() for at in (ahead, behind)]
        found = evaluate(derivative, {"a": torch.tensor(here["a"])}, {}).item()
        assert (f[0] - f[1]) / (2 * step) == pytest.approx(found, abs=1e-8)


@pytest.mark.parametrize("name", MAPS)
def test_derivatives_of_vectors_are_those_of_their_entries(name):
    of_vector = DERIVATIVES[name](read("a ones(n)"))
    assert (
        difference(of_vector, Expr("product", (DERIVATIVES[name](read("a")), read("ones(n)")), Shape(N, ONE))) < 1e-12
    )


def test_what_something_is_the_logarithm_of():
    assert logged(read("log(a b)")) == read("a b")
    assert logged(read("logdet(A)")) == read("det(A)")
    assert logged(read("logsumexp(x)")) == read("sum(exp(x))")
    assert logged(read("2 log(a)")) is None


@pytest.mark.parametrize(
    ("f", "x", "shape"),
    [
        ("x' x", "a", SCALAR),
        ("A x", "x", Shape(N, N)),
        ("x' A", "x", Shape(N, N)),
        ("a", "x", Shape(ONE, N)),
        ("X", "a", Shape(N, size_of("d"))),
        ("a", "X", Shape(size_of("d"), N)),
        ("x", "X", None),
        ("X", "x", None),
    ],
)
def test_the_shape_of_a_derivative(f, x, shape):
    asked = differentiated(read(f), read(x))
    assert (asked and asked.shape) == shape
