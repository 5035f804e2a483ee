"""Whose an agreement is, and what of it, of its maintenance and of its reports others are told."""

from datetime import timedelta

import pytest
from django.utils import timezone

from console.access.actor import HOME_PK
from console.actions.audit.audit import SYSTEM
from console.models import Organisation
from network.actions.impact.impact import Affected, How
from network.actions.service_levels import agreements
from network.actions.service_levels.report.figures import month_of, span_of
from network.models import (
    Agreement,
    Alarm,
    AlarmType,
    Change,
    ComplianceStatus,
    Maintenance,
    Severity,
    Slice,
)
from tests.conftest import NOON
from tests.network.alarms.conditions import condition, raised
from tests.network.kinds import group, only_affected
from tests.network.owners.rows import BLUE, RED

pytestmark = pytest.mark.django_db


@pytest.fixture
def services(monkeypatch, red, blue, make_site):
    def provider(_scope, _now):
        yield Affected("r-1", "Red flight", "", How.ITSELF, organisation=red.pk)
        yield Affected("b-1", "Blue flight", "", How.ITSELF, organisation=blue.pk)
        yield Affected("n-1", "Nobody's flight", "Someone", How.ITSELF)

    only_affected(monkeypatch, group("flights", "network.view_site", provider))
    return make_site("bs-1")


def test_an_impact_names_and_counts_ones_own_services(services, red, make_agreement, signed_in, with_key):
    own = make_agreement(services, organisation_id=red.pk)
    for caller in (signed_in("viewer", red.pk), with_key("read", organisation=red.pk)):
        for path in ("/api/v1/impact?kind=site&key=bs-1", f"/api/v1/agreements/{own.pk}/impact"):
            body = caller.get(path).json()
            assert body["services"]["flights"]["count"] == 1
            assert [row["organisation"] for row in body["services"]["flights"]["rows"]] == [RED]
            assert body["tenants"] == [{"name": "Red", "organisation": RED, "services": {"flights": 1}}]
    body = signed_in("viewer").get("/api/v1/impact?kind=site&key=bs-1").json()
    assert body["services"]["flights"]["count"] == 3
    assert {tenant["name"] for tenant in body["tenants"]} == {"Red", "Blue", "Someone"}


def test_a_site_shows_the_agreements_of_the_reader(world, red, signed_in):
    names = [
        agreement["name"] for agreement in signed_in("viewer", red.pk).get("/api/v1/sites/bs-1").json()["agreements"]
    ]
    assert names == ["red promise"]
    assert len(signed_in("viewer").get("/api/v1/sites/bs-1").json()["agreements"]) == 3


def test_an_agreement_belongs_to_whom_it_is_made_for_and_two_customers_may_have_the_same(
    red, blue, make_site, signed_in
):
    make_site("bs-1")
    planner = signed_in("planner")
    body = {"kind": "site", "key": "bs-1", "metric": "jitter", "objective": 2}
    for slug in (RED, BLUE):
        made = planner.post("/api/v1/agreements", {**body, "organisation": slug}, format="json")
        assert (made.status_code, made.json()["organisation"]) == (201, slug)
    assert planner.post("/api/v1/agreements", body, format="json").json()["organisation"] == "operator"
    assert planner.post("/api/v1/agreements", {**body, "organisation": RED}, format="json").status_code == 409
    assert (
        planner.patch(f"/api/v1/agreements/{made.json()['id']}", {"organisation": RED}, format="json").status_code
        == 400
    )


def test_what_is_promised_for_a_slice_goes_with_the_slice(red, blue, make_site, signed_in):
    make_site("bs-1")
    planner = signed_in("planner")
    body = {"slug": "s", "name_en": "S", "name_zh": "S", "sst": 1, "sites": ["bs-1"], "tenant": "Red"}
    made = planner.post("/api/v1/slices", body, format="json").json()
    assert (made["organisation"], made["tenant"]) == (RED, "Red")
    promise = {"kind": "slice", "key": "s", "metric": "jitter", "objective": 2}
    foreign = planner.post("/api/v1/agreements", {**promise, "organisation": BLUE}, format="json")
    assert (foreign.status_code, [error["field"] for error in foreign.json()["errors"]]) == (400, ["organisation"])
    assert planner.post("/api/v1/agreements", promise, format="json").json()["organisation"] == RED
    handed = planner.patch("/api/v1/slices/s", {"organisation": BLUE}, format="json")
    assert (handed.json()["tenant"], Agreement.objects.get().organisation) == ("Blue", blue)
    unknown = planner.post("/api/v1/slices", {**body, "slug": "t", "tenant": "Green"}, format="json")
    assert (unknown.status_code, unknown.json()["errors"][0]["field"]) == (400, "tenant")


def test_maintenance_of_what_all_stand_on_is_everyones_but_not_why(world, red, signed_in):
    now = timezone.now()
    Maintenance.objects.create(
        kind="site", key="bs-1", starts_at=now, ends_at=now + timedelta(hours=1), reason="rotten mast", actor="ann",
        made_at=now,
    )  # fmt: skip
    caller = signed_in("viewer", red.pk)
    rows = caller.get("/api/v1/maintenance").json()["results"]
    assert {row["key"] for row in rows} == {"bs-1", "red-slice"}
    assert {row[name] for row in rows for name in ("reason", "actor", "withdrawn_by")} == {""}
    assert caller.get("/api/v1/maintenance?search=rotten").json()["count"] == 0
    assert signed_in("viewer").get("/api/v1/maintenance?search=rotten").json()["results"][0]["reason"] == "rotten mast"
    own = Agreement.objects.get(name="red promise")
    since = (now - timedelta(hours=1)).isoformat()
    story = caller.get(
        f"/api/v1/agreements/{own.pk}/timeline", {"since": since, "until": (now + timedelta(hours=2)).isoformat()}
    )
    assert "maintenance" in {row["kind"] for row in story.json()}
    assert "rotten" not in story.content.decode()
    blues = Maintenance.objects.get(key="blue-slice").pk
    assert caller.get(f"/api/v1/maintenance/{blues}/concerns").status_code == 404
    assert caller.get("/api/v1/maintenance/concerns?kind=slice&key=blue-slice").status_code == 400
    assert caller.get("/api/v1/maintenance/concerns?kind=site&key=bs-1").json()["count"] == 1


def test_a_story_tells_a_customer_neither_foreign_alarms_nor_who_changed_the_inventory(world, red, watchdog, signed_in):
    now, own = timezone.now(), Agreement.objects.get(name="red promise")
    Change.objects.create(
        kind="site", key="bs-1", valid_from=now, values={"height_m": 1}, before={"height_m": 2}, recorded_at=now,
        applied_at=now, actor="ann",
    )  # fmt: skip
    for owner in (HOME_PK, red.pk):
        raised([condition("BS-1", "Lost", Severity.MAJOR, AlarmType.EQUIPMENT, "x", world, organisation=owner)], now)
    until = {"until": (now + timedelta(minutes=1)).isoformat()}
    path = f"/api/v1/agreements/{own.pk}/timeline"
    kinds = [row["kind"] for row in signed_in("viewer", red.pk).get(path, until).json()]
    assert (kinds.count("alarm"), kinds.count("change")) == (1, 0)
    assert "ann" in signed_in("viewer").get(path, until).content.decode()
    for caller, text in ((signed_in("viewer"), "ann"), (signed_in("viewer", watchdog.pk), "")):
        assert [row["actor"] for row in caller.get("/api/v1/inventory/changes").json()["results"]] == [text]
    assert signed_in("viewer", watchdog.pk).get(path, until).content.decode().count("ann") == 0


def test_maps_that_two_customers_ask_for_are_two(red, blue, region, make_site, make_sector, signed_in):
    make_sector(make_site("bs-1"))
    asked = [
        signed_in("operator", row.pk).post("/api/v1/evidence", {"kind": "coverage", "region": "here"}, format="json")
        for row in (red, blue, red)
    ]
    assert [row.status_code for row in asked] == [202, 202, 202]
    assert asked[0].json()["id"] == asked[2].json()["id"] != asked[1].json()["id"]


def test_a_report_holds_the_agreements_of_who_it_is_for(world, red, region):
    ComplianceStatus.objects.update(began_at=NOON - timedelta(days=5))
    Maintenance.objects.create(
        kind="site", key="bs-1", starts_at=NOON - timedelta(hours=3), ends_at=NOON - timedelta(hours=1),
        reason="rotten mast", actor="ann", made_at=NOON - timedelta(days=1),
    )  # fmt: skip
    Agreement.objects.update(region=region)
    span = span_of("2026-06", NOON + timedelta(hours=1))
    (line,) = month_of(region, span, red).lines
    assert line.agreement.name == "red promise"
    assert [exclusion.reason for exclusion in line.exclusions] == [""]
    everyone = month_of(region, span, Organisation.objects.get(pk=HOME_PK)).lines
    assert (len(everyone), everyone[0].exclusions[0].reason) == (3, "rotten mast")


def test_a_subject_that_changes_hands_takes_along_what_is_in_force_and_no_alarm(red, blue, make_site):
    now, site = timezone.now(), make_site("bs-1")
    slice_ = Slice.objects.create(organisation=red, slug="s", name_en="S", name_zh="S", sst=1, changed_at=now)
    slice_.sites.set([site])
    made = agreements.make(SYSTEM, agreements.About("slice", "s", "jitter"), {"objective": 2.0}, now)
    old = agreements.make(SYSTEM, agreements.About("slice", "s", "availability"), {"objective": 0.9}, now)
    Agreement.objects.filter(pk=old.pk).update(ended_at=now)
    raised([condition("slice s", "Error budget burns: jitter", organisation=red.pk, kind="slice")], now)
    agreements.hand_over("slice", "s", blue.pk, now)
    assert list(Agreement.objects.order_by("pk").values_list("organisation", flat=True)) == [blue.pk, red.pk]
    assert made.organisation_id == red.pk  # as it was made
    assert not Alarm.objects.active().exists()
