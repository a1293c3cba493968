"""What is known of functions that have no polynomial form: facts between the applications that occur, as formulas of z3.

Every fact is true of the real functions wherever they have values, and says nothing elsewhere; so what contradicts the
facts is false, and what does not may still be.
"""

from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations, permutations

from thalweg.claims.numbers import quotients
from thalweg.claims.numbers.quotients import Quotient, Term
from thalweg.claims.numbers.reading import Application, Reader, z3

MOST_SUMS = 6
_PI = Fraction(3141592653, 10**9)
_UNIT = quotients.constant(1)


def facts(reader: Reader) -> list[Term]:
    """What is known of all applications that a reader has met."""
    result = []
    for kind, (alone, paired) in _FACTS.items():
        found = [application for application in reader.applications.values() if application.kind == kind]
        for one in found:
            result += [_when(fact, one) for fact in alone(reader, one)]
        for one, other in permutations(found, 2):
            result += [_when(fact, one, other) for fact in paired(reader, one, other)]
    return [*result, *_sums(reader, [one for one in reader.applications.values() if one.kind == "exp"])]


def _when(fact: Term, *applications: Application) -> Term:
    """A fact, where the applications are meant."""
    guards = [guard for application in applications for guard in application.guards]
    return z3().Implies(z3().And(guards), fact) if guards else fact


def _sum(a: Quotient, b: Quotient) -> Quotient:
    """The sum."""
    return quotients.added(a, b)


def _difference(a: Quotient, b: Quotient) -> Quotient:
    """The difference."""
    return quotients.added(a, quotients.negated(b))


def _product(a: Quotient, b: Quotient) -> Quotient:
    """The product."""
    return quotients.multiplied(a, b)


def _scaled(a: Quotient, by: Fraction | int) -> Quotient:
    """A number times it."""
    return quotients.multiplied(quotients.constant(by), a)


def _square(a: Quotient) -> Quotient:
    """Its square."""
    return quotients.to_power(a, 2)


# Exponentials, and logarithms, which are the same with argument and value exchanged


def _exponential(reader: Reader, one: Application) -> Iterator[Term]:
    """Positive, and above its tangent at 0; so is that of minus the argument."""
    (x,), (value,) = one.args, one.values
    at_zero = z3().And(reader.related("=", x, 0), reader.related("=", value, 1))
    falling = reader.related("<", _product(value, _difference(_UNIT, x)), 1)
    beyond = z3().And(reader.related(">", value, _sum(_UNIT, x)), falling)
    yield z3().And(reader.related(">", value, 0), z3().Or(at_zero, beyond))


def _exponential_pair(reader: Reader, one: Application, other: Application) -> Iterator[Term]:
    """Increasing; of opposite and of double arguments."""
    (x,), (value,), (y,), (second,) = one.args, one.values, other.args, other.values
    for relation in ("<", "="):
        yield reader.related(relation, x, y) == reader.related(relation, value, second)
    yield reader.related("=", _sum(x, y), 0) == reader.related("=", _product(value, second), 1)
    yield reader.related("=", x, _scaled(y, 2)) == reader.related("=", value, _square(second))


def _sums(reader: Reader, found: list[Application]) -> Iterator[Term]:
    """The exponential of a sum is the product."""
    if len(found) > MOST_SUMS:
        return
    for one, other in combinations(found, 2):
        for third in found:
            if third is not one and third is not other:
                added = reader.related("=", _sum(one.args[0], other.args[0]), third.args[0])
                joined = reader.related("=", _product(one.values[0], other.values[0]), third.values[0])
                yield _when(added == joined, one, other, third)


# Sine and cosine


def _circle(reader: Reader, one: Application) -> Iterator[Term]:
    """On the circle; the sine within its argument, the cosine above its parabola."""
    (x,), (sine, cosine) = one.args, one.values
    yield reader.related("=", _sum(_square(sine), _square(cosine)), 1)
    yield reader.related("<=", _square(sine), _square(x))
    yield reader.related(">=", cosine, _difference(_UNIT, _scaled(_square(x), Fraction(1, 2))))


def _circle_pair(reader: Reader, one: Application, other: Application) -> Iterator[Term]:
    """Of equal, opposite and double arguments."""
    (sine, cosine), (second, below) = one.values, other.values
    for sign in (1, -1):
        same = reader.related("=", one.args[0], _scaled(other.args[0], sign))
        sines, cosines = reader.related("=", sine, _scaled(second, sign)), reader.related("=", cosine, below)
        yield z3().Implies(same, z3().And(sines, cosines))
    twice = reader.related("=", one.args[0], _scaled(other.args[0], 2))
    sines = reader.related("=", sine, _scaled(_product(second, below), 2))
    cosines = reader.related("=", cosine, _difference(_square(below), _square(second)))
    yield z3().Implies(twice, z3().And(sines, cosines))


def _pi(reader: Reader, one: Application) -> Iterator[Term]:
    """Between its first digits."""
    yield reader.related(">", one.values[0], quotients.constant(_PI))
    yield reader.related("<", one.values[0], quotients.constant(_PI + Fraction(1, 10**9)))


# Powers whose exponent is no number. Where the exponent is not plainly whole, the guards say that the base is not negative.


def _power(reader: Reader, one: Application) -> Iterator[Term]:
    """At exponents 0, 1 and 2 and the bases 0 and 1; the sign; the size against 1; Bernoulli's inequality."""
    (base, exponent), (value,) = one.args, one.values
    z, related = z3(), reader.related
    size, square = _square(value), _square(base)
    for number, power in enumerate((_UNIT, base, square)):
        yield z.Implies(related("=", exponent, number), related("=", value, power))
    yield z.Implies(related("=", base, 1), related("=", value, 1))
    yield z.Implies(related("=", square, 1), related("=", size, 1))
    yield z.Implies(related(">", base, 0), related(">", value, 0))
    yield z.Implies(related("!=", base, 0), related("!=", value, 0))
    yield z.Implies(z.And(related("=", base, 0), related(">", exponent, 0)), related("=", value, 0))
    for against, sign, outcome in (("<", ">", "<"), ("<", "<", ">"), (">", ">", ">"), (">", "<", "<")):
        case = z.And(related("!=", base, 0), related(against, square, 1), related(sign, exponent, 0))
        yield z.Implies(case, related(outcome, size, 1))
    convex = z.And(related(">", base, 0), z.Or(related(">=", exponent, 1), related("<=", exponent, 0)))
    yield z.Implies(convex, related(">=", value, _sum(_UNIT, _product(exponent, _difference(base, _UNIT)))))


def _power_pair(reader: Reader, one: Application, other: Application) -> Iterator[Term]:
    """What two powers say of each other."""
    yield from _steps(reader, one, other)
    yield from _order(reader, one, other)


def _steps(reader: Reader, one: Application, other: Application) -> Iterator[Term]:
    """Of one base: exponents that differ by a whole number, are multiples, or opposite."""
    (base, exponent), (value,) = one.args, one.values
    (second, later), (grown,) = other.args, other.values
    z, related = z3(), reader.related
    is_meant = z.Or(related("!=", base, 0), related(">=", exponent, 0))
    same = z.And(related("=", base, second), is_meant)
    step = _number(_difference(later, exponent))
    if step is not None and step.denominator == 1 and 0 < step <= 8:
        further = _product(value, quotients.to_power(base, int(step)))
        yield z.Implies(same, related("=", grown, further))
    for often in (2, 3):
        if _number(_difference(later, _scaled(exponent, often))) == 0:
            yield z.Implies(same, related("=", grown, quotients.to_power(value, often)))
    opposite = z.And(related("=", base, second), related("=", _sum(exponent, later), 0), related("!=", base, 0))
    yield z.Implies(opposite, related("=", _product(value, grown), 1))


def _order(reader: Reader, one: Application, other: Application) -> Iterator[Term]:
    """Increasing in a base from 0 for exponents from 0; in the exponent increasing above base 1, decreasing below."""
    (base, exponent), (value,) = one.args, one.values
    (second, later), (grown,) = other.args, other.values
    z, related = z3(), reader.related
    alike, same = related("=", exponent, later), related("=", base, second)
    yield z.Implies(z.And(same, alike), related("=", value, grown))
    for less, more in (("<=", ">="), ("<", ">")):
        rising = z.And(alike, related(">=", base, 0), related(less, base, second), related(more, exponent, 0))
        yield z.Implies(rising, related(less, value, grown))
        longer = z.And(same, related(less, exponent, later))
        yield z.Implies(z.And(longer, related(more, base, 1)), related(less, value, grown))
        yield z.Implies(z.And(longer, related(">", base, 0), related(less, base, 1)), related(less, grown, value))


def _number(value: Quotient) -> Fraction | None:
    """The number that a quotient plainly is."""
    if isinstance(value.over, Fraction):
        return None if value.under else value.over
    simple = z3().simplify(value.over, som=True)
    if value.under or not z3().is_rational_value(simple):
        return None
    return Fraction(simple.numerator_as_long(), simple.denominator_as_long())


_FACTS = {
    "exp": (_exponential, _exponential_pair),
    "circle": (_circle, _circle_pair),
    "pi": (_pi, lambda *_: iter(())),
    "power": (_power, _power_pair),
}
