import math
import weakref
from types import SimpleNamespace

import mpmath
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import Ridge

from problems import from_svd
from thalweg import direct
from thalweg.direct import blocks_of, ridge_blocks, ridge_path, ridge_plan

EPS = torch.finfo(torch.float64).eps
SHAPES = [(20, 8), (8, 20), (9, 9)]
shaped = pytest.mark.parametrize("shape", SHAPES, ids=str)
routed = pytest.mark.parametrize("route", ["gram", "qr"])


def with_kappa(shape, kappa):
    return from_svd(shape, torch.logspace(0, -math.log10(kappa), min(shape)).tolist())


def stacked(F, y, lam):
    more = torch.cat([F, lam**0.5 * torch.eye(F.shape[1])])
    targets = torch.cat([y, torch.zeros(F.shape[1])])
    return torch.linalg.lstsq(more, targets.unsqueeze(1), driver="gelsd").solution.squeeze(1)


def kernel_form(F, y, lam):
    return F.T @ torch.linalg.solve(F @ F.T + lam * torch.eye(len(F)), y)


def scikit_learn(F, y, lam):
    return torch.tensor(Ridge(alpha=lam, fit_intercept=False, solver="svd").fit(F.numpy(), y.numpy()).coef_)


def exact(F, y, lam):
    """The weights by 50 digits, by the normal equations of the shorter side; F as it is stored."""
    with mpmath.workdps(50):
        A, b = mpmath.matrix(F.tolist()), mpmath.matrix(y.tolist())
        tall = A.rows >= A.cols
        small, right = (A.T * A, A.T * b) if tall else (A * A.T, b)
        w = mpmath.lu_solve(small + mpmath.mpf(float(lam)) * mpmath.eye(small.rows), right)
        return torch.tensor([float(x) for x in (w if tall else A.T * w)])


def by_svd(F, y, lam):
    U, sigma, Vh = torch.linalg.svd(F, full_matrices=False)
    return (y @ U / (sigma + lam.unsqueeze(1) / sigma)) @ Vh


def errors(solver, F, y, lam, right):
    """Relative errors, one a strength; the worst over eight orders of the same rows, since one alone may be lucky."""
    orders = [torch.randperm(len(F)) for _ in range(8)]
    found = torch.stack([solver(F[order], y[order], lam) for order in orders])
    return ((found - right).norm(dim=2) / right.norm(dim=1)).amax(0)


@pytest.mark.parametrize("other", [stacked, scikit_learn])
@shaped
def test_ridge_path_solves_ridge(other, shape):
    F, y, lam = with_kappa(shape, 30.0), torch.randn(shape[0]), torch.tensor([3.0, 1e-3, 1e3, 0.1])
    torch.testing.assert_close(ridge_path(F, y, lam), torch.stack([other(F, y, strength) for strength in lam.tolist()]))


@pytest.mark.parametrize("noisy", [True, False])
@pytest.mark.parametrize("kappa", [1e1, 1e2, 1e4, 1e5, 1e6, 3e6, 1e7, 1e8, 1e10, 1e12])
@shaped
def test_ridge_path_is_as_accurate_as_the_svd(shape, kappa, noisy):
    F = with_kappa(shape, kappa)
    y = torch.randn(shape[0]) if noisy else F @ torch.randn(shape[1])
    lam = torch.tensor([0.0, 1e-20, kappa**-2, 1e-9, kappa**-1, 1e-3, 1.0, 1e6])
    right = torch.stack([exact(F, y, strength) for strength in lam])
    ours, svd = (errors(solver, F, y, lam, right) for solver in (ridge_path, by_svd))
    assert (ours <= 10 * svd + 10 * EPS).all(), (ours / (svd + EPS), ridge_plan(F, lam).routes)


@pytest.mark.parametrize("shape", [(12, 7), (7, 12), (8, 8)], ids=str)
@pytest.mark.parametrize("scale", [1.0, 1e-6, 1e160, 1e-160])
def test_ridge_path_without_full_rank_is_the_smallest_solution(shape, scale):
    A, B, y = (torch.randint(-4, 5, size).double() for size in ((shape[0], 3), (3, shape[1]), (shape[0],)))
    inner = torch.linalg.solve(A.T @ A, A.T @ y)
    smallest = B.T @ torch.linalg.solve(B @ B.T, inner)  # F = A B has rank 3, exactly: its entries are whole numbers
    W = ridge_path(scale * (A @ B), y, torch.tensor([0.0, 1e-30 * scale**2 if scale < 1e100 else 1e290]))
    torch.testing.assert_close(W * scale, smallest.expand(2, -1), rtol=1e-9, atol=1e-12)


@shaped
@pytest.mark.parametrize(("scale", "lam"), [(1e-160, 0.0), (1e-150, 0.1), (1e150, 0.1), (1e160, 0.0)])
def test_ridge_path_does_not_square_large_and_small_numbers_away(shape, scale, lam):
    F, y, lam = with_kappa(shape, 10.0), torch.randn(shape[0]), torch.tensor([lam])
    torch.testing.assert_close(ridge_path(scale * F, y, lam * scale * scale) * scale, ridge_path(F, y, lam))


def test_ridge_path_takes_the_largest_numbers_whose_sum_is_none():
    W = ridge_path(1e308 * torch.eye(2), torch.full((2,), 1e308), torch.zeros(1))
    torch.testing.assert_close(W, torch.ones(1, 2))


@pytest.mark.parametrize("shape", [(5, 2), (2, 5), (2, 2)], ids=str)
def test_ridge_path_drops_rounding_only_where_there_is_no_ridge(shape):
    F = torch.zeros(shape)
    F[0, 0], F[1, 1] = 1.0, 1e-16
    W = ridge_path(F, torch.ones(shape[0]), torch.tensor([0.0, 1e-40, 1e-14]))
    torch.testing.assert_close(W[:, :2], torch.tensor([[1.0, 0.0], [1.0, 0.0], [1.0, 0.01]]), rtol=1e-3, atol=0)


def test_ridge_path_of_nothing_but_zeros_is_zero():
    torch.testing.assert_close(
        ridge_path(torch.zeros(5, 3), torch.ones(5), torch.tensor([0.0, 2.0])), torch.zeros(2, 3)
    )
    torch.testing.assert_close(
        ridge_path(torch.zeros(3, 5), torch.ones(3), torch.tensor([0.0, 2.0])), torch.zeros(2, 5)
    )


@pytest.mark.parametrize("shape", [(2500, 60), (60, 2500), (1300, 1)], ids=str)
def test_ridge_path_goes_through_large_matrices_in_pieces(shape):
    F, y = torch.randn(shape), torch.randn(shape[0])
    before = F.clone()
    other = stacked if shape[0] > shape[1] else kernel_form
    torch.testing.assert_close(ridge_path(F, y, torch.tensor([0.7]))[0], other(F, y, 0.7))
    torch.testing.assert_close(F, before, rtol=0, atol=0)


@pytest.mark.parametrize("shape", [(1500, 20), (20, 1500), (1400, 260)], ids=str)
def test_qr_goes_through_large_matrices_in_pieces(shape):
    F, y, lam = with_kappa(shape, 1e8), torch.randn(shape[0]), torch.tensor([0.0, 1e-15])
    assert ridge_plan(F, lam).routes == ["QR", "QR"]
    svd = by_svd(F, y, lam)
    torch.testing.assert_close((ridge_path(F, y, lam) - svd).norm() / svd.norm(), torch.tensor(0.0), rtol=0, atol=1e-6)


@shaped
def test_ridge_path_answers_each_strength_as_if_alone(shape):
    F, y, lam = with_kappa(shape, 1e8), torch.randn(shape[0]), torch.tensor([1e-2, 0.0, 1e-11, 1e2, 1e-7, 1e-9])
    assert len(set(ridge_plan(F, lam).routes)) == 4
    alone = torch.cat([ridge_path(F, y, lam[i : i + 1]) for i in range(len(lam))])
    torch.testing.assert_close(ridge_path(F, y, lam), alone, rtol=1e-6, atol=0)  # kappa times eps


def test_ridge_path_refines_only_what_asks_for_it(monkeypatch):
    refined, slope = [], direct._slope
    monkeypatch.setattr(direct, "_slope", lambda F, y, W: refined.append(len(W)) or slope(F, y, W))
    lam = torch.tensor([1.0, 1e-11, 1e-7, 1e-7, 0.0])
    plan = ridge_plan(F := with_kappa((20, 8), 1e8), lam)
    ridge_path(F, torch.randn(20), lam)
    assert plan.refinements.tolist() == [0, 2, 1, 1, 3]
    assert refined == [3, 1], "three once, one of them twice"


@shaped
def test_ridge_path_in_single_precision_plans_by_its_rounding(shape):
    F, y, lam = with_kappa(shape, 100.0).float(), torch.randn(shape[0]).float(), torch.tensor([0.0, 1e-3, 1.0])
    W = ridge_path(F, y, lam)
    assert W.dtype == torch.float32
    right = ridge_path(F.double(), y.double(), lam)
    assert ((W - right).norm(dim=1) <= 2e-5 * right.norm(dim=1)).all()
    assert ridge_plan(F, lam).routes == ["Gram, refined twice", "Gram, refined once", "Gram"]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize(
    ("kappa", "lam", "route"),
    [
        (1.2, 0.0, "Gram"),  # 5 q = 7 eps <= 11 eps
        (2.0, 0.0, "Gram, refined once"),
        (1e2, 0.0, "Gram, refined once"),
        (1e2, 1.0, "Gram"),
        (5e4, 0.0, "Gram, refined once"),  # (5 q)^2 = 8e-12 <= 1.1e-11
        (1e5, 0.0, "Gram, refined twice"),  # (5 q)^2 = 1e-10 > 2e-11, (5 q)^3 = 1e-15
        (5e5, 0.0, "Gram, refined twice"),
        (1e6, 0.0, "QR"),  # (5 q)^3 = 1.4e-9 > 2e-10
        (1e9, 0.0, "QR"),
        (1e9, 1e-4, "Gram, refined once"),
    ],
)
def test_ridge_plan_by_hand(shape, kappa, lam, route):
    plan = ridge_plan(with_kappa(shape, kappa), torch.tensor([lam]))
    assert plan.routes == [route]
    if route != "QR":
        torch.testing.assert_close(plan.gram_error, torch.tensor([EPS / (kappa**-2 + lam)]), rtol=1e-2, atol=0)


@given(lam=st.lists(st.floats(0, 1e3), min_size=2, max_size=6), kappa=st.floats(1, 1e12))
def test_ridge_plan_works_less_for_more_ridge(lam, kappa):
    plan = ridge_plan(torch.tensor([[1.0, 0.0], [0.0, 1 / kappa], [0.0, 0.0]]), torch.tensor(sorted(lam)))
    assert (plan.refinements.diff() <= 0).all()
    assert (plan.gram_error[1:] <= plan.gram_error[:-1]).all()


@given(st.integers(0, 10**6), st.sampled_from(SHAPES))
def test_ridge_path_shrinks(seed, shape):
    generator = torch.Generator().manual_seed(seed)
    F, y = torch.randn(shape, generator=generator), torch.randn(shape[0], generator=generator)
    lengths = ridge_path(F, y, torch.tensor([0.0, 0.1, 1.0, 10.0, 1e5])).norm(dim=1)
    assert (lengths.diff() < 0).all(), "a larger lam leaves shorter weights"


def cut(F, y, sizes):
    return list(zip(F.split(sizes), y.split(sizes), strict=True))


@routed
@pytest.mark.parametrize("sizes", [[1] * 40, [40], [3] * 13 + [1], [20, 0, 13, 7], [0, 39, 1]], ids=str)
def test_ridge_blocks_are_the_whole(route, sizes):
    F, y, lam = with_kappa((40, 7), 30.0), torch.randn(40), torch.tensor([2.0, 0.0, 1e-3])
    whole = ridge_path(F, y, lam)
    torch.testing.assert_close(ridge_blocks(cut(F, y, sizes), lam, route=route), whole)
    arrays = ((X.numpy(), targets.numpy()) for X, targets in cut(F, y, sizes))
    torch.testing.assert_close(ridge_blocks(arrays, lam, route=route), whole)


@routed
@pytest.mark.parametrize("size", [700, 1024, 1100, 2600])
def test_large_blocks_are_the_whole(route, size):
    F, y, lam = torch.randn(2600, 60), torch.randn(2600), torch.tensor([0.0, 50.0])
    blocks = zip(F.split(size), y.split(size), strict=True)
    torch.testing.assert_close(ridge_blocks(blocks, lam, route=route), ridge_path(F, y, lam))


@given(sizes=st.lists(st.integers(0, 1500), min_size=1, max_size=5).filter(sum), route=st.sampled_from(["gram", "qr"]))
def test_any_cut_is_the_whole(sizes, route):
    F, y, lam = torch.randn(sum(sizes), 3), torch.randn(sum(sizes)), torch.tensor([0.5])
    torch.testing.assert_close(ridge_blocks(cut(F, y, sizes), lam, route=route), ridge_path(F, y, lam))


def test_blocks_by_qr_are_as_accurate_as_the_svd():
    F, y, lam = with_kappa((40, 7), 1e9), torch.randn(40), torch.tensor([0.0, 1e-18, 1e-9])
    right = torch.stack([exact(F, y, strength) for strength in lam])

    def blocks(F, y, lam):
        return ridge_blocks(cut(F, y, [13, 13, 13, 1]), lam)

    ours, svd = (errors(solver, F, y, lam, right) for solver in (blocks, by_svd))
    assert (ours <= 10 * svd + 10 * EPS).all(), ours / svd


@pytest.mark.parametrize("sizes", [[2, 3], [1] * 5, [5]], ids=str)
def test_blocks_of_fewer_rows_than_columns_in_all(sizes):
    F, y, lam = with_kappa((5, 9), 10.0), torch.randn(5), torch.tensor([0.0, 1e-2])
    torch.testing.assert_close(ridge_blocks(cut(F, y, sizes), lam), ridge_path(F, y, lam))


def test_blocks_without_full_rank_are_the_smallest_solution():
    F, y = from_svd((30, 6), [3.0, 2.0, 1.0]), torch.randn(30)
    pinv = torch.tensor(np.linalg.pinv(F.numpy(), rcond=1e-10) @ y.numpy())
    torch.testing.assert_close(ridge_blocks(cut(F, y, [11, 11, 8]), torch.zeros(1), route="qr")[0], pinv)


def test_blocks_have_the_floor_of_all_rows():
    F, y = torch.zeros(3300, 2), torch.ones(3300)
    F[0, 0], F[1, 1] = 1.0, 2000 * EPS  # below 3300 eps, the floor of `Spectrum.rank`, and above that of one block
    for solution in (ridge_path(F, y, torch.zeros(1)), ridge_blocks(cut(F, y, [1100] * 3), torch.zeros(1))):
        torch.testing.assert_close(solution, torch.tensor([[1.0, 0.0]]))


def never(*args):
    raise AssertionError("the other route was taken")


@pytest.mark.parametrize(("kappa", "other"), [(1e3, "_blocks_by_qr"), (1e4, "_blocks_by_gram")])
@pytest.mark.parametrize("size", [1, 30, 2000])
def test_auto_looks_at_the_first_rows(monkeypatch, kappa, other, size):
    F = with_kappa((2000, 6), kappa)
    monkeypatch.setattr(direct, other, never)
    ridge_blocks(zip(F.split(size), torch.randn(2000).split(size), strict=True), torch.ones(1))


def spoilt_late():
    """1100 rows that the Gram matrix bears, and 100 that it does not."""
    F = torch.cat([torch.randn(1100, 5), 1e5 * torch.randn(100, 1) * torch.randn(1, 5)])
    return F, torch.randn(1200), torch.tensor([1e9, 0.0])


def test_auto_goes_on_by_qr_where_later_rows_spoil_the_sums():
    F, y, lam = spoilt_late()
    right = torch.stack([exact(F, y, strength) for strength in lam])
    blocks = zip(F.split([1100, 100]), y.split([1100, 100]), strict=True)  # Read once only.
    torch.testing.assert_close(ridge_blocks(blocks, lam), right, rtol=1e-7, atol=0)


def test_a_gram_route_that_was_asked_for_says_what_it_cannot():
    F, y, lam = spoilt_late()
    message = r"ridge_blocks: need a relative error up to 1e-09, got about .*e-0\d by the Gram .* with route='qr'"
    with pytest.raises(ValueError, match=message):
        ridge_blocks(zip(F.split([1100, 100]), y.split([1100, 100]), strict=True), lam, route="gram")
    right = torch.stack([exact(F, y, strength) for strength in lam])
    torch.testing.assert_close(ridge_blocks([(F, y)], lam, route="qr"), right, rtol=1e-7, atol=0)
    loose = ridge_blocks([(F, y)], lam, route="gram", accuracy=1e-3)
    torch.testing.assert_close(loose, right, rtol=1e-2, atol=0)
    strong = torch.tensor([1e8])  # it is the strengths asked for that count
    torch.testing.assert_close(ridge_blocks([(F, y)], strong, route="gram"), ridge_path(F, y, strong))


@pytest.mark.parametrize("route", ["auto", "gram", "qr"])
def test_blocks_may_come_in_memory_that_is_used_again(route):
    F, y, lam = torch.randn(60, 4), torch.randn(60), torch.tensor([0.3])
    whole, features, targets = ridge_path(F, y, lam), torch.empty(5, 4), torch.empty(5)

    def blocks():
        for rows, values in cut(F, y, [5] * 12):
            yield features.copy_(rows), targets.copy_(values)

    torch.testing.assert_close(ridge_blocks(blocks(), lam, route=route), whole)


@pytest.mark.parametrize("route", ["auto", "gram", "qr"])
def test_blocks_are_forgotten(route):
    alive = []

    def blocks():
        for _ in range(6):
            F = torch.randn(2000, 3)
            alive.append(weakref.ref(F))
            assert sum(each() is not None for each in alive) <= 2, "only this block and the one before"
            yield F, torch.randn(2000)

    ridge_blocks(blocks(), torch.ones(1), route=route)


def test_read_only_arrays_and_columns_first_are_read():
    F, y = torch.randn(8, 3), torch.randn(8)
    still, turned = F.numpy().copy(), np.asfortranarray(F.numpy()[::-1])[::-1]
    still.flags.writeable = False
    for array in (still, turned):
        torch.testing.assert_close(ridge_blocks([(array, y.numpy())], torch.ones(1)), ridge_path(F, y, torch.ones(1)))


class Dask:
    """What blocks_of asks of a dask array, and no more."""

    def __init__(self, whole, *chunks):
        self.chunks, parts = chunks, np.split(whole, np.cumsum(chunks[0])[:-1])
        self.blocks = [SimpleNamespace(compute=lambda part=part: part) for part in parts]


def test_blocks_of_chunks():
    F, y, lam = torch.randn(10, 3), torch.randn(10), torch.tensor([0.2])
    blocks = blocks_of(Dask(F.numpy(), (4, 4, 2), (3,)), Dask(y.numpy(), (4, 4, 2)))
    torch.testing.assert_close(ridge_blocks(blocks, lam), ridge_path(F, y, lam))


def test_blocks_of_dask():
    da = pytest.importorskip("dask.array")
    F, y, lam = torch.randn(10, 3), torch.randn(10), torch.tensor([0.2])
    blocks = blocks_of(da.from_array(F.numpy(), chunks=(4, 3)), da.from_array(y.numpy(), chunks=4))
    torch.testing.assert_close(ridge_blocks(blocks, lam), ridge_path(F, y, lam))


F, Y, LAM = torch.eye(3, 2), torch.ones(3), torch.ones(1)
BAD = torch.tensor([1.0, math.nan, 1.0])
FLAT = Dask(np.ones((3, 2)), (2, 1), (2,))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ridge_path(F, torch.ones(2), LAM), r"ridge_path: need F \(n, d\).* got \(3, 2\) and \(2,\)"),
        (lambda: ridge_path(F, torch.ones(1), LAM), r"ridge_path: need F \(n, d\).* and \(1,\)"),
        (lambda: ridge_path(torch.ones(0, 2), torch.ones(0), LAM), r"ridge_path: need .* not empty.* got \(0, 2\)"),
        (lambda: ridge_path(torch.ones(3, 0), Y, LAM), r"ridge_path: need .* not empty.* got \(3, 0\)"),
        (lambda: ridge_path(F, Y.float(), LAM), "one floating-point dtype, got torch.float64 and torch.float32"),
        (lambda: ridge_path(F, BAD, LAM), "ridge_path: need finite y, got 1 entries NaN or infinite of 3"),
        (lambda: ridge_path(F / 0, Y, LAM), "ridge_path: need finite F, got 6 entries NaN or infinite of 6"),
        (lambda: ridge_path(F, Y, -LAM), r"ridge_path: need strengths lam >= 0, finite, at least one, got \[-1.0\]"),
        (lambda: ridge_path(F, Y, BAD), r"ridge_path: need strengths .* got \[1.0, nan, 1.0\]"),
        (lambda: ridge_path(F, Y, LAM / 0), r"ridge_path: need strengths .* got \[inf\]"),
        (lambda: ridge_path(F, Y, torch.ones(0)), r"ridge_path: need strengths .* got \[\]"),
        (lambda: ridge_plan(F / 0, LAM), "ridge_plan: need finite F"),
        (lambda: ridge_plan(F, -LAM), "ridge_plan: need strengths"),
        (lambda: ridge_blocks([], LAM), "ridge_blocks: need at least one row, got none"),
        (lambda: ridge_blocks([(F[:0], Y[:0])], LAM), "ridge_blocks: need at least one row, got none"),
        (lambda: ridge_blocks([(F, Y)], -LAM), "ridge_blocks: need strengths"),
        (lambda: ridge_blocks([(F, Y)], LAM, accuracy=0.0), "ridge_blocks: need .* accuracy > 0, got 'auto' and 0"),
        (lambda: ridge_blocks([(F, Y)], LAM, accuracy=math.nan), "ridge_blocks: need .* accuracy > 0"),
        (lambda: ridge_blocks([(F, Y), (F.T, Y)], LAM), r"need .* one d .* got \(3, .* in block 1 after \(2, "),
        (
            lambda: ridge_blocks([(F, Y), (F.float(), Y)], LAM),
            "one d and dtype, got .*float32.* in block 1 after .*float64",
        ),
        (lambda: ridge_blocks([(Y, Y)], LAM), r"ridge_blocks: need \(n, d\)"),
        (lambda: ridge_blocks([(F, Y), (F, Y[:2])], LAM), r"ridge_blocks, block 1: need F .* got \(3, 2\) and \(2,\)"),
        (lambda: ridge_blocks([(F, Y.unsqueeze(1))], LAM), r"ridge_blocks, block 0: need .* y \(n,\), got .* \(3, 1\)"),
        (lambda: ridge_blocks([(F, Y), (F, BAD)], LAM), "ridge_blocks, block 1: need finite y"),
        (lambda: ridge_blocks([(np.ones((3, 2), int), np.ones(3, int))], LAM), "block 0: need .* got torch.int64"),
        (lambda: blocks_of(Dask(np.ones((3, 2)), (3,), (1, 1)), FLAT), r"blocks_of: need F in chunks of whole rows"),
        (lambda: blocks_of(Dask(np.ones(3), (3,)), FLAT), r"blocks_of: need F in chunks of whole rows"),
        (
            lambda: blocks_of(FLAT, Dask(np.ones(3), (3,))),
            r"blocks_of: need y in F's chunks \(\(2, 1\),\), got \(\(3,\),\)",
        ),
    ],
)
def test_direct_refuses(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_ridge_blocks_refuse_an_unknown_route():
    unchecked = getattr(ridge_blocks, "__wrapped__", ridge_blocks)  # under the test's type checks
    with pytest.raises(ValueError, match="ridge_blocks: need route auto, gram or qr .* got 'svd'"):
        unchecked([(F, Y)], LAM, route="svd")


def test_data_of_one_sign_are_as_accurate_as_by_an_svd():
    """Their Gram matrix is off by more than a random one's: it takes a refinement where a random one needs none."""
    F, y = 5 + torch.randn(3000, 6), torch.randn(3000)
    lam = 0.1 * torch.linalg.matrix_norm(F, 2) ** 2
    right = exact(F, y, lam)
    U, sigma, Vh = torch.linalg.svd(F, full_matrices=False)
    by_svd = (sigma / (sigma**2 + lam) * (U.T @ y)) @ Vh
    ours = ridge_path(F, y, lam.reshape(1))[0]
    assert (ours - right).norm() <= 10 * (
        by_svd - right
    ).norm() + 100 * EPS * right.norm()  # of F'y, which nearly cancels
    assert ridge_plan(F, lam.reshape(1)).refinements == 1
