"""Figures of the colour organ, by the data on their lines."""

import math

import numpy as np
import pytest
import torch
from scipy.stats import norm

from thalweg.draw import organ as draw
from thalweg.draw import style
from thalweg.subjects import organ

HZ = organ.reference_grid()
R = organ.desired_ohm(organ.LOW_PASS)
ON = organ.lamps(organ.LOW_PASS, HZ)


def lines(figure):
    return {trace.name: trace for trace in figure.data}


def low_pass(ohm, hz=HZ):
    return organ.low_pass(torch.tensor(ohm, dtype=torch.float64), hz)


def test_gain_is_drawn_at_its_frequencies():
    drawn = lines(draw.gain_learned(HZ, low_pass(198.94), [(0, low_pass(500.0)), (44528, low_pass(200.4))], ON))
    for name, ohm in (("step 0", 500.0), ("step 44 528", 200.4), ("desired", 198.94)):
        closed = 1 / np.sqrt(1 + (2e-6 * math.pi * ohm * drawn[name].x) ** 2)
        np.testing.assert_allclose(drawn[name].y, closed, rtol=1e-12)
    assert drawn["lamp on above 1/√2"].y == (1 / math.sqrt(2),) * 2
    assert drawn["step 44 528"].line.width > drawn["step 0"].line.width
    assert drawn["desired"].line.color == style.DESIRED
    band = [x for x in drawn["lamp should be on"].x if x is not None]
    assert max(band) == pytest.approx(800, rel=0.01)


def test_gain_takes_another_unit():
    assert "199 ohm" in lines(draw.gain_learned(HZ, low_pass(199.0), [(199, low_pass(199.0))], None, "ohm"))


def rectangles(trace):
    """Each rectangle's left, right, bottom and top."""
    x, y = list(trace.x), list(trace.y)
    return [(x[i], x[i + 1], y[i], y[i + 2]) for i in range(0, len(x), 6)]


def test_lamps_of_a_grid_join_to_bars_that_fill_the_row():
    drawn = lines(draw.lamp_bars(HZ, {"desired": ON, "learned": low_pass(346.0) > draw.ON}))
    (on, learned_on), (off, learned_off) = rectangles(drawn["on"]), rectangles(drawn["off"])
    assert on[0] == pytest.approx(1.0)
    assert off[1] == pytest.approx(1e6)
    assert on[1] == off[0] == pytest.approx(800, rel=0.01)
    assert learned_on[1] == learned_off[0] == pytest.approx(800 * 198.94 / 346, rel=0.01)
    ((left, right, bottom, top),) = rectangles(drawn["differs from desired"])
    assert (left, right) == (learned_on[1], on[1])
    assert bottom < -1 < top < 0


def test_few_lamps_stand_apart_each_at_its_tone():
    tones = torch.tensor(organ.TONES_HZ, dtype=torch.float64)
    on = organ.lamps(organ.LOW_PASS, tones)
    drawn = lines(draw.lamp_bars(tones, {"desired": on, "250 ohm": low_pass(250.0, tones) > draw.ON}))
    desired = [r for name in ("on", "off") for r in rectangles(drawn[name]) if r[3] > 0]
    assert [math.sqrt(a * b) for a, b, _, _ in desired] == pytest.approx(organ.TONES_HZ)
    assert all(before[1] < after[0] for before, after in zip(desired, desired[1:], strict=False))
    ((left, right, _, _),) = rectangles(drawn["differs from desired"])
    assert math.sqrt(left * right) == pytest.approx(700)


def test_a_row_is_held_against_the_desired_one_over_it():
    hz, yes = torch.tensor([1.0, 2.0], dtype=torch.float64), torch.tensor([True, False])
    rows = {"low, desired": yes, "low, learned": yes, "high, desired": ~yes, "high, learned": ~yes}
    assert set(lines(draw.lamp_bars(hz, rows))) == {"on", "off"}
    assert "differs from desired" in lines(draw.lamp_bars(hz, rows | {"high, learned": yes}))


def test_cutoff_line_is_straight_and_marks_the_wanted_point():
    ohm = torch.logspace(0, 4, 9, dtype=torch.float64)
    line, mark = draw.cutoff_line(ohm, 1 / (2e-6 * math.pi * ohm), (198.94, 800.0)).data
    np.testing.assert_allclose(np.diff(np.log10(line.y)), -0.5)
    assert (mark.x[1], mark.y[1]) == (198.94, 800.0)


def test_scatter_has_area_one_and_the_normal_density():
    samples = 346 + 18 * torch.randn(500, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    drawn = draw.scatter(samples, 343.9, 18.1, {"desired": 198.94}, "ohm")
    bars, density, mark = drawn.data
    assert (bars.y * bars.width).sum() == pytest.approx(1)
    np.testing.assert_allclose(density.y, norm(343.9, 18.1).pdf(density.x), rtol=1e-9)
    assert mark.x == (198.94, 198.94)
    assert mark.name == "desired: 198.9 ohm"


@pytest.mark.parametrize(("samples", "std"), [([1.0], 1.0), ([1.0, 2.0], 0.0)])
def test_scatter_refuses(samples, std):
    with pytest.raises(ValueError, match="scatter: need two samples and a positive std"):
        draw.scatter(torch.tensor(samples), 1.0, std, {}, "ohm")


def test_crossing_is_scaled_and_marked():
    h = torch.linspace(0, 1, 11, dtype=torch.float64)
    infinite = torch.where(h > 0, -h.log() - 9.0, math.inf)
    drawn = draw.crossing(h, {"squared": 8 * (0.5 - h), "log": infinite}, {"squared": 0.5})
    squared, zero, log, boundary = drawn.data
    np.testing.assert_allclose(squared.y, np.linspace(1, -1, 11), atol=1e-12)
    assert (zero.x, zero.y) == ((0.5,), (0.0,))
    assert len(log.x) == 10
    assert log.y.min() == -1
    assert boundary.x == (1 / math.sqrt(2),) * 2


def test_bode_draws_gain_lines_and_cutoffs():
    db = 20 * organ.gain(organ.BAND_PASS, organ.desired_ohm(organ.BAND_PASS), HZ).log10()
    fitted = organ.bode_db(2 * math.pi * torch.tensor([4000.0, 1000.0], dtype=torch.float64), HZ)
    drawn = lines(draw.bode(HZ, db, {"learned": fitted}, {"low stage": 4000.0, "high stage": 1000.0}))
    line = drawn["learned"]
    below, above = line.x < 1000, line.x > 4000
    np.testing.assert_allclose(line.y[below], 20 * np.log10(line.x[below] / 1000), atol=1e-9)
    np.testing.assert_allclose(line.y[above], -20 * np.log10(line.x[above] / 4000), atol=1e-9)
    assert drawn["low stage: 4\u202f000 Hz"].x == (4000.0, 4000.0)
    assert drawn["gain"].y.max() == pytest.approx(20 * math.log10(0.8), abs=0.01)


def test_figures_are_small():
    many = [(step, low_pass(500.0 - step)) for step in range(10)]
    figures = [draw.gain_learned(HZ, low_pass(199.0), many, ON), draw.lamp_bars(HZ, {"desired": ON})]
    assert all(len(style.as_json(figure)) < 300_000 for figure in figures)
