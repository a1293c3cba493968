"""What the browser computes while a resistor is dragged, against thalweg's own gains, lamps, pulls and minima."""

import torch
from torch.testing import assert_close

from scripts import needs_node, value
from thalweg import losses
from thalweg.draw.explorables.lamps import HIGH, LOW, MOST_DEMAND, START, Lamps, address, opened
from thalweg.linearization import pulls
from thalweg.solvers import gauss_newton
from thalweg.subjects import organ

OHM = [150.0, 30.0, 222.0, 61.0]
HZ = [12.0, 300.0, 801.0, 2000.0, 4500.0, 3e4]


def browser(expression: str):
    """What a JavaScript expression of lamps.js is worth."""
    return value(str(Lamps._esm), expression)


def problem(demand: float, ohm: list[float], *, logarithmic: bool = True):
    hz = organ.reference_grid()
    on = organ.lamps(organ.COLOUR_ORGAN, hz).double()
    loss = losses.shifted(demand, 2.0)
    return organ.make_problem(organ.COLOUR_ORGAN, hz, on, torch.tensor(ohm), loss, logarithmic=logarithmic)


@needs_node
def test_the_ends_of_an_address_are_those_of_the_browser():
    assert browser("[m.LOW, m.HIGH, m.MOST_DEMAND]") == [LOW, HIGH, MOST_DEMAND]
    assert not any(f": {end:g}" in str(Lamps._esm) for end in (HIGH, MOST_DEMAND)), "they stand once"


def test_what_an_address_keeps_opens_as_it_was():
    kept = dict(zip(START, OHM, strict=True)) | {"demand": 0.2, "all": 1, "revealed": 0}
    made = opened(lambda name, *ends: kept[name], [200.0] * 4, [300.0], 1e-6)
    assert address(made.trait_values()) == kept


@needs_node
def test_gains_and_lamps():
    desired = organ.desired_ohm(organ.COLOUR_ORGAN).tolist()
    found = browser(f"{HZ}.map(f => [m.gains({OHM}, f, 1e-6), m.lit({desired}, f, 1e-6), m.cutoff(f, 1e-6)])")
    gains, lamps, parts = zip(*found, strict=True)
    hz = torch.tensor(HZ)
    assert_close(torch.tensor(gains), organ.gain(organ.COLOUR_ORGAN, torch.tensor(OHM), hz))
    assert torch.equal(torch.tensor(lamps), organ.lamps(organ.COLOUR_ORGAN, hz))
    assert_close(torch.tensor(parts), torch.tensor([organ.cutoff_ohm(each) for each in HZ]))


@needs_node
def test_score():
    desired, tones = organ.desired_ohm(organ.COLOUR_ORGAN).tolist(), list(organ.TONES_HZ)
    asked = [176.0, 176.9, 227.3, 227.4]
    found = browser(f"{asked}.map(R => m.score([R, 1, 1, 1], {desired}, {tones}, 1e-6, 1))")
    assert found == [6, 7, 7, 6], "right from 176.84 to 227.36 ohm"


@needs_node
def test_pulls():
    desired = organ.desired_ohm(organ.COLOUR_ORGAN).tolist()
    found = browser(
        f"[m.grid().map(f => m.pulls({OHM}, {desired}, f, 0.3, 1e-6)), "
        f"[0, 1, 2, 3].map(k => m.net({OHM}, {desired}, 0.3, 1e-6, k))]"
    )
    asked = problem(0.3, OHM)
    theory = pulls(asked, asked.start)
    assert_close(torch.tensor(found[0]), theory)
    assert_close(torch.tensor(found[1]), theory.sum(0) * 6 / 1000)


@needs_node
def test_settle():
    desired = organ.desired_ohm(organ.COLOUR_ORGAN).tolist()
    demands = [0.0, 0.3, 0.45]
    found = browser(f"{demands}.map(a => m.settle({desired}, a, 1e-6))")
    for demand, ohm in zip(demands, found, strict=True):
        assert_close(torch.tensor(ohm), gauss_newton(problem(demand, desired)).w.exp(), rtol=1e-6, atol=0.0)
