"""What is seen to be a covariance: squares, declared traits, and what is made of such; and nothing that may be none."""

import pytest

from thalweg.claims.files.document import read

HEAD = """sizes n d
x, y : n
S, B : n x n
P : n x n psd
Q : d x d pd
X : n x d
s, t, u : scalar
lam : scalar > 0
given t >= 2
given y >= 0
given u = lam^2
"""


def problem(shape, covariance):
    """Why a covariance is refused; empty if it is not."""
    problems = read(f"```claim\n{HEAD}random z : {shape} ~ normal(0, {covariance})\nclaim 1 = 1\n```\n").problems
    return problems[0].message if problems else ""


@pytest.mark.parametrize(
    ("shape", "covariance"),
    [
        *(("scalar", said) for said in ("2", "lam", "s^2", "s s", "t", "u", "lam^3 t", "sqrt(lam)", "1/n", "x' P x")),
        *(("scalar", said) for said in ("||x||", "abs(s)", "s^2 + lam / n", "emax(P)^2", "0", "lam^s")),
        *(("n", said) for said in ("I", "P", "2 P + lam I", "(s^2 + lam) inv(P)", "X Q X'", "x x'", "(x x')^2", "P'")),
        *(("n", said) for said in ("diag(y)", "diag(exp(x))", "x' x I", "lam / n I", "pinv(P)", "P .* P", "0")),
        *(("2", said) for said in ("[2, 1; 1, 2]", "[1, 1; 1, 1]", "[0, 0; 0, 3]", "[s^2, 0; 0, lam]")),
        ("n x d", "lam"),
    ],
)
def test_a_covariance_that_is_one_by_its_form_is_taken(shape, covariance):
    assert not problem(shape, covariance)


@pytest.mark.parametrize(
    ("shape", "covariance"),
    [
        *(
            ("scalar", said)
            for said in ("-1", "s", "s t", "lam - 1", "s^3", "log(lam)", "x' S x", "x' y", "tr(B)", "emin(P)")
        ),
        *(("n", said) for said in ("S", "-P", "P - I", "s I", "x y'", "diag(x)", "X X' B", "P P P P - P", "B B")),
        *(("n", said) for said in ("exp(x') B^2 exp(x) I", "inv(S)", "B' B B", "P B", "P S P S", "S^2")),
        *(("2", said) for said in ("[1, 2; 2, 1]", "[0, 1; 1, 0]", "[1, 1; 0, 1]", "[s, 0; 0, 1]", "[0, 1; 1, 2]")),
        ("n x d", "s"),
    ],
)
def test_a_covariance_that_may_be_none_is_refused(shape, covariance):
    assert "that is certainly" in problem(shape, covariance)
