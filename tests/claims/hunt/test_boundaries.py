import numpy as np
import pytest
import torch

from hunted import claimed
from thalweg.calculus import numeric
from thalweg.claims.hunt.ascent import ascended
from thalweg.claims.hunt.boundaries import boundary_plans, comparisons, has_edges, moved_onto, rounded
from thalweg.claims.hunt.looks import excess
from thalweg.claims.hunt.plans import planned
from thalweg.claims.hunt.prepared import question
from thalweg.claims.hunt.samples import completed, drawn, size_choices
from thalweg.claims.hunt.search import search
from thalweg.claims.hunt.trials import Batch, Hunt, examined
from thalweg.claims.nouns import Verdict, name_of

NAMES = "A n n; x n; y n; lam; mu positive; eta positive"


@pytest.mark.parametrize(
    ("text", "givens"),
    [
        ("lam <= 3 mu + 1", ()),
        ("lam < 3 mu + 1", ()),
        ("lam > mu", ()),
        ("x' y >= lam", ()),
        ("||x|| < mu", ()),
        ("x' A y <= 1", ()),
        ("lam mu != 2", ()),
    ],
)
def test_cases_lie_on_the_boundary_or_beyond(text, givens):
    prepared = question(claimed(text, NAMES, *givens))
    plans = list(boundary_plans(prepared))
    assert plans
    for plan in plans:
        values = completed(plan, drawn(plan, {"n": 2}, 40, np.random.default_rng(0), is_exact=True), {"n": 2})
        gain = excess(prepared.statement, values, {"n": 2}).nan_to_num(1.0)
        left, right = (numeric.evaluate(side, values, {"n": 2}) for side in prepared.statement.args)
        solved = (gain >= -1e-9) | ~((left - right)[:, 0, 0].isfinite())
        assert solved.float().mean() > 0.7, "but where something that was divided by is 0"
        if prepared.statement.value in ("<=", ">="):
            assert (gain[solved] > -1e-9).all()
            assert (gain[solved] > 1e-9).any(), "a tie does not break it"


def test_the_boundary_of_a_given_is_exact():
    prepared = question(claimed("lam < 5", "lam; mu; eta positive", "lam eta <= mu"))
    plan = next(iter(list(boundary_plans(prepared))[-1:]))
    values = completed(plan, drawn(plan, {}, 40, np.random.default_rng(0), is_exact=True), {})
    torch.testing.assert_close(values["lam"] * values["eta"], values["mu"])


@pytest.mark.parametrize(
    ("text", "roots"),
    [
        ("7 eta^2 - 3 eta > 0", (0, 3 / 7)),
        ("(eta - 1/3) (eta - 5) < 0", (1 / 3, 5)),
        ("eta^3 != 8", (2,)),
        ("2 eta < 5", (2.5,)),
    ],
)
def test_entries_are_moved_onto_roots(text, roots):
    prepared = question(claimed(text, "eta"))
    values = drawn(prepared.plan, {}, 48, np.random.default_rng(0), is_exact=True)
    part = next(comparisons(prepared.statement))
    moved = rounded(moved_onto(part, prepared.plan, values, {}, np.random.default_rng(0)))["eta"][:, 0, 0]
    for root in roots:
        assert (moved == torch.tensor(round(root * 2520) / 2520)).any()


def test_one_entry_is_moved_and_no_other():
    prepared = question(claimed("x' y > 5", "x 3; y 3"))
    for seed in range(4):
        values = drawn(prepared.plan, {}, 48, np.random.default_rng(seed), is_exact=True)
        moved = moved_onto(prepared.statement, prepared.plan, values, {}, np.random.default_rng(seed))
        changed = torch.cat([(values[name] != moved[name]).any(0).flatten() for name in ("x", "y")])
        assert changed.sum() == 1
        product = (moved["x"].mT @ moved["y"])[:, 0, 0]
        assert ((product - 5).abs() < 1e-6).sum() > 20, "but where the other factor is 0"


def test_what_cannot_be_moved_is_not():
    prepared = question(claimed("det(Q) > 0", "Q n n orthogonal, diagonal"))
    values = drawn(prepared.plan, {"n": 2}, 4, np.random.default_rng(0), is_exact=True)
    rng = np.random.default_rng(0)
    assert moved_onto(prepared.statement, prepared.plan, values, {"n": 2}, rng) is None


@pytest.mark.parametrize(
    ("text", "is_edge"),
    [("lam < 1", True), ("lam <= 1", False), ("lam != 1", True), ("lam = 1", False), ("lam <= 1 and mu < 1", True),
     ("lam <= 1 iff mu <= 1", True), ("not (lam <= 1)", True)],
)  # fmt: skip
def test_edges(text, is_edge):
    assert has_edges(claimed(text, NAMES).statement) is is_edge


def test_comparisons_under_forall_are_left_out():
    statement = claimed("(forall s in [0, 1]: s < lam) iff (lam > 1 or lam = 1)", NAMES).statement
    assert [part.value for part in comparisons(statement)] == [">", "="]


BOUNDARY_ONLY = [
    ("lam < 1000003/7", ()),
    ("x' y < 123456", ()),
    ("lam != 77777", ()),
    ("lam < 4321", ("lam <= 4321",)),
    ("eta mu < 2", ("eta <= 2/mu",)),
    ("lam > 5678 iff lam >= 5678", ()),
    ("||x|| <= 3333", ()),
]


@pytest.mark.parametrize(("text", "givens"), BOUNDARY_ONLY, ids=str)
def test_errors_that_hide_on_a_boundary_are_found(text, givens):
    assert search(claimed(text, NAMES, *givens), float("inf")).verdict is Verdict.FALSE


def test_they_are_not_found_without_the_boundary():
    prepared = question(claimed("lam < 4321", NAMES))
    plan = planned(prepared.names, ())
    hunt = Hunt(prepared, float("inf"))
    values = drawn(plan, {}, 2000, hunt.rng, is_exact=True)
    assert examined(hunt, Batch(plan, {}, values, is_exact=True)) is None


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("49 eta^2 - 42 eta + 9 > 0", "eta"),
        ("x' A x >= -1/1000", "A n n; x n"),
        ("(lam - 1/2)^2 + (eta - 1/3)^2 >= 1/100", "lam; eta"),
        ("(lam - 2)^2 + (eta - 1)^2 + (mu + 1)^2 > 1/10", "lam; eta; mu"),
    ],
)
def test_ascent_climbs_to_a_counterexample(text, names):
    prepared = question(claimed(text, names))
    assert ascended(Hunt(prepared, float("inf")), size_choices(prepared, 3)) is not None


def test_ascent_minds_the_givens():
    prepared = question(claimed("lam <= 10", "lam", "lam^2 + lam <= 90"))
    assert ascended(Hunt(prepared, float("inf")), [{}]) is None


@pytest.mark.parametrize("text", ["lam = mu", "lam = mu iff mu = lam", "not (lam = mu)"])
def test_there_is_no_ascent_without_a_slope(text):
    prepared = question(claimed(text, NAMES))
    assert ascended(Hunt(prepared, float("inf")), [{}]) is None
    assert ascended(Hunt(prepared, float("inf")), []) is None


def test_patterns_stay_on_during_the_ascent():
    prepared = question(claimed("x' A x <= 100 x' x", "A n n symmetric; x n"))
    hunt = Hunt(prepared, float("inf"))
    found = ascended(hunt, [{"n": 2}])
    assert found is not None or hunt.counted
    assert {name_of(part.node): part.pattern for part in prepared.plan.free} == {"A": "symmetric", "x": "any"}
