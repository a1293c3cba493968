import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from thalweg import losses
from thalweg.descent import run
from thalweg.forecast import predict
from thalweg.linearization import hessian
from thalweg.outcome import Outcome
from thalweg.problem import objective
from thalweg.subjects import organ, organ_theory
from thalweg.subjects.organ import BAND_PASS, COLOUR_ORGAN, HIGH_PASS, LOW_PASS

CIRCUITS = [LOW_PASS, HIGH_PASS, BAND_PASS, COLOUR_ORGAN]
every_circuit = pytest.mark.parametrize("circuit", CIRCUITS, ids=lambda circuit: circuit.name)
HZ = organ.reference_grid()
TONES = torch.tensor(organ.TONES_HZ)
OHM = 1e6 / (1600 * math.pi)  # 198.94: the cut-off of 800 Hz with 1 uF


def phasor(stage, ohm, hz):
    """The gain as the length of a complex voltage divider."""
    resistor, capacitor = complex(ohm), 1 / complex(0, 2 * math.pi * hz * 1e-6)
    return abs((capacitor if stage == "low" else resistor) / (resistor + capacitor))


def lamp_problem(circuit=LOW_PASS, start=(500.0,), a=0.0, points=1000, log=False, loss=None):
    hz = organ.reference_grid(points)
    targets = organ.lamps(circuit, hz).double()
    loss = loss or losses.shifted(a, 2 / targets.numel())
    return organ.make_problem(circuit, hz, targets, torch.tensor(start), loss, logarithmic=log)


def gain_problem(circuit=LOW_PASS, start=(500.0,), log=False):
    targets = organ.gain(circuit, organ.desired_ohm(circuit), HZ)
    return organ.make_problem(circuit, HZ, targets, torch.tensor(start), losses.squared(2 / 1000), logarithmic=log)


def learned(problem, lr, steps=3000, tolerance=1e-7):
    result = run(problem, lr=lr, steps=steps, tolerance=tolerance, choice="eager", keep=3)
    assert result.outcome == [Outcome.converged]
    return result.final[0]


def test_gains_are_voltage_dividers():
    for hz in (3.0, 800.0, 5e4):
        f, R = torch.tensor([hz]), torch.tensor(120.0)
        assert float(organ.low_pass(R, f)) == pytest.approx(phasor("low", 120.0, hz))
        assert float(organ.high_pass(R, f)) == pytest.approx(phasor("high", 120.0, hz))
        both = phasor("low", 120.0, hz) * phasor("high", 300.0, hz)
        assert float(organ.band_pass(R, torch.tensor(300.0), f)) == pytest.approx(both)


def band_gains(low_ohm, high_ohm, hz):
    """The band pass without a buffer: Kirchhoff's current law at its two nodes, in complex numbers."""
    susceptance = 2j * math.pi * hz * 1e-6
    low, high = 1 / low_ohm, 1 / high_ohm
    currents = np.zeros((len(hz), 2), dtype=complex)
    currents[:, 0] = low
    matrix = np.stack([
        np.stack([low + 2 * susceptance, -susceptance]),
        np.stack([-susceptance, susceptance + high]),
    ]).transpose(2, 0, 1)
    return np.abs(np.linalg.solve(matrix, currents[..., None])[:, 1, 0])


@given(low_ohm=st.floats(1, 1e4), high_ohm=st.floats(1, 1e4))
def test_band_peaks_are_those_of_the_two_node_equations(low_ohm, high_ohm):
    buffered, alone = organ_theory.band_peaks(low_ohm, high_ohm)
    peak = 1e6 / (2 * math.pi * math.sqrt(low_ohm * high_ohm))
    hz = peak * np.logspace(-1, 1, 201)
    gains = band_gains(low_ohm, high_ohm, hz)
    assert gains.max() == pytest.approx(alone)
    both = organ.band_pass(torch.tensor(low_ohm), torch.tensor(high_ohm), torch.tensor(hz))
    assert float(both.max()) == pytest.approx(buffered)
    assert (gains < both.numpy()).all(), "without the buffer the band is lower, and so narrower, everywhere"


def test_without_the_buffer_the_learned_band_pass_lights_no_lamp():
    buffered, alone = organ_theory.band_peaks(39.94, 160.04)
    assert alone == pytest.approx(0.667, abs=5e-4)
    assert alone < organ.ON < buffered


@pytest.mark.parametrize(
    ("low", "high", "name"), [(0.0, 1.0, "low_ohm"), (1.0, math.inf, "high_ohm"), (1.0, math.nan, "high")]
)
def test_band_peaks_refuse(low, high, name):
    with pytest.raises(ValueError, match=f"band_peaks: need a positive, finite {name}"):
        organ_theory.band_peaks(low, high)


@given(ohm=st.floats(1e-6, 1e9))
def test_nearest_e24_is_the_nearest_by_ratio_of_all(ohm):
    """All values of 18 decades, in whole numbers over ten, and none is nearer."""
    sold = np.array([e * 10.0**k for k in range(-8, 11) for e in organ.E24])
    found = organ.nearest_e24(ohm)
    assert np.isclose(sold, found, rtol=1e-12, atol=0).any()
    assert abs(math.log(found / ohm)) == pytest.approx(np.abs(np.log(sold / ohm)).min(), abs=1e-9)
    assert organ.nearest_e24(found) == found
    assert abs(math.log(found / ohm)) < math.log(1.075), "half way from 1.3 to 1.5 is farthest"


def test_e24_is_its_rule_but_for_the_eight_values_that_history_rounded():
    rule = [round(10 ** (k / 24), 1) for k in range(24)]
    changed = {2.6: 2.7, 2.9: 3.0, 3.2: 3.3, 3.5: 3.6, 3.8: 3.9, 4.2: 4.3, 4.6: 4.7, 8.3: 8.2}
    assert tuple(changed.get(value, value) for value in rule) == organ.E24


@pytest.mark.parametrize("ohm", [0.0, -47.0, math.inf, math.nan])
def test_nearest_e24_refuses(ohm):
    with pytest.raises(ValueError, match="nearest_e24: need a positive, finite resistance in ohm, got"):
        organ.nearest_e24(ohm)


def test_colour_organ_is_its_three_filters():
    ohm = torch.tensor([200.0, 40.0, 160.0, 32.0])
    low, band, high = organ.gain(COLOUR_ORGAN, ohm, HZ).T
    torch.testing.assert_close(low, organ.gain(LOW_PASS, ohm[:1], HZ))
    torch.testing.assert_close(band, organ.gain(BAND_PASS, ohm[1:3], HZ))
    torch.testing.assert_close(high, organ.gain(HIGH_PASS, ohm[3:], HZ))


@given(ohm=st.floats(0.01, 1e6), hz=st.floats(0.1, 1e7), factor=st.floats(1.01, 10))
def test_gains_are_shares_and_know_only_the_product(ohm, hz, factor):
    R, f = torch.tensor(ohm), torch.tensor([hz])
    low, high = organ.low_pass(R, f), organ.high_pass(R, f)
    assert 0 < low <= 1
    assert 0 < high <= 1
    torch.testing.assert_close(low**2 + high**2, torch.ones(1))
    torch.testing.assert_close(organ.low_pass(R * factor, f / factor), low)
    assert organ.low_pass(R, f * factor) <= low
    assert organ.high_pass(R, f * factor) >= high


def test_desired_resistors_are_the_homeworks():
    found = organ.desired_ohm(COLOUR_ORGAN)
    torch.testing.assert_close(found, torch.tensor([198.94, 39.79, 159.15, 31.83]), rtol=0, atol=0.006)
    for hz, ohm in zip(COLOUR_ORGAN.cutoff_hz, found.tolist(), strict=True):
        assert phasor("low", ohm, hz) == pytest.approx(0.5**0.5)


@given(points=st.integers(1, 50))
def test_reference_grid_is_even_in_decades(points):
    hz = organ.reference_grid(points)
    assert ((hz > 1) & (hz < 1e6)).all()
    edges = torch.linspace(0, 6, points + 1)
    torch.testing.assert_close(hz.log10(), (edges[1:] + edges[:-1]) / 2)


def test_lamps_of_the_grid():
    on = organ.lamps(COLOUR_ORGAN, HZ)
    assert int((~on.any(1)).sum()) == 42, "columns without any lamp: one-hot is not literally true"
    assert torch.equal(on[:, 0], HZ < 800)
    assert torch.equal(on[:, 2], HZ > 5000)
    assert torch.equal(organ.lamps(LOW_PASS, TONES), TONES < 800)


@every_circuit
@pytest.mark.parametrize("log", [False, True])
def test_make_problem_is_the_mean_square_in_numpy(circuit, log):
    d = len(circuit.resistors)
    start = 100 + 50 * torch.rand(d)
    targets = organ.lamps(circuit, HZ).double()
    loss = losses.shifted(0.3, 2 / targets.numel())
    problem = organ.make_problem(circuit, HZ, targets, start, loss, logarithmic=log)
    gains = organ.gain(circuit, start, HZ).numpy()
    reference = np.mean((gains - np.where(targets.numpy() > 0, 1.0, 0.3)) ** 2)
    assert float(objective(problem)(problem.start)) == pytest.approx(reference)
    assert list(problem.shapes) == list(circuit.resistors)
    assert problem.lower == (-math.inf if log else 0.0)


def test_another_capacitor_wants_another_resistor():
    problem_hz = organ.reference_grid(200)
    targets = organ.lamps(LOW_PASS, problem_hz, 1e-7)
    assert torch.equal(targets, problem_hz < 800)
    assert organ.cutoff_ohm(800.0, 1e-7) == pytest.approx(10 * OHM)


CROSSING_LOSSES = [
    losses.squared(2 / 1000),
    losses.shifted(0.3, 2 / 1000),
    losses.shifted(1 - 0.5**0.5, 2 / 1000),
    losses.cross_entropy(1 / 1000),
    losses.exponential(0.7, 1 / 1000),
    losses.logistic(0.7, 4.0, 1 / 1000),
]


@pytest.mark.parametrize("loss", CROSSING_LOSSES, ids=lambda loss: loss.name)
def test_crossing_rule_is_where_descent_in_log_ends(loss):
    problem = lamp_problem(start=(300.0,), log=True, loss=loss)
    curvature = float(hessian(problem, torch.tensor([math.log(OHM * organ_theory.crossing_ratio(loss))])))
    ohm = float(learned(problem, 0.5 / curvature, tolerance=1e-9).exp())
    assert ohm / OHM == pytest.approx(
        organ_theory.crossing_ratio(loss), rel=0.015
    )  # of the grid: its cells are 1.4 % wide


def test_crossing_rule_mirrors_for_a_high_pass():
    problem = lamp_problem(HIGH_PASS, (30.0,), log=True)
    ohm = float(learned(problem, 5.0, tolerance=1e-9).exp())
    assert ohm / organ.cutoff_ohm(5000.0) == pytest.approx(1 / organ_theory.crossing_ratio(losses.squared()), rel=0.015)


@given(a=st.floats(-1, 0.45))
def test_crossing_gain_of_a_demand_is_the_formula(a):
    assert organ_theory.crossing_gain(losses.shifted(a)) == pytest.approx(1 / (2 * (1 - a)))


def test_crossing_gain_of_hinges_is_their_balance():
    assert organ_theory.crossing_gain(losses.hinge(0.7, 0.2)) == pytest.approx(0.7)
    assert organ_theory.crossing_gain(losses.hinge(0.7, 1.0)) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("circuit", "start", "a", "lr", "ohm"),
    [
        (LOW_PASS, 500.0, 0.0, 1e5, 346.1),
        (LOW_PASS, 500.0, 0.3, 1e5, 195.8),
        (LOW_PASS, 500.0, 1 - 0.5**0.5, 1e5, 199.8),
        (HIGH_PASS, 60.0, 0.3, 5e3, 32.73),
    ],
)
def test_figures_of_the_homework_from_lamps(circuit, start, a, lr, ohm):
    """With the homework's tolerance, but in longer steps: the last one is lr times 1e-6 long."""
    found = learned(lamp_problem(circuit, (start,), a), lr, tolerance=1e-6)
    assert float(found) == pytest.approx(ohm, abs=0.05 + lr * 1e-6)


@pytest.mark.parametrize(("start", "steps"), [(200.0, 4113)])
def test_band_pass_figures_of_the_homework(start, steps):
    """By forecast, which the laws hold against runs: thousands of steps take seconds here."""
    forecast = predict(lamp_problem(BAND_PASS, (start, start), 0.3), lr=1000.0, steps=100_000, tolerance=1e-6, keep=3)
    torch.testing.assert_close(forecast.stop[0], torch.tensor([39.97, 160.8]), rtol=0, atol=0.06)
    assert float(forecast.steps) == pytest.approx(steps, rel=5e-4)


@pytest.mark.parametrize(("start", "steps"), [(500.0, 89), (1000.0, 179), (6.0, 210)])
def test_steps_of_the_homework_at_a_large_learning_rate(start, steps):
    result = run(gain_problem(start=(start,)), lr=1e5, steps=1000, tolerance=1e-6, keep=3)
    assert result.steps.tolist() == [steps]


def test_in_log_r_a_handful_of_steps_suffices():
    problem = gain_problem(log=True)
    for start in (10.0, 500.0, 5000.0):
        result = run(problem, lr=20.0, steps=100, tolerance=1e-6, starts=torch.tensor([[math.log(start)]]))
        assert result.outcome == [Outcome.converged]
        assert int(result.steps) < 15
        assert float(result.final.exp()) == pytest.approx(OHM, rel=0.01)


@pytest.mark.parametrize(
    ("circuit", "ohm"), [(LOW_PASS, OHM), (HIGH_PASS, organ.cutoff_ohm(5000.0))], ids=["low", "high"]
)
def test_matched_curvature_is_the_hessian(circuit, ohm):
    found = float(hessian(gain_problem(circuit), torch.tensor([ohm])))
    assert organ_theory.matched_curvature(ohm) == pytest.approx(found, rel=1e-3)  # the range of frequencies is finite


def test_ohm_interval_is_what_a_scan_finds():
    low, high = organ_theory.ohm_interval(TONES, organ.lamps(LOW_PASS, TONES))
    scan = torch.arange(150.0, 250.0, 0.01)
    right = ((organ.low_pass(scan, TONES) > 0.5**0.5) == organ.lamps(LOW_PASS, TONES)).all(1)
    assert float(scan[right].min()) == pytest.approx(low, abs=0.011)
    assert float(scan[right].max()) == pytest.approx(high, abs=0.011)
    assert (round(low, 2), round(high, 2)) == (176.84, 227.36)


@given(cut=st.floats(310, 1490), seed=st.integers(0, 99))
def test_ohm_interval_holds_the_resistor_that_made_the_table(cut, seed):
    hz = torch.tensor(np.sort(np.random.RandomState(seed).uniform(200, 1600, 9)))
    on = hz < cut
    if on.all() or not on.any():
        return
    low, high = organ_theory.ohm_interval(hz, on)
    assert low <= organ.cutoff_ohm(cut) * (1 + 1e-12)
    assert organ.cutoff_ohm(cut) < high


def test_scatter_is_what_class_draws_scatter():
    """300 classes draw their frequencies; each finds its R by Newton's method on the gradient, without autograd."""
    finds = []
    for seed in range(300):
        f = 10 ** (6 * np.random.RandomState(seed).random_sample(1000))
        x, lamp = 2e-6 * math.pi * f, f < 800
        grid = np.exp(np.linspace(math.log(200), math.log(600), 150))
        gain = 1 / np.sqrt(1 + (x[:, None] * grid) ** 2)
        pull = ((gain - lamp[:, None]) * -(x[:, None] ** 2) * grid * gain**3).mean(0)
        finds.append(np.interp(0.0, pull, grid) if (np.diff(pull) > 0).all() else grid[np.argmin(np.abs(pull))])
    problem = lamp_problem()
    predicted = organ_theory.scatter_ohm(problem, 3**0.5 * OHM)
    assert np.std(finds) == pytest.approx(predicted, rel=0.12)  # 300 draws know it to 4 %, and it is not quite linear
    assert np.mean(finds) == pytest.approx(3**0.5 * OHM, rel=0.02)
    assert predicted == pytest.approx(18, abs=0.5)


@pytest.mark.parametrize("cuts", [(4000.0, 1000.0), (20_000.0, 300.0)])
def test_bode_lines_are_straight_in_decades(cuts):
    db = organ.bode_db(2 * math.pi * torch.tensor(cuts), HZ).numpy()
    f = HZ.numpy()
    reference = np.interp(
        np.log10(f),
        np.log10([1, cuts[1], cuts[0], 1e6]),
        [-20 * math.log10(cuts[1]), 0, 0, -20 * math.log10(1e6 / cuts[0])],
    )
    np.testing.assert_allclose(db, reference, atol=1e-9)


def test_bode_cutoffs_are_the_least_squares_and_the_homeworks():
    db = 20 * organ.gain(BAND_PASS, organ.desired_ohm(BAND_PASS), HZ).log10()
    low, high = organ_theory.bode_cutoffs_hz(HZ, db)
    x, y = HZ.log10().numpy(), db.numpy()

    def cost(cuts):
        return ((-20 * np.maximum(x - cuts[0], 0) - 20 * np.maximum(cuts[1] - x, 0) - y) ** 2).mean()

    best = minimize(cost, [3.5, 3.1], method="Nelder-Mead", options={"xatol": 1e-10, "fatol": 1e-14, "maxiter": 2000})
    assert [low, high] == pytest.approx(list(10**best.x), rel=1e-5)
    assert [high, low] == pytest.approx([1034, 3830], rel=1e-3)


@settings(max_examples=15)
@given(low=st.floats(3.3, 5), high=st.floats(1, 3))
def test_bode_cutoffs_find_lines_again(low, high):
    db = organ.bode_db(2 * math.pi * torch.tensor([10**low, 10**high]), HZ)
    assert organ_theory.bode_cutoffs_hz(HZ, db) == pytest.approx((10**low, 10**high), rel=1e-6)


ONE = torch.tensor([1.0])
NO = torch.tensor([False, True])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: organ.cutoff_ohm(0.0), "cutoff_ohm: need a positive, finite hz, got 0"),
        (lambda: organ.cutoff_ohm(800.0, -1e-6), "cutoff_ohm: need a positive, finite farad, got -1e-06"),
        (lambda: organ.cutoff_ohm(math.inf), "cutoff_ohm: need a positive, finite hz, got inf"),
        (lambda: organ.reference_grid(0), "reference_grid: need at least one point, got 0"),
        (lambda: organ.gain(BAND_PASS, ONE, TONES), "band pass: need 2 resistors, got shape \\(1,\\)"),
        (lambda: organ.gain(LOW_PASS, -ONE, TONES), "low pass: need positive, finite resistors in ohm, got \\[-1.0\\]"),
        (
            lambda: organ.gain(LOW_PASS, ONE, TONES, 0.0),
            "low pass: need a positive, finite capacitor in farad, got 0.0",
        ),
        (lambda: organ.gain(LOW_PASS, ONE, TONES[:0]), "frequencies: need at least one, got none"),
        (lambda: organ.gain(LOW_PASS, ONE, -TONES), "frequencies: need positive, finite Hz, got -1500 to -300"),
        (lambda: organ.gain(LOW_PASS, ONE, TONES.flip(0)), "frequencies: need them ascending and distinct"),
        (lambda: organ.gain(LOW_PASS, ONE, TONES[[0, 0]]), "frequencies: need them ascending and distinct"),
        (lambda: organ_theory.ohm_interval(TONES[:2], NO), "ohm_interval: need lamps that are on below some frequency"),
        (
            lambda: organ_theory.ohm_interval(TONES[:2], ~NO & NO),
            "lamps: need some on and some off, got a lamp that is off",
        ),
        (
            lambda: organ_theory.ohm_interval(TONES[:2], ~NO | NO),
            "lamps: need some on and some off, got a lamp that is on",
        ),
        (
            lambda: organ_theory.crossing_gain(losses.hinge(2.0, 0.5)),
            "crossing_gain: need pulls that balance .* R runs away",
        ),
        (
            lambda: organ_theory.crossing_gain(losses.shifted(0.6)),
            "crossing_gain: need pulls that balance .* R runs away",
        ),
    ],
)
def test_organ_refuses(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_make_problem_refuses_one_lamp_of_three_that_never_changes():
    targets = organ.lamps(COLOUR_ORGAN, HZ).double()
    targets[:, 1] = 0.0
    with pytest.raises(ValueError, match="got a lamp that is off at every frequency"):
        organ.make_problem(COLOUR_ORGAN, HZ, targets, torch.full((4,), 200.0), losses.squared())
