import numpy as np
import pytest
import torch

from thalweg import losses
from thalweg.descent import run
from thalweg.draw import style
from thalweg.draw.course import gradient_over_steps, parameters_over_steps, tug_of_war, value_over_steps
from thalweg.subjects import organ


def tug(points=300, moments=30, on=None):
    """Every sample's pull in a low pass that is learned, and its total gradient."""
    hz = organ.reference_grid(points)
    lamps = organ.lamps(organ.LOW_PASS, hz)
    start = torch.tensor([500.0], dtype=torch.float64)
    problem = organ.make_problem(organ.LOW_PASS, hz, lamps.double(), start, losses.squared(1.0))
    result = run(problem, lr=10.0, steps=1000, keep=moments, choice="eager")

    def costs(w):
        return problem.loss.sample(problem.outputs(w), problem.y)

    pulls = torch.stack([torch.func.jacrev(costs)(w)[:, 0] for w in result.w[:, 0]])
    return hz, lamps, result, tug_of_war(hz, result.t, pulls, lamps if on is None else on, "R"), pulls


def test_pulls_add_up_to_the_gradient():
    _, _, result, figure, _ = tug()
    _, smaller, larger, net, _ = figure.data
    np.testing.assert_allclose(net.y, result.gradient[:, 0, 0], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(smaller.y + larger.y, net.y, rtol=1e-9, atol=1e-12)
    assert (smaller.y >= 0).all()
    assert (larger.y <= 0).all()
    assert "smaller (+)" in smaller.name


def test_on_lamps_pull_r_down_and_off_lamps_up():
    hz, lamps, result, figure, _ = tug(points=150)
    cells = figure.data[0]
    assert cells.z.shape == (150, len(result.t))
    assert (cells.z[lamps.numpy()] >= 0).all()
    assert (cells.z[~lamps.numpy()] <= 0).all()
    assert cells.zmin == -cells.zmax
    np.testing.assert_allclose(cells.x, result.t.numpy() + 1)
    np.testing.assert_allclose(cells.y, hz)


def test_a_line_shows_where_the_lamp_switches():
    figure = tug()[3]
    assert figure.data[-1].name == "lamp switches"
    assert figure.data[-1].y[0] == pytest.approx(800, rel=0.03)


def test_a_large_map_is_thinned_and_its_sums_are_not():
    hz, t = organ.reference_grid(1000), torch.arange(900)
    pulls = torch.ones(900, 1000, dtype=torch.float64)
    figure = tug_of_war(hz, t, pulls, None, "R")
    assert figure.data[0].z.size <= 200 * 250
    assert set(figure.data[1].y) == {1000.0}
    noise = torch.randn(900, 1000, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    assert len(style.as_json(tug_of_war(hz, t, noise, None, "R"))) < 300_000


def test_gradient_is_drawn_by_size():
    t, gradient = torch.tensor([0, 9, 99]), torch.tensor([[-1e-3, 1e-4], [1e-5, 0.0], [1e-7, 1e-8]])
    figure = gradient_over_steps(t, gradient, ["a", "b"], 1e-6)
    a, b, tolerance = figure.data
    assert a.x.tolist() == [1, 10, 100]
    np.testing.assert_allclose(a.y, [1e-3, 1e-5, 1e-7], rtol=1e-6)
    assert np.isnan(b.y[1])
    assert (tolerance.x.tolist(), tolerance.y.tolist()) == ([1, 100], [1e-6, 1e-6])
    low, high = figure.layout.yaxis.range
    assert low < -6
    assert high > -3


def test_one_parameter_has_the_colours_of_run_and_forecast():
    t, w = torch.tensor([0, 9]), torch.tensor([[500.0], [200.0]])
    forecast, ran, desired = parameters_over_steps(t, w, t, w + 1, {"low_pass": 198.94}, ["low_pass"], "ohm").data
    assert (forecast.y.tolist(), forecast.line.color) == ([501, 201], style.FORECAST)
    assert (ran.x.tolist(), ran.y.tolist(), ran.line.color) == ([1, 10], [500, 200], style.RUN)
    assert forecast.line.width > ran.line.width
    assert (desired.y.tolist(), desired.line.color) == ([198.94, 198.94], style.DESIRED)
    assert (desired.x.tolist(), desired.name) == ([1, 10], "desired: 198.9 ohm")


def test_of_several_parameters_each_has_its_colour():
    t, w = torch.tensor([0, 9]), torch.tensor([[500.0, 100.0], [200.0, 40.0]])
    names, desired = ["a", "b"], {"a": 199.0, "b": 39.79}
    figure = parameters_over_steps(t, w, t, w, desired, names, "ohm")
    shown = [trace.name for trace in figure.data if trace.showlegend is not False]
    assert shown == ["a (desired 199 ohm)", "b (desired 39.79 ohm)", "forecast", "desired"]
    forecasts, runs, wanted = figure.data[:2], figure.data[2:4], figure.data[4:6]
    for forecast, ran, want in zip(forecasts, runs, wanted, strict=True):
        assert forecast.line.color == ran.line.color == want.line.color
    assert runs[0].line.color != runs[1].line.color
    assert runs[1].y.tolist() == [100, 40]


def test_value_over_steps_keeps_early_and_late_and_marks_the_least():
    t = torch.arange(2001)
    measured = (t.double() - 700).square() + 1
    forecast, run, least = value_over_steps(t, 2 * measured, measured, "error (m)").data
    assert run.x[0] == 1
    assert run.x[-1] == 2001
    assert (run.x[:5] == [1, 2, 3, 4, 5]).all()
    torch.testing.assert_close(torch.tensor(forecast.y), 2 * torch.tensor(run.y))
    assert (least.x[0], least.y[0], least.name) == (701, 1, "least after 700 steps")


@pytest.mark.parametrize("scale", [1.9, 1.0, 3.2e-7, 9.99])
def test_the_bar_of_pulls_is_lettered_at_both_ends_and_where_nobody_pulls_the_page_is_seen(scale):
    pulls = scale * torch.tensor([[1.0, -1.0]] * 3, dtype=torch.float64)
    heat = tug_of_war(torch.tensor([1.0, 9.0]), torch.arange(3), pulls, None, "R", "1/ohm").data[0]
    low, zero, high = heat.colorbar.tickvals
    assert (low, zero) == (-high, 0)
    assert scale / 2 <= high <= scale * (1 + 1e-12)
    assert heat.colorbar.ticktext[0].startswith("−")
    assert heat.colorbar.title.text.endswith("(1/ohm)")
    assert heat.colorscale[2] == (0.5, "rgba(150,150,150,0)")
