r"""LaTeX to the tokens of `tokens`, so that `parse` and `meaning` read it as plain text. Columns are those of the LaTeX.

`latex_tree` says what belongs together, `latex_names` what a name is called, `latex_words` what commands are, `latex_rows`
where products end, `latex_prefixes` what takes something after it. Here is what a factor is.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from itertools import pairwise

from thalweg.calculus import latex_prefixes as prefixes
from thalweg.calculus.latex_names import Name, labels_of, named, unwrapped
from thalweg.calculus.latex_rows import Row, inside, raised, scripted, split, written
from thalweg.calculus.latex_tree import WRAPPERS, Node, tree
from thalweg.calculus.latex_words import RELATIONS, bracketed, call, function, is_prose, operator, sign, unknown
from thalweg.calculus.nodes import SyntaxProblem
from thalweg.calculus.tokens import MOST_CHARACTERS, MOST_TOKENS, Token
from thalweg.calculus.tokens import tokens as plain_tokens

_FRAMES = (("$$", "$$"), ("$", "$"), (r"\(", r"\)"), (r"\[", r"\]"))
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "=": "!=", "!=": "="}
_ELSE = frozenset({"else", "otherwise"})
_USUAL = {"sigma": "sigmoid", "lam_max": "emax", "lam_min": "emin", "sigma_max": "smax", "sigma_min": "smin"}
_NORMS = {"2": "2", "F": "F", "op": "2"}


def tokens(text: str, names: Collection[str] = ()) -> list[Token]:
    r"""The tokens of a statement or an expression in LaTeX, closed by one of kind "end".

    Args:
        text: LaTeX of one line, with or without `$`, `$$`, `\(` or `\[` around it.
        names: What is declared. It decides what a subscript is: `x_1` is the name `x1` or `x_1` if one of them is declared,
            else an entry of `x`; `w_k` is `w[k]` if that is declared. With names given, `\sigma(x)` and `\lambda_{\max}(A)`
            are functions where the letter is not declared.

    Returns:
        The tokens, in order.

    Raises:
        SyntaxProblem: If something means nothing here, or if there is too much of it; it knows the column.

    Example:
        >>> [token.text for token in tokens(r"$\hat{w}^\top \mathbf{X} w_t = \sigma_{\max}$")]
        ['w_hat', "'", 'X', 'w', '[', 't', ']', '=', 'sigma_max', '']
    """
    if len(text) > MOST_CHARACTERS:
        raise SyntaxProblem(f"need at most {MOST_CHARACTERS} characters, got {len(text)}")
    begin, stop = _framed(text)
    result = written(Row(tree(text, begin, stop), names, stop + 1, _factor))
    if len(result) > MOST_TOKENS:
        raise SyntaxProblem(f"need at most {MOST_TOKENS} pieces, got more", result[MOST_TOKENS].column)
    glued = [replace(token, glued=_is_glued(before, token)) for before, token in pairwise(result)]
    return [*result[:1], *glued, Token("end", "", len(text) + 1, len(text) + 1, False)]


def _is_glued(before: Token, token: Token) -> bool:
    """Whether a token is glued to the one before; to a number it may be as it is typed, which says what `1/2 x` is."""
    return token.glued or (before.kind == "number" and before.end == token.column)


def _framed(text: str) -> tuple[int, int]:
    """Where the formula begins and ends, without the signs around it and a full stop."""
    begin, stop = len(text) - len(text.lstrip()), len(text.rstrip())
    for opened, closed in _FRAMES:
        if text.startswith(opened, begin):
            if stop - begin < len(opened) + len(closed) or not text.endswith(closed, begin, stop):
                raise SyntaxProblem(
                    f"need {closed!r} at the end, to close the {opened!r} of column {begin + 1}", stop + 1
                )
            begin, stop = begin + len(opened), stop - len(closed)
            break
    shown = text[begin:stop].rstrip()
    return begin, begin + len(shown) - (shown.endswith((".", ",")) and not shown.endswith("\\,"))


def _factor(row: Row) -> list[Token]:
    """The next factor of a row, with its powers and transposes."""
    node = row.step()
    reader = _READERS.get(node.text) if node.kind == "command" else None
    if reader:
        return reader(row, node)
    if name := function(node, row.names):
        return prefixes.function_of(row, node, name)
    letter = _letter(node)
    if letter in ("0", "1") and (node.below or node.kind == "command"):
        return _constant(row, node, letter)
    if letter == "I" and node.below and (made := _identity(row, node)):
        return made
    if letter == "E" and row.here and (row.here.kind, row.here.text) == ("fence", "[ ]") and "E" not in row.names:
        return prefixes.expectation(row, node)
    if not is_prose(node) and (found := named(node, row.names)):
        return _name(row, node, *found)
    if node.kind == "number":
        return scripted(row, [_token(node, "number", node.text)], node)
    if node.kind == "group" or (node.kind == "command" and node.text in WRAPPERS):
        return scripted(row, bracketed(inside(row, node), node.column, node.end), node)
    if node.kind in ("fence", "table"):
        return _fence(row, node) if node.kind == "fence" else _table(row, node)
    raise unknown(node)


def _letter(node: Node) -> str:
    """The letter or digits in fonts; "" if there is more."""
    inner = unwrapped(node)
    if inner is not None:
        return _letter(inner) if inner.is_bare else ""
    return node.text if node.kind in ("letter", "number", "words") else ""


def _token(node: Node, kind: str, text: str) -> Token:
    """The token of a node."""
    return Token(kind, text, node.column, node.end, False)


# Names and constants


def _name(row: Row, node: Node, name: Name, above: tuple[Node, ...]) -> list[Token]:
    """A name with its index, its powers and its transposes."""
    text = name.spelled(row.names)
    power = raised(row, [], node, above) if text == "e" and "e" not in row.names else []
    if power and power[0].text == "^":
        return call("exp", [power[1:]], node.column, node.after)
    is_usual = text in _USUAL and row.names and text not in row.names and not name.index
    if is_usual and row.here and prefixes.is_bracket(row.here):
        return prefixes.function_of(row, replace(node, below=None, above=above or None), _USUAL[text])
    if "[" in text:
        made = [replace(token, column=node.column, end=node.end) for token in plain_tokens(text)[:-1]]
    else:
        made = [replace(_token(node, "name", text), end=node.end if name.index else _end(node, above))]
    if name.index:
        column = name.index[0].column
        index = written(row.within(name.index, node.after))
        made += [sign("[", column, column, glued=True), *index, sign("]", node.after, node.after)]
    return raised(row, made, node, above)


def _end(node: Node, above: tuple[Node, ...]) -> int:
    """Where a name ends that may have a subscript, before its power."""
    if not above and not node.primed:
        return node.after
    return node.below[-1].after if node.below else node.end


def _constant(row: Row, node: Node, digit: str) -> list[Token]:
    r"""`\mathbf{0}`, `\mathbf{1}_n`, `0_d`, `\mathbf{1}_{n \times d}`; `\mathbf{1}(x > 0)` is an indicator."""
    if node.below and digit == "1" and prefixes.is_condition(node.below):
        return raised(row, prefixes.indicator(row, node, node.below, node.after), node, node.above or ())
    if node.below:
        made = _sized("zeros" if digit == "0" else "ones", row, node)
        if len(node.below) == 1 and len(made) == 4 and made[2].kind == "name":
            made = [Token("zeros", f"{digit}_{made[2].text}", node.column, node.after, False)]
        return raised(row, made, node, node.above or ())
    if digit == "0":
        return scripted(row, [Token("number", "0", node.column, node.end, False)], node)
    condition = row.here
    if condition and prefixes.is_bracket(condition) and prefixes.is_condition(condition.parts[0]):
        row.step()
        return scripted(row, prefixes.indicator(row, node, condition.parts[0], condition.end), condition)
    raise SyntaxProblem(r"need the size of a column of ones, as in \mathbf{1}_n", node.column)


def _sized(name: str, row: Row, node: Node) -> list[Token]:
    r"""A constant with the sizes below it: `n`, `n \times d`, `n + 1`."""
    parts = [piece for part in split(node.below or (), ",") for piece in split(part, "*")]
    return call(name, [written(row.within(part, node.after)) for part in parts], node.column, node.after)


def _identity(row: Row, node: Node) -> list[Token]:
    r"""`I_3`, `I_{n+1}`, `I_{n \times n}`; empty for `I_n`, which is a name."""
    if not any(operator(part) for part in node.below or ()):
        found = named(node, row.names)
        if found and (found[0].index or found[0].declared(row.names) or not found[0].labels[-1].isdigit()):
            return []
    made = _sized("eye", row, node)
    half = len(made) // 2
    if (
        len(made) > 5
        and made[half].text == ","
        and [t.text for t in made[2:half]] == [t.text for t in made[half + 1 : -1]]
    ):
        made = [*made[:half], made[-1]]
    return raised(row, made, node, node.above or ())


def _infinity(row: Row, node: Node) -> list[Token]:
    return scripted(row, [_token(node, "name", "inf")], node)


# Brackets


def _fence(row: Row, node: Node) -> list[Token]:
    """What stands in brackets or bars."""
    if node.text in ("| |", "|| ||"):
        return _bars(row, node)
    within = inside(row, node)
    if node.text == "< >":
        return scripted(row, call("dot", [within], node.column, node.end), node)
    if node.text not in prefixes.BRACKETS:
        raise SyntaxProblem(
            f"need {')' if node.text[0] == '(' else ']'!r} to close the {node.text[0]!r} of column {node.column}",
            node.end - 1,
        )
    if node.below and node.text != r"\{ \}":
        return _entry(row, node)
    if node.text == "[ ]" and (len(split(node.parts[0], ",")) > 1 or len(split(node.parts[0], ";")) > 1):
        opened, closed = sign("[", node.column, node.column), sign("]", node.end, node.end)
        return scripted(row, [opened, *within, closed], node)
    return scripted(row, bracketed(within, node.column, node.end), node)


def _entry(row: Row, node: Node) -> list[Token]:
    """An entry of a name in brackets: `[x]_1` is `x[1]`."""
    base = inside(row, node)
    if len(base) != 1 or base[0].kind != "name":
        raise SyntaxProblem("need a name in the brackets, to take an entry of it; let gives names", node.column)
    index = written(row.within(node.below or (), node.after))
    made = [*base, sign("[", node.end, node.end, glued=True), *index, sign("]", node.after, node.after)]
    return raised(row, made, node, node.above or ())


def _bars(row: Row, node: Node) -> list[Token]:
    r"""`\|x\|_2`, `\|A\|_F`, `|a|`."""
    bar = node.text.split()[0]
    within = inside(row, node)
    if any(token.kind in ("|", "||") for token in within):
        within = bracketed(within, node.column, node.end)
    made = [sign(bar, node.column, node.column), *within, sign(bar, node.end, node.end)]
    if not node.below:
        return scripted(row, made, node)
    kind = _NORMS.get(",".join(labels_of(node.below))) if bar == "||" else None
    if kind is None:
        raise SyntaxProblem(
            r"need the norm 2, F or op; the sum of sizes is \operatorname{sum}(\operatorname{abs}(x))",
            node.below[0].column,
        )
    below = Token("number" if kind == "2" else "name", kind, node.below[0].column, node.after, True)
    return raised(row, [*made, sign("_", node.end, node.end), below], node, node.above or ())


def _macro(bar: str) -> Callable[[Row, Node], list[Token]]:
    r"""Reads `\norm{x}` or `\abs{x}`."""
    return lambda row, node: _bars(row, replace(node, kind="fence", text=f"{bar} {bar}"))


def _root(row: Row, node: Node) -> list[Token]:
    r"""`\sqrt{x}`, `\sqrt[3]{x}`."""
    if len(node.parts) == 1:
        return scripted(row, call("sqrt", [inside(row, node)], node.column, node.end), node)
    base, index = (bracketed(inside(row, node, place), node.column, node.end) for place in (1, 0))
    share = [Token("number", "1", node.column, node.end, False), sign("/", node.column, node.end), *index]
    power = [*base, sign("^", node.column, node.end), *bracketed(share, node.column, node.end)]
    return scripted(row, bracketed(power, node.column, node.end), node)


# Matrices and cases


def _table(row: Row, node: Node) -> list[Token]:
    """A matrix of blocks, or cases."""
    if node.text in ("cases", "dcases"):
        return scripted(row, _cases(row, node), node)
    made = [sign("[", node.column, node.column)]
    for line in node.parts:
        for cell in line:
            if not cell.parts[0]:
                raise SyntaxProblem("need something in each cell of a matrix; write 0 for nothing", cell.column)
            made += [*inside(row, cell), sign(",", cell.end, cell.end)]
        made[-1] = sign(";", made[-1].column, made[-1].end)
    return scripted(row, [*made[:-1], sign("]", node.end, node.end)], node)


def _cases(row: Row, node: Node) -> list[Token]:
    r"""`a` where a condition holds, else `b`."""
    lines = [_case(row, line) for line in node.parts]
    *firsts, (last, otherwise) = lines
    is_opposite = len(firsts) == 1 and _is_opposite(firsts[0][1], otherwise)
    if not firsts or (otherwise and not is_opposite) or not all(condition for _, condition in firsts):
        message = r"need a condition in each line of cases but the last, which has \text{else}"
        raise SyntaxProblem(message, node.parts[-1][-1].column)
    for value, condition in reversed(firsts):
        last = call("where", [condition, value, last], node.column, node.end)
    return last


def _case(row: Row, line: tuple[Node, ...]) -> tuple[list[Token], list[Token]]:
    """The value and the condition of a line; no condition for `else`."""
    if len(line) != 2:
        raise SyntaxProblem("need a value, & and a condition in each line of cases", line[0].column)
    value, condition = (cell.parts[0] for cell in line)
    value = value[:-1] if value and value[-1].text == "," else value
    condition = condition[:-1] if condition and condition[-1].text in (",", ".") else condition
    if condition and condition[0].text in ("if", "for", "when", "where"):
        condition = condition[1:]
    if len(condition) == 1 and condition[0].text in _ELSE:
        condition = ()
    elif not condition:
        raise SyntaxProblem(r"need a condition or \text{else} here", line[1].column)
    return written(row.within(value, line[0].end)), written(row.within(condition, line[1].end))


def _is_opposite(first: list[Token], second: list[Token]) -> bool:
    """Whether one of two comparisons holds where the other does not."""
    if sum(token.kind in RELATIONS for token in first) != 1:
        return False
    return [_OPPOSITE.get(token.text, token.text) for token in first] == [token.text for token in second]


_READERS: Mapping[str, Callable[[Row, Node], list[Token]]] = {
    **dict.fromkeys(("frac", "tfrac", "dfrac", "cfrac"), prefixes.fraction),
    **dict.fromkeys(("mathbb", "mathds"), prefixes.blackboard),
    "nabla": prefixes.nabla,
    "partial": prefixes.partial,
    "arg": prefixes.arg,
    "underset": prefixes.underset,
    "sqrt": _root,
    "infty": _infinity,
    "norm": _macro("||"),
    "abs": _macro("|"),
}
