"""Alarms of drones and of the engine: none while reports have not come through for a while, for then the fault is ours."""

import sys
from datetime import timedelta

import pytest

from airspace import feeds
from airspace.actions.drone_alarms import EMERGENCY, ENGINE_BEHIND, ENGINE_SILENT, ID_FAILURE, LINK_LOST, look
from airspace.actions.ownership.ownership import transfer
from airspace.actions.tracking import drone as drones
from airspace.models import Drone, LastPosition
from console.actions.access.organisation import add_organisation
from console.actions.audit.audit import SYSTEM
from console.models import Organisation, OrganisationKind
from console.redis_clients import client
from console.run import heartbeat
from console.run.process_states import ENDED, UP
from network.models import Alarm
from tests.airspace.tracking.test_drones import row, store
from tests.clocks import Hands
from tests.conftest import NOON

pytestmark = pytest.mark.django_db
FIELDS = ("subject", "specific_problem")


_hands = Hands(NOON)


@pytest.fixture(autouse=True)
def quiet(monkeypatch, empty_redis, hands):
    monkeypatch.setattr("console.live.hub.publish", lambda _: None)
    monkeypatch.setattr(sys.modules[__name__], "_hands", hands)


@pytest.fixture
def fly():
    """Let a drone report at a second: `fly("F-1", 0, "airborne")`."""

    def make(serial: str, seconds: float, status: str | None = "airborne"):
        rows = [drone for drone in drones.register({serial: "Swift"}, NOON) if drone.serial == serial]
        at_ms = int((NOON + timedelta(seconds=seconds)).timestamp() * 1_000)
        store([row(rows[0], at_ms, status=status)])

    return make


@pytest.fixture
def others(fly):
    """Somebody else, who reports at a second."""
    return lambda seconds: fly("OTHER", seconds)


def seen(seconds: float, *, engine: bool = True) -> set[tuple[str, str]]:
    now = NOON + timedelta(seconds=seconds)
    _hands.go_to(now)
    if engine:
        heartbeat.beat(feeds.HEARTBEAT)
    look(now)
    return set(Alarm.objects.active().values_list(*FIELDS))


def whose() -> dict[tuple[str, str], str]:
    """Return the organisation of each active alarm."""
    rows = Alarm.objects.active().values_list(*FIELDS, "organisation__slug")
    return {(subject, problem): slug for subject, problem, slug in rows}


def well_for_a_while() -> None:
    """The engine has been well, and looked at, for half a minute before noon."""
    for seconds in (-30, -15):
        assert seen(seconds) == set()


def test_a_drone_in_flight_that_reports_no_more_is_an_alarm_until_it_is_heard(fly, others):
    well_for_a_while()
    fly("F-1", 0)
    fly("F-2", 0, "ground")
    fly("F-3", 0, None)  # tells no status, and was fast
    LastPosition.objects.filter(drone__serial="F-3").update(speed_mps=12.0)
    fly("F-4", 0, None)
    LastPosition.objects.filter(drone__serial="F-4").update(speed_mps=0.2)
    others(25)
    assert seen(29) == set()
    assert seen(31) == {("F-1", LINK_LOST.text), ("F-3", LINK_LOST.text)}
    alarm = Alarm.objects.filter(subject="F-1").get()
    assert (alarm.severity, alarm.alarm_type, alarm.detail["silent_s"]) == ("minor", "communications", 31)
    fly("F-1", 40)
    assert seen(45) == {("F-3", LINK_LOST.text)}


def test_whether_it_still_flies_after_ten_minutes_nobody_knows_so_its_alarm_stays_for_a_day(fly):
    well_for_a_while()
    fly("F-1", 0)
    assert seen(31) == set()  # nobody at all reports, which may be Loft's own start
    for seconds in (61, 91, 700, 715, 730, 745):
        pairs = seen(seconds)
    assert pairs == {("F-1", LINK_LOST.text)}
    fly("F-9", -5_000)  # lost long before anybody looked: no news
    assert seen(760) == {("F-1", LINK_LOST.text)}
    for later in (86_400, 86_415, 86_430, 86_445):
        left = seen(later)
    assert left == set()


def test_an_emergency_and_a_failing_remote_id_are_told_at_once(fly):
    well_for_a_while()
    fly("F-1", 0, "emergency")
    fly("F-2", 0, "remote_id_failure")
    assert seen(1) == {("F-1", EMERGENCY.text), ("F-2", ID_FAILURE.text)}
    assert list(Alarm.objects.order_by("subject").values_list("severity", flat=True)) == ["critical", "warning"]
    fly("F-1", 10, "ground")
    fly("F-2", 10, "airborne")
    assert seen(12) == set()


def test_while_the_engine_is_silent_that_is_the_alarm_and_nothing_is_said_of_drones(fly, others):
    well_for_a_while()
    fly("F-1", 0)
    seen(0)
    assert seen(31, engine=False) == {("airspace engine", ENGINE_SILENT.text)}
    assert seen(33) == set()  # back: reports have yet to come through for as long as a drone may be silent
    assert seen(50) == set()
    others(60)
    assert seen(64) == {("F-1", LINK_LOST.text)}


def test_an_engine_that_is_behind_says_so():
    client().xadd(feeds.STREAM, {"b": b"x"}, id=f"{int(NOON.timestamp() * 1_000)}-0")
    assert seen(59) == set()
    assert seen(61) == {("airspace engine", ENGINE_BEHIND.text)}
    client().delete(feeds.STREAM)
    assert seen(75) == set()


def test_a_whole_fleet_that_falls_silent_is_one_alarm(fly):
    well_for_a_while()
    for number in range(12):
        fly(f"F-{number}", 0)
    assert [seen(seconds) for seconds in (31, 61, 91)] == [set(), set(), {("drones", LINK_LOST.text)}]
    assert Alarm.objects.get().detail["count"] == 12


def test_what_a_drone_sent_for_a_former_owner_is_an_alarm_of_those_who_run_the_network(fly, others):
    well_for_a_while()
    fly("F-1", 0, "emergency")
    fly("F-2", 0)
    others(31)
    wrong = {("F-1", EMERGENCY.text), ("F-1", LINK_LOST.text), ("F-2", LINK_LOST.text)}
    for name in ("crow", "swift"):
        add_organisation(SYSTEM, name, name.title(), name, [OrganisationKind.DRONE_OPERATOR], NOON)
    drones_of_both = Drone.objects.filter(serial__in=["F-1", "F-2"])
    drones_of_both.update(organisation=Organisation.objects.get(slug="crow"))
    assert seen(31) == wrong
    assert whose() == dict.fromkeys(wrong, "crow")
    for drone in drones_of_both:
        transfer(SYSTEM, drone, "swift", NOON + timedelta(seconds=32))
    others(40)
    assert seen(40) == wrong
    assert whose() == dict.fromkeys(wrong, "operator")
    fly("F-1", 41, "emergency")
    assert seen(45) == {("F-1", EMERGENCY.text), ("F-2", LINK_LOST.text)}
    assert whose() == {("F-1", EMERGENCY.text): "swift", ("F-2", LINK_LOST.text): "operator"}


def test_while_its_process_does_not_run_that_is_the_alarm_and_drones_are_left_in_peace(fly, runs):
    well_for_a_while()
    fly("F-1", 0)
    seen(0)
    runs("engine", ENDED)
    assert seen(31, engine=False) == seen(60, engine=False) == set()
    runs("engine", UP)
    assert seen(95, engine=False) == {("airspace engine", ENGINE_SILENT.text)}  # it runs, and is silent


def test_an_engine_that_ends_again_and_again_is_one_alarm_until_it_is_heard(fly, runs):
    well_for_a_while()
    fly("F-1", 0)
    seen(0)
    for seconds in range(40, 100, 10):
        runs("engine", UP)
        silent = seen(seconds, engine=False)
        runs("engine", ENDED)
        assert seen(seconds + 5, engine=False) == silent == {("airspace engine", ENGINE_SILENT.text)}
    assert Alarm.objects.count() == 1
    runs("engine", UP)
    assert ("airspace engine", ENGINE_SILENT.text) not in seen(110)
