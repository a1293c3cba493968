from fractions import Fraction

import pytest
import torch

from thalweg.calculus.confirm import TOLERANCE, confirm
from thalweg.calculus.differentials import derivative
from thalweg.calculus.nodes import CalculusError, Expr, number, symbol
from thalweg.calculus.numeric import evaluate
from trees import cases, read


@pytest.mark.parametrize(
    ("f", "x", "right"),
    [
        ("x' A x", "x", "x' (A + A')"),
        ("||X w - y||^2", "w", "2 (X w - y)' X"),
        ("X w", "w", "X"),
        ("w' X'", "w", "X"),
        ("a^2 X", "a", "2 a X"),
        ("logdet(P)", "P", "inv(P)"),
        ("tr(S A)", "S", "A"),
        ("x' D x", "D", "x x'"),
        ("tr(Q' A Q)", "Q", "Q' (A + A')"),
        ("sqrt(lam)", "lam", "1 / (2 sqrt(lam))"),
        ("lam^n", "lam", "n lam^(n - 1)"),
        ("sum(log(x))", "x", "(x.^-1)'"),
        ("y' y", "x", "0 x'"),
    ],
)
def test_what_is_right_is_confirmed(f, x, right):
    found = confirm(read(f), read(x), read(right))
    assert found.agrees
    assert found.cases == 3
    assert found.error <= TOLERANCE


WRONG = [
    ("x' A x", "x", "2 x' A"),
    ("x' A x", "x", "x' (A - A')"),
    ("||X w - y||^2", "w", "(X w - y)' X"),
    ("||X w - y||^2", "w", "2 (X w + y)' X"),
    ("X w", "w", "2 X"),
    ("tr(A B)", "A", "B'"),
    ("logdet(A)", "A", "inv(A)'"),
    ("det(A)", "A", "inv(A)"),
    ("exp(x)", "x", "diag(x)"),
    ("softmax(x)", "x", "diag(softmax(x))"),
    ("a^3", "a", "3 a"),
    ("||x||", "x", "x'"),
    ("a", "a", "1 + a / 10^7"),
]


@pytest.mark.parametrize(("f", "x", "wrong"), WRONG)
def test_what_is_wrong_is_not(f, x, wrong):
    found = confirm(read(f), read(x), read(wrong))
    assert not found.agrees
    assert found.error > TOLERANCE


@pytest.mark.parametrize(("f", "x"), [(f, x) for f, x, _ in WRONG])
def test_a_derivative_that_is_off_by_little_is_not_confirmed(f, x):
    right = derivative(read(f), read(x))
    assert confirm(read(f), read(x), right).agrees
    off = Expr("product", (number(1 + Fraction(1, 10**6)), right), right.shape)
    assert not confirm(read(f), read(x), off).agrees


def test_the_worst_case_counts(monkeypatch):
    errors = iter([0.0, None, 0.5, 0.0])
    monkeypatch.setattr("thalweg.calculus.confirm._error", lambda *_: next(errors))
    found = confirm(read("x' x"), read("x"), read("2 x'"))
    assert (found.error, found.cases) == (0.5, 3)


def test_other_seeds_are_other_cases():
    f, x, right = read("||X w - y||^2"), read("w"), read("2 (X w - y)' X")
    found = [confirm(f, x, right, seed) for seed in range(5)]
    assert all(each.agrees for each in found)
    assert len({tuple(each.sizes.items()) for each in found}) > 1
    assert confirm(f, x, right, 3) == found[3]


def test_sizes_differ_so_that_a_transpose_cannot_pass():
    sizes = [confirm(read("X w"), read("w"), read("X"), seed).sizes for seed in range(8)]
    assert any(each["n"] != each["d"] for each in sizes)


def test_a_symmetric_name_has_symmetric_values_and_independent_entries():
    assert confirm(read("x' S x"), read("S"), read("x x'")).agrees
    assert confirm(read("tr(S A)"), read("S"), read("A")).agrees
    assert confirm(read("tr(S A S)"), read("S"), read("A S + S A")).agrees
    plain = symbol("A", read("A").shape)
    assert not confirm(read("tr(A B A)"), plain, read("B' A' + A' B'")).agrees


@pytest.mark.parametrize(("f", "x"), [("log(-1 - a^2)", "a"), ("sqrt(-1 - x' x)", "x"), ("log(-x' x)", "x")])
def test_confirm_refuses_where_nothing_has_a_value(f, x):
    with pytest.raises(CalculusError, match="no random case was found in 60"):
        confirm(read(f), read(x), read("0 a") if x == "a" else read(f"0 {x}'"))


def test_the_derivative_is_compared_with_autograd_itself(monkeypatch):
    """Autograd of another function would not agree: the reference is not the tree's own answer."""
    f, x = read("x' A x"), read("x")
    sizes, values = next(iter(cases(2, 1)))
    point = values["x"].clone().requires_grad_()
    (gradient,) = torch.autograd.grad(evaluate(f, {**values, "x": point}, sizes).sum(), point)
    torch.testing.assert_close(gradient.mT, evaluate(derivative(f, x), values, sizes))
    monkeypatch.setattr("thalweg.calculus.confirm.evaluate", lambda e, v, s: evaluate(e, v, s) * (2 if e == f else 1))
    assert not confirm(f, x, derivative(f, x)).agrees
