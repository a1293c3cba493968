"""The page on a ReLU network that learns: its three ways, its forecasts, a rate that is too large, a visitor's own points."""

import json
from types import SimpleNamespace

import marimo as mo
import pytest
import torch
from torch.testing import assert_close

from thalweg.draw.explorables.training import Training
from thalweg.experiments.relu_setup import ALL, OUTPUT, RIDGE
from thalweg.lab.pages.a_network_learns import app
from thalweg.subjects import ridge


def stub(value):
    """A control that has this value."""
    return SimpleNamespace(value=value)


def page(points="0 0\n0.5 1\n1 0", fit=True, **changed):
    """The page with a small network, all cells run; `fit` trains on the points that were typed."""
    asked = {"width": "3", "points": 50, "seed": 2, "lr_output": 0.2, "lr_all": 0.1} | changed
    return app.run(defs={"controls": stub(asked), "own": stub(points), "fit": stub(fit)})


def told(outputs):
    """All that the cells show, as text."""
    return " ".join(str(each.text) for each in outputs if isinstance(each, mo.Html))


@pytest.fixture(scope="module")
def shown():
    return page()


def test_the_three_ways(shown):
    _, defs = shown
    output, whole, strongest = defs["training"].film["ways"]
    assert [way["name"] for way in (output, whole, strongest)] == [OUTPUT, ALL, RIDGE]
    assert output["along"][-1] == whole["along"][-1] == 1000
    assert_close(torch.tensor(output["forecast"]), torch.tensor(output["train"]), rtol=1e-4, atol=0)
    assert_close(torch.tensor(whole["train"]), defs["whole"].loss[:, 0], rtol=1e-4, atol=0)
    assert output["elbows"][0] == output["elbows"][-1] != whole["elbows"][-1]
    net, strengths = defs["net"], defs["strengths"]
    errors = ridge.left_out_error(net.last.X, net.last.y, strengths)
    assert 0 < strongest["first"] < 60
    assert strongest["along"][strongest["first"]] == pytest.approx(float(strengths[errors.argmin()]), rel=1e-4)


def test_the_forecast_lies_under_the_run(shown):
    _, defs = shown
    seen = [defs["along"][:, place] for place in range(defs["along"].shape[1])]
    t, w = defs["output"].t, defs["output"].w[:, 0]
    for number, direction in enumerate(seen):
        assert_close((w - defs["net"].best) @ direction, defs["before"][: len(t), number], rtol=1e-6, atol=1e-9)
    assert {trace["name"] for trace in defs["modes_chart"].figure["data"]} >= {"forecast", defs["names"][0]}
    assert defs["whole_chart"].words


def test_own_points_are_trained_on(shown):
    outputs, _ = shown
    mine = [each for each in outputs if isinstance(each, Training)][-1].film
    assert mine["points"] == [[0.0, 0.5, 1.0], [0.0, 1.0, 0.0]]
    assert mine["truth"] == mine["ways"][0]["test"] == []


def test_a_rate_that_is_too_large_and_points_that_are_none():
    outputs, defs = page("0 0\n2 1", lr_output=1.2)
    assert not torch.isfinite(defs["output"].loss[-1, 0]) or defs["output"].loss[-1, 0] > 1e3
    json.dumps(defs["training"].film, allow_nan=False)
    assert "need inputs in [0, 1]" in told(outputs)
    assert f"{OUTPUT}: diverged" in told(outputs)
