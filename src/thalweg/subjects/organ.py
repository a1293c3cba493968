r"""The colour organ: three filters that light three lamps, and what descent should make of their resistors.

Gains are plain torch functions of resistance and frequency, so that no derivative is written by hand. The closed forms
here (cut-offs, the crossing rule, intervals, scatter) are the theory that the experiments hold against runs.
"""

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from scipy.optimize import brentq
from torch import Tensor

from thalweg.losses import Loss
from thalweg.problem import Model, Problem

FARAD = 1e-6
ON = 1 / math.sqrt(2)  # A lamp is on where the gain is above this.
HZ_RANGE = (1.0, 1e6)
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


def crossing_gain(loss: Loss) -> float:
    r"""The gain at which descent puts the boundary between on and off, when it learns from lamps alone.

    Over a wide, log-uniform range of frequencies the pulls of on and off lamps balance where

    $$ \ell(h, 1) - \ell(h, 0) = \ell(1, 1) - \ell(0, 0), $$

    whatever the loss: scaling R shifts the gain along log f, and only the ends of the on and off stretches change.

    Args:
        loss: A loss of a gain between 0 and 1 against a lamp, 0 or 1.

    Returns:
        The gain h; the learned R is `sqrt(1/h**2 - 1)` times the desired one for a low pass. For squared loss with off
        demanding a, $h = 1/(2(1-a))$: so $a = 1 - 1/\sqrt2$ is an exact cure.

    Raises:
        ValueError: If no gain between 0 and 1 balances the pulls: then R runs away.

    Example:
        >>> from thalweg import losses
        >>> round(crossing_gain(losses.squared()), 12)
        0.5
        >>> round(crossing_gain(losses.shifted(1 - 0.5**0.5)) / 0.5**0.5, 12)
        1.0
    """

    def sample(g: float, lamp: float) -> float:
        return float(loss.sample(torch.tensor(g, dtype=torch.float64), torch.tensor(lamp, dtype=torch.float64)))

    ends = sample(1.0, 1.0) - sample(0.0, 0.0)

    def excess(h: float) -> float:
        return sample(h, 1.0) - sample(h, 0.0) - ends

    low, high = 1e-9, 1 - 1e-9
    if excess(low) * excess(high) > 0:
        raise ValueError(f"crossing_gain: need pulls that balance at some gain, got none for {loss.name}: R runs away")
    return float(brentq(excess, low, high, xtol=1e-15))


def crossing_ratio(loss: Loss) -> float:
    r"""The learned resistor of a low pass over the desired one, $\sqrt{1/h^2 - 1}$; a high pass has the reciprocal.

    Example:
        >>> from thalweg import losses
        >>> round(crossing_ratio(losses.squared()) ** 2, 12)
        3.0
    """
    return math.sqrt(1 / crossing_gain(loss) ** 2 - 1)


def crossing_curvature(loss: Loss, size: int) -> float:
    r"""The curvature in log R of a low pass's loss on lamps, at the minimum that the crossing rule predicts.

    $$ \frac{c\,n}{\Lambda} \, \frac{d}{dh}\left[\ell(h,1) - \ell(h,0)\right] \frac{dh}{d\ln R},
       \qquad \frac{dh}{d\ln R} = -h\,(1 - h^2), $$

    with $\Lambda = \ln(f_{max}/f_{min})$. Unlike the second derivative on data it is right for losses with corners too.

    Args:
        loss: A loss of a gain between 0 and 1 against a lamp.
        size: The number n of frequencies.

    Returns:
        The curvature; descent in log R takes a Newton step at the learning rate that is its reciprocal.

    Example:
        >>> from thalweg import losses
        >>> round(crossing_curvature(losses.squared(2 / 1000), 1000) * math.log(1e6), 12)  # 2 * 1/2 * (1 - 1/4)
        0.75
    """
    h = torch.tensor(crossing_gain(loss), dtype=torch.float64)
    one, zero = torch.ones_like(h), torch.zeros_like(h)
    turn = torch.func.grad(lambda g: loss.sample(g, one) - loss.sample(g, zero))(h)
    return float(-turn * h * (1 - h * h)) * loss.c * size / math.log(HZ_RANGE[1] / HZ_RANGE[0])


def ohm_interval(hz: Float[Tensor, " n"], on: Bool[Tensor, " n"], farad: float = FARAD) -> tuple[float, float]:
    r"""The resistors of a low pass that light exactly the lamps of a table.

    A tone's lamp is on if and only if $R < 1/(2\pi f C)$, so the last tone that is on and the first that is off decide.

    Args:
        hz: Frequencies, positive and ascending.
        on: Whether the lamp is on.
        farad: The capacitor, positive.

    Returns:
        The interval: its lower end belongs to it, its upper end does not.

    Raises:
        ValueError: If no low pass has such lamps: a higher tone is on where a lower one is off, or all are alike.

    Example:
        >>> low, high = ohm_interval(torch.tensor(TONES_HZ), lamps(LOW_PASS, torch.tensor(TONES_HZ)))
        >>> round(low, 2), round(high, 2)
        (176.84, 227.36)
    """
    check_hz(hz)
    check_two_sided(on)
    if (on[1:] & ~on[:-1]).any():
        raise ValueError("ohm_interval: need lamps that are on below some frequency and off above, got a mixed table")
    return cutoff_ohm(float(hz[~on][0]), farad), cutoff_ohm(float(hz[on][-1]), farad)


def matched_curvature(ohm: float) -> float:
    r"""The curvature of the mean squared error of a low or high pass at a perfect fit, $1/(2\Lambda R^2)$.

    It is the mean of $2 (\partial g/\partial R)^2$ over log-uniform frequencies, $\Lambda = \ln(f_{max}/f_{min})$.

    Example:
        >>> round(matched_curvature(198.94) * 1e7, 3), round(2 / matched_curvature(198.94) / 1e6, 3)
        (9.144, 2.187)
    """
    return 1 / (2 * math.log(HZ_RANGE[1] / HZ_RANGE[0]) * ohm**2)


def scatter_ohm(problem: Problem, ohm: float) -> float:
    r"""How far the learned resistor of a low or high pass scatters when the n frequencies are drawn anew.

    The learned R solves $\sum_i \psi(f_i, R) = 0$ with the pulls $\psi$, so to first order its standard deviation is
    $\sqrt{\operatorname{var} \psi / n} \, / \, \mathrm{E}\, \partial\psi/\partial R$ (the delta method).

    Args:
        problem: A problem with one resistor on the reference grid, which stands for the expectation.
        ohm: The learned resistor there.

    Returns:
        The standard deviation in ohm.

    Example:
        >>> from thalweg import losses
        >>> hz = reference_grid()
        >>> problem = make_problem(LOW_PASS, hz, lamps(LOW_PASS, hz).double(), torch.tensor([343.86]), losses.squared())
        >>> round(scatter_ohm(problem, 343.86), 1)
        18.1
    """
    n = len(problem.y)

    def pulls(R: Tensor) -> Tensor:
        return torch.func.jacrev(lambda w: problem.loss.sample(problem.outputs(w), problem.y))(R).squeeze(-1)

    R = problem.start.new_tensor([ohm])
    bend = torch.func.jacfwd(lambda w: pulls(w).mean())(R)
    return float(pulls(R).std() / math.sqrt(n) / bend)


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


def bode_cutoffs_hz(hz: Float[Tensor, " n"], db: Float[Tensor, " n"]) -> tuple[float, float]:
    r"""The cut-offs in Hz of the Bode lines that fit gains in dB best, by the condition for it.

    At the best cut-off of either stage the mean error over the frequencies beyond it is zero: solving that for one
    unknown at a time is a different route from descent.

    Args:
        hz: Frequencies, positive and ascending.
        db: Gains in dB.

    Returns:
        Cut-offs of the low-pass and the high-pass stage.

    Example:
        >>> hz = reference_grid()
        >>> low, high = bode_cutoffs_hz(hz, bode_db(2 * math.pi * torch.tensor([4000.0, 1000.0]), hz))
        >>> round(low, 6), round(high, 6)
        (4000.0, 1000.0)
    """
    x, middle = hz.log10(), float(hz[db.argmax()].log10())

    def error(cut: float, side: float) -> float:
        beyond = (side * (x - cut)).relu()
        return float(((-20 * beyond - db) * (beyond > 0)).sum())

    ends = float(x[0]), float(x[-1])
    low = brentq(lambda cut: error(cut, 1.0), middle - 1, ends[1] - 0.1, xtol=1e-13)
    high = brentq(lambda cut: error(cut, -1.0), ends[0] + 0.1, middle + 1, xtol=1e-13)
    return 10**low, 10**high


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
