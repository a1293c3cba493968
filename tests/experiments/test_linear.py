"""Experiments on linear problems: every one agrees, whatever is set; says the official answers; and could have differed."""

import functools
import importlib
import json
import math
import sys

import pytest
import torch

from thalweg import direct, filters, modes
from thalweg.draw import style
from thalweg.experiments import catalogue, ill_conditioned, linear_entries, linear_setup, ridge_data
from thalweg.experiments.settings import from_pairs
from thalweg.report import to_json
from thalweg.subjects import least_squares, noise, ridge, tikhonov

NAMES = [entry.name for entry in linear_entries.LINEAR]


def typed(line):
    """An experiment as it is typed: the name and KEY=VALUE."""
    name, *pairs = line.split()
    return catalogue.run_experiment(name, from_pairs(pairs))


@functools.cache
def by_default(name):
    """With the dtype that is the default in use, which is not that of the tests."""
    torch.set_default_dtype(torch.float32)
    return typed(name)


def experiment(line):
    """The same with fewer steps in what measures limits and in what shows early stopping: those take most of the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(linear_setup, "PROBE_STEPS", 40)
        patch.setattr(ridge_data, "STEPS", 300)
        return typed(line)


def numbers(result, *names):
    """What was predicted, by the beginnings of the quantities' names."""
    found = {q.name: q.predicted for q in result.comparison.quantities}
    return [next(value for name, value in found.items() if name.startswith(start)) for start in names]


def check_report(result):
    assert result.verdict == "agrees", result.reason
    assert result.reason.endswith(".")
    assert all(q.reason for q in result.comparison.quantities)
    found = json.loads(json.dumps(to_json(result), allow_nan=False))
    assert found["verdict"] == "agrees"
    assert found["predicted"]
    assert found["measured"]


def check_pictures(result):
    assert len({picture.title for picture in result.pictures}) == len(result.pictures) >= 2
    for picture in result.pictures:
        drawn = picture.draw()
        assert len(drawn if isinstance(drawn, str) else style.as_json(drawn)) > 500
        assert picture.caption.endswith(".")


@pytest.mark.parametrize("name", NAMES)
def test_every_experiment_agrees_and_is_drawn(name):
    result = by_default(name)
    check_report(result)
    check_pictures(result)


@pytest.mark.parametrize(
    "line",
    [
        "learning-rate/scalar loss=mean sigma=1e6 y=-3",
        "learning-rate/scalar lr=10 factor=0.9",
        "learning-rate/scalar steps=1",
        "learning-rate/two loss=mean between=1,1,1.1,2,2.2,2.5,3,3",
        "learning-rate/two lr=0.2 y=-1,5",
        "learning-rate/svd sigma=2,1 points=2 seed=4294967295 loss=half-sum",
        "learning-rate/svd sigma=2,2,2",
        "learning-rate/svd sigma=8,7,6,5,4,3,2,1 seed=1 factor=0.9",
        "learning-rate/svd sigma=2,1 seed=39",
        "learning-rate/svd sigma=2,1 lr=2",
        "ill-conditioned seed=2 steps=50",
        "ill-conditioned size=2 error=1e6 steps=100",
        "ill-conditioned alpha=1e6 noise_std=1e5 error=100 seed=1 steps=100",
        "ill-conditioned size=100 share=1 steps=50",
        "ill-conditioned noise_std=10 share=1e-6 steps=2",
        "least-squares/tall rank=2 seed=1",
        "least-squares/tall points=2 features=1",
        "least-squares/tall kappa=1 points=100 features=99",
        "least-squares/wide rank=2 seed=2",
        "least-squares/wide kappa=1 points=99 features=100",
        "ridge seed=1 points=5 features=12",
        "ridge lam=1e6 points=2 features=2",
        "ridge lam=1e-3 kappa=1",
        "ridge lam=1e5 kappa=1000",
        "ridge lam=1e-6 seed=20",
        "ridge/limits points=5 features=12 seed=3",
        "ridge/limits points=5 features=12 kappa=1000 seed=38",
        "ridge/limits points=9 features=9 kappa=1000",
        "ridge/filters points=5 features=12 lam=0.1",
        "ridge/filters kappa=1 lam=1e6",
        "ridge/diabetes held_out=0.95 seed=2 lam=100",
        "ridge/polynomial degree=40 points=10 seed=1",
        "ridge/polynomial noise_std=0",
        "ridge/polynomial degree=1",
        "ridge/polynomial noise_std=100",
        "tikhonov seen=0 seed=1",
        "tikhonov seen=2 points=1 lam=1e-3",
        "tikhonov points=20 features=10 lam=1e3",
        "noise runs=1000 steps=50 loss=sum x=-2 y=3",
        "noise runs=1000 steps=50 noise_std=0.01",
        "noise runs=1000 steps=50 noise_std=20 y=-1 seed=4294967290",
        "noise runs=1000 steps=50 lr=0.5",
        "noise runs=1000 steps=50 lr=1.4",
        "noise runs=1000 steps=50 seed=2",
        "noise/ridge runs=300 steps=30 points=1 features=12 seed=2",
        "noise/ridge runs=300 steps=30 points=30 features=1 loss=sum",
        "noise/ridge runs=300 steps=30 noise_std=3 lr=0.01",
        "noise/ridge runs=300 steps=30 seed=11",
    ],
)
def test_whatever_is_set_it_agrees(line):
    check_report(experiment(line))


@pytest.mark.parametrize(
    "line",
    [
        "learning-rate/scalar lr=0.3 steps=5",
        "learning-rate/two sigma=100,0.1 steps=100",
        "ill-conditioned alpha=1e-6 size=3 error=1e6 steps=2",
        "least-squares/tall rank=1",
        "least-squares/wide points=1 features=2",
        "ridge lam=1 points=5 features=12",
        "ridge/limits points=2 features=2 lam=1e-6",
        "ridge/filters lam=1e9",
        "ridge/polynomial points=3 lam=1e3 seed=3 degree=2",
        "tikhonov points=1 features=2",
        "noise runs=500 steps=30 lr=3",
        "noise/ridge runs=300 steps=5 points=2 features=3 noise_std=0.01",
    ],
)
def test_whatever_is_set_it_is_drawn(line):
    result = experiment(line)
    check_report(result)
    check_pictures(result)


@pytest.mark.parametrize(
    "line",
    [
        "learning-rate/scalar sigma=1e-9 y=1e9 steps=5",
        "ill-conditioned alpha=1e150 steps=5",
        "ill-conditioned alpha=1e-100 steps=5",
        "ridge lam=1e12",
        "ridge lam=1e300",
        "ridge/diabetes lam=1e300",
        "ridge/polynomial lam=1e-16",
        "tikhonov lam=1e-12 points=2 features=5",
        "noise runs=1000 steps=50 noise_std=1e-9",
        "noise runs=1000 steps=50 noise_std=1e-160",
        "noise runs=1000 steps=50 noise_std=1e9",
        "noise/ridge runs=300 steps=30 noise_std=1e-9",
        "noise/ridge runs=300 steps=30 noise_std=1e9",
        "noise/ridge runs=300 steps=30 noise_std=1e-3",
        "noise runs=1000 steps=50 x=1e6",
        "noise runs=1000 steps=50 y=1e-300",
        "ill-conditioned alpha=1e-6 noise_std=1e-6 steps=5",
        "ridge lam=1e-9 kappa=1000",
        "tikhonov lam=1e300",
    ],
)
def test_extreme_settings_hold_or_are_refused_in_words(line):
    torch.set_default_dtype(torch.float32)  # as in use
    try:
        result = experiment(line)
    except ValueError as error:
        told = str(error)
        assert told.startswith(("settings: need", "Tikhonov: need"))  # noqa: PT017 - either way is right
    else:
        check_report(result)
        check_pictures(result)


def test_early_stopping_does_not_run_for_hours(monkeypatch):
    def run(problem, steps, **given):
        raise ValueError("too long") if steps > 100_000 else SystemExit

    monkeypatch.setattr(importlib.import_module("thalweg.experiments.ridge_filters"), "run", run)
    with pytest.raises(SystemExit):
        experiment("ridge/filters kappa=1000")


@pytest.mark.parametrize(("loss", "limit"), [("sum", 0.25), ("half-sum", 0.5)])
def test_one_unknown_is_stable_up_to_one_over_sigma_squared_and_twice_that_with_a_half(loss, limit):
    """sigma = 2. A quarter of the limit leaves 1/2 of the error a step: 0.5^7 < 0.01 < 0.5^6."""
    name = "learning-rate/scalar"
    result = by_default(name) if loss == "sum" else experiment(f"{name} loss={loss}")
    names = ("largest stable lr", "steps until the error", "largest stable lr with the")
    assert numbers(result, *names) == pytest.approx([limit, 7, 0.5 if limit == 0.25 else 0.25])
    assert result.measured["largest_stable_lr"] == pytest.approx(limit, rel=1e-3)
    assert result.settings["lr"] == pytest.approx(limit / 4)


@pytest.mark.parametrize(
    ("lr", "factor", "steps"),
    [
        (0.125, 0.01, 1),  # rho = 0: one step
        (0.025, 0.1, 11),  # rho = 0.8: ln 0.1 / ln 0.8 = 10.3
        (0.25, 0.5, math.inf),
    ],
)
def test_steps_of_one_unknown_are_the_logarithms_of_the_homework(lr, factor, steps):
    result = experiment(f"learning-rate/scalar lr={lr} factor={factor}")
    assert result.verdict == "agrees", result.reason
    assert (result.predicted["steps"], result.measured["steps"]) == (steps, steps)
    assert float(result.predicted["rho"][0]) == pytest.approx(1 - 8 * lr)


def test_one_unknown_that_jumps_is_there_by_value_before_it_is_by_error():
    """rho = -0.9 (0.95 of the limit): w_1 = 1.9 w* is over 0.99 w*, and 0.9^44 < 0.01 < 0.9^43."""
    found = {q.name: q.measured for q in by_default("learning-rate/scalar").comparison.quantities}
    assert found["steps by value, lr 0.2375 (rho = -0.9)"] == 1
    assert found["steps by error, lr 0.2375 (rho = -0.9)"] == 44
    assert found["steps by value, lr 0.0625 (rho = 0.5)"] == found["steps by error, lr 0.0625 (rho = 0.5)"] == 7


@pytest.mark.parametrize(
    ("line", "limit", "best"),
    [
        ("learning-rate/two", 1 / 9, 1 / 10),
        ("learning-rate/two sigma=1,7 between=2 loss=half-sum", 2 / 49, 2 / 50),
        ("learning-rate/svd", 1 / 25, 1 / 25.25),
        ("learning-rate/svd sigma=4,2 points=10 loss=half-mean", 20 / 16, 20 / 20),
    ],
)
def test_of_several_unknowns_the_largest_limits_and_the_best_rate_is_between_both_ends(line, limit, best):
    result = experiment(line) if " " in line else by_default(line)
    assert result.predicted["largest_stable_lr"] == pytest.approx(limit)
    assert result.measured["largest_stable_lr"] == pytest.approx(limit, rel=1e-3)
    assert result.predicted["best_lr"] == pytest.approx(best)
    assert result.measured["best_lr"] == pytest.approx(best, rel=1e-3)


@pytest.mark.parametrize(("lr", "slowest"), [(0.0999, "1"), (0.1, "3, 1"), (0.101, "3")])
def test_of_two_unknowns_the_smaller_is_slower_up_to_the_best_rate(lr, slowest):
    result = experiment(f"learning-rate/two lr={lr} between=2")
    assert (result.predicted["slowest"], result.measured["slowest"]) == (slowest, slowest)


def test_the_inverse_is_off_by_1e10_and_descent_keeps_under_its_line():
    result = by_default("ill-conditioned")
    assert result.measured["inverse_error"] == pytest.approx(1e10, rel=1e-2)
    assert result.measured["smallest_error"] < 1
    assert 0 < result.measured["steps_to_smallest_error"] < 1000
    bound = next(q for q in result.comparison.quantities if q.name.startswith("|w_t - w*| beside its bound"))
    assert (bound.predicted, 0.001 < bound.measured < 1) == (1.0, True)
    tight = next(q for q in result.comparison.quantities if q.name == "tight case: share of the bound after 1 step")
    assert (tight.predicted, tight.measured) == (1.0, pytest.approx(1.0))


def test_least_squares_are_those_of_lapack():
    for name, shape in (("least-squares/tall", (12, 4)), ("least-squares/wide", (4, 12))):
        torch.set_default_dtype(torch.float64)
        generator = torch.Generator().manual_seed(0)
        # The largest and the smallest singular value are the root of kappa and its reciprocal.
        sigma = torch.logspace(math.log10(5) / 2, -math.log10(5) / 2, 4)
        X = least_squares.from_spectrum(*shape, sigma, generator)
        y = torch.randn(shape[0], generator=generator)
        expected = torch.linalg.pinv(X) @ y
        torch.testing.assert_close(by_default(name).predicted["w"], expected)
        torch.testing.assert_close(by_default(name).measured["w"], expected)


@pytest.mark.parametrize(
    ("line", "inverse"), [("least-squares/tall rank=2", "left inverse"), ("least-squares/wide rank=3", "right inverse")]
)
def test_without_full_rank_there_is_no_inverse(line, inverse):
    found = {q.name: q.measured for q in experiment(line).comparison.quantities}
    assert (found[inverse], found["rank"]) == ("none", int(line[-1]))


def test_ridge_lets_a_mode_through_as_its_square_beside_lam():
    dropped, kept = numbers(
        by_default("ridge"), "kept of sigma = 30 with lam = 100", "kept of sigma = 0.05 with lam = 0.01"
    )
    assert (dropped, kept) == pytest.approx((0.9, 0.2)), "though 30 is far below 100, and 0.05 far above 0.01"
    phi = by_default("ridge").predicted["phi"]
    sigma = torch.logspace(1, 0, 5, dtype=torch.float64)
    torch.testing.assert_close(phi, sigma**2 / (sigma**2 + 2))
    assert by_default("ridge").measured["degrees_of_freedom"] == pytest.approx(float(phi.sum()))


def test_ridge_ends_at_the_pseudo_inverse_and_at_the_gradient():
    found = by_default("ridge/limits")
    for part in ("at_zero", "lam_w_at_infinity"):
        torch.testing.assert_close(found.measured[part], found.predicted[part], rtol=1e-5, atol=1e-5)
    before, after = numbers(found, "second weight without a ridge", "second weight with lam = 0.1")
    assert (before, after) == (pytest.approx(0, abs=1e-6), pytest.approx(0.2497, abs=1e-4)), "a weight that grows"


def test_diabetes_and_the_polynomial_gain_from_a_ridge():
    for name in ("ridge/diabetes", "ridge/polynomial"):
        measured = by_default(name).measured
        assert measured["held_out_error"] < measured["smallest_lam_held_out_error"] < math.inf
        assert measured["held_out_error"] < measured["without_features"]


def test_tikhonov_names_the_direction_that_nothing_sees():
    assert "such as (0, 0, 1); give W2 weight there" in by_default("tikhonov").measured["refusal"]


@pytest.mark.parametrize(
    ("line", "mean", "variance", "rest"),
    [
        ("noise", 1.6, 40 / 43, 0.8),  # x = 1, s = 1/2: 2 / 1.25, 2 * 1.25 / (1 + 6/4 + 3/16), 1 / 1.25
        ("noise x=2 y=3 noise_std=1 runs=1000 steps=30", 2 / 5, 10 / 43, 6 / 5),
        ("noise x=2 y=3 noise_std=1 loss=sum runs=1000 steps=30", 1 / 5, 5 / 43, 6 / 5),
        ("noise x=-1 y=1 noise_std=1 loss=mean runs=1000 steps=30", 1 / 2, 1 / 5, -1 / 2),
    ],
)
def test_one_noisy_point_has_the_limits_of_the_homework(line, mean, variance, rest):
    result = experiment(line) if " " in line else by_default(line)
    found = result.predicted["largest_lr"]
    assert (found["mean"], found["variance"]) == pytest.approx((mean, variance))
    assert found["almost every run"] > found["mean"]
    assert result.predicted["limit_of_mean"] == pytest.approx(rest)
    assert result.settings["lr"] == pytest.approx(variance / 4)


@pytest.mark.parametrize("loss", ["half-mean", "mean", "half-sum"])
def test_instance_noise_is_ridge_with_the_squared_noise_beside_the_mean(loss):
    result = experiment(f"noise/ridge loss={loss} runs=300 steps=10 points=8 noise_std=0.5")
    assert result.predicted["lam"] == pytest.approx(8 * 0.25)
    assert result.settings["lr"] == pytest.approx(result.predicted["largest_lr_variance"] / 4)


def off(function):
    """The same theory, two per cent off."""

    def wrong(*given, **named):
        found = function(*given, **named)
        if isinstance(found, noise.Moments):
            return noise.Moments(found.mean * 1.02, found.covariance * 1.02**2)
        return found * 1.02

    return wrong


def replace_everywhere(monkeypatch, function, other):
    """Another function in its stead, in whatever room imported it by name."""
    for module in [module for name, module in sys.modules.items() if name.startswith("thalweg.")]:
        for name, value in list(vars(module).items()):
            if value is function:
                monkeypatch.setattr(module, name, other)


WRONG = [
    ("learning-rate/scalar", modes.largest_stable_lr, "largest stable lr"),
    ("learning-rate/scalar factor=1e-9", modes.steps_to, "steps until the error"),
    ("learning-rate/two between=2", modes.best_lr, "best lr"),
    ("learning-rate/two between=2", modes.linear_path, "path of every mode"),
    ("learning-rate/svd sigma=2,1 points=3", modes.step_factors, "largest |rho|"),
    ("ill-conditioned steps=50", modes.linear_path, "path of the error"),
    ("ill-conditioned steps=50 error=1e6", ill_conditioned._inverse_error, "error of the inverse"),
    ("ill-conditioned steps=50", ill_conditioned._error_at, "smallest error on the way"),
    ("least-squares/tall kappa=2", least_squares.left_inverse, "|A X - I|"),
    (
        "least-squares/tall kappa=2",
        least_squares.normal_equations,
        "largest difference between 5 ways (normal equations)",
    ),
    ("least-squares/tall kappa=2 rank=2", least_squares.pseudo_inverse, "largest difference"),
    ("least-squares/wide kappa=2", least_squares.right_inverse, "|X B - I|"),
    ("least-squares/wide kappa=2 rank=2", modes.nearest_minimum, "end of descent from elsewhere"),
    ("ridge kappa=2", direct.ridge_path, "all strengths at once"),
    ("ridge kappa=2", filters.degrees_of_freedom, "effective degrees of freedom"),
    ("ridge kappa=2", modes.linear_path, "path of that run"),
    ("ridge/limits", ridge.at_zero, "lam -> 0, tall"),
    ("ridge/limits", ridge.at_infinity, "lam w, large lam"),
    ("ridge/limits", direct.ridge_path, "second weight with lam = 0.1"),
    ("ridge/filters kappa=3", filters.ridge_factors, "phi of ridge, sigma = 3"),
    ("ridge/filters kappa=3", filters.early_stopping_factors, "phi of descent stopped"),
    ("ridge/diabetes", direct.ridge_path, "from scikit-learn's Ridge"),
    ("ridge/diabetes", modes.linear_path, "held-out error along descent"),
    ("ridge/polynomial", filters.degrees_of_freedom, "effective degrees of freedom"),
    ("tikhonov", tikhonov.by_hand, "by hand, from the stacked"),
    ("tikhonov", tikhonov.by_stacking, "gradient at the answer"),
    ("tikhonov", tikhonov.posterior_mean, "prior by Gamma = L^-1, from the conditional mean"),
    ("tikhonov", ridge.optimum, "W1 = I, W2 = sqrt(lam) I, c = 0"),
    ("noise steps=30", noise.moments, "E[w_t]"),
    ("noise", noise.resting_moments, "mean of w in the end"),
    ("noise steps=30 noise_std=0.1", noise.mean_limit, "largest lr for the mean"),
    ("noise steps=30 noise_std=0.1", noise.variance_limit, "largest lr for the variance"),
    ("noise steps=2 noise_std=0.02 runs=100000", noise.second_moment_factor, "factor of the mean square"),
    ("noise steps=30 noise_std=0.1", noise.typical_factor, "typical growth"),
    ("noise/ridge runs=500 steps=30", noise.ridge_strength, "recurrence of the mean"),
    ("noise/ridge runs=20000 steps=2 noise_std=0.02", noise.variance_limit, "variance's limit"),
    ("noise steps=30 noise_std=0.1", noise.typical_limit, "almost every run"),
]


def check_differs(result, beginning):
    assert result.verdict == "differs"
    wrong = [q.name for q in result.comparison.quantities if not q.agrees]
    assert any(beginning in name for name in wrong), wrong
    assert result.reason.startswith(f"{wrong[0]} was predicted as ")


@pytest.mark.parametrize(("line", "theory", "quantity"), WRONG)
def test_a_theory_that_is_two_per_cent_off_is_found_out(monkeypatch, line, theory, quantity):
    module, _ = catalogue.find(line.split()[0]).where.split(":")
    importlib.import_module(f"thalweg.experiments.{module}")
    replace_everywhere(monkeypatch, theory, off(theory))
    check_differs(experiment(line), quantity)


@pytest.mark.parametrize("door", ridge.DOORS)
def test_a_door_that_is_two_per_cent_off_is_found_out(monkeypatch, door):
    monkeypatch.setitem(ridge.DOORS, door, off(ridge.DOORS[door]))
    by_its_name = door != "shifted singular values"  # against which the others are held
    check_differs(experiment("ridge kappa=2"), f"{door}, from" if by_its_name else "optimum, from the SVD's answer")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("least-squares/tall points=4 features=4", "need more points than features, got 4 x 4; see least-squares/wide"),
        ("least-squares/wide points=9 features=4", "need more features than points, got 9 x 4; see least-squares/tall"),
        ("noise/ridge lr=5 runs=300", "settings: need lr < .*, the limit for the variance, got 5; noise goes beyond"),
        (
            "ill-conditioned noise_std=1e-9",
            "settings: need a smallest singular value over 1e-13 alpha.* ask for a smaller",
        ),
        ("tikhonov seen=0 points=2", "need W1 A and W2 to see every direction, got 1 that both miss"),
    ],
)
def test_settings_that_make_no_sense_together_are_refused(line, message):
    with pytest.raises(ValueError, match=message):
        experiment(line)
