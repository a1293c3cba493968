import threading
import time
from contextlib import contextmanager
from fractions import Fraction

import pytest

from thalweg.calculus.meaning import Scope, understand
from thalweg.claims import clock
from thalweg.claims.check import check
from thalweg.claims.nouns import Claim, Verdict
from thalweg.claims.numbers import solver, worker
from thalweg.claims.numbers.reading import z3


def asked(make, seconds=5.0, is_quantified=False):
    """What z3 says of formulas in a, b and x; a stands for whole numbers."""
    context = z3().Context()
    a, b, x = (z3().Real(name, context) for name in "abx")
    return solver.solved(context, make(a, b, x), [("a", True), ("b", False)], time.monotonic() + seconds, is_quantified)


def hard(a, b, x):
    return [(a + b + x) ** 11 == (a**3 + b**3 - x) ** 4 + 1, a**7 * b - x**5 * a > b**9 + 3, (a * b * x) ** 3 < a + b]


def test_formulas_that_cannot_hold():
    assert asked(lambda a, b, _: [a > b, b > a]).satisfiable is False


def test_values_are_small_and_whole_where_they_must_be():
    found = asked(lambda a, b, _: [a > Fraction(5, 2), b * b < Fraction(1, 2), b != 0, b != a])
    assert found.satisfiable is True
    assert found.values == {"a": 3, "b": Fraction(1, 2)}
    assert not found.near


def test_an_irrational_value_is_near():
    found = asked(lambda a, b, _: [b * b == 2, b > 0, a == 1])
    assert found.near == {"b"}
    assert abs(found.values["b"] ** 2 - 2) < Fraction(1, 10**58)


def test_a_quantifier():
    context_free = asked(lambda a, b, x: [z3().ForAll([x], x * x + b >= a), a == 2], is_quantified=True)
    assert context_free.satisfiable is True
    assert context_free.values["b"] >= 2
    assert asked(lambda a, b, x: [z3().ForAll([x], x > a + b)], is_quantified=True).satisfiable is False


def test_what_is_hard_is_given_up_in_time():
    begun = time.monotonic()
    assert asked(hard, seconds=0.3).satisfiable is None
    assert time.monotonic() - begun < 2.0, "the machine may be busy"


def test_what_is_late_is_ended_and_its_answer_is_no_answer_to_the_next_question(monkeypatch):
    process = solver._started()
    monkeypatch.setattr(solver, "GRACE", -0.29)
    assert asked(hard, seconds=0.3).satisfiable is None
    assert process.poll() is not None
    monkeypatch.undo()
    assert asked(lambda a, b, _: [a > b, b > a]).satisfiable is False


def test_nothing_is_asked_after_the_deadline(monkeypatch):
    monkeypatch.setattr(solver, "_answered", lambda *_: pytest.fail("it is too late"))
    assert asked(lambda a, b, _: [a > b], seconds=-1.0).satisfiable is None


def test_a_crash_is_no_answer():
    assert asked(lambda a, b, _: [a > b]).satisfiable is True
    solver._WORKER.process.kill()
    solver._WORKER.process.wait()
    assert asked(lambda a, b, _: [a > b]).satisfiable is True, "it is started again"
    solver._WORKER.process.stdin.write("no question\n")
    solver._WORKER.process.stdin.flush()
    assert asked(lambda a, b, _: [a > b, b > a]).satisfiable is False, "it broke before the question, not because of it"


@contextmanager
def another_thread_asks(seconds):
    """Meanwhile another thread has z3 for itself, for so long."""
    has_begun = threading.Event()

    def ask():
        with solver._WORKER.lock:
            has_begun.set()
            time.sleep(seconds)

    thread = threading.Thread(target=ask)
    thread.start()
    has_begun.wait()
    yield
    thread.join()


def test_waiting_for_another_thread_is_not_in_the_time_of_a_claim():
    statement, given = (understand(text, Scope(is_open=True)).expr for text in ("alpha^2 > alpha", "alpha > 1"))
    assert asked(lambda a, b, _: [a > b]).satisfiable is True, "so that z3 is there"
    with another_thread_asks(1.5):
        answer = check(Claim(statement, (given,)), seconds=1.0)  # two questions: may the given hold, and is it enough
    assert answer.verdict is Verdict.PROVED, answer.how
    assert answer.seconds > 1.4, "it says how long it took in all"


def test_a_claim_does_not_wait_for_ever(monkeypatch):
    monkeypatch.setattr(clock, "PATIENCE", 0.2)
    clock.restarted()
    with another_thread_asks(1.0):
        begun = time.monotonic()
        for _ in range(3):
            assert asked(lambda a, b, _: [a > b]).satisfiable is None
        assert 0.2 <= time.monotonic() - begun < 0.9, "three questions of one claim: the machine may be busy"
    assert asked(lambda a, b, _: [a > b]).satisfiable is True


def test_the_process_ends_itself_when_nobody_waits(monkeypatch):
    times = []
    monkeypatch.setattr(worker.signal, "setitimer", lambda _, seconds: times.append(seconds))
    monkeypatch.setattr(worker.resource, "setrlimit", lambda *_: None)
    monkeypatch.setattr(worker.sys, "stdin", ['{"formulas": "", "names": [], "plan": [["", 2.0]]}'])
    worker.main()
    assert times == [5.0, 0.0]


@pytest.mark.parametrize(
    ("value", "is_whole", "first", "last"),
    [(Fraction(7, 3), False, 0, Fraction(4, 3)), (Fraction(7), True, 0, 6)],
)
def test_candidates_begin_with_small_numbers(value, is_whole, first, last):
    found = [*worker.candidates(value, is_whole)]
    assert (found[0], found[-1]) == (first, last)
    assert value in found
    assert len(set(found)) == len(found)
    assert not is_whole or all(part.denominator == 1 for part in found)
