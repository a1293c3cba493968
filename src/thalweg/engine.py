"""The loop under every descent: many steps on many rows, eagerly or compiled. No result depends on which.

Compiled, the whole loop stands inside one function: a step costs microseconds instead of hundreds, after seconds of
compiling. Outcomes, histories and the choice between the two are `descent`'s business.
"""

import functools
import shutil
import warnings
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from torch._higher_order_ops.while_loop import while_loop

from thalweg.outcome import gradients
from thalweg.problem import Problem, objective, ridged
from thalweg.rules import Rule
from thalweg.temporaries import on_stack

UNROLLED = 4  # Steps between two looks at the loop's condition, which costs as much as a small step.
CHECKED = 8  # Steps that a compiled loop repeats of the eager one before it is trusted.


class State(NamedTuple):
    """What a step changes: parameters and memory (b, d), updates made and whether the row still runs (b,)."""

    w: Tensor
    memory: Tensor
    updates: Tensor
    running: Tensor


class Fixed(NamedTuple):
    """What a step only reads: lr (b, 1), inputs, targets, tolerance, ceilings (b,), lower bound, minibatches (t, h)."""

    lr: Tensor
    X: Tensor
    y: Tensor
    tolerance: Tensor
    ceiling: Tensor
    lower: Tensor
    batches: Tensor


Advance = Callable[[State, Fixed, int], State]
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

    def gradient(w: Tensor, X: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        if noise is None:
            return gradients(value, w, X, y, rows)
        X, y = (X, y) if rows else (X.expand(len(w), *X.shape), y.expand(len(w), *y.shape))
        return gradients(value, w, X + noise(X), y, True)

    def advance(state: State, fixed: Fixed, budget: int) -> State:
        for _ in range(budget - int(state.updates.max())):  # Rows that run have all made as many updates.
            if not bool(state.running.any()):
                break
            state = _step(gradient, rule, rows, state, fixed, state.running)
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
    loop = _compiled_loop(parts, rule, rows, tight)

    def advance(state: State, fixed: Fixed, budget: int) -> State:
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
    with warnings.catch_warnings():  # Of the compiler, at the first call.
        warnings.simplefilter("ignore")
        ours = fast(state, fixed, budget)
    theirs = slow(state, fixed, budget)
    digits = torch.finfo(state.w.dtype).eps ** 0.5
    close = torch.isclose(ours.w, theirs.w, rtol=digits, atol=digits, equal_nan=True).all()
    return bool(close) and torch.equal(ours.updates, theirs.updates) and torch.equal(ours.running, theirs.running)


@functools.lru_cache(maxsize=32)
def _compiled_loop(
    parts: tuple[Callable, Callable, float, int, float], rule: Rule, rows: bool, tight: bool
) -> Callable[..., tuple[Tensor, ...]]:
    axis = 0 if rows else None
    derivative = torch.func.vmap(torch.func.grad_and_value(ridged(*parts)), in_dims=(0, axis, axis))

    def gradient(w: Tensor, X: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        g, loss = derivative(w, X, y)
        return loss, g

    def loop(*parts: Tensor) -> tuple[Tensor, ...]:
        fixed, budget = Fixed(*parts[4:-1]), parts[-1]

        def unfinished(w: Tensor, memory: Tensor, updates: Tensor, running: Tensor) -> Tensor:
            return (running & (updates < budget)).any()

        def steps(w: Tensor, memory: Tensor, updates: Tensor, running: Tensor) -> tuple[Tensor, ...]:
            state = State(w, memory, updates, running)
            for _ in range(UNROLLED):
                active = state.running & (state.updates < budget)
                state = _step(gradient, rule, rows, state, fixed, active)
            return tuple(state._replace(memory=state.memory.clone()))

        return while_loop(unfinished, steps, parts[:4])

    options: dict[str, str | int | bool | Callable] = {"cpp_wrapper": True, "cpp.threads": 1}
    options |= on_stack() if tight else {}
    return torch.compile(loop, fullgraph=True, dynamic=False, options=options)


def _step(gradient: Callable, rule: Rule, rows: bool, state: State, fixed: Fixed, active: Tensor) -> State:
    """One step of every active row; the stopping rule looks before the update."""
    X, y = _batch(state, fixed, rows)
    loss, g = gradient(state.w, X, y)
    met = (loss < fixed.tolerance) | (g.abs() < fixed.tolerance).all(1)
    sound = (loss <= fixed.ceiling) & (state.w > fixed.lower).all(1)
    go = active & sound & ~met
    w, memory = rule.step(state.w, g, state.memory, fixed.lr)
    chosen = go.unsqueeze(1)
    return State(
        torch.where(chosen, w, state.w),
        memory if memory is state.memory else torch.where(chosen, memory, state.memory),
        state.updates + go,
        go if active is state.running else go | (state.running & ~active),
    )


def _batch(state: State, fixed: Fixed, rows: bool) -> tuple[Tensor, Tensor]:
    """The points that this step looks at: all of them, or the minibatch whose turn it is."""
    if fixed.batches.shape[0] == 0:
        return fixed.X, fixed.y
    turn = state.updates.max().clamp(max=fixed.batches.shape[0] - 1)
    points = fixed.batches.index_select(0, turn.reshape(1)).squeeze(0)
    axis = 1 if rows else 0
    return fixed.X.index_select(axis, points), fixed.y.index_select(axis, points)
