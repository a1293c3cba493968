import math

import pytest
import torch

from thalweg.draw.wording import counted, said


@pytest.mark.parametrize(
    ("value", "digits", "words"),
    [
        (0.0, 3, "0"),
        (-1.5, 3, "−1.5"),
        (999.6, 3, "1\u202f000"),
        (999_999.0, 3, "10⁶"),
        (123_456.0, 3, "123\u202f000"),
        (9_168_000.0, 3, "9.17×10⁶"),
        (0.001, 3, "0.001"),
        (0.00099999, 3, "0.001"),
        (4.6e-16, 1, "5×10⁻¹⁶"),
        (-1e-9, 3, "−10⁻⁹"),
        (0.12345678, 6, "0.123457"),
        (math.inf, 3, "∞"),
        (-math.inf, 3, "−∞"),
        (math.nan, 3, "none"),
    ],
)
def test_numbers_are_said_as_people_write_them(value, digits, words):
    assert said(value, digits) == said(torch.tensor(value), digits) == words


def test_one_is_singular():
    assert (counted(1, "step"), counted(2, "step"), counted(0, "elbow")) == ("1 step", "2 steps", "0 elbows")
    assert counted(3, "axis", "axes") == "3 axes"
