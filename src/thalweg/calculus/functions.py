"""The functions of one number that are applied to every entry, with their derivatives. The differential engine uses both.

At a kink the derivative is the one that the course takes: `relu` and `abs` have derivative 0 at 0, `step` is 0 there, and
so is `sign`. PyTorch's functions differ at kinks (`torch.relu` says 0, `torch.clamp` and `torch.maximum` say otherwise);
no confirmation is made there.
"""

from collections.abc import Callable
from fractions import Fraction

from thalweg.calculus.algebra import hadamard, plus, powered, times, zero
from thalweg.calculus.nodes import SCALAR, Expr, number

MAPS = ("relu", "exp", "log", "abs", "sin", "cos", "tan", "tanh", "sigmoid", "sign", "step", "softplus")
EVEN_AT_KINK = frozenset({"relu", "abs", "sign", "step"})  # these have a kink or a jump at 0


def of(name: str, inside: Expr) -> Expr:
    """A function of every entry."""
    return Expr("map", (inside,), inside.shape, name)


def raised(inside: Expr, power: Fraction | int) -> Expr:
    """Every entry to a power."""
    return powered(inside, power) if inside.is_scalar else Expr("raised", (inside,), inside.shape, Fraction(power))


def logged(expr: Expr) -> Expr | None:
    """What an expression is the logarithm of, as it stands; None if it is no logarithm."""
    if expr.op == "map" and expr.value == "log":
        return expr.args[0]
    if expr.op == "logdet":
        return Expr("det", expr.args, SCALAR)
    return Expr("total", (of("exp", expr.args[0]),), SCALAR) if expr.op == "logsumexp" else None


def _minus(left: Expr, right: Expr) -> Expr:
    return plus([left, times([number(-1), right])], left.shape)


def _ones(like: Expr) -> Expr:
    return number(1) if like.is_scalar else Expr("ones", (), like.shape)


DERIVATIVES: dict[str, Callable[[Expr], Expr]] = {
    "relu": lambda u: of("step", u),
    "exp": lambda u: of("exp", u),
    "log": lambda u: raised(u, -1),
    "abs": lambda u: of("sign", u),
    "sin": lambda u: of("cos", u),
    "cos": lambda u: times([number(-1), of("sin", u)]),
    "tan": lambda u: plus([_ones(u), raised(of("tan", u), 2)], u.shape),
    "tanh": lambda u: _minus(_ones(u), raised(of("tanh", u), 2)),
    "sigmoid": lambda u: hadamard(of("sigmoid", u), _minus(_ones(u), of("sigmoid", u))),
    "softplus": lambda u: of("sigmoid", u),
    "sign": lambda u: zero(u.shape),
    "step": lambda u: zero(u.shape),
}
