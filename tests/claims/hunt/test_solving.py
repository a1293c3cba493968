import numpy as np
import pytest

from hunted import claimed
from thalweg.calculus.exact import evaluate, holds
from thalweg.calculus.fields import RATIONALS
from thalweg.calculus.nodes import symbols
from thalweg.claims.hunt.plans import CONTINUOUS, planned
from thalweg.claims.hunt.prepared import question
from thalweg.claims.hunt.solving import projection, solutions

NAMES = "A n n; X m n; Y m n; w n; x n; y n; b m; S n n pd; G n n; P n n; lam; mu; Q m n"
SOLVED = [  # an equation, the name, whether nothing was divided by
    ("b = X w", "b", True),
    ("X w = b", "w", False),
    ("X' X w = X' b", "w", False),
    ("x' y = 0", "y", False),
    ("x' y = lam", "lam", True),
    ("G' G = inv(S)", "S", True),
    ("2 lam + 3 = mu", "lam", True),
    ("lam x' x + lam = mu", "lam", False),
    ("lam mu = 3", "mu", False),
    ("1/lam = mu", "lam", True),
    ("lam^2 = 4", "lam", False),
    ("sum(x) = 1", "x", False),
    ("A x = x", "x", False),
    ("A x = x", "A", False),
    ("x .* y = w", "y", False),
    ("X' = Y'", "X", True),
    ("||x|| = 1", "x", True),
    ("x' x = 4", "x", True),
    ("||x||^2 = 9", "x", True),
    ("Q' Q = I", "Q", True),
    ("Q Q' = I", "Q", True),
    ("P P = P", "P", True),
    ("P^2 = P", "P", True),
    ("A' = A", "A", True),
    ("A' = -A", "A", True),
    ("inv(A) = S", "A", True),
    ("x' A y + 2 w' y = 1", "y", False),
]


def plan_of(text: str, name: str, *more: str):
    claim = claimed(f"{name} = {name}", NAMES, text, *more)
    prepared = question(claim)
    wanted = claim.symbols[name]
    others = [other for other in prepared.names if other != wanted]
    return prepared, planned([*others, wanted] if wanted in prepared.names else prepared.names, prepared.givens)


@pytest.mark.parametrize(("text", "name", "is_whole"), SOLVED, ids=str)
def test_values_that_are_made_by_a_solution_solve_the_equation(text, name, is_whole):
    claim = claimed(text, NAMES)
    statement, wanted = claim.statement, claim.symbols[name]
    base = projection(*statement.args, wanted)
    found = None if base is not None else next(solutions(*statement.args, wanted), None)
    if found is None and base is None:  # tied entries, which a plan knows
        plan = planned([wanted], [statement])
        assert plan.free[0].pattern in ("symmetric", "skew")
        return
    assert base is not None or found.is_whole == is_whole
    expr = base if base is not None else found.expr
    sizes = {"m": 3, "n": 2} if "Q Q'" not in text else {"m": 2, "n": 3}
    rng = np.random.default_rng(0)
    for _ in range(5):
        values = {
            key: drawn(key, (node.shape.rows.at(sizes), node.shape.columns.at(sizes)), rng)
            for key, node in (symbols(statement) | symbols(expr)).items()
        }
        if text == "X w = b":
            values["b"] = values["X"] @ np.array([[1], [2]], object)  # so that it has a solution
        if text == "X' X w = X' b":
            values["X"] = np.array([[1, 0], [0, 2], [1, 1]], object)
        if text == "A x = x":
            values["x"] = np.array([[1], [2]], object)
        values[name] = evaluate(expr, values, sizes, RATIONALS)
        assert holds(statement, values, sizes, RATIONALS) is True


def drawn(key: str, shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """A random matrix of whole numbers that an auxiliary name may have."""
    role = key.partition(".")[2]
    if role == "frame":
        return np.eye(*shape, dtype=int).astype(object)
    array = rng.integers(1, 7, shape).astype(object)
    if role == "diagonal signs":
        return np.diag(np.sign(array.diagonal() - 3.5).astype(int)).astype(object)
    if role == "skew":
        return np.triu(array, 1) - np.triu(array, 1).T
    if role == "bits":
        return np.diag(np.arange(shape[0]) % 2).astype(object)
    if key == "S":
        return array @ array.T + np.eye(*shape, dtype=int)
    return array


@pytest.mark.parametrize(
    ("text", "name"),
    [("x' A x = 1", "x"), ("smax(A) = lam", "A"), ("x x' = A", "x"), ("lam + exp(lam) = 1", "lam"), ("tr(A) = 1", "A")],
)
def test_what_cannot_be_solved_has_no_solution(text, name):
    claim = claimed(text, NAMES)
    assert list(solutions(*claim.statement.args, claim.symbols[name])) == []


def test_a_plan_defines_no_name_by_itself():
    _, plan = plan_of("x = A y", "x", "y = A x")
    defined = dict(plan.defined)
    assert len(defined) == 1
    prepared, plan = plan_of("lam = mu", "lam", "mu = lam")
    assert len(plan.defined) == 1
    assert {part.pattern for part in plan.free} <= CONTINUOUS
    assert len(prepared.names) == 2
