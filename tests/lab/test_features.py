"""The page on features: forecast ranks, units that a large rate switches off, a mode from the address, a visitor's points."""

import json
import re
from types import SimpleNamespace

import marimo as mo
import pytest
import torch
from torch.testing import assert_close

from thalweg.draw.one_mode import modes
from thalweg.experiments import features_page
from thalweg.experiments.features_points import counted_rank
from thalweg.lab import kit
from thalweg.lab.pages.features import app
from thalweg.linearization import linearize
from thalweg.modes import linear_path
from thalweg.problem import unflatten
from thalweg.subjects import networks


def stub(value):
    """A control that has this value."""
    return SimpleNamespace(value=value)


def told(outputs):
    """All that the cells show, as text."""
    return " ".join(str(each.text) for each in outputs if isinstance(each, mo.Html))


def page(lr=0.1, **changed):
    """The page with a small network, all cells run."""
    asked = {"layers": "one", "width": "5", "points": 50, "seed": 0} | changed
    return app.run(defs={"controls": stub(asked), "schedule": stub([1000, lr])})


@pytest.fixture(scope="module")
def shown():
    return page()


@pytest.mark.parametrize("layers", ["one", "two"])
def test_the_counted_rank_is_that_of_autograd_or_above(layers):
    outputs, defs = page(layers=layers, width="3")
    for each in (defs["start"], defs["end"]):
        F = torch.func.jacrev(lambda w: networks.model(defs["widths"])(w, defs["x"]))(each.w)
        assert_close(torch.linalg.svdvals(F)[: each.parts.rank], each.sigma[: each.parts.rank], rtol=1e-6, atol=1e-9)
        counted = counted_rank(each, defs["x"], defs["widths"])
        assert each.parts.rank == counted if layers == "one" else each.parts.rank <= counted
    assert f"decomposed {defs['end'].parts.rank}" in told(outputs)


def test_units_that_are_off_at_every_point_are_counted_and_said(shown):
    outputs, defs = page(lr=1.0, width="10", points=100)
    p = unflatten(defs["end"].w, networks.shapes((10,)))
    off = sum(all(float(w * x + b) <= 0 for x in defs["x"]) for w, b in zip(p["w1"], p["b1"], strict=True))
    assert off > 0
    assert f"{off} of 10 units are off at every point</strong>" in told(outputs)
    assert "off at every point</strong>" not in told(shown[0])


def test_the_slider_of_modes_ends_with_the_last_and_begins_at_that_of_the_address(shown, monkeypatch):
    _, defs = shown
    assert defs["mode"].steps[-1] == modes((defs["start"].sigma, defs["end"].sigma)) == 11
    monkeypatch.setattr("thalweg.lab.kit.address.remembered", lambda name, default: 4.0 if name == "mode" else default)
    _, defs = page()
    assert defs["mode"].value == 4
    assert defs["mode_chart"].words.startswith("principal feature 4 over x. At the start: σ")


def test_a_run_has_one_name_in_all_pictures(shown):
    _, defs = shown
    assert [trace["name"] for trace in defs["sigma_chart"].figure["data"][:2]] == ["at the start", "after training"]
    assert [*defs["when"].options] == [defs["start"].title, defs["end"].title] == ["at the start", "after training"]
    json.dumps(defs["sigma_chart"].figure, allow_nan=False)


@pytest.mark.parametrize(("points", "said"), [
    ("0 0\n0.5 1\n1 0", "Its first modes hold of your target's square"),
    ("0 0 1\n1 1 1", "need 2 numbers in every row, got 3"),
    ("0 0\n2 1", "need inputs in [0, 1]"),
    ("0 0\n1 0", "need"),
])  # fmt: skip
def test_a_visitors_own_points(points, said):
    asked = {"layers": "one", "width": "3", "points": 5, "seed": 0}
    own = mo.ui.text_area(value=points)
    outputs, _ = app.run(defs={"controls": stub(asked), "schedule": stub([1000, 0.1]), "own": own})
    assert said in told(outputs)


def test_the_address_keeps_the_number_of_steps(monkeypatch):
    _, known = app.run()
    trained = {name: known[name] for name in ("trained", "end")}
    monkeypatch.setattr(kit.address, "chosen", lambda name, options, default: "30000" if name == "steps" else default)
    _, defs = app.run(defs=trained)
    assert (known["schedule"].value[0], defs["schedule"].value[0]) == (1000, 30_000)


@pytest.mark.parametrize("layers", ["one", "two"])
def test_the_first_features_foresee_the_training_until_features_change(layers):
    """By descent on the linear model itself, and by the run as long as steps are few."""
    task = features_page.task(layers, 5, 20)
    foreseen, trained = features_page.foreseen(task, 0.05, 1000), features_page.train(task, 0.05, 1000)
    lin, U = linearize(task.problem), task.start.parts.U[:, task.start.parts.seen]
    t = foreseen.t[::7]
    expected = torch.stack([(lin.r + lin.F @ (w - lin.w)) @ U for w in linear_path(lin, 0.05, t)])
    assert_close(foreseen.at(t), expected, rtol=1e-9, atol=1e-12)
    figure, words = features_page.learned(foreseen, trained)
    assert "run upon forecast" in words
    assert sum(trace.name == "forecast" for trace in figure.data) == 1
    assert re.search(r"right to 10 % for (all|the first) \d", features_page.learned_told(trained))


def test_as_many_modes_are_told_of_as_there_are():
    found = features_page.principal(features_page.train(features_page.task("one", 3, 4)))
    assert found.count < 6
    assert features_page.strongest(found)[1].startswith(f"the {found.count} strongest")
    assert f"the first {found.count} hold" in features_page.shares(found)[1]


def test_words_tell_of_as_many_modes_as_are_drawn():
    figure, words = features_page.learned(
        features_page.foreseen(features_page.task()), features_page.train(features_page.task())
    )
    drawn = [trace.name for trace in figure.data if trace.name.startswith("σ = ") and trace.line.dash != "dash"]
    assert f"along {len(drawn)} of 19 modes" in words
