"""The loop under every descent: many steps on many rows, eagerly or compiled. No result depends on which.

Compiled, the whole loop stands inside one function: a step costs microseconds instead of hundreds, after seconds of
compiling. Outcomes, histories and the choice between the two are `descent`'s business.
"""

import functools
import shutil
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import torch
from torch import Tensor
from torch._higher_order_ops.while_loop import while_loop
from torch.utils.flop_counter import FlopCounterMode

from thalweg.outcome import gradients
from thalweg.problem import Problem, objective, ridged
from thalweg.rules import Rule
from thalweg.temporaries import on_stack
from thalweg.threads import one_thread

UNROLLED = 4  # Steps between two looks at the loop's condition, which costs as much as a small step.
LANES = 16  # Rows that stand side by side in memory where steps look at minibatches: one vector of the processor.
PRODUCTS = (torch.ops.aten.mm, torch.ops.aten.bmm, torch.ops.aten.addmm, torch.ops.aten.baddbmm)
NEAR = 2**14  # Bytes of parameters that so many rows may have for it: half of a core's first cache.
SHAPES = 64  # Shapes of states that a loop is compiled for; torch then runs it eagerly, without a word.
CHECKED = 8  # Steps that a compiled loop repeats of the eager one before it is trusted.
FUSED = {"cpp.enable_floating_point_contract_flag": "fast"}  # a * b + c in one operation, rounded once.
HALVES = {"cpp.simdlen": 256}  # Sums along the widest vectors of doubles are slow as torch writes them.
WORKED_OUT_AGAIN = {"realize_reads_threshold": 16}  # Temporaries of up to so many reads, where they are needed.


class State(NamedTuple):
    """What a step changes: parameters and memory (b, d), updates made and whether the row still runs (b,)."""

    w: Tensor
    memory: Tensor
    updates: Tensor
    running: Tensor


class Fixed(NamedTuple):
    """What a step only reads: lr (b, 1), data, tolerance, ceilings (b,), lower bound, a block of minibatches (1 or b, t, h)."""

    lr: Tensor
    X: Tensor
    y: Tensor
    tolerance: Tensor
    ceiling: Tensor
    lower: Tensor
    batches: Tensor


Advance = Callable[[State, Fixed, int], State]
Layout = Callable[[Tensor], Tensor]  # From numbers to the same numbers, laid out in memory in some way.
Noise = Callable[[Tensor], Tensor]  # From the inputs of all rows to what is added to them.


class Loop(NamedTuple):
    """A way to carry states on, and its name."""

    advance: Advance
    name: str


def eager(problem: Problem, rule: Rule, rows: bool, noise: Noise | None = None) -> Advance:
    """Plain autograd, one Python iteration a step: starts at once, works on every device.

    Args:
        problem: The problem whose loss falls.
        rule: The update rule.
        rows: Whether inputs and targets have the rows as leading axis.
        noise: What is added to the inputs, drawn anew at every step for every row; none if it is not given.

    Returns:
        A function that carries a state on until its rows have made so many updates, or stopped.
    """
    value = objective(problem)

    def gradient(w: Tensor, X: Tensor, y: Tensor, rows: bool) -> tuple[Tensor, Tensor]:
        if noise is None:
            return gradients(value, w, X, y, rows)
        X, y = (X, y) if rows else (X.expand(len(w), *X.shape), y.expand(len(w), *y.shape))
        return gradients(value, w, X + noise(X), y, True)

    def advance(state: State, fixed: Fixed, budget: int) -> State:
        for _ in range(budget - int(state.updates.max())):  # Rows that run have all made as many updates.
            if not bool(state.running.any()):
                break
            state = _step(gradient, rule, rows, _as_it_is, state, fixed, state.running)
        return state

    return advance


def compiled(problem: Problem, rule: Rule, rows: bool, tight: bool = True) -> Advance:
    """The same loop as one compiled function: for CPUs, and where a C++ compiler is at hand.

    Args:
        problem: The problem whose loss falls; its gradient is derived inside the compiled function.
        rule: The update rule.
        rows: Whether inputs and targets have the rows as leading axis.
        tight: Whether temporaries go on the stack where they are small; the numbers are the same.

    Returns:
        A function like that of `eager`; its first call for every shape of state compiles, in seconds.
    """
    parts = (problem.model, problem.loss.sample, problem.loss.c, problem.y.numel(), problem.lam)
    multiplies = functools.cache(lambda: _multiplies_matrices(problem))

    def advance(state: State, fixed: Fixed, budget: int) -> State:
        few, small = fixed.batches.shape[1] > 0, LANES * problem.start.nbytes <= NEAR
        lanes = few and small and len(state.w) >= LANES and not multiplies()
        loop = _compiled_loop(parts, rule, rows, tight, lanes, state.w.dtype)
        with one_thread() as threads:
            if lanes:
                return _side_by_side(loop, rows, threads, state, fixed, budget)
            return State(*loop(*state, *fixed, torch.tensor(budget)))

    return advance


def trusted(problem: Problem, rule: Rule, rows: bool, state: State, fixed: Fixed) -> Loop:
    """The compiled loop if it can be built and takes the same first steps as the eager one, else that one, with the reason.

    Args:
        problem: The problem whose loss falls.
        rule: The update rule.
        rows: Whether inputs and targets have the rows as leading axis.
        state: Where the loop will begin.
        fixed: What it will read.

    Returns:
        A loop and its name.
    """
    slow = eager(problem, rule, rows)
    if state.w.device.type != "cpu":
        return Loop(slow, "eager (the compiled loop needs a CPU)")
    if not any(shutil.which(name) for name in ("c++", "g++", "clang++")):
        return Loop(slow, "eager (the compiled loop needs a C++ compiler)")
    reason = ""
    for tight in (True, False):
        fast = compiled(problem, rule, rows, tight)
        try:
            if checked(fast, slow, state, fixed):
                return Loop(fast, "compiled")
            reason = "the compiled loop disagreed"
        except Exception as error:
            reason = f"the loop did not compile: {type(error).__name__}"
    return Loop(slow, f"eager ({reason})")


def carried(loop: Loop, state: State, fixed: Fixed, budget: int, blocks: Iterator[Tensor]) -> tuple[State, Fixed]:
    """The state after a loop's steps, with new minibatches wherever a block of them is used up.

    Args:
        loop: What makes the steps.
        state: Where it begins.
        fixed: What it reads, the block in use among it.
        budget: How many updates to make in all.
        blocks: The blocks to come, as long as the one in use; none is asked for where that has no minibatches.

    Returns:
        The state once its rows have made so many updates, or stopped; and what the next step reads.
    """
    length, done = fixed.batches.shape[1] or budget, int(state.updates.max())
    while done < budget and state.running.any():
        done = min(budget, done - done % length + length)
        state = loop.advance(state, fixed, done)
        if done % length == 0 and fixed.batches.numel():
            fixed = fixed._replace(batches=next(blocks).to(fixed.batches.device))
    return state, fixed


def rows_of(fixed: Fixed, chosen: slice | Tensor, rows: bool) -> Fixed:
    """What the steps of some rows read.

    Args:
        fixed: What those of all rows read.
        chosen: Which rows.
        rows: Whether inputs and targets have the rows as leading axis.

    Returns:
        The same, with fewer entries wherever every row has its own.
    """
    own = fixed._replace(lr=fixed.lr[chosen], ceiling=fixed.ceiling[chosen])
    if rows:
        own = own._replace(X=fixed.X[chosen], y=fixed.y[chosen])
    return own if len(fixed.batches) == 1 else own._replace(batches=fixed.batches[chosen])


def checked(fast: Advance, slow: Advance, state: State, fixed: Fixed) -> bool:
    """Whether a fast loop takes the same first steps as a slow one, to half the digits of the parameters' type.

    Args:
        fast: The loop in question.
        slow: The loop that is trusted.
        state: Where both begin.
        fixed: What both read.

    Returns:
        True if every row's parameters, updates and running mark agree.
    """
    budget = int(state.updates.max()) + CHECKED
    with warnings.catch_warnings(), one_thread():  # Of the compiler, at the first call: one thread compiles, and once.
        warnings.simplefilter("ignore")
        ours = fast(state, fixed, budget)
    theirs = slow(state, fixed, budget)
    digits = torch.finfo(state.w.dtype).eps ** 0.5
    close = torch.isclose(ours.w, theirs.w, rtol=digits, atol=digits, equal_nan=True).all()
    return bool(close) and torch.equal(ours.updates, theirs.updates) and torch.equal(ours.running, theirs.running)


def _multiplies_matrices(problem: Problem) -> bool:
    """Whether the gradients of many rows need products of matrices, neither a vector: a library makes them, row by row."""
    rows = (part.expand(2, *part.shape) for part in (problem.start, problem.X[:2], problem.y[:2]))
    with FlopCounterMode(display=False, custom_mapping=dict.fromkeys(PRODUCTS, _neither_a_vector)) as counter:
        torch.func.vmap(torch.func.grad(objective(problem)))(*rows)
    return counter.get_total_flops() > 0


def _neither_a_vector(*shapes: Sequence[int] | float | None, **others: object) -> int:
    """From the shapes of a product's operands, of which the last two are the factors, as torch's counter gives them."""
    left, right = [shape for shape in shapes if isinstance(shape, Sequence) and len(shape) > 1][-2:]
    return int(min(*left[-2:], *right[-2:]) > 1)


def _side_by_side(loop: Callable, rows: bool, threads: int, state: State, fixed: Fixed, budget: int) -> State:
    """A few rows at a time, their numbers side by side, on all cores; the last few may repeat some that were carried on."""
    b = len(state.w)
    groups = [slice(min(first, b - LANES), min(first, b - LANES) + LANES) for first in range(0, b, LANES)]

    def carry(group: slice) -> State:
        part, read = State(*(whole[group] for whole in state)), rows_of(fixed, group, rows)
        w, memory, *rest = loop(
            part.w.T.contiguous(), part.memory.T.contiguous(), *part[2:], *read, torch.tensor(budget)
        )
        return State(w.T, memory.T, *rest)

    if threads == 1:
        parts = list(map(carry, groups))
    else:
        with ThreadPoolExecutor(threads) as pool:
            parts = list(pool.map(carry, groups))
    whole = State(*map(torch.empty_like, state))
    for group, part in zip(groups, parts, strict=True):
        for all_, some in zip(whole, part, strict=True):
            all_[group] = some
    return whole


@functools.lru_cache(maxsize=32)
def _compiled_loop(
    parts: tuple[Callable, Callable, float, int, float],
    rule: Rule,
    rows: bool,
    tight: bool,
    lanes: bool,
    dtype: torch.dtype,
) -> Callable[..., tuple[Tensor, ...]]:
    derivative = torch.func.grad_and_value(ridged(*parts))

    def gradient(w: Tensor, X: Tensor, y: Tensor, rows: bool) -> tuple[Tensor, Tensor]:
        if lanes:
            X, y = (_laid(part if rows else part.expand(len(w), *part.shape)) for part in (X, y))
            rows = True
        axis = 0 if rows else None
        g, loss = torch.func.vmap(derivative, in_dims=(0, axis, axis))(w, X, y)
        return loss, g

    def loop(*parts: Tensor) -> tuple[Tensor, ...]:
        fixed, budget = Fixed(*parts[4:-1]), parts[-1]

        def unfinished(w: Tensor, memory: Tensor, updates: Tensor, running: Tensor) -> Tensor:
            return (running & (updates < budget)).any()

        def steps(w: Tensor, memory: Tensor, updates: Tensor, running: Tensor) -> tuple[Tensor, ...]:
            state = State(w.T, memory.T, updates, running) if lanes else State(w, memory, updates, running)
            for _ in range(UNROLLED):
                active = state.running & (state.updates < budget)
                state = _step(gradient, rule, rows, _laid if lanes else _as_it_is, state, fixed, active)
            w, memory = (state.w.T, state.memory.T) if lanes else state[:2]
            return w, memory.clone(), state.updates, state.running

        return while_loop(unfinished, steps, parts[:4])

    options = _options(tight, lanes, dtype)
    return torch.compile(  # ty: ignore[no-matching-overload] - its overloads leave out the last two
        loop, fullgraph=True, dynamic=False, options=options, isolate_recompiles=True, recompile_limit=SHAPES
    )


def _options(tight: bool, lanes: bool, dtype: torch.dtype) -> dict[str, str | int | bool | Callable]:
    options: dict[str, str | int | bool | Callable] = {"cpp_wrapper": True, "cpp.threads": 1} | FUSED
    options |= on_stack() if tight else {}
    if lanes:
        return options | WORKED_OUT_AGAIN
    widest = torch.backends.cpu.get_cpu_capability() == "AVX512"
    return options | HALVES if widest and dtype == torch.float64 else options


def _step(gradient: Callable, rule: Rule, rows: bool, lay: Layout, state: State, fixed: Fixed, active: Tensor) -> State:
    """One step of every active row; the stopping rule looks before the update."""
    loss, g = gradient(state.w, *_batch(state, fixed, rows))
    met = (loss < fixed.tolerance) | (g.abs() < fixed.tolerance).all(1)
    sound = (loss <= fixed.ceiling) & (state.w > fixed.lower).all(1)
    go = lay(active & sound & ~met)
    w, memory = rule.step(state.w, g, state.memory, fixed.lr)
    chosen = go.unsqueeze(1)
    return State(
        lay(torch.where(chosen, w, state.w)),
        memory if memory is state.memory else lay(torch.where(chosen, memory, state.memory)),
        state.updates + go,
        go if active is state.running else go | (state.running & ~active),
    )


def _as_it_is(x: Tensor) -> Tensor:
    return x


def _laid(x: Tensor) -> Tensor:
    """The same numbers in memory of their own, rows innermost: what reads them then works on a vector of rows."""
    turned = x.movedim(0, -1).contiguous()
    return turned.as_strided(turned.shape, turned.stride()).movedim(-1, 0)  # Compilers do not look through this.


def _batch(state: State, fixed: Fixed, rows: bool) -> tuple[Tensor, Tensor, bool]:
    """The points that this step looks at, all or those whose turn it is, and whether they have the rows in front."""
    length = fixed.batches.shape[1]
    if length == 0:
        return fixed.X, fixed.y, rows
    turn = state.updates.max() % length
    points = fixed.batches.index_select(1, turn.reshape(1)).squeeze(1)
    if len(points) == 1:  # All rows look at the same.
        axis = 1 if rows else 0
        return fixed.X.index_select(axis, points[0]), fixed.y.index_select(axis, points[0]), rows
    if rows:
        each = torch.arange(len(points), device=points.device).unsqueeze(1)
        return fixed.X[each, points], fixed.y[each, points], True
    return fixed.X[points], fixed.y[points], True
