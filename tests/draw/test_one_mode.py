import numpy as np
import pytest
import torch

from thalweg.draw import principal, style
from thalweg.draw.one_mode import one_mode, told

X = torch.linspace(0, 1, 5)
SIGMA = torch.tensor([3.0, 2.0, 1.0]), torch.tensor([6.0, 4.0, 1e-20])
SHARE = torch.tensor([0.5, 0.25, 0.125]), torch.tensor([0.75, 0.125, 0.0])


PHI = torch.stack([X, 1 - X, (X - 0.5).abs()], 1)


def drawn(number):
    return one_mode(X, PHI, PHI.square(), SIGMA, SHARE, X, number)


def test_the_feature_is_that_of_all_principal_features():
    among = principal.principal(X, PHI, PHI.square(), *SIGMA, *SHARE, X).data
    for new, old in zip(drawn(2).data[:3], among[3:6], strict=True):
        np.testing.assert_array_equal(new.y, old.y)
        assert (new.name, new.line.color) == (old.name, old.line.color)


def test_shares_of_all_modes_and_a_stem_for_one():
    first, stem, second, other = drawn(1).data[3:]
    np.testing.assert_allclose(first.y, SHARE[0])
    np.testing.assert_allclose(second.y, SHARE[1][:2])
    assert first.customdata.tolist() == [1, 2, 3]
    assert (stem.y[1], other.y[1]) == (0.5, 0.75)
    assert (stem.line.color, other.line.color) == (style.GREY, style.BLUE)
    assert stem.x[0] == first.x[0] < 1 < second.x[0] == other.x[0]
    assert (stem.name, other.name) == ("at the start: σ 3, share 50 %", "after training: σ 6, share 75 %")
    assert [trace.showlegend for trace in drawn(1).data[:2]] == [False, False]


def test_a_mode_without_a_feature_after_training_has_only_that_of_the_start():
    figure = drawn(3)
    assert [trace.name for trace in figure.data[:2]] == ["at the start", "training points"]
    assert figure.data[-1].name == "after training: σ 0, share 0 %"


@pytest.mark.parametrize("number", [0, 4])
def test_there_must_be_such_a_mode(number):
    with pytest.raises(ValueError, match=f"one_mode: need a mode from 1 to 3, got {number}"):
        drawn(number)


def test_its_words_say_what_it_shows():
    words = told(SIGMA, SHARE, 2)
    assert words == "principal feature 2 over x. At the start: σ 2, share 25 %; after training: σ 4, share 12.5 %"
