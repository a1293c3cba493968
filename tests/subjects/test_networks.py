import math

import numpy as np
import pytest
import torch

from thalweg.descent import run
from thalweg.problem import objective, unflatten
from thalweg.subjects import networks

WIDTHS = [(1,), (7,), (5, 4), (12, 12)]
depths = pytest.mark.parametrize("widths", WIDTHS, ids=str)


def by_torch(widths, w):
    """The same network as torch's own layers."""
    sizes = [1, *widths, 1]
    layers = [torch.nn.Linear(a, b) for a, b in zip(sizes, sizes[1:], strict=False)]
    p = unflatten(w, networks.shapes(widths))
    weights = [p["w1"].unsqueeze(1), *([p["w2"]] if "w2" in p else []), p["a"].unsqueeze(0)]
    biases = [p["b1"], *([p["b2"]] if "b2" in p else []), p["a0"].reshape(1)]
    for layer, weight, bias in zip(layers, weights, biases, strict=True):
        layer.load_state_dict({"weight": weight, "bias": bias})
    acts = [part for layer in layers for part in (layer, torch.nn.ReLU())][:-1]
    return torch.nn.Sequential(*acts)


@depths
def test_the_model_is_torchs(widths):
    w, x = networks.start(widths, 1), torch.rand(9)
    torch.testing.assert_close(networks.model(widths)(w, x), by_torch(widths, w)(x.unsqueeze(1)).squeeze(1))
    assert networks.model(widths) is networks.model(widths)


def test_the_target_is_the_formula_but_at_the_corners():
    x = torch.rand(1000)
    low, high = (10 * x).floor(), (10 * x).ceil()
    formula = (10 * x - low) * (12345 * high).sin() - (10 * x - high) * (12345 * low).sin()
    torch.testing.assert_close(networks.target(x), formula)
    corners = torch.arange(11) / 10
    beside = torch.stack([networks.target((corners + side).clamp(0, 1)) for side in (-1e-12, 1e-12)])
    torch.testing.assert_close(networks.target(corners).expand(2, -1), beside, atol=1e-9, rtol=0)


def test_the_points_are_the_discussions():
    chance = np.random.RandomState(1)  # noqa: NPY002
    x = np.sort(chance.rand(200, 1), axis=0)[:, 0]
    y = networks.target(torch.from_numpy(x)) + 0.1 * torch.from_numpy(chance.randn(200))
    torch.testing.assert_close(networks.noisy_points(), (torch.from_numpy(x), y))


@depths
def test_the_start_has_its_elbows_inside_and_torchs_ranges(widths):
    p = unflatten(networks.start(widths, 5), networks.shapes(widths))
    assert ((-p["b1"] / p["w1"] >= 0) & (-p["b1"] / p["w1"] <= 1)).all()
    assert p["w1"].abs().max() <= 1
    for name in set(p) - {"w1", "b1"}:
        assert p[name].abs().max() <= 1 / math.sqrt(widths[0] if name in ("w2", "b2") else widths[-1])
    assert not torch.equal(networks.start(widths, 5), networks.start(widths, 6))


@depths
def test_features_by_hand_are_autograds(widths):
    w, x = networks.start(widths, 2), torch.rand(30)
    F = torch.func.jacrev(lambda v: networks.model(widths)(v, x))(w)
    groups = networks.features(w, x, widths)
    assert list(groups) == list(networks.shapes(widths))
    torch.testing.assert_close(torch.cat(list(groups.values()), 1), F)


def test_a_widened_network_trains_like_the_narrow_one():
    x, y = networks.noisy_points(20)
    narrow = networks.make_problem(x, y, (3,), networks.start((3,), 1))
    wide = networks.make_problem(x, y, (5,), networks.widened(narrow.start, 3, 5))
    ours, theirs = (run(p, lr=0.1, steps=50, batch=4, seed=3).final[0] for p in (wide, narrow))
    kept = torch.tensor([0, 1, 2, 5, 6, 7, 10, 11, 12, 15])
    torch.testing.assert_close(ours[kept], theirs)
    assert ours.count_nonzero() == theirs.count_nonzero()


def test_the_output_problem_is_the_network_with_its_hidden_units_fixed():
    x, y = networks.noisy_points(20)
    whole = networks.make_problem(x, y, (4,), networks.start((4,), 1))
    last = networks.output_problem(whole, 4, lam=0.5)
    step = torch.randn(5)
    moved = torch.cat([whole.start[:8], last.start + step])
    torch.testing.assert_close(last.outputs(last.start + step), whole.outputs(moved))
    ridge = last.loss.c / 2 * 0.5 * (last.start + step).square().sum()
    torch.testing.assert_close(objective(last)(last.start + step), objective(whole)(moved) + ridge)


def test_error_is_the_mean_of_squares_of_any_batch():
    widths, (x, y) = (4,), networks.noisy_points(9)
    w = torch.stack([networks.start(widths, seed) for seed in range(6)]).reshape(2, 3, -1)
    found = networks.error(w, widths, x, y)
    problem = networks.make_problem(x, y, widths, w[0, 0])
    for place in ((0, 1), (1, 2)):
        torch.testing.assert_close(found[place], objective(problem)(w[place]))


@pytest.mark.parametrize(
    ("widths", "message"),
    [
        ((), "need one hidden layer or two, got 0"),
        ((3, 3, 3), "need one hidden layer or two, got 3"),
        ((0,), "need 1 to 4096 units"),
        ((1_000_000,), "need 1 to 4096 units"),
        ((4000, 4000), "need at most 1e\\+06 weights"),
    ],
)
def test_networks_that_are_none_are_refused(widths, message):
    with pytest.raises(ValueError, match=message):
        networks.start(widths)


@pytest.mark.parametrize("bad", [-0.1, 1.1, math.nan])
def test_inputs_outside_are_refused(bad):
    with pytest.raises(ValueError, match=r"need inputs in \[0, 1\]"):
        networks.make_problem(torch.tensor([0.5, bad]), torch.zeros(2), (3,), networks.start((3,)))


@pytest.mark.parametrize(("points", "noise"), [(0, 0.1), (2_000_000, 0.1), (5, -1.0), (5, math.nan)])
def test_noisy_points_refuses(points, noise):
    with pytest.raises(ValueError, match="noisy_points: need 1 to 10"):
        networks.noisy_points(points, noise)
