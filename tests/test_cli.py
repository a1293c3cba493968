import dataclasses
import json
import subprocess
import sys

import pytest

from thalweg.cli import main
from thalweg.experiments.catalogue import entries


def command(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["thalweg", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code


def test_list_names_every_experiment(monkeypatch, capsys):
    assert command(monkeypatch, "list") == 0
    assert "organ/learning-rates" in capsys.readouterr().out


def test_list_as_json(monkeypatch, capsys):
    assert command(monkeypatch, "list", "--json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert rows[0]["experiment"] == "learning-rate/scalar"
    assert "organ" in [row["experiment"] for row in rows]
    assert all(set(row) == {"experiment", "title", "seed_reference"} and all(row.values()) for row in rows)


def test_show_says_what_is_asked_and_what_can_be_set(monkeypatch, capsys):
    assert command(monkeypatch, "show", "learning-rate/two") == 0
    title, question, *_, advice = capsys.readouterr().out.strip().split("\n")
    assert title.startswith("Two unknowns: one limits, the other is slow (Homework 1, spring 2025, question 1")
    assert question.endswith("?")
    assert advice == "thalweg run learning-rate/two KEY=VALUE ..."


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("learning-rate/two", "sigma    the two singular values [3,1]"),
        ("learning-rate/scalar", "sigma   what the unknown is multiplied by [2.0]"),
        ("learning-rate/scalar", "steps   how many steps; if not given, enough to reach the factor [chosen]"),
        ("least-squares/wide", "points    how many points (rows) [4]"),
        ("least-squares/tall", "points    how many points (rows) [12]"),
        ("organ", "start       resistors to begin with, in ohm: one for all, or one for each [200]"),
    ],
)
def test_show_gives_every_setting_with_the_experiments_own_default(monkeypatch, capsys, name, line):
    assert command(monkeypatch, "show", name) == 0
    assert f"\n  {line}\n" in capsys.readouterr().out


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.name)
def test_show_as_json_is_one_object_with_every_setting(monkeypatch, capsys, entry):
    assert command(monkeypatch, "show", entry.name, "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert list(said) == ["experiment", "title", "question", "official", "seed_reference", "settings"]
    assert said["experiment"] == entry.name
    assert list(said["settings"]) == [field.name for field in dataclasses.fields(entry.settings)]
    assert all(set(setting) == {"about", "default"} for setting in said["settings"].values())


def test_a_setting_that_show_lists_can_be_given_as_shown(monkeypatch, capsys):
    assert command(monkeypatch, "show", "learning-rate/two", "--json") == 0
    settings = json.loads(capsys.readouterr().out)["settings"]
    assert settings["between"] == {"about": "modes put in between", "default": [2.0, 1.5]}
    assert settings["lr"]["default"] is None


def test_run_prints_a_table_and_writes_the_page(monkeypatch, capsys, tmp_path):
    assert command(monkeypatch, "run", "organ/lamps", "--out", str(tmp_path / "new" / "page")) == 0
    printed = capsys.readouterr().out
    assert "176.84" in printed
    assert "agrees" in printed
    page = (tmp_path / "new" / "page" / "index.html").read_text()
    assert "Plotly.newPlot" in page
    assert json.loads((tmp_path / "new" / "page" / "result.json").read_text())["verdict"] == "agrees"


def test_run_as_json_prints_exactly_one_object(monkeypatch, capsys, tmp_path):
    arguments = ("run", "organ/high-pass", "--set", "parameter=log", "off_target=0.2", "--json", "--out", str(tmp_path))
    assert command(monkeypatch, *arguments) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["settings"]["off_target"] == 0.2
    assert set(found["predicted"]) == {"ohm", "steps", "largest_stable_lr", "outcome"}
    assert found["measured"]["outcome"] == "converged"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("run", "organ/hihg-pass"), "unknown experiment 'organ/hihg-pass'; did you mean organ/high-pass"),
        (("run", "ridg"), "unknown experiment 'ridg'; did you mean ridge"),
        (("run", "ridge", "--set", "lam=0"), "need 1e-06 <= lam <= 1e"),
        (("run", "noise/ridge", "runs=300", "lr=9"), "the limit for the variance, got 9; noise goes beyond"),
        (("run", "organ", "--set", "lr=0"), "need a positive, finite lr, got 0"),
        (("run", "organ", "lr=inf"), "need a positive, finite lr, got inf"),
        (("run", "organ/low-pass", "--set", "start=-1"), "need a positive, finite start, got -1"),
        (("run", "organ/low-pass", "--set", "start=1,2"), "need one start or 1, for low_pass, got 2"),
    ],
)
def test_bad_input_ends_with_status_2(monkeypatch, capsys, tmp_path, arguments, message):
    assert command(monkeypatch, *arguments, "--out", str(tmp_path)) == 2
    assert message in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("how", [(), ("--json",)])
def test_show_of_an_unknown_experiment_names_the_near_ones(monkeypatch, capsys, how):
    assert command(monkeypatch, "show", "least-squares/tal", *how) == 2
    printed = capsys.readouterr()
    assert (
        "thalweg: experiments: unknown experiment 'least-squares/tal'; did you mean least-squares/tall" in printed.err
    )
    assert printed.out == ""


def test_an_output_folder_that_is_a_file_is_refused_before_the_run(monkeypatch, capsys, tmp_path):
    taken = tmp_path / "taken"
    taken.write_text("mine")
    assert command(monkeypatch, "run", "organ/lamps", "--out", str(taken)) == 2
    assert "need a folder that can be written" in capsys.readouterr().err
    assert taken.read_text() == "mine"


def test_listing_and_help_import_nothing_heavy():
    code = (
        "import sys; import thalweg.cli; from thalweg.experiments import catalogue, entry;"
        "[entry.settle(each, {}) for each in catalogue.entries()];"
        "print([m for m in ('torch', 'numpy', 'plotly', 'scipy', 'xarray') if m in sys.modules])"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
    )
