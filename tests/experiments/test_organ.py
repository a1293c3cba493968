"""Lessons on the colour organ: what they say past the limit, what they do not compare, what the page learns and refuses."""

import itertools
import math
import re

import pytest
import torch
from torch.testing import assert_close

from thalweg.experiments import organ_finding, organ_lessons, organ_pictures, organ_setup
from thalweg.experiments.catalogue import run_experiment
from thalweg.experiments.organ_settings import Settings
from thalweg.subjects import organ, organ_theory

DESIRED = float(organ.desired_ohm(organ.LOW_PASS))
LIMIT = 2 / organ_theory.matched_curvature(DESIRED)
PAST = [(20.0, 4e6), (500.0, 2.3e6), (1000.0, 1e9)]


@pytest.mark.parametrize(("start", "rate"), PAST)
def test_past_the_limit_minimum_and_limit_are_those_of_the_curve(start, rate):
    lesson = organ_lessons.low_pass(start, rate, None)
    assert float(organ_setup.minimum(lesson)) == pytest.approx(DESIRED, rel=1e-9)
    assert organ_setup.largest_stable_lr(lesson) == pytest.approx(LIMIT, rel=1e-3)
    predicted, _ = organ_finding.numbers(lesson)
    assert predicted["ohm"] is None
    assert predicted["largest_stable_lr"] == pytest.approx(LIMIT, rel=1e-3)
    assert "there is no resting place to foresee" in organ_lessons.told(lesson)
    marks = [trace.name for trace in organ_pictures.loss_picture(lesson).draw().data]
    assert "minimum: 198.9 ohm" in marks


@pytest.mark.parametrize("demand", [0.0, 0.3, 0.45])
def test_the_minimum_of_a_run_on_its_way_is_that_of_the_lamps(demand):
    lesson = organ_lessons.low_pass(1000.0, 1e4, demand)
    assert lesson.result.outcome[0].words == "out of steps"
    assert float(organ_setup.minimum(lesson)) == pytest.approx(float(organ_lessons.settled(demand)[0]), rel=3e-4)


def test_few_frequencies_have_the_lamps_of_many():
    """The cells between which the low pass's lamps change are bounded alike on both grids."""
    for points in (organ_lessons.POINTS, 1000):
        on = organ.lamps(organ.LOW_PASS, organ.reference_grid(points))
        assert int(on.sum()) * 1000 == 484 * points


@pytest.mark.parametrize("name", ["organ", "organ/low-pass", "organ/band-pass", "organ/bode"])
def test_descent_is_not_held_against_itself(name):
    """In ln R the forecast takes the run's own few steps: neither they nor the path may count as agreement."""
    result = run_experiment(name, {"parameter": "log"})
    rows = {q.name: q for q in result.comparison.quantities}
    assert rows["steps and path"].measured is None
    assert rows["steps and path"].reason.startswith("not compared")
    assert not [
        name for name in rows if name.startswith("path") or (name.startswith("steps") and name != "steps and path")
    ]
    assert not [name for name in rows if "at the tolerance" in name]
    compared = [
        q for q in rows.values() if q.predicted is not None and q.measured is not None and q.unit in ("ohm", "Hz")
    ]
    assert compared, "the ends are held against what is found without descent"
    picture = next(each for each in result.pictures if "over steps" in each.title)
    assert name == "organ/bode" or "is descent itself" in picture.caption


@pytest.mark.parametrize(("start", "rate", "steps"), [(500.0, 1e5, 88), (500.0, 1e4, 300), (198.95, 1e5, 0)])
def test_steps_are_counted_alike_in_words_pictures_and_legends(start, rate, steps):
    """The steps made: the look that finds that descent may stop is none of them."""
    lesson = organ_lessons.low_pass(start, rate, None)
    told, counted = organ_lessons.told(lesson), f"{steps} step{'s' * (steps != 1)}"
    assert told.count(f"ohm** after {counted}") == 2
    assert int(lesson.result.updates) == steps
    assert f"In {counted}" in organ_pictures.parameters_picture(lesson).caption
    legend = [trace.name for trace in organ_pictures.gain_picture(lesson, 0, "low pass").draw().data]
    assert f"step {steps}" in legend


@pytest.mark.parametrize("name", ["organ", "organ/band-pass"])
def test_who_builds_the_band_pass_is_told_of_the_buffer(name):
    result = run_experiment(name, {"parameter": "log"})
    low, high = (result.measured["ohm"][each] for each in ("band_pass_low", "band_pass_high"))
    assert result.reason.endswith(organ_finding.peaks_told(low, high))
    assert "too little for its lamp" in result.reason
    stopped = run_experiment(name, {"parameter": "log", "steps": 1})
    assert "builds" not in stopped.reason


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (71.0, 90.0, "peaks at the gain 0.559, too little for its lamp; without .* would be 0.388\\."),
        (40.0, 160.0, "peaks at the gain 0.8; without .* would be 0.667, too little for its lamp\\."),
        (20.0, 400.0, "peaks at the gain 0.952; without .* would be 0.909, enough for its lamp, in a narrower band\\."),
    ],
)
def test_peaks_told(low, high, words):
    assert re.search(words, organ_finding.peaks_told(low, high))


def test_what_to_buy_and_how_many_lamps_are_wrong_with_it():
    words = organ_lessons.to_build(organ_lessons.settled(0.3).tolist())
    assert "200 ohm for the low pass, 39 ohm for the band's low pass, 160 ohm for the band's high pass, 33 ohm" in words
    cutoffs = [1e6 / (2 * math.pi * R) for R in (200.0, 33.0)]
    f = organ.reference_grid()
    band = organ.band_pass(torch.tensor(39.0), torch.tensor(160.0), f)
    wanted = organ.band_pass(*organ.desired_ohm(organ.BAND_PASS), f)
    wrong = sum((
        int(((f < cutoffs[0]) != (f < 800)).sum()),
        int(((f > cutoffs[1]) != (f > 5000)).sum()),
        int(((band > organ.ON) != (wanted > organ.ON)).sum()),
    ))
    assert f"0 of 21 lamps are wrong at the seven tones, and {wrong} of 3\u202f000 at the thousand frequencies" in words


def test_a_forecast_from_the_flow_is_compared():
    result = run_experiment("organ/low-pass", {"lr": 1e5, "start": 500})
    rows = {q.name: q for q in result.comparison.quantities}
    assert {"R of the low pass", "steps", "outcome", "path"} <= set(rows)
    assert "In 88 steps" in result.pictures[0].caption
    assert rows["steps"].measured == 89
    assert "the last look, which finds the tolerance met, counts as one" in rows["steps"].reason
    assert rows["path"].measured > 1e-6
    assert "computed beforehand" in result.pictures[0].caption


def test_what_people_read_has_plain_words_and_few_digits():
    result = run_experiment("organ", {"parameter": "log"})
    assert result.settings["lr"] == pytest.approx(87.87)
    names = " ".join(q.name for q in result.comparison.quantities)
    legends = [trace.name for picture in result.pictures for trace in picture.draw().data]
    assert "_" not in names + " ".join(map(str, legends))
    graph = run_experiment("organ/graph").comparison.quantities
    assert [q.difference for q in graph] == [0.0] * len(graph)


@pytest.mark.parametrize("choice", organ_lessons.LESSONS.values(), ids=lambda choice: choice.experiment)
def test_every_lesson_starts_anywhere(choice):
    for ohm in itertools.product((5.0, 2000.0), repeat=min(2, len(choice.parts))):
        yours = [ohm[0], ohm[-1], ohm[0], ohm[-1]]
        result = run_experiment(choice.experiment, organ_lessons.chosen(choice, yours, 0.25, "log"))
        assert result.settings["start"] == tuple(yours[part] for part in choice.parts)
        assert result.settings["off_target"] == (0.25 if choice.lamps else 0.0)
        assert result.verdict == "agrees", result.reason


@pytest.mark.parametrize("demand", [0.0, 0.2, 0.45])
def test_resistors_settle_where_descent_does(demand):
    result = run_experiment("organ", {"parameter": "log", "off_target": demand, "tolerance": 1e-9})
    learned = torch.tensor(list(result.measured["ohm"].values()))
    assert_close(organ_lessons.settled(demand), learned, rtol=1e-3, atol=0.0)


def test_by_hand_says_which_way():
    said = organ_lessons.by_hand([500.0, 39.94, 160.0, 20.0], 0.3, True)
    assert (
        "low pass 318.3 Hz (smaller); band's low pass 3\u202f985 Hz (at rest); "
        "band's high pass 994.7 Hz (at rest); high pass 7\u202f958 Hz (larger). Your band pass peaks at the gain 0.8;"
    ) in said
    assert "band" not in organ_lessons.by_hand([500.0] * 4, 0.3, False)


@pytest.mark.parametrize(
    ("hz", "on"), [([100.0, 1000.0], [1, 1]), ([100.0, 1000.0], [0, 0]), ([90.0, 100.0, 1000.0], [1, 1, 0])]
)
def test_own_lamps_are_lit_just_inside_the_range(hz, on):
    f, wanted, (low, high) = organ_lessons.own_lamps(torch.tensor(list(zip(hz, on, strict=True))))
    for ohm in (low * 0.999, low * 1.001, high * 0.999, high * 1.001):
        if 0 < ohm < math.inf:
            lit = organ.low_pass(torch.tensor(ohm), f) > organ.ON
            assert torch.equal(lit, wanted) == (low < ohm < high)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([[100.0, 0.5]], "0 or 1 in every line"),
        ([[1e-99, 1.0], [1e3, 0.0]], "frequencies from 1 Hz to 1 MHz, got 1e-99 to 1000 Hz"),
        ([[100.0, 1.0], [2e6, 0.0]], "from 1 Hz to 1 MHz"),
        ([[300.0, 1.0], [200.0, 0.0]], "ascending"),
    ],
)
def test_own_lamps_are_bounded(rows, message):
    with pytest.raises(ValueError, match=message):
        organ_lessons.own_lamps(torch.tensor(rows))


def test_a_best_rate_does_not_depend_on_where_descent_begins():
    """From there Gauss and Newton run away; the rate is that of the minimum beside the desired resistors."""
    far = Settings(start=(5.0, 2000.0, 5.0, 5.0), parameter="log", off_target=0.45, steps=3)
    near = Settings(start=(200.0,), parameter="log", off_target=0.45, steps=3)
    rates = [
        organ_setup.learn(
            organ.COLOUR_ORGAN, each, organ_setup.from_lamps(organ.COLOUR_ORGAN, each), 1.0, lambda _: None
        ).lr
        for each in (far, near)
    ]
    assert rates[0] == rates[1]
