import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_diabetes
from sklearn.preprocessing import StandardScaler

from thalweg.subjects import tables


def ranks(columns):
    """Every entry by its place among those of its column: what no positive scale and no shift can change."""
    columns = np.round(columns, 9)
    return np.stack([np.unique(column, return_inverse=True)[1] for column in columns.T], axis=1)


def patients(table):
    """Which rows of the study a table's rows are, those that it learns from first."""
    study = load_diabetes(scaled=False)
    rows = torch.cat([torch.cat([table.X, table.X_held]), torch.cat([table.y, table.y_held]).unsqueeze(1)], dim=1)
    known = {tuple(row): i for i, row in enumerate(ranks(np.column_stack([study.data, study.target])))}
    assert len(known) == 442, "no two patients are alike"
    found = [known[tuple(row)] for row in ranks(rows.numpy())]
    return found[: len(table.X)], found[len(table.X) :]


@pytest.mark.parametrize(("held_out", "held"), [(0.3, 132), (0.05, 22), (0.95, 419)])
def test_every_patient_is_either_learned_from_or_held_out(held_out, held):
    table = tables.diabetes(held_out, seed=3)
    kept, out = patients(table)
    assert sorted(kept + out) == list(range(442))
    assert len(out) == held
    assert kept != sorted(kept), "chance decides"


@pytest.mark.parametrize("seed", [0, 5])
def test_diabetes_is_scaled_by_what_it_learns_from_alone(seed):
    table = tables.diabetes(seed=seed)
    kept, out = patients(table)
    study = load_diabetes(scaled=False)
    scaler = StandardScaler().fit(study.data[kept])
    np.testing.assert_allclose(table.X, scaler.transform(study.data[kept]), atol=1e-10)
    np.testing.assert_allclose(table.X_held, scaler.transform(study.data[out]), atol=1e-10)
    np.testing.assert_allclose(table.y, study.target[kept] - study.target[kept].mean(), atol=1e-10)
    np.testing.assert_allclose(table.y_held, study.target[out] - study.target[kept].mean(), atol=1e-10)
    assert table.names == list(study.feature_names)


def test_the_seed_alone_decides_who_is_held_out():
    one, again, other = tables.diabetes(seed=1), tables.diabetes(seed=1), tables.diabetes(seed=2)
    for part in ("X", "y", "X_held", "y_held"):
        assert torch.equal(getattr(one, part), getattr(again, part))
        assert not torch.equal(getattr(one, part), getattr(other, part))


def test_who_changes_a_table_changes_no_other():
    table = tables.diabetes()
    table.X.zero_()
    table.y_held.zero_()
    assert tables.diabetes().X.std() > 0.9
    assert tables.diabetes().y_held.std() > 10


def test_who_changes_the_names_changes_no_other():
    table = tables.diabetes()
    table.names.append("mine")
    try:
        assert tables.diabetes().names[-1] != "mine"
    finally:
        table.names.remove("mine")


@pytest.mark.parametrize("held_out", [0.0, 1e-3, 0.999, 1.0, -0.3, 1.5, math.nan])
def test_diabetes_refuses(held_out):
    with pytest.raises(ValueError, match=f"tables: need a share that holds out 1 to 440 of 442 points, got {held_out}"):
        tables.diabetes(held_out)


@given(x=st.lists(st.floats(-2, 2), min_size=1, max_size=6), degree=st.integers(1, 12))
def test_powers_are_vandermondes_without_its_ones(x, degree):
    reference = np.vander(np.array(x), degree + 1, increasing=True)[:, 1:]
    np.testing.assert_allclose(tables.powers(torch.tensor(x), degree), reference, rtol=1e-12, atol=1e-300)


def test_sine_is_a_sine_and_noise_as_large_as_asked():
    curve = tables.sine(20_000, 10_000, noise_std=0.3, seed=4)
    assert (curve.x.shape, curve.x_held.shape) == ((20_000,), (10_000,))
    for x, y in ((curve.x, curve.y), (curve.x_held, curve.y_held)):
        noise = y.numpy() - np.sin(np.pi * x.numpy())
        assert noise.std() == pytest.approx(0.3, rel=0.04)  # five standard errors, as in the next two lines
        assert abs(noise.mean()) < 5 * 0.3 / math.sqrt(len(noise))
        assert abs(np.corrcoef(noise[1:], noise[:-1])[0, 1]) < 5 / math.sqrt(len(noise))
        assert (x.diff() >= 0).all()
        assert -1 <= x[0] < -0.99
        assert 0.99 < x[-1] <= 1
        assert float(x.square().mean()) == pytest.approx(1 / 3, abs=5 * 0.3 / math.sqrt(len(x)))
    assert abs(np.corrcoef(curve.y_held - torch.sin(torch.pi * curve.x_held), curve.y[:10_000])[0, 1]) < 0.05


@given(seed=st.integers(0, 2**32 - 1))
def test_sine_depends_on_its_seed(seed):
    one, again, other = tables.sine(seed=seed), tables.sine(seed=seed), tables.sine(seed=seed + 1)
    assert all(torch.equal(a, b) for a, b in zip(one, again, strict=True))
    assert not any(torch.equal(a, b) for a, b in zip(one, other, strict=True))


def test_sine_without_noise_is_the_curve():
    curve = tables.sine(7, 5, noise_std=0.0)
    np.testing.assert_allclose(curve.y_held, np.sin(np.pi * curve.x_held.numpy()), atol=1e-15)


@pytest.mark.parametrize("make", [tables.diabetes, tables.sine])
def test_tables_do_not_know_what_the_default_dtype_is(make):
    torch.set_default_dtype(torch.float32)
    in_use = make()
    torch.set_default_dtype(torch.float64)
    for one, other in zip(in_use, make(), strict=True):
        assert torch.equal(one, other) if isinstance(one, torch.Tensor) else one == other
