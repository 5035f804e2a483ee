"""A small network with two edge nodes, the shipped catalogue, and one factory with a workload."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from console.actions.access.organisation import add_organisation
from console.actions.audit.audit import SYSTEM
from industry.actions.catalogue.catalogue import register_catalogue
from industry.models import Factory, Job, Machine, Model, Workload
from network.models import EdgeNode, Link, Region, Site, SiteKind
from tests.conftest import NOON

GOOD = {
    "type": "L",
    "air_temperature_k": 298.1,
    "process_temperature_k": 308.6,
    "rotational_speed_rpm": 1551,
    "torque_nm": 42.8,
    "tool_wear_min": 0,
}
BAD = {**GOOD, "rotational_speed_rpm": 1380, "torque_nm": 65.0, "tool_wear_min": 230}  # worn out and under heavy load


def reading(machine: str = "mill-01", seconds_ago: float = 0.0, **values: object) -> dict[str, object]:
    """Return a reading as a factory posts it."""
    at = timezone.now() - timedelta(seconds=seconds_ago)
    return {"machine": machine, "at": at.isoformat(), **GOOD, **values}


@pytest.fixture
def city(db: None) -> None:
    """An access point by the factory, a near and a far data centre with an edge node each."""
    now = timezone.now()  # the network is read anew when something in it changed later than before
    region = Region.objects.create(slug="r", name_en="R", name_zh="R", lat_deg=29, lon_deg=123.5, radius_m=30_000)

    def site(slug: str, kind: SiteKind, lon_deg: float) -> Site:
        return Site.objects.create(
            region=region,
            slug=slug,
            kind=kind,
            name_en=slug,
            name_zh=slug,
            lat_deg=29.0,
            lon_deg=lon_deg,
            changed_at=now,
        )

    access = site("oa-1", SiteKind.OPTICAL, 123.5)
    for slug, lon_deg, length_km in (("near", 123.55, 7.0), ("far", 123.9, 55.0)):
        centre = site(f"dc-{slug}", SiteKind.DATA_CENTRE, lon_deg)
        Link.objects.create(a=access, b=centre, length_km=length_km, rate_gbps=100, changed_at=now)
        EdgeNode.objects.create(
            slug=f"dc-{slug}", site=centre, name_en=slug, name_zh=slug, cores=8, memory_gb=32, changed_at=now
        )


@pytest.fixture
def catalogue(db: None) -> Model:
    """The shipped models, registered."""
    register_catalogue(NOON)
    return Model.objects.get(name="machine-failure")


@pytest.fixture
def factory(city: None, catalogue: Model) -> Factory:
    """A factory with one machine, whose workload has half a second."""
    owner = add_organisation(SYSTEM, "t", "T", "甲", ["manufacturer"], NOON)
    made = Factory.objects.create(
        slug="works", name_en="Works", name_zh="工厂", lat_deg=29.0, lon_deg=123.5, organisation=owner
    )
    Machine.objects.create(factory=made, name="mill-01", registered_at=NOON)
    Workload.objects.create(factory=made, model=catalogue, latency_budget_ms=60_000)
    return made


@pytest.fixture
def post(with_key: Callable, factory: Factory) -> Callable:
    """Post readings with a key: `post([reading()])`, or bytes as they are."""
    caller = with_key("telemetry:write", "read")

    def send(items: object, content_type: str = "application/json", **headers: str):
        body = items if isinstance(items, bytes) else json.dumps(items)
        return caller.post("/api/v1/factories/works/readings", body, content_type=content_type, headers=headers)

    return send


@pytest.fixture
def job(post: Callable) -> Job:
    """A queued job of one reading of a machine about to fail."""
    answer = post([reading(**BAD)])
    return Job.objects.get(pk=answer.data["jobs"][0]["id"])
