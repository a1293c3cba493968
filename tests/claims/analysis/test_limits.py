from fractions import Fraction

import numpy as np
import pytest

from questioned import NUMBERS, RIDGE, TALL, WIDE, claimed, soon
from thalweg.claims.analysis.limits import hunted, truth_at
from thalweg.claims.analysis.points import Point
from thalweg.claims.analysis.questions import decide
from thalweg.claims.nouns import Verdict

PROVED = [
    ("lim(inv(X' X + lam I) X' y, lam -> inf) = 0", RIDGE),
    ("lim(||inv(X' X + lam I) X' y||, lam -> inf) = 0", RIDGE),
    ("lim(lam inv(X' X + lam I) X' y, lam -> inf) = X' y", RIDGE),
    ("lim(inv(X' X + lam I) X' y, lam -> 0+) = pinv(X) y", RIDGE),
    ("lim(X' inv(X X' + lam I) y, lam -> 0+) = pinv(X) y", RIDGE),
    ("lim(inv(X' X + lam I) X' y, lam -> 0+) = inv(X' X) X' y", TALL),
    ("lim(inv(X' X + lam I) X' y, lam -> 0+) = X' inv(X X') y", WIDE),
    ("lim(inv(X' X + lam I) X' y, lam -> 0+) = inv(X' X) X' y", RIDGE),  # where that inverse exists
    ("lim(inv(X' X + lam I), lam -> 0+) = inv(X' X)", TALL),
    ("lim(lam inv(X' X + lam I), lam -> 0+) = I - pinv(X) X", RIDGE),
    ("lim(sigma/(sigma^2 + lam), lam -> 0+) = 1/sigma", NUMBERS),
    ("lim(sigma/(sigma^2 + lam), lam -> inf) = 0", NUMBERS),
    ("lim((a lam + 1)/(b lam + 1), lam -> inf) = a/b", NUMBERS),
    ("lim(a^t, t -> inf) = 0 iff |a| < 1", NUMBERS),
    ("lim((1 - a)^t b + (1 - (1 - a)^t) c, t -> inf) = c if 0 < a < 2", NUMBERS),
    ("lim(sqrt(lam)/(1 + sqrt(lam)), lam -> inf) = 1", NUMBERS),
    ("lim(1/p, p -> 0) = inf", NUMBERS),
    ("lim(-lam, lam -> inf) = -inf", NUMBERS),
    ("lim((a^2 - b^2)/(a - b), a -> b) = 2 b", NUMBERS),
    ("not (lim(1/lam, lam -> 0) = 0)", NUMBERS),
    ("lim(a/lam, lam -> inf) = 0 and lim(lam/(lam + 1), lam -> inf) = 1", NUMBERS),
    ("lim(||y||^2/(1 + lam), lam -> inf) = 0", RIDGE),
    ("forall b: lim(b/lam, lam -> inf) = 0", NUMBERS),
]
FALSE = [
    ("lim(inv(X' X + lam I) X' y, lam -> 0+) = X' y", RIDGE),
    ("lim(inv(X' X + lam I) X' y, lam -> 0+) = 0", RIDGE),
    ("lim(inv(X' X + lam I) X' y, lam -> inf) = X' y", RIDGE),
    ("lim(lam inv(X' X + lam I) X' y, lam -> inf) = 0", RIDGE),
    ("lim(inv(X' X + lam I), lam -> 0+) = pinv(X' X)", RIDGE),
    ("lim(lam inv(X' X + lam I), lam -> 0+) = 0", RIDGE),
    ("lim(tr(inv(X' X + lam I) X' X), lam -> 0+) = d", RIDGE),
    ("lim(inv(X' X + lam I) X' y, lam -> 0+) = 2 pinv(X) y", TALL),
    ("lim(a^t, t -> inf) = 0", NUMBERS),
    ("lim(a^t, t -> inf) = 0 iff |a| <= 1", NUMBERS),
    ("lim(a^t, t -> inf) = 0 iff a < 1", NUMBERS),
    ("lim((1 - a)^t b + (1 - (1 - a)^t) c, t -> inf) = c if 0 < a <= 2", NUMBERS),
    ("lim(1/lam, lam -> 0) = 0", NUMBERS),
    ("lim(1/lam, lam -> 0) = inf", NUMBERS),
    ("lim(|lam|/lam, lam -> 0) = 1", NUMBERS),
    ("lim((a lam + 1)/(b lam + 1), lam -> inf) = b/a", NUMBERS),
    ("lim(relu(lam)/lam, lam -> 0-) = 1", NUMBERS),
    ("lim(a/b, b -> 0) = 0", NUMBERS),
    ("lim(lam, lam -> inf) = -inf", NUMBERS),
    ("lim(a lam, lam -> inf) = inf", NUMBERS),
    ("lim(a/lam, lam -> inf) = 0 and lim(lam, lam -> 0) = 1", NUMBERS),
]


@pytest.mark.parametrize(("said", "shapes"), PROVED)
def test_true_limits_are_proved(said, shapes):
    answer = decide(claimed(said, shapes), soon())
    assert answer.verdict is Verdict.PROVED, answer


@pytest.mark.parametrize(("said", "shapes"), PROVED)
def test_true_limits_are_never_accused_at_points(said, shapes):
    claim = claimed(said, shapes)
    if claim.statement.op != "forall":
        assert hunted(claim, soon()).found is None


@pytest.mark.parametrize(("said", "shapes"), FALSE)
def test_false_limits_are_refuted_by_a_case(said, shapes):
    answer = decide(claimed(said, shapes), soon())
    assert answer.verdict is Verdict.FALSE, answer
    assert answer.counterexample.certified == "exactly"


def test_a_counterexample_is_what_floats_show_near_the_target():
    answer = decide(claimed("lim(inv(X' X + lam I) X' y, lam -> 0+) = X' y", RIDGE), soon())
    shown = answer.counterexample
    X, y = (np.array(shown.values[name].rows, float) for name in ("X", "y"))
    near = np.linalg.solve(X.T @ X + 1e-9 * np.eye(X.shape[1]), X.T @ y)
    np.testing.assert_allclose(np.array(shown.left.rows, float), near, atol=1e-6)
    np.testing.assert_allclose(np.array(shown.right.rows, float), X.T @ y)
    assert shown.left != shown.right
    assert "lam" not in shown.values


def test_where_nothing_is_defined_nothing_is_accused():
    """`inv(X' X)` exists for no wide X, so there is no case."""
    for said in ("lim(lam I, lam -> 0+) = inv(X' X) - inv(X' X)", "lim(lam/(b - b), lam -> 0) = 1"):
        answer = decide(claimed(said, {**RIDGE, **NUMBERS, "y": "n", "lam": "scalar > 0"}), soon())
        assert answer is None or answer.verdict is not Verdict.FALSE


def test_an_existing_limit_of_no_ratio_is_neither_proved_nor_refuted():
    answer = decide(claimed("lim((1 + a/t)^t, t -> inf) = exp(a)", NUMBERS), soon())
    assert answer is None or answer.verdict is Verdict.PASSED
    answer = decide(claimed("lim(exp(-lam), lam -> inf) = 0", NUMBERS), soon())
    assert answer is None or answer.verdict is Verdict.PASSED


def test_what_is_given_to_be_positive_tends_to_0_from_above():
    for given, verdict in {"lam > 0": Verdict.PROVED, "0 <= lam": Verdict.PROVED, "a > 0": Verdict.FALSE}.items():
        assert decide(claimed("lim(1/lam, lam -> 0) = inf", NUMBERS, given), soon()).verdict is verdict


def test_what_has_no_value_anywhere_says_nothing():
    answer = decide(claimed("lim(lam/(b - b), lam -> 0) = 1", NUMBERS), soon())
    assert answer.verdict is Verdict.VACUOUS


def test_sizes_may_tend_to_infinity():
    shapes = {"x": "n", "a": "scalar"}
    assert decide(claimed("lim(1/n, n -> inf) = 0", shapes), soon()).verdict is Verdict.PROVED
    assert decide(claimed("lim(a^n, n -> inf) = 0 iff |a| < 1", shapes), soon()).verdict is Verdict.PROVED
    assert decide(claimed("lim((n + 1)/n, n -> inf) = 0", shapes), soon()).verdict is Verdict.FALSE


def test_a_branch_that_is_not_taken_need_not_have_a_value():
    answer = decide(claimed("lim(lam/(lam + 1), lam -> inf) = where(a = 0, 2, a/a)", NUMBERS), soon())
    assert answer.verdict is Verdict.FALSE
    assert answer.counterexample.values["a"].rows[0][0] == 0


def test_a_factor_that_cancels_must_have_a_value_all_the_same():
    claim = claimed("lim(a^t sqrt(b)/sqrt(b), t -> inf) = 0", NUMBERS)
    for b, expected in {1: True, -1: None}.items():
        values = {"a": np.array([[Fraction(1, 2)]], object), "b": np.array([[Fraction(b)]], object)}
        assert truth_at(claim.statement, Point(values, {}, {})) is expected
