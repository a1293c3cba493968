"""The page on the colour organ: what is revealed, what is learned at the ends of its controls, questions, bad lamps."""

from types import SimpleNamespace

import marimo as mo
import pytest
import torch
from torch.testing import assert_close

from thalweg.lab import kit
from thalweg.lab.pages.colour_organ import app
from thalweg.lab.topics import topic
from thalweg.subjects import organ


def stub(value):
    """A control that has this value."""
    return SimpleNamespace(value=value)


def by_hand(**values):
    """The explorable with other values than at first."""
    first = {"ohm": [500.0, 20.0, 400.0, 100.0], "demand": 0.3, "all": False, "revealed": False}
    return stub(first | values)


def texts(outputs):
    """What the cells show, as HTML."""
    return [str(each.text) for each in outputs if isinstance(each, mo.Html)]


@pytest.fixture(scope="module")
def page():
    return app.run()


def test_the_page_runs(page):
    _, defs = page
    assert topic("colour-organ").file.exists()
    assert_close(torch.tensor(defs["music"].ohm), defs["learned"])
    assert defs["lamps"].value["tones"] == list(organ.TONES_HZ)
    assert defs["lesson"].result.outcome[0].words == "converged"
    for chart in (defs["course"], defs["valley"], defs["war"]):
        assert chart.figure["data"]
        assert chart.words


def test_questions(page):
    _, defs = page
    for turn in defs["turns"]:
        assert kit.verdict(turn, turn.answer)[0] == "success", turn.question
        assert kit.verdict(turn, turn.wrong)[0] == "danger", turn.question


def test_what_is_revealed():
    outputs, defs = app.run(defs={"lamps": by_hand(revealed=True, demand=0.0), "which": stub("yours, set by hand")})
    shown = " ".join(texts(outputs))
    assert "176.84" in shown
    assert "227.36" in shown
    assert_close(
        defs["learned"][0], 3**0.5 * organ.desired_ohm(organ.LOW_PASS)[0], rtol=3e-3, atol=0.0
    )  # A grid, not a line.
    assert defs["music"].ohm == [500.0, 20.0, 400.0, 100.0]


@pytest.mark.parametrize(
    ("start", "rate", "source", "off", "outcome", "typed", "words"),
    [
        (1000, 50_000, "lamps", 0.0, "out of steps", "100 2\n300 0", "need a frequency and 0 or 1 in every line"),
        (20, 4_000_000, "lamps", 0.45, "diverged", "100 1\n200 1", "a lamp that is on at every frequency"),
    ],
)
def test_ends_of_the_controls_and_bad_lamps(start, rate, source, off, outcome, typed, words):
    given = {"start": start, "rate": rate, "source": source, "off": off, "own": typed}
    outputs, defs = app.run(defs={name: stub(value) for name, value in given.items()})
    assert defs["lesson"].result.outcome[0].words in outcome
    assert defs["course"].figure["data"]
    assert any(words in each for each in texts(outputs))
