"""How the variable of a limit comes close to its target: from above, from below, from both sides, or without bound."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from thalweg.calculus.algebra import is_number
from thalweg.calculus.nodes import Expr, Symbol
from thalweg.claims.rational.ratios import Ratio, ratio, whole


@dataclass(frozen=True)
class Approach:
    """How the variable tends to its target: it is `target + sign u`, or `sign / u` if there is no finite target."""

    target: Ratio | None
    sign: int
    both: bool

    def at(self, small: Ratio) -> Ratio:
        """The variable, when it is this far away."""
        far = whole(self.sign) / small if self.target is None else whole(self.sign) * small
        return far if self.target is None else self.target + far


def approach(limit: Expr) -> Approach:
    """A name that is positive tends to 0 from above, said or not."""
    target = limit.args[2]
    if is_infinite(target):
        return Approach(None, is_infinite(target), False)
    side = is_one_sided(limit)
    return Approach(ratio(target), side or 1, not side)


def is_one_sided(limit: Expr) -> int:
    """1 if the target is approached from above, -1 if from below, 0 if from both sides."""
    _, v, target = limit.args
    if not limit.value and is_number(target, 0) and isinstance(v.value, Symbol):
        return int(bool(v.value.traits & {"positive", "nonnegative"}))
    return {"+": 1, "-": -1}.get(str(limit.value), 0)


def is_infinite(expr: Expr) -> int:
    """1 of `inf`, -1 of `-inf`, 0 of everything else."""
    if expr.op == "infinity":
        return 1
    is_minus = (
        expr.op == "product" and len(expr.args) == 2 and is_number(expr.args[0], -1) and expr.args[1].op == "infinity"
    )
    return -1 if is_minus else 0


def with_sides(statement: Expr, givens: Iterable[Expr]) -> Expr:
    """A statement in which what is given to be positive tends to 0 from above."""
    positive = {side for given in givens for side in _positive(given)}
    if (
        statement.op == "limit"
        and not statement.value
        and statement.args[1] in positive
        and is_number(statement.args[2], 0)
    ):
        statement = Expr("limit", statement.args, statement.shape, "+")
    return statement.with_args(tuple(with_sides(arg, givens) for arg in statement.args))


def _positive(given: Expr) -> Iterator[Expr]:
    """A name that is said to be positive, or not negative."""
    if given.op == "and":
        for part in given.args:
            yield from _positive(part)
    if given.op == "compare" and given.value in (">", ">=") and is_number(given.args[1], 0):
        yield given.args[0]
    if given.op == "compare" and given.value in ("<", "<=") and is_number(given.args[0], 0):
        yield given.args[1]
