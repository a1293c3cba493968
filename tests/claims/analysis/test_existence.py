"""Inverses that are taken for granted: nothing is proved of what cannot be inverted, and a proof says what it needs."""

import pytest

from questioned import NUMBERS, RIDGE, SQUARE, TALL, WIDE, claimed, soon
from thalweg.claims.analysis.existence import conditioned, inverted, never_regular
from thalweg.claims.check import check
from thalweg.claims.nouns import Answer, Verdict

OUTER = {"u": "n", "v": "n", "A": "n x n"}
TO_RIGHT, TO_LEFT = "inv(X' X) X' y", "X' inv(X X') y"
FALSE = [  # with the smallest sizes
    (f"lim(inv(X' X + lam I) X' y, lam -> 0+) = {TO_RIGHT}", WIDE, (), "n = 1, d = 2"),
    (f"lim(X' inv(X X' + lam I) y, lam -> 0+) = {TO_LEFT}", TALL, (), "n = 2, d = 1"),
    ("lim(X' inv(X X' + lam I) y, lam -> 0+) = X' inv(X X') y and lam > 0", TALL, (), "n = 2, d = 1"),
    (f"argmin(||X w - y||^2, w) = {TO_RIGHT}", WIDE, (), "n = 1, d = 2"),
    (f"argmin(||w||^2, w, X w = y) = {TO_LEFT}", TALL, (), "n = 2, d = 1"),
    ("inv(X' X) X' X = I", WIDE, (), "n = 1, d = 2"),
    ("X X' inv(X X') = I", TALL, (), "n = 2, d = 1"),
    ("inv(X' X) X' = pinv(X)", WIDE, (), "n = 1, d = 2"),
    ("tr(inv(X' X) X' X) = d", WIDE, (), "n = 1, d = 2"),
    ("||inv(X' X) X' y|| <= ||y|| / smin(X)", WIDE, (), "n = 1, d = 2"),
    ("deriv(y' X inv(X' X) X' y, y) = 2 y' X inv(X' X) X'", WIDE, (), "n = 1, d = 2"),
    (f"X' X w = X' y iff w = {TO_RIGHT}", WIDE, (), "n = 1, d = 2"),
    (f"X w = y iff w = {TO_RIGHT}", WIDE, (), "n = 1, d = 2"),
    (f"w = {TO_RIGHT} implies X' X w = X' y", WIDE, (), "n = 1, d = 2"),
    (f"forall z: z = z implies {TO_RIGHT} = pinv(X) y", {**WIDE, "z": "scalar"}, (), "n = 1, d = 2"),
    ("X' X w = X' y", WIDE, (f"w = {TO_RIGHT}",), "n = 1, d = 2"),
    ("X' X inv(X' X) = I", RIDGE, ("d >= n",), "n = 1, d = 2"),
    ("X' X inv(X' X) = I", RIDGE, ("rank(X) = n",), "n = 1, d = 2"),
    ("inv(X' X) X' = X' inv(X X')", RIDGE, (), "n = 1, d = 2"),
    ("inv(u v') u v' = I", OUTER, (), "n = 2"),
    ("inv(u u') u = u inv(u' u)", OUTER, (), "n = 2"),
    ("inv(A) A = I", OUTER, ("rank(A) = 1",), "n = 2"),
    ("inv(A) A = I", OUTER, ("A = u v'",), "n = 2"),
]
WITHOUT_VALUE = [
    ("inv(A) A = I", OUTER, ("det(A) = 0",)),
    ("inv(A) A = I", OUTER, ("rank(A) < n",)),
    ("inv(A) A = I", {"A": "2 x 2"}, ("det(A) = 0",)),
    ("X' X inv(X' X) = I", RIDGE, ("d >= n + 1",)),
    ("X' X inv(X' X) = I", {"X": "2 x 3"}, ()),
    ("inv(I - X pinv(X)) (I - X pinv(X)) = I", TALL, ()),
    ("inv(0 A) = A", OUTER, ()),
]
WHERE = [
    (f"lim(inv(X' X + lam I) X' y, lam -> 0+) = {TO_RIGHT}", RIDGE, (), "X' X is"),
    (f"argmin(||X w - y||^2, w) = {TO_RIGHT}", RIDGE, (), "X' X is"),
    (f"X' X w = X' y iff w = {TO_RIGHT}", RIDGE, (), "X' X is"),
    ("inv(X' X) X' = pinv(X)", RIDGE, (), "X' X is"),
    (f"rank(X) = d implies {TO_RIGHT} = {TO_RIGHT}", WIDE, (), "X' X is"),
    ("inv(A B) = inv(B) inv(A)", SQUARE, (), "A B, B and A are"),
    ("inv(A) = A' implies A A' = I", SQUARE, (), "A is"),
    ("inv(P) P = I", {"P": "n x n symmetric"}, ("P^2 = P",), "P is"),
    ("inv(I - P) (I - P) = I", {"P": "n x n"}, ("P^2 = P",), "I - P is"),
    (
        "inv(X' X + lam I) X' = X' inv(X X' + lam I)",
        {**RIDGE, "lam": "scalar"},
        (),
        "X' X + lam I and X X' + lam I are",
    ),
]
CERTAIN = [
    (f"lim(inv(X' X + lam I) X' y, lam -> 0+) = {TO_RIGHT}", TALL, ()),
    (f"lim(X' inv(X X' + lam I) y, lam -> 0+) = {TO_LEFT}", WIDE, ()),
    ("inv(X' X + lam I) X' = X' inv(X X' + lam I)", RIDGE, ()),
    ("inv(2 A B') A = inv(B') / 2", {"A": "n x n invertible", "B": "n x n orthogonal"}, ()),
    ("inv(A) A = I", OUTER, ("det(A) != 0",)),
    ("1 / a + 1 = (1 + a) / a", NUMBERS, ()),
]


@pytest.mark.parametrize(("statement", "shapes", "givens", "sizes"), FALSE)
def test_what_is_inverted_at_an_edge_of_the_sizes_only_is_false(statement, shapes, givens, sizes):
    found = check(claimed(statement, shapes, *givens))
    assert found.verdict is Verdict.FALSE
    assert str(found.counterexample).startswith(f"{sizes}: ")
    assert "so it has no inverse" in str(found.counterexample)


@pytest.mark.parametrize(("statement", "shapes", "givens"), WITHOUT_VALUE)
def test_what_is_never_invertible_says_nothing(statement, shapes, givens):
    found = check(claimed(statement, shapes, *givens))
    assert found.verdict is Verdict.VACUOUS
    assert found.how.startswith("it has no value in any case")


@pytest.mark.parametrize(("statement", "shapes", "givens", "said"), WHERE)
def test_a_proof_says_what_must_be_invertible(statement, shapes, givens, said):
    found = check(claimed(statement, shapes, *givens))
    assert found.verdict is Verdict.PROVED
    assert found.how.endswith(f", where {said} invertible")


@pytest.mark.parametrize(("statement", "shapes", "givens"), CERTAIN)
def test_a_proof_says_nothing_of_what_is_certainly_invertible(statement, shapes, givens):
    found = check(claimed(statement, shapes, *givens))
    assert found.verdict is Verdict.PROVED
    assert not found.how.endswith("invertible")


def test_a_false_inverse_comes_with_what_would_make_it_right():
    found = check(claimed("inv(X' X) X' X = I", WIDE))
    assert found.condition == "true if X has full column rank"


def test_no_remedy_leaves_an_inverse_that_does_not_exist():
    found = check(claimed("inv(X' X) X' X = 2 I", WIDE))
    assert found.verdict is Verdict.FALSE
    assert not found.condition


def test_no_proof_without_a_case():
    found = check(claimed("inv([A, A; A, A]) [A, A; A, A] = I", OUTER))
    assert found.verdict is Verdict.UNDECIDED
    assert found.how == "no case was found in which [A, A; A, A] is invertible"


def test_the_variable_of_a_limit_is_no_name():
    claim = claimed(f"lim(inv(X' X + lam I) X' y, lam -> 0+) = where(lam > 0, {TO_RIGHT}, X' y)", RIDGE)
    assert [one.is_bound for one in inverted(claim.statement)] == [True]
    proof = Answer(Verdict.PROVED, "said")
    assert never_regular(claim) is None
    assert conditioned(claim, proof, soon()) == proof
