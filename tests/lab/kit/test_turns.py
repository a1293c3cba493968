import html

import pytest

from thalweg.claims.nouns import Answer, Verdict
from thalweg.lab import kit
from thalweg.lab.kit import turns

LIMIT = kit.Turn(
    "?",
    "|1 - eta s^2| < 1 iff (eta > 0 and eta < {})",
    {"eta": "scalar", "s": "scalar > 0"},
    hint="the largest stable rate",
    answer="2/s^2",
    wrong="1/s^2",
)


@pytest.mark.parametrize(
    ("typed", "kind", "words"),
    [
        ("2/s^2", "success", "Right."),
        ("2/(s s)", "success", "Right"),
        ("1/s^2", "danger", "Not yet. For s = "),
        ("2/q^2", "warn", "q is no name that can be used here; use s."),
        ("eta", "warn", "eta is no name that can be used here; use s."),
        ("2/ss", "warn", "write s s (with a space) for the product"),
        ("2/σ^2", "warn", "σ is no name that can be used here; use s."),
        ("2/s²", "success", "Right. Proved for all real numbers that the question allows."),
        (r"\frac{2}{s^2}", "success", "Right"),
        (r"$\frac{2}{s^2}$", "success", "Right"),
        (r"\foo{s}", "warn", r"\foo means nothing here"),
        ("1) or (1 = 1", "warn", "could not be read"),
        ("eta < 2/s^2", "warn", "Type only what stands on the right side, without < and what is before it."),
        ("inf", "warn", "Infinity is no number"),
        ("2/∞", "warn", "Infinity is no number"),
        ("log s", "warn", "log needs brackets right behind it: log(...)"),
        ("2/s^", "warn", "could not be read"),
        ("(" * 60, "warn", "at most"),
        ("1+" * 300, "warn", "at most 200 characters, got 600"),
        ("run organ as R", "warn", "run is no name that can be used here; use s."),
        ("\x00", "warn", "could not be read"),
    ],
)
def test_whatever_is_typed_gets_a_verdict(typed, kind, words):
    found = kit.verdict(LIMIT, typed)
    assert found[0] == kind
    assert words in found[1]


@pytest.mark.parametrize(
    "typed",
    ["deriv(x^2, x)", "1 * deriv (x^2, x)", "argmin((w - 2 x)^2, w)", "lim(2 x + h, h -> 0)", r"\lim_{x \to 2} x"],
)
def test_a_question_is_no_answer(typed):
    turn = kit.Turn("?", "deriv(x^2, x) = {}", {"x": "scalar", "w": "scalar"}, hint="", answer="2 x", wrong="x")
    assert kit.verdict(turn, typed)[0] == "warn"
    assert "still a question" in kit.verdict(turn, typed)[1]


def test_an_answer_of_another_shape_is_told_apart_from_one_that_cannot_be_read():
    turn = kit.Turn(
        "?", "deriv(||w||^2, w) = {}", {"w": "d", "X": "n x d"}, hint="", answer="2 w'", wrong="w'", names=("w",)
    )
    assert kit.verdict(turn, "2 w") == (
        "danger",
        "Not yet. Your answer is a column (d × 1), it should be a row (1 × d).",
    )
    assert kit.verdict(turn, "2 w'") == ("success", "Right. Proved for all sizes.")
    assert kit.verdict(turn, "w' X' X")[1] == "X is no name that can be used here; use w."


NOISE = kit.Turn(
    "(names: `x`, `y`, `s`)",
    "argmin((x w - y)^2 + s^2 w^2, w) = {}",
    {"x": "scalar", "y": "scalar", "w": "scalar", "s": "scalar > 0"},
    hint="",
    answer="x y / (x^2 + s^2)",
    wrong="x",
)
ELBOW = kit.Turn(
    "(`w`, `b`)",
    "w x + b = 0 iff x = {}",
    dict.fromkeys("wxb", "scalar"),
    ("w != 0",),
    hint="",
    answer="-b / w",
    wrong="b",
)
MATRIX = kit.Turn("", "X' y = {}", {"X": "n x d", "y": "n"}, hint="", answer="X' y", wrong="y")


@pytest.mark.parametrize(
    ("turn", "typed", "case"),
    [
        (NOISE, "y/(x + s^2/x)", "x = 0 your answer has no value, it should be 0"),
        (NOISE, "(y/x) / (1 + s^2/x^2)", "x = 0 your answer has no value, it should be 0"),
        (NOISE, "(sqrt(x)/sqrt(x)) (x y / (x^2 + s^2))", "x = "),
        (ELBOW, "-b^2 / (b w)", "b = 0 and w = 1 your answer has no value, it should be 0"),
        (MATRIX, "X' X inv(X' X) X' y", "X = 0 your answer has no value, it should be 0"),
    ],
)
def test_an_answer_without_a_value_where_a_right_one_has_one_is_not_right(turn, typed, case):
    kind, words = kit.verdict(turn, typed)
    assert kind == "danger"
    assert words.startswith(f"Not yet. For {case}")


@pytest.mark.parametrize(
    ("turn", "typed"),
    [(ELBOW, "-b / w"), (ELBOW, "-b w^{-1}"), (ELBOW, "-b w / w^2"), (NOISE, "xy/s² / (1 + x²/s²)"), (MATRIX, "X'y")],
)
def test_a_case_that_the_question_excludes_does_no_harm(turn, typed):
    kind, words = kit.verdict(turn, typed)
    assert kind == "success"
    assert words.startswith("Right. Proved for all ")


def test_where_it_is_not_known_whether_an_answer_has_a_value_that_is_said(monkeypatch):
    monkeypatch.setattr(turns, "has_value", lambda *_: Answer(Verdict.UNDECIDED, ""))
    turns._valued.cache_clear()
    assert kit.verdict(LIMIT, "2/s^2")[1].startswith("Right where it has a value. Proved for all real numbers")
    turns._valued.cache_clear()


CUT = kit.Turn(
    "(in `pi`, `R` and `C`)",
    "1 / sqrt(1 + (2 pi f R C)^2) > 1 / sqrt(2) iff f < {}",
    dict.fromkeys("fRC", "scalar > 0"),
    hint="",
    answer="1 / (2 pi R C)",
    wrong="1 / (R C)",
)
GAIN = kit.Turn(
    "(a number)",
    "2 pi f R C = 1 implies 1 / sqrt(1 + (2 pi f R C)^2) = {}",
    dict.fromkeys("fRC", "scalar > 0"),
    hint="",
    answer="1 / sqrt(2)",
    wrong="1/2",
)
RATIO = kit.Turn(
    "(`eps`, `rho`)",
    "log(eps) = {} log(rho)",
    dict.fromkeys(("eps", "rho"), "scalar > 0"),
    ("rho != 1",),
    hint="",
    answer="log(eps) / log(rho)",
    wrong="1",
)
LAYER = kit.Turn(
    "", "deriv(g' W x, x) = {}", {"g": "n", "W": "n x d", "x": "d"}, hint="", answer="g' W", wrong="2 g' W"
)
UNITS = kit.Turn("", "deriv(1/2 ||relu(x)||^2, x) = {}", {"x": "n"}, hint="", answer="relu(x)'", wrong="x'")


@pytest.mark.parametrize(
    ("turn", "typed", "kind", "words"),
    [
        (CUT, "1/(2πRC)", "success", "Right. Proved for all real numbers that the question allows."),
        (CUT, "1/(2 pi R C)", "success", "Right. Proved"),
        (CUT, "1/(R C)", "danger", "Not yet. For R = 1 and C = 1 your answer gives 1, it should be 0.159155."),
        (CUT, "1/(6 R C)", "danger", "it should be 0.159155."),
        (CUT, "f", "warn", "f is no name that can be used here; use R, C and pi."),
        (GAIN, "√2/2", "success", "Right. Proved"),
        (GAIN, "1/√2", "success", "Right. Proved"),
        (GAIN, "1/2", "danger", "Not yet. It is not 1/2."),
        (GAIN, "0.7071", "danger", "Not yet. It is not 7071/10000."),
        (GAIN, "R", "warn", "R is no name that can be used here; use numbers."),
        (RATIO, "ln(eps)/ln(rho)", "success", "Right"),
        (RATIO, "ln(ε)/ln(ρ)", "success", "Right"),
        (RATIO, "log eps / log rho", "warn", "log needs brackets"),
        (LAYER, "g'@W", "success", "Right. Proved for all sizes."),
        (UNITS, "ReLU(x)'", "success", "Right. Proved for all sizes."),
    ],
)
def test_natural_spellings_are_read(turn, typed, kind, words):
    found = kit.verdict(turn, typed)
    assert found[0] == kind
    assert words in found[1]


def ridge(limit):
    shapes = {"X": "n x d full row rank", "y": "n", "lam": "scalar > 0"}
    turn = kit.Turn(
        "Where? (names: `X`, `y`)",
        "lim(inv(X' X + lam I) X' y, lam -> 0+) = {}",
        shapes,
        hint="",
        answer="X' inv(X X') y",
        wrong="y",
    )
    return kit.verdict(turn, limit)


def test_an_inverse_that_does_not_exist_is_no_right_answer():
    assert ridge("X' inv(X X') y") == ("success", "Right. Proved for all sizes.")
    for typed in ("X^+ y", "X^{+} y", "X' (XX')^{-1} y"):
        assert ridge(typed) == ("success", "Right. Proved for all sizes.")
    kind, words = ridge("inv(X' X) X' y")
    assert kind == "danger"
    assert words == "Not yet. For n = 1, d = 2: X' X is 2 x 2 and its rank is at most 1, so it has no inverse."


@pytest.mark.parametrize(
    ("answer", "typed", "words"),
    [
        ("2 x", "x", "Not yet. For x = 1 your answer gives 1, it should be 2."),
        ("2 x", "-x / 2", "Not yet. For x = 1 your answer gives −1/2, it should be 2."),
        ("2 x", "1/x - 1/x + 2 x", "Not yet. For x = 0 your answer has no value, it should be 0."),
        ("2 x", "x + x", "Right. Proved for all real numbers."),
        ("1 / sqrt(2)", "1/2", "Not yet. It is not 1/2."),
        ("sqrt(2) x", "x", "Not yet. For x = −1 your answer gives −1, it should be −1.41421."),
        ("2 x", "sqrt(-1 - x^2)", "Not yet. This has no value in any case that the question allows."),
    ],
)
def test_what_is_wrong_is_said_with_a_case(answer, typed, words):
    turn = kit.Turn("?", f"{answer} = {{}}", {"x": "scalar"}, hint="", answer=answer, wrong="x")
    assert kit.verdict(turn, typed)[1] == words


@pytest.mark.parametrize(
    ("found", "kind", "words"),
    [
        (Answer(Verdict.PROVED, "by z3"), "success", "Right. Proved for all real numbers that the question allows."),
        (
            Answer(Verdict.PROVED, "both sides have the same canonical form, where X is invertible"),
            "success",
            "Right. Proved for all real numbers that the question allows, where X can be inverted.",
        ),
        (Answer(Verdict.PASSED, "", samples=7), "success", "Right, as far as was tried: it holds in all 7 cases"),
        (Answer(Verdict.AMBIGUOUS, ""), "warn", "two ways"),
        (Answer(Verdict.VACUOUS, ""), "danger", "Not yet. This has no value"),
        (Answer(Verdict.FALSE, "z3 found a case"), "danger", "Not yet."),
        (Answer(Verdict.UNDECIDED, "z3 knows not"), "warn", "could not be decided"),
    ],
)
def test_every_verdict_is_said_in_plain_words(found, kind, words, monkeypatch):
    monkeypatch.setattr(turns, "check", lambda *_: found)
    turns._checked.cache_clear()
    said = kit.verdict(LIMIT, "2/s^2 + 1 - 1")
    turns._checked.cache_clear()
    assert said[0] == kind
    assert words in said[1]
    assert not any(word in said[1] for word in ("z3", "canonical", "singular"))


@pytest.mark.parametrize(("typed", "is_hinted"), [("", True), ("1/s^2", True), ("q", True), ("2/s^2", False)])
def test_the_hint_stays_until_the_answer_is_right(typed, is_hinted):
    assert ("the largest stable rate" in kit.judged(LIMIT, typed).text) is is_hinted


def test_a_field_is_named_by_its_question():
    field = kit.ask(kit.Turn(r"What is $x^\top < y$?", "1 = {}", {}, hint="", answer="1", wrong="2")).elements[0]
    assert '"sr-only"' in field._args.label
    assert html.escape("What is x' < y?") in field._args.label


def test_only_names_of_an_answer_may_be_typed():
    assert [*LIMIT.open_shapes] == ["s"]
    shapes = {"a": "scalar", "b": "scalar", "c": "scalar"}
    assert [*kit.Turn("(names: `b`)", "{}", shapes, hint="", answer="a", wrong="a").open_shapes] == ["a", "b"]
    assert [*kit.Turn("(names: `b`)", "{}", shapes, hint="", answer="a", wrong="a", names=("c",)).open_shapes] == ["c"]


def test_what_was_not_decided_is_tried_again(monkeypatch):
    said = [Answer(Verdict.UNDECIDED, "no time"), Answer(Verdict.PROVED, "by magic")]
    monkeypatch.setattr(turns, "check", lambda *_: said.pop(0))
    answers = [kit.verdict(LIMIT, "2/s^2 + 0") for _ in range(3)]
    assert [kind for kind, _ in answers] == ["warn", "success", "success"]


def test_what_a_visitor_typed_is_shown_as_text():
    assert "<script>" not in kit.judged(LIMIT, "<script>alert(1)</script>").text


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("2/s^2 + 1e-12", ": your answer is off by about 10⁻¹²."),
        ("2 / s^2 (1 + 1e-200)", "is off by about 2×10⁻²⁰⁰."),
        ("3/s^2", "For s = 3/2 your answer gives 4/3, it should be 8/9."),
    ],
)
def test_a_case_is_told_in_few_digits(typed, words):
    kind, said = kit.verdict(LIMIT, typed)
    assert kind == "danger"
    assert words in said
    assert len(said) < 100


LATE = kit.Turn(
    "?",
    "rho^t <= eps iff t >= {}",
    {"rho": "scalar > 0", "eps": "scalar > 0", "t": "scalar > 0"},
    ("rho < 1", "eps < 1"),
    hint="logarithms",
    answer="log(eps) / log(rho)",
    wrong="log(rho)",
)


@pytest.mark.parametrize("more", ["min({}, 50)", "max({}, 0.02)", "{} + step(0.05 - eps)", "{} + step(rho - 0.95)"])
def test_an_answer_that_is_wrong_only_near_an_end_is_refuted(more):
    assert kit.verdict(LATE, LATE.answer)[0] == "success"
    assert kit.verdict(LATE, more.format(LATE.answer))[0] == "danger"


@pytest.mark.parametrize(
    "typed", ["relu (x) .* 2", r"2 \odot relu(x)", r"\operatorname{relu}(x) \cdot 2", "ReLU (x) 2"]
)
def test_a_function_may_stand_apart_from_its_brackets_and_within_latex(typed):
    turn = kit.Turn("?", "2 relu(x) = {}", {"x": "scalar"}, hint="", answer="2 relu(x)", wrong="x")
    assert kit.verdict(turn, typed)[0] == "success"


@pytest.mark.parametrize("typed", ["X^TX", "X^T X", "X^{T}X", "(X^TX)"])
def test_a_transpose_may_stand_close_to_what_follows(typed):
    turn = kit.Turn("?", "X' X = {}", {"X": "n x d"}, hint="", answer="X' X", wrong="X X'")
    assert kit.verdict(turn, typed)[0] == "success"
    named = kit.Turn("?", "X^TX = {}", {"X": "scalar > 0", "TX": "scalar"}, hint="", answer="X^TX", wrong="X")
    assert kit.verdict(named, "X^TX")[0] == "success"
    assert kit.verdict(named, "X X")[0] == "danger"
