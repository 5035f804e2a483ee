"""The engine's second thread: rows into the database, then their entries out of the stream."""

import logging
import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

from django.db import DatabaseError, InterfaceError, OperationalError, connection

from airspace.actions.retention import POSITIONS
from airspace.actions.tracking import dead_letter, history
from airspace.actions.tracking.history import Row
from airspace.feeds import Entry, Outlet
from console.database import absence_of
from console.redis_clients import GONE
from console.retention import held_until
from console.run import loops
from console.run.clock import MACHINE

log = logging.getLogger(__name__)
WRITE_EVERY_S = 0.1
WRITE_AT_LATEST_S = 0.25
LIST_EVERY_S = 0.7  # and one write later at the latest, which makes less than a second
SECOND_S = 1.0
MAX_WAITING_ROWS = 60_000
ENTRIES_THAT_HURRY = 250
ROWS_THAT_HURRY = 15_000
ROWS_PER_WRITE = 20_000
RETRY_S = 0.2
DRONES_PER_CLEANING = 50
AWAY = (OperationalError, InterfaceError)


def is_away(reason: Exception) -> bool:
    """Whether an error is the database's and not an entry's, which is then kept: it may be stored later."""
    return absence_of(reason) is not None or isinstance(reason, AWAY)


@dataclass(frozen=True)
class Work:
    """Rows of one entry on their way into the database, and the places of its reports that were refused."""

    entry: Entry
    rows: list[Row]
    refused: Sequence[int] = ()


@dataclass
class Schedule:
    """When each recurring chore is due."""

    clock: Callable[[], float]
    _due: dict[str, float] = field(default_factory=dict)

    def is_due(self, chore: str, every_s: float) -> bool:
        """Return whether a chore is due, and if so plan its next time."""
        now = self.clock()
        due = self._due.get(chore, now)
        if now < due:
            return False
        self._due[chore] = max(due + every_s, now)
        return True

    def postpone(self, chore: str, by_s: float) -> None:
        """Let a chore be due no sooner than in so long."""
        self._due[chore] = max(self._due.get(chore, 0.0), self.clock() + by_s)

    def left_s(self, chore: str) -> float:
        """Return how long until a chore is due."""
        return max(0.0, self._due.get(chore, 0.0) - self.clock())


class Writer(threading.Thread):
    """Stores rows in one transaction, then acknowledges their entries.

    Every 100 ms where somebody waits for the commit or much has come, else every 250 ms: fewer writes cost less.
    """

    def __init__(self, outlet: Outlet) -> None:
        super().__init__(name="writer", daemon=True)
        self.in_flight: set[bytes] = set()
        self.is_waiting = False
        """Whether the database, or Redis, did not let the last step happen."""
        self._outlet = outlet
        self._works: list[Work] = []
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._hurry = threading.Event()
        self._newest: dict[int, Row] = {}
        self._waiting_rows = 0
        self._schedule = Schedule(time.monotonic)
        self._last_cleaned = 0
        self._loop = loops.claim("writer", math.inf)

    @property
    def is_full(self) -> bool:
        """Whether so much waits that nothing more should be read."""
        return self._waiting_rows > MAX_WAITING_ROWS

    def put(self, works: Sequence[Work]) -> None:
        """Hand rows over."""
        with self._lock:
            self.in_flight.update(work.entry.id for work in works)
            self._works.extend(works)
            self._waiting_rows += sum(len(work.rows) for work in works)
            is_much = self._waiting_rows >= ROWS_THAT_HURRY or len(self._works) >= ENTRIES_THAT_HURRY
        if is_much or any(work.entry.token for work in works):
            self._hurry.set()

    def finish(self, within_s: float) -> None:
        """Store what was handed over, then end."""
        self._stopping.set()
        self._hurry.set()
        self.join(within_s)

    def run(self) -> None:
        """Write until told to finish and nothing is left."""
        self._loop.may_take(loops.SILENCE_S)
        self._try(history.prepare_connection)
        while True:
            self._loop.beat()
            if not self._stopping.wait(WRITE_EVERY_S):
                self._hurry.wait(WRITE_AT_LATEST_S - WRITE_EVERY_S)
            self._hurry.clear()
            is_last = self._stopping.is_set()
            self.write_waiting()
            if is_last or self._schedule.is_due("list", LIST_EVERY_S):
                self.write_list()
            if is_last:
                break
            if self._schedule.is_due("clean", SECOND_S):
                self._try(self._clean)
        connection.close()

    def write_waiting(self) -> None:
        """Store everything handed over so far."""
        while works := self._take():
            self._write(works)

    def write_list(self) -> None:
        """Bring the list of last positions up to what was stored."""
        try:
            self._until_done(lambda: history.keep_newest(self._newest, _now_ms()))
        except DatabaseError:
            log.exception("%d last positions cannot be stored", len(self._newest))
        self._newest = {}

    def _take(self) -> list[Work]:
        with self._lock:
            count = rows = 0
            while count < len(self._works) and rows < ROWS_PER_WRITE:
                rows += len(self._works[count].rows)
                count += 1
            works, self._works = self._works[:count], self._works[count:]
        return works

    def _write(self, works: list[Work]) -> None:
        try:
            rows = list(chain.from_iterable(work.rows for work in works))
            self._until_done(lambda: history.store(rows))
            history.pick_newest(self._newest, rows, _now_ms())
            self._until_done(lambda: self._settle(works))
        except DatabaseError:
            log.exception("a batch of %d entries cannot be stored; trying one by one", len(works))
            for work in works:
                self._write_alone(work)
        with self._lock:
            self._waiting_rows -= sum(len(work.rows) for work in works)
            self.in_flight.difference_update(work.entry.id for work in works)

    def _write_alone(self, work: Work) -> None:
        try:
            self._until_done(lambda: history.store(work.rows))
        except DatabaseError as reason:
            entry, text = work.entry, str(reason)
            self._until_done(lambda: dead_letter.keep(entry.id, entry.raw(), text, MACHINE.now()))
            work = replace(work, entry=replace(entry, token=""))  # who waits is not told that it is stored
        else:
            history.pick_newest(self._newest, work.rows, _now_ms())
        self._until_done(lambda: self._settle([work]))

    def _settle(self, works: list[Work]) -> None:
        tokens = {work.entry.token: work.refused for work in works if work.entry.token}
        self._outlet.settle([work.entry.id for work in works], tokens, [work.entry.organisation for work in works])

    def _until_done(self, step: Callable[[], object]) -> None:
        """Repeat a step until the database and Redis let it happen."""
        while True:
            self._loop.beat()
            try:
                step()
            except (DatabaseError, *GONE) as reason:
                if not isinstance(reason, GONE) and not is_away(reason):
                    raise
                log.warning("cannot store (%s); trying again", reason)
                self.is_waiting = True
                connection.close()
                time.sleep(RETRY_S)
                self._try(history.prepare_connection)
            else:
                self.is_waiting = False
                return

    def _clean(self) -> None:
        now = MACHINE.now()
        if held_until(now) is not None:
            return
        before_ms = int(POSITIONS.over_before(now).timestamp() * 1_000)
        self._last_cleaned = history.delete_older(before_ms, self._last_cleaned, DRONES_PER_CLEANING)

    def _try(self, step: Callable[[], None]) -> None:
        try:
            step()
        except DatabaseError as reason:
            log.warning("the database is away or locked: %s", reason)
            connection.close()


def _now_ms() -> int:
    return int(MACHINE.now().timestamp() * 1_000)
