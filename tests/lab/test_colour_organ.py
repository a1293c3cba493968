"""The page on the colour organ: what is revealed, what is learned at the ends of its controls, a lesson, bad lamps."""

from types import SimpleNamespace

import marimo as mo
import pytest
import torch
from torch.testing import assert_close

from thalweg.lab.pages.colour_organ import app
from thalweg.lab.topics import topic
from thalweg.subjects import organ


def stub(value):
    """A control that has this value."""
    return SimpleNamespace(value=value)


def by_hand(**values):
    """The cell of the explorable, with other values than at first."""
    first = {"ohm": [500.0, 20.0, 400.0, 100.0], "demand": 0.3, "rest": 0.3, "all": False, "revealed": False}
    found = first | values
    return {"lamps": stub(found), "hand": {}, "get_a": lambda: found["rest"], "set_a": lambda a: None}


def learned(start=500, rate=100, source="the gain curve"):
    """The cell of the sliders, with these values."""
    return {"start": stub(start), "rate": stub(rate), "source": stub(source)}


def texts(outputs):
    """What the cells show, as HTML."""
    return " ".join(str(each.text) for each in outputs if isinstance(each, mo.Html))


@pytest.fixture(scope="module")
def page():
    return app.run()


def test_the_page_runs(page):
    _, defs = page
    assert len(topic("colour-organ").file.read_text().splitlines()) <= 350
    assert_close(torch.tensor(defs["music"].widget.ohm), defs["learned"])
    assert defs["lamps"].value["tones"] == list(organ.TONES_HZ)
    assert defs["lesson"].result.outcome[0].words == "converged"


def test_pictures_say_what_they_show_with_numbers(page):
    _, defs = page
    told = {name: defs[name].words for name in ("course", "curves", "valley", "war")}
    assert "R from 500 to 200.3 ohm" in told["course"]
    assert "off by up to 0.34 at the start and by 0.0026 in the end" in told["curves"]
    assert "The minimum is at 198.9 ohm" in told["valley"]
    assert "In the end they are towards smaller R" in told["war"]


def test_what_is_revealed():
    given = by_hand(revealed=True, demand=0.0) | {"which": stub("yours, set by hand")}
    outputs, defs = app.run(defs=given)
    shown = texts(outputs)
    assert "176.84" in shown
    assert "227.36" in shown
    assert "peaks at the gain 0.564, too little for its lamp" in shown
    assert "nearest resistances in the shops (E24) are 330 ohm for the low pass" in shown
    desired = float(organ.desired_ohm(organ.LOW_PASS))
    assert float(defs["learned"][0]) == pytest.approx(3**0.5 * desired, rel=3e-3)  # A grid, not a line.
    assert defs["music"].widget.ohm == [500.0, 20.0, 400.0, 100.0]


def test_with_all_four_the_words_are_about_all_four():
    shown = texts(app.run(defs=by_hand(revealed=True, all=True))[0])
    assert "high pass 1\u202f592 Hz (smaller)" in shown
    assert "32.7 ohm for the high pass" in shown
    assert "ideal buffer between them, an operational amplifier" in shown
    assert "Your band pass peaks at the gain 0.952; without the buffer between its stages that would be 0.909" in shown
    assert "that would be 0.667, too little for its lamp" in shown


@pytest.mark.parametrize(
    ("controls", "demand", "outcome", "words"),
    [
        (learned(1000, 50, "lamps"), 0.0, "out of steps", "The minimum is at 343.85 ohm"),
        (learned(20, 4000, "lamps"), 0.45, "diverged", "there is no resting place to foresee, <em>diverged</em>"),
        (
            learned(20, 4000),
            0.3,
            "oscillating",
            "rates up to <strong>2.19×10⁶</strong> hold it; 4×10⁶ is more than that",
        ),
    ],
)
def test_what_is_learned_at_the_ends_of_the_controls(controls, demand, outcome, words):
    outputs, defs = app.run(defs=by_hand(rest=demand) | controls)
    assert defs["lesson"].result.outcome[0].words == outcome
    shown = texts(outputs)
    assert words in shown
    assert "nan" not in shown


def test_a_lesson_begins_at_the_visitors_resistors():
    yours = by_hand(ohm=[300.0, 30.0, 120.0, 50.0], rest=0.25)
    choice = {
        "which_lesson": stub("band pass, from its lamps, with the loss surface"),
        "way": stub("in ln R: a handful of steps"),
        "go": stub(True),
    }
    shown = texts(app.run(defs=yours | choice)[0])
    assert "organ/band-pass start=30.0,120.0" in shown
    assert "off_target=0.25" in shown
    assert "Loss surface with both paths" in shown


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("100 2\n300 0", "need a frequency and 0 or 1 in every line"),
        ("100 1\n200 0\n300 1", "got a mixed table"),
        ("0.5 1\n200 0", "need frequencies from 1 Hz to 1 MHz, got 0.5 to 200 Hz"),
        ("100 1\n200 1", "Every R below <strong>795.77</strong> ohm"),
        ("100 0\n200 0", "Every R from <strong>1\u202f591.5</strong> ohm on"),
        ("100 1\n200 0", "Every R from <strong>795.77</strong> to <strong>1\u202f591.5</strong> ohm"),
    ],
)
def test_lamps_of_a_visitor(typed, words):
    assert words in texts(app.run(defs={"own": mo.ui.text_area(value=typed)})[0])
