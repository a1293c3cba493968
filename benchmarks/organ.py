"""How fast the colour organ learns: thalweg against the course notebook's loops and against C, with the targets to meet.

Prints one table and writes it to `organ.md` and, with the spread over rounds, `organ.json`. Every row's candidates take
turns; its ratio is the median of the ratios within rounds, of wall time. One thread unless a row says two.
"""

import os
import resource
import sys
from pathlib import Path
from statistics import median

import numpy as np
import torch

from others import Loop, c_loops, notebook, notebook_derivatives, plain
from rounds import take_turns
from table import Row, call, faster, once, seconds, tabulate, within
from thalweg import losses
from thalweg.descent import Run, run
from thalweg.linearization import pulls
from thalweg.problem import Problem
from thalweg.solvers import gauss_newton
from thalweg.subjects.organ import LOW_PASS, desired_ohm, gain, make_problem, reference_grid

LR, TOLERANCE, START, CAP = 200.0, 1e-6, 500.0, 100_000
NOTEBOOK_STEPS = 3000  # Timed and scaled per step: the whole run would take the notebook ten seconds.
ROUNDS = 5


HEAD = [
    "# Benchmarks of the colour organ",
    "",
    "Written by `make benchmark`. Low pass from 500 ohm at learning rate 200, float64, one thread unless said. Only",
    "ratios count: candidates take turns, and a ratio is the median (smallest to largest) over rounds. Times are",
    "microseconds, medians over rounds; compiling is not in them.",
]


def main() -> None:
    """Measure every row, print the table, write it."""
    torch.set_num_threads(1)
    tabulate("organ", HEAD, [single, single_wide, many, million, derivatives, auto, newton, command])


def single() -> tuple[list[Row], list[str]]:
    """One run at 200 points."""
    return _single(200, at_least=80)


def single_wide() -> tuple[list[Row], list[str]]:
    """One run at 1000 points."""
    return _single(1000, at_least=30)


def many() -> tuple[list[Row], list[str]]:
    """A thousand runs at once."""
    problem, steps = low_pass(200), 3000
    starts = torch.linspace(250.0, 1000.0, 1000, dtype=torch.float64).unsqueeze(1)

    def ours() -> int:
        return _updates(run(problem, lr=LR, steps=steps, starts=starts, tolerance=TOLERANCE, keep=2, choice="compiled"))

    def in_c(loop: Loop) -> int:
        return int(loop(starts.squeeze(1).numpy(), steps)[1].sum())

    compiling = seconds(ours)
    loops = c_loops(problem.X, problem.y, LR, TOLERANCE)
    times = take_turns(
        {
            "thalweg": ours,
            "notebook": lambda: notebook(problem.X, problem.y, START, LR, TOLERANCE, NOTEBOOK_STEPS),
            **{name: lambda loop=loop: in_c(loop) for name, loop in loops.items()},
        },
        ROUNDS,
    )
    what = f"1000 runs of {steps} steps at once, 200 points, only the ends kept"
    rows = [faster(what + ", against the notebook's loop", "run-step", times, "notebook", 300)]
    rows += [within(f"{what}, against {name}", "run-step", times, name, 1.5) for name in loops]
    return rows, [f"1000 runs at once: compiling took {compiling:.1f} s."]


def million() -> tuple[list[Row], list[str]]:
    """A million short runs on two cores; the plain loop has one thread, since two only make it slower."""
    problem, steps, runs = low_pass(200), 20, 10**6
    starts = torch.linspace(250.0, 1000.0, runs, dtype=torch.float64).unsqueeze(1)

    def ours(many: int = runs) -> int:
        torch.set_num_threads(min(2, os.cpu_count() or 1))
        made = _updates(run(problem, lr=LR, steps=steps, starts=starts[:many], keep=2, choice="compiled"))
        torch.set_num_threads(1)
        if made != many * steps:
            raise ValueError(f"million: need {many * steps} steps in all, got {made}")
        return made

    compiling = seconds(lambda: ours(10_000))
    times = take_turns({"thalweg": ours, "plain": lambda: plain(problem.X, problem.y, START, LR, NOTEBOOK_STEPS)}, 3)
    what = "a million runs of 20 steps, 200 points, two threads, against plain autograd"
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return [faster(what, "run-step", times, "plain", 1000)], [
        f"A million runs: compiling took {compiling:.1f} s; the process's peak memory was {peak:.1f} GiB."
    ]


def derivatives() -> tuple[list[Row], list[str]]:
    """The derivative at every point along a run."""
    problem = low_pass(200)

    def with_pulls() -> int:
        result = _descend(problem)
        pulls(problem, result.w[:, 0])
        return int(result.steps[0])

    times = take_turns({"plain run": lambda: int(_descend(problem).steps[0]), "thalweg": with_pulls}, ROUNDS)
    theirs = take_turns({"notebook": lambda: notebook_derivatives(problem.X, problem.y, START, LR, 3)}, 3)["notebook"]
    kept = len(_descend(problem).t)
    row = within("the derivative at every point, against the run without", "step", times, "plain run", 2)
    return [row], [
        f"The derivative at every point is worked out at the {kept} kept moments; "
        f"the notebook's way, at every step, took {median(theirs.wall):.0f} us a step."
    ]


def auto() -> tuple[list[Row], list[str]]:
    """A short run that nobody wants to wait for, and whether the two loops agree."""
    problem = low_pass(200)
    times = take_turns({"thalweg": lambda: once(lambda: _short(problem, "auto"))}, ROUNDS)["thalweg"]
    ended = _short(problem, "auto").engine
    eager, compiled = (_short(problem, choice, 2000).final for choice in ("eager", "compiled"))
    apart = float(((eager - compiled) / eager).abs().max())
    row = Row(f'200 steps with choice "auto" ({ended})', "call", median(times.wall), median(times.cpu))
    return [row], [f"After 2000 steps the eager and the compiled loop differ by {apart:.1e}, relatively."]


def newton() -> tuple[list[Row], list[str]]:
    """The resistor by Gauss-Newton in log R."""
    problem = low_pass(200, logarithmic=True)
    solution = gauss_newton(problem)

    def ours(calls: int = 50) -> int:
        for _ in range(calls):
            gauss_newton(problem)
        return calls

    times = take_turns({"thalweg": ours}, ROUNDS)["thalweg"]
    wall = median(times.wall)
    row = Row("Gauss-Newton in log R, 200 points", "call", wall, median(times.cpu), target="< 1000 us", met=wall < 1000)
    ohm = float(solution.w.exp()[0])
    return [row], [f"Gauss-Newton reached {ohm:.4f} ohm in {solution.evaluations} evaluations."]


def command() -> tuple[list[Row], list[str]]:
    """How soon the command line answers."""
    thalweg = Path(sys.executable).with_name("thalweg")
    rows = []
    for word in ("list", "--help"):
        times = take_turns({"thalweg": lambda word=word: once(lambda: call([thalweg, word]))}, 10)["thalweg"]
        wall = median(times.wall)
        rows.append(Row(f"`thalweg {word}`", "call", wall, None, target="< 300000 us", met=wall < 3e5))
    return rows, []


def low_pass(points: int, *, logarithmic: bool = False) -> Problem:
    """Learn the low pass from its desired gains, by mean squared error."""
    hz = reference_grid(points)
    wanted = gain(LOW_PASS, desired_ohm(LOW_PASS), hz)
    start = torch.tensor([START], dtype=torch.float64)
    return make_problem(LOW_PASS, hz, wanted, start, losses.squared(2 / points), logarithmic=logarithmic)


def _single(points: int, at_least: float) -> tuple[list[Row], list[str]]:
    """One run until it stops, against the notebook and against C."""
    problem, starts = low_pass(points), np.array([START])
    compiling = seconds(lambda: _descend(problem))
    result, loops = _descend(problem), c_loops(problem.X, problem.y, LR, TOLERANCE)
    times = take_turns(
        {
            "thalweg": lambda: int(_descend(problem).steps[0]),
            "notebook": lambda: notebook(problem.X, problem.y, START, LR, TOLERANCE, NOTEBOOK_STEPS),
            **{name: lambda loop=loop: int(loop(starts, CAP)[1][0]) + 1 for name, loop in loops.items()},
        },
        ROUNDS,
    )
    what = f"one run of {int(result.steps[0])} steps, {points} points"
    rows = [faster(what + ", against the notebook's loop", "step", times, "notebook", at_least)]
    rows += [within(f"{what}, against {name}", "step", times, name, 10) for name in loops]
    ends = [float(loop(starts, CAP)[0][0]) for loop in loops.values()]
    reached = f"thalweg {float(result.final[0, 0]):.6f} ohm ({result.engine}), C " + ", ".join(f"{e:.6f}" for e in ends)
    return rows, [f"One run, {points} points: {reached}; compiling took {compiling:.1f} s."]


def _descend(problem: Problem) -> Run:
    return run(problem, lr=LR, steps=CAP, tolerance=TOLERANCE, choice="compiled")


def _short(problem: Problem, choice: str, steps: int = 200) -> Run:
    return run(problem, lr=LR, steps=steps, tolerance=TOLERANCE, choice=choice)


def _updates(result: Run) -> int:
    if result.engine != "compiled":
        raise ValueError(f"benchmark: need the compiled loop, got {result.engine}")
    return int(result.updates.sum())


if __name__ == "__main__":
    main()
