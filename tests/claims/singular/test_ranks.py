import numpy as np
import pytest
import torch

from questioned import claimed
from thalweg.calculus.exact import evaluate
from thalweg.calculus.fields import RATIONALS
from thalweg.calculus.nodes import symbols
from thalweg.claims.hunt.prepared import conjuncts, with_rank_limits
from thalweg.claims.singular.ranks import ranks_at, seen

SHAPES = {
    "X": "n x d",
    "R": "n x d full row rank",
    "C": "n x d full column rank",
    "A": "n x n",
    "u": "n",
    "v": "n",
    "a": "scalar",
}
MOST = {  # at n = 2, d = 3
    "X": 2,
    "X' X": 2,
    "X X'": 2,
    "u v'": 1,
    "u v' + v u'": 2,
    "u u' A": 1,
    "2 u u' + 0 A": 1,
    "a A": 2,
    "A - u u'": 2,
    "X' X + a eye(d)": 3,
    "inv(A) u v'": 1,
    "pinv(u v')": 1,
    "(u v') .* (v u')": 1,
    "(u v') .* A": 2,
    "[X; X]": 3,
    "[u u', v v'; u v', v u']": 4,
    "zeros(n, d)": 0,
    "ones(n) ones(n)'": 1,
    "where(a > 0, A, A)": 2,
    "a": 1,
}


@pytest.mark.parametrize(("matrix", "most"), MOST.items())
def test_no_case_has_a_larger_rank(matrix, most):
    expr = claimed(f"{matrix} = {matrix}", SHAPES).statement.args[0]
    sizes = {"n": 2, "d": 3}
    found = ranks_at(sizes, ())
    assert found is not None
    assert found.most(expr) == most
    values = {}
    for name, node in symbols(expr).items():
        rows, columns = node.shape.rows.at(sizes), node.shape.columns.at(sizes)
        values[name] = torch.randint(-4, 5, (rows, columns)).tolist()
    if not any(word in matrix for word in ("inv", "pinv")):
        value = evaluate(expr, values, sizes, RATIONALS)
        assert np.linalg.matrix_rank(value.astype(float)) <= most


@pytest.mark.parametrize(
    ("given", "most"),
    [
        ("rank(A) = 1", 1),
        ("rank(A) <= 1", 1),
        ("2 > rank(A)", 1),
        ("rank(A) < n", 2),
        ("det(A) = 0", 2),
        ("A = u v'", 1),
        ("A = 0", 0),
        ("rank(A) = n and n = n", 3),
        ("rank(A) >= 1", 3),
        ("A = A'", 3),
        ("rank(A) = 4", None),
        ("rank(u v') >= 2", None),
        ("u v' = eye(n)", None),
        ("n > 3", None),
        ("det(u v') != 0", None),
    ],
)
def test_givens_bound_ranks(given, most):
    about = claimed("A = A", SHAPES, given)
    found = ranks_at({"n": 3, "d": 3}, [part for given in about.givens for part in conjuncts(given)])
    if about.size_givens:
        assert most is None
    elif most is None:
        assert found is None
    else:
        assert found is not None
        assert found.most(about.statement.args[0]) == most


@pytest.mark.parametrize(
    ("matrix", "givens", "singular", "is_thin"),
    [
        ("X' X", (), {"n": 1, "d": 2}, False),
        ("X X'", (), {"n": 2, "d": 1}, False),
        ("R' R", (), {"n": 1, "d": 2}, True),
        ("R R'", (), None, False),
        ("C C'", (), {"n": 2, "d": 1}, True),
        ("C' C", (), None, False),
        ("X' X", ("n >= d",), None, False),
        ("X' X", ("d >= n",), {"n": 1, "d": 2}, True),
        ("X' X", ("d <= 2 n",), {"n": 1, "d": 2}, False),
        ("X' X", ("d >= n + 1",), {"n": 1, "d": 2}, True),
        ("X' X", ("rank(X) = n",), {"n": 1, "d": 2}, True),
        ("X' X", ("rank(X) = d",), None, False),
        ("X' X", ("X' X = I",), None, False),
        ("X X'", ("X' X = I",), {"n": 2, "d": 1}, True),
        ("u v'", (), {"n": 2}, True),
        ("A", ("rank(A) = 1",), {"n": 2}, True),
        ("A - u v'", (), None, False),
    ],
)
def test_sizes_at_which_there_is_no_inverse(matrix, givens, singular, is_thin):
    shapes = {name: shape for name, shape in SHAPES.items() if name in matrix or name in ("u", "v")}
    about = with_rank_limits(claimed(f"{matrix} = {matrix}", shapes, *givens))
    shown = {name for node in about.statement.walk() for name in node.shape.rows.names}
    found = seen(about, [about.statement.args[0]], about.givens)
    first = found.singular[0][0] if found.singular else None
    assert (first and {name: size for name, size in first.items() if name in shown}) == singular
    assert found.is_thin is is_thin


def test_large_constants_are_looked_at():
    about = claimed("X X' = X X'", {"X": "20 x d"})
    found = seen(about, [about.statement.args[0]], ())
    assert {"d": 20} in found.regular
    assert {"d": 19} in [sizes for sizes, _, _ in found.singular]
    assert not found.is_thin
