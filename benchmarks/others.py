"""What thalweg is held against: the course's loops in plain torch, and the same loops in C."""

import ctypes
import math
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch

from thalweg.problem import Problem

C_FLAGS = {"C -O3": ["-O3"], "C -O3 -march=native -ffast-math": ["-O3", "-march=native", "-ffast-math"]}

Loop = Callable[[np.ndarray, int], tuple[np.ndarray, np.ndarray]]  # Starts and steps to ends and updates.
Descend = Callable[[Problem, torch.Tensor, np.ndarray, float], torch.Tensor]  # To the ends of all nets.


def notebook(hz: torch.Tensor, y: torch.Tensor, ohm: float, lr: float, tolerance: float, steps: int) -> int:
    """The notebook's way: a Python loop that keeps loss and gradient of every step; returns the steps taken."""
    R = torch.tensor(ohm, dtype=hz.dtype, requires_grad=True)
    losses, gradients = [], []
    for _ in range(steps):
        loss = ((_gain(R, hz) - y) ** 2).mean()
        (gradient,) = torch.autograd.grad(loss, R)
        losses.append(loss.item())
        gradients.append(gradient.item())
        if losses[-1] < tolerance or abs(gradients[-1]) < tolerance:
            break
        with torch.no_grad():
            R -= lr * gradient
    return len(losses)


def plain(hz: torch.Tensor, y: torch.Tensor, ohm: float, lr: float, steps: int) -> int:
    """The least that a loop in plain torch can do: gradient and update, nothing kept, never stopped."""
    R = torch.tensor(ohm, dtype=hz.dtype, requires_grad=True)
    for _ in range(steps):
        (gradient,) = torch.autograd.grad(((_gain(R, hz) - y) ** 2).mean(), R)
        with torch.no_grad():
            R -= lr * gradient
    return steps


def notebook_derivatives(hz: torch.Tensor, y: torch.Tensor, ohm: float, lr: float, steps: int) -> int:
    """The notebook's way to the derivative at every point: a backward pass for each, at every step."""
    R = torch.tensor(ohm, dtype=hz.dtype, requires_grad=True)
    history = []
    for _ in range(steps):
        costs = (_gain(R, hz) - y) ** 2
        each = torch.stack([torch.autograd.grad(cost, R, retain_graph=True)[0] for cost in costs])
        history.append(each)
        with torch.no_grad():
            R -= lr * each.mean()
    return steps


def c_loops(hz: torch.Tensor, y: torch.Tensor, lr: float, tolerance: float) -> dict[str, Loop]:
    """The loop in C under each set of flags; none if there is no compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        print("no C compiler: rows against C are skipped")
        return {}
    return {name: _c_loop(_library(compiler, flags, "loop.c"), hz, y, lr, tolerance) for name, flags in C_FLAGS.items()}


def discussion(problem: Problem, start: torch.Tensor, lr: float, minibatches: Iterator[np.ndarray]) -> torch.Tensor:
    """The discussion's way to train a net with one hidden layer: a module, an optimiser, a Python loop; where it ends."""
    h = (len(start) - 1) // 3
    net = torch.nn.Sequential(torch.nn.Linear(1, h), torch.nn.ReLU(), torch.nn.Linear(h, 1)).to(start.dtype)
    torch.nn.utils.vector_to_parameters(start, net.parameters())
    optimizer, mse = torch.optim.SGD(net.parameters(), lr=lr), torch.nn.MSELoss()
    X, y = problem.X.unsqueeze(1), problem.y.unsqueeze(1)
    for points in minibatches:
        optimizer.zero_grad()
        mse(net(X[points]), y[points]).backward()
        optimizer.step()
    return torch.nn.utils.parameters_to_vector(net.parameters()).detach()


def relu_loops(units: int, dtype: torch.dtype) -> dict[str, Descend]:
    """Training nets with one hidden layer in C under each set of flags; none if there is no compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        print("no C compiler: rows against C are skipped")
        return {}
    real = {torch.float32: "float", torch.float64: "double"}[dtype]
    told = [f"-Dreal={real}", f"-DUNITS={units}"]
    return {
        name: _relu_loop(_library(compiler, [*flags, *told], "relu_loop.c"), dtype) for name, flags in C_FLAGS.items()
    }


def _gain(R: torch.Tensor, hz: torch.Tensor) -> torch.Tensor:
    return 1 / torch.sqrt(1 + (2 * math.pi * 1e-6 * hz * R) ** 2)


def _library(compiler: str, flags: list[str], source: str) -> ctypes.CDLL:
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "loop.so"
        path = Path(__file__).with_name(source)
        subprocess.run([compiler, *flags, "-shared", "-fPIC", path, "-o", library, "-lm"], check=True)
        return ctypes.CDLL(str(library))


def _c_loop(library: ctypes.CDLL, hz: torch.Tensor, y: torch.Tensor, lr: float, tolerance: float) -> Loop:
    real, whole = ctypes.c_double, ctypes.c_int64
    reals, wholes = np.ctypeslib.ndpointer(np.float64), np.ctypeslib.ndpointer(np.int64)
    library.descend_all.argtypes = [reals, wholes, whole, reals, reals, whole, real, real, whole]
    library.descend_all.restype = None
    X, targets = hz.numpy(), y.numpy()

    def loop(starts: np.ndarray, steps: int) -> tuple[np.ndarray, np.ndarray]:
        ohm, updates = starts.copy(), np.zeros(len(starts), dtype=np.int64)
        library.descend_all(ohm, updates, len(ohm), X, targets, len(X), lr, tolerance, steps)
        return ohm, updates

    return loop


def _relu_loop(library: ctypes.CDLL, dtype: torch.dtype) -> Descend:
    single, whole = dtype == torch.float32, ctypes.c_int64
    reals, real = (
        np.ctypeslib.ndpointer(np.float32 if single else np.float64),
        ctypes.c_float if single else ctypes.c_double,
    )
    wholes = np.ctypeslib.ndpointer(np.int64)
    library.descend_all.argtypes = [reals, whole, reals, reals, wholes, whole, whole, whole, real]
    library.descend_all.restype = None

    def loop(problem: Problem, starts: torch.Tensor, points: np.ndarray, lr: float) -> torch.Tensor:
        w, points = starts.numpy().copy(), np.ascontiguousarray(points)
        sources, steps, size = points.shape
        apart = 0 if sources == 1 else steps * size
        library.descend_all(w, len(w), problem.X.numpy(), problem.y.numpy(), points, apart, size, steps, lr)
        return torch.from_numpy(w)

    return loop
