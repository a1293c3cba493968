import pytest
import torch

from thalweg.lab import kit


def test_own_data_are_read_with_any_separator():
    expected = torch.tensor([[1.0, 2.0], [3.0, 4.5]])
    for typed in ("1 2\n3 4.5", "1,2\n\n3,4.5\n", "1;2\n3;4.5", "1\t2\n3\t4.5e0"):
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
        ("0,5;1\n1;2", "rows of 2, 3; commas separate"),
        ("0 0", "a number that is not 0"),
        ("1 " * 3000, "at most 2000 characters, got 6000"),
    ],
)
def test_bad_data_are_refused(typed, words):
    with pytest.raises(ValueError, match=words):
        kit.matrix(typed)


def test_the_number_of_columns_may_be_asked_for():
    assert kit.matrix("1 2\n3 4", 2).shape == (2, 2)
    with pytest.raises(ValueError, match="need 3 numbers in every row, got 2"):
        kit.matrix("1 2\n3 4", 3)


def test_own_numbers_are_shown_and_kept_or_refused(params):
    def show(rows):
        return f"{rows.sum():g}"

    assert kit.shown("X", kit.own("X", "1 2\n3 4", "X"), show) == "10"
    assert params == {"X": "1 2\n3 4"}
    params.clear()
    assert "need 0 or sizes" in kit.shown("X", kit.own("X", "1 inf", "X"), show).text
    assert "need 2 numbers" in kit.shown("X", kit.own("X", "1 2 3", "X"), show, 2).text


def test_typed_expressions_and_claims_are_bounded():
    assert "at most 200 characters" in kit.derivation("x" + " + x" * 300, "x", []).text
    assert "at most 2000 characters" in kit.claimed("claim x = x\n" * 300).text


def test_what_a_visitor_typed_is_shown_as_text():
    assert "<script>" not in kit.claimed("claim <script> = 1").text
    assert "<script>" not in kit.derivation("<script>", "x", []).text
