import numpy as np
import pytest
import torch

from figures import complete, legend, named
from thalweg.draw import strokes, style
from thalweg.draw.modes import mode_errors
from thalweg.draw.stopping import first_steps, growth, learned_shares

T = torch.arange(1001)


def test_growth_stands_under_its_bound():
    figure = growth((T, T.sqrt()), {"error of inversion": 1e10}, "norm of w", run=(T, T.sqrt() / 2))
    bound, ceiling, run, level = figure.data
    np.testing.assert_allclose(bound.y, np.sqrt(bound.x))
    np.testing.assert_allclose(run.y, bound.y / 2)
    assert (run.x[0], run.x[-1]) == (1.0, 1000.0)
    assert ((bound.x == ceiling.x) & (ceiling.y > bound.y)).all()
    assert (ceiling.fill, ceiling.line.width) == ("tonexty", 0)
    low, high = figure.layout.yaxis.range
    assert 10**low < 0.5 < 1e10 < 10**high == pytest.approx(ceiling.y[0])
    assert (level.x.tolist(), level.y.tolist()) == ([1, 1000], [1e10, 1e10])
    assert legend(figure) == ["bound", "beyond the bound: impossible", "run", "error of inversion: 10¹⁰"]
    assert complete(figure)
    assert figure.layout.xaxis.type == figure.layout.yaxis.type == "log"


def test_forecast_run_and_bound_each_have_one_look_in_all_pictures():
    norm = T.sqrt() / 2
    under = named(growth((T, T.sqrt()), {}, "norm of w", run=(T, norm), forecast=(T, norm)))
    early = named(first_steps(T[:9], norm[:9], norm[:9], {}, "norm of w"))
    shares = named(learned_shares(norm[1:] / 99, norm[1:], norm[1:3], norm[1:3], "modes"))
    wide = {(each.line.color, each.line.dash) for each in (under["forecast"], early["forecast"], shares["forecast φ"])}
    assert wide == {(style.FORECAST, "dash")}
    assert {each.line.color for each in (under["run"], early["run"])} == {style.RUN}
    assert under["bound"].line.color not in (style.FORECAST, style.RUN)
    assert under["forecast"].line.width > under["run"].line.width


def test_now_and_the_least_are_marked_and_said():
    marked = growth((T, T.sqrt()), {}, "w", forecast=(T, T.sqrt()), now=12_000, least=(0.0, 0.5))
    now, least = marked.data[-2:]
    assert (now.name, now.x) == ("t = 12\u202f000", (12_000, 12_000))
    assert (least.name, least.x, least.y) == ("least: 0.5 at step 0", (1.0,), (0.5,)), (
        "step 0 has no place: it stands at 1"
    )


def test_growth_leaves_out_zeros_and_what_is_not_bounded():
    t, limit = torch.tensor([0, 1, 2, 3]), torch.tensor([1.0, 3.0, torch.inf, 4.0])
    bound, ceiling, run = growth((t, limit), {}, "w", run=(t, torch.tensor([0.0, 0.0, 1.0, 2.0]))).data
    assert (bound.x.tolist(), bound.y.tolist()) == ([1, 3], [3, 4])
    assert ceiling.x.tolist() == [1, 3]
    np.testing.assert_array_equal(run.y, [np.nan, 1, 2])


@pytest.mark.parametrize("inverse", [0.3, 30.0, 1e8])
def test_there_is_more_than_one_number_at_the_axis_though_the_bound_runs_away(inverse):
    t = torch.logspace(0, 13, 400).round()
    figure = growth((t, 1 + t), {"inverse": inverse}, "w", forecast=(t, torch.full((400,), inverse)))
    (low, high), letters = figure.layout.yaxis.range, figure.layout.yaxis.dtick
    places = np.log10(figure.layout.yaxis.tickvals) if letters is None else letters * np.arange(-20, 20)
    assert high < np.log10(inverse) + 2
    assert ((low <= places) & (places <= high)).sum() > 1


def test_the_first_steps_are_all_in_the_picture():
    swings = 1 + 2 * (-1.0) ** T[:61]
    figure = first_steps(T[:61], swings, swings, {"least": 0.25}, "error")
    low, high = figure.layout.yaxis.range
    assert low <= 0
    assert all(low <= y <= high for trace in figure.data for y in trace.y if y >= 0)
    assert legend(figure) == ["forecast", "run", "least: 0.25"]
    assert complete(figure)


def test_a_mode_has_the_same_colour_here_as_in_the_picture_of_its_error():
    sigma = torch.tensor([1.0, 0.5, 0.1, 1e-6])
    dots = named(learned_shares(torch.logspace(-8, 0, 9), torch.ones(9), sigma, sigma, "modes"))["modes"]
    errors = mode_errors(T[:9], torch.rand(9, 4), T[:9], torch.rand(9, 4), list("abcd")).data
    assert list(dots.marker.color) == strokes.shades(4) == [trace.line.color for trace in errors[:4]]
    assert dots.x.tolist() == dots.y.tolist() == sigma.tolist()


def test_shares_beyond_1_and_below_0_are_in_the_picture():
    sigma = torch.tensor([0.5, 1.0])
    low, high = learned_shares(
        sigma, torch.tensor([0.5, 1.9]), sigma, torch.tensor([-0.2, 1.95]), "m"
    ).layout.yaxis.range
    assert low < -0.2
    assert high > 1.95
