"""While the database is away: the picture goes on, and what was accepted waits in the stream and is stored in order."""

import json
import time
from contextlib import contextmanager

import pytest
from django.db import OperationalError, connection

from airspace import feeds
from airspace.engine import Engine
from airspace.engine.loop import MOST_REST_S
from airspace.models import DeadLetter, Drone, Position
from console.access.actor import HOME_PK
from console.database_settings import CONNECT_TIMEOUT_S, GONE_AFTER_S
from console.redis_clients import client
from tests.waiting import wait_until

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_redis")]


def report(serial="S-1", lat_deg=29.0, **changes):
    now_ms = int(time.time() * 1000)
    return {
        "serial": serial, "at": now_ms, "lat_deg": lat_deg, "lon_deg": 123.5, "altitude_wgs84_m": 80.0, **changes,
    }  # fmt: skip


def send(*rows, body=None, organisation=HOME_PK):
    entry = feeds.Entry(
        body or json.dumps(rows).encode(), "array", 1, int(time.time() * 1000), organisation=organisation
    )
    client().xadd(feeds.STREAM, entry.fields())


@pytest.fixture
def engine(monkeypatch):
    monkeypatch.setattr("airspace.engine.loop.close_old_connections", lambda: None)  # the test's transaction is on it
    monkeypatch.setattr("airspace.engine.writer.connection.close", lambda: None)
    monkeypatch.setattr("airspace.engine.loop.REFRESH_EVERY_S", 0.0)
    made = Engine("test")
    made._open()
    send(report())
    work(made)
    assert latitudes(made) == {"S-1": 29.0}
    return made


def work(engine, turns=3):
    for _ in range(turns):
        engine.turn()
        engine.writer.write_waiting()


@contextmanager
def away():
    """Every question to the database fails, in this thread."""

    def fails(*_):
        raise OperationalError("the server closed the connection")

    with connection.execute_wrapper(fails):
        yield


def turn_while_away(engine, turns=3):
    with away():
        for _ in range(turns):
            engine.turn()


def latitudes(engine):
    picture, serials = engine.picture, {key: serial for serial, key in engine.registry.keys.items()}
    return {serials[int(picture.drone[slot])]: float(picture.values[slot, 0]) for slot in picture.heard()}


def stored():
    return list(Position.objects.order_by("pk").values_list("drone__serial", "lat_deg"))


@pytest.mark.parametrize("stranger", [{"body": b"rubbish"}, {"rows": [report("NEW")]}])
def test_what_needs_the_database_stops_nobody_else_and_is_not_lost(engine, stranger):
    send(*stranger.get("rows", ()), body=stranger.get("body"))
    turn_while_away(engine)
    for lat_deg in (30.0, 31.0):
        send(report(lat_deg=lat_deg))
        turn_while_away(engine)
        assert latitudes(engine) == {"S-1": lat_deg}
    assert (stored(), client().xlen(feeds.STREAM)) == ([("S-1", 29.0)], 3)
    work(engine)
    assert ("S-1", 31.0) in stored()
    assert DeadLetter.objects.count() == int("body" in stranger)
    assert Drone.objects.filter(serial="NEW").count() == int("rows" in stranger)
    assert client().xlen(feeds.STREAM) == 0
    assert latitudes(engine)["S-1"] == 31.0


def test_a_batch_with_a_new_drone_shows_the_others_in_it(engine):
    send(report("NEW", lat_deg=10.0), report(lat_deg=30.0))
    turn_while_away(engine)
    assert latitudes(engine) == {"S-1": 30.0}
    work(engine)
    assert latitudes(engine) == {"S-1": 30.0, "NEW": 10.0}


def test_who_came_first_is_believed_however_long_the_database_was_away(engine):
    send(report("NEW", operator="First"))
    turn_while_away(engine)
    send(report("NEW", operator="Second"))
    work(engine)
    assert Drone.objects.get(serial="NEW").operator == "First"
    assert client().xlen(feeds.STREAM) == 0


def test_owners_are_asked_for_before_what_was_accepted_after_they_changed(engine):
    feeds.tell_owners_changed()
    turn_while_away(engine)
    send(report(lat_deg=30.0))
    turn_while_away(engine)
    assert latitudes(engine) == {"S-1": 30.0}
    asked, refresh = [], engine.registry.refresh
    engine.registry.refresh = lambda now: (asked.append(len(stored())), refresh(now))
    work(engine)
    assert asked[0] == 1
    assert (stored()[-1], client().xlen(feeds.STREAM)) == (("S-1", 30.0), 0)


def test_a_writer_that_waits_for_the_database_and_is_full_stops_no_picture(engine, monkeypatch):
    monkeypatch.setattr("airspace.engine.writer.MAX_WAITING_ROWS", 0)
    send(report(lat_deg=30.0))
    engine.turn()
    engine.writer.is_waiting = True
    send(report(lat_deg=31.0))
    engine.turn()
    assert latitudes(engine) == {"S-1": 31.0}
    assert (len(engine.writer._works), client().xlen(feeds.STREAM)) == (1, 2)
    work(engine)
    assert [lat_deg for _, lat_deg in stored()] == [29.0, 30.0, 31.0]


def test_what_is_held_meanwhile_is_the_streams_and_takes_no_memory_of_the_engine(engine):
    turn_while_away(engine, 1)
    for _ in range(50):
        send(report(lat_deg=30.0))
        turn_while_away(engine, 1)
    assert (len(engine.writer._works), len(engine.writer.in_flight)) == (0, 0)
    assert client().xpending(feeds.STREAM, feeds.GROUP)["pending"] == 50
    work(engine)
    assert client().xlen(feeds.STREAM) == 0


def test_an_organisation_that_does_not_own_a_drone_moves_it_no_more_than_before(engine):
    turn_while_away(engine)
    send(report(lat_deg=50.0), organisation=HOME_PK + 7)
    turn_while_away(engine)
    assert latitudes(engine) == {"S-1": 29.0}


def test_a_database_that_lets_whoever_asks_wait_is_asked_seldom_and_the_picture_goes_on(engine, monkeypatch):
    """As one behind a line that is lost: each attempt takes seconds in which nothing is read and nothing shown."""
    asked, refresh = [], engine.registry.refresh

    def hangs(now):
        asked.append(now)
        time.sleep(1.0)
        raise OperationalError("timeout expired")

    monkeypatch.setattr(engine.registry, "refresh", hangs)
    for lat_deg in (30.0, 31.0, 32.0):
        send(report(lat_deg=lat_deg))
        turn_while_away(engine, 1)
    assert (len(asked), latitudes(engine)) == (1, {"S-1": 32.0})
    monkeypatch.setattr(engine.registry, "refresh", refresh)
    wait_until(lambda: work(engine) or not engine._is_database_away, "it is asked again")
    work(engine)
    assert (stored()[-1], client().xlen(feeds.STREAM)) == (("S-1", 32.0), 0)


def test_however_long_an_attempt_takes_the_next_one_comes_soon_enough_to_be_whole_again_within_half_a_minute():
    assert MOST_REST_S + CONNECT_TIMEOUT_S + GONE_AFTER_S < 30
