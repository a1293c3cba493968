"""Lamps over frequency: each filter has its colour, off ones are hollow."""

import torch

from thalweg.draw import lamps
from thalweg.subjects import organ

HZ = organ.reference_grid(100)
TABLE = organ.lamps(organ.COLOUR_ORGAN, HZ)


def test_each_filter_has_its_colour_and_one_entry_in_the_legend():
    rows = {f"{name}, desired": TABLE[:, i] for i, name in enumerate(lamps.FILTERS)}
    on = [trace for trace in lamps.lamp_bars(HZ, rows).data if trace.name == "on"]
    assert [trace.fillcolor for trace in on] == list(lamps.FILTERS.values())
    assert [trace.showlegend for trace in on] == [True, False, False]


def test_a_filter_by_itself_has_its_colour():
    (on,) = (t for t in lamps.lamp_bars(HZ, {"desired": TABLE[:, 2]}, "high").data if t.name == "on")
    assert on.fillcolor == lamps.FILTERS["high"]


def test_off_lamps_are_hollow_on_any_page():
    (off,) = (t for t in lamps.lamp_bars(HZ, {"desired": ~torch.ones(100).bool()}).data)
    assert (off.name, off.fillcolor) == ("off", "rgba(0,0,0,0)")
    assert off.line.width > 0
