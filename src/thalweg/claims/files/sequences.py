"""Sequences that a recurrence makes: how they are declared, and their first members. Claims about them: `inductions`."""

from thalweg.calculus.nodes import SCALAR, CalculusError, Expr, Shape, SyntaxProblem, number, symbol
from thalweg.calculus.scope import Sequence
from thalweg.calculus.sizes import ONE, size_of
from thalweg.calculus.tokens import Token
from thalweg.claims.files.markdown import Line
from thalweg.claims.files.randoms import shaped_as
from thalweg.claims.files.scopes import Frame, Recurrence, declare
from thalweg.claims.files.understanding import MOST_NODES, certain, ended, nodes, tokens_of
from thalweg.claims.nouns import name_of

FURTHEST = 4  # Members up to w[t+4] and w[4] have names.
_INDEX = frozenset({"integer", "nonnegative"})
_HEAD = ("name", "[", "name", "+", "1", "]", "=")
_START = ("name", "[", "0", "]", "=")


def recurrence(frame: Frame, line: Line, start: int) -> None:
    """`recurrence w[t+1] = a w[t] + b from w[0] = 0`.

    Raises:
        SyntaxProblem: If it cannot be read; another `CalculusError` if no shape fits.
    """
    tokens = tokens_of(line, start, known=frame.known)[:-1]
    if not _begins(tokens, _HEAD):
        raise SyntaxProblem("need `recurrence w[t+1] = ... from w[0] = ...`; `from ...` may be left out", start + 1)
    place = next((i for i, token in enumerate(tokens) if token.text == "from"), len(tokens))
    step, first = tokens[len(_HEAD) : place], tokens[place + 1 :]
    if place < len(tokens) and (not _begins(first, _START) or first[0].text != tokens[0].text):
        raise SyntaxProblem(f"need {tokens[0].text}[0] = ... after from", tokens[place].column)
    parts = (step, first[len(_START) :])
    if not step or (first and not parts[1]):
        raise SyntaxProblem("need an expression after =", tokens[-1].column)
    index = _index(frame, line, tokens[2])
    refusal: CalculusError | None = None
    for shape in _shapes(frame, line, tokens[0]):
        try:
            found = _sequence(frame, line, tokens[0].text, index, shape, parts)
        except CalculusError as problem:
            refusal = refusal or problem
            continue
        _take(frame, tokens[0].text, found)
        return
    assert refusal is not None
    raise refusal


def _begins(tokens: list[Token], pattern: tuple[str, ...]) -> bool:
    """Whether tokens begin with these texts, where "name" stands for any name."""
    said = (
        "name" if token.kind == what == "name" else token.text for token, what in zip(tokens, pattern, strict=False)
    )
    return tuple(said) == pattern


def _index(frame: Frame, line: Line, token: Token) -> Expr:
    """The symbol that counts, declared now if it was not."""
    name = token.text
    if name not in frame.lines:
        declare(name, token.column, line, frame)
        frame.names[name] = frame.symbols[name] = symbol(name, SCALAR, _INDEX)
    index = frame.names.get(name)
    if index is None or index.op != "symbol" or not index.value.traits >= _INDEX:
        message = f"{name} counts here: declare it `{name} : scalar integer >= 0`, or not at all"
        raise CalculusError(f"{message}; line {frame.lines[name]} says something else", token.column)
    return index


def _shapes(frame: Frame, line: Line, token: Token) -> list[Shape]:
    """The shapes that the members may have: the declared one, or else a scalar, or that of something declared."""
    declared = frame.symbols.get(token.text)
    if declared is not None:
        if any(declared in given.walk() for given in frame.givens):
            message = f"{token.text} is in a given already; a sequence needs another name"
            raise CalculusError(message, token.column)
        return [declared.shape]
    declare(token.text, token.column, line, frame)
    columns = (Shape(frame.equal.get(name, size_of(name)), ONE) for name in frame.sizes)
    return list(dict.fromkeys([SCALAR, *columns, *(known.shape for known in frame.symbols.values())]))[:20]


def _sequence(
    frame: Frame, line: Line, name: str, index: Expr, shape: Shape, parts: tuple[list[Token], list[Token]]
) -> Recurrence:
    """The recurrence, if its members have this shape."""
    step, first = parts
    state = symbol(f"{name}[{name_of(index)}]", shape)
    start = _of_shape(frame, line, first, shape) if first else symbol(f"{name}[0]", shape)
    inner = frame.copy()
    inner.recurrences[name] = Recurrence(Sequence(state, state, start), index, bool(first))
    inner.names[name_of(state)] = state
    return Recurrence(Sequence(state, _of_shape(inner, line, step, shape), start), index, bool(first))


def _of_shape(frame: Frame, line: Line, tokens: list[Token], shape: Shape) -> Expr:
    """The meaning of tokens that must have a shape."""
    if not shape.is_scalar:
        return shaped_as(frame, line, tokens, shape, "the sequence")
    expr = certain(line, ended(tokens), frame)
    if not expr.is_scalar:
        raise CalculusError(f"the sequence here needs the shape {shape}, got {expr.shape}", tokens[0].column)
    return expr


def _take(frame: Frame, name: str, found: Recurrence) -> None:
    """Put a sequence into the frame, with names for its first members and those after `w[t]`."""
    frame.names.pop(name, None)
    frame.symbols.pop(name, None)
    frame.recurrences[name] = found
    counter = name_of(found.index)
    state = found.sequence.state
    for each in [state, *([] if found.has_start else [found.start])]:
        frame.symbols[name_of(each)] = each
    ahead = {each.sequence.state: each.sequence.state for each in together(frame, found.index)}
    member = first_members(frame, found.index)
    for k in range(FURTHEST + 1):
        if k and max(nodes(part) for part in (*ahead.values(), *member.values())) > MOST_NODES // 5:
            break
        frame.names[f"{name}[{counter}+{k}]" if k else f"{name}[{counter}]"] = ahead[state]
        frame.names[f"{name}[{k}]"] = member[state]
        later = found.index if not k else Expr("add", (found.index, number(k)), SCALAR)
        ahead, member = (
            next_members(frame, ahead, found.index, later),
            next_members(frame, member, found.index, number(k)),
        )


def together(frame: Frame, index: Expr) -> list[Recurrence]:
    """The sequences that one index counts."""
    return [each for each in frame.recurrences.values() if each.index == index]


def first_members(frame: Frame, index: Expr) -> dict[Expr, Expr]:
    """The states and what they are at 0."""
    return {each.sequence.state: each.start for each in together(frame, index)}


def next_members(frame: Frame, states: dict[Expr, Expr], index: Expr, time: Expr) -> dict[Expr, Expr]:
    """The states and what they are one step after they had these values at this time."""
    new = {**states, index: time}
    return {each.sequence.state: instead(each.sequence.step, new) for each in together(frame, index)}


def instead(expr: Expr, new: dict[Expr, Expr]) -> Expr:
    """An expression with others put in for symbols; what `forall` binds stays, and so do the nodes about a whole sequence."""
    if expr in new:
        return new[expr]
    if expr.op in ("converges", "tends_to"):
        return expr
    if expr.op == "forall":
        bound: tuple[Expr, ...] = expr.value[0]
        new = {old: part for old, part in new.items() if old not in bound}
    return expr.with_args(tuple(instead(arg, new) for arg in expr.args))
