"""Alarms of drones and of the engine: none while reports have not come through for a while, for then it is our trouble."""

from datetime import timedelta

import pytest

from airspace import feeds
from airspace.actions import drone as drones
from airspace.actions.ownership import transfer
from airspace.actions.troubles import EMERGENCY, ENGINE_BEHIND, ENGINE_SILENT, ID_FAILURE, LINK_LOST, look
from airspace.models import Drone, LastPosition
from console import heartbeat
from console.actions.audit import SYSTEM
from console.actions.organisation import add_organisation
from console.models import Organisation, OrganisationKind
from console.redis_clients import client
from network.models import Alarm
from tests.airspace.test_drones import row, store
from tests.conftest import NOON

pytestmark = pytest.mark.django_db
FIELDS = ("subject", "specific_problem")


@pytest.fixture(autouse=True)
def quiet(monkeypatch, empty_redis):
    monkeypatch.setattr("console.hub.publish", lambda _: None)


@pytest.fixture
def fly():
    """Let a drone report at a second: `fly("F-1", 0, "airborne")`."""

    def make(serial: str, seconds: float, status: str | None = "airborne"):
        found = [one for one in drones.register({serial: "Swift"}, NOON) if one.serial == serial]
        at_ms = int((NOON + timedelta(seconds=seconds)).timestamp() * 1_000)
        store([row(found[0], at_ms, status=status)])

    return make


@pytest.fixture
def others(fly):
    """Somebody else, who reports at a second."""
    return lambda seconds: fly("OTHER", seconds)


def seen(seconds: float, *, engine: bool = True) -> set[tuple[str, str]]:
    now = NOON + timedelta(seconds=seconds)
    if engine:
        heartbeat.beat(feeds.HEARTBEAT, now)
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
    assert seen(31) == {("F-1", LINK_LOST), ("F-3", LINK_LOST)}
    alarm = Alarm.objects.filter(subject="F-1").get()
    assert (alarm.severity, alarm.alarm_type, alarm.detail["silent_s"]) == ("minor", "communications", 31)
    fly("F-1", 40)
    assert seen(45) == {("F-3", LINK_LOST)}


def test_whether_it_still_flies_after_ten_minutes_nobody_knows_so_its_alarm_stays_for_a_day(fly):
    well_for_a_while()
    fly("F-1", 0)
    assert seen(31) == set()  # nobody at all reports, which may be Loft's own start
    for seconds in (61, 91, 700, 715, 730, 745):
        found = seen(seconds)
    assert found == {("F-1", LINK_LOST)}
    fly("F-9", -5_000)  # lost long before anybody looked: no news
    assert seen(760) == {("F-1", LINK_LOST)}
    for later in (86_400, 86_415, 86_430, 86_445):
        left = seen(later)
    assert left == set()


def test_an_emergency_and_a_failing_remote_id_are_told_at_once(fly):
    well_for_a_while()
    fly("F-1", 0, "emergency")
    fly("F-2", 0, "remote_id_failure")
    assert seen(1) == {("F-1", EMERGENCY), ("F-2", ID_FAILURE)}
    assert list(Alarm.objects.order_by("subject").values_list("severity", flat=True)) == ["major", "warning"]
    fly("F-1", 10, "ground")
    fly("F-2", 10, "airborne")
    assert seen(12) == set()


def test_while_the_engine_is_silent_that_is_the_alarm_and_nothing_is_said_of_drones(fly, others):
    well_for_a_while()
    fly("F-1", 0)
    seen(0)
    assert seen(31, engine=False) == {("airspace engine", ENGINE_SILENT)}
    assert seen(33) == set()  # back: reports have yet to come through for as long as a drone may be silent
    assert seen(50) == set()
    others(60)
    assert seen(64) == {("F-1", LINK_LOST)}


def test_an_engine_that_is_behind_says_so():
    client().xadd(feeds.STREAM, {"b": b"x"}, id=f"{int(NOON.timestamp() * 1_000)}-0")
    assert seen(59) == set()
    assert seen(61) == {("airspace engine", ENGINE_BEHIND)}
    client().delete(feeds.STREAM)
    assert seen(75) == set()


def test_a_whole_fleet_that_falls_silent_is_one_alarm(fly):
    well_for_a_while()
    for number in range(12):
        fly(f"F-{number}", 0)
    assert [seen(seconds) for seconds in (31, 61, 91)] == [set(), set(), {("drones", LINK_LOST)}]
    assert Alarm.objects.get().detail["count"] == 12


def test_what_a_drone_sent_for_a_former_owner_is_an_alarm_of_those_who_run_the_network(fly, others):
    well_for_a_while()
    fly("F-1", 0, "emergency")
    fly("F-2", 0)
    others(31)
    wrong = {("F-1", EMERGENCY), ("F-1", LINK_LOST), ("F-2", LINK_LOST)}
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
    assert seen(45) == {("F-1", EMERGENCY), ("F-2", LINK_LOST)}
    assert whose() == {("F-1", EMERGENCY): "swift", ("F-2", LINK_LOST): "operator"}
