import numpy as np
import pytest
import torch

from figures import named
from thalweg.draw import features, principal, style
from thalweg.spectrum import decompose, principal_features
from thalweg.subjects import networks
from thalweg.subjects.kinks import kinks

WIDTHS = (10,)


@pytest.fixture(scope="module")
def taken_apart():
    """Places, training points, and for two networks the principal features, singular values and shares of a target."""
    points, y = networks.noisy_points(60)
    both = [networks.start(WIDTHS, seed) for seed in (1, 2)]
    x = features.places(torch.cat([kinks(w, WIDTHS).x for w in both]))
    phi, sigma, share = [], [], []
    for w in both:
        at = [torch.cat([*networks.features(w, where, WIDTHS).values()], 1) for where in (points, x)]
        spectrum = decompose(at[0])
        phi.append(principal_features(at[1], spectrum))
        sigma.append(spectrum.sigma)
        share.append((spectrum.U.T @ y).square() / y.square().sum())
    return x, points, phi, sigma, share


def complete(figure, *axes):
    """Whether axes have titles, whatever can be pointed at says its numbers, and a dark page can be behind it."""
    told = all(trace.hovertemplate or trace.hoverinfo == "skip" for trace in figure.data)
    return told and all(figure.layout[a].title.text for a in axes) and figure.layout.paper_bgcolor == "rgba(0,0,0,0)"


def heights(trace, x):
    return np.interp(x, np.asarray(trace.x, float), np.asarray(trace.y, float))


def test_singular_values_end_at_the_rank_that_was_counted():
    start, end = torch.tensor([8.0, 2.0, 1e-3, 1e-16]), torch.tensor([30.0, 1e-15, 0.0])
    figure = principal.singular_values({"start": start, "end": end}, {"start": 3, "end": 1})
    first, second, *ranks = figure.data
    assert first.y.tolist() == start.tolist()
    np.testing.assert_array_equal(second.y, [30, 1e-15, np.nan])
    assert (first.x.tolist(), second.x.tolist()) == ([1, 2, 3, 4], [1, 2, 3])
    assert [rank.x for rank in ranks] == [(3, 3), (1, 1)]
    low, high = figure.layout.yaxis.range
    assert 1e-4 < 10**low < 1e-3 < 30 < 10**high < 100
    assert figure.layout.xaxis.range[0] < 1 < 3 < figure.layout.xaxis.range[1] < 5
    assert [rank.line.color for rank in ranks] == [first.line.color, second.line.color] == [style.GREY, style.BLUE]
    assert {rank.line.dash for rank in ranks} == {"dot"}
    assert complete(figure, "xaxis", "yaxis")


def test_a_rank_that_is_too_large_is_seen_beyond_the_values():
    figure = principal.singular_values({"start": torch.tensor([1.0, 0.5])}, {"start": 7})
    assert figure.layout.xaxis.range[1] > 7
    assert len(principal.singular_values({"start": torch.tensor([1.0, 0.5])}, {}).data) == 1


def test_principal_features_are_scaled_at_the_points_and_turned_to_each_other(taken_apart):
    x, points, phi, sigma, share = taken_apart
    figure = principal.principal(x, *phi, *sigma, *share, points, 7)
    assert len(figure.data) == 21
    inner = np.linspace(0.001, 0.999, 801)
    for i in range(7):
        early, late, rug = figure.data[3 * i : 3 * i + 3]
        for line, drawn in ((early, phi[0]), (late, phi[1])):
            y, seen = heights(line, inner), heights(line, points)
            shape = np.interp(inner, x, drawn[:, i])
            assert abs(np.corrcoef(y, shape)[0, 1]) == pytest.approx(1)
            assert abs(seen).max() == pytest.approx(1, rel=1e-5)
        assert heights(late, points).max() == pytest.approx(1, rel=1e-5)
        assert (heights(early, inner) * heights(late, inner)).mean() > 0
        assert (early.xaxis, late.yaxis, rug.xaxis) == (
            ("x", "y", "x") if i == 0 else (f"x{i + 1}", f"y{i + 1}", f"x{i + 1}")
        )
        np.testing.assert_allclose(rug.x[::3], points, rtol=1e-6)
        low, high = figure.layout[f"yaxis{i + 1}"].range
        assert low < -1 < 1 < high
    assert [(line.line.color, line.line.dash) for line in figure.data[:2]] == [
        (style.GREY, "dash"),
        (style.BLUE, "solid"),
    ]
    assert [t.name for t in figure.data if t.showlegend is not False] == [
        "at the start",
        "after training",
        "training points",
    ]
    assert complete(figure)


def test_a_mode_that_is_rounding_is_not_drawn():
    x, sigma, share = torch.linspace(0, 1, 4), torch.tensor([1.0, 0.5, 1e-16, 1e-17]), torch.full((4,), 0.25)
    figure = principal.principal(
        x, torch.eye(4), torch.eye(4), sigma, torch.tensor([2.0, 1e-16, 0, 0]), share, share, x
    )
    names = ["at the start", "after training", "training points"]
    assert [trace.name for trace in figure.data] == [*names, names[0], names[2]]
    assert figure.layout.annotations[1].text == "2: σ 0.5 → 0<br>share 25 → 0 %"


@pytest.mark.parametrize("flip", [(-1, 1), (1, -1), (-1, -1)])
def test_signs_of_singular_vectors_do_not_matter(taken_apart, flip):
    x, points, phi, sigma, share = taken_apart
    one = principal.principal(x, *phi, *sigma, *share, points, 5)
    other = principal.principal(
        x, *(sign * each for sign, each in zip(flip, phi, strict=True)), *sigma, *share, points, 5
    )
    for a, b in zip(one.data, other.data, strict=True):
        np.testing.assert_allclose(a.y, b.y, atol=1e-6)


def test_titles_say_what_changes_and_no_more_are_drawn_than_there_are():
    x, half = torch.linspace(0, 1, 3), torch.tensor([0.5, 0.0])
    sigma = torch.tensor([1234.5, 0.25])
    figure = principal.principal(x, torch.eye(3)[:, :2], torch.eye(3)[:, 1:], sigma, 2 * sigma, half, half / 4, x)
    texts = [note.text for note in figure.layout.annotations]
    assert texts == ["1: σ 1\u202f230 → 2\u202f470<br>share 50 → 12 %", "2: σ 0.25 → 0.5<br>share 0 → 0 %"]


def test_every_mode_can_be_chosen(taken_apart):
    x, points, phi, sigma, share = taken_apart
    figure = principal.choose_mode(x, phi[0], sigma[0], share[0], points)
    rank = int((sigma[0] > 1e-14 * sigma[0][0]).sum())
    assert len(figure.frames) == rank < len(sigma[0])
    assert figure.layout.meta["frame"] == 0
    dots, inner = named(figure)["share of each mode"], np.linspace(0.001, 0.999, 801)
    seen = share[0][:rank] > 1e-6
    np.testing.assert_allclose(dots.y, share[0][:rank][seen])
    np.testing.assert_allclose(dots.x, seen.nonzero().flatten() + 1)
    for i, frame in enumerate(figure.frames):
        line, stem = frame.data
        assert [figure.data[place].name for place in frame.traces] == ["principal feature", "of this one"]
        assert abs(np.corrcoef(heights(line, inner), np.interp(inner, x, phi[0][:, i]))[0, 1]) == pytest.approx(1)
        assert heights(line, points).max() == pytest.approx(1, rel=1e-5)
        assert (stem.x, stem.y[1]) == ((i + 1, i + 1), pytest.approx(max(1e-6, float(share[0][i]))))
        assert frame.name.startswith(f"mode {i + 1} of {rank}: σ = {sigma[0][i]:.3g}, share ")
        assert {trace.type for trace in frame.data} == {
            "scatter"
        }  # Bars vanish when a frame is shown without a redraw.
    np.testing.assert_array_equal(figure.data[0].y, figure.frames[0].data[0].y)
    assert figure.data[-1].y == figure.frames[0].data[1].y
    assert complete(figure, "xaxis", "yaxis", "xaxis2", "yaxis2")


def test_the_slider_has_at_most_60_modes():
    x = torch.linspace(0, 1, 100)
    figure = principal.choose_mode(x, torch.eye(100), torch.ones(100), torch.full((100,), 0.01), x)
    assert (len(figure.frames), figure.layout.xaxis2.range[1] < 61) == (60, True)


def test_shares_too_small_for_the_axis_stand_at_its_bottom():
    x = torch.linspace(0, 1, 3)
    figure = principal.choose_mode(x, torch.eye(3), torch.ones(3), torch.tensor([0.5, 2e-6, 0.0]), x)
    assert named(figure)["share of each mode"].x.tolist() == [1, 2]
    assert [frame.data[1].y[1] for frame in figure.frames] == [0.5, 2e-6, 1e-6]


def test_shares_add_up():
    share = {"start": torch.tensor([0.5, 0.125, 0.25]), "end": torch.tensor([0.75])}
    start, end = principal.shares(share).data
    assert (start.y.tolist(), start.x.tolist()) == ([0.5, 0.625, 0.875, 0.875], [1, 2, 3, 4])
    assert (end.y.tolist(), end.x.tolist()) == ([0.75, 0.75], [1, 2])
    assert start.line.shape == "hv"
    figure = principal.shares(share)
    assert (figure.layout.xaxis.type, 10 ** figure.layout.xaxis.range[1]) == ("log", pytest.approx(4))
    assert complete(figure, "xaxis", "yaxis")


@pytest.mark.parametrize("rank", [None, torch.tensor([5, 6, 4])])
def test_singular_values_move_while_training(rank):
    t, start = torch.tensor([0, 9, 99]), torch.tensor([9.0, 8.0, 7.0, 6.0, 5.0, *[1e-18] * 4, 1e-19])
    sigma, alignment = torch.stack([start, 2 * start, 4 * start]), torch.tensor([1.0, 0.9, 0.5])
    figure = principal.over_training(t, sigma, alignment, rank)
    lines = named(figure)
    for k in (1, 2, 3, 5):
        seen = torch.ones(3, dtype=torch.bool) if rank is None else rank >= k
        np.testing.assert_allclose(lines[f"σ<sub>{k}</sub>"].y, torch.where(seen, sigma[:, k - 1], torch.nan))
    assert [*lines] == [f"σ<sub>{k}</sub>" for k in (1, 2, 3, 5)] + ["alignment"] + (
        ["rank"] if rank is not None else []
    )
    assert (lines["alignment"].x.tolist(), lines["alignment"].yaxis) == ([1, 10, 100], "y2")
    np.testing.assert_allclose(lines["alignment"].y, alignment)
    if rank is not None:
        assert (lines["rank"].y.tolist(), lines["rank"].yaxis) == ([5, 6, 4], "y3")
    assert 1 < 10 ** figure.layout.yaxis.range[0] < 5
    assert figure.layout.xaxis.type == figure.layout.yaxis.type == "log"
    assert complete(figure, f"xaxis{2 if rank is None else 3}", "yaxis", "yaxis2")


def test_a_value_that_falls_to_rounding_is_seen_to_leave_the_axis():
    sigma = torch.tensor([[4.0, 1.0], [4.0, 1e-17]])
    figure = principal.over_training(torch.tensor([0, 9]), sigma, torch.ones(2))
    assert figure.data[1].y.tolist() == [1, 1e-17]
    assert 10 ** figure.layout.yaxis.range[0] > 0.3


def test_a_mode_that_comes_and_goes_has_no_line():
    sigma = torch.tensor([[4.0, 1.0], [4.0, 0.5], [4.0, 1e-3]])
    figure = principal.over_training(torch.tensor([0, 9, 99]), sigma, torch.ones(3), torch.tensor([1, 2, 1]))
    assert [*named(figure)] == ["σ<sub>1</sub>", "alignment", "rank"]
    assert 10 ** figure.layout.yaxis.range[0] > 1
