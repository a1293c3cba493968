import random
import time
from fractions import Fraction
from itertools import product

import pytest

from thalweg.calculus.exact import holds
from thalweg.calculus.fields import RATIONALS, Inexact, Undefined
from thalweg.calculus.intervals import INTERVALS
from thalweg.calculus.meaning import Scope, understand
from thalweg.calculus.nodes import SCALAR, Shape, symbol
from thalweg.calculus.show import text
from thalweg.calculus.sizes import Size, size_of
from thalweg.claims import clock
from thalweg.claims.hunt.prepared import question
from thalweg.claims.nouns import Claim, Verdict
from thalweg.claims.numbers import scalars
from thalweg.claims.numbers.facts import facts
from thalweg.claims.numbers.posed import posed
from thalweg.claims.numbers.reading import z3

F = Fraction
MATRICES = {
    "A": Shape(Size(2), Size(2)),
    "B": Shape(Size(2), Size(2)),
    "p": Shape(Size(2), Size(1)),
    "q": Shape(Size(2), Size(1)),
}


def claim(statement, *givens, sizes=(), **traits):
    """Names are scalars, but for A and B (2 by 2), p and q (2 by 1), and the sizes n and d."""
    names = {name: symbol(name, SCALAR) for name in [*"abcestwxy", "lam", "eta", "alpha"]}
    names |= {name: symbol(name, shape) for name, shape in MATRICES.items()}
    for name, said in traits.items():
        names[name] = symbol(name, names[name].shape, frozenset(part for part in said.split(", ")))
    scope = Scope(names, {"n", "d"})
    made = [understand(part, scope).expr for part in (statement, *givens)]
    return Claim(made[0], tuple(made[1:]), names, ("n", "d"), sizes)


def decided(*args, seconds=5.0, **traits):
    return scalars.decide(claim(*args, **traits), clock.now() + seconds)


PROVED = [
    ("a/b + c/e = (a e + c b) / (b e)", {}, "where b is not 0 and e is not 0 and b e is not 0"),
    ("w < lam x implies w/x < lam", {"x": "positive"}, ""),
    ("|a + b| <= |a| + |b|", {}, ""),
    ("max(a, b) = (a + b + |a - b|) / 2 and min(a, b) = a + b - max(a, b)", {}, ""),
    ("relu(a) - relu(-a) = a and relu(a) = step(a) a and sign(a) |a| = a", {}, ""),
    ("sqrt(a b) <= (a + b) / 2", {"a": "nonnegative", "b": "nonnegative"}, ""),
    ("a^(3/2) = a sqrt(a)", {}, "where a is not negative"),
    ("a^(-2) = 1 / a^2", {}, "where a is not 0 and a^2 is not 0"),
    ("s / (s^2 + lam) <= 1 / (2 sqrt(lam))", {"s": "nonnegative", "lam": "positive"}, ""),
    ("where(a > 0, 1/a, 0) >= 0", {}, ""),
    ("where(a = 0, 0, a / a) = |sign(a)|", {}, ""),
    ("(forall s in (0, 1]: |1 - eta s| < 1) iff 0 < eta < 2", {}, ""),
    ("(forall s in [0, 1]: |1 - eta s| <= 1) iff 0 <= eta <= 2", {}, ""),
    ("(forall x: a x^2 + b x + c >= 0) implies b^2 <= 4 a c", {}, ""),
    ("(forall s in [0, 1]: forall x in [0, 1]: s x <= a) iff a >= 1", {}, ""),
    ("(forall s in [1, 2]: sqrt(s) <= a) implies a >= 1", {}, ""),
    ("(forall x: x^2 / x^2 > 0) iff a^2 >= 0", {}, ""),
    ("n >= 1 and 1/n <= 1", {}, ""),
    ("t > 1/2 implies t >= 1", {"t": "integer"}, ""),
    ("exp(a) >= 1 + a and exp(-a) = 1 / exp(a) and exp(2 a) = exp(a)^2", {}, ""),
    ("log(a b) = log(a) + log(b)", {"a": "positive", "b": "positive"}, ""),
    ("log(1 / a) = -log(a)", {"a": "positive"}, ""),
    ("exp(a + b) = exp(a) exp(b)", {}, ""),
    ("tanh(a)^2 < 1 and 0 < sigmoid(a) < 1 and sigmoid(-a) = 1 - sigmoid(a)", {}, ""),
    ("tanh(a) = 2 sigmoid(2 a) - 1 and softplus(a) - softplus(-a) = a", {}, ""),
    ("sin(2 a) = 2 sin(a) cos(a) and sin(a)^2 + cos(a)^2 = 1 and cos(-a) = cos(a)", {}, ""),
    ("tan(a) cos(a) = sin(a)", {}, "where cos(a) is not 0"),
    ("b^(t + 1) = b b^t and b^(2 t) = (b^t)^2", {"t": "integer, nonnegative"}, ""),
    ("|1 - eta lam|^t <= 1 if 0 <= eta lam <= 2", {"t": "integer, nonnegative"}, ""),
    ("b^t < 1 if 0 <= b < 1 and t >= 1", {"t": "integer"}, ""),
    ("det(A B) = det(A) det(B) and tr(A B) = tr(B A) and (A B)' = B' A'", {}, ""),
    ("inv(A) A = eye(2) and A inv(A) = eye(2)", {}, "where det(A) is not 0"),
    ("p' A p >= 0", {"A": "psd"}, ""),
    ("||A p|| = ||p||", {"A": "orthogonal"}, ""),
    ("A B = B A", {"A": "diagonal", "B": "diagonal"}, ""),
    ("sum(softmax(p)) = 1 and [1, 0; 0, 1] = eye(2)", {}, ""),
    ("logsumexp(p) >= max(p[1], p[2])", {}, ""),
    ("sum(p .* q) = p[1] q[1] + p[2] q[2] and sum(p .^ 2) = ||p||^2", {}, ""),
]


@pytest.mark.parametrize(("statement", "traits", "conditions"), PROVED, ids=[row[0] for row in PROVED])
def test_true_claims_are_proved(statement, traits, conditions):
    answer = decided(statement, **traits)
    assert answer is not None
    assert answer.verdict is Verdict.PROVED
    assert answer.how == "by z3, over all real numbers" + (", " + conditions) * bool(conditions)


# Each with the same in Python, which must be false at the case that is shown
FALSE = [
    ("a^2 + b^2 > 0", {}, lambda a, b: a**2 + b**2 > 0),
    ("a <= b implies a < b", {}, lambda a, b: not a <= b or a < b),
    ("w/x < lam iff w < lam x", {}, lambda lam, w, x: (w / x < lam) == (w < lam * x)),
    (
        "|w - lam x| < w if lam <= 2 w/x",
        {"w": "positive", "x": "positive"},
        lambda lam, w, x: lam > 2 * w / x or abs(w - lam * x) < w,
    ),
    ("|a + b| = |a| + |b|", {}, lambda a, b: abs(a + b) == abs(a) + abs(b)),
    ("a = 7/3 or a > 0 or a < 0", {}, lambda a: a != 0),
    ("3 a + 2 b != 7 or a b != 2 or b <= 3/2", {}, lambda a, b: (a, b) != (1, 2)),
    ("step(a) = 1/2 + sign(a)/2", {}, lambda a: (a > 0) == F(1, 2) + F((a > 0) - (a < 0), 2)),
    ("sqrt(a^2) = a", {}, lambda a: abs(a) == a),
    ("where(a > 0, 1/a, 1/b) >= 0", {}, lambda a, b: (1 / a if a > 0 else 1 / b) >= 0),
    ("t^2 >= t + 2 or t < 1", {"t": "integer"}, lambda t: t**2 >= t + 2 or t < 1),
    ("n = 1", {}, lambda n: n == 1),
    ("forall s in (0, 1]: |1 - eta s| < 1", {"eta": "positive"}, lambda eta, s: abs(1 - eta * s) < 1),
    ("b^t < 1 if 0 <= b <= 1", {"t": "integer, nonnegative"}, lambda b, t: b**t < 1),
    ("A B = B A", {"A": "symmetric", "B": "symmetric"}, None),
    ("inv(A + B) = inv(A) + inv(B)", {}, None),
    ("p' A p > 0", {"A": "psd"}, None),
]


@pytest.mark.parametrize(("statement", "traits", "python"), FALSE, ids=[row[0] for row in FALSE])
def test_false_claims_are_refuted_by_a_small_case(statement, traits, python):
    made = claim(statement, **traits)
    answer = scalars.decide(made, clock.now() + 5)
    assert answer is not None
    assert answer.verdict is Verdict.FALSE
    values = {name: value.rows for name, value in answer.counterexample.values.items()}
    assert answer.counterexample.certified == "exactly"
    about = question(made)
    assert holds(about.statement, values, {"n": int(values["n"][0][0]) if "n" in values else 1}, RATIONALS) is False
    numbers = {name: rows[0][0] for name, rows in values.items()}
    assert all(abs(entry) <= 4 for rows in values.values() for row in rows for entry in row)
    for name, said in traits.items():
        if name in numbers:
            assert numbers[name] > 0 or "positive" not in said
            assert numbers[name].denominator == 1 or "integer" not in said
    if python is not None:
        assert not python(**numbers)


def test_a_forall_within_is_decided_where_the_rest_is_known():
    answer = decided("(forall s in [0, 1]: |1 - eta s| < 1) iff 0 < eta < 2")
    assert answer.verdict is Verdict.FALSE
    (value,) = answer.counterexample.values["eta"].rows
    assert 0 < value[0] < 2, "at s = 0 the absolute value is 1, so that the left side never holds"
    assert answer.counterexample.relation.endswith("forall s in [0, 1]: |1 - eta s| < 1 does not")


@pytest.mark.parametrize(
    ("args", "value"),
    [
        (("a^2 = 2 implies a <= 1",), 2**0.5),
        (("a < 1", "a^3 = 2"), 2 ** (1 / 3)),
        (("a^5 + a = 3 implies a > 2",), 1.132997565885065),
        (("a b != 1", "a^2 = 2", "b^2 = 1/2", "a > 0", "b > 0"), None),
        (("a^2 > 2", "a^2 = 2"), None),
        (("a^2 < 2", "a^2 = 2"), None),
        (("a + b > 2", "a^2 = 2", "b = 1/2", "a > 0"), 2**0.5),
    ],
)
def test_a_claim_that_only_irrational_numbers_break(args, value):
    answer = decided(*args)
    if value is None:  # intervals cannot tell that a b is 1
        assert answer is None
    else:
        assert answer.verdict is Verdict.FALSE
        assert float(answer.counterexample.values["a"].rows[0][0]) == pytest.approx(value)
        assert answer.counterexample.certified == "in interval arithmetic to 50 digits"


@pytest.mark.parametrize(
    ("args", "traits", "how"),
    [
        (("a = a", "a > 1", "b > 0", "a < 0"), {}, "no case satisfies the givens a > 1 and a < 0"),
        (("1/a > 0", "a = 0"), {}, "no case satisfies the given a = 0"),
        (("a > 0", "1/(a - a) = 1"), {}, "no case satisfies the given 1 / (a - a) = 1"),
        (("sqrt(-1 - a^2) = 1",), {}, "it has no value in any case"),
        (("a > 0", "a < -1"), {"a": "positive"}, "no case satisfies the given a < -1"),
        (("t = t", "0 < t", "t < 1"), {"t": "integer"}, "no case satisfies the givens 0 < t and t < 1"),
    ],
)
def test_claims_without_cases_are_vacuous(args, traits, how):
    answer = decided(*args, **traits)
    assert answer.verdict is Verdict.VACUOUS
    assert answer.how == how


@pytest.mark.parametrize("statement", ["a^5 + a = 3 implies a > 2", "lim(a, a -> 0) = 0", "sum(ones(n)) = n"])
def test_what_z3_cannot_say_stays_open(statement):
    answer = decided(statement)
    assert answer is None or answer.verdict is not Verdict.PROVED


@pytest.mark.parametrize(
    ("statement", "traits"),
    [
        ("a/a = 1 and a^0 = 1 and a >= a^2", {}),
        ("b^(t + 1) = b^t", {}),
        ("b^(2 t) >= 0 and b^t >= 0", {"t": "integer"}),
        ("b^t <= 1 if b <= 1 and t >= 0", {}),
        ("b^t <= b if 0 <= b <= 1", {"t": "nonnegative"}),
        ("exp(a) > 1 + a", {}),
        ("log(a) <= a - 2", {"a": "positive"}),
        ("tanh(a) >= a", {}),
        ("sin(a) = sin(b) implies a = b", {}),
        ("cos(a) >= 1 - a^2 / 3", {}),
        ("sigmoid(a) >= 1/2", {}),
        ("softplus(a) <= a + 1/2", {}),
        ("exp(a) = exp(b) implies a = 2 b", {}),
        ("where(a > 0, exp(1/a), 1) = 1", {}),
        ("where(a > 0, exp(1/a), 2) = 3 if a = 0", {}),
        ("where(a > 0, sqrt(1/a), 2) = 3 if a = 0", {}),
        ("where(a > 0, cos(1/a), 2) = 3 if a = 0", {}),
        ("where(a > 0, log(a), 2) = 3 if a < 0", {}),
        ("where(a > 0, a^t, 2) = 3 if a = -1 and t = 1/2", {}),
        ("(forall x: 1/x = 2) iff a = 1", {}),
        ("b^(t + 1) = 5 if b = 0 and t = -1/2", {"t": ""}),
        ("(forall s in [0, 1]: s <= a) iff a > 1", {}),
        ("(forall s in (0, 1): s < a) iff a > 1", {}),
        ("(forall x: a x >= 0) iff a >= 0", {}),
        ("(forall x: 1/x != a) iff a = 1", {}),
        ("1/t < 1", {"t": "integer"}),
        ("n >= 2 or n = d", {}),
    ],
)
def test_false_claims_are_never_proved(statement, traits):
    answer = decided(statement, **traits)
    assert answer is None or answer.verdict is Verdict.FALSE


def test_sizes_obey_what_is_given_of_them():
    pair = (size_of("n"), size_of("d") + Size(1))
    assert decided("n >= 2", sizes=(pair,)).verdict is Verdict.PROVED
    assert decided("n >= 2").verdict is Verdict.FALSE
    assert decided("n >= 3", sizes=(pair,)).counterexample.values["n"].rows == ((2,),)


@pytest.mark.parametrize("base", [F(-2), F(-1), F(-1, 2), F(0), F(1, 3), F(1), F(2)])
def test_facts_about_powers_hold_of_all_powers(base):
    """Every fact with true values put in for the variables, for whole exponents, where all is rational."""
    made = claim("b^t + b^(t + 1) + b^(2 t) + b^(-t) + c^t > 0", t="integer")
    asked = posed([made.statement])
    told = facts(asked.reader)
    place = asked.reader.variables
    powers = {one.values[0].over: one for one in asked.reader.applications.values()}
    for exponent, other in product((-2, -1, 0, 1, 2), (F(-3), F(0), F(1, 2))):
        known = {place["b", 0, 0]: base, place["t", 0, 0]: F(exponent), place["c", 0, 0]: other}
        pairs = [(variable, z3().RealVal(str(value), asked.reader.context)) for variable, value in known.items()]
        for variable, one in powers.items():
            root, height = (F(z3().simplify(z3().substitute(part.over, *pairs)).as_string()) for part in one.args)
            if not root and height < 0:
                break
            pairs.append((variable, z3().RealVal(str(root ** int(height)), asked.reader.context)))
        else:
            for fact in told:
                assert z3().is_true(z3().simplify(z3().substitute(fact, *pairs))), (known, fact)


# Statements by the hundred: what is proved must hold wherever it can be evaluated


def expression(rng, depth):
    if depth == 0:
        return rng.choice(["a", "b", "c", "1", "2", "0", "1/2"])
    parts = [expression(rng, depth - 1) for _ in range(3)]
    return rng.choice([
        *("({0} + {1})", "({0} - {1})", "({0}) ({1})", "({0})/({1} + a)", "({0})^2", "({0})^(-1)", "({0})^t"),
        *("sqrt({0})", "|{0}|", "relu({0})", "step({0})", "max({0}, {1})", "where({0} > {1}, {2}, {1})"),
        *("exp({0})", "tanh({0})", "log({0})"),
    ]).format(*parts)


def statement(rng):
    parts = [expression(rng, rng.choice((0, 1, 2))) for _ in range(3)]
    return rng.choice([
        *("{0} <= {1}", "{0} = {1}", "{0} < {1} implies {1} > {2}", "{0} > {2} or {1} <= {2}", "({0})^2 >= {1}"),
        *("|{0}| >= {0}", "{0} + {1} = {1} + {0}", "({0})/({1} - b) = ({0}) ({1} - b)^(-1)", "max({0}, {1}) >= {1}"),
        *("log({0}) < {0}", "sqrt({0})^2 = {0}", "exp({0}) > {0}", "({0} <= {1}) iff not ({1} < {0})"),
        "(forall c in [0, 1]: {0} >= {1}) implies {0} >= {2}",
    ]).format(*parts)


def told(part, values):
    for field in (RATIONALS, INTERVALS):
        try:
            known = holds(part, values, {}, field)
        except Inexact:
            continue
        if known is not None:
            return known
    return None


def refuting_point(about, rng):
    """Values at which all givens hold and the statement certainly does not."""
    for _ in range(40):
        values = {name.value.name: [[F(rng.randint(-6, 6), rng.choice((1, 1, 2, 3)))]] for name in about.names}
        values["t"] = [[F(rng.randint(0, 3))]]
        try:
            if all(told(given, values) for given in about.givens) and told(about.statement, values) is False:
                return values
        except (Undefined, OverflowError):
            continue
    return None


@pytest.mark.parametrize("seed", range(4))
def test_nothing_false_is_proved(seed):
    rng = random.Random(seed)
    proofs = 0
    for _ in range(25):
        made = claim(statement(rng), *[expression(rng, 1) + " > 0"] * rng.choice((0, 1)), t="integer, nonnegative")
        answer = scalars.decide(made, clock.now() + 0.5)
        if answer is not None and answer.verdict in (Verdict.PROVED, Verdict.VACUOUS):
            proofs += 1
            assert refuting_point(question(made), rng) is None, text(made.statement)
    assert proofs > 2, "or nothing was tested"


@pytest.mark.parametrize(
    "statement",
    ["(a + b + c + e)^12 >= (a^3 + b^3 - c e)^4", "a^8 + b^8 + c^8 + s^8 >= a b c s (a + b + c) + a^3 b^5 - 7 c^2 s^6"],
)
def test_hard_claims_end_in_time(statement):
    begun = time.monotonic()
    decided(statement, seconds=0.4)
    assert time.monotonic() - begun < 2.0, "the machine may be busy"


@pytest.mark.parametrize("statement", ["(10^200 a)^60 = a", "a^64 b^64 >= a", "(10^300)^60 a = a", "((a + 1)^9)^9 > 0"])
def test_what_is_too_heavy_for_z3_never_reaches_it(statement, monkeypatch):
    monkeypatch.setattr(
        "thalweg.claims.numbers.posed.solved", lambda *_: pytest.fail("z3 cannot be interrupted in such claims")
    )
    assert decided(statement) is None


def test_givens_imply():
    about = claim("a = a", "0 < a", "a < 1", "lim(b, b -> 0) = 0")

    def implied(said):
        return scalars.implied(about, understand(said, Scope(about.symbols)).expr, clock.now() + 5)

    assert implied("a^2 < a") is True
    assert implied("a < 1/2") is None, "one given could not be read"
    about = claim("a = a", "0 < a", "a < 1")
    assert implied("a < 1/2") is False
    assert implied("exp(a) < 5") is None
    assert implied("exp(a) > a") is True
    assert implied("lim(b, b -> 0) = 0") is None
    about = claim("t = t", "t > 1/2", t="integer")
    assert implied("t >= 1") is True
    assert implied("t >= 2") is False


def test_equivalent_and_consistent():
    about = claim("w = w", x="positive")
    parts = [understand(said, Scope(about.symbols)).expr for said in ("w/x < lam", "w < lam x", "w <= lam x", "x < 0")]
    deadline = clock.now() + 5
    assert scalars.equivalent(about, parts[0], parts[1], deadline) is True
    assert scalars.equivalent(about, parts[0], parts[2], deadline) is False
    assert scalars.consistent(parts[:3], deadline) is True
    assert scalars.consistent([parts[3]], deadline) is False
    assert scalars.consistent(parts, clock.now() - 1) is None
