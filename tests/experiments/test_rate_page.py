"""What the page on learning rates shows, by other routes; and whether its sentences follow the data."""

import pytest
import torch

from thalweg.experiments import rate_page as page


@pytest.mark.parametrize("c", [1.0, 2.0])
@pytest.mark.parametrize("lr", [0.05, 0.2, 0.3])
def test_a_course_is_descent_by_hand(lr, c):
    sigma, start = torch.tensor([2.0, 1.0, 0.5]), torch.tensor([-1.0, -0.8, 1.2])
    found, error = page.course(lr, c, tuple(sigma.tolist()), tuple(start.tolist())), start
    for t in range(5):
        torch.testing.assert_close(found.run[t], error)
        torch.testing.assert_close(found.forecast[t], error)
        error = error - lr * c * sigma * (sigma * error)
    torch.testing.assert_close(found.left, (found.run[1] / start).abs())
    torch.testing.assert_close(found.curvature, c * sigma**2)
    assert found.apart < 1e-12


def test_no_learning_rate_moves_nothing():
    found = page.course(0.0, 1.0, (2.0, 0.5), (-1.0, 1.0))
    torch.testing.assert_close(found.run, torch.tensor([-1.0, 1.0]).expand(len(found.t), -1))
    assert found.left.tolist() == [1.0, 1.0]
    assert "chosen 0: nothing moves." in page.told(found)


def test_what_cannot_be_run_is_refused():
    with pytest.raises(ValueError, match="course: need an error for every mode, got 1 for 2"):
        page.course(0.1, 1.0, (2.0, 1.0), (1.0,))


def test_the_picture_lays_the_run_over_the_forecast_and_says_it():
    found = page.course(0.1, 1.0, (2.0, 1.0, 0.5), (-1.0, -0.8, -1.2))
    figure, words = page.errors(found)
    for place, name in enumerate(("σ = 2", "σ = 1", "σ = 0.5")):
        lines = [trace for trace in figure.data if name in str(trace.name)]
        assert lines, name
        ends = {round(float(trace.y[0]), 12) for trace in lines}
        assert ends == {round(abs(float(found.run[0, place])), 12)}
    assert (
        "errors of 3 modes over 60 steps at lr 0.1: a step leaves 0.6 of σ = 2, 0.9 of σ = 1, 0.975 of σ = 0.5" in words
    )


@pytest.mark.parametrize(("c", "words"), [(1.0, "half the sum of squares"), (2.0, "(the sum of squares)")])
def test_what_is_told_of_the_rates(c, words):
    told = page.told(page.course(0.4 / c, c, (2.0, 1.0), (-1.0, 1.0)))
    assert f"Largest stable rate **{0.5 / c:g}**, best rate **{0.4 / c:g}**" in told
    assert words in told
    assert "the slowest mode keeps 0.6 of its error a step, 4.9×10⁻¹⁴ in 60 steps" in told


def test_beyond_the_limit_a_mode_is_said_to_grow_with_digits_enough_to_see_it():
    told = page.told(page.course(0.500_01, 1.0, (2.0, 1.0), (-1.0, 1.0)))
    assert "a mode grows 1.00004 times a step, 1.0024 times in 60 steps" in told
    assert "keeps" not in told


def test_own_rates_by_the_eigenvalues_of_the_hessian():
    X = torch.tensor([[1.0, 0.0, 1.0], [0.0, 3.0, 3.0]])
    found = page.own(X)
    curvature = torch.linalg.eigvalsh(X @ X.T)
    assert found.limit == pytest.approx(2 / float(curvature[-1]))
    assert found.best == pytest.approx(2 / float(curvature[-1] + curvature[0]))
    torch.testing.assert_close(found.sigma.square().flip(0), curvature)
    figure, words = page.own_factors(found)
    assert words.startswith("what a step leaves of each of 2 errors")
    assert {"best", "limit"} <= {str(trace.name).split(":")[0] for trace in figure.data}


def test_of_many_singular_values_the_first_twelve_are_told():
    told = page.own_told(page.own(torch.arange(14.0, 0, -1).diag()))
    assert told.startswith("Rank 14; singular values 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, …. With $c = 1$")


def test_a_best_rate_that_is_the_limit_in_four_digits_is_said_to_be_below_it():
    assert "below lr 2 descent converges, fastest just below it" in page.own_told(
        page.own(torch.tensor([[1e-9, 0.0], [0.0, 1.0]]))
    )
    assert "below lr 0.2222 descent converges, fastest at 0.2" in page.own_told(
        page.own(torch.tensor([[1.0, 0.0], [0.0, 3.0]]))
    )


def test_what_a_mode_grows_by_is_told_for_the_steps_that_were_run():
    found = page.course(0.05, 2.0, (5.0, 1.0), (1.0, 1.0))
    assert int(found.t[-1]) < page.STEPS
    assert f"times in {int(found.t[-1])} steps" in page.told(found)
