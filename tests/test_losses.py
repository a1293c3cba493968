import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import hinge_loss

from thalweg import losses
from thalweg.losses import Loss, slope, total

PROBABILITY_LOSSES = [losses.cross_entropy()]
OUTPUT_LOSSES = [
    losses.squared(),
    losses.shifted(0.3),
    losses.shifted(-0.5),
    losses.logistic(0.2, 3.0),
    losses.exponential(0.4),
    losses.hinge(0.7, 0.3),
]


def labels(*shape):
    return torch.randint(2, shape).double()


@pytest.mark.parametrize("shape", [(5,), (3, 4), (4, 3)], ids=str)
def test_squared_is_torch_mse(shape):
    f, y = torch.randn(shape), torch.randn(shape)
    torch.testing.assert_close(total(losses.squared(2 / f.numel()), f, y), torch.nn.MSELoss()(f, y))
    torch.testing.assert_close(total(losses.squared(2.0), f, y), torch.nn.MSELoss(reduction="sum")(f, y))


@pytest.mark.parametrize("a", [-1.0, 0.0, 0.3, 1 - 0.5**0.5])
def test_shifted_asks_a_of_what_is_off(a):
    f, y = torch.rand(9), labels(9)
    wanted = torch.tensor([1.0 if lamp else a for lamp in y.tolist()])
    torch.testing.assert_close(total(losses.shifted(a, 2 / 9), f, y), torch.nn.MSELoss()(f, wanted))
    torch.testing.assert_close(losses.shifted(a).demand(y), wanted)


def test_cross_entropy_is_torch_bce():
    f, y = 0.01 + 0.98 * torch.rand(4, 3), labels(4, 3)
    torch.testing.assert_close(total(losses.cross_entropy(1 / 12), f, y), torch.nn.BCELoss()(f, y))


@pytest.mark.parametrize(("threshold", "steepness"), [(0.0, 1.0), (0.7, 20.0), (-2.0, 0.3)])
def test_logistic_is_torch_bce_with_logits(threshold, steepness):
    f, y = torch.randn(7), labels(7)
    reference = torch.nn.BCEWithLogitsLoss(reduction="sum")(steepness * (f - threshold), y)
    torch.testing.assert_close(total(losses.logistic(threshold, steepness), f, y), reference)


def test_hinge_is_scikit_learns():
    f, y = torch.randn(9), torch.tensor([0.0, 1.0] * 4 + [1.0])
    reference = hinge_loss(2 * y.numpy() - 1, f.numpy() - 0.2)
    assert float(total(losses.hinge(0.2, c=1 / 9), f, y)) == pytest.approx(reference)


def test_exponential_weighs_by_margin():
    f, y = torch.randn(6), labels(6)
    reference = [math.exp(-(g - 0.3) if lamp else g - 0.3) for g, lamp in zip(f.tolist(), y.tolist(), strict=True)]
    torch.testing.assert_close(losses.exponential(0.3).sample(f, y), torch.tensor(reference))


@pytest.mark.parametrize("shape", [(7, 3), (3, 7)], ids=str)
def test_softmax_cross_entropy_is_torchs(shape):
    f, y = 3 * torch.randn(shape), torch.randint(shape[1], shape[:1])
    torch.testing.assert_close(
        total(losses.softmax_cross_entropy(1 / shape[0]), f, y), torch.nn.CrossEntropyLoss()(f, y)
    )


@pytest.mark.parametrize("loss", OUTPUT_LOSSES + PROBABILITY_LOSSES, ids=lambda loss: loss.name)
def test_slope_is_finite_difference(loss):
    f, y, h = 0.1 + 0.8 * torch.rand(6), labels(6), 1e-6
    reference = (loss.sample(f + h, y) - loss.sample(f - h, y)) / (2 * h)
    torch.testing.assert_close(slope(loss, f, y), reference, rtol=1e-6, atol=1e-8)  # of the difference


def test_slope_of_softmax_is_probability_less_truth():
    f, y = torch.randn(5, 3), torch.randint(3, (5,))
    reference = torch.softmax(f, 1) - torch.eye(3)[y]
    torch.testing.assert_close(slope(losses.softmax_cross_entropy(), f, y), reference)


@given(f=st.floats(-20, 20), y=st.sampled_from([0.0, 1.0]), step=st.floats(0.01, 5))
def test_losses_are_non_negative_and_wrong_costs_more(f, y, step):
    output, target = torch.tensor(f), torch.tensor(y)
    for loss in OUTPUT_LOSSES:
        assert loss.sample(output, target) >= 0
    away = output - (2 * target - 1) * step
    for loss in OUTPUT_LOSSES[3:]:
        assert loss.sample(away, target) >= loss.sample(output, target), loss.name


@given(f=st.lists(st.floats(0.01, 0.99), min_size=2, max_size=6), c=st.floats(1e-3, 1e3))
def test_total_is_proportional_to_its_scale(f, c):
    outputs, y = torch.tensor(f), torch.ones(len(f))
    torch.testing.assert_close(
        total(losses.cross_entropy(c), outputs, y), c * total(losses.cross_entropy(), outputs, y)
    )


def test_alike_losses_are_equal():
    """Rows of a run must share their loss: the plain ones are equal whenever they are made."""
    assert losses.squared(0.5) == losses.squared(0.5) != losses.squared(0.25)


@pytest.mark.parametrize("c", [0.0, -1.0, math.inf, math.nan])
def test_loss_refuses(c):
    with pytest.raises(ValueError, match="Loss: need a positive, finite scale c, got"):
        Loss("any", lambda f, y: f, c)


@pytest.mark.parametrize("a", [1.0, 1.5, -math.inf, math.nan])
def test_shifted_refuses(a):
    with pytest.raises(ValueError, match="shifted: need a finite a < 1, got"):
        losses.shifted(a)


@pytest.mark.parametrize("value", [0.0, -1.0, math.inf, math.nan])
def test_logistic_and_hinge_refuse(value):
    with pytest.raises(ValueError, match="logistic: need a positive, finite steepness, got"):
        losses.logistic(steepness=value)
    with pytest.raises(ValueError, match="hinge: need a positive, finite margin, got"):
        losses.hinge(margin=value)
