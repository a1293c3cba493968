"""The two styles of writing an expression: plain text and LaTeX. `show` writes in either."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Style:
    """What differs between plain text and LaTeX."""

    bracket: str
    transpose: str
    inverse: str
    power: str
    call: str
    times: str
    name: Callable[[str], str]
    fraction: str
    relations: dict[str, str]
    words: dict[str, str]
    norm: dict[str, str]
    entry: str
    block: tuple[str, str, str, str]


_LETTERS = """alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi rho sigma tau upsilon phi chi psi omega
Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega"""
_GREEK = frozenset(_LETTERS.split())
_ACCENTS = {"hat": "hat", "tilde": "tilde", "bar": "bar", "check": "check"}


def _latex_name(name: str) -> str:
    r"""`sigma_max` is \sigma_{\mathrm{max}}, `X_hat` is \hat{X}, `W2` is W_{2}."""
    head, _, tail = name.partition("_")
    stem = head.rstrip("0123456789")
    if stem and stem != head:
        tail = head[len(stem) :] + (f",{tail}" if tail else "")
        head = stem
    head = "lambda" if head == "lam" else head
    tail, head = (part.replace("_", r"\_") for part in (tail, head))
    shown = f"\\{head}" if head in _GREEK else head if len(head) == 1 else f"\\mathrm{{{head}}}"
    if tail in _ACCENTS:
        return f"\\{tail}{{{shown}}}"
    if tail == "star":
        return f"{{{shown}^{{*}}}}"
    if not tail:
        return shown
    below = tail if len(tail) < 2 or tail[0].isdigit() else f"\\mathrm{{{tail}}}"
    return f"{shown}_{{{below}}}"


PLAIN = Style(
    bracket="({})",
    transpose="{}'",
    inverse="inv({})",
    power="{}^{}",
    call="{}({})",
    times=" ",
    name=str,
    fraction="{} / {}",
    relations={r: r for r in ("=", "!=", "<", "<=", ">", ">=")},
    words={
        "and": "and",
        "or": "or",
        "implies": "implies",
        "iff": "iff",
        "not": "not",
        "forall": "forall",
        "in": "in",
        "->": "->",
    },
    norm={"2": "||{}||", "F": "||{}||_F", "S": "||{}||_2"},
    entry="{}[{}]",
    block=("[", ", ", "; ", "]"),
)
LATEX = Style(
    bracket=r"\left({}\right)",
    transpose=r"{}^\top",
    inverse="{}^{{-1}}",
    power="{}^{{{}}}",
    call=r"\operatorname{{{}}}\left({}\right)",
    times=" ",
    name=_latex_name,
    fraction=r"\frac{{{}}}{{{}}}",
    relations={"=": "=", "!=": r"\neq", "<": "<", "<=": r"\leq", ">": ">", ">=": r"\geq"},
    words={
        "and": r"\land",
        "or": r"\lor",
        "implies": r"\Rightarrow",
        "iff": r"\Leftrightarrow",
        "not": r"\lnot",
        "forall": r"\forall",
        "in": r"\in",
        "->": r"\to",
    },
    norm={"2": r"\left\|{}\right\|_2", "F": r"\left\|{}\right\|_F", "S": r"\left\|{}\right\|_2"},
    entry=r"\left[{}\right]_{{{}}}",
    block=(r"\begin{bmatrix}", " & ", r" \\ ", r"\end{bmatrix}"),
)
