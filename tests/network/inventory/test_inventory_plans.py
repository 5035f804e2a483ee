"""Changes of the inventory to come and past: plans, what they build on, lists as of a time."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.utils import timezone

from console.actions.audit.audit import SYSTEM
from network.actions import inventory
from network.actions.inventory.history import values_at
from network.models import Link, Site
from tests.conftest import NOON
from tests.network.inventory.calls import errors, send

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quiet")]

HOUR = timedelta(hours=1)
SITE = {"slug": "bs-100", "region": "here", "kind": "macro", "name_en": "BS-100", "lat_deg": 29.1, "lon_deg": 123.6}
LINK = {"a": "bs-000", "b": "bs-001", "rate_gbps": 100}


def test_a_change_in_the_future_is_a_plan_until_its_time_comes(planner, two_sites):
    at = timezone.now() + HOUR
    planned = send(planner, "patch", "sites/bs-000", {"height_m": 42, "valid_from": at.isoformat()})
    assert (planned.status_code, planned.json()["is_planned"], planned.json()["values"]["height_m"]) == (202, True, 42)
    assert Site.objects.get(slug="bs-000").height_m == 30
    assert inventory.apply_due(at - timedelta(seconds=1)) == 0
    assert inventory.apply_due(at) == 1
    assert inventory.apply_due(at) == 0
    site = Site.objects.get(slug="bs-000")
    assert (site.height_m, site.valid_from, site.changed_at) == (42, at, at)
    assert send(planner, "get", "inventory/changes?is_planned=true").json()["count"] == 0


def test_a_plan_changes_only_what_it_was_about(planner, two_sites):
    at = timezone.now() + HOUR
    send(planner, "patch", "sites/bs-000", {"height_m": 42, "valid_from": at.isoformat()})
    send(planner, "patch", "sites/bs-000", {"people": 900})
    inventory.apply_due(at)
    site = Site.objects.get(slug="bs-000")
    assert (site.height_m, site.people) == (42, 900)


def test_plans_build_on_earlier_plans(planner, two_sites):
    at = timezone.now() + HOUR
    send(planner, "post", "sites", {**SITE, "valid_from": at.isoformat()})
    early = send(planner, "post", "links", {**LINK, "b": "bs-100", "valid_from": (at - HOUR / 2).isoformat()})
    assert list(errors(early)) == [("b", "bs-100")]
    assert send(planner, "post", "links", {**LINK, "b": "bs-100", "valid_from": at.isoformat()}).status_code == 202
    assert inventory.apply_due(at) == 2
    assert Link.objects.get().b.slug == "bs-100"


def test_a_plan_that_cannot_be_applied_says_why_and_holds_up_no_other(planner, two_sites):
    at = timezone.now() + HOUR
    send(planner, "post", "sites", {**SITE, "valid_from": at.isoformat()})
    send(planner, "patch", "sites/bs-001", {"height_m": 12, "valid_from": at.isoformat()})
    send(planner, "post", "sites", SITE)
    assert inventory.apply_due(at) == 1
    stuck = send(planner, "get", "inventory/changes?is_planned=true").json()["results"]
    assert [(change["key"], change["problem"]) for change in stuck] == [("bs-100", "site bs-100 exists already")]
    assert Site.objects.get(slug="bs-001").height_m == 12
    withdrawn = send(planner, "post", f"inventory/changes/{stuck[0]['id']}/withdraw")
    assert (withdrawn.status_code, withdrawn.json()["is_planned"]) == (200, False)


def test_a_withdrawn_plan_never_comes_and_is_withdrawn_once(planner, two_sites):
    at = timezone.now() + HOUR
    plan = send(planner, "delete", "sites/bs-000", {"valid_from": at.isoformat()}).json()
    assert send(planner, "post", f"inventory/changes/{plan['id']}/withdraw").status_code == 200
    assert send(planner, "post", f"inventory/changes/{plan['id']}/withdraw").status_code == 409
    assert send(planner, "post", "inventory/changes/99999/withdraw").status_code == 404
    assert inventory.apply_due(at) == 0
    assert Site.objects.filter(slug="bs-000").exists()


def test_the_schedule_applies_what_is_due_and_never_twice_at_once(two_sites, settings):
    entry = settings.CELERY_BEAT_SCHEDULE["due changes of the inventory"]
    assert (entry["task"], entry["options"]["expires"]) == ("network.tasks.apply_due_changes", 5)
    assert hasattr(import_module("network.tasks"), "apply_due_changes")


def test_a_change_cannot_reach_back_behind_the_present_values(planner, two_sites):
    send(planner, "patch", "sites/bs-000", {"height_m": 42})
    late = send(planner, "patch", "sites/bs-000", {"height_m": 20, "valid_from": "2026-01-01T00:00:00Z"})
    assert (late.status_code, "or later, since when" in late.json()["detail"]) == (409, True)


def test_the_past_is_what_the_changes_replaced(two_sites):
    def height_at(time):
        values = values_at("site", "bs-000", time)
        return values and values["height_m"]

    inventory.change(SYSTEM, "site", "bs-000", {"height_m": 40}, NOON)
    inventory.change(SYSTEM, "site", "bs-000", {"height_m": 50}, NOON + HOUR)
    inventory.change(SYSTEM, "site", "bs-000", {"height_m": 60}, NOON + HOUR, NOON + 3 * HOUR)
    inventory.remove(SYSTEM, "site", "bs-000", NOON + 2 * HOUR)
    times = [NOON - HOUR, NOON, NOON + HOUR / 2, NOON + HOUR, NOON + 2 * HOUR]
    assert [height_at(time) for time in times] == [30, 40, 40, 50, None]
    assert values_at("site", "bs-001", NOON - HOUR)["height_m"] == 30  # without changes: from before the records began
    assert height_at(NOON + 4 * HOUR) is None  # a plan for what is gone changes nothing


def test_lists_look_back_and_ahead(planner, two_sites):
    now = timezone.now()
    send(planner, "post", "sites", {**SITE, "valid_from": (now + HOUR).isoformat()})
    send(planner, "post", "links", LINK)

    def slugs(path, at):
        answer = planner.get(f"/api/v1/{path}", {"as_of": at.isoformat(), "region": "here"})
        return [change.get("slug") or change["key"] for change in answer.json()["results"]]

    assert slugs("sites", now) == ["bs-000", "bs-001"]
    assert slugs("sites", now + 2 * HOUR) == ["bs-000", "bs-001", "bs-100"]
    assert slugs("links", now - HOUR) == []
    assert slugs("links", now + HOUR) == ["bs-000~bs-001"]
    assert errors(planner.get("/api/v1/sites?as_of=2026-06-01T00:00:00Z&kind=macro")) == {
        ("kind", "macro"): "nothing: as_of goes with region, search, limit and offset"
    }
