import json
import subprocess
import sys

import pytest

from thalweg.cli import main


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
    assert json.loads(capsys.readouterr().out)[0]["experiment"] == "organ"


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


def test_an_output_folder_that_is_a_file_is_refused_before_the_run(monkeypatch, capsys, tmp_path):
    taken = tmp_path / "taken"
    taken.write_text("mine")
    assert command(monkeypatch, "run", "organ/lamps", "--out", str(taken)) == 2
    assert "need a folder that can be written" in capsys.readouterr().err
    assert taken.read_text() == "mine"


def test_listing_and_help_import_nothing_heavy():
    code = (
        "import sys; import thalweg.cli; from thalweg.experiments import catalogue; catalogue.entries();"
        "print([m for m in ('torch', 'numpy', 'plotly', 'scipy', 'xarray') if m in sys.modules])"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
    )
