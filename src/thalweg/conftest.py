"""Doctests compute in float64, from a seed."""

import math

import pytest
import torch

# The pages have no doctests: `tests/lab` runs them, and to load them all takes seconds.
collect_ignore_glob = ["lab/pages/*"]


@pytest.fixture(autouse=True)
def _doctest_surroundings(doctest_namespace: dict) -> None:
    doctest_namespace.update(torch=torch, math=math)
    torch.set_default_dtype(torch.float64)
    torch.manual_seed(0)
