"""What the base stations' counters say is wrong: sleeping cells, overload, queues, heat. One look over all sites.

A figure counts once it was told in three readings running, so that a single busy period is no alarm.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import fmean
from typing import Any

from django.db.models import Q

from network.actions.alarms.alarm_condition import AlarmCondition, Detail, Identity
from network.actions.alarms.alarm_source import AlarmSource, Look, active_of, run
from network.actions.alarms.alarm_source import register as register_source
from network.actions.alarms.managed_object import SITE, ObjectId, of_site
from network.actions.alarms.problem import Problem, register
from network.models import AlarmType, CounterHour, CounterReading, PmCounters, Severity, Site, counters_stale_after

_QUALITY = AlarmType.QUALITY_OF_SERVICE
SLEEPING = register(
    Problem(
        "cell_sleeping", "Sleeping cell: on air, yet it serves nobody", _QUALITY, "performanceDegraded", Severity.MINOR
    )
)
OVERLOADED = register(
    Problem("radio_overloaded", "Radio resources are used up", _QUALITY, "congestion", Severity.MINOR)
)
QUEUE_LONG = register(
    Problem("edge_queue_long", "The queue of the edge node is long", _QUALITY, "queueSizeExceeded", Severity.MINOR)
)
HOT = register(
    Problem(
        "cabinet_hot", "Too warm in the cabinet", AlarmType.ENVIRONMENTAL, "temperatureUnacceptable", Severity.WARNING
    )
)
PROBLEMS = (SLEEPING, OVERLOADED, QUEUE_LONG, HOT)
RUNNING = 3
"""So many readings in a row have to say it."""
FULL_SHARE, CALM_SHARE = 0.95, 0.85
LONG_QUEUE, SHORT_QUEUE = 50, 25
"""Raised at the first, and cleared below the second, as of the heat."""
HOT_C, HOT_UNTIL_C = 60.0, 57.0
LEAST_DEVICES = 5.0
"""A cell that used to serve so many devices does not serve nobody by chance three times running."""
LOOK_BACK = timedelta(hours=1)
LEAST_READINGS = 10
SAME_HOUR_DAYS = 7
Readings = Mapping[int, Sequence[CounterReading]]


@dataclass(frozen=True)
class Full:
    """How much of the radio resources is used, and how much may be."""

    prb_use_share: float
    most_share: float


@dataclass(frozen=True)
class Queue:
    """How many jobs wait, and how many may."""

    jobs: int
    most: int


@dataclass(frozen=True)
class Asleep:
    """Which cells serve nobody, for how many readings."""

    cells: Sequence[str]
    readings: int


@dataclass(frozen=True)
class Heat:
    """How warm it is, and how warm it may be."""

    temperature_c: float
    most_c: float


def look(now: datetime) -> None:
    """Judge what every site told last and before, and make alarms of the difference."""
    run([SOURCE], now)


def find(now: datetime) -> Look:
    """Judge what every site told last and before; what it does not tell any more is not known, and nothing goes."""
    rows = list(PmCounters.objects.select_related("site").exclude(to_at=None))
    known = [row for row in rows if row.is_known_at(now)]
    active = active_of(PROBLEMS)
    suspects = [row for row in known if _is_suspect(row.told)]
    readings = _readings([row.site_id for row in suspects], now)
    conditions = [condition for row in suspects for condition in _full(row, readings.get(row.site_id, ()), active)]
    conditions += _asleep([row for row in suspects if _silent_cells(row.told["cells"])], readings, active, now)
    conditions += [condition for row in known if (condition := _warm(row, active))]
    unsure = {row.site.slug for row in rows} - {row.site.slug for row in known}
    return Look(PROBLEMS, conditions, {ObjectId(SITE, slug) for slug in unsure})


SOURCE = register_source(AlarmSource(PROBLEMS, find))


def _stands(site: Site, problem: Problem, active: set[Identity]) -> bool:
    return Identity(SITE, site.slug, problem.code) in active


def _is_suspect(counters: Mapping[str, Any]) -> bool:
    edge = counters.get("edge") or {}
    is_full = (counters.get("prb_use_share") or 0.0) >= CALM_SHARE
    return is_full or (edge.get("queue") or 0) >= SHORT_QUEUE or bool(_silent_cells(counters.get("cells") or []))


def _silent_cells(cells: Iterable[Mapping[str, Any]]) -> set[str]:
    """Return the cells that are on air and serve nobody."""
    return {
        cell["sector"]
        for cell in cells
        if cell["is_active"] and not cell["devices"] and not cell["drones"] and not cell["throughput_mbps"]
    }


def _readings(site_ids: Sequence[int], now: datetime) -> Readings:
    """Return the readings of these sites in the hour before, the newest first."""
    readings: dict[int, list[CounterReading]] = defaultdict(list)
    if site_ids:
        rows = CounterReading.objects.filter(site__in=site_ids, to_at__gt=now - LOOK_BACK, to_at__lte=now)
        for reading in rows.order_by("-to_at"):
            readings[reading.site_id].append(reading)
    return readings


def _last(readings: Sequence[CounterReading]) -> Sequence[CounterReading]:
    """Return the last three readings; none when there are fewer, or a gap lies between."""
    last = readings[:RUNNING]
    is_whole = len(last) == RUNNING and last[0].to_at - last[-1].to_at <= counters_stale_after()
    return last if is_whole else ()


def _full(row: PmCounters, readings: Sequence[CounterReading], active: set[Identity]) -> Iterable[AlarmCondition]:
    """Yield that a site is full, or its queue long: three times running, and then until it is clearly less."""
    last, site = _last(readings), row.site
    share, queue = row.told.get("prb_use_share") or 0.0, (row.told.get("edge") or {}).get("queue") or 0
    least_share = min((reading.prb_use_share or 0.0 for reading in last), default=0.0)
    least_queue = min((reading.edge_queue or 0 for reading in last), default=0)
    if least_share >= FULL_SHARE or (_stands(site, OVERLOADED, active) and share >= CALM_SHARE):
        yield _condition(site, OVERLOADED, Full(round(share, 4), FULL_SHARE))
    if least_queue >= LONG_QUEUE or (_stands(site, QUEUE_LONG, active) and queue >= SHORT_QUEUE):
        yield _condition(site, QUEUE_LONG, Queue(queue, LONG_QUEUE))


def _asleep(
    rows: Sequence[PmCounters], readings: Readings, active: set[Identity], now: datetime
) -> Iterable[AlarmCondition]:
    """Yield who serves nobody in cells that by their own history should; who stands already stays until they do."""
    candidates = {}
    for row in rows:
        last = _last(readings.get(row.site_id, ()))
        if silent := set.intersection(*(_silent_cells(reading.cells) for reading in last)) if last else set():
            candidates[row.site_id] = silent
    usual = _usual_devices(candidates, now)
    for row in rows:
        present, silent = _silent_cells(row.told["cells"]), candidates.get(row.site_id, set())
        is_all = len(silent) == sum(cell["is_active"] for cell in row.told["cells"])
        missed = {cell for cell in silent if _served(cell, readings[row.site_id][RUNNING:]) >= LEAST_DEVICES}
        missed |= silent if is_all and usual.get(row.site_id, 0.0) >= LEAST_DEVICES else set()
        missed |= present if _stands(row.site, SLEEPING, active) else set()
        if missed:
            yield _condition(row.site, SLEEPING, Asleep(sorted(missed), RUNNING))


def _served(cell: str, readings: Sequence[CounterReading]) -> float:
    """Return how many devices a cell served on average while it served any in the hour before."""
    served = [
        report["devices"]
        for reading in readings
        for report in reading.cells
        if report["sector"] == cell and report["devices"]
    ]
    return fmean(served) if len(served) >= LEAST_READINGS else 0.0


def _usual_devices(site_ids: Iterable[int], now: datetime) -> dict[int, float]:
    """Return how many devices a cell of each site serves at this hour of the day, by its own hours of the last week."""
    ids = list(site_ids)
    if not ids:
        return {}
    hour = now.replace(minute=0, second=0, microsecond=0)
    starts = Q(started_at__in=[hour - timedelta(days=day) for day in range(1, SAME_HOUR_DAYS + 1)])
    devices_by_site: dict[int, list[float]] = defaultdict(list)
    for counter_hour in CounterHour.objects.filter(starts, site__in=ids):
        if figures := counter_hour.figures.get("devices"):
            devices_by_site[counter_hour.site_id].append(figures[0])
    cells = dict(PmCounters.objects.filter(site__in=ids).values_list("site", "told"))
    return {
        site_id: fmean(devices) / max(len(cells[site_id]["cells"]), 1) for site_id, devices in devices_by_site.items()
    }


def _warm(row: PmCounters, active: set[Identity]) -> AlarmCondition | None:
    """Return that a site is too warm; one that was stays so until it is clearly cooler."""
    told_c = row.told.get("temperature_c")
    if told_c is None or told_c < (HOT_UNTIL_C if _stands(row.site, HOT, active) else HOT_C):
        return None
    return _condition(row.site, HOT, Heat(told_c, HOT_C))


def _condition(site: Site, problem: Problem, detail: Detail) -> AlarmCondition:
    return AlarmCondition(of_site(site), problem, detail)
