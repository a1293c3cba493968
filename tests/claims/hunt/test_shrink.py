from fractions import Fraction

import pytest

from hunted import FALSE, claimed
from thalweg.claims import clock
from thalweg.claims.hunt.certify import refutation
from thalweg.claims.hunt.prepared import question
from thalweg.claims.hunt.shrink import cost, shrink


def large(text: str, names: str, sizes: dict[str, int], **values: list) -> tuple:
    prepared = question(claimed(text, names))
    free = {name: tuple(tuple(Fraction(entry) for entry in row) for row in rows) for name, rows in values.items()}
    case = refutation(prepared, prepared.plan, free, sizes)
    assert case is not None
    return prepared, case


def made_small(prepared, case, seconds: float = 20.0) -> dict:
    found = shrink(prepared, case, clock.now() + seconds)
    assert refutation(prepared, found.plan, found.free, found.sizes) is not None
    assert cost(prepared, found) <= cost(prepared, case)
    return {name: value.tolist() for name, value in found.rational.items()}


def test_rows_and_columns_go_first():
    prepared, case = large(
        "x' A y = y' A x", "A n n; x n; y n", {"n": 3},
        A=[[5, 2, 7], [1, 3, Fraction(1, 2)], [4, 4, 9]], x=[[3], [1], [2]], y=[[1], [6], [2]],
    )  # fmt: skip
    values = made_small(prepared, case)
    assert len(values["A"]) == 2
    assert sum(abs(entry) for row in values["A"] for entry in row) == 1
    assert sorted(abs(entry) for row in [*values["x"], *values["y"]] for entry in row) == [0, 0, 1, 1]


def test_one_row_is_enough_where_it_is():
    prepared, case = large("||x + y|| = ||x|| + ||y||", "x n; y n", {"n": 3}, x=[[7], [2], [-9]], y=[[-3], [4], [5]])
    values = made_small(prepared, case)
    assert (values["x"], values["y"]) in ([[[1]], [[-1]]], [[[-1]], [[1]]]) or sorted([
        values["x"][0][0],
        values["y"][0][0],
    ]) == [-1, 1]


def test_symmetry_is_kept():
    prepared, case = large("A = 0", "A n n symmetric", {"n": 3}, A=[[0, 3, 2], [3, 0, 5], [2, 5, 0]])
    values = made_small(prepared, case)
    assert len(values["A"]) in (1, 2)
    assert values["A"] == [list(row) for row in zip(*values["A"], strict=True)]


def test_definite_matrices_are_made_small_themselves():
    prepared = question(claimed("x' A x < 2 x' x", "A n n pd; x n"))
    free = {
        "A.root": ((Fraction(7), Fraction(1)), (Fraction(2), Fraction(3))),
        "A.shift": ((Fraction(5, 3),),),
        "x": ((Fraction(4),), (Fraction(-5),)),
    }
    values = made_small(prepared, refutation(prepared, prepared.plan, free, {"n": 2}))
    assert values["A"] == [[2]] or values["x"] == [[0]]


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("lam <= 10", 987654, 11),
        ("lam < 10", 987654, 10),
        ("lam != 1/3", "1/3", "1/3"),
        ("lam >= -5/2", -1000, -3),
        ("lam^2 < 2 or lam < 0", "314159/100000", 2),
    ],
)
def test_numbers_become_the_first_that_break_a_bound(text, start, end):
    prepared, case = large(text, "lam", {}, lam=[[Fraction(start)]])
    assert made_small(prepared, case)["lam"] == [[Fraction(end)]]


def test_a_name_between_bounds_is_made_small_itself():
    prepared = question(claimed("lam <= 10", "lam", "lam > 1/3"))
    case = refutation(prepared, prepared.plan, {"lam.beyond": ((Fraction(1000),),)}, {})
    assert made_small(prepared, case) == {"lam": [[11]]}


def test_a_name_that_an_equation_defines_follows():
    prepared = question(claimed("mu <= 10", "lam; mu", "mu = lam / 3"))
    case = refutation(prepared, prepared.plan, {"lam": ((Fraction(1000),),)}, {})
    values = made_small(prepared, case)
    assert 30 < values["lam"][0][0] <= 33
    assert 3 * values["mu"][0][0] == values["lam"][0][0]


def test_rotations_become_plain():
    prepared = question(claimed("x' Q x = x' x", "Q n n orthogonal; x n"))
    free = {
        "Q.skew": ((0, -1, 2), (1, 0, 5), (-2, -5, 0)),
        "Q.signs": ((0, 1, 0), (0, 0, -1), (1, 0, 0)),
        "x": ((3,), (7,), (2,)),
    }
    rows = {name: tuple(tuple(Fraction(entry) for entry in row) for row in value) for name, value in free.items()}
    values = made_small(prepared, refutation(prepared, prepared.plan, rows, {"n": 3}))
    assert (values["Q"], abs(values["x"][0][0])) == ([[-1]], 1)


def test_denominators_go_where_a_common_factor_does():
    prepared, case = large("x' y <= ||x||^2", "x 1; y 1", {}, x=[["1/2"]], y=[[1]])
    values = made_small(prepared, case)
    assert all(entry.denominator == 1 for value in values.values() for row in value for entry in row)


def test_nothing_is_done_after_the_deadline():
    prepared, case = large("x = 0", "x n", {"n": 3}, x=[[5], [6], [7]])
    assert shrink(prepared, case, clock.now() - 1).sizes == {"n": 3}


def test_shrinking_twice_changes_nothing():
    claim = FALSE["trace of a swapped product"].claim
    prepared = question(claim)
    rows = {
        "A": ((1, 2), (3, 5)),
        "B": ((0, 1), (4, 2)),
        "C": ((3, 1), (1, 7)),
    }
    free = {name: tuple(tuple(Fraction(entry) for entry in row) for row in value) for name, value in rows.items()}
    once = shrink(prepared, refutation(prepared, prepared.plan, free, {"n": 2}), clock.now() + 20)
    twice = shrink(prepared, once, clock.now() + 20)
    assert once.free == twice.free
    assert cost(prepared, once) == 3
