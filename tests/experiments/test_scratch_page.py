"""What the page on networks from scratch shows, by its data and its words."""

import functools

import numpy as np
import pytest
import torch

from thalweg.experiments import catalogue
from thalweg.experiments import scratch_page as page
from thalweg.experiments.scratch_setup import own_task
from thalweg.lab import kit


@functools.cache
def known():
    return page.bench(page.settings(10, 20, 5, 0))


def test_cells_are_the_nearest_in_ratio_and_the_experiments_own():
    assert page.cell(0.294, 0.215) == (7, 10)
    assert page.cell(1e-9, 1e9) == (0, page.RATES - 1)
    assert page.scales() == sorted(page.scales())
    for place, scale in enumerate(page.scales()):
        assert page.cell(scale, page.rates()[place])[0] == place
        torch.testing.assert_close(float(known().scales[place]), scale, rtol=5e-3, atol=0)
    settings = catalogue.run_experiment(
        page.NAME, {**page.asked(page.settings(10, 20, 1, 0)), "scales": 2, "rates": 2}
    ).settings
    assert (settings["images"], settings["hidden"], settings["epochs"], settings["seed"]) == (10, 20, 1, 0)


def test_the_map_shows_what_is_foreseen_and_says_it():
    figure = page.region(known())
    drawn = [trace for trace in figure.data if trace.type == "heatmap"]
    assert [trace.name for trace in drawn] == ["three layers", "five layers"]
    for trace, found in zip(drawn, known().foreseen.values(), strict=True):
        np.testing.assert_array_equal(np.isnan(trace.z), found.best.isnan().T)
    words = page.region_in_words(known(), (0, 0))
    good = float(known().foreseen["three layers"].good.double().mean())
    assert f"by three layers in {good:.0%} and five layers in" in words
    assert "Three layers are foreseen to be too slow to learn every example." in words


@pytest.mark.parametrize("cell", [(0, 0), (5, 12), (7, 10)])
def test_a_training_lies_over_its_forecast(cell):
    found = page.trained(known(), cell)
    figure, words = page.training(known(), cell, found)
    wide = {trace.name: trace for trace in figure.data[:2]}
    thin = {trace.name: trace for trace in figure.data[4:6]}
    assert wide.keys() == thin.keys()
    for name, foreseen in known().foreseen.items():
        key = next(key for key in wide if key.startswith(name))
        assert len(wide[key].x) == foreseen.loss.shape[2]
        assert len(thin[key].x) == len(found[name].loss)
        assert page.FATES[foreseen.fate(*cell)] in words


def test_what_became_of_a_training_is_said():
    said = page.outcomes(known(), (12, 15), page.trained(known(), (12, 15)))
    assert "to break: one step changes a layer by more than its own size; " in said
    assert "at best" in page.outcomes(known(), (0, 0), page.trained(known(), (0, 0)))
    long = page.bench(page.settings(10, 20, 30, 0))
    assert "all were learned after epoch" in page.outcomes(long, (7, 10), page.trained(long, (7, 10)))


def test_layers_are_shown_at_the_chosen_scale_beside_hes():
    (signals, words), (gradients, more) = page.layers(known(), (12, 0))
    for figure in (signals, gradients):
        assert {trace.name for trace in figure.data} >= {"three layers, scale 2", "five layers, scale of He"}
    assert (
        "size of the signal layer by layer at weight scale 2: a hidden layer is expected to multiply it by 6.32"
        in words
    )
    assert "size of the gradient" in more


def test_a_trained_map_is_compared_with_what_was_foreseen():
    accuracy = {name: found.good.double() for name, found in known().foreseen.items()}
    figure, words = page.trained_region(known(), accuracy)
    good = [f"{float(each.mean()):.0%}" for each in accuracy.values()]
    assert words.endswith(
        f"by three layers in {good[0]} where {good[0]} was foreseen and five layers in {good[1]} where {good[1]} was foreseen"
    )
    assert [trace.name for trace in figure.data].count("chosen") == 4


def test_own_points_have_pictures_of_their_own():
    rows = kit.matrix(page.OWN)
    mine = page.bench_of(own_task(rows, page.settings(50, 20, 5, 0)))
    (figure, words), (training, _), outcome = page.own(mine, page.region(mine), (7, 10))
    assert figure.data
    assert training.data
    assert "foreseen" in words
    assert outcome.count("are foreseen") == 2
    assert not page.own(None, None, (7, 10))[0][0].data


def test_nothing_is_foreseen_of_a_training_whose_first_step_breaks_a_layer():
    known = page.bench(page.settings(25, 20, 5, 0))
    cell = (len(known.scales) - 1, len(known.rates) - 1)
    assert {found.fate(*cell) for found in known.foreseen.values()} == {"breaks"}
    figure, words = page.training(known, cell, page.trained(known, cell))
    assert not any("predicted" in (trace.name or "") for trace in figure.data)
    assert words.count("to break") == 2


def test_a_map_that_is_not_there_is_not_shown():
    figure, words = page.marked(page.bench(page.settings(25, 20, 5, 0)), None, (1, 1))
    assert not figure.data
    assert "not been trained" in words
