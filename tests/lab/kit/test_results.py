"""A button and its experiment: what stands there before, after, and where a setting is refused."""

from types import SimpleNamespace

import pytest

from thalweg.experiments import catalogue
from thalweg.lab import kit

PRESSED, AT_REST = SimpleNamespace(value=True), SimpleNamespace(value=False)
NAME, FEW = "learning-rate/scalar", {"lr": 0.1}
TITLES = [each.title for each in catalogue.run_experiment(NAME).pictures]


def test_nothing_is_run_before_the_button_is_pressed(monkeypatch):
    monkeypatch.setattr(catalogue, "run_experiment", None)
    assert kit.on_request(AT_REST, NAME, FEW).text == kit.on_request(AT_REST, NAME, {"lr": "no rate"}).text
    assert "wait for it" in kit.on_request(AT_REST, NAME, FEW, before="*wait for it*").text


@pytest.mark.parametrize(
    ("places", "titles"),
    [((), []), ((0,), TITLES[:1]), ((2, 0), [TITLES[2], TITLES[0]]), ((kit.ALL,), TITLES)],
    ids=["the table alone", "one", "two", "all"],
)
def test_the_table_and_the_pictures_that_are_asked_for_are_shown(places, titles):
    text = kit.on_request(PRESSED, NAME, FEW, *places, before="*wait for it*").text
    assert "thalweg run learning-rate/scalar --lr 0.1" in text or "lr=0.1" in text
    assert "wait for it" not in text
    found = [title for title in sorted(TITLES, key=lambda each: text.find(each)) if title in text]
    assert found == titles


def test_what_is_refused_is_no_markdown():
    told = kit.refused(ValueError("matrix: need numbers, got '[here](http://example.org) <b>'")).text
    assert "[here](http://example.org) &amp;lt;b" in told or "[here](http://example.org) &lt;b" in told
    assert "<a" not in told


@pytest.mark.parametrize(("settings", "words"), [({"lr": "no rate"}, "no rate"), ({"unheard": 1}, "unheard")])
def test_what_is_refused_is_told(settings, words):
    text = kit.on_request(PRESSED, NAME, settings, kit.ALL).text
    assert words in text
    assert "results" not in text
