import html
import re
from urllib.parse import parse_qs

import pytest

from thalweg.calculus.identities import IDENTITIES
from thalweg.calculus.told import Question, answered
from thalweg.lab import formulas


def test_fields_are_a_question():
    found = formulas.asked(" a b A ", " x ", "a, b c", "A B", "A: n x n; ;x: n", True)
    assert found == Question(
        " a b A ", "x", ("A: n x n", "x: n"), {"a": "scalar", "b": "scalar"}, {"A": "symmetric"}, True
    )
    with pytest.raises(ValueError, match="need at most 400 characters in all, got 401"):
        formulas.asked("x" * 401, "")


def test_names_that_are_left_over_from_another_expression_are_passed_over():
    assert formulas.choices("w' w", "x t", "A") == ["w"]
    assert formulas.asked("w' w", "w", "x", "A").kinds == formulas.asked("w' w", "w", "x", "A").traits == {}


def test_choices_are_the_names_that_occur():
    assert formulas.choices("w' w") == ["w"]
    assert formulas.choices("t^2 A", "t") == ["t", "A"]
    for unreadable in ("", "x +", "x" * 500, "t^2 A"):
        assert formulas.choices(unreadable) == []


@pytest.mark.parametrize(
    ("names", "wanted", "chosen"),
    [
        (["w"], "x", "w"),
        (["A", "x"], "A", "A"),
        (["A", "B"], "x", "A"),
        (["A", "b", "w"], "", "w"),
        (["A", "b"], "x", "b"),
        ([], "x", "x"),
    ],
)
def test_the_first_choice_is_what_was_wanted_if_it_is_there(names, wanted, chosen):
    assert formulas.first_choice(names, wanted) == chosen


def test_a_second_derivative_stands_under_a_heading_of_its_own():
    found = formulas.story(answered(Question("x' A x", "x", second=True))).text
    first, second = (found.index(rf"\partial{power} f / \partial x{power}") for power in ("", "^2"))
    assert first < found.index("<table") < second < found.rindex("<table")
    assert "derivative of the first as a column" in found
    assert "derivative of the first transposed" in formulas.story(answered(Question("tr(X' X)", "X", second=True))).text
    assert r"\partial^2 f" not in formulas.story(answered(Question("x' A x", "x"))).text


def test_long_formulas_scroll_and_prose_does_not():
    found = formulas.story(answered(Question("x' A x", "x"))).text
    assert found.count('<div style="overflow-x: auto">') == found.count("<tr>") == 6


def links():
    return [
        {name: values[0] for name, values in parse_qs(html.unescape(link)).items()}
        for group in formulas.known().values()
        for link in re.findall(r'href="\?([^"]+)"', group.text)
    ]


def test_every_known_form_has_a_link_that_asks_for_it():
    assert len(links()) == len(IDENTITIES)
    for link, each in zip(links(), IDENTITIES, strict=True):
        assert set(link) <= {"f", "by", "numbers", "symmetric", "shapes"}
        question = formulas.asked(**link)
        asked = Question(each.text, each.wrt, each.shapes, each.kinds, each.traits)
        assert question == asked
        assert each.wrt in formulas.choices(*(link.get(name, "") for name in ("f", "numbers", "symmetric", "shapes")))


def test_known_forms_are_typeset():
    found = "".join(group.text for group in formulas.known().values())
    assert found.count("<marimo-tex") == 3 * len(IDENTITIES)
    assert r"||(2 x^\top A||)" in found
    assert not re.search(r"_\{\w+\}_", found)


def test_pictures_say_what_they_show():
    line = formulas.line_through({"f": "x' x", "by": "x"}, 0)
    figure, words = formulas.tangent(line, 0.5)
    assert len(figure.data) == 4
    assert "0.25 apart" in words  # h² for a direction of length 1
    figure, words = formulas.differences(line, 0.5)
    assert [trace.name for trace in figure.data] == ["predicted: one-sided", "one-sided", "central", "h = 0.5"]
    assert "One-sided ones are predicted to be 1 h away, central ones 0 h²" in words


def test_differences_are_as_far_away_as_the_picture_predicts():
    figure, _ = formulas.differences(formulas.line_through({"f": "exp(a' x)", "by": "x"}, 0), 0.5)
    for before, after in (figure.data[:2], figure.data[2:4]):
        at = int(abs(before.x - 1e-3).argmin())
        assert 0.98 < after.y[at] / before.y[at] < 1.02


@pytest.mark.parametrize("fields", [{"f": "A x", "by": "A"}, {"f": "x +", "by": "x"}, {"f": "x" * 500, "by": "x"}])
def test_where_there_is_no_line_there_is_no_picture(fields):
    line = formulas.line_through(fields, 0)
    for figure, words in (formulas.tangent(line, 0.5), formulas.differences(line, 0.5)):
        assert not figure.data
        assert words == formulas.NOTHING == formulas.compared(line, 0.5)


@pytest.mark.parametrize("expression", ["log(x)", "sqrt(x)", "x log(x)"])
def test_a_line_that_leaves_where_f_has_values_says_numbers_all_the_same(expression):
    for seed in range(6):
        line = formulas.line_through({"f": expression, "by": "x", "numbers": "x"}, seed)
        _, words = formulas.differences(line, 0.1)
        assert "none" not in words
        assert "none" not in formulas.compared(line, 1.0)
    assert any(
        "f has no value"
        in formulas.compared(formulas.line_through({"f": expression, "by": "x", "numbers": "x"}, seed), 1.0)
        for seed in range(6)
    )
