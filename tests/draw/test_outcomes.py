import numpy as np
import pytest
import torch

from thalweg.draw import style
from thalweg.draw.outcomes import outcome_map
from thalweg.outcome import Outcome

STARTS, RATES = torch.tensor([1.0, 10.0, 100.0]), torch.tensor([1e3, 1e6])
WORDS = [["converged"] * 3, ["converged", "diverged", "false stop"]]


def test_every_outcome_has_a_colour_of_its_own():
    assert set(style.OUTCOMES) == {outcome.words for outcome in Outcome}
    assert len(set(style.OUTCOMES.values())) == len(Outcome)


def test_cells_borders_and_words():
    border = torch.tensor([1.0, 100.0]), torch.tensor([2e5, 2e5])
    steps = torch.tensor([[1, 2, 3], [4, 5, 6]])
    longer = torch.tensor([1.0, 2.0, 3.0]), torch.tensor([1e3, float("inf"), 1e4])
    figure = outcome_map(STARTS, RATES, WORDS, {"flow": longer, "largest stable lr": border}, steps)
    cells, *others = figure.data
    order = list(style.OUTCOMES)
    assert [[order[code] for code in row] for row in cells.z] == WORDS
    assert cells.x.tolist() == STARTS.tolist()
    assert cells.text[1][2] == "false stop, 6 steps"
    shown = [trace.name for trace in others if trace.showlegend is not False]
    assert shown == ["converged", "diverged", "false stop", "flow", "largest stable lr"]
    assert others[4].x.tolist() == [1.0, 3.0]
    assert others[-1].line.color == style.FORECAST
    assert others[-1].y.tolist() == pytest.approx([2e5, 2e5])


def test_the_scale_paints_every_code_in_its_own_colour():
    cells = outcome_map(STARTS, RATES, WORDS, {}).data[0]
    for code, colour in enumerate(style.OUTCOMES.values()):
        place = (code - cells.zmin) / (cells.zmax - cells.zmin)
        before = [entry for entry in cells.colorscale if entry[0] <= place][-1]
        after = next(entry for entry in cells.colorscale if entry[0] >= place)
        assert before[1] == after[1] == colour


def test_a_large_map_is_small_on_the_page():
    starts, rates = torch.logspace(0, 5, 200), torch.logspace(0, 5, 300)
    words = [["stopped by chance" if i > j else "converged" for j in range(200)] for i in range(300)]
    figure = outcome_map(starts, rates, words, {}, torch.full((300, 200), 44528))
    assert len(style.as_json(figure)) < 300_000
    cells = figure.data[0]
    assert cells.x[-1] == starts[-1].double()
    assert np.array_equal(cells.z == 5, cells.z != 0)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([["converged"] * 3, ["lost"] * 3], r"need outcomes among .* got \['lost'\]"),
        ([["converged"] * 2] * 3, r"need 2 rows of 3 outcomes, got \[2, 2, 2\]"),
    ],
)
def test_refuses(words, message):
    with pytest.raises(ValueError, match=message):
        outcome_map(STARTS, RATES, words, {})
