import math

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from thalweg.problem import objective
from thalweg.subjects import elbows, networks
from thalweg.subjects.elbows import Unit

sizes = st.floats(-4, 4).map(lambda v: round(v, 3))


def step_of_torch(unit, lr):
    """Slope, bias and loss after one step, by autograd."""
    problem = elbows.unit_problem(unit)
    w = problem.start - lr * torch.func.grad(objective(problem))(problem.start)
    return (*w.tolist(), float(objective(problem)(w)))


@given(w=sizes, b=sizes, x=sizes, y=sizes, lr=st.floats(0.01, 10))
def test_the_effect_of_a_step_is_what_torch_does(w, b, x, y, lr):
    assume(abs(w) > 0.05)
    unit = Unit(w, b, x, y)
    borders = [rate for rate in elbows.rates(unit) if math.isfinite(rate)]
    assume(all(abs(lr / border - 1) > 1e-3 for border in borders))
    assume(abs(unit.output - 2 * unit.residual) > 1e-6 and (w - b * x == 0 or abs(w - b * x) > 1e-6))
    slope, bias, loss = step_of_torch(unit, lr)
    assert (slope, bias) == pytest.approx(elbows.stepped(unit, lr), abs=1e-12)
    moved, before = -bias / slope - unit.elbow, unit.residual**2 / 2
    away = "stays" if abs(moved) < 1e-12 else "right" if moved > 0 else "left"
    size = "steeper" if abs(slope) > abs(w) else "shallower"
    same = "unchanged" if slope == w else f"turned over and {size}" if slope * w < 0 else size
    falls = "stays" if abs(loss - before) < 1e-14 else "falls" if loss < before else "rises"
    assert elbows.effect(unit, lr) == (away, same, falls)


@pytest.mark.parametrize("residual", [1.0, -1.0])
@pytest.mark.parametrize("name", elbows.CASES)
def test_at_the_border_itself_there_is_no_elbow_and_the_loss_stays(name, residual):
    unit = elbows.case(name, residual)
    assert unit.residual == residual
    rates = elbows.rates(unit)
    if math.isfinite(rates.turn):
        assert step_of_torch(unit, rates.turn)[0] == 0
        assert elbows.effect(unit, rates.turn)[:2] == ("gone", "flat")
        assert step_of_torch(unit, rates.steep)[0] == -unit.w
        assert elbows.effect(unit, rates.steep).slope == "turned over and as steep"
    if math.isfinite(rates.fall):
        assert step_of_torch(unit, rates.fall)[2] == pytest.approx(0.5)
        assert elbows.effect(unit, rates.fall).loss == "stays"
    if math.isfinite(rates.off):
        slope, bias, _ = step_of_torch(unit, rates.off)
        assert slope * unit.x + bias == pytest.approx(0, abs=1e-12)


@given(w=st.floats(0.1, 4), b=st.floats(0, 4), x=st.floats(0.1, 4), lr=st.floats(0.01, 10))
def test_case_two_is_the_official_condition(w, b, x, lr):
    assume(abs(b - w / x) > 1e-6 and abs(lr - w / x) > 1e-6)
    unit = Unit(w, b, x, w * x + b - 1.0)
    assume(abs(unit.residual - 1) < 1e-9)
    right = (b - w / x) * (lr - w / x) > 0
    assert elbows.effect(unit, lr).elbow == ("right" if right else "left")


@pytest.mark.parametrize(
    ("unit", "effect"),
    [
        (Unit(1.0, 2.2, 0.6, 2.8), ("stays", "unchanged", "stays")),  # 0.6 + 2.2 is 2.8000000000000003.
        (Unit(0.3, 3.0, 0.1, -0.4), ("stays", "shallower", "falls")),  # 3 x 0.1 is 0.30000000000000004.
        (Unit(0.1, -0.3, 3.0, -1.0), ("stays", "unchanged", "stays")),  # 0.1 x 3 - 0.3 is 5.6e-17.
    ],
)
def test_decimals_that_should_be_equal_are(unit, effect):
    assert elbows.effect(unit, 0.1) == effect


def test_the_official_cases():
    names = list(elbows.CASES)
    found = {name: elbows.effect(elbows.case(name, 1.0), 0.1)[:2] for name in names}
    assert found[names[0]] == ("stays", "unchanged")
    assert {found[name][1] for name in names[1:4]} == {"shallower"}
    assert [found[name][0] for name in names[1:4]] == ["right", "left", "stays"]
    assert found[names[4]] == ("right", "steeper")
    assert found[names[5]] == ("left", "steeper")


def test_the_official_example():
    unit = Unit(-2.0, 4.0, 1.0, 1.0)
    assert elbows.effect(unit, 0.1) == ("left", "steeper", "falls")
    assert step_of_torch(unit, 0.1) == pytest.approx((-2.1, 3.9, 0.32))


@pytest.mark.parametrize("n", [1, 4])
@pytest.mark.parametrize("h", [1, 7])
def test_elbows_of_a_layer_after_a_step_are_those_of_torch(h, n):
    widths, lr = (h,), 0.3
    x, y = torch.rand(n), torch.randn(n)
    problem = networks.make_problem(x, y, widths, networks.start(widths, 3))
    w1, b1, a = (problem.start[i * h : (i + 1) * h] for i in range(3))
    slope = problem.loss.c * (problem.outputs(problem.start) - y)
    found = elbows.elbows_after_step(w1, b1, a, x, slope, lr)
    after = problem.start - lr * torch.func.grad(objective(problem))(problem.start)
    torch.testing.assert_close(found, -after[h : 2 * h] / after[:h])
    off = (w1.unsqueeze(1) * x + b1.unsqueeze(1) <= 0).all(1)
    assert torch.equal(found[off], (-b1 / w1)[off])


@pytest.mark.parametrize(
    ("numbers", "message"),
    [((0.0, 1.0, 1.0, 1.0), "need a slope w other than 0"), ((1.0, math.nan, 1.0, 1.0), "need finite w, b, x and y")],
)
def test_a_unit_without_an_elbow_is_refused(numbers, message):
    with pytest.raises(ValueError, match=message):
        Unit(*numbers)


@pytest.mark.parametrize("lr", [0.0, -1.0, math.inf, math.nan])
def test_effect_refuses(lr):
    with pytest.raises(ValueError, match="effect: need a positive, finite lr"):
        elbows.effect(Unit(1.0, 1.0, 1.0, 1.0), lr)


@given(w=sizes, b=sizes, x=sizes, y=sizes, lr=st.floats(0.01, 2))
def test_the_course_is_what_descent_does(w, b, x, y, lr):
    assume(abs(w) > 0.05)
    unit = Unit(w, b, x, y)
    problem, t = elbows.unit_problem(unit), torch.arange(8)
    path = [problem.start]
    for _ in t[1:]:
        path.append(path[-1] - lr * torch.func.grad(objective(problem))(path[-1]))
    outputs = torch.stack([w[0] * x + w[1] for w in path])
    assume(float(outputs.abs().min()) > 1e-6)  # On the border itself rounding decides whether the unit is on.
    torch.testing.assert_close(elbows.course(unit, lr, t), torch.stack(path), rtol=1e-9, atol=1e-9)
    assert torch.equal(elbows.course(unit, lr, t.flip(0)), elbows.course(unit, lr, t).flip(0))


@pytest.mark.parametrize(("lr", "t"), [(0.0, 1), (math.nan, 1), (0.1, -1)])
def test_course_refuses(lr, t):
    with pytest.raises(ValueError, match="course: need t >= 0"):
        elbows.course(Unit(1.0, 1.0, 1.0, 0.0), lr, torch.tensor([t]))
