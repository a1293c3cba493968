import pytest

from thalweg.calculus.sizes import size_of
from thalweg.claims.echo import echo
from thalweg.claims.nouns import Claim, Random
from trees import read


@pytest.mark.parametrize(
    ("claim", "line"),
    [
        (Claim(read("2 = 2")), "2 = 2"),
        (Claim(read("x' A x >= 0")), "for all x (n x 1), A (n x n): x' A x >= 0"),
        (Claim(read("x' S x >= 0")), "for all x (n x 1), S (n x n, symmetric): x' S x >= 0"),
        (Claim(read("lam a > 0")), "for all lam > 0, a: lam a > 0"),
        (Claim(read("mu >= 0")), "for all mu >= 0: mu >= 0"),
        (
            Claim(read("x = y"), (read("A x = A y"), read("det(A) != 0"))),
            "for all x (n x 1), y (n x 1), A (n x n), given A x = A y and det(A) != 0: x = y",
        ),
        (
            Claim(read("rank(X) <= d"), size_givens=((size_of("n"), size_of("d")),)),
            "for all X (n x d), n >= d: rank(X) <= d",
        ),
        (
            Claim(read("x' x >= 0"), randoms=(Random(read("x"), read("zeros(n)"), read("P")),)),
            "x ~ normal(0, P): x' x >= 0",
        ),
        (Claim(read("a = a"), randoms=(Random(read("b"), read("0 a"), read("lam")),)), "for all a: a = a"),
    ],
)
def test_how_a_claim_was_read(claim, line):
    assert echo(claim) == line


def test_another_reading_may_be_echoed():
    claim = Claim(read("a / b c = 1"), readings=(read("a / (b c) = 1"),))
    assert echo(claim) == "for all a, b, c: (a / b) c = 1" or echo(claim) == "for all a, b, c: a c / b = 1"
    assert echo(claim, claim.readings[0]) == "for all a, b, c: a / (b c) = 1"
