"""Tables of benchmarks: a row, its target, the page that shows it. Holds no candidate and no clock."""

import datetime as dt
import json
import os
import platform
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median

import torch

from rounds import Times, ratio


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


Part = Callable[[], tuple[list[Row], list[str]]]


def tabulate(name: str, head: list[str], parts: list[Part]) -> None:
    """Measure every part, print its rows, write the table to `name.md` and, with the spread over rounds, `name.json`."""
    began, rows, notes = time.perf_counter(), [], []
    for part in parts:
        found, remarks = part()
        print("\n".join([*map(_line, found), *("  " + remark for remark in remarks)]), flush=True)
        rows += found
        notes += remarks
    notes.append(f"The whole benchmark took {time.perf_counter() - began:.0f} s.")
    text = _page(head, rows, notes)
    print("\n" + text)
    folder = Path(__file__).parent
    (folder / f"{name}.md").write_text(text)
    report = {"machine": machine(), "rows": [asdict(row) for row in rows], "notes": notes}
    (folder / f"{name}.json").write_text(json.dumps(report, indent=2) + "\n")


def faster(what: str, unit: str, times: dict[str, Times], other: str, at_least: float) -> Row:
    """A row whose target is a speed-up over another candidate."""
    return _row(what, unit, times, other, [other, "thalweg"], at_least, f">= {at_least:g} times faster")


def within(what: str, unit: str, times: dict[str, Times], other: str, at_most: float) -> Row:
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
        "compiler": call([compiler, "--version"]).splitlines()[0] if compiler else "none",
        "date": dt.date.today().isoformat(),
    }


def once(work: Callable[[], object]) -> int:
    work()
    return 1


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def call(words: list[str | Path]) -> str:
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


def _read(path: str) -> str:
    return Path(path).read_text() if Path(path).exists() else ""


def _page(head: list[str], rows: list[Row], notes: list[str]) -> str:
    facts = "; ".join(f"{name}: {value}" for name, value in machine().items())
    lines = [
        *head,
        "",
        f"Machine: {facts}.",
        "",
        "| what | us, wall (CPU) | the other's us | ratio | target | met |",
        "|---|---|---|---|---|---|",
    ]
    return "\n".join([*lines, *map(_line, rows), "", *(f"- {note}" for note in notes)]) + "\n"


def _line(row: Row) -> str:
    cpu = "" if row.ours_cpu is None else f" ({row.ours_cpu:.3g})"
    theirs = "" if row.theirs is None else f"{row.theirs:.3g}"
    times = "" if row.ratio is None else f"{row.ratio:.3g} ({row.spread[0]:.3g} to {row.spread[1]:.3g})"
    met = {None: "", True: "yes", False: "**no**"}[row.met]
    return f"| {row.what} | {row.ours:.3g}{cpu} a {row.unit} | {theirs} | {times} | {row.target} | {met} |"
