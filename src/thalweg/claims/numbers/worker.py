"""Asks z3, as a script in a process of its own: z3 can crash or hang when it is stopped, and then only this process is lost.

It reads questions line by line, each a JSON object: "formulas" in SMT-LIB, "plan" (pairs of a tactic and seconds), and "names"
of variables, each with whether it stands for whole numbers. It writes a line for each: null if z3 does not know, false, or
an object with the value of each name, small numbers where that is possible. A value is a fraction, or a fraction near it
after `~` if it is irrational. Nothing of thalweg is imported: `solver` starts it.
"""

import json
import resource
import signal
import sys
import time
from collections.abc import Iterator
from fractions import Fraction

import z3

MOST_MEMORY = 3 * 2**30  # bytes of address space
DIGITS = 60  # of an irrational value
PLAIN = tuple(map(Fraction, ("0", "1", "-1", "2", "-2", "1/2", "-1/2")))
SMALL = (*PLAIN, *map(Fraction, ("3", "-3", "1/3", "-1/3", "3/2", "-3/2", "4", "-4")))
DENOMINATORS = (1, 2, 3, 4, 6, 10, 100, 10_000)
MOST_TRIES = 80


def main() -> None:
    """Answer questions until there are none."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    for line in sys.stdin:
        question = json.loads(line)
        seconds = sum(part for _, part in question["plan"])
        signal.setitimer(signal.ITIMER_REAL, 1.0 + 2 * seconds)  # the end, should nobody wait for it any more
        sys.stdout.write(json.dumps(answer(question, time.monotonic() + seconds)) + "\n")
        sys.stdout.flush()
        signal.setitimer(signal.ITIMER_REAL, 0.0)


def answer(question: dict, deadline: float) -> dict[str, str] | bool | None:
    """What z3 says of one question."""
    context = z3.Context()
    kept = []  # to free what was given up may crash: not before all is tried
    for tactic, seconds in question["plan"]:
        solver = z3.Tactic(tactic, ctx=context).solver() if tactic else z3.Solver(ctx=context)
        kept.append(solver)
        solver.set("timeout", max(1, int(seconds * 1000)))
        try:
            solver.from_string(question["formulas"])
            found = solver.check()
            if found != z3.unknown:
                return small_values(solver, context, question["names"], deadline) if found == z3.sat else False
        except z3.Z3Exception:
            continue
    return None


def small_values(
    solver: z3.Solver, context: z3.Context, names: list[tuple[str, bool]], deadline: float
) -> dict[str, str]:
    """Values for which all formulas hold, small ones as far as that is found in time: name after name."""
    model, tries = solver.model(), 0
    for name, is_whole in names:
        variable = z3.Real(name, context)
        value = exact(model.eval(variable, model_completion=True))
        if value not in PLAIN:
            for candidate in candidates(near(model.eval(variable, model_completion=True)), is_whole):
                tries += 1
                if tries > MOST_TRIES or time.monotonic() > deadline:
                    break
                found = with_value(solver, variable, candidate)
                if found is not None:
                    model, value = found, candidate
                    break
        if value is not None:
            solver.add(variable == z3.RealVal(str(value), context))
    return {name: shown(model.eval(z3.Real(name, context), model_completion=True)) for name, _ in names}


def with_value(solver: z3.Solver, variable: z3.ArithRef, value: Fraction) -> z3.ModelRef | None:
    """A model in which a variable has this value, if one is found."""
    solver.push()
    solver.add(variable == z3.RealVal(str(value), variable.ctx))
    found = solver.model() if solver.check() == z3.sat else None
    solver.pop()
    return found


def candidates(value: Fraction, is_whole: bool) -> Iterator[Fraction]:
    """Small numbers, then numbers near a value with growing denominators."""
    tried = [*SMALL, *(value.limit_denominator(most) for most in DENOMINATORS), value + 1, value - 1]
    yield from (part for part in dict.fromkeys(tried) if not is_whole or part.denominator == 1)


def exact(value: z3.ExprRef) -> Fraction | None:
    """A value as a fraction, if it is one."""
    if isinstance(value, z3.RatNumRef):
        return Fraction(value.numerator_as_long(), value.denominator_as_long())
    return None


def near(value: z3.ExprRef) -> Fraction:
    """A fraction near a value."""
    return (exact(value.approx(DIGITS)) if isinstance(value, z3.AlgebraicNumRef) else exact(value)) or Fraction(0)


def shown(value: z3.ExprRef) -> str:
    """A value as a fraction, after `~` if it is only near."""
    return "~" * (exact(value) is None) + str(near(value))


if __name__ == "__main__":
    main()
