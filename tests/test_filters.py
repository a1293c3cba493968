import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import Ridge

from problems import from_svd
from thalweg.filters import degrees_of_freedom, early_stopping_factors, ridge_factors, truncation_factors

CASES = [((7, 3), [5.0, 2.0, 0.5]), ((3, 7), [3.0, 1.0, 0.1]), ((4, 4), [4.0, 3.0, 2.0, 1.0]), ((6, 4), [2.0, 1.0])]
shaped = pytest.mark.parametrize(("shape", "sigma"), CASES, ids=str)


def normal_equations(F, y, lam):
    return torch.linalg.solve(F.T @ F + lam * torch.eye(F.shape[1]), F.T @ y)


def kernel_form(F, y, lam):
    return F.T @ torch.linalg.solve(F @ F.T + lam * torch.eye(len(F)), y)


def fake_data(F, y, lam):
    more = torch.cat([F, lam**0.5 * torch.eye(F.shape[1])])
    return torch.linalg.lstsq(more, torch.cat([y, torch.zeros(F.shape[1])]).unsqueeze(1)).solution.squeeze(1)


def scikit_learn(F, y, lam):
    return torch.tensor(Ridge(alpha=lam, fit_intercept=False, solver="svd").fit(F.numpy(), y.numpy()).coef_)


def estimate(F, y, factors):
    """What an estimator with these factors makes of the data; without singular values it makes nothing of a mode."""
    U, sigma, Vh = torch.linalg.svd(F, full_matrices=False)
    kept = sigma > 1e-12 * sigma[0]
    return Vh[kept].T @ (factors(sigma)[kept] / sigma[kept] * (U.T @ y)[kept])


@pytest.mark.parametrize("closed_form", [normal_equations, kernel_form, fake_data, scikit_learn])
@shaped
@pytest.mark.parametrize("lam", [1e-3, 1.0, 1e3])
def test_ridge_factors_solve_ridge(closed_form, shape, sigma, lam):
    F, y = from_svd(shape, sigma), torch.randn(shape[0])
    w = estimate(F, y, lambda s: ridge_factors(s, torch.tensor(lam)))
    close = {"rtol": 1e-7, "atol": 1e-9} if lam < 1 else {}  # the references lose digits: kappa^2 is up to 1e7
    torch.testing.assert_close(w, closed_form(F, y, lam), **close)


@shaped
def test_early_stopping_factors_stop_descent_early(shape, sigma):
    F, y, c = from_svd(shape, sigma), torch.randn(shape[0]), 0.7
    lr = 1.3 / (c * sigma[0] ** 2)
    w = torch.zeros(shape[1])
    for t in range(30):
        torch.testing.assert_close(
            estimate(F, y, lambda s, t=t: early_stopping_factors(s, lr, torch.tensor(t), c)), w, rtol=1e-6, atol=1e-9
        )
        w = w - lr * c * F.T @ (F @ w - y)


@shaped
@pytest.mark.parametrize("rank", [1, 2])
def test_truncation_factors_solve_the_nearest_matrix_of_that_rank(shape, sigma, rank):
    F, y = from_svd(shape, sigma), torch.randn(shape[0])
    w = estimate(F, y, lambda s: truncation_factors(s, torch.tensor(rank)))
    floor = sigma[rank] / sigma[0] * 1.01 if rank < len(sigma) else 1e-10
    torch.testing.assert_close(w, torch.tensor(np.linalg.pinv(F.numpy(), rcond=floor) @ y.numpy()))


@shaped
@pytest.mark.parametrize("lam", [0.1, 10.0])
def test_degrees_of_freedom_are_the_trace_of_the_hat(shape, sigma, lam):
    F = from_svd(shape, sigma)
    hat = F @ torch.linalg.solve(F.T @ F + lam * torch.eye(shape[1]), F.T)
    phi = ridge_factors(torch.tensor(sigma), torch.tensor([lam, lam]))
    torch.testing.assert_close(degrees_of_freedom(phi), hat.trace().expand(2))


sigmas = st.lists(st.floats(0, 1e6), min_size=1, max_size=5).map(lambda s: sorted(s, reverse=True))


@given(sigma=sigmas, lam=st.lists(st.floats(0, 1e6), min_size=1, max_size=4))
def test_ridge_factors_shrink(sigma, lam):
    phi = ridge_factors(torch.tensor(sigma), torch.tensor(sorted(lam)))
    assert ((phi >= 0) & (phi <= 1)).all()
    assert (phi.diff(dim=0) <= 0).all(), "a larger lam keeps less"
    assert (phi.diff(dim=1) <= 1e-15).all(), "a weaker mode is kept less"


@given(sigma=sigmas.filter(lambda s: s[0] > 1e-3), share=st.floats(0.01, 1.0))
def test_early_stopping_factors_grow(sigma, share):
    phi = early_stopping_factors(torch.tensor(sigma), share / sigma[0] ** 2, torch.arange(6))
    assert ((phi >= 0) & (phi <= 1)).all()
    assert (phi[0] == 0).all()
    assert (phi.diff(dim=0) >= -1e-15).all(), "more steps learn more"
    assert (phi.diff(dim=1) <= 1e-15).all(), "a weaker mode is learned later"


@given(sigma=sigmas, ranks=st.lists(st.integers(0, 7), min_size=1, max_size=4))
def test_truncation_factors_count(sigma, ranks):
    phi = truncation_factors(torch.tensor(sigma), torch.tensor(ranks))
    there = sum(s > 0 for s in sigma)
    assert degrees_of_freedom(phi).tolist() == [min(rank, there) for rank in ranks]


ONE = torch.tensor([1.0])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ridge_factors(-ONE, torch.tensor(1.0)), "ridge_factors: need sigma >= 0, got -1"),
        (lambda: ridge_factors(ONE, torch.tensor(-0.5)), "ridge_factors: need lam >= 0, got -0.5"),
        (lambda: early_stopping_factors(-ONE, 1.0, torch.tensor(1)), "early_stopping_factors: need sigma >= 0"),
        (lambda: early_stopping_factors(ONE, 1.0, torch.tensor(-2)), "early_stopping_factors: need t >= 0, got -2"),
        (lambda: early_stopping_factors(ONE, 2.1, torch.tensor(1)), "need 0 < lr <= 2 / .* got lr = 2.1"),
        (lambda: early_stopping_factors(ONE, 0.0, torch.tensor(1)), "need 0 < lr"),
        (lambda: truncation_factors(-ONE, torch.tensor(1)), "truncation_factors: need sigma >= 0, got -1"),
        (lambda: truncation_factors(ONE, torch.tensor(-1)), "truncation_factors: need rank >= 0, got -1"),
    ],
)
def test_filters_refuse(call, message):
    with pytest.raises(ValueError, match=message):
        call()
