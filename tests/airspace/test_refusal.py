"""The engine's last word: of another organisation's drones nothing is ever stored, and nothing accepted is lost."""

import json
import random
import time

import pytest
from django.utils import timezone

from airspace import feeds
from airspace.actions.ownership.ownership import transfer
from airspace.actions.tracking import drone as drones
from airspace.models import Drone, LastPosition, Position
from console.actions.access.organisation import add_organisation
from console.actions.audit.audit import SYSTEM
from console.models import OrganisationKind
from console.redis_clients import client
from tests.airspace.engines import opened, work
from tests.channels import listening
from tests.conftest import NOON

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_redis")]
NOW_MS = int(time.time() * 1000) - 60_000


@pytest.fixture
def owners(db):
    """Three organisations."""
    kinds = [OrganisationKind.DRONE_OPERATOR]
    return [add_organisation(SYSTEM, name, name.title(), name, kinds, NOON) for name in ("swift", "crow", "owl")]


def send(owner, key, *rows, token=""):
    """Append reports of (serial, time) as a key of an organisation that the door has let through."""
    reports = [{"serial": s, "at": at, "lat_deg": 29.0, "lon_deg": 123.5, "altitude_wgs84_m": 80.0} for s, at in rows]
    entry = feeds.Entry(json.dumps(reports).encode(), "array", key, NOW_MS + 60_000, token, organisation=owner)
    client().xadd(feeds.STREAM, entry.fields())


def stored():
    return set(Position.objects.values_list("drone__serial", "at_ms", "key_id"))


def test_a_serial_is_of_who_reports_it_first_and_of_nobody_else(engine, owners):
    swift, crow, _ = (owner.pk for owner in owners)
    send(swift, 11, ("A", NOW_MS))
    send(crow, 12, ("A", NOW_MS + 1), ("B", NOW_MS + 1))
    work(engine)
    assert stored() == {("A", NOW_MS, 11), ("B", NOW_MS + 1, 12)}
    assert dict(Drone.objects.values_list("serial", "organisation")) == {"A": swift, "B": crow}
    assert feeds.take_refused() == {(Drone.objects.get(serial="A").pk, 12): 1}
    assert engine.picture.at_ms[0] == NOW_MS


def test_the_keys_of_those_who_run_the_network_report_no_others_drones_either(engine, owners):
    send(owners[0].pk, 11, ("A", NOW_MS))
    send(1, 5, ("A", NOW_MS + 1))
    work(engine)
    assert stored() == {("A", NOW_MS, 11)}


def test_who_waits_for_the_commit_is_told_which_of_the_reports_were_refused(engine, owners):
    with listening(feeds.COMMITTED_CHANNEL) as line:
        send(owners[0].pk, 11, ("A", NOW_MS))
        send(owners[1].pk, 12, ("B", NOW_MS), ("A", NOW_MS), ("C", NOW_MS), ("A", NOW_MS + 1), token="t")
        work(engine)
        assert line.hear() == b"t:1.3"


def test_what_is_accepted_after_a_transfer_is_judged_by_it(engine, owners, django_capture_on_commit_callbacks):
    swift, crow, _ = (owner.pk for owner in owners)
    send(swift, 11, ("A", NOW_MS))
    work(engine)
    with django_capture_on_commit_callbacks(execute=True):
        transfer(SYSTEM, Drone.objects.get(serial="A"), "crow", timezone.now())
    send(swift, 11, ("A", NOW_MS + 1))
    send(crow, 12, ("A", NOW_MS + 2))
    work(engine)
    assert stored() == {("A", NOW_MS, 11), ("A", NOW_MS + 2, 12)}
    assert engine.picture.owner[0] == crow
    assert client().xlen(feeds.STREAM) == 0


def test_what_was_accepted_before_serials_had_owners_is_stored(engine, owners):
    send(owners[0].pk, 11, ("A", NOW_MS))
    entry = feeds.Entry(json.dumps({"serial": "A", "at": NOW_MS + 1, "lat_deg": 1, "lon_deg": 1,
                                    "altitude_wgs84_m": 1}).encode(), "object", 7, NOW_MS + 60_000)  # fmt: skip
    client().xadd(feeds.STREAM, {name: value for name, value in entry.fields().items() if name != "o"})
    work(engine)
    assert stored() == {("A", NOW_MS, 11), ("A", NOW_MS + 1, 7)}


def test_a_key_that_sent_is_on_the_last_position_too(engine, owners):
    send(owners[0].pk, 11, ("A", NOW_MS))
    send(owners[0].pk, 13, ("A", NOW_MS + 1))
    work(engine)
    assert LastPosition.objects.get().key_id == 13


@pytest.mark.parametrize("seed", range(12))
def test_whatever_the_order_and_whoever_dies_own_reports_are_stored_once_and_foreign_ones_never(owners, seed):
    """Against brute force: entries of three organisations of each other's drones, engines that die in between."""
    draw = random.Random(seed)
    serials = [f"X-{number}" for number in range(9)]
    of = {serial: owners[number % 3].pk for number, serial in enumerate(serials)}
    known = draw.sample(serials, 6)
    drones.register(dict.fromkeys(known, ""), NOON, owners=of)
    wanted, foreign, first = set(), set(), dict(of.items() & {s: of[s] for s in known}.items())
    engine = opened()
    for number in range(30):
        owner = draw.choice(owners).pk
        rows = [(draw.choice(serials), NOW_MS + 100 * number + place) for place in range(draw.randint(1, 6))]
        for serial, at in rows:
            is_own = first.setdefault(serial, owner) == owner  # who reports an unknown serial first has it
            (wanted if is_own else foreign).add((serial, at, owner))
        send(owner, owner, *rows)
        if draw.random() < 0.3:
            engine.turn()  # read, and perhaps not stored
        if draw.random() < 0.3:
            engine.writer.write_waiting()
        if draw.random() < 0.2:
            engine = opened()  # the one before died where it stood
    work(engine, 4)
    assert stored() == wanted
    assert not stored() & foreign
    assert client().xlen(feeds.STREAM) == 0
    shown = {int(engine.picture.drone[slot]): int(engine.picture.owner[slot]) for slot in range(engine.picture.count)}
    assert shown == dict(Drone.objects.filter(serial__in={s for s, *_ in wanted}).values_list("pk", "organisation"))
