import pytest

from questioned import NUMBERS, RIDGE, claimed, soon
from thalweg.claims.analysis.provers import abstracted, implied, is_scalar, proved
from thalweg.claims.nouns import Verdict

PROVED = [
    ("a^2 + b^2 >= 2 a b", NUMBERS),
    ("X' inv(X X' + lam I) = inv(X' X + lam I) X'", RIDGE),
    ("X pinv(X) X = X", RIDGE),
    ("||y||^2/(1 + ||y||^2) < 1", RIDGE),
    ("(w' w) lam >= 0", RIDGE),
]
NOT = [
    ("a^2 + b^2 >= 3 a b", NUMBERS),
    ("X' inv(X X' + lam I) = inv(X' X + lam I) X' X", {**RIDGE, "X": "n x n"}),
    ("pinv(X) X = I", RIDGE),
    ("||y|| > 0", RIDGE),
    ("w' w >= 1", RIDGE),
    ("w' X' y >= 0", RIDGE),
]


@pytest.mark.parametrize(("said", "shapes"), PROVED)
def test_some_stage_proves_what_is_true(said, shapes):
    assert proved(claimed(said, shapes), soon()).verdict is Verdict.PROVED


@pytest.mark.parametrize(("said", "shapes"), NOT)
def test_no_stage_proves_what_is_false(said, shapes):
    assert proved(claimed(said, shapes), soon()) is None


def test_givens_and_traits_imply_statements_on_numbers():
    claim = claimed("a = a", {**NUMBERS, **RIDGE}, "a > 2", "X w = y")
    for said, expected in {
        "a > 1": True,
        "a > 3": False,
        "lam > 0": True,
        "lam >= 1": False,
        "||w||^2 >= 0": True,
        "w' w > 0": False,
    }.items():
        statement = claimed(said, {**NUMBERS, **RIDGE}).statement
        assert implied(claim, statement, soon()) is expected, said


def test_numbers_made_of_matrices_get_names_and_what_compares_matrices_is_refused():
    claim = claimed("||y||^2 + w' w + smax(X) >= lam", RIDGE, "X w = y", "w' w > 1")
    abstract = abstracted(claim)
    assert is_scalar(abstract)
    assert not is_scalar(claim)
    assert len(abstract.givens) == 1
    assert abstracted(claimed("X w = y", RIDGE)) is None


def test_a_claim_that_compares_matrices_made_of_scalars_is_not_one_of_scalars():
    assert is_scalar(claimed("a b = b a", NUMBERS))
    assert not is_scalar(claimed("a eye(2) = b eye(2)", NUMBERS))
