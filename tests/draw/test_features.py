import numpy as np
import pytest
import torch

from thalweg.draw import style
from thalweg.draw.features import corners, groups, maps, panels, places
from thalweg.problem import flatten, unflatten
from thalweg.subjects import networks
from thalweg.subjects.kinks import kinks

WIDTHS = (12,)


def network(widths=WIDTHS, seed=3):
    """Parameters, places that show every jump upright, and the features there."""
    w = networks.start(widths, seed)
    x = places(kinks(w, widths).x)
    return w, x, networks.features(w, x, widths)


def at(trace, x):
    """The height of a drawn line at places where it does not jump."""
    return np.interp(x, np.asarray(trace.x, float), np.asarray(trace.y, float))


def test_places_stand_on_both_sides_of_every_break():
    breaks = torch.tensor([0.7, 0.3, -0.1, 1.0, 0.0])
    x = places(breaks, 5)
    assert (x.diff() > 0).all()
    np.testing.assert_allclose(x, [0, 0.25, 0.3, 0.3, 0.5, 0.7, 0.7, 0.75, 1])
    for inside in (0.3, 0.7):
        assert (x < inside).sum() + (x > inside).sum() == 9
        assert (x - inside).abs().min() < 1e-8


def test_a_line_of_few_points_is_the_same_line():
    breaks = torch.rand(6).sort().values
    x, slope, jump = places(breaks), torch.randn(6), torch.randn(6) * torch.tensor([1, 0, 1, 0, 1, 1])
    y = ((x[:, None] - breaks).relu() * slope + (x[:, None] > breaks) * jump).sum(1)
    few_x, few_y = corners(x, y)
    assert (len(few_x), few_x.dtype, few_y.dtype) == (2 + 2 + 8, np.float32, np.float32)
    even = torch.linspace(0, 1, 499).numpy()
    np.testing.assert_allclose(np.interp(even, few_x, few_y), np.interp(even, x, y), atol=1e-5)
    level = corners(x, torch.ones_like(x))
    assert (level[0].tolist(), level[1].tolist()) == ([0, 1], [1, 1])


def test_one_slider_shows_one_unit_in_all_groups():
    w, x, features = network()
    figure, p = groups(x, features), unflatten(w, networks.shapes(WIDTHS))
    elbow, even = (-p["b1"] / p["w1"]).sort(), np.linspace(0.013, 0.987, 77)
    assert [frame.name for frame in figure.frames] == [f"feature {k + 1} of 12" for k in range(12)]
    for unit, place, frame in zip(elbow.indices, elbow.values, figure.frames, strict=True):
        assert frame.traces == (1, 3, 5, 7)
        ramp, step, hinge, one = (at(line, even) for line in frame.data)
        away = abs(even - float(place)) > 1e-3
        weight, bias, out = (float(p[name][unit]) for name in ("w1", "b1", "a"))
        np.testing.assert_allclose(hinge[away], (weight * ramp + bias * step)[away] / out, atol=1e-5)
        np.testing.assert_allclose(hinge[away], np.maximum(0, weight * even + bias)[away], atol=1e-5)
        assert hinge.max() > 0
        np.testing.assert_array_equal(one, 1)


def test_jumps_stand_upright():
    w, x, features = network()
    for frame in groups(x, features).frames:
        step = frame.data[1]
        assert len(step.x) == 4
        assert step.x[2] - step.x[1] < 1e-7
        assert step.y[1] != step.y[2]


def test_groups_begin_with_the_frame_in_the_middle_and_hold_all_lines():
    _, x, features = network()
    figure = groups(x, features)
    middle = figure.frames[figure.layout.meta["frame"]]
    assert middle.name == "feature 7 of 12"
    for number, F in enumerate(features.values()):
        faint, one = figure.data[2 * number : 2 * number + 2]
        np.testing.assert_array_equal(one.y, middle.data[number].y)
        assert one.xaxis == faint.xaxis == ("x" if number == 0 else f"x{number + 1}")
        assert np.isnan(faint.y).sum() == F.shape[1]
        assert (np.nanmin(faint.y), np.nanmax(faint.y)) == pytest.approx((float(F.min()), float(F.max())))
        low, high = figure.layout[f"yaxis{number + 1}"].range
        assert low < min(0, float(F.min())) <= max(0, float(F.max())) < high
    assert (figure.data[0].line.color, figure.data[1].line.color) == (style.GREY, style.BLUE)
    assert [trace.name for trace in figure.data if trace.showlegend is not False] == ["all", "one of them"]


def test_features_that_are_0_are_left_out_and_told():
    x = torch.linspace(0, 1, 11)
    F = torch.stack([x, 0 * x, (x > 0.55).double()], 1)
    figure = groups(x, {"b2": F, "a0": torch.ones(11, 1)})
    assert figure.layout.annotations[0].text == "second layer, biases<br>(3; 1 are 0)"
    assert figure.layout.annotations[1].text == "output, bias<br>(1)"
    assert [line.y[-1] for line in (frame.data[0] for frame in figure.frames)] == [1, 1]
    assert figure.frames[0].data[0].x.tolist() == [0, 1]  # What is on everywhere comes first, though it is 0 at 0.
    assert maps(x, {"b2": F}).data[0].z.shape == (2, 11)
    nothing = {"a": torch.zeros(11, 3)}
    assert (len(groups(x, nothing).frames), len(maps(x, nothing).data[0].z)) == (1, 1)


def test_one_that_is_far_beyond_the_others_does_not_flatten_them():
    w, x, features = network()
    features["a"][:, 4] *= 1e4
    high = groups(x, features).layout.yaxis3.range[1]
    assert 1 < high < 10
    assert 1 < maps(x, features).data[2].zmax < 10


def test_hundreds_of_features_are_thinned():
    _, x, features = network((40, 40))
    figure, map_ = groups(x, features), maps(x, features)
    assert len(figure.frames) == 60 == np.isnan(figure.data[4].y).sum()
    assert figure.layout.annotations[2].text.endswith("; 60 drawn)")
    assert [len(trace.z) for trace in map_.data][2] == 200
    assert max(trace.z.shape[1] for trace in map_.data) == 160
    assert len(style.as_json(figure)) < 300_000 < len(style.as_json(map_)) < 1_000_000


def test_maps_are_sorted_and_symmetric():
    w, x, features = network()
    figure = maps(x, features)
    assert [trace.name for trace in figure.data] == ["w1", "b1", "a"]
    elbows = kinks(w, WIDTHS).x
    for name, trace in zip(("w1", "b1", "a"), figure.data, strict=True):
        assert (trace.zmin, trace.z.dtype) == (-trace.zmax, np.float32)
        assert trace.zmax == pytest.approx(float(features[name].abs().max()))
        on = ~np.isnan(trace.z[:, 1:])
        switch = trace.x[1:][(on[:, 1:] != on[:, :-1]).argmax(1)]
        np.testing.assert_allclose(switch, elbows, atol=0.013)
        column = abs(x - float(trace.x[40])).argmin()
        drawn = np.nan_to_num(trace.z[:, 40])
        np.testing.assert_allclose(np.sort(drawn), features[name][column].sort().values, atol=1e-6)
    assert [trace.showscale for trace in figure.data] == [True, False, False]


@pytest.mark.parametrize(("count", "columns"), [(4, (2, 2)), (5, (3, 2)), (12, (3, 2)), (1, (3, 2))])
def test_panels_have_their_places_on_wide_and_narrow_pages(count, columns):
    figure = panels(["two<br>lines"] * count, "y", columns, 200, 20)
    for width, columns_, key in zip((870, 320), columns, ("wide", "narrow"), strict=True):
        grid, axes = figure.layout.meta[key], [str(n) if n > 1 else "" for n in range(1, count + 1)]
        left = np.array([grid[f"xaxis{axis}.domain"] for axis in axes])
        up = np.array([grid[f"yaxis{axis}.domain"] for axis in axes])
        assert (min(left.min(), up.min()), left.max() <= 1, up.max() < 1) == (0, True, True)
        assert len(np.unique(left[:, 0].round(6))) == min(columns_, count)
        assert len(np.unique(up[:, 0].round(6))) == -(-count // columns_)
        if count > 1:
            assert (left[1, 0] - left[0, 1]) * width == pytest.approx(20)
        named = [grid[f"xaxis{axis}.title.text"] == "x" for axis in axes]
        assert named == [grid[f"xaxis{axis}.showticklabels"] for axis in axes]
        assert named == [number + columns_ >= count for number in range(count)]
        assert [grid[f"yaxis{axis}.title.text"] == "y" for axis in axes] == [n % columns_ == 0 for n in range(count)]
    assert figure.layout.height == figure.layout.meta["wide"]["height"]
    assert figure.layout.paper_bgcolor == "rgba(0,0,0,0)"
    assert [note.yref for note in figure.layout.annotations][:2] == ["y domain", "y2 domain"][:count]


def test_the_page_starts_as_on_a_wide_screen():
    _, x, features = network()
    figure = maps(x, features)
    for key, value in figure.layout.meta["wide"].items():
        drawn = figure.layout
        for part in key.split("."):
            drawn = drawn[part]
        assert drawn == (tuple(value) if isinstance(value, list) else value)


def test_units_that_are_on_everywhere_come_first():
    p = {"w1": torch.tensor([1.0, 1.0, -1.0]), "b1": torch.tensor([-0.5, 0.5, 0.25]), "a": torch.ones(3)}
    w = flatten(p | {"a0": torch.tensor(0.0)}).double()
    x = places(kinks(w, (3,)).x)
    frames = groups(x, networks.features(w, x, (3,))).frames
    np.testing.assert_allclose([frame.data[2].y[0] for frame in frames], [0.5, 0.25, 0])
