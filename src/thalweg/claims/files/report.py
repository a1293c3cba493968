"""A marked claim file for people, as text, and for programs, as JSON. For graders: `graders`.

Nothing is decided here. What a stranger typed is printed without control characters.
"""

import functools
import sys

from thalweg.calculus.nodes import CalculusError
from thalweg.claims.files.markdown import Line, lines_of
from thalweg.claims.files.marking import GOOD, Marked
from thalweg.claims.files.statements import Item
from thalweg.claims.nouns import Answer, Counterexample, Value, Verdict

UNREADABLE = "UNREADABLE"
MOST_SHOWN = 400
_COLOURS = {
    "PROVED": "bold green",
    "PASSED": "green",
    "FALSE": "bold red",
    "ILL-TYPED": "red",
    UNREADABLE: "red",
    "VACUOUS": "yellow",
    "AMBIGUOUS": "yellow",
    "UNDECIDED": "yellow",
}
_WIDTH = max(len(word) for word in _COLOURS)

Piece = tuple[str, str]  # A text and its style.


def printable(text: str) -> str:
    r"""A text without control characters, which could play tricks on a terminal.

    Example:
        >>> printable("a\x1b[31mb")
        'a\\x1b[31mb'
    """
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)


def word(answer: Answer | None) -> str:
    """The verdict as it is printed."""
    return UNREADABLE if answer is None else answer.verdict.word


def points(answer: Answer | None) -> int:
    """1 for a claim that is proved or passed, else 0."""
    return int(answer is not None and answer.verdict in GOOD)


# Text


def text(marked: Marked) -> str:
    """A marked file as plain text.

    Args:
        marked: The file with its answers.

    Returns:
        Front matter, a table for each heading, what could not be read, and the score.
    """
    return "\n".join("".join(part for part, _ in line).rstrip() for line in lines(marked)) + "\n"


def print_text(marked: Marked) -> None:
    """Print a marked file; in colour if standard output is a terminal.

    Args:
        marked: The file with its answers.
    """
    if not sys.stdout.isatty():
        sys.stdout.write(text(marked))
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    for line in lines(marked):
        console.print(Text.assemble(*line), soft_wrap=True)


def lines(marked: Marked) -> list[list[Piece]]:
    """The lines of the text, in pieces with their styles.

    Args:
        marked: The file with its answers.

    Returns:
        One list of pieces for each line.
    """
    found = _front(marked)
    path: tuple[str, ...] | None = None
    pairs = list(zip(marked.document.items, marked.answers, strict=True))
    for item, answer in pairs:
        if item.headings != path:
            path = item.headings
            found += [[("", "")], [(printable(" / ".join(path)), "bold")]] if path else [[("", "")]]
            width = max(len(printable(other.label)) for other, _ in pairs if other.headings == path)
        found += _rows(item, answer, width, marked.document.source)
    found += _problems(marked)
    return [*found, [("", "")], [(total(marked), "bold")]]


def _front(marked: Marked) -> list[list[Piece]]:
    """Title and front matter."""
    found = [[(printable(marked.document.title), "bold")]] if marked.document.title else []
    for key, value in marked.document.front.items():
        said = ", ".join(value) if isinstance(value, tuple) else value
        found.append([(f"{printable(key)}: ", "dim"), (printable(said), "")])
    if marked.missing:
        found.append([(f"The front matter does not say: {', '.join(marked.missing)}.", "dim")])
    return found


def _rows(item: Item, answer: Answer | None, width: int, source: str) -> list[list[Piece]]:
    """A claim: verdict, label and how it was read; below, why."""
    verdict = word(answer)
    head = [
        (f"{verdict:<{_WIDTH}}", _COLOURS[verdict]),
        (f"  {printable(item.label):<{width}}", "bold"),
        (f"  {printable(echo(item, answer))}", ""),
    ]
    style = "" if points(answer) else _COLOURS[verdict]
    indent = " " * (_WIDTH + 2)
    return [head, *([(f"{indent}{printable(line)}", style)] for line in explained(item, answer, source))]


def echo(item: Item, answer: Answer | None) -> str:
    """How a claim was read, or else as it was typed."""
    said = (answer.echo if answer is not None else "") or item.echo or item.text
    return said if len(said) <= MOST_SHOWN else f"{said[:MOST_SHOWN]} ..."


def explained(item: Item, answer: Answer | None, source: str = "") -> list[str]:
    """Why a claim has its verdict: in which way it was reached, a counterexample, a condition; a line each.

    Args:
        item: The claim.
        answer: Its answer.
        source: The file, to show the place of what does not fit.

    Returns:
        The lines.
    """
    if answer is None:
        return [str(item.content)]
    found = [answer.how] if answer.how else [answer.verdict.value]
    if answer.samples and answer.verdict is Verdict.PASSED and str(answer.samples) not in answer.how:
        found.append(f"tried in {answer.samples} cases")
    if answer.counterexample is not None:
        found.append(f"{answer.counterexample}  (checked {answer.counterexample.certified})")
    if answer.condition:
        found.append(answer.condition)
    if answer.verdict is Verdict.ILL_TYPED and answer.how.startswith("column "):
        found += pointed(source, item.line, int(answer.how[7:].partition(":")[0]))
    return found


def pointed(source: str, line: int, column: int) -> list[str]:
    """A line of a file, and a mark below one of its columns; at most 100 characters around it."""
    found = _lines_of(source)
    if not 1 <= line <= len(found) or not source:
        return []
    start = max(0, column - 70)
    end = found[line - 1].text.find("#", column)
    part = found[line - 1].text[start : end if end > 0 else None][:100]
    shown = "".join(letter if letter.isprintable() else " " for letter in part)
    return [shown.rstrip(), " " * (column - 1 - start) + "^"]


@functools.lru_cache(maxsize=1)
def _lines_of(source: str) -> list[Line]:
    """The lines of a file, which is asked for again and again."""
    return lines_of(source)


def _problems(marked: Marked) -> list[list[Piece]]:
    """What could not be read, each with its line."""
    if not marked.problems:
        return []
    found: list[list[Piece]] = [[("", "")], [("What could not be read", "bold")]]
    for problem in marked.problems:
        found.append([(printable(str(problem)), "red")])
        found += [[(f"    {line}", "dim")] for line in pointed(marked.document.source, problem.line, problem.column)]
    return found


def total(marked: Marked) -> str:
    """How many claims have which verdict."""
    verdicts = [word(answer) for answer in marked.answers]
    counted = ", ".join(f"{verdicts.count(each)} {each}" for each in _COLOURS if each in verdicts)
    return f"{marked.score} of {len(verdicts)} claims hold: {counted}" if verdicts else "no claims"


# JSON


def to_json(marked: Marked) -> dict[str, object]:
    """A marked file for programs.

    Args:
        marked: The file with its answers.

    Returns:
        One object: title, front, missing, score, max_score, status, claims, problems, in this order.
    """
    pairs = zip(marked.document.items, marked.answers, strict=True)
    return {
        "title": marked.document.title,
        "front": {
            key: list(value) if isinstance(value, tuple) else value for key, value in marked.document.front.items()
        },
        "missing": list(marked.missing),
        "score": marked.score,
        "max_score": len(marked.answers),
        "status": marked.status,
        "claims": [_claim_json(item, answer) for item, answer in pairs],
        "problems": [_problem_json(problem) for problem in marked.problems],
    }


def _claim_json(item: Item, answer: Answer | None) -> dict[str, object]:
    """One claim for programs."""
    return {
        "label": item.label,
        "headings": list(item.headings),
        "line": item.line,
        "text": item.text,
        "verdict": word(answer),
        "points": points(answer),
        "echo": (answer.echo if answer is not None else "") or item.echo,
        "how": answer.how if answer is not None else "\n".join(explained(item, answer)),
        "counterexample": _case_json(answer.counterexample if answer is not None else None),
        "condition": answer.condition if answer is not None else "",
        "samples": answer.samples if answer is not None else 0,
        "seconds": round(answer.seconds, 3) if answer is not None else 0.0,
    }


def _case_json(case: Counterexample | None) -> dict[str, object] | None:
    """A counterexample for programs; numbers are texts, since they are exact."""
    if case is None:
        return None
    return {
        "values": {name: _rows_json(value) for name, value in case.values.items()},
        "left": _rows_json(case.left),
        "right": _rows_json(case.right),
        "relation": case.relation,
        "certified": case.certified,
        "text": str(case),
    }


def _rows_json(value: Value | None) -> list[list[str]] | None:
    """An exact value, row by row."""
    return None if value is None else [[str(entry) for entry in row] for row in value.rows]


def _problem_json(problem: CalculusError) -> dict[str, object]:
    """A problem for programs."""
    return {"line": problem.line, "column": problem.column, "message": problem.message}
