"""Taking drones out of the register: retiring, deleting, and how many new ones a key may bring in."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from django.utils import timezone

from airspace import feeds, newcomers
from airspace.actions.ownership import removal
from airspace.actions.tracking import drone as drones
from airspace.actions.tracking import history, picture
from airspace.events import DronesRemoved
from airspace.kernels.tracking import Picture
from airspace.models import Drone, LastPosition, Position
from airspace.views import reports
from console.access.keys import Key
from console.access.roles import Role
from console.models import AuditEntry
from console.redis_clients import client
from tests.airspace.engines import opened, work
from tests.airspace.test_engine import report, send
from tests.airspace.test_reports import PATH
from tests.airspace.test_reports import caller as caller  # noqa: PLC0414  a fixture
from tests.airspace.test_reports import report as posted
from tests.airspace.tracking.test_drones import now_ms, row, store

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_redis")]


@pytest.fixture
def fleet():
    made = drones.register({f"X-{number}": "" for number in range(4)}, timezone.now())
    drones.register({"V-1": "Swift"}, timezone.now(), is_verified=True)
    at = now_ms()
    store([row(raw, at - second) for raw in made for second in range(3)])
    return made


def serials(viewer, query=""):
    return [raw["serial"] for raw in viewer.get(f"/api/v1/drones?{query}").json()["results"]]


def test_a_deleted_drone_goes_at_once_and_its_history_after_it(fleet, signed_in, published):
    admin = signed_in("administrator")
    assert admin.delete(f"/api/v1/drones/{fleet[0].pk}").status_code == 204
    assert admin.get(f"/api/v1/drones/{fleet[0].pk}").status_code == 404
    assert serials(admin) == ["V-1", "X-1", "X-2", "X-3"]
    assert [raw.drones for raw in published if isinstance(raw, DronesRemoved)] == [[fleet[0].pk]]
    entry = AuditEntry.objects.get(verb="deleted drone")
    assert (entry.subject, entry.detail["is_verified"]) == ("drone X-0", False)
    assert Position.objects.filter(drone_id=fleet[0].pk).count() == 3
    assert removal.delete_orphans() == 4  # three positions and the last one
    assert not Position.objects.filter(drone_id=fleet[0].pk).exists()
    assert (Position.objects.count(), LastPosition.objects.count()) == (9, 3)
    assert removal.delete_orphans() == 0


def test_a_long_history_goes_a_piece_at_a_time(fleet, monkeypatch, published):
    monkeypatch.setattr(removal, "PIECE", 2)
    monkeypatch.setattr(removal, "PIECES_PER_RUN", 1)
    drone = fleet[0]
    removal.delete(removal.Actor("test"), drone, timezone.now())
    assert [removal.delete_orphans() for _ in range(4)] == [2, 1, 1, 0]


def test_what_the_engine_writes_of_a_deleted_drone_goes_too_and_is_never_shown(fleet, published):
    removal.delete(removal.Actor("test"), fleet[0], timezone.now())
    removal.delete_orphans()
    store([row(fleet[0], now_ms())])  # it was under way
    shown = Picture()
    assert picture.rebuild(shown, 0) == 3
    assert removal.delete_orphans() == 2


@pytest.mark.parametrize(("role", "status"), [("viewer", 403), ("operator", 403), ("planner", 403)])
def test_who_may_not_delete_is_told_so(fleet, signed_in, role, status):
    caller = signed_in(role)
    assert caller.delete(f"/api/v1/drones/{fleet[0].pk}").status_code == status
    assert caller.delete("/api/v1/drones?verified=false").status_code == status
    assert Drone.objects.count() == 5


def test_a_key_needs_the_scope_for_drones(fleet, with_key, published):
    assert with_key("read", "reports:write").delete(f"/api/v1/drones/{fleet[0].pk}").status_code == 403
    assert with_key("drones:write").delete(f"/api/v1/drones/{fleet[0].pk}").status_code == 204


def test_two_thousand_unverified_drones_are_deleted_by_filter_and_no_verified_one(fleet, signed_in, published):
    drones.register({f"FLOOD-{number:04}": "" for number in range(2_000)}, timezone.now())
    admin = signed_in("administrator")
    for query in ("", "?search=FLOOD", "?verified=true"):
        assert admin.delete(f"/api/v1/drones{query}").status_code == 400, query
    assert admin.delete("/api/v1/drones?verified=false&search=FLOOD").json() == {"deleted": 2_000}
    assert Drone.objects.count() == 5
    assert sum(len(raw.drones) for raw in published if isinstance(raw, DronesRemoved)) == 2_000
    assert AuditEntry.objects.get(verb="deleted drones").subject == "2000 unverified drones"
    assert admin.delete("/api/v1/drones?verified=false").json() == {"deleted": 4}
    assert serials(admin) == ["V-1"]


def test_a_retired_drone_is_hidden_and_can_be_taken_back(fleet, signed_in, published):
    operator, url = signed_in("operator"), f"/api/v1/drones/{fleet[0].pk}"
    assert operator.patch(url, {"is_retired": True}, format="json").json()["is_retired"] is True
    assert "X-0" not in serials(operator)
    assert serials(operator, "retired=true") == ["X-0"]
    assert picture.rebuild(Picture(), 0) == 3
    assert operator.patch(url, {"is_retired": False}, format="json").status_code == 200
    assert "X-0" in serials(operator)
    verbs = list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True))
    assert verbs[-2:] == ["retired drone", "took drone back"]
    assert Position.objects.filter(drone_id=fleet[0].pk).count() == 3


def turn_until_refreshed(engine):
    engine._schedule._due.pop("refresh", None)
    work(engine)


def test_the_engine_forgets_a_deleted_drone_and_knows_it_anew_when_it_reports_again():
    engine = opened()
    send(report(), report(serial="S-2"))
    work(engine)
    before = Drone.objects.get(serial="S-1")
    removal.delete(removal.Actor("test"), before, timezone.now())
    turn_until_refreshed(engine)
    assert engine.picture.count == 1
    assert sorted(engine.registry.keys) == ["S-2"]
    send(report(at=now_ms() + 1))
    work(engine)
    after = Drone.objects.get(serial="S-1")
    assert (after.pk != before.pk, after.is_verified, engine.picture.count) == (True, False, 2)


def test_the_engine_drops_what_a_retired_drone_reports_and_shows_it_no_more():
    engine = opened()
    send(report(), report(serial="S-2"))
    work(engine)
    drone = Drone.objects.get(serial="S-1")
    removal.retire(removal.Actor("test"), drone, timezone.now(), is_retired=True)
    turn_until_refreshed(engine)
    count = Position.objects.count()
    send(report(at=now_ms() + 1), report(serial="S-2", at=now_ms() + 1))
    work(engine)
    assert (engine.picture.count, Position.objects.count()) == (1, count + 1)
    assert client().xlen(feeds.STREAM) == 0
    removal.retire(removal.Actor("test"), drone, timezone.now(), is_retired=False)
    turn_until_refreshed(engine)
    send(report(at=now_ms() + 2))
    work(engine)
    assert engine.picture.count == 2


@pytest.mark.django_db(transaction=True)
async def test_a_key_registers_so_many_new_drones_an_hour_and_is_told_which_were_refused(caller, settings):
    settings.LOFT_NEW_DRONES_PER_KEY_PER_H = 3
    reports._owners.begin()
    answer = await caller.post(PATH, json=[posted(serial=f"NEW-{number}") for number in range(5)])
    body = answer.json()
    assert (answer.status_code, body["accepted"]) == (202, 3)
    assert [(raw["index"], raw["field"], raw["value"]) for raw in body["refused"]] == [
        (3, "serial", "NEW-3"),
        (4, "serial", "NEW-4"),
    ]
    assert "one of 3 new ones that a key, 2000 that" in body["refused"][0]["expected"]
    again = await caller.post(PATH, json=[posted(serial="NEW-0"), posted(serial="NEW-9")])
    assert (again.json()["accepted"], again.json()["refused"][0]["value"]) == (1, "NEW-9")
    assert 0 < client().ttl(newcomers.NEW_KEY % 1) <= 3_600
    (first, second) = [feeds.Entry.read(*raw) for raw in client().xrange(feeds.STREAM)]
    assert [len(json.loads(raw.body)) for raw in (first, second)] == [3, 1]


def test_keys_of_one_organisation_bring_in_so_many_new_drones_together(settings, empty_redis):
    settings.LOFT_NEW_DRONES_PER_KEY_PER_H, settings.LOFT_NEW_DRONES_PER_CUSTOMER_PER_H = 5, 8
    assert [newcomers.claim_new(key, 7, 4) for key in (1, 2, 3)] == [4, 4, 0]
    assert newcomers.claim_new("person:1", 7, 1) == 0
    assert newcomers.claim_new(4, 8, 6) == 5
    assert [newcomers.claim_new(key, None, 9) for key in (5, 6)] == [5, 5]  # those who run the network, each
    assert not client().exists(newcomers.NEW_KEY % 3)  # what the organisation could not have was not taken off the key
    settings.LOFT_NEW_DRONES_PER_CUSTOMER_PER_H = 12
    assert newcomers.claim_new(3, 7, 9) == 4
    assert 0 < client().ttl(newcomers.NEW_KEY % "organisation:7") <= 3_600


@pytest.mark.django_db(transaction=True)
async def test_a_report_of_a_retired_drone_is_refused_by_name(caller, monkeypatch):
    from asgiref.sync import sync_to_async

    monkeypatch.setattr(reports, "retired", drones.retired)
    (drone,) = await sync_to_async(drones.register)({"OUT-1": ""}, timezone.now())
    await sync_to_async(removal.retire)(removal.Actor("test"), drone, timezone.now(), is_retired=True)
    reports._owners.begin()
    answer = await caller.post(PATH, json=[posted(serial="OUT-1")])
    assert answer.status_code == 400
    assert answer.json()["refused"][0]["expected"] == "the serial of a drone that is not retired"


def test_what_a_web_process_remembers_of_serials_ends_when_it_hears_of_a_removal():
    from console.live import live

    reports._owners.admit({"GONE-1"}, 1)
    live._take(feeds.REMOVED_CHANNEL.encode(), b"")
    assert reports._owners.new({"GONE-1"}, 1) == {"GONE-1"}


def test_new_drones_that_are_refused_are_not_counted(settings, empty_redis):
    settings.LOFT_NEW_DRONES_PER_KEY_PER_H = 5
    assert [newcomers.claim_new(9, 7, count) for count in (3, 4, 1)] == [3, 2, 0]
    assert int(client().get(newcomers.NEW_KEY % 9)) == 5


def test_many_callers_at_once_bring_in_exactly_as_many_new_drones_as_their_customer_may(settings, empty_redis):
    settings.LOFT_NEW_DRONES_PER_KEY_PER_H, settings.LOFT_NEW_DRONES_PER_CUSTOMER_PER_H = 40, 100
    counts = [7, 3, 11, 1] * 16
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda place: newcomers.claim_new(place % 8, 7, counts[place]), range(len(counts))))
    assert sum(taken) == 100
    assert int(client().get(newcomers.NEW_KEY % "organisation:7")) == 100
    assert sum(int(client().get(newcomers.NEW_KEY % key) or 0) for key in range(8)) == 100


def test_no_count_of_new_drones_stays_for_ever(settings, empty_redis):
    names = [newcomers.NEW_KEY % who for who in (3, "organisation:7")]
    for name in names:
        client().set(name, 2)  # whoever counted so was killed before it said until when
    settings.LOFT_NEW_DRONES_PER_KEY_PER_H, settings.LOFT_NEW_DRONES_PER_CUSTOMER_PER_H = 5, 4
    assert newcomers.claim_new(3, 7, 9) == 2
    assert all(0 < client().ttl(name) <= 3_600 for name in names)
    client().expire(names[0], 100)
    settings.LOFT_NEW_DRONES_PER_CUSTOMER_PER_H = 9
    assert newcomers.claim_new(3, 7, 1) == 1
    assert client().ttl(names[0]) <= 100  # an hour of the first, not of the last


def test_keys_of_whoever_runs_the_network_report_new_drones_each_for_itself(monkeypatch):
    asked = []
    monkeypatch.setattr(newcomers, "claim_new", lambda *given: asked.append(given) or given[2])
    monkeypatch.setattr(reports, "retired", lambda _: set())
    monkeypatch.setattr(reports, "close_old_connections", lambda: None)
    plain = Key(4, "theirs", "p", frozenset(), None, organisation=8, role=Role("key", frozenset({"drone_operator"})))
    second = replace(plain, pk=5, organisation=9, role=Role("key", frozenset({"network_operator"})))
    for key in (plain, second):
        assert reports._refused(["NEW-1", "NEW-2"], key) == {}
    assert asked == [(4, 8, 2), (5, None, 2)]


def test_a_history_of_ten_thousand_rows_is_no_long_write(fleet, published):
    at = now_ms()
    history.store([row(fleet[1], at - 10 * second) for second in range(10_000)])
    removal.delete(removal.Actor("test"), fleet[1], timezone.now())
    began_s = time.thread_time()
    while removal.delete_orphans():
        pass
    assert time.thread_time() - began_s < 3
    assert Position.objects.filter(drone_id=fleet[1].pk).count() == 0
