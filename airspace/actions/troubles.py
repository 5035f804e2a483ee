"""Alarms of the airspace: drones that fall silent in flight or report an emergency, and the engine itself.

Of drones nothing is concluded unless reports have been coming through for a while: else the trouble is ours.
"""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Max, Q

from airspace import feeds
from airspace.kernels.telemetry import FLIGHT_OVER_S
from airspace.models import LastPosition
from console import heartbeat, starts
from console.redis_clients import client
from network.actions.alarm import Trouble
from network.actions.troubles import Look, settle
from network.models import AlarmType, Severity

LINK_LOST = "A drone in flight reports no more"
EMERGENCY = "A drone reports an emergency"
ID_FAILURE = "A drone reports that its Remote ID fails"
ENGINE_SILENT = "The airspace engine does not answer"
ENGINE_BEHIND = "The airspace engine is behind with the reports"
OF_DRONES, OF_ENGINE = (LINK_LOST, EMERGENCY, ID_FAILURE), (ENGINE_SILENT, ENGINE_BEHIND)
PROBLEMS = OF_DRONES + OF_ENGINE
CROWD, ENGINE = "drones", "airspace engine"
ENGINE_SILENT_S, BEHIND_S = 30.0, 60.0
LEAST_MPS = 1.0
"""A drone that tells no status is taken to fly when it was faster than that."""
FORGOTTEN_AFTER = timedelta(days=1)
TELLING = {
    "emergency": (EMERGENCY, Severity.MAJOR, "equipmentMalfunction"),
    "remote_id_failure": (ID_FAILURE, Severity.WARNING, "transmitFailure"),
}
HEARD_WITHIN_S, ALL_SILENT = 10.0, 3
"""That nobody at all reports is believed after three times as long: most often it is Loft that has just started."""
_WELL_SINCE, _WELL_FOR_S = "loft.airspace.well_since", 40
_FIELDS = ("drone__serial", "drone__name", "status", "received_ms", "lat_deg", "lon_deg")


def look(now: datetime) -> None:
    """Look at the engine first; while it is well, and has been for long enough, at the drones."""
    wrong = _of_engine(now)
    settle(Look(ENGINE, OF_ENGINE, wrong), now)
    if _is_telling(now, is_well=not wrong) and _somebody_reports(now):
        settle(_drones(now), now)


def _drones(now: datetime) -> Look:
    """Look at whoever was heard within a day; of those silent for so long that nobody knows, nothing is found."""
    silent_before_ms = _ms(now - timedelta(seconds=settings.LOFT_DRONE_SILENT_S))
    known_from_ms = _ms(now - timedelta(seconds=FLIGHT_OVER_S))
    flies = Q(status__in=("airborne", *TELLING)) | _is_moving()
    wrong = Q(status__in=TELLING) | Q(flies, received_ms__lt=silent_before_ms)
    rows = LastPosition.objects.filter(wrong, received_ms__gte=_ms(now - FORGOTTEN_AFTER), drone__retired_at=None)
    found: list[Trouble] = []
    unsure = set()
    for serial, name, status, received_ms, lat_deg, lon_deg in rows.values_list(*_FIELDS):
        if received_ms < known_from_ms:
            unsure.add(serial)
            continue
        detail = {
            "name": name,
            "silent_s": round((_ms(now) - received_ms) / 1e3),
            "lat_deg": lat_deg,
            "lon_deg": lon_deg,
        }
        if status in TELLING:
            found.append(_of_drone(serial, *TELLING[status], detail))
        if received_ms < silent_before_ms:
            found.append(_of_drone(serial, LINK_LOST, Severity.MINOR, "lossOfSignal", detail))
    return Look(CROWD, OF_DRONES, found, unsure)


def _is_moving() -> Q:
    return (Q(status=None) | Q(status="undeclared")) & Q(speed_mps__gte=LEAST_MPS)


def _of_engine(now: datetime) -> list[Trouble]:
    age_s = heartbeat.age_s(feeds.HEARTBEAT, now)
    is_new = not starts.has_listened_for(timedelta(seconds=ENGINE_SILENT_S), now)
    if age_s is not None and age_s > ENGINE_SILENT_S and not is_new:
        detail = {"silent_s": round(age_s)}
        return [_trouble(ENGINE, ENGINE_SILENT, Severity.MAJOR, AlarmType.PROCESSING, "softwareProgramError", detail)]
    waits_s = _oldest_waits_s(now)
    if waits_s > BEHIND_S and starts.has_listened_for(timedelta(seconds=BEHIND_S), now):
        detail = {"oldest_waits_s": round(waits_s)}
        return [_trouble(ENGINE, ENGINE_BEHIND, Severity.MINOR, AlarmType.PROCESSING, "performanceDegraded", detail)]
    return []


def _oldest_waits_s(now: datetime) -> float:
    entries: Any = client().xrange(feeds.STREAM, count=1)
    return now.timestamp() - int(entries[0][0].split(b"-")[0]) / 1e3 if entries else 0.0


def _is_telling(now: datetime, *, is_well: bool) -> bool:
    """Whether reports have been coming through for as long as a drone may be silent. A look that was missed ends it."""
    line, silent_for = client(), timedelta(seconds=settings.LOFT_DRONE_SILENT_S)
    is_new = not starts.has_listened_for(silent_for, now)  # and so are those who look for it again
    if is_new or not is_well or heartbeat.age_s(feeds.HEARTBEAT, now) is None:
        line.delete(_WELL_SINCE)
        return False
    line.set(_WELL_SINCE, now.timestamp(), nx=True)
    line.expire(_WELL_SINCE, _WELL_FOR_S)
    since: Any = line.get(_WELL_SINCE)
    return since is not None and now.timestamp() - float(since) >= silent_for.total_seconds()


def _somebody_reports(now: datetime) -> bool:
    newest_ms = LastPosition.objects.aggregate(at=Max("received_ms"))["at"]
    silent_s = 0.0 if newest_ms is None else (_ms(now) - newest_ms) / 1e3
    return silent_s <= HEARD_WITHIN_S or silent_s > ALL_SILENT * settings.LOFT_DRONE_SILENT_S


def _of_drone(serial: str, problem: str, severity: Severity, cause: str, detail: dict[str, Any]) -> Trouble:
    is_link = problem == LINK_LOST
    return _trouble(
        serial, problem, severity, AlarmType.COMMUNICATIONS if is_link else AlarmType.EQUIPMENT, cause, detail
    )


def _trouble(
    subject: str, problem: str, severity: Severity, kind: AlarmType, cause: str, detail: dict[str, Any]
) -> Trouble:
    return Trouble(subject, problem, severity, kind, cause, detail=detail)


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1e3)
