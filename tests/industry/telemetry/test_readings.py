"""Posting readings: what is taken, what is refused and why, what it sets off."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from console.models import AuditEntry
from industry.actions.plants import workload
from industry.models import Factory, Job, Machine, Reading, UnknownMachines
from tests.industry.conftest import reading

URL = "/api/v1/factories/works/readings"


def test_a_batch_is_stored_and_becomes_one_job_on_the_nearest_edge_node(post):
    answer = post([reading(seconds_ago=2), reading(seconds_ago=1)])
    assert answer.status_code == 202, answer.data
    assert (answer.data["accepted"], answer.data["repeated"], answer.data["refused"]) == (2, 0, [])
    job = Job.objects.get()
    assert answer.data["jobs"] == [{"id": str(job.pk), "node": "dc-near"}]
    assert (job.rows, job.state, job.version.model.name) == (2, "queued", "machine-failure")


def test_the_candidates_are_stored_so_that_the_choice_can_be_explained(post):
    post([reading()])
    near, far = Job.objects.get().candidates
    assert (near["node"], far["node"]) == ("dc-near", "dc-far")
    assert near["round_trip_ms"] < far["round_trip_ms"]
    assert near["source"] == "modelled"
    assert sum(far["parts_ms"].values()) == pytest.approx(far["round_trip_ms"], rel=1e-3)


def test_ndjson_is_taken_as_well(post):
    lines = "\n".join(json.dumps(reading(seconds_ago=ago)) for ago in (3, 2, 1))
    assert post(lines.encode(), "application/x-ndjson").data["accepted"] == 3


def test_a_time_may_be_epoch_milliseconds(post):
    at_ms = int(timezone.now().timestamp() * 1000)
    assert post([reading() | {"at": at_ms}]).data["accepted"] == 1
    assert Reading.objects.get().at == datetime.fromtimestamp(at_ms / 1000, UTC)


def test_sending_a_batch_again_has_no_effect(post):
    batch = [reading(seconds_ago=1), reading("mill-02")]
    post(batch)
    again = post(batch)
    assert (again.data["accepted"], again.data["repeated"], again.data["jobs"]) == (0, 2, [])
    assert (Reading.objects.count(), Job.objects.count()) == (2, 1)


def test_the_first_of_two_readings_of_one_machine_and_time_counts(post):
    first = reading(torque_nm=40)
    answer = post([first, first | {"torque_nm": 50}])
    assert (answer.data["accepted"], answer.data["repeated"]) == (1, 1)
    assert Reading.objects.get().values["torque_nm"] == 40


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("torque_nm", "strong", "a number from 0 to 2000 [N·m]"),
        ("torque_nm", True, "a number from 0 to 2000 [N·m]"),
        ("torque_nm", None, "a number from 0 to 2000 [N·m]"),
        ("torque_nm", -1, "a number from 0 to 2000 [N·m]"),
        ("air_temperature_k", 20.5, "a number from 230 to 340 [K]"),
        ("type", "X", "one of L, M, H"),
        ("type", ["L"], "one of L, M, H"),
        ("machine", "", "a name of 1 to 80 printable characters"),
        ("machine", "a\x00b", "a name of 1 to 80 printable characters"),
        ("machine", "m" * 81, "a name of 1 to 80 printable characters"),
        ("at", "yesterday", "RFC 3339 with a zone, or epoch milliseconds"),
        ("at", "2026-06-01T12:00:00", "RFC 3339 with a zone, or epoch milliseconds"),
        ("at", 1e300, "RFC 3339 with a zone, or epoch milliseconds"),
        ("at", "1999-01-01T00:00:00Z", "a time since 2000 and at most 1 s in the future"),
    ],
)
def test_a_wrong_item_is_refused_with_field_value_and_expected(post, field, value, expected):
    answer = post([reading(), reading() | {field: value}])
    assert answer.data["accepted"] == 1
    (refused,) = answer.data["refused"]
    assert (refused["index"], refused["field"], refused["expected"]) == (1, field, expected)


@pytest.mark.parametrize("item", [None, 7, "text", [1]])
def test_an_item_that_is_no_object_is_refused(post, item):
    assert post([item]).data["refused"][0]["expected"] == "an object"


def test_a_reading_more_than_a_second_ahead_is_refused_and_half_a_second_is_not(post):
    assert post([reading(seconds_ago=-30)]).data["refused"][0]["field"] == "at"
    assert post([reading(seconds_ago=-0.5)]).data["accepted"] == 1


def test_an_unknown_machine_is_registered_and_audited(post):
    post([reading("mill-77")])
    assert Machine.objects.filter(name="mill-77").exists()
    entry = AuditEntry.objects.get(verb="registered machines")
    assert (entry.key_id is not None, entry.detail) == (True, {"machines": ["mill-77"]})


def test_a_factory_may_refuse_unknown_machines(post, factory):
    Factory.objects.update(unknown_machines=UnknownMachines.REFUSE)
    answer = post([reading("mill-77"), reading()])
    assert answer.data["accepted"] == 1
    assert answer.data["refused"] == [
        {"index": 0, "field": "machine", "value": "mill-77", "expected": "a machine registered for this factory"}
    ]


def test_a_factory_has_a_bounded_number_of_machines(post, monkeypatch):
    monkeypatch.setattr("industry.actions.telemetry.reading.MOST_MACHINES", 2)
    answer = post([reading("mill-02"), reading("mill-03")])
    assert answer.data["accepted"] == 1
    assert answer.data["refused"][0]["value"] == "mill-03"


def test_without_an_enabled_workload_readings_are_stored_and_no_job_is_made(post, factory, person):
    from console.actions.audit.audit import SYSTEM

    workload.change_workload(SYSTEM, factory.workloads.get(), {"enabled": False}, timezone.now())
    answer = post([reading()])
    assert (answer.data["accepted"], answer.data["jobs"]) == (1, [])


def test_without_a_network_the_job_has_failed_and_says_why(post):
    from network.models import EdgeNode

    EdgeNode.objects.all().delete()
    post([reading()])
    job = Job.objects.get()
    assert (job.state, job.reason) == ("failed", "no edge node can be reached from the factory")


@pytest.mark.parametrize("body", [b"", b"{", b"7", b'{"a": 1}', b"\xff", b"[" * 100_000])
def test_a_body_that_is_no_batch_is_a_400(post, body):
    answer = post(body)
    assert answer.status_code == 400
    assert answer.data["errors"][0]["field"] == "body"


def test_more_than_a_thousand_items_are_a_400_and_more_than_256_kb_a_413(post):
    assert post([0] * 1001).status_code == 400
    assert post(b"[" + b" " * 262_144 + b"]").status_code == 413


def test_another_content_type_is_a_415(post):
    assert post(b"a=1", "application/x-www-form-urlencoded").status_code == 415


def test_a_key_without_the_scope_and_a_stranger_are_refused(with_key, factory, client):
    assert with_key("read").post(URL, [], format="json").status_code == 403
    assert client.post(URL, [], content_type="application/json").status_code == 401


def test_an_unknown_factory_is_a_404(with_key, factory):
    assert with_key("telemetry:write").post("/api/v1/factories/none/readings", [], format="json").status_code == 404


def test_a_person_may_post_with_the_right(signed_in, factory):
    assert signed_in("planner").post(URL, [reading()], format="json").status_code == 202
    assert signed_in("operator").post(URL, [reading()], format="json").status_code == 403


@pytest.mark.usefixtures("heard_keys")
def test_a_batch_takes_the_same_queries_whatever_its_size(post, factory):
    post([reading(seconds_ago=9)])
    counts = []
    for size in (1, 100):
        with CaptureQueriesContext(connection) as seen:
            post([reading(seconds_ago=20 + size + number / 1000) for number in range(size)])
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 26, [query["sql"][:120] for query in seen]


def test_a_batch_of_a_thousand_readings_of_fifty_machines_takes_queries_by_the_chunk_and_not_by_the_row(post):
    items = [reading(f"mill-{number % 50}", seconds_ago=number / 10) for number in range(1000)]
    body = json.dumps([{**item, "at": int(datetime.fromisoformat(item["at"]).timestamp() * 1000)} for item in items])
    assert len(body) < 256 * 1024
    post([reading("mill-0", seconds_ago=999)])  # whatever the first request of a process loads
    with CaptureQueriesContext(connection) as seen:
        answer = post(body.encode())
    assert answer.data["accepted"] == 1000
    assert len(seen) < 80


@pytest.fixture
def published(monkeypatch):
    """Events published, in order."""
    events: list = []
    monkeypatch.setattr("console.live.hub.publish", events.append)
    return events


def test_browsers_are_told_of_the_machines_and_the_job(post, published):
    post([reading()])
    assert [type(event).__name__ for event in published] == ["JobChanged", "MachinesChanged"]
    job_event, machines_event = published
    assert job_event.job["state"] == "queued"
    assert machines_event.machines[0]["reading"]["values"]["torque_nm"] == 42.8
    assert machines_event.machines[0]["risk"] is None
    json.loads(machines_event.as_json())


def test_a_later_snapshot_equals_what_events_told(post, published, with_key):
    post([reading()])
    caller = with_key("read")
    snapshot = json.loads(caller.get("/api/v1/factories/works").content)["machines"][0]
    event = json.loads(published[1].as_json())["machines"][0]
    for moment in ("at", "received_at"):
        assert _time(snapshot["reading"].pop(moment)) == _time(event["reading"].pop(moment))
    assert _time(snapshot.pop("registered_at")) == _time(event.pop("registered_at"))
    assert snapshot == event


def _time(text: str) -> timedelta:
    return datetime.fromisoformat(text) - datetime(2026, 1, 1, tzinfo=UTC)
