"""What would make a false claim true: a condition, a trait of a matrix, a factor, a transpose, another relation.

Every remedy that is said has been proved. Conditions on numbers are tried at points first and then handed to z3: "true iff C"
says that the givens make claim and condition the same, "true if C" that the condition is enough. "given P, true iff C" is said
of `P implies Q`: where P does not hold it is true anyway. No remedy says what the claim says, nor a thing twice.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations

import torch
from torch import Tensor

from thalweg.calculus import numeric
from thalweg.calculus.exact import holds
from thalweg.calculus.fields import RATIONALS, Inexact, Undefined
from thalweg.calculus.nodes import SCALAR, Expr
from thalweg.calculus.show import text
from thalweg.claims import clock
from thalweg.claims.analysis import existence, points, provers, questions
from thalweg.claims.analysis.recurrences import has_sequences, without_sequences
from thalweg.claims.analysis.tending import definedness, has_limits, without_limits
from thalweg.claims.mending.candidates import signs, single
from thalweg.claims.mending.changes import OTHER, changes, restates
from thalweg.claims.nouns import Claim, Verdict
from thalweg.claims.numbers import scalars
from thalweg.claims.rational.logic import agrees, both_ways, every, implied_by, restated, some

Prove = Callable[[Claim], bool]
_POINTS, _TRIES, _SLICE, _TINY = 60, 8, 0.25, 1e-9


def condition(claim: Claim, deadline: float, prove: Prove | None = None) -> str:
    """What would make a false claim true.

    Args:
        claim: A claim that is false.
        deadline: When to stop, as `clock.now` counts.
        prove: Whether a claim is certainly true; by default the quick stages are asked.

    Returns:
        "true iff lam < 2 w / x", "true if A is symmetric", ...; empty if nothing was found.

    Example:
        >>> from thalweg.calculus.meaning import Scope, understand
        >>> claim = Claim(understand("(alpha - beta)^2 > 0", Scope(is_open=True)).expr)
        >>> condition(claim, clock.now() + 2)
        'true iff alpha != beta'
    """
    prove = prove or (lambda changed: _is_proved(changed, deadline))
    plain = _plain(claim)
    if plain is not None and provers.is_scalar(plain.claim):
        found = _of_numbers(plain, deadline)
        if found:
            return found
    for words, changed in changes(claim):
        if clock.now() > deadline:
            return ""
        if prove(changed):
            return f"true {words}"
    return ""


def _until(deadline: float) -> float:
    """When one attempt has to end: after a fifth of the time that is left, or a moment."""
    now = clock.now()
    return min(deadline, now + max(_SLICE, (deadline - now) / 5))


def _is_proved(claim: Claim, deadline: float) -> bool:
    """Whether a quick stage proves a claim."""
    until = _until(deadline)
    stage = questions.proved if questions.asks(claim.statement) else provers.proved
    answer = stage(claim, until)
    return answer is not None and answer.verdict is Verdict.PROVED and existence.never_regular(claim) is None


@dataclass(frozen=True)
class _Plain:
    """A claim without limits and sequences, `implies` taken apart.

    Attributes:
        claim: What is left; its givens hold the premises and what definedness asks.
        premises: What stood before `implies`.
        typed: What is left as it was typed, limits and sequences in it.
    """

    claim: Claim
    premises: tuple[Expr, ...]
    typed: Expr

    @property
    def given(self) -> str:
        """The premises in words: where they fail, the claim is true anyway."""
        return f"given {text(every(self.premises))}, " if self.premises else ""


def _plain(claim: Claim) -> _Plain | None:
    """The claim without limits and sequences, `implies` taken apart; None if that cannot be found."""
    statement, more = claim.statement, definedness(claim.statement)
    if has_limits(statement):
        statement = without_limits(statement)
    elif has_sequences(statement):
        statement = without_sequences(statement)
    if statement is None or questions.asks(statement):
        return None
    premises, conclusion = _taken_apart(statement)
    return _Plain(restated(claim, conclusion, *more, *premises), premises, _taken_apart(claim.statement)[1])


def _taken_apart(statement: Expr) -> tuple[tuple[Expr, ...], Expr]:
    """What `implies` assumes in a statement, and what is said then."""
    premises: list[Expr] = []
    while statement.op == "implies":
        premises.append(statement.args[0])
        statement = statement.args[1]
    return tuple(premises), statement


# Conditions on numbers


@dataclass(frozen=True)
class _Trial:
    """A condition and the points at which it holds, as the bits of a number."""

    condition: Expr
    mask: int


@dataclass(frozen=True)
class _Board:
    """Points at which a statement has a value.

    Attributes:
        found: The points.
        batch: The values of all names at all points, in floats: enough for a first look.
        mask: At which of them the statement holds, as bits.
        said: The statement as it was typed, which is no remedy of itself; None if something was asked in it.
    """

    found: tuple[points.Point, ...]
    batch: dict[str, Tensor]
    mask: int
    said: Expr | None

    def mask_of(self, comparison: Expr) -> int | None:
        """The points at which a comparison holds; None if it has no value at one of them."""
        try:
            sides = [numeric.evaluate(side, self.batch, {}).reshape(-1) for side in comparison.args]
        except (KeyError, ValueError, ArithmeticError):
            return None
        left, right = (side.expand(len(self.found)) for side in sides)
        gap, scale = left - right, 1.0 + left.abs() + right.abs()
        if not bool(gap.isfinite().all()):
            return None
        sign = torch.where(gap.abs() < _TINY * scale, 0.0, gap.sign())
        return _bits(agrees(Fraction(int(one)), str(comparison.value)) for one in sign.tolist())


def _bits(truths: Iterable[bool]) -> int:
    """Truths as the bits of a number."""
    return sum(int(truth) << place for place, truth in enumerate(truths))


def _truth(statement: Expr, point: points.Point) -> bool | None:
    try:
        return holds(statement, point.values, point.sizes, RATIONALS)
    except (Undefined, Inexact):
        return None


def _board(claim: Claim, typed: Expr, deadline: float) -> _Board:
    """Points for a first look at conditions on a claim that was typed in another way."""
    about = points.carried(claim)
    found: list[points.Point] = []
    truths: list[bool] = []
    for point in points.points(about, _until(deadline)) if about else ():
        truth = _truth(claim.statement, point)
        if truth is not None:
            found.append(point)
            truths.append(truth)
        if len(found) >= _POINTS:
            break
    names = {name for point in found[:1] for name in point.values}
    batch = {name: torch.tensor([[[float(point.values[name][0, 0])]] for point in found]).double() for name in names}
    return _Board(tuple(found), batch, _bits(truths), None if questions.asks(typed) else claim.statement)


def _of_numbers(plain: _Plain, deadline: float) -> str:
    """A remedy for a claim about numbers."""
    claim = plain.claim
    statement = claim.statement
    if statement.op == "iff":
        return _of_equivalence(plain, deadline)
    board = _board(claim, plain.typed, deadline)
    if not board.mask:
        return ""  # it is true nowhere that we saw, and so would any condition be that the givens exclude
    trials = [_Trial(part, mask) for part in single(statement) if (mask := board.mask_of(part)) is not None]
    same = [trial for trial in trials if restates(trial.condition, board.said)]
    if any(trial.condition.args[0].op == "symbol" for trial in same):
        return _slip(claim, deadline)  # it is a plain condition itself
    trials = [trial for trial in trials if trial not in same]
    exact = _equivalent(claim, board, trials, deadline)
    if exact is not None:
        return f"{plain.given}true iff {text(exact)}"
    return _slip(claim, deadline) or _enough(claim, board, trials, deadline)


def _equivalent(claim: Claim, board: _Board, trials: list[_Trial], deadline: float) -> Expr | None:
    """The shortest condition that is the same as a statement, wherever the givens hold."""
    alone = [trial.condition for trial in trials if trial.mask == board.mask]
    for found in _confirmed(claim, board.said, alone, deadline):
        return found
    sided = [part for part in signs(claim.statement) if board.mask_of(part) == board.mask]
    paired = sorted(_pairs(board, trials), key=lambda part: len(text(part)))
    for found in _confirmed(claim, board.said, [*sided[: _TRIES // 2], *paired], deadline):
        return found
    return None


def _pairs(board: _Board, trials: list[_Trial]) -> Iterator[Expr]:
    """Two conditions joined by `and` or `or` that hold at the right points."""
    for one, other in combinations(trials, 2):
        if one.condition.args == other.condition.args:
            continue
        if one.mask & other.mask == board.mask:
            yield every([one.condition, other.condition])
        elif one.mask | other.mask == board.mask:
            yield some([one.condition, other.condition])


def _says_twice(claim: Claim, joined: Expr, until: float) -> bool:
    """Whether one of two conditions that are joined says all that both do."""
    parts = joined.args if joined.op in ("and", "or") else ()
    return any(scalars.implied(claim, both_ways(part, joined), until) for part in parts)


def _confirmed(claim: Claim, said: Expr | None, conditions: list[Expr], deadline: float) -> Iterator[Expr]:
    """Those of the first few conditions that z3 proves to be the same as the statement, and that always have a value."""
    for part in conditions[:_TRIES]:
        until = _until(deadline)
        if restates(part, said):
            continue
        if clock.now() < deadline and scalars.implied(claim, both_ways(claim.statement, part), until):
            with_values = restated(claim, claim.statement, *definedness(claim.statement))
            has_value = all(scalars.implied(with_values, need, until) for need in definedness(part))
            if has_value and not _says_twice(claim, part, until):
                yield part


def _slip(claim: Claim, deadline: float) -> str:
    """A relation that should have been the other one of `<` and `<=`."""
    statement = claim.statement
    if statement.op != "compare" or statement.value not in ("<", ">"):
        return ""
    changed = Expr("compare", statement.args, SCALAR, OTHER[statement.value])
    if scalars.implied(claim, changed, _until(deadline)):
        return f"true with {OTHER[statement.value]} in place of {statement.value}"
    return ""


def _enough(claim: Claim, board: _Board, trials: list[_Trial], deadline: float) -> str:
    """The shortest condition that is enough, and that holds somewhere."""
    single_values = {trial.condition.args: trial.mask for trial in trials if trial.condition.value == "="}
    trials = [trial for trial in trials if single_values.get(trial.condition.args) != trial.mask]  # t <= 0 of t >= 0
    fit = [trial.condition for trial in trials if trial.mask & board.mask and not trial.mask & ~board.mask]
    pairs = [
        every([one.condition, other.condition])
        for one, other in combinations(trials, 2)
        if one.condition.args != other.condition.args
        if one.mask & other.mask & board.mask and not one.mask & other.mask & ~board.mask
    ]
    for part in [*fit, *sorted(pairs, key=lambda part: len(text(part)))][:_TRIES]:
        until = _until(deadline)
        is_enough = clock.now() < deadline and scalars.implied(claim, implied_by(part, claim.statement), until)
        if is_enough and not _says_twice(claim, part, until):
            return f"true if {text(part)}"
    return ""


def _of_equivalence(plain: _Plain, deadline: float) -> str:
    """The condition that should have stood on one side of `iff`."""
    sides = plain.claim.statement.args
    for side, other in ((0, 1), (1, 0)):
        kept, wrong = sides[side], plain.typed.args[other]
        if wrong.op != "compare" or questions.asks(wrong):
            continue
        smaller = replace(plain.claim, statement=kept)
        board = _board(smaller, plain.typed.args[side], deadline)
        joined = every([kept, sides[other]])
        trials = [_Trial(part, mask) for part in single(joined) if (mask := board.mask_of(part)) is not None]
        found = _equivalent(smaller, board, trials, deadline)
        if found is not None and found != kept:
            return f"true with {text(found)} in place of {text(wrong)}"
    return ""
