"""Alarms of control links: of drones that fly with less than they need, for long enough, by the live twin.

They stand while nothing is known of a link, and while its drone is silent in flight: it did not get well by that.
"""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.db.models import Case, F, When

from airspace import judged
from airspace.actions.drone_alarms import DRONE
from airspace.actions.tracking import control_link
from airspace.kernels.control_link import BELOW, REASONS, Rows
from airspace.models import SENT_FOR_OWNER, Drone, LastPosition
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
    """Find the links below their need. What a drone sent for a former owner concerns those who run the network.

    What was below and is not known to be above since, and whatever stands of a link that is not known to be, stays.
    """
    found = judged.read()
    if found is None:
        return None
    rows = found.rows[~(found.rows["margin_db"] >= 0) | (found.rows["state"] == BELOW)]
    is_low, alarmed = rows["state"] == BELOW, np.array(_alarmed(), np.int64)
    is_unsure = ~is_low & (rows["is_below"] | np.isin(rows["drone"], alarmed))
    concerned = Case(When(SENT_FOR_OWNER, then=F("drone__organisation")), default=HOME_PK)
    sent = LastPosition.objects.select_related("drone").annotate(concerned=concerned)
    by_drone = sent.in_bulk(rows["drone"][is_low | is_unsure].tolist())
    unsure = {_of(by_drone[pk]) for pk in rows["drone"][is_unsure].tolist() if pk in by_drone}
    return Look((BELOW_NEED,), _conditions(rows[is_low], by_drone, now), unsure)


def _conditions(rows: Rows, sent: dict[int, LastPosition], now: datetime) -> list[AlarmCondition]:
    site_ids = np.unique(rows["site"]).tolist()
    sites = {pk: site.slug for pk, site in Site.objects.only("slug").in_bulk(site_ids).items()}
    now_ms = now.timestamp() * 1e3
    conditions = []
    for row in rows:
        last = sent.get(int(row["drone"]))
        if last is None:
            continue
        margin_db = control_link.figure(row["margin_db"])
        below_s = max(0, round((now_ms - int(row["below_ms"])) / 1e3))
        detail = LinkBelow(last.drone.name, below_s, REASONS[row["reason"]], sites.get(int(row["site"])), margin_db)
        object_id = _of(last)
        about = ManagedObject(DRONE, object_id.key, Name(object_id.key, object_id.key))
        conditions.append(AlarmCondition(about, BELOW_NEED, detail, organisation=object_id.organisation))
    return conditions


def _alarmed() -> list[int]:
    """Return the drones with such an alarm, alone or among others."""
    alarms = Alarm.objects.active().filter(problem=BELOW_NEED.code, object_kind=DRONE)
    serials = {
        serial for key, detail in alarms.values_list("object_key", "detail") for serial in detail.get("objects", [key])
    }
    return list(Drone.objects.filter(serial__in=serials).values_list("pk", flat=True))


def _of(last: LastPosition) -> ObjectId:
    return ObjectId(DRONE, last.drone.serial, last.concerned)  # type: ignore[attr-defined]  # annotated


SOURCES = [register_source(AlarmSource((BELOW_NEED,), _links))]
