"""What the pages of the laboratory share: their beginning and end, their state in the address, questions that are checked.

A page imports this and lays it out; what it shows comes from the rest of thalweg.
"""

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import marimo as mo
import torch
from jaxtyping import Float
from torch import Tensor

from thalweg import report
from thalweg.calculus import told
from thalweg.calculus.nodes import CalculusError
from thalweg.calculus.parse import parse
from thalweg.claims.check import check
from thalweg.claims.files import report as report_of_claims
from thalweg.claims.files.marking import check_text
from thalweg.claims.nouns import Verdict
from thalweg.claims.stating import claim
from thalweg.draw.explorables.chart import Chart
from thalweg.experiments import catalogue
from thalweg.experiments.result import Result
from thalweg.lab.topics import TOPICS, topic

MOST_TYPED, SECONDS = 200, 3.0
"""The longest answer that is read, and the longest time that is spent on it."""


# The frame of a page


def begin(name: str) -> mo.Html:
    """A page's head: the way back, the title, the question.

    Args:
        name: The topic's name.

    Returns:
        What to show first.
    """
    about = topic(name)
    question = " ".join(about.question.split())
    return mo.md(
        f'<nav><a href="../">thalweg, all topics</a></nav>\n\n# {about.title}\n\n{question}\n\n'
        f'<p class="seed">{html.escape(about.seed)}</p>'
    )


def end(name: str) -> mo.Html:
    """A page's foot: the same as commands, and where the sources are."""
    about = topic(name)
    rows = [
        f"- `thalweg run {each}`: {catalogue.find(each).title} "
        f'(<a href="../source/experiments/{catalogue.find(each).where.split(":")[0]}.py">source</a>)'
        for each in about.experiments
    ]
    place = [each.name for each in TOPICS].index(name)
    following = TOPICS[(place + 1) % len(TOPICS)]
    return mo.md(
        "## The same from the command line\n\n" + "\n".join(rows) + "\n\n"
        f'<p>This page is a marimo notebook: <a href="../source/lab/pages/{about.file.name}">its source</a>; '
        f"open it with <code>marimo edit</code>, print it with the browser to hand it in.</p>\n\n"
        f'<nav>Next: <a href="../{following.name}/">{following.title}</a></nav>'
    )


def notice(*sentences: str) -> mo.Html:
    """What to notice, as a list; each sentence is Markdown with maths."""
    return mo.md("## What to notice\n\n" + "\n".join(f"- {' '.join(sentence.split())}" for sentence in sentences))


# The state of a page, in its address


def remembered(name: str, default: float | int, low: float | int = -math.inf, high: float | int = math.inf) -> float:
    """A number from the page's address, if there is a good one.

    Args:
        name: What it is called there.
        default: What it is otherwise.
        low: The least that is good.
        high: The largest that is good.

    Returns:
        The number.
    """
    given = mo.query_params().get(name)
    try:
        value = float(str(given))
    except ValueError:
        return default
    return value if low <= value <= high else default


def chosen(name: str, options: list[str], default: str) -> str:
    """One of several words from the page's address; the default if there is none of them."""
    given = mo.query_params().get(name)
    return given if isinstance(given, str) and given in options else default


def remember(**values: float | int | str) -> None:
    """Put the state of a page into its address, where a bookmark or a link keeps it."""
    params = mo.query_params()
    for name, value in values.items():
        text = f"{value:.6g}" if isinstance(value, float) else str(value)
        if params.get(name) != text:
            params.set(name, text)


# An experiment on a page


def experiment(name: str, **settings: Any) -> Result:  # noqa: ANN401
    """Run an experiment of the catalogue; a bar shows how far it is.

    Raises:
        ValueError: If a setting is refused; it says what must hold.
    """
    with mo.status.progress_bar(total=100, title=catalogue.find(name).title, remove_on_exit=True) as shown:
        done = 0

        def tell(share: float) -> None:
            nonlocal done
            step = int(100 * min(1.0, share)) - done
            if step > 0:
                done += step
                shown.update(increment=step)

        return catalogue.run_experiment(name, {key: str(value) for key, value in settings.items()}, tell)


def table(result: Result) -> mo.Html:
    """Predicted against measured, the reason, and the command to have the same again."""
    again = html.escape(report.command(result))
    return mo.Html(f'<div class="results">{report.comparison(result)}<p><code>{again}</code></p></div>')


def pictures(result: Result, *places: int) -> mo.Html:
    """Pictures of a result, all of them if no places are given, each with its title and its caption."""
    wanted = [result.pictures[place] for place in places] if places else result.pictures
    return mo.vstack([_picture(each) for each in wanted])


def _picture(picture: Any) -> mo.Html:  # noqa: ANN401
    drawn = picture.draw()
    if isinstance(drawn, str):
        shown = mo.Html(f'<div class="svg" role="img" aria-label="{html.escape(picture.caption)}">{drawn}</div>')
    else:
        shown = Chart()
        shown.show(drawn, picture.caption)
    caption = mo.Html(f"<figcaption>{html.escape(picture.caption)}</figcaption>")
    return mo.vstack([mo.md(f"### {picture.title}"), shown, caption])


def refused(problem: Exception) -> mo.Html:
    """Why something cannot be done, for a reader."""
    return mo.callout(mo.md(html.escape(str(problem))), kind="warn")


# Your turn


@dataclass(frozen=True)
class Turn:
    """A question whose answer is typed and checked.

    Attributes:
        question: What is asked, in Markdown with maths.
        statement: The claim that an answer makes, with `{}` in its place, in the language of claims.
        given: What is assumed.
        shapes: The shapes of all names, as in `thalweg.claims.claim`.
        hint: What to think of.
        answer: A right answer; tests give it, and nobody else sees it.
        wrong: A wrong answer, for tests.
    """

    question: str
    statement: str
    shapes: dict[str, str]
    given: tuple[str, ...] = ()
    hint: str = ""
    answer: str = ""
    wrong: str = field(default="0", kw_only=True)


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
        return mo.md(f"*Hint: {turn.hint}*" if turn.hint else "")
    kind, words = verdict(turn, typed)
    return mo.callout(mo.Html(f"<div>{html.escape(words)}</div>"), kind=kind)


def verdict(turn: Turn, typed: str) -> tuple[Literal["success", "danger", "warn"], str]:
    """An answer's verdict.

    Args:
        turn: The question.
        typed: The answer; it may be anything.

    Returns:
        "success", "danger" or "warn", and a sentence.
    """
    if len(typed) > MOST_TYPED:
        return "warn", f"Need at most {MOST_TYPED} characters, got {len(typed)}."
    try:
        parse(typed)  # on its own, so that no bracket of it closes one of the statement
        said = claim(turn.statement.replace("{}", f"({typed})"), turn.given, turn.shapes)
        found = check(said, SECONDS)
    except CalculusError as problem:
        return "warn", f"This could not be read: {problem.message}"
    except RecursionError:
        return "warn", "This is nested too deeply to be read."
    if found.verdict is Verdict.PROVED:
        return "success", f"Right: {found.how}."
    if found.verdict is Verdict.PASSED:
        return "success", f"Right as far as was tried: {found.how}."
    case = f" {found.counterexample}" if found.counterexample else ""
    kind = "danger" if found.verdict is Verdict.FALSE else "warn"
    return kind, f"{found.verdict.word}: {found.how}.{case}"


# A visitor's own data

MOST_NUMBERS = 2000


def text(name: str, default: str) -> str:
    """A text from the page's address, of a reasonable length; else the default."""
    given = mo.query_params().get(name)
    return given if isinstance(given, str) and len(given) <= MOST_NUMBERS else default


def matrix(typed: str) -> Float[Tensor, "n d"]:
    """Numbers that a visitor typed or pasted: a row a line, with spaces, commas, semicolons or tabs between them.

    Args:
        typed: The text.

    Returns:
        The matrix, in float64.

    Raises:
        ValueError: If there is none, or it is ragged, not finite, too large, or has only zeros.

    Example:
        >>> matrix("1 0, 2")
        tensor([[1., 0., 2.]])
    """
    rows = [line.replace(",", " ").replace(";", " ").split() for line in typed.splitlines() if line.strip()]
    widths = sorted({len(row) for row in rows})
    if not rows or len(widths) > 1:
        raise ValueError(f"need as many numbers in every row, got rows of {', '.join(map(str, widths)) or 'nothing'}")
    if len(rows) * widths[0] > MOST_NUMBERS:
        raise ValueError(f"need at most {MOST_NUMBERS} numbers, got {len(rows) * widths[0]}")
    try:
        found = torch.tensor([[float(cell) for cell in row] for row in rows], dtype=torch.float64)
    except ValueError as problem:
        raise ValueError(f"need numbers, got {str(problem).split(': ')[-1]}") from None
    if not found.isfinite().all() or not found.any() or float(found.abs().max()) > 1e100:
        raise ValueError("need finite numbers of at most 1e100, and one that is not 0")
    return found


# Derivatives and claims


def derivation(f: str, by: str, symmetric: Sequence[str], second: bool = False) -> mo.Html:
    """The story of a derivative, its formulas typeset; or why there is none."""
    try:
        found = told.answered(told.Question(f, by.strip(), traits=dict.fromkeys(symmetric, "symmetric"), second=second))
    except ValueError as problem:
        return refused(problem)
    stories = [found, *([found.second] if found.second else [])]
    rows = [f"| {step.title} | {_typeset(step.text, step.latex)} |" for story in stories for step in story.steps]
    checked = told.confirmed(found)
    return mo.md("| | |\n|---|---|\n" + "\n".join(rows) + f"\n| confirmed | {html.escape(checked)} |")


def _typeset(words: str, latex: str) -> str:
    return f"${latex}$" if latex else html.escape(words).replace("|", "&#124;")


def claimed(typed: str) -> mo.Html:
    """What is to be said of claims that a visitor typed, line by line, as `thalweg check` says it."""
    try:
        marked = check_text(f"```claim\n{typed}\n```\n", seconds=SECONDS)
    except ValueError as problem:
        return refused(problem)
    rows = [str(problem) for problem in marked.document.problems]
    for item, answer in zip(marked.document.items, marked.answers, strict=True):
        why = "\n".join(f"    {line}" for line in report_of_claims.explained(item, answer))
        rows.append(f"{report_of_claims.word(answer)}  {item.label}: {report_of_claims.echo(item, answer)}\n{why}")
    return mo.Html(f'<div class="results"><pre>{html.escape(chr(10).join(rows))}</pre></div>')
