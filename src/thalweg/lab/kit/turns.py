"""Your turn: questions whose answers are typed, and proved or refuted."""

import html
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

import marimo as mo

from thalweg.calculus.calls import QUESTIONS
from thalweg.calculus.nodes import CalculusError
from thalweg.calculus.parse import parse
from thalweg.claims.check import check
from thalweg.claims.nouns import Verdict
from thalweg.claims.stating import claim

MOST_TYPED, SECONDS = 200, 3.0
"""The longest answer that is read, and the longest time that is spent on it."""
Judgement = tuple[Literal["success", "danger", "warn"], str]
_QUESTION = re.compile(rf"\b({'|'.join(QUESTIONS)})\s*[(\[]")


@dataclass(frozen=True)
class Turn:
    """A question whose answer is typed and checked.

    Attributes:
        question: What is asked, in Markdown with maths.
        statement: The claim that an answer makes, with `{}` in its place, in the language of claims.
        shapes: The shapes of all names, as in `thalweg.claims.claim`.
        given: What is assumed.
        hint: What to think of.
        answer: A right answer, for tests; the page does not show it.
        wrong: A wrong answer, for tests.
    """

    question: str
    statement: str
    shapes: dict[str, str]
    given: tuple[str, ...] = ()
    hint: str = field(kw_only=True)
    answer: str = field(kw_only=True)
    wrong: str = field(kw_only=True)


def ask(*turns: Turn) -> Any:  # noqa: ANN401
    """Fields to type answers into, one a question; the next cell shows `answered`."""
    fields = [mo.ui.text(placeholder="type an answer", max_length=MOST_TYPED, full_width=True) for _ in turns]
    return mo.ui.array(fields, label="Your answers")


def answered(turns: list[Turn] | tuple[Turn, ...], fields: Any) -> mo.Html:  # noqa: ANN401
    """The questions, the fields to answer them, and what is to be said of each answer."""
    parts = [mo.md("## Your turn")]
    for turn, place, typed in zip(turns, fields, fields.value, strict=True):
        parts += [mo.md(" ".join(turn.question.split())), place, judged(turn, typed)]
    return mo.vstack(parts)


def judged(turn: Turn, typed: str) -> mo.Html:
    """What is to be said of one answer: a proof, a counterexample, or what could not be read."""
    if not typed.strip():
        return mo.md(f"*Hint: {turn.hint}*")
    kind, words = verdict(turn, typed)
    return mo.callout(mo.Html(f"<div>{html.escape(words)}</div>"), kind=kind)


def verdict(turn: Turn, typed: str) -> Judgement:
    """An answer's verdict.

    Args:
        turn: The question.
        typed: The answer; it may be anything.

    Returns:
        "success", "danger" or "warn", and a sentence.
    """
    if len(typed) > MOST_TYPED:
        return "warn", f"Need at most {MOST_TYPED} characters, got {len(typed)}."
    if asked := _QUESTION.search(typed):
        return "warn", f"This is still a question: write out what {asked[1]} gives."
    try:
        return _decided(turn.statement, turn.given, tuple(turn.shapes.items()), typed)
    except CalculusError as problem:
        return "warn", f"This could not be read: {problem.message}"
    except RecursionError:
        return "warn", "This is nested too deeply to be read."
    except TimeoutError as late:
        return "warn", str(late)


@lru_cache(256)
def _decided(statement: str, given: tuple[str, ...], shapes: tuple[tuple[str, str], ...], typed: str) -> Judgement:
    """An answer's verdict, which stays: one answer that changes does not have the others checked again.

    Raises:
        TimeoutError: If nothing was found in the time that there was; this is tried again.
    """
    parse(typed)  # on its own, so that no bracket of it closes one of the statement
    found = check(claim(statement.replace("{}", f"({typed})"), given, dict(shapes)), SECONDS)
    if found.verdict is Verdict.PROVED:
        return "success", f"Right: {found.how}."
    if found.verdict is Verdict.PASSED:
        return "success", f"Right as far as was tried: {found.how}."
    case = f" {found.counterexample}" if found.counterexample else ""
    words = f"{found.verdict.word}: {found.how}.{case}"
    if found.verdict is Verdict.UNDECIDED:
        raise TimeoutError(words)
    return ("danger" if found.verdict is Verdict.FALSE else "warn"), words
