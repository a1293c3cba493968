"""Claims as they are typed, and the verdicts on them: what no single stage shows."""

import pytest

from thalweg.claims import check_text
from thalweg.claims.nouns import Answer

SECONDS = 2.0


def answer(written: str) -> Answer:
    """The answer to the only claim of a block; lines are told apart by `;`."""
    lines = "\n".join(line.strip() for line in written.split(";"))
    (found,) = check_text(f"```claim\n{lines}\n```\n", seconds=SECONDS).answers
    assert found is not None
    return found


@pytest.mark.parametrize(
    "written",
    [
        "x, y : scalar integer; claim x^2 = 3 y^2 implies y = 0",
        "x, y : scalar integer; given x^2 = 7 y^2; claim y = 0",
        "x, y : scalar integer; claim x^2 + y^2 = 3 implies x = 0",
        "k, m : scalar integer; claim k/m = sqrt(3) implies k = 1",
        "k : scalar integer; x : scalar; claim x^2 = k and x^2 = 1/2 implies x >= 0",
        "sizes n d; claim n^2 = 2 d^2 implies n = d",
        "sizes n d; claim n^2 - 5 d^2 = 2 implies n = d",
    ],
)
def test_whole_numbers_get_no_irrational_counterexamples(written):
    assert answer(written).verdict.word in ("PASSED", "UNDECIDED", "VACUOUS")


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("x, y : scalar integer; claim x^2 = 4 y^2 implies y = 0", "y = -1"),
        ("sizes n d; claim n^2 = 4 d^2 implies n = d", "d = 1, n = 2"),
        ("x : scalar; claim x^2 = 2 implies x > 0", "x = -1.4142135"),
        ("x : scalar; given x^2 = 2; claim exp(x) > 1", "x = -1.4142135"),
        ("x : scalar; claim x^5 - x - 1 != 0", "x = 1.1673039"),
        ("x : scalar in (0, 1); claim sin(x) != 1/2", "x = 0.5235987"),
        ("k : scalar integer; claim k > 0 implies 2^k < 10^9", "k = 30"),
        ("claim tanh(100) = 1", "does not hold"),
        ("claim 1e300 1e300 < 0", "always"),
    ],
)
def test_false_claims_about_numbers_are_refuted(written, shown):
    found = answer(written)
    assert found.verdict.word == "FALSE", found.how
    assert shown in str(found.counterexample)


@pytest.mark.parametrize(
    "written",
    [
        "sizes n; A, B : n x n; claim A B = 0 implies B A = 0",
        "sizes n; A : n x n; u, v : n; given A u = 2 u; given A v = 3 v; claim u' v = 0",
        "sizes n; A : n x n; x : n; claim (forall x: x' A x = 0) iff A = 0",
        "sizes n; A : n x n; x : n; given forall x: x' A x = 0; claim A = 0",
        "sizes n; A : n x n; given A^3 = 0; claim A^2 = 0",
        "sizes n; x : n; claim sum(x)^2 <= 5 ||x||^2",
        "sizes n; A : n x n; claim rank(A) <= 5",
        "sizes n; A : n x n orthogonal; claim tr(A) <= 9",
    ],
)
def test_false_claims_about_matrices_are_refuted(written):
    found = answer(written)
    assert found.verdict.word == "FALSE", found.how
    assert found.counterexample is not None
    assert found.counterexample.certified == "exactly"


@pytest.mark.parametrize(
    "written",
    [
        "x : scalar; claim x^2 + 1 != 0",
        "x : scalar; claim exp(x) != 0",
        "x : scalar; claim step(x) != 1/2",
        "x : scalar; claim x != 0 implies 1/x != 0",
        "x : scalar; claim tan(x) != 0 or sin(x) = 0",
        "sizes n; A, B : n x n invertible; given A B = 0; claim B A = 0",
        "sizes n; A : n x n symmetric; u, v : n; given A u = 2 u; given A v = 3 v; claim u' v = 0",
        "sizes n; x : n; claim sum(x)^2 <= n ||x||^2",
        "claim 9999999999^64 > 1",
        "claim exp(1) < 3",
    ],
)
def test_true_claims_are_not_refuted(written):
    assert answer(written).verdict.word in ("PROVED", "PASSED", "VACUOUS", "UNDECIDED")


@pytest.mark.parametrize(
    ("written", "word"),
    [
        ("sizes n d; X : n x d full column rank; claim n >= d", "PROVED"),
        ("sizes n d; X : n x d full row rank; claim n >= d", "FALSE"),
        ("sizes n d; X : n x d full column rank, full row rank; claim n = d", "PROVED"),
        ("sizes n d; X : n x d full column rank; given d = n + 1; claim n = 5", "VACUOUS"),
        ("sizes n d, n > d, d > n; claim n = n", "VACUOUS"),
        ("sizes n d, n >= d, d >= n; claim n = d", "PROVED"),
    ],
)
def test_full_rank_limits_sizes_of_claims_that_do_not_speak_of_the_matrix(written, word):
    found = answer(written)
    assert found.verdict.word == word, found.how


@pytest.mark.parametrize(
    ("written", "word"),
    [
        ("sizes n; A : n x n pd; given tr(A) = 0; claim A = A'", "VACUOUS"),
        ("sizes n; A : n x n psd; given tr(A) = 0; claim A = A'", "PROVED"),
        ("sizes n; A : n x n pd; given tr(A) < 0; claim A = 0", "VACUOUS"),
        ("sizes n; A : n x n orthogonal; given A = 0; claim A = A", "VACUOUS"),
        ("sizes n; A : n x n orthogonal; given smax(A) = 2; claim A = A", "VACUOUS"),
        ("sizes n; A : n x n orthogonal; given smax(A) = 1; claim A = A", "PROVED"),
        ("sizes n; A : n x n symmetric; given A^2 = -I; claim A = A'", "VACUOUS"),
        ("sizes n; A : n x n symmetric; given A^2 = I; claim A = A'", "PROVED"),
    ],
)
def test_a_claim_under_givens_that_no_matrix_satisfies_says_nothing(written, word):
    found = answer(written)
    assert found.verdict.word == word, found.how


def test_numbers_that_are_too_large_are_called_so():
    found = answer("claim exp(1e300) > 1")
    assert found.verdict.word == "UNDECIDED"
    assert "too large" in found.how
