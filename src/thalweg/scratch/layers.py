r"""Layers as pairs of functions: forward gives an output and a cache, backward turns its gradient into those before it.

One pattern throughout. `layer_forward(inputs..., parameters...)` returns `(out, cache)`; `layer_backward(dout, cache)` returns
the gradient of the loss in every one of forward's arguments, in their order. Read each pair side by side.
"""

from typing import Any

import numpy as np

Array = np.ndarray


def affine_forward(x: Array, w: Array, b: Array) -> tuple[Array, tuple[Array, Array, Array]]:
    r"""$\text{out} = xw + b$, one row a point.

    Args:
        x: Inputs (n, ...), of any trailing shape, which is flattened to d numbers.
        w: Weights (d, m).
        b: Biases (m,).

    Returns:
        Outputs (n, m), and what backward needs.

    Raises:
        ValueError: If the shapes do not fit; it names them.

    Example:
        >>> out, cache = affine_forward(np.array([[1.0, 2.0]]), np.array([[1.0], [10.0]]), np.array([0.5]))
        >>> out
        array([[21.5]])
    """
    flat = x.reshape(len(x), -1)
    if flat.shape[1:] != w.shape[:1] or b.shape != w.shape[1:]:
        raise ValueError(f"affine_forward: need x (n, d), w (d, m), b (m,), got {x.shape}, {w.shape}, {b.shape}")
    out = flat @ w
    out += b
    return out, (x, w, b)


def affine_backward(dout: Array, cache: tuple[Array, Array, Array], need_dx: bool = True) -> tuple[Any, Array, Array]:
    r"""$dx = d\text{out}\, w^\top$, $dw = x^\top d\text{out}$, $db = \sum_n d\text{out}$.

    Each is the only product of its two factors that has the right shape.

    Args:
        dout: Gradient in the output (n, m).
        cache: From `affine_forward`.
        need_dx: Whether anybody asks for dx; for the first layer nobody does, and it is a third of the work.

    Returns:
        Gradients in x, w and b; None for a dx that nobody needs.

    Raises:
        ValueError: If the gradient has another shape than the output.

    Example:
        >>> x, w, b = np.array([[1.0, 2.0]]), np.array([[1.0], [10.0]]), np.array([0.5])
        >>> dx, dw, db = affine_backward(np.array([[2.0]]), affine_forward(x, w, b)[1])
        >>> dx, dw.T, db
        (array([[ 2., 20.]]), array([[2., 4.]]), array([2.]))
    """
    x, w, _ = cache
    if dout.shape != (len(x), w.shape[1]):
        raise ValueError(
            f"affine_backward: need dout {(len(x), w.shape[1])} for x {x.shape} and w {w.shape}, got {dout.shape}"
        )
    dx = (dout @ w.T).reshape(x.shape) if need_dx else None
    dw = x.reshape(len(x), -1).T @ dout
    db = dout.sum(axis=0)
    return dx, dw, db


def relu_forward(x: Array) -> tuple[Array, Array]:
    r"""$\text{out} = \max(0, x)$, entry by entry.

    Args:
        x: Inputs of any shape.

    Returns:
        Outputs of the same shape, and what backward needs.

    Example:
        >>> relu_forward(np.array([-1.0, 0.0, 2.0]))[0]
        array([0., 0., 2.])
    """
    return np.maximum(x, 0), x


def relu_backward(dout: Array, cache: Array) -> Array:
    r"""$dx = d\text{out}$ where $x > 0$, and 0 elsewhere: at 0 too.

    Args:
        dout: Gradient in the output.
        cache: From `relu_forward`.

    Returns:
        Gradient in x.

    Raises:
        ValueError: If the gradient has another shape than the output.

    Example:
        >>> relu_backward(np.array([5.0, 5.0, 5.0]), np.array([-1.0, 0.0, 2.0]))
        array([0., 0., 5.])
    """
    if dout.shape != cache.shape:
        raise ValueError(f"relu_backward: need dout {cache.shape}, as its input, got {dout.shape}")
    return dout * (cache > 0)


def affine_relu_forward(x: Array, w: Array, b: Array) -> tuple[Array, tuple[tuple[Array, Array, Array], Array]]:
    """An affine layer and a ReLU after it.

    Args:
        x: Inputs (n, ...).
        w: Weights (d, m).
        b: Biases (m,).

    Returns:
        Outputs (n, m), and what backward needs: the caches of both.

    Example:
        >>> affine_relu_forward(np.array([[1.0]]), np.array([[2.0, -2.0]]), np.array([0.5, 0.5]))[0]
        array([[2.5, 0. ]])
    """
    a, affine_cache = affine_forward(x, w, b)
    out, relu_cache = relu_forward(a)
    return out, (affine_cache, relu_cache)


def affine_relu_backward(
    dout: Array, cache: tuple[tuple[Array, Array, Array], Array], need_dx: bool = True
) -> tuple[Any, Array, Array]:
    """The same way back: first through the ReLU, then through the affine layer.

    Args:
        dout: Gradient in the output (n, m).
        cache: From `affine_relu_forward`.
        need_dx: Whether anybody asks for dx.

    Returns:
        Gradients in x, w and b; None for a dx that nobody needs.

    Example:
        >>> out, cache = affine_relu_forward(np.array([[1.0]]), np.array([[2.0, -2.0]]), np.array([0.5, 0.5]))
        >>> affine_relu_backward(np.ones((1, 2)), cache)[1]
        array([[1., 0.]])
    """
    affine_cache, relu_cache = cache
    return affine_backward(relu_backward(dout, relu_cache), affine_cache, need_dx)
