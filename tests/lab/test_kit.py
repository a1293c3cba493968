import pytest
import torch

from thalweg.lab import kit

LIMIT = kit.Turn("?", "|1 - eta s^2| < 1 iff (eta > 0 and eta < {})", {"eta": "scalar", "s": "scalar > 0"})


@pytest.mark.parametrize(
    ("typed", "kind", "words"),
    [
        ("2/s^2", "success", "Right"),
        ("2/(s s)", "success", "Right"),
        ("1/s^2", "danger", "eta ="),
        ("2/q^2", "warn", "q is not declared"),
        ("1) or (1 = 1", "warn", "could not be read"),
        ("2/s^", "warn", "could not be read"),
        ("(" * 60, "warn", "at most"),
        ("1+" * 300, "warn", "at most 200 characters, got 600"),
        ("run organ as R", "warn", "could not be read"),
        ("\x00", "warn", "could not be read"),
    ],
)
def test_whatever_is_typed_gets_a_verdict(typed, kind, words):
    found = kit.verdict(LIMIT, typed)
    assert found[0] == kind
    assert words in found[1]


def test_what_a_visitor_typed_is_shown_as_text():
    assert "<script>" not in kit.judged(LIMIT, "<script>alert(1)</script>").text
    assert "<script>" not in kit.claimed("claim <script> = 1").text
    assert "<script>" not in kit.derivation("<script>", "x", []).text


def test_own_data_are_read_with_any_separator():
    expected = torch.tensor([[1.0, 2.0], [3.0, 4.5]])
    for typed in ("1 2\n3 4.5", "1,2\n\n3,4.5\n", "1;2\n3;4.5", "1\t2\n3\t4.5e0"):
        torch.testing.assert_close(kit.matrix(typed), expected)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "rows of nothing"),
        ("1 2\n3", "rows of 1, 2"),
        ("1 x", "need numbers, got 'x'"),
        ("nan 1", "need finite numbers"),
        ("1e999 1", "need finite numbers"),
        ("0 0", "one that is not 0"),
        ("1 " * 3000, "at most 2000 numbers, got 3000"),
    ],
)
def test_bad_data_are_refused(typed, words):
    with pytest.raises(ValueError, match=words):
        kit.matrix(typed)
