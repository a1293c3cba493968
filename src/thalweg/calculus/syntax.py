"""Pieces of text as they are built, and the words that are no names. How they are read says `parse`."""

from dataclasses import dataclass

RELATIONS = ("=", "==", "!=", "<", "<=", ">", ">=")
WORDS = frozenset({"converges", "in", "forall", "and", "or", "not", "iff", "implies", "if"})
_FUNCTIONS = """relu exp log sqrt abs sin cos tan tanh sigmoid sign step softplus square trace tr det logdet inv pinv diag
norm dot sum mean softmax logsumexp smax smin emax emin rank max min where eye zeros ones deriv hessian argmin
lim E transpose frobenius spectral"""
ALIASES = {"ln": "log", "ReLU": "relu", "Relu": "relu"}
FUNCTIONS = frozenset({*_FUNCTIONS.split(), *ALIASES})


@dataclass(frozen=True, slots=True)
class Syntax:
    """A piece of text as it is built, with its place.

    Attributes:
        op: What stands here: "name", "number", "call", "add", "compare", "iff", ...
        args: Its parts.
        text: The name, number or function; the relations of a comparison, by spaces.
        column: Where it begins, from 1.
        end: The column after it.
    """

    op: str
    args: tuple["Syntax", ...]
    text: str
    column: int
    end: int
