"""Three layers against five: it agrees, whatever is set; and could have differed."""

import functools
import json
import pickle

import numpy as np
import pytest
import torch

from thalweg.experiments import catalogue, scratch_setup
from thalweg.experiments.entry import settle
from thalweg.experiments.settings import from_pairs
from thalweg.report import to_json
from thalweg.subjects import classifiers

NAME = "scratch/three-against-five"
SMALL = "scales=7 rates=14 hidden=30"
TRAINED = {}


@pytest.fixture(autouse=True)
def _few_draws(monkeypatch):
    monkeypatch.setattr(scratch_setup, "DRAWS", 10)


@pytest.fixture(autouse=True)
def _trained_once(monkeypatch):
    """Where only the theory differs, every training is one that was made before."""
    train = scratch_setup.Task.train

    def remembered(task, layers, scale, lr):
        key = (layers, scale, lr, task.settings, task.data.X_train.tobytes())
        if key not in TRAINED:
            TRAINED[key] = train(task, layers, scale, lr)
        return TRAINED[key]

    monkeypatch.setattr(scratch_setup.Task, "train", remembered)


def typed(line):
    return catalogue.run_experiment(NAME, from_pairs(line.split()))


@functools.cache
def small():
    torch.set_default_dtype(torch.float32)
    return typed(SMALL)


def test_it_agrees_reports_and_draws():
    result = small()
    assert result.verdict == "agrees", result.reason
    json.dumps(to_json(result), allow_nan=False)
    assert result.reason.endswith(".")
    for picture in result.pictures:
        assert picture.draw().data
        assert picture.caption.endswith(".")


def test_five_layers_are_learned_somewhere_and_not_everywhere():
    for accuracy in small().measured["train_accuracy"].values():
        assert 0 < float((accuracy == 1).double().mean()) < 0.8


@pytest.mark.parametrize(
    "line",
    [
        "scales=2 rates=2 hidden=20 images=10 epochs=1 batch=500",
        "scales=2 rates=2 hidden=20 least_lr=1e-12 most_lr=1e-11",
        "scales=2 rates=2 hidden=20 least_lr=100 most_lr=1000 least_scale=5 most_scale=10",
    ],
)
def test_at_the_ends_of_its_settings_it_still_reports(line):
    result = typed(line)
    json.dumps(to_json(result), allow_nan=False)
    for picture in result.pictures:
        picture.draw()


def test_cifars_own_files_will_do(tmp_path):
    chance = np.random.default_rng(0)
    data, labels = chance.integers(0, 256, (30, 3072)).astype(np.uint8), chance.integers(0, 10, 30).tolist()
    (tmp_path / "data_batch_1").write_bytes(pickle.dumps({b"data": data, b"labels": labels}, protocol=2))
    drawn = scratch_setup.make_task(settle(catalogue.find(NAME), {"cifar": str(tmp_path), "images": 12})).data
    assert drawn.X_train.shape == (12, 3072)
    whole = (data - data.mean(axis=0)) / 255
    place = int(np.abs(whole - drawn.X_train[0]).sum(axis=1).argmin())
    np.testing.assert_allclose(drawn.X_train[0], whole[place])
    assert drawn.y_train[0] == labels[place]
    with pytest.raises(ValueError, match="need at most 30 images"):
        typed(f"cifar={tmp_path} images=50 scales=2 rates=2")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("images=0", "need a whole images"),
        ("hidden=0", "need a whole hidden from 20 to 500"),
        ("least_lr=1 most_lr=0.1", "need least_lr < most_lr"),
        ("least_lr=nan", "least_lr"),
        ("images=200 hidden=500 epochs=200 scales=40 rates=60", "ask for a smaller map"),
        ("cifar=/nowhere", "need a file to read"),
    ],
)
def test_what_means_nothing_is_refused(line, message):
    with pytest.raises(ValueError, match=message):
        typed(line)


def test_five_layers_leave_less_room_at_a_fixed_learning_rate():
    result = small()
    three, five = result.measured["median_factor_of_good_scales_at_a_rate"].values()
    assert five["measured"] < three["measured"]
    found = {q.name: q.measured for q in result.comparison.quantities}
    assert found["weight scales that do at a fixed learning rate: five layers beside three"] == "fewer"


def test_a_wrong_theory_would_be_seen(monkeypatch):
    right = classifiers.breaking_lr
    monkeypatch.setattr(classifiers, "breaking_lr", lambda *given: 1e-3 * right(*given))
    assert typed(SMALL).verdict == "differs"


def test_wrong_signals_would_be_seen(monkeypatch):
    right = classifiers.signal_sizes
    monkeypatch.setattr(classifiers, "signal_sizes", lambda *given: 2 * right(*given))
    assert typed(SMALL).verdict == "differs"
