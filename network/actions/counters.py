"""Reading what the base stations count, keeping it, summing it by the hour, and saying so when one falls silent."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Avg, Count, Max, Min, Q, Sum

from console import hub, starts
from network.actions.alarms.alarm import apply
from network.actions.alarms.alarm_condition import AlarmCondition, Delta, Identity, Reason
from network.actions.alarms.alarm_source import AlarmSource
from network.actions.alarms.alarm_source import register as register_source
from network.actions.alarms.managed_object import PLATFORM, SITE, of_platform, of_site
from network.actions.alarms.problem import Problem, register
from network.actions.configuration import note_applied, stations
from network.events import CountersRead
from network.kernels.sla import Metric
from network.models import (
    RADIO_KINDS,
    AlarmType,
    Breach,
    CounterHour,
    CounterReading,
    Severity,
    Site,
    SiteCounters,
    counters_stale_after,
    partition,
)
from network.probes.stations import Away, Heard, Stations, Told

SILENT = register(Problem(
    "counters_silent", "Counters silent", AlarmType.COMMUNICATIONS, "communicationsSubsystemFailure", Severity.MINOR
))  # fmt: skip
INTERFACE_AWAY = register(Problem(
    "counters_interface_away", "The interface of the base stations does not answer", AlarmType.COMMUNICATIONS,
    "communicationsSubsystemFailure", Severity.MAJOR,
))  # fmt: skip
register_source(AlarmSource((SILENT, INTERFACE_AWAY)))
INTERFACE = of_platform("base-station-interface", "base stations", "基站")
READ_AT_ONCE = 100
MISSED_UNTIL_SILENT = 2
MOST_MISSED = 1_000_000
MOST_AGE = timedelta(hours=1)
"""Of another time the counters tell nothing of the present: the clock of whoever tells them is wrong."""
HOUR = timedelta(hours=1)
SETTLE = timedelta(minutes=2)
MOST_HOURS_AT_ONCE = 48
DELETE_AT_ONCE = 5_000
FIGURES = (
    "devices", "drones", "prb_use_share", "throughput_mbps", "power_w", "temperature_c", "edge_busy_share",
    "edge_queue",
)  # fmt: skip


@dataclass(frozen=True)
class Untold:
    """When a site's counters told something last, and why they do not now."""

    last_told_at: str | None
    problem: str


def shards() -> list[tuple[str, str]]:
    """Return the slugs of all sites that may count something in pieces: after which one, and up to which."""
    slugs = sorted(_counting().values_list("slug", flat=True))
    lasts = [slugs[min(start + READ_AT_ONCE, len(slugs)) - 1] for start in range(0, len(slugs), READ_AT_ONCE)]
    return list(zip(["", *lasts[:-1]], lasts, strict=True)) if lasts else []


def read(after: str, last: str, now: datetime, open_line: Callable[[], Stations] | None = None) -> None:
    """Read the counters of a piece of the sites over a line to their interface, and keep what they told."""
    sites = {site.slug: site for site in _counting().filter(slug__gt=after, slug__lte=last)}
    sites = {slug: site for slug, site in sites.items() if after < slug <= last}  # whatever the database's order
    try:
        heard = asyncio.run(_hear(after, last, open_line or stations))
    except Away as reason:
        _keep(sites, Heard(wrong=dict.fromkeys(sites, str(reason)[:200])), now)
        if not _is_starting(now):
            apply(Delta([AlarmCondition(INTERFACE, INTERFACE_AWAY, Reason(str(reason)[:200]))]), now)
        return
    apply(Delta(over=[Identity(PLATFORM, INTERFACE.key, INTERFACE_AWAY.code)]), now)
    _report(sites, _keep(sites, heard, now), now)


def latest(row: SiteCounters | None, slug: str, now: datetime) -> dict[str, Any]:
    """Return what a site told last, with its age; what is too old is not known any more."""
    row = row or SiteCounters()
    return {
        "site": slug, "is_known": row.is_known_at(now), "told": row.told or None, "to_at": row.to_at,
        "age_s": round((now - row.to_at).total_seconds(), 1) if row.to_at else None, "asked_at": row.asked_at,
        "stale_after_s": counters_stale_after().total_seconds(), "missed": row.missed, "problem": row.problem,
    }  # fmt: skip


def history(site_id: int, span: str, between: tuple[datetime, datetime], most: int) -> list[dict[str, Any]]:
    """Return a site's readings, or hours with their means, the oldest first; at most the newest `most` of them."""
    if span == "hour":
        hours = CounterHour.objects.filter(site=site_id, started_at__gte=between[0], started_at__lt=between[1])
        return [
            {"at": one.started_at, "known_s": one.known_s, **{name: _mean(one.figures, name) for name in FIGURES}}
            for one in list(hours.order_by("-started_at")[:most])[::-1]
        ]
    readings = CounterReading.objects.filter(site=site_id, to_at__gte=between[0], to_at__lt=between[1])
    return [
        {"at": one.to_at, "known_s": one.period_s, **{name: getattr(one, name) for name in FIGURES}}
        for one in list(readings.defer("cells").order_by("-to_at")[:most])[::-1]
    ]


def _mean(figures: Mapping[str, Any], name: str) -> float | None:
    return figures[name][0] if figures.get(name) else None


def draw_hours(now: datetime) -> int:
    """Sum up the hours that are over and not summed up yet; return how many. Repeated, it finds nothing more to do."""
    drawn = 0
    while drawn < MOST_HOURS_AT_ONCE and (start := _next_hour(now)):
        draw_hour(start)
        drawn += 1
    return drawn


def draw_hour(start: datetime) -> None:
    """Sum up an hour of every site; what was summed up of it before is replaced."""
    rows = CounterReading.objects.filter(to_at__gt=start, to_at__lte=start + HOUR).order_by()
    pieces = {
        f"{name}_{word}": make(name)
        for name in FIGURES
        for word, make in (("mean", Avg), ("least", Min), ("most", Max))
    }
    summed: Any = rows.values("site_id").annotate(count=Count("pk"), known=Sum("period_s"), **pieces)
    made = [
        CounterHour(
            site_id=row["site_id"], started_at=start, readings=row["count"], known_s=row["known"],
            figures={name: _figures(row, name) for name in FIGURES},
        )
        for row in summed
    ]  # fmt: skip
    CounterHour.objects.bulk_create(
        made, update_conflicts=True, unique_fields=["site", "started_at"],
        update_fields=["readings", "known_s", "figures"], batch_size=500,
    )  # fmt: skip


def delete_old(readings_before: datetime, hours_before: datetime) -> int:
    """Delete what is older; return how many rows went, or on PostgreSQL how many days."""
    if partition.is_partitioned():
        count = partition.drop(CounterReading._meta.db_table, readings_before)  # noqa: SLF001  Django's public name
    else:
        count = _delete(CounterReading, Q(to_at__lt=readings_before))
    return count + _delete(CounterHour, Q(started_at__lt=hours_before))


async def _hear(after: str, last: str, open_line: Callable[[], Stations]) -> Heard:
    async with open_line() as line:
        return await line.counters(after, last)


def _counting() -> Any:
    return Site.objects.filter(Q(kind__in=RADIO_KINDS) | Q(probe_port__isnull=False)).select_related("health")


@transaction.atomic
def _keep(sites: Mapping[str, Site], heard: Heard, now: datetime) -> list[SiteCounters]:
    before = SiteCounters.objects.in_bulk([site.pk for site in sites.values()])
    rows: dict[str, SiteCounters] = {}
    readings = []
    for slug, site in sites.items():
        rows[slug] = before.get(site.pk) or SiteCounters(site=site)
        told = _news(rows[slug], slug, heard, now)
        if told is not None:
            _take(rows[slug], told, now)
            readings.append(_reading(site, told))
    SiteCounters.objects.bulk_create(
        rows.values(), update_conflicts=True, unique_fields=["site"],
        update_fields=["told", "to_at", "version", "received_at", "asked_at", "missed", "problem"],
    )  # fmt: skip
    CounterReading.objects.bulk_create(readings, ignore_conflicts=True)
    told_now = (row for row in rows.values() if row.version is not None and not row.missed)
    note_applied({row.site_id: row.version or 0 for row in told_now}, now)
    told_to_all = [latest(row, slug, now) for slug, row in rows.items()]
    hub.publish(CountersRead(at=now, organisation=None, sites=told_to_all))
    return list(rows.values())


def _news(row: SiteCounters, slug: str, heard: Heard, now: datetime) -> Told | None:
    """Return what a site told that was not known before; None counts as silence."""
    told, row.asked_at, row.problem = heard.told.get(slug), now, heard.wrong.get(slug, "")
    if told is not None and abs(now - told.to_at) > MOST_AGE:
        row.problem = f"to: {told.to_at.isoformat()} is more than an hour from the present"
        told = None
    if told is None or (row.to_at is not None and told.to_at <= row.to_at):
        row.missed = min(row.missed + 1, MOST_MISSED)
        return None
    return told


def _take(row: SiteCounters, told: Told, now: datetime) -> None:
    row.told = {
        "period_s": told.period_s, "version": told.version, "cells": told.cells, "power_w": told.power_w,
        "temperature_c": told.temperature_c, "edge": told.edge, **_summed(told),
    }  # fmt: skip
    row.to_at, row.version, row.received_at, row.missed, row.problem = told.to_at, told.version, now, 0, ""


def _summed(told: Told) -> dict[str, float | None]:
    """Return the cells of a site together; None where it has none."""
    awake = [cell["prb_use_share"] for cell in told.cells if cell["is_active"]]
    total: dict[str, float | None] = {
        name: sum(cell[name] for cell in told.cells) if told.cells else None
        for name in ("devices", "drones", "throughput_mbps")
    }
    return {**total, "prb_use_share": sum(awake) / len(awake) if awake else None}


def _reading(site: Site, told: Told) -> CounterReading:
    edge = told.edge or {}
    return CounterReading(
        site=site, to_at=told.to_at, period_s=told.period_s, version=told.version, power_w=told.power_w,
        temperature_c=told.temperature_c, edge_busy_share=edge.get("busy_share"), edge_queue=edge.get("queue"),
        cells=told.cells, **_summed(told),
    )  # fmt: skip


def _report(sites: Mapping[str, Site], rows: Sequence[SiteCounters], now: datetime) -> None:
    """Raise an alarm for who fell silent, though the probe reaches it, and clear those of who tells again.

    Of a site that does not answer the probe either, that is alarm enough. One that never told anything has no counters.
    """
    by_pk = {site.pk: site for site in sites.values()}
    is_telling = not _is_starting(now)
    missing = [row for row in rows if is_telling and row.missed >= MISSED_UNTIL_SILENT and row.to_at]
    away = _unavailable([row.site_id for row in missing]) if missing else set()
    silent = [row for row in missing if row.site_id not in away and not _is_cut_off(by_pk[row.site_id])]
    over = {Identity(SITE, by_pk[row.site_id].slug, SILENT.code) for row in rows if not row.missed}
    apply(Delta([_silent(by_pk[row.site_id], row) for row in silent], over), now)


def _is_starting(now: datetime) -> bool:
    """Whether Loft, or in the demo whoever counts, has not been up for long enough that a silence is a site's own."""
    began_at = starts.process_started_at(["basestations"]) if settings.LOFT_DEMO else None
    is_new = began_at is not None and timedelta() <= now - began_at < counters_stale_after()
    return is_new or not starts.has_listened_for(counters_stale_after(), now)


def _unavailable(site_ids: Sequence[int]) -> set[int]:
    """Return which of these sites break their promise of availability now, those that come and go included."""
    breaches = Breach.objects.filter(ended_at=None, agreement__metric=Metric.AVAILABILITY, agreement__site__in=site_ids)
    return {pk for pk in breaches.values_list("agreement__site", flat=True) if pk is not None}


def _is_cut_off(site: Site) -> bool:
    health = getattr(site, "health", None)
    return health is not None and health.silent_packets > 0


def _silent(site: Site, row: SiteCounters) -> AlarmCondition:
    told_at = row.to_at.isoformat() if row.to_at else None
    return AlarmCondition(of_site(site), SILENT, Untold(told_at, row.problem))


def _figures(row: Mapping[str, Any], name: str) -> list[float] | None:
    found = [row[f"{name}_{word}"] for word in ("mean", "least", "most")]
    return None if found[0] is None else [round(float(one), 4) for one in found]


def _next_hour(now: datetime) -> datetime | None:
    newest = CounterHour.objects.aggregate(at=Max("started_at"))["at"]
    rows = CounterReading.objects.all() if newest is None else CounterReading.objects.filter(to_at__gt=newest + HOUR)
    first: datetime | None = rows.aggregate(at=Min("to_at"))["at"]
    if first is None:
        return None
    at = first - timedelta(microseconds=1)  # a period belongs to the hour in which it ends, its end included
    start = at.replace(minute=0, second=0, microsecond=0)
    return start if start + HOUR + SETTLE <= now else None


def _delete(model: Any, found: Q) -> int:
    count = 0
    while keys := list(model.objects.filter(found).order_by("pk").values_list("pk", flat=True)[:DELETE_AT_ONCE]):
        count += model.objects.filter(pk__in=keys).delete()[0]
    return count
