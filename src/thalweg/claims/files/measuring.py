"""Claims about what an experiment measured, checked. The caller hands in what runs experiments.

Each experiment is run once for each choice of settings, and only when a claim asks for it.
"""

import math
import re
import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from thalweg.calculus.nodes import CalculusError
from thalweg.calculus.tokens import NAME
from thalweg.claims.files.measured import Measured
from thalweg.claims.nouns import Answer, Verdict

Runner = Callable[[str, dict[str, str]], Mapping[str, object]]
Number = float | int

DRAWS = 8  # Seeds whose spread is the scatter.


@dataclass
class Bench:
    """Runs experiments, each once.

    Attributes:
        runner: What runs one; None if there is nothing that could.
        done: What has been measured, or why it could not be.
    """

    runner: Runner | None
    done: dict[tuple[str, tuple[tuple[str, str], ...]], Mapping[str, object] | Exception] = field(default_factory=dict)

    def measure(self, name: str, settings: Mapping[str, str]) -> Mapping[str, object]:
        """What an experiment measures with these settings.

        Raises:
            ValueError: If the experiment refuses them.
        """
        assert self.runner is not None
        key = (name, tuple(sorted(settings.items())))
        if key not in self.done:
            try:
                self.done[key] = self.runner(name, dict(settings))
            except (ValueError, TimeoutError) as problem:
                self.done[key] = problem
        found = self.done[key]
        if isinstance(found, Exception):
            raise found
        return found


def answered(claim: Measured, bench: Bench) -> Answer:
    """What came of a claim about a measured value.

    Args:
        claim: The claim.
        bench: What runs experiments.

    Returns:
        PASSED or FALSE, with both values and what may lie between them; UNDECIDED if nothing was measured.

    Raises:
        CalculusError: If the experiment is not there, refuses its settings, or measures nothing of that name.
    """
    if bench.runner is None:
        return Answer(Verdict.UNDECIDED, "experiments are run by the command `thalweg check` only")
    try:
        value = _looked_up(claim, _measure(claim, bench, dict(claim.run.settings)))
        if value is None or (isinstance(value, float) and not math.isfinite(value)):
            return Answer(
                Verdict.UNDECIDED, f"{claim.quantity} has no finite value in this run of {claim.run.experiment}"
            )
        allowed, said = _allowed(claim, bench)
    except TimeoutError as problem:
        return Answer(Verdict.UNDECIDED, f"{claim.run.experiment} took too long: {problem}")
    return _compared(claim, value, allowed, said)


def _measure(claim: Measured, bench: Bench, settings: dict[str, str]) -> Mapping[str, object]:
    """A run for a claim; what the experiment refuses is a problem of the line that asks for it."""
    try:
        return bench.measure(claim.run.experiment, settings)
    except ValueError as problem:
        raise CalculusError(str(problem), claim.run.column, claim.run.line) from None


def _looked_up(claim: Measured, found: Mapping[str, object]) -> Number | str | None:
    """The measured value of that name; `name.part` and `name[1]` go into what has parts."""
    value: object = found
    for part in _path(claim.quantity):
        if isinstance(value, Mapping) and part in value:
            value = value[part]
        elif isinstance(value, list | tuple) and part.isdigit() and 0 < int(part[:9]) <= len(value):
            value = value[int(part) - 1]
        else:
            raise CalculusError(
                f"nothing is called {claim.quantity} here; {_there_are(value)}", claim.column, claim.line
            )
    if isinstance(value, Mapping | list | tuple):
        raise CalculusError(f"{claim.quantity} has parts: {_there_are(value)}", claim.column, claim.line)
    if value is None or isinstance(value, bool):
        return None if value is None else str(value)
    return value if isinstance(value, float | int | str) else str(value)


def _path(quantity: str) -> list[str]:
    """`ohm.low_pass` and `ohm[1]` taken apart; a name in quotation marks is one."""
    if quantity.startswith('"'):
        return [quantity[1:-1]]
    return [part.strip("] ") for part in re.split(r"[.\[]", quantity)]


def _there_are(value: object) -> str:
    """What can be looked up in something measured."""
    if isinstance(value, Mapping):
        names = [str(name) if re.fullmatch(NAME, str(name)) else f'"{name}"' for name in value]
        return f"there are {', '.join(names)}"
    return f"there are [1] to [{len(value)}]" if isinstance(value, list | tuple) else "it is one value"


def _allowed(claim: Measured, bench: Bench) -> tuple[float, str]:
    """How far the measured number may be from the claimed one, and a word on it."""
    if isinstance(claim.value, str) or not claim.within:
        return 0.0, "nothing"
    if claim.unit == "%":
        return float(abs(claim.value) * claim.within / 100), f"{float(claim.within):g} % of the claim"
    if not claim.unit:
        return float(claim.within), "as claimed"
    scatter = _scatter(claim, bench)
    return float(claim.within) * scatter, f"{float(claim.within):g} times the scatter {scatter:.5g} over {DRAWS} draws"


def _scatter(claim: Measured, bench: Bench) -> float:
    """The standard deviation of a measured value over seeds."""
    given = dict(claim.run.settings)
    choices = [given] if "data" in given else [{**given, "data": "class"}, given]
    values: list[float] = []
    for settings in choices:
        try:
            runs = [bench.measure(claim.run.experiment, {**settings, "seed": str(seed)}) for seed in range(DRAWS)]
        except ValueError as problem:
            if settings is not given:
                continue
            why = f"{claim.run.experiment} has no draws whose scatter could be taken: {problem}"
            raise CalculusError(f"{why}; write within 5 % or within a number", claim.column, claim.line) from None
        values = [float(value) for run in runs if isinstance(value := _looked_up(claim, run), float | int)]
        break
    if len(values) < DRAWS or not (scatter := statistics.stdev(values)) or not math.isfinite(scatter):
        why = f"{claim.quantity} of {claim.run.experiment} is the same in every draw, or no number"
        raise CalculusError(f"{why}; write within 5 % or within a number", claim.column, claim.line)
    return scatter


def _compared(claim: Measured, value: Number | str, allowed: float, said: str) -> Answer:
    """The answer, with both values."""
    shown = f"measured {_shown(value)}, claimed {claim.relation} {_shown(claim.value)}"
    if isinstance(value, str) or isinstance(claim.value, str):
        is_same = str(value) == str(claim.value)
        return Answer(Verdict.PASSED if is_same == (claim.relation == "=") else Verdict.FALSE, shown)
    difference = float(Fraction(value) - claim.value)
    holds = {
        "=": abs(difference) <= allowed,
        "!=": abs(difference) > allowed,
        "<": difference < allowed,
        "<=": difference <= allowed,
        ">": difference > -allowed,
        ">=": difference >= -allowed,
    }[claim.relation]
    if claim.relation in ("=", "!=") or allowed:
        limit = f"{allowed:.5g} ({said})" if allowed else said
        shown = f"{shown}; they are {abs(difference):.5g} apart, allowed is {limit}"
    if not holds and not allowed and claim.relation == "=" and isinstance(value, float):
        shown = f"{shown}; say how near you mean: within 5 %"
    return Answer(Verdict.PASSED if holds else Verdict.FALSE, shown)


def _shown(value: Number | Fraction | str) -> str:
    """A value with sensible digits."""
    return value if isinstance(value, str) else str(value) if isinstance(value, int) else f"{float(value):.7g}"
