"""A derivative asked for in text, and told in text, LaTeX or JSON. What it is, `derive` finds."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from thalweg.calculus import show
from thalweg.calculus.derive import Derivation, Step, derive
from thalweg.calculus.index_derivatives import index_derivative
from thalweg.calculus.indices import plain_form
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
    f, scope = read(question)
    for name in (question.wrt, *question.kinds, *question.traits):
        if name not in scope.names:
            raise CalculusError(f"derive: {name!r} does not occur; there are {', '.join(scope.names) or 'no names'}")
    for name, trait in question.traits.items():
        _fits(name, scope.names[name].shape, trait)
    return derive(f, scope.names[question.wrt], question.second)


def names(question: Question) -> dict[str, Shape]:
    """The names by which an expression can be differentiated, with their shapes, in the order in which they occur.

    Args:
        question: What is asked; its `wrt` may be anything.

    Returns:
        The names.

    Raises:
        CalculusError: If the text cannot be read or its shapes do not fit.

    Example:
        >>> [f"{name}: {shape}" for name, shape in names(Question("||X w - y||^2", "")).items()]
        ['X: n x m', 'w: m x 1', 'y: n x 1']
    """
    f, _ = read(question)
    return {node.value.name: node.shape for node in f.walk() if node.op == "symbol"}


def read(question: Question) -> tuple[Expr, Scope]:
    """The expression of a question, and what its names mean.

    Raises:
        CalculusError: If the text cannot be read or its shapes do not fit.
    """
    scope = Scope(is_open=True)
    for shape in question.shapes:
        name, node = _declared(shape, scope, question.traits)
        scope.names[name] = node
    scope.kinds.update(question.kinds)
    scope.traits.update({name: frozenset({_trait(trait)}) for name, trait in question.traits.items()})
    return _understood(question.text, scope), scope


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
    for step in story(derivation):
        yield step.title, step.latex if is_latex and step.latex else step.text
    yield "confirmed", confirmed(derivation)


def story(derivation: Derivation) -> tuple[Step, ...]:
    """The steps of a derivation; where entries or their stacking are missing, one of them says why.

    Example:
        >>> [step.title for step in story(answered(Question("(x' x)^50", "x")))]
        ['shape', 'without entries', 'simplified']
    """
    steps, titles = derivation.steps, [step.title for step in derivation.steps]
    if "stacked" in titles or "simplified" not in titles:
        return steps
    place = titles.index("simplified")
    return (*steps[:place], _gap(derivation), *steps[place:])


def _gap(derivation: Derivation) -> Step:
    """Why there is no arbitrary entry, or why its sums are not stacked."""
    try:
        index_derivative(plain_form(derivation.f), derivation.x)
    except CalculusError as problem:
        return Step(
            "without entries", f"{_in_plain_words(problem.message)}; the rules for whole matrices give it at once"
        )
    return Step(
        "not stacked", "these sums are no product of whole matrices that is known; the rules for matrices give it"
    )


def _in_plain_words(message: str) -> str:
    """Why something is not written out in entries."""
    if message.startswith("need at most") and "multiplied out" in message:
        most = message.removeprefix("need at most ").split(" and ")[0]
        return f"multiplied out in entries this would be more than {most}, too many to write"
    if message.startswith("block "):
        return "a block matrix has no one formula for all of its entries"
    return f"it cannot be written out in entries ({message})"


def in_markdown(derivation: Derivation, step: Step) -> tuple[str, str]:
    r"""A step's title and line in Markdown: every formula between dollars.

    Example:
        >>> found = answered(Question("A x", "x"))
        >>> in_markdown(found, found.steps[1])
        ('$f_{i}$', '$\\sum_{j} A_{ij} x_{j}$')
    """
    title = re.sub("^f(?:_([ij]+))?$", lambda found: f"$f_{{{found[1]}}}$" if found[1] else "$f$", step.title)
    if step.title == "shape":
        return title, _shape_in_markdown(derivation)
    return title, f"${step.latex}$" if step.latex else step.text


def _shape_in_markdown(derivation: Derivation) -> str:
    """The sentence on the shape, as `derive` has it, with its formulas typeset."""
    f, x, name = derivation.f.shape, derivation.x.shape, show.latex(derivation.x)
    what = f"$f$ is {_a(f)} and ${name}$ {_a(x)}"
    if x.is_scalar:
        return f"{what}: {_a(f)} again, entry by entry the rate of change with ${name}$"
    if f.is_scalar and x.is_column:
        entry = rf"$k$ = $\partial f / \partial {show.indexed(name, 'k')}$"
        return f"{what}: a row, {_by(x.turned)}, with entry {entry}"
    if f.is_scalar:
        entry = rf"$(l, k)$ = $\partial f / \partial {show.indexed(name, 'kl')}$"
        return (
            rf"{what}: a matrix, {_by(x.turned)}, with entry {entry}, so that $df = \operatorname{{tr}}(D \, d{name})$"
        )
    if derivation.result is not None:
        entry = rf"$(i, k)$ = $\partial f_{{i}} / \partial {show.indexed(name, 'k')}$"
        return f"{what}: a matrix, {_by(derivation.result.shape)}, with entry {entry}"
    return f"{what}:{derivation.steps[0].text.rpartition(':')[2]}"


def _a(shape: Shape) -> str:
    """What has a shape, with its article."""
    if shape.is_scalar:
        return "a scalar"
    if shape.is_column:
        return f"a column with ${shape.rows}$ entries"
    return f"a row with ${shape.columns}$ entries" if shape.turned.is_column else f"a matrix of {_by(shape)}"


def _by(shape: Shape) -> str:
    """A shape, typeset."""
    rows, columns = (f"({size})" if " " in str(size) else str(size) for size in (shape.rows, shape.columns))
    return rf"${rows} \times {columns}$"


def confirmed(derivation: Derivation) -> str:
    """How a result was confirmed, in a sentence."""
    found = derivation.confirmation
    if found is None:
        return "not by autograd: there is no matrix to compare"
    engines = "both engines agree; " if derivation.engines_agree else "found by one engine; "
    sizes = ", ".join(f"{name} = {value}" for name, value in found.sizes.items()) or "scalars"
    differs = f"differs by {found.error:.0e} at most" if found.error else "agrees to the last digit"
    return f"{engines}autograd {differs} ({found.cases} random cases, the last with {sizes})"


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
