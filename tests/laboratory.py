"""The laboratory served by its own command, and Chromium to open it, for tests and benchmarks."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
]


@contextmanager
def served(port: int) -> Iterator[tuple[str, subprocess.Popen]]:
    """The laboratory's address and its process; it ends with all that it started."""
    server = subprocess.Popen(
        [Path(sys.executable).with_name("thalweg"), "lab", "--no-open", "--port", str(port)],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    try:
        line = server.stdout.readline()
        assert line.startswith("thalweg lab: http://127.0.0.1:"), line
        yield line.split()[-1], server
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(20)
        server.stdout.close()


@contextmanager
def opened() -> Iterator:
    """A browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def profile(browser: "Browser") -> Iterator:
    """A browser with a profile of its own, which keeps what it has fetched and compiled, as a person's does."""
    size = {"width": 1400, "height": 1600}
    with TemporaryDirectory() as folder:
        context = browser.browser_type.launch_persistent_context(
            folder, executable_path=CHROMIUM, args=ARGUMENTS, viewport=size
        )
        yield context
        context.close()
