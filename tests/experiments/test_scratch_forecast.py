"""What is foreseen of a network from scratch, by other routes: the spine's own descent, and the network at a small rate."""

import functools
import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from thalweg.descent import run
from thalweg.experiments.scratch_forecast import Foreseen, descended, foresee, grid, minibatches
from thalweg.experiments.scratch_settings import Depth
from thalweg.experiments.scratch_setup import NETS, make_task, own_task, tensors
from thalweg.experiments.scratch_sizes import draw_starts
from thalweg.scratch import FullyConnectedNet
from thalweg.subjects import classifiers


@functools.cache
def task():
    return make_task(Depth(images=12, hidden=20, epochs=6, batch=5, seed=2))


@pytest.mark.parametrize("layers", NETS.values())
def test_the_linearization_descends_as_on_the_spine(layers):
    """With all images in one minibatch, where the order of chance is none."""
    params = tensors(task().net(layers, 0.3).params)
    K, start, rates = (
        classifiers.kernel(params, task().X),
        classifiers.scores(params, task().X),
        torch.tensor([0.01, 0.3, 3.0]).double(),
    )
    loss, accuracy = descended(K, start, task().y, rates, [[torch.arange(12)]] * 8)
    problem = classifiers.linearized_problem(params, task().X, task().y)
    result = run(problem, lr=rates, starts=problem.start.expand(3, -1), steps=8, keep=10, choice="eager")
    outputs = torch.einsum("nkd,tbd->tbnk", problem.X[..., :-1], result.w) + problem.X[..., -1]
    right = (outputs.argmax(-1) == task().y).double().mean(-1)
    torch.testing.assert_close(accuracy, right[1:9].T)
    losses = torch.stack([torch.nn.CrossEntropyLoss()(outputs[t, b], task().y) for b in range(3) for t in range(8)])
    torch.testing.assert_close(loss.flatten(), losses)


@pytest.mark.parametrize(("name", "layers"), NETS.items())
def test_a_network_follows_its_forecast_at_a_small_rate(name, layers):
    scale = torch.tensor([0.3], dtype=torch.float64)
    found = foresee(layers, scale, torch.tensor([1e-5, 1e-4], dtype=torch.float64), task())
    run_of_it = task().train(layers, 0.3, 1e-4)
    torch.testing.assert_close(found.loss[0, 1], torch.tensor(run_of_it.loss).double(), rtol=1e-3, atol=0)
    assert float(found.loss[0, 1, -1] - found.loss[0, 0, -1]) != 0, name


def test_minibatches_are_those_of_the_training(monkeypatch):
    seen, right = [], FullyConnectedNet.loss

    def loss(net, X, y=None):
        if y is not None:
            seen.append(y)
        return right(net, X, y)

    monkeypatch.setattr(FullyConnectedNet, "loss", loss)
    task().train(2, 0.3, 1e-3)
    foreseen = [points for epoch in minibatches(task()) for points in epoch]
    assert [len(points) for points in foreseen] == [5, 5, 2] * 6
    for points, labels in zip(foreseen, seen, strict=True):
        np.testing.assert_array_equal(task().data.y_train[points.numpy()], labels)


def test_a_grid_ends_where_it_should():
    torch.testing.assert_close(grid(0.1, 10.0, 3), torch.tensor([0.1, 1.0, 10.0]).double())


RATES = torch.tensor([0.1, 1.0, 2.0, 4.0])


def foreseen(best, breaking):
    accuracy = torch.tensor(best).reshape(1, 4, 1).expand(1, 4, 3)
    return Foreseen(torch.ones(1, 4, 5), accuracy, torch.tensor([breaking]), RATES)


def test_every_cell_has_a_fate():
    found = foreseen([0.5, 1.0, 0.9, 1.0], 2.0)
    assert [found.fate(0, rate) for rate in range(4)] == ["too slow", "learns", "overshoots", "breaks"]
    assert found.good.tolist() == [[False, True, False, False]]
    np.testing.assert_allclose(found.best, [[0.5, 1.0, 0.9, math.nan]], rtol=1e-6)


def test_the_best_epoch_counts():
    accuracy = torch.tensor([[[0.2, 1.0, 0.3]]])
    assert Foreseen(torch.ones(1, 1, 3), accuracy, torch.tensor([1.0]), torch.tensor([1.0])).good.all()


def test_starts_at_any_scale_are_those_of_networks_of_that_scale():
    """The network is homogeneous: its weights of scale 1 times a scale are those of that scale."""
    starts = draw_starts(4, task(), draws=3)
    signals, gradients = starts.squares(0.2)
    for number in range(3):
        params = tensors(task().net(4, 0.2, number + 1).params)
        theirs = classifiers.squares(params, task().X, task().y)
        torch.testing.assert_close((signals[number], gradients[number]), theirs)


def test_expected_sizes_meet_the_average_of_many_starts():
    starts = draw_starts(2, replace(task(), settings=replace(task().settings, hidden=100)), draws=40)
    signals, gradients = starts.squares(0.05)
    expected = starts.expected(0.05)
    torch.testing.assert_close(signals.mean(0), expected[0], rtol=0.2, atol=0)
    torch.testing.assert_close(gradients.mean(0), expected[1], rtol=0.2, atol=0)
    torch.testing.assert_close(starts.expected("he")[1], starts.expected("he", 0.45)[1] * 2)


def test_own_points_are_centred_and_scaled():
    own = own_task(torch.tensor([[0.0, 10.0, 3], [4.0, 10.0, 0], [2.0, 40.0, 3]]), Depth(images=50))
    np.testing.assert_allclose(own.data.X_train, np.array([[-2, -10], [2, -10], [0, 20]]) / 20)
    assert own.data.y_train.tolist() == [3, 0, 3]
    assert own.settings.images == 3


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([[1.0], [2.0]], "need 1 to 64 features and a label in at most 60 rows, got 2 rows with 0 features"),
        ([[1.0] * 66] * 2, "got 2 rows with 65 features"),
        ([[1.0, 0.0]] * 61, "got 61 rows"),
        ([[1.0, 0.0], [2.0, 10.0]], "whole numbers from 0 to 9, last in each row, got 10"),
        ([[1.0, 0.0], [2.0, -1.0]], "got -1"),
        ([[1.0, 0.0], [2.0, 0.5]], "got 0.5"),
        ([[1.0, 4.0], [2.0, 4.0]], "at least two different labels, got 4 only"),
        ([[1.0, 0.0], [1.0, 1.0]], "need rows whose features differ"),
    ],
)
def test_own_points_that_mean_nothing_are_refused(rows, message):
    with pytest.raises(ValueError, match=message):
        own_task(torch.tensor(rows), Depth())
