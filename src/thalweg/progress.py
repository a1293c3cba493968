"""Progress bars: for work over two seconds, on a terminal, and nowhere else."""

import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

Report = Callable[[float], None]

PATIENCE = 2.0  # Seconds of work before a bar appears.


def silent(share: float) -> None:
    """Report nothing."""


@contextmanager
def bar(title: str) -> Generator[Report]:
    """A progress bar on standard error, which appears after two seconds and leaves no trace.

    Args:
        title: What is being done.

    Yields:
        A function that takes the share done, from 0 to 1. It does nothing where standard error is not a terminal.
    """
    if not sys.stderr.isatty():
        yield silent
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True, disable=False) as progress:
        began, task = time.monotonic(), progress.add_task(title, total=1.0, visible=False)

        def report(share: float) -> None:
            late = time.monotonic() - began > PATIENCE
            progress.update(task, completed=share, visible=late)

        yield report
