import json

import plotly.graph_objects as go
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from thalweg.draw import style


@given(count=st.integers(1, 5000), most=st.integers(2, 300))
def test_thin_keeps_both_ends_and_order(count, most):
    kept = style.thin(count, most)
    assert kept[0] == 0
    assert kept[-1] == count - 1
    assert len(kept) == min(count, most)
    assert (kept.diff() > 0).all()


def test_thin_is_even():
    assert style.thin(9, 3).tolist() == [0, 4, 8]


@pytest.mark.parametrize(
    ("name", "colour"),
    [
        ("desired", style.DESIRED),
        ("Predicted stop", style.FORECAST),
        ("this run", style.RUN),
        ("lines learned", style.RUN),
    ],
)
def test_one_thing_has_one_colour(name, colour):
    assert {style.look(name, number)[0] for number in range(7)} == {colour}


def test_others_take_turns():
    looks = [style.look("something", number) for number in range(5)]
    assert len(set(looks)) == 5
    assert not {colour for colour, _ in looks} & {style.DESIRED, style.FORECAST}


def test_marks_stand_upright_with_their_value():
    figure = style.plain()
    style.upright(figure, {"desired": 198.94, "learned": 200.43}, (0.0, 3.0), "ohm")
    lines = {trace.name: trace for trace in figure.data}
    assert set(lines) == {"desired: 198.9 ohm", "learned: 200.4 ohm"}
    assert lines["desired: 198.9 ohm"].x == (198.94, 198.94)
    assert lines["desired: 198.9 ohm"].y == (0.0, 3.0)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.0, "0"),
        (1.0, "1"),
        (44528.0, "44\u202f530"),
        (9.144e-7, "9.144×10⁻⁷"),
        (-0.5, "−0.5"),
        (123_456.0, "123\u202f500"),
    ],
)
def test_marks_have_four_digits(value, words):
    figure = style.plain()
    style.upright(figure, {"end": value}, (0.0, 1.0), "")
    assert (figure.data[0].name, figure.data[0].hovertemplate) == (f"end: {words}", words)


def test_axis_letters_every_power_over_many():
    assert "dtick" not in style.log_axis("Hz", torch.tensor([300.0, 1500.0]))
    assert style.log_axis("Hz", torch.tensor([1.0, 1e6]))["dtick"] == 1


def test_json_cannot_end_a_script_and_is_still_the_figure():
    title = "</script><script>alert('&')</script>"
    text = style.as_json(go.Figure(layout={"title": {"text": title}}))
    assert "<" not in text
    assert json.loads(text)["layout"]["title"]["text"] == title
