import pytest

from thalweg.calculus.indices import same
from thalweg.calculus.nodes import CalculusError, Expr
from thalweg.calculus.show import text
from thalweg.claims import clock
from thalweg.claims.expand import expanded, worked_out
from thalweg.claims.nouns import Claim, Random, Verdict
from thalweg.claims.proofs import canonical
from trees import difference, read

ZERO = Expr("zeros", (), read("x").shape)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("deriv(x' A x, x)", "x' (A + A')"),
        ("deriv(x' A x, A)", "x x'"),
        ("deriv(A x, x)", "A"),
        ("deriv(x' A, x)", "A'"),
        ("deriv(y' y, x)", "0 x'"),
        ("deriv(a^3, a)", "3 a^2"),
        ("hessian(x' A x, x)", "A + A'"),
        ("hessian(||X w - x||^2, w)", "2 X' X"),
        ("deriv(deriv(a^4, a), a)", "12 a^2"),
        ("deriv(x' S x, S)", "x x'"),
        ("deriv(||Q||_F^2, Q)", "2 Q'"),
        ("deriv(x' (A + A + A') x, x)", "3 x' (A + A')"),
        ("deriv(relu(a), a)", "step(a)"),
        ("deriv((x .* x)', x)", "2 diag(x)"),
        (
            "deriv((A .* (x y')) y, x)",
            "diag((A .* (ones(n) y')) y)",
        ),
        ("deriv(diag(x y') / (1 + a^2), x)", "diag(y) / (1 + a^2)"),
        ("y' y + deriv(a x' x, a)", "y' y + x' x"),
    ],
)
def test_derivatives_are_worked_out(typed, expected):
    found = worked_out(read(typed))
    assert same(found, read(expected))
    assert difference(found, read(expected)) < 1e-9


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("E[x]", "zeros(n)"),
        ("E[x x']", "P"),
        ("E[x' A x]", "tr(A P)"),
        ("E[||y - x||^2]", "y' y + tr(P)"),
        ("E[y' y]", "y' y"),
        ("E[x' x] + E[x' y]", "tr(P)"),
        ("deriv(E[||A x - y||^2], y)", "2 y'"),
        ("E[deriv(||y - x||^2, y)]", "2 y'"),
    ],
)
def test_expectations_are_worked_out(typed, expected):
    assert same(worked_out(read(typed), (Random(read("x"), ZERO, read("P")),)), read(expected))


def test_a_whole_claim_is_worked_out():
    claim = Claim(read("deriv(x' x, x) = 2 x'"), (read("deriv(a^2, a) = b"),), readings=(read("deriv(a, a) = 1"),))
    found = expanded(claim)
    assert [text(part) for part in (found.statement, *found.givens, *found.readings)] == [
        "2 x' = 2 x'",
        "2 a = b",
        "1 = 1",
    ]
    iff = worked_out(read("(forall x: deriv(x' A x, x) = 2 x' A) iff A = A'"))
    assert text(iff) == "(forall x: x' (A + A') = 2 x' A) iff A = A'"


@pytest.mark.parametrize(
    ("typed", "is_true"),
    [
        ("deriv(x' y, x) = y'", True),
        ("deriv(||x||^2, x) = 2 x'", True),
        ("deriv(A x, x) = A", True),
        ("deriv(x' A x, x) = x' (A + A')", True),
        ("deriv(x' A x, x) = 2 x' A", False),
        ("deriv(x' S x, x) = 2 x' S", True),
        ("deriv(A x, x) = A'", False),
        ("deriv(||x||^2, x) = x'", False),
        ("deriv(x' (A + A + A') x, x) = 2 x' (A + A + A')", False),
        ("deriv(tr(A B), A) = B'", False),
        ("deriv(logdet(A), A) = inv(A)", True),
    ],
)
def test_claims_about_derivatives_are_proved_if_they_are_true(typed, is_true):
    answer = canonical.prove(expanded(Claim(read(typed))), clock.now() + 5)
    assert (answer is not None) == is_true
    assert answer is None or answer.verdict is Verdict.PROVED


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("deriv(smax(A), A)", "there is no rule for the derivative of smax"),
        ("deriv(||A||_2, A)", "there is no rule"),
        ("E[exp(x)]", "E\\[...\\] needs a polynomial in the random names"),
        ("E[1 / (x' x)]", "E\\[...\\] needs a polynomial"),
    ],
)
def test_worked_out_refuses(typed, message):
    with pytest.raises(CalculusError, match=message):
        worked_out(read(typed), (Random(read("x"), ZERO, read("P")),))


def test_nothing_asked_nothing_changed():
    statement = read("x' A x = 0")
    assert worked_out(statement) is statement
