"""The same over and over: the first is written at once, the others are counted and told in one line a minute.

One mechanism for records of a process (`console.run.loglines`) and for what others print (`console.run.output`).
"""

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from time import monotonic
from typing import Generic, TypeVar

MOST_KINDS = 1_000
WINDOW_S = 60.0
T = TypeVar("T")


@dataclass
class _Window(Generic[T]):
    """What came of one kind since it began; `newest` is the last that was only counted."""

    began_s: float
    most: int
    count: int = 0
    newest: T | None = None


@dataclass(frozen=True)
class Repeated(Generic[T]):
    """How many more came than were written, within how long, and the newest of them."""

    count: int
    within_s: float
    newest: T


class Repeats(Generic[T]):
    """Windows of a minute by kind, of bounded number; each goes on while its kind does, until a minute is quiet."""

    def __init__(self, window_s: float = WINDOW_S, clock: Callable[[], float] = monotonic) -> None:
        self.window_s, self._clock = window_s, clock
        self._windows: dict[Hashable, _Window[T]] = {}  # the oldest first

    def __len__(self) -> int:
        return len(self._windows)

    @property
    def waits(self) -> bool:
        """Whether something was counted and is not told yet."""
        return any(window.newest is not None for window in self._windows.values())

    def is_new(self, kind: Hashable, example: Callable[[], T], most: int = 1, others: Hashable = None) -> bool:
        """Return whether to write this one; else it is counted.

        Args:
            kind: what makes it the same as another.
            example: makes what is told of it, where it is counted.
            most: how many of a kind are written before they are counted.
            others: the kind of those for which there is no room any more.
        """
        if kind not in self._windows and len(self._windows) >= MOST_KINDS:
            kind = others
        window = self._windows.setdefault(kind, _Window(self._clock(), most))
        window.count += 1
        if window.count > window.most:
            window.newest = example()
            return False
        return True

    def ended(self) -> Iterator[Repeated[T]]:
        """Yield what the windows that are over counted; one that counted something begins anew, and writes nothing."""
        now_s = self._clock()
        while self._windows and (first := next(iter(self._windows.items())))[1].began_s <= now_s - self.window_s:
            kind, window = first
            del self._windows[kind]
            if window.newest is not None:
                self._windows[kind] = _Window(now_s, 0)
                yield self._told(window, now_s)

    def end(self) -> Iterator[Repeated[T]]:
        """Yield all that was counted and not told, and forget it."""
        now_s = self._clock()
        windows, self._windows = list(self._windows.values()), {}
        yield from (self._told(window, now_s) for window in windows if window.newest is not None)

    def _told(self, window: _Window[T], now_s: float) -> Repeated[T]:
        assert window.newest is not None
        return Repeated(window.count - window.most, now_s - window.began_s, window.newest)
