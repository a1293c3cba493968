r"""The theory of the colour organ, in closed form: what descent should make of its resistors, without descending.

The crossing rule, exact intervals, curvatures, what the band pass is without a buffer, scatter and best Bode corners. The
circuits themselves are in `organ`.
"""

import math

import torch
from jaxtyping import Bool, Float
from scipy.optimize import brentq
from torch import Tensor

from thalweg.losses import Loss
from thalweg.problem import Problem
from thalweg.subjects.organ import FARAD, HZ_RANGE, check_hz, check_two_sided, cutoff_ohm


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
        >>> from thalweg.subjects.organ import LOW_PASS, TONES_HZ, lamps
        >>> tones = torch.tensor(TONES_HZ)
        >>> low, high = ohm_interval(tones, lamps(LOW_PASS, tones))
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


def band_peaks(low_ohm: float, high_ohm: float) -> tuple[float, float]:
    r"""The largest gain of the band pass, with an ideal buffer between its two stages and without one.

    $$ \frac{R_2}{R_1 + R_2} \qquad \text{and} \qquad \frac{R_2}{2 R_1 + R_2}, $$

    with $R_1$ before the capacitor of the low pass and $R_2$ behind that of the high pass, both capacitors alike and
    nothing at the output. Without the buffer the second stage draws its current through $R_1$ as well. Either gain is
    that at $2 \pi f C = 1/\sqrt{R_1 R_2}$.

    Args:
        low_ohm: The resistance of the low pass, in ohm, positive.
        high_ohm: The resistance of the high pass, in ohm, positive.

    Returns:
        Both gains; the second is the smaller one.

    Raises:
        ValueError: If a resistance is not positive and finite.

    Example:
        >>> band_peaks(40.0, 160.0)
        (0.8, 0.6666666666666666)
    """
    for name, ohm in (("low_ohm", low_ohm), ("high_ohm", high_ohm)):
        if not (ohm > 0 and math.isfinite(ohm)):
            raise ValueError(f"band_peaks: need a positive, finite {name}, got {ohm}")
    return high_ohm / (low_ohm + high_ohm), high_ohm / (2 * low_ohm + high_ohm)


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
        >>> from thalweg.subjects.organ import LOW_PASS, lamps, make_problem, reference_grid
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
        >>> from thalweg.subjects.organ import bode_db, reference_grid
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
