"""What the page on noise and priors shows, by other routes; and whether its sentences follow the data."""

import math

import pytest
import torch

from thalweg.experiments import noise_page as page


def drawn(count, s):
    """Noisy inputs."""
    return 1 + s * torch.randn(count, generator=torch.Generator().manual_seed(5))


@pytest.mark.parametrize("s", [0.05, 0.5, 2.0])
def test_limits_by_closed_forms_and_by_drawing(s):
    found = page.limits(s)
    assert found["variance"] == pytest.approx(2 * (1 + s**2) / (1 + 6 * s**2 + 3 * s**4))
    assert found["mean"] == pytest.approx(2 / (1 + s**2))
    growth = (1 - found["almost every run"] * drawn(10**6, s).square()).abs().log()
    assert abs(float(growth.mean())) < 5 * float(growth.std()) / 1e3  # Chance: 5 standard errors.
    told = page.limits_told(found, 0.1)
    assert told.startswith("lr = **0.1**.")
    assert f"the mean converges up to {2 / (1 + s**2):.4g}" in told


def test_moments_by_drawing_every_step():
    s, lr, w = 0.5, 0.2, torch.zeros(10**5)
    limit = page.limits(s)["variance"]
    found = page.study(s, lr, limit)
    for t in range(6):
        error = 5 * float(found.std[t]) / math.sqrt(len(w))
        assert float(w.mean()) == pytest.approx(float(found.mean[t]), abs=error + 1e-12)
        assert float(w.std()) == pytest.approx(float(found.std[t]), rel=0.05, abs=1e-12)  # Chance, far from the tails.
        x = 1 + s * torch.randn(len(w), generator=torch.Generator().manual_seed(t))
        w = w - lr * x * (x * w - 2)
    assert found.w.shape == (61, 300)
    assert found.is_bounded
    assert found.levels == {"ridge": pytest.approx(2 / 1.25), "without noise": 2.0}


def test_both_pictures_of_a_rate_that_holds():
    found = page.study(0.5, 0.186, page.limits(0.5)["variance"])
    (course, words), (bars, more) = page.moments(found), page.density(found)
    assert [trace.name for trace in course.data].count("forecast mean") == 1
    assert f"At the end {float(found.mean[-1]):.4g} ± {float(found.std[-1]):.4g} was forecast" in words
    assert f"and {float(found.w[-1].mean()):.4g} ± {float(found.w[-1].std()):.4g} measured" in words
    assert any(str(trace.name).startswith("forecast:") for trace in bars.data)
    assert more.endswith("normal density of the mean and the standard deviation that were forecast")
    assert "mean predicted" in page.told(found)
    assert "beyond" not in page.told(found)


def test_beyond_the_limit_the_middle_is_shown_and_it_is_said():
    limit = page.limits(1.0)["variance"]
    found = page.study(1.0, 1.3 * limit, limit)
    assert not found.is_bounded
    assert page.moments(found)[0].layout.yaxis.range is not None
    bars, words = page.density(found)
    assert not any(str(trace.name).startswith("forecast:") for trace in bars.data)
    assert words.endswith("some of them far out")
    assert "This rate is not below 0.4, so that the variance grows without end." in page.told(found)


@pytest.mark.parametrize(("noise_std", "lr"), [(-0.5, 0.1), (0.5, -0.1)])
def test_what_cannot_be_run_is_refused(noise_std, lr):
    with pytest.raises(ValueError, match=r"study: need noise_std >= 0 and lr >= 0"):
        page.study(noise_std, lr, 1.0)


def test_every_factor_is_1_at_its_limit():
    within = page.limits(0.7)
    rates, left = page.factors(0.7, within)
    assert float(rates[-1]) > max(within.values())
    for curve, limit in zip(left.values(), within.values(), strict=True):
        below = curve[rates < limit]
        assert float(below.max()) < 1
        assert float(curve[rates > limit][0]) > 1
    figure, words = page.stability(rates, left, within, 0.3)
    assert "chosen is 0.3" in words
    assert {trace.name.split(":")[0] for trace in figure.data} >= {"root mean square", "chosen", "mean"}


@pytest.mark.parametrize(("along", "across", "turned"), [(0.1, 6.0, 0.0), (1.6, 0.6, 115.0), (6.0, 0.1, 180.0)])
def test_the_answer_between_data_and_prior_by_bayes(along, across, turned):
    found = page.tug(along, across, turned)
    angle = math.radians(turned)
    axes = torch.tensor([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    covariance = axes @ torch.tensor([along**2, across**2]).diag() @ axes.T
    A, b, c = found.problem.A, found.problem.b, found.problem.c
    gain = covariance @ A.T @ torch.linalg.inv(A @ covariance @ A.T + torch.eye(3))
    torch.testing.assert_close(found.answer, c + gain @ (b - A @ c))
    _, words = page.tug_shown(found)
    assert words.endswith(")")
    assert f"descent on both terms stacked, from 0 and at its best rate {found.lr:.4g}" in page.tug_told(found)
    rho = (1 - found.lr * torch.linalg.eigvalsh(A.T @ A + torch.linalg.inv(covariance))).abs().max()
    assert float((found.end - found.answer).norm()) <= float(rho**found.steps * found.answer.norm()) + 1e-12


def test_own_data_go_to_ridge():
    rows = torch.tensor([[1.0, 0.9, 2.0], [2.0, 2.1, 4.0], [3.0, 2.9, 6.2], [4.0, 4.2, 7.9]])
    found, w = page.own(rows, 0.5)
    X, y = rows[:, :-1], rows[:, -1]
    torch.testing.assert_close(w, torch.linalg.solve(X.T @ X + 4 * 0.25 * torch.eye(2), X.T @ y))
    assert found.lr == pytest.approx(found.limit / 5)
    assert found.t[-1] == 200
    torch.testing.assert_close(found.std[-1], found.theory.std[-1].max())
    figure, words = page.own_moments(found)
    assert words.endswith("forecast and over 200 runs")
    assert figure.layout.yaxis.title.text == f"w[{found.shown}]"
    assert page.own_told(found, w).endswith(f"w = {float(w[0]):.4g}, {float(w[1]):.4g}.")


@pytest.mark.parametrize("columns", [1, 10])
def test_own_data_are_refused(columns):
    with pytest.raises(ValueError, match=f"need 1 to 8 features and the target in every line, got {columns} numbers"):
        page.own(torch.ones(3, columns), 0.5)


def test_where_rare_runs_carry_the_spread_it_is_said_and_no_normal_density_is_drawn():
    """Below the limit of the variance, but a step lets the fourth moment grow: 300 runs measure far too little."""
    limit = page.limits(2.0)[page.VARIANCE]
    calm, wild = page.study(2.0, 0.2 * limit, limit), page.study(2.0, 0.98 * limit, limit)
    assert calm.is_seen
    assert calm.w[-1].std() == pytest.approx(float(calm.std[-1]), rel=0.15)
    assert wild.is_bounded
    assert not wild.is_seen
    assert wild.w[-1].std() < 0.6 * wild.std[-1]
    assert "a few rare runs carry most of the variance" in page.told(wild)
    assert "normal density" not in page.density(wild)[1]
    assert "normal density" in page.density(calm)[1]
