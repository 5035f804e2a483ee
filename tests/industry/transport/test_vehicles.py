"""States of vehicles: what is taken, what is refused and why, and what the lists and browsers are told."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from console.actions.audit.audit import SYSTEM
from console.live import hub
from console.models import AuditEntry, Organisation
from industry.actions.transport import vehicle as action
from industry.actions.transport.vehicle import plan_of
from industry.demo import build
from industry.management.commands.factory import vehicle_state
from industry.models import Factory, UnknownMachines, Vehicle
from industry.models.vehicle import STALE_AFTER_S
from industry.serializers.vehicle import decode, problems

URL = "/api/v1/factories/works/vehicle-states"


def state(serial: str = "agv-01", seconds_ago: float = 1.0, **values: Any) -> dict[str, Any]:
    """Return a state as VDA 5050 has it."""
    return {
        "headerId": 7,
        "version": "2.1.0",
        "manufacturer": "Maker",
        "serialNumber": serial,
        "timestamp": (timezone.now() - timedelta(seconds=seconds_ago)).isoformat(),
        "driving": True,
        "operatingMode": "AUTOMATIC",
        "agvPosition": {"positionInitialized": True, "x": 30.0, "y": 40.0, "theta": 0.0, "mapId": "hall"},
        "batteryState": {"batteryCharge": 80.5, "charging": False},
        "nodeStates": [{"nodeId": "n1", "nodePosition": {"x": 50.0, "y": 40.0}}, {"nodeId": "n2"}],
        "errors": [],
        **values,
    }


@pytest.fixture
def post(with_key, factory):
    """Post states as the factory does."""
    caller = with_key("telemetry:write", organisation=factory.organisation_id)
    return lambda items: caller.post(URL, items, format="json")


def test_a_state_moves_the_vehicle_and_the_list_shows_it(post, with_key, factory):
    answer = post([state()])
    assert answer.status_code == 202, answer.data
    assert answer.data == {"accepted": 1, "older": 0, "refused": []}
    reader = with_key("factories:read", organisation=factory.organisation_id)
    (row,) = reader.get("/api/v1/vehicles?factory=works").data["results"]
    assert (row["manufacturer"], row["serial"], row["is_driving"]) == ("Maker", "agv-01", True)
    assert (row["battery_pct"], row["heading_deg"], row["source"]) == (80.5, 90.0, "measured")
    assert row["lat_deg"] > factory.lat_deg
    assert row["lon_deg"] > factory.lon_deg
    assert len(row["path_lon_lat_deg"]) == 1, "a node without a place is no part of the way"
    assert reader.get("/api/v1/vehicles?factory=other").data["results"] == []
    assert len(reader.get("/api/v1/vehicles?search=AGV").data["results"]) == 1


def test_the_newest_state_counts_and_older_ones_have_no_effect(post):
    old, new = state(seconds_ago=9), state(seconds_ago=2, driving=False)
    assert post([new, old]).data == {"accepted": 1, "older": 1, "refused": []}
    assert post([old]).data == {"accepted": 0, "older": 1, "refused": []}
    assert not Vehicle.objects.get().is_driving


def test_a_vehicle_that_does_not_know_where_it_is_has_no_place(post):
    post([state(seconds_ago=3)])
    lost = {"positionInitialized": False, "x": 0.0, "y": 0.0, "theta": 0.0}
    post([state(seconds_ago=2, agvPosition=lost)])
    assert Vehicle.objects.values_list("lat_deg", "lon_deg", "heading_deg").get() == (None, None, None)
    post([state(seconds_ago=1, agvPosition=None)])
    assert Vehicle.objects.get().lat_deg is None


def version_3(seconds_ago: float, **position: Any) -> dict[str, Any]:
    """Return a state of 3.0, which calls some things otherwise."""
    old = state(seconds_ago=seconds_ago, operatingMode="TEACH_IN", powerSupply={"stateOfCharge": 55.0})
    place = {"x": 30.0, "y": 40.0, "theta": 0.0, "mapId": "hall", "localized": True, **position}
    return {**{name: old[name] for name in old.keys() - {"agvPosition", "batteryState"}}, "mobileRobotPosition": place}


def test_a_state_of_version_3_is_read_though_it_calls_place_battery_and_mode_otherwise(post, factory):
    assert post([version_3(2.0)]).data["accepted"] == 1
    vehicle = Vehicle.objects.get()
    assert (vehicle.battery_pct, vehicle.operating_mode, vehicle.heading_deg) == (55.0, "TEACHIN", 90.0)
    assert vehicle.lat_deg > factory.lat_deg
    post([version_3(1.0, localized=False)])
    assert Vehicle.objects.values_list("lat_deg", "heading_deg").get() == (None, None)
    (refused,) = post([version_3(0.5, x="a")]).data["refused"]
    assert refused["field"] == "mobileRobotPosition"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("manufacturer", ""),
        ("serialNumber", "a\x00b"),
        ("serialNumber", "m" * 81),
        ("timestamp", "yesterday"),
        ("timestamp", "1999-01-01T00:00:00Z"),
        ("driving", "yes"),
        ("operatingMode", "FLYING"),
        ("agvPosition", {"x": 1.0}),
        ("agvPosition", {"x": 1e9, "y": 0.0, "theta": 0.0}),
        ("agvPosition", {"x": 0.0, "y": 0.0, "theta": "left"}),
        ("agvPosition", {"x": 0.0, "y": 0.0, "theta": 1e308}),
        ("batteryState", {"batteryCharge": 101}),
        ("nodeStates", [{"nodePosition": {"x": "a", "y": 0}}]),
        ("nodeStates", [{}] * 201),
        ("errors", [{"errorType": "x", "errorLevel": "loud"}]),
        ("errors", [{"errorType": "a\x00b", "errorLevel": "FATAL"}]),
        ("errors", "none"),
    ],
)
def test_a_wrong_state_is_refused_by_its_field_and_the_others_are_taken(post, field, value):
    answer = post([state(**{field: value}), state("agv-02")])
    assert answer.data["accepted"] == 1
    (refused,) = answer.data["refused"]
    assert (refused["index"], refused["field"]) == (0, field)
    assert Vehicle.objects.get().serial == "agv-02"


def test_what_is_no_object_is_refused(post):
    assert post([3]).data["refused"][0]["expected"] == "an object"


def test_new_vehicles_are_registered_with_a_trace_and_no_more_than_there_is_room_for(post, monkeypatch):
    monkeypatch.setattr(action, "MOST_VEHICLES", 2)
    answer = post([state("agv-01"), state("agv-02"), state("agv-03")])
    assert answer.data["accepted"] == 2
    assert answer.data["refused"][0]["expected"] == "at most 2 vehicles per factory"
    entry = AuditEntry.objects.get(verb="registered vehicles")
    assert entry.detail["vehicles"] == ["Maker agv-01", "Maker agv-02"]


def test_a_factory_that_refuses_unknown_machines_registers_no_vehicle_but_hears_those_it_knows(post, factory):
    post([state("agv-01", seconds_ago=3)])
    factory.unknown_machines = UnknownMachines.REFUSE
    factory.save()
    answer = post([state("agv-01"), state("agv-02")])
    assert answer.data["accepted"] == 1
    assert [row["expected"] for row in answer.data["refused"]] == ["a vehicle registered for this factory"]
    assert Vehicle.objects.get().serial == "agv-01"


def test_a_vehicle_out_of_service_is_deleted_with_a_trace_and_browsers_are_told(post, with_key, factory, monkeypatch):
    post([state()])
    pk = Vehicle.objects.get().pk
    url = f"/api/v1/vehicles/{pk}"
    told: list[Any] = []
    other = Organisation.objects.create(slug="works-b", name_en="B", name_zh="B", made_at=timezone.now())
    assert with_key("machines:write", organisation=other.pk).delete(url).status_code == 404
    assert with_key("factories:read", organisation=factory.organisation_id).delete(url).status_code == 403
    monkeypatch.setattr(action.hub, "publish", told.append)
    assert with_key("machines:write", organisation=factory.organisation_id).delete(url).status_code == 204
    assert not Vehicle.objects.exists()
    assert AuditEntry.objects.get(verb="deleted vehicle").subject == "vehicle Maker agv-01 of works"
    assert [(event.topic, event.vehicle, event.organisation) for event in told] == [
        ("vehicles", pk, factory.organisation_id)
    ]


@pytest.mark.parametrize(("limit_s", "stale_after_s"), [(15.0, STALE_AFTER_S), (50.0, 50.0)])
def test_a_vehicle_that_reports_as_the_standard_asks_is_never_stale(post, factory, limit_s, stale_after_s):
    Factory.objects.filter(pk=factory.pk).update(stale_after_s=limit_s)
    post([state()])
    assert Vehicle.objects.get().as_plain()["stale_after_s"] == stale_after_s > 30.0


def test_browsers_are_told_of_whole_vehicles_in_bounded_pieces(
    factory, monkeypatch, django_capture_on_commit_callbacks
):
    told: list[Any] = []
    monkeypatch.setattr(action.hub, "publish", told.append)
    monkeypatch.setattr(action, "MOST_PER_EVENT", 2)
    now = timezone.now()
    states, _ = decode_all([state(f"agv-{number:02d}") for number in range(5)], now)
    action.accept_states(SYSTEM, factory, states, now)
    assert [len(event.vehicles) for event in told] == [2, 2, 1]
    assert {event.topic for event in told} == {"vehicles"}
    assert hub.RIGHTS["vehicles"] == "industry.view_factory"
    assert told[0].vehicles[0]["serial"] == "agv-00"
    assert told[0].organisation == factory.organisation_id


def decode_all(items: list[dict[str, Any]], now: Any) -> Any:
    import json

    return decode(json.dumps(items).encode(), now)


def test_a_batch_costs_as_many_queries_for_many_vehicles_as_for_two(factory):
    def cost(count: int) -> int:
        now = timezone.now()
        states, _ = decode_all([state(f"agv-{number:02d}", seconds_ago=0) for number in range(count)], now)
        with CaptureQueriesContext(connection) as asked:
            action.accept_states(SYSTEM, factory, states, now)
        return len(asked)

    cost(40)
    assert cost(40) <= cost(2) + 1


def test_a_vehicle_is_found_by_its_number_and_its_place_is_on_the_map(post, signed_in):
    post([state("agv-77")])
    groups = signed_in("operator").get("/api/v1/search", {"search": "gv-77"}).json()
    (found,) = next(group["found"] for group in groups if group["code"] == "vehicles")
    assert found["url"] == f"/map?vehicle={Vehicle.objects.get().pk}"
    assert found["detail"] == "works"


def test_anothers_factory_is_none(with_key):
    caller = with_key("telemetry:write")
    assert caller.post(URL, [state()], format="json").status_code == 404


def test_states_of_the_demo_are_such_as_the_api_takes():
    now = timezone.now()
    for number in range(1, 9):
        assert list(problems(vehicle_state(number, now.timestamp()), now)) == []


@pytest.mark.django_db
def test_a_demo_factory_has_a_plan_that_the_list_places_on_the_map(signed_in):
    build(timezone.now())
    factory = Factory.objects.first()
    assert factory is not None
    plan = plan_of(factory)
    assert plan is not None
    ((*_, last),) = plan["outline_lon_lat_deg"]
    assert last == plan["outline_lon_lat_deg"][0][0], "the outline is closed"
    assert len(plan["aisles_lon_lat_deg"]) == 5
    rows = signed_in("operator").get("/api/v1/factories").data["results"]
    assert rows[0]["plan"]["outline_lon_lat_deg"] == plan["outline_lon_lat_deg"]


def test_a_factory_without_a_plan_says_so(signed_in, factory):
    (row,) = signed_in("operator").get("/api/v1/factories").data["results"]
    assert row["plan"] is None
