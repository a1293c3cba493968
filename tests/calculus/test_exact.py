from fractions import Fraction

import numpy as np
import pytest
import torch

from expressions import FORMULAS, SIZES, as_tensor, by_formula, ends, floats, fractions, random_values, read
from thalweg.calculus import exact, operations
from thalweg.calculus.exact import INTERVALS, RATIONALS, Inexact, Undefined, evaluate, holds, modulo
from thalweg.calculus.functions import MAPS
from thalweg.calculus.nodes import SCALAR, Expr

PRIME = 2**61 - 1
FIELDS = [RATIONALS, modulo(PRIME), INTERVALS]
VALUES = {
    "ints": random_values(1),
    "more ints": random_values(2),
    "fractions": fractions(random_values(3)),
    "one by one": random_values(4, {"n": 1, "d": 1}),
}


def known(text, values, sizes, field):
    """A value, or None where the field cannot tell it."""
    try:
        return evaluate(read(text), values, sizes, field)
    except Inexact:
        return None


@pytest.mark.parametrize("values", [*VALUES][:3])
@pytest.mark.parametrize("text", FORMULAS)
def test_every_operation_gives_what_numpy_gives(text, values):
    values = VALUES[values]
    expected = by_formula(text, floats(values)) if text != "A^mu" or values["mu"][0][0] % 1 == 0 else None
    if expected is None:
        with pytest.raises(Undefined):
            evaluate(read(text), values, SIZES, RATIONALS)
        return
    in_fractions, in_intervals = (known(text, values, SIZES, field) for field in (RATIONALS, INTERVALS))
    assert in_fractions is not None or in_intervals is not None
    for got in (in_fractions, in_intervals):
        if got is not None:
            torch.testing.assert_close(as_tensor(got), expected)


@pytest.mark.parametrize("values", VALUES)
@pytest.mark.parametrize("text", FORMULAS)
def test_the_fields_agree_where_fractions_can_tell(text, values):
    if (values == "one by one" and "[" in text) or (text == "A^mu" and VALUES[values]["mu"][0][0] % 1):
        return
    values, sizes = VALUES[values], {name: len(VALUES[values][key]) for name, key in (("n", "x"), ("d", "w"))}
    fraction, remainder, wide = (known(text, values, sizes, field) for field in FIELDS)
    if fraction is not None and remainder is not None:
        for a, b in zip(fraction.flat, remainder.flat, strict=True):
            assert a.numerator % PRIME == b * a.denominator % PRIME
    if fraction is not None and wide is not None:
        for a, b in zip(fraction.flat, wide.flat, strict=True):
            low, high = ends(b)
            assert low <= a <= high
            assert high - low < Fraction(1, 10**40)


def test_the_table_has_every_operation_and_every_function():
    nodes = [node for text in FORMULAS for node in read(text).walk()]
    assert {node.op for node in nodes} >= {*operations.OPERATIONS, "power", "where"}
    assert {node.value for node in nodes if node.op == "map"} == {*MAPS}
    assert {node.op for node in nodes} >= {"compare", "and", "or", "not", "implies", "iff"}


@pytest.mark.parametrize("field", [RATIONALS, INTERVALS], ids=lambda field: field.name)
def test_a_norm_squared_and_a_root_squared_are_exact(field):
    values = {"x": [[1], [1], [1]], "lam": [[2]], "A": np.ones((3, 3), int)}
    for text, expected in [
        ("||x||^2", 3),
        ("sqrt(lam)^4", 4),
        ("||A||_F^4", 81),
        ("||x||^-2 * 3", 1),
        ("(lam^(1/3))^3", 2),
    ]:
        value = evaluate(read(text), values, SIZES, field)[0, 0]
        low, high = ends(value)
        assert low <= expected <= high
        assert high - low < Fraction(1, 10**45)


def test_a_root_of_a_negative_number_is_undefined_also_when_squared():
    for text in ("sqrt(lam)", "sqrt(lam)^2", "lam^(1/3)"):
        for field in (RATIONALS, INTERVALS):
            with pytest.raises(Undefined):
                evaluate(read(text), {"lam": [[-4]]}, SIZES, field)


UNDEFINED = [
    ("1 / lam", {"lam": [[0]]}),
    ("lam^-3", {"lam": [[0]]}),
    ("lam^(-1/2)", {"lam": [[0]]}),
    ("log(lam)", {"lam": [[0]]}),
    ("log(lam)", {"lam": [[-1]]}),
    ("x ./ y", {"x": [[1], [1], [1]], "y": [[1], [0], [2]]}),
    ("x .^ (1/2)", {"x": [[1], [-1], [2]]}),
    ("inv(A)", {"A": [[1, 2, 3], [4, 5, 6], [7, 8, 9]]}),
    ("inv(X' X)", {"X": [[1, 2], [2, 4], [3, 6]]}),
    ("logdet(A)", {"A": [[-1, 0, 0], [0, 1, 0], [0, 0, 1]]}),
    ("logdet(A)", {"A": [[1, 2, 3], [4, 5, 6], [7, 8, 9]]}),
    ("emax(A)", {"A": [[1, 2, 3], [4, 5, 6], [7, 8, 9]]}),
    ("A^lam", {"A": [[1, 0, 0], [0, 1, 0], [0, 0, 1]], "lam": [[Fraction(1, 2)]]}),
    ("x[5]", {"x": [[1], [2], [3]]}),
    ("A[1,4]", {"A": [[1, 0, 0], [0, 1, 0], [0, 0, 1]]}),
]


@pytest.mark.parametrize("field", [RATIONALS, INTERVALS], ids=lambda field: field.name)
@pytest.mark.parametrize(("text", "values"), UNDEFINED)
def test_undefined(text, values, field):
    with pytest.raises(Undefined):
        evaluate(read(text), values, SIZES, field)


@pytest.mark.parametrize("field", [RATIONALS, INTERVALS], ids=lambda field: field.name)
def test_where_does_not_work_out_the_case_that_it_does_not_take(field):
    expr = read("where(lam > 0, log(lam), 7)")
    assert as_tensor(evaluate(expr, {"lam": [[-1]]}, SIZES, field)).item() == 7
    assert as_tensor(evaluate(expr, {"lam": [[1]]}, SIZES, field)).item() == 0


def test_an_exponent_that_is_an_interval():
    text = read("lam^mu")
    low, high = ends(evaluate(text, {"lam": [[8]], "mu": [[Fraction(2, 3)]]}, SIZES, INTERVALS)[0, 0])
    assert low < 4 < high
    assert evaluate(text, {"lam": [[8]], "mu": [[Fraction(2, 3)]]}, SIZES, RATIONALS)[0, 0] == 4


# What cannot be told


INEXACT = [
    ("sqrt(lam)", RATIONALS),
    ("exp(lam)", RATIONALS),
    ("log(lam)", RATIONALS),
    ("softplus(mu)", RATIONALS),
    ("lam^(1/10^300)", RATIONALS),
    ("lam^5000", RATIONALS),
    ("(lam^100)^100 (lam^100)^1000", RATIONALS),
    ("(lam A)^65", RATIONALS),
    ("(lam^100 A)^60", RATIONALS),
    ("emax(A + A')", RATIONALS),
    ("sqrt(lam)", modulo(PRIME)),
    ("exp(lam)", modulo(PRIME)),
    ("relu(lam)", modulo(PRIME)),
    ("max(lam, mu)", modulo(PRIME)),
    ("lam^mu", modulo(PRIME)),
    ("where(lam > mu, lam, mu)", modulo(PRIME)),
    ("smax(x)", modulo(PRIME)),
    ("exp(exp(exp(exp(lam)))) ", INTERVALS),
    ("lam^(10^9)", INTERVALS),
    ("sin(lam^100)", INTERVALS),
    ("A^sqrt(lam)", INTERVALS),
    ("where(sqrt(lam)^2 = sqrt(lam)^3 / sqrt(lam), lam, mu)", INTERVALS),
    ("inv(A (sqrt(lam) sqrt(lam) - 3))", INTERVALS),
    ("1 / (sqrt(lam) sqrt(lam) - 3)", INTERVALS),
    ("log(sqrt(lam) sqrt(lam) - 3)", INTERVALS),
    ("sqrt(sqrt(lam) sqrt(lam) - 3)^2", INTERVALS),
]


@pytest.mark.parametrize(("text", "field"), INEXACT)
def test_inexact(text, field):
    values = {"lam": [[3]], "mu": [[0]], "A": [[1, 2, 0], [0, 1, 3], [1, 0, 1]], "x": [[1], [2], [3]]}
    with pytest.raises(Inexact):
        evaluate(read(text), values, SIZES, field)
    assert holds(Expr("compare", (read(text), read(text)), SCALAR, "="), values, SIZES, field) is None


@pytest.mark.parametrize("text", ["deriv(x' x, x)", "lim(lam, lam -> 0+)", "argmin(x' x, x)", "E[lam]"])
def test_what_is_worked_out_before_is_inexact(text):
    with pytest.raises(Inexact, match="is worked out before anything is evaluated"):
        evaluate(read(text), {"x": [[1], [2], [3]], "lam": [[1]]}, SIZES, RATIONALS)


# Statements


@pytest.mark.parametrize(
    ("text", "truth"),
    [
        ("x = x", True),
        ("x = y", False),
        ("x != y", True),
        ("x != x", False),
        ("x < y", False),
        ("x <= x + ones(n)", True),
        ("x > y", False),
        ("1 < lam <= 2", True),
        ("lam = 2 and mu = 3", False),
        ("lam = 2 or mu = 3", True),
        ("not lam = 2", False),
        ("lam = 3 implies mu = 7", True),
        ("lam = 2 implies mu = 7", False),
        ("lam = 3 iff mu = 7", True),
        ("lam = 2 iff mu = 7", False),
        ("sqrt(lam) = 1", None),
        ("sqrt(lam) = 1 and mu = 7", False),
        ("sqrt(lam) = 1 and mu = 1", None),
        ("sqrt(lam) = 1 or mu = 1", True),
        ("sqrt(lam) = 1 or mu = 7", None),
        ("not sqrt(lam) = 1", None),
        ("sqrt(lam) = 1 iff mu = 7", None),
        ("mu = 7 implies sqrt(lam) = 1", True),
        ("mu = 1 implies sqrt(lam) = 1", None),
        ("forall lam: lam = lam", None),
    ],
)
def test_holds(text, truth):
    values = {"x": [[1], [2], [3]], "y": [[1], [3], [2]], "lam": [[2]], "mu": [[1]]}
    assert holds(read(text), values, SIZES, RATIONALS) is truth


@pytest.mark.parametrize("text", ["lam = 1 or 1 / mu = 1", "lam != 1 and 1 / mu = 1", "lam != 1 implies 1 / mu = 1"])
def test_a_statement_of_which_a_part_is_undefined_is_undefined(text):
    with pytest.raises(Undefined):
        holds(read(text), {"lam": [[1]], "mu": [[0]]}, SIZES, RATIONALS)


def test_remainders_have_no_order():
    values = {"lam": [[1]], "mu": [[0]]}
    assert holds(read("lam = mu"), values, SIZES, modulo(7)) is False
    assert holds(read("lam = mu + 8"), values, SIZES, modulo(7)) is True
    assert holds(read("lam < mu"), values, SIZES, modulo(7)) is None
    with pytest.raises(Inexact, match="<, modulo a prime"):
        modulo(7).compare("<", 1, 2)


def test_intervals_tell_what_differs_by_little():
    values = {"lam": [[2]], "mu": [[Fraction(10**40 + 1, 10**40)]]}
    assert holds(read("sqrt(lam) sqrt(lam) < lam mu"), values, SIZES, INTERVALS) is True
    assert holds(read("sqrt(lam) sqrt(lam) = lam mu"), values, SIZES, INTERVALS) is False
    assert holds(read("sqrt(lam) sqrt(lam) = lam"), values, SIZES, INTERVALS) is None


@pytest.mark.parametrize(
    ("text", "values", "sizes", "message"),
    [
        ("x + y", {"x": [[1]]}, {"n": 1}, "need a value of 'y', got \\['x', 'n'\\]"),
        ("x", {"x": [[1]]}, {}, "need a value of 'n', got \\['x'\\]"),
        ("x", {"x": [[1], [2]]}, {"n": 3}, r"need a value of shape \(3, 1\) for x, got \(2, 1\)"),
    ],
)
def test_evaluate_and_holds_refuse(text, values, sizes, message):
    with pytest.raises(ValueError, match=f"evaluate: {message}"):
        evaluate(read(text), values, sizes, RATIONALS)
    with pytest.raises(ValueError, match=message):
        holds(Expr("compare", (read(text), read(text)), SCALAR, "="), values, sizes, RATIONALS)


def test_names_are_where_the_specification_says():
    assert {"evaluate", "holds", "Field", "Undefined", "Inexact", "RATIONALS", "INTERVALS", "modulo"} <= {*vars(exact)}


def test_numbers_too_long_to_print_are_no_trouble():
    values = {"lam": [[10**3000]], "mu": [[-(10**3000)]]}
    for text in ("exp(lam lam)", "sqrt(lam lam + 1)", "(lam lam)^4", "(lam lam lam)^(1/3)"):
        with pytest.raises(Inexact):
            evaluate(read(text), values, SIZES, RATIONALS)
    for text in ("log(lam mu)", "sqrt(lam mu)"):
        with pytest.raises(Undefined):
            evaluate(read(text), values, SIZES, RATIONALS)


def test_equal_parts_are_worked_out_once(monkeypatch):
    calls = []
    inverse = operations.OPERATIONS["inverse"]
    monkeypatch.setitem(operations.OPERATIONS, "inverse", lambda *args: calls.append(1) or inverse(*args))
    assert holds(read("inv(A) x = inv(A) x"), {"A": np.eye(3, dtype=int), "x": [[1], [2], [3]]}, SIZES, RATIONALS)
    assert len(calls) == 1
