"""Registering drones and changing what is known of them."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from airspace.events import DroneChanged, DronesRegistered
from airspace.models import Drone
from console import hub
from console.actions.audit import SYSTEM, Actor, record

MAX_TOLD = 100
CHUNK = 500


def registration(drone: Drone) -> dict[str, Any]:
    """Return a drone's registration as browsers and the audit trail receive it."""
    return {
        "id": drone.pk,
        "serial": drone.serial,
        "name": drone.name,
        "operator": drone.operator,
        "is_verified": drone.is_verified,
        "is_retired": drone.retired_at is not None,
        "registered_at": drone.registered_at.isoformat(),
    }


@transaction.atomic
def register(operators: Mapping[str, str], now: datetime, *, is_verified: bool = False) -> list[Drone]:
    """Return the drones with these serials, registering those that are new.

    Args:
        operators: operator's name, or an empty text, by serial.
        now: when.
        is_verified: whether the new ones count as checked.
    """
    known = set(_with_serials(list(operators)).values_list("serial", flat=True)) if operators else set()
    new = [serial for serial in operators if serial not in known]
    Drone.objects.bulk_create(
        [
            Drone(serial=serial, operator=operators[serial], is_verified=is_verified, registered_at=now, changed_at=now)
            for serial in new
        ],
        batch_size=CHUNK,
        ignore_conflicts=True,  # another engine may have been quicker
    )
    drones = [
        drone
        for start in range(0, len(operators), CHUNK)
        for drone in _with_serials(list(operators)[start : start + CHUNK])
    ]
    _tell_of_new([drone for drone in drones if drone.serial not in known], now)
    return drones


@transaction.atomic
def change(actor: Actor, drone: Drone, now: datetime, **changes: Any) -> Drone:
    """Change a drone's name, operator or verification; return it as it is now. No change leaves no trace."""
    drone = Drone.objects.select_for_update().get(pk=drone.pk)
    real = {name: value for name, value in changes.items() if getattr(drone, name) != value}
    if real:
        for name, value in real.items():
            setattr(drone, name, value)
        drone.changed_at = now
        drone.save(update_fields=[*real, "changed_at"])
        record(actor, "changed drone", f"drone {drone.serial}", now, **real)
        hub.publish(DroneChanged(at=now, drone=registration(drone)))
    return drone


def retired(serials: Collection[str]) -> set[str]:
    """Return those of the serials whose drones are retired."""
    wanted = sorted(set(serials))
    return {
        serial
        for start in range(0, len(wanted), CHUNK)
        for serial in _with_serials(wanted[start : start + CHUNK])
        .exclude(retired_at=None)
        .values_list("serial", flat=True)
    }


def unregistered(serials: Collection[str]) -> set[str]:
    """Return those of the serials that no drone has."""
    wanted = sorted(set(serials))
    known = {
        serial
        for start in range(0, len(wanted), CHUNK)
        for serial in _with_serials(wanted[start : start + CHUNK]).values_list("serial", flat=True)
    }
    return set(wanted) - known


def _with_serials(serials: list[str]) -> QuerySet[Drone]:
    return Drone.objects.filter(serial__in=serials)


def _tell_of_new(drones: list[Drone], now: datetime) -> None:
    if not drones:
        return
    subject = f"drone {drones[0].serial}" if len(drones) == 1 else f"{len(drones)} drones"
    record(SYSTEM, "registered drone", subject, now, serials=[drone.serial for drone in drones])
    told = [registration(drone) for drone in drones[:MAX_TOLD]]
    hub.publish(DronesRegistered(at=now, count=len(drones), drones=told))
