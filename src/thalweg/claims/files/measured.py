"""Claims about what an experiment measured: `claim R.ohm = 330 within 5 %`.

The caller hands in what runs experiments. Each is run once for each choice of settings, and only when a claim asks for it.
"""

import re
from dataclasses import dataclass, replace
from fractions import Fraction

from thalweg.calculus.nodes import SyntaxProblem
from thalweg.calculus.tokens import NAME, exact
from thalweg.claims.files.declarations import TURNED
from thalweg.claims.files.markdown import Line
from thalweg.claims.files.scopes import Frame, Run
from thalweg.claims.files.understanding import certain, tokens_of
from thalweg.claims.nouns import Answer, Verdict

_LARGEST = Fraction(10) ** 300
_OUTPUT = rf'({NAME})\.("[^"]+"|{NAME}(?:\.{NAME}|\[[^\]]*\])*)'
_RELATION = re.compile(r"<=|>=|!=|==|=|<|>|≤|≥|≠")
_DOTTED = re.compile(rf'(?<![\w.])({NAME})\.(?=[^\W\d]|")')
_ALONE = "need a measured value alone on one side, and a number or a word on the other"
_SIGNS = {"==": "=", "≤": "<=", "≥": ">=", "≠": "!="}
_WITHIN = re.compile(r"\s*([\d.]+(?:[eE][+-]?\d+)?)\s*(%|per\s*cent|scatter)?\s*$")
_WORD = re.compile(r'\s*(?:"([^"]+)"|([^\W\d]\w*(?: [^\W\d]\w*)*))\s*$')


@dataclass(frozen=True)
class Measured:
    """A claim about a number, or a word, that an experiment measured.

    Attributes:
        run: The experiment.
        quantity: What it measured, as it is written after the dot.
        relation: What is claimed between that and the value.
        value: The claimed number or word.
        within: How far a number may be away, in `unit`.
        unit: "%" of the claimed value, "scatter" of the measured one over draws, or nothing.
        line: Its line.
        column: The column of the quantity.
    """

    run: Run
    quantity: str
    relation: str
    value: Fraction | str
    within: Fraction
    unit: str
    line: int
    column: int


def speaks_of_outputs(line: Line, start: int, frame: Frame) -> bool:
    """Whether a line names, from a place on, something that an experiment measured.

    Raises:
        SyntaxProblem: If what stands before the dot is no experiment.
    """
    text = re.sub(r"\$[^$]*\$", _blank, line.text)
    found = list(_DOTTED.finditer(text, start))
    for match in found:
        if match[1] not in frame.runs:
            remedy = f"write `run EXPERIMENT as {match[1]}` before"
            if match[1] in frame.unread:
                remedy = f"line {frame.unread[match[1]]}, which declares it, could not be read"
            message = f"{match[1]} is no experiment here: {remedy}"
            raise SyntaxProblem(message, match.start() + 1)
    return bool(found)


def _blank(match: re.Match[str]) -> str:
    """As many characters that mean nothing."""
    return "_" * len(match[0])


def measured(frame: Frame, line: Line, start: int) -> Measured | Answer:
    """The claim about an output that begins at a place of a line.

    Args:
        frame: What is declared.
        line: The line.
        start: Where the statement begins.

    Returns:
        The claim, or the answer that nothing is claimed.

    Raises:
        SyntaxProblem: If it is no comparison of one output with a number or a word.
    """
    text = line.text[start:]
    said, *more = re.split(r"\bwithin\b", text)
    relations = list(_RELATION.finditer(re.sub(r'"[^"]*"', _blank, said)))
    if len(relations) != 1 or len(more) > 1:
        raise SyntaxProblem("need one comparison: `R.name = number within 5 %`", start + 1)
    sign = relations[0]
    sides = [(said[: sign.start()], start), (said[sign.end() :], start + sign.end())]
    first, second = (_output(frame, part, place) for part, place in sides)
    if first and second:
        return Answer(Verdict.VACUOUS, "both sides are what experiments measured: nothing of your own is claimed")
    output = first or second
    if output is None:
        raise SyntaxProblem(_ALONE, start + 1)
    relation = _SIGNS.get(sign[0], sign[0])
    relation = relation if first else TURNED[relation]
    value = _value(frame, line, *sides[1 if first else 0])
    within, unit = _tolerance(more[0], start + len(text) - len(more[0].lstrip())) if more else (Fraction(0), "")
    run, quantity, column = output
    claim = Measured(run, quantity, relation, value, within, unit, line.number, column)
    return _empty(claim) or claim


def _output(frame: Frame, text: str, place: int) -> tuple[Run, str, int] | None:
    """The output that a side is, with its column, if it is one and nothing else."""
    found = re.match(rf"\s*{_OUTPUT}\s*$", text)
    if found is None or found[1] not in frame.runs:
        return None
    return frame.runs[found[1]], found[2], place + found.start(2) + 1


def _value(frame: Frame, line: Line, text: str, place: int) -> Fraction | str:
    """The claimed number or word."""
    word = _WORD.match(text)
    if word and (word[1] or word[2] not in frame.lines):
        return (word[1] or word[2]).strip()
    if speaks_of_outputs(replace(line, text=line.text[: place + len(text)]), place, frame):
        raise SyntaxProblem(_ALONE, place + 1)
    expr = certain(line, tokens_of(line, place, place + len(text), known=frame.known), frame)
    if expr.op != "number":
        raise SyntaxProblem("need a number here, not a formula: it is compared with a measured one", place + 1)
    assert isinstance(expr.value, Fraction)
    return _sensible(expr.value, place)


def _sensible(value: Fraction, place: int) -> Fraction:
    """A number that a float can hold."""
    if abs(value) > _LARGEST:
        raise SyntaxProblem("need a number of a sensible size", place + 1)
    return value


def _tolerance(text: str, place: int) -> tuple[Fraction, str]:
    """What stands after `within`."""
    found = _WITHIN.match(text)
    if found is None or not re.fullmatch(r"\d+(\.\d+)?(e[+-]?\d{1,4})?", found[1].lower()):
        raise SyntaxProblem("need `within 5 %`, `within 0.1` or `within 2 scatter`", place + 1)
    value = _sensible(exact(found[1], place + 1), place)
    return value, {"": "", "scatter": "scatter"}.get(found[2] or "", "%")


def _empty(claim: Measured) -> Answer | None:
    """That a claim allows everything."""
    if claim.unit == "%" and claim.within >= 100:
        return Answer(
            Verdict.VACUOUS, f"within {float(claim.within):g} % of it, 0 would agree too: claim something nearer"
        )
    if isinstance(claim.value, str) and (claim.within or claim.relation not in ("=", "!=")):
        raise SyntaxProblem(
            "need a number to be near to, or larger or smaller than; a word is equal or not", claim.column
        )
    return None
