import pytest

from thalweg.calculus.nodes import symbols
from thalweg.calculus.show import text
from thalweg.claims.nouns import Claim
from thalweg.claims.proofs.givens import absorbed
from trees import read


def claim(statement: str, *givens: str) -> Claim:
    parts = [read(part) for part in (statement, *givens)]
    known = {name: node for part in parts for name, node in symbols(part).items()}
    return Claim(parts[0], tuple(parts[1:]), known, ("n", "d"))


@pytest.mark.parametrize(
    ("statement", "givens", "expected", "left"),
    [
        ("x' A x >= 0", ("x = B y",), "(B y)' A (B y) >= 0", ()),
        ("x' A x >= 0", ("B y = x",), "(B y)' A (B y) >= 0", ()),
        ("x = y", ("x = B y", "y = z"), "B z = z", ()),
        ("A x = 0", ("A' = B",), "B' x = 0", ()),
        ("A x = y", ("inv(A) = X X'",), "inv(X X') x = y", ()),
        ("S x = 0", ("S = X X'",), "(X X') x = 0", ()),
        ("a = b", ("a = b^2",), "b^2 = b", ()),
        ("x' x = 0", ("x' x = 1",), "x' x = 0", ("x' x = 1",)),
        ("x' x = 0", ("x = A x",), "x' x = 0", ("x = A x",)),
        ("x' x = 0", ("x <= y",), "x' x = 0", ("x <= y",)),
        ("x' x = 0", ("a > 0", "x = y"), "y' y = 0", ("a > 0",)),
        ("x' x = 0", (), "x' x = 0", ()),
    ],
)
def test_definitions_are_put_in(statement, givens, expected, left):
    found = absorbed(claim(statement, *givens))
    assert text(found.statement) == expected
    assert tuple(text(given) for given in found.givens) == left


@pytest.mark.parametrize(
    ("given", "trait"),
    [
        ("A = A'", "symmetric"),
        ("A' = A", "symmetric"),
        ("A' A = eye(n)", "orthogonal"),
        ("eye(n) = A A'", "orthogonal"),
    ],
)
def test_some_givens_are_traits(given, trait):
    found = absorbed(claim("x' A x = 0", given))
    assert found.givens == ()
    assert found.symbols["A"].value.traits == {trait}
    assert symbols(found.statement)["A"].value.traits == {trait}


@pytest.mark.parametrize(
    "given", ["A = -A'", "A A = eye(n)", "A' B = eye(n)", "X' X = eye(d)", "A' A = 2 eye(n)", "A != A'"]
)
def test_other_givens_are_no_traits(given):
    found = absorbed(claim("x' A x = 0", given))
    assert not symbols(found.statement)["A"].value.traits
    assert text(found.givens[0]) == text(read(given)) if found.givens else True


def test_a_given_is_used_once_and_the_others_see_it():
    found = absorbed(claim("x' x = y' y", "x = A z", "||x|| <= 1", "A = A'"))
    assert text(found.statement) == "(A z)' (A z) = y' y"
    assert [text(given) for given in found.givens] == ["||A z|| <= 1"]
    assert {*found.symbols} >= {"A", "z", "y"}
    assert "x" not in found.symbols


def test_nothing_is_lost_that_a_proof_needs():
    """The claim that comes out implies the one that went in: the sizes, randoms and readings stay."""
    before = claim("x' x = 0", "x = y")
    after = absorbed(before)
    assert (after.sizes, after.randoms, after.readings) == (before.sizes, before.randoms, before.readings)
    assert absorbed(after) is after
