r"""Small ReLU networks on the line: one or two hidden layers, their start, and their features by hand.

With one hidden layer $f(x) = \sum_i a_i \max(0, w_i x + b_i) + a_0$. All inputs lie in [0, 1], and so do the elbows at the
start. What one step does to an elbow is `elbows`' business, where functions bend that of `kinks`. The function to be
learned is here, since only networks learn it.
"""

import functools
import math

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from thalweg import losses
from thalweg.problem import Model, Problem, flatten, unflatten
from thalweg.subjects import least_squares

MOST_WIDTH = 4096  # Units of one hidden layer; two layers of so many would have 17 million weights.
MOST_WEIGHTS = 10**6
TOOTH = 12345.0  # The heights of the target's corners are sin(12345 k).
GROUPS = {
    "w1": "first layer, weights",
    "b1": "first layer, biases",
    "w2": "second layer, weights",
    "b2": "second layer, biases",
    "a": "output, weights",
    "a0": "output, bias",
}


def target(x: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch"]:
    r"""The function to be learned: straight lines between the corners $(k/10, \sin 12345k)$.

    In one formula it is $(10x - \lfloor 10x \rfloor) \sin(12345 \lceil 10x \rceil) - (10x - \lceil 10x \rceil)
    \sin(12345 \lfloor 10x \rfloor)$, which by accident is 0 at the corners themselves, where floor and ceiling coincide.
    Here they have their height.

    Example:
        >>> target(torch.tensor([0.1, 0.05, 0.0])) / math.sin(12345) + 1
        tensor([2.0000, 1.5000, 1.0000])
    """
    low = (10 * x).floor()
    part = 10 * x - low
    return part * (TOOTH * (low + 1)).sin() + (1 - part) * (TOOTH * low).sin()


def noisy_points(points: int = 200, noise_std: float = 0.1, seed: int = 1) -> tuple[Float[Tensor, " n"], Tensor]:
    """Inputs, evenly at random in [0, 1] and sorted, and the target there with noise: the discussion's data.

    Args:
        points: How many, at least 1.
        noise_std: Standard deviation of the noise, not negative.
        seed: Where chance begins: NumPy's `RandomState`, which draws all inputs and then all noise.

    Returns:
        Inputs and targets.

    Raises:
        ValueError: If a number is out of its range.

    Example:
        >>> x, y = noisy_points()
        >>> x.shape, bool(x[0] == np.random.RandomState(1).rand(200).min())
        (torch.Size([200]), True)
    """
    if not (1 <= points <= 10**6 and 0 <= noise_std < math.inf):
        raise ValueError(
            f"noisy_points: need 1 to 10^6 points and a finite noise_std >= 0, got {points} and {noise_std}"
        )
    chance = np.random.RandomState(seed)  # The discussion's data are defined by it.
    x = torch.from_numpy(np.sort(chance.rand(points)))
    return x, target(x) + noise_std * torch.from_numpy(chance.randn(points))


def shapes(widths: tuple[int, ...]) -> dict[str, tuple[int, ...]]:
    """Name and shape of every parameter of a network with hidden layers of these widths.

    Args:
        widths: Units in the one hidden layer, or in each of two.

    Returns:
        Shapes by name, in the order in which they stand in the flat parameters.

    Raises:
        ValueError: If there is no hidden layer or more than two, or a width that is none or too large.

    Example:
        >>> shapes((3,)), shapes((3, 2))["w2"]
        ({'w1': (3,), 'b1': (3,), 'a': (3,), 'a0': ()}, (2, 3))
    """
    if not 1 <= len(widths) <= 2:
        raise ValueError(f"shapes: need one hidden layer or two, got {len(widths)}: {widths}")
    if not all(isinstance(width, int) and 1 <= width <= MOST_WIDTH for width in widths):
        raise ValueError(f"shapes: need 1 to {MOST_WIDTH} units in every hidden layer, got {widths}")
    if math.prod(widths) > MOST_WEIGHTS:
        raise ValueError(f"shapes: need at most {MOST_WEIGHTS:.0e} weights between two layers, got {widths}")
    first, last = widths[0], widths[-1]
    between = {"w2": (last, first), "b2": (last,)} if len(widths) == 2 else {}
    return {"w1": (first,), "b1": (first,), **between, "a": (last,), "a0": ()}


@functools.lru_cache(maxsize=64)
def model(widths: tuple[int, ...]) -> Model:
    """The outputs of a network of these widths; the same function object every time, so that runs can share it.

    Example:
        >>> w = torch.tensor([2.0, -1.0, 3.0, 0.5])  # w1, b1, a, a0
        >>> model((1,))(w, torch.tensor([0.0, 0.5, 1.0]))
        tensor([0.5000, 0.5000, 3.5000])
    """
    shape = shapes(widths)

    def one(w: Tensor, X: Tensor) -> Tensor:
        p = unflatten(w, shape)
        return ((X.unsqueeze(-1) * p["w1"] + p["b1"]).relu() * p["a"]).sum(-1) + p["a0"]

    def two(w: Tensor, X: Tensor) -> Tensor:
        p = unflatten(w, shape)
        hidden = (X.unsqueeze(-1) * p["w1"] + p["b1"]).relu()
        return ((hidden @ p["w2"].mT + p["b2"]).relu() * p["a"]).sum(-1) + p["a0"]

    return one if len(widths) == 1 else two


def start(widths: tuple[int, ...], seed: int = 0) -> Float[Tensor, " d"]:
    r"""Where training begins: torch's usual ranges, and the elbows of the first layer evenly at random in [0, 1].

    Weights, and the biases of later layers, are evenly at random within $\pm 1/\sqrt{\text{inputs of the layer}}$.

    Args:
        widths: Units in the hidden layers.
        seed: Where chance begins.

    Returns:
        The flat parameters, in float64.

    Example:
        >>> p = unflatten(start((5,)), shapes((5,)))
        >>> e = -p["b1"] / p["w1"]
        >>> bool(((e >= 0) & (e <= 1)).all()), bool((p["a"].abs() <= 5**-0.5).all())
        (True, True)
    """
    shape, chance, params = shapes(widths), torch.Generator().manual_seed(seed), {}
    fan_in = {"w1": 1, "w2": widths[0], "b2": widths[0], "a": widths[-1], "a0": widths[-1]}
    for name in shape:
        drawn = torch.rand(shape[name], generator=chance, dtype=torch.float64)
        params[name] = -params["w1"] * drawn if name == "b1" else (2 * drawn - 1) / math.sqrt(fan_in[name])
    return flatten(params)


def widened(w: Float[Tensor, " d"], width: int, wide: int) -> Float[Tensor, " e"]:
    """The parameters of a wider network with one hidden layer that is the same function and remains so while it learns.

    The units that are added are 0 throughout: they are off everywhere and have no gradient, so that networks of several
    widths can be rows of one run.

    Args:
        w: Parameters of a network of `width` units.
        width: How many it has.
        wide: How many it is to have.

    Returns:
        The parameters of the wider one.

    Example:
        >>> w = start((2,))
        >>> x = torch.rand(5)
        >>> torch.testing.assert_close(model((3,))(widened(w, 2, 3), x), model((2,))(w, x))
    """
    params = unflatten(w, shapes((width,)))
    none = w.new_zeros(wide - width)
    return flatten({name: torch.cat([value, none]) if value.ndim else value for name, value in params.items()})


def make_problem(
    x: Float[Tensor, " n"], y: Float[Tensor, " n"], widths: tuple[int, ...], start: Float[Tensor, " d"]
) -> Problem:
    """All parameters of a network, under the mean of squares.

    Args:
        x: Inputs in [0, 1].
        y: Targets.
        widths: Units in the hidden layers.
        start: Where training begins.

    Returns:
        The problem.

    Raises:
        ValueError: If an input lies outside [0, 1], or the data or widths are none.

    Example:
        >>> x, y = noisy_points(8)
        >>> make_problem(x, y, (3,), start((3,))).start.shape
        torch.Size([10])
    """
    if not ((x >= 0) & (x <= 1)).all():
        raise ValueError(
            f"make_problem: need inputs in [0, 1], where the elbows are, got {x.min():g} to {x.max():g}; scale them"
        )
    return Problem(model(widths), x, y, start, losses.squared(2 / max(1, y.numel())), shapes(widths))


def output_features(w: Float[Tensor, " d"], x: Float[Tensor, " n"], width: int) -> Float[Tensor, "n k"]:
    """What the output layer of a network with one hidden layer sees: every unit's output, and a 1 for its bias.

    Example:
        >>> output_features(torch.tensor([2.0, -1.0, 3.0, 0.5]), torch.tensor([0.0, 1.0]), 1)
        tensor([[0., 1.],
                [1., 1.]])
    """
    params = unflatten(w, shapes((width,)))
    hidden = (x.unsqueeze(-1) * params["w1"] + params["b1"]).relu()
    return torch.cat([hidden, torch.ones_like(x).unsqueeze(-1)], -1)


def output_problem(problem: Problem, width: int, lam: float = 0.0) -> Problem:
    """Only the output layer of a network with one hidden layer, the rest fixed at the start: a linear problem.

    Args:
        problem: The problem of the whole network.
        width: Its units.
        lam: The strength of a ridge on all output weights, the bias included.

    Returns:
        The problem in the parameters a and a0.

    Example:
        >>> x, y = noisy_points(8)
        >>> whole = make_problem(x, y, (3,), start((3,)))
        >>> last = output_problem(whole, 3)
        >>> torch.testing.assert_close(last.outputs(last.start), whole.outputs(whole.start))
    """
    F = output_features(problem.start, problem.X, width)
    return least_squares.make_problem(F, problem.y, problem.loss.c, lam, problem.start[-width - 1 :])


def features(
    w: Float[Tensor, " d"], x: Float[Tensor, " n"], widths: tuple[int, ...]
) -> dict[str, Float[Tensor, "n _"]]:
    r"""The derivative of the output in every parameter, as functions of x, by hand.

    With one hidden layer and $1_i = [w_i x + b_i > 0]$ they are $a_i x 1_i$, $a_i 1_i$, $\max(0, w_i x + b_i)$ and 1: ramps
    with a jump, steps, hinges, and a constant. Each hinge is $w_i/a_i$ of its ramp and $b_i/a_i$ of its step. With two
    layers $a_i$ becomes what the layer above makes of unit i at x.

    Args:
        w: The parameters.
        x: Any inputs.
        widths: Units in the hidden layers.

    Returns:
        One matrix for every group of parameters, one column a parameter, in their order.

    Example:
        >>> parts = features(torch.tensor([2.0, -1.0, 3.0, 0.5]), torch.tensor([0.0, 1.0]), (1,))
        >>> {name: F.squeeze(1).tolist() for name, F in parts.items()}
        {'w1': [0.0, 3.0], 'b1': [0.0, 3.0], 'a': [0.0, 1.0], 'a0': [1.0, 1.0]}
    """
    p, column = unflatten(w, shapes(widths)), x.unsqueeze(1)
    z1 = column * p["w1"] + p["b1"]
    on1, hidden, between = (z1 > 0).to(w.dtype), z1.relu(), {}
    if len(widths) == 1:
        top, last = p["a"] * on1, hidden
    else:
        z2 = hidden @ p["w2"].T + p["b2"]
        back, last = p["a"] * (z2 > 0), z2.relu()
        top = (back @ p["w2"]) * on1
        between = {"w2": (back.unsqueeze(2) * hidden.unsqueeze(1)).flatten(1), "b2": back}
    return {"w1": top * column, "b1": top, **between, "a": last, "a0": torch.ones_like(column)}


def error(w: Float[Tensor, "*batch d"], widths: tuple[int, ...], x: Tensor, y: Tensor) -> Float[Tensor, "*batch"]:
    """The mean of squares of networks at points, for any batch of parameters.

    Example:
        >>> error(torch.zeros(2, 4), (1,), torch.rand(3), torch.ones(3))
        tensor([1., 1.])
    """
    flat = w.reshape(-1, w.shape[-1])
    outputs = torch.func.vmap(model(widths), in_dims=(0, None), chunk_size=512)(flat, x)
    return (outputs - y).square().mean(1).reshape(w.shape[:-1])
