"""When to stop on an ill-conditioned problem: the forecast, a short run, its best moment, and both in words.

The problem itself, its bound and the whole experiment stand in `ill_conditioned`; figures in `draw.stopping`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float, Real
from torch import Tensor

from thalweg import modes
from thalweg.descent import path, run
from thalweg.draw import stopping as draw
from thalweg.draw.wording import counted, said
from thalweg.experiments.ill_conditioned import Case, bound, make_case
from thalweg.experiments.linear_settings import IllConditioned
from thalweg.experiments.linear_setup import listed, named, off
from thalweg.experiments.result import Shown
from thalweg.filters import degrees_of_freedom, early_stopping_factors
from thalweg.linearization import linearize
from thalweg.spectrum import Spectrum, decompose
from thalweg.subjects import least_squares

STEPS, SIZE, SEED = 60, 8, 11
FINE = 400  # Numbers of steps that are looked at at once.


@dataclass(frozen=True)
class Study:
    """A forecast of descent until even the weakest mode is learned, and a run of its first steps.

    Attributes:
        case: The problem, its true weights and its noise.
        course: The forecast: from numbers of steps to weights.
        t: The steps of the run.
        w: Its weights then.
        far: Numbers of steps, far beyond the run.
        least: The step at which the forecast is nearest to the true weights, and how near.
        inverse: How far the inverse is from them.
    """

    case: Case
    course: Callable[[Tensor], Tensor]
    t: Real[Tensor, " t"]
    w: Float[Tensor, "t d"]
    far: Float[Tensor, " k"]
    least: tuple[float, float]
    inverse: float

    def error(self, t: Real[Tensor, "*batch"]) -> Float[Tensor, "*batch"]:
        """How far descent is from the true weights after any numbers of steps, as it was forecast."""
        return (self.course(t) - self.case.truth).norm(dim=-1)

    @property
    def seen(self) -> Float[Tensor, " t"]:
        """How far the run was from the true weights."""
        return (self.w - self.case.truth).norm(dim=1)


def study(smallest: float, noise: float, share: float) -> Study:
    """Forecast and run eight unknowns.

    Args:
        smallest: The smallest singular value; the largest is 1.
        noise: The standard deviation of the noise.
        share: The learning rate, as a share of the largest stable one.

    Returns:
        The study.

    Example:
        >>> found = study(1e-6, 0.1, 0.5)
        >>> torch.testing.assert_close(found.seen, found.error(found.t))
        >>> found.least[0], round(found.inverse / 1e5, 3)
        (30.0, 1.0)
    """
    case = make_case(IllConditioned(size=SIZE, error=noise / smallest, noise_std=noise, share=share, seed=SEED))
    t, w = path(run(case.problem, lr=case.lr, steps=STEPS, keep=STEPS + 2, choice="eager"))
    course = modes.linear_course(linearize(case.problem), case.lr)
    far = reach(case.lr, smallest)
    inverse = float((torch.linalg.solve(case.problem.X, case.problem.y) - case.truth).norm())
    return Study(case, course, t, w, far, least(lambda t: (course(t) - case.truth).norm(dim=-1), far), inverse)


def reach(lr: float, smallest: float) -> Float[Tensor, " k"]:
    """Numbers of steps until a mode is learned: all of the first 1000, then ever fewer, each with the next one."""
    last = max(10.0, torch.tensor(10 / (lr * smallest**2), dtype=torch.float64).log10().item())
    late = torch.logspace(3, last, 160, dtype=torch.float64).round()
    return torch.cat([torch.arange(1000, dtype=torch.float64), late, late + 1]).unique()


def least(error: Callable[[Tensor], Tensor], t: Float[Tensor, " k"]) -> tuple[float, float]:
    """The whole number of steps at which something is least, and its value; among even and odd ones apart, where it may swing.

    Example:
        >>> least(lambda t: (t - 123_456).abs() + 1, torch.logspace(0, 9, 40).round())
        (123456.0, 1.0)
    """
    halves = (t / 2).floor().unique()
    found = [(odd, *_least(lambda k, odd=odd: error(2 * k + odd), halves)) for odd in (0, 1)]
    odd, half, value = min(found, key=lambda each: each[2])
    return 2 * half + odd, value


def _least(error: Callable[[Tensor], Tensor], t: Float[Tensor, " k"]) -> tuple[float, float]:
    """The same of what does not swing, sought ever closer around the best of some numbers."""
    best = int(error(t).argmin())
    low, high = float(t[max(0, best - 1)]), float(t[min(len(t) - 1, best + 1)])
    while True:
        fine = torch.linspace(low, high, min(FINE, int(high - low)) + 1, dtype=torch.float64).round()
        values = error(fine)
        best = int(values.argmin())
        if high - low <= FINE:
            return float(fine[best]), float(values[best])
        low, high = float(fine[max(0, best - 1)]), float(fine[min(FINE, best + 1)])


def shares(found: Study, moment: int) -> tuple[Float[Tensor, " r"], bool]:
    """What share of each mode has been learned after a number of steps, and whether the run says so or the forecast."""
    ran = moment <= int(found.t[-1])
    w = found.w[moment] if ran else found.course(torch.tensor(float(moment), dtype=torch.float64))
    parts = found.case.parts
    return (parts.Vh @ w) * parts.sigma / (parts.U.T @ found.case.problem.y), ran


def mode_errors(found: Study, w: Float[Tensor, "t d"]) -> Float[Tensor, "t r"]:
    """How far each mode is from the truth."""
    return (w - found.case.truth) @ found.case.parts.Vh.T


def allowed(found: Study, t: Real[Tensor, "*batch"]) -> Float[Tensor, "*batch"]:
    """The bound of the error after any numbers of steps."""
    case = found.case
    return bound(case.problem, case.lr, case.parts.sigma[0], t, case.truth.norm())


def story(found: Study) -> str:
    """What the error does over the run, and when to stop, in sentences that follow the data."""
    seen, best = found.seen, int(found.seen.argmin())
    start, low, end = (said(each) for each in (seen[0], seen[best], seen[-1]))
    turns = int((seen[-10:].diff().sign().diff() != 0).sum())
    if turns > 5:
        now = f"It swings from step to step, in the end between {said(seen[-2])} and {end}: the first mode overshoots."
    elif best == 0:
        now = f"It rises from {start} at the start to {end}: noise weighs more than signal from the first step on."
    elif float(seen[-1]) > 1.001 * float(seen[best]):
        now = (
            f"Strong modes are learned first, and the error falls from {start} to {low} at step {best}; then the noise of "
            f"weaker ones comes in, and at step {STEPS} it is {end}."
        )
    else:
        now = f"It falls from {start} to {end}, and goes on falling: the noise of weaker modes has not come in yet."
    return f"{now} Of all steps, the forecast is best after {counted(found.least[0], 'step')}, with {said(found.least[1])}."


def apart(found: Study) -> float:
    """How far forecast and run are from each other at most, beside the largest weight."""
    return off(found.w, found.course(found.t))


def told(found: Study, moment: int) -> str:
    """How far the inverse is off, how far descent is after a number of steps, and at best; in Markdown."""
    when = torch.tensor(float(moment), dtype=torch.float64)
    return (
        f"The inverse is off by **{said(found.inverse)}**. Descent after {counted(moment, 'step')} is off by "
        f"**{said(found.error(when))}**; its bound is {said(allowed(found, when))}. It is least off "
        f"after **{counted(found.least[0], 'step')}**, by **{said(found.least[1])}**. Forecast and run differ by at most "
        f"{said(apart(found), 1)} of the largest weight."
    )


def growth_in_words(found: Study, moment: int) -> str:
    """What the picture of the error under its bound shows."""
    when = torch.tensor(float(moment), dtype=torch.float64)
    return (
        f"the error of descent over 1 to {said(found.far[-1], 2)} steps, both axes logarithmic: at t = {said(moment)} it "
        f"is {said(found.error(when))}, under its bound {said(allowed(found, when))}; it is least after "
        f"{counted(found.least[0], 'step')}, {said(found.least[1])}, and ends at {said(found.error(found.far[-1]))}, where the "
        f"inverse's error is {said(found.inverse)}; the run of {STEPS} steps lies on the forecast, at most "
        f"{said(apart(found), 1)} apart"
    )


def modes_in_words(found: Study) -> str:
    """What the picture of single modes shows."""
    sizes = mode_errors(found, found.w).abs()[[0, -1]].T.tolist()
    each = [
        f"σ = {said(sigma)} from {said(old)} to {said(new)}"
        for sigma, (old, new) in zip(found.case.parts.sigma, sizes, strict=True)
    ]
    return f"how far {len(each)} modes are from the truth over {STEPS} steps, run and forecast: {', '.join(each)}"


def factors(found: Study, moment: int) -> Shown:
    """What share of a mode is learned over its singular value, with the modes as dots, and what that picture shows."""
    sigma = torch.logspace(-8.5, 0, 240, dtype=torch.float64)
    phi = early_stopping_factors(sigma, found.case.lr, torch.tensor(moment))
    kept, ran = shares(found, moment)
    name = f"modes in the {'run' if ran else 'forecast'}, t = {said(moment)}"
    figure = draw.learned_shares(sigma, phi, found.case.parts.sigma, kept, name)
    return figure, shares_in_words(found, kept, moment, ran)


def freedom_told(found: Study, moment: int) -> str:
    """How many degrees of freedom are in use after a number of steps, in Markdown."""
    kept, _ = shares(found, moment)
    freedom = said(degrees_of_freedom(kept))
    return f"Degrees of freedom in use after {counted(moment, 'step')}: {freedom} of {len(kept)}."


def asked(smallest: float, noise: float, share: float) -> dict[str, str | float]:
    """What the whole experiment is asked for the same smallest singular value, noise and learning rate.

    Example:
        >>> asked(1e-6, 0.1, 0.5)
        {'error': '100000', 'noise_std': 0.1, 'share': 0.5}
    """
    return {"error": f"{noise / smallest:.6g}", "noise_std": noise, "share": share}


def shares_in_words(found: Study, kept: Tensor, moment: int, ran: bool) -> str:
    """What the picture of the shares shows."""
    each = [f"{name}: {said(phi, 2)}" for name, phi in zip(named(found.case.parts.sigma), kept, strict=True)]
    source = "the run" if ran else "the forecast"
    return f"share of each mode learned after {counted(moment, 'step')}, by {source}: {', '.join(each)}; inversion keeps all"


@dataclass(frozen=True)
class Own:
    """Descent from 0 on a visitor's own data: its norm, as forecast, beside what inversion gives.

    Attributes:
        parts: The matrix, taken apart.
        lr: The learning rate.
        t: Numbers of steps.
        norm: The norm of the weights then.
        limit: What it cannot exceed.
        end: The norm of the inverse's answer, or of the smallest solution.
    """

    parts: Spectrum
    lr: float
    t: Real[Tensor, " t"]
    norm: Float[Tensor, " t"]
    limit: Float[Tensor, " t"]
    end: float

    @property
    def answer(self) -> str:
        """What descent tends to, in words."""
        n, d = len(self.parts.U), self.parts.Vh.shape[1]
        has_inverse = n == d == self.parts.rank
        return "the inverse's answer" if has_inverse else "the pseudoinverse's answer X⁺y, as X has no inverse,"


def own(rows: Float[Tensor, "n d"]) -> Own:
    """Forecast descent on rows of inputs with the target last, at half of the largest stable learning rate.

    Args:
        rows: The rows.

    Returns:
        What to show of them.

    Raises:
        ValueError: If there are no inputs, inputs or targets are all 0, or the answer is 0 or beyond all measure.

    Example:
        >>> found = own(torch.tensor([[1.0, 2.0]]))
        >>> found.lr, found.end, found.norm[0] <= found.limit[0]
        (1.0, 2.0, tensor(True))
    """
    if rows.shape[1] < 2 or not rows[:, :-1].any() or not rows[:, -1].any():
        raise ValueError("need two columns or more, and neither X nor y all zeros")
    problem = least_squares.make_problem(rows[:, :-1], rows[:, -1])
    parts, line = decompose(problem.X), linearize(problem)
    lr, end = modes.largest_stable_lr(parts.sigma.square()) / 2, float(modes.nearest_minimum(line).norm())
    if not 1e-30 < end < 1e30:
        raise ValueError(f"need an answer whose norm is from 10^-30 to 10^30, got {end:.3g}")
    last = max(3.0, float((10 / (lr * parts.sigma[parts.seen][-1] ** 2)).log10()))
    t = torch.logspace(0, last, 200, dtype=torch.float64).round().unique()
    return Own(parts, lr, t, modes.linear_course(line, lr)(t).norm(dim=1), bound(problem, lr, parts.sigma[0], t), end)


def own_in_words(found: Own) -> str:
    """What the picture of a visitor's own data shows."""
    return (
        f"the norm of your weights over 1 to {said(found.t[-1], 2)} steps: {said(found.norm[0])} after the "
        f"first, {said(found.norm[-1])} in the end; the bound after the first step is {said(found.limit[0])}, and "
        f"{found.answer} has norm {said(found.end)}"
    )


def own_told(found: Own) -> str:
    """Singular values of a visitor's own data, the inverse's answer, and what descent has at most; in Markdown."""
    return (
        f"Singular values: {listed(found.parts.sigma, 4)}; condition number {said(found.parts.kappa, 4)}. "
        f"{found.answer[0].upper()}{found.answer[1:]} has norm {said(found.end, 4)}; after 10 steps of lr = "
        f"{said(found.lr, 4)} descent has at most {said(10 * found.limit[0], 4)}."
    )
