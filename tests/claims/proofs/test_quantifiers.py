import pytest

from thalweg.calculus.indices import same
from thalweg.calculus.show import text
from thalweg.claims.proofs.quantifiers import same_condition, without_vectors
from trees import read


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("forall x: x' (A + A') = 2 x' A", "A - A' = 0"),
        ("forall x: A x = B x", "A - B = 0"),
        ("forall x: A x = 0", "A = 0"),
        ("forall x: y' x = 0", "y' = 0"),
        ("forall x: x' A x = 0", "A + A' = 0"),
        ("forall x: x' A x = x' B x", "A - B + A' - B' = 0"),
        ("forall x, y: x' A y = 0", "A = 0"),
        ("forall a: a^2 b = 0", "2 b = 0"),
        ("forall a: a x = a y", "x - y = 0"),
    ],
)
def test_an_identity_in_a_vector_is_one_of_its_coefficients(typed, expected):
    found = without_vectors(read(typed))
    assert found.op == "compare"
    left, right = read(expected).args
    assert same(found.args[0], left) or same_condition(found, read(expected)) or text(found) == expected
    assert right.op in ("zeros", "number")


@pytest.mark.parametrize(
    "typed",
    [
        "forall x: x' x >= 0",
        "forall x: x' A x = 1",
        "forall x: x' A x = y' x",
        "forall x: ||x|| = 0",
        "forall x: exp(x) = y",
        "forall x: (x' y)^3 = 0",
        "forall x: x' x x = 0",
        "forall a: a^3 = 0",
        "forall a: a^-1 b = 0",
        "forall a: sqrt(a) b = 0",
        "forall a: a^2 x = 0",
        "forall x: A x = A x",
        "forall A: A x = 0",
        "forall s in [0, 1]: s = 0",
        "forall x: A x = B x and a = b",
        "A x = B x",
        "a = b",
    ],
)
def test_other_statements_stay(typed):
    statement = read(typed)
    assert without_vectors(statement) == statement


def test_parts_of_statements_are_worked_out():
    found = without_vectors(read("(forall x: x' (A + A') = 2 x' A) iff A = A'"))
    assert text(found) == "A - A' = 0 iff A = A'"
    found = without_vectors(read("not (forall x: A x = 0) or (forall x: x' x >= 0)"))
    assert text(found) == "not (A = 0) or (forall x: x' x >= 0)"


@pytest.mark.parametrize(
    ("left", "right", "answer"),
    [
        ("A = A'", "A' = A", True),
        ("A = A'", "2 A - 2 A' = 0", True),
        ("A = B", "A' = B'", True),
        ("x = y", "x' = y'", True),
        ("X = 0", "X' = 0", True),
        ("A x = y", "y = A x", True),
        ("A + A' = 0", "A' = -A", True),
        ("x' y = 0", "y' x = 0", True),
        ("a = b", "3 b = 3 a", True),
        ("A = A", "x = x", True),
        ("A = A'", "A = -A'", False),
        ("A = B", "A = B'", False),
        ("A x = y", "A' x = y", False),
        ("x = y", "x = z", False),
        ("a = b", "a^2 = b^2", False),
        ("a = 0", "a b = 0", False),
        ("A = 0", "A = A", False),
        ("a = b and b = a", "a = b", False),
        ("X = 0", "x = 0", False),
        ("n = d", "d = n", True),
        ("A + 2 A' = 0", "2 A + A' = 0", True),
        ("A + 2 A' = B", "2 A + A' = B", False),
        ("1 / (a - a) = 0", "a = b", False),
    ],
)
def test_same_condition(left, right, answer):
    assert same_condition(read(left), read(right)) is answer
    assert same_condition(read(right), read(left)) is answer
