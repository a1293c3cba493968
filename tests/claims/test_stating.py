"""Claims stated in Python."""

import re
import sys

import pytest

import thalweg.claims as claims
from thalweg.calculus.nodes import CalculusError, ShapeProblem
from thalweg.calculus.show import text
from thalweg.claims.claim import Claim
from thalweg.claims.files.document import read


def test_a_claim_in_python_is_the_claim_of_a_file():
    stated = claims.claim(
        "inv(X' X + lam I) X' y = w",
        given=["n >= d", "w' w = 1"],
        shapes={"X": "n x d full column rank", "y": "n", "w": "d", "lam": "scalar > 0"},
    )
    lines = """sizes n d, n >= d
X : n x d full column rank
y : n
w : d
lam : scalar > 0
given w' w = 1
claim inv(X' X + lam I) X' y = w"""
    (item,) = read(f"```claim\n{lines}\n```\n").items
    typed = item.content
    assert isinstance(typed, Claim)
    assert (stated.statement, stated.givens, stated.symbols) == (typed.statement, typed.givens, typed.symbols)
    assert (stated.sizes, stated.size_givens, stated.text) == (typed.sizes, typed.size_givens, typed.text)


def test_without_shapes_names_mean_what_their_spelling_says():
    found = claims.claim("||A x|| <= ||A|| ||x||", given=["lam > 0"])
    assert {name: str(node.shape) for name, node in found.symbols.items()} == {
        "A": "n x m",
        "x": "m x 1",
        "lam": "scalar",
    }
    assert found.sizes == ("m", "n")
    assert text(found.statement) == "||A x|| <= ||A||_F ||x||"
    assert [text(reading) for reading in found.readings] == ["||A x|| <= ||A||_2 ||x||"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"statement": "x' x", "shapes": {"x": "n"}}, "need a statement such as a = b"),
        ({"statement": "x' x"}, "need a statement such as a = b"),
        ({"statement": "x = q", "shapes": {"x": "n"}}, "column 5: q is not declared"),
        ({"statement": "x = 1", "shapes": {"x": "n tall"}}, "column 7: tall is no trait"),
        ({"statement": "x = 0", "given": ["x"], "shapes": {"x": "n"}}, "need a statement such as a = b"),
        ({"statement": "x = (", "shapes": {"x": "n"}}, "column 6: need a name, a number or a bracket"),
    ],
)
def test_what_cannot_be_read_is_refused(arguments, message):
    with pytest.raises(CalculusError, match=re.escape(message)):
        claims.claim(**arguments)


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ShapeProblem, match="column 1: cannot compare x"):
        claims.claim("x = A", shapes={"x": "n", "A": "n x n"})


def test_the_public_names_are_there_and_claim_is_the_function_also_after_its_module_was_imported():
    assert all(getattr(claims, name) is not None for name in claims.__all__)
    assert callable(claims.claim)
    assert sys.modules["thalweg.claims.claim"].Claim is claims.Claim
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        claims.nothing  # noqa: B018


def test_a_text_is_read_and_checked_in_one_call():
    marked = claims.check_text("```claim\nx : 2\nclaim x' x = ||x||^2\n```\n")
    assert [answer.verdict.word for answer in marked.answers] == ["PROVED"]
