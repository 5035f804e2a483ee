"""Alarms of control links: of drones that fly with less than they need, for long enough, by the live twin.

They stand while nothing is known of a link, and while its drone is silent in flight: it did not get well by that.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from airspace import judged
from airspace.actions.drone_alarms import DRONE
from airspace.actions.tracking import control_link
from airspace.kernels.control_link import BELOW, REASONS, UNKNOWN, Rows
from airspace.kernels.telemetry import FLIGHT_OVER_S
from airspace.models import Drone, LastPosition
from console.access.actor import HOME_PK
from network.actions.alarms.alarm_condition import AlarmCondition
from network.actions.alarms.alarm_source import AlarmSource, Look, run
from network.actions.alarms.alarm_source import register as register_source
from network.actions.alarms.managed_object import ManagedObject, Name, ObjectId
from network.actions.alarms.problem import Problem, register
from network.models import Alarm, AlarmType, Severity, Site

BELOW_NEED = register(Problem(
    "control_link_below_need", "The control link of a drone in flight is below its need", AlarmType.COMMUNICATIONS,
    "degradedSignal", Severity.MAJOR,
))  # fmt: skip


@dataclass(frozen=True)
class LinkBelow:
    """Which drone, since when its link is below its need, and why; all modelled by the live twin. [dB, s].

    `cell`: who serves it, or who would by plan and is silent. No margin: nothing on air reaches it.
    """

    name: str
    below_s: int
    reason: str | None
    cell: str | None
    margin_db: float | None


def look(now: datetime) -> None:
    """Judge the links, and make alarms of those that are below their need."""
    control_link.judge(now)
    run(SOURCES, now)


def _links(now: datetime) -> Look | None:
    found = judged.read()
    if found is None:
        return None
    low, unknown = (found.rows[found.rows["state"] == state] for state in (BELOW, UNKNOWN))
    keys = [int(pk) for rows in (low, unknown) for pk in rows["drone"]]
    drones = Drone.objects.filter(pk__in=keys).in_bulk()
    conditions = _conditions(low, drones, now)
    unsure = {_of(drones[int(pk)]) for pk in unknown["drone"] if int(pk) in drones}
    return Look((BELOW_NEED,), conditions, unsure | _silent(now))


def _conditions(rows: Rows, drones: dict[int, Drone], now: datetime) -> list[AlarmCondition]:
    sites = dict(Site.objects.filter(pk__in={int(pk) for pk in rows["site"]}).values_list("pk", "slug"))
    now_ms = now.timestamp() * 1e3
    conditions = []
    for row in rows:
        drone = drones.get(int(row["drone"]))
        if drone is None:
            continue
        margin_db = control_link.figure(row["margin_db"])
        below_s = max(0, round((now_ms - int(row["below_ms"])) / 1e3))
        detail = LinkBelow(drone.name, below_s, REASONS[row["reason"]], sites.get(int(row["site"])), margin_db)
        about = ManagedObject(DRONE, drone.serial, Name(drone.serial, drone.serial))
        conditions.append(AlarmCondition(about, BELOW_NEED, detail, organisation=drone.owner_pk))
    return conditions


def _silent(now: datetime) -> set[ObjectId]:
    """Return the drones with such an alarm that fell silent in flight."""
    alarmed = Alarm.objects.active().filter(problem=BELOW_NEED.code, object_kind=DRONE).values("object_key")
    known_from_ms = (now - timedelta(seconds=FLIGHT_OVER_S)).timestamp() * 1e3
    silent = LastPosition.objects.filter(
        drone__serial__in=alarmed, at_ms__lt=control_link.heard_from_ms(now), received_ms__gte=known_from_ms
    ).exclude(status="ground")
    rows = silent.values_list("drone__serial", "drone__organisation")
    return {ObjectId(DRONE, serial, owner or HOME_PK) for serial, owner in rows}


def _of(drone: Drone) -> ObjectId:
    return ObjectId(DRONE, drone.serial, drone.owner_pk)


SOURCES = [register_source(AlarmSource((BELOW_NEED,), _links))]
