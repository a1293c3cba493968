"""Every test computes in float64, from seed 0; any other seed must pass too: `THALWEG_TEST_SEED=7 pytest tests`."""

import os
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent))  # for `from problems import ...`

settings.register_profile("thalweg", deadline=None, max_examples=50, derandomize=True)
settings.load_profile("thalweg")


@pytest.fixture(autouse=True)
def _surroundings():
    torch.set_default_dtype(torch.float64)
    torch.manual_seed(seed := int(os.environ.get("THALWEG_TEST_SEED", "0")))
    np.random.seed(seed)  # noqa: NPY002 - scikit-learn draws from it
    yield
    torch.set_default_dtype(torch.float64)
