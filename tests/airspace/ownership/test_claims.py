"""Reports of others' drones: counted, told to whom it concerns, and no way to take a competitor its verification."""

from datetime import timedelta

import pytest

from airspace import feeds
from airspace.actions.drone_alarms import CLAIMED, CLAIMS, look
from airspace.actions.ownership import claim
from airspace.actions.ownership.ownership import decide, release, transfer
from airspace.actions.tracking import drone as drones
from airspace.events import DroneChanged, DroneLeft
from airspace.models import Claim, Drone
from console.access.actor import HOME_PK
from console.access.authentication import person_actor
from console.actions.access.apikey import create_key
from console.actions.access.organisation import add_organisation
from console.actions.audit.audit import SYSTEM, Actor
from console.errors import Refused
from console.metrics import page
from console.models import AuditEntry, OrganisationKind
from console.redis_clients import client
from network.models import Alarm
from tests.channels import listening
from tests.conftest import NOON

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_redis")]


@pytest.fixture
def swift(db):
    return add_organisation(SYSTEM, "swift", "Swift", "雨燕", [OrganisationKind.DRONE_OPERATOR], NOON)


@pytest.fixture
def crow(db):
    return add_organisation(SYSTEM, "crow", "Crow", "乌鸦", [OrganisationKind.DRONE_OPERATOR], NOON)


@pytest.fixture
def fleet(swift):
    """Twelve verified drones of one organisation."""
    serials = [f"SW-{number:02}" for number in range(12)]
    return drones.register(dict.fromkeys(serials, ""), NOON, is_verified=True, owners=dict.fromkeys(serials, swift.pk))


@pytest.fixture
def key(crow):
    """Make a key of the other organisation."""
    return lambda name="crow": create_key(Actor("system", organisation=crow.pk), name, ["reports:write"], NOON)[0]


def refuse(*pairs, times=1):
    feeds.Outlet("test").count_refused(feeds.Refusals({(drone.pk, key.pk): times for drone, key in pairs}))


def at(seconds):
    return NOON + timedelta(seconds=seconds)


def insist(pairs, since=0.0):
    """Report others' drones for a minute and a quarter, 10 times in 15 s each."""
    for turn in range(6):
        refuse(*pairs, times=10)
        claim.take_in(at(since + 15 * turn))


def verified():
    return set(Drone.objects.filter(is_verified=True).values_list("serial", flat=True))


def test_what_is_refused_is_counted_by_drone_and_key_and_in_sum_by_key(fleet, key, published):
    crow = key()
    refuse((fleet[0], crow), (fleet[1], crow), times=2)
    refuse((fleet[0], crow))
    claim.take_in(at(0))
    refuse((fleet[0], crow))
    claim.take_in(at(15))
    assert list(Claim.objects.order_by("drone").values_list("drone__serial", "refused")) == [("SW-00", 4), ("SW-01", 2)]
    assert feeds.refused_by_key() == {crow.pk: 6}
    line = f'loft_foreign_reports_refused_total{{key="{crow}",organisation="crow"}} 6.0'
    assert line in page().decode()


def test_a_count_that_was_taken_but_not_stored_is_taken_again(fleet, key):
    refuse((fleet[0], key()), times=5)
    first = feeds.take_refused()  # and then the worker dies
    assert feeds.take_refused() == first
    claim.take_in(at(0))
    assert feeds.take_refused() == {}
    assert Claim.objects.get().refused == 5


def test_a_mistake_withdraws_nothing(fleet, key, published):
    refuse((fleet[0], key()), times=19)
    claim.take_in(at(0))
    claim.take_in(at(70))
    assert len(verified()) == 12
    refuse((fleet[1], key("other")), times=1_000)  # at once, and then no more
    claim.take_in(at(80))
    assert len(verified()) == 12


def test_seldom_mistakes_never_add_up_to_insisting(fleet, key, published):
    crow = key()
    for hour in range(48):
        refuse((fleet[0], crow), times=5)
        claim.take_in(NOON + timedelta(hours=hour))
    assert len(verified()) == 12


def test_who_insists_puts_the_verification_in_dispute_once_with_audit_and_event(fleet, swift, key, published):
    crow = key()
    insist([(fleet[0], crow)])
    insist([(fleet[0], crow)], since=100)
    drone = Drone.objects.get(serial="SW-00")
    assert (drone.is_verified, drone.disputed_at) == (False, at(60))
    assert len(verified()) == 11
    theirs = AuditEntry.objects.get(verb="withdrew verification")
    assert (theirs.organisation, theirs.subject, theirs.detail) == (swift, "drone SW-00", {})
    ours = AuditEntry.objects.get(verb="took up claim")
    assert (ours.organisation_id, ours.detail["organisation"]) == (HOME_PK, "crow")
    (event,) = [drone_changed for drone_changed in published if isinstance(drone_changed, DroneChanged)]
    assert (event.organisation, event.drone["is_disputed"]) == (swift.pk, True)
    assert "crow" not in event.as_json().lower()


def test_a_stranger_cannot_unverify_a_whole_fleet_whatever_keys_it_makes(fleet, key, published):
    keys = [key(f"crow-{number}") for number in range(4)]
    insist([(drone, event) for drone in fleet for event in keys])
    assert len(verified()) == 12 - claim.MOST_DISPUTES
    insist([(drone, event) for drone in fleet for event in keys], since=100)
    assert len(verified()) == 12 - claim.MOST_DISPUTES
    for drone in Drone.objects.exclude(disputed_at=None):
        decide(SYSTEM, drone, at(200), is_verified=True)
    insist([(drone, event) for drone in fleet for event in keys], since=200)
    assert len(verified()) == 12  # what was decided is not opened again, and the day's three are spent


def test_a_decision_stands_against_another_key_of_the_same_claimant_too(fleet, key, published):
    insist([(fleet[0], key())])
    decide(SYSTEM, Drone.objects.get(serial="SW-00"), at(100), is_verified=True)
    insist([(fleet[0], key("another"))], since=100_000)
    assert len(verified()) == 12


def test_a_disputed_drone_is_verified_by_a_decision_alone(fleet, swift, key, published, person):
    insist([(fleet[0], key())])
    drone = Drone.objects.get(serial="SW-00")
    with pytest.raises(Refused, match="decide the dispute first"):
        drones.change(SYSTEM, drone, at(100), is_verified=True)
    owner = person_actor(person("administrator", swift.pk))
    with pytest.raises(Refused, match="only those who run the network"):
        decide(owner, drone, at(100), is_verified=True)
    assert decide(SYSTEM, drone, at(100), is_verified=False).disputed_at is None
    with pytest.raises(Refused, match="is not disputed"):
        decide(SYSTEM, drone, at(100), is_verified=True)
    with pytest.raises(Refused, match="only those who run the network"):
        drones.change(owner, drone, at(100), is_verified=True)
    assert drones.change(SYSTEM, drone, at(100), is_verified=True).is_verified


def test_the_owner_is_alarmed_without_a_name_and_the_key_is_named_to_those_who_run_the_network(fleet, key, published):
    crow = key()
    refuse((fleet[0], crow), (fleet[1], crow), times=3)
    look(at(0))
    alarms = {alarm.subject: alarm for alarm in Alarm.objects.active()}
    assert set(alarms) == {"SW-00", "SW-01", f"key {crow}"}
    assert (alarms["SW-00"].specific_problem, alarms["SW-00"].severity) == (CLAIMED.text, "warning")
    assert alarms["SW-00"].detail == {"name": "", "refused": 3, "is_disputed": False}
    of_key = alarms[f"key {crow}"]
    assert (of_key.specific_problem, of_key.severity) == (CLAIMS.text, "minor")
    assert of_key.detail == {"organisation": "crow", "refused": 6, "count": 2, "serials": ["SW-00", "SW-01"]}
    look(at(599))
    assert Alarm.objects.active().count() == 3
    look(at(601))
    assert Alarm.objects.active().count() == 0


def test_a_dispute_keeps_its_alarm_until_it_is_decided(fleet, key, published):
    insist([(fleet[0], key())])
    look(at(5_000))
    assert list(Alarm.objects.active().values_list("subject", "severity")) == [("SW-00", "major")]
    decide(SYSTEM, Drone.objects.get(serial="SW-00"), at(5_001), is_verified=True)
    look(at(5_015))
    assert not Alarm.objects.active().exists()


def test_a_flood_is_one_alarm_of_the_key_and_one_of_the_fleet_and_a_bounded_number_of_rows(swift, key, published):
    serials = [f"MANY-{number}" for number in range(150)]
    many = drones.register(dict.fromkeys(serials, ""), NOON, owners=dict.fromkeys(serials, swift.pk))
    crow = key()
    refuse(*((drone, crow) for drone in many), times=7)
    look(at(0))
    assert Claim.objects.count() == claim.MOST_CLAIMS
    assert feeds.refused_by_key() == {crow.pk: 1_050}
    texts_by_key = dict(Alarm.objects.active().values_list("subject", "severity"))
    assert texts_by_key == {"drones": "warning", f"key {crow}": "major"}
    assert len(Alarm.objects.get(subject=f"key {crow}").detail["serials"]) == 20


def test_what_was_refused_of_a_drone_that_is_gone_or_changed_hands_is_only_summed_up(fleet, crow, key, published):
    same_key = key()
    refuse((fleet[0], same_key), (fleet[1], same_key))
    Drone.objects.filter(pk=fleet[0].pk).delete()
    transfer(SYSTEM, fleet[1], "crow", at(0))
    client().hincrby("loft.refused", "999:999", 3)
    claim.take_in(at(1))
    assert not Claim.objects.exists()


def test_a_transfer_begins_anew_and_tells_both_of_it(fleet, swift, crow, key, published):
    insist([(fleet[0], key())])
    drones.change(SYSTEM, fleet[0], at(99), name="Heron")
    published.clear()
    moved = transfer(SYSTEM, fleet[0], "crow", at(100))
    assert (moved.organisation, moved.operator, moved.name) == (crow, "Crow", "")
    assert (moved.is_verified, moved.disputed_at, moved.owned_since) == (False, None, at(100))
    assert not moved.claims.exists()
    assert [(type(event), event.organisation) for event in published] == [
        (DroneLeft, swift.pk),
        (DroneChanged, crow.pk),
    ]
    assert "Crow" not in published[0].as_json()
    assert AuditEntry.objects.get(verb="transferred drone").detail == {"before": "swift", "after": "crow"}
    assert client().xlen(feeds.STREAM) == 0  # nobody is told before the commit


def test_a_transfer_is_told_to_every_process_once_committed(fleet, crow, published, django_capture_on_commit_callbacks):
    with listening(feeds.OWNERS_CHANNEL) as line:
        with django_capture_on_commit_callbacks(execute=True):
            transfer(SYSTEM, fleet[0], "crow", at(0))
        ((_, notice),) = client().xrange(feeds.STREAM)
        assert feeds.NOTICE in notice
        assert len(line.rest()) == 1


@pytest.mark.parametrize(("slug", "reason"), [("swift", "already"), ("nobody", "expected the slug")])
def test_a_transfer_to_its_owner_or_to_nobody_is_refused(fleet, published, slug, reason):
    with pytest.raises(Refused, match=reason):
        transfer(SYSTEM, fleet[0], slug, NOON)


def test_only_those_who_run_the_network_hand_a_drone_on_and_its_owner_may_release_it(fleet, swift, published, person):
    owner = person_actor(person("operator", swift.pk))
    with pytest.raises(Refused, match="only those who run the network"):
        transfer(owner, fleet[0], "crow", NOON)
    released = release(owner, fleet[0], NOON)
    assert (released.organisation_id, released.is_verified) == (HOME_PK, False)
    assert AuditEntry.objects.get(verb="released drone").organisation == swift
    with pytest.raises(Refused, match="already"):
        release(SYSTEM, released, NOON)


def test_a_drone_carries_the_name_of_its_organisation_whatever_a_report_says(swift, published):
    told_so = {"A-1": "Crow", "A-2": "A guest"}
    made = {event.serial: event.operator for event in drones.register(told_so, NOON, owners={"A-1": swift.pk})}
    assert made == {"A-1": "Swift", "A-2": "A guest"}  # those who run the network may fly for somebody without one


def test_new_drones_are_told_of_and_audited_by_organisation(swift, crow, published):
    drones.register({"A": "", "B": "", "C": ""}, NOON, owners={"A": swift.pk, "B": crow.pk, "C": swift.pk})
    assert {event.organisation: {row["serial"] for row in event.drones} for event in published} == {
        swift.pk: {"A", "C"},
        crow.pk: {"B"},
    }
    rows = AuditEntry.objects.filter(verb="registered drone")
    assert {row.organisation_id: row.detail["serials"] for row in rows} == {swift.pk: ["A", "C"], crow.pk: ["B"]}


def test_whoever_claimed_a_hundred_drones_some_time_ago_does_not_claim_the_next_one_unnoticed(
    fleet, swift, key, published
):
    crow, serials = key(), [f"OLD-{number}" for number in range(claim.MOST_CLAIMS)]
    old = drones.register(dict.fromkeys(serials, ""), NOON, owners=dict.fromkeys(serials, swift.pk))
    refuse(*((drone, crow) for drone in old))
    claim.take_in(at(0))
    later = claim.FRESH_FOR.total_seconds() + 1
    refuse((fleet[0], crow))
    look(at(later))
    assert Alarm.objects.get(specific_problem=CLAIMED.text, ended_at=None).subject == "SW-00"
    (alarm,) = Alarm.objects.filter(specific_problem=CLAIMS.text, ended_at=None)
    assert alarm.detail["serials"] == ["SW-00"]
    insist([(fleet[1], crow)], since=later + 15)
    assert len(verified()) == 11
    assert Claim.objects.filter(key=crow).count() == 2  # what rested made room, and is no more


def test_claims_that_somebody_decided_take_no_room_and_are_remembered(fleet, swift, key, published):
    crow, serials = key(), [f"OLD-{number}" for number in range(claim.MOST_CLAIMS)]
    old = drones.register(dict.fromkeys(serials, ""), NOON, owners=dict.fromkeys(serials, swift.pk))
    refuse(*((drone, crow) for drone in old))
    claim.take_in(at(0))
    Claim.objects.update(decided_at=NOON)
    refuse((fleet[0], crow))
    claim.take_in(at(1_000))
    assert Claim.objects.filter(key=crow).count() == claim.MOST_CLAIMS + 1


def test_of_a_hundred_claims_of_now_none_makes_room(fleet, swift, key, published):
    crow, serials = key(), [f"NOW-{number}" for number in range(claim.MOST_CLAIMS)]
    now = drones.register(dict.fromkeys(serials, ""), NOON, owners=dict.fromkeys(serials, swift.pk))
    refuse(*((drone, crow) for drone in now))
    claim.take_in(at(0))
    refuse((fleet[0], crow))
    claim.take_in(at(15))
    assert Claim.objects.filter(key=crow).count() == claim.MOST_CLAIMS
    assert feeds.refused_by_key() == {crow.pk: claim.MOST_CLAIMS + 1}
