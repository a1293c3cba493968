"""The script of the Rates explorable, and what all explorables share, against Python's numbers."""

import pytest
import torch

from scripts import needs_node, value
from thalweg import modes
from thalweg.draw.explorables.rates import Rates
from thalweg.subjects import least_squares

pytestmark = needs_node
SCRIPT = str(Rates._esm)
SIGMA, C, LR = [3.0, 1.2, 0.4], 1.7, 0.11


def test_factors_and_marks_are_those_of_the_forecast():
    curvature = C * torch.tensor(SIGMA).square()
    rho = value(SCRIPT, "given.sigma.map(s => m.stepFactor(given.lr, given.c, s))", {"sigma": SIGMA, "c": C, "lr": LR})
    assert rho == pytest.approx(modes.step_factors(curvature, torch.tensor([LR]))[0].tolist())
    marks = value(SCRIPT, "m.marks(given.c, given.sigma)", {"sigma": SIGMA, "c": C})
    assert marks["limit"] == pytest.approx(modes.largest_stable_lr(curvature))
    assert marks["best"] == pytest.approx(modes.best_lr(curvature))
    assert marks["first"] == pytest.approx(modes.largest_stable_lr(curvature) / 2)


@pytest.mark.parametrize("lr", [0.02, 0.11, 0.14])
def test_paths_are_those_of_a_run(lr):
    """In a problem of modes that do not mix, begun at 0, the error of a mode is its weight less the target."""
    import thalweg

    sigma = torch.tensor(SIGMA)
    problem = least_squares.make_problem(sigma.diag(), sigma, C)
    t, w = thalweg.path(thalweg.run(problem, lr=lr, steps=12, keep=14, choice="eager"))
    for place, each in enumerate(SIGMA):
        found = value(SCRIPT, f"m.errors(-1, m.stepFactor({lr}, {C}, {each}), 12)")
        torch.testing.assert_close(torch.tensor(found)[t], (w - 1)[:, place], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("lr", "words"), [(0.0, "nothing moves"), (0.1, "slowest mode is σ = 0.4"), (0.2, "It diverges"), (0.129, "σ = 3")]
)
def test_what_happens_is_said(lr, words):
    assert words in value(SCRIPT, f"m.verdict({lr}, {C}, {SIGMA})")


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("0.12345", "0.123"), ("1e-7", "1e−7"), ("1.25e-7", "1.25e−7"), ("-2", "−2"), ("0", "0"), ("123456", "1.23e5"),
        ("Infinity", "∞"), ("-Infinity", "−∞"), ("NaN", "none"), ("100", "100"), ("1e-6", "1e−6"), ("2e20", "2e20"),
    ],
)  # fmt: skip
def test_numbers_are_short(number, text):
    assert value(SCRIPT, f"m.short({number})") == text


@pytest.mark.parametrize(("low", "high"), [(0, 1), (-3.3, 7.1), (1e-6, 2e-6), (0, 1234567)])
def test_ticks_are_round_and_within(low, high):
    found = value(SCRIPT, f"m.ticks({low}, {high})")
    assert 2 <= len(found) <= 7
    assert all(low - 1e-9 * abs(high) <= each <= high * (1 + 1e-9) for each in found)
    step = found[1] - found[0]
    assert f"{step:.0e}"[0] in "125"


def test_powers_of_ten_are_few():
    assert value(SCRIPT, "m.powers(1e-6, 1e3)") == pytest.approx([1e-6, 1e-4, 1e-2, 1, 100])
    assert value(SCRIPT, "m.powers(2, 50)") == pytest.approx([10])
