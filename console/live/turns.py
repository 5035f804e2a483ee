"""A few at a time: thousands of sockets that have something to send must not keep all others from their turn.

An event loop runs all that is ready before it looks at anything new. When a tick wakes two thousand sockets at once, a
request that needs ten turns of the loop waits for ten times two thousand sends. Here each turn wakes a few of them, in
the order in which they asked; what is late sends less, since an outbox keeps the newest frames only.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial
from time import perf_counter

AT_ONCE = 16
AT_MOST_S = 0.001
"""Of those who take longer fewer have their turn; one has it in any case."""


class Turns:
    """Those who wait for their turn, each once. For the event loops of one process, one after another."""

    def __init__(self, clock: Callable[[], float] = perf_counter) -> None:
        self._waiting: deque[Callable[[], None]] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._clock = clock

    def __len__(self) -> int:
        return len(self._waiting)

    def ask(self, begin: Callable[[], None]) -> None:
        """Call `begin` when it is its turn: with few, in this turn of the loop."""
        if self._loop is None or not self._loop.is_running():  # to ask for the running one is a call into the system
            self._waiting.clear()  # of a loop that has ended
            self._loop = asyncio.get_running_loop()
        if not self._waiting:
            self._loop.call_soon(self._give)
        self._waiting.append(begin)

    async def take(self) -> None:
        """Wait until it is one's turn."""
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.ask(partial(_go_on, mine))
        await mine

    def _give(self) -> None:
        until_s = self._clock() + AT_MOST_S
        for _ in range(min(AT_ONCE, len(self._waiting))):
            self._waiting.popleft()()
            if self._clock() >= until_s:
                break
        if self._waiting and self._loop is not None:
            self._loop.call_soon(self._give)


def _go_on(waiting: "asyncio.Future[None]") -> None:
    if not waiting.done():
        waiting.set_result(None)
