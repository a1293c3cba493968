"""True identities proved by canonical form, and false ones, as nearly true as can be, never."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equalities import DIFFERENT, EQUAL, pairs
from thalweg.calculus.indices import index_form
from thalweg.calculus.nodes import SCALAR, Expr, symbols
from thalweg.claims import clock
from thalweg.claims.nouns import Claim, Verdict
from thalweg.claims.proofs import canonical
from trees import SMOOTH, difference, read, tree


def proved(statement: Expr) -> bool:
    claim = Claim(statement, symbols=symbols(statement), sizes=("n", "d"))
    answer = canonical.prove(claim, clock.now() + 5)
    assert answer is None or answer.verdict is Verdict.PROVED
    return answer is not None


def equation(left: str, right: str, relation: str = "=") -> Expr:
    return Expr("compare", (read(left), read(right)), SCALAR, relation)


CLEARED = [
    ("inv(X' X + lam I_d) X'", "X' inv(X X' + lam I_n)"),
    ("X' inv(X X' + lam I_n) X", "eye(d) - lam inv(X' X + lam I_d)"),
    ("X inv(X' X + lam I_d) X'", "eye(n) - lam inv(X X' + lam I_n)"),
    ("inv(A) + inv(B)", "inv(A) (A + B) inv(B)"),
    ("A inv(A + B) B", "B inv(A + B) A"),
    ("inv(eye(n) + A) A", "A inv(eye(n) + A)"),
    ("eye(n) - inv(eye(n) + A)", "inv(eye(n) + A) A"),
    ("inv(A + x y')", "inv(A) - inv(A) x y' inv(A) / (1 + y' inv(A) x)"),
    ("inv(eye(n) + x y')", "eye(n) - x y' / (1 + y' x)"),
    ("inv(A + X G X')", "inv(A) - inv(A) X inv(inv(G) + X' inv(A) X) X' inv(A)"),
    ("inv(A) A A", "A"),
    ("inv(S + lam I_n) S", "S inv(S + lam I_n)"),
    ("(a^2 - b^2) / (a - b)", "a + b"),
    ("a / (a + b) + b / (a + b)", "1"),
    ("x / sqrt(x' x)", "sqrt(x' x) x / (x' x)"),
    ("sum(softmax(x))", "1"),
    ("inv(tr(A B) C + lam I_n) C", "C inv(tr(A B) C + lam I_n)"),
    ("[X; sqrt(lam) I_d]' [X; sqrt(lam) I_d]", "X' X + lam I_d"),
    ("[A, B] [x; y]", "A x + B y"),
    ("[x; 2 y]", "[x; y + y]"),
]


@pytest.mark.parametrize(("left", "right"), [*CLEARED, *pairs(EQUAL)])
def test_what_is_equal_is_proved(left, right):
    assert proved(equation(left, right))
    assert proved(equation(left, right, "<="))
    assert proved(equation(right, left, ">="))
    assert not proved(equation(left, right, "<"))
    assert not proved(equation(left, right, "!="))


@pytest.mark.parametrize(("left", "right"), CLEARED)
def test_what_was_cleared_is_equal(left, right):
    assert difference(read(left), read(right), 24) < 1e-7


ADVERSARIAL = [
    ("inv(X' X + lam I_d) X'", "X' inv(X X' + mu I_n)"),
    ("inv(X' X + lam I_d) X'", "X' inv(X X' - lam I_n)"),
    ("X' inv(X X' + lam I_n) X", "eye(d) + lam inv(X' X + lam I_d)"),
    ("inv(A .* B .* C + lam I_n) A B' C", "eye(n) - lam inv(A .* B .* C + lam I_n)"),
    ("inv(A .* B .* C + lam I_n) (A .* B .* C)", "eye(n) + lam inv(A .* B .* C + lam I_n)"),
    ("inv(A diag(diag(C)) B + lam I_n) A C B", "eye(n) - lam inv(A diag(diag(C)) B + lam I_n)"),
    ("inv(tr(A) B + lam I_n) A B", "eye(n) - lam inv(tr(A) B + lam I_n)"),
    ("A inv(A + B) B", "B inv(A + C) A"),
    ("inv(A + B) A", "A inv(A + B)"),
    ("inv(inv(A) + inv(B))", "A + B"),
    ("inv(A B + lam I_n) A", "A inv(A B + lam I_n)"),
    ("inv(A + x y')", "inv(A) - inv(A) x y' inv(A) / (1 + x' inv(A) y)"),
    ("inv(A + x y')", "inv(A) - inv(A) x y' inv(A) / (1 - y' inv(A) x)"),
    ("inv(S + A) S", "S inv(S + A)"),
    ("a / (a + b) + b / (a + b)", "2"),
    ("(a^2 + b^2) / (a + b)", "a + b"),
    ("1 / a + 1 / b", "2 / (a + b)"),
    ("where(b > 0, (1 - step(a)) / (1 - step(a)), step(a))", "where(b > 0, 1, 0)"),
    ("where(a > 0, inv(eye(n) - step(a) eye(n)) x, x)", "x"),
    ("[x; 2 y]", "[x; y]"),
    ("[A, B] [x; y]", "[A, B] [y; x]"),
]


@pytest.mark.parametrize(("left", "right"), [*ADVERSARIAL, *pairs(DIFFERENT)])
@pytest.mark.parametrize("relation", ["=", "<=", ">="])
def test_what_is_not_equal_is_never_proved(left, right, relation):
    assert not proved(equation(left, right, relation))


@pytest.mark.parametrize(("left", "right"), ADVERSARIAL[:17])
def test_what_is_refused_differs(left, right):
    assert difference(read(left), read(right), 24) > 1e-6


@pytest.mark.parametrize(
    "side",
    ["sqrt(-1 - a^2)", "log(-1 - x' x)", "inv(A - A)", "1 / (a - a)", "inv(x y' - x y')", "(-1 - b^2)^(1/2) x"],
)
def test_what_never_has_a_value_is_not_proved(side):
    assert not proved(equation(side, side))


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.sampled_from(["11", "n1", "nn"]))
def test_only_what_is_equal_is_proved(seed, shape):
    draw = Random(seed)
    left = tree(draw, shape, 3, (*SMOOTH, "abs", "relu", "log"))
    old, new = draw.choice([
        ("A", "B"),
        ("A", "A'"),
        ("S", "S'"),
        ("x", "y"),
        ("+", "-"),
        ("Q", "Q'"),
        ("D", "F"),
        ("3", "2"),
    ])
    left, right = read(left), read(left.replace(old, new, 1))
    if left.shape == right.shape and proved(Expr("compare", (left, right), SCALAR, "=")):
        found = difference(left, right, 8, seed)
        assert found is None or found < 1e-7


def test_statements_that_are_no_identity_are_left_alone():
    assert not proved(read("a = a and b = b"))
    assert not proved(read("forall x: x' x >= 0"))
    assert not proved(read("x' x >= 0"))
    assert not proved(Expr("compare", (Expr("infinity", (), SCALAR),) * 2, SCALAR, "="))


def test_a_given_in_other_words_is_proved():
    claim = Claim(read("A - A' = 0"), (read("2 A' = 2 A"),))
    assert canonical.prove(claim, clock.now() + 5).how == "it is a given in other words"
    assert canonical.prove(Claim(read("A + A' = 0"), (read("A = A'"),)), clock.now() + 5) is None


def test_a_deadline_is_kept():
    statement = equation("inv(A + X G X')", "inv(A) - inv(A) X inv(inv(G) + X' inv(A) X) X' inv(A)")
    assert canonical.prove(Claim(statement), clock.now() - 1) is None
    assert canonical.prove(Claim(equation("x' A y", "y' A' x")), clock.now() - 1) is not None, (
        "nothing is to be cleared"
    )


def test_forms_are_zero_once_inverses_are_cleared():
    rest = index_form(read("inv(X' X + lam I_d) X' - X' inv(X X' + lam I_n)"))
    assert not rest.is_zero
    assert canonical.is_zero(rest, clock.now() + 5)
    assert not canonical.is_zero(rest, clock.now() - 1)
    assert not canonical.is_zero(index_form(read("A - B")), clock.now() + 5)
