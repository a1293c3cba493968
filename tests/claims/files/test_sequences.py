"""Sequences: how they are declared, and what claims about them amount to. The reference is a sequence computed step by step."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thalweg.calculus.exact import evaluate, holds
from thalweg.calculus.fields import RATIONALS
from thalweg.calculus.meaning import Scope, understand
from thalweg.calculus.show import text
from thalweg.claims.files.inductions import Sequenced
from thalweg.claims.files.markdown import Line
from thalweg.claims.files.scopes import Frame
from thalweg.claims.files.statements import read_block
from thalweg.claims.files.totality import is_positive, is_total
from thalweg.claims.nouns import Claim

DECLARED = ["sizes n d", "y : n", "X : n x d", "A : n x n", "a, b, c : scalar", "lam : scalar > 0"]


def block(*lines):
    frame = Frame()
    items, problems = read_block(tuple(Line(number, line) for number, line in enumerate([*DECLARED, *lines], 1)), frame)
    return items, problems, frame


def claimed(*lines):
    items, problems, _ = block(*lines)
    assert not problems, problems
    return items[-1]


@pytest.mark.parametrize(
    ("line", "shape"),
    [
        ("recurrence w[t+1] = a w[t] + b from w[0] = 0", "scalar"),
        ("recurrence w[t+1] = a w[t]", "scalar"),
        ("recurrence w[t+1] = a w[t] from w[0] = y", "n x 1"),
        ("recurrence w[t+1] = w[t] - a X' (X w[t] - y)", "d x 1"),
        ("recurrence w[t+1] = A w[t] A' from w[0] = I", "n x n"),
        ("recurrence $w_{t+1} = w_t - \\lambda X^\\top (X w_t - y)$ from $w_0 = 0$", "d x 1"),
    ],
)
def test_the_shape_of_a_sequence_is_found(line, shape):
    frame = block(line)[2]
    assert str(frame.names["w[t]"].shape) == str(frame.names["w[t+1]"].shape) == str(frame.names["w[0]"].shape) == shape
    assert frame.symbols["t"].value.traits == {"integer", "nonnegative"}
    assert "w[t]" in frame.symbols


def test_a_declared_shape_is_kept():
    assert str(block("w : d", "recurrence w[t+1] = a w[t]")[2].names["w[t]"].shape) == "d x 1"


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (["recurrence w[t] = a w[t]"], "line 7, column 12: need `recurrence w[t+1] = ... from w[0] = ...`"),
        (["recurrence w[t+1] = a from v[0] = 1"], "line 7, column 23: need w[0] = ... after from"),
        (["recurrence w[t+1] = a from w[0] ="], "line 7, column 33: need an expression after ="),
        (["recurrence w[t+1] ="], "line 7, column 19: need an expression after ="),
        (["recurrence w[a+1] = 2 w[a]"], "line 7, column 14: a counts here: declare it `a : scalar integer >= 0`"),
        (["recurrence y[t+1] = q y[t]"], "line 7, column 21: q is not declared"),
        (["recurrence w[t+1] = X w[t]"], "line 7, column 21: the sequence here needs the shape scalar, got n x d"),
        (["recurrence w[t+1] = a w[t+1]"], "line 7, column 23: need w[t], got w[t+1]"),
        (["given y = 0", "recurrence y[t+1] = a y[t]"], "line 8, column 12: y is in a given already"),
        (
            ["recurrence w[t+1] = a w[t]", "recurrence w[t+1] = b w[t]"],
            "line 8, column 12: w is declared in line 7 already",
        ),
        (["recurrence w[t+1] = a w[t]", "given w[t] > 0"], "line 8, column 7: a given cannot speak of every w[t]"),
    ],
)
def test_a_recurrence_that_cannot_be_read_says_why(lines, problem):
    assert str(block(*lines)[1][0]).startswith(problem), block(*lines)[1]


def test_members_that_have_no_name_are_refused_with_those_that_have():
    item = block("recurrence w[t+1] = a w[t]", "claim w[t-1] = 0")[0][0]
    assert str(item.content).startswith("line 8, column 7: need w[t], w[0], w[t+1], w[1]")


@given(a=st.integers(-3, 3), b=st.integers(-3, 3), start=st.integers(-3, 3), t=st.integers(0, 3), k=st.integers(0, 4))
def test_members_are_those_of_the_sequence_computed_step_by_step(a, b, start, t, k):
    frame = block("recurrence w[t+1] = a w[t]^2 + t b from w[0] = c")[2]
    steps = [Fraction(start)]
    for time in range(8):
        steps.append(a * steps[-1] ** 2 + time * b)
    values = {"a": [[a]], "b": [[b]], "c": [[start]], "t": [[t]], "w[t]": [[steps[t]]]}
    ahead = frame.names["w[t]" if not k else f"w[t+{k}]"]
    assert evaluate(ahead, values, {}, RATIONALS)[0, 0] == steps[t + k]
    assert evaluate(frame.names[f"w[{k}]"], values, {}, RATIONALS)[0, 0] == steps[k]


def test_two_sequences_may_make_each_other():
    frame = block("recurrence v[t+1] = a v[t] from v[0] = 1", "recurrence w[t+1] = w[t] + v[t] from w[0] = 0")[2]
    values = {"a": [[2]], "w[t]": [[10]], "v[t]": [[3]]}
    assert evaluate(frame.names["w[t+3]"], values, {}, RATIONALS)[0, 0] == 10 + 3 + 6 + 12
    assert evaluate(frame.names["w[3]"], values, {}, RATIONALS)[0, 0] == 1 + 2 + 4


# Claims


def test_a_closed_form_is_claimed_by_induction():
    item = claimed("recurrence w[t+1] = a w[t] + b from w[0] = c", "claim w[t] = a^t c + t b")
    assert isinstance(item.content, Claim)
    assert item.note.startswith("by induction")
    assert text(item.content.statement) == "c = a^0 c + 0 b and a (a^t c + t b) + b = a^(t + 1) c + (t + 1) b"


@given(a=st.integers(-2, 2), b=st.integers(-2, 2), t=st.integers(0, 3))
def test_the_induction_holds_where_the_sequence_has_the_closed_form(a, b, t):
    item = claimed("recurrence w[t+1] = w[t] + b from w[0] = a", "claim w[t] = a + t b")
    assert holds(item.content.statement, {"a": [[a]], "b": [[b]], "t": [[t]]}, {}, RATIONALS)
    wrong = claimed("recurrence w[t+1] = w[t] + b from w[0] = a", "claim w[t] = a + (t + 1) b")
    assert holds(wrong.content.statement, {"a": [[a]], "b": [[b]], "t": [[t]]}, {}, RATIONALS) == (b == 0)


@pytest.mark.parametrize(
    ("claim", "is_plain"),
    [
        ("v[t+1] = a v[t]", True),
        ("|v[t+1]| <= |v[t]|", True),
        ("v[t] <= t", False),
        ("v[t] <= v[0]", False),
        ("v[3] = a^3 v[0]", True),
    ],
)
def test_a_claim_about_any_state_is_plain_where_every_state_is_a_first_one(claim, is_plain):
    item = claimed("recurrence v[t+1] = a v[t]", f"claim {claim}")
    assert isinstance(item.content, Claim if is_plain else Sequenced)


def test_a_claim_about_all_members_has_parts():
    parts = claimed("recurrence w[t+1] = a w[t] + b from w[0] = 1", "claim w[t] >= t").content
    assert isinstance(parts, Sequenced)
    assert text(parts.whole.statement) == "w[t] >= t"
    assert text(parts.start.statement) == "1 >= 0"
    assert text(parts.step.statement) == "w[t] >= t implies a w[t] + b >= t + 1"
    assert [text(member.statement) for member in parts.members[:3]] == [
        "1 >= 0",
        "a 1 + b >= 1",
        "a (a 1 + b) + b >= 2",
    ]


def test_what_counts_is_put_in_for_every_member_but_where_it_is_bound():
    parts = claimed("recurrence w[t+1] = w[t] + t from w[0] = 0", "claim (forall t: t >= 0) and w[t] <= t").content
    assert text(parts.members[3].statement) == "(forall t: t >= 0) and 3 <= 3"


def test_no_step_is_claimed_over_cases_that_are_none():
    parts = claimed("recurrence w[t+1] = w[t] - 1 from w[0] = 3", "claim 1 / w[t] > 0").content
    assert parts.step is None
    item = claimed("recurrence w[t+1] = w[t] from w[0] = 1", "claim w[t] = 1 + (t - 2) / (t - 2) - 1")
    assert isinstance(item.content, Sequenced), "it is defined at t = 2 nowhere"


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (
            ["recurrence w[t+1] = a w[t] from w[0] = 1", "recurrence v[k+1] = a v[k]", "claim w[t] = v[k]"],
            "line 9, column 1: need one index",
        ),
        (
            ["recurrence w[t+1] = a w[t] from w[0] = 1", "claim w[t] = a / b c"],
            "line 8, column 1: can be read in two ways",
        ),
    ],
)
def test_claims_about_members_that_cannot_be_prepared_are_problems(lines, problem):
    assert str(block(*lines)[0][0].content).startswith(problem)


# From a start


@pytest.mark.parametrize(
    "claim", ["w converges", "w -> 0 if |a| < 1", "w converges iff |a| < 1", "not (w -> 0)", "a = 0 if w converges"]
)
@pytest.mark.parametrize(
    "line", ["recurrence w[t+1] = a A w[t] from w[0] = y", "recurrence w[t+1] = a w[t] from w[0] = c"]
)
def test_what_is_said_of_a_whole_sequence_knows_its_start(line, claim):
    (node,) = {
        part
        for part in claimed(line, f"claim {claim}").content.statement.walk()
        if part.op in ("converges", "tends_to")
    }
    assert text(node.args[-1]) == line[-1]
    assert len(node.args) == (3 if node.op == "converges" else 4)


def test_without_a_start_the_question_stays_as_it_is():
    assert claimed("recurrence w[t+1] = a w[t] + b", "claim w -> b / (1 - a)").content.statement.op == "tends_to"


@pytest.mark.parametrize(
    ("step", "most"), [("2 w[t] from w[0] = 1", 41), ("a w[t] from w[0] = 1", 5), ("w[t]^2 from w[0] = 3", 11)]
)
def test_of_a_sequence_of_numbers_more_members_are_tried(step, most):
    item = claimed(f"recurrence w[t+1] = {step}", "claim w[t] <= 10^9")
    assert len(item.content.members) == most


# Where expressions are defined


@pytest.mark.parametrize(
    ("written", "total"),
    [
        ("x' x + lam^3", True),
        ("1 / lam", False),
        ("1 / (1 + lam^2)", True),
        ("1 / (1 + ||x||)", True),
        ("1 / (lam^2 + eta^2)", False),
        ("inv(A)", False),
        ("pinv(A)", True),
        ("log(lam)", False),
        ("sqrt(lam)", False),
        ("exp(lam) / 2", True),
        ("lam^eta", False),
        ("exp(lam)^eta", True),
        ("x .^ 2", True),
        ("x ./ x", False),
        ("A^2", True),
    ],
)
def test_is_total(written, total):
    scope = Scope(is_open=True)
    expr = understand(written, scope).expr
    assert is_total(expr, scope.names.values()) == total
    assert is_total(expr, []), "nothing that varies decides"


def test_a_denominator_that_no_member_changes_does_not_stop_an_induction():
    item = claimed("recurrence w[t+1] = a w[t] + b from w[0] = 0", "claim w[t] = (1 - a^t) b / (1 - a)")
    assert isinstance(item.content, Claim)
    assert claimed("recurrence w[t+1] = a w[t] from w[0] = 1", "claim w[t] / b <= c").content.step is not None


def test_is_positive_needs_one_positive_term_and_none_that_may_be_negative():
    said = {
        written: is_positive(understand(written, Scope(is_open=True)).expr)
        for written in ("2", "1 + lam^2", "lam^2", "1 + lam", "2 exp(lam)", "1 - lam^2", "2^lam")
    }
    assert said == {
        "2": True,
        "1 + lam^2": True,
        "lam^2": False,
        "1 + lam": False,
        "2 exp(lam)": True,
        "1 - lam^2": False,
        "2^lam": True,
    }
