"""Real data that come with libraries, and a curve to fit polynomials to: tables of numbers, split for training and held out."""

import functools
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor


class Table(NamedTuple):
    """Points to learn from and points held out; features and targets as the training points scale them.

    Features have mean 0 and standard deviation 1 over the training points, targets mean 0, so that no intercept is needed.
    """

    names: list[str]
    X: Float[Tensor, "n d"]
    y: Float[Tensor, " n"]
    X_held: Float[Tensor, "m d"]
    y_held: Float[Tensor, " m"]


def diabetes(held_out: float = 0.3, seed: int = 0) -> Table:
    """442 patients: age, sex, body mass, blood pressure and six blood serum measurements, against the disease a year later.

    Args:
        held_out: The share of points that are held out, strictly between 0 and 1.
        seed: Which points.

    Returns:
        The table; its target in the study's own unit, less its mean.

    Raises:
        ValueError: If nobody is held out, or hardly anybody is left.

    Reference:
        Efron, Hastie, Johnstone and Tibshirani, Least Angle Regression, Annals of Statistics 32 (2004); as scikit-learn has it.

    Example:
        >>> table = diabetes()
        >>> table.X.shape, table.X_held.shape, table.names[2]
        (torch.Size([310, 10]), torch.Size([132, 10]), 'bmi')
    """
    X, y, names = _diabetes()
    return _split(names, X.clone(), y.clone(), held_out, seed)


def powers(x: Float[Tensor, " n"], degree: int) -> Float[Tensor, "n d"]:
    """The powers 1 to `degree` of points, the features of a polynomial without its constant.

    Example:
        >>> powers(torch.tensor([2.0, 3.0]), 2)
        tensor([[2., 4.],
                [3., 9.]])
    """
    return x.unsqueeze(1) ** torch.arange(1, degree + 1, device=x.device)


class Curve(NamedTuple):
    """Noisy points of a curve, to learn from and held out."""

    x: Float[Tensor, " n"]
    y: Float[Tensor, " n"]
    x_held: Float[Tensor, " m"]
    y_held: Float[Tensor, " m"]


def sine(n: int = 20, held_out: int = 100, noise_std: float = 0.2, seed: int = 0) -> Curve:
    r"""Points of $\sin(\pi x)$ on [-1, 1] with normal noise.

    Example:
        >>> curve = sine(5, 3, noise_std=0.0)
        >>> torch.testing.assert_close(curve.y, torch.sin(torch.pi * curve.x))
    """
    generator = torch.Generator().manual_seed(seed)
    parts = []
    for size in (n, held_out):
        x = (2 * torch.rand(size, generator=generator, dtype=torch.float64) - 1).sort().values
        parts += [x, torch.sin(torch.pi * x) + noise_std * torch.randn(size, generator=generator, dtype=torch.float64)]
    return Curve(*parts)


@functools.cache
def _diabetes() -> tuple[Tensor, Tensor, list[str]]:
    from sklearn.datasets import load_diabetes

    data = load_diabetes(scaled=False)
    return torch.from_numpy(data.data).double(), torch.from_numpy(data.target).double(), list(data.feature_names)


def _split(names: list[str], X: Tensor, y: Tensor, held_out: float, seed: int) -> Table:
    if not 1 <= held_out * len(X) <= len(X) - 2:
        raise ValueError(f"tables: need a share that holds out 1 to {len(X) - 2} of {len(X)} points, got {held_out}")
    order = torch.randperm(len(X), generator=torch.Generator().manual_seed(seed))
    held, kept = order[: int(held_out * len(X))], order[int(held_out * len(X)) :]
    centre, scale, middle = X[kept].mean(0), X[kept].std(0, correction=0), y[kept].mean()
    X, y = (X - centre) / scale, y - middle
    return Table(list(names), X[kept], y[kept], X[held], y[held])


def digits() -> tuple[Float[Tensor, "n 64"], Int[Tensor, " n"]]:
    """1797 handwritten digits of 8 x 8 pixels, from 0 to 1, and which digit each is.

    Reference:
        Alpaydin and Kaynak, Optical recognition of handwritten digits, UCI repository, 1998; as scikit-learn has it.

    Example:
        >>> X, y = digits()
        >>> X.shape, float(X.max()), int(y.max())
        (torch.Size([1797, 64]), 1.0, 9)
    """
    from sklearn.datasets import load_digits

    found = load_digits()
    return torch.from_numpy(found.data / 16), torch.from_numpy(found.target)
