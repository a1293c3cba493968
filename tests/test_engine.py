import itertools
import json
import shutil
import subprocess
import sys

import pytest
import torch

from thalweg import engine, losses
from thalweg.descent import run
from thalweg.problem import Problem, from_module
from thalweg.rules import gd, minibatches, momentum

ROWS, N, D = 3, 6, 2


def problems():
    def model(w, X):
        return (X @ w).tanh()

    loss = losses.squared(2 / N)
    return [Problem(model, torch.randn(N, D), torch.rand(N), torch.randn(D), loss) for _ in range(ROWS)]


def state_and_fixed(rows, batches=None, tolerance=0.0):
    start = torch.stack([p.start for p in rows])
    state = engine.State(
        start, torch.zeros_like(start), torch.zeros(ROWS, dtype=torch.int64), torch.ones(ROWS, dtype=torch.bool)
    )
    X, y = torch.stack([p.X for p in rows]), torch.stack([p.y for p in rows])
    none = torch.zeros((1, 0, 1), dtype=torch.int64)
    lr, low = torch.tensor([[0.5], [0.3], [0.1]]), torch.tensor(-1e9)
    ceiling = torch.full((ROWS,), 1e9)
    fixed = engine.Fixed(lr, X, y, torch.tensor(tolerance), ceiling, low, none if batches is None else batches)
    return state, fixed


def by_hand(problem, lr, beta, batches, tolerance, budget):
    """One row, with the gradient from the chain rule."""
    w, m = problem.start, torch.zeros(D)
    for step in range(budget):
        points = batches[step] if batches is not None else torch.arange(N)
        X, y = problem.X[points], problem.y[points]
        f = (X @ w).tanh()
        loss, g = ((f - y) ** 2).mean(), 2 / len(y) * X.T @ ((f - y) * (1 - f * f))
        if loss < tolerance or (g.abs() < tolerance).all():
            return w, step
        m = beta * m + g
        w = w - lr * m
    return w, budget


@pytest.mark.parametrize("tolerance", [0.0, 0.02])
@pytest.mark.parametrize("sources", [0, 1, ROWS])
@pytest.mark.parametrize("beta", [0.0, 0.6])
def test_eager_loop_is_the_loop_by_hand(beta, sources, tolerance):
    """On all points, on minibatches that all rows share, and on each row's own."""
    rows = problems()
    drawn = [minibatches(N, 2, 25, torch.Generator().manual_seed(seed)) for seed in range(sources)]
    state, fixed = state_and_fixed(rows, torch.stack(drawn) if drawn else None, tolerance)
    advance = engine.eager(rows[0], momentum(beta), True)
    state = advance(advance(state, fixed, 10), fixed, 25)
    for row, problem in enumerate(rows):
        batches = drawn[row % sources] if drawn else None
        w, updates = by_hand(problem, float(fixed.lr[row]), beta, batches, tolerance, 25)
        torch.testing.assert_close(state.w[row], w)
        assert state.updates[row] == updates


def test_a_wrong_loop_is_found_out():
    rows = problems()
    state, fixed = state_and_fixed(rows)
    slow = engine.eager(rows[0], gd(), True)

    def wrong(state, fixed, budget):
        right = slow(state, fixed, budget)
        return right._replace(w=right.w * (1 + 1e-6))

    def short(state, fixed, budget):
        return slow(state, fixed, budget - 1)

    assert engine.checked(slow, slow, state, fixed)
    assert not engine.checked(wrong, slow, state, fixed)
    assert not engine.checked(short, slow, state, fixed)


@pytest.mark.parametrize(("sizes", "multiplies"), [((1, 4, 1), False), ((2, 4, 1), True), ((1, 4, 4, 1), True)])
def test_products_of_matrices_are_found(sizes, multiplies):
    """Of a matrix and a vector, as in a net with one input, one hidden layer and one output, they are none."""
    layers = [layer for size in itertools.pairwise(sizes) for layer in (torch.nn.Linear(*size), torch.nn.Tanh())]
    problem = from_module(torch.nn.Sequential(*layers), torch.randn(5, sizes[0]), torch.randn(5, 1), losses.squared())
    assert engine._multiplies_matrices(problem) == multiplies


def test_without_a_compiler_it_says_so_and_runs(monkeypatch):
    problem = problems()[0]
    reference = run(problem, lr=0.1, steps=20, choice="eager").final
    monkeypatch.setattr(shutil, "which", lambda name: None)
    result = run(problem, lr=0.1, steps=20, choice="compiled")
    assert result.engine == "eager (the compiled loop needs a C++ compiler)"
    torch.testing.assert_close(result.final, reference)


KINDS = ("stops", "minibatches", "own minibatches")

# The hook that checks shapes in tests cannot be traced by torch.compile, so the compiled loop is tested without it.
COMPILED = """
import json, torch
from thalweg import rows as rows_
rows_.BLOCK = 300  # Blocks of 150 and of 7 steps.
torch.set_default_dtype(torch.float64)
torch.manual_seed(0)
from thalweg import losses
from thalweg.descent import run
from thalweg.problem import Problem
from thalweg.rules import momentum

model, loss = (lambda w, X: (X @ w).tanh()), losses.squared(2 / 6)
rows = [Problem(model, torch.randn(6, 2), torch.rand(6), torch.randn(2), loss, lower=-50.0) for _ in range(20)]
rates = torch.linspace(0.1, 0.02, 20)
rates[3::4] = 1e6
kinds = {
    "stops": dict(problem=rows[:4], lr=rates[:4], tolerance=1e-3),
    "minibatches": dict(problem=rows[0], lr=rates, starts=torch.randn(20, 2), batch=2),
    "own minibatches": dict(problem=rows, lr=rates, batch=2, seed=range(20)),
}
answers = {}
for kind, settings in kinds.items():
    settings = dict(steps=237, rule=momentum(0.6), keep=9) | settings
    fast, slow = (run(**settings, choice=choice) for choice in ("compiled", "eager"))
    answers[kind] = {
        "engine": fast.engine,
        "same moments": torch.equal(fast.t, slow.t) and torch.equal(fast.updates, slow.updates),
        "same stop": torch.equal(fast.stopped, slow.stopped) and fast.outcome == slow.outcome,
        "lost": bool(slow.stopped[3::4].any()),
        "far": float(((fast.w - slow.w).abs() / (1 + slow.w.abs())).max()),
    }
print(json.dumps(answers))
"""


@pytest.fixture(scope="module")
def compiled_beside_eager():
    """All kinds in one process: to load the compiler takes as long as to compile."""
    done = subprocess.run([sys.executable, "-c", COMPILED], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.skipif(
    not any(shutil.which(name) for name in ("c++", "g++", "clang++")), reason="no C++ compiler on the PATH"
)
@pytest.mark.parametrize("kind", KINDS)
def test_compiled_is_eager(kind, compiled_beside_eager):
    answer = dict(compiled_beside_eager[kind])
    far = answer.pop("far")
    assert answer == {"engine": "compiled", "same moments": True, "same stop": True, "lost": True}
    assert far < 1e-9
