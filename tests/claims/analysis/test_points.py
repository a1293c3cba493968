from fractions import Fraction

import numpy as np

from questioned import NUMBERS, RIDGE, claimed, soon
from thalweg.calculus.exact import holds
from thalweg.calculus.fields import RATIONALS
from thalweg.claims.analysis.points import carried, hunt, points, shown_values


def test_givens_and_traits_hold_at_every_point():
    shapes = {
        "P": "n x n pd",
        "S": "n x n symmetric",
        "v": "n",
        "w": "n",
        "p": "scalar > 0",
        "X": "n x d full column rank",
    }
    claim = claimed("v = S v", shapes, "w = P v", "p <= 2", "tr(X' X) > 1")
    found = list(points(carried(claim), soon(3.0)))
    assert len(found) > 20
    assert len({tuple(point.sizes.items()) for point in found}) > 1
    for point in found:
        P, S, v, w, X = (np.array(point.values[name], float) for name in ("P", "S", "v", "w", "X"))
        assert np.linalg.eigvalsh(P).min() > 0
        np.testing.assert_array_equal(S, S.T)
        np.testing.assert_allclose(w, P @ v)
        assert np.linalg.matrix_rank(X) == X.shape[1]
        assert 0 < float(point.values["p"][0, 0]) <= 2
        assert (X * X).sum() > 1


def test_the_same_points_come_in_every_run():
    claim = claimed("a + b = c", NUMBERS)
    first, second = ([str(point.values) for point in points(carried(claim), soon())] for _ in range(2))
    assert first == second


def test_a_hunt_ends_at_a_plain_point():
    """The first number that breaks a < 5 is large; a plain one is 5 itself, found on the way down."""
    claim = claimed("a < 5", NUMBERS)
    found = hunt(claim, lambda point: holds(claim.statement, point.values, point.sizes, RATIONALS), soon()).found
    assert found is not None
    assert Fraction(found.values["a"][0, 0]) >= 5
    flat = claimed("x' x = 0", {"x": "n"})
    found = hunt(flat, lambda point: holds(flat.statement, point.values, point.sizes, RATIONALS), soon()).found
    assert found.values["x"].tolist() == [[1]]


def test_a_hunt_for_nothing_counts_what_it_tried():
    claim = claimed("||X w - y|| >= 0", RIDGE)
    result = hunt(claim, lambda point: True, soon(), most=30)
    assert (result.found, result.count) == (None, 30)
    assert hunt(claim, lambda point: None, soon(0.5)).count == 0
    assert hunt(claim, lambda point: True, soon(-1.0)).count == 0


def test_sizes_that_are_numbers_are_shown():
    claim = claimed("tr(X X') = n", RIDGE)
    point = next(points(carried(claim), soon()))
    assert set(shown_values(claim, point)) == {"X", "n"}
