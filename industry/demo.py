"""The demo metropolis's factories."""

from datetime import datetime
from typing import Any

from django.db import transaction

from console.actions.demo import build_organisations
from industry.actions.catalogue.catalogue import register_catalogue
from industry.models import Factory, Machine, Model, Workload

MACHINES = 8
BUDGET_MS = 100.0
FACTORIES = [  # slug, name, Chinese name, latitude, longitude, organisation
    ("beigang-precision", "Beigang Precision", "北岗精密制造", 29.085, 123.44, "lanwan-industry"),
    ("gangcheng-drives", "Gangcheng Drives", "港城传动", 29.03, 123.62, "lanwan-industry"),
    ("cuiling-mills", "Cuiling Mills", "翠岭机床", 29.04, 123.36, "cuiling-holding"),
]
MODEL = "machine-failure"
VEHICLES = 4
VEHICLE_MAKER = "Loft demo"
HALL_M = (240.0, 120.0)
"""Every demo factory is one hall of this length and width, with three aisles along it and two across."""


def _hall(bearing_deg: float) -> dict[str, Any]:
    x, y = HALL_M[0] / 2, HALL_M[1] / 2
    ends, sides = x - 20, y - 20
    along = [[[-ends, at], [ends, at]] for at in (-sides, 0.0, sides)]
    across = [[[at, -sides], [at, sides]] for at in (-ends, ends)]
    outline = [[-x, -y], [x, -y], [x, y], [-x, y], [-x, -y]]
    return {"bearing_deg": bearing_deg, "outline_m": [outline], "aisles_m": [*along, *across]}


@transaction.atomic
def build(now: datetime) -> None:
    """Register the catalogue and make the demo factories with their machines and workloads. Safe to repeat."""
    register_catalogue(now)
    model = Model.objects.get(name=MODEL)
    owners = build_organisations(now)
    known = set(Factory.objects.filter(slug__in=[row[0] for row in FACTORIES]).values_list("slug", flat=True))
    for number, (slug, name_en, name_zh, lat_deg, lon_deg, owner) in enumerate(FACTORIES):
        if slug in known:
            continue
        factory = Factory.objects.create(
            slug=slug, name_en=name_en, name_zh=name_zh, lat_deg=lat_deg, lon_deg=lon_deg, organisation=owners[owner],
            plan=_hall(20.0 * number),
        )  # fmt: skip
        Machine.objects.bulk_create(
            Machine(factory=factory, name=machine_name(number), registered_at=now) for number in range(1, MACHINES + 1)
        )
        Workload.objects.create(factory=factory, model=model, latency_budget_ms=BUDGET_MS)


def machine_name(number: int) -> str:
    """Return the name under which a demo factory knows its n-th machine."""
    return f"mill-{number:02d}"


def vehicle_name(number: int) -> str:
    """Return the serial number of a demo factory's n-th vehicle."""
    return f"agv-{number:02d}"
