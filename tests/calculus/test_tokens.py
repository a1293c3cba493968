from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thalweg.calculus.nodes import SyntaxProblem
from thalweg.calculus.tokens import MOST_CHARACTERS, MOST_TOKENS, exact, tokens


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("x'A x", ["x", "'", "A", "x"]),
        ("||X w-y||_F^2", ["||", "X", "w", "-", "y", "||", "_", "F", "^", "2"]),
        ("a .* b ./ c .^ 2", ["a", ".*", "b", "./", "c", ".^", "2"]),
        ("a<=b>=c!=d==e<f>g", ["a", "<=", "b", ">=", "c", "!=", "d", "==", "e", "<", "f", ">", "g"]),
        ("p <=> q => r -> s", ["p", "<=>", "q", "=>", "r", "->", "s"]),
        ("2x 2.5y 1e3z 1e-3 2e", ["2", "x", "2.5", "y", "1", "e3z", "1e-3", "2", "e"]),
        ("W1 X_hat x_1 σ", ["W1", "X_hat", "x_1", "σ"]),
        ("0_n 1_n I_n", ["0_n", "1_n", "I_n"]),
        ("x² ≤ ‖y‖³", ["x", "^", "2", "<=", "||", "y", "||", "^", "3"]),
        ("A·B × C ⊙ D ∘ E − F", ["A", "*", "B", "*", "C", ".*", "D", ".*", "E", "-", "F"]),
        ("xᵀ A⊤ B′ C’", ["x", "'", "A", "'", "B", "'", "C", "'"]),
        ("A⁻¹ x¹² b⁻²ᵀ", ["A", "^", "-", "1", "x", "^", "12", "b", "^", "-", "2", "'"]),
        ("a**2 ** b ∥x∥ ⋅ c", ["a", "^", "2", "^", "b", "||", "x", "||", "*", "c"]),
        ("s ∈ [0, ∞)", ["s", "in", "[", "0", ",", "inf", ")"]),
        ("X^{-1} x^{a^{b}} A.^{2}", [*"X^(-1)", *"x^(a^(b))", "A", ".^", "2"]),
        ("X^{T} X^{+} ||A||_{F} X⁺", ["X", "^", "T", "X", "^", "+", "||", "A", "||", "_", "F", "X", "^", "+"]),
        ("x_{12} I_{n} 0_{n}", ["x_12", "I_n", "0_n"]),
        ("√2/2 √(x)^2 √x", ["sqrt", *"(2)/2", "sqrt", *"(x)^2", "sqrt", *"(x)"]),
        ("W @ x", ["W", "*", "x"]),
        ("", []),
    ],
)
def test_pieces(text, pieces):
    assert [token.text for token in tokens(text)] == [*pieces, ""]


def test_a_piece_knows_its_place():
    a, plus, b, end = tokens("aa +b")
    assert (a.column, a.end, a.kind, a.glued) == (1, 3, "name", True)
    assert (plus.column, plus.end, plus.kind, plus.glued) == (4, 5, "+", False)
    assert (b.column, b.end, b.glued) == (5, 6, True)
    assert (end.kind, end.column) == ("end", 6)


@given(
    st.lists(st.sampled_from([*"abXΣ019 *^'_|+-/(),;[]=<>ᵀ−·\t", ".*", "²", "⁻¹", "./", "!=", "||"]), max_size=30).map(
        "".join
    )
)
def test_pieces_are_the_text_without_its_spaces(text):
    found = tokens(text)
    for token in found[:-1]:
        typed = text[token.column - 1 : token.end - 1]
        assert token.text == typed or typed[:1] in "²⁻ᵀ−·" or typed == "**"
    assert [token.column for token in found] == sorted(token.column for token in found)


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("x + $", 5, "cannot read '\\$'"),
        ("x \\ y", 3, r"^column 3: cannot read '\\': LaTeX is not read here$"),
        ("x² + A⁻¹ $", 10, "cannot read"),
        ("x ** \x00", 6, r"cannot read '\\x00'"),
        ("x # y", 3, "cannot read '#'"),
        ("x {y}", 3, "cannot read '{'"),
        ("x^2}", 4, "cannot read '}'"),
        ("1 + √2x", 5, "need brackets that say how far the root reaches"),
        ("√x^2", 1, "need brackets that say how far the root reaches"),
        ("√-1", 1, "need brackets that say how far the root reaches"),
        ("x" * (MOST_CHARACTERS + 1), 0, f"at most {MOST_CHARACTERS} characters, got {MOST_CHARACTERS + 1}"),
        ("x " * (MOST_TOKENS + 1), 2 * MOST_TOKENS + 1, f"at most {MOST_TOKENS} pieces"),
    ],
)
def test_tokens_refuse(text, column, message):
    with pytest.raises(SyntaxProblem, match=message) as caught:
        tokens(text)
    assert caught.value.column == column


@pytest.mark.parametrize(
    ("text", "value"),
    [("0.1", Fraction(1, 10)), ("2.50", Fraction(5, 2)), ("1e-3", Fraction(1, 1000)), ("12E2", Fraction(1200))],
)
def test_numbers_are_exact(text, value):
    assert exact(text, 1) == value


@pytest.mark.parametrize("text", ["1" * 41, "1e301", "1e-999999999"])
def test_absurd_numbers_are_refused(text):
    with pytest.raises(SyntaxProblem, match="at most 40 digits and an exponent up to 300") as caught:
        exact(text, 7)
    assert caught.value.column == 7
