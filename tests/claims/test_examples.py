"""The claim files in examples/ hold what they say: whole homeworks, and every error of the official solutions."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from thalweg.claims.files.document import Document, read
from thalweg.claims.files.marking import GOOD, Marked, mark
from thalweg.claims.files.measured import Measured
from thalweg.claims.files.scopes import Run
from thalweg.claims.files.statements import Item
from thalweg.claims.nouns import Answer, Verdict
from thalweg.experiments import catalogue
from thalweg.experiments.entry import settle
from thalweg.report import as_plain

EXAMPLES = Path(__file__).parents[2] / "examples" / "claims"
HOMEWORKS = ["homework-0-fall-2023", "homework-0-spring-2023", "homework-0-fall-2025", "homework-1-spring-2025"]
EXPECTED = ["official-solutions-fall-2023", "tour"]
SECONDS = 30.0  # For one claim; the types that are checked in tests make all of it slower.


def source(name: str) -> str:
    return (EXAMPLES / f"{name}.md").read_text()


@cache
def document(name: str) -> Document:
    return read(source(name))


def is_experiment(item: Item) -> bool:
    return any("(experiments)" in heading for heading in item.headings)


def run_of(item: Item) -> Run | None:
    """The experiment that an item is about."""
    return item.content.run if isinstance(item.content, Measured) else None


def kept(whole: Document, is_kept: Callable[[Item], bool]) -> Document:
    return replace(whole, items=tuple(item for item in whole.items if is_kept(item)))


@cache
def checked(name: str) -> Marked:
    """A file with the answers to all its claims, those about experiments left out."""
    return mark(kept(document(name), lambda item: not is_experiment(item)), SECONDS)


def pairs(name: str) -> list[tuple[Item, Answer]]:
    marked = checked(name)
    assert not marked.problems, "everything in an example can be read"
    return [(item, answer) for item, answer in zip(marked.document.items, marked.answers, strict=True) if answer]


def expected(name: str, item: Item) -> str:
    said = re.search(r"# expected: ([A-Z-]+)$", source(name).splitlines()[item.line - 1])
    return said[1] if said else ""


def agrees(verdict: Verdict, word: str) -> bool:
    """Whether a verdict is the expected one; a proof is welcome where none was expected."""
    return verdict.word == word or (word == "PASSED" and verdict is Verdict.PROVED)


def told(item: Item, answer: Answer) -> str:
    return f"line {item.line}, {item.label}: {item.text}: {answer.verdict.word}, {answer.how}"


def runner(name: str, given: dict[str, str]) -> Mapping[str, object]:
    return as_plain(catalogue.run_experiment(name, given).measured)


@pytest.mark.parametrize("name", HOMEWORKS)
def test_every_answer_of_a_homework_holds(name):
    wrong = [told(item, answer) for item, answer in pairs(name) if answer.verdict not in GOOD]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", HOMEWORKS)
def test_nine_in_ten_answers_of_a_homework_are_proved(name):
    passed = [told(item, answer) for item, answer in pairs(name) if answer.verdict is not Verdict.PROVED]
    assert len(pairs(name)) >= 80
    assert len(passed) <= len(pairs(name)) / 10, "\n".join(passed)


@pytest.mark.parametrize("name", HOMEWORKS)
def test_labels_are_unique_under_a_heading(name):
    found = [(item.headings, item.label) for item in document(name).items]
    assert len(found) == len(set(found)), {each for each in found if found.count(each) > 1}


@pytest.mark.parametrize("name", EXPECTED)
def test_every_verdict_is_the_one_that_stands_beside_the_claim(name):
    wrong = [told(item, answer) for item, answer in pairs(name) if not agrees(answer.verdict, expected(name, item))]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", EXPECTED)
def test_what_is_false_comes_with_an_exact_counterexample(name):
    false = [answer for _, answer in pairs(name) if answer.verdict is Verdict.FALSE]
    assert false
    assert all(answer.counterexample is not None for answer in false)


def test_the_errors_of_the_official_solutions_are_found():
    found = {item.label for item, answer in pairs(EXPECTED[0]) if answer.verdict not in GOOD}
    assert found >= {
        "OLS, line 2",  # a transpose is missing
        "OLS, line 3",  # 0_k for 0_d
        "singular value",  # eta is missing
        "entry, line 4",  # 2 a11 x1 is dropped
        "entry, line 6",  # a row and a column are added
        "right, line 1",  # a minus sign is lost
        "shallower",  # only up to lam = 2 w / x
        "bias smaller",  # only up to lam = 2 b
        "biases, line 1",  # a row where a number must stand
    }


def test_the_tour_shows_every_verdict():
    verdicts = [answer.verdict for _, answer in pairs("tour")]
    assert len(verdicts) == 15
    assert set(verdicts) == set(Verdict)


@pytest.mark.parametrize("name", [*HOMEWORKS, *EXPECTED])
def test_named_experiments_exist_and_nothing_is_unreadable(name):
    assert not document(name).problems
    runs = {run for item in document(name).items if (run := run_of(item))}
    assert bool(runs) == (name != "tour")
    for run in runs:
        settle(catalogue.find(run.experiment), dict(run.settings))  # which refuses what it does not know


@pytest.mark.parametrize("name", [*HOMEWORKS[:2], EXPECTED[0]])
def test_the_resistor_found_by_hand_is_measured(name):
    by_hand = kept(document(name), lambda item: getattr(run_of(item), "experiment", "") == "organ/by-hand")
    marked = mark(by_hand, SECONDS, runner=runner)
    assert [answer.verdict for answer in marked.answers if answer] == [Verdict.PASSED] * 2


@pytest.mark.parametrize("break_it", [("eta alpha ||y||", "eta ||y||"), ("= c'", "= c")])
def test_a_broken_homework_is_caught(break_it):
    broken = read(source(HOMEWORKS[0]).replace(*break_it))
    first = kept(broken, lambda item: "The key idea" in item.headings or item.label == "(a)")
    verdicts = {answer.verdict for answer in mark(first, SECONDS).answers if answer}
    assert verdicts & {Verdict.FALSE, Verdict.ILL_TYPED}
