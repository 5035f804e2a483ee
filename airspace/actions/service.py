"""Counts of what flights were promised: that their reports keep coming, measured, and that they are covered, modelled.

Events are the seconds of a minute. The key of a flight is the serial of its drone. A second in which the newest report
is at most 5 s old is good; one after that is bad, until the drone reported to have landed (nothing is owed), or has
been silent for 10 minutes (nobody knows whether it flies). What a drone did while Loft itself was away, and until it
was heard again, is unknown, for at most the time after which its silence is an alarm.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

import numpy as np
from django.conf import settings
from django.db.models import Q

from airspace.kernels import telemetry
from airspace.kernels.telemetry import Seconds
from airspace.models import Drone, LastPosition, Position
from console.run import starts
from network.actions.radio import serving
from network.actions.radio.sector import region_at
from network.actions.service_levels.sources import MINUTE_S, MinuteCount
from network.kernels.sla.sla import Metric
from network.models import Agreement
from network.models.subject import FoundSubject

FLIGHT = "flight"
SECONDS = int(MINUTE_S)
ON_GROUND = "ground"
Row = tuple[int, str | None, float, float, float | None]
_FIELDS = ("at_ms", "status", "lat_deg", "lon_deg", "height_agl_m")


def find(key: str) -> FoundSubject | None:
    """Return a flight by the serial of its drone; its region is that where the drone was last."""
    drone = Drone.objects.filter(serial=key).first()
    if drone is None:
        return None
    last = LastPosition.objects.of_owners().filter(drone=drone).values_list("lat_deg", "lon_deg").first()
    region = region_at(*last) if last else None
    return _subject(drone, region.pk if region else None)


def search(words: str, most: int) -> Iterator[FoundSubject]:
    """Yield the drones whose serial or name holds the words."""
    rows = Drone.objects.filter(Q(serial__icontains=words) | Q(name__icontains=words)).order_by("serial")
    for drone in rows[:most]:
        yield _subject(drone)


def counts(agreements: Sequence[Agreement], since: datetime, until: datetime) -> Iterator[MinuteCount]:
    """Yield the counts of flights whose drones are registered."""
    by_key: dict[str, list[Agreement]] = {}
    for agreement in agreements:
        by_key.setdefault(agreement.key, []).append(agreement)
    drones = dict(Drone.objects.filter(serial__in=by_key).values_list("serial", "pk"))
    away_ms = _away_ms(since, until)
    for serial, pk in drones.items():
        rows = _reports(pk, since, until)
        start = since
        while start < until:
            yield from _minute(by_key[serial], rows, start, away_ms)
            start += timedelta(seconds=MINUTE_S)


def _subject(drone: Drone, region_id: int | None = None) -> FoundSubject:
    name = drone.name or drone.serial
    return FoundSubject(drone.serial, name, name, region_id, organisation=drone.owner_pk)


def _away_ms(since: datetime, until: datetime) -> list[tuple[int, int]]:
    """Return when Loft was not there to hear, with what may still excuse a silence in this span. [epoch ms]."""
    again = timedelta(seconds=settings.LOFT_DRONE_SILENT_S)
    return [(_ms(start), _ms(end)) for start, end in starts.absences(since - again, until)]


def _minute(
    agreements: Sequence[Agreement], rows: Sequence[Row], start: datetime, away_ms: Sequence[tuple[int, int]]
) -> Iterator[MinuteCount]:
    at_ms = np.array([row[0] for row in rows], np.int64)
    on_ground = np.array([row[1] == ON_GROUND for row in rows], bool)
    again_ms = round(settings.LOFT_DRONE_SILENT_S * 1e3)
    seconds = telemetry.seconds(at_ms, on_ground, _ms(start), SECONDS)
    seconds = seconds.excused(telemetry.unheard(at_ms, away_ms, again_ms, _ms(start), SECONDS))
    for agreement in agreements:
        make = _covered if agreement.metric == Metric.COVERAGE else _heard
        yield MinuteCount(agreement.pk, start, **make(rows, seconds))


def _heard(_rows: Sequence[Row], seconds: Seconds) -> Mapping[str, int]:
    good = int(seconds.is_fresh.sum())
    return {"good": good, "total": good + int(seconds.is_missing.sum()), "unknown_s": int(seconds.is_unknown.sum())}


def _covered(rows: Sequence[Row], seconds: Seconds) -> Mapping[str, int]:
    """Count the seconds in which it was heard lately: those where it was covered. Of all other seconds nobody knows."""
    places = [rows[place] for place in seconds.newest[seconds.is_fresh]]
    landed = int(seconds.is_landed.sum())
    lat_deg, lon_deg, height_m = np.array([row[2:] for row in places], float).reshape(-1, 3).T
    is_covered = serving.covered_at(lat_deg, lon_deg, height_m)
    total = int(np.isfinite(is_covered).sum())
    return {"good": int(np.nansum(is_covered)), "total": total, "unknown_s": SECONDS - landed - total}


def _reports(drone: int, since: datetime, until: datetime) -> list[Row]:
    """Return the reports of a span in order, after the newest one before it."""
    first_ms, last_ms = _ms(since), _ms(until)
    own = Position.objects.filter(drone_id=drone).order_by("at_ms")
    before = own.filter(at_ms__lt=first_ms).order_by("-at_ms").values_list(*_FIELDS)[:1]
    return [*before, *own.filter(at_ms__gte=first_ms, at_ms__lt=last_ms).values_list(*_FIELDS)]


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1e3)
