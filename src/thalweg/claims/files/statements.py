"""The lines of a `claim` block, one by one: what each says, in the frame of its heading."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from thalweg.calculus.nodes import STATEMENTS, CalculusError, ShapeProblem, SyntaxProblem
from thalweg.calculus.parse import RELATIONS
from thalweg.calculus.tokens import NAME, Token
from thalweg.claims.echo import echo
from thalweg.claims.files.assumptions import given, let, run
from thalweg.claims.files.declarations import names, sizes
from thalweg.claims.files.inductions import Sequenced, prepared
from thalweg.claims.files.markdown import Line, without_comment
from thalweg.claims.files.measured import Measured, measured, speaks_of_outputs
from thalweg.claims.files.randoms import random
from thalweg.claims.files.scopes import Frame
from thalweg.claims.files.sequences import recurrence
from thalweg.claims.files.understanding import tokens_of, understood
from thalweg.claims.nouns import Answer, Claim, Verdict

MOST_CLAIMS = 200
MOST_PROBLEMS = 100
LONGEST_CHAIN = 60
MOST_IN_LABEL = 60

_LABEL = re.compile(rf"\s*([^:$<>=≤≥≠∀\[\]{{}}|]{{1,{MOST_IN_LABEL}}}?)\s*:(?!:)\s*")
_WORD = re.compile(r"\s*(claim\b|chain\b|[^\W\d_][a-z]*\b(?!\s*[:,]))")
_DECLARATIONS: dict[str, Callable[[Frame, Line, int], None]] = {
    "sizes": sizes,
    "random": random,
    "given": given,
    "let": let,
    "recurrence": recurrence,
    "run": run,
}


@dataclass(frozen=True)
class Item:
    """Something that was claimed.

    Attributes:
        content: What is to be checked; or an answer, where there is one already; or why it could not be read.
        label: What it is called.
        text: As it was typed.
        line: Its line in the file.
        headings: The headings that it stands under, the outermost first.
        echo: How it was read, in one line; empty if it was not.
        note: How it was prepared for checking.
        doubt: Why a counterexample to it would prove nothing; empty if it would.
    """

    content: Claim | Sequenced | Measured | Answer | CalculusError
    label: str
    text: str
    line: int
    headings: tuple[str, ...] = ()
    echo: str = ""
    note: str = ""
    doubt: str = ""


def read_block(lines: tuple[Line, ...], frame: Frame) -> tuple[list[Item], list[CalculusError]]:
    """What the lines of a block claim; what they declare is put into the frame.

    Args:
        lines: The lines.
        frame: What is declared at the heading so far.

    Returns:
        What is claimed, and what cannot be read; where there is too much of either, it ends early.
    """
    items: list[Item] = []
    problems: list[CalculusError] = []
    place = 0
    while place < len(lines) and len(items) <= MOST_CLAIMS and len(problems) <= MOST_PROBLEMS:
        line = without_comment(lines[place])
        place += 1
        if not line.text.strip():
            continue
        word = _WORD.match(line.text)
        if word and word[1] == "chain":
            end = _end_of_chain(lines, place, _indent(line))
            items += read_chain(line, word.end(), lines[place:end], frame)
            place = end
        elif word and word[1] == "claim":
            items.append(_claim(line, word.end(), frame))
        elif problem := _declared(line, word, frame):
            problems.append(problem)
            frame.doubt = f"line {line.number} above it could not be read"
            frame.unread |= dict.fromkeys(_meant(line, word), line.number)
    return items, problems


def _meant(line: Line, word: re.Match[str] | None) -> list[str]:
    """The names that a line would declare, as far as can be seen without reading it."""
    said = line.text[word.end() if word and word[1] in _DECLARATIONS else 0 :]
    if word and word[1] == "given":
        return []
    part = said.rpartition(" as ")[2] if word and word[1] == "run" else re.split(r"[:=~\[]", said)[0]
    return re.findall(NAME, part)


def _declared(line: Line, word: re.Match[str] | None, frame: Frame) -> CalculusError | None:
    """Take in a line that declares something; returns what is wrong with it."""
    try:
        if word and word[1] in _DECLARATIONS:
            if word[1] in ("given", "let") and speaks_of_outputs(line, 0, frame):
                message = f"{word[1]} cannot use what an experiment measured: what is measured is not assumed"
                raise SyntaxProblem(message, _after(line, word) + 1)
            _DECLARATIONS[word[1]](frame, line, _after(line, word))
        elif ":" in line.text:
            names(frame, line, 0)
        else:
            raise SyntaxProblem(_unknown(line.text.strip()), _indent(line) + 1)
    except CalculusError as problem:
        return placed(problem, line)
    return None


def _after(line: Line, word: re.Match[str]) -> int:
    """Where a line goes on after a word."""
    return len(line.text) - len(line.text[word.end() :].lstrip())


def _unknown(text: str) -> str:
    """What to say of a line that begins with no word of the language."""
    if text[:1] in "=<>!≤≥":
        return "need a claim here; the lines of a chain stand further in than the word chain"
    known = ", ".join([*_DECLARATIONS, "claim", "chain"])
    return f"need one of {known}, or `x : n`, got {text[:30]!r}"


def placed(problem: CalculusError, line: Line) -> CalculusError:
    """A problem that knows its line; its column is one of that line."""
    column = min(problem.column or _indent(line) + 1, len(line.text) + 1)
    return type(problem)(problem.message, column, problem.line or line.number)


def _indent(line: Line) -> int:
    """How far in a line begins."""
    return len(line.text) - len(line.text.lstrip())


# Claims


def _claim(line: Line, start: int, frame: Frame) -> Item:
    """`claim LABEL: STATEMENT`."""
    label, start = labelled(line, start)
    blank = Item(Answer(Verdict.UNDECIDED, ""), label, line.text[start:].strip(), line.number, doubt=frame.doubt)
    try:
        if speaks_of_outputs(line, start, frame):
            return replace(blank, content=measured(frame, line, start), echo=blank.text)
        return said(blank, line, tokens_of(line, start, known=frame.known), frame)
    except CalculusError as problem:
        return replace(blank, content=placed(problem, line))


def labelled(line: Line, start: int) -> tuple[str, int]:
    """The label at a place of a line, and where it ends; without one, the line's number is the label."""
    found = _LABEL.match(line.text, start)
    if found is None or re.search(r"\bforall\b|\bin\s*[\[(]", found[1]):
        found = re.compile(r"\s*:?\s*").match(line.text, start)
        return f"line {line.number}", found.end() if found else start
    return " ".join(found[1].split()), found.end()


def said(blank: Item, line: Line, tokens: list[Token], frame: Frame) -> Item:
    """An item that claims what tokens say, or that has the answer ILL-TYPED.

    Raises:
        SyntaxProblem: If they cannot be read, or claim nothing.
    """
    if len(tokens) == 1:
        raise SyntaxProblem("need a statement to claim", len(line.text) + 1)
    try:
        statement, readings = understood(line.text, tokens, frame)
    except ShapeProblem as problem:
        problem = placed(problem, line)
        return replace(blank, content=Answer(Verdict.ILL_TYPED, f"column {problem.column}: {problem.message}"))
    if statement.op not in STATEMENTS:
        raise SyntaxProblem("need a statement such as a = b to claim, got an expression", tokens[0].column)
    claim = replace(frame.claim(statement, line, 0, blank.label, readings), text=blank.text)
    try:
        ready = prepared(frame, claim)
        read = echo(claim)
    except RecursionError:
        raise SyntaxProblem("need a text of fewer steps into each other; split it with let", tokens[0].column) from None
    return replace(blank, content=ready.content, echo=read, note=ready.note)


# Chains


def _end_of_chain(lines: tuple[Line, ...], place: int, indent: int) -> int:
    """The place after the last line that stands further in."""
    end = place
    for i, line in enumerate(lines[place:], place):
        text = without_comment(line)
        if text.text.strip():
            if _indent(text) <= indent:
                break
            end = i + 1
    return end


def read_chain(head: Line, start: int, lines: tuple[Line, ...], frame: Frame) -> list[Item]:
    """`chain LABEL:` and the lines below it: each claims something about the one before."""
    label, end = labelled(head, start)
    inside = [line for line in (without_comment(each) for each in lines) if line.text.strip()]
    blank = Item(Answer(Verdict.UNDECIDED, ""), label, head.text.strip(), head.number, doubt=frame.doubt)
    if problem := _no_chain(head, end, len(inside)):
        return [replace(blank, content=problem)]
    before: tuple[Line, list[Token]] | None = None
    items: list[Item] = []
    for k, line in enumerate(inside, 1):
        item = replace(blank, label=f"{label}, line {k}", text=line.text.strip(), line=line.number)
        try:
            tokens = tokens_of(line, known=frame.known)
            link = _link(item, line, tokens, before, k, frame)
            items += [link] if link else []
            before = line, _last_side(tokens)
        except CalculusError as problem:
            items.append(replace(item, content=placed(problem, line)))
            before = None
    return items


def _no_chain(head: Line, end: int, count: int) -> SyntaxProblem | None:
    """What is wrong with the first line of a chain, or with how many lines it has below."""
    if head.text[end:].strip():
        return head.problem("need `chain LABEL:` and nothing after it on this line", end + 1)
    if count < 2:
        message = "need an expression and then lines such as `= ...` below, all of them further in"
        return head.problem(message, _indent(head) + 1)
    if count > LONGEST_CHAIN:
        return head.problem(f"need at most {LONGEST_CHAIN} lines in a chain, got {count}", _indent(head) + 1)
    return None


def _link(
    item: Item, line: Line, tokens: list[Token], before: tuple[Line, list[Token]] | None, k: int, frame: Frame
) -> Item | None:
    """What a line of a chain claims of the side before it; the first line claims nothing."""
    is_related = tokens[0].kind in RELATIONS
    if k == 1:
        if is_related:
            raise SyntaxProblem("need an expression in the first line of a chain, without a relation", tokens[0].column)
        _tried(line, tokens, frame)
        return None
    if not is_related:
        raise SyntaxProblem("need a relation such as = or <= at the beginning of a line of a chain", tokens[0].column)
    if before is None:
        raise SyntaxProblem("follows a line that could not be read", tokens[0].column)
    far = len(line.text) + 1
    moved = [replace(token, column=token.column + far, end=token.end + far) for token in before[1]]
    joined = replace(line, text=f"{line.text} {before[0].text}")
    found = said(item, joined, [*moved, *tokens], frame)
    if isinstance(found.content, Answer) and found.content.verdict is Verdict.ILL_TYPED:
        return _at_relation(found, far, tokens[0].column)
    return found


def _at_relation(item: Item, far: int, column: int) -> Item:
    """An answer about shapes, with a column of this line, also where the side before is meant."""
    assert isinstance(item.content, Answer)
    place, _, message = item.content.how.partition(": ")
    if int(place.removeprefix("column ")) <= far:
        return item
    return replace(item, content=replace(item.content, how=f"column {column}: {message}"))


def _tried(line: Line, tokens: list[Token], frame: Frame) -> None:
    """Refuse the first line of a chain where it cannot be read; whether its shapes fit is said with the next line."""
    try:
        understood(line.text, tokens, frame)
    except ShapeProblem:
        return


def _last_side(tokens: list[Token]) -> list[Token]:
    """What stands after the last relation."""
    depth, start = 0, 0
    for place, token in enumerate(tokens):
        depth += (token.kind in ("(", "[")) - (token.kind in (")", "]"))
        if token.kind in RELATIONS and not depth:
            start = place + 1
    return tokens[start:-1]
