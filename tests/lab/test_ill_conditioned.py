"""The page on ill-conditioned problems: what its controls move, what its questions refuse, and a visitor's own data."""

import ast

import marimo as mo
import pytest

from thalweg.lab import kit
from thalweg.lab.pages import ill_conditioned
from thalweg.lab.topics import topic

CONTROLS = {"smallest", "noise", "share", "moment", "t"}


@pytest.fixture(scope="module")
def page():
    return ill_conditioned.app.run()[1]


def cells():
    """For every cell what it reads, by the text of its body."""
    parts = [
        each for each in ast.parse(topic("ill-conditioned").file.read_text()).body if isinstance(each, ast.FunctionDef)
    ]
    return {"\n".join(map(ast.unparse, each.body)): {arg.arg for arg in each.args.args} for each in parts}


@pytest.mark.parametrize(
    ("has", "moved_by"),
    [
        ("theory.study(", {"smallest", "noise", "share"}),
        ("kit.shown(", set()),
        ("first.show(", set()),
        ("single.show(", set()),
        ("errors.show(", {"t"}),
        ("factors.show(", {"t"}),
    ],
)
def test_a_cell_reads_only_the_controls_that_it_depends_on(has, moved_by):
    (reads,) = [reads for body, reads in cells().items() if has in body]
    assert reads & CONTROLS == moved_by


@pytest.mark.parametrize(
    ("place", "typed"),
    [
        (0, "|(s v + e)/s - v|"),
        (0, "|e|"),
        (0, "(s v + e)/s - v"),
        (1, "t |0 - eta a (a 0 - y)|"),
        (1, "t"),
        (2, "1 - (1 - eta s^2)^t"),
        (2, "t"),
        (2, "eta s^2 S"),
    ],
)
def test_a_question_is_no_answer_to_itself(page, place, typed):
    assert kit.verdict(page["turns"][place], typed)[0] != "success"


def test_every_question_ends_with_the_names_that_may_be_typed(page):
    for turn in page["turns"]:
        told = turn.question.split("(write ")[1]
        names = {each.strip("`) ") for each in told.split(",")}
        assert names - {"log"} <= set(turn.shapes)
        assert all(name in names for name in turn.shapes if name in turn.answer.replace("log", "").split())


def test_pictures_say_what_they_show_now(page):
    assert "at t = 10 it is 0.601" in page["errors"].words
    assert "0.467 at step 30" in page["first"].words
    assert "after 10 steps, by the run: σ = 1: 1" in page["factors"].words
    assert "σ = 10⁻⁶ from" in page["single"].words


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("1 1 2\n1 1.001 2.1", "Singular values: 2.001, "),
        ("1\n2", "need two columns or more"),
        ("1 x", "need numbers"),
    ],
)
def test_a_visitors_own_data_are_shown_or_refused_in_words(rows, said):
    outputs, _ = ill_conditioned.app.run(defs={"own": mo.ui.text_area(rows)})
    assert any(said in getattr(output, "text", "") for output in outputs)
