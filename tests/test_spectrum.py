import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from problems import from_svd
from thalweg.spectrum import alignment, decompose, gram, ntk, principal_features, shares

CASES = [((7, 3), [5.0, 2.0, 0.5]), ((3, 7), [3.0, 1.0, 0.1]), ((4, 4), [4.0, 3.0, 2.0, 1.0])]
shaped = pytest.mark.parametrize(("shape", "sigma"), CASES, ids=str)


@shaped
def test_decompose_finds_what_it_was_built_from(shape, sigma):
    F = from_svd(shape, sigma)
    parts = decompose(F)
    torch.testing.assert_close(parts.sigma, torch.tensor(sigma))
    torch.testing.assert_close(parts.U @ parts.sigma.diag() @ parts.Vh, F)
    torch.testing.assert_close(parts.U.T @ parts.U, torch.eye(len(sigma)))
    torch.testing.assert_close(parts.Vh @ parts.Vh.T, torch.eye(len(sigma)))
    assert parts.rank == len(sigma)
    assert parts.kappa == pytest.approx(np.linalg.cond(F.numpy()))


@pytest.mark.parametrize("shape", [(7, 4), (4, 7), (5, 5)], ids=str)
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_rank_is_numpys(shape, rank):
    F = from_svd(shape, [3.0, 2.0, 1e-6][:rank])
    assert decompose(F).rank == np.linalg.matrix_rank(F.numpy()) == rank
    assert decompose(F).kappa == float("inf")


def test_nothing_has_no_rank():
    assert decompose(torch.zeros(3, 2)).rank == 0


@shaped
def test_gram_and_ntk_have_the_squares_as_eigenvalues(shape, sigma):
    F = from_svd(shape, sigma)
    squares = torch.tensor(sigma).square()
    for matrix, size in ((gram(F), shape[1]), (ntk(F), shape[0])):
        assert matrix.shape == (size, size)
        values = torch.linalg.eigvalsh(matrix).flip(0)
        torch.testing.assert_close(values[: len(sigma)], squares)
        torch.testing.assert_close(values[len(sigma) :], torch.zeros(size - len(sigma)), rtol=0, atol=1e-12)
    torch.testing.assert_close(ntk(F)[0, 1], F[0].dot(F[1]))
    torch.testing.assert_close(gram(F)[0, 1], F[:, 0].dot(F[:, 1]))


@shaped
def test_principal_features_rebuild_outputs_anywhere(shape, sigma):
    F, w = from_svd(shape, sigma), torch.randn(shape[1])
    parts = decompose(F)
    torch.testing.assert_close(principal_features(F, parts), parts.U * parts.sigma)
    F_new = torch.randn(6, shape[0]) @ F  # in the row space, like any w that descent can reach
    torch.testing.assert_close(principal_features(F_new, parts) @ (parts.Vh @ w), F_new @ w)


@given(scale=st.floats(1e-3, 1e3), n=st.integers(1, 5), d=st.integers(1, 5))
def test_spectrum_scales_and_does_not_turn(scale, n, d):
    F = torch.randn(n, d)
    Q = torch.linalg.qr(torch.randn(n, n)).Q
    parts = decompose(F)
    torch.testing.assert_close(decompose(scale * Q @ F).sigma, scale * parts.sigma)
    torch.testing.assert_close(decompose(F.T).sigma, parts.sigma)
    assert (parts.sigma.diff() <= 0).all()
    assert (parts.sigma >= 0).all()
    assert parts.rank <= min(n, d)


@pytest.mark.parametrize("F", [torch.zeros(0, 3), torch.tensor([[float("nan")]]), torch.tensor([[float("inf")]])])
def test_decompose_refuses(F):
    with pytest.raises(ValueError, match="decompose: need a finite, non-empty matrix, got shape"):
        decompose(F)


@shaped
def test_shares_of_a_target_are_those_of_its_projections(shape, sigma):
    F, y = from_svd(shape, sigma), torch.randn(shape[0])
    found = shares(decompose(F), y)
    reached = F @ torch.linalg.lstsq(F, y.unsqueeze(1), driver="gelsd").solution.squeeze(1)
    assert float(found.sum()) == pytest.approx(float(reached.square().sum() / y.square().sum()))
    torch.testing.assert_close(shares(decompose(F), -3 * y), found)


def test_alignment_is_the_cosine_between_kernels():
    F, G = torch.randn(6, 3), torch.randn(6, 4)
    cosine = torch.nn.CosineSimilarity(dim=0)((F @ F.T).flatten(), (G @ G.T).flatten())
    assert alignment(F, G) == pytest.approx(float(cosine))
    rotation = torch.linalg.qr(torch.randn(3, 3)).Q
    assert alignment(F, 5 * F @ rotation) == pytest.approx(1)


def test_shares_and_alignment_refuse_nothing_at_all():
    with pytest.raises(ValueError, match="shares: need a target that is not 0"):
        shares(decompose(torch.eye(2)), torch.zeros(2))
    with pytest.raises(ValueError, match="alignment: need features that are not 0"):
        alignment(torch.zeros(2, 1), torch.eye(2))
