import math
import re
from dataclasses import fields, replace

import numpy as np
import pytest
import scipy
import torch
from hypothesis import given
from hypothesis import strategies as st
from jaxtyping import TypeCheckError

from thalweg.descent import run
from thalweg.subjects import tikhonov
from thalweg.subjects.tikhonov import Tikhonov

SIZES = [(7, 3, 7, 3), (7, 3, 5, 2), (3, 6, 4, 8), (4, 4, 6, 4), (2, 5, 2, 5), (6, 2, 9, 0)]
sized = pytest.mark.parametrize("sizes", SIZES, ids=str)  # points, parameters, rows of W1, rows of W2


def drawn(sizes):
    n, d, k, h = sizes
    return Tikhonov(torch.randn(n, d), torch.randn(n), torch.randn(k, n), torch.randn(h, d), torch.randn(d))


def cost(problem, x):
    """The definition, in numpy."""
    A, b, W1, W2, c = (getattr(problem, name).numpy() for name in ("A", "b", "W1", "W2", "c"))
    return np.sum((W1 @ (A @ x - b)) ** 2) + np.sum((W2 @ (x - c)) ** 2)


@sized
@pytest.mark.parametrize("answer", [tikhonov.by_hand, tikhonov.by_stacking])
def test_answers_are_the_minimum_that_a_search_finds(answer, sizes):
    problem = drawn(sizes)
    found = scipy.optimize.minimize(lambda x: cost(problem, x), np.zeros(sizes[1]), options={"gtol": 1e-7})
    x = answer(problem).numpy()
    assert cost(problem, x) <= found.fun * (1 + 1e-12)
    np.testing.assert_allclose(x, found.x, rtol=1e-3, atol=1e-4)  # of differences: scipy sees half the digits


@sized
@pytest.mark.parametrize("answer", [tikhonov.by_hand, tikhonov.by_stacking])
def test_answers_are_where_differences_of_the_cost_vanish(answer, sizes):
    """Central differences of a quadratic are exact, so that any step will do."""
    problem = drawn(sizes)
    x = answer(problem).numpy()
    slopes = [(cost(problem, x + step) - cost(problem, x - step)) / 2 for step in np.eye(len(x))]
    np.testing.assert_allclose(slopes, 0, atol=1e-9 * cost(problem, x + 1))


def test_answer_of_one_unknown():
    """Weights 2 and 1 on |2x - 6| and |x - 4|: (16 + 1) x = 48 + 4."""
    two, one = torch.tensor([[2.0]]), torch.eye(1)
    problem = Tikhonov(two, torch.tensor([6.0]), two, one, torch.tensor([4.0]))
    assert float(tikhonov.by_hand(problem)) == pytest.approx(52 / 17)


@sized
def test_stacked_least_squares_costs_the_same_everywhere(sizes):
    problem = drawn(sizes)
    C, d = (part.numpy() for part in tikhonov.stacked(problem))
    assert C.shape == (sizes[2] + sizes[3], sizes[1])
    for x in np.random.randn(5, sizes[1]):  # noqa: NPY002 - seeded by conftest
        assert np.sum((C @ x - d) ** 2) == pytest.approx(cost(problem, x))


@pytest.mark.parametrize("sizes", [(7, 3, 7, 3), (3, 6, 4, 8)], ids=str)
def test_descent_on_the_stacked_data_ends_there(sizes):
    problem = drawn(sizes)
    descent = tikhonov.descent_problem(problem)
    values = scipy.linalg.svdvals(descent.X.numpy()) ** 2
    steps = int(12 * values[0] / values[-1]) + 10
    result = run(descent, lr=float(2 / (values[0] + values[-1])), steps=steps, keep=2, choice="eager")
    torch.testing.assert_close(result.final[0], tikhonov.by_hand(problem), rtol=1e-6, atol=1e-6)


@given(scale=st.floats(1e-3, 1e3), turn=st.integers(0, 999))
def test_neither_a_common_scale_nor_a_rotation_of_weights_matters(scale, turn):
    problem = drawn((5, 3, 4, 3))
    Q = torch.from_numpy(scipy.stats.special_ortho_group.rvs(4, random_state=turn))
    R = torch.from_numpy(scipy.stats.special_ortho_group.rvs(3, random_state=turn))
    other = replace(problem, W1=scale * Q @ problem.W1, W2=scale * R @ problem.W2)
    torch.testing.assert_close(tikhonov.by_hand(other), tikhonov.by_hand(problem), rtol=1e-6, atol=1e-6)


@given(far=st.lists(st.floats(-100, 100), min_size=3, max_size=3))
def test_moving_data_and_centre_moves_the_answer(far):
    problem, step = drawn((5, 3, 4, 3)), torch.tensor(far)
    moved = replace(problem, b=problem.b + problem.A @ step, c=problem.c + step)
    torch.testing.assert_close(tikhonov.by_stacking(moved), tikhonov.by_stacking(problem) + step, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("shape", [(7, 3), (3, 7), (4, 4)], ids=str)
@pytest.mark.parametrize("lam", [1e-2, 3.0])
def test_ridge_is_a_special_case(shape, lam):
    A, b = torch.randn(shape), torch.randn(shape[0])
    reference = scipy.sparse.linalg.lsqr(A.numpy(), b.numpy(), damp=lam**0.5, atol=1e-15, btol=1e-15)[0]
    for answer in (tikhonov.by_hand, tikhonov.by_stacking):
        np.testing.assert_allclose(answer(tikhonov.ridge(A, b, lam)), reference, rtol=1e-7, atol=1e-9)


def correlated(d):
    root = torch.randn(d, d)
    covariance = root @ root.T + 0.1 * torch.eye(d)
    return (covariance + covariance.T) / 2


def one_observation_at_a_time(A, b, covariance, noise_std):
    """Kalman's filter: every observation moves the mean and narrows the covariance, and no system is solved."""
    mean, S = np.zeros(A.shape[1]), covariance.numpy().copy()
    for row, observed in zip(A.numpy(), b.numpy(), strict=True):
        gain = S @ row / (row @ S @ row + noise_std**2)
        mean, S = mean + gain * (observed - row @ mean), S - np.outer(gain, row @ S)
    return mean


@pytest.mark.parametrize("shape", [(7, 3), (3, 7), (4, 4), (1, 2)], ids=str)
@pytest.mark.parametrize("noise_std", [0.1, 1.0, 5.0])
def test_a_prior_gives_the_mean_that_kalmans_filter_learns(shape, noise_std):
    A, b, covariance = torch.randn(shape), torch.randn(shape[0]), correlated(shape[1])
    learned = one_observation_at_a_time(A, b, covariance, noise_std)
    problem = tikhonov.from_prior(A, b, covariance, noise_std)
    answers = tikhonov.by_hand(problem), tikhonov.by_stacking(problem)
    for x in (*answers, tikhonov.posterior_mean(A, b, covariance, noise_std)):
        np.testing.assert_allclose(x, learned, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("shape", [(5, 2), (2, 3)], ids=str)
def test_a_prior_gives_the_highest_point_of_the_posterior(shape):
    A, b, covariance = torch.randn(shape), torch.randn(shape[0]), correlated(shape[1])
    prior = scipy.stats.multivariate_normal(cov=covariance.numpy())

    def minus_log_density(x):
        return -prior.logpdf(x) - scipy.stats.norm.logpdf(b.numpy(), A.numpy() @ x, 0.5).sum()

    best = scipy.optimize.minimize(minus_log_density, np.zeros(shape[1]), options={"gtol": 1e-7})
    found = tikhonov.by_hand(tikhonov.from_prior(A, b, covariance, 0.5))
    np.testing.assert_allclose(found, best.x, rtol=1e-4, atol=1e-5)  # of differences: scipy sees half the digits


def test_gamma_whitens_the_prior():
    covariance = correlated(4)
    gamma = tikhonov.from_prior(torch.randn(2, 4), torch.randn(2), covariance, 0.5).W2
    torch.testing.assert_close(gamma @ covariance @ gamma.T, torch.eye(4))


def seen_by(Q, directions, rows):
    """A matrix with a null space that the other columns of Q span: mixtures of the directions that it sees."""
    return torch.randn(rows, len(directions)) @ Q[:, directions].T


@given(d=st.integers(1, 5), first=st.integers(0, 31), second=st.integers(0, 31), seed=st.integers(0, 999))
def test_the_answer_is_unique_just_if_no_direction_is_missed_by_both(d, first, second, seed):
    torch.manual_seed(seed)
    Q = torch.linalg.qr(torch.randn(d, d)).Q
    by_data, by_prior = ([i for i in range(d) if mask >> i & 1] for mask in (first, second))
    A, W2 = seen_by(Q, by_data, d + 1), seen_by(Q, by_prior, d)
    problem = Tikhonov(A, torch.randn(d + 1), torch.eye(d + 1) + torch.rand(d + 1, d + 1), W2, torch.randn(d))
    missed = sorted(set(range(d)) - {*by_data, *by_prior})
    if missed:
        for answer in (tikhonov.by_hand, tikhonov.by_stacking):
            with pytest.raises(ValueError, match=f"got {len(missed)} that both miss"):
                answer(problem)
    else:
        x = tikhonov.by_stacking(problem)
        slope = A.T @ problem.W1.T @ problem.W1 @ (A @ x - problem.b) + W2.T @ W2 @ (x - problem.c)
        size = float(tikhonov.stacked(problem)[0].norm()) ** 2 * float(
            1 + x.norm() + problem.b.norm() + problem.c.norm()
        )
        assert float(slope.norm()) < 1e-10 * size


@pytest.mark.parametrize(("d", "k", "h"), [(3, 2, 1), (4, 6, 3), (3, 1, 0), (2, 0, 1)])
def test_the_direction_that_is_named_changes_neither_term(d, k, h):
    hidden = torch.linalg.qr(torch.randn(d, 1)).Q.squeeze(1)
    away = torch.eye(d) - torch.outer(hidden, hidden)
    A, W1, W2 = torch.randn(5, d) @ away, torch.randn(k, 5), torch.randn(h, d) @ away
    with pytest.raises(ValueError, match="both miss") as refusal:
        tikhonov.by_hand(Tikhonov(A, torch.randn(5), W1, W2, torch.randn(d)))
    named = torch.tensor([float(part) for part in re.search(r"such as \((.*)\);", str(refusal.value))[1].split(",")])
    assert float(named.norm()) == pytest.approx(1, abs=5e-3)  # three digits are shown
    for seen in (W1 @ A, W2):
        assert float((seen @ named).norm()) <= 5e-3 * float(seen.norm())


def test_of_many_parameters_the_first_six_are_shown():
    A, eye = torch.ones(1, 9), torch.eye(1)
    with pytest.raises(ValueError, match="got 8 that both miss") as refusal:
        tikhonov.check_unique(Tikhonov(A, torch.ones(1), eye, torch.zeros(1, 9), torch.zeros(9)))
    assert re.search(r"such as \(([^,]+, ){6}\.\.\.\); give W2 weight there", str(refusal.value))


A, b, I2, I3 = torch.ones(3, 2), torch.ones(3), torch.eye(2), torch.eye(3)
c, good = torch.zeros(2), torch.tensor([[2.0, 1.0], [1.0, 2.0]])


def as_in_use(*parts):
    """A problem whose annotations nobody checks, as outside of tests: its own refusal must suffice."""
    problem = object.__new__(Tikhonov)
    for field, part in zip(fields(Tikhonov), parts, strict=True):
        object.__setattr__(problem, field.name, part)
    problem.__post_init__()


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ((A, c, I3, I2, c), "need b of shape (3,) to go with A (3, 2), got (2,)"),
        ((A, b, I2, I2, c), "need W1 of shape (2, 3) to go with A (3, 2), got (2, 2)"),
        ((A, b, I3, I3, c), "need W2 of shape (3, 2) to go with A (3, 2), got (3, 3)"),
        ((A, b, I3, I2, b), "need c of shape (2,) to go with A (3, 2), got (3,)"),
        ((A * math.nan, b, I3, I2, c), "need finite numbers, got NaN or infinity in A"),
        ((A, b / 0, I3, I2, c), "need finite numbers, got NaN or infinity in b"),
        ((A, b, I3 * math.inf, I2, c), "need finite numbers, got NaN or infinity in W1"),
        ((A, b, I3, I2 * math.nan, c), "need finite numbers, got NaN or infinity in W2"),
        ((A, b, I3, I2, c * math.nan), "need finite numbers, got NaN or infinity in c"),
    ],
)
def test_a_problem_refuses(parts, message):
    with pytest.raises(ValueError, match=re.escape(f"Tikhonov: {message}")):
        as_in_use(*parts)


@pytest.mark.parametrize(
    ("covariance", "noise_std", "message"),
    [
        (good, 0.0, "need noise_std > 0, got 0.0"),
        (good, -1.0, "need noise_std > 0, got -1.0"),
        (good, math.nan, "need noise_std > 0, got nan"),
        (
            good - 1.5 * I2,
            1.0,
            "need a symmetric, positive definite covariance, got one whose least eigenvalue is -0.5",
        ),
        (good - I2, 1.0, "need a symmetric, positive definite covariance, got one whose least eigenvalue is"),
        (good + torch.tensor([[0.0, 0.1], [0.0, 0.0]]), 1.0, "need a symmetric, positive definite covariance"),
    ],
)
def test_a_prior_refuses(covariance, noise_std, message):
    with pytest.raises(ValueError, match=re.escape(f"from_prior: {message}")):
        tikhonov.from_prior(A, b, covariance, noise_std)


def test_a_prior_takes_a_covariance_that_is_symmetric_but_for_rounding():
    covariance = torch.tensor([[3.0, 2e-16], [-2e-16, 3.0]])  # as Q @ (3 * torch.eye(2)) @ Q.T comes out
    torch.testing.assert_close(tikhonov.from_prior(A, b, covariance).W2, I2 / 3**0.5)


@pytest.mark.parametrize("covariance", [torch.eye(3), torch.ones(2), torch.full((2, 2), torch.nan)])
def test_a_prior_needs_a_covariance_of_its_parameters(covariance):
    A = torch.randn(4, 2)
    with pytest.raises((ValueError, TypeCheckError), match="need a finite covariance of shape|Type-check"):
        tikhonov.from_prior(A, torch.randn(4), covariance)


def test_heavier_answers_solve_their_own_normal_equations():
    problem = drawn(SIZES[1])
    A, W1, W2 = problem.A, problem.W1, problem.W2
    for weight, x in zip((0.3, 1.0, 7.0), tikhonov.heavier(problem, torch.tensor([0.3, 1.0, 7.0])), strict=True):
        left = A.T @ W1.T @ W1 @ (A @ x - problem.b) + weight**2 * W2.T @ W2 @ (x - problem.c)
        torch.testing.assert_close(left, torch.zeros_like(left), atol=1e-9, rtol=0)


def test_an_ellipse_has_its_widths_along_its_axes():
    along = torch.tensor([math.cos(math.radians(25)), math.sin(math.radians(25))])
    across = torch.stack([-along[1], along[0]])
    covariance = tikhonov.ellipse(3.0, 0.5, 25.0)
    torch.testing.assert_close(covariance @ along, 9 * along)
    torch.testing.assert_close(covariance @ across, 0.25 * across)
    with pytest.raises(ValueError, match="need positive standard deviations"):
        tikhonov.ellipse(0.0, 1.0, 0.0)
