from fractions import Fraction
from itertools import permutations

import numpy as np
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st

from expressions import SIZES, as_tensor, ends, read
from thalweg.calculus.exact import INTERVALS, RATIONALS, Inexact, evaluate, holds, modulo

PRIME = 2**61 - 1
FIELDS = [RATIONALS, modulo(PRIME), INTERVALS]
NUMBERS = st.fractions(-20, 20, max_denominator=6)


def hilbert(n):
    return [[Fraction(1, i + j + 1) for j in range(n)] for i in range(n)]


@pytest.mark.parametrize("n", [1, 2, 5, 8])
@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_hilbert_matrices_are_inverted_to_whole_numbers(n, field):
    expr = read("inv(A)")
    got = evaluate(expr, {"A": hilbert(n)}, {"n": n, "d": 1}, field)
    product = field.reduced(got.dot(np.array([[field.number(e) for e in row] for row in hilbert(n)], object)))
    for i, j in np.ndindex(n, n):
        low, high = ends(product[i, j])
        assert low <= int(i == j) <= high
    if field is RATIONALS:
        assert {type(entry) for entry in got.flat} == {int}


@given(st.lists(st.lists(st.integers(-2, 2), min_size=4, max_size=4), min_size=3, max_size=3))
def test_the_pseudo_inverse_is_that_of_penrose(rows):
    values = {"X": [list(row) for row in zip(*rows, strict=True)]}
    sizes = {"n": 4, "d": 3}
    for law in (
        "X pinv(X) X = X",
        "pinv(X) X pinv(X) = pinv(X)",
        "(X pinv(X))' = X pinv(X)",
        "(pinv(X) X)' = pinv(X) X",
    ):
        assert holds(read(law), values, sizes, RATIONALS)
    assert evaluate(read("rank(X)"), values, sizes, RATIONALS)[0, 0] == np.linalg.matrix_rank(np.array(rows, float))


@given(st.lists(st.lists(NUMBERS, min_size=4, max_size=4), min_size=4, max_size=4))
def test_the_determinant_is_leibniz_formula(rows):
    def sign(order):
        return (-1) ** sum(order[i] > order[j] for j in range(4) for i in range(j))

    expected = sum(
        sign(o) * rows[0][o[0]] * rows[1][o[1]] * rows[2][o[2]] * rows[3][o[3]] for o in permutations(range(4))
    )
    assert evaluate(read("det(A)"), {"A": rows}, {"n": 4, "d": 1}, RATIONALS)[0, 0] == expected
    low, high = ends(
        evaluate(read("det(A B)"), {"A": rows, "B": np.eye(4, dtype=int)}, {"n": 4, "d": 1}, modulo(PRIME))[0, 0]
    )
    assert low * expected.denominator % PRIME == expected.numerator % PRIME


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_nothing_that_is_given_is_changed(field):
    A = np.array([[0, 1, 2], [3, 0, 1], [1, 1, 0]], object)
    kept = A.copy()
    for text in ("det(A)", "inv(A) + A", "pinv(A)", "rank(A)", "A^3", "diag(diag(A))"):
        evaluate(read(text), {"A": A}, SIZES, field)
    assert (kept == A).all()
    swapped = evaluate(read("det(A) A"), {"A": A}, SIZES, field)
    assert (
        as_tensor(swapped)[0] == as_tensor(evaluate(read("det(A) A[1,2]"), {"A": A}, SIZES, field)) * torch.arange(3)
    ).all()


@given(st.lists(st.integers(-3, 3), min_size=10, max_size=10))
@example([0, 0, 1, 1, 0, 1, 1, 0, 0, 0])  # here the first pivot that is not 0 is all but 0
def test_enclosed_eigenvalues_hold_those_of_numpy(entries):
    A = np.zeros((4, 4), int)
    A[np.triu_indices(4)] = entries
    A = A + A.T
    largest, smallest = (
        evaluate(read(f"{f}(A)"), {"A": A}, {"n": 4, "d": 1}, INTERVALS)[0, 0] for f in ("emax", "emin")
    )
    found = np.linalg.eigvalsh(A.astype(float))
    for element, expected in ((largest, found[-1]), (smallest, found[0])):
        low, high = ends(element)
        assert high - low < Fraction(1, 10**40)
        assert float(low) == pytest.approx(expected, abs=1e-12)


def test_the_singular_values_of_singular_matrices_are_not_negative():
    low, high = ends(evaluate(read("smin(A)"), {"A": np.ones((3, 3), int)}, SIZES, INTERVALS)[0, 0])
    assert low == 0
    assert high < Fraction(1, 10**20)


def test_eliminations_are_small():
    A = np.eye(17, dtype=int)
    for text in ("det(A)", "inv(A)", "rank(A)", "pinv(A)"):
        with pytest.raises(Inexact, match="elimination of a 17 x 17 matrix"):
            evaluate(read(text), {"A": A}, {"n": 17, "d": 1}, RATIONALS)
    with pytest.raises(Inexact, match="too long"):
        evaluate(read("det(A)"), {"A": [[2**3000, 1, 1], [1, 2, 1], [1, 1, 3]]}, SIZES, RATIONALS)
