"""Where an expression has a value, in the cases of a claim."""

import pytest

from thalweg.claims import clock
from thalweg.claims.domains import demands, has_value
from thalweg.claims.stating import claim

NUMBERS = {"x": "scalar", "y": "scalar", "s": "scalar > 0", "t": "scalar > 0, integer"}
MATRICES = {"X": "n x d", "W": "n x d full row rank", "S": "d x d pd", "y": "n", "lam": "scalar > 0", "k": "scalar"}


def judged(expr, statement="0 = 0", given=(), shapes=NUMBERS):
    part = claim(f"({expr}) = ({expr})", (), shapes).statement.args[0]
    return has_value(part, claim(statement, given, shapes))


@pytest.mark.parametrize(
    ("expr", "statement", "given"),
    [
        ("x y", "0 = 0", ()),
        ("1/s + sqrt(s) + log(s) + 1/pi", "0 = 0", ()),
        ("1/(x^2 + s^2)", "0 = 0", ()),
        ("1/x", "0 = 0", ("x > 1",)),
        ("1/x", "x > 1 implies y = y", ()),
        ("1/x", "1/x = 1/x", ()),
        ("1/x", "deriv(log(x), x) = y", ()),
        ("log(s) / log(1/s)", "log(s)/log(s) = 1", ("s < 1",)),
        ("(1 - s)^t", "0 = 0", ()),
    ],
)
def test_what_always_has_a_value(expr, statement, given):
    assert judged(expr, statement, given).verdict.word == "PROVED"


@pytest.mark.parametrize(
    ("expr", "statement", "given", "case"),
    [
        ("y/(x + s^2/x)", "0 = 0", (), "x = 0"),
        ("1/x - 1/x", "x y = y x", (), "x = 0"),
        ("sqrt(x)^2", "0 = 0", (), "x = -1"),
        ("log(x)", "0 = 0", ("x >= 0",), "x = 0"),
        ("1/(x - y)", "0 = 0", ("y = 1",), "x = 1"),
        ("x^2/(x y)", "0 = 0", ("y != 0",), "x = 0"),
        ("1/x", "argmin((y - 1/x)^2, x) = s", (), "x = 0"),
    ],
)
def test_a_case_without_a_value_is_found(expr, statement, given, case):
    answer = judged(expr, statement, given)
    assert answer.verdict.word == "FALSE"
    assert case in str(answer.counterexample)


@pytest.mark.parametrize(
    ("expr", "verdict"),
    [
        ("inv(X' X + lam I)", "PROVED"),
        ("inv(W W') / lam", "PROVED"),
        ("inv(S) + pinv(S)", "PROVED"),
        ("inv(X' X) X' y", "FALSE"),
        ("1 / (y' y)", "FALSE"),
        ("y ./ y", "FALSE"),
        ("y ./ (y .* y + ones(n))", "UNDECIDED"),
        ("k^k", "FALSE"),
    ],
)
def test_matrices_and_vectors(expr, verdict):
    assert judged(expr, shapes=MATRICES).verdict.word == verdict


def test_it_keeps_to_its_time():
    begun = clock.now()
    shapes = dict.fromkeys("abcdefgh", "scalar")
    expr = " + ".join(f"1/(a^{power} + b^{power} c + d e f - g^3 h + {power})" for power in range(3, 12))
    part = claim(f"{expr} = 0", (), shapes).statement.args[0]
    has_value(part, claim("a = a", (), shapes), 0.5)
    assert clock.now() - begun < 3


def test_what_is_asked_of_one_number():
    ((least, is_needed),) = demands(claim("1/x = 0", (), NUMBERS).statement.args[0])
    assert (least.op, least.value, is_needed) == ("compare", "!=", True)
    ((least, is_needed),) = demands(claim("x^y = 0", (), NUMBERS).statement.args[0])
    assert (least.value, is_needed) == (">", False), "(-1)^2 has a value"
