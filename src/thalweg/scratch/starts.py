r"""Where training begins: weights at random, biases 0. The scale decides whether signals survive the layers."""

import math

import numpy as np

Scale = float | str  # A standard deviation; or "he" or "glorot".


def weights(inputs: int, outputs: int, scale: Scale, chance: np.random.Generator) -> np.ndarray:
    r"""Normal weights (inputs, outputs) with mean 0.

    Args:
        inputs: Numbers that come in.
        outputs: Numbers that go out.
        scale: Their standard deviation; or "he" for $\sqrt{2 / \text{inputs}}$, at which a ReLU layer keeps the mean square
            of its signal; or "glorot" for $\sqrt{2 / (\text{inputs} + \text{outputs})}$, which keeps that of a linear layer
            half forwards, half backwards.
        chance: The source of chance.

    Returns:
        The weights, in float64.

    Raises:
        ValueError: If the scale is neither a rule nor a number from 0 on.

    Example:
        >>> w = weights(1000, 50, "he", np.random.default_rng(0))
        >>> w.shape, round(float(w.std()), 3)
        ((1000, 50), 0.045)
    """
    return spread(inputs, outputs, scale) * chance.standard_normal((inputs, outputs))


def spread(inputs: int, outputs: int, scale: Scale) -> float:
    """The standard deviation that a scale or a rule gives to the weights of one layer.

    Args:
        inputs: Numbers that come in.
        outputs: Numbers that go out.
        scale: The scale or rule.

    Returns:
        The standard deviation.

    Raises:
        ValueError: If the scale is neither a rule nor a number from 0 on.

    Example:
        >>> spread(8, 24, "he"), spread(8, 24, "glorot"), spread(8, 24, 0.01)
        (0.5, 0.25, 0.01)
    """
    if scale == "he":
        return math.sqrt(2 / inputs)
    if scale == "glorot":
        return math.sqrt(2 / (inputs + outputs))
    if isinstance(scale, str) or not 0 <= scale < math.inf:
        raise ValueError(f'weights: need a scale >= 0, "he" or "glorot", got {scale!r}')
    return float(scale)
