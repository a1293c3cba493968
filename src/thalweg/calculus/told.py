"""A derivative asked for in text, and told in text, LaTeX or JSON. What it is, `derive` finds."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from thalweg.calculus import show
from thalweg.calculus.derive import Derivation, derive
from thalweg.calculus.meaning import Scope, understand
from thalweg.calculus.nodes import SQUARE, STATEMENTS, TRAITS, CalculusError, Expr, Shape, symbol
from thalweg.calculus.parse import parse
from thalweg.calculus.sizes import ONE, Size, size_of
from thalweg.calculus.syntax import Syntax
from thalweg.calculus.tokens import Token, tokens

KINDS = ("scalar", "vector", "matrix")
OF_SCALARS = frozenset({"positive", "nonnegative", "nonzero", "integer"})
_QUESTIONS = {
    "argmin": "a minimiser (claims can speak of it)",
    "lim": "a limit",
    "E": "an expectation; take the derivative inside",
    "deriv": "a derivative; --second differentiates once more",
    "hessian": "a second derivative",
}


@dataclass(frozen=True)
class Question:
    """What is asked.

    Attributes:
        text: The expression, in plain text or in LaTeX.
        wrt: The name with respect to which it is differentiated.
        shapes: Shapes of names: `A: n x m`, `x: n`, `a: scalar`.
        kinds: Names by kind, where their spelling says otherwise: {"a": "scalar"}.
        traits: Names by trait: {"A": "symmetric"}.
        second: Whether to differentiate once more.
    """

    text: str
    wrt: str
    shapes: tuple[str, ...] = ()
    kinds: dict[str, str] = field(default_factory=dict)
    traits: dict[str, str] = field(default_factory=dict)
    second: bool = False


def answered(question: Question) -> Derivation:
    """The derivation that a question asks for.

    Raises:
        CalculusError: If the text cannot be read, if its shapes do not fit, if the name does not occur, or if no engine
            knows a rule.

    Example:
        >>> print(told(answered(Question("x' A x", "x", traits={"A": "symmetric"}))).splitlines()[-2])
        simplified          2 x' A
    """
    scope = Scope(is_open=True)
    for shape in question.shapes:
        name, node = _declared(shape, scope, question.traits)
        scope.names[name] = node
    scope.kinds.update(question.kinds)
    scope.traits.update({name: frozenset({_trait(trait)}) for name, trait in question.traits.items()})
    f = _understood(question.text, scope)
    for name in (question.wrt, *question.kinds, *question.traits):
        if name not in scope.names:
            raise CalculusError(f"derive: {name!r} does not occur; there are {', '.join(scope.names) or 'no names'}")
    for name, trait in question.traits.items():
        _fits(name, scope.names[name].shape, trait)
    return derive(f, scope.names[question.wrt], question.second)


def _fits(name: str, shape: Shape, trait: str) -> None:
    """Refuse a trait that a shape cannot have."""
    need = "a square matrix" if trait in SQUARE else "a scalar" if trait in OF_SCALARS else ""
    if need and not (shape.is_scalar if trait in OF_SCALARS else shape.rows == shape.columns):
        raise CalculusError(f"derive: {trait} needs {need}, got {name} ({shape})")


def _understood(text: str, scope: Scope) -> Expr:
    """The meaning of a text that must be an expression, and ask for nothing."""
    said = _tokens(text, scope)
    _refuse_questions(parse(said).syntax)
    f = understand(text, scope, tokens=said).expr
    if f.op in STATEMENTS:
        raise CalculusError("derive: need an expression, got a statement; take one of its sides", said[0].column)
    return f


def _tokens(text: str, scope: Scope) -> list[Token]:
    """The tokens of plain text, or of LaTeX, which has backslashes or dollars."""
    if "\\" in text or text.lstrip().startswith("$"):
        from thalweg.calculus import latex

        return latex.tokens(text, {*scope.names, *scope.sizes})
    return tokens(text)


def _refuse_questions(syntax: Syntax) -> None:
    """Refuse what is worked out by a search and not by a formula: minima, limits and the like have no rule."""
    if syntax.op == "call" and syntax.text in _QUESTIONS:
        what = f"derive: need a formula to differentiate, got {syntax.text}(...), {_QUESTIONS[syntax.text]}"
        raise CalculusError(what, syntax.column)
    for part in syntax.args:
        _refuse_questions(part)


def _trait(trait: str) -> str:
    if trait not in TRAITS:
        raise CalculusError(f"derive: need one of the traits {', '.join(sorted(TRAITS))}, got {trait!r}")
    return trait


def _declared(text: str, scope: Scope, traits: dict[str, str]) -> tuple[str, Expr]:
    """`A: n x m` as a name with a shape."""
    name, _, shape = (part.strip() for part in text.partition(":"))
    sizes = [] if shape == "scalar" else [_size(part, text) for part in shape.replace(" x ", " ").split()]
    if not name.isidentifier() or len(sizes) > 2 or (not sizes and shape != "scalar"):
        raise CalculusError(f"derive: need a shape such as 'A: n x m', 'x: n' or 'a: scalar', got {text!r}")
    scope.sizes.update(size_name for size in sizes for size_name in size.names)
    rows, columns = (*sizes, ONE, ONE)[:2]
    held = frozenset({_trait(traits[name])}) if name in traits else frozenset[str]()
    return name, symbol(name, Shape(rows, columns), held)


def _size(text: str, whole: str) -> Size:
    if text.isdigit() and 1 <= int(text) <= 64:
        return Size(int(text))
    if text.isidentifier():
        return size_of(text)
    raise CalculusError(f"derive: need a size (a name or a number from 1 to 64), got {text!r} in {whole!r}")


def told(derivation: Derivation, is_latex: bool = False) -> str:
    """The story of a derivative, a line for each step, and how it was confirmed."""
    lines = [("understood", f"f = {show.text(derivation.f)}    with {show.shaped(derivation.f) or 'no names'}")]
    lines += _lines(derivation, is_latex)
    if derivation.second is not None:
        lines += [("", ""), ("second derivative", "of the column of the first" if derivation.f.is_scalar else "")]
        lines += _lines(derivation.second, is_latex)
    return "\n".join(f"{title:<20}{line}".rstrip() for title, line in lines)


def _lines(derivation: Derivation, is_latex: bool) -> Iterable[tuple[str, str]]:
    for step in derivation.steps:
        yield step.title, step.latex if is_latex and step.latex else step.text
    yield "confirmed", confirmed(derivation)


def confirmed(derivation: Derivation) -> str:
    """How a result was confirmed, in a sentence."""
    found = derivation.confirmation
    if found is None:
        return "not by autograd: there is no matrix to compare"
    engines = "both engines agree; " if derivation.engines_agree else "one engine has no rule for it; "
    sizes = ", ".join(f"{name} = {value}" for name, value in found.sizes.items()) or "scalars"
    return f"{engines}autograd differs by {found.error:.0e} at most ({found.cases} random cases, the last with {sizes})"


def as_json(derivation: Derivation) -> dict[str, Any]:
    """A derivation as plain data."""
    result, found = derivation.result, derivation.confirmation
    return {
        "expression": show.text(derivation.f),
        "wrt": show.text(derivation.x),
        "shapes": _shapes(derivation.f),
        "derivative": None if result is None else show.text(result),
        "latex": None if result is None else show.latex(result),
        "shape": None if result is None else str(result.shape),
        "steps": [{"title": step.title, "text": step.text, "latex": step.latex} for step in derivation.steps],
        "engines_agree": derivation.engines_agree,
        "autograd_error": None if found is None else found.error,
        "second": None if derivation.second is None else as_json(derivation.second),
    }


def _shapes(expr: Expr) -> dict[str, str]:
    """The names with their shapes."""
    return {node.value.name: str(node.shape) for node in expr.walk() if node.op == "symbol"}
