"""Claims about what experiments measured, with a bench that measures what it is told."""

from fractions import Fraction
from statistics import stdev

import pytest

from thalweg.calculus.nodes import CalculusError
from thalweg.claims.files.markdown import Line
from thalweg.claims.files.measured import Measured
from thalweg.claims.files.measuring import DRAWS, Bench, answered
from thalweg.claims.files.scopes import Frame
from thalweg.claims.files.statements import read_block
from thalweg.claims.nouns import Answer, Verdict

FOUND = {
    "ohm": 200.5,
    "steps": 89,
    "outcome": "converged",
    "parts": {"low": 1.0, "high": 2.0},
    "hz": [10.0, 20.0],
    "mean over draws": 3.0,
    "lost": None,
}
DECLARED = ["x : scalar", "let r = 200", "run organ/one as R", "run organ/two data=grid seed=3 as S"]


def read(claim):
    """The content of a claim, or its problem."""
    lines = [*DECLARED, claim]
    items, problems = read_block(tuple(Line(number, line) for number, line in enumerate(lines, 1)), Frame())
    assert not problems, problems
    return items[0].content


def bench(found=None, calls=None):
    def run(name, settings):
        if calls is not None:
            calls.append((name, settings))
        return FOUND if found is None else found(settings)

    return Bench(run)


def test_a_claim_about_an_output_is_read_in_parts():
    claim = read("claim (a): R.ohm = 330 within 5 %")
    assert (claim.run.experiment, claim.quantity, claim.relation, claim.value) == ("organ/one", "ohm", "=", 330)
    assert (claim.within, claim.unit, claim.line, claim.column) == (5, "%", 5, 14)
    assert read("claim 1/2 >= S.steps").relation == "<="
    assert read("claim S.steps = 1").run.settings == (("data", "grid"), ("seed", "3"))


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        ("R.ohm = 200.5", "PASSED"),
        ("R.ohm = 200", "FALSE"),
        ("R.ohm = 330 within 5 %", "FALSE"),
        ("R.ohm = 205 within 5 %", "PASSED"),
        ("R.ohm = 201 within 0.5", "PASSED"),
        ("R.ohm = 201 within 0.4", "FALSE"),
        ("R.ohm = r within 1 %", "PASSED"),
        ("200 = R.ohm within 1 per cent", "PASSED"),
        ("R.ohm != 200", "PASSED"),
        ("R.ohm != 200 within 1", "FALSE"),
        ("R.ohm < 200.5", "FALSE"),
        ("R.ohm <= 200.5", "PASSED"),
        ("R.ohm <= 200 within 1", "PASSED"),
        ("R.ohm > 201 within 0.4", "FALSE"),
        ("R.ohm >= 201 within 0.5", "PASSED"),
        ("R.ohm ≥ 200", "PASSED"),
        ("200 < R.ohm", "PASSED"),
        ("200 > R.ohm", "FALSE"),
        ("R.steps == 89", "PASSED"),
        ("R.steps = 1780/20", "PASSED"),
        ("R.outcome = converged", "PASSED"),
        ("R.outcome != converged", "FALSE"),
        ('R.outcome = "out of steps"', "FALSE"),
        ("R.outcome = out of steps", "FALSE"),
        ("R.parts.high = 2", "PASSED"),
        ("R.hz[2] = 20", "PASSED"),
        ('R."mean over draws" = 3', "PASSED"),
        ("R.lost = 3", "UNDECIDED"),
        ("R.ohm = R.ohm", "VACUOUS"),
        ("R.ohm = S.ohm within 5 %", "VACUOUS"),
        ("R.ohm = 1 within 100 %", "VACUOUS"),
    ],
)
def test_a_measured_value_is_held_against_the_claimed_one(claim, verdict):
    content = read(f"claim {claim}")
    answer = content if isinstance(content, Answer) else answered(content, bench())
    assert answer.verdict.word == verdict, answer.how


def test_the_answer_shows_both_values_and_what_may_lie_between():
    how = answered(read("claim R.ohm = 330 within 5 %"), bench()).how
    assert how == "measured 200.5, claimed = 330; they are 129.5 apart, allowed is 16.5 (5 % of the claim)"
    assert "say how near you mean" in answered(read("claim R.ohm = 200"), bench()).how


@pytest.mark.parametrize(
    ("claim", "problem"),
    [
        ("R.ohm", "line 5, column 7: need one comparison"),
        ("R.ohm = 1 = 2", "line 5, column 7: need one comparison"),
        ("R.ohm = x", "line 5, column 14: need a number here, not a formula"),
        ("2 R.ohm = 400", "line 5, column 7: need a measured value alone on one side"),
        ("R.ohm = 2 R.ohm", "line 5, column 14: need a measured value alone on one side"),
        ("R.ohm = 1 within near", "line 5, column 24: need `within 5 %`"),
        ("R.ohm = 1 within 5 percents", "line 5, column 24: need `within 5 %`"),
        ("R.ohm = 1e300 1e300", "line 5, column 14: need a number of a sensible size"),
        ("R.ohm = 1 within 1e400", "line 5, column 24: need a number of at most 40 digits"),
        ("R.outcome = converged within 5 %", "line 5, column 9: need a number to be near to"),
        ("R.outcome <= converged", "line 5, column 9: need a number to be near to"),
        ("Q.ohm = 1", "line 5, column 7: Q is no experiment here"),
    ],
)
def test_a_claim_about_an_output_that_cannot_be_read_says_where(claim, problem):
    assert str(read(f"claim {claim}")).startswith(problem), read(f"claim {claim}")


@pytest.mark.parametrize("line", ["given R.ohm = 3", "let q = R.ohm"])
def test_what_is_measured_is_not_assumed(line):
    lines = [*DECLARED, line]
    problems = read_block(tuple(Line(number, text) for number, text in enumerate(lines, 1)), Frame())[1]
    assert "cannot use what an experiment measured" in str(problems[0])


@pytest.mark.parametrize(
    ("claim", "names"),
    [
        ("R.volt = 3", 'ohm, steps, outcome, parts, hz, "mean over draws", lost'),
        ("R.parts.middle = 3", "there are low, high"),
        ("R.parts = 3", "parts has parts: there are low, high"),
        ("R.hz = 3", "there are [1] to [2]"),
        ("R.hz[0] = 3", "there are [1] to [2]"),
        ("R.ohm.low = 3", "it is one value"),
    ],
)
def test_an_unknown_output_is_a_problem_that_names_those_there_are(claim, names):
    with pytest.raises(CalculusError, match="line 5, column 9: ") as refused:
        answered(read(f"claim {claim}"), bench())
    assert names in str(refused.value)


def test_each_experiment_runs_once_for_each_choice_of_settings():
    calls = []
    shared = bench(calls=calls)
    for claim in ("R.ohm = 1", "R.steps = 1", "S.ohm = 1", "R.ohm = 2"):
        answered(read(f"claim {claim}"), shared)
    assert calls == [("organ/one", {}), ("organ/two", {"data": "grid", "seed": "3"})]


def test_an_experiment_that_refuses_is_a_problem_of_the_line_that_asks_for_it():
    def refuse(settings):
        raise ValueError("experiments: unknown experiment 'organ/one'")

    shared = bench(refuse)
    for _ in range(2):
        with pytest.raises(CalculusError, match="line 3, column 5: experiments: unknown experiment"):
            answered(read("claim R.ohm = 1"), shared)


def test_an_experiment_that_takes_too_long_leaves_the_claim_undecided():
    def late(settings):
        raise TimeoutError("more than 300 s")

    assert answered(read("claim R.ohm = 1"), bench(late)).verdict is Verdict.UNDECIDED
    assert answered(read("claim R.ohm = 1"), Bench(None)).verdict is Verdict.UNDECIDED


# Scatter


def drawn(settings):
    """An experiment whose value depends on the seed of a class draw."""
    return {"ohm": 200.0 + (float(settings["seed"]) ** 2 if settings.get("data") == "class" else 0.0)}


SCATTER = stdev([float(seed) ** 2 for seed in range(DRAWS)])


@pytest.mark.parametrize(("away", "verdict"), [(1.9, Verdict.PASSED), (2.1, Verdict.FALSE)])
def test_scatter_is_the_standard_deviation_over_class_draws(away, verdict):
    claim = read(f"claim R.ohm = {200 + away * SCATTER:.6f} within 2 scatter")
    answer = answered(claim, bench(drawn))
    assert answer.verdict is verdict
    assert f"2 times the scatter {SCATTER:.5g} over {DRAWS} draws" in answer.how


def test_where_data_cannot_be_set_the_seed_alone_is_varied():
    def run(settings):
        if "data" in settings:
            raise ValueError("settings: unknown setting 'data'")
        return {"ohm": float(settings.get("seed", 0))}

    assert answered(read("claim R.ohm = 1 within 1 scatter"), bench(run)).verdict is Verdict.PASSED


@pytest.mark.parametrize(
    ("claim", "run", "message"),
    [
        ("S.ohm = 1 within 2 scatter", drawn, "ohm of organ/two is the same in every draw"),
        ("R.ohm = 1 within 2 scatter", lambda s: {"ohm": 1.0}, "ohm of organ/one is the same in every draw"),
    ],
)
def test_a_value_without_scatter_is_refused(claim, run, message):
    with pytest.raises(CalculusError, match=message):
        answered(read(f"claim {claim}"), bench(run))


def test_an_experiment_without_a_seed_is_refused_clearly():
    def run(settings):
        if settings:
            raise ValueError("settings: unknown setting 'seed'")
        return {"ohm": 1.0}

    with pytest.raises(CalculusError, match="line 5, column 9: organ/one has no draws whose scatter could be taken"):
        answered(read("claim R.ohm = 1 within 2 scatter"), bench(run))


def test_a_claimed_number_is_exact():
    assert read("claim R.ohm = 0.1").value == Fraction(1, 10)
    assert isinstance(read("claim R.ohm = 0.1"), Measured)
