"""The README's example runs, and its numbers are those of the committed benchmark."""

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from thalweg import cli

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def test_the_example_runs(capsys):
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    exec(compile(code, "README.md", "exec"), {})
    limit, steps, verdict = capsys.readouterr().out.splitlines()
    assert abs(float(limit) - 2 / 9) < 1e-6
    assert steps.split()[0] == steps.split()[1]
    assert steps.endswith("converged")
    assert verdict == "agrees"


@pytest.mark.parametrize("name", ["organ", "linear", "relu", "scratch", "claims"])
def test_the_table_is_the_committed_benchmark(name):
    shown = README.split(f"<!-- benchmark {name} -->")[1].split("<!-- /benchmark -->")[0].strip()
    assert shown
    assert shown in (ROOT / "benchmarks" / f"{name}.md").read_text()


@pytest.mark.parametrize("session", re.findall(r"```console\n\$ thalweg (.*?)```", README, re.DOTALL))
def test_what_commands_print_is_what_stands_there(session, monkeypatch):
    monkeypatch.setenv("COLUMNS", "300")
    monkeypatch.chdir(ROOT)
    command, *shown = session.strip().splitlines()
    done = CliRunner().invoke(cli.app, shlex.split(command))
    printed, wanted = (
        [" ".join(line.split()) for line in text] for text in (["", *done.output.splitlines(), ""], ["", *shown, ""])
    )
    parts = "\n".join(wanted).split("\n...\n")  # Three dots stand for lines that are left out.
    whole, place = "\n".join(printed), 0
    assert shown
    for part in parts:
        place = whole.index(part, place) + len(part)
    assert whole.startswith(parts[0])
    assert whole.endswith(parts[-1])


def test_every_named_experiment_exists():
    from thalweg.experiments.catalogue import find

    for name in re.findall(r"thalweg run (\S+)", README):
        find(name)


def test_links_lead_somewhere():
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).exists(), target
