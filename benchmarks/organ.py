"""How fast the colour organ learns: thalweg against the course notebook's loops and against C, with the targets to meet.

Prints one table and writes it to `organ.md` and, with the spread over rounds, `organ.json`. Every row's candidates take
turns; its ratio is the median of the ratios within rounds, of wall time. One thread unless a row says two.
"""

import datetime as dt
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median

import numpy as np
import torch

from others import Loop, c_loops, notebook, notebook_derivatives, plain
from rounds import Times, ratio, take_turns
from thalweg import losses
from thalweg.descent import Run, run
from thalweg.linearize import pulls
from thalweg.problem import Problem
from thalweg.solvers import gauss_newton
from thalweg.subjects.organ import LOW_PASS, desired_ohm, gain, make_problem, reference_grid

LR, TOLERANCE, START, CAP = 200.0, 1e-6, 500.0, 100_000
NOTEBOOK_STEPS = 3000  # Timed and scaled per step: the whole run would take the notebook ten seconds.
ROUNDS = 5


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes:
        what: What was done, and against what.
        unit: What one time is of: a step, a call.
        ours: Microseconds that thalweg took, median over rounds of wall time.
        ours_cpu: The same, of processor time.
        theirs: Microseconds that the other candidate took; none where thalweg stands alone.
        ratio: The median over rounds of the ratio that the target speaks of; none where it speaks of a time.
        spread: The smallest and largest such ratio.
        target: What was to be reached, in words.
        met: Whether it was; none where nothing was to be reached.
    """

    what: str
    unit: str
    ours: float
    ours_cpu: float | None
    theirs: float | None = None
    ratio: float | None = None
    spread: list[float] = field(default_factory=list)
    target: str = ""
    met: bool | None = None


def main() -> None:
    """Measure every row, print the table, write it."""
    torch.set_num_threads(1)
    began, rows, notes = time.perf_counter(), [], []
    for part in (single, single_wide, many, million, derivatives, auto, newton, command):
        found, remarks = part()
        for row in found:
            print(_line(row), flush=True)
        for remark in remarks:
            print("  " + remark, flush=True)
        rows += found
        notes += remarks
    notes.append(f"The whole benchmark took {time.perf_counter() - began:.0f} s.")
    text = _page(rows, notes)
    print("\n" + text)
    folder = Path(__file__).parent
    (folder / "organ.md").write_text(text)
    report = {"machine": machine(), "rows": [asdict(row) for row in rows], "notes": notes}
    (folder / "organ.json").write_text(json.dumps(report, indent=2) + "\n")


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

    compiling = _seconds(ours)
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
    rows = [_faster(what + ", against the notebook's loop", "run-step", times, "notebook", 300)]
    rows += [_within(f"{what}, against {name}", "run-step", times, name, 1.5) for name in loops]
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

    compiling = _seconds(lambda: ours(10_000))
    times = take_turns({"thalweg": ours, "plain": lambda: plain(problem.X, problem.y, START, LR, NOTEBOOK_STEPS)}, 3)
    what = "a million runs of 20 steps, 200 points, two threads, against plain autograd"
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return [_faster(what, "run-step", times, "plain", 1000)], [
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
    row = _within("the derivative at every point, against the run without", "step", times, "plain run", 2)
    return [row], [
        f"The derivative at every point is worked out at the {kept} kept moments; "
        f"the notebook's way, at every step, took {median(theirs.wall):.0f} us a step."
    ]


def auto() -> tuple[list[Row], list[str]]:
    """A short run that nobody wants to wait for, and whether the two loops agree."""
    problem = low_pass(200)
    times = take_turns({"thalweg": lambda: _once(lambda: _short(problem, "auto"))}, ROUNDS)["thalweg"]
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
        times = take_turns({"thalweg": lambda word=word: _once(lambda: _call([thalweg, word]))}, 10)["thalweg"]
        wall = median(times.wall)
        rows.append(Row(f"`thalweg {word}`", "call", wall, None, target="< 300000 us", met=wall < 3e5))
    return rows, []


def low_pass(points: int, *, logarithmic: bool = False) -> Problem:
    """Learn the low pass from its desired gains, by mean squared error."""
    hz = reference_grid(points)
    wanted = gain(LOW_PASS, desired_ohm(LOW_PASS), hz)
    start = torch.tensor([START], dtype=torch.float64)
    return make_problem(LOW_PASS, hz, wanted, start, losses.squared(2 / points), logarithmic=logarithmic)


def machine() -> dict[str, str]:
    """The machine in words, without its name."""
    model = [line.split(":")[1].strip() for line in _read("/proc/cpuinfo").splitlines() if "model name" in line]
    compiler = shutil.which("cc") or shutil.which("gcc")
    return {
        "processor": f"{model[0] if model else platform.machine()}, {os.cpu_count()} cores",
        "vectors": torch.backends.cpu.get_cpu_capability(),
        "system": platform.system(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "compiler": _call([compiler, "--version"]).splitlines()[0] if compiler else "none",
        "date": dt.date.today().isoformat(),
    }


def _single(points: int, at_least: float) -> tuple[list[Row], list[str]]:
    """One run until it stops, against the notebook and against C."""
    problem, starts = low_pass(points), np.array([START])
    compiling = _seconds(lambda: _descend(problem))
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
    rows = [_faster(what + ", against the notebook's loop", "step", times, "notebook", at_least)]
    rows += [_within(f"{what}, against {name}", "step", times, name, 10) for name in loops]
    ends = [float(loop(starts, CAP)[0][0]) for loop in loops.values()]
    reached = f"thalweg {float(result.final[0, 0]):.6f} ohm ({result.engine}), C " + ", ".join(f"{e:.6f}" for e in ends)
    return rows, [f"One run, {points} points: {reached}; compiling took {compiling:.1f} s."]


def _faster(what: str, unit: str, times: dict[str, Times], other: str, at_least: float) -> Row:
    """A row whose target is a speed-up over another candidate."""
    return _row(what, unit, times, other, [other, "thalweg"], at_least, f">= {at_least:g} times faster")


def _within(what: str, unit: str, times: dict[str, Times], other: str, at_most: float) -> Row:
    """A row whose target is to stay within a multiple of another candidate's time."""
    return _row(what, unit, times, other, ["thalweg", other], at_most, f"<= {at_most:g} times its time")


def _row(what: str, unit: str, times: dict[str, Times], other: str, over: list[str], bound: float, target: str) -> Row:
    ours, above, below = times["thalweg"], times[over[0]].wall, times[over[1]].wall
    each = [a / b for a, b in zip(above, below, strict=True)]
    value = ratio(above, below)
    met = value >= bound if target.startswith(">") else value <= bound
    spread = [min(each), max(each)]
    theirs = median(times[other].wall)
    return Row(what, unit, median(ours.wall), median(ours.cpu), theirs, value, spread, target, met)


def _descend(problem: Problem) -> Run:
    return run(problem, lr=LR, steps=CAP, tolerance=TOLERANCE, choice="compiled")


def _short(problem: Problem, choice: str, steps: int = 200) -> Run:
    return run(problem, lr=LR, steps=steps, tolerance=TOLERANCE, choice=choice)


def _updates(result: Run) -> int:
    if result.engine != "compiled":
        raise ValueError(f"benchmark: need the compiled loop, got {result.engine}")
    return int(result.updates.sum())


def _once(work: Callable[[], object]) -> int:
    work()
    return 1


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _call(words: list[str | Path]) -> str:
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


def _read(path: str) -> str:
    return Path(path).read_text() if Path(path).exists() else ""


def _page(rows: list[Row], notes: list[str]) -> str:
    facts = "; ".join(f"{name}: {value}" for name, value in machine().items())
    head = [
        "# Benchmarks of the colour organ",
        "",
        "Written by `make benchmark`. Low pass from 500 ohm at learning rate 200, float64, one thread unless said. Only",
        "ratios count: candidates take turns, and a ratio is the median (smallest to largest) over rounds. Times are",
        "microseconds, medians over rounds; compiling is not in them.",
        "",
        f"Machine: {facts}.",
        "",
        "| what | us, wall (CPU) | the other's us | ratio | target | met |",
        "|---|---|---|---|---|---|",
    ]
    return "\n".join([*head, *map(_line, rows), "", *(f"- {note}" for note in notes)]) + "\n"


def _line(row: Row) -> str:
    cpu = "" if row.ours_cpu is None else f" ({row.ours_cpu:.3g})"
    theirs = "" if row.theirs is None else f"{row.theirs:.3g}"
    times = "" if row.ratio is None else f"{row.ratio:.3g} ({row.spread[0]:.3g} to {row.spread[1]:.3g})"
    met = {None: "", True: "yes", False: "**no**"}[row.met]
    return f"| {row.what} | {row.ours:.3g}{cpu} a {row.unit} | {theirs} | {times} | {row.target} | {met} |"


if __name__ == "__main__":
    main()
