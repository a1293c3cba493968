"""Your turn: questions whose answers are typed, and proved or refuted; what is said of them is in plain words."""

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from typing import Any, Literal

import marimo as mo

from thalweg.calculus.calls import QUESTIONS
from thalweg.calculus.exact import INTERVALS, evaluate
from thalweg.calculus.fields import RATIONALS, Inexact, Undefined
from thalweg.calculus.nodes import CalculusError, Expr, Shape, ShapeProblem, UnknownName, symbols
from thalweg.calculus.parse import parse
from thalweg.calculus.syntax import Syntax
from thalweg.calculus.tokens import NAME
from thalweg.claims.check import check
from thalweg.claims.files.markdown import Line
from thalweg.claims.files.understanding import tokens_of
from thalweg.claims.nouns import Answer, Counterexample, Value, Verdict
from thalweg.claims.stating import claim

MOST_TYPED, SECONDS = 200, 3.0
"""The longest answer that is read, and the longest time that is spent on it."""
Judgement = tuple[Literal["success", "danger", "warn"], str]
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
    written = f"${typed}$" if "\\" in typed and "$" not in typed else typed
    if len(typed) > MOST_TYPED:
        return "warn", f"Need at most {MOST_TYPED} characters, got {len(typed)}."
    if asked := _QUESTION.search(typed):
        return "warn", _still_asks(asked[1])
    try:
        if asks := _refused(turn, written):
            return "warn", _still_asks(asks)
        found = _checked(turn.statement, turn.given, tuple(turn.shapes.items()), written)
        return _judgement(turn, written, found)
    except ShapeProblem as problem:
        return _of_another_shape(turn, written) or _unread(problem)
    except CalculusError as problem:
        return _unread(problem)
    except RecursionError:
        return "warn", "This is nested too deeply to be read."
    except TimeoutError as late:
        return "warn", str(late)


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
    """What an answer asks for, if it is a question.

    Raises:
        CalculusError: If it cannot be read on its own, so that no bracket of it closes one of the statement.
        UnknownName: If a name in it is none of those that may be typed.
    """
    shapes = turn.open_shapes
    syntax = parse(tokens_of(Line(0, written), known=[*shapes])).syntax
    calls = [part.text for part in _walk(syntax) if part.op == "call" and part.text in QUESTIONS]
    if not calls:
        try:
            claim(f"({written}) = ({written})", (), shapes)
        except UnknownName:
            raise
        except CalculusError:
            pass  # the sizes of I and 0 may be clear only from the statement
    return calls[0] if calls else ""


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


# What is said


def _judgement(turn: Turn, written: str, found: Answer) -> Judgement:
    """A verdict in plain words."""
    if found.verdict is Verdict.PROVED:
        return "success", f"Right. {_reason(turn, found)}."
    if found.verdict is Verdict.PASSED:
        cases = f"all {found.samples} cases" if found.samples else "every case"
        return "success", f"Right, as far as was tried: it holds in {cases}, which is no proof."
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
    return _values(turn, written, case) or _sentence(str(case))


def _values(turn: Turn, written: str, case: Counterexample) -> str:
    """What an answer gives in a case, and what a right one does; nothing if that cannot be told, or says it all."""
    try:
        typed, right = claim(f"({written}) = ({turn.answer})", turn.given, turn.shapes).statement.args
        used = {**symbols(typed), **symbols(right)}
        values = {name: case.values[name] for name in used}
        sizes = {name: int(value.rows[0][0]) for name, value in case.values.items() if name not in turn.shapes}
        sizes |= _sizes(used, values)
        gives, should = (_value(side, values, sizes) for side in (typed, right))
    except (CalculusError, KeyError, Undefined, Inexact, ValueError):
        return ""
    if not values and gives:
        return f"It is not {gives}."
    if gives == should or not values:
        return ""
    return f"For {_listed(values)} your answer {f'gives {gives}' if gives else 'has no value'}, it should be {should}."


def _sizes(used: Mapping[str, Expr], values: Mapping[str, Value]) -> dict[str, int]:
    """The sizes that values have."""
    found: dict[str, int] = {}
    for name, node in used.items():
        rows = values[name].rows
        for size, count in ((node.shape.rows, len(rows)), (node.shape.columns, len(rows[0]))):
            if len(size.names) == 1:
                found[size.names[0]] = (count - size.constant) // size.terms[0][1]
    return found


def _value(side: Expr, values: Mapping[str, Value], sizes: Mapping[str, int]) -> str:
    """The value of an expression, in fractions or in digits; nothing if it has none."""
    entries = {name: [[Fraction(part) for part in row] for row in value.rows] for name, value in values.items()}
    try:
        return _typeset(
            Value(tuple(tuple(Fraction(part) for part in row) for row in evaluate(side, entries, sizes, RATIONALS)))
        )
    except Undefined:
        return ""
    except Inexact:
        rows = evaluate(side, entries, sizes, INTERVALS)
        return _typeset(Value(tuple(tuple(f"{float(part.mid):.6g}" for part in row) for row in rows)))


def _typeset(value: Value) -> str:
    return str(value).replace("-", "−")


def _listed(values: Mapping[str, Value]) -> str:
    """`b = 1, eta = 1 and w = 2`."""
    *first, last = [f"{name} = {_typeset(value)}" for name, value in values.items()]
    return f"{', '.join(first)} and {last}" if first else last


def _sentence(said: str) -> str:
    """A case as a sentence."""
    return f"For {said}." if not said.startswith("always") else ""
