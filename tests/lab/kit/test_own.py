import html

import pytest
import torch

from thalweg.lab import kit


def test_own_data_are_read_with_any_separator():
    expected = torch.tensor([[1.0, 2.0], [3.0, 4.5]])
    for typed in (
        "1 2\n3 4.5",
        "1,2\n\n3,4.5\n",
        "1;2\n3;4.5",
        "1\t2\n3\t4.5e0",
        "1 2; 3 4.5",
        "1,2;3,4.5;",
        "1; 2\n3; 4.5",
        "1, 2,\n3,\t4.5,",
    ):
        torch.testing.assert_close(kit.matrix(typed), expected)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "at least one row of numbers"),
        ("1 2\n3", "rows of 1, 2"),
        ("1 x", "need numbers, got 'x' in row 1, place 2"),
        ("1 2\n3 nan", "got 'nan' in row 2, place 2"),
        ("-inf 1", "got '-inf' in row 1, place 1"),
        ("1e999 1", "sizes from 1e-30 to 1e.30, got '1e999'"),
        ("1e-200 1", "sizes from 1e-30"),
        ("0,5;1\n1;2", "rows of 1, 2; commas separate"),
        ("0 0", "a number that is not 0"),
        ("1e-400 1", "sizes from 1e-30 to 1e.30, got '1e-400'"),
        (", \n,", "at least one row of numbers"),
        ("1,,2\n3,,4", "a number in every cell, got an empty one in '1,,2'"),
        ("1,2\n,3", "an empty one in ',3'"),
        ("1;;2", "an empty one in '1;;2'"),
        ("1\t\t2", "an empty one"),
        ("1e-16 1e16\n1 1", "sizes that are within 10.12 of each other, got 1e-16 and 1e.16"),
        ("1 " * 3000, "at most 2000 characters, got 6000"),
    ],
)
def test_bad_data_are_refused(typed, words):
    with pytest.raises(ValueError, match=words):
        kit.matrix(typed)


def test_a_minus_may_be_the_one_that_pages_write():
    torch.testing.assert_close(kit.matrix("−1 2e−3"), torch.tensor([[-1.0, 2e-3]]))
    torch.testing.assert_close(kit.matrix("0e5 0.0 1"), torch.tensor([[0.0, 0.0, 1.0]]))


def test_the_number_of_columns_may_be_asked_for():
    assert kit.matrix("1 2\n3 4", 2).shape == (2, 2)
    with pytest.raises(ValueError, match="need 3 numbers in every row, got 2"):
        kit.matrix("1 2\n3 4", 3)


def test_own_numbers_are_shown_and_kept_or_refused(params):
    def show(rows):
        return f"{rows.sum():g}"

    assert kit.shown(kit.own("X", "1 2\n3 4", "X"), show) == "10"
    assert "need 0 or sizes" in kit.shown(kit.own("X", "1 inf", "X"), show).text
    assert "need 2 numbers" in kit.shown(kit.own("X", "1 2 3", "X"), show, 2).text


def test_own_numbers_are_kept_when_they_are_typed(params):
    field = kit.own("X", "1 2\n3 4", "X")
    assert params == {}
    field._update("5 6")
    assert params == {"X": "5 6"}
    assert kit.own("X", "1 2\n3 4", "X").value == "5 6"


def test_typed_expressions_and_claims_are_bounded():
    assert "at most 200 characters" in kit.derivation("x" + " + x" * 300, "x").text
    assert "at most 2000 characters" in kit.claimed("claim x = x\n" * 300).text


def test_what_a_visitor_typed_is_shown_as_text():
    assert "<script>" not in kit.claimed("claim <script> = 1").text
    assert "<script>" not in kit.derivation("<script>", "x").text


def test_lines_of_claims_count_from_where_they_are_typed():
    assert "line 1, column 1: need one of" in kit.claimed("garbage").text
    assert "line 3, column 7" in kit.claimed("sizes n\n\nclaim x = x").text
    assert "line 3, column 7" in kit.claimed("```claim\nsizes n\nclaim x = x\n```").text


def test_a_claim_that_cannot_be_read_is_said_once_and_points_at_the_place():
    said = kit.claimed("sizes n\ngarbage\nclaim x = 1").text
    assert said.count("is not declared") == 1
    assert "    garbage\n    ^" in said


def test_nothing_typed_is_met_with_an_example_that_holds():
    for typed in ("", "\n", "sizes n", "```"):
        said = kit.claimed(typed).text
        assert said.startswith('<div class="results"><pre>No claim yet.')
    example = html.unescape(said).split("\n\n")[1].removesuffix("</pre></div>")
    assert kit.claimed(example).text.startswith('<div class="results"><pre>PROVED')


def test_undeclared_names_are_not_listed_as_no_names():
    assert "declared are no names" not in kit.claimed("claim x = x").text


def test_derivations_take_numbers_symmetry_and_shapes():
    assert r"2 x^\top A" in kit.derivation("x' A x", "x", symmetric="A").text
    assert r"2 t" in kit.derivation("t^2", "t", numbers="t").text
    assert r"1 \times d" in kit.derivation("a' x", "x", shapes="x: d").text
    assert "does not occur; there are x, A" in kit.derivation("x' A x", "z").text


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("ohm_interval: need lamps, got none", "need lamps, got none"),
        ("derive: 'x: y' does not occur", "'x: y' does not occur"),
        ("line 1, column 2: need a claim", "line 1, column 2: need a claim"),
        ("need one of: a, b", "need one of: a, b"),
    ],
)
def test_a_refusal_is_shown_without_the_name_of_a_function(message, said):
    shown = html.unescape(html.unescape(kit.refused(ValueError(message)).text))
    assert said in shown
    assert (message in shown) == (message == said)


def test_a_derivation_that_is_refused_names_no_function():
    assert "derive:" not in kit.derivation("x' A x", "z").text
    assert "derive:" not in kit.derivation("argmin(x^2, x)", "x").text
