"""What the page on ridge shows, by other routes; and whether its sentences follow the data."""

import pytest
import torch

from thalweg.experiments import ridge_page as page


def solved(X, y, lam):
    """Ridge by its normal equations."""
    return torch.linalg.solve(X.T @ X + lam * torch.eye(X.shape[1]), X.T @ y)


@pytest.fixture(scope="module", params=["tall", "wide"])
def study(request):
    return page.study(request.param)


def test_data_have_the_singular_values_that_they_should(study):
    torch.testing.assert_close(torch.linalg.svdvals(study.case.X), torch.tensor(page.SIGMA))
    torch.testing.assert_close(study.at_zero, torch.linalg.pinv(study.case.X) @ study.case.y)
    torch.testing.assert_close(study.without_ridge, study.at_zero)
    assert len(study.weights) == study.case.X.shape[1]
    assert len(set(study.colours.values())) == len(study.names) == 5


def test_shapes_are_as_named():
    assert [tuple(page.study(shape).case.X.shape) for shape in page.SHAPES] == [(12, 5), (5, 12)]
    with pytest.raises(ValueError, match="study: need one of tall, wide, got 'square'"):
        page.study("square")


@pytest.mark.parametrize("log_lam", [-4.0, -1.0, 0.3, 3.0])
def test_an_answer_solves_the_normal_equations(study, log_lam):
    found = page.answer(study, log_lam)
    X, y = study.case.X, study.case.y
    torch.testing.assert_close(
        found.w, solved(X, y, 10**log_lam), rtol=1e-5, atol=1e-9
    )  # kappa² is 9e6 at the left end.
    trace = torch.trace(X @ torch.linalg.solve(X.T @ X + 10**log_lam * torch.eye(X.shape[1]), X.T))
    torch.testing.assert_close(found.phi.sum(), trace, rtol=1e-6, atol=0.0)
    answers, apart = page.doors(study, found.lam)
    assert len(answers) == 9
    assert apart == pytest.approx(0, abs=1e-6)
    for w in answers.values():
        torch.testing.assert_close(w, found.w, rtol=1e-5, atol=1e-6)


def test_what_is_kept_is_drawn_and_said(study):
    found = page.answer(study, 0.0)
    figure, words = page.kept(study, found)
    dots = {trace.name: float(trace.y[0]) for trace in figure.data if str(trace.name).startswith("σ")}
    assert list(dots.values()) == pytest.approx([s * s / (s * s + 1) for s in page.SIGMA])
    assert "at λ = 1: half of it at σ = √λ = 1; of the data 0.90 of σ = 3, 0.69 of σ = 1.5" in words
    freedom = sum(s * s / (s * s + 1) for s in page.SIGMA)
    assert page.kept_told(study, found).endswith(f"{freedom:.2f} effective degrees of freedom of 5.")


def test_the_mark_moves_over_paths_that_stay(study):
    figure = page.paths(study)
    assert len([trace for trace in figure.data if trace.name in study.weights]) >= 5
    for log_lam in (-2.0, 1.5):
        found = page.answer(study, log_lam)
        moved, words = page.paths_at(figure, study, found)
        assert moved is figure
        assert [float(trace.x[0]) for trace in figure.data if str(trace.name).startswith("chosen")] == pytest.approx(
            [10**log_lam] * len([trace for trace in figure.data if str(trace.name).startswith("chosen")])
        )
        assert words.startswith(f"{len(found.w)} weights over λ, from X⁺y at the left")


def test_limits_are_told(study):
    size = float(study.at_zero.norm())
    assert page.limits_told(study, page.answer(study, -4.0)).count(f"{size:.3g}") >= 2
    far = page.answer(study, 3.0)
    assert f"**{float(far.w.norm()):.3g}**" in page.limits_told(study, far)


@pytest.mark.parametrize("log_lam", [-2.0, 0.0])
def test_descent_goes_as_by_hand(study, log_lam):
    now = page.answer(study, log_lam)
    found, X, y, w = page.descent(study, now), study.case.X, study.case.y, torch.zeros(study.case.X.shape[1])
    steps = {int(t): place for place, t in enumerate(found.t)}
    for t in range(int(found.t[-1]) + 1):
        if t in steps:
            torch.testing.assert_close(found.run[steps[t]], study.case.parts.Vh @ (w - now.w))
        w = w - found.lr * (X.T @ (X @ w - y) + now.lam * w)
    torch.testing.assert_close(found.forecast, found.run)
    torch.testing.assert_close(found.left[-1], (found.run[1] / found.run[0])[-1])
    assert f"over {page.STEPS} steps at lr" in page.descent_shown(study, found)[1]
    assert "of its distance a step" in page.descent_told(found)


def test_own_data_by_the_pseudo_inverse():
    rows = torch.tensor([[1.0, 0.9, 2.0], [2.0, 2.1, 4.0], [3.0, 2.9, 6.2]])
    found = page.own(rows)
    torch.testing.assert_close(found.at_zero, torch.linalg.pinv(rows[:, :-1]) @ rows[:, -1])
    told = page.own_told(found)
    assert "rank 2" in told
    assert told.endswith(f"has the norm {float(found.at_zero.norm()):.4g}.")
    figure, words = page.own_paths(found)
    assert "2 weights over λ from" in words
    assert "what is kept of 2 modes" in words
    assert "w[0]" in {trace.name for trace in figure.data}


@pytest.mark.parametrize("rows", [[[1.0]], [[0.0, 1.0], [0.0, 2.0]]], ids=["no feature", "all 0"])
def test_own_data_are_refused(rows):
    with pytest.raises(ValueError, match="need the target last in every line and a feature before it"):
        page.own(torch.tensor(rows))
