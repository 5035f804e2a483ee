"""Signs that the loops of a process turn, in a page of memory that it shares with the supervisor.

Each loop counts its turns; the supervisor sees a count stand still (`console.run.hangs`). A count needs no clock, no
file and no Redis, so that a full disk or an outage is no hang, and only the loop itself writes it: a thread that lives
beside a loop proves nothing of it. A process without a supervisor counts into a page that nobody reads.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from mmap import mmap
from typing import NamedTuple

SILENCE_S = 25.0
"""So long a loop may stand still. Its longest wait has to be shorter: sockets to Redis time out after 10 s."""
MOST_LOOPS = 32
MOST_NAME_BYTES = 48
ROW_BYTES = 64
COUNT, LIMIT, NAME = slice(0, 8), slice(8, 16), slice(16, ROW_BYTES)  # of a row; its name is followed by zeros


class Row(NamedTuple):
    """What a page holds of a loop: how often it turned, and for how long it may stand still (0: it has ended)."""

    name: str
    turns: int
    limit_s: float


class Page:
    """Counts of one process's loops. It is made before the process is forked, and both see the same memory."""

    def __init__(self) -> None:
        self.memory = memoryview(mmap(-1, MOST_LOOPS * ROW_BYTES))
        self.counts = self.memory.cast("Q")
        self.limits_s = self.memory.cast("d")

    def rows(self) -> list[Row | None]:
        """Return what every place holds; None where no loop is."""
        return [self._row(place) for place in range(MOST_LOOPS)]

    def _row(self, place: int) -> Row | None:
        word = place * ROW_BYTES // 8
        limit_s = self.limits_s[word + 1]
        if not limit_s:
            return None
        name = bytes(self.memory[place * ROW_BYTES :][NAME]).rstrip(b"\0").decode(errors="replace")
        return Row(name, self.counts[word], limit_s)


class Loop:
    """One loop's place in the page. Only the process that claimed it counts: a fork of it is another process."""

    def __init__(self, page: Page, place: int, name: str, limit_s: float) -> None:
        self.limit_s = limit_s
        self._page, self._word = page, place * ROW_BYTES // 8
        self._pid = os.getpid()
        text = name.encode()[:MOST_NAME_BYTES]
        page.memory[place * ROW_BYTES :][NAME] = text.ljust(MOST_NAME_BYTES, b"\0")
        page.counts[self._word] += 1  # before it has a limit: who had this place before is another
        self.may_take(limit_s)

    @property
    def is_free(self) -> bool:
        """Whether it has ended."""
        return not self._page.limits_s[self._word + 1]

    def beat(self) -> None:
        """Note a turn."""
        if self._pid == os.getpid():
            self._page.counts[self._word] += 1

    def may_take(self, limit_s: float) -> None:
        """Begin a turn that may take so long; `math.inf` where nobody can say."""
        if self._pid == os.getpid():
            self._page.limits_s[self._word + 1] = limit_s
            self.beat()

    def end(self) -> None:
        """Give the place back."""
        self.may_take(0.0)


class _Process:
    """The page of this process, and who has which place in it."""

    def __init__(self) -> None:
        self.page = Page()
        self.pid = os.getpid()
        self._places: dict[int, Loop] = {}
        self._claiming = threading.Lock()

    def claim(self, name: str, limit_s: float) -> Loop:
        with self._claiming:
            for place in range(MOST_LOOPS):
                if place not in self._places or self._places[place].is_free:
                    self._places[place] = loop = Loop(self.page, place, name, limit_s)
                    return loop
        return Loop(Page(), 0, name, limit_s)  # all places are taken: nobody watches it


_process = _Process()


def use(page: Page) -> None:
    """Count into this page, in a process that was just forked."""
    global _process  # noqa: PLW0603  a process has one page
    _process = _Process()
    _process.page = page


def claim(name: str, limit_s: float = SILENCE_S) -> Loop:
    """Return a loop of this process that is watched from now on, until its `end`.

    In a process forked from a watched one, as those of a pool, nobody watches it: its parent does.
    """
    if _process.pid != os.getpid():
        return Loop(Page(), 0, name, limit_s)
    return _process.claim(name, limit_s)


@contextmanager
def watched(name: str, limit_s: float = SILENCE_S) -> Iterator[Loop]:
    """Have a loop watched while the block runs."""
    loop = claim(name, limit_s)
    try:
        yield loop
    finally:
        loop.end()
