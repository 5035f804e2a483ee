"""Which workloads and jobs suffer: by the access of their factory, or by the edge node that runs them."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from industry.actions.impact import IN_USE, jobs, vehicles, workloads
from industry.models import Factory, Job, Vehicle, Workload
from network.actions.impact import impact
from network.actions.impact.impact import How, Scope
from network.models import Site
from tests.conftest import NOON

pytestmark = pytest.mark.django_db


def scope(*slugs, how=How.CUT_OFF):
    return Scope("site", "x", dict.fromkeys(Site.objects.filter(slug__in=slugs).values_list("pk", flat=True), how), {})


def rows_of(affected):
    return [(row.key, row.tenant, str(row.how), row.via) for row in affected]


def test_a_workload_suffers_with_the_access_of_its_factory(factory):
    assert rows_of(workloads(scope("oa-1"), NOON)) == [("works~machine-failure", "T", "cut_off", "oa-1")]
    assert rows_of(workloads(scope("dc-far"), NOON)) == []


def test_a_workload_suffers_with_the_edge_node_that_ran_its_newest_job(job):
    Job.objects.update(node_slug="dc-far")
    assert rows_of(workloads(scope("dc-far"), NOON)) == [("works~machine-failure", "T", "cut_off", "dc-far")]
    assert rows_of(workloads(scope("dc-near"), NOON)) == []


def test_of_two_reasons_the_graver_is_named(job):
    graver = scope("dc-near").sites
    both = Scope("site", "x", {**scope("oa-1", how=How.ON_PATH).sites, **graver}, {})
    assert rows_of(workloads(both, NOON)) == [("works~machine-failure", "T", "cut_off", "dc-near")]


def test_a_workload_that_is_switched_off_does_not_suffer(factory):
    Workload.objects.update(enabled=False)
    assert rows_of(workloads(scope("oa-1"), NOON)) == []


def test_an_open_job_suffers_with_its_node_and_one_that_ended_does_not(job):
    assert rows_of(jobs(scope("dc-near"), NOON)) == [(str(job.pk), "T", "cut_off", "dc-near")]
    assert rows_of(jobs(scope("oa-1"), NOON)) == []
    Job.objects.update(state="done")
    assert rows_of(jobs(scope("dc-near"), NOON)) == []


def test_what_suffers_is_named_in_both_languages_with_its_page_and_its_place(job):
    (workload,), (row,) = workloads(scope("oa-1"), NOON), jobs(scope("dc-near"), NOON)
    factory, model = job.factory, job.version.model
    assert (workload.name_zh, workload.tenant_zh) == (
        f"{factory.name_zh}: {model.title_zh}",
        factory.organisation.name_zh,
    )
    assert (workload.page, workload.place) == ("/industry/factories/works", "/map?at=29.00000,123.50000,13")
    assert (row.name, row.name_zh, row.page) == (model.title_en, model.title_zh, "/industry/factories/works")


@pytest.fixture
def vehicle(factory):
    return Vehicle.objects.create(
        factory=factory, manufacturer="Acme", serial="agv-1", registered_at=NOON, at=NOON, received_at=NOON,
        operating_mode="AUTOMATIC",
    )  # fmt: skip


def test_a_vehicle_in_use_suffers_with_the_access_of_its_factory_wherever_it_drives(vehicle):
    (row,) = vehicles(scope("oa-1"), NOON)
    assert (row.key, row.name, row.via, row.organisation) == (
        "works~Acme~agv-1", "Acme agv-1", "oa-1", vehicle.factory.organisation_id,
    )  # fmt: skip
    assert (row.tenant, row.tenant_zh) == ("T", "甲")
    assert (row.page, row.place) == ("/industry/factories/works", f"/map?vehicle={vehicle.pk}")
    assert rows_of(vehicles(scope("dc-far"), NOON)) == []
    assert rows_of(vehicles(scope("oa-1", how=How.SERVES), NOON)) == []


def test_a_vehicle_that_its_network_keeps_silent_is_affected_and_one_put_away_is_not(vehicle):
    assert rows_of(vehicles(scope("oa-1"), NOON + IN_USE)) == [("works~Acme~agv-1", "T", "cut_off", "oa-1")]
    assert rows_of(vehicles(scope("oa-1"), NOON + IN_USE * 1.01)) == []


def test_more_vehicles_cost_no_more_queries(vehicle):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert len(rows_of(vehicles(scope("oa-1"), NOON))) == Vehicle.objects.count()
        return len(queries)

    cost()  # the network is read once
    few = cost()
    vehicle.pk, vehicle.serial = None, "agv-2"
    vehicle.save(force_insert=True)
    assert cost() == few


def test_the_network_asks_industry(job):
    affected = impact.impact(impact.scope_of("link", "oa-1~dc-near"), NOON)
    assert [(row.key, str(row.how)) for row in affected.services["workloads"].rows] == [
        ("works~machine-failure", "on_path")
    ]
    assert [(tenant.name, tenant.services["workloads"]) for tenant in affected.tenants] == [("T", 1)]
    assert impact.groups() | {"workloads": "industry.view_factory", "jobs": "industry.view_job"} == impact.groups()


def test_sites_that_only_serve_a_corridor_make_no_workload_suffer(factory):
    assert rows_of(workloads(scope("oa-1", how=How.SERVES), NOON)) == []


def test_more_workloads_cost_no_more_queries(job, django_assert_num_queries):
    wanted = scope("oa-1")
    with CaptureQueriesContext(connection) as before:
        assert len(rows_of(workloads(wanted, NOON))) == 1
    workload = Workload.objects.get()
    for number in range(3):
        other = Factory.objects.get(pk=workload.factory_id)
        other.pk, other.slug = None, f"works-{number}"
        other.save()
        Workload.objects.create(factory=other, model=workload.model, enabled=True)
    with django_assert_num_queries(len(before)):
        assert len(rows_of(workloads(wanted, NOON))) == 4
