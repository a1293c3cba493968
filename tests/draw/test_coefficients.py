import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

from figures import complete, legend, named
from thalweg.draw import coefficients, style
from thalweg.draw.coefficients import move_mark, ridge_paths


def ridge(n, d, count=40):
    """A ridge problem's strengths, solutions and filter factors, by the normal equations and the singular values."""
    X, y, lam = torch.randn(n, d), torch.randn(n), torch.logspace(-3, 3, count)
    w = torch.stack([torch.linalg.solve(X.T @ X + float(l) * torch.eye(d), X.T @ y) for l in lam])
    sigma = torch.linalg.svdvals(X)
    return lam, w, sigma**2 / (sigma**2 + lam[:, None])


@pytest.mark.parametrize("d", [1, 2, 5, 10])
def test_ridge_paths_show_coefficients_over_filter_factors(d):
    lam, w, phi = ridge(30, d)
    names = [f"feature {i}" for i in range(d)]
    figure = ridge_paths(lam, w, names, phi, phi.sum(1), {"chosen": 2.0})
    for i, trace in enumerate(figure.data[:d]):
        assert (trace.name, trace.yaxis) == (names[i], None)
        np.testing.assert_allclose(trace.y, w[:, i])
    kept = [trace for trace in figure.data if trace.yaxis == "y2"][:-1]
    assert len(kept) == min(d, 8) + (d > 8)
    np.testing.assert_allclose(kept[-1].y, phi[:, -1])
    np.testing.assert_allclose(kept[d > 8].y, phi[:, 0])
    told = ["only mode"] if d == 1 else ["strongest mode", "weakest mode"]
    freedom = named(figure)["freedom (right)"]
    np.testing.assert_allclose(freedom.y, phi.sum(1))
    assert freedom.yaxis == "y3"
    assert figure.layout.yaxis3.range[1] / figure.layout.yaxis2.range[1] == pytest.approx(d)
    above, below = figure.data[-2:]
    assert (above.x, below.x, below.y, below.yaxis) == ((2.0, 2.0), (2.0, 2.0), (0.0, 1.0), "y2")
    assert (above.y[0], above.y[1]) == pytest.approx((float(w.min()), float(w.max())))
    assert legend(figure) == [*told, "freedom (right)", "chosen: 2"]
    assert complete(figure)
    assert figure.layout.yaxis.domain[0] > figure.layout.yaxis2.domain[1]
    assert (figure.layout.xaxis.type, figure.layout.xaxis.anchor) == ("log", "y2")
    assert {note.text: note.font.color for note in figure.layout.annotations} == {
        trace.name: trace.line.color for trace in figure.data[:d]
    }


def test_ridge_paths_name_every_mode_and_stand_between_their_limits():
    lam, w, phi = ridge(30, 3)
    at_zero = torch.tensor([1.0, -2.0, 0.5])
    figure = ridge_paths(
        lam, w, ["a", "b", "c"], phi, phi.sum(1), {"chosen": 2.0}, ["σ = 3", "σ = 2", "σ = 1"], at_zero
    )
    modes = ["σ = 3", "σ = 2", "σ = 1"]
    assert legend(figure) == [*modes, "freedom (right)", "λ → 0: X⁺y", "λ → ∞: 0", "chosen: 2"]
    left, right = named(figure)["λ → 0: X⁺y"], named(figure)["λ → ∞: 0"]
    assert (list(left.x), left.y.tolist()) == ([float(lam[0])] * 3, at_zero.tolist())
    assert (list(right.x), right.y.tolist()) == ([float(lam[-1])], [0.0])
    assert list(left.marker.color) == [trace.line.color for trace in figure.data[:3]]
    assert figure.layout.xaxis.range == pytest.approx((-3, 3))


def test_a_mark_is_moved_in_both_panels():
    lam, w, phi = ridge(30, 2)
    figure, again = (ridge_paths(lam, w, ["a", "b"], phi, phi.sum(1), {"chosen": at}) for at in (2.0, 0.1))
    move_mark(figure, "chosen", 0.1)
    assert figure.to_json() == again.to_json()


@pytest.mark.parametrize("scale", [0.01, 100.0])
def test_names_of_coefficients_stand_by_their_lines_and_apart(scale):
    w = scale * torch.tensor([[1.0, 1.01, 3.0, 4.0], [0.0, -1.0, 0.0, 0.0]])
    phi = torch.tensor([[0.9], [0.1]])
    notes = ridge_paths(torch.tensor([1.0, 2.0]), w, ["a", "b", "c", "d"], phi, phi[:, 0], {}).layout.annotations
    y = {note.text: note.y / scale for note in notes}
    assert (y["c"], y["d"]) == pytest.approx((3.0, 4.0))
    assert y["b"] - y["a"] == pytest.approx((4 + 1) / 15)
    assert (y["a"] + y["b"]) / 2 == pytest.approx(1.005)
    assert not any(note.showarrow for note in notes)


def test_names_of_coefficients_have_room():
    lam, w, phi = ridge(9, 2)
    margins = [ridge_paths(lam, w, [name, "b"], phi, phi.sum(1), {}).layout.margin.l for name in ("a", 20 * "a")]
    assert 60 <= margins[0] < 140 < margins[1]


def test_ten_coefficients_look_different_and_their_modes_are_numbered():
    lam, w, phi = ridge(30, 10)
    figure = ridge_paths(lam, w, [str(i) for i in range(10)], phi, phi.sum(1), {})
    assert len({(trace.line.color, trace.line.dash) for trace in figure.data[:10]}) == 10
    kept = [trace for trace in figure.data if trace.yaxis == "y2"][1:]
    for trace in kept[1:-1]:
        np.testing.assert_allclose(trace.y, phi[:, int(trace.name.removeprefix("mode ")) - 1])


def test_many_strengths_are_thinned():
    lam = torch.logspace(-3, 3, 1000)
    phi = 1 / (1 + lam[:, None] * torch.tensor([1.0, 2.0]))
    drawn = ridge_paths(lam, 3 * phi, ["a", "b"], phi, phi.sum(1), {}).data
    for trace in drawn:
        assert len(trace.x) <= 300
        assert trace.x[[0, -1]] == pytest.approx([1e-3, 1e3])
    np.testing.assert_allclose(drawn[1].y, 3 / (1 + 2 * drawn[1].x))
    np.testing.assert_allclose(drawn[3].y, 1 / (1 + 2 * drawn[3].x))


def test_of_many_coefficients_the_largest_have_names():
    lam, w, phi = ridge(80, 60)
    figure = ridge_paths(lam, w, [str(i) for i in range(60)], phi, phi.sum(1), {})
    largest = set(w.abs().amax(0).argsort(descending=True)[:10].tolist())
    assert {int(note.text) for note in figure.layout.annotations} == largest
    grey = figure.data[0]
    assert (grey.name, np.isnan(grey.y).sum(), grey.showlegend, grey.hoverinfo) == ("others", 50, False, "skip")
    assert np.nanmax(abs(grey.y)) <= min(np.abs(trace.y).max() for trace in figure.data[1:11])
    assert legend(figure)[0] == "strongest mode"
    assert len(style.as_json(figure)) < 300_000


@given(wanted=st.lists(st.floats(-5, 5), min_size=1, max_size=10), gap=st.floats(0.01, 2))
def test_labels_stand_apart_as_near_as_can_be(wanted, gap):
    wanted = torch.tensor(wanted)
    found = coefficients._apart(wanted, gap)
    order = wanted.argsort()
    assert (found[order].diff() >= gap - 1e-9).all()
    cost = float((found - wanted).square().sum())
    limits = [{"type": "ineq", "fun": lambda z, i=i: z[i + 1] - z[i] - gap} for i in range(len(wanted) - 1)]
    other = minimize(
        lambda z: ((z - wanted[order].numpy()) ** 2).sum(),
        np.arange(len(wanted)) * gap,
        method="SLSQP",
        constraints=limits,
    )
    assert cost <= other.fun + 1e-6 * (1 + abs(other.fun))
    torch.testing.assert_close(found.sum(), wanted.sum())
