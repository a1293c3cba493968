import random
from fractions import Fraction

import numpy as np
import pytest

from thalweg.calculus.elimination import rank
from thalweg.calculus.exact import holds
from thalweg.calculus.fields import RATIONALS, Inexact, Undefined
from thalweg.calculus.intervals import INTERVALS
from thalweg.calculus.meaning import Scope, understand
from thalweg.calculus.nodes import SCALAR, Shape, symbol
from thalweg.calculus.show import text
from thalweg.calculus.sizes import ONE, size_of
from thalweg.claims import clock
from thalweg.claims.hunt.certify import has_traits
from thalweg.claims.nouns import Claim, Verdict
from thalweg.claims.singular import modes

F = Fraction
n, d = size_of("n"), size_of("d")
TALL, WIDE = ((n, d),), ((d, n),)
COLUMNS, ROWS = "full column rank", "full row rank"
SHAPES = {
    "X": Shape(n, d),
    "y": Shape(n, ONE),
    "z": Shape(n, ONE),
    "w": Shape(d, ONE),
    "v": Shape(d, ONE),
    "A": Shape(n, n),
    "B": Shape(n, d),
}


def claim(statement, *givens, sizes=(), square=False, **traits):
    """X is n by d, or n by n; y and z go with its rows, w and v with its columns; A is n by n and B like X; lam is positive."""
    shapes = (
        {**SHAPES, "X": Shape(n, n), "B": Shape(n, n), "w": Shape(n, ONE), "v": Shape(n, ONE)} if square else SHAPES
    )
    said = {"lam": "positive", **traits}
    names = {name: shapes.get(name, SCALAR) for name in [*shapes, "lam", "eta", "alpha", "c"]}
    names = {
        name: symbol(name, shape, frozenset(filter(None, said.get(name, "").split(", "))))
        for name, shape in names.items()
    }
    scope = Scope(names, {"n", "d"})
    made = [understand(part, scope).expr for part in (statement, *givens)]
    return Claim(made[0], tuple(made[1:]), names, ("n", "d"), sizes)


def proof(*args, **kwargs):
    return modes.prove(claim(*args, **kwargs), clock.now() + 5)


# Small cases, evaluated exactly


def truth(statement, values, sizes):
    for field in (RATIONALS, INTERVALS):
        try:
            told = holds(statement, values, sizes, field)
        except Inexact:
            continue
        if told is not None:
            return told
    return None


def matrix(rng, rows, columns, entries):
    return [[F(rng.choice(entries)) for _ in range(columns)] for _ in range(rows)]


def cases(made, rng, count):
    """Values of all names, with their traits: tall, wide and square, of full and of lower rank."""
    while count:
        count -= 1
        sizes = {"n": rng.randint(1, 3), "d": rng.randint(1, 3)}
        entries = rng.choice([(0, 1), (-1, 0, 1), (-2, -1, 1, 2, 3), (0,), (1,), (F(1, 2), -1, 2)])
        values = {}
        for name, node in made.symbols.items():
            shape = (node.shape.rows.at(sizes), node.shape.columns.at(sizes))
            values[name] = matrix(rng, *shape, entries if shape != (1, 1) else (0, 1, 2, F(1, 2), F(1, 10), -1, 3))
        if "symmetric" in made.symbols["A"].value.traits:
            values["A"] = [[values["A"][min(i, j)][max(i, j)] for j in range(sizes["n"])] for i in range(sizes["n"])]
        yield values, sizes


def refuting_case(made, seed=0, count=400):
    """A case that satisfies everything that is assumed, and not the statement."""
    used = [
        node
        for name, node in made.symbols.items()
        if any(part.value == node.value for s in (made.statement, *made.givens) for part in s.walk())
    ]
    for values, sizes in cases(made, random.Random(seed), count):
        try:
            if any(a.at(sizes) < b.at(sizes) for a, b in made.size_givens):
                continue
            if not all(has_traits(node, numbers(values[node.value.name]), RATIONALS) for node in used):
                continue
            if (
                all(truth(given, values, sizes) for given in made.givens)
                and truth(made.statement, values, sizes) is False
            ):
                return values
        except Undefined:
            continue
    return None


def numbers(rows):
    return np.array(rows, dtype=object)


RIDGE = "inv(X' X + lam I) X'"
STEP = "||(eye(d) - eta X' X) w + eta X' y|| <= ||w|| + eta alpha ||y||"
TRUE = [
    (f"{RIDGE} = X' inv(X X' + lam I)", {}),
    (f"{RIDGE} y = X' inv(X X' + lam I) y", {}),
    ("inv(X' X) X' X = eye(d)", {}),
    ("X X' inv(X X') = eye(n)", {}),
    ("X (X' inv(X X') y) = y", {}),
    ("X w = y if w = X' inv(X X') y", {}),
    ("X (pinv(X) y) = y", {"X": ROWS}),
    ("X pinv(X) X = X and pinv(X) X pinv(X) = pinv(X) and (X pinv(X))' = X pinv(X)", {}),
    ("pinv(X) = inv(X' X) X'", {"X": COLUMNS}),
    ("pinv(X) = X' inv(X X')", {"X": ROWS}),
    ("pinv(X') = pinv(X)' and pinv(X' X) = pinv(X) pinv(X)'", {}),
    ("inv(X) = pinv(X) and inv(X') = inv(X)'", {"square": True}),
    ("X' X = eye(n) and ||X w|| = ||w|| and inv(X) = X'", {"square": True, "X": "orthogonal"}),
    ("[X; sqrt(lam) eye(d)]' [X; sqrt(lam) eye(d)] = X' X + lam eye(d)", {}),
    (f"inv([X; sqrt(lam) eye(d)]' [X; sqrt(lam) eye(d)]) [X; sqrt(lam) eye(d)]' [y; zeros(d)] = {RIDGE} y", {}),
    ("[X, sqrt(lam) eye(n)]' inv(X X' + lam I) y = [X' inv(X X' + lam I) y; sqrt(lam) inv(X X' + lam I) y]", {}),
    ("(X' X + lam eye(d)) w = X' y if w = X' inv(X X' + lam I) y", {}),
    ("X' (y - X w) = 0 if w = inv(X' X) X' y", {}),
    ("y = X w implies inv(X' X) X' y = w", {}),
    (f"||{RIDGE} y|| <= ||y|| / (2 sqrt(lam))", {}),
    (f"||{RIDGE} y|| <= ||inv(X' X) X' y||", {}),
    (f"||{RIDGE} y|| <= ||pinv(X) y||", {}),
    (f"||{RIDGE} y|| <= 1/lam ||X' y||", {}),
    (f"||y - X {RIDGE} y|| <= ||y||", {}),
    ("||y - X pinv(X) y||^2 = ||y||^2 - ||X pinv(X) y||^2", {}),
    ("||X w|| <= smax(X) ||w|| and ||X' y|| <= smax(X) ||y||", {}),
    ("||X w|| >= smin(X) ||w||", {"sizes": TALL}),
    ("smin(X) >= 0 and smin(X' X + lam eye(d)) >= lam", {}),
    ("|y' X w| <= smax(X) ||y|| ||w|| and y' z <= ||y|| ||z||", {}),
    ("||X w + y|| <= smax(X) ||w|| + ||y||", {}),
    ("||X w|| <= 2 ||X' X w|| + smax(X) ||w||", {}),
    ("w' (X' X + lam eye(d)) w >= lam ||w||^2 and w' X' X w >= 0", {}),
    ("smax(X' X) = smax(X)^2 and smax(X' X) <= ||X||_F^2 and smax(X) <= ||X||_F", {}),
    ("smax(inv(X' X + lam eye(d))) <= 1/lam and emin(X' X + lam eye(d)) >= lam", {}),
    ("smax(X (X' X)) = smax(X)^3 and norm(eye(d) + 0 X' X) >= 0", {}),
    ("tr(X inv(X' X + lam eye(d)) X') < d and tr(X inv(X' X + lam eye(d)) X') <= n", {}),
    ("tr(X inv(X' X) X') = d", {}),
    ("tr(X' X) = tr(X X') and ||X||_F^2 = tr(X' X) and 2 n tr(X' X) = n tr(X X') + n ||X||_F^2", {}),
    ("emax(A + lam I) = emax(A) + lam and emin(A) <= emax(A)", {"A": "symmetric"}),
    ("A inv(A + lam I) = I - lam inv(A + lam I) and y' A y <= emax(A) ||y||^2", {"A": "psd"}),
    ("A^2 - I = (A - I) (A + I) and A A' = A^2", {"A": "symmetric"}),
    ("A inv(A) y = y", {"A": "pd"}),
]


@pytest.mark.parametrize(("statement", "options"), TRUE, ids=str)
def test_true_claims_are_proved(statement, options):
    answer = proof(statement, **options)
    assert answer is not None
    assert answer.verdict is Verdict.PROVED
    assert refuting_case(claim(statement, **options), count=40) is None


@pytest.mark.parametrize(
    "givens",
    [
        ("alpha = smax(X)", "eta alpha^2 <= 2", "eta >= 0"),
        ("alpha >= smax(X)", "eta alpha^2 <= 2", "eta >= 0"),
        ("alpha = smax(X)", "smax(eye(d) - eta X' X) <= 1"),
        ("alpha >= smax(X)", "smax(eye(d) - eta X' X) <= 1", "eta > 0"),
        ("alpha = smax(X)", "emax(eta X' X) <= 2", "eta >= 0"),
    ],
)
def test_descent_does_not_go_nuts(givens):
    answer = proof(STEP, *givens)
    assert answer.how == (
        "through the singular values: every mode obeys eta alpha >= 0 and |1 - eta s^2| <= 1 and |eta s| <= eta alpha"
    )


@pytest.mark.parametrize(
    "givens",
    [
        ("alpha = smax(X)", "eta alpha^2 <= 2"),
        ("alpha = smax(X)", "eta alpha^2 <= 3", "eta >= 0"),
        ("alpha <= smax(X)", "eta alpha^2 <= 2", "eta >= 0"),
        ("alpha = smin(X)", "smax(eye(d) - eta X' X) <= 1", "eta > 0"),
        ("alpha >= smax(X)", "smax(eye(d) - eta X' X) <= 1"),
        ("alpha = smax(X)", "emax(eye(d) - eta X' X) <= 1", "eta >= 0"),
        ("alpha = smax(X)", "eta alpha <= 2", "eta >= 0"),
    ],
)
def test_descent_may_go_nuts(givens):
    assert proof(STEP, *givens) is None


FALSE = [
    ("inv(X' X) X' = X' inv(X X' + lam I)", {}),
    ("inv(X X' + lam I) X' = X' inv(X X' + lam I)", {"square": True}),
    ("X inv(X' X) X' = eye(n)", {}),
    ("X pinv(X) = eye(n)", {}),
    ("pinv(X) X = eye(d)", {}),
    ("pinv(X) X = eye(d)", {"X": ROWS}),
    ("pinv(X) X = eye(d)", {"sizes": TALL}),
    ("X pinv(X) = eye(n)", {"X": COLUMNS}),
    ("X (pinv(X) y) = y", {"sizes": WIDE}),
    ("pinv(X) = inv(X' X + lam eye(d)) X'", {}),
    ("X' X = X X'", {"square": True}),
    ("X X = X' X'", {"square": True}),
    ("X X' X = X X X'", {"square": True}),
    ("w' X w >= 0", {"square": True}),
    ("X = X'", {"square": True}),
    ("X = eye(n) if X' X = eye(n)", {"square": True}),
    ("X w = zeros(n) if B w = zeros(n)", {}),
    ("y' X w >= 0 if ||y|| = ||w||", {}),
    ("A y = emax(A) y", {"A": "symmetric"}),
    ("smax(A) = emax(A)", {"A": "symmetric"}),
    ("emax(A^2) = emax(A)^2", {"A": "symmetric"}),
    ("y' A y >= 0", {"A": "symmetric"}),
    ("y' A y > 0", {"A": "psd"}),
    ("A inv(A + lam I) = I - lam inv(A + lam I) + 0 A and A = I", {"A": "psd"}),
    (f"||{RIDGE} y|| < ||y|| / (2 sqrt(lam))", {}),
    (f"||{RIDGE} y|| <= ||y|| / (2 lam)", {}),
    (f"||{RIDGE} y|| <= ||pinv(X) y||", {"lam": ""}),
    (f"||{RIDGE} y|| < ||pinv(X) y||", {}),
    ("||inv(X' X + lam eye(d)) w|| < 1/lam ||w||", {}),
    ("||X w|| >= smin(X) ||w||", {}),
    ("||X' y|| >= smin(X) ||y||", {"sizes": TALL}),
    ("||X w|| < smax(X) ||w||", {}),
    ("||X w + y|| <= ||w|| + smax(X) ||y||", {}),
    ("||X w + y|| = ||X w|| + ||y||", {}),
    ("y' X w <= ||y|| ||w||", {}),
    ("y' X w <= c ||y|| ||w||", {}),
    ("||X w|| <= c ||w|| if c^2 >= smax(X)^2", {}),
    ("||X||_F <= smax(X)", {}),
    ("||X||_F < tr(X' X)", {}),
    ("smin(X' X) = smin(X)^2", {}),
    ("smax(X' X) = smax(X)^2 + lam", {}),
    ("smax(X' X - lam eye(d)) = smax(X)^2 - lam", {}),
    ("smin(X' X) >= smin(X)^2", {}),
    ("emin(X X') >= lam", {}),
    ("tr(X inv(X' X + lam eye(d)) X') < d", {"lam": "nonnegative"}),
    ("tr(X inv(X' X) X') = n", {}),
    ("tr(X pinv(X)) = d", {}),
    ("tr(X' X + eye(d)) = tr(X X' + eye(n))", {}),
    ("tr(y' X w) = 0", {}),
    ("||2 lam|| <= lam", {}),
    ("n lam^2 + tr(X' X) = ||lam||^2 + ||X||_F^2", {"sizes": TALL}),
    ("n lam + tr(X' X) = tr(lam) + ||X||_F^2", {"sizes": TALL}),
    ("tr(2 lam) = lam", {}),
    ("(y' y) X w = (w' w) X w", {}),
    ("inv(X' X) X' y = w if y = X w + z", {}),
    ("y = X w implies y = 0", {}),
    ("X w = y if w = inv(X' X) X' y", {}),
    ("det(X' X) != 0 implies X X' inv(X X' + lam I) = eye(n)", {}),
]


@pytest.mark.parametrize(("statement", "options"), FALSE, ids=str)
def test_false_claims_are_not_proved(statement, options):
    made = claim(statement, **options)
    assert modes.prove(made, clock.now() + 5) is None
    assert refuting_case(made, count=3000) is not None, "the claim is false"


@pytest.mark.parametrize(
    "statement",
    [
        "X + I = X",
        "X X = X",
        "w = X w",
        "X A = A X",
        "y w' = X",
        "diag(y) X = X",
        "relu(X w) = X w",
        "X .* X = X",
        "X != X",
        "lam = 2",
    ],
)
def test_what_has_no_modes_is_left_alone(statement):
    assert proof(statement, square=True) is None


@pytest.mark.parametrize(
    ("args", "options"),
    [
        (("inv(X - X) X = I",), {"square": True}),
        (("X w = y", "smax(X) < 0"), {}),
        (("X w = 2 X w", "A = A A", "inv(X' X) w = w", "X = 0"), {}),
        (("inv(X X') y = inv(X X') z", "y = z"), {"sizes": ((n, d + size_of(1)),)}),
        (("w = 0", "X w = 0"), {"sizes": ((d, n + size_of(1)),), "X": COLUMNS}),
    ],
)
def test_claims_without_cases_are_vacuous(args, options):
    assert proof(*args, **options).verdict is Verdict.VACUOUS


def test_givens_say_what_traits_say():
    symmetric = claim("X X = X X'", "X = X'", square=True)
    assert modes.prove(symmetric, clock.now() + 5).how.startswith("through the eigenvalues")
    assert proof("pinv(X) X = eye(d)", "det(X' X) != 0").verdict is Verdict.PROVED
    assert proof("||X w|| = ||w||", "X' X = eye(d)").verdict is Verdict.PROVED
    assert proof("||X w|| = ||w||", "X X' = eye(n)") is None


# Claims by the hundred


def square(rng, side, depth):
    base, unit = ("X' X", "eye(d)") if side == "d" else ("X X'", "eye(n)")
    inner = [square(rng, side, depth - 1) for _ in range(2)] if depth else [base, unit]
    plain = [base, unit, f"(lam {unit})"]
    made = ["({0} + {1})", "({0} - {1})", "inv({0})", "pinv({0})", "({0}) ({1})", "({0})^2"]
    return rng.choice(made).format(*inner) if depth and rng.random() < 0.8 else rng.choice(plain)


def across(rng, to, source, depth):
    if to == source:
        return square(rng, to, depth)
    forward = rng.choice(["X", f"({square(rng, 'n', depth)}) X", f"X ({square(rng, 'd', depth)})", "pinv(X')"])
    return forward if to == "n" else f"({forward})'"


def generated(rng):
    to, source = rng.choice("nd"), rng.choice("nd")
    vector, other = ({"n": "y", "d": "w"}[side] for side in (source, to))
    first, second = across(rng, to, source, 1), across(rng, to, source, 1)
    number = rng.choice(["lam", "smax(X)", "1/lam", "smin(X)", "1"])
    own = square(rng, to, 1)
    extra = f"{first} pinv(X) X" if source == "d" else f"{first} X pinv(X)"
    return rng.choice([
        f"{first} = {second}",
        f"{first} = {extra}",
        f"({first}) {vector} = ({second}) {vector}",
        f"||({first}) {vector}|| <= {number} ||{vector}||",
        f"||({first}) {vector} + {other}|| <= {number} ||{vector}|| + ||{other}||",
        f"{other}' ({own}) {other} >= {number} ||{other}||^2",
        f"{other}' ({first}) {vector} <= {number} ||{other}|| ||{vector}||",
        f"tr({own}) <= {rng.choice('nd')}",
        f"smax({own}) <= {number}",
        f"smax({own}) = {number}^2",
        f"emin({own}) >= {number}",
    ])


@pytest.mark.parametrize("seed", range(4))
def test_nothing_false_is_proved(seed):
    rng = random.Random(seed)
    proofs = 0
    for _ in range(25):
        options = {
            "X": rng.choice(["", COLUMNS, ROWS]),
            "sizes": rng.choice([(), TALL, WIDE]),
            "lam": rng.choice(["positive", ""]),
        }
        made = claim(generated(rng), **options)
        if modes.prove(made, clock.now() + 1) is not None:
            proofs += 1
            assert refuting_case(made, seed, count=60) is None, text(made.statement)
    assert proofs, "or nothing was tested"


def test_traits_of_cases_are_those_of_numpy():
    for values, _ in cases(claim("X = X"), random.Random(1), 30):
        assert rank(numbers(values["X"]), RATIONALS) == np.linalg.matrix_rank(np.array(values["X"], float))


def test_time_is_kept():
    begun = clock.now()
    assert modes.prove(claim(f"||{RIDGE} y|| <= ||y|| / (2 sqrt(lam))"), begun - 1) is None
    assert clock.now() - begun < 2.0, "the machine may be busy"
