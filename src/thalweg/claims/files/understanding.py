"""Text understood in a frame: to tokens, LaTeX among them, and to the expressions that they mean.

Everything is bounded before it is understood: how deep a text is, how large its numbers get, and how much its definitions
unfold to, since files come from strangers.
"""

import math
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from fractions import Fraction
from functools import partial

from thalweg.calculus.meaning import Meaning, understand
from thalweg.calculus.nodes import STATEMENTS, CalculusError, Expr, ShapeProblem, SyntaxProblem
from thalweg.calculus.parse import Reading, Syntax, parse
from thalweg.calculus.show import text as shown
from thalweg.calculus.sizes import Size
from thalweg.calculus.tokens import MOST_CHARACTERS, Token, exact
from thalweg.calculus.tokens import tokens as plain_tokens
from thalweg.claims.files.letters import apart
from thalweg.claims.files.markdown import Line
from thalweg.claims.files.scopes import MOST_IN_NAME, Frame

LARGEST_SIZE = 64
MOST_FORKS = 3
DEEPEST = 100
MOST_BITS = 20_000  # Of a number that a text spells out; names count as 8.
MOST_NODES = 5000


# Text to tokens


def tokens_of(line: Line, start: int = 0, end: int | None = None, known: Collection[str] = ()) -> list[Token]:
    """The tokens of a part of a line, with its columns; what stands between `$` and `$` is LaTeX, and what has a backslash.

    Args:
        line: The line.
        start: Where the part begins.
        end: Where it ends; at the line's end if nothing is said.
        known: What is declared, for LaTeX, where it decides what a subscript is.

    Returns:
        The tokens, closed by one of kind "end".

    Raises:
        SyntaxProblem: If a character means nothing, or if a `$` is not closed.
    """
    if len(line.text) > MOST_CHARACTERS:
        raise SyntaxProblem(f"need at most {MOST_CHARACTERS} characters in a line, got {len(line.text)}", 1)
    end = len(line.text) if end is None else end
    marks = [match.span() for match in re.finditer(r"\$\$?", line.text[:end]) if match.start() >= start]
    if len(marks) % 2:
        raise SyntaxProblem("the $ here is not closed", marks[-1][0] + 1)
    latex, found, place = partial(_latex_tokens, known=known), list[Token](), start
    plain = latex if not marks and "\\" in line.text[start:end] else plain_tokens
    for opened, closed in zip(marks[::2], marks[1::2], strict=True):
        found += _shifted(plain, line.text, place, opened[0])
        found += _shifted(latex, line.text, opened[1], closed[0])
        place = closed[1]
    found += _shifted(plain, line.text, place, end)
    for token in found:
        if token.kind == "name" and len(token.text) > MOST_IN_NAME:
            raise SyntaxProblem(f"need a name of at most {MOST_IN_NAME} letters", token.column)
    return [*found, Token("end", "", end + 1, end + 1, False)]


def _latex_tokens(text: str, known: Collection[str]) -> list[Token]:
    """LaTeX to tokens."""
    from thalweg.calculus import latex

    return latex.tokens(text, known)


def _shifted(read: Callable[[str], list[Token]], text: str, start: int, end: int) -> list[Token]:
    """The tokens of a part of a text, at their columns in all of it, without the end."""
    try:
        found = read(text[start:end])[:-1]
    except CalculusError as problem:
        raise type(problem)(problem.message, problem.column + start) from None
    moved = [replace(token, column=token.column + start, end=token.end + start) for token in found]
    return [replace(token, glued=False) if not place else token for place, token in enumerate(moved)]


def size_tokens(size: Size, column: int, end: int) -> list[Token]:
    """A size, as tokens that all stand in one place."""
    parts = [name for name, count in size.terms for _ in range(count)] + [str(size.constant)] * bool(size.constant)
    found: list[Token] = []
    for part in parts:
        kind = "number" if part.isdigit() else "name"
        found += [Token("+", "+", column, end, False)] * bool(found) + [Token(kind, part, column, end, False)]
    return (
        [Token("(", "(", column, end, False), *found, Token(")", ")", column, end, False)] if len(parts) > 1 else found
    )


def _put_in(tokens: list[Token], frame: Frame) -> list[Token]:
    """The tokens with sizes that equal others replaced by these: `n`, `I_n`, `0_n`, `1_n`."""
    if not frame.equal:
        return tokens
    found: list[Token] = []
    for token in tokens:
        head, _, name = token.text.partition("_")
        word = {"I": "eye", "0": "zeros", "1": "ones"}.get(head) if token.kind in ("name", "zeros") else None
        if token.kind == "name" and token.text in frame.equal:
            found += size_tokens(frame.equal[token.text], token.column, token.end)
        elif word and name in frame.equal:
            inside = size_tokens(frame.equal[name], token.column, token.end)
            opened, closed = (Token(sign, sign, token.column, token.end, True) for sign in "()")
            found += [Token("name", word, token.column, token.end, token.glued), opened, *inside, closed]
        else:
            found.append(token)
    return found


def _indexed(tokens: list[Token], frame: Frame) -> list[Token]:
    """The tokens with `w`, `[`, `t`, `+`, `1`, `]` joined to the one name `w[t+1]`, where `w` is a sequence."""
    found: list[Token] = []
    place = 0
    while place < len(tokens):
        token = tokens[place]
        place += 1
        is_index = token.text in frame.recurrences and tokens[place : place + 1] and tokens[place].kind == "["
        end = next((i for i in range(place, len(tokens)) if tokens[i].kind == "]"), 0) if is_index else 0
        if end:
            key = token.text + "".join(part.text for part in tokens[place : end + 1])
            if key not in frame.names:
                message = f"need {', '.join(keys(token.text, frame))}, got {key}"
                raise CalculusError(message, token.column)
            token = Token("name", key, token.column, tokens[end].end, token.glued)
            place = end + 1
        found.append(token)
    return found


def keys(name: str, frame: Frame) -> list[str]:
    """How the members of a sequence can be written."""
    return [key for key in frame.names if key.startswith(f"{name}[")]


# Tokens to meaning


def understood(text: str, tokens: list[Token], frame: Frame) -> tuple[Expr, tuple[Expr, ...]]:
    """What tokens mean, and the other ways in which they can be read.

    Where only another reading has shapes that fit, that is the meaning.

    Args:
        text: The text that the tokens' columns count.
        tokens: The tokens.
        frame: What is declared.

    Returns:
        The meaning, and at most three others.

    Raises:
        CalculusError: If there is no meaning; a `ShapeProblem` if the shapes do not fit.
    """
    tokens = apart(tokens, frame)
    known = by_sizes(tokens, frame.sizes)
    tokens = _put_in(_indexed(tokens, frame), frame)
    reading = _bounded(tokens, frame)
    try:
        first = _meaning(text, tokens, frame, ())
        found, forks = [first.expr], first.forks
        refusal = None
    except ShapeProblem as problem:
        found, forks, refusal = [], reading.forks, problem
    for fork in [fork for fork in dict.fromkeys(forks) if fork not in known][:MOST_FORKS]:
        try:
            other = _meaning(text, tokens, frame, (fork,)).expr
        except CalculusError:
            continue
        found += [other] * (other not in found)
    if not found and refusal is not None:
        raise refusal
    return found[0], tuple(found[1:])


def by_sizes(tokens: list[Token], sizes: Collection[str]) -> set[int]:
    """The columns of the slashes before sizes, where there is no fork: `1/n x` has one reading, as `1/2 x` has.

    Args:
        tokens: The tokens.
        sizes: The names of sizes.

    Returns:
        The columns of slashes before the name of a size, such a name to a power, or a bracket with sizes and numbers in
        it; not where what follows is glued to that.
    """
    signs = {"number": "d", "name": "x", **{sign: sign for sign in "/()+-*^"}}
    kinds = ((signs.get(token.kind, "?"), token.text) for token in tokens)
    pattern = "".join("n" if kind == "x" and text in sizes else kind for kind, text in kinds)
    found = re.finditer(r"/(n|\([nd*+^-]+\))(\^d)?(?=(.))", pattern)
    return {tokens[match.start()].column for match in found if not tokens[match.start(3)].glued}


def _meaning(text: str, tokens: list[Token], frame: Frame, flipped: tuple[int, ...]) -> Meaning:
    """One reading of tokens."""
    try:
        return understand(text, frame.scope(), flipped, tokens)
    except RecursionError:
        raise _too_deep(tokens) from None
    except CalculusError as problem:
        message = problem.message if len(problem.message) <= 500 else f"{problem.message[:500]} ..."
        raise type(problem)(message, problem.column or tokens[0].column) from None


def _too_deep(tokens: list[Token]) -> SyntaxProblem:
    return SyntaxProblem(
        f"need a text of less than {DEEPEST} steps into each other; split it with let", tokens[0].column
    )


def _bounded(tokens: list[Token], frame: Frame) -> Reading:
    """How tokens are built, if it is not too much."""
    try:
        reading = parse(tokens)
        depth, bits = _weight(reading.syntax)
    except RecursionError:
        raise _too_deep(tokens) from None
    if depth > DEEPEST:
        raise _too_deep(tokens)
    if bits > MOST_BITS:
        raise SyntaxProblem("need smaller powers: the numbers here get too large", reading.syntax.column)
    unfolded = sum(nodes(frame.names[token.text]) if token.text in frame.names else 1 for token in tokens)
    if unfolded > MOST_NODES:
        raise SyntaxProblem(
            f"need at most {MOST_NODES} pieces with all definitions put in, got {unfolded}", tokens[0].column
        )
    return reading


def _weight(syntax: Syntax) -> tuple[int, int]:
    """How deep a text is, and about how many bits its value has."""
    if syntax.op == "number":
        return 1, _value(syntax).numerator.bit_length() + _value(syntax).denominator.bit_length()
    if not syntax.args:
        return 1, 8
    parts = [_weight(part) for part in syntax.args]
    if syntax.op == "index" and any(part.op == "number" and _value(part) > LARGEST_SIZE for part in syntax.args[1:]):
        raise SyntaxProblem(f"need indices from 1 to {LARGEST_SIZE}", syntax.column)
    depth = 1 + max(depth for depth, _ in parts)
    if syntax.op in ("power", "power_entries"):
        exponent = syntax.args[1].args[0] if syntax.args[1].op == "neg" else syntax.args[1]
        times = _value(exponent) if exponent.op == "number" else Fraction(1)
        return depth, math.ceil(parts[0][1] * max(1, times))
    return depth, sum(bits for _, bits in parts)


def _value(syntax: Syntax) -> Fraction:
    """The number that stands here."""
    return exact(syntax.text, syntax.column)


def nodes(expr: Expr, known: dict[int, int] | None = None) -> int:
    """How many nodes an expression unfolds to; parts that it holds several times are counted several times."""
    known = {} if known is None else known
    if id(expr) not in known:
        known[id(expr)] = 1 + sum(nodes(arg, known) for arg in expr.args)
    return known[id(expr)]


def certain(line: Line, tokens: list[Token], frame: Frame) -> Expr:
    """The one meaning of tokens, in a place where two will not do.

    Raises:
        SyntaxProblem: If there is a second one; another `CalculusError` if there is none.
    """
    expr, others = understood(line.text, tokens, frame)
    if others:
        two = f"{shown(expr)}   or   {shown(others[0])}"
        raise SyntaxProblem(
            f"can be read in two ways: {two}; set brackets, or write ||A||_F or ||A||_2", tokens[0].column
        )
    return expr


def certain_statement(line: Line, tokens: list[Token], frame: Frame) -> Expr:
    """The one meaning of tokens that must be a statement."""
    expr = certain(line, tokens, frame)
    if expr.op not in STATEMENTS:
        raise SyntaxProblem("need a statement such as a = b here, got an expression", tokens[0].column)
    return expr


def conjuncts(statement: Expr) -> Iterator[Expr]:
    """The statements that `and` joins."""
    for part in statement.args if statement.op == "and" else ():
        yield from conjuncts(part)
    if statement.op != "and":
        yield statement


def split(tokens: list[Token], sign: str) -> list[list[Token]]:
    """The tokens between commas, or whatever sign, that stand in no bracket; without the end."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        depth += (token.kind in ("(", "[")) - (token.kind in (")", "]"))
        if token.kind == sign and not depth:
            parts.append([])
        elif token.kind != "end":
            parts[-1].append(token)
    return parts


def ended(tokens: list[Token]) -> list[Token]:
    """Tokens with an end, so that they can be parsed."""
    last = tokens[-1].end if tokens else 1
    return [*tokens, Token("end", "", last, last, False)]
