"""Alarms of the airspace: drones that fall silent in flight or report an emergency, and the engine itself.

A drone that a key of another organisation reports is an alarm of its owner, who is not told whose key that is; the key
is one of those who run the network, however many drones it claims.

Of drones nothing is concluded unless reports have been coming through for a while: else the trouble is ours.
"""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Case, F, Max, Q, When

from airspace import feeds
from airspace.actions import claim
from airspace.kernels.telemetry import FLIGHT_OVER_S
from airspace.models import SENT_FOR_OWNER, Claim, Drone, LastPosition
from console import heartbeat, starts
from console.actor import HOME_PK
from console.redis_clients import client
from network.actions.alarm import Trouble
from network.actions.troubles import Look, settle
from network.models import AlarmType, Severity

LINK_LOST = "A drone in flight reports no more"
EMERGENCY = "A drone reports an emergency"
ID_FAILURE = "A drone reports that its Remote ID fails"
CLAIMED = "Somebody else reports a drone of this serial"
CLAIMS = "A key reports drones of other organisations"
ENGINE_SILENT = "The airspace engine does not answer"
ENGINE_BEHIND = "The airspace engine is behind with the reports"
OF_DRONES, OF_ENGINE = (LINK_LOST, EMERGENCY, ID_FAILURE), (ENGINE_SILENT, ENGINE_BEHIND)
OF_CLAIMS = (CLAIMED, CLAIMS)
PROBLEMS = OF_DRONES + OF_CLAIMS + OF_ENGINE
CROWD, KEYS, ENGINE = "drones", "keys", "airspace engine"
MOST_NAMED = 20
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
_FIELDS = ("drone__serial", "concerned", "drone__name", "status", "received_ms", "lat_deg", "lon_deg")


def look(now: datetime) -> None:
    """Look at claims; at the engine; and while that is well, and has been for long enough, at the drones."""
    claim.take_in(now)
    claims = claim.fresh(now)
    settle(Look(CROWD, (CLAIMED,), _claimed(claims)), now)
    settle(Look(KEYS, (CLAIMS,), _claimants(claims)), now)
    wrong = _of_engine(now)
    settle(Look(ENGINE, OF_ENGINE, wrong), now)
    if _is_telling(now, is_well=not wrong) and _somebody_reports(now):
        settle(_drones(now), now)


def _drones(now: datetime) -> Look:
    """Look at whoever was heard within a day; of those silent for so long that nobody knows, nothing is found.

    What a drone sent for a former owner does not concern the new one; those who run the network have to know of it.
    """
    silent_before_ms = _ms(now - timedelta(seconds=settings.LOFT_DRONE_SILENT_S))
    known_from_ms = _ms(now - timedelta(seconds=FLIGHT_OVER_S))
    flies = Q(status__in=("airborne", *TELLING)) | _is_moving()
    wrong = Q(status__in=TELLING) | Q(flies, received_ms__lt=silent_before_ms)
    rows = LastPosition.objects.filter(wrong, received_ms__gte=_ms(now - FORGOTTEN_AFTER), drone__retired_at=None)
    rows = rows.annotate(concerned=Case(When(SENT_FOR_OWNER, then=F("drone__organisation")), default=HOME_PK))
    found: list[Trouble] = []
    unsure = set()
    for serial, owned_by, name, status, received_ms, lat_deg, lon_deg in rows.values_list(*_FIELDS):
        if received_ms < known_from_ms:
            unsure.add((serial, owned_by))
            continue
        detail = {
            "name": name,
            "silent_s": round((_ms(now) - received_ms) / 1e3),
            "lat_deg": lat_deg,
            "lon_deg": lon_deg,
        }
        if status in TELLING:
            found.append(_of_drone((serial, owned_by), *TELLING[status], detail))
        if received_ms < silent_before_ms:
            found.append(_of_drone((serial, owned_by), LINK_LOST, Severity.MINOR, "lossOfSignal", detail))
    return Look(CROWD, OF_DRONES, found, unsure)


def _claimed(claims: list[Claim]) -> list[Trouble]:
    """Return an alarm per drone that others report, or whose verification is disputed, for its owner."""
    refused = Counter[int]()
    for one in claims:
        refused[one.drone_id] += one.refused
    drones = Drone.objects.filter(Q(pk__in=list(refused)) | Q(disputed_at__isnull=False))
    return [
        Trouble(
            drone.serial, CLAIMED, Severity.MAJOR if drone.disputed_at else Severity.WARNING, AlarmType.COMMUNICATIONS,
            "duplicateInformation", organisation=drone.owner_pk,
            detail={"name": drone.name, "refused": refused[drone.pk], "is_disputed": drone.disputed_at is not None},
        )
        for drone in drones
    ]  # fmt: skip


def _claimants(claims: list[Claim]) -> list[Trouble]:
    """Return an alarm per key that reports others' drones, for those who run the network."""
    by_key: dict[str, list[Claim]] = {}
    for one in claims:
        by_key.setdefault(str(one.key), []).append(one)
    return [
        Trouble(
            f"key {name}", CLAIMS, Severity.MAJOR if len(own) > claim.MOST_DISPUTES else Severity.MINOR,
            AlarmType.COMMUNICATIONS, "unexpectedInformation",
            detail={
                "organisation": own[0].key.organisation.slug, "refused": sum(one.refused for one in own),
                "count": len(own), "serials": sorted(one.drone.serial for one in own[:MOST_NAMED]),
            },
        )
        for name, own in by_key.items()
    ]  # fmt: skip


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


def _of_drone(drone: tuple[str, int], problem: str, severity: Severity, cause: str, detail: dict[str, Any]) -> Trouble:
    serial, owned_by = drone
    kind = AlarmType.COMMUNICATIONS if problem == LINK_LOST else AlarmType.EQUIPMENT
    return Trouble(serial, problem, severity, kind, cause, detail=detail, organisation=owned_by)


def _trouble(
    subject: str, problem: str, severity: Severity, kind: AlarmType, cause: str, detail: dict[str, Any]
) -> Trouble:
    return Trouble(subject, problem, severity, kind, cause, detail=detail)


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1e3)
