"""Whole files, good ones and hostile ones."""

import random
import re
import time
from pathlib import Path

import pytest

from thalweg.calculus.show import text
from thalweg.claims.files import graders
from thalweg.claims.files.document import read
from thalweg.claims.files.marking import check_text
from thalweg.claims.nouns import Answer, Claim, Verdict

GOOD = """---
name: Ada
sources:
  - the notes
collaborators: none
hours: 3.5
---
# Homework

```claim
sizes n d, n >= d
lam, eta : scalar > 0   # everywhere
```

## Ridge

```claim
X : n x d full column rank
y : n
w : d
let P = X' X + lam I
claim (a): inv(P) X' y = X' inv(X X' + lam I) y
claim (b): $\\nabla_w \\|Xw\\|_2^2 = 2 X^\\top X w$
```

### Further down

```claim
given ||w|| = 1
chain (c):
  ||X w - y||^2
    = (X w - y)' (X w - y)
    = w' X' X w - 2 w' X' y + y' y
random N : n x d ~ normal(0, eta^2)
claim (n): E[||N w||^2] = n eta^2
```

## Sequences

```claim
y : scalar
recurrence w[t+1] = w[t] - eta (w[t] - y) from w[0] = 0
claim (a): w[t] = (1 - (1 - eta)^t) y
claim (b): w -> y if eta < 2
run organ/one data=class as R
claim R.ohm = 200 within 5 %
claim R.ohm >= 3 within 2 scatter
```
"""


def block(*lines):
    return "\n".join(["```claim", *lines, "```", ""])


def test_a_good_file_has_no_problems_and_its_claims_stand_under_their_headings():
    found = read(GOOD)
    assert (found.title, found.problems) == ("Homework", ())
    assert found.front == {"name": "Ada", "sources": ("the notes",), "collaborators": "none", "hours": "3.5"}
    assert [(item.headings[-1], item.label) for item in found.items] == [
        ("Ridge", "(a)"),
        ("Ridge", "(b)"),
        ("Further down", "(c), line 2"),
        ("Further down", "(c), line 3"),
        ("Further down", "(n)"),
        ("Sequences", "(a)"),
        ("Sequences", "(b)"),
        ("Sequences", "line 46"),
        ("Sequences", "line 47"),
    ]
    assert found.items[2].headings == ("Homework", "Ridge", "Further down")


def test_names_hold_under_their_heading_and_below_and_no_further():
    by_label = {(item.headings[-1], item.label): item for item in read(GOOD).items}
    assert set(by_label["Further down", "(n)"].content.symbols) == {"lam", "eta", "X", "y", "w", "N"}
    assert set(by_label["Sequences", "(a)"].content.symbols) == {"lam", "eta", "y", "t", "w[t]"}
    assert not by_label["Sequences", "(a)"].content.givens, "a given ends with its heading"
    assert str(by_label["Sequences", "(a)"].content.symbols["y"].shape) == "scalar", (
        "it was a vector under the last one"
    )


def test_a_name_may_be_declared_anew_under_a_new_heading_only():
    found = read(
        "# 1\n" + block("x : scalar") + "# 2\n" + block("sizes n", "x : n", "claim x = x") + block("x : scalar")
    )
    assert [str(problem) for problem in found.problems] == [
        "line 12, column 1: x is declared in line 8 already; take another name, or begin a new heading"
    ]


def test_blocks_under_one_heading_go_on_where_the_last_one_ended():
    found = read(
        "# 1\n"
        + block("x : scalar")
        + "text\n"
        + block("claim x = 0")
        + "## a\n"
        + block("y : scalar")
        + "# 2\n"
        + block("claim x = y")
    )
    assert [str(problem) for problem in found.problems] == [
        "line 15, column 7: x is not declared; there are no names here"
    ]
    assert isinstance(found.items[0].content, Claim)


def test_what_cannot_be_read_does_not_keep_the_rest_from_being_read():
    found = read(block("x : scalar", "claim x = (", "nonsense", "claim x x = x^2"))
    assert [(problem.line, problem.column) for problem in found.problems] == [(3, 12), (4, 1)]
    assert text(found.items[1].content.statement) == "x x = x^2"


def test_a_file_without_claims_is_a_problem():
    assert [str(problem) for problem in read("# Homework\n").problems][0].startswith(
        "line 1, column 1: need at least one claim"
    )


@pytest.mark.parametrize(
    "change", [lambda t: t.replace("\n", "\r\n"), lambda t: t.replace("\n", "\r"), lambda t: f"\ufeff{t}"]
)
def test_ends_of_lines_and_a_byte_order_mark_change_nothing(change):
    plain, changed = read(GOOD), read(change(GOOD))
    assert (changed.front, changed.title, changed.problems) == (plain.front, plain.title, ())
    assert [(item.label, item.line, item.echo) for item in changed.items] == [
        (item.label, item.line, item.echo) for item in plain.items
    ]


def test_the_language_is_as_it_is_described():
    page = (Path(__file__).parents[3] / "docs" / "claims.md").read_text()
    example = page.split("````markdown\n")[1].split("````")[0]
    assert check_text(example).status == 0
    said = re.findall(r"^\| `([^`]*)` \|", page, re.MULTILINE)
    statements = [line for line in said if not line.startswith(("given STATEMENT", "claim LABEL", "chain LABEL"))]
    assert len(statements) == len(said) - 3 == 9
    found = read(block(statements[0], "X : n x d", "s, a, b : scalar", *statements[1:]))
    assert (found.problems, len(found.items)) == ((), 1)


# Bounds


BOMB = ["a : scalar", "let c0 = a + a", *[f"let c{i} = c{i - 1} c{i - 1}" for i in range(1, 40)], "claim c30 = 1"]


@pytest.mark.parametrize(
    ("file", "problem"),
    [
        ("x" * 300_000, "line 1, column 1: need at most 256 KB"),
        (block("a : scalar", f"claim {'a ' * 2000} = a"), "line 3, column 1: need at most 4000 characters in a line"),
        (block("a : scalar", *["claim a = 1"] * 300), "line 2, column 1: need at most 200 claims"),
        (block(*["nonsense"] * 300), "line 2, column 1: need at most 100 problems"),
        (block(*[f"sizes {' '.join(f'n{i}_{j}' for j in range(60))}" for i in range(9)]), "line 8, column "),
        (block("a : scalar", *["given a > 0"] * 101), "line 103, column 7: need at most 100 givens"),
        (block(*[f"run a as R{i}" for i in range(21)]), "line 22, column 5: need at most 20 experiments"),
        (block(f"sizes {'n' * 41}"), "line 2, column 7: need a name of at most 40 letters"),
        (block("a : scalar", f"claim {'(' * 5}a{'^64)' * 5} = 1"), "line 3, column 7: need smaller powers"),
        (block("a : scalar", "claim 2^(1e9) = a"), "line 3, column 7: need smaller powers"),
        (
            block("a : scalar", f"claim {' - '.join(['a'] * 110)} = 1"),
            "line 3, column 7: need a text of less than 100 steps",
        ),
        (block("a : scalar", f"claim {'a = 1 implies ' * 200} a = 1"), "line 3, column "),
        (block("a : scalar", f"claim {'(' * 1000}a = 1"), "line 3, column "),
        (
            block(
                "a : scalar", f"let b = {' + '.join(['a'] * 90)}", f"claim {' .* '.join(['b'] * 40)} {'b ' * 40} = 1"
            ),
            "line 4, column ",
        ),
        (block(*BOMB), "line 12, column 10: need a smaller definition"),
    ],
)
def test_everything_is_bounded(file, problem):
    began = time.process_time()
    assert [str(found) for found in read(file).problems if str(found).startswith(problem)], read(file).problems[:3]
    assert time.process_time() - began < 10, "usually it is some hundredths of a second"


# Hostile files


PIECES = """( [ ' ^ ^2 || | $ $$ { } \\frac \\frac{ inv( deriv( E[ forall_x: not 1e300 99999999999999999999 0 1/0 x A n w[t+1]
w[t] w[ -> iff implies = <= .* ./ ` ``` # --- let_P_= claim claim_(a): chain: given sizes run_x_as_R R.ohm R. ~_normal(0,1) : ,
; from_w[0]_=_0 recurrence_w[t+1]_= random_N_:_n_~ in_(0,1) >_0 within_5_% lim( argmin( where( zeros( I_n eye( inf - \\left(
\\begin{bmatrix} &"""
PIECES = [piece.replace("_", " ") for piece in PIECES.split()]
ODD = [
    "\n",
    "\r",
    "\t",
    "\x00",
    "\x1b[31m",
    "\ufeff",
    "\u202e",
    "é",
    "𝒳",
    "²",
    "ᵀ",
    "∀",
    "∞",
    "\ud800",
    "```claim\n",
    "# h\n",
    "---\n",
]


def mutated(chance):
    """A good file with a few changes."""
    found = GOOD
    for _ in range(chance.choice([1, 1, 2, 4, 16])):
        start = chance.randrange(len(found) + 1)
        end = min(len(found), start + chance.choice([1, 1, 3, 20, 200]))
        put = chance.choice([*PIECES, *ODD, chr(chance.randrange(0x110000))])
        found = chance.choice([
            found[:start] + found[end:],
            found[:start] + put + found[start:],
            found[:start] + put * chance.choice([2, 10, 200]) + found[start:],
            found[:start] + found[start:end] * 20 + found[end:],
            found[:start] + found[end:] + found[start:end],
        ])
    return found


def invented(chance):
    """A file of pieces, or of random bytes."""
    if chance.random() < 0.3:
        return bytes(chance.randrange(256) for _ in range(chance.choice([0, 10, 2000]))).decode(errors="replace")
    lines = [" ".join(chance.choice([*PIECES, *ODD[3:]]) for _ in range(chance.choice([1, 3, 30]))) for _ in range(30)]
    return block("sizes n d", "x, y : n", "A : n x n", *lines)


def proved(claim, seconds):
    return Answer(Verdict.PROVED, "said the stub")


@pytest.mark.parametrize("seed", range(300))
def test_a_hostile_file_gets_an_answer_and_never_a_traceback(seed):
    chance = random.Random(seed)
    file = (mutated if chance.random() < 0.7 else invented)(chance)
    began = time.process_time()
    marked = check_text(file, check=proved, runner=lambda name, settings: {"ohm": 200.0})
    for form in ("text", "json", "gradescope", "otter"):
        said = graders.dumped(marked, form)
        assert not {letter for letter in said if not letter.isprintable()} - {"\n"}, (
            "nothing that plays tricks on a terminal"
        )
    assert marked.status == (2 if marked.problems else int(marked.score < len(marked.answers)))
    lines = len(file.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    assert all(1 <= problem.line <= lines and problem.column >= 1 for problem in marked.problems)
    assert time.process_time() - began < 10, "usually it is a hundredth of a second"
