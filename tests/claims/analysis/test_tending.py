from fractions import Fraction

import pytest

from questioned import NUMBERS, claimed, expr, soon
from thalweg.calculus.nodes import number, substituted, symbols
from thalweg.claims.analysis.approaches import is_infinite
from thalweg.claims.analysis.tending import cases, definedness, without_limits
from thalweg.claims.numbers.scalars import consistent, follows
from thalweg.claims.rational.logic import TRUE
from thalweg.claims.rational.writing import written

sympy = pytest.importorskip("sympy")

FUNCTIONS = [
    ("(2*x**2 + 1)/(x**2 - 3)", "(2 xi^2 + 1)/(xi^2 - 3)"),
    ("(x - 1)/(x**2 - 1)", "(xi - 1)/(xi^2 - 1)"),
    ("x**3/(x + 2)", "xi^3/(xi + 2)"),
    ("1/(x - 2)**2", "1/(xi - 2)^2"),
    ("1/(x + 1) - 1/x", "1/(xi + 1) - 1/xi"),
    ("5", "5 + 0 xi"),
]
TARGETS = [("0", "0"), ("1", "1"), ("-1", "-1"), ("2", "2"), ("oo", "inf"), ("-oo", "-inf")]


@pytest.mark.parametrize(("function", "said"), FUNCTIONS)
@pytest.mark.parametrize(("target", "where"), TARGETS)
@pytest.mark.parametrize("side", ["+", "-"])
def test_limits_of_ratios_are_those_of_sympy(function, said, target, where, side):
    if "o" in target:
        side = ""
    expected = sympy.limit(sympy.sympify(function), sympy.Symbol("x"), sympy.sympify(target), side or "+")
    (case,) = [case for case in cases(expr(f"lim({said}, xi -> {where}{side})")) if set(case.conditions) <= {TRUE}]
    if expected.is_finite:
        assert Fraction(case.over.constant / case.under.constant) == Fraction(str(expected))
    else:
        assert case.kind == "infinite"
        assert (case.over.constant > 0) == (expected > 0)


def test_a_pole_has_no_limit_from_both_sides_but_a_double_one_is_infinite():
    assert [case.kind for case in cases(expr("lim(1/xi, xi -> 0)"))] == ["none"]
    assert [case.kind for case in cases(expr("lim(1/xi^2, xi -> 0)"))] == ["infinite"]
    (case,) = cases(claimed("lim(1/p, p -> 0) = 0", NUMBERS).statement.args[0])
    assert case.kind == "infinite", "a positive name comes from above"


@pytest.mark.parametrize(
    "said",
    [
        "(alpha xi + 1)/(beta xi + gamma)",
        "(alpha xi^2 + xi)/(beta xi^2 + gamma)",
        "alpha/(xi + beta)",
        "(alpha - xi)/(xi alpha)",
    ],
)
@pytest.mark.parametrize("where", ["0+", "inf", "1-"])
def test_cases_exclude_each_other_and_leave_nothing_out(said, where):
    limit = expr(f"lim({said}, xi -> {where})")
    found = cases(limit)
    defined = definedness(limit)
    every = [condition for case in found for condition in case.conditions]
    names = {name: node for condition in every for name, node in symbols(condition).items()}
    for alpha in (-1, 0, 2):
        for beta in (0, 3):
            values = {"alpha": alpha, "beta": beta, "gamma": 0}
            put = {node: number(values[name]) for name, node in names.items()}
            fit = [
                case for case in found if all(follows((), substituted(part, put), soon()) for part in case.conditions)
            ]
            is_case = all(consistent((substituted(part, put),), soon()) for part in defined)
            assert len(fit) == 1 or not is_case, (alpha, beta)


POWERS = {
    "{}^t": lambda b, t: b**t,
    "1 + 3 {}^t": lambda b, t: 1 + 3 * b**t,
    "1/(2 + {}^t)": lambda b, t: 1 / (2 + b**t),
    "{}^t/({}^t + 1)": lambda b, t: b**t / (b**t + 1),
    "t {}^t": lambda b, t: t * b**t,
    "(t + {}^t)/(2 t)": lambda b, t: (t + b**t) / (2 * t),
}


@pytest.mark.parametrize("base", ["0", "1/2", "-1/2", "1", "-1", "2", "-3"])
@pytest.mark.parametrize("said", POWERS)
def test_limits_of_powers_are_what_late_terms_show(base, said):
    text = f"lim({said.replace('{}', f'({base})')}, t -> inf) = 0"
    try:
        late = [POWERS[said](Fraction(base), t) for t in (400, 401)]
    except ZeroDivisionError:
        return
    (case,) = [case for case in cases(claimed(text, NUMBERS).statement.args[0]) if set(case.conditions) <= {TRUE}]
    if case.kind == "finite":
        limit = case.over.constant / case.under.constant
        assert all(abs(value - limit) < Fraction(1, 300) for value in late)
    else:
        assert max(abs(value) for value in late) > 100 or abs(late[0] - late[1]) > Fraction(1, 3)


def test_what_is_no_ratio_is_not_decided():
    for said in ("lim(exp(-xi), xi -> inf)", "lim((1 + 1/xi)^xi, xi -> inf)", "lim(sqrt(xi + 1), xi -> 0)"):
        assert cases(expr(said)) is None
    assert without_limits(expr("lim(exp(-xi), xi -> inf) = 0")) is None


def test_the_rest_of_a_statement_stays():
    said = without_limits(expr("lim(alpha/xi, xi -> inf) = 0 and alpha > 0"))
    assert said.op == "and"
    assert said.args[1] == expr("lim(alpha/xi, xi -> inf) = 0 and alpha > 0").args[1]
    assert is_infinite(expr("-inf")) == -1
    assert written(cases(expr("lim(alpha xi/(xi + 1), xi -> inf)"))[0].over) == expr("alpha")
