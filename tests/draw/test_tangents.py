import math

import numpy as np
import pytest
import torch

from thalweg.draw import style
from thalweg.draw.tangents import difference_lines, tangent

T = torch.linspace(-1, 1, 9, dtype=torch.float64)
H = torch.logspace(-8, 0, 17, dtype=torch.float64)


def test_the_tangent_is_predicted_and_the_gap_is_shown_at_the_place():
    figure = tangent(T, T**2 + 3 * T + 1, 1.0, 3.0, (0.5, 2.75))
    predicted, run, gap, point = figure.data
    np.testing.assert_allclose(predicted.y, 1 + 3 * T)
    np.testing.assert_allclose(run.y, T**2 + 3 * T + 1)
    assert (gap.x, gap.y) == ((0.5, 0.5), (2.5, 2.75))
    assert (point.x, point.y) == ((0.0,), (1.0,))
    assert (predicted.line.color, run.line.color) == (style.FORECAST, style.RUN)
    assert predicted.line.width > 2 * run.line.width
    assert figure.layout.yaxis.exponentformat == "power", "no billions as B"


@pytest.mark.parametrize("g", [T * 0 + 2.0, torch.where(T < 0, math.nan, T.sqrt() + 2)])
def test_the_window_holds_the_function_and_not_all_of_a_steep_tangent(g):
    low, high = tangent(T, g, 2.0, 1e6, (0.1, 2.3)).layout.yaxis.range
    known = g[g.isfinite()]
    assert low < float(known.min())
    assert float(known.max()) < high < 10


def test_measured_errors_lie_over_their_forecasts_in_one_colour():
    measured = {"one-sided": H, "central": H**2}
    figure = difference_lines(H, measured, {name: 2 * errors for name, errors in measured.items()}, 1e-3)
    assert [trace.name for trace in figure.data] == [
        "predicted: one-sided", "one-sided", "predicted: central", "central", "h = 0.001",
    ]  # fmt: skip
    for place, name in enumerate(measured):
        before, after = figure.data[2 * place : 2 * place + 2]
        assert before.line.width > 2 * after.line.width
        np.testing.assert_allclose(before.y, 2 * measured[name])
        np.testing.assert_allclose(after.y, measured[name].clamp(min=1e-17))
    assert figure.data[-1].x == (1e-3, 1e-3)
    assert (figure.layout.xaxis.type, figure.layout.yaxis.type) == ("log", "log")


def test_no_error_at_all_is_at_the_bottom_and_no_forecast_is_left_out():
    figure = difference_lines(H, {"central": 0 * H}, {"central": 1e-16 * H}, 1.0)
    assert [trace.name for trace in figure.data] == ["central", "h = 1"]
    low, high = figure.layout.yaxis.range
    assert low < math.log10(figure.data[0].y[0]) < high
