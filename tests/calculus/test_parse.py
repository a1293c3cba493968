import pytest
from hypothesis import given
from hypothesis import strategies as st

from thalweg.calculus.nodes import CalculusError, SyntaxProblem
from thalweg.calculus.parse import DEEPEST, LONGEST, parse
from thalweg.calculus.syntax import FUNCTIONS, RELATIONS, WORDS, Syntax


def built(syntax: Syntax) -> str:
    """Syntax in Lisp's way, so that nothing but who stands with whom is compared."""
    inside = " ".join([syntax.op, *([syntax.text] if syntax.text else []), *(built(arg) for arg in syntax.args)])
    return syntax.text if syntax.op in ("name", "number") else f"({inside})"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a + b - c", "(sub (add a b) c)"),
        ("a b c", "(mul (mul a b) c)"),
        ("a * b c", "(mul (mul a b) c)"),
        ("-a b", "(mul (neg a) b)"),
        ("-a^2", "(neg (power a 2))"),
        ("a - -b", "(sub a (neg b))"),
        ("- - a", "a"),
        ("a^-1", "(power a (neg 1))"),
        ("a b^2", "(mul a (power b 2))"),
        ("x'y'", "(mul (transpose x) (transpose y))"),
        ("x^T y", "(mul (transpose x) y)"),
        ("x'^2", "(power (transpose x) 2)"),
        ("x^2'", "(transpose (power x 2))"),
        ("a .* b + c", "(add (hadamard a b) c)"),
        ("a ./ b .* c", "(hadamard (divide_entries a b) c)"),
        ("x.^2", "(power_entries x 2)"),
        ("a / b * c", "(mul (div a b) c)"),
        ("1/2 x", "(mul (div 1 2) x)"),
        ("2 a / b", "(div (mul 2 a) b)"),
        ("||x||^2", "(power (norm x) 2)"),
        ("||A||_F ||B||_2", "(mul (norm F A) (norm 2 B))"),
        ("|a| |b|", "(mul (bars a) (bars b))"),
        ("||x| y|", None),
        ("|(|a|)|", "(bars (bars a))"),
        ("[a, b; c, d]", "(block 2 2 a b c d)"),
        ("[a]", "(block 1 1 a)"),
        ("A[1,2] x[3]", "(mul (index A 1 2) (index x 3))"),
        ("A [1, 2]", "(mul A (block 1 2 1 2))"),
        ("inv(A) x", "(mul (call inv A) x)"),
        ("ln(a) ReLU(x)'", "(mul (call log a) (transpose (call relu x)))"),
        ("X^+ y", "(mul (call pinv X) y)"),
        ("(A B)^+'", "(transpose (call pinv (mul A B)))"),
        ("(A)^{-1}b", "(mul (power A (neg 1)) b)"),
        ("√2/2", "(div (call sqrt 2) 2)"),
        ("inv (A)", "(mul inv A)"),
        ("E[x x']", "(call E (mul x (transpose x)))"),
        ("E [x]", "(mul E (block 1 1 x))"),
        ("lim(f, t -> 0+)", "(call lim f (tends + t 0))"),
        ("lim(f, t -> inf)", "(call lim f (tends t inf))"),
        ("a < b <= c", "(compare < <= a b c)"),
        ("a == b", "(compare = a b)"),
        ("p or q or r and s and t", "(or p q (and r s t))"),
        ("p implies q implies r", "(implies p (implies q r))"),
        ("p if q", "(implies q p)"),
        ("p or q and r", "(or p (and q r))"),
        ("not p and q", "(and (not p) q)"),
        ("not a = b", "(not (compare = a b))"),
        ("p iff q implies r or s", "(iff p (implies q (or r s)))"),
        ("forall x, y: a = b and c", "(forall 0 (and (compare = a b) c) x y)"),
        ("forall s in (0, 1]: a = b", "(forall 1 (compare = a b) (interval (] 0 1) s)"),
        ("t in [0, inf)", "(in t (interval [) 0 inf))"),
        ("w converges", "(converges w)"),
        ("w -> y / s", "(tends w (div y s))"),
        ("(a + b) c", "(mul (add a b) c)"),
        ("where(a > b, u, v)", "(call where (compare > a b) u v)"),
        ("A'[2,1]", "(index (transpose A) 2 1)"),
        ("(A B)[1]", "(index (mul A B) 1)"),
        ("inv(A)[1,2]", "(index (call inv A) 1 2)"),
        ("x' [2,1]", "(mul (transpose x) (block 1 2 2 1))"),
        ("x'[2;1]", "(mul (transpose x) (block 2 1 2 1))"),
        ("x'[a]", "(mul (transpose x) (block 1 1 a))"),
    ],
)
def test_who_stands_with_whom(text, expected):
    if expected is None:
        with pytest.raises(SyntaxProblem):
            parse(text)
    else:
        assert built(parse(text).syntax) == expected


@pytest.mark.parametrize(
    ("text", "forks", "otherwise"),
    [
        ("a / b c", (3,), "(div a (mul b c))"),
        ("a / b c + d", (3,), "(add (div a (mul b c)) d)"),
        ("a/2x", (2,), "(div a (mul 2 x))"),
        ("1/2 x", (), None),
        ("a / b * c", (), None),
        ("a / (b c)", (), None),
        ("a / b' c^2 d", (3,), "(div a (mul (mul (transpose b) (power c 2)) d))"),
    ],
)
def test_a_slash_before_a_product_has_two_readings(text, forks, otherwise):
    assert parse(text).forks == forks
    if otherwise:
        assert built(parse(text, forks).syntax) == otherwise


def test_a_piece_knows_where_it_stands():
    syntax = parse("a + inv(B c)").syntax
    call = syntax.args[1]
    assert (syntax.column, syntax.end) == (1, 13)
    assert (call.column, call.end) == (5, 13)
    assert (call.args[0].column, call.args[0].end) == (9, 12)


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("", 1, "need a name, a number or a bracket, got the end"),
        ("a +", 4, "got the end"),
        ("a )", 3, "need an operator or the end, got '\\)'"),
        ("(a + b", 7, "need '\\)' to close the '\\(' of column 1, got the end"),
        ("||a", 4, "need '\\|\\|' to close the '\\|\\|' of column 1"),
        ("[a, b; c]", 9, "need as many blocks in each row, got 2, 1"),
        ("[a, b", 6, "need '\\]' to close"),
        ("inv(A", 6, "need '\\)' to close the '\\(' of column 4"),
        ("a^b^c", 4, "need brackets that say which power comes first"),
        ("x^+2", 3, "need a matrix before"),
        ("lim(1/t, t -> 0^+)", 17, r"or lam -> 0\+, without"),
        ("a = ", 5, "need a name, a number or a bracket"),
        ("a not b", 3, "need an operator or the end, got 'not'"),
        ("and a", 1, "need a name, a number or a bracket, got 'and'"),
        ("forall 2: a", 8, "need a name, got '2'"),
        ("forall x a = b", 10, "need ':', got 'a'"),
        ("x in 1", 6, "need an interval such as \\[0, 1\\] or \\(0, inf\\)"),
        ("x in [0, 1", 11, "need '\\]' or '\\)' to close the interval of column 6"),
        ("x in [0 1]", 10, "need ',', got '\\]'"),
        ("* a", 1, "got '\\*'"),
        ("p iff q iff r", 9, "need brackets that say which iff comes first"),
        ("(" * (DEEPEST + 2), DEEPEST + 1, f"at most {DEEPEST} levels within each other"),
        ("not " * (DEEPEST + 2) + "a", 4 * DEEPEST - 3, f"at most {DEEPEST} levels"),
        ("a implies " * (DEEPEST + 2) + "a", 10 * DEEPEST - 7, f"at most {DEEPEST} levels"),
        ("x" + "'" * (LONGEST + 1), LONGEST + 2, f'at most {LONGEST} of "\'" in a row'),
        ("a" + " / b" * (LONGEST + 1), 4 * LONGEST + 3, f"at most {LONGEST} of '/' in a row"),
    ],
)
def test_parse_refuses(text, column, message):
    with pytest.raises(SyntaxProblem, match=message) as caught:
        parse(text)
    assert caught.value.column == column


PIECES = [
    *sorted(WORDS),
    *sorted(FUNCTIONS)[:12],
    *RELATIONS,
    *"abAx'()[]|+-*/^,;:_12 ",
    "||",
    ".*",
    ".^",
    "->",
    "E[",
    "E",
]


@given(st.lists(st.sampled_from(PIECES), max_size=25), st.booleans())
def test_any_text_is_read_or_refused_with_a_column(pieces, has_spaces):
    text = (" " if has_spaces else "").join(pieces)
    try:
        syntax = parse(text).syntax
        places = (syntax.column, syntax.end)
    except CalculusError as problem:
        places = (problem.column,)
    assert all(0 <= place <= len(text) + 1 for place in places)
