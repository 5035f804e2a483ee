"""A Redis that is full, or refuses for another reason, stops nobody who drains it; nothing accepted is dropped."""

import json
import time

import pytest

from airspace import feeds
from airspace.actions.ownership import claim
from airspace.actions.tracking import dead_letter
from airspace.models import DeadLetter, Drone, Position
from console import health
from console.access.actor import HOME_PK
from console.errors import Unavailable
from console.live.frames import FRAMES_CHANNEL, HEARTBEAT_TILE, tile_of, unpack
from console.live.live import SNAPSHOT_INDEX_KEY
from console.models import Organisation
from console.redis_clients import GONE, client
from console.run import heartbeat
from tests.airspace.engines import opened, work
from tests.channels import listening
from tests.conftest import NOON

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_redis")]
TILE = tile_of(29.0, 123.5)


def now_ms():
    return int(time.time() * 1000)


def send(body=None, **changes):
    row = {"serial": "F-1", "at": now_ms(), "lat_deg": 29.0, "lon_deg": 123.5, "altitude_wgs84_m": 80.0}
    entry = feeds.Entry(body or json.dumps([row | changes]).encode(), "array", 1, now_ms(), organisation=HOME_PK)
    return client().xadd(feeds.STREAM, entry.fields())


def config(name, value):
    client().config_set(name, value)


@pytest.fixture
def fill():
    """Redis at its limit from the call on: it refuses whatever needs memory."""
    yield lambda: config("maxmemory", 1)
    config("maxmemory", "1gb")


@pytest.fixture
def make_room():
    return lambda: config("maxmemory", "1gb")


@pytest.fixture
def refuse_writes(monkeypatch):
    """Redis short of replicas: it answers, and refuses every write, scripts that may pass its limit included."""
    for closes in ("loop.close_old_connections", "writer.connection.close"):  # the test's transaction lives on it
        monkeypatch.setattr(f"airspace.engine.{closes}", lambda: None)
    yield lambda: config("min-replicas-to-write", 1)
    config("min-replicas-to-write", 0)


def test_an_engine_that_starts_at_the_limit_stores_and_deletes_what_waits(fill):
    opened()
    for age_ms in (2, 1, 0):
        send(at=now_ms() - age_ms)
    fill()
    work(opened())
    assert (Position.objects.count(), client().xlen(feeds.STREAM)) == (3, 0)
    assert client().xpending(feeds.STREAM, feeds.GROUP)["pending"] == 0
    assert heartbeat.age_s(feeds.HEARTBEAT) < 5


def test_its_group_is_made_at_the_limit_where_the_stream_is_there_already(fill):
    send()
    fill()
    work(opened())
    assert (Position.objects.count(), client().xlen(feeds.STREAM)) == (1, 0)


def test_how_many_wait_by_organisation_is_counted_down_at_the_limit(fill):
    engine = opened()
    client().hset(feeds.WAITING, str(HOME_PK), 2)
    send()
    engine.turn()
    send(at=now_ms() + 1)
    fill()
    engine.writer.write_waiting()
    assert client().hgetall(feeds.WAITING) == {b"1": b"1"}
    work(engine)
    assert client().exists(feeds.WAITING) == 0


def test_many_thousand_entries_are_settled_at_once(fill):
    engine = opened()
    line = client().pipeline(transaction=False)
    for _ in range(9_000):
        line.xadd(feeds.STREAM, {"x": ""})
    ids = line.execute()
    engine.outlet.read(9_000, 1)
    fill()
    engine.outlet.settle(ids, {}, [HOME_PK] * len(ids))
    assert (client().xlen(feeds.STREAM), client().xpending(feeds.STREAM, feeds.GROUP)["pending"]) == (0, 0)


def test_an_entry_that_cannot_be_read_is_kept_at_the_limit_and_does_not_hold_up_the_next(fill):
    engine = opened()
    number = send(b"rubbish")
    send()
    fill()
    work(engine)
    letter = DeadLetter.objects.get()
    assert (bytes(letter.body), letter.key_id, letter.organisation_id) == (b"rubbish", 1, HOME_PK)
    assert (letter.entry, letter.form) == (number.decode(), "array")
    assert letter.reason
    assert (Position.objects.count(), client().xlen(feeds.STREAM)) == (1, 0)


def test_snapshots_wait_for_room_and_are_kept_once_there_is_some(fill, make_room):
    engine = opened()
    send()
    fill()
    work(engine)
    engine._show_life()
    assert client().exists(SNAPSHOT_INDEX_KEY) == 0
    assert engine._tiles_to_keep
    make_room()
    engine._show_life()
    assert client().scard(SNAPSHOT_INDEX_KEY) == 1
    assert not engine._tiles_to_keep


def test_tiles_of_drones_that_are_gone_are_told_once_however_long_they_wait_for_room(fill, make_room):
    engine = opened()
    send()
    work(engine)
    engine._show_life()
    with listening(FRAMES_CHANNEL) as line:
        fill()
        Drone.objects.all().delete()
        engine._refresh()
        told = []
        for _ in range(3):
            engine._show_life()
            told.append([tile for tile, _ in unpack(line.hear())])
    assert told == [[HEARTBEAT_TILE, TILE], [HEARTBEAT_TILE], [HEARTBEAT_TILE]]
    assert engine._tiles_to_keep == {TILE}
    assert client().scard(SNAPSHOT_INDEX_KEY) == 0, "who comes later is shown the drone"
    make_room()
    engine._show_life()
    assert not engine._tiles_to_keep


def test_refused_reports_that_cannot_be_counted_are_counted_later(fill, make_room):
    engine = opened()
    fill()
    engine.outlet.count_refused(feeds.Refusals({(7, 1): 2}))
    engine.outlet.count_refused(feeds.Refusals({(7, 1): 1}))
    make_room()
    assert feeds.take_refused() == {}
    engine.outlet.tell_refused()
    assert feeds.take_refused() == {(7, 1): 3}
    engine.outlet.tell_refused()
    assert feeds.take_refused() == {(7, 1): 3}


def test_what_was_taken_of_them_is_noted_at_the_limit_and_counted_once(fill):
    opened().outlet.count_refused(feeds.Refusals({(7, 1): 2}))
    fill()
    claim.take_in(NOON)
    claim.take_in(NOON)
    assert feeds.take_refused() == {}
    assert feeds.refused_by_key() == {1: 2}


def test_a_change_of_owners_goes_down_the_stream_at_the_limit(fill):
    engine = opened()
    fill()
    feeds.tell_owners_changed()
    assert client().xlen(feeds.STREAM) == 1
    work(engine)
    assert client().xlen(feeds.STREAM) == 0


async def test_the_door_refuses_with_503_what_redis_does_not_take(fill):
    fill()
    inlet = feeds.Inlet()
    entry = feeds.Entry(b"[]", "array", 1, now_ms())
    with pytest.raises(Unavailable, match="maxmemory"):
        await inlet.append(entry, 10)
    await inlet.close()


def test_an_engine_goes_on_by_itself_once_redis_takes_writes_again(refuse_writes):
    engine = opened()
    send()
    refuse_writes()
    work(engine)
    with pytest.raises(GONE, match="replicas"):
        client().set("x", 1)
    assert Position.objects.count() == 0
    config("min-replicas-to-write", 0)
    work(engine, 3)
    assert (Position.objects.count(), client().xlen(feeds.STREAM)) == (1, 0)


def test_a_writer_waits_until_redis_takes_the_acknowledgement(refuse_writes, monkeypatch):
    engine, waited = opened(), []

    def sleep(_):
        waited.append(client().xlen(feeds.STREAM))
        config("min-replicas-to-write", 0)

    send()
    engine.turn()
    refuse_writes()
    monkeypatch.setattr("airspace.engine.writer.time.sleep", sleep)
    engine.writer.write_waiting()
    assert (waited, Position.objects.count(), client().xlen(feeds.STREAM)) == ([1], 1, 0)


def test_readiness_says_in_words_that_redis_takes_nothing(monkeypatch):
    assert health.redis_answers() is None
    monkeypatch.setattr(client(), "ping", lambda: client().eval("return redis.error_reply(ARGV[1])", 0, MISCONF))
    assert health.redis_answers() == f"Redis takes nothing for now: {MISCONF.removeprefix('MISCONF ')}"


MISCONF = "MISCONF Errors writing to the AOF file: No space left on device"


@pytest.mark.parametrize(
    "code", ["OOM", "MISCONF", "READONLY", "NOREPLICAS", "UNBLOCKED", "BUSY", "LOADING", "MASTERDOWN"]
)
def test_every_reply_that_means_not_now_is_waited_out(code):
    with pytest.raises(GONE):
        client().eval("return redis.error_reply(ARGV[1])", 0, f"{code} for now")


@pytest.mark.parametrize("reply", ["ERR wrong number", "WRONGTYPE of value", "BUSYGROUP exists", "NOGROUP no such"])
def test_a_mistake_is_not(reply):
    with pytest.raises(Exception, match=reply.split()[1]) as raised:
        client().eval("return redis.error_reply(ARGV[1])", 0, reply)
    assert not isinstance(raised.value, GONE)


def test_what_an_earlier_release_put_aside_is_taken_over(fill):
    fields = feeds.Entry(b"old", "lines", 3, now_ms()).raw()
    for number in range(3):
        client().lpush(feeds.DEAD, repr({"id": b"1-%d" % number, "reason": "r", "fields": fields}))
    client().lpush(feeds.DEAD, "not ours")
    fill()
    opened()
    assert client().exists(feeds.DEAD) == 0
    assert DeadLetter.objects.filter(body=b"old", form="lines", key_id=3).count() == 3
    assert b"not ours" in bytes(DeadLetter.objects.exclude(form="lines").get().body)


def test_a_dead_letter_is_one_row_however_often_it_is_put_aside_and_is_its_organisations():
    other = Organisation.objects.create(slug="o", name_en="O", name_zh="O", made_at=NOON)
    fields = feeds.Entry(b"\xff\0", "array", 3, now_ms(), organisation=other.pk).raw()
    assert [dead_letter.keep(b"1-1", fields, "a \0 reason", NOON) for _ in range(2)] == [other.pk] * 2
    letter = DeadLetter.objects.get()
    assert (letter.organisation_id, bytes(letter.body), letter.reason) == (other.pk, b"\xff\0", "a \ufffd reason")


@pytest.mark.parametrize("owner", [b"0", b"999999", b"x", b"-1", b"9" * 30])
def test_a_dead_letter_of_an_owner_that_is_not_there_is_of_those_who_run_the_network(owner):
    dead_letter.keep(b"1-1", {b"o": owner, b"k": owner, b"r": owner, b"b": b""}, "r", NOON)
    assert DeadLetter.objects.get().organisation_id == HOME_PK
