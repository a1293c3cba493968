"""How many threads each operation of torch may have: one, for a while, whoever else asks for that at the same time.

What is then done side by side is `engine`'s business.
"""

import contextlib
import threading
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

import torch

Answer = TypeVar("Answer")


@dataclass
class _Others:
    """How many threads do with one thread each for the operations of torch, and how many there were before the first came."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    inside: int = 0
    before: int = 1


_OTHERS, _OWN = (
    _Others(),
    threading.local(),
)  # `_OWN`: whether this thread is inside, and whether it has asked a new one.


@contextlib.contextmanager
def one_thread() -> Generator[int, None, None]:
    """One thread for each operation of torch meanwhile; as many as there were before may then work side by side.

    Several threads may ask for it at once, and leave in any order: as each leaves, the number that the first of them had
    comes back to it, and the last brings it back for the threads to come.
    """
    if getattr(_OWN, "is_inside", False):
        yield 1
        return
    before = _enter()
    try:
        yield before
    finally:
        _leave(before)


def begin_within() -> None:
    """What a worker begins with that works for a thread inside: it asks for one thread in vain, as it has no more."""
    _OWN.is_inside = True


def _enter() -> int:
    with _OTHERS.lock:
        if not _OTHERS.inside:
            _OTHERS.before = _threads()
        _OTHERS.inside += 1
        _OWN.is_inside = True
        torch.set_num_threads(1)
        return _OTHERS.before


def _leave(before: int) -> None:
    with _OTHERS.lock:
        _OTHERS.inside -= 1
        _OWN.is_inside = False
        torch.set_num_threads(before)
        if _OTHERS.inside:  # The number for the threads to come was set with the own one: theirs may be workers.
            _elsewhere(lambda: torch.set_num_threads(1))


def _threads() -> int:
    """How many threads torch has here; a thread that began while others did with one has kept that, so a new one is asked."""
    here = torch.get_num_threads()
    if here > 1 or getattr(_OWN, "has_asked", False):
        return here
    _OWN.has_asked = True  # From now on what it has is what came back.
    return _elsewhere(torch.get_num_threads)


def _elsewhere(task: Callable[[], Answer]) -> Answer:
    """What a new thread answers."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(task).result()
