"""Factories and what hangs on them belong to organisations: nobody else reads, writes, counts or hears of them."""

import json
import uuid

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from console.access.actor import HOME_PK
from console.actions.access.organisation import add_organisation
from console.actions.audit.audit import SYSTEM, Actor
from console.errors import Refused
from console.live import hub
from console.models import IdempotentRequest, Organisation
from industry.actions.jobs.job import request_inference
from industry.actions.plants.workload import change_workload
from industry.events import WorkloadChanged
from industry.models import Factory, Job, Model, Reading, Score, Workload
from tests import migrated
from tests.conftest import NOON
from tests.industry.conftest import GOOD, reading


@pytest.fixture
def rival(db):
    return add_organisation(SYSTEM, "rival", "Rival", "对手", ["manufacturer", "model_customer"], NOON)


@pytest.fixture
def rivals_key(with_key, rival):
    return with_key("telemetry:write", "models:infer", "read", organisation=rival.pk)


def test_a_foreign_key_can_neither_read_nor_feed_a_factory(job, rivals_key):
    before = Reading.objects.count()
    posted = rivals_key.post("/api/v1/factories/works/readings", [reading()], format="json")
    assert posted.status_code == 404
    assert Reading.objects.count() == before
    assert rivals_key.get("/api/v1/factories/works").status_code == 404
    assert rivals_key.get(f"/api/v1/jobs/{job.pk}").status_code == 404


@pytest.mark.parametrize("path", ["/api/v1/factories", "/api/v1/jobs", "/api/v1/scores"])
def test_lists_and_their_counts_hold_ones_own_only(job, rivals_key, signed_in, path):
    Score.objects.create(reading=Reading.objects.get(), version=job.version, job=job, risk=0.5, scored_at=NOON)
    assert rivals_key.get(path).data == {"count": 0, "next": None, "previous": None, "results": []}
    assert "works" not in rivals_key.get(path, {"format": "csv"}).content.decode()
    assert signed_in("viewer").get(path).data["count"] == 1


def test_a_key_of_the_owner_and_one_of_the_network_operator_may_post(factory, with_key):
    for owner in (factory.organisation_id, HOME_PK):
        answer = with_key("telemetry:write", organisation=owner).post(
            "/api/v1/factories/works/readings", [reading(seconds_ago=owner)], format="json"
        )
        assert (answer.status_code, answer.data["accepted"]) == (202, 1)


def test_an_authority_sees_a_factory_but_does_not_change_its_workload(factory, signed_in):
    watchdog = add_organisation(SYSTEM, "watchdog", "Watchdog", "管理局", ["authority"], NOON)
    caller, path = signed_in("operator", watchdog.pk), f"/api/v1/factories/works/workloads/{Workload.objects.get().pk}"
    assert caller.get("/api/v1/factories/works").status_code == 200
    answer = caller.patch(path, {"enabled": False}, format="json")
    assert (answer.status_code, "another organisation" in answer.data["detail"]) == (403, True)
    assert (
        signed_in("operator", factory.organisation_id).patch(path, {"enabled": False}, format="json").status_code == 200
    )


def test_a_private_model_is_seen_by_an_authority_and_called_by_its_owner_and_the_network_operator(
    factory, rival, with_key, signed_in
):
    watchdog = add_organisation(SYSTEM, "watchdog", "Watchdog", "管理局", ["authority"], NOON)
    Model.objects.filter(name="machine-failure").update(organisation=rival, is_for_all=False)
    given = {"model": "machine-failure", "inputs": [GOOD]}
    assert signed_in("operator", watchdog.pk).get("/api/v1/models/machine-failure").status_code == 200
    for caller in (signed_in("operator", watchdog.pk), with_key("models:infer", organisation=watchdog.pk)):
        refused = caller.post("/api/v1/jobs", given, format="json")
        assert refused.status_code == 409
        assert "machine-failure belongs to another organisation" in refused.json()["detail"]
    for owner in (rival.pk, HOME_PK):
        assert (
            with_key("models:infer", organisation=owner).post("/api/v1/jobs", given, format="json").status_code == 202
        )
    stranger = with_key("models:infer", organisation=factory.organisation_id).post("/api/v1/jobs", given, format="json")
    assert (
        "expected a registered model" in stranger.json()["detail"]
    )  # who does not see it is not told that it is there
    assert Job.objects.count() == 2


def test_a_job_belongs_to_its_factory_or_else_to_who_asked(factory, rivals_key, rival, job):
    assert job.organisation_id == factory.organisation_id
    asked = rivals_key.post("/api/v1/jobs", {"model": "machine-failure", "inputs": [GOOD]}, format="json")
    assert asked.status_code == 202
    assert Job.objects.get(pk=asked.data["id"]).organisation_id == rival.pk
    assert rivals_key.get("/api/v1/jobs").data["count"] == 1


def test_a_foreign_factory_and_one_that_does_not_exist_are_refused_in_the_same_words(factory, rivals_key):
    def ask(slug):
        given = {"model": "machine-failure", "inputs": [GOOD], "factory": slug}
        return rivals_key.post("/api/v1/jobs", given, format="json")

    foreign, unknown = ask("works"), ask("nowhere")
    assert foreign.status_code == unknown.status_code == 409
    assert foreign.data["detail"].replace("works", "nowhere") == unknown.data["detail"]


def test_an_authority_sees_a_factory_and_has_no_job_done_at_its_expense(factory, signed_in, with_key):
    watchdog = add_organisation(SYSTEM, "watchdog", "Watchdog", "管理局", ["authority"], NOON)
    given = {"model": "machine-failure", "inputs": [GOOD], "factory": "works"}
    for caller in (signed_in("operator", watchdog.pk), with_key("models:infer", organisation=watchdog.pk)):
        assert caller.post("/api/v1/jobs", given, format="json").status_code == 409
    assert not Job.objects.exists()
    for owner in (factory.organisation_id, HOME_PK):
        assert signed_in("operator", owner).post("/api/v1/jobs", given, format="json").status_code == 202
    assert set(Job.objects.values_list("organisation", flat=True)) == {factory.organisation_id}


def test_a_model_is_called_by_its_owner_alone_unless_it_is_for_all(catalogue, factory, rival, with_key):
    Model.objects.update(is_for_all=False, organisation=factory.organisation)
    with pytest.raises(Refused, match="expected a registered model"):
        request_inference(
            Actor("rival", organisation=rival.pk, sees=frozenset({rival.pk})), "machine-failure", [GOOD], None, NOON
        )
    owner = with_key("models:infer", organisation=factory.organisation_id)
    given = {"model": "machine-failure", "inputs": [GOOD]}
    assert owner.post("/api/v1/jobs", given, format="json").status_code == 202
    assert Job.objects.get().organisation_id == factory.organisation_id


def test_the_list_of_models_holds_those_for_all_and_ones_own(catalogue, rivals_key):
    assert rivals_key.get("/api/v1/models").data["count"] == 1
    assert rivals_key.get("/api/v1/models/machine-failure").status_code == 200
    Model.objects.update(is_for_all=False)
    assert rivals_key.get("/api/v1/models").data["count"] == 0
    assert rivals_key.get("/api/v1/models/machine-failure").status_code == 404


def test_the_answer_kept_for_an_idempotency_key_belongs_to_its_organisation(post, factory, with_key):
    with_key("telemetry:write", "models:infer", organisation=factory.organisation_id).post(
        "/api/v1/factories/works/readings",
        json.dumps([reading()]),
        content_type="application/json",
        headers={"Idempotency-Key": str(uuid.uuid4())},
    )
    assert IdempotentRequest.objects.get().organisation_id == factory.organisation_id


def test_events_say_whose_they_are_and_browsers_are_not_told(factory, monkeypatch):
    events = []
    monkeypatch.setattr(hub, "publish", events.append)
    change_workload(SYSTEM, Workload.objects.get(), {"enabled": False}, NOON)
    (event,) = events
    assert isinstance(event, WorkloadChanged)
    assert event.organisation == factory.organisation_id
    assert "organisation" not in json.loads(event.as_json())


def test_pages_of_a_foreign_factory_do_not_exist(factory, signed_in, rival):
    assert signed_in("viewer", rival.pk).get("/industry/factories/works").status_code == 404
    assert signed_in("viewer", factory.organisation_id).get("/industry/factories/works").status_code == 200


def test_figures_of_the_whole_installation_are_not_for_customers(rivals_key, with_key, signed_in, rival):
    assert rivals_key.get("/metrics").status_code == 403
    assert signed_in("viewer", rival.pk).get("/metrics").status_code in (401, 403)
    assert with_key("read").get("/metrics").status_code == 200


def test_the_wire_names_the_organisation_and_still_the_tenant(factory, signed_in):
    shown = signed_in("viewer").get("/api/v1/factories/works").data["factory"]
    assert (shown["organisation"], shown["tenant"]) == ("t", "T")
    assert signed_in("viewer").get("/api/v1/factories", {"organisation": "t"}).data["count"] == 1
    assert signed_in("viewer").get("/api/v1/factories", {"organisation": "rival"}).data["count"] == 0


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_tenants_of_before_become_organisations():
    old = migrated.at(connection, [("industry", "0001_initial"), ("console", "0004_owners")])
    try:
        for slug, tenant in (("a", "Lanwan Industry"), ("b", "翠岭控股"), ("c", ""), ("d", "Lanwan Industry")):
            old.get_model("industry", "Factory").objects.create(
                slug=slug, name_en=slug, name_zh=slug, lat_deg=0, lon_deg=0, tenant=tenant
            )
        executor = MigrationExecutor(connection)
        executor.migrate(executor.loader.graph.leaf_nodes())
        owners = {factory.slug: factory.organisation for factory in Factory.objects.select_related("organisation")}
        assert owners["a"] == owners["d"] == Organisation.objects.get(slug="lanwan-industry")
        assert owners["b"].name_zh == "翠岭控股"
        assert owners["b"].slug.startswith("organisation-")
        assert owners["c"].pk == HOME_PK
    finally:
        migrated.newest(connection)
