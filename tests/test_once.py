"""What is worked out once stays, also when several ask together or a try fails; and little is kept."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from thalweg.once import Once


def test_who_comes_together_waits_for_one_answer():
    kept, calls, together = Once[object](8), [], threading.Barrier(4)

    def make():
        calls.append(1)
        threading.Event().wait(0.05)
        return object()

    def ask(_):
        together.wait()
        return kept.get("key", make)

    with ThreadPoolExecutor(4) as pool:
        answers = [*pool.map(ask, range(4))]
    assert len(calls) == 1
    assert all(each is answers[0] for each in answers)


def test_different_keys_do_not_wait_for_each_other():
    kept, inside = Once[int](8), threading.Barrier(2, timeout=5)

    def ask(key):
        return kept.get(key, lambda: inside.wait() * 0 + key)

    with ThreadPoolExecutor(2) as pool:
        assert [*pool.map(ask, (1, 2))] == [1, 2]


def test_what_fails_is_tried_again_by_the_next():
    kept = Once[int](8)
    with pytest.raises(ZeroDivisionError):
        kept.get("key", lambda: 1 // 0)
    assert kept.get("key", lambda: 7) == 7


def test_what_was_asked_for_last_is_kept_even_if_it_is_none():
    kept = Once[int | None](2)
    for key in (1, 2, 1, 3):
        kept.get(key, lambda: None)
    for key in (1, 3):
        assert kept.get(key, lambda: 0) is None
    assert kept.get(2, lambda: 0) == 0
