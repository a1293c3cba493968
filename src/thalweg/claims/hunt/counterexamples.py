"""A case that refutes a claim, as it is shown: its values, and both sides of the comparison that breaks."""

from contextlib import suppress
from fractions import Fraction

from thalweg.calculus.elimination import Matrix
from thalweg.calculus.exact import evaluate
from thalweg.calculus.fields import RATIONALS, Element, Field, Inexact
from thalweg.calculus.intervals import INTERVALS
from thalweg.calculus.nodes import Expr
from thalweg.calculus.show import text
from thalweg.claims.hunt.certify import Case, failing_point, told, truth, value_of
from thalweg.claims.hunt.prepared import Question
from thalweg.claims.nouns import Counterexample, Value, name_of

ENCLOSED = "in interval arithmetic to 50 digits"


def counterexample(question: Question, case: Case) -> Counterexample:
    """A case that refutes a claim, as it is shown: the values of its names and both sides of the comparison that breaks."""
    values = {name_of(name): shown(*value_of(name, case)) for name in question.names}
    sizes = {name: Value(((Fraction(size),),)) for name, size in case.sizes.items() if _is_number(name, question)}
    part, phrase = _broken(question.statement, case)
    if part is None:
        certified = "exactly" if _is_exact(question.statement, case) else ENCLOSED
        return Counterexample({**sizes, **values}, None, None, phrase, certified)
    sides = [_side(side, case) for side in part.args]
    certified = "exactly" if all(field is RATIONALS for _, field in sides) and not case.enclosed else ENCLOSED
    left, right = (shown(*side) for side in sides)
    return Counterexample({**sizes, **values}, left, right, str(part.value), certified)


def _is_exact(statement: Expr, case: Case) -> bool:
    """Whether fractions are enough to tell that a statement breaks."""
    return not case.enclosed and truth(statement, case.rational, case.sizes, RATIONALS) is False


def _side(expr: Expr, case: Case) -> tuple[Matrix, Field]:
    """The value of a side, and what it was computed in."""
    if not case.enclosed:
        with suppress(Inexact):
            return evaluate(expr, case.rational, case.sizes, RATIONALS), RATIONALS
    return evaluate(expr, case.enclosed or case.rational, case.sizes, INTERVALS), INTERVALS


def _is_number(size: str, question: Question) -> bool:
    """Whether the claim speaks of a size as a number, or no name's shape shows it."""
    shapes = [part for name in question.names for part in (name.shape.rows, name.shape.columns)]
    spoken = [
        node.value for part in (question.statement, *question.givens) for node in part.walk() if node.op == "size"
    ]
    return any(size in part.names for part in spoken) or not any(size in part.names for part in shapes)


def shown(value: Matrix, field: Field) -> Value:
    """A matrix over a field, as fractions or as digits."""
    if field is RATIONALS:
        return Value(tuple(tuple(Fraction(entry) for entry in row) for row in value))
    return Value(tuple(tuple(_digits(entry) for entry in row) for row in value))


def _digits(entry: Element) -> Fraction | str:
    """A number in an interval: itself if it is a point with a short fraction, otherwise fifteen digits."""
    middle = float(entry.mid)
    if entry.a == entry.b == middle and middle * 64 % 1 == 0:
        return Fraction(middle)
    return f"{middle:.15g}"


def _broken(statement: Expr, case: Case) -> tuple[Expr | None, str]:
    """The comparison that breaks a statement, or words for what does."""
    if statement.op == "compare":
        return statement, ""
    if statement.op == "and":
        return next(_broken(arg, case) for arg in statement.args if told(arg, case) is False)
    if statement.op == "implies":
        part, phrase = _broken(statement.args[1], case)
        return (part, phrase) if part is not None else (None, f"what is assumed holds, and {phrase}")
    if statement.op == "not":
        return None, f"{text(statement.args[0])} holds"
    if statement.op == "iff":
        holding, failing = statement.args if told(statement.args[0], case) else statement.args[::-1]
        return None, f"{text(holding)} holds, {text(failing)} does not"
    if statement.op == "forall":
        return None, f"{text(statement.args[0])} fails at {_where_failing(statement, case)}"
    return None, f"{text(statement)} does not hold"


def _where_failing(statement: Expr, case: Case) -> str:
    """The values of the bound names at which the body of a `forall` fails."""
    for values, numbers in ((case.rational, RATIONALS), (case.enclosed or case.rational, INTERVALS)):
        point = failing_point(statement, values, case.sizes, numbers)
        if point is not None:
            return ", ".join(f"{name} = {shown(value, numbers)}" for name, value in point.items())
    return "some point"
