from dataclasses import replace

import pytest
import torch

from thalweg.calculus.along import along
from thalweg.calculus.told import Question, answered, read


def line(text, by, seed=0, **names):
    return along(answered(Question(text, by, **names)), seed)


@pytest.mark.parametrize(
    ("text", "by"),
    [("x' A x", "x"), ("exp(-||A x||^2)", "x"), ("tanh(A x)", "x"), ("logdet(X X')", "X"), ("inv(A + lam I) b", "lam"),
     ("lam^3", "lam"), ("a' X b", "X"), ("[x; A x]", "x")],
)  # fmt: skip
@pytest.mark.parametrize("seed", [0, 1])
def test_differences_measure_the_slope_that_the_derivative_predicts(text, by, seed):
    found = line(text, by, seed)
    scale = max(1.0, abs(found.slope))
    assert float(found.central.min()) < 1e-7 * scale
    assert bool(found.g.isfinite()[len(found.g) // 2])
    torch.testing.assert_close(found.value, float(found.g[len(found.g) // 2]))


@pytest.mark.parametrize(("text", "by"), [("exp(a' x)", "x"), ("sum(tanh(A x))", "x"), ("tr(X^3)", "X")])
def test_their_errors_fall_as_foreseen(text, by):
    found = line(text, by)
    at = int((found.h - 1e-3).abs().argmin())
    h = float(found.h[at])
    torch.testing.assert_close(float(found.one_sided[at]), abs(found.bends[0]) * h / 2, rtol=0.02, atol=1e-9)
    torch.testing.assert_close(float(found.central[at]), abs(found.bends[1]) * h**2 / 6, rtol=0.02, atol=1e-9)


def test_bends_are_known_where_they_can_be_worked_out():
    found = line("x' x", "x")
    torch.testing.assert_close(found.bends, (2.0, 0.0))  # The direction has length 1.
    assert line("c' x", "x").bends == (0.0, 0.0)


def test_another_seed_is_another_point_and_the_same_seed_the_same():
    assert line("x' A x", "x", 3).slope == line("x' A x", "x", 3).slope
    assert line("x' A x", "x", 3).slope != line("x' A x", "x", 4).slope


def test_what_has_no_matrix_has_no_line():
    assert line("A x", "A") is None


def test_what_has_no_value_at_random_points_has_no_line():
    found = answered(Question("x' x", "x"))
    nowhere = answered(Question("log(a' x)", "x")).f
    assert along(replace(found, f=nowhere, result=found.result)) is not None
    never = understood("log(-x' x)")
    assert along(replace(found, f=never, x=next(node for node in never.walk() if node.op == "symbol"))) is None


def understood(text):
    return read(Question(text, ""))[0]
