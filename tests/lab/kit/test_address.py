import pytest

from thalweg.lab import kit


@pytest.mark.parametrize(
    ("text", "value"), [("0.7", 0.7), ("", 0.5), ("x", 0.5), ("nan", 0.5), ("1e9", 0.5), ("-1", 0.5)]
)
def test_only_a_good_number_is_remembered(params, text, value):
    params["lr"] = text
    assert kit.remembered("lr", 0.5, 0.0, 1.0) == value


def test_what_is_remembered_comes_back(params):
    kit.remember({"lr": 1 / 3, "shape": "tall", "seed": 4})
    assert params == {"lr": "0.333333", "shape": "tall", "seed": "4"}
    assert kit.remembered("lr", 0.5) == 0.333333
    assert kit.chosen("shape", ["wide", "tall"], "wide") == "tall"
    assert kit.chosen("shape", ["wide", "square"], "wide") == "wide"


def test_a_slider_begins_at_the_value_nearest_to_the_address(params):
    params["lr"] = "0.12"
    steps = [0.01, 0.1, 0.15, 1.0]
    assert kit.slider("lr", "learning rate", steps, 0.01).value == 0.1
    assert kit.slider("other", "learning rate", steps, 0.15).value == 0.15
    for far, nearest in (("inf", 1.0), ("1e300", 1.0), ("-inf", 0.01)):
        params["lr"] = far
        assert kit.slider("lr", "learning rate", steps, 0.1).value == nearest


def test_long_texts_do_not_make_the_address_long(params):
    kit.remember({"X": "1 " * 2000})
    assert params == {}
    params["X"] = "1 " * 2000
    assert kit.text("X", "1 2") == "1 2"


@pytest.mark.parametrize("kind", ["radio", "dropdown"])
def test_a_choice_begins_at_what_the_address_remembers(params, kind):
    choice = getattr(kit, kind)
    assert choice("way", "way", ["one", "two"], "two").value == "two"
    steps = {"1 000": 1000, "30 000": 30_000}
    assert choice("steps", "steps", steps, 1000).value == 1000
    kit.remember({"way": "one", "steps": 30_000})
    assert choice("way", "way", ["one", "two"], "two").value == "one"
    assert choice("steps", "steps", steps, 1000).value == 30_000
    params["steps"] = "30 000"
    assert choice("steps", "steps", steps, 1000).value == 1000, "the address has values, not what they are called"


@pytest.mark.parametrize("kind", ["radio", "dropdown"])
def test_a_default_must_be_among_the_values(params, kind):
    with pytest.raises(ValueError, match="steps: need a default among 10, 20, got 15"):
        getattr(kit, kind)("steps", "steps", {"ten": 10, "twenty": 20}, 15)


def test_controls_stand_in_cells_of_one_grid(params):
    sliders = [kit.slider(name, name, [1.0, 2.0], 1.0) for name in ("a", "b", "c")]
    together = kit.controls(*sliders).text
    assert together.count("<div>") == 3
    assert "display:grid" in together
    places = [together.index(each.text) for each in sliders]
    assert places == sorted(places)
