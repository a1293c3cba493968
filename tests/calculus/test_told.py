import json
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thalweg.calculus.derive import Step
from thalweg.calculus.identities import IDENTITIES
from thalweg.calculus.nodes import CalculusError
from thalweg.calculus.told import Question, answered, as_json, in_markdown, names, story, told


def lines(question: Question, is_latex: bool = False) -> list[str]:
    return told(answered(question), is_latex).splitlines()


def test_a_story_is_told_in_columns():
    assert lines(Question("x' A x", "x")) == [
        "understood          f = x' A x    with x: n x 1, A: n x n",
        "shape               f is a scalar and x a column with n entries: a row, 1 x n, with entry k = ∂f/∂x_k",
        "f                   Σ_ij A_ij x_i x_j",
        "an arbitrary entry  ∂f/∂x_k = Σ_i A_ki x_i + Σ_i A_ik x_i",
        "stacked             x' A' + x' A",
        "simplified          x' (A + A')",
        lines(Question("x' A x", "x"))[-1],
    ]
    assert lines(Question("x' A x", "x"))[-1].startswith("confirmed           both engines agree; autograd differs by ")


def test_how_it_was_confirmed_is_said():
    assert lines(Question("a^2", "a", kinds={"a": "scalar"}))[-1].endswith("(3 random cases, the last with scalars)")
    assert lines(Question("[x; A x]", "x"))[-1].split("(")[0] == (
        "confirmed           found by one engine; autograd agrees to the last digit "
    )
    assert lines(Question("A x", "A"))[-1] == "confirmed           not by autograd: there is no matrix to compare"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("(x' x)^50", "without entries     multiplied out in entries this would be more than 600 terms of 40 factors"),
        (f"x' {'A ' * 45}x", "without entries     multiplied out in entries this would be more than 600 terms"),
        ("[x; A x]", "without entries     a block matrix has no one formula for all of its entries"),
    ],
)
def test_a_missing_entry_is_accounted_for_in_plain_words(text, why):
    found = lines(Question(text, "x"))
    assert [line[:20].strip() for line in found] == [
        "understood",
        "shape",
        "without entries",
        "simplified",
        "confirmed",
    ]
    assert found[2].startswith(why)


def test_sums_that_are_not_stacked_are_accounted_for():
    found = answered(Question("x' A x", "x"))
    cut = replace(found, steps=tuple(step for step in found.steps if step.title != "stacked"))
    assert [step.title for step in story(cut)][-2:] == ["not stacked", "simplified"]
    assert story(found) is found.steps
    assert story(answered(Question("A x", "A"))) == answered(Question("A x", "A")).steps


def plain(markdown: str) -> str:
    """Typeset words as they are in text."""
    told = re.sub(r"\\(partial|operatorname) ?", lambda found: "∂" * (found[1] == "partial"), markdown.replace("$", ""))
    told = told.replace(r"\times", "x").replace(r"\, ", "").replace(" / ", "/").replace("{tr}", "tr")
    return re.sub(r"\((\w+ \+ \w+)\)", r"\1", re.sub(r"[{}]|_(?=\{\d)", "", told))


@pytest.mark.parametrize(
    ("text", "by"),
    [
        ("x' A x", "x"),
        ("A x", "x"),
        ("x' A", "x"),
        ("logdet(X)", "X"),
        ("lam A", "lam"),
        ("A x", "A"),
        ("[x; A x]", "x"),
    ],
)
def test_the_typeset_sentence_on_the_shape_says_what_the_plain_one_does(text, by):
    found = answered(Question(text, by))
    title, line = in_markdown(found, found.steps[0])
    assert (title, plain(line).replace("\\lambda", "lam")) == ("shape", found.steps[0].text)
    assert "$" in line


def test_titles_and_lines_are_typeset():
    found = answered(Question("W1 x", "x"))
    assert in_markdown(found, found.steps[1]) == ("$f_{i}$", r"$\sum_{j} W_{1,ij} x_{j}$")
    assert in_markdown(found, Step("f", "1", "1")) == ("$f$", "$1$")
    assert in_markdown(found, Step("f_ij", "too long")) == ("$f_{ij}$", "too long")
    assert "W_{1,kl}$" in in_markdown(answered(Question("||W1 x||^2", "W1")), Step("shape", ""))[1]


def test_no_formula_has_two_indices_in_a_row():
    for each in IDENTITIES:
        found = answered(Question(each.text, each.wrt, each.shapes, each.kinds, each.traits))
        for step in story(found):
            assert not re.search(r"_\{\w+\}_", "".join(in_markdown(found, step))), each.text


def test_names_are_those_that_occur():
    assert {name: str(shape) for name, shape in names(Question("w' (X w - y) + lam", "")).items()} == {
        "w": "n x 1", "X": "n x n", "y": "n x 1", "lam": "scalar",
    }  # fmt: skip
    assert list(names(Question("t^2 A", "", kinds={"t": "scalar"}))) == ["t", "A"]
    with pytest.raises(CalculusError, match="column"):
        names(Question("x +", ""))


def test_latex_is_told_where_there_is_some():
    found = lines(Question("||X w - y||^2", "w"), True)
    assert r"simplified          2 \left(X w - y\right)^\top X" in found
    assert found[1].startswith("shape               f is a scalar")


def test_a_question_may_be_asked_in_latex():
    plain = answered(Question("x' A x + b' x", "x"))
    for written in (
        r"x^\top A x + b^\top x",
        r"$x^T A x + b^T x$",
        r"\mathbf{x}^\top A \mathbf{x} + b^\top \mathbf{x}",
    ):
        assert answered(Question(written, "x")).result == plain.result


def test_shapes_kinds_and_traits_are_heeded():
    found = answered(Question("x' A x", "x", shapes=("x: 3", "A: 3 x 3"), traits={"A": "symmetric"}))
    assert (str(found.result.shape), as_json(found)["derivative"]) == ("1 x 3", "2 x' A")
    found = answered(Question("w x + b", "w", kinds={"w": "scalar", "x": "scalar", "b": "scalar"}))
    assert as_json(found)["derivative"] == "x"
    found = answered(Question("A x", "x", shapes=("A: n x d", "a: scalar")))
    assert as_json(found)["shapes"] == {"A": "n x d", "x": "d x 1"}


def test_second_derivatives_are_told_below():
    found = lines(Question("||X w - y||^2", "w", second=True))
    below = found[found.index("") :]
    assert below[1] == "second derivative   of the column of the first"
    assert "simplified          2 X' X" in below


def test_json_is_plain_data():
    found = as_json(answered(Question("x' A x", "x", second=True)))
    assert json.loads(json.dumps(found)) == found
    assert (found["expression"], found["wrt"], found["derivative"]) == ("x' A x", "x", "x' (A + A')")
    assert (found["shape"], found["engines_agree"]) == ("1 x n", True)
    assert found["autograd_error"] < 1e-8
    assert [step["title"] for step in found["steps"]] == ["shape", "f", "an arbitrary entry", "stacked", "simplified"]
    assert found["second"]["derivative"] == "A + A'"
    assert found["second"]["second"] is None
    empty = as_json(answered(Question("A x", "A")))
    assert (empty["derivative"], empty["latex"], empty["shape"], empty["autograd_error"]) == (None, None, None, None)


@pytest.mark.parametrize(
    ("question", "message"),
    [
        (Question("x' A x", "z"), "derive: 'z' does not occur; there are x, A"),
        (
            Question("x' A x", "x", shapes=("x = 3",)),
            "derive: need a shape such as 'A: n x m', 'x: n' or 'a: scalar', got",
        ),
        (Question("x", "x", shapes=("x: n x m x k",)), "derive: need a shape such as"),
        (Question("x", "x", shapes=("2: n",)), "derive: need a shape such as"),
        (Question("x", "x", shapes=("x:",)), "derive: need a shape such as"),
        (
            Question("x", "x", shapes=("x: 0",)),
            "derive: need a size \\(a name or a number from 1 to 64\\), got '0' in 'x: 0'",
        ),
        (Question("x", "x", shapes=("x: n+1",)), "derive: need a size"),
        (Question("x' A x", "x", traits={"A": "round"}), "derive: need one of the traits diagonal, .*, got 'round'"),
        (Question("x' A x", "x", shapes=("A: n x n",), traits={"A": "round"}), "derive: need one of the traits"),
        (Question("x' A +", "x"), "column 7: need a name, a number or a bracket, got the end"),
        (Question("x' A x", "x", shapes=("x: 3", "A: 4 x 4")), "cannot multiply"),
        (Question("2", "x"), "derive: 'x' does not occur"),
        (Question("x = 0", "x"), "column 1: derive: need an expression, got a statement; take one of its sides"),
        (Question("x' A x", "x", traits={"x": "symmetric"}), r"symmetric needs a square matrix, got x \(n x 1\)"),
        (Question("sum(log(x))", "x", traits={"x": "positive"}), r"positive needs a scalar, got x \(n x 1\)"),
        (Question("x' A x", "x", traits={"B": "symmetric"}), "derive: 'B' does not occur; there are x, A"),
        (Question("x' A x", "x", kinds={"b": "scalar"}), "derive: 'b' does not occur"),
        (Question("", "x"), "column 1: need a name"),
        (Question("lim(a, a -> 0)", "a", kinds={"a": "scalar"}), "limit"),
        (Question("E[x]", "x"), "expectation"),
        (Question("2 argmin(x' x, x)", "x"), r"column 3: derive: need a formula to differentiate, got argmin\(...\)"),
        (Question("deriv(x' x, x)", "x"), "column 1: derive: need a formula to differentiate, got deriv"),
        (Question("x + n", "n", shapes=("x: n",)), "cannot add|does not occur"),
    ],
    ids=lambda value: getattr(value, "text", ""),
)
def test_answered_refuses(question, message):
    with pytest.raises(CalculusError, match=message):
        answered(question)


PIECES = [*"xyABab'", *"+-*/^()[]|,;=<_12 ", "||", ".*", ".^", "lam", "inv(", "tr(", "exp(", "sum(", "diag(", "deriv("]


@settings(max_examples=50)
@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=9).map("".join))
def test_no_question_raises_anything_but_a_calculus_error(written):
    try:
        found = told(answered(Question(written, "x")))
    except CalculusError as problem:
        found = problem.message
    assert found
