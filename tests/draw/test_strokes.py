import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from figures import legend, named
from thalweg.draw import strokes, style


@given(count=st.integers(1, 4000), first=st.integers(0, 50), logarithmic=st.booleans())
def test_steps_keep_both_ends_and_stay_few(count, first, logarithmic):
    t = torch.arange(first, first + count)
    places, x, axis = strokes.steps(t, logarithmic)
    assert axis["title"]["text"] == ("step + 1" if logarithmic else "step")
    assert len(places) == count or count > 300
    assert (int(places[0]), int(places[-1])) == (0, count - 1)
    assert len(places) <= 301
    assert (places.diff() > 0).all()
    torch.testing.assert_close(x, t[places] + int(logarithmic))


def test_thinned_steps_show_swings_and_a_logarithmic_axis_keeps_the_first_ones():
    swing = (-1.0) ** torch.arange(5000)
    for logarithmic in (False, True):
        kept = swing[strokes.steps(torch.arange(5000), logarithmic)[0]]
        assert (kept[1:] != kept[:-1]).double().mean() > 0.45
    assert strokes.steps(torch.arange(5000), True)[0][:9].tolist() == list(range(9))


@pytest.mark.parametrize(("count", "coloured"), [(1, 1), (8, 8), (9, 8), (60, 8), (500, 8)])
def test_eight_of_many_lines_are_coloured_and_the_rest_is_grey(count, coloured):
    figure, x = style.plain(), torch.arange(500)
    y = torch.arange(count) + torch.zeros(500, 1)
    drawn = strokes.in_colour(figure, x, y, [f"mode {i}" for i in range(count)])
    assert [trace.name for trace in (drawn[0], drawn[-1])] == ["mode 0", f"mode {count - 1}"]
    assert len({trace.line.color for trace in drawn}) == len(drawn) == coloured
    for trace in drawn:
        assert trace.name == f"mode {trace.y[0]:.0f}"
    grey = [trace for trace in figure.data if trace.name == "others"]
    assert len(grey) == (count > 8)
    for trace in grey:
        assert (trace.showlegend, trace.hoverinfo) == (False, "skip")
        assert trace.opacity < 0.5
        assert len(trace.x) == 101 * min(count - 8, 60)
        assert trace.x[99] == x[-1]
        assert {int(y) for y in trace.y if not np.isnan(y)}.isdisjoint(drawn[i].y[0] for i in range(8))
        assert np.isnan(trace.y).sum() == min(count - 8, 60)
    assert len(style.as_json(figure)) < 300_000


def test_a_logarithmic_axis_letters_few_powers():
    ticks = [strokes.power_axis("t", torch.tensor([1.0, 10.0**k])).get("dtick") for k in (0.1, 1, 5, 12, 50)]
    assert ticks == [None, None, 1, 2, 8]


def test_only_the_ratio_of_a_range_matters_to_its_letters():
    for scale in (1e-9, 1.0, 1e9):
        axis = strokes.power_axis("t", scale * torch.tensor([1.0, 40.0]))
        seen = [value for value in axis["tickvals"] if 0.99 * scale < value < 41 * scale]
        np.testing.assert_allclose(seen, [scale * value for value in (1, 2, 5, 10, 20)])
    assert [said for said in axis["ticktext"] if said in ("2×10⁹", "2×10¹⁰")] == ["2×10⁹", "2×10¹⁰"]


def test_a_window_shows_points_and_the_paths_that_end_near_them():
    points = torch.tensor([[0.0, 0.0], [2.0, 1.0]])
    swing = torch.tensor([[2.0, 1.0], [2.4, -0.4], [9.0, 9.0], [0.0, 0.0]])
    wild = torch.tensor([[2.0, 1.0], [-0.9, 1.4], [1e9, 1e9]])
    figure = style.plain()
    corners = strokes.window(figure, points, ("a", "b"), [swing, wild, torch.full((2, 2), torch.nan)])
    torch.testing.assert_close(corners, torch.tensor([[-0.288, -0.688], [2.688, 1.288]]))  # 12 % of 2.4 around
    assert figure.layout.xaxis.range == pytest.approx(corners[:, 0].tolist())
    assert figure.layout.yaxis.scaleanchor == "x"


@pytest.mark.parametrize("away", [-50.0, 50.0])
def test_a_window_moves_with_what_it_shows(away):
    points, path = torch.tensor([[0.0, 0.0], [2.0, 1.0]]), torch.tensor([[0.0, 0.0], [2.9, 1.4], [2.0, 1.9]])
    here = strokes.window(style.plain(), points, ("a", "b"), [path])
    there = strokes.window(style.plain(), points + away, ("a", "b"), [path + away])
    torch.testing.assert_close(there, here + away)


def test_a_window_takes_in_half_its_width_around_the_points():
    points = torch.tensor([[0.0, 0.0], [2.0, 1.0]])
    far = [[-1.2, 0.5], [3.2, 0.5], [1.0, -0.6], [1.0, 1.6]]
    near = [[-0.9, 0.5], [2.9, 0.5], [1.0, -0.4], [1.0, 1.4]]
    corners = strokes.window(style.plain(), points, ("a", "b"), [torch.tensor([*far, *near, [1.0, 0.5]])])
    torch.testing.assert_close(
        corners, torch.tensor([[-0.9, -0.4], [2.9, 1.4]]) + 0.456 * torch.tensor([[-1.0], [1.0]])
    )


def test_points_on_a_level_line_make_room_for_paths_beside_it():
    points, path = torch.tensor([[3.0, 5.0], [5.0, 5.0]]), torch.tensor([[3.0, 5.0], [4.0, 6.0], [4.0, 5.5]])
    corners = strokes.window(style.plain(), points, ("a", "b"), [path])
    torch.testing.assert_close(corners, torch.tensor([[2.76, 4.76], [5.24, 6.24]]))


@pytest.mark.parametrize(("height", "equal"), [(0.0, True), (0.1, False), (1.0, True), (40.0, False)])
def test_axes_have_one_scale_where_their_ranges_allow_it(height, equal):
    figure = style.plain()
    strokes.window(figure, torch.tensor([[0.0, 0.0], [1.0, height]]), ("a", "b"), [])
    assert (figure.layout.yaxis.scaleanchor == "x") == equal
    low, high = figure.layout.yaxis.range
    assert low < 0 <= height < high


def test_one_point_has_a_window():
    corners = strokes.window(style.plain(), torch.ones(1, 2), ("a", "b"), [])
    assert (corners[0] < 1).all()
    assert (corners[1] > 1).all()


@pytest.mark.parametrize("least", [0.0, 7.0])
def test_contour_lines_stand_at_half_powers_of_ten_above_the_least(least):
    figure, known = style.plain(), torch.tensor([[0.31, 0.17], [1.0, 0.9]])
    corners = strokes.window(figure, known, ("a", "b"), [])

    def value(w):
        return least + (w - known[0]).square().sum(1)

    strokes.family(figure, value, "loss", style.INK, known)
    (drawn,) = figure.data
    x, y = np.meshgrid(drawn.x, drawn.y)
    part = (x - 0.31) ** 2 + (y - 0.17) ** 2
    np.testing.assert_allclose(drawn.z, 1000 * np.log10(part / part.max()), atol=1)
    assert (drawn.contours.size, drawn.contours.coloring) == (500, "none")
    assert drawn.contours.start < drawn.contours.end < 0
    assert drawn.x[0] < float(corners[0, 0])
    assert drawn.y[-1] > float(corners[1, 1])


@pytest.mark.parametrize(
    ("height", "ends"), [(1.0, ([5.176, 17.824], [7.524, 13.476])), (90.0, ([9.64, 13.36], [-0.8, 110.8]))]
)
def test_contour_lines_fill_wide_and_high_screens_if_both_axes_have_one_scale(height, ends):
    figure, known = style.plain(), torch.tensor([[10.0, 10.0], [13.0, 10.0 + height]])
    strokes.window(figure, known, ("a", "b"), [])
    strokes.family(figure, lambda w: w.sum(1), "loss", style.INK, known)
    assert figure.data[0].x[[0, -1]] == pytest.approx(ends[0])
    assert figure.data[0].y[[0, -1]] == pytest.approx(ends[1])
    assert legend(figure) == ["loss"]


@pytest.mark.parametrize("odd", [torch.nan, torch.inf, 3.0])
def test_a_loss_that_is_flat_or_not_finite_draws_no_nonsense(odd):
    figure, known = style.plain(), torch.eye(2)
    strokes.window(figure, known, ("a", "b"), [])
    strokes.family(figure, lambda w: torch.where(w[:, 0] > 0.5, odd, 3.0), "loss", style.INK, known)
    assert set(np.unique(figure.data[0].z)) <= {-9000, 0}


def test_a_descent_is_cut_where_it_leaves_for_good():
    corners = torch.tensor([[0.0, 0.0], [1.0, 1.0]])
    away = torch.tensor([[0.5, 0.5], [0.5, 0.9], [4.5, 0.9], [1e300, 0.9], [torch.nan, 0.0]])
    back = torch.tensor([[0.5, 0.5], [0.5, 9.0], [0.4, 0.5]])
    burst = torch.tensor([[0.5, 0.5], [torch.inf, 0.5], [torch.nan, torch.nan]])
    figure = style.plain()
    strokes.descents(figure, {"away": away, "back": back, "burst": burst}, corners)
    drawn = named(figure)
    np.testing.assert_allclose(np.stack([drawn["away"].x, drawn["away"].y], 1), [[0.5, 0.5], [0.5, 0.9], [1.75, 0.9]])
    assert drawn["back"].y.tolist() == [0.5, 9.0, 0.5]
    assert drawn["burst"].x.tolist() == [0.5]
    assert [drawn[name].line.color for name in ("away", "back")] == [*style.OTHERS[:2]]
    assert {drawn[name].mode for name in ("away", "back")} == {"lines+markers"}
    assert (drawn["start"].x.tolist(), drawn["start"].marker.symbol) == ([0.5] * 3, "diamond")


@pytest.mark.parametrize("size", [0.1, 20.0])
def test_a_descent_is_cut_some_way_beyond_the_window(size):
    figure, path = style.plain(), torch.tensor([[0.4, 0.5], [-9.0, 0.5], [-9.0, 0.5]])
    strokes.descents(figure, {"run": size * path}, size * torch.tensor([[0.0, 0.0], [1.0, 2.0]]))
    assert figure.data[0].x[-1] == pytest.approx(-0.75 * size)


def test_a_long_descent_is_thinned_and_its_first_steps_are_kept():
    way = (-0.99) ** torch.arange(9000.0)
    figure = style.plain()
    strokes.descents(figure, {"long": torch.stack([way, way], 1)}, torch.tensor([[-1.0, -1.0], [1.0, 1.0]]))
    assert len(figure.data[0].x) <= 301
    np.testing.assert_allclose(figure.data[0].x[:9], way[:9])


def test_the_first_point_marked_is_a_star_and_the_others_have_their_turn():
    figure = style.plain()
    strokes.points_marked(figure, {"least": (1.0, 2.0), "ridge": (3.0, 4.0), "prior": (5.0, 6.0)}, 1)
    assert [(trace.x[0], trace.y[0]) for trace in figure.data] == [(1.0, 2.0), (3.0, 4.0), (5.0, 6.0)]
    assert [trace.marker.symbol for trace in figure.data] == ["star", "circle", "circle"]
    assert [trace.marker.color for trace in figure.data[1:]] == [style.look("x", 2)[0], style.look("x", 3)[0]]


def test_a_line_has_gaps_where_it_is_not_finite():
    figure = style.plain()
    drawn = strokes.line(figure, torch.arange(3), torch.tensor([1.0, torch.inf, -2.0]), "w", style.BLUE)
    np.testing.assert_array_equal(drawn.y, [1.0, np.nan, -2.0])
    assert drawn is figure.data[0]


OKLAB = (
    np.array([[0.4122, 0.5364, 0.0514], [0.2119, 0.6807, 0.1074], [0.0883, 0.2817, 0.6300]]),
    np.array([[0.2105, 0.7936, -0.0041], [1.9780, -2.4286, 0.4506], [0.0259, 0.7828, -0.8087]]),
)
DEUTERANOPIA = np.array([
    [0.3673, 0.8607, -0.2280],
    [0.2801, 0.6725, 0.0474],
    [-0.0118, 0.0429, 0.9689],
])  # Machado, 2009


def linear(colours):
    """Linear red, green and blue of colours such as `rgb(1, 2, 3)`, one a row."""
    parts = np.array([[int(part) / 255 for part in colour[4:-1].split(",")] for colour in colours])
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


@pytest.mark.parametrize("count", range(1, 9))
def test_shades_are_graded_and_seen_on_white_and_on_black(count):
    light = linear(strokes.shades(count)) @ [0.2126, 0.7152, 0.0722]
    white, black = 1.0, float(linear(["rgb(18, 18, 18)"])[0] @ [0.2126, 0.7152, 0.0722])
    assert (np.diff(light) > 0).all()
    assert (light[0] + 0.05) / (black + 0.05) > 2.2
    assert (white + 0.05) / (light[-1] + 0.05) > 2.2


def test_eight_shades_are_told_apart_by_all_eyes():
    """As differences in Oklab, where about 0.02 is just seen; of Viridis' graded middle they would be 0.045."""
    seen = linear(strokes.shades(8))
    for colours, least in ((seen, 0.08), ((seen @ DEUTERANOPIA.T).clip(0, 1), 0.06)):
        places = np.cbrt(colours @ OKLAB[0].T) @ OKLAB[1].T
        apart = np.linalg.norm(places[:, None] - places, axis=2) + np.eye(8)
        assert apart.min() > least


def test_levels_are_dotted_and_tell_their_value():
    figure = style.plain()
    strokes.level_lines(figure, {"a": 1.5, "b": -2.0}, torch.tensor([0, 9]))
    assert [trace.name for trace in figure.data] == ["a: 1.5", "b: −2"]
    assert [trace.hovertemplate for trace in figure.data] == ["1.5<extra>a</extra>", "−2<extra>b</extra>"]
    assert [trace.y.tolist() for trace in figure.data] == [[1.5, 1.5], [-2.0, -2.0]]
    assert {trace.line.dash for trace in figure.data} == {"dot"}
    assert len({trace.line.color for trace in figure.data}) == 2


def test_levels_take_turns_with_the_colours_that_they_are_given():
    figure = style.plain()
    strokes.level_lines(figure, {"a": 1.0, "b": 2.0, "c": 3.0}, torch.tensor([0, 9]), (style.RUN, style.INK))
    assert [trace.line.color for trace in figure.data] == [style.RUN, style.INK, style.RUN]


def test_a_forecast_is_wide_dashed_and_half_transparent_and_lets_a_run_be_seen():
    figure, x = style.plain(), torch.arange(3)
    drawn = strokes.forecast(figure, x, torch.tensor([1.0, torch.inf, 3.0]))
    run = strokes.line(figure, x, torch.ones(3), "run", style.RUN)
    assert drawn is figure.data[0]
    np.testing.assert_array_equal(drawn.y, [1.0, np.nan, 3.0])
    assert (drawn.name, drawn.line.color, drawn.line.dash) == ("forecast", style.FORECAST, "dash")
    assert drawn.line.width > 2 * run.line.width
    assert drawn.opacity < 0.7
    other = strokes.forecast(figure, x, torch.ones(3), "a", style.SKY)
    assert (other.name, other.line.color, other.opacity) == ("a", style.SKY, drawn.opacity)


def test_the_key_of_forecasts_looks_like_one_and_has_no_place():
    figure = style.plain()
    strokes.forecast(figure, torch.arange(2), torch.ones(2), colour=style.GREY)
    strokes.forecast_key(figure, style.GREY)
    drawn, key = figure.data
    assert (key.line, key.opacity, key.name) == (drawn.line, drawn.opacity, "forecast")
    assert np.isnan(key.x).all()
    assert np.isnan(key.y).all()


def test_nothing_has_no_axes_and_no_lines():
    empty = strokes.nothing(40)
    assert (empty.layout.height, len(empty.data)) == (40, 0)
    assert (empty.layout.xaxis.visible, empty.layout.yaxis.visible) == (False, False)
