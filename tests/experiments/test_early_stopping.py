"""What the page on ill-conditioned problems shows, by other routes; and whether its sentences follow the data."""

import pytest
import torch

from thalweg.experiments import early_stopping as theory
from thalweg.experiments import elbow_network
from thalweg.experiments.ill_conditioned import make_case
from thalweg.experiments.linear_settings import IllConditioned
from thalweg.experiments.relu_settings import OneStep


def by_hand(study, steps):
    """Descent, step by step."""
    X, y, w = study.case.problem.X, study.case.problem.y, torch.zeros(theory.SIZE)
    for _ in range(steps):
        w = w - study.case.lr * X.T @ (X @ w - y)
    return w


@pytest.mark.parametrize(("smallest", "noise", "share"), [(1e-6, 0.1, 0.5), (1e-2, 0.5, 1.0), (1e-8, 0.01, 0.06)])
def test_forecast_run_and_bound(smallest, noise, share):
    study = theory.study(smallest, noise, share)
    for t in (0, 1, 7, 60):
        torch.testing.assert_close(study.w[t], by_hand(study, t))
        torch.testing.assert_close(study.error(torch.tensor(t)), (by_hand(study, t) - study.case.truth).norm())
    assert (study.seen <= theory.allowed(study, study.t) * (1 + 1e-12)).all()
    far = study.error(study.far)
    assert study.least[1] <= float(far.min()) * (1 + 1e-12)
    if share < 1:  # At the limit itself one mode swings for ever.
        assert float(far[-1]) == pytest.approx(study.inverse, rel=1e-3)
    assert theory.apart(study) < 1e-12
    assert study.far[0] == 0


@pytest.mark.parametrize("bottom", [0, 3, 999, 1234, 7_654_321])
def test_the_least_is_found_to_the_step(bottom):
    t = torch.cat([torch.arange(1000), torch.logspace(3, 8, 60).round()]).double().unique()
    assert theory.least(lambda each: (each - bottom).abs() + 2, t) == (bottom, 2.0)


@pytest.mark.parametrize(
    ("noise", "share", "words"),
    [
        (0.1, 0.5, "then the noise of weaker ones comes in"),
        (0.01, 0.5, "goes on falling: the noise of weaker modes has not come in yet"),
        (0.01, 1.0, "It swings from step to step"),
    ],
)
def test_the_story_follows_the_data(noise, share, words):
    told = theory.story(theory.study(1e-6, noise, share))
    assert words in told
    assert "forecast is best after" in told


def test_shares_come_from_the_run_as_long_as_it_lasts():
    study = theory.study(1e-3, 0.1, 0.5)
    for t, ran in ((1, True), (60, True), (70, False), (10**10, False)):
        kept, source = theory.shares(study, t)
        assert source is ran
        torch.testing.assert_close(kept, 1 - (1 - study.case.lr * study.case.parts.sigma**2) ** t, rtol=1e-6, atol=1e-9)
    assert "after 1 step, by the run" in theory.shares_in_words(study, kept, 1, True)


def test_pictures_say_their_numbers():
    study = theory.study(1e-6, 0.1, 0.5)
    told = theory.growth_in_words(study, 10)
    assert "at t = 10 it is 0.601, under its bound 4.72; it is least after 30 steps, 0.467" in told
    assert "the inverse's error is 100\u202f000" in told
    assert theory.modes_in_words(study).startswith(
        "how far 8 modes are from the truth over 60 steps, run and forecast: σ = 1 "
    )
    assert "σ = 10⁻⁶" in theory.modes_in_words(study)


def test_what_is_told_at_a_moment():
    study = theory.study(1e-6, 0.1, 0.5)
    off = float((by_hand(study, 7) - study.case.truth).norm())
    told = theory.told(study, 7)
    assert f"Descent after 7 steps is off by **{off:.3g}**; its bound is " in told
    assert "The inverse is off by **100\u202f000**." in told
    assert "It is least off after **30 steps**, by **0.467**." in told


@pytest.mark.parametrize(("t", "source"), [(20, "run"), (5000, "forecast")])
def test_learned_shares_are_drawn_over_their_curve(t, source):
    study = theory.study(1e-3, 0.1, 0.5)
    figure, words = theory.factors(study, t)
    curve = max(figure.data, key=lambda each: len(each.x))
    (dots,) = (each for each in figure.data if str(each.name).startswith(f"modes in the {source}"))
    phi = 1 - (1 - study.case.lr * torch.tensor(curve.x) ** 2) ** t
    torch.testing.assert_close(torch.tensor(curve.y), phi, rtol=1e-6, atol=1e-9)
    expected = 1 - (1 - study.case.lr * study.case.parts.sigma**2) ** t
    torch.testing.assert_close(torch.tensor(dots.y), expected, rtol=1e-6, atol=1e-9)
    assert f"by the {source}: " in words
    assert theory.freedom_told(study, t).endswith(f": {float(expected.sum()):.3g} of 8.")


def test_the_whole_experiment_is_asked_for_the_same_problem():
    settings = {name: float(value) for name, value in theory.asked(1e-6, 0.1, 0.5).items()}
    case = make_case(IllConditioned(**settings))
    assert float(case.parts.sigma[-1]) == pytest.approx(1e-6)
    assert (case.problem.X.shape[1], settings["share"]) == (20, 0.5)


def test_own_data_by_the_pseudo_inverse_and_by_descent():
    rows = torch.tensor([[1.0, 1.0, 2.0], [1.0, 1.001, 2.1], [0.5, 0.5, 0.9]])
    found, X, y = theory.own(rows), rows[:, :-1], rows[:, -1]
    assert found.end == pytest.approx(float((torch.linalg.pinv(X) @ y).norm()), rel=1e-6)
    assert found.lr == pytest.approx(1 / float(torch.linalg.matrix_norm(X, 2)) ** 2)
    assert (found.norm <= found.limit * (1 + 1e-12)).all()
    torch.testing.assert_close(found.norm[0], (found.lr * X.T @ y).norm())
    assert "the pseudoinverse's answer X⁺y, as X has no inverse, has norm 197" in theory.own_in_words(found)
    told = theory.own_told(found)
    assert told.startswith("Singular values: 2.122, ")
    assert told.endswith(f"descent has at most {10 * found.lr * float(torch.linalg.matrix_norm(X, 2) * y.norm()):.4g}.")


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([[1.0], [2.0]], "need two columns or more, and neither X nor y all zeros"),
        ([[0.0, 1.0]], "need two columns or more, and neither X nor y all zeros"),
        ([[1.0, 0.0]], "need two columns or more, and neither X nor y all zeros"),
        ([[1.0, 0.0], [0.0, 1.0]], "need an answer whose norm is from 10\\^-30 to 10\\^30, got 0"),
    ],
)
def test_own_data_are_refused(rows, message):
    with pytest.raises(ValueError, match=message):
        theory.own(torch.tensor(rows))


def test_a_step_of_a_layer_is_foretold_and_said():
    layer = elbow_network.one_point(OneStep(width=12, x=0.5, y=1.0, lr=0.2, seed=0))
    taken = elbow_network.step(layer, 0.2)
    assert taken.apart < 1e-12
    gradient = torch.func.grad(lambda w: (layer.model(w, layer.X) - layer.y).square().sum() / 2)(layer.start)
    torch.testing.assert_close(taken.ended, layer.start - 0.2 * gradient)
    moved = int((taken.before != taken.after).sum())
    assert len(elbow_network.ways(taken)) == moved > 0
    assert f"of its elbows {12 - moved} stay, {moved} move: " in elbow_network.in_words(layer, taken)


def test_own_layers_are_seen_with_their_point_and_what_is_near():
    layer = elbow_network.own_layer(torch.tensor([[1.0, -2.0, 1.0], [1.0, -1e3, 1.0], [0.0, 1.0, 1.0]]), 5.0, 0.0)
    taken = elbow_network.step(layer, 1e-3)
    low, high = elbow_network._window(layer, taken)
    assert low < 2 < 5 < high < 20
    assert float(layer.model(layer.start, layer.X)) == 3.0 + 1.0, "f(5) = (5 - 2) + 0 + 1"
    assert elbow_network.ways(taken)[-1].startswith("no elbow → ")
    assert elbow_network.pictured(layer, taken).layout.xaxis2.range == pytest.approx((low, high))


@pytest.mark.parametrize(("smallest", "noise"), [(1e-3, 0.02), (1e-6, 0.02)])
def test_the_best_step_is_found_where_odd_and_even_steps_differ(smallest, noise):
    """At the limit the first mode swings for ever; no step of a fine grid of either kind is better."""
    found = theory.study(smallest, noise, 1.0)
    grid = torch.logspace(0, 13, 20_000, dtype=torch.float64).round().unique()
    near = found.least[0] + torch.arange(-1000, 1001, dtype=torch.float64)
    for t in (grid, grid + 1, near[near >= 0]):
        assert float(found.error(t).min()) >= found.least[1] * (1 - 1e-12)
