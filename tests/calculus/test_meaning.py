"""What texts mean: names, operators, functions and statements, and every refusal with its column."""

from random import Random

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from thalweg.calculus.meaning import Scope, understand
from thalweg.calculus.nodes import (
    SCALAR,
    CalculusError,
    Expr,
    Shape,
    ShapeProblem,
    SyntaxProblem,
    UnknownName,
    number,
    symbol,
)
from thalweg.calculus.numeric import evaluate
from thalweg.calculus.scope import Sequence
from thalweg.calculus.show import shaped
from thalweg.calculus.sizes import ONE, Size, size_of
from trees import NAMES, SMOOTH, cases, read, tree

# Names in an open scope


@pytest.mark.parametrize(
    ("text", "shapes"),
    [
        ("x' A y", "x: n x 1, A: n x m, y: m x 1"),
        ("X w - y", "X: n x m, w: m x 1, y: n x 1"),
        ("lam w", "lam: scalar, w: n x 1"),
        ("η X' (X w - y)", "η: scalar, X: n x m, w: m x 1, y: n x 1"),
        ("sigma_max x", "sigma_max: scalar, x: n x 1"),
        ("W2 relu(W1 x + b1)", "W2: n x m, W1: m x d, x: d x 1, b1: m x 1"),
        ("tr(A B)", "A: n x m, B: m x n"),
        ("inv(A) b", "A: n x n, b: n x 1"),
        ("[A, b; c', gamma]", "A: n x m, b: n x 1, c: m x 1, gamma: scalar"),
        ("Sigma w", "Sigma: n x m, w: m x 1"),
    ],
)
def test_an_open_scope_gives_names_by_their_spelling(text, shapes):
    assert shaped(understand(text, Scope(is_open=True)).expr) == shapes


def test_kinds_and_traits_come_before_spelling():
    scope = Scope(is_open=True, kinds={"a": "scalar", "K": "vector"}, traits={"S": frozenset({"symmetric"})})
    assert shaped(understand("a K' S K", scope).expr) == "a: scalar, K: n x 1, S: n x n"
    assert scope.names["S"].value.is_symmetric


def test_an_open_scope_remembers():
    scope = Scope(is_open=True)
    understand("X w", scope)
    assert understand("w' w", scope).expr.args[1] == scope.names["w"]
    with pytest.raises(ShapeProblem, match="cannot multiply"):
        understand("w X", scope)


@pytest.mark.parametrize(
    ("declared", "typed", "meant"),
    [
        ("lam", "λ", "lam"),
        ("lambda", "λ", "lambda"),
        ("lam lambda", "λ lambda lam", "lam lambda lam"),
        ("lam", "lambda", "lam"),
        ("sigma", "σ", "sigma"),
        ("σ", "sigma", "σ"),
        ("sigma_1", "σ_1", "sigma_1"),
        ("eta1", "η1", "eta1"),
        ("eps", "ε", "eps"),
        ("σ sigma", "σ sigma", "σ sigma"),
        ("Sigma", "Σ", "Sigma"),
    ],
)
def test_a_greek_letter_is_the_name_that_it_spells(declared, typed, meant):
    names = {name: symbol(name, SCALAR) for name in declared.split()}
    found = understand(f"{typed} 1", Scope(names)).expr
    assert [node.value.name for node in found.walk() if node.op == "symbol"] == meant.split()


def test_in_an_open_scope_a_letter_and_its_name_are_one_and_two_names_are_two():
    assert understand("σ = sigma", Scope(is_open=True)).expr.args[1].value.name == "σ"
    assert understand("lam = lambda", Scope(is_open=True)).expr.args[1].value.name == "lambda"


def test_glued_names_are_told_to_be_a_product():
    names = {name: symbol(name, SCALAR) for name in ("eta", "s", "a", "aa", "aaa")}
    for glued, product in (("ηs", "η s"), ("etas", "eta s"), ("a" * 40 + "s", "s")):
        with pytest.raises(UnknownName, match=rf"write .*{product} \(with a space\) for the product"):
            understand(glued, Scope(names))
    with pytest.raises(UnknownName, match="q is not declared; there are no names here"):
        understand("q", Scope())


@pytest.mark.parametrize(("typed", "name"), [("log x", "log"), ("2 sin (x)", "sin"), ("ln", "ln")])
@pytest.mark.parametrize("is_open", [True, False])
def test_a_function_without_brackets_is_told_to_need_them(typed, name, is_open):
    scope = Scope({"x": symbol("x", SCALAR)}, is_open=is_open)
    with pytest.raises(SyntaxProblem, match=rf"{name} needs brackets right behind it: {name}\(...\)"):
        understand(typed, scope)


def test_pi_is_the_number_unless_it_is_declared():
    for scope in (Scope(), Scope(is_open=True)):
        assert understand("pi", scope).expr == understand("π", scope).expr == Expr("pi", (), SCALAR)
    assert understand("π", Scope({"pi": symbol("pi", SCALAR)})).expr.op == "symbol"
    assert understand("pi", Scope(is_open=True, kinds={"pi": "scalar"})).expr.op == "symbol"


# Meanings, by their values


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("x' A y", "tr(x' A y)"),
        ("dot(x, y)", "x' y"),
        ("dot(x', y)", "x' y"),
        ("square(x)", "x .* x"),
        ("square(a)", "a^2"),
        ("mean(x)", "sum(x) / n"),
        ("mean(X)", "sum(X) / (n d)"),
        ("norm(x)", "||x||"),
        ("frobenius(X)", "||X||_F"),
        ("spectral(X)", "smax(X)"),
        ("||X||", "||X||_F"),
        ("transpose(X)", "X'"),
        ("trace(A)", "tr(A)"),
        ("sqrt(x .* x)", "(x.^2).^(1/2)"),
        ("inv(a)", "1 / a"),
        ("A^-1", "inv(A)"),
        ("A^3", "A A A"),
        ("x ./ y", "x .* (y.^-1)"),
        ("a / b / c", "a / (b c)"),
        ("a - b - c", "a - (b + c)"),
        ("-a^2", "-(a^2)"),
        ("1_n", "ones(n)"),
        ("0_n", "zeros(n)"),
        ("I_n x", "x"),
        ("eye(n) x", "x"),
        ("A I x", "A x"),
        ("x + 0", "x"),
        ("zeros(n, d) + X", "X"),
        ("A x' y", "(x' y) A"),
        ("x x' y", "(x' y) x"),
        ("x' y A", "(x' y) A"),
        ("A x y' y", "(y' y) (A x)"),
        ("2 x' y / 3 x", "2/3 x' y x"),
        ("softmax(x')", "softmax(x)"),
        ("logsumexp(x')", "logsumexp(x)"),
        ("diag(x')", "diag(x)"),
        ("max(x, 0)", "relu(x)"),
        ("where(x > 0, x, 0)", "relu(x)"),
        ("[X, x] [w; 1]", "X w + x"),
        ("[A, 0; 0, G] [x; w]", "[A x; G w]"),
        ("x[1] + x[1]", "2 x[1]"),
        ("A[1,1] + x[1]", "x[1] + A[1,1]"),
        ("A'[2,1]", "A[1,2]"),
        ("x'[2]", "x[2]"),
        ("(A x)[1]", "(x' A')[1]"),
        ("(x' y)[1, 2]", "x' y [1, 2]"),
        ("[0; 1]' [a; b]", "b"),
        ("n + d", "sum(ones(n)) + sum(ones(d))"),
        ("||x||^2 + |a|", "x' x + abs(a)"),
    ],
)
def test_a_meaning_is_that_of_what_is_written_out(text, same):
    left, right = read(text), read(same)
    for sizes, values in cases(3, 4):
        torch.testing.assert_close(
            evaluate(left, values, sizes), evaluate(right, values, sizes), equal_nan=True, rtol=1e-9, atol=1e-9
        )


def test_a_slash_before_a_product_and_a_norm_of_a_matrix_have_two_readings():
    scope = Scope(names=dict(NAMES), sizes={"n", "d"})
    first = understand("a / b c + ||A||", scope)
    assert first.forks == (3, 11)
    assert first.expr == read("(a / b) c + ||A||_F")
    assert understand("a / b c + ||A||", scope, {3}).expr == read("a / (b c) + ||A||_F")
    assert understand("a / b c + ||A||", scope, {11}).expr == read("(a / b) c + ||A||_2")
    assert understand("a / b c + ||x||", scope).forks == (3,)


def test_a_division_by_a_number_is_a_product_with_a_fraction():
    assert read("x / 2") == read("1/2 x")
    assert read("1/2").value == number(1).value / 2
    assert read("2^10").value == 1024
    assert read("2^-1") == read("1/2")
    assert read("2^1000000").op == "power", "a number that long is not written out"


def test_sizes_are_numbers_too():
    assert read("n") == Expr("size", (), SCALAR, size_of("n"))
    assert understand("k x", Scope(names=dict(NAMES), sizes={"n", "d", "k"})).expr.args[0].value == size_of("k")


# Statements


@pytest.mark.parametrize(
    ("text", "ops"),
    [
        ("a = b", "compare"),
        ("a < b <= c", "and"),
        ("a = b or not a < b", "or"),
        ("a = b iff b = a", "iff"),
        ("a = b if b = a", "implies"),
        ("x <= y", "compare"),
        ("A = B", "compare"),
        ("x = 0", "compare"),
        ("forall x: x' x >= 0", "forall"),
        ("forall s in [0, 1]: s <= 1", "forall"),
        ("a in (0, 1)", "and"),
        ("a in [0, inf)", "and"),
    ],
)
def test_statements(text, ops):
    assert read(text).op == ops


def test_an_interval_is_two_comparisons():
    assert read("a in (0, 1]") == read("0 < a <= 1")
    assert read("a in [0, inf)").args == (read("0 <= a"),)
    assert read("a in (-inf, 1)").args == (read("a < 1"),)


def test_a_bound_name_ends_with_its_statement():
    scope = Scope(names={"a": NAMES["a"]}, sizes={"n"})
    bound = understand("forall s in [0, 1]: s <= a", scope).expr
    assert [name.value.name for name in bound.value[0]] == ["s"]
    assert bound.value[1] == "[]"
    assert "s" not in scope.names
    with pytest.raises(CalculusError, match="s is not declared"):
        understand("s = a", scope)
    hiding = understand("(forall a in [0, 1]: a <= 1) and a > 5", scope).expr
    assert hiding.args[1].args[1] == NAMES["a"] or hiding.args[1].args[0] == NAMES["a"]


def test_recurrences_are_named_with_their_index():
    w, t = symbol("w[t]", SCALAR), symbol("t", SCALAR)
    scope = Scope(names={"w[t]": w, "t": t, "a": NAMES["a"]}, sequences={"w": Sequence(w, read("a"), None)})
    assert understand("w [t]", Scope({**scope.names, "w": NAMES["x"]}, {"n"})).expr.op == "product"
    assert understand("w[ t ] + 1", scope).expr.args[0] == w
    assert understand("w converges", scope).expr == Expr("converges", (w, read("a")), SCALAR)
    assert understand("w -> a", scope).expr == Expr("tends_to", (w, read("a"), read("a")), SCALAR)


# Questions


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("deriv(x' A x, x)", Shape(ONE, size_of("n"))),
        ("deriv(A x, x)", Shape(size_of("n"), size_of("n"))),
        ("deriv(w' X', w)", Shape(size_of("n"), size_of("d"))),
        ("deriv(sum(X), X)", Shape(size_of("d"), size_of("n"))),
        ("deriv(a X, a)", Shape(size_of("n"), size_of("d"))),
        ("hessian(x' A x, x)", Shape(size_of("n"), size_of("n"))),
        ("hessian(a^2, a)", SCALAR),
        ("lim(a x, a -> 0+)", Shape(size_of("n"), ONE)),
        ("argmin(||X w - y||^2, w)", Shape(size_of("d"), ONE)),
        ("argmin(w' w, w, X w = y)", Shape(size_of("d"), ONE)),
        ("E[x x']", Shape(size_of("n"), size_of("n"))),
    ],
)
def test_questions_have_the_shape_of_their_answer(text, shape):
    assert read(text).shape == shape


# Refusals


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        # names and sizes
        ("foo + 1", 1, "foo is not declared; declared are"),
        ("lamb + 1", 1, "lamb is not declared; is it lam\\?"),
        ("ab + 1", 1, r"ab is not declared; write a b \(with a space\) for the product"),
        ("2 xy", 3, r"write x y \(with a space\) for the product"),
        ("2 xyx", 3, "write x y x "),
        ("eye(q)", 5, "need a size \\(a declared name, a number from 1 to 64, or a sum\\), got q"),
        ("zeros(0)", 7, "need a size"),
        ("zeros(65)", 7, "need a size"),
        ("I_q", 1, "need a size"),
        ("ones(n - d)", 6, "need a size"),
        ("I", 0, "cannot tell the size of I or 0 here; write eye\\(n\\), zeros\\(n\\) or I_n"),
        # sums
        ("x + w", 1, "cannot add x \\(n x 1\\) and w \\(d x 1\\): the shapes differ$"),
        ("x + y'", 1, "cannot add x \\(n x 1\\) and y' \\(1 x n\\): the shapes differ; is a transpose missing\\?"),
        ("a + x", 1, "a number and a matrix do not add: multiply it by I or by ones\\(n\\)"),
        ("a + (b + X)", 5, "a number and a matrix do not add"),
        ("2 (x + w)", 3, "cannot add x"),
        # products
        ("X x", 3, "cannot multiply X \\(n x d\\) by x \\(n x 1\\): d columns against n rows$"),
        ("x y", 3, "by y \\(n x 1\\): 1 columns against n rows; x' y is their inner product, .\\* goes entry by entry"),
        ("a X Y", 5, "cannot multiply a X \\(n x d\\) by Y \\(n x d\\)"),
        ("A X' w", 3, "cannot multiply A"),
        ("X .* Y'", 1, "cannot multiply entry by entry X \\(n x d\\) and Y' \\(d x n\\)"),
        ("x ./ w", 1, "cannot divide entry by entry"),
        # quotients and powers
        ("a / x", 5, "cannot divide by x \\(n x 1\\): need a scalar; write ./ to divide entry by entry"),
        ("a / A", 5, "cannot divide by A \\(n x n\\): need a scalar; use inv"),
        ("a / 0", 5, "cannot divide by 0"),
        (
            "x^2",
            1,
            "cannot raise the vector x \\(n x 1\\) to a power; .\\^ goes entry by entry, \\|\\|x\\|\\|\\^2 is x' x",
        ),
        ("X^2", 1, "a power needs a square matrix, got X \\(n x d\\)"),
        ("a^x", 3, "need a scalar as exponent, got x \\(n x 1\\)"),
        ("A^-2", 3, "need a whole exponent of a matrix, not below -1"),
        ("A^(1/2)", 3, "need a whole exponent of a matrix"),
        ("x.^a", 4, "need a number after .\\^"),
        # brackets
        ("|x|", 1, "\\|...\\| needs a scalar, got x \\(n x 1\\); write norm\\(...\\), det\\(...\\) or abs\\(...\\)"),
        ("x[a]", 1, "need whole numbers from 1 as indices, got x\\[a\\]"),
        ("x[0]", 1, "need whole numbers from 1 as indices"),
        ("A[1]", 1, "need one index of a vector or two of a matrix"),
        ("A[1,2,3]", 1, "need one index of a vector or two of a matrix"),
        ("2 x[1,2]", 3, "there is no entry x\\[1,2\\] of x \\(n x 1\\)"),
        ("a[2]", 1, "there is no entry a\\[2\\] of a \\(scalar\\)"),
        ("[1; 2; 3][4]", 1, "there is no entry \\[1; 2; 3\\]\\[4\\] of \\[1; 2; 3\\] \\(3 x 1\\)"),
        ("[A, X; X, A]", 8, "the block X \\(n x d\\) does not fit beside the others: need n x n"),
        ("[x, w]", 5, "the block w \\(d x 1\\) does not fit beside the others: need n x 1"),
        # functions
        ("inv(X)", 5, "inv needs a square matrix, got X \\(n x d\\)"),
        ("tr(x)", 4, "tr needs a square matrix"),
        ("logdet(X)", 8, "logdet needs a square matrix"),
        ("emax(X)", 6, "emax needs a square matrix"),
        ("diag(X)", 6, "diag needs a square matrix"),
        ("softmax(X)", 9, "softmax needs a vector, got X"),
        ("dot(x, w)", 1, "dot needs vectors of one size, got x \\(n x 1\\) and w \\(d x 1\\)"),
        ("dot(x)", 1, "dot needs 2 arguments, got 1"),
        ("exp(a, b)", 1, "exp needs 1 arguments, got 2"),
        ("zeros(n, n, n)", 1, "zeros needs 1 to 2 arguments, got 3"),
        ("max(x, w)", 1, "cannot take the max of x"),
        ("where(a > b, x, w)", 1, "cannot choose between x"),
        ("where(w > 0, x, y)", 7, "where needs a condition of shape n x 1 or of scalars"),
        ("where(a, x, y)", 7, "need a statement such as a = b here, got the expression a"),
        ("exp(a = b)", 5, "need an expression here, got the statement a = b"),
        # questions
        ("deriv(x' x, 2 x)", 13, "deriv needs a name to differentiate with respect to, got 2 x"),
        ("deriv(A x, A)", 1, "the derivative of A x \\(n x 1\\) by A \\(n x n\\) has more than two indices"),
        ("hessian(A x, x)", 1, "hessian needs a scalar"),
        ("argmin(x, x)", 8, "argmin needs a scalar to make small, got x"),
        ("argmin(x' x, 2 x)", 14, "argmin needs a name to vary"),
        ("argmin(x' x, x, x)", 17, "need a statement"),
        ("lim(a, b)", 8, "lim needs where a name goes, such as lam -> 0\\+ or t -> inf"),
        ("lim(a, x -> 0)", 8, "lim needs a scalar name and a scalar"),
        # statements
        ("x = w", 1, "cannot compare x \\(n x 1\\) and w \\(d x 1\\)"),
        ("A < B", 1, "need scalars on both sides of <, got A \\(n x n\\) < B \\(n x n\\)"),
        ("x in [0, 1]", 1, "need scalars in an interval"),
        ("a = b and c", 11, "need a statement such as a = b here, got the expression c"),
        ("not a", 5, "need a statement"),
        ("forall x: a", 11, "need a statement"),
        ("x converges", 1, "need the name of a recurrence \\(none is declared\\), got x"),
        ("2 converges", 1, "need the name of a recurrence"),
    ],
)
def test_understand_refuses(text, column, message):
    with pytest.raises(CalculusError, match=message) as caught:
        read(text)
    assert caught.value.column == column


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("(A B w) (B w)", "cannot multiply A B w (n x 1) by B (m x d): 1 columns against m rows"),
        ("X w + A", "cannot add X w (n x 1) and A (m x d): the shapes differ"),
        ("[A; b'] 2 + 1", "cannot add [A; b'] 2 (n + 1 x m) and 1 (scalar)"),
        ("1 + I", "cannot add 1 (scalar) and I (n x n)"),
    ],
)
def test_an_unknown_size_is_shown_as_a_letter_that_means_nothing_yet(text, message):
    with pytest.raises(ShapeProblem) as caught:
        understand(text, Scope(is_open=True))
    assert message in caught.value.message
    taken = Scope(is_open=True, sizes={"n", "d"})
    with pytest.raises(ShapeProblem, match=r"A \(k x h\)"):
        understand("X w + A", taken)


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("[0; 1]", "2 x 1"),
        ("[1, 0; 0, 0]", "2 x 2"),
        ("[a, 0, 0]", "1 x 3"),
        ("[x; 0] - [1; 2; 3]", "3 x 1"),
        ("[x, 0] [1; 2]", "2 x 1"),
        ("[0, x; 0, 0] - [1, 2; 3, 4; 5, 6]", "3 x 2"),
        ("[0, x; 1, 0]", "3 x 2"),
    ],
)
def test_a_zero_among_numbers_is_a_number_and_else_fills_what_is_left(text, shape):
    scope = Scope({"x": symbol("x", Shape(Size(2), ONE)), "a": NAMES["a"]}, {"n"})
    assert str(understand(text, scope).expr.shape) == shape


def test_where_a_size_is_1_the_identity_may_be_a_number():
    names = {"y": symbol("y", SCALAR)}
    assert understand("y y' = y' y I", Scope(names, has_one=True)).expr.args[1].is_scalar
    with pytest.raises(ShapeProblem, match=r"y' y I \(n x n\)"):
        understand("y y' = y' y I", Scope(names))


WORDS = [
    *"xyzwuXYABCSPQDGabct'",
    *"+-*/^,;()[]|=<>_12 ",
    "||",
    ".*",
    "./",
    ".^",
    "->",
    "lam",
    "n",
    "d",
    "I",
    "0",
    "inf",
]
WORDS += [
    "inv(",
    "tr(",
    "exp(",
    "sum(",
    "diag(",
    "where(",
    "deriv(",
    "E[",
    "forall ",
    " and ",
    " in ",
    " iff ",
    "norm(",
]


@given(st.lists(st.sampled_from(WORDS), max_size=16), st.booleans())
def test_no_text_raises_anything_but_a_calculus_error(pieces, is_open):
    text = "".join(pieces)
    scope = Scope(is_open=True) if is_open else Scope(names=dict(NAMES), sizes={"n", "d"})
    problem = None
    try:
        understand(text, scope)
    except CalculusError as caught:
        problem = caught
    assert problem is None or 0 <= problem.column <= len(text) + 1


@given(st.integers(0, 10**6), st.sampled_from(["11", "n1", "1n", "nd", "nn", "d1"]))
def test_whatever_is_built_to_fit_is_understood(seed, shape):
    expr = read(tree(Random(seed), shape, 3, SMOOTH))
    sizes = {"1": ONE, "n": size_of("n"), "d": size_of("d")}
    assert expr.shape == Shape(sizes[shape[0]], sizes[shape[1]])
    assert all(isinstance(size, Size) and "?" not in str(size) for size in (expr.shape.rows, expr.shape.columns))
