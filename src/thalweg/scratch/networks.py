r"""Fully connected networks: affine, ReLU, affine, ReLU, ..., affine, and a softmax loss with a penalty on the weights.

`TwoLayerNet` is written out; `FullyConnectedNet` is the same in loops, for any depth. Parameters stand in a dict: `W1`, `b1`,
`W2`, `b2` and so on. The penalty is 0.5 * reg * (sum of squares of the weights); biases are free.
"""

import itertools
from collections.abc import Sequence

import numpy as np

from thalweg.scratch.layers import affine_backward, affine_forward, affine_relu_backward, affine_relu_forward
from thalweg.scratch.losses import softmax_loss
from thalweg.scratch.starts import Scale, weights

Array = np.ndarray
MOST_PARAMETERS = 10**8


class TwoLayerNet:
    """Affine, ReLU, affine, softmax.

    Args:
        input_dim: Numbers in an input.
        hidden_dim: Hidden units.
        num_classes: Classes, the scores of a point.
        weight_scale: Standard deviation of the weights at the start; or "he" or "glorot".
        reg: Strength of the penalty on the weights.
        dtype: Type of all numbers.
        seed: Where the chance of the start begins.

    Raises:
        ValueError: If a size is not positive, or a number out of its range.

    Example:
        >>> net = TwoLayerNet(input_dim=4, hidden_dim=5, num_classes=3, seed=0)
        >>> net.loss(np.ones((2, 4))).shape
        (2, 3)
        >>> loss, grads = net.loss(np.ones((2, 4)), np.array([0, 2]))
        >>> sorted(grads), bool(abs(loss - np.log(3)) < 0.01)
        (['W1', 'W2', 'b1', 'b2'], True)
    """

    def __init__(
        self,
        input_dim: int = 3 * 32 * 32,
        hidden_dim: int = 100,
        num_classes: int = 10,
        weight_scale: Scale = 1e-3,
        reg: float = 0.0,
        dtype: type = np.float64,
        seed: int | None = 0,
    ) -> None:
        self.reg = reg
        self.params = start([input_dim, hidden_dim, num_classes], weight_scale, reg, dtype, seed)

    @np.errstate(
        over="ignore", invalid="ignore"
    )  # Weights that blow up are a result, inputs that are not finite refused.
    def loss(self, X: Array, y: Array | None = None) -> Array | tuple[float, dict[str, Array]]:
        """Scores of the inputs; or, with labels, the loss and its gradient in every parameter.

        Args:
            X: Inputs (n, ...).
            y: Labels (n,).

        Returns:
            Scores (n, k) without labels; loss and gradients, by the names of the parameters, with them.

        Raises:
            ValueError: If shapes do not fit the layers, an input is not finite or a label out of range.
        """
        p = self.params
        X = check_inputs(X, p)
        hidden, cache1 = affine_relu_forward(X, p["W1"], p["b1"])
        scores, cache2 = affine_forward(hidden, p["W2"], p["b2"])
        check_finite(X, scores)
        if y is None:
            return scores
        loss, dscores = softmax_loss(scores, y)
        grads = {}
        dhidden, grads["W2"], grads["b2"] = affine_backward(dscores, cache2)
        _, grads["W1"], grads["b1"] = affine_relu_backward(dhidden, cache1, need_dx=False)
        return add_penalty(loss, grads, p, self.reg)


class FullyConnectedNet:
    """Any number of hidden layers: affine and ReLU for each, a last affine layer, softmax.

    Args:
        hidden_dims: Units of every hidden layer, at least one layer.
        input_dim: Numbers in an input.
        num_classes: Classes, the scores of a point.
        reg: Strength of the penalty on the weights.
        weight_scale: Standard deviation of the weights at the start; or "he" or "glorot".
        dtype: Type of all numbers.
        seed: Where the chance of the start begins.

    Raises:
        ValueError: If there is no hidden layer, a size is not positive, or a number out of its range.

    Example:
        >>> net = FullyConnectedNet([5, 4], input_dim=6, num_classes=3, dtype=np.float64, seed=0)
        >>> [net.params[f"W{i}"].shape for i in (1, 2, 3)]
        [(6, 5), (5, 4), (4, 3)]
    """

    def __init__(
        self,
        hidden_dims: Sequence[int],
        input_dim: int = 3 * 32 * 32,
        num_classes: int = 10,
        reg: float = 0.0,
        weight_scale: Scale = 1e-2,
        dtype: type = np.float32,
        seed: int | None = None,
    ) -> None:
        if not len(hidden_dims):
            raise ValueError("FullyConnectedNet: need at least one hidden layer, got none; [100] has one of 100 units")
        self.reg = reg
        self.num_layers = len(hidden_dims) + 1
        self.params = start([input_dim, *hidden_dims, num_classes], weight_scale, reg, dtype, seed)

    @np.errstate(
        over="ignore", invalid="ignore"
    )  # Weights that blow up are a result, inputs that are not finite refused.
    def loss(self, X: Array, y: Array | None = None) -> Array | tuple[float, dict[str, Array]]:
        """Scores of the inputs; or, with labels, the loss and its gradient in every parameter.

        Args:
            X: Inputs (n, ...).
            y: Labels (n,).

        Returns:
            Scores (n, k) without labels; loss and gradients, by the names of the parameters, with them.

        Raises:
            ValueError: If shapes do not fit the layers, an input is not finite or a label out of range.
        """
        p, last = self.params, self.num_layers
        X = check_inputs(X, p)
        out, caches = X, {}
        for i in range(1, last):
            out, caches[i] = affine_relu_forward(out, p[f"W{i}"], p[f"b{i}"])
        scores, caches[last] = affine_forward(out, p[f"W{last}"], p[f"b{last}"])
        check_finite(X, scores)
        if y is None:
            return scores
        loss, dout = softmax_loss(scores, y)
        grads = {}
        dout, grads[f"W{last}"], grads[f"b{last}"] = affine_backward(dout, caches[last])
        for i in range(last - 1, 0, -1):
            dout, grads[f"W{i}"], grads[f"b{i}"] = affine_relu_backward(dout, caches[i], need_dx=i > 1)
        return add_penalty(loss, grads, p, self.reg)


def start(sizes: list[int], scale: Scale, reg: float, dtype: type, seed: int | None) -> dict[str, Array]:
    """Weights at random and biases 0, for layers between these sizes.

    Args:
        sizes: Numbers in an input, hidden units layer by layer, classes.
        scale: Standard deviation of the weights, or a rule for it.
        reg: Strength of the penalty, to be checked with the rest.
        dtype: Type of all numbers.
        seed: Where chance begins.

    Returns:
        The parameters by name.

    Raises:
        ValueError: If a size is not positive, or there are too many weights, or `reg` is negative.

    Example:
        >>> {name: value.shape for name, value in start([4, 3, 2], 0.1, 0.0, np.float64, 0).items()}
        {'W1': (4, 3), 'b1': (3,), 'W2': (3, 2), 'b2': (2,)}
    """
    if not all(isinstance(size, int | np.integer) and size > 0 for size in sizes):
        raise ValueError(f"network: need positive whole sizes of input, hidden layers and classes, got {sizes}")
    if sum(a * b for a, b in itertools.pairwise(sizes)) > MOST_PARAMETERS:
        raise ValueError(f"network: need at most {MOST_PARAMETERS:.0e} weights, got sizes {sizes}")
    if not 0 <= reg < np.inf:
        raise ValueError(f"network: need a finite reg >= 0, got {reg}")
    chance, params = np.random.default_rng(seed), {}
    for i, (inputs, outputs) in enumerate(itertools.pairwise(sizes), 1):
        params[f"W{i}"] = weights(inputs, outputs, scale, chance).astype(dtype)
        params[f"b{i}"] = np.zeros(outputs, dtype)
    return params


def check_inputs(X: Array, params: dict[str, Array]) -> Array:
    """Inputs in the type of the parameters; they and the layers are refused where they do not fit each other.

    Args:
        X: Inputs (n, ...).
        params: The parameters.

    Returns:
        The inputs.

    Raises:
        ValueError: If there are none, or a layer has another size than what comes into it; it names the layer and the shapes.

    Example:
        >>> check_inputs(np.ones((2, 3)), {"W1": np.ones((4, 5)), "b1": np.ones(5)})
        Traceback (most recent call last):
        ValueError: layer 1: need inputs of 4 numbers for W1 (4, 5), got (2, 3)
    """
    size, shape = (X[0].size if X.ndim > 1 and len(X) else 0), X.shape
    for i in range(1, len(params) // 2 + 1):
        W, b = params[f"W{i}"], params[f"b{i}"]
        if W.ndim != 2 or size != len(W):
            raise ValueError(f"layer {i}: need inputs of {len(W)} numbers for W{i} {W.shape}, got {shape}")
        if b.shape != W.shape[1:]:
            raise ValueError(f"layer {i}: need b{i} {W.shape[1:]} for W{i} {W.shape}, got {b.shape}")
        size, shape = W.shape[1], (len(X), W.shape[1])
    return X.astype(params["W1"].dtype, copy=False)


def check_finite(X: Array, scores: Array) -> None:
    """Refuse inputs that are not finite. Their scores tell, so that good ones cost nothing; weights that blew up are no error.

    Args:
        X: Inputs.
        scores: Their scores.

    Raises:
        ValueError: If an input is NaN or infinite.

    Example:
        >>> check_finite(np.array([[np.nan]]), np.array([[np.nan]]))
        Traceback (most recent call last):
        ValueError: network: need finite inputs, got 1 that are NaN or infinite
    """
    if not np.isfinite(scores).all() and not np.isfinite(X).all():
        raise ValueError(f"network: need finite inputs, got {(~np.isfinite(X)).sum()} that are NaN or infinite")


def add_penalty(
    loss: float, grads: dict[str, Array], params: dict[str, Array], reg: float
) -> tuple[float, dict[str, Array]]:
    """The loss and its gradients with 0.5 * reg * (sum of squares of the weights).

    Example:
        >>> add_penalty(1.0, {"W1": np.zeros(1)}, {"W1": np.array([2.0]), "b1": np.array([5.0])}, reg=0.5)
        (2.0, {'W1': array([1.])})
    """
    if reg:
        for name in grads:
            if name.startswith("W"):
                loss += 0.5 * reg * float(np.vdot(params[name], params[name]))
                grads[name] += reg * params[name]
    return loss, grads
