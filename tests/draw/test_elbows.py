import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from thalweg.draw import style
from thalweg.draw.elbows import cases, network_step, one_step
from thalweg.draw.rate_bands import rate_bands
from thalweg.subjects import elbows
from thalweg.subjects.elbows import CASES, Unit, case

FALLING = Unit(w=-2.0, b=4.0, x=1.0, y=1.0)
UNITS = {name: case(name, 1.0) for name in CASES}


def notes(figure):
    return [note.text for note in figure.layout.annotations if note.text]


def arrows(figure):
    return [note for note in figure.layout.annotations if note.showarrow is not False]


def within(value, ends):
    return ends[0] < value < ends[1]


def named(figure, name):
    (trace,) = [trace for trace in figure.data if trace.name == name and trace.showlegend is not False]
    return trace


def test_a_step_is_drawn_as_it_is():
    figure = one_step(FALLING, 0.1)
    before, after, marks, residual, point = figure.data
    for line, w, b in ((before, -2, 4), (after, -2.1, 3.9)):
        np.testing.assert_allclose(line.y, np.maximum(0, w * line.x + b), atol=1e-12)
        assert abs(line.x + b / w).min() < 1e-12, "the kink is a corner of the line"
        assert line.x[[0, -1]].tolist() == pytest.approx(figure.layout.xaxis.range)
    assert (residual.x, residual.y) == ((1, 1), (1, 2))
    assert marks.x == pytest.approx((2, 1, 3.9 / 2.1, 1))
    assert marks.y == pytest.approx((0, 2, 0, 1.8))
    assert (point.x, point.y, point.marker.color) == ((1,), (1,), style.DESIRED)
    (arrow,) = arrows(figure)
    assert (arrow.ax, arrow.x) == pytest.approx((2, 3.9 / 2.1))
    assert (arrow.axref, arrow.ay, arrow.y) == ("x", 0, 0)
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == ("x", "φ(x)")


@pytest.mark.parametrize("residual", [1.0, -1.0, 3.0])
@pytest.mark.parametrize("lr", [0.01, 0.3, 1.0])
@pytest.mark.parametrize("name", CASES)
def test_the_window_shows_point_elbow_and_output(name, residual, lr):
    unit = case(name, residual)
    figure = one_step(unit, lr)
    x, y = figure.layout.xaxis.range, figure.layout.yaxis.range
    assert within(unit.x, x)
    assert within(unit.elbow, x)
    assert all(within(value, y) for value in (0.0, unit.y, unit.output))
    assert x[1] - x[0] < 10 * abs(unit.x - unit.elbow)
    for place, height in zip(figure.data[2].x, figure.data[2].y, strict=True):
        assert math.isnan(place) or not within(place, x) or within(height, y), "marks are not cut off"


@pytest.mark.parametrize(
    ("unit", "lr", "last", "arrow"),
    [
        (Unit(2.0, 1.0, 1.0, 2.0), 2.0, "no elbow after: the slope is 0", None),
        (Unit(2.0, 1.0, 1.0, 2.0), 1.9, "elbow after 9, far out to the right", 1),
        (Unit(2.0, 1.0, 1.0, 2.0), 2.1, "elbow after −11, far out to the left", 0),
        (Unit(1.0, -2.0, 1.0, -1.0), 0.5, "elbow 2 stays", None),
        (Unit(1.0, 1.0, 1.0, 4.0), 20.0, "elbow −1 stays", None),
    ],
)
def test_what_is_far_or_gone_is_said_and_does_not_widen_the_window(unit, lr, last, arrow):
    figure = one_step(unit, lr)
    ends = figure.layout.xaxis.range
    assert notes(figure)[-1] == last
    assert [note.x for note in arrows(figure)] == ([] if arrow is None else [ends[arrow]])
    assert ends[1] - ends[0] == pytest.approx(1.8 * abs(unit.x - unit.elbow))


def test_an_output_that_leaves_the_window_is_said():
    figure = one_step(Unit(1.0, 1.0, 1.0, 4.0), 20.0)
    assert notes(figure)[0] == "output after 82 ↑"
    assert figure.layout.yaxis.range[1] < 5


def test_cases_say_what_happens_and_stand_apart():
    figure = cases(UNITS, 0.3)
    texts = [note for note in notes(figure) if note.startswith("<b>")]
    for (name, unit), text in zip(UNITS.items(), texts, strict=True):
        effect = elbows.effect(unit, 0.3)
        assert text == f"<b>{name}</b><br>elbow {effect.elbow}, slope {effect.slope}, loss {effect.loss}"
    panels = [trace.xaxis for trace in figure.data]
    assert panels == [f"x{i or ''}" for i in (0, *range(2, len(UNITS) + 1)) for _ in range(5)]
    shown = [trace.name for trace in figure.data if trace.showlegend is not False]
    assert shown == ["before", "after", "training point"]


@pytest.mark.parametrize("page", ["wide", "narrow"])
def test_panels_do_not_overlap_on_either_page(page):
    layout = cases(UNITS, 0.3).layout.meta[page]
    axes = ["", *range(2, len(UNITS) + 1)]
    boxes = [(*layout[f"xaxis{axis}.domain"], *layout[f"yaxis{axis}.domain"]) for axis in axes]
    for number, (left, right, low, high) in enumerate(boxes):
        assert 0 <= left < right <= 1
        assert 0 <= low < high <= 1
        for a, b, c, d in boxes[:number]:
            assert b < left or right < a or d < low or high < c
    assert len({box[:2] for box in boxes}) == (1 if page == "narrow" else 3)


def test_a_figure_starts_as_its_wide_page_says():
    figure = cases(UNITS, 0.3)
    assert list(figure.layout.yaxis2.domain) == list(figure.layout.meta["wide"]["yaxis2.domain"])
    assert figure.layout.height == figure.layout.meta["wide"]["height"]


def bands(figure):
    """All bars: row, from, to, word."""
    bars = [trace for trace in figure.data if trace.type == "bar"]
    return [
        (row, base, base + x, bar.name) for bar in bars for row, base, x in zip(bar.y, bar.base, bar.x, strict=True)
    ]


@pytest.mark.parametrize("residual", [1.0, -1.0, 2.5])
def test_bands_say_at_every_rate_what_the_step_does(residual):
    units = {name: case(name, residual) for name in CASES}
    figure = rate_bands(units, 0.01, 100.0)
    found, rows = bands(figure), figure.layout.yaxis.tickvals
    assert figure.layout.yaxis.ticktext == ("elbow", "slope", "loss") * len(units)
    for lr in torch.logspace(-1.97, 1.98, 60).tolist():
        for number, unit in enumerate(units.values()):
            for row, word in zip(rows[3 * number : 3 * number + 3], elbows.effect(unit, lr), strict=True):
                assert [name for y, low, high, name in found if y == row and low < lr < high] == [word]


def test_neighbours_of_one_word_are_one_bar_and_words_are_once_in_the_legend():
    figure = rate_bands(UNITS, 0.01, 100.0)
    found = bands(figure)
    ends = {(row, high, name) for row, _, high, name in found}
    assert not [bar for bar in found if (bar[0], bar[1], bar[3]) in ends]
    names = [(trace.legendgroup, trace.name) for trace in figure.data]
    assert len(names) == len(set(names))
    for kind in ("elbow", "slope", "loss"):
        colours = [trace.marker.color for trace in figure.data if trace.legendgroup == kind]
        assert len(colours) == len(set(colours))


def test_borders_stand_at_their_values():
    figure = rate_bands({"one": Unit(w=2.0, b=1.0, x=1.0, y=2.0)}, 0.1, 10.0)
    places = {note.text: note.x for note in figure.layout.annotations[1:]}
    assert places == {text: math.log10(value) for text, value in (("2", 2), ("4", 4), ("1", 1), ("off 1.5", 1.5))}
    assert figure.data[-1].x == (1.5,)
    assert notes(rate_bands({"one": Unit(w=2.0, b=1.0, x=1.0, y=2.0)}, 0.1, 0.9)) == ["<b>one</b>"]


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (1.0, 1.0), (1.0, math.inf), (math.nan, 1.0)])
def test_bands_need_a_range(low, high):
    with pytest.raises(ValueError, match="rate_bands: need 0 < low < high, both finite, got"):
        rate_bands(UNITS, low, high)


X = torch.linspace(0, 1, 11)
BEFORE = torch.tensor([0.3, 0.7, 0.1, 0.9, 0.5, torch.nan, torch.nan])
AFTER = torch.tensor([0.4, 0.7, -2.0, 3.0, torch.nan, torch.nan, 0.2])


def drawn(before=BEFORE, after=AFTER, **changes):
    figure = network_step(X, changes.get("f", X), changes.get("g", 2 * X), before, after, (0.5, 0.0))
    return figure, [trace for trace in figure.data if trace.yaxis == "y2"]


def test_both_functions_and_the_residual_are_drawn():
    figure, _ = drawn()
    before, after, residual, point = figure.data[:4]
    np.testing.assert_allclose(before.y, X)
    np.testing.assert_allclose(after.y, 2 * X)
    assert residual.y == (0, 0.5)
    assert (point.x, point.y) == ((0.5,), (0,))
    assert (figure.layout.xaxis.matches, figure.layout.xaxis2.range) == ("x2", (0, 1))
    assert [figure.layout[axis].title.text for axis in ("yaxis", "xaxis2", "yaxis2")] == ["f(x)", "x", "unit"]


def test_every_elbow_has_its_row_its_way_and_its_mark():
    figure, _ = drawn()
    stays, moves = named(figure, "1 elbow stays"), named(figure, "5 move")
    assert (stays.x.tolist(), stays.y.tolist(), stays.marker.line.color) == ([0.7], [4], style.GREY)
    assert moves.x.tolist() == [0, 0.4, 0.5, 1, 0.2]
    assert moves.y.tolist() == [7, 6, 5, 3, 1]
    assert moves.marker.symbol == ("triangle-left", "circle", "x", "triangle-right", "circle")
    np.testing.assert_allclose(moves.customdata, [-2, 0.4, math.nan, 3, 0.2])
    (line,) = [trace for trace in figure.data if trace.yaxis == "y2" and trace.mode == "lines" and len(trace.x) == 15]
    np.testing.assert_allclose(
        line.x[:12], [0.1, 0, math.nan, 0.3, 0.4, math.nan, 0.5, 0.5, math.nan, 0.9, 1, math.nan]
    )


def test_many_elbows_go_from_one_line_to_another():
    before = torch.rand(61)
    figure, _ = drawn(before, before + 0.01)
    moves = named(figure, "61 move")
    assert set(moves.y) == {0.0}
    assert figure.layout.yaxis2.ticktext == ("after", "before")
    assert drawn(before[:60], before[:60])[0].layout.yaxis2.title.text == "unit"


def test_a_wild_step_keeps_the_function_before_in_sight():
    low, high = drawn(g=1000 * X)[0].layout.yaxis.range
    assert high < 3
    assert low < 0
    assert drawn(g=1.5 * X)[0].layout.yaxis.range[1] > 1.5


def test_no_elbow_at_all_is_no_error():
    none = torch.full((2,), torch.nan)
    assert not drawn(none, none)[1]


def test_a_unit_that_is_already_there_does_not_move():
    figure = one_step(replace(FALLING, y=FALLING.output), 0.5)
    assert notes(figure) == ["elbow 2 stays"]
    np.testing.assert_array_equal(figure.data[0].y, figure.data[1].y)


@pytest.mark.parametrize("ran", [(-2.1, 3.9), (0.0, 1.0)], ids=["as foretold", "flat"])
def test_a_run_is_laid_over_its_forecast(ran):
    figure = one_step(FALLING, 0.1, run=ran)
    forecast, run = (
        named(figure, "forecast: slope −2.1"),
        named(figure, f"run: slope {f'{ran[0]:g}'.replace('-', '−')}"),
    )
    assert (forecast.line.color, forecast.line.dash, run.line.color) == (style.FORECAST, "dash", style.RUN)
    assert forecast.line.width > run.line.width
    np.testing.assert_allclose(run.y, np.maximum(0, ran[0] * run.x + ran[1]), atol=1e-12)
    assert run.x[[0, -1]].tolist() == pytest.approx(figure.layout.xaxis.range)
    assert figure.data[-1] is run, "upon all else"
