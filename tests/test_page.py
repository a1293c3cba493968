"""The page of an experiment in a real browser: every picture is drawn, and nothing outside is asked for."""

import shutil
import subprocess

import pytest

from thalweg import report
from thalweg.experiments.catalogue import run_experiment

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--virtual-time-budget=10000",
    "--dump-dom",
]


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on the PATH: the page was not opened in a browser")
def test_every_picture_is_drawn(tmp_path):
    result = run_experiment("organ/binary", {"parameter": "log"})
    report.write(result, tmp_path)
    page = (tmp_path / "index.html").as_uri()
    outside = "--host-resolver-rules=MAP * ~NOTFOUND"
    command = [CHROMIUM, *FLAGS, outside, f"--user-data-dir={tmp_path / 'profile'}", page]
    dom = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
    drawn = dom.count('class="gl-container"')
    assert drawn == len(result.pictures)
    for picture in result.pictures:
        assert picture.title in dom
