"""Every test computes in float64, from seed 0; any other seed must pass too: `THALWEG_TEST_SEED=7 pytest tests`."""

import math
import os
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent))  # for `from problems import ...`

torch.set_default_dtype(torch.float64)  # also for what is made while tests are collected
settings.register_profile("thalweg", deadline=None, max_examples=50, derandomize=True)
settings.load_profile("thalweg")


@pytest.fixture(autouse=True)
def _surroundings():
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)  # nothing here is large enough for two
    torch.manual_seed(seed := int(os.environ.get("THALWEG_TEST_SEED", "0")))
    np.random.seed(seed)  # noqa: NPY002 - scikit-learn draws from it
    if descent := sys.modules.get("thalweg.descent"):
        descent.COMPILE_SECONDS = math.inf  # under the hook nothing compiles, and to find that out takes seconds
    yield
    torch.set_default_dtype(torch.float64)
