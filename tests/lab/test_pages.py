"""Every page runs from top to bottom, at both ends of each of its controls; and its questions know right from wrong."""

import ast
import importlib
from functools import cache
from types import SimpleNamespace

import marimo as mo
import pytest
import torch

from thalweg.comparison import Comparison
from thalweg.draw import strokes
from thalweg.experiments import catalogue, features_page, relu_page, scratch_page, scratch_setup
from thalweg.experiments.result import Finding, Picture
from thalweg.lab import kit
from thalweg.lab.server import warm
from thalweg.lab.topics import TOPICS, topic

NAMES = [each.name for each in TOPICS]


@cache
def page(name):
    return importlib.import_module(f"thalweg.lab.pages.{name.replace('-', '_')}").app


@cache
def defined(name):
    """What a page defines when it runs as it is."""
    return page(name).run()[1]


def end(control, place):
    """The value of a control at one of its ends, 0 or -1; None if it has no ends."""
    if isinstance(control, mo.ui.slider):
        return (control.start, control.stop)[place]
    if isinstance(control, mo.ui.dropdown | mo.ui.radio):
        return list(control.options.values())[place]
    if isinstance(control, mo.ui.checkbox):
        return (False, True)[place]
    if isinstance(control, mo.ui.dictionary):
        ends = {key: end(each, place) for key, each in control.elements.items()}
        return {key: control.value[key] if value is None else value for key, value in ends.items()}
    if isinstance(control, mo.ui.array):
        sliders = [isinstance(each, mo.ui.slider) for each in control.elements]  # The most steps would take long.
        ends = [end(each, place) if slides else None for each, slides in zip(control.elements, sliders, strict=True)]
        return (
            [old if new is None else new for old, new in zip(control.value, ends, strict=True)]
            if any(sliders)
            else None
        )
    return None


def together(name, key):
    """The names that the cell defines which defines a name: it is left out as a whole."""
    for cell in ast.parse(topic(name).file.read_text()).body:
        if isinstance(cell, ast.FunctionDef) and isinstance(given := cell.body[-1], ast.Return) and given.value:
            names = [node.id for node in ast.walk(given.value) if isinstance(node, ast.Name)]
            if key in names:
                return names
    raise AssertionError(f"no cell of {name} returns {key}")


def test_what_takes_long_on_opening_is_there_before_a_visitor_comes(monkeypatch):
    """What the server works out beforehand is what pages begin with."""
    warm()

    def unwanted(*_):
        raise AssertionError("this was to be there")

    monkeypatch.setattr(relu_page, "descend", unwanted)
    monkeypatch.setattr(features_page, "descend", unwanted)
    monkeypatch.setattr(scratch_page, "make_task", unwanted)
    defined.cache_clear()  # It comes first, so that the next tests need not run these pages again.
    for name in ("from-scratch", "a-network-learns", "features"):
        assert defined(name)


@pytest.mark.parametrize("name", NAMES)
def test_a_page_runs_from_top_to_bottom(name):
    assert defined(name)


@pytest.mark.parametrize("place", [0, -1], ids=["low", "high"])
@pytest.mark.parametrize("name", NAMES)
def test_a_page_runs_at_the_ends_of_its_controls(name, place):
    """All of them at once; what a cell defines beside a control stays as it is."""
    known = defined(name)
    ends = {key: value for key, control in known.items() if (value := end(control, place)) is not None}
    given = {other: known[other] for key in ends for other in together(name, key)}
    page(name).run(defs={**given, **{key: SimpleNamespace(value=value) for key, value in ends.items()}})


@pytest.mark.parametrize("name", NAMES)
def test_questions_know_right_answers_from_wrong_ones(name):
    turns = defined(name)["turns"]
    assert len(turns) >= 2
    for turn in turns:
        assert kit.verdict(turn, turn.answer)[0] == "success", turn.question
        assert kit.verdict(turn, turn.wrong)[0] == "danger", turn.question


def found(*_):
    """What an experiment finds, in the place of one that takes long."""
    picture = Picture("A picture", "of nothing", strokes.nothing)
    everywhere = {net: torch.ones(scratch_page.SCALES, scratch_page.RATES) for net in scratch_setup.NETS}
    return Finding(Comparison(()), {}, {"train_accuracy": everywhere}, "because", (picture,) * 12, {})


@pytest.mark.parametrize("name", NAMES)
def test_buttons_run_experiments_with_settings_that_these_take(name, monkeypatch):
    asked = []
    monkeypatch.setattr(catalogue, "load", lambda entry: asked.append(entry.name) or found)
    known = defined(name)
    buttons = [key for key, each in known.items() if isinstance(each, mo.ui.run_button) and key != "fit"]
    for key in buttons:
        asked.clear()
        given = {other: known[other] for other in together(name, key)}
        outputs, _ = page(name).run(defs={**given, key: SimpleNamespace(value=True)})
        assert {*asked} <= {*topic(name).experiments}
        assert asked, key
        assert "because" in " ".join(str(each.text) for each in outputs if isinstance(each, mo.Html)), key


def test_every_experiment_has_a_page_and_every_page_its_experiments():
    named = [name for each in TOPICS for name in each.experiments]
    assert len(named) == len(set(named))
    assert {entry.name for entry in catalogue.entries()} == set(named)


def test_pages_are_notebooks_and_nothing_more():
    for each in TOPICS:
        text = each.file.read_text()
        assert 'theme = "system"' in text
        assert "plotly" not in text
        assert each.name in text
