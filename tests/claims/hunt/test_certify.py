from fractions import Fraction

import numpy as np
import pytest

from hunted import PLAIN, claimed
from thalweg.calculus.fields import RATIONALS
from thalweg.calculus.intervals import INTERVALS
from thalweg.calculus.nodes import SCALAR, Shape, symbol
from thalweg.calculus.sizes import Size
from thalweg.claims.hunt.certify import is_unclear, matrix, refutation, told, truth
from thalweg.claims.hunt.contradictions import contradiction
from thalweg.claims.hunt.counterexamples import counterexample, shown
from thalweg.claims.hunt.plans import planned
from thalweg.claims.hunt.prepared import question
from thalweg.claims.hunt.traits import has_traits


def rows(*lines) -> tuple:
    return tuple(tuple(Fraction(entry) for entry in line) for line in lines)


def tried(claim, sizes=None, **values):
    prepared = question(claim)
    plan = planned(prepared.names, ())
    return refutation(prepared, plan, {name: rows(*value) for name, value in values.items()}, sizes or {})


def test_a_case_refutes_only_if_all_givens_hold():
    claim = claimed("lam < 1", "lam", "lam > 0", "lam != 2")
    assert tried(claim, lam=[[3]]) is not None
    assert tried(claim, lam=[[2]]) is None
    assert tried(claim, lam=[["1/2"]]) is None
    assert tried(claim, lam=[[-1]]) is None


def test_a_case_with_something_undefined_is_none():
    assert tried(claimed("1/lam < 0", "lam"), lam=[[0]]) is None
    assert tried(claimed("lam = 1", "lam", "1/lam = 1/lam"), lam=[[0]]) is None
    assert tried(claimed("det(A) = 1 and inv(A) = inv(A)"), {"n": 2}, A=[[1, 1], [1, 1]]) is None


def test_traits_are_checked():
    assert tried(claimed("x' x = 1", "x 1 positive"), x=[[-2]]) is None
    assert tried(claimed("x' x = 1", "x 1 positive"), x=[[2]]) is not None


def test_sizes_are_checked():
    claim = claimed("x = 0", "x n; y m", "y = y", size_givens=(("n", "m"),))
    assert tried(claim, {"n": 1, "m": 2}, x=[[1]], y=[[1], [1]]) is None
    assert tried(claim, {"n": 2, "m": 1}, x=[[1], [1]], y=[[1]]) is not None


def test_irrational_cases_are_certified_by_intervals_alone():
    claim = claimed("lam^2 < 2", "lam; mu", "lam = sqrt(mu)")
    prepared = question(claim)
    assert refutation(prepared, prepared.plan, {"mu": rows([3])}, {}).enclosed
    assert refutation(prepared, prepared.plan, {"mu": rows([2])}, {}) is None, "a tie is not certain"
    assert refutation(prepared, prepared.plan, {"mu": rows([4])}, {}).enclosed == {}


def test_a_given_that_made_a_name_holds_though_intervals_cannot_tell():
    prepared = question(claimed("lam < 1", "lam; mu", "lam = exp(mu)"))
    assert refutation(prepared, prepared.plan, {"mu": rows([1])}, {}) is not None
    also = question(claimed("lam < 1", "lam; mu", "lam = exp(mu)", "2 lam = 2 exp(mu)"))
    assert refutation(also, also.plan, {"mu": rows([1])}, {}) is not None, "the second given follows from the first"
    other = question(claimed("lam < 1", "lam; mu", "lam = exp(mu)", "lam sin(mu)^2 + lam cos(mu)^2 = exp(mu)"))
    assert refutation(other, other.plan, {"mu": rows([1])}, {}) is None, "the second given is not certain"
    wrong = question(claimed("lam < 1", "lam; mu", "lam = exp(mu)", "lam = exp(mu) + 1/10^60 mu"))
    assert refutation(wrong, wrong.plan, {"mu": rows([1])}, {}) is None, "the second given is not true"


FORALLS = [
    ("forall s in [0, 1]: lam s <= 1", 2, False),
    ("forall s in [0, 1]: lam s <= 1", 1, None),
    ("forall s in [0, 1): lam s < 1", 1, None),
    ("forall s in (0, 1]: s > lam", 0, None),
    ("forall s in [0, 1]: s > lam", 0, False),
    ("not (forall s in [0, 1]: lam s <= 1)", 2, True),
    ("(forall s in [0, 1]: lam s <= 1) implies lam = 5", 2, True),
    ("(forall s in [0, 1]: lam s <= 1) and lam = 1", 2, False),
    ("(forall s in [0, 1]: lam s <= 1) or lam = 1", 1, True),
    ("forall s in [0, inf): s <= lam", 2, False),
    ("forall s in (-inf, 0]: s >= lam", -2, False),
    ("forall s in [0, 1]: 1/s >= lam", 1, None),
    ("forall s in [0, lam]: (forall u in [0, s]: u < 1)", 1, False),
    ("forall s in [2, 4]: s <= lam", 3, False),
    ("forall s in [2, 4]: s >= lam", 3, False),
    ("forall s in [2, 4]: s < lam", 5, None),
    ("forall x: x' x <= lam", 1, False),
    ("forall x: x' x >= lam", 0, None),
]


@pytest.mark.parametrize(("text", "lam", "value"), FORALLS, ids=str)
def test_forall_is_false_at_a_point_and_never_true(text, lam, value):
    claim = claimed(text, "lam; x n; y n")
    values = {"lam": matrix([[lam]], RATIONALS)}
    assert truth(claim.statement, values, {"n": 2}, RATIONALS) is value
    enclosed = {"lam": matrix([[lam]], INTERVALS)}
    assert truth(claim.statement, enclosed, {"n": 2}, INTERVALS) in (value, None)


@pytest.mark.parametrize(
    ("trait", "good", "bad"),
    [
        ("positive", [[1]], [[0]]),
        ("nonnegative", [[0]], [[-1]]),
        ("nonzero", [[-1]], [[0]]),
        ("integer", [[4]], [["1/2"]]),
        ("symmetric", [[1, 2], [2, 3]], [[1, 2], [1, 3]]),
        ("orthogonal", [["3/5", "-4/5"], ["4/5", "3/5"]], [[1, 1], [0, 1]]),
        ("diagonal", [[1, 0], [0, 3]], [[1, 0], [1, 3]]),
        ("invertible", [[1, 2], [3, 4]], [[1, 2], [2, 4]]),
        ("psd", [[1, 1, 0], [1, 1, 0], [0, 0, 0]], [[0, 1], [1, 0]]),
        ("psd", [[0, 0], [0, 1]], [[1, 2], [2, 1]]),
        ("pd", [[2, 1], [1, 2]], [[1, 1], [1, 1]]),
        ("pd", [[1]], [[1, 1], [0, 1]]),
        ("full column rank", [[1], [0]], [[1, 1], [1, 1]]),
        ("full row rank", [[1, 0]], [[1], [1]]),
    ],
    ids=str,
)
def test_traits(trait, good, bad):
    for value, is_held in ((good, True), (bad, False)):
        made = matrix(rows(*value), RATIONALS)
        name = symbol("A", Shape(Size(made.shape[0]), Size(made.shape[1])), frozenset({trait}))
        assert has_traits(name, made, RATIONALS) is is_held


@pytest.mark.parametrize("seed", range(20))
def test_definite_as_eigenvalues_say(seed):
    root = np.random.default_rng(seed).integers(-2, 3, (3, 3))
    array = root + root.T + np.eye(3, dtype=int) * (seed % 5)
    least = np.linalg.eigvalsh(array).min()
    for trait, is_held in (("pd", least > 1e-9), ("psd", least > -1e-9)):
        name = symbol("A", Shape(Size(3), Size(3)), frozenset({trait}))
        assert has_traits(name, matrix(array.tolist(), RATIONALS), RATIONALS) == is_held


def test_scalars_of_a_definite_kind():
    assert not has_traits(symbol("a", SCALAR, frozenset({"pd"})), matrix([[0]], RATIONALS), RATIONALS)


def test_sides_are_shown_with_the_relation():
    claim = claimed("x' x <= 1 and x' y = 3", PLAIN)
    case = tried(claim, {"n": 1}, x=[[1]], y=[["1/2"]])
    answer = counterexample(question(claim), case)
    assert (str(answer.left), str(answer.right), answer.relation) == ("1/2", "3", "=")
    assert str(answer) == "x = 1, y = 1/2: the left side is 1/2, the right side 3"
    assert told(claim.statement.args[0], case) is True


def test_sizes_are_shown_where_no_shape_shows_them():
    claim = claimed("tr(eye(n)) = 1", "x n")
    assert str(counterexample(question(claim), tried(claim, {"n": 2}))).startswith("n = 2:")
    claim = claimed("n x = x", "x n")
    assert counterexample(question(claim), tried(claim, {"n": 2}, x=[[1], [1]])).values["n"].rows == ((2,),)
    claim = claimed("x = 0", "x n")
    assert set(counterexample(question(claim), tried(claim, {"n": 1}, x=[[1]])).values) == {"x"}


def test_digits_of_irrational_values():
    assert str(shown(matrix([[2], [Fraction(1, 2)]], INTERVALS), INTERVALS)) == "(2, 1/2)"
    assert str(shown(matrix([[Fraction(1, 3)]], INTERVALS), INTERVALS)) == "0.333333333333333"


def test_what_is_unclear():
    prepared = question(claimed("(forall s in [0, 1]: lam s <= 1) iff lam < 1", "lam"))
    free = {"lam": rows([1])}
    assert is_unclear(prepared, prepared.plan, free, {}, is_exact=True, is_gross=False)
    assert is_unclear(prepared, prepared.plan, {"lam": rows(["1/2"])}, {}, is_exact=True, is_gross=False)
    assert not is_unclear(prepared, prepared.plan, {"lam": rows([2])}, {}, is_exact=True, is_gross=True), (
        "both are false"
    )
    prepared = question(claimed("lam < 1", "lam positive", "lam > 0"))
    assert not is_unclear(prepared, prepared.plan, {"lam.beyond": rows([0])}, {}, is_exact=True, is_gross=True)
    prepared = question(claimed("1/lam > 1", "lam"))
    assert not is_unclear(prepared, prepared.plan, {"lam": rows([0])}, {}, is_exact=True, is_gross=True)


@pytest.mark.parametrize(
    ("givens", "is_clash"),
    [
        (("lam > 1", "lam < 1"), True),
        (("lam >= 1", "lam <= 1"), False),
        (("1 > lam", "2 = lam"), True),
        (("lam > mu", "lam < mu"), False),  # true, but not seen here
        (("2 + 2 = 5",), True),
        (("n = 2",), False),
        (("1/0.5 > 3 - 1",), True),
        (("lam != 1", "lam = 1"), False),
    ],
    ids=str,
)
def test_plain_contradictions(givens, is_clash):
    assert bool(contradiction(question(claimed("lam = mu", "lam; mu; x n", *givens)))) is is_clash
