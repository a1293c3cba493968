"""Sizes that may be unknown: `n`, `n + d`, `3`. What has two of them, a shape, belongs to `nodes`.

A size is a sum of names with whole coefficients and a constant. Names that begin with `?` are unknowns: a `Solver` finds
them while an expression is read.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """A number of rows or columns: a constant plus names with whole coefficients.

    Example:
        >>> str(size_of("n") + size_of("d") + size_of(1))
        'd + n + 1'
        >>> (size_of("n") + size_of("d")).at({"n": 3, "d": 2})
        5
    """

    constant: int = 0
    terms: tuple[tuple[str, int], ...] = ()

    def __add__(self, other: "Size") -> "Size":
        """The sum of two sizes, as of blocks side by side."""
        return self._combined(other, 1)

    def __sub__(self, other: "Size") -> "Size":
        """The difference, which need not be a size: solvers take it apart."""
        return self._combined(other, -1)

    def _combined(self, other: "Size", sign: int) -> "Size":
        counts = dict(self.terms)
        for name, count in other.terms:
            counts[name] = counts.get(name, 0) + sign * count
        kept = tuple(sorted((name, count) for name, count in counts.items() if count))
        return Size(self.constant + sign * other.constant, kept)

    def at(self, values: Mapping[str, int]) -> int:
        """The number that it is when the names have these values."""
        return self.constant + sum(count * values[name] for name, count in self.terms)

    @property
    def names(self) -> tuple[str, ...]:
        """The names in it."""
        return tuple(name for name, _ in self.terms)

    def __str__(self) -> str:
        """As a person writes it."""
        parts = [name if count == 1 else f"{count} {name}" for name, count in self.terms]
        return " + ".join([*parts, *([str(self.constant)] if self.constant or not parts else [])])


ONE = Size(1)


def size_of(value: str | int) -> Size:
    """A size from a name or a number."""
    return Size(value) if isinstance(value, int) else Size(0, ((value, 1),))


class Solver:
    """Finds unknown sizes from equations between sizes, one at a time.

    An unknown on its own is no 1, unless `may_be_one`: where a matrix is expected, a number is a slip.

    Example:
        >>> solver = Solver()
        >>> rows = solver.unknown()
        >>> solver.equate(rows + size_of("d"), size_of("n") + size_of("d"))
        True
        >>> str(solver.solved(rows))
        'n'
    """

    def __init__(self, may_be_one: bool = False) -> None:
        self.may_be_one = may_be_one
        self.found: dict[str, Size] = {}
        self.count = 0

    def unknown(self) -> Size:
        """A size that is not known yet."""
        self.count += 1
        return size_of(f"?{self.count}")

    def solved(self, size: Size) -> Size:
        """The size with everything put in that has been found."""
        while any(name in self.found for name in size.names):
            result = Size(size.constant)
            for name, count in size.terms:
                part = self.found.get(name, size_of(name))
                for _ in range(abs(count)):
                    result = result + part if count > 0 else result - part
            size = result
        return size

    def equate(self, a: Size, b: Size) -> bool:
        """Whether two sizes can be the same; if so, an unknown in them is solved for."""
        a, b = self.solved(a), self.solved(b)
        difference = a - b
        if difference == Size():
            return True
        may_be_one = self.may_be_one or ONE not in (a, b)
        for name, count in difference.terms:
            if name.startswith("?") and abs(count) == 1:
                rest = difference - Size(0, ((name, count),))
                value = Size() - rest if count > 0 else rest
                if name in value.names or not _may_be_size(value) or (value == ONE and not may_be_one):
                    continue
                self.found[name] = value
                return True
        return False


def _may_be_size(size: Size) -> bool:
    """Whether a difference of sizes can be one: `n` and `n + 1` can, `n - d` and `-1` cannot."""
    return size.constant >= 0 and all(count > 0 for _, count in size.terms) and size != Size()
