import numpy as np
import pytest
import torch

from figures import complete, legend, named
from thalweg.draw import style
from thalweg.draw.shrinkage import (
    agreement,
    errors_over_strength,
    filter_curves,
    fits,
    shrinking,
    tug,
)


def test_many_strengths_are_thinned():
    lam = torch.logspace(-3, 3, 1000)
    phi = 1 / (1 + lam[:, None] * torch.tensor([1.0, 2.0]))
    pictures = (
        errors_over_strength(lam, phi[:, 0], phi[:, 1], {}, "y", "x"),
        shrinking(lam, phi, phi.norm(dim=1), ["a", "b"], {}),
    )
    for figure in pictures:
        for trace in figure.data:
            assert len(trace.x) <= 300
            if len(trace.x) > 1:
                assert trace.x[[0, -1]] == pytest.approx([1e-3, 1e3])


@pytest.mark.parametrize(("scale", "kind"), [(1.0, None), (1e-4, "log"), (0.0, None)])
def test_the_least_held_out_error_is_marked(scale, kind):
    lam = torch.logspace(-4, 2, 300)
    train, test = scale * (0.3 + lam / (1 + lam)), (lam.log10() + 1).square() + 1
    test[:3] = torch.nan
    figure = errors_over_strength(lam, train, test, {"chosen": 0.3}, "error", "strength")
    training, held, dot, mark = figure.data
    np.testing.assert_allclose(training.y, train)
    np.testing.assert_array_equal(held.y, test)
    assert dot.x[0] == pytest.approx(0.1, rel=0.03)
    assert dot.y[0] == np.nanmin(held.y)
    assert dot.name == f"least at {dot.x[0]:.2g}"
    assert (mark.x, mark.y) == ((0.3, 0.3), pytest.approx((min(training.y.min(), dot.y[0]), 10.0), rel=0.1))
    assert held.line.color == dot.marker.color != training.line.color
    assert legend(figure) == ["training", "held out", dot.name, "chosen: 0.3"]
    assert complete(figure)
    assert (figure.layout.yaxis.type or None) == kind
    assert figure.layout.xaxis.type == "log"


def test_points_lie_on_the_curve_of_their_name():
    sigma, lam = torch.logspace(-3, 2, 900), 0.04
    few = torch.tensor([10.0, 0.2, 0.01])

    def phi(s):
        return s**2 / (s**2 + lam)

    curves = {"ridge": phi(sigma), "truncation": (sigma > lam**0.5).double()}
    figure = filter_curves(sigma, curves, {"ridge": (few, phi(few)), "run": (few, few)}, {"√λ": 0.2})
    ridge_curve, truncation, dots, others, mark = figure.data
    np.testing.assert_allclose(np.interp(few, ridge_curve.x, ridge_curve.y), dots.y, atol=1e-3)
    assert ridge_curve.line.color == dots.marker.color != truncation.line.color
    assert dots.y[1] == pytest.approx(0.5)
    assert (dots.showlegend, others.showlegend) == (False, True)
    assert (mark.name, mark.x, mark.y) == ("√λ: 0.2", (0.2, 0.2), (0.0, 1.0))
    assert len({trace.line.color for trace in (ridge_curve, truncation, mark)} | {others.marker.color}) == 4
    assert figure.layout.xaxis.type == "log"
    assert complete(figure)
    assert len(ridge_curve.x) <= 600
    assert len(filter_curves(sigma, curves, None, {}).data) == 2


def test_points_take_the_colours_that_they_are_given():
    sigma = torch.tensor([0.1, 1.0])
    points = {"σ = 1": (sigma[1:], sigma[1:]), "run": (sigma, sigma)}
    drawn = filter_curves(sigma, {"ridge": sigma}, points, {}, {"σ = 1": "#123456"}).data
    assert (drawn[1].marker.color, drawn[2].marker.color) == ("#123456", style.RUN)


def test_agreement_writes_the_power_of_ten():
    distance = torch.tensor([[0.0, 3e-16, 2.0], [3e-16, 0.0, torch.nan], [0.9, torch.inf, 0.0]])
    cells = agreement(["svd", "qr", "run"], distance).data[0]
    assert [list(row) for row in cells.text] == [
        ["exact", "-16", "0"],
        ["-16", "exact", "none"],
        ["0", "none", "exact"],
    ]
    assert cells.z[0].tolist() == pytest.approx([cells.zmin, -15.5229, 0.3010], abs=1e-4)
    assert np.isfinite(cells.z).all()
    assert (cells.texttemplate, cells.showscale) == ("%{text}", False)
    heights = [agreement([str(i) for i in range(p)], torch.zeros(p, p)).layout.height for p in (2, 9)]
    assert 200 < heights[0] < heights[1] - 200 < 500
    assert list(cells.x) == list(cells.y) == ["svd", "qr", "run"]
    with pytest.raises(ValueError, match="agreement: need a name for each way, got 1 names for 3"):
        agreement(["svd"], distance)


@pytest.mark.parametrize(("count", "held"), [(1, 4), (3, 0), (7, 4)])
def test_fits_keep_the_window_of_the_points(count, held):
    x, grid = torch.linspace(-1, 1, 9), torch.linspace(-1, 1, 1000)
    curves = {f"λ = {i}": 10.0**i * grid for i in range(count)}
    figure = fits(x, x.sin(), grid, curves, x[:held], 2 * x[:held])
    assert [trace.name for trace in figure.data] == [*curves, "training"] + ["held out"] * (held > 0)
    for trace in figure.data[:count]:
        assert len(trace.x) == 300
        np.testing.assert_allclose(trace.y, 10.0 ** int(trace.name[4:]) * trace.x)
    assert len({trace.line.color for trace in figure.data[:count]}) == count
    low, high = figure.layout.yaxis.range
    assert -3 < low < (-2 if held else -0.84) < 0.84 < high < 3
    points = named(figure)["training"]
    assert complete(figure)
    assert len({trace.marker.symbol for trace in figure.data[count:]}) == 1 + (held > 0)
    np.testing.assert_allclose(points.y, x.sin())


@pytest.mark.parametrize("scale", [0.01, 100.0])
def test_the_window_of_fits_leaves_room(scale):
    x, none = torch.tensor([0.0, 1.0]), torch.zeros(0)
    assert fits(x, scale * x, x, {}, none, none).layout.yaxis.range == pytest.approx((-0.25 * scale, 1.25 * scale))


def test_the_norm_falls_and_the_weight_that_grows_is_in_colour():
    X, y = torch.tensor([[1.0, 0.9], [0.0, 0.436]]), torch.tensor([2.0, -0.5])
    lam = torch.logspace(-3, 3, 80)
    w = torch.stack([torch.linalg.solve(X.T @ X + float(l) * torch.eye(2), X.T @ y) for l in lam])
    figure = shrinking(lam, w, w.norm(dim=1), ["a", "b"], {"least squares": 3.2})
    single, grows, norm, limit = figure.data
    assert (single.name, grows.name) == ("single weight", "|b| grows")
    np.testing.assert_allclose(grows.y, w[:, 1].abs())
    assert (np.diff(norm.y) < 0).all()
    assert (np.diff(grows.y) > 0).any()
    np.testing.assert_allclose(np.hypot(single.y, grows.y), norm.y)
    assert norm.line.width > grows.line.width > single.line.width
    assert (limit.x[[0, -1]].tolist(), limit.y.tolist()) == ([lam[0], lam[-1]], [3.2, 3.2])
    assert legend(figure) == ["single weight", "|b| grows", "norm of w", "least squares: 3.2"]
    assert complete(figure)
    assert "|a|" in single.hovertemplate


@pytest.mark.parametrize("d", [1, 60])
def test_no_weight_is_in_colour_if_none_grows(d):
    lam = torch.logspace(-2, 2, 30)
    w = -torch.arange(1.0, d + 1) / (1 + lam[:, None])
    figure = shrinking(lam, w, w.norm(dim=1), [str(i) for i in range(d)], {})
    assert {trace.name for trace in figure.data} == {"single weight", "norm of w"}
    assert len([trace for trace in figure.data if trace.showlegend is not False]) == 2


def test_one_weight_that_grows_needs_no_others():
    lam = torch.tensor([1.0, 2.0])
    figure = shrinking(lam, torch.tensor([[1.0], [2.0]]), lam, ["a"], {})
    assert [trace.name for trace in figure.data] == ["|a| grows", "norm of w"]


def test_the_tug_leads_from_the_data_to_the_prior():
    H, end, centre = torch.tensor([[1.0, 0.3], [0.3, 0.4]]), torch.tensor([1.0, -0.5]), torch.tensor([-1.0, -1.0])
    lam = torch.logspace(-5, 5, 900)
    path = torch.stack([torch.linalg.solve(H + l * torch.eye(2), H @ end + l * centre) for l in lam.tolist()])

    data, prior = (end, H), (centre, torch.eye(2))
    figure = tug(data, prior, path, {"least squares": (1.0, -0.5), "centre": (-1.0, -1.0)}, ("a", "b"))
    first, second, solutions, least, middle = figure.data
    for family, (point, M) in ((first, data), (second, prior)):
        away = torch.stack([torch.tensor(family.x), torch.tensor(family.y)], 1) - point
        value = ((away @ M) * away).sum(1).reshape(8, -1)
        assert value[:, -1].isnan().all()
        torch.testing.assert_close(value[:, :-1], value[:, :1].expand(-1, value.shape[1] - 1))
        torch.testing.assert_close(value[1:, 0] / value[:-1, 0], torch.full((7,), 10**0.5))
    assert first.line.color != second.line.color
    assert [solutions.x[0], solutions.y[0]] == pytest.approx([least.x[0], least.y[0]], abs=1e-3)
    assert [solutions.x[-1], solutions.y[-1]] == pytest.approx([middle.x[0], middle.y[0]], abs=1e-3)
    assert len(solutions.x) == 300
    assert figure.layout.yaxis.scaleanchor == "x"
    assert [trace.name for trace in tug(data, prior, path, {}, ("a", "b")).data] == ["data", "prior", "solutions"]
