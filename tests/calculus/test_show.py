from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thalweg.calculus.indices import same
from thalweg.calculus.latex import tokens
from thalweg.calculus.meaning import Scope, understand
from thalweg.calculus.nodes import SCALAR, CalculusError, Expr, Shape, constant, number, symbol, symbols
from thalweg.calculus.show import latex, shaped, text
from thalweg.calculus.sizes import ONE, size_of
from trees import CORNERS, NAMES, SMOOTH, difference, read, tree

AS_TYPED = """
x' A x
2 (X w - y)' X + 2 lam w'
-x
-2 x
-a^2
(-a)^2
a - b - c
a - (b - c)
a - (b + c)
-(a + b)
a (b + c)
(a + b) (a - b)
a / b
a / (b c)
(a b) / c
1 / a
1 / (a + b)
a / b^2
1/2 a
3/2
-1/2 a
a^2
a^(1/2 + b)
(a^2)^3
(a b)^2
(-2)^a
(1/2)^a
2^a
a^b
a^-b
sqrt(a)
sqrt(a)^3
inv(A)
inv(A)'
inv(A' A + lam I_n) A' y
(A B)'
A' B'
A''
(x')'
x .* y
x ./ y
(x .* y) .* v
x .* (y .* v)
(A .* B) C
A (B .* C)
(x .* y)' v
x.^2
x.^-1
x.^(-1/2)
(x + y).^3
(x y').^2
exp(x)
log(1 + exp(a))
|a|
|a + b|
abs(x)
||x||
||x||^2
||A||_F^2
||A||_2
||x - y|| / ||x||
tr(A B)
det(A)^2
logdet(A)
sum(x)
sum(A .* B)
diag(x)
diag(A)
diag(A B) .* x
softmax(X w)
logsumexp(x)
max(x, y)
min(a, 0)
where(a > b, a, b)
where(a > b and b > 0, x, y)
[X; Y]
[A, x; y', a]
[A, zeros(n, d); X', G]
x[1]
A[1,2]
ones(n)
ones(n)'
ones(n, d)
ones(n, d) w
eye(n) x
zeros(n)
n x
n a + d
(n + 1) a
pinv(X)
smax(A) + smin(A)
emax(S) - emin(S)
rank(X)
a (x' y) x
(x' A y) B
x (y' A)
x' y v' x
A (x + y)
(A + B) x
A^3
(A + B)^2
A^a
lam (x' y)
lam (2 x' y)
x' (lam y)
a (b c)
a = b
a != b
a < b
a <= b and b <= c
a < b or not a < c
not (a < b and b < c)
a = b implies b = c
(a = b implies b = c) implies a = c
a = b iff b = a
x = 0
A x = y
forall a: a^2 >= 0
forall x: x' x >= 0 and a = b
(forall a: a = b) and b = c
forall s in [0, 1]: s <= 1
forall s in (0, inf): s > 0
lim(a x, a -> 0+)
lim(a, a -> inf)
deriv(x' A x, x)
E[x x']
argmin(||X w - y||^2, w)
argmin(w' w, w, X w = y)
"""
LINES = [line for line in AS_TYPED.splitlines() if line]


def again(written: str, like: Expr) -> Expr:
    """What a printed text means, beside something of the same shape that gives `I` and `0` their sizes."""
    scope = Scope(names={**NAMES, "LIKE": symbol("LIKE", like.shape)}, sizes={"n", "d"})
    if like.op in ("compare", "and", "or", "not", "implies", "iff", "forall"):
        return understand(written, scope).expr
    return understand(f"LIKE = {written}", scope).expr.args[1]


@pytest.mark.parametrize("line", LINES)
def test_what_is_written_is_read_back(line):
    expr = read(line)
    once = again(text(expr), expr)
    assert text(once) == text(expr)
    assert once == expr or same(once, expr) or once.op in ("product", "power", "forall"), "brackets of numbers may go"
    if not {node.op for node in expr.walk()} & {"limit", "deriv", "expectation", "argmin", "compare"}:
        assert difference(once, expr, 4) in (None, 0.0) or difference(once, expr, 4) < 1e-12


@settings(max_examples=20)
@given(st.integers(0, 10**6), st.sampled_from(["11", "n1", "nd", "nn"]))
def test_random_trees_are_read_back(seed, shape):
    expr = read(tree(Random(seed), shape, 3, SMOOTH + CORNERS))
    once = again(text(expr), expr)
    assert text(again(text(once), once)) == text(once)
    found = difference(once, expr, 2, seed)
    assert found is None or found < 1e-9


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("2*(X*w-y)'X + 2lam*w'", "2 (X w - y)' X + 2 lam w'"),
        ("x^T A x", "x' A x"),
        ("A^-1 x", "inv(A) x"),
        ("((a))", "a"),
        ("a + -b", "a - b"),
        ("a^0.5", "sqrt(a)"),
        ("norm(x)", "||x||"),
        ("trace(A)", "tr(A)"),
        ("1_n", "ones(n)"),
        ("x^T y / a", "x' y / a"),
        ("a == b", "a = b"),
        ("a in (0, 1)", "0 < a and a < 1"),
        ("hessian(a^2, a)", "deriv(deriv(a^2, a), a)"),
    ],
)
def test_people_read_the_usual_spelling(written, shown):
    assert text(read(written)) == shown


@pytest.mark.parametrize(
    ("expr", "shown"),
    [
        (number(-3), "-3"),
        (Expr("product", (number(-1), NAMES["x"]), NAMES["x"].shape), "-x"),
        (Expr("add", (NAMES["a"], number(-2)), SCALAR), "a - 2"),
        (Expr("product", (NAMES["a"], number(-2)), SCALAR), "a (-2)"),
        (Expr("product", (NAMES["a"], Expr("product", (NAMES["b"], NAMES["c"]), SCALAR)), SCALAR), "a (b c)"),
        (
            Expr("product", (NAMES["A"], Expr("hadamard", (NAMES["x"],) * 2, NAMES["x"].shape)), NAMES["x"].shape),
            "A (x .* x)",
        ),
        (constant("ones", ONE, size_of("n")), "ones(n)'"),
        (constant("ones", size_of("n"), size_of("d")), "ones(n, d)"),
        (Expr("infinity", (), SCALAR), "inf"),
        (Expr("power", (NAMES["a"], number(-1)), SCALAR), "1 / a"),
        (Expr("power", (NAMES["a"], number(-2)), SCALAR), "1 / a^2"),
    ],
)
def test_trees_that_nobody_types(expr, shown):
    assert text(expr) == shown


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("x' A^-1 x / lam", r"\frac{x^\top A^{-1} x}{\lambda}"),
        ("inv(A)'", r"A^{-\top}"),
        ("(A x)'", r"\left(A x\right)^\top"),
        ("||A||_F^2", r"\left\|A\right\|_F^{2}"),
        ("||A||_2", r"\left\|A\right\|_2"),
        ("sqrt(1 + a^2)", r"\sqrt{1 + a^{2}}"),
        ("x .* y", r"x \odot y"),
        ("x.^-1", r"x^{\circ -1}"),
        ("1/2 x", r"\frac{1}{2} x"),
        ("[A, x; y', a]", r"\begin{bmatrix}A & x \\ y^\top & a\end{bmatrix}"),
        ("relu(x)", r"\operatorname{relu}\left(x\right)"),
        ("a <= b iff b >= a", r"a \leq b \Leftrightarrow b \geq a"),
        ("forall x: x' x >= 0", r"\forall x: x^\top x \geq 0"),
        ("ones(n)", r"\mathbf{1}_{n}"),
        ("E[x]", r"\mathbb{E}\left[x\right]"),
        ("lim(a, a -> 0+)", r"\lim_{a \to 0^{+}} a"),
        ("deriv(a^2, a)", r"\frac{\partial}{\partial a}\left(a^{2}\right)"),
        ("|a|", r"\left|a\right|"),
    ],
)
def test_latex(written, shown):
    assert latex(read(written)) == shown


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("lam", r"\lambda"),
        ("sigma_max", r"\sigma_{\mathrm{max}}"),
        ("X_hat", r"\hat{X}"),
        ("W2", "W_{2}"),
        ("x_1", "x_{1}"),
        ("Sigma", r"\Sigma"),
        ("phi", r"\phi"),
        ("loss", r"\mathrm{loss}"),
    ],
)
def test_names_in_latex(name, shown):
    assert latex(symbol(name, SCALAR)) == shown


NOT_IN_LATEX = (
    "lim",
    "deriv",
    "E[",
    "argmin",
    "where",
    "forall",
    "pinv",
    "rank",
    "ones",
    "[",
    "I_",
    "eye",
    "zeros",
    "= 0",
)
PLAIN = [line for line in LINES if not any(mark in line for mark in NOT_IN_LATEX)]


@pytest.mark.parametrize("line", PLAIN)
def test_latex_is_read_back_by_the_front_end(line):
    expr = read(line)
    scope = Scope(names=dict(NAMES), sizes={"n", "d"})
    written = latex(expr)
    once = understand(written, scope, tokens=tokens(written, {*NAMES, "n", "d"})).expr
    if once.op in ("compare", "and", "or", "not", "implies", "iff"):
        assert text(once) == text(expr)
    else:
        found = difference(once, expr, 4)
        assert found is None or found < 1e-9


def test_names_with_their_shapes():
    assert shaped(read("X w - y + x")) == "X: n x d, w: d x 1, y: n x 1, x: n x 1"
    assert shaped(number(2)) == ""


def test_every_line_of_the_list_is_a_case_of_its_own():
    assert len(LINES) == len(set(LINES)) > 100
    assert all(symbols(read(line)) or "n" in line or line in ("3/2",) for line in LINES)


def test_only_the_shape_tells_identities_apart():
    eye = constant("identity", size_of("n"), size_of("n"))
    assert text(eye) == "I"
    assert again("I", eye) == eye
    with pytest.raises(CalculusError, match="cannot tell the size of I"):
        read("I")
    assert Shape(ONE, ONE) == SCALAR
