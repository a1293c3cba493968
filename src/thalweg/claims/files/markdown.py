"""A Markdown file taken apart: front matter, headings, and the lines of its `claim` blocks, whatever they say."""

import re
from dataclasses import dataclass, replace

from thalweg.calculus.nodes import CalculusError, SyntaxProblem

MOST_BYTES = 256 * 1024
MOST_CHARACTERS = 4000
MOST_KEYS = 100
MOST_IN_TITLE = 200

_HEADING = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
_FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})[ \t]*([^`]*)$")
_PAIR = re.compile(r"([^\W\d][\w .-]*?)[ \t]*:(?:[ \t]+(.*))?$")
_ITEM = re.compile(r"[ \t]*-[ \t]+(.+)$")

Front = dict[str, str | tuple[str, ...]]


@dataclass(frozen=True)
class Line:
    """A line of a file.

    Attributes:
        number: Which, from 1.
        text: All of it, so that a place in it is a column.
    """

    number: int
    text: str

    def problem(self, message: str, column: int = 1) -> SyntaxProblem:
        """That this line cannot be read."""
        return SyntaxProblem(message, column, self.number)


@dataclass(frozen=True)
class Heading:
    """A heading.

    Attributes:
        level: How many `#` it has.
        title: What it says.
        line: Its line in the file.
    """

    level: int
    title: str
    line: int


@dataclass(frozen=True)
class Block:
    """A `claim` block: the headings that it stands under, the outermost first, and the lines in it."""

    headings: tuple[Heading, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Page:
    """What a Markdown file holds.

    Attributes:
        front: Its front matter: a text, or a list of texts, by key.
        title: Its first heading of level 1; empty if there is none.
        blocks: Its `claim` blocks.
        problems: What could not be read.
    """

    front: Front
    title: str
    blocks: tuple[Block, ...]
    problems: tuple[CalculusError, ...]


def page(text: str) -> Page:
    r"""A Markdown file, taken apart.

    Args:
        text: The file; a byte order mark and any ends of lines will do.

    Returns:
        Front matter, title, blocks and problems; it refuses nothing, but a file that is too large is one problem.

    Example:
        >>> found = page("# Homework\n## 1\n```claim\nclaim: 1 = 1\n```\n")
        >>> found.title, [heading.title for heading in found.blocks[0].headings], found.blocks[0].lines[0].number
        ('Homework', ['Homework', '1'], 4)
    """
    if len(text) > MOST_BYTES or len(text.encode(errors="replace")) > MOST_BYTES:
        return Page({}, "", (), (SyntaxProblem(f"need at most {MOST_BYTES // 1024} KB of text, got more", 1, 1),))
    lines = lines_of(text)
    front, place, problems = front_matter(lines)
    headings, blocks, more = _body(lines[place:])
    title = next((heading.title for heading in headings if heading.level == 1), "")
    return Page(front, title, tuple(blocks), (*problems, *more))


def lines_of(text: str) -> list[Line]:
    """The lines of a text; a line ends with LF, CR LF or CR and with nothing else."""
    plain = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return [Line(number, line) for number, line in enumerate(plain.split("\n"), 1)]


# Front matter


def front_matter(lines: list[Line]) -> tuple[Front, int, list[CalculusError]]:
    """What stands between two lines `---` at the very beginning, how many lines that takes, and what is wrong with it."""
    if lines[0].text.rstrip() != "---":
        return {}, 0, []
    end = next((place for place, line in enumerate(lines[1:], 1) if line.text.rstrip() in ("---", "...")), 0)
    if not end:
        return (
            {},
            1,
            [lines[0].problem("the front matter that begins here is not closed: need --- on a line of its own")],
        )
    front: Front = {}
    problems: list[CalculusError] = []
    key = ""
    for line in lines[1:end]:
        try:
            key = _entry(line, front, key)
        except CalculusError as problem:
            problems.append(problem)
    return front, end + 1, problems


def _entry(line: Line, front: Front, key: str) -> str:
    """Take in one line of front matter; returns the key that items of a list would belong to."""
    text = line.text.rstrip()
    if not text or text.lstrip().startswith("#"):
        return key
    if len(text) > MOST_CHARACTERS or len(front) >= MOST_KEYS:
        raise line.problem(f"need at most {MOST_CHARACTERS} characters in a line and {MOST_KEYS} keys of front matter")
    if item := _ITEM.match(text):
        items = front.get(key)
        if not isinstance(items, tuple):
            raise line.problem("need `key:` before the items of a list")
        front[key] = (*items, _unquoted(item[1]))
        return key
    pair = _PAIR.match(text)
    if pair is None:
        raise line.problem("need `key: value`, or `key:` and then lines `- item`")
    if pair[1] in front:
        raise line.problem(f"{pair[1]} is given twice")
    front[pair[1]] = _unquoted(pair[2]) if pair[2] else ()
    return pair[1]


def _unquoted(value: str) -> str:
    """A value without the quotation marks around it."""
    value = value.strip()
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value


# Headings and blocks


def _body(lines: list[Line]) -> tuple[list[Heading], list[Block], list[CalculusError]]:
    """The headings, the blocks under them and the blocks that are not closed."""
    headings: list[Heading] = []
    path: tuple[Heading, ...] = ()
    blocks: list[Block] = []
    problems: list[CalculusError] = []
    place = 0
    while place < len(lines):
        line = lines[place]
        place += 1
        if heading := _heading(line):
            headings.append(heading)
            path = (*(above for above in path if above.level < heading.level), heading)
        elif (fence := _FENCE.match(line.text)) is not None:
            is_claim = _is_claim(fence[2])
            inside, place, is_closed = _inside(lines, place, fence[1], is_claim)
            if is_claim and is_closed:
                blocks.append(Block(path, tuple(inside)))
            elif is_claim:
                column = len(line.text) - len(line.text.lstrip()) + 1
                problems.append(line.problem(_not_closed(fence[1]), column))
    return headings, blocks, problems


def _heading(line: Line) -> Heading | None:
    """The heading that a line is, if it is one."""
    found = _HEADING.match(line.text[: 2 * MOST_IN_TITLE]) if line.text.lstrip(" ").startswith("#") else None
    return Heading(len(found[1]), (found[2] or "").strip()[:MOST_IN_TITLE], line.number) if found else None


def _inside(lines: list[Line], place: int, fence: str, is_claim: bool) -> tuple[list[Line], int, bool]:
    """The lines up to the closing fence, the place after it, and whether there is one.

    Where a claim block meets the beginning of another, its own end was forgotten.
    """
    start = place
    while place < len(lines):
        found = _FENCE.match(lines[place].text)
        if found and found[1].startswith(fence) and not found[2].strip():
            return lines[start:place], place + 1, True
        if found and is_claim and _is_claim(found[2]):
            break
        place += 1
    return lines[start:place], place, False


def _is_claim(info: str) -> bool:
    """Whether what stands behind a fence says that claims follow, in whatever case."""
    return [word.lower() for word in info.split()[:1]] == ["claim"]


def _not_closed(fence: str) -> str:
    return f"the block that begins here is not closed: need {fence} on a line of its own; nothing in it was read"


def without_comment(line: Line) -> Line:
    """A line of a block up to its comment, which begins with `#`."""
    return replace(line, text=line.text.partition("#")[0].rstrip())
