"""Claims stated in Python."""

import re
import subprocess
import sys

import pytest

import thalweg.claims as claims
from thalweg.calculus.nodes import CalculusError, ShapeProblem
from thalweg.calculus.show import text
from thalweg.claims.check import check
from thalweg.claims.files.document import read
from thalweg.claims.nouns import Claim


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


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("claim(5)", "CalculusError: claim: need a text, got 5"),
        ("claim('x = x', 'x = 1')", "CalculusError: claim: need a list of texts as given, got 'x = 1'"),
        ("claim('x = x', ['x = 1', 3])", "CalculusError: claim: need a list of texts as given, got ['x = 1', 3]"),
        ("claim('x = x', None)", "CalculusError: claim: need a list of texts as given, got None"),
        ("claim('x = x', shapes={'x': 3})", "CalculusError: claim: need names and texts as shapes, got {'x': 3}"),
        ("claim('x = x', shapes='x')", "CalculusError: claim: need names and texts as shapes, got 'x'"),
        ("check_text(b'abc')", "ValueError: check_text: need a text, got bytes"),
        ("check_text(None)", "ValueError: check_text: need a text, got NoneType"),
    ],
)
def test_what_is_no_text_is_refused(call, message):
    code = f"from thalweg.claims import check_text, claim; {call}"  # elsewhere: in tests the types refuse it first
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.splitlines()[-1].endswith(message), done.stderr


def test_a_fraction_of_a_size_has_one_reading_here_too():
    assert not claims.claim("1/n x' x >= 0", shapes={"x": "n"}).readings
    assert not claims.claim("1/n lam >= 0", given=["x = eye(n) x"]).readings
    assert claims.claim("1/eta lam >= 0").readings


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ShapeProblem, match="column 1: cannot compare x"):
        claims.claim("x = A", shapes={"x": "n", "A": "n x n"})


def test_the_public_names_are_there_and_claim_is_the_function_also_after_its_module_was_imported():
    assert all(getattr(claims, name) is not None for name in claims.__all__)
    assert callable(claims.claim)
    assert sys.modules["thalweg.claims.nouns"].Claim is claims.Claim
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        claims.nothing  # noqa: B018


def test_a_text_is_read_and_checked_in_one_call():
    marked = claims.check_text("```claim\nx : 2\nclaim x' x = ||x||^2\n```\n")
    assert [answer.verdict.word for answer in marked.answers] == ["PROVED"]


@pytest.mark.parametrize(
    ("lines", "verdict"),
    [
        ("claim [1, 2; 3, 4] [0; 1] = [2; 4]", "PROVED"),
        ("x : 2\nclaim [1, 0] x = x[1]", "PROVED"),
        ("x : 2\ngiven x = [0; 1]\nclaim x[2] = 1", "PROVED"),
        ("A : 2 x 2\ngiven A = [0, 1; 0, 0]\nclaim A'[2,1] = 1", "PROVED"),
        ("A : 2 x 2\ngiven A = [0, 1; 0, 0]\nclaim A'[1,2] = 1", "FALSE"),
        ("sizes n\nx : n\ngiven n = 1\nclaim x x' = x' x I", "PROVED"),
        ("sizes n\nx : n\nclaim x x' = x' x I", "FALSE"),
        ("sizes n\nx : n\nclaim x' x = I", "ILL-TYPED"),
        ("x : 3\nclaim x[4] = 0", "ILL-TYPED"),
        (
            "sizes n d\nX : n x d\ny : n\nw : d\nlam : scalar > 0\n"
            "claim argmin(1/n ||X w - y||^2 + lam ||w||^2, w) = inv(X' X + n lam I) X' y",
            "PROVED",
        ),
        ("random N : 2 x 3 ~ normal(5, 1)\nclaim E[tr(N N')] = 156", "PROVED"),
        ("random z : 3 ~ normal(2, 1)\nclaim E[z' z] = 3", "FALSE"),
        ("x : scalar\nclaim x^2 < 0 implies x = 7", "VACUOUS"),
        ("A : 2 x 2\nclaim emax([0, 1; -1, 0]) = 0", "UNDECIDED"),
    ],
)
def test_verdicts_of_small_files(lines, verdict):
    marked = claims.check_text(f"```claim\n{lines}\n```\n")
    assert [answer and answer.verdict.word for answer in marked.answers] == [verdict]


@pytest.mark.parametrize(
    ("statement", "same"),
    [
        (r"\frac{x}{y} = 1", "x / y = 1"),
        (r"\lambda x^2 \geq 0", "λ·x² ≥ 0"),
        (r"λ $x^2 \geq 0$", "lam x^2 >= 0"),
        ("λ − η ≠ y**2", "lam - eta != y^2"),
    ],
)
def test_latex_and_signs_are_read_as_plain_text(statement, same):
    shapes = dict.fromkeys(("x", "y", "lam", "eta"), "scalar")
    assert text(claims.claim(statement, shapes=shapes).statement) == text(claims.claim(same, shapes=shapes).statement)


NAMES = {**dict.fromkeys(("R", "C", "a", "lam"), "scalar > 0"), "X": "n x d", "y": "n"}


@pytest.mark.parametrize(
    ("typed", "same"),
    [
        ("1/(2πRC) = a", "1/(2 pi R C) = a"),
        ("(aR)^2 = 1", "(a R)^2 = 1"),
        ("aR^2 = 1", "a R^2 = 1"),
        ("(X'X+λI)^{-1}X'y = 0", "inv(X' X + lam I) X' y = 0"),
        ("inv(XX' + aI) y = y", "inv(X X' + a I) y = y"),
        ("aλ = πa", "a lam = pi a"),
    ],
)
def test_declared_letters_in_a_row_are_their_product(typed, same):
    assert text(claims.claim(typed, shapes=NAMES).statement) == text(claims.claim(same, shapes=NAMES).statement)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("aa = 1", "aa is not declared; write a a"),
        ("aq = 1", "aq is not declared"),
        ("√aR = 1", "how far the root reaches"),
        ("lamb = 1", "lamb is not declared; is it lam"),
    ],
)
def test_letters_in_a_row_that_may_be_a_slip_are_refused(typed, words):
    with pytest.raises(CalculusError, match=words):
        claims.claim(typed, shapes=NAMES)


def test_a_product_of_letters_after_a_slash_has_two_readings():
    found = claims.claim("1/2πRC = a", shapes=NAMES)
    assert [text(one) for one in (found.statement, *found.readings)] == ["1/2 pi R C = a", "1 / (2 pi R C) = a"]


@pytest.mark.parametrize(
    ("statement", "verdict"),
    [
        ("3.14159265358979 < pi and pi < 3.1415926535898", "PROVED"),
        ("pi = 22/7", "FALSE"),
        ("deriv(sin(pi x), x) = pi cos(π x)", "PROVED"),
        ("sqrt((pi x)^2) = pi |x|", "PROVED"),
        ("x > 0 implies pi x > 3 x", "PROVED"),
        ("pi x = 22/7 x", "FALSE"),
        ("pi x = 1 iff x = 1/pi", "PROVED"),
        ("pi x = 1 implies x = 0.3183", "FALSE"),
        ("||pi v|| <= 3 ||v||", "FALSE"),
        ("lim(pi / (1 + x), x -> 0) = pi", "PROVED"),
        (r"\pi x = \pi \, x", "PROVED"),
        ("2^pi > 8.8", "PROVED"),
        ("sin(pi) = 1/10^20", "FALSE"),
    ],
)
def test_pi_is_a_number(statement, verdict):
    assert check(claims.claim(statement, shapes={"x": "scalar", "v": "n"})).verdict.word == verdict


def test_a_claim_that_holds_of_pi_is_never_called_false():
    for statement in ("sin(pi) = 0", "cos(pi) = -1", "tan(pi/4) = 1", "sin(pi/6) = 1/2"):
        assert check(claims.claim(statement, shapes={})).verdict.word != "FALSE"


def test_an_error_in_latex_is_at_its_column_and_has_one_backslash():
    with pytest.raises(CalculusError, match=r"^column 5: \\foo means nothing here") as caught:
        claims.claim(r"x = \foo", shapes={"x": "scalar"})
    assert caught.value.column == 5
