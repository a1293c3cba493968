import time
from fractions import Fraction

import numpy as np
import pytest

from questioned import claimed, expr
from thalweg.calculus.exact import evaluate
from thalweg.calculus.fields import RATIONALS, Inexact, Undefined
from thalweg.claims.analysis.spelled import explicit, spelled
from thalweg.claims.rational.ratios import evaluated, ratio

SHAPES = {"A": "2 x 2", "x": "2", "a": "scalar", "B": "2 x 3", "S": "2 x 2 symmetric", "Z": "n"}
VALUES = {"A": [[2, 1], [-1, 3]], "x": [[1], [5]], "a": [[Fraction(1, 2)]], "B": [[1, 0, 2], [0, 1, -1]]}


@pytest.mark.parametrize(
    "said",
    [
        "A x",
        "inv(A)",
        "x' A x",
        "inv(A + a eye(2)) x",
        "inv(A A') x",
        "det(A)",
        "tr(A A)",
        "[A, x; x', a]",
        "A^3",
        "(a x) .* x",
    ],
)
def test_entries_have_the_values_of_the_matrix(said):
    made = claimed(f"{said} = {said}", SHAPES).statement.args[0]
    expected = evaluate(made, VALUES, {}, RATIONALS)
    numbers = {
        entry: Fraction(VALUES[name][i][j])
        for name in VALUES
        for i, row in enumerate(spelled(claimed(f"{name} = {name}", SHAPES).statement.args[0]))
        for j, entry in enumerate(row)
    }
    found = np.array([[evaluated(entry, numbers) for entry in row] for row in explicit(made)], object)
    assert (found == expected).all()


def test_names_of_entries_are_those_that_are_typed():
    x, A = (claimed(f"{name} = {name}", SHAPES).statement.args[0] for name in "xA")
    assert [row[0].value.name for row in spelled(x)] == ["x[1]", "x[2]"]
    assert [entry.value.name for entry in spelled(A)[1]] == ["A[2,1]", "A[2,2]"]


def test_what_cannot_be_spelled_out_is_refused():
    for name in "SZ":
        with pytest.raises(Inexact):
            spelled(claimed(f"{name} = {name}", SHAPES).statement.args[0])
    with pytest.raises(Undefined):
        explicit(claimed("inv(A - A) = A", SHAPES).statement.args[0])
    assert explicit(expr("lam + 1")).item().over == ratio(expr("lam + 1")).over


@pytest.mark.parametrize("said", ["inv(D)", "inv(C' C)", "C^20", "D' inv(D D') D"])
def test_what_grows_is_refused_soon(said):
    shapes = {"C": "4 x 4", "D": "6 x 6"}
    begun = time.monotonic()
    with pytest.raises(Inexact):
        explicit(claimed(f"{said} = {said}", shapes).statement.args[0])
    assert time.monotonic() - begun < 15.0, "a second without the checks of tests"
