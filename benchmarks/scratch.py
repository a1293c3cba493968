"""How fast a training step from scratch is, in NumPy: against its matrix products alone, PyTorch and scikit-learn.

Prints one table and writes it to `scratch.md` and, with the spread over rounds, `scratch.json`. One thread.
"""

import warnings
from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits

from rounds import take_turns
from table import Row, faster, tabulate, within
from thalweg.scratch import FullyConnectedNet
from thalweg.scratch.updates import sgd

HEAD = [
    "# Benchmarks of networks from scratch",
    "",
    "Written by `make benchmark`. One training step at batch 100: forward, backward, plain SGD; 3072 inputs, 10 classes,",
    "hidden layers of 100 units. One thread. Only ratios count: candidates take turns, and a ratio is the median (smallest to",
    "largest) over rounds. Times are microseconds, medians over rounds.",
]
ROUNDS, STEPS, BATCH, INPUTS, CLASSES, LR = 15, 20, 100, 3072, 10, 1e-3
NETS = {"3072-100-10": [100], "3072-100-100-100-100-10": [100] * 4}
MOST = {np.float32: 1.35, np.float64: 1.2}  # Times the matrix products alone.


def main() -> None:
    """Measure every row, print the table, write it."""
    torch.set_num_threads(1)
    threadpool_limits(1)
    warnings.simplefilter("ignore")  # scikit-learn tells that one step does not converge.
    tabulate("scratch", HEAD, [partial(_net, name, dtype) for name in NETS for dtype in MOST])


def _net(name: str, dtype: type) -> tuple[list[Row], list[str]]:
    """One network in one type."""
    chance = np.random.default_rng(0)
    X, y = chance.standard_normal((BATCH, INPUTS)).astype(dtype), chance.integers(0, CLASSES, BATCH)
    net = FullyConnectedNet(NETS[name], INPUTS, CLASSES, dtype=dtype, seed=0)
    candidates = {"thalweg": _scratch(net, X, y), "products": _products(net, X), "torch": _torch(net, X, y),
                  "scikit-learn": _sklearn(name, X, y)}  # fmt: skip
    agree = _agreement(net, X, y)
    times = take_turns({key: partial(_steps, work) for key, work in candidates.items()}, ROUNDS)
    what = f"{name}, {np.dtype(dtype)}"
    return [
        within(f"{what}, against its matrix products alone", "step", times, "products", MOST[dtype]),
        faster(f"{what}, against PyTorch eager", "step", times, "torch", 1.25),
        faster(f"{what}, against scikit-learn's partial_fit", "step", times, "scikit-learn", 1.25),
    ], [f"{what}: the gradients differ from torch's by {agree:.1e} of their size."]


def _steps(work: Callable[[], None]) -> int:
    for _ in range(STEPS):
        work()
    return STEPS


def _scratch(net: FullyConnectedNet, X: np.ndarray, y: np.ndarray) -> Callable[[], None]:
    def step() -> None:
        _, grads = net.loss(X, y)
        for key, gradient in grads.items():
            sgd(net.params[key], gradient, {"learning_rate": LR})

    return step


def _products(net: FullyConnectedNet, X: np.ndarray) -> Callable[[], None]:
    """Forward x w, backward x' dout and, but for the first layer, dout w': into arrays that are there already."""
    weights = [net.params[f"W{i}"] for i in range(1, net.num_layers + 1)]
    inputs = [X, *(np.ones((BATCH, w.shape[1]), X.dtype) for w in weights)]
    outs, grads, backs = [x.copy() for x in inputs[1:]], [w.copy() for w in weights], [x.copy() for x in inputs[:-1]]

    def step() -> None:
        for x, w, out in zip(inputs, weights, outs, strict=False):
            np.matmul(x, w, out=out)
        for i in reversed(range(len(weights))):
            np.matmul(inputs[i].T, inputs[i + 1], out=grads[i])
            if i:
                np.matmul(inputs[i + 1], weights[i].T, out=backs[i])

    return step


def _module(net: FullyConnectedNet) -> torch.nn.Sequential:
    """The same network as torch has it."""
    layers = []
    for i in range(1, net.num_layers + 1):
        w, b = (torch.from_numpy(net.params[f"{kind}{i}"].copy()) for kind in "Wb")
        layer = torch.nn.Linear(*w.shape, dtype=w.dtype)
        layer.load_state_dict({"weight": w.T.contiguous(), "bias": b})
        layers += [layer, torch.nn.ReLU()]
    return torch.nn.Sequential(*layers[:-1])


def _torch(net: FullyConnectedNet, X: np.ndarray, y: np.ndarray) -> Callable[[], None]:
    module, data, labels, loss = _module(net), torch.from_numpy(X), torch.from_numpy(y), torch.nn.CrossEntropyLoss()
    optimiser = torch.optim.SGD(module.parameters(), LR)

    def step() -> None:
        optimiser.zero_grad()
        loss(module(data), labels).backward()
        optimiser.step()

    return step


def _sklearn(name: str, X: np.ndarray, y: np.ndarray) -> Callable[[], None]:
    model = MLPClassifier(
        NETS[name], solver="sgd", momentum=0.0, alpha=0.0, learning_rate_init=LR, batch_size=BATCH, shuffle=False
    )
    model.partial_fit(X, y, classes=np.arange(CLASSES))
    return lambda: model.partial_fit(X, y)


def _agreement(net: FullyConnectedNet, X: np.ndarray, y: np.ndarray) -> float:
    """How far the gradients are from torch's, beside their size."""
    module = _module(net)
    torch.nn.CrossEntropyLoss()(module(torch.from_numpy(X)), torch.from_numpy(y)).backward()
    _, grads = net.loss(X, y)
    theirs = {f"W{i}": layer.weight.grad.numpy().T for i, layer in enumerate(module[::2], 1)}
    return max(float(np.abs(grads[key] - value).max() / np.abs(value).max()) for key, value in theirs.items())


if __name__ == "__main__":
    main()
