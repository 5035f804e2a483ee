"""Alarms of what is under announced maintenance: suppressed by design while it lasts, in force again when it ends."""

from datetime import timedelta

import pytest
from django.utils import timezone

from console.actions.audit.audit import SYSTEM, Actor
from console.models import AuditEntry
from network.actions.alarms import alarm_hold
from network.actions.alarms.alarm import summary
from network.actions.alarms.alarm_hold import HoldRequest, keep_maintenance
from network.actions.maintenance import maintenance
from network.models import (
    Alarm,
    AlarmEntry,
    AlarmHold,
    HoldKind,
    Link,
    Maintenance,
    Notice,
    NoticeChannel,
    Site,
)
from tests.conftest import NOON
from tests.network.alarms.conditions import cleared, condition, target
from tests.network.alarms.conditions import raised as raise_all

pytestmark = pytest.mark.django_db
ANN = Actor("ann")
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def published(heard):
    return heard


@pytest.fixture
def town(make_site) -> dict[str, Site]:
    """core - oa - bs-1, and core - ob."""
    made = {"core": make_site("core", kind="core", probe_port=None)}
    made |= {name: make_site(name) for name in ("oa", "bs-1", "ob")}
    for a, b in (("core", "oa"), ("oa", "bs-1"), ("core", "ob")):
        Link.objects.create(a=made[a], b=made[b], length_km=1, rate_gbps=10, changed_at=NOON)
    return made


@pytest.fixture
def channel():
    return NoticeChannel.objects.create(
        name="pager", kind="webhook", target="https://example.org/", made_at=NOON, secret_changed_at=NOON
    )


def announce(kind="site", key="oa", start=NOON, end=NOON + HOUR, now=NOON) -> Maintenance:
    return maintenance.announce(ANN, maintenance.MaintenanceRequest(kind, key, start, end, "new mast"), now)


def silent(site: Site, now=NOON, **more) -> Alarm:
    text = more.pop("specific_problem", "Silent")
    return raise_all([condition(site.name_en, text, site=site, **more)], now)[0]


def history(alarm: Alarm) -> list[str]:
    return list(AlarmEntry.objects.filter(alarm=alarm).order_by("pk").values_list("kind", flat=True))


def of_link(key: str, now=NOON, **detail) -> Alarm:
    return raise_all([condition(key, "Redundancy lost", kind="link", detail=detail or None)], now)[0]


def test_an_alarm_of_a_link_under_maintenance_is_suppressed_and_a_root_cause_only_with_all_its_sites(town):
    before = of_link("core~ob")
    announce(kind="link", key="core~ob")
    assert Alarm.objects.get(pk=before.pk).state == "suppressed"
    announce(kind="link", key="core~oa")
    assert of_link("core~oa").state == "suppressed"
    assert of_link("bs-1~oa").state == "unacknowledged"
    cleared([("core~oa", "Redundancy lost")], NOON)
    root = of_link("core~oa", members=["oa", "bs-1", "far"], sites=3)
    assert root.state == "unacknowledged"


def test_what_a_site_under_maintenance_cuts_off_is_suppressed_and_the_rest_is_not(town):
    before = silent(town["bs-1"])
    announce()
    assert Alarm.objects.get(pk=before.pk).state == "suppressed"  # at once, not with the next round
    assert history(before) == ["raised", "held"]
    assert {name: silent(town[name], NOON + HOUR / 2).state.value for name in ("oa", "ob")} == {
        "oa": "suppressed",
        "ob": "unacknowledged",
    }
    assert (summary(NOON)["counts"]["major"], summary(NOON)["held"]) == (1, 2)
    assert Alarm.objects.get(pk=before.pk).hold.reason == "new mast"
    assert AuditEntry.objects.get(verb="held alarm").detail["kind"] == "suppressed"
    assert AlarmHold.objects.count() == 1  # one for all that a maintenance suppresses


@pytest.mark.parametrize(("kind", "key"), [("link", "core~oa"), ("region", "here"), ("region", "")])
def test_maintenance_of_a_link_or_a_region_suppresses_as_well(town, kind, key):
    announce(kind, key)
    assert silent(town["bs-1"]).state == "suppressed"


def test_what_is_still_active_comes_back_in_force_when_it_ends_and_only_then_is_told(town, channel, published):
    announce()
    kept, gone = silent(town["oa"]), silent(town["bs-1"])
    cleared([(gone.subject, "Silent")], NOON + HOUR / 2)
    assert Notice.objects.count() == 0
    assert keep_maintenance(NOON + HOUR - timedelta(seconds=1)) == 0
    published.clear()
    assert keep_maintenance(NOON + HOUR) == 1
    assert Alarm.objects.get(pk=kept.pk).state == "unacknowledged"
    assert history(kept) == ["raised", "released"]
    assert [(notice.alarm_id, notice.kind) for notice in Notice.objects.all()] == [(kept.pk, "raised")]
    assert {event.alarm["id"] for event in published} == {kept.pk, gone.pk}
    assert AuditEntry.objects.filter(verb="released alarm").count() == 1
    assert (keep_maintenance(NOON + 2 * HOUR), AlarmHold.objects.filter(ended_at=None).count()) == (0, 0)


def test_a_maintenance_to_come_suppresses_from_its_beginning_on(town):
    alarm = silent(town["oa"])
    announce(start=NOON + HOUR, end=NOON + 2 * HOUR)
    assert keep_maintenance(NOON + HOUR / 2) == 0
    assert keep_maintenance(NOON + HOUR) == 1
    assert (Alarm.objects.get(pk=alarm.pk).state, keep_maintenance(NOON + HOUR)) == ("suppressed", 0)


def test_withdrawing_lets_back_at_once(town):
    made, alarm = announce(), silent(town["oa"])
    maintenance.withdraw(ANN, made.pk, NOON + HOUR / 2)
    assert Alarm.objects.get(pk=alarm.pk).state == "unacknowledged"


def test_of_two_that_overlap_the_other_keeps_what_it_covers(town, channel):
    first, alarm = announce("link", "core~oa", end=NOON + 2 * HOUR), silent(town["oa"])
    announce("site", "oa", end=NOON + HOUR)
    maintenance.withdraw(ANN, first.pk, NOON + HOUR / 2)
    assert Alarm.objects.get(pk=alarm.pk).hold.maintenance.key == "oa"
    assert (history(alarm), Notice.objects.count()) == (["raised", "held"], 0)


def test_a_person_s_hold_comes_first_and_what_it_lets_go_is_caught(town, channel):
    announce()
    wanted = HoldRequest(HoldKind.OUT_OF_SERVICE, "torn down")
    hold = alarm_hold.declare_hold(SYSTEM, target(town["oa"].name_en, ""), wanted, NOON)
    alarm = silent(town["oa"])
    assert alarm.state == "out_of_service"
    alarm_hold.end_holds(ANN, [hold], NOON + HOUR / 2)
    assert Alarm.objects.get(pk=alarm.pk).state == "suppressed"
    assert Notice.objects.count() == 0


def test_a_root_cause_is_suppressed_only_when_all_that_it_explains_is(town):
    announce()
    both, more = ({"sites": len(names), "members": names} for names in (["oa", "bs-1"], ["oa", "bs-1", "ob"]))
    assert silent(town["oa"], detail=both, specific_problem="Cut").state == "suppressed"
    assert silent(town["core"], detail=more).state == "unacknowledged"


def test_what_maintenance_suppresses_is_let_back_by_withdrawing_that(town, signed_in):
    now = timezone.now()
    announce(start=now, end=now + HOUR, now=now)
    alarm, planner = silent(town["oa"], now), signed_in("planner")
    refused = planner.post("/api/v1/alarms/release", {"ids": [alarm.pk]}, format="json")
    assert (refused.status_code, "withdraw that maintenance" in refused.json()["detail"]) == (409, True)
    hold = planner.get("/api/v1/alarms/holds").json()["results"][0]
    assert hold["maintenance"] == Maintenance.objects.get().pk
    assert planner.delete(f"/api/v1/alarms/holds/{hold['id']}").status_code == 409


def test_looking_after_maintenance_costs_the_same_with_many_alarms(town, make_site, django_assert_max_num_queries):
    for number in range(40):
        silent(make_site(f"bs-1{number:02d}"))
    made = announce("region", "here", start=NOON + HOUR, end=NOON + 2 * HOUR)
    with django_assert_max_num_queries(30):
        assert keep_maintenance(NOON + HOUR) == 40
    assert made.pk


def test_without_maintenance_looking_after_it_costs_two_questions(town, django_assert_num_queries):
    silent(town["oa"])
    with django_assert_num_queries(4):  # and a savepoint
        keep_maintenance(NOON)
