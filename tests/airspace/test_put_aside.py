"""An entry that cannot be stored is put aside: it neither ends the engine nor is told as stored; the next is stored."""

import json
import time

import pytest
from django.db import OperationalError

from airspace import feeds
from airspace.actions.tracking import dead_letter
from airspace.models import DeadLetter, Position
from console.redis_clients import client
from tests.airspace.engines import opened, work
from tests.channels import listening

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_redis")]


def send(serial="S-1", token="", body=None, lat_deg=29.0, **changes):
    now_ms = int(time.time() * 1000)
    row = {"serial": serial, "at": now_ms, "lat_deg": lat_deg, "lon_deg": 123.5, "altitude_wgs84_m": 80.0}
    entry = feeds.Entry(body or json.dumps([row]).encode(), "array", 1, now_ms, token)
    client().xadd(feeds.STREAM, entry.fields() | changes)


def stored():
    return [row.drone.serial for row in Position.objects.select_related("drone")]


@pytest.mark.parametrize("changes", [{"k": 2**64}, {"r": 2**70}, {"o": 2**63}, {"k": -1}, {"k": "x"}])
def test_an_entry_with_a_number_that_no_column_holds_is_put_aside(engine, changes):
    send(**changes)
    send("S-2")
    work(engine)
    assert (DeadLetter.objects.count(), client().xlen(feeds.STREAM)) == (1, 0)
    assert stored() == ["S-2"]


def test_who_waits_for_the_commit_is_not_told_of_what_was_put_aside(engine, without_66_degrees):
    with listening(feeds.COMMITTED_CHANNEL) as line:
        send(lat_deg=66.0, token="aside")
        send("S-2", token="stored")
        work(engine)
        assert line.rest() == [b"stored"]
    assert (DeadLetter.objects.count(), client().xlen(feeds.STREAM), stored()) == (1, 0, ["S-2"])


def test_killed_between_row_and_acknowledgement_it_is_one_row(engine, monkeypatch):
    def killed(*_):
        raise KeyboardInterrupt

    send(body=b"rubbish")
    with monkeypatch.context() as patch:
        patch.setattr(engine.outlet, "settle", killed)
        with pytest.raises(KeyboardInterrupt):
            engine.turn()
    assert (DeadLetter.objects.count(), client().xlen(feeds.STREAM)) == (1, 1)
    fresh = opened()
    send("S-2")
    work(fresh)
    assert (DeadLetter.objects.count(), client().xlen(feeds.STREAM), stored()) == (1, 0, ["S-2"])


def test_while_the_database_is_away_what_cannot_be_read_waits_in_the_stream(engine, monkeypatch):
    keep, failures = dead_letter.keep, [OperationalError("the connection is closed")] * 2

    def away_twice(*args):
        if failures:
            raise failures.pop()
        return keep(*args)

    monkeypatch.setattr(
        "airspace.engine.loop.close_old_connections", lambda: None
    )  # the test's transaction lives on it
    monkeypatch.setattr("airspace.engine.loop.dead_letter.keep", away_twice)
    monkeypatch.setattr("airspace.engine.loop.REFRESH_EVERY_S", 0.0)
    send(body=b"rubbish")
    send("S-2")
    engine.turn()
    assert (DeadLetter.objects.count(), client().xlen(feeds.STREAM)) == (0, 2)
    work(engine, 3)
    assert (failures, DeadLetter.objects.count(), client().xlen(feeds.STREAM), stored()) == ([], 1, 0, ["S-2"])


@pytest.mark.parametrize("first", [lambda outlet: outlet.claim(0, 9), lambda outlet: outlet.pending(b"0", 9)])
def test_redis_that_came_back_empty_gets_its_group_again_whatever_is_asked_first(engine, first):
    client().flushall()
    assert first(engine.outlet) == []
    send()
    work(engine)
    assert stored() == ["S-1"]
