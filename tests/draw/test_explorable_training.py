"""The Training explorable: what is sent of a training, and what the browser makes of it, in node."""

import json
import math

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from scripts import needs_node, value
from thalweg.draw.explorables.training import GRID, MOMENTS, Training, Way, ended, film
from thalweg.problem import unflatten
from thalweg.subjects import networks
from thalweg.subjects.kinks import kinks

WIDTH = 7
SCRIPT = str(Training._esm)


@pytest.fixture(scope="module")
def sent():
    """A film of a walk from one network to another, of a ridge's, and of one that diverges; and the parameters of the walk."""
    x, y = networks.noisy_points(30)
    ends = [networks.start((WIDTH,), seed) for seed in (0, 1)]
    w = torch.stack([torch.lerp(*ends, part) for part in torch.linspace(0, 1, 200, dtype=torch.float64)])
    wild = torch.stack([ends[0], 1e200 * ends[0], math.inf * ends[0]])
    ways = [
        Way("all", "steps", torch.arange(200).double(), w, forecast=torch.linspace(1, 2, 200, dtype=torch.float64)),
        Way("ridge", "ridge", torch.logspace(2, -8, 200, dtype=torch.float64), w, first=77),
        Way("wild", "steps", torch.tensor([0.0, 1.0, 50.0], dtype=torch.float64), wild),
    ]
    return film(x, y, WIDTH, ways), w, x, y


def node(expression, shown):
    """What an expression in JavaScript is worth, with the explorable's exports as `m` and a film as `film`."""
    return value(SCRIPT, f"(film => ({expression}))(m.opened(given))", shown)


def test_what_is_sent_is_the_network_at_each_moment(sent):
    shown, w, x, y = sent
    way = shown["ways"][0]
    steps = torch.tensor(way["along"]).long()
    assert len(steps) == MOMENTS
    assert (int(steps[0]), int(steps[-1]), way["first"]) == (0, 199, MOMENTS - 1)
    for moment in (0, 23, MOMENTS - 1):
        one = w[steps[moment]]
        exact = networks.model((WIDTH,))(one, GRID)
        assert_close(torch.tensor(way["outputs"][moment]), exact, rtol=1e-4, atol=0)
        p, bends = unflatten(one, networks.shapes((WIDTH,))), kinks(one, (WIDTH,))
        assert_close(torch.tensor(way["elbows"][moment]), -p["b1"] / p["w1"], rtol=1e-4, atol=0)
        assert_close(torch.tensor(way["bends"][moment])[bends.unit], bends.change, rtol=1e-4, atol=0)
        train, test = (one.new_tensor(way[name][moment]) for name in ("train", "test"))
        assert_close(train, (networks.model((WIDTH,))(one, x) - y).square().mean(), rtol=1e-4, atol=0)
        assert_close(test, (exact - networks.target(GRID)).square().mean(), rtol=1e-4, atol=0)


def test_the_moment_shown_first_is_among_those_sent(sent):
    way = sent[0]["ways"][1]
    assert way["along"][way["first"]] == pytest.approx(10 ** (2 - 10 * 77 / 199), rel=1e-4)


def test_it_is_short_and_has_no_number_that_json_lacks(sent):
    text = json.dumps(sent[0], allow_nan=False)
    assert len(text) < 900 * 3 * MOMENTS * 3
    assert sent[0]["ways"][2]["train"][2] is None


def test_without_a_true_function_there_is_no_test_error():
    x = torch.tensor([0.0, 1.0], dtype=torch.float64)
    shown = film(x, x, WIDTH, [Way("all", "steps", torch.zeros(1), networks.start((WIDTH,))[None])], None)
    assert shown["truth"] == shown["ways"][0]["test"] == []


@needs_node
def test_heights_between_the_points_of_the_grid(sent):
    shown, w, *_ = sent
    places = [0.0, 0.123, 0.5, 0.9987, 1.0]
    found = node(f"{places}.map(place => m.heightAt(film.ways[0].outputs[59], place))", shown)
    exact = np.interp(places, GRID.numpy(), networks.model((WIDTH,))(w[-1], GRID).numpy())
    np.testing.assert_allclose(found, exact, rtol=1e-4)
    assert node("[-0.1, 1.1, NaN].map(place => m.heightAt(film.ways[0].outputs[0], place))", shown) == ["NaN"] * 3


@needs_node
def test_the_nearest_moment_is_so_on_a_logarithmic_scale(sent):
    shown = sent[0]
    at = np.array(shown["ways"][0]["along"]) + 1
    places = [0.0, 1.0, 2.4, 17.0, 63.2, 1e9]
    exact = [int(np.abs(np.log(at / max(each, 1e-300))).argmin()) for each in places]
    assert node(f"{places}.map(place => m.nearest(film.ways[0].at, place))", shown) == exact
    strengths = node("film.ways[1].at.map(each => 1 / each)", shown)
    np.testing.assert_allclose(strengths, shown["ways"][1]["along"])
    assert strengths[0] > strengths[-1]


@needs_node
def test_elbows_between_the_ends_are_counted(sent):
    shown, w, *_ = sent
    steps = [int(each) for each in shown["ways"][0]["along"]]
    counts = [len(kinks(w[step], (WIDTH,)).x) for step in steps]
    assert node("film.ways[0].elbows.map(m.inside)", shown) == counts
    assert f"{counts[-1]} of {WIDTH} elbows" in node("m.sentence(film.ways[0], 59)", shown)


@needs_node
def test_another_way_is_shown_at_the_same_step(sent):
    """After 199 steps the wild one's nearest is its last, of step 50; a ridge has no steps and begins with its own."""
    shown = sent[0]
    following = (
        "[[0, 59, 2], [2, 0, 0], [0, 3, 1], [1, 5, 0]].map(([a, t, b]) => m.follow(film.ways[a], t, film.ways[b]))"
    )
    assert node(following, shown) == [2, 0, shown["ways"][1]["first"], MOMENTS - 1]


@needs_node
def test_axes_hold_what_matters_and_not_what_is_wild(sent):
    shown, _, _, y = sent
    low, high = node("m.ends([...film.points[1], ...film.truth], film.ways.flatMap(each => each.outputs))", shown)
    assert -3 < low < float(y.min()) < float(y.max()) < high < 3
    low, high = node("m.powersOf(film.ways.flatMap(each => [each.train, each.test]))", shown)
    seen = shown["ways"][0]["train"]
    assert low < min(seen) < max(seen) < high < 1000
    assert node("m.ends([0, 1], [[-9, 9]])", shown) == pytest.approx([-0.3675, 1.3675])
    assert node("m.powersOf([[0.01, 1, 1, 1e7]])", shown) == pytest.approx([0.01 / 1.5, 150])
    assert node("[m.powersOf([[0.2, 0.4]]), m.powersOf([[], [NaN, 0]])]", shown) == [[0.1, 1], [0.1, 1]]


@needs_node
def test_the_axis_of_moments_has_room_for_its_last_number(sent):
    low, high = node("m.along(film.ways[0].at)", sent[0])
    assert low == 1
    assert 200 < high < 300
    assert node("m.along([3])", sent[0]) == [1.5, 6]


@needs_node
def test_what_has_left_all_bounds_is_said(sent):
    assert "it has left all bounds" in node("m.sentence(film.ways[2], 2)", sent[0])
    assert node("m.opened({}).ways", {"ways": []}) == []
    inside = "[[0, 2, NaN], [-1, 1.5, NaN], [NaN, NaN]].map(curve => m.gone(curve, [0, 1]))"
    assert node(inside, {"ways": []}) == [False, True, True]


@needs_node
def test_thousands_stand_apart_and_no_step_is_rounded(sent):
    assert node("m.label(film.ways[0], 59)", sent[0]) == "step 199"
    assert node("m.label({over: 'steps', along: [123456]}, 0)", sent[0]) == "step 123\u202f456"
    assert node("m.sentence({...film.ways[0], along: film.ways[0].along.map(t => 1000 * t)}, 59)", sent[0]).startswith(
        "all, after 199\u202f000 steps: error at the points"
    )


@needs_node
def test_another_film_is_opened_where_the_last_was_left(sent):
    """At the end it stays at the end; on another way, and at first, it is what the address has, within what there is."""
    longer = "{...film.ways[0], along: [0, 9, 99, 999], at: [1, 10, 100, 1000], first: 3}"
    cases = "[film.ways[0], 59, -1], [film.ways[0], 0, 7], [film.ways[1], 5, 1], [undefined, 0, 9], [undefined, 0, -1]"
    opened = f"[{cases}].map(([from, moment, chosen]) => m.reopened(from, moment, {longer}, chosen))"
    assert node(opened, sent[0]) == [3, 0, 1, 3, 3]


def test_a_forecast_has_a_name_and_the_page_opens_at_no_moment_of_its_own(sent):
    assert sent[0]["ways"][0]["foreseen"] == "forecast of it"
    assert (Training().moment, Training().way) == (-1, 0)


def test_where_a_way_ends_is_told(sent):
    assert ended(sent[0]["ways"][2]) == "wild: it has left all bounds"
    way = sent[0]["ways"][1]
    assert f"**{way['train'][way['first']]:.3g}** at the points" in ended(way)
