"""The script of the Rates explorable, what all explorables share, and what an address keeps, against Python's numbers."""

import math

import pytest
import torch

from scripts import needs_node, value
from thalweg import modes
from thalweg.draw.explorables.rates import BEYOND, GOALS, REACH, SIZES, Rates, address, asked, opened
from thalweg.draw.wording import counted, said
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


@pytest.mark.parametrize("eps", [0.3, 0.01, 1e-6])
def test_steps_to_a_goal_are_those_of_the_forecast(eps):
    rho = [0.5, -0.5, 0.999, 0.0, 0.1]
    found = value(SCRIPT, f"given.map(rho => m.stepsTo(rho, {eps}))", rho)
    assert found == modes.steps_to(torch.tensor(rho), eps).tolist()
    slowest = max(abs(1 - LR * C * each**2) for each in SIGMA)
    count = math.ceil(math.log(eps) / math.log(slowest))
    assert f"after {count} steps" in value(SCRIPT, f"m.verdict({LR}, {C}, {SIGMA}, {eps})")


@pytest.mark.parametrize(
    ("place", "to", "after"),
    [
        (0, 4.0, [4.0, 1.2, 0.4]), (0, 1.0, [1.0, 1.0, 0.4]), (0, 0.2, [0.2, 0.2, 0.2]), (2, 2.0, [3.0, 2.0, 2.0]),
        (2, 0.1, [3.0, 1.2, 0.1]), (1, 2.0, [3.0, 2.0, 0.4]), (1, 9.0, [3.0, 3.0, 0.4]), (1, 0.1, [3.0, 0.4, 0.4]),
    ],
)  # fmt: skip
def test_singular_values_stay_in_order(place, to, after):
    assert value(SCRIPT, f"m.changed({SIGMA}, {place}, {to})") == after


def test_a_path_is_cut_where_it_leaves_the_window():
    window = "[[-2, 2], [-1, 1]]"
    inside = value(SCRIPT, f"m.within([1, -1, 1], [0.5, 0.4, 0.3], {window})")
    assert (inside["out"], inside["px"], "border" in inside) == (-1, [1, -1, 1], False)
    left = value(SCRIPT, f"m.within([1, -1.5, 3, -9], [0.8, 0.4, 0, 0], {window})")
    assert (left["out"], left["px"], left["py"]) == (2, [1, -1.5], [0.8, 0.4])
    assert left["border"] == pytest.approx([2, 0.4 - 0.4 * 3.5 / 4.5])
    up = value(SCRIPT, f"m.within([0, 0], [0.5, 2], {window})")
    assert up["border"] == pytest.approx([0, 1])


@pytest.mark.parametrize(
    "given",
    [
        {}, {"large": 3.0, "lr": 0.277778}, {"c": 2.0, "lr": 1.0}, {"middle": 1.7}, {"middle": 9.0},
        {"shown": 37.0, "eps": 0.25},
        {"x": 0.35, "y": 1.5}, {"large": 9e9, "small": 7.0, "middle": -1.0}, {"lr": -1.0, "shown": 1e9, "eps": 0.0},
        {"lr": math.inf, "large": -math.inf, "x": math.inf, "c": 7.0, "shown": -math.inf},
    ],
)  # fmt: skip
def test_what_an_address_keeps_opens_as_it_was(given):
    first = opened(lambda name, usual: given.get(name, usual))
    kept = {name: float(f"{number:.6g}") for name, number in address(first.trait_values()).items()}
    again = opened(lambda name, usual: kept.get(name, usual))
    assert again.lr == pytest.approx(first.lr, rel=1e-5)
    for trait in ("sigma", "c", "start", "shown", "eps"):
        assert getattr(again, trait) == pytest.approx(getattr(first, trait), rel=1e-5)
    assert SIZES[0] <= again.sigma[2] <= again.sigma[1] <= again.sigma[0] <= SIZES[1]
    assert max(map(abs, again.start)) <= REACH
    assert 0 <= again.lr <= value(SCRIPT, f"m.top({again.c}, {again.sigma})")


def test_the_end_of_the_rates_and_a_moved_middle_are_kept():
    """At lr = 5/4 of the limit the address rounds up: 0.277778 is more than 2.5 / 9."""
    found = opened(lambda name, usual: {"large": 3.0, "lr": 0.277778, "middle": 1.0}.get(name, usual))
    assert (found.lr, found.sigma) == (2.5 / 9, [3.0, 1.0, 0.5])


def test_what_is_shown_asks_for_no_other_run():
    made = Rates(lr=0.1, shown=5, eps=0.1)
    before = asked(made.trait_values())
    made.shown, made.eps = 9, 0.2
    assert asked(made.trait_values()) == before
    for trait, to in (("lr", 0.2), ("c", 2.0), ("sigma", [2.0, 1.5]), ("start", [0.5, 1.0])):
        setattr(made, trait, to)
        assert asked(made.trait_values()) != before
        before = asked(made.trait_values())


def test_what_can_be_chosen_is_that_of_the_browser():
    found = value(SCRIPT, "[m.SIZES, m.REACH, m.GOALS, m.top(1, [2, 1])]")
    assert found == [list(SIZES), REACH, list(GOALS), BEYOND * modes.largest_stable_lr(torch.tensor([4.0, 1.0]))]


def test_numbers_are_written_as_in_python():
    """Also at the borders, where a number is halfway between two, and where there is none."""
    table = [0.0, -0.0, 0.5, -0.5, 1e-6, 1e-4, 0.001234, 1.0, 12.345, 999.6, 12345.0, 123456.0, 1e6, 2.19e6, -4e9]
    border = [0.0009999, 0.00099949, 999_499.0, 999_500.0, 999_999.5, 9.5, 95.0, 1.25e-7, 2e20, 2.3e-308, 1.7e300]
    halfway = [place / 64 for place in range(-300, 300, 7)] + [2.5, 1.125, 1234.5, 1235.5, 12.25, 100.5, 0.0625]
    values = [*table, *border, *halfway]
    for digits in (1, 2, 3, 4, 6):
        found = value(SCRIPT, f"given.map(each => m.short(each, {digits}))", values)
        assert found == [said(each, digits) for each in values]
    counts = [0, 2611, 123_456, 999_999, 1_000_000, 12_345_678]
    assert value(SCRIPT, "given.map(m.count)", counts) == [
        counted(each, "step").removesuffix(" steps") for each in counts
    ]
    assert value(SCRIPT, "[NaN, 1 / 0, -1 / 0, 1.79e308].map(each => m.short(each, 2))") == ["none", "∞", "−∞", "∞"]


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


def test_just_beyond_the_limit_the_growth_has_digits_enough_to_see_it():
    said = value(SCRIPT, "m.verdict(0.50001, 1, [2, 1])")
    assert "grows 1.00004 times a step" in said
