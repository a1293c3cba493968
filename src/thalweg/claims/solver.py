"""Questions to z3 that end: each has a context of its own and a time limit, and what does not keep it is interrupted.

One thread watches all contexts in use. It looks at the clock now and then, and ends when nothing is left to watch.
"""

import threading
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from thalweg.claims.quotients import Term
from thalweg.claims.reading import z3

MOST_MEMORY = 1500  # megabytes of this process, beyond which a question is given up
LEAST_SECONDS = 0.002
PERIOD, IDLE = 0.02, 50  # seconds between two looks at the clock; looks at nothing before the watch ends


@dataclass(frozen=True)
class Found:
    """What z3 said: that formulas can be satisfied, with a model, or cannot, or nothing (None)."""

    satisfiable: bool | None
    model: Term = None


@dataclass
class _Watch:
    """The contexts in use, as z3 itself knows them, with their deadlines, and the thread that looks after them.

    The thread holds no object of the package: what it lets go of last would be freed in it, beside what z3 is doing.
    """

    lock: threading.Lock = field(default_factory=threading.Lock)
    contexts: dict[int, tuple[Term, float]] = field(default_factory=dict)
    thread: threading.Thread | None = None


_WATCH = _Watch()


def _look() -> None:
    """Interrupt what is late, again and again, until there has been nothing to watch for a while."""
    idle = 0
    while idle < IDLE:
        time.sleep(PERIOD)
        with _WATCH.lock:
            for reference, deadline in _WATCH.contexts.values():
                if time.monotonic() > deadline:
                    with suppress(z3().Z3Exception):  # an error of the other thread may be met here
                        z3().Z3_interrupt(reference)
            idle = 0 if _WATCH.contexts else idle + 1
            if idle == IDLE:
                _WATCH.thread = None


@contextmanager
def context(deadline: float) -> Generator[Term]:
    """A context of z3 that is interrupted from the deadline on until it is left."""
    made = z3().Context()
    with _WATCH.lock:
        _WATCH.contexts[id(made)] = (made.ref(), deadline)
        if _WATCH.thread is None or not _WATCH.thread.is_alive():
            _WATCH.thread = threading.Thread(target=_look, daemon=True)
            _WATCH.thread.start()
    try:
        yield made
    finally:
        with _WATCH.lock:
            del _WATCH.contexts[id(made)]


def solved(context: Term, formulas: list[Term], deadline: float, is_quantified: bool = False) -> Found:
    """Whether all formulas can hold together.

    Several procedures are tried, each for a part of the time that is left.

    Args:
        context: Where the formulas live.
        formulas: What is to hold.
        deadline: When to stop, on the clock `time.monotonic`.
        is_quantified: Whether some formula has a quantifier.

    Returns:
        The answer; it is None if time ran out or z3 does not know.
    """
    for tactic, share in _QUANTIFIED if is_quantified else _PLAIN:
        seconds = (deadline - time.monotonic()) * share
        if seconds < LEAST_SECONDS:
            break
        solver = z3().Tactic(tactic, ctx=context).solver() if tactic else z3().Solver(ctx=context)
        solver.set("timeout", int(seconds * 1000))
        solver.set("max_memory", MOST_MEMORY)
        solver.add(*formulas)
        try:
            found = solver.check()
            if found != z3().unknown:
                return Found(found == z3().sat, solver.model() if found == z3().sat else None)
        except z3().Z3Exception:  # interrupted, or out of memory
            continue
    return Found(None)


_PLAIN = (("qfnra-nlsat", 0.3), ("", 0.5), ("qfnra-nlsat", 0.9))
_QUANTIFIED = (("nlqsat", 0.4), ("", 0.9))
