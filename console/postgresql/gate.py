"""Lets nobody wait for a database that is known to be away: one asks, the others are refused at once.

Without it each request would wait for the pool's whole time, and hold a thread meanwhile.
"""

import threading
from collections.abc import Callable
from math import inf
from time import monotonic

RETRY_S = 1.0
TRY_S = 6.0
"""Longer than one attempt to get a connection takes; an attempt that says nothing of how it ended is forgotten then."""


class Gate:
    """Open while connections are got. After a failure one at a time may try, every `RETRY_S`, until one succeeds."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._reason: Exception | None = None
        self._next_s = 0.0
        self._passed_s = -inf

    @property
    def is_shut(self) -> bool:
        """Whether the database is known to be away; whoever tries then does so on behalf of all."""
        return self._reason is not None

    def now_s(self) -> float:
        """Return the time of its clock."""
        return self._clock()

    def reason(self) -> Exception | None:
        """Return why not to try just now; None lets the caller try, and nobody else meanwhile."""
        with self._lock:
            if self._reason is None:
                return None
            now_s = self._clock()
            if now_s < self._next_s:
                return self._reason
            self._next_s = now_s + TRY_S
            return None

    def failed(self, reason: Exception, began_s: float) -> None:
        """No connection was to be had, for the server does not answer.

        Args:
            reason: what the attempt said.
            began_s: when it began. One that waited for long says nothing where another was let in meanwhile.
        """
        with self._lock:
            if began_s < self._passed_s:
                return
            self._reason = reason.with_traceback(None)
            self._next_s = self._clock() + RETRY_S

    def passed(self) -> None:
        """A connection was got."""
        if self._reason is not None:
            with self._lock:
                self._reason, self._passed_s = None, self._clock()
