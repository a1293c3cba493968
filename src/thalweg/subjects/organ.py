r"""The colour organ: three filters that light three lamps, their data, and the problem of learning their resistors.

Gains are plain torch functions of resistance and frequency, so that no derivative is written by hand. What theory says
of them is in `organ_theory`.
"""

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from thalweg.losses import Loss
from thalweg.problem import Model, Problem

FARAD = 1e-6
ON = 1 / math.sqrt(2)  # A lamp is on where the gain is above this.
HZ_RANGE = (1.0, 1e6)
E24 = (
    1.0, 1.1, 1.2, 1.3, 1.5, 1.6, 1.8, 2.0, 2.2, 2.4, 2.7, 3.0, 3.3, 3.6, 3.9, 4.3, 4.7, 5.1, 5.6, 6.2, 6.8, 7.5, 8.2, 9.1,
)  # fmt: skip
"""The values of a decade that shops sell, 24 of them."""
TONES_HZ = (300.0, 500.0, 700.0, 900.0, 1100.0, 1300.0, 1500.0)


@dataclass(frozen=True)
class Circuit:
    """A filter, or several, with its resistors.

    Attributes:
        name: What it is called.
        resistors: The name of each resistor.
        gain: The gain of resistances (d,) at frequencies (n,): one column a lamp, none for a single lamp.
        cutoff_hz: The desired cut-off of each resistor's stage.
    """

    name: str
    resistors: tuple[str, ...]
    gain: Callable[[Tensor, Tensor, float], Tensor]
    cutoff_hz: tuple[float, ...]


def low_pass(ohm: Float[Tensor, "*batch"], hz: Float[Tensor, " n"], farad: float = FARAD) -> Float[Tensor, "*batch n"]:
    r"""The gain of a resistor before a capacitor to ground, $1/\sqrt{1+u^2}$ with $u = 2\pi f R C$.

    Example:
        >>> low_pass(torch.tensor(1e6), torch.tensor([1 / (2 * math.pi)]))  # u = 1
        tensor([0.7071])
    """
    u = 2 * math.pi * farad * hz * ohm.unsqueeze(-1)
    return torch.rsqrt(1 + u * u)


def high_pass(ohm: Float[Tensor, "*batch"], hz: Float[Tensor, " n"], farad: float = FARAD) -> Float[Tensor, "*batch n"]:
    r"""The gain of a capacitor before a resistor to ground, $u/\sqrt{1+u^2}$ with $u = 2\pi f R C$.

    Example:
        >>> R, f = torch.tensor(159.0), torch.tensor([10.0, 1e3, 1e5])
        >>> torch.testing.assert_close(low_pass(R, f) ** 2 + high_pass(R, f) ** 2, torch.ones(3))
    """
    u = 2 * math.pi * farad * hz * ohm.unsqueeze(-1)
    return u * torch.rsqrt(1 + u * u)


def band_pass(
    low_ohm: Float[Tensor, "*batch"], high_ohm: Float[Tensor, "*batch"], hz: Float[Tensor, " n"], farad: float = FARAD
) -> Float[Tensor, "*batch n"]:
    """The gain of a low-pass and a high-pass stage with an ideal buffer between them: their product.

    Example:
        >>> band_pass(torch.tensor(40.0), torch.tensor(160.0), torch.tensor([2000.0]))
        tensor([0.8000])
    """
    return low_pass(low_ohm, hz, farad) * high_pass(high_ohm, hz, farad)


def _low(ohm: Tensor, hz: Tensor, farad: float) -> Tensor:
    return low_pass(ohm[0], hz, farad)


def _high(ohm: Tensor, hz: Tensor, farad: float) -> Tensor:
    return high_pass(ohm[0], hz, farad)


def _band(ohm: Tensor, hz: Tensor, farad: float) -> Tensor:
    return band_pass(ohm[0], ohm[1], hz, farad)


def _all(ohm: Tensor, hz: Tensor, farad: float) -> Tensor:
    low, band, high = low_pass(ohm[0], hz, farad), band_pass(ohm[1], ohm[2], hz, farad), high_pass(ohm[3], hz, farad)
    return torch.stack([low, band, high], dim=-1)


LOW_PASS = Circuit("low pass", ("low_pass",), _low, (800.0,))
HIGH_PASS = Circuit("high pass", ("high_pass",), _high, (5000.0,))
BAND_PASS = Circuit("band pass", ("band_pass_low", "band_pass_high"), _band, (4000.0, 1000.0))
COLOUR_ORGAN = Circuit(
    "colour organ",
    ("low_pass", "band_pass_low", "band_pass_high", "high_pass"),
    _all,
    (800.0, 4000.0, 1000.0, 5000.0),
)


def cutoff_ohm(hz: float, farad: float = FARAD) -> float:
    r"""The resistor whose filter has this cut-off, $R = 1/(2\pi f C)$.

    Args:
        hz: The frequency where the gain is $1/\sqrt2$, positive.
        farad: The capacitor, positive.

    Returns:
        The resistance in ohm.

    Raises:
        ValueError: If the frequency or the capacitance is not positive and finite.

    Example:
        >>> round(cutoff_ohm(800.0), 2)
        198.94
    """
    for name, value in (("hz", hz), ("farad", farad)):
        if not (value > 0 and math.isfinite(value)):
            raise ValueError(f"cutoff_ohm: need a positive, finite {name}, got {value}")
    return 1 / (2 * math.pi * hz * farad)


def nearest_e24(ohm: float) -> float:
    r"""The resistance that shops sell nearest to one, by ratio: a value of the E24 series, times a power of ten.

    $$ \operatorname{argmin}_{e, k} \, \lvert \log_{10} R - k - \log_{10} e \rvert, \qquad e \in E24. $$

    Args:
        ohm: The resistance R, in ohm, positive.

    Returns:
        The one for sale, in ohm, less than 7.5 per cent away.

    Raises:
        ValueError: If the resistance is not positive and finite.

    Example:
        >>> nearest_e24(198.94), nearest_e24(31.83), nearest_e24(0.98)
        (200.0, 33.0, 1.0)
    """
    if not (ohm > 0 and math.isfinite(ohm)):
        raise ValueError(f"nearest_e24: need a positive, finite resistance in ohm, got {ohm}")
    decade = math.floor(math.log10(ohm))
    place = math.log10(ohm) - decade
    nearest = min((*E24, 10.0), key=lambda value: abs(math.log10(value) - place))
    return float(f"{nearest}e{decade}")


def desired_ohm(circuit: Circuit, farad: float = FARAD) -> Float[Tensor, " d"]:
    """The resistors that the lamp table was made with.

    Example:
        >>> desired_ohm(BAND_PASS)
        tensor([ 39.7887, 159.1549])
    """
    return torch.tensor([cutoff_ohm(hz, farad) for hz in circuit.cutoff_hz], dtype=torch.float64)


def gain(circuit: Circuit, ohm: Float[Tensor, " d"], hz: Float[Tensor, " n"], farad: float = FARAD) -> Tensor:
    """The gains of a circuit, checked at the door.

    Args:
        circuit: The circuit.
        ohm: Its resistors, positive.
        hz: Frequencies, positive and ascending.
        farad: Every capacitor, positive.

    Returns:
        One row a frequency; one column a lamp if the circuit has several.

    Raises:
        ValueError: If a resistor, the capacitor or a frequency is out of range.

    Example:
        >>> gain(LOW_PASS, desired_ohm(LOW_PASS), torch.tensor([800.0]))
        tensor([0.7071])
    """
    _check_parts(circuit, ohm, farad)
    check_hz(hz)
    return circuit.gain(ohm, hz, farad)


def reference_grid(points: int = 1000) -> Float[Tensor, " n"]:
    r"""Frequencies spread evenly over the decades: midpoints of equal cells of log f, from 1 Hz to 1 MHz.

    Raises:
        ValueError: If there is not at least one point.

    Example:
        >>> reference_grid(3)
        tensor([1.0000e+01, 1.0000e+03, 1.0000e+05])
    """
    if points < 1:
        raise ValueError(f"reference_grid: need at least one point, got {points}")
    return 10 ** (6 * (torch.arange(points, dtype=torch.float64) + 0.5) / points)


def lamps(circuit: Circuit, hz: Float[Tensor, " n"], farad: float = FARAD) -> Bool[Tensor, "n *lamps"]:
    r"""Which lamp is on at which frequency: where the gain of the desired circuit is above $1/\sqrt2$.

    Example:
        >>> lamps(LOW_PASS, torch.tensor(TONES_HZ)).tolist()
        [True, True, True, False, False, False, False]
    """
    return gain(circuit, desired_ohm(circuit, farad), hz, farad) > ON


def make_problem(
    circuit: Circuit,
    hz: Float[Tensor, " n"],
    targets: Float[Tensor, "n *lamps"],
    start: Float[Tensor, " d"],
    loss: Loss,
    *,
    logarithmic: bool = False,
    farad: float = FARAD,
) -> Problem:
    """Learn the resistors of a circuit from what its lamps, or its gains, should be.

    Args:
        circuit: The circuit.
        hz: Frequencies, positive and ascending.
        targets: What is wanted at each frequency, and of each lamp.
        start: The resistors to begin with, in ohm, positive.
        loss: What a gain costs against its target.
        logarithmic: Whether the parameters are log R instead of R; every run then bends alike, whatever the size of R.
        farad: Every capacitor, positive.

    Returns:
        The problem; its parameters bear the names of the resistors.

    Raises:
        ValueError: If a part or a frequency is out of range, or a lamp is always on or always off, so that no resistor
            can be learned from it.

    Example:
        >>> from thalweg import losses
        >>> hz = reference_grid()
        >>> problem = make_problem(LOW_PASS, hz, lamps(LOW_PASS, hz).double(), torch.tensor([500.0]), losses.squared())
        >>> problem.shapes
        {'low_pass': ()}
    """
    _check_parts(circuit, start, farad)
    check_hz(hz)
    check_two_sided(targets)
    return Problem(
        _model(circuit, logarithmic, farad),
        hz,
        targets,
        start.log() if logarithmic else start,
        loss,
        dict.fromkeys(circuit.resistors, ()),
        lower=-math.inf if logarithmic else 0.0,
    )


def bode_db(cutoffs_rad_s: Float[Tensor, " d"], hz: Float[Tensor, " n"]) -> Float[Tensor, " n"]:
    r"""The Bode lines of a band pass in dB: $-20\,(\log_{10} \omega/\omega_1)_+ - 20\,(\log_{10} \omega_2/\omega)_+$.

    Args:
        cutoffs_rad_s: The cut-offs of the low-pass stage $\omega_1$ and the high-pass stage $\omega_2$.
        hz: Frequencies, positive.

    Returns:
        The gain in dB; 0 between the cut-offs.

    Example:
        >>> bode_db(2 * math.pi * torch.tensor([1e4, 1e3]), torch.tensor([100.0, 3e3, 1e5]))
        tensor([-20.0000,  -0.0000, -20.0000])
    """
    w = 2 * math.pi * hz
    return -20 * (w / cutoffs_rad_s[0]).log10().relu() - 20 * (cutoffs_rad_s[1] / w).log10().relu()


def check_hz(hz: Tensor) -> None:
    """Refuse frequencies that are missing, not finite, not positive or not ascending.

    Raises:
        ValueError: For the first of these that holds.
    """
    if hz.numel() == 0:
        raise ValueError("frequencies: need at least one, got none")
    if not hz.isfinite().all() or not (hz > 0).all():
        raise ValueError(f"frequencies: need positive, finite Hz, got {hz.min().item():g} to {hz.max().item():g}")
    if (hz.diff() <= 0).any():
        raise ValueError("frequencies: need them ascending and distinct, got some out of order; sort them")


def check_two_sided(targets: Tensor) -> None:
    """Refuse lamp tables that say nothing about where a boundary lies.

    Raises:
        ValueError: If some lamp has the same target at every frequency.
    """
    columns = targets.reshape(len(targets), -1).double()
    for column in columns.T:
        if (column == column[0]).all() and column[0] in (0.0, 1.0):
            state, way = ("on", "towards ever more") if column[0] else ("off", "towards ever less")
            raise ValueError(
                f"lamps: need some on and some off, got a lamp that is {state} at every frequency: all samples pull "
                f"{way} gain, no balance exists, and no resistor can be learned; widen the range of frequencies"
            )


def _check_parts(circuit: Circuit, ohm: Tensor, farad: float) -> None:
    if ohm.shape != (len(circuit.resistors),):
        raise ValueError(f"{circuit.name}: need {len(circuit.resistors)} resistors, got shape {tuple(ohm.shape)}")
    if not ((ohm > 0) & ohm.isfinite()).all():
        raise ValueError(f"{circuit.name}: need positive, finite resistors in ohm, got {ohm.tolist()}")
    if not (farad > 0 and math.isfinite(farad)):
        raise ValueError(f"{circuit.name}: need a positive, finite capacitor in farad, got {farad}")


@functools.cache
def _model(circuit: Circuit, logarithmic: bool, farad: float) -> Model:
    """One function for each circuit, so that problems alike share it and a compiled loop serves them all."""
    if logarithmic:
        return lambda w, hz: circuit.gain(w.exp(), hz, farad)
    return lambda w, hz: circuit.gain(w, hz, farad)
