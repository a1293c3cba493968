"""Experiments on ReLU networks: every one agrees, whatever is set; says the official answers; and could have differed."""

import functools
import json

import pytest
import torch

from thalweg.experiments import catalogue, relu_entries
from thalweg.experiments.settings import from_pairs
from thalweg.report import to_json
from thalweg.subjects import elbows, networks

SHORT = {  # Steps enough to see everything happen.
    "elbow/one-unit": "",
    "elbow/network": "",
    "relu/training": "steps=300 widths=5,8 runs=4",
    "features/one-layer": "steps=300 width=8",
    "features/two-layers": "steps=300 width=6",
}


def typed(line):
    """An experiment as it is typed: the name and KEY=VALUE."""
    name, *pairs = line.split()
    return catalogue.run_experiment(name, from_pairs(pairs))


@functools.cache
def short(name):
    """With the dtype that is the default in use, which is not that of the tests."""
    torch.set_default_dtype(torch.float32)
    return typed(f"{name} {SHORT[name]}")


def quantities(result):
    return {q.name: q for q in result.comparison.quantities}


@pytest.mark.parametrize("name", SHORT)
def test_it_agrees_reports_and_draws(name):
    result = short(name)
    assert result.verdict == "agrees", result.reason
    assert result.reason.endswith(".")
    assert all(q.reason for q in result.comparison.quantities)
    found = json.loads(json.dumps(to_json(result), allow_nan=False))
    assert found["predicted"]
    assert found["measured"]
    assert len({picture.title for picture in result.pictures}) == len(result.pictures) >= 1
    for picture in result.pictures:
        assert picture.draw().data
        assert picture.caption.endswith(".")


def test_all_of_them_are_here():
    assert [entry.name for entry in relu_entries.RELU] == list(SHORT)


@pytest.mark.parametrize(
    "line",
    [
        "elbow/one-unit w=1 b=-2",  # Off at the point.
        "elbow/one-unit w=1.5 b=-0.3 x=-2.5 y=-3 lr=7",
        "elbow/one-unit w=-0.7 b=5 x=-1.3 y=9",
        "elbow/one-unit w=1 b=1 x=1 y=0 lr=1",  # The step ends at the elbow's end.
        "elbow/one-unit w=2 b=3 x=0 y=1",
        "elbow/one-unit w=1 b=1 x=1 y=2",  # Nothing to learn.
        "elbow/one-unit w=1e-3 b=1e3 x=1e3 y=0",
        "elbow/one-unit w=1000 b=-500 x=1 y=1e-3",
        "elbow/one-unit w=1 b=2.2 x=0.6 y=2.8",  # Nothing to learn, but for rounding.
        "elbow/one-unit w=0.3 b=3 x=0.1 y=-0.4",  # The elbow stays, but for rounding.
        "elbow/one-unit w=1 b=2 x=1e-3 y=1 lr=1e6",
        "elbow/network width=1 x=0 y=-3",
        "elbow/network width=1000 x=1 seed=5 lr=10",
        "elbow/network lr=1e6 y=1e6",
        "relu/training steps=100 widths=1 runs=2 batch=1",
        "relu/training steps=100 widths=70,3 runs=2 lam=1 noise_std=0",
        "relu/training steps=100 widths=4 runs=2 points=2",
        "relu/training steps=200 widths=6 runs=4 lr_output=5 lr_all=300",  # Both diverge.
        "relu/training steps=200 widths=6 runs=4 lr_output=1e-6",
        "relu/training steps=200 widths=6 runs=4 points=2 lam=1e-12",
        "features/one-layer steps=100 width=8 lr=1000",  # It diverges.
        "features/one-layer steps=100 width=1 points=2",
        "features/one-layer steps=100 width=30 points=20 seed=3 noise_std=0",
        "features/two-layers steps=100 width=1 seed=3",
    ],
)
def test_at_the_ends_of_its_settings_it_holds_or_refuses(monkeypatch, line):
    monkeypatch.setattr(elbows, "CASES", dict(list(elbows.CASES.items())[:2]))  # All of them take seconds.
    result = typed(line)
    assert result.verdict == "agrees", result.reason
    json.dumps(to_json(result), allow_nan=False)
    for picture in result.pictures:
        picture.draw()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("elbow/one-unit w=0", "a flat unit has no elbow"),
        ("elbow/one-unit w=nan", "need a finite w"),
        ("elbow/one-unit lr=0", "need 1e-06 <= lr"),
        ("elbow/one-unit x=1e-9", "need x = 0 or of a size"),
        ("elbow/one-unit w=0.1 x=3 b=-0.3 y=-1", "need a point off the elbow, or exactly on it"),
        ("features/two-layers width=200 points=2000 steps=100", "need points x parameters at most"),
        ("elbow/network width=0", "need a whole width from 1 to 1000"),
        ("elbow/network width=1e6", "need a whole width from 1 to 1000"),
        ("elbow/network x=1.5", "need 0 <= x <= 1"),
        ("relu/training widths=0", "need a whole widths from 1 to 200"),
        ("relu/training widths=1000000", "need a whole widths from 1 to 200"),
        ("relu/training lr_all=nan", "lr_all"),
        ("relu/training steps=2e6 batch=10000 runs=64", "ask for fewer steps"),
        ("features/two-layers width=200 steps=2e6 batch=1000", "need steps x batch x weights"),
        ("features/one-layer width=0", "need a whole width from 1 to 200"),
    ],
)
def test_what_means_nothing_is_refused(line, message):
    with pytest.raises(ValueError, match=message):
        typed(line)


def test_the_official_example_of_one_unit():
    found = quantities(short("elbow/one-unit"))
    assert found["elbow after the step"].measured == pytest.approx(3.9 / 2.1)
    assert found["loss after the step"].measured == pytest.approx(0.32)
    assert found["what the step does: elbow, slope, loss"].measured == "left, steeper, falls"
    elbow, slope, loss = found["(ii) w, x > 0, b < w/x, r = +1"].measured.split("; ")
    assert elbow == "elbow right, at 2 gone, over 2 left"
    turned = "over 2 turned over and shallower, at 4 turned over and as steep, over 4 turned over and steeper"
    assert slope == f"slope shallower, at 2 flat, {turned}"
    assert loss == "loss falls, at 1 stays, over 1 rises"


def test_a_divergence_is_said_first():
    assert typed("features/one-layer steps=100 width=8 lr=1000").reason.startswith(
        "Training diverged and was stopped after"
    )
    both = typed("relu/training steps=200 widths=6 runs=4 lr_output=5 lr_all=300").reason
    assert both.startswith("4 of 4 runs of the output layer alone diverged")


def test_elbows_that_move_are_those_of_units_that_are_on():
    found = quantities(short("elbow/network"))
    assert found["elbows that move"].measured == found["units that are on at x"].measured > 0


def wrong_gradient(monkeypatch):
    monkeypatch.setattr(elbows.Unit, "gradient", property(lambda unit: (1.01 * unit.residual * unit.x, unit.residual)))


def wrong_rates(monkeypatch):
    right = elbows.rates
    monkeypatch.setattr(elbows, "rates", lambda unit: right(unit)._replace(turn=1.01 * right(unit).turn))


def wrong_step(monkeypatch):
    right = elbows.elbows_after_step
    monkeypatch.setattr(elbows, "elbows_after_step", lambda *given: right(*given) * (1 + 1e-6))


def wrong_features(monkeypatch):
    right = networks.features

    def wrong(w, x, widths):
        return {name: F * (1.001 if name == "b1" else 1) for name, F in right(w, x, widths).items()}

    monkeypatch.setattr(networks, "features", wrong)


def wrong_moments(monkeypatch):
    from thalweg.experiments import relu_training

    right = relu_training.minibatch_moments

    def wrong(*given):
        found = right(*given)
        return found._replace(mean=found.mean + 1)

    monkeypatch.setattr(relu_training, "minibatch_moments", wrong)


def wrong_covariance(factor):
    def fault(monkeypatch):
        from thalweg.experiments import relu_training

        right = relu_training.minibatch_moments

        def wrong(*given):
            found = right(*given)
            return found._replace(covariance=factor * found.covariance)

        monkeypatch.setattr(relu_training, "minibatch_moments", wrong)

    return fault


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("elbow/one-unit", wrong_gradient),
        ("elbow/one-unit", wrong_rates),
        ("elbow/network", wrong_step),
        ("relu/training", wrong_moments),
        ("relu/training", wrong_covariance(4)),
        ("relu/training", wrong_covariance(0.25)),
        ("features/one-layer", wrong_features),
        ("features/two-layers", wrong_features),
    ],
)
def test_a_wrong_theory_would_be_seen(monkeypatch, name, fault):
    fault(monkeypatch)
    result = typed(f"{name} {SHORT[name]}")
    assert result.verdict == "differs"
