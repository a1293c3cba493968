"""Questions to z3 that end, whatever they are: z3 works in a process of its own (`worker`), which is ended when it is late.

Interrupting z3 within this process would not do: some of its loops cannot be interrupted, and version 5.4 was seen to crash
when a question about polynomials is given up halfway. The process is started at the first question and serves all later ones.
"""

import atexit
import json
import queue
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from thalweg.claims import clock
from thalweg.claims.numbers.quotients import Term
from thalweg.claims.numbers.reading import z3

LEAST_SECONDS, GRACE = 0.002, 0.15
_PLAIN = (("qfnra-nlsat", 0.25), ("", 0.25), ("qfnra-nlsat", 0.4))  # with shares of the time
_QUANTIFIED = (("nlqsat", 0.4), ("", 0.5))


@dataclass(frozen=True)
class Found:
    """What z3 said.

    Attributes:
        satisfiable: Whether the formulas can hold together; None if it does not know.
        values: If they can, values of the variables, by their names in z3.
        near: Those of the variables whose value is irrational, and only near the one in `values`.
    """

    satisfiable: bool | None
    values: Mapping[str, Fraction] = field(default_factory=dict)
    near: frozenset[str] = frozenset()


@dataclass
class _Worker:
    """The process, if it runs, and its answers."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    process: subprocess.Popen | None = None
    answers: "queue.Queue[str]" = field(default_factory=queue.Queue)


_WORKER = _Worker()


def _started() -> subprocess.Popen:
    """The process, started if it does not run."""
    if _WORKER.process is not None and _WORKER.process.poll() is not None:
        _end()
    if _WORKER.process is None:
        script = str(Path(__file__).with_name("worker.py"))
        _WORKER.answers = queue.Queue()
        pipe, nothing = subprocess.PIPE, subprocess.DEVNULL
        command = [sys.executable, "-I", script]
        _WORKER.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=nothing, text=True)
        thread = threading.Thread(target=_listen, args=(_WORKER.process, _WORKER.answers), daemon=True)
        thread.start()
    return _WORKER.process


def _listen(process: subprocess.Popen, answers: "queue.Queue[str]") -> None:
    """Pass the lines on that a process writes; an empty one says that it has ended."""
    assert process.stdout is not None
    with process.stdout:
        for line in process.stdout:
            answers.put(line)
    answers.put("")


@atexit.register
def _end() -> None:
    """End the process, if it runs."""
    process, _WORKER.process = _WORKER.process, None
    if process is not None and process.stdin is not None:
        process.kill()
        process.wait()
        with suppress(OSError):  # what was not written has nowhere to go
            process.stdin.close()


def _answered(question: str, seconds: float) -> str:
    """What the process answers; nothing if it is late, or crashes twice: once may be for the question before."""
    for _ in range(2):
        try:
            process = _started()
            assert process.stdin is not None
            process.stdin.write(question + "\n")
            process.stdin.flush()
            line = _WORKER.answers.get(timeout=seconds)
        except queue.Empty:
            _end()
            break
        except OSError:
            line = ""
        if line:
            return line
        _end()
    return ""


def solved(
    context: Term, formulas: list[Term], names: list[tuple[str, bool]], deadline: float, is_quantified: bool = False
) -> Found:
    """Whether all formulas can hold together.

    Several procedures are tried, each for a part of the time that is left.

    Args:
        context: Where the formulas live.
        formulas: What is to hold.
        names: The variables whose values are wanted, each with whether it stands for whole numbers.
        deadline: When to stop, on the clock `clock.now`.
        is_quantified: Whether some formula has a quantifier.

    Returns:
        The answer; nothing is known if time ran out, or z3 does not know.
    """
    seconds = deadline - clock.now()
    if seconds < LEAST_SECONDS:
        return Found(None)
    plan = [(tactic, seconds * share) for tactic, share in (_QUANTIFIED if is_quantified else _PLAIN)]
    written = z3().Solver(ctx=context)
    written.add(*formulas)
    question = {"formulas": written.sexpr(), "names": names, "plan": plan}
    with clock.turn(_WORKER.lock) as is_ours:
        line = _answered(json.dumps(question), seconds + GRACE) if is_ours else ""
    return _told(json.loads(line)) if line else Found(None)


def _told(answer: dict[str, str] | bool | None) -> Found:
    """An answer of the process."""
    if not isinstance(answer, dict):
        return Found(answer)
    values = {name: Fraction(value.removeprefix("~")) for name, value in answer.items()}
    return Found(True, values, frozenset(name for name, value in answer.items() if value.startswith("~")))
