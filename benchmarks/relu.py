"""How fast small ReLU nets train: thalweg against the discussion's loop and against C, with the targets to meet.

Prints one table and writes it to `relu.md` and, with the spread over rounds, `relu.json`. First all three train on the
same minibatches, and must end at the same weights. Every row's candidates take turns; its ratio is the median of the
ratios within rounds, of wall time. One thread.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np
import torch

from others import Descend, discussion, relu_loops
from rounds import Times, take_turns
from table import Row, call, faster, seconds, tabulate, within
from thalweg.descent import Run, run
from thalweg.problem import Problem
from thalweg.rows import minibatch_blocks
from thalweg.subjects import networks

UNITS, POINTS, BATCH, LR = 40, 200, 40, 0.01
STEPS = 150_000
SLOW_STEPS = 1000  # Of the discussion's loop, in every round: all its steps would take a minute.
C_NETS = 64  # At most, for C: it takes one net after the other, so that more of them cost as much each.
ROUNDS = 5
HEAD = [
    "# Benchmarks of small ReLU nets",
    "",
    "Written by `make benchmark`. One hidden layer of 40 units, 200 points, minibatches of 40, float32 and one thread unless",
    "said. Only ratios count: candidates take turns, and a ratio is the median (smallest to largest) over rounds. Times are",
    "microseconds of a step of one net, medians over rounds; compiling is in them only where that is said. The discussion's",
    "loop is `torch.nn.Sequential`, `torch.optim.SGD` and a `numpy.random.choice` of points, one net. C is given its",
    "minibatches; thalweg and the discussion's loop draw theirs.",
]

COLD = """
import time, torch
import relu
torch.set_num_threads(1)
problem, starts = relu.nets(1, torch.float32)
began = time.perf_counter()
result = relu.train(problem, starts, relu.STEPS)
assert result.engine == "compiled", result.engine
print(time.perf_counter() - began)
"""


def main() -> None:
    """Measure every row, print the table, write it."""
    torch.set_num_threads(1)
    tabulate("relu", HEAD, [agreement, one_float32, one_float64, cold, few, many, experiment])


def agreement() -> tuple[list[Row], list[str]]:
    """The same weights from all, fed the same minibatches: those of the first and last of a few nets, each with its own."""
    steps, rows, remarks = 300, 20, []
    for dtype in (torch.float32, torch.float64):
        problem, starts = nets(rows, dtype)
        points = next(minibatch_blocks(POINTS, BATCH, steps, range(rows))).numpy()[:, :steps].astype(np.int64)
        ours = train(problem, starts, steps, range(rows)).final
        ends = {name: loop(problem, starts, points, LR) for name, loop in relu_loops(UNITS, dtype).items()}
        ends["the discussion's loop"] = torch.stack([
            discussion(problem, starts[row], LR, iter(points[row])) for row in (0, -1)
        ])
        apart = {name: float((end[[0, -1]] - ours[[0, -1]]).abs().max()) for name, end in ends.items()}
        if max(apart.values()) > 1e3 * torch.finfo(dtype).eps:
            raise ValueError(f"agreement: need the same weights after {steps} steps, got differences {apart}")
        moved = float((ours - starts).abs().max())
        remarks.append(
            f"{dtype}: after {steps} steps on the same minibatches weights have moved by {moved:.2g}, and differ from "
            f"thalweg's by " + ", ".join(f"{far:.1e} ({name})" for name, far in apart.items()) + "."
        )
    return [], remarks


def one_float32() -> tuple[list[Row], list[str]]:
    """One net."""
    return _one(torch.float32, "float32")


def one_float64() -> tuple[list[Row], list[str]]:
    """One net in double precision."""
    return _one(torch.float64, "float64")


def cold() -> tuple[list[Row], list[str]]:
    """One net, compiling included, with nothing compiled before: in a process of its own, its imports apart."""

    def ours() -> int:
        with tempfile.TemporaryDirectory() as folder:
            taken.append(float(_python(COLD, folder)))
        return STEPS

    taken: list[float] = []
    times = take_turns({"thalweg": ours, "discussion": _discussion}, 3)
    times["thalweg"] = Times([one / STEPS * 1e6 for one in taken], times["thalweg"].cpu)
    what = f"one net, {STEPS} steps, compiled for the first time, against the discussion's loop"
    row = replace(faster(what, "step", times, "discussion", 2), ours_cpu=None)
    return [row], [f"Compiled for the first time it took {median(taken):.1f} s."]


def few() -> tuple[list[Row], list[str]]:
    """64 nets at once."""
    return _at_once(64, 8000)


def many() -> tuple[list[Row], list[str]]:
    """1000 nets at once."""
    return _at_once(1000, 3000)


def experiment() -> tuple[list[Row], list[str]]:
    """The whole experiment from a cold start, as a reader meets it: all cores, nothing compiled before."""
    thalweg = Path(sys.executable).with_name("thalweg")
    if "features/one-layer" not in call([thalweg, "list"]):
        return [], ["There is no experiment features/one-layer yet."]
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        words = [thalweg, "run", "features/one-layer"]
        subprocess.run(words, env=_nothing_compiled(folder), capture_output=True, cwd=folder, check=True)
        wall = (time.perf_counter() - began) * 1e6
    what = "`thalweg run features/one-layer`, training included, nothing compiled before, all cores"
    return [Row(what, "call", wall, None, target="< 30000000 us", met=wall < 3e7)], []


def nets(rows: int, dtype: torch.dtype) -> tuple[Problem, torch.Tensor]:
    """The discussion's data and net, and starts from as many seeds."""
    x, y = networks.noisy_points(POINTS)
    starts = torch.stack([networks.start((UNITS,), seed) for seed in range(rows)]).to(dtype)
    return networks.make_problem(x.to(dtype), y.to(dtype), (UNITS,), starts[0]), starts


def train(problem: Problem, starts: torch.Tensor, steps: int, seed: int | Sequence[int] = 0) -> Run:
    """All nets, by the compiled loop, with nothing kept but the ends."""
    return run(problem, lr=LR, steps=steps, starts=starts, batch=BATCH, seed=seed, keep=2, choice="compiled")


def _one(dtype: torch.dtype, name: str) -> tuple[list[Row], list[str]]:
    problem, starts = nets(1, dtype)
    compiling = seconds(lambda: _steps_of(problem, starts, 1000))
    candidates = {
        "thalweg": lambda: _steps_of(problem, starts, STEPS),
        "discussion": lambda: _discussion(dtype),
        **_in_c(problem, starts, 1),
    }
    times = take_turns(candidates, ROUNDS)
    what = f"one net, {STEPS} steps, {name}"
    rows = [faster(what + ", against the discussion's loop", "step", times, "discussion", 60)]
    rows += [_beside(f"{what}, against {key}", times, key) for key in times if key.startswith("C ")]
    return rows, [f"One net, {name}: compiling took {compiling:.1f} s."]


def _at_once(rows: int, steps: int) -> tuple[list[Row], list[str]]:
    """Many nets, on the same minibatches and on their own."""
    found, remarks = [], []
    problem, starts = nets(rows, torch.float32)
    for kind, seed, sources in (("the same minibatches", 0, 1), ("own minibatches", range(rows), min(rows, C_NETS))):
        compiling = seconds(partial(_steps_of, problem, starts, 20, seed))
        loops = _in_c(problem, starts, sources)
        ours = partial(_steps_of, problem, starts, steps, seed)
        times = take_turns({"thalweg": ours, "discussion": _discussion, **loops}, ROUNDS)
        what = f"{rows} nets of {steps} steps at once, {kind}"
        found.append(faster(what + ", against the discussion's loop", "net-step", times, "discussion", 300))
        found += [within(f"{what}, against {key}", "net-step", times, key, 2.5) for key in loops]
        remarks.append(f"{rows} nets, {kind}: compiling took {compiling:.1f} s.")
    return found, remarks


def _steps_of(problem: Problem, starts: torch.Tensor, steps: int, seed: int | Sequence[int] = 0) -> int:
    result = train(problem, starts, steps, seed)
    if result.engine != "compiled" or int(result.updates.min()) != steps:
        raise ValueError(f"benchmark: need {steps} steps of the compiled loop, got {result.engine}")
    return len(starts) * steps


def _discussion(dtype: torch.dtype = torch.float32) -> int:
    problem, starts = nets(1, dtype)
    discussion(problem, starts[0], LR, (np.random.choice(POINTS, BATCH) for _ in range(SLOW_STEPS)))  # noqa: NPY002
    return SLOW_STEPS


def _in_c(problem: Problem, starts: torch.Tensor, sources: int) -> dict[str, Callable[[], int]]:
    """The candidates in C, with so many nets' minibatches drawn before; one where all see the same."""
    some, steps = starts[:C_NETS], 1000
    points = np.random.default_rng(0).integers(POINTS, size=(sources, steps, BATCH))

    def work(loop: Descend) -> int:
        loop(problem, some, points, LR)
        return len(some) * steps

    return {name: partial(work, loop) for name, loop in relu_loops(UNITS, starts.dtype).items()}


def _beside(what: str, times: dict[str, Times], other: str) -> Row:
    """A row without a target."""
    each = [a / b for a, b in zip(times["thalweg"].wall, times[other].wall, strict=True)]
    ours, theirs = times["thalweg"], median(times[other].wall)
    return Row(what, "step", median(ours.wall), median(ours.cpu), theirs, median(each), [min(each), max(each)])


def _python(code: str, cache: str) -> str:
    words = [sys.executable, "-c", code]
    settings = {"env": _nothing_compiled(cache), "cwd": Path(__file__).parent}
    return subprocess.run(words, capture_output=True, text=True, check=True, **settings).stdout.splitlines()[-1]


def _nothing_compiled(folder: str) -> dict[str, str]:
    return os.environ | {"TORCHINDUCTOR_CACHE_DIR": folder}


if __name__ == "__main__":
    main()
