"""Drones over REST: what lists, details, changes and trails say, and what they cost."""

from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

from airspace.actions.tracking import drone as actions
from airspace.actions.tracking import history
from airspace.engine.writer import Writer
from airspace.events import DroneChanged
from airspace.feeds import Outlet
from airspace.kernels.trail import thin
from airspace.models import Drone, LastPosition, Position
from airspace.serializers.drone import LastPositionSerializer
from console.models import AuditEntry

pytestmark = pytest.mark.django_db


def now_ms() -> int:
    return int(timezone.now().timestamp() * 1000)


def row(drone, at_ms, lat=29.0, lon=123.5, battery=80.0, status=None, height=60.0):
    return (
        drone.pk,
        at_ms,
        at_ms + 5,
        at_ms + 9,
        lat,
        lon,
        100.0,
        12.0,
        90.0,
        0.0,
        height,
        battery,
        status,
        None,
        None,
        7,
    )


def store(rows):
    history.store(rows)
    newest = {}
    history.pick_newest(newest, rows)
    history.keep_newest(newest)


@pytest.fixture
def fleet():
    drones = actions.register({f"F-{number:03}": "Swift" for number in range(5)}, timezone.now())
    at = now_ms()
    store(
        [
            row(drones[0], at),
            row(drones[1], at - 8_000, lat=29.2),
            row(drones[2], at - 20_000, battery=15.0),
            row(drones[3], at, battery=5.0),
        ]
    )
    return drones


@pytest.fixture
def viewer(signed_in):
    return signed_in("viewer")


def listed(viewer, query=""):
    answer = viewer.get(f"/api/v1/drones?{query}")
    assert answer.status_code == 200, answer.content
    return [drone["serial"] for drone in answer.json()["results"]]


@pytest.mark.parametrize(
    ("query", "serials"),
    [
        ("", ["F-000", "F-001", "F-002", "F-003", "F-004"]),
        ("serial=F-002", ["F-002"]),
        ("search=f-00", ["F-000", "F-001", "F-002", "F-003", "F-004"]),
        ("search=swift&limit=1", ["F-000"]),
        ("state=warning", ["F-002"]),
        ("state=emergency", ["F-003"]),
        ("link=heard", ["F-000", "F-003"]),
        ("link=stale", ["F-001"]),
        ("link=lost", ["F-002"]),
        ("link=unknown", ["F-004"]),
        ("verified=true", []),
        ("bbox=123,29.1,124,29.3", ["F-001"]),
        ("ordering=-serial&limit=2", ["F-004", "F-003"]),
        ("ordering=is_verified", ["F-000", "F-001", "F-002", "F-003", "F-004"]),  # all alike: by their keys
        ("ordering=-is_verified", ["F-004", "F-003", "F-002", "F-001", "F-000"]),
    ],
)
def test_lists_narrow_and_order(fleet, viewer, query, serials):
    assert listed(viewer, query) == serials


def test_a_list_of_ids_holds_just_those(fleet, viewer):
    assert listed(viewer, f"id={fleet[1].pk},{fleet[3].pk}") == ["F-001", "F-003"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("bbox=1,2,3", "bbox"),
        ("bbox=9,9,1,1", "bbox"),
        ("bbox=nan,0,1,1", "bbox"),
        ("id=1,x", "id"),
        ("state=happy", "state"),
    ],
)
def test_a_wrong_filter_is_named(viewer, query, field):
    answer = viewer.get(f"/api/v1/drones?{query}")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)


def test_a_list_costs_the_same_number_of_queries_for_one_drone_and_many(fleet, viewer, django_assert_num_queries):
    viewer.get("/api/v1/drones")
    with django_assert_num_queries(5):  # session, person, roles, count, page
        viewer.get("/api/v1/drones")
    actions.register({f"G-{number}": "" for number in range(200)}, timezone.now())
    with django_assert_num_queries(5):
        viewer.get("/api/v1/drones?limit=1000")


def test_a_detail_holds_the_last_position_and_how_fresh_it_is(fleet, viewer):
    body = viewer.get(f"/api/v1/drones/{fleet[1].pk}").json()
    assert (body["serial"], body["state"], body["is_verified"]) == ("F-001", "normal", False)
    assert body["age_s"] == pytest.approx(8.0, abs=2.0)
    assert body["link"]["state"] == "stale"
    assert body["link"]["radio"] is None  # no site is built here, so nothing is modelled
    assert body["last_position"]["lat_deg"] == 29.2
    assert body["last_position"]["at"].endswith("Z")


def test_a_drone_that_never_reported_has_no_position_and_no_state(fleet, viewer):
    body = viewer.get(f"/api/v1/drones/{fleet[4].pk}").json()
    assert (body["state"], body["age_s"], body["last_position"], body["link"]["state"]) == (None, None, None, "unknown")


def test_an_unknown_drone_is_a_problem_404(viewer):
    assert viewer.get("/api/v1/drones/99999").status_code == 404


def test_csv_holds_a_line_per_drone(fleet, viewer):
    answer = viewer.get("/api/v1/drones?format=csv")
    assert len(answer.content.decode("utf-8-sig").splitlines()) == 6


def test_an_operator_verifies_a_drone_and_the_trail_of_audit_says_so(
    fleet, signed_in, monkeypatch, django_capture_on_commit_callbacks
):
    published = []
    monkeypatch.setattr("airspace.actions.tracking.drone.hub.publish", published.append)
    answer = signed_in("operator").patch(
        f"/api/v1/drones/{fleet[0].pk}", {"is_verified": True, "name": "Heron"}, format="json"
    )
    assert (answer.status_code, answer.json()["is_verified"], answer.json()["name"]) == (200, True, "Heron")
    entry = AuditEntry.objects.get(verb="changed drone")
    assert (entry.subject, entry.detail) == ("drone F-000", {"is_verified": True, "name": "Heron"})
    assert isinstance(published[0], DroneChanged)
    assert published[0].drone["name"] == "Heron"


def test_a_change_to_what_already_is_leaves_no_trace(fleet, signed_in):
    signed_in("operator").patch(f"/api/v1/drones/{fleet[0].pk}", {"is_verified": False}, format="json")
    assert not AuditEntry.objects.filter(verb="changed drone").exists()


def test_a_viewer_may_not_change_a_drone(fleet, viewer):
    assert viewer.patch(f"/api/v1/drones/{fleet[0].pk}", {"name": "x"}, format="json").status_code == 403


def test_keys_read_but_never_change(fleet, with_key):
    reader = with_key("read")
    assert reader.get("/api/v1/drones").status_code == 200
    assert reader.patch(f"/api/v1/drones/{fleet[0].pk}", {"name": "x"}, format="json").status_code == 403
    assert with_key("telemetry:write").get("/api/v1/drones").status_code == 403


def test_a_trail_keeps_its_gaps(fleet, viewer):
    at = now_ms() - 100_000
    store([row(fleet[0], at + 1000 * second) for second in [*range(20), *range(40, 60)]])
    body = viewer.get(f"/api/v1/drones/{fleet[0].pk}/trail?limit=10").json()
    assert len(body["points"]) == 10
    assert body["reports"] == 41
    assert [point["after_gap"] for point in body["points"]].count(True) == 2  # the silence, and up to the last report


def test_a_trail_since_a_time_begins_there(fleet, viewer):
    at = now_ms()
    store([row(fleet[0], at - 10_000 * number) for number in range(1, 10)])
    since = (timezone.now() - timedelta(seconds=45)).isoformat()
    body = viewer.get(f"/api/v1/drones/{fleet[0].pk}/trail", {"since": since}).json()
    assert body["reports"] == 5  # four of these, and the newest of the fleet


def test_a_list_makes_one_serializer_of_last_positions_for_all_its_rows(fleet, viewer, monkeypatch):
    made = []
    monkeypatch.setattr(LastPositionSerializer, "get_fields", lambda self: made.append(self) or {})
    rows = viewer.get("/api/v1/drones").json()["results"]
    assert sum(row["last_position"] is not None for row in rows) > 1
    assert len(made) == 1


@pytest.mark.parametrize("query", ["limit=1", "limit=5001", "since=yesterday"])
def test_a_wrong_trail_query_is_refused(fleet, viewer, query):
    assert viewer.get(f"/api/v1/drones/{fleet[0].pk}/trail?{query}").status_code == 400


def test_a_long_trail_costs_a_fixed_number_of_queries(fleet, viewer, django_assert_num_queries):
    at = now_ms()
    store([row(fleet[0], at - 100 * number) for number in range(3000)])
    with django_assert_num_queries(6):  # three of sign-in and rights, the drone, the times, the points
        body = viewer.get(f"/api/v1/drones/{fleet[0].pk}/trail?limit=400").json()
    assert len(body["points"]) == 400


def test_thinning_a_short_trail_changes_nothing():
    chosen, after_gap = thin(np.array([0, 1000, 9000]), 10, 5000)
    assert (chosen.tolist(), after_gap.tolist()) == ([0, 1, 2], [False, False, True])


def test_thinning_nothing_is_nothing():
    chosen, after_gap = thin(np.zeros(0, np.int64), 10, 5000)
    assert (len(chosen), len(after_gap)) == (0, 0)


def test_thinning_keeps_both_ends_of_every_stretch():
    at_ms = np.concatenate([np.arange(0, 100), np.arange(1000, 1100), np.arange(5000, 5100)])
    chosen, after_gap = thin(at_ms, 12, 500)
    assert len(chosen) <= 12
    assert {0, 99, 100, 199, 200, 299} <= set(chosen.tolist())
    assert after_gap.sum() == 2


def test_a_report_stored_twice_is_one_row_and_the_first_stays(fleet):
    at = now_ms() + 10
    store([row(fleet[0], at, lat=1.0), row(fleet[0], at, lat=2.0)])
    store([row(fleet[0], at, lat=3.0), row(fleet[0], at + 1, lat=4.0)])
    assert [
        position.lat_deg for position in Position.objects.filter(drone=fleet[0], at_ms__gte=at).order_by("at_ms")
    ] == [1.0, 4.0]


def test_a_late_report_does_not_move_the_last_position_back(fleet):
    at = now_ms() + 10
    store([row(fleet[0], at, lat=5.0)])
    store([row(fleet[0], at - 1, lat=6.0)])
    assert LastPosition.objects.get(drone=fleet[0]).lat_deg == 5.0


def test_thousands_of_rows_are_stored_in_one_go(fleet):
    at = now_ms() - 50_000
    store([row(drone, at + number) for drone in fleet for number in range(1000)])
    assert Position.objects.filter(at_ms__gte=at, at_ms__lt=at + 1000).count() == 5000


def test_registering_is_safe_to_repeat_and_is_audited_once(fleet):
    again = actions.register({"F-000": "", "H-1": "Op"}, timezone.now())
    assert sorted(drone.serial for drone in again) == ["F-000", "H-1"]
    assert AuditEntry.objects.filter(verb="registered drone").count() == 2
    assert Drone.objects.get(serial="H-1").operator == "Op"


def test_old_positions_are_deleted_in_turns(fleet):
    Position.objects.all().delete()
    store([row(drone, 1_000_000 + number) for drone in fleet for number in range(10)])
    after = history.delete_older(1_000_005, 0, 3)
    assert after == fleet[2].pk
    assert Position.objects.count() == 50 - 15
    assert history.delete_older(1_000_005, after, 3) == 0
    assert Position.objects.count() == 50 - 25


def test_the_engine_keeps_positions_for_as_long_as_the_table_of_retention_says(fleet, settings):
    settings.LOFT_POSITION_RETENTION_H = 2
    Position.objects.all().delete()
    hour_ms = 3_600_000
    store([row(fleet[0], now_ms() - ago_h * hour_ms) for ago_h in (1, 3, 5)])
    Writer(Outlet("test"))._clean()
    assert [round((now_ms() - at) / hour_ms) for at in Position.objects.values_list("at_ms", flat=True)] == [1]
