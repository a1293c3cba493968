"""The clock of a claim: it stands still while the claim waits for what another thread is using.

All deadlines in `claims` are moments of this clock, and mean something only in the thread that set them. How long a claim
waits is bounded; what a claim does with its time is the business of whoever reads the clock.
"""

import threading
import time
from collections.abc import Generator
from contextlib import contextmanager

PATIENCE = 20.0  # seconds that one claim waits in all

# `waited`: for how many seconds this thread's clock has stood still; `before`: for how many of them before its claim.
_OWN = threading.local()


def now() -> float:
    """What the clock of this thread shows, in seconds.

    Example:
        >>> begun = now()
        >>> time.sleep(0.01)
        >>> now() - begun >= 0.01
        True
    """
    return time.monotonic() - _waited()


def restarted() -> float:
    """The same, at the beginning of a claim, which has all its patience before it.

    Example:
        >>> abs(restarted() - now()) < 1
        True
    """
    _OWN.before = _waited()
    return now()


@contextmanager
def turn(lock: threading.Lock) -> Generator[bool]:
    """Whether it is this thread's turn, after some waiting, for which the clock stands still; it lasts as long as the block.

    Args:
        lock: What only one thread may use.

    Yields:
        False if the claim has waited for `PATIENCE` seconds in all.

    Example:
        >>> with turn(threading.Lock()) as is_ours:
        ...     is_ours
        True
    """
    began, waited = time.monotonic(), _waited()
    is_ours = lock.acquire(timeout=max(0.0, PATIENCE - waited + getattr(_OWN, "before", 0.0)))
    _OWN.waited = waited + time.monotonic() - began
    try:
        yield is_ours
    finally:
        if is_ours:
            lock.release()


def _waited() -> float:
    return getattr(_OWN, "waited", 0.0)
