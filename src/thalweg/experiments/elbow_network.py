"""Homework 0, the ReLU elbow, (c) and (d): every elbow of a hidden layer before and after one step."""

import torch
from torch import Tensor

from thalweg.comparison import Comparison, Quantity
from thalweg.descent import run
from thalweg.experiments.relu_settings import OneStep
from thalweg.experiments.result import Finding, Picture
from thalweg.problem import Problem, unflatten
from thalweg.progress import Report
from thalweg.subjects import elbows, networks

SHOWN = 12  # Elbows that the table names.


def network(settings: OneStep, report: Report) -> Finding:
    """Elbows by the formula, and as one step of torch leaves them."""
    problem = one_point(settings)
    before, p = places(problem, problem.start), unflatten(problem.start, problem.shapes)
    residual = (problem.outputs(problem.start) - problem.y).detach()
    formula = elbows.elbows_after_step(p["w1"], p["b1"], p["a"], problem.X, residual, settings.lr)
    ended = run(problem, lr=settings.lr, steps=1, keep=2).final[0]
    measured = places(problem, ended)
    moves = p["w1"] * settings.x + p["b1"] > 0
    moved = measured != before
    far = ((formula - measured) / (1 + measured.abs())).abs().nan_to_num(0.0).max()
    quantities = (
        Quantity("elbows that move", "", int((formula != before).sum()), int(moved.sum()), 0, "units that are off keep theirs"),
        Quantity("units that are on at x", "", int(moves.sum()), int((networks.output_features(
            problem.start, problem.X, settings.width)[0, :-1] > 0).sum()), 0, "w x + b > 0"),
        Quantity("largest difference of all elbows", "of 1 + their size", 0.0, float(far), 1e-10, "rounding"),
        *(
            Quantity(f"elbow {i + 1}, from {float(before[i]):.4g} to", "", float(formula[i]), float(measured[i]),
                     1e-9 * (1 + abs(float(measured[i]))), "the formula is exact")
            for i in range(min(SHOWN, settings.width))
        ),
        Quantity("function at x after the step", "", float(_stepped_output(problem, settings.lr)),
                 float(problem.model(ended, problem.X)), 1e-9 * (1 + abs(float(residual))), "every parameter's step by hand"),
    )  # fmt: skip
    why = (
        "A step takes lr r a_i x from the slope of unit i and lr r a_i from its bias if the unit is on at x, and nothing if it "
        f"is off; r = f(x) - y = {float(residual):.4g}, and {int(moves.sum())} of {settings.width} units are on. Slope, bias, "
        "output weight and residual say where its elbow goes; the other units matter only through the residual."
    )
    report(1.0)
    return Finding(
        Comparison(quantities),
        {"elbows": formula, "residual": float(residual)},
        {"elbows": measured, "elbows_before": before, "output_after": float(problem.model(ended, problem.X))},
        why,
        (_picture(problem, ended, before, measured, settings),),
        {},
    )


def one_point(settings: OneStep) -> Problem:
    """A network with one hidden layer at its start, and one training point under half the squared error."""
    from thalweg import losses

    widths, start = (settings.width,), networks.start((settings.width,), settings.seed)
    x, y = (torch.tensor([value], dtype=torch.float64) for value in (settings.x, settings.y))
    return Problem(networks.model(widths), x, y, start, losses.squared(), networks.shapes(widths))


def places(problem: Problem, w: Tensor) -> Tensor:
    """The elbows of all units."""
    params = unflatten(w, problem.shapes)
    return elbows.elbow(params["w1"], params["b1"])


def _stepped_output(problem: Problem, lr: float) -> Tensor:
    """The network at x after a step, from the features by hand: every parameter moves by -lr r times its own."""
    width = problem.shapes["w1"][0]
    F = torch.cat(list(networks.features(problem.start, problem.X, (width,)).values()), 1)
    r = problem.outputs(problem.start) - problem.y
    return problem.model(problem.start - lr * (F.T @ r), problem.X)


def _picture(problem: Problem, ended: Tensor, before: Tensor, after: Tensor, settings: OneStep) -> Picture:
    from thalweg.draw import elbows as draw

    x = torch.linspace(-0.1, 1.1, 601, dtype=torch.float64)

    def figure() -> object:
        old, new = (problem.model(w, x).detach() for w in (problem.start, ended))
        return draw.network_step(x, old, new, before, after, (settings.x, settings.y))

    return Picture(
        "The function and its elbows before and after the step",
        "One training point moves the whole function: it bends at new places, wherever a unit was on at the point. Elbows of "
        "units that were off there stay.",
        figure,
    )
