"""Expectations against Gauss-Hermite quadrature, which is exact for polynomials, and against known moments."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from thalweg.calculus.expectations import MOST_RANDOM, expectation
from thalweg.calculus.indices import same
from thalweg.calculus.nodes import CalculusError, Expr, Shape, substituted, symbol
from thalweg.calculus.numeric import evaluate
from thalweg.calculus.show import text
from trees import given_values, read


def quadrature(f, point, mean, root, degree=3):
    """E f(mean + root z) for z of independent standard Gaussians, exact for polynomials up to degree 2 * degree - 1."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(degree)
    weights = weights / weights.sum()
    total = 0.0
    for chosen in itertools.product(range(degree), repeat=mean.numel()):
        z = torch.tensor([nodes[i] for i in chosen])
        weight = float(np.prod([weights[i] for i in chosen]))
        total = total + weight * f((mean.flatten() + root @ z).reshape(point))
    return total


def of(text_, name):
    """An expression and its expectation in which a name is Gaussian with mean m and covariance C (or variance lam)."""
    expr, node = read(text_), read(name)
    mean = symbol("m", node.shape)
    covariance = symbol("K", Shape(node.shape.rows, node.shape.rows), frozenset({"psd"}))
    covariance = read("lam") if node.is_scalar or not node.shape.is_column else covariance
    return expr, node, mean, covariance


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("x", "x"),
        ("x x'", "x"),
        ("x' A x", "x"),
        ("(x' A x)^2", "x"),
        ("(x' y)^3 x", "x"),
        ("||A x - y||^2", "x"),
        ("x x' A x x'", "x"),
        ("(x .* x) .* x", "x"),
        ("sum(x.^4)", "x"),
        ("diag(x) A x", "x"),
        ("a", "a"),
        ("(a - b)^4", "a"),
        ("a^2 x + a x", "a"),
        ("||A x - y||^2", "A"),
        ("A B A", "A"),
        ("tr(A' B A)", "A"),
        ("A'", "A"),
    ],
)
def test_moments_are_those_of_quadrature(written, name):
    f, node, mean, covariance = of(written, name)
    found = expectation(f, {node: (mean, covariance)})
    draw = torch.Generator().manual_seed(3)
    sizes = {"n": 2, "d": 2, "k": 2}
    values = given_values(sizes, draw)
    point = values[name]
    values["m"] = torch.randn(point.shape, generator=draw)
    if covariance.is_scalar:
        root = values["lam"].sqrt().item() * torch.eye(point.numel())
    else:
        root = torch.randn(len(point), len(point), generator=draw)
        values["K"] = root @ root.mT
    expected = quadrature(lambda at: evaluate(f, {**values, name: at}, sizes), point.shape, values["m"], root)
    torch.testing.assert_close(evaluate(found, values, sizes), expected)


@pytest.mark.parametrize(
    ("written", "name", "covariance", "expected"),
    [
        ("||X w - y||^2", "X", "a^2", "n a^2 w' w + y' y"),
        ("||(Y + X) w - x||^2", "X", "a^2", "||Y w - x||^2 + n a^2 w' w"),
        ("X' X", "X", "1", "n eye(d)"),
        ("X X'", "X", "1", "d eye(n)"),
        ("x' A x", "x", "S", "tr(A S)"),
        ("x x'", "x", "S", "S"),
        ("a^2", "a", "b", "b"),
        ("a^4", "a", "b", "3 b^2"),
        ("a^6", "a", "b", "15 b^3"),
        ("a^8", "a", "b", "105 b^4"),
        ("a^3", "a", "b", "0"),
        ("(x' y)^4", "x", "S", "3 (y' S y)^2"),
        ("(x' x)^2", "x", "S", "tr(S)^2 + 2 tr(S S)"),
        ("x' A x x' B x", "x", "S", "tr(A S) tr(B S) + tr(A S B S) + tr(A S B' S)"),
        ("A", "A", "1", "zeros(n, n)"),
        ("x' x", "y", "S", "x' x"),
    ],
)
def test_known_moments_of_centred_gaussians(written, name, covariance, expected):
    """Isserlis (1918); Magnus and Neudecker, ch. 12: moments of quadratic forms."""
    node = read(name)
    mean = Expr("zeros", (), node.shape) if not node.is_scalar else read("0 a")
    found = expectation(read(written), {node: (mean, read(covariance))})
    assert same(found, read(expected))


def test_different_names_are_independent():
    zeros = Expr("zeros", (), read("x").shape)
    randoms = {read("x"): (zeros, read("S")), read("y"): (zeros, read("P"))}
    assert same(expectation(read("x y'"), randoms), read("zeros(n, n)"))
    assert same(expectation(read("(x' y)^2"), randoms), read("tr(S P)"))
    assert same(expectation(read("x x' y y'"), randoms), read("S P"))


def test_the_noisy_inputs_of_the_homework_are_ridge():
    """Homework 1, question 4: E ||(X + N) w - y||^2 = ||X w - y||^2 + n sigma^2 ||w||^2."""
    N = symbol("N", read("X").shape)
    noisy = Expr("add", (read("X"), N), N.shape)
    loss = read("||Y w - x||^2")
    found = expectation(substituted(loss, {read("Y"): noisy}), {N: (Expr("zeros", (), N.shape), read("a^2"))})
    assert same(found, read("||X w - x||^2 + n a^2 ||w||^2"))
    assert "a^2" in text(found)


@settings(max_examples=20)
@given(st.lists(st.sampled_from(["x' A x", "x' y", "x' x", "a"]), min_size=1, max_size=3), st.integers(0, 99))
def test_products_of_any_kind(parts, seed):
    written = " ".join(f"({part})" for part in parts)
    f, node, mean, covariance = of(written, "x")
    found = expectation(f, {node: (mean, covariance)})
    sizes = {"n": 1, "d": 1, "k": 1}
    draw = torch.Generator().manual_seed(seed)
    values = given_values(sizes, draw)
    values["m"], root = torch.randn(1, 1, generator=draw), torch.randn(1, 1, generator=draw)
    values["K"] = root @ root.mT
    expected = quadrature(lambda at: evaluate(f, {**values, "x": at}, sizes), (1, 1), values["m"], root, 4)
    torch.testing.assert_close(evaluate(found, values, sizes), expected)


@pytest.mark.parametrize(
    ("written", "name", "message"),
    [
        ("exp(a)", "a", "E\\[...\\] needs a polynomial in the random names; one stands inside exp"),
        ("1 / (1 + a^2)", "a", "one stands inside group"),
        ("1 / a", "a", "E\\[...\\] needs a polynomial in a, got its power -1"),
        ("sqrt(x' x)", "x", "one stands inside group"),
        ("relu(x)", "x", "one stands inside step"),
        ("inv(A)", "A", "one stands inside inverse"),
        ("logdet(A)", "A", "one stands inside log"),
        ("a^9", "a", f"at most {MOST_RANDOM} random factors in a product, got 9"),
        ("smax(A)", "A", "one stands inside"),
    ],
)
def test_expectation_refuses(written, name, message):
    node = read(name)
    zero = Expr("zeros", (), node.shape) if not node.is_scalar else read("0 a")
    with pytest.raises(CalculusError, match=message):
        expectation(read(written), {node: (zero, read("b"))})


def test_a_covariance_must_fit():
    with pytest.raises(CalculusError, match="a covariance needs a matrix of the vector's size"):
        expectation(read("x' x"), {read("x"): (read("y"), read("G"))})
    with pytest.raises(CalculusError, match="a covariance needs a matrix"):
        expectation(read("tr(A A)"), {read("A"): (read("B"), read("S"))})
