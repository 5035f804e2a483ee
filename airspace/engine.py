"""The engine: reports from the stream into the live picture, frames out of it, and every report into the database.

One thread reads, judges and shows; another writes, so that a slow database never holds the picture up. An entry leaves
the stream only after its rows are committed: whatever dies in between is read again, and a row stored twice is one row.
The list of last positions follows the history by at most a second; an engine that starts brings it up to date.
"""

import gc
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain, repeat

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
WRITE_AT_LATEST_S = 0.25
LIST_EVERY_S = 0.7  # and one write later at the latest, which makes less than a second
SECOND_S = 1.0
REFRESH_EVERY_S = 2.0
CLAIM_EVERY_S = 5.0
REPEAT_SNAPSHOTS_EVERY_S = 20.0
FORGET_EVERY_S = 60.0
REMEMBER_MS = 3_600_000
STALE_ENTRY_MS = 30_000
ENTRIES_PER_READ = 64
MAX_WAITING_ROWS = 60_000
ENTRIES_THAT_HURRY = 250
ROWS_THAT_HURRY = 15_000
NEW_OBJECTS_PER_COLLECTION = 100_000
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


@dataclass(frozen=True)
class Read:
    """An entry and the reports in it."""

    entry: Entry
    reports: list[report.Report]

    def strangers(self, keys: Mapping[str, int]) -> dict[str, str]:
        """Return the operators of serials without a key, by serial."""
        return {row.serial: row.operator or "" for row in self.reports if row.serial not in keys}


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
    """Stores rows in one transaction, then acknowledges their entries.

    Every 100 ms where somebody waits for the commit or much has come, else every 250 ms: fewer writes cost less.
    """

    def __init__(self, outlet: Outlet) -> None:
        super().__init__(name="writer", daemon=True)
        self.in_flight: set[bytes] = set()
        self._outlet = outlet
        self._works: list[Work] = []
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._hurry = threading.Event()
        self._newest: dict[int, Row] = {}
        self._waiting_rows = 0
        self._schedule = Schedule(time.monotonic)
        self._last_cleaned = 0

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
        self._try(history.prepare_connection)
        while True:
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
            self._until_done(lambda: history.keep_newest(self._newest))
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
            history.pick_newest(self._newest, rows)
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
            history.pick_newest(self._newest, work.rows)
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
        gc.freeze()
        gc.set_threshold(NEW_OBJECTS_PER_COLLECTION)  # thousands of rows live for a moment, and none in a cycle
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
        history.reconcile()
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
        """Fold entries in, all in one go; those that cannot be read are put aside."""
        found = [self._decode(number, fields) for number, fields in entries if number not in self.writer.in_flight]
        if read := [one for one in found if one]:
            self._fold(self._registered(read))

    def _decode(self, number: bytes, fields: dict[bytes, bytes] | None) -> Read | None:
        if fields is None:  # deleted meanwhile: nothing is left to store
            self.outlet.settle([number], [])
            return None
        try:
            entry = Entry.read(number, fields)
            return Read(entry, report.decode(entry.body, entry.form))
        except (ValueError, RecursionError) as reason:
            log.error("entry %s cannot be read: %s", number, reason)  # noqa: TRY400  the reason says it all
            self.outlet.bury(number, fields, str(reason))
            return None

    def _registered(self, read: list[Read]) -> list[Read]:
        """Return what was read with all its drones registered, without entries whose drones cannot be."""
        try:
            self._register(read)
        except AWAY:
            raise
        except DatabaseError:
            log.exception("drones of %d entries cannot be registered; trying one by one", len(read))
            return [one for one in read if self._register_alone(one)]
        return read

    def _register(self, read: list[Read]) -> None:
        keys, unknown = self.registry.keys, dict[str, str]()
        for one in read:
            unknown = one.strangers(keys) | unknown  # the entry that came first is believed
        if unknown:
            self.registry.register(unknown, _now())

    def _register_alone(self, one: Read) -> bool:
        try:
            self._register([one])
        except AWAY:
            raise
        except DatabaseError as reason:
            self.outlet.bury(one.entry.id, one.entry.raw(), str(reason))
            return False
        return True

    def _fold(self, read: list[Read]) -> None:
        keys, now_ms = self.registry.keys, _now_ms()
        works = [Work(one.entry, rows_of(one.reports, keys, one.entry.received_ms, now_ms)) for one in read]
        if rows := list(chain.from_iterable(work.rows for work in works)):
            self.picture.update(picture.batch_of(rows))
        self.writer.put(works)

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


def rows_of(reports: list[report.Report], keys: Mapping[str, int], received_ms: int, processed_ms: int) -> list[Row]:
    """Return reports as rows of the history, without those whose time lies ahead of their receipt."""
    limit_ms, times_ms = received_ms + report.MAX_AHEAD_MS, report.times_of(reports)
    if max(times_ms, default=0) > limit_ms:
        reports = [row for row, at_ms in zip(reports, times_ms, strict=True) if at_ms <= limit_ms]
        times_ms = report.times_of(reports)
    drones = [keys[row.serial] for row in reports]
    both = repeat(received_ms), repeat(processed_ms)
    return list(zip(drones, times_ms, *both, *report.values_of(reports), strict=False))


def _now() -> datetime:
    return datetime.now(UTC)


def _now_ms() -> int:
    return int(time.time() * 1000)
