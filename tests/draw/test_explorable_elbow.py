"""The script of the Elbow explorable against the exact conditions in Python, in node."""

import math

import pytest

from scripts import needs_node, value
from thalweg.draw.explorables.elbow import ENDS, Elbow, address, opened
from thalweg.draw.rate_bands import BANDS
from thalweg.subjects import elbows
from thalweg.subjects.elbows import Unit

pytestmark = needs_node
UNITS = [
    *(elbows.case(name, r) for name in elbows.CASES for r in (1.0, -1.0)),
    Unit(0.3, 0.1, 0.5, 0.25),  # w x + b - y is 0 but for rounding.
    Unit(1.5, 0.5, 0.0, 0.2),
    Unit(-2.7, 5.3, 1.3, -0.8),
    Unit(1.0, 1.0, 1.0, 1.0),
    Unit(0.1, 0.2, 3.0, 0.25),  # z = 2 r but for rounding.
]
RATES = [0.01, 0.07, 0.4, 0.5, 1.0, 1.7, 2.0, 9.0]


def node(expression):
    """What an expression in JavaScript is for every unit u in turn, with learning rates in `rates`."""
    given = {"units": [{"w": u.w, "b": u.b, "x": u.x, "y": u.y} for u in UNITS], "rates": RATES}
    return value(str(Elbow._esm), f"((rates) => given.units.map(u => {expression}))(given.rates)", given)


def test_the_effect_and_its_borders_are_those_of_python():
    found = node("[rates.map(lr => m.effect(u, lr)), m.borders(u), rates.map(lr => m.stepped(u, lr))]")
    for unit, (effects, borders, after) in zip(UNITS, found, strict=True):
        assert [tuple(each.values()) for each in effects] == [elbows.effect(unit, lr) for lr in RATES], unit
        assert [float(each) for each in borders.values()] == pytest.approx(list(elbows.rates(unit)), rel=1e-14)
        for lr, each in zip(RATES, after, strict=True):
            assert (each["w"], each["b"]) == pytest.approx(elbows.stepped(unit, lr), rel=1e-14)


def test_at_a_border_it_is_as_in_python():
    """A learning rate snaps to a border, and there both say the same: gone, or the loss stays."""
    found = node("Object.values(m.borders(u)).map(at => m.effect(u, m.snapped(at * 1.001, u, 0.01)))")
    for unit, effects in zip(UNITS, found, strict=True):
        for rate, seen in zip(elbows.rates(unit), effects, strict=True):
            if math.isfinite(rate):
                assert tuple(seen.values()) == elbows.effect(unit, rate), (unit, rate)


@pytest.mark.parametrize("kind", BANDS)
def test_bands_begin_at_the_least_rate_end_at_the_largest_and_hold_in_between(kind):
    for unit, spans in zip(UNITS, node(f"m.spans(u, '{kind}', 0.01, 10)"), strict=True):
        assert [spans[0][0], spans[-1][1]] == [0.01, 10]
        for low, high, word in spans:
            for part in (0.01, 0.3, 0.99):
                assert getattr(elbows.effect(unit, low * (high / low) ** part), kind) == word, (unit, low, high)
        assert all(a[1] == b[0] and a[2] != b[2] for a, b in zip(spans, spans[1:], strict=False))


def test_a_residual_of_one_is_what_is_asked_for():
    for unit, (high, low) in zip(UNITS, node("[1, -1].map(r => m.residualOf(m.withResidual(u, r)))"), strict=True):
        assert (high, low) == pytest.approx((1, -1)), unit


def test_dragging_turns_about_the_elbow_and_never_flattens():
    """The elbow stays where the slope is dragged, the slope where the elbow is; beyond the elbow the slope turns over."""
    found = node("[[1.2, 2], [-2.9, 1], [0.4, -3], [0, 0]].map(p => m.dragged(u, 'slope', ...p))")
    for unit, slopes in zip(UNITS, found, strict=True):
        for px, turned in zip((1.2, -2.9), slopes, strict=False):
            assert -turned["b"] / turned["w"] == pytest.approx(unit.elbow, abs=1e-12)
            assert math.copysign(1, turned["w"]) == math.copysign(1, px - unit.elbow)
        assert all(0.1 <= abs(each["w"]) <= 3 for each in slopes)
    moved = node("[m.dragged(u, 'elbow', 1.52, 3), m.dragged(u, 'point', 9, 0.51), m.handle(u, m.windowOf(u, u))]")
    for unit, (elbow, point, arm) in zip(UNITS, moved, strict=True):
        assert elbow == {"b": pytest.approx(-1.5 * unit.w)}
        assert point == {"x": 3, "y": 0.5}
        assert arm[1] == pytest.approx(unit.w * arm[0] + unit.b)
        assert arm[1] > 0


def test_the_verdict_says_in_words_what_happens():
    said = dict(zip(UNITS, node("m.verdict(u, 0.5)"), strict=True))
    assert "off" in said[elbows.case("(i) unit off", 1.0)]
    assert "goes through the point" in said[Unit(0.3, 0.1, 0.5, 0.25)]
    assert "the slope turns over and is steeper, 0.1 to −0.275" in said[Unit(0.1, 0.2, 3.0, 0.25)]
    assert said[elbows.case("(iv) w < 0, x > 0", 1.0)] == (
        "Residual r = 1: the elbow goes left, from 2 to 1.4; the slope is steeper, −2 to −2.5; the loss falls, 0.5 to 0."
    )


def test_the_widget_has_its_script_and_its_numbers():
    made = Elbow(w=-2.0, b=4.0, x=1.0, y=1.0, lr=0.1)
    assert (made.w, made.b, made.x, made.y, made.lr) == (-2.0, 4.0, 1.0, 1.0, 0.1)
    assert made._esm.count("export default") == 1


def test_the_way_back_leads_to_the_pages_first_state_whatever_an_address_said():
    assert value(str(Elbow._esm), "m.home()") == address(Elbow().trait_values())
    assert "set(home())" in str(Elbow._esm)


@pytest.mark.parametrize("given", [{}, {"w": -2.0, "b": 999.0, "x": -3.0, "y": 4.0, "lr": 10.0}])
def test_what_an_address_keeps_opens_as_it_was(given):
    kept = address(opened(lambda name, start, low, high: given.get(name, start)).trait_values())
    assert kept == address(Elbow().trait_values()) | given
    assert address(opened(lambda name, *ends: kept[name]).trait_values()) == kept


def test_a_flat_unit_is_not_opened():
    assert opened(lambda name, start, *ends: {"w": 0.0}.get(name, start)).w == Elbow().w


def test_the_ends_of_an_address_are_those_of_the_browser():
    """Also of what is dragged: the point as far as its sliders, the rate of the bands from the least to the largest."""
    script = str(Elbow._esm)
    assert value(script, "m.ENDS") == {name: list(ends) for name, ends in ENDS.items()}
    unit = address(Elbow().trait_values())
    found = value(script, "[-99, 99].map(far => m.dragged(given, 'point', far, far))", unit)
    assert found == [{name: ENDS[name][end] for name in ("x", "y")} for end in (1, 2)]
    bands = value(script, "m.spans(given, 'elbow')", unit)
    assert (bands[0][0], bands[-1][1]) == ENDS["lr"][1:]


def test_the_picture_shows_elbow_point_and_outputs_and_has_few_sizes():
    """Also at the ends of the sliders; an elbow or an output that is farther off by far is left outside, and said to be."""
    units = [
        {"w": w, "b": b, "x": x, "y": y} for w in (-3, 0.05, 1, 3) for b in (-9, 0, 9) for x in (-3, 3) for y in (-1, 4)
    ]
    given = {"units": units, "rates": [0.01, 0.3, 10]}
    code = "given.units.flatMap(u => given.rates.map(lr => [m.windowOf(u, m.stepped(u, lr)), m.outputOf(m.stepped(u, lr)), u]))"
    found, sizes = value(str(Elbow._esm), code, given), set()
    for window, after, unit in found:
        (left, right), (low, high) = window["x"], window["y"]
        sizes |= {(right, high)}
        output, elbow = max(0, unit["w"] * unit["x"] + unit["b"]), -unit["b"] / unit["w"]
        assert left < unit["x"] < right
        assert low < unit["y"] < high
        assert output < high
        assert left < elbow < right or abs(elbow) > 15
        assert after < high or after > 6 * max(1, output, abs(unit["y"]))
        assert (right, high) <= (21, 30 * 6)
    assert len(sizes) < 25
    assert value(str(Elbow._esm), "m.windowOf(given, given)", {"w": 1.5, "b": 0.5, "x": 1.0, "y": 1.2}) == {
        "x": [-4, 4], "y": [-1.4, 4.6], "size": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    "unit",
    [(1000, 1000, 3, 4), (-1000, 1000, -3, -1), (0.05, 9, 1, 1), (-0.05, -9, 0, 0), (3, 1, 1, 1), (1, -500, 3, 1)],
)
def test_the_ring_of_the_slope_stays_in_the_picture_and_on_the_arm(unit):
    """On the arm where that passes through the picture; else on the border of the picture, next to it."""
    given = dict(zip("wbxy", unit, strict=True))
    window, (x, y) = value(
        str(Elbow._esm), "(v => [v, m.handle(given, v)])(m.windowOf(given, m.stepped(given, 10)))", given
    )
    (left, right), (low, high) = window["x"], window["y"]
    assert left < x < right
    assert 0 <= y < high
    elbow = -given["b"] / given["w"]
    if left < elbow < right:
        assert y == pytest.approx(given["w"] * x + given["b"])
        assert math.hypot((x - elbow) / (right - left), y / (high - low)) > 0.1, "the two rings stand apart"
        assert (x - elbow) * given["w"] > 0


def test_labels_in_a_row_stay_within_it_and_off_each_other():
    """Wherever the borders are in a row of 300 pixels that begins at 50; alone, a label stands about its border if it can."""
    places = [50, 51, 80, 200, 201, 340, 350]
    rows = [[[at, 90], [to, 130]] for at in places for to in places if at <= to]
    for (first, second), (start, last) in zip(
        rows, value(str(Elbow._esm), "given.map(r => m.rowOf(r, 50, 350))", rows), strict=True
    ):
        assert start >= 50
        assert start + 90 + 10 <= last <= 350 - 130
        assert start + 90 + 5 == first[0] or start == 50 or last == start + 90 + 10
        assert last == second[0] + 5 or last == 350 - 130 or last == start + 90 + 10
    assert value(str(Elbow._esm), "[200, 51, 349].map(at => m.rowOf([[at, 90]], 50, 350)[0])") == [155, 50, 260]
