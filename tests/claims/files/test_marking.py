"""How answers become marks; the answers come from stubs, but for the last tests, which ask the checker itself."""

import pytest

from thalweg.calculus.show import text
from thalweg.claims.files.marking import check_text
from thalweg.claims.nouns import Answer, Verdict


def file(*lines):
    return "\n".join(["```claim", "a, b : scalar", *lines, "```", ""])


def says(verdicts):
    """A check that answers by what is claimed; what is not said is proved."""

    def check(claim, seconds):
        return Answer(verdicts.get(text(claim.statement), Verdict.PROVED), "as told", condition="if told")

    return check


def marked(*lines, **verdicts):
    return check_text(file(*lines), check=says(verdicts.pop("verdicts", {})), **verdicts)


@pytest.mark.parametrize(
    ("lines", "verdicts", "score", "status"),
    [
        (["claim a = 1"], {}, 1, 0),
        (["claim a = 1", "claim a = 2"], {"a = 2": Verdict.PASSED}, 2, 0),
        (["claim a = 1", "claim a = 2"], {"a = 2": Verdict.FALSE}, 1, 1),
        *[
            (["claim a = 1"], {"a = 1": verdict}, 0, 1)
            for verdict in (Verdict.VACUOUS, Verdict.AMBIGUOUS, Verdict.UNDECIDED)
        ],
        (["claim a = 1", "claim a = ones(3)"], {}, 1, 1),
        (["claim a = 1", "claim a = "], {}, 1, 2),
        (["claim a = 1", "nonsense"], {}, 1, 2),
    ],
)
def test_score_and_status(lines, verdicts, score, status):
    found = marked(*lines, verdicts=verdicts)
    assert (found.score, found.status) == (score, status)


def test_front_matter_that_is_missing_is_noted():
    assert check_text("---\nname: Ada\nhours:\n---\n" + file("claim a = 1"), check=says({})).missing == (
        "sources",
        "collaborators",
        "hours",
    )


@pytest.mark.parametrize("verdict", [Verdict.FALSE, Verdict.VACUOUS])
def test_below_a_line_that_could_not_be_read_nothing_is_accused(verdict):
    found = marked("claim a = 1", "given a = q", "claim a = 1", "claim a = ones(3)", verdicts={"a = 1": verdict})
    assert [answer.verdict for answer in found.answers] == [verdict, Verdict.UNDECIDED, Verdict.UNDECIDED]
    assert found.answers[1].how == f"line 4 above it could not be read; without that: {verdict.word}, as told"


def test_a_check_that_fails_is_an_answer(monkeypatch):
    def check(claim, seconds):
        raise ZeroDivisionError("no")

    monkeypatch.delenv("THALWEG_TRACE", raising=False)
    found = check_text(file("claim a = 1"), check=check)
    assert found.answers[0].verdict is Verdict.UNDECIDED
    assert "ZeroDivisionError" in found.answers[0].how
    monkeypatch.setenv("THALWEG_TRACE", "1")
    with pytest.raises(ZeroDivisionError):
        check_text(file("claim a = 1"), check=check)


def test_an_experiment_that_is_not_there_is_a_problem_and_the_claim_is_not_read():
    def runner(name, settings):
        raise ValueError(f"unknown experiment {name!r}")

    found = check_text(
        file("run nothing as R", "claim R.ohm = 1", "claim R.ohm = 2", "claim a = 1"), check=says({}), runner=runner
    )
    assert [str(problem) for problem in found.problems] == ["line 3, column 5: unknown experiment 'nothing'"]
    assert [answer and answer.verdict for answer in found.answers] == [None, None, Verdict.PROVED]
    assert [str(item.content) for item in found.document.items[:2]] == [
        "line 3, column 5: unknown experiment 'nothing'"
    ] * 2
    assert found.status == 2


def test_an_experiment_that_no_claim_asks_for_is_not_run():
    def runner(name, settings):
        raise AssertionError

    assert check_text(file("run organ as R", "claim a = 1"), check=says({}), runner=runner).status == 0


def test_the_share_that_is_done_is_reported():
    from thalweg.claims.files.document import read
    from thalweg.claims.files.marking import mark

    shares = []
    mark(read(file(*["claim a = 1"] * 4)), check=says({}), report=shares.append)
    assert shares == [0, 0.25, 0.5, 0.75]


# Sequences

RECURRENCE = "recurrence w[t+1] = a w[t] from w[0] = 1"
WHOLE, START, STEP, FIRST, SECOND = "w[t] >= b", "1 >= b", "w[t] >= b implies a w[t] >= b", "a 1 >= b", "a (a 1) >= b"


@pytest.mark.parametrize(
    ("verdicts", "verdict", "how"),
    [
        ({}, "PROVED", "for any value of the state: as told"),
        ({WHOLE: "FALSE"}, "PROVED", "by induction: it holds at the start, and at t + 1 if it holds at t"),
        ({WHOLE: "FALSE", START: "FALSE"}, "FALSE", "at the start, t = 0: as told"),
        ({WHOLE: "FALSE", STEP: "FALSE"}, "PASSED", "held for t = 0 to 4; there is no proof for every t"),
        ({WHOLE: "FALSE", STEP: "FALSE", SECOND: "FALSE"}, "FALSE", "at t = 2: as told"),
        ({WHOLE: "UNDECIDED", STEP: "PASSED"}, "PASSED", "held for t = 0 to 4; there is no proof for every t"),
        ({WHOLE: "PASSED", START: "PASSED"}, "PASSED", "held for t = 0 to 4; there is no proof for every t"),
        (
            {WHOLE: "FALSE", STEP: "FALSE", FIRST: "UNDECIDED"},
            "UNDECIDED",
            "neither an induction nor the first members decide it",
        ),
        ({WHOLE: "VACUOUS"}, "VACUOUS", "for any value of the state: as told"),
    ],
)
def test_a_claim_about_members_is_decided_by_its_parts(verdicts, verdict, how):
    told = {statement: Verdict[word] for statement, word in verdicts.items()}
    (answer,) = marked(RECURRENCE, "claim w[t] >= b", verdicts=told).answers
    assert (answer.verdict.word, answer.how) == (verdict, how)
    assert not answer.condition or verdict != "FALSE", (
        "what would make one member's claim true is not what would make this one true"
    )
    assert answer.echo.endswith("w[t] >= b")


def test_an_induction_says_so():
    (answer,) = marked(RECURRENCE, "claim w[t] = a^t").answers
    assert answer.how == "by induction, that is, the start and the step from t to t + 1: as told"
    assert answer.echo.endswith("w[t] = a^t")


# The checker itself


@pytest.mark.parametrize(
    ("lines", "verdict"),
    [
        (["recurrence w[t+1] = a w[t] + b from w[0] = 0", "claim w[t] = b (1 - a^t) / (1 - a)"], "PROVED"),
        (["recurrence w[t+1] = a w[t] + b from w[0] = 0", "claim w[t] = b (1 - a^(t+1)) / (1 - a)"], "FALSE"),
        (["recurrence w[t+1] = 2 w[t] from w[0] = 1", "claim w[t] >= 1"], "PROVED"),
        (["recurrence w[t+1] = 2 w[t] from w[0] = 0", "claim w[t] = 0 and w[t] >= 0"], "PROVED"),
        (["recurrence w[t+1] = w[t] - 1 from w[0] = 2", "claim w[t] >= 0"], "FALSE"),
        (["recurrence w[t+1] = a w[t] from w[0] = 0", "claim w -> 0"], "PROVED"),
        (["recurrence w[t+1] = a w[t] from w[0] = 1", "claim w -> 0"], "FALSE"),
        (["recurrence w[t+1] = a w[t]", "claim w -> 0 iff |a| < 1"], "PROVED"),
    ],
)
def test_claims_about_sequences_from_a_start_get_the_right_verdict(lines, verdict):
    (answer,) = check_text(file(*lines)).answers
    assert answer.verdict.word == verdict, answer
