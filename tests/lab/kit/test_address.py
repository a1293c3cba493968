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


def test_long_texts_do_not_make_the_address_long(params):
    kit.remember({"X": "1 " * 2000})
    assert params == {}
    params["X"] = "1 " * 2000
    assert kit.text("X", "1 2") == "1 2"
