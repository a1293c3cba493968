"""The command `thalweg check`."""

import io
import json
import os
import subprocess
import sys
import time

import pytest

from thalweg.cli import main
from thalweg.experiments import catalogue

GOOD = "# T\n```claim\nsizes n\nx : n\nclaim (a): x' x = ||x||^2\n```\n"
FALSE = GOOD.replace("||x||^2", "||x||")
BROKEN = GOOD.replace("||x||^2", "||x||^")


def command(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["thalweg", "check", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code


@pytest.mark.parametrize(
    ("file", "status", "word"), [(GOOD, 0, "PROVED"), (FALSE, 1, "FALSE"), (BROKEN, 2, "UNREADABLE")]
)
def test_the_status_says_what_came_of_it(monkeypatch, capsys, tmp_path, file, status, word):
    (tmp_path / "a.md").write_text(file)
    assert command(monkeypatch, str(tmp_path / "a.md")) == status
    printed = capsys.readouterr()
    assert f"\n{word}" in printed.out
    assert printed.err == ""


@pytest.mark.parametrize(
    ("arguments", "key"),
    [
        (["--json"], "claims"),
        (["--format", "json"], "claims"),
        (["--format", "gradescope"], "tests"),
        (["--format", "otter"], "T: (a)"),
    ],
)
def test_other_formats_are_exactly_one_object(monkeypatch, capsys, tmp_path, arguments, key):
    (tmp_path / "a.md").write_text(GOOD)
    assert command(monkeypatch, str(tmp_path / "a.md"), *arguments) == 0
    assert key in json.loads(capsys.readouterr().out)


def test_a_file_may_come_from_standard_input(monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(GOOD.encode())))
    assert command(monkeypatch, "-") == 0
    assert "PROVED" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "need a file that can be read, got"),
        (b"# \xc3\xa9t\xc3\xa9\nab\xff", "check: line 2, column 3: need UTF-8 text, got byte 0xff"),
        ("é".encode() + b"\xff", "check: line 1, column 2: need UTF-8 text"),
        (b"x" * 300_000, "check: need at most 256 KB, got more"),
    ],
)
def test_a_file_that_cannot_be_read_ends_with_status_2(monkeypatch, capsys, tmp_path, content, message):
    if content is not None:
        (tmp_path / "a.md").write_bytes(content)
    assert command(monkeypatch, str(tmp_path / "a.md")) == 2
    printed = capsys.readouterr()
    assert message in printed.err
    assert printed.out == ""


@pytest.mark.parametrize(
    ("form", "scores"),
    [
        ("json", lambda said: (said["score"], said["status"])),
        ("gradescope", lambda said: (said["score"], 2)),
        ("otter", lambda said: (said["claims"]["score"], 2 * said["claims"]["possible"])),
    ],
)
def test_programs_are_told_that_a_file_cannot_be_read(monkeypatch, capsys, tmp_path, form, scores):
    (tmp_path / "a.md").write_bytes(b"\xff\x00")
    assert command(monkeypatch, str(tmp_path / "a.md"), "--format", form) == 2
    printed = capsys.readouterr()
    assert scores(json.loads(printed.out)) == (0, 2)
    assert "line 1, column 1: need UTF-8 text, got byte 0xff" in printed.out
    assert "need UTF-8 text" in printed.err


@pytest.mark.parametrize("form", ["text", "gradescope", "otter"])
def test_two_formats_at_once_are_refused(monkeypatch, capsys, tmp_path, form):
    (tmp_path / "a.md").write_text(GOOD)
    assert command(monkeypatch, str(tmp_path / "a.md"), "--format", form, "--json") == 2
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", f"thalweg: check: need --json or --format {form}, got both\n")


def test_an_experiment_is_run_when_a_claim_asks_for_it(monkeypatch, capsys, tmp_path):
    lines = [
        "run organ/by-hand as R",
        "claim (a): R.ohm = 200 within 5 %",
        'claim (b): R."gain at 800 Hz" = 1 within 5 %',
        "run organ/nothing as Q",
        "claim (c): Q.ohm = 1",
    ]
    (tmp_path / "a.md").write_text("\n".join(["```claim", *lines, "```"]))
    assert command(monkeypatch, str(tmp_path / "a.md")) == 2
    printed = capsys.readouterr().out
    assert (
        "PASSED      (a)  R.ohm = 200 within 5 %\n            measured 198.9437, claimed = 200; they are 1.0563 apart"
        in printed
    )
    assert "FALSE       (b)" in printed
    assert "measured 0.7071068, claimed = 1; they are 0.29289 apart, allowed is 0.05 (5 % of the claim)" in printed
    assert "line 5, column 5: experiments: unknown experiment 'organ/nothing'" in printed


def test_an_experiment_may_not_take_for_ever(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr("thalweg.cli.RUN_SECONDS", 0.05)
    monkeypatch.setattr(catalogue, "run_experiment", lambda name, given, tell: time.sleep(60))
    (tmp_path / "a.md").write_text("```claim\nrun organ/high-pass as R\nclaim R.ohm = 1\n```\n")
    assert command(monkeypatch, str(tmp_path / "a.md")) == 1
    assert "organ/high-pass took too long: more than 0.05 s" in capsys.readouterr().out


def test_reading_and_reporting_import_nothing_heavy():
    code = (
        "import sys; from thalweg.claims.files import graders, report, marking;"
        "print([m for m in ('torch', 'z3', 'numpy', 'mpmath', 'plotly') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ)
    assert done.stdout.strip() == "[]"
