"""One batch of an organisation at a time is read on the event loop; what else is ready comes in between."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

MOST_KEPT = 10_000


class Turns:
    """A lock per organisation: whoever gets it next runs in the loop's next round, after what others have ready."""

    def __init__(self) -> None:
        self._locks: dict[int, asyncio.Lock] = {}

    @asynccontextmanager
    async def turn(self, organisation: int) -> AsyncIterator[None]:
        """Wait for a turn and hold it."""
        lock = self._locks.get(organisation)
        if lock is None:
            self._locks = {} if len(self._locks) >= MOST_KEPT else self._locks
            lock = self._locks.setdefault(organisation, asyncio.Lock())
        async with lock:
            yield
