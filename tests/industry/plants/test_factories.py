"""Factories, workloads, scores, the catalogue and the demo, over REST."""

import json
from uuid import uuid4

import pytest
from django.utils import timezone

from console.models import AuditEntry
from industry import demo
from industry.actions.catalogue.catalogue import register_catalogue
from industry.models import Factory, Machine, ModelVersion
from industry.tasks import run_job
from tests.conftest import NOON
from tests.industry.conftest import reading


def test_factories_are_listed_with_their_machines_and_newest_reading(post, with_key):
    post([reading()])
    (row,) = with_key("read").get("/api/v1/factories").data["results"]
    assert (row["slug"], row["machines"]) == ("works", 1)
    assert row["newest_reading_at"] is not None
    assert row["levels"] == {"unknown": 1}


def test_a_factory_shows_measured_and_inferred_apart(job, with_key):
    run_job(str(job.pk))
    body = with_key("read").get("/api/v1/factories/works").data
    (machine,) = body["machines"]
    assert machine["reading"]["source"] == "measured"
    assert machine["risk"]["source"] == "inferred"
    assert (machine["risk"]["level"], machine["risk"]["model"]) == ("high", "machine-failure 1")
    assert machine["risk"]["at"] == machine["reading"]["at"]


def test_a_machine_that_never_reported_is_unknown(factory, with_key):
    (machine,) = with_key("read").get("/api/v1/factories/works").data["machines"]
    assert (machine["reading"], machine["risk"]) == (None, None)


def test_the_newest_reading_counts_even_when_an_older_one_arrives_later(post, with_key):
    post([reading(seconds_ago=1, torque_nm=40)])
    post([reading(seconds_ago=60, torque_nm=50)])
    (machine,) = with_key("read").get("/api/v1/factories/works").data["machines"]
    assert machine["reading"]["values"]["torque_nm"] == 40


@pytest.mark.usefixtures("heard_keys")
def test_a_factory_takes_the_same_queries_whatever_its_machines(factory, with_key, post, django_assert_num_queries):
    caller = with_key("read")
    caller.get("/api/v1/factories")
    for size in (1, 20):
        post([reading(f"mill-{number}", seconds_ago=1) for number in range(size)])
        with django_assert_num_queries(8):
            caller.get("/api/v1/factories/works")


def test_scores_are_listed_by_machine_and_time(job, with_key):
    run_job(str(job.pk))
    caller = with_key("read")
    (row,) = caller.get("/api/v1/scores?factory=works&machine=mill-01").data["results"]
    assert row["risk"] > 0.5
    assert row["job"] == job.pk
    assert caller.get("/api/v1/scores?since=2199-01-01T00:00:00Z").data["count"] == 0
    assert caller.get("/api/v1/scores?format=csv").content.startswith(b"\xef\xbb\xbffactory,machine,at,risk")


def test_an_operator_switches_a_workload_and_it_is_audited(signed_in, factory):
    workload = factory.workloads.get()
    url = f"/api/v1/factories/works/workloads/{workload.pk}"
    answer = signed_in("operator").patch(url, {"enabled": False, "latency_budget_ms": None}, format="json")
    assert answer.data["enabled"] is False
    assert answer.data["latency_budget_ms"] is None
    entry = AuditEntry.objects.get(verb="changed workload")
    assert entry.detail["before"] == {"enabled": True, "latency_budget_ms": 60_000.0}
    assert signed_in("viewer").patch(url, {"enabled": True}, format="json").status_code == 403


@pytest.mark.parametrize("budget", [0, -1, "soon", 1e12])
def test_a_latency_budget_that_is_none_is_a_400(signed_in, factory, budget):
    url = f"/api/v1/factories/works/workloads/{factory.workloads.get().pk}"
    assert signed_in("operator").patch(url, {"latency_budget_ms": budget}, format="json").status_code == 400


def test_the_catalogue_shows_the_card(catalogue, with_key):
    body = json.loads(with_key("read").get("/api/v1/models/machine-failure").content)
    card = body["versions"][0]["card"]
    assert card["metric"]["value"] > 0.85 > card["baselines"][0]["value"]
    assert card["published"]["value"] == 0.895
    assert card["data"]["licence"] == "CC BY 4.0"
    assert body["versions"][0]["sha256"] == card["sha256"]


def test_registering_the_catalogue_again_changes_nothing(catalogue):
    before = ModelVersion.objects.get().registered_at
    assert register_catalogue(timezone.now()) == 0
    assert ModelVersion.objects.get().registered_at == before


def test_a_model_trained_anew_is_registered_anew_and_audited(catalogue):
    ModelVersion.objects.update(sha256="0" * 64, card={"threshold": 0.5})
    assert register_catalogue(timezone.now()) == 1
    assert ModelVersion.objects.get().sha256 != "0" * 64
    assert AuditEntry.objects.filter(verb="registered model").count() == 2


def test_the_demo_is_built_once(db, django_assert_max_num_queries):
    demo.build(NOON)
    assert (Factory.objects.count(), Machine.objects.count()) == (3, 3 * demo.MACHINES)
    with django_assert_max_num_queries(8):
        demo.build(NOON)
    assert Machine.objects.count() == 3 * demo.MACHINES


@pytest.mark.parametrize("path", ["factories", "factories/works", "scores", "jobs", "models", "models/machine-failure"])
def test_every_endpoint_asks_who_is_there(path, factory, client, with_key, signed_in):
    assert client.get(f"/api/v1/{path}").status_code == 401
    assert with_key("reports:write").get(f"/api/v1/{path}").status_code == 403
    assert signed_in("viewer").get(f"/api/v1/{path}").status_code == 200


def test_a_wear_of_230_minutes_at_65_newton_metres_is_a_risk(job):
    run_job(str(job.pk))
    assert job.scores.get().risk > 0.5


def test_a_machine_registered_by_mistake_is_deleted_with_its_readings(factory, signed_in, with_key, monkeypatch):
    events = []
    monkeypatch.setattr("console.live.hub.publish", events.append)
    machine = factory.machines.create(name="mill-typo", registered_at=NOON)
    machine.readings.create(at=NOON, received_at=NOON, batch=uuid4(), values={})
    admin, url = signed_in("administrator"), f"/api/v1/factories/{factory.slug}/machines/{machine.pk}"
    for caller in (signed_in("planner"), with_key("telemetry:write", "read")):
        assert caller.delete(url).status_code == 403
    assert admin.delete(f"/api/v1/factories/elsewhere/machines/{machine.pk}").status_code == 404
    listed = admin.get(f"/api/v1/factories/{factory.slug}").json()["machines"]
    assert {row["id"] for row in listed} == set(factory.machines.values_list("pk", flat=True))
    assert admin.delete(url).status_code == 204
    assert not factory.machines.filter(name="mill-typo").exists()
    assert [(row.factory, row.machine) for row in events] == [(factory.slug, "mill-typo")]
    entry = AuditEntry.objects.get(verb="deleted machine")
    assert (entry.subject, entry.detail["readings"]) == (f"machine mill-typo of {factory.slug}", 1)
    assert admin.delete(url).status_code == 404
