from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from questioned import sequenced, shaped, soon
from thalweg.calculus.nodes import SCALAR, Expr, Shape, number
from thalweg.calculus.show import text
from thalweg.claims.analysis.points import Point
from thalweg.claims.analysis.questions import decide
from thalweg.claims.analysis.recurrences import is_steady, truth_at, without_sequences
from thalweg.claims.analysis.stability import characteristic, is_inside, is_stable
from thalweg.claims.nouns import Verdict

SCALARS = dict.fromkeys(["a", "b", "eta", "sigma", "y", "tau"], shaped())
POSITIVE = {"eta": "positive", "sigma": "positive", "tau": "positive"}
DESCENT = "(1 - 2 eta sigma^2) w[t] + 2 eta sigma y"
PAIR = {**SCALARS, "z": shaped(2)}
DIAGONAL = "w[t] - 2 eta [sigma, 0; 0, tau] ([sigma, 0; 0, tau] w[t] - z)"

PROVED = [
    (DESCENT, "w converges if eta < 1/sigma^2"),
    (DESCENT, "w -> y/sigma iff eta < 1/sigma^2"),
    (DESCENT, "w converges iff eta sigma^2 < 1"),
    ("a w[t] + b", "w converges iff |a| < 1 or (a = 1 and b = 0)"),
    ("a w[t] + b", "w -> b/(1 - a) iff |a| < 1"),
    ("a w[t]", "w -> 0 iff -1 < a < 1"),
    ("w[t]", "w converges"),
    ("w[t]/2 + 1", "w -> 2"),
    ("-w[t]/2 + 1", "w -> 2/3 and w converges"),
    ("w[t] + 1", "not (w converges)"),
    ("-w[t]", "not (w converges)"),
    ("(1 - eta) w[t] + eta y", "w -> y if 0 < eta < 2"),
]
FALSE = [
    (DESCENT, "w converges iff eta < 2/sigma^2"),
    (DESCENT, "w converges iff eta <= 1/sigma^2"),
    (DESCENT, "w -> y if eta < 1/sigma^2"),
    (DESCENT, "w converges"),
    ("a w[t] + b", "w converges iff |a| < 1"),
    ("a w[t] + b", "w converges iff |a| <= 1"),
    ("a w[t] + b", "w converges iff a < 1"),
    ("a w[t] + b", "w -> b"),
    ("a w[t]", "w -> 0 iff a < 1"),
    ("w[t]", "w -> 0"),
    ("w[t]/2 + 1", "w -> 1"),
    ("-w[t]", "w converges"),
]


@pytest.mark.parametrize(("step", "said"), PROVED)
def test_true_statements_on_scalar_sequences_are_proved(step, said):
    claim = sequenced(step, said, SCALARS, **POSITIVE)
    assert decide(claim, soon()).verdict is Verdict.PROVED


@pytest.mark.parametrize(("step", "said"), FALSE)
def test_false_statements_on_scalar_sequences_are_refuted(step, said):
    answer = decide(sequenced(step, said, SCALARS, **POSITIVE), soon())
    assert answer.verdict is Verdict.FALSE
    assert "w[t]" not in answer.counterexample.values
    assert "from every start" in answer.counterexample.relation


@pytest.mark.parametrize(("a", "b"), [(a, b) for a in ("0", "1/2", "-1/2", "1", "-1", "2", "-2") for b in ("0", "1")])
def test_what_is_said_of_affine_steps_is_what_iteration_does(a, b):
    """From three starts, after many steps."""
    factor, shift = float(Fraction(a)), float(Fraction(b))
    ends = []
    for w in (-1.0, 0.25, 3.0):
        for _ in range(200):
            w = factor * w + shift
        ends.append((w, factor * w + shift))
    settles = all(abs(one - other) < 1e-9 for one, other in ends)
    said = without_sequences(sequenced(f"({a}) w[t] + {b}", "w converges", {}).statement)
    assert text(said) == ("0 = 0" if settles else "0 = 1")


def test_two_entries_on_a_diagonal_need_both_to_converge():
    claims = {
        "w converges iff eta < 1/sigma^2": Verdict.PROVED,
        "w converges iff eta < 1/tau^2": Verdict.FALSE,
        "w -> inv([sigma, 0; 0, tau]) z if eta < 1/sigma^2": Verdict.PROVED,
        "w -> z if eta < 1/sigma^2": Verdict.FALSE,
    }
    for said, verdict in claims.items():
        claim = sequenced(DIAGONAL, said, PAIR, "sigma > tau", state=shaped(2), **POSITIVE)
        assert decide(claim, soon()).verdict is verdict, said


@settings(max_examples=25)
@given(
    st.lists(st.sampled_from([0, 1, -1, 2, Fraction(1, 2), Fraction(-1, 2), Fraction(3, 4)]), min_size=6, max_size=6)
)
def test_two_entries_that_act_on_each_other_converge_as_their_eigenvalues_say(parts):
    a, b, c, d, y, z = parts
    step = "[({} + 0), ({} + 0); ({} + 0), ({} + 0)] w[t] + [({} + 0); ({} + 0)]".format(
        *parts
    )  # a 0 alone may be a block
    said = without_sequences(sequenced(step, "w converges", {}, state=shaped(2)).statement)
    A, shift = np.array([[a, b], [c, d]], float), np.array([y, z], float)
    ends = [_end(A, shift, start) for start in ([1.0, 2.0], [-3.0, 1.0], [0.0, 0.5])]
    assert text(said) == ("0 = 0" if all(end is not None for end in ends) else "0 = 1")


MATRICES = {
    "a Jordan block": [[1, 1, 0], [0, 1, 0], [0, 0, 0]],
    "a projection": [[1, 0, 0], [0, 1, 0], [0, 0, 0]],
    "a rotation": [[0, -1, 0], [1, 0, 0], [0, 0, 0]],
    "a slow one": [["9/10", 1, 0], [0, "9/10", 1], [0, 0, "9/10"]],
    "minus one": [[-1, 0, 0], [0, "1/2", 0], [0, 0, "1/2"]],
    "one and a half": [[1, 0, 0], [1, "1/2", 0], [0, 0, "-1/2"]],
    "large": [[2, 0, 0], [0, 0, 0], [0, 0, 0]],
}


@pytest.mark.parametrize("name", MATRICES)
@pytest.mark.parametrize("shift", [(0, 0, 0), (0, 0, 1), (1, 0, 0)])
def test_matrices_at_a_point_converge_as_iteration_does(name, shift):
    A = np.array([[Fraction(part) for part in row] for row in MATRICES[name]], object)
    y = np.array(shift, object)[:, None]
    claim = sequenced("A w[t] + y", "w converges", {"A": shaped("d", "d"), "y": shaped("d")}, state=shaped("d"))
    ends = [_end(A.astype(float), np.array(shift, float), start) for start in ([1.0, 2.0, 3.0], [0.0, -1.0, 0.5])]
    point = Point({"A": A, "y": y}, {"d": 3}, {})
    assert truth_at(claim.statement, point) is all(end is not None for end in ends)


def _end(A: np.ndarray, shift: np.ndarray, w: list[float]) -> np.ndarray | None:
    """Where a sequence is after many steps, if it moves no longer."""
    w = np.array(w)
    for _ in range(600):
        w = A @ w + shift
        if np.abs(w).max() > 1e6:
            return None
    return w if np.abs(A @ w + shift - w).max() < 1e-9 else None


@given(st.lists(st.fractions(-2, 2, max_denominator=3), min_size=9, max_size=9))
def test_characteristic_polynomials_and_stability_are_those_of_numpy(parts):
    A = np.array(parts, object).reshape(3, 3)
    floats = A.astype(float)
    np.testing.assert_allclose([float(part) for part in characteristic(A)], np.poly(floats), atol=1e-9)
    radius = np.abs(np.linalg.eigvals(floats)).max()
    if abs(radius - 1) > 1e-6:
        assert is_stable(A) == (radius < 1)


def test_roots_on_the_circle_are_not_inside():
    assert not is_inside([Fraction(1), Fraction(0), Fraction(1)])
    assert not is_inside([Fraction(1), Fraction(-2), Fraction(1)])
    assert is_inside([Fraction(1)])
    assert is_inside([Fraction(4), Fraction(0), Fraction(1)])


@pytest.mark.parametrize("step", ["relu(w[t])", "w[t]^2", "t w[t]", "u[t] + w[t]/2", "w[t] w[t]/w[t]", "|w[t]|/2"])
def test_steps_that_are_not_affine_or_not_steady_are_not_decided(step):
    shapes = {"t": shaped(), "u[t]": shaped()}
    claim = sequenced(step, "w converges", shapes)
    assert not is_steady(claim.statement)
    assert without_sequences(claim.statement) is None
    assert decide(claim, soon()) is None


def test_a_division_by_zero_is_no_case():
    assert decide(sequenced("w[t]/a", "w converges iff |a| > 1 or a = 1", SCALARS), soon()).verdict is Verdict.PROVED


# From one start


def _begun(step: str, said: str, start: Expr, state: Shape = SCALAR) -> Expr:
    """What is said of the sequence that begins at `start`."""
    node = sequenced(step, said, {}, state=state).statement
    return node.with_args((*node.args, start))


@pytest.mark.parametrize(
    ("a", "b"), [(a, b) for a in ("0", "1/2", "-1/2", "1", "-1", "2", "-2") for b in ("0", "1", "-2")]
)
@pytest.mark.parametrize("start", [0, 1, -1, 2])
def test_what_is_said_of_affine_steps_from_a_start_is_what_iteration_does(a, b, start):
    w = [Fraction(start)]
    for _ in range(60):
        w.append(Fraction(a) * w[-1] + Fraction(b))
    settles = abs(w[-1] - w[-2]) < Fraction(1, 10**9)
    said = without_sequences(_begun(f"({a}) w[t] + ({b})", "w converges", number(start)))
    assert text(said) == ("0 = 0" if settles else "0 = 1")
    end = w[-1].limit_denominator(1000)
    there = without_sequences(_begun(f"({a}) w[t] + ({b})", f"w -> ({end})", number(start)))
    assert text(there) == ("0 = 0" if settles else "0 = 1")
    assert text(without_sequences(_begun(f"({a}) w[t] + ({b})", f"w -> ({end}) + 1", number(start)))) == "0 = 1"


@pytest.mark.parametrize("name", MATRICES)
@pytest.mark.parametrize("shift", [(0, 0, 0), (0, 0, 1), (1, 0, 0)])
@pytest.mark.parametrize("start", [(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 2), (2, 0, 1)])
def test_matrices_from_a_start_converge_as_iteration_does(name, shift, start):
    A = np.array([[Fraction(part) for part in row] for row in MATRICES[name]], object)
    claim = sequenced(
        "A w[t] + y", "w converges", {key: shaped(*["d"] * (1 + (key == "A"))) for key in "Ayh"}, state=shaped("d")
    )
    node = claim.statement.with_args((*claim.statement.args, claim.symbols["h"]))
    y, h = (np.array(part, object)[:, None] for part in (shift, start))
    end = _end(A.astype(float), np.array(shift, float), [*map(float, start)])
    assert truth_at(node, Point({"A": A, "y": y, "h": h}, {"d": 3}, {})) is (end is not None)


@settings(max_examples=40)
@given(st.lists(st.sampled_from([0, 1, -1, 2, Fraction(1, 2), Fraction(-1, 2)]), min_size=8, max_size=8))
def test_two_entries_from_a_start_converge_as_iteration_does(parts):
    step = "[({} + 0), ({} + 0); ({} + 0), ({} + 0)] w[t] + [({} + 0); ({} + 0)]".format(*parts[:6])
    start = Expr("block", tuple(number(part) for part in parts[6:]), shaped(2), (2, 1))
    said = without_sequences(_begun(step, "w converges", start, shaped(2)))
    A, shift = np.array(parts[:4], float).reshape(2, 2), np.array(parts[4:6], float)
    end = _end(A, shift, [*map(float, parts[6:])])
    assert text(said) == ("0 = 0" if end is not None else "0 = 1")
