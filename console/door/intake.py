"""Whether new work is taken: who finds that room runs short registers here, and the door refuses before it is gone.

What is accepted already goes on, so that it drains. A source is asked about once a second in each process, whatever
the number of requests; it answers from memory or from one system call, for the event loop asks as well.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from time import monotonic

from console.errors import Unavailable

log = logging.getLogger(__name__)
EVERY_S = 1.0


class Level(IntEnum):
    """How much is taken; the higher, the less."""

    OPEN = 0
    NO_BULK = 1
    CLOSED = 2


class Work(IntEnum):
    """What asks to be taken, by the level that refuses it."""

    BULK = Level.NO_BULK
    """Imports, evidence maps, reports, plans, exports to disk, backups."""
    STREAM = Level.CLOSED
    """Positions, readings, jobs."""


@dataclass(frozen=True)
class Reason:
    """Why less is taken: in a caller's words, without paths or names of ours."""

    level: Level
    text: str
    retry_after_s: int = 10


Source = Callable[[], Reason | None]


class Intake:
    """The sources, and the worst that they said within the last second."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._sources: dict[str, Source] = {}
        self._held: Reason | None = None
        self._due_s = float("-inf")

    def register(self, name: str, source: Source) -> None:
        """Ask this source from now on; a name stands for one source."""
        self._sources[name] = source
        self._due_s = float("-inf")

    def reason(self) -> Reason | None:
        """Return the worst that a source says; None when everything is taken."""
        now_s = self._clock()
        if now_s >= self._due_s:
            self._due_s = now_s + EVERY_S  # first: other threads go on with what is held
            reasons = [reason for name, source in list(self._sources.items()) if (reason := _ask(name, source))]
            self._held = max(reasons, key=lambda reason: reason.level, default=None)
        return self._held

    def takes(self, work: Work) -> bool:
        """Whether there is room for this kind of work."""
        reason = self.reason()
        return reason is None or reason.level < work.value

    def admit(self, work: Work) -> None:
        """Let work in.

        Raises:
            Unavailable: there is no room for its kind; the text says of what.
        """
        reason = self.reason()
        if reason is not None and reason.level >= work.value:
            raise Unavailable(reason.text, reason.retry_after_s)


def _ask(name: str, source: Source) -> Reason | None:
    try:
        return source()
    except Exception:  # a source that fails refuses nobody
        log.exception("intake: %s could not be asked", name)
        return None


intake = Intake()
"""This process's."""
admit, takes = intake.admit, intake.takes
