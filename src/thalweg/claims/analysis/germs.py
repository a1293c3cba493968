"""Numbers that depend on a positive u that tends to 0: ratios of polynomials in u, exactly. They are ordered, and have limits.

`Germ` is an element for `calculus.exact`: evaluated in it, an expression in which `lam` is u^2, 1/u^2 or a + u^2 shows its
limit in the lowest power of u. Roots are taken where they are exact (lam is a square, so `sqrt(lam)` is u); what cannot be
held raises `Inexact`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import isqrt

from thalweg.calculus.fields import Field, Inexact, Undefined, crossed_by, uncleared

_Parts = tuple[Fraction, ...]  # coefficients, that of the lowest power first; the last is not 0
MOST_PARTS, MOST_BITS = 80, 4000


@dataclass(frozen=True, slots=True)
class Germ:
    """u^shift times a polynomial over another, both not 0 at u = 0 and without common factor; 0 has no coefficients.

    Attributes:
        shift: The power of u.
        over: The coefficients above, from the constant one.
        under: The coefficients below; the first is 1.
    """

    shift: int
    over: _Parts
    under: _Parts

    def __add__(self, other: "Germ | int | Fraction") -> "Germ":
        """The sum."""
        other = germ(other)
        low = min(self.shift, other.shift)
        left = (Fraction(0),) * (self.shift - low) + _times(self.over, other.under)
        right = (Fraction(0),) * (other.shift - low) + _times(other.over, self.under)
        return made(low, _plus(left, right), _times(self.under, other.under))

    def __neg__(self) -> "Germ":
        """Minus it."""
        return Germ(self.shift, tuple(-part for part in self.over), self.under)

    def __sub__(self, other: "Germ | int | Fraction") -> "Germ":
        """The difference."""
        return self + -germ(other)

    def __rsub__(self, other: "int | Fraction") -> "Germ":
        """A number less it."""
        return germ(other) - self

    def __mul__(self, other: "Germ | int | Fraction") -> "Germ":
        """The product; arrays multiply themselves."""
        if not isinstance(other, Germ | int | Fraction):
            return NotImplemented
        other = germ(other)
        return made(self.shift + other.shift, _times(self.over, other.over), _times(self.under, other.under))

    __radd__ = __add__
    __rmul__ = __mul__

    def __pow__(self, exponent: int) -> "Germ":
        """A whole power."""
        return _power(self, exponent)

    @property
    def sign(self) -> int:
        """Its sign for small u: -1, 0 or 1."""
        return 0 if not self.over else 1 if self.over[0] > 0 else -1

    @property
    def limit(self) -> Fraction | None:
        """Where it goes when u does to 0; None if it grows without bound."""
        if not self.over or self.shift > 0:
            return Fraction(0)
        return None if self.shift < 0 else self.over[0]

    @property
    def is_constant(self) -> bool:
        """Whether it does not depend on u."""
        return not self.over or (self.shift == 0 and len(self.over) == len(self.under) == 1)

    def __eq__(self, other: object) -> bool:
        """Whether both are the same function of u."""
        if not isinstance(other, Germ | int | Fraction):
            return NotImplemented
        other = germ(other)
        return (self.shift, self.over, self.under) == (other.shift, other.over, other.under)

    def __hash__(self) -> int:
        """Of what it is made of."""
        return hash((self.shift, self.over, self.under))

    def __lt__(self, other: "Germ | int | Fraction") -> bool:
        """Whether it is smaller for every small u."""
        return (self - other).sign < 0

    def __le__(self, other: "Germ | int | Fraction") -> bool:
        """Whether it is no larger for every small u."""
        return (self - other).sign <= 0

    def __gt__(self, other: "Germ | int | Fraction") -> bool:
        """Whether it is larger for every small u."""
        return (self - other).sign > 0

    def __ge__(self, other: "Germ | int | Fraction") -> bool:
        """Whether it is no smaller for every small u."""
        return (self - other).sign >= 0

    def __abs__(self) -> "Germ":
        """Its absolute value."""
        return -self if self.sign < 0 else self


_ONE: _Parts = (Fraction(1),)
U = Germ(1, _ONE, _ONE)


def germ(value: "Germ | int | Fraction") -> Germ:
    """A number as a germ."""
    if isinstance(value, Germ):
        return value
    return Germ(0, (Fraction(value),) if value else (), _ONE)


def made(shift: int, over: _Parts, under: _Parts) -> Germ:
    """u^shift times a ratio of polynomials, in the one form that it has; `under` is not 0 at u = 0.

    Raises:
        Inexact: If it is too long.
    """
    lead = next((place for place, part in enumerate(over) if part), None)
    if lead is None:
        return Germ(0, (), _ONE)
    over = over[lead:]
    if len(under) > 1 and len(over) > 1 and len(shared := _gcd(over, under)) > 1:
        over, under = _divided(over, shared)[0], _divided(under, shared)[0]
    first = under[0]
    over, under = (tuple(part / first for part in parts) for parts in (over, under))
    bits = max(max(part.numerator.bit_length(), part.denominator.bit_length()) for part in (*over, *under))
    if max(len(over), len(under), abs(shift)) > MOST_PARTS or bits > MOST_BITS:
        raise Inexact("a limit has too many terms")
    return Germ(shift + lead, over, under)


def _trimmed(parts: list[Fraction]) -> _Parts:
    while parts and not parts[-1]:
        parts.pop()
    return tuple(parts)


def _plus(left: _Parts, right: _Parts) -> _Parts:
    short, long = sorted((left, right), key=len)
    return _trimmed([part + (short[place] if place < len(short) else 0) for place, part in enumerate(long)])


def _times(left: _Parts, right: _Parts) -> _Parts:
    if len(left) == 1:
        return right if left[0] == 1 else tuple(left[0] * part for part in right)
    if len(right) == 1:
        return left if right[0] == 1 else tuple(right[0] * part for part in left)
    result = [Fraction(0)] * max(len(left) + len(right) - 1, 0)
    for i, a in enumerate(left):
        for j, b in enumerate(right):
            result[i + j] += a * b
    return _trimmed(result)


def _divided(over: _Parts, under: _Parts) -> tuple[_Parts, _Parts]:
    """Quotient and remainder."""
    rest = list(over)
    result = [Fraction(0)] * max(len(over) - len(under) + 1, 0)
    for place in reversed(range(len(result))):
        result[place] = step = rest[place + len(under) - 1] / under[-1]
        for i, part in enumerate(under):
            rest[place + i] -= step * part
    return _trimmed(result), _trimmed(rest)


def _gcd(left: _Parts, right: _Parts) -> _Parts:
    while right:
        scale = right[-1]
        left, right = tuple(part / scale for part in right), _divided(left, right)[1]
    return left


# As a field


def _inverted(value: Germ) -> Germ:
    if not value.over:
        raise Undefined("division by 0")
    return made(-value.shift, value.under, value.over)


def _power(value: Germ, exponent: Germ | Fraction | int) -> Germ:
    if isinstance(exponent, Germ):
        raise Inexact("an exponent that has a limit")
    exponent = Fraction(exponent)
    if exponent.denominator == 2:
        return _power(_root(value), exponent.numerator)
    if exponent.denominator != 1 or abs(exponent) > MOST_PARTS:
        raise Inexact("a limit of such a power")
    base = _inverted(value) if exponent < 0 else value
    result = germ(1)
    for _ in range(abs(int(exponent))):
        result = result * base
    return result


def _root(value: Germ) -> Germ:
    """The square root, if it is a ratio of polynomials too."""
    if value.sign < 0:
        raise Undefined("root of a negative number")
    if value.sign == 0:
        return value
    if value.shift % 2:
        raise Inexact("root of an odd power")
    return Germ(value.shift // 2, _root_of(value.over), _root_of(value.under))


def _root_of(parts: _Parts) -> _Parts:
    """The square root of a polynomial that is a square, coefficient by coefficient."""
    first = Fraction(isqrt(parts[0].numerator), isqrt(parts[0].denominator))
    if first**2 != parts[0]:
        raise Inexact("root of no square")
    result = [first]
    for place in range(1, (len(parts) + 1) // 2):
        known = sum((result[i] * result[place - i] for i in range(1, place)), Fraction(0))
        result.append((parts[place] - known) / (2 * first))
    if _times(_trimmed(result), _trimmed(result)) != parts:
        raise Inexact("root of no square")
    return tuple(result)


def _exponent(value: Germ) -> Germ | Fraction:
    """An exponent that does not depend on u, as a number."""
    return Fraction(value.limit or 0) if value.is_constant else value


_MAPS: dict[str, Callable[[Germ], Germ]] = {
    "relu": lambda value: value if value.sign > 0 else germ(0),
    "abs": abs,
    "sign": lambda value: germ(value.sign),
    "step": lambda value: germ(int(value.sign > 0)),
}
_KNOWN = {
    ("exp", 0): 1,
    ("log", 1): 0,
    ("sin", 0): 0,
    ("cos", 0): 1,
    ("tan", 0): 0,
    ("tanh", 0): 0,
    ("sigmoid", 0): Fraction(1, 2),
}


def _applied(name: str, value: Germ) -> Germ:
    if name in _MAPS:
        return _MAPS[name](value)
    if value.is_constant and value.limit in (0, 1) and (name, int(value.limit)) in _KNOWN:
        return germ(_KNOWN[name, int(value.limit)])
    if name == "log" and value.sign <= 0:
        raise Undefined("logarithm of a number that is not positive")
    raise Inexact(f"{name} of something that has a limit")


def _unguarded(value: Germ, count: int) -> None:
    """Powers are kept short: `made` refuses what grows long."""
    del value
    if count > MOST_PARTS:
        raise Inexact("too many factors")


_SIGNS = {"=": (0,), "!=": (-1, 1), "<": (-1,), "<=": (-1, 0), ">": (1,), ">=": (0, 1)}

GERMS = Field(
    name="ratios of polynomials in u",
    number=germ,
    reduced=lambda value: value,
    invert=_inverted,
    exponent=_exponent,
    power=_power,
    apply=_applied,
    larger=lambda left, right: left if left >= right else right,
    compare=lambda relation, left, right: (left - right).sign in _SIGNS[relation],
    least=lambda value: int(bool(value.over)),
    cleared=uncleared,
    crossed=crossed_by(_inverted),
    guard=_unguarded,
)
