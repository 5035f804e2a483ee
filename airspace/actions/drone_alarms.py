"""Alarms of the airspace: drones that fall silent in flight or report an emergency, and the engine itself.

A drone that a key of another organisation reports is an alarm of its owner, who is not told whose key that is; the key
is one of those who run the network, however many drones it claims.

Of drones nothing is concluded unless reports have been coming through for a while: else the fault is ours.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Case, F, Max, Q, When

from airspace import feeds
from airspace.actions.ownership import claim
from airspace.kernels.telemetry import FLIGHT_OVER_S
from airspace.models import SENT_FOR_OWNER, Claim, DeadLetter, Drone, LastPosition
from console.access.actor import HOME_PK
from console.models import ApiKey
from console.redis_clients import client
from console.run import heartbeat, process_states, starts
from network.actions.alarms.alarm_condition import AlarmCondition, Detail
from network.actions.alarms.alarm_source import AlarmSource, Look, run
from network.actions.alarms.alarm_source import register as register_source
from network.actions.alarms.managed_object import ManagedObject, Name, ObjectId, of_platform
from network.actions.alarms.problem import Grade, Problem, register
from network.models import AlarmType, Severity

LINK_LOST = register(
    Problem(
        "drone_link_lost", "A drone in flight reports no more", AlarmType.COMMUNICATIONS, "lossOfSignal", Severity.MINOR
    )
)
EMERGENCY = register(
    Problem(
        "drone_emergency",
        "A drone reports an emergency",
        AlarmType.EQUIPMENT,
        "equipmentMalfunction",
        Severity.CRITICAL,
    )
)
ID_FAILURE = register(Problem(
    "remote_id_failing", "A drone reports that its Remote ID fails", AlarmType.EQUIPMENT, "transmitFailure",
    Severity.WARNING,
))  # fmt: skip
CLAIMED = register(Problem(
    "drone_claimed", "Somebody else reports a drone of this serial", AlarmType.COMMUNICATIONS, "duplicateInformation",
    Severity.WARNING, grades=(Grade("disputed", "Whose it is, is disputed", Severity.MAJOR),),
))  # fmt: skip
CLAIMS = register(Problem(
    "key_claims_drones", "A key reports drones of other organisations", AlarmType.COMMUNICATIONS,
    "unexpectedInformation", Severity.MINOR, grades=(Grade("many", "Four drones or more", Severity.MAJOR),),
))  # fmt: skip
ENGINE_SILENT = register(Problem(
    "engine_silent", "The airspace engine does not answer", AlarmType.PROCESSING, "softwareProgramError",
    Severity.MAJOR,
))  # fmt: skip
ENGINE_BEHIND = register(Problem(
    "engine_behind", "The airspace engine is behind with the reports", AlarmType.PROCESSING, "performanceDegraded",
    Severity.MINOR,
))  # fmt: skip
PUT_ASIDE = register(Problem(
    "reports_put_aside", "Reports that were accepted could not be stored and were put aside", AlarmType.PROCESSING,
    "corruptData", Severity.MAJOR,
))  # fmt: skip
OF_DRONES, OF_ENGINE = (LINK_LOST, EMERGENCY, ID_FAILURE), (ENGINE_SILENT, ENGINE_BEHIND)
DRONE, KEY = "drone", "api_key"
ENGINE = of_platform("airspace-engine", "airspace engine", "空域引擎")
MOST_NAMED = 20
ENGINE_SILENT_S, BEHIND_S = 30.0, 60.0
MAX_RECEIPT_AHEAD_MS = 2_000
"""A receipt that lies further ahead of the present was noted by a clock that was ahead."""
LEAST_MPS = 1.0
"""A drone that tells no status is taken to fly when it was faster than that."""
FORGOTTEN_AFTER = timedelta(days=1)
PUT_ASIDE_WITHIN = timedelta(days=1)
"""For so long what was put aside is an alarm, unless it is stored after all; the rows stay longer."""
TELLING = {"emergency": EMERGENCY, "remote_id_failure": ID_FAILURE}
HEARD_WITHIN_S, ALL_SILENT = 10.0, 3
"""That nobody at all reports is believed after three times as long: most often it is Loft that has just started."""
_WELL_SINCE, _WELL_FOR_S = "loft.airspace.well_since", 40
_FIELDS = ("drone__serial", "concerned", "drone__name", "status", "received_ms", "lat_deg", "lon_deg")


@dataclass(frozen=True)
class Flying:
    """Which drone it is, for how long it is silent, and where it was last."""

    name: str
    silent_s: int
    lat_deg: float | None
    lon_deg: float | None


@dataclass(frozen=True)
class Claimed:
    """Which drone others report, and how many reports were refused."""

    name: str
    refused: int
    is_disputed: bool


@dataclass(frozen=True)
class Claiming:
    """Whose key reports how many drones of others, and some of their serials."""

    organisation: str
    refused: int
    count: int
    serials: Sequence[str]


@dataclass(frozen=True)
class SilentFor:
    """For how long something is silent."""

    silent_s: int


@dataclass(frozen=True)
class Aside:
    """How many batches were put aside within a day; the newest, and why that was."""

    count: int
    entry: str
    reason: str


@dataclass(frozen=True)
class Behind:
    """How long the oldest report has waited."""

    oldest_waits_s: int


def look(now: datetime) -> None:
    """Look at claims; at the engine; and while that is well, and has been for long enough, at the drones."""
    claim.take_in(now)
    run(SOURCES, now)


def _drones(now: datetime) -> Look | None:
    """Look at whoever was heard within a day; of those silent for so long that nobody knows, nothing is found.

    What was heard at a time yet to come was heard before the clock was set back, and nothing since: drones are looked
    at only once everybody had the time to report anew. What a drone sent for a former owner does not concern the new
    one; those who run the network have to know of it.
    """
    if not _is_telling(now, is_well=not _of_engine(now)) or not _somebody_reports(now):
        return None
    silent_before_ms = _ms(now - timedelta(seconds=settings.LOFT_DRONE_SILENT_S))
    known_from_ms = _ms(now - timedelta(seconds=FLIGHT_OVER_S))
    flies = Q(status__in=("airborne", *TELLING)) | _is_moving()
    yet_to_come_ms = _ms(now) + MAX_RECEIPT_AHEAD_MS
    is_silent = Q(received_ms__lt=silent_before_ms) | Q(received_ms__gt=yet_to_come_ms)
    wrong = Q(status__in=TELLING) | Q(flies, is_silent)
    rows = LastPosition.objects.filter(wrong, received_ms__gte=_ms(now - FORGOTTEN_AFTER), drone__retired_at=None)
    rows = rows.annotate(concerned=Case(When(SENT_FOR_OWNER, then=F("drone__organisation")), default=HOME_PK))
    conditions: list[AlarmCondition] = []
    unsure = set()
    for serial, owned_by, name, status, received_ms, lat_deg, lon_deg in rows.values_list(*_FIELDS):
        if received_ms < known_from_ms:
            unsure.add(ObjectId(DRONE, serial, owned_by))
            continue
        detail = Flying(name, max(round((_ms(now) - received_ms) / 1e3), 0), lat_deg, lon_deg)
        if status in TELLING:
            conditions.append(_of_drone(serial, owned_by, TELLING[status], detail))
        if not silent_before_ms <= received_ms <= yet_to_come_ms:
            conditions.append(_of_drone(serial, owned_by, LINK_LOST, detail))
    return Look(OF_DRONES, conditions, unsure)


def _claimed(now: datetime) -> Look:
    """Find the drones that others report, or whose verification is disputed: an alarm each, for its owner."""
    refused = Counter[int]()
    for attempt in claim.fresh(now):
        refused[attempt.drone_id] += attempt.refused
    drones = Drone.objects.filter(Q(pk__in=list(refused)) | Q(disputed_at__isnull=False))
    return Look((CLAIMED,), [_of_claimed(drone, refused[drone.pk]) for drone in drones])


def _of_claimed(drone: Drone, refused: int) -> AlarmCondition:
    detail = Claimed(drone.name, refused, drone.disputed_at is not None)
    return _of_drone(drone.serial, drone.owner_pk, CLAIMED, detail, "disputed" if drone.disputed_at else "")


def _claimants(now: datetime) -> Look:
    """Find the keys that report others' drones: an alarm each, for those who run the network."""
    by_key: dict[ApiKey, list[Claim]] = {}
    for attempt in claim.fresh(now):
        by_key.setdefault(attempt.key, []).append(attempt)
    return Look((CLAIMS,), [_of_key(key, own) for key, own in by_key.items()])


def _of_key(key: ApiKey, own: Sequence[Claim]) -> AlarmCondition:
    detail = Claiming(
        key.organisation.slug,
        sum(attempt.refused for attempt in own),
        len(own),
        sorted(attempt.drone.serial for attempt in own[:MOST_NAMED]),
    )
    about = ManagedObject(KEY, key.prefix, Name(f"key {key}", f"密钥 {key}"))
    return AlarmCondition(about, CLAIMS, detail, "many" if len(own) > claim.MOST_DISPUTES else "")


def _put_aside(now: datetime) -> Look:
    """Find what is kept as dead letters: one alarm, for those who run the network; `manage.py deadletters` has them."""
    rows = DeadLetter.objects.filter(at__gte=now - PUT_ASIDE_WITHIN)
    newest = rows.last()
    if newest is None:
        return Look((PUT_ASIDE,), [])
    return Look((PUT_ASIDE,), [AlarmCondition(ENGINE, PUT_ASIDE, Aside(rows.count(), newest.entry, newest.reason))])


def _is_moving() -> Q:
    return (Q(status=None) | Q(status="undeclared")) & Q(speed_mps__gte=LEAST_MPS)


def _engine(now: datetime) -> Look | None:
    """Find what is wrong with it; while it does not run, which is an alarm by itself, what stands of it stays.

    One that ends again and again would otherwise be an alarm that comes and goes with it.
    """
    is_told = process_states.is_missed(settings.LOFT_RUN_DIR, "engine")
    return None if is_told else Look(OF_ENGINE, _of_engine(now))


def _of_engine(now: datetime) -> list[AlarmCondition]:
    age_s = heartbeat.age_s(feeds.HEARTBEAT)
    is_new = not starts.has_listened_for(timedelta(seconds=ENGINE_SILENT_S), now)
    if age_s is not None and age_s > ENGINE_SILENT_S and not is_new:
        return [AlarmCondition(ENGINE, ENGINE_SILENT, SilentFor(round(age_s)))]
    waits_s = _oldest_waits_s(now)
    if waits_s > BEHIND_S and starts.has_listened_for(timedelta(seconds=BEHIND_S), now):
        return [AlarmCondition(ENGINE, ENGINE_BEHIND, Behind(round(waits_s)))]
    return []


def _oldest_waits_s(now: datetime) -> float:
    entries: Any = client().xrange(feeds.STREAM, count=1)
    return now.timestamp() - int(entries[0][0].split(b"-")[0]) / 1e3 if entries else 0.0


def _is_telling(now: datetime, *, is_well: bool) -> bool:
    """Whether reports have been coming through for as long as a drone may be silent. A look that was missed ends it."""
    line, silent_for = client(), timedelta(seconds=settings.LOFT_DRONE_SILENT_S)
    is_new = not starts.has_listened_for(silent_for, now)  # and so are those who look for it again
    if is_new or not is_well or heartbeat.age_s(feeds.HEARTBEAT) is None:
        line.delete(_WELL_SINCE)
        return False
    line.set(_WELL_SINCE, now.timestamp(), nx=True)
    line.expire(_WELL_SINCE, _WELL_FOR_S)
    since: Any = line.get(_WELL_SINCE)
    if since is not None and float(since) > now.timestamp():
        line.set(_WELL_SINCE, now.timestamp())  # by a clock that was ahead
    return since is not None and now.timestamp() - float(since) >= silent_for.total_seconds()


def _somebody_reports(now: datetime) -> bool:
    newest_ms = LastPosition.objects.aggregate(at=Max("received_ms"))["at"]
    silent_s = 0.0 if newest_ms is None else (_ms(now) - newest_ms) / 1e3
    return silent_s <= HEARD_WITHIN_S or silent_s > ALL_SILENT * settings.LOFT_DRONE_SILENT_S


def _of_drone(serial: str, owned_by: int, problem: Problem, detail: Detail, grade: str = "") -> AlarmCondition:
    about = ManagedObject(DRONE, serial, Name(serial, serial))
    return AlarmCondition(about, problem, detail, grade, owned_by)


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1e3)


SOURCES = [
    register_source(AlarmSource((CLAIMED,), _claimed)),
    register_source(AlarmSource((CLAIMS,), _claimants)),
    register_source(AlarmSource(OF_ENGINE, _engine)),
    register_source(AlarmSource((PUT_ASIDE,), _put_aside)),
    register_source(AlarmSource(OF_DRONES, _drones)),
]
