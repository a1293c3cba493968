import pytest

from thalweg.claims.files.markdown import MOST_BYTES, page

FRONT = """---
name: "Ada"
sources:
  - the notes: chapter 2
  - 'a book'
hours: 3.5
---
"""


def lines(text):
    return [[(line.number, line.text) for line in block.lines] for block in page(text).blocks]


def test_front_matter_is_texts_and_lists_of_texts():
    assert page(FRONT).front == {"name": "Ada", "sources": ("the notes: chapter 2", "a book"), "hours": "3.5"}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("---\nname: Ada\n", "line 1, column 1: the front matter that begins here is not closed"),
        ("---\n- item\n---\n", "line 2, column 1: need `key:` before the items of a list"),
        ("---\nname: Ada\nname: Bob\n---\n", "line 3, column 1: name is given twice"),
        ("---\nname: Ada\n- item\n---\n", "line 3, column 1: need `key:` before"),
        ("---\n{a\n---\n", "line 2, column 1: need `key: value`"),
    ],
)
def test_front_matter_is_strict(text, problem):
    assert [str(found) for found in page(text).problems][0].startswith(problem)


def test_a_value_of_front_matter_is_never_more_than_text():
    assert page("---\na: !!python/object/apply:os.system ['true']\nb: &x [1, 2]\n---\n").front == {
        "a": "!!python/object/apply:os.system ['true']",
        "b": "&x [1, 2]",
    }


def test_a_block_stands_under_its_headings_and_knows_its_lines():
    found = page("# T\n## a\n### b ##\n## c\ntext\n~~~ claim\nx\n\ny\n~~~\n")
    assert found.title == "T"
    assert [(heading.level, heading.title) for heading in found.blocks[0].headings] == [(1, "T"), (2, "c")]
    assert [line.number for line in found.blocks[0].lines] == [7, 8, 9]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_ends_of_lines_and_a_byte_order_mark_will_do(end):
    assert lines(f"\ufeff# T{end}```claim{end}x{end}```{end}") == [[(3, "x")]]


@pytest.mark.parametrize("letter", ["\u2028", "\x0b", "\x0c", "\x1c", "\x85"])
def test_nothing_else_ends_a_line(letter):
    assert lines(f"```claim\nx{letter}y\n```\n") == [[(2, f"x{letter}y")]]


def test_what_stands_in_another_block_is_no_heading_and_no_claim():
    assert lines("````markdown\n# T\n```claim\nx\n```\n````\n```python\n# no\n```\n```claim\ny\n```\n") == [[(11, "y")]]
    assert page("```\n# no\n```\n").title == ""
    assert lines("````\n```\n```claim\nx\n```\n````\n") == [], "a shorter fence does not end a block"


def test_a_block_that_is_not_closed_is_not_read_and_the_next_one_is():
    found = page("text\n  ```claim\nx\n# h\n```claim\ny\n```\n")
    assert [str(problem)[:58] for problem in found.problems] == [
        "line 2, column 3: the block that begins here is not closed:"[:58]
    ]
    assert [[line.text for line in block.lines] for block in found.blocks] == [["y"]]
    assert not page("```claim\nx\n").blocks


@pytest.mark.parametrize("word", ["Claim", "CLAIM", " claim"])
def test_the_word_of_a_block_may_be_written_in_any_case(word):
    assert lines(f"```{word}\nx\n```\n") == [[(2, "x")]]
    assert len(page(f"```{word}\nx\n```{word}\ny\n```\n").problems) == 1


@pytest.mark.parametrize("text", ["x" * (MOST_BYTES + 1), "é" * (MOST_BYTES // 2 + 1)])
def test_a_file_that_is_too_large_is_one_problem(text):
    assert [str(problem) for problem in page(text).problems] == [
        "line 1, column 1: need at most 256 KB of text, got more"
    ]
