"""A bound on what something dear may cost in all, whoever asks for it."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Busy(Exception):  # noqa: N818  it reads as what it is
    """Too many wait already."""


class Turnstile:
    """Lets one through at a time, and rests after each so that all of them take at most `share` of one core.

    At most `most_waiting` wait, each in a thread of its own, and nobody for longer than `timeout_s`; the others are
    told at once that it is busy.
    """

    def __init__(
        self,
        share: float,
        most_waiting: int,
        timeout_s: float = 3.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._rest_per_s = 1 / share - 1
        self._most_waiting, self._timeout_s = most_waiting, timeout_s
        self._clock, self._sleep = clock, sleep
        self._turn, self._lock = threading.Lock(), threading.Lock()
        self._waiting = 0
        self._rested_at_s = 0.0

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for one's turn and hold it; the rest that follows is as long as what it took demands.

        Raises:
            Busy: too many wait already, or it would take too long.
        """
        self._queue()
        began_s = self._clock()
        try:
            yield
        finally:
            ended_s = self._clock()
            self._rested_at_s = ended_s + (ended_s - began_s) * self._rest_per_s
            self._turn.release()

    def _queue(self) -> None:
        with self._lock:
            if self._waiting >= self._most_waiting:
                raise Busy
            self._waiting += 1
        try:
            if not self._turn.acquire(timeout=self._timeout_s):
                raise Busy
            self._rest()
        finally:
            with self._lock:
                self._waiting -= 1

    def _rest(self) -> None:
        left_s = self._rested_at_s - self._clock()
        if left_s > self._timeout_s:
            self._turn.release()
            raise Busy
        if left_s > 0:
            self._sleep(left_s)
