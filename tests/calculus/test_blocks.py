import pytest

from thalweg.calculus.blocks import pushed
from thalweg.calculus.indices import same
from thalweg.calculus.show import text
from trees import difference, read


@pytest.mark.parametrize(
    ("typed", "pushed_in"),
    [
        ("[X; Y]' [x; v]", "X' x + Y' v"),
        ("[X; Y]' [X; Y]", "X' X + Y' Y"),
        ("[X; Y] w", "[X w; Y w]"),
        ("[A, B] [x; y]", "A x + B y"),
        ("[A, x; y', a] [v; b]", "[A v + b x; y' v + a b]"),
        ("[X; sqrt(lam) I_d]' [x; zeros(d)]", "X' x"),
        ("[A, B; C, S]'", "[A', C'; B', S]"),
        ("[A, B] + [B, A]", "[A + B, B + A]"),
        ("2 [x; y] - [y; x]", "[2 x - y; 2 y - x]"),
        ("[x; y] a", "[a x; a y]"),
        ("exp([x; y])", "[exp(x); exp(y)]"),
        ("[x; y].^2", "[x.^2; y.^2]"),
        ("[x; y] .* [y; x]", "[x .* y; y .* x]"),
        ("[x; y] .* [ones(n); zeros(n)]", "[x .* ones(n); y .* 0]"),
        ("||[x; w]||^2", "sqrt(||x||^2 + ||w||^2)^2"),
        ("sum([x; w])", "sum(x) + sum(w)"),
        ("tr([A, X; X', G])", "tr(A) + tr(G)"),
        ("inv([A, zeros(n, d); zeros(d, n), G])", "[inv(A), 0; 0, inv(G)]"),
        ("[[A, B]; [C, S]]", "[A, B; C, S]"),
        ("[[x; y], [v; z]]", "[x, v; y, z]"),
        ("[A] x", "A x"),
        ("[X, x] [w; 1] - y", "X w + x - y"),
    ],
)
def test_what_conforms_is_multiplied_out(typed, pushed_in):
    expr = read(typed)
    found = pushed(expr)
    assert text(found) == pushed_in
    assert difference(expr, found) < 1e-9


@pytest.mark.parametrize(
    "typed",
    [
        "A x + y",
        "det([A, X; X', G])",
        "inv([A, X; X', G])",
        "softmax([x; w])",
        "[X, Y; Y, X] + [x; y] [w; u]'",
        "tr([A, x; y', a] [X, Y; w', u'] [X, Y; w', u']')",
        "sum([x', w'] [X; G] w)",
    ],
)
def test_what_does_not_conform_keeps_its_value(typed):
    found = difference(read(typed), pushed(read(typed)))
    assert found is None or found < 1e-9


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("||[X; sqrt(lam) I_d] w - [y; zeros(d)]||^2", "||X w - y||^2 + lam w' w"),
        ("[X; Y]' [A, B; B, A] [X; Y]", "X' A X + X' B Y + Y' B X + Y' A Y"),
        ("[x; y]' [y; x]", "2 x' y"),
        ("tr([A, B; C, S] [A, B; C, S])", "tr(A A) + 2 tr(B C) + tr(S S)"),
        ("sum([X, Y] [w; u])", "sum(X w) + sum(Y u)"),
    ],
)
def test_identities_of_blocks(left, right):
    assert same(read(left), read(right))
    assert difference(read(left), read(right)) < 1e-9


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("[X; Y]' [X; Y]", "X' X + Y' X"),
        ("[A, B] [x; y]", "A y + B x"),
        ("||[x; y]||", "||x|| + ||y||"),
        ("[A + A + A', B]' x", "[A + A + A', B']' x"),
    ],
)
def test_what_is_no_identity_of_blocks(left, right):
    assert not same(read(left), read(right))
    assert difference(read(left), read(right)) > 1e-3
