"""What is worked out once, also for many threads that ask for the same at the same time."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Answer = TypeVar("Answer")


@dataclass
class _Place(Generic[Answer]):
    """Where one answer stands when it is there; who works it out holds the lock."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    answer: tuple[Answer] | None = None


class Once(Generic[Answer]):
    """Answers by key, those that were asked for last; everybody gets the very same, so that nobody may change it.

    `functools.lru_cache` lets threads that come together each work out the same. What fails leaves nothing: the next who
    asks tries again.

    Example:
        >>> squares = Once[int](most=2)
        >>> squares.get(3, lambda: 3 * 3), squares.get(3, lambda: 1 // 0)
        (9, 9)
    """

    def __init__(self, most: int) -> None:
        """Keep so many answers, those that were asked for last."""
        self.most = most
        self._lock = threading.Lock()
        self._places: OrderedDict[Hashable, _Place[Answer]] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], Answer]) -> Answer:
        """The answer to a key, which is made if it is not there; who asks meanwhile waits for it."""
        with self._lock:
            place = self._places.setdefault(key, _Place())
            self._places.move_to_end(key)
            if len(self._places) > self.most:
                self._places.popitem(last=False)
        with place.lock:
            if place.answer is None:
                place.answer = (make(),)
            return place.answer[0]
