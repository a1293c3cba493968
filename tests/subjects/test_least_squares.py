import math

import numpy as np
import pytest
import scipy
import torch
from hypothesis import given
from hypothesis import strategies as st

from problems import from_svd
from thalweg.descent import run
from thalweg.problem import objective
from thalweg.subjects import least_squares

TALL, WIDE = from_svd((7, 3), [3.0, 2.0, 0.5]), from_svd((3, 7), [2.0, 1.0, 0.7])
SQUARE = from_svd((4, 4), [2.0, 1.5, 1.0, 0.5])
DEFICIENT = from_svd((6, 4), [3.0, 1.0])
named = {"tall": TALL, "wide": WIDE, "square": SQUARE, "rank-deficient": DEFICIENT}


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("X", named.values(), ids=named)
@pytest.mark.parametrize(("c", "lam"), [(1.0, 0.0), (2.0, 0.0), (0.3, 0.7)])
def test_make_problem_is_the_sum_of_squares_in_numpy(X, c, lam):
    y, w = torch.randn(len(X)), torch.randn(X.shape[1])
    problem = least_squares.make_problem(X, y, c, lam)
    reference = c / 2 * (np.sum((X.numpy() @ w.numpy() - y.numpy()) ** 2) + lam * np.sum(w.numpy() ** 2))
    assert float(objective(problem)(w)) == pytest.approx(reference)
    assert problem.start.tolist() == [0.0] * X.shape[1]
    assert torch.equal(least_squares.make_problem(X, y, start=w).start, w)


@pytest.mark.parametrize(
    ("n", "d", "sigma"), [(7, 3, [3.0, 2.0, 0.5]), (3, 7, [2.0, 0.1]), (4, 4, [1.0] * 4), (5, 2, [])]
)
def test_from_spectrum_has_that_spectrum(n, d, sigma):
    X = least_squares.from_spectrum(n, d, torch.tensor(sigma), seeded())
    assert X.shape == (n, d)
    found = scipy.linalg.svdvals(X.numpy())
    np.testing.assert_allclose(found, sigma + [0.0] * (min(n, d) - len(sigma)), atol=1e-14)


@given(n=st.integers(1, 9), d=st.integers(1, 9), seed=st.integers(0, 2**32 - 1))
def test_from_spectrum_depends_on_the_generator_alone(n, d, seed):
    sigma = torch.rand(min(n, d)) + 0.1
    one, again, other = (least_squares.from_spectrum(n, d, sigma, seeded(s)) for s in (seed, seed, seed + 1))
    assert torch.equal(one, again)
    assert min(n, d) == max(n, d) == 1 or not torch.equal(one, other)
    torch.testing.assert_close(one.square().sum(), sigma.square().sum())


def test_from_spectrum_keeps_the_dtype_of_its_values():
    assert least_squares.from_spectrum(3, 2, torch.ones(2, dtype=torch.float32), seeded()).dtype == torch.float32


@pytest.mark.parametrize(
    ("inverse", "name"),
    [
        (least_squares.left_inverse, "tall"),
        (least_squares.right_inverse, "wide"),
        (least_squares.left_inverse, "square"),
        (least_squares.right_inverse, "square"),
        *((least_squares.pseudo_inverse, name) for name in named),
    ],
)
def test_inverses_are_those_of_lapack(inverse, name):
    torch.testing.assert_close(inverse(named[name]), torch.from_numpy(np.linalg.pinv(named[name].numpy(), rcond=1e-12)))


def test_a_left_inverse_undoes_a_tall_matrix_and_a_right_inverse_is_undone_by_a_wide_one():
    torch.testing.assert_close(least_squares.left_inverse(TALL) @ TALL, torch.eye(3))
    torch.testing.assert_close(WIDE @ least_squares.right_inverse(WIDE), torch.eye(3))


@given(n=st.integers(1, 8), d=st.integers(1, 8), cut=st.integers(0, 7), seed=st.integers(0, 999))
def test_pseudo_inverse_is_penroses(n, d, cut, seed):
    """The four conditions that only one matrix meets."""
    rank = max(min(n, d) - cut, 0)
    X = least_squares.from_spectrum(n, d, torch.linspace(2, 1, rank), seeded(seed))
    P = least_squares.pseudo_inverse(X)
    torch.testing.assert_close(X @ P @ X, X)
    torch.testing.assert_close(P @ X @ P, P)
    torch.testing.assert_close((X @ P).T, X @ P)
    torch.testing.assert_close((P @ X).T, P @ X)
    assert round(float((P @ X).trace())) == rank


def test_pseudo_inverse_of_nothing_is_nothing():
    assert torch.equal(least_squares.pseudo_inverse(torch.zeros(2, 3)), torch.zeros(3, 2))


@pytest.mark.parametrize("name", ["tall", "square"])
def test_normal_equations_find_the_least_error(name):
    X, y = named[name], torch.randn(len(named[name]))
    found = scipy.linalg.lstsq(X.numpy(), y.numpy(), lapack_driver="gelsy")[0]
    torch.testing.assert_close(least_squares.normal_equations(X, y), torch.from_numpy(found))


@pytest.mark.parametrize("name", named)
def test_descent_from_zero_ends_at_the_pseudo_inverse(name):
    X, y = named[name], torch.randn(len(named[name]))
    result = run(least_squares.make_problem(X, y), lr=0.2, steps=500, keep=2, choice="eager")
    torch.testing.assert_close(result.final[0], least_squares.pseudo_inverse(X) @ y)


@pytest.mark.parametrize("name", ["wide", "rank-deficient"])
def test_no_other_weights_of_least_error_are_smaller(name):
    X, y = named[name], torch.randn(len(named[name]))
    w = least_squares.pseudo_inverse(X) @ y
    null = scipy.linalg.null_space(X.numpy(), rcond=1e-10)
    others = w + torch.randn(50, null.shape[1]) @ torch.from_numpy(null.T)
    assert (others.norm(dim=1) > w.norm()).all()
    torch.testing.assert_close((others @ X.T - y).norm(dim=1), (X @ w - y).norm().expand(50))


DEPENDENT = torch.tensor([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]])


@pytest.mark.parametrize(
    "call",
    [
        lambda: least_squares.normal_equations(DEPENDENT, torch.ones(3)),
        lambda: least_squares.left_inverse(DEPENDENT),
        lambda: least_squares.right_inverse(DEPENDENT.T),
    ],
)
def test_without_full_rank_there_is_no_inverse(call):
    with pytest.raises(ValueError, match="need full rank, got less; pseudo_inverse takes any matrix"):
        call()


@pytest.mark.parametrize(("n", "d", "r", "most"), [(3, 2, 3, 2), (1, 9, 2, 1)])
def test_from_spectrum_refuses_more_values_than_fit(n, d, r, most):
    message = rf"from_spectrum: need at most min\(n, d\) = {most} singular values, got {r}"
    with pytest.raises(ValueError, match=message):
        least_squares.from_spectrum(n, d, torch.ones(r), seeded())


def test_inverses_refuse_nan():
    with pytest.raises(ValueError, match="decompose: need a finite, non-empty matrix"):
        least_squares.pseudo_inverse(torch.tensor([[math.nan]]))
