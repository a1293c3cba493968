"""The story of a derivative, line by line, for the questions of the homework, and what is refused."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thalweg.calculus import derive as deriving
from thalweg.calculus.derive import derive
from thalweg.calculus.indices import same
from thalweg.calculus.meaning import Scope, understand
from thalweg.calculus.nodes import CalculusError, number, symbols
from thalweg.calculus.show import text
from trees import CORNERS, SMOOTH, read, tree


def story(written: str, name: str, traits=()) -> list[str]:
    scope = Scope(is_open=True, traits={each: frozenset({trait}) for each, trait in traits})
    f = understand(written, scope).expr
    return [f"{step.title}: {step.text}" for step in derive(f, scope.names[name]).steps]


HOMEWORK = {  # EECS 182, Homework 0, question 3, (a) to (e)
    ("x' c", "x", ()): [
        "shape: f is a scalar and x a column with n entries: a row, 1 x n, with entry k = ∂f/∂x_k",
        "f: Σ_i c_i x_i",
        "an arbitrary entry: ∂f/∂x_k = c_k",
        "stacked: c'",
        "simplified: c'",
    ],
    ("||x||^2", "x", ()): [
        "shape: f is a scalar and x a column with n entries: a row, 1 x n, with entry k = ∂f/∂x_k",
        "f: Σ_i x_i^2",
        "an arbitrary entry: ∂f/∂x_k = 2 x_k",
        "stacked: 2 x'",
        "simplified: 2 x'",
    ],
    ("A x", "x", ()): [
        "shape: f is a column with n entries and x a column with m entries: a matrix, n x m, with entry (i, k) = ∂f_i/∂x_k",
        "f_i: Σ_j A_ij x_j",
        "an arbitrary entry: ∂f_i/∂x_k = A_ik",
        "stacked: A",
        "simplified: A",
    ],
    ("x' A x", "x", ()): [
        "shape: f is a scalar and x a column with n entries: a row, 1 x n, with entry k = ∂f/∂x_k",
        "f: Σ_ij A_ij x_i x_j",
        "an arbitrary entry: ∂f/∂x_k = Σ_i A_ki x_i + Σ_i A_ik x_i",
        "stacked: x' A' + x' A",
        "simplified: x' (A + A')",
    ],
    ("x' A x", "x", (("A", "symmetric"),)): [
        "shape: f is a scalar and x a column with n entries: a row, 1 x n, with entry k = ∂f/∂x_k",
        "f: Σ_ij A_ij x_i x_j",
        "an arbitrary entry: ∂f/∂x_k = 2 Σ_i A_ki x_i",
        "stacked: 2 x' A",
        "simplified: 2 x' A",
    ],
}


@pytest.mark.parametrize("question", HOMEWORK, ids=str)
def test_the_questions_of_the_homework_are_told_as_its_solution_tells_them(question):
    assert story(*question) == HOMEWORK[question]


@pytest.mark.parametrize(
    ("written", "name", "lines"),
    [
        (
            "det(A)",
            "A",
            [
                "shape: f is a scalar and A a matrix of n x n: a matrix, n x n, with entry (l, k) = ∂f/∂A_kl, "
                "so that df = tr(D dA)",
                "f: det(A)",
                "an arbitrary entry: ∂f/∂A_kl = det(A) inv(A)_lk",
                "stacked: det(A) inv(A)",
                "simplified: det(A) inv(A)",
            ],
        ),
        (
            "lam w",
            "lam",
            [
                "shape: f is a column with n entries and lam a scalar: a column with n entries again, "
                "entry by entry the rate of change with lam",
                "f_i: lam w_i",
                "an arbitrary entry: ∂f_i/∂lam = w_i",
                "stacked: w",
                "simplified: w",
            ],
        ),
        (
            "A x",
            "A",
            [
                "shape: f is a column with n entries and A a matrix of n x m: 3 indices, so no matrix; "
                "here are one entry and the differential",
                "f_i: Σ_j A_ij x_j",
                "an arbitrary entry: ∂f_i/∂A_kl = δ_ik x_l",
                "differential: df = dA x",
            ],
        ),
        (
            "inv(A)",
            "A",
            [
                "shape: f is a matrix of n x n and A a matrix of n x n: 4 indices, so no matrix; "
                "here are one entry and the differential",
                "f_ij: inv(A)_ij",
                "an arbitrary entry: ∂f_ij/∂A_kl = -inv(A)_lj inv(A)_ik",
                "differential: df = -inv(A) dA inv(A)",
            ],
        ),
    ],
)
def test_other_stories(written, name, lines):
    assert story(written, name) == lines


def test_a_row_is_differentiated_as_the_column_of_its_entries():
    scope = Scope(is_open=True)
    found = derive(understand("x' A", scope).expr, scope.names["x"])
    assert text(found.result) == "A'"


def test_latex_stands_beside_the_text():
    scope = Scope(is_open=True)
    steps = derive(understand("x' A x", scope).expr, scope.names["x"]).steps
    assert [step.latex for step in steps] == [
        "",
        r"\sum_{i,j} A_{ij} x_{i} x_{j}",
        r"\frac{\partial f}{\partial x_{k}} = \sum_{i} A_{ki} x_{i} + \sum_{i} A_{ik} x_{i}",
        r"x^\top A^\top + x^\top A",
        r"x^\top \left(A + A^\top\right)",
    ]


@pytest.mark.parametrize(
    ("written", "name", "first", "second"),
    [
        ("x' A x", "x", "x' (A + A')", "A + A'"),
        ("||X w - y||^2", "w", "2 (X w - y)' X", "2 X' X"),
        ("a^3", "a", "3 a^2", "6 a"),
        ("sum(exp(x))", "x", "exp(x)'", "diag(exp(x))"),
        ("logsumexp(x)", "x", "softmax(x)'", "diag(softmax(x)) - softmax(x) softmax(x)'"),
    ],
)
def test_second_derivatives(written, name, first, second):
    found = derive(read(written), read(name), second=True)
    assert same(found.result, read(first))
    assert found.second is not None
    assert same(found.second.result, read(second))
    assert found.second.confirmation.agrees
    assert derive(read(written), read(name)).second is None


@pytest.mark.parametrize(
    ("written", "name", "result"),
    [
        ("x' S x", "S", "x x'"),
        ("tr(S A S)", "S", "S A + A S"),
        ("||S||_F^2", "S", "2 S"),
        ("logdet(P)", "P", "inv(P)"),
        ("||Q||_F^2", "Q", "2 Q'"),
        ("tr(Q' A Q)", "Q", "Q' (A' + A)"),
        ("x' D x", "D", "x x'"),
        ("sum(cos(P))", "P", None),
    ],
)
def test_entries_of_a_name_with_traits_are_independent(written, name, result):
    found = derive(read(written), read(name))
    assert found.confirmation.agrees
    assert result is None or same(found.result, read(result))


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("||X||_F^3", "X"),
        ("1 / (1 + a^2)^2", "a"),
        ("(a^2 - b^2) / (a - b)", "a"),
        ("det(A D)", "A"),
        ("relu(2 x)", "x"),
        ("sum(relu(-3 x))", "x"),
        ("|a|", "a"),
        ("|a b| a", "a"),
        ("log(-a b)", "a"),
        ("(x' y) / (x' x)", "x"),
        ("exp(x')", "x"),
        ("(x' .* y')", "x"),
        ("diag(x y')", "x"),
        ("diag(x y') / (1 + ||diag(x y')||)", "x"),
        ("A (B x .* (C x))", "x"),
        ("sum(abs(x))", "x"),
    ],
)
def test_both_engines_are_confirmed_where_their_forms_differ(written, name):
    found = derive(read(written), read(name))
    assert found.engines_agree in (True, None)
    assert found.confirmation.agrees


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.sampled_from(["11", "11", "n1", "1d"]), st.booleans())
def test_engines_agree_on_random_trees(seed, shape, has_corners):
    draw = Random(seed)
    f = read(tree(draw, shape, 3, SMOOTH + CORNERS * has_corners))
    names = [node for node in symbols(f).values() if f.is_scalar or node.shape.is_column]
    if not names:
        return
    try:
        found = derive(f, draw.choice(names))
    except CalculusError as problem:
        if "no random case" not in problem.message:
            raise
        return
    assert found.engines_agree in (True, None)


@pytest.mark.parametrize(
    ("written", "name", "message"),
    [
        ("smax(A)", "A", "there is no rule for the derivative of smax"),
        ("||A||_2", "A", "the spectral norm has no derivative that these rules know"),
        ("pinv(A)", "A", "there is no rule for the derivative of pinv"),
        ("log(-1 - a^2)", "a", "no random case was found in 60"),
    ],
)
def test_derive_refuses(written, name, message):
    with pytest.raises(CalculusError, match=message):
        derive(read(written), read(name))


def test_a_wrong_engine_is_noticed(monkeypatch):
    f, x = read("x' A x"), read("x")
    monkeypatch.setattr(deriving, "derivative", lambda f, x: read("2 x' A"))
    with pytest.raises(CalculusError, match="autograd disagrees|the two engines disagree"):
        derive(f, x)
    monkeypatch.undo()
    monkeypatch.setattr(deriving, "index_derivative", lambda form, x: deriving.index_form(number(7)))
    with pytest.raises(
        CalculusError, match="the two engines disagree about the derivative of x' A x; nothing is shown"
    ):
        derive(f, x)


def test_what_nobody_would_read_is_not_written_out():
    nested = "softmax(A softmax(A softmax(A softmax(A x))))"
    scope = Scope(is_open=True)
    steps = {
        step.title: step for step in derive(understand("softmax(A softmax(A x))", scope).expr, scope.names["x"]).steps
    }
    assert steps["an arbitrary entry"].latex != ""
    scope = Scope(is_open=True)
    steps = {step.title: step for step in derive(understand(nested, scope).expr, scope.names["x"]).steps}
    assert (steps["an arbitrary entry"].text, steps["an arbitrary entry"].latex) == ("too long to be written out", "")
