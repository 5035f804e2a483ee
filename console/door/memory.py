"""Memory that peers may occupy in all. Who is oldest there is slowest, and is the one to go when it gets tight."""

import asyncio
from types import TracebackType
from typing import Self


class NoRoom(Exception):  # noqa: N818  it reads as what it is
    """Everything is held by what cannot be let go."""


class Budget:
    """A number of bytes, shared by all holds on it. For one event loop."""

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        self.held_bytes = 0
        self.holds: dict[Hold, None] = {}  # in the order of their beginning

    def hold(self, limit: asyncio.Timeout | None = None) -> "Hold":
        """Return a hold of nothing yet; `limit` ends whoever waits for the peer when the bytes are needed."""
        return Hold(self, limit)

    def make_room(self, size: int, caller: "Hold") -> None:
        """Let the oldest go until so many bytes are free.

        Raises:
            NoRoom: those that may be let go do not hold enough.
        """
        for hold in [hold for hold in self.holds if hold is not caller and hold.limit is not None]:
            if self.held_bytes + size <= self.most_bytes:
                return
            hold.let_go()
        if self.held_bytes + size > self.most_bytes:
            raise NoRoom


class Hold:
    """What one peer occupies, until the block ends."""

    def __init__(self, budget: Budget, limit: asyncio.Timeout | None) -> None:
        self.limit = limit
        self._budget = budget
        self._size = 0

    def __enter__(self) -> Self:
        """Stand last in the row."""
        self._budget.holds[self] = None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give everything back."""
        self._give_back()

    def grow(self, size: int) -> None:
        """Occupy more.

        Raises:
            NoRoom: there is none.
        """
        if self._budget.held_bytes + size > self._budget.most_bytes:
            self._budget.make_room(size, self)
        self._budget.held_bytes += size
        self._size += size

    def let_go(self) -> None:
        """End the wait for this peer at once."""
        assert self.limit is not None
        self.limit.reschedule(asyncio.get_running_loop().time())
        self.limit = None
        self._give_back()

    def _give_back(self) -> None:
        self._budget.held_bytes -= self._size
        self._size = 0
        self._budget.holds.pop(self, None)
