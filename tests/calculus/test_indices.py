"""Index forms: what is equal looks equal, what is not does not. Every line of both lists is checked by numbers too."""

import time
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thalweg.calculus.forms import Form, divided_out, total
from thalweg.calculus.indices import index_form, plain_form, same
from thalweg.calculus.nodes import SCALAR, CalculusError, Expr, number
from thalweg.calculus.numeric import evaluate
from trees import CORNERS, SMOOTH, cases, difference, form_value, read, tree

EQUAL = """
(x + y)' A (x + y) | x' A x + x' (A + A') y + y' A y
tr(A B C) | tr(C A B)
tr(A B C) | tr(C' B' A')
tr(S P M) | tr(M P S)
x' A y | y' A' x
x' S y | y' S x
||X w - y||^2 | w' X' X w - 2 y' X w + y' y
||x|| | ||x'||
||A||_F^2 | tr(A' A)
||A||_2 | ||A'||_2
smax(A) | smax(A')
rank(X) | rank(X')
||a x|| ||a x|| | a^2 x' x
sum(x) | ones(n)' x
sum(A) | sum(A')
sum(A .* B) | tr(A' B)
diag(A B) | (A .* B') ones(n)
diag(x) y | x .* y
diag(x) A diag(y) | x y' .* A
diag(diag(A)) | A .* eye(n)
tr(eye(n)) | n
sum(ones(n, d)) | n d
ones(n) ones(d)' | ones(n, d)
(a + b)^2 | a^2 + 2 a b + b^2
(a + b)^3 (a - b)^2 | (a^2 - b^2)^2 (a + b)
A^3 | A A A
(A + B)^2 | A^2 + A B + B A + B^2
A^0 | eye(n)
A^(t + 1) | A^t A
a^(t + 2) | a^t a^2
(a^2)^-1 | a^-2
1 / (a + b)^2 | (a + b)^-2
1 / (2 a + 2 b) | 1/2 (a + b)^-1
1 / (a - b) | -1 / (b - a)
1 / sqrt(4 a) | 1/2 a^(-1/2)
sqrt(lam^2) | lam
sqrt(mu^2) | mu
sqrt(n^2) | n
sqrt(a^2) | |a|
|a - b| | |b - a|
|a|^2 | a^2
log(a b) | log(a) + log(b)
log(a^2 b) | 2 log(a) + log(b)
log(x .* y) | log(x) + log(y)
log(sqrt(a)) | 1/2 log(a)
log(exp(a) b) | a + log(b)
log(exp(x)) | x
exp(log(a)) | a
exp(logdet(P)) | det(P)
exp(logsumexp(x)) | sum(exp(x))
logsumexp(x) | log(sum(exp(x)))
logdet(A B) | logdet(A) + logdet(B)
det(A B) | det(B A)
det(A') | det(A)
det(inv(A)) | 1 / det(A)
inv(A B) | inv(B) inv(A)
inv(A)' | inv(A')
inv(S)' | inv(S)
inv(2 A) | 1/2 inv(A)
inv(a A) | inv(A) / a
inv(A inv(B)) | B inv(A)
inv(inv(A)') | A'
inv(A) A | eye(n)
A' inv(A') | eye(n)
inv(diag(x)) | diag(x.^-1)
inv(D) D | eye(n)
inv(D F) | diag(diag(D).^-1 .* diag(F).^-1)
Q' Q | eye(n)
Q A Q' Q x | Q A x
sum(Q .* Q) | n
inv(Q A Q') | Q inv(A) Q'
D F | F D
D x | diag(D) .* x
D A F | A .* (diag(D) diag(F)')
D .* A | diag(diag(D) .* diag(A))
x ./ x | ones(n)
x .* (y ./ x) | y
x.^(1/2) .* x.^(1/2) | x
x.^-1 .* x.^-1 | x.^-2
(x .* y).^-1 | x.^-1 .* y.^-1
(2 x).^-2 | 1/4 x.^-2
(A').^-1 | (A.^-1)'
A .* A.^-1 | ones(n, n)
relu(x) - relu(-x) | x
relu(2 x) | 2 relu(x)
relu(a)^2 | a relu(a)
relu(a) relu(-a) | 0
relu(x) | max(x, 0)
relu(x) | x .* step(x)
step(3 x) | step(x)
step(a)^2 | step(a)
max(x, y) + min(x, y) | x + y
max(a, b) | where(a > b, a, b)
where(a >= b, x, y) | where(a < b, y, x)
where(a > b, 1, 0) + where(a <= b, 1, 0) | 1
exp(A') | exp(A)'
exp(x') | exp(x)'
sum(exp(A)) | sum(exp(A'))
sum(exp(A) .* B) | sum(exp(A') .* B')
relu(x') x | x' relu(x)
max(X', Y') | max(X, Y)'
softmax(x) | exp(x) / sum(exp(x))
mean(x) | sum(x) / n
n x + d x | (n + d) x
[X; Y]' [X; Y] | X' X + Y' Y
||[x; w]||^2 | x' x + w' w
x[1] x[2] | x[2] x[1]
S[1,2] | S[2,1]
sin(0 x) | zeros(n)
cos(0 a) | 1
pinv(X)' | pinv(X)'
"""
DIFFERENT = """
x' A y | y' A x
tr(A B C) | tr(A C B)
tr(A A) | tr(A' A)
A B | B A
A' | A
D A | A D
sum(x)^2 | sum(x .* x)
x' x | x' y
(x' y)^2 | x' x y' y
sum(A) | tr(A)
sum(A .* A .* A) | sum(A A A)
sum(diag(A)) | sum(A)
diag(A) .* x | A x
A .* B' | A' .* B
Q Q | eye(n)
Q' R | eye(n)
Q .* Q | eye(n)
sum(Q) | n
tr(Q A Q) | tr(A)
inv(A + B) | inv(A) + inv(B)
inv(A)' | inv(A)
inv(A B) | inv(A) inv(B)
inv(A .* B .* C) | inv(C) inv(B') inv(A)
inv(A diag(diag(C)) B) | inv(B) inv(C) inv(A)
inv(X' X + lam I_d) | inv(X' X + mu I_d)
tr(inv(a eye(n) + ones(n, n))) | tr(inv(a eye(d) + ones(d, d)))
det(lam eye(n)) | det(lam eye(d))
det(ones(n, n)) | det(ones(d, d))
det(2 A) | 2 det(A)
logdet(lam eye(n)) | logdet(lam eye(d))
rank(eye(n)) | rank(eye(d))
smax(ones(n)) | smax(ones(n, n))
smin(ones(n, d)) | smin(ones(n, n))
emax(ones(n, n)) | emax(ones(d, d))
emax(S) | smax(S)
||ones(n, d)||_2 | ||ones(d, d)||_2
||A||_2 | ||A||_F
||x|| ||y|| | x' y
||a x|| | a ||x||
sum(exp(a ones(n))) | sum(exp(a ones(d)))
sum(|a| ones(n)) | sum(|a| ones(d))
sum((lam ones(n)).^(1/2)) | sum((lam ones(d)).^(1/2))
sum(relu(a ones(n))) | sum(relu(a ones(d)))
sum(step(a ones(n))) | sum(step(a ones(d)))
sum(max(a ones(n), b ones(n))) | sum(max(a ones(d), b ones(d)))
tr((a eye(n))^t) | tr((a eye(d))^t)
n | d
2^n | 2^d
n d | n^2
sum(ones(n, d)) | sum(ones(n, n))
exp(log(a^2) / 2) | a
exp(1/2 log(x .* x)) | x
exp(logdet(A A) / 2) | det(A)
exp(a + b) | exp(a) + exp(b)
sqrt(a^2) | a
sqrt((a - b)^2) | a - b
(x .* x).^(1/2) | x
(a^2)^(3/2) | a^3
sqrt(a + b) | sqrt(a) + sqrt(b)
|a + b| | |a| + |b|
|a| | a
|x|_ | x
log(a + b) | log(a) + log(b)
a^t b | (a b)^t
a^t | a^b
a^-1 + b^-1 | (a + b)^-1
step(-a) | -step(a)
step(a b) | step(a) step(b)
step(x) .* x | x
where(a > b, x, y) | where(b > a, x, y)
max(x, y) | x
relu(a x) | a relu(x)
relu(x + y) | relu(x) + relu(y)
relu(A') | relu(A)
exp(A') | exp(A)
exp(A + B') | exp(A + B)
sum(exp(A) .* B) | sum(exp(A') .* B)
A .* (A').^-1 | ones(n, n)
A .* (A').^3 | (A').^4
(A').^-1 | A.^-1
sum((A').^-1 .* A) | n^2
softmax(2 x) | softmax(x)
pinv(A) A | eye(n)
A pinv(A) | pinv(A) A
S P | P S
S .* A | S .* A'
x y' | y x'
x[1] | x[2]
A[1,2] | A[2,1]
x' (y .* z) x' v | x' y z' x v' v
tr(A diag(x) B diag(y)) | tr(A diag(y) B diag(x))
sum((A x) .* (B x) .* (C x)) | sum((A x) .* (B x) .* (B x))
sum((A x) .* (A x) .* (B y)) | sum((A x) .* (B x) .* (A y))
[X; Y]' [X; Y] | X' Y + Y' X
"""


def pairs(lines: str) -> list:
    found = [line.replace("|x|_", "abs(x)").split(" | ") for line in lines.splitlines() if line]
    return [pytest.param(left, right, id=f"{left} | {right}") for left, right in found]


@pytest.mark.parametrize(("left", "right"), pairs(EQUAL))
def test_what_is_equal_looks_equal(left, right):
    left, right = read(left), read(right)
    assert same(left, right)
    assert same(right, left)
    values = {node.op for node in (*left.walk(), *right.walk())}
    count = 24 if "entry" in values else 12
    assert difference(left, right, count) < 1e-8, "and it is equal"


@pytest.mark.parametrize(("left", "right"), pairs(DIFFERENT))
def test_what_differs_looks_different(left, right):
    left, right = read(left), read(right)
    assert not same(left, right)
    assert not same(right, left)
    assert difference(left, right, 24) > 1e-6, "and it differs"


@settings(max_examples=60)
@given(st.integers(0, 10**6), st.sampled_from(["11", "n1", "1d", "nd", "nn"]))
def test_a_form_has_the_value_of_its_tree(seed, shape):
    expr = read(tree(Random(seed), shape, 3, SMOOTH + CORNERS))
    try:
        form = index_form(expr)
    except CalculusError as problem:
        assert "need at most" in problem.message
        return
    for sizes, values in cases(seed, 3):
        expected = evaluate(expr, values, sizes).numpy()
        if (
            np.isfinite(expected).all()
            and max(len(term.factors) for term in form.terms or index_form(number(1)).terms) < 15
        ):
            found = form_value(form, expected.shape, values, sizes)
            np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-7 * max(1.0, np.abs(expected).max()))


def shuffled(expr: Expr, draw: Random) -> Expr:
    """The same with sums and products entry by entry shuffled, products bracketed anew, and transposes turned twice."""
    args = [shuffled(arg, draw) for arg in expr.args]
    if expr.op in ("add", "hadamard", "max", "min"):
        draw.shuffle(args)
    turned = Expr(expr.op, tuple(args), expr.shape, expr.value)
    if expr.op == "add" and len(args) > 2 and draw.random() < 0.5:
        turned = Expr("add", (Expr("add", tuple(args[:2]), expr.shape), *args[2:]), expr.shape)
    if expr.op == "product" and len(args) > 1 and args[0].is_scalar:
        turned = Expr("product", (*args[1:], args[0]), expr.shape)
    if draw.random() < 0.3 and not expr.is_scalar:
        once = Expr("transpose", (turned,), expr.shape.turned)
        turned = Expr("transpose", (once,), expr.shape)
    return turned


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.sampled_from(["11", "n1", "nd", "nn"]))
def test_order_and_brackets_do_not_matter(seed, shape):
    expr = read(tree(Random(seed), shape, 3, (*SMOOTH, "step")))
    other = shuffled(expr, Random(seed + 1))
    found = difference(expr, other, 2, seed)
    assert found is None or found < 1e-8
    assert index_form(expr) == index_form(other)


@settings(max_examples=60)
@given(st.integers(0, 10**6), st.sampled_from(["11", "n1", "nn"]))
def test_what_looks_equal_is_equal(seed, shape):
    """Two trees that differ in one node: if their forms are the same, then so are their values."""
    draw = Random(seed)
    left = tree(draw, shape, 3, SMOOTH + CORNERS)
    swaps = [
        ("A", "B"),
        ("A", "A'"),
        ("S", "S'"),
        ("x", "y"),
        ("n", "d"),
        ("+", "-"),
        ("Q", "R"),
        ("D", "F"),
        ("a", "|a|"),
    ]
    old, new = draw.choice(swaps)
    right = left.replace(old, new, 1) if old != "n" else left.replace("ones(n, n)", "ones(n, 1) ones(1, n)", 1)
    try:
        left, right = read(left), read(right)
    except CalculusError:
        return
    found = difference(left, right, 6, seed) if same(left, right) else None
    assert found is None or found < 1e-8


def test_the_shape_is_part_of_what_is_equal():
    assert not same(read("ones(n)"), read("ones(d)"))
    assert not same(read("zeros(n)"), read("zeros(n, n)"))
    assert not same(read("eye(n)"), read("eye(d)"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 / (a - a)", "division by 0"),
        ("inv(A - A)", "0 has no inverse"),
        ("A^(t - 1)", "need an exponent t or t \\+ a whole number of a matrix"),
        ("A^17", "need an exponent from 0 to 16 of a matrix"),
        ("D[1,1]", "an entry of an expression has no index form"),
        ("where(a = b, a, b)", "where has an index form for one comparison by <, <=, > or >="),
        ("[X; Y] w + [A; B] x + softmax([x; y])", "block has no index form"),
        ("lim(a, a -> 0)", "limit has no index form"),
        ("E[a]", "expectation has no index form"),
        ("(a + b + c + t)^60", "need at most"),
        ("(x' y) " * 21, "need at most"),
    ],
)
def test_index_form_refuses(text, message):
    with pytest.raises(CalculusError, match=message):
        index_form(read(text))


def nested(template: str, inside: str, times: int) -> str:
    for _ in range(times):
        inside = template.replace("@", f"({inside})")
    return inside


@pytest.mark.parametrize(
    "text",
    [
        "(x' y)^8",
        "tr(A)^9",
        "(X G).^8",
        "(x' S x) " * 12,
        "sum((A x) .* (A x) .* (A x) .* (A x) .* (A x) .* (A x) .* (A x) .* (A x))",
        "tr(A B A B A B A B A B A B A B)",
        "tr(S S S S S S S S S S S S)",
        "(2 a)^1000000000",
        "(2 a + 2 b)^1000000000",
        "a^1e300 x.^1e200 2^1e100",
        "sqrt(1e-300 * 1e-300 * 1e-300 a)",
        nested("@^8", "2 a", 12),
        nested("@^64", "9", 12),
        nested("||@||", "x", 14),
        nested("softmax@", "x", 14),
        nested("where(a > b, c, @)", "a", 14),
        nested("relu(1 - @)", "a", 14),
        nested("inv(A + @)'", "B", 14),
        nested("logsumexp(x @)", "a", 14),
        nested("(@ + b)^3", "a", 8),
    ],
)
def test_hostile_texts_take_no_time(text):
    expr, begun = read(text), time.process_time()
    try:
        index_form(expr)
    except CalculusError as problem:
        assert problem.message
    assert time.process_time() - begun < 4, "far less, but the hook and a busy machine cost"


def test_people_see_relu_where_forms_have_steps():
    assert "map:relu" in plain_form(read("relu(x)")).key
    assert "map:relu" not in index_form(read("relu(x)")).key
    assert "map:step" in index_form(read("relu(x)")).key


def test_what_is_divided_by_is_multiplied_away():
    left, right = read("(a^2 - b^2) / (a - b)"), read("a + b")
    rest = total([index_form(left), index_form(right)], [1, -1])
    assert not rest.is_zero
    assert divided_out(rest).is_zero
    assert not divided_out(total([index_form(left), index_form(read("a - b"))], [1, -1])).is_zero
    half = total([index_form(read("(a + b) / sqrt(a + b)")), index_form(read("sqrt(a + b)"))], [1, -1])
    assert divided_out(half).is_zero


def test_forms_of_nothing():
    assert index_form(read("x - x")) == Form(())
    assert index_form(read("x - x")).is_zero
    assert index_form(Expr("zeros", (), SCALAR)).is_zero
    assert not index_form(read("x")).is_zero
