import numpy as np
import pytest

from questioned import sequenced, shaped, soon
from thalweg.calculus.nodes import Expr, substituted
from thalweg.calculus.sizes import size_of
from thalweg.claims.analysis import vectors
from thalweg.claims.analysis.questions import decide
from thalweg.claims.nouns import Claim, Verdict

SHAPES = {"F": shaped("n", "d"), "y": shaped("n"), "eta": shaped(), "alpha": shaped()}
STEP = "w[t] - eta F' (F w[t] - y)"
STATE = shaped("d")
POSITIVE = {"eta": "positive"}
TALL = {**POSITIVE, "F": "full column rank"}

PROVED = [
    ("w converges if eta smax(F)^2 < 2", POSITIVE, ()),
    ("w converges if eta < 2/smax(F)^2", POSITIVE, ()),
    ("w converges iff eta < 2/smax(F)^2", POSITIVE, ()),
    ("eta < 1/smax(F)^2 implies w converges", POSITIVE, ()),
    ("w converges implies eta < 2/smax(F)^2", POSITIVE, ()),
    ("w -> pinv(F) y if eta < 2/smax(F)^2", TALL, ()),
    ("w -> inv(F' F) F' y if eta < 2/smax(F)^2", TALL, ()),
    ("w -> inv(F' F) F' y iff eta < 2/smax(F)^2", TALL, ()),
    ("w converges iff eta alpha^2 < 2", POSITIVE, ("alpha = smax(F)", "alpha > 0")),
    ("w converges if eta alpha^2 < 2", POSITIVE, ("alpha >= smax(F)",)),
]
FALSE = [
    ("w converges", POSITIVE, ()),
    ("w converges if eta < 3/smax(F)^2", POSITIVE, ()),
    ("w converges if eta <= 2/smax(F)^2", POSITIVE, ()),
    ("w converges iff eta < 1/smax(F)^2", POSITIVE, ()),
    ("w converges if eta < 2/smin(F)^2", TALL, ()),
    ("w converges if eta smax(F) < 2", POSITIVE, ()),
    ("w -> pinv(F) y if eta < 2/smax(F)^2", POSITIVE, ()),
    ("w -> F' y if eta < 2/smax(F)^2", TALL, ()),
    ("w -> 0 if eta < 2/smax(F)^2", TALL, ()),
    ("w converges iff eta alpha^2 < 2", POSITIVE, ("alpha >= smax(F)",)),
    ("w converges if eta alpha^2 < 2", POSITIVE, ("alpha <= smax(F)",)),
]


@pytest.mark.parametrize(("said", "traits", "givens"), PROVED)
def test_descent_on_least_squares_is_proved_mode_by_mode(said, traits, givens):
    answer = decide(sequenced(STEP, said, SHAPES, *givens, state=STATE, **traits), soon())
    assert answer.verdict is Verdict.PROVED, answer
    assert "singular values" in answer.how


@pytest.mark.parametrize(("said", "traits", "givens"), FALSE)
def test_false_statements_on_descent_are_refuted_and_never_proved(said, traits, givens):
    claim = sequenced(STEP, said, SHAPES, *givens, state=STATE, **traits)
    assert vectors.sequences(claim, soon()) is None
    assert decide(claim, soon()).verdict is Verdict.FALSE


def test_a_refuted_rate_diverges_in_floats():
    claim = sequenced(STEP, "w converges if eta < 3/smax(F)^2", SHAPES, state=STATE, **POSITIVE)
    shown = decide(claim, soon()).counterexample.values
    F, y = (np.array(shown[name].rows, float) for name in ("F", "y"))
    eta = float(shown["eta"].rows[0][0])
    assert eta * np.linalg.norm(F, 2) ** 2 < 3
    w = np.ones((F.shape[1], 1)) * 0.3 + np.arange(F.shape[1])[:, None]
    for _ in range(300):
        before, w = w, w - eta * F.T @ (F @ w - y)
    assert np.abs(w - before).max() > 1e-3


def test_the_largest_singular_value_of_a_symmetric_matrix_need_not_be_an_eigenvalue():
    """With A = [-1], w[t+1] = -w[t]: that it converges does not follow, nor does anything from smax(A) being an eigenvalue."""
    shapes = {"A": shaped("d", "d"), "y": shaped("d")}
    false = sequenced("A w[t]", "w converges iff smax(A) < 1", shapes, state=STATE, A="symmetric")
    assert decide(false, soon()).verdict is Verdict.FALSE  # A = I
    true = sequenced("A w[t]", "w converges if smax(A) < 1", shapes, state=STATE, A="symmetric")
    assert decide(true, soon()).verdict is Verdict.PROVED
    wrong = sequenced("A w[t]", "w converges implies smax(A) = emax(A)", shapes, state=STATE, A="symmetric")
    assert vectors.sequences(wrong, soon()) is None  # A = -1/2


def test_two_matrices_do_not_reduce():
    shapes = {"F": shaped("n", "d"), "G": shaped("n", "d"), "eta": shaped()}
    claim = sequenced("w[t] - eta F' G w[t]", "w converges if eta smax(F) smax(G) < 2", shapes, state=STATE, **POSITIVE)
    assert vectors.sequences(claim, soon()) is None


def test_wide_and_tall_differ():
    """A wide F leaves directions in which nothing moves: the sequence converges but not to one place."""
    claim = sequenced(STEP, "w -> pinv(F) y if eta < 2/smax(F)^2", SHAPES, state=STATE, F="full row rank", **POSITIVE)
    assert vectors.sequences(claim, soon()) is None
    square = Claim(claim.statement, claim.givens, claim.symbols, claim.sizes, ((size_of("n"), size_of("d")),))
    assert vectors.sequences(square, soon()).verdict is Verdict.PROVED


# From one start

NEAR = "eta smax(F)^2 < 2"
ZERO = Expr("zeros", (), STATE)
BEGUN = {**SHAPES, "h": STATE}


def begun(claim: Claim, start: Expr | str) -> Claim:
    """The claim about the sequence that begins at `start`: at nought, or at a name."""
    start = claim.symbols[start] if isinstance(start, str) else start
    nodes = [node for node in claim.statement.walk() if node.op in ("converges", "tends_to")]
    started = {node: node.with_args((*node.args, start)) for node in nodes}
    return Claim(substituted(claim.statement, started), claim.givens, claim.symbols, claim.sizes)


STARTED = [
    ("w -> F' inv(F F') y", ZERO, "full row rank"),
    ("w -> pinv(F) y", ZERO, "full row rank"),
    ("w -> pinv(F) y", ZERO, ""),
    ("w -> pinv(F) y + h - pinv(F) F h", "h", ""),
    ("w -> inv(F' F) F' y", "h", "full column rank"),
    ("w converges", "h", ""),
]
ASTRAY = [
    ("w -> pinv(F) y", "h", ""),
    ("w -> pinv(F) y", "h", "full row rank"),
    ("w -> pinv(F) y + h", "h", ""),
    ("w -> pinv(F) y - h + pinv(F) F h", "h", ""),
    ("w -> 0", ZERO, ""),
    ("w -> h", "h", ""),
    ("w -> F' y", ZERO, ""),
]


@pytest.mark.parametrize(("said", "start", "rank"), STARTED)
def test_descent_from_a_start_is_proved_also_where_some_modes_stay_where_they_begin(said, start, rank):
    claim = begun(sequenced(STEP, said, BEGUN, NEAR, state=STATE, F=rank, **POSITIVE), start)
    answer = decide(claim, soon())
    assert answer.verdict is Verdict.PROVED, answer
    rng = np.random.default_rng(0)
    F, y, h = rng.normal(size=(2, 3)), rng.normal(size=2), rng.normal(size=3)
    w = np.zeros(3) if start == ZERO else h
    for _ in range(4000):
        w = w - F.T @ (F @ w - y) / np.linalg.norm(F, 2) ** 2
    np.testing.assert_allclose(F @ w, y, atol=1e-9)
    np.testing.assert_allclose(
        w - np.linalg.pinv(F) @ F @ w, 0 if start == ZERO else h - np.linalg.pinv(F) @ F @ h, atol=1e-9
    )


@pytest.mark.parametrize(("said", "start", "rank"), ASTRAY)
def test_where_descent_from_a_start_does_not_go_is_refuted_exactly(said, start, rank):
    claim = begun(sequenced(STEP, said, BEGUN, NEAR, state=STATE, F=rank, **POSITIVE), start)
    assert vectors.sequences(claim, soon()) is None
    answer = decide(claim, soon())
    assert answer.verdict is Verdict.FALSE
    assert "from every start" not in answer.counterexample.relation


def test_a_start_is_no_help_where_the_rate_is_too_large_but_at_rest():
    """From 0 with y = 0 nothing moves, whatever the rate; from h it does."""
    shapes = {key: BEGUN[key] for key in ("F", "eta", "h")}
    claim = sequenced("w[t] - eta F' F w[t]", "w -> 0", shapes, state=STATE, **POSITIVE)
    assert decide(begun(claim, ZERO), soon()).verdict is Verdict.PROVED
    other = sequenced("w[t] - eta F' F w[t]", "w converges", shapes, state=STATE, **POSITIVE)
    other = Claim(other.statement, other.givens, {**other.symbols, "h": claim.symbols["h"]}, other.sizes)
    assert decide(begun(other, "h"), soon()).verdict is Verdict.FALSE


@pytest.mark.parametrize("said", ["w -> pinv(F) y iff eta smax(F)^2 < 2", "w converges implies eta smax(F)^2 < 2"])
def test_from_nought_a_large_rate_may_do_too(said):
    """With y = 0 the sequence stays at 0."""
    claim = begun(sequenced(STEP, said, SHAPES, state=STATE, **POSITIVE), ZERO)
    assert vectors.sequences(claim, soon()) is None
    assert decide(claim, soon()).verdict is Verdict.FALSE
