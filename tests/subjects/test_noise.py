import itertools
import math

import numpy as np
import pytest
import scipy
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.polynomial.hermite_e import hermegauss

from problems import from_svd
from thalweg.descent import run
from thalweg.linearization import linearize
from thalweg.modes import linear_path
from thalweg.problem import objective
from thalweg.subjects import noise
from thalweg.subjects.noise import Moments

SHAPES = [(1, 1), (1, 2), (2, 1), (3, 2), (2, 3), (2, 2)]
shaped = pytest.mark.parametrize("shape", SHAPES, ids=str)
scaled = pytest.mark.parametrize("c", [1.0, 0.4])


def data(shape):
    return torch.randn(shape), torch.randn(shape[0])


def normal_grid(count):
    """Values of independent standard normals and their weights: all moments up to degree 5 are exact."""
    nodes, weights = hermegauss(3)
    weights = weights / weights.sum()
    values = np.array(list(itertools.product(nodes, repeat=count)))
    chances = np.array([math.prod(each) for each in itertools.product(weights, repeat=count)])
    return values, chances


def stepped(w, X, y, s, lr, c):
    """Every weight vector after a step with every noise of the grid, and the chances of those."""
    values, chances = normal_grid(X.size)
    noisy = X + s * values.reshape(-1, *X.shape)
    left = np.einsum("knd,wd->kwn", noisy, w) - y
    return w - lr * c * np.einsum("knd,kwn->kwd", noisy, left), chances


def moments_of(w, chances):
    mean = chances @ w
    return Moments(torch.from_numpy(mean), torch.from_numpy(np.einsum("k,ki,kj->ij", chances, w - mean, w - mean)))


def close(found, expected, **tolerances):
    torch.testing.assert_close(found.mean, expected.mean, **tolerances)
    torch.testing.assert_close(found.covariance, expected.covariance, **tolerances)


@shaped
@scaled
@pytest.mark.parametrize(("s", "lr"), [(0.6, 0.1), (1.7, 0.3)])
def test_next_moments_are_those_of_every_noise_at_once(shape, c, s, lr):
    """Weights that are one of four vectors; the noise by Gauss-Hermite quadrature, which is exact for these moments."""
    X, y = data(shape)
    w, weight = np.random.randn(4, shape[1]), np.array([0.1, 0.2, 0.3, 0.4])  # noqa: NPY002 - seeded by conftest
    now = moments_of(w, weight)
    after, chances = stepped(w, X.numpy(), y.numpy(), s, lr, c)
    expected = moments_of(after.reshape(-1, shape[1]), np.outer(chances, weight).reshape(-1))
    close(noise.next_moments(now, X, y, s, lr, c), expected, rtol=1e-11, atol=1e-11)


def test_two_steps_of_moments_are_those_of_every_pair_of_noises():
    X, y, s, lr = np.array([[1.3, -0.4]]), np.array([0.8]), 0.7, 0.2
    w, chances = stepped(np.zeros((1, 2)), X, y, s, lr, 1.0)
    again, more = stepped(w[:, 0], X, y, s, lr, 1.0)
    expected = moments_of(again.reshape(-1, 2), np.outer(more, chances).reshape(-1))
    path = noise.moments(torch.from_numpy(X), torch.from_numpy(y), s, lr, steps=2)
    close(Moments(path.mean[-1], path.covariance[-1]), expected, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("shape", [(6, 3), (3, 5)], ids=str)
def test_moments_are_those_of_a_hundred_thousand_noisy_runs(shape):
    X, y = data(shape)
    s, steps, runs = 0.5, 6, 100_000
    lr = noise.variance_limit(X, s) / 4
    theory, w = noise.moments(X, y, s, lr, steps), torch.zeros(runs, shape[1])
    for _ in range(steps):
        noisy = X + s * torch.randn(runs, *shape)
        w = w - lr * torch.einsum("bnd,bn->bd", noisy, torch.einsum("bnd,bd->bn", noisy, w) - y)
    error = theory.std[-1] / math.sqrt(runs)
    assert ((w.mean(0) - theory.mean[-1]).abs() < 5 * error).all()
    torch.testing.assert_close(w.std(0), theory.std[-1], rtol=0.03, atol=0)  # ten standard errors, were they normal
    torch.testing.assert_close(w.T.cov(), theory.covariance[-1], rtol=0.1, atol=1e-3)


def test_moments_are_those_of_the_laboratorys_own_noisy_runs():
    X, y = data((4, 2))
    s, runs = 0.4, 20_000
    lr = noise.variance_limit(X, s) / 4
    result = run(noise.expected_problem(X, y, 0.0), lr=lr, starts=torch.zeros(runs, 2), steps=5, noise_std=s, keep=7)
    theory = noise.moments(X, y, s, lr, steps=5)
    error = (theory.std / math.sqrt(runs))[1:]
    assert ((result.w.mean(1) - theory.mean)[1:].abs() < 5 * error).all()
    torch.testing.assert_close(result.w.std(1)[1:], theory.std[1:], rtol=0.05, atol=0)  # ten standard errors


@shaped
@scaled
def test_the_mean_is_descent_on_ridge(shape, c):
    X, y = data(shape)
    lr, t = 0.5 * noise.mean_limit(X, 0.7, c), torch.arange(41)
    expected = linear_path(linearize(noise.expected_problem(X, y, 0.7, c)), lr, t)
    torch.testing.assert_close(noise.moments(X, y, 0.7, lr, 40, c).mean, expected)


@shaped
@scaled
def test_the_expected_problem_costs_what_noisy_data_cost_on_average(shape, c):
    X, y = data(shape)
    w, s = torch.randn(shape[1]), 0.7
    values, chances = normal_grid(X.numel())
    noisy = X.numpy() + s * values.reshape(-1, *shape)
    reference = c / 2 * float(chances @ ((noisy @ w.numpy() - y.numpy()) ** 2).sum(1))
    assert float(objective(noise.expected_problem(X, y, s, c))(w)) == pytest.approx(reference)


def test_ridge_strength_is_the_squared_noise_beside_a_mean():
    assert noise.ridge_strength(5, 0.2) / 5 == pytest.approx(0.04)


@shaped
def test_without_noise_the_moments_are_one_path(shape):
    X, y = data(shape)
    path = noise.moments(X, y, 0.0, 0.1, 20)
    torch.testing.assert_close(
        path.mean, linear_path(linearize(noise.expected_problem(X, y, 0.0)), 0.1, torch.arange(21))
    )
    torch.testing.assert_close(path.covariance, torch.zeros(21, shape[1], shape[1]))


@given(lr=st.floats(0.01, 1.5), s=st.floats(0, 2), shape=st.sampled_from(SHAPES), seed=st.integers(0, 99))
def test_moments_stay_those_of_something(lr, s, shape, seed):
    """A covariance is symmetric, and no variance is negative."""
    torch.manual_seed(seed)
    path = noise.moments(*data(shape), s, lr, 8)
    torch.testing.assert_close(path.covariance, path.covariance.mT)
    assert (torch.linalg.eigvalsh(path.covariance)[:, 0] >= -1e-9 * path.covariance.norm(dim=(1, 2))).all()
    torch.testing.assert_close(path.std.square(), path.covariance.diagonal(dim1=1, dim2=2))


def test_rounding_does_not_grow_over_thousands_of_steps():
    X, y = data((5, 3))
    path = noise.moments(X, y, 0.5, 0.99 * noise.variance_limit(X, 0.5), 5000)
    torch.testing.assert_close(path.covariance[-1], path.covariance[-1].T, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("s", [1e-3, 1e-6, 1e-9])
def test_tiny_noise_keeps_its_digits(s):
    """To first order every step adds something linear in the noise, so that the spread is linear in s."""
    X, y = data((4, 2))
    lr = noise.variance_limit(X, s) / 4
    one, ten = noise.moments(X, y, s, lr, 30).std, noise.moments(X, y, s / 10, lr, 30).std
    torch.testing.assert_close(one, 10 * ten, rtol=1e-4, atol=0)
    assert (one[1:] > 0).all()


@pytest.mark.parametrize("shape", [(1, 1), (6, 3), (2, 4), (3, 3)], ids=str)
@scaled
@pytest.mark.parametrize("share", [0.3, 0.8])
def test_resting_moments_are_those_after_many_steps(shape, c, share):
    X, y = from_svd(shape, [1.5, 1.2, 1.0][: min(shape)]), torch.randn(shape[0])
    s = 0.8
    lr = share * noise.variance_limit(X, s, c)
    path = noise.moments(X, y, s, lr, 300, c)
    resting = noise.resting_moments(X, y, s, lr, c)
    close(resting, Moments(path.mean[-1], path.covariance[-1]), rtol=1e-6, atol=1e-9)
    ridge = torch.linalg.solve(X.T @ X + shape[0] * s**2 * torch.eye(shape[1]), X.T @ y)
    torch.testing.assert_close(resting.mean, ridge)


@pytest.mark.parametrize("share", [1.0, 1.5])
def test_resting_moments_refuse_where_there_are_none(share):
    X, y = data((3, 2))
    lr = share * noise.variance_limit(X, 0.5)
    with pytest.raises(
        ValueError, match=rf"resting_moments: need lr < .*, got {lr:g}; from there on the variance grows"
    ):
        noise.resting_moments(X, y, 0.5, lr)


def full_map(X, s, lr, c):
    """What a step makes of any covariance, as a matrix, by differentiating it: y = 0 and mean 0, so that it is linear."""
    d = X.shape[1]

    def step(flat):
        now = Moments(torch.zeros(d), flat.reshape(d, d))
        return noise.next_moments(now, X, torch.zeros(len(X)), s, lr, c).covariance.reshape(-1)

    return torch.func.jacrev(step)(torch.zeros(d * d))


@pytest.mark.parametrize("shape", [(1, 1), (1, 3), (7, 3), (2, 4), (4, 4), (6, 1)], ids=str)
@scaled
@pytest.mark.parametrize("s", [0.1, 0.7, 3.0])
def test_at_the_variances_limit_the_map_of_all_second_moments_has_radius_one(shape, c, s):
    X, _ = data(shape)
    limit = noise.variance_limit(X, s, c)
    for share in (0.5, 1.0, 1.3):
        radius = float(torch.linalg.eigvals(full_map(X, s, share * limit, c)).abs().max())
        assert noise.second_moment_factor(X, s, share * limit, c) == pytest.approx(radius, rel=1e-9)
        assert (radius > 1 + 1e-9) == (share > 1)
        assert share != 1 or radius == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("shape", [(7, 3), (2, 4), (4, 4)], ids=str)
def test_second_moment_map_is_what_happens_in_the_modes_of_the_data(shape):
    X, _ = data(shape)
    V = torch.linalg.svd(X).Vh.T
    squares = torch.rand(shape[1])
    now = Moments(torch.zeros(shape[1]), V @ squares.diag() @ V.T)
    after = V.T @ noise.next_moments(now, X, torch.zeros(len(X)), 0.6, 0.1, 0.7).covariance @ V
    torch.testing.assert_close(after, (noise.second_moment_map(X, 0.6, 0.1, 0.7) @ squares).diag())


@given(x=st.floats(-5, 5), s=st.floats(0.05, 5), c=st.floats(0.1, 10))
def test_limits_of_one_weight_are_the_formulas(x, s, c):
    X, x2, s2 = torch.tensor([[x]]), x * x, s * s
    assert noise.mean_limit(X, s, c) == pytest.approx(2 / (c * (x2 + s2)))
    formula = 2 * (x2 + s2) / (c * (x2**2 + 6 * x2 * s2 + 3 * s2**2))
    assert noise.variance_limit(X, s, c) == pytest.approx(formula, rel=1e-9)


@settings(max_examples=20)
@given(n=st.integers(1, 5), d=st.integers(1, 4), s=st.floats(0.05, 3), c=st.floats(0.1, 10), seed=st.integers(0, 99))
def test_the_variance_asks_for_more_than_the_mean(n, d, s, c, seed):
    torch.manual_seed(seed)
    X = torch.randn(n, d)
    assert noise.variance_limit(X, s, c) < noise.mean_limit(X, s, c)
    assert noise.variance_limit(X, s, c) == pytest.approx(noise.variance_limit(X, s) / c)
    assert noise.mean_limit(X, s, c) == pytest.approx(noise.mean_limit(X, s) / c)
    assert noise.variance_limit(X, 1.5 * s, c) < noise.variance_limit(X, s, c), "more noise, less room"


def every_path(x, y, s, lr, steps, c):
    """The weight after so many steps with every sequence of noises, and the chances; exact for moments up to the fourth."""
    nodes, weights = hermegauss(5)
    weights = weights / weights.sum()
    w, chances = np.zeros(1), np.ones(1)
    for _ in range(steps):
        seen = x + s * nodes[:, None]
        w, chances = (w - lr * c * seen * (seen * w - y)).reshape(-1), np.outer(weights, chances).reshape(-1)
    return w, chances


@pytest.mark.parametrize(("x", "y", "s", "c"), [(1.0, 1.0, 0.5, 1.0), (-2.0, 3.0, 0.7, 0.3), (0.4, -1.0, 1.5, 2.0)])
def test_fourth_moments_are_those_of_every_sequence_of_noises(x, y, s, c):
    lr = 1.2 * noise.variance_limit(torch.tensor([[x]]), s, c)
    found = noise.fourth_moments(x, y, s, lr, 4, c)
    for t in range(5):
        w, chances = every_path(x, y, s, lr, t, c)
        assert float(found[t]) == pytest.approx(chances @ (w - chances @ w) ** 4, rel=1e-9, abs=1e-12)


@given(x=st.floats(-3, 3), y=st.floats(-3, 3), s=st.floats(0.01, 3), share=st.floats(0.01, 1.2))
def test_a_fourth_moment_is_at_least_the_variance_squared(x, y, s, share):
    X = torch.tensor([[x]])
    lr = share * noise.variance_limit(X, s)
    variance = noise.moments(X, torch.tensor([y]), s, lr, 6).covariance[:, 0, 0]
    fourth = noise.fourth_moments(x, y, s, lr, 6)
    assert (fourth >= variance.square() * (1 - 1e-9)).all()
    torch.testing.assert_close(fourth[1], 3 * variance[1] ** 2)


def test_the_mean_converges_below_its_limit_and_not_above():
    X, y = data((5, 3))
    limit = noise.mean_limit(X, 0.5)
    for share in (0.98, 1.02):
        mean = noise.moments(X, y, 0.5, share * limit, 600).mean.norm(dim=1)
        assert bool(mean[-1] > 10 * mean[1]) is (share > 1)


def log_size(x, s, lr, c=1.0):
    """E ln|1 - lr c x~^2| by adaptive quadrature, told where it is singular."""
    root = 1 / math.sqrt(lr * c)
    points = sorted(z for z in ((root - x) / s, (-root - x) / s) if abs(z) < 12)

    def integrand(z):
        return math.log(abs(1 - lr * c * (x + s * z) ** 2)) * math.exp(-z * z / 2)

    ends = [-12.0, *points, 12.0]
    parts = [scipy.integrate.quad(integrand, a, b, epsabs=1e-12, limit=200)[0] for a, b in itertools.pairwise(ends)]
    return math.fsum(parts) / math.sqrt(2 * math.pi)


@pytest.mark.parametrize(
    ("x", "s", "lr", "c"),
    [
        (1.0, 1.0, 0.1, 1.0),
        (1.0, 0.5, 1.3, 1.0),
        (-1.0, 0.5, 1.3, 1.0),
        (1.0, 0.5, 1.0, 1.0),
        (0.0, 0.5, 1.3, 1.0),
        (2.0, 0.3, 0.2, 2.0),
        (0.1, 1.5, 5.0, 0.3),
        (1.0, 0.02, 0.5, 1.0),
        (3.0, 3.0, 4.0, 1.0),
    ],
)
def test_typical_factor_is_the_integral(x, s, lr, c):
    assert math.log(noise.typical_factor(x, s, lr, c)) == pytest.approx(log_size(x, s, lr, c), rel=1e-7, abs=1e-7)


@pytest.mark.parametrize("lr", [0.3, 1.1, 2.5])
def test_typical_factor_is_the_growth_of_a_long_run(lr):
    draws = np.random.randn(400_000)  # noqa: NPY002 - seeded by conftest
    growth = np.log(np.abs(1 - lr * (1 + 0.6 * draws) ** 2))
    error = growth.std() / math.sqrt(len(growth))
    assert math.log(noise.typical_factor(1.0, 0.6, lr)) == pytest.approx(growth.mean(), abs=5 * error)


@pytest.mark.parametrize("lr", [0.3, 0.9, 1.7])
def test_typical_factor_with_hardly_any_noise_is_that_without(lr):
    assert noise.typical_factor(1.0, 1e-5, lr) == pytest.approx(abs(1 - lr), rel=1e-7)


@pytest.mark.parametrize(("x", "s", "c"), [(1.0, 0.5, 1.0), (1.0, 0.5, 2.0), (-2.0, 0.1, 0.5), (0.3, 2.0, 1.0)])
def test_at_the_typical_limit_nothing_grows_or_shrinks(x, s, c):
    limit = noise.typical_limit(x, s, c)
    assert log_size(x, s, limit, c) == pytest.approx(0, abs=1e-7)
    assert log_size(x, s, 1.02 * limit, c) > 0 > log_size(x, s, 0.98 * limit, c)


@pytest.mark.parametrize("unit", [1e-6, 1e3, 1e6])
def test_the_typical_limit_keeps_its_digits_in_any_unit(unit):
    assert noise.typical_limit(unit, unit / 2) == pytest.approx(noise.typical_limit(1.0, 0.5) / unit**2, rel=1e-9)


@given(x=st.floats(0.1, 5), s=st.floats(0.01, 5), c=st.floats(0.1, 10))
def test_single_runs_lose_hold_last(x, s, c):
    X = torch.tensor([[x]])
    assert noise.variance_limit(X, s, c) < noise.mean_limit(X, s, c) < noise.typical_limit(x, s, c)
    assert noise.typical_limit(x, s, c) == pytest.approx(noise.typical_limit(x, s) / c)


def test_between_the_limits_the_mean_square_grows_and_the_single_run_shrinks():
    lr = 1.3  # the variance's limit is 0.889, the mean's 1.6
    w = np.ones(100_000)
    for _ in range(60):
        w = w * (1 - lr * (1 + 0.5 * np.random.randn(len(w))) ** 2)  # noqa: NPY002 - seeded by conftest
    assert np.median(np.abs(w)) < 1e-2
    assert noise.second_moment_factor(torch.ones(1, 1), 0.5, lr) > 1 > noise.typical_factor(1.0, 0.5, lr)
    assert np.log(np.abs(w)).mean() / 60 == pytest.approx(math.log(noise.typical_factor(1.0, 0.5, lr)), rel=0.02)


@pytest.mark.parametrize("power", [1, 2, 4])
def test_a_factor_moment_is_an_integral(power):
    def value(v):
        return (1 - 0.7 * (1.3 + 0.4 * v) ** 2) ** power * math.exp(-(v**2) / 2) / math.sqrt(2 * math.pi)

    reference = scipy.integrate.quad(value, -12, 12, epsabs=1e-12)[0]
    assert noise.factor_moment(1.3, 0.4, 0.7, power) == pytest.approx(reference, rel=1e-9)


def test_the_fourth_moment_of_a_weight_is_that_of_many_runs():
    """Three steps of two million independent descents, by a loop of this test's own."""
    rng, w = np.random.default_rng(0), np.zeros(2_000_000)
    for _ in range(3):
        x = 1.0 + 0.3 * rng.standard_normal(len(w))
        w = w - 0.2 * x * (x * w - 2.0)
    fourth = ((w - w.mean()) ** 4).mean()
    assert float(noise.fourth_moments(1.0, 2.0, 0.3, 0.2, 3)[3]) == pytest.approx(fourth, rel=0.02)


@pytest.mark.parametrize("call", [lambda: noise.typical_factor(1.0, 0.0, 0.1), lambda: noise.typical_limit(1.0, 0.0)])
def test_a_typical_size_needs_noise(call):
    with pytest.raises(ValueError, match=r"typical_\w+: need noise_std > 0"):
        call()


def test_step_factors_are_1_at_their_limits_and_the_moments_of_samples():
    X, s = torch.tensor([[1.3]]), 0.7
    limits = (noise.variance_limit(X, s), noise.mean_limit(X, s), noise.typical_limit(1.3, s))
    for (name, factor), limit in zip(noise.step_factors(1.3, s, torch.tensor(limits)).items(), limits, strict=True):
        assert factor[limits.index(limit)] == pytest.approx(1, abs=1e-6), name
    left = 1 - 0.2 * (1.3 + s * torch.randn(1_000_000)).square()
    found = noise.step_factors(1.3, s, torch.tensor([0.2]))
    assert [float(each) for each in found.values()] == pytest.approx(
        [float(left.square().mean().sqrt()), float(left.mean()), float(left.abs().log().mean().exp())], rel=0.01
    )
