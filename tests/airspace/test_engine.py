"""The engine: from the stream to the database and to frames, and what it does with faults."""

import json
import time

import numpy as np
import pytest

from airspace import feeds, judged
from airspace.engine import writer
from airspace.kernels import control_link, wire
from airspace.models import DeadLetter, Drone, LastPosition, Position
from console.live.frames import FRAMES_CHANNEL, HEARTBEAT_TILE, tile_of, unpack
from console.live.live import SNAPSHOT_INDEX_KEY, SNAPSHOT_KEY
from console.models import AuditEntry
from console.redis_clients import client
from console.run import heartbeat
from tests.airspace.engines import opened, work
from tests.channels import listening
from tests.waiting import wait_until

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_redis")]
TILE = tile_of(29.0, 123.5)


def now_ms():
    return int(time.time() * 1000)


def report(serial="S-1", at=None, **changes):
    return {
        "serial": serial,
        "at": at or now_ms(),
        "lat_deg": 29.0,
        "lon_deg": 123.5,
        "altitude_wgs84_m": 80.0,
        **changes,
    }


def send(*rows, token="", body=None):
    entry = feeds.Entry(body or json.dumps(rows).encode(), "array", 1, now_ms(), token)
    return client().xadd(feeds.STREAM, entry.fields())


def test_a_report_of_a_stranger_is_stored_and_the_stranger_registered_unverified(engine):
    send(report(operator="Op", speed_mps=3.0, status="airborne"))
    work(engine)
    drone = Drone.objects.get(serial="S-1")
    assert (drone.is_verified, drone.operator) == (False, "Op")
    position = Position.objects.get()
    assert (position.drone_id, position.speed_mps, position.status, position.battery_pct) == (
        drone.pk,
        3.0,
        "airborne",
        None,
    )
    assert position.at_ms <= position.received_ms <= position.processed_ms
    assert LastPosition.objects.get().drone_id == drone.pk
    assert AuditEntry.objects.get(verb="registered drone").actor == "system"


def test_an_entry_leaves_the_stream_only_after_its_rows_are_committed(engine):
    send(report())
    engine.turn()
    assert (client().xlen(feeds.STREAM), Position.objects.count()) == (1, 0)
    engine.writer.write_waiting()
    assert (client().xlen(feeds.STREAM), Position.objects.count()) == (0, 1)
    assert client().xpending(feeds.STREAM, feeds.GROUP)["pending"] == 0


def test_the_same_drone_and_time_is_stored_once(engine):
    at = now_ms()
    for _ in range(3):
        send(report(at=at), report(at=at, lat_deg=10.0))
    work(engine)
    assert Position.objects.get().lat_deg == 29.0


def test_a_late_report_is_history_but_does_not_move_the_track_back(engine):
    at = now_ms()
    send(report(at=at), report(at=at - 60_000, lat_deg=10.0))
    work(engine)
    send(report(at=at - 30_000, lat_deg=11.0))
    work(engine)
    assert Position.objects.count() == 3
    assert engine.picture.values[0, 0] == 29.0
    assert LastPosition.objects.get().at_ms == at


def test_a_report_from_the_future_is_not_stored(engine):
    send(report(at=now_ms() + 5_000), report(serial="S-2"))
    work(engine)
    assert [position.drone.serial for position in Position.objects.select_related("drone")] == ["S-2"]


def test_who_waits_for_the_commit_is_told(engine):
    with listening(feeds.COMMITTED_CHANNEL) as line:
        send(report(), token="abc")
        work(engine)
        assert line.hear() == b"abc"


@pytest.mark.parametrize("body", [b"rubbish", b"[1]", b"\xff", b'[{"serial": "x"}]'])
def test_an_entry_that_cannot_be_read_is_put_aside_and_the_next_is_stored(engine, body):
    send(body=body)
    send(report())
    work(engine)
    assert Position.objects.count() == 1
    assert (DeadLetter.objects.count(), client().xlen(feeds.STREAM)) == (1, 0)


def test_an_entry_of_a_foreign_shape_is_put_aside(engine):
    client().xadd(feeds.STREAM, {"hello": "world"})
    work(engine)
    assert (DeadLetter.objects.count(), client().xlen(feeds.STREAM)) == (1, 0)


def test_frames_and_snapshots_show_what_was_reported(engine):
    seen = {}

    def turn():
        engine.turn()
        for message in line.rest():
            seen.update(unpack(message))
        return {TILE, HEARTBEAT_TILE} <= set(seen)

    with listening(FRAMES_CHANNEL) as line:
        send(report(track_deg=90.0))
        wait_until(turn, "the tile and the heartbeat are told", every_s=0.01)
    key = Drone.objects.get().pk
    kind, flags, _, tile, rows, _ = wire.HEADER.unpack_from(seen[TILE])
    assert (kind, flags, tile, rows) == (1, 0, TILE, 1)
    assert int.from_bytes(seen[TILE][20:24], "little") == key
    assert len(seen[HEARTBEAT_TILE]) == 20
    wait_until(lambda: engine.turn() or client().exists(SNAPSHOT_KEY % TILE), "the tile is kept", every_s=0.01)
    assert client().get(SNAPSHOT_KEY % TILE)[1] == wire.FLAG_SNAPSHOT
    assert client().smembers(SNAPSHOT_INDEX_KEY) == {str(TILE).encode()}
    assert 0 < client().ttl(SNAPSHOT_KEY % TILE) <= 60


def test_a_drone_that_is_gone_is_told_of_by_the_whole_frame_of_its_tile(engine):
    send(report(), report(serial="S-2"))
    work(engine)
    engine._show_frames()
    with listening(FRAMES_CHANNEL) as line:
        gone, stays = Drone.objects.order_by("serial")
        gone.delete()
        engine._refresh()
        engine._show_life()
        told = dict(unpack(line.hear()))
    _, flags, _, _, count, _ = wire.HEADER.unpack_from(told[TILE])
    assert (flags, count) == (wire.FLAG_SNAPSHOT, 1)
    assert int.from_bytes(told[TILE][20:24], "little") == stays.pk


def test_the_engine_beats(engine):
    assert feeds.engine_beats() == "engine has never been heard"
    engine.turn()
    assert feeds.engine_beats() is None
    assert heartbeat.age_s("engine") < 5


def test_a_new_engine_knows_where_everyone_was(engine):
    send(report(), report(serial="S-2", at=now_ms() - 2 * 3_600_000))
    work(engine)
    fresh = opened()
    assert fresh.picture.count == 1
    assert fresh.picture.values[0, 0] == 29.0
    assert fresh.picture.is_unverified[0]


def test_what_was_read_but_not_stored_is_stored_by_the_next_engine_of_that_name(engine):
    send(report())
    engine.turn()  # read, and then it dies
    fresh = opened()
    work(fresh)
    assert (Position.objects.count(), client().xlen(feeds.STREAM)) == (1, 0)


def test_what_another_engine_left_behind_is_claimed(engine, monkeypatch):
    send(report())
    engine.turn()
    monkeypatch.setattr("airspace.engine.loop.STALE_ENTRY_MS", 0)
    other = opened("other")
    work(other)
    assert (Position.objects.count(), client().xlen(feeds.STREAM)) == (1, 0)


def test_an_entry_in_flight_is_not_taken_twice(engine, monkeypatch):
    monkeypatch.setattr("airspace.engine.loop.STALE_ENTRY_MS", 0)
    monkeypatch.setattr("airspace.engine.loop.CLAIM_EVERY_S", 0.0)
    send(report())
    engine.turn()
    engine.turn()
    assert len(engine.writer._works) == 1


def test_verifying_a_drone_reaches_the_picture(engine, monkeypatch):
    from django.utils import timezone

    from airspace.actions.tracking.drone import change
    from console.actions.audit.audit import SYSTEM

    send(report())
    work(engine)
    assert engine.picture.is_unverified[0]
    change(SYSTEM, Drone.objects.get(), timezone.now(), is_verified=True)
    engine.registry.refresh(timezone.now())
    assert not engine.picture.is_unverified[0]


def test_what_was_judged_of_control_links_reaches_the_frames_and_is_unknown_once_nobody_judges(engine):
    send(report())
    work(engine)
    engine._show_frames()
    rows = np.zeros(1, control_link.HELD)
    rows["drone"], rows["state"] = Drone.objects.get().pk, control_link.BELOW
    judged.keep(rows, now_ms())
    engine._take_links()
    with listening(FRAMES_CHANNEL) as line:
        engine._show_frames()
        told = dict(unpack(line.hear()))
    assert told[TILE][wire.HEADER.size + 18] >> wire.CONTROL_LINK_SHIFT == control_link.BELOW
    client().flushall()
    engine._take_links()
    assert engine.picture.control_link[0] == control_link.UNKNOWN


def test_redis_that_came_back_empty_gets_its_group_again(engine):
    engine.turn()
    client().flushall()
    send(report())
    work(engine, 3)
    assert Position.objects.count() == 1


def test_a_locked_database_is_waited_for(engine, monkeypatch):
    from django.db import OperationalError

    from airspace.actions.tracking import history

    store, failures = history.store, []

    def locked_twice(rows):
        rows = list(rows)
        if len(failures) < 2:
            failures.append(1)
            raise OperationalError("database is locked")
        store(rows)

    monkeypatch.setattr("airspace.engine.writer.history.store", locked_twice)
    monkeypatch.setattr("airspace.engine.writer.connection.close", lambda: None)  # the test's transaction lives on it
    send(report())
    work(engine)
    assert (len(failures), Position.objects.count()) == (2, 1)


def test_a_row_the_database_will_not_have_is_put_aside_and_the_others_are_stored(engine, without_66_degrees):
    send(report(lat_deg=66.0))
    send(report(serial="S-2"))
    work(engine)
    assert Position.objects.count() == 1
    assert (DeadLetter.objects.count(), client().xlen(feeds.STREAM)) == (1, 0)


def test_a_full_writer_stops_the_reading(engine, monkeypatch):
    monkeypatch.setattr("airspace.engine.writer.MAX_WAITING_ROWS", 0)
    send(report())
    engine.turn()
    send(report(serial="S-2"))
    engine.turn()
    assert len(engine.writer._works) == 1
    engine.writer.write_waiting()
    work(engine)
    assert Position.objects.count() == 2


def test_the_list_is_behind_the_history_until_it_is_written(engine):
    send(report())
    engine.turn()
    engine.writer.write_waiting()
    assert (Position.objects.count(), LastPosition.objects.count()) == (1, 0)
    engine.writer.write_list()
    assert LastPosition.objects.get().at_ms == Position.objects.get().at_ms


def test_an_end_between_history_and_list_leaves_nothing_behind(engine):
    at = now_ms()
    send(report(at=at - 2 * 3_600_000), report(serial="S-2", at=at - 5_000))
    work(engine)
    send(report(at=at, battery_pct=15.0), report(serial="S-3", at=at))
    engine.turn()
    engine.writer.write_waiting()  # and then it dies
    fresh = opened()
    listed = {row.drone.serial: row for row in LastPosition.objects.select_related("drone")}
    assert {serial: row.at_ms for serial, row in listed.items()} == {"S-1": at, "S-2": at - 5_000, "S-3": at}
    assert (listed["S-1"].state, listed["S-1"].battery_pct) == (1, 15.0)
    assert fresh.picture.count == 3


@pytest.mark.django_db(transaction=True)
def test_who_waited_for_the_commit_finds_the_drone_in_the_list_a_second_later(engine):
    engine.writer.start()
    try:
        send(report(), token="abc")
        engine.turn()
        wait_until(lambda: Position.objects.exists(), "the history is committed", every_s=0.02)
        wait_until(lambda: LastPosition.objects.exists(), "the list shows it", every_s=0.02)
        assert writer.LIST_EVERY_S + writer.WRITE_AT_LATEST_S < 1.0
    finally:
        engine.writer.finish(5.0)


def test_a_drone_that_cannot_be_registered_is_put_aside_with_its_entry_alone(engine, monkeypatch):
    from django.db import DataError

    register = engine.registry.register

    def picky(operators, now, owners):
        if "BAD" in operators:
            raise DataError("no such serial here")
        register(operators, now, owners)

    monkeypatch.setattr(engine.registry, "register", picky)
    send(report(serial="BAD"))
    send(report(serial="S-2"))
    work(engine)
    assert [row.drone.serial for row in Position.objects.select_related("drone")] == ["S-2"]
    assert (DeadLetter.objects.count(), client().xlen(feeds.STREAM)) == (1, 0)


def test_entries_read_together_are_stored_as_if_they_came_one_by_one(engine):
    at = now_ms()
    send(report(operator="First", at=at, lat_deg=10.0), report(serial="S-2", at=at))
    send(report(operator="Second", at=at, lat_deg=11.0), report(at=at - 1))
    send(report(at=at + 5_000), report(at=at + 1, lat_deg=12.0))
    work(engine)
    drone = Drone.objects.get(serial="S-1")
    rows = Position.objects.filter(drone=drone).order_by("at_ms").values_list("at_ms", "lat_deg")
    assert drone.operator == "First"
    assert list(rows) == [(at - 1, 29.0), (at, 10.0), (at + 1, 12.0)]
    assert LastPosition.objects.get(drone=drone).lat_deg == 12.0


def test_a_demoted_primary_and_a_damaged_file_put_no_entry_aside(engine, monkeypatch):
    """Neither is an `OperationalError`, and both end: what is put aside is stored only once somebody sends it again."""
    import sqlite3

    from django.db import DatabaseError, InternalError
    from psycopg.errors import ReadOnlySqlTransaction

    from airspace.actions.tracking import history

    damaged = sqlite3.DatabaseError("database disk image is malformed")
    damaged.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    store = history.store
    errors = [(InternalError, ReadOnlySqlTransaction("cannot execute INSERT")), (DatabaseError, damaged)]

    def refused_twice(rows):
        rows = list(rows)
        if errors:
            kind, cause = errors.pop()
            raise kind(str(cause)) from cause
        store(rows)

    monkeypatch.setattr("airspace.engine.writer.history.store", refused_twice)
    monkeypatch.setattr("airspace.engine.writer.connection.close", lambda: None)  # the test's transaction lives on it
    send(report())
    work(engine)
    assert (errors, Position.objects.count(), DeadLetter.objects.count()) == ([], 1, 0)
