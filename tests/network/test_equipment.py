"""Counters read from simulated base stations, and settings pushed to them, over their own interface."""

import json
from datetime import timedelta
from uuid import UUID, uuid4

import httpx
import pytest

from console.actions.audit import SYSTEM
from console.errors import Refused
from console.models import AuditEntry
from network.actions import configuration, counters
from network.emulator.configuration import APPLY_AFTER_S
from network.emulator.equipment import Equipment
from network.emulator.faults import Fault, Faults
from network.emulator.places import Antenna, Inventory, Place
from network.emulator.routes import Routes, Span
from network.models import (
    Alarm,
    ConfigurationPush,
    CounterHour,
    CounterReading,
    Link,
    Sector,
    SiteCounters,
    SiteHealth,
)
from network.probes.stations import Away, Stations, read
from tests.conftest import NOON

pytestmark = pytest.mark.django_db
TOKEN = "of the stations"
PERIOD = timedelta(seconds=30)


class World:
    """Two simulated sites on a ring with the core, their interface, and a clock."""

    def __init__(self):
        self.now = NOON
        self.is_away = False
        self.asked: list[tuple[str, str]] = []
        antennas = tuple(Antenna(f"bs-000-{number}", azimuth_deg=120.0 * number) for number in (1, 2, 3))
        places = [
            Place(slug, "127.0.0.1", 0, 1.0, 0.1, 0.1, 0.0, antennas=antennas if slug == "bs-000" else (), edge_cores=8)
            for slug in ("bs-000", "bs-001")
        ]
        spans = (Span("core", "bs-000", 1.0), Span("core", "bs-001", 1.0), Span("bs-000", "bs-001", 1.0))
        routes = Routes(spans, "core")
        self.faults = Faults(lambda: self.now.timestamp(), routes)
        self.equipment = Equipment(Inventory(places, routes), self.faults, TOKEN, lambda: self.now.timestamp())

    async def __call__(self, scope, receive, send):
        if self.is_away:
            raise httpx.ConnectError("nobody listens")
        self.asked.append((scope["method"], scope["path"]))
        await self.equipment(scope, receive, send)

    def stations(self) -> Stations:
        return Stations("http://stations", TOKEN, httpx.ASGITransport(self))

    def fail(self, kind: str, slug: str = "bs-000") -> None:
        self.faults.inject(Fault(slug, kind, 1.0, self.now.timestamp() + 1e6, self.now.timestamp()))

    def version(self, slug: str = "bs-000") -> int:
        return self.equipment._settings[slug].newest().version

    def wait(self, **some) -> None:
        self.now += timedelta(**some)

    def clock(self):
        return self.now


@pytest.fixture
def world(monkeypatch):
    made = World()
    monkeypatch.setattr(counters, "stations", made.stations)
    monkeypatch.setattr(configuration, "stations", made.stations)
    return made


@pytest.fixture
def heard(monkeypatch) -> list:
    events = []
    monkeypatch.setattr("console.hub.publish", events.append)
    return events


@pytest.fixture
def site(make_site, make_sector):
    made = make_site("bs-000")
    for number in (1, 2, 3):
        make_sector(made, f"bs-000-{number}", azimuth_deg=120.0 * (number - 1))
    return made


def read_all(world) -> None:
    for after, last in counters.shards():
        counters.read(after, last, world.now)


# --- Counters ---


def test_what_a_site_counted_is_kept_with_its_time_and_told_to_pages(world, site, heard):
    read_all(world)
    row, reading = SiteCounters.objects.get(), CounterReading.objects.get()
    assert row.to_at == reading.to_at == NOON
    assert (row.missed, row.version, len(row.told["cells"])) == (0, 0, 3)
    assert reading.devices == sum(cell["devices"] for cell in row.told["cells"]) > 0
    shares = [cell["prb_use_share"] for cell in row.told["cells"]]
    assert reading.prb_use_share == pytest.approx(sum(shares) / 3)
    assert 780 < reading.power_w < 1_344
    assert [event.sites[0]["site"] for event in heard] == ["bs-000"]
    assert json.loads(heard[0].as_json())["sites"][0]["is_known"] is True


def test_the_same_period_read_twice_is_kept_once_and_counts_as_silence(world, site):
    read_all(world)
    read_all(world)
    assert CounterReading.objects.count() == 1
    assert SiteCounters.objects.get().missed == 1


def test_silent_counters_become_unknown_and_an_alarm_that_clears_when_they_are_back(world, site):
    read_all(world)
    world.fail("silent")
    for _ in range(4):
        world.wait(seconds=30)
        read_all(world)
    told = counters.latest(SiteCounters.objects.get(), "bs-000", world.now)
    assert (told["is_known"], told["age_s"], told["missed"]) == (False, 120.0, 4)
    alarm = Alarm.objects.get()
    assert (alarm.subject, alarm.specific_problem, alarm.severity) == ("BS-000", "Counters silent", "minor")
    world.faults.clear("bs-000")
    world.wait(seconds=30)
    read_all(world)
    assert Alarm.objects.active().count() == 0
    assert counters.latest(SiteCounters.objects.get(), "bs-000", world.now)["is_known"] is True


def test_of_a_site_that_does_not_answer_the_probe_either_the_counters_raise_no_second_alarm(world, site):
    read_all(world)
    world.fail("down")
    SiteHealth.objects.create(site=site, silent_packets=9, silent_since=NOON)
    for _ in range(3):
        world.wait(seconds=30)
        read_all(world)
    assert (SiteCounters.objects.get().missed, Alarm.objects.count()) == (3, 0)


def test_a_site_that_never_told_anything_has_no_counters_and_no_alarm(world, make_site):
    make_site("bs-009")
    for _ in range(3):
        read_all(world)
    assert (SiteCounters.objects.get().to_at, Alarm.objects.count()) == (None, 0)


def test_when_the_interface_is_away_one_alarm_says_so_for_all(world, make_site):
    for number in range(2):
        make_site(f"bs-00{number}")
    read_all(world)
    world.is_away = True
    for _ in range(3):
        world.wait(seconds=30)
        read_all(world)
    assert [alarm.specific_problem for alarm in Alarm.objects.all()] == [counters.INTERFACE_AWAY]
    assert set(SiteCounters.objects.values_list("missed", flat=True)) == {3}
    world.is_away = False
    world.wait(seconds=30)
    read_all(world)
    assert Alarm.objects.active().count() == 0


def test_many_sites_are_read_in_pieces_that_meet_without_gap_or_overlap(world, make_site, monkeypatch):
    monkeypatch.setattr(counters, "READ_AT_ONCE", 2)
    for number in range(5):
        make_site(f"bs-00{number}")
    assert counters.shards() == [("", "bs-001"), ("bs-001", "bs-003"), ("bs-003", "bs-004")]
    read_all(world)
    assert SiteCounters.objects.count() == 5
    assert [path for _, path in world.asked] == ["/counters"] * 3


def test_counters_from_a_wrong_clock_tell_nothing_of_the_present(world, site):
    world.now = NOON + timedelta(hours=2)
    counters.read("", "bs-000", NOON)
    row = SiteCounters.objects.get()
    assert (row.to_at, row.missed) == (None, 1)
    assert row.problem.startswith("to: 2026-06-01T14:00:00+00:00")


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"version": -1}, "version"),
        ({"to": "2026-06-01T12:00:00"}, "to"),
        ({"to": 5}, "to"),
        ({"period_s": 0}, "period_s"),
        ({"cells": {}}, "cells"),
        ({"cells": [{}] * 65}, "cells"),
        ({"power_w": float("nan")}, "power_w"),
        ({"power_w": 10**400}, "power_w"),
        ({"edge": {"cores": 1, "busy_share": 1.5, "queue": 0}}, "busy_share"),
        ({"site": "a\nb"}, "site"),
    ],
)
def test_nonsense_is_refused_by_field(world, change, word):
    _, told = world.equipment._act("GET", ["sites", "bs-000", "counters"], {})
    with pytest.raises(ValueError, match=word):
        read({**told, **change})


def test_an_hour_is_summed_up_once_with_mean_least_and_most(world, site):
    for minute in range(0, 61, 10):
        CounterReading.objects.create(
            site=site, to_at=NOON + timedelta(minutes=minute), period_s=600, version=0, power_w=800 + minute, devices=None
        )  # fmt: skip
    assert counters.draw_hours(NOON + timedelta(minutes=61)) == 1  # only the hour that ended at noon has settled
    assert counters.draw_hours(NOON + timedelta(minutes=62)) == 1
    assert counters.draw_hours(NOON + timedelta(minutes=62)) == 0
    hour = CounterHour.objects.get(started_at=NOON)
    assert (hour.readings, hour.known_s) == (6, 3_600.0)
    assert hour.figures["power_w"] == [835.0, 810.0, 860.0]
    assert hour.figures["devices"] is None
    rows = counters.history(site.pk, "hour", (NOON, NOON + timedelta(hours=1)), 10)
    assert (rows[0]["power_w"], rows[0]["devices"]) == (835.0, None)


def test_old_readings_and_hours_go(site, monkeypatch):
    monkeypatch.setattr(counters, "DELETE_AT_ONCE", 2)
    for hour in range(5):
        at = NOON - timedelta(hours=hour)
        CounterReading.objects.create(site=site, to_at=at, period_s=10, version=0)
        CounterHour.objects.create(site=site, started_at=at, readings=1, known_s=10)
    counters.delete_old(NOON - timedelta(hours=2), NOON - timedelta(hours=3))
    assert (CounterReading.objects.count(), CounterHour.objects.count()) == (3, 4)


# --- Pushes ---


def ask(site, **wish) -> ConfigurationPush:
    told = configuration.wish_of(site, wish or {"tilt_deg": 4.0})
    return configuration.ask(SYSTEM, site, told, NOON, [].append)


def push(world, made: ConfigurationPush) -> ConfigurationPush:
    configuration.push(made.uuid, world.clock)
    made.refresh_from_db()
    return made


def test_a_push_is_acknowledged_with_its_version_and_later_told_to_be_in_force(world, site, heard):
    made = push(world, ask(site, tilt_deg=4.0, power_dbm=46.0))
    assert (made.state, made.version, made.attempts, made.applied_at) == ("acknowledged", 1, 1, None)
    world.wait(seconds=APPLY_AFTER_S + 10)
    read_all(world)
    made.refresh_from_db()
    assert made.applied_at == world.now
    cells = world.equipment.setting("bs-000").cells.values()
    assert {(cell.tilt_deg, cell.power_dbm, cell.is_asleep) for cell in cells} == {(4.0, 46.0, False)}
    assert [event.push["state"] for event in heard if hasattr(event, "push")] == [
        "pending", "acknowledged", "acknowledged",
    ]  # fmt: skip


def test_the_inventory_follows_what_was_acknowledged_and_the_audit_trail_says_who(world, site):
    push(world, ask(site, tilt_deg=4.0, sleep=True, sectors=["bs-000-2"]))
    assert list(Sector.objects.order_by("slug").values_list("tilt_deg", "is_active")) == [
        (8.0, True), (4.0, False), (8.0, True),
    ]  # fmt: skip
    verbs = set(AuditEntry.objects.values_list("verb", flat=True))
    assert {"pushed settings", "settings acknowledged"} <= verbs


def test_a_worker_killed_after_it_pushed_leaves_nothing_that_happens_twice(world, site, monkeypatch):
    made = ask(site)
    monkeypatch.setattr(configuration, "_settle", lambda *_: None)  # the worker dies before it writes the answer down
    configuration.push(made.uuid, world.clock)
    monkeypatch.undo()
    monkeypatch.setattr(configuration, "stations", world.stations)
    assert (world.version(), ConfigurationPush.objects.get().state) == (1, "pending")
    configuration.push(made.uuid, world.clock)  # delivered again at once: the dead worker's lease still holds
    assert ConfigurationPush.objects.get().attempts == 1
    world.wait(seconds=31)
    sent: list[str] = []
    assert configuration.requeue_lost(world.now, sent.append) == 1
    made = push(world, made)
    assert (sent, made.state, made.version, world.version()) == ([str(made.uuid)], "acknowledged", 1, 1)


def test_two_workers_with_the_same_push_push_once(world, site):
    made = ask(site)
    first = ConfigurationPush.take(made.uuid, NOON)
    assert first is not None
    assert ConfigurationPush.take(made.uuid, NOON) is None
    assert push(world, made).state == "pending"
    assert world.asked == []


def test_a_site_that_is_down_is_tried_again_and_given_up_after_ten_minutes(world, site):
    world.fail("down")
    made = push(world, ask(site))
    assert (made.state, made.problem) == ("pending", "bs-000 does not answer")
    assert made.look_again_at == NOON + timedelta(seconds=10)
    assert configuration.requeue_lost(NOON + timedelta(seconds=9), print) == 0
    world.wait(seconds=11)
    world.faults.clear("bs-000")
    assert push(world, made).state == "acknowledged"


def test_what_never_answers_is_lost_in_the_end_and_says_so(world, site):
    world.is_away = True
    made = ask(site)
    while made.state == "pending":
        made = push(world, made)
        world.wait(seconds=61)
    assert (made.state, world.now - NOON > timedelta(minutes=10)) == ("lost", True)
    assert "nobody listens" in made.problem
    assert made.attempts == 11
    assert Sector.objects.filter(tilt_deg=8.0).count() == 3  # nothing was acknowledged, so nothing is recorded


def test_a_push_of_somebody_else_in_between_is_built_upon(world, site):
    world.equipment._act("PUT", ["sites", "bs-000", "configuration"], {"request": "theirs", "version": 0})
    made = push(world, ask(site))
    assert (made.state, made.version) == ("acknowledged", 2)


def test_what_the_site_refuses_is_refused_with_its_words(world, site):
    made = ask(site)
    ConfigurationPush.objects.update(wish={"cells": {"bs-000-9": {"tilt_deg": 1.0}}})
    made = push(world, made)
    assert made.state == "refused"
    assert "cells.bs-000-9" in made.problem


def test_only_one_push_to_a_site_is_under_way(world, site):
    ask(site)
    with pytest.raises(Refused, match="under way"):
        ask(site)
    assert ConfigurationPush.objects.count() == 1


def test_a_route_is_a_way_of_links_to_the_site(world, site, make_site):
    core, other = make_site("core", kind="core"), make_site("bs-001")
    for a, b in ((core, other), (other, site)):
        Link.objects.create(a=a, b=b, length_km=1, rate_gbps=100, changed_at=NOON)
    made = push(world, ask(site, route=["core", "bs-001", "bs-000"]))
    assert (made.state, made.wish) == ("acknowledged", {"route": ["core", "bs-001", "bs-000"]})
    for route in (["core", "bs-000"], ["core", "bs-001"], ["core", "bs-001", "core", "bs-000"]):
        with pytest.raises(ValueError, match="route: "):
            configuration.wish_of(site, {"route": route})
    assert configuration.wish_of(site, {"route": None}) == {"route": None, "reason": ""}


def test_a_push_whose_site_is_unknown_there_is_refused(world, make_site, make_sector):
    stranger = make_site("bs-009")
    make_sector(stranger)
    assert push(world, ask(stranger)).state == "refused"


def test_unknown_pushes_and_old_ones_are_nobodys_business(world, site):
    configuration.push(uuid4(), world.clock)
    push(world, ask(site))
    assert configuration.delete_old(NOON) == 0
    assert configuration.delete_old(NOON + timedelta(days=1)) == 1


async def test_an_answer_that_is_no_json_or_too_long_is_an_interface_that_is_away():
    for body in (b"<html>", b"[1]", b"1" * 5_000_000):

        async def app(scope, receive, send, body=body):
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": body})

        async with Stations("http://stations", TOKEN, httpx.ASGITransport(app)) as line:
            with pytest.raises(Away):
                await line.configuration("bs-000")


# --- REST ---


@pytest.fixture
def sent(monkeypatch) -> list[str]:
    uuids: list[str] = []
    monkeypatch.setattr("network.tasks.push_configuration.delay", uuids.append)
    return uuids


def test_counters_are_read_over_rest_with_their_age(world, site, signed_in, with_key):
    viewer = signed_in("viewer")
    empty = viewer.get("/api/v1/sites/bs-000/counters").json()
    assert (empty["is_known"], empty["told"], empty["age_s"], empty["asked_at"]) == (False, None, None, None)
    read_all(world)
    told = with_key("read").get("/api/v1/sites/bs-000/counters").json()
    assert told["told"]["devices"] == sum(cell["devices"] for cell in told["told"]["cells"])
    assert (told["is_known"], told["stale_after_s"]) == (False, 90.0)  # of June: long past
    assert told["age_s"] > 90
    url = "/api/v1/sites/bs-000/counters/history"
    rows = viewer.get(url, {"since": NOON.isoformat(), "until": (NOON + PERIOD).isoformat()}).json()
    assert [(row["at"], row["known_s"]) for row in rows] == [("2026-06-01T20:00:00+08:00", 10.0)]
    assert viewer.get(url, {"span": "year"}).status_code == 400
    assert viewer.get(url, {"span": "hour"}).json() == []
    assert viewer.get("/api/v1/sites/none/counters").status_code == 404


def test_a_planner_pushes_settings_and_a_viewer_may_not(
    world, site, signed_in, sent, django_capture_on_commit_callbacks
):
    url, body = "/api/v1/sites/bs-000/configuration", {"tilt_deg": 6, "reason": "trial"}
    assert signed_in("viewer").post(url, body, format="json").status_code == 403
    planner = signed_in("planner")
    with django_capture_on_commit_callbacks(execute=True):
        answer = planner.post(url, body, format="json")
    assert answer.status_code == 202, answer.json()
    made = answer.json()
    assert (made["state"], made["reason"], sent) == ("pending", "trial", [made["id"]])
    assert planner.post(url, body, format="json").status_code == 409
    configuration.push(UUID(made["id"]), world.clock)
    standing = planner.get(url).json()
    assert [(one["state"], one["version"]) for one in standing["pushes"]] == [("acknowledged", 1)]
    assert (standing["version"], standing["version_at"]) == (None, None)  # its counters have not told yet


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "tilt_deg"),
        ({"tilt_deg": 31}, "tilt_deg"),
        ({"power_dbm": 61}, "power_dbm"),
        ({"sleep": "maybe"}, "sleep"),
        ({"sleep": True, "sectors": ["bs-000-9"]}, "sectors"),
        ({"sleep": True, "sectors": []}, "sectors"),
        ({"route": ["core"]}, "route"),
        ({"route": ["core", "bs-000"]}, "route"),
    ],
)
def test_a_wrong_wish_is_refused_by_field(site, signed_in, sent, body, field):
    answer = signed_in("planner").post("/api/v1/sites/bs-000/configuration", body, format="json")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"].startswith(field)
    assert sent == []


def test_reading_costs_few_statements_however_many_sites(world, make_site, django_assert_max_num_queries):
    for number in range(30):
        make_site(f"bs-{number:03d}")
    with django_assert_max_num_queries(16):
        counters.read("", "bs-029", NOON)


def test_the_hidden_truth_is_nowhere_in_what_is_kept(world, site):
    nature = world.equipment._air.nature("bs-000")
    read_all(world)
    kept = json.dumps(SiteCounters.objects.get().told) + json.dumps(CounterReading.objects.get().cells)
    for word in ("shadow", "decay", "appetite", "peak", "fan"):
        assert word not in kept
    assert str(nature.peak_h) not in kept
