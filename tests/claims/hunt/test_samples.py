import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from hunted import PLAIN, claimed
from thalweg.calculus.sizes import Size, size_of
from thalweg.claims.hunt.prepared import question
from thalweg.claims.hunt.samples import completed, drawn, exactly, limited, picked, size_choices, tied
from thalweg.claims.hunt.search import search
from thalweg.claims.nouns import name_of

MADE = {
    "symmetric": ("A n n symmetric", lambda A: A - A.mT),
    "diagonal": ("A n n diagonal", lambda A: A - torch.diag_embed(A.diagonal(dim1=-2, dim2=-1))),
    "orthogonal": ("A n n orthogonal", lambda A: A.mT @ A - torch.eye(A.shape[-1])),
    "symmetric and orthogonal": (
        "A n n symmetric, orthogonal",
        lambda A: torch.cat([A - A.mT, A @ A - torch.eye(A.shape[-1])]),
    ),
    "orthogonal and diagonal": ("A n n orthogonal, diagonal", lambda A: A.abs() - torch.eye(A.shape[-1])),
    "positive": ("A positive", lambda A: (A <= 0) * 1.0),
    "nonnegative": ("A nonnegative", lambda A: (A < 0) * 1.0),
    "nonzero": ("A nonzero", lambda A: (A == 0) * 1.0),
    "integer": ("A integer", lambda A: A % 1),
    "psd": ("A n n psd", lambda A: torch.linalg.eigvalsh(A).clamp_max(0)),
    "pd and diagonal": ("A n n pd, diagonal", lambda A: (A.diagonal(dim1=-2, dim2=-1) <= 0) * 1.0),
}
BY_GIVENS = {
    "a length": (("||x|| = 1",), "x n"),
    "orthonormal columns": (("X' X = I",), "X m n"),
    "a definition": (("y = A x",), "A n n; x n; y n"),
    "bounds": (("lam > 0", "lam <= 2/mu^2"), "lam; mu nonzero"),
    "an interval": (("lam >= -1", "lam <= 1"), "lam"),
    "a modulus": (("|lam| <= 1/3",), "lam"),
    "skew": (("A' = -A",), "A n n"),
    "a projection": (("P P = P", "P = P'"), "P n n"),
    "a right angle": (("x' y = 0",), "x n; y n"),
    "precision": (("G' G = inv(S)",), "G n n; S n n pd"),
}


@pytest.mark.parametrize("is_exact", [True, False])
@pytest.mark.parametrize("trait", MADE)
def test_cases_have_the_traits_of_their_names(trait, is_exact):
    names, off = MADE[trait]
    prepared = question(claimed("A = A", names))
    for size in (1, 2, 3, 5):
        values = drawn(prepared.plan, {"n": size}, 64, np.random.default_rng(0), is_exact)
        made = completed(prepared.plan, values, {"n": size})["A"]
        large = made.abs().amax().clamp_min(1.0)
        torch.testing.assert_close(
            off(made) / large, torch.zeros_like(off(made)), atol=1e-7, rtol=0
        )  # Cayley at any scale
        assert len({str(case) for case in made.tolist()}) > 1


@pytest.mark.parametrize("name", BY_GIVENS)
def test_most_cases_satisfy_the_givens_that_were_solved(name):
    givens, names = BY_GIVENS[name]
    first = names.replace(";", " ").split()[0]
    claim = claimed(f"{first} = {first}", names, *givens, size_givens=(("m", "n"),) if " m " in names else ())
    answer = search(claim, float("inf"))
    assert answer.samples > 120, answer.how


@pytest.mark.parametrize(("rows", "columns"), [(3, 3), (4, 2), (2, 4), (3, 1), (1, 1)])
def test_exact_cases_are_small_rational_numbers_of_many_kinds(rows, columns):
    prepared = question(claimed("X = X", f"X {rows} {columns}"))
    values = drawn(prepared.plan, {}, 400, np.random.default_rng(0), is_exact=True)
    cases = [picked(values, place, ["X"])["X"] for place in range(400)]
    for place, case in enumerate(cases):
        back = torch.tensor([[float(entry) for entry in row] for row in case])
        torch.testing.assert_close(back, values["X"][place])
        assert all(abs(entry) <= 100**2 and entry.denominator <= 100**2 for row in case for entry in row)
    ranks = {int(np.linalg.matrix_rank(np.array(case, float))) for case in cases}
    assert ranks == set(range(min(rows, columns) + 1))
    assert any(all(entry < 0 for row in case for entry in row) for case in cases), "inactive units"
    assert any(len({entry for row in case for entry in row}) == 1 and case[0][0] for case in cases), "equal entries"


def test_names_of_one_shape_are_sometimes_equal():
    prepared = question(claimed("x = y", PLAIN))
    values = drawn(prepared.plan, {"n": 3}, 400, np.random.default_rng(0), is_exact=False)
    same = (values["x"] == values["y"]).all(-1).all(-1)
    assert 4 < int(same.sum()) < 100


def test_floats_come_at_many_scales():
    prepared = question(claimed("x = x", "x 4"))
    sizes = drawn(prepared.plan, {}, 400, np.random.default_rng(0), is_exact=False)["x"].abs().amax((-2, -1))
    assert sizes.max() > 100
    assert sizes[sizes > 0].min() < 0.01


def test_sizes_are_small_first_and_keep_to_their_limits():
    prepared = question(claimed("X = X", "X m n", size_givens=(("m", "n"),)))
    choices = size_choices(prepared, 3)
    assert choices[0] == {"m": 1, "n": 1}
    assert choices[-1] == {"m": 3, "n": 3}
    assert all(sizes["m"] >= sizes["n"] for sizes in choices)
    assert len(choices) == 6


def test_full_rank_limits_sizes():
    tall = size_choices(question(claimed("X = X", "X m n full column rank")), 3)
    wide = size_choices(question(claimed("X = X", "X m n full row rank")), 3)
    assert all(sizes["m"] >= sizes["n"] for sizes in tall)
    assert all(sizes["m"] <= sizes["n"] for sizes in wide)


def test_sizes_grow_until_they_fit():
    claim = claimed("X = X", "X m n")
    far = question(claim.__class__(claim.statement, size_givens=((size_of("m"), size_of("n") + Size(9)),)))
    assert size_choices(far, 3)[0] == {"m": 10, "n": 1}
    never = question(claim.__class__(claim.statement, size_givens=((size_of("m"), Size(99)),)))
    assert size_choices(never, 3) == []


@given(st.fractions(min_value=-1000, max_value=1000, max_denominator=1000))
def test_small_fractions_come_back_from_floats(value):
    assert exactly(float(value)) == value


@given(st.integers(1, 5), st.sampled_from(["symmetric", "skew", "diagonal", "any"]))
def test_tying_twice_changes_nothing(size, pattern):
    array = np.random.default_rng(size).standard_normal((3, size, size))
    once = tied(array, pattern)
    np.testing.assert_array_equal(tied(once, pattern), once)


def test_limits_of_numbers():
    array = np.array([-1.5, 0.0, 2.0])
    np.testing.assert_array_equal(limited(array, frozenset({"positive"})), [1.5, 1.0, 2.0])
    np.testing.assert_array_equal(limited(array, frozenset({"nonzero"})), [-1.5, 1.0, 2.0])
    np.testing.assert_array_equal(limited(array, frozenset({"integer"})), [-2.0, 0.0, 2.0])
    np.testing.assert_array_equal(limited(array, frozenset({"nonnegative"})), [1.5, 0.0, 2.0])


def test_auxiliary_names_cannot_be_written():
    plan = question(claimed("A = A", "A n n pd")).plan
    assert all("." in name_of(part.node) for part in plan.free)
