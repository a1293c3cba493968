"""Your turn: questions whose answers are typed, and proved or refuted; what is said of them is in plain words."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

import marimo as mo

from thalweg.calculus.calls import QUESTIONS
from thalweg.calculus.nodes import CalculusError, Expr, Shape, ShapeProblem, UnknownName, symbols
from thalweg.calculus.parse import parse
from thalweg.calculus.syntax import FUNCTIONS, Syntax
from thalweg.calculus.tokens import NAME
from thalweg.claims.check import check
from thalweg.claims.domains import has_value
from thalweg.claims.files.markdown import Line
from thalweg.claims.files.understanding import tokens_of
from thalweg.claims.nouns import Answer, Verdict
from thalweg.claims.stating import claim
from thalweg.lab.kit import cases

MOST_TYPED, SECONDS = 200, 3.0
"""The longest answer that is read, and the longest time that is spent on it."""
Judgement = tuple[Literal["success", "danger", "warn"], str]
_FUNCTION = re.compile(rf"(?<![\\\w{{])({'|'.join(sorted(FUNCTIONS - {'E'}))})\s*(?=\()")
_OPERATOR = r"\\operatorname{\1}"
_QUESTION = re.compile(rf"\b({'|'.join(QUESTIONS)})\s*[(\[]")
_SPOKEN = (
    (r"\\[td]?frac\s*(\w)\s*(\w)", r"\1/\2"),
    (r"\\[td]?frac\{(.*?)\}\{(.*?)\}", r"(\1)/(\2)"),
    (r"\\sqrt\{(.*?)\}", r"sqrt(\1)"),
    (r"\\partial\b", "d"),
    (r"\\leq?\b", "<="),
    (r"\\geq?\b", ">="),
    (r"\\neq?\b", "!="),
    (r"\\to\b", "->"),
    (r"\^\{?\\top\}?", "'"),
    (r"\\[|]", "||"),
    (r"\\(?:cdots|ldots|dots)\b", "..."),
    (r"\\[,;! ]", " "),
    (r"\\(?:text|mathrm|left|right|var)|[$`{}*\\]", ""),
)
"""Marks of Markdown and LaTeX, and how they are said."""
_WHERE = re.compile(r", where (.*) (?:is|are) invertible$")


@dataclass(frozen=True)
class Turn:
    """A question whose answer is typed and checked.

    Attributes:
        question: What is asked, in Markdown with maths.
        statement: The claim that an answer makes, with `{}` in its place, in the language of claims.
        shapes: The shapes of all names, as in `thalweg.claims.claim`.
        given: What is assumed.
        hint: What to think of.
        answer: A right answer: for tests, and for what an answer should be in a case where it is wrong.
        wrong: A wrong answer, for tests.
        names: The names that may be typed. If none are said: those that stand in the question in backticks, in `answer` or in
            `wrong`; the others help to make the statement, and mean nothing in an answer.
    """

    question: str
    statement: str
    shapes: dict[str, str]
    given: tuple[str, ...] = ()
    hint: str = field(kw_only=True)
    answer: str = field(kw_only=True)
    wrong: str = field(kw_only=True)
    names: tuple[str, ...] = field(default=(), kw_only=True)

    @property
    def open_shapes(self) -> dict[str, str]:
        """The names that may be typed, with their shapes."""
        said = " ".join([*re.findall(r"`([^`]*)`", self.question), self.answer, self.wrong])
        names = self.names or re.findall(NAME, said)
        return {name: shape for name, shape in self.shapes.items() if name in names}


def ask(*turns: Turn) -> Any:  # noqa: ANN401
    """Fields to type answers into, one a question, whose name for a screen reader it is; the next cell shows `answered`."""
    fields = [
        mo.ui.text(
            label=f'<span class="sr-only">{html.escape(spoken(turn.question))}</span>',
            placeholder="type an answer",
            max_length=MOST_TYPED,
            full_width=True,
        )
        for turn in turns
    ]
    return mo.ui.array(fields, label="Your answers")


def spoken(question: str) -> str:
    r"""A question without the marks of Markdown and LaTeX, for a screen reader, which does not see typeset maths.

    Example:
        >>> spoken(r"$f = \|X w\|^2$. What is $\partial f / \partial w$? (write `X`)")
        'f = ||X w||^2. What is d f / d w? (write X)'
    """
    for mark, said in _SPOKEN:
        question = re.sub(mark, said, question)
    return " ".join(question.split())


def answered(turns: list[Turn] | tuple[Turn, ...], fields: Any) -> mo.Html:  # noqa: ANN401
    """The questions with the fields to answer them, and what is to be said of each answer."""
    asked = zip(turns, fields, fields.value, strict=True)
    parts = [
        mo.vstack([mo.md(" ".join(turn.question.split())), place, judged(turn, typed)]) for turn, place, typed in asked
    ]
    return mo.vstack([mo.md("## Your turn"), *parts], gap=1.5)


def judged(turn: Turn, typed: str) -> mo.Html:
    """What is to be said of one answer: a proof, a counterexample, or what could not be read; the hint until it is right."""
    hint = mo.md(f"*Hint: {turn.hint}*")
    if not typed.strip():
        return hint
    kind, words = verdict(turn, typed)
    said = mo.callout(mo.Html(f"<div>{html.escape(words)}</div>"), kind=kind)
    return said if kind == "success" else mo.vstack([said, hint])


def verdict(turn: Turn, typed: str) -> Judgement:
    """An answer's verdict.

    Args:
        turn: The question.
        typed: The answer; it may be anything.

    Returns:
        "success", "danger" or "warn", and a sentence.
    """
    written = _written(typed)
    if len(typed) > MOST_TYPED:
        return "warn", f"Need at most {MOST_TYPED} characters, got {len(typed)}."
    if asked := _QUESTION.search(typed):
        return "warn", _still_asks(asked[1])
    try:
        if refusal := _refused(turn, written):
            return "warn", refusal
        found = _checked(turn.statement, turn.given, tuple(turn.shapes.items()), written)
        return _judgement(turn, written, found)
    except UnknownName as problem:
        return "warn", _unknown(turn, problem.message)
    except ShapeProblem as problem:
        return _of_another_shape(turn, written) or _unread(problem)
    except CalculusError as problem:
        return _unread(problem)
    except RecursionError:
        return "warn", "This is nested too deeply to be read."
    except TimeoutError as late:
        return "warn", str(late)


def _written(typed: str) -> str:
    r"""An answer as it is read: LaTeX between dollars, functions right before their brackets.

    Example:
        >>> _written("relu (x)"), _written(r"x \odot step(x)")
        ('relu(x)', '$x \\odot \\operatorname{step}(x)$')
    """
    is_latex = "\\" in typed and "$" not in typed
    return f"${_FUNCTION.sub(_OPERATOR, typed)}$" if is_latex else _FUNCTION.sub(r"\1", typed)


def _unknown(turn: Turn, message: str) -> str:
    """That a name cannot be used here, and which ones can."""
    name, _, hint = message.partition(" is not declared; ")
    names = [*turn.open_shapes, *["pi"] * ("`pi`" in turn.question)]
    if hint.startswith(("declared are", "there are no")):
        *first, last = names or ["numbers"]
        hint = f"use {', '.join(first)} and {last}" if first else f"use {last}"
    return f"{name} is no name that can be used here; {hint}{'' if hint.endswith('?') else '.'}"


def _unread(problem: CalculusError) -> Judgement:
    return "warn", f"This could not be read: {problem.message}{'' if problem.message[-1:] in '.?' else '.'}"


def _of_another_shape(turn: Turn, written: str) -> Judgement | None:
    """That an answer has another shape than a right one, if that is so."""
    try:
        typed, right = (
            claim(f"({side}) = ({side})", (), shapes).statement.args[0].shape
            for side, shapes in ((written, turn.open_shapes), (turn.answer, turn.shapes))
        )
    except CalculusError:
        return None
    return (
        None
        if typed == right
        else ("danger", f"Not yet. Your answer is {_shape(typed)}, it should be {_shape(right)}.")
    )


def _shape(shape: Shape) -> str:
    """A shape in words."""
    if shape.is_scalar:
        return "a number"
    kind = "a column" if shape.is_column else "a row" if shape.turned.is_column else "a matrix"
    return f"{kind} ({str(shape).replace(' x ', ' × ')})"


def _still_asks(name: str) -> str:
    return f"This is still a question: write out what {name} gives."


def _refused(turn: Turn, written: str) -> str:
    """Why an answer is none: it is a question, a statement, or infinite; nothing if it may be one.

    Raises:
        CalculusError: If it cannot be read on its own, so that no bracket of it closes one of the statement.
        UnknownName: If a name in it is none of those that may be typed.
    """
    shapes = turn.open_shapes
    syntax = parse(tokens_of(Line(0, written), known=[*shapes])).syntax
    for part in _walk(syntax):
        if part.op == "call" and part.text in QUESTIONS:
            return _still_asks(part.text)
        if part.op == "name" and part.text == "inf":
            return "Infinity is no number that can be computed with here: type a number, or an expression."
    if syntax.op == "compare":
        return f"Type only what stands on the right side, without {syntax.text.split()[0]} and what is before it."
    try:
        claim(f"({written}) = ({written})", (), shapes)
    except UnknownName:
        raise
    except CalculusError:
        pass  # the sizes of I and 0 may be clear only from the statement
    return ""


def _walk(syntax: Syntax) -> Iterator[Syntax]:
    yield syntax
    for part in syntax.args:
        yield from _walk(part)


@lru_cache(256)
def _checked(statement: str, given: tuple[str, ...], shapes: tuple[tuple[str, str], ...], written: str) -> Answer:
    """What came of checking an answer, which stays: one answer that changes does not have the others checked again.

    Raises:
        TimeoutError: If nothing was found in the time that there was; this is tried again.
    """
    found = check(claim(statement.replace("{}", f"({written})"), given, dict(shapes)), SECONDS)
    if found.verdict is Verdict.UNDECIDED:
        raise TimeoutError("This could not be decided in the time that there is: try to write it more simply.")
    return found


def _sides(turn: Turn, written: str) -> tuple[Expr, Expr]:
    """A typed answer and a right one."""
    typed, right = claim(f"({written}) = ({turn.answer})", turn.given, turn.shapes).statement.args
    return typed, right


@lru_cache(256)
def _valued(stated: str, given: tuple[str, ...], shapes: tuple[tuple[str, str], ...], sides: str) -> Answer:
    """Whether an answer has a value in all cases of a statement with a right one in it."""
    try:
        typed = claim(sides, given, dict(shapes)).statement.args[0]
        return has_value(typed, claim(stated, given, dict(shapes)))
    except CalculusError:
        return Answer(Verdict.UNDECIDED, "it cannot be compared with a right one")


# What is said


def _right(turn: Turn, written: str, reason: str) -> Judgement:
    """That an answer is right, unless it has no value in a case that the question allows and in which a right one has one."""
    stated, sides = turn.statement.replace("{}", f"({turn.answer})"), f"({written}) = ({turn.answer})"
    valued = _valued(stated, turn.given, tuple(turn.shapes.items()), sides)
    if valued.counterexample:
        lacking = cases.without_value(*_sides(turn, written), valued.counterexample, turn.shapes)
        if lacking:
            return "danger", f"Not yet. {lacking}"
    return "success", f"Right{'' if valued.verdict is Verdict.PROVED else ' where it has a value'}{reason}."


def _judgement(turn: Turn, written: str, found: Answer) -> Judgement:
    """A verdict in plain words."""
    if found.verdict is Verdict.PROVED:
        return _right(turn, written, f". {_reason(turn, found)}")
    if found.verdict is Verdict.PASSED:
        tried = f"all {found.samples} cases" if found.samples else "every case"
        return _right(turn, written, f", as far as was tried: it holds in {tried}, which is no proof")
    if found.verdict is Verdict.AMBIGUOUS:
        return "warn", "This can be read in two ways that differ: set brackets."
    if found.verdict is Verdict.VACUOUS:
        return "danger", "Not yet. This has no value in any case that the question allows."
    return "danger", f"Not yet. {_case(turn, written, found)}".strip()


def _reason(turn: Turn, found: Answer) -> str:
    """For which cases an answer is proved."""
    stated = claim(turn.statement.replace("{}", f"({turn.answer})"), turn.given, turn.shapes)
    are_numbers = all(node.is_scalar for node in symbols(stated.statement).values())
    what = "real numbers" if are_numbers else "sizes" if stated.sizes else "values"
    is_limited = any(">" in shape or "<" in shape for shape in turn.shapes.values()) if are_numbers else False
    allowed = " that the question allows" if turn.given or is_limited else ""
    where = _WHERE.search(found.how)
    return f"Proved for all {what}{allowed}{f', where {where[1]} can be inverted' if where else ''}"


def _case(turn: Turn, written: str, found: Answer) -> str:
    """A case in which an answer is wrong: what it gives there, and what it should be."""
    case = found.counterexample
    if case is None:
        return ""
    try:
        return cases.compared(*_sides(turn, written), case, turn.shapes) or _sentence(str(case))
    except CalculusError:
        return _sentence(str(case))


def _sentence(said: str) -> str:
    """A case as a sentence."""
    return f"For {said}." if not said.startswith("always") else ""
