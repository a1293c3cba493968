import numpy as np
import pytest
import torch

from hunted import PLAIN, claimed
from thalweg.calculus.fields import RATIONALS
from thalweg.claims.hunt.certify import matrix, truth
from thalweg.claims.hunt.looks import doubt, excess, fitting, look
from thalweg.claims.hunt.prepared import question
from thalweg.claims.hunt.samples import drawn, picked

STATEMENTS = [
    "x' x = 2",
    "x' x != 2",
    "x' y < 1",
    "x' y <= 1",
    "x' y > x' x",
    "x' y >= x' x",
    "x = y",
    "x != y",
    "x < y",
    "x <= y",
    "x' y = 0 and x' x > 1",
    "x' y = 0 or x' x > 1 or y' y = 1",
    "not (x' y = 0)",
    "x' y >= 0 implies x' x >= y' y",
    "x' y = 0 iff x = 0",
    "x' x - y' y = 0",
    "1/(x' y) > 0",
]


def cases(text: str, count: int = 200) -> tuple:
    prepared = question(claimed(text, "x n; y n"))
    return prepared, drawn(prepared.plan, {"n": 2}, count, np.random.default_rng(0), is_exact=True)


def exactly_told(prepared, values, place: int, sizes: dict[str, int]):
    case = {name: matrix(rows, RATIONALS) for name, rows in picked(values, place, values).items()}
    return truth(prepared.statement, case, sizes, RATIONALS)


@pytest.mark.parametrize("text", STATEMENTS)
def test_a_look_agrees_with_exact_evaluation(text):
    prepared, values = cases(text)
    seen = look(prepared.statement, values, {"n": 2}, doubt(values, is_exact=True))
    told = []
    for place in range(200):
        try:
            told.append(exactly_told(prepared, values, place, {"n": 2}))
            assert seen.defined[place]
        except ArithmeticError:
            told.append(None)
            assert not seen.defined[place]
            continue
        assert seen.broken[place] or told[-1], "what is broken is never overlooked"
        assert seen.kept[place] or not told[-1], "what is kept is never overlooked"
        assert not (seen.broken[place] and seen.kept[place]) or any(sign in text for sign in "<>")
    assert {True, False} <= set(told)


@pytest.mark.parametrize("text", STATEMENTS[:10])
def test_an_excess_has_the_sign_of_the_break(text):
    prepared, values = cases(text)
    gain = excess(prepared.statement, values, {"n": 2})
    for place in range(200):
        told = exactly_told(prepared, values, place, {"n": 2})
        if text not in ("x != y", "x' x != 2"):
            assert told or gain[place] > -1e-12
            assert not told or gain[place] < 1e-12
        else:
            assert told == bool(gain[place] < 0)


@pytest.mark.parametrize("text", ["x' y = 0 iff x = 0", "not (x = y)", "x = y or (x = y iff y = x)"])
def test_what_has_no_slope_has_no_excess(text):
    prepared, values = cases(text)
    assert excess(prepared.statement, values, {"n": 2}) is None


def test_the_excess_of_several_is_that_of_the_worst_or_best():
    prepared, values = cases("x' y < 1 and x' x < 2")
    parts = [excess(part, values, {"n": 2}) for part in prepared.statement.args]
    torch.testing.assert_close(excess(prepared.statement, values, {"n": 2}), torch.maximum(*parts))
    prepared, values = cases("x' y < 1 or x' x < 2")
    parts = [excess(part, values, {"n": 2}) for part in prepared.statement.args]
    torch.testing.assert_close(excess(prepared.statement, values, {"n": 2}), torch.minimum(*parts))


@pytest.mark.parametrize(
    ("text", "lam", "broken"),
    [
        ("(forall s in [0, 1]: lam s <= 1) or lam = 7", [0.0, 1.0, 2.0], [False, False, True]),
        ("(forall s in [lam, inf): s >= 1) or lam = 7", [0.0, 1.0, 2.0], [True, False, False]),
        ("(forall s in (-inf, lam]: s <= 1) or lam = 7", [0.0, 1.0, 2.0], [False, False, True]),
        ("(forall s in [0, 1]: (forall u in [0, s]: u lam <= 1)) or lam = 7", [0.0, 1.0, 2.0], [False, False, True]),
        ("(forall s in (-inf, inf): s^2 >= lam) or lam = 7", [0.0, 1.0, 7.0], [False, True, False]),
        (
            "(forall s in [0, 1]: (forall u in (-inf, inf): u^2 + s >= lam)) or lam = 7",
            [0.0, 1.0, 7.0],
            [False, True, False],
        ),
        ("(forall v: v' v >= lam) or lam = 7", [0.0, 1.0, -2.0], [False, True, False]),
        ("(forall v: (forall x: v' x <= lam)) or lam = 7", [0.0, 1.0, 7.0], [True, True, False]),
    ],
    ids=str,
)
def test_forall_is_broken_where_its_body_is_at_a_point(text, lam, broken):
    prepared = question(claimed(text, "lam; v n; x n"))
    values = {"lam": torch.tensor(lam)[:, None, None]}
    seen = look(prepared.statement, values, {"n": 2}, doubt(values, is_exact=True))
    assert seen.broken.tolist() == broken
    assert seen.defined.all()


def test_a_margin_leaves_doubtful_cases_out():
    values = {"x": torch.tensor([1.0, 1.0000001, 2.0])[:, None, None]}
    for text, broken, kept in [
        ("x <= 1", [False, False, True], [False, False, False]),
        ("x < 1", [False, False, True], [False, False, False]),
        ("x = 1", [False, False, True], [True, False, False]),
        ("x != 1", [True, False, False], [False, False, True]),
        ("x >= 1", [False, False, False], [False, False, True]),
    ]:
        statement = claimed(text, "x").statement
        seen = look(statement, values, {}, doubt(values, is_exact=True, margin=1e-3))
        assert (seen.broken.tolist(), seen.kept.tolist()) == (broken, kept), text


def test_what_cancels_counts_by_its_terms():
    values = {"x": torch.tensor([1e9])[:, None, None], "y": torch.tensor([0.1])[:, None, None]}
    statement = claimed("(x + y) - x - y = 0", "x; y").statement
    assert not look(statement, values, {}, doubt(values, is_exact=True)).broken.any()


@pytest.mark.parametrize("trait", ["positive", "nonnegative", "nonzero", "integer"])
def test_fitting_numbers(trait):
    values = {"x": torch.tensor([-1.5, -1.0, 0.0, 2.0])[:, None, None]}
    name = claimed("x = x", f"x {trait}").symbols["x"]
    expected = {
        "positive": [False, False, False, True],
        "nonnegative": [False, False, True, True],
        "nonzero": [True, True, False, True],
        "integer": [False, True, True, True],
    }
    assert fitting([name], values).tolist() == expected[trait]


@pytest.mark.parametrize("trait", ["invertible", "full column rank", "full row rank"])
@pytest.mark.parametrize("shape", [(2, 2), (3, 2), (2, 3), (1, 1)])
def test_fitting_ranks(trait, shape):
    rows, columns = shape
    if trait == "invertible" and rows != columns:
        return
    good, bad = torch.eye(rows, columns) * 3, torch.ones(rows, columns) if rows * columns > 1 else torch.zeros(1, 1)
    name = claimed("x = x", f"x {rows} {columns} {trait}").symbols["x"]
    is_possible = rows >= columns if trait == "full column rank" else rows <= columns
    expected = [is_possible, trait != "invertible" and 1 in (rows, columns) and rows * columns > 1 and is_possible]
    assert fitting([name], {"x": torch.stack([good, bad])}).tolist() == expected


def test_names_without_traits_always_fit():
    claim = claimed("x = x", PLAIN)
    assert fitting([claim.symbols["x"]], {"x": torch.ones(3, 2, 1)}) is None
