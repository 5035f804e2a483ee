"""The airspace's part of a soak: positions as the engine stores them, and deletes them."""

from datetime import datetime, timedelta

from airspace.actions import drone_alarms
from airspace.actions.ownership import removal
from airspace.actions.retention import POSITIONS
from airspace.actions.tracking import history
from airspace.models import Drone, LastPosition, Position
from console.access.actor import HOME_PK
from console.soak.part import Part, Size, register

PERIOD = timedelta(minutes=5)
AT_ONCE = 200
_PLACE = {"lat_deg": 29.0, "lon_deg": 123.5, "altitude_wgs84_m": 80.0}


def fill(start: datetime, end: datetime, size: Size) -> None:
    """Let every drone report every few minutes."""
    keys = _drones(size.drones, start)
    times_ms = [int((start + number * PERIOD).timestamp() * 1_000) for number in range((end - start) // PERIOD)]
    Position.objects.bulk_create(
        [
            Position(drone_id=key, at_ms=at_ms, received_ms=at_ms, processed_ms=at_ms, **_PLACE)
            for at_ms in times_ms
            for key in keys
        ],
        batch_size=2_000,
        ignore_conflicts=True,
    )
    LastPosition.objects.filter(drone__in=keys).update(at_ms=times_ms[-1], received_ms=times_ms[-1])


def act(now: datetime) -> None:
    """Delete old positions as the engine does, and look for alarms."""
    before_ms, after = int(POSITIONS.over_before(now).timestamp() * 1_000), 0
    while after := history.delete_older(before_ms, after, AT_ONCE):
        pass
    drone_alarms.look(now)
    removal.delete_orphans()


def _drones(number: int, now: datetime) -> list[int]:
    drones = Drone.objects.filter(serial__startswith="SOAK-")
    if drones.count() < number:
        Drone.objects.bulk_create(
            [
                Drone(serial=f"SOAK-{place}", registered_at=now, changed_at=now, organisation_id=HOME_PK)
                for place in range(number)
            ],
            ignore_conflicts=True,
        )
        made = [LastPosition(drone_id=key, at_ms=0, received_ms=0, processed_ms=0, state=0, **_PLACE)
                for key in drones.values_list("pk", flat=True)]  # fmt: skip
        LastPosition.objects.bulk_create(made, ignore_conflicts=True)
    return list(drones.order_by("pk").values_list("pk", flat=True)[:number])


def _trail(now: datetime) -> object:
    first = Drone.objects.filter(serial__startswith="SOAK-").order_by("pk").first()
    since_ms = int((now - timedelta(hours=1)).timestamp() * 1_000)
    return list(Position.objects.filter(drone=first, at_ms__gte=since_ms).order_by("at_ms")[:1_000])


register(
    Part(
        name="airspace",
        fill=fill,
        act=act,
        queries={
            "a trail": _trail,
            "all newest positions": lambda _: list(LastPosition.objects.select_related("drone")[:500]),
        },
    )
)
