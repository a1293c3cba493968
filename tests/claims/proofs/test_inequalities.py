"""Inequalities between norms, products and singular values: true ones proved, false ones never."""

import pytest
import torch

from thalweg.calculus.meaning import Scope, understand
from thalweg.calculus.nodes import SCALAR, Symbol, symbol, symbols
from thalweg.calculus.numeric import evaluate
from thalweg.claims import clock
from thalweg.claims.nouns import Claim, Verdict
from thalweg.claims.proofs import inequalities
from trees import NAMES, cases, read

TRUE = """
||x + y|| <= ||x|| + ||y||
||x - y|| <= ||x|| + ||y||
||x - y|| >= ||x|| - ||y||
||2 x - 3 y|| <= 2 ||x|| + 3 ||y||
||x + y + z|| <= ||x|| + ||y|| + ||z||
||lam x|| = lam ||x||
||a x|| = |a| ||x||
||-x|| = ||x||
||x||^2 >= 0
||x|| >= 0
(x' y)^2 <= (x' x) (y' y)
x' y <= ||x|| ||y||
-||x|| ||y|| <= x' y
2 x' y <= x' x + y' y
x' P x >= 0
x' M x >= 0
x' A' A x >= 0
tr(A' A) >= 0
sum(x .* x .* y .* y) >= 0
||A x|| <= smax(A) ||x||
||A x|| <= ||A||_2 ||x||
||A' x|| <= smax(A) ||x||
||A B x|| <= smax(A) smax(B) ||x||
||A x + b y|| <= smax(A) ||x|| + |b| ||y||
||ones(n, d) w|| <= smax(ones(n, d)) ||w||
||Q x|| = ||x||
||Q x + y|| <= ||x|| + ||y||
sqrt(x' x + y' y) <= ||x|| + ||y||
smax(X) >= 0
||x|| <= 3 implies x' x <= 9
"""
FALSE = """
||x + y|| <= ||x||
||x + y|| >= ||x|| + ||y||
||x - y|| <= ||x|| - ||y||
||x + y||^2 <= ||x||^2 + ||y||^2
||x + y|| <= 2 ||x||
||a x|| = a ||x||
||a x|| <= a ||x||
||lam x|| <= ||x||
x' y >= 0
x' y <= ||x||
||x|| ||y|| <= x' y
(x' y)^2 >= (x' x) (y' y)
x' A x >= 0
x' S x >= 0
x' Q x >= 0
x' D x >= 0
x' A A x >= 0
x' P y >= 0
(x .* x)' M ones(n) >= 0
(x .* x)' P ones(n) >= 0
tr(A A) >= 0
tr(A B) <= tr(A) tr(B)
sum(x .* x .* x) >= 0
sum(x .* x .* y) >= 0
sum(A .* A .* A) >= 0
||A x|| <= ||x||
||A x|| <= smax(B) ||x||
||A x|| >= smax(A) ||x||
||A B x|| <= smax(A) ||x||
||A x + b y|| <= smax(A) ||x|| + b ||y||
||ones(n, d) w|| <= smax(ones(n)) ||w||
||ones(n, n) x|| <= smax(ones(n)) ||x||
||A x|| = ||x||
||Q x + R y|| = ||x|| + ||y||
(x' S y)^2 <= (x' S x) (y' S y)
(x' M x)^2 <= (x' M x)
sum(x)^2 <= x' x
rank(X) <= 1
smax(A) <= smax(B)
smax(A + B) <= smax(A)
sum(exp(x)) >= n
det(A) >= 0
x' x >= 1
a x' x >= 0
||x|| <= 3 implies x' x <= 8
x' x <= 1 and y' y <= 1 implies x' y >= 0
"""


def lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line]


def answer(written: str, *givens: str):
    statement, *assumed = (read(text) for text in (written, *givens))
    known = {name: node for expr in (statement, *assumed) for name, node in symbols(expr).items()}
    return inequalities.prove(Claim(statement, tuple(assumed), known, ("n", "d")), clock.now() + 5)


def holds(statement, values, sizes) -> bool | None:
    """Whether a statement holds in floats; None if it is too close to tell."""
    if statement.op == "implies":
        left, right = (holds(part, values, sizes) for part in statement.args)
        return right if left else True
    if statement.op == "and":
        return all(holds(part, values, sizes) for part in statement.args)
    left, right = (evaluate(side, values, sizes) for side in statement.args)
    gap = (left - right).item()
    close = abs(gap) < 1e-9 * (1 + left.abs().item())
    return close if statement.value == "=" else close or (gap < 0) == (statement.value in ("<", "<="))


@pytest.mark.parametrize("written", lines(TRUE))
def test_what_is_true_is_proved(written):
    found = answer(written)
    assert found is not None
    assert found.verdict is Verdict.PROVED
    assert "z3 over the real numbers" in found.how
    assert all(holds(read(written), values, sizes) for sizes, values in cases(1, 12))


@pytest.mark.parametrize("written", lines(FALSE))
def test_what_is_false_is_never_proved(written):
    assert answer(written) is None


NEEDS_A_CHOSEN_CASE = ("x' M", "(x .* x)' M", "(x .* x)' P", "rank", "||x|| <= 3", "x' x <= 1 and", "tr(A B)")


@pytest.mark.parametrize("written", [line for line in lines(FALSE) if not line.startswith(NEEDS_A_CHOSEN_CASE)])
def test_what_is_never_proved_is_false(written):
    assert not all(holds(read(written), values, sizes) for sizes, values in cases(1, 60))


def test_a_form_of_a_psd_matrix_with_squares_of_entries_is_not_one_of_its_quadratic_forms():
    values = {"x": torch.tensor([[1.0], [0.0]]), "M": torch.tensor([[1.0, -2.0], [-2.0, 5.0]])}
    assert evaluate(read("(x .* x)' M ones(n)"), values, {"n": 2}).item() < 0


@pytest.mark.parametrize(
    ("written", "givens", "is_proved"),
    [
        ("||A x|| <= 2 ||x||", ("smax(A) <= 2",), True),
        ("||A x|| <= ||x||", ("smax(A) <= 2",), False),
        ("||x + y|| <= 3", ("||x|| <= 1", "||y|| <= 2"), True),
        ("||x + y|| <= 2", ("||x|| <= 1", "||y|| <= 2"), False),
        ("x' y <= 2", ("||x|| <= 1", "||y|| <= 2"), True),
        ("||x - a A' (A x - y)|| <= ||x|| + a smax(A) ||y||", ("a > 0", "smax(eye(n) - a A' A) <= 1"), True),
        ("||x - a A' (A x - y)|| <= ||x|| + a smax(A) ||y||", ("a > 0",), False),
        ("||x - a A' (A x - y)|| <= ||x|| + a smax(A) ||y||", ("smax(eye(n) - a A' A) <= 1",), False),
    ],
)
def test_givens_are_used(written, givens, is_proved):
    found = answer(written, *givens)
    assert (found is not None and found.verdict is Verdict.PROVED) == is_proved


def test_givens_that_no_vector_satisfies():
    assert answer("x' y = 0", "||x|| < 0").verdict is Verdict.VACUOUS
    assert answer("x' y = 0", "x' x <= -1").verdict is Verdict.VACUOUS


@pytest.mark.parametrize("number", [1, 2, 3])
def test_no_typed_name_is_taken_for_a_scalar_of_vectors(number):
    typed = symbol(f"q{number}_", SCALAR)
    scope = Scope({**NAMES, typed.value.name: typed}, {"n", "d"})
    statement, given = (understand(text, scope).expr for text in ("x' y >= 0", f"q{number}_ >= 0"))
    claim = Claim(statement, (given,), {**symbols(statement), typed.value.name: typed}, ("n",))
    assert inequalities.prove(claim, clock.now() + 5) is None
    assert isinstance(typed.value, Symbol)


@pytest.mark.parametrize("written", ["x <= y", "forall x: x' x >= 0", "A = B", "lim(a, a -> 0) <= x' x"])
def test_what_is_no_statement_about_numbers_is_left_alone(written):
    assert answer(written) is None
