"""The last part of the colour organ: PyTorch's computation graph of each transfer function, matched to its formula."""

import functools
import math
from collections.abc import Callable

import torch
from torch import Tensor

from thalweg.comparison import Comparison, Quantity, within
from thalweg.experiments.organ_settings import Settings
from thalweg.experiments.organ_setup import rounded
from thalweg.experiments.result import Finding, Picture
from thalweg.progress import Report
from thalweg.subjects import organ

AT_HZ = 2000.0


def low_pass(R: Tensor, f: Tensor) -> Tensor:
    """The low pass, as one would write it down."""
    u = 2 * math.pi * organ.FARAD * f * R
    return 1 / torch.sqrt(1 + u * u)


def high_pass(R: Tensor, f: Tensor) -> Tensor:
    """The high pass, as one would write it down."""
    u = 2 * math.pi * organ.FARAD * f * R
    return u / torch.sqrt(1 + u * u)


def band_pass(R_low: Tensor, R_high: Tensor, f: Tensor) -> Tensor:
    """The band pass, as one would write it down."""
    return low_pass(R_low, f) * high_pass(R_high, f)


def graph(settings: Settings, report: Report) -> Finding:
    """Draw each graph, and hold the derivative that flows back through it against the one derived by hand."""
    from thalweg.draw.graph import nodes

    rows, predicted, measured = [], {}, {}
    for name, (function, inputs, by_hand) in _filters().items():
        found = {node.name: node for node in nodes(function, inputs)}
        value = _gain(name, inputs)
        last = [node for node in found.values() if node.backward][-1]
        rows.append(within(f"gain of the {name}", "", value, last.value.item(), 1e-12, "the graph's last node"))
        for resistor, slope in by_hand.items():
            arrived = found[resistor].derivative
            flowed = math.nan if arrived is None else arrived.item()
            reason = "the chain rule by hand against the derivative that arrives at the resistor's node"
            rows.append(
                Quantity(
                    f"d gain / d {resistor}, {name}", "1/ohm", rounded(slope, 12), rounded(flowed, 12), 1e-12, reason
                )
            )
            predicted[f"{name}: d gain / d {resistor}"] = slope
            measured[f"{name}: d gain / d {resistor}"] = flowed
        measured[f"{name}: operations"] = sum(bool(node.backward) for node in found.values())
    why = (
        "Each operation of the graph is one sign of the formula. Backwards, every node multiplies what comes from above by its "
        "own derivative and passes it on; what arrives at R is the derivative of the gain, as the chain rule has it."
    )
    return Finding(Comparison(tuple(rows)), predicted, measured, why, _pictures(), {})


def _filters() -> dict[str, tuple[Callable[..., Tensor], dict[str, Tensor], dict[str, float]]]:
    """Every filter with its inputs at the desired resistors, and its derivatives by hand."""
    f = torch.tensor(AT_HZ, dtype=torch.float64)
    low, band_low, band_high, high = (R.clone().requires_grad_() for R in organ.desired_ohm(organ.COLOUR_ORGAN))
    return {
        "low pass": (low_pass, {"R": low, "f": f}, {"R": _low_slope(low.item())}),
        "high pass": (high_pass, {"R": high, "f": f}, {"R": _high_slope(high.item())}),
        "band pass": (
            band_pass,
            {"R_low": band_low, "R_high": band_high, "f": f},
            {
                "R_low": _low_slope(band_low.item()) * high_pass(band_high, f).item(),
                "R_high": _high_slope(band_high.item()) * low_pass(band_low, f).item(),
            },
        ),
    }


def _gain(name: str, inputs: dict[str, Tensor]) -> float:
    """The gain by the circuit's own function."""
    circuit = {"low pass": organ.LOW_PASS, "high pass": organ.HIGH_PASS, "band pass": organ.BAND_PASS}[name]
    *resistors, f = (value.detach() for value in inputs.values())
    return organ.gain(circuit, torch.stack(resistors), f.reshape(1)).item()


def _low_slope(R: float) -> float:
    u = 2 * math.pi * AT_HZ * R * organ.FARAD
    return -u * u / (R * (1 + u * u) ** 1.5)


def _high_slope(R: float) -> float:
    u = 2 * math.pi * AT_HZ * R * organ.FARAD
    return u / (R * (1 + u * u) ** 1.5)


def _pictures() -> tuple[Picture, ...]:
    from thalweg.draw.graph import computation_graph

    return tuple(
        Picture(
            f"The graph of the {name}",
            f"PyTorch's operations from the resistor (top) to the gain at {AT_HZ:g} Hz (bottom), each with the part of the "
            "formula that it stands for, its value, the derivative of the gain in it, and the name of its backward step.",
            functools.partial(computation_graph, function, inputs),
        )
        for name, (function, inputs, _) in _filters().items()
    )
