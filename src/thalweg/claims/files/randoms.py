"""Gaussian names: the lines `random N : n x d ~ normal(0, s^2)`."""

from thalweg.calculus.nodes import Expr, Shape, ShapeProblem, Symbol, SyntaxProblem, constant, symbol
from thalweg.calculus.raw import is_zero, product
from thalweg.calculus.show import text
from thalweg.calculus.sizes import ONE
from thalweg.calculus.tokens import Token
from thalweg.claims.files.covariances import is_semidefinite
from thalweg.claims.files.declarations import shape
from thalweg.claims.files.markdown import Line
from thalweg.claims.files.scopes import Frame, declare
from thalweg.claims.files.understanding import certain, ended, size_tokens, split, tokens_of
from thalweg.claims.nouns import Random


def random(frame: Frame, line: Line, start: int) -> None:
    """`random N : n x d ~ normal(0, s^2)`.

    Raises:
        SyntaxProblem: If names, mean or covariance cannot be read; a `ShapeProblem` if they do not fit.
    """
    colon, wave = line.text.find(":", start), line.text.find("~", start)
    if not start < colon < wave:
        raise SyntaxProblem("need `random NAME : SHAPE ~ normal(MEAN, COVARIANCE)`", start + 1)
    said = split(tokens_of(line, start, colon), ",")
    found = shape(frame, tokens_of(line, colon + 1, wave, known=frame.known)[:-1], colon + 2)
    law = tokens_of(line, wave + 1, known=frame.known)[:-1]
    if [token.text for token in law[:2]] != ["normal", "("] or law[-1].text != ")":
        raise SyntaxProblem("need normal(MEAN, COVARIANCE) after ~", wave + 2)
    parts = split(law[2:-1], ",")
    if len(parts) != 2 or not all(parts):
        raise SyntaxProblem("need a mean and a covariance in normal(..., ...)", law[0].column)
    mean = _mean(frame, line, parts[0], found)
    covariance = _covariance(frame, line, parts[1], found)
    _refuse(frame, mean, parts[0], covariance, parts[1])
    for part in said:
        if len(part) != 1 or part[0].kind != "name":
            raise SyntaxProblem("need names, with commas between them, before the colon", start + 1)
        declare(part[0].text, part[0].column, line, frame)
        noise = symbol(part[0].text, found, frozenset({"random"}))
        frame.names[part[0].text] = frame.symbols[part[0].text] = noise
        frame.randoms.append(Random(noise, mean, covariance))


def _mean(frame: Frame, line: Line, tokens: list[Token], found: Shape) -> Expr:
    """The mean; a number stands for every entry."""
    try:
        mean = certain(line, ended(tokens), frame)
    except ShapeProblem:
        mean = None
    if mean is None or not mean.is_scalar or found.is_scalar or is_zero(mean):
        return shaped_as(frame, line, tokens, found, "the mean")
    return product([mean, constant("ones", found.rows, found.columns)], found)


def _refuse(frame: Frame, mean: Expr, mean_tokens: list[Token], covariance: Expr, tokens: list[Token]) -> None:
    """Refuse what is no covariance, or what is random itself."""
    drawn = {each.symbol for each in frame.randoms}
    for part, said in ((mean, mean_tokens), (covariance, tokens)):
        if any(node in drawn for node in part.walk()):
            raise SyntaxProblem("need a mean and a covariance in which no name is random", said[0].column)
    if is_semidefinite(covariance, frame.givens):
        return
    need, trait = "a covariance that is certainly positive semidefinite", f"{covariance.shape} psd"
    if covariance.is_scalar:
        need, trait = "a variance that is certainly not negative", "scalar >= 0"
    remedy = "write it with squares, such as s^2 or X X', or with names that are declared so"
    if isinstance(covariance.value, Symbol):
        remedy = f"declare `{covariance.value.name} : {trait}`"
    raise SyntaxProblem(f"need {need}, got {text(covariance)}; {remedy}", tokens[0].column)


def _covariance(frame: Frame, line: Line, tokens: list[Token], found: Shape) -> Expr:
    """The covariance matrix of a vector; the variance of the entries of a matrix; a number s of a vector means s I."""
    try:
        variance = certain(line, ended(tokens), frame)
    except ShapeProblem:
        variance = None
    if variance is not None and variance.is_scalar:
        full = constant("identity", found.rows, found.rows)
        return product([variance, full], full.shape) if found.columns == ONE != found.rows else variance
    if found.columns != ONE:
        raise ShapeProblem("need the variance of an entry: a scalar", tokens[0].column)
    return shaped_as(frame, line, tokens, Shape(found.rows, found.rows), "the covariance")


def shaped_as(frame: Frame, line: Line, tokens: list[Token], found: Shape, what: str) -> Expr:
    """The meaning of tokens that must have a shape; 0 and I take it.

    Raises:
        ShapeProblem: If they have another one.
    """
    column, end = tokens[0].column, tokens[-1].end
    rows, columns = (size_tokens(side, column, end) for side in (found.rows, found.columns))
    word, opened, comma, closed, sign = (Token(kind, text, column, end, True) for kind, text in _ONES)
    other = [word, opened, *rows, comma, *columns, closed]
    try:
        return certain(line, ended([*tokens, sign, *other]), frame).args[0]
    except ShapeProblem:
        raise ShapeProblem(f"{what} here needs the shape {found}", column) from None


_ONES = (("name", "ones"), ("(", "("), (",", ","), (")", ")"), ("=", "="))
