import threading
from concurrent.futures import ThreadPoolExecutor

import torch

from thalweg.threads import begin_within, one_thread


def test_threads_come_back():
    torch.set_num_threads(2)
    with one_thread() as threads:
        assert (threads, torch.get_num_threads()) == (2, 1)
    assert torch.get_num_threads() == 2


def elsewhere(task):
    """What a new thread answers."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(task).result()


def test_threads_come_back_to_all_who_shared_the_time():
    """Two visitors of the laboratory, who leave in the order in which they came."""
    torch.set_num_threads(2)
    found, has_entered, may_leave = [], threading.Event(), threading.Event()

    def visit():
        with one_thread() as threads:
            found.append((threads, torch.get_num_threads()))
            has_entered.set()
            may_leave.wait(5.0)
        found.append(torch.get_num_threads())

    visitor = threading.Thread(target=visit)
    with one_thread():
        visitor.start()
        has_entered.wait()
    assert torch.get_num_threads() == 2
    assert elsewhere(torch.get_num_threads) == 1, "which may be a worker of the visitor"
    may_leave.set()
    visitor.join()
    assert found == [(2, 1), 2]
    assert elsewhere(torch.get_num_threads) == 2, "and to those who come later"


def test_one_thread_within_one_thread():
    torch.set_num_threads(2)
    with one_thread():
        with one_thread() as threads:
            assert threads == 1, "so that a loop that is checked compiles once"
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == 2


def test_a_worker_within_has_one_thread_and_starts_no_others():
    torch.set_num_threads(2)

    def work():
        with one_thread() as threads:
            return threads, torch.get_num_threads()

    with one_thread() as threads, ThreadPoolExecutor(threads, initializer=begin_within) as pool:
        assert pool.submit(work).result() == (1, 1)
        assert elsewhere(torch.get_num_threads) == 1
    assert torch.get_num_threads() == elsewhere(torch.get_num_threads) == 2


def test_who_began_while_another_had_one_thread_does_not_bring_that_back():
    torch.set_num_threads(2)
    with ThreadPoolExecutor(1) as late:
        with one_thread():
            assert late.submit(torch.get_num_threads).result() == 1, "torch keeps a number for each thread"

        def visit():
            with one_thread() as threads:
                return threads

        assert late.submit(visit).result() == 2
    assert elsewhere(torch.get_num_threads) == 2
