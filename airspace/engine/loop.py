"""The loop behind `manage.py track`: read, judge, show, and hand over to the writer."""

import gc
import logging
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, repeat

from django.db import DatabaseError, close_old_connections, connection

from airspace import feeds, judged
from airspace.actions.tracking import dead_letter, history, picture
from airspace.actions.tracking.history import Row
from airspace.engine.writer import RETRY_S, SECOND_S, Schedule, Work, Writer, is_away
from airspace.feeds import Entry, Outlet, Refusals, Reply
from airspace.kernels import control_link, wire
from airspace.kernels.tracking import Picture
from airspace.serializers import report
from airspace.stage import Stage
from console.access.actor import HOME_PK
from console.live.frames import HEARTBEAT_TILE
from console.redis_clients import GONE
from console.run import heartbeat, loops
from console.run.clock import MACHINE

log = logging.getLogger(__name__)
FRAME_EVERY_S = 0.25
REFRESH_EVERY_S = 2.0
LINKS_EVERY_S = 2.0
RESTS, MOST_REST_S = 5, 15.0
"""A database that lets whoever asks wait is left alone for so many times as long: nothing is shown while we wait."""
CLAIM_EVERY_S = 5.0
REPEAT_SNAPSHOTS_EVERY_S = 20.0
FORGET_EVERY_S = 60.0
REMEMBER_MS = 3_600_000
STALE_ENTRY_MS = 30_000
ENTRIES_PER_READ = 64
NEW_OBJECTS_PER_COLLECTION = 100_000
STOP_WITHIN_S = 10.0
OPEN_WITHIN_S = 300.0
"""So long it may take to read the last hour."""


@dataclass(frozen=True)
class Read:
    """An entry and the reports in it."""

    entry: Entry
    reports: list[report.Report]

    def others(self, own: Mapping[str, int]) -> list[int]:
        """Return the places of reports whose serial is not its organisation's: unknown, or another's."""
        return [place for place, row in enumerate(self.reports) if row.serial not in own]


class Engine:
    """The loop behind `manage.py track`."""

    def __init__(self, consumer: str) -> None:
        self.is_stopping = False
        self.outlet = Outlet(consumer)
        self.writer = Writer(self.outlet)
        self.picture = Picture()
        self.registry = picture.Registry(self.picture)
        self._stage = Stage()
        self._schedule = Schedule(time.monotonic)
        self._tiles_to_keep: set[int] = set()
        self._tiles_left: set[int] = set()  # by drones that are gone: told as a whole, since no change tells it
        self._is_behind = True
        self._is_database_away = False
        self._loop = loops.claim("engine", OPEN_WITHIN_S)

    def run(self) -> None:
        """Run until `is_stopping`, then store what was read and end."""
        self._insist(self._open)
        gc.freeze()
        gc.set_threshold(NEW_OBJECTS_PER_COLLECTION)  # thousands of rows live for a moment, and none in a cycle
        self.writer.start()
        self._loop.may_take(loops.SILENCE_S)
        while not self.is_stopping and self.writer.is_alive():
            self.turn()
        self.writer.finish(STOP_WITHIN_S)
        self._guard(self._show_frames)
        connection.close()

    def turn(self) -> None:
        """Read once, for at most as long as the next frame may wait, and do what is due."""
        if self.writer.is_full and self._is_storing:
            time.sleep(min(0.02, self._schedule.left_s("frame")))
        else:
            self._guard(self._read)
        self._guard(self._chores)

    def stop(self, *_: object) -> None:
        """End after this turn; fit to be a signal handler."""
        self.is_stopping = True

    @property
    def _is_storing(self) -> bool:
        """Whether what is read is handed over; else it is shown only, and stays in the stream."""
        return not (self._is_database_away or (self.writer.is_full and self.writer.is_waiting))

    def _open(self) -> None:
        history.prepare_connection()
        self.outlet.open()
        dead_letter.adopt(_now())
        self._stage.clear()
        self.registry.refresh(_now())
        history.reconcile(_now_ms())
        restored = picture.rebuild(self.picture, _now_ms() - REMEMBER_MS)
        log.info("%d drones registered, %d heard within the last hour", len(self.registry.keys), restored)

    def _insist(self, step: Callable[[], None]) -> None:
        while not self.is_stopping and not self._guard(step):
            pass

    def _guard(self, step: Callable[[], None]) -> bool:
        """Do a step; when Redis or the database is away, wait a moment and return False."""
        self._loop.beat()
        try:
            step()
        except (*GONE, DatabaseError) as reason:
            if not isinstance(reason, GONE) and not is_away(reason):
                raise
            log.warning("%s: away (%s); trying again", getattr(step, "__name__", "step"), reason)
            close_old_connections()
            self._is_behind = True
            self._tiles_to_keep.update(self._live_tiles())
            time.sleep(RETRY_S)
            return False
        return True

    def _read(self) -> None:
        if self._is_behind and self._is_storing:
            self._catch_up()
        if self._is_storing and self._schedule.is_due("claim", CLAIM_EVERY_S):
            self._take(self.outlet.claim(STALE_ENTRY_MS, ENTRIES_PER_READ))
        block_ms = max(1, int(self._schedule.left_s("frame") * 1000))
        self._take(self.outlet.read(ENTRIES_PER_READ, block_ms))

    def _catch_up(self) -> None:
        """Take what was delivered to this consumer before, in an earlier life or over a line that broke."""
        after, self._is_behind = b"0", False
        while not self._is_behind and (entries := self.outlet.pending(after, ENTRIES_PER_READ)):
            self._take(entries)
            after = entries[-1][0]
            self._chores()
            self._loop.beat()
            while self.writer.is_full and self._is_storing and self.writer.is_alive():
                self._loop.beat()
                time.sleep(0.02)
            self._is_behind = self._is_behind or not self._is_storing

    def _take(self, entries: Reply) -> None:
        """Fold entries in, all in one go; those that cannot be read are put aside.

        Without the database they are shown only, as far as their drones are known. They stay in the stream, whose
        length the door bounds, and are taken in their order once it is back.
        """
        if self._is_storing:
            try:
                self._store(entries)
            except DatabaseError as reason:
                if not is_away(reason):
                    raise
                self._lose_database(reason)
            else:
                return
        self._is_behind = True
        self._show_known(entries)

    def _store(self, entries: Reply) -> None:
        decoded = [self._decode(number, fields) for number, fields in entries if number not in self.writer.in_flight]
        if read := [entry for entry in decoded if entry]:
            self._fold(self._registered(read))

    def _show_known(self, entries: Reply) -> None:
        now_ms, rows = _now_ms(), list[Row]()
        for number, fields in entries:
            with suppress(ValueError, RecursionError):  # what cannot be read is put aside when it is taken
                entry = Entry.read(number, fields or {})
                own = self.registry.own(entry.organisation)
                reports = [row for row in report.decode(entry.body, entry.form) if row.serial in own]
                rows += rows_of(reports, own, entry, now_ms)
        if rows:
            self.picture.update(picture.batch_of(rows), now_ms)

    def _lose_database(self, reason: Exception) -> None:
        log.warning("the database is away (%s); positions are shown and wait in the stream", reason)
        close_old_connections()
        self._is_database_away = True

    def _decode(self, number: bytes, fields: dict[bytes, bytes] | None) -> Read | None:
        if fields is None:  # deleted meanwhile: nothing is left to store
            self.outlet.settle([number], {})
            return None
        if feeds.NOTICE in fields:  # what was accepted after a transfer comes after this, and is judged by it
            self.registry.refresh(_now())
            self.outlet.settle([number], {})
            return None
        try:
            entry = Entry.read(number, fields)
            return Read(entry, report.decode(entry.body, entry.form))
        except (ValueError, RecursionError) as reason:
            log.error("entry %s cannot be read: %s", number, reason)  # noqa: TRY400  the reason says it all
            self._bury(number, fields, str(reason))
            return None

    def _bury(self, number: bytes, fields: dict[bytes, bytes], reason: str) -> None:
        owner = dead_letter.keep(number, fields, reason, _now())
        self.outlet.settle([number], {}, [owner])

    def _registered(self, read: list[Read]) -> list[Read]:
        """Return what was read with all its drones registered, without entries whose drones cannot be."""
        try:
            self._register(read)
        except DatabaseError as reason:
            if is_away(reason):
                raise
            log.exception("drones of %d entries cannot be registered; trying one by one", len(read))
            return [entry for entry in read if self._register_alone(entry)]
        return read

    def _register(self, read: list[Read]) -> None:
        operators, owners = dict[str, str](), dict[str, int]()
        for entry in read:
            for place in entry.others(self.registry.own(entry.entry.organisation)):
                row = entry.reports[place]
                if row.serial not in owners and not self.registry.knows(row.serial):  # who came first is believed
                    operators[row.serial] = row.operator or ""
                    owners[row.serial] = entry.entry.organisation or HOME_PK
        if operators:
            self.registry.register(operators, _now(), owners)

    def _register_alone(self, entry: Read) -> bool:
        try:
            self._register([entry])
        except DatabaseError as reason:
            if is_away(reason):
                raise
            self._bury(entry.entry.id, entry.entry.raw(), str(reason))
            return False
        return True

    def _fold(self, read: list[Read]) -> None:
        now_ms = _now_ms()
        works = [self._work(entry, now_ms) for entry in read]
        if rows := list(chain.from_iterable(work.rows for work in works)):
            self.picture.update(picture.batch_of(rows), now_ms)
        self.writer.put(works)

    def _work(self, entry: Read, now_ms: int) -> Work:
        """Return what is to be stored of an entry, without others' drones, which are counted, and retired ones."""
        own = self.registry.own(entry.entry.organisation)
        try:
            return Work(entry.entry, rows_of(entry.reports, own, entry.entry, now_ms))
        except KeyError:
            refused = entry.others(own)
        drones = (self.registry.keys.get(entry.reports[place].serial) for place in refused)
        self.outlet.count_refused(Refusals((drone, entry.entry.key) for drone in drones if drone is not None))
        kept = [row for row in entry.reports if row.serial in own]
        return Work(entry.entry, rows_of(kept, own, entry.entry, now_ms), refused)

    def _refresh(self) -> None:
        """Take in what changed of drones; where the database is away, this is also what finds that it is back."""
        began_s = time.monotonic()
        try:
            self.registry.refresh(_now())
        except DatabaseError as reason:
            if not is_away(reason):
                raise
            self._lose_database(reason)
            if (took_s := time.monotonic() - began_s) > FRAME_EVERY_S:
                self._schedule.postpone("refresh", min(MOST_REST_S, RESTS * took_s))
            return
        self._is_database_away = False
        if removed := self.registry.take_removed():
            self._tiles_left.update(self.picture.drop(removed).tolist())

    def _chores(self) -> None:
        if self._schedule.is_due("frame", FRAME_EVERY_S):
            self._show_frames()
        if self._schedule.is_due("second", SECOND_S):
            self._show_life()
        if self._schedule.is_due("refresh", REFRESH_EVERY_S):
            self._refresh()
        if self._schedule.is_due("links", LINKS_EVERY_S):
            self._take_links()
        if self._schedule.is_due("repeat", REPEAT_SNAPSHOTS_EVERY_S):
            self._tiles_to_keep.update(self._live_tiles())
        if self._schedule.is_due("forget", FORGET_EVERY_S):
            self._tiles_left.update(self.picture.forget(_now_ms() - REMEMBER_MS).tolist())

    def _take_links(self) -> None:
        """Take in what was judged of the drones' control links; what nobody judges any more is unknown."""
        links = judged.read()
        self.picture.judge(lambda drones: control_link.codes_of(links.rows if links else control_link.NOBODY, drones))

    def _show_frames(self) -> None:
        frames = wire.take_changes(self.picture, _now_ms())
        self._tiles_to_keep.update(tile for tile, _ in frames)
        if frames:
            self._stage.show(frames)

    def _show_life(self) -> None:
        now_ms = _now_ms()
        heartbeat.beat(feeds.HEARTBEAT)
        self._tiles_to_keep |= self._tiles_left
        kept = wire.snapshots(self.picture, self._tiles_to_keep, now_ms)
        left = [(tile, frame) for tile, frame in kept if tile in self._tiles_left]
        self._stage.show([(HEARTBEAT_TILE, wire.frame(HEARTBEAT_TILE, wire.NOBODY, now_ms)), *left])
        self._tiles_left = set()  # told once, however long they wait to be kept
        if self._stage.keep(kept, self._tiles_to_keep - self._live_tiles()):
            self._tiles_to_keep = set()
        self.outlet.tell_refused()

    def _live_tiles(self) -> set[int]:
        tiles = self.picture.tile[self.picture.heard()]
        return set(tiles[tiles >= 0].tolist())


def rows_of(reports: list[report.Report], own: Mapping[str, int], entry: Entry, now_ms: int) -> list[Row]:
    """Return reports as rows of the history, without those whose time lies ahead of their receipt.

    Raises:
        KeyError: a serial is not among its organisation's own.
    """
    limit_ms, times_ms = entry.received_ms + report.MAX_AHEAD_MS, report.times_of(reports)
    if max(times_ms, default=0) > limit_ms:
        reports = [row for row, at_ms in zip(reports, times_ms, strict=True) if at_ms <= limit_ms]
        times_ms = report.times_of(reports)
    drones = [own[row.serial] for row in reports]
    both = repeat(entry.received_ms), repeat(now_ms)
    return list(zip(drones, times_ms, *both, *report.values_of(reports), repeat(entry.key), strict=False))


def _now() -> datetime:
    return MACHINE.now()


def _now_ms() -> int:
    return int(MACHINE.now().timestamp() * 1_000)
