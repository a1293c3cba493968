"""The page on a ReLU network that learns: its three ways, its forecasts, a rate that is too large, a visitor's own points."""

import ast
import json
import re
from types import SimpleNamespace

import marimo as mo
import pytest
import torch
from torch.testing import assert_close

from thalweg.descent import path
from thalweg.draw.explorables.training import Training
from thalweg.experiments import relu_page
from thalweg.experiments.relu_page import STRENGTHS
from thalweg.experiments.relu_setup import ALL, OUTPUT, RIDGE
from thalweg.lab import kit
from thalweg.lab.pages.a_network_learns import app
from thalweg.lab.topics import topic
from thalweg.modes import linear_path


def stub(value):
    """A control that has this value."""
    return SimpleNamespace(value=value)


def page(points="0 0\n0.5 1\n1 0", fit=True, lr_output=0.2, lr_all=0.1, **changed):
    """The page with a small network, all cells run; `fit` trains on the points that were typed."""
    asked = {"width": "3", "points": 50, "seed": 2} | changed
    rates = {"lr_output": stub(lr_output), "lr_all": stub(lr_all), "duration": stub(1000)}
    return app.run(
        defs={
            "controls": stub(asked),
            "pictures": Training(),
            "own": mo.ui.text_area(value=points),
            "fit": stub(fit),
            **rates,
        }
    )


def told(outputs):
    """All that the cells show, as text."""
    return " ".join(str(each.text) for each in outputs if isinstance(each, mo.Html))


@pytest.fixture(scope="module")
def shown():
    return page()


def left_out(net, lam):
    """The mean error of ridge with this strength at every point, trained on all others; by the normal equations."""
    F, y, errors = net.lin.F, net.last.y, []
    for i in range(len(y)):
        others = torch.arange(len(y)) != i
        w = torch.linalg.solve(F[others].T @ F[others] + lam * torch.eye(F.shape[1]), F[others].T @ y[others])
        errors.append((F[i] @ w - y[i]).square())
    return torch.stack(errors).mean()


def test_the_three_ways(shown):
    _, defs = shown
    output, strongest, whole = defs["pictures"].film["ways"]
    assert [way["name"] for way in (output, strongest, whole)] == [OUTPUT, RIDGE, ALL]
    assert output["along"][-1] == whole["along"][-1] == 1000
    assert_close(torch.tensor(output["forecast"]), torch.tensor(output["train"]), rtol=1e-4, atol=0)
    assert_close(torch.tensor(whole["train"]), defs["whole"].loss[:, 0], rtol=1e-4, atol=0)
    assert_close(torch.tensor(whole["forecast"])[:10], defs["whole"].loss[:10, 0], rtol=0.01, atol=0)
    assert output["elbows"][0] == output["elbows"][-1] != whole["elbows"][-1]


def test_the_ridge_shown_first_is_best_for_points_left_out(shown):
    _, defs = shown
    strongest = defs["pictures"].film["ways"][1]
    errors = torch.stack([left_out(defs["net"], lam) for lam in STRENGTHS])
    assert 0 < strongest["first"] < 60
    assert strongest["along"][strongest["first"]] == pytest.approx(float(STRENGTHS[errors.argmin()]), rel=1e-4)


def test_a_rate_of_one_way_leaves_the_training_of_the_other():
    """The cell that trains all layers reads nothing that comes from the output layer's rate, and the other way round."""
    cells = {name: cell for name in ("output", "whole") for cell in parts() if name in cell.made}
    assert "lr_all" not in behind(cells["output"])
    assert "lr_output" not in behind(cells["whole"])


def parts():
    """The cells of the page, with the names that they read and make."""
    found = []
    for cell in ast.parse(topic("a-network-learns").file.read_text()).body:
        if isinstance(cell, ast.FunctionDef) and isinstance(cell.body[-1], ast.Return) and cell.body[-1].value:
            made = {node.id for node in ast.walk(cell.body[-1].value) if isinstance(node, ast.Name)}
            found.append(SimpleNamespace(read={each.arg for each in cell.args.args}, made=made))
    return found


def behind(cell):
    """All names that a cell depends on, those of what it reads too."""
    names = set()
    while new := cell.read - names:
        names |= new
        cell = SimpleNamespace(read=set().union(*(each.read for each in parts() if each.made & new)))
    return names


def test_the_forecast_lies_under_the_run(shown):
    _, defs = shown
    net, t = defs["net"], defs["output"].t
    U = net.parts.U[:, : net.parts.rank]
    lacking = torch.stack([(net.last.outputs(w) - net.last.outputs(net.best)) @ U for w in defs["output"].w[:, 0]])
    assert_close(lacking, defs["foreseen"].at(t), rtol=1e-6, atol=1e-9)
    traces = {trace["name"]: trace for trace in defs["modes_chart"].figure["data"]}
    assert "forecast" in traces
    assert sum(name.startswith("σ = ") for name in traces) == min(8, net.parts.rank)
    assert "they differ by at most" in defs["modes_chart"].words
    assert "the run goes from" in defs["whole_chart"].words


def test_own_points_are_trained_on(shown):
    outputs, _ = shown
    mine = [each for each in outputs if isinstance(each, Training)][-1].film
    assert mine["points"] == [[0.0, 0.5, 1.0], [0.0, 1.0, 0.0]]
    assert mine["truth"] == mine["ways"][0]["test"] == []


def test_a_rate_that_is_too_large_and_points_that_are_none():
    outputs, defs = page("0 0\n2 1", lr_output=1.2)
    assert not torch.isfinite(defs["output"].loss[-1, 0]) or defs["output"].loss[-1, 0] > 1e3
    json.dumps(defs["pictures"].film, allow_nan=False)
    json.dumps(defs["modes_chart"].figure, allow_nan=False)
    assert "need inputs in [0, 1]" in told(outputs)
    assert f"{OUTPUT.capitalize()}, lr 1.2: diverged" in told(outputs)
    assert "choose more steps" not in next(text for text in map(str, told(outputs).split("<em>")) if "1.2" in text)


def test_points_need_two_numbers_each():
    outputs, _ = page("0 0 1\n1 1 1")
    assert "need 2 numbers in every row, got 3" in told(outputs)


@pytest.mark.parametrize("lr", [1.2, 3.0, 30.0])
def test_all_layers_that_diverge_are_told_of_on_a_logarithmic_axis(lr):
    _, defs = page(fit=False, lr_all=lr, width="40", points=100, seed=6)
    axis = defs["whole_chart"].figure["layout"]["yaxis"]
    assert (axis["type"], axis["exponentformat"]) == ("log", "power")
    assert not any("least" in trace["name"] for trace in defs["whole_chart"].figure["data"])


def test_the_address_opens_the_page_where_it_was(monkeypatch):
    monkeypatch.setattr(kit, "remembered", lambda name, default, *_: {"way": 2.0, "moment": 7.0}.get(name, default))
    kept = {"steps": "1000", "width": "3"}
    monkeypatch.setattr(kit.address, "chosen", lambda name, options, default: kept.get(name, default))
    _, defs = app.run()
    assert (defs["pictures"].way, defs["pictures"].moment) == (2, 7)
    assert defs["steps"] == int(defs["output"].t[-1]) == 1000
    assert defs["net"].width == 3


def test_the_largest_stable_rate_comes_down_to_the_rate_that_was_chosen():
    """All layers grow their features until the limit is the chosen rate, and then jump: so the page says it."""
    net, whole = relu_page.net(40, 100, 6), relu_page.trained(relu_page.Asked(ALL, 0.5))
    words = relu_page.whole_told(net, whole)
    start, end = (float(each) for each in re.findall(r"is ([\d.]+) at the start and ([\d.]+) at the end", words)[0])
    assert start > 0.6
    assert end == pytest.approx(0.5, rel=0.1)
    assert "oscillating" in relu_page.told(ALL, whole)


def test_modes_are_foreseen_one_by_one_where_one_of_them_grows():
    """Each against the same descent in the weights, as long as that is exact; the weakest stay, whatever the strongest do."""
    net = relu_page.net(40, 400, 0)
    foreseen = relu_page.lacking(net, 1.2, 3000)
    path = net.left(linear_path(net.lin, 1.2, foreseen.t[:8]))
    left = foreseen.at(foreseen.t)
    assert_close(left[:8], path, rtol=1e-9, atol=1e-9 * float(path.abs().max()))
    grows = left[30].abs() > 10 * left[0].abs()
    assert grows.sum() == (foreseen.sigma.square() * net.lin.c > 2 / 1.2).sum() == 1
    figure, words = relu_page.modes_picture(net, foreseen, relu_page.trained(relu_page.Asked(OUTPUT, 1.2, 40, 400, 0)))
    first, last = (float(each) for each in re.findall(r"run goes from (\S+) to (\S+)", words.replace("\u202f", ""))[0])
    assert last > 1e5 * first
    assert "none" not in words


@pytest.mark.parametrize(("points", "lr"), [(5, 1.2), (100, 0.8), (100, 0.9)])
def test_a_run_that_diverges_is_held_against_its_forecast_at_its_own_steps(points, lr):
    """Where it ends is mostly no step that the forecast keeps."""
    net, asked = relu_page.net(40, points, 6), relu_page.Asked(OUTPUT, lr, points=points, steps=1000)
    foreseen, training = relu_page.lacking(net, lr, 1000), relu_page.trained(asked)
    assert training.outcome[0].words == "diverged"
    assert not torch.isin(training.t, foreseen.t).all()
    t, w = path(training)
    assert relu_page.apart(foreseen, t, net.left(w)) < 1e-11
