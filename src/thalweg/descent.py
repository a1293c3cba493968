"""RUN: many descents at once, from many starts, with many learning rates, on one problem or many alike.

The loop itself is `engine`'s, the step `rules`', the verdict on each row `outcome`'s. Losses, gradients and outcomes are
worked out from the kept parameters when they are asked for, so that a run costs nothing but its steps.
"""

import math
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Literal, NamedTuple, get_args

import torch
import xarray
from jaxtyping import Bool, Float, Int
from torch import Tensor

from thalweg import engine, outcome
from thalweg.outcome import Outcome
from thalweg.problem import Problem, entry_names, objective, unflatten
from thalweg.progress import Report, silent
from thalweg.rows import (
    MOST_KEPT,
    Part,
    gathered,
    input_noise,
    minibatch_blocks,
    seeds_of_rows,
    some,
    stacked_data,
    starts_and_rates,
)
from thalweg.rules import Rule, gd
from thalweg.threads import begin_within, one_thread

Engine = Literal["auto", "eager", "compiled"]

ROWS = 2048  # Rows that one thread carries at a time.
ROWS_DRAWN = 256  # The same with minibatches: few enough for a block of these to serve many steps.
LOOKS = 20  # Looks at a run on its way, for its progress and for the choice of the loop.
TIMED_STEPS = 64  # Steps after which the cost of a step is known.
COMPILE_SECONDS = 8.0  # What compiling a loop costs, warm or cold, between 4 and 17 s.


@dataclass(frozen=True)
class Run:
    r"""What descent did, one row (axis b) a run.

    Attributes:
        problems: One problem for all rows, or one for each.
        rule: The update rule.
        lr: The learning rates.
        tolerance: Rows stop where the loss, or every entry of the gradient, is below.
        t: Update counts at which parameters were kept, from 0.
        w: Parameters then; a row that has stopped repeats its last.
        updates: How many updates each row made.
        stopped: Whether its stopping rule held, rather than its steps running out.
        engine: Which loop did the work.
    """

    problems: tuple[Problem, ...]
    rule: Rule
    lr: Float[Tensor, " b"]
    tolerance: float
    t: Int[Tensor, " t"]
    w: Float[Tensor, "t b d"]
    updates: Int[Tensor, " b"]
    stopped: Bool[Tensor, " b"]
    engine: str

    @property
    def final(self) -> Float[Tensor, "b d"]:
        """Where each row ended."""
        return self.w[-1]

    @property
    def steps(self) -> Int[Tensor, " b"]:
        """Iterations begun: every update, and the last look that found the stopping rule to hold."""
        return self.updates + self.stopped

    @property
    def params(self) -> dict[str, Tensor]:
        """Where each row ended, as named parameters with the rows in front."""
        return unflatten(self.final, self.problems[0].shapes)

    @cached_property
    def loss(self) -> Float[Tensor, "t b"]:
        """The loss on all data at every kept moment."""
        return self._losses_and_gradients[0]

    @cached_property
    def gradient(self) -> Float[Tensor, "t b d"]:
        """The gradient on all data at every kept moment."""
        return self._losses_and_gradients[1]

    @cached_property
    def outcome(self) -> list[Outcome]:
        """How each row ended."""
        moved = (self.w[-1] - self.w[0]).norm(dim=1)
        first, _ = outcome.gradients(self._value, self.w[0], *self._data)
        bounds = outcome.Bounds(self.tolerance, self.rule, outcome.ceilings(first), self.problems[0].lower)
        return outcome.judge(self._value, self._data, self.final, self.lr, self.stopped, moved, bounds)

    def to_xarray(self) -> xarray.Dataset:
        """Kept parameters and losses with named axes, for keeping (netCDF, Zarr) and for plotting elsewhere."""
        return xarray.Dataset(
            {
                "w": (("t", "run", "parameter"), self.w.numpy(force=True)),
                "loss": (("t", "run"), self.loss.numpy(force=True)),
                "updates": ("run", self.updates.numpy(force=True)),
                "outcome": ("run", [o.words for o in self.outcome]),
            },
            {
                "t": self.t.numpy(force=True),
                "lr": ("run", self.lr.numpy(force=True)),
                "parameter": entry_names(self.problems[0].shapes),
            },
        )

    @property
    def _value(self) -> Callable[..., Tensor]:
        return objective(self.problems[0])

    @cached_property
    def _data(self) -> tuple[Tensor, Tensor, bool]:
        return stacked_data(self.problems)

    @cached_property
    def _losses_and_gradients(self) -> tuple[Tensor, Tensor]:
        moments = [outcome.gradients(self._value, w, *self._data) for w in self.w]
        return torch.stack([loss for loss, _ in moments]), torch.stack([g for _, g in moments])


def run(
    problem: Problem | Sequence[Problem],
    *,
    lr: float | Float[Tensor, " _"],
    steps: int,
    starts: Float[Tensor, "_ d"] | None = None,
    rule: Rule | None = None,
    tolerance: float = 0.0,
    batch: int | None = None,
    noise_std: float = 0.0,
    seed: int | Sequence[int] = 0,
    keep: int = 200,
    choice: Engine = "auto",
    expect: float | None = None,
    report: Report = silent,
) -> Run:
    """Descend: every row from its start with its learning rate, until it stops or its steps run out.

    A row stops where the loss or *all* entries of its gradient are below the tolerance, where it leaves its bounds, or
    where it is no longer a number; it is then frozen while the others go on.

    Args:
        problem: One problem; or one for each row, alike in all but data and start.
        lr: The learning rate, one for all rows or one for each; positive and finite.
        steps: The most steps a row may take, positive.
        starts: Where each row begins; the problem's own start if it is not given.
        rule: The update rule; plain gradient descent if it is not given.
        tolerance: See above; 0 never stops a row that still moves.
        batch: Points in a minibatch, drawn anew for every step, with replacement; all points if it is not given.
        noise_std: Standard deviation of normal noise on the inputs, drawn anew for every row at every step; needs the
            eager loop. The tolerance then looks at the noisy loss, and only what is not finite ends a row before that;
            `Run.loss` is that of the inputs as they are.
        seed: Where the chance of minibatches and noise begins: one seed, and all rows see the same minibatches; or one
            for each row, which then sees those that a run of it alone, with its seed, would see.
        keep: About how many moments to keep: every one at first, then ever more thinly, so that memory does not grow
            with the steps. All moments if `keep > steps`.
        choice: Which loop: "eager" starts at once, "compiled" first takes seconds to compile and then microseconds a
            step, "auto" compiles where that will save time. Results agree to rounding.
        expect: How many steps the slowest row is expected to take, if a forecast knows: it helps the choice, no more.
        report: Called with the share of the steps that is done, for a progress bar.

    Returns:
        The run, with its rows in the order of the starts or learning rates.

    Raises:
        ValueError: If a number is out of its range, or rows, problems and starts do not match.

    Example:
        >>> from thalweg import losses
        >>> problem = Problem(lambda w, X: X @ w, torch.eye(2), torch.ones(2), torch.zeros(2), losses.squared())
        >>> result = run(problem, lr=0.5, steps=100, tolerance=1e-8)
        >>> result.outcome[0].words, int(result.steps)
        ('converged', 15)
        >>> [o.words for o in run(problem, lr=torch.tensor([1.0, 1.9, 2.1]), steps=1000, tolerance=1e-6).outcome]
        ['converged', 'converged', 'diverged']
    """
    _check_numbers(steps, tolerance, keep, choice, noisy=noise_std > 0)
    problems = (problem,) if isinstance(problem, Problem) else tuple(problem)
    if not problems:
        raise ValueError("run: need at least one problem, got none")
    starts, rates = starts_and_rates("run", problems, lr, starts)
    t, seeds = _kept(steps, keep, starts.numel()), seeds_of_rows(seed, len(starts), batch, noise_std)
    noise = input_noise(noise_std, seeds[0], problems[0].X, len(starts))
    whole, per_row = gathered(problems, starts, rates, tolerance, seeds)
    expected = float(min(steps, expect or steps))
    plan = _Plan(problems[0], rule or gd(), per_row, noise, batch, "eager" if noise else choice, t, expected)
    w, state, loop = _advance_all(plan, whole, report)
    last = state.updates.max().reshape(1).to(t.device)
    t, w = torch.cat([t[t < last], last]), torch.cat([w[: int((t < last).sum())], state.w.unsqueeze(0)])
    return Run(problems, plan.rule, rates, tolerance, t, w, state.updates, ~state.running, loop.name)


def kept_moments(steps: int, keep: int) -> Int[Tensor, " t"]:
    """Update counts to keep: each one at first, then in ever longer strides, the last included.

    Example:
        >>> kept_moments(1000, 10)
        tensor([   0,    1,    2,    6,   13,   32,   75,  178,  422, 1000])
        >>> kept_moments(4, 10)
        tensor([0, 1, 2, 3, 4])
    """
    if keep > steps:
        return torch.arange(steps + 1)
    strides = torch.logspace(0, math.log10(steps), keep - 1, dtype=torch.float64).round().long().clamp(max=steps)
    return torch.cat([torch.tensor([0]), strides[: keep - 2], torch.tensor([steps])]).unique()


def path(result: Run, row: int = 0) -> tuple[Int[Tensor, " t"], Float[Tensor, "t d"]]:
    """One row's kept moments, up to its own last update and not beyond.

    Args:
        result: The run.
        row: Which row.

    Returns:
        Update counts and parameters.

    Example:
        >>> from thalweg import losses
        >>> problem = Problem(lambda w, X: X @ w, torch.eye(1), torch.ones(1), torch.zeros(1), losses.squared())
        >>> path(run(problem, lr=torch.tensor([1.0, 0.5]), steps=3, tolerance=1e-9), row=0)
        (tensor([0, 1]), tensor([[0.],
                [1.]]))
    """
    last = result.updates[row]
    before = result.t < last
    return torch.cat([result.t[before], last.reshape(1)]), torch.cat([result.w[before, row], result.w[-1:, row]])


class _Plan(NamedTuple):
    """What all rows have in common."""

    problem: Problem
    rule: Rule
    per_row: bool
    noise: engine.Noise | None
    batch: int | None
    choice: Engine
    t: Int[Tensor, " t"]
    expected: float

    @property
    def together(self) -> int:
        """How many rows one thread carries at a time; all of them with noise, which is drawn for all."""
        return sys.maxsize if self.noise else ROWS if self.batch is None else ROWS_DRAWN


def _advance(
    plan: _Plan, part: Part, report: Report, given: engine.Loop | None = None
) -> tuple[Tensor, engine.State, engine.Loop]:
    """Carry a few rows through all kept moments, changing to the compiled loop where that pays."""
    last, wanted = int(plan.t[-1]), set(plan.t[1:].tolist())
    blocks = minibatch_blocks(part.fixed.X.shape[int(plan.per_row)], plan.batch, last, part.seeds)
    state, fixed = _begun(plan, part, next(blocks))
    began, wait = time.perf_counter(), plan.choice == "auto" and given is None
    loop, kept = given or _first_loop(plan, state, fixed), [part.starts]
    looks = {moment for moment in kept_moments(last, LOOKS).tolist() if moment >= TIMED_STEPS}
    for moment in sorted(wanted | looks):
        state, fixed = engine.carried(loop, state, fixed, moment, blocks)
        if moment in wanted:
            kept.append(state.w)
        report(min(1.0, moment / plan.expected))
        if not state.running.any():
            break
        if wait and _pays(time.perf_counter() - began, moment, plan.expected):
            loop, wait = engine.trusted(plan.problem, plan.rule, plan.per_row, state, fixed), False
    report(1.0)
    return torch.stack(kept + [state.w] * (len(plan.t) - len(kept))), state, loop


def _begun(plan: _Plan, part: Part, batches: Tensor) -> tuple[engine.State, engine.Fixed]:
    """The state before the first step, and what steps read, with the first minibatches and each row's ceiling."""
    start, fixed = part.starts, part.fixed._replace(batches=batches.to(part.starts.device))
    updates, running = start.new_zeros(len(start), dtype=torch.int64), fixed.lr.squeeze(1).isfinite()
    # Noisy losses make excursions that are no divergence: there only what is not finite ends a row.
    if plan.noise is None:
        with torch.no_grad():
            first = outcome.losses(objective(plan.problem), start, fixed.X, fixed.y, plan.per_row)
        fixed = fixed._replace(ceiling=outcome.ceilings(first))
    return engine.State(start, torch.zeros_like(start), updates, running), fixed


def _first_loop(plan: _Plan, state: engine.State, fixed: engine.Fixed) -> engine.Loop:
    """The loop that a run begins with."""
    if plan.choice == "compiled":
        return engine.trusted(plan.problem, plan.rule, plan.per_row, state, fixed)
    return engine.Loop(engine.eager(plan.problem, plan.rule, plan.per_row, plan.noise), "eager")


def _pays(spent: float, done: int, expected: float) -> bool:
    """Compile once the cost of a step is known, if the rest will take longer than compiling does."""
    rest = spent / done * (expected - done)
    return done >= TIMED_STEPS and rest > 1.2 * COMPILE_SECONDS


def _advance_all(plan: _Plan, whole: Part, report: Report) -> tuple[Tensor, engine.State, engine.Loop]:
    """All rows: at once if they are few, else in even chunks on all cores, the last filled up with frozen rows."""
    b, together = len(whole.starts), plan.together
    if b <= together:
        return _advance(plan, whole, report)
    chunks = [torch.arange(first, first + together).clamp(max=b - 1) for first in range(0, b, together)]
    done = [0.0] * len(chunks)

    def work(number: int, given: engine.Loop | None) -> tuple[Tensor, engine.State, engine.Loop]:
        def tell(share: float) -> None:
            done[number] = share
            report(sum(done) / len(done))

        return _advance(plan, some(whole, chunks[number], plan.per_row), tell, given)

    with one_thread() as threads, ThreadPoolExecutor(threads, initializer=begin_within) as pool:
        first = work(0, None)  # Alone, so that whatever is compiled is compiled, and checked, once.
        parts = [first, *pool.map(partial(work, given=first[2]), range(1, len(chunks)))]
    w = torch.cat([part[0] for part in parts], dim=1)[:, :b]
    states = engine.State(*(torch.cat(field)[:b] for field in zip(*(part[1] for part in parts), strict=True)))
    return w, states, parts[0][2]


def _check_numbers(steps: int, tolerance: float, keep: int, choice: str, noisy: bool) -> None:
    if choice not in get_args(Engine):
        raise ValueError(f"run: need a choice of {', '.join(get_args(Engine))}, got {choice!r}")
    if noisy and choice == "compiled":
        raise ValueError('run: need choice "auto" or "eager" with noise, got "compiled": it draws no noise')
    if not isinstance(steps, int) or not 1 <= steps <= 10**9:
        raise ValueError(f"run: need a whole number of steps from 1 to 10^9, got {steps}")
    if not 0 <= tolerance < math.inf:
        raise ValueError(f"run: need a finite tolerance >= 0, got {tolerance}")
    if keep < 2:
        raise ValueError(f"run: need at least 2 kept moments, the first and the last, got {keep}")


def _kept(steps: int, keep: int, numbers: int) -> Int[Tensor, " t"]:
    """The moments to keep, if memory permits."""
    t = kept_moments(steps, keep)
    if len(t) * numbers > MOST_KEPT:
        raise ValueError(
            f"run: need at most {MOST_KEPT:.0e} numbers to keep, got {len(t)} moments of {numbers} parameters; "
            f"ask for fewer with keep={max(2, MOST_KEPT // numbers)}"
        )
    return t
