import time
from dataclasses import replace
from fractions import Fraction

import pytest

from hunted import FALSE, PLAIN, TRUE, arrays, claimed, weight
from thalweg.calculus.nodes import SCALAR, Expr
from thalweg.calculus.sizes import ONE as ONE_MORE
from thalweg.claims import clock
from thalweg.claims.hunt.search import refute, search
from thalweg.claims.nouns import Verdict


def soon(seconds: float = 20.0) -> float:
    return clock.now() + seconds


@pytest.mark.parametrize("name", FALSE)
def test_false_claims_are_refuted_by_small_cases_that_numpy_confirms(name):
    case = FALSE[name]
    answer = search(case.claim, soon())
    assert answer.verdict is Verdict.FALSE, answer.how
    shown = answer.counterexample
    values = arrays(shown)
    needed = case.breaks.__code__.co_varnames[: case.breaks.__code__.co_argcount]
    assert case.breaks(**{key: values[key] for key in needed}), str(shown)
    assert weight(shown) <= case.most, str(shown)


@pytest.mark.parametrize("text", TRUE)
def test_true_claims_are_never_accused(text):
    answer = search(TRUE[text], soon())
    assert answer.verdict is Verdict.PASSED, f"{answer.how} {answer.counterexample}"
    assert answer.samples >= 4
    assert f"held in {answer.samples} cases" in answer.how


@pytest.mark.parametrize("name", ["another name", "strict triangle", "a sign", "the bound itself", "a kink"])
def test_refute_finds_what_small_cases_show(name):
    assert refute(FALSE[name].claim, soon()).verdict is Verdict.FALSE


@pytest.mark.parametrize("text", list(TRUE)[:6])
def test_refute_says_nothing_of_true_claims(text):
    assert refute(TRUE[text], soon()) is None


def test_both_sides_are_shown_exactly():
    shown = search(claimed("3 x' x = 2 x' x + 1/3", "x 1"), soon()).counterexample
    x = shown.values["x"].rows[0][0]
    assert shown.left.rows[0][0] == 3 * x * x
    assert shown.right.rows[0][0] == 2 * x * x + Fraction(1, 3)
    assert (shown.relation, shown.certified) == ("=", "exactly")


def test_irrational_sides_are_certified_by_intervals():
    shown = search(claimed("exp(lam) <= 1 + lam + lam^2", "lam", "lam <= 2", "lam >= 1"), soon()).counterexample
    assert "interval" in shown.certified
    assert shown.values["lam"].rows[0][0] == 2
    assert shown.left.rows[0][0].startswith("7.389056098930")


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("lam = 0 iff lam^2 = 1", "holds"),
        ("lam > 0 or lam < 0", "does not hold"),
        ("not lam = 0", "lam = 0 holds"),
        ("(forall s in [0, 1]: lam s < 1) or lam > 2", "does not hold"),
    ],
)
def test_what_breaks_is_said_in_words_where_no_comparison_does(text, phrase):
    shown = search(claimed(text, "lam"), soon()).counterexample
    assert shown.left is None
    assert phrase in shown.relation


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("lam = 0 iff lam >= 0", "lam >= 0 holds, lam = 0 does not"),
        ("lam >= 0 iff lam = 0", "lam >= 0 holds, lam = 0 does not"),
        ("(lam = 1 implies lam = 2) and lam = lam", ""),
        ("(lam = 1 implies not (lam = 1)) and lam = lam", "what is assumed holds, and lam = 1 holds"),
        ("forall s in [0, 1]: s < 1", ""),
        ("not (lam < 1)", "lam < 1 holds"),
    ],
)
def test_the_part_that_breaks_is_named(text, said):
    shown = search(claimed(text, "lam"), soon()).counterexample
    assert shown.relation == said or (not said and shown.left is not None)


@pytest.mark.parametrize(
    ("givens", "words"),
    [
        (("lam > 1", "lam < 0"), "lam > 1 and lam < 0"),
        (("lam > 1", "lam <= 1"), "lam > 1 and lam <= 1"),
        (("lam = 1", "2 < lam"), "2 < lam and lam = 1"),
        (("0 = 1",), "0 = 1 is never true"),
    ],
)
def test_givens_that_contradict_each_other_are_vacuous(givens, words):
    answer = search(claimed("lam = lam", "lam", *givens), soon())
    assert answer.verdict is Verdict.VACUOUS
    assert words in answer.how


def test_traits_count_among_contradictions():
    assert search(claimed("lam = 0", "lam positive", "lam <= 0"), soon()).verdict is Verdict.VACUOUS


def test_bounds_that_touch_are_no_contradiction():
    assert search(claimed("lam = 1", "lam", "lam >= 1", "lam <= 1"), soon()).verdict is Verdict.PASSED


@pytest.mark.parametrize("given", ["lam^2 = -1", "1/(lam - lam) = 1", "log(-lam^2 - 1) > 0"])
def test_where_no_case_is_found_nothing_is_decided(given):
    answer = search(claimed("lam = 5", "lam", given), soon())
    assert answer.verdict is Verdict.UNDECIDED
    assert answer.how == "no case was found that satisfies the givens"


def test_sizes_that_contradict_each_other_leave_no_case():
    claim = claimed("x = x", "x n; y m", size_givens=(("n", "m"), ("m", "n")))
    apart = replace(
        claim, size_givens=(*claim.size_givens, (claim.size_givens[0][1], claim.size_givens[0][0] + ONE_MORE))
    )
    assert search(claim, soon()).verdict is Verdict.PASSED
    assert search(apart, soon()).verdict is Verdict.UNDECIDED


def test_what_floats_alone_accuse_is_not_called_false():
    claim = claimed("lam != 1", "lam; mu", "lam = mu^2 / 2", "mu = sqrt(2)")
    assert search(claim, soon()).verdict is not Verdict.FALSE
    claim = claimed("(forall s in [0, 1]: lam s <= 1) iff lam < 1", "lam")
    answer = search(claim, soon())
    assert answer.verdict is Verdict.UNDECIDED
    assert "lam = 1" in answer.how


@pytest.mark.parametrize("op", ["limit", "argmin", "deriv", "expectation", "converges", "tends_to"])
def test_questions_are_for_others(op):
    claim = claimed("lam = lam", "lam")
    asked = Expr(op, claim.statement.args, SCALAR)
    is_statement = op in ("converges", "tends_to")
    statement = asked if is_statement else Expr("compare", (asked, asked), SCALAR, "=")
    assert search(replace(claim, statement=statement), soon()) is None
    assert refute(replace(claim, statement=statement), soon()) is None


def test_the_deadline_is_kept():
    claim = claimed("||A B C||_2 <= ||A||_2 ||B||_2 ||C||_2", "A 12 12; B 12 12; C 12 12")
    begun = time.monotonic()
    search(claim, begun + 0.2)
    assert time.monotonic() - begun < 2
    assert search(TRUE["tr(A B) = tr(B A)"], begun).samples == 0


def test_two_runs_are_the_same():
    first, second = (str(search(FALSE["oblique projections"].claim, soon()).counterexample) for _ in range(2))
    assert first == second


def test_names_bound_twice_are_kept_apart():
    held = claimed("(forall lam: lam^2 >= 0) iff lam = lam", "lam")
    assert search(held, soon()).verdict is not Verdict.FALSE
    broken = claimed("lam > 0 implies (forall lam: lam > 0)", "lam")
    answer = search(broken, soon())
    assert answer.verdict is Verdict.FALSE
    assert {"lam", "lam_"} <= set(answer.counterexample.values)


@pytest.mark.parametrize("text", ["lam <= 10^200", "lam eta < 10^30", "||x|| >= 1/10^9", "lam^64 < 10^64"])
def test_bounds_far_away_are_reached(text):
    assert search(claimed(text, "lam; eta; x n"), soon()).verdict is Verdict.FALSE


@pytest.mark.parametrize(
    "text", ["10^200 lam^64 = 10^200 lam^64", "exp(exp(exp(lam))) > 0", "smax(10^200 A) >= 0", "x[9] = x[9]"]
)
def test_huge_numbers_are_no_trouble(text):
    answer = search(claimed(text, "lam; A n n; x n"), soon())
    assert answer.verdict in (Verdict.PASSED, Verdict.UNDECIDED)


def test_entries_need_rows():
    shown = search(claimed("x[3] = x[1]"), soon()).counterexample
    assert len(shown.values["x"].rows) == 3


MUTANTS = {
    "sign": ("||x - y||^2 = ||x||^2 - 2 x' y + ||y||^2", "||x - y||^2 = ||x||^2 + 2 x' y + ||y||^2"),
    "transpose": ("x' A y = y' A' x", "x' A y = y' A x"),
    "factor": ("x' A x + x' A' x = 2 x' A x", "x' A x + x' A' x = 3 x' A x"),
    "strictness": ("x' x >= 0", "x' x > 0"),
    "order": ("tr(A B C) = tr(C A B)", "tr(A B C) = tr(C B A)"),
    "name": ("A x - A y = A (x - y)", "A x - B y = A (x - y)"),
    "number": ("||2 x|| = 2 ||x||", "||3 x|| = 2 ||x||"),
    "relation": ("||x|| <= ||x|| + ||y||", "||x|| >= ||x|| + ||y||"),
}


@pytest.mark.parametrize("kind", MUTANTS)
def test_each_kind_of_mutation_is_noticed(kind):
    held, broken = (search(claimed(text), soon()) for text in MUTANTS[kind])
    assert held.verdict is Verdict.PASSED
    assert broken.verdict is Verdict.FALSE


def test_a_given_that_is_dropped_is_noticed():
    text, names = "A' = inv(A)", "A n n"
    assert search(claimed(text, names, "A' A = I"), soon()).verdict is Verdict.PASSED
    assert search(claimed(text, names), soon()).verdict is Verdict.FALSE
    assert search(claimed("n >= 2", PLAIN, "n >= 2"), soon()).verdict is Verdict.PASSED
