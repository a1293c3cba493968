"""A derivative with its story: what shape it has, an arbitrary entry, all of them stacked, simplified. Both engines must agree.

The entries come from `index_derivatives`, the simplified result from `differentials`; their index forms are compared, and
the result is confirmed by autograd. What has more than two indices, such as a vector by a matrix, is given by its entry and
its differential.
"""

from dataclasses import dataclass, field

from thalweg.calculus import show
from thalweg.calculus.algebra import factored, plus, times, transposed
from thalweg.calculus.atoms import free, opened
from thalweg.calculus.confirm import Confirmation, confirm
from thalweg.calculus.differentials import derivative, differential
from thalweg.calculus.entries import entry
from thalweg.calculus.forms import COLUMN, ROW, Form, divided_out, total
from thalweg.calculus.index_derivatives import BY_COLUMN, BY_ROW, arranged, index_derivative
from thalweg.calculus.indices import index_form, plain_form
from thalweg.calculus.nodes import SQUARE, CalculusError, Expr, Shape, Symbol, substituted, symbol
from thalweg.calculus.raw import differentiated
from thalweg.calculus.stack import stacked


@dataclass(frozen=True)
class Step:
    """A line of the story.

    Attributes:
        title: What is done: "shape", "an arbitrary entry", ...
        text: The line.
        latex: The line in LaTeX, without its dollars; empty where the text is prose.
    """

    title: str
    text: str
    latex: str = ""


@dataclass(frozen=True)
class Derivation:
    """A derivative and how it was found.

    Attributes:
        f: What was differentiated.
        x: The name with respect to which.
        result: The derivative in the row convention; None if it has more than two indices.
        steps: The story, line by line.
        confirmation: How the result compared with autograd; None if there is no result.
        engines_agree: Whether both engines found the same; None if one of them has no rule for something.
        second: The derivative of the derivative, if it was asked for.
    """

    f: Expr
    x: Expr
    result: Expr | None
    steps: tuple[Step, ...]
    confirmation: Confirmation | None
    engines_agree: bool | None
    second: "Derivation | None" = field(default=None)


def derive(f: Expr, x: Expr, second: bool = False) -> Derivation:
    """The derivative of an expression by one of its names, with its story.

    Args:
        f: A scalar, vector or matrix.
        x: A name. The entries of a symmetric one are taken as independent.
        second: Whether to differentiate once more.

    Returns:
        The derivation. Its result is confirmed by both engines and by autograd.

    Raises:
        CalculusError: If an operation has no rule, or if the engines or autograd disagree (then nothing is shown).

    Example:
        >>> from thalweg.calculus.meaning import Scope, understand
        >>> scope = Scope(is_open=True)
        >>> f = understand("x' A x", scope).expr
        >>> for step in derive(f, scope.names["x"]).steps:
        ...     print(f"{step.title}: {step.text}")
        shape: f is a scalar and x a column with n entries: a row, 1 x n, with entry k = ∂f/∂x_k
        f: Σ_ij A_ij x_i x_j
        an arbitrary entry: ∂f/∂x_k = Σ_i A_ki x_i + Σ_i A_ik x_i
        stacked: x' A' + x' A
        simplified: x' (A + A')
    """
    assert isinstance(x.value, Symbol)
    if f.shape.turned.is_column and not x.is_scalar:
        f = transposed(f)
    plain = symbol(x.value.name, x.shape, x.value.traits - SQUARE)
    f_plain = substituted(f, {x: plain})
    form, entries = _by_indices(f_plain, plain)
    if not _has_matrix(f, x):
        steps = (*_opening(f, x, form, entries), _differential_step(f_plain, plain))
        return Derivation(f, x, None, steps, None, None)
    found = arranged(entries, f, x) if entries is not None else None
    result = _by_tree(f_plain, plain, found)
    agree = None if found is None or result is None else _same(f, x, result, found)
    if agree is False:
        raise CalculusError(f"the two engines disagree about the derivative of {show.text(f)}; nothing is shown")
    result = _tidied(substituted(_stacked(found, f_plain, plain) if result is None else result, {plain: x}))
    confirmation = confirm(f, x, result)
    if not confirmation.agrees:
        raise CalculusError(f"autograd disagrees by {confirmation.error:.1e} with {show.text(result)}; it is not shown")
    steps = (*_opening(f, x, form, entries), *_closing(result, found))
    twice = derive(_as_outputs(result, f), x) if second else None
    return Derivation(f, x, result, steps, confirmation, agree, twice)


def _as_outputs(result: Expr, f: Expr) -> Expr:
    """A derivative as what is differentiated once more: the row of a scalar's is turned into a column."""
    return transposed(result) if f.is_scalar else result


def _has_matrix(f: Expr, x: Expr) -> bool:
    """Whether the derivative has at most two indices."""
    is_vector = f.shape.is_column or f.shape.turned.is_column
    return x.is_scalar or f.is_scalar or (x.shape.is_column and is_vector)


def _by_indices(f: Expr, x: Expr) -> tuple[Form | None, Form | None]:
    """The entry and its derivative, as far as the index engine goes."""
    try:
        form = plain_form(f)
    except CalculusError:
        return None, None
    try:
        return form, index_derivative(form, x)
    except CalculusError:
        return form, None


def _by_tree(f: Expr, x: Expr, found: Form | None) -> Expr | None:
    """The derivative by differentials; None if they have no rule for something but the index engine has."""
    try:
        return derivative(f, x)
    except CalculusError:
        if found is None:
            raise
        return None


def _stacked(found: Form | None, f: Expr, x: Expr) -> Expr:
    """What the index engine found, as an expression."""
    asked = differentiated(f, x)
    assert asked is not None
    assert found is not None
    return stacked(found, asked.shape)


def _same(f: Expr, x: Expr, result: Expr, found: Form) -> bool | None:
    """Whether a result is what the index engine found: by its form, else by autograd; None if neither can say."""
    try:
        if divided_out(total([index_form(result), opened(found)], [1, -1])).is_zero:
            return True
    except CalculusError:
        pass
    try:
        return confirm(f, x, _stacked(found, f, x)).agrees
    except CalculusError:
        return None


def _tidied(expr: Expr) -> Expr:
    """The result once more through the tidy constructors, now that a symmetric name is known to be so."""
    args = tuple(_tidied(arg) for arg in expr.args)
    if expr.op == "add":
        return factored(plus(args, expr.shape))
    if expr.op == "product":
        return times(args)
    if expr.op == "transpose":
        return transposed(args[0])
    return expr.with_args(args)


def _opening(f: Expr, x: Expr, form: Form | None, entries: Form | None) -> list[Step]:
    """What the derivative looks like, f in entries, and the derivative of an arbitrary entry."""
    steps = [Step("shape", _shape_said(f, x))]
    if form is not None:
        steps.append(_written(_entry_name(f), form))
    if entries is not None:
        steps.append(_written("an arbitrary entry", entries, *(f"{left} = " for left in _quotient(f, x))))
    return steps


def _written(title: str, form: Form, left: str = "", left_latex: str = "") -> Step:
    """A form as a step, in entries; or why it is not written out."""
    try:
        return Step(title, left + entry(form), left_latex + entry(form, True))
    except CalculusError:
        return Step(title, "too long to be written out", "")


def _closing(result: Expr, found: Form | None) -> list[Step]:
    """All entries stacked, and what that simplifies to."""
    steps = []
    if found is not None:
        try:
            whole = stacked(found, result.shape)
            steps.append(Step("stacked", show.text(whole), show.latex(whole)))
        except CalculusError:
            pass
    return [*steps, Step("simplified", show.text(result), show.latex(result))]


def _differential_step(f: Expr, x: Expr) -> Step:
    change = symbol(f"d{x.value.name}", x.shape)
    whole = differential(f, x, change)
    return Step("differential", f"df = {show.text(whole)}", f"df = {show.latex(whole)}")


def _shape_said(f: Expr, x: Expr) -> str:
    """What kind of thing the derivative is, as the homework asks it first."""
    name, kind = _name(x), _kind(x.shape)
    what = f"f is {_article(_kind(f.shape))} and {name} {_article(kind)}"
    if x.is_scalar:
        return f"{what}: {_article(_kind(f.shape))} again, entry by entry the rate of change with {name}"
    if f.is_scalar and x.shape.is_column:
        return f"{what}: a row, 1 x {x.shape.rows}, with entry k = ∂f/∂{name}_k"
    if f.is_scalar:
        return f"{what}: a matrix, {x.shape.turned}, with entry (l, k) = ∂f/∂{name}_kl, so that df = tr(D d{name})"
    if _has_matrix(f, x):
        outputs = f.shape.rows if f.shape.is_column else f.shape.columns
        return f"{what}: a matrix, {outputs} x {x.shape.rows}, with entry (i, k) = ∂f_i/∂{name}_k"
    count = len(free(f.shape)) + len(free(x.shape))
    return f"{what}: {count} indices, so no matrix; here are one entry and the differential"


def _kind(shape: Shape) -> str:
    if shape.is_scalar:
        return "scalar"
    if shape.is_column:
        return f"column with {shape.rows} entries"
    return f"row with {shape.columns} entries" if shape.turned.is_column else f"matrix of {shape}"


def _article(words: str) -> str:
    return f"a {words}"


def _name(x: Expr) -> str:
    return show.text(x)


def _entry_name(f: Expr) -> str:
    letters = "".join({ROW: "i", COLUMN: "j"}[index] for index in free(f.shape))
    return f"f_{letters}" if letters else "f"


def _quotient(f: Expr, x: Expr) -> tuple[str, str]:
    """∂f_i/∂x_k, as text and as LaTeX."""
    letters = "".join({BY_ROW: "k", BY_COLUMN: "l"}[index] for index in (BY_ROW, BY_COLUMN)[: len(free(x.shape))])
    top = _entry_name(f)
    bottom = f"{_name(x)}_{letters}" if letters else _name(x)
    latex_top = f"f_{{{top[2:]}}}" if "_" in top else "f"
    latex_bottom = show.indexed(show.latex(x), letters) if letters else show.latex(x)
    return f"∂{top}/∂{bottom}", f"\\frac{{\\partial {latex_top}}}{{\\partial {latex_bottom}}}"
