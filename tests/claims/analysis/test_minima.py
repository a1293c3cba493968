import numpy as np
import pytest

from questioned import NUMBERS, RIDGE, TALL, WIDE, claimed, soon
from thalweg.calculus.nodes import holds
from thalweg.claims.analysis import minima
from thalweg.claims.analysis.minima import Seen, hunted
from thalweg.claims.analysis.quadratics import is_semidefinite, quadratic
from thalweg.claims.analysis.questions import decide
from thalweg.claims.nouns import Verdict

TIKHONOV = {"A": "n x d", "W": "m x n", "V": "k x d", "x": "d", "b": "n", "c": "d"}
PRIOR = {**RIDGE, "P": "d x d pd", "v": "d"}
NOISY = "||W (A x - b)||^2 + ||V (x - c)||^2"
LEAST = "||X w - y||^2"
PENALTY = "||X w - y||^2 + lam ||w||^2"
FEATURES = "argmin(||z||^2, z, [X, sqrt(lam) eye(n)] z = y)"

PROVED = [
    (f"argmin({PENALTY}, w) = inv(X' X + lam I) X' y", RIDGE),
    (f"argmin({PENALTY}, w) = X' inv(X X' + lam I) y", RIDGE),
    (f"inv(X' X + lam I) X' y = argmin({PENALTY}, w)", RIDGE),
    (f"argmin({LEAST}, w) = inv(X' X) X' y", RIDGE),
    (f"argmin({LEAST}, w) = pinv(X) y", TALL),
    ("argmin(1/2 ||y - X w||^2, w) = inv(X' X) X' y", RIDGE),
    (f"argmin({NOISY}, x) = inv(A' W' W A + V' V) (A' W' W b + V' V c)", TIKHONOV),
    (f"argmin({NOISY}, x) = argmin(||[W A; V] x - [W b; V c]||^2, x)", TIKHONOV),
    ("argmin(||[y; zeros(d)] - [X; sqrt(lam) eye(d)] w||^2, w) = inv(X' X + lam I) X' y", RIDGE),
    (f"argmin(||[y; zeros(d)] - [X; sqrt(lam) eye(d)] w||^2, w) = argmin({PENALTY}, w)", RIDGE),
    ("argmin(||X w - y||^2 + (w - v)' P (w - v), w) = inv(X' X + P) (X' y + P v)", PRIOR),
    ("argmin(||w||^2, w, X w = y) = X' inv(X X') y", RIDGE),
    ("argmin(||w||^2, w, X w = y) = pinv(X) y", WIDE),
    (f"{FEATURES} = [X'; sqrt(lam) eye(n)] inv(X X' + lam I) y", {**RIDGE, "z": "d + n"}),
    (f"argmin(1/lam {LEAST} + ||w||^2, w) = argmin({PENALTY}, w)", RIDGE),
    (f"argmin(3 ({PENALTY}) + 7, w) = argmin({PENALTY}, w)", RIDGE),
    (f"X argmin({PENALTY}, w) = X X' inv(X X' + lam I) y", RIDGE),
    ("argmin((sigma a - y)^2 + lam a^2, a) = sigma y/(sigma^2 + lam) if lam > 0", NUMBERS),
    ("argmin((sigma a - y)^2, a) = y/sigma", NUMBERS),
    ("argmin((a - 1)^2, a) = 1 and argmin(a^2 + 2 a, a) = -1", NUMBERS),
]
FALSE = [
    (f"argmin({PENALTY}, w) = inv(X' X + 2 lam I) X' y", RIDGE),
    (f"argmin({PENALTY}, w) = inv(X' X + lam I) X' y + w - w + X' y", RIDGE),
    (f"argmin({PENALTY}, w) = 2 inv(X' X + lam I) X' y", RIDGE),
    (f"argmin({PENALTY}, w) = pinv(X) y", RIDGE),
    (f"argmin({LEAST}, w) = X' y", RIDGE),
    (f"argmin({LEAST}, w) = 2 pinv(X) y", RIDGE),
    (f"argmin({NOISY}, x) = inv(A' W' W A + V' V) (A' W' W b - V' V c)", TIKHONOV),
    (f"argmin({NOISY}, x) = inv(A' W A + V' V) (A' W b + V' V c)", {**TIKHONOV, "W": "n x n"}),
    ("argmin(||w||^2, w, X w = y) = inv(X' X + lam I) X' y", RIDGE),
    ("argmin(||w||^2, w, X w = y) = 0", RIDGE),
    ("argmin(||w - v||^2, w, X w = y) = pinv(X) y", PRIOR),
    ("argmin(||w - v||^2, w, X w = y) = pinv(X) y", {**PRIOR, **WIDE}),  # it meets the condition
    ("argmin(w' P w, w, X w = y) = X' inv(X X') y", PRIOR),
    (f"argmin(1/lam {LEAST} + ||w||^2, w) = argmin({LEAST} + lam^2 ||w||^2, w)", RIDGE),
    (f"argmin({LEAST} - lam ||w||^2, w) = inv(X' X + lam I) X' y", RIDGE),
    ("argmin((a - 1)^2, a) = 0", NUMBERS),
    ("argmin((sigma a - y)^2 + lam a^2, a) = y/sigma if lam > 0", NUMBERS),
    ("argmin((a - 1)^2, a) = 1 and argmin(a^2, a) = 1", NUMBERS),
]
NEITHER = [
    (f"argmin({LEAST}, w) = pinv(X) y", RIDGE),  # one of several, if X has no full column rank
    (f"argmin({LEAST}, w) = pinv(X) y", WIDE),
    ("argmin(-a^2, a) = 0", NUMBERS),  # there is none
    ("argmin((b - 1)^2, a) = 0", NUMBERS),
]


@pytest.mark.parametrize(("said", "shapes"), PROVED)
def test_minimisers_are_proved(said, shapes):
    answer = decide(claimed(said, shapes), soon())
    assert answer.verdict is Verdict.PROVED, answer


@pytest.mark.parametrize(("said", "shapes"), [row for row in PROVED if " and " not in row[0] and " if " not in row[0]])
def test_true_minimisers_are_never_accused_at_points(said, shapes):
    assert hunted(claimed(said, shapes), Seen(), soon()).found is None


@pytest.mark.parametrize(("said", "shapes"), FALSE)
def test_what_is_no_minimiser_is_refuted(said, shapes):
    claim = claimed(said, shapes)
    if claim.statement.op == "compare":
        assert minima.proved(claim, soon()).answer is None
    answer = decide(claim, soon())
    assert answer.verdict is Verdict.FALSE, answer


@pytest.mark.parametrize(("said", "shapes"), NEITHER)
def test_one_of_several_minimisers_or_none_is_neither_true_nor_false(said, shapes):
    answer = decide(claimed(said, shapes), soon())
    assert answer.verdict is Verdict.UNDECIDED
    assert "only one" in answer.how or "more than one" in answer.how or "no minimiser" in answer.how


@pytest.mark.parametrize(("said", "shapes"), FALSE[:6])
def test_the_left_side_of_a_counterexample_is_what_least_squares_finds(said, shapes):
    shown = decide(claimed(said, shapes), soon()).counterexample
    X, y = (np.array(shown.values[name].rows, float) for name in ("X", "y"))
    lam = float(shown.values["lam"].rows[0][0]) if "lam ||w||" in said else 0.0
    d = X.shape[1]
    stacked = np.vstack([X, np.sqrt(lam) * np.eye(d)])
    best = np.linalg.lstsq(stacked, np.vstack([y, np.zeros((d, 1))]), rcond=None)[0]
    claimed_w, found = (np.array(side.rows, float) for side in (shown.right, shown.left))
    loss = [float(((stacked @ w - np.vstack([y, np.zeros((d, 1))])) ** 2).sum()) for w in (best, found, claimed_w)]
    assert loss[1] == pytest.approx(loss[0], abs=1e-9)
    assert loss[2] > loss[0] + 1e-6


def test_a_kink_is_no_quadratic():
    """The second derivative of |a| is 0 wherever it exists."""
    for said in (
        "argmin(relu(a) - a, a) = 3",
        "argmin(|a| + a^2, a) = 0",
        "argmin(a^4, a) = 0",
        "argmin(exp(a), a) = 0",
    ):
        claim = claimed(said, NUMBERS)
        assert quadratic(claim.statement.args[0]) is None
        assert decide(claim, soon()) is None


def test_derivatives_of_a_quadratic_are_free_of_what_varies():
    about = quadratic(claimed(f"argmin({PENALTY}, w, X w = y) = 0", RIDGE).statement.args[0])
    assert not holds(about.hessian, about.w)
    assert about.gradient.shape == about.w.shape
    (residual, slope), *rest = about.conditions
    assert not rest
    assert holds(residual, about.w)
    assert not holds(slope, about.w)


def test_conditions_that_are_no_linear_equations_are_not_served():
    for said in ("argmin(||w||^2, w, ||w||^2 = 1) = 0", "argmin(||w||^2, w, lam >= 0) = 0"):
        assert decide(claimed(said, RIDGE), soon()) is None


@pytest.mark.parametrize(
    ("rows", "is_one"),
    [
        ([[1, 0], [0, 0]], True),
        ([[1, 2], [2, 1]], False),
        ([[0, 1], [1, 0]], False),
        ([[2, 1], [1, 1]], True),
        ([[-1]], False),
    ],
)
def test_semidefinite_is_what_eigenvalues_say(rows, is_one):
    assert is_semidefinite(np.array(rows, object)) is is_one
    assert (np.linalg.eigvalsh(np.array(rows, float)).min() >= -1e-12) is np.bool_(is_one)


def test_conditions_on_what_varies_that_stand_elsewhere_are_not_guessed_at():
    """`a : scalar >= 0` may be meant to hold of what is varied: then 0 is the minimiser, not -1."""
    assert decide(claimed("argmin((a + 1)^2, a) = -1", {"a": "scalar >= 0"}), soon()) is None
    assert decide(claimed("argmin((a + 1)^2, a) = -1", NUMBERS, "a >= 0"), soon()) is None


def test_a_doubt_is_no_case_in_which_the_claim_has_no_value():
    """Where A is singular there are several minimisers, but no inv(A)."""
    claim = claimed("argmin(||A w - v||^2, w) = inv(A) v", {"A": "d x d", "v": "d", "w": "d"})
    seen = Seen()
    assert hunted(claim, seen, soon()).count > 0
    assert seen.several is None
    assert seen.none is None
