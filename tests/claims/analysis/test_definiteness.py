import pytest

from questioned import claimed, soon
from thalweg.claims.analysis.definiteness import definite, is_independent, known

SHAPES = {
    "A": "n x n",
    "S": "n x n symmetric",
    "P": "n x n pd",
    "Q": "n x n psd",
    "X": "m x n",
    "C": "m x n full column rank",
    "O": "n x n orthogonal",
    "p": "scalar > 0",
    "q": "scalar >= 0",
    "a": "scalar",
    "I_": "n x n diagonal",
}

KINDS = {
    "P": "pd",
    "Q": "psd",
    "S": None,
    "A' A": "psd",
    "A A'": "psd",
    "A' A + p eye(n)": "pd",
    "A' A + q eye(n)": "psd",
    "A' A + a eye(n)": None,
    "A' A - p eye(n)": None,
    "A' A + a^2 eye(n)": "psd",
    "A' A + (a^2 + 1) eye(n)": "pd",
    "X' X": "psd",
    "C' C": "pd",
    "C C'": "psd",
    "X' X + P": "pd",
    "X' X + Q": "psd",
    "C' C + Q": "pd",
    "O' P O": "pd",
    "O' Q O": "psd",
    "A' P A": "psd",
    "C' C + S": None,
    "p A' A": "psd",
    "p P": "pd",
    "a P": None,
    "-P": None,
    "0 P": "psd",
    "q P": "psd",
    "inv(P)": "pd",
    "pinv(Q)": "psd",
    "inv(A' A + p eye(n))": "pd",
    "A' S A": None,
    "A' A A' A": "psd",
    "A A": None,
    "A' + A": None,
    "[X; O]' [X; O]": "pd",
    "[X; A]' [X; A]": "psd",
}


@pytest.mark.parametrize("said", KINDS)
def test_definiteness_is_seen_where_it_is_certain(said):
    claim = claimed(f"{said} = {said}", SHAPES)
    expr = claim.statement.args[0]
    facts = known(claimed("a = a", SHAPES), soon())
    assert definite(expr, facts) == KINDS[said]


@pytest.mark.parametrize(
    ("said", "statement", "kind"),
    [
        ("X' X", "inv(X' X) = inv(X' X)", "pd"),
        ("A' A", "inv(A) = inv(A)", "pd"),
        ("Q", "inv(Q) = inv(Q)", "pd"),
        ("X' X + Q", "inv(X' X + Q) = inv(X' X + Q)", "pd"),
        ("X' X", "where(a > 0, tr(inv(X' X)), 0) = 0", "psd"),
        ("X X'", "inv(X' X) = inv(X' X)", "psd"),
        ("X' X", "inv(X' P_ X) = inv(X' P_ X)", "pd"),
    ],
)
def test_an_inverse_in_a_claim_says_what_is_regular(said, statement, kind):
    shapes = {**SHAPES, "P_": "m x m"}
    expr = claimed(f"{said} = {said}", shapes).statement.args[0]
    assert definite(expr, known(claimed(statement, shapes), soon())) == kind


def test_full_column_rank_of_products_and_blocks():
    facts = known(claimed("a = a", SHAPES), soon())
    for said, expected in {
        "C": True,
        "X": False,
        "C O": True,
        "p C": True,
        "a C": False,
        "X O": False,
        "[X; eye(n)]": True,
    }.items():
        assert is_independent(claimed(f"{said} = {said}", SHAPES).statement.args[0], facts) is expected, said
