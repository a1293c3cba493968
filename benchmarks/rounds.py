"""Timing on a shared, noisy machine: candidates take turns, and only ratios within a round count.

Holds the clock and its statistics, not what is timed.
"""

import time
from collections.abc import Callable
from statistics import median
from typing import NamedTuple

Candidate = Callable[[], int]  # Does some work and says how many steps it was.


class Times(NamedTuple):
    """Microseconds a step, one entry a round."""

    wall: list[float]
    cpu: list[float]


def take_turns(candidates: dict[str, Candidate], rounds: int) -> dict[str, Times]:
    """Time every candidate once in every round."""
    times = {name: Times([], []) for name in candidates}
    for _ in range(rounds):
        for name, work in candidates.items():
            wall, cpu = time.perf_counter(), time.process_time()
            steps = work()
            times[name].wall.append((time.perf_counter() - wall) / steps * 1e6)
            times[name].cpu.append((time.process_time() - cpu) / steps * 1e6)
    return times


def ratio(above: list[float], below: list[float]) -> float:
    """The median over rounds of one candidate's time over another's."""
    return median(a / b for a, b in zip(above, below, strict=True))
