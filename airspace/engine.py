"""The engine: reports from the stream into the live picture, frames out of it, and every report into the database.

One thread reads, judges and shows; another writes, so that a slow database never holds the picture up. An entry leaves
the stream only after its rows are committed: whatever dies in between is read again, and a row stored twice is one row.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec
from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, close_old_connections, connection

from airspace import feeds
from airspace.actions import history, picture
from airspace.actions.history import Row
from airspace.feeds import Entry, Outlet, Reply
from airspace.kernels import wire
from airspace.kernels.tracking import Picture
from airspace.serializers import report
from console import heartbeat
from console.frames import HEARTBEAT_TILE
from console.redis_clients import GONE

log = logging.getLogger(__name__)
FRAME_EVERY_S = 0.25
WRITE_EVERY_S = 0.1
SECOND_S = 1.0
REFRESH_EVERY_S = 2.0
CLAIM_EVERY_S = 5.0
REPEAT_SNAPSHOTS_EVERY_S = 20.0
FORGET_EVERY_S = 60.0
REMEMBER_MS = 3_600_000
STALE_ENTRY_MS = 30_000
ENTRIES_PER_READ = 64
MAX_WAITING_ROWS = 60_000
ROWS_PER_WRITE = 20_000
RETRY_S = 0.2
STOP_WITHIN_S = 10.0
DRONES_PER_CLEANING = 50
AWAY = (OperationalError, InterfaceError)


@dataclass(frozen=True)
class Work:
    """Rows of one entry on their way into the database."""

    entry: Entry
    rows: list[Row]


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

    def left_s(self, chore: str) -> float:
        """Return how long until a chore is due."""
        return max(0.0, self._due.get(chore, 0.0) - self.clock())


class Writer(threading.Thread):
    """Stores rows every 100 ms in one transaction, then acknowledges their entries."""

    def __init__(self, outlet: Outlet) -> None:
        super().__init__(name="writer", daemon=True)
        self.in_flight: set[bytes] = set()
        self._outlet = outlet
        self._works: list[Work] = []
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._waiting_rows = 0
        self._schedule = Schedule(time.monotonic)
        self._last_cleaned = 0

    @property
    def is_full(self) -> bool:
        """Whether so much waits that nothing more should be read."""
        return self._waiting_rows > MAX_WAITING_ROWS

    def put(self, work: Work) -> None:
        """Hand rows over."""
        with self._lock:
            self.in_flight.add(work.entry.id)
            self._works.append(work)
            self._waiting_rows += len(work.rows)

    def finish(self, within_s: float) -> None:
        """Store what was handed over, then end."""
        self._stopping.set()
        self.join(within_s)

    def run(self) -> None:
        """Write until told to finish and nothing is left."""
        self._try(history.prepare_connection)
        while True:
            is_last = self._stopping.wait(WRITE_EVERY_S)
            self.write_waiting()
            if is_last:
                break
            if self._schedule.is_due("clean", SECOND_S):
                self._try(self._clean)
        connection.close()

    def write_waiting(self) -> None:
        """Store everything handed over so far."""
        while works := self._take():
            self._write(works)

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
            self._until_done(lambda: history.store(row for work in works for row in work.rows))
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
            text = str(reason)
            self._until_done(lambda: self._outlet.bury(work.entry.id, work.entry.raw(), text))
        else:
            self._until_done(lambda: self._settle([work]))

    def _settle(self, works: list[Work]) -> None:
        tokens = [work.entry.token for work in works if work.entry.token]
        self._outlet.settle([work.entry.id for work in works], tokens)

    def _until_done(self, step: Callable[[], None]) -> None:
        """Repeat a step until the database and Redis let it happen."""
        while True:
            try:
                return step()
            except (*AWAY, *GONE) as reason:
                log.warning("cannot store (%s); trying again", reason)
                connection.close()
                time.sleep(RETRY_S)
                self._try(history.prepare_connection)

    def _clean(self) -> None:
        before_ms = int((time.time() - settings.LOFT_POSITION_RETENTION_H * 3600) * 1000)
        self._last_cleaned = history.delete_older(before_ms, self._last_cleaned, DRONES_PER_CLEANING)

    def _try(self, step: Callable[[], None]) -> None:
        try:
            step()
        except DatabaseError as reason:
            log.warning("the database is away or locked: %s", reason)
            connection.close()


class Engine:
    """The loop behind `manage.py track`."""

    def __init__(self, consumer: str) -> None:
        self.is_stopping = False
        self.outlet = Outlet(consumer)
        self.writer = Writer(self.outlet)
        self.picture = Picture()
        self.registry = picture.Registry(self.picture)
        self._stage = feeds.Stage()
        self._schedule = Schedule(time.monotonic)
        self._tiles_to_keep: set[int] = set()
        self._is_behind = True

    def run(self) -> None:
        """Run until `is_stopping`, then store what was read and end."""
        self._insist(self._open)
        self.writer.start()
        while not self.is_stopping and self.writer.is_alive():
            self.turn()
        self.writer.finish(STOP_WITHIN_S)
        self._guard(self._show_frames)
        connection.close()

    def turn(self) -> None:
        """Read once, for at most as long as the next frame may wait, and do what is due."""
        if self.writer.is_full:
            time.sleep(min(0.02, self._schedule.left_s("frame")))
        else:
            self._guard(self._read)
        self._guard(self._chores)

    def stop(self, *_: object) -> None:
        """End after this turn; fit to be a signal handler."""
        self.is_stopping = True

    def _open(self) -> None:
        history.prepare_connection()
        self.outlet.open()
        self._stage.clear()
        self.registry.refresh(_now())
        found = picture.rebuild(self.picture, _now_ms() - REMEMBER_MS)
        log.info("%d drones registered, %d heard within the last hour", len(self.registry.keys), found)

    def _insist(self, step: Callable[[], None]) -> None:
        while not self.is_stopping and not self._guard(step):
            pass

    def _guard(self, step: Callable[[], None]) -> bool:
        """Do a step; when Redis or the database is away, wait a moment and return False."""
        try:
            step()
        except (*GONE, *AWAY) as reason:
            log.warning("%s: away (%s); trying again", getattr(step, "__name__", "step"), reason)
            close_old_connections()
            self._is_behind = True
            self._tiles_to_keep.update(self._live_tiles())
            time.sleep(RETRY_S)
            return False
        return True

    def _read(self) -> None:
        if self._is_behind:
            self._catch_up()
        if self._schedule.is_due("claim", CLAIM_EVERY_S):
            self._take(self.outlet.claim(STALE_ENTRY_MS, ENTRIES_PER_READ))
        block_ms = max(1, int(self._schedule.left_s("frame") * 1000))
        self._take(self.outlet.read(ENTRIES_PER_READ, block_ms))

    def _catch_up(self) -> None:
        """Take what was delivered to this consumer before, in an earlier life or over a line that broke."""
        after = b"0"
        while entries := self.outlet.pending(after, ENTRIES_PER_READ):
            self._take(entries)
            after = entries[-1][0]
            self._chores()
            while self.writer.is_full and self.writer.is_alive():
                time.sleep(0.02)
        self._is_behind = False

    def _take(self, entries: Reply) -> None:
        for number, fields in entries:
            if number in self.writer.in_flight:
                continue
            if fields is None:  # deleted meanwhile: nothing is left to store
                self.outlet.settle([number], [])
                continue
            try:
                entry = Entry.read(number, fields)
                reports = report.decode(entry.body, entry.form)
            except (ValueError, RecursionError) as reason:
                log.error("entry %s cannot be read: %s", number, reason)  # noqa: TRY400  the reason says it all
                self.outlet.bury(number, fields, str(reason))
                continue
            self._fold(entry, reports)

    def _fold(self, entry: Entry, reports: list[report.Report]) -> None:
        keys = self.registry.keys
        unknown = {row.serial: row.operator or "" for row in reports if row.serial not in keys}
        if unknown:
            self.registry.register(unknown, _now())
        rows = rows_of(reports, keys, entry.received_ms, _now_ms())
        if rows:
            self.picture.update(picture.batch_of(rows))
        self.writer.put(Work(entry, rows))

    def _chores(self) -> None:
        if self._schedule.is_due("frame", FRAME_EVERY_S):
            self._show_frames()
        if self._schedule.is_due("second", SECOND_S):
            self._show_life()
        if self._schedule.is_due("refresh", REFRESH_EVERY_S):
            self.registry.refresh(_now())
        if self._schedule.is_due("repeat", REPEAT_SNAPSHOTS_EVERY_S):
            self._tiles_to_keep.update(self._live_tiles())
        if self._schedule.is_due("forget", FORGET_EVERY_S):
            self._tiles_to_keep.update(self.picture.forget(_now_ms() - REMEMBER_MS).tolist())

    def _show_frames(self) -> None:
        frames = wire.take_changes(self.picture, time.time() * 1000)
        self._tiles_to_keep.update(tile for tile, _ in frames)
        if frames:
            self._stage.show(frames)

    def _show_life(self) -> None:
        now_ms = time.time() * 1000
        heartbeat.beat(feeds.HEARTBEAT, _now())
        self._stage.show([(HEARTBEAT_TILE, wire.frame(HEARTBEAT_TILE, wire.NOBODY, now_ms))])
        kept = wire.snapshots(self.picture, self._tiles_to_keep, now_ms)
        self._stage.keep(kept, self._tiles_to_keep - self._live_tiles())
        self._tiles_to_keep = set()

    def _live_tiles(self) -> set[int]:
        tiles = self.picture.tile[self.picture.heard()]
        return set(tiles[tiles >= 0].tolist())


def rows_of(reports: list[report.Report], keys: dict[str, int], received_ms: int, processed_ms: int) -> list[Row]:
    """Return reports as rows of the history, without those whose time lies ahead of their receipt."""
    limit_ms, first = received_ms + report.MAX_AHEAD_MS, report.FIRST_VALUE
    as_tuple = msgspec.structs.astuple
    return [
        (keys[row.serial], at, received_ms, processed_ms, *as_tuple(row)[first:])
        for row in reports
        if (at := row.at if type(row.at) is int else report.at_ms(row.at)) <= limit_ms
    ]


def _now() -> datetime:
    return datetime.now(UTC)


def _now_ms() -> int:
    return int(time.time() * 1000)
