import dataclasses
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from problems import least_squares, organ_problem
from thalweg import losses
from thalweg.comparison import Comparison, Quantity, at_most, compare, path_distance, show, within
from thalweg.descent import run
from thalweg.forecast import predict
from thalweg.problem import Problem
from thalweg.subjects import organ

SETTINGS = {"lr": 0.1, "steps": 2000, "tolerance": 1e-6}
tall = least_squares((7, 3), [3.0, 2.0, 1.0])


@pytest.mark.parametrize(
    ("predicted", "measured", "tolerance", "agrees"),
    [
        (1.0, 1.1, 0.2, True),
        (1.0, 1.3, 0.2, False),
        (1.0, 0.7, 0.2, False),
        (3, 3, 0, True),
        (3, 4, 0, False),
        ("converged", "converged", 0, True),
        ("converged", "diverged", 0, False),
        (math.inf, math.inf, 0, True),
        (math.inf, 5.0, 1.0, False),
        (1.0, math.nan, 1.0, False),
        (1.0, None, 0, True),
        (1.0, "1.0", 9, False),
    ],
)
def test_quantity_agrees_within_its_tolerance(predicted, measured, tolerance, agrees):
    quantity = Quantity("any", "", predicted, measured, tolerance, "why")
    assert quantity.agrees is agrees
    comparison = Comparison((within("fine", "", 2.0, 2.0, 0.0, "exact"), quantity))
    assert comparison.verdict == ("agrees" if agrees else "differs")


@given(predicted=st.floats(-1e6, 1e6), measured=st.floats(-1e6, 1e6), share=st.floats(0, 2))
def test_within_is_a_share_of_what_was_predicted(predicted, measured, share):
    quantity = within("any", "ohm", predicted, measured, share, "why")
    assert quantity.agrees == (abs(measured - predicted) <= abs(share * predicted))
    assert quantity.difference == pytest.approx(measured - predicted, abs=1e-9)


@given(bound=st.floats(-1e6, 1e6), measured=st.floats(-1e6, 1e6))
def test_at_most_is_a_bound_but_for_rounding(bound, measured):
    quantity = at_most("any", "ohm", bound, measured, "why")
    assert (quantity.predicted, quantity.measured, quantity.unit) == (bound, measured, "ohm")
    assert quantity.agrees == (measured <= bound + 1e-9 * abs(bound))


@pytest.mark.parametrize(
    ("bound", "measured", "agrees"),
    [
        (2.0, 2.0, True),
        (2.0, 2.0 + 1e-12, True),
        (2.0, 2.0 + 1e-6, False),
        (2.0, -1e300, True),
        (-2.0, -2.1, True),
        (-2.0, -2.0 + 1e-12, True),
        (-2.0, -1.9, False),
        (0.0, 1e-300, False),
        (math.inf, 5.0, True),
        (1.0, math.inf, False),
        (1.0, math.nan, False),
    ],
)
def test_at_most_at_the_edge(bound, measured, agrees):
    assert at_most("any", "", bound, measured, "why").agrees is agrees


def test_reason_names_what_differs_and_nothing_else():
    good, bad = within("R", "ohm", 200.0, 200.1, 0.01, "near"), Quantity("steps", "", 10, 20, 2, "late")
    assert Comparison((good, bad)).reason == "steps was predicted as 10 and measured as 20."
    assert Comparison((good,)).reason == "All 1 quantities agree within their tolerances."


@pytest.mark.parametrize("row", [0, 1])
def test_compare_holds_a_row_against_its_row(row):
    problem, settings = tall(), SETTINGS | {"lr": torch.tensor([0.1, 0.03])}
    forecast, result = predict(problem, **settings), run(problem, **settings)
    comparison = compare(forecast, result, row)
    assert comparison.verdict == "agrees", comparison.reason
    found = {q.name: q.measured for q in comparison.quantities}
    assert found["steps"] == int(result.steps[row])
    assert found["w[1]"] == float(result.final[row, 1])
    assert found["outcome"] == "converged"


def test_compare_finds_a_run_with_another_learning_rate():
    problem = tall()
    comparison = compare(predict(problem, **SETTINGS), run(problem, **(SETTINGS | {"lr": 0.08})))
    assert comparison.verdict == "differs"
    assert {"steps", "path"} <= {q.name for q in comparison.quantities if not q.agrees}


def test_compare_finds_a_run_on_another_problem():
    problem = tall()
    other = dataclasses.replace(problem, y=problem.y + 1)
    comparison = compare(predict(problem, **SETTINGS), run(other, **SETTINGS))
    assert "path" in {q.name for q in comparison.quantities if not q.agrees}


def test_compare_finds_another_outcome():
    problem = tall()
    comparison = compare(predict(problem, **SETTINGS), run(problem, **(SETTINGS | {"steps": 5})))
    outcome = next(q for q in comparison.quantities if q.name == "outcome")
    assert (outcome.predicted, outcome.measured, outcome.agrees) == ("converged", "out of steps", False)


def test_compare_agrees_on_running_out_of_steps():
    problem, settings = tall(), SETTINGS | {"steps": 10}
    comparison = compare(predict(problem, **settings), run(problem, **settings))
    assert comparison.verdict == "agrees", comparison.reason


def test_compare_agrees_on_a_parameter_that_stays_zero():
    """Rounding makes 0 of one side and 1e-17 of the other: that is no difference."""
    Q = torch.linalg.qr(torch.randn(3, 3)).Q
    problem = Problem(lambda w, X: X @ w, Q, Q[:, 0].clone(), torch.zeros(3), losses.squared())
    comparison = compare(predict(problem, **SETTINGS), run(problem, **SETTINGS))
    assert comparison.verdict == "agrees", comparison.reason


@pytest.mark.parametrize("share", [1.05, 2.0])
def test_compare_agrees_on_divergence(share):
    """It was foreseen: where a run that diverges is cut off says nothing."""
    problem, settings = tall(), SETTINGS | {"lr": share * 2 / 9, "steps": 400}
    comparison = compare(predict(problem, **settings), run(problem, **settings))
    assert comparison.verdict == "agrees", comparison.reason


def test_compare_bears_names_and_units():
    problem = organ_problem(organ.BAND_PASS, [60.0, 120.0])()
    settings = {"lr": 8e3, "steps": 1000, "tolerance": 1e-6}
    quantities = compare(predict(problem, **settings), run(problem, **settings), unit="ohm").quantities
    assert [(q.name, q.unit) for q in quantities] == [
        ("band_pass_low", "ohm"),
        ("band_pass_high", "ohm"),
        ("steps", ""),
        ("outcome", ""),
        ("path", "ohm"),
    ]


def test_path_distance_is_the_largest_gap():
    problem = tall()
    forecast, result = predict(problem, **SETTINGS), run(problem, **SETTINGS)
    moved = dataclasses.replace(result, w=result.w + torch.tensor([0.0, -0.25, 0.0]))
    far, size = path_distance(forecast, moved)
    assert far == pytest.approx(0.25)
    assert size == float(moved.w.abs().max())


@given(value=st.floats(-1e300, 1e300) | st.integers(-(10**12), 10**12))
def test_show_can_be_read_back(value):
    assert float(show(value).replace(" ", "")) == pytest.approx(value, rel=1e-3, abs=1e-300)


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_show_shows_what_is_not_a_number(value):
    assert float(show(value)) == pytest.approx(value, nan_ok=True)
