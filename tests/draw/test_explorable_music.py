"""What the browser makes of sound, without ears: filters against the circuit's gains, lamps against tones, files refused."""

import json
import math

import pytest
import torch
from torch.testing import assert_close

from scripts import needs_node, value
from thalweg.draw.explorables.music import ENDS, Music, address, opened
from thalweg.subjects import organ

pytestmark = needs_node
RATE = 48_000
OHM = organ.desired_ohm(organ.COLOUR_ORGAN).tolist()
HZ = [50.0, 300.0, 800.0, 1000.0, 2000.0, 4000.0, 5000.0, 10_000.0, 20_000.0]


def browser(expression: str):
    """What a JavaScript expression of music.js is worth."""
    return value(str(Music._esm), expression)


def test_the_ends_of_an_address_are_those_of_the_browser():
    assert browser("m.ENDS") == {name: list(ends) for name, ends in ENDS.items()}


def test_what_an_address_keeps_opens_as_it_was():
    kept = {"hz": 99.0, "volume": 0.5, "boost": 2.0}
    made = opened(lambda name, *ends: kept[name], lambda *words: "tone", 1e-6)
    assert address(made.trait_values()) == {"sound": "tone", **kept}


def test_cutoffs():
    assert browser(f"{OHM}.map(R => m.cutoff(R, 1e-6))") == pytest.approx(list(organ.COLOUR_ORGAN.cutoff_hz))


@pytest.mark.parametrize(("kind", "gain"), [("low", organ.low_pass), ("high", organ.high_pass)])
def test_sections_are_the_circuit_with_its_frequencies_bent(kind, gain):
    """The bilinear transform has the circuit's gain at f where tan(pi f / rate) stands for f: exactly so at the cut-off."""
    corner = 3000.0
    found = browser(f"{HZ}.map(f => m.response([m.section('{kind}', {corner}, {RATE})], f, {RATE}))")
    bent = torch.tan(math.pi * torch.tensor(HZ) / RATE) * corner / math.tan(math.pi * corner / RATE)
    assert_close(torch.tensor(found), gain(torch.tensor(organ.cutoff_ohm(corner)), bent))
    assert browser(f"m.response([m.section('{kind}', {corner}, {RATE})], {corner}, {RATE})") == pytest.approx(organ.ON)


def test_the_bank_is_near_the_circuit():
    """Up to 5 kHz the gains are within 0.03 of the circuit's at the usual rate."""
    hz = HZ[:7]
    found = browser(
        f"{hz}.map(f => m.bank({OHM}.map(R => m.cutoff(R, 1e-6)), {RATE}).map(each => m.response(each, f, {RATE})))"
    )
    theory = organ.gain(organ.COLOUR_ORGAN, torch.tensor(OHM), torch.tensor(hz))
    assert float((torch.tensor(found) - theory).abs().max()) < 0.03


@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_a_tone_lights_its_lamp(rate):
    wanted = {100: (True, False, False), 2000: (False, True, False), 10_000: (False, False, True), 900: (False,) * 3}
    sound = f"Float32Array.from({{length: {rate}}}, (_, i) => 0.2 * Math.sin(2 * Math.PI * f * i / {rate}))"
    cuts = f"{OHM}.map(R => m.cutoff(R, 1e-6))"
    theory = f"m.bank({cuts}, {rate}).map(each => m.response(each, f, {rate}))"
    asked = f"{list(wanted)}.map(f => ({{...m.levels({sound}, {rate}, {cuts}), theory: {theory}}}))"
    for found, lamps in zip(browser(asked), wanted.values(), strict=True):
        late = torch.tensor(found["levels"])[:, 4:]
        assert torch.equal(late > organ.ON, torch.tensor(lamps).unsqueeze(1).expand_as(late))
        # The window holds no whole number of periods, so that strengths ripple by up to 1 in 4 pi periods.
        assert_close(late.mean(1), torch.tensor(found["theory"]), atol=0.01, rtol=0.0)
        assert found["t"][-1] == pytest.approx(1.0, abs=1 / 40)


def test_silence_lights_nothing():
    found = browser(f"m.levels(new Float32Array(9600), {RATE}, {OHM}.map(R => m.cutoff(R, 1e-6))).levels")
    assert not torch.tensor(found).any()


def test_the_tune_lights_one_lamp_after_the_other():
    made = f"const x = m.tune({RATE}), found = m.levels(x, {RATE}, {OHM}.map(R => m.cutoff(R, 1e-6)))"
    told = browser(
        f"(() => {{ {made}; return {{...found, top: x.reduce((a, b) => Math.max(a, Math.abs(b)), 0)}}; }})()"
    )
    t, on = torch.tensor(told["t"]), torch.tensor(told["levels"]) > organ.ON
    for lamp, begin in enumerate((0.0, 1.6, 3.2)):
        inside = on[:, (t > begin + 0.1) & (t < begin + 1.6)]
        assert inside[lamp].double().mean() > 0.9
        assert not inside[[i for i in range(3) if i != lamp]].any()
    assert told["top"] < 1, "no chord is clipped"


@pytest.mark.parametrize(("still", "most"), [("false", 6), ("true", 2)])
def test_lamps_flash_at_most_three_times_a_second(still, most):
    """Whatever the level does, a glow turns round at most six times a second."""
    strobe = (
        "(() => { let lamp = {glow: 0, way: 0, since: -1}; const glows = []; for (let i = 0; i < 1200; i++) {"
        f" lamp = m.calm(lamp, Math.floor(i / 6) % 2, i / 120, 1 / 120, {still}); glows.push(lamp.glow); }} return glows; }})()"
    )
    change = torch.tensor(browser(strobe)).diff()
    moves = change[change != 0].sign()
    turns = int((moves.diff() != 0).sum())
    assert 1 < turns <= 10 * most


def test_a_lamp_follows():
    slow = "[0.1, 0.2, 0.4].reduce((lamp, t) => m.calm(lamp, 1, t, 0.1), {glow: 0, way: 0, since: -1}).glow"
    assert browser(slow) == pytest.approx(1 - math.exp(-0.3 / 0.08))


def test_files_are_bounded():
    cases = {
        "{type: 'audio/wav', size: 1e6, duration: 599}": "",
        "{type: 'text/html', size: 1}": "Need a sound file (audio/…), got text/html.",
        "{type: '', size: 1}": "Need a sound file (audio/…), got a file of no known type.",
        "{type: 'audio/wav', size: 0}": "The file is empty.",
        "{type: 'audio/wav', size: 50, duration: 1 / 48000}": "Need at least 0.1 s of sound, got 0.020833 ms.",
        "{type: 'audio/mpeg', size: 30e6}": "Need at most 20 MB, got 30 MB.",
        "{type: 'audio/wav', size: 20000045}": "Need at most 20 MB, got 20.000045 MB.",
        "{type: 'audio/wav', size: 1e6, duration: 3, channels: 12}": "Need at most 8 channels, got 12.",
        "{type: 'audio/ogg', size: 1e6, duration: 1200}": "Need at most 10 minutes, got 20.",
    }
    assert browser(f"[{', '.join(cases)}].map(m.refusal)") == list(cases.values())


def test_clock():
    asked = "[0, 0.9, 9.96, 59.99, 60, 605.25].map(m.clock)"
    assert browser(asked) == ["0:00.0", "0:00.9", "0:09.9", "0:59.9", "1:00.0", "10:05.2"]


@pytest.mark.parametrize(
    ("samples", "why", "left"),
    [
        ([0.5, -1.0], "", [0.5, -1.0]),
        ([1.0, -4.0], "", [0.25, -1.0]),
        ([1e30], "Need samples of at most 100, where 1 is full scale, got 10³⁰.", [1e30]),
        (["NaN", 1.0], "Need samples that are finite numbers; this file has others.", ["NaN", 1.0]),
        (["Infinity"], "Need samples that are finite numbers; this file has others.", ["Infinity"]),
    ],
)
def test_samples_are_bounded(samples, why, left):
    made = f"(x => [m.settle([x]), Array.from(x)])(Float32Array.from({json.dumps(samples)}, Number))"
    told, kept = browser(made)
    assert told == why
    found, wanted = (torch.tensor([float(each) for each in some]) for some in (kept, left))
    assert_close(found, wanted, equal_nan=True, rtol=1e-6, atol=0.0)


def sine(hz, seconds, sign=1):
    wave = f"{sign} * 0.3 * Math.sin(2 * Math.PI * {hz} * i / {RATE})"
    return f"Float32Array.from({{length: {seconds} * {RATE}}}, (_, i) => {wave})"


def test_channels_do_not_cancel():
    """Whatever the signs of its channels, a stereo sound lights the lamps of one of them."""
    asked = f"(c => {{ const h = m.hearing(c, {RATE}, [800, 4000, 1000, 5000]); h.hear(1e9); return h.levels; }})"
    stereo = browser(f"{asked}([{sine(2000, 0.5)}, {sine(2000, 0.5, -1)}])")
    assert stereo == browser(f"{asked}([{sine(2000, 0.5)}])")
    assert min(stereo[1][4:]) > organ.ON


def test_a_sound_is_heard_piece_by_piece_as_it_is_at_once():
    at_once = f"m.levels(x, {RATE}, [800, 4000, 1000, 5000])"
    pieces = f"m.hearing([x], {RATE}, [800, 4000, 1000, 5000])"
    once, heard, done = browser(
        f"(() => {{ const x = m.tune({RATE}), h = {pieces}; let n = 0; while (!h.done) {{ h.hear(3); n++; }} "
        f"const l = {at_once}; return [[l.t, l.levels], [h.t, h.levels], n]; }})()"
    )
    assert heard == once
    assert done > 100
    assert heard[0][-1] == pytest.approx(11.8, abs=1024 / RATE)
