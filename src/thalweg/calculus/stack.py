"""Index form back to matrices: entries that share an index become products, and what hangs on an index becomes a diagonal.

An index that two matrices share is a product; one that only vectors have is a sum; an index of a matrix and of vectors puts
their entries on a diagonal. Where three matrices meet in one index, those that end there become vectors, such as `A x`; if all
three go on in circles, they are no product of matrices: that is refused.
"""

from collections.abc import Callable
from fractions import Fraction

from thalweg.calculus.algebra import diag, hadamard, plus, powered, times, trace, transposed
from thalweg.calculus.forms import COLUMN, DELTA, ROW, Atom, Form, Term
from thalweg.calculus.nodes import SCALAR, CalculusError, Expr, Shape, constant, number
from thalweg.calculus.sizes import ONE, Size, size_of


def stacked(form: Form, shape: Shape) -> Expr:
    """A form as an expression.

    Args:
        form: The entry at a free row and column.
        shape: The shape of the whole.

    Returns:
        The sum of its terms, each a product.

    Raises:
        CalculusError: If a term is no product of matrices.

    Example:
        >>> from thalweg.calculus.indices import index_form
        >>> from thalweg.calculus.meaning import Scope, understand
        >>> from thalweg.calculus.show import text
        >>> f = understand("tr(x x' A)", Scope(is_open=True)).expr
        >>> text(stacked(index_form(f), f.shape))
        "x' A x"
    """
    return plus([_one(term, shape) for term in form.terms], shape)


def _one(term: Term, shape: Shape) -> Expr:
    """A term as an expression; what stands beside a delta of row and column is on the diagonal."""
    rest = tuple(factor for factor in term.factors if factor != (DELTA, (COLUMN, ROW)))
    if len(rest) == len(term.factors) or not any(ROW in places for _, places in rest):
        return _Stack(term, shape).whole()
    return diag(_Stack(Term(term.count, term.scalars, rest, term.sizes), Shape(shape.rows, ONE)).whole())


class _Stack:
    """One term: matrices as edges between indices, vectors at them."""

    def __init__(self, term: Term, shape: Shape) -> None:
        self.term, self.shape = term, shape
        self.sizes: dict[int, Size] = {**dict(term.sizes), ROW: shape.rows, COLUMN: shape.columns}
        self.vectors: dict[int, list[Expr]] = {}
        self.edges: list[tuple[int, int, Expr]] = []
        for atom, places in term.factors:
            self._add(atom, places)
        while crowded := self._crowded():
            self._fold(crowded)

    def _add(self, atom: Atom, places: tuple[int, ...]) -> None:
        entries = tuple(self.sizes[i] for i in places)
        if len(places) == 1:
            self.vectors.setdefault(places[0], []).append(atom_expr(atom, Shape(entries[0], ONE)))
            return
        matrix = atom_expr(atom, Shape(*entries))
        a, b = places
        if a == b:
            column = Shape(entries[0], ONE)
            self.vectors.setdefault(a, []).append(Expr("diagonal", (matrix,), column))
            return
        for place, (i, j, other) in enumerate(self.edges):
            if {i, j} == {a, b}:
                self.edges[place] = (i, j, hadamard(other, matrix if (i, j) == (a, b) else transposed(matrix)))
                return
        self.edges.append((a, b, matrix))

    def _crowded(self) -> set[int]:
        """The indices at which too many matrices meet for a product: two at a free one, three at another."""
        met = {i for edge in self.edges for i in edge[:2]}
        return {i for i in met if self._degree(i) > (1 if i < 0 else 2)}

    def _fold(self, crowded: set[int]) -> None:
        """Make a vector of a matrix that ends in an index of its own, best one that meets others at its other end."""
        ends = [
            (edge, i, j) for edge in self.edges for i, j in (edge[:2], edge[1::-1]) if i >= 0 and self._degree(i) == 1
        ]
        if not ends:
            raise CalculusError("three matrices share an index: the result is no product of matrices")
        edge, end, kept = next((found for found in ends if found[2] in crowded), ends[0])
        self.edges.remove(edge)
        vector = self._at(end)
        column = vector if vector is not None else constant("ones", self.sizes[end], ONE)
        matrix = edge[2] if edge[0] == kept else transposed(edge[2])
        self.vectors.setdefault(kept, []).append(times([matrix, column]))

    def whole(self) -> Expr:
        """The term as an expression."""
        parts = [number(self.term.count), *(powered(atom_expr(a, SCALAR), p) for a, p in self.term.scalars)]
        if self.shape.rows != ONE:
            chain, end = self._walked(ROW, [])
            if self.shape.columns != ONE and end != COLUMN:
                row, _ = self._walked(COLUMN, [])
                chain = [*chain, *(transposed(part) for part in reversed(row))]
        elif self.shape.columns != ONE:
            row, _ = self._walked(COLUMN, [])
            chain = [transposed(part) for part in reversed(row)]
        else:
            chain = []
        parts += self._closed()
        return times([*parts, *chain])

    def _at(self, index: int) -> Expr | None:
        """The product of the vectors at an index, which is used up."""
        vectors = self.vectors.pop(index, [])
        if not vectors:
            return None
        result = vectors[0]
        for vector in vectors[1:]:
            result = hadamard(result, vector)
        return result

    def _walked(self, index: int, chain: list[Expr]) -> tuple[list[Expr], int | None]:
        """The chain of matrices from an index on, and the free index at its other end, if there is one."""
        while True:
            edges = [edge for edge in self.edges if index in edge[:2]]
            if len(edges) > 1:
                raise CalculusError("three matrices share an index: the result is no product of matrices")
            vector = self._at(index)
            if not edges:
                if index == COLUMN and chain:
                    return ([*chain, diag(vector)] if vector is not None else chain), COLUMN
                return [*chain, vector if vector is not None else constant("ones", self.sizes[index], ONE)], None
            i, j, matrix = edges[0]
            self.edges.remove(edges[0])
            if vector is not None:
                chain = [*chain, diag(vector)]
            chain = [*chain, matrix if i == index else transposed(matrix)]
            index = j if i == index else i

    def _closed(self) -> list[Expr]:
        """What has no free index: sums, quadratic forms and traces."""
        result = []
        while self.edges or self.vectors:
            ends = [i for i in dict.fromkeys(i for edge in self.edges for i in edge[:2]) if self._degree(i) == 1]
            pair = next((edge for edge in self.edges if self._is_pair(edge)), None)
            if pair is not None:
                self.edges.remove(pair)
                left, right = pair[2].args
                result.append(trace(times([transposed(left), right])))
            elif ends:
                start = ends[0]
                left = self._at(start)
                chain, _ = self._walked(start, [])
                column = left if left is not None else constant("ones", self.sizes[start], ONE)
                result.append(times([transposed(column), *chain]))
            elif self.edges:
                result.append(self._cycle())
            else:
                result.append(self._dot(next(iter(self.vectors))))
        return result

    def _is_pair(self, edge: tuple[int, int, Expr]) -> bool:
        """Whether an edge is two matrices, multiplied entry by entry, of which nothing but the sum is wanted."""
        alone = all(self._degree(i) == 1 and i not in self.vectors for i in edge[:2])
        return alone and edge[2].op == "hadamard"

    def _degree(self, index: int) -> int:
        return sum(index in edge[:2] for edge in self.edges)

    def _cycle(self) -> Expr:
        """The trace of a chain that ends where it began."""
        i, index, matrix = self.edges.pop(0)
        chain = [matrix]
        start = self._at(i)
        if start is not None:
            chain = [diag(start), matrix]
        while index != i:
            edges = [edge for edge in self.edges if index in edge[:2]]
            if len(edges) != 1:
                raise CalculusError("three matrices share an index: the result is no product of matrices")
            a, b, matrix = edges[0]
            self.edges.remove(edges[0])
            vector = self._at(index)
            chain += [*([diag(vector)] if vector is not None else []), matrix if a == index else transposed(matrix)]
            index = b if a == index else a
        return trace(times(chain))

    def _dot(self, index: int) -> Expr:
        """The sum over an index that only vectors have."""
        first, *others = self.vectors.pop(index)
        if not others:
            return Expr("total", (first,), SCALAR)
        self.vectors[index] = others
        rest = self._at(index)
        assert rest is not None
        return times([transposed(first), rest])


def atom_expr(atom: Atom, shape: Shape) -> Expr:
    """An atom as an expression of a shape.

    Raises:
        CalculusError: If it has none.
    """
    if atom.kind in _ATOMS:
        return _ATOMS[atom.kind](atom, shape)
    if atom.source is None:
        raise CalculusError(f"{atom.kind} is no expression")
    return atom.source


def _symbol(atom: Atom, shape: Shape) -> Expr:
    source = atom.source
    assert source is not None
    if "diagonal" in atom.traits and not shape.is_scalar:
        return Expr("diagonal", (source,), shape)
    return source


def _power(atom: Atom, shape: Shape) -> Expr:
    base, exponent = atom.inner
    return Expr("power", (stacked(base, shape), stacked(exponent, SCALAR)), shape)


_ATOMS: dict[str, Callable[[Atom, Shape], Expr]] = {
    "symbol": _symbol,
    "delta": lambda _, shape: Expr("identity", (), shape),
    "size": lambda atom, _: Expr("size", (), SCALAR, size_of(atom.name)),
    "inverse": lambda atom, shape: Expr("inverse", (stacked(atom.inner[0], shape),), shape),
    "map": lambda atom, shape: Expr("map", (stacked(atom.inner[0], shape),), shape, atom.name),
    "raised": lambda atom, shape: Expr("raised", (stacked(atom.inner[0], shape),), shape, Fraction(atom.name)),
    "group": lambda atom, _: stacked(atom.inner[0], SCALAR),
    "power": _power,
    "matrix power": _power,
}
