import io
import json
from fractions import Fraction

import pytest

from thalweg.claims.files import graders, report
from thalweg.claims.files.marking import check_text
from thalweg.claims.nouns import Answer, Counterexample, Value, Verdict

FILE = """---
name: Ada
sources: [a, b]
hours: 3
---
# Homework
## One
```claim
a : scalar
x : 2
claim (a): a = a
claim (b): a = 1
claim (c): a / x = 0
claim (d): a = (
claim (a): a + a = 2 a
```
# Two
```claim
claim 1 = 1
```
"""
CASE = Counterexample(
    {"a": Value(((Fraction(1, 2),),))}, Value(((Fraction(1, 2),),)), Value(((Fraction(1),),)), "=", "exactly"
)


def check(claim, seconds):
    if "1" in claim.text.split():
        return Answer(Verdict.FALSE, "by a counterexample", "all a: a = 1", CASE, "true iff a = 1", 7)
    return Answer(Verdict.PASSED, "held", "", samples=50)


@pytest.fixture(scope="module")
def marked():
    return check_text(FILE, check=check)


def test_the_text_has_a_table_for_each_heading_with_reasons_below(marked):
    assert (
        report.text(marked)
        == """Homework
name: Ada
sources: [a, b]
hours: 3
The front matter does not say: collaborators.

Homework / One
PASSED      (a)  for all a: a = a
            held
            tried in 50 cases
FALSE       (b)  all a: a = 1
            by a counterexample
            a = 1/2: the left side is 1/2, the right side 1  (checked exactly)
            true iff a = 1
ILL-TYPED   (c)  a / x = 0
            column 16: cannot divide by x (2 x 1): need a scalar; write ./ to divide entry by entry
            claim (c): a / x = 0
                           ^
UNREADABLE  (d)  a = (
            line 14, column 17: need a name, a number or a bracket, got the end
PASSED      (a)  for all a: a + a = 2 a
            held
            tried in 50 cases

Two
FALSE       line 19  all a: a = 1
            by a counterexample
            a = 1/2: the left side is 1/2, the right side 1  (checked exactly)
            true iff a = 1

What could not be read
line 14, column 17: need a name, a number or a bracket, got the end
    claim (d): a = (
                    ^

2 of 6 claims hold: 2 PASSED, 2 FALSE, 1 ILL-TYPED, 1 UNREADABLE
"""
    )


def test_colour_is_for_terminals_only(marked, monkeypatch, capsys):
    report.print_text(marked)
    assert capsys.readouterr().out == report.text(marked)

    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr("sys.stdout", terminal := Terminal())
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    report.print_text(marked)
    assert "\x1b[" in terminal.getvalue()
    assert "PASSED" in terminal.getvalue()


def test_json_is_one_object_with_stable_keys(marked):
    found = json.loads(graders.dumped(marked, "json"))
    assert list(found) == ["title", "front", "missing", "score", "max_score", "status", "claims", "problems"]
    assert (found["score"], found["max_score"], found["status"], found["missing"]) == (2, 6, 2, ["collaborators"])
    keys = [
        "label",
        "headings",
        "line",
        "text",
        "verdict",
        "points",
        "echo",
        "how",
        "counterexample",
        "condition",
        "samples",
        "seconds",
    ]
    assert all(list(claim) == keys for claim in found["claims"])
    assert [claim["verdict"] for claim in found["claims"]] == [
        "PASSED",
        "FALSE",
        "ILL-TYPED",
        "UNREADABLE",
        "PASSED",
        "FALSE",
    ]
    assert found["claims"][1]["counterexample"] == {
        "values": {"a": [["1/2"]]},
        "left": [["1/2"]],
        "right": [["1"]],
        "relation": "=",
        "certified": "exactly",
        "text": "a = 1/2: the left side is 1/2, the right side 1",
    }
    assert found["problems"] == [
        {"line": 14, "column": 17, "message": "need a name, a number or a bracket, got the end"}
    ]


def test_gradescope_gets_its_results(marked):
    found = json.loads(graders.dumped(marked, "gradescope"))
    assert list(found) == ["score", "output", "output_format", "visibility", "tests"]
    assert found["score"] == sum(test["score"] for test in found["tests"]) == 2
    assert "could not be read: line 14, column 17" in found["output"]
    assert [test["name"] for test in found["tests"]] == [
        "One: (a) (line 11)",
        "One: (b)",
        "One: (c)",
        "One: (d)",
        "One: (a) (line 15)",
        "Two: line 19",
    ]
    first = found["tests"][1]
    assert list(first) == ["name", "number", "score", "max_score", "status", "output", "visibility"]
    assert (first["number"], first["score"], first["max_score"], first["status"]) == ("2", 0, 1, "failed")
    assert "a = 1/2: the left side is 1/2, the right side 1" in first["output"]


def test_otter_gets_a_test_file_for_each_claim(marked):
    found = json.loads(graders.dumped(marked, "otter"))
    assert len(found) == 6
    for name, result in found.items():
        assert list(result) == [
            "score",
            "possible",
            "name",
            "path",
            "test_cases",
            "all_or_nothing",
            "test_case_results",
        ]
        assert result["name"] == name
        assert (
            result["score"]
            == sum(case["points"] for case in result["test_cases"]) * result["test_case_results"][0]["passed"]
        )
        assert result["test_case_results"][0]["test_case"] == result["test_cases"][0]


@pytest.mark.parametrize("form", ["text", "json", "gradescope", "otter"])
def test_nothing_that_a_stranger_typed_plays_tricks_on_a_terminal(form):
    tricky = (
        "---\nname: a\x1b[31mb\n---\n# T\x1b]0;x\x07\u202e\n```claim\na\x1b : scalar\nclaim (\x1b[2J): 1 = \x1b\n```\n"
    )
    said = graders.dumped(check_text(tricky, check=check), form)
    assert not {letter for letter in said if not letter.isprintable()} - {"\n"}


def test_a_long_echo_is_cut():
    found = check_text(
        "```claim\na : scalar\nclaim (a): " + "a + " * 40 + "a = 1\nclaim " + "(" * 2000 + "\n```\n", check=check
    )
    assert max(len(line) for line in report.text(found).split("\n")) < 600
