"""Reports: the JSON by its keys and values, the page by what a browser would read in it."""

import json
import math
import os
from dataclasses import replace
from html.parser import HTMLParser
from io import StringIO

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from thalweg import report
from thalweg.comparison import Comparison, Quantity
from thalweg.draw import style
from thalweg.experiments.result import Picture, Result
from thalweg.outcome import Outcome

EVIL = "<script>alert('&\"')</script>"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><text>drawn</text></svg>'


def line():
    figure = style.plain()
    figure.add_scatter(x=[1, 2], y=[3, 4], name=EVIL)
    return figure


QUANTITIES = (
    Quantity("R", "ohm", 200.43, 200.44, 0.1, "where the tolerance stops it"),
    Quantity("steps", "", 44528.0, 44528, 10, "the flow"),
    Quantity("scatter", "ohm", 18.1, None, 0, "the delta method"),
)
RESULT = Result(
    experiment="organ/low-pass",
    title=f"The low pass {EVIL}",
    question="Which resistor?",
    seed_reference="part (c)",
    official="About 200.",
    settings={"start": (500.0, 900.0), "lr": 200.0, "steps": 100_000, "data": "grid", "seed": 0, "nothing": None},
    comparison=Comparison(QUANTITIES),
    predicted={"ohm": torch.tensor(200.43, dtype=torch.float64), "steps": math.inf},
    measured={"ohm": np.float64(200.44), "path": torch.tensor([1.0, math.nan]), "outcome": Outcome.false_stop},
    why="The fit is perfect.",
    pictures=(Picture("A line", f"It rises {EVIL}.", line), Picture("A drawing", "It is drawn.", lambda: SVG)),
    seconds=1.5,
)
WRONG = replace(RESULT, comparison=Comparison((Quantity("R", "ohm", 200.0, 346.1, 1.0, "exact"),)))


class Reader(HTMLParser):
    """What a browser would find: tags with their attributes, and the text outside scripts and styles."""

    def __init__(self):
        super().__init__()
        self.tags, self.text, self._inside = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "link", "br"):
            self._inside.append(tag)

    def handle_endtag(self, tag):
        assert self._inside.pop() == tag

    def handle_data(self, data):
        if self._inside and self._inside[-1] not in ("script", "style") and data.strip():
            self.text.append(data.strip())


def read(result=RESULT):
    reader = Reader()
    reader.feed(report.page(result))
    return reader


def test_json_has_exactly_these_keys_in_this_order():
    keys = ["experiment", "seed_reference", "settings", "predicted", "measured", "verdict", "reason", "seconds"]
    assert list(report.to_json(RESULT)) == keys


def test_json_is_strict_and_plain():
    found = json.loads(json.dumps(report.to_json(RESULT), allow_nan=False))
    assert found["predicted"] == {"ohm": 200.43, "steps": None}
    assert found["measured"] == {"ohm": 200.44, "path": [1.0, None], "outcome": "false stop"}
    assert found["settings"]["start"] == [500.0, 900.0]
    assert found["settings"]["nothing"] is None
    assert (found["verdict"], found["reason"]) == ("agrees", "The fit is perfect.")


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(value=PLAIN)
def test_anything_plain_is_strict_json_and_plain_twice_is_plain(value):
    plain = report.as_plain(value)
    json.dumps(plain, allow_nan=False)
    assert report.as_plain(plain) == plain


def printed(result):
    text = StringIO()
    report.print_table(result, Console(file=text, width=120))
    return text.getvalue()


def test_table_has_its_columns_and_rows():
    text = printed(RESULT)
    for word in ("quantity", "predicted", "measured", "difference", "verdict", "R (ohm)", "200.43", "44 528", "0.01"):
        assert word in text
    assert text.count("agrees") == 2 + 1
    assert EVIL in text


def test_table_says_what_differs():
    assert "differs: R was predicted as 200 and measured as 346.1 ohm. The fit is perfect." in printed(WRONG)


def test_print_result_says_where_the_page_is(tmp_path, capsys):
    report.print_result(RESULT, tmp_path)
    assert f"page: {tmp_path / 'index.html'}" in capsys.readouterr().out


def test_page_tells_the_whole_story_in_order():
    text = " | ".join(read().text[1:])
    story = ["part (c)", "The low pass", "Which resistor?", "About 200.", "500, 900", "R (ohm)", "200.43"]
    story += ["not measured", "The fit is perfect.", "A line", "It rises", "A drawing", "thalweg run organ/low-pass"]
    places = [text.index(part) for part in story]
    assert places == sorted(places)


def test_verdicts_have_words_and_colours():
    classes = [attributes.get("class") for _, attributes in read(WRONG).tags]
    assert classes.count("differs") == 2
    assert "agrees" not in classes


def test_page_loads_nothing():
    for tag, attributes in read().tags:
        for name in ("src", "href", "srcset", "data", "action", "poster"):
            assert attributes.get(name, "data:,") == "data:,", (tag, attributes)
    styles = report.page(RESULT).split("<style>")[1].split("</style>")[0]
    assert "url(" not in styles
    assert "@import" not in styles


def test_page_escapes_what_it_is_told():
    reader = read()
    assert f"The low pass {EVIL}" in reader.text
    scripts = [attributes for tag, attributes in reader.tags if tag == "script"]
    assert len(scripts) == 3
    (plot,) = [a for tag, a in reader.tags if tag == "div" and a.get("class") == "plot"]
    assert plot["aria-label"] == f"It rises {EVIL}."
    assert plot["role"] == "img"


def test_page_holds_the_figures():
    page = report.page(RESULT)
    plots = json.loads(page.split('id="plots">')[1].split("</script>")[0])
    assert [trace["name"] for trace in plots["picture-0"]["data"]] == [EVIL]
    assert SVG in page
    assert page.count(style.plotly_script()) == 1


def test_page_holds_the_frames_and_scrubs_through_them():
    def moving():
        return line().update(frames=[{"name": name, "data": [{"y": [1, 2]}]} for name in ("early", "late")])

    page = report.page(replace(RESULT, pictures=(Picture("A film", "It moves.", moving),)))
    plots = json.loads(page.split('id="plots">')[1].split("</script>")[0])
    assert [frame["name"] for frame in plots["picture-0"]["frames"]] == ["early", "late"]
    script = page.rsplit("<script>", 1)[1]
    for part in ("frames: plot.frames", 'type="range"', "aria-label", "requestAnimationFrame", "Plotly.animate"):
        assert part in script


def test_page_writes_default_lettering_in_its_own_ink():
    rgb = ", ".join(str(int(style.INK[place : place + 2], 16)) for place in (1, 3, 5))
    assert f'text[style*="rgb({rgb})"]' in report.page(RESULT)


def test_page_without_figures_has_no_plotly():
    assert len(report.page(replace(RESULT, pictures=RESULT.pictures[1:]))) < 50_000


def test_command_repeats_every_setting():
    command = "thalweg run organ/low-pass start=500.0,900.0 lr=200.0 steps=100000 data=grid seed=0"
    assert command in read().text


def test_write_leaves_two_files_and_nothing_else(tmp_path):
    report.write(RESULT, tmp_path / "new" / "folder")
    files = sorted(path.name for path in (tmp_path / "new" / "folder").iterdir())
    assert files == ["index.html", "result.json"]
    text = (tmp_path / "new" / "folder" / "result.json").read_text(encoding="utf-8")
    assert json.loads(text) == report.to_json(RESULT)
    assert (tmp_path / "new" / "folder" / "index.html").read_text(encoding="utf-8") == report.page(RESULT)


def test_write_that_fails_leaves_the_old_file_whole(tmp_path, monkeypatch):
    (tmp_path / "index.html").write_text("old", encoding="utf-8")

    def broken(*names):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", broken)
    with pytest.raises(ValueError, match=r"report: need a folder that can be written, got .*No space left"):
        report.write(RESULT, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["index.html"]
    assert (tmp_path / "index.html").read_text(encoding="utf-8") == "old"


@pytest.mark.parametrize("name", ["file", "file/below"])
def test_a_folder_that_cannot_be_is_refused(tmp_path, name):
    (tmp_path / "file").write_text("", encoding="utf-8")
    for refuse in (report.check_folder, lambda folder: report.write(RESULT, folder)):
        with pytest.raises(ValueError, match="report: need a folder that can be written, got"):
            refuse(tmp_path / name)
