"""The table of problems with known answers, which the laws are tested on. A new subject adds a row."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from scipy.optimize import minimize_scalar
from torch import Tensor

from thalweg import losses
from thalweg.problem import Problem, from_module
from thalweg.subjects import organ

POINTS = 200  # on the grid of the organ's problems: fewer than in use, for speed


@dataclass(frozen=True)
class Known:
    """A problem, settings under which descent arrives soon, and the answer by a route that is not descent."""

    name: str
    make: Callable[[], Problem]
    minimum: Callable[[Problem], Tensor] | None
    lr: Callable[[Problem], float]
    tolerance: float = 1e-6
    steps: int = 5000
    linear: bool = False
    share: float = math.nan  # of the largest stable learning rate, for linear problems


def from_svd(shape: tuple[int, int], sigma: list[float]) -> Tensor:
    """A matrix with these singular values and random singular vectors."""
    U, _ = torch.linalg.qr(torch.randn(shape[0], len(sigma)))
    V, _ = torch.linalg.qr(torch.randn(shape[1], len(sigma)))
    return U @ torch.tensor(sigma).diag() @ V.T


def least_squares(
    shape: tuple[int, int], sigma: list[float], c: float = 1.0, lam: float = 0.0
) -> Callable[[], Problem]:
    def make() -> Problem:
        F = from_svd(shape, sigma)
        y, start = torch.randn(shape[0]), torch.randn(shape[1])
        return Problem(lambda w, X: X @ w, F, y, start, losses.squared(c), lam=lam)

    return make


def nearest_solution(problem: Problem) -> Tensor:
    """What descent of a linear model tends to: the solution of the normal equations nearest to the start."""
    F, y, start = problem.X, problem.y, problem.start
    if problem.lam:
        return torch.linalg.solve(F.T @ F + problem.lam * torch.eye(len(start)), F.T @ y)
    step = torch.linalg.lstsq(F, (y - F @ start).unsqueeze(1), driver="gelsd", rcond=1e-10).solution
    return start + step.squeeze(1)


def organ_problem(circuit: organ.Circuit, start: list[float], a: float | None = None, log: bool = False) -> Callable:
    def make() -> Problem:
        hz, ohm = organ.reference_grid(POINTS), organ.desired_ohm(circuit)
        targets = organ.gain(circuit, ohm, hz) if a is None else organ.lamps(circuit, hz).double()
        c = 2 / targets.numel()
        loss = losses.squared(c) if a is None else losses.shifted(a, c)
        return organ.make_problem(circuit, hz, targets, torch.tensor(start), loss, logarithmic=log)

    return make


def low_pass_from_lamps(problem: Problem) -> Tensor:
    """The minimum by Brent's method on the formula, without autograd."""
    targets = 0.3 + 0.7 * problem.y

    def cost(ohm: float) -> float:
        return float((((1 + (2e-6 * math.pi * problem.X * ohm) ** 2) ** -0.5 - targets) ** 2).mean())

    best = minimize_scalar(cost, bracket=(150.0, 200.0, 300.0), options={"xtol": 1e-12})
    return torch.tensor([float(best.x)])


TEACHER = ([[1.5, -0.8]], [0.5], [[1.2]], [0.3])


def decayed_net() -> Problem:
    """The same net with weight decay, so that its minimum is no perfect fit."""
    return replace(tanh_net(), lam=0.05)


def tanh_net() -> Problem:
    """One hidden unit, taught by a unit near by: a perfect fit exists."""
    net = torch.nn.Sequential(torch.nn.Linear(2, 1), torch.nn.Tanh(), torch.nn.Linear(1, 1))
    X = torch.cat([torch.linspace(-1.5, 1.5, 11).unsqueeze(1), torch.randn(11, 1)], dim=1)
    with torch.no_grad():
        for p, value in zip(net.parameters(), TEACHER, strict=True):
            p.copy_(torch.tensor(value))
        y = net(X)
        for p in net.parameters():
            p.add_(0.1 * torch.rand_like(p))
    return from_module(net, X, y, losses.squared(2 / 11))


def teacher(problem: Problem) -> Tensor:
    return torch.cat([torch.tensor(value).reshape(-1) for value in TEACHER])


def logistic_regression() -> Problem:
    """Every point of the first five bears both labels, so that no line separates them and a minimum exists."""
    X = torch.cat([torch.randn(5, 2)] * 2 + [torch.randn(3, 2)])
    y = torch.cat([torch.zeros(5), torch.ones(5), torch.ones(3)])
    return Problem(lambda w, X: X @ w[:2] + w[2], X, y, torch.zeros(3), losses.logistic(), {"w": (2,), "b": ()})


def logistic_minimum(problem: Problem) -> Tensor:
    """Iteratively reweighted least squares, the textbook's route: no autograd, no learning rate."""
    A = torch.cat([problem.X, torch.ones(len(problem.X), 1)], dim=1)
    w = torch.zeros(3)
    for _ in range(30):
        p = (A @ w).sigmoid()
        w = w - torch.linalg.solve((A.T * (p * (1 - p))) @ A, A.T @ (p - problem.y))
    return w


def softmax_regression() -> Problem:
    """Three classes, each point in each of two: not separable. Logits move freely along (1, 1, 1)."""
    X = torch.randn(6, 2).repeat(2, 1)
    y = torch.tensor([0, 1, 2, 0, 1, 2, 1, 2, 0, 2, 0, 1])
    return from_module(torch.nn.Linear(2, 3), X, y, losses.softmax_cross_entropy(1 / 12))


def share_of_limit(share: float) -> Callable[[Problem], float]:
    """A learning rate as a share of the largest stable one of a linear problem, from the 2-norm of its matrix."""
    return lambda problem: (
        share * 2 / (problem.loss.c * (float(torch.linalg.matrix_norm(problem.X, 2)) ** 2 + problem.lam))
    )


def desired(circuit: organ.Circuit, log: bool = False) -> Callable[[Problem], Tensor]:
    ohm = [1e6 / (2 * math.pi * hz) for hz in circuit.cutoff_hz]
    return lambda problem: torch.tensor(ohm).log() if log else torch.tensor(ohm)


def linear(name: str, make: Callable[[], Problem], share: float) -> Known:
    return Known(name, make, nearest_solution, share_of_limit(share), tolerance=1e-8, linear=True, share=share)


PROBLEMS = [
    linear("tall", least_squares((7, 3), [3.0, 2.0, 1.0]), 0.4),
    linear("wide", least_squares((3, 7), [2.0, 1.0, 0.7], c=2 / 3), 0.3),
    linear("square", least_squares((4, 4), [2.0, 1.5, 1.0, 0.5], c=0.5), 0.8),
    linear("rank-deficient", least_squares((6, 4), [3.0, 1.0], c=2.0), 0.6),
    linear("tall with a ridge", least_squares((7, 3), [3.0, 2.0, 0.1], c=2 / 7, lam=0.5), 0.4),
    linear("wide with a ridge", least_squares((3, 6), [2.0, 1.0, 0.7], lam=0.9), 0.3),
    Known("low pass", organ_problem(organ.LOW_PASS, [500.0]), desired(organ.LOW_PASS), lambda _: 1e5),
    Known(
        "low pass in log R",
        organ_problem(organ.LOW_PASS, [500.0], log=True),
        desired(organ.LOW_PASS, True),
        lambda _: 2.0,
        tolerance=1e-5,
    ),
    Known("low pass, lamps", organ_problem(organ.LOW_PASS, [500.0], a=0.3), low_pass_from_lamps, lambda _: 1e5),
    Known("high pass", organ_problem(organ.HIGH_PASS, [90.0]), desired(organ.HIGH_PASS), lambda _: 4e3),
    Known("band pass", organ_problem(organ.BAND_PASS, [60.0, 120.0]), desired(organ.BAND_PASS), lambda _: 8e3),
    Known("tanh net", tanh_net, teacher, lambda _: 0.1, tolerance=1e-6),
    Known("tanh net with weight decay", decayed_net, None, lambda _: 0.1, tolerance=1e-6),
    Known("logistic regression", logistic_regression, logistic_minimum, lambda _: 0.05, tolerance=1e-5),
    Known("softmax regression", softmax_regression, None, lambda _: 0.2, tolerance=1e-3),
]
LINEAR = [known for known in PROBLEMS if known.linear]
