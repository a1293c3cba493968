"""Claims about functions of one matrix, proved through its singular values: every mode obeys a lemma about plain numbers.

Ridge, minimum norm, push-through, contraction: with $X = U S V'$ each side is worth a number in every mode (`reduction`), a
comparison follows from comparisons of these (`lemmas`), and z3 proves them. Nothing is refuted here.
"""

from collections.abc import Iterable

from thalweg.calculus.blocks import pushed
from thalweg.calculus.nodes import SCALAR, Expr, substituted, symbol, symbols
from thalweg.calculus.show import text
from thalweg.claims import clock
from thalweg.claims.hunt.prepared import conjuncts, question
from thalweg.claims.nouns import Answer, Claim, Verdict
from thalweg.claims.numbers.scalars import consistent, follows
from thalweg.claims.rational.logic import agrees
from thalweg.claims.singular.lemmas import Lemma, lemmas
from thalweg.claims.singular.reduction import PAIRED, Reduction, assume, existence, known, reduction
from thalweg.claims.singular.spaces import Irreducible, Typed, typed

_LONGEST = 120


def prove(claim: Claim, deadline: float) -> Answer | None:
    """A proof of a claim about functions of one matrix, vectors and numbers.

    Args:
        claim: The claim.
        deadline: When to stop, on the clock `clock.now`.

    Returns:
        PROVED, with the lemma that every mode obeys; VACUOUS if no mode can satisfy the givens; None where this way leads
        nowhere.

    Example:
        >>> from thalweg.calculus.meaning import Scope, understand
        >>> claim = Claim(understand("||inv(X' X + I) X' y|| <= ||y||", Scope(is_open=True)).expr)
        >>> prove(claim, clock.now() + 1.0).how
        'through the singular values: every mode obeys |s / (s^2 + 1)| <= 1'
    """
    about = question(claim)
    if about is None:
        return None
    try:
        return _proved(conjuncts(about.statement), about.givens, claim, deadline)
    except Irreducible:
        return None


def _proved(parts: list[Expr], givens: Iterable[Expr], claim: Claim, deadline: float) -> Answer | None:
    """The proof of all parts of a statement."""
    about, comparisons = reduced(parts, givens, claim)
    found: list[Lemma] = []
    for comparison in comparisons:
        held = next((some for some in lemmas(about, comparison) if _all_hold(about, some, deadline)), None)
        if held is None:
            return None
        found += held
    if _is_contradictory(about, found, deadline):
        return Answer(Verdict.VACUOUS, "no mode of the matrix can satisfy the givens and have values in the claim")
    values = "eigenvalues" if about.typing.is_symmetric else "singular values"
    return Answer(Verdict.PROVED, f"through the {values}: every mode obeys {_said(found)}")


def reduced(parts: Iterable[Expr], givens: Iterable[Expr], claim: Claim) -> tuple[Reduction, list[Typed]]:
    """Statements with the types of their parts, and what is known of the modes of the one matrix in them.

    Args:
        parts: Comparisons, of which the first with a matrix says which one it is.
        givens: What is assumed; what says nothing of single modes is left out.
        claim: What says which names are in use, and which sizes are at least others.

    Returns:
        What is known, and the comparisons in their order.

    Raises:
        Irreducible: If they are no functions of one matrix.
    """
    parts, givens = [piece for part in parts for piece in _apart(pushed(part))], [pushed(given) for given in givens]
    names = {*claim.symbols, *(name for part in (*parts, *givens) for name in symbols(part))}
    about = reduction([*parts, *givens], names, claim.size_givens)
    comparisons = [typed(about.typing, part) for part in parts]
    if any(part.expr.op != "compare" for part in comparisons):
        raise Irreducible("a statement that is no comparison")
    for given in givens:
        for piece in _apart(given):
            assume(about, piece)
    for comparison in comparisons:
        for kind, fact in existence(about, comparison):
            about.facts[kind].append(fact)
    return about, comparisons


def _apart(comparison: Expr) -> list[Expr]:
    """An equation of blocks, block by block."""
    if comparison.op != "compare" or comparison.value != "=":
        return [comparison]
    left, right = comparison.args
    blocks = [side for side in comparison.args if side.op == "block"]
    if not blocks:
        return [comparison]
    others = [side.args if side.op == "block" else _zeros(side, blocks[0]) for side in (left, right)]
    if any(side is None for side in others) or len({side.value for side in blocks}) > 1:
        return [comparison]
    pairs = [*zip(others[0] or (), others[1] or (), strict=True)]
    if any(a.shape != b.shape for a, b in pairs):
        return [comparison]
    return [piece for a, b in pairs for piece in _apart(Expr("compare", (a, b), SCALAR, "="))]


def _zeros(side: Expr, block: Expr) -> tuple[Expr, ...] | None:
    """Zeros cut like a block."""
    if side.op != "zeros":
        return None
    return tuple(Expr("zeros", (), part.shape) for part in block.args)


def _all_hold(about: Reduction, some: list[Lemma], deadline: float) -> bool:
    """Whether z3 proves all lemmas, those of one kind of modes together."""
    for kind in about.kinds:
        parts = tuple(dict.fromkeys(part for where, part in some if where == kind and not _is_plain(part)))
        if parts and clock.now() > deadline:
            return False
        if parts and follows(known(about, kind), Expr("and", parts, SCALAR), deadline) is not True:
            return False
    return True


def _is_plain(statement: Expr) -> bool:
    """Whether a comparison is plainly true: of what is the same, or of numbers."""
    if statement.op != "compare":
        return False
    left, right = statement.args
    if left.op == right.op == "number":
        return agrees(left.value - right.value, str(statement.value))
    return left == right and statement.value in ("=", "<=", ">=")


def _is_contradictory(about: Reduction, found: list[Lemma], deadline: float) -> bool:
    """Whether no case can have the modes that it must have, with values for all that the lemmas speak of."""
    if not set(about.forced) <= set(about.kinds):
        return True  # the sizes force a kind of modes that the rank excludes
    together = []
    for kind in about.forced:
        sides = [side for where, statement in found if where == kind for side in statement.args]
        said = [
            *known(about, kind),
            *(Expr("compare", (side, side), SCALAR, "=") for side in sides if side.op != "compare"),
        ]
        together += [substituted(fact, _own(about, kind)) for fact in said]
    return consistent(together, deadline) is False


def _own(about: Reduction, kind: str) -> dict[Expr, Expr]:
    """The value and the coefficients of one mode, under names of its own."""
    local = [about.value, *(about.globals[key] for key in about.typing.names if key in about.globals)]
    return {name: symbol(f"{name.value.name}.{kind}", SCALAR) for name in local}


def _said(found: list[Lemma]) -> str:
    """The lemma of paired modes, in short."""
    sides = [text(statement) for kind, statement in found if kind == PAIRED and not _is_plain(statement)]
    shown = " and ".join(dict.fromkeys(sides or [text(statement) for _, statement in found[:1]]))
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 3]}..."
