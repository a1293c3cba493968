"""A problem: a model, its data, a loss and a start. What descent does with it is decided elsewhere.

Parameters are one flat vector `w` throughout; here they get their names and shapes back.
"""

import functools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import torch
from jaxtyping import Float
from torch import Tensor

from thalweg.losses import Loss

Model = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Problem:
    r"""Outputs as a function of flat parameters, targets, a per-sample loss, and a start.

    Attributes:
        model: Outputs $f(w, X)$ of parameters (d,) at inputs (n, ...), one row a point.
        X: Inputs, one row a point; whatever the model reads.
        y: Targets, one row a point.
        start: The parameters where descent begins.
        loss: What an output costs against its target.
        shapes: Name and shape of every parameter, in the order in which they stand in `w`.
        lower: The model means something only for parameters above this (0 for resistors): a run that goes below has
            diverged.
        lam: The strength of a ridge, inside the loss's scale: it adds $\frac c2 \lambda \|w\|^2$. Not negative.

    Raises:
        ValueError: If the data are empty or not finite, shapes do not match, or the start lies outside.

    Example:
        >>> from thalweg import losses
        >>> X, y = torch.tensor([[1.0], [2.0]]), torch.tensor([2.0, 4.0])
        >>> problem = Problem(lambda w, X: X @ w, X, y, torch.zeros(1), losses.squared())
        >>> objective(problem)(problem.start), objective(problem)(torch.tensor([2.0]))
        (tensor(10.), tensor(0.))
    """

    model: Model
    X: Tensor
    y: Tensor
    start: Float[Tensor, " d"]
    loss: Loss
    shapes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    lower: float = -math.inf
    lam: float = 0.0

    def __post_init__(self) -> None:
        _check_types(self)
        if not self.shapes:
            object.__setattr__(self, "shapes", {"w": (self.start.numel(),)})
        _check_data(self.X, self.y)
        _check_start(self)
        if not (isinstance(self.lam, float | int) and 0 <= self.lam < math.inf):
            raise ValueError(f"Problem: need a finite ridge strength lam >= 0, got {self.lam}")
        with torch.no_grad():
            outputs = _first_outputs(self)
            cost = _sample_shape(self.loss, outputs, self.y)
        if cost != tuple(self.y.shape):
            raise ValueError(
                f"Problem: need one cost for every target, got outputs {tuple(outputs.shape)} against targets "
                f"{tuple(self.y.shape)}, which cost {cost}; reshape the one to the other"
            )

    def outputs(self, w: Float[Tensor, " d"]) -> Tensor:
        """The model's outputs at the problem's own inputs."""
        return self.model(w, self.X)


def objective(problem: Problem) -> Callable[..., Float[Tensor, ""]]:
    """The total loss, its ridge included, as a function of `w`, and of other inputs and targets if they are given.

    A subset of the data stands for the whole: its loss is scaled up by the share of the targets that it holds.

    Args:
        problem: The problem.

    Returns:
        `f(w)` or `f(w, X, y)`, differentiable and fit for `torch.func.vmap`.

    Example:
        >>> from thalweg import losses
        >>> X, y = torch.tensor([[1.0], [2.0]]), torch.tensor([2.0, 4.0])
        >>> loss = objective(Problem(lambda w, X: X @ w, X, y, torch.zeros(1), losses.squared()))
        >>> w = torch.zeros(1)
        >>> loss(w) == (loss(w, X[:1], y[:1]) + loss(w, X[1:], y[1:])) / 2
        tensor(True)
    """
    return functools.partial(_total, problem)


def ridged(
    model: Model, sample: Callable[[Tensor, Tensor], Tensor], c: float, size: int, lam: float
) -> Callable[[Tensor, Tensor, Tensor], Float[Tensor, ""]]:
    r"""The total loss without its data: what every problem with this model, loss and ridge has in common.

    $$ L(w) = c \, \frac{n}{m} \sum_{i \le m} \ell(f_i, y_i) + \frac c2 \lambda \|w\|^2 $$

    Args:
        model: Outputs of parameters at inputs.
        sample: The cost of each sample.
        c: The loss's scale.
        size: How many targets the whole problem has, n; m of them may be given.
        lam: The strength of the ridge.

    Returns:
        `f(w, X, y)`.

    Example:
        >>> f = ridged(lambda w, X: X @ w, lambda f, y: (f - y) ** 2 / 2, c=2.0, size=1, lam=3.0)
        >>> f(torch.ones(1), torch.ones(1, 1), torch.zeros(1))
        tensor(4.)
    """

    def value(w: Tensor, X: Tensor, y: Tensor) -> Tensor:
        return _ridged(model, sample, c, size, lam, w, X, y)

    return value


def flatten(params: Mapping[str, Tensor]) -> Float[Tensor, " d"]:
    """Named parameters as one flat vector, in their own order.

    Example:
        >>> flatten({"weight": torch.tensor([[1.0, 2.0]]), "bias": torch.tensor([3.0])})
        tensor([1., 2., 3.])
    """
    return torch.cat([value.reshape(-1) for value in params.values()])


def unflatten(w: Float[Tensor, "*batch d"], shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Tensor]:
    """A flat vector as named parameters: the inverse of `flatten`, for any batch of vectors.

    Args:
        w: Parameters; leading axes (time, runs) are kept in front of every shape.
        shapes: Name and shape of every parameter, in order.

    Returns:
        The parameters by name, as views of `w`.

    Raises:
        ValueError: If the shapes hold another number of parameters than `w`.

    Example:
        >>> unflatten(torch.tensor([1.0, 2.0, 3.0]), {"weight": (1, 2), "bias": (1,)})
        {'weight': tensor([[1., 2.]]), 'bias': tensor([3.])}
    """
    sizes = [math.prod(shape) for shape in shapes.values()]
    if sum(sizes) != w.shape[-1]:
        raise ValueError(f"unflatten: need {sum(sizes)} parameters for {dict(shapes)}, got {w.shape[-1]}")
    parts = w.split(sizes, dim=-1)
    return {
        name: part.reshape((*w.shape[:-1], *shape)) for (name, shape), part in zip(shapes.items(), parts, strict=True)
    }


def entry_names(shapes: Mapping[str, tuple[int, ...]]) -> list[str]:
    """A name for every entry of the flat parameters.

    Example:
        >>> entry_names({"v": (2,), "M": (1, 2), "b": ()})
        ['v[0]', 'v[1]', 'M[0, 0]', 'M[0, 1]', 'b']
    """
    names = []
    for name, shape in shapes.items():
        indices = torch.ones(shape).nonzero().tolist() if shape else []
        names += [f"{name}{index}" for index in indices] if shape else [name]
    return names


def from_module(module: torch.nn.Module, X: Tensor, y: Tensor, loss: Loss, lam: float = 0.0) -> Problem:
    """A problem from any module: its parameters, as they are now, are the start.

    Args:
        module: A module whose forward pass takes `X`; it is left untouched, and parameters that require no gradient fixed.
        X: Inputs, one row a point.
        y: Targets, one row a point, in the shape of the outputs (class numbers for softmax cross entropy).
        loss: What an output costs against its target.
        lam: The strength of a ridge on all its parameters: weight decay wd of an optimiser is `c * lam`.

    Returns:
        The problem; `unflatten(w, problem.shapes)` gives parameters that `load_state_dict(..., strict=False)` takes.

    Raises:
        ValueError: If the module has no parameters, or a layer that is random or couples the points while training.

    Example:
        >>> from thalweg import losses
        >>> module, X = torch.nn.Linear(2, 1), torch.tensor([[1.0, 0.0], [0.0, 1.0]])
        >>> problem = from_module(module, X, torch.zeros(2, 1), losses.squared())
        >>> list(problem.shapes), bool((problem.outputs(problem.start) == module(X)).all())
        (['weight', 'bias'], True)
    """
    _refuse_training_layers(module)
    params = {name: value.detach() for name, value in module.named_parameters() if value.requires_grad}
    if not params:
        raise ValueError(
            f"from_module: need a module with parameters that require a gradient, got {type(module).__name__} without any"
        )
    shapes = {name: tuple(value.shape) for name, value in params.items()}

    def model(w: Tensor, X: Tensor) -> Tensor:
        return torch.func.functional_call(module, unflatten(w, shapes), (X,))

    return Problem(model, X, y, flatten(params), loss, shapes, lam=lam)


def _total(problem: Problem, w: Tensor, X: Tensor | None = None, y: Tensor | None = None) -> Tensor:
    """The total loss; a function of the module, as it is asked for at every step: to make one then is slow under the hook."""
    X, y = problem.X if X is None else X, problem.y if y is None else y
    return _ridged(problem.model, problem.loss.sample, problem.loss.c, problem.y.numel(), problem.lam, w, X, y)


def _ridged(model: Model, sample: Callable, c: float, size: int, lam: float, w: Tensor, X: Tensor, y: Tensor) -> Tensor:
    cost = sample(model(w, X), y).sum() * (c * (size / y.numel()))
    return cost + c / 2 * lam * w.square().sum() if lam else cost


def _check_types(problem: Problem) -> None:
    for name, value in (("X", problem.X), ("y", problem.y), ("start", problem.start)):
        if not isinstance(value, Tensor):
            raise ValueError(
                f"Problem: need a torch tensor for {name}, got {type(value).__name__}; torch.as_tensor makes one"
            )
    if problem.start.ndim != 1 or not problem.start.is_floating_point():
        raise ValueError(
            f"Problem: need a start of one axis and a floating-point type, got {tuple(problem.start.shape)} "
            f"of {problem.start.dtype}"
        )
    if not isinstance(problem.loss, Loss):
        raise ValueError(
            f"Problem: need a thalweg Loss, got {type(problem.loss).__name__}; losses.Loss takes any function"
        )


def _first_outputs(problem: Problem) -> Tensor:
    try:
        return problem.model(problem.start, problem.X)
    except (RuntimeError, IndexError, TypeError) as error:
        raise ValueError(
            f"Problem: need a model that takes parameters {tuple(problem.start.shape)} of {problem.start.dtype} and inputs "
            f"{tuple(problem.X.shape)} of {problem.X.dtype}, got: {error}"
        ) from error


def _check_data(X: Tensor, y: Tensor) -> None:
    if X.ndim == 0 or y.ndim == 0 or not (X.numel() and y.numel()):
        raise ValueError(f"Problem: need at least one point, got X {tuple(X.shape)} and y {tuple(y.shape)}")
    if X.shape[0] != y.shape[0]:
        raise ValueError(f"Problem: need one target row for every input row, got {X.shape[0]} and {y.shape[0]}")
    for name, values in (("X", X), ("y", y)):
        if not values.isfinite().all():
            bad = int((~values.isfinite()).sum())
            raise ValueError(
                f"Problem: need finite {name}, got {bad} NaN or infinite values; drop or mend those points"
            )


def _check_start(problem: Problem) -> None:
    start, size = problem.start, sum(math.prod(shape) for shape in problem.shapes.values())
    if start.numel() == 0 or size != start.numel():
        raise ValueError(
            f"Problem: need {size} parameters (at least one) for {dict(problem.shapes)}, got {start.numel()}"
        )
    if not start.isfinite().all():
        raise ValueError(f"Problem: need a finite start, got {start.tolist()}")
    if (start <= problem.lower).any():
        raise ValueError(f"Problem: need a start above {problem.lower:g}, got {start.min():g}")


def _sample_shape(loss: Loss, outputs: Tensor, y: Tensor) -> tuple[int, ...]:
    try:
        return tuple(loss.sample(outputs, y).shape)
    except (RuntimeError, IndexError) as error:
        raise ValueError(
            f"Problem: need outputs that {loss.name} can hold against targets {tuple(y.shape)}, "
            f"got {tuple(outputs.shape)} ({error})"
        ) from error


def _refuse_training_layers(module: torch.nn.Module) -> None:
    """Dropout draws anew at every call; batch norm changes its buffers and couples the points."""
    for name, layer in module.named_modules():
        kind = type(layer).__name__
        if layer.training and ("Dropout" in kind or "BatchNorm" in kind):
            raise ValueError(
                f"from_module: need layers that answer each point alike, got {kind} '{name}' in training mode; "
                "call module.eval() first"
            )
