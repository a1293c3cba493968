r"""Inequalities between norms, inner products and singular values: names for the scalars, facts about them, then real numbers.

Every scalar that is made of vectors (`||u||`, `x' A y`, `smax(M)`, `tr(A)`) gets a name; scalars of one canonical form get
one name. What is known of them is written down as facts: a sum of squares is not negative, a norm squared is the inner
product of its vector with itself, the triangle inequality for each sum, Cauchy and Schwarz for each inner product,
$\\|Mv\\| \\le \\sigma_{\\max}(M) \\|v\\|$ for each product whose factor's singular value occurs. If the claim follows from the
facts for all real numbers, it is proved. If not, nothing is said: the facts are not all that is true.
"""

from dataclasses import dataclass, field, replace
from fractions import Fraction

from thalweg.calculus.algebra import coefficient, plus, powered, split, times, transposed
from thalweg.calculus.atoms import turned
from thalweg.calculus.differentials import derivative
from thalweg.calculus.forms import Atom, Form, Term, canonical
from thalweg.calculus.indices import index_form, same
from thalweg.calculus.nodes import SCALAR, STATEMENTS, CalculusError, Expr, number, symbol, symbols
from thalweg.calculus.sizes import ONE, Size
from thalweg.calculus.stack import atom_expr
from thalweg.claims.nouns import Answer, Claim, Verdict
from thalweg.claims.numbers import scalars
from thalweg.claims.proofs.closed import components, halves, is_positive, is_square

MOST_FACTS, MOST_NAMES = 60, 24
_ZERO = number(0)
_NEVER_NEGATIVE = frozenset({"smax", "smin", "rank", "norm", "exp", "relu", "abs"})


def prove(claim: Claim, deadline: float) -> Answer | None:
    """PROVED, if the statement follows from what is known of norms and inner products in general.

    Example:
        >>> from thalweg.claims import clock
        >>> from thalweg.calculus.meaning import Scope, understand
        >>> statement = understand("||x + y|| <= ||x|| + ||y||", Scope(is_open=True)).expr
        >>> prove(Claim(statement), clock.now() + 5).verdict.word
        'PROVED'
    """
    for with_squares in (False, True):
        reading = _posed(claim, with_squares)
        answer = None if reading is None else scalars.decide(reading[0], deadline)
        if reading is not None and answer is not None and answer.verdict is Verdict.PROVED:
            return Answer(Verdict.PROVED, f"by {reading[1]}, and z3 over the real numbers")
        if answer is not None and answer.verdict is Verdict.VACUOUS:
            return Answer(Verdict.VACUOUS, "no vectors satisfy the givens")
    return None


def _posed(claim: Claim, with_squares: bool) -> tuple[Claim, str] | None:
    """The claim as one about real numbers, and by what; None if something in it has no index form.

    Without squares, norms are known by the triangle inequality and by singular values alone, which is quickly decided.
    """
    names = _Names(with_squares)
    try:
        for expr in (claim.statement, *claim.givens):
            names.notice(expr)
        statement = names.named(claim.statement)
    except CalculusError:
        return None
    givens = []
    for given in claim.givens:
        try:
            givens.append(names.named(given))
        except CalculusError:
            continue
    facts = names.all_facts()
    if len(names.symbols) > MOST_NAMES:
        return None
    known = {node.value.name: node for node in names.symbols.values()}
    declared = {name: node for name, node in claim.symbols.items() if node.is_scalar}
    posed = replace(
        claim, statement=statement, givens=(*givens, *facts), symbols={**declared, **known}, randoms=(), readings=()
    )
    return posed, " and ".join(dict.fromkeys(names.said)) or "sums of squares"


def _at_least(left: Expr, right: Expr) -> Expr:
    return Expr("compare", (left, right), SCALAR, ">=")


def _equal(left: Expr, right: Expr) -> Expr:
    return Expr("compare", (left, right), SCALAR, "=")


@dataclass
class _Names:
    """Names for scalars, and the facts about them."""

    with_squares: bool
    symbols: dict[str, Expr] = field(default_factory=dict)
    facts: dict[Expr, None] = field(default_factory=dict)
    norms: dict[Expr, None] = field(default_factory=dict)
    products: dict[str, Term] = field(default_factory=dict)
    largest: dict[tuple[str, frozenset[Size]], Expr] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)

    # Statements and scalars with names in them

    def notice(self, expr: Expr) -> None:
        """Keep the norms and largest singular values that occur, for the facts that link them."""
        for node in expr.walk():
            if node.op == "norm" and _is_vector(node.args[0]):
                self.norms[node] = None
            elif (
                node.op in ("smax", "norm") and not node.args[0].is_scalar and (node.op == "smax" or node.value == "2")
            ):
                self.largest[_either(node.args[0])] = node

    def named(self, expr: Expr) -> Expr:
        """A statement or a scalar with names for what is made of vectors."""
        if expr.op in STATEMENTS:
            if expr.op in ("forall", "converges", "tends_to"):
                raise CalculusError("no statement about single numbers")
            sides = expr.args
            if expr.op == "compare" and not sides[0].is_scalar:
                raise CalculusError("no statement about single numbers")
            return expr.with_args(tuple(self.named(side) for side in sides))
        if expr.op in ("max", "min", "map", "where") and expr.is_scalar:
            return expr.with_args(tuple(self.named(arg) for arg in expr.args))
        return self._form(index_form(expr)) if _has_vectors(expr) else expr

    def _form(self, whole: Form) -> Expr:
        return plus([self._term(term) for term in whole.terms], SCALAR)

    def _term(self, term: Term) -> Expr:
        parts = [number(term.count)]
        for atom, power in term.scalars:
            parts.append(self._scalar(atom, power))
        for part in components(term):
            parts.append(self._product(part))
        return times(parts)

    def _scalar(self, atom: Atom, power: Fraction) -> Expr:
        """A power of a scalar atom."""
        if atom.kind == "symbol" and atom.source is not None:
            return powered(atom.source, power)
        if atom.kind == "size":
            return powered(atom_expr(atom, SCALAR), power)
        if atom.kind == "group" and power.denominator == 1:
            return powered(self._form(atom.inner[0]), power)
        if atom.kind == "group" and power.denominator == 2:
            return powered(self._root(atom), power * 2)
        if power.denominator != 1:
            raise CalculusError("a root of something else")
        return powered(self._opaque(atom), power)

    def _root(self, atom: Atom) -> Expr:
        """The root of a sum: not negative, and its square is the sum."""
        name, is_new = self._name(f"root {atom.key}")
        if is_new:
            self.facts[_at_least(name, _ZERO)] = None
            if self.with_squares:
                self.facts[_equal(powered(name, 2), self._form(atom.inner[0]))] = None
        return name

    def _opaque(self, atom: Atom) -> Expr:
        """A scalar of which little is known."""
        name, is_new = self._name(atom.key)
        if is_new and (atom.kind in _NEVER_NEGATIVE or atom.name in _NEVER_NEGATIVE):
            self.facts[_at_least(name, _ZERO)] = None
        return name

    def _product(self, part: Term) -> Expr:
        """A sum over entries: an inner product, a quadratic form or a trace."""
        part = canonical(part)
        name, is_new = self._name(part.key)
        if is_new:
            self.products[part.key] = part
            if is_square(part):
                relation = ">" if is_positive(part) else ">="
                self.facts[Expr("compare", (name, _ZERO), SCALAR, relation)] = None
                self.said.append("squares that are not negative")
        return name

    def _name(self, key: str) -> tuple[Expr, bool]:
        is_new = key not in self.symbols
        if is_new:
            self.symbols[key] = symbol(f"q{len(self.symbols) + 1}~", SCALAR)  # nobody can type that
        return self.symbols[key], is_new

    # Facts that link them

    def all_facts(self) -> tuple[Expr, ...]:
        """The facts about everything that got a name."""
        for norm in list(self.norms):
            self._about_norm(norm, 0)
        for part in list(self.products.values()) if self.with_squares else ():
            self._schwarz(part)
        return tuple(list(self.facts)[:MOST_FACTS])

    def _norm_of(self, vector: Expr) -> Expr:
        return self.named(Expr("norm", (vector,), SCALAR, "2"))

    def _about_norm(self, norm: Expr, depth: int) -> None:
        """The triangle inequality for a sum, the largest singular value for a product."""
        vector = norm.args[0]
        if depth > 3 or vector.shape.is_scalar:
            return
        try:
            if vector.op == "add":
                self._triangle(norm, list(vector.args), depth)
                self._by_vectors(norm, depth)
            elif vector.op == "product":
                self._scaled(norm, depth)
        except CalculusError:
            return

    def _triangle(self, norm: Expr, terms: list[Expr], depth: int) -> None:
        parts = [Expr("norm", (coefficient(term)[1],), SCALAR, "2") for term in terms]
        counts = [abs(coefficient(term)[0]) for term in terms]
        total = plus([times([number(c), self.named(part)]) for c, part in zip(counts, parts, strict=True)], SCALAR)
        self.facts[_at_least(total, self.named(norm))] = None
        self.said.append("the triangle inequality")
        for part in parts:
            self._about_norm(part, depth + 1)

    def _by_vectors(self, norm: Expr, depth: int) -> None:
        """A sum written once more with one term for each vector: w - F' (F w - y) as (I - F' F) w + F' y."""
        vector = norm.args[0] if norm.args[0].shape.is_column else transposed(norm.args[0])
        names = [node for node in symbols(vector).values() if node.shape.is_column and not node.is_scalar]
        terms = [times([derivative(vector, name), name]) for name in names]
        if terms != list(vector.args) and same(plus(terms, vector.shape), vector):
            self._triangle(norm, terms, depth)

    def _scaled(self, norm: Expr, depth: int) -> None:
        """||c M v|| is |c| ||M v||, which is at most |c| smax(M) ||v||."""
        vector = norm.args[0] if norm.args[0].shape.is_column else transposed(norm.args[0])
        fronts, chain = split(vector.args if vector.op == "product" else (vector,))
        front = times([_absolute(part) for part in fronts]) if fronts else number(1)
        bare = times(chain)
        if fronts:
            self.facts[_equal(self.named(norm), times([self.named(front), self._norm_of(bare)]))] = None
            self._about_norm(Expr("norm", (bare,), SCALAR, "2"), depth + 1)
        for place in range(1, len(chain)):
            largest = self.largest.get(_either(times(chain[:place])))
            if largest is not None:
                rest = times(chain[place:])
                bound = times([self.named(largest), self._norm_of(rest)])
                self.facts[_at_least(bound, self._norm_of(bare))] = None
                self.said.append("the largest singular value")
                self._about_norm(Expr("norm", (rest,), SCALAR, "2"), depth + 1)

    def _schwarz(self, part: Term) -> None:
        """The square of an inner product is at most the product of the squares of its two vectors."""
        for a, b in halves(part):
            try:
                product = times([self._form(a), self._form(b)])
            except CalculusError:
                continue
            self.facts[_at_least(product, powered(self.symbols[part.key], 2))] = None
            self.said.append("Cauchy and Schwarz")


def _is_vector(expr: Expr) -> bool:
    return ONE in (expr.shape.rows, expr.shape.columns)


def _has_vectors(expr: Expr) -> bool:
    return any(not node.is_scalar for node in expr.walk())


def _absolute(expr: Expr) -> Expr:
    """The absolute value of a scalar; of a positive name it is the name."""
    if expr.op == "number":
        return number(abs(expr.value))
    return Expr("map", (expr,), SCALAR, "abs")


def _either(matrix: Expr) -> tuple[str, frozenset[Size]]:
    """What a matrix and its transpose have in common, which have the same singular values: the form of one, and the sizes."""
    whole = index_form(matrix)
    return min(whole.key, turned(whole).key), frozenset({matrix.shape.rows, matrix.shape.columns})
