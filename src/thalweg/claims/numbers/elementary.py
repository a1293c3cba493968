"""Powers and functions of one number as terms of z3: piecewise ones exactly, roots by their equations, others by facts.

`exp` of an argument is a variable; a logarithm is what has its argument for exponential; `sigmoid`, `tanh` and `softplus`
are made from these. Powers whose exponent is no number and `sin` with `cos` are variables too. What holds between such
variables is said by `facts`.
"""

from collections.abc import Callable
from fractions import Fraction

from thalweg.calculus.nodes import Expr, Symbol, number
from thalweg.claims.numbers import quotients
from thalweg.claims.numbers.quotients import Quotient
from thalweg.claims.numbers.reading import (
    MOST_FUNCTIONS,
    Application,
    Reader,
    Unsupported,
    formula,
    reciprocal,
    single,
    z3,
)

MOST_POWER, MOST_ROOT = 64, 12


def rational_power(reader: Reader, expr: Expr, value: Quotient, power: Fraction) -> Quotient:
    """The value of an expression to a rational power.

    Raises:
        Unsupported: If the power is too large.
    """
    if max(abs(power.numerator), power.denominator) > MOST_POWER or power.denominator > MOST_ROOT:
        raise Unsupported(f"power {power}")
    if power.denominator > 1:
        value = root(reader, expr, value, power.denominator)
    if power < 0:
        value = reciprocal(reader, expr, value, expr)
    return quotients.to_power(value, abs(power.numerator))


def root(reader: Reader, expr: Expr, value: Quotient, degree: int) -> Quotient:
    """The root of what is not negative: a variable with its equation."""
    is_defined = reader.related(">=", value, 0)
    reader.require(expr, is_defined, "is not negative")
    variable = reader.fresh("root", expr)
    equation = reader.related("=", Quotient(variable**degree), value)
    axioms = reader.frames[reader.depth(expr)].axioms
    meant = z3().And(is_defined, *reader.divides(value))
    axioms += [variable >= 0, z3().Implies(meant, equation)]
    return Quotient(variable)


def _application(reader: Reader, expr: Expr, kind: str, make: Callable[[], Application]) -> Application:
    """A function of which only facts are known, made once for each argument."""
    if reader.depth(expr):
        raise Unsupported("such a function under forall")
    reader.is_exact = False
    if (kind, expr) not in reader.applications:
        if len(reader.applications) == MOST_FUNCTIONS:
            raise Unsupported("so many functions")
        reader.applications[kind, expr] = make()
    return reader.applications[kind, expr]


def _new(reader: Reader, stem: str) -> Quotient:
    """A variable of its own."""
    return Quotient(reader.fresh(stem))


def symbolic_power(reader: Reader, expr: Expr) -> Quotient:
    """A power whose exponent is no number."""
    base, exponent = (single(reader, arg) for arg in expr.args)
    undefined = z3().And(reader.related("=", base, 0), reader.related("<", exponent, 0))
    reader.require(expr, z3().Not(undefined), "is defined")
    is_whole = _is_whole(expr.args[1])
    meant = () if is_whole else (reader.related(">=", base, 0),)

    def made() -> Application:
        guards = (*reader.divides(base, exponent), *meant)
        return Application("power", (base, exponent), (_new(reader, "power"),), guards, is_whole)

    return _application(reader, expr, "power", made).values[0]


def _is_whole(expr: Expr) -> bool:
    """Whether an expression is plainly a whole number."""
    if isinstance(expr.value, Symbol):
        return "integer" in expr.value.traits
    if isinstance(expr.value, Fraction):
        return expr.value.denominator == 1
    return expr.op == "size" or (expr.op in ("add", "product") and all(map(_is_whole, expr.args)))


def circle_constant(reader: Reader, expr: Expr) -> Quotient:
    """The number pi: a variable between bounds."""
    return _application(reader, expr, "pi", lambda: Application("pi", (), (_new(reader, "pi"),))).values[0]


def exponential(reader: Reader, expr: Expr, value: Quotient) -> Quotient:
    """A positive variable."""

    def made() -> Application:
        return Application("exp", (value,), (_new(reader, "exp"),), reader.divides(value))

    return _application(reader, expr, "exp", made).values[0]


def logarithm(reader: Reader, expr: Expr, value: Quotient) -> Quotient:
    """That which has the value for exponential."""
    guard = reader.related(">", value, 0)
    reader.require(expr, guard, "is positive")

    def made() -> Application:
        return Application("exp", (_new(reader, "log"),), (value,), (guard, *reader.divides(value)))

    return _application(reader, expr, "log", made).args[0]


def _sigmoid(reader: Reader, expr: Expr, value: Quotient) -> Quotient:
    """The exponential over itself plus 1."""
    power = exponential(reader, expr, value)
    return quotients.multiplied(power, quotients.inverted(quotients.added(power, quotients.constant(1))))


def _tanh(reader: Reader, expr: Expr, value: Quotient) -> Quotient:
    """Twice the sigmoid of twice the argument, less 1."""
    two = quotients.constant(2)
    part = _sigmoid(reader, Expr("product", (number(2), expr), expr.shape), quotients.multiplied(two, value))
    return quotients.added(quotients.multiplied(two, part), quotients.constant(-1))


def _softplus(reader: Reader, expr: Expr, value: Quotient) -> Quotient:
    """That which has 1 plus the exponential for its own."""
    power = quotients.added(quotients.constant(1), exponential(reader, expr, value))

    def made() -> Application:
        return Application("exp", (_new(reader, "log"),), (power,), reader.divides(value))

    return _application(reader, expr, "softplus", made).args[0]


def _circle(reader: Reader, expr: Expr, value: Quotient) -> tuple[Quotient, Quotient]:
    """The sine and the cosine."""

    def made() -> Application:
        return Application("circle", (value,), (_new(reader, "sin"), _new(reader, "cos")), reader.divides(value))

    sine, cosine = _application(reader, expr, "circle", made).values
    return sine, cosine


def _tangent(reader: Reader, expr: Expr, value: Quotient) -> Quotient:
    """The sine over the cosine."""
    sine, cosine = _circle(reader, expr, value)
    return quotients.multiplied(sine, reciprocal(reader, expr, cosine, Expr("map", (expr,), expr.shape, "cos")))


def pieces(reader: Reader, value: Quotient, above: Quotient, elsewhere: Quotient) -> Quotient:
    """One where a value is positive, the other elsewhere."""
    return quotients.chosen(formula(reader, quotients.related(">", value, quotients.constant(0))), above, elsewhere)


def magnitude(reader: Reader, _expr: Expr, value: Quotient) -> Quotient:
    """The absolute value."""
    return pieces(reader, value, value, quotients.negated(value))


def _relu(reader: Reader, _expr: Expr, value: Quotient) -> Quotient:
    """The value where it is positive, else 0."""
    return pieces(reader, value, value, Quotient(Fraction(0), value.under))


def _step(reader: Reader, _expr: Expr, value: Quotient) -> Quotient:
    """1 where the value is positive, else 0."""
    return pieces(reader, value, quotients.constant(1), quotients.constant(0))


def _sign(reader: Reader, _expr: Expr, value: Quotient) -> Quotient:
    """1, 0 or -1."""
    one, zero, minus = (quotients.constant(part) for part in (1, 0, -1))
    return pieces(reader, value, one, pieces(reader, quotients.negated(value), minus, zero))


FUNCTIONS: dict[str, Callable[[Reader, Expr, Quotient], Quotient]] = {
    "relu": _relu,
    "abs": magnitude,
    "step": _step,
    "sign": _sign,
    "exp": exponential,
    "log": logarithm,
    "sigmoid": _sigmoid,
    "tanh": _tanh,
    "softplus": _softplus,
    "sin": lambda reader, expr, value: _circle(reader, expr, value)[0],
    "cos": lambda reader, expr, value: _circle(reader, expr, value)[1],
    "tan": _tangent,
}
