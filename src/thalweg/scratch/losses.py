r"""Losses: each returns its value, averaged over the points, and its gradient in the scores."""

import numpy as np

Array = np.ndarray


def softmax_loss(x: Array, y: Array) -> tuple[float, Array]:
    r"""Cross entropy of softmax, $\frac1n \sum_i \big( \log\sum_j e^{x_{ij}} - x_{i y_i} \big)$.

    Its gradient is $(p - \text{one hot}) / n$, with the probabilities $p_{ij} = e^{x_{ij}} / \sum_k e^{x_{ik}}$. The largest
    score of each row is taken off first: that changes nothing but keeps the powers in the range of numbers.

    Args:
        x: Scores (n, k), one row a point.
        y: Labels (n,), whole numbers from 0 to k - 1.

    Returns:
        The loss, and its gradient (n, k) in the scores.

    Raises:
        ValueError: If shapes do not fit or a label is out of range.

    Example:
        >>> loss, dx = softmax_loss(np.zeros((1, 4)), np.array([2]))
        >>> round(float(np.exp(loss)), 12), dx
        (4.0, array([[ 0.25,  0.25, -0.75,  0.25]]))
    """
    check_labels("softmax_loss", x, y)
    rows = np.arange(len(x))
    shifted = x - x.max(axis=1, keepdims=True)
    powers = np.exp(shifted)
    sums = powers.sum(axis=1, keepdims=True)
    loss = np.mean(np.log(sums[:, 0]) - shifted[rows, y])
    dx = powers / sums
    dx[rows, y] -= 1
    dx /= len(x)
    return float(loss), dx


def svm_loss(x: Array, y: Array) -> tuple[float, Array]:
    r"""The hinge of every wrong class, $\frac1n \sum_i \sum_{j \ne y_i} \max(0, x_{ij} - x_{i y_i} + 1)$.

    Each wrong class that comes within 1 of the right one pulls: its score down by 1/n, the right one's up by as much.

    Args:
        x: Scores (n, k), one row a point.
        y: Labels (n,), whole numbers from 0 to k - 1.

    Returns:
        The loss, and its gradient (n, k) in the scores.

    Raises:
        ValueError: If shapes do not fit or a label is out of range.

    Example:
        >>> svm_loss(np.array([[3.0, 2.5, 0.0]]), np.array([0]))
        (0.5, array([[-1.,  1.,  0.]]))
    """
    check_labels("svm_loss", x, y)
    rows = np.arange(len(x))
    margins = np.maximum(0, x - x[rows, y][:, None] + 1)
    margins[rows, y] = 0
    dx = (margins > 0).astype(x.dtype)
    dx[rows, y] = -dx.sum(axis=1)
    return float(margins.sum() / len(x)), dx / len(x)


def check_labels(function: str, x: Array, y: Array) -> None:
    """Refuse labels that name no column of the scores.

    Args:
        function: Who asks.
        x: Scores (n, k).
        y: Labels (n,).

    Raises:
        ValueError: If there is not one label a row, or one that is not a whole number from 0 to k - 1.

    Example:
        >>> check_labels("loss", np.zeros((2, 3)), np.array([0, 3]))
        Traceback (most recent call last):
        ValueError: loss: need labels from 0 to 2, got 3
    """
    if x.ndim != 2 or y.shape != x.shape[:1] or not len(x):
        raise ValueError(f"{function}: need scores (n, k) and one label a row, got {x.shape} and {y.shape}")
    if not np.issubdtype(y.dtype, np.integer):
        raise ValueError(f"{function}: need whole numbers as labels, got {y.dtype}")
    wrong = y[(y < 0) | (y >= x.shape[1])]
    if len(wrong):
        raise ValueError(f"{function}: need labels from 0 to {x.shape[1] - 1}, got {wrong[0]}")
