r"""What the commands and words of LaTeX are in plain text, and what to write in the place of those that mean nothing here.

The commands that take what follows them (`\frac`, `\lim`, `\nabla`, ...) are `latex`'s.
"""

import difflib
from collections.abc import Collection

from thalweg.calculus.latex_names import GREEK
from thalweg.calculus.latex_pieces import OPERATORS
from thalweg.calculus.latex_tree import Node
from thalweg.calculus.nodes import SyntaxProblem
from thalweg.calculus.parse import FUNCTIONS, WORDS
from thalweg.calculus.tokens import Token
from thalweg.calculus.tokens import tokens as plain_tokens

SIGNS = frozenset(["+", "-", "*", "/", "=", "==", "!=", "<", "<=", ">", ">=", ",", ";", ":", "->", "=>", "<=>"])
RELATIONS = frozenset(["=", "==", "!=", "<", "<=", ">", ">=", "in"])
SUCH_THAT = "such that"
_TEXTS = {
    **{word: word for word in WORDS},
    **dict.fromkeys(("s.t.", "subject to", SUCH_THAT), SUCH_THAT),
    **{"if and only if": "iff", "for all": "forall"},
}
_PROSE = frozenset({
    "then",
    "where",
    "when",
    "with",
    "for",
    "else",
    "otherwise",
    "let",
    "since",
    "because",
    "hence",
    "thus",
    "as",
    "is",
})
_FUNCTIONS = {
    **{name: name for name in FUNCTIONS if name != "E"},
    **{"sgn": "sign", "rk": "rank", "ln": "log", "lse": "logsumexp", "arg min": "argmin", "eig_max": "emax"},
}
_FUNCTION_COMMANDS = {name: name for name in FUNCTIONS if name not in ("E", "sum", "norm", "abs")}
_FUNCTION_COMMANDS |= {"ln": "log", "Tr": "tr", "ReLU": "relu", "relu": "relu", "sgn": "sign", "lim": "lim"}
_REMEDIES = {
    **dict.fromkeys(
        ("sum", "prod", "int"), r"write it with vectors, as in \mathbf{1}_n^\top x or \operatorname{sum}(x)"
    ),
    **dict.fromkeys(("succeq", "succ", "preceq", "prec"), "declare the matrix psd or pd, or compare its emin with 0"),
    **dict.fromkeys(("approx", "sim", "simeq", "propto", "equiv"), "write =, or an inequality"),
    **dict.fromkeys(("pm", "mp"), "write two claims"),
    **dict.fromkeys(("exists", "nexists"), "claim it of a matrix that you name"),
    **dict.fromkeys(
        ("mathbb", "mathds"), r"write \mathbb{E}[x] or \mathbb{1}(x > 0); sizes and domains are declared, not claimed"
    ),
    **dict.fromkeys(("ldots", "dots", "cdots", "vdots", "ddots"), "write all blocks, or a name"),
    **dict.fromkeys(("argmax", "sup", "inf"), r"write \operatorname*{argmin}_{w} of minus it"),
    "Pr": r"write \mathbb{E}[\mathbb{1}(...)]",
    "partial": r"write \frac{\partial f}{\partial x} or \partial_x f",
    "%": "leave it out",
    "(": "leave out the signs of a formula within one",
}


def operator(node: Node, names: Collection[str] = ()) -> str:
    """The operator or word of the plain language that a node is; "" if it begins a factor."""
    if node.kind == "sign":
        if node.text in SIGNS:
            return node.text
        return _of_unicode(node.text)
    if node.kind == "command":
        return OPERATORS.get(node.text, "")
    return _TEXTS.get(node.text, "") if node.kind == "words" and node.text not in names else ""


def _of_unicode(text: str) -> str:
    """The operator that a character such as ≤ is."""
    try:
        found = [token.text for token in plain_tokens(text)][:-1]
    except SyntaxProblem:
        return ""
    return found[0] if len(found) == 1 and (found[0] in SIGNS or found[0] in (".*", "in", "forall")) else ""


def function(node: Node, names: Collection[str]) -> str:
    r"""The function that a node is: `\log`, `\operatorname{diag}`, `\text{ReLU}`; "" if it is none.

    A declared name is no function, unless it stands in `\operatorname`.
    """
    if node.kind == "command":
        return _FUNCTION_COMMANDS.get(node.text, "")
    if node.kind not in ("function", "words") or (node.kind == "words" and node.text in names):
        return ""
    return "E" if node.text == "E" else _FUNCTIONS.get(node.text, _FUNCTIONS.get(node.text.lower(), ""))


def is_prose(node: Node) -> bool:
    """Whether a node is a word that joins sentences, and no name."""
    return node.kind == "words" and node.text in _PROSE


def unknown(node: Node) -> SyntaxProblem:
    """That a node means nothing here, with a remedy."""
    if node.kind == "function":
        close = difflib.get_close_matches(node.text, FUNCTIONS, 1)
        remedy = (
            f"is it {close[0]}?" if close else rf"known are {', '.join(sorted(FUNCTIONS))}; a name is \mathrm{{...}}"
        )
        return SyntaxProblem(f"the function {node.text} is not known; {remedy}", node.column)
    if node.kind == "words":
        remedy = "a name is one word of letters and digits"
        if is_prose(node):
            remedy = "statements are joined by and, or, not, if, iff, implies, for all"
        return SyntaxProblem(f"cannot read the words {node.text!r}; {remedy}", node.column)
    if node.kind != "command":
        return SyntaxProblem(f"cannot read {node.text!r} here", node.column)
    known = [*GREEK, *OPERATORS, *_FUNCTION_COMMANDS, "frac", "sqrt", "mathbf", "infty", "nabla"]
    close = difflib.get_close_matches(node.text, known, 1)
    remedy = f"is it \\{close[0]}?" if close else r"a name is \mathrm{...}, a function \operatorname{...}"
    return SyntaxProblem(f"\\{node.text} means nothing here; {_REMEDIES.get(node.text, remedy)}", node.column)


# Tokens


def sign(text: str, column: int, end: int, glued: bool = False) -> Token:
    """The token of an operator or of a word such as `and`."""
    return Token("name" if text in WORDS else text, text, column, end, glued)


def bracketed(inside: list[Token], column: int, end: int) -> list[Token]:
    """Tokens in brackets that reach from a column to another."""
    return [sign("(", column, column), *inside, sign(")", end, end)]


def call(name: str, args: list[list[Token]], column: int, end: int) -> list[Token]:
    """The tokens of a function of arguments."""
    inside = args[0]
    for arg in args[1:]:
        inside = [*inside, sign(",", end, end), *arg]
    return [Token("name", name, column, end, False), sign("(", end, end, glued=True), *inside, sign(")", end, end)]
