import pytest

from thalweg.claims.nouns import Answer, Verdict
from thalweg.lab import kit
from thalweg.lab.kit import turns

LIMIT = kit.Turn(
    "?",
    "|1 - eta s^2| < 1 iff (eta > 0 and eta < {})",
    {"eta": "scalar", "s": "scalar > 0"},
    hint="the largest stable rate",
    answer="2/s^2",
    wrong="1/s^2",
)


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


@pytest.mark.parametrize(
    "typed", ["deriv(x^2, x)", "1 * deriv (x^2, x)", "argmin((w - 2 x)^2, w)", "lim(2 x + h, h -> 0)"]
)
def test_a_question_is_no_answer(typed):
    turn = kit.Turn("?", "deriv(x^2, x) = {}", {"x": "scalar", "w": "scalar"}, hint="", answer="2 x", wrong="x")
    assert kit.verdict(turn, typed)[0] == "warn"
    assert "still a question" in kit.verdict(turn, typed)[1]


def test_what_was_not_decided_is_tried_again(monkeypatch):
    said = [Answer(Verdict.UNDECIDED, "no time"), Answer(Verdict.PROVED, "by magic")]
    monkeypatch.setattr(turns, "check", lambda *_: said.pop(0))
    answers = [kit.verdict(LIMIT, "2/s^2 + 0") for _ in range(3)]
    assert [kind for kind, _ in answers] == ["warn", "success", "success"]


def test_what_a_visitor_typed_is_shown_as_text():
    assert "<script>" not in kit.judged(LIMIT, "<script>alert(1)</script>").text
