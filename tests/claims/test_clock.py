import threading
import time

from thalweg.claims import clock


def held(lock, seconds):
    """A lock that another thread has, for so long."""
    lock.acquire()
    threading.Timer(seconds, lock.release).start()
    return lock


def test_it_stands_still_while_its_thread_waits():
    begun, real = clock.now(), time.monotonic()
    with clock.turn(held(threading.Lock(), 0.3)) as is_ours:
        assert is_ours
    assert time.monotonic() - real >= 0.3
    assert clock.now() - begun < 0.2, "the machine may be busy"


def test_it_goes_on_for_the_others():
    begun, others = clock.now(), []
    with clock.turn(held(threading.Lock(), 0.3)):
        thread = threading.Thread(target=lambda: others.append(clock.now()))
        thread.start()
        thread.join()
    assert others[0] - begun >= 0.3


def test_patience_ends_and_is_whole_again_for_the_next_claim(monkeypatch):
    monkeypatch.setattr(clock, "PATIENCE", 0.1)
    lock = threading.Lock()
    clock.restarted()
    with lock:
        for patience in (0.1, 0.0):
            real = time.monotonic()
            with clock.turn(lock) as is_ours:
                assert not is_ours
            assert patience <= time.monotonic() - real < patience + 0.08, "the machine may be busy"
        assert lock.locked(), "who had no turn gives none back"
        clock.restarted()
        real = time.monotonic()
        with clock.turn(lock) as is_ours:
            assert not is_ours
        assert time.monotonic() - real >= 0.1
    with clock.turn(lock) as is_ours:
        assert is_ours, "what is free can be had without patience"
    assert not lock.locked()
