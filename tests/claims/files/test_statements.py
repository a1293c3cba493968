"""What single lines declare and claim; whole files are `test_document`."""

import pytest

from thalweg.calculus.nodes import CalculusError
from thalweg.calculus.show import text
from thalweg.claims.files.markdown import Line
from thalweg.claims.files.scopes import Frame
from thalweg.claims.files.statements import read_block
from thalweg.claims.nouns import Answer, Claim, Verdict, name_of

DECLARED = ["sizes n d", "x, y, c : n", "A, B : n x n", "X : n x d", "a, b, lam : scalar"]


def block(*lines):
    """The items, the problems and the frame of a block."""
    frame = Frame()
    items, problems = read_block(tuple(Line(number, line) for number, line in enumerate(lines, 1)), frame)
    return items, problems, frame


def after(*lines):
    """The same, with names declared in lines 1 to 5."""
    return block(*DECLARED, *lines)


def claimed(*lines):
    """The last claim, which can be read."""
    items, problems, _ = after(*lines)
    assert not problems
    assert isinstance(items[-1].content, Claim), items[-1].content
    return items[-1].content


# Declarations


def test_names_get_shapes_and_traits():
    frame = block(
        "sizes n d",
        "x : n + 2 d",
        "A, B : n x n symmetric, psd",
        "P : 2 x 3 full row rank",
        "Q : n × n positive definite",
        "t : scalar integer >= 0",
    )[2]
    said = {name: (str(node.shape), sorted(node.value.traits)) for name, node in frame.symbols.items()}
    assert said == {
        "x": ("2 d + n x 1", []),
        "A": ("n x n", ["psd", "symmetric"]),
        "B": ("n x n", ["psd", "symmetric"]),
        "P": ("2 x 3", ["full row rank"]),
        "Q": ("n x n", ["pd"]),
        "t": ("scalar", ["integer", "nonnegative"]),
    }


@pytest.mark.parametrize(
    ("said", "traits", "givens"),
    [
        ("> 0", {"positive"}, []),
        (">= 0", {"nonnegative"}, []),
        ("!= 0", {"nonzero"}, []),
        ("≥ 0", {"nonnegative"}, []),
        ("< 0", set(), ["s < 0"]),
        ("in (0, 1)", {"positive"}, ["s < 1"]),
        ("in [0, inf)", {"nonnegative"}, []),
        ("in [1/2, 2)", set(), ["1/2 <= s", "s < 2"]),
        ("> 0, < a, != 1", {"positive"}, ["s < a", "s != 1"]),
    ],
)
def test_relations_of_scalars_are_traits_where_there_is_one_and_givens_elsewhere(said, traits, givens):
    frame = block("a : scalar", f"s : scalar {said}")[2]
    assert frame.symbols["s"].value.traits == traits
    assert [text(given) for given in frame.givens] == givens
    assert all(frame.symbols["s"] in given.walk() for given in frame.givens), (
        "a given speaks of the name with its traits"
    )


def test_a_relation_of_a_vector_is_a_given():
    frame = block("sizes n", "x : n >= 0")[2]
    assert [text(given) for given in frame.givens] == ["x >= 0"]
    assert not frame.symbols["x"].value.traits


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("sizes m 2", "column 9: need names of sizes"),
        ("sizes x", "column 7: need names of sizes (and not x"),
        ("sizes n", "column 7: n is declared in line 1 already; take another name, or begin a new heading"),
        ("let x = 1", "column 5: x is declared in line 2 already"),
        ("run ridge as A", "column 14: A is declared in line 3 already"),
        ("random b : n ~ normal(0, 1)", "column 8: b is declared in line 5 already"),
        ("z : m", "column 5: m is no size here: declare it first, `sizes m`"),
        ("z : 2x3", "column 6: x3 is no size here: declare it first, `sizes x3`; write spaces around the x"),
        ("z : 65", "column 5: need whole sizes from 1 to 64, got 65"),
        ("z : 0", "column 5: need whole sizes from 1 to 64, got 0"),
        ("z : 40 + 40", "column 5: need sizes from 1 to 64, got 80"),
        ("Z : n x d symmetric", "column 4: symmetric needs a square matrix, got n x d"),
        ("z : n integer", "column 4: integer needs a scalar"),
        ("z : scalar whole", "column 12: whole is no trait; there are full column rank"),
        ("Z : n x n symetric", "column 11: symetric is no trait"),
        ("z : n psd tall", "column 11: tall is no trait; there are full column rank"),
        ("z w : n", "column 1: need names, with commas between them"),
        ("I : n x n", "column 1: I is a word of the language; take another name"),
        ("sin : n", "column 1: sin is a function; take another name"),
        ("given x", "column 7: need a statement such as a = b here, got an expression"),
        ("given x = A", "column 7: cannot compare x (n x 1) and A (n x n)"),
        ("given ||A|| = 1", "column 7: can be read in two ways: ||A||_F = 1   or   ||A||_2 = 1"),
        ("let r = a = b", "column 9: need an expression after `let NAME =`, got a statement"),
        ("let r == a", "column 5: need `let NAME = EXPRESSION`"),
        ("let r = a / b lam", "column 9: can be read in two ways: a lam / b   or   a / (b lam)"),
        ("let r = I", "column 9: cannot tell the size of I"),
        ("run as R", "column 5: need `run EXPERIMENT as NAME`"),
        ("run ridge a=1 a=2 as R", "column 10: need at most 20 settings, each of them once"),
        ("random z : n ~ uniform(0, 1)", "column 15: need normal(MEAN, COVARIANCE) after ~"),
        ("random z : n ~ normal(X, 1)", "column 23: the mean here needs the shape n x 1"),
        ("random Z : n x d ~ normal(0, A)", "column 30: need the variance of an entry: a scalar"),
        ("random z : n ~ normal(0, X)", "column 26: the covariance here needs the shape n x n"),
        ("random z : scalar ~ normal(0, -1)", "column 31: need a variance that is certainly not negative, got -1"),
        (
            "random z : n ~ normal(0, a)",
            "column 26: need a covariance that is certainly positive semidefinite, got a I; write it with squares",
        ),
        (
            "random z : scalar ~ normal(0, a)",
            "column 31: need a variance that is certainly not negative, got a; declare `a : scalar >= 0`",
        ),
        (
            "random z : n ~ normal(0, A)",
            "column 26: need a covariance that is certainly positive semidefinite, got A; declare `A : n x n psd`",
        ),
        (
            "hello",
            "column 1: need one of sizes, random, given, let, recurrence, run, claim, chain, or `x : n`, got 'hello'",
        ),
        ("  = x", "column 3: need a claim here; the lines of a chain stand further in"),
        ("given $x", "column 7: the $ here is not closed"),
    ],
)
def test_a_line_that_cannot_be_read_says_where_and_what_is_needed(line, problem):
    items, problems, frame = after(line)
    assert not items
    assert len(problems) == 1
    assert str(problems[0]).startswith(f"line 6, {problem}"), str(problems[0])
    assert frame.doubt == "line 6 above it could not be read"


def test_random_names_have_mean_and_covariance_of_their_shapes():
    frame = after(
        "random N : n x d ~ normal(0, a^2)",
        "random u, v : n ~ normal(x, a^2 I)",
        "random w : n ~ normal(0, lam^2)",
        "random g : scalar ~ normal(1, lam^2)",
        "random M : 2 x 3 ~ normal(5, 1)",
        "random h : n ~ normal(b, 1)",
    )[2]
    said = [
        (name_of(r.symbol), text(r.mean), str(r.mean.shape), text(r.covariance), str(r.covariance.shape))
        for r in frame.randoms
    ]
    assert said == [
        ("N", "0", "n x d", "a^2", "scalar"),
        ("u", "x", "n x 1", "a^2 I", "n x n"),
        ("v", "x", "n x 1", "a^2 I", "n x n"),
        ("w", "0", "n x 1", "lam^2 I", "n x n"),
        ("g", "1", "scalar", "lam^2", "scalar"),
        ("M", "5 ones(2, 3)", "2 x 3", "1", "scalar"),
        ("h", "b ones(n)", "n x 1", "1 I", "n x n"),
    ]
    assert all("random" in r.symbol.value.traits for r in frame.randoms)


# Claims


@pytest.mark.parametrize(
    ("line", "label", "statement"),
    [
        ("claim (a): x' y = y' x", "(a)", "x' y = y' x"),
        ("claim 2, part b : x' y = y' x", "2, part b", "x' y = y' x"),
        ("claim x' y = y' x", "line 6", "x' y = y' x"),
        ("claim: x' y = y' x # why not", "line 6", "x' y = y' x"),
        ("claim forall s: s s >= 0", "line 6", "forall s: s s >= 0"),
        ("claim (f): forall s in [0, 1]: s <= 1", "(f)", "forall s in [0, 1]: s <= 1"),
        ("claim $x^\\top y = y^\\top x$", "line 6", "x' y = y' x"),
        ("claim (l): $x^\\top y$ = y' x", "(l)", "x' y = y' x"),
        ("claim: $\\sigma_{\\max}(A) \\ge \\sigma(a)$", "line 6", "smax(A) >= sigmoid(a)"),
    ],
)
def test_a_label_may_be_left_out(line, label, statement):
    items = after(line)[0]
    assert (items[0].label, text(items[0].content.statement), items[0].line) == (label, statement, 6)


def test_a_label_is_not_taken_from_the_domain_of_a_name():
    assert isinstance(after("claim s in [0, 1]: s <= 1")[0][0].content, CalculusError)


def test_a_claim_carries_everything_that_is_declared_so_far():
    claim = claimed("given x' x = 1 and n >= d", "claim x' x = 1", "given y = 0", "claim (b): x' y = 0")
    assert [text(given) for given in claim.givens] == ["x' x = 1", "y = 0"]
    assert claim.sizes == ("n", "d")
    assert [(str(large), str(small)) for large, small in claim.size_givens] == [("n", "d")]
    assert set(claim.symbols) == {"x", "y", "c", "A", "B", "X", "a", "b", "lam"}
    assert (claim.label, claim.text, claim.line) == ("(b)", "x' y = 0", 9)


def test_a_claim_whose_shapes_do_not_fit_is_ill_typed_at_a_column():
    (item,), problems, _ = after("claim (a): A x = x'")
    assert not problems
    assert item.content.verdict is Verdict.ILL_TYPED
    assert item.content.how.startswith("column 12: cannot compare A x (n x 1) and x' (1 x n): the shapes differ")


@pytest.mark.parametrize(
    ("statement", "readings"),
    [
        ("||A|| = 1", ["||A||_2 = 1"]),
        ("a / b lam = 1", ["a / (b lam) = 1"]),
        ("a / b x = x", []),
        ("1/2 a = b", []),
        ("1/n a = b", []),
        ("a / (2 n) b = b", []),
        ("1/n^2 a = b", []),
        ("1/n||x|| = b", ["1 / (n ||x||) = b"]),
        ("1/(n lam) a = b", ["1 / (n lam a) = b"]),
        ("||x|| = 1", []),
        (
            "||A|| ||B|| a / b lam = 1",
            ["||A||_F ||B||_F a / (b lam) = 1", "||A||_2 ||B||_F a lam / b = 1", "||A||_F ||B||_2 a lam / b = 1"],
        ),
    ],
)
def test_other_readings_are_those_whose_shapes_fit(statement, readings):
    assert [text(reading) for reading in claimed(f"claim {statement}").readings] == readings


def test_where_only_the_other_reading_fits_it_is_the_meaning():
    claim = claimed("claim a / x' x = b")
    assert (text(claim.statement), claim.readings) == ("a / (x' x) = b", ())


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("claim q = 1", "column 7: q is not declared; declared are x"),
        ("claim (a): x' (y", "column 17: need ')' to close the '(' of column 15"),
        ("claim x", "column 7: need a statement such as a = b to claim, got an expression"),
        ("claim (a):", "column 11: need a statement to claim"),
        ("claim", "column 6: need a statement to claim"),
        ("claim R.ohm = 3", "column 7: R is no experiment here: write `run EXPERIMENT as R` before"),
        ("claim x[65] = 1", "column 7: need indices from 1 to 64"),
        ("claim \x00 = 1", "column 7: cannot read"),
    ],
)
def test_a_claim_that_cannot_be_read_knows_its_place(line, problem):
    (item,), problems, _ = after(line)
    assert not problems
    assert isinstance(item.content, CalculusError)
    assert str(item.content).startswith(f"line 6, {problem}"), str(item.content)


@pytest.mark.parametrize(
    ("declaration", "use", "message"),
    [
        ("let a58 = q", "claim a58 = 1", "column 7: a58 is not declared: line 6, which declares it, could not be read"),
        ("p7, q8 : k", "claim a = q8", "column 11: q8 is not declared: line 6, which"),
        ("random z : n ~ norml(0, 1)", "claim E[z] = 0", "column 9: z is not declared: line 6, which"),
        ("recurrence w[t+1] = q w[t]", "claim w[t] = 0", "column 7: w is not declared: line 6, which"),
        ("sizes 3 k", "claim eye(k) = I", "column 11: need a size"),
        (
            "run ridge a as R",
            "claim R.ohm = 1",
            "column 7: R is no experiment here: line 6, which declares it, could not",
        ),
    ],
)
def test_what_a_line_would_have_declared_is_said_where_it_is_missed(declaration, use, message):
    (item,), problems, _ = after(declaration, use)
    assert len(problems) == 1
    assert str(item.content).startswith(f"line 7, {message}"), str(item.content)


def test_no_mean_or_covariance_is_random_itself():
    _, problems, frame = after(
        "random z : n ~ normal(0, I)", "random v : n ~ normal(z, I)", "random w : n ~ normal(0, z z')"
    )
    assert [problem.column for problem in problems] == [23, 26]
    assert all("in which no name is random" in problem.message for problem in problems)
    assert len(frame.randoms) == 1


def test_what_could_not_be_read_puts_later_claims_in_doubt():
    items, problems, _ = after("claim a = b", "given q > 0", "claim a = b")
    assert [item.doubt for item in items] == ["", "line 7 above it could not be read"]
    assert len(problems) == 1


# Chains


def test_every_line_of_a_chain_is_a_claim_about_the_one_before():
    items = after(
        "chain (c):",
        "  ||x - y||^2",
        "  = (x - y)' (x - y)  # a comment",
        "",
        "  = x' x - 2 x' y + y' y = a",
        "  <= b",
        "claim a = b",
    )[0]
    assert [(item.label, item.line) for item in items] == [
        ("(c), line 2", 8),
        ("(c), line 3", 10),
        ("(c), line 4", 11),
        ("line 12", 12),
    ]
    assert [text(item.content.statement) for item in items[:3]] == [
        "||x - y||^2 = (x - y)' (x - y)",
        "(x - y)' (x - y) = x' x - 2 x' y + y' y and x' x - 2 x' y + y' y = a",
        "a <= b",
    ]


def test_a_chain_may_be_latex_and_lets_the_other_side_tell_a_size():
    items = after("chain (c):", "  $A^{-1} A$", "  = I", "  $= \\mathbf{I}_n$")[0]
    assert [text(item.content.statement) for item in items] == ["inv(A) A = I", "I = I"]


@pytest.mark.parametrize(
    ("lines", "problems"),
    [
        (["chain (c):"], ["line 6, column 1: need an expression and then lines"]),
        (["chain (c):", "  x' x"], ["line 6, column 1: need an expression and then lines"]),
        (["chain (c): x' x", "  = a"], ["line 6, column 12: need `chain LABEL:` and nothing after it"]),
        (
            ["chain (c):", "  = x' x", "  = a"],
            ["line 7, column 3: need an expression in the first line", "line 8, column 3: follows a line"],
        ),
        (["chain (c):", "  x' x", "  a"], ["line 8, column 3: need a relation such as ="]),
        (
            ["chain (c):", "  x' q", "  = a"],
            ["line 7, column 6: q is not declared", "line 8, column 3: follows a line"],
        ),
        (["chain (c):", "  a", *["  = a"] * 60], ["line 6, column 1: need at most 60 lines in a chain, got 61"]),
    ],
)
def test_a_chain_that_cannot_be_read_says_where(lines, problems):
    found = [str(item.content) for item in after(*lines)[0]]
    assert len(found) == len(problems)
    assert all(said.startswith(problem) for said, problem in zip(found, problems, strict=True)), found


def test_shapes_that_do_not_fit_in_a_chain_are_answered_at_a_column_of_the_line():
    items = after("chain (c):", "  x x", "    = x", "    = A B")[0]
    answers = [item.content for item in items]
    assert all(isinstance(answer, Answer) and answer.verdict is Verdict.ILL_TYPED for answer in answers)
    assert [answer.how.split(":")[0] for answer in answers] == ["column 5", "column 5"]
