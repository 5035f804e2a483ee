"""Events that a stranger can cause, counted in memory: so many sorts a minute and an hour, the rest as one number.

Nothing here waits or writes, so that the hot path may note what it refuses. What is to be written is asked for by
`due`: each sort once when it first comes up, and once more when its minute is over, with how often it came up.
"""

import threading
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

SPAN = timedelta(minutes=1)
MOST_PER_SPAN = 20
MOST_PER_H = 200
HOUR = timedelta(hours=1)
OTHERS = "others"


@dataclass(frozen=True)
class Sort:
    """What is counted together: the same done to the same by the same from the same place."""

    verb: str
    subject: str
    actor: str
    address: str | None = None
    person: int | None = None
    key: int | None = None
    organisation: int = 1

    @property
    def is_known(self) -> bool:
        """Whether somebody signed in or a good key did it: strangers use up no room of theirs."""
        return self.person is not None or self.key is not None


@dataclass
class Tally:
    """How often a sort came up since `first_at`, and how often of that is written. `who` is handed back unread."""

    sort: Sort
    first_at: datetime
    last_at: datetime
    who: Any = None
    count: int = 0
    written: int = 0


class Tallies:
    """The tallies of one process. Of known callers and of strangers there is room for so many sorts each."""

    def __init__(self, most_per_span: int = MOST_PER_SPAN, most_per_h: int = MOST_PER_H) -> None:
        self.most_per_span, self.most_per_h = most_per_span, most_per_h
        self._lock = threading.Lock()
        self._open: dict[Sort, Tally] = {}
        self._hours: dict[tuple[bool, str], tuple[datetime, int]] = {}  # by verb: a flood of one hides no other

    def note(self, sort: Sort, now: datetime, who: Any = None) -> Tally:
        """Count one; return its tally, which is that of the others where there is no room for one more sort."""
        with self._lock:
            tally = self._open.get(sort)
            if tally is None and not self._has_room(now, sort):
                sort, who = replace(sort, subject=OTHERS, actor=OTHERS, address=None, person=None, key=None), None
                sort = replace(sort, organisation=1)
                tally = self._open.get(sort)
            if tally is None:
                tally = self._open[sort] = Tally(sort, now, now, who)
            tally.count += 1
            tally.last_at = now
            return tally

    def due(self, now: datetime) -> list[Tally]:
        """Return what is to be written, oldest first: new sorts, and those whose minute is over and that came again."""
        with self._lock:
            return [
                tally
                for tally in self._open.values()
                if not tally.written or (abs(now - tally.first_at) >= SPAN and tally.count > tally.written)
            ]

    def claim(self, tally: Tally) -> int:
        """Take over what of a tally is not written yet, so that no other thread writes it, too."""
        with self._lock:
            fresh, tally.written = tally.count - tally.written, tally.count
            return fresh

    def give_back(self, tally: Tally, fresh: int) -> None:
        """It could not be written."""
        with self._lock:
            tally.written -= fresh

    def close(self, now: datetime) -> None:
        """Forget what is written and over."""
        with self._lock:
            self._open = {
                sort: tally
                for sort, tally in self._open.items()
                if abs(now - tally.first_at) < SPAN or tally.count > tally.written
            }

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._open.clear()
            self._hours.clear()

    def __len__(self) -> int:
        return len(self._open)

    def _has_room(self, now: datetime, wanted: Sort) -> bool:
        kind = wanted.is_known, wanted.verb
        since, opened = self._hours.get(kind, (now, 0))
        if abs(now - since) >= HOUR:  # the clock may have been set back
            since, opened = now, 0
        within = sum((sort.is_known, sort.verb) == kind for sort in self._open)
        has_room = opened < self.most_per_h and within < self.most_per_span
        self._hours[kind] = (since, opened + has_room)
        return has_room
