r"""Direct solvers of least squares with a ridge: many strengths at once, and rows that come by blocks. No descent.

Everywhere $\|Fw - y\|^2 + \lambda\|w\|^2$ is minimised, by the Gram matrix where rounding permits it, else by a QR whose
Q is never formed. Learning rates, time and models live elsewhere.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any, Literal, get_args

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from thalweg.spectrum import decompose

MOST_REFINEMENTS = 2
ROUTES = ("Gram", "Gram, refined once", "Gram, refined twice", "QR")
FEW = 10  # So many roundings are no reason to refine.
SUMS = 5  # By so much more may the Gram matrix be off where all that it sums has one sign.
ROWS, COLUMNS = 1024, 48  # What is multiplied at once: it stays in the cache and fills the vectors.
FOLD = 4  # So many times as many rows as columns are folded into a triangle at once, and `ROWS` at least.

Array = Tensor | np.ndarray
Route = Literal["auto", "gram", "qr"]


@dataclass(frozen=True)
class RidgePlan:
    r"""How `ridge_path` goes about its weights, one entry a strength.

    Attributes:
        gram_error: About the relative error by the Gram matrix, $q = \epsilon\kappa_\lambda^2$, which each refinement
            multiplies by $q$; NaN where the Gram matrix is zero or leaves the range of numbers.
        refinements: How many leave no more than a singular value decomposition's error; 3, one too many, stands for QR.
    """

    gram_error: Float[Tensor, " b"]
    refinements: Int[Tensor, " b"]

    @property
    def routes(self) -> list[str]:
        """The route of every strength, in words."""
        return [ROUTES[k] for k in self.refinements.tolist()]


def ridge_path(F: Float[Tensor, "n d"], y: Float[Tensor, " _"], lam: Float[Tensor, " b"]) -> Float[Tensor, "b d"]:
    r"""The weights at every ridge strength: as accurate as by a singular value decomposition, and sooner.

    $$ w_\lambda = (F^\top F + \lambda I)^{-1} F^\top y = F^\top a_\lambda, \qquad a_\lambda = (F F^\top + \lambda I)^{-1} y. $$

    One eigendecomposition of the smaller Gram matrix serves all strengths. It is off by about
    $q = \epsilon\sigma_1^2 / (\sigma_r^2 + \lambda)$; a refinement takes the residual from F itself, solves for it by the
    same eigenvectors, and leaves $q$ times the error. The strengths that two refinements do not bring to the accuracy of
    a singular value decomposition go by QR and the singular values of its small R. `ridge_plan` says which.

    Args:
        F: The features, tall, wide or square, of any rank. They are read in chunks; only QR copies them, if wide.
        y: The targets, one a row of F.
        lam: Strengths, non-negative, in any order. Unit: that of F squared.

    Returns:
        One row per strength. At `lam == 0` it is the solution of least norm, without the singular values that do not
        exceed the floor of `Spectrum.rank`; and so wherever the square root of `lam` does not exceed it either.

    Raises:
        ValueError: If data are empty, not finite or do not match, or strengths are absent, negative or not finite.

    Reference:
        Björck, Stability analysis of the method of seminormal equations, Linear Algebra Appl. 88 (1987), 31-48.

    Example:
        >>> F, y = torch.tensor([[2.0, 0.0], [0.0, 1.0]]), torch.tensor([2.0, 2.0])
        >>> ridge_path(F, y, torch.tensor([0.0, 1.0, 4.0]))
        tensor([[1.0000, 2.0000],
                [0.8000, 1.0000],
                [0.5000, 0.4000]])
        >>> F, y = torch.randn(5, 3), torch.randn(5)
        >>> w = ridge_path(F, y, torch.tensor([2.0])).squeeze(0)
        >>> torch.testing.assert_close((F.T @ F + 2.0 * torch.eye(3)) @ w, F.T @ y)
    """
    _need_data("ridge_path", F, y)
    lam = _strengths("ridge_path", lam, F)
    values, vectors = _eigenpairs(_smaller_gram(F))
    times = _plan(values, lam).refinements
    by_gram, by_qr = times <= MOST_REFINEMENTS, times > MOST_REFINEMENTS
    W = F.new_empty(len(lam), F.shape[1])
    if by_gram.any():
        W[by_gram] = _by_gram(F, y, lam[by_gram], times[by_gram], values, vectors)
    if by_qr.any():
        W[by_qr] = _by_qr(F, y, lam[by_qr])
    return W


def ridge_plan(F: Float[Tensor, "n d"], lam: Float[Tensor, " b"]) -> RidgePlan:
    r"""The route that `ridge_path` takes at every strength, and the errors that it expects.

    k refinements suffice when $(5q)^{k+1} \le \epsilon(\kappa_\lambda + 10)$ and $q < 1$; $q = \epsilon\kappa_\lambda^2$,
    $\kappa_\lambda^2 = \sigma_1^2 / (\sigma_r^2 + \lambda)$.

    Args:
        F: The features.
        lam: Strengths, non-negative. Unit: that of F squared.

    Returns:
        The plan, one entry a strength.

    Raises:
        ValueError: If F is empty or not finite, or strengths are absent, negative or not finite.

    Example:
        >>> F = torch.tensor([[1.0, 0.0], [0.0, 1e-8]])
        >>> ridge_plan(F, torch.tensor([0.0, 1e-11, 1e-6, 1.0])).routes
        ['QR', 'Gram, refined twice', 'Gram, refined once', 'Gram']
    """
    _need_data("ridge_plan", F, F.new_zeros(len(F)))
    return _plan(_eigenpairs(_smaller_gram(F))[0], _strengths("ridge_plan", lam, F))


def ridge_blocks(
    blocks: Iterable[tuple[Array, Array]], lam: Float[Tensor, " b"], *, accuracy: float = 1e-9, route: Route = "auto"
) -> Float[Tensor, "b d"]:
    r"""The weights at every ridge strength from rows that come by blocks, read once and forgotten.

    The Gram route adds up $F^\top F$ and $F^\top y$. The QR route carries a triangle, $R \leftarrow \mathrm{qr}[R; F_i\, y_i]$,
    whose last column is $Q^\top y$: a few times dearer, and as accurate as the singular values of all rows at once.
    Memory is that of two blocks and of a few (d, d) matrices.

    Args:
        blocks: Pairs of features and their targets, tensors or NumPy arrays, of any numbers of rows.
        lam: Strengths, non-negative. Unit: that of F squared.
        accuracy: The relative error that the Gram route may have.
        route: "gram", "qr", or "auto": by the Gram matrix as long as that of all rows so far permits it without a ridge, and
            from the first block that does not, by QR.

    Returns:
        One row per strength, as `ridge_path` of all rows; by the Gram route within `accuracy`.

    Raises:
        ValueError: If there are no rows, if they are not finite or do not match, if strengths are absent, negative or
            not finite, or if the Gram route was asked for and turns out too ill-conditioned for `accuracy`.

    Reference:
        Demmel, Grigori, Hoemmen and Langou, Communication-optimal parallel and sequential QR and LU factorizations,
        SIAM J. Sci. Comput. 34 (2012), A206-A239: the sequential TSQR.

    Example:
        >>> F, y, lam = torch.randn(50, 3), torch.randn(50), torch.tensor([0.0, 1.0])
        >>> W = ridge_blocks(zip(F.split(20), y.split(20)), lam)
        >>> torch.testing.assert_close(W, ridge_path(F, y, lam))
    """
    if route not in get_args(Route) or not 0 < accuracy < math.inf:
        raise ValueError(f"ridge_blocks: need route auto, gram or qr and accuracy > 0, got {route!r} and {accuracy}")
    lam = _strengths("ridge_blocks", lam, lam)
    gathered = _gathered(_checked(blocks))
    first = next(gathered, None)
    if first is None:
        raise ValueError("ridge_blocks: need at least one row, got none; a generator can be read only once")
    lam, d = lam.to(first[0]), first[0].shape[1]
    whole = chain(iter([first]), gathered)
    del first  # so that nothing holds on to a block
    if route == "auto":
        return _blocks_by_either(whole, d, lam, accuracy)
    return _blocks_by_gram(whole, d, lam, accuracy) if route == "gram" else _blocks_by_qr(whole, d, lam)


def blocks_of(F: Any, y: Any) -> Iterator[tuple[Tensor, Tensor]]:  # noqa: ANN401 - dask need not be there
    """The row blocks of two dask arrays, computed one after the other, for `ridge_blocks`.

    Args:
        F: The features, in chunks of whole rows.
        y: The targets, in the same chunks.

    Returns:
        Pairs of tensors.

    Raises:
        ValueError: If F is chunked by columns, or y in other rows than F.

    Example:
        >>> from types import SimpleNamespace as Fake
        >>> F = Fake(chunks=((1,), (2,)), blocks=[Fake(compute=lambda: torch.ones(1, 2))])
        >>> y = Fake(chunks=((1,),), blocks=[Fake(compute=lambda: torch.ones(1))])
        >>> list(blocks_of(F, y))
        [(tensor([[1., 1.]]), tensor([1.]))]
    """
    if len(F.chunks) != 2 or len(F.chunks[1]) != 1:
        raise ValueError(f"blocks_of: need F in chunks of whole rows, got {F.chunks}; use F.rechunk({{1: -1}})")
    if y.chunks != F.chunks[:1]:
        raise ValueError(f"blocks_of: need y in F's chunks {F.chunks[:1]}, got {y.chunks}; use y.rechunk")
    return ((_tensor(F.blocks[i].compute()), _tensor(y.blocks[i].compute())) for i in range(len(F.chunks[0])))


def _plan(values: Tensor, lam: Tensor) -> RidgePlan:
    """The plan from the Gram matrix's eigenvalues, ascending."""
    eps = torch.finfo(values.dtype).eps
    condition = values[-1] / (values[0].clamp(min=0) + lam)
    error, most = eps * condition, eps * (condition.sqrt() + FEW)
    enough = torch.stack([(error < 1) & ((SUMS * error) ** (k + 1) <= most) for k in range(MOST_REFINEMENTS + 1)])
    return RidgePlan(error, (~enough).sum(0))


def _smaller_gram(F: Tensor) -> Tensor:
    F = F if len(F) >= F.shape[1] else F.T
    return _add_gram(F.new_zeros(F.shape[1], F.shape[1]), F)


def _add_gram(G: Tensor, F: Tensor) -> Tensor:
    """G with F'F added in place to its lower triangle, which is all that `eigh` reads."""
    d = F.shape[1]
    for rows in F.split(ROWS):
        for i in range(0, d, COLUMNS):
            j = min(i + COLUMNS, d)
            G[i:j, :j].addmm_(rows[:, i:j].T, rows[:, :j])
    return G


def _eigenpairs(G: Tensor) -> tuple[Tensor, Tensor]:
    """Eigenvalues, ascending, and eigenvectors; NaN where squares leave the range of numbers, either way."""
    fits = torch.finfo(G.dtype).tiny / torch.finfo(G.dtype).eps < float(G.diagonal().max()) < math.inf
    return torch.linalg.eigh(G) if fits else (torch.full_like(G[0], math.nan), G)


def _solve(values: Tensor, vectors: Tensor, right: Tensor, lam: Tensor) -> Tensor:
    """One row per strength, by the eigenpairs; the right side is one for all, or one a row."""
    return ((right @ vectors) / (values + lam.unsqueeze(1))) @ vectors.T


def _by_gram(F: Tensor, y: Tensor, lam: Tensor, times: Tensor, values: Tensor, vectors: Tensor) -> Tensor:
    """Weights by the smaller Gram matrix's eigenpairs, each row refined as many times as it asks."""
    tall = len(F) >= F.shape[1]
    X = _solve(values, vectors, y @ F if tall else y, lam)  # The weights w, or a with w = F'a.
    for k in range(int(times.max())):
        again = times > k
        residual = _slope(F, y, X[again]) if tall else torch.addmm(y, X[again] @ F, F.T, alpha=-1)
        X[again] += _solve(values, vectors, residual - lam[again].unsqueeze(1) * X[again], lam[again])
    return X if tall else X @ F


def _slope(F: Tensor, y: Tensor, W: Tensor) -> Tensor:
    """What the data pull at every row of weights, F'(y - Fw), reading F once."""
    slope = torch.zeros_like(W)
    for rows, targets in zip(F.split(ROWS), y.split(ROWS), strict=True):
        slope.addmm_(torch.addmm(targets, W, rows.T, alpha=-1), rows)
    return slope


def _by_qr(F: Tensor, y: Tensor, lam: Tensor) -> Tensor:
    """Weights by the triangle of [F y] or, where F is wide, by the QR of F', with Q in LAPACK's factors."""
    n, d = F.shape
    if n >= d:
        return _blocks_by_qr([(F, y)], d, lam)
    factors, tau = torch.geqrf(F.T)
    U, Vh, weight = _weighted_modes(factors[:n].triu().T, lam, d)
    inside = F.new_zeros(d, len(lam))
    inside[:n] = ((weight * (y @ U)) @ Vh).T
    return torch.ormqr(factors, tau, inside).T


def _weighted_modes(R: Tensor, lam: Tensor, longest: int) -> tuple[Tensor, Tensor, Tensor]:
    r"""U, Vh, and each mode's $\sigma / (\sigma^2 + \lambda)$, or 0 where both are but rounding."""
    parts, strength = decompose(R), lam.unsqueeze(1)
    floor = longest * torch.finfo(R.dtype).eps * parts.sigma[0]
    weight = 1 / (parts.sigma + strength / parts.sigma)
    return parts.U, parts.Vh, torch.where((parts.sigma > floor) | (strength.sqrt() > floor), weight, 0.0)


def _blocks_by_either(blocks: Iterator[tuple[Tensor, Tensor]], d: int, lam: Tensor, accuracy: float) -> Tensor:
    """Weights by sums as long as they permit it; then by QR, from the triangle that the sums of all rows before come to."""
    G, right, n = lam.new_zeros(d, d), lam.new_zeros(d), 0
    for F, y in blocks:
        more = _add_gram(G.clone(), F)
        if not _plan(_eigenpairs(more)[0], lam.new_zeros(1)).gram_error <= accuracy:
            R = torch.linalg.cholesky(G) if n else G[:, :0]
            before = (
                torch.column_stack([R.T, torch.linalg.solve_triangular(R, right.unsqueeze(1), upper=False)])
                if n
                else None
            )
            return _blocks_by_qr(chain(iter([(F, y)]), blocks), d, lam, before, n)
        G, right, n = more, right.addmv_(F.T, y), n + len(F)
    return _solve(*_eigenpairs(G), right, lam)


def _blocks_by_qr(
    blocks: Iterable[tuple[Tensor, Tensor]], d: int, lam: Tensor, before: Tensor | None = None, n: int = 0
) -> Tensor:
    """Weights by the triangle of [F y]; that of n rows before may be given."""
    R, pace = lam.new_zeros(0, d + 1) if before is None else before, max(FOLD * d, ROWS)
    for F, y in blocks:
        n += len(F)
        for rows in zip(F.split(pace), y.split(pace), strict=True):
            R = torch.linalg.qr(torch.cat([R, torch.column_stack(rows)]), mode="r").R
    U, Vh, weight = _weighted_modes(R[:, :d], lam, max(n, d))
    return (weight * (R[:, d] @ U)) @ Vh


def _blocks_by_gram(blocks: Iterable[tuple[Tensor, Tensor]], d: int, lam: Tensor, accuracy: float) -> Tensor:
    """Weights by the sums of F'F and F'y, if those permit it."""
    G, right = lam.new_zeros(d, d), lam.new_zeros(d)
    for F, y in blocks:
        for rows, targets in zip(F.split(ROWS), y.split(ROWS), strict=True):
            _add_gram(G, rows)
            right.addmv_(rows.T, targets)
    values, vectors = _eigenpairs(G)
    error = float(_plan(values, lam).gram_error.max())
    if not error <= accuracy:
        came = f"{error:.1e} by the Gram matrix; read the blocks afresh with route='qr'"
        raise ValueError(f"ridge_blocks: need a relative error up to {accuracy:g}, got about {came}")
    return _solve(values, vectors, right, lam)


def _gathered(blocks: Iterator[tuple[Tensor, Tensor]]) -> Iterator[tuple[Tensor, Tensor]]:
    """Small blocks together; copied, for a generator may use its memory again."""
    kept, n = [], 0
    for F, y in blocks:
        n += len(F)
        if n < max(FOLD * F.shape[1], ROWS):
            kept.append((F.clone(), y.clone()))
        else:
            yield from _together([*kept, (F, y)])
            kept, n = [], 0
    yield from _together(kept)


def _together(kept: list[tuple[Tensor, Tensor]]) -> list[tuple[Tensor, Tensor]]:
    features, targets = [F for F, _ in kept], [y for _, y in kept]
    return kept if len(kept) < 2 else [(torch.cat(features), torch.cat(targets))]


def _checked(blocks: Iterable[tuple[Array, Array]]) -> Iterator[tuple[Tensor, Tensor]]:
    """The blocks as tensors, without the empty ones; refused where they do not fit the first."""
    before = None
    for i, pair in enumerate(blocks):
        F, y = map(_tensor, pair)
        kind = (*F.shape[1:], F.dtype)
        if F.ndim != 2 or kind != (before or kind):
            raise ValueError(f"ridge_blocks: need (n, d) of one d and dtype, got {kind} in block {i} after {before}")
        before = kind
        if len(F):
            _need_data(f"ridge_blocks, block {i}", F, y)
            yield F, y


def _tensor(values: Array) -> Tensor:
    """A tensor on the same memory; a copy of an array that is read-only, since no tensor is."""
    return values if isinstance(values, Tensor) else torch.from_numpy(np.require(values, requirements=["C", "W"]))


def _need_data(function: str, F: Tensor, y: Tensor) -> None:
    if not (isinstance(F, Tensor) and isinstance(y, Tensor) and F.ndim == 2):
        raise ValueError(f"{function}: need tensors F (n, d) and y (n,), got {_kind(F)} and {_kind(y)}")
    if F.numel() == 0 or y.shape != F.shape[:1]:
        raise ValueError(f"{function}: need F (n, d), not empty, and y (n,), got {tuple(F.shape)} and {tuple(y.shape)}")
    if not F.is_floating_point() or y.dtype != F.dtype:
        raise ValueError(f"{function}: need F and y of one floating-point dtype, got {F.dtype} and {y.dtype}")
    for name, values in (("F", F), ("y", y)):
        if not values.sum().isfinite() and not values.isfinite().all():
            count = int((~values.isfinite()).sum())
            raise ValueError(f"{function}: need finite {name}, got {count} entries NaN or infinite of {values.numel()}")


def _strengths(function: str, lam: Tensor, F: Tensor) -> Tensor:
    """The strengths, in the dtype and on the device of F."""
    if not (isinstance(lam, Tensor) and lam.ndim == 1):
        raise ValueError(
            f"{function}: need a tensor of strengths lam (b,), got {_kind(lam)}; torch.tensor([...]) makes one"
        )
    if len(lam) == 0 or not lam.isfinite().all() or (lam < 0).any():
        raise ValueError(f"{function}: need strengths lam >= 0, finite, at least one, got {lam.tolist()[:5]}")
    return lam.to(F)


def _kind(value: object) -> str:
    return f"shape {tuple(value.shape)}" if isinstance(value, Tensor) else type(value).__name__
