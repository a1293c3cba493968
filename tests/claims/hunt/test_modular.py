import pytest

from hunted import FALSE, claimed
from thalweg.claims import clock
from thalweg.claims.hunt import modular
from thalweg.claims.nouns import Verdict

IDENTITIES = [
    claimed("x' A x = x' A' x"),
    claimed("inv(A B) = inv(B) inv(A)"),
    claimed("det(A B) = det(A) det(B)"),
    claimed("||X w - b||^2 = w' X' X w - 2 b' X w + b' b"),
    claimed("||A||_F^2 = tr(A' A) and ||x||^4 = (x' x)^2"),
    claimed("inv(X' X + lam I) X' = X' inv(X X' + lam I)", "X m n; lam positive"),
    claimed("inv(I + x y') = I - x y' / (1 + y' x)"),
    claimed("x' A y = y' A x", "A n n symmetric; x n; y n"),
    claimed("A B C = C B A", "A n n diagonal; B n n diagonal; C n n diagonal"),
    claimed("||Q x||^2 = ||x||^2", "Q n n orthogonal; x n"),
    claimed("det(Q)^2 = 1", "Q n n orthogonal"),
    claimed("Q' Q = Q Q'", "Q n n", "Q' Q = I"),
    claimed("x' P x = ||P x||^2", "P n n symmetric; x n", "P P = P"),
    claimed("x' S x = ||G x||^2", "G n n; S n n pd; x n", "G' G = S"),
    claimed("||G x||^2 = x' inv(S) x", "G n n; S n n pd; x n", "G' G = inv(S)"),
    claimed("diag(x) y = x .* y"),
    claimed("[A, B; 0, C] [x; y] = [A x + B y; C y]"),
    claimed("tr(eye(n)) = n", "x n"),
    claimed("sum(x) = ones(n)' x"),
]
NOT = [
    claimed("x' A y = 1", "A n n; x n; y n", "x' A y = 1"),  # the given has no rational solution that is complete
    claimed("b = c", "a; b; c", "a b = a c"),
    claimed("x = y", "A n n; x n; y n", "A x = A y"),
    claimed("b = c", "a; b; c", "a .* b = a .* c"),
    claimed("x' A x = x' A y"),
    claimed("det(Q) = 1", "Q n n orthogonal"),
    claimed("det(P) = 0", "P n n symmetric", "P P = P"),
    claimed("tr(P) = 1", "P n n symmetric", "P P = P"),
    claimed("D = I", "D n n orthogonal"),
    claimed("2305843009213693951 lam = 0", "lam"),
    claimed("A B = B A", "A n n diagonal; B n n"),
    claimed("x = 0", "x n", "||x|| = 1"),
    claimed("lam^2305843009213693950 = 1", "lam nonzero"),
]
FOREIGN = [
    claimed("||x|| >= 0"),
    claimed("||x + y|| = ||x|| + ||y||"),
    claimed("relu(x) = relu(x)"),
    claimed("lam^(1/2) = lam^(1/2)", "lam positive"),
    claimed("lam^t = lam^t", "lam positive; t"),
    claimed("pinv(X) X = pinv(X) X"),
    claimed("x = y or x != y"),
    claimed("((A^64)^64)^64 = ((A^64)^64)^64"),
]


def soon() -> float:
    return clock.now() + 20


@pytest.mark.parametrize("claim", IDENTITIES, ids=lambda claim: claim.text)
def test_identities_pass(claim):
    answer = modular.tested(claim, soon())
    assert answer.verdict is Verdict.PASSED
    assert answer.how.startswith("identity modulo 2^61 - 1")
    assert answer.how.endswith("chance of error below 1e-15")


@pytest.mark.parametrize("claim", NOT, ids=lambda claim: claim.text)
def test_other_equations_do_not(claim):
    assert modular.tested(claim, soon()) is None


@pytest.mark.parametrize("claim", FOREIGN, ids=lambda claim: claim.text)
def test_what_is_not_rational_is_for_others(claim):
    assert modular.tested(claim, soon()) is None


@pytest.mark.parametrize("name", FALSE)
def test_no_false_claim_passes(name):
    assert modular.tested(FALSE[name].claim, soon()) is None


def test_sizes_are_named():
    assert "at sizes m = 2, n = 3; m = 3, n = 2; m = 3, n = 3" in modular.tested(IDENTITIES[3], soon()).how
    tall = claimed("inv(X' X) X' X = I", "X m n full column rank")
    assert "m = 2, n = 3" not in modular.tested(tall, soon()).how
    assert "sizes" not in modular.tested(claimed("(a + b)^2 = a^2 + 2 a b + b^2", "a; b"), soon()).how


def test_nothing_is_said_after_the_deadline():
    assert modular.tested(IDENTITIES[0], clock.now() - 1) is None
