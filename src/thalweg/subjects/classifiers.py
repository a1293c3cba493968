r"""Fully connected ReLU classifiers: what their layers pass on at the start, and the kernel of their linearization, by layer.

Parameters are a dict `W1`, `b1`, ..., as in `scratch`, whose networks these are; weights are (inputs, outputs). Training is
not here: runs are `scratch`'s, and what the linearization would do is a problem for `descent`.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from thalweg import losses
from thalweg.problem import Problem

Params = dict[str, Tensor]


def scores(params: Params, X: Float[Tensor, "n _"]) -> Float[Tensor, "n k"]:
    """The scores of all classes.

    Example:
        >>> scores({"W1": -torch.eye(2), "b1": torch.ones(2), "W2": torch.eye(2), "b2": torch.zeros(2)}, torch.eye(2))
        tensor([[0., 1.],
                [1., 0.]])
    """
    return _signals(params, X)[-1]


def signal_sizes(widths: list[int], scale: list[float], size: float) -> Float[Tensor, " h"]:
    r"""The expected square $E|h_l|^2$ of what each layer passes on, over normal weights and biases 0.

    Given $h_{l-1}$, what a unit adds up is normal with mean square $s_l^2 |h_{l-1}|^2$, and a ReLU keeps half of it. So a layer
    multiplies the square by $n_l s_l^2 / 2$, the last, which has no ReLU, by twice that: one for He's scale
    $s_l^2 = 2 / n_{l-1}$ and layers of one width.

    Args:
        widths: Numbers that come out of every layer, the scores last.
        scale: Standard deviation of every layer's weights.
        size: The input's square, $|x|^2$.

    Returns:
        One expected square a layer.

    Reference:
        He, Zhang, Ren and Sun, Delving deep into rectifiers, ICCV 2015, eq. 7 to 10.

    Example:
        >>> signal_sizes([100, 100, 10], [0.1, 0.1, 0.1], size=4.0)
        tensor([2.0000, 1.0000, 0.1000])
    """
    gains = [n * s**2 / 2 for n, s in zip(widths, scale, strict=True)]
    gains[-1] *= 2
    return size * torch.tensor(gains, dtype=torch.float64).cumprod(0)


def gradient_sizes(inputs: list[int], scale: list[float], size: float) -> Float[Tensor, " h"]:
    r"""The expected square of the loss's gradient in what each layer adds up, from the one in the scores backwards.

    A step back multiplies it by $n_{l-1} s_l^2 / 2$: the sum over the layer's inputs, of which the ReLUs before it let half
    pass. That takes the weights for independent of what comes back through them, which they are but for order 1/width.

    Args:
        inputs: Numbers that come into every layer.
        scale: Standard deviation of every layer's weights.
        size: The square of the gradient in the scores.

    Returns:
        One expected square a layer, the scores' last.

    Example:
        >>> gradient_sizes([64, 100, 100], [0.1, 0.1, 0.1], size=1.0)
        tensor([0.2500, 0.5000, 1.0000])
    """
    gains = [n * s**2 / 2 for n, s in zip(inputs[1:], scale[1:], strict=True)]
    back = torch.tensor([1.0, *reversed(gains)], dtype=torch.float64).cumprod(0)
    return size * back.flip(0)


def squares(
    params: Params, X: Float[Tensor, "n _"], y: Int[Tensor, " n"]
) -> tuple[Float[Tensor, " h"], Float[Tensor, " h"]]:
    """The squares of what each layer passes on, and of each point's gradient in what it adds up, averaged over the points.

    Args:
        params: The parameters.
        X: The points.
        y: Their labels.

    Returns:
        Squares of signals and of gradients, one a layer.

    Example:
        >>> params = {"W1": torch.zeros(1, 2), "b1": torch.tensor([0.0, 2.0])}
        >>> squares(params, torch.ones(1, 1), torch.tensor([0]))[0]
        tensor([4.])
    """
    h = _signals(params, X)
    back = h[-1].softmax(-1) - (y.unsqueeze(1) == torch.arange(h[-1].shape[1])).to(X.dtype)
    gradients = [back]
    for layer in range(len(h), 1, -1):
        back = (back @ params[f"W{layer}"].T) * (h[layer - 2] > 0)
        gradients.insert(0, back)
    passed, pulled = (torch.stack([part.square().sum(1).mean() for part in parts]) for parts in (h, gradients))
    return passed, pulled


def kernel(params: Params, X: Float[Tensor, "n _"]) -> Float[Tensor, "r r"]:
    r"""The kernel $FF^\top$ of the scores' feature matrix, layer by layer, without F itself.

    The derivative of a score in a weight is an outer product of what came in and what comes back, so that a layer's part is
    $(h_i^\top h_j + 1)\,(\delta_{ia}^\top \delta_{jb})$ for the scores a of point i and b of point j; the 1 is its biases'.

    Args:
        params: The parameters.
        X: The points.

    Returns:
        The kernel; point by point, and within a point score by score.

    Example:
        One layer: the kernel of its inputs, and of its bias.

        >>> params, X = {"W1": torch.zeros(1, 2), "b1": torch.zeros(2)}, torch.tensor([[2.0], [3.0]])
        >>> kernel(params, X)[::2, ::2]
        tensor([[ 5.,  7.],
                [ 7., 10.]])
    """
    h, depth = _signals(params, X), len(params) // 2
    n, k = h[-1].shape
    back = torch.eye(k, dtype=X.dtype).expand(n, k, k)
    K = X.new_zeros(n, k, n, k)
    for layer in range(depth, 0, -1):
        inputs = X if layer == 1 else h[layer - 2]
        overlap = torch.einsum("iah,jbh->iajb", back, back)
        K += (inputs @ inputs.T + 1)[:, None, :, None] * overlap
        if layer > 1:
            back = (back @ params[f"W{layer}"].T) * (h[layer - 2] > 0).unsqueeze(1)
    return K.reshape(n * k, n * k)


def linearized_problem(params: Params, X: Float[Tensor, "n _"], y: Int[Tensor, " n"]) -> Problem:
    r"""The linearization of a classifier at its start, as a problem in as many parameters as there are scores.

    Only the directions of the parameters that some score answers to matter; in these $F = U\,\mathrm{diag}(\sigma)$, with the
    eigenvectors and eigenvalues $\sigma^2$ of the kernel. Descent on it is descent on the linearized network, score by score.

    Args:
        params: The parameters at the start.
        X: The points.
        y: Their labels.

    Returns:
        The problem, under the mean of softmax cross entropy, from 0. Its inputs hold the features, and the scores at the start.

    Example:
        >>> params, X = {"W1": torch.zeros(1, 2), "b1": torch.zeros(2)}, torch.tensor([[2.0], [3.0]])
        >>> problem = linearized_problem(params, X, torch.tensor([0, 1]))
        >>> problem.X.shape, problem.outputs(problem.start)
        (torch.Size([2, 2, 5]), tensor([[0., 0.],
                [0., 0.]]))
    """
    values, U = torch.linalg.eigh(kernel(params, X))
    f = scores(params, X)
    F = (U * values.clamp(min=0).sqrt()).reshape(*f.shape, -1)
    inputs = torch.cat([F, f.unsqueeze(-1)], -1)
    return Problem(_linearized, inputs, y, X.new_zeros(F.shape[-1]), losses.softmax_cross_entropy(1 / len(y)))


def largest_curvature(problem: Problem) -> float:
    r"""The largest curvature of softmax cross entropy at the start of a linearized classifier, $\lambda_1$.

    It is the largest eigenvalue of $\frac1n F^\top B F$ with $B = \mathrm{diag}(p) - pp^\top$ for every point.

    Args:
        problem: From `linearized_problem`.

    Returns:
        The curvature; descent is stable near the start up to $2/\lambda_1$.

    Example:
        >>> params, X = {"W1": torch.zeros(1, 2), "b1": torch.zeros(2)}, torch.tensor([[2.0]])
        >>> round(largest_curvature(linearized_problem(params, X, torch.tensor([0]))), 12)
        2.5
    """
    F, p = problem.X[..., :-1], problem.outputs(problem.start).softmax(-1)
    inner = F - (p.unsqueeze(-1) * F).sum(1, keepdim=True)  # B = P - p p' takes each feature less its mean under p.
    H = torch.einsum("nkd,nk,nke->de", F, p, inner) / len(p)
    return float(torch.linalg.eigvalsh((H + H.T) / 2)[-1])


def breaking_lr(params: Params, grads: Params) -> float:
    r"""The learning rate at which one step changes some weight matrix by its own size, $\min_l \|W_l\|_2 / \|dW_l\|_2$.

    Up to there a step is small for every layer; beyond it the product of the layers changes out of all proportion.

    Args:
        params: The parameters.
        grads: Their gradients.

    Returns:
        The learning rate.

    Example:
        >>> breaking_lr({"W1": 2 * torch.eye(2), "b1": torch.ones(2)}, {"W1": 4 * torch.eye(2), "b1": torch.ones(2)})
        0.5
    """
    names = [name for name in params if name.startswith("W")]
    sizes = [(torch.linalg.matrix_norm(each[name], 2) for each in (params, grads)) for name in names]
    return min(float(weight / gradient) for weight, gradient in sizes)


def _linearized(v: Tensor, X: Tensor) -> Tensor:
    return X[..., :-1] @ v + X[..., -1]


def _signals(params: Params, X: Tensor) -> list[Tensor]:
    """What every layer passes on, the scores last."""
    depth, signals = len(params) // 2, [X]
    for layer in range(1, depth + 1):
        out = signals[-1] @ params[f"W{layer}"] + params[f"b{layer}"]
        signals.append(out.relu() if layer < depth else out)
    return signals[1:]
