"""A claim file read: what it claims under which heading, and what in it cannot be read. Nothing in it is executed."""

from dataclasses import dataclass, replace

from thalweg.calculus.nodes import CalculusError, SyntaxProblem
from thalweg.claims.files.markdown import Block, Front, Heading, page
from thalweg.claims.files.scopes import Frame
from thalweg.claims.files.statements import MOST_CLAIMS, MOST_PROBLEMS, Item, read_block


@dataclass(frozen=True)
class Document:
    """A claim file.

    Attributes:
        front: Its front matter: `name`, `sources`, `collaborators`, `hours` and whatever else, as texts or lists of texts.
        title: Its first heading of level 1.
        items: What it claims, in order.
        problems: What could not be read, each with line and column.
        source: The file itself.
    """

    front: Front
    title: str
    items: tuple[Item, ...]
    problems: tuple[CalculusError, ...]
    source: str = ""


def read(text: str) -> Document:
    r"""A claim file, read. It never refuses: what cannot be read becomes a problem, and the rest is read.

    Args:
        text: The file, at most 256 KB of it.

    Returns:
        What it claims, and what could not be read. A claim that cannot be read is among both.

    Example:
        >>> found = read("# 1\n```claim\nsizes n\nx : n\nclaim (a): x' x = ||x||^2\nclaim (b): x' x = y\n```\n")
        >>> [(item.label, item.echo) for item in found.items]
        [('(a)', "for all x (n x 1): x' x = ||x||^2"), ('(b)', '')]
        >>> str(found.problems[0])
        'line 6, column 19: y is not declared; declared are x, n'
    """
    found = page(text)
    items: list[Item] = []
    problems = list(found.problems)
    frames: list[tuple[Heading | None, Frame]] = [(None, Frame())]
    for block in found.blocks:
        new, wrong = _read(block, frames)
        unread = [item.content for item in new if isinstance(item.content, CalculusError)]
        problems += sorted([*wrong, *unread], key=lambda problem: (problem.line, problem.column))
        items += new
        if len(items) > MOST_CLAIMS or len(problems) > MOST_PROBLEMS:
            line = block.lines[0].number
            problems = [*problems[:MOST_PROBLEMS], _too_much(line, len(items))]
            break
    if not items and not problems:
        problems.append(SyntaxProblem("need at least one claim, in a block that begins with ```claim", 1, 1))
    return Document(found.front, found.title, tuple(items[:MOST_CLAIMS]), tuple(problems), text)


def unreadable(message: str) -> Document:
    """A file that cannot be read at all: it claims nothing, and has one problem."""
    return Document({}, "", (), (SyntaxProblem(message),))


def _too_much(line: int, claims: int) -> SyntaxProblem:
    """That the rest of the file was not read."""
    what = f"{MOST_CLAIMS} claims" if claims > MOST_CLAIMS else f"{MOST_PROBLEMS} problems"
    return SyntaxProblem(f"need at most {what} in a file; what follows this block was not read", 1, line)


def _read(block: Block, frames: list[tuple[Heading | None, Frame]]) -> tuple[list[Item], list[CalculusError]]:
    """What a block claims, in the frame of its heading; frames of headings that are over are left."""
    path = (None, *block.headings)
    while frames[-1][0] not in path:
        frames.pop()
    for heading in path[path.index(frames[-1][0]) + 1 :]:
        frames.append((heading, frames[-1][1].copy()))
    items, problems = read_block(block.lines, frames[-1][1])
    titles = tuple(heading.title for heading in block.headings)
    return [replace(item, headings=titles) for item in items], problems
