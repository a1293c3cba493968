import importlib
import json
import math

import pytest

from thalweg.experiments import organ_hand
from thalweg.experiments.catalogue import entries, find, run_experiment
from thalweg.report import to_json
from thalweg.subjects import organ, organ_theory

CALCULUS = ["calculus/review"]
LINEAR = [
    "learning-rate/scalar",
    "learning-rate/two",
    "learning-rate/svd",
    "ill-conditioned",
    "least-squares/tall",
    "least-squares/wide",
    "ridge",
    "ridge/limits",
    "ridge/filters",
    "ridge/diabetes",
    "ridge/polynomial",
    "tikhonov",
    "noise",
    "noise/ridge",
]
RELU = ["elbow/one-unit", "elbow/network", "relu/training", "features/one-layer", "features/two-layers"]
SCRATCH = ["scratch/three-against-five"]
ORGAN = [
    "organ",
    "organ/by-hand",
    "organ/lamps",
    "organ/low-pass",
    "organ/learning-rates",
    "organ/binary",
    "organ/cure",
    "organ/high-pass",
    "organ/band-pass",
    "organ/bode",
    "organ/graph",
]


def test_the_catalogue_has_every_part():
    assert [entry.name for entry in entries()] == [*LINEAR, *CALCULUS, *RELU, *SCRATCH, *ORGAN]


def test_every_experiment_says_which_question_it_answers():
    for entry in entries():
        homework = "Homework 0, spring 2023, question 7" if entry.name in ORGAN else "omework "
        assert homework in entry.seed_reference
        assert entry.question.endswith((".", "?"))
        assert entry.official.endswith((".", ")")) or not entry.official


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.name)
def test_every_experiment_is_where_the_catalogue_says(entry):
    module, function = entry.where.split(":")
    assert callable(getattr(importlib.import_module(f"thalweg.experiments.{module}"), function))


def test_an_unknown_experiment_names_the_near_ones():
    with pytest.raises(ValueError, match="unknown experiment 'organ/low'; did you mean organ/low-pass"):
        find("organ/low")


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("organ/by-hand", {}),
        ("organ/lamps", {}),
        ("organ/lamps", {"data": "grid"}),
        ("organ/low-pass", {"parameter": "log"}),
        ("organ/low-pass", {"parameter": "log", "data": "class", "seed": 447}),
        ("organ/binary", {"parameter": "log"}),
        ("organ/binary", {"parameter": "log", "data": "class", "seed": 447}),
        ("organ/cure", {"parameter": "log"}),
        ("organ/cure", {"parameter": "log", "loss": "cross-entropy"}),
        ("organ/cure", {"parameter": "log", "loss": "exponential"}),
        ("organ/cure", {"parameter": "log", "loss": "logistic"}),
        ("organ/high-pass", {}),
        ("organ/band-pass", {"parameter": "log"}),
        ("organ/bode", {"parameter": "log"}),
        ("organ", {"parameter": "log"}),
        ("organ/graph", {}),
    ],
    ids=str,
)
def test_experiments_predict_run_and_agree(name, given):
    result = run_experiment(name, given)
    assert result.verdict == "agrees", result.reason
    found = json.loads(json.dumps(to_json(result), allow_nan=False))
    assert set(found) == {
        "experiment",
        "seed_reference",
        "settings",
        "predicted",
        "measured",
        "verdict",
        "reason",
        "seconds",
    }
    assert result.pictures
    assert result.reason.endswith(".")


def test_a_run_that_runs_out_of_steps_says_so():
    result = run_experiment("organ/low-pass", {"steps": 50})
    assert result.measured["outcome"] == "out of steps"
    assert "still on its way" in result.reason


def test_several_resistors_have_their_names():
    result = run_experiment("organ", {"parameter": "log"})
    assert list(result.measured["ohm"]) == ["low_pass", "band_pass_low", "band_pass_high", "high_pass"]
    assert abs(result.measured["ohm"]["band_pass_low"] - 40) < 0.5


def test_the_scan_finds_the_interval_that_the_formula_gives():
    hz = organ.reference_grid(60)
    on = organ.lamps(organ.LOW_PASS, hz)
    low, high = organ_hand.scan(hz, on)
    theory = organ_theory.ohm_interval(hz, on)
    assert math.isclose(low, theory[0], rel_tol=1e-9)
    assert math.isclose(high, theory[1], rel_tol=1e-9)


def test_every_picture_of_the_quick_experiments_draws():
    for name in ("organ/by-hand", "organ/lamps", "organ/graph"):
        for picture in run_experiment(name).pictures:
            assert picture.draw() is not None
            assert picture.caption.endswith(".")


@pytest.mark.parametrize(
    ("name", "given", "outcome"),
    [
        ("organ/low-pass", {"lr": 1e9, "steps": 300}, "diverged"),
        ("organ/low-pass", {"lr": 2.3e6, "steps": 1000}, "oscillating"),
        ("organ/low-pass", {"tolerance": 1}, "false stop"),
        ("organ/high-pass", {"start": 1e6}, "false stop"),
        ("organ", {"steps": 1}, "out of steps"),
        ("organ/binary", {"loss": "hinge", "parameter": "log", "steps": 500}, "oscillating"),
        ("organ/cure", {"data": "tones", "parameter": "log"}, "converged"),
    ],
    ids=str,
)
def test_whatever_the_ending_it_is_foreseen_and_drawn(name, given, outcome):
    result = run_experiment(name, given)
    assert result.measured["outcome"] == outcome
    assert result.verdict == "agrees", result.reason
    json.dumps(to_json(result), allow_nan=False)
    for picture in result.pictures:
        picture.draw()
