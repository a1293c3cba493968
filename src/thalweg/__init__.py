"""thalweg: a laboratory for gradient descent on PyTorch. It predicts, runs and compares.

The public names stand here by hand and are imported when they are first used, so that the command answers at once.
"""

from typing import TYPE_CHECKING

from thalweg.laziness import importer

if TYPE_CHECKING:
    from thalweg.comparison import Comparison, Quantity, compare
    from thalweg.descent import Run, path, run
    from thalweg.direct import ridge_blocks, ridge_path
    from thalweg.filters import degrees_of_freedom, early_stopping_factors, ridge_factors, truncation_factors
    from thalweg.forecast import Forecast, predict
    from thalweg.linearization import Linearization, linearize, pulls
    from thalweg.losses import Loss
    from thalweg.minibatch import Moments, minibatch_moments
    from thalweg.modes import (
        best_lr,
        curvatures,
        largest_stable_lr,
        linear_path,
        nearest_minimum,
        step_factors,
        steps_to,
    )
    from thalweg.outcome import Outcome
    from thalweg.problem import Problem, flatten, from_module, objective, unflatten
    from thalweg.rules import Rule, gd, momentum, nesterov
    from thalweg.solvers import gauss_newton
    from thalweg.spectrum import Spectrum, alignment, decompose, principal_features, shares

__version__ = "0.1.0"

_HOMES = {
    "comparison": ("Comparison", "Quantity", "compare"),
    "descent": ("Run", "path", "run"),
    "direct": ("ridge_blocks", "ridge_path"),
    "filters": ("degrees_of_freedom", "early_stopping_factors", "ridge_factors", "truncation_factors"),
    "forecast": ("Forecast", "predict"),
    "linearization": ("Linearization", "linearize", "pulls"),
    "losses": ("Loss",),
    "modes": (
        "best_lr",
        "curvatures",
        "largest_stable_lr",
        "linear_path",
        "nearest_minimum",
        "step_factors",
        "steps_to",
    ),
    "minibatch": ("Moments", "minibatch_moments"),
    "outcome": ("Outcome",),
    "problem": ("Problem", "flatten", "from_module", "objective", "unflatten"),
    "rules": ("Rule", "gd", "momentum", "nesterov"),
    "solvers": ("gauss_newton",),
    "spectrum": ("Spectrum", "alignment", "decompose", "principal_features", "shares"),
}

__all__ = [
    "Comparison",
    "Forecast",
    "Linearization",
    "Loss",
    "Moments",
    "Outcome",
    "Problem",
    "Quantity",
    "Rule",
    "Run",
    "Spectrum",
    "alignment",
    "best_lr",
    "compare",
    "curvatures",
    "decompose",
    "degrees_of_freedom",
    "early_stopping_factors",
    "flatten",
    "from_module",
    "gauss_newton",
    "gd",
    "largest_stable_lr",
    "linear_path",
    "linearize",
    "minibatch_moments",
    "momentum",
    "nearest_minimum",
    "nesterov",
    "objective",
    "path",
    "predict",
    "principal_features",
    "pulls",
    "ridge_blocks",
    "ridge_factors",
    "ridge_path",
    "run",
    "shares",
    "step_factors",
    "steps_to",
    "truncation_factors",
    "unflatten",
]


__getattr__ = importer(__name__, _HOMES)
