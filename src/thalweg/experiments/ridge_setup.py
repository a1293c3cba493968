"""What the experiments on ridge share: random data with known singular values, weights over strengths, their picture."""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from thalweg.direct import ridge_path
from thalweg.experiments.linear_settings import Ridge
from thalweg.experiments.linear_setup import chance, normal, real
from thalweg.experiments.result import Picture
from thalweg.filters import degrees_of_freedom, ridge_factors
from thalweg.spectrum import Spectrum, decompose
from thalweg.subjects import least_squares

STRENGTHS = 120  # Strengths of a path.


@dataclass(frozen=True)
class Case:
    """Random data with known singular values."""

    X: Float[Tensor, "n d"]
    y: Float[Tensor, " n"]
    parts: Spectrum


def make_case(settings: Ridge) -> Case:
    """Random data whose smallest singular value is 1 and the largest kappa, with targets that have a share in every mode."""
    generator = chance(settings.seed)
    n, d = settings.points, settings.features
    X = spread(n, d, min(n, d), settings.kappa, generator)
    parts = decompose(X)
    y = X @ normal(generator, d) + normal(generator, n)
    return Case(X, y, parts)


def spread(n: int, d: int, rank: int, kappa: float, generator: torch.Generator) -> Tensor:
    """A matrix whose singular values run evenly, in their logarithms, from kappa down to 1."""
    sigma = torch.logspace(math.log10(kappa), 0, rank, dtype=torch.float64) if rank > 1 else real(kappa)
    return least_squares.from_spectrum(n, d, sigma, generator)


def trace(case: Case, lam: float) -> float:
    """The trace of the matrix that makes fitted values from targets."""
    X = case.X
    return float((X @ torch.linalg.solve(X.T @ X + lam * torch.eye(X.shape[1], dtype=X.dtype), X.T)).trace())


def ridge_weights(case: Case, low: float, high: float) -> tuple[Tensor, Tensor]:
    """Weights over strengths, around the squares of the singular values."""
    sigma = case.parts.sigma
    ends = math.log10(low * float(sigma[-1]) ** 2), math.log10(high * float(sigma[0]) ** 2)
    lam = torch.logspace(*ends, STRENGTHS, dtype=torch.float64)
    return lam, ridge_path(case.X, case.y, lam)


def path_picture(case: Case, mark: float) -> Picture:
    """Weights over strengths, and the filter factors of every mode."""
    from thalweg.draw import coefficients as draw

    lam, w = ridge_weights(case, 1e-3, 1e3)
    phi = ridge_factors(case.parts.sigma, lam)
    names = [f"w[{i}]" for i in range(w.shape[1])]
    return Picture(
        "Ridge path and filter factors",
        "Above, every weight over the strength; below, what is kept of every mode, from the strongest (which lasts longest) to "
        "the weakest, and their sum, the effective degrees of freedom.",
        lambda: draw.ridge_paths(lam, w, names, phi, degrees_of_freedom(phi), {"lam": mark}),
    )
