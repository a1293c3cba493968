import math

import numpy as np
import pytest
import scipy
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Ridge

from problems import from_svd
from thalweg.descent import run
from thalweg.subjects import ridge

DOORS = pytest.mark.parametrize("door", ridge.DOORS.values(), ids=ridge.DOORS)
SHAPES = [(7, 3), (3, 7), (4, 4), (1, 5), (6, 1)]
shaped = pytest.mark.parametrize("shape", SHAPES, ids=str)


def normal_equations(X, y, lam):
    return np.linalg.solve(X.T @ X + lam * np.eye(X.shape[1]), X.T @ y)


def by_scikit_learn(X, y, lam):
    return Ridge(alpha=lam, fit_intercept=False, solver="cholesky").fit(X, y).coef_


def by_lsqr(X, y, lam):
    return scipy.sparse.linalg.lsqr(X, y, damp=lam**0.5, atol=1e-15, btol=1e-15, iter_lim=10_000)[0]


@DOORS
@shaped
@pytest.mark.parametrize("lam", [1e-3, 0.7, 1e3])
def test_every_door_is_ridge(door, shape, lam):
    X, y = torch.randn(shape), torch.randn(shape[0])
    w = door(X, y, lam).numpy()
    for reference in (normal_equations, by_scikit_learn, by_lsqr):
        expected = reference(X.numpy(), y.numpy(), lam)
        np.testing.assert_allclose(w, expected, rtol=1e-7, atol=1e-10, err_msg=reference.__name__)


@settings(max_examples=30)
@given(n=st.integers(1, 8), d=st.integers(1, 8), lam=st.floats(1e-6, 1e6), seed=st.integers(0, 999))
def test_doors_agree_whatever_the_shape(n, d, lam, seed):
    generator = torch.Generator().manual_seed(seed)
    X, y = torch.randn(n, d, generator=generator), torch.randn(n, generator=generator)
    answers = torch.stack([door(X, y, lam) for door in ridge.DOORS.values()])
    top = float(torch.linalg.matrix_norm(X, 2)) ** 2
    squared = (top + lam) / lam * float(answers[1].norm())  # some doors square the condition number
    assert (answers - answers[1]).norm(dim=1).max() <= 1e-13 * (squared + float(y.norm()) / lam**0.5)


def test_nine_doors_and_their_names():
    assert len(ridge.DOORS) == len(set(ridge.DOORS.values())) == 9


@given(n=st.integers(1, 6), d=st.integers(1, 6), lam=st.floats(1e-3, 1e3), more=st.floats(1.01, 100))
def test_more_ridge_means_smaller_weights_and_a_worse_fit(n, d, lam, more):
    X, y = torch.randn(n, d), torch.randn(n)
    weak, strong = (ridge.shifted_singular_values(X, y, strength) for strength in (lam, more * lam))
    assert strong.norm() < weak.norm()
    assert (X @ weak - y).norm() < (X @ strong - y).norm()


def test_a_mode_is_kept_as_its_square_beside_lam():
    """It is sigma^2 that lam competes with, and not sigma: a mode of sigma = 30 is kept under lam = 100."""
    sigma = torch.tensor([30.0, 10.0, 1.0])
    kept = ridge.shifted_singular_values(sigma.diag(), sigma, 100.0)
    torch.testing.assert_close(kept, torch.tensor([0.9, 0.5, 1 / 101]))


@shaped
def test_at_zero_is_where_ridge_goes_without_strength(shape):
    X, y = torch.randn(shape), torch.randn(shape[0])
    limit = ridge.at_zero(X, y)
    torch.testing.assert_close(limit, torch.from_numpy(scipy.linalg.lstsq(X.numpy(), y.numpy())[0]))
    near = [float((ridge.fake_data(X, y, lam) - limit).norm()) for lam in (1e-4, 1e-5)]
    assert near[1] == pytest.approx(near[0] / 10, rel=0.02), "the distance is proportional to lam"


def test_at_zero_leaves_out_what_a_rank_deficient_matrix_does_not_see():
    X, y = from_svd((6, 4), [3.0, 1.0]), torch.randn(6)
    null = torch.from_numpy(scipy.linalg.null_space(X.numpy(), rcond=1e-10))
    torch.testing.assert_close(null.T @ ridge.at_zero(X, y), torch.zeros(2))
    torch.testing.assert_close(ridge.at_zero(X, y), ridge.shifted_singular_values(X, y, 1e-7), rtol=0, atol=1e-6)


@shaped
def test_at_infinity_is_where_lam_w_goes(shape):
    X, y = torch.randn(shape), torch.randn(shape[0])
    limit = ridge.at_infinity(X, y)
    far = [float((lam * ridge.kernel_form(X, y, lam) - limit).norm()) for lam in (1e6, 1e7)]
    assert far[1] == pytest.approx(far[0] / 10, rel=1e-3), "the distance is proportional to 1 / lam"
    assert far[0] < 1e-4 * float(limit.norm())


@pytest.mark.parametrize("shape", [(2, 3), (3, 2)], ids=str)
def test_fake_features_give_each_point_its_own(shape):
    X = torch.randn(shape)
    wide = ridge.fake_features_matrix(X, 4.0)
    assert wide.shape == (shape[0], sum(shape))
    torch.testing.assert_close(wide @ wide.T, X @ X.T + 4 * torch.eye(shape[0]))


@pytest.mark.parametrize("shape", [(7, 3), (3, 7)], ids=str)
def test_weight_decay_is_that_of_torch(shape):
    """The path of `torch.optim.SGD(weight_decay=lam)` on half the sum of squares."""
    X, y, lam, lr = torch.randn(shape), torch.randn(shape[0]), 0.8, 0.02
    result = run(ridge.weight_decay_problem(X, y, lam), lr=lr, steps=30, keep=32, choice="eager")
    w = torch.zeros(shape[1], requires_grad=True)
    optimiser = torch.optim.SGD([w], lr=lr, weight_decay=lam)
    path = [w.detach().clone()]
    for _ in range(30):
        optimiser.zero_grad()
        ((X @ w - y).square().sum() / 2).backward()
        optimiser.step()
        path.append(w.detach().clone())
    torch.testing.assert_close(result.w[:, 0], torch.stack(path))


def test_map_estimate_is_the_highest_point_of_the_posterior():
    X, y, lam = torch.randn(5, 2), torch.randn(5), 0.6

    def minus_log_density(w):
        prior = scipy.stats.norm.logpdf(w).sum()
        return -prior - scipy.stats.norm.logpdf(y.numpy(), X.numpy() @ w, lam**0.5).sum()

    best = scipy.optimize.minimize(
        minus_log_density, np.zeros(2), method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-13}
    )
    np.testing.assert_allclose(ridge.map_estimate(X, y, lam), best.x, rtol=1e-6)  # a simplex sees half the digits


def test_conditional_mean_is_the_mean_of_those_draws_that_come_near():
    """Drawn weights and targets, regressed on each other: the conditional mean of normals is linear in y."""
    X, lam = torch.tensor([[1.0, 0.5]]), 0.7
    W = torch.randn(200_000, 2)
    Y = W @ X.T + lam**0.5 * torch.randn(200_000, 1)
    slope = (Y * W).mean(0) / Y.square().mean()
    expected = ridge.conditional_mean(X, torch.tensor([2.0]), lam)
    torch.testing.assert_close(expected, 2 * slope, rtol=0, atol=5 * 2 / math.sqrt(200_000))  # five standard errors


@pytest.mark.parametrize("shape", [(7, 3), (4, 6)], ids=str)
def test_errors_on_points_left_out_are_those_of_fits_without_them(shape):
    X, y, lam = torch.randn(shape), torch.randn(shape[0]), torch.tensor([0.1, 2.0])
    for strength, found in zip(lam.tolist(), ridge.left_out_error(X, y, lam), strict=True):
        errors = []
        for i in range(len(y)):
            others = torch.arange(len(y)) != i
            errors.append((X[i] @ ridge.optimum(X[others], y[others], strength) - y[i]).square())
        torch.testing.assert_close(found, torch.stack(errors).mean())


def test_left_out_error_refuses():
    with pytest.raises(ValueError, match="left_out_error: need lam > 0, got 0"):
        ridge.left_out_error(torch.eye(2), torch.ones(2), torch.tensor([0.0]))
