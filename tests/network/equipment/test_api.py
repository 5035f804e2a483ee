"""Counters and settings of base stations over REST."""

from datetime import timedelta
from uuid import UUID

import pytest

from network.actions.equipment import configuration
from tests.conftest import NOON
from tests.network.equipment.conftest import read_all

pytestmark = pytest.mark.django_db

PERIOD = timedelta(seconds=30)


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
    body = with_key("read").get("/api/v1/sites/bs-000/counters").json()
    assert body["told"]["devices"] == sum(cell["devices"] for cell in body["told"]["cells"])
    assert (body["is_known"], body["stale_after_s"]) == (False, 90.0)  # of June: long past
    assert body["age_s"] > 90
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
    overview = planner.get(url).json()
    assert [(push["state"], push["version"]) for push in overview["pushes"]] == [("acknowledged", 1)]
    assert (overview["version"], overview["version_at"]) == (None, None)  # its counters have not told yet


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
def test_a_wrong_request_is_refused_by_field(site, signed_in, sent, body, field):
    answer = signed_in("planner").post("/api/v1/sites/bs-000/configuration", body, format="json")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"].startswith(field)
    assert sent == []
