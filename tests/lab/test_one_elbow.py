"""The page of one elbow where it is special: at borders, where nothing moves, and with a visitor's own layer."""

import math

import marimo as mo
import pytest
import torch

from thalweg.lab.pages import one_elbow
from thalweg.subjects import elbows
from thalweg.subjects.elbows import Unit


def shown(**given):
    """The page's values, with some of them given."""
    return one_elbow.app.run(defs=given)[1]


@pytest.mark.parametrize(
    ("unit", "lr", "moves"),
    [
        (Unit(2.0, 1.0, 1.0, 2.0), 2.0, "gone"),
        (Unit(1.0, -2.0, 1.0, 0.5), 1.0, "stays"),
        (Unit(-2.0, 4.0, 1.0, 3.0), 10.0, "left"),
    ],
    ids=["the slope is 0", "off", "far beyond"],
)
def test_forecast_and_run_agree_also_where_there_is_no_elbow(unit, lr, moves):
    page = shown(unit=unit, lr=lr)
    assert elbows.effect(unit, lr).elbow == moves
    found = page["found"]
    torch.testing.assert_close(found.forecast, found.run)
    drawn = page["one_step"].figure["data"]
    assert [trace["name"].split(":")[0] for trace in drawn if "slope" in trace["name"]] == ["before", "forecast", "run"]
    assert math.isnan(float(elbows.elbow(*found.run[1]))) == (moves == "gone")
    assert "elbow" in page["one_step"].words
    assert "elbow" in page["many_steps"].words


@pytest.mark.parametrize(
    ("rows", "place", "said"),
    [
        ("1 0 1\n2 -3 1", "1.75 0 0.05", "Elbows that move: 0 → "),
        ("1 0 1\n0 1 1", "1 0 0.1", ", no elbow → "),
        ("1 -2 1", "1 0 0.1", "Elbows that move: none"),
        ("1 0\n2 -3", "1 0 0.1", "need 3 numbers in every row, got 2"),
        ("1 0 1", "1 0", "need 3 numbers"),
        ("1 0 1", "1 0 1\n1 0 1", "need one line"),
        ("1 0 1", "1 0 -1", "need positive, finite learning rates, got [-1.0]"),
        ("1 0 one", "1 0 1", "need numbers"),
    ],
    ids=["good", "a flat unit", "off", "two columns", "no rate", "two points", "a bad rate", "a word"],
)
def test_a_visitors_own_layer_is_shown_or_refused_in_words(rows, place, said):
    typed = {"own": mo.ui.text_area(rows), "point": mo.ui.text_area(place)}
    outputs, _ = one_elbow.app.run(defs=typed)
    assert any(said in getattr(output, "text", "").replace("&gt;", ">") for output in outputs)
