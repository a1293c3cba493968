"""Every figure of the homework's table, forecast; and run where a run takes seconds."""

import pytest
import torch

from thalweg.descent import run
from thalweg.experiments.organ_bode import _problem as bode_problem
from thalweg.experiments.organ_settings import Settings
from thalweg.experiments.organ_setup import class_draw, from_lamps, make_problem
from thalweg.forecast import predict
from thalweg.subjects import organ
from thalweg.subjects.organ import BAND_PASS, COLOUR_ORGAN, HIGH_PASS, LOW_PASS


def gains(start, **changes):
    hz = organ.reference_grid()
    settings = Settings(start=start, **changes)
    return make_problem(LOW_PASS, settings, organ.gain(LOW_PASS, organ.desired_ohm(LOW_PASS), hz), hz)


def lamps(circuit, start, off_target):
    return from_lamps(circuit, Settings(start=start, off_target=off_target))


FIGURES = {
    "c from 500": (lambda: gains((500.0,)), 200, [200.43], 44_528),
    "c from 1000": (lambda: gains((1000.0,)), 200, [200.43], 89_526),
    "c from 1": (lambda: gains((1.0,)), 200, [197.47], 20_038),
    "c, lr 1e5, from 500": (lambda: gains((500.0,)), 1e5, [200.31], 89),
    "c, lr 1e5, from 1000": (lambda: gains((1000.0,)), 1e5, [200.33], 179),
    "c, lr 1e5, from 6": (lambda: gains((6.0,)), 1e5, [200.38], 210),
    "d": (lambda: lamps(LOW_PASS, (500.0,), 0.0), 200, [346.06], 55_165),
    "e, a = 0.3": (lambda: lamps(LOW_PASS, (500.0,), 0.3), 200, [195.79], 43_482),
    "e, the exact cure": (lambda: lamps(LOW_PASS, (500.0,), 1 - 0.5**0.5), 200, [199.81], 43_833),
    "f": (lambda: lamps(HIGH_PASS, (500.0,), 0.3), 1000, [32.73], 4643),
    "g from 200": (lambda: lamps(BAND_PASS, (200.0,), 0.3), 1000, [39.97, 160.82], 4113),
    "g from 900": (lambda: lamps(BAND_PASS, (900.0,), 0.3), 1000, [39.97, 160.82], 47_659),
    "i": (lambda: lamps(COLOUR_ORGAN, (200.0,), 0.3), 500, [194.98, 40.04, 162.42, 32.70], 19_412),
}
QUICK = 5000  # Steps that a run takes in a few seconds.


@pytest.mark.parametrize("name", FIGURES)
def test_figures_are_forecast(name):
    make, lr, ohm, steps = FIGURES[name]
    forecast = predict(make(), lr=float(lr), steps=100_000, tolerance=1e-6)
    torch.testing.assert_close(forecast.stop[0], torch.tensor(ohm), rtol=1e-3, atol=0)  # it may stop one step late
    assert abs(int(forecast.steps) - steps) <= 1
    assert forecast.outcome[0].words == "converged"


@pytest.mark.parametrize("name", [name for name, figure in FIGURES.items() if figure[3] <= QUICK])
def test_figures_are_run(name):
    make, lr, ohm, steps = FIGURES[name]
    result = run(make(), lr=float(lr), steps=100_000, tolerance=1e-6, choice="eager")
    torch.testing.assert_close(result.final[0], torch.tensor(ohm), rtol=2e-4, atol=0)  # the digits shown
    assert int(result.steps) == steps
    assert result.outcome[0].words == "converged"


def test_no_start_from_1_to_200_needs_more_than_20_045_steps():
    starts = torch.tensor([[float(R)] for R in (1, 2, 3, 4, 5, 10, 100, 195)])
    forecast = predict(gains((500.0,)), lr=200.0, starts=starts, steps=100_000, tolerance=1e-6)
    assert 20_040 <= forecast.steps.max() <= 20_045


def test_bode_lines_are_forecast_over_all_their_corners():
    forecast = predict(bode_problem(Settings()), lr=1000.0, steps=100_000, tolerance=1e-6)
    assert abs(int(forecast.steps) - 64_079) <= 20  # the gradient has a corner at every frequency of the grid
    torch.testing.assert_close(forecast.stop[0] / (2 * torch.pi), torch.tensor([3830.4, 1033.96]), rtol=1e-5, atol=0)


def test_the_largest_stable_learning_rate_is_4_lam_r_squared():
    forecast = predict(gains((500.0,)), lr=1e5, steps=100_000, tolerance=1e-6)
    assert abs(float(forecast.largest_stable_lr) / 2.187e6 - 1) < 1e-3


def test_42_of_1000_columns_have_no_lamp_on():
    on = organ.lamps(COLOUR_ORGAN, organ.reference_grid())
    assert int((~on.any(1)).sum()) == 42


def test_class_draws_are_those_of_the_notebook():
    hz = class_draw(447)
    assert len(hz) == 1000
    assert (hz.diff() > 0).all()
    assert hz[0] >= 1
    assert hz[-1] < 1e6


def test_log_r_takes_a_handful_of_steps():
    problem = gains((500.0,), parameter="log")
    result = run(problem, lr=2 * 13.8155, steps=100, tolerance=1e-6)
    assert int(result.steps) <= 20
    assert abs(float(result.final.exp()) - 198.94) < 2
