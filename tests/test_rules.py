import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from thalweg.rules import gd, minibatches, momentum, nesterov

RULES = [
    (gd(), {}),
    (momentum(0.0), {}),
    (momentum(0.9), {"momentum": 0.9}),
    (momentum(0.5), {"momentum": 0.5}),
    (nesterov(0.9), {"momentum": 0.9, "nesterov": True}),
    (nesterov(0.3), {"momentum": 0.3, "nesterov": True}),
]
every_rule = pytest.mark.parametrize(("rule", "options"), RULES, ids=lambda v: getattr(v, "name", ""))


@every_rule
def test_steps_are_those_of_torch_sgd(rule, options):
    target, rates = torch.randn(2, 3), torch.tensor([[0.3], [0.05]])
    w = torch.randn(2, 3)
    theirs = [row.clone().requires_grad_() for row in w]
    optimizers = [torch.optim.SGD([p], lr=float(lr), **options) for p, lr in zip(theirs, rates.squeeze(1), strict=True)]
    memory = torch.zeros_like(w)
    for _ in range(15):
        w, memory = rule.step(w, torch.sinh(w - target), memory, rates)
        for p, goal, optimizer in zip(theirs, target, optimizers, strict=True):
            optimizer.zero_grad()
            torch.cosh(p - goal).sum().backward()
            optimizer.step()
        torch.testing.assert_close(w, torch.stack([p.detach() for p in theirs]))


@every_rule
def test_limit_is_where_the_largest_eigenvalue_leaves_the_circle(rule, options):
    """A step on a parabola is linear in (w, memory): its matrix decides."""

    def radius(lr):
        columns = []
        for w, m in ((1.0, 0.0), (0.0, 1.0)):
            w, m = torch.tensor([[w]]), torch.tensor([[m]])
            columns.append([float(v) for v in rule.step(w, w, m, torch.tensor([[lr]]))])
        matrix = np.array(columns).T[: 2 if options else 1, : 2 if options else 1]
        return np.abs(np.linalg.eigvals(matrix)).max()

    assert radius(0.999 * rule.limit) < 1 < radius(1.001 * rule.limit)


@given(beta=st.floats(0, 0.99))
def test_momentum_allows_more_and_nesterov_less(beta):
    assert momentum(beta).limit >= gd().limit >= nesterov(beta).limit > 1


def test_minibatches_come_again_and_cover_all_points_evenly():
    drawn = minibatches(7, 5, 4000, torch.Generator().manual_seed(3))
    assert torch.equal(drawn, minibatches(7, 5, 4000, torch.Generator().manual_seed(3)))
    assert not torch.equal(drawn, minibatches(7, 5, 4000, torch.Generator().manual_seed(4)))
    counts = drawn.flatten().bincount(minlength=7)
    assert len(counts) == 7
    assert (counts - 20000 / 7).abs().max() < 5 * (20000 / 7) ** 0.5


@given(n=st.integers(1, 9), size=st.integers(1, 12), steps=st.integers(0, 5))
def test_minibatches_hold_points(n, size, steps):
    drawn = minibatches(n, size, steps, torch.Generator().manual_seed(0))
    assert drawn.shape == (steps, size)
    assert ((drawn >= 0) & (drawn < n)).all()


@pytest.mark.parametrize("beta", [-0.1, 1.0, float("nan"), float("inf")])
@pytest.mark.parametrize("rule", [momentum, nesterov])
def test_rules_refuse(rule, beta):
    with pytest.raises(ValueError, match=f"{rule.__name__}: need 0 <= beta < 1, got {beta}"):
        rule(beta)


def test_minibatches_refuse():
    with pytest.raises(ValueError, match="minibatches: need at least one point a step, got 0"):
        minibatches(3, 0, 2, torch.Generator())
