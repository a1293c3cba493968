import pytest
import torch

from thalweg.spectrum import decompose
from thalweg.subjects import networks
from thalweg.subjects.kinks import kinks, most_rank, rank_of_one_layer

WIDTHS = [(1,), (7,), (5, 4), (12, 12)]
depths = pytest.mark.parametrize("widths", WIDTHS, ids=str)


@depths
def test_between_kinks_the_function_is_straight_and_at_them_its_slope_grows_as_said(widths):
    w, f = networks.start(widths, 3), networks.model(widths)
    found = kinks(w, widths, 0.1, 0.9)
    ends = torch.cat([torch.tensor([0.1]), found.x, torch.tensor([0.9])])
    assert (ends.diff() >= 0).all()
    parts = ends[:-1] + torch.linspace(0.01, 0.99, 5).unsqueeze(1) * ends.diff()
    slopes = f(w, parts.flatten()).reshape(parts.shape).diff(dim=0) / parts.diff(dim=0)
    torch.testing.assert_close(slopes, slopes[:1].expand_as(slopes), rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(slopes[0].diff(), found.change, rtol=1e-6, atol=1e-6)


def test_a_second_layer_bends_too():
    found = kinks(networks.start((12, 12), 3), (12, 12))
    assert set(found.layer.tolist()) == {1, 2}


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("points", [6, 15, 200])
def test_the_rank_by_counting_is_that_of_the_features(points, seed):
    x, w = networks.noisy_points(points, seed=seed)[0], networks.start((8,), seed)
    F = torch.cat(list(networks.features(w, x, (8,)).values()), 1)
    assert rank_of_one_layer(w, x, 8) == int(torch.linalg.matrix_rank(F)) <= 2 * 8 + 2


def test_an_always_active_unit_adds_a_direction():
    w, x = networks.start((3,), 0), torch.linspace(0, 1, 50)
    on = w.clone()
    on[[0, 3]] = torch.tensor([1.0, 2.0])  # Its elbow is at -2.
    for params in (w, on):
        F = torch.cat(list(networks.features(params, x, (3,)).values()), 1)
        assert rank_of_one_layer(params, x, 3) == decompose(F).rank
    assert rank_of_one_layer(on, x, 3) == 6


@pytest.mark.parametrize("seed", range(3))
def test_no_features_have_more_rank_than_their_pieces_allow(seed):
    widths, x = (6, 6), networks.noisy_points(60, seed=seed)[0]
    w = networks.start(widths, seed)
    F = torch.cat(list(networks.features(w, x, widths).values()), 1)
    most = most_rank(kinks(w, widths).x, x)
    assert decompose(F).rank <= most <= 60
