"""A few at a time: thousands of sockets that have something to send must not keep all others from their turn.

An event loop runs all that is ready before it looks at anything new. When a tick wakes two thousand sockets at once, a
request that needs ten turns of the loop waits for ten times two thousand sends. Here each turn wakes a few of them, in
the order in which they asked; what is late sends less, since an outbox keeps the newest frames only.
"""

import asyncio
from collections import deque
from collections.abc import Callable

AT_ONCE = 16


class Turns:
    """Those who wait for their turn, each once. For the event loops of one process, one after another."""

    def __init__(self) -> None:
        self._waiting: deque[Callable[[], None]] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None

    def ask(self, begin: Callable[[], None]) -> None:
        """Call `begin` when it is its turn: with few, in this turn of the loop."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._waiting.clear()  # of a loop that has ended
            self._loop = loop
        if not self._waiting:
            loop.call_soon(self._give)
        self._waiting.append(begin)

    def _give(self) -> None:
        for _ in range(min(AT_ONCE, len(self._waiting))):
            self._waiting.popleft()()
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._give)
