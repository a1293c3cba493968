r"""Update rules: from a parameter and its gradient to the next one. What a rule remembers stands in its config.

Every rule is `rule(w, dw, config) -> (w, config)`; w is changed in place, and so is config: what it lacks is filled in. The
rules work entry by entry, so that one call serves a matrix or a vector.
"""

from typing import Any

import numpy as np

Array = np.ndarray
Config = dict[str, Any]
AT_ONCE = 2**14  # Numbers that a step works on at once.


def sgd(w: Array, dw: Array, config: Config | None = None) -> tuple[Array, Config]:
    r"""Plain descent, $w \leftarrow w - \eta\, dw$.

    Args:
        w: The parameter; it is changed.
        dw: Its gradient.
        config: `learning_rate` (0.01).

    Returns:
        The parameter and the config.

    Example:
        >>> sgd(np.array([1.0]), np.array([2.0]), {"learning_rate": 0.25})[0]
        array([0.5])
    """
    config = _filled(config, "sgd")
    for part in _parts(w):
        w[part] -= config["learning_rate"] * dw[part]
    return w, config


def sgd_momentum(w: Array, dw: Array, config: Config | None = None) -> tuple[Array, Config]:
    r"""Descent with momentum, $v \leftarrow \beta v - \eta\, dw$, $w \leftarrow w + v$.

    Args:
        w: The parameter; it is changed.
        dw: Its gradient.
        config: `learning_rate` (0.01), `momentum` (0.9); remembers `velocity`.

    Returns:
        The parameter and the config.

    Example:
        >>> w, config = sgd_momentum(np.array([1.0]), np.array([1.0]), {"learning_rate": 0.5, "momentum": 0.5})
        >>> sgd_momentum(w, np.array([0.0]), config)[0]
        array([0.25])
    """
    config = _filled(config, "momentum")
    v = config.setdefault("velocity", np.zeros_like(w))
    v *= config["momentum"]
    v -= config["learning_rate"] * dw
    w += v
    return w, config


def rmsprop(w: Array, dw: Array, config: Config | None = None) -> tuple[Array, Config]:
    r"""RMSprop: every entry's step by its own recent size.

    $c \leftarrow \rho c + (1-\rho)\, dw^2$, $w \leftarrow w - \eta\, dw / (\sqrt c + \epsilon)$.

    Args:
        w: The parameter; it is changed.
        dw: Its gradient.
        config: `learning_rate` (0.01), `decay_rate` (0.99), `epsilon` (1e-8); remembers `cache`.

    Returns:
        The parameter and the config.

    Reference:
        Tieleman and Hinton, Lecture 6.5, Coursera: Neural Networks for Machine Learning, 2012.

    Example:
        >>> rmsprop(np.array([1.0]), np.array([3.0]), {"decay_rate": 0.0, "learning_rate": 0.5})[0].round(6)
        array([0.5])
    """
    config = _filled(config, "rmsprop")
    c = config.setdefault("cache", np.zeros_like(w))
    c *= config["decay_rate"]
    c += (1 - config["decay_rate"]) * dw**2
    w -= config["learning_rate"] * dw / (np.sqrt(c) + config["epsilon"])
    return w, config


def adam(w: Array, dw: Array, config: Config | None = None) -> tuple[Array, Config]:
    r"""Adam: momentum over RMSprop's size, both freed of their start at 0.

    $m \leftarrow \beta_1 m + (1-\beta_1)\, dw$, $v \leftarrow \beta_2 v + (1-\beta_2)\, dw^2$,
    $w \leftarrow w - \eta\, \hat m / (\sqrt{\hat v} + \epsilon)$ with $\hat m = m / (1 - \beta_1^t)$ and
    $\hat v = v / (1 - \beta_2^t)$.

    Args:
        w: The parameter; it is changed.
        dw: Its gradient.
        config: `learning_rate` (0.001), `beta1` (0.9), `beta2` (0.999), `epsilon` (1e-8); remembers `m`, `v` and `t`.

    Returns:
        The parameter and the config.

    Reference:
        Kingma and Ba, Adam: a method for stochastic optimization, ICLR 2015, algorithm 1.

    Example:
        The first step has the size of the learning rate, whatever the gradient's.

        >>> adam(np.array([1.0, 1.0]), np.array([1e-3, -1e3]), {"learning_rate": 0.5})[0].round(4)
        array([0.5, 1.5])
    """
    config = _filled(config, "adam")
    m, v = (config.setdefault(name, np.zeros_like(w)) for name in ("m", "v"))
    config["t"] = config.get("t", 0) + 1
    m *= config["beta1"]
    m += (1 - config["beta1"]) * dw
    v *= config["beta2"]
    v += (1 - config["beta2"]) * dw**2
    first, second = 1 - config["beta1"] ** config["t"], 1 - config["beta2"] ** config["t"]
    w -= config["learning_rate"] * (m / first) / (np.sqrt(v / second) + config["epsilon"])
    return w, config


def _parts(w: Array) -> list[slice]:
    """A few rows of w at a time: what is worked out of them stays in the processor's cache, and no large array is made."""
    rows = max(1, AT_ONCE * len(w) // max(1, w.size))
    return [slice(first, first + rows) for first in range(0, len(w), rows)]


def _filled(config: Config | None, rule: str) -> Config:
    """The config itself, with what it lacks filled in, so that it remembers from call to call."""
    config = {} if config is None else config
    for key, value in DEFAULTS[rule].items():
        config.setdefault(key, value)
    return config


DEFAULTS = {
    "sgd": {"learning_rate": 1e-2},
    "momentum": {"learning_rate": 1e-2, "momentum": 0.9},
    "rmsprop": {"learning_rate": 1e-2, "decay_rate": 0.99, "epsilon": 1e-8},
    "adam": {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8},
}
RULES = {"sgd": sgd, "momentum": sgd_momentum, "rmsprop": rmsprop, "adam": adam}
